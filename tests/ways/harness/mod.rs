//! What the tests stand on: a database of their own on either engine, or a whole city in one.
//!
//! A test is a plain function of what it needs, named once in [`both_engines!`]; one that is not named there is dead code,
//! which clippy refuses.
//!
//! ```ignore
//! both_engines! { a_written_row_is_read_back }
//!
//! fn a_written_row_is_read_back(database: Database) {
//!     let store = database.store();
//!     …
//! }
//! ```

#![allow(dead_code, reason = "a harness may offer more than the tests of the day ask for")]

pub mod client;
pub mod crew;
pub mod mail;
pub mod networks;
pub mod postgres;
pub mod server;
pub mod signature;
pub mod sqlite;
pub mod tls;

use std::time::{Duration, Instant};

use otklik::store::{Engine, Store, StoreSize};

/// Which engine a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// A file in a temporary folder.
    Sqlite,
    /// A database of this process' private cluster.
    Postgres,
}

/// What a test can ask for as its argument.
pub trait Ground {
    /// Makes one on that engine, shared with no other test.
    fn on(engine: On) -> Self;
}

/// Expands each named test function into `name::sqlite` and `name::postgres`. What the function takes decides what it is
/// given: anything that is [`Ground`].
macro_rules! both_engines {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            #[test]
            fn sqlite() {
                super::$name($crate::harness::Ground::on($crate::harness::On::Sqlite));
            }

            #[test]
            fn postgres() {
                super::$name($crate::harness::Ground::on($crate::harness::On::Postgres));
            }
        }
    )+};
}

/// A test's own database. It goes when this is dropped.
pub struct Database {
    on: On,
    url: String,
    _keeper: Keeper,
}

/// What must live as long as the database is used.
#[allow(dead_code, reason = "held for what their Drop does")]
enum Keeper {
    File(tempfile::TempDir),
    Cluster(postgres::Lent),
}

impl Ground for Database {
    /// With the schema as the migrations make it.
    fn on(engine: On) -> Database {
        match engine {
            On::Sqlite => {
                let (url, folder) = sqlite::migrated();
                Database { on: engine, url, _keeper: Keeper::File(folder) }
            }
            On::Postgres => {
                let lent = postgres::Cluster::shared().migrated();
                Database { on: engine, url: lent.url(), _keeper: Keeper::Cluster(lent) }
            }
        }
    }
}

/// A database without any tables.
pub struct Bare(pub Database);

impl Ground for Bare {
    fn on(engine: On) -> Bare {
        Bare(match engine {
            On::Sqlite => {
                let (url, folder) = sqlite::bare();
                Database { on: engine, url, _keeper: Keeper::File(folder) }
            }
            On::Postgres => {
                let lent = postgres::Cluster::shared().bare();
                Database { on: engine, url: lent.url(), _keeper: Keeper::Cluster(lent) }
            }
        })
    }
}

impl Database {
    /// Which engine it is on.
    pub fn on_engine(&self) -> On {
        self.on
    }

    /// As the configuration's `database_url` would name it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The same, read.
    pub fn engine(&self) -> Engine {
        self.url.parse().expect("the harness makes good URLs")
    }

    /// Opens it with a few connections.
    pub fn store(&self) -> Store {
        self.store_of(StoreSize { connections: 4, waiting: 256 })
    }

    /// Opens it.
    pub fn store_of(&self, size: StoreSize) -> Store {
        Store::open(self.engine(), size).expect("the database opens")
    }
}

/// Waits for what must come to pass, by looking; panics after half a minute.
#[track_caller]
pub fn until(what: &str, mut come: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !come() {
        assert!(Instant::now() < deadline, "waited 30 s in vain for: {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}
