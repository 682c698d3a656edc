//! The worker: leases jobs, does them, sweeps deadlines. Any number of workers may run, in any number of processes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::stream::{self, StreamExt as _};

use super::{Job, deliver};
use crate::app::App;
use crate::channels::webhook::Sender;
use crate::desk::deadlines::{self, Swept};
use crate::desk::{Error, queue};
use crate::domain::{Actor, Id};
use crate::store::records::JobRow;

/// How many jobs one worker has under way at once.
const AT_ONCE: usize = 8;

/// How many jobs are leased in one go.
const BATCH: i64 = 32;

/// How often what is no longer needed is deleted.
const TIDY: Duration = Duration::from_secs(600);

/// How often a policy that another replica stored is looked for.
const POLICY: Duration = Duration::from_secs(3);

/// One worker.
pub struct Worker {
    app: App,
    sender: Arc<Sender>,
    /// The name under which it leases.
    lease: Id,
}

impl Worker {
    /// A worker that has not begun.
    pub fn new(app: App) -> Worker {
        let delivery = &app.config().delivery;
        let sender = Arc::new(Sender::new(delivery.timeout, delivery.allow_private));
        Worker { sender, lease: Id::new(app.wall()), app }
    }

    /// Works until the service is told to stop; then what is under way ends, and what was only leased is handed back.
    pub async fn run(self) {
        let mut stopping = self.app.stopping();
        let (mut tidied, mut looked) = (Instant::now(), Instant::now());
        while !*stopping.borrow() {
            let busy = match self.round().await {
                Ok(busy) => busy,
                Err(error) => {
                    tracing::warn!(%error, "a round of the worker failed; the next one tries again");
                    false
                }
            };
            if looked.elapsed() > POLICY {
                looked = Instant::now();
                log("reading the policy", self.app.reload_policy().await);
            }
            if tidied.elapsed() > TIDY {
                tidied = Instant::now();
                log("tidying", self.tidy().await);
            }
            if !busy {
                tokio::select! {
                    () = tokio::time::sleep(self.app.config().worker.poll) => {}
                    _ = stopping.changed() => {}
                }
            }
        }
        let lease = self.lease;
        log("handing jobs back", self.app.store().write(move |conn| queue::hand_back(conn, lease)).await);
    }

    /// Does what is due now, in part; whether there may be more.
    async fn round(&self) -> Result<bool, Error> {
        let swept = self.sweep().await?;
        let leased = self.lease().await?;
        let full = leased.len() as i64 == BATCH;
        stream::iter(leased)
            .for_each_concurrent(AT_ONCE, |job| async move {
                if let Err(error) = self.work(&job).await {
                    // The lease runs out, and the job is tried again.
                    tracing::warn!(job = %job.id, %error, "a job was not settled");
                }
            })
            .await;
        Ok(full || swept.more)
    }

    async fn sweep(&self) -> Result<Swept, Error> {
        let desk = self.app.desk(Actor::System);
        match self.app.store().write(move |conn| deadlines::sweep(conn, &desk)).await {
            // Another worker or a member of staff was at the same incident; the next round finds what is left.
            Err(Error::Conflict(_)) => Ok(Swept::default()),
            done => done,
        }
    }

    async fn lease(&self) -> Result<Vec<JobRow>, Error> {
        let (now, lease) = (self.app.now(), self.lease);
        // The lease is wall time, but is told by the city's clock, which may run faster.
        let until = now.plus_seconds(i64::try_from(self.app.config().worker.lease.as_secs()).unwrap_or(60));
        self.app.store().write(move |conn| queue::lease(conn, now, until, lease, BATCH)).await
    }

    async fn work(&self, row: &JobRow) -> Result<(), Error> {
        match Job::of(row) {
            Ok(Job::Deliver(order)) => deliver::run(&self.app, &self.sender, row, self.lease, order).await,
            Err(why) => {
                tracing::error!(job = %row.id, %why, "a job cannot be read");
                let (id, lease, now) = (row.id, self.lease, self.app.now());
                self.app.store().write(move |conn| queue::give_up(conn, id, lease, now, &why)).await
            }
        }
    }

    async fn tidy(&self) -> Result<(), Error> {
        let (now, wall) = (self.app.now(), self.app.wall());
        self.app.store().write(move |conn| queue::tidy(conn, now, wall)).await
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
        let leased = worker.lease().await?;
        if leased.is_empty() && swept == Swept::default() {
            return Ok(());
        }
        for job in leased {
            worker.work(&job).await?;
        }
    }
}
