//! A consistent copy of the data while the service runs, and the way back.

use std::path::PathBuf;

use crate::commands::Failed;
use crate::config::Config;

/// Where the copy goes.
#[derive(Debug, clap::Args)]
pub struct BackupArgs {
    /// The file to write; it must not exist yet.
    pub to: PathBuf,
}

/// Where the copy is.
#[derive(Debug, clap::Args)]
pub struct RestoreArgs {
    /// The file that a backup wrote. The database it is restored into must be empty.
    pub from: PathBuf,
}

/// Writes a consistent copy of the database.
///
/// # Errors
/// [`Failed`].
pub fn backup(_: &Config, _: &BackupArgs) -> Result<(), Failed> {
    Err(Failed::Other("backup is not built yet".to_owned()))
}

/// Fills an empty database from a copy.
///
/// # Errors
/// [`Failed`].
pub fn restore(_: &Config, _: &RestoreArgs) -> Result<(), Failed> {
    Err(Failed::Other("restore is not built yet".to_owned()))
}
