//! The demo as whoever tries it out sees it: the program is started, watched over HTTP, and stopped.
//!
//! It makes its own database, so it does not run on both engines.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// An hour of the city in a second.
const SPEED: &str = "3600";

/// How long something is waited for: a machine busy with other tests takes its time.
const PATIENCE: Duration = Duration::from_secs(180);

/// A running demo. It is killed if a test fails, lest it run on.
struct Demo {
    process: Child,
    lines: mpsc::Receiver<String>,
    agent: ureq::Agent,
    address: String,
    /// The moderator's.
    password: String,
    token: String,
    /// The controller's password.
    controller: String,
    /// Where its networks are.
    networks: String,
}

impl Demo {
    /// Starts the program and waits until it says how to get in.
    fn start(more: &[&str]) -> Demo {
        let mut demo = Demo::launch(more);
        demo.password = demo.word_after("  moderator");
        demo.controller = demo.word_after("  controller");
        demo.token = demo.sign_in();
        demo
    }

    /// Starts the program on data that it made before.
    fn start_again(more: &[&str], passwords: (String, String)) -> Demo {
        let mut demo = Demo::launch(more);
        (demo.password, demo.controller) = passwords;
        demo.token = demo.sign_in();
        demo
    }

    fn launch(more: &[&str]) -> Demo {
        let mut process = Command::new(env!("CARGO_BIN_EXE_otklik"))
            .args(["demo", "--listen", "127.0.0.1:0", "--speed", SPEED, "--seed", "7"])
            .args(more)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let lines = reading(process.stdout.take().expect("a pipe"));
        let config = ureq::Agent::config_builder().proxy(None).timeout_global(Some(Duration::from_secs(60)));
        let agent = config.build().new_agent();
        let nothing = String::new;
        let mut demo = Demo {
            process,
            lines,
            agent,
            address: nothing(),
            password: nothing(),
            token: nothing(),
            controller: nothing(),
            networks: nothing(),
        };
        demo.address = demo.word_after("address");
        demo.networks = demo.word_after("networks");
        demo
    }

    /// The word after another one, on the first line that has that.
    fn word_after(&self, marker: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("the demo never said {marker:?}"));
            if let Some((_, rest)) = line.split_once(marker) {
                return rest.split_whitespace().next().unwrap_or_default().to_owned();
            }
        }
    }

    fn sign_in(&self) -> String {
        self.token_of("moderator", &self.password)
    }

    fn token_of(&self, login: &str, password: &str) -> String {
        let credentials = json!({ "login": login, "password": password });
        let sent = self.agent.post(format!("{}/api/v1/session", self.address)).send_json(credentials);
        let tokens: Value = sent.expect("signed in").body_mut().read_json().expect("JSON");
        tokens["access_token"].as_str().expect("a token").to_owned()
    }

    fn get(&self, path: &str) -> Value {
        self.get_as(&self.token, path)
    }

    fn get_as(&self, token: &str, path: &str) -> Value {
        let request = self.agent.get(format!("{}{path}", self.address));
        let sent = request.header("authorization", format!("Bearer {token}")).call();
        sent.expect("an answer").body_mut().read_json().expect("JSON")
    }

    /// The official pages, each with its state.
    fn pages(&self) -> Vec<(String, String)> {
        let token = self.token_of("controller", &self.controller);
        let found = self.get_as(&token, "/api/v1/pages?limit=200");
        let text = |page: &Value, name: &str| page[name].as_str().expect("a text").to_owned();
        let pages = found["items"].as_array().expect("pages").iter();
        pages.map(|page| (text(page, "account"), text(page, "state"))).collect()
    }

    /// How many incidents a filter finds.
    fn count(&self, filter: &str) -> u64 {
        self.get(&format!("/api/v1/incidents?{filter}&limit=1&total=true"))["total"].as_u64().expect("a total")
    }

    /// Waits until a filter finds at least so many incidents.
    fn until(&mut self, filter: &str, least: u64) {
        let deadline = Instant::now() + PATIENCE;
        while self.count(filter) < least {
            assert!(Instant::now() < deadline, "waited in vain for {least} of {filter}");
            assert!(self.process.try_wait().expect("a process").is_none(), "the demo ended by itself");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits until an answer stands at an address that begins so.
    fn until_published(&self, host: &str) {
        let deadline = Instant::now() + PATIENCE;
        let stands = |posting: &Value| posting["permalink"].as_str().is_some_and(|link| link.starts_with(host));
        let found = || self.get("/api/v1/postings?state=delivered&limit=200");
        while !found()["items"].as_array().expect("postings").iter().any(stands) {
            assert!(Instant::now() < deadline, "waited in vain for an answer at {host}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Sends a signal and waits for the end; what was said on standard error is in the way of a good one.
    fn stop(mut self, signal: &str) -> (ExitStatus, String) {
        let sent = Command::new("kill").args([signal, &self.process.id().to_string()]).status();
        assert!(sent.expect("kill").success());
        let mut said = String::new();
        self.process.stderr.take().expect("a pipe").read_to_string(&mut said).expect("a text");
        (self.process.wait().expect("an end"), said)
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The lines of an output as they come.
fn reading(output: ChildStdout) -> mpsc::Receiver<String> {
    let (tell, lines) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            // Read on even if nobody listens: the program must not wait for its reader.
            let _ = tell.send(line);
        }
    });
    lines
}

#[test]
fn complaints_come_in_are_routed_answered_and_closed_and_the_demo_stops_cleanly() {
    let mut demo = Demo::start(&[]);
    demo.until("open=true", 20);
    demo.until("step=assigned,in_work,drafted,approval,rework,approved", 1);
    demo.until("topic_origin=staff", 1);
    demo.until("topic_origin=classifier", 1);
    demo.until("answered_from=1970-01-01T00:00:00Z", 5);
    demo.until("open=false&close_reason=author_satisfied", 1);
    demo.until_published("https://");
    // Beside those that went the whole way, some are merged into others and some are answered past the desk.
    let delivered = demo.get("/api/v1/postings?state=delivered&limit=200");
    let histories = delivered["items"].as_array().expect("postings").iter().map(|posting| {
        let id = posting["incident"].as_str().expect("an id");
        demo.get(&format!("/api/v1/incidents/{id}/events?limit=200"))["items"].clone()
    });
    let histories: Vec<_> = histories.map(|events| events.as_array().expect("events").clone()).collect();
    assert!(histories.iter().flatten().all(|event| event["intact"] == true), "{histories:?}");
    let is_whole = |events: &Vec<Value>| {
        ["opened", "assigned", "delivered"].iter().all(|kind| events.iter().any(|event| event["kind"] == *kind))
    };
    assert!(histories.iter().any(is_whole), "{histories:?}");
    let (status, said) = demo.stop("-INT");
    assert!(status.success(), "{status}: {said}");
    assert_eq!(said, "");
}

/// Why an answer may fail: its author does not want it, or took the question away.
const NOBODY_TO_ANSWER: [&str; 7] = [
    "deleted",
    "does not allow private messages",
    "has not begun a talk",
    "blocked",
    "no such thing any more",
    "not found",
    "suspended",
];

#[test]
fn the_city_lives_in_four_networks_and_is_answered_there() {
    let mut demo = Demo::start(&[]);
    for network in ["vk", "ok", "telegram", "max"] {
        demo.until(&format!("network={network}"), 1);
        demo.until(&format!("network={network}&answered=true"), 1);
    }
    // Of a comment MAX tells no address.
    for host in ["https://vk.com/", "https://ok.ru/", "https://t.me/"] {
        demo.until_published(host);
    }
    let postings = |state: &str| demo.get(&format!("/api/v1/postings?state={state}&limit=200"))["items"].clone();
    for failed in postings("failed").as_array().expect("postings") {
        let why = failed["failure"].as_str().expect("a reason");
        assert!(NOBODY_TO_ANSWER.iter().any(|known| why.contains(known)), "{failed}");
    }
    let origin = demo.networks.split('/').take(3).collect::<Vec<_>>().join("/");
    let refused = demo.agent.get(format!("{origin}/max/me")).call();
    assert!(matches!(refused, Err(ureq::Error::StatusCode(_))), "{refused:?}");
    let (status, said) = demo.stop("-INT");
    assert!(status.success(), "{status}: {said}");
    assert_eq!(said, "");
}

#[test]
fn a_kept_city_goes_on_where_it_was() {
    let dir = tempfile::tempdir().expect("a folder");
    let kept = dir.path().join("city");
    let data = ["--data", kept.to_str().expect("a path")];
    let mut demo = Demo::start(&data);
    demo.until("answered_from=1970-01-01T00:00:00Z", 1);
    let (seen, passwords) = (demo.get("/api/v1/incidents?limit=1"), (demo.password.clone(), demo.controller.clone()));
    let pages = demo.pages();
    assert!(pages.len() >= 9 && pages.iter().all(|(_, state)| state == "connected"), "{pages:?}");
    let (status, said) = demo.stop("-TERM");
    assert!(status.success(), "{status}: {said}");

    let mut demo = Demo::start_again(&data, passwords);
    // The same pages, connected to networks that know nothing of what was written there.
    assert_eq!(demo.pages(), pages);
    let received = seen["items"][0]["received_at"].as_str().expect("a time");
    demo.until(&format!("received_from={received}"), 10);
    let before = demo.get(&format!("/api/v1/incidents?received_to={received}&sort=oldest&limit=1"));
    assert_eq!(before["items"][0]["number"], 1, "{before}");
    let (status, said) = demo.stop("-INT");
    assert!(status.success(), "{status}: {said}");
}
