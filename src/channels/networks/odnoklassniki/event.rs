//! What the events of the Bot API say.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::super::clean;
use super::NAME;
use crate::domain::message::{Attachment, Author, Change, Incoming, Place, Remark};
use crate::domain::page::{Heard, What};
use crate::domain::{At, Form, Refusal};

/// An event. Changes of chats come without a message, and in old installations without a type.
#[derive(Deserialize)]
struct Event {
    #[serde(rename = "webhookType")]
    kind: Option<String>,
    sender: Option<Sender>,
    recipient: Option<Recipient>,
    message: Option<Message>,
    timestamp: Option<i64>,
}

#[derive(Deserialize)]
struct Sender {
    user_id: Option<Value>,
    name: Option<String>,
}

#[derive(Deserialize)]
struct Recipient {
    chat_id: Option<Value>,
}

#[derive(Deserialize)]
struct Message {
    mid: Option<Value>,
    text: Option<String>,
    attachments: Option<Vec<Value>>,
    reply_to: Option<Value>,
}

/// An identity, which the network may give as a text or a number.
pub fn id(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    clean::identity(&text).is_some().then_some(text)
}

/// An identity without the word before it: `123` of `group:123`.
pub fn bare(id: &str) -> &str {
    id.rsplit_once(':').map_or(id, |(_, bare)| bare)
}

/// What an event says, if anything.
pub fn read(account: &str, body: &[u8]) -> Result<Option<Heard>, Refusal> {
    let value: Value = serde_json::from_slice(body).map_err(|error| malformed(&error.to_string()))?;
    // An array would be read as the fields in their order.
    if !value.is_object() {
        return Err(malformed("the body is no object"));
    }
    let event: Event = serde_path_to_error::deserialize(value)
        .map_err(|error| malformed(&format!("{}: {}", error.path(), error.inner())))?;
    let kind = event.kind.as_deref().unwrap_or("MESSAGE_CREATED");
    let (Some(message), "MESSAGE_CREATED") = (event.message, kind) else { return Ok(None) };
    let need = |value: Option<Value>, name: &str| {
        value.as_ref().and_then(id).ok_or_else(|| malformed(&format!("{name} is missing")))
    };
    let mid = need(message.mid, "message.mid")?;
    let chat = need(event.recipient.and_then(|recipient| recipient.chat_id), "recipient.chat_id")?;
    let (user, name) = event.sender.map_or((None, None), |sender| (sender.user_id, sender.name));
    let user = need(user, "sender.user_id")?;
    let sent = event.timestamp.ok_or_else(|| malformed("timestamp is missing"))?;
    let published_at = Timestamp::from_millisecond(sent).ok().map(At::new).filter(|at| *at >= clean::EARLIEST);
    let published_at = published_at.ok_or_else(|| malformed("timestamp is no time"))?;
    let given = message.attachments.unwrap_or_default();
    let text = clean::text(message.text.as_deref().unwrap_or(""));
    let files = attachments(&given);
    let place = given.iter().find_map(place);
    if text.trim().is_empty() && files.is_empty() {
        return Ok(None);
    }
    let parent = message.reply_to.as_ref().and_then(|above| id(above).or_else(|| id(&above["mid"])));
    let key = Some(format!("{kind}:{mid}"));
    if user.starts_with("group:") {
        let remark = Remark {
            external_id: mid,
            account: account.to_owned(),
            form: Form::Private,
            post: chat,
            parent,
            to: None,
            author: (bare(&user) != account).then(|| author(&user, name)),
            own: true,
            text,
            attachments: files,
            url: None,
            published_at,
        };
        return Ok(Some(Heard { key, what: What::Remark(Box::new(remark)) }));
    }
    let said = Incoming {
        external_id: mid,
        change: Change::New,
        network: Some(NAME.to_owned()),
        account: account.to_owned(),
        form: Form::Private,
        post: Some(chat),
        parent,
        branch: None,
        url: None,
        author: author(&user, name),
        text,
        attachments: files,
        place,
        topic: None,
        rating: None,
        published_at,
    };
    Ok(Some(Heard { key, what: What::Message(Box::new(said)) }))
}

fn malformed(what: &str) -> Refusal {
    Refusal::Malformed(format!("no event of Odnoklassniki: {what}"))
}

/// A person `user:1` or a group `group:1`.
pub fn author(id: &str, name: Option<String>) -> Author {
    let page = if id.starts_with("group:") { "group" } else { "profile" };
    Author {
        id: id.to_owned(),
        name: name
            .map(|name| clean::text(&name).chars().take(200).collect::<String>())
            .filter(|name| !name.trim().is_empty()),
        url: Some(format!("https://ok.ru/{page}/{}", bare(id))),
    }
}

/// The files and links among attachments: of messages, with their addresses in a payload, and of comments, with addresses beside the
/// type.
pub fn attachments(given: &[Value]) -> Vec<Attachment> {
    given.iter().filter_map(attachment).take(50).collect()
}

fn attachment(given: &Value) -> Option<Attachment> {
    let kind = match given["type"].as_str()? {
        "IMAGE" | "PHOTO" => "photo",
        "VIDEO" | "MOVIE" => "video",
        "AUDIO" | "AUDIO_RECORDING" => "audio",
        "FILE" => "document",
        "SHARE" | "LINK" => "link",
        _ => return None,
    };
    let payload = if given["payload"].is_object() { &given["payload"] } else { given };
    let address = ["url", "pic_max", "pic1024x768", "pic640x480"].iter().find_map(|name| payload[name].as_str());
    let movie =
        || id(&payload["id"]).filter(|_| kind == "video").map(|id| format!("https://ok.ru/video/{}", bare(&id)));
    let url = address.map(str::to_owned).or_else(movie)?;
    let fits = url.starts_with("http") && url.chars().count() <= 2000 && !url.contains('\0');
    let name = payload["fileName"].as_str().or_else(|| payload["title"].as_str());
    let name = name.map(|name| clean::text(name).chars().take(200).collect());
    fits.then(|| Attachment { kind: kind.to_owned(), url, name })
}

/// Where a message was sent from.
fn place(given: &Value) -> Option<Place> {
    let payload = Some(&given["payload"]).filter(|_| given["type"] == "LOCATION")?;
    let (lat, lon) = (payload["latitude"].as_f64()?, payload["longitude"].as_f64()?);
    let on_earth = lat.abs() <= 90.0 && lon.abs() <= 180.0;
    on_earth.then(|| Place { lat: Some(lat), lon: Some(lon), ..Place::default() })
}
