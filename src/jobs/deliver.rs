//! Carrying an approved answer out: into a network from a page, or to a receiver of webhooks.

use std::sync::Arc;
use std::time::Duration;

use super::{wait, wished};
use crate::app::App;
use crate::channels::SendError;
use crate::channels::networks::{self, Wire};
use crate::channels::webhook::{OutgoingAnswer, Sender};
use crate::desk::answering::{self, Fate, Next, Order, Sending};
use crate::desk::{Error, queue, sources};
use crate::domain::page::{Bearing, Page, Posted, Posting};
use crate::domain::{Actor, At, Form, Id};
use crate::store::records::JobRow;

/// How long a job whose turn has not come keeps its place at most.
const PUT_OFF: Duration = Duration::from_millis(500);

/// Delivers the answer in one thread, part by part, and writes down what came of each. Ends in one of: delivered, to be tried again,
/// failed for good.
pub async fn run(app: &App, sender: &Arc<Sender>, job: &JobRow, lease: Id, order: Order) -> Result<(), Error> {
    let id = job.id;
    loop {
        let (desk, wall) = (app.desk(Actor::System), app.wall());
        let next = app.store().write(move |conn| answering::next(conn, &desk, &order, wall, &bearing)).await?;
        let (sending, after) = match next {
            Next::Send(sending, after) => (sending, after),
            Next::Nothing => {
                let now = app.now();
                return app.store().write(move |conn| queue::done(conn, id, lease, now)).await;
            }
            Next::Wait(until) => {
                let millis = until.millis_since(app.wall()).max(0);
                let run_at = app.now().plus_seconds(millis / 1000 + 1);
                // The city's clock may run so fast that the job is ready again at once: it is not taken up all the time for that.
                tokio::time::sleep(Duration::from_millis(u64::try_from(millis).unwrap_or(0)).min(PUT_OFF)).await;
                return app.store().write(move |conn| queue::put_off(conn, id, lease, run_at)).await;
            }
            Next::Impossible(why) => {
                let desk = app.desk(Actor::System);
                return app.store().write(move |conn| answering::give_up(conn, &desk, (id, lease), &order, &why)).await;
            }
        };
        tokio::time::sleep(Duration::from_millis(u64::try_from(after).unwrap_or(0))).await;
        let sent = send(app, sender, &sending).await;
        let (fate, desk) = (fate(app, job, lease, sent), app.desk(Actor::System));
        let settle = move |conn: &mut crate::store::Conn| answering::settle(conn, &desk, (id, lease), &sending, fate);
        if !app.store().write(settle).await? {
            return Ok(());
        }
    }
}

/// What a network bears.
fn bearing(network: &str) -> Option<Bearing> {
    networks::by_name(network).map(|network| {
        let traits = network.traits();
        Bearing {
            comment: Some(traits.comment_limit),
            private: Some(traits.private_limit),
            pace: traits.pace,
            idempotent: traits.idempotent,
            elsewhere: traits.answers_elsewhere,
        }
    })
}

/// What to write down of an attempt.
fn fate(app: &App, job: &JobRow, lease: Id, sent: Result<Posted, SendError>) -> Fate {
    let last = job.attempts >= app.config().worker.max_attempts;
    let run_at = |wish| app.now().plus_seconds(wait(job.attempts, lease, wish));
    match sent {
        Ok(posted) => Fate::Posted(posted),
        Err(SendError::Retry(why, _)) if last => Fate::Failed(why),
        Err(SendError::Unsure(why)) if last => Fate::Failed(format!("{why}; it may have been published all the same")),
        Err(SendError::Retry(why, wish)) => {
            tracing::info!(job = %job.id, attempt = job.attempts, %why, "an answer will be sent again");
            let rest = wish.map(|wish| app.wall().plus_seconds(wished(wish)));
            Fate::Again { why, run_at: run_at(wish), rest }
        }
        Err(SendError::Unsure(why)) => {
            tracing::info!(job = %job.id, attempt = job.attempts, %why, "it is not known whether an answer was published");
            Fate::Unsure { why, run_at: run_at(None) }
        }
        Err(SendError::Barred(why)) => Fate::Barred(why),
        Err(SendError::GiveUp(why)) => Fate::Failed(why),
    }
}

async fn send(app: &App, sender: &Arc<Sender>, sending: &Sending) -> Result<Posted, SendError> {
    let away = |error: Error| SendError::Retry(error.to_string(), None);
    if let Some(listened) = app.page(sending.speaker.id).await.map_err(away)? {
        let (posting, network) = (posting(sending), &listened.row.network);
        let network =
            networks::by_name(network).ok_or_else(|| SendError::GiveUp("the network is not known".to_owned()))?;
        let (wire, page): (Wire, Page) = (app.wire().clone(), listened.page.clone());
        return blocking(move || network.send(&wire, &page, &posting)).await;
    }
    let (seal, now, source) = (app.seal().clone(), app.now(), sending.speaker.id);
    let secret = app.store().read(move |conn| sources::signing_secret(conn, &seal, source, now)).await.map_err(away)?;
    let (Some(url), Some(secret)) = (sending.speaker.reply_url.clone(), secret) else {
        return Err(SendError::GiveUp("the source takes no answers any more".to_owned()));
    };
    let (sender, answer, wall) = (Arc::clone(sender), outgoing(sending), app.wall());
    blocking(move || push(&sender, &url, &secret, &answer, wall)).await
}

fn push(sender: &Sender, url: &str, secret: &[u8], answer: &OutgoingAnswer, wall: At) -> Result<Posted, SendError> {
    let permalink = sender.send(url, secret, answer, wall)?;
    Ok(Posted { external_id: None, permalink })
}

async fn blocking(send: impl FnOnce() -> Result<Posted, SendError> + Send + 'static) -> Result<Posted, SendError> {
    let ended = |_| Err(SendError::Unsure("the sending thread ended".to_owned()));
    tokio::task::spawn_blocking(send).await.unwrap_or_else(ended)
}

fn posting(sending: &Sending) -> Posting {
    let (row, message) = (&sending.posting, &sending.message);
    Posting {
        key: row.id,
        form: if row.form == Form::Private { Form::Private } else { message.form },
        account: message.account.clone(),
        post: message.post_key.clone(),
        reply_to: message.external_id.clone(),
        author: message.author_key.clone(),
        text: row.text.clone(),
    }
}

fn outgoing(sending: &Sending) -> OutgoingAnswer {
    let (answer, message, row) = (&sending.answer, &sending.message, &sending.posting);
    let own = answer.incident_id == row.incident_id;
    OutgoingAnswer {
        // In each thread the answer is another one: the receiver knows a repeat by this.
        answer: if own { answer.id } else { row.id },
        number: sending.incident.number,
        network: message.network.clone(),
        account: message.account.clone(),
        post: message.post_key.clone(),
        reply_to: message.external_id.clone(),
        author: message.author_key.clone(),
        form: row.form,
        kind: answer.kind,
        outcome: answer.outcome,
        organisation: answer.organisation.clone(),
        text: row.text.clone(),
    }
}
