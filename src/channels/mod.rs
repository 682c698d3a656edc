//! The networks' own tongues: how a message is verified and read, how an answer or a letter is sent. Knows the domain only.

pub mod fetch;
pub mod mail;
pub mod networks;
mod public;
pub mod webhook;

use std::time::Duration;

/// Why an answer did not reach its network, or a letter its mail server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Worth another try; not before this time, if the network named one.
    #[error("{0}")]
    Retry(String, Option<Duration>),
    /// It may have been carried out all the same: the reply never came. Worth another try, which may make it twice.
    #[error("{0}")]
    Unsure(String),
    /// This page may not speak there; another one might.
    #[error("{0}")]
    Barred(String),
    /// No use to try again.
    #[error("{0}")]
    GiveUp(String),
}

impl SendError {
    /// The error of a request that does no harm when it is made twice: if nobody knows whether it was carried out, it is simply made again.
    pub fn harmless(self) -> SendError {
        match self {
            SendError::Unsure(why) => SendError::Retry(why, None),
            other => other,
        }
    }
}
