//! A calendar's exceptions as iCalendar (RFC 5545), for people's own calendars.
//!
//! Written by hand: the `icalendar` crate brings a second library of dates (`chrono`, with the clock) and a parser (`iso8601`) for what
//! is a dozen properties here, all of them texts and whole days.

use jiff::Timestamp;

use crate::domain::Language;
use crate::domain::calendar::{Calendar, Exception, Window};

/// The media type.
pub(in crate::http) const MEDIA_TYPE: &str = "text/calendar; charset=utf-8";

/// The longest line, in bytes, without its end.
const LINE: usize = 75;

/// The days that are worked otherwise than their weekday, each as an event of a whole day. The same day of the same calendar keeps its
/// UID, so that a client which reads the file again replaces what it had.
pub(in crate::http) fn write(calendar: &Calendar, city: &str, stamped: Timestamp, language: Language) -> String {
    let mut text = String::new();
    let stamp = stamped.strftime("%Y%m%dT%H%M%SZ").to_string();
    line(&mut text, "BEGIN", "VCALENDAR");
    line(&mut text, "VERSION", "2.0");
    line(&mut text, "PRODID", "-//Otklik//Calendars//RU");
    line(&mut text, "CALSCALE", "GREGORIAN");
    line(&mut text, "X-WR-CALNAME", &escaped(calendar.title()));
    line(&mut text, "X-WR-TIMEZONE", calendar.zone_name());
    for day in calendar.exceptions() {
        let Ok(next) = day.date.tomorrow() else { continue };
        line(&mut text, "BEGIN", "VEVENT");
        line(&mut text, "UID", &format!("{}.{}@{city}.otklik", day.date, calendar.id()));
        line(&mut text, "DTSTAMP", &stamp);
        line(&mut text, "DTSTART;VALUE=DATE", &day.date.strftime("%Y%m%d").to_string());
        line(&mut text, "DTEND;VALUE=DATE", &next.strftime("%Y%m%d").to_string());
        line(&mut text, "SUMMARY", &escaped(&summary(day, calendar.note(day.date), language)));
        // It says something about the day and takes nobody's time.
        line(&mut text, "TRANSP", "TRANSPARENT");
        line(&mut text, "END", "VEVENT");
    }
    line(&mut text, "END", "VCALENDAR");
    text
}

fn summary(day: Exception<'_>, note: Option<&str>, language: Language) -> String {
    let say = |russian: &'static str, english: &'static str| match language {
        Language::Russian => russian,
        Language::English => english,
    };
    let hours = || day.windows.iter().map(Window::to_string).collect::<Vec<_>>().join(", ");
    let what = match day.shortened_to() {
        _ if day.windows.is_empty() => say("Выходной", "Day off").to_owned(),
        _ if day.usual.is_empty() => format!("{} {}", say("Рабочий день", "Working day"), hours()),
        Some(close) => format!("{} {}", say("Сокращённый день, до", "Short day, until"), close.strftime("%H:%M")),
        None => format!("{} {}", say("Другие часы:", "Other hours:"), hours()),
    };
    note.map_or_else(|| what.clone(), |note| format!("{what}. {note}"))
}

/// A text as the value of a property (RFC 5545, 3.3.11).
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' | ';' | ',' => escaped.extend(['\\', character]),
            '\n' => escaped.push_str("\\n"),
            other if other.is_control() => {}
            other => escaped.push(other),
        }
    }
    escaped
}

/// Writes a line, folded between characters where it is too long (RFC 5545, 3.1).
fn line(text: &mut String, name: &str, value: &str) {
    let mut length = 0;
    for character in name.chars().chain([':']).chain(value.chars()) {
        if length + character.len_utf8() > LINE {
            text.push_str("\r\n ");
            length = 1;
        }
        text.push(character);
        length += character.len_utf8();
    }
    text.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::calendar::CalendarSpec;

    #[test]
    fn lines_are_folded_between_characters() {
        let mut text = String::new();
        line(&mut text, "SUMMARY", &"я".repeat(80));
        let lines: Vec<_> = text.split("\r\n").collect();
        assert_eq!(lines.iter().map(|line| line.len()).collect::<Vec<_>>(), [74, 75, 21, 0]);
        assert_eq!(text.replace("\r\n ", ""), format!("SUMMARY:{}\r\n", "я".repeat(80)));
        text.clear();
        line(&mut text, "X", &"x".repeat(73));
        assert_eq!(text.len(), 77, "75 bytes need no fold");
    }

    #[test]
    fn marks_of_the_format_are_escaped() {
        assert_eq!(escaped("а, б; в\\г\r\nд\u{7}"), "а\\, б\\; в\\\\г\\nд");
    }

    #[test]
    fn only_days_that_differ_are_told() {
        let spec: CalendarSpec = serde_json::from_value(serde_json::json!({
            "id": "a", "title": "А", "zone": "Asia/Omsk", "short": "17:00",
            "week": { "mon": ["09:00-18:00"], "tue": ["09:00-18:00"], "extra": ["10:00-14:00"] },
            "days": [
                { "date": "2026-03-02", "kind": "holiday", "note": "Праздник" },
                { "date": "2026-03-03", "kind": "short" },
                { "date": "2026-03-07", "kind": "working", "note": "Перенос" },
                { "date": "2026-03-08", "kind": "holiday", "note": "Воскресенье" },
                { "date": "2026-03-09", "kind": "working" },
            ],
        }))
        .unwrap();
        let calendar = spec.build().unwrap();
        let summaries = |language| -> Vec<String> {
            calendar.exceptions().map(|day| summary(day, calendar.note(day.date), language)).collect()
        };
        assert_eq!(
            summaries(Language::Russian),
            [
                "Выходной. Праздник",
                "Сокращённый день, до 17:00",
                "Рабочий день 10:00-14:00. Перенос",
                "Сокращённый день, до 14:00",
            ]
        );
        assert_eq!(summaries(Language::English)[0], "Day off. Праздник");
    }
}
