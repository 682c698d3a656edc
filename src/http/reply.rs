//! What a request is answered: a plain value, so that it can be made inside a transaction and kept with it.

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, Responder};
use serde::{Deserialize, Serialize};

use super::etag;
use super::problem::Problem;
use crate::desk::once::Answer;

/// An answer: a status, JSON, and the headers that belong to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    status: StatusCode,
    rest: Rest,
    replayed: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Rest {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    location: Option<String>,
}

impl Reply {
    /// 200 with a value.
    pub fn ok(view: &impl Serialize) -> Reply {
        Reply::with(StatusCode::OK, view)
    }

    /// The value, as JSON; nothing if there is none.
    pub fn value(&self) -> serde_json::Value {
        self.rest.body.as_deref().and_then(|body| serde_json::from_str(body).ok()).unwrap_or_default()
    }

    /// 201 with the value that was made, and where it is from now on.
    pub fn created(location: impl Into<String>, view: &impl Serialize) -> Reply {
        let mut reply = Reply::with(StatusCode::CREATED, view);
        reply.rest.location = Some(location.into());
        reply
    }

    /// 207: what became of each item of a bulk request.
    pub fn several(view: &impl Serialize) -> Reply {
        Reply::with(StatusCode::MULTI_STATUS, view)
    }

    /// 204: done, and nothing to say.
    pub fn nothing() -> Reply {
        Reply { status: StatusCode::NO_CONTENT, rest: Rest::default(), replayed: false }
    }

    /// Any status with a value.
    pub fn with(status: StatusCode, view: &impl Serialize) -> Reply {
        match serde_json::to_string(view) {
            Ok(body) => Reply { status, rest: Rest { body: Some(body), ..Rest::default() }, replayed: false },
            Err(error) => {
                tracing::error!(%error, "an answer does not serialise");
                Reply { status: StatusCode::INTERNAL_SERVER_ERROR, rest: Rest::default(), replayed: false }
            }
        }
    }

    /// Says which version this is, as `ETag`.
    #[must_use]
    pub fn version(mut self, version: i64) -> Reply {
        self.rest.version = Some(version);
        self
    }

    /// The form in which it is kept.
    pub(super) fn keep(&self) -> Answer {
        Answer { status: self.status.as_u16(), text: serde_json::to_string(&self.rest).unwrap_or_default() }
    }

    /// What was kept, marked as shown again if it is.
    pub(super) fn kept(answer: &Answer, replayed: bool) -> Result<Reply, Problem> {
        let status = StatusCode::from_u16(answer.status).map_err(|_| Problem::internal())?;
        let rest = serde_json::from_str(&answer.text).map_err(|_| Problem::internal())?;
        Ok(Reply { status, rest, replayed })
    }
}

impl Responder for Reply {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        if let Some(version) = self.rest.version {
            response.insert_header((header::ETAG, etag::tag(version)));
        }
        if let Some(location) = self.rest.location {
            response.insert_header((header::LOCATION, location));
        }
        if self.replayed {
            response.insert_header(("Idempotency-Replayed", "true"));
        }
        // Nothing that is answered may lie about in a shared cache: almost all of it is personal.
        response.insert_header((header::CACHE_CONTROL, "no-store"));
        match self.rest.body {
            Some(body) => response.content_type("application/json").body(body),
            None => response.finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_is_the_same_after_it_was_kept() {
        for reply in [Reply::nothing(), Reply::created("/x/1", &[1, 2]).version(4), Reply::ok(&"да")] {
            let kept = Reply::kept(&reply.keep(), false).unwrap();
            assert_eq!(kept, reply);
        }
    }
}
