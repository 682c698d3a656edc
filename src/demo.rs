//! A city that lives by itself, to look at: `otklik demo`.
//!
//! A real service on a SQLite database of its own, in which everything comes and goes as it would elsewhere: made-up residents
//! push complaints through the signed webhook, made-up organisations answer them over the API, and a made-up network takes the
//! answers. The demo knows no way in that others do not have; only its first account is made without one.

mod agenda;
mod client;
mod clock;
mod data;
mod dice;
mod generator;
mod halt;
mod house;
mod memory;
mod organisations;
mod places;
mod receiver;
mod residents;
mod screen;
mod source;
mod staff;
mod wording;

use std::io::{self, Write as _};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock, mpsc};
use std::thread;

use crate::app::{self, App, CannotStart, Clock};
use crate::channels::webhook::OutgoingAnswer;
use crate::config::{BadConfig, Config, Log, LogFormat};
use crate::desk::{self, policies};
use crate::domain::policy::files;
use crate::domain::{Actor, At, Id, Policy};
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
use organisations::{Organisations, Team};
use residents::Residents;
use screen::{Screen, Welcome};

/// The mean number of residents who come in an hour: 330 a day, as in the city whose figures the demo has.
const PER_HOUR: f64 = 13.75;

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
    log::start(&Log { format: LogFormat::Text, level: "warn".to_owned() });
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
    let (answers, heard) = mpsc::channel();
    let secret = Arc::new(OnceLock::new());
    let (bridge, bridge_address) = receiver::listen(Arc::clone(&secret), answers, city.tally.clone())
        .map_err(|error| Failed::Listen(listen, error))?;
    let service = http::server(&app).map_err(|error| Failed::Listen(listen, error))?;
    let (bridge_handle, service_handle) = (bridge.handle(), service.server.handle());
    let servers = (rt::spawn(bridge), rt::spawn(service.server));
    let worker = rt::spawn(Worker::new(app.clone()).run());
    let base = format!("http://{}", reachable(service.address));
    let life = rt::task::spawn_blocking(move || city.live(&base, bridge_address, &secret, heard));
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
    bridge_handle.stop(true).await;
    let _ = (servers.0.await, servers.1.await);
    lived.unwrap_or(Err(Failed::Refused("the city's thread ended")))
}

/// The address by which this machine reaches a server that listens there.
fn reachable(address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => (Ipv4Addr::LOCALHOST, v4.port()).into(),
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => (Ipv6Addr::LOCALHOST, v6.port()).into(),
        known => known,
    }
}

impl City {
    /// Opens the folder, the database and the service, and starts the city's clock.
    fn found(args: Args, tally: Tally) -> Result<City, Failed> {
        let house = Arc::new(House::open(args.data)?);
        let config = house.config(args.listen, args.speed)?;
        prepare(&config)?;
        let told = Arc::new(OnceLock::new());
        let app = App::start(config, told_by(&told))?;
        let clock = told.get_or_init(|| begin(&app.policy(), &house, args.speed)).clone();
        Ok(City { app, house, clock, seed: args.seed, rate: args.rate, tally, halt: Halt::default() })
    }

    /// Lets the city live until it is told to stop.
    fn live(
        self,
        base: &str,
        bridge: SocketAddr,
        secret: &OnceLock<Vec<u8>>,
        answers: mpsc::Receiver<OutgoingAnswer>,
    ) -> Result<(), Failed> {
        let client = Client::new(base.to_owned(), self.tally.clone(), self.halt.clone());
        let data = Arc::new(DemoData::read(OMSK)?);
        let mut administrator = staff::found(&self.app, &client)?;
        let key = source::open(&mut administrator, bridge)?;
        let key = secret.get_or_init(|| key).clone();
        let memory = Memory::default();
        let (news, told) = mpsc::channel();
        let residents = self.residents(client.clone(), key, &data, &memory, answers, news);
        thread::scope(|scope| {
            // They come first: the accounts take a moment.
            scope.spawn(|| residents.live());
            let stop_on_failure = |result: Result<(), Failed>| result.inspect_err(|_| self.halt.halt());
            stop_on_failure(self.open(base, &client, &mut administrator, &data, &memory, told))
        })
    }

    /// Gives everybody an account, shows the guest in, and lets the organisations work.
    fn open(
        &self,
        base: &str,
        client: &Client,
        administrator: &mut Member,
        data: &Arc<DemoData>,
        memory: &Memory,
        news: mpsc::Receiver<Id>,
    ) -> Result<(), Failed> {
        let logins = staff::invite(&self.app, administrator)?;
        let policy = self.app.policy();
        let welcome = Welcome {
            address: base,
            city: &policy.doc().city.title,
            clock: &self.clock,
            house: &self.house,
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
            halt: self.halt.clone(),
        };
        let organisations = Organisations {
            team: Team { moderator, controller, coordinator, executor, approver },
            clock: self.clock.clone(),
            policy,
            data: Arc::clone(data),
            dice: Dice::new(self.seed, 4),
            memory: memory.clone(),
            news,
            halt: self.halt.clone(),
        };
        thread::scope(|scope| {
            scope.spawn(|| screen.show());
            organisations.work();
        });
        Ok(())
    }

    fn residents(
        &self,
        client: Client,
        secret: Vec<u8>,
        data: &Arc<DemoData>,
        memory: &Memory,
        answers: mpsc::Receiver<OutgoingAnswer>,
        news: mpsc::Sender<Id>,
    ) -> Residents {
        let generator = Generator::new(&self.app.policy(), Arc::clone(data), self.seed, self.rate, self.clock.now());
        Residents {
            client,
            secret,
            clock: self.clock.clone(),
            replies: generator.for_replies(self.seed),
            generator,
            dice: Dice::new(self.seed, 3),
            memory: memory.clone(),
            tally: self.tally.clone(),
            answers,
            news,
            halt: self.halt.clone(),
        }
    }
}
