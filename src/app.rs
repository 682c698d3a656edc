//! The service as one value: the database, the policy in force, the settings and what is known for a moment. There are no globals;
//! two of these can run side by side.

pub mod hook;
mod learned;
mod metrics;
pub mod networks;
pub mod off;
mod recent;

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::{Semaphore, watch};

use crate::channels::networks::Wire;
use crate::config::Config;
use crate::desk::likeness::Learnt;
use crate::desk::seal::Seal;
use crate::desk::session::Identity;
use crate::desk::{self, Book, Desk, learning, pages, policies, sources};
use crate::domain::advice::{Adviser, Heads};
use crate::domain::classify::Classifier;
use crate::domain::{Actor, At, Id, Policy};
use crate::store::{Engine, Store, StoreError, migrate};

pub use metrics::Metrics;
pub use recent::Recent;

/// How long a replica may not know that somebody was signed out or a source switched off elsewhere.
const STALENESS: Duration = Duration::from_secs(5);

/// How many passwords are hashed at once: each takes a processor and 19 MiB.
const HASHED_AT_ONCE: usize = 2;

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> At + Send + Sync>;

/// The service. Cheap to clone: all clones are one.
#[derive(Clone)]
pub struct App(Arc<Parts>);

struct Parts {
    config: Config,
    store: Store,
    city: RwLock<City>,
    /// What was taken up of decisions and models. Whoever changes the city holds it.
    learned: tokio::sync::Mutex<learning::Seen>,
    /// Versions that are not in force any more.
    shelf: policies::Shelf,
    /// What clocks need of them.
    book: Arc<Book>,
    /// What was learnt of likeness.
    learnt: Arc<Learnt>,
    clock: Clock,
    seal: Seal,
    keys: Keys,
    metrics: Metrics,
    identities: Recent<Id, Option<Identity>>,
    sources: Recent<String, Option<Arc<sources::Verifying>>>,
    pages: Recent<Id, Arc<pages::Listened>>,
    wire: Wire,
    hashing: Arc<Semaphore>,
    stop: watch::Sender<bool>,
}

/// The policy in force and what is built from it.
#[derive(Clone)]
struct City {
    policy: Arc<Policy>,
    adviser: Arc<Adviser>,
}

impl City {
    fn new(policy: Policy, heads: Heads) -> City {
        // Built here and not at the first complaint, which would wait for it.
        policy.gazetteer();
        let policy = Arc::new(policy);
        City { adviser: Arc::new(Adviser::new(Arc::clone(&policy), heads)), policy }
    }
}

/// Keys that the edge signs with, each for one purpose.
pub struct Keys {
    /// Access tokens.
    pub tokens: [u8; 32],
    /// Cursors.
    pub cursors: [u8; 32],
    /// Hashes of bodies that are kept with idempotency keys.
    pub bodies: [u8; 32],
    /// Tokens that turn a kind of letters off.
    pub off: [u8; 32],
    /// Addresses at which networks knock.
    pub hooks: [u8; 32],
    /// What proves that a form is of a page of ours.
    pub forms: [u8; 32],
}

/// Why the service cannot start.
#[derive(Debug, thiserror::Error)]
pub enum CannotStart {
    #[error("{0}")]
    Store(#[from] StoreError),
    #[error("the database {0} has an older schema than this program; run `otklik migrate` first")]
    Outdated(Engine),
    #[error(
        "the database {0} holds no policy yet; run `otklik policy load DIR` first, for example with deploy/cities/omsk"
    )]
    NoPolicy(Engine),
    #[error("the stored policy cannot be used: {0}")]
    BadPolicy(desk::Error),
    #[error("secrets.key is not the key that the stored secrets of sources and keys of pages were sealed with")]
    WrongKey,
    #[error("{0}")]
    Desk(desk::Error),
    #[error("metrics: {0}")]
    Metrics(#[from] prometheus::Error),
}

impl From<desk::Error> for CannotStart {
    fn from(error: desk::Error) -> CannotStart {
        match error {
            desk::Error::Store(error) => CannotStart::Store(error),
            other => CannotStart::Desk(other),
        }
    }
}

impl App {
    /// Opens the database, refuses an outdated one, and reads the newest policy. Blocks, so it must not be called on an async
    /// worker. A SQLite file that is new is given its tables.
    ///
    /// # Errors
    /// [`CannotStart`].
    pub fn start(config: Config, clock: Clock) -> Result<App, CannotStart> {
        let store = open_store(&config)?;
        let seal = Seal::new(&config.secrets.key.derive("seal"));
        let trial = seal.clone();
        let (row, news) = store.read_now(move |conn| -> Result<_, CannotStart> {
            if !sources::key_fits(conn, &trial)? || !pages::key_fits(conn, &trial)? {
                return Err(CannotStart::WrongKey);
            }
            let newest = policies::newest(conn)?;
            let row = newest.map(|version| policies::find(conn, version)).transpose()?;
            Ok((row, learning::news(conn, &learning::Seen::default())?))
        })?;
        let row = row.ok_or_else(|| CannotStart::NoPolicy(config.database.url.clone()))?;
        let policy = policies::build(&row).map_err(CannotStart::BadPolicy)?;
        let seen = news.seen.clone();
        let heads = learned::take_up(news, &Heads::default(), &policy);
        let app = App(Arc::new(Parts {
            keys: Keys {
                tokens: config.secrets.key.derive("access tokens"),
                cursors: config.secrets.key.derive("cursors"),
                bodies: config.secrets.key.derive("bodies"),
                off: config.secrets.key.derive("letters off"),
                hooks: config.secrets.key.derive("hooks"),
                forms: config.secrets.key.derive("forms"),
            },
            store,
            city: RwLock::new(City::new(policy, heads)),
            learned: tokio::sync::Mutex::new(seen),
            shelf: policies::Shelf::default(),
            book: Arc::default(),
            learnt: Arc::default(),
            clock,
            seal,
            metrics: Metrics::new()?,
            identities: Recent::new(STALENESS),
            sources: Recent::new(STALENESS),
            pages: Recent::new(STALENESS),
            wire: networks::wire(&config.networks),
            hashing: Arc::new(Semaphore::new(HASHED_AT_ONCE)),
            stop: watch::Sender::new(false),
            config,
        }));
        app.metrics().policy.set(app.policy().version());
        Ok(app)
    }

    /// The settings.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// The database.
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// The policy in force.
    pub fn policy(&self) -> Arc<Policy> {
        self.city().policy
    }

    /// What proposes topics, by the policy in force and what was learned.
    pub fn classifier(&self) -> Arc<dyn Classifier> {
        self.city().adviser
    }

    /// What was learnt of likeness.
    pub fn learnt(&self) -> Arc<Learnt> {
        Arc::clone(&self.0.learnt)
    }

    fn city(&self) -> City {
        self.0.city.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The time in the city: what happens to incidents is dated by it. A demo lets it run faster.
    pub fn now(&self) -> At {
        (self.0.clock)()
    }

    /// The machine's time: sign-ins, signatures and limits go by it, however fast the city's clock runs.
    pub fn wall(&self) -> At {
        At::now()
    }

    /// The circumstances under which somebody acts now.
    pub fn desk(&self, actor: Actor) -> Desk {
        let City { policy, adviser } = self.city();
        Desk { policy, book: Arc::clone(&self.0.book), classifier: adviser, now: self.now(), actor }
    }

    /// Seals and opens what the database must not show.
    pub fn seal(&self) -> &Seal {
        &self.0.seal
    }

    /// What the edge signs with.
    pub fn keys(&self) -> &Keys {
        &self.0.keys
    }

    /// What the service counts.
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// Leave to hash a password; few at once, the others wait.
    pub fn hashing(&self) -> Arc<Semaphore> {
        Arc::clone(&self.0.hashing)
    }

    /// Reads the newest policy if it is newer than the one in force; whether it was.
    ///
    /// # Errors
    /// [`desk::Error`]; the policy in force then stays.
    pub async fn reload_policy(&self) -> Result<bool, desk::Error> {
        let known = self.policy().version();
        let row = self
            .store()
            .read(move |conn| -> Result<_, desk::Error> {
                let newest = policies::newest(conn)?.filter(|version| *version > known);
                newest.map(|version| policies::find(conn, version)).transpose()
            })
            .await?;
        let Some(row) = row else { return Ok(false) };
        // Whoever takes up decisions meanwhile would do so under the policy that was.
        let _turn = self.0.learned.lock().await;
        let before = self.city();
        let built = tokio::task::spawn_blocking(move || learned::succeed(&before, &row)).await;
        let city = built.map_err(|_| StoreError::Away("building the policy failed".to_owned()))??;
        let mut current = self.0.city.write().unwrap_or_else(PoisonError::into_inner);
        // Of two that reload at once, the newer stays.
        if city.policy.version() > current.policy.version() {
            self.metrics().policy.set(city.policy.version());
            *current = city;
        }
        Ok(true)
    }

    /// The policy as it stood in a version, in force or not.
    ///
    /// # Errors
    /// [`desk::Error::NotFound`] when there is no such version.
    pub async fn policy_at(&self, version: i64) -> Result<Arc<Policy>, desk::Error> {
        let current = self.policy();
        if current.version() == version {
            return Ok(current);
        }
        if let Some(known) = self.0.shelf.get(version) {
            return Ok(known);
        }
        let row = self.store().read(move |conn| policies::find(conn, version)).await?;
        let built = tokio::task::spawn_blocking(move || policies::build(&row)).await;
        Ok(self.0.shelf.put(built.map_err(|_| StoreError::Away("building the policy failed".to_owned()))??))
    }

    /// Who holds a session, as known within the last seconds.
    ///
    /// # Errors
    /// [`desk::Error::Store`].
    pub async fn identity(&self, family: Id) -> Result<Option<Identity>, desk::Error> {
        if let Some(known) = self.0.identities.get(&family) {
            return Ok(known);
        }
        let now = self.wall();
        let identity = self.store().read(move |conn| desk::session::identity(conn, family, now)).await?;
        self.0.identities.put(family, identity.clone());
        Ok(identity)
    }

    /// Forgets what was known of somebody's sessions: something about them has just changed.
    pub fn forget_identity(&self, id: Id) {
        self.0.identities.forget(|_, identity| identity.as_ref().is_some_and(|identity| identity.id == id));
    }

    /// Forgets what was known of a sign-in: it has just ended.
    pub fn forget_session(&self, session: Id) {
        self.0.identities.forget(|family, _| *family == session);
    }

    /// A source that is on, with the secrets that are good now, as known within the last seconds.
    ///
    /// # Errors
    /// [`desk::Error::Store`].
    pub async fn source(&self, name: &str) -> Result<Option<Arc<sources::Verifying>>, desk::Error> {
        if !sources::is_name(name) {
            return Ok(None);
        }
        if let Some(known) = self.0.sources.get(&name.to_owned()) {
            return Ok(known);
        }
        let (wanted, seal, now) = (name.to_owned(), self.seal().clone(), self.now());
        let found = self.store().read(move |conn| sources::verifying(conn, &seal, &wanted, now)).await?.map(Arc::new);
        self.0.sources.put(name.to_owned(), found.clone());
        Ok(found)
    }

    /// Forgets what was known of sources: one has just changed.
    pub fn forget_sources(&self) {
        self.0.sources.forget(|_, _| true);
    }

    /// A page that has keys, with what is needed to take in what its network delivers, as known within the last seconds.
    ///
    /// # Errors
    /// [`desk::Error::Store`]; also when the keys do not open.
    pub async fn page(&self, id: Id) -> Result<Option<Arc<pages::Listened>>, desk::Error> {
        if let Some(known) = self.0.pages.get(&id) {
            return Ok(Some(known));
        }
        let seal = self.seal().clone();
        let found = self.store().read(move |conn| pages::listened(conn, &seal, id)).await?.map(Arc::new);
        // That there is none is not remembered: its network may ask in the very moment in which it is connected.
        if let Some(page) = &found {
            self.0.pages.put(id, Arc::clone(page));
        }
        Ok(found)
    }

    /// Forgets what was known of pages: one has just changed, or a post that collects was marked.
    pub fn forget_pages(&self) {
        self.0.pages.forget(|_, _| true);
    }

    /// Asks the social networks.
    pub fn wire(&self) -> &Wire {
        &self.0.wire
    }

    /// Becomes true when the service is told to stop.
    pub fn stopping(&self) -> watch::Receiver<bool> {
        self.0.stop.subscribe()
    }

    /// Tells everything that runs beside the server to stop.
    pub fn stop(&self) {
        self.0.stop.send_replace(true);
    }
}

/// Opens the configured database, provided its schema is this program's. A SQLite file that is new is given its tables.
///
/// # Errors
/// [`CannotStart::Store`], [`CannotStart::Outdated`].
pub fn open_store(config: &Config) -> Result<Store, CannotStart> {
    let engine = &config.database.url;
    if let Engine::Sqlite { path } = engine
        && !std::path::Path::new(path).exists()
    {
        migrate::up(engine)?;
    }
    if migrate::pending(engine)? {
        return Err(CannotStart::Outdated(engine.clone()));
    }
    Ok(Store::open(engine.clone(), config.database.size())?)
}
