//! A storm: residents of four networks write, change and take back by the thousand; every fifth event comes twice, every fifth is overtaken;
//! calls to the networks are refused, broken off, carried out without an answer; two replicas serve one PostgreSQL, and one of them is killed.
//! Then all is as if the weather had been fair: the same messages in the same incidents, each answer published once, or listed as possibly
//! twice where the network has no key for it.
//!
//! `OTKLIK_STORM=10000` says how many events; without it a tenth of that.

mod plan;
mod proxy;
mod state;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread::ScopedJoinHandle;
use std::time::{Duration, Instant};

use otklik::demo::networks::{Journal, Net, Networks, Options, Page, Person, Said, Weather};
use otklik::domain::At;
use otklik::store::{Store, StoreSize};
use serde_json::{Value, json};

use crate::harness::client::Client;
use crate::harness::crew::Path;
use crate::harness::networks::keys;
use crate::harness::server::organisation;
use crate::harness::{Database, Ground as _, On};
use crate::process::{Serving, agent, otklik};
use plan::{PAGES, POSTS, Plan, Step, What};
use proxy::Proxy;
use state::State;

/// How the networks' weather is in a storm.
const STORM: Weather = Weather {
    duplicates: 0.2,
    disorder: 0.2,
    too_many: 0.05,
    broken: 0.03,
    lost_replies: 0.03,
    too_fast: 0.0,
    slow: 0.0,
    slow_for: Duration::ZERO,
};

/// So many events may be on their way before residents hold their breath.
const BACKLOG: usize = 400;

/// How long anything may take: the longest wait between two attempts at an answer is among it.
const PATIENCE: Duration = Duration::from_secs(240);

/// How many events, of which the full size is a part.
fn size(part: usize) -> usize {
    let asked = std::env::var("OTKLIK_STORM").map(|text| text.parse().expect("OTKLIK_STORM is a number"));
    asked.unwrap_or(1_000) / part
}

#[test]
fn two_replicas_and_a_kill_end_as_a_clean_run_does() {
    weathered(On::Postgres, size(1), 2);
}

#[test]
fn one_process_on_sqlite_that_is_killed_ends_as_a_clean_run_does() {
    weathered(On::Sqlite, size(2), 1);
}

fn weathered(engine: On, events: usize, replicas: usize) {
    let plan = Plan::new(events, 20_260_731);
    // The machine's clock goes on while the runs last: what residents date is the same in both.
    let begun = At::now().plus_seconds(-12 * 3600);
    let (clean, storm) = std::thread::scope(|scope| {
        let clean = scope.spawn(|| Run::new(engine, begun, 1).all(&plan, None));
        let storm = Run::new(engine, begun, replicas).all(&plan, Some(STORM));
        (clean.join().expect("a clean run"), storm)
    });
    println!("{} events, {} answers\nclean: {clean}\nstorm: {storm}", plan.events(), plan.answered.len());
    state::compare(&clean.state, &storm.state);
    clean.check_answers(&plan, false);
    storm.check_answers(&plan, true);
    let Journal { repeats, refusals, .. } = storm.journal;
    assert!(repeats.saturating_sub(refusals) > plan.events() as u64 / 10, "it was no storm: {:?}", storm.journal);
}

/// Waits for what must come to pass, longer than usual.
#[track_caller]
fn patiently(what: &str, mut come: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !come() {
        assert!(Instant::now() < deadline, "waited {PATIENCE:?} in vain for: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A page in one run, with its posts.
struct Open {
    page: Page,
    posts: Vec<String>,
}

/// What a thread of the plan is in one run: who wrote it, and under which keys.
struct Written {
    person: Person,
    keys: Vec<String>,
}

/// One run of the plan: networks, processes, a database.
struct Run {
    database: Database,
    store: Store,
    networks: Networks,
    clock: Arc<AtomicI64>,
    proxy: Proxy,
    replicas: Vec<Serving>,
    pages: Vec<Open>,
    written: BTreeMap<usize, Written>,
    passwords: BTreeMap<&'static str, String>,
    complaints: Vec<String>,
}

/// What came of a run.
struct Outcome {
    state: State,
    said: Vec<Said>,
    journal: Journal,
    /// The hooks' answers by status.
    statuses: BTreeMap<String, u32>,
    intake: Duration,
    all: Duration,
    written: BTreeMap<usize, Written>,
    pages: Vec<Open>,
    complaints: Vec<String>,
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let listed = self.state.postings.iter().filter(|posting| posting.maybe_twice).count();
        let mut times: BTreeMap<&str, usize> = BTreeMap::new();
        self.said.iter().for_each(|said| *times.entry(said.text.as_str()).or_default() += 1);
        let doubled = times.values().filter(|times| **times > 1).count();
        write!(
            f,
            "{:?} for the events, {:?} in all; {:?}; answers of the hooks {:?}; {} incidents; {} postings, {doubled} published more than \
             once, {listed} listed",
            self.intake,
            self.all,
            self.journal,
            self.statuses,
            self.state.incidents.len(),
            self.state.postings.len(),
        )?;
        let mut said: BTreeMap<String, usize> = BTreeMap::new();
        for line in &self.complaints {
            let line: Value = serde_json::from_str(line).unwrap_or(json!(line));
            let told = ["message", "path", "status", "error", "why"]
                .into_iter()
                .filter_map(|name| Some(line.get(name)?.to_string()));
            let words: String = told.collect::<Vec<_>>().join(" ").chars().take(200).collect();
            *said.entry(format!("{} {words}", line["level"])).or_default() += 1;
        }
        said.into_iter().try_for_each(|(line, times)| write!(f, "\n  logged {times} times: {line}"))
    }
}

/// Who works on incidents: login, role, organisation.
const STAFF: [(&str, &str, &str); 4] = [
    ("administrator", "administrator", organisation::ROOT),
    ("controller", "controller", organisation::ROOT),
    ("executor", "executor", organisation::WORKS),
    ("approver", "approver", organisation::CITY),
];

impl Run {
    fn new(engine: On, begun: At, replicas: usize) -> Run {
        let database = Database::on(engine);
        let clock = Arc::new(AtomicI64::new(begun.as_microsecond()));
        let hand = Arc::clone(&clock);
        let networks = Networks::open(Options {
            clock: Arc::new(move || At::of_microsecond(hand.load(Ordering::Relaxed))),
            again: Duration::from_millis(50),
            ..Options::default()
        });
        let mut run = Run {
            store: database.store_of(StoreSize { connections: 1, waiting: 16 }),
            database,
            networks: networks.expect("the networks open"),
            clock,
            proxy: Proxy::open(),
            replicas: Vec::new(),
            pages: Vec::new(),
            written: BTreeMap::new(),
            passwords: BTreeMap::new(),
            complaints: Vec::new(),
        };
        run.command(&["policy", "load", "tests/cities/tiny"]);
        for (login, role, organisation) in STAFF {
            let told =
                run.command(&["staff", "add", login, "--name", login, "--role", role, "--organisation", organisation]);
            run.passwords.insert(login, told.split_whitespace().last().expect("a password").to_owned());
        }
        run.replicas = (0..replicas).map(|_| run.serve()).collect();
        run.proxy.to(&run.replicas.iter().map(|replica| replica.url.as_str()).collect::<Vec<_>>());
        run.connect();
        run
    }

    fn command(&self, arguments: &[&str]) -> String {
        let done = otklik(self.database.url(), arguments).output().expect("the program runs");
        assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).expect("text")
    }

    /// Starts a replica.
    fn serve(&self) -> Serving {
        let mut command = otklik(self.database.url(), &["serve"]);
        let base = |net| self.networks.base(net);
        command
            .env("OTKLIK_LISTEN__PUBLIC_URL", self.proxy.url())
            .env("OTKLIK_DATABASE__CONNECTIONS", "4")
            .env("OTKLIK_NETWORKS__VK", base(Net::Vk))
            .env("OTKLIK_NETWORKS__ODNOKLASSNIKI", base(Net::Ok))
            .env("OTKLIK_NETWORKS__TELEGRAM", base(Net::Telegram))
            .env("OTKLIK_NETWORKS__MAX", base(Net::Max))
            .env("OTKLIK_NETWORKS__ODNOKLASSNIKI_FROM", "127.0.0.0/8")
            .env("OTKLIK_NETWORKS__TIMEOUT_SECONDS", "5")
            .env("OTKLIK_WORKER__LEASE_SECONDS", "15")
            .env("OTKLIK_LOG__LEVEL", "warn,otklik::serve=info");
        Serving::of(command)
    }

    /// Signs in with the replica that lives longest.
    fn sign_in<'a>(&self, agent: &'a ureq::Agent, login: &str) -> Client<'a> {
        let url = self.replicas.last().expect("a replica").url.clone();
        let asked = json!({ "login": login, "password": self.passwords[login] });
        let session = Client::new(agent, url.clone(), None).post("/api/v1/session", &asked).expect(201).json();
        Client::new(agent, url, session["access_token"].as_str().map(str::to_owned))
    }

    fn connect(&mut self) {
        let agent = agent();
        let administrator = self.sign_in(&agent, "administrator");
        for net in Net::ALL {
            for n in 0..PAGES {
                let page = self.networks.page(net, "Управа Лукоморска");
                let new = json!({
                    "network": net.name(), "organisation": organisation::CITY, "title": format!("Управа {n}"),
                    "account": page.account, "listening": "hook",
                });
                let made = administrator.post("/api/v1/pages", &new).expect(201).json();
                let at = format!("/api/v1/pages/{}/connection", made["id"].as_str().expect("an id"));
                let connected = administrator.put(&at, &json!({ "keys": keys(&page) })).expect(200).json();
                assert_eq!(connected["state"], "connected", "{connected}");
                self.pages.push(Open { page, posts: Vec::new() });
            }
        }
        // VK delivers only when it has been confirmed that it may.
        self.arrive();
        for open in &mut self.pages {
            open.posts = (0..POSTS).map(|n| self.networks.post(&open.page, &format!("Новости {n}"))).collect();
        }
        self.arrive();
    }

    #[track_caller]
    fn arrive(&self) {
        patiently("the networks deliver everything", || self.networks.deliveries_pending() == 0);
    }

    /// Lets all happen that is planned, answers what is to be answered, and looks.
    fn all(mut self, plan: &Plan, weather: Option<Weather>) -> Outcome {
        let began = Instant::now();
        self.networks.weather(weather.unwrap_or_default());
        self.happen(plan, &plan.first);
        self.arrive();
        let kills = weather.is_some();
        let crew = Crew::of(&self);
        let incidents = state::incidents_of(&self.store, &plan.answered);
        std::thread::scope(|scope| {
            let answering = scope.spawn(move || crew.approve_all(&incidents));
            // With one process only, whoever answers must be done before it is killed.
            let mut answering = Some(answering);
            if self.replicas.len() == 1 {
                join(answering.take());
            }
            let (before, after) = plan.second.split_at(plan.events() * 2 / 5 - plan.first.len());
            self.happen(plan, before);
            if kills {
                self.kill_one(plan, after);
            } else {
                self.happen(plan, after);
            }
            join(answering);
        });
        self.arrive();
        self.happen(plan, &plan.third);
        self.arrive();
        let intake = began.elapsed();
        // The storm passes; what it left open is settled.
        self.networks.weather(Weather::default());
        self.settle();
        self.arrive();
        let state = State::of(&self.store);
        for replica in &mut self.replicas {
            replica.kill();
            self.complaints.append(&mut replica.log.lock().expect("no panic"));
        }
        Outcome {
            state,
            said: self.networks.said(),
            journal: self.networks.journal(),
            statuses: self.proxy.statuses(),
            intake,
            all: began.elapsed(),
            written: self.written,
            pages: self.pages,
            complaints: self.complaints,
        }
    }

    /// Waits until every answer has reached its end, and every word of a page has been looked at. The pauses that networks asked for, up to
    /// an hour, are over sooner.
    fn settle(&self) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = state::unsettled(&self.store);
            if left.is_empty() {
                return;
            }
            assert!(Instant::now() < deadline, "after {PATIENCE:?}, at {}, these are left: {left:#?}", At::now());
            state::end_pauses(&self.store);
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// Kills a replica while events and answers are on their way; later it comes up again.
    fn kill_one(&mut self, plan: &Plan, steps: &[Step]) {
        self.replicas[0].kill();
        let alone = self.replicas.len() == 1;
        let (without, with) = steps.split_at(if alone { 0 } else { steps.len() / 5 });
        self.happen(plan, without);
        let again = self.serve();
        let killed = std::mem::replace(&mut self.replicas[0], again);
        self.complaints.append(&mut killed.log.lock().expect("no panic"));
        self.proxy.to(&self.replicas.iter().map(|replica| replica.url.as_str()).collect::<Vec<_>>());
        self.happen(plan, with);
    }

    fn happen(&mut self, plan: &Plan, steps: &[Step]) {
        for step in steps {
            patiently("the networks to deliver what waits", || self.networks.deliveries_pending() < BACKLOG);
            self.clock.fetch_add(1_000_000, Ordering::Relaxed);
            self.step(plan, *step);
        }
    }

    fn step(&mut self, plan: &Plan, step: Step) {
        let thread = &plan.threads[step.thread];
        let Open { page, posts } = &self.pages[thread.page];
        let networks = &self.networks;
        let written = self.written.entry(step.thread).or_insert_with(|| {
            let person = networks.person(page.net, &format!("Житель {}", step.thread));
            Written { person, keys: Vec::new() }
        });
        let text = plan::text(step);
        match step.what {
            What::Say { reply, pictures } => {
                let key = match thread.post {
                    Some(post) => {
                        let to = written.keys.first().filter(|_| reply).cloned();
                        networks.comment(page, &posts[post], &written.person, &text, to.as_deref(), pictures)
                    }
                    None => networks.write(page, &written.person, &text),
                };
                written.keys.push(key);
            }
            What::Edit { .. } => networks.edit(page, &written.keys[step.message], &text),
            What::Delete => networks.delete(page, &written.keys[step.message]),
            What::Restore => networks.restore(page, &written.keys[step.message]),
        }
    }
}

fn join(answering: Option<ScopedJoinHandle<'_, ()>>) {
    if let Some(thread) = answering {
        thread.join().expect("they are answered");
    }
}

/// The words of the answer to a thread; no other has them.
fn answer(thread: usize) -> String {
    format!("Бригада выезжала, всё исправлено; ответ на обращение {thread}.")
}

/// Whoever works on incidents, signed in.
struct Crew {
    url: String,
    tokens: [Option<String>; 3],
}

impl Crew {
    fn of(run: &Run) -> Crew {
        let agent = agent();
        let token = |login| run.sign_in(&agent, login).token().map(str::to_owned);
        let tokens = [token("controller"), token("executor"), token("approver")];
        Crew { url: run.replicas.last().expect("a replica").url.clone(), tokens }
    }

    /// Takes incidents as far as an approved answer.
    fn approve_all(&self, incidents: &BTreeMap<usize, Path>) {
        let agent = agent();
        let [controller, executor, approver] =
            self.tokens.clone().map(|token| Client::new(&agent, self.url.clone(), token));
        for (thread, path) in incidents {
            let to = json!({ "organisation": organisation::CITY, "executor": organisation::WORKS });
            controller.post(&path.to("assignments"), &to).expect(200);
            executor.ask("POST", &path.to("work")).send().expect(200);
            let draft = json!({ "kind": "final", "outcome": "resolved", "text": answer(*thread) });
            executor.post(&path.to("answers"), &draft).expect(200);
            executor.ask("POST", &path.to("answers/1/submission")).send().expect(200);
            approver.ask("POST", &path.to("answers/1/approval")).send().expect(200);
        }
    }
}

impl Outcome {
    /// Every answer stands in its thread, once; more than once only where that is listed, and never in VK.
    fn check_answers(&self, plan: &Plan, may_be_twice: bool) {
        assert_eq!(self.state.postings.len(), plan.answered.len());
        for thread in &plan.answered {
            let (planned, written) = (&plan.threads[*thread], &self.written[thread]);
            let Open { page, posts } = &self.pages[planned.page];
            let text = answer(*thread);
            let posting = self.state.postings.iter().find(|posting| posting.text == text);
            let posting = posting.unwrap_or_else(|| panic!("thread {thread} has no posting"));
            assert_eq!(posting.state, "delivered", "{posting:?}");
            let said: Vec<&Said> = self.said.iter().filter(|said| said.text == text).collect();
            let listed = may_be_twice && page.net != Net::Vk && posting.maybe_twice;
            assert!(
                said.len() == 1 || (said.len() > 1 && listed),
                "{posting:?} stands there {} times: {said:?}",
                said.len()
            );
            assert!(may_be_twice || !posting.maybe_twice, "{posting:?} in fair weather");
            let to = plan.asked(*thread).map(|message| written.keys[message].as_str());
            for said in said {
                let place = (said.net, &said.account, said.post.as_deref(), said.to.as_deref());
                let post = planned.post.map(|post| posts[post].as_str());
                let person = planned.post.is_none().then_some(written.person.id.as_str());
                assert_eq!(place, (page.net, &page.account, post, person), "{said:?}");
                if post.is_some() {
                    assert_eq!(said.reply_to.as_deref(), to, "{said:?}");
                }
            }
        }
        let strange = self.statuses.keys().filter(|status| !["200", "409", "503", "cut"].contains(&status.as_str()));
        assert_eq!(strange.count(), 0, "the hooks answered {:?}", self.statuses);
    }
}
