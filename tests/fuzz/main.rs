//! What the networks send, maimed: `cargo test --test fuzz -- [telegram] [--seconds 60] [--seed 7]`. Two seconds for each network unless told
//! otherwise, so that every run of the tests has some of it.
//!
//! The bodies of `corpus/{network}` are changed byte by byte and value by value and given to that network's `read` and `verify`; a new
//! network needs no line here, only its folder. What is promised: no panic; every message that comes out passes its own check; no
//! identity is empty or longer than 200 characters and no address longer than 2000; nothing holds U+0000; a wrong secret opens nothing.
//! A body that breaks a promise is left in `target/fuzz`; one that is worth keeping goes into the corpus.

mod mutate;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use mutate::Mutator;
use otklik::channels::networks::{self, Network, Request};
use otklik::channels::webhook;
use otklik::domain::message::{Attachment, Incoming, Remark};
use otklik::domain::page::{Heard, Keys, Page, What};
use otklik::domain::{At, Id};

/// Names and what stands for them.
type Pairs = &'static [(&'static str, &'static str)];

/// The page that the corpora are about, in each network's own words: its account, and further keys.
const PAGES: &[(&str, &str, Pairs)] = &[
    ("telegram", "-1001700000001", &[("token", "700001:AAinvented"), ("channel", "-1001700000002")]),
    ("max", "-70000000000001", &[("token", "invented"), ("kind", "channel")]),
    ("vk", "70001", &[("token", "invented"), ("confirmation", "c0nf1rm")]),
    ("ok", "70000000000001", &[("token", "invented")]),
];
const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// How many events a body gives, or what promise it breaks.
type Judge<'a> = Box<dyn Fn(&[u8]) -> Result<usize, String> + 'a>;

fn main() {
    let arguments = Arguments::read(std::env::args().skip(1));
    println!("seed {} (--seed {} says the same again)", arguments.seed, arguments.seed);
    let mut failed = false;
    for (name, judge) in targets() {
        if arguments.only.as_deref().is_none_or(|only| only == name) {
            failed |= !run(name, &judge, &arguments);
        }
    }
    std::process::exit(i32::from(failed));
}

struct Arguments {
    only: Option<String>,
    time: Duration,
    seed: u64,
}

impl Arguments {
    fn read(given: impl Iterator<Item = String>) -> Arguments {
        let clock = || At::now().as_microsecond().unsigned_abs();
        let mut read = Arguments { only: None, time: Duration::from_secs(2), seed: clock() };
        let mut given = given;
        let number = |text: Option<String>| -> u64 {
            text.and_then(|text| text.parse().ok()).unwrap_or_else(|| quit("--seconds and --seed need a whole number"))
        };
        while let Some(argument) = given.next() {
            match argument.as_str() {
                "--seconds" => read.time = Duration::from_secs(number(given.next())),
                "--seed" => read.seed = number(given.next()),
                // What cargo and the usual harness take means nothing here.
                flag if flag.starts_with('-') => {}
                name if targets().iter().any(|(known, _)| *known == name) => read.only = Some(name.to_owned()),
                name => quit(&format!("there is no network {name}")),
            }
        }
        read
    }
}

fn quit(why: &str) -> ! {
    eprintln!("{why}");
    std::process::exit(2);
}

/// All readers: every network's, and the webhook's.
fn targets() -> Vec<(&'static str, Judge<'static>)> {
    let mut all: Vec<(&'static str, Judge<'static>)> = Vec::new();
    for network in networks::ALL {
        let page = page(*network);
        all.push((network.name(), Box::new(move |body: &[u8]| judge(*network, &page, body))));
    }
    all.push(("webhook", Box::new(judge_webhook)));
    all
}

fn page(network: &dyn Network) -> Page {
    let (_, account, keys) = PAGES.iter().find(|(name, ..)| *name == network.name()).unwrap_or(&("", "1", &[]));
    let keys = keys.iter().chain(&[("secret", SECRET)]);
    let keys = Keys(keys.map(|(name, key)| ((*name).to_owned(), (*key).to_owned())).collect());
    Page { id: Id::new(now()), account: (*account).to_owned(), keys }
}

fn now() -> At {
    At::new(jiff::Timestamp::constant(1_790_100_000, 0))
}

fn run(name: &str, judge: &Judge<'_>, arguments: &Arguments) -> bool {
    let corpus = corpus(name);
    if corpus.is_empty() {
        println!("{name}: FAILED: tests/fuzz/corpus/{name} has no bodies");
        return false;
    }
    let mut mutator = Mutator::new(arguments.seed);
    for body in &corpus {
        if stands(name, judge, body).is_none() {
            return false;
        }
    }
    let (started, mut tried, mut told) = (Instant::now(), 0_u64, 0_u64);
    while started.elapsed() < arguments.time {
        let Some(events) = stands(name, judge, &mutator.next(&corpus)) else { return false };
        tried += 1;
        told += u64::from(events > 0);
    }
    println!("{name}: {tried} bodies made of {}, {told} of them told something; no promise broken", corpus.len());
    true
}

fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(name);
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).map_or_else(|_| Vec::new(), |all| all.flatten().map(|file| file.path()).collect());
    // The order of a folder differs from machine to machine; a seed must not.
    files.sort();
    files.iter().map(|file| fs::read(file).expect("a body of the corpus")).collect()
}

/// How many events the body gives, if every promise holds for it; else it is written out.
fn stands(name: &str, judge: &Judge<'_>, body: &[u8]) -> Option<usize> {
    let why = match catch_unwind(AssertUnwindSafe(|| judge(body))) {
        Ok(Ok(events)) => return Some(events),
        Ok(Err(why)) => why,
        Err(_) => "it panicked".to_owned(),
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/fuzz");
    let file = folder.join(format!("{name}-{}.json", body.len()));
    let kept = fs::create_dir_all(&folder).and_then(|()| fs::write(&file, body));
    let why: String = why.chars().take(300).collect();
    println!("{name}: FAILED: {why}\n  the body: {} ({kept:?})", file.display());
    None
}

fn judge(network: &dyn Network, page: &Page, body: &[u8]) -> Result<usize, String> {
    let wrong = |_: &str| Some("0123456789abcdef0123456789abcdeF");
    let request = Request { header: &wrong, body, from: [127, 0, 0, 1].into(), odnoklassniki_from: &[] };
    // Where the secret is in the body or the address, a changed body may still hold it: then only that it does not panic counts.
    let opened = network.verify(page, &request).is_ok();
    if opened && ["telegram", "max"].contains(&network.name()) {
        return Err("a wrong secret opened".to_owned());
    }
    let Ok(reading) = network.read(page, body, now()) else { return Ok(0) };
    reading.events.iter().try_for_each(heard)?;
    Ok(reading.events.len())
}

fn judge_webhook(body: &[u8]) -> Result<usize, String> {
    let Ok(messages) = webhook::read(body, 100) else { return Ok(0) };
    messages.iter().try_for_each(|message| message.check("").map_err(|why| why.to_string()))?;
    Ok(messages.len())
}

fn heard(heard: &Heard) -> Result<(), String> {
    if let Some(key) = &heard.key {
        identity("key", key)?;
    }
    match &heard.what {
        What::Message(message) => said(message),
        What::Remark(remark) => told(remark),
        What::Consent { author, .. } => identity("author", author),
    }
}

fn said(message: &Incoming) -> Result<(), String> {
    message.check("").map_err(|why| format!("{why}: {message:?}"))?;
    identity("external_id", &message.external_id)?;
    identity("author.id", &message.author.id)?;
    for (what, id) in [("post", &message.post), ("parent", &message.parent), ("branch", &message.branch)] {
        id.as_deref().map_or(Ok(()), |id| identity(what, id))?;
    }
    address(message.url.as_deref())?;
    address(message.author.url.as_deref())?;
    files(&message.attachments)?;
    storable(&format!("{}{}", message.text, message.author.name.as_deref().unwrap_or_default()))
}

fn told(remark: &Remark) -> Result<(), String> {
    identity("external_id", &remark.external_id)?;
    identity("post", &remark.post)?;
    for (what, id) in [("parent", &remark.parent), ("to", &remark.to)] {
        id.as_deref().map_or(Ok(()), |id| identity(what, id))?;
    }
    if let Some(author) = &remark.author {
        identity("author.id", &author.id)?;
        address(author.url.as_deref())?;
    }
    if remark.text.chars().count() > 20_000 {
        return Err("a remark is too long".to_owned());
    }
    address(remark.url.as_deref())?;
    files(&remark.attachments)?;
    storable(&remark.text)
}

fn identity(what: &str, id: &str) -> Result<(), String> {
    let good = (1..=200).contains(&id.chars().count()) && !id.contains(['\0', '\u{1f}']);
    if good { Ok(()) } else { Err(format!("{what} is no identity: {id:?}")) }
}

fn address(url: Option<&str>) -> Result<(), String> {
    match url {
        Some(url) if url.chars().count() > 2000 || url.contains('\0') => Err(format!("no address: {url:?}")),
        _ => Ok(()),
    }
}

fn files(files: &[Attachment]) -> Result<(), String> {
    if files.len() > 50 {
        return Err(format!("{} attachments", files.len()));
    }
    files.iter().try_for_each(|file| {
        address(Some(&file.url))?;
        storable(&format!("{}{}", file.kind, file.name.as_deref().unwrap_or_default()))
    })
}

fn storable(text: &str) -> Result<(), String> {
    if text.contains('\0') { Err(format!("U+0000 in {text:?}")) } else { Ok(()) }
}
