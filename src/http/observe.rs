//! Seeing what the service does: one span and one line a request, its figures, and whether it is well. Neither holds what was asked
//! with: no query, no body, no token.

use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::ServiceConfig;
use actix_web::{Error, HttpMessage as _, HttpResponse, ResponseError as _, get};
use prometheus::{Encoder as _, TextEncoder};
use tracing::Instrument as _;

use super::problem::{MEDIA_TYPE, Problem};
use super::ui::trouble;
use crate::app::App;
use crate::desk::Error as DeskError;
use crate::store::{Conn, gauges, migrate};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request, as in its log lines, its `X-Request-Id` and its problem.
#[derive(Debug, Clone)]
pub struct RequestId(String);

impl RequestId {
    /// The client's own, if it is short and plain, else a new one.
    fn of(given: Option<&HeaderValue>) -> RequestId {
        let plain = |text: &&str| {
            (1..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b))
        };
        let given = given.and_then(|value| value.to_str().ok()).filter(plain);
        RequestId(given.map_or_else(|| uuid::Uuid::now_v7().to_string(), str::to_owned))
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Gives a request its id and span, counts and times it, and makes every failure a problem that says which request it was.
///
/// # Errors
/// None of its own.
pub async fn watch(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let started = Instant::now();
    let id = RequestId::of(request.headers().get(REQUEST_ID));
    request.extensions_mut().insert(id.clone());
    let app = request.app_data::<App>().cloned();
    let method = request.method().as_str().to_owned();
    let empty = tracing::field::Empty;
    let span = tracing::info_span!("request", id = id.as_str(), method, route = empty, actor = empty);
    if let Some(app) = &app {
        app.metrics().in_flight.inc();
    }
    let answered = next.call(request).instrument(span.clone()).await;
    if let Some(app) = &app {
        app.metrics().in_flight.dec();
    }
    // Every layer below turns its errors into responses, so this is for what the framework might still bring.
    let response = finish(answered?.map_into_boxed_body(), &id);
    let route = response.request().match_pattern().unwrap_or_else(|| "other".to_owned());
    let (status, took) = (response.status(), started.elapsed());
    span.record("route", &route);
    span.in_scope(|| tracing::info!(status = status.as_u16(), ms = took.as_millis(), "answered"));
    if let Some(app) = app {
        let method = if status == StatusCode::METHOD_NOT_ALLOWED { "other" } else { &method };
        app.metrics().requests.with_label_values(&[&route, method, status.as_str()]).inc();
        app.metrics().seconds.with_label_values(&[&route]).observe(took.as_secs_f64());
    }
    Ok(response)
}

/// The response with the request's id; a failure as a whole problem.
fn finish(response: ServiceResponse<BoxBody>, id: &RequestId) -> ServiceResponse<BoxBody> {
    let status = response.status();
    let problem = match response.response().error().and_then(|error| error.as_error::<Problem>()) {
        Some(problem) => Some(problem.clone()),
        None if status.as_u16() < 400 || is_ours(&response) => None,
        None => Some(Problem::of_status(status)),
    };
    let mut response = match problem {
        Some(problem) => {
            if problem.status_code() == StatusCode::INTERNAL_SERVER_ERROR && response.response().error().is_none() {
                tracing::error!(request = id.as_str(), "the framework failed");
            }
            let request = response.request();
            let whole = if trouble::is_shown(request) {
                trouble::page(&problem, request, id.as_str())
            } else {
                let told = trouble::for_script(&problem, request).unwrap_or(problem);
                told.response(Some(request.path()), Some(id.as_str()))
            };
            response.into_response(whole)
        }
        None => response,
    };
    if let Ok(value) = HeaderValue::from_str(id.as_str()) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// Whether a failure is told in our own words: as a problem, or as a page. What the framework says by itself is plain text.
fn is_ours(response: &ServiceResponse<BoxBody>) -> bool {
    let told = response.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    told.is_some_and(|told| told == MEDIA_TYPE.as_bytes() || told.starts_with(b"text/html"))
}

/// The routes for whoever watches the service. They name no person and no complaint.
pub fn routes(config: &mut ServiceConfig) {
    config.service(healthz).service(readyz).service(metrics);
}

/// The addresses of these routes, each with GET.
pub(super) const PATHS: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// Alive: this process answers. Nothing else is asked, so that a lost database does not get it restarted.
#[get("/healthz")]
async fn healthz() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain").body("alive\n")
}

/// Ready: the database answers, its schema is current, and there is room in its queues.
#[get("/readyz")]
async fn readyz(app: App) -> Result<HttpResponse, Problem> {
    let depth = app.store().depth();
    let most = app.config().database.waiting;
    if depth.reads >= most || depth.writes >= most {
        return Err(Problem::busy("the database's queue is full"));
    }
    if *app.stopping().borrow() {
        return Err(Problem::busy("the service is stopping"));
    }
    app.store().read(|conn: &mut Conn| -> Result<_, DeskError> { Ok(gauges::ping(conn)?) }).await?;
    let engine = app.store().engine().clone();
    let pending = actix_web::web::block(move || migrate::pending(&engine)).await.map_err(|_| Problem::internal())?;
    if pending? {
        return Err(Problem::busy("the database's schema is not current"));
    }
    Ok(HttpResponse::Ok().content_type("text/plain").body(format!("ready; policy {}\n", app.policy().version())))
}

/// The figures, for Prometheus.
#[get("/metrics")]
async fn metrics(app: App) -> Result<HttpResponse, Problem> {
    let now = app.now();
    let counted =
        app.store().read(move |conn: &mut Conn| -> Result<_, DeskError> { Ok(gauges::count(conn, now)?) }).await;
    let m = app.metrics();
    // Figures of the process are worth having even while the database is away.
    if let Ok(counted) = counted {
        for (state, number) in counted.jobs {
            m.jobs.with_label_values(&[state.as_str()]).set(number);
        }
        m.clocks.with_label_values(&["running"]).set(counted.clocks_running);
        m.clocks.with_label_values(&["overdue"]).set(counted.clocks_overdue);
    }
    let depth = app.store().depth();
    m.waiting.with_label_values(&["read"]).set(i64::try_from(depth.reads).unwrap_or(i64::MAX));
    m.waiting.with_label_values(&["write"]).set(i64::try_from(depth.writes).unwrap_or(i64::MAX));
    m.commits.set(i64::try_from(depth.commits).unwrap_or(i64::MAX));
    m.written.set(i64::try_from(depth.written).unwrap_or(i64::MAX));
    let mut text = Vec::new();
    TextEncoder::new().encode(&m.registry.gather(), &mut text).map_err(|_| Problem::internal())?;
    Ok(HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_id_of_the_client_is_kept_and_others_are_not() {
        let of = |text: &'static str| RequestId::of(Some(&HeaderValue::from_static(text))).0;
        assert_eq!(of("trace-1.2:3_A"), "trace-1.2:3_A");
        for bad in ["", "a b", "<script>", "a\"b"] {
            assert_eq!(of(bad).len(), 36, "{bad}");
        }
        assert_eq!(RequestId::of(None).0.len(), 36);
    }
}
