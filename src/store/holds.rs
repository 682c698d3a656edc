//! Cards that moderators have before them, and those that they put off. All times are of the machine's clock.

use diesel::prelude::*;

use super::conn::{Conn, each_engine};
use super::records::Hold;
use super::schema::{holds, put_offs, staff};
use crate::domain::{At, Id};

/// Takes a card, or keeps it; `false` if somebody else has it.
pub fn take(conn: &mut Conn, hold: &Hold, now: At) -> QueryResult<bool> {
    let free = holds::staff_id.eq(hold.staff_id).or(holds::until.le(now));
    let taken = diesel::update(holds::table.find(hold.incident_id).filter(free))
        .set((holds::staff_id.eq(hold.staff_id), holds::until.eq(hold.until)))
        .execute(conn)?;
    if taken == 1 {
        return Ok(true);
    }
    let inserted =
        each_engine!(conn, c => diesel::insert_into(holds::table).values(hold).on_conflict_do_nothing().execute(c))?;
    Ok(inserted == 1)
}

/// Keeps cards that somebody has still, or had until nobody else took them; which those are.
pub fn renew(conn: &mut Conn, member: Id, ids: &[Id], until: At) -> QueryResult<Vec<Id>> {
    let own = || holds::table.filter(holds::staff_id.eq(member).and(holds::incident_id.eq_any(ids)));
    diesel::update(own()).set(holds::until.eq(until)).execute(conn)?;
    own().select(holds::incident_id).load(conn)
}

/// Lets cards go.
pub fn release(conn: &mut Conn, member: Id, ids: &[Id]) -> QueryResult<()> {
    let own = holds::staff_id.eq(member).and(holds::incident_id.eq_any(ids));
    diesel::delete(holds::table.filter(own)).execute(conn)?;
    Ok(())
}

/// All cards that somebody has: the incident, the account, the name.
pub fn all(conn: &mut Conn, now: At) -> QueryResult<Vec<(Id, Id, String)>> {
    holds::table
        .inner_join(staff::table.on(staff::id.eq(holds::staff_id)))
        .filter(holds::until.gt(now))
        .order(holds::incident_id)
        .select((holds::incident_id, holds::staff_id, staff::name))
        .load(conn)
}

/// Who has a card: the account, the name, until when.
pub fn holder(conn: &mut Conn, incident: Id, now: At) -> QueryResult<Option<(Id, String, At)>> {
    holds::table
        .inner_join(staff::table.on(staff::id.eq(holds::staff_id)))
        .filter(holds::incident_id.eq(incident).and(holds::until.gt(now)))
        .select((holds::staff_id, staff::name, holds::until))
        .get_result(conn)
        .optional()
}

/// Puts a card off for somebody.
pub fn put_off(conn: &mut Conn, member: Id, incident: Id, until: At) -> QueryResult<()> {
    each_engine!(conn, c => diesel::insert_into(put_offs::table)
        .values((put_offs::staff_id.eq(member), put_offs::incident_id.eq(incident), put_offs::until.eq(until)))
        .on_conflict((put_offs::staff_id, put_offs::incident_id))
        .do_update()
        .set(put_offs::until.eq(until))
        .execute(c))?;
    Ok(())
}

/// Lets somebody see a card again at once.
pub fn take_up(conn: &mut Conn, member: Id, incident: Id) -> QueryResult<()> {
    diesel::delete(put_offs::table.find((member, incident))).execute(conn)?;
    Ok(())
}

/// Deletes what is over.
pub fn prune(conn: &mut Conn, now: At) -> QueryResult<()> {
    diesel::delete(holds::table.filter(holds::until.le(now))).execute(conn)?;
    diesel::delete(put_offs::table.filter(put_offs::until.le(now))).execute(conn)?;
    Ok(())
}
