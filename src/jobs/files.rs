//! Fetching the files of messages, and forgetting them in time.

use std::sync::Arc;

use super::{surroundings, wait};
use crate::app::App;
use crate::channels::SendError;
use crate::channels::fetch::{Fetcher, Missed};
use crate::desk::files::{self, FetchOrder, FileFate};
use crate::desk::{Error, queue};
use crate::domain::Id;
use crate::domain::message::Attachment;
use crate::store::records::JobRow;

/// What the addresses of files begin with that only a page's key opens.
const SEALED: &str = "telegram:";

/// Fetches the file, and writes down what came of it. Ends in one of: kept, refused, to be tried again, failed for good.
pub async fn run(app: &App, fetcher: &Arc<Fetcher>, job: &JobRow, lease: Id, order: FetchOrder) -> Result<(), Error> {
    let (id, file) = (job.id, order.file);
    let Some((attachment, source)) = app.store().read(move |conn| files::to_fetch(conn, file)).await? else {
        let now = app.now();
        return app.store().write(move |conn| queue::done(conn, id, lease, now)).await;
    };
    let fetched = match located(app, source, attachment).await {
        Ok(address) => fetch(fetcher, address).await,
        Err(error) => Err(error.into()),
    };
    let fate = match fetched {
        Ok(fate) => fate,
        Err(Missed::Failed(SendError::Retry(why, wish))) if job.attempts < app.config().worker.max_attempts => {
            let run_at = app.now().plus_seconds(wait(job.attempts, lease, wish));
            tracing::info!(job = %id, attempt = job.attempts, %why, "a file will be fetched again");
            return app.store().write(move |conn| queue::retry(conn, id, lease, run_at, &why)).await;
        }
        Err(Missed::Refused(why)) => FileFate::Refused(why),
        Err(Missed::Failed(error)) => FileFate::Failed(error.to_string()),
    };
    let now = app.now();
    app.store().write(move |conn| files::settle(conn, now, id, lease, file, &fate)).await
}

async fn fetch(fetcher: &Arc<Fetcher>, address: String) -> Result<FileFate, Missed> {
    let fetcher = Arc::clone(fetcher);
    let fetched = tokio::task::spawn_blocking(move || {
        fetcher.fetch(&address).map(|file| FileFate::kept(file.media_type.name, file.content))
    });
    fetched.await.unwrap_or_else(|_| Err(SendError::Retry("the fetching thread ended".to_owned(), None).into()))
}

/// Where the content of an attachment can be fetched now. The address may hold a token: it is kept nowhere.
///
/// # Errors
/// [`SendError`]; what only a page's key opens cannot be located without the page.
async fn located(app: &App, source: Id, attachment: Attachment) -> Result<String, SendError> {
    match surroundings::page(app, source).await? {
        Some((network, wire, page)) => {
            let located = tokio::task::spawn_blocking(move || network.locate(&wire, &page, &attachment));
            let ended = |_| Err(SendError::Retry("the asking thread ended".to_owned(), None));
            located.await.unwrap_or_else(ended).map_err(SendError::harmless)
        }
        None if attachment.url.starts_with(SEALED) => {
            Err(SendError::GiveUp("the page that the file came over is not connected".to_owned()))
        }
        None => Ok(attachment.url),
    }
}

/// Forgets the content of files whose incident was closed long enough ago.
pub async fn forget(app: &App) -> Result<(), Error> {
    let before = app.now().plus_seconds(-86_400 * i64::from(app.config().attachments.keep_days));
    while app.store().write(move |conn| files::forget(conn, before)).await? {}
    Ok(())
}
