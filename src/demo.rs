//! A city that lives by itself, to look at.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::commands::Failed;

/// How the demo runs.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Keep the data in this directory; without it, it is gone when the demo ends.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Where to serve.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// How many times faster than ours the city's clock runs.
    #[arg(long, value_name = "TIMES", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub speed: u32,
    /// The same seed makes the same complaints.
    #[arg(long, value_name = "NUMBER", default_value_t = 55)]
    pub seed: u64,
}

/// Runs the demo until it is told to stop.
///
/// # Errors
/// [`Failed`].
pub fn run(_: Args) -> Result<(), Failed> {
    Err(Failed::Other("the demo is not built yet".to_owned()))
}
