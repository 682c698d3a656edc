//! Refresh tokens: one row each, all that descend from one sign-in in one family.

use diesel::prelude::*;

use super::Conn;
use super::records::{Session, Staff};
use super::schema::{sessions, staff};
use crate::domain::{At, Id};

/// A token by its hash.
pub fn by_hash(conn: &mut Conn, token_hash: &str) -> QueryResult<Option<Session>> {
    sessions::table.filter(sessions::token_hash.eq(token_hash)).select(Session::as_select()).get_result(conn).optional()
}

/// Whose family it is, as long as it is neither revoked nor over.
pub fn holder(conn: &mut Conn, family: Id, now: At) -> QueryResult<Option<Staff>> {
    staff::table
        .inner_join(sessions::table.on(sessions::staff_id.eq(staff::id)))
        .filter(sessions::family.eq(family))
        .filter(sessions::revoked_at.is_null())
        .filter(sessions::expires_at.gt(now))
        .select(Staff::as_select())
        .first(conn)
        .optional()
}

/// Adds a token.
pub fn insert(conn: &mut Conn, session: &Session) -> QueryResult<()> {
    diesel::insert_into(sessions::table).values(session).execute(conn)?;
    Ok(())
}

/// Marks a token as used; false if somebody was faster.
pub fn spend(conn: &mut Conn, id: Id, now: At) -> QueryResult<bool> {
    let spent = diesel::update(sessions::table.filter(sessions::id.eq(id)))
        .filter(sessions::used_at.is_null())
        .filter(sessions::revoked_at.is_null())
        .set(sessions::used_at.eq(now))
        .execute(conn)?;
    Ok(spent == 1)
}

/// Revokes one sign-in.
pub fn revoke_family(conn: &mut Conn, family: Id, now: At) -> QueryResult<usize> {
    diesel::update(sessions::table.filter(sessions::family.eq(family)))
        .filter(sessions::revoked_at.is_null())
        .set(sessions::revoked_at.eq(now))
        .execute(conn)
}

/// Revokes every sign-in of a member of staff.
pub fn revoke_all(conn: &mut Conn, staff_id: Id, now: At) -> QueryResult<usize> {
    diesel::update(sessions::table.filter(sessions::staff_id.eq(staff_id)))
        .filter(sessions::revoked_at.is_null())
        .set(sessions::revoked_at.eq(now))
        .execute(conn)
}

/// The sign-ins of a member that are open: of each its family, when it was last renewed and when it ends, the newest first.
pub fn open(conn: &mut Conn, staff_id: Id, now: At) -> QueryResult<Vec<(Id, At, At)>> {
    sessions::table
        .filter(sessions::staff_id.eq(staff_id))
        .filter(sessions::used_at.is_null())
        .filter(sessions::revoked_at.is_null())
        .filter(sessions::expires_at.gt(now))
        .order(sessions::issued_at.desc())
        .select((sessions::family, sessions::issued_at, sessions::expires_at))
        .load(conn)
}

/// Revokes every sign-in of a member of staff but one.
pub fn revoke_others(conn: &mut Conn, staff_id: Id, family: Id, now: At) -> QueryResult<usize> {
    diesel::update(sessions::table.filter(sessions::staff_id.eq(staff_id).and(sessions::family.ne(family))))
        .filter(sessions::revoked_at.is_null())
        .set(sessions::revoked_at.eq(now))
        .execute(conn)
}

/// Deletes tokens that ended before an instant; how many.
pub fn prune(conn: &mut Conn, before: At) -> QueryResult<usize> {
    diesel::delete(sessions::table.filter(sessions::expires_at.lt(before))).execute(conn)
}
