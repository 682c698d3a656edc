//! Attachments: their content is fetched, judged by what it is, kept, served to staff only, and forgotten in time.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use otklik::desk::{self, files};
use otklik::domain::{Id, Role};
use serde_json::{Value, json};

use crate::harness::On;
use crate::harness::client::Client;
use crate::harness::server::{City, message, organisation};

both_engines! {
    a_photo_is_fetched_and_served_to_staff_only,
    what_is_not_what_it_says_is_refused,
    what_cannot_be_had_is_tried_again_and_given_up,
    no_private_address_is_opened,
    an_edit_brings_further_files_and_a_repeat_none,
    content_is_forgotten_in_time,
}

/// A picture of one dot.
pub const PNG: &[u8] =
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\rIDATx\x9cc\xf8\xcf\xc0\
\xf0\x1f\0\x05\0\x01\xff\xa7\x8a\x89\xdb\0\0\0\0IEND\xaeB`\x82";

/// The largest file that these cities take in.
const MOST: u64 = 100_000;

/// A host of files that knows a few tricks.
struct Host {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
    /// How often the file that comes late was asked for.
    tries: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Host {
    fn start() -> Host {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (tries, stop) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let (heard, counted, stopped) = (Arc::clone(&asked), Arc::clone(&tries), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::Relaxed) {
                    break;
                }
                // A client that has enough hangs up.
                let _ = serve(&mut stream.expect("a connection"), &heard, &counted);
            }
        });
        Host { url: format!("http://{address}"), asked, tries, stop, thread: Some(thread) }
    }

    fn file(&self, name: &str) -> String {
        format!("{}/{name}", self.url)
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.url.trim_start_matches("http://"));
        self.thread.take().map(JoinHandle::join);
    }
}

fn serve(stream: &mut TcpStream, asked: &Mutex<Vec<String>>, tries: &AtomicUsize) -> std::io::Result<()> {
    let head: Vec<String> =
        BufReader::new(&*stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
    let path = head.first().and_then(|line| line.split(' ').nth(1)).unwrap_or_default().to_owned();
    asked.lock().expect("no panics").push(head.join("\n"));
    let mut answer = |status: &str, headers: &str, body: &[u8]| {
        write!(stream, "HTTP/1.1 {status}\r\nconnection: close\r\n{headers}\r\n")?;
        stream.write_all(body)
    };
    let sized = |body: &[u8]| format!("content-type: image/png\r\ncontent-length: {}\r\n", body.len());
    match path.as_str() {
        "/dot.png" | "/%D1%91.png" => answer("200 OK", &sized(PNG), PNG),
        "/late.png" if tries.fetch_add(1, Ordering::Relaxed) < 2 => answer("503 Busy", "content-length: 0\r\n", b""),
        "/late.png" => answer("200 OK", &sized(PNG), PNG),
        "/page.png" => answer("200 OK", &sized(HTML), HTML),
        "/drawing.svg" => answer("200 OK", &sized(SVG), SVG),
        "/program" => answer("200 OK", &sized(PROGRAM), PROGRAM),
        "/declared.png" => answer("200 OK", "content-length: 1000000\r\n", b""),
        "/endless.png" => {
            answer("200 OK", "", PNG)?;
            while stream.write_all(&[0; 4096]).is_ok() {}
            Ok(())
        }
        "/slow.png" => {
            answer("200 OK", "content-length: 1000\r\n", PNG)?;
            // Until the other side has had enough.
            let _ = std::io::Read::read(stream, &mut [0]);
            Ok(())
        }
        "/moved.png" => answer("302 Found", "location: /dot.png\r\ncontent-length: 0\r\n", b""),
        "/round.png" => answer("302 Found", "location: /round.png\r\ncontent-length: 0\r\n", b""),
        "/elsewhere.png" => answer("302 Found", "location: file:///etc/passwd\r\ncontent-length: 0\r\n", b""),
        "/gone.png" => answer("410 Gone", "content-length: 0\r\n", b""),
        _ => answer("404 Not Found", "content-length: 0\r\n", b""),
    }
}

const HTML: &[u8] = b"<!DOCTYPE html><script>alert(1)</script>";
const SVG: &[u8] = b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>";
const PROGRAM: &[u8] = b"MZ\x90\0\x03\0\0\0";

fn small(engine: On, allow_private: bool) -> City {
    City::with(engine, |config| {
        config.attachments.max_bytes = MOST;
        config.attachments.timeout = Duration::from_secs(2);
        config.delivery.allow_private = allow_private;
        config.worker.max_attempts = 3;
    })
}

fn on(city: &City) -> On {
    city.database().on_engine()
}

/// A complaint with these photos; its address.
fn with_photos(city: &City, external: &str, urls: &[String]) -> String {
    let source = city.source();
    let mut told = message(external, "На Портовой яма");
    told["topic"] = json!("hole-in-road");
    told["attachments"] =
        urls.iter().map(|url| json!({ "kind": "photo", "url": url, "name": "Яма \"у дома\".png" })).collect();
    format!("/api/v1/incidents/{}", city.complaint(&source, told))
}

fn listed(client: &Client<'_>, incident: &str) -> Vec<Value> {
    client.get(&format!("{incident}/attachments")).expect(200).json()["items"].as_array().expect("items").clone()
}

fn a_photo_is_fetched_and_served_to_staff_only(city: City) {
    let (city, host) = (small(on(&city), true), Host::start());
    let incident = with_photos(&city, "1", &[host.file("moved.png"), host.file("ё.png"), host.file("dot.png#x")]);
    let moderator = city.sign_in(Role::Moderator);
    let waiting = listed(&moderator, &incident);
    assert!(waiting.iter().all(|file| file["state"] == "waiting" && file["content"] == Value::Null), "{waiting:?}");
    assert_eq!(waiting.len(), 3);
    moderator.get(&format!("{incident}/attachments/{}", waiting[0]["id"].as_str().unwrap())).problem(404, "not_found");
    city.run_jobs();

    let kept = listed(&moderator, &incident);
    for file in &kept {
        assert_eq!((&file["state"], &file["media_type"]), (&json!("kept"), &json!("image/png")), "{file}");
        assert_eq!(file["size"], PNG.len());
        assert!(!file.to_string().contains(&host.url), "the network's address is not told: {file}");
    }
    let address = kept[0]["content"].as_str().expect("an address");
    let shown = moderator.get(address).expect(200);
    assert_eq!(shown.body, PNG);
    for (header, value) in [
        ("content-type", "image/png"),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "sandbox; default-src 'none'"),
        ("cache-control", "private, max-age=3600"),
        (
            "content-disposition",
            "inline; filename=\"file.png\"; filename*=UTF-8''%D0%AF%D0%BC%D0%B0%20_%D1%83%20%D0%B4%D0%BE%D0%BC%D0%B0_.png",
        ),
    ] {
        assert_eq!(shown.header(header), Some(value), "{header}");
    }
    let again = moderator.ask("GET", address).header("if-none-match", &shown.etag()).send().expect(304);
    assert_eq!((again.body.as_slice(), again.etag()), (&b""[..], shown.etag()));
    moderator.ask("GET", address).header("if-none-match", "\"other\"").send().expect(200);

    // Not to those who are not signed in, who may not see personal data, or who work elsewhere; nor by another incident.
    city.anybody().get(address).problem(401, "not_signed_in");
    city.sign_in(Role::Administrator).get(address).problem(403, "forbidden");
    city.sign_in_at(Role::Executor, organisation::ISLAND).get(address).problem(404, "not_found");
    city.sign_in_at(Role::Executor, organisation::WORKS).get(address).expect(200);
    let other = with_photos(&city, "2", &[]);
    let foreign = format!("{other}/attachments/{}", kept[0]["id"].as_str().unwrap());
    moderator.get(&foreign).problem(404, "not_found");

    let asked = host.asked.lock().expect("no panics").join("\n").to_lowercase();
    assert!(!asked.contains("authorization") && !asked.contains("cookie"), "{asked}");
}

fn what_is_not_what_it_says_is_refused(city: City) {
    let (city, host) = (small(on(&city), true), Host::start());
    let names = ["page.png", "drawing.svg", "program", "declared.png", "endless.png", "round.png"];
    let incident = with_photos(&city, "1", &names.map(|name| host.file(name)));
    city.run_jobs();
    let moderator = city.sign_in(Role::Moderator);
    let files = listed(&moderator, &incident);
    assert_eq!(files.len(), names.len());
    for (file, name) in files.iter().zip(names) {
        assert_eq!(file["state"], "refused", "{name}: {file}");
        assert!(file["failure"].as_str().is_some_and(|why| !why.contains("http:")), "{name}: {file}");
    }
    let why = |n: usize| files[n]["failure"].as_str().unwrap();
    assert!(why(0).contains("text/html") && why(2).contains("portable-executable"), "{files:?}");
    assert!(why(5).contains("on and on"), "{files:?}");
    assert!(why(3).contains("100000 bytes") && why(4).contains("100000 bytes"), "{files:?}");
}

fn what_cannot_be_had_is_tried_again_and_given_up(city: City) {
    let (city, host) = (small(on(&city), true), Host::start());
    let names = ["missing.png", "gone.png", "late.png", "slow.png", "elsewhere.png"];
    let incident = with_photos(&city, "1", &names.map(|name| host.file(name)));
    let moderator = city.sign_in(Role::Moderator);
    let states = || listed(&moderator, &incident).iter().map(|f| f["state"].clone()).collect::<Vec<_>>();
    city.run_jobs();
    // A redirect leads to files of the web only.
    assert_eq!(states(), ["failed", "failed", "waiting", "waiting", "failed"]);
    for _ in 0..2 {
        city.advance(Duration::from_secs(60));
        city.run_jobs();
    }
    assert_eq!(states(), ["failed", "failed", "kept", "failed", "failed"]);
    assert_eq!(host.tries.load(Ordering::Relaxed), 3);

    // Somebody asks for one again; what is here, or is about to be, is not fetched twice.
    let files = listed(&moderator, &incident);
    let fetches = |n: usize| format!("{incident}/attachments/{}/fetches", files[n]["id"].as_str().unwrap());
    let asked = |path: &str| host.asked.lock().expect("no panics").iter().filter(|head| head.contains(path)).count();
    assert_eq!(asked("missing.png"), 1);
    let once = moderator.ask("POST", &fetches(0)).once("key").send().expect(200).json();
    assert_eq!((&once["state"], &once["settled_at"]), (&json!("waiting"), &Value::Null));
    assert_eq!(moderator.ask("POST", &fetches(0)).once("key").send().expect(200).json(), once);
    moderator.ask("POST", &fetches(0)).send().problem(409, "conflict");
    moderator.ask("POST", &fetches(2)).send().problem(409, "conflict");
    city.run_jobs();
    assert_eq!((asked("missing.png"), &states()[0]), (2, &json!("failed")));
    let again = moderator.ask("POST", &fetches(0)).send().expect(200).json();
    assert_eq!(again["state"], "waiting");
    city.run_jobs();
    assert_eq!(asked("missing.png"), 3);
}

fn no_private_address_is_opened(city: City) {
    let (city, host) = (small(on(&city), false), Host::start());
    let port = host.url.rsplit(':').next().unwrap().to_owned();
    let urls = [
        host.file("dot.png"),
        format!("http://localhost:{port}/dot.png"),
        format!("http://0x7f.1:{port}/dot.png"),
        format!("http://[::ffff:127.0.0.1]:{port}/dot.png"),
        format!("http://name:word@127.0.0.1:{port}/dot.png"),
    ];
    let incident = with_photos(&city, "1", &urls);
    city.run_jobs();
    for file in listed(&city.sign_in(Role::Moderator), &incident) {
        assert_eq!(file["state"], "refused", "{file}");
        assert!(file["failure"].as_str().unwrap().contains("private network"), "{file}");
    }
    assert!(host.asked.lock().expect("no panics").is_empty());
}

fn an_edit_brings_further_files_and_a_repeat_none(city: City) {
    let (city, host) = (small(on(&city), true), Host::start());
    let source = city.source();
    let photo = |name: &str| json!({ "kind": "photo", "url": host.file(name) });
    let mut told = message("1", "На Портовой яма");
    told["attachments"] = json!([
        photo("dot.png"), photo("dot.png"), { "kind": "link", "url": host.file("link") },
        { "kind": "video", "url": host.file("video-1_2") }, { "kind": "document", "url": "telegram:file/AgAC" },
    ]);
    let incident = format!("/api/v1/incidents/{}", city.complaint(&source, told.clone()));
    let moderator = city.sign_in(Role::Moderator);
    let count = || listed(&moderator, &incident).len();
    assert_eq!(count(), 2);
    city.push(&source, std::slice::from_ref(&told)).expect(200);
    assert_eq!(count(), 2);
    let mut edited = told.clone();
    (edited["change"], edited["text"]) = (json!("edited"), json!("На Портовой яма, вот ещё фото"));
    edited["published_at"] = json!("2025-11-10T06:55:00Z");
    edited["attachments"] = json!([photo("dot.png"), photo("moved.png")]);
    city.push(&source, &[edited]).expect(200);
    let mut more = message("2", "И ещё");
    (more["form"], more["post"], more["author"]["id"]) = (json!("comment"), json!("1"), json!("author of 1"));
    more["attachments"] = json!([photo("late.png")]);
    city.push(&source, &[more]).expect(200);
    assert_eq!(count(), 4);
    city.push(
        &source,
        &[json!({ "external_id": "2", "change": "deleted", "form": "comment", "post": "1",
        "account": "lukomorsk", "author": { "id": "author of 1" }, "published_at": "2025-11-10T06:59:00Z",
        "attachments": [photo("gone.png")] })],
    )
    .expect(200);
    assert_eq!(count(), 4);
    host.tries.store(2, Ordering::Relaxed);
    city.run_jobs();
    let states: Vec<_> =
        listed(&moderator, &incident).iter().map(|f| (f["kind"].clone(), f["state"].clone())).collect();
    let (kept, failed) = ((json!("photo"), json!("kept")), (json!("document"), json!("failed")));
    assert_eq!(
        (states.iter().filter(|s| **s == kept).count(), states.iter().filter(|s| **s == failed).count()),
        (3, 1)
    );
}

fn content_is_forgotten_in_time(city: City) {
    let (city, host) = (small(on(&city), true), Host::start());
    let incident = with_photos(&city, "1", &[host.file("dot.png")]);
    let open = with_photos(&city, "2", &[host.file("dot.png")]);
    city.run_jobs();
    let moderator = city.sign_in(Role::Moderator);
    moderator.post(&format!("{incident}/dismissals"), &json!({ "reason": "unclear" })).expect(200);
    let day = Duration::from_secs(86_400);
    let keep = city.app().config().attachments.keep_days;
    let forget = |city: &City| {
        let before = city.now().plus_seconds(-86_400 * i64::from(keep));
        let done: Result<bool, desk::Error> = city.app().store().write_now(move |conn| files::forget(conn, before));
        assert!(!done.expect("the files are looked through"));
    };
    city.advance(day * (keep - 1));
    forget(&city);
    assert_eq!(listed(&moderator, &incident)[0]["state"], "kept");
    city.advance(day * 2);
    forget(&city);
    let file = listed(&moderator, &incident)[0].clone();
    assert_eq!((&file["state"], &file["content"]), (&json!("forgotten"), &Value::Null));
    let id: Id = file["id"].as_str().unwrap().parse().expect("an id");
    moderator.get(&format!("{incident}/attachments/{id}")).problem(404, "not_found");
    moderator.ask("POST", &format!("{incident}/attachments/{id}/fetches")).send().problem(409, "conflict");
    // That of an open incident stays, however old it is.
    let kept = listed(&moderator, &open)[0].clone();
    assert_eq!(moderator.get(kept["content"].as_str().expect("an address")).expect(200).body, PNG);
    city.leave_jobs();
}
