//! What private messages say.

use serde::Deserialize;
use serde_json::Value;

use super::event::{author, blank, incoming, moment, place, quote, says, speaker};
use super::text::{attachments, shown};
use crate::domain::message::{Change, Incoming, Remark};
use crate::domain::page::What;
use crate::domain::{At, Form, Refusal};

/// From here on a peer is a conversation of several people.
const CONVERSATIONS: i64 = 2_000_000_000;

/// A private message.
#[derive(Deserialize)]
pub struct Message {
    id: Option<i64>,
    conversation_message_id: Option<i64>,
    date: i64,
    update_time: Option<i64>,
    peer_id: i64,
    from_id: i64,
    text: Option<String>,
    attachments: Option<Vec<Value>>,
    reply_message: Option<Value>,
    fwd_messages: Option<Vec<Value>>,
    geo: Option<Value>,
}

/// A private message's name: by its number, or by its number within the talk.
pub fn message_key(peer: i64, id: i64, within: Option<i64>) -> String {
    match within {
        Some(within) if id <= 0 => format!("msg{peer}_c{within}"),
        _ => format!("msg{peer}_{id}"),
    }
}

/// What is told of a message; nothing of those in conversations of several people.
pub fn message(account: &str, it: Message, change: Change, now: At) -> Result<Option<What>, Refusal> {
    // Nobody writes to the page alone there, and an answer in private would be no answer.
    if it.peer_id >= CONVERSATIONS {
        return Ok(None);
    }
    let external_id = message_key(it.peer_id, it.id.unwrap_or(0), it.conversation_message_id);
    let parent = it.reply_message.as_ref().and_then(|above| {
        let (id, within) = (above["id"].as_i64(), above["conversation_message_id"].as_i64());
        id.or(within).map(|_| message_key(it.peer_id, id.unwrap_or(0), within))
    });
    let mut text = it.text.unwrap_or_default();
    let mut files = it.attachments.unwrap_or_default();
    quote(&mut text, &mut files, &it.fwd_messages.unwrap_or_default(), "fwd_messages", 0);
    let (text, files) = (shown(&text), attachments(&files));
    let peer = it.peer_id.to_string();
    if it.from_id < 0 {
        let remark = Remark {
            external_id,
            account: account.to_owned(),
            form: Form::Private,
            post: peer.clone(),
            parent,
            to: Some(peer),
            author: speaker(account, it.from_id),
            own: true,
            text,
            attachments: files,
            url: None,
            published_at: moment(it.date)?,
        };
        return Ok(Some(remark).filter(says).map(|remark| What::Remark(Box::new(remark))));
    }
    let published_at = match (change, it.update_time.filter(|changed| *changed != 0)) {
        (Change::New, _) => moment(it.date)?,
        (_, Some(changed)) => moment(changed)?,
        (_, None) => now,
    };
    Ok(incoming(Incoming {
        change,
        post: Some(peer),
        parent,
        author: author(it.from_id),
        place: it.geo.as_ref().and_then(place),
        ..blank(account, Form::Private, external_id, text, files, published_at)
    }))
}
