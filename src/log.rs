//! The log: lines for people or JSON for machines, on standard error.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};

/// Begins to log. Only the first call in a process has an effect.
pub fn start(settings: &Log) {
    // The framework's talk about its own threads, and about what clients send that is no HTTP, is left out unless the settings ask
    // for it. They were checked when they were read.
    let level = format!("actix_server=warn,actix_http::h1=off,{}", settings.level);
    let filter = EnvFilter::try_new(level).unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    let begun = match settings.format {
        LogFormat::Text => lines.try_init(),
        LogFormat::Json => lines.json().flatten_event(true).with_span_list(false).try_init(),
    };
    if begun.is_err() {
        tracing::debug!("the log had begun already");
    }
}
