//! Odnoklassniki: the Graph API for private messages, and the REST API for topics and their comments.
//!
//! Of comments nobody is told: they are polled. The forms of `mediatopic.getTopics`, `discussions.getComments` and
//! `discussions.getDiscussionComments` are those that public clients read; what the two methods that write answer, and what is said
//! to a message that a person does not want, is made up.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::tz::{Offset, TimeZone};
use md5::{Digest, Md5};
use serde_json::{Value, json};

use super::server::{Call, Reply};
use super::world::{Author, Draft, Entry, Hook, Kind, Turn, World, millis, names, secret};
use super::{Net, Page};
use crate::domain::At;

/// The most items of one answer.
const ITEMS: usize = 100;

/// Why a call was refused: the network's code and words.
struct Fault(i64, String);

impl Fault {
    fn new(code: i64, words: impl Into<String>) -> Fault {
        Fault(code, words.into())
    }

    fn parameter(name: &str) -> Fault {
        Fault(100, format!("PARAM : Missing required parameter {name}"))
    }

    fn missing(what: &str) -> Fault {
        Fault(300, format!("NOT_FOUND : {what}"))
    }

    fn reply(self) -> Reply {
        Reply::ok(json!({ "error_code": self.0, "error_msg": self.1, "error_data": null }))
    }
}

type Answer = Result<Value, Fault>;

/// What a new group is told of itself.
pub(super) fn page(id: i64) -> Page {
    let extra = [
        ("application_key".to_owned(), format!("C{}", secret()[..16].to_uppercase())),
        ("application_secret_key".to_owned(), secret()[..24].to_uppercase()),
        ("rest_token".to_owned(), format!("tkn1{}", secret())),
    ];
    let (account, token) = ((70_000_000_000_000 + id).to_string(), format!("tkn1{}", secret()));
    Page { net: Net::Ok, account, token, extra: extra.into() }
}

/// The key of something new: a topic is a number, a comment is not, a message has its chat in it.
pub(super) fn key(page: i64, number: i64, draft: &Draft, now: At) -> String {
    match (draft.kind, &draft.peer) {
        (Kind::Post | Kind::Suggested, _) => (150_000_000_000_000 + 1_000_000 * page + number).to_string(),
        (Kind::Private, Some(peer)) => format!("mid:{}.{:x}", &chat(page, peer)[5..], millis(now) * 1_000 + number),
        _ => STANDARD.encode(format!("{}:-{number}:{}:{page}:5", millis(now), millis(now))),
    }
}

/// The chat of a group with a person.
fn chat(page: i64, person: &str) -> String {
    format!("chat:C{page:x}g{person}")
}

pub(super) fn too_many() -> Reply {
    Fault::new(11, "LIMIT_REACHED : Too many requests").reply()
}

/// Nothing is known of how the servers defend themselves; this is what others do.
pub(super) fn too_fast() -> Reply {
    Reply::Later(1, Value::Null)
}

pub(super) fn answer(world: &mut World, call: &Call) -> Reply {
    let answered = match call.segments().as_slice() {
        ["graph", rest @ ..] => graph(world, call, rest),
        ["fb.do"] => rest(world, call, None),
        ["api", group, method] => rest(world, call, Some(format!("{group}.{method}"))),
        _ => return Reply::Json(404, json!({})),
    };
    answered.map_or_else(Fault::reply, Reply::ok)
}

fn graph(world: &mut World, call: &Call, path: &[&str]) -> Answer {
    let token = call.query.get("access_token").ok_or_else(|| Fault::new(103, "PARAM_SESSION_KEY : No session key"))?;
    let at = world.by_token(Net::Ok, token);
    let at = at.ok_or_else(|| Fault::new(102, "PARAM_SESSION_EXPIRED : Session expired"))?;
    match (call.verb.as_str(), path) {
        ("POST", ["me", "subscribe"]) => {
            let url = call.text("url").filter(|url| url.starts_with("http")).ok_or_else(|| Fault::parameter("url"))?;
            let (id, since) = (world.number(), millis(world.now()));
            let hooks = &mut world.pages[at].hooks;
            if !hooks.iter().any(|hook| hook.url == url) {
                hooks.push(Hook { id, url, since, ..Hook::default() });
            }
            Ok(json!({ "success": true }))
        }
        ("POST", ["me", "unsubscribe"]) => {
            let url = call.text("url").ok_or_else(|| Fault::parameter("url"))?;
            let known = world.pages[at].hooks.iter().find(|hook| hook.url == url).map(|hook| hook.id);
            if known.is_some() {
                world.drop_hook(at, known);
            }
            Ok(json!({ "success": known.is_some() }))
        }
        ("GET", ["me", "subscriptions"]) => {
            let hooks = world.pages[at].hooks.iter();
            let list: Vec<Value> = hooks.map(|hook| json!({ "time": hook.since, "url": hook.url })).collect();
            Ok(json!({ "subscriptions": list }))
        }
        ("GET", ["me", "info"]) => {
            let account = &world.pages[at];
            Ok(json!({ "user_id": format!("group:{}", account.page.account), "name": account.title }))
        }
        ("POST", ["me", "messages", chat] | [chat, "messages"]) => send(world, at, call, chat),
        _ => Err(Fault::new(3, "METHOD : Method does not exist.")),
    }
}

fn send(world: &mut World, at: usize, call: &Call, chat_id: &str) -> Answer {
    let message = call.value("message").unwrap_or_default();
    let text = message["text"].as_str().filter(|text| !text.is_empty()).ok_or_else(|| Fault::parameter("message"))?;
    let account = &world.pages[at];
    let person = account.allowed.iter().find(|person| chat(account.id, person) == chat_id).cloned();
    let person = person.ok_or_else(|| Fault::missing("chat"))?;
    if !account.may_write_to(&person) {
        return Err(Fault::new(10, "PERMISSION_DENIED : User does not accept messages of the group"));
    }
    let entry = world.say(at, Draft::private(&person, text));
    Ok(json!({ "recipient": { "chat_id": chat_id }, "message_id": entry.key }))
}

/// Private messages of people are pushed; the group's own are not, and comments are seen by polling only.
pub(super) fn tell(world: &mut World, at: usize, entry: &Entry, turn: Turn) {
    let (Kind::Private, Turn::New, Author::Person(person)) = (entry.kind, turn, &entry.author) else { return };
    let body = json!({
        "webhookType": "MESSAGE_CREATED",
        "sender": { "user_id": format!("user:{person}"), "name": world.name(Net::Ok, person) },
        "recipient": { "chat_id": chat(world.pages[at].id, person) },
        "message": { "text": entry.text, "seq": millis(entry.at) * 1_000 + entry.number, "mid": entry.key },
        "timestamp": millis(entry.at),
    });
    let hooks: Vec<i64> = world.pages[at].hooks.iter().map(|hook| hook.id).collect();
    for hook in hooks {
        world.send(at, Some(hook), "message", body.clone());
    }
}

fn rest(world: &mut World, call: &Call, method: Option<String>) -> Answer {
    let at = signed(world, call)?;
    match method.or_else(|| call.text("method")).as_deref().ok_or_else(|| Fault::parameter("method"))? {
        "mediatopic.getTopics" => topics(world, at, call),
        "discussions.getComments" => comments(world, at, call),
        "discussions.getDiscussionComments" => discussion_comments(world, at, call),
        "discussions.addDiscussionComment" => add_comment(world, at, call),
        "group.getInfo" => groups(world, call),
        "users.getInfo" => users(world, call),
        _ => Err(Fault::new(3, "METHOD : Method does not exist.")),
    }
}

/// Checks key, token and signature: the MD5 of all parameters in order, without the session, and of a secret made of the token.
fn signed(world: &World, call: &Call) -> Result<usize, Fault> {
    let token = call.text("access_token").ok_or_else(|| Fault::new(103, "PARAM_SESSION_KEY : No session key"))?;
    let key = call.text("application_key").ok_or_else(|| Fault::parameter("application_key"))?;
    let of = |name: &str, value: &str| {
        world.pages.iter().position(|known| {
            known.page.net == Net::Ok && known.page.extra.get(name).is_some_and(|known| known == value)
        })
    };
    let with_key = of("application_key", &key).ok_or_else(|| Fault::new(101, "PARAM_API_KEY : No such application"))?;
    let at = of("rest_token", &token).filter(|at| *at == with_key);
    let at = at.ok_or_else(|| Fault::new(102, "PARAM_SESSION_EXPIRED : Session expired"))?;
    let application = world.pages[at].page.extra.get("application_secret_key").cloned().unwrap_or_default();
    let hex = |text: String| Md5::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let session = hex(token + &application);
    let outside = ["sig", "access_token", "session_key"];
    let names = call.fields.keys().filter(|name| !outside.contains(&name.as_str()));
    let line: String = names.map(|name| format!("{name}={}", call.text(name).unwrap_or_default())).collect();
    if call.text("sig") == Some(hex(line + &session)) {
        Ok(at)
    } else {
        Err(Fault::new(104, "PARAM_SIGNATURE : Invalid signature"))
    }
}

/// What `anchor` (here the place of the first), `offset` and `count` ask for, and where the next part begins.
fn part<'a>(all: &'a [&'a Entry], call: &Call) -> (&'a [&'a Entry], usize) {
    let number = |name, default| usize::try_from(call.number(name).unwrap_or(default)).unwrap_or(0);
    let from = number("anchor", 0).max(number("offset", 0)).min(all.len());
    let upto = (from + number("count", 50).min(ITEMS)).min(all.len());
    (&all[from..upto], upto)
}

fn topics(world: &World, at: usize, call: &Call) -> Answer {
    let account = &world.pages[at];
    let group = call.text("gid").ok_or_else(|| Fault::parameter("gid"))?;
    if group != account.page.account {
        return Err(Fault::new(10, "PERMISSION_DENIED : Not a group of this application"));
    }
    let all: Vec<&Entry> = account.all(Kind::Post).rev().collect();
    let (found, next) = part(&all, call);
    let owner = format!("group:{group}");
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for post in account.all(Kind::Comment).filter_map(|entry| entry.post.as_deref()) {
        *counts.entry(post).or_default() += 1;
    }
    let topics = found.iter().map(|entry| {
        json!({
            "id": entry.key, "created_ms": millis(entry.at), "author_ref": owner, "owner_ref": owner,
            "media": [{ "type": "text", "text": entry.text, "text_tokens": [{ "text": entry.text }] }],
            "discussion_summary": {
                "discussion_type": "GROUP_TOPIC", "discussion_id": entry.key,
                "comments_count": counts.get(entry.key.as_str()).unwrap_or(&0),
            },
        })
    });
    let topics: Vec<Value> = topics.collect();
    Ok(json!({ "media_topics": topics, "anchor": next.to_string(), "has_more": next < all.len() }))
}

/// The topic that is meant.
fn topic(world: &World, at: usize, call: &Call, id: &str, kind: &str) -> Result<String, Fault> {
    let key = call.text(id).ok_or_else(|| Fault::parameter(id))?;
    let kind = call.text(kind).ok_or_else(|| Fault::parameter(kind))?;
    let known = world.pages[at].entry(&key).is_some_and(|entry| entry.kind == Kind::Post);
    if known && kind.eq_ignore_ascii_case("GROUP_TOPIC") { Ok(key) } else { Err(Fault::missing("discussion")) }
}

fn comments(world: &World, at: usize, call: &Call) -> Answer {
    let key = topic(world, at, call, "discussionId", "discussionType")?;
    let account = &world.pages[at];
    let mut all: Vec<&Entry> = account.comments(&key).collect();
    if call.text("direction").as_deref() == Some("BACKWARD") {
        all.reverse();
    }
    let (found, next) = part(&all, call);
    let list: Vec<Value> = found.iter().map(|entry| comment(world, at, entry)).collect();
    let people = found.iter().filter_map(|entry| match &entry.author {
        Author::Person(person) => Some(json!({ "uid": person, "name": world.name(Net::Ok, person) })),
        _ => None,
    });
    let people: Vec<Value> = people.collect();
    let entities = json!({ "users": people, "groups": [{ "uid": account.page.account, "name": account.title }] });
    Ok(json!({ "comments": list, "anchor": next.to_string(), "has_more": next < all.len(), "entities": entities }))
}

fn discussion_comments(world: &World, at: usize, call: &Call) -> Answer {
    let key = topic(world, at, call, "entityId", "entityType")?;
    let all: Vec<&Entry> = world.pages[at].comments(&key).collect();
    let list: Vec<Value> = part(&all, call).0.iter().map(|entry| comment(world, at, entry)).collect();
    // So it is spelled.
    Ok(json!({ "commentss": list }))
}

fn comment(world: &World, at: usize, entry: &Entry) -> Value {
    let account = &world.pages[at];
    let author = |entry: &Entry| match &entry.author {
        Author::Person(person) => (person.clone(), "USER"),
        Author::Page | Author::Colleague => (account.page.account.clone(), "GROUP"),
    };
    // Dates are told in the time of Moscow.
    let moscow = TimeZone::fixed(Offset::constant(3));
    let date = entry.at.0.to_zoned(moscow).strftime("%Y-%m-%d %H:%M:%S").to_string();
    let (author_id, author_type) = author(entry);
    let mut object = json!({
        "id": entry.key, "text": entry.text, "date": date, "date_ms": millis(entry.at), "type": "ACTIVE_MESSAGE",
        "author_id": author_id, "author_type": author_type, "like_count": 0, "liked_it": false,
    });
    if let Some(above) = entry.reply_to.as_deref().and_then(|key| account.entry(key)) {
        object["reply_to_comment_id"] = json!(above.key);
        object["reply_to_id"] = json!(author(above).0);
    }
    if !entry.pictures.is_empty() {
        let photo = |file: &String| json!({ "type": "PHOTO", "url": world.picture(file) });
        object["attachments"] = entry.pictures.iter().map(photo).collect();
    }
    object
}

fn add_comment(world: &mut World, at: usize, call: &Call) -> Answer {
    let post = topic(world, at, call, "entityId", "entityType")?;
    let text = call.text("comment").ok_or_else(|| Fault::parameter("comment"))?;
    let reply_to = call.text("reply_to_comment_id");
    let under = |key: &String| world.pages[at].entry(key).is_some_and(|entry| entry.post.as_ref() == Some(&post));
    if reply_to.as_ref().is_some_and(|key| !under(key)) {
        return Err(Fault::missing("comment"));
    }
    if !call.flag("as_admin") {
        // The token's owner would speak in their own name, which is not what the page wants.
        return Err(Fault::new(10, "PERMISSION_DENIED : Only administrators may comment here, with as_admin"));
    }
    let entry = world.say(at, Draft::comment(&post, &text, reply_to.as_deref()));
    Ok(json!({ "id": entry.key }))
}

fn groups(world: &World, call: &Call) -> Answer {
    let asked = call.text("uids").ok_or_else(|| Fault::parameter("uids"))?;
    let known = asked.split(',').filter_map(|id| {
        let known = world.pages.iter().find(|known| known.page.net == Net::Ok && known.page.account == id.trim())?;
        Some(json!({ "uid": known.page.account, "name": known.title, "members_count": known.members }))
    });
    Ok(known.collect())
}

fn users(world: &World, call: &Call) -> Answer {
    let asked = call.text("uids").ok_or_else(|| Fault::parameter("uids"))?;
    let known = asked.split(',').filter_map(|id| {
        let name = world.name(Net::Ok, id.trim())?;
        let (first, last) = names(name);
        Some(json!({ "uid": id.trim(), "name": name, "first_name": first, "last_name": last.unwrap_or_default() }))
    });
    Ok(known.collect())
}
