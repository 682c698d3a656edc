use proptest::prelude::*;

use super::*;

/// SplitMix64: the same noise in each run.
struct Noise(u64);

impl Noise {
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn poisson(&mut self, mean: f64) -> u32 {
        let (limit, mut product, mut count) = ((-mean).exp(), self.unit(), 0);
        while product > limit {
            product *= self.unit();
            count += 1;
        }
        count
    }
}

/// A Monday, midnight in Omsk.
fn monday() -> At {
    "2026-01-05T00:00:00+06:00".parse().unwrap()
}

fn omsk() -> TimeZone {
    TimeZone::get("Asia/Omsk").unwrap()
}

/// The arrivals of so many weeks, `rate` an hour on average with a day, a week and moods of days that no shape knows.
fn weeks(noise: &mut Noise, rate: f64, from: At, weeks: i64, moods: f64) -> Vec<At> {
    let (day, week) = (level(DAY), level(WEEK));
    let mut arrivals = Vec::new();
    for number in 0..weeks * 7 {
        let mood = 1.0 + moods * (noise.unit() - 0.5);
        for hour in 0..24 {
            let start = from.plus_seconds((number * 24 + hour) * HOUR);
            let mean = rate * mood * day[usize::try_from(hour).unwrap()] * week[usize::try_from(number % 7).unwrap()];
            for _ in 0..noise.poisson(mean) {
                arrivals.push(start.plus_seconds((noise.unit() * 3600.0) as i64));
            }
        }
    }
    arrivals.sort();
    arrivals
}

fn history(from: At, arrivals: &[At]) -> History {
    let mut history = History::new(from);
    for at in arrivals {
        history.add(*at, 1);
    }
    history
}

/// Looks every ten minutes, learning anew each day; gives what began, and whether it was told when it was over.
fn watch(past: &[At], arrivals: &[At], from: At, days: i64) -> Vec<(At, Proposal)> {
    let (caution, zone) = (Caution::default(), omsk());
    let mut counted = history(monday(), past);
    arrivals.iter().for_each(|at| counted.add(*at, 1));
    let (mut begun, mut standing, mut usual) = (Vec::new(), None, Usual::learn(&counted, from, &zone));
    for look in 1..=days * 144 {
        let now = from.plus_seconds(look * 600);
        if look % 144 == 0 {
            usual = Usual::learn(&counted, now, &zone);
        }
        let start = arrivals.partition_point(|at| *at <= now.plus_seconds(-6 * HOUR));
        let end = arrivals.partition_point(|at| *at <= now);
        match detect(&usual, &arrivals[start..end], now, &caution, standing.as_ref()) {
            Verdict::Begins(proposal) => {
                assert!(standing.replace(proposal.clone()).is_none());
                begun.push((now, proposal));
            }
            Verdict::GoesOn(proposal) => standing = Some(proposal),
            Verdict::Over => standing = None,
            Verdict::Usual => assert!(standing.is_none()),
        }
    }
    begun
}

#[test]
fn usual_noise_raises_next_to_nothing() {
    let mut noise = Noise(7);
    let mut false_alarms = 0;
    for (rate, moods) in [(0.02, 0.5), (0.2, 0.5), (1.0, 0.8), (5.0, 0.8), (20.0, 0.6)] {
        let past = weeks(&mut noise, rate, monday(), 8, moods);
        let from = monday().plus_seconds(8 * 7 * 24 * HOUR);
        let now = weeks(&mut noise, rate, from, 6, moods);
        false_alarms += watch(&past, &now, from, 42).len();
    }
    // Thirty weeks of five series.
    assert!(false_alarms <= 1, "{false_alarms} false alarms in 30 weeks");
}

#[test]
fn an_accident_of_five_times_the_usual_is_found_within_the_hour_and_raised_once() {
    let mut noise = Noise(11);
    let mut found = 0;
    for _ in 0..10 {
        let past = weeks(&mut noise, 6.0, monday(), 8, 0.3);
        let from = monday().plus_seconds(8 * 7 * 24 * HOUR);
        let mut now = weeks(&mut noise, 6.0, from, 1, 0.3);
        // On Wednesday at noon, for five hours, four times the usual on top of it.
        let begins = from.plus_seconds((2 * 24 + 12) * HOUR);
        for minute in 0..300 {
            for _ in 0..noise.poisson(4.0 * 6.0 * 1.4 / 60.0) {
                now.push(begins.plus_seconds(minute * 60));
            }
        }
        now.sort();
        let begun = watch(&past, &now, from, 7);
        assert_eq!(begun.len(), 1, "one accident is one proposal");
        let (at, proposal) = &begun[0];
        let late = at.seconds_since(begins);
        assert!((0..=2 * HOUR).contains(&late), "{late} s");
        assert!(f64::from(proposal.seen) > 2.0 * proposal.expected && proposal.p < 1e-5);
        found += i32::from(late <= HOUR);
    }
    assert!(found == 10, "{found} of 10 within the hour");
}

#[test]
fn a_rare_topic_needs_a_handful_and_not_three() {
    let (past, zone) = (weeks(&mut Noise(3), 0.02, monday(), 8, 0.2), omsk());
    let now = monday().plus_seconds((8 * 7 * 24 + 15) * HOUR);
    let usual = Usual::learn(&history(monday(), &past), now, &zone);
    let came = |count: i64| (0..count).map(|n| now.plus_seconds(-n * 300)).collect::<Vec<_>>();
    assert_eq!(detect(&usual, &came(3), now, &Caution::default(), None), Verdict::Usual);
    assert!(matches!(detect(&usual, &came(7), now, &Caution::default(), None), Verdict::Begins(_)));
}

#[test]
fn without_a_history_it_is_careful() {
    let now = monday().plus_seconds(12 * HOUR);
    let usual = Usual::learn(&History::new(now), now, &omsk());
    let came = |count: i64| (0..count).map(|n| now.plus_seconds(-n * 60)).collect::<Vec<_>>();
    assert_eq!(detect(&usual, &came(12), now, &Caution::default(), None), Verdict::Usual);
    assert!(matches!(detect(&usual, &came(50), now, &Caution::default(), None), Verdict::Begins(_)));
}

#[test]
fn a_former_accident_does_not_hide_the_next() {
    let mut past = weeks(&mut Noise(5), 1.0, monday(), 8, 0.3);
    let now = monday().plus_seconds((8 * 7 * 24 + 36) * HOUR);
    let calm = Usual::learn(&history(monday(), &past), now, &omsk());
    past.extend((0..400).map(|n| now.plus_seconds(-8 * 24 * HOUR + n * 60)));
    let shaken = Usual::learn(&history(monday(), &past), now, &omsk());
    let (before, after) = (calm.expected(now, 3), shaken.expected(now, 3));
    assert!(after < 1.25 * before, "{before} became {after}");
}

#[test]
fn a_burst_is_kept_through_a_calm_hour_and_then_let_go() {
    let now = monday().plus_seconds((8 * 7 * 24 + 15) * HOUR);
    let usual = Usual::learn(&history(monday(), &weeks(&mut Noise(9), 0.5, monday(), 8, 0.2)), now, &omsk());
    let came: Vec<_> = (0..30).map(|n| now.plus_seconds(-n * 60)).collect();
    let Verdict::Begins(proposal) = detect(&usual, &came, now, &Caution::default(), None) else { panic!("no burst") };
    assert_eq!((proposal.seen, proposal.since), (30, now.plus_seconds(-29 * 60)));
    let later = |hours: i64| detect(&usual, &[], now.plus_seconds(hours * HOUR), &Caution::default(), Some(&proposal));
    assert_eq!(later(8), Verdict::GoesOn(proposal.clone()));
    assert_eq!(later(12), Verdict::Over);
}

#[test]
fn the_tail_is_that_of_the_textbook() {
    for (seen, mean, variance, tail) in [
        (1, 1.0, 1.0, 0.632_120_56),
        (5, 2.0, 2.0, 0.052_653_02),
        // Geometric: (1/2)^seen.
        (3, 1.0, 2.0, 0.125),
        (0, 3.0, 3.0, 1.0),
        (10, 100.0, 100.0, 1.0),
    ] {
        let found = upper_tail(seen, mean, variance);
        assert!((found - tail).abs() < 1e-6, "{seen} of {mean}: {found}, not {tail}");
    }
}

proptest! {
    #[test]
    fn more_complaints_are_never_less_unusual(seen in 0_u32..400, mean in 0.001_f64..100.0, more in 0.0_f64..4.0) {
        let tail = |seen| upper_tail(seen, mean, mean * (1.0 + more));
        prop_assert!((0.0..=1.0).contains(&tail(seen)));
        prop_assert!(tail(seen + 1) <= tail(seen) * (1.0 + 1e-9));
        prop_assert!(upper_tail(seen, mean * 1.5, mean * 1.5 * (1.0 + more)) >= tail(seen) * (1.0 - 1e-9));
    }

    #[test]
    fn no_history_and_no_count_break_it(counts in proptest::collection::vec((0_i64..3000, 0_u32..1_000_000), 0..40), hours in 1_u32..48, seen in any::<u32>()) {
        let mut history = History::new(monday());
        for (hour, count) in counts {
            history.add(monday().plus_seconds(hour * HOUR), count);
        }
        let now = monday().plus_seconds(3000 * HOUR);
        let usual = Usual::learn(&history, now, &omsk());
        let expected = usual.expected(now, hours);
        prop_assert!(expected.is_finite() && expected > 0.0);
        prop_assert!((0.0..=1.0).contains(&usual.tail(seen.min(100_000), expected)));
    }
}
