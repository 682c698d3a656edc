//! An incident opened for change: every use case that changes one goes through here, so that each change moves the version,
//! appends to the spine and keeps the clocks in one way.

use std::rc::Rc;

use serde_json::Value;

use super::{Desk, Error};
use crate::domain::event;
use crate::domain::policy::{ChosenTerm, TermFacts};
use crate::domain::route::Facts;
use crate::domain::sla::{Base, Clock, ClockKind, ClockState, Target};
use crate::domain::{Action, At, CloseReason, Doc, EventKind, Id, Limits, Policy};
use crate::store::records::{Assignment, ClockRow, EventRow, Incident};
use crate::store::{Conn, incidents, spine};

/// An incident under change. Nothing is written before [`Case::save`].
pub(super) struct Case<'a> {
    pub conn: &'a mut Conn,
    pub desk: &'a Desk,
    pub incident: Incident,
    /// As it was read.
    before: Rc<Incident>,
    events: Vec<EventRow>,
    clocks: Option<Clocks>,
}

/// The incident's clocks, and which of them must be written.
struct Clocks {
    kept: Vec<(ClockRow, bool)>,
    started: Vec<ClockRow>,
}

impl<'a> Case<'a> {
    /// Opens the incident if the actor may see it and it still is at the version the actor saw.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Stale`].
    pub fn open(conn: &'a mut Conn, desk: &'a Desk, id: Id, seen: Option<i64>) -> Result<Case<'a>, Error> {
        let incident = incidents::get(conn, id)?
            .filter(|i| desk.actor.scope().holds(i.organisation.as_deref(), i.executor.as_deref()))
            .ok_or(Error::NotFound("incident"))?;
        if seen.is_some_and(|seen| seen != incident.version) {
            return Err(Error::Stale { current: incident.version });
        }
        Ok(Case::of(conn, desk, incident))
    }

    /// Opens an incident that was read in this transaction.
    pub fn of(conn: &'a mut Conn, desk: &'a Desk, incident: Incident) -> Case<'a> {
        let before = Rc::new(incident.clone());
        Case { conn, desk, incident, before, events: Vec::new(), clocks: None }
    }

    /// Makes the move, if the state machine has it.
    ///
    /// # Errors
    /// [`Refusal::IllegalMove`](crate::domain::Refusal::IllegalMove).
    pub fn step(&mut self, action: Action) -> Result<(), Error> {
        self.incident.step = self.incident.standing().after(action, limits(&self.desk.policy))?;
        Ok(())
    }

    /// Does a part of the work as of another time.
    pub fn desk_at(&mut self, then: &Desk, work: impl FnOnce(&mut Case<'_>) -> Result<(), Error>) -> Result<(), Error> {
        let mut inner = Case {
            conn: self.conn,
            desk: then,
            incident: self.incident.clone(),
            before: Rc::clone(&self.before),
            events: std::mem::take(&mut self.events),
            clocks: self.clocks.take(),
        };
        let done = work(&mut inner);
        (self.incident, self.events, self.clocks) = (inner.incident, inner.events, inner.clocks);
        done
    }

    /// Appends an event.
    pub fn event(&mut self, kind: EventKind, data: Value) {
        let incident = &mut self.incident;
        incident.version += 1;
        let event =
            chained(incident.id, incident.version, &incident.spine, self.desk.now, &self.desk.actor.tag(), kind, &data);
        incident.spine.clone_from(&event.hash);
        self.events.push(event);
    }

    /// What is on record of the clocks, as it stands in this change.
    pub fn clocks(&mut self) -> Result<impl Iterator<Item = &ClockRow>, Error> {
        let clocks = self.loaded()?;
        Ok(clocks.kept.iter().map(|(clock, _)| clock).chain(&clocks.started))
    }

    /// The event that these clocks wait for has come: met if in time, else breached at their due time.
    pub fn stop(&mut self, kind: ClockKind) -> Result<(), Error> {
        let (now, organisation) = (self.desk.now, self.incident.organisation.clone());
        self.change(
            |clock| clock.kind == kind,
            |clock| {
                clock.stop(*now);
            },
        )?;
        // Whose promise it was is known for sure only when it is kept or broken.
        for (clock, touched) in &mut self.loaded()?.kept {
            if clock.kind == kind && *touched {
                clock.organisation.clone_from(&organisation);
            }
        }
        Ok(())
    }

    /// Nobody waits for these clocks any more.
    pub fn cancel(&mut self, which: impl Fn(ClockKind) -> bool) -> Result<(), Error> {
        let now = self.desk.now;
        self.change(
            |clock| which(clock.kind),
            |clock| {
                clock.cancel(*now);
            },
        )
    }

    /// Puts the due time of the running clocks of a kind off to `to`; those that run longer already stay.
    pub fn put_off(&mut self, kind: ClockKind, to: At) -> Result<(), Error> {
        let now = self.desk.now;
        self.change(
            |clock| clock.kind == kind,
            |clock| {
                // An overdue promise stays broken: the refusal to move it is what is wanted.
                let _ = clock.move_due(*to, *now);
            },
        )
    }

    /// Lets clocks that a merge cancelled run on, with the due times they had.
    pub fn revive(&mut self, since: At) -> Result<(), Error> {
        for (clock, touched) in &mut self.loaded()?.kept {
            if clock.state == ClockState::Cancelled && clock.settled_at == Some(since) {
                clock.settled_at = None;
                clock.state = if clock.breached_at.is_some() { ClockState::Breached } else { ClockState::Running };
                *touched = true;
            }
        }
        Ok(())
    }

    /// Notes for each running clock whose due time has passed that it is breached, as of its due time; returns those. A wait
    /// for the author that runs out is no breach of anybody's: it has ended.
    pub fn sweep(&mut self) -> Result<Vec<(ClockKind, i32, At)>, Error> {
        let now = self.desk.now;
        let mut missed = Vec::new();
        self.change(
            |clock| clock.state == ClockState::Running,
            |clock| {
                let ended = match clock.kind {
                    ClockKind::AuthorWait if clock.due_at < *now => {
                        clock.stop(clock.due_at);
                        true
                    }
                    _ => clock.sweep(*now),
                };
                if ended {
                    missed.push((clock.kind, clock.cycle, At::new(clock.due_at)));
                }
            },
        )?;
        Ok(missed)
    }

    /// Starts a clock of the next cycle, by the term that fits the incident now.
    pub fn start(&mut self, kind: ClockKind) -> Result<(), Error> {
        let cycle = self.clocks()?.filter(|c| c.kind == kind).map(|c| c.cycle).max().unwrap_or(0) + 1;
        let row = start_clock(&self.desk.policy, &self.incident, kind, cycle, self.desk.now);
        self.loaded()?.started.push(row);
        Ok(())
    }

    fn loaded(&mut self) -> Result<&mut Clocks, Error> {
        if self.clocks.is_none() {
            let kept = spine::clocks_of(self.conn, self.incident.id)?.into_iter().map(|c| (c, false)).collect();
            self.clocks = Some(Clocks { kept, started: Vec::new() });
        }
        Ok(self.clocks.get_or_insert_with(|| Clocks { kept: Vec::new(), started: Vec::new() }))
    }

    fn change(&mut self, which: impl Fn(&ClockRow) -> bool, mut how: impl FnMut(&mut Clock)) -> Result<(), Error> {
        for (row, touched) in &mut self.loaded()?.kept {
            let open = row.settled_at.is_none();
            if open && which(row) {
                let mut clock = engine(row);
                how(&mut clock);
                *touched |= keep(row, &clock);
            }
        }
        Ok(())
    }

    /// Writes everything: the incident by compare-and-set, its events, its clocks.
    ///
    /// # Errors
    /// [`Error::Conflict`] when somebody else changed the incident meanwhile.
    pub fn save(mut self) -> Result<Incident, Error> {
        self.incident.changed_at = self.desk.now;
        if let Some(clocks) = &self.clocks {
            let all = clocks.kept.iter().map(|(clock, _)| clock).chain(&clocks.started);
            self.incident.due_at = earliest_due(all);
        }
        if !incidents::save(self.conn, &self.before, &self.incident)? {
            return Err(Error::Conflict("somebody else changed the incident at the same moment"));
        }
        spine::append(self.conn, &self.events)?;
        if let Some(clocks) = &self.clocks {
            for (clock, touched) in &clocks.kept {
                if *touched {
                    spine::save_clock(self.conn, clock)?;
                }
            }
            if !clocks.started.is_empty() {
                spine::add_clocks(self.conn, &clocks.started)?;
            }
        }
        Ok(self.incident)
    }

    /// Closes with a reason: what is left of the clocks ends.
    pub fn close(&mut self, reason: CloseReason) -> Result<(), Error> {
        self.incident.close_reason = Some(reason);
        self.incident.closed_at = Some(self.desk.now);
        self.incident.deferred_until = None;
        self.cancel(|_| true)
    }

    /// Opens again after the author's word or a controller's: the wait ends, a new final answer is owed.
    pub fn reopen(&mut self) -> Result<(), Error> {
        let was_closed = !self.incident.is_open();
        self.step(Action::Reopen)?;
        let incident = &mut self.incident;
        (incident.close_reason, incident.closed_at, incident.outcome) = (None, None, None);
        let (unanswered, unassigned) = (incident.first_answer_at.is_none(), incident.organisation.is_none());
        self.cancel(|kind| kind == ClockKind::AuthorWait)?;
        self.start(ClockKind::Resolution)?;
        if unanswered {
            self.start(ClockKind::FirstAnswer)?;
        }
        if unassigned {
            self.start(ClockKind::Routing)?;
        } else if was_closed {
            self.begin_stay(Doc::of::<[u8; 0]>(&[]))?;
        }
        Ok(())
    }

    /// Notes that the incident stays with its organisation from now on.
    pub fn begin_stay(&mut self, why: Doc) -> Result<(), Error> {
        let n = spine::assignments_of(self.conn, self.incident.id)?.last().map_or(0, |stay| stay.n);
        let stay = Assignment {
            incident_id: self.incident.id,
            n: n + 1,
            organisation: self.incident.organisation.clone().unwrap_or_default(),
            executor: self.incident.executor.clone(),
            by: self.desk.actor.tag(),
            why,
            assigned_at: self.desk.now,
            ended_at: None,
            end_reason: None,
            end_note: None,
        };
        Ok(spine::add_assignment(self.conn, &stay)?)
    }

    /// Notes that the incident's present stay, if there is one, has ended.
    pub fn end_stay(&mut self, reason: &str, note: Option<&str>) -> Result<(), Error> {
        let note = note.filter(|n| !n.is_empty());
        Ok(spine::end_assignment(self.conn, self.incident.id, self.desk.now, reason, note)?)
    }
}

/// The numbers of the policy that bear on the life.
pub(super) fn limits(policy: &Policy) -> Limits {
    Limits { max_returns: i32::from(policy.max_returns()), max_rounds: i32::from(policy.max_rounds()) }
}

/// What routing looks at.
pub(super) fn facts(incident: &Incident) -> Facts<'_> {
    Facts {
        municipality: Some(&incident.municipality),
        topic: incident.topic.as_deref(),
        group: incident.topic_group.as_deref(),
    }
}

/// An event, chained to the one before it.
pub(super) fn chained(
    incident: Id,
    n: i64,
    prev: &str,
    at: At,
    actor: &str,
    kind: EventKind,
    data: &Value,
) -> EventRow {
    let data = data.to_string();
    let hash = event::link(prev, incident, n, at, actor, kind, &data);
    EventRow {
        incident_id: incident,
        n,
        at,
        actor: actor.to_owned(),
        kind: kind.as_str().to_owned(),
        data,
        prev: prev.to_owned(),
        hash,
    }
}

/// The earliest due time of clocks that are not settled.
pub(super) fn earliest_due<'c>(clocks: impl Iterator<Item = &'c ClockRow>) -> At {
    clocks.filter(|c| c.settled_at.is_none()).map(|c| c.due_at).min().unwrap_or(At::NEVER)
}

/// A clock begun at `at`, by the term that fits the incident.
fn start_clock(policy: &Policy, incident: &Incident, kind: ClockKind, cycle: i32, at: At) -> ClockRow {
    let facts = TermFacts {
        municipality: Some(&incident.municipality),
        topic: incident.topic.as_deref(),
        group: incident.topic_group.as_deref(),
        severity: u8::try_from(incident.severity).ok(),
        organisation: incident.organisation.as_deref(),
    };
    let term = policy.term(kind, &facts);
    clock_row(policy, incident.id, incident.organisation.clone(), &term, kind, cycle, at)
}

/// A clock begun at `at`, by a term.
pub(super) fn clock_row(
    policy: &Policy,
    incident: Id,
    organisation: Option<String>,
    term: &ChosenTerm<'_>,
    kind: ClockKind,
    cycle: i32,
    at: At,
) -> ClockRow {
    // A calendar that holds no working time within its horizon makes no promise: the clock never rings.
    let due_at = Clock::start(kind, cycle, *at, term.id, term.target, term.calendar)
        .map_or(At::NEVER, |clock| At::new(clock.due_at));
    ClockRow {
        incident_id: incident,
        kind,
        cycle,
        term: term.id.to_owned(),
        target: term.target.to_string(),
        base: term.target.base().as_str().to_owned(),
        calendar: term.calendar.id().to_owned(),
        policy_version: policy.version(),
        organisation,
        state: ClockState::Running,
        started_at: at,
        due_at,
        settled_at: None,
        breached_at: None,
        decided_at: None,
    }
}

/// The stored clock as the engine has it. What the engine looks at is kept exactly; a target that an older program wrote in a
/// form this one cannot read only loses its display.
fn engine(row: &ClockRow) -> Clock {
    let base = row.base.parse().unwrap_or(Base::Calendar);
    let target = Target::parse(&row.target, base).unwrap_or(Target::SECOND);
    Clock {
        kind: row.kind,
        cycle: row.cycle,
        started_at: *row.started_at,
        target,
        calendar: row.calendar.clone(),
        due_at: *row.due_at,
        state: row.state,
        settled_at: row.settled_at.map(|at| *at),
        breached_at: row.breached_at.map(|at| *at),
        term: row.term.clone(),
    }
}

/// Takes the engine's verdict over; whether anything changed.
fn keep(row: &mut ClockRow, clock: &Clock) -> bool {
    let before = row.clone();
    row.state = clock.state;
    row.due_at = At::new(clock.due_at);
    row.settled_at = clock.settled_at.map(At::new);
    row.breached_at = clock.breached_at.map(At::new);
    row.decided_at = match clock.state {
        ClockState::Met => row.settled_at,
        _ => row.breached_at,
    };
    before != *row
}
