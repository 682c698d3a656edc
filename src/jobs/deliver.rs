//! Carrying an approved answer out.

use std::sync::Arc;

use super::{Deliver, delay};
use crate::app::App;
use crate::channels::SendError;
use crate::channels::webhook::{OutgoingAnswer, Sender};
use crate::desk::answering::{self, Delivery};
use crate::desk::queue::{self, Fate};
use crate::desk::{Error, sources};
use crate::domain::{Actor, Id};
use crate::store::records::JobRow;

/// Delivers the answer, and writes down what came of it. Ends in one of: delivered, to be tried again, failed for good.
pub async fn run(app: &App, sender: &Arc<Sender>, job: &JobRow, lease: Id, order: Deliver) -> Result<(), Error> {
    let (seal, now, wall) = (app.seal().clone(), app.now(), app.wall());
    let found = app
        .store()
        .read(move |conn| -> Result<_, Error> {
            let Some(delivery) = answering::to_deliver(conn, order.answer)? else { return Ok(None) };
            let secret = sources::signing_secret(conn, &seal, delivery.source.id, now)?;
            Ok(Some((delivery, secret)))
        })
        .await?;
    let Some((delivery, secret)) = found else {
        // Somebody reported it delivered meanwhile, or took it back.
        let (id, now) = (job.id, app.now());
        return app.store().write(move |conn| queue::done(conn, id, lease, now)).await;
    };
    let sent = match (delivery.source.reply_url.clone(), secret) {
        (Some(url), Some(secret)) => send(sender, url, secret, outgoing(&delivery), wall).await,
        _ => Err(SendError::GiveUp("the source takes no answers any more".to_owned())),
    };
    match sent {
        Ok(permalink) => settle(app, job, lease, delivery, Fate::Delivered(permalink)).await,
        Err(SendError::Retry(why, wait)) if job.attempts < app.config().worker.max_attempts => {
            let least = wait.map_or(0, |w| i64::try_from(w.as_secs()).unwrap_or(i64::MAX).min(86_400));
            let run_at = app.now().plus_seconds(delay(job.attempts, lease).max(least));
            tracing::info!(job = %job.id, attempt = job.attempts, %why, "an answer will be sent again");
            let id = job.id;
            app.store().write(move |conn| queue::retry(conn, id, lease, run_at, &why)).await
        }
        Err(SendError::Retry(why, _) | SendError::Unsure(why) | SendError::Barred(why) | SendError::GiveUp(why)) => {
            settle(app, job, lease, delivery, Fate::Failed(why)).await
        }
    }
}

async fn send(
    sender: &Arc<Sender>,
    url: String,
    secret: Vec<u8>,
    answer: OutgoingAnswer,
    now: crate::domain::At,
) -> Result<Option<String>, SendError> {
    let sender = Arc::clone(sender);
    tokio::task::spawn_blocking(move || sender.send(&url, &secret, &answer, now))
        .await
        .unwrap_or_else(|_| Err(SendError::Retry("the sending thread ended".to_owned(), None)))
}

fn outgoing(delivery: &Delivery) -> OutgoingAnswer {
    let (answer, message) = (&delivery.answer, &delivery.message);
    OutgoingAnswer {
        answer: answer.id,
        number: delivery.incident.number,
        network: message.network.clone(),
        account: message.account.clone(),
        post: message.post_key.clone(),
        reply_to: message.external_id.clone(),
        author: message.author_key.clone(),
        kind: answer.kind,
        outcome: answer.outcome,
        organisation: answer.organisation.clone(),
        text: answer.text.clone(),
    }
}

/// Writes the fate of the delivery and the end of its job in one transaction.
async fn settle(app: &App, job: &JobRow, lease: Id, delivery: Delivery, fate: Fate) -> Result<(), Error> {
    let (desk, id) = (app.desk(Actor::System), job.id);
    let answer = (delivery.incident.id, delivery.answer.n);
    app.store().write(move |conn| queue::settle_delivery(conn, &desk, id, lease, answer, fate)).await
}
