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
}

impl Demo {
    /// Starts the program and waits until it says how to get in.
    fn start(more: &[&str]) -> Demo {
        let mut demo = Demo::launch(more);
        demo.password = demo.word_after("  moderator");
        demo.token = demo.sign_in();
        demo
    }

    /// Starts the program on data that it made before.
    fn start_again(more: &[&str], password: String) -> Demo {
        let mut demo = Demo::launch(more);
        demo.password = password;
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
        let mut demo = Demo { process, lines, agent, address: nothing(), password: nothing(), token: nothing() };
        demo.address = demo.word_after("address");
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
        let credentials = json!({ "login": "moderator", "password": self.password });
        let sent = self.agent.post(format!("{}/api/v1/session", self.address)).send_json(credentials);
        let tokens: Value = sent.expect("signed in").body_mut().read_json().expect("JSON");
        tokens["access_token"].as_str().expect("a token").to_owned()
    }

    fn get(&self, path: &str) -> Value {
        let request = self.agent.get(format!("{}{path}", self.address));
        let sent = request.header("authorization", format!("Bearer {}", self.token)).call();
        sent.expect("an answer").body_mut().read_json().expect("JSON")
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
    demo.until("topic_origin=message", 1);
    demo.until("topic_origin=classifier", 1);
    demo.until("answered_from=1970-01-01T00:00:00Z", 5);
    demo.until("open=false&close_reason=survey_mark", 1);
    let answered = demo.get("/api/v1/incidents?answered_from=1970-01-01T00:00:00Z&limit=1");
    let id = answered["items"][0]["id"].as_str().expect("an id");
    let history = demo.get(&format!("/api/v1/incidents/{id}/events?limit=200"));
    let events = history["items"].as_array().expect("events");
    assert!(events.iter().all(|event| event["intact"] == true), "{history}");
    for kind in ["opened", "assigned", "delivered"] {
        assert!(events.iter().any(|event| event["kind"] == kind), "{kind} in {history}");
    }
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
    let (seen, password) = (demo.get("/api/v1/incidents?limit=1"), demo.password.clone());
    let (status, said) = demo.stop("-TERM");
    assert!(status.success(), "{status}: {said}");

    let mut demo = Demo::start_again(&data, password);
    let received = seen["items"][0]["received_at"].as_str().expect("a time");
    demo.until(&format!("received_from={received}"), 10);
    let before = demo.get(&format!("/api/v1/incidents?received_to={received}&sort=oldest&limit=1"));
    assert_eq!(before["items"][0]["number"], 1, "{before}");
    let (status, said) = demo.stop("-INT");
    assert!(status.success(), "{status}: {said}");
}
