//! What is counted for whoever watches the service.

use diesel::dsl::count_star;
use diesel::prelude::*;

use super::Conn;
use super::schema::{clocks, jobs, policies};
use crate::domain::At;
use crate::domain::sla::ClockState;

/// What stands in the tables at an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// Jobs by state, but for those that are done.
    pub jobs: Vec<(String, i64)>,
    pub clocks_running: i64,
    pub clocks_overdue: i64,
}

/// Counts. Each question is answered from a narrow index.
pub fn count(conn: &mut Conn, now: At) -> QueryResult<Counted> {
    let by_state = |conn: &mut Conn, state: &str| -> QueryResult<(String, i64)> {
        let number = jobs::table.filter(jobs::state.eq(state)).count().get_result(conn)?;
        Ok((state.to_owned(), number))
    };
    // A clock wakes at its due time at the latest: so the index on that finds those that are overdue.
    let overdue = clocks::wake_at.le(now).and(clocks::due_at.le(now));
    let running = || clocks::table.filter(clocks::state.eq(ClockState::Running)).select(count_star());
    Ok(Counted {
        jobs: ["ready", "leased", "dead"].iter().map(|state| by_state(conn, state)).collect::<QueryResult<_>>()?,
        clocks_running: running().get_result(conn)?,
        clocks_overdue: running().filter(overdue).get_result(conn)?,
    })
}

/// Asks the database anything at all.
pub fn ping(conn: &mut Conn) -> QueryResult<()> {
    policies::table.select(policies::version).first::<i64>(conn).optional()?;
    Ok(())
}
