//! What stands in a cell.

use std::borrow::Cow;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan};
use serde_json::Value;

use crate::domain::At;

/// Seconds of a day.
const DAY: i64 = 86_400;

/// The last day of Excel's calendar, 31 December 9999.
const LAST_SERIAL: f64 = 2_958_465.0;

/// The value of one cell, as it was read or is to be written.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Cell {
    /// Nothing. A lone apostrophe is nothing, too: the real system writes it for "no answer".
    #[default]
    Empty,
    /// A text, trimmed, not empty.
    Text(String),
    /// A number; in a file, moments and durations are numbers of days.
    Number(f64),
    /// A moment by the city's clocks, to the second.
    Moment(DateTime),
    /// A duration in seconds.
    Duration(i64),
}

impl Cell {
    /// The cell of a text. Line ends become plain ones; other control characters have no place in a cell.
    pub fn of_text(text: &str) -> Cell {
        let is_stray = |c: char| c.is_control() && c != '\n' && c != '\t';
        let clean: Cow<'_, str> = if text.contains(is_stray) {
            text.replace("\r\n", "\n").replace('\r', "\n").replace(is_stray, "").into()
        } else {
            text.into()
        };
        let text = clean.trim();
        if text.is_empty() || text == "'" { Cell::Empty } else { Cell::Text(text.to_owned()) }
    }

    /// The cell of an instant, by the clocks of `zone`.
    pub fn of_moment(at: At, zone: &TimeZone) -> Cell {
        let local = zone.to_datetime(*at);
        Cell::Moment(local.with().subsec_nanosecond(0).build().unwrap_or(local))
    }

    /// «Да» or «Нет».
    pub fn of_flag(flag: bool) -> Cell {
        Cell::Text(if flag { "Да" } else { "Нет" }.to_owned())
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        *self == Cell::Empty
    }

    /// The cell as a text. A whole number has no decimals: numbers of incidents and houses come as numbers, too.
    pub fn text(&self) -> Option<String> {
        match self {
            Cell::Empty => None,
            Cell::Text(text) => Some(text.clone()),
            Cell::Number(number) => Some(number.to_string()),
            Cell::Moment(moment) => Some(moment.to_string()),
            Cell::Duration(seconds) => Some(clock(*seconds)),
        }
    }

    /// The cell as an instant: a date of the spreadsheet, or a text such as `24.12.2025 20:06`, `2025-12-24 20:06:15` by the clocks
    /// of `zone`, or `2025-12-24T20:06:15+06:00`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn moment(&self, zone: &TimeZone) -> Result<Option<At>, String> {
        let fault = || format!("«{}» is no date: write 24.12.2025 20:06", self.text().unwrap_or_default());
        let local = match self {
            Cell::Empty => return Ok(None),
            Cell::Moment(moment) => Some(*moment),
            Cell::Number(days) => of_serial(*days),
            Cell::Text(text) => {
                if let Ok(at) = text.parse::<At>() {
                    return Ok(Some(at));
                }
                of_written(text)
            }
            Cell::Duration(_) => None,
        };
        let zoned = local.and_then(|local| local.to_zoned(zone.clone()).ok()).ok_or_else(fault)?;
        Ok(Some(At::new(zoned.timestamp())))
    }

    /// The cell as a duration in whole seconds: a fraction of a day, or a text such as `13:32:05`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn seconds(&self) -> Result<Option<i64>, String> {
        let seconds = match self {
            Cell::Empty => return Ok(None),
            Cell::Duration(seconds) => Some(*seconds),
            Cell::Number(days) => of_days(*days),
            Cell::Text(text) => of_clock(text).or_else(|| of_days(text.replace(',', ".").parse().ok()?)),
            Cell::Moment(_) => None,
        };
        seconds.map(Some).ok_or_else(|| {
            format!("«{}» is no duration: write a fraction of a day, or 13:32:05", self.text().unwrap_or_default())
        })
    }

    /// The cell as yes or no.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn flag(&self) -> Result<Option<bool>, String> {
        let Some(text) = self.text() else { return Ok(None) };
        match text.to_lowercase().as_str() {
            "да" | "true" | "1" => Ok(Some(true)),
            "нет" | "-" | "false" | "0" => Ok(Some(false)),
            _ => Err(format!("«{text}» is neither «Да» nor «Нет»")),
        }
    }

    /// The cell as it is kept in a document: numbers as numbers, anything else as text.
    pub fn value(&self) -> Value {
        match self {
            #[allow(clippy::cast_possible_truncation, reason = "whole, and small enough to be exact")]
            Cell::Number(number) if number.fract() == 0.0 && number.abs() < 9e15 => Value::from(*number as i64),
            Cell::Number(number) => Value::from(*number),
            other => other.text().map_or(Value::Null, Value::String),
        }
    }

    /// The cell of a value kept in a document.
    pub fn of_value(value: &Value) -> Cell {
        match value {
            Value::Null => Cell::Empty,
            Value::Number(number) => number.as_f64().map_or(Cell::Empty, Cell::Number),
            Value::String(text) => Cell::of_text(text),
            other => Cell::of_text(&other.to_string()),
        }
    }
}

/// `13:32:05`; hours go on past 24.
pub(super) fn clock(seconds: i64) -> String {
    let sign = if seconds < 0 { "-" } else { "" };
    let (minutes, rest) = (seconds.abs() / 60, seconds.abs() % 60);
    format!("{sign}{}:{:02}:{rest:02}", minutes / 60, minutes % 60)
}

fn of_clock(text: &str) -> Option<i64> {
    let (sign, text) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let mut parts = text.split(':').map(|part| {
        let is_plain = (1..=6).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<i64>().ok().filter(|_| is_plain)
    });
    let (hours, minutes) = (parts.next()??, parts.next()??);
    let seconds = parts.next().unwrap_or(Some(0))?;
    let is_clock = parts.next().is_none() && minutes < 60 && seconds < 60;
    is_clock.then_some(sign * (hours * 3600 + minutes * 60 + seconds))
}

#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "checked to be within a century")]
fn of_days(days: f64) -> Option<i64> {
    (days.abs() < 36_525.0).then(|| (days * DAY as f64).round() as i64)
}

/// The moment of a spreadsheet's day number.
#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "checked to be within the calendar")]
fn of_serial(serial: f64) -> Option<DateTime> {
    // Below 61 two calendars disagree on 29 February 1900; nothing of ours is that old.
    if !(61.0..=LAST_SERIAL).contains(&serial) {
        return None;
    }
    let seconds = (serial * DAY as f64).round() as i64;
    let epoch = Date::constant(1899, 12, 30);
    let date = epoch.checked_add((seconds / DAY).days()).ok()?;
    date.to_datetime(Time::midnight()).checked_add(SignedDuration::from_secs(seconds % DAY)).ok()
}

/// A moment as people write it: the date in either order, then perhaps the time.
fn of_written(text: &str) -> Option<DateTime> {
    let (date, time) = text.split_once(['T', ' ']).unwrap_or((text, "0:00"));
    let date = date.trim_end_matches([',', '.']);
    let date = match date.split_once('.') {
        Some(_) => {
            let mut parts = date.split('.').map(|part| part.parse::<i16>().ok());
            let (day, month, year) = (parts.next()??, parts.next()??, parts.next()??);
            let year = if (0..100).contains(&year) { year + 2000 } else { year };
            Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?
        }
        None => date.parse().ok()?,
    };
    let seconds = of_clock(time.trim().split('.').next()?).filter(|seconds| (0..DAY).contains(seconds))?;
    date.to_datetime(Time::midnight()).checked_add(SignedDuration::from_secs(seconds)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn omsk() -> TimeZone {
        TimeZone::get("Asia/Omsk").unwrap()
    }

    #[test]
    fn a_lone_apostrophe_is_empty() {
        for text in ["", "  ", "'", " ' "] {
            assert!(Cell::of_text(text).is_empty(), "{text:?}");
        }
        assert_eq!(Cell::of_text(" 'да' "), Cell::Text("'да'".to_owned()));
    }

    #[test]
    fn control_characters_have_no_place() {
        assert_eq!(Cell::of_text("а\r\nб\rв\0\u{1}\tг"), Cell::Text("а\nб\nв\tг".to_owned()));
    }

    #[test]
    fn dates_are_of_the_spreadsheet_or_written() {
        let expected: At = "2025-12-24T14:06:00Z".parse().unwrap();
        // 24.12.2025 20:06 is day 46015.8375.
        for cell in [Cell::Number(46_015.837_5), Cell::Number(46_015.837_499_999)] {
            assert_eq!(cell.moment(&omsk()), Ok(Some(expected)));
        }
        for text in [
            "24.12.2025 20:06",
            "24.12.2025 20:06:00",
            "24.12.2025, 20:06",
            "24.12.25 20:06",
            "2025-12-24 20:06:00",
            "2025-12-24T20:06:00.000",
            "2025-12-24T20:06:00+06:00",
            "2025-12-24T14:06:00Z",
        ] {
            assert_eq!(Cell::of_text(text).moment(&omsk()), Ok(Some(expected)), "{text}");
        }
        assert_eq!(Cell::of_text("24.12.2025").moment(&omsk()), Ok(Some("2025-12-23T18:00:00Z".parse().unwrap())));
        assert_eq!(Cell::Empty.moment(&omsk()), Ok(None));
        for bad in ["вчера", "31.02.2025", "24.12.2025 25:00", "2025", "1.2"] {
            assert!(Cell::of_text(bad).moment(&omsk()).is_err(), "{bad}");
        }
        assert!(Cell::Number(0.5).moment(&omsk()).is_err());
        assert!(Cell::Number(1e9).moment(&omsk()).is_err());
    }

    #[test]
    fn durations_are_fractions_of_a_day_or_written() {
        for (cell, seconds) in [
            (Cell::Number(0.5), 43_200),
            (Cell::Number(4.042_361_111), 349_260),
            (Cell::of_text("0,25"), 21_600),
            (Cell::of_text("97:00:30"), 349_230),
            (Cell::of_text("1:24"), 5_040),
            (Cell::of_text("-0:00:05"), -5),
        ] {
            assert_eq!(cell.seconds(), Ok(Some(seconds)), "{cell:?}");
        }
        assert_eq!(Cell::Empty.seconds(), Ok(None));
        for bad in ["-", "час", "1:60", "1:2:3:4", "1e30"] {
            assert!(Cell::of_text(bad).seconds().is_err(), "{bad}");
        }
    }

    #[test]
    fn durations_read_back_as_written() {
        for seconds in [0, 59, 3_600, 86_399, 349_230, -61] {
            assert_eq!(Cell::Text(clock(seconds)).seconds(), Ok(Some(seconds)));
        }
    }

    #[test]
    fn whole_numbers_are_texts_without_decimals() {
        assert_eq!(Cell::Number(717_475.0).text().as_deref(), Some("717475"));
        assert_eq!(Cell::Number(14.5).text().as_deref(), Some("14.5"));
    }

    #[test]
    fn what_is_kept_comes_back() {
        for cell in [Cell::Empty, Cell::Text("а".to_owned()), Cell::Number(12.0)] {
            assert_eq!(Cell::of_value(&cell.value()), cell);
        }
    }
}
