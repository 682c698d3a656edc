//! Working time of an organisation: which instants count, how many of them passed, and when a given
//! number will have passed.
//!
//! A calendar is a week of wall-clock windows in one time zone, with single dates laid over it. The
//! rules, all of them checked by the cases T01–T50 of the project's deadline study:
//!
//! - A window is half-open, `[opening, closing)`, and belongs to the date it opens on, even when it
//!   runs past midnight. Walks therefore begin on the local day *before* the start, or a night
//!   shift would be lost.
//! - Each edge of a window is converted to UTC by itself, so a day with a clock change is as long
//!   as it really was. An edge that the clocks jump over moves forward by the jump, and one that
//!   happens twice means the first time (jiff's "compatible" disambiguation, RFC 5545's rule).
//!   Where that makes two windows overlap, the shared time counts once.
//! - A deadline is the *earliest* instant at which the elapsed working time equals the target: work
//!   that ends at the closing instant is due then, not at the next opening.
//!
//! Everything here is pure. Zone data is compiled in, so an answer depends on the release and never
//! on the host.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::domain::words::vocabulary;

mod pauses;
mod spec;
mod window;

pub use pauses::{Pauses, Span};
pub use spec::{CalendarFault, CalendarSpec, DayKind, DayRow, ROWS_LIMIT, WINDOWS_LIMIT, WeekSpec};
pub use window::{Window, WindowFault};

/// How far a search looks before it gives up: three years, one of them a leap year.
const HORIZON_DAYS: i32 = 3 * 365 + 1;
const HORIZON: SignedDuration = SignedDuration::from_hours(HORIZON_DAYS as i64 * 24);

/// A deadline (or a warning) was not found within three years: the target is absurd, a pause never
/// ends, or every day is off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no such moment within three years of the start")]
pub struct HorizonExceeded;

vocabulary! {
    /// What to do with a term of calendar days whose last day is off.
    Roll {
        /// The term ends on the day off.
        None = "none",
        /// It ends on the first working day after.
        Next = "next",
        /// It ends on the last working day before, unless that would be before the term began: then on the next one.
        Previous = "previous",
    }
}

/// What the production calendar says of a date.
#[derive(Debug, Clone, PartialEq)]
struct Special {
    /// Empty on a day off.
    windows: Vec<Window>,
    /// Why, for people; may be empty.
    note: String,
}

/// A date that is worked otherwise than its weekday.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exception<'c> {
    pub date: Date,
    /// When it is worked; empty on a day off.
    pub windows: &'c [Window],
    /// When its weekday is worked otherwise; empty if that is a day off.
    pub usual: &'c [Window],
}

impl Exception<'_> {
    /// When it closes, if that is earlier than on its weekday.
    pub fn shortened_to(&self) -> Option<Time> {
        let (last, usual) = (self.windows.last()?, self.usual.last()?);
        (last.closing_on(self.date) < usual.closing_on(self.date)).then_some(last.closes)
    }
}

/// The working time of an organisation: valid by construction ([`CalendarSpec::build`]) and
/// immutable.
#[derive(Debug, Clone, PartialEq)]
pub struct Calendar {
    id: String,
    title: String,
    zone_name: String,
    zone: TimeZone,
    /// Windows by weekday from Monday, each day's sorted and disjoint.
    week: [Vec<Window>; 7],
    /// Dates that the production calendar speaks of.
    special: BTreeMap<Date, Special>,
    /// Open around the clock without exception: then working time is plain time, and there is
    /// nothing to walk.
    always: bool,
}

impl Calendar {
    pub fn id(&self) -> &str {
        &self.id
    }

    pub fn title(&self) -> &str {
        &self.title
    }

    /// The IANA name the calendar was written with, e.g. `Asia/Omsk`.
    pub fn zone_name(&self) -> &str {
        &self.zone_name
    }

    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The local date of an instant.
    pub fn date_of(&self, at: Timestamp) -> Date {
        self.zone.to_datetime(at).date()
    }

    /// The windows that open on `date`: sorted, disjoint, empty on a day off.
    pub fn windows(&self, date: Date) -> &[Window] {
        self.special.get(&date).map_or_else(|| self.usual(date), |special| &special.windows)
    }

    /// The windows of a date's weekday.
    fn usual(&self, date: Date) -> &[Window] {
        let weekday = usize::from(date.weekday().to_monday_zero_offset().unsigned_abs());
        &self.week[weekday]
    }

    /// What the production calendar notes about a date: the holiday's name, or the decree that moved it.
    pub fn note(&self, date: Date) -> Option<&str> {
        self.special.get(&date).map(|special| special.note.as_str()).filter(|note| !note.is_empty())
    }

    /// The dates whose windows are not those of their weekday, in order. A public holiday on a Sunday that is off anyway is none.
    pub fn exceptions(&self) -> impl Iterator<Item = Exception<'_>> {
        let all = self.special.iter().map(|(&date, special)| Exception {
            date,
            windows: &special.windows,
            usual: self.usual(date),
        });
        all.filter(|one| one.windows != one.usual)
    }

    /// Whether any working time opens on `date`.
    pub fn is_working_day(&self, date: Date) -> bool {
        !self.windows(date).is_empty()
    }

    /// Working time in `[from, to)` outside the pauses; negative, with the same size, when `to` is
    /// before `from`.
    pub fn worked(&self, from: Timestamp, to: Timestamp, pauses: &Pauses) -> SignedDuration {
        if to < from {
            return -self.worked(to, from, pauses);
        }
        let mut sum = SignedDuration::ZERO;
        let _ = self.walk(from, to, pauses, |piece| {
            sum += piece.length();
            ControlFlow::<()>::Continue(())
        });
        sum
    }

    /// The pieces of working time in `[from, to)` outside the pauses, in order.
    pub fn pieces(&self, from: Timestamp, to: Timestamp, pauses: &Pauses) -> Vec<Span> {
        let mut pieces = Vec::new();
        let _ = self.walk(from, to, pauses, |piece| {
            pieces.push(piece);
            ControlFlow::<()>::Continue(())
        });
        pieces
    }

    /// The dates in `[from, to]` that the production calendar says something about.
    pub fn special_dates(&self, from: Date, to: Date) -> impl Iterator<Item = Date> {
        (from <= to).then(|| self.special.range(from..=to)).into_iter().flatten().map(|(date, _)| *date)
    }

    /// The earliest instant at or after `at` that lies inside a window: `at` itself while one is open. A window holds its opening
    /// instant and not its closing one.
    pub fn opens(&self, at: Timestamp) -> Result<Timestamp, HorizonExceeded> {
        let until = at.checked_add(HORIZON).map_err(|_| HorizonExceeded)?;
        found(self.walk(at, until, &Pauses::NONE, |piece| ControlFlow::Break(piece.from)))
    }

    /// The earliest instant at which `seconds` of working time have passed since `start` outside
    /// the pauses. A target of zero or less is due at `start`, even outside working hours.
    pub fn due(&self, start: Timestamp, seconds: i64, pauses: &Pauses) -> Result<Timestamp, HorizonExceeded> {
        if seconds <= 0 {
            return Ok(start);
        }
        let until = start.checked_add(HORIZON).map_err(|_| HorizonExceeded)?;
        let visit = earliest(SignedDuration::from_secs(seconds));
        found(self.walk(start, until, pauses, visit))
    }

    /// The latest instant from which exactly `seconds` of working time remain until `due`, for a
    /// reminder that comes while there are people to read it: always inside a window, unless
    /// `seconds` is zero or less, which means `due` itself.
    pub fn warn(&self, due: Timestamp, seconds: i64) -> Result<Timestamp, HorizonExceeded> {
        if seconds <= 0 {
            return Ok(due);
        }
        let wanted = SignedDuration::from_secs(seconds);
        if wanted > HORIZON {
            return Err(HorizonExceeded);
        }
        // Step back until enough working time lies between, then find the place going forward.
        // One direction of walking means that `worked`, `due` and `warn` cannot disagree on what
        // a window is.
        let mut back = (wanted + SignedDuration::from_hours(48)).min(HORIZON);
        loop {
            let from = due.checked_sub(back).map_err(|_| HorizonExceeded)?;
            let worked = self.worked(from, due, &Pauses::NONE);
            if worked >= wanted {
                return found(self.walk(from, due, &Pauses::NONE, latest(worked - wanted)));
            }
            if back >= HORIZON {
                return Err(HorizonExceeded);
            }
            back = (back + back).min(HORIZON);
        }
    }

    /// The end of the `days`-th working day after the local day of `start`; of that day itself when
    /// `days` is zero.
    ///
    /// A day at whose end the clock stands still does not count. "The end" is the day's last whole
    /// second, so that the date of the deadline is the date that was promised, wherever it is
    /// printed or grouped by.
    pub fn end_of_working_days(
        &self,
        start: Timestamp,
        days: u32,
        pauses: &Pauses,
    ) -> Result<Timestamp, HorizonExceeded> {
        let counts =
            |date: Date| Ok((days == 0 || self.is_working_day(date)) && !pauses.contains(self.end_of_day(date)?));
        self.end_of_day(self.last_of(self.date_of(start), days, counts)?)
    }

    /// The end (last whole second) of the `days`-th calendar day after the local day of `start`, moved off a day off by `roll`.
    ///
    /// As with working days, a day at whose end the clock stands still does not count, and none such is rolled to.
    pub fn end_of_calendar_days(
        &self,
        start: Timestamp,
        days: u32,
        roll: Roll,
        pauses: &Pauses,
    ) -> Result<Timestamp, HorizonExceeded> {
        let first = self.date_of(start);
        let is_free = |date: Date| self.end_of_day(date).map(|end| !pauses.contains(end));
        let last = self.last_of(first, days, is_free)?;
        if roll == Roll::None || self.is_working_day(last) {
            return self.end_of_day(last);
        }
        if roll == Roll::Previous {
            let back =
                (1..=HORIZON_DAYS).map_while(|step| last.checked_sub(step.days()).ok().filter(|date| *date >= first));
            let before = back.into_iter().find(|date| self.is_working_day(*date));
            if let Some(before) = before.filter(|date| is_free(*date) == Ok(true)) {
                return self.end_of_day(before);
            }
        }
        for step in 1..=HORIZON_DAYS {
            let date = last.checked_add(step.days()).map_err(|_| HorizonExceeded)?;
            if self.is_working_day(date) && is_free(date)? {
                return self.end_of_day(date);
            }
        }
        Err(HorizonExceeded)
    }

    /// The `days`-th day after `first` that `counts`; `first` itself, or the first after it that does, when `days` is zero.
    fn last_of(
        &self,
        first: Date,
        days: u32,
        counts: impl Fn(Date) -> Result<bool, HorizonExceeded>,
    ) -> Result<Date, HorizonExceeded> {
        let (mut date, mut left) = (first, days);
        for _ in 0..=HORIZON_DAYS {
            if (date != first || days == 0) && counts(date)? {
                if left <= 1 {
                    return Ok(date);
                }
                left -= 1;
            }
            date = date.tomorrow().map_err(|_| HorizonExceeded)?;
        }
        Err(HorizonExceeded)
    }

    /// The last whole second of a date: what is due "by the end of the day" is due then.
    ///
    /// # Errors
    /// [`HorizonExceeded`] at the end of the calendar itself.
    pub fn end_of_day(&self, date: Date) -> Result<Timestamp, HorizonExceeded> {
        let tomorrow = date.tomorrow().map_err(|_| HorizonExceeded)?;
        let midnight = self.instant(tomorrow.to_datetime(Time::midnight()));
        midnight.checked_sub(SignedDuration::from_secs(1)).map_err(|_| HorizonExceeded)
    }

    fn instant(&self, wall: DateTime) -> Timestamp {
        // Fails only on the last day of the year 9999, where "never" is the right answer.
        self.zone.to_ambiguous_timestamp(wall).compatible().unwrap_or(Timestamp::MAX)
    }

    /// Shows `visit` the pieces of working time in `[from, to)` outside the pauses, in order, until
    /// it breaks.
    fn walk<B>(
        &self,
        from: Timestamp,
        to: Timestamp,
        pauses: &Pauses,
        mut visit: impl FnMut(Span) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        if self.always {
            return pauses.cut(Span { from, to }, &mut visit);
        }
        let (first, last) = (self.date_of(from), self.date_of(to));
        let mut date = first.yesterday().unwrap_or(first);
        let mut cursor = from;
        while date <= last {
            for window in self.windows(date) {
                // Never before the cursor: around a clock change a window may begin before the
                // previous one has ended.
                let opening = self.instant(window.opening_on(date)).max(cursor);
                let closing = self.instant(window.closing_on(date));
                let piece = Span { from: opening, to: closing.min(to) };
                cursor = cursor.max(closing);
                if piece.from < piece.to {
                    pauses.cut(piece, &mut visit)?;
                }
            }
            let Ok(tomorrow) = date.tomorrow() else { break };
            date = tomorrow;
        }
        ControlFlow::Continue(())
    }
}

/// [`Calendar::due`] by plain time: every second outside the pauses counts.
pub fn due_around_the_clock(start: Timestamp, seconds: i64, pauses: &Pauses) -> Result<Timestamp, HorizonExceeded> {
    if seconds <= 0 {
        return Ok(start);
    }
    let to = start.checked_add(HORIZON).map_err(|_| HorizonExceeded)?;
    found(pauses.cut(Span { from: start, to }, &mut earliest(SignedDuration::from_secs(seconds))))
}

/// Breaks at the first instant at which `rest` has passed.
fn earliest(mut rest: SignedDuration) -> impl FnMut(Span) -> ControlFlow<Timestamp> {
    move |piece| {
        if piece.length() >= rest {
            return ControlFlow::Break(piece.from + rest);
        }
        rest -= piece.length();
        ControlFlow::Continue(())
    }
}

/// Breaks at the last instant at which no more than `rest` has passed.
fn latest(mut rest: SignedDuration) -> impl FnMut(Span) -> ControlFlow<Timestamp> {
    move |piece| {
        if piece.length() > rest {
            return ControlFlow::Break(piece.from + rest);
        }
        rest -= piece.length();
        ControlFlow::Continue(())
    }
}

fn found(walk: ControlFlow<Timestamp>) -> Result<Timestamp, HorizonExceeded> {
    match walk {
        ControlFlow::Break(at) => Ok(at),
        ControlFlow::Continue(()) => Err(HorizonExceeded),
    }
}

#[cfg(test)]
pub(crate) mod tests;
