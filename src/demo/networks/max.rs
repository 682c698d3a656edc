//! MAX: its Bot API, after the official Go client and its recorded events.
//!
//! Made up are the words of some refusals; that a comment in the channel's own name has no sender is what the recorded event and
//! the public clients suggest.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::server::{Call, Reply};
use super::world::{Account, Author, Draft, Entry, Hook, Kind, Turn, World, millis, names, secret};
use super::{Net, Page, pictures};
use crate::domain::At;

/// The longest text, in characters.
const TEXT: usize = 4_000;

/// The most items of one answer.
const ITEMS: usize = 100;

/// Why a call was refused: the status, MAX's code and words.
struct Fault(u16, &'static str, String);

impl Fault {
    fn bad(words: impl Into<String>) -> Fault {
        Fault(400, "proto.payload", words.into())
    }

    fn missing(what: &str) -> Fault {
        Fault(404, "not.found", format!("{what} not found"))
    }

    fn reply(self) -> Reply {
        Reply::Json(self.0, json!({ "code": self.1, "message": self.2 }))
    }
}

type Answer = Result<Value, Fault>;

/// What a new bot is told of itself and of its channel.
pub(super) fn page(id: i64) -> Page {
    let extra = [("bot".to_owned(), (5_000_000 + id).to_string())];
    let account = (-70_000_000_000_000 - id).to_string();
    Page { net: Net::Max, account, token: format!("f9LHod{}", secret()), extra: extra.into() }
}

/// The key of something new.
pub(super) fn key(page: i64, number: i64, now: At) -> String {
    format!("mid.{:016x}{:010x}{:06x}", -70_000_000_000_000 - page, millis(now), number & 0xff_ffff)
}

/// The dialog of a bot with a person.
fn dialog(page: i64, person: &str) -> i64 {
    person.parse::<i64>().unwrap_or_default() * 1_000 + page
}

pub(super) fn too_many() -> Reply {
    Reply::Later(1, json!({ "code": "too.many.requests", "message": "Too many requests" }))
}

pub(super) fn answer(world: &mut World, call: &Call) -> Reply {
    // The token is taken from the header only, and as it is.
    let token = call.authorization.as_deref().unwrap_or_default();
    let Some(at) = world.by_token(Net::Max, token) else {
        return Fault(401, "verify.token", "Invalid access_token".to_owned()).reply();
    };
    let success = |_| json!({ "success": true });
    let answered = match (call.verb.as_str(), call.segments().as_slice()) {
        ("GET", ["me"]) => Ok(me(&world.pages[at], millis(world.now()))),
        ("GET", ["subscriptions"]) => Ok(subscriptions(&world.pages[at])),
        ("POST", ["subscriptions"]) => subscribe(world, at, call).map(success),
        ("DELETE", ["subscriptions"]) => unsubscribe(world, at, call).map(success),
        ("GET", ["chats", id]) => chat(world, at, id),
        ("POST", ["messages"]) => send(world, at, call),
        ("GET", ["messages"]) => messages(world, at, call),
        ("GET", ["messages", key]) => {
            found(world, at, key, Kind::Comment, false).map(|entry| object(world, at, &entry))
        }
        ("GET", ["messages", post, "comments"]) => comments(world, at, call, post),
        ("POST", ["messages", post, "comments"]) => comment(world, at, call, post),
        ("GET", ["messages", post, "comments", key]) => {
            let under = |entry: &Entry| entry.post.as_deref() == Some(*post);
            let entry = found(world, at, key, Kind::Comment, true);
            entry
                .and_then(|entry| under(&entry).then_some(entry).ok_or_else(|| Fault::missing("Comment")))
                .map(|entry| object(world, at, &entry))
        }
        _ => Err(Fault(404, "not.found", "Path not found".to_owned())),
    };
    answered.map_or_else(Fault::reply, Reply::ok)
}

fn me(account: &Account, now: i64) -> Value {
    let id: i64 = account.page.extra.get("bot").and_then(|id| id.parse().ok()).unwrap_or_default();
    json!({
        "user_id": id, "first_name": account.title, "name": account.title, "username": format!("id{id}_bot"), "is_bot": true,
        "last_activity_time": now,
    })
}

fn subscriptions(account: &Account) -> Value {
    let hooks = account.hooks.iter();
    let list: Vec<Value> =
        hooks.map(|hook| json!({ "url": hook.url, "time": hook.since, "update_types": hook.kinds })).collect();
    json!({ "subscriptions": list })
}

fn subscribe(world: &mut World, at: usize, call: &Call) -> Result<(), Fault> {
    let url = call.text("url").ok_or_else(|| Fault::bad("url is required"))?;
    // The true one wants HTTPS; here plain HTTP will do for the tests of this machine.
    if !url.starts_with("https://") && !url.starts_with("http://127.0.0.1") {
        return Err(Fault::bad("url must be https"));
    }
    let secret = call.text("secret").unwrap_or_default();
    let usual = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    let sound = (5..=256).contains(&secret.len()) && secret.bytes().all(usual);
    if !secret.is_empty() && !sound {
        return Err(Fault::bad("secret must match ^[\\w-]{5,256}$"));
    }
    let kinds: Option<BTreeSet<String>> = call.value("update_types").and_then(|list| serde_json::from_value(list).ok());
    let (id, since) = (world.number(), millis(world.now()));
    let hooks = &mut world.pages[at].hooks;
    hooks.retain(|hook| hook.url != url);
    hooks.push(Hook { id, url, secret, kinds: kinds.filter(|kinds| !kinds.is_empty()), since, ..Hook::default() });
    Ok(())
}

fn unsubscribe(world: &mut World, at: usize, call: &Call) -> Result<(), Fault> {
    let url = call.query.get("url").ok_or_else(|| Fault::bad("url is required"))?;
    let known = world.pages[at].hooks.iter().find(|hook| hook.url == *url).map(|hook| hook.id);
    let id = known.ok_or_else(|| Fault::missing("Subscription"))?;
    world.drop_hook(at, Some(id));
    Ok(())
}

fn chat(world: &World, at: usize, id: &str) -> Answer {
    let account = &world.pages[at];
    let now = millis(world.now());
    if id == account.page.account {
        let number: i64 = id.parse().unwrap_or_default();
        return Ok(json!({
            "chat_id": number, "type": "channel", "status": "active", "title": account.title, "last_event_time": now,
            "participants_count": account.members, "is_public": true, "link": format!("https://max.ru/id{}", account.id),
            "messages_count": account.all(Kind::Post).count(),
        }));
    }
    let person = account.allowed.iter().find(|person| dialog(account.id, person).to_string() == id);
    let person = person.ok_or(Fault(403, "chat.denied", "Bot is not a member of the chat".to_owned()))?;
    Ok(json!({
        "chat_id": dialog(account.id, person), "type": "dialog", "status": "active", "title": null, "last_event_time": now,
        "participants_count": 2, "is_public": false, "dialog_with_user": user(world, person, now),
    }))
}

/// The text of a message that is to be sent, within the limit.
fn text(call: &Call) -> Result<String, Fault> {
    let text = call.text("text").ok_or_else(|| Fault::bad("text is required"))?;
    if text.chars().count() > TEXT {
        return Err(Fault::bad(format!("text: size must be between 0 and {TEXT}")));
    }
    Ok(text)
}

/// What a new message answers.
fn linked(call: &Call) -> Option<String> {
    let link = call.value("link")?;
    (link["type"] == "reply").then(|| link["mid"].as_str().map(str::to_owned))?
}

fn send(world: &mut World, at: usize, call: &Call) -> Answer {
    let text = text(call)?;
    let account = &world.pages[at];
    let chat = call.query.get("chat_id");
    let draft = if chat == Some(&account.page.account) {
        Draft { kind: Kind::Post, text, ..Draft::default() }
    } else {
        let by_chat = |id: &String| account.allowed.iter().find(|person| dialog(account.id, person).to_string() == *id);
        let person = call.query.get("user_id").or_else(|| chat.and_then(by_chat)).cloned();
        let person = person.ok_or_else(|| Fault::missing("Chat"))?;
        if !account.may_write_to(&person) {
            return Err(Fault(403, "chat.denied", "Dialog is suspended or was never started".to_owned()));
        }
        let reply_to = linked(call);
        if reply_to.as_ref().is_some_and(|key| account.entry(key).is_none()) {
            return Err(Fault::missing("Linked message"));
        }
        Draft { reply_to, ..Draft::private(&person, &text) }
    };
    let entry = world.say(at, draft);
    Ok(json!({ "message": object(world, at, &entry) }))
}

/// What is there under a key; a comment is no message, and the other way round.
fn found(world: &World, at: usize, key: &str, kind: Kind, is: bool) -> Result<Entry, Fault> {
    let entry = world.pages[at].entry(key).filter(|entry| (entry.kind == kind) == is);
    entry.cloned().ok_or_else(|| Fault::missing("Message"))
}

/// Keeps what `from` (or `after`), `to` (or `before`) and `count` ask for, newest first.
fn part<'a>(entries: impl Iterator<Item = &'a Entry>, call: &Call, bounds: [&str; 2]) -> Vec<&'a Entry> {
    let [after, before] = bounds.map(|name| call.number(name));
    let within = |entry: &&Entry| {
        let at = millis(entry.at);
        after.is_none_or(|after| at >= after) && before.is_none_or(|before| at <= before)
    };
    let count = usize::try_from(call.number("count").unwrap_or(50)).unwrap_or(0).min(ITEMS);
    let mut list: Vec<&Entry> = entries.filter(within).collect();
    list.reverse();
    list.truncate(count);
    list
}

fn messages(world: &World, at: usize, call: &Call) -> Answer {
    let account = &world.pages[at];
    let list: Vec<&Entry> = match (call.query.get("message_ids"), call.query.get("chat_id")) {
        (Some(keys), _) => keys.split(',').filter_map(|key| account.entry(key)).collect(),
        (None, Some(id)) if *id == account.page.account => part(account.all(Kind::Post), call, ["from", "to"]),
        (None, Some(id)) => {
            let there = |entry: &&Entry| {
                entry.peer.as_deref().is_some_and(|person| dialog(account.id, person).to_string() == *id)
            };
            part(account.all(Kind::Private).filter(there), call, ["from", "to"])
        }
        (None, None) => return Err(Fault::bad("chat_id or message_ids is required")),
    };
    let list: Vec<Value> = list.iter().map(|entry| object(world, at, entry)).collect();
    Ok(json!({ "messages": list }))
}

fn comments(world: &World, at: usize, call: &Call, post: &str) -> Answer {
    found(world, at, post, Kind::Post, true)?;
    let all = world.pages[at].comments(post);
    let list: Vec<&Entry> = match call.query.get("comment_ids") {
        Some(keys) => all.filter(|entry| keys.split(',').any(|key| key == entry.key)).collect(),
        None => part(all, call, ["after", "before"]),
    };
    let list: Vec<Value> = list.iter().map(|entry| object(world, at, entry)).collect();
    Ok(json!({ "messages": list }))
}

fn comment(world: &mut World, at: usize, call: &Call, post: &str) -> Answer {
    found(world, at, post, Kind::Post, true)?;
    let text = text(call)?;
    let reply_to = linked(call);
    let under = |key: &String| world.pages[at].entry(key).is_some_and(|entry| entry.post.as_deref() == Some(post));
    if reply_to.as_ref().is_some_and(|key| !under(key)) {
        return Err(Fault::missing("Linked comment"));
    }
    let entry = world.say(at, Draft::comment(post, &text, reply_to.as_deref()));
    Ok(json!({ "message": object(world, at, &entry) }))
}

fn user(world: &World, person: &str, now: i64) -> Value {
    let name = world.name(Net::Max, person).unwrap_or_default();
    let (first, last) = names(name);
    let id: i64 = person.parse().unwrap_or_default();
    json!({
        "user_id": id, "first_name": first, "last_name": last, "name": name, "is_bot": false, "last_activity_time": now,
    })
}

/// Who wrote it. What stands in a channel's own name has no sender.
fn sender(world: &World, at: usize, entry: &Entry) -> Value {
    match (&entry.author, entry.kind) {
        (Author::Person(person), _) => user(world, person, millis(entry.at)),
        (_, Kind::Private) => me(&world.pages[at], millis(entry.at)),
        _ => Value::Null,
    }
}

fn body(world: &World, entry: &Entry) -> Value {
    let mut body = json!({ "mid": entry.key, "seq": seq(entry), "text": entry.text });
    if entry.kind != Kind::Comment {
        let image = |file: &String| {
            let id: i64 = file.trim_end_matches(".png").parse().unwrap_or_default();
            let payload = json!({ "photo_id": id, "token": format!("t{id}"), "url": world.picture(file) });
            json!({ "type": "image", "payload": payload, "width": pictures::SIDE, "height": pictures::SIDE })
        };
        body["attachments"] = entry.pictures.iter().map(image).collect();
    }
    body
}

/// Numbers rise with time, as the true ones do.
fn seq(entry: &Entry) -> i64 {
    (millis(entry.at) << 16) + (entry.number & 0xffff)
}

/// A message or a comment; the latter names its post, and has no attachments.
fn object(world: &World, at: usize, entry: &Entry) -> Value {
    let account = &world.pages[at];
    let channel: i64 = account.page.account.parse().unwrap_or_default();
    let recipient = match (entry.kind, &entry.peer) {
        (Kind::Private, Some(person)) => {
            let id: i64 = person.parse().unwrap_or_default();
            json!({ "chat_id": dialog(account.id, person), "chat_type": "dialog", "user_id": id })
        }
        (Kind::Comment, _) => json!({ "chat_id": channel, "chat_type": "channel", "post_id": entry.post }),
        _ => json!({ "chat_id": channel, "chat_type": "channel" }),
    };
    let mut object = json!({ "recipient": recipient, "timestamp": millis(entry.at), "body": body(world, entry) });
    let sender_of = |entry: &Entry| Some(sender(world, at, entry)).filter(|sender| !sender.is_null());
    if let Some(sender) = sender_of(entry) {
        object["sender"] = sender;
    }
    if entry.kind == Kind::Post {
        object["url"] = json!(format!("https://max.ru/c/{channel}/{}", &entry.key[4..]));
    }
    if let Some(above) = entry.reply_to.as_deref().and_then(|key| account.entry(key)) {
        let chat = object["recipient"]["chat_id"].clone();
        object["link"] = json!({ "type": "reply", "chat_id": chat, "message": body(world, above) });
        if let Some(sender) = sender_of(above) {
            object["link"]["sender"] = sender;
        }
    }
    object
}

/// Sends an update to the webhooks that want it.
fn emit(world: &mut World, at: usize, kind: &str, mut update: Value) {
    update["update_type"] = json!(kind);
    update["timestamp"] = json!(millis(world.now()));
    let wants = |hook: &&Hook| hook.kinds.as_ref().is_none_or(|kinds| kinds.contains(kind));
    let hooks: Vec<i64> = world.pages[at].hooks.iter().filter(wants).map(|hook| hook.id).collect();
    for hook in hooks {
        world.send(at, Some(hook), kind, update.clone());
    }
}

pub(super) fn tell(world: &mut World, at: usize, entry: &Entry, turn: Turn) {
    // A bot is not told of what it wrote itself.
    if entry.author == Author::Page && turn == Turn::New {
        return;
    }
    let what = if entry.kind == Kind::Comment { "comment" } else { "message" };
    match turn {
        Turn::New => {
            let update = json!({ "message": object(world, at, entry), "user_locale": "ru" });
            emit(world, at, &format!("{what}_created"), update);
        }
        Turn::Edited => {
            let update = json!({ "message": object(world, at, entry) });
            emit(world, at, &format!("{what}_edited"), update);
        }
        Turn::Removed => {
            let object = object(world, at, entry);
            let mut update = json!({
                "message_id": entry.key, "chat_id": object["recipient"]["chat_id"], "user_id": object["sender"]["user_id"],
            });
            if entry.kind == Kind::Comment {
                update["post_id"] = json!(entry.post);
            }
            emit(world, at, &format!("{what}_removed"), update);
        }
        Turn::Restored => {}
    }
}

/// A person starts or stops the bot.
pub(super) fn tell_dialog(world: &mut World, at: usize, person: &str, kind: &str) {
    let user = user(world, person, millis(world.now()));
    let update = json!({ "chat_id": dialog(world.pages[at].id, person), "user": user, "user_locale": "ru" });
    emit(world, at, kind, update);
}

/// The bot is added to its channel.
pub(super) fn tell_invited(world: &mut World, at: usize) {
    let channel: i64 = world.pages[at].page.account.parse().unwrap_or_default();
    let user = json!({ "user_id": 1_000_001, "first_name": "Администратор", "is_bot": false });
    emit(world, at, "bot_added", json!({ "chat_id": channel, "user": user, "is_channel": true }));
}
