//! The clocks of an incident: what was promised, by when, and whether it was kept.
//!
//! A clock waits for one event. Two facts about it are kept apart: `settled_at`, when the event
//! came (or the clock was called off), and `breached_at`, that the promise was broken. A broken
//! promise is dated by its due time, never by the moment somebody noticed, and is decided by
//! comparing the event's time with the due time: sweeps only find clocks that nobody touched, so
//! the order and the frequency of sweeps cannot change an outcome.
//!
//! | from | on | to |
//! |---|---|---|
//! | running | `stop` at or before the due time | met |
//! | running | `stop` after the due time, or a `sweep` that finds it passed | breached |
//! | running, paused | `pause`, `resume` | paused, running |
//! | paused | `stop`: it was not overdue when it stopped, and has not moved since | met |
//! | breached | `stop`, late: the state stays, `settled_at` is filled in | breached |
//! | breached | `stop` by an event that came in time but was learned of late | met |
//! | running, paused, breached and unsettled | `cancel` | cancelled |
//!
//! The state is a cache of (start, target, calendar, pauses, events): [`due_with`] and
//! [`Clock::replay`] compute it again.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use super::words::vocabulary;
use crate::domain::calendar::{self, Calendar, HorizonExceeded, Pauses};

vocabulary! {
    /// What a clock waits for.
    ClockKind {
        /// The incident gets its organisation.
        Routing = "routing",
        /// The first public answer, be it an intermediate one.
        FirstAnswer = "first_answer",
        /// The final answer.
        Resolution = "resolution",
        /// A word from the author after the answer; when it runs out, silence is taken for an end.
        AuthorWait = "author_wait",
    }
}

vocabulary! {
    /// Where a clock stands.
    ClockState {
        /// It counts.
        Running = "running",
        /// It stands still.
        Paused = "paused",
        /// The event came in time.
        Met = "met",
        /// The due time passed first; whether the event has come since is in `settled_at`.
        Breached = "breached",
        /// Nobody waits any more; a breach before that is still in `breached_at`.
        Cancelled = "cancelled",
    }
}

vocabulary! {
    /// What a target is measured in.
    Base {
        /// Seconds of the calendar's working time.
        Working = "working",
        /// Seconds around the clock; a day is 24 hours.
        Calendar = "calendar",
        /// Working days, up to the end of the last one.
        Days = "days",
    }
}

/// How long something may take: a positive amount of at most three years, the horizon of the
/// calendar's search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Target {
    amount: u32,
    base: Base,
}

/// Why a text or a stored number is not a [`Target`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetFault {
    #[error("{0:?} is not a duration: write a whole number and a unit, such as 60m, 9h or 7d")]
    Malformed(String),
    #[error("{0:?} is not in whole days, which is all that base `days` counts")]
    NotDays(String),
    #[error("{0:?} is in days, and a working day has no fixed length: write hours, or use base `days` or `calendar`")]
    DaysOfWork(String),
    #[error("a target must be longer than zero and no longer than three years")]
    OutOfRange,
}

impl Target {
    /// The shortest target there is.
    pub const SECOND: Target = Target { amount: 1, base: Base::Calendar };

    /// A target of `amount` seconds, or days when the base is [`Base::Days`]: the form in which it
    /// is stored.
    pub fn new(amount: i64, base: Base) -> Result<Target, TargetFault> {
        const DAYS: i64 = 3 * 365;
        let limit = if base == Base::Days { DAYS } else { DAYS * 86_400 };
        match u32::try_from(amount) {
            Ok(amount) if (1..=limit).contains(&i64::from(amount)) => Ok(Target { amount, base }),
            _ => Err(TargetFault::OutOfRange),
        }
    }

    /// Reads `90s`, `60m`, `9h` or `7d`. Days go with the bases `days` (working days) and
    /// `calendar` (24 hours each) only.
    pub fn parse(text: &str, base: Base) -> Result<Target, TargetFault> {
        let text = text.trim();
        let malformed = || TargetFault::Malformed(text.to_owned());
        let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(malformed)?;
        if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(malformed());
        }
        let size = match (unit, base) {
            ("d", Base::Days) => 1,
            ("d", Base::Calendar) => 86_400,
            ("d", Base::Working) => return Err(TargetFault::DaysOfWork(text.to_owned())),
            ("s" | "m" | "h", Base::Days) => return Err(TargetFault::NotDays(text.to_owned())),
            ("h", _) => 3_600,
            ("m", _) => 60,
            ("s", _) => 1,
            _ => return Err(malformed()),
        };
        let amount = number.parse::<i64>().ok().and_then(|number| number.checked_mul(size));
        Target::new(amount.ok_or(TargetFault::OutOfRange)?, base)
    }

    /// Seconds, or days when the base is [`Base::Days`].
    pub fn amount(self) -> i64 {
        i64::from(self.amount)
    }

    pub fn base(self) -> Base {
        self.base
    }
}

impl fmt::Display for Target {
    /// The shortest exact form [`Target::parse`] reads back: `60m` becomes `1h`, but 24 working
    /// hours stay `24h`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (size, unit) = match (self.base, self.amount) {
            (Base::Days, _) => (1, 'd'),
            (Base::Calendar, amount) if amount.is_multiple_of(86_400) => (86_400, 'd'),
            (_, amount) if amount.is_multiple_of(3_600) => (3_600, 'h'),
            (_, amount) if amount.is_multiple_of(60) => (60, 'm'),
            _ => (1, 's'),
        };
        write!(f, "{}{unit}", self.amount / size)
    }
}

/// The due time of a target begun at `start`: the only place one is computed, from scratch, out of
/// the whole history of pauses.
///
/// Monotonic in the start, the target and the pauses: none of them, when it grows, brings the due
/// time nearer. With [`Base::Days`] a day at whose end the clock stands still does not count.
/// [`HorizonExceeded`] when the answer would lie more than three years after the start.
pub fn due_with(
    start: Timestamp,
    target: Target,
    calendar: &Calendar,
    pauses: &Pauses,
) -> Result<Timestamp, HorizonExceeded> {
    match target.base {
        Base::Working => calendar.due(start, target.amount(), pauses),
        Base::Calendar => calendar::due_around_the_clock(start, target.amount(), pauses),
        Base::Days => calendar.end_of_working_days(start, target.amount, pauses),
    }
}

/// One promise about one incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clock {
    pub kind: ClockKind,
    /// Which round this is, from 1: a reopened incident or a second answer runs a new clock of the
    /// same kind.
    pub cycle: i32,
    pub started_at: Timestamp,
    /// How long was promised, and in which time base.
    pub target: Target,
    /// Id of the calendar the due time was computed with.
    pub calendar: String,
    /// The last instant at which the event is in time. While paused: what it was when the pause
    /// began.
    pub due_at: Timestamp,
    pub state: ClockState,
    /// When the awaited event came, in time or late; for a cancelled clock, when it was called off.
    pub settled_at: Option<Timestamp>,
    /// The due time at which the promise was broken; stays through a late answer and a
    /// cancellation.
    pub breached_at: Option<Timestamp>,
    /// Id of the term that set the target.
    pub term: String,
}

/// What an event meant for the clock that waited for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It came in time: at the due time or before.
    Met,
    /// It came late.
    Breached,
    /// The clock had been cancelled and waits for nothing.
    Void,
}

/// Why a due time cannot be put off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DeferralFault {
    #[error("the clock no longer runs: it was met, breached or cancelled")]
    Over,
    #[error("a deferral must be later than the present due time and not in the past")]
    NotLater,
}

impl Clock {
    /// A running clock, begun at `at` with the target of the chosen `term`. An incident that is
    /// created paused starts running too and is paused at the same instant.
    pub fn start(
        kind: ClockKind,
        cycle: i32,
        at: Timestamp,
        term: impl Into<String>,
        target: Target,
        calendar: &Calendar,
    ) -> Result<Clock, HorizonExceeded> {
        Ok(Clock {
            kind,
            cycle,
            started_at: at,
            target,
            calendar: calendar.id().to_owned(),
            due_at: due_with(at, target, calendar, &Pauses::NONE)?,
            state: ClockState::Running,
            settled_at: None,
            breached_at: None,
            term: term.into(),
        })
    }

    /// The awaited event came at `at`. In time iff `at <= due_at`, whatever a sweep has said
    /// meanwhile; a paused clock is always in time, since it was not overdue when it stopped. Of
    /// several events the earliest counts, in whatever order they arrive.
    pub fn stop(&mut self, at: Timestamp) -> Verdict {
        let met = match self.state {
            ClockState::Cancelled => return Verdict::Void,
            // Not compared with the due time again: a clock met during a pause may have been
            // stopped after it.
            ClockState::Met | ClockState::Paused => true,
            ClockState::Running | ClockState::Breached => at <= self.due_at,
        };
        self.settled_at = Some(self.settled_at.map_or(at, |earlier| earlier.min(at)));
        if met {
            self.breached_at = None;
            self.state = ClockState::Met;
            return Verdict::Met;
        }
        self.breach();
        Verdict::Breached
    }

    /// Notices that the due time of a running clock has passed. Returns whether it did: true once
    /// in a clock's life.
    pub fn sweep(&mut self, now: Timestamp) -> bool {
        let passed = self.state == ClockState::Running && self.due_at < now;
        if passed {
            self.breach();
        }
        passed
    }

    /// Calls the clock off at `at`: the incident was rejected, merged or given away. A due time
    /// that had passed by then is a breach all the same. Returns false, changing nothing, if the
    /// clock had already ended.
    pub fn cancel(&mut self, at: Timestamp) -> bool {
        if self.state == ClockState::Cancelled || self.settled_at.is_some() {
            return false;
        }
        self.sweep(at);
        self.state = ClockState::Cancelled;
        self.settled_at = Some(at);
        true
    }

    /// Stands still from `at`. Returns false if it cannot: it has ended, is paused already, or was
    /// overdue by then, and a breached clock stays breached.
    pub fn pause(&mut self, at: Timestamp) -> bool {
        self.sweep(at);
        let pausing = self.state == ClockState::Running;
        if pausing {
            self.state = ClockState::Paused;
        }
        pausing
    }

    /// Runs again from `at`; `pauses` is the whole history, the pause that ends now included.
    /// Returns false, changing nothing, if it was not paused.
    pub fn resume(&mut self, at: Timestamp, calendar: &Calendar, pauses: &Pauses) -> Result<bool, HorizonExceeded> {
        if self.state != ClockState::Paused {
            return Ok(false);
        }
        let due_at = self.due_after(calendar, pauses)?;
        self.state = ClockState::Running;
        self.rejudge(due_at, at);
        Ok(true)
    }

    /// Computes the due time and the verdict again from the history, for a pause learned of late or
    /// an operator's recompute. Idempotent. Never brings the due time nearer, so a deferral
    /// survives; leaves cancelled clocks alone.
    pub fn replay(&mut self, now: Timestamp, calendar: &Calendar, pauses: &Pauses) -> Result<(), HorizonExceeded> {
        if self.state != ClockState::Cancelled {
            let due_at = self.due_after(calendar, pauses)?;
            self.rejudge(due_at, now);
        }
        Ok(())
    }

    /// An explicit deferral decided at `now`, to be written into the audit by the caller. Only ever
    /// to a later time, and only before the promise is broken: a breach is a fact, and what is
    /// promised after it is a new cycle.
    pub fn move_due(&mut self, to: Timestamp, now: Timestamp) -> Result<(), DeferralFault> {
        self.sweep(now);
        if !matches!(self.state, ClockState::Running | ClockState::Paused) {
            return Err(DeferralFault::Over);
        }
        if to <= self.due_at || to < now {
            return Err(DeferralFault::NotLater);
        }
        self.due_at = to;
        Ok(())
    }

    /// Whole seconds left until the due time, negative when overdue: around the clock for
    /// [`Base::Calendar`], of working time otherwise. A settled clock shows the margin it ended
    /// with, however late it is asked; for a paused one pass the start of the pause as `now`.
    pub fn remaining(&self, now: Timestamp, calendar: &Calendar) -> i64 {
        let now = self.settled_at.unwrap_or(now);
        let left: SignedDuration = match self.target.base {
            Base::Calendar => self.due_at.duration_since(now),
            Base::Working | Base::Days => calendar.worked(now, self.due_at, &Pauses::NONE),
        };
        left.as_secs()
    }

    /// When to remind of the due time, `seconds` before it: plain seconds for [`Base::Calendar`],
    /// working ones otherwise, so that the reminder comes when somebody is there. May lie before
    /// the start of a short clock.
    pub fn warn_at(&self, seconds: u32, calendar: &Calendar) -> Result<Timestamp, HorizonExceeded> {
        let plain = SignedDuration::from_secs(i64::from(seconds));
        match self.target.base {
            Base::Calendar => self.due_at.checked_sub(plain).map_err(|_| HorizonExceeded),
            Base::Working | Base::Days => calendar.warn(self.due_at, i64::from(seconds)),
        }
    }

    fn due_after(&self, calendar: &Calendar, pauses: &Pauses) -> Result<Timestamp, HorizonExceeded> {
        Ok(due_with(self.started_at, self.target, calendar, pauses)?.max(self.due_at))
    }

    fn rejudge(&mut self, due_at: Timestamp, now: Timestamp) {
        self.due_at = due_at;
        self.breached_at = None;
        match self.settled_at {
            Some(at) if at > due_at => self.breach(),
            Some(_) => self.state = ClockState::Met,
            None if self.state == ClockState::Paused => {}
            None => {
                self.state = ClockState::Running;
                self.sweep(now);
            }
        }
    }

    fn breach(&mut self) {
        self.state = ClockState::Breached;
        self.breached_at = Some(self.due_at);
    }
}

#[cfg(test)]
mod tests;
