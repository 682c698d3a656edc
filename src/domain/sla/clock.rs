//! The function that says where a clock stands.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::ClockState;
use super::target::{Base, Target, due_with};
use crate::domain::calendar::{Calendar, HorizonExceeded, Pauses, Span};
use crate::domain::values::{At, Id};

/// Calendars as they stood in the versions of the policy.
pub trait Calendars {
    /// The calendar of this id in this version; the city's own where that version or its calendar is not known any more.
    fn calendar(&self, policy_version: i64, id: &str) -> &Calendar;
}

/// What is promised: by which term, counted how, from when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    /// Id of the term.
    pub term: String,
    #[serde(flatten)]
    pub target: Target,
    /// Id of the calendar it is counted by.
    pub calendar: String,
    /// The version of the policy whose term and calendar these are.
    pub policy_version: i64,
    pub started_at: At,
    /// How closely the term fitted when it was chosen, as it is stored.
    pub matched: String,
    /// Seconds of the target that had passed before `started_at`, under another term.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub consumed: i64,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(seconds: &i64) -> bool {
    *seconds == 0
}

impl Promise {
    /// The due time with these pauses.
    ///
    /// # Errors
    /// [`HorizonExceeded`].
    pub fn due(&self, calendars: &impl Calendars, pauses: &Pauses) -> Result<At, HorizonExceeded> {
        let calendar = calendars.calendar(self.policy_version, &self.calendar);
        due_with(*self.started_at, self.target, self.consumed, calendar, pauses).map(At::new)
    }

    /// Whether it promises what another one does, whatever version of the policy said so and however closely its term fitted.
    pub fn says_the_same(&self, other: &Promise) -> bool {
        let Promise { term, target, calendar, policy_version: _, started_at, matched: _, consumed } = self;
        (term, target, calendar, started_at, consumed)
            == (&other.term, &other.target, &other.calendar, &other.started_at, &other.consumed)
    }

    /// The same target by another term: what has passed by `now` counts. Terms that count days begin where this one began.
    #[must_use]
    pub fn carried(&self, to: Promise, calendars: &impl Calendars, pauses: &Pauses, now: At) -> Promise {
        if !self.target.base().is_in_seconds() || !to.target.base().is_in_seconds() {
            return Promise { started_at: self.started_at, ..to };
        }
        Promise { started_at: now, consumed: self.consumed + self.passed(calendars, pauses, now), ..to }
    }

    /// Whole seconds that have counted by `to`.
    fn passed(&self, calendars: &impl Calendars, pauses: &Pauses, to: At) -> i64 {
        let span = Span { from: *self.started_at, to: *to };
        if self.target.base() == Base::Calendar {
            return pauses.outside(span).iter().map(|piece| piece.length().as_secs()).sum();
        }
        calendars.calendar(self.policy_version, &self.calendar).worked(span.from, span.to, pauses).as_secs()
    }
}

/// Something that happened to a clock after it began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// When it happened, which may be earlier than when it was learned of.
    pub at: At,
    /// The number of the incident's event that brought it; of two at the same instant the lower came first.
    pub n: i64,
    #[serde(flatten)]
    pub fact: Fact,
}

/// What can happen to a clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum Fact {
    /// It runs again.
    Resumed,
    /// Another promise takes the place of the one before.
    Promised {
        /// Why, in a word: `correction`, `transfer`, `policy`.
        why: String,
        from: Promise,
        to: Promise,
    },
    /// A merged incident's promise binds it too.
    Bound { incident: Id, bond: Bond },
    /// That incident was parted again.
    Unbound { incident: Id },
    /// Put off: due at `to` at the earliest.
    Deferred { to: At },
    /// What it waited for has come.
    Settled,
    /// Nobody waits any more; why, in a word.
    Cancelled { why: String },
    /// The cancellation is undone.
    Revived,
    /// It stands still; why, in a word: the step that its term pauses in.
    Paused { why: String },
}

impl Fact {
    /// The order of facts that one event brought at one instant: a pause ends before another begins.
    fn rank(&self) -> u8 {
        match self {
            Fact::Resumed => 0,
            Fact::Promised { .. } => 1,
            Fact::Bound { .. } => 2,
            Fact::Unbound { .. } => 3,
            Fact::Deferred { .. } => 4,
            Fact::Settled => 5,
            Fact::Cancelled { .. } => 6,
            Fact::Revived => 7,
            Fact::Paused { .. } => 8,
        }
    }
}

/// A merged incident's own promise, as it stood when the incident was merged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bond {
    pub promise: Promise,
    /// Its pauses until then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pauses: Vec<Span>,
    /// Until when it was put off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deferred_to: Option<At>,
}

/// Where a clock stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub state: ClockState,
    /// The promise in force.
    pub promise: Promise,
    /// The last instant at which the event is in time. While paused: what it was when the pause began.
    pub due_at: At,
    /// When the awaited event came, in time or late; for a cancelled clock, when it was called off.
    pub settled_at: Option<At>,
    /// The due time at which the promise was broken; stays through a late answer and a cancellation.
    pub breached_at: Option<At>,
    /// The pauses that are over, each with its word.
    pub pauses: Vec<(Span, String)>,
    /// Since when it stands still, and why.
    pub paused: Option<(At, String)>,
    /// Until when it is put off.
    pub deferred_to: Option<At>,
    /// The promises of merged incidents that bind it.
    pub bonds: BTreeMap<Id, Held>,
    /// The merged incident whose promise is the earliest, if not its own is.
    pub bound_by: Option<Id>,
}

/// A bond, and since when it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    pub since: At,
    pub bond: Bond,
}

impl Held {
    /// Its pauses: its own until then, and since then those of the clock that it binds.
    pub(super) fn pauses(&self, stood: &Pauses) -> Pauses {
        let later = stood.spans().iter().map(|span| Span { from: span.from.max(*self.since), to: span.to });
        Pauses::new(self.bond.pauses.iter().copied().chain(later))
    }
}

/// Where a clock stands at `now` that began with the promise `first`. The marks may come in any order.
///
/// A promise whose due time would lie more than three years after its start (a pause that never ends) makes none: it is due
/// [never](At::NEVER).
pub fn judge(first: &Promise, history: &[Mark], calendars: &impl Calendars, now: At) -> Verdict {
    let mut marks: Vec<&Mark> = history.iter().collect();
    marks.sort_by_key(|mark| (mark.at, mark.n, mark.fact.rank()));
    let mut clock = Verdict {
        state: ClockState::Running,
        promise: first.clone(),
        due_at: first.due(calendars, &Pauses::NONE).unwrap_or(At::NEVER),
        settled_at: None,
        breached_at: None,
        pauses: Vec::new(),
        paused: None,
        deferred_to: None,
        bonds: BTreeMap::new(),
        bound_by: None,
    };
    for mark in marks {
        if clock.is_settled() {
            break;
        }
        clock.pass(mark.at);
        clock.take(mark, calendars);
    }
    clock.pass(now);
    clock
}

impl Verdict {
    /// Whether what it waited for has come.
    fn is_settled(&self) -> bool {
        self.settled_at.is_some() && self.state != ClockState::Cancelled
    }

    /// Whether it still waits: it runs, stands still, or is late and unanswered.
    pub fn is_open(&self) -> bool {
        self.settled_at.is_none()
    }

    /// Time passes until `at`: a promise that ran out before is broken.
    fn pass(&mut self, at: At) {
        if self.state == ClockState::Running && self.due_at < at {
            self.state = ClockState::Breached;
            self.breached_at = Some(self.due_at);
        }
    }

    fn take(&mut self, mark: &Mark, calendars: &impl Calendars) {
        let at = mark.at;
        match &mark.fact {
            Fact::Settled if self.state != ClockState::Cancelled => {
                self.settled_at = Some(at);
                self.end_pause(at);
                if self.state != ClockState::Breached {
                    // A clock that stood still was not overdue when it stopped, and has not moved since.
                    self.state = ClockState::Met;
                }
            }
            Fact::Cancelled { .. } if self.state != ClockState::Cancelled => {
                self.settled_at = Some(at);
                self.state = ClockState::Cancelled;
            }
            Fact::Revived if self.state == ClockState::Cancelled => {
                self.settled_at = None;
                self.state = self.resting();
            }
            Fact::Paused { why } if self.state == ClockState::Running => {
                self.state = ClockState::Paused;
                self.paused = Some((at, why.clone()));
            }
            Fact::Resumed if self.state == ClockState::Paused => {
                self.end_pause(at);
                self.state = ClockState::Running;
            }
            Fact::Deferred { to } if self.breached_at.is_none() && *to > self.due_at => {
                self.deferred_to = Some(*to);
                self.bonds.clear();
            }
            Fact::Promised { to, .. } => self.promise = to.clone(),
            Fact::Bound { incident, bond } => {
                self.bonds.insert(*incident, Held { since: at, bond: bond.clone() });
            }
            Fact::Unbound { incident } => drop(self.bonds.remove(incident)),
            // What happens to a clock that is over, or twice, changes nothing.
            Fact::Settled
            | Fact::Cancelled { .. }
            | Fact::Revived
            | Fact::Paused { .. }
            | Fact::Resumed
            | Fact::Deferred { .. } => return,
        }
        self.renew(calendars);
    }

    /// What a clock that is neither met nor cancelled is.
    fn resting(&self) -> ClockState {
        match (&self.breached_at, &self.paused) {
            (Some(_), _) => ClockState::Breached,
            (None, Some(_)) => ClockState::Paused,
            (None, None) => ClockState::Running,
        }
    }

    fn end_pause(&mut self, at: At) {
        if let Some((since, why)) = self.paused.take() {
            self.pauses.push((Span { from: *since, to: *at }, why));
        }
    }

    /// The pauses that are over.
    pub fn stood(&self) -> Pauses {
        Pauses::new(self.pauses.iter().map(|(span, _)| *span))
    }

    /// Computes the due time anew: the earliest of the clock's own promise and of those that bind it.
    fn renew(&mut self, calendars: &impl Calendars) {
        let stood = self.stood();
        let due = |promise: &Promise, pauses: &Pauses| promise.due(calendars, pauses).unwrap_or(At::NEVER);
        let own = put_off(due(&self.promise, &stood), self.deferred_to);
        (self.due_at, self.bound_by) = (own, None);
        for (incident, held) in &self.bonds {
            let theirs = put_off(due(&held.bond.promise, &held.pauses(&stood)), held.bond.deferred_to);
            if theirs < self.due_at {
                (self.due_at, self.bound_by) = (theirs, Some(*incident));
            }
        }
    }

    /// The clock's promise as a bond on the survivor of a merge. None if it does not wait any more or is broken already: then
    /// there is nothing left to keep.
    pub fn bond(&self, at: At) -> Option<Bond> {
        let waits = matches!(self.state, ClockState::Running | ClockState::Paused);
        waits.then(|| {
            let open = self.paused.iter().map(|(since, _)| Span { from: **since, to: *at });
            let pauses = Pauses::new(self.pauses.iter().map(|(span, _)| *span).chain(open));
            Bond { promise: self.promise.clone(), pauses: pauses.spans().to_vec(), deferred_to: self.deferred_to }
        })
    }

    /// When to remind that time runs out, for each share of the promised time that is left then, in percent: in working time
    /// where the promise or its calendar knows such, so that a reminder comes while there are people to read it. In the order of
    /// the shares given; the due time itself is not among them.
    pub fn reminders(&self, shares: &[u8], calendars: &impl Calendars) -> Vec<At> {
        if shares.is_empty() || self.due_at == At::NEVER {
            return Vec::new();
        }
        let Promise { policy_version, calendar, target, consumed, .. } = &self.promise;
        let calendar = calendars.calendar(*policy_version, calendar);
        let in_plain_time = target.base() == Base::Calendar;
        let whole = consumed + self.promise.passed(calendars, &self.stood(), self.due_at);
        let remind = |share: &u8| {
            let left = whole * i64::from(*share) / 100;
            let before = if in_plain_time { None } else { calendar.warn(*self.due_at, left).ok() };
            before.map_or_else(|| self.due_at.plus_seconds(-left), At::new)
        };
        shares.iter().map(remind).collect()
    }
}

fn put_off(due: At, to: Option<At>) -> At {
    to.map_or(due, |to| due.max(to))
}
