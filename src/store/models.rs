//! What was learned: models by version. Of each head at most one is active; a unique index sees to it.

use diesel::dsl::max;
use diesel::prelude::*;

use super::Conn;
use super::records::ModelRow;
use super::schema::models;
use crate::domain::advice::{Head, ModelState};

/// The active models, without their bytes.
pub fn active(conn: &mut Conn) -> QueryResult<Vec<ModelRow>> {
    models::table
        .filter(models::state.eq(ModelState::Active))
        .order(models::head)
        .select(ModelRow::as_select())
        .load(conn)
}

/// Models below a version, the newest first, at most `limit`.
pub fn list(conn: &mut Conn, below: i64, limit: i64) -> QueryResult<Vec<ModelRow>> {
    models::table
        .filter(models::version.lt(below))
        .order(models::version.desc())
        .limit(limit)
        .select(ModelRow::as_select())
        .load(conn)
}

/// One model without its bytes.
pub fn find(conn: &mut Conn, version: i64) -> QueryResult<Option<ModelRow>> {
    models::table.find(version).select(ModelRow::as_select()).get_result(conn).optional()
}

/// The newest model of a head, whatever its state.
pub fn newest(conn: &mut Conn, head: Head) -> QueryResult<Option<ModelRow>> {
    let of_head = models::table.filter(models::head.eq(head)).order(models::version.desc());
    Ok(of_head.limit(1).select(ModelRow::as_select()).load(conn)?.pop())
}

/// A model's bytes, if it is known and they are kept.
pub fn bytes(conn: &mut Conn, version: i64) -> QueryResult<Option<Vec<u8>>> {
    let found = models::table.find(version).select(models::bytes).get_result(conn).optional()?;
    Ok(found.flatten())
}

/// The highest version there is; 0 before the first.
pub fn last(conn: &mut Conn) -> QueryResult<i64> {
    Ok(models::table.select(max(models::version)).get_result::<Option<i64>>(conn)?.unwrap_or(0))
}

/// Adds a model. Its version is a key, so of two that add the same one fails.
pub fn insert(conn: &mut Conn, row: &ModelRow, bytes: &[u8]) -> QueryResult<()> {
    diesel::insert_into(models::table).values((row, models::bytes.eq(bytes))).execute(conn)?;
    Ok(())
}

/// Gives a model another state, and says why.
pub fn set_state(conn: &mut Conn, version: i64, state: ModelState, reason: &str) -> QueryResult<()> {
    diesel::update(models::table.find(version))
        .set((models::state.eq(state), models::reason.eq(reason)))
        .execute(conn)?;
    Ok(())
}

/// Forgets the bytes of a head's models that are not active and not among its newest `keep`.
pub fn forget_bytes(conn: &mut Conn, head: Head, keep: i64) -> QueryResult<()> {
    let kept: Vec<i64> = models::table
        .filter(models::head.eq(head).and(models::bytes.is_not_null()))
        .order(models::version.desc())
        .limit(keep)
        .select(models::version)
        .load(conn)?;
    let old = models::table.filter(models::head.eq(head).and(models::bytes.is_not_null()));
    diesel::update(old.filter(models::state.ne(ModelState::Active)).filter(models::version.ne_all(kept)))
        .set(models::bytes.eq(None::<Vec<u8>>))
        .execute(conn)?;
    Ok(())
}
