//! Clocks as the database keeps them: begun by a term, judged by their history. The columns of a row are what [`judge`] says; only
//! the first promise and the history are of their own.

use std::collections::BTreeSet;

use super::Error;
use super::book::Pages;
use crate::domain::policy::{ChosenTerm, Policy, TermFacts};
use crate::domain::sla::{ClockKind, ClockState, Fact, Mark, Promise, StartPoint, Target, Verdict, judge};
use crate::domain::{At, Doc, Id, Step};
use crate::store::StoreError;
use crate::store::records::{ClockRow, Incident};

/// What the choice of a term looks at. While nobody is responsible, it is made for the organisation that the rules propose.
pub(super) fn term_facts(incident: &Incident) -> TermFacts<'_> {
    let proposed = || incident.routed.0.get(0)?.get("organisation")?.as_str();
    TermFacts {
        municipality: Some(&incident.municipality),
        topic: incident.topic.as_deref(),
        group: incident.topic_group.as_deref(),
        severity: u8::try_from(incident.severity).ok(),
        organisation: incident.organisation.as_deref().or_else(proposed),
    }
}

/// What a term promises from an instant on.
pub(super) fn promise(policy: &Policy, term: &ChosenTerm<'_>, started_at: At) -> Promise {
    Promise {
        term: term.id.to_owned(),
        target: term.target,
        calendar: term.calendar.id().to_owned(),
        policy_version: policy.version(),
        started_at,
        matched: term.matched.to_string(),
        consumed: 0,
    }
}

/// When a clock that begins with the incident counts from; none if that has not come yet.
pub(super) fn start_of(start: StartPoint, received: At, published: At, assigned: Option<At>) -> Option<At> {
    match start {
        StartPoint::Received => Some(received),
        StartPoint::Published => Some(published.min(received)),
        StartPoint::Assigned => assigned,
    }
}

/// A clock to begin.
pub(super) struct Beginning {
    pub incident: Id,
    /// Where the incident stands.
    pub step: Step,
    /// The number of the event that it begins with.
    pub n: i64,
    pub organisation: Option<String>,
    pub kind: ClockKind,
    pub cycle: i32,
}

/// A clock that begins at `at` by a term; `now` may be later.
pub(super) fn begun(policy: &Policy, term: &ChosenTerm<'_>, clock: Beginning, at: At, now: At) -> ClockRow {
    let promise = promise(policy, term, at);
    let Beginning { incident, step, n, organisation, kind, cycle } = clock;
    let pause = Mark { at, n, fact: Fact::Paused { why: step.to_string() } };
    let history: Vec<Mark> = term.pauses.contains(&step).then_some(pause).into_iter().collect();
    // Not judged by `now`: that it is overdue already, if it is, is for the sweep to note and to tell.
    let verdict = judge(&promise, &history, policy, at);
    let mut row = ClockRow {
        incident_id: incident,
        kind,
        cycle,
        target: promise.target.to_string(),
        base: promise.target.base().as_str().to_owned(),
        term: promise.term,
        calendar: promise.calendar,
        policy_version: promise.policy_version,
        organisation,
        state: verdict.state,
        started_at: at,
        due_at: verdict.due_at,
        settled_at: None,
        breached_at: None,
        decided_at: None,
        history: (!history.is_empty()).then(|| Doc::of(&history)),
        matched: promise.matched,
        wake_at: verdict.due_at,
        warned: 0,
    };
    remind(&mut row, &verdict.reminders(term.warnings, policy), now);
    row
}

/// Notes that the reminders until `now` are behind the clock, and when it wakes next.
pub(super) fn remind(row: &mut ClockRow, reminders: &[At], now: At) {
    let behind = reminders.iter().filter(|at| **at <= now).count();
    row.warned = i32::try_from(behind).unwrap_or(i32::MAX);
    row.wake_at = reminders.get(behind).copied().unwrap_or(row.due_at).min(row.due_at);
}

/// A stored clock with its history.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub row: ClockRow,
    first: Promise,
    history: Vec<Mark>,
    /// Whether the row differs from what is stored.
    pub touched: bool,
}

impl Kept {
    /// Reads a stored clock.
    ///
    /// # Errors
    /// [`Error::Store`] when this program cannot read it.
    pub fn read(row: ClockRow) -> Result<Kept, Error> {
        let history: Vec<Mark> = match &row.history {
            Some(history) => history.to().map_err(StoreError::unreadable)?,
            None => Vec::new(),
        };
        let changed = history.iter().filter_map(|mark| match &mark.fact {
            Fact::Promised { from, .. } => Some(((mark.at, mark.n), from)),
            _ => None,
        });
        let first = match changed.min_by_key(|(when, _)| *when) {
            Some((_, from)) => from.clone(),
            None => Promise {
                term: row.term.clone(),
                target: Target::parse(&row.target, row.base.parse().map_err(StoreError::unreadable)?)
                    .map_err(StoreError::unreadable)?,
                calendar: row.calendar.clone(),
                policy_version: row.policy_version,
                started_at: row.started_at,
                matched: row.matched.clone(),
                consumed: 0,
            },
        };
        Ok(Kept { row, first, history, touched: false })
    }

    /// The versions of the policy that it needs.
    pub fn versions(&self) -> impl Iterator<Item = i64> {
        let more = self.history.iter().filter_map(|mark| match &mark.fact {
            Fact::Promised { to, .. } => Some(to.policy_version),
            Fact::Bound { bond, .. } => Some(bond.promise.policy_version),
            _ => None,
        });
        std::iter::once(self.first.policy_version).chain(more)
    }

    /// Whether what it waits for has not come and it has not been called off.
    pub fn is_open(&self) -> bool {
        self.row.settled_at.is_none()
    }

    /// Where it stands.
    pub fn judge(&self, pages: &Pages, now: At) -> Verdict {
        judge(&self.first, &self.history, pages, now)
    }

    /// The version of the policy that it began under.
    pub fn begun_under(&self) -> i64 {
        self.first.policy_version
    }

    /// The promise in force.
    pub fn promise(&self) -> &Promise {
        let changed = self.history.iter().filter_map(|mark| match &mark.fact {
            Fact::Promised { to, .. } => Some(((mark.at, mark.n), to)),
            _ => None,
        });
        changed.max_by_key(|(when, _)| *when).map_or(&self.first, |(_, to)| to)
    }

    /// What happened to it after it began.
    pub fn history(&self) -> &[Mark] {
        &self.history
    }

    /// Whether the last cancellation had this word.
    pub fn was_cancelled(&self, by: &str) -> bool {
        self.row.state == ClockState::Cancelled
            && self.history.iter().rev().find_map(|mark| match &mark.fact {
                Fact::Cancelled { why } => Some(why == by),
                _ => None,
            }) == Some(true)
    }

    /// Something happens to it. Nothing is noted that changes nothing.
    ///
    /// That it is broken and still waits, perhaps by this very mark, is left to the sweep, which wakes at once: it is the one place
    /// where that gets its entry in the history and is told to those whose work it is.
    pub fn mark(&mut self, mark: Mark, pages: &Pages, now: At) {
        let before = self.judge(pages, now);
        self.history.push(mark);
        let after = self.judge(pages, now);
        if before == after {
            self.history.pop();
            return;
        }
        self.row.history = Some(Doc::of(&self.history));
        let is_noted = self.row.state == ClockState::Breached;
        self.take_over(&after, pages, now);
        if let Some(broken) = after.breached_at.filter(|_| after.is_open() && !is_noted) {
            (self.row.state, self.row.breached_at, self.row.decided_at) = (ClockState::Running, None, None);
            self.row.wake_at = broken;
        }
    }

    /// Writes a verdict into the columns.
    pub fn take_over(&mut self, verdict: &Verdict, pages: &Pages, now: At) {
        let row = &mut self.row;
        let (due, term) = (row.due_at, std::mem::take(&mut row.term));
        let Promise { target, policy_version, started_at, .. } = verdict.promise;
        row.term.clone_from(&verdict.promise.term);
        row.calendar.clone_from(&verdict.promise.calendar);
        row.matched.clone_from(&verdict.promise.matched);
        (row.target, row.base) = (target.to_string(), target.base().as_str().to_owned());
        (row.policy_version, row.started_at) = (policy_version, started_at);
        (row.state, row.due_at) = (verdict.state, verdict.due_at);
        (row.settled_at, row.breached_at) = (verdict.settled_at, verdict.breached_at);
        row.decided_at = if verdict.state == ClockState::Met { verdict.settled_at } else { verdict.breached_at };
        if (row.due_at, &row.term) != (due, &term) {
            // Another due time is another promise to remind of.
            remind(row, &reminders(verdict, pages), now);
        }
        self.touched = true;
    }
}

/// When to remind of a clock, by the term it runs by now.
pub(super) fn reminders(verdict: &Verdict, pages: &Pages) -> Vec<At> {
    let term = pages.term(verdict.promise.policy_version, &verdict.promise.term);
    term.map(|term| verdict.reminders(&term.warnings, pages)).unwrap_or_default()
}

/// The versions of the policy that clocks need.
pub(super) fn versions(clocks: &[Kept]) -> BTreeSet<i64> {
    clocks.iter().flat_map(Kept::versions).collect()
}

/// The earliest due time of clocks that are not settled.
pub(super) fn earliest_due<'c>(clocks: impl Iterator<Item = &'c ClockRow>) -> At {
    clocks.filter(|c| c.settled_at.is_none()).map(|c| c.due_at).min().unwrap_or(At::NEVER)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::desk::Book;
    use crate::domain::policy::fixture;

    /// 2026-02-02T04:00Z, a Monday morning.
    const START: At = At(jiff::Timestamp::constant(1_770_004_800, 0));

    fn facts() -> impl Strategy<Value = Fact> {
        prop_oneof![
            3 => Just(Fact::Paused { why: "approval".to_owned() }),
            3 => Just(Fact::Resumed),
            1 => Just(Fact::Settled),
            1 => Just(Fact::Cancelled { why: "merged".to_owned() }),
            1 => Just(Fact::Revived),
            1 => (0_i64..4_000).prop_map(|minute| Fact::Deferred { to: START.plus_seconds(minute * 60) }),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Changed step by step and read back after each, a clock stands where its whole history says; its columns say the same,
        /// but for a breach that the sweep has yet to note, for which it then wakes.
        #[test]
        fn t50_a_stored_clock_is_what_its_history_says(
            steps in prop::collection::vec((0_i64..500, facts()), 0..8),
        ) {
            let policy = fixture::policy();
            let pages = Book::default().present(&policy);
            let term = policy.term(ClockKind::FirstAnswer, &TermFacts::default()).expect("a term");
            let clock = Beginning {
                incident: Id::new(START),
                step: Step::InWork,
                n: 1,
                organisation: None,
                kind: ClockKind::FirstAnswer,
                cycle: 1,
            };
            let mut kept = Kept::read(begun(&policy, &term, clock, START, START)).expect("it is read");
            let (mut at, mut marks) = (START, Vec::new());
            for (n, (minutes, fact)) in (2_i64..).zip(steps) {
                at = at.plus_seconds(minutes * 60);
                let mark = Mark { at, n, fact };
                kept.mark(mark.clone(), &pages, at);
                marks.push(mark);
                kept = Kept::read(kept.row).expect("it is read");
                let whole = judge(&kept.first, &marks, &pages, at);
                prop_assert_eq!(&kept.judge(&pages, at), &whole);
                let row = &kept.row;
                prop_assert_eq!((row.due_at, row.settled_at), (whole.due_at, whole.settled_at));
                if row.state == whole.state {
                    prop_assert_eq!(row.breached_at, whole.breached_at);
                } else {
                    prop_assert_eq!((row.state, whole.state), (ClockState::Running, ClockState::Breached));
                    prop_assert!(whole.is_open() && row.wake_at < at);
                }
            }
        }
    }
}
