//! What an update says.
//!
//! Comments are read as the stubs of `max-bot-api-client-go` and the object `CommentMessage` of dev.max.ru have them: `comment_created` and
//! `comment_edited` with `message.recipient.post_id`, `comment_removed` with `message_id` and `post_id`. The official models leave out
//! some of it, so the post is also taken from beside the message, and the message from `comment`.

use serde_json::Value;

use super::clean;
use crate::domain::message::{Attachment, Author, Change, Form, Incoming, Place, Remark};
use crate::domain::page::{Heard, Page};
use crate::domain::{At, Refusal};
use clean::{flag, int, lacks, word};

/// The events of one update.
///
/// # Errors
/// [`Refusal::Malformed`] for what is no update.
pub fn update(page: &Page, update: &Value, now: At) -> Result<Vec<Heard>, Refusal> {
    let kind = word(update, "update_type").ok_or_else(|| lacks("update_type"))?;
    match kind {
        "message_created" | "message_edited" | "comment_created" | "comment_edited" => {
            let message = update.get("message").or_else(|| update.get("comment")).ok_or_else(|| lacks("message"))?;
            Ok(Said::of(page, kind, update, message, now)?.map_or_else(Vec::new, |said| said.events()))
        }
        "message_removed" | "comment_removed" => removed(page, kind, update, now),
        "bot_started" | "bot_stopped" | "dialog_removed" => {
            let person = int(update, "user_id").or_else(|| int(update.get("user")?, "user_id"));
            let person = person.ok_or_else(|| lacks("user.user_id"))?;
            let key = key(kind, &person.to_string(), update);
            Ok(vec![clean::consent(key, person, kind == "bot_started")])
        }
        _ => Ok(Vec::new()),
    }
}

/// The public address of a person or bot, if there is one.
pub fn profile(who: &Value) -> Option<String> {
    let name = word(who, "username").filter(|name| name.len() <= 64)?;
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    plain.then(|| format!("https://max.ru/{name}"))
}

/// The identity of an update: it is the same for every delivery.
fn key(kind: &str, about: &str, update: &Value) -> String {
    format!("{kind}:{about}:{}", int(update, "timestamp").unwrap_or_default())
}

fn removed(page: &Page, kind: &str, update: &Value, now: At) -> Result<Vec<Heard>, Refusal> {
    let id = word(update, "message_id").and_then(clean::identity).ok_or_else(|| lacks("message_id"))?;
    let chat = int(update, "chat_id").ok_or_else(|| lacks("chat_id"))?.to_string();
    let post = word(update, "post_id").and_then(clean::identity).map(str::to_owned);
    let form = match kind {
        "comment_removed" => Form::Comment,
        _ if chat == page.account => Form::Post,
        // It may be of a group that is not the page's; such a message is known to nobody.
        _ => Form::Private,
    };
    if form == Form::Comment && chat != page.account {
        return Ok(Vec::new());
    }
    // Whoever took it away: of an administrator's deletion the author is not told.
    let author = int(update, "user_id").map_or_else(|| "unknown".to_owned(), |id| id.to_string());
    let message = Incoming {
        external_id: id.to_owned(),
        change: Change::Deleted,
        network: None,
        account: page.account.clone(),
        form,
        post: if form == Form::Private { Some(chat) } else { post },
        parent: None,
        branch: None,
        url: None,
        author: Author { id: author, name: None, url: None },
        text: String::new(),
        attachments: Vec::new(),
        place: None,
        topic: None,
        rating: None,
        published_at: clean::moment(int(update, "timestamp"), now),
    };
    Ok(clean::message(key(kind, id, update), message).into_iter().collect())
}

/// Somebody's name and identity.
fn person(user: &Value) -> Option<Author> {
    let id = int(user, "user_id")?.to_string();
    let full = [word(user, "first_name"), word(user, "last_name")].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let shown = if full.is_empty() { word(user, "name").unwrap_or_default() } else { &full };
    Some(Author { id, name: clean::name(shown), url: profile(user) })
}

/// Whether the page itself says it, or a bot: a channel's posts and comments in its name have no sender.
fn is_own(sender: Option<&Value>) -> bool {
    sender.is_none_or(|sender| sender.is_null() || flag(sender, "is_bot"))
}

/// A message on its way to becoming events.
struct Said<'a> {
    page: &'a Page,
    kind: &'a str,
    update: &'a Value,
    message: &'a Value,
    body: &'a Value,
    now: At,
    mid: &'a str,
    form: Form,
    /// What stands above it: the talk, the channel's post, or the message of a group that it replies to.
    post: Option<String>,
    /// The comment that it replies to.
    parent: Option<&'a str>,
}

impl<'a> Said<'a> {
    /// None: it was said in a chat that is not the page's.
    fn of(
        page: &'a Page,
        kind: &'a str,
        update: &'a Value,
        message: &'a Value,
        now: At,
    ) -> Result<Option<Said<'a>>, Refusal> {
        let recipient = message.get("recipient").ok_or_else(|| lacks("message.recipient"))?;
        let chat = int(recipient, "chat_id").ok_or_else(|| lacks("message.recipient.chat_id"))?.to_string();
        let body = message.get("body").ok_or_else(|| lacks("message.body"))?;
        let mid = word(body, "mid").and_then(clean::identity).ok_or_else(|| lacks("message.body.mid"))?;
        let replied = message.get("link").filter(|link| word(link, "type") == Some("reply"));
        let replied = replied.and_then(|link| clean::identity(word(link.get("message")?, "mid")?));
        let ours = chat == page.account;
        let (form, post, parent) = if kind.starts_with("comment") {
            let post = [recipient, message, update].into_iter().find_map(|v| clean::identity(word(v, "post_id")?));
            (Form::Comment, post.map(str::to_owned), replied.filter(|replied| Some(*replied) != post))
        } else if word(recipient, "chat_type") == Some("dialog") {
            (Form::Private, Some(chat), replied)
        } else if let Some(replied) = replied {
            (Form::Comment, Some(replied.to_owned()), None)
        } else {
            (Form::Post, None, None)
        };
        let said = Said { page, kind, update, message, body, now, mid, form, post, parent };
        Ok((ours || form == Form::Private).then_some(said))
    }

    fn events(&self) -> Vec<Heard> {
        let mut events = Vec::new();
        let key = key(self.kind, self.mid, self.update);
        let sender = self.message.get("sender");
        // Whoever writes in a channel itself, not under it, speaks for it.
        let post_of_channel = self.form != Form::Comment && self.chat_type() == Some("channel");
        if is_own(sender) || post_of_channel {
            events.extend(clean::remark(key.clone(), self.own_remark()));
        } else if let Some(author) = sender.and_then(person) {
            let consents = self.form == Form::Private && !self.is_edit();
            let who = int(sender.unwrap_or(&Value::Null), "user_id");
            events.extend(clean::message(key.clone(), self.incoming(author)));
            events.extend(who.filter(|_| consents).map(|id| clean::consent(format!("{key}:consent"), id, true)));
        }
        if !self.is_edit() {
            events.extend(self.linked().and_then(|linked| clean::remark(format!("{key}:reply"), linked)));
        }
        events
    }

    fn chat_type(&self) -> Option<&str> {
        word(self.message.get("recipient")?, "chat_type")
    }

    fn is_edit(&self) -> bool {
        self.kind.ends_with("_edited")
    }

    fn date(&self) -> At {
        let published = int(self.message, "timestamp").filter(|_| !self.is_edit());
        clean::moment(published.or_else(|| int(self.update, "timestamp")), self.now)
    }

    fn link(&self, kind: &str) -> Option<&'a Value> {
        self.message.get("link").filter(|link| word(link, "type") == Some(kind))
    }

    /// What it says, and what it hands on: a forwarded complaint is the forwarder's.
    fn content(&self) -> (String, Vec<Attachment>, Option<Place>) {
        let bodies = [Some(self.body), self.link("forward").and_then(|link| link.get("message"))];
        let bodies = || bodies.iter().copied().flatten();
        let place = bodies().find_map(place);
        let texts = bodies().filter_map(|body| word(body, "text")).collect::<Vec<_>>().join("\n\n");
        let text =
            if texts.is_empty() { place.as_ref().and_then(clean::coordinates).unwrap_or_default() } else { texts };
        (clean::text(&text), clean::attachments(bodies().flat_map(attachments)), place)
    }

    fn url(&self) -> Option<String> {
        word(self.message, "url").and_then(clean::address)
    }

    fn incoming(&self, author: Author) -> Incoming {
        let (text, attachments, place) = self.content();
        let branch = (self.form == Form::Comment).then(|| self.parent.unwrap_or(self.mid).to_owned());
        Incoming {
            external_id: self.mid.to_owned(),
            change: if self.is_edit() { Change::Edited } else { Change::New },
            network: None,
            account: self.page.account.clone(),
            form: self.form,
            post: self.post.clone(),
            parent: self.parent.map(str::to_owned),
            branch,
            url: self.url(),
            author,
            text,
            attachments,
            place,
            topic: None,
            rating: None,
            published_at: self.date(),
        }
    }

    /// The page's own word.
    fn own_remark(&self) -> Remark {
        let (text, attachments, _) = self.content();
        let answered = self.link("reply").and_then(|link| link.get("sender")).filter(|sender| !is_own(Some(sender)));
        Remark {
            external_id: self.mid.to_owned(),
            account: self.page.account.clone(),
            form: self.form,
            post: self.post.clone().unwrap_or_else(|| self.mid.to_owned()),
            parent: self.parent.map(str::to_owned),
            to: answered.and_then(person).map(|author| author.id),
            author: None,
            own: true,
            text,
            attachments,
            url: self.url(),
            published_at: self.date(),
        }
    }

    /// What it replies to. MAX does not say when that was: it was before.
    fn linked(&self) -> Option<Remark> {
        let link = self.link("reply")?;
        let body = link.get("message")?;
        let id = clean::identity(word(body, "mid")?)?.to_owned();
        let own = is_own(link.get("sender"));
        let author = if own { None } else { Some(link.get("sender").and_then(person)?) };
        // In a group what is replied to is itself what this stands under; under a channel's post it may be the post.
        let stands_alone = self.form == Form::Comment && self.parent.is_none();
        Some(Remark {
            form: if stands_alone { Form::Post } else { self.form },
            post: self.post.clone().unwrap_or_else(|| id.clone()),
            external_id: id,
            account: self.page.account.clone(),
            parent: None,
            to: None,
            author,
            own,
            text: clean::text(word(body, "text").unwrap_or_default()),
            attachments: attachments(body),
            url: None,
            published_at: self.date(),
        })
    }
}

fn place(body: &Value) -> Option<Place> {
    let point = list(body).iter().find(|one| word(one, "type") == Some("location"))?;
    let degrees = |name: &str| point.get(name).or_else(|| point.get("payload")?.get(name)).and_then(Value::as_f64);
    clean::place(degrees("latitude"), degrees("longitude"))
}

fn list(body: &Value) -> &[Value] {
    body.get("attachments").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn attachments(body: &Value) -> Vec<Attachment> {
    let read = |one: &Value| {
        let kind = match word(one, "type")? {
            "image" => "photo",
            "video" => "video",
            "audio" => "audio",
            "file" => "document",
            "share" => "link",
            _ => return None,
        };
        let url = clean::address(word(one.get("payload")?, "url")?)?;
        let name = word(one, "filename").or_else(|| word(one, "title")).and_then(clean::name);
        Some(Attachment { kind: kind.to_owned(), url, name })
    };
    clean::attachments(list(body).iter().filter_map(read))
}
