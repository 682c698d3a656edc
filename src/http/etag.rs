//! Versions on the wire: `ETag` says which one was shown, `If-Match` which one a change is meant for.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest};
use utoipa::IntoParams;

use super::problem::Problem;

/// The header, for the OpenAPI: `params(IfMatchHeader)`.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code)]
pub struct IfMatchHeader {
    /// The `ETag` of the version that the change is meant for. If it has changed since, nothing is done (412).
    #[param(rename = "If-Match", pattern = "^(\\*|(W/)?\"[0-9]{1,18}\")$", required = false)]
    if_match: String,
}

/// The version that the client saw; none if it sent no `If-Match`, or `*`, which any version matches.
///
/// A weak tag is taken like a strong one: ours number the record's state, and not the bytes of one way of showing it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IfMatch(Option<i64>);

impl IfMatch {
    /// The version, for the use case to compare.
    pub fn version(self) -> Option<i64> {
        self.0
    }
}

impl FromRequest for IfMatch {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let mut given = request.headers().get_all(header::IF_MATCH);
        ready(match (given.next(), given.next()) {
            (None, _) => Ok(IfMatch(None)),
            (Some(value), None) => read(value.as_bytes()).map(IfMatch).ok_or_else(unreadable),
            (Some(_), Some(_)) => Err(unreadable()),
        })
    }
}

fn unreadable() -> Problem {
    Problem::malformed("If-Match must be one tag as it stood in ETag, such as \"7\", or *")
}

/// `None` if it cannot be read; `Some(None)` for any version.
fn read(value: &[u8]) -> Option<Option<i64>> {
    let text = std::str::from_utf8(value).ok()?.trim();
    if text == "*" {
        return Some(None);
    }
    let digits = text.strip_prefix("W/").unwrap_or(text).strip_prefix('"')?.strip_suffix('"')?;
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if plain { digits.parse().ok().map(Some) } else { None }
}

/// The `ETag` of a version.
pub fn tag(version: i64) -> String {
    format!("\"{version}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_read_as_they_were_written() {
        assert_eq!(read(tag(7).as_bytes()), Some(Some(7)));
        assert_eq!(read(b"W/\"7\""), Some(Some(7)));
        assert_eq!(read(b" * "), Some(None));
        for bad in ["7", "\"\"", "\"x\"", "\"7\", \"8\"", "\"-7\"", "\"99999999999999999999\"", "W/", "\""] {
            assert_eq!(read(bad.as_bytes()), None, "{bad}");
        }
    }
}
