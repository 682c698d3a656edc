//! Looking for like incidents and for bursts: what happens when, and in which transactions.

use crate::app::App;
use crate::desk::{Error, bursts, likeness};
use crate::domain::{Actor, At, Id};

/// How often a merge is tried that others get in the way of.
const MERGE_ATTEMPTS: usize = 4;

/// Looks at a batch of incidents that are new or have changed; whether there was any.
///
/// # Errors
/// [`Error`]: what was taken is taken again once the lease has run out.
pub async fn look(app: &App, lease: Id) -> Result<bool, Error> {
    let now = app.now();
    // The lease is wall time, but is told by the city's clock, which may run faster.
    let until = now.plus_seconds(i64::try_from(app.config().worker.lease.as_secs()).unwrap_or(60));
    let ids = app.store().write(move |conn| likeness::take(conn, now, until, lease)).await?;
    let learnt = learn(app).await?;
    if ids.is_empty() {
        return Ok(learnt);
    }
    let (policy, wanted) = (app.policy(), ids.clone());
    let sketched = app.store().read(move |conn| likeness::sketches(conn, &policy, &wanted)).await?;
    let indexed = sketched.clone();
    app.store().write(move |conn| likeness::index(conn, lease, &indexed)).await?;
    let (desk, weights) = (app.desk(Actor::System), app.learnt());
    let compared = app.store().read(move |conn| likeness::compare(conn, &desk, &weights, &sketched)).await?;
    let sure = app.policy().doc().city.merge_automatically.map(|bound| compared.from(bound)).unwrap_or_default();
    app.store().write(move |conn| likeness::propose(conn, now, &compared)).await?;
    for (one, other) in sure {
        if let Err(error) = merge(app, one, other).await {
            tracing::info!(%error, %one, %other, "like incidents were not merged; they stay proposed");
        }
    }
    app.store().write(move |conn| likeness::finish(conn, lease, &ids)).await?;
    Ok(true)
}

/// Merges a pair by itself, in a transaction of its own, so that no two workers hold incidents crosswise. Where another worker or a
/// member of staff was faster, it is looked again how the two stand.
async fn merge(app: &App, one: Id, other: Id) -> Result<bool, Error> {
    let attempt = || {
        let desk = app.desk(Actor::System);
        app.store().write(move |conn| likeness::merge_alike(conn, &desk, one, other))
    };
    for _ in 1..MERGE_ATTEMPTS {
        match attempt().await {
            Err(Error::Conflict(_)) => {}
            done => return done,
        }
    }
    attempt().await
}

/// Computes what is to be learnt of judgements that say nothing of it yet; whether there were any.
async fn learn(app: &App) -> Result<bool, Error> {
    let policy = app.policy();
    let lessons = app.store().read(move |conn| likeness::lessons(conn, &policy)).await?;
    if lessons.is_empty() {
        return Ok(false);
    }
    app.store().write(move |conn| likeness::take_in(conn, &lessons)).await?;
    Ok(true)
}

/// Looks for bursts, if it is time to by the city's clock.
///
/// # Errors
/// [`Error`].
pub async fn watch(app: &App, last: &mut Option<At>) -> Result<(), Error> {
    let now = app.now();
    if last.is_some_and(|last| now.seconds_since(last) < bursts::EVERY) {
        return Ok(());
    }
    let desk = app.desk(Actor::System);
    let changes = app.store().read(move |conn| bursts::watch(conn, &desk)).await?;
    if !changes.is_empty() {
        app.store().write(move |conn| bursts::note(conn, now, &changes)).await?;
    }
    *last = Some(now);
    Ok(())
}

/// Forgets what tells nothing any more.
///
/// # Errors
/// [`Error`].
pub async fn forget(app: &App) -> Result<(), Error> {
    let now = app.now();
    while app.store().write(move |conn| likeness::forget(conn, now)).await? {}
    app.store().write(move |conn| bursts::forget(conn, now)).await
}
