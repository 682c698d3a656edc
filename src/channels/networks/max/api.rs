//! How the bot asks MAX, and what its refusals mean.

use serde_json::{Value, json};

use super::clean;
use crate::channels::SendError;
use crate::channels::networks::{Reply, Wire};
use crate::domain::page::{Page, Posted, Posting};

/// The key under which the page's kind is kept: `channel`, `chat` or `dialog`.
pub const KIND: &str = "kind";

/// A page's bot.
#[derive(Clone, Copy)]
pub struct Bot<'a> {
    pub wire: &'a Wire,
    pub page: &'a Page,
}

impl Bot<'_> {
    /// Asks for what stands at a path.
    ///
    /// # Errors
    /// [`SendError::Retry`] or [`SendError::GiveUp`].
    pub fn get(&self, path: &str) -> Result<Value, SendError> {
        let reply = self.wire.get(&self.address(path), &[], &self.headers()).map_err(SendError::harmless)?;
        result(reply).map_err(|fault| fault.plainly().harmless())
    }

    /// Posts what does no harm when it is posted twice.
    ///
    /// # Errors
    /// [`SendError::Retry`] or [`SendError::GiveUp`].
    pub fn post(&self, path: &str, body: &Value) -> Result<Value, SendError> {
        let reply =
            self.wire.post_json(&self.address(path), &[], &self.headers(), body).map_err(SendError::harmless)?;
        result(reply).map_err(|fault| fault.plainly().harmless())
    }

    /// Asks MAX to deliver to `hook` no more. One that it does not deliver to is no error.
    ///
    /// # Errors
    /// [`SendError::Retry`] or [`SendError::GiveUp`].
    pub fn unsubscribe(&self, hook: &str) -> Result<(), SendError> {
        let reply = self.wire.delete(&self.address("/subscriptions"), &[("url", hook)], &self.headers());
        match result(reply.map_err(SendError::harmless)?) {
            Ok(_) | Err(Fault { status: 404, .. }) => Ok(()),
            Err(fault) => Err(fault.plainly().harmless()),
        }
    }

    /// Whether the page is a channel, `chat` or `dialog`, as MAX says.
    ///
    /// # Errors
    /// [`SendError::Retry`] or [`SendError::GiveUp`].
    pub fn kind(&self) -> Result<String, SendError> {
        let chat = self.get(&format!("/chats/{}", self.page.account))?;
        Ok(clean::word(&chat, "type").and_then(clean::identity).unwrap_or("channel").to_owned())
    }

    /// Whether comments stand under a channel's posts.
    ///
    /// # Errors
    /// As [`Bot::kind`].
    pub fn is_channel(&self) -> Result<bool, SendError> {
        let known = self.page.keys.get(KIND);
        Ok(if known.is_empty() { self.kind()? == "channel" } else { known == "channel" })
    }

    /// Writes to the author in private.
    ///
    /// # Errors
    /// [`SendError`].
    pub fn write_to(&self, posting: &Posting) -> Result<Posted, SendError> {
        let author = mid(&posting.author)?;
        self.publish("/messages", &[("user_id", author)], &json!({ "text": posting.text })).map_err(|fault| match fault
            .status
        {
            403 | 404 => give_up("the author has not begun a talk with the bot or has stopped it"),
            _ => fault.plainly(),
        })
    }

    /// Replies in the group.
    ///
    /// # Errors
    /// [`SendError`].
    pub fn answer_in_group(&self, posting: &Posting) -> Result<Posted, SendError> {
        let account = if posting.account.is_empty() { &self.page.account } else { &posting.account };
        let body = json!({ "text": posting.text, "link": { "type": "reply", "mid": mid(&posting.reply_to)? } });
        self.publish("/messages", &[("chat_id", mid(account)?)], &body).map_err(Fault::in_public)
    }

    /// Replies to a comment under the channel's post.
    ///
    /// # Errors
    /// [`SendError`].
    pub fn comment(&self, posting: &Posting) -> Result<Posted, SendError> {
        let mut body = json!({ "text": posting.text });
        if posting.reply_to != posting.post && !posting.reply_to.is_empty() {
            body["link"] = json!({ "type": "reply", "mid": mid(&posting.reply_to)? });
        }
        let path = format!("/messages/{}/comments", mid(&posting.post)?);
        self.publish(&path, &[], &body).map_err(Fault::in_public)
    }

    fn publish(&self, path: &str, query: &[(&str, &str)], body: &Value) -> Result<Posted, Fault> {
        let reply = self.wire.post_json(&self.address(path), query, &self.headers(), body).map_err(Fault::of_wire)?;
        let said = result(reply)?;
        let message = said.get("message").unwrap_or(&said);
        let id = message.get("body").and_then(|body| clean::word(body, "mid")).and_then(clean::identity);
        let permalink = clean::word(message, "url").and_then(clean::address);
        Ok(Posted { external_id: id.map(str::to_owned), permalink })
    }

    fn address(&self, path: &str) -> String {
        format!("{}{path}", self.wire.bases.max)
    }

    fn headers(&self) -> [(&'static str, &str); 1] {
        [("authorization", self.page.keys.get("token"))]
    }
}

/// Whether the page is the bot itself: one for private talks only.
pub fn is_bot(page: &Page, me: &Value) -> bool {
    clean::int(me, "user_id").is_some_and(|id| id.to_string() == page.account)
}

/// Whether the address is among the bot's subscriptions.
pub fn subscribed(answer: &Value, hook: &str) -> bool {
    let all = answer.get("subscriptions").and_then(Value::as_array);
    all.is_some_and(|all| all.iter().any(|one| clean::word(one, "url") == Some(hook)))
}

/// An identity that may stand in a path.
fn mid(id: &str) -> Result<&str, SendError> {
    let good = !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'));
    let good = good && !id.contains("..");
    if good { Ok(id) } else { Err(give_up("what is answered has no identity of MAX")) }
}

fn give_up(why: &str) -> SendError {
    SendError::GiveUp(why.to_owned())
}

/// A refusal of MAX, or none of its words at all.
#[derive(Debug)]
struct Fault {
    /// 0: MAX was not reached.
    status: u16,
    said: SendError,
}

impl Fault {
    fn of_wire(said: SendError) -> Fault {
        Fault { status: 0, said }
    }

    fn plainly(self) -> SendError {
        self.said
    }

    fn in_public(self) -> SendError {
        match self.status {
            403 => SendError::Barred(
                "the bot may not write there: it must be an administrator with the right to write".to_owned(),
            ),
            404 => give_up("the message that is answered is gone"),
            _ => self.said,
        }
    }
}

impl From<SendError> for Fault {
    fn from(said: SendError) -> Fault {
        Fault::of_wire(said)
    }
}

/// What MAX answered.
fn result(reply: Reply) -> Result<Value, Fault> {
    let Reply { status, body, wait } = reply;
    let code = clean::word(&body, "code").unwrap_or_default();
    let words = clean::word(&body, "message").and_then(clean::name).unwrap_or_default();
    let said = match status {
        // `success: false` comes with status 200.
        200 if body.get("success") == Some(&Value::Bool(false)) => give_up(&format!("MAX refused: {words}")),
        200 if body.is_object() => return Ok(body),
        200..=299 | 500..=599 => SendError::Unsure(format!("MAX answered {status}")),
        429 => SendError::Retry("MAX asks for a pause".to_owned(), wait),
        400 if code == "attachment.not.ready" => SendError::Retry("MAX still works on a file".to_owned(), wait),
        401 => give_up("MAX does not take the bot's token"),
        403 => give_up(&format!("MAX does not let the bot do this: {words}")),
        404 => give_up(&format!("MAX does not know this, or the bot is not there: {words}")),
        _ => give_up(&format!("MAX answered {status}: {words}")),
    };
    Err(Fault { status, said })
}
