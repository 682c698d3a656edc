//! Decisions of the desk, alone and in batches.

use diesel::prelude::*;

use super::records::{BatchRow, DecisionRow};
use super::schema::{batches, decisions};
use super::{Conn, bulk};
use crate::domain::decision::DecisionState;
use crate::domain::{At, Doc, Id};

/// Adds decisions.
pub fn insert(conn: &mut Conn, rows: &[DecisionRow]) -> QueryResult<()> {
    bulk::insert(conn, &rows.iter().collect::<Vec<_>>())
}

/// The decision with this identity.
pub fn find(conn: &mut Conn, id: Id) -> QueryResult<Option<DecisionRow>> {
    decisions::table.find(id).select(DecisionRow::as_select()).get_result(conn).optional()
}

/// Writes a decision back if it still is in a state; `false` if somebody was faster.
pub fn save(conn: &mut Conn, from: DecisionState, row: &DecisionRow) -> QueryResult<bool> {
    let same = decisions::table.filter(decisions::id.eq(row.id).and(decisions::state.eq(from)));
    Ok(diesel::update(same).set(row).execute(conn)? == 1)
}

/// Decisions of a batch in a state, in their order.
pub fn of_batch(conn: &mut Conn, batch: Id, state: DecisionState, limit: i64) -> QueryResult<Vec<DecisionRow>> {
    decisions::table
        .filter(decisions::batch_id.eq(batch).and(decisions::state.eq(state)))
        .order(decisions::id)
        .limit(limit)
        .select(DecisionRow::as_select())
        .load(conn)
}

/// Forgets what incidents were before, of decisions made before an instant; deletes decisions that were made before another.
pub fn prune(conn: &mut Conn, undoable: At, kept: At) -> QueryResult<()> {
    diesel::update(decisions::table.filter(decisions::at.lt(undoable).and(decisions::before.is_not_null())))
        .set(decisions::before.eq(None::<Doc>))
        .execute(conn)?;
    diesel::delete(decisions::table.filter(decisions::at.lt(kept))).execute(conn)?;
    Ok(())
}

/// Adds a batch.
pub fn insert_batch(conn: &mut Conn, row: &BatchRow) -> QueryResult<()> {
    diesel::insert_into(batches::table).values(row).execute(conn)?;
    Ok(())
}

/// The batch with this identity.
pub fn batch(conn: &mut Conn, id: Id) -> QueryResult<Option<BatchRow>> {
    batches::table.find(id).select(BatchRow::as_select()).get_result(conn).optional()
}

/// Somebody's batches, the newest first.
pub fn batches_of(conn: &mut Conn, member: Id, limit: i64) -> QueryResult<Vec<BatchRow>> {
    batches::table
        .filter(batches::staff_id.eq(member))
        .order(batches::id.desc())
        .limit(limit)
        .select(BatchRow::as_select())
        .load(conn)
}

/// Writes a batch back.
pub fn save_batch(conn: &mut Conn, row: &BatchRow) -> QueryResult<()> {
    diesel::update(batches::table.find(row.id)).set(row).execute(conn)?;
    Ok(())
}
