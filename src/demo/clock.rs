//! The city's clock, which may run faster than the machine's.

use std::time::{Duration, Instant};

use jiff::civil::time;

use crate::domain::At;
use crate::domain::calendar::Calendar;

/// At which hour of a working day a fast city awakes: people are there, and most of the day is still to come.
const AWAKES: i8 = 10;

/// How many days back a working day is looked for.
const MOST_DAYS_OFF: usize = 30;

/// A clock that shows `start` when it is made and then runs `speed` times as fast as the machine's.
#[derive(Debug, Clone)]
pub struct CityClock {
    began: Instant,
    start: At,
    speed: u32,
}

impl CityClock {
    /// Starts the clock.
    pub fn new(start: At, speed: u32) -> CityClock {
        CityClock { began: Instant::now(), start, speed: speed.max(1) }
    }

    /// The time in the city.
    pub fn now(&self) -> At {
        self.after(self.began.elapsed())
    }

    fn after(&self, elapsed: Duration) -> At {
        let city =
            jiff::SignedDuration::try_from(elapsed.saturating_mul(self.speed)).unwrap_or(jiff::SignedDuration::MAX);
        At::new(self.start.saturating_add(city).unwrap_or(*At::NEVER))
    }

    /// How long one has to wait for a time in the city; nothing if it is past.
    pub fn until(&self, at: At) -> Duration {
        let left = at.duration_since(*self.now());
        Duration::try_from(left).unwrap_or(Duration::ZERO) / self.speed
    }

    /// How fast the clock runs.
    pub fn speed(&self) -> u32 {
        self.speed
    }
}

/// When the city's time begins: now, if it runs as ours does; else in the morning of the last working day, so that something
/// happens whenever one looks.
pub fn beginning(calendar: &Calendar, now: At, speed: u32) -> At {
    if speed == 1 {
        return now;
    }
    let today = calendar.date_of(*now);
    let days = std::iter::successors(Some(today), |day| day.yesterday().ok()).take(MOST_DAYS_OFF);
    let day = days.into_iter().find(|day| calendar.is_working_day(*day)).unwrap_or(today);
    let morning = day.to_datetime(time(AWAKES, 0, 0, 0)).to_zoned(calendar.zone().clone());
    morning.map_or(now, |morning| At::new(morning.timestamp()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::data::{OMSK, tests::policy};

    #[test]
    fn the_clock_runs_as_fast_as_it_is_told() {
        let start: At = "2026-03-02T04:00:00Z".parse().unwrap();
        let clock = CityClock::new(start, 60);
        assert_eq!(clock.after(Duration::from_millis(1500)), start.plus_seconds(90));
        assert!(clock.now() >= start);
        assert_eq!(clock.until(start), Duration::ZERO);
        assert!(clock.until(clock.now().plus_seconds(120)) <= Duration::from_secs(2));
    }

    #[test]
    fn a_fast_city_awakes_on_a_working_morning() {
        let policy = policy(OMSK);
        let calendar = policy.calendar_of("omsk-region");
        for (now, begins) in [
            // A Wednesday afternoon; the Sunday after it; the last day of the New Year's holidays.
            ("2026-03-04T11:00:00Z", "2026-03-04T04:00:00Z"),
            ("2026-03-15T12:00:00Z", "2026-03-13T04:00:00Z"),
            ("2026-01-11T12:00:00Z", "2025-12-30T04:00:00Z"),
        ] {
            let (now, begins): (At, At) = (now.parse().unwrap(), begins.parse().unwrap());
            assert_eq!(beginning(calendar, now, 60), begins);
            assert_eq!(beginning(calendar, now, 1), now);
        }
    }
}
