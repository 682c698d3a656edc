//! A whole city in a test: the real server on a port of its own, a tiny policy, staff, sources, and a clock that the test moves.
//!
//! ```ignore
//! fn a_complaint_reaches_its_organisation(city: City) {
//!     let source = city.source();
//!     let incident = city.complaint(&source, message("wall-1", "Ямы на дороге"));
//!     let moderator = city.sign_in(Role::Moderator);
//!     let seen = moderator.get(&format!("/api/v1/incidents/{incident}")).expect(200);
//!     assert_eq!(seen.json()["organisation"], "harbour-city");
//! }
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use actix_web::dev::ServerHandle;
use diesel::prelude::*;
use otklik::app::App;
use otklik::config::{Config, MasterKey};
use otklik::desk::password::{self, PasswordHash};
use otklik::desk::staff::{self, NewMember};
use otklik::desk::{self, policies};
use otklik::domain::policy::files;
use otklik::domain::{Actor, At, Id, Role};
use otklik::store::schema::jobs;
use otklik::store::{Store, StoreSize};
use otklik::{http, jobs as work};
use serde_json::{Value, json};

use super::client::{Answer, Client};
use super::signature;
use super::{Database, Ground, On};

/// Everybody's password.
pub const PASSWORD: &str = "верный-пароль-1";

/// When every test begins: a Monday, nine in the morning in the tiny city.
pub const MORNING: &str = "2025-11-10T07:00:00Z";

/// The tiny city's organisations, by what they are in tests.
pub mod organisation {
    /// The root: sees everything.
    pub const ROOT: &str = "tiny-council";
    /// Has departments: `WORKS` and `WATER`.
    pub const CITY: &str = "harbour-city";
    pub const WORKS: &str = "harbour-works";
    pub const WATER: &str = "harbour-water";
    /// Beside `CITY`: to each other, they are foreign.
    pub const ISLAND: &str = "island-council";
}

/// The service in a city.
pub struct City {
    app: App,
    clock: Arc<AtomicI64>,
    address: SocketAddr,
    server: ServerHandle,
    thread: Option<JoinHandle<()>>,
    agent: ureq::Agent,
    tokens: Mutex<BTreeMap<String, String>>,
    named: AtomicU32,
    may_leave_jobs: AtomicBool,
    // Last: it goes when nothing uses it any more.
    database: Database,
}

/// The service once more, beside a city's. It ends when this is dropped.
pub struct Replica {
    app: App,
    address: SocketAddr,
    server: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl Replica {
    /// Where it is served, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        self.app.stop();
        drop(self.server.stop(false));
        let ended = self.thread.take().map(JoinHandle::join);
        assert!(std::thread::panicking() || !matches!(ended, Some(Err(_))), "the replica's thread panicked");
    }
}

/// A server that runs.
struct Served {
    address: SocketAddr,
    server: ServerHandle,
    thread: JoinHandle<()>,
}

fn serve(app: &App) -> Served {
    let (service, (tell, told)) = (app.clone(), channel());
    let thread = std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let listening = http::server(&service).expect("the server listens");
            let _ = tell.send((listening.address, listening.server.handle()));
            listening.server.await.expect("the server ends well");
        });
    });
    let (address, server) = told.recv().expect("the server starts");
    Served { address, server, thread }
}

/// A source of messages, with its secret.
#[derive(Debug, Clone)]
pub struct Source {
    pub id: String,
    pub name: String,
    pub secret: String,
}

impl Ground for City {
    fn on(engine: On) -> City {
        City::with(engine, |_| {})
    }
}

impl City {
    /// The tiny city, with settings of its own.
    pub fn with(engine: On, set: impl FnOnce(&mut Config)) -> City {
        let database = Database::on(engine);
        let mut config = Config::new(MasterKey::new([7; 32]));
        config.database.url = database.engine();
        config.database.connections = 3;
        config.listen.address = SocketAddr::from(([127, 0, 0, 1], 0));
        config.listen.workers = 1;
        config.listen.drain = Duration::ZERO;
        config.delivery.allow_private = true;
        config.delivery.timeout = Duration::from_secs(5);
        set(&mut config);

        let clock = Arc::new(AtomicI64::new(MORNING.parse::<At>().expect("an instant").as_microsecond()));
        load_policy(&database.store_of(StoreSize { connections: 1, waiting: 16 }));
        let hand = Arc::clone(&clock);
        let app =
            App::start(config, Arc::new(move || instant(hand.load(Ordering::Relaxed)))).expect("the service starts");

        let Served { address, server, thread } = serve(&app);
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .allow_non_standard_methods(true)
            .timeout_global(Some(Duration::from_secs(60)))
            .proxy(None)
            .build()
            .new_agent();
        City {
            app,
            clock,
            address,
            server,
            thread: Some(thread),
            agent,
            tokens: Mutex::default(),
            named: AtomicU32::new(0),
            may_leave_jobs: AtomicBool::new(false),
            database,
        }
    }

    /// Another process, as it were, on the same database: the service once more, on a port of its own.
    pub fn replica(&self) -> Replica {
        let hand = Arc::clone(&self.clock);
        let clock = Arc::new(move || instant(hand.load(Ordering::Relaxed)));
        let app = App::start(self.app.config().clone(), clock).expect("the service starts");
        let Served { address, server, thread } = serve(&app);
        Replica { app, address, server, thread: Some(thread) }
    }

    /// The service itself, for what cannot be asked over HTTP.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The database under it.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Where it is served, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The time in the city.
    pub fn now(&self) -> At {
        self.app.now()
    }

    /// Lets time pass. Nothing happens by it until [`City::run_jobs`].
    pub fn advance(&self, by: Duration) {
        let micros = i64::try_from(by.as_micros()).expect("a life's span");
        self.clock.fetch_add(micros, Ordering::Relaxed);
    }

    /// Stores the newest policy, changed, as the next version; what came of it.
    pub fn amend(&self, change: impl FnOnce(&mut Value)) -> Answer {
        let administrator = self.sign_in(Role::Administrator);
        let newest = &administrator.get("/api/v1/policy-versions?limit=1").expect(200).json()["items"][0]["version"];
        let whole = administrator.get(&format!("/api/v1/policy-versions/{newest}")).expect(200).json();
        let mut document = whole["document"].clone();
        change(&mut document);
        administrator.post("/api/v1/policy-versions", &json!({ "document": document }))
    }

    /// Does what is due by now, until nothing is: jobs and deadlines.
    pub fn run_jobs(&self) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(work::settle(&self.app)).expect("the jobs are done");
    }

    /// How many jobs are neither done nor given up.
    pub fn unsettled_jobs(&self) -> i64 {
        let left: Result<i64, desk::Error> = self.app.store().read_now(|conn| {
            Ok(jobs::table.filter(jobs::state.eq_any(["ready", "leased"])).count().get_result(conn)?)
        });
        left.expect("the jobs are counted")
    }

    /// This test means to leave jobs behind.
    pub fn leave_jobs(&self) {
        self.may_leave_jobs.store(true, Ordering::Relaxed);
    }

    // People.

    /// Makes a member of staff; the login.
    pub fn hire(&self, role: Role, organisation: &str) -> String {
        self.hire_with(role, organisation, "ru", None)
    }

    /// Makes a member of staff who can be written to.
    pub fn hire_with(&self, role: Role, organisation: &str, language: &str, email: Option<&str>) -> String {
        let n = self.named.fetch_add(1, Ordering::Relaxed);
        let login = format!("{role}-{n}");
        let new = NewMember {
            login: login.clone(),
            name: format!("Сотрудник {n}"),
            role,
            organisation: organisation.to_owned(),
            language: language.to_owned(),
            email: email.map(str::to_owned),
        };
        let desk = self.app.desk(Actor::System);
        let member = self.app.store().write_now(move |conn| staff::add(conn, &desk, new, everybodys_password()));
        member.unwrap_or_else(|error| panic!("{login} cannot be hired: {error}"));
        login
    }

    /// Somebody of that role at the root of the city: sees everything that the role may see.
    pub fn sign_in(&self, role: Role) -> Client<'_> {
        self.sign_in_at(role, organisation::ROOT)
    }

    /// Somebody of that role in an organisation; the same person each time.
    pub fn sign_in_at(&self, role: Role, organisation: &str) -> Client<'_> {
        let key = format!("{role} of {organisation}");
        let known = self.tokens.lock().expect("no test panics here").get(&key).cloned();
        let token = known.unwrap_or_else(|| {
            let login = self.hire(role, organisation);
            let token = self.session(&login)["access_token"].as_str().expect("a token").to_owned();
            self.tokens.lock().expect("no test panics here").insert(key, token.clone());
            token
        });
        self.client(Some(token))
    }

    /// Signs in over the API: the tokens.
    pub fn session(&self, login: &str) -> Value {
        let asked = json!({ "login": login, "password": PASSWORD });
        self.anybody().post("/api/v1/session", &asked).expect(201).json()
    }

    /// Nobody in particular.
    pub fn anybody(&self) -> Client<'_> {
        self.client(None)
    }

    /// Somebody with a token.
    pub fn client(&self, token: Option<String>) -> Client<'_> {
        Client::new(&self.agent, self.url(), token)
    }

    // Complaints.

    /// Makes a source that takes no answers back.
    pub fn source(&self) -> Source {
        self.source_with(None)
    }

    /// Makes a source whose answers are pushed to an address.
    pub fn source_with(&self, reply_url: Option<&str>) -> Source {
        let name = format!("source-{}", self.named.fetch_add(1, Ordering::Relaxed));
        let new = json!({ "name": name, "title": "Источник", "network": "vk", "reply_url": reply_url });
        let made = self.sign_in(Role::Administrator).post("/api/v1/sources", &new).expect(201).json();
        Source {
            id: made["source"]["id"].as_str().expect("an id").to_owned(),
            name,
            secret: made["secret"].as_str().expect("a secret").to_owned(),
        }
    }

    /// Pushes messages through the webhook, signed: one as an object, several as an array.
    pub fn push(&self, source: &Source, messages: &[Value]) -> Answer {
        let body = match messages {
            [one] => one.to_string(),
            many => json!(many).to_string(),
        };
        self.push_signed(&source.name, &[&source.secret], body.as_bytes())
    }

    /// Pushes any body, signed with each of the secrets.
    pub fn push_signed(&self, source: &str, secrets: &[&str], body: &[u8]) -> Answer {
        let id = format!("msg_{}", self.named.fetch_add(1, Ordering::Relaxed));
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
        let signatures: Vec<_> = secrets.iter().map(|secret| signature::sign(secret, &id, now, body)).collect();
        self.anybody()
            .ask("POST", &format!("/hooks/webhook/{source}"))
            .header("webhook-id", &id)
            .header("webhook-timestamp", &now.to_string())
            .header("webhook-signature", &signatures.join(" "))
            .body("application/json", body)
            .send()
    }

    /// Pushes one message; the id of its incident.
    pub fn complaint(&self, source: &Source, message: Value) -> Id {
        let taken = self.push(source, &[message]).expect(200).json();
        let id = taken["results"][0]["incident"].as_str();
        id.unwrap_or_else(|| panic!("no incident: {taken}")).parse().expect("an id")
    }
}

/// A message as a source pushes it: a post of a resident. Change what the test is about.
pub fn message(external_id: &str, text: &str) -> Value {
    json!({
        "external_id": external_id,
        "account": "lukomorsk",
        "author": { "id": format!("author of {external_id}"), "name": "Василиса П." },
        "text": text,
        "published_at": "2025-11-10T06:50:00Z",
    })
}

impl Drop for City {
    fn drop(&mut self) {
        // The order to stop is given by the call; its future only waits, which joining does better.
        drop(self.server.stop(false));
        let ended = self.thread.take().map(JoinHandle::join);
        if std::thread::panicking() {
            return;
        }
        assert!(!matches!(ended, Some(Err(_))), "the server's thread panicked");
        if !self.may_leave_jobs.load(Ordering::Relaxed) {
            assert_eq!(
                self.unsettled_jobs(),
                0,
                "the test leaves jobs behind: run_jobs(), or leave_jobs() if it means to"
            );
        }
    }
}

fn instant(micros: i64) -> At {
    jiff::Timestamp::from_microsecond(micros).expect("a time within reach").into()
}

/// Hashing takes a while, so it is done once.
fn everybodys_password() -> PasswordHash {
    static HASH: OnceLock<PasswordHash> = OnceLock::new();
    HASH.get_or_init(|| password::hash(PASSWORD, "nobody", "").expect("a good password")).clone()
}

/// A directory's files by name, as a policy is read from.
pub fn city_files(folder: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let files = entries.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_file());
    let name = |path: &Path| path.file_name().expect("a name").to_str().expect("a plain name").to_owned();
    files.map(|path| (name(&path), fs::read_to_string(&path).expect("a readable file"))).collect()
}

fn load_policy(store: &Store) {
    let (doc, _) = files::read(&city_files("tests/cities/tiny")).unwrap_or_else(|faults| {
        panic!("tests/cities/tiny: {}", faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    });
    let sound = policies::check(doc).expect("a sound policy");
    let at = MORNING.parse().expect("an instant");
    let loaded = store.write_now(move |conn| policies::load(conn, &sound, "for tests", "system", at));
    loaded.expect("the policy is stored");
}
