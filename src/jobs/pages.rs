//! Connecting official pages, and looking after those that are connected.

use super::{delay, wait};
use crate::app::App;
use crate::app::networks::{Connection, Failed};
use crate::channels::SendError;
use crate::desk::pages::{self, CheckOrder, ConnectOrder};
use crate::desk::{Error, queue};
use crate::domain::page::Health;
use crate::domain::{Actor, At, Id};
use crate::store::records::JobRow;

/// For how long a look at a page is tried again, in seconds: then the next one is ordered.
const CHECK_PATIENCE: i64 = 3600;

/// Connects a page with the keys of its order. Ends in one of: connected, to be tried again, failed for good.
pub async fn connect(app: &App, job: &JobRow, lease: Id, order: ConnectOrder) -> Result<(), Error> {
    let connection = Connection { keys: Some(order.keys(app.seal())?), listening: order.listening, new_address: false };
    match app.connect_page(app.desk(Actor::System), order.page, None, connection).await {
        Ok(_) => done(app, job, lease).await,
        Err(Failed::Network(error)) => again_or_never(app, job, lease, order.page, error, At::NEVER).await,
        Err(failed @ Failed::Desk(Error::Store(_) | Error::Conflict(_))) => again(app, job, lease, &failed).await,
        Err(failed) => give_up(app, job, lease, order.page, failed.to_string()).await,
    }
}

/// Looks how a page fares. Ends in one of: noted, to be tried again, left to the next look.
pub async fn check(app: &App, job: &JobRow, lease: Id, order: CheckOrder) -> Result<(), Error> {
    match app.look_after_page(app.desk(Actor::System), order.page).await {
        Ok(()) => done(app, job, lease).await,
        Err(Failed::Network(error)) => {
            let until = job.created_at.plus_seconds(CHECK_PATIENCE);
            again_or_never(app, job, lease, order.page, error, until).await
        }
        // It was disconnected meanwhile.
        Err(Failed::Desk(Error::Conflict(_) | Error::NotFound(_))) => done(app, job, lease).await,
        Err(Failed::Desk(error)) => Err(error),
    }
}

/// Lets the job be tried again before `until`, if there is use in it and tries are left; else notes why it came to nothing.
async fn again_or_never(
    app: &App,
    job: &JobRow,
    lease: Id,
    page: Id,
    error: SendError,
    until: At,
) -> Result<(), Error> {
    let (why, wish) = match error.harmless() {
        SendError::Retry(why, wish) => (why, wish),
        told => return give_up(app, job, lease, page, told.to_string()).await,
    };
    let run_at = app.now().plus_seconds(wait(job.attempts, lease, wish));
    if job.attempts >= app.config().worker.max_attempts || run_at >= until {
        return give_up(app, job, lease, page, why).await;
    }
    tracing::info!(job = %job.id, %page, attempt = job.attempts, %why, "a page's network will be asked again");
    let id = job.id;
    app.store().write(move |conn| queue::retry(conn, id, lease, run_at, &why)).await
}

/// Something of ours was in the way.
async fn again(app: &App, job: &JobRow, lease: Id, failed: &Failed) -> Result<(), Error> {
    let (id, why, run_at) = (job.id, failed.to_string(), app.now().plus_seconds(delay(job.attempts, lease)));
    if job.attempts >= app.config().worker.max_attempts {
        let now = app.now();
        return app.store().write(move |conn| queue::give_up(conn, id, lease, now, &why)).await;
    }
    app.store().write(move |conn| queue::retry(conn, id, lease, run_at, &why)).await
}

/// Gives the job up, and leaves why with the page.
async fn give_up(app: &App, job: &JobRow, lease: Id, page: Id, why: String) -> Result<(), Error> {
    tracing::warn!(job = %job.id, %page, %why, "a page's network was asked in vain");
    let (id, kind, desk) = (job.id, job.kind.clone(), app.desk(Actor::System));
    let settled = app.store().write(move |conn| -> Result<(), Error> {
        let known = pages::find(conn, &desk, page)?.health.and_then(|health| health.to::<Health>().ok());
        let health = Health { problems: vec![why.clone()], ..known.unwrap_or_default() };
        pages::note_health(conn, page, &health, None)?;
        // The next look is ordered by itself: nobody needs to see this one among the dead.
        if kind == pages::CHECK_PAGE {
            queue::done(conn, id, lease, desk.now)
        } else {
            queue::give_up(conn, id, lease, desk.now, &why)
        }
    });
    settled.await
}

async fn done(app: &App, job: &JobRow, lease: Id) -> Result<(), Error> {
    let (id, now) = (job.id, app.now());
    app.store().write(move |conn| queue::done(conn, id, lease, now)).await
}
