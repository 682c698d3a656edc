//! The schema's versions: one set of migrations an engine, embedded in the binary.

use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{Conn, Engine, StoreError, conn};

const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");
const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");

/// Brings the database up to this program's schema; returns the versions that were applied, oldest first.
///
/// # Errors
/// [`StoreError::Away`] with the reason when the database cannot be reached or a migration fails.
pub fn up(engine: &Engine) -> Result<Vec<String>, StoreError> {
    with(engine, |conn| {
        let run = match conn {
            Conn::Postgres(c) => c.run_pending_migrations(POSTGRES).map(names),
            Conn::Sqlite(c) => c.run_pending_migrations(SQLITE).map(names),
        };
        run.map_err(|e| StoreError::Away(e.to_string()))
    })
}

/// Takes every migration back. All data is lost: this is for tests.
///
/// # Errors
/// As [`up`].
pub fn down(engine: &Engine) -> Result<Vec<String>, StoreError> {
    with(engine, |conn| {
        let run = match conn {
            Conn::Postgres(c) => c.revert_all_migrations(POSTGRES).map(names),
            Conn::Sqlite(c) => c.revert_all_migrations(SQLITE).map(names),
        };
        run.map_err(|e| StoreError::Away(e.to_string()))
    })
}

/// Whether migrations are waiting: a server must not start on a schema older than its own.
///
/// # Errors
/// As [`up`].
pub fn pending(engine: &Engine) -> Result<bool, StoreError> {
    with(engine, |conn| {
        let pending = match conn {
            Conn::Postgres(c) => c.has_pending_migration(POSTGRES),
            Conn::Sqlite(c) => c.has_pending_migration(SQLITE),
        };
        pending.map_err(|e| StoreError::Away(e.to_string()))
    })
}

fn with<T>(engine: &Engine, work: impl FnOnce(&mut Conn) -> Result<T, StoreError>) -> Result<T, StoreError> {
    let mut conn = conn::open(engine).map_err(|e| StoreError::Away(e.to_string()))?;
    work(&mut conn)
}

fn names(versions: Vec<diesel::migration::MigrationVersion<'_>>) -> Vec<String> {
    versions.iter().map(ToString::to_string).collect()
}
