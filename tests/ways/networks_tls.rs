//! Networks over TLS: MAX and mirrors of Telegram have certificates that only an authority of the installation's choice vouches for.

use otklik::config::Config;
use otklik::demo::networks::Net;
use otklik::domain::Role;
use serde_json::{Value, json};

use crate::harness::crew::{Crew, Path};
use crate::harness::networks::{Town, approve, keys};
use crate::harness::server::organisation;
use crate::harness::tls::Terminator;
use crate::harness::{Ground, On};

both_engines! {
    with_the_installations_own_root_pages_connect_deliver_and_answer,
    without_it_connecting_is_refused_and_says_why,
}

/// What the tests here stand on: the engine alone.
struct Engine(On);

impl Ground for Engine {
    fn on(engine: On) -> Engine {
        Engine(engine)
    }
}

/// The settings that a file beside would give.
fn settings(file: &str) -> Config {
    let key = ("OTKLIK_SECRETS__KEY".to_owned(), "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=".to_owned());
    Config::read(file, [key]).expect("good settings")
}

/// A city that reaches Telegram and MAX through a terminator.
fn city(engine: On, trusting: bool) -> (Town, Terminator) {
    let mut terminator = None;
    let ground = Town::with(engine, |config| {
        let plain = config.networks.telegram.clone();
        let server = plain.strip_prefix("http://").and_then(|rest| rest.split('/').next()).expect("an address");
        let before = Terminator::before(server.parse().expect("an address"));
        config.networks.telegram = format!("{}/telegram", before.url());
        config.networks.max = format!("{}/max", before.url());
        if trusting {
            let file = format!("[networks]\nextra_roots = {:?}\n", before.roots());
            config.networks.extra_roots = settings(&file).networks.extra_roots;
        }
        terminator = Some(before);
    });
    (ground, terminator.expect("it was set"))
}

fn with_the_installations_own_root_pages_connect_deliver_and_answer(engine: Engine) {
    let (ground, terminator) = city(engine.0, true);
    let crew = Crew::of(&ground.city);
    for net in [Net::Telegram, Net::Max] {
        let before = terminator.talks();
        let open = ground.page(net);
        assert!(terminator.talks() > before, "{net:?} was connected past the terminator");
        let post = ground.networks.post(&open.page, "Новости");
        let person = ground.networks.person(net, "Марья");
        let (comment, path) = ground.complaint(&open, &post, &person, "Яма на Портовой");
        let before = terminator.talks();
        approve(&crew, &path, &json!({ "kind": "final", "outcome": "resolved", "text": "Яму засыпали." }));
        ground.city.run_jobs();
        assert!(terminator.talks() > before, "{net:?} was answered past the terminator");
        let said = ground.networks.said().pop().expect("an answer");
        assert_eq!((said.net, said.reply_to.as_deref(), &*said.text), (net, Some(&*comment), "Яму засыпали."));
        assert_eq!(step(&crew, &path), "awaiting_author");
    }
    // VK is reached as before, with no TLS at all: one setting does not bar the other.
    ground.page(Net::Vk);
}

fn step(crew: &Crew<'_>, path: &Path) -> Value {
    crew.incident(path)["step"].clone()
}

fn without_it_connecting_is_refused_and_says_why(engine: Engine) {
    let (ground, terminator) = city(engine.0, false);
    let administrator = ground.city.sign_in(Role::Administrator);
    for net in [Net::Telegram, Net::Max] {
        let page = ground.networks.page(net, "Управа Лукоморска");
        let new = json!({
            "network": net.name(), "organisation": organisation::CITY, "title": "Управа", "account": page.account,
            "listening": "hook",
        });
        let made = administrator.post("/api/v1/pages", &new).expect(201).json();
        let at = format!("/api/v1/pages/{}", made["id"].as_str().expect("an id"));
        let refused = administrator.put(&format!("{at}/connection"), &json!({ "keys": keys(&page) }));
        let refused = refused.problem(502, "network_refused");
        let why = refused["detail"].as_str().expect("words");
        assert!(why.contains("certificate is not trusted"), "{net:?}: {why}");
        assert_ne!(administrator.get(&at).expect(200).json()["state"], "connected", "{net:?}");
    }
    assert_eq!(terminator.talks(), 0, "a talk went on although the certificate is not trusted");
}
