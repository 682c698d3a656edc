//! Training in the background: on a thread of its own, with at most half of the processors, one at a time over all replicas.

use std::sync::Arc;

use super::delay;
use crate::app::App;
use crate::desk::learning::{self, Gathered, LearnOrder};
use crate::desk::{Error, queue};
use crate::domain::advice::same_topics;
use crate::domain::{Actor, Id};
use crate::store::records::JobRow;

/// How often a training is tried that breaks off.
const TRIES: i32 = 3;

/// Orders a training if there is enough to learn from.
pub async fn order_due(app: &App) -> Result<(), Error> {
    let (policy, desk) = (app.policy(), app.desk(Actor::System));
    let trained_under = app.store().read(learning::trained_under).await?;
    let other_topics = match trained_under.filter(|version| *version != policy.version()) {
        Some(version) => !same_topics(app.policy_at(version).await?.doc(), policy.doc()),
        None => false,
    };
    let due = app.store().read(move |conn| learning::is_due(conn, desk.now, other_topics)).await?;
    if !due {
        return Ok(());
    }
    let desk = app.desk(Actor::System);
    app.store().write(move |conn| learning::order_by_itself(conn, &desk)).await
}

/// Reads what was decided, trains, compares, stores; then this process takes up what came of it, the others within seconds.
pub async fn run(app: &App, job: &JobRow, lease: Id, order: LearnOrder) -> Result<(), Error> {
    let (id, desk, policy) = (job.id, app.desk(Actor::System), app.policy());
    let mut gathered = Gathered::new(app.now());
    loop {
        let (all, more) = app.store().read(move |conn| learning::gather(conn, gathered)).await?;
        gathered = all;
        let (told, read) = (order.clone(), gathered.read());
        app.store().write(move |conn| learning::note(conn, id, lease, &told, read)).await?;
        if !more {
            break;
        }
    }
    let rivals = app.store().read(learning::rivals).await?;
    let pool = match rayon::ThreadPoolBuilder::new().num_threads(threads()).build() {
        Ok(pool) => pool,
        Err(error) => return later(app, job, lease, &error.to_string()).await,
    };
    let train = move || pool.install(|| learning::train(&gathered, &policy, &rivals));
    let trained = tokio::task::spawn_blocking(train).await;
    let (made, told) = match trained {
        Ok(trained) => trained,
        Err(error) if job.attempts >= TRIES => {
            let why = error.to_string();
            tracing::error!(%why, "training broke off for the last time");
            return app.store().write(move |conn| learning::fail(conn, &desk, id, lease, &order, &why)).await;
        }
        Err(error) => return later(app, job, lease, &error.to_string()).await,
    };
    for one in &told {
        tracing::info!("not trained: {one}");
    }
    let made = Arc::new(made);
    match app.store().write(move |conn| learning::record(conn, &desk, id, lease, &order, &made, &told)).await {
        Err(Error::Conflict(why)) => later(app, job, lease, why).await,
        done => {
            done?;
            app.catch_up().await
        }
    }
}

async fn later(app: &App, job: &JobRow, lease: Id, why: &str) -> Result<(), Error> {
    tracing::warn!(attempt = job.attempts, %why, "a training is tried again");
    let (id, run_at, why) = (job.id, app.now().plus_seconds(delay(job.attempts, lease)), why.to_owned());
    app.store().write(move |conn| queue::retry(conn, id, lease, run_at, &why)).await
}

/// Half of the processors: the others serve.
fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, |all| (all.get() / 2).max(1))
}
