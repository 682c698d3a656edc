//! How VK's API is called, and what its errors mean to us.

use std::time::Duration;

use serde_json::Value;

use super::super::Wire;
use crate::channels::SendError;
use crate::domain::page::Health;

/// The version of the API that requests and events follow.
pub const VERSION: &str = "5.199";

/// The API under one token.
pub struct Api<'a> {
    wire: &'a Wire,
    token: &'a str,
}

/// Why a call brought nothing.
#[derive(Debug)]
pub enum Failed {
    /// VK said why.
    Told { code: i64, message: String },
    /// VK was not reached, or its answer was none.
    Passing(SendError),
}

impl<'a> Api<'a> {
    pub fn new(wire: &'a Wire, token: &'a str) -> Api<'a> {
        Api { wire, token }
    }

    /// Calls a method; what it answers.
    pub fn call(&self, method: &str, parameters: &[(&str, &str)]) -> Result<Value, Failed> {
        let url = format!("{}/method/{method}", self.wire.bases.vk);
        let mut form = vec![("access_token", self.token), ("v", VERSION)];
        form.extend_from_slice(parameters);
        let mut reply = self.wire.post_form(&url, &form).map_err(Failed::Passing)?;
        let passing = match reply.status {
            200..=299 => {
                if let Some(error) = reply.body.get("error") {
                    let code = error["error_code"].as_i64().unwrap_or(0);
                    let message = error["error_msg"].as_str().unwrap_or("no reason given");
                    return Err(Failed::Told { code, message: message.chars().take(300).collect() });
                }
                match reply.body.get_mut("response") {
                    Some(response) => return Ok(response.take()),
                    None => SendError::Unsure("VK's answer cannot be read".to_owned()),
                }
            }
            429 => SendError::Retry("VK answered 429".to_owned(), reply.wait),
            status @ 500.. => SendError::Unsure(format!("VK answered {status}")),
            status => SendError::GiveUp(format!("VK answered {status}")),
        };
        Err(Failed::Passing(passing))
    }
}

impl Failed {
    /// What this says of a page that is looked after: a token that is refused is no error, silence is.
    ///
    /// # Errors
    /// [`SendError::Retry`].
    pub fn into_health(self) -> Result<Health, SendError> {
        let token = !matches!(self, Failed::Told { code: 5 | 27 | 28, .. });
        match SendError::from(self).harmless() {
            SendError::GiveUp(problem) | SendError::Barred(problem) => {
                Ok(Health { token, problems: vec![problem], ..Health::default() })
            }
            other => Err(other),
        }
    }
}

impl From<Failed> for SendError {
    fn from(failed: Failed) -> SendError {
        let (code, message) = match failed {
            Failed::Told { code, message } => (code, message),
            Failed::Passing(passing) => return passing,
        };
        let told = |what: &str| format!("{what} (VK {code}: {message})");
        let after = |seconds| Some(Duration::from_secs(seconds));
        match code {
            1 | 10 => SendError::Retry(told("VK failed"), None),
            6 => SendError::Retry(told("too many requests in one second"), after(1)),
            9 => SendError::Retry(told("VK takes this for a flood"), after(300)),
            // VK asks for a person. Nobody is here to read the letters, but after a pause it often asks no more.
            14 => SendError::Retry(told("VK asks for a captcha"), after(3600)),
            // A limit by the hour or the day, which VK does not name: ten minutes do not add to it.
            29 => SendError::Retry(told("the limit of requests is reached"), after(600)),
            36 => SendError::Unsure(told("VK did not finish in time")),
            43 => SendError::Retry(told("this part of VK is switched off for a while"), after(600)),
            601 => SendError::Retry(told("too many actions today"), after(3600)),
            5 | 28 => SendError::GiveUp(told("the token is refused")),
            27 => SendError::GiveUp(told("the token is refused, or a community's token may not do this")),
            7 | 15 | 203 | 210 | 211 | 212 | 213 => SendError::Barred(told("the page may not write there")),
            222 => SendError::GiveUp(told("links are forbidden there")),
            223 => SendError::GiveUp(told("there are too many replies already")),
            900 => SendError::GiveUp(told("the author is on the page's blacklist")),
            901 => SendError::GiveUp(told("the author does not allow private messages from this page")),
            902 => SendError::GiveUp(told("the author's privacy settings forbid private messages")),
            914 => SendError::GiveUp(told("the message is too long")),
            _ => SendError::GiveUp(told("VK refuses")),
        }
    }
}

/// A list in an answer: under its name, as of 5.199, or bare, as before. Absent entries read as `null`.
pub fn items<'v>(answer: &'v Value, name: &str) -> &'v Value {
    if answer.is_array() { answer } else { &answer[name] }
}
