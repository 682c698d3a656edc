//! VK's methods about what is written: the wall, private messages, and who people are.

use serde_json::{Value, json};

use super::Net;
use super::server::Call;
use super::vk::{Answer, Caller, Fault, comment, owner, parents, post};
use super::world::{Draft, Entry, Kind, World, names};

/// The longest private message, in characters.
const MESSAGE: usize = 9_000;

/// The longest comment. VK has a limit, but does not publish it: this one is made up.
const COMMENT: usize = 16_384;

/// The most items of one answer.
const ITEMS: usize = 100;

pub(super) fn create_comment(world: &mut World, caller: Caller, call: &Call) -> Answer {
    let at = caller.at;
    let owner_id = call.number("owner_id").ok_or_else(|| Fault::parameter("owner_id"))?;
    let post = call.text("post_id").ok_or_else(|| Fault::parameter("post_id"))?;
    if owner_id != owner(world, at) {
        return Err(Fault::new(212, "Access to post comments denied"));
    }
    if call.number("from_group").is_some_and(|group| group != 0 && group != -owner_id) {
        return Err(Fault::new(213, "Access to status replies denied"));
    }
    let account = &world.pages[at];
    if !account.entry(&post).is_some_and(|entry| entry.kind == Kind::Post) {
        return Err(Fault::new(15, "Access denied: post was not found or deleted"));
    }
    let reply_to = call.text("reply_to_comment").filter(|key| key != "0");
    let under = |key: &String| account.entry(key).is_some_and(|entry| entry.post.as_deref() == Some(post.as_str()));
    if reply_to.as_ref().is_some_and(|key| !under(key)) {
        return Err(Fault::parameter("reply_to_comment"));
    }
    let text = call.text("message").ok_or_else(|| Fault::parameter("message"))?;
    if text.chars().count() > COMMENT {
        return Err(Fault::new(100, "One of the parameters specified was missing or invalid: message is too long"));
    }
    let guid = call.text("guid");
    let done = guid.as_ref().and_then(|guid| account.done.get(&format!("comment {guid}"))).map(i64::to_string);
    let entry = match done.and_then(|key| account.entry(&key)).cloned() {
        Some(entry) => entry,
        None => {
            let draft = Draft { idempotency: guid.clone(), ..Draft::comment(&post, &text, reply_to.as_deref()) };
            let entry = world.say(at, draft);
            if let Some(guid) = guid {
                world.pages[at].done.put(format!("comment {guid}"), entry.number);
            }
            entry
        }
    };
    Ok(json!({ "comment_id": entry.number, "parents_stack": parents(world, at, &entry) }))
}

pub(super) fn send(world: &mut World, caller: Caller, call: &Call) -> Answer {
    let peer = call.text("peer_id").or_else(|| call.text("user_id")).ok_or_else(|| Fault::parameter("peer_id"))?;
    let random = call.number("random_id").ok_or_else(|| {
        Fault::new(100, "One of the parameters specified was missing or invalid: random_id is a required parameter")
    })?;
    let text = call.text("message").ok_or_else(|| Fault::new(100, "Message is empty or invalid"))?;
    if text.chars().count() > MESSAGE {
        return Err(Fault::new(914, "Message is too long"));
    }
    if !world.pages[caller.at].may_write_to(&peer) {
        return Err(Fault::new(901, "Can't send messages for users without permission"));
    }
    let key = format!("message {peer} {random}");
    // Zero stands for no key.
    if let Some(number) = world.pages[caller.at].done.get(&key).filter(|_| random != 0) {
        return Ok(json!(number));
    }
    let (reply_to, idempotency) = (call.text("reply_to"), Some(random.to_string()));
    let entry = world.say(caller.at, Draft { reply_to, idempotency, ..Draft::private(&peer, &text) });
    world.pages[caller.at].done.put(key, entry.number);
    Ok(json!(entry.number))
}

pub(super) fn by_id(world: &World, caller: Caller, call: &Call) -> Answer {
    let asked = call.text("posts").ok_or_else(|| Fault::parameter("posts"))?;
    let own = owner(world, caller.at).to_string();
    let keys = asked.split(',').filter_map(|name| name.trim().split_once('_')).filter(|(of, _)| *of == own);
    let posts = keys.filter_map(|(_, key)| world.pages[caller.at].entry(key)).filter(|entry| entry.kind == Kind::Post);
    let items: Vec<Value> = posts.map(|entry| post(world, caller.at, entry)).collect();
    Ok(json!({ "items": items }))
}

pub(super) fn get(world: &World, caller: Caller, call: &Call) -> Answer {
    reads(world, caller, call)?;
    let posts: Vec<&Entry> = world.pages[caller.at].all(Kind::Post).rev().collect();
    let items: Vec<Value> = part(&posts, call).iter().map(|entry| post(world, caller.at, entry)).collect();
    Ok(json!({ "count": posts.len(), "items": items }))
}

pub(super) fn comments(world: &World, caller: Caller, call: &Call) -> Answer {
    reads(world, caller, call)?;
    let key = call.text("post_id").ok_or_else(|| Fault::parameter("post_id"))?;
    let account = &world.pages[caller.at];
    let top = |entry: &Entry| parents(world, caller.at, entry).first().copied();
    let asked = call.number("comment_id");
    let mut found: Vec<&Entry> = account.comments(&key).filter(|entry| top(entry) == asked).collect();
    if call.text("sort").as_deref() == Some("desc") {
        found.reverse();
    }
    let inner = usize::try_from(call.number("thread_items_count").unwrap_or(0).clamp(0, 10)).unwrap_or(0);
    let items = part(&found, call).iter().map(|entry| {
        let mut item = comment(world, caller.at, entry);
        let thread: Vec<&Entry> = account.comments(&key).filter(|other| top(other) == Some(entry.number)).collect();
        let replies: Vec<Value> = thread.iter().take(inner).map(|entry| comment(world, caller.at, entry)).collect();
        item["thread"] = json!({ "count": thread.len(), "items": replies, "can_post": true });
        item
    });
    let items: Vec<Value> = items.collect();
    let count = account.comments(&key).count();
    Ok(json!({ "count": count, "current_level_count": found.len(), "items": items, "can_post": true }))
}

/// A group's token may not read a wall; a person's may, and here only the one that belongs to it.
fn reads(world: &World, caller: Caller, call: &Call) -> Result<(), Fault> {
    if !caller.reader {
        return Err(Fault::not_for_groups());
    }
    let owner_id = call.number("owner_id").ok_or_else(|| Fault::parameter("owner_id"))?;
    if owner_id == owner(world, caller.at) { Ok(()) } else { Err(Fault::new(15, "Access denied")) }
}

/// What `offset` and `count` ask for.
fn part<'a>(all: &'a [&'a Entry], call: &Call) -> &'a [&'a Entry] {
    let number = |name, default| usize::try_from(call.number(name).unwrap_or(default)).unwrap_or(0);
    let from = number("offset", 0).min(all.len());
    let upto = (from + number("count", 10).min(ITEMS)).min(all.len());
    &all[from..upto]
}

pub(super) fn users(world: &World, call: &Call) -> Value {
    let asked = call.text("user_ids").or_else(|| call.text("user_id")).unwrap_or_default();
    let known = asked.split(',').filter_map(|id| {
        let (first, last) = names(world.name(Net::Vk, id.trim())?);
        let id: i64 = id.trim().parse().ok()?;
        Some(json!({
            "id": id, "first_name": first, "last_name": last.unwrap_or_default(), "can_access_closed": true,
            "is_closed": false,
        }))
    });
    known.collect()
}
