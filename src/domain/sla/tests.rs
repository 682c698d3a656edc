//! Cases are numbered as in the project's deadline study.

use proptest::prelude::*;

use super::*;
use crate::domain::calendar::tests::{Oracle, at, omsk, pauses};
use crate::domain::calendar::{Calendar, Pauses, Span};
use crate::domain::values::{At, Id};

/// The calendars of two versions of a policy: in the second one every day has two hours less.
struct Two(Calendar, Calendar);

impl Two {
    fn new() -> Two {
        let short = serde_json::json!({
            "id": "omsk", "title": "", "zone": "Asia/Omsk",
            "week": { "mon": ["11:00-17:00"], "tue": ["11:00-17:00"], "wed": ["11:00-17:00"], "thu": ["11:00-17:00"], "fri": ["11:00-17:00"] }
        });
        let short: crate::domain::calendar::CalendarSpec = serde_json::from_value(short).expect("a spec");
        Two(omsk(), short.build().expect("a calendar"))
    }
}

impl Calendars for Two {
    fn calendar(&self, policy_version: i64, _id: &str) -> &Calendar {
        if policy_version == 1 { &self.0 } else { &self.1 }
    }
}

fn target(text: &str, base: Base) -> Target {
    Target::parse(text, base).expect("a target")
}

fn promised(text: &str, base: Base, start: &str) -> Promise {
    let (term, calendar) = ("answer".to_owned(), "omsk".to_owned());
    Promise {
        term,
        target: target(text, base),
        calendar,
        policy_version: 1,
        started_at: At::new(at(start)),
        matched: "any/any/any/any".to_owned(),
        consumed: 0,
    }
}

/// Four working hours from ten on a Wednesday: due at three, [`DUE`].
fn four_hours() -> Promise {
    promised("4h", Base::Working, "2025-10-15T04:00Z")
}

const DUE: &str = "2025-10-15T09:00Z";

fn mark(n: i64, when: &str, fact: Fact) -> Mark {
    Mark { at: At::new(at(when)), n, fact }
}

fn paused() -> Fact {
    Fact::Paused { why: "approval".to_owned() }
}

fn cancelled() -> Fact {
    Fact::Cancelled { why: "closed".to_owned() }
}

fn judged(first: &Promise, marks: &[Mark], now: &str) -> Verdict {
    judge(first, marks, &Two::new(), At::new(at(now)))
}

/// State, due time, time of settling, time of breach.
fn told(verdict: &Verdict) -> (ClockState, At, Option<At>, Option<At>) {
    (verdict.state, verdict.due_at, verdict.settled_at, verdict.breached_at)
}

fn instant(text: &str) -> At {
    At::new(at(text))
}

#[test]
fn words_are_as_the_policy_and_the_database_spell_them() {
    let kinds: Vec<_> = ClockKind::ALL.iter().map(|kind| kind.as_str()).collect();
    assert_eq!(
        kinds,
        [
            "routing",
            "reaction",
            "acceptance",
            "first_answer",
            "final_answer",
            "next_answer",
            "resolution",
            "approval",
            "rework",
            "author_wait"
        ]
    );
    let states: Vec<_> = ClockState::ALL.iter().map(|state| state.as_str()).collect();
    assert_eq!(states, ["running", "paused", "met", "breached", "cancelled"]);
    let bases: Vec<_> = Base::ALL.iter().map(|base| base.as_str()).collect();
    let days = ["days", "calendar_days", "calendar_days_next", "calendar_days_previous"];
    assert_eq!((&bases[..2], &bases[2..]), (&["working", "calendar"][..], &days[..]));
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
        ("2d", Base::CalendarDays, "2025-11-02T17:59:59Z"),
        ("2d", Base::CalendarDaysNext, "2025-11-05T17:59:59Z"),
        ("2d", Base::CalendarDaysPrevious, "2025-11-01T17:59:59Z"),
    ] {
        assert_eq!(due_with(friday, target(text, base), 0, &calendar, &Pauses::NONE), Ok(at(due)), "{text} {base}");
    }
    let night = pauses(&[("2025-10-31T12:00Z", "2025-11-01T12:00Z")]);
    for (text, base, due) in [
        ("60m", Base::Working, "2025-11-05T03:30Z"),
        ("60m", Base::Calendar, "2025-11-01T12:30Z"),
        ("1d", Base::Days, "2025-11-01T17:59:59Z"),
    ] {
        assert_eq!(due_with(friday, target(text, base), 0, &calendar, &night), Ok(at(due)), "paused {text} {base}");
    }
}

#[test]
fn t26_to_t28_reminders_come_in_working_time() {
    let (two, shares) = (Two::new(), [50, 25]);
    let reminders =
        |promise: &Promise, marks: &[Mark]| judge(promise, marks, &two, promise.started_at).reminders(&shares, &two);
    // From Wednesday five in the afternoon: an hour that day, three on Thursday.
    let thursday = promised("4h", Base::Working, "2025-10-15T11:00Z");
    assert_eq!(reminders(&thursday, &[]), [instant("2025-10-16T04:00Z"), instant("2025-10-16T05:00Z")]);
    // Half an hour before Wednesday half past nine is Saturday: Monday and Tuesday are off.
    let wednesday = promised("2h", Base::Working, "2025-11-01T09:30Z");
    assert_eq!(judge(&wednesday, &[], &two, wednesday.started_at).due_at, instant("2025-11-05T03:30Z"));
    assert_eq!(wednesday.target.amount(), 7_200);
    assert_eq!(reminders(&wednesday, &[]), [instant("2025-11-01T10:30Z"), instant("2025-11-05T03:00Z")]);
    let plain = promised("8h", Base::Calendar, "2025-10-15T10:00Z");
    assert_eq!(reminders(&plain, &[]), [instant("2025-10-15T14:00Z"), instant("2025-10-15T16:00Z")]);
    // A deferral is another promise to remind of.
    let put_off = [mark(2, "2025-10-15T05:00Z", Fact::Deferred { to: instant("2025-10-16T12:00Z") })];
    let verdict = judge(&four_hours(), &put_off, &two, instant("2025-10-15T05:00Z"));
    assert_eq!(verdict.reminders(&[50], &two), [instant("2025-10-16T03:30Z")]);
}

#[test]
fn t29_resolved_out_of_a_pause() {
    let marks = [mark(2, "2025-10-15T06:00Z", paused()), mark(3, "2025-10-17T06:00Z", Fact::Settled)];
    let verdict = judged(&four_hours(), &marks, "2025-10-20T00:00Z");
    // Two hours were used; two are left after the pause.
    assert_eq!(told(&verdict), (ClockState::Met, instant("2025-10-17T09:00Z"), Some(marks[1].at), None));
    let used = omsk().worked(*four_hours().started_at, at("2025-10-17T06:00Z"), &verdict.stood());
    assert_eq!(used.as_secs(), 2 * 3_600);
}

#[test]
fn t30_the_due_time_itself_is_in_time() {
    let due = instant(DUE);
    for (when, state, breached) in [
        (DUE, ClockState::Met, None),
        ("2025-10-15T09:00:00.000001Z", ClockState::Breached, Some(due)),
        ("2025-10-15T09:00:01Z", ClockState::Breached, Some(due)),
    ] {
        let verdict = judged(&four_hours(), &[mark(2, when, Fact::Settled)], "2025-10-20T00:00Z");
        assert_eq!(told(&verdict), (state, due, Some(instant(when)), breached));
    }
    assert_eq!(judged(&four_hours(), &[], DUE).state, ClockState::Running);
}

#[test]
fn t31_t32_when_somebody_looked_makes_no_difference() {
    let late = [mark(2, "2025-10-15T09:02Z", Fact::Settled)];
    for now in ["2025-10-15T09:02Z", "2025-10-15T15:00Z", "2026-10-15T15:00Z"] {
        let verdict = judged(&four_hours(), &late, now);
        assert_eq!(told(&verdict), (ClockState::Breached, instant(DUE), Some(late[0].at), Some(instant(DUE))));
    }
    for now in ["2025-10-15T09:00:01Z", "2025-10-15T15:00Z"] {
        assert_eq!(
            told(&judged(&four_hours(), &[], now)),
            (ClockState::Breached, instant(DUE), None, Some(instant(DUE)))
        );
    }
}

#[test]
fn t33_pauses_and_breaches() {
    let pause = mark(2, "2025-10-15T05:00Z", paused());
    let verdict = judged(&four_hours(), std::slice::from_ref(&pause), "2025-10-20T00:00Z");
    assert_eq!(told(&verdict), (ClockState::Paused, instant(DUE), None, None), "paused past the old due time");
    let resumed = [pause, mark(3, "2025-10-16T05:00Z", Fact::Resumed)];
    let verdict = judged(&four_hours(), &resumed, "2025-10-16T05:00Z");
    assert_eq!((verdict.state, verdict.due_at), (ClockState::Running, instant("2025-10-16T09:00Z")), "T15");
    let after = [mark(2, "2025-10-15T10:00Z", paused()), mark(3, "2025-10-16T05:00Z", Fact::Resumed)];
    let verdict = judged(&four_hours(), &after, "2025-10-17T05:00Z");
    assert_eq!(
        told(&verdict),
        (ClockState::Breached, instant(DUE), None, Some(instant(DUE))),
        "broken before the pause"
    );
}

#[test]
fn t37_what_has_passed_counts_on_another_calendar() {
    let (two, first) = (Two::new(), four_hours());
    let now = instant("2025-10-15T05:00Z");
    let other =
        Promise { term: "other".to_owned(), target: target("5h", Base::Working), policy_version: 2, ..first.clone() };
    let carried = first.carried(other.clone(), &two, &Pauses::NONE, now);
    assert_eq!((carried.consumed, carried.started_at), (3_600, now));
    let change = Fact::Promised { why: "transfer".to_owned(), from: first.clone(), to: carried };
    let verdict = judge(&first, &[mark(2, "2025-10-15T05:00Z", change)], &two, now);
    // Four hours are left of five; the other calendar is open from 11:00 to 17:00 in Omsk.
    assert_eq!((verdict.due_at, verdict.promise.term.as_str()), (instant("2025-10-15T09:00Z"), "other"));
    // Pauses survive the change (glpi#6902).
    let mut marks = vec![mark(2, "2025-10-15T04:30Z", paused()), mark(3, "2025-10-15T05:00Z", Fact::Resumed)];
    let stood = judge(&first, &marks, &two, now).stood();
    let carried = first.carried(other, &two, &stood, now);
    assert_eq!(carried.consumed, 1_800);
    marks.push(mark(
        3,
        "2025-10-15T05:00Z",
        Fact::Promised { why: "transfer".to_owned(), from: first.clone(), to: carried },
    ));
    assert_eq!(judge(&first, &marks, &two, now).due_at, instant("2025-10-15T09:30Z"));
    // Days have no seconds to carry: they are counted from where they began.
    let days = promised("3d", Base::Days, "2025-10-15T04:00Z");
    assert_eq!(first.carried(days.clone(), &two, &Pauses::NONE, now), days);
}

#[test]
fn t39_a_group_is_due_when_its_first_is() {
    let (two, now) = (Two::new(), instant("2025-10-15T05:00Z"));
    let (early, late) = (four_hours(), promised("8h", Base::Working, "2025-10-15T04:00Z"));
    let bond = judge(&early, &[], &two, now).bond(now).expect("it waits");
    let child = Id::new(now);
    let bound = mark(2, "2025-10-15T05:00Z", Fact::Bound { incident: child, bond });
    let verdict = judge(&late, std::slice::from_ref(&bound), &two, now);
    assert_eq!((verdict.due_at, verdict.bound_by), (instant(DUE), Some(child)));
    // A pause of the survivor is a pause of the group.
    let marks = [bound.clone(), mark(3, "2025-10-15T06:00Z", paused()), mark(4, "2025-10-15T07:00Z", Fact::Resumed)];
    assert_eq!(judge(&late, &marks, &two, now.plus_seconds(9_000)).due_at, instant("2025-10-15T10:00Z"));
    let parted = [bound.clone(), mark(3, "2025-10-15T06:00Z", Fact::Unbound { incident: child })];
    let verdict = judge(&late, &parted, &two, now);
    assert_eq!((verdict.due_at, verdict.bound_by), (instant("2025-10-16T04:00Z"), None), "unmerging restores");
    let put_off = [bound, mark(3, "2025-10-15T06:00Z", Fact::Deferred { to: instant("2025-10-20T04:00Z") })];
    assert_eq!(judge(&late, &put_off, &two, now).due_at, instant("2025-10-20T04:00Z"), "a deferral is for the group");
    // The earlier of the two is not made later by the later.
    let bond = judge(&late, &[], &two, now).bond(now).expect("it waits");
    let verdict = judge(&early, &[mark(2, "2025-10-15T05:00Z", Fact::Bound { incident: child, bond })], &two, now);
    assert_eq!((verdict.due_at, verdict.bound_by), (instant(DUE), None));
    assert_eq!(judge(&early, &[], &two, instant("2025-10-16T05:00Z")).bond(now), None, "what is broken binds nobody");
}

#[test]
fn t39_a_cancelled_clock_never_breaches_and_a_revived_one_never_stopped() {
    let off = mark(2, "2025-10-15T08:00Z", cancelled());
    let verdict = judged(&four_hours(), std::slice::from_ref(&off), "2025-10-20T00:00Z");
    assert_eq!(told(&verdict), (ClockState::Cancelled, instant(DUE), Some(off.at), None));
    let void = [off.clone(), mark(3, "2025-10-15T08:30Z", Fact::Settled)];
    assert_eq!(judged(&four_hours(), &void, "2025-10-20T00:00Z").state, ClockState::Cancelled);
    let late = judged(&four_hours(), &[mark(2, "2025-10-15T10:00Z", cancelled())], "2025-10-20T00:00Z");
    assert_eq!((late.state, late.breached_at), (ClockState::Cancelled, Some(instant(DUE))), "a breach before stays");
    let back = [off, mark(3, "2025-10-15T08:30Z", Fact::Revived)];
    assert_eq!(
        told(&judged(&four_hours(), &back, "2025-10-15T08:30Z")),
        (ClockState::Running, instant(DUE), None, None)
    );
    assert_eq!(judged(&four_hours(), &back, "2025-10-15T09:30Z").breached_at, Some(instant(DUE)));
}

#[test]
fn t40_another_term_from_the_same_start_erases_no_breach() {
    let first = four_hours();
    let changed = |n, when: &str, text: &str| {
        let to = Promise { target: target(text, Base::Working), ..first.clone() };
        mark(n, when, Fact::Promised { why: "correction".to_owned(), from: first.clone(), to })
    };
    let raised = [changed(2, "2025-10-15T05:00Z", "2h")];
    assert_eq!(judged(&first, &raised, "2025-10-15T05:00Z").due_at, instant("2025-10-15T06:00Z"));
    let both = [raised[0].clone(), changed(3, "2025-10-15T06:30Z", "8h")];
    let verdict = judged(&first, &both, "2025-10-15T06:30Z");
    assert_eq!(
        told(&verdict),
        (ClockState::Breached, instant("2025-10-16T04:00Z"), None, Some(instant("2025-10-15T06:00Z")))
    );
}

#[test]
fn a_deferral_only_puts_off_what_is_not_yet_broken() {
    let to = instant("2025-10-24T12:00Z");
    let defer = |n, when: &str, to| mark(n, when, Fact::Deferred { to });
    let put_off = [defer(2, "2025-10-15T05:00Z", to)];
    assert_eq!(told(&judged(&four_hours(), &put_off, "2025-10-20T00:00Z")), (ClockState::Running, to, None, None));
    let sooner = [defer(2, "2025-10-15T05:00Z", instant("2025-10-15T08:00Z"))];
    assert_eq!(judged(&four_hours(), &sooner, "2025-10-15T05:00Z").due_at, instant(DUE), "never nearer");
    let late = [defer(2, "2025-10-15T10:00Z", to)];
    assert_eq!(judged(&four_hours(), &late, "2025-10-15T10:00Z").breached_at, Some(instant(DUE)), "broken is broken");
}

#[test]
fn an_absurd_history_is_due_never() {
    let forever = [mark(2, "2025-10-15T05:00Z", paused()), mark(3, "2035-10-15T05:00Z", Fact::Resumed)];
    assert_eq!(judged(&four_hours(), &forever, "2035-10-16T05:00Z").due_at, At::NEVER);
}

#[test]
fn a_history_is_a_json_document() {
    let bond = Bond {
        promise: four_hours(),
        pauses: vec![Span { from: at(DUE), to: at("2025-10-15T10:00Z") }],
        deferred_to: None,
    };
    let marks = vec![
        mark(2, "2025-10-15T05:00Z", paused()),
        mark(3, "2025-10-15T06:00Z", Fact::Bound { incident: Id::new(instant(DUE)), bond }),
        mark(4, "2025-10-15T07:00Z", Fact::Promised { why: "policy".to_owned(), from: four_hours(), to: four_hours() }),
        mark(5, "2025-10-15T08:00Z", Fact::Settled),
    ];
    let text = serde_json::to_string(&marks).expect("json");
    assert_eq!(serde_json::from_str::<Vec<Mark>>(&text).expect("marks"), marks);
    let first: serde_json::Value = serde_json::from_str::<serde_json::Value>(&text).expect("json")[0].clone();
    assert_eq!(first, serde_json::json!({ "at": "2025-10-15T05:00:00Z", "n": 2, "fact": "paused", "why": "approval" }));
}

#[test]
fn an_explanation_adds_up() {
    let two = Two::new();
    let first = promised("10h", Base::Working, "2025-10-31T11:30Z");
    let marks = [mark(2, "2025-11-01T04:00Z", paused()), mark(3, "2025-11-01T05:00Z", Fact::Resumed)];
    let told = explain(&judge(&first, &marks, &two, instant("2025-11-02T00:00Z")), &two);
    assert_eq!(told.counted.iter().map(|piece| piece.seconds).sum::<i64>(), first.target.amount());
    let windows: Vec<_> = told.counted.iter().map(|piece| (piece.from.to_string(), piece.seconds / 60)).collect();
    assert_eq!(
        windows[..3],
        [
            ("2025-10-31T11:30:00Z".to_owned(), 30),
            ("2025-11-01T03:00:00Z".to_owned(), 60),
            ("2025-11-01T05:00:00Z".to_owned(), 120),
        ]
    );
    let special: Vec<_> = told.special.iter().map(|day| (day.date.to_string(), day.windows.len())).collect();
    assert_eq!(special, [("2025-11-01".to_owned(), 2), ("2025-11-03".to_owned(), 0), ("2025-11-04".to_owned(), 0)]);
    let days = explain(&judge(&promised("2d", Base::Days, "2025-10-31T11:30Z"), &[], &two, instant(DUE)), &two);
    assert_eq!(days.days.iter().map(ToString::to_string).collect::<Vec<_>>(), ["2025-11-01", "2025-11-05"]);
}

/// A clock told minute by minute, with a counter that runs: another way to the same answers.
struct Counter {
    left: i64,
    due: Option<i64>,
    deferred: Option<i64>,
    paused: bool,
    cancelled: Option<i64>,
    settled: Option<i64>,
    breached: Option<i64>,
}

impl Counter {
    fn run(first: &Promise, marks: &[Mark], now: i64) -> Counter {
        let calendar = omsk();
        let oracle = Oracle { calendar: &calendar, pauses: &[] };
        let left = first.target.amount();
        let mut clock =
            Counter { left, due: None, deferred: None, paused: false, cancelled: None, settled: None, breached: None };
        let mut second = first.started_at.as_second();
        loop {
            clock.look(second);
            for mark in marks.iter().filter(|mark| mark.at.as_second() == second) {
                if clock.settled.is_none() {
                    clock.take(second, &mark.fact);
                }
            }
            if second >= now {
                return clock;
            }
            let counts = first.target.base() == Base::Calendar || oracle.works(second);
            if counts && !clock.paused && clock.settled.is_none() && clock.due.is_none() {
                clock.left -= 60;
            }
            second += 60;
            if clock.left == 0 && clock.due.is_none() {
                clock.due = Some(second);
            }
        }
    }

    /// What the minute finds: a due time behind it.
    fn look(&mut self, second: i64) {
        let due = self.due.map(|due| self.deferred.map_or(due, |to| due.max(to)));
        let runs = self.settled.is_none() && self.cancelled.is_none() && !self.paused && self.breached.is_none();
        if runs && due.is_some_and(|due| due < second) {
            self.breached = due;
        }
    }

    fn take(&mut self, second: i64, fact: &Fact) {
        match fact {
            Fact::Settled if self.cancelled.is_none() => self.settled = Some(second),
            Fact::Cancelled { .. } if self.cancelled.is_none() => self.cancelled = Some(second),
            Fact::Revived => self.cancelled = None,
            Fact::Paused { .. } if self.cancelled.is_none() && self.breached.is_none() => self.paused = true,
            Fact::Resumed if self.cancelled.is_none() => self.paused = false,
            Fact::Deferred { to } if self.breached.is_none() => {
                self.deferred = Some(self.deferred.map_or(to.as_second(), |before| before.max(to.as_second())));
            }
            _ => {}
        }
    }

    fn state(&self) -> ClockState {
        match self {
            _ if self.cancelled.is_some() => ClockState::Cancelled,
            _ if self.breached.is_some() => ClockState::Breached,
            _ if self.settled.is_some() => ClockState::Met,
            _ if self.paused => ClockState::Paused,
            _ => ClockState::Running,
        }
    }
}

/// Marks at whole minutes within four days of a Thursday before days off.
fn histories() -> impl Strategy<Value = Vec<Mark>> {
    let fact = prop_oneof![
        3 => Just(paused()),
        3 => Just(Fact::Resumed),
        1 => Just(Fact::Settled),
        1 => Just(cancelled()),
        1 => Just(Fact::Revived),
        1 => (0_i64..4 * 1_440).prop_map(|minute| Fact::Deferred { to: START.plus_seconds(minute * 60) }),
    ];
    let marks = prop::collection::vec((0_i64..4 * 1_440, fact), 0..9);
    marks.prop_map(|marks| {
        let mut marks: Vec<_> = marks;
        marks.sort_by_key(|(minute, _)| *minute);
        let numbered = (2_i64..).zip(marks);
        numbered.map(|(n, (minute, fact))| Mark { at: START.plus_seconds(minute * 60), n, fact }).collect()
    })
}

/// 2025-10-30T05:00Z.
const START: At = At(jiff::Timestamp::constant(1761800400, 0));

fn promises() -> impl Strategy<Value = Promise> {
    let target = prop_oneof![
        (1_i64..1_500).prop_map(|minutes| Target::new(minutes * 60, Base::Working)),
        (1_i64..5_000).prop_map(|minutes| Target::new(minutes * 60, Base::Calendar)),
        (1_i64..5).prop_map(|days| Target::new(days, Base::Days)),
        (1_i64..5).prop_map(|days| Target::new(days, Base::CalendarDaysNext)),
    ];
    target.prop_map(|target| Promise {
        target: target.expect("in range"),
        started_at: START,
        ..promised("1h", Base::Working, "2025-10-30T05:00Z")
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn t50_agrees_with_a_counter_that_steps_by_minutes(
        first in promises().prop_filter("in seconds", |promise| promise.target.base().is_in_seconds()),
        marks in histories(), now in 0_i64..5 * 1_440,
    ) {
        let now = START.plus_seconds(now * 60);
        let marks: Vec<Mark> = marks.into_iter().filter(|mark| mark.at <= now).collect();
        let (found, counted) = (judge(&first, &marks, &Two::new(), now), Counter::run(&first, &marks, now.as_second()));
        prop_assert_eq!(found.state, counted.state());
        prop_assert_eq!(found.breached_at.map(|at| at.as_second()), counted.breached);
        prop_assert_eq!(found.settled_at.map(|at| at.as_second()), counted.settled.or(counted.cancelled));
    }

    /// T46: in whatever order events are learned of.
    #[test]
    fn t46_the_order_of_arrival_does_not_matter(
        (marks, shuffled) in histories().prop_flat_map(|marks| (Just(marks.clone()), Just(marks).prop_shuffle())),
        first in promises(), now in 0_i64..5 * 1_440,
    ) {
        let now = START.plus_seconds(now * 60);
        prop_assert_eq!(judge(&first, &marks, &Two::new(), now), judge(&first, &shuffled, &Two::new(), now));
    }

    /// Told as it happens, with any number of looks between, and told at once.
    #[test]
    fn t50_from_scratch_equals_step_by_step(first in promises(), marks in histories(), looks in prop::collection::vec(0_i64..7_000, 0..5)) {
        let (two, end) = (Two::new(), START.plus_seconds(7_200 * 60));
        let mut breaches = std::collections::BTreeSet::new();
        for known in 0..=marks.len() {
            let until = marks.get(known).map_or(end, |mark| mark.at);
            let from = if known == 0 { START } else { marks[known - 1].at };
            for look in looks.iter().map(|minute| START.plus_seconds(minute * 60)).filter(|look| (from..until).contains(look)) {
                breaches.extend(judge(&first, &marks[..known], &two, look).breached_at);
            }
        }
        let verdict = judge(&first, &marks, &two, end);
        prop_assert_eq!(&verdict, &judge(&first, &marks, &two, end), "again is the same");
        // Whoever looked on the way saw no breach that was not one, and none at another time.
        prop_assert!(breaches.iter().all(|seen| Some(*seen) == verdict.breached_at));
    }

    /// A longer target, a later start and a pause more never bring the due time nearer.
    #[test]
    fn t50_due_times_are_monotonic(first in promises(), more in 1_i64..4, from in 1_i64..3_000, length in 1_i64..3_000) {
        let two = Two::new();
        let due = |promise: &Promise, marks: &[Mark]| judge(promise, marks, &two, START).due_at;
        let longer = Target::new(first.target.amount() + more * if first.target.base().is_in_seconds() { 600 } else { 1 }, first.target.base());
        let longer = Promise { target: longer.expect("in range"), ..first.clone() };
        prop_assert!(due(&longer, &[]) >= due(&first, &[]));
        let later = Promise { started_at: START.plus_seconds(more * 3_600), ..first.clone() };
        prop_assert!(due(&later, &[]) >= due(&first, &[]));
        let (from, to) = (START.plus_seconds(from * 60), START.plus_seconds((from + length) * 60));
        let pause = [Mark { at: from, n: 2, fact: paused() }, Mark { at: to, n: 3, fact: Fact::Resumed }];
        prop_assert!(judge(&first, &pause, &two, to).due_at >= due(&first, &[]));
        let verdict = judge(&first, &pause, &two, to);
        if first.target.base().is_in_seconds() {
            let counted = explain(&verdict, &two).counted;
            prop_assert_eq!(counted.iter().map(|piece| piece.seconds).sum::<i64>(), first.target.amount());
        }
    }

    #[test]
    fn targets_survive_printing(
        amount in 1_i64..94_608_000, base in prop_oneof![Just(Base::Working), Just(Base::Calendar)],
    ) {
        let target = Target::new(amount, base).expect("in range");
        prop_assert_eq!(Target::parse(&target.to_string(), base), Ok(target));
    }
}
