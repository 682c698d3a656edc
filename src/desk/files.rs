//! The content of attachments: ordered with the message, fetched by a job, shown to staff, forgotten in time.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::{Desk, Error, incidents};
use crate::domain::event::hex;
use crate::domain::file::{self, FileState};
use crate::domain::likeness::picture::picture_hash;
use crate::domain::message::Attachment;
use crate::domain::{At, Doc, Id, Permission};
use crate::store::records::{FileRow, Message};
use crate::store::{Conn, StoreError, files, jobs, likeness};

/// The kind of job that fetches a file.
pub const FETCH: &str = "fetch_file";

/// The payload of such a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FetchOrder {
    pub file: Id,
}

/// How many files are forgotten in one transaction.
const FORGOTTEN_AT_ONCE: i64 = 100;

/// Orders the files of messages to be fetched: of each stored message by its identity, what was told of it now. Files that were ordered
/// before are left as they are. Without attachments, nothing is asked of the database.
///
/// # Errors
/// [`Error::Store`].
pub fn order(conn: &mut Conn, told: &[(Id, &Message)]) -> Result<(), Error> {
    let (mut wanted, mut seen) = (Vec::new(), HashSet::new());
    for (id, message) in told {
        let attachments: Vec<Attachment> = message.attachments.to().map_err(StoreError::unreadable)?;
        let fetched = (0..).zip(attachments).filter(|(_, attachment)| file::is_fetched(attachment));
        let new = fetched.filter(|(_, attachment)| seen.insert((*id, attachment.url.clone())));
        wanted.extend(new.map(|(n, attachment)| waiting(*id, n, attachment, message.received_at)));
    }
    if wanted.is_empty() {
        return Ok(());
    }
    let messages: HashSet<Id> = wanted.iter().map(|file| file.message_id).collect();
    let known: HashSet<(Id, String)> =
        files::known(conn, &messages.into_iter().collect::<Vec<_>>())?.into_iter().collect();
    wanted.retain(|file| !known.contains(&(file.message_id, file.url.clone())));
    let ordered: Vec<_> = wanted
        .iter()
        .map(|file| jobs::ready(format!("{FETCH}:{}", file.id), FETCH, payload(file.id), file.created_at))
        .collect();
    files::add(conn, &wanted)?;
    jobs::order_all(conn, &ordered)?;
    Ok(())
}

fn waiting(message_id: Id, n: i32, attachment: Attachment, now: At) -> FileRow {
    FileRow {
        id: Id::new(now),
        message_id,
        n,
        url: attachment.url,
        kind: attachment.kind,
        name: attachment.name,
        state: FileState::Waiting,
        media_type: None,
        size: None,
        sha256: None,
        failure: None,
        created_at: now,
        settled_at: None,
    }
}

fn payload(file: Id) -> Doc {
    Doc(json!(FetchOrder { file }))
}

/// A file that is to be fetched, and the source of its message; none if it does not wait any more.
///
/// # Errors
/// [`Error::Store`].
pub fn to_fetch(conn: &mut Conn, file: Id) -> Result<Option<(Attachment, Id)>, Error> {
    let found = files::get(conn, file)?.filter(|(file, ..)| file.state == FileState::Waiting);
    Ok(found.map(|(file, source, _)| (Attachment { kind: file.kind, url: file.url, name: file.name }, source)))
}

/// What came of fetching a file.
pub enum FileFate {
    /// It is here.
    Kept {
        media_type: &'static str,
        sha256: String,
        /// What a picture is compared by.
        picture: Option<u64>,
        content: Vec<u8>,
    },
    /// It may not be taken in.
    Refused(String),
    /// It cannot be had.
    Failed(String),
}

impl FileFate {
    /// The fate of a file with this content. Hashes it, and decodes it if it is a picture, which takes a while.
    pub fn kept(media_type: &'static str, content: Vec<u8>) -> FileFate {
        let picture = if media_type.starts_with("image/") { picture_hash(&content) } else { None };
        FileFate::Kept { media_type, sha256: hex(&Sha256::digest(&content)), picture, content }
    }
}

/// Writes down what came of fetching a file and ends its job, together.
///
/// # Errors
/// [`Error::Store`].
pub fn settle(conn: &mut Conn, now: At, job: Id, lease: Id, file: Id, fate: &FileFate) -> Result<(), Error> {
    match fate {
        FileFate::Kept { media_type, sha256, picture, content } => {
            let is_new = files::keep(conn, file, media_type, sha256, content, now)?;
            if let Some(hash) = picture.filter(|_| is_new)
                && let Some(incident) = likeness::keep_picture(conn, file, hash.cast_signed())?
            {
                likeness::look_again(conn, &[incident], now)?;
            }
            jobs::done(conn, job, lease, now)?;
        }
        FileFate::Refused(why) => {
            files::miss(conn, file, FileState::Refused, why, now)?;
            jobs::done(conn, job, lease, now)?;
        }
        FileFate::Failed(why) => {
            files::miss(conn, file, FileState::Failed, why, now)?;
            jobs::dead(conn, job, lease, now, why)?;
        }
    }
    Ok(())
}

/// The files of an incident's messages.
///
/// # Errors
/// [`Error::NotFound`].
pub fn of_incident(conn: &mut Conn, desk: &Desk, incident: Id) -> Result<Vec<FileRow>, Error> {
    incidents::get(conn, desk, incident)?;
    Ok(files::of_incident(conn, incident)?)
}

/// A file that is here, and its content unless its hash is `seen`, the one that the caller has already.
///
/// # Errors
/// [`Error::NotFound`], also when the file is not here (any more).
pub fn open(
    conn: &mut Conn,
    desk: &Desk,
    incident: Id,
    file: Id,
    seen: impl FnOnce(&str) -> bool,
) -> Result<(FileRow, Option<Vec<u8>>), Error> {
    let file = find(conn, desk, incident, file)?;
    let hash = file.sha256.as_deref().filter(|_| file.state == FileState::Kept);
    if seen(hash.ok_or(Error::NotFound("content"))?) {
        return Ok((file, None));
    }
    let content = files::content(conn, file.id)?.ok_or(Error::NotFound("content"))?;
    Ok((file, Some(content)))
}

/// Orders a file that was missed to be fetched again; the file then.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] when it was not missed.
pub fn fetch_again(conn: &mut Conn, desk: &Desk, incident: Id, file: Id) -> Result<FileRow, Error> {
    let missed = find(conn, desk, incident, file)?;
    if !files::wait_again(conn, file)? {
        return Err(Error::Conflict("the file was fetched, or is about to be"));
    }
    // Each time that it was missed may be followed by one order.
    let missed_at = missed.settled_at.unwrap_or(At::EVER).as_microsecond();
    jobs::order(conn, &jobs::ready(format!("{FETCH}:{file}:{missed_at}"), FETCH, payload(file), desk.now))?;
    find(conn, desk, incident, file)
}

/// What is in a file may be of a person, so the right to see personal data is needed.
fn find(conn: &mut Conn, desk: &Desk, incident: Id, file: Id) -> Result<FileRow, Error> {
    desk.need(Permission::ReadPersonalData)?;
    incidents::get(conn, desk, incident)?;
    let found = files::get(conn, file)?.filter(|(_, _, of)| *of == Some(incident));
    found.map(|(file, ..)| file).ok_or(Error::NotFound("attachment"))
}

/// Forgets the content of some files whose incident was closed before `before`; whether there may be more of them.
///
/// # Errors
/// [`Error::Store`].
pub fn forget(conn: &mut Conn, before: At) -> Result<bool, Error> {
    Ok(files::forget(conn, before, FORGOTTEN_AT_ONCE)? as i64 == FORGOTTEN_AT_ONCE)
}
