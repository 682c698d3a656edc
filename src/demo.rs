//! A city that lives by itself, to look at: `otklik demo`.
//!
//! A real service on a SQLite database of its own, in which everything comes and goes as it would elsewhere: made-up residents
//! write on the city's pages in made-up social networks, made-up organisations answer them over the API, and the residents read
//! the answers where they asked. The demo knows no way in that others do not have; only its first account is made without one.

mod agenda;
mod bounded;
mod client;
mod clock;
pub(crate) mod data;
mod dice;
mod generator;
mod halt;
mod house;
mod memory;
pub mod networks;
mod organisations;
mod pages;
mod places;
mod publishing;
mod residents;
mod screen;
mod staff;
mod wording;

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use crate::app::{self, App, CannotStart, Clock};
use crate::config::{BadConfig, Config, Log, LogFormat};
use crate::desk::{self, policies};
use crate::domain::policy::files;
use crate::domain::{Actor, At, Policy};
use crate::jobs::Worker;
use crate::store::{Conn, migrate};
use crate::{commands, http, log, serve};
use actix_web::rt;
use client::{Client, Member, Tally};
use clock::CityClock;
use data::{DemoData, OMSK};
use dice::Dice;
use generator::Generator;
use halt::Halt;
use house::House;
use memory::Memory;
use networks::{Networks, Options, Page, Weather};
use organisations::{Organisations, Team};
use publishing::Publishing;
use residents::Residents;
use screen::{Screen, Welcome};

/// The mean number of residents who come in an hour: 330 a day, as in the city whose figures the demo has.
const PER_HOUR: f64 = 13.75;

/// The networks are no better than real ones; but nobody waits for an hour of ours until a limit is over.
const WEATHER: Weather = Weather {
    duplicates: 0.02,
    disorder: 0.02,
    too_many: 0.0,
    too_fast: 0.02,
    broken: 0.005,
    lost_replies: 0.005,
    slow: 0.02,
    slow_for: Duration::from_millis(100),
};

/// How long after a failure the networks deliver again, in seconds of the city; and the least, in the machine's time.
const AGAIN_SECONDS: u64 = 30;
const AGAIN_AT_LEAST: Duration = Duration::from_millis(200);

/// What the log of the demo tells. That a page could not be polled is the weather, and the next poll will do.
const LOG: &str = "warn,otklik::jobs::poll=error";

/// How the demo is run.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Keep the data in this folder, and go on with what is there; without it, all is gone in the end.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Where to serve; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// How many times as fast as ours the city's clock runs.
    #[arg(long, value_name = "TIMES", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub speed: u32,
    /// The same seed makes the same complaints.
    #[arg(long, value_name = "NUMBER", default_value_t = 55)]
    pub seed: u64,
    /// How many residents come in an hour of the city, on average.
    #[arg(long, value_name = "PER_HOUR", default_value_t = PER_HOUR, value_parser = rate)]
    pub rate: f64,
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().ok().filter(|rate| (0.01..=100_000.0).contains(rate));
    rate.ok_or_else(|| "should be a number from 0.01 to 100000".to_owned())
}

/// Why the demo cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    #[error("the demo's data: {0}")]
    Data(String),
    #[error("{0}: {1}")]
    Folder(PathBuf, io::Error),
    #[error("{0} was not made by the demo; --data takes a new folder, or one of an earlier demo")]
    Foreign(PathBuf),
    #[error("{0}")]
    Settings(#[from] BadConfig),
    #[error("{0}")]
    Start(#[from] CannotStart),
    #[error("the made-up networks cannot be opened: {0}")]
    Networks(io::Error),
    #[error("cannot listen on {0}: {1}; --listen takes another address")]
    Listen(SocketAddr, io::Error),
    #[error("{0}")]
    Desk(desk::Error),
    #[error("the machine has no randomness to give")]
    Randomness,
    #[error("the service did not do what the demo needs: {0}")]
    Refused(&'static str),
    #[error("{0} answers of the service were not what the demo expected")]
    Unexpected(u64),
}

impl From<Failed> for commands::Failed {
    fn from(failed: Failed) -> Self {
        commands::Failed::Other(failed.to_string())
    }
}

/// Runs the demo until it is told to stop by SIGINT or SIGTERM.
///
/// # Errors
/// When it cannot start; also when it ran, but the service did not always answer as it should.
pub fn run(args: Args) -> Result<(), commands::Failed> {
    // A line for each request would hide the demo's own.
    log::start(&Log { format: LogFormat::Text, level: LOG.to_owned() });
    let tally = Tally::default();
    rt::System::new().block_on(live(City::found(args, tally.clone())?))?;
    match tally.total() {
        0 => Ok(()),
        unexpected => {
            eprint!("{tally}");
            Err(Failed::Unexpected(unexpected).into())
        }
    }
}

/// A clock for the service that shows the machine's time until the city's is known: for that the policy has to be read first.
fn told_by(clock: &Arc<OnceLock<CityClock>>) -> Clock {
    let clock = Arc::clone(clock);
    Arc::new(move || clock.get().map_or_else(At::now, CityClock::now))
}

fn begin(policy: &Policy, house: &House, speed: u32) -> CityClock {
    let calendar = policy.calendar_of(&policy.doc().city.root);
    let fresh = clock::beginning(calendar, At::now(), speed);
    // A city that lived before goes on where it was, never back.
    CityClock::new(house.time(speed).unwrap_or(fresh), speed)
}

/// Brings the database to this program's schema, and gives it the policy of Omsk if it has none.
fn prepare(config: &Config) -> Result<(), Failed> {
    migrate::up(&config.database.url).map_err(CannotStart::from)?;
    let store = app::open_store(config)?;
    let newest = store.read_now(|conn: &mut Conn| policies::newest(conn)).map_err(Failed::Desk)?;
    if newest.is_some() {
        return Ok(());
    }
    let files: Vec<_> = OMSK.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    let (doc, _) = files::read(&files)
        .map_err(|faults| Failed::Data(faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")))?;
    let sound = policies::check(doc).map_err(Failed::Desk)?;
    let by = Actor::System.tag();
    store
        .write_now(move |conn: &mut Conn| policies::load(conn, &sound, "the demo's city", &by, At::now()))
        .map_err(Failed::Desk)?;
    Ok(())
}

/// Everything that is alive.
struct City {
    app: App,
    house: Arc<House>,
    networks: Networks,
    clock: CityClock,
    seed: u64,
    rate: f64,
    tally: Tally,
    halt: Halt,
}

/// Serves, works and lets the city live, until it is time to stop; then everything ends in its order.
async fn live(city: City) -> Result<(), Failed> {
    // The folder goes after the service that uses it.
    let _house = Arc::clone(&city.house);
    let (app, halt, listen) = (city.app.clone(), city.halt.clone(), city.app.config().listen.address);
    let service = http::server(&app).map_err(|error| Failed::Listen(listen, error))?;
    let service_handle = service.server.handle();
    let server = rt::spawn(service.server);
    let worker = rt::spawn(Worker::new(app.clone()).run());
    let networks = city.networks.clone();
    let life = rt::task::spawn_blocking(move || city.live());
    tokio::pin!(life);
    let lived = tokio::select! {
        _ = serve::told_to_stop() => None,
        lived = &mut life => Some(lived),
    };
    halt.halt();
    let lived = match lived {
        Some(lived) => lived,
        None => life.await,
    };
    app.stop();
    service_handle.stop(true).await;
    let _ = worker.await;
    let _ = server.await;
    // Answers on their way have arrived by now.
    drop(networks);
    lived.unwrap_or(Err(Failed::Refused("the city's thread ended")))
}

/// Opens the networks of the city.
fn open_networks(house: &House, clock: Clock, seed: u64, speed: u32) -> Result<Networks, Failed> {
    let again = (Duration::from_secs(AGAIN_SECONDS) / speed).max(AGAIN_AT_LEAST);
    let options = Options { clock, seed, again, counted: house.counted(), ..Options::default() };
    Networks::open(options).map_err(Failed::Networks)
}

impl City {
    /// Opens the folder, the networks, the database and the service, and starts the city's clock.
    fn found(args: Args, tally: Tally) -> Result<City, Failed> {
        let house = Arc::new(House::open(args.data)?);
        let told = Arc::new(OnceLock::new());
        let networks = open_networks(&house, told_by(&told), args.seed, args.speed)?;
        let config = house.config(args.listen, args.speed, &networks)?;
        prepare(&config)?;
        let app = App::start(config, told_by(&told))?;
        let clock = told.get_or_init(|| begin(&app.policy(), &house, args.speed)).clone();
        Ok(City { app, house, networks, clock, seed: args.seed, rate: args.rate, tally, halt: Halt::default() })
    }

    /// Where people of this machine find the service.
    fn address(&self) -> String {
        self.app.config().listen.public_url.clone().unwrap_or_default()
    }

    /// Lets the city live until it is told to stop.
    fn live(self) -> Result<(), Failed> {
        let client = Client::new(self.address(), self.tally.clone(), self.halt.clone());
        let data = Arc::new(DemoData::read(OMSK)?);
        let mut administrator = staff::found(&self.app, &client)?;
        let pages = pages::open(&self.networks, &self.app.policy(), &mut administrator)?;
        self.networks.weather(WEATHER);
        let (memory, connected) = (Memory::default(), pages.len());
        let residents = self.residents(pages, &data, &memory);
        thread::scope(|scope| {
            // They come first: the accounts take a moment.
            scope.spawn(|| residents.live());
            let stop_on_failure = |result: Result<(), Failed>| result.inspect_err(|_| self.halt.halt());
            stop_on_failure(self.open(&client, &mut administrator, connected, &data, &memory))
        })
    }

    /// Gives everybody an account, shows the guest in, and lets the organisations work.
    fn open(
        &self,
        client: &Client,
        administrator: &mut Member,
        pages: usize,
        data: &Arc<DemoData>,
        memory: &Memory,
    ) -> Result<(), Failed> {
        let logins = staff::invite(&self.app, administrator)?;
        let policy = self.app.policy();
        let welcome = Welcome {
            address: &self.address(),
            city: &policy.doc().city.title,
            clock: &self.clock,
            house: &self.house,
            networks: &self.networks,
            pages,
            logins: &logins,
        };
        // Whoever closed the output does not want to see it.
        let _ = io::stdout().write_all(welcome.text().as_bytes());
        let [moderator, controller, coordinator, executor, approver] = staff::play(&self.app, client, administrator)?;
        let screen = Screen {
            clock: self.clock.clone(),
            zone: policy.zone().clone(),
            watcher: controller.clone(),
            tally: self.tally.clone(),
            house: &self.house,
            networks: &self.networks,
            halt: self.halt.clone(),
        };
        let organisations = Organisations {
            team: Team { moderator, controller, coordinator, executor, approver },
            clock: self.clock.clone(),
            policy,
            data: Arc::clone(data),
            dice: Dice::new(self.seed, 4),
            memory: memory.clone(),
            halt: self.halt.clone(),
        };
        thread::scope(|scope| {
            scope.spawn(|| screen.show());
            organisations.work();
        });
        Ok(())
    }

    fn residents(&self, pages: Vec<Page>, data: &Arc<DemoData>, memory: &Memory) -> Residents {
        let now = self.clock.now();
        let generator = Generator::new(&self.app.policy(), Arc::clone(data), self.seed, self.rate, now);
        let (networks, dice) = (self.networks.clone(), Dice::new(self.seed, 5));
        Residents {
            publishing: Publishing::new(networks, pages, memory.clone(), dice, now),
            clock: self.clock.clone(),
            replies: generator.for_replies(self.seed),
            generator,
            dice: Dice::new(self.seed, 3),
            halt: self.halt.clone(),
        }
    }
}
