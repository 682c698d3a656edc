//! Where the social networks knock: events about the city's pages.

use std::sync::Arc;

use actix_web::http::header;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse, post};

use super::super::gather::Gather;
use super::super::json::{self, Path};
use super::super::peer::peer;
use super::super::problem::{Problem, ProblemDocument};
use crate::app::{App, hook};
use crate::channels::networks::{self, Network, Request};
use crate::desk::hearing;
use crate::desk::intake;
use crate::desk::pages::Listened;
use crate::domain::Actor;

/// Takes in what a social network tells of a page.
///
/// The address is made when the page is connected, and cannot be guessed. Each network proves itself in its own way: VK by a secret in the
/// body, Telegram and MAX by one in a header, Odnoklassniki by the addresses that it sends from. The answer is what the network waits for,
/// and means that everything is durable. What is delivered again changes nothing.
#[utoipa::path(
    tag = "intake",
    params(
        ("network" = String, Path, description = "`vk`, `ok`, `telegram` or `max`", min_length = 1, max_length = 40),
        ("token" = String, Path, description = "Which page it is, signed", min_length = 1, max_length = 200),
    ),
    request_body(content = serde_json::Value, description = "An event, as the network writes it"),
    responses(
        (status = 200, description = "Taken in, durably; in the network's own words", body = String, content_type = "text/plain"),
        (status = 400, description = "Not the network's format", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, description = "Not from the network, or about another page", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "No such page, or it is not connected", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 408, description = "The body took too long", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "Collided with another delivery; try again", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 413, description = "Larger than 1 MiB", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "A message breaks a rule", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 429, description = "Too many requests", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 503, description = "Busy; try again", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(()),
)]
#[post("/{network}/{token}")]
pub async fn hear(
    request: HttpRequest,
    app: App,
    gather: Gather,
    path: Path<(String, String)>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let (name, token) = path.into_inner();
    let taken = take(&request, &app, &gather, &name, &token, payload).await;
    if taken.is_err() {
        app.metrics().intake.with_label_values(&["refused"]).inc();
    }
    taken
}

/// The largest event: none of the networks sends one near it.
const MOST: usize = 1 << 20;

async fn take(
    request: &HttpRequest,
    app: &App,
    gather: &Gather,
    name: &str,
    token: &str,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let (network, listened) = listened(app, name, token).await?.ok_or_else(|| Problem::not_found("page"))?;
    let body = json::collect(request, payload.into_inner(), MOST).await?;
    verify(request, app, network, &listened, &body)?;
    let reading = network.read(&listened.page, &body, app.now())?;
    let sorted = hearing::sort(&listened, reading.events, app.now());
    let (policy, classifier, now) = (app.policy(), app.classifier(), app.now());
    let prepare = |arrival| Arc::new(intake::prepare(&policy, &*classifier, &listened.source, arrival, now));
    let batch: Vec<_> = sorted.arrivals.into_iter().map(prepare).collect();
    if !batch.is_empty() {
        for receipt in gather.receive(app, batch).await? {
            app.metrics().intake.with_label_values(&[receipt.taken.as_str()]).inc();
        }
    }
    if !sorted.rest.is_empty() {
        let (desk, source, rest) = (app.desk(Actor::System), listened.source.id, sorted.rest);
        app.store().write(move |conn| hearing::hear(conn, &desk, source, &rest)).await?;
    }
    let mut response = HttpResponse::Ok();
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    Ok(response.content_type("text/plain; charset=utf-8").body(reading.reply))
}

/// The page whose address this is, and its network.
async fn listened(
    app: &App,
    name: &str,
    token: &str,
) -> Result<Option<(&'static dyn Network, Arc<Listened>)>, Problem> {
    let (Some(network), Some((page, epoch))) = (networks::by_name(name), hook::read(&app.keys().hooks, token)) else {
        return Ok(None);
    };
    let listened =
        app.page(page).await?.filter(|listened| listened.row.network == name && listened.row.hook_epoch == epoch);
    Ok(listened.map(|listened| (network, listened)))
}

fn verify(
    request: &HttpRequest,
    app: &App,
    network: &dyn Network,
    listened: &Listened,
    body: &[u8],
) -> Result<(), Problem> {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let asked = Request {
        header: &header,
        body,
        from: peer(request, app.config()),
        odnoklassniki_from: &app.config().networks.odnoklassniki_from,
    };
    network.verify(&listened.page, &asked).map_err(|why| {
        tracing::warn!(network = network.name(), page = %listened.source.id, %why, "an event was refused");
        Problem::forbidden("not_from_network", why.to_string())
    })
}
