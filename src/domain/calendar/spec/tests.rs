use serde_json::{Value, json};

use super::*;

/// Monday to Saturday, with a short Saturday night shift, and whatever rows.
fn spec(days: Value) -> CalendarSpec {
    serde_json::from_value(json!({
        "id": "test", "title": "Test", "zone": "Asia/Omsk", "short": "16:00",
        "week": { "mon": ["09:00-18:00"], "fri": ["09:00-15:00"], "sat": ["22:00-06:00"], "extra": ["10:00-12:00"] },
        "days": days,
    }))
    .unwrap()
}

fn faults(days: Value) -> Vec<CalendarFault> {
    spec(days).build().err().unwrap_or_default()
}

fn day(date: &str, kind: &str, note: &str) -> Value {
    json!({ "date": date, "kind": kind, "note": note })
}

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

#[test]
fn what_cannot_be_meant_is_refused() {
    use CalendarFault::{FarDate, HolidayAndWorking, NothingLeft, Repeated, ShortDayOff, TooManyRows, TooManyWindows};

    let monday = date("2026-01-05");
    let row = |kind: &str, note: &str| day("2026-01-05", kind, note);
    assert_eq!(faults(json!([row("short", "a"), row("short", "b")])), [Repeated(monday, DayKind::Short)]);
    assert_eq!(faults(json!([row("holiday", ""), row("working", "")])), [HolidayAndWorking(monday)]);
    assert_eq!(faults(json!([row("holiday", ""), row("short", "")])), [ShortDayOff(monday)]);
    assert_eq!(faults(json!([day("1969-12-31", "holiday", "")])), [FarDate(date("1969-12-31"))]);
    assert_eq!(faults(json!([day("2200-01-01", "holiday", "")])), [FarDate(date("2200-01-01"))]);
    assert_eq!(faults(json!([day("2026-01-10", "short", "")])), [NothingLeft(date("2026-01-10"))]);
    assert_eq!(faults(json!(vec![row("holiday", ""); ROWS_LIMIT + 1])), [TooManyRows(ROWS_LIMIT + 1)]);
    let mut many = spec(json!([]));
    many.week.tue = vec!["09:00-10:00".to_owned(); WINDOWS_LIMIT + 1];
    assert_eq!(many.build(), Err(vec![TooManyWindows { place: "tue".into(), count: WINDOWS_LIMIT + 1 }]));
}

#[test]
fn what_is_so_anyway_is_harmless() {
    let calendar = spec(json!([
        day("2026-01-11", "holiday", ""), // a Sunday that is off
        day("2026-01-05", "working", ""), // a Monday: it has the hours of `extra`
        day("2026-01-09", "short", ""),   // a Friday that ends earlier by itself
    ]))
    .build()
    .unwrap();
    assert_eq!(calendar.windows(date("2026-01-05"))[0].to_string(), "10:00-12:00");
    assert_eq!(calendar.windows(date("2026-01-09"))[0].to_string(), "09:00-15:00");
    let differ: Vec<_> = calendar.exceptions().map(|one| (one.date, one.shortened_to().is_some())).collect();
    assert_eq!(differ, [(date("2026-01-05"), true)]);
}

#[test]
fn a_date_keeps_its_notes() {
    let calendar = spec(json!([
        day("2026-11-07", "working", "Перенос"),
        day("2026-11-07", "short", " Короткий день "),
        day("2026-11-02", "holiday", "Праздник"),
        day("2026-11-09", "holiday", ""),
        day("2026-11-14", "working", "Перенос"),
        day("2026-11-14", "short", "Перенос"),
    ]))
    .build()
    .unwrap();
    assert_eq!(calendar.note(date("2026-11-07")), Some("Перенос; Короткий день"));
    assert_eq!(calendar.note(date("2026-11-14")), Some("Перенос"), "once is enough");
    assert_eq!(calendar.note(date("2026-11-02")), Some("Праздник"));
    assert_eq!((calendar.note(date("2026-11-09")), calendar.note(date("2026-11-03"))), (None, None));
    let off: Vec<_> = calendar.exceptions().filter(|one| one.windows.is_empty()).map(|one| one.date).collect();
    assert_eq!(off, [date("2026-11-02"), date("2026-11-09")]);
}

#[test]
fn a_row_says_only_what_is_known() {
    assert!(serde_json::from_value::<DayRow>(json!({ "date": "2026-01-05", "kind": "short", "why": "?" })).is_err());
}
