//! What is said around residents' messages.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use diesel::upsert::excluded;

use super::conn::{Conn, each_engine};
use super::records::RemarkRow;
use super::schema::remarks;
use crate::domain::{At, Form, Id};

/// Stores a remark, or what it says now: of two texts the later stands, and of two told of the same time the one told last.
pub fn put(conn: &mut Conn, remark: &RemarkRow) -> QueryResult<()> {
    use diesel::query_dsl::methods::FilterDsl as _;
    each_engine!(conn, c => diesel::insert_into(remarks::table)
        .values(remark)
        .on_conflict((remarks::source_id, remarks::external_id))
        .do_update()
        .set((
            remarks::text.eq(excluded(remarks::text)),
            remarks::text_at.eq(excluded(remarks::text_at)),
            remarks::attachments.eq(excluded(remarks::attachments)),
            remarks::url.eq(excluded(remarks::url)),
        ))
        .filter(sql::<Bool>("coalesce(remarks.text_at, remarks.published_at) <= excluded.text_at"))
        .execute(c))?;
    Ok(())
}

/// The remarks of these sources with these external identities. As with [`messages::known`](super::messages::known), the two lists are
/// matched apart.
pub fn known(conn: &mut Conn, sources: &[Id], externals: &[&str]) -> QueryResult<Vec<RemarkRow>> {
    remarks::table
        .filter(remarks::source_id.eq_any(sources).and(remarks::external_id.eq_any(externals)))
        .select(RemarkRow::as_select())
        .load(conn)
}

/// The remarks under a post that were published from `from` on, the earliest first, or before it, the latest first.
pub fn of_post(
    conn: &mut Conn,
    source: Id,
    post: &str,
    from: At,
    before: bool,
    limit: i64,
) -> QueryResult<Vec<RemarkRow>> {
    let of_post = remarks::table.filter(remarks::source_id.eq(source).and(remarks::post_key.eq(post))).into_boxed();
    let found = if before {
        of_post.filter(remarks::published_at.lt(from)).order((remarks::published_at.desc(), remarks::id.desc()))
    } else {
        of_post.filter(remarks::published_at.ge(from)).order((remarks::published_at, remarks::id))
    };
    found.limit(limit).select(RemarkRow::as_select()).load(conn)
}

/// The remarks under a post that reply to these words.
pub fn replies(conn: &mut Conn, source: Id, post: &str, to: &[&str], limit: i64) -> QueryResult<Vec<RemarkRow>> {
    remarks::table
        .filter(remarks::source_id.eq(source).and(remarks::post_key.eq(post)).and(remarks::parent_key.eq_any(to)))
        .order((remarks::published_at, remarks::id))
        .limit(limit)
        .select(RemarkRow::as_select())
        .load(conn)
}

/// What the page wrote in private to somebody.
pub fn private(conn: &mut Conn, source: Id, posts: &[&str], author: &str, limit: i64) -> QueryResult<Vec<RemarkRow>> {
    let theirs = remarks::post_key.eq_any(posts).or(remarks::to_key.eq(author));
    remarks::table
        .filter(remarks::source_id.eq(source).and(remarks::form.eq(Form::Private)).and(theirs))
        .order((remarks::published_at.desc(), remarks::id.desc()))
        .limit(limit)
        .select(RemarkRow::as_select())
        .load(conn)
}

/// Marks a remark as taken away; false if there is none that stands.
pub fn mark_deleted(conn: &mut Conn, source: Id, external: &str, at: At) -> QueryResult<bool> {
    let standing =
        remarks::source_id.eq(source).and(remarks::external_id.eq(external)).and(remarks::deleted_at.is_null());
    Ok(diesel::update(remarks::table.filter(standing)).set(remarks::deleted_at.eq(at)).execute(conn)? == 1)
}
