//! What can go wrong in a use case: four things, and nothing else.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use crate::domain::Refusal;
use crate::store::StoreError;

/// Why a use case did not happen. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A rule says no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// There is no such thing, or none that the actor may see: the two are not told apart.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// Somebody else was faster; look again. Carries what changed.
    #[error("{0}")]
    Conflict(&'static str),
    /// The record changed since the actor saw it; carries its current version.
    #[error("it has changed meanwhile and is now at version {current}")]
    Stale {
        /// The version that stands now.
        current: i64,
    },
    /// The database failed or is busy.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<DieselError> for Error {
    fn from(error: DieselError) -> Error {
        match error {
            // Every query that may find nothing says `optional()`; a unique key decides races (see `store`).
            DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => {
                Error::Conflict("somebody else did the same at the same moment")
            }
            other => Error::Store(StoreError::Query(other)),
        }
    }
}
