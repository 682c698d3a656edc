//! Where the demo keeps its data: a folder that is removed in the end, or one that is kept and gone on with.

use std::fs;
use std::io::{self, Write as _};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ipnet::Ipv4Net;

use super::Failed;
use super::networks::{Net, Networks};
use crate::config::{self, Config};
use crate::domain::At;
use crate::domain::map::Outline;

/// The outlines of the districts around the city.
const OUTLINES: &str = include_str!("../../deploy/cities/omsk/outlines.geojson");

/// The settings: `otklik serve --config` takes them as well.
const SETTINGS: &str = "otklik.toml";

/// How the demo's settings begin. Others are not the demo's, nor is the data that they speak of.
const HEAD: &str = "# Made by `otklik demo`. The key seals what is in the database: keep both, or neither.";

/// The database in the folder.
const DATABASE: &str = "otklik.db";

/// What time it was in the city when the demo was last alive.
const TIME: &str = "city-time";

/// How far the networks' numbers had come by then.
const COUNTED: &str = "networks-counted";

/// How often the removal of the folder is tried.
const TRIES: u64 = 8;

/// How long the city's clock may have run after it was last noted, in seconds of the machine.
const NOTED_EVERY: i64 = 5;

/// How far their numbers may have come since.
const COUNTED_SINCE: i64 = 100_000;

/// The folder of the demo's data. A temporary one goes when this is dropped.
#[derive(Debug)]
pub struct House {
    dir: PathBuf,
    temporary: bool,
}

impl House {
    /// Opens a folder, or makes a temporary one.
    ///
    /// # Errors
    /// [`Failed::Folder`].
    pub fn open(kept: Option<PathBuf>) -> Result<House, Failed> {
        let temporary = kept.is_none();
        let dir = match kept {
            Some(dir) => dir,
            None => std::env::temp_dir().join(format!("otklik-demo-{}", uuid::Uuid::new_v4().simple())),
        };
        make_private(&dir).map_err(|error| Failed::Folder(dir.clone(), error))?;
        // The settings name the database, wherever they are read from later.
        let dir = dir.canonicalize().map_err(|error| Failed::Folder(dir.clone(), error))?;
        Ok(House { dir, temporary })
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Whether the folder goes in the end.
    pub fn is_temporary(&self) -> bool {
        self.temporary
    }

    /// The settings of the folder, made if there are none yet, and those that only a demo has. The environment is not asked: it
    /// may speak of another installation's data.
    ///
    /// # Errors
    /// [`Failed::Folder`], [`Failed::Settings`]; [`Failed::Foreign`] if the folder holds something, but not a demo's.
    pub fn config(&self, listen: SocketAddr, speed: u32, networks: &Networks) -> Result<Config, Failed> {
        let path = self.dir.join(SETTINGS);
        let database = self.dir.join(DATABASE);
        if !path.exists() && !database.exists() {
            write_private(&path, &settings(&database)?).map_err(|error| Failed::Folder(path.clone(), error))?;
        }
        let text = fs::read_to_string(&path).map_err(|error| Failed::Folder(path.clone(), error))?;
        if !text.starts_with(HEAD) {
            return Err(Failed::Foreign(path));
        }
        let mut config = Config::read(&text, std::iter::empty())?;
        let listen = with_port(listen).map_err(|error| Failed::Listen(listen, error))?;
        config.listen.address = listen;
        config.listen.public_url = Some(format!("http://{}", reachable(listen)));
        config.listen.workers = 2;
        config.listen.drain = Duration::from_secs(1);
        config.database.connections = 4;
        config.networks = config::Networks {
            vk: networks.base(Net::Vk),
            odnoklassniki: networks.base(Net::Ok),
            telegram: networks.base(Net::Telegram),
            max: networks.base(Net::Max),
            // They are on this machine.
            odnoklassniki_from: vec![Ipv4Net::new_assert(Ipv4Addr::LOCALHOST, 8).trunc().into()],
            ..config.networks
        };
        config.map.outlines = Outline::read(OUTLINES).unwrap_or_default();
        // A minute of the city, as far as that makes sense.
        config.worker.poll =
            (Duration::from_secs(60) / speed).clamp(Duration::from_millis(100), Duration::from_secs(1));
        // Leases are told by the city's clock but are meant for the machine's.
        config.worker.lease *= speed;
        Ok(config)
    }

    /// The time from which the city goes on, if it lived before.
    pub fn time(&self, speed: u32) -> Option<At> {
        let noted: At = fs::read_to_string(self.dir.join(TIME)).ok()?.trim().parse().ok()?;
        // Killed, it may have lived on a little since.
        Some(noted.plus_seconds(NOTED_EVERY * i64::from(speed)))
    }

    /// How far the numbers of the networks had come, if the city lived before; 0 otherwise.
    pub fn counted(&self) -> i64 {
        let noted = fs::read_to_string(self.dir.join(COUNTED)).ok();
        noted.and_then(|text| text.trim().parse::<i64>().ok()).map_or(0, |counted| counted + COUNTED_SINCE)
    }

    /// Removes the folder; more than one try is needed while the database is closing its files.
    fn is_removed(&self) -> bool {
        (0..TRIES).any(|tries| {
            std::thread::sleep(Duration::from_millis(20 * tries));
            fs::remove_dir_all(&self.dir).is_ok() || !self.dir.exists()
        })
    }

    /// Notes the city's time, and how far the numbers of its networks have come. To be called every few seconds.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn note(&self, now: At, counted: i64) -> io::Result<()> {
        if self.temporary {
            return Ok(());
        }
        fs::write(self.dir.join(TIME), format!("{now}\n"))?;
        fs::write(self.dir.join(COUNTED), format!("{counted}\n"))
    }
}

impl Drop for House {
    fn drop(&mut self) {
        if self.temporary && !self.is_removed() {
            tracing::warn!(dir = %self.dir.display(), "the demo's folder was not removed");
        }
    }
}

/// The address by which this machine reaches a server that listens there.
fn reachable(address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => (Ipv4Addr::LOCALHOST, v4.port()).into(),
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => (Ipv6Addr::LOCALHOST, v6.port()).into(),
        known => known,
    }
}

/// The same address; instead of port 0 one that is free now, for the networks have to be told where to deliver before anybody listens.
fn with_port(listen: SocketAddr) -> io::Result<SocketAddr> {
    if listen.port() == 0 { TcpListener::bind(listen)?.local_addr() } else { Ok(listen) }
}

fn settings(database: &Path) -> Result<String, Failed> {
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(|_| Failed::Randomness)?;
    // The path in TOML's own quotes, whatever is in it.
    let url = toml::Value::String(format!("sqlite:{}", database.display()));
    let key = STANDARD.encode(key);
    Ok(format!("{HEAD}\n[database]\nurl = {url}\n\n[secrets]\nkey = \"{key}\"\n"))
}

#[cfg(unix)]
fn make_private(dir: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)
}

#[cfg(not(unix))]
fn make_private(dir: &Path) -> io::Result<()> {
    fs::create_dir_all(dir)
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::networks::Options;

    fn listen() -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], 8097))
    }

    fn networks() -> Networks {
        Networks::open(Options::default()).unwrap()
    }

    #[test]
    fn a_temporary_folder_goes_in_the_end() {
        let house = House::open(None).unwrap();
        let dir = house.dir().to_owned();
        house.config(listen(), 60, &networks()).unwrap();
        assert!(house.is_temporary() && dir.join(SETTINGS).exists());
        drop(house);
        assert!(!dir.exists());
    }

    #[test]
    fn a_kept_folder_keeps_its_key_and_its_time() {
        let dir = tempfile::tempdir().unwrap();
        let kept = Some(dir.path().join("it's \"here\""));
        let house = House::open(kept.clone()).unwrap();
        let networks = networks();
        let first = house.config(listen(), 60, &networks).unwrap();
        assert_eq!((house.time(60), house.counted()), (None, 0));
        let now: At = "2026-03-02T04:00:00Z".parse().unwrap();
        house.note(now, 7).unwrap();
        drop(house);
        let house = House::open(kept).unwrap();
        assert_eq!(house.config(listen(), 60, &networks).unwrap(), first);
        assert_eq!((house.time(60), house.counted()), (Some(now.plus_seconds(300)), 7 + COUNTED_SINCE));
    }

    #[test]
    fn the_networks_are_told_a_port_that_is_known() {
        let house = House::open(None).unwrap();
        let config = house.config(SocketAddr::from(([0, 0, 0, 0], 0)), 60, &networks()).unwrap();
        let port = config.listen.address.port();
        assert_ne!(port, 0);
        assert_eq!(config.listen.public_url, Some(format!("http://127.0.0.1:{port}")));
    }

    #[test]
    fn the_data_of_another_installation_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let house = House::open(Some(dir.path().to_owned())).unwrap();
        fs::write(dir.path().join(SETTINGS), "[database]\nurl = \"postgres://db.example/otklik\"\n").unwrap();
        assert!(matches!(house.config(listen(), 60, &networks()), Err(Failed::Foreign(_))));
        fs::remove_file(dir.path().join(SETTINGS)).unwrap();
        fs::write(dir.path().join(DATABASE), "").unwrap();
        assert!(matches!(house.config(listen(), 60, &networks()), Err(Failed::Folder(..))));
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_reads_the_key() {
        use std::os::unix::fs::PermissionsExt as _;
        let house = House::open(None).unwrap();
        house.config(listen(), 1, &networks()).unwrap();
        let mode = fs::metadata(house.dir().join(SETTINGS)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0);
    }
}
