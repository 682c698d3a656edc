//! The database: two engines behind one set of queries.
//!
//! A [`Store`] owns a fixed number of database threads, each with a connection of its own, and hands them closures:
//!
//! - **PostgreSQL**: every thread takes reads and writes; a write is one transaction.
//! - **SQLite**: several reading threads, and *one* writing thread, because SQLite has one writer. It takes all closures
//!   that wait, runs each in a savepoint, and commits the lot with one fsync (group commit).
//!
//! Callers see one contract: a closure's changes are all there or not at all, and `Ok` means durable. The queues are bounded;
//! a full one answers [`StoreError::Busy`] at once instead of letting callers pile up.
//!
//! What is found by a unique key is read without `LIMIT`: SQLite plans a statement with a bound limit anew each time it runs.

pub mod approvals;
mod bulk;
pub mod bursts;
pub mod collections;
mod conn;
pub mod consents;
pub mod decisions;
pub mod disclosures;
pub mod dump;
pub mod exchange;
pub mod files;
pub mod gauges;
pub mod heard;
pub mod holds;
pub mod idempotency;
pub mod incidents;
pub mod jobs;
pub mod judgements;
mod lanes;
pub mod lessons;
pub mod likeness;
pub mod messages;
pub mod migrate;
pub mod models;
pub mod notices;
pub mod pages;
pub mod policies;
pub mod postings;
pub mod recomputations;
pub mod records;
pub mod remarks;
pub mod saved_filters;
pub mod schema;
pub mod sessions;
pub mod sources;
pub mod spine;
pub mod staff;
pub mod statistics;
pub mod sweep;
pub mod types;

use std::fmt;
use std::str::FromStr;

pub use conn::Conn;
use conn::each_engine;
pub use lanes::{Depth, Lanes};

/// Which engine, and where: decided by the scheme of the database's URL.
#[derive(Clone, PartialEq, Eq)]
pub enum Engine {
    /// `postgres:` or `postgresql:`; the URL as libpq reads it.
    Postgres {
        /// The whole URL.
        url: String,
    },
    /// `sqlite:PATH`.
    Sqlite {
        /// The file's path.
        path: String,
    },
}

/// A database URL that names no engine of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a database URL starts with sqlite:, postgres: or postgresql:")]
pub struct BadDatabaseUrl;

impl FromStr for Engine {
    type Err = BadDatabaseUrl;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        match url.split_once(':') {
            Some(("sqlite", path)) => {
                let path = path.strip_prefix("//").unwrap_or(path);
                if path.is_empty() { Err(BadDatabaseUrl) } else { Ok(Engine::Sqlite { path: path.to_owned() }) }
            }
            Some(("postgres" | "postgresql", rest)) if rest.starts_with("//") => {
                Ok(Engine::Postgres { url: url.to_owned() })
            }
            _ => Err(BadDatabaseUrl),
        }
    }
}

/// Names the engine and the place, never the password.
impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Engine::Sqlite { path } => write!(f, "sqlite:{path}"),
            Engine::Postgres { url } => {
                let place = url
                    .rsplit_once('@')
                    .map_or_else(|| url.split_once("//").map_or("", |(_, rest)| rest), |(_, place)| place);
                write!(f, "postgres://{}", place.split('?').next().unwrap_or_default())
            }
        }
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Why the database did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Too many closures wait already; try again in a moment.
    #[error("the database is busy")]
    Busy,
    /// The connection is lost or the database is away; try again.
    #[error("the database is out of reach: {0}")]
    Away(String),
    /// A query failed.
    #[error(transparent)]
    Query(#[from] diesel::result::Error),
}

impl StoreError {
    /// What is stored cannot be read as what it should be.
    pub fn unreadable(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StoreError {
        StoreError::Query(diesel::result::Error::DeserializationError(error.into()))
    }
}

/// How a store is opened.
#[derive(Debug, Clone, Copy)]
pub struct StoreSize {
    /// Connections: on PostgreSQL for everything, on SQLite for reading (writing has one more of its own).
    pub connections: usize,
    /// How many closures may wait in each queue before callers are told [`StoreError::Busy`].
    pub waiting: usize,
}

impl Default for StoreSize {
    fn default() -> Self {
        StoreSize { connections: 8, waiting: 2048 }
    }
}

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    engine: Engine,
    lanes: std::sync::Arc<Lanes>,
}

impl Store {
    /// Opens the connections. Migrations are not run here: see [`migrate`].
    ///
    /// # Errors
    /// [`StoreError::Away`] when a connection cannot be had.
    pub fn open(engine: Engine, size: StoreSize) -> Result<Store, StoreError> {
        let lanes = Lanes::open(&engine, size)?;
        Ok(Store { engine, lanes: std::sync::Arc::new(lanes) })
    }

    /// Which engine this is, and where.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Runs a closure that only reads, in one consistent snapshot where the engine gives one.
    ///
    /// # Errors
    /// What the closure returned, or [`StoreError`] when it could not be run.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
    {
        self.lanes.read(work)?.await.unwrap_or_else(|_| Err(lanes::lost().into()))
    }

    /// Runs a closure as one transaction: all of its changes or none, and durable once this returns `Ok`.
    ///
    /// # Errors
    /// What the closure returned (its changes are then undone), or [`StoreError`] when it could not be run or committed.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
    {
        self.lanes.write(work)?.await.unwrap_or_else(|_| Err(lanes::lost().into()))
    }

    /// [`Store::read`] for plain threads and the command line. Must not be called on an async worker.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub fn read_now<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
    {
        self.lanes.read(work)?.blocking_recv().unwrap_or_else(|_| Err(lanes::lost().into()))
    }

    /// [`Store::write`] for plain threads and the command line. Must not be called on an async worker.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub fn write_now<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
    {
        self.lanes.write(work)?.blocking_recv().unwrap_or_else(|_| Err(lanes::lost().into()))
    }

    /// How many closures wait now, for metrics and readiness.
    pub fn depth(&self) -> Depth {
        self.lanes.depth()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_decides_and_nothing_else() {
        assert_eq!("sqlite:/var/a.db".parse(), Ok(Engine::Sqlite { path: "/var/a.db".into() }));
        assert_eq!("sqlite:///var/a.db".parse(), Ok(Engine::Sqlite { path: "/var/a.db".into() }));
        assert!(matches!("postgresql://u@h/d".parse(), Ok(Engine::Postgres { .. })));
        for bad in ["postgres:u@h", "mysql://h/d", "/var/a.db", "sqlite:", "", "postgre://h/d"] {
            assert_eq!(bad.parse::<Engine>(), Err(BadDatabaseUrl), "{bad}");
        }
    }

    #[test]
    fn a_password_is_not_displayed() {
        let engine: Engine = "postgres://otklik:s3cret@db.example/otklik?sslmode=require".parse().unwrap();
        assert_eq!(format!("{engine} {engine:?}"), "postgres://db.example/otklik postgres://db.example/otklik");
    }
}
