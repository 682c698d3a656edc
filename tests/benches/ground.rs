//! What is measured on: a database with a city in it, and the service on it as a process of its own.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, OnceLock};

use base64::Engine as _;
use otklik::channels::webhook;
use otklik::config::MasterKey;
use otklik::desk::seal::Seal;
use otklik::desk::staff::{self, NewMember};
use otklik::desk::{Desk, Error, password, policies, sources};
use otklik::domain::policy::files;
use otklik::domain::{Actor, At, Policy, Role};
use otklik::store::{Store, StoreSize, migrate};
use tempfile::TempDir;

use super::bare::{self, Bare};
use super::client::{self, Client};
use super::postgres::{Cluster, Disk};

/// Which engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    Sqlite,
    Postgres,
}

impl On {
    pub fn name(self) -> &'static str {
        match self {
            On::Sqlite => "SQLite",
            On::Postgres => "PostgreSQL",
        }
    }
}

/// The policy that everything is measured under.
pub const CITY: &str = "deploy/cities/omsk";

/// The name of the source.
pub const SOURCE: &str = "bench";

const KEY: [u8; 32] = [7; 32];
/// Everybody's password.
pub const PASSWORD: &str = "correct horse battery staple";

/// A database with a policy, a source that signs, and a member of staff of each role at the root.
pub struct Ground {
    pub on: On,
    pub url: String,
    pub policy: Arc<Policy>,
    pub secret: Vec<u8>,
    _folder: Option<TempDir>,
}

impl Ground {
    pub fn new(on: On) -> Ground {
        let (url, folder) = match on {
            On::Sqlite => {
                let folder = tempfile::Builder::new().prefix("otklik-bench-").tempdir().expect("a temporary folder");
                (format!("sqlite:{}", folder.path().join("bench.db").display()), Some(folder))
            }
            On::Postgres => (cluster().database(), None),
        };
        let engine = url.parse().expect("a good URL");
        migrate::up(&engine).expect("the migrations run");
        let store = Store::open(engine, StoreSize { connections: 1, waiting: 16 }).expect("the database opens");
        let (doc, _) = files::read(&city()).unwrap_or_else(|faults| panic!("{faults:?}"));
        let policy = Arc::new(Policy::build(1, doc.clone()).unwrap_or_else(|faults| panic!("{faults:?}")));
        let sound = policies::check(doc).expect("a sound policy");
        store
            .write_now(move |conn| policies::load(conn, &sound, "", "system", At::now()))
            .expect("the policy is stored");
        let desk = Desk::new(Arc::clone(&policy), At::now(), Actor::System);
        let secret = store.write_now(move |conn| furnish(conn, &desk)).expect("a source and staff");
        let secret = webhook::decode_secret(&secret).expect("a good secret");
        Ground { on, url, policy, secret, _folder: folder }
    }

    /// A store on it, in this process.
    pub fn store(&self) -> Store {
        Store::open(self.url.parse().expect("a good URL"), StoreSize { connections: 2, waiting: 64 })
            .expect("the database opens")
    }

    /// A connection past the service.
    pub fn bare(&self) -> Box<dyn Bare> {
        bare::open(self.on, &self.url)
    }

    /// Starts the service on it.
    pub fn serve(&self) -> Serving {
        Serving::start(&self.url)
    }
}

fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(|| Cluster::start(Disk::Durable))
}

/// The files of the city.
pub fn city() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(CITY);
    let files = std::fs::read_dir(folder).expect("the city's folder").flatten().filter(|entry| entry.path().is_file());
    files
        .map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(entry.path()).expect("a file of the city"))
        })
        .collect()
}

fn furnish(conn: &mut otklik::store::Conn, desk: &Desk) -> Result<String, Error> {
    let root = desk.policy.doc().city.root.clone();
    for role in [Role::Moderator, Role::Coordinator, Role::Approver, Role::Controller] {
        let login = role.as_str().to_owned();
        let new = NewMember {
            name: login.clone(),
            organisation: root.clone(),
            language: "ru".to_owned(),
            email: None,
            role,
            login,
        };
        let hash = password::hash(PASSWORD, &new.login, "/password")?;
        staff::add(conn, desk, new, hash)?;
    }
    let new = sources::NewSource {
        name: SOURCE.to_owned(),
        title: "Bench".to_owned(),
        network: "vk".to_owned(),
        reply_url: None,
    };
    let seal = Seal::new(&MasterKey::new(KEY).derive("seal"));
    let (_, shown) = sources::create(conn, desk, &seal, new)?;
    Ok(shown.secret)
}

/// The service, as a process of its own. It is killed when this is dropped.
pub struct Serving {
    child: Child,
    pub address: SocketAddr,
}

impl Serving {
    fn start(url: &str) -> Serving {
        let key = base64::engine::general_purpose::STANDARD.encode(KEY);
        let address = free();
        let mut command = program();
        command
            .arg("serve")
            .env("OTKLIK_DATABASE__URL", url)
            .env("OTKLIK_LISTEN__ADDRESS", address.to_string())
            .env("OTKLIK_SECRETS__KEY", key);
        let serving = Serving { child: command.spawn().expect("the service starts"), address };
        super::until("the service to listen", || TcpStream::connect(address).is_ok());
        serving
    }

    pub fn client(&self) -> Client {
        Client::connect(self.address)
    }

    /// Signs the member of that role in; the header's value.
    pub fn sign_in(&self, role: Role) -> String {
        let body = serde_json::json!({ "login": role.as_str(), "password": PASSWORD }).to_string();
        let mut client = self.client();
        let answer = client.ask(&client::request("POST", "/api/v1/session", &[], body.as_bytes())).json();
        format!("Bearer {}", answer["access_token"].as_str().expect("a token"))
    }

    /// Its resident memory, in megabytes.
    pub fn resident(&self) -> u64 {
        resident(&self.child)
    }

    /// Its process, for a profiler.
    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program itself, saying nothing.
pub fn program() -> Command {
    let mut command =
        Command::new(std::env::var_os("OTKLIK_BENCH_PROGRAM").unwrap_or_else(|| env!("CARGO_BIN_EXE_otklik").into()));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// An address that nobody listens on.
pub fn free() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address")
}

/// A process' resident memory, in megabytes.
pub fn resident(process: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kib.unwrap_or(0) * 1024 / 1_000_000
}
