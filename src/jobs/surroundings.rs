//! Asking networks what comments stand under.

use super::wait;
use crate::app::App;
use crate::channels::SendError;
use crate::channels::networks::{self, Network, Wire};
use crate::desk::pages::Listened;
use crate::desk::threads::{self, Surroundings};
use crate::desk::{Error, queue};
use crate::domain::Id;
use crate::domain::message::Remark;
use crate::domain::page::Page;
use crate::store::records::JobRow;

/// Asks, and stores what the network said. Ends in one of: stored, nothing to ask, to be tried again, given up.
pub async fn run(app: &App, job: &JobRow, lease: Id, order: Surroundings) -> Result<(), Error> {
    let (id, source) = (job.id, order.source);
    match ask(app, order).await {
        Ok(told) => {
            let now = app.now();
            app.store().write(move |conn| threads::settle(conn, now, id, lease, source, &told)).await
        }
        Err(SendError::Retry(why, wish)) if job.attempts < app.config().worker.max_attempts => {
            let run_at = app.now().plus_seconds(wait(job.attempts, lease, wish));
            tracing::info!(job = %id, attempt = job.attempts, %why, "a network will be asked again");
            app.store().write(move |conn| queue::retry(conn, id, lease, run_at, &why)).await
        }
        Err(error) => {
            let (now, why) = (app.now(), error.to_string());
            app.store().write(move |conn| queue::give_up(conn, id, lease, now, &why)).await
        }
    }
}

async fn ask(app: &App, order: Surroundings) -> Result<Vec<Remark>, SendError> {
    let Some((network, wire, page)) = page(app, order.source).await? else { return Ok(Vec::new()) };
    let Surroundings { post, parent, .. } = order;
    let asked = tokio::task::spawn_blocking(move || network.surroundings(&wire, &page, &post, parent.as_deref()));
    let told = asked.await.unwrap_or_else(|_| Err(SendError::Retry("the asking thread ended".to_owned(), None)));
    told.map_err(SendError::harmless)
}

/// The page that a source is, with its keys, its network and what asks that; none for a source that is no connected page.
///
/// # Errors
/// [`SendError`] when that cannot be told now.
pub async fn page(app: &App, source: Id) -> Result<Option<(&'static dyn Network, Wire, Page)>, SendError> {
    let away = |error: Error| SendError::Retry(error.to_string(), None);
    let found = app.page(source).await.map_err(away)?.filter(|listened| listened.source.active);
    let network = |listened: &Listened| networks::by_name(&listened.row.network);
    Ok(found.and_then(|listened| Some((network(&listened)?, app.wire().clone(), listened.page.clone()))))
}
