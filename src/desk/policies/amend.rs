//! Changes of a few records, made on the version that stands.

use std::collections::{BTreeSet, HashSet};

use serde::Serialize;
use utoipa::ToSchema;

use super::{Loaded, Sound, may_publish, newest, publish};
use crate::desk::{Desk, Error, version};
use crate::domain::calendar::DayRow;
use crate::domain::policy::{Amendment, CalendarDays, PolicyDoc};
use crate::domain::{Policy, Refusal};
use crate::store::Conn;

/// Checks what an amendment makes of a document. This takes a while for a large city and needs no database.
///
/// # Errors
/// [`Refusal::Invalid`] with every fault, each at its place in the amendment; what it did not bring itself after `/document`.
pub fn amend(base: &PolicyDoc, amendment: &Amendment) -> Result<Sound, Error> {
    Ok(Sound(amended(0, base, amendment)?))
}

/// What an amendment makes of a document, indexed under a number.
///
/// # Errors
/// As [`amend`].
pub fn amended(version: i64, base: &PolicyDoc, amendment: &Amendment) -> Result<Policy, Error> {
    let doc = amendment.apply(base).map_err(Refusal::Invalid)?;
    Policy::build(version, doc.clone()).map_err(|findings| {
        Refusal::Invalid(findings.iter().map(|finding| amendment.place(&doc, finding)).collect()).into()
    })
}

/// Stores what came of amending version `base` as the next version, as [`publish`] does. What is wrong with it is told only now, so
/// that who may not, or saw another version, learns that first. Beside what was done, what stands now.
///
/// # Errors
/// Those of [`amend`] and [`publish`]; [`Error::Conflict`] when there is a newer version than `base` already.
pub fn publish_amended(
    conn: &mut Conn,
    desk: &Desk,
    base: i64,
    amended: Result<Sound, Error>,
    note: &str,
    seen: Option<i64>,
) -> Result<(Loaded, Sound), Error> {
    may_publish(desk)?;
    let current = newest(conn)?.unwrap_or(0);
    version::need(seen, current)?;
    if current != base {
        return Err(Error::Conflict("somebody else changed the policy at the same moment"));
    }
    let sound = amended?;
    Ok((publish(conn, desk, &sound, note, Some(base))?, sound))
}

/// The amendment that drops a calendar.
///
/// # Errors
/// [`Error::NotFound`].
pub fn drop_calendar(doc: &PolicyDoc, id: &str) -> Result<Amendment, Error> {
    if !doc.calendars.iter().any(|one| one.id == id) {
        return Err(Error::NotFound("calendar"));
    }
    Ok(Amendment { drop_calendars: vec![id.to_owned()], ..Amendment::default() })
}

/// The amendment that drops a term.
///
/// # Errors
/// [`Error::NotFound`].
pub fn drop_term(doc: &PolicyDoc, id: &str) -> Result<Amendment, Error> {
    if !doc.terms.iter().any(|one| one.id == id) {
        return Err(Error::NotFound("term"));
    }
    Ok(Amendment { drop_terms: vec![id.to_owned()], ..Amendment::default() })
}

/// What a production calendar changes in a calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct YearsChange {
    /// The years whose rows are replaced: those that occur in what was sent.
    #[schema(example = json!([2026]))]
    pub years: Vec<i16>,
    /// The rows that are new.
    pub added: Vec<DayRow>,
    /// The rows that are gone.
    pub removed: Vec<DayRow>,
    /// How many rows of these years stay as they are.
    #[schema(example = 24)]
    pub unchanged: usize,
}

/// The amendment that gives a calendar these rows in place of all that it has for the years in which they lie. A fault of row 7 is told
/// at `/days/0/days/7`.
///
/// # Errors
/// [`Error::NotFound`] when there is no such calendar.
pub fn replace_years(doc: &PolicyDoc, id: &str, rows: Vec<DayRow>) -> Result<(Amendment, YearsChange), Error> {
    let mut calendar = doc.calendars.iter().find(|one| one.id == id).cloned().ok_or(Error::NotFound("calendar"))?;
    let years: BTreeSet<i16> = rows.iter().map(|row| row.date.year()).collect();
    let (mut removed, others): (Vec<_>, Vec<_>) =
        calendar.days.into_iter().partition(|row| years.contains(&row.date.year()));
    calendar.days = others;
    let had: HashSet<&DayRow> = removed.iter().collect();
    let mut added: Vec<DayRow> = rows.iter().filter(|row| !had.contains(row)).cloned().collect();
    let unchanged = rows.len() - added.len();
    let has: HashSet<&DayRow> = rows.iter().collect();
    removed.retain(|row| !has.contains(row));
    added.sort_by_key(|row| row.date);
    removed.sort_by_key(|row| row.date);
    let change = YearsChange { years: years.into_iter().collect(), added, removed, unchanged };
    let days = vec![CalendarDays { calendar: id.to_owned(), days: rows }];
    Ok((Amendment { calendars: vec![calendar], days, ..Amendment::default() }, change))
}
