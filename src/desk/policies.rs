//! Loading and reading the city's policy: versions are added, numbered from one, and never changed.
//!
//! A policy is the whole city's, so over the API only an administrator of the root adds a version.

mod amend;
mod changes;
mod shelf;

use std::collections::BTreeSet;

use super::{Desk, Error};
use crate::domain::policy::{Finding, PolicyDoc};
use crate::domain::refusal::Faults;
use crate::domain::{At, Doc, Invalid, Permission, Policy, Refusal, Scope};
use crate::store::records::PolicyRow;
use crate::store::{Conn, StoreError, policies};

pub use crate::store::policies::{Needed, PolicyHead};
pub use amend::{YearsChange, amend, amended, drop_calendar, drop_term, publish_amended, replace_years};
pub use changes::{RecordChange, TableChanges, between as differences};
pub use shelf::Shelf;

/// A document that passed every check and can be stored.
#[derive(Debug)]
pub struct Sound(Policy);

impl Sound {
    /// The document, indexed; it has no number yet.
    pub fn policy(&self) -> &Policy {
        &self.0
    }
}

/// Checks a document. This takes a while for a large city and needs no database.
///
/// # Errors
/// [`Refusal::Invalid`] with every fault.
pub fn check(doc: PolicyDoc) -> Result<Sound, Error> {
    Ok(Sound(numbered(0, doc)?))
}

/// What loading did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loaded {
    /// The document is the new version of this number.
    Stored(i64),
    /// The newest version, of this number, says the same; nothing was stored.
    Unchanged(i64),
}

impl Loaded {
    /// The number of the version that says what the document says.
    pub fn version(self) -> i64 {
        match self {
            Loaded::Stored(version) | Loaded::Unchanged(version) => version,
        }
    }
}

/// Stores a document as the next version, unless the newest says the same. `by` is an actor's tag.
///
/// # Errors
/// [`Refusal::Invalid`] for another city's document, and for one without an organisation that still has staff or open incidents;
/// [`Error::Conflict`] when somebody else stored that version at the same moment.
pub fn load(conn: &mut Conn, sound: &Sound, note: &str, by: &str, at: At) -> Result<Loaded, Error> {
    let newest = policies::newest(conn)?;
    if let Some(newest) = newest.as_ref().filter(|newest| newest.digest == sound.0.digest()) {
        return Ok(Loaded::Unchanged(newest.version));
    }
    if let Some(newest) = &newest {
        succeeds(conn, newest, sound.0.doc())?;
    }
    let version = newest.map_or(1, |newest| newest.version + 1);
    policies::insert(
        conn,
        &PolicyRow {
            version,
            city: sound.0.doc().city.id.clone(),
            digest: sound.0.digest().to_owned(),
            doc: Doc::of(sound.0.doc()),
            note: note.to_owned(),
            loaded_by: by.to_owned(),
            loaded_at: at,
        },
    )?;
    Ok(Loaded::Stored(version))
}

/// Goes on only if the document can follow the newest version: it is the same city's, and whoever is still needed is still there. Staff
/// of an organisation that is gone could see nothing, and its incidents would be seen by nobody below the root.
fn succeeds(conn: &mut Conn, newest: &PolicyHead, next: &PolicyDoc) -> Result<(), Error> {
    let mut faults = Faults::default();
    let same = next.city.id == newest.city;
    faults.need(same, "/document/city/id", format!("this is the service of the city \"{}\"", newest.city));
    let kept: BTreeSet<&str> = next.organisations.iter().map(|one| one.id.as_str()).collect();
    let before = read(&find(conn, newest.version)?)?;
    let gone: Vec<String> =
        before.organisations.into_iter().map(|one| one.id).filter(|id| !kept.contains(id.as_str())).collect();
    if !gone.is_empty() {
        for (id, needed) in policies::needed(conn, &gone)? {
            let Needed { staff, incidents } = needed;
            let message =
                format!("\"{id}\" cannot go yet: it has {staff} members of staff and {incidents} open incidents");
            faults.need(false, "/document/organisations", message);
        }
    }
    faults.settle()?;
    Ok(())
}

/// The longest note on a version, in characters.
pub const NOTE_LIMIT: usize = 1000;

/// Goes on only if the actor may change the policy: the whole city's, so a part of the tree is not enough.
///
/// # Errors
/// [`Refusal::Forbidden`].
pub fn may_publish(desk: &Desk) -> Result<(), Error> {
    desk.need(Permission::WritePolicy)?;
    if desk.actor.scope() == Scope::All { Ok(()) } else { Err(Refusal::Forbidden(Permission::WritePolicy).into()) }
}

/// Stores a document as the next version, as somebody asked for. `seen` is the version it was made from, if it was made from one.
///
/// # Errors
/// [`Refusal::Forbidden`]; [`Refusal::Invalid`] for a note that is too long; [`Error::Stale`] when the newest version is not `seen`;
/// those of [`load`].
pub fn publish(conn: &mut Conn, desk: &Desk, sound: &Sound, note: &str, seen: Option<i64>) -> Result<Loaded, Error> {
    may_publish(desk)?;
    let newest = policies::newest(conn)?;
    let mut faults = Faults::default();
    faults.length(note, 0..=NOTE_LIMIT, "/note");
    faults.settle()?;
    let current = newest.map_or(0, |newest| newest.version);
    if seen.is_some_and(|seen| seen != current) {
        return Err(Error::Stale { current });
    }
    load(conn, sound, note.trim(), &desk.actor.tag(), desk.now)
}

/// What changed from version `since` to version `version`; 0 stands for the empty document before the first.
///
/// # Errors
/// [`Error::NotFound`] when there is no such version.
pub fn changes(conn: &mut Conn, version: i64, since: i64) -> Result<Vec<TableChanges>, Error> {
    let after = read(&find(conn, version)?)?;
    let before = if since == 0 { None } else { Some(read(&find(conn, since)?)?) };
    Ok(changes::between(before.as_ref(), Some(&after)))
}

/// The number of the newest version; none before the first.
///
/// # Errors
/// [`Error::Store`].
pub fn newest(conn: &mut Conn) -> Result<Option<i64>, Error> {
    Ok(policies::newest(conn)?.map(|head| head.version))
}

/// Versions below a number, the newest first, without their documents.
///
/// # Errors
/// [`Error::Store`].
pub fn list(conn: &mut Conn, below: Option<i64>, limit: i64) -> Result<Vec<PolicyHead>, Error> {
    Ok(policies::heads(conn, below.unwrap_or(i64::MAX), limit)?)
}

/// One version without its document.
///
/// # Errors
/// [`Error::NotFound`].
pub fn head(conn: &mut Conn, version: i64) -> Result<PolicyHead, Error> {
    policies::head(conn, version)?.ok_or(Error::NotFound("policy version"))
}

/// One version as stored.
///
/// # Errors
/// [`Error::NotFound`].
pub fn find(conn: &mut Conn, version: i64) -> Result<PolicyRow, Error> {
    policies::find(conn, version)?.ok_or(Error::NotFound("policy version"))
}

/// Indexes a stored version for use. This takes a while for a large city and needs no database.
///
/// # Errors
/// [`Refusal::Invalid`] when this program's checks are stricter than those it was stored under; [`Error::Store`] when it cannot
/// be read at all.
pub fn build(row: &PolicyRow) -> Result<Policy, Error> {
    numbered(row.version, read(row)?)
}

/// Checks a document and indexes it under a number.
pub(super) fn numbered(version: i64, doc: PolicyDoc) -> Result<Policy, Error> {
    Policy::build(version, doc).map_err(refused)
}

/// What was stored is ours, so that it cannot be read is not the fault of whoever asks.
fn read(row: &PolicyRow) -> Result<PolicyDoc, Error> {
    Ok(row.doc.to::<PolicyDoc>().map_err(StoreError::unreadable)?)
}

fn refused(findings: Vec<Finding>) -> Error {
    let faults = findings.into_iter().map(|f| Invalid { pointer: f.pointer(), message: f.message });
    Refusal::Invalid(faults.collect()).into()
}
