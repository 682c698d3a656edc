//! Cases are numbered as in the project's deadline study.

use proptest::prelude::*;

use super::*;
use crate::domain::calendar::Span;
use crate::domain::calendar::tests::{at, omsk, pauses};

fn target(text: &str, base: Base) -> Target {
    Target::parse(text, base).expect(text)
}

/// A first answer within four working hours of Wednesday 10:00 in Omsk: due at 15:00.
fn four_hours() -> Clock {
    let (start, four) = (at("2025-10-15T04:00Z"), target("4h", Base::Working));
    Clock::start(ClockKind::FirstAnswer, 1, start, "answer", four, &omsk()).expect("a due time")
}

const DUE: &str = "2025-10-15T09:00Z";

#[test]
fn words_are_as_the_policy_and_the_database_spell_them() {
    let kinds: Vec<_> = ClockKind::ALL.iter().map(|kind| kind.as_str()).collect();
    assert_eq!(kinds, ["routing", "first_answer", "resolution", "author_wait"]);
    let states: Vec<_> = ClockState::ALL.iter().map(|state| state.as_str()).collect();
    assert_eq!(states, ["running", "paused", "met", "breached", "cancelled"]);
    assert_eq!("days".parse(), Ok(Base::Days));
}

#[test]
fn targets_read_and_print() {
    for (text, base, amount, printed) in [
        ("60m", Base::Working, 3_600, "1h"),
        ("90m", Base::Working, 5_400, "90m"),
        ("56h", Base::Working, 201_600, "56h"),
        ("24h", Base::Working, 86_400, "24h"),
        ("24h", Base::Calendar, 86_400, "1d"),
        (" 61s ", Base::Calendar, 61, "61s"),
        ("4d", Base::Calendar, 345_600, "4d"),
        ("7d", Base::Days, 7, "7d"),
        ("1095d", Base::Days, 1_095, "1095d"),
    ] {
        let target = target(text, base);
        assert_eq!((target.amount(), target.base()), (amount, base), "{text}");
        assert_eq!(target.to_string(), printed);
        assert_eq!(Target::parse(printed, base), Ok(target));
        assert_eq!(Target::new(amount, base), Ok(target));
    }
    for text in ["", "h", "9", "9 h", "1.5h", "-1h", "+1h", "1h30m", "9w", "９h", "9ч"] {
        assert_eq!(Target::parse(text, Base::Working), Err(TargetFault::Malformed(text.to_owned())));
    }
    for (text, base) in [
        ("0m", Base::Working),
        ("1096d", Base::Days),
        ("26281h", Base::Calendar),
        ("99999999999999999999h", Base::Working),
    ] {
        assert_eq!(Target::parse(text, base), Err(TargetFault::OutOfRange), "{text}");
    }
    assert_eq!(Target::new(-1, Base::Days), Err(TargetFault::OutOfRange));
    assert_eq!(Target::parse("7d", Base::Working), Err(TargetFault::DaysOfWork("7d".to_owned())));
    assert_eq!(Target::parse("9h", Base::Days), Err(TargetFault::NotDays("9h".to_owned())));
}

#[test]
fn due_times_by_base() {
    let (calendar, friday) = (omsk(), at("2025-10-31T11:30Z"));
    for (text, base, due) in [
        ("60m", Base::Working, "2025-11-01T03:30Z"),
        ("60m", Base::Calendar, "2025-10-31T12:30Z"),
        ("4d", Base::Calendar, "2025-11-04T11:30Z"),
        ("1d", Base::Days, "2025-11-01T17:59:59Z"),
        ("2d", Base::Days, "2025-11-05T17:59:59Z"),
    ] {
        assert_eq!(due_with(friday, target(text, base), &calendar, &Pauses::NONE), Ok(at(due)), "{text} {base}");
    }
    let night = pauses(&[("2025-10-31T12:00Z", "2025-11-01T12:00Z")]);
    for (text, base, due) in [
        ("60m", Base::Working, "2025-11-05T03:30Z"),
        ("60m", Base::Calendar, "2025-11-01T12:30Z"),
        ("1d", Base::Days, "2025-11-01T17:59:59Z"),
    ] {
        assert_eq!(due_with(friday, target(text, base), &calendar, &night), Ok(at(due)), "paused {text} {base}");
    }
}

#[test]
fn t28_the_reminder_and_what_is_left() {
    let calendar = omsk();
    let start = at("2025-10-15T11:00Z");
    let clock = Clock::start(ClockKind::Resolution, 1, start, "final", target("4h", Base::Working), &calendar);
    let mut clock = clock.expect("a due time");
    assert_eq!(clock.due_at, at("2025-10-16T06:00Z"));
    assert_eq!(clock.warn_at(3_600, &calendar), Ok(at("2025-10-16T05:00Z")));
    for (now, left) in [
        ("2025-10-15T11:00Z", 14_400),
        ("2025-10-15T20:00Z", 10_800),
        ("2025-10-16T06:00Z", 0),
        ("2025-10-16T06:00:01Z", -1),
        ("2025-10-17T03:00Z", -18_000),
    ] {
        assert_eq!(clock.remaining(at(now), &calendar), left, "{now}");
    }
    clock.stop(at("2025-10-16T05:00Z"));
    assert_eq!(clock.remaining(at("2026-10-16T05:00Z"), &calendar), 3_600, "frozen once settled");

    let wait = target("1d", Base::Calendar);
    let wait = Clock::start(ClockKind::AuthorWait, 1, start, "wait", wait, &calendar).expect("a due time");
    assert_eq!(wait.warn_at(3_600, &calendar), Ok(at("2025-10-16T10:00Z")));
    assert_eq!(wait.remaining(at("2025-10-15T12:00Z"), &calendar), 23 * 3_600);
}

#[test]
fn t29_resolved_out_of_a_pause() {
    let (calendar, mut clock) = (omsk(), four_hours());
    assert!(clock.pause(at("2025-10-15T06:00Z")));
    let resolved = at("2025-10-17T06:00Z");
    assert_eq!(clock.stop(resolved), Verdict::Met);
    assert_eq!((clock.state, clock.settled_at, clock.breached_at), (ClockState::Met, Some(resolved), None));
    let paused = pauses(&[("2025-10-15T06:00Z", "2025-10-17T06:00Z")]);
    assert_eq!(calendar.worked(clock.started_at, resolved, &paused).as_secs(), 2 * 3_600);
    clock.replay(resolved, &calendar, &paused).expect("a due time");
    assert_eq!((clock.state, clock.due_at), (ClockState::Met, at("2025-10-17T09:00Z")));
}

#[test]
fn t30_the_due_time_itself_is_in_time() {
    let mut exact = four_hours();
    assert_eq!(exact.due_at, at(DUE));
    assert!(!exact.sweep(at(DUE)));
    assert_eq!(exact.stop(at(DUE)), Verdict::Met);
    let mut late = four_hours();
    let second_late = at("2025-10-15T09:00:01Z");
    assert_eq!(late.stop(second_late), Verdict::Breached);
    assert_eq!((late.settled_at, late.breached_at), (Some(second_late), Some(at(DUE))));
}

#[test]
fn t31_late_between_two_sweeps_is_late() {
    let mut clock = four_hours();
    assert!(!clock.sweep(at("2025-10-15T08:59Z")));
    assert_eq!(clock.stop(at("2025-10-15T09:02Z")), Verdict::Breached);
    assert!(!clock.sweep(at("2025-10-15T09:04Z")), "the sweep has nothing left to report");
    assert_eq!((clock.state, clock.breached_at), (ClockState::Breached, Some(at(DUE))));
}

#[test]
fn t32_a_late_sweep_dates_the_breach_by_the_due_time_once() {
    let mut clock = four_hours();
    assert!(clock.sweep(at("2025-10-15T15:00Z")));
    assert!(!clock.sweep(at("2025-10-15T15:01Z")));
    assert_eq!((clock.settled_at, clock.breached_at), (None, Some(at(DUE))));
    let done = at("2025-10-16T04:00Z");
    assert_eq!(clock.stop(done), Verdict::Breached);
    assert_eq!((clock.state, clock.settled_at, clock.breached_at), (ClockState::Breached, Some(done), Some(at(DUE))));
}

#[test]
fn t33_pauses_and_breaches() {
    let (calendar, mut clock) = (omsk(), four_hours());
    assert!(clock.pause(at("2025-10-15T05:00Z")));
    assert!(!clock.pause(at("2025-10-15T05:30Z")));
    assert!(!clock.sweep(at("2025-10-20T00:00Z")), "paused past the old due time");
    assert_eq!(clock.state, ClockState::Paused);
    // T15: resumed a day later.
    let history = pauses(&[("2025-10-15T05:00Z", "2025-10-16T05:00Z")]);
    assert_eq!(clock.resume(at("2025-10-16T05:00Z"), &calendar, &history), Ok(true));
    assert_eq!((clock.state, clock.due_at), (ClockState::Running, at("2025-10-16T09:00Z")));
    assert_eq!(clock.resume(at("2025-10-16T05:00Z"), &calendar, &history), Ok(false));

    let mut breached = four_hours();
    assert!(!breached.pause(at("2025-10-15T10:00Z")), "breached before the pause, though no sweep saw it");
    assert_eq!((breached.state, breached.breached_at), (ClockState::Breached, Some(at(DUE))));
    let history = pauses(&[("2025-10-15T10:00Z", "2025-10-16T05:00Z")]);
    let before = breached.clone();
    breached.replay(at("2025-10-20T05:00Z"), &calendar, &history).expect("a due time");
    assert_eq!(breached, before);
}

#[test]
fn t39_a_cancelled_clock_never_breaches() {
    let mut clock = four_hours();
    let off = at("2025-10-15T08:00Z");
    assert!(clock.cancel(off));
    assert!(!clock.cancel(at("2025-10-15T08:30Z")));
    assert!(!clock.sweep(at("2025-10-20T00:00Z")));
    assert_eq!(clock.stop(at("2025-10-20T00:00Z")), Verdict::Void);
    assert_eq!((clock.state, clock.settled_at, clock.breached_at), (ClockState::Cancelled, Some(off), None));

    let mut late = four_hours();
    assert!(late.cancel(at("2025-10-15T10:00Z")));
    assert_eq!((late.state, late.breached_at), (ClockState::Cancelled, Some(at(DUE))), "a breach is a fact");

    let mut done = four_hours();
    done.stop(off);
    assert!(!done.cancel(off));
    assert_eq!(done.state, ClockState::Met);
}

#[test]
fn a_deferral_only_puts_off_what_is_not_yet_broken() {
    let (calendar, now, to) = (omsk(), at("2025-10-15T05:00Z"), at("2025-10-24T12:00Z"));
    let mut clock = four_hours();
    assert_eq!(clock.move_due(at(DUE), now), Err(DeferralFault::NotLater));
    assert_eq!(clock.move_due(to, now), Ok(()));
    clock.replay(now, &calendar, &Pauses::NONE).expect("a due time");
    assert_eq!((clock.state, clock.due_at), (ClockState::Running, to), "a replay keeps the deferral");
    assert_eq!(clock.move_due(at("2025-10-30T12:00Z"), at("2025-10-25T00:00Z")), Err(DeferralFault::Over));
    assert_eq!((clock.state, clock.breached_at), (ClockState::Breached, Some(to)));
}

#[test]
fn t46_a_pause_learned_of_late_undoes_the_breach() {
    let (calendar, mut clock) = (omsk(), four_hours());
    assert!(clock.sweep(at("2025-10-15T10:00Z")));
    let history = pauses(&[("2025-10-15T06:00Z", "2025-10-15T10:00Z")]);
    clock.replay(at("2025-10-15T10:30Z"), &calendar, &history).expect("a due time");
    assert_eq!((clock.state, clock.breached_at), (ClockState::Running, None));
    assert_eq!(clock.due_at, at("2025-10-15T12:00Z"));
}

#[test]
fn an_absurd_history_is_an_error_and_changes_nothing() {
    let (calendar, mut clock) = (omsk(), four_hours());
    assert!(clock.pause(at("2025-10-15T05:00Z")));
    let before = clock.clone();
    let forever = pauses(&[("2025-10-15T05:00Z", "2035-10-16T05:00Z")]);
    assert_eq!(clock.resume(at("2035-10-16T05:00Z"), &calendar, &forever), Err(HorizonExceeded));
    assert_eq!(clock, before);
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Stop(i64),
    Sweep(i64),
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Sweeps between events, late events and repeated ones: only the earliest event decides.
    #[test]
    fn t46_the_order_of_arrival_does_not_matter(
        steps in prop::collection::vec(
            (any::<bool>(), 0_i64..36_000)
                .prop_map(|(stop, offset)| if stop { Step::Stop(offset) } else { Step::Sweep(offset) }),
            1..8,
        ).prop_shuffle(),
    ) {
        let mut clock = four_hours();
        let instant = |offset| at("2025-10-15T04:00Z") + SignedDuration::from_secs(offset);
        for step in &steps {
            match *step {
                Step::Stop(offset) => { clock.stop(instant(offset)); }
                Step::Sweep(offset) => { clock.sweep(instant(offset)); }
            }
        }
        let stops = steps.iter().filter_map(|step| match step {
            Step::Stop(offset) => Some(instant(*offset)),
            Step::Sweep(_) => None,
        });
        let stopped = stops.min();
        let late = |step: &Step| matches!(step, Step::Sweep(offset) if instant(*offset) > at(DUE));
        let swept_late = steps.iter().any(late);
        let expected = match stopped {
            Some(stop) if stop <= at(DUE) => ClockState::Met,
            Some(_) => ClockState::Breached,
            None if swept_late => ClockState::Breached,
            None => ClockState::Running,
        };
        prop_assert_eq!((clock.state, clock.settled_at), (expected, stopped));
        prop_assert_eq!(clock.breached_at, (expected == ClockState::Breached).then(|| at(DUE)));
    }

    /// Pausing and resuming step by step gives what one replay of the whole history gives, and a
    /// replay is idempotent.
    #[test]
    fn t50_incremental_equals_from_scratch(
        edges in prop::collection::btree_set(1_i64..300_000, 0..9),
        (text, base) in prop_oneof![
            Just(("9h", Base::Working)), Just(("30h", Base::Calendar)), Just(("3d", Base::Days)),
        ],
    ) {
        let calendar = omsk();
        let start = at("2025-10-30T05:00Z");
        let instant = |offset: i64| start + SignedDuration::from_secs(offset);
        let target = target(text, base);
        let clock = Clock::start(ClockKind::Resolution, 1, start, "final", target, &calendar);
        let mut clock = clock.expect("a due time");
        let edges: Vec<i64> = edges.into_iter().collect();
        let mut history = Vec::new();
        for pair in edges.as_chunks::<2>().0 {
            let span = Span { from: instant(pair[0]), to: instant(pair[1]) };
            if clock.pause(span.from) {
                history.push(span);
                let pauses = Pauses::new(history.clone());
                clock.resume(span.to, &calendar, &pauses).expect("a due time");
            }
        }
        let pauses = Pauses::new(history);
        prop_assert_eq!(due_with(start, target, &calendar, &pauses), Ok(clock.due_at));
        if target.base() == Base::Working {
            let worked = calendar.worked(start, clock.due_at, &pauses);
            prop_assert_eq!(worked.as_secs(), target.amount());
        }
        let mut again = clock.clone();
        again.replay(instant(300_000), &calendar, &pauses).expect("a due time");
        clock.sweep(instant(300_000));
        prop_assert_eq!(again, clock);
    }

    #[test]
    fn targets_survive_printing(
        amount in 1_i64..94_608_000, base in prop_oneof![Just(Base::Working), Just(Base::Calendar)],
    ) {
        let target = Target::new(amount, base).expect("in range");
        prop_assert_eq!(Target::parse(&target.to_string(), base), Ok(target));
    }
}
