//! A calendar as a policy document holds it, and everything that can be wrong with it.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use jiff::SignedDuration;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::window::wall_time;
use super::{Calendar, Special, Window, WindowFault};
use crate::domain::words::vocabulary;

/// The most rows of a production calendar: some forty a year.
pub const ROWS_LIMIT: usize = 5000;
/// The most windows of one day.
pub const WINDOWS_LIMIT: usize = 24;
/// The years that a production calendar may speak of: what is outside is a slip of the pen.
const YEARS: RangeInclusive<i16> = 1970..=2199;

/// A calendar as it is written in a policy document; [`build`](CalendarSpec::build) makes it
/// usable.
///
/// What cannot be meant is refused: windows that overlap, a week without working time, a date that is both off and worked, off and
/// short, listed twice alike. What only says again what is so anyway is allowed, for production calendars do: a holiday on a Sunday,
/// a `working` row on a day that is worked (which gives it the hours of `extra`), a short day that ends early enough by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CalendarSpec {
    /// May be left out where the address says it.
    #[serde(default)]
    #[schema(required = true, example = "omsk")]
    pub id: String,
    pub title: String,
    /// IANA time zone, e.g. `Asia/Omsk`.
    pub zone: String,
    pub week: WeekSpec,
    /// How a [`Short`](DayKind::Short) day is cut: its closing time (`17:00`), or by how much it is
    /// shorter than its weekday (`1h`, article 95 of the Labour Code). Without it short days are as
    /// long as any other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub short: Option<String>,
    /// Rows of a production calendar, in any order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<DayRow>,
}

/// The windows of each weekday, in any order; a day left out is off.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct WeekSpec {
    pub mon: Vec<String>,
    pub tue: Vec<String>,
    pub wed: Vec<String>,
    pub thu: Vec<String>,
    pub fri: Vec<String>,
    pub sat: Vec<String>,
    pub sun: Vec<String>,
    /// The windows of a [`Working`](DayKind::Working) date; when empty, those of its weekday.
    pub extra: Vec<String>,
}

/// One row of a production calendar. A date may be both working and short.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DayRow {
    pub date: Date,
    pub kind: DayKind,
    /// Why, for people: the holiday's name or the decree that moved it.
    #[serde(default)]
    pub note: String,
}

vocabulary! {
    /// How a date differs from its weekday.
    DayKind {
        /// A day off.
        Holiday = "holiday",
        /// A working day, usually a Saturday a day off was moved from.
        Working = "working",
        /// A working day that ends earlier.
        Short = "short",
    }
}

/// What is wrong with a [`CalendarSpec`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalendarFault {
    #[error("unknown time zone {0:?}")]
    UnknownZone(String),
    #[error("the production calendar has {0} rows; it may have {ROWS_LIMIT}")]
    TooManyRows(usize),
    #[error("{place}: {count} windows; a day may have {WINDOWS_LIMIT}")]
    TooManyWindows { place: String, count: usize },
    #[error("{place}: {fault}")]
    BadWindow { place: String, fault: WindowFault },
    #[error("{place}: windows {first} and {second} overlap")]
    Overlap { place: String, first: Window, second: Window },
    #[error("the week has no working time")]
    NoWorkingTime,
    #[error("{0:?} is not a way to shorten a day: write a closing time such as 17:00, or a duration such as 1h")]
    BadShort(String),
    #[error("{0} is no date of a production calendar: its year must be from {first} to {last}", first = YEARS.start(), last = YEARS.end())]
    FarDate(Date),
    #[error("{0} is said to be {1} twice")]
    Repeated(Date, DayKind),
    #[error("{0} is both a holiday and a working day")]
    HolidayAndWorking(Date),
    #[error("{0} is short, but it is a day off")]
    ShortDayOff(Date),
    #[error("{0} is a working day, but neither its weekday nor `extra` has windows")]
    NoExtra(Date),
    #[error("{0} is so short that no working time is left")]
    NothingLeft(Date),
}

/// How a short day is cut.
#[derive(Debug, Clone, Copy)]
enum Short {
    At(Time),
    By(SignedDuration),
}

impl Short {
    fn parse(text: &str) -> Result<Short, CalendarFault> {
        let amount = || text.parse().ok().filter(SignedDuration::is_positive).map(Short::By);
        wall_time(text).map(Short::At).or_else(amount).ok_or_else(|| CalendarFault::BadShort(text.to_owned()))
    }

    fn apply(self, date: Date, windows: &[Window]) -> Vec<Window> {
        let Some(last) = windows.last() else {
            return Vec::new();
        };
        let end = match self {
            Short::At(time) => date.to_datetime(time),
            Short::By(amount) => last.closing_on(date).saturating_sub(amount),
        };
        let open = windows.iter().filter(|window| window.opening_on(date) < end);
        open.map(|window| match window.closing_on(date) > end {
            true => Window { opens: window.opens, closes: end.time(), overnight: end.date() > date },
            false => *window,
        })
        .collect()
    }
}

impl CalendarSpec {
    /// Checks the whole document and makes the calendar, or returns every fault found.
    pub fn build(&self) -> Result<Calendar, Vec<CalendarFault>> {
        let mut faults = Vec::new();
        let zone = TimeZone::get(&self.zone);
        if zone.is_err() {
            faults.push(CalendarFault::UnknownZone(self.zone.clone()));
        }
        let week = self.week.days().map(|(place, texts)| day_windows(place, texts, &mut faults));
        let extra = day_windows("extra", &self.week.extra, &mut faults);
        if self.week.days().iter().all(|(_, texts)| texts.is_empty()) {
            faults.push(CalendarFault::NoWorkingTime);
        }
        for (day, (place, _)) in self.week.days().into_iter().enumerate() {
            overnight_overlap(place, &week[day], &week[(day + 1) % 7], &mut faults);
        }
        let always = self.days.is_empty() && week.iter().all(|day| matches!(day[..], [only] if only.is_whole_day()));
        let mut calendar = Calendar {
            id: self.id.clone(),
            title: self.title.clone(),
            zone_name: self.zone.clone(),
            zone: zone.unwrap_or(TimeZone::UTC),
            week,
            special: BTreeMap::new(),
            always,
        };
        if self.days.len() > ROWS_LIMIT {
            faults.push(CalendarFault::TooManyRows(self.days.len()));
        } else {
            self.lay_days(&mut calendar, &extra, &mut faults);
        }
        if faults.is_empty() { Ok(calendar) } else { Err(faults) }
    }

    /// The rows of each date.
    fn dates(&self, faults: &mut Vec<CalendarFault>) -> BTreeMap<Date, Vec<&DayRow>> {
        let mut dates: BTreeMap<Date, Vec<&DayRow>> = BTreeMap::new();
        for row in &self.days {
            let rows = dates.entry(row.date).or_default();
            if !YEARS.contains(&row.date.year()) {
                faults.push(CalendarFault::FarDate(row.date));
            } else if rows.iter().any(|earlier| earlier.kind == row.kind) {
                faults.push(CalendarFault::Repeated(row.date, row.kind));
            }
            rows.push(row);
        }
        dates
    }

    /// Lays the production calendar's rows over the week.
    fn lay_days(&self, calendar: &mut Calendar, extra: &[Window], faults: &mut Vec<CalendarFault>) {
        let short = self.short.as_deref().and_then(|text| Short::parse(text).map_err(|fault| faults.push(fault)).ok());
        for (&date, rows) in &self.dates(faults) {
            let is = |kind| rows.iter().any(|row| row.kind == kind);
            if is(DayKind::Holiday) && is(DayKind::Working) {
                faults.push(CalendarFault::HolidayAndWorking(date));
            }
            let mut windows = match calendar.windows(date) {
                _ if is(DayKind::Holiday) => Vec::new(),
                _ if is(DayKind::Working) && !extra.is_empty() => extra.to_vec(),
                usual => usual.to_vec(),
            };
            if windows.is_empty() && is(DayKind::Working) && !is(DayKind::Holiday) {
                faults.push(CalendarFault::NoExtra(date));
            } else if windows.is_empty() && is(DayKind::Short) {
                faults.push(CalendarFault::ShortDayOff(date));
            } else if let (Some(short), true) = (short, is(DayKind::Short)) {
                windows = short.apply(date, &windows);
                if windows.is_empty() {
                    faults.push(CalendarFault::NothingLeft(date));
                }
            }
            calendar.special.insert(date, Special { windows, note: notes(rows) });
        }
        for &date in calendar.special.keys() {
            let place = date.to_string();
            if let Ok(eve) = date.yesterday()
                && !calendar.special.contains_key(&eve)
            {
                overnight_overlap(&place, calendar.windows(eve), calendar.windows(date), faults);
            }
            if let Ok(next) = date.tomorrow() {
                overnight_overlap(&place, calendar.windows(date), calendar.windows(next), faults);
            }
        }
    }
}

/// Why a date is as it is: what its rows note, each thing once.
fn notes(rows: &[&DayRow]) -> String {
    let mut notes: Vec<&str> = Vec::new();
    for note in rows.iter().map(|row| row.note.trim()).filter(|note| !note.is_empty()) {
        if !notes.contains(&note) {
            notes.push(note);
        }
    }
    notes.join("; ")
}

impl WeekSpec {
    fn days(&self) -> [(&'static str, &[String]); 7] {
        [
            ("mon", &self.mon),
            ("tue", &self.tue),
            ("wed", &self.wed),
            ("thu", &self.thu),
            ("fri", &self.fri),
            ("sat", &self.sat),
            ("sun", &self.sun),
        ]
    }
}

/// Reads one day's windows, sorted; what cannot be read or overlaps is a fault.
fn day_windows(place: &str, texts: &[String], faults: &mut Vec<CalendarFault>) -> Vec<Window> {
    if texts.len() > WINDOWS_LIMIT {
        faults.push(CalendarFault::TooManyWindows { place: place.to_owned(), count: texts.len() });
        return Vec::new();
    }
    let mut windows = Vec::with_capacity(texts.len());
    for text in texts {
        match text.parse::<Window>() {
            Ok(window) => windows.push(window),
            Err(fault) => faults.push(CalendarFault::BadWindow { place: place.to_owned(), fault }),
        }
    }
    windows.sort_unstable();
    for pair in windows.windows(2) {
        if pair[0].runs_into(pair[1]) {
            faults.push(CalendarFault::Overlap { place: place.to_owned(), first: pair[0], second: pair[1] });
        }
    }
    windows
}

fn overnight_overlap(place: &str, day: &[Window], next: &[Window], faults: &mut Vec<CalendarFault>) {
    if let (Some(&first), Some(&second)) = (day.last(), next.first())
        && first.runs_into_next_day(second)
    {
        faults.push(CalendarFault::Overlap { place: place.to_owned(), first, second });
    }
}

#[cfg(test)]
mod tests;
