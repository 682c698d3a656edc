//! A change of a few records of a policy: calendars and the days of a production calendar, terms, and who works by which calendar.
//!
//! An [`Amendment`] is applied to a whole document, and the document that comes of it is checked as any other. What that check finds
//! is told to whoever sent the amendment at the place where they wrote it ([`Amendment::place`]).

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::check::{Finding, Table};
use super::doc::{PolicyDoc, Term};
use crate::domain::Invalid;
use crate::domain::calendar::{CalendarSpec, DayRow};
use crate::domain::refusal::Faults;

/// What is to be different in the policy. Calendars and terms are added, or put in place of those of the same id.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Amendment {
    /// Calendars, whole.
    pub calendars: Vec<CalendarSpec>,
    /// Ids of calendars that are to go. One that anything uses cannot.
    pub drop_calendars: Vec<String>,
    /// Days laid over calendars, also over those that come with this amendment.
    pub days: Vec<CalendarDays>,
    /// Terms, whole.
    pub terms: Vec<Term>,
    /// Ids of terms that are to go.
    pub drop_terms: Vec<String>,
    /// Which organisations are to work by which calendar.
    pub organisation_calendars: Vec<OrganisationCalendar>,
}

/// Rows of a production calendar to be laid over those that a calendar has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CalendarDays {
    /// The calendar's id.
    #[schema(example = "omsk")]
    pub calendar: String,
    /// They take the place of all rows that it has for the same dates.
    pub days: Vec<DayRow>,
}

/// By which calendar an organisation is to work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrganisationCalendar {
    /// The organisation's id.
    #[schema(example = "omsk-dgh")]
    pub organisation: String,
    /// The calendar's id; null: that of the organisation above.
    #[schema(required = true, example = "omsk")]
    pub calendar: Option<String>,
}

impl Amendment {
    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        *self == Amendment::default()
    }

    /// The document with these changes. Records keep their order, and new ones follow those that were there; the rows of a production
    /// calendar come in the order of their dates. The document is not checked.
    ///
    /// # Errors
    /// What is wrong with the amendment by itself, each fault at its place in it: nothing in it, the same thing twice, and what is to
    /// go, to be laid over or to be given a calendar but is not there.
    pub fn apply(&self, doc: &PolicyDoc) -> Result<PolicyDoc, Vec<Invalid>> {
        let mut faults = Faults::default();
        faults.need(!self.is_empty(), "", "an amendment needs at least one change");
        let mut amended = doc.clone();
        self.apply_to_calendars(&mut amended.calendars, &mut faults);
        self.apply_to_terms(&mut amended.terms, &mut faults);
        once(&mut faults, "organisation_calendars", "organisation", &self.organisation_calendars, |one| {
            &one.organisation
        });
        for (at, OrganisationCalendar { organisation, calendar }) in self.organisation_calendars.iter().enumerate() {
            match amended.organisations.iter_mut().find(|one| one.id == *organisation) {
                Some(one) => one.calendar.clone_from(calendar),
                None => missing(
                    &mut faults,
                    &format!("/organisation_calendars/{at}/organisation"),
                    "organisation",
                    organisation,
                ),
            }
        }
        let faults = faults.into_vec();
        if faults.is_empty() { Ok(amended) } else { Err(faults) }
    }

    fn apply_to_calendars(&self, calendars: &mut Vec<CalendarSpec>, faults: &mut Faults) {
        once(faults, "calendars", "id", &self.calendars, |one| &one.id);
        once(faults, "days", "calendar", &self.days, |one| &one.calendar);
        drop_named(faults, "drop_calendars", "calendar", &self.drop_calendars, calendars, |one| &one.id);
        contradictions(faults, "calendars", self.calendars.iter().map(|one| &one.id), &self.drop_calendars);
        for calendar in &self.calendars {
            put(calendars, calendar, |one| &one.id);
        }
        for (at, CalendarDays { calendar, days }) in self.days.iter().enumerate() {
            match calendars.iter_mut().find(|one| one.id == *calendar) {
                Some(spec) => lay(&mut spec.days, days),
                None => missing(faults, &format!("/days/{at}/calendar"), "calendar", calendar),
            }
            faults.need(!days.is_empty(), &format!("/days/{at}/days"), "there are no rows");
        }
    }

    fn apply_to_terms(&self, terms: &mut Vec<Term>, faults: &mut Faults) {
        once(faults, "terms", "id", &self.terms, |one| &one.id);
        drop_named(faults, "drop_terms", "term", &self.drop_terms, terms, |one| &one.id);
        contradictions(faults, "terms", self.terms.iter().map(|one| &one.id), &self.drop_terms);
        for term in &self.terms {
            put(terms, term, |one| &one.id);
        }
    }

    /// A finding of the check of `amended`, the document that [`apply`](Self::apply) made, as a fault of the amendment: at the place in
    /// it that the record or row came from. What it did not bring is told at its place in the document, after `/document`, and by its
    /// id, for whoever sent the amendment does not see the document.
    pub fn place(&self, amended: &PolicyDoc, finding: &Finding) -> Invalid {
        let here = finding.index.and_then(|index| match finding.table {
            Table::Calendars => self.place_in_calendar(amended.calendars.get(index)?, &finding.field),
            Table::Terms => {
                let id = &amended.terms.get(index)?.id;
                let at = self.terms.iter().position(|one| one.id == *id)?;
                Some(pointer(&format!("/terms/{at}"), &finding.field))
            }
            Table::Organisations if finding.field == "calendar" => {
                let id = &amended.organisations.get(index)?.id;
                let at = self.organisation_calendars.iter().position(|one| one.organisation == *id)?;
                Some(format!("/organisation_calendars/{at}/calendar"))
            }
            _ => None,
        });
        let message = finding.message.clone();
        match here {
            Some(pointer) => Invalid { pointer, message },
            None => {
                let message = named(amended, finding).map_or(message, |id| format!("\"{id}\": {}", finding.message));
                Invalid { pointer: format!("/document{}", finding.pointer()), message }
            }
        }
    }

    fn place_in_calendar(&self, calendar: &CalendarSpec, field: &str) -> Option<String> {
        let row = field.strip_prefix("days/").and_then(|day| calendar.days.get(day.parse::<usize>().ok()?));
        let laid = self.days.iter().position(|one| one.calendar == calendar.id);
        if let (Some(row), Some(laid)) = (row, laid)
            && let Some(day) = self.days.get(laid).and_then(|one| same(&one.days, &calendar.days, row))
        {
            return Some(format!("/days/{laid}/days/{day}"));
        }
        let at = self.calendars.iter().position(|one| one.id == calendar.id)?;
        let day = row.and_then(|row| same(&self.calendars.get(at)?.days, &calendar.days, row));
        let field = day.map_or_else(|| field.to_owned(), |day| format!("days/{day}"));
        Some(pointer(&format!("/calendars/{at}"), &field))
    }
}

/// The id of the record that a finding is about, of the tables that an amendment touches.
fn named<'d>(doc: &'d PolicyDoc, finding: &Finding) -> Option<&'d str> {
    let index = finding.index?;
    match finding.table {
        Table::Calendars => doc.calendars.get(index).map(|one| one.id.as_str()),
        Table::Terms => doc.terms.get(index).map(|one| one.id.as_str()),
        Table::Organisations => doc.organisations.get(index).map(|one| one.id.as_str()),
        _ => None,
    }
}

/// Where among `sent` the row is that stands as `row` among `all`: of equal rows the how-manieth it is counts.
fn same(sent: &[DayRow], all: &[DayRow], row: &DayRow) -> Option<usize> {
    let before = all.iter().take_while(|one| !std::ptr::eq(*one, row)).filter(|one| *one == row).count();
    sent.iter().enumerate().filter(|(_, one)| *one == row).nth(before).map(|(at, _)| at)
}

/// Rows in place of all that are there for the same dates, all in the order of their dates.
fn lay(rows: &mut Vec<DayRow>, over: &[DayRow]) {
    let dates: HashSet<_> = over.iter().map(|row| row.date).collect();
    rows.retain(|row| !dates.contains(&row.date));
    rows.extend_from_slice(over);
    rows.sort_by_key(|row| row.date);
}

fn put<T: Clone>(records: &mut Vec<T>, record: &T, id: impl Fn(&T) -> &String) {
    match records.iter_mut().find(|one| id(one) == id(record)) {
        Some(one) => one.clone_from(record),
        None => records.push(record.clone()),
    }
}

fn drop_named<T>(
    faults: &mut Faults,
    list: &str,
    what: &str,
    names: &[String],
    records: &mut Vec<T>,
    id: impl Fn(&T) -> &String,
) {
    once(faults, list, "", names, |name| name);
    for (at, name) in names.iter().enumerate() {
        if !records.iter().any(|one| id(one) == name) && !names[..at].contains(name) {
            missing(faults, &format!("/{list}/{at}"), what, name);
        }
    }
    records.retain(|one| !names.contains(id(one)));
}

/// What is put and dropped at once.
fn contradictions<'a>(faults: &mut Faults, list: &str, put: impl Iterator<Item = &'a String>, dropped: &[String]) {
    for (at, id) in put.enumerate() {
        let message = format!("\"{id}\" is also to be dropped");
        faults.need(!dropped.contains(id), &format!("/{list}/{at}/id"), message);
    }
}

fn once<T>(faults: &mut Faults, list: &str, field: &str, all: &[T], name: impl Fn(&T) -> &String) {
    let mut seen = HashSet::new();
    for (at, one) in all.iter().enumerate() {
        let name = name(one);
        faults.need(seen.insert(name), &pointer(&format!("/{list}/{at}"), field), format!("\"{name}\" is here twice"));
    }
}

fn missing(faults: &mut Faults, pointer: &str, what: &str, id: &str) {
    faults.need(false, pointer, format!("there is no {what} \"{id}\""));
}

fn pointer(record: &str, field: &str) -> String {
    if field.is_empty() { record.to_owned() } else { format!("{record}/{field}") }
}

#[cfg(test)]
mod tests;
