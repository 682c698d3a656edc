//! `Idempotency-Key`: a request that is sent again is not done again, but answered as it was the first time.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpRequest};
use hmac::Mac as _;
use utoipa::IntoParams;

use super::auth::Caller;
use super::json::BodyDigest;
use super::problem::Problem;
use super::reply::Reply;
use crate::app::App;
use crate::config::keyed_hash;
use crate::desk::once::{Outcome, Request};
use crate::desk::{self, Desk};
use crate::domain::event::hex;
use crate::store::Conn;

/// The header, for the OpenAPI: `params(OnceHeader)`.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code)]
pub struct OnceHeader {
    /// Makes the request safe to send again: with the same key and body it is answered as it was before, for 24 hours. A key used
    /// with another body or address is refused (422, `idempotency_mismatch`). A request that fails does not use the key up.
    #[param(rename = "Idempotency-Key", min_length = 1, max_length = 255, pattern = "^[!-~]+$", required = false)]
    idempotency_key: String,
}

/// What tells a request from others: its key, if it has one, and what it asks of what.
#[derive(Debug, Clone)]
pub struct Once {
    key: Option<String>,
    route: String,
}

impl FromRequest for Once {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let mut given = request.headers().get_all("idempotency-key");
        let key = match (given.next(), given.next()) {
            (None, _) => Ok(None),
            (Some(value), None) => read(value.as_bytes()).map(Some).ok_or_else(unreadable),
            (Some(_), Some(_)) => Err(unreadable()),
        };
        ready(key.map(|key| Once { key, route: format!("{} {}", request.method(), request.path()) }))
    }
}

fn unreadable() -> Problem {
    Problem::malformed("Idempotency-Key must be one value of 1 to 255 visible ASCII characters")
}

fn read(value: &[u8]) -> Option<String> {
    let visible = (1..=255).contains(&value.len()) && value.iter().all(u8::is_ascii_graphic);
    if visible { String::from_utf8(value.to_vec()).ok() } else { None }
}

impl Once {
    /// Does the work in one transaction, unless the key says that it was done before; then that answer is given again.
    ///
    /// `digest` is that of the body, from [`Json::split`](super::json::Json::split), or [`BodyDigest::none`].
    ///
    /// # Errors
    /// What the work returned, or 422 when the key was used for something else.
    pub async fn run<F>(self, app: &App, caller: &Caller, digest: BodyDigest, work: F) -> Result<Reply, Problem>
    where
        F: FnOnce(&mut Conn, &Desk) -> Result<Reply, desk::Error> + Send + 'static,
    {
        let desk = caller.desk(app);
        let Some(key) = self.key else {
            return Ok(app.store().write(move |conn| work(conn, &desk)).await?);
        };
        let request = Request { key, route: self.route, body_hash: fingerprint(&app.keys().bodies, digest) };
        let seal = app.seal().clone();
        let outcome = app
            .store()
            .write(move |conn| {
                desk::once::once(conn, &desk, &seal, &request, |conn| work(conn, &desk).map(|reply| reply.keep()))
            })
            .await?;
        match outcome {
            Outcome::Done(answer) => Reply::kept(&answer, false),
            Outcome::Replayed(answer) => Reply::kept(&answer, true),
            Outcome::Mismatch => Err(Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency_mismatch",
                "The key was used for another request",
                "this Idempotency-Key was sent before with another body or to another address",
            )),
        }
    }
}

/// The hash that is kept of a body. It is keyed: a body may hold a password, which a plain hash would let be guessed.
fn fingerprint(key: &[u8; 32], digest: BodyDigest) -> String {
    let mut mac = keyed_hash(key);
    mac.update(&digest.0);
    hex(&mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_visible_ascii() {
        assert_eq!(read(b"a-1_~!"), Some("a-1_~!".to_owned()));
        for bad in [&b""[..], b"a b", "ключ".as_bytes(), &[b'x'; 256], b"\x7f"] {
            assert_eq!(read(bad), None);
        }
    }
}
