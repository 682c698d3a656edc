//! A private PostgreSQL cluster for this test process, in a temporary folder, on a Unix socket.
//!
//! A shell supervises the server and holds the reading end of a pipe from the test process. When the pipe closes, however the
//! process ended, the shell stops the server and removes the folder.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use otklik::store::migrate;

const INSTALL: &str = "PostgreSQL's server programs (initdb, postgres) are not on this machine, neither on the PATH nor in \
    /usr/lib/postgresql/*/bin, and the tests must run on PostgreSQL too. Install them (Debian: apt-get install postgresql; \
    no cluster of its own is needed), or run tests/run, which does so.";

/// The user inside the cluster.
const USER: &str = "otklik";
/// The migrated database that others are copied from.
const TEMPLATE: &str = "migrated";

/// Sentences of the supervisor: it runs as long as its standard input is open.
const SUPERVISOR: &str = r#"
    trap '' INT TERM HUP
    bin=$1 dir=$2; shift 2
    start() { "$bin/postgres" -D "$dir/data" "$@" </dev/null >>"$dir/log" 2>&1 & pid=$!; }
    start "$@"
    while read -r word; do
        case $word in
            crash) kill -KILL "$pid"; wait "$pid" ;;
            start) kill -0 "$pid" 2>/dev/null || start "$@" ;;
        esac
    done
    kill -QUIT "$pid"
    wait "$pid"
    rm -rf "$dir"
"#;

/// Whether a commit waits for the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disk {
    /// No: tests of everything but durability.
    Fast,
    /// Yes, as in production.
    Durable,
}

/// A running server.
pub struct Cluster {
    folder: PathBuf,
    supervisor: Mutex<ChildStdin>,
    databases: AtomicU32,
    making: Mutex<()>,
    disk: Disk,
}

impl Cluster {
    /// The one cluster that the tests of this process share.
    pub fn shared() -> &'static Cluster {
        static SHARED: OnceLock<Cluster> = OnceLock::new();
        SHARED.get_or_init(|| Cluster::start(Disk::Fast))
    }

    /// Starts a cluster of its own. It is stopped and removed when the value is dropped or the process ends.
    pub fn start(disk: Disk) -> Cluster {
        let programs = programs().unwrap_or_else(|| panic!("{INSTALL}"));
        let account = account();
        let folder = tempfile::Builder::new().prefix("otklik-pg-").tempdir().expect("a temporary folder").keep();
        if let Some((user, group)) = account {
            chown(&folder, Some(user), Some(group)).expect("the cluster's folder for its user");
        }
        let command = |program: &Path| {
            let mut command = Command::new(program);
            command.current_dir("/").env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
            command.env("LC_ALL", "C").env("TZ", "UTC");
            if let Some((user, group)) = account {
                command.uid(user).gid(group);
            }
            command
        };
        let made = command(&programs.join("initdb"))
            .args(["--no-sync", "--no-instructions", "--auth=trust", "--encoding=UTF8", "--locale=C"])
            .arg(format!("--username={USER}"))
            .arg(format!("--pgdata={}", folder.join("data").display()))
            .output()
            .expect("initdb starts");
        assert!(made.status.success(), "initdb failed:\n{}", String::from_utf8_lossy(&made.stderr));

        let on_disk = if disk == Disk::Durable { "on" } else { "off" };
        let mut settings = vec![
            "listen_addresses=".to_owned(),
            format!("unix_socket_directories={}", folder.display()),
            "port=5432".to_owned(),
            "max_connections=500".to_owned(),
            "shared_buffers=32MB".to_owned(),
            "log_min_messages=fatal".to_owned(),
            format!("fsync={on_disk}"),
            format!("full_page_writes={on_disk}"),
        ];
        if disk == Disk::Fast {
            settings.push("autovacuum=off".to_owned());
        }
        #[allow(clippy::zombie_processes, reason = "it ends with this process, which is what it waits for")]
        let mut supervisor = command(Path::new("/bin/sh"))
            .args(["-c", SUPERVISOR, "otklik-tests-postgres"])
            .arg(&programs)
            .arg(&folder)
            .args(settings.iter().flat_map(|setting| ["-c", setting]))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Of its own process group: a Ctrl-C meant for the tests must not kill it before it has cleaned up.
            .process_group(0)
            .spawn()
            .expect("a shell to supervise PostgreSQL");
        let pipe = supervisor.stdin.take().expect("the pipe to the supervisor");
        let cluster = Cluster {
            folder,
            supervisor: Mutex::new(pipe),
            databases: AtomicU32::new(0),
            making: Mutex::new(()),
            disk,
        };
        cluster.await_ready();
        cluster.run(&[&format!("create database {TEMPLATE}")]);
        migrate::up(&cluster.url(TEMPLATE).parse().expect("a good URL")).expect("the migrations run on PostgreSQL");
        cluster
    }

    /// A new database with the schema as the migrations make it.
    pub fn migrated(&'static self) -> Lent {
        self.copy(TEMPLATE)
    }

    /// A new database without any tables.
    pub fn bare(&'static self) -> Lent {
        self.copy("template0")
    }

    fn copy(&'static self, template: &str) -> Lent {
        let name = self.make(template);
        Lent { cluster: self, name }
    }

    /// A new migrated database that lives as long as the cluster; its URL.
    pub fn database(&self) -> String {
        self.url(&self.make(TEMPLATE))
    }

    fn make(&self, template: &str) -> String {
        let name = format!("t{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let _one_at_a_time = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        self.run(&[&format!("create database {name} template {template}")]);
        name
    }

    fn url(&self, database: &str) -> String {
        format!("postgres:///{database}?host={}&port=5432&user={USER}", self.folder.display())
    }

    /// Runs statements one by one, as the cluster's superuser.
    pub fn run(&self, statements: &[&str]) {
        let mut conn = PgConnection::establish(&self.url("postgres")).expect("the private cluster answers");
        for statement in statements {
            conn.batch_execute(statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
        }
    }

    /// Ends the server as a power cut would: at once, with nothing written that was not written.
    pub fn crash(&self) {
        assert_eq!(self.disk, Disk::Durable, "the shared cluster serves other tests");
        let mut pipe = self.pipe();
        pipe.write_all(b"crash\n").expect("the supervisor listens");
        drop(pipe);
        super::until("the crashed server to be gone", || PgConnection::establish(&self.url("postgres")).is_err());
    }

    /// Starts the server anew after a [`Cluster::crash`].
    pub fn restart(&self) {
        super::until("the server to come up again", || {
            // Until the last process of the crashed server is gone, a new one refuses to start.
            self.pipe().write_all(b"start\n").expect("the supervisor listens");
            (0..200).any(|_| {
                std::thread::sleep(std::time::Duration::from_millis(10));
                self.answers()
            })
        });
    }

    fn answers(&self) -> bool {
        PgConnection::establish(&self.url("postgres")).is_ok()
    }

    fn await_ready(&self) {
        for _ in 0..3000 {
            if self.answers() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        panic!("the private PostgreSQL did not start:\n{log}");
    }

    fn pipe(&self) -> MutexGuard<'_, ChildStdin> {
        self.supervisor.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A database of the shared cluster, dropped with this value.
pub struct Lent {
    cluster: &'static Cluster,
    name: String,
}

impl Lent {
    /// Its URL.
    pub fn url(&self) -> String {
        self.cluster.url(&self.name)
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        // A test that fails must fail for its own reason.
        if let Ok(mut conn) = PgConnection::establish(&self.cluster.url("postgres")) {
            let _ = conn.batch_execute(&format!("drop database if exists {} with (force)", self.name));
        }
    }
}

/// Where `initdb` and `postgres` are: on the PATH, or where Debian puts them, the newest first.
fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).filter_map(|folder| {
        // A link on the PATH leads to the folder that holds both, and the libraries beside them.
        let program = fs::canonicalize(folder.join("initdb")).ok()?;
        program.parent().map(Path::to_path_buf)
    });
    let mut debian: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    debian.sort_unstable();
    on_path
        .chain(debian.into_iter().rev().map(|(_, folder)| folder))
        .find(|folder| ["initdb", "postgres"].iter().all(|program| folder.join(program).is_file()))
}

/// PostgreSQL refuses to run as root: then it runs as `postgres`, or as `nobody`. None: as whoever runs the tests.
fn account() -> Option<(u32, u32)> {
    let me = fs::metadata("/proc/self").map_or(0, |process| process.uid());
    if me != 0 {
        return None;
    }
    let accounts = fs::read_to_string("/etc/passwd").expect("/etc/passwd");
    ["postgres", "nobody"]
        .iter()
        .find_map(|wanted| {
            accounts.lines().find_map(|line| {
                let mut fields = line.split(':');
                let (name, user, group) = (fields.next()?, fields.nth(1)?, fields.next()?);
                (name == *wanted).then(|| Some((user.parse().ok()?, group.parse().ok()?)))?
            })
        })
        .or_else(|| {
            panic!("the tests run as root, PostgreSQL must not, and there is neither a user postgres nor nobody")
        })
}
