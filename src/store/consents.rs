//! Whom a page may write to in private.

use diesel::prelude::*;

use super::conn::{Conn, each_engine};
use super::records::Consent;
use super::schema::consents;
use crate::domain::Id;

/// Whether somebody takes private messages from a page; none: nobody knows.
pub fn of(conn: &mut Conn, source: Id, author: &str) -> QueryResult<Option<bool>> {
    consents::table.find((source, author)).select(consents::allowed).get_result(conn).optional()
}

/// Notes what was heard last.
pub fn put(conn: &mut Conn, consent: &Consent) -> QueryResult<()> {
    each_engine!(conn, c => diesel::insert_into(consents::table)
        .values(consent)
        .on_conflict((consents::source_id, consents::author_key))
        .do_update()
        .set((consents::allowed.eq(consent.allowed), consents::at.eq(consent.at)))
        .execute(c))?;
    Ok(())
}
