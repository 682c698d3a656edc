//! The command line's own work: what an operator does beside running the service.

pub mod learn;
pub mod policy;
pub mod staff;

use crate::app::{CannotStart, open_store};
use crate::config::Config;
use crate::desk::{self, Desk, policies};
use crate::domain::{Actor, At};
use crate::store::{Store, migrate};

/// Why a command did not do what it was asked; the message is for the operator.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    #[error(transparent)]
    CannotStart(#[from] CannotStart),
    #[error(transparent)]
    Desk(#[from] desk::Error),
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("{0}")]
    Other(String),
}

/// Brings the database up to this program's schema.
///
/// # Errors
/// When the database is out of reach or a migration fails.
pub fn migrate(config: &Config) -> Result<(), Failed> {
    let applied = migrate::up(&config.database.url).map_err(desk::Error::from)?;
    if applied.is_empty() {
        println!("{} is up to date", config.database.url);
    }
    for version in applied {
        println!("{}: applied {version}", config.database.url);
    }
    Ok(())
}

/// The database, and the circumstances under which the operator acts: as Otklik itself, under the newest policy.
pub(crate) fn desk(config: &Config) -> Result<(Store, Desk), Failed> {
    let store = open_store(config)?;
    let row = store.read_now(|conn| -> Result<_, desk::Error> {
        let newest = policies::newest(conn)?;
        newest.map(|version| policies::find(conn, version)).transpose()
    })?;
    let row = row.ok_or_else(|| CannotStart::NoPolicy(config.database.url.clone()))?;
    let policy = policies::build(&row).map_err(CannotStart::BadPolicy)?;
    Ok((store, Desk::new(policy.into(), At::now(), Actor::System)))
}
