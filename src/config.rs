//! The installation's settings: one struct a concern, from a TOML file and then the environment.
//!
//! `deploy/otklik.example.toml` shows every key with its default and is held to this file by a test. A variable such as
//! `OTKLIK_DATABASE__URL` overrides the key `database.url`. Reading tells every fault at once, each with its key, what was given
//! (unless it is secret) and what it should be.

mod keys;
mod map;
mod networks;
mod secret;

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;
use lettre::SmtpTransport;
use lettre::message::Mailbox;
use tracing_subscriber::EnvFilter;

use crate::store::{Engine, StoreSize};
pub use keys::Fault;
use keys::Keys;
pub use map::{Map, Tiles};
pub use networks::Networks;
pub use secret::{MasterKey, Secret, keyed_hash};

/// All settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    pub database: Database,
    pub listen: Listen,
    pub secrets: Secrets,
    pub tokens: Tokens,
    pub limits: Limits,
    pub log: Log,
    pub delivery: Delivery,
    pub worker: Worker,
    pub mail: Mail,
    pub networks: Networks,
    pub attachments: Attachments,
    pub map: Map,
}

/// Where the data is.
#[derive(Debug, Clone, PartialEq)]
pub struct Database {
    pub url: Engine,
    /// Connections: on PostgreSQL for everything, on SQLite for reading.
    pub connections: usize,
    /// How many requests may wait for the database before others are told to come back.
    pub waiting: usize,
}

impl Database {
    /// The store's measures.
    pub fn size(&self) -> StoreSize {
        StoreSize { connections: self.connections, waiting: self.waiting }
    }
}

/// Where requests come in.
#[derive(Debug, Clone, PartialEq)]
pub struct Listen {
    pub address: SocketAddr,
    /// Threads that serve; 0: as many as the machine has processors.
    pub workers: usize,
    /// How long requests in flight are waited for when the service stops.
    pub drain: Duration,
    /// Where the service is reached from outside, by people and by social networks alike; without a slash at the end. None: it is
    /// not, so letters cannot lead to it and networks cannot deliver to it.
    pub public_url: Option<String>,
    /// Whose `X-Forwarded-For` is believed.
    pub proxies: Vec<IpNet>,
}

/// What must stay secret.
#[derive(Debug, Clone, PartialEq)]
pub struct Secrets {
    /// Seals the sources' secrets and signs tokens and cursors.
    pub key: MasterKey,
}

/// How long a sign-in lasts.
#[derive(Debug, Clone, PartialEq)]
pub struct Tokens {
    pub access: Duration,
    pub refresh: Duration,
}

/// What one request, and all of them together, may ask for.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    /// The largest body of an API request.
    pub body_bytes: usize,
    /// The largest body of a webhook.
    pub hook_bytes: usize,
    /// The most messages in one webhook.
    pub hook_messages: usize,
    /// How many requests may be in flight at once.
    pub in_flight: usize,
}

/// What is written to the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Log {
    pub format: LogFormat,
    /// A `tracing` filter, such as `info` or `info,otklik::jobs=debug`.
    pub level: String,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// How answers are sent out.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// Whether reply addresses, and files of messages, may lie in private networks.
    pub allow_private: bool,
    pub timeout: Duration,
}

/// How jobs are done.
#[derive(Debug, Clone, PartialEq)]
pub struct Worker {
    /// How often to look for jobs when there are none.
    pub poll: Duration,
    /// How long a job belongs to the worker that took it.
    pub lease: Duration,
    /// After how many failures the delivery of an answer is given up.
    pub max_attempts: i32,
}

/// How staff are written to.
#[derive(Debug, Clone, PartialEq)]
pub struct Mail {
    /// Who takes letters; none: no letters are sent, and notices are only to be read.
    pub server: Option<MailServer>,
    /// How long the mail server may take for one command.
    pub timeout: Duration,
    /// For how long notices are gathered into one letter.
    pub digest: Duration,
}

/// The mail server, and what letters need to have.
#[derive(Debug, Clone, PartialEq)]
pub struct MailServer {
    /// `smtp://USER:PASSWORD@HOST:PORT?tls=required`, as lettre reads it.
    pub url: Secret<String>,
    /// Whom letters are from.
    pub from: Mailbox,
}

/// How the files of messages are fetched and kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Attachments {
    /// The largest file that is taken in.
    pub max_bytes: u64,
    /// How long a host may take for a file.
    pub timeout: Duration,
    /// For how many days a file is kept after its incident was closed.
    pub keep_days: u32,
}

/// Settings that cannot be used: every fault.
#[derive(Debug, thiserror::Error)]
pub struct BadConfig(pub Vec<Fault>);

impl fmt::Display for BadConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the configuration cannot be used:")?;
        self.0.iter().try_for_each(|fault| write!(f, "\n  {fault}"))
    }
}

impl Config {
    /// The defaults, with the one setting that has none.
    pub fn new(key: MasterKey) -> Config {
        Config {
            database: Database { url: Engine::Sqlite { path: "otklik.db".to_owned() }, connections: 8, waiting: 2048 },
            listen: Listen {
                address: SocketAddr::from(([127, 0, 0, 1], 8080)),
                workers: 0,
                drain: Duration::from_secs(20),
                public_url: None,
                proxies: Vec::new(),
            },
            secrets: Secrets { key },
            tokens: Tokens { access: Duration::from_secs(15 * 60), refresh: Duration::from_secs(30 * 86_400) },
            limits: Limits { body_bytes: 1 << 20, hook_bytes: 8 << 20, hook_messages: 1000, in_flight: 1024 },
            log: Log { format: LogFormat::Text, level: "info".to_owned() },
            delivery: Delivery { allow_private: false, timeout: Duration::from_secs(20) },
            worker: Worker { poll: Duration::from_secs(1), lease: Duration::from_secs(60), max_attempts: 12 },
            mail: Mail { server: None, timeout: Duration::from_secs(20), digest: Duration::from_secs(15 * 60) },
            networks: Networks::default(),
            attachments: Attachments { max_bytes: 20 << 20, timeout: Duration::from_secs(60), keep_days: 365 },
            map: Map::default(),
        }
    }

    /// Reads a file, then the environment.
    ///
    /// # Errors
    /// [`BadConfig`] with every fault.
    pub fn load(path: Option<&Path>) -> Result<Config, BadConfig> {
        let text = match path {
            Some(path) => read_file(path)?,
            None => String::new(),
        };
        // A variable that is not UTF-8 cannot be one of ours.
        let variables = std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)));
        Config::read(&text, variables)
    }

    /// Reads settings from TOML text and variables.
    ///
    /// # Errors
    /// [`BadConfig`] with every fault; of a file that is not TOML, with the first.
    pub fn read(text: &str, variables: impl IntoIterator<Item = (String, String)>) -> Result<Config, BadConfig> {
        let table = text.parse::<toml::Table>().map_err(|error| {
            // The error's own text would quote the line, which may hold a secret.
            let line = error.span().map_or(0, |span| 1 + text[..span.start].matches('\n').count());
            BadConfig(vec![whole("the file", format!("is not TOML: line {line}: {}", error.message()))])
        })?;
        let mut keys = Keys::new(table, variables);
        let config = Config::take(&mut keys);
        let faults = keys.finish();
        match config {
            Some(config) if faults.is_empty() => Ok(config),
            _ => Err(BadConfig(faults)),
        }
    }

    /// Takes every key; none without the master key, which is then among the faults.
    fn take(keys: &mut Keys) -> Option<Config> {
        const KEY: &str = "32 random bytes in base64, as from `openssl rand -base64 32`";
        let key = keys.hidden("secrets.key", KEY, MasterKey::from_base64);
        if key.is_none() {
            keys.missing("secrets.key", &format!("it should be {KEY}"));
        }
        // Without a key the rest is still read, for its faults.
        let d = Config::new(key.clone().unwrap_or(MasterKey::new([0; 32])));
        let public_url = keys.text("listen.public_url", None, PUBLIC, |text| address(text).map(Some));
        let url = keys.hidden("database.url", "sqlite:PATH or postgres://USER@HOST/NAME", |text| text.parse().ok());
        let config = Config {
            database: Database {
                url: url.unwrap_or(d.database.url),
                connections: keys.number("database.connections", d.database.connections, 1..=256),
                waiting: keys.number("database.waiting", d.database.waiting, 16..=100_000),
            },
            listen: Listen {
                address: keys.text("listen.address", d.listen.address, "ADDRESS:PORT", |text| text.parse().ok()),
                workers: keys.number("listen.workers", d.listen.workers, 0..=256),
                drain: seconds(keys, "listen.drain_seconds", d.listen.drain, 0..=600),
                proxies: keys.list("listen.proxies", d.listen.proxies, NETWORKS, |text| text.parse().ok()),
                public_url: public_url.clone(),
            },
            secrets: d.secrets,
            tokens: Tokens {
                access: 60 * seconds(keys, "tokens.access_minutes", d.tokens.access / 60, 1..=1440),
                refresh: 86_400 * seconds(keys, "tokens.refresh_days", d.tokens.refresh / 86_400, 1..=365),
            },
            limits: Limits {
                body_bytes: keys.number("limits.body_bytes", d.limits.body_bytes, 1024..=64 << 20),
                hook_bytes: keys.number("limits.hook_bytes", d.limits.hook_bytes, 1024..=256 << 20),
                hook_messages: keys.number("limits.hook_messages", d.limits.hook_messages, 1..=10_000),
                in_flight: keys.number("limits.in_flight", d.limits.in_flight, 1..=100_000),
            },
            log: Log {
                format: keys.text("log.format", d.log.format, "\"text\" or \"json\"", LogFormat::read),
                level: keys.text(
                    "log.level",
                    d.log.level,
                    "a level (error, warn, info, debug, trace) or a list of target=level",
                    |text| EnvFilter::try_new(text).ok().map(|_| text.to_owned()),
                ),
            },
            delivery: Delivery {
                allow_private: keys.flag("delivery.allow_private", d.delivery.allow_private),
                timeout: seconds(keys, "delivery.timeout_seconds", d.delivery.timeout, 1..=120),
            },
            worker: Worker {
                poll: seconds(keys, "worker.poll_seconds", d.worker.poll, 1..=300),
                lease: seconds(keys, "worker.lease_seconds", d.worker.lease, 10..=3600),
                max_attempts: keys.number("worker.max_attempts", d.worker.max_attempts, 1..=100),
            },
            mail: Mail {
                server: mail_server(keys, public_url.is_some()),
                timeout: seconds(keys, "mail.timeout_seconds", d.mail.timeout, 1..=120),
                digest: 60 * seconds(keys, "mail.digest_minutes", d.mail.digest / 60, 0..=1440),
            },
            networks: Networks::take(keys, d.networks),
            attachments: Attachments {
                max_bytes: keys.number("attachments.max_bytes", d.attachments.max_bytes, 1024..=256 << 20),
                timeout: seconds(keys, "attachments.timeout_seconds", d.attachments.timeout, 1..=600),
                keep_days: keys.number("attachments.keep_days", d.attachments.keep_days, 1..=36_500),
            },
            map: Map::take(keys, d.map),
        };
        key.map(|_| config)
    }
}

impl LogFormat {
    fn read(text: &str) -> Option<LogFormat> {
        match text {
            "text" => Some(LogFormat::Text),
            "json" => Some(LogFormat::Json),
            _ => None,
        }
    }
}

/// What `listen.public_url` should be.
const PUBLIC: &str = "the address at which the service is reached from outside, such as \"https://otklik.example.org\"";
/// What a list of networks should be.
const NETWORKS: &str = "a list of networks such as \"10.0.0.0/8\"";

/// The mail server, if one is named: then all that letters need must be.
fn mail_server(keys: &mut Keys, is_reached: bool) -> Option<MailServer> {
    const URL: &str = "smtp://USER:PASSWORD@HOST:PORT?tls=required, or smtps://USER:PASSWORD@HOST";
    const FROM: &str = "an address such as \"Отклик <otklik@example.org>\"";
    let named = keys.given("mail.url");
    let url = keys.hidden("mail.url", URL, |text| SmtpTransport::from_url(text).ok().map(|_| text.to_owned()));
    let from = keys.text("mail.from", None, FROM, |text| text.parse().ok().map(Some));
    if named {
        for (key, missing, expected) in
            [("mail.from", from.is_none(), FROM), ("listen.public_url", !is_reached, PUBLIC)]
        {
            if missing {
                keys.missing(key, &format!("with mail.url it should be {expected}"));
            }
        }
    }
    Some(MailServer { url: Secret::new(url?), from: from? })
}

/// An address with http or https, without a query, in printable ASCII; without the slash at its end.
fn address(text: &str) -> Option<String> {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
    let plain = |c: char| c.is_ascii_graphic() && !"?#<>\"\\".contains(c);
    (!host.is_empty() && !host.starts_with('/') && host.chars().all(plain))
        .then(|| text.trim_end_matches('/').to_owned())
}

/// A duration given as a whole number of its unit; the caller multiplies where the unit is not the second.
fn seconds(keys: &mut Keys, key: &str, default: Duration, range: std::ops::RangeInclusive<u32>) -> Duration {
    let default = u32::try_from(default.as_secs()).unwrap_or(u32::MAX);
    Duration::from_secs(keys.number(key, default, range).into())
}

fn read_file(path: &Path) -> Result<String, BadConfig> {
    std::fs::read_to_string(path).map_err(|error| {
        BadConfig(vec![whole(&PathBuf::from(path).display().to_string(), format!("cannot be read: {error}"))])
    })
}

fn whole(what: &str, expected: String) -> Fault {
    Fault { key: what.to_owned(), value: None, expected }
}

#[cfg(test)]
mod tests;
