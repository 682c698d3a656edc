//! What adapters do to whatever a network sends before they pass it on: nothing longer, older or stranger goes on than
//! [`Incoming::check`] and both databases take.

use serde_json::Value;
use subtle::ConstantTimeEq;

use super::Unverified;
use crate::channels::SendError;
use crate::domain::message::{Attachment, Incoming, Place, Remark};
use crate::domain::page::{Heard, What};
use crate::domain::{At, Refusal};

/// The longest text that is taken, in characters; the rest of a longer one is left out.
const LONGEST_TEXT: usize = 20_000;
/// The longest address.
const LONGEST_ADDRESS: usize = 2_000;
/// The longest identity that a network may give; ours are made of two and a few marks.
const LONGEST_IDENTITY: usize = 90;
/// The most attachments of one message.
const MOST_ATTACHMENTS: usize = 50;
/// The longest name of a person or a file.
const LONGEST_NAME: usize = 200;
/// How far a network's clock may be ahead of ours, in seconds.
const AHEAD: i64 = 24 * 3600;

/// The value of a body.
///
/// # Errors
/// [`Refusal::Malformed`] for what is no JSON object.
pub fn object(body: &[u8]) -> Result<Value, Refusal> {
    match serde_json::from_slice(body) {
        Ok(value @ Value::Object(_)) => Ok(value),
        Ok(_) => Err(Refusal::Malformed("the body is not a JSON object".to_owned())),
        Err(error) => Err(Refusal::Malformed(format!("the body is not JSON: {error}"))),
    }
}

/// A refusal of a body that lacks what every event of its kind has.
pub fn lacks(what: &str) -> Refusal {
    Refusal::Malformed(format!("the event has no usable {what}"))
}

/// A whole number by its name.
pub fn int(value: &Value, name: &str) -> Option<i64> {
    value.get(name)?.as_i64()
}

/// A text by its name; none if it is empty.
pub fn word<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    value.get(name)?.as_str().filter(|text| !text.is_empty())
}

/// Whether a flag is set.
pub fn flag(value: &Value, name: &str) -> bool {
    value.get(name).and_then(Value::as_bool).unwrap_or(false)
}

/// What somebody wrote, without what PostgreSQL cannot keep, and cut to what a message may have at most.
pub fn text(raw: &str) -> String {
    let mut kept: String = raw.chars().filter(|c| *c != '\0').take(LONGEST_TEXT + 1).collect();
    if kept.chars().nth(LONGEST_TEXT).is_some() {
        // The last place is for the sign that something was cut off.
        kept.pop();
        kept.pop();
        kept.push('…');
    }
    kept
}

/// A name in one line; none if nothing is left of it.
pub fn name(raw: &str) -> Option<String> {
    let kept: String = raw.chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect();
    let kept = kept.trim();
    (!kept.is_empty()).then(|| kept.to_owned())
}

/// An address of the web.
pub fn address(raw: &str) -> Option<String> {
    let web = raw.starts_with("https://") || raw.starts_with("http://");
    let plain = !raw.chars().any(|c| c.is_control() || c.is_whitespace());
    (web && plain && raw.chars().count() <= LONGEST_ADDRESS).then(|| raw.to_owned())
}

/// An identity that a network gave: short, and of visible ASCII, as every network's are.
pub fn identity(raw: &str) -> Option<&str> {
    let good = (1..=LONGEST_IDENTITY).contains(&raw.len()) && raw.bytes().all(|b| b.is_ascii_graphic());
    good.then_some(raw)
}

/// Before this instant, the beginning of the year 2000, no network was: a message may not be dated so.
pub const EARLIEST: At = At(jiff::Timestamp::constant(946_684_800, 0));

/// An instant by its milliseconds since 1970; `now` if there is none, or none that can be.
pub fn moment(milliseconds: Option<i64>, now: At) -> At {
    let said = milliseconds.and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok()).map(At::new);
    said.filter(|at| *at >= EARLIEST && *at <= now.plus_seconds(AHEAD)).unwrap_or(now)
}

/// A place by its coordinates, if they are on Earth.
pub fn place(lat: Option<f64>, lon: Option<f64>) -> Option<Place> {
    let (lat, lon) = (lat.filter(|v| v.abs() <= 90.0)?, lon.filter(|v| v.abs() <= 180.0)?);
    Some(Place { lat: Some(lat), lon: Some(lon), ..Place::default() })
}

/// What a message says that is nothing but a place: a moderator reads texts.
pub fn coordinates(place: &Place) -> Option<String> {
    Some(format!("{:.6}, {:.6}", place.lat?, place.lon?))
}

/// Not more attachments than a message may have.
pub fn attachments(all: impl IntoIterator<Item = Attachment>) -> Vec<Attachment> {
    all.into_iter().take(MOST_ATTACHMENTS).collect()
}

/// The event of a message; none if it says nothing that a complaint can be made of: a sticker, a contact, a service message.
pub fn message(key: String, message: Incoming) -> Option<Heard> {
    message.check("").is_ok().then(|| Heard { key: Some(key), what: What::Message(Box::new(message)) })
}

/// The event of a remark; none if it says nothing.
pub fn remark(key: String, remark: Remark) -> Option<Heard> {
    let said = !remark.text.trim().is_empty() || !remark.attachments.is_empty();
    said.then(|| Heard { key: Some(key), what: What::Remark(Box::new(remark)) })
}

/// The event of a consent, or of its end.
pub fn consent(key: String, author: i64, allowed: bool) -> Heard {
    Heard { key: Some(key), what: What::Consent { author: author.to_string(), allowed } }
}

/// Whether the secret that came with a request is the page's; a page without a secret has none that matches.
///
/// # Errors
/// [`Unverified::Secret`].
pub fn verify(secret: &str, given: Option<&str>) -> Result<(), Unverified> {
    let same: bool = given.unwrap_or_default().as_bytes().ct_eq(secret.as_bytes()).into();
    if same && !secret.is_empty() { Ok(()) } else { Err(Unverified::Secret) }
}

/// A new secret: 32 hexadecimal digits, which every network takes.
///
/// # Errors
/// [`SendError::Retry`] when the machine has no randomness.
pub fn secret() -> Result<String, SendError> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|error| SendError::Retry(format!("no randomness: {error}"), None))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
