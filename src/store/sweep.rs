//! Clocks that wake: found by their index, written by the hundred.

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text};

use super::records::{ClockRow, EventRow};
use super::schema::{clocks, incidents};
use super::types::{Guid, Moment};
use super::{Conn, bulk};
use crate::domain::sla::ClockState;
use crate::domain::{At, Id};

#[derive(QueryableByName)]
struct Waking {
    #[diesel(sql_type = Guid)]
    id: Id,
}

/// The incident of each running clock that wakes before `now`, the longest overdue first; on PostgreSQL without those that another
/// transaction has in hand, and held until the end of this one.
pub fn waking(conn: &mut Conn, now: At, limit: i64) -> QueryResult<Vec<Id>> {
    Ok(match conn {
        Conn::Postgres(conn) => {
            let rows: Vec<Waking> = diesel::sql_query(
                "select i.id from clocks c join incidents i on i.id = c.incident_id \
                 where c.state = 'running' and c.wake_at < $1 order by c.wake_at limit $2 for update of i skip locked",
            )
            .bind::<Moment, _>(now)
            .bind::<BigInt, _>(limit)
            .load(conn)?;
            rows.into_iter().map(|row| row.id).collect()
        }
        Conn::Sqlite(conn) => clocks::table
            .filter(clocks::state.eq(ClockState::Running).and(clocks::wake_at.lt(now)))
            .order(clocks::wake_at)
            .limit(limit)
            .select(clocks::incident_id)
            .load(conn)?,
    })
}

/// The clocks of these incidents that run and wake before `now`.
pub fn running(conn: &mut Conn, incidents: &[Id], now: At) -> QueryResult<Vec<ClockRow>> {
    clocks::table
        .filter(clocks::incident_id.eq_any(incidents))
        .filter(clocks::state.eq(ClockState::Running).and(clocks::wake_at.lt(now)))
        .order((clocks::incident_id, clocks::due_at, clocks::kind, clocks::cycle))
        .select(ClockRow::as_select())
        .load(conn)
}

/// The earliest moment at which a running clock wakes: when the next sweep has something to do.
pub fn next_wake(conn: &mut Conn) -> QueryResult<Option<At>> {
    clocks::table
        .filter(clocks::state.eq(ClockState::Running))
        .order(clocks::wake_at)
        .select(clocks::wake_at)
        .first(conn)
        .optional()
}

/// Broken promises of an incident to be noted.
#[derive(Debug, Clone)]
pub struct Missed {
    pub incident: Id,
    /// The version that was read.
    pub seen: i64,
    /// The version it has then.
    pub version: i64,
    pub spine: String,
    pub changed_at: At,
    /// The clocks, as they are then.
    pub clocks: Vec<ClockRow>,
}

/// Notes broken promises with their events. `false`, and nothing to be kept, when somebody else changed one of the incidents.
pub fn miss(conn: &mut Conn, missed: &[Missed], events: &[EventRow]) -> QueryResult<bool> {
    if missed.is_empty() {
        return Ok(true);
    }
    let changed = match conn {
        Conn::Postgres(conn) => diesel::sql_query(
            "update incidents i set version = u.version, spine = u.spine, changed_at = u.changed_at \
             from unnest($1, $2, $3, $4, $5) as u (id, seen, version, spine, changed_at) \
             where i.id = u.id and i.version = u.seen",
        )
        .bind::<Array<Guid>, _>(column(missed, |one| one.incident))
        .bind::<Array<BigInt>, _>(column(missed, |one| one.seen))
        .bind::<Array<BigInt>, _>(column(missed, |one| one.version))
        .bind::<Array<Text>, _>(column(missed, |one| one.spine.clone()))
        .bind::<Array<Moment>, _>(column(missed, |one| one.changed_at))
        .execute(conn)?,
        Conn::Sqlite(conn) => {
            let mut changed = 0;
            for one in missed {
                let seen = incidents::table.filter(incidents::id.eq(one.incident).and(incidents::version.eq(one.seen)));
                changed += diesel::update(seen)
                    .set((
                        incidents::version.eq(one.version),
                        incidents::spine.eq(&one.spine),
                        incidents::changed_at.eq(one.changed_at),
                    ))
                    .execute(conn)?;
            }
            changed
        }
    };
    if changed != missed.len() {
        return Ok(false);
    }
    bulk::insert(conn, &events.iter().collect::<Vec<_>>())?;
    bulk::put(conn, &missed.iter().flat_map(|one| &one.clocks).collect::<Vec<_>>())?;
    Ok(true)
}

fn column<T, V>(rows: &[T], value: impl Fn(&T) -> V) -> Vec<V> {
    rows.iter().map(value).collect()
}
