//! Filters that people keep.

use diesel::prelude::*;

use super::Conn;
use super::records::SavedFilter;
use super::schema::saved_filters;
use crate::domain::Id;

/// Somebody's filters, by name.
pub fn of(conn: &mut Conn, member: Id) -> QueryResult<Vec<SavedFilter>> {
    saved_filters::table
        .filter(saved_filters::staff_id.eq(member))
        .order(saved_filters::name)
        .select(SavedFilter::as_select())
        .load(conn)
}

/// Keeps a filter. The unique key (member, name) refuses a name that is taken.
pub fn add(conn: &mut Conn, new: &SavedFilter) -> QueryResult<()> {
    diesel::insert_into(saved_filters::table).values(new).execute(conn)?;
    Ok(())
}

/// Gives one of somebody's filters another name; false if there is none.
pub fn rename(conn: &mut Conn, member: Id, id: Id, name: &str) -> QueryResult<bool> {
    let own = saved_filters::table.filter(saved_filters::id.eq(id).and(saved_filters::staff_id.eq(member)));
    Ok(diesel::update(own).set(saved_filters::name.eq(name)).execute(conn)? == 1)
}

/// Forgets one of somebody's filters; false if there is none.
pub fn remove(conn: &mut Conn, member: Id, id: Id) -> QueryResult<bool> {
    let own = saved_filters::table.filter(saved_filters::id.eq(id).and(saved_filters::staff_id.eq(member)));
    Ok(diesel::delete(own).execute(conn)? == 1)
}
