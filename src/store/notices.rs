//! Notices: who should hear of what, and in which letter it stands.

use diesel::dsl::{exists, not};
use diesel::prelude::*;

use super::records::{Notice, Staff};
use super::schema::{clocks, incidents, notices, staff};
use super::{Conn, bulk};
use crate::domain::notice::{NoticeKind, NoticeState};
use crate::domain::sla::ClockState;
use crate::domain::{At, Id, Role, Step};

/// Active staff with an address, of one of these roles, at one of these organisations.
pub fn reachable(conn: &mut Conn, roles: &[Role], organisations: &[&str]) -> QueryResult<Vec<Staff>> {
    staff::table
        .filter(staff::active.eq(true).and(staff::email.is_not_null()))
        .filter(staff::role.eq_any(roles).and(staff::organisation.eq_any(organisations)))
        .select(Staff::as_select())
        .load(conn)
}

/// Adds notices, but for those that the person has already: the same step of the same clock with the same due time.
pub fn add(conn: &mut Conn, new: &[Notice]) -> QueryResult<()> {
    bulk::insert_new(conn, &new.iter().collect::<Vec<_>>())
}

/// Whose letters are due, and of which kind: something that no letter was ordered for was given at `given` or before, and its quiet
/// hours are over. Nobody's, whose last letter of that kind is still under way.
pub fn due(conn: &mut Conn, now: At, given: At, limit: i64) -> QueryResult<Vec<(Id, NoticeKind)>> {
    let other = diesel::alias!(notices as other);
    let of_same =
        other.field(notices::staff_id).eq(notices::staff_id).and(other.field(notices::kind).eq(notices::kind));
    let waiting = other.field(notices::state).eq(NoticeState::Waiting).and(other.field(notices::letter).is_not_null());
    notices::table
        .filter(notices::letter.is_null().and(notices::send_after.le(now)).and(notices::created_at.le(given)))
        .filter(not(exists(other.filter(of_same.and(waiting)))))
        .select((notices::staff_id, notices::kind))
        .distinct()
        .limit(limit)
        .load(conn)
}

/// Puts everything of that kind that a person may hear of now into a letter; how much that is. What another letter has stays there:
/// the update's condition decides, whoever looked first.
pub fn gather(conn: &mut Conn, member: Id, kind: NoticeKind, letter: Id, now: At) -> QueryResult<usize> {
    let free = notices::staff_id.eq(member).and(notices::kind.eq(kind)).and(notices::letter.is_null());
    diesel::update(notices::table.filter(free.and(notices::send_after.le(now))))
        .set(notices::letter.eq(letter))
        .execute(conn)
}

/// How a clock stands: its state, its due time, and when it ended.
type Promise = (ClockState, At, Option<At>);

/// What a letter still has to say, the earliest due first. With each, whether it holds: the incident is open, and the clock waits
/// for the same due time.
pub fn of_letter(conn: &mut Conn, letter: Id) -> QueryResult<Vec<(Notice, bool)>> {
    let rows: Vec<(Notice, Step, Option<Promise>)> = notices::table
        .inner_join(incidents::table.on(incidents::id.eq(notices::incident_id)))
        .left_join(
            clocks::table.on(clocks::incident_id
                .eq(notices::incident_id)
                .and(clocks::kind.eq(notices::clock))
                .and(clocks::cycle.eq(notices::cycle))),
        )
        .filter(notices::letter.eq(letter).and(notices::state.eq(NoticeState::Waiting)))
        .order((notices::due_at, notices::number, notices::clock, notices::step))
        .select((Notice::as_select(), incidents::step, (clocks::state, clocks::due_at, clocks::settled_at).nullable()))
        .load(conn)?;
    let holds = |notice: &Notice, step, clock: Option<Promise>| {
        let waits = clock.is_some_and(|(state, due_at, settled_at)| {
            let waiting = matches!(state, ClockState::Running | ClockState::Breached);
            waiting && settled_at.is_none() && due_at == notice.due_at
        });
        step != Step::Closed && waits
    };
    let judged = |(notice, step, clock)| {
        let holds = holds(&notice, step, clock);
        (notice, holds)
    };
    Ok(rows.into_iter().map(judged).collect())
}

/// Ends the wait of these notices of a letter.
pub fn settle(
    conn: &mut Conn,
    letter: Id,
    which: &[Id],
    state: NoticeState,
    now: At,
    failure: Option<&str>,
) -> QueryResult<usize> {
    let waiting = notices::letter.eq(letter).and(notices::state.eq(NoticeState::Waiting));
    diesel::update(notices::table.filter(notices::id.eq_any(which).and(waiting)))
        .set((notices::state.eq(state), notices::settled_at.eq(now), notices::failure.eq(failure)))
        .execute(conn)
}

/// Somebody's notices before one, the newest first.
pub fn of_member(conn: &mut Conn, member: Id, before: Option<Id>, limit: i64) -> QueryResult<Vec<Notice>> {
    let mut query = notices::table.filter(notices::staff_id.eq(member)).into_boxed();
    if let Some(before) = before {
        query = query.filter(notices::id.lt(before));
    }
    query.order(notices::id.desc()).limit(limit).select(Notice::as_select()).load(conn)
}

/// How many notices somebody has.
pub fn count_of_member(conn: &mut Conn, member: Id) -> QueryResult<i64> {
    notices::table.filter(notices::staff_id.eq(member)).count().get_result(conn)
}

/// Changes which kinds a member wants no letters of; false if that had changed.
pub fn set_off(conn: &mut Conn, member: Id, seen: &str, off: &str) -> QueryResult<bool> {
    let rows = diesel::update(staff::table.filter(staff::id.eq(member).and(staff::notices_off.eq(seen))))
        .set(staff::notices_off.eq(off))
        .execute(conn)?;
    Ok(rows == 1)
}

/// Forgets the notices of incidents that were closed before `before`. As long as an incident is open, they keep a step from being
/// told twice.
pub fn prune(conn: &mut Conn, before: At) -> QueryResult<usize> {
    let over = incidents::table.filter(incidents::closed_at.lt(before)).select(incidents::id);
    diesel::delete(notices::table.filter(notices::incident_id.eq_any(over))).execute(conn)
}
