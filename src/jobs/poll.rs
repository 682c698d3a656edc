//! Fetching what is new from a network: for installations without a public address, and where a network delivers nothing.
//!
//! A page that is polled has one job that never ends while it is connected; its lease keeps two workers from asking at once. What was
//! fetched is durable before the cursor moves on, and each event counts once, so that a poll that breaks off loses and doubles nothing.

use std::sync::Arc;
use std::time::Duration;

use super::{wait, wished};
use crate::app::App;
use crate::channels::SendError;
use crate::channels::networks;
use crate::desk::pages::{self, Listened, PollOrder};
use crate::desk::{Error, hearing, intake, queue};
use crate::domain::page::Polled;
use crate::domain::{Actor, Id, Listening};
use crate::store::records::JobRow;

/// How long to wait until the next look where the network does not hold the request open itself.
const PAUSE: Duration = Duration::from_secs(60);

/// How many polls may be under way at once in one process: each holds a thread for as long as the network holds the request.
pub const AT_ONCE: usize = 64;

/// How often a batch is tried when another transaction took the same thread at the same moment.
const TRIES: usize = 4;

/// Fetches once and takes in what came; then the job waits for its next turn.
pub async fn run(app: &App, job: &JobRow, lease: Id, order: PollOrder) -> Result<(), Error> {
    let id = job.id;
    let Some(listened) = app.page(order.page).await?.filter(|listened| is_polled(listened)) else {
        return app.store().write(move |conn| queue::forget(conn, id, lease)).await;
    };
    match fetch(app, Arc::clone(&listened)).await {
        Ok(polled) => {
            let held = listened.row.listening == Listening::Poll;
            let pause = if polled.more || held { Duration::ZERO } else { PAUSE };
            take_in(app, &listened, polled).await?;
            let run_at = app.now().plus_seconds(wished(pause));
            app.store().write(move |conn| queue::again(conn, id, lease, run_at)).await
        }
        Err(SendError::Retry(why, wish)) => later(app, job, lease, why, wish.unwrap_or_default()).await,
        Err(told) => later(app, job, lease, told.to_string(), PAUSE).await,
    }
}

/// Whether a page is to be polled.
pub fn is_polled(listened: &Listened) -> bool {
    let always = networks::by_name(&listened.row.network).is_some_and(|network| network.traits().always_polls);
    listened.source.active && (listened.row.listening == Listening::Poll || always)
}

/// A page that cannot be asked is asked again, however long that takes: nothing is lost by it but time.
async fn later(app: &App, job: &JobRow, lease: Id, why: String, least: Duration) -> Result<(), Error> {
    tracing::warn!(job = %job.id, attempt = job.attempts, %why, "a page could not be polled");
    let (id, run_at) = (job.id, app.now().plus_seconds(wait(job.attempts.min(6), lease, Some(least))));
    app.store().write(move |conn| queue::retry(conn, id, lease, run_at, &why)).await
}

async fn fetch(app: &App, listened: Arc<Listened>) -> Result<Polled, SendError> {
    let network = networks::by_name(&listened.row.network)
        .ok_or_else(|| SendError::GiveUp("the network is not known".to_owned()))?;
    let (wire, now) = (app.wire().clone(), app.now());
    let poll = move || network.poll(&wire, &listened.page, listened.row.cursor.as_deref(), now);
    let ended = |_| Err(SendError::Retry("the polling thread ended".to_owned(), None));
    tokio::task::spawn_blocking(poll).await.unwrap_or_else(ended)
}

/// Takes in what was fetched, and then moves the cursor on.
async fn take_in(app: &App, listened: &Listened, polled: Polled) -> Result<(), Error> {
    let sorted = hearing::sort(listened, polled.events, app.now());
    let (policy, classifier, now) = (app.policy(), app.classifier(), app.now());
    let prepare = |arrival| Arc::new(intake::prepare(&policy, &*classifier, &listened.source, arrival, now));
    let batch: Arc<[_]> = sorted.arrivals.into_iter().map(prepare).collect();
    let (source, rest, cursor) = (listened.source.id, Arc::new(sorted.rest), Arc::new(polled.cursor));
    for tried in 1.. {
        let (desk, batch, rest) = (app.desk(Actor::System), Arc::clone(&batch), Arc::clone(&rest));
        let cursor = Arc::clone(&cursor);
        let taken = app.store().write(move |conn| {
            if !batch.is_empty() {
                intake::receive(conn, &desk, &batch)?;
            }
            hearing::hear(conn, &desk, source, &rest)?;
            cursor.as_ref().as_deref().map_or(Ok(()), |cursor| pages::move_on(conn, source, cursor))
        });
        match taken.await {
            Err(Error::Conflict(_)) if tried < TRIES => {}
            done => {
                app.forget_pages();
                return done;
            }
        }
    }
    Ok(())
}
