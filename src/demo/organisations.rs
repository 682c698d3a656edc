//! The organisations: their people look at what was given to them, and do what they are there for, over the API like anybody else.
//!
//! One thread plays them all. It keeps a list of incidents to look at and when; whoever's turn it is looks at the incident as it
//! then is, makes one move, and notes when the next one is to be made.

mod answers;
mod arrivals;
mod moves;
mod pace;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::agenda::Agenda;
use super::client::{Member, Missed};
use super::clock::CityClock;
use super::data::DemoData;
use super::dice::Dice;
use super::halt::Halt;
use super::memory::{Known, Memory};
use crate::domain::{At, Id, Kind, Policy, Step};
use answers::Writer;
use arrivals::Arrivals;
use moves::Merging;

/// How long at most until somebody looks at the clock, and at what came in.
const GLANCE: Duration = Duration::from_millis(200);

/// How often all queues are gone through, for what was moved by others: by a guest of the demo, say.
const ROUND: Duration = Duration::from_secs(60);

/// How long the service is left alone when it says that it is busy.
const AGAIN: Duration = Duration::from_millis(500);

/// After how many seconds of the city one looks again at what somebody else was at.
const LOOK_AGAIN_SECONDS: i64 = 600;

/// Where somebody of the organisations has to do something.
const QUEUES: &str = "distribution,control,assigned,in_work,drafted,approval,rework,approved";

/// An incident, as far as the organisations look at it.
#[derive(Debug, Clone, Deserialize)]
struct Incident {
    id: Id,
    version: i64,
    step: Step,
    kind: Kind,
    number: i64,
    network: String,
    account: String,
    text: String,
    municipality: String,
    topic: Option<String>,
    group: Option<String>,
    organisation: Option<String>,
    executor: Option<String>,
    returns: i32,
    rounds: i32,
    first_answer_at: Option<At>,
    deferred_until: Option<At>,
}

impl Incident {
    fn path(&self, rest: &str) -> String {
        format!("/api/v1/incidents/{}{rest}", self.id)
    }
}

#[derive(Deserialize)]
struct Page {
    items: Vec<Incident>,
    next: Option<String>,
}

/// The people, one for each role: they serve the root, so they stand for everybody below it.
pub struct Team {
    pub moderator: Member,
    pub controller: Member,
    pub coordinator: Member,
    pub executor: Member,
    pub approver: Member,
}

/// Everything that one needs to play the organisations.
pub struct Organisations {
    pub team: Team,
    pub clock: CityClock,
    pub policy: Arc<Policy>,
    pub data: Arc<DemoData>,
    pub dice: Dice,
    pub memory: Memory,
    pub halt: Halt,
}

/// An incident to look at, and the step in which it was when that was planned.
#[derive(Debug, Clone, Copy)]
struct Look {
    id: Id,
    step: Option<Step>,
}

/// The organisations at work.
struct Office {
    team: Team,
    clock: CityClock,
    policy: Arc<Policy>,
    writer: Writer,
    dice: Dice,
    memory: Memory,
    merging: Merging,
    arrivals: Arrivals,
    /// Incidents whose answer could not be delivered, until the author is told otherwise.
    undelivered: HashSet<Id>,
    agenda: Agenda<Look>,
    /// The incidents on the agenda.
    noted: HashSet<Id>,
}

impl Organisations {
    /// Works until the demo is stopped.
    pub fn work(self) {
        let mut office = Office {
            writer: Writer::new(self.data, &self.policy),
            team: self.team,
            clock: self.clock,
            policy: self.policy,
            dice: self.dice,
            memory: self.memory,
            merging: Merging::default(),
            arrivals: Arrivals::default(),
            undelivered: HashSet::new(),
            agenda: Agenda::new(),
            noted: HashSet::new(),
        };
        let mut rounds = None::<Instant>;
        while !self.halt.is_halted() {
            // What a broken-off look did not see, the next one will.
            let _ = office.look_out();
            if rounds.is_none_or(|last| last.elapsed() > ROUND) {
                rounds = Some(Instant::now());
                let _ = office.go_round();
            }
            let pause = office.work_off(&self.halt);
            self.halt.sleep(pause);
        }
    }
}

impl Office {
    fn note(&mut self, at: At, id: Id, step: Option<Step>) {
        if self.noted.insert(id) {
            self.agenda.note(at, Look { id, step });
        }
    }

    /// Notes every incident of the queues that is not on the agenda.
    fn go_round(&mut self) -> Result<(), Missed> {
        let mut cursor = None::<String>;
        loop {
            let after = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
            let path = format!("/api/v1/incidents?step={QUEUES}&sort=oldest&limit=200{after}");
            let page: Page = self.team.controller.get(&path)?;
            for incident in page.items {
                self.plan(&incident);
            }
            cursor = page.next;
            if cursor.is_none() {
                return Ok(());
            }
        }
    }

    /// What somebody finds out who reads the complaint.
    fn read(&self, incident: &Incident) -> Option<Known> {
        self.memory.read(incident.id, &incident.network, &incident.account, &incident.text)
    }

    /// Does what is due; how long to rest then.
    fn work_off(&mut self, halt: &Halt) -> Duration {
        while let Some(look) = self.agenda.due(self.clock.now()) {
            self.noted.remove(&look.id);
            match self.look(look) {
                Ok(Some(incident)) => self.plan(&incident),
                Ok(None) | Err(Missed::Unexpected) => {}
                Err(Missed::Raced) => self.note(self.clock.now().plus_seconds(LOOK_AGAIN_SECONDS), look.id, None),
                Err(Missed::Busy | Missed::Halted) => {
                    self.note(self.clock.now(), look.id, look.step);
                    return AGAIN;
                }
            }
            if halt.is_halted() {
                break;
            }
        }
        self.agenda.next().map_or(GLANCE, |at| self.clock.until(at).min(GLANCE))
    }

    /// Looks at an incident and, if it stands where it was expected to stand, makes a move; the incident as it is then.
    fn look(&mut self, look: Look) -> Result<Option<Incident>, Missed> {
        let incident: Incident = self.team.controller.get(&format!("/api/v1/incidents/{}", look.id))?;
        if look.step == Some(incident.step) { self.move_on(incident) } else { Ok(Some(incident)) }
    }

    /// Notes when somebody will look at the incident next, if anybody has to.
    fn plan(&mut self, incident: &Incident) {
        if self.noted.contains(&incident.id) {
            return;
        }
        let now = self.clock.now();
        if let Some(at) = pace::next_look(incident, &self.policy, &mut self.dice, now) {
            self.note(at, incident.id, Some(incident.step));
        }
    }
}
