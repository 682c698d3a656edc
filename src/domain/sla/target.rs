//! How long something may take, and the due time that follows: the only place where one is computed.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::calendar::{self, Calendar, HorizonExceeded, Pauses, Roll};
use crate::domain::words::vocabulary;
use jiff::Timestamp;

vocabulary! {
    /// What a target is measured in.
    Base {
        /// Seconds of the calendar's working time.
        Working = "working",
        /// Seconds around the clock; a day is 24 hours.
        Calendar = "calendar",
        /// Working days, up to the end of the last one.
        Days = "days",
        /// Calendar days, up to the end of the last one, be it a day off.
        CalendarDays = "calendar_days",
        /// Calendar days, up to the end of the last one, or of the next working day if that is a day off.
        CalendarDaysNext = "calendar_days_next",
        /// Calendar days, up to the end of the last one, or of the working day before if that is a day off.
        CalendarDaysPrevious = "calendar_days_previous",
    }
}

impl Base {
    /// Whether it counts seconds, not days.
    pub fn is_in_seconds(self) -> bool {
        matches!(self, Base::Working | Base::Calendar)
    }
}

/// How long something may take: a positive amount of at most three years, the horizon of the
/// calendar's search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Target {
    amount: u32,
    base: Base,
}

/// Why a text or a stored number is not a [`Target`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetFault {
    #[error("{0:?} is not a duration: write a whole number and a unit, such as 60m, 9h or 7d")]
    Malformed(String),
    #[error("{0:?} is not in whole days, which is all that this base counts")]
    NotDays(String),
    #[error(
        "{0:?} is in days, and a working day has no fixed length: write hours, or use a base of days or `calendar`"
    )]
    DaysOfWork(String),
    #[error("a target must be longer than zero and no longer than three years")]
    OutOfRange,
}

impl Target {
    /// The shortest target there is.
    pub const SECOND: Target = Target { amount: 1, base: Base::Calendar };

    /// A target of `amount` seconds, or days when the base counts days: the form in which it
    /// is stored.
    pub fn new(amount: i64, base: Base) -> Result<Target, TargetFault> {
        const DAYS: i64 = 3 * 365;
        let limit = if base.is_in_seconds() { DAYS * 86_400 } else { DAYS };
        match u32::try_from(amount) {
            Ok(amount) if (1..=limit).contains(&i64::from(amount)) => Ok(Target { amount, base }),
            _ => Err(TargetFault::OutOfRange),
        }
    }

    /// Reads `90s`, `60m`, `9h` or `7d`. Days go with the bases that count days and with
    /// `calendar` (24 hours each) only.
    pub fn parse(text: &str, base: Base) -> Result<Target, TargetFault> {
        let text = text.trim();
        let malformed = || TargetFault::Malformed(text.to_owned());
        let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(malformed)?;
        if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(malformed());
        }
        let size = match (unit, base) {
            ("d", Base::Calendar) => 86_400,
            ("d", Base::Working) => return Err(TargetFault::DaysOfWork(text.to_owned())),
            ("d", _) => 1,
            ("s" | "m" | "h", base) if !base.is_in_seconds() => return Err(TargetFault::NotDays(text.to_owned())),
            ("h", _) => 3_600,
            ("m", _) => 60,
            ("s", _) => 1,
            _ => return Err(malformed()),
        };
        let amount = number.parse::<i64>().ok().and_then(|number| number.checked_mul(size));
        Target::new(amount.ok_or(TargetFault::OutOfRange)?, base)
    }

    /// Seconds, or days when the base counts days.
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
            (base, _) if !base.is_in_seconds() => (1, 'd'),
            (Base::Calendar, amount) if amount.is_multiple_of(86_400) => (86_400, 'd'),
            (_, amount) if amount.is_multiple_of(3_600) => (3_600, 'h'),
            (_, amount) if amount.is_multiple_of(60) => (60, 'm'),
            _ => (1, 's'),
        };
        write!(f, "{}{unit}", self.amount / size)
    }
}

/// A target as it is stored.
#[derive(Serialize, Deserialize)]
struct Written {
    target: String,
    base: Base,
}

impl TryFrom<Written> for Target {
    type Error = TargetFault;

    fn try_from(written: Written) -> Result<Target, TargetFault> {
        Target::parse(&written.target, written.base)
    }
}

impl From<Target> for Written {
    fn from(target: Target) -> Written {
        Written { target: target.to_string(), base: target.base }
    }
}

/// The due time of a target begun at `start`, from scratch, out of the whole history of pauses. Of a target in seconds, `consumed`
/// seconds have passed before.
///
/// Monotonic in the start, the target and the pauses: none of them, when it grows, brings the due time nearer. With the bases
/// that count days, a day at whose end the clock stands still does not count.
/// [`HorizonExceeded`] when the answer would lie more than three years after the start.
pub fn due_with(
    start: Timestamp,
    target: Target,
    consumed: i64,
    calendar: &Calendar,
    pauses: &Pauses,
) -> Result<Timestamp, HorizonExceeded> {
    let roll = match target.base {
        Base::Working => return calendar.due(start, target.amount() - consumed, pauses),
        Base::Calendar => return calendar::due_around_the_clock(start, target.amount() - consumed, pauses),
        Base::Days => return calendar.end_of_working_days(start, target.amount, pauses),
        Base::CalendarDays => Roll::None,
        Base::CalendarDaysNext => Roll::Next,
        Base::CalendarDaysPrevious => Roll::Previous,
    };
    calendar.end_of_calendar_days(start, target.amount, roll, pauses)
}
