//! The use cases: one function is one transaction, plain synchronous Rust on a connection.
//!
//! A function takes the connection, a [`Desk`] (who acts, when, under which policy) and what is asked; it changes everything
//! or nothing. Sockets, status codes and foreign formats are not known here.

pub mod answering;
pub mod book;
pub mod bursts;
pub mod cards;
mod case;
mod clocks;
pub mod collections;
pub mod deadlines;
pub mod decisions;
pub mod disclosures;
mod error;
pub mod exchange;
pub mod files;
pub mod hearing;
pub mod holds;
pub mod incidents;
pub mod intake;
pub mod learning;
pub mod likeness;
pub mod notices;
pub mod once;
pub mod pages;
pub mod password;
pub mod places;
pub mod policies;
pub mod progress;
pub mod queue;
pub mod routes;
pub mod saved_filters;
pub mod seal;
pub mod session;
pub mod sources;
pub mod staff;
pub mod statistics;
pub mod threads;
pub mod triage;
pub mod version;

pub use book::Book;
pub use error::Error;

use std::sync::Arc;

use diesel::Connection as _;
use serde::{Deserialize, Deserializer};

use crate::domain::classify::{Classifier, WordRules};
use crate::domain::{Actor, At, Permission, Policy, Refusal};
use crate::store::Conn;

/// The circumstances of a use case.
#[derive(Clone)]
pub struct Desk {
    /// The city's policy as it stands.
    pub policy: Arc<Policy>,
    /// What clocks need of the versions before.
    pub book: Arc<Book>,
    /// What proposes topics, kinds and urgencies.
    pub classifier: Arc<dyn Classifier>,
    /// The time at which it all happens.
    pub now: At,
    /// Who acts.
    pub actor: Actor,
}

impl Desk {
    /// Circumstances in which nothing is known yet of the policy's earlier versions, and nothing was learned: for commands and tests.
    pub fn new(policy: Arc<Policy>, now: At, actor: Actor) -> Desk {
        let classifier = Arc::new(WordRules::new(&policy.doc().topics));
        Desk { policy, book: Arc::default(), classifier, now, actor }
    }

    /// Goes on only with the right.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`].
    pub fn need(&self, permission: Permission) -> Result<(), Error> {
        if self.actor.may(permission) { Ok(()) } else { Err(Refusal::Forbidden(permission).into()) }
    }
}

/// Tells a field that is absent from one that is `null`.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(from).map(Some)
}

/// Does a part of the work in a savepoint of its own: if it fails, it is undone, and the rest of the transaction goes on.
///
/// # Errors
/// What the part returned.
pub fn apart<T>(conn: &mut Conn, part: impl FnOnce(&mut Conn) -> Result<T, Error>) -> Result<T, Error> {
    conn.transaction(part)
}
