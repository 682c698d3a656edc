//! Members of staff.

use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::Conn;
use super::records::Staff;
use super::schema::staff;
use crate::domain::{Id, Role};

/// Which members a list is about.
#[derive(Debug, Clone, Default)]
pub struct StaffFilter {
    /// Only of these organisations.
    pub organisations: Option<Vec<String>>,
    pub role: Option<Role>,
    pub active: Option<bool>,
}

/// A member by the login.
pub fn by_login(conn: &mut Conn, login: &str) -> QueryResult<Option<Staff>> {
    staff::table.filter(staff::login.eq(login)).select(Staff::as_select()).get_result(conn).optional()
}

/// A member by the id.
pub fn find(conn: &mut Conn, id: Id) -> QueryResult<Option<Staff>> {
    staff::table.find(id).select(Staff::as_select()).get_result(conn).optional()
}

/// The names of members.
pub fn names(conn: &mut Conn, ids: &[Id]) -> QueryResult<Vec<(Id, String)>> {
    staff::table.filter(staff::id.eq_any(ids)).select((staff::id, staff::name)).load(conn)
}

/// Members after a login, in the order of logins.
pub fn list(conn: &mut Conn, filter: &StaffFilter, after: Option<&str>, limit: i64) -> QueryResult<Vec<Staff>> {
    let mut query = matching(filter).order(staff::login.asc()).limit(limit);
    if let Some(after) = after {
        query = query.filter(staff::login.gt(after));
    }
    query.select(Staff::as_select()).load(conn)
}

/// How many members a list has.
pub fn count(conn: &mut Conn, filter: &StaffFilter) -> QueryResult<i64> {
    matching(filter).count().get_result(conn)
}

fn matching(filter: &StaffFilter) -> staff::BoxedQuery<'_, super::conn::MultiBackend> {
    let mut query = staff::table.into_boxed();
    if let Some(organisations) = &filter.organisations {
        query = query.filter(staff::organisation.eq_any(organisations));
    }
    if let Some(role) = filter.role {
        query = query.filter(staff::role.eq(role));
    }
    if let Some(active) = filter.active {
        query = query.filter(staff::active.eq(active));
    }
    query
}

/// Adds a member; the login is a key.
pub fn insert(conn: &mut Conn, member: &Staff) -> QueryResult<()> {
    diesel::insert_into(staff::table).values(member).execute(conn)?;
    Ok(())
}

/// Writes a member's changed facts over the ones that were read; false if they had changed.
pub fn update(conn: &mut Conn, seen: &Staff, member: &Staff) -> QueryResult<bool> {
    let without = staff::email.is_null().and(seen.email.is_none().into_sql::<Bool>()).nullable();
    let changed = diesel::update(staff::table.filter(staff::id.eq(member.id)))
        .filter(staff::name.eq(&seen.name))
        .filter(staff::role.eq(seen.role))
        .filter(staff::organisation.eq(&seen.organisation))
        .filter(staff::active.eq(seen.active))
        .filter(staff::language.eq(&seen.language))
        .filter(staff::epoch.eq(seen.epoch))
        .filter(staff::notices_off.eq(&seen.notices_off))
        .filter(staff::email.eq(&seen.email).or(without))
        .set(member)
        .execute(conn)?;
    Ok(changed == 1)
}
