//! The networks over real HTTP: each through its own API, with a small receiver as the webhook.

mod max;
mod odnoklassniki;
mod telegram;
mod vk;
mod weather;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Net, Networks, Options, Page};

/// Long enough for a busy machine.
const DEADLINE: Duration = Duration::from_secs(20);

/// How soon a failed delivery comes again.
const AGAIN: Duration = Duration::from_millis(50);

fn open() -> Networks {
    patient(DEADLINE)
}

/// Networks that wait so long for an answer of a webhook.
fn patient(patience: Duration) -> Networks {
    Networks::open(Options { patience, again: AGAIN, ..Options::default() }).unwrap()
}

/// Waits until something is there.
#[track_caller]
fn until<T>(what: &str, look: impl Fn() -> Option<T>) -> T {
    let end = Instant::now() + DEADLINE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "in vain: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// A request that came to a webhook.
#[derive(Debug, Clone)]
struct Heard {
    headers: Vec<(String, String)>,
    body: Value,
    came: Instant,
}

impl Heard {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// What a webhook answers: status, more headers, body.
type Says = (u16, &'static str, String);

fn says(status: u16, body: &str) -> Says {
    (status, "", body.to_owned())
}

/// A webhook.
struct Hook {
    url: String,
    heard: Arc<Mutex<Vec<Heard>>>,
}

impl Hook {
    /// Answers by what it is asked, and how much it heard before.
    fn new(answer: impl Fn(&Heard, usize) -> Says + Send + 'static) -> Hook {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let heard = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&heard);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let Some(request) = read(&stream) else { continue };
                let before = told.lock().unwrap().len();
                let (status, headers, body) = answer(&request, before);
                told.lock().unwrap().push(request);
                let length = body.len();
                let head =
                    format!("HTTP/1.1 {status} X\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n");
                let _ = stream.write_all((head + &body).as_bytes());
            }
        });
        Hook { url, heard }
    }

    fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }

    /// Waits until this many requests came.
    #[track_caller]
    fn wait(&self, count: usize) -> Vec<Heard> {
        until("requests to the webhook", || Some(self.heard()).filter(|heard| heard.len() >= count))
    }
}

fn read(stream: &TcpStream) -> Option<Heard> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut headers = Vec::new();
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.push((name.to_lowercase(), value.to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length").and_then(|(_, value)| value.parse().ok());
    let mut body = vec![0; length?];
    reader.read_exact(&mut body).ok()?;
    Some(Heard { headers, body: serde_json::from_slice(&body).unwrap(), came: Instant::now() })
}

/// A client: asks, and gets status and body.
fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder().http_status_as_error(false).proxy(None);
    config.timeout_global(Some(DEADLINE)).build().into()
}

fn told(response: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> (u16, Value) {
    let mut response = response.unwrap();
    (response.status().as_u16(), response.body_mut().read_json().unwrap())
}

fn form(url: &str, pairs: &[(&str, &str)]) -> (u16, Value) {
    told(agent().post(url).send_form(pairs.iter().copied()))
}

fn json(url: &str, token: &str, body: &Value) -> (u16, Value) {
    told(agent().post(url).header("authorization", token).send_json(body))
}

fn get(url: &str, token: &str) -> (u16, Value) {
    told(agent().get(url).header("authorization", token).call())
}

/// A page of a fresh world.
fn world(net: Net) -> (Networks, Page) {
    let networks = open();
    let page = networks.page(net, "Город Омск");
    (networks, page)
}

#[test]
fn when_the_last_handle_is_dropped_nobody_listens_any_more() {
    let networks = open();
    let clone = networks.clone();
    let base = networks.base(Net::Max);
    drop(networks);
    assert_eq!(get(&format!("{base}/me"), "no token").0, 401);
    drop(clone);
    until("the server to stop", || agent().get(format!("{base}/me")).call().err());
}

#[test]
fn pictures_are_real() {
    let (networks, page) = world(Net::Vk);
    let origin = networks.base(Net::Vk).replace("/vk", "");
    let mut response = agent().get(format!("{origin}/files/17.png")).call().unwrap();
    assert_eq!(response.headers()["content-type"], "image/png");
    let file = response.body_mut().read_to_vec().unwrap();
    assert_eq!(file, super::pictures::png(17));
    assert_ne!(file, super::pictures::png(18));
    // Signature, the header of 13 bytes, and its checksum for a true-colour picture of 16 by 16, as other programs compute it.
    assert_eq!(file[..8], *b"\x89PNG\r\n\x1a\n");
    assert_eq!(file[8..33], *b"\0\0\0\rIHDR\0\0\0\x10\0\0\0\x10\x08\x02\0\0\0\x90\x91\x68\x36");
    assert_eq!(agent().get(format!("{origin}/files/x")).call().unwrap().status(), 404);
    assert_eq!(networks.last_event(&page), None);
}

#[test]
fn networks_that_are_opened_again_know_the_accounts_and_repeat_no_number() {
    for net in Net::ALL {
        let (networks, page) = world(net);
        let (post, person) = (networks.post(&page, "Новость"), networks.person(net, "Марья"));
        let again = Networks::open(Options { counted: networks.counted(), ..Options::default() }).unwrap();
        let same = again.page_again(net, &page.account, "Город Омск").unwrap();
        assert_eq!((same.net, &same.account), (net, &page.account));
        assert_ne!(same.token, page.token);
        assert_eq!(again.page_again(net, &page.account, "Город Омск"), None, "it is taken");
        let other = again.page(net, "Ещё одна");
        assert_ne!(other.account, page.account);
        assert_eq!(networks.page_again(net, &other.account, "Ещё одна"), None, "those never gave it");
        assert_ne!(again.post(&same, "Новость"), post, "{net:?}");
        assert_ne!(again.person(net, "Марья").id, person.id);
    }
}

#[test]
fn the_oldest_is_forgotten_and_the_rest_goes_on() {
    let (networks, page) = world(Net::Max);
    let first = networks.post(&page, "Новость");
    let person = networks.person(Net::Max, "Марья");
    let comments = format!("{}/messages/{first}/comments", networks.base(Net::Max));
    assert_eq!(json(&comments, &page.token, &serde_json::json!({ "text": "Сделано" })).0, 200);
    assert_eq!((networks.said_after(0).1, networks.said_after(1)), (1, (Vec::new(), 1)));
    for _ in 0..10_000 {
        networks.write(&page, &person, "Жалоба");
    }
    assert_eq!(json(&comments, &page.token, &serde_json::json!({ "text": "Сделано" })).0, 404);
    let last = networks.post(&page, "Новость");
    let comments = format!("{}/messages/{last}/comments", networks.base(Net::Max));
    assert_eq!(json(&comments, &page.token, &serde_json::json!({ "text": "Сделано" })).0, 200);
    assert_eq!(networks.said_after(1).0.len(), 1);
}
