//! Working hours by the wall clock.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, DateTime, Time};

/// A stretch of working hours by the wall clock, at most a day long, e.g. `09:00-13:00` or the
/// night shift `22:00-06:00`.
///
/// Written `HH:MM-HH:MM`, with seconds where needed. The end may be `24:00`; an end before the
/// start is on the next day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Window {
    pub(super) opens: Time,
    pub(super) closes: Time,
    /// The closing time is on the date after the opening; `24:00` is held as the next day's
    /// midnight.
    pub(super) overnight: bool,
}

/// Why a text is not a [`Window`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WindowFault {
    #[error("{0:?} is not a window: write it as 09:00-13:00")]
    Malformed(String),
    #[error("window {0:?} ends when it starts: a whole day is 00:00-24:00")]
    Empty(String),
}

impl Window {
    pub(super) fn opening_on(self, date: Date) -> DateTime {
        date.to_datetime(self.opens)
    }

    pub(super) fn closing_on(self, date: Date) -> DateTime {
        let date = if self.overnight { date.tomorrow().unwrap_or(date) } else { date };
        date.to_datetime(self.closes)
    }

    /// Whether `later`, which opens on the same date and no earlier, begins before this one ends.
    pub(super) fn runs_into(self, later: Window) -> bool {
        self.overnight || self.closes > later.opens
    }

    /// Whether `next`, which opens on the following date, begins before this one ends.
    pub(super) fn runs_into_next_day(self, next: Window) -> bool {
        self.overnight && self.closes > next.opens
    }

    pub(super) fn is_whole_day(self) -> bool {
        self.overnight && self.opens == Time::midnight() && self.closes == Time::midnight()
    }
}

impl FromStr for Window {
    type Err = WindowFault;

    fn from_str(text: &str) -> Result<Window, WindowFault> {
        let malformed = || WindowFault::Malformed(text.to_owned());
        let (from, to) = text.trim().split_once('-').ok_or_else(malformed)?;
        let opens = wall_time(from).ok_or_else(malformed)?;
        if matches!(to.trim(), "24:00" | "24:00:00") {
            return Ok(Window { opens, closes: Time::midnight(), overnight: true });
        }
        let closes = wall_time(to).ok_or_else(malformed)?;
        if opens == closes {
            return Err(WindowFault::Empty(text.to_owned()));
        }
        Ok(Window { opens, closes, overnight: closes < opens })
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_wall_time(f, self.opens)?;
        if self.overnight && self.closes == Time::midnight() {
            return f.write_str("-24:00");
        }
        f.write_str("-")?;
        write_wall_time(f, self.closes)
    }
}

/// `HH:MM` or `HH:MM:SS`, two digits each; jiff's own parser would also take fractions and several
/// ISO spellings.
pub(super) fn wall_time(text: &str) -> Option<Time> {
    let mut parts = text.trim().split(':').map(|part| {
        let digits = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<i8>().ok().filter(|_| digits)
    });
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = parts.next().unwrap_or(Some(0))?;
    if parts.next().is_some() {
        return None;
    }
    Time::new(hour, minute, second, 0).ok()
}

fn write_wall_time(f: &mut fmt::Formatter<'_>, time: Time) -> fmt::Result {
    write!(f, "{:02}:{:02}", time.hour(), time.minute())?;
    if time.second() != 0 { write!(f, ":{:02}", time.second()) } else { Ok(()) }
}
