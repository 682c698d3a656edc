//! VK's methods about a group: who it is, and where its events go.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::server::Call;
use super::vk::{Answer, CONFIRMATION, Caller, Fault};
use super::world::{Hook, World, code as new_code, millis};

/// How many servers a group may have.
const SERVERS: usize = 10;

/// The events that may be asked for, of those that are made up here.
const EVENTS: [&str; 11] = [
    "wall_post_new",
    "wall_reply_new",
    "wall_reply_edit",
    "wall_reply_delete",
    "wall_reply_restore",
    "message_new",
    "message_reply",
    "message_edit",
    "message_allow",
    "message_deny",
    "board_post_new",
];

/// The group that is meant must be the token's own.
fn own(world: &World, caller: Caller, call: &Call) -> Result<i64, Fault> {
    let id = call.number("group_id").ok_or_else(|| Fault::parameter("group_id"))?;
    let known = world.pages[caller.at].page.account == id.to_string();
    known.then_some(id).ok_or_else(|| Fault::new(203, "Access to group denied"))
}

pub(super) fn by_id(world: &World, caller: Caller, call: &Call) -> Answer {
    let asked = call.text("group_ids").or_else(|| call.text("group_id"));
    let account =
        |id: &str| world.pages.iter().find(|known| known.page.net == super::Net::Vk && known.page.account == id);
    let own = world.pages[caller.at].page.account.clone();
    let asked = asked.unwrap_or(own);
    let fields = call.text("fields").unwrap_or_default();
    let groups = asked.split(',').filter_map(|id| account(id.trim())).map(|known| {
        let id: i64 = known.page.account.parse().unwrap_or_default();
        let mut group = json!({
            "id": id, "name": known.title, "screen_name": format!("club{id}"), "is_closed": 0, "type": "group",
        });
        if fields.split(',').any(|field| field.trim() == "members_count") {
            group["members_count"] = json!(known.members);
        }
        group
    });
    let groups: Vec<Value> = groups.collect();
    if groups.is_empty() {
        return Err(Fault::new(100, "One of the parameters specified was missing or invalid: group_ids is undefined"));
    }
    Ok(json!({ "groups": groups, "profiles": [] }))
}

pub(super) fn code(world: &World, caller: Caller, call: &Call) -> Answer {
    own(world, caller, call)?;
    Ok(json!({ "code": world.pages[caller.at].code }))
}

pub(super) fn add_server(world: &mut World, caller: Caller, call: &Call) -> Answer {
    let group = own(world, caller, call)?;
    if world.pages[caller.at].hooks.len() >= SERVERS {
        return Err(Fault::new(2000, "Servers number limit is reached"));
    }
    let mut hook =
        Hook { id: world.number(), version: "5.199".to_owned(), since: millis(world.now()), ..Hook::default() };
    hook.kinds = Some(BTreeSet::new());
    describe(&mut hook, call)?;
    let id = hook.id;
    world.pages[caller.at].hooks.push(hook);
    ask(world, caller.at, group, id);
    Ok(json!({ "server_id": id }))
}

/// What the client says of a server.
fn describe(hook: &mut Hook, call: &Call) -> Result<(), Fault> {
    let url = call.text("url").filter(|url| url.starts_with("http://") || url.starts_with("https://"));
    let title = call.text("title").filter(|title| title.chars().count() <= 14);
    let secret = call.text("secret_key").unwrap_or_default();
    if secret.chars().count() > 50 {
        return Err(Fault::parameter("secret_key"));
    }
    hook.url = url.ok_or_else(|| Fault::parameter("url"))?;
    hook.title = title.ok_or_else(|| Fault::parameter("title"))?;
    hook.secret = secret;
    Ok(())
}

/// Asks a server at once to confirm that it is the group's. The code for the next one is another.
fn ask(world: &mut World, at: usize, group: i64, id: i64) {
    let account = &mut world.pages[at];
    let expected = std::mem::replace(&mut account.code, new_code());
    if let Some(hook) = account.hooks.iter_mut().find(|hook| hook.id == id) {
        hook.status = "wait";
        hook.expected = expected;
        let mut body = json!({ "type": CONFIRMATION, "group_id": group });
        if !hook.secret.is_empty() {
            body["secret"] = json!(hook.secret);
        }
        world.send(at, Some(id), CONFIRMATION, body);
    }
}

/// The server that is meant.
fn server(world: &World, caller: Caller, call: &Call) -> Result<(i64, usize), Fault> {
    let group = own(world, caller, call)?;
    let id = call.number("server_id").ok_or_else(|| Fault::parameter("server_id"))?;
    let at = world.pages[caller.at].hooks.iter().position(|hook| hook.id == id);
    // VK's code 2001 says so in these words.
    Ok((group, at.ok_or_else(|| Fault::new(2001, "Object not found"))?))
}

pub(super) fn edit_server(world: &mut World, caller: Caller, call: &Call) -> Answer {
    let (group, hook_at) = server(world, caller, call)?;
    let mut hook = world.pages[caller.at].hooks[hook_at].clone();
    describe(&mut hook, call)?;
    let id = hook.id;
    world.pages[caller.at].hooks[hook_at] = hook;
    ask(world, caller.at, group, id);
    Ok(json!(1))
}

pub(super) fn delete_server(world: &mut World, caller: Caller, call: &Call) -> Answer {
    let (_, hook_at) = server(world, caller, call)?;
    let id = world.pages[caller.at].hooks[hook_at].id;
    world.drop_hook(caller.at, Some(id));
    Ok(json!(1))
}

pub(super) fn servers(world: &World, caller: Caller, call: &Call) -> Answer {
    own(world, caller, call)?;
    let asked = call.text("server_ids");
    let meant =
        |hook: &&Hook| asked.as_deref().is_none_or(|ids| ids.split(',').any(|id| id.trim() == hook.id.to_string()));
    let items = world.pages[caller.at].hooks.iter().filter(meant).map(|hook| {
        json!({
            "id": hook.id, "title": hook.title, "creator_id": 0, "url": hook.url, "secret_key": hook.secret,
            "status": hook.status,
        })
    });
    let items: Vec<Value> = items.collect();
    Ok(json!({ "count": items.len(), "items": items }))
}

pub(super) fn set_settings(world: &mut World, caller: Caller, call: &Call) -> Answer {
    let (_, hook_at) = server(world, caller, call)?;
    let hook = &mut world.pages[caller.at].hooks[hook_at];
    if let Some(version) = call.text("api_version") {
        hook.version = version;
    }
    let kinds = hook.kinds.get_or_insert_default();
    for event in EVENTS {
        match call.text(event).as_deref() {
            Some("1") => drop(kinds.insert(event.to_owned())),
            Some("0") => drop(kinds.remove(event)),
            _ => {}
        }
    }
    Ok(json!(1))
}

pub(super) fn settings(world: &World, caller: Caller, call: &Call) -> Answer {
    let (_, hook_at) = server(world, caller, call)?;
    let hook = &world.pages[caller.at].hooks[hook_at];
    let on = |event: &str| i32::from(hook.kinds.as_ref().is_some_and(|kinds| kinds.contains(event)));
    let events: serde_json::Map<String, Value> =
        EVENTS.iter().map(|event| ((*event).to_owned(), json!(on(event)))).collect();
    Ok(json!({ "api_version": hook.version, "events": events }))
}
