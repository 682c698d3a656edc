//! Orders to compute the deadlines of open incidents anew, and the open incidents in their turn.

use diesel::dsl::exists;
use diesel::prelude::*;

use super::Conn;
use super::records::{ClockRow, Recomputation};
use super::schema::{clocks, incidents, recomputations};
use crate::domain::{Id, Step};

/// Adds an order.
pub fn insert(conn: &mut Conn, row: &Recomputation) -> QueryResult<()> {
    diesel::insert_into(recomputations::table).values(row).execute(conn)?;
    Ok(())
}

/// The order with this identity.
pub fn find(conn: &mut Conn, id: Id) -> QueryResult<Option<Recomputation>> {
    recomputations::table.find(id).select(Recomputation::as_select()).get_result(conn).optional()
}

/// Orders before the one with this identity, the newest first.
pub fn list(conn: &mut Conn, before: Option<Id>, limit: i64) -> QueryResult<Vec<Recomputation>> {
    let mut query = recomputations::table.into_boxed();
    if let Some(id) = before {
        query = query.filter(recomputations::id.lt(id));
    }
    query.order(recomputations::id.desc()).limit(limit).select(Recomputation::as_select()).load(conn)
}

/// Whether an order is not finished.
pub fn under_way(conn: &mut Conn) -> QueryResult<bool> {
    diesel::select(exists(recomputations::table.filter(recomputations::finished_at.is_null()))).get_result(conn)
}

/// Writes an order back.
pub fn save(conn: &mut Conn, row: &Recomputation) -> QueryResult<()> {
    diesel::update(recomputations::table.find(row.id)).set(row).execute(conn)?;
    Ok(())
}

/// The identities of the open incidents after a number, in the order of their numbers.
pub fn open_after(conn: &mut Conn, number: i64, limit: i64) -> QueryResult<Vec<Id>> {
    incidents::table
        .filter(incidents::number.gt(number).and(incidents::step.ne(Step::Closed)))
        .order(incidents::number)
        .limit(limit)
        .select(incidents::id)
        .load(conn)
}

/// How many open incidents there are after a number.
pub fn left_after(conn: &mut Conn, number: i64) -> QueryResult<i64> {
    incidents::table.filter(incidents::number.gt(number).and(incidents::step.ne(Step::Closed))).count().get_result(conn)
}

/// The clocks of incidents that wait for something.
pub fn unsettled(conn: &mut Conn, ids: &[Id]) -> QueryResult<Vec<ClockRow>> {
    clocks::table
        .filter(clocks::incident_id.eq_any(ids).and(clocks::settled_at.is_null()))
        .order((clocks::incident_id, clocks::started_at, clocks::kind, clocks::cycle))
        .select(ClockRow::as_select())
        .load(conn)
}
