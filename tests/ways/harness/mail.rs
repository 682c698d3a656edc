//! A city whose letters go to a real SMTP server: `tests/smtp_server.py`, on aiosmtpd.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use otklik::config::{MailServer, Secret};
use serde_json::Value;

use super::server::City;
use super::{Ground, On, until};

/// Where links in letters lead.
pub const PUBLIC_URL: &str = "https://otklik.lukomorsk.example";

/// The SMTP server.
pub struct Post {
    child: Child,
    orders: Mutex<ChildStdin>,
    port: u16,
    events: Arc<Mutex<Vec<Value>>>,
}

impl Post {
    /// Starts one that takes everything.
    pub fn start() -> Post {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let own = here.join("target/python/bin/python");
        let python = std::env::var_os("OTKLIK_TESTS_PYTHON").map_or(own, PathBuf::from);
        let mut child = Command::new(&python)
            .arg(here.join("tests/smtp_server.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}; {INSTALL}", python.display()));
        let orders = Mutex::new(child.stdin.take().expect("its input"));
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let first = lines.next().and_then(Result::ok);
        let first = first.unwrap_or_else(|| panic!("{} does not run aiosmtpd; {INSTALL}", python.display()));
        let told: Value = serde_json::from_str(&first).expect("JSON");
        let port = told["port"].as_u64().and_then(|port| port.try_into().ok()).expect("a port");
        let events = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&events);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                kept.lock().expect("no panics here").push(serde_json::from_str(&line).expect("JSON"));
            }
        });
        Post { child, orders, port, events }
    }

    /// Tells it how to behave from now on; see the head of the script.
    pub fn mode(&self, mode: &str) {
        let told = || self.events("mode").len();
        let before = told();
        writeln!(self.orders.lock().expect("no panics here"), "{mode}").expect("it hears");
        until("the SMTP server heeds", || told() > before);
    }

    /// What happened of one kind, in order.
    pub fn events(&self, kind: &str) -> Vec<Value> {
        let all = self.events.lock().expect("no panics here");
        all.iter().filter(|event| event["event"] == kind).cloned().collect()
    }

    /// The letters it took, in order.
    pub fn letters(&self) -> Vec<Value> {
        self.events("accepted").into_iter().map(|mut event| event["letter"].take()).collect()
    }

    /// The one letter that it took.
    #[track_caller]
    pub fn only_letter(&self) -> Value {
        let mut letters = self.letters();
        assert_eq!(letters.len(), 1, "{letters:#?}");
        letters.remove(0)
    }

    /// Ends it: whoever talks with it is cut off.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const INSTALL: &str = "the tests need aiosmtpd: python3 -m venv target/python && target/python/bin/pip install aiosmtpd, or name \
                       a Python that has it in OTKLIK_TESTS_PYTHON";

impl Drop for Post {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A city and its mail server.
pub struct Town {
    pub city: City,
    pub post: Post,
}

impl Ground for Town {
    fn on(engine: On) -> Town {
        Town::with(engine, Duration::from_millis(500), "")
    }
}

/// A town that waits for its mail server however long it is silent.
pub struct Patient(pub Town);

impl Ground for Patient {
    fn on(engine: On) -> Patient {
        Patient(Town::with(engine, Duration::from_secs(120), ""))
    }
}

/// A town that writes over TLS only. Its mail server has none.
pub struct Strict(pub Town);

impl Ground for Strict {
    fn on(engine: On) -> Strict {
        Strict(Town::with(engine, Duration::from_millis(500), "?tls=required"))
    }
}

impl Town {
    fn with(engine: On, timeout: Duration, query: &str) -> Town {
        let post = Post::start();
        let port = post.port;
        let city = City::with(engine, |config| {
            config.mail.timeout = timeout;
            config.mail.server = Some(MailServer {
                url: Secret::new(format!("smtp://127.0.0.1:{port}{query}")),
                from: "Отклик Лукоморска <otklik@lukomorsk.example>".parse().expect("a mailbox"),
            });
            config.listen.public_url = Some(PUBLIC_URL.to_owned());
        });
        Town { city, post }
    }
}
