//! What an update says.

use serde_json::Value;

use super::{FILE, clean, group_of, number};
use crate::domain::message::{Attachment, Author, Change, Form, Incoming, Place, Remark};
use crate::domain::page::{Heard, Page};
use crate::domain::{At, Refusal};
use clean::{flag, int, lacks, word};

/// The events of one update. The one that the update is about has the update's number for its key; what comes along with it has a word
/// more.
///
/// # Errors
/// [`Refusal::Malformed`] for what is no update.
pub fn update(page: &Page, update: &Value, now: At) -> Result<Vec<Heard>, Refusal> {
    let id = int(update, "update_id").ok_or_else(|| lacks("update_id"))?;
    let kinds = ["message", "edited_message", "channel_post", "edited_channel_post", "my_chat_member"];
    let Some((kind, what)) = kinds.iter().find_map(|kind| Some((*kind, update.get(*kind)?))) else {
        return Ok(Vec::new());
    };
    if kind == "my_chat_member" {
        return membership(id, what);
    }
    let said = Said::of(page, what, now, kind.starts_with("edited"), None)?;
    Ok(if said.is_ours() { said.events(id) } else { Vec::new() })
}

/// Somebody let the bot write, or forbade it.
fn membership(id: i64, change: &Value) -> Result<Vec<Heard>, Refusal> {
    let chat = change.get("chat").ok_or_else(|| lacks("chat"))?;
    if word(chat, "type") != Some("private") {
        return Ok(Vec::new());
    }
    let person = int(chat, "id").ok_or_else(|| lacks("chat.id"))?;
    let allowed = match change.get("new_chat_member").and_then(|member| word(member, "status")) {
        Some("member") => true,
        Some("kicked") => false,
        _ => return Ok(Vec::new()),
    };
    Ok(vec![clean::consent(id.to_string(), person, allowed)])
}

/// The public address of a chat or a person, if there is one.
pub fn profile(who: &Value) -> Option<String> {
    let name = word(who, "username").filter(|name| name.len() <= 64)?;
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    plain.then(|| format!("https://t.me/{name}"))
}

/// Where a message of a group is found: by anybody if the group has a name, else by its members. A private talk has no address.
pub fn permalink(chat: &Value, chat_id: i64, message: i64, thread: Option<i64>) -> Option<String> {
    let place = match profile(chat) {
        _ if chat_id > 0 => return None,
        Some(public) => public,
        None => format!("https://t.me/c/{}", chat_id.to_string().strip_prefix("-100")?),
    };
    let thread = thread.filter(|thread| *thread != message).map(|thread| format!("?thread={thread}"));
    Some(format!("{place}/{message}{}", thread.unwrap_or_default()))
}

/// Whose word a message is.
enum Whose {
    /// The page's: a post, or an administrator's word in the name of the group or channel, or a bot's.
    Page,
    Person(Author),
}

/// A message on its way to becoming events.
struct Said<'a> {
    page: &'a Page,
    now: At,
    message: &'a Value,
    edited: bool,
    chat: &'a Value,
    chat_id: i64,
    message_id: i64,
    /// The post under which it stands.
    thread: Option<i64>,
}

impl<'a> Said<'a> {
    /// `thread` is that of a message that replies to this one.
    fn of(page: &'a Page, message: &'a Value, now: At, edited: bool, thread: Option<i64>) -> Result<Said<'a>, Refusal> {
        let chat = message.get("chat").ok_or_else(|| lacks("chat"))?;
        let chat_id = int(chat, "id").ok_or_else(|| lacks("chat.id"))?;
        let message_id = int(message, "message_id").ok_or_else(|| lacks("message_id"))?;
        let replied = message.get("reply_to_message").and_then(|replied| int(replied, "message_id"));
        let stands_alone = flag(message, "is_automatic_forward") || word(chat, "type") == Some("channel");
        let thread = int(message, "message_thread_id").or(replied).or(thread);
        let thread = thread.filter(|thread| *thread != message_id && !stands_alone);
        Ok(Said { page, now, message, edited, chat, chat_id, message_id, thread })
    }

    fn is_private(&self) -> bool {
        word(self.chat, "type") == Some("private")
    }

    /// Whether it was said in private, or in the page's group or channel: anybody can add a bot to a chat of theirs.
    fn is_ours(&self) -> bool {
        self.is_private() || [group_of(self.page), self.channel()].contains(&Some(self.chat_id))
    }

    fn channel(&self) -> Option<i64> {
        number(self.page.keys.get("channel"))
    }

    fn events(&self, id: i64) -> Vec<Heard> {
        let mut events = Vec::new();
        let person = match self.whose() {
            Some(Whose::Page) => {
                events.extend(clean::remark(id.to_string(), self.remark(None)));
                None
            }
            Some(Whose::Person(author)) => Some(author),
            None => return events,
        };
        if let Some(author) = person
            && !(self.is_private() && is_start(self.message))
            && !self.changes_nothing()
        {
            events.extend(clean::message(id.to_string(), self.incoming(author)));
        }
        if !self.edited {
            events.extend(self.replied().and_then(|replied| {
                let author = match replied.whose()? {
                    Whose::Page => None,
                    Whose::Person(author) => Some(author),
                };
                clean::remark(format!("{id}:reply"), replied.remark(author))
            }));
        }
        if self.is_private() && !self.edited {
            events.push(clean::consent(format!("{id}:consent"), self.chat_id, true));
        }
        events
    }

    /// Whether it is a change that changes no words: a live place reports every step, and a picture of an album that bears no words
    /// would take the album's away.
    fn changes_nothing(&self) -> bool {
        let part = self.message.get("media_group_id").is_some() || place(self.message).is_some();
        self.edited && part && words(self.message).is_none()
    }

    fn whose(&self) -> Option<Whose> {
        if flag(self.message, "is_automatic_forward") || word(self.chat, "type") == Some("channel") {
            return Some(Whose::Page);
        }
        // In the name of a chat; `from` is a bot that stands for it.
        if let Some(sender) = self.message.get("sender_chat").filter(|sender| !sender.is_null()) {
            let id = int(sender, "id")?;
            if [Some(self.chat_id), group_of(self.page), self.channel()].contains(&Some(id)) {
                return Some(Whose::Page);
            }
            let name = word(sender, "title").and_then(clean::name);
            return Some(Whose::Person(Author { id: id.to_string(), name, url: profile(sender) }));
        }
        let from = self.message.get("from")?;
        let id = int(from, "id")?;
        if flag(from, "is_bot") {
            return Some(Whose::Page);
        }
        let full =
            [word(from, "first_name"), word(from, "last_name")].into_iter().flatten().collect::<Vec<_>>().join(" ");
        Some(Whose::Person(Author { id: id.to_string(), name: clean::name(&full), url: profile(from) }))
    }

    fn form(&self) -> Form {
        match self.thread {
            _ if self.is_private() => Form::Private,
            Some(_) => Form::Comment,
            None => Form::Post,
        }
    }

    /// The identity of the message itself.
    fn own_id(&self) -> String {
        format!("{}:{}", self.chat_id, self.message_id)
    }

    /// The identity of what was said: the pictures of an album are messages of their own, and one complaint.
    fn external_id(&self) -> String {
        match word(self.message, "media_group_id").and_then(clean::identity) {
            Some(album) => format!("{}:album:{album}", self.chat_id),
            None => self.own_id(),
        }
    }

    /// The identity under which it is told of: comments name the page's post by its message, be it one picture of an album.
    fn told_as(&self) -> String {
        if matches!(self.whose(), Some(Whose::Page)) { self.own_id() } else { self.external_id() }
    }

    /// The message that this one replies to.
    fn replied(&self) -> Option<Said<'a>> {
        let replied = self.message.get("reply_to_message")?;
        let replied = Said::of(self.page, replied, self.now, false, self.thread).ok()?;
        (replied.chat_id == self.chat_id).then_some(replied)
    }

    /// The comment that this one replies to: what stands right under the post replies to none.
    fn parent(&self) -> Option<String> {
        self.replied().filter(|replied| Some(replied.message_id) != self.thread).map(|replied| replied.told_as())
    }

    /// The post, as comments under it name it.
    fn post(&self) -> Option<String> {
        if self.is_private() {
            return Some(self.chat_id.to_string());
        }
        self.thread.map(|thread| format!("{}:{thread}", self.chat_id))
    }

    fn date(&self) -> At {
        let seconds = int(self.message, "edit_date").filter(|_| self.edited).or_else(|| int(self.message, "date"));
        clean::moment(seconds.and_then(|s| s.checked_mul(1000)), self.now)
    }

    fn url(&self) -> Option<String> {
        permalink(self.chat, self.chat_id, self.message_id, self.thread)
    }

    fn incoming(&self, author: Author) -> Incoming {
        let (form, external_id, parent) = (self.form(), self.external_id(), self.parent());
        let branch = (form == Form::Comment).then(|| parent.clone().unwrap_or_else(|| external_id.clone()));
        // An album's identity names no message that could be replied to.
        let album = (external_id != self.own_id()).then(|| self.own_id());
        let place = place(self.message);
        Incoming {
            external_id,
            change: if self.edited { Change::Edited } else { Change::New },
            network: None,
            account: self.page.account.clone(),
            form,
            post: self.post().or(album),
            parent,
            branch,
            url: self.url(),
            author,
            text: text(self.message, place.as_ref()),
            attachments: attachments(self.message),
            place,
            topic: None,
            rating: None,
            published_at: self.date(),
        }
    }

    fn remark(&self, author: Option<Author>) -> Remark {
        let external_id = self.told_as();
        let to = self.replied().and_then(|replied| replied.whose()).and_then(|whose| match whose {
            Whose::Page => None,
            Whose::Person(author) => Some(author.id),
        });
        Remark {
            account: self.page.account.clone(),
            form: self.form(),
            post: self.post().unwrap_or_else(|| external_id.clone()),
            parent: self.parent(),
            to,
            own: author.is_none(),
            author,
            text: text(self.message, place(self.message).as_ref()),
            attachments: attachments(self.message),
            url: self.url(),
            published_at: self.date(),
            external_id,
        }
    }
}

/// Whether it is only what the button "Start" sends, with or without a deep link's mark.
fn is_start(message: &Value) -> bool {
    let mark = word(message, "text").and_then(|text| text.strip_prefix("/start"));
    mark.is_some_and(|mark| {
        (mark.is_empty() || mark.starts_with(char::is_whitespace))
            && mark.trim().bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
    })
}

fn words(message: &Value) -> Option<&str> {
    word(message, "text").or_else(|| word(message, "caption"))
}

fn text(message: &Value, place: Option<&Place>) -> String {
    if let Some(said) = words(message) {
        return clean::text(said);
    }
    let venue = message.get("venue");
    let parts = venue.map(|venue| [word(venue, "title"), word(venue, "address")]);
    let named = parts.into_iter().flatten().flatten().collect::<Vec<_>>().join(", ");
    if named.is_empty() { place.and_then(clean::coordinates).unwrap_or_default() } else { clean::text(&named) }
}

fn place(message: &Value) -> Option<Place> {
    let point = message.get("location").or_else(|| message.get("venue")?.get("location"))?;
    let degrees = |name: &str| point.get(name).and_then(Value::as_f64);
    clean::place(degrees("latitude"), degrees("longitude"))
}

fn attachments(message: &Value) -> Vec<Attachment> {
    let kinds =
        [("video", "video"), ("document", "document"), ("audio", "audio"), ("voice", "audio"), ("video_note", "video")];
    let photo = message.get("photo").and_then(Value::as_array).and_then(|sizes| {
        sizes.iter().max_by_key(|size| {
            let side = |name| int(size, name).unwrap_or_default();
            side("width").saturating_mul(side("height"))
        })
    });
    let files = kinds.iter().filter_map(|(field, kind)| Some((*kind, message.get(*field)?)));
    clean::attachments(photo.map(|size| ("photo", size)).into_iter().chain(files).filter_map(|(kind, file)| {
        let id = word(file, "file_id").filter(|id| id.len() <= 1000 && id.bytes().all(|b| b.is_ascii_graphic()))?;
        let name = word(file, "file_name").and_then(clean::name);
        Some(Attachment { kind: kind.to_owned(), url: format!("{FILE}{id}"), name })
    }))
}
