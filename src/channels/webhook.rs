//! Webhooks after Standard Webhooks 1.0.0: messages come in signed, answers go out signed.
//!
//! The signature is HMAC-SHA256 over `{id}.{timestamp}.{body}` with 24 to 64 secret bytes, sent as `v1,` and Base64; several may
//! stand side by side while a secret is rotated.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::{SendError, public};
use crate::domain::message::Incoming;
use crate::domain::refusal::{Faults, Invalid};
use crate::domain::{AnswerKind, At, Form, Id, Outcome, Refusal};

/// How far the sender's clock and ours may be apart, as in the official libraries.
pub const TOLERANCE: Duration = Duration::from_secs(300);

/// What every displayed secret begins with.
pub const SECRET_PREFIX: &str = "whsec_";

/// Why a request is not from whom it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unverified {
    #[error("the headers webhook-id, webhook-timestamp and webhook-signature are needed")]
    MissingHeader,
    #[error("webhook-timestamp must be whole seconds since 1970")]
    BadTimestamp,
    #[error("webhook-timestamp is more than five minutes from our clock")]
    StaleTimestamp,
    #[error("no signature matches")]
    BadSignature,
}

/// The three headers of a signed request.
#[derive(Debug, Clone, Copy)]
pub struct Headers<'a> {
    pub id: Option<&'a str>,
    pub timestamp: Option<&'a str>,
    pub signature: Option<&'a str>,
}

/// Checks that the body was signed with one of the secrets, lately.
///
/// # Errors
/// [`Unverified`]; which secret failed is not told.
pub fn verify<'s>(
    headers: Headers<'_>,
    body: &[u8],
    secrets: impl IntoIterator<Item = &'s [u8]>,
    now: At,
) -> Result<(), Unverified> {
    let (Some(id), Some(timestamp), Some(signatures)) = (headers.id, headers.timestamp, headers.signature) else {
        return Err(Unverified::MissingHeader);
    };
    let sent: i64 = timestamp.parse().map_err(|_| Unverified::BadTimestamp)?;
    if now.as_second().abs_diff(sent) > TOLERANCE.as_secs() {
        return Err(Unverified::StaleTimestamp);
    }
    for secret in secrets {
        let expected = sign(secret, id, sent, body);
        for given in signatures.split(' ') {
            if given.as_bytes().ct_eq(expected.as_bytes()).into() {
                return Ok(());
            }
        }
    }
    Err(Unverified::BadSignature)
}

/// One signature, as it stands in the header.
pub fn sign(secret: &[u8], id: &str, timestamp: i64, body: &[u8]) -> String {
    // HMAC takes keys of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else { return String::new() };
    mac.update(id.as_bytes());
    mac.update(format!(".{timestamp}.").as_bytes());
    mac.update(body);
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

/// The secret's bytes from the form in which it is shown.
pub fn decode_secret(shown: &str) -> Option<Vec<u8>> {
    STANDARD.decode(shown.strip_prefix(SECRET_PREFIX)?).ok().filter(|bytes| (24..=64).contains(&bytes.len()))
}

/// Reads a body: one message, or an array of up to `most`.
///
/// # Errors
/// [`Refusal::Malformed`] when it is not JSON; [`Refusal::Invalid`] naming every fault by its JSON pointer.
pub fn read(body: &[u8], most: usize) -> Result<Vec<Incoming>, Refusal> {
    let text = std::str::from_utf8(body)
        .map_err(|e| Refusal::Malformed(format!("the body is not UTF-8 from byte {} on", e.valid_up_to())))?;
    if text.contains("\\u0000") {
        return Err(Refusal::invalid("", "a text may not contain U+0000"));
    }
    let batch = text.trim_start().starts_with('[');
    let incoming: Vec<Incoming> = if batch { parse(text)? } else { vec![parse(text)?] };
    let mut faults = Faults::default();
    faults.need(!incoming.is_empty(), "", "the batch is empty");
    faults.need(
        incoming.len() <= most,
        "",
        format!("a batch may have at most {most} messages, this one has {}", incoming.len()),
    );
    faults.settle()?;
    let mut all: Vec<Invalid> = Vec::new();
    for (n, message) in incoming.iter().enumerate() {
        let at = if batch { format!("/{n}") } else { String::new() };
        if let Err(Refusal::Invalid(faults)) = message.check(&at) {
            all.extend(faults);
        }
    }
    if all.is_empty() { Ok(incoming) } else { Err(Refusal::Invalid(all)) }
}

fn parse<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Refusal> {
    let mut parser = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut parser).map_err(|error| {
        let pointer: String = error
            .path()
            .iter()
            .map(|segment| match segment {
                serde_path_to_error::Segment::Seq { index } => format!("/{index}"),
                serde_path_to_error::Segment::Map { key } => format!("/{key}"),
                _ => String::new(),
            })
            .collect();
        match error.inner().classify() {
            serde_json::error::Category::Data => Refusal::invalid(pointer, error.inner().to_string()),
            _ => Refusal::Malformed(format!("the body is not JSON: {}", error.inner())),
        }
    })?;
    parser.end().map_err(|error| Refusal::Malformed(format!("the body is not JSON: {error}")))?;
    Ok(value)
}

/// An answer on its way out, as the receiver gets it.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct OutgoingAnswer {
    /// The answer's identity: the same for every attempt.
    pub answer: Id,
    /// The incident's number.
    pub number: i64,
    pub network: String,
    pub account: String,
    /// The post, and the message in it, that is answered.
    pub post: String,
    pub reply_to: String,
    /// The author's identity in the network, so that a private message can reach them.
    pub author: String,
    /// `private`: a private message to the author, else a reply where the question was asked.
    pub form: Form,
    pub kind: AnswerKind,
    pub outcome: Option<Outcome>,
    /// In whose name it is given.
    pub organisation: String,
    pub text: String,
}

/// The envelope of outgoing webhooks.
#[derive(Debug, Serialize)]
struct Envelope<'a> {
    r#type: &'static str,
    timestamp: At,
    data: &'a OutgoingAnswer,
}

/// What a receiver may say to an answer it took.
#[derive(Debug, Default, Deserialize)]
struct Reply {
    #[serde(default)]
    permalink: Option<String>,
}

/// Sends answers to webhook receivers.
pub struct Sender {
    agent: ureq::Agent,
}

impl Sender {
    /// A sender that gives up on a request after `timeout`. Unless `allow_private`, receivers on private, loopback and
    /// link-local addresses are refused.
    pub fn new(timeout: Duration, allow_private: bool) -> Sender {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(timeout))
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .user_agent("Otklik")
            .build();
        Sender { agent: public::agent(config, allow_private) }
    }

    /// Sends one answer; the permalink, if the receiver names one.
    ///
    /// # Errors
    /// [`SendError::Retry`] for what may pass (no connection, 429, 5xx), [`SendError::GiveUp`] for what will not.
    pub fn send(
        &self,
        url: &str,
        secret: &[u8],
        answer: &OutgoingAnswer,
        now: At,
    ) -> Result<Option<String>, SendError> {
        let body = serde_json::to_vec(&Envelope { r#type: "answer.approved", timestamp: now, data: answer })
            .map_err(|error| SendError::GiveUp(error.to_string()))?;
        let id = format!("answer_{}", answer.answer.0.simple());
        let seconds = now.as_second();
        let sent = self
            .agent
            .post(url)
            .header("content-type", "application/json; charset=utf-8")
            .header("webhook-id", &id)
            .header("webhook-timestamp", seconds.to_string())
            .header("webhook-signature", sign(secret, &id, seconds, &body))
            .send(&body[..]);
        let mut response = sent.map_err(|error| match error {
            ureq::Error::BadUri(_) | ureq::Error::Other(_) => SendError::GiveUp(error.to_string()),
            // The receiver knows a repeat by its identity, so it does not matter whether this one arrived.
            passing => SendError::Retry(passing.to_string(), None),
        })?;
        let status = response.status().as_u16();
        match status {
            200..=299 => {
                let text = response.body_mut().with_config().limit(20_000).read_to_string().unwrap_or_default();
                Ok(serde_json::from_str::<Reply>(&text).unwrap_or_default().permalink)
            }
            408 | 425 | 429 | 500..=599 => {
                let wait = response.headers().get("retry-after").and_then(|v| v.to_str().ok()?.parse().ok());
                Err(SendError::Retry(format!("the receiver answered {status}"), wait.map(Duration::from_secs)))
            }
            _ => Err(SendError::GiveUp(format!("the receiver answered {status}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector of the specification's own tests; the official Python and JavaScript libraries agree on it.
    const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    const ID: &str = "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk";
    const SENT: i64 = 1_649_367_553;
    const BODY: &[u8] = br#"{"email":"test@example.com","username":"test_user"}"#;
    const SIGNATURE: &str = "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=";

    fn at(seconds: i64) -> At {
        At::new(jiff::Timestamp::from_second(seconds).unwrap())
    }

    fn check(signature: &str, body: &[u8], timestamp: &str, now: i64) -> Result<(), Unverified> {
        let secrets = [b"another secret of 24 byte".to_vec(), decode_secret(SECRET).unwrap()];
        let headers = Headers { id: Some(ID), timestamp: Some(timestamp), signature: Some(signature) };
        verify(headers, body, secrets.iter().map(Vec::as_slice), at(now))
    }

    #[test]
    fn the_golden_vector() {
        assert_eq!(sign(&decode_secret(SECRET).unwrap(), ID, SENT, BODY), SIGNATURE);
        assert_eq!(check(SIGNATURE, BODY, "1649367553", SENT), Ok(()));
    }

    #[test]
    fn several_signatures_unknown_versions_and_the_edges_of_the_tolerance() {
        let list = format!("v1a,AAAA v2,BBBB v1,zzzz {SIGNATURE}");
        assert_eq!(check(&list, BODY, "1649367553", SENT + 299), Ok(()));
        assert_eq!(check(&list, BODY, "1649367553", SENT - 299), Ok(()));
        assert_eq!(check(&list, BODY, "1649367553", SENT + 301), Err(Unverified::StaleTimestamp));
        assert_eq!(check(&list, BODY, "1649367553", SENT - 301), Err(Unverified::StaleTimestamp));
    }

    #[test]
    fn what_is_refused() {
        assert_eq!(check(SIGNATURE, b"{}", "1649367553", SENT), Err(Unverified::BadSignature));
        assert_eq!(check("v1,", BODY, "1649367553", SENT), Err(Unverified::BadSignature));
        assert_eq!(check(SIGNATURE, BODY, "1649367553.0", SENT), Err(Unverified::BadTimestamp));
        assert_eq!(check(SIGNATURE, BODY, "1649367554", SENT), Err(Unverified::BadSignature));
        let none = Headers { id: Some(ID), timestamp: None, signature: Some(SIGNATURE) };
        assert_eq!(verify(none, BODY, [], at(SENT)), Err(Unverified::MissingHeader));
    }

    #[test]
    fn every_fault_of_a_batch_is_named() {
        let good = r#"{"external_id":"1","author":{"id":"a"},"text":"яма","published_at":"2025-12-24T10:00:00Z"}"#;
        let long = good.replace("яма", &"я".repeat(20_001));
        let faults = |body: &str| match read(body.as_bytes(), 2) {
            Err(Refusal::Invalid(faults)) => faults.into_iter().map(|f| f.pointer).collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        };
        assert_eq!(read(good.as_bytes(), 2).unwrap().len(), 1);
        assert_eq!(read(format!("[{good},{good}]").as_bytes(), 2).unwrap().len(), 2);
        assert_eq!(faults(&format!("[{good},{good},{good}]")), [""]);
        assert_eq!(faults("[]"), [""]);
        assert_eq!(faults(&format!("[{good},{long}]")), ["/1/text"]);
        assert_eq!(faults(&format!("[{good},{}]", good.replace("\"яма\"", "7"))), ["/1/text"]);
        assert_eq!(faults(&good.replace("\"a\"", "\"a\",\"x\":1")), ["/author/x"]);
    }
}
