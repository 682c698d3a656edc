//! The worker: sweeps deadlines, leases jobs and does them. Any number of workers may run, in any number of processes.
//!
//! It works in lanes that do not wait for each other: deadlines, answers, pages that are polled, connected and looked after, files, letters,
//! computing anew, learning, likeness and bursts, keeping house. A mail server that is silent holds up letters and nothing else.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::time::Instant;

use super::{Job, batch, deliver, files, learn, letters, likeness, own_word, pages, poll, recompute, surroundings};
use crate::app::App;
use crate::channels::fetch::Fetcher;
use crate::channels::networks;
use crate::channels::webhook::Sender;
use crate::desk::answering::DELIVER;
use crate::desk::deadlines::{self, RECOMPUTE, Swept};
use crate::desk::decisions::BATCH;
use crate::desk::files::FETCH;
use crate::desk::hearing::OWN_WORD;
use crate::desk::learning::LEARN;
use crate::desk::notices::LETTER;
use crate::desk::pages::{CHECK_PAGE, CONNECT_PAGE, POLL, order_checks, order_polls};
use crate::desk::threads::SURROUNDINGS;
use crate::desk::{Error, likeness as alike, notices, queue};
use crate::domain::{Actor, Id};
use crate::store::records::JobRow;

/// How many jobs a lane has under way at once.
const AT_ONCE: usize = 8;

/// How many files are fetched at once: each is held in memory as a whole.
const FILES_AT_ONCE: usize = 2;

/// How often what is no longer needed is deleted.
const TIDY: Duration = Duration::from_secs(600);

/// How often pages are sought that were not looked at within the hour.
const CHECKS: Duration = Duration::from_secs(60);

/// The least time for which a training is leased.
const TRAINING: Duration = Duration::from_secs(1800);

/// How often a policy that another replica stored is looked for, and what others decided and learned.
const POLICY: Duration = Duration::from_secs(3);

/// One worker.
pub struct Worker {
    app: App,
    sender: Arc<Sender>,
    fetcher: Arc<Fetcher>,
    /// None: no letters are sent.
    post: Option<Arc<letters::Post>>,
    /// The name under which it leases.
    lease: Id,
}

impl Worker {
    /// A worker that has not begun.
    pub fn new(app: App) -> Worker {
        let delivery = &app.config().delivery;
        let sender = Arc::new(Sender::new(delivery.timeout, delivery.allow_private));
        let attachments = &app.config().attachments;
        let fetcher = Arc::new(Fetcher::new(attachments.timeout, attachments.max_bytes, delivery.allow_private));
        Worker { sender, fetcher, post: letters::Post::of(&app), lease: Id::new(app.wall()), app }
    }

    /// Works until the service is told to stop; then what is under way ends, and what was only leased is handed back.
    pub async fn run(self) {
        tokio::join!(
            self.watch_deadlines(),
            self.carry_answers(),
            self.look_at_own_words(),
            self.poll_pages(),
            self.send_letters(),
            self.recompute_deadlines(),
            self.carry_out_batches(),
            self.connect_pages(),
            self.look_after_pages(),
            self.fetch_files(),
            self.learn_surroundings(),
            self.learn_decisions(),
            self.look_for_like(),
            self.keep_house()
        );
        let lease = self.lease;
        log("handing jobs back", self.app.store().write(move |conn| queue::hand_back(conn, lease)).await);
        log("handing looks back", self.app.store().write(move |conn| alike::hand_back(conn, lease)).await);
    }

    // The lanes.

    async fn watch_deadlines(&self) {
        while !self.stopping() {
            let wait = match self.sweep().await {
                Ok(Swept { more: true, .. }) => continue,
                Ok(_) => self.until_next_deadline().await,
                Err(error) => {
                    tracing::warn!(%error, "a sweep of deadlines failed; the next one tries again");
                    self.poll()
                }
            };
            self.rest(wait).await;
        }
    }

    async fn carry_answers(&self) {
        self.carry(DELIVER, AT_ONCE, || async {}).await;
    }

    async fn look_at_own_words(&self) {
        self.carry(OWN_WORD, AT_ONCE, || async {}).await;
    }

    async fn poll_pages(&self) {
        self.carry(POLL, poll::AT_ONCE, || async {}).await;
    }

    async fn send_letters(&self) {
        if self.post.is_some() {
            self.carry(LETTER, AT_ONCE, || async { log("ordering letters", self.order_letters().await) }).await;
        }
    }

    async fn recompute_deadlines(&self) {
        self.carry(RECOMPUTE, AT_ONCE, || async {}).await;
    }

    async fn carry_out_batches(&self) {
        self.carry(BATCH, AT_ONCE, || async {}).await;
    }

    async fn connect_pages(&self) {
        self.carry(CONNECT_PAGE, AT_ONCE, || async {}).await;
    }

    async fn look_after_pages(&self) {
        self.carry(CHECK_PAGE, AT_ONCE, || async {}).await;
    }

    async fn fetch_files(&self) {
        self.carry(FETCH, FILES_AT_ONCE, || async {}).await;
    }

    async fn learn_surroundings(&self) {
        self.carry(SURROUNDINGS, AT_ONCE, || async {}).await;
    }

    async fn learn_decisions(&self) {
        self.carry(LEARN, 1, || async {}).await;
    }

    async fn look_for_like(&self) {
        let mut watched = None;
        while !self.stopping() {
            match likeness::look(&self.app, self.lease).await {
                Ok(true) => continue,
                Ok(false) => log("looking for bursts", likeness::watch(&self.app, &mut watched).await),
                Err(error) => tracing::warn!(%error, "looking for like incidents failed; the next round tries again"),
            }
            self.rest(self.poll()).await;
        }
    }

    async fn keep_house(&self) {
        let mut tidied = Instant::now();
        let mut checked: Option<Instant> = None;
        while !self.stopping() {
            self.rest(POLICY).await;
            log("reading the policy", self.app.reload_policy().await);
            log("catching up on decisions", self.app.catch_up().await);
            log("ordering polls", self.order_polls().await);
            if checked.is_none_or(|at| at.elapsed() > CHECKS) {
                checked = Some(Instant::now());
                log("ordering looks at pages", self.order_checks().await);
                log("ordering a training", learn::order_due(&self.app).await);
            }
            if tidied.elapsed() > TIDY {
                tidied = Instant::now();
                log("tidying", self.tidy().await);
            }
        }
    }

    /// Does the jobs of a kind as they come, up to `most` at once. One that takes long keeps its own place and no other; what is under way
    /// is waited for at the end.
    async fn carry<F: Future<Output = ()>>(&self, kind: &'static str, most: usize, before: impl Fn() -> F) {
        let mut stopping = self.app.stopping();
        let mut under_way = FuturesUnordered::new();
        while !*stopping.borrow() {
            before().await;
            let room = most - under_way.len();
            let leased = if room > 0 { self.lease(kind, room).await } else { Ok(Vec::new()) };
            let leased = leased.unwrap_or_else(|error| {
                tracing::warn!(%error, kind, "leasing jobs failed; the next round tries again");
                Vec::new()
            });
            under_way.extend(leased.into_iter().map(|job| self.try_to_work(job)));
            tokio::select! {
                Some(()) = under_way.next() => {}
                () = tokio::time::sleep(self.poll()) => {}
                _ = stopping.changed() => {}
            }
        }
        while under_way.next().await.is_some() {}
    }

    // What they do.

    async fn sweep(&self) -> Result<Swept, Error> {
        let desk = self.app.desk(Actor::System);
        match self.app.store().write(move |conn| deadlines::sweep(conn, &desk)).await {
            // Another worker or a member of staff was at the same incident; the next round finds what is left.
            Err(Error::Conflict(_)) => Ok(Swept::default()),
            done => done,
        }
    }

    /// How long nothing needs to be swept: until the next deadline passes, but no longer than between two looks, in which nearer
    /// ones may have been set.
    async fn until_next_deadline(&self) -> Duration {
        let now = self.app.now();
        let next = self.app.store().read(queue::next_deadline).await.ok().flatten();
        let ahead = next.filter(|due| *due >= now).map(|due| due.0.duration_since(now.0));
        // A deadline has passed only after its instant.
        let ahead =
            ahead.and_then(|ahead| Duration::try_from(ahead).ok()).map(|ahead| ahead + Duration::from_millis(1));
        ahead.map_or(self.poll(), |ahead| ahead.min(self.poll()))
    }

    async fn order_letters(&self) -> Result<(), Error> {
        let now = self.app.now();
        let digest = i64::try_from(self.app.config().mail.digest.as_secs()).unwrap_or(i64::MAX);
        while self.app.store().write(move |conn| notices::order_letters(conn, now, digest)).await? {}
        Ok(())
    }

    /// Every connected page that is to be polled has its job.
    async fn order_polls(&self) -> Result<(), Error> {
        let (now, always) = (self.app.now(), networks::ALL.iter().filter(|network| network.traits().always_polls));
        let always: Vec<&str> = always.map(|network| network.name()).collect();
        self.app.store().write(move |conn| order_polls(conn, now, &always)).await
    }

    async fn order_checks(&self) -> Result<usize, Error> {
        let now = self.app.now();
        self.app.store().write(move |conn| order_checks(conn, now)).await
    }

    async fn lease(&self, kind: &'static str, most: usize) -> Result<Vec<JobRow>, Error> {
        let (now, lease) = (self.app.now(), self.lease);
        let (config, limit) = (self.app.config(), i64::try_from(most).unwrap_or(i64::MAX));
        // A letter is a talk of up to ten commands, and connecting a page one of as many questions; each may take its time.
        let lasting = match kind {
            LETTER => config.worker.lease.max(config.mail.timeout * 10),
            FETCH => config.worker.lease.max(config.attachments.timeout * 2),
            LEARN => config.worker.lease.max(TRAINING),
            CONNECT_PAGE | CHECK_PAGE => config.worker.lease.max(config.networks.timeout * 10),
            _ => config.worker.lease,
        };
        // The lease is wall time, but is told by the city's clock, which may run faster.
        let until = now.plus_seconds(i64::try_from(lasting.as_secs()).unwrap_or(60));
        self.app.store().write(move |conn| queue::lease(conn, kind, now, until, lease, limit)).await
    }

    async fn try_to_work(&self, job: JobRow) {
        if let Err(error) = self.work(&job).await {
            // The lease runs out, and the job is tried again.
            tracing::warn!(job = %job.id, %error, "a job was not settled");
        }
    }

    async fn work(&self, row: &JobRow) -> Result<(), Error> {
        match (Job::of(row), &self.post) {
            (Ok(Job::Deliver(order)), _) => deliver::run(&self.app, &self.sender, row, self.lease, order).await,
            (Ok(Job::Letter(order)), Some(post)) => letters::run(&self.app, post, row, self.lease, order).await,
            (Ok(Job::Letter(_)), None) => Ok(()),
            (Ok(Job::OwnWord(order)), _) => own_word::run(&self.app, row, self.lease, order).await,
            (Ok(Job::Poll(order)), _) => poll::run(&self.app, row, self.lease, order).await,
            (Ok(Job::ConnectPage(order)), _) => pages::connect(&self.app, row, self.lease, order).await,
            (Ok(Job::CheckPage(order)), _) => pages::check(&self.app, row, self.lease, order).await,
            (Ok(Job::Batch(order)), _) => batch::run(&self.app, row, self.lease, order).await,
            (Ok(Job::Recompute(order)), _) => recompute::run(&self.app, row, self.lease, order).await,
            (Ok(Job::Fetch(order)), _) => files::run(&self.app, &self.fetcher, row, self.lease, order).await,
            (Ok(Job::Surroundings(order)), _) => surroundings::run(&self.app, row, self.lease, order).await,
            (Ok(Job::Learn(order)), _) => learn::run(&self.app, row, self.lease, order).await,
            (Err(why), _) => {
                tracing::error!(job = %row.id, %why, "a job cannot be read");
                let (id, lease, now) = (row.id, self.lease, self.app.now());
                self.app.store().write(move |conn| queue::give_up(conn, id, lease, now, &why)).await
            }
        }
    }

    async fn tidy(&self) -> Result<(), Error> {
        let (now, wall) = (self.app.now(), self.app.wall());
        self.app.store().write(move |conn| queue::tidy(conn, now, wall)).await?;
        likeness::forget(&self.app).await?;
        files::forget(&self.app).await
    }

    // When they rest.

    fn stopping(&self) -> bool {
        *self.app.stopping().borrow()
    }

    fn poll(&self) -> Duration {
        self.app.config().worker.poll
    }

    /// Waits, or until the service is told to stop.
    async fn rest(&self, how_long: Duration) {
        let mut stopping = self.app.stopping();
        if *stopping.borrow_and_update() {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(how_long) => {}
            _ = stopping.changed() => {}
        }
    }
}

fn log<T>(what: &str, done: Result<T, Error>) {
    if let Err(error) = done {
        tracing::warn!(%error, "{what} failed");
    }
}

/// Does everything that is due at the service's time, until nothing is: for tests and for the command line.
///
/// # Errors
/// The first that a sweep or a lease met.
pub async fn settle(app: &App) -> Result<(), Error> {
    let worker = Worker::new(app.clone());
    loop {
        let swept = worker.sweep().await?;
        let mut leased = worker.lease(DELIVER, AT_ONCE).await?;
        leased.extend(worker.lease(OWN_WORD, AT_ONCE).await?);
        leased.extend(worker.lease(RECOMPUTE, AT_ONCE).await?);
        leased.extend(worker.lease(BATCH, AT_ONCE).await?);
        worker.order_checks().await?;
        leased.extend(worker.lease(CONNECT_PAGE, AT_ONCE).await?);
        leased.extend(worker.lease(CHECK_PAGE, AT_ONCE).await?);
        leased.extend(worker.lease(FETCH, AT_ONCE).await?);
        leased.extend(worker.lease(SURROUNDINGS, AT_ONCE).await?);
        learn::order_due(app).await?;
        leased.extend(worker.lease(LEARN, 1).await?);
        if worker.post.is_some() {
            worker.order_letters().await?;
            leased.extend(worker.lease(LETTER, AT_ONCE).await?);
        }
        let looked = likeness::look(app, worker.lease).await?;
        if leased.is_empty() && swept == Swept::default() && !looked {
            return likeness::watch(app, &mut None).await;
        }
        for job in leased {
            worker.work(&job).await?;
        }
    }
}

/// Polls every page whose turn it is, once: for tests.
///
/// # Errors
/// The first that an order, a lease or a poll met.
pub async fn poll_once(app: &App) -> Result<(), Error> {
    let worker = Worker::new(app.clone());
    worker.order_polls().await?;
    for job in worker.lease(POLL, poll::AT_ONCE).await? {
        worker.work(&job).await?;
    }
    Ok(())
}
