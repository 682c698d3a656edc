//! Reading bodies, queries and paths. Whatever cannot be read becomes a problem that says where it is wrong.

use std::fmt::Write as _;
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::{StatusCode, header};
use actix_web::web::{Bytes, BytesMut};
use actix_web::{FromRequest, HttpRequest};
use futures_util::StreamExt as _;
use serde::de::DeserializeOwned;
use serde_path_to_error::{Path as Where, Segment};
use sha2::{Digest as _, Sha256};

use super::allowed::Allowed;
use super::problem::Problem;
use crate::app::App;

/// How long a body may take to arrive.
const PATIENCE: Duration = Duration::from_secs(30);

/// The hash of a body, to tell a repeated request from another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyDigest(pub(super) [u8; 32]);

impl BodyDigest {
    /// The digest of a request without a body.
    pub fn none() -> BodyDigest {
        BodyDigest::of(b"")
    }

    /// The digest of a body.
    pub fn of(body: &[u8]) -> BodyDigest {
        BodyDigest(Sha256::digest(body).into())
    }
}

/// A JSON body. A body of another type is answered 415, one that is too large 413, one that is not JSON 400, and one that is JSON of
/// the wrong shape 422 with the place that is wrong.
#[derive(Debug)]
pub struct Json<T> {
    value: T,
    digest: BodyDigest,
}

impl<T> Json<T> {
    /// The value.
    pub fn into_inner(self) -> T {
        self.value
    }

    /// The value and the digest of the bytes it was read from, for [`Once`](super::once::Once).
    pub fn split(self) -> (T, BodyDigest) {
        (self.value, self.digest)
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for Json<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let limit = request.app_data::<App>().map_or(1 << 20, |app| app.config().limits.body_bytes);
        let typed = need_json(request);
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            typed?;
            let body = collect(&request, payload, limit).await?;
            Ok(Json { value: parse(&body)?, digest: BodyDigest::of(&body) })
        })
    }
}

/// A JSON body that may be left out, or be `null`.
#[derive(Debug)]
pub struct MaybeJson<T> {
    value: Option<T>,
    digest: BodyDigest,
}

impl<T> MaybeJson<T> {
    /// The value, if there is one, and the digest of the bytes it was read from.
    pub fn split(self) -> (Option<T>, BodyDigest) {
        (self.value, self.digest)
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for MaybeJson<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let limit = request.app_data::<App>().map_or(1 << 20, |app| app.config().limits.body_bytes);
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let body = collect(&request, payload, limit).await?;
            let value = if body.is_empty() {
                None
            } else {
                need_json(&request)?;
                parse(&body)?
            };
            Ok(MaybeJson { value, digest: BodyDigest::of(&body) })
        })
    }
}

/// Goes on only with a body of JSON that is not compressed.
///
/// # Errors
/// 415.
pub fn need_json(request: &HttpRequest) -> Result<(), Problem> {
    let text = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    let essence = text(header::CONTENT_TYPE).and_then(|value| value.split(';').next()).map(str::trim);
    let plain = text(header::CONTENT_ENCODING).is_none_or(|coding| coding.trim().eq_ignore_ascii_case("identity"));
    if plain && essence.is_some_and(|essence| essence.eq_ignore_ascii_case("application/json")) {
        Ok(())
    } else {
        Err(Problem::of_status(StatusCode::UNSUPPORTED_MEDIA_TYPE))
    }
}

/// Reads a whole body of at most `limit` bytes.
///
/// # Errors
/// 413 when it is larger, 408 when it takes too long, 400 when it breaks off.
pub async fn collect(request: &HttpRequest, mut payload: Payload, limit: usize) -> Result<Bytes, Problem> {
    let too_large = || {
        Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            "Too large",
            format!("the body may have at most {limit} bytes"),
        )
    };
    let announced = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: usize| length > limit) {
        return Err(too_large());
    }
    let arrival = async {
        let mut body = BytesMut::with_capacity(announced.unwrap_or(0));
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|_| Problem::malformed("the body broke off"))?;
            if body.len() + chunk.len() > limit {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    };
    tokio::time::timeout(PATIENCE, arrival)
        .await
        .unwrap_or_else(|_| Err(Problem::of_status(StatusCode::REQUEST_TIMEOUT)))
}

/// Reads JSON.
///
/// # Errors
/// 400 when it is not JSON, 422 when it has the wrong shape or holds U+0000, which PostgreSQL cannot keep.
pub fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let text = std::str::from_utf8(body)
        .map_err(|error| Problem::malformed(format!("the body is not UTF-8 from byte {} on", error.valid_up_to())))?;
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let pointer = pointer(error.path());
        let inner = error.into_inner();
        if inner.is_data() { Problem::invalid(pointer, bare(&inner)) } else { Problem::malformed(inner.to_string()) }
    })?;
    reader.end().map_err(|error| Problem::malformed(error.to_string()))?;
    if holds_nul(text) {
        return Err(Problem::invalid("", "no text may contain U+0000"));
    }
    Ok(value)
}

/// An error of shape without its line and column: the pointer says where it is.
fn bare(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or(&text).to_owned()
}

/// The JSON pointer (RFC 6901) to a place.
fn pointer(place: &Where) -> String {
    let mut pointer = String::new();
    for segment in place.iter() {
        // Writing to a string cannot fail.
        let _ = match segment {
            Segment::Seq { index } => write!(pointer, "/{index}"),
            Segment::Map { key } => write!(pointer, "/{}", key.replace('~', "~0").replace('/', "~1")),
            Segment::Enum { .. } | Segment::Unknown => Ok(()),
        };
    }
    pointer
}

/// Whether a JSON text has an escaped U+0000; a bare one is not JSON.
fn holds_nul(json: &str) -> bool {
    json.match_indices("\\u0000").any(|(at, _)| {
        let before = json.as_bytes()[..at].iter().rev().take_while(|byte| **byte == b'\\').count();
        before % 2 == 0
    })
}

/// The variable parts of a path. What does not read as what it should be names nothing, so it is answered 404.
#[derive(Debug, Clone, Copy)]
pub struct Path<T>(T);

impl<T> Path<T> {
    /// The value.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T: DeserializeOwned> FromRequest for Path<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let parts = request.match_info();
        let nul = parts.iter().any(|(_, part)| part.contains('\0') || part.contains("%00"));
        let value = if nul { None } else { parts.load().ok() };
        ready(value.map(Path).ok_or_else(|| match request.app_data::<Allowed>() {
            Some(allowed) => allowed.misnamed(request),
            None => Problem::of_status(StatusCode::NOT_FOUND),
        }))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::ResponseError as _;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        #[allow(dead_code)]
        items: Vec<Item>,
    }

    #[derive(Debug, Deserialize)]
    struct Item {
        #[allow(dead_code)]
        #[serde(rename = "a/b")]
        n: i32,
    }

    fn fault(body: &[u8]) -> (u16, String) {
        let problem = parse::<Sample>(body).unwrap_err();
        (problem.status_code().as_u16(), problem.to_string())
    }

    #[test]
    fn a_wrong_shape_names_its_place() {
        let (status, text) = fault(br#"{"items":[{"a/b":1},{"a/b":"x"}]}"#);
        assert_eq!((status, text.as_str()), (422, "invalid: /items/1/a~1b: invalid type: string \"x\", expected i32"));
        assert_eq!(fault(br#"{"items":[],"more":1}"#).0, 422);
        assert_eq!(fault(b"[]").0, 422);
    }

    #[test]
    fn what_is_not_json_is_malformed() {
        for body in [&b""[..], b"{", b"{\"items\":[]} x", b"\xff", b"{\"items\":[],}", b"{\"items\":[]\0}"] {
            assert_eq!(fault(body).0, 400, "{body:?}");
        }
    }

    #[test]
    fn nul_is_found_only_where_it_is_one() {
        assert!(holds_nul(r#"{"a":"\u0000"}"#));
        assert!(holds_nul(r#"{"a":"\\\u0000"}"#));
        assert!(!holds_nul(r#"{"a":"\\u0000"}"#));
    }
}
