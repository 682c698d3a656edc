//! Answers kept for requests that may be sent again.

use diesel::prelude::*;

use super::records::Remembered;
use super::schema::idempotency;
use super::{Conn, each_engine};
use crate::domain::At;

/// Takes the key for this transaction; false if somebody has it already.
pub fn reserve(conn: &mut Conn, request: &Remembered) -> QueryResult<bool> {
    let inserted = each_engine!(conn, c => diesel::insert_into(idempotency::table)
        .values(request)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(inserted == 1)
}

/// Writes the answer into a key taken before.
pub fn settle(conn: &mut Conn, actor: &str, key: &str, status: i32, response: &str) -> QueryResult<()> {
    diesel::update(idempotency::table.filter(idempotency::actor.eq(actor)).filter(idempotency::key.eq(key)))
        .set((idempotency::status.eq(status), idempotency::response.eq(response)))
        .execute(conn)?;
    Ok(())
}

/// What was answered to the actor's key.
pub fn find(conn: &mut Conn, actor: &str, key: &str) -> QueryResult<Option<Remembered>> {
    idempotency::table
        .filter(idempotency::actor.eq(actor))
        .filter(idempotency::key.eq(key))
        .select(Remembered::as_select())
        .get_result(conn)
        .optional()
}

/// Deletes what was answered before an instant; how many.
pub fn prune(conn: &mut Conn, before: At) -> QueryResult<usize> {
    diesel::delete(idempotency::table.filter(idempotency::created_at.lt(before))).execute(conn)
}
