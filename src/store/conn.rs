//! One connection type over the two engines, and how a connection is opened.

use diesel::connection::SimpleConnection;
use diesel::{Connection, ConnectionResult, PgConnection, QueryResult, SqliteConnection};

use super::Engine;

/// A connection to whichever engine the database's URL names.
#[derive(diesel::MultiConnection)]
pub enum Conn {
    /// PostgreSQL.
    Postgres(PgConnection),
    /// SQLite, compiled in.
    Sqlite(SqliteConnection),
}

/// Compiles one expression for each engine, for what the union type cannot say (`on conflict`, batch inserts,
/// `returning` a whole row). Used inside `store` only.
macro_rules! each_engine {
    ($conn:expr, $c:ident => $body:expr) => {
        match $conn {
            $crate::store::Conn::Postgres($c) => $body,
            $crate::store::Conn::Sqlite($c) => $body,
        }
    };
}
pub(in crate::store) use each_engine;

/// What every SQLite connection is set to: write-ahead log, an fsync at each commit (so that `Ok` means durable), foreign
/// keys, and patience with other processes (a backup, a command-line call). Pages are kept by the system and not mapped, so that the
/// service's memory stays small however large the file grows.
const SQLITE_SETTINGS: &str = "
    pragma busy_timeout = 5000;
    pragma journal_mode = wal;
    pragma synchronous = full;
    pragma foreign_keys = on;
    pragma temp_store = memory;
    pragma cache_size = -4000;
    pragma wal_autocheckpoint = 4000;
";

/// What the one that writes is set to beside: a transaction's changed pages fit into the cache.
const SQLITE_WRITER: &str = "pragma cache_size = -16000;";

/// What every PostgreSQL session is set to. The just-in-time compiler costs more than it gives on short queries.
const POSTGRES_SETTINGS: &str = "
    set time zone 'UTC';
    set jit = off;
    set statement_timeout = '60s';
    set client_min_messages = warning;
";

/// Lets a connection hold what a large transaction changes.
pub(super) fn prepare_to_write(conn: &mut Conn) -> QueryResult<()> {
    match conn {
        Conn::Postgres(_) => Ok(()),
        Conn::Sqlite(conn) => conn.batch_execute(SQLITE_WRITER),
    }
}

/// Opens one connection. The engine is decided by the URL's scheme alone, never by trying one engine after the other.
pub(super) fn open(engine: &Engine) -> ConnectionResult<Conn> {
    match engine {
        Engine::Postgres { url } => {
            let mut conn = PgConnection::establish(url)?;
            conn.batch_execute(POSTGRES_SETTINGS).map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
            Ok(Conn::Postgres(conn))
        }
        Engine::Sqlite { path } => {
            let mut conn = SqliteConnection::establish(path)?;
            conn.batch_execute(SQLITE_SETTINGS).map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
            Ok(Conn::Sqlite(conn))
        }
    }
}
