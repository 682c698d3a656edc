//! Versions of records that have no events to count: a number made of the facts that can be changed.

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::Error;

/// A number that is the same as long as the facts are. It has 53 bits, so that every JSON reader can hold it.
pub fn mark<T: Serialize>(facts: &T) -> i64 {
    // Our own facts are texts, words and flags, which always serialise.
    let text = serde_json::to_vec(facts).unwrap_or_default();
    let digest = Sha256::digest(&text);
    digest.iter().take(8).fold(0, |number: i64, byte| (number << 8) | i64::from(*byte)) & ((1 << 53) - 1)
}

/// Goes on only if the actor saw the version that stands, or does not mind.
///
/// # Errors
/// [`Error::Stale`].
pub fn need(seen: Option<i64>, current: i64) -> Result<(), Error> {
    if seen.is_none_or(|seen| seen == current) { Ok(()) } else { Err(Error::Stale { current }) }
}
