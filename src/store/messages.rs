//! Residents' messages and their earlier texts.

use diesel::prelude::*;

use super::bulk;
use super::conn::{Conn, each_engine};
use super::records::{Message, MessageVersion};
use super::schema::{message_versions, messages};
use crate::domain::{At, Form, Id};

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

/// What a person last said under a post, or in a private talk, up to a time.
pub fn last_of(conn: &mut Conn, source: Id, post: &str, author: &str, until: At) -> QueryResult<Option<Message>> {
    messages::table
        .filter(messages::source_id.eq(source).and(messages::post_key.eq(post)).and(messages::author_key.eq(author)))
        .filter(messages::published_at.le(until))
        .order(messages::published_at.desc())
        .select(Message::as_select())
        .first(conn)
        .optional()
}

/// Whatever incident they belong to: the messages under a post that were published from `from` on, the earliest first, or before it, the
/// latest first. Not those that are known by their deletion alone.
pub fn of_post(
    conn: &mut Conn,
    source: Id,
    post: &str,
    from: At,
    before: bool,
    limit: i64,
) -> QueryResult<Vec<Message>> {
    let of_post =
        messages::source_id.eq(source).and(messages::post_key.eq(post)).and(messages::incident_id.is_not_null());
    let of_post = messages::table.filter(of_post).into_boxed();
    let found = if before {
        of_post.filter(messages::published_at.lt(from)).order((messages::published_at.desc(), messages::id.desc()))
    } else {
        of_post.filter(messages::published_at.ge(from)).order((messages::published_at, messages::id))
    };
    found.limit(limit).select(Message::as_select()).load(conn)
}

/// Whatever incident they belong to: the messages under a post that reply to these words.
pub fn replies(conn: &mut Conn, source: Id, post: &str, to: &[&str], limit: i64) -> QueryResult<Vec<Message>> {
    messages::table
        .filter(messages::source_id.eq(source).and(messages::post_key.eq(post)).and(messages::parent_key.eq_any(to)))
        .filter(messages::incident_id.is_not_null())
        .order((messages::published_at, messages::id))
        .limit(limit)
        .select(Message::as_select())
        .load(conn)
}

/// Whatever incident they belong to: what somebody wrote in private, in these talks.
pub fn private(conn: &mut Conn, source: Id, posts: &[&str], author: &str, limit: i64) -> QueryResult<Vec<Message>> {
    messages::table
        .filter(
            messages::source_id.eq(source).and(messages::post_key.eq_any(posts)).and(messages::author_key.eq(author)),
        )
        .filter(messages::form.eq(Form::Private).and(messages::incident_id.is_not_null()))
        .order((messages::published_at.desc(), messages::id.desc()))
        .limit(limit)
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
