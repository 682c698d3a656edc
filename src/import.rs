//! Taking over the table of the real system.

use std::path::PathBuf;

use crate::commands::Failed;
use crate::config::Config;

/// What to take over, and how.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The table: .xlsx or .csv, with the headers of the real system.
    pub file: PathBuf,
    /// Read and report, but store nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Write every row that is not taken, with the reason, to this file.
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
}

/// Takes the table over; rows that were taken before are left as they are.
///
/// # Errors
/// [`Failed`].
pub fn run(_: &Config, _: Args) -> Result<(), Failed> {
    Err(Failed::Other("import is not built yet".to_owned()))
}
