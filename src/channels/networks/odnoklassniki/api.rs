//! How the Graph API and the REST API are called, and what their errors mean to us.

use std::time::Duration;

use md5::{Digest, Md5};
use serde_json::Value;

use super::super::{Reply, Wire};
use super::REST_KEYS;
use crate::channels::SendError;
use crate::domain::page::{Health, Page};

/// Why a call brought nothing.
#[derive(Debug)]
pub enum Failed {
    /// The network said why.
    Told { code: i64, message: String },
    /// The network was not reached, or its answer was none.
    Passing(SendError),
}

/// The Graph API under a group's token.
pub struct Graph<'a> {
    wire: &'a Wire,
    token: &'a str,
}

impl<'a> Graph<'a> {
    pub fn new(wire: &'a Wire, page: &'a Page) -> Graph<'a> {
        Graph { wire, token: page.keys.get("token") }
    }

    pub fn get(&self, path: &str) -> Result<Value, Failed> {
        let url = format!("{}/graph/{path}", self.wire.bases.odnoklassniki);
        answer(self.wire.get(&url, &[("access_token", self.token)], &[])).and_then(said)
    }

    pub fn post(&self, path: &str, body: &Value) -> Result<Value, Failed> {
        let url = format!("{}/graph/{path}", self.wire.bases.odnoklassniki);
        // The documentation asks for the charset.
        let headers = [("content-type", "application/json;charset=utf-8")];
        let said = answer(self.wire.post_json(&url, &[("access_token", self.token)], &headers, body)).and_then(said)?;
        let no = said["success"] == Value::Bool(false);
        if no { Err(Failed::Told { code: 0, message: "success: false".to_owned() }) } else { Ok(said) }
    }
}

/// The REST API under an application's keys.
pub struct Rest<'a> {
    wire: &'a Wire,
    key: &'a str,
    secret: &'a str,
    token: &'a str,
}

impl<'a> Rest<'a> {
    /// None unless the page has the three keys.
    pub fn new(wire: &'a Wire, page: &'a Page) -> Option<Rest<'a>> {
        let [key, secret, token] = REST_KEYS.map(|name| page.keys.get(name));
        let all = ![key, secret, token].contains(&"");
        all.then_some(Rest { wire, key, secret, token })
    }

    /// Calls a method; what it answers.
    pub fn call(&self, method: &str, parameters: &[(&str, &str)]) -> Result<Value, Failed> {
        let mut form = vec![("application_key", self.key), ("format", "json"), ("method", method)];
        form.extend_from_slice(parameters);
        let sig = signature(&form, self.token, self.secret);
        form.extend([("sig", sig.as_str()), ("access_token", self.token)]);
        answer(self.wire.post_form(&format!("{}/fb.do", self.wire.bases.odnoklassniki), &form))
    }
}

/// The signature of a request: MD5 of its sorted parameters, without the token, and of the session's secret, which is MD5 of the token
/// and the application's secret.
pub fn signature(parameters: &[(&str, &str)], token: &str, secret: &str) -> String {
    let mut sorted = parameters.to_vec();
    sorted.sort_unstable();
    let mut signed: String = sorted.iter().map(|(name, value)| format!("{name}={value}")).collect();
    signed.push_str(&md5(&format!("{token}{secret}")));
    md5(&signed)
}

fn md5(text: &str) -> String {
    Md5::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What was said in an answer that must say something: silence, or what is no JSON, leaves open whether anything was done.
pub fn said(answer: Value) -> Result<Value, Failed> {
    let unread = || Failed::Passing(SendError::Unsure("Odnoklassniki's answer cannot be read".to_owned()));
    if answer.is_null() { Err(unread()) } else { Ok(answer) }
}

fn answer(asked: Result<Reply, SendError>) -> Result<Value, Failed> {
    let reply = asked.map_err(Failed::Passing)?;
    if let Some(code) = reply.body.get("error_code").and_then(Value::as_i64) {
        let message = reply.body["error_msg"].as_str().unwrap_or("no reason given");
        return Err(Failed::Told { code, message: message.chars().take(300).collect() });
    }
    Err(Failed::Passing(match reply.status {
        // REST methods may answer `null` when there is nothing to list.
        200..=299 => return Ok(reply.body),
        429 => SendError::Retry("Odnoklassniki answered 429".to_owned(), reply.wait),
        status @ 500.. => SendError::Unsure(format!("Odnoklassniki answered {status}")),
        status => SendError::GiveUp(format!("Odnoklassniki answered {status}")),
    }))
}

impl Failed {
    /// What this says of a page that is looked after: a token that is refused is no error, silence is.
    ///
    /// # Errors
    /// [`SendError::Retry`].
    pub fn into_health(self) -> Result<Health, SendError> {
        let token = !matches!(self, Failed::Told { code: 101..=105 | 107 | 401 | 453, .. });
        match self.unanswered() {
            SendError::GiveUp(problem) | SendError::Barred(problem) => {
                Ok(Health { token, problems: vec![problem], ..Health::default() })
            }
            other => Err(other),
        }
    }

    /// The error of a question, which can be asked again however it went.
    pub fn unanswered(self) -> SendError {
        SendError::from(self).harmless()
    }
}

impl From<Failed> for SendError {
    fn from(failed: Failed) -> SendError {
        let (code, message) = match failed {
            Failed::Told { code, message } => (code, message),
            Failed::Passing(passing) => return passing,
        };
        let told = |what: &str| format!("{what} (Odnoklassniki {code}: {message})");
        let after = |seconds| Some(Duration::from_secs(seconds));
        match code {
            // The network does not say whether it did what it was asked before it failed.
            1 | 704 | 5000 | 9999 => SendError::Unsure(told("Odnoklassniki failed")),
            2 => SendError::Retry(told("Odnoklassniki is away for a while"), after(60)),
            7 | 9 => SendError::Retry(told("blocked for a while"), after(3600)),
            8 => SendError::Retry(told("Odnoklassniki takes this for a flood"), after(600)),
            11 => SendError::Retry(told("the limit of requests is reached"), after(3600)),
            10 | 50 | 455 | 456 | 458 => SendError::Barred(told("the page may not write there")),
            101..=105 | 107 | 401 | 453 => SendError::GiveUp(told("the token is refused")),
            300 => SendError::GiveUp(told("there is no such thing any more")),
            454 => SendError::GiveUp(told("the network's censor refuses the text")),
            _ => SendError::GiveUp(told("Odnoklassniki refuses")),
        }
    }
}
