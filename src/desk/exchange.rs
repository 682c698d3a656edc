//! The table of the real system, in and out: rows become incidents that look native in lists and figures, and incidents become rows.
//!
//! A row is known by its number in the table, under the source [`SOURCE`]; taking it again changes nothing. One imported event
//! stands at the head of each incident's spine and says what the row said of it.

mod address;
mod rows;

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;

use super::{Desk, Error};
use crate::domain::sla::ClockState;
use crate::domain::{At, Id, Permission, Policy};
use crate::store::Conn;
use crate::store::exchange::{self, Delivered};
use crate::store::incidents::{self, Filter, Order};
use crate::store::records::{Incident, Source};
use crate::table::{Column, Record};

/// The name of the source that imported messages belong to. It is never on: nobody can push messages under it.
pub const SOURCE: &str = "import";

/// How many rows one transaction takes, and one page of an export has.
pub const BATCH: usize = 250;

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It became an incident.
    Taken,
    /// It is one already.
    Seen,
}

/// Takes a batch of rows: all of it or, on an error, nothing. The fates stand in the order of the batch.
///
/// # Errors
/// [`Error::Conflict`] when somebody else imported one of the same rows at the same moment: try again, and it will be found.
pub fn take(conn: &mut Conn, desk: &Desk, records: &[Record]) -> Result<Vec<Fate>, Error> {
    let fates = look_up(conn, records)?;
    let fresh: Vec<&Record> =
        records.iter().zip(&fates).filter(|(_, fate)| **fate == Fate::Taken).map(|(record, _)| record).collect();
    if fresh.is_empty() {
        return Ok(fates);
    }
    let source = exchange::source(conn, &source(desk.now))?;
    let opened: Vec<_> = fresh.into_iter().map(|record| rows::opened(record, source, desk)).collect();
    let taken = incidents::open(conn, &opened.iter().collect::<Vec<_>>())?;
    taken.map(|_| fates).ok_or(Error::Conflict("somebody else imported the same rows at the same moment"))
}

/// What [`take`] would do with these rows.
///
/// # Errors
/// [`Error::Store`].
pub fn look_up(conn: &mut Conn, records: &[Record]) -> Result<Vec<Fate>, Error> {
    let numbers: Vec<&str> = records.iter().map(|record| record.number.as_str()).collect();
    let mut seen: HashSet<String> = exchange::known_messages(conn, SOURCE, &numbers)?.into_iter().collect();
    // A table that Otklik itself wrote may come back to where its incidents are.
    let own: Vec<Id> = records.iter().filter_map(own_id).collect();
    let own: HashSet<Id> = exchange::known_incidents(conn, &own)?.into_iter().collect();
    let fate = |record: &Record| {
        let is_own = own_id(record).is_some_and(|id| own.contains(&id));
        if is_own || !seen.insert(record.number.clone()) { Fate::Seen } else { Fate::Taken }
    };
    Ok(records.iter().map(fate).collect())
}

/// The identity that Otklik wrote into the row, if it did.
fn own_id(record: &Record) -> Option<Id> {
    record.kept.get(Column::GlobalId.header())?.as_str()?.parse().ok()
}

fn source(now: At) -> Source {
    Source {
        id: Id::new(now),
        name: SOURCE.to_owned(),
        title: "Импорт таблицы".to_owned(),
        network: address::OTHER.to_owned(),
        active: false,
        reply_url: None,
        created_by: "system".to_owned(),
        created_at: now,
    }
}

/// The next page of an export.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// Oldest first.
    pub records: Vec<Record>,
    /// Where the page after this one begins; none if there is none.
    pub next: Option<i64>,
}

/// A page of the incidents that fit, as rows, after the one with the number `after`. Without the right to personal data, addresses of
/// people are left out and their texts masked.
///
/// # Errors
/// [`Error::Refused`] without the right to export.
pub fn page(conn: &mut Conn, desk: &Desk, filter: &Filter, after: Option<i64>) -> Result<Page, Error> {
    desk.need(Permission::Export)?;
    let limit = i64::try_from(BATCH).unwrap_or(i64::MAX);
    let filter = super::incidents::allowed(filter, desk);
    let found = incidents::list(conn, &desk.actor.scope(), &filter, Order::Oldest(after), limit)?;
    let next = if found.len() == BATCH { found.last().map(|incident| incident.number) } else { None };
    let leads: Vec<Id> = found.iter().map(|incident| incident.lead_message).collect();
    let ids: Vec<Id> = found.iter().map(|incident| incident.id).collect();
    let mut addresses: HashMap<Id, (Option<String>, Option<String>)> =
        exchange::addresses(conn, &leads)?.into_iter().map(|(id, url, author)| (id, (url, author))).collect();
    let mut answers: HashMap<Id, Vec<Delivered>> = HashMap::new();
    for answer in exchange::delivered(conn, &ids)? {
        answers.entry(answer.incident).or_default().push(answer);
    }
    let clocks: HashMap<Id, ClockState> = exchange::first_answers(conn, &ids)?.into_iter().collect();
    let is_masked = !desk.actor.may(Permission::ReadPersonalData);
    let records = found.into_iter().map(|incident| {
        let (url, author_url) = addresses.remove(&incident.lead_message).unwrap_or_default();
        let answers = answers.remove(&incident.id).unwrap_or_default();
        let in_time = clocks.get(&incident.id).copied();
        let record = Record { url, author_url, ..record(incident, &answers, in_time, &desk.policy) };
        if is_masked { record.masked() } else { record }
    });
    Ok(Page { records: records.collect(), next })
}

/// An incident as a row, but for the addresses.
fn record(incident: Incident, answers: &[Delivered], clock: Option<ClockState>, policy: &Policy) -> Record {
    // The last executor's answers are those since it was made responsible.
    let since = incident.assigned_at.unwrap_or(At::EVER);
    let mut own = answers.iter().filter(|answer| answer.delivered_at.is_some_and(|at| at >= since));
    let first = own.next();
    let text = |answer: Option<&Delivered>| answer.map(|answer| answer.text.clone());
    let approval = |answer: &Delivered| Some(answer.decided_at?.seconds_since(answer.submitted_at?));
    let mut kept = kept(&incident, clock, policy);
    let number = kept.remove(Column::Number.header());
    Record {
        number: number.and_then(|kept| kept.as_str().map(str::to_owned)).unwrap_or_else(|| incident.number.to_string()),
        step: incident.step,
        kind: incident.kind,
        outcome: incident.outcome,
        close_reason: incident.close_reason,
        rating: incident.rating,
        organisation: incident.organisation,
        executor: incident.executor,
        group: incident.topic_group,
        topic: incident.topic,
        municipality: Some(incident.municipality),
        settlement: incident.settlement,
        street: incident.street,
        house: incident.house,
        text: incident.text,
        media: incident.media,
        url: None,
        author_url: None,
        note: incident.note,
        received_at: incident.received_at,
        assigned_at: incident.assigned_at,
        submitted_at: first.and_then(|answer| answer.submitted_at),
        approval_seconds: first.and_then(approval),
        first_answer_at: incident.first_answer_at,
        first_answer_text: text(answers.first()),
        first_answer_work: incident.first_answer_work,
        executor_answer_at: first.and_then(|answer| answer.delivered_at),
        answers: [text(first), text(own.next()), text(own.next())],
        awaiting_since: incident.delivered_at.filter(|_| incident.rounds > 0),
        closed_at: incident.closed_at,
        kept,
    }
}

/// What stands in the columns without a field: as it was imported, or as it is.
fn kept(incident: &Incident, clock: Option<ClockState>, policy: &Policy) -> BTreeMap<String, Value> {
    if let Some(Value::Object(imported)) = incident.extra.as_ref().map(|extra| &extra.0) {
        return imported.clone().into_iter().collect();
    }
    let city = &policy.doc().city;
    let root = policy.organisation(&city.root).map_or(&city.title, |root| &root.title);
    let yes = |yes: bool| if yes { "Да" } else { "Нет" }.to_owned();
    let cells = [
        (Column::Cabinet, root.clone()),
        (Column::GlobalId, incident.id.to_string()),
        (Column::Region, root.clone()),
        (Column::AnswerAccount, if incident.rounds > 0 { incident.account.clone() } else { String::new() }),
        (Column::SurveySent, yes(incident.rating.is_some())),
        (
            Column::InTime,
            match clock {
                Some(ClockState::Met) => "Да".to_owned(),
                Some(ClockState::Breached) => "-".to_owned(),
                _ => String::new(),
            },
        ),
    ];
    let cells = cells.into_iter().filter(|(_, text)| !text.is_empty());
    cells.map(|(column, text)| (column.header().to_owned(), Value::String(text))).collect()
}
