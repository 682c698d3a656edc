//! The files of messages, and their content.

use diesel::dsl::exists;
use diesel::prelude::*;

use super::records::FileRow;
use super::schema::{files, incidents, messages};
use super::{Conn, bulk};
use crate::domain::file::FileState;
use crate::domain::{At, Id};

/// The messages and addresses of the files that these messages have.
pub fn known(conn: &mut Conn, of: &[Id]) -> QueryResult<Vec<(Id, String)>> {
    files::table.filter(files::message_id.eq_any(of)).select((files::message_id, files::url)).load(conn)
}

/// Adds files. The unique key (message, address) refuses what is there already.
pub fn add(conn: &mut Conn, new: &[FileRow]) -> QueryResult<()> {
    bulk::insert(conn, &new.iter().collect::<Vec<_>>())
}

/// The files of an incident's messages, as these were published, those of each in their order.
pub fn of_incident(conn: &mut Conn, incident: Id) -> QueryResult<Vec<FileRow>> {
    files::table
        .inner_join(messages::table.on(messages::id.eq(files::message_id)))
        .filter(messages::incident_id.eq(incident))
        .order((messages::published_at, files::message_id, files::n, files::id))
        .select(FileRow::as_select())
        .load(conn)
}

/// A file, with the source and the incident of its message.
pub fn get(conn: &mut Conn, file: Id) -> QueryResult<Option<(FileRow, Id, Option<Id>)>> {
    files::table
        .inner_join(messages::table.on(messages::id.eq(files::message_id)))
        .filter(files::id.eq(file))
        .select((FileRow::as_select(), messages::source_id, messages::incident_id))
        .get_result(conn)
        .optional()
}

/// A file's content, if it is here.
pub fn content(conn: &mut Conn, file: Id) -> QueryResult<Option<Vec<u8>>> {
    let found = files::table.filter(files::id.eq(file)).select(files::content).get_result(conn).optional()?;
    Ok(found.flatten())
}

/// Keeps the content of a file that waits for it; false if it does not any more.
pub fn keep(conn: &mut Conn, file: Id, media_type: &str, sha256: &str, content: &[u8], now: At) -> QueryResult<bool> {
    let size = i64::try_from(content.len()).unwrap_or(i64::MAX);
    let rows = diesel::update(files::table.filter(files::id.eq(file).and(files::state.eq(FileState::Waiting))))
        .set((
            files::state.eq(FileState::Kept),
            files::media_type.eq(media_type),
            files::size.eq(size),
            files::sha256.eq(sha256),
            files::content.eq(content),
            files::failure.eq(None::<String>),
            files::settled_at.eq(now),
        ))
        .execute(conn)?;
    Ok(rows == 1)
}

/// Notes why there is no content of a file that waits for it; false if it does not any more.
pub fn miss(conn: &mut Conn, file: Id, state: FileState, why: &str, now: At) -> QueryResult<bool> {
    let rows = diesel::update(files::table.filter(files::id.eq(file).and(files::state.eq(FileState::Waiting))))
        .set((files::state.eq(state), files::failure.eq(why), files::settled_at.eq(now)))
        .execute(conn)?;
    Ok(rows == 1)
}

/// Lets a file that was missed wait again; false if it was not.
pub fn wait_again(conn: &mut Conn, file: Id) -> QueryResult<bool> {
    let missed = files::state.eq_any([FileState::Failed, FileState::Refused]);
    let rows = diesel::update(files::table.filter(files::id.eq(file).and(missed)))
        .set((files::state.eq(FileState::Waiting), files::settled_at.eq(None::<At>)))
        .execute(conn)?;
    Ok(rows == 1)
}

/// Forgets the content of up to `limit` files that were here before `before` already, and whose incident was closed before; how many
/// there were.
pub fn forget(conn: &mut Conn, before: At, limit: i64) -> QueryResult<usize> {
    let closed = messages::table
        .inner_join(incidents::table.on(incidents::id.nullable().eq(messages::incident_id)))
        .filter(messages::id.eq(files::message_id).and(incidents::closed_at.lt(before)));
    let over: Vec<Id> = files::table
        .filter(files::state.eq(FileState::Kept).and(files::settled_at.lt(before)))
        .filter(exists(closed))
        .order(files::settled_at)
        .limit(limit)
        .select(files::id)
        .load(conn)?;
    if over.is_empty() {
        return Ok(0);
    }
    diesel::update(files::table.filter(files::id.eq_any(over)))
        .set((files::state.eq(FileState::Forgotten), files::content.eq(None::<Vec<u8>>)))
        .execute(conn)
}
