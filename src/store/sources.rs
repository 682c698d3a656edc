//! Where messages come from, and the secrets they are signed with. Official pages are sources too, but have their own place:
//! [`pages`](super::pages). Only [`find`] shows them here.

use diesel::dsl::{exists, not};
use diesel::prelude::*;

use super::Conn;
use super::records::{Source, SourceSecret};
use super::schema::{pages, source_secrets, sources};
use crate::domain::{At, Id, PageState};

/// A source by its name, unless it is a page.
pub fn by_name(conn: &mut Conn, name: &str) -> QueryResult<Option<Source>> {
    sources::table
        .filter(sources::name.eq(name))
        .filter(not(exists(pages::table.filter(pages::id.eq(sources::id)))))
        .select(Source::as_select())
        .get_result(conn)
        .optional()
}

/// A source by its id, unless it is a page.
pub fn pushing(conn: &mut Conn, id: Id) -> QueryResult<Option<Source>> {
    sources::table
        .filter(sources::id.eq(id))
        .filter(not(exists(pages::table.filter(pages::id.eq(sources::id)))))
        .select(Source::as_select())
        .get_result(conn)
        .optional()
}

/// A source by its id, page or not.
pub fn find(conn: &mut Conn, id: Id) -> QueryResult<Option<Source>> {
    sources::table.find(id).select(Source::as_select()).get_result(conn).optional()
}

/// Which of these sources take answers: those that have an address to push them to, and connected pages.
pub fn answerable(conn: &mut Conn, of: &[Id]) -> QueryResult<Vec<Id>> {
    let page = pages::table.filter(pages::id.eq(sources::id).and(pages::state.eq(PageState::Connected)));
    sources::table
        .filter(sources::id.eq_any(of))
        .filter(sources::reply_url.is_not_null().or(exists(page)))
        .select(sources::id)
        .load(conn)
}

/// Sources after a name, in the order of names; without pages.
pub fn list(conn: &mut Conn, active: Option<bool>, after: Option<&str>, limit: i64) -> QueryResult<Vec<Source>> {
    let is_page = exists(pages::table.filter(pages::id.eq(sources::id)));
    let mut query = sources::table.into_boxed().filter(not(is_page)).order(sources::name.asc()).limit(limit);
    if let Some(active) = active {
        query = query.filter(sources::active.eq(active));
    }
    if let Some(after) = after {
        query = query.filter(sources::name.gt(after));
    }
    query.select(Source::as_select()).load(conn)
}

/// How many sources there are, without pages.
pub fn count(conn: &mut Conn, active: Option<bool>) -> QueryResult<i64> {
    let is_page = exists(pages::table.filter(pages::id.eq(sources::id)));
    let mut query = sources::table.into_boxed().filter(not(is_page));
    if let Some(active) = active {
        query = query.filter(sources::active.eq(active));
    }
    query.count().get_result(conn)
}

/// Adds a source; the name is a key.
pub fn insert(conn: &mut Conn, source: &Source) -> QueryResult<()> {
    diesel::insert_into(sources::table).values(source).execute(conn)?;
    Ok(())
}

/// Writes a source's changed facts over the ones that were read; false if they had changed.
pub fn update(conn: &mut Conn, seen: &Source, source: &Source) -> QueryResult<bool> {
    let same = diesel::update(sources::table.filter(sources::id.eq(source.id)))
        .filter(sources::title.eq(&seen.title))
        .filter(sources::network.eq(&seen.network))
        .filter(sources::active.eq(seen.active))
        .set(source)
        .into_boxed();
    let changed = match &seen.reply_url {
        Some(url) => same.filter(sources::reply_url.eq(url)).execute(conn)?,
        None => same.filter(sources::reply_url.is_null()).execute(conn)?,
    };
    Ok(changed == 1)
}

/// The secrets of a source that are still good, the newest first.
pub fn secrets(conn: &mut Conn, source: Id, now: At) -> QueryResult<Vec<SourceSecret>> {
    source_secrets::table
        .filter(source_secrets::source_id.eq(source))
        .filter(source_secrets::expires_at.is_null().or(source_secrets::expires_at.gt(now)))
        .order(source_secrets::created_at.desc())
        .select(SourceSecret::as_select())
        .load(conn)
}

/// Any one secret, to try the key on.
pub fn any_secret(conn: &mut Conn) -> QueryResult<Option<SourceSecret>> {
    source_secrets::table.select(SourceSecret::as_select()).first(conn).optional()
}

/// Lets the current secret end at an instant; its id, or none if there is no current one. Of several that do so at once, each waits
/// for the one before it.
pub fn end_current(conn: &mut Conn, source: Id, at: At) -> QueryResult<Option<Id>> {
    diesel::update(source_secrets::table.filter(source_secrets::source_id.eq(source)))
        .filter(source_secrets::expires_at.is_null())
        .set(source_secrets::expires_at.eq(at))
        .returning(source_secrets::id)
        .get_result(conn)
        .optional()
}

/// Deletes the secrets of a source that are no longer current, but for one.
pub fn delete_old(conn: &mut Conn, source: Id, kept: Id) -> QueryResult<usize> {
    diesel::delete(source_secrets::table.filter(source_secrets::source_id.eq(source)))
        .filter(source_secrets::expires_at.is_not_null())
        .filter(source_secrets::id.ne(kept))
        .execute(conn)
}

/// Adds a secret.
pub fn insert_secret(conn: &mut Conn, secret: &SourceSecret) -> QueryResult<()> {
    diesel::insert_into(source_secrets::table).values(secret).execute(conn)?;
    Ok(())
}
