//! Cases are numbered as in the project's deadline study.

use proptest::collection::{btree_set, vec};
use proptest::prelude::*;

use super::*;

/// Federal days off, working Saturdays and short days of 2025 and 2026, as `date,kind`.
const PRODUCTION_CALENDAR: &str = "\
2025-01-01,holiday
2025-01-02,holiday
2025-01-03,holiday
2025-01-04,holiday
2025-01-05,holiday
2025-01-06,holiday
2025-01-07,holiday
2025-01-08,holiday
2025-02-23,holiday
2025-03-07,short
2025-03-08,holiday
2025-04-30,short
2025-05-01,holiday
2025-05-02,holiday
2025-05-08,holiday
2025-05-09,holiday
2025-06-11,short
2025-06-12,holiday
2025-06-13,holiday
2025-11-01,working
2025-11-01,short
2025-11-03,holiday
2025-11-04,holiday
2025-12-31,holiday
2026-01-01,holiday
2026-01-02,holiday
2026-01-03,holiday
2026-01-04,holiday
2026-01-05,holiday
2026-01-06,holiday
2026-01-07,holiday
2026-01-08,holiday
2026-01-09,holiday
2026-02-23,holiday
2026-03-08,holiday
2026-03-09,holiday
2026-04-30,short
2026-05-01,holiday
2026-05-08,short
2026-05-09,holiday
2026-05-11,holiday
2026-06-11,short
2026-06-12,holiday
2026-11-03,short
2026-11-04,holiday
2026-12-31,holiday";

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().expect("a timestamp")
}

pub(crate) fn pauses(spans: &[(&str, &str)]) -> Pauses {
    Pauses::new(spans.iter().map(|(from, to)| Span { from: at(from), to: at(to) }))
}

fn texts(windows: &[&str]) -> Vec<String> {
    windows.iter().map(|window| (*window).to_owned()).collect()
}

/// The same windows on the weekdays of `on` (0 is Monday).
fn spec(zone: &str, on: std::ops::RangeInclusive<usize>, windows: &[&str]) -> CalendarSpec {
    let day = |day: usize| {
        if on.contains(&day) { texts(windows) } else { Vec::new() }
    };
    CalendarSpec {
        id: "test".to_owned(),
        title: "Test".to_owned(),
        zone: zone.to_owned(),
        week: WeekSpec {
            mon: day(0),
            tue: day(1),
            wed: day(2),
            thu: day(3),
            fri: day(4),
            sat: day(5),
            sun: day(6),
            extra: Vec::new(),
        },
        short: None,
        days: Vec::new(),
    }
}

fn row(date: &str, kind: DayKind) -> DayRow {
    DayRow { date: date.parse().expect("a date"), kind, note: String::new() }
}

fn omsk_spec() -> CalendarSpec {
    let mut spec = spec("Asia/Omsk", 0..=4, &["09:00-13:00", "14:00-18:00"]);
    spec.id = "omsk".to_owned();
    spec.week.extra = texts(&["09:00-13:00", "14:00-18:00"]);
    spec.short = Some("17:00".to_owned());
    spec.days = PRODUCTION_CALENDAR
        .lines()
        .map(|line| match line.split_once(',').expect("two columns") {
            (date, "holiday") => row(date, DayKind::Holiday),
            (date, "working") => row(date, DayKind::Working),
            (date, _) => row(date, DayKind::Short),
        })
        .collect();
    spec
}

/// Mon-Fri 09-13 and 14-18 in Omsk, with the production calendar.
pub(crate) fn omsk() -> Calendar {
    omsk_spec().build().expect("a valid calendar")
}

fn open(zone: &str, on: std::ops::RangeInclusive<usize>, windows: &[&str]) -> Calendar {
    spec(zone, on, windows).build().expect("a valid calendar")
}

fn round_the_clock(zone: &str) -> Calendar {
    open(zone, 0..=6, &["00:00-24:00"])
}

const HOUR: i64 = 3600;

#[test]
fn a_calendar_says_when_it_opens() {
    let calendar = omsk();
    for (case, at_, opens) in [
        ("inside a window", "2025-10-15T04:00Z", "2025-10-15T04:00Z"),
        ("at the opening", "2025-10-15T03:00Z", "2025-10-15T03:00Z"),
        ("a second before it", "2025-10-15T02:59:59Z", "2025-10-15T03:00Z"),
        ("at the closing for lunch", "2025-10-15T07:00Z", "2025-10-15T08:00Z"),
        ("in the evening", "2025-10-15T12:00Z", "2025-10-16T03:00Z"),
        ("on a Sunday", "2025-10-19T06:00Z", "2025-10-20T03:00Z"),
        ("before a working Saturday", "2025-10-31T12:00Z", "2025-11-01T03:00Z"),
        ("before moved days off", "2025-11-01T11:00Z", "2025-11-05T03:00Z"),
        ("in the New Year's days", "2026-01-05T06:00Z", "2026-01-12T03:00Z"),
    ] {
        assert_eq!(calendar.opens(at(at_)), Ok(at(opens)), "{case}");
    }
    let (night, day) = (at("2026-01-01T19:00Z"), at("2026-01-02T05:00Z"));
    assert_eq!(round_the_clock("Asia/Omsk").opens(night), Ok(night));
    let shift = open("Asia/Omsk", 0..=4, &["22:00-06:00"]);
    assert_eq!(shift.opens(day), Ok(at("2026-01-02T16:00Z")));
    assert_eq!(shift.opens(at("2026-01-02T23:00Z")), Ok(at("2026-01-02T23:00Z")), "Saturday five in the morning");
    assert_eq!(omsk().opens(Timestamp::MAX), Err(HorizonExceeded));
}

#[test]
fn t01_to_t14_plain_cases() {
    let calendar = omsk();
    for (case, start, hours, due) in [
        ("T01 inside hours", "2025-10-15T04:00Z", 2, "2025-10-15T06:00Z"),
        ("T02 across lunch", "2025-10-15T06:00Z", 2, "2025-10-15T09:00Z"),
        ("T03 before opening", "2025-10-15T01:30Z", 1, "2025-10-15T04:00Z"),
        ("T04 arrives at closing", "2025-10-15T12:00Z", 1, "2025-10-16T04:00Z"),
        ("T05 ends at closing", "2025-10-15T10:00Z", 2, "2025-10-15T12:00Z"),
        ("T06 Friday evening", "2025-10-17T11:30Z", 1, "2025-10-20T03:30Z"),
        ("T07 Sunday UTC, Monday Omsk", "2025-10-19T20:00Z", 1, "2025-10-20T04:00Z"),
        ("T08 Friday UTC, Saturday Omsk", "2025-10-17T18:30Z", 1, "2025-10-20T04:00Z"),
        ("T09 working Saturday", "2025-10-31T11:30Z", 1, "2025-11-01T03:30Z"),
        ("T10 short day, days off", "2025-11-01T10:30Z", 1, "2025-11-05T03:30Z"),
        ("T11 New Year block", "2025-12-30T11:00Z", 2, "2026-01-12T04:00Z"),
        ("T12 created inside it", "2026-01-05T06:00Z", 1, "2026-01-12T04:00Z"),
        ("T13 observed 9 March", "2026-03-06T11:00Z", 2, "2026-03-10T04:00Z"),
        ("T14 a working week", "2025-10-13T03:00Z", 40, "2025-10-17T12:00Z"),
    ] {
        let (start, due) = (at(start), at(due));
        assert_eq!(calendar.due(start, hours * HOUR, &Pauses::NONE), Ok(due), "{case}");
        assert_eq!(calendar.worked(start, due, &Pauses::NONE).as_secs(), hours * HOUR, "{case}");
        assert_eq!(calendar.worked(due, start, &Pauses::NONE).as_secs(), -hours * HOUR, "{case}");
    }
}

#[test]
fn t15_to_t20_pauses() {
    let calendar = omsk();
    let touching = [("2025-10-15T05:30Z", "2025-10-15T06:00Z"), ("2025-10-15T05:00Z", "2025-10-15T05:30Z")];
    for (case, start, spans, due) in [
        ("T15 a day", "2025-10-15T04:00Z", &[("2025-10-15T05:00Z", "2025-10-16T05:00Z")][..], "2025-10-16T09:00Z"),
        ("T16 off hours", "2025-10-15T10:00Z", &[("2025-10-15T13:00Z", "2025-10-15T20:00Z")], "2025-10-16T05:00Z"),
        ("T17 touching", "2025-10-15T04:00Z", &touching, "2025-10-15T10:00Z"),
        ("T18 moved days", "2025-10-31T11:00Z", &[("2025-10-31T11:30Z", "2025-11-05T04:00Z")], "2025-11-05T08:30Z"),
        ("T19 created paused", "2025-10-15T04:00Z", &[("2025-10-15T04:00Z", "2025-10-15T09:00Z")], "2025-10-16T04:00Z"),
        ("T20 reopened", "2025-10-15T03:00Z", &[("2025-10-15T06:00Z", "2025-10-16T04:00Z")], "2025-10-16T05:00Z"),
    ] {
        let pauses = pauses(spans);
        assert_eq!(calendar.due(at(start), 4 * HOUR, &pauses), Ok(at(due)), "{case}");
        assert_eq!(calendar.worked(at(start), at(due), &pauses).as_secs(), 4 * HOUR, "{case}");
    }
    assert_eq!(pauses(&touching).spans(), pauses(&[("2025-10-15T05:00Z", "2025-10-15T06:00Z")]).spans());
}

#[test]
fn t21_to_t25_nights_and_clock_changes() {
    let night = open("Asia/Omsk", 0..=4, &["22:00-06:00"]);
    let sunday = open("Europe/Berlin", 6..=6, &["01:00-05:00"]);
    let berlin = round_the_clock("Europe/Berlin");
    for (case, calendar, start, seconds, due) in [
        ("T21", &night, "2025-10-17T17:00Z", 10 * HOUR, "2025-10-20T19:00Z"),
        ("T22", &round_the_clock("Asia/Omsk"), "2025-12-31T17:00Z", 2 * HOUR, "2025-12-31T19:00Z"),
        ("T23", &berlin, "2026-03-28T22:00Z", 4 * HOUR, "2026-03-29T02:00Z"),
        ("T24", &berlin, "2026-10-24T22:30Z", 3 * HOUR, "2026-10-25T01:30Z"),
        ("T25", &sunday, "2026-03-28T23:00Z", 7 * HOUR / 2, "2026-04-04T23:30Z"),
    ] {
        assert_eq!(calendar.due(at(start), seconds, &Pauses::NONE), Ok(at(due)), "{case}");
    }
    // The same without the shortcut for calendars that never close.
    let mut walked = berlin;
    walked.always = false;
    assert_eq!(walked.due(at("2026-03-28T22:00Z"), 4 * HOUR, &Pauses::NONE), Ok(at("2026-03-29T02:00Z")));
    assert_eq!(walked.due(at("2026-10-24T22:30Z"), 3 * HOUR, &Pauses::NONE), Ok(at("2026-10-25T01:30Z")));
}

#[test]
fn edges_in_a_clock_change_move_forward_or_come_first() {
    let length = |windows: &[&str], date: &str| {
        let (from, to) = (format!("{date}T00:00Z"), format!("{date}T12:00Z"));
        open("Europe/Berlin", 6..=6, windows).worked(at(&from), at(&to), &Pauses::NONE).as_secs()
    };
    assert_eq!(length(&["02:15-02:45"], "2026-03-29"), 30 * 60);
    assert_eq!(length(&["02:30-04:00"], "2026-03-29"), 30 * 60);
    assert_eq!(length(&["02:00-02:45", "03:00-04:00"], "2026-03-29"), HOUR);
    assert_eq!(length(&["02:30-03:00"], "2026-03-29"), 0);
    assert_eq!(length(&["02:15-02:45"], "2026-10-25"), 30 * 60);
    assert_eq!(length(&["02:30-04:00"], "2026-10-25"), 2 * HOUR + HOUR / 2);
}

#[test]
fn t26_t27_warnings_come_in_working_time() {
    let calendar = omsk();
    for (due, seconds, warn) in [
        ("2025-10-16T03:30Z", HOUR, "2025-10-15T11:30Z"),
        ("2025-11-05T03:30Z", HOUR, "2025-11-01T10:30Z"),
        // Half an hour before 09:30 is 09:00, not the evening before: the latest such instant.
        ("2025-10-16T03:30Z", HOUR / 2, "2025-10-16T03:00Z"),
        ("2025-10-16T03:30Z", 0, "2025-10-16T03:30Z"),
        ("2026-01-12T03:30Z", 40 * HOUR, "2025-12-24T03:30Z"),
    ] {
        let warn = at(warn);
        assert_eq!(calendar.warn(at(due), seconds), Ok(warn));
        assert_eq!(calendar.worked(warn, at(due), &Pauses::NONE).as_secs(), seconds);
    }
}

#[test]
fn t28_shares_of_a_target() {
    let (calendar, start) = (omsk(), at("2025-10-15T11:00Z"));
    assert_eq!(calendar.due(start, 3 * HOUR, &Pauses::NONE), Ok(at("2025-10-16T05:00Z")));
    assert_eq!(calendar.due(start, 4 * HOUR, &Pauses::NONE), Ok(at("2025-10-16T06:00Z")));
}

#[test]
fn nothing_to_do_is_due_at_once() {
    let sunday = at("2025-10-19T05:00Z");
    assert_eq!(omsk().due(sunday, 0, &Pauses::NONE), Ok(sunday));
    assert_eq!(omsk().due(sunday, -1, &Pauses::NONE), Ok(sunday));
    assert_eq!(due_around_the_clock(sunday, 0, &Pauses::NONE), Ok(sunday));
}

#[test]
fn t41_every_fault_is_reported() {
    let mut spec = spec("Asia/Omks", 0..=0, &["12:00-15:00", "09:00-13:00", "18:00-18:00", "9-18"]);
    spec.week.sun = texts(&["23:00-12:30"]);
    spec.short = Some("soon".to_owned());
    spec.days = vec![
        row("2026-01-01", DayKind::Holiday),
        row("2026-01-01", DayKind::Working),
        row("2026-01-02", DayKind::Holiday),
        row("2026-01-02", DayKind::Short),
        row("2026-01-03", DayKind::Working),
        row("2026-01-06", DayKind::Short),
    ];
    let faults = spec.build().expect_err("faults");
    let messages: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert_eq!(
        messages,
        [
            r#"unknown time zone "Asia/Omks""#,
            r#"mon: window "18:00-18:00" ends when it starts: a whole day is 00:00-24:00"#,
            r#"mon: "9-18" is not a window: write it as 09:00-13:00"#,
            "mon: windows 09:00-13:00 and 12:00-15:00 overlap",
            "sun: windows 23:00-12:30 and 09:00-13:00 overlap",
            r#""soon" is not a way to shorten a day: write a closing time such as 17:00, or a duration such as 1h"#,
            "2026-01-01 is both a holiday and a working day",
            "2026-01-02 is short, but it is a day off",
            "2026-01-03 is a working day, but neither its weekday nor `extra` has windows",
            "2026-01-06 is short, but it is a day off",
        ]
    );
}

#[test]
fn t41_no_working_time_and_special_days() {
    let empty = spec("Asia/Omsk", 0..=0, &[]);
    assert_eq!(empty.build(), Err(vec![CalendarFault::NoWorkingTime]));

    let mut night = spec("Asia/Omsk", 4..=4, &["22:00-06:00"]);
    night.week.extra = texts(&["05:00-09:00"]);
    night.days = vec![row("2026-01-10", DayKind::Working)];
    let faults = night.build().expect_err("the night of Friday runs into the working Saturday");
    assert_eq!(faults[0].to_string(), "2026-01-10: windows 22:00-06:00 and 05:00-09:00 overlap");
    assert_eq!(faults.len(), 1);

    let shifts = spec("Asia/Omsk", 2..=2, &["20:00-04:00", "22:00-23:00"]);
    let faults = shifts.build().expect_err("the second shift lies within the first");
    assert_eq!(faults[0].to_string(), "wed: windows 20:00-04:00 and 22:00-23:00 overlap");

    let mut early = spec("Asia/Omsk", 0..=4, &["09:00-18:00"]);
    early.short = Some("08:00".to_owned());
    early.days = vec![row("2026-04-30", DayKind::Short)];
    let nothing = CalendarFault::NothingLeft("2026-04-30".parse().expect("a date"));
    assert_eq!(early.build(), Err(vec![nothing]));
}

#[test]
fn t41_a_search_ends_at_the_horizon() {
    let (calendar, start) = (omsk(), at("2025-10-15T04:00Z"));
    assert_eq!(calendar.due(start, i64::MAX, &Pauses::NONE), Err(HorizonExceeded));
    assert_eq!(calendar.warn(start, i64::MAX), Err(HorizonExceeded));
    let forever = pauses(&[("2025-10-15T05:00Z", "2035-10-15T05:00Z")]);
    assert_eq!(calendar.due(start, 4 * HOUR, &forever), Err(HorizonExceeded));
    assert_eq!(due_around_the_clock(start, 4 * HOUR, &forever), Err(HorizonExceeded));
    assert_eq!(calendar.end_of_working_days(start, 3, &forever), Err(HorizonExceeded));
    assert_eq!(calendar.end_of_working_days(start, u32::MAX, &Pauses::NONE), Err(HorizonExceeded));
    assert_eq!(calendar.end_of_calendar_days(start, u32::MAX, Roll::Next, &Pauses::NONE), Err(HorizonExceeded));
    assert_eq!(calendar.due(Timestamp::MAX, 1, &Pauses::NONE), Err(HorizonExceeded));
    assert_eq!(calendar.warn(Timestamp::MIN, 1), Err(HorizonExceeded));
}

#[test]
fn windows_read_and_print() {
    for (text, printed) in [
        ("09:00-13:00", "09:00-13:00"),
        (" 09:00 - 13:00:30 ", "09:00-13:00:30"),
        ("22:00-06:00", "22:00-06:00"),
        ("00:00-24:00", "00:00-24:00"),
        ("22:00-00:00", "22:00-24:00"),
    ] {
        let window: Window = text.parse().expect(text);
        assert_eq!(window.to_string(), printed);
        assert_eq!(printed.parse(), Ok(window));
    }
    for text in ["", "09:00", "9:00-13:00", "09:00-25:00", "24:00-06:00", "09:00-13:60", "09:00:00:00-10:00"] {
        assert_eq!(text.parse::<Window>(), Err(WindowFault::Malformed(text.to_owned())));
    }
    for text in ["09:00-09:00", "00:00-00:00"] {
        assert_eq!(text.parse::<Window>(), Err(WindowFault::Empty(text.to_owned())));
    }
}

#[test]
fn t43_seconds_are_kept() {
    let day = |window| {
        let calendar = open("Asia/Omsk", 2..=2, &[window]);
        calendar.worked(at("2025-10-13T00:00Z"), at("2025-10-18T00:00Z"), &Pauses::NONE).as_secs()
    };
    assert_eq!(day("00:00-24:00") - day("00:00-23:59"), 60);
    let pauses = pauses(&[("2025-10-15T05:00:10Z", "2025-10-15T05:00:17Z")]);
    assert_eq!(omsk().due(at("2025-10-15T04:00:05Z"), 2 * HOUR, &pauses), Ok(at("2025-10-15T06:00:12Z")));
}

#[test]
fn t47_the_zone_of_the_time() {
    let noon = open("Asia/Omsk", 0..=6, &["12:00-13:00"]);
    for (start, due) in [("2014-10-24T20:00Z", "2014-10-25T05:00:01Z"), ("2014-10-26T20:00Z", "2014-10-27T06:00:01Z")] {
        assert_eq!(noon.due(at(start), 1, &Pauses::NONE), Ok(at(due)));
    }
}

#[test]
fn t48_terms_in_days() {
    let (calendar, start) = (omsk(), at("2025-12-30T11:00Z"));
    for (days, roll, due) in [
        (1, Roll::None, "2025-12-31T17:59:59Z"),
        (1, Roll::Next, "2026-01-12T17:59:59Z"),
        (1, Roll::Previous, "2025-12-30T17:59:59Z"),
        (0, Roll::Next, "2025-12-30T17:59:59Z"),
        (30, Roll::None, "2026-01-29T17:59:59Z"),
    ] {
        assert_eq!(calendar.end_of_calendar_days(start, days, roll, &Pauses::NONE), Ok(at(due)), "{days} {roll:?}");
    }
    // The working day before lies before the start: a term cannot end before it begins.
    let inside = at("2026-01-05T06:00Z");
    let rolled = calendar.end_of_calendar_days(inside, 1, Roll::Previous, &Pauses::NONE);
    assert_eq!(rolled, Ok(at("2026-01-12T17:59:59Z")));

    let thursday = [("2026-01-14T05:00Z", "2026-01-15T05:00Z")];
    for (start, days, spans, due) in [
        (start, 1, &[][..], "2026-01-12T17:59:59Z"),
        (inside, 1, &[], "2026-01-12T17:59:59Z"),
        (inside, 7, &[], "2026-01-20T17:59:59Z"),
        (inside, 7, &thursday, "2026-01-21T17:59:59Z"),
        (inside, 0, &[], "2026-01-05T17:59:59Z"),
        (at("2026-01-12T17:59:59Z"), 1, &[], "2026-01-13T17:59:59Z"),
        (at("2026-01-12T18:00:00Z"), 1, &[], "2026-01-14T17:59:59Z"),
    ] {
        let pauses = pauses(spans);
        assert_eq!(calendar.end_of_working_days(start, days, &pauses), Ok(at(due)), "{start} {days}");
    }
}

#[test]
fn the_production_calendar_adds_up() {
    let calendar = omsk();
    // Check sums published with the calendar: working days, and hours of a 40-hour week.
    for (year, days, hours) in [(2025, 247, 1972), (2026, 247, 1972)] {
        let first = jiff::civil::date(year, 1, 1);
        let dates = first.series(1.day()).take_while(|date| date.year() == year);
        assert_eq!(dates.filter(|date| calendar.is_working_day(*date)).count(), days);
        let instant = |date: Date| date.to_zoned(calendar.zone().clone()).expect("a date").timestamp();
        let (from, to) = (instant(first), instant(jiff::civil::date(year + 1, 1, 1)));
        assert_eq!(calendar.worked(from, to, &Pauses::NONE).as_secs(), hours * HOUR);
    }
}

#[test]
fn a_round_the_clock_calendar_may_have_days_off() {
    let mut spec = spec("Asia/Omsk", 0..=6, &["00:00-24:00"]);
    spec.days = vec![row("2026-01-01", DayKind::Holiday)];
    let calendar = spec.build().expect("a valid calendar");
    let due = calendar.due(at("2025-12-31T17:00Z"), 2 * HOUR, &Pauses::NONE);
    assert_eq!(due, Ok(at("2026-01-01T19:00Z")));
}

#[test]
fn short_days_by_time_and_by_amount() {
    let windows = |short: Option<&str>, week: &[&str], date: &str| {
        let mut spec = spec("Asia/Omsk", 0..=4, week);
        spec.short = short.map(str::to_owned);
        spec.days = vec![row(date, DayKind::Short)];
        let calendar = spec.build().expect("a valid calendar");
        let windows = calendar.windows(date.parse().expect("a date"));
        windows.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let (date, day) = ("2026-04-30", ["09:00-13:00", "14:00-18:00"]);
    assert_eq!(windows(None, &day, date), day);
    assert_eq!(windows(Some("17:00"), &day, date), ["09:00-13:00", "14:00-17:00"]);
    assert_eq!(windows(Some("1h"), &day, date), ["09:00-13:00", "14:00-17:00"]);
    assert_eq!(windows(Some("13:30"), &day, date), ["09:00-13:00"]);
    assert_eq!(windows(Some("19:00"), &day, date), day);
    assert_eq!(windows(Some("1h"), &["22:00-06:00"], date), ["22:00-05:00"]);
    assert_eq!(windows(Some("8h"), &["22:00-06:30"], date), ["22:00-22:30"]);
}

#[test]
fn a_spec_is_a_json_document() {
    let text = r#"{
        "id": "omsk", "title": "Омск", "zone": "Asia/Omsk",
        "week": {"mon": ["09:00-18:00"], "extra": ["10:00-15:00"]},
        "short": "1h",
        "days": [{"date": "2025-11-01", "kind": "working", "note": "moved"}, {"date": "2025-11-01", "kind": "short"}]
    }"#;
    let spec: CalendarSpec = serde_json::from_str(text).expect("a spec");
    let written = serde_json::to_string(&spec).expect("json");
    assert_eq!(serde_json::from_str::<CalendarSpec>(&written).expect("a spec"), spec);
    let calendar = spec.build().expect("a valid calendar");
    assert_eq!((calendar.id(), calendar.title(), calendar.zone_name()), ("omsk", "Омск", "Asia/Omsk"));
    let saturday: Vec<_> = calendar.windows(jiff::civil::date(2025, 11, 1)).iter().map(ToString::to_string).collect();
    assert_eq!(saturday, ["10:00-14:00"]);
    assert!(serde_json::from_str::<CalendarSpec>(&text.replace("mon", "moon")).is_err());
}

/// An independent reading of a calendar, by the wall clock of one instant at a time. It agrees with
/// the edges-to-UTC rule as long as no edge lies inside the repeated or the skipped hour, which the
/// generator below sees to.
pub(crate) struct Oracle<'a> {
    pub calendar: &'a Calendar,
    pub pauses: &'a [(i64, i64)],
}

impl Oracle<'_> {
    pub(crate) fn works(&self, second: i64) -> bool {
        if self.pauses.iter().any(|(from, to)| (*from..*to).contains(&second)) {
            return false;
        }
        let wall = self.calendar.zone.to_datetime(Timestamp::from_second(second).expect("in range"));
        let (today, time) = (wall.date(), wall.time());
        let yesterday = today.yesterday().expect("a date");
        let open = |window: &Window| time >= window.opens && (window.overnight || time < window.closes);
        let still_open = |window: &Window| window.overnight && time < window.closes;
        self.calendar.windows(today).iter().any(open) || self.calendar.windows(yesterday).iter().any(still_open)
    }

    /// A minute where nothing can change, else a second.
    fn step(&self, second: i64, limit: i64) -> i64 {
        let inside = |edge: i64| second < edge && edge < second + 60;
        let edges = self.pauses.iter().any(|(from, to)| inside(*from) || inside(*to));
        if second % 60 != 0 || edges || limit < 60 { 1 } else { 60 }
    }

    fn worked(&self, from: i64, to: i64) -> i64 {
        let (mut now, mut sum) = (from, 0);
        while now < to {
            let step = self.step(now, to - now);
            sum += if self.works(now) { step } else { 0 };
            now += step;
        }
        sum
    }

    fn due(&self, start: i64, seconds: i64, limit: i64) -> Option<i64> {
        let (mut now, mut left) = (start, seconds);
        while now < limit {
            let step = self.step(now, left);
            left -= if self.works(now) { step } else { 0 };
            now += step;
            if left == 0 {
                return Some(now);
            }
        }
        None
    }
}

/// Any windows on half hours, the last one perhaps through the night, in zones with and without
/// clock changes.
fn calendars() -> impl Strategy<Value = Calendar> {
    // 02:30 is skipped in both zones and repeated in Berlin; 01:30 is repeated in New York.
    let edge = (0_u32..48).prop_filter("not inside a clock change", |edge| ![3, 5].contains(edge));
    let day = btree_set(edge, 0..=5).prop_map(|edges| {
        let text = |edge: u32| format!("{:02}:{:02}", edge / 2, edge % 2 * 30);
        let edges: Vec<u32> = edges.into_iter().collect();
        let window = |pair: &[u32]| match pair {
            [from, to] => format!("{}-{}", text(*from), text(*to)),
            [from] if *from > 36 => format!("{}-03:00", text(*from)),
            _ => format!("{}-24:00", text(pair[0])),
        };
        edges.chunks(2).map(window).collect::<Vec<String>>()
    });
    let rows = vec((0_i32..14, prop_oneof![Just(DayKind::Holiday), Just(DayKind::Working)]), 0..4);
    let zone = prop_oneof![Just("Asia/Omsk"), Just("Europe/Berlin"), Just("America/New_York")];
    (vec(day, 8), rows, zone).prop_filter_map("a valid calendar", |(days, rows, zone)| {
        let mut spec = spec(zone, 0..=6, &[]);
        let [mon, tue, wed, thu, fri, sat, sun, extra] = days.try_into().ok()?;
        spec.week = WeekSpec { mon, tue, wed, thu, fri, sat, sun, extra };
        let first = jiff::civil::date(2026, 3, 23);
        spec.days = rows
            .into_iter()
            .map(|(day, kind)| DayRow { date: first.saturating_add(day.days()), kind, note: String::new() })
            .collect();
        spec.build().ok()
    })
}

/// Within a fortnight around the change to summer time in Berlin, or to winter time.
fn starts() -> impl Strategy<Value = i64> {
    let base = prop_oneof![Just("2026-03-23T00:00Z"), Just("2026-10-20T00:00Z"), Just("2026-03-05T00:00Z")];
    (base, 0_i64..10 * 86_400, any::<bool>())
        .prop_map(|(base, offset, whole)| at(base).as_second() + if whole { offset / 1800 * 1800 } else { offset })
}

/// Offsets from a start and lengths, both in seconds.
fn breaks() -> impl Strategy<Value = Vec<(i64, i64)>> {
    vec((-7200_i64..3 * 86_400, prop_oneof![0_i64..90, 0_i64..86_400]), 0..4)
}

fn spans(start: i64, breaks: &[(i64, i64)]) -> Vec<(i64, i64)> {
    breaks.iter().map(|(offset, length)| (start + offset, start + offset + length)).collect()
}

fn joined(spans: &[(i64, i64)]) -> Pauses {
    let instant = |second: i64| Timestamp::from_second(second).expect("in range");
    Pauses::new(spans.iter().map(|(from, to)| Span { from: instant(*from), to: instant(*to) }))
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config(96))]

    #[test]
    fn agrees_with_counting_minutes(
        calendar in calendars(), start in starts(), seconds in 1_i64..100_000, breaks in breaks(),
    ) {
        let spans = spans(start, &breaks);
        let (pauses, oracle) = (joined(&spans), Oracle { calendar: &calendar, pauses: &spans });
        let from = Timestamp::from_second(start).expect("in range");
        let limit = start + 12 * 86_400;
        if let Some(due) = oracle.due(start, seconds, limit) {
            let found = calendar.due(from, seconds, &pauses);
            prop_assert_eq!(found.map(Timestamp::as_second), Ok(due));
        }
        let to = start + 5 * seconds;
        let worked = calendar.worked(from, Timestamp::from_second(to).expect("in range"), &pauses);
        prop_assert_eq!(worked.as_secs(), oracle.worked(start, to));
    }
}

proptest! {
    #![proptest_config(config(256))]

    #[test]
    fn t50_due_and_worked_are_inverse_and_monotonic(
        calendar in calendars(), start in starts(), seconds in 1_i64..400_000,
        more in 1_i64..100_000, breaks in breaks(),
    ) {
        let from = Timestamp::from_second(start).expect("in range");
        let later = Timestamp::from_second(start + more).expect("in range");
        let pauses = joined(&spans(start, &breaks));
        let due = calendar.due(from, seconds, &pauses).expect("a due time");
        prop_assert_eq!(calendar.worked(from, due, &pauses).as_secs(), seconds);
        let second = SignedDuration::from_secs(1);
        prop_assert_eq!(calendar.worked(from, due - second, &pauses).as_secs(), seconds - 1);
        prop_assert!(calendar.due(from, seconds + more, &pauses).expect("a due time") > due);
        prop_assert!(calendar.due(later, seconds, &pauses).expect("a due time") >= due);
        let fewer = joined(&spans(start, &breaks[breaks.len().min(1)..]));
        prop_assert!(calendar.due(from, seconds, &fewer).expect("a due time") <= due);
        let plain = due_around_the_clock(from, seconds, &pauses).expect("a due time");
        prop_assert!(plain <= due);
    }

    #[test]
    fn a_warning_is_the_latest_instant_that_leaves_enough(
        calendar in calendars(), due in starts(), seconds in 1_i64..400_000,
    ) {
        let due = Timestamp::from_second(due).expect("in range");
        let warn = calendar.warn(due, seconds).expect("a warning");
        let second = SignedDuration::from_secs(1);
        prop_assert_eq!(calendar.worked(warn, due, &Pauses::NONE).as_secs(), seconds);
        prop_assert_eq!(calendar.worked(warn + second, due, &Pauses::NONE).as_secs(), seconds - 1);
    }

    #[test]
    fn working_time_adds_up(
        calendar in calendars(), start in starts(), a in 0_i64..500_000, b in 0_i64..500_000,
        breaks in breaks(),
    ) {
        let instant = |offset| Timestamp::from_second(start + offset).expect("in range");
        let pauses = joined(&spans(start, &breaks));
        let (first, second) = (
            calendar.worked(instant(0), instant(a), &pauses),
            calendar.worked(instant(a), instant(a + b), &pauses),
        );
        prop_assert_eq!(first + second, calendar.worked(instant(0), instant(a + b), &pauses));
    }

    #[test]
    fn a_day_more_or_a_pause_more_is_never_sooner(
        calendar in calendars(), start in starts(), days in 1_u32..12, breaks in breaks(),
    ) {
        let from = Timestamp::from_second(start).expect("in range");
        let pauses = joined(&spans(start, &breaks));
        let due = |days, pauses: &Pauses| {
            calendar.end_of_working_days(from, days, pauses).expect("a due time")
        };
        prop_assert!(due(days + 1, &pauses) > due(days, &pauses));
        prop_assert!(due(days, &pauses) >= due(days, &Pauses::NONE));
        prop_assert!(due(days, &Pauses::NONE) > from);
    }
}
