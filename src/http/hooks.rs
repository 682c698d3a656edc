//! Where the networks knock: webhooks with messages of residents.

mod networks;

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::Payload;
use actix_web::{HttpRequest, post};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::gather::Gather;
use super::json::{self, Path};
use super::problem::{Problem, ProblemDocument};
use super::reply::Reply;
use crate::app::App;
use crate::channels::webhook::{self, Headers, Unverified};
use crate::desk::intake::{self, Receipt, Taken};
use crate::desk::sources::Verifying;
use crate::domain::Id;
use crate::domain::message::Incoming;

/// The routes of hooks.
pub fn routes(config: &mut ServiceConfig) {
    config.service(utoipa_actix_web::scope("/hooks").service(receive).service(networks::hear));
}

/// What became of one message.
#[derive(Debug, Serialize, ToSchema)]
struct MessageResult {
    external_id: String,
    status: Taken,
    /// The incident it belongs to; absent for the deletion of a message that was never seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    incident: Option<Id>,
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<i64>,
}

impl From<Receipt> for MessageResult {
    fn from(receipt: Receipt) -> MessageResult {
        MessageResult {
            external_id: receipt.external_id,
            status: receipt.taken,
            incident: receipt.incident.map(|(id, _)| id),
            number: receipt.incident.map(|(_, number)| number),
        }
    }
}

/// What became of every message of the request, in its order.
#[derive(Debug, Serialize, ToSchema)]
struct Received {
    results: Vec<MessageResult>,
}

/// Takes messages in: one object, or an array of up to 1,000.
///
/// Signed after [Standard Webhooks](https://www.standardwebhooks.com/): HMAC-SHA256 over `{webhook-id}.{webhook-timestamp}.{body}`
/// with the source's secret. A clock may be five minutes off. The answer means that everything is durable. Sending the same again
/// is safe: it is answered `seen`. All messages of a request are taken in, or none.
#[utoipa::path(
    tag = "intake",
    params(
        ("source" = String, Path, description = "The source's name", min_length = 1, max_length = 60),
        ("webhook-id" = String, Header, description = "The delivery's identity"),
        ("webhook-timestamp" = String, Header, description = "Seconds since 1970", pattern = "^[0-9]+$"),
        ("webhook-signature" = String, Header, description = "`v1,` and Base64; several divided by spaces while a secret is rotated"),
    ),
    request_body(content = Incoming, description = "One message, or an array of up to 1,000"),
    responses(
        (status = 200, description = "Taken in, durably", body = Received),
        (status = 400, description = "Not UTF-8 or not JSON", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 401, description = "Not signed, wrongly, or not lately", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "No such source, or it is switched off", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 408, description = "The body took too long", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "Collided with another delivery; try again", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 413, description = "Larger than 8 MiB", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 415, description = "Not application/json", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "A message breaks a rule; every fault is named", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 429, description = "Too many requests", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 503, description = "Busy; try again", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(()),
)]
#[post("/webhook/{source}")]
async fn receive(
    request: HttpRequest,
    app: App,
    gather: Gather,
    source: Path<String>,
    payload: Payload,
) -> Result<Reply, Problem> {
    let taken = take(&request, &app, &gather, &source.into_inner(), payload).await;
    if taken.is_err() {
        app.metrics().intake.with_label_values(&["refused"]).inc();
    }
    taken
}

async fn take(
    request: &HttpRequest,
    app: &App,
    gather: &Gather,
    name: &str,
    payload: Payload,
) -> Result<Reply, Problem> {
    json::need_json(request)?;
    let source = app.source(name).await?.ok_or_else(|| Problem::not_found("source"))?;
    let body = json::collect(request, payload.into_inner(), app.config().limits.hook_bytes).await?;
    verify(request, &source, &body, app)?;
    let incoming = webhook::read(&body, app.config().limits.hook_messages)?;
    let (policy, classifier, now) = (app.policy(), app.classifier(), app.now());
    let prepare = |one| Arc::new(intake::prepare(&policy, &*classifier, &source.source, one, now));
    let batch = incoming.into_iter().map(prepare).collect();
    let receipts = gather.receive(app, batch).await?;
    for receipt in &receipts {
        app.metrics().intake.with_label_values(&[receipt.taken.as_str()]).inc();
    }
    Ok(Reply::with(StatusCode::OK, &Received { results: receipts.into_iter().map(MessageResult::from).collect() }))
}

fn verify(request: &HttpRequest, source: &Verifying, body: &[u8], app: &App) -> Result<(), Problem> {
    let text = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    let headers =
        Headers { id: text("webhook-id"), timestamp: text("webhook-timestamp"), signature: text("webhook-signature") };
    // Secrets end by the city's clock, as they were rotated; whether a signature is fresh is for the machine's to say.
    webhook::verify(headers, body, source.secrets(app.now()), app.wall()).map_err(|fault| {
        let code = match fault {
            Unverified::MissingHeader | Unverified::BadTimestamp => "signature_missing",
            Unverified::StaleTimestamp => "signature_stale",
            Unverified::BadSignature => "signature_wrong",
        };
        Problem::unauthorized(code, fault.to_string(), "StandardWebhooks")
    })
}
