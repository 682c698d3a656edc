//! Posts that collect complaints.

use diesel::prelude::*;

use super::conn::{Conn, each_engine};
use super::records::Collection;
use super::schema::collections;
use crate::domain::Id;

/// The posts of a page that collect, the latest marked first.
pub fn of_page(conn: &mut Conn, page: Id) -> QueryResult<Vec<Collection>> {
    collections::table
        .filter(collections::source_id.eq(page))
        .order((collections::marked_at.desc(), collections::post_key))
        .select(Collection::as_select())
        .load(conn)
}

/// Marks a post, or changes what it collects.
pub fn put(conn: &mut Conn, collection: &Collection) -> QueryResult<()> {
    each_engine!(conn, c => diesel::insert_into(collections::table)
        .values(collection)
        .on_conflict((collections::source_id, collections::post_key))
        .do_update()
        .set(collections::topic.eq(&collection.topic))
        .execute(c))?;
    Ok(())
}

/// Marks a post no more.
pub fn remove(conn: &mut Conn, page: Id, post: &str) -> QueryResult<()> {
    diesel::delete(collections::table.find((page, post))).execute(conn)?;
    Ok(())
}
