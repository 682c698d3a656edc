//! What import and export of the table need beside lists: which rows are known, and what hangs on a page of incidents.

use diesel::prelude::*;

use super::conn::{Conn, each_engine};
use super::records::Source;
use super::schema::{answers, clocks, incidents, messages, sources};
use crate::domain::sla::{ClockKind, ClockState};
use crate::domain::{AnswerState, At, Id};

/// The source of this name, made of `new` if there is none.
pub fn source(conn: &mut Conn, new: &Source) -> QueryResult<Id> {
    each_engine!(conn, c => diesel::insert_into(sources::table)
        .values(new)
        .on_conflict(sources::name)
        .do_nothing()
        .execute(c))?;
    sources::table.filter(sources::name.eq(&new.name)).select(sources::id).get_result(conn)
}

/// Which of these external identities the named source has brought already.
pub fn known_messages(conn: &mut Conn, source: &str, externals: &[&str]) -> QueryResult<Vec<String>> {
    messages::table
        .inner_join(sources::table.on(sources::id.eq(messages::source_id)))
        .filter(sources::name.eq(source))
        .filter(messages::external_id.eq_any(externals))
        .select(messages::external_id)
        .load(conn)
}

/// Which of these incidents there are.
pub fn known_incidents(conn: &mut Conn, ids: &[Id]) -> QueryResult<Vec<Id>> {
    incidents::table.filter(incidents::id.eq_any(ids)).select(incidents::id).load(conn)
}

/// A message with its own address and its author's.
pub type Addresses = (Id, Option<String>, Option<String>);

/// The addresses of these messages and of their authors.
pub fn addresses(conn: &mut Conn, ids: &[Id]) -> QueryResult<Vec<Addresses>> {
    messages::table
        .filter(messages::id.eq_any(ids))
        .select((messages::id, messages::url, messages::author_url))
        .load(conn)
}

/// An answer that was delivered.
#[derive(Debug, Clone, PartialEq, Queryable)]
pub struct Delivered {
    pub incident: Id,
    pub text: String,
    pub submitted_at: Option<At>,
    pub decided_at: Option<At>,
    pub delivered_at: Option<At>,
}

/// The delivered answers of these incidents, each incident's in their order.
pub fn delivered(conn: &mut Conn, ids: &[Id]) -> QueryResult<Vec<Delivered>> {
    answers::table
        .filter(answers::incident_id.eq_any(ids).and(answers::state.eq(AnswerState::Delivered)))
        .order((answers::incident_id, answers::delivered_at, answers::n))
        .select((
            answers::incident_id,
            answers::text,
            answers::submitted_at,
            answers::decided_at,
            answers::delivered_at,
        ))
        .load(conn)
}

/// How the clocks of these incidents' first answers stand.
pub fn first_answers(conn: &mut Conn, ids: &[Id]) -> QueryResult<Vec<(Id, ClockState)>> {
    clocks::table
        .filter(clocks::incident_id.eq_any(ids).and(clocks::kind.eq(ClockKind::FirstAnswer)))
        .select((clocks::incident_id, clocks::state))
        .load(conn)
}
