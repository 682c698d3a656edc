//! What a change does to the incident's clocks. A clock is started by a term and gets marks; what follows from them the domain
//! says.

use std::collections::BTreeSet;

use serde::Serialize;
use utoipa::ToSchema;

use super::Case;
use crate::desk::Error;
use crate::desk::book::Pages;
use crate::desk::clocks::{Beginning, Kept, begun, promise, start_of, term_facts, versions};
use crate::domain::policy::Policy;
use crate::domain::sla::{Bond, Calendars as _, ClockKind, ClockState, Fact, Mark, Promise, StartPoint, Transfer};
use crate::domain::{At, Id};
use crate::store::records::{ClockRow, Incident};
use crate::store::{Conn, spine};

/// The word with which clocks end that have no term any more.
const NO_TERM: &str = "no_term";

/// The incident's clocks, and which of them must be written.
pub(super) struct Clocks {
    kept: Vec<Kept>,
    started: Vec<ClockRow>,
    pages: Pages,
}

impl Clocks {
    pub fn rows(&self) -> impl Iterator<Item = &ClockRow> {
        self.kept.iter().map(|kept| &kept.row).chain(&self.started)
    }

    pub fn save(&self, conn: &mut Conn) -> Result<(), Error> {
        let touched = self.kept.iter().filter(|kept| kept.touched).map(|kept| &kept.row);
        Ok(spine::put_clocks(conn, &touched.chain(&self.started).collect::<Vec<_>>())?)
    }
}

/// A clock that runs by another promise.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Moved {
    pub clock: ClockKind,
    /// The how-manieth of its kind it is.
    #[schema(example = 1)]
    pub cycle: i32,
    /// When it was due.
    pub before: Option<At>,
    /// When it is due now; none if it does not run any more.
    pub after: Option<At>,
    /// The term it runs by now.
    #[schema(example = "answer-urgent")]
    pub term: Option<String>,
}

impl Case<'_> {
    fn loaded(&mut self) -> Result<&mut Clocks, Error> {
        let clocks = match self.clocks.take() {
            Some(clocks) => clocks,
            None => self.load()?,
        };
        Ok(self.clocks.insert(clocks))
    }

    fn load(&mut self) -> Result<Clocks, Error> {
        let kept = spine::clocks_of(self.conn, self.incident.id)?.into_iter().map(Kept::read);
        self.with(kept.collect::<Result<Vec<_>, _>>()?)
    }

    fn with(&mut self, kept: Vec<Kept>) -> Result<Clocks, Error> {
        let needed: BTreeSet<i64> = versions(&kept);
        let pages = self.desk.book.open(self.conn, &self.desk.policy, needed)?;
        Ok(Clocks { kept, started: Vec::new(), pages })
    }

    /// The incident's clocks, where they were read already. Only those that wait matter to [`Case::recompute`].
    pub fn with_clocks(&mut self, kept: Vec<Kept>) -> Result<(), Error> {
        self.clocks = Some(self.with(kept)?);
        Ok(())
    }

    /// The incident's clocks are these rows again.
    pub fn bring_back(&mut self, rows: Vec<ClockRow>) -> Result<(), Error> {
        let mut kept = rows.into_iter().map(Kept::read).collect::<Result<Vec<_>, _>>()?;
        kept.iter_mut().for_each(|clock| clock.touched = true);
        self.with_clocks(kept)
    }

    /// What is on record of the clocks, as it stands in this change.
    pub fn clocks(&mut self) -> Result<impl Iterator<Item = &ClockRow>, Error> {
        Ok(self.loaded()?.rows())
    }

    /// Whether a clock of the kind waits.
    pub fn waits(&mut self, kind: ClockKind) -> Result<bool, Error> {
        Ok(self.clocks()?.any(|clock| clock.kind == kind && clock.settled_at.is_none()))
    }

    /// The same happens to every clock for which `fact` says what.
    fn mark(&mut self, fact: impl Fn(&Kept) -> Option<Fact>) -> Result<(), Error> {
        let (at, n) = (self.desk.now, self.incident.version + 1);
        let Clocks { kept, pages, .. } = self.loaded()?;
        for clock in kept {
            if let Some(fact) = fact(clock) {
                clock.mark(Mark { at, n, fact }, pages, at);
            }
        }
        Ok(())
    }

    /// The event that these clocks wait for has come: met if in time, else breached at their due time.
    pub fn stop(&mut self, kinds: &[ClockKind]) -> Result<(), Error> {
        let organisation = self.incident.organisation.clone();
        let waits = |clock: &Kept| clock.is_open() && kinds.contains(&clock.row.kind);
        let waited: Vec<bool> = self.loaded()?.kept.iter().map(waits).collect();
        self.mark(|clock| waits(clock).then_some(Fact::Settled))?;
        // Whose promise it was is known for sure only when it is kept or broken.
        for (clock, _) in self.loaded()?.kept.iter_mut().zip(waited).filter(|(_, waited)| *waited) {
            clock.row.organisation.clone_from(&organisation);
        }
        Ok(())
    }

    /// Nobody waits for these clocks any more; why, in a word.
    pub fn cancel(&mut self, which: impl Fn(ClockKind) -> bool, why: &str) -> Result<(), Error> {
        self.mark(|clock| (clock.is_open() && which(clock.row.kind)).then(|| Fact::Cancelled { why: why.to_owned() }))
    }

    /// Puts the due time of clocks off to `to`; those that run longer already stay, and so do those that are broken.
    pub fn put_off(&mut self, kinds: &[ClockKind], to: At) -> Result<(), Error> {
        self.mark(|clock| (clock.is_open() && kinds.contains(&clock.row.kind)).then_some(Fact::Deferred { to }))
    }

    /// Lets the clocks that a merge cancelled run on, as if they had never stopped.
    pub fn revive(&mut self) -> Result<(), Error> {
        self.mark(|clock| clock.was_cancelled("merged").then_some(Fact::Revived))
    }

    /// Notes that the wait for the author has ended when it ran out.
    pub fn wait_ended(&mut self) -> Result<(), Error> {
        let (now, n) = (self.desk.now, self.incident.version + 1);
        let Clocks { kept, pages, .. } = self.loaded()?;
        for clock in kept.iter_mut().filter(|clock| clock.is_open() && clock.row.kind == ClockKind::AuthorWait) {
            clock.mark(Mark { at: clock.row.due_at, n, fact: Fact::Settled }, pages, now);
        }
        Ok(())
    }

    /// What of the promises to the author is still to be kept: for the survivor of a merge.
    pub fn bonds(&mut self) -> Result<Vec<(ClockKind, Bond)>, Error> {
        let now = self.desk.now;
        let Clocks { kept, pages, .. } = self.loaded()?;
        let shared = kept.iter().filter(|clock| ClockKind::TO_THE_AUTHOR.contains(&clock.row.kind));
        Ok(shared.filter_map(|clock| Some((clock.row.kind, clock.judge(pages, now).bond(now)?))).collect())
    }

    /// The promises of a merged incident bind this one's clocks: each is due at the earliest of the group.
    pub fn bind(&mut self, incident: Id, bonds: &[(ClockKind, Bond)]) -> Result<(), Error> {
        let more: BTreeSet<i64> = bonds.iter().map(|(_, bond)| bond.promise.policy_version).collect();
        let kept = std::mem::take(&mut self.loaded()?.kept);
        let needed = versions(&kept).into_iter().chain(more).collect();
        let pages = self.desk.book.open(self.conn, &self.desk.policy, needed)?;
        let clocks = self.loaded()?;
        (clocks.kept, clocks.pages) = (kept, pages);
        self.mark(|clock| {
            let (_, bond) = bonds.iter().find(|(kind, _)| *kind == clock.row.kind && clock.is_open())?;
            Some(Fact::Bound { incident, bond: bond.clone() })
        })
    }

    /// A merged incident was parted: its promises bind this one no more.
    pub fn release(&mut self, incident: Id) -> Result<(), Error> {
        self.mark(|clock| clock.is_open().then_some(Fact::Unbound { incident }))
    }

    /// Starts a clock of the next cycle now, by the term that fits the incident, if one does.
    pub fn start(&mut self, kind: ClockKind) -> Result<(), Error> {
        self.start_at(kind, self.desk.now)
    }

    fn start_at(&mut self, kind: ClockKind, at: At) -> Result<(), Error> {
        let cycle = self.clocks()?.filter(|clock| clock.kind == kind).map(|clock| clock.cycle).max().unwrap_or(0) + 1;
        let policy = &self.desk.policy;
        let Some(term) = policy.term(kind, &term_facts(&self.incident)) else { return Ok(()) };
        let organisation = self.incident.organisation.clone();
        let (incident, step, n) = (self.incident.id, self.incident.step, self.incident.version + 1);
        let clock = Beginning { incident, step, n, organisation, kind, cycle };
        let row = begun(policy, &term, clock, at, self.desk.now);
        self.loaded()?.started.push(row);
        Ok(())
    }

    /// Starts the clocks that begin with the incident, are owed and have not begun: the assignment that they count from has come,
    /// or a term has come to fit. A term that was not there yet when the incident was registered was not promised then.
    pub fn begin_owed(&mut self) -> Result<(), Error> {
        let desk = self.desk;
        for &kind in ClockKind::AT_REGISTRATION {
            let Some(term) = desk.policy.term(kind, &term_facts(&self.incident)) else { continue };
            let Clocks { kept, started, pages } = self.loaded()?;
            let ran = |clock: &Kept| clock.row.kind == kind && !clock.was_cancelled(NO_TERM);
            let begun = kept.iter().any(ran) || started.iter().any(|clock| clock.kind == kind);
            let at_registration = kept
                .iter()
                .filter(|clock| ClockKind::AT_REGISTRATION.contains(&clock.row.kind) && clock.row.cycle == 1);
            let was_there =
                at_registration.map(Kept::begun_under).any(|version| pages.term(version, term.id).is_some());
            let may_begin = was_there || term.start == StartPoint::Assigned;
            let incident = &self.incident;
            if !begun
                && may_begin
                && owed(kind, incident)
                && let Some(at) =
                    start_of(term.start, incident.received_at, incident.published_at, incident.assigned_at)
            {
                self.start_at(kind, at)?;
            }
        }
        Ok(())
    }

    /// The incident is another case now: its clocks run by the terms that fit, from where they began.
    pub fn choose_anew(&mut self) -> Result<(), Error> {
        let (desk, incident) = (self.desk, self.incident.clone());
        self.mark(|clock| {
            let counts = clock.is_open() && ClockKind::AT_REGISTRATION.contains(&clock.row.kind);
            counts.then(|| fitting(&desk.policy, &incident, clock)).and_then(|fitting| match fitting {
                Some(to) => replaced(clock, to, "correction"),
                None => Some(ended()),
            })
        })?;
        self.stand_or_run(self.incident.version + 1)?;
        self.begin_owed()
    }

    /// Another organisation has the incident: by the city's policy that means nothing, or its terms apply.
    pub fn transfer(&mut self) -> Result<(), Error> {
        let (desk, incident) = (self.desk, self.incident.clone());
        let transfer = desk.policy.transfer();
        if transfer == Transfer::Keep {
            return Ok(());
        }
        let concerned = |clock: &Kept| clock.is_open() && ClockKind::OF_THE_ORGANISATION.contains(&clock.row.kind);
        let (now, pages) = (desk.now, self.loaded()?.pages.clone());
        self.mark(|clock| {
            // Whom it has not had before: the first organisation takes over nothing.
            let had = clock.row.organisation.as_ref().is_some_and(|had| Some(had) != incident.organisation.as_ref());
            if !had || !concerned(clock) {
                return None;
            }
            let Some(to) = fitting(&desk.policy, &incident, clock) else { return Some(ended()) };
            if transfer == Transfer::Restart {
                let from = clock.promise().clone();
                let to = Promise { started_at: now, consumed: 0, ..to };
                return Some(Fact::Promised { why: "transfer".to_owned(), from, to });
            }
            let carried = clock.promise().carried(to.clone(), &pages, &clock.judge(&pages, now).stood(), now);
            replaced(clock, to, "transfer").map(|fact| match fact {
                Fact::Promised { why, from, .. } => Fact::Promised { why, from, to: carried },
                other => other,
            })
        })?;
        for clock in self.loaded()?.kept.iter_mut().filter(|clock| concerned(clock)) {
            clock.row.organisation.clone_from(&incident.organisation);
            clock.touched = true;
        }
        self.stand_or_run(self.incident.version + 1)
    }

    /// The clocks that wait run by the terms and calendars of the policy in force; which of them changed by it.
    pub fn recompute(&mut self) -> Result<Vec<Moved>, Error> {
        let (desk, incident) = (self.desk, self.incident.clone());
        let pages = self.loaded()?.pages.clone();
        let before: Vec<At> = self.loaded()?.kept.iter().map(|clock| clock.row.due_at).collect();
        self.mark(|clock| {
            if !clock.is_open() {
                return None;
            }
            let Some(to) = fitting(&desk.policy, &incident, clock) else { return Some(ended()) };
            let from = clock.promise();
            let other_days =
                pages.calendar(from.policy_version, &from.calendar) != pages.calendar(to.policy_version, &to.calendar);
            let why = "policy";
            replaced(clock, to.clone(), why).or_else(|| {
                // By the same term, but another calendar: only if that makes a difference, or may yet.
                let anew = Fact::Promised { why: why.to_owned(), from: from.clone(), to };
                let mut trial = clock.clone();
                trial.mark(Mark { at: desk.now, n: i64::MAX, fact: anew.clone() }, &pages, desk.now);
                let matters = trial.row.due_at != clock.row.due_at || clock.row.state == ClockState::Paused;
                (other_days && matters).then_some(anew)
            })
        })?;
        self.stand_or_run(self.incident.version + 1)?;
        let clocks = self.loaded()?.kept.iter().zip(before);
        let changed = clocks.filter(|(clock, _)| clock.touched).map(|(clock, before)| Moved {
            clock: clock.row.kind,
            cycle: clock.row.cycle,
            before: Some(before).filter(|at| *at != At::NEVER),
            after: Some(clock.row.due_at).filter(|at| clock.is_open() && *at != At::NEVER),
            term: clock.is_open().then(|| clock.row.term.clone()),
        });
        Ok(changed.collect())
    }

    /// The step has changed, or the terms have: clocks whose term pauses in it stand still, the others run.
    ///
    /// `n` is the number of the event that brings it.
    pub(super) fn stand_or_run(&mut self, n: i64) -> Result<(), Error> {
        let (at, step) = (self.desk.now, self.incident.step);
        let Clocks { kept, pages, .. } = self.loaded()?;
        for clock in kept.iter_mut().filter(|clock| clock.is_open()) {
            let term = pages.term(clock.row.policy_version, &clock.row.term);
            let stands = term.is_some_and(|term| term.pauses.contains(&step));
            // Whether it does already, the domain sees.
            let fact = if stands { Fact::Paused { why: step.to_string() } } else { Fact::Resumed };
            clock.mark(Mark { at, n, fact }, pages, at);
        }
        Ok(())
    }
}

/// What the term that fits the incident under a policy promises for a clock that has begun. None if none fits.
fn fitting(policy: &Policy, incident: &Incident, clock: &Kept) -> Option<Promise> {
    let term = policy.term(clock.row.kind, &term_facts(incident))?;
    let from = clock.promise();
    let at_registration = ClockKind::AT_REGISTRATION.contains(&clock.row.kind) && clock.row.cycle == 1;
    // Of an assignment, that of the first counts: the clock began with it.
    let start = start_of(term.start, incident.received_at, incident.published_at, None);
    let start = start.filter(|_| at_registration && from.consumed == 0);
    Some(Promise { consumed: from.consumed, ..promise(policy, &term, start.unwrap_or(from.started_at)) })
}

/// That a promise takes the place of the present one; none if it says the same.
fn replaced(clock: &Kept, to: Promise, why: &str) -> Option<Fact> {
    let from = clock.promise();
    (!to.says_the_same(from)).then(|| Fact::Promised { why: why.to_owned(), from: from.clone(), to })
}

fn ended() -> Fact {
    Fact::Cancelled { why: NO_TERM.to_owned() }
}

/// Whether what the clock waits for is still to come.
fn owed(kind: ClockKind, incident: &Incident) -> bool {
    match kind {
        ClockKind::Routing => incident.organisation.is_none(),
        ClockKind::Reaction | ClockKind::FirstAnswer => incident.first_answer_at.is_none(),
        _ => incident.rounds == 0,
    }
}
