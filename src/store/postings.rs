//! Answers on their way into the networks, and the pace at which they go.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::Conn;
use super::records::PostingRow;
use super::schema::{paces, postings};
use crate::domain::{At, Id, PostingState};

/// Adds the parts of one answer in one thread. The unique key (answer, incident, part) refuses a second time.
pub fn add(conn: &mut Conn, new: &[PostingRow]) -> QueryResult<()> {
    for row in new {
        diesel::insert_into(postings::table).values(row).execute(conn)?;
    }
    Ok(())
}

/// The parts of an answer in one thread, in their order.
pub fn of_thread(conn: &mut Conn, answer: Id, incident: Id) -> QueryResult<Vec<PostingRow>> {
    postings::table
        .filter(postings::answer_id.eq(answer).and(postings::incident_id.eq(incident)))
        .order(postings::part)
        .select(PostingRow::as_select())
        .load(conn)
}

/// The posting with this identity.
pub fn find(conn: &mut Conn, id: Id) -> QueryResult<Option<PostingRow>> {
    postings::table.find(id).select(PostingRow::as_select()).get_result(conn).optional()
}

/// Writes a posting back.
pub fn save(conn: &mut Conn, posting: &PostingRow) -> QueryResult<()> {
    diesel::update(postings::table.find(posting.id)).set(posting).execute(conn)?;
    Ok(())
}

/// All that was to be published in an incident's thread, oldest first.
pub fn in_incident(conn: &mut Conn, incident: Id) -> QueryResult<Vec<PostingRow>> {
    postings::table
        .filter(postings::incident_id.eq(incident))
        .order(postings::id)
        .select(PostingRow::as_select())
        .load(conn)
}

/// Which postings are looked for: all fields that are set must fit.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub answer: Option<Id>,
    pub incident: Option<Id>,
    pub state: Option<PostingState>,
    pub maybe_twice: Option<bool>,
}

/// Postings after one, in the order of their identities, which is that of time.
pub fn list(conn: &mut Conn, filter: &Filter, after: Option<Id>, limit: i64) -> QueryResult<Vec<PostingRow>> {
    let mut query = postings::table.into_boxed().order(postings::id).limit(limit);
    if let Some(answer) = filter.answer {
        query = query.filter(postings::answer_id.eq(answer));
    }
    if let Some(incident) = filter.incident {
        query = query.filter(postings::incident_id.eq(incident));
    }
    if let Some(state) = filter.state {
        query = query.filter(postings::state.eq(state));
    }
    if let Some(twice) = filter.maybe_twice {
        query = query.filter(postings::maybe_twice.eq(twice));
    }
    if let Some(after) = after {
        query = query.filter(postings::id.gt(after));
    }
    query.select(PostingRow::as_select()).load(conn)
}

/// Takes the next free moment of a pace, and makes the one after it free `interval` milliseconds later. Not before `now`.
pub fn take_slot(conn: &mut Conn, key: &str, now: At, interval: i64) -> QueryResult<At> {
    #[derive(QueryableByName)]
    struct Free {
        #[diesel(sql_type = BigInt)]
        free_at: i64,
    }
    let (now, interval) = (now.as_microsecond(), interval.saturating_mul(1000));
    // One statement, so that two who ask at once are given two moments.
    let sql = match conn {
        Conn::Postgres(_) => {
            "insert into paces (key, free_at) values ($1, $2) on conflict (key) do update set free_at = \
             case when paces.free_at > $3 then paces.free_at + $4 else excluded.free_at end returning free_at"
        }
        Conn::Sqlite(_) => {
            "insert into paces (key, free_at) values (?, ?) on conflict (key) do update set free_at = \
             case when paces.free_at > ? then paces.free_at + ? else excluded.free_at end returning free_at"
        }
    };
    let query = diesel::sql_query(sql);
    let free: Free = query
        .bind::<Text, _>(key)
        .bind::<BigInt, _>(now + interval)
        .bind::<BigInt, _>(now)
        .bind::<BigInt, _>(interval)
        .get_result(conn)?;
    Ok(At::of_microsecond(free.free_at - interval))
}

/// Lets a pace rest until a moment: the network asked for it.
pub fn rest(conn: &mut Conn, key: &str, until: At) -> QueryResult<()> {
    take_slot(conn, key, until, 0)?;
    Ok(())
}

/// Forgets paces that were free before a moment.
pub fn forget_paces(conn: &mut Conn, before: At) -> QueryResult<usize> {
    diesel::delete(paces::table.filter(paces::free_at.lt(before.as_microsecond()))).execute(conn)
}
