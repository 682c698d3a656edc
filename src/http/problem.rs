//! Problems (RFC 9457): what every request that fails is answered with, whatever made it fail.
//!
//! One match decides which status and code an error of the use cases has. A request's own id and address are added where the
//! response leaves ([`super::observe`]), so that whoever makes a problem needs to know nothing about the request.

use std::collections::BTreeSet;
use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::desk;
use crate::domain::answer::Concern;
use crate::domain::{Invalid, Refusal};
use crate::store::StoreError;

/// The media type of problems.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// A problem on its way out. Small, so that results stay small.
#[derive(Debug, Clone)]
pub struct Problem(Box<Inner>);

#[derive(Debug, Clone)]
struct Inner {
    status: StatusCode,
    document: ProblemDocument,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// What a request that fails is answered with: RFC 9457, with a stable code.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemDocument {
    /// Names the kind of problem; stable.
    #[serde(rename = "type")]
    #[schema(example = "urn:otklik:problem:invalid")]
    kind: String,
    /// The kind of problem in words.
    #[schema(example = "What was sent is not valid")]
    title: &'static str,
    /// The HTTP status.
    #[schema(example = 422, minimum = 400, maximum = 599)]
    status: u16,
    /// What is wrong this time.
    detail: String,
    /// The path that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "/api/v1/staff")]
    instance: Option<String>,
    /// The stable code: the last part of `type`.
    #[schema(example = "invalid")]
    code: &'static str,
    /// Every fault of what was sent, if that is what is wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<Invalid>,
    /// The request's id, as in the `X-Request-Id` header and in the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    /// Further members that some kinds have: `legal` (the moves that are possible now), `current` (the version that stands now).
    #[serde(flatten)]
    #[schema(additional_properties, value_type = Object)]
    more: Map<String, Value>,
}

impl ProblemDocument {
    /// The status it would have alone.
    pub fn status(&self) -> u16 {
        self.status
    }
}

impl Problem {
    /// A problem of a stable code.
    pub fn new(status: StatusCode, code: &'static str, title: &'static str, detail: impl Into<String>) -> Problem {
        let document = ProblemDocument {
            kind: format!("urn:otklik:problem:{code}"),
            title,
            status: status.as_u16(),
            detail: detail.into(),
            instance: None,
            code,
            errors: Vec::new(),
            request_id: None,
            more: Map::new(),
        };
        Problem(Box::new(Inner { status, document, headers: Vec::new() }))
    }

    /// The problem as a value, for one item of a bulk request.
    pub fn document(self) -> ProblemDocument {
        self.0.document
    }

    /// 400: what was sent cannot even be read.
    pub fn malformed(detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::BAD_REQUEST, "malformed", "The request cannot be read", detail)
    }

    /// 422: what was sent can be read but breaks a rule; one fault.
    pub fn invalid(pointer: impl Into<String>, message: impl Into<String>) -> Problem {
        Refusal::invalid(pointer, message).into()
    }

    /// 404: there is no such thing, or none that the actor may see.
    pub fn not_found(what: &str) -> Problem {
        Problem::new(StatusCode::NOT_FOUND, "not_found", "Not found", format!("there is no such {what}"))
    }

    /// 401: nobody is signed in, or the token is not good (any more).
    pub fn unauthorized(code: &'static str, detail: impl Into<String>, challenge: &'static str) -> Problem {
        Problem::new(StatusCode::UNAUTHORIZED, code, "Sign in first", detail)
            .header(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge))
    }

    /// 502: a social network said no, or nothing.
    pub fn refused_by_network(detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::BAD_GATEWAY, "network_refused", "The social network refused", detail)
    }

    /// 403: whoever asks does not prove to be the one whom the address is for.
    pub fn forbidden(code: &'static str, detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::FORBIDDEN, code, "Forbidden", detail)
    }

    /// 503: come back in a moment.
    pub fn busy(detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "Busy for the moment", detail)
            .header(header::RETRY_AFTER, HeaderValue::from_static("1"))
    }

    /// 500: something is wrong with us; what, is for the log only.
    pub fn internal() -> Problem {
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Something went wrong on our side",
            "it has been noted; name the request id when you ask about it",
        )
    }

    /// The problem of a status that the framework gave by itself.
    pub fn of_status(status: StatusCode) -> Problem {
        let (code, title, detail) = match status {
            StatusCode::NOT_FOUND => ("not_found", "Not found", "there is nothing at this address"),
            StatusCode::METHOD_NOT_ALLOWED => {
                ("method_not_allowed", "Not possible here", "this address does not have this method")
            }
            StatusCode::PAYLOAD_TOO_LARGE => ("too_large", "Too large", "the body is larger than allowed"),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => {
                ("unsupported_media_type", "Not a type we read", "the body must be application/json")
            }
            StatusCode::REQUEST_TIMEOUT => ("timeout", "Too slow", "the request took too long to arrive"),
            s if s.is_client_error() => ("malformed", "The request cannot be read", "the request cannot be understood"),
            _ => return Problem::internal(),
        };
        Problem::new(status, code, title, detail)
    }

    /// Adds a member that only this kind of problem has.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Serialize) -> Problem {
        let value = serde_json::to_value(value).unwrap_or_default();
        self.0.document.more.insert(name.to_owned(), value);
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Problem {
        self.0.headers.push((name, value));
        self
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        self.0.document.code
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// What is wrong this time.
    pub fn detail(&self) -> &str {
        &self.0.document.detail
    }

    /// Every fault of what was sent, if that is what is wrong.
    pub fn faults(&self) -> &[Invalid] {
        &self.0.document.errors
    }

    /// The same, with what is wrong said in other words.
    #[must_use]
    pub fn saying(mut self, detail: String) -> Problem {
        self.0.document.detail = detail;
        self
    }

    /// In how many seconds to come again, if it says so.
    pub fn retry_after(&self) -> i64 {
        let told = self.0.headers.iter().find(|(name, _)| *name == header::RETRY_AFTER);
        told.and_then(|(_, seconds)| seconds.to_str().ok()?.parse().ok()).unwrap_or(1)
    }

    /// The response, with the request's address and id.
    pub(super) fn response(&self, instance: Option<&str>, request_id: Option<&str>) -> HttpResponse {
        let mut document = self.0.document.clone();
        document.instance = instance.map(str::to_owned);
        document.request_id = request_id.map(str::to_owned);
        let mut response = HttpResponse::build(self.0.status);
        for header in &self.0.headers {
            response.insert_header(header.clone());
        }
        response.insert_header((header::CACHE_CONTROL, "no-store"));
        response.content_type(MEDIA_TYPE).body(serde_json::to_string(&document).unwrap_or_default())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.document.code, self.0.document.detail)
    }
}

impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.0.status
    }

    fn error_response(&self) -> HttpResponse {
        self.response(None, None)
    }
}

impl From<desk::Error> for Problem {
    fn from(error: desk::Error) -> Problem {
        match error {
            desk::Error::Refused(refusal) => refusal.into(),
            desk::Error::NotFound(what) => Problem::not_found(what),
            desk::Error::Conflict(why) => Problem::new(StatusCode::CONFLICT, "conflict", "In conflict", why),
            desk::Error::Stale { current } => {
                let problem = Problem::new(
                    StatusCode::PRECONDITION_FAILED,
                    "stale",
                    "It changed meanwhile",
                    format!("it is at version {current} now; look at it again before changing it"),
                );
                let problem = problem.with("current", current);
                match HeaderValue::try_from(format!("\"{current}\"")) {
                    Ok(tag) => problem.header(header::ETAG, tag),
                    Err(_) => problem,
                }
            }
            desk::Error::Store(error) => error.into(),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Problem {
        let (code, detail) = (refusal.code(), refusal.to_string());
        match refusal {
            Refusal::Invalid(faults) => {
                let title = "What was sent is not valid";
                let detail = faults.iter().map(said).collect::<Vec<_>>().join("; ");
                let mut problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, title, detail);
                problem.0.document.errors = faults;
                problem
            }
            Refusal::Malformed(_) => Problem::malformed(detail),
            Refusal::IllegalMove { step, legal, .. } => {
                let title = "Not possible in this step";
                Problem::new(StatusCode::CONFLICT, code, title, detail).with("step", step).with("legal", legal)
            }
            Refusal::Forbidden(right) => {
                Problem::new(StatusCode::FORBIDDEN, code, "Not allowed", detail).with("right", right)
            }
            Refusal::OwnAnswer => Problem::new(StatusCode::FORBIDDEN, code, "Not allowed", detail),
            Refusal::Concerns(concerns) => {
                let codes: BTreeSet<&str> = concerns.iter().map(|concern| concern.code.as_str()).collect();
                let mut problem =
                    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, "The answer holds what is forbidden", detail);
                problem.0.document.errors = concerns.iter().map(forbidden).collect();
                problem.with("concerns", codes)
            }
            Refusal::CannotMerge(_) => Problem::new(StatusCode::CONFLICT, code, "Cannot be merged", detail),
            Refusal::SlowDown(seconds) => {
                Problem::new(StatusCode::TOO_MANY_REQUESTS, code, "Too many attempts", detail)
                    .header(header::RETRY_AFTER, HeaderValue::from(seconds))
            }
            Refusal::WrongCredentials => Problem::unauthorized(code, detail, "Bearer realm=\"otklik\""),
            Refusal::BadToken => {
                Problem::unauthorized(code, detail, "Bearer realm=\"otklik\", error=\"invalid_token\"")
            }
        }
    }
}

/// A concern as a fault of the answer's text.
fn forbidden(concern: &Concern) -> Invalid {
    let piece = if concern.piece.is_empty() { String::new() } else { format!(": \"{}\"", concern.piece) };
    Invalid { pointer: "/text".to_owned(), message: format!("{}{piece}", concern.code) }
}

/// A fault in words; of one that is about the whole, only what is wrong.
fn said(fault: &Invalid) -> String {
    if fault.pointer.is_empty() { fault.message.clone() } else { format!("{}: {}", fault.pointer, fault.message) }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Problem {
        match error {
            StoreError::Busy => Problem::busy("too many requests wait for the database; try again"),
            StoreError::Away(why) => {
                tracing::error!(%why, "the database is away");
                Problem::busy("the database is out of reach; try again")
            }
            StoreError::Query(error) => {
                tracing::error!(%error, "a query failed");
                Problem::internal()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::body::to_bytes;

    use super::*;
    use crate::domain::Permission;
    use crate::domain::incident::{Action, Step};

    #[test]
    fn every_error_has_its_status_and_code() {
        let moved = Refusal::IllegalMove { action: Action::ALL[0], step: Step::Closed, legal: vec![Action::ALL[1]] };
        let cases: [(desk::Error, u16, &str); 13] = [
            (Refusal::invalid("/a", "b").into(), 422, "invalid"),
            (moved.into(), 409, "illegal_move"),
            (Refusal::Forbidden(Permission::Triage).into(), 403, "forbidden"),
            (Refusal::OwnAnswer.into(), 403, "own_answer"),
            (Refusal::Concerns(Vec::new()).into(), 422, "concerns"),
            (Refusal::CannotMerge("no").into(), 409, "cannot_merge"),
            (Refusal::SlowDown(9).into(), 429, "slow_down"),
            (Refusal::WrongCredentials.into(), 401, "wrong_credentials"),
            (Refusal::BadToken.into(), 401, "bad_token"),
            (desk::Error::NotFound("source"), 404, "not_found"),
            (desk::Error::Stale { current: 3 }, 412, "stale"),
            (StoreError::Busy.into(), 503, "busy"),
            (StoreError::Query(diesel::result::Error::NotFound).into(), 500, "internal"),
        ];
        for (error, status, code) in cases {
            let problem = Problem::from(error);
            assert_eq!((problem.status_code().as_u16(), problem.code()), (status, code));
        }
    }

    #[actix_web::test]
    async fn a_problem_is_a_whole_document() {
        let problem = Problem::from(desk::Error::Stale { current: 7 });
        let response = problem.response(Some("/api/v1/x"), Some("r-1"));
        assert_eq!(response.headers().get("content-type").unwrap(), MEDIA_TYPE);
        assert_eq!(response.headers().get("etag").unwrap(), "\"7\"");
        let body: Value = serde_json::from_slice(&to_bytes(response.into_body()).await.unwrap()).unwrap();
        assert_eq!(
            body,
            serde_json::json!({
                "type": "urn:otklik:problem:stale", "title": "It changed meanwhile", "status": 412, "code": "stale",
                "detail": "it is at version 7 now; look at it again before changing it",
                "instance": "/api/v1/x", "request_id": "r-1", "current": 7,
            })
        );
    }

    #[test]
    fn a_failure_of_ours_says_nothing_about_itself() {
        let error = diesel::result::Error::QueryBuilderError("secret".into());
        assert!(!Problem::from(StoreError::Query(error)).to_string().contains("secret"));
    }
}
