//! Backup and restore: one file that either engine can write, while it serves, and either can read.
//!
//! The file is JSON Lines in gzip, so `zcat FILE | head` shows what it is:
//!
//! ```text
//! {"backup":{"format":1,"schema":"20261122000001","program":"0.1.0","engine":"sqlite","city":"omsk","policy":1,"made_at":"…"}}
//! {"table":{"name":"policies","columns":[["version","bigint"],["city","text"],…]}}
//! [1,"omsk",…]                     one row a line, its values in the order of the columns
//! {"table":{"name":"staff",…}}     tables come after those that they refer to
//! …
//! {"totals":{"rows":{"policies":1,…},"counters":{"incidents":717475,"events":2891003}}}
//! {"end":{"sha256":"…"}}           of every byte before this line
//! ```
//!
//! Values are `null`, `true`, `false`, numbers and strings; a UUID, an instant (RFC 3339, to the microsecond) and bytes (Base64) are
//! strings, and a JSON document stands in an array of one, so that its own `null` differs from none at all. The index of words is left out: it is
//! made anew.
//!
//! Writing reads everything in one snapshot, table after table in batches along the key; nobody who writes has to wait. Restoring
//! goes through the file twice: first to its end, to see that it is whole, then row by row into an empty database, in one transaction.

mod after;
mod file;
mod fill;
mod row;

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::app::{self, CannotStart};
use crate::commands::Failed;
use crate::config::Config;
use crate::desk::seal::Seal;
use crate::desk::{pages, sources};
use crate::domain::At;
use crate::log;
use crate::store::{Conn, Engine, StoreError, dump, policies};
pub use after::Chains;
pub use file::Header;
use file::{Note, Part, Reader, TableHead, Totals, Writer};

/// What `otklik backup` is told.
#[derive(Debug, clap::Args)]
pub struct BackupArgs {
    /// The file to write; one that is there already is replaced when the new one is whole.
    #[arg(long, value_name = "FILE")]
    pub to: PathBuf,
}

/// What `otklik restore` is told.
#[derive(Debug, clap::Args)]
pub struct RestoreArgs {
    /// The file that a backup wrote, on either engine.
    #[arg(long, value_name = "FILE")]
    pub from: PathBuf,
    /// Delete everything that the database holds first.
    #[arg(long)]
    pub force: bool,
}

/// `otklik backup`: writes a consistent copy of the database, and says what is in it.
///
/// # Errors
/// [`Failed`]; as [`save`].
pub fn backup(config: &Config, args: &BackupArgs) -> Result<(), Failed> {
    println!("{}: {}", args.to.display(), save(config, &args.to)?);
    Ok(())
}

/// `otklik restore`: fills the database from a copy, and says what was in it.
///
/// # Errors
/// [`Failed`]; as [`load`].
pub fn restore(config: &Config, args: &RestoreArgs) -> Result<(), Failed> {
    log::start(&config.log);
    println!("{}: {}", config.database.url, load(config, &args.from, args.force)?);
    Ok(())
}

impl From<Error> for Failed {
    fn from(error: Error) -> Failed {
        match error {
            Error::CannotStart(error) => Failed::CannotStart(error),
            Error::Desk(error) => Failed::Desk(error),
            other => Failed::Other(other.to_string()),
        }
    }
}

/// Why there is no backup, or why nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{0}")]
    CannotStart(#[from] CannotStart),
    #[error("{0}")]
    Store(#[from] StoreError),
    #[error("{0}")]
    Desk(#[from] crate::desk::Error),
    #[error("there is no database {0}")]
    NoDatabase(Engine),
    #[error("{}: {why}", path.display())]
    File { path: PathBuf, why: io::Error },
    #[error("{} is not a whole backup of Otklik: {why}; nothing was changed", path.display())]
    Damaged { path: PathBuf, why: String },
    #[error(
        "the backup's tables are those of schema {found}, the database's of {ours}; restore it with the version of Otklik that \
         made it ({program}), then migrate; nothing was changed"
    )]
    OtherSchema { found: String, ours: String, program: String },
    #[error("the database {0} is not empty; with --force, everything in it is deleted first; nothing was changed")]
    NotEmpty(Engine),
}

impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Error {
        Error::Store(error.into())
    }
}

/// What a backup holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    pub header: Header,
    /// Rows by table.
    pub rows: BTreeMap<String, u64>,
    /// The file's size.
    pub bytes: u64,
}

/// What was restored.
#[derive(Debug, Clone, PartialEq)]
pub struct Restored {
    pub header: Header,
    /// Rows by table.
    pub rows: BTreeMap<String, u64>,
    /// Whether the incidents' histories are whole.
    pub chains: Chains,
    /// Whether the configured key opens the sources' secrets: the service refuses to start with another.
    pub key_fits: bool,
}

/// Writes the configured database to a file, as it stands at this moment; the service may go on meanwhile. The file appears under
/// its name only when it is whole, and only its owner may read it.
///
/// Blocks, so it must not be called on an async worker.
///
/// # Errors
/// [`Error`]; there is no new file then, and an old one of that name stays.
pub fn save(config: &Config, to: &Path) -> Result<Summary, Error> {
    let engine = &config.database.url;
    if let Engine::Sqlite { path } = engine
        && !Path::new(path).exists()
    {
        return Err(Error::NoDatabase(engine.clone()));
    }
    let store = app::open_store(config)?;
    let part = Part::create(to)?;
    let mut out = part.writer()?;
    let (engine, made_at) = (word(engine), At::now());
    let (header, rows) = store.read_now(move |conn| {
        let written = write(conn, &mut out, engine, made_at)?;
        out.finish()?;
        Ok::<_, Error>(written)
    })?;
    let bytes = part.keep()?;
    Ok(Summary { header, rows, bytes })
}

fn write(
    conn: &mut Conn,
    out: &mut Writer,
    engine: &str,
    made_at: At,
) -> Result<(Header, BTreeMap<String, u64>), Error> {
    let policy = policies::newest(conn)?;
    let header = Header {
        format: file::FORMAT,
        schema: dump::schema_version(conn)?.unwrap_or_default(),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        engine: engine.to_owned(),
        city: policy.as_ref().map(|policy| policy.city.clone()),
        policy: policy.as_ref().map(|policy| policy.version),
        made_at,
    };
    out.note(&Note::Backup(header.clone()))?;
    let mut totals = Totals::default();
    for table in dump::tables() {
        out.note(&Note::Table(TableHead::of(&table)))?;
        let (mut count, mut last) = (0, None);
        loop {
            let mut rows = dump::read(conn, &table, last.as_ref())?;
            rows.iter().try_for_each(|row| out.row(row))?;
            count += rows.len() as u64;
            last = rows.pop();
            if last.is_none() {
                break;
            }
        }
        tracing::info!(table = table.name, rows = count, "written");
        totals.rows.insert(table.name.to_owned(), count);
    }
    for counter in dump::COUNTERS {
        if let Some(last) = dump::counter(conn, counter)? {
            totals.counters.insert(counter.0.to_owned(), last);
        }
    }
    let rows = totals.rows.clone();
    out.note(&Note::Totals(totals))?;
    Ok((header, rows))
}

/// Fills the configured database from a file that [`save`] wrote, on whichever engine. It must have its tables and be empty; with
/// `force`, everything in it is deleted first. The service must not be running.
///
/// Blocks, so it must not be called on an async worker.
///
/// # Errors
/// [`Error`]; the database is then as it was.
pub fn load(config: &Config, from: &Path, force: bool) -> Result<Restored, Error> {
    let file = Reader::open(from)?;
    let store = app::open_store(config)?;
    let (header, engine) = (file.header().clone(), store.engine().clone());
    let seal = Seal::new(&config.secrets.key.derive("seal"));
    store.write_now(move |conn| {
        let (rows, chains) = fill::fill(conn, &engine, file, force)?;
        Ok(Restored {
            header,
            rows,
            chains,
            key_fits: sources::key_fits(conn, &seal)? && pages::key_fits(conn, &seal)?,
        })
    })
}

/// The engine's name, as in a header.
fn word(engine: &Engine) -> &'static str {
    match engine {
        Engine::Postgres { .. } => "postgres",
        Engine::Sqlite { .. } => "sqlite",
    }
}

/// What is in the backup, and the heaviest tables.
fn describe(f: &mut fmt::Formatter<'_>, header: &Header, rows: &BTreeMap<String, u64>) -> fmt::Result {
    let city = header.city.as_deref().unwrap_or("no city");
    let count = |table: &str| rows.get(table).copied().unwrap_or_default();
    write!(
        f,
        "{city} on {} at {}: {} incidents, {} messages, {} events, {} rows in all",
        header.engine,
        header.made_at,
        count("incidents"),
        count("messages"),
        count("events"),
        rows.values().sum::<u64>(),
    )
}

/// One line, for the command that made it.
impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        describe(f, &self.header, &self.rows)?;
        write!(f, "; {} bytes", self.bytes)
    }
}

/// What was restored, and what its owner should look at.
impl fmt::Display for Restored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        describe(f, &self.header, &self.rows)?;
        write!(f, "\n{}", self.chains)?;
        if !self.key_fits {
            write!(
                f,
                "\nsecrets.key is not the key that the secrets of sources and keys of pages were sealed with: the service will not start with it"
            )?;
        }
        Ok(())
    }
}
