//! More complaints than is usual for the hour: the sign of an accident, before anybody has called it one.
//!
//! A series is what is counted together, say heating in one okrug. What is usual for it is learnt from its [`History`]: its rate, its
//! day and its week, and how far it strays by itself. A count is judged by the upper tail of a negative binomial distribution, which
//! is Poisson's with room for that straying and for how little is known yet.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::domain::At;

#[cfg(test)]
mod tests;

const HOUR: i64 = 3600;

/// How many complaints of a series came in each hour. Count each author once an hour, lest one resident make an accident.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// The first hour that was counted.
    from: i64,
    /// By hours since 1970; an hour that is not here had none.
    counts: BTreeMap<i64, u32>,
}

impl History {
    /// An empty history of a series that is counted from `from` on: hours without complaints tell as much as others.
    pub fn new(from: At) -> Self {
        Self { from: hour_of(from), counts: BTreeMap::new() }
    }

    /// Adds complaints to the hour of `at`. What came before the beginning is ignored.
    pub fn add(&mut self, at: At, complaints: u32) {
        let hour = hour_of(at);
        if hour >= self.from {
            let count = self.counts.entry(hour).or_default();
            *count = count.saturating_add(complaints);
        }
    }
}

fn hour_of(at: At) -> i64 {
    at.as_second().div_euclid(HOUR)
}

/// When a count is far above the usual.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Caution {
    /// How improbable the count must be on a usual day. A series is looked at some thousand times a week, and there are many; the looks
    /// overlap, so that in simulated weeks a series raises nothing at 1 in 100,000 and something in every 30 weeks at 1 in 10,000.
    pub p: f64,
    /// Fewer complaints are no mass incident.
    pub least: u32,
    /// Nor are fewer than these while the history is younger than [`YOUNG`] days.
    pub least_when_young: u32,
    /// Nor is less than so many times the usual.
    pub lift: f64,
    /// The windows that are looked at, in hours, ending now.
    pub windows: Vec<u32>,
    /// A burst is over when it was calm for so many hours, so that one accident with a night in it is one.
    pub rest: u32,
}

impl Default for Caution {
    fn default() -> Self {
        Self { p: 1e-5, least: 5, least_when_young: 15, lift: 2.0, windows: vec![1, 3, 6], rest: 12 }
    }
}

/// Days after which a history is one.
pub const YOUNG: i64 = 7;

/// Days before now that a history tells something of; older hours need not be given.
pub const REACH: i64 = 112;

/// A count far above the usual, to be looked at by a moderator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    /// The first complaint in the window that raised it.
    pub since: At,
    /// The length of the window in which the count was most improbable, in hours.
    pub hours: u32,
    /// How many complaints are usual in that window.
    pub expected: f64,
    /// How many came.
    pub seen: u32,
    /// How probable so many or more are on a usual day.
    pub p: f64,
    /// When the count was last above the usual. Moves on while the burst lasts.
    pub last_high: At,
}

/// What a count says.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// Nothing unusual.
    Usual,
    /// A burst begins: propose a mass incident, and keep the proposal as the standing one.
    Begins(Proposal),
    /// The standing proposal's burst goes on: keep this in its place, and propose nothing new.
    GoesOn(Proposal),
    /// The standing proposal's burst is over: forget it.
    Over,
}

/// What is usual for a series, learnt from its history.
#[derive(Debug, Clone, PartialEq)]
pub struct Usual {
    /// Complaints an hour, on average over a week.
    rate: f64,
    /// By hour of day and by day of week from Monday, each 1 on average.
    day: [f64; 24],
    week: [f64; 7],
    /// As many complaints as the rate is known from: the shape of its gamma distribution.
    known: f64,
    /// How far hours stray beyond Poisson's: variance by mean, at least 1.
    straying: f64,
    young: bool,
    zone: TimeZone,
}

/// A city's day and week before anything is known, roughly as in real ones.
const DAY: [f64; 24] = [
    0.4, 0.3, 0.2, 0.2, 0.2, 0.3, 0.5, 0.9, 1.3, 1.5, 1.6, 1.5, 1.4, 1.4, 1.4, 1.4, 1.3, 1.3, 1.4, 1.4, 1.3, 1.2, 1.0,
    0.7,
];
const WEEK: [f64; 7] = [1.1, 1.1, 1.1, 1.05, 1.05, 0.85, 0.75];
/// As many complaints as these shapes are worth.
const SHAPES_WORTH: f64 = 100.0;

/// Before anything is known: half a complaint an hour, and next to no trust in that.
const FIRST_COUNT: f64 = 1.0;
const FIRST_HOURS: f64 = 2.0;

/// Days in which an hour loses half its say.
const HALF_LIFE: f64 = 28.0;

/// As many hours as the first guess of straying is worth.
const STRAYING_WORTH: f64 = 100.0;
const FIRST_STRAYING: f64 = 1.5;

/// By so much the same hour of two weeks differs for no reason that is known here: weather, holidays.
const WHIM: f64 = 0.2;

impl Usual {
    /// What is usual, by the hours that were over before `now`. The hours of former bursts are taken as usual ones, so that an
    /// accident does not hide the next.
    pub fn learn(history: &History, now: At, zone: &TimeZone) -> Self {
        let mut usual = Self {
            rate: FIRST_COUNT / FIRST_HOURS,
            day: level(DAY),
            week: level(WEEK),
            known: FIRST_COUNT,
            straying: FIRST_STRAYING,
            young: (hour_of(now) - history.from) < 24 * YOUNG,
            zone: zone.clone(),
        };
        let hours = Hour::all(history, now, zone);
        // The median bears any burst, and gives the first idea of what one is.
        if let Some(rate) = median_rate(&hours, &usual) {
            usual.rate = rate;
            usual.known = FIRST_COUNT + hours.len() as f64 * rate;
        }
        for _ in 0..2 {
            usual = usual.refined(&hours);
        }
        usual
    }

    fn refined(&self, hours: &[Hour]) -> Self {
        let (mut count, mut exposure) = (FIRST_COUNT, FIRST_HOURS);
        let (mut day, mut week) =
            (level(DAY).map(|part| part * SHAPES_WORTH / 24.0), level(WEEK).map(|part| part * SHAPES_WORTH / 7.0));
        let (mut stray, mut weights) = (FIRST_STRAYING * STRAYING_WORTH, STRAYING_WORTH);
        for hour in hours {
            let mean = self.rate * self.shape(hour);
            let most = mean + 6.0 * (mean * self.straying).sqrt() + 3.0;
            let seen = if hour.count > most { mean } else { hour.count };
            count += hour.weight * seen;
            exposure += hour.weight * self.shape(hour);
            day[hour.of_day] += hour.weight * seen;
            week[hour.of_week] += hour.weight * seen;
            stray += hour.weight * (seen - mean).powi(2) / mean.max(0.05);
            weights += hour.weight;
        }
        Self {
            rate: count / exposure,
            day: level(day),
            week: level(week),
            known: count,
            straying: (stray / weights).clamp(1.0, 6.0),
            young: self.young,
            zone: self.zone.clone(),
        }
    }

    fn shape(&self, hour: &Hour) -> f64 {
        self.day[hour.of_day] * self.week[hour.of_week]
    }

    /// How many complaints are usual in so many hours up to `now`.
    pub fn expected(&self, now: At, hours: u32) -> f64 {
        let end = now.as_second();
        let mut from = end - i64::from(hours) * HOUR;
        let mut sum = 0.0;
        while from < end {
            let next = ((from.div_euclid(HOUR) + 1) * HOUR).min(end);
            let hour = Hour::new(from.div_euclid(HOUR), 0, 1.0, &self.zone);
            sum += self.rate * self.shape(&hour) * (next - from) as f64 / HOUR as f64;
            from = next;
        }
        sum
    }

    /// How probable `seen` or more complaints are where `expected` are usual.
    pub fn tail(&self, seen: u32, expected: f64) -> f64 {
        let variance = expected * self.straying + expected.powi(2) * (1.0 / self.known + WHIM.powi(2));
        upper_tail(seen, expected, variance)
    }
}

/// An hour of a history.
struct Hour {
    count: f64,
    weight: f64,
    of_day: usize,
    of_week: usize,
}

impl Hour {
    fn new(hour: i64, count: u32, weight: f64, zone: &TimeZone) -> Self {
        let local = jiff::Timestamp::from_second(hour * HOUR).unwrap_or_default().to_zoned(zone.clone());
        let of_day = usize::try_from(local.hour()).unwrap_or(0);
        let of_week = usize::try_from(local.weekday().to_monday_zero_offset()).unwrap_or(0);
        Self { count: f64::from(count), weight, of_day, of_week }
    }

    fn all(history: &History, now: At, zone: &TimeZone) -> Vec<Self> {
        let end = hour_of(now);
        let from = history.from.max(end - 24 * REACH);
        let count = |hour: i64| history.counts.get(&hour).copied().unwrap_or(0);
        let weight = |hour: i64| 0.5_f64.powf((end - hour) as f64 / (24.0 * HALF_LIFE));
        (from..end).map(|hour| Self::new(hour, count(hour), weight(hour), zone)).collect()
    }
}

/// Shares as factors that are 1 on average.
fn level<const N: usize>(parts: [f64; N]) -> [f64; N] {
    let mean = parts.iter().sum::<f64>() / N as f64;
    parts.map(|part| part / mean)
}

/// The median of the days' rates; none for less than a week.
fn median_rate(hours: &[Hour], usual: &Usual) -> Option<f64> {
    let mut rates: Vec<f64> = hours
        .chunks_exact(24)
        .map(|day| {
            let count: f64 = day.iter().map(|hour| hour.count).sum();
            let exposure: f64 = day.iter().map(|hour| usual.shape(hour)).sum();
            count / exposure
        })
        .collect();
    rates.sort_by(f64::total_cmp);
    (rates.len() >= 7).then(|| rates[rates.len() / 2].max(FIRST_COUNT / (24.0 * rates.len() as f64)))
}

/// The probability of `seen` or more in a negative binomial distribution, Poisson's where the variance is not above the mean.
fn upper_tail(seen: u32, mean: f64, variance: f64) -> f64 {
    if seen == 0 {
        return 1.0;
    }
    if mean <= 0.0 {
        return 0.0;
    }
    // As a recursion of ratios: p(i + 1) = p(i) (size + i) / (i + 1) * share; with an endless size it is Poisson's.
    let size = if variance > mean * 1.001 { mean.powi(2) / (variance - mean) } else { f64::INFINITY };
    let ratio = |i: f64| {
        if size.is_finite() { (size + i) / (i + 1.0) * (mean / (mean + size)) } else { mean / (i + 1.0) }
    };
    let mut log = if size.is_finite() { size * (size / (size + mean)).ln() } else { -mean };
    for i in 0..seen {
        log += ratio(f64::from(i)).ln();
    }
    let (mut sum, mut part, mut i) = (0.0, 1.0, f64::from(seen));
    while part > 1e-12 * sum && i < f64::from(seen) + 1e6 {
        sum += part;
        part *= ratio(i);
        i += 1.0;
    }
    // Below the mean the sum is long and the parts rise first, but together they never pass one.
    (log + f64::ln(sum)).exp().min(1.0)
}

/// Looks at the complaints of the last hours, each author's first only. `recent` holds at least those of the longest window, in any
/// order, and `standing` the proposal that was made and is not over.
pub fn detect(usual: &Usual, recent: &[At], now: At, caution: &Caution, standing: Option<&Proposal>) -> Verdict {
    let highest = caution
        .windows
        .iter()
        .filter_map(|hours| window(usual, recent, now, *hours))
        .min_by(|a, b| a.p.total_cmp(&b.p));
    let Some(standing) = standing else {
        let least = if usual.young { caution.least_when_young } else { caution.least };
        return match highest {
            Some(found)
                if found.seen >= least
                    && found.p < caution.p
                    && f64::from(found.seen) >= caution.lift * found.expected =>
            {
                Verdict::Begins(found)
            }
            _ => Verdict::Usual,
        };
    };
    // What keeps a burst alive is much less than what begins one.
    let high = highest.is_some_and(|found| found.p < 0.01 && found.seen > 1);
    if high {
        Verdict::GoesOn(Proposal { last_high: now, ..standing.clone() })
    } else if now.seconds_since(standing.last_high) >= i64::from(caution.rest) * HOUR {
        Verdict::Over
    } else {
        Verdict::GoesOn(standing.clone())
    }
}

fn window(usual: &Usual, recent: &[At], now: At, hours: u32) -> Option<Proposal> {
    let from = now.plus_seconds(-i64::from(hours) * HOUR);
    let within = || recent.iter().copied().filter(|at| *at > from && *at <= now);
    let since = within().min()?;
    let seen = u32::try_from(within().count()).unwrap_or(u32::MAX);
    let expected = usual.expected(now, hours);
    Some(Proposal { since, hours, expected, seen, p: usual.tail(seen, expected), last_high: now })
}
