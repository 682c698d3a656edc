//! What made a due time: every window that counted, every day off, every pause.

use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use super::clock::{Calendars, Promise, Verdict};
use super::target::Base;
use crate::domain::calendar::{Pauses, Span};
use crate::domain::values::At;

/// A stretch of time that counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Counted {
    pub from: At,
    pub to: At,
    /// Whole seconds of it.
    pub seconds: i64,
}

/// A date that differs from its weekday.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SpecialDay {
    #[schema(value_type = String, format = Date, example = "2025-11-04")]
    pub date: Date,
    /// The windows of that date; none on a day off.
    #[schema(example = json!(["09:00-13:00"]))]
    pub windows: Vec<String>,
    /// What the production calendar says of it.
    #[schema(example = "День народного единства")]
    pub note: Option<String>,
}

/// The sum that gives a due time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Explanation {
    /// The promise whose due time it is: the clock's own, or that of a merged incident.
    pub started_at: At,
    /// Seconds of the target that had passed before, under another term.
    pub consumed: i64,
    /// The windows that counted, in order. With a target in seconds, `consumed` and the seconds of all of them are the target.
    pub counted: Vec<Counted>,
    /// The days that counted, where the target is in days.
    #[schema(value_type = Vec<String>)]
    pub days: Vec<Date>,
    /// Dates on the way that differ from their weekday.
    pub special: Vec<SpecialDay>,
}

/// Explains the due time that a promise gives with these pauses, up to that due time (before any deferral).
pub fn explain(clock: &Verdict, calendars: &impl Calendars) -> Explanation {
    let bond = clock.bound_by.and_then(|by| clock.bonds.get(&by));
    let (promise, pauses) = match bond {
        Some(held) => (&held.bond.promise, held.pauses(&clock.stood())),
        None => (&clock.promise, clock.stood()),
    };
    sum(promise, &pauses, calendars)
}

fn sum(promise: &Promise, pauses: &Pauses, calendars: &impl Calendars) -> Explanation {
    let calendar = calendars.calendar(promise.policy_version, &promise.calendar);
    let mut told = Explanation {
        started_at: promise.started_at,
        consumed: promise.consumed,
        counted: Vec::new(),
        days: Vec::new(),
        special: Vec::new(),
    };
    let Ok(due) = promise.due(calendars, pauses) else { return told };
    let span = Span { from: *promise.started_at, to: *due };
    let counted = match promise.target.base() {
        Base::Working => calendar.pieces(span.from, span.to, pauses),
        Base::Calendar => pauses.outside(span),
        base => {
            let first = calendar.date_of(span.from);
            let dates =
                first.series(jiff::Span::new().days(1)).skip(1).take_while(|date| *date <= calendar.date_of(span.to));
            let stands = |date: &Date| calendar.end_of_day(*date).is_ok_and(|end| pauses.contains(end));
            told.days =
                dates.filter(|date| (base != Base::Days || calendar.is_working_day(*date)) && !stands(date)).collect();
            Vec::new()
        }
    };
    let counted = counted.into_iter();
    told.counted = counted
        .map(|piece| Counted { from: At::new(piece.from), to: At::new(piece.to), seconds: piece.length().as_secs() })
        .collect();
    if promise.target.base() != Base::Calendar {
        let dates = calendar.special_dates(calendar.date_of(span.from), calendar.date_of(span.to));
        told.special = dates
            .map(|date| SpecialDay {
                date,
                windows: calendar.windows(date).iter().map(ToString::to_string).collect(),
                note: calendar.note(date).map(str::to_owned),
            })
            .collect();
    }
    told
}
