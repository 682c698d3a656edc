//! A client of the API, and what it was answered.

use serde_json::Value;
use ureq::http::{HeaderMap, Request};

/// Somebody who asks.
#[derive(Clone)]
pub struct Client<'a> {
    agent: &'a ureq::Agent,
    url: String,
    token: Option<String>,
}

impl<'a> Client<'a> {
    pub fn new(agent: &'a ureq::Agent, url: String, token: Option<String>) -> Client<'a> {
        Client { agent, url, token }
    }

    /// The access token, if signed in.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// Any request.
    pub fn ask(&self, method: &str, path: &str) -> Ask<'_> {
        let mut headers = Vec::new();
        if let Some(token) = &self.token {
            headers.push(("authorization".to_owned(), format!("Bearer {token}")));
        }
        Ask { client: self, method: method.to_owned(), path: escaped(path), headers, body: None }
    }

    pub fn get(&self, path: &str) -> Answer {
        self.ask("GET", path).send()
    }

    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.ask("POST", path).json(body).send()
    }

    pub fn put(&self, path: &str, body: &Value) -> Answer {
        self.ask("PUT", path).json(body).send()
    }

    pub fn patch(&self, path: &str, body: &Value) -> Answer {
        self.ask("PATCH", path).json(body).send()
    }

    pub fn delete(&self, path: &str) -> Answer {
        self.ask("DELETE", path).send()
    }
}

/// A request being put together.
#[must_use = "a request does nothing until it is sent"]
pub struct Ask<'a> {
    client: &'a Client<'a>,
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

impl Ask<'_> {
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Only if it is still at the version of this `ETag`.
    pub fn if_match(self, etag: &str) -> Self {
        self.header("if-match", etag)
    }

    /// With an idempotency key.
    pub fn once(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    pub fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string().as_bytes())
    }

    pub fn body(self, media_type: &str, body: &[u8]) -> Self {
        let mut ask = self.header("content-type", media_type);
        ask.body = Some(body.to_vec());
        ask
    }

    #[track_caller]
    pub fn send(self) -> Answer {
        let Ask { client, method, path, headers, body } = self;
        let what = format!("{method} {path}");
        let mut request = Request::builder().method(method.as_str()).uri(format!("{}{path}", client.url));
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let sent = match body {
            Some(body) => client.agent.run(request.body(body).unwrap_or_else(|error| panic!("{what}: {error}"))),
            None => client.agent.run(request.body(()).unwrap_or_else(|error| panic!("{what}: {error}"))),
        };
        let mut response = sent.unwrap_or_else(|error| panic!("{what}: {error}"));
        let body = response.body_mut().with_config().limit(256 << 20).read_to_vec();
        Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: body.unwrap_or_else(|error| panic!("{what}: {error}")),
            what,
        }
    }
}

/// What a request was answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    what: String,
}

impl Answer {
    /// Itself, if it has this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Answer {
        assert_eq!(self.status, status, "{} was answered: {}", self.what, self.text());
        self
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Its `ETag`.
    #[track_caller]
    pub fn etag(&self) -> String {
        self.header("etag").unwrap_or_else(|| panic!("{} was answered without an ETag", self.what)).to_owned()
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{} was not answered with JSON ({error}): {}", self.what, self.text()))
    }

    /// The problem that it must be: RFC 9457, whole, of this status and code.
    #[track_caller]
    pub fn problem(self, status: u16, code: &str) -> Value {
        let answer = self.expect(status);
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{}", answer.what);
        let problem = answer.json();
        let text = |member: &str| problem[member].as_str().unwrap_or_default().to_owned();
        assert_eq!(text("code"), code, "{}: {problem}", answer.what);
        assert_eq!(problem["status"], status, "{}: {problem}", answer.what);
        assert_eq!(text("type"), format!("urn:otklik:problem:{code}"));
        assert!(!text("title").is_empty() && !text("detail").is_empty(), "{}: {problem}", answer.what);
        let path = answer.what.split_once(' ').map_or("", |(_, path)| path);
        assert_eq!(text("instance"), path.split('?').next().unwrap_or_default(), "{}: {problem}", answer.what);
        assert_eq!(Some(text("request_id").as_str()), answer.header("x-request-id"), "{}", answer.what);
        problem
    }
}

/// The path with spaces and what is not ASCII percent-encoded, as every client sends it.
fn escaped(path: &str) -> String {
    let mut escaped = String::with_capacity(path.len());
    for character in path.chars() {
        if character.is_ascii_graphic() {
            escaped.push(character);
        } else {
            let mut bytes = [0; 4];
            character.encode_utf8(&mut bytes).bytes().for_each(|byte| escaped.push_str(&format!("%{byte:02X}")));
        }
    }
    escaped
}
