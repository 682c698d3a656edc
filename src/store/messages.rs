//! Residents' messages and their earlier texts.

use diesel::prelude::*;

use super::bulk;
use super::conn::{Conn, each_engine};
use super::records::{Message, MessageVersion};
use super::schema::{message_versions, messages};
use crate::domain::{At, Id};

/// The messages of these sources with these external identities. May hold pairs that nobody asked for, since the two lists are
/// matched apart: the caller looks its own up.
pub fn known(conn: &mut Conn, sources: &[Id], externals: &[&str]) -> QueryResult<Vec<Message>> {
    messages::table
        .filter(messages::source_id.eq_any(sources).and(messages::external_id.eq_any(externals)))
        .select(Message::as_select())
        .load(conn)
}

/// Stores a message. The unique key (source, external id) refuses what is there already.
pub fn add(conn: &mut Conn, new: &Message) -> QueryResult<()> {
    bulk::insert(conn, &[new])
}

/// Writes a message back.
pub fn save(conn: &mut Conn, message: &Message) -> QueryResult<()> {
    diesel::update(messages::table.find(message.id)).set(message).execute(conn)?;
    Ok(())
}

/// An incident's messages, as they were published.
pub fn of_incident(conn: &mut Conn, incident: Id) -> QueryResult<Vec<Message>> {
    messages::table
        .filter(messages::incident_id.eq(incident))
        .order((messages::published_at, messages::external_id))
        .select(Message::as_select())
        .load(conn)
}

/// Keeps a text that a message had at a time; the same text at the same time is kept once.
pub fn keep_version(conn: &mut Conn, version: &MessageVersion) -> QueryResult<bool> {
    let rows = each_engine!(conn, c => diesel::insert_into(message_versions::table)
        .values(version)
        .on_conflict((message_versions::message_id, message_versions::at))
        .do_nothing()
        .execute(c))?;
    Ok(rows == 1)
}

/// Whether this message said something at just this time.
pub fn has_version(conn: &mut Conn, message: Id, at: At) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(message_versions::table.find((message, at)))).get_result(conn)
}

/// The earlier texts of these messages, oldest first.
pub fn versions(conn: &mut Conn, of: &[Id]) -> QueryResult<Vec<MessageVersion>> {
    message_versions::table
        .filter(message_versions::message_id.eq_any(of))
        .order((message_versions::message_id, message_versions::at))
        .select(MessageVersion::as_select())
        .load(conn)
}

/// Takes away a row that knows nothing but a deletion, so that the message itself can take its place.
pub fn forget(conn: &mut Conn, message: Id) -> QueryResult<()> {
    diesel::delete(messages::table.filter(messages::id.eq(message).and(messages::incident_id.is_null())))
        .execute(conn)?;
    Ok(())
}
