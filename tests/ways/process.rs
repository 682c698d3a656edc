//! The real program as a process: what it acknowledged survives `kill -9`, SIGTERM drains, a bad configuration is refused.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use diesel::dsl::count_star;
use diesel::prelude::*;
use otklik::desk::{self, Desk, intake, policies};
use otklik::domain::Incoming;
use otklik::domain::classify::WordRules;
use otklik::domain::sla::ClockState;
use otklik::domain::{Actor, At, EventKind, Id};
use otklik::store::schema::{clocks, events, incidents};
use otklik::store::{Conn, Store, StoreError, StoreSize, sources};
use serde_json::{Value, json};

use crate::harness::client::Client;
use crate::harness::postgres::{Cluster, Disk};
use crate::harness::server::message;
use crate::harness::{On, signature, sqlite};

macro_rules! on_each {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            #[test]
            fn sqlite() {
                super::$name($crate::harness::On::Sqlite);
            }

            #[test]
            fn postgres() {
                super::$name($crate::harness::On::Postgres);
            }
        }
    )+};
}

on_each! {
    what_was_acknowledged_survives_a_kill,
    sigterm_lets_requests_end,
    killed_in_the_middle_of_a_sweep_each_breach_is_there_once,
}

/// A database that survives the crash of everything above it.
struct Durable {
    url: String,
    cluster: Option<Cluster>,
    _folder: Option<tempfile::TempDir>,
}

impl Durable {
    fn on(engine: On) -> Durable {
        match engine {
            On::Sqlite => {
                let (url, folder) = sqlite::migrated();
                Durable { url, cluster: None, _folder: Some(folder) }
            }
            On::Postgres => {
                let cluster = Cluster::start(Disk::Durable);
                Durable { url: cluster.database(), cluster: Some(cluster), _folder: None }
            }
        }
    }

    fn otklik(&self, arguments: &[&str]) -> Command {
        otklik(&self.url, arguments)
    }

    fn run(&self, arguments: &[&str]) -> String {
        let done = self.otklik(arguments).output().expect("the program runs");
        assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).expect("text")
    }
}

/// The program, on a database.
pub fn otklik(database: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_otklik"));
    command
        .args(arguments)
        .env("OTKLIK_DATABASE__URL", database)
        .env("OTKLIK_SECRETS__KEY", base64::engine::general_purpose::STANDARD.encode([7; 32]))
        .env("OTKLIK_LISTEN__ADDRESS", "127.0.0.1:0")
        .env("OTKLIK_LOG__FORMAT", "json")
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

/// A serving process.
pub struct Serving {
    child: Child,
    /// Where it serves, without a slash at the end.
    pub url: String,
    /// What it logged after it had begun to serve.
    pub log: Arc<Mutex<Vec<String>>>,
}

impl Serving {
    fn start(durable: &Durable) -> Serving {
        Serving::of(durable.otklik(&["serve"]))
    }

    /// Runs what serves, and waits until it does.
    pub fn of(mut command: Command) -> Serving {
        let mut child = command.stderr(Stdio::piped()).spawn().expect("the program runs");
        let mut log = BufReader::new(child.stderr.take().expect("a log"));
        let mut line = String::new();
        let address = loop {
            line.clear();
            assert_ne!(log.read_line(&mut line).expect("a line"), 0, "the program ended");
            let said: Value = serde_json::from_str(&line).expect("a line of JSON");
            if let Some(address) = said["fields"]["address"].as_str().or(said["address"].as_str()) {
                break address.to_owned();
            }
        };
        // Somebody must read on, or the program would wait for the pipe.
        let kept = Arc::new(Mutex::new(Vec::new()));
        let keep = Arc::clone(&kept);
        std::thread::spawn(move || {
            for line in log.lines().map_while(Result::ok) {
                keep.lock().expect("no panic").push(line);
            }
        });
        Serving { child, url: format!("http://{address}"), log: kept }
    }

    /// Ends it as `kill -9` does.
    pub fn kill(&mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it ends");
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // A test that fails leaves nothing behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Somebody who asks over HTTP.
pub fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).proxy(None).build().new_agent()
}

/// Pushes; `None` when the connection broke.
fn push(agent: &ureq::Agent, url: &str, secret: &str, body: &str) -> Option<(u16, String)> {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs();
    let sent = agent
        .post(format!("{url}/hooks/webhook/city"))
        .header("content-type", "application/json")
        .header("webhook-id", "msg_1")
        .header("webhook-timestamp", now.to_string())
        .header("webhook-signature", signature::sign(secret, "msg_1", now, body.as_bytes()))
        .send(body);
    let mut response = sent.ok()?;
    let status = response.status().as_u16();
    Some((status, response.body_mut().read_to_string().ok()?))
}

/// A database with a policy, an administrator and a source; the source's secret.
fn prepared(durable: &Durable) -> String {
    durable.run(&["policy", "load", "tests/cities/tiny"]);
    let account = ["--name", "А", "--role", "administrator", "--organisation", "tiny-council"];
    let told = durable.run(&[&["staff", "add", "root"][..], &account].concat());
    let password = told.split_whitespace().last().expect("a password").to_owned();
    let mut serving = Serving::start(durable);
    let agent = agent();
    let anybody = Client::new(&agent, serving.url.clone(), None);
    let session = anybody.post("/api/v1/session", &json!({ "login": "root", "password": password })).expect(201).json();
    let token = session["access_token"].as_str().map(str::to_owned);
    let source = json!({ "name": "city", "title": "Город", "network": "vk" });
    let made = Client::new(&agent, serving.url.clone(), token).post("/api/v1/sources", &source).expect(201).json();
    serving.kill();
    made["secret"].as_str().expect("a secret").to_owned()
}

fn what_was_acknowledged_survives_a_kill(engine: On) {
    let durable = Durable::on(engine);
    let secret = prepared(&durable);
    let mut serving = Serving::start(&durable);
    let url = serving.url.clone();
    let (acknowledged, over) = (Mutex::new(Vec::new()), AtomicBool::new(false));
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (url, secret, acknowledged, over) = (&url, &secret, &acknowledged, &over);
            scope.spawn(move || {
                let agent = agent();
                for n in 0.. {
                    // One thread sends batches.
                    let each = if thread == 0 { 20 } else { 1 };
                    let told: Vec<Value> = (0..each).map(|i| message(&format!("{thread}-{n}-{i}"), "Яма")).collect();
                    let Some((status, _)) = push(&agent, url, secret, &json!(told).to_string()) else { break };
                    assert_eq!(status, 200);
                    acknowledged.lock().expect("no panic").extend(told);
                    if over.load(Ordering::Relaxed) {
                        break;
                    }
                }
            });
        }
        crate::harness::until("a few hundred to be acknowledged", || {
            acknowledged.lock().expect("no panic").len() > 300
        });
        serving.kill();
        if let Some(cluster) = &durable.cluster {
            cluster.crash();
        }
        over.store(true, Ordering::Relaxed);
    });
    if let Some(cluster) = &durable.cluster {
        cluster.restart();
    }
    let mut serving = Serving::start(&durable);
    let acknowledged = acknowledged.into_inner().expect("no panic");
    for chunk in acknowledged.chunks(500) {
        let (status, answer) = push(&agent(), &serving.url, &secret, &json!(chunk).to_string()).expect("an answer");
        assert_eq!(status, 200);
        let answer: Value = serde_json::from_str(&answer).expect("JSON");
        let lost = answer["results"].as_array().expect("results").iter().filter(|r| r["status"] != "seen").count();
        assert_eq!(lost, 0, "of {} acknowledged messages", acknowledged.len());
    }
    serving.kill();
}

/// Complaints of half a year ago that nobody has touched: two clocks of each are overdue.
fn neglected(store: &Store, complaints: usize) {
    let (policy, received) = store
        .read_now(|conn| -> Result<_, desk::Error> {
            let newest = policies::newest(conn)?.expect("a policy");
            Ok((policies::build(&policies::find(conn, newest)?)?, At::now().plus_seconds(-180 * 86_400)))
        })
        .expect("the policy");
    let policy = Arc::new(policy);
    let source = store.read_now(|conn| sources::by_name(conn, "city").map_err(StoreError::from)).expect("read");
    let (source, rules) = (source.expect("a source"), WordRules::new(&policy.doc().topics));
    let numbers: Vec<usize> = (0..complaints).collect();
    for numbers in numbers.chunks(250) {
        let prepared = numbers.iter().map(|n| {
            let mut told = message(&format!("old-{n}"), "Яма");
            told["topic"] = json!("hole-in-road");
            let incoming: Incoming = serde_json::from_value(told).expect("a message");
            Arc::new(intake::prepare(&policy, &rules, &source, incoming, received))
        });
        let (prepared, desk): (Vec<_>, _) = (prepared.collect(), Desk::new(policy.clone(), received, Actor::System));
        store.write_now(move |conn| intake::receive(conn, &desk, &prepared)).expect("they are taken in");
    }
}

/// Two workers side by side are killed in the middle of a sweep, twice, and then one is left to end it.
fn killed_in_the_middle_of_a_sweep_each_breach_is_there_once(engine: On) {
    const CLOCKS: i64 = 10_000;
    let durable = Durable::on(engine);
    prepared(&durable);
    let store = Store::open(durable.url.parse().expect("a URL"), StoreSize { connections: 1, waiting: 16 });
    let store = store.expect("the database opens");
    neglected(&store, CLOCKS as usize / 2);
    let breached = || -> i64 {
        let count = |conn: &mut Conn| -> Result<i64, StoreError> {
            Ok(clocks::table.filter(clocks::state.eq(ClockState::Breached)).count().get_result(conn)?)
        };
        store.read_now(count).expect("it is counted")
    };
    let work = || durable.otklik(&["work"]).stderr(Stdio::null()).spawn().expect("the program runs");
    let kill = |mut worker: Child| {
        worker.kill().expect("it can be killed");
        worker.wait().expect("it ends");
    };
    assert_eq!(breached(), 0);
    for enough in [500, 3_000] {
        let workers = [work(), work()];
        crate::harness::until("a part of the breaches to be noted", || breached() >= enough);
        workers.into_iter().for_each(kill);
        let noted = breached();
        assert!((enough..CLOCKS).contains(&noted), "killed in the middle, not at {noted} of {CLOCKS}");
    }
    let worker = work();
    crate::harness::until("all breaches to be noted", || breached() == CLOCKS);
    kill(worker);
    let told: Vec<(Id, String)> = store
        .read_now(|conn| -> Result<_, StoreError> {
            let missed = events::table.filter(events::kind.eq(EventKind::DeadlineMissed.as_str()));
            Ok(missed.select((events::incident_id, events::data)).load(conn)?)
        })
        .expect("the events");
    let clock = |data: &str| serde_json::from_str::<Value>(data).expect("JSON")["clock"].to_string();
    let each: BTreeSet<(Id, String)> = told.iter().map(|(incident, data)| (*incident, clock(data))).collect();
    assert_eq!((told.len(), each.len()), (CLOCKS as usize, CLOCKS as usize), "each breach is there exactly once");
    let wrong = |conn: &mut Conn| -> Result<i64, StoreError> {
        let late = clocks::table.filter(
            clocks::breached_at.is_null().or(clocks::breached_at.ne(clocks::due_at.nullable()).assume_not_null()),
        );
        Ok(late.count().get_result(conn)?)
    };
    assert_eq!(store.read_now(wrong).expect("it is counted"), 0, "each is dated by its due time");
    let torn = |conn: &mut Conn| -> Result<usize, StoreError> {
        let versions: Vec<(Id, i64)> = incidents::table.select((incidents::id, incidents::version)).load(conn)?;
        let counts: Vec<(Id, i64)> =
            events::table.group_by(events::incident_id).select((events::incident_id, count_star())).load(conn)?;
        let counts: BTreeMap<Id, i64> = counts.into_iter().collect();
        Ok(versions.iter().filter(|(id, version)| counts.get(id) != Some(version)).count())
    };
    assert_eq!(store.read_now(torn).expect("it is counted"), 0, "no incident was written without its events");
}

fn sigterm_lets_requests_end(engine: On) {
    let durable = Durable::on(engine);
    let secret = prepared(&durable);
    let mut serving = Serving::start(&durable);
    let told: Vec<Value> = (0..1000).map(|n| message(&n.to_string(), "Нет воды")).collect();
    let body = json!(told).to_string();
    let answered = std::thread::scope(|scope| {
        let asking = scope.spawn(|| push(&agent(), &serving.url, &secret, &body));
        // The request is under way once the server counts it.
        crate::harness::until("the request to be in flight", || {
            let figures =
                agent().get(format!("{}/metrics", serving.url)).call().expect("figures").body_mut().read_to_string();
            let figures = figures.expect("text");
            let in_flight = figures.lines().find_map(|l| l.strip_prefix("otklik_http_in_flight ")).expect("the figure");
            in_flight != "1" || figures.contains("otklik_intake_messages_total{outcome=\"opened\"}")
        });
        let pid = serving.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill").success());
        asking.join().expect("no panic")
    });
    assert_eq!(answered.expect("an answer").0, 200);
    assert!(serving.child.wait().expect("it ends").success(), "a drained server ends well");
}

#[test]
fn a_bad_configuration_is_refused_naming_key_value_and_what_it_should_be() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("otklik.toml");
    std::fs::write(&file, "[database]\nurl = \"mysql://h/d\"\nconnections = 0\n[listen]\nadress = \"x\"\n")
        .expect("a file");
    let done = Command::new(env!("CARGO_BIN_EXE_otklik"))
        .args(["serve", "--config", file.to_str().expect("a plain path")])
        .env("OTKLIK_SECRETS__KEY", "short-and-secret")
        .output()
        .expect("the program runs");
    assert!(!done.status.success());
    let said = String::from_utf8(done.stderr).expect("text");
    for part in ["database.url", "sqlite:", "database.connections", "listen.adress", "secrets.key"] {
        assert!(said.contains(part), "{part} is not in: {said}");
    }
    assert!(!said.contains("short-and-secret"), "a secret is shown: {said}");
}

#[test]
fn a_bad_city_is_refused_with_every_fault_and_its_line() {
    let folder = tempfile::tempdir().expect("a folder");
    for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cities/tiny")).expect("the city") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            continue;
        }
        let name = path.file_name().expect("a name").to_str().expect("a plain name");
        let text = std::fs::read_to_string(&path).expect("text");
        let text = match name {
            "routes.csv" => text.replace(",island-council,", ",atlantis,"),
            "topics.csv" => text.replace(",streets,", ",strets,"),
            _ => text,
        };
        std::fs::write(folder.path().join(name), text).expect("a copy");
    }
    let check = |folder: &std::path::Path| {
        Command::new(env!("CARGO_BIN_EXE_otklik"))
            .args(["policy", "check"])
            .arg(folder)
            .output()
            .expect("the program runs")
    };
    let done = check(folder.path());
    let said = String::from_utf8(done.stderr).expect("text") + &String::from_utf8(done.stdout).expect("text");
    assert!(!done.status.success());
    assert!(said.contains("routes.csv:") && said.contains("atlantis"), "{said}");
    assert_eq!(said.matches("strets").count(), 2, "{said}");
    for city in ["tests/cities/tiny", "deploy/cities/omsk"] {
        assert!(check(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(city)).status.success(), "{city}");
    }
}
