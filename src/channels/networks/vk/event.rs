//! What VK's events say.

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::super::clean;
use super::NAME;
use super::message::message;
use super::post::{Kind, Post, profile};
use super::text::{attachments, shown};
use crate::domain::message::{Attachment, Author, Change, Incoming, Place, Remark};
use crate::domain::page::{Heard, What};
use crate::domain::{At, Form, Refusal};

/// How deep messages forwarded within forwarded ones are followed.
const DEEPEST: usize = 8;

/// A comment under anything, or its deletion.
#[derive(Deserialize)]
struct Comment {
    id: i64,
    from_id: Option<i64>,
    date: Option<i64>,
    text: Option<String>,
    attachments: Option<Vec<Value>>,
    reply_to_user: Option<i64>,
    reply_to_comment: Option<i64>,
    parents_stack: Option<Vec<i64>>,
    owner_id: Option<i64>,
    post_owner_id: Option<i64>,
    post_id: Option<i64>,
    photo_owner_id: Option<i64>,
    photo_id: Option<i64>,
    video_owner_id: Option<i64>,
    video_id: Option<i64>,
    topic_owner_id: Option<i64>,
    topic_id: Option<i64>,
    market_owner_id: Option<i64>,
    item_id: Option<i64>,
    deleter_id: Option<i64>,
    user_id: Option<i64>,
}

/// A post on a wall.
#[derive(Deserialize)]
struct WallPost {
    id: i64,
    owner_id: i64,
    from_id: i64,
    date: i64,
    text: Option<String>,
    post_type: Option<String>,
    attachments: Option<Vec<Value>>,
    copy_history: Option<Vec<Value>>,
    geo: Option<Value>,
}

/// Who may be written to, or no longer.
#[derive(Deserialize)]
struct Consent {
    user_id: i64,
}

/// What an event of this type says, if anything.
pub fn read(
    account: &str,
    r#type: &str,
    object: Option<Value>,
    key: Option<String>,
    now: At,
) -> Result<Option<Heard>, Refusal> {
    let object = object.unwrap_or(Value::Null);
    let what = match r#type {
        "wall_post_new" => wall_post(account, parse(object)?)?,
        "message_new" => {
            let inner = object.get("message").cloned();
            message(account, parse(inner.unwrap_or(object))?, Change::New, now)?
        }
        "message_edit" => message(account, parse(object)?, Change::Edited, now)?,
        "message_reply" => message(account, parse(object)?, Change::New, now)?,
        "message_allow" | "message_deny" => {
            let Consent { user_id } = parse(object)?;
            Some(What::Consent { author: user_id.to_string(), allowed: r#type == "message_allow" })
        }
        _ => match commented(r#type) {
            Some((kind, change)) => comment(account, kind, change, &parse(object)?, now)?,
            None => None,
        },
    };
    Ok(what.map(|what| Heard { key, what }))
}

fn parse<T: DeserializeOwned>(object: Value) -> Result<T, Refusal> {
    // An array would be read as the fields in their order.
    if !object.is_object() {
        return Err(Refusal::Malformed("no event of VK: /object is missing or no object".to_owned()));
    }
    serde_path_to_error::deserialize(object)
        .map_err(|error| Refusal::Malformed(format!("no event of VK: /object at {}: {}", error.path(), error.inner())))
}

/// What happened to a comment, and under what, by the event's type.
fn commented(r#type: &str) -> Option<(Kind, Change)> {
    let (of, happened) = r#type.rsplit_once('_')?;
    let kind = match of {
        "wall_reply" => Kind::Wall,
        "photo_comment" => Kind::Photo,
        "video_comment" => Kind::Video,
        "board_post" => Kind::Topic,
        "market_comment" => Kind::Market,
        _ => return None,
    };
    let change = match happened {
        "new" => Change::New,
        "edit" => Change::Edited,
        "restore" => Change::Restored,
        "delete" => Change::Deleted,
        _ => return None,
    };
    Some((kind, change))
}

impl Comment {
    /// What it stands under.
    fn post(&self, kind: Kind, account: &str) -> Option<Post> {
        let (id, owner) = match kind {
            Kind::Wall => (self.post_id, self.post_owner_id),
            Kind::Photo => (self.photo_id, self.photo_owner_id),
            Kind::Video => (self.video_id, self.video_owner_id),
            Kind::Topic => (self.topic_id, self.topic_owner_id),
            Kind::Market => (self.item_id.or(self.photo_id), self.market_owner_id),
        };
        let own = || account.parse::<i64>().ok()?.checked_neg();
        let owner = owner.or(self.owner_id).or_else(own)?;
        // Only communities have boards.
        let owner = if kind == Kind::Topic { owner.checked_abs()?.checked_neg()? } else { owner };
        Some(Post { kind, owner, id: id? })
    }

    /// The comment that begins its branch; itself, if it does.
    fn root(&self) -> i64 {
        self.parents_stack.as_ref().and_then(|stack| stack.first().copied()).unwrap_or(self.id)
    }

    /// The comment that it replies to.
    fn parent(&self) -> Option<i64> {
        self.reply_to_comment.filter(|id| *id != 0).or_else(|| self.parents_stack.as_ref()?.last().copied())
    }
}

fn comment(account: &str, kind: Kind, change: Change, it: &Comment, now: At) -> Result<Option<What>, Refusal> {
    let Some(post) = it.post(kind, account) else {
        return Err(Refusal::Malformed("no event of VK: /object does not say what is commented on".to_owned()));
    };
    let deleted = change == Change::Deleted;
    // VK names who deleted a comment, if anybody, and not who wrote it.
    let from = if deleted { it.deleter_id.or(it.user_id) } else { it.from_id };
    let Some(from) = from.or(deleted.then_some(0)) else {
        return Err(Refusal::Malformed("no event of VK: /object/from_id is missing".to_owned()));
    };
    if from < 0 && !deleted {
        return Ok(remark(account, post, it)?.map(|remark| What::Remark(Box::new(remark))));
    }
    let published_at = if change == Change::New { moment(it.date.unwrap_or(0))? } else { now };
    let (text, files) = match deleted {
        true => (String::new(), Vec::new()),
        false => (shown(it.text.as_deref().unwrap_or("")), attachments(it.attachments.as_deref().unwrap_or(&[]))),
    };
    Ok(incoming(Incoming {
        change,
        post: Some(post.key()),
        parent: it.parent().map(|id| post.comment_key(id)),
        branch: (!deleted).then(|| post.comment_key(it.root())),
        url: Some(post.comment_url(it.id, Some(it.root()))),
        author: if from == 0 { nobody() } else { author(from) },
        ..blank(account, Form::Comment, post.comment_key(it.id), text, files, published_at)
    }))
}

/// What a community says, or a person under whose words a resident's stand. None: nothing that can be read.
fn remark(account: &str, post: Post, it: &Comment) -> Result<Option<Remark>, Refusal> {
    let from = it.from_id.unwrap_or(0);
    let remark = Remark {
        external_id: post.comment_key(it.id),
        account: account.to_owned(),
        form: Form::Comment,
        post: post.key(),
        parent: it.parent().map(|id| post.comment_key(id)),
        to: it.reply_to_user.filter(|id| *id != 0).map(|id| id.to_string()),
        author: speaker(account, from),
        own: from < 0,
        text: shown(it.text.as_deref().unwrap_or("")),
        attachments: attachments(it.attachments.as_deref().unwrap_or(&[])),
        url: Some(post.comment_url(it.id, Some(it.root()))),
        published_at: moment(it.date.unwrap_or(0))?,
    };
    Ok(Some(remark).filter(says))
}

fn wall_post(account: &str, it: WallPost) -> Result<Option<What>, Refusal> {
    // What waits for its hour is not published yet.
    if it.post_type.as_deref() == Some("postpone") {
        return Ok(None);
    }
    let post = Post { kind: Kind::Wall, owner: it.owner_id, id: it.id };
    let mut text = it.text.unwrap_or_default();
    let mut files = it.attachments.unwrap_or_default();
    quote(&mut text, &mut files, &it.copy_history.unwrap_or_default(), "copy_history", 0);
    let (text, files, published_at) = (shown(&text), attachments(&files), moment(it.date)?);
    if it.from_id < 0 {
        let remark = Remark {
            external_id: post.key(),
            account: account.to_owned(),
            form: Form::Post,
            post: post.key(),
            parent: None,
            to: None,
            author: speaker(account, it.from_id),
            own: true,
            text,
            attachments: files,
            url: Some(post.url()),
            published_at,
        };
        return Ok(Some(remark).filter(says).map(|remark| What::Remark(Box::new(remark))));
    }
    Ok(incoming(Incoming {
        post: Some(post.key()),
        url: Some(post.url()),
        author: author(it.from_id),
        place: it.geo.as_ref().and_then(place),
        ..blank(account, Form::Post, post.key(), text, files, published_at)
    }))
}

/// Adds what was forwarded or reposted to a text, in quotes, and its files to the files.
pub fn quote(text: &mut String, files: &mut Vec<Value>, forwarded: &[Value], within: &str, depth: usize) {
    for message in forwarded {
        if let Some(quoted) = message["text"].as_str().map(str::trim).filter(|quoted| !quoted.is_empty()) {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(&format!("«{quoted}»"));
        }
        files.extend(message["attachments"].as_array().into_iter().flatten().cloned());
        if let Some(inner) = message[within].as_array().filter(|_| depth < DEEPEST) {
            quote(text, files, inner, within, depth + 1);
        }
    }
}

/// A post as it is shown around the comments under it.
pub fn post_remark(account: &str, found: &Value) -> Option<Remark> {
    let it = WallPost::deserialize(found).ok()?;
    let (own, from) = (it.from_id < 0, it.from_id);
    match wall_post(account, it).ok()?? {
        What::Remark(remark) => Some(*remark),
        What::Message(said) => Some(Remark {
            post: said.external_id.clone(),
            external_id: said.external_id,
            account: said.account,
            form: said.form,
            parent: None,
            to: None,
            author: speaker(account, from),
            own,
            text: said.text,
            attachments: said.attachments,
            url: said.url,
            published_at: said.published_at,
        }),
        What::Consent { .. } => None,
    }
}

/// A comment as it is shown around those that reply to it.
pub fn comment_remark(account: &str, post: Post, found: &Value) -> Option<Remark> {
    remark(account, post, &Comment::deserialize(found).ok()?).ok()?
}

/// A message with nothing but what every one has.
pub fn blank(account: &str, form: Form, id: String, text: String, files: Vec<Attachment>, at: At) -> Incoming {
    Incoming {
        external_id: id,
        change: Change::New,
        network: Some(NAME.to_owned()),
        account: account.to_owned(),
        form,
        post: None,
        parent: None,
        branch: None,
        url: None,
        author: nobody(),
        text,
        attachments: files,
        place: None,
        topic: None,
        rating: None,
        published_at: at,
    }
}

/// A message, unless it is a sticker or another thing without words.
pub fn incoming(said: Incoming) -> Option<What> {
    let wordless = said.text.trim().is_empty() && said.attachments.is_empty() && said.change != Change::Deleted;
    (!wordless).then(|| What::Message(Box::new(said)))
}

pub fn says(remark: &Remark) -> bool {
    !remark.text.trim().is_empty() || !remark.attachments.is_empty()
}

pub fn author(id: i64) -> Author {
    Author { id: id.to_string(), name: None, url: Some(profile(id)) }
}

/// Who wrote what was deleted, when nobody says.
fn nobody() -> Author {
    Author { id: "0".to_owned(), name: None, url: None }
}

/// The author of a remark: none if it is the page itself.
pub fn speaker(account: &str, from: i64) -> Option<Author> {
    let own = from < 0 && from.unsigned_abs().to_string() == account;
    (!own).then(|| author(from))
}

/// Where a message was sent from: `{"coordinates": {"latitude", "longitude"}}`, or `"55.7 37.6"` in posts.
pub fn place(geo: &Value) -> Option<Place> {
    let at = &geo["coordinates"];
    let (lat, lon) = match at.as_str() {
        Some(both) => both.split_once(' ').and_then(|(lat, lon)| Some((lat.parse().ok()?, lon.parse().ok()?)))?,
        None => (at["latitude"].as_f64()?, at["longitude"].as_f64()?),
    };
    let on_earth = f64::abs(lat) <= 90.0 && f64::abs(lon) <= 180.0;
    on_earth.then(|| Place { lat: Some(lat), lon: Some(lon), ..Place::default() })
}

pub fn moment(seconds: i64) -> Result<At, Refusal> {
    let at = Timestamp::from_second(seconds).ok().map(At::new).filter(|at| *at >= clean::EARLIEST);
    at.ok_or_else(|| Refusal::Malformed(format!("no event of VK: {seconds} is no time")))
}
