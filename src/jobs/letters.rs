//! Sending letters to staff.

use std::sync::Arc;

use super::delay;
use crate::app::{App, off};
use crate::channels::SendError;
use crate::channels::mail::{self, Line, Mailer};
use crate::desk::notices::{self, Letter, LetterFate, LetterOrder};
use crate::desk::{Error, queue};
use crate::domain::Id;
use crate::store::records::{JobRow, Notice};

/// How long a letter is tried, in seconds of the city's time: what it warns of is of no use for longer.
const PATIENCE: i64 = 3 * 86_400;

/// The longest wait for the next try, in seconds: later ones wait for this one, and a warning must not come late by half a day because
/// the mail server was away for one.
const LONGEST_WAIT: i64 = 3600;

/// A mail server that letters can be handed to.
pub struct Post {
    mailer: Mailer,
    /// Where letters lead to.
    public_url: String,
}

impl Post {
    /// The configured mail server, if there is one.
    pub fn of(app: &App) -> Option<Arc<Post>> {
        let mail = &app.config().mail;
        let (server, public_url) = (mail.server.as_ref()?, app.config().listen.public_url.clone()?);
        match Mailer::new(server.url.reveal(), server.from.clone(), mail.timeout) {
            Ok(mailer) => Some(Arc::new(Post { mailer, public_url })),
            Err(why) => {
                tracing::error!(%why, "the mail server's address cannot be used: no letters are sent");
                None
            }
        }
    }
}

/// Sends the letter, and writes down what came of it. Ends in one of: sent, nothing left to say, to be tried again, failed for good.
pub async fn run(app: &App, post: &Arc<Post>, job: &JobRow, lease: Id, order: LetterOrder) -> Result<(), Error> {
    let id = job.id;
    let letter = app.store().read(move |conn| notices::letter(conn, id, &order)).await?;
    if letter.is_empty() {
        return settle(app, lease, letter, LetterFate::Sent).await;
    }
    match send(app, post, &letter).await {
        Ok(()) => settle(app, lease, letter, LetterFate::Sent).await,
        Err(SendError::Retry(why, _)) if app.now() < job.created_at.plus_seconds(PATIENCE) => {
            let run_at = app.now().plus_seconds(delay(job.attempts, lease).min(LONGEST_WAIT));
            // Why, the job tells: what a mail server says may hold the address.
            tracing::info!(job = %job.id, attempt = job.attempts, "a letter will be sent again");
            app.store().write(move |conn| queue::retry(conn, id, lease, run_at, &why)).await
        }
        Err(SendError::Retry(why, _) | SendError::Unsure(why) | SendError::Barred(why) | SendError::GiveUp(why)) => {
            tracing::warn!(job = %job.id, attempt = job.attempts, "a letter is given up");
            settle(app, lease, letter, LetterFate::Failed(why)).await
        }
    }
}

async fn send(app: &App, post: &Arc<Post>, letter: &Letter) -> Result<(), SendError> {
    let (post, letter, wall) = (Arc::clone(post), written(app, &post.public_url, letter), app.wall());
    tokio::task::spawn_blocking(move || post.mailer.send(&letter, wall))
        .await
        .unwrap_or_else(|_| Err(SendError::Retry("the sending thread ended".to_owned(), None)))
}

fn written(app: &App, public_url: &str, letter: &Letter) -> mail::Letter {
    let token = off::issue(&app.keys().off, letter.staff, letter.kind);
    let line = |notice: &Notice| Line {
        incident: notice.incident_id,
        number: notice.number,
        clock: notice.clock,
        due_at: notice.due_at,
    };
    mail::Letter {
        id: letter.id,
        name: letter.name.clone(),
        email: letter.email.clone(),
        language: letter.language,
        kind: letter.kind,
        lines: letter.notices.iter().map(line).collect(),
        zone: app.policy().zone().clone(),
        now: app.now(),
        off_url: format!("{public_url}/notices/off/{token}"),
        public_url: public_url.to_owned(),
    }
}

/// Writes the fate of the letter and the end of its job in one transaction.
async fn settle(app: &App, lease: Id, letter: Letter, fate: LetterFate) -> Result<(), Error> {
    let now = app.now();
    app.store().write(move |conn| notices::settle_letter(conn, now, lease, &letter, &fate)).await
}
