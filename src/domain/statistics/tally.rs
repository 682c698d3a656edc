//! Counting, row by row.

use std::collections::BTreeMap;

use crate::domain::sla::ClockState;
use crate::domain::{At, CloseReason, Outcome};

/// What statistics look at in one incident of the cohort.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fact {
    pub received_at: At,
    pub first_answer_at: Option<At>,
    /// Working seconds from receipt to the first answer.
    pub first_answer_work: Option<i64>,
    pub closed_at: Option<At>,
    pub open: bool,
    /// Merged into another incident.
    pub merged: bool,
    pub outcome: Option<Outcome>,
    pub close_reason: Option<CloseReason>,
    pub rating: Option<i32>,
}

/// The counts of one row of a report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    pub total: i64,
    pub received: i64,
    pub merged: i64,
    pub answered: i64,
    pub open: i64,
    pub closed: i64,
    /// Of the closed ones.
    pub outcomes: BTreeMap<Option<Outcome>, i64>,
    /// Of the closed ones.
    pub reasons: BTreeMap<Option<CloseReason>, i64>,
    pub rated: i64,
    pub rating_sum: i64,
    /// Calendar seconds to each first answer.
    pub calendar: Vec<i64>,
    /// Working seconds to each first answer.
    pub working: Vec<i64>,
    pub verdicts: Verdicts,
    pub now: Now,
}

/// How the first answers stand to their deadlines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Verdicts {
    pub met: i64,
    pub breached: i64,
    pub running: i64,
    pub paused: i64,
}

/// How many there are at this instant, whatever the period.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Now {
    pub open: i64,
    pub overdue: i64,
}

impl Tally {
    /// Counts an incident of the cohort; `from` and `to` bound the period.
    pub fn count(&mut self, fact: &Fact, from: At, to: At) {
        self.total += 1;
        self.received += i64::from(from <= fact.received_at && fact.received_at < to);
        if fact.merged {
            self.merged += 1;
            return;
        }
        if let Some(answered_at) = fact.first_answer_at {
            self.answered += 1;
            // A source's clock may be ahead of the network's.
            self.calendar.push(answered_at.seconds_since(fact.received_at).max(0));
            self.working.extend(fact.first_answer_work);
        }
        if fact.open {
            self.open += 1;
        } else {
            self.closed += 1;
            *self.outcomes.entry(fact.outcome).or_default() += 1;
            *self.reasons.entry(fact.close_reason).or_default() += 1;
        }
        if let Some(rating) = fact.rating {
            self.rated += 1;
            self.rating_sum += i64::from(rating);
        }
    }

    /// The incidents of the cohort that are no duplicates.
    pub fn unique(&self) -> i64 {
        self.total - self.merged
    }

    /// How many were closed with this outcome, or with none.
    pub fn outcome(&self, outcome: Option<Outcome>) -> i64 {
        self.outcomes.get(&outcome).copied().unwrap_or(0)
    }

    /// How many were closed for this reason.
    pub fn reason(&self, reason: CloseReason) -> i64 {
        self.reasons.get(&Some(reason)).copied().unwrap_or(0)
    }
}

impl Verdicts {
    /// Counts the clock of one first answer. A promise that was broken stays broken, also if the incident was put aside later;
    /// one that was called off in time was neither kept nor broken.
    pub fn count(&mut self, state: ClockState, is_breached: bool) {
        match state {
            ClockState::Met => self.met += 1,
            ClockState::Breached | ClockState::Cancelled => self.breached += i64::from(is_breached),
            ClockState::Running => self.running += 1,
            ClockState::Paused => self.paused += 1,
        }
    }

    /// How many were decided.
    pub fn decided(&self) -> i64 {
        self.met + self.breached
    }
}

impl Now {
    /// Counts an open incident by the earliest due time of its clocks.
    pub fn count(&mut self, due_at: At, now: At) {
        self.open += 1;
        self.overdue += i64::from(due_at < now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> At {
        text.parse().unwrap()
    }

    fn fact() -> Fact {
        Fact {
            received_at: at("2025-12-24T14:00:00Z"),
            first_answer_at: None,
            first_answer_work: None,
            closed_at: None,
            open: true,
            merged: false,
            outcome: None,
            close_reason: None,
            rating: None,
        }
    }

    fn tally(facts: &[Fact]) -> Tally {
        let mut tally = Tally::default();
        for fact in facts {
            tally.count(fact, at("2025-12-01T00:00:00Z"), at("2026-01-01T00:00:00Z"));
        }
        tally
    }

    #[test]
    fn a_duplicate_is_received_and_nothing_else() {
        let duplicate = Fact {
            first_answer_at: Some(at("2025-12-24T15:00:00Z")),
            closed_at: Some(at("2025-12-24T16:00:00Z")),
            open: false,
            merged: true,
            close_reason: Some(CloseReason::Duplicate),
            rating: Some(5),
            ..fact()
        };
        let tally = tally(&[duplicate, fact()]);
        assert_eq!((tally.total, tally.received, tally.merged, tally.unique()), (2, 2, 1, 1));
        assert_eq!((tally.answered, tally.closed, tally.open, tally.rated), (0, 0, 1, 0));
    }

    #[test]
    fn received_counts_only_what_came_in_the_period() {
        let earlier = Fact { received_at: at("2025-11-30T23:59:59Z"), ..fact() };
        assert_eq!((tally(&[earlier, fact()]).total, tally(&[earlier, fact()]).received), (2, 1));
    }

    #[test]
    fn an_answer_is_timed_on_both_clocks() {
        let answered =
            Fact { first_answer_at: Some(at("2025-12-25T03:30:00Z")), first_answer_work: Some(3600), ..fact() };
        let tally = tally(&[answered]);
        assert_eq!((tally.calendar, tally.working), (vec![48_600], vec![3600]));
    }

    #[test]
    fn a_broken_promise_stays_broken_when_the_incident_is_put_aside() {
        let mut verdicts = Verdicts::default();
        for (state, breached) in [
            (ClockState::Met, false),
            (ClockState::Breached, true),
            (ClockState::Cancelled, true),
            (ClockState::Cancelled, false),
            (ClockState::Running, false),
        ] {
            verdicts.count(state, breached);
        }
        assert_eq!(verdicts, Verdicts { met: 1, breached: 2, running: 1, paused: 0 });
    }
}
