//! Opening what is masked, on record.
//!
//! An opening is no event of the incident: it changes nothing in it, and would raise the version that people who edit it compare. It is a
//! row of its own, written in the transaction that reads what it opens: whoever got the text is on record.

use super::{Desk, Error, incidents};
use crate::domain::disclosure::{DisclosureKind, REASON_LIMIT};
use crate::domain::refusal::Faults;
use crate::domain::{Actor, Id, Permission, Refusal};
use crate::store::Conn;
use crate::store::disclosures::{self, Filter, Opened};
use crate::store::records::{Disclosure, Incident, Message, MessageVersion};

/// What an opening shows: the incident, and its messages with what they said before.
pub struct Disclosed {
    pub row: Disclosure,
    pub incident: Incident,
    pub messages: Vec<(Message, Vec<MessageVersion>)>,
}

/// Opens all that residents said in an incident.
///
/// # Errors
/// [`Error::NotFound`]; [`Refusal::Invalid`] when the reason is empty or too long.
pub fn open(conn: &mut Conn, desk: &Desk, id: Id, reason: Option<String>) -> Result<Disclosed, Error> {
    desk.need(Permission::ReadPersonalData)?;
    if let Some(reason) = &reason {
        let mut faults = Faults::default();
        faults.length(reason, 1..=REASON_LIMIT, "/reason");
        faults.settle()?;
    }
    let incident = incidents::get(conn, desk, id)?;
    let messages = incidents::thread(conn, desk, id)?;
    let row = note(conn, desk, DisclosureKind::Incident, Some(id), reason)?;
    Ok(Disclosed { row, incident, messages })
}

/// Notes that a table with full texts is carried out.
///
/// # Errors
/// [`Error::Refused`] without the rights.
pub fn export(conn: &mut Conn, desk: &Desk) -> Result<(), Error> {
    desk.need(Permission::Export)?;
    desk.need(Permission::ReadPersonalData)?;
    note(conn, desk, DisclosureKind::Export, None, None).map(drop)
}

fn note(
    conn: &mut Conn,
    desk: &Desk,
    kind: DisclosureKind,
    incident_id: Option<Id>,
    reason: Option<String>,
) -> Result<Disclosure, Error> {
    let Actor::Staff { id: staff_id, .. } = desk.actor else {
        return Err(Refusal::Forbidden(Permission::ReadPersonalData).into());
    };
    let row = Disclosure { id: Id::new(desk.now), at: desk.now, staff_id, kind, incident_id, reason };
    disclosures::add(conn, &row)?;
    Ok(row)
}

/// The openings that fit, the latest first, as far as the actor's part of the tree reaches.
///
/// # Errors
/// [`Error::Refused`] without the right.
pub fn list(
    conn: &mut Conn,
    desk: &Desk,
    filter: &Filter,
    before: Option<Id>,
    limit: i64,
) -> Result<Vec<Opened>, Error> {
    desk.need(Permission::ReadDisclosures)?;
    Ok(disclosures::list(conn, &desk.actor.scope(), filter, before, limit)?)
}
