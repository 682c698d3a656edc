//! A city whose pages live in made-up networks, over real HTTP.

use std::net::TcpListener;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use otklik::app::App;
use otklik::config::Config;
use otklik::demo::networks::{Net, Networks, Options, Page, Person};
use otklik::domain::{At, Role};
use otklik::jobs;
use serde_json::{Value, json};

use super::client::{Answer, Client};
use super::crew::{Crew, Path};
use super::server::{City, organisation};
use super::{Ground, On, until};

/// A city and its networks.
pub struct Town {
    pub networks: Networks,
    pub city: City,
    /// Where networks knock.
    pub public_url: String,
}

/// A page that is connected: as the network knows it, and as the city does.
pub struct Open {
    pub page: Page,
    pub id: String,
    /// Where the network knocks.
    pub hook: Option<String>,
}

impl Ground for Town {
    fn on(engine: On) -> Town {
        Town::with(engine, |_| {})
    }
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port()
}

/// Lets a city reach made-up networks.
pub fn reach(config: &mut Config, networks: &Networks) {
    config.networks.vk = networks.base(Net::Vk);
    config.networks.odnoklassniki = networks.base(Net::Ok);
    config.networks.telegram = networks.base(Net::Telegram);
    config.networks.max = networks.base(Net::Max);
    config.networks.odnoklassniki_from = vec!["127.0.0.0/8".parse().expect("a network")];
    config.networks.timeout = Duration::from_secs(5);
}

/// What an administrator would enter, with a secret of their own where one may be chosen.
pub fn keys(page: &Page) -> Value {
    let mut keys = page.keys();
    if page.net == Net::Vk {
        keys["secret"] = json!("a-secret-of-ours-1");
    }
    keys
}

/// Where a page is in the API.
pub fn address(page: &Value, of: &str) -> String {
    format!("/api/v1/pages/{}{of}", page["id"].as_str().expect("an id"))
}

impl Town {
    /// With settings of its own.
    pub fn with(engine: On, set: impl FnOnce(&mut Config)) -> Town {
        let told: Arc<OnceLock<App>> = Arc::default();
        let clock = Arc::clone(&told);
        let options = Options {
            clock: Arc::new(move || clock.get().map_or_else(At::now, App::now)),
            again: Duration::from_millis(50),
            ..Options::default()
        };
        let networks = Networks::open(options).expect("the networks open");
        let port = free_port();
        let public_url = format!("http://127.0.0.1:{port}");
        let city = City::with(engine, |config| {
            config.listen.address.set_port(port);
            config.listen.public_url = Some(public_url.clone());
            reach(config, &networks);
            set(config);
        });
        let _ = told.set(city.app().clone());
        Town { networks, city, public_url }
    }

    /// A page of the city's administration, connected.
    pub fn page(&self, net: Net) -> Open {
        self.page_of(net, organisation::CITY, "hook")
    }

    /// A page of an organisation, connected.
    pub fn page_of(&self, net: Net, organisation: &str, listening: &str) -> Open {
        let page = self.networks.page(net, "Управа Лукоморска");
        let administrator = self.city.sign_in(Role::Administrator);
        let registered = self.register(&administrator, &page, organisation);
        if listening != "hook" {
            administrator.patch(&address(&registered, ""), &json!({ "listening": listening })).expect(200);
        }
        let connected = self.connect(&administrator, &registered, &page).expect(200).json();
        assert_eq!(connected["state"], "connected", "{connected}");
        let id = connected["id"].as_str().expect("an id").to_owned();
        let hook = connected["hook"].as_str().map(str::to_owned);
        if listening == "hook" {
            // VK asks for a confirmation, and delivers only then.
            self.arrive();
        }
        Open { page, id, hook }
    }

    /// Registers a page of a network; what the API says of it.
    pub fn register(&self, by: &Client<'_>, page: &Page, organisation: &str) -> Value {
        let title = format!("Страница {}", page.account);
        let new = json!({
            "network": page.net.name(), "organisation": organisation, "title": title, "account": page.account,
        });
        by.post("/api/v1/pages", &new).expect(201).json()
    }

    /// Connects a registered page with the keys that its network gave.
    pub fn connect(&self, by: &Client<'_>, registered: &Value, page: &Page) -> Answer {
        by.put(&address(registered, "/connection"), &json!({ "keys": keys(page) }))
    }

    /// Waits until the networks have delivered all that happened in them.
    #[track_caller]
    pub fn arrive(&self) {
        until("the networks deliver everything", || self.networks.deliveries_pending() == 0);
    }

    /// Lets the service fetch what is new from the pages that it polls.
    pub fn poll(&self) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(jobs::poll_once(self.city.app())).expect("the pages are polled");
    }

    /// All incidents, the oldest first.
    pub fn incidents(&self) -> Vec<Value> {
        let found =
            self.city.sign_in(Role::Controller).get("/api/v1/incidents?sort=oldest&limit=200").expect(200).json();
        let mut items = found["items"].as_array().expect("items").clone();
        items.sort_by_key(|item| item["number"].as_i64());
        items
    }

    /// Somebody who comments on a post of the page: the comment, and the incident it opened.
    pub fn complaint(&self, open: &Open, post: &str, person: &Person, text: &str) -> (String, Path) {
        let comment = self.networks.comment(&open.page, post, person, text, None, 0);
        self.arrive();
        let last = self.incidents().pop().expect("an incident");
        assert_eq!(last["text"], text, "{last}");
        (comment, Path(last["id"].as_str().expect("an id").parse().expect("an id")))
    }
}

/// Takes an incident as far as an approved answer.
pub fn approve(crew: &Crew<'_>, path: &Path, answer: &Value) -> Value {
    let controller = &crew.controller;
    let step = crew.incident(path)["step"].clone();
    if step == "distribution" {
        let to = json!({ "organisation": organisation::CITY, "executor": organisation::WORKS });
        controller.post(&path.to("assignments"), &to).expect(200);
    }
    if crew.incident(path)["step"] == "assigned" {
        crew.executor.ask("POST", &path.to("work")).send().expect(200);
    }
    let drafted = crew.executor.post(&path.to("answers"), answer).expect(200).json();
    let n = &drafted["answer"]["n"];
    crew.executor.ask("POST", &path.to(&format!("answers/{n}/submission"))).send().expect(200);
    crew.approver.ask("POST", &path.to(&format!("answers/{n}/approval"))).send().expect(200).json()
}
