//! The demo as a client: it asks over HTTP like anybody else, and counts what it did not expect.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use ureq::http::{Request, Response};

use super::halt::Halt;

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why a request did not do what it was sent for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missed {
    /// Somebody else was faster: 409 or 412. That is how it goes.
    Raced,
    /// The service asks to come back later: 429 or 503.
    Busy,
    /// The demo is being stopped.
    Halted,
    /// Anything else; it is counted.
    Unexpected,
}

/// What was not expected, how often, and what was said the first time. All clones are one.
#[derive(Debug, Clone, Default)]
pub struct Tally(Arc<Mutex<BTreeMap<String, (u64, String)>>>);

impl Tally {
    /// Counts something unexpected.
    pub fn count(&self, what: String, detail: impl Into<String>) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.entry(what).or_insert_with(|| (0, detail.into())).0 += 1;
    }

    /// How much there was in all.
    pub fn total(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().map(|(count, _)| count).sum()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.iter().try_for_each(|(what, (count, detail))| writeln!(f, "  {count} × {what}: {detail}"))
    }
}

/// Asks one service. Cheap to clone; each clone may be used by a thread of its own.
#[derive(Clone)]
pub struct Client {
    agent: ureq::Agent,
    base: String,
    tally: Tally,
    halt: Halt,
}

impl Client {
    /// A client of the service at `base`, such as `http://127.0.0.1:8080`.
    pub fn new(base: String, tally: Tally, halt: Halt) -> Client {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .user_agent("Otklik demo")
            .build();
        Client { agent: config.into(), base, tally, halt }
    }

    /// Sends a body that is ready, with these headers.
    ///
    /// # Errors
    /// [`Missed`].
    pub fn push<T: DeserializeOwned>(&self, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Result<T, Missed> {
        let response = self.exchange("POST", path, headers, Some(body))?;
        self.read("POST", path, response)
    }

    /// The raw exchange, whatever the status.
    fn exchange(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Vec<u8>>,
    ) -> Result<(u16, String), Missed> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let sent = match body {
            Some(body) => request
                .header("content-type", "application/json")
                .body(body)
                .map_err(ureq::Error::from)
                .and_then(|request| self.agent.run(request)),
            None => request.body(()).map_err(ureq::Error::from).and_then(|request| self.agent.run(request)),
        };
        let read = |mut response: Response<ureq::Body>| {
            Ok((response.status().as_u16(), response.body_mut().read_to_string()?))
        };
        sent.and_then(read).map_err(|error: ureq::Error| match self.halt.is_halted() {
            true => Missed::Halted,
            false => self.unexpected(method, path, "no answer", error.to_string()),
        })
    }

    fn read<T: DeserializeOwned>(&self, method: &str, path: &str, (status, text): (u16, String)) -> Result<T, Missed> {
        match status {
            200..=299 => {
                let text = if text.is_empty() { "null" } else { &text };
                serde_json::from_str(text)
                    .map_err(|error| self.unexpected(method, path, "unreadable", error.to_string()))
            }
            409 | 412 => Err(Missed::Raced),
            429 | 503 => Err(Missed::Busy),
            _ => Err(self.unexpected(method, path, &status.to_string(), text)),
        }
    }

    fn unexpected(&self, method: &str, path: &str, what: &str, detail: String) -> Missed {
        self.tally.count(format!("{method} {}: {what}", shape(path)), detail);
        Missed::Unexpected
    }
}

/// A path without what differs from one record to the next.
fn shape(path: &str) -> String {
    let path = path.split('?').next().unwrap_or_default();
    let parts = path.split('/').map(|part| {
        let is_id =
            part.parse::<uuid::Uuid>().is_ok() || (!part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
        if is_id { "…" } else { part }
    });
    parts.collect::<Vec<_>>().join("/")
}

/// A member of staff at work: signed in, and signing in anew when the token is over.
#[derive(Clone)]
pub struct Member {
    client: Client,
    login: String,
    password: String,
    token: Option<String>,
}

#[derive(Deserialize)]
struct Tokens {
    access_token: String,
}

impl Member {
    /// Somebody with an account; signs in with the first request.
    pub fn new(client: Client, login: &str, password: &str) -> Member {
        Member { client, login: login.to_owned(), password: password.to_owned(), token: None }
    }

    /// Asks for something.
    ///
    /// # Errors
    /// [`Missed`].
    pub fn get<T: DeserializeOwned>(&mut self, path: &str) -> Result<T, Missed> {
        self.ask("GET", path, None, None)
    }

    /// Makes something.
    ///
    /// # Errors
    /// [`Missed`].
    pub fn post<T: DeserializeOwned>(&mut self, path: &str, body: &Value) -> Result<T, Missed> {
        self.ask("POST", path, None, Some(body))
    }

    /// Changes something, provided it still is at the version that was seen; `body` may be none.
    ///
    /// # Errors
    /// [`Missed`].
    pub fn change<T: DeserializeOwned>(
        &mut self,
        method: &str,
        path: &str,
        seen: i64,
        body: Option<&Value>,
    ) -> Result<T, Missed> {
        self.ask(method, path, Some(seen), body)
    }

    /// Puts something in the place of what is there.
    ///
    /// # Errors
    /// [`Missed`].
    pub fn put<T: DeserializeOwned>(&mut self, path: &str, body: &Value) -> Result<T, Missed> {
        self.ask("PUT", path, None, Some(body))
    }

    fn ask<T: DeserializeOwned>(
        &mut self,
        method: &str,
        path: &str,
        seen: Option<i64>,
        body: Option<&Value>,
    ) -> Result<T, Missed> {
        let mut answer = self.try_once(method, path, seen, body)?;
        if answer.0 == 401 {
            self.token = None;
            answer = self.try_once(method, path, seen, body)?;
        }
        self.client.read(method, path, answer)
    }

    fn try_once(
        &mut self,
        method: &str,
        path: &str,
        seen: Option<i64>,
        body: Option<&Value>,
    ) -> Result<(u16, String), Missed> {
        let bearer = format!("Bearer {}", self.token()?);
        let tag = seen.map(|version| format!("\"{version}\""));
        let mut headers = vec![("authorization", bearer.as_str())];
        headers.extend(tag.as_deref().map(|tag| ("if-match", tag)));
        // A POST without a body still has a length.
        let body = body.map(|body| body.to_string().into_bytes()).or_else(|| (method == "POST").then(Vec::new));
        self.client.exchange(method, path, &headers, body)
    }

    fn token(&mut self) -> Result<String, Missed> {
        if let Some(token) = &self.token {
            return Ok(token.clone());
        }
        let credentials = json!({ "login": self.login, "password": self.password });
        let tokens: Tokens = self.client.push("/api/v1/session", &[], credentials.to_string().into_bytes())?;
        self.token = Some(tokens.access_token.clone());
        Ok(tokens.access_token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unexpected_is_counted_by_what_it_was() {
        let tally = Tally::default();
        tally.count("POST /x: 500".to_owned(), "first");
        tally.count("POST /x: 500".to_owned(), "second");
        assert_eq!((tally.total(), tally.to_string()), (2, "  2 × POST /x: 500: first\n".to_owned()));
    }

    #[test]
    fn paths_are_told_apart_by_their_shape() {
        let id = uuid::Uuid::nil();
        assert_eq!(shape(&format!("/api/v1/incidents/{id}/answers/2?x=1")), "/api/v1/incidents/…/answers/…");
    }
}
