//! Working time agrees with what others compute: deadlines with PyPI `businesstimedelta`, days off with PyPI `holidays`.
//!
//! `tests/run` installs both; without them these tests fail. Where a target ends at the very instant of closing, it is due then, and not
//! at the next opening (T05 of the project's deadline study); `businesstimedelta` says so too.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use otklik::domain::calendar::{Calendar, CalendarSpec, Pauses};
use otklik::domain::policy::files;
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::harness::server::city_files;

/// How many deadlines are compared; never fewer than a thousand.
const CASES: usize = 1200;
/// The zones they are in: the one has no offset, the other has one and no summer time.
const ZONES: [&str; 2] = ["UTC", "Asia/Omsk"];
const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// The windows of each weekday, in minutes from midnight.
type Week = Vec<Vec<(u32, u32)>>;

/// Up to three windows a day, some days off.
fn weeks() -> impl Strategy<Value = Week> {
    let day = btree_set(0..24 * 60_u32, 0..=6).prop_map(|minutes| {
        let minutes: Vec<u32> = minutes.into_iter().collect();
        minutes.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect::<Vec<_>>()
    });
    let days = vec(prop_oneof![2 => Just(Vec::new()), 5 => day], 7);
    days.prop_filter("some working time", |week: &Week| week.iter().any(|day| !day.is_empty()))
}

fn clock(minutes: u32) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

fn calendar(zone: &str, week: &Week) -> Calendar {
    let windows = |day: &Vec<(u32, u32)>| -> Value {
        day.iter().map(|(from, to)| json!(format!("{}-{}", clock(*from), clock(*to)))).collect()
    };
    let week: serde_json::Map<_, _> =
        WEEKDAYS.iter().zip(week).map(|(name, day)| ((*name).to_owned(), windows(day))).collect();
    let spec = json!({ "id": "any", "title": "Любой", "zone": zone, "week": week });
    serde_json::from_value::<CalendarSpec>(spec).expect("a calendar").build().expect("a sound one")
}

/// The instant at which the last window of the first working day after `start` closes.
fn closing(zone: &str, week: &Week, start: Timestamp) -> Timestamp {
    let zone = TimeZone::get(zone).expect("a zone");
    let day = |date: Date| &week[usize::from(date.weekday().to_monday_zero_offset().unsigned_abs())];
    let first = zone.to_datetime(start).date();
    let date = (1..=7).map(|n| first + n.days()).find(|date| !day(*date).is_empty()).expect("a working day");
    let (_, closes) = *day(date).last().expect("a window");
    let wall = date.at(0, 0, 0, 0) + i64::from(closes).minutes();
    zone.to_ambiguous_timestamp(wall).compatible().expect("an instant")
}

fn case(runner: &mut TestRunner, number: usize) -> Value {
    // Whole seconds from 2020 to 2030, and up to 60 hours: the other library takes long to walk weeks.
    let strategy = (weeks(), 1_577_836_800..1_893_456_000_i64, 1..=216_000_i64, 0..2_000_000_i64);
    let (week, start, seconds, span) = strategy.new_tree(runner).expect("a case").current();
    let zone = ZONES[number % ZONES.len()];
    let calendar = calendar(zone, &week);
    let start = Timestamp::from_second(start).expect("an instant");
    // Every fourth ends as a window closes.
    let seconds = match number % 4 {
        0 => calendar.worked(start, closing(zone, &week, start), &Pauses::NONE).as_secs(),
        _ => seconds,
    };
    let until = start + SignedDuration::from_secs(span);
    let due = calendar.due(start, seconds, &Pauses::NONE);
    let windows: Vec<Vec<_>> =
        week.iter().map(|day| day.iter().map(|(from, to)| [clock(*from), clock(*to)]).collect()).collect();
    json!({
        "zone": zone,
        "week": windows,
        "start": start,
        "seconds": seconds,
        // Weeks of a few minutes reach the horizon of three years; they are left out below.
        "due": due.ok(),
        "until": until,
        "worked": calendar.worked(start, until, &Pauses::NONE).as_secs(),
    })
}

#[test]
fn deadlines_agree_with_businesstimedelta() {
    let mut runner = TestRunner::deterministic();
    let cases: Vec<Value> =
        (0..CASES).map(|number| case(&mut runner, number)).filter(|case| !case["due"].is_null()).collect();
    assert!(cases.len() >= 1000, "only {} cases have a deadline within three years", cases.len());
    let at_closing = cases.iter().filter(|case| ends_at_closing(case)).count();
    assert!(at_closing >= CASES / 4, "only {at_closing} cases end as a window closes");
    assert_eq!(compared("deadlines", &cases), cases.len());
}

fn ends_at_closing(case: &Value) -> bool {
    let zone = TimeZone::get(case["zone"].as_str().expect("a zone")).expect("a zone");
    let due: Timestamp = case["due"].as_str().expect("a deadline").parse().expect("an instant");
    let wall = zone.to_datetime(due);
    let day = &case["week"][usize::from(wall.date().weekday().to_monday_zero_offset().unsigned_abs())];
    let time = wall.time().strftime("%H:%M:%S").to_string();
    day.as_array().expect("windows").iter().any(|window| format!("{}:00", window[1].as_str().expect("a time")) == time)
}

#[test]
fn the_days_off_of_omsk_agree_with_holidays() {
    let (doc, _) = files::read(&city_files("deploy/cities/omsk")).expect("a sound city");
    let omsk = doc.calendars.iter().find(|calendar| calendar.id == "omsk").expect("its calendar");
    let omsk = omsk.build().expect("a sound calendar");
    let dates = date(2024, 1, 1).series(1.day()).take_while(|day| *day <= date(2026, 12, 31));
    let days: Vec<Value> = dates.map(|day| json!({ "date": day, "works": omsk.is_working_day(day) })).collect();
    assert_eq!(days.iter().filter(|day| day["works"] == true).count(), 248 + 247 + 247);
    assert_eq!(compared("days", &days), 366 + 365 + 365);
}

/// How many of the cases the oracle compared; panics if it disagrees on any.
fn compared(what: &str, cases: &[Value]) -> usize {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python =
        std::env::var_os("OTKLIK_TESTS_PYTHON").map_or_else(|| root.join("target/python/bin/python"), PathBuf::from);
    let hint = format!(
        "the oracle needs {} with what tests/requirements.txt names: tests/run installs it, as does\n  \
         python3 -m venv target/python && target/python/bin/pip install -r tests/requirements.txt",
        python.display()
    );
    let mut oracle = Command::new(&python)
        .arg(root.join("tests/oracle.py"))
        .arg(what)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{error}: {hint}"));
    let lines: String = cases.iter().map(|case| format!("{case}\n")).collect();
    let mut input = oracle.stdin.take().expect("its standard input");
    // That it ended before it read everything shows below.
    let _ = input.write_all(lines.as_bytes());
    drop(input);
    let done = oracle.wait_with_output().expect("it ends");
    let (told, failed) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{told}{failed}\n{hint}");
    let count = told.lines().find_map(|line| line.strip_prefix("compared ")?.parse().ok());
    count.unwrap_or_else(|| panic!("the oracle does not say how many it compared: {told}{failed}"))
}
