//! Where the demo keeps its data: a folder that is removed in the end, or one that is kept and gone on with.

use std::fs;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Failed;
use crate::config::Config;
use crate::domain::At;

/// The settings: `otklik serve --config` takes them as well.
const SETTINGS: &str = "otklik.toml";

/// How the demo's settings begin. Others are not the demo's, nor is the data that they speak of.
const HEAD: &str = "# Made by `otklik demo`. The key seals what is in the database: keep both, or neither.";

/// The database in the folder.
const DATABASE: &str = "otklik.db";

/// What time it was in the city when the demo was last alive.
const TIME: &str = "city-time";

/// How often the removal of the folder is tried.
const TRIES: u64 = 8;

/// How long the city's clock may have run after it was last noted, in seconds of the machine.
const NOTED_EVERY: i64 = 5;

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
    pub fn config(&self, listen: SocketAddr, speed: u32) -> Result<Config, Failed> {
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
        config.listen.address = listen;
        config.listen.workers = 2;
        config.listen.drain = Duration::from_secs(1);
        config.database.connections = 4;
        // The receiver of the demo's answers is on this machine.
        config.delivery.allow_private = true;
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

    /// Removes the folder; more than one try is needed while the database is closing its files.
    fn is_removed(&self) -> bool {
        (0..TRIES).any(|tries| {
            std::thread::sleep(Duration::from_millis(20 * tries));
            fs::remove_dir_all(&self.dir).is_ok() || !self.dir.exists()
        })
    }

    /// Notes the city's time. To be called every few seconds.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn note_time(&self, now: At) -> io::Result<()> {
        if self.temporary { Ok(()) } else { fs::write(self.dir.join(TIME), format!("{now}\n")) }
    }
}

impl Drop for House {
    fn drop(&mut self) {
        if self.temporary && !self.is_removed() {
            tracing::warn!(dir = %self.dir.display(), "the demo's folder was not removed");
        }
    }
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

    fn listen() -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], 0))
    }

    #[test]
    fn a_temporary_folder_goes_in_the_end() {
        let house = House::open(None).unwrap();
        let dir = house.dir().to_owned();
        house.config(listen(), 60).unwrap();
        assert!(house.is_temporary() && dir.join(SETTINGS).exists());
        drop(house);
        assert!(!dir.exists());
    }

    #[test]
    fn a_kept_folder_keeps_its_key_and_its_time() {
        let dir = tempfile::tempdir().unwrap();
        let kept = Some(dir.path().join("it's \"here\""));
        let house = House::open(kept.clone()).unwrap();
        let first = house.config(listen(), 60).unwrap();
        assert_eq!(house.time(60), None);
        let now: At = "2026-03-02T04:00:00Z".parse().unwrap();
        house.note_time(now).unwrap();
        drop(house);
        let house = House::open(kept).unwrap();
        assert_eq!(house.config(listen(), 60).unwrap(), first);
        assert_eq!(house.time(60), Some(now.plus_seconds(300)));
    }

    #[test]
    fn the_data_of_another_installation_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let house = House::open(Some(dir.path().to_owned())).unwrap();
        fs::write(dir.path().join(SETTINGS), "[database]\nurl = \"postgres://db.example/otklik\"\n").unwrap();
        assert!(matches!(house.config(listen(), 60), Err(Failed::Foreign(_))));
        fs::remove_file(dir.path().join(SETTINGS)).unwrap();
        fs::write(dir.path().join(DATABASE), "").unwrap();
        assert!(matches!(house.config(listen(), 60), Err(Failed::Folder(..))));
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_reads_the_key() {
        use std::os::unix::fs::PermissionsExt as _;
        let house = House::open(None).unwrap();
        house.config(listen(), 1).unwrap();
        let mode = fs::metadata(house.dir().join(SETTINGS)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0);
    }
}
