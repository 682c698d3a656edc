//! How the bot asks Telegram, and what its refusals mean.

use std::time::Duration;

use serde_json::{Value, json};

use super::{EVENTS, clean, number, read};
use crate::channels::SendError;
use crate::channels::networks::{Reply, Wire};
use crate::domain::page::{Page, Posted, Posting};

/// The most updates that one request brings.
pub const BATCH: usize = 100;
/// How long Telegram holds back its answer while there is no update, in seconds.
const HOLD: u64 = 10;

/// A page's bot.
#[derive(Clone, Copy)]
pub struct Bot<'a> {
    pub wire: &'a Wire,
    pub page: &'a Page,
}

impl Bot<'_> {
    /// Calls a method that does no harm when it is called twice.
    ///
    /// # Errors
    /// [`SendError::Retry`] or [`SendError::GiveUp`].
    pub fn ask(&self, method: &str, parameters: &Value) -> Result<Value, SendError> {
        let reply = self.call(method, parameters).map_err(SendError::harmless)?;
        result(reply).map_err(|fault| fault.plainly().harmless())
    }

    /// Writes to the author in private.
    ///
    /// # Errors
    /// [`SendError`].
    pub fn write_to(&self, posting: &Posting) -> Result<Posted, SendError> {
        let author = number(&posting.author).ok_or_else(|| nowhere("the author has no number in Telegram"))?;
        let mut message = message(author, &posting.text);
        if let Some(answered) = message_of(&posting.reply_to) {
            message["reply_parameters"] = json!({ "message_id": answered, "allow_sending_without_reply": true });
        }
        match result(self.call("sendMessage", &message)?) {
            Ok(sent) => Ok(posted(&sent)),
            Err(Fault { status: 403, .. }) => Err(nowhere(UNREACHABLE)),
            Err(fault) if fault.says("chat not found") => Err(nowhere(UNREACHABLE)),
            Err(fault) => Err(fault.plainly()),
        }
    }

    /// Answers in the group, in the thread of the message that is answered.
    ///
    /// A reply joins the thread of what it replies to. `message_thread_id` is for forums and is refused elsewhere; without it Telegram
    /// must not be let send without the reply, or the answer would stand in the group under nothing. Of an album there is no one message
    /// to reply to, and a comment may be gone: then the answer goes under the post.
    ///
    /// # Errors
    /// [`SendError`].
    pub fn answer_in_group(&self, posting: &Posting) -> Result<Posted, SendError> {
        let chat = [&posting.reply_to, &posting.post].into_iter().find_map(|id| chat_of(id));
        let chat = chat.or_else(|| number(&posting.account)).ok_or_else(|| nowhere("the chat has no number"))?;
        let (answered, post) = (message_of(&posting.reply_to), message_of(&posting.post));
        for target in [answered, post.filter(|post| answered != Some(*post))].into_iter().flatten() {
            let mut message = message(chat, &posting.text);
            message["reply_parameters"] = json!({ "message_id": target });
            match result(self.call("sendMessage", &message)?) {
                Ok(sent) => return Ok(posted(&sent)),
                Err(fault) if fault.status == 400 && fault.is_of_reply() => {}
                Err(fault) if fault.status == 403 || fault.is_of_rights() => {
                    return Err(SendError::Barred("the bot is not in the group or may not write there".to_owned()));
                }
                Err(fault) => return Err(fault.plainly()),
            }
        }
        Err(nowhere("the message that is answered is gone"))
    }

    /// The updates from the cursor on.
    ///
    /// # Errors
    /// [`SendError::Retry`] or [`SendError::GiveUp`].
    pub fn updates(&self, cursor: Option<&str>) -> Result<Vec<Value>, SendError> {
        let (limit, hold, events) = (BATCH.to_string(), HOLD.to_string(), json!(EVENTS).to_string());
        let mut query = vec![("limit", limit.as_str()), ("timeout", &hold), ("allowed_updates", &events)];
        query.extend(cursor.map(|from| ("offset", from)));
        let reply = self.wire.get_patiently(&self.address("getUpdates"), &query, &[], Duration::from_secs(HOLD));
        match result(reply.map_err(SendError::harmless)?) {
            Ok(Value::Array(updates)) => Ok(updates),
            Ok(_) => Err(SendError::Retry("Telegram's answer cannot be read".to_owned(), None)),
            Err(Fault { status: 409, .. }) => Err(SendError::Retry(
                "Telegram delivers this bot's updates to a webhook or to another poller".to_owned(),
                None,
            )),
            Err(fault) => Err(fault.plainly().harmless()),
        }
    }

    /// Where a file's content can be fetched now. The address holds the token.
    ///
    /// # Errors
    /// [`SendError`].
    pub fn file(&self, id: &str) -> Result<String, SendError> {
        let reply = self.call("getFile", &json!({ "file_id": id })).map_err(SendError::harmless)?;
        let file = result(reply).map_err(|fault| {
            if fault.says("file is too big") { nowhere(TOO_BIG) } else { fault.plainly().harmless() }
        })?;
        if clean::int(&file, "file_size") > Some(LARGEST) {
            return Err(nowhere(TOO_BIG));
        }
        let path = clean::word(&file, "file_path").filter(|path| path.bytes().all(|b| b.is_ascii_graphic()));
        let path = path.ok_or_else(|| nowhere("Telegram has no such file any more"))?;
        Ok(format!("{}/file/bot{}/{path}", self.wire.bases.telegram, self.page.keys.get("token")))
    }

    fn call(&self, method: &str, parameters: &Value) -> Result<Reply, SendError> {
        self.wire.post_json(&self.address(method), &[], &[], parameters)
    }

    fn address(&self, method: &str) -> String {
        format!("{}/bot{}/{method}", self.wire.bases.telegram, self.page.keys.get("token"))
    }
}

/// The largest file that a bot may fetch, in bytes.
const LARGEST: i64 = 20 << 20;
const TOO_BIG: &str = "a bot may fetch files of at most 20 MB from Telegram";
const UNREACHABLE: &str = "the author has not begun a talk with the bot or has blocked it";

/// A refusal of Telegram.
#[derive(Debug)]
struct Fault {
    status: u16,
    description: String,
    wait: Option<Duration>,
}

impl Fault {
    fn says(&self, words: &str) -> bool {
        self.description.to_lowercase().contains(words)
    }

    /// Whether the message to be replied to is not there.
    fn is_of_reply(&self) -> bool {
        ["message to be replied not found", "replied message not found", "reply message not found"]
            .iter()
            .any(|words| self.says(words))
    }

    /// Whether the bot lacks the right to write.
    fn is_of_rights(&self) -> bool {
        self.status == 400
            && ["not enough rights", "no rights to send", "chat_write_forbidden", "chat_restricted"]
                .iter()
                .any(|words| self.says(words))
    }

    fn plainly(self) -> SendError {
        match self.status {
            429 => SendError::Retry("Telegram asks for a pause".to_owned(), self.wait),
            401 | 404 => nowhere("Telegram does not take the bot's token"),
            409 => SendError::Retry(format!("Telegram is busy with this bot: {}", self.description), None),
            200..=299 | 500..=599 => SendError::Unsure(format!("Telegram answered {}", self.status)),
            _ if self.says("upgraded to a supergroup") => {
                nowhere("the group has become a supergroup and has a new number: connect the page anew")
            }
            _ if self.says("message is too long") => nowhere("the text is too long for Telegram"),
            _ if self.says("chat not found") => nowhere("the bot is not in this chat, or there is no such chat"),
            status => nowhere(&format!("Telegram answered {status}: {}", self.description)),
        }
    }
}

fn nowhere(why: &str) -> SendError {
    SendError::GiveUp(why.to_owned())
}

/// What Telegram answered.
fn result(mut reply: Reply) -> Result<Value, Fault> {
    if reply.status == 200 && clean::flag(&reply.body, "ok") {
        return Ok(reply.body["result"].take());
    }
    let named = clean::int(&reply.body, "error_code").and_then(|code| u16::try_from(code).ok());
    let asked = reply.body.get("parameters").and_then(|p| p.get("retry_after")).and_then(Value::as_u64);
    Err(Fault {
        status: named.unwrap_or(reply.status),
        description: clean::word(&reply.body, "description").and_then(clean::name).unwrap_or_default(),
        wait: asked.map(Duration::from_secs).or(reply.wait),
    })
}

fn message(chat: i64, text: &str) -> Value {
    json!({ "chat_id": chat, "text": text, "link_preview_options": { "is_disabled": true } })
}

/// The identity and the address of what was sent.
fn posted(sent: &Value) -> Posted {
    let chat = sent.get("chat").unwrap_or(&Value::Null);
    let (Some(id), Some(message)) = (clean::int(chat, "id"), clean::int(sent, "message_id")) else {
        return Posted::default();
    };
    let thread = clean::int(sent, "message_thread_id");
    Posted { external_id: Some(format!("{id}:{message}")), permalink: read::permalink(chat, id, message, thread) }
}

/// The chat in an identity.
fn chat_of(id: &str) -> Option<i64> {
    number(id.split_once(':')?.0)
}

/// The message in an identity; an album's names none.
fn message_of(id: &str) -> Option<i64> {
    number(id.split_once(':')?.1)
}
