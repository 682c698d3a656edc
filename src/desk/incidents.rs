//! Reading incidents: one, many, their messages, history and reasons.

use super::{Desk, Error};
use crate::domain::event;
use crate::domain::map::Point;
use crate::domain::route::Why;
use crate::domain::{AnswerState, At, EventKind, Id, Permission, Step};
use crate::store::incidents::{Filter, Order};
use crate::store::records::{Answer, Assignment, ClockRow, EventRow, Incident, Message, MessageVersion};
use crate::store::{Conn, StoreError, incidents, messages, spine};

/// One incident that the actor may see.
///
/// # Errors
/// [`Error::NotFound`].
pub fn get(conn: &mut Conn, desk: &Desk, id: Id) -> Result<Incident, Error> {
    desk.need(Permission::ReadIncidents)?;
    seen(desk, incidents::get(conn, id)?)
}

/// The same by the number that people call it by.
///
/// # Errors
/// [`Error::NotFound`].
pub fn by_number(conn: &mut Conn, desk: &Desk, number: i64) -> Result<Incident, Error> {
    desk.need(Permission::ReadIncidents)?;
    seen(desk, incidents::by_number(conn, number)?)
}

fn seen(desk: &Desk, found: Option<Incident>) -> Result<Incident, Error> {
    found
        .filter(|i| desk.actor.scope().holds(i.organisation.as_deref(), i.executor.as_deref()))
        .ok_or(Error::NotFound("incident"))
}

/// One page of a list, with one row more than asked for if there is more.
///
/// # Errors
/// [`Error::Store`].
pub fn list(conn: &mut Conn, desk: &Desk, filter: &Filter, order: Order, limit: i64) -> Result<Vec<Incident>, Error> {
    desk.need(Permission::ReadIncidents)?;
    Ok(incidents::list(conn, &desk.actor.scope(), &allowed(filter, desk), order, limit + 1)?)
}

/// The filter with what the actor may look for: words of personal data are found by those who may see it.
pub(super) fn allowed(filter: &Filter, desk: &Desk) -> Filter {
    Filter { personal: desk.actor.may(Permission::ReadPersonalData), ..filter.clone() }
}

/// How many incidents fit.
///
/// # Errors
/// [`Error::Store`].
pub fn count(conn: &mut Conn, desk: &Desk, filter: &Filter) -> Result<i64, Error> {
    desk.need(Permission::ReadIncidents)?;
    Ok(incidents::count(conn, &desk.actor.scope(), &allowed(filter, desk))?)
}

/// How many open incidents that the actor may see stand in each step.
///
/// # Errors
/// [`Error::Store`].
pub fn by_step(conn: &mut Conn, desk: &Desk) -> Result<Vec<(Step, i64)>, Error> {
    desk.need(Permission::ReadIncidents)?;
    Ok(incidents::by_step(conn, &desk.actor.scope())?)
}

/// Where the incidents that fit are, as far as that is known: up to `limit` of them.
///
/// # Errors
/// [`Error::Store`].
pub fn points(conn: &mut Conn, desk: &Desk, filter: &Filter, limit: i64) -> Result<Vec<Point>, Error> {
    desk.need(Permission::ReadIncidents)?;
    let found = incidents::points(conn, &desk.actor.scope(), &allowed(filter, desk), limit)?;
    Ok(found.into_iter().map(|(lat, lon)| Point { lat, lon }).collect())
}

/// An incident's messages and their earlier texts.
///
/// # Errors
/// [`Error::NotFound`].
pub fn thread(conn: &mut Conn, desk: &Desk, id: Id) -> Result<Vec<(Message, Vec<MessageVersion>)>, Error> {
    get(conn, desk, id)?;
    let messages = messages::of_incident(conn, id)?;
    let ids: Vec<Id> = messages.iter().map(|m| m.id).collect();
    let mut versions = messages::versions(conn, &ids)?;
    Ok(messages
        .into_iter()
        .map(|message| {
            let own = versions.extract_if(.., |v| v.message_id == message.id).collect();
            (message, own)
        })
        .collect())
}

/// An incident's history after event `after`, and whether its chain of hashes is whole so far as shown.
///
/// # Errors
/// [`Error::NotFound`].
pub fn history(conn: &mut Conn, desk: &Desk, id: Id, after: i64, limit: i64) -> Result<Vec<(EventRow, bool)>, Error> {
    get(conn, desk, id)?;
    let events = spine::events_of(conn, id, after, limit + 1)?;
    Ok(events.into_iter().map(|event| (whole(&event), event)).map(|(whole, event)| (event, whole)).collect())
}

/// Whether the event's hash is that of its facts.
fn whole(event: &EventRow) -> bool {
    event.kind.parse::<EventKind>().is_ok_and(|kind| {
        event::link(&event.prev, event.incident_id, event.n, event.at, &event.actor, kind, &event.data) == event.hash
    })
}

/// An incident's stays with organisations.
///
/// # Errors
/// [`Error::NotFound`].
pub fn assignments(conn: &mut Conn, desk: &Desk, id: Id) -> Result<Vec<Assignment>, Error> {
    get(conn, desk, id)?;
    Ok(spine::assignments_of(conn, id)?)
}

/// What rules decided about an incident: the hops that led to where it is, and its clocks.
///
/// # Errors
/// [`Error::NotFound`].
pub fn decided(conn: &mut Conn, desk: &Desk, id: Id) -> Result<(Vec<Why>, Vec<ClockRow>), Error> {
    let incident = get(conn, desk, id)?;
    let hops = incident.routed.to().map_err(StoreError::unreadable)?;
    Ok((hops, spine::clocks_of(conn, id)?))
}

/// The incidents merged into this one.
///
/// # Errors
/// [`Error::NotFound`].
pub fn duplicates(conn: &mut Conn, desk: &Desk, id: Id) -> Result<Vec<Incident>, Error> {
    get(conn, desk, id)?;
    Ok(incidents::merged_into(conn, id)?)
}

/// Whether a clock's due time lies behind.
pub fn is_overdue(incident: &Incident, now: At) -> bool {
    incident.is_open() && incident.due_at < now
}

/// One page of the answers in a state, as far as the actor's part of the tree reaches.
///
/// # Errors
/// [`Error::Store`].
pub fn answers_in(
    conn: &mut Conn,
    desk: &Desk,
    state: AnswerState,
    after: Option<Id>,
    limit: i64,
) -> Result<Vec<Answer>, Error> {
    desk.need(Permission::ReadIncidents)?;
    Ok(spine::answers_in(conn, &desk.actor.scope(), state, after, limit + 1)?)
}
