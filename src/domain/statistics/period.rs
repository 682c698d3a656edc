//! A stretch of days in the city's zone, and its days and months.

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::domain::refusal::{Faults, Refusal};
use crate::domain::{At, Invalid};

/// The longest period of one report, in days: two years, one of them a leap year.
const LONGEST: i32 = 731;

/// Whole days of the city's zone, the last one excluded.
#[derive(Debug, Clone, PartialEq)]
pub struct Period {
    from: Date,
    to: Date,
    zone: TimeZone,
}

/// One day or month of a period, as instants; at the period's ends it may be a part of a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// `2025-12-24` or `2025-12`.
    pub key: String,
    /// Its first instant.
    pub from: At,
    /// The first instant after it.
    pub to: At,
}

impl Period {
    /// Reads a period from two local dates (`2025-12-24`) or months (`2025-12`, which stands for its first day). Without `from` it
    /// begins with the current month; without `to` it ends with today.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] for what is no date, and for a period that is empty or too long.
    pub fn read(from: Option<&str>, to: Option<&str>, zone: &TimeZone, now: At) -> Result<Period, Refusal> {
        let today = zone.to_datetime(*now).date();
        let from = from.map_or(Ok(today.first_of_month()), |text| date(text, "from"));
        let to = to.map_or_else(|| Ok(today.tomorrow().unwrap_or(today)), |text| date(text, "to"));
        let (from, to) = match (from, to) {
            (Ok(from), Ok(to)) => (from, to),
            (from, to) => return Err(Refusal::Invalid([from.err(), to.err()].into_iter().flatten().collect())),
        };
        let days = (to - from).get_days();
        let mut faults = Faults::default();
        faults.need(days > 0, "to", "must be after \"from\": the last day is not part of the period");
        faults.need(days <= LONGEST, "to", format!("must be at most {LONGEST} days after \"from\""));
        faults.settle()?;
        Ok(Period { from, to, zone: zone.clone() })
    }

    /// The first day.
    pub fn from(&self) -> Date {
        self.from
    }

    /// The first day after the period.
    pub fn to(&self) -> Date {
        self.to
    }

    /// The first instant of the period and the first one after it.
    pub fn instants(&self) -> (At, At) {
        (self.start_of(self.from), self.start_of(self.to))
    }

    /// Its days, in order.
    pub fn days(&self) -> Vec<Slot> {
        self.slots(|date| date.tomorrow(), |date| date.to_string())
    }

    /// Its months, in order; the first and the last as far as the period has them.
    pub fn months(&self) -> Vec<Slot> {
        self.slots(
            |date| date.first_of_month().checked_add(1.month()),
            |date| format!("{:04}-{:02}", date.year(), date.month()),
        )
    }

    fn slots(&self, next: impl Fn(Date) -> Result<Date, jiff::Error>, key: impl Fn(Date) -> String) -> Vec<Slot> {
        let mut slots = Vec::new();
        let mut begin = self.from;
        while begin < self.to {
            // The calendar ends in the year 9999; so does the period.
            let end = next(begin).unwrap_or(self.to).min(self.to);
            slots.push(Slot { key: key(begin), from: self.start_of(begin), to: self.start_of(end) });
            begin = end;
        }
        slots
    }

    /// The first instant of a local day: midnight, or what the clocks jump to over midnight.
    fn start_of(&self, date: Date) -> At {
        date.to_zoned(self.zone.clone()).map_or(At::NEVER, |zoned| At::new(zoned.timestamp()))
    }
}

fn date(text: &str, parameter: &str) -> Result<Date, Invalid> {
    let day = if text.len() == 7 { format!("{text}-01") } else { text.to_owned() };
    let is_plain = day.len() == 10 && day.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    day.parse().ok().filter(|_| is_plain).ok_or_else(|| Invalid {
        pointer: parameter.to_owned(),
        message: "must be a day such as 2025-12-24 or a month such as 2025-12".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn omsk() -> TimeZone {
        TimeZone::get("Asia/Omsk").unwrap()
    }

    fn at(text: &str) -> At {
        text.parse().unwrap()
    }

    fn period(from: &str, to: &str) -> Period {
        Period::read(Some(from), Some(to), &omsk(), at("2026-03-15T20:00:00Z")).unwrap()
    }

    #[test]
    fn months_are_split_in_the_citys_zone() {
        // T49: 31 January 19:00Z is 1 February 01:00 in Omsk.
        let complaint = at("2026-01-31T19:00:00Z");
        let (from, to) = period("2026-02", "2026-03").instants();
        assert!(from <= complaint && complaint < to);
        let (from, to) = period("2026-01", "2026-02").instants();
        assert!(!(from <= complaint && complaint < to));
    }

    #[test]
    fn slots_cover_the_period_without_gaps() {
        let months = period("2025-12-10", "2026-02-03").months();
        assert_eq!(months.iter().map(|slot| slot.key.as_str()).collect::<Vec<_>>(), ["2025-12", "2026-01", "2026-02"]);
        let period = period("2025-12-10", "2026-02-03");
        for slots in [period.days(), period.months()] {
            assert_eq!((slots[0].from, slots[slots.len() - 1].to), period.instants());
            assert!(slots.windows(2).all(|pair| pair[0].to == pair[1].from));
        }
        assert_eq!(period.days().len(), 55);
    }

    #[test]
    fn without_dates_it_is_the_current_month_up_to_today() {
        // 20:00Z on the 15th is the 16th in Omsk.
        let period = Period::read(None, None, &omsk(), at("2026-03-15T20:00:00Z")).unwrap();
        assert_eq!((period.from().to_string(), period.to().to_string()), ("2026-03-01".into(), "2026-03-17".into()));
    }

    #[test]
    fn faults_are_told_all_at_once() {
        let read = |from, to| Period::read(Some(from), Some(to), &omsk(), at("2026-03-15T20:00:00Z"));
        let Err(Refusal::Invalid(faults)) = read("24.12.2025", "2025-13") else { panic!("must be refused") };
        assert_eq!(faults.iter().map(|fault| fault.pointer.as_str()).collect::<Vec<_>>(), ["from", "to"]);
        for (from, to) in [("2026-01-01", "2026-01-01"), ("2026-02", "2026-01"), ("2020-01", "2026-01")] {
            assert!(read(from, to).is_err(), "{from}..{to}");
        }
        assert!(read("2024-01-01", "2026-01-01").is_ok());
    }
}
