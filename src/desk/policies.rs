//! Loading and reading the city's policy: versions are added, numbered from one, and never changed.

use super::Error;
use crate::domain::policy::{Finding, PolicyDoc};
use crate::domain::{At, Doc, Invalid, Policy, Refusal};
use crate::store::records::PolicyRow;
use crate::store::{Conn, policies};

pub use crate::store::policies::PolicyHead;

/// A document that passed every check and can be stored.
pub struct Sound {
    doc: PolicyDoc,
    digest: String,
}

/// Checks a document. This takes a while for a large city and needs no database.
///
/// # Errors
/// [`Refusal::Invalid`] with every fault.
pub fn check(doc: PolicyDoc) -> Result<Sound, Error> {
    let policy = Policy::build(0, doc).map_err(refused)?;
    Ok(Sound { digest: policy.digest().to_owned(), doc: policy.doc().clone() })
}

/// What loading did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loaded {
    /// The document is the new version of this number.
    Stored(i64),
    /// The newest version, of this number, says the same; nothing was stored.
    Unchanged(i64),
}

/// Stores a document as the next version, unless the newest says the same. `by` is an actor's tag.
///
/// # Errors
/// [`Error::Conflict`] when somebody else stored that version at the same moment.
pub fn load(conn: &mut Conn, sound: &Sound, note: &str, by: &str, at: At) -> Result<Loaded, Error> {
    let newest = policies::newest(conn)?;
    if let Some(newest) = newest.as_ref().filter(|newest| newest.digest == sound.digest) {
        return Ok(Loaded::Unchanged(newest.version));
    }
    let version = newest.map_or(1, |newest| newest.version + 1);
    policies::insert(
        conn,
        &PolicyRow {
            version,
            city: sound.doc.city.id.clone(),
            digest: sound.digest.clone(),
            doc: Doc::of(&sound.doc),
            note: note.to_owned(),
            loaded_by: by.to_owned(),
            loaded_at: at,
        },
    )?;
    Ok(Loaded::Stored(version))
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
/// [`Refusal::Invalid`] when this program's checks are stricter than those it was stored under.
pub fn build(row: &PolicyRow) -> Result<Policy, Error> {
    let doc = row.doc.to::<PolicyDoc>().map_err(|error| Refusal::invalid("", error.to_string()))?;
    Policy::build(row.version, doc).map_err(refused)
}

fn refused(findings: Vec<Finding>) -> Error {
    let faults = findings.into_iter().map(|f| Invalid { pointer: f.pointer(), message: f.message });
    Refusal::Invalid(faults.collect()).into()
}
