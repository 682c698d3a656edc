//! What happens without anybody asking: side effects that were ordered, and deadlines that pass.

mod batch;
mod deliver;
mod files;
mod learn;
mod letters;
mod likeness;
mod own_word;
mod pages;
mod poll;
mod recompute;
mod surroundings;
mod worker;

use std::time::Duration;

use crate::desk::answering::{self, DELIVER};
use crate::desk::deadlines::{Order, RECOMPUTE};
use crate::desk::decisions::{BATCH, BatchOrder};
use crate::desk::files::{FETCH, FetchOrder};
use crate::desk::hearing::{OWN_WORD, OwnWord};
use crate::desk::learning::{LEARN, LearnOrder};
use crate::desk::notices::{LETTER, LetterOrder};
use crate::desk::pages::{CHECK_PAGE, CONNECT_PAGE, CheckOrder, ConnectOrder, POLL, PollOrder};
use crate::desk::threads::{SURROUNDINGS, Surroundings};
use crate::domain::Id;
use crate::store::records::JobRow;

pub use worker::{Worker, poll_once, settle};

/// Every kind of job there is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Job {
    /// Carry an approved answer to where the question was asked.
    Deliver(answering::Order),
    /// Write to a member of staff.
    Letter(LetterOrder),
    /// Look at what a page said itself.
    OwnWord(OwnWord),
    /// Fetch what is new of a page.
    Poll(PollOrder),
    /// Compute the deadlines of open incidents anew.
    Recompute(Order),
    /// Connect an official page.
    ConnectPage(ConnectOrder),
    /// Look how a connected page fares.
    CheckPage(CheckOrder),
    /// Fetch a file of a message.
    Fetch(FetchOrder),
    /// Ask what a comment stands under.
    Surroundings(Surroundings),
    /// Make models of what staff decided.
    Learn(LearnOrder),
    /// Carry out a decision about many incidents, or take it back.
    Batch(BatchOrder),
}

impl Job {
    /// The job that a row orders.
    fn of(row: &JobRow) -> Result<Job, String> {
        match row.kind.as_str() {
            DELIVER => row.payload.to().map(Job::Deliver).map_err(|error| error.to_string()),
            LETTER => row.payload.to().map(Job::Letter).map_err(|error| error.to_string()),
            OWN_WORD => row.payload.to().map(Job::OwnWord).map_err(|error| error.to_string()),
            POLL => row.payload.to().map(Job::Poll).map_err(|error| error.to_string()),
            RECOMPUTE => row.payload.to().map(Job::Recompute).map_err(|error| error.to_string()),
            CONNECT_PAGE => row.payload.to().map(Job::ConnectPage).map_err(|error| error.to_string()),
            CHECK_PAGE => row.payload.to().map(Job::CheckPage).map_err(|error| error.to_string()),
            FETCH => row.payload.to().map(Job::Fetch).map_err(|error| error.to_string()),
            SURROUNDINGS => row.payload.to().map(Job::Surroundings).map_err(|error| error.to_string()),
            BATCH => row.payload.to().map(Job::Batch).map_err(|error| error.to_string()),
            LEARN => row.payload.to().map(Job::Learn).map_err(|error| error.to_string()),
            other => Err(format!("there is no kind of job called {other}")),
        }
    }
}

/// How long to wait before the next try, in seconds, after 1, 2, … failed ones; the last goes on. About two and a half days in
/// all with the usual twelve tries.
const DELAYS: &[i64] = &[5, 30, 120, 600, 1800, 3600, 7200, 14_400, 28_800, 43_200];

/// The longest that a peer's own wish is heeded, in seconds.
const LONGEST_WISH: u64 = 86_400;

/// When a peer may be asked again, in seconds from now: after the usual wait, or when it asked for, whichever is later.
fn wait(attempts: i32, seed: Id, wish: Option<Duration>) -> i64 {
    delay(attempts, seed).max(wish.map_or(0, wished))
}

/// For how many seconds a peer wants to be left alone, as far as that is heeded.
fn wished(wish: Duration) -> i64 {
    i64::try_from(wish.as_secs().min(LONGEST_WISH)).unwrap_or(0)
}

/// The wait after `attempts` tries, spread by up to a fifth so that failures together do not come back together.
fn delay(attempts: i32, seed: Id) -> i64 {
    let nth = usize::try_from(attempts - 1).unwrap_or(0).min(DELAYS.len() - 1);
    let base = DELAYS[nth];
    let spread = i64::from(seed.0.as_bytes()[15]) - 128;
    base + base * spread / 640
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::At;

    #[test]
    fn delays_grow_and_stay_within_a_fifth() {
        for _ in 0..200 {
            let seed = Id::new(At::now());
            for (nth, base) in DELAYS.iter().enumerate() {
                let wait = delay(i32::try_from(nth).unwrap() + 1, seed);
                assert!((wait - base).abs() * 5 <= *base, "{wait} for {base}");
            }
            assert_eq!(delay(0, seed), delay(1, seed));
            assert_eq!(delay(99, seed), delay(10, seed));
        }
    }
}
