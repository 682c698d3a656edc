//! VK: the entry of API 5.199, and the events of its Callback API.

use serde_json::{Value, json};
use uuid::Uuid;

use super::server::{Call, Reply};
use super::world::{Author, Entry, Kind, Turn, World, seconds, secret};
use super::{Net, Page, pictures, vk_groups, vk_wall};

/// The question whether a server belongs to the group.
pub(super) const CONFIRMATION: &str = "confirmation";

/// Why a call was refused: VK's code and words.
pub(super) struct Fault(i64, String);

impl Fault {
    pub fn new(code: i64, message: impl Into<String>) -> Fault {
        Fault(code, message.into())
    }

    /// A parameter that is missing or cannot be right.
    pub fn parameter(name: &str) -> Fault {
        Fault(100, format!("One of the parameters specified was missing or invalid: {name} is undefined"))
    }

    /// A method that a group's token may not use.
    pub fn not_for_groups() -> Fault {
        Fault::new(27, "Group authorization failed: method is unavailable with group auth.")
    }

    fn reply(self, call: &Call) -> Reply {
        let hidden = |name: &str| name == "access_token";
        let told = call.fields.keys().filter(|name| !hidden(name));
        let told = told.filter_map(|name| Some(json!({ "key": name, "value": call.text(name)? })));
        let method = json!({ "key": "method", "value": call.path.last() });
        let params: Vec<Value> = std::iter::once(method).chain(told).collect();
        Reply::ok(json!({ "error": { "error_code": self.0, "error_msg": self.1, "request_params": params } }))
    }
}

pub(super) type Answer = Result<Value, Fault>;

/// Who calls.
#[derive(Clone, Copy)]
pub(super) struct Caller {
    /// The page's place in the world.
    pub at: usize,
    /// With the token of a person that may only read.
    pub reader: bool,
}

/// What a new group is told of itself.
pub(super) fn page(id: i64) -> Page {
    let id = 200_000_000 + id;
    let extra = [("reader_token".to_owned(), format!("vk1.a.{}", secret()))].into();
    Page { net: Net::Vk, account: id.to_string(), token: format!("vk1.a.{}", secret()), extra }
}

pub(super) fn answer(world: &mut World, call: &Call) -> Reply {
    let &["method", method] = call.segments().as_slice() else {
        return Reply::Json(404, json!({ "error": "no such path" }));
    };
    match dispatch(world, call, method) {
        Ok(response) => Reply::ok(json!({ "response": response })),
        Err(fault) => fault.reply(call),
    }
}

fn dispatch(world: &mut World, call: &Call, method: &str) -> Answer {
    if call.text("v").is_none() {
        return Err(Fault::new(8, "Invalid request: v parameter is required"));
    }
    let caller = caller(world, call)?;
    if caller.reader
        && !matches!(method, "wall.get" | "wall.getById" | "wall.getComments" | "users.get" | "groups.getById")
    {
        return Err(Fault::new(15, "Access denied: this token may only read"));
    }
    match method {
        "groups.getById" => vk_groups::by_id(world, caller, call),
        "groups.getCallbackConfirmationCode" => vk_groups::code(world, caller, call),
        "groups.addCallbackServer" => vk_groups::add_server(world, caller, call),
        "groups.editCallbackServer" => vk_groups::edit_server(world, caller, call),
        "groups.deleteCallbackServer" => vk_groups::delete_server(world, caller, call),
        "groups.getCallbackServers" => vk_groups::servers(world, caller, call),
        "groups.setCallbackSettings" => vk_groups::set_settings(world, caller, call),
        "groups.getCallbackSettings" => vk_groups::settings(world, caller, call),
        "wall.createComment" => vk_wall::create_comment(world, caller, call),
        "wall.getById" => vk_wall::by_id(world, caller, call),
        "wall.get" => vk_wall::get(world, caller, call),
        "wall.getComments" => vk_wall::comments(world, caller, call),
        "messages.send" => vk_wall::send(world, caller, call),
        "users.get" => Ok(vk_wall::users(world, call)),
        _ => Err(Fault::new(3, "Unknown method passed.")),
    }
}

fn caller(world: &World, call: &Call) -> Result<Caller, Fault> {
    let bearer = call.authorization.as_deref().and_then(|header| header.strip_prefix("Bearer "));
    let token = call.text("access_token").or_else(|| bearer.map(str::to_owned));
    let token = token.ok_or_else(|| Fault::new(5, "User authorization failed: no access_token passed."))?;
    let reads = |page: &Page| page.net == Net::Vk && page.extra.get("reader_token") == Some(&token);
    let reader = || world.pages.iter().position(|known| reads(&known.page));
    match world.by_token(Net::Vk, &token) {
        Some(at) => Ok(Caller { at, reader: false }),
        None => reader()
            .map(|at| Caller { at, reader: true })
            .ok_or_else(|| Fault::new(5, "User authorization failed: invalid access_token (4).")),
    }
}

pub(super) fn too_many(world: &mut World, call: &Call) -> Reply {
    if world.dice.chance(0.5) { too_fast(call) } else { Fault::new(29, "Rate limit reached").reply(call) }
}

pub(super) fn too_fast(call: &Call) -> Reply {
    Fault::new(6, "Too many requests per second").reply(call)
}

/// Sends an event to every confirmed server of the group that wants it.
fn emit(world: &mut World, at: usize, kind: &str, object: &Value) {
    let wants =
        |kinds: &Option<std::collections::BTreeSet<String>>| kinds.as_ref().is_some_and(|kinds| kinds.contains(kind));
    let page = &world.pages[at];
    let group: i64 = page.page.account.parse().unwrap_or_default();
    let event = Uuid::new_v4().simple().to_string();
    let hooks = page.hooks.iter().filter(|hook| hook.status == "ok" && wants(&hook.kinds));
    let envelopes: Vec<(i64, Value)> = hooks
        .map(|hook| {
            let mut body =
                json!({ "group_id": group, "type": kind, "event_id": event, "v": hook.version, "object": object });
            if !hook.secret.is_empty() {
                body["secret"] = json!(hook.secret);
            }
            (hook.id, body)
        })
        .collect();
    for (hook, body) in envelopes {
        world.send(at, Some(hook), kind, body);
    }
}

pub(super) fn tell(world: &mut World, at: usize, entry: &Entry, turn: Turn) {
    let kind = match (entry.kind, turn) {
        (Kind::Post | Kind::Suggested, Turn::New) => "wall_post_new",
        (Kind::Comment, Turn::New) => "wall_reply_new",
        (Kind::Comment, Turn::Edited) => "wall_reply_edit",
        (Kind::Comment, Turn::Removed) => "wall_reply_delete",
        (Kind::Comment, Turn::Restored) => "wall_reply_restore",
        (Kind::Private, Turn::New) if matches!(entry.author, Author::Person(_)) => "message_new",
        (Kind::Private, Turn::New) => "message_reply",
        (Kind::Private, Turn::Edited) => "message_edit",
        // Of the rest VK does not tell.
        _ => return,
    };
    let object = match kind {
        "wall_post_new" => post(world, at, entry),
        "wall_reply_delete" => {
            let from = from_id(world, at, entry);
            let post: i64 = entry.post.as_deref().and_then(|post| post.parse().ok()).unwrap_or_default();
            json!({ "owner_id": owner(world, at), "id": entry.number, "deleter_id": from, "post_id": post })
        }
        "message_new" => json!({ "message": message(world, at, entry), "client_info": client_info() }),
        "message_reply" | "message_edit" => message(world, at, entry),
        _ => comment(world, at, entry),
    };
    emit(world, at, kind, &object);
}

pub(super) fn tell_denied(world: &mut World, at: usize, person: &str) {
    let user: i64 = person.parse().unwrap_or_default();
    emit(world, at, "message_deny", &json!({ "user_id": user }));
}

/// The group as an owner: a negative number.
pub(super) fn owner(world: &World, at: usize) -> i64 {
    -world.pages[at].page.account.parse::<i64>().unwrap_or_default()
}

fn from_id(world: &World, at: usize, entry: &Entry) -> i64 {
    match &entry.author {
        Author::Person(person) => person.parse().unwrap_or_default(),
        Author::Page | Author::Colleague => owner(world, at),
    }
}

pub(super) fn post(world: &World, at: usize, entry: &Entry) -> Value {
    let comments = world.pages[at].comments(&entry.key).count();
    json!({
        "inner_type": "wall_wallpost", "id": entry.number, "from_id": from_id(world, at, entry), "owner_id": owner(world, at),
        "date": seconds(entry.at), "post_type": if entry.kind == Kind::Suggested { "suggest" } else { "post" },
        "text": entry.text, "attachments": attachments(world, at, entry), "marked_as_ads": 0, "can_edit": 1,
        "comments": { "count": comments, "can_post": 1 }, "likes": { "count": 0 }, "is_favorite": false,
        "donut": { "is_donut": false },
    })
}

pub(super) fn comment(world: &World, at: usize, entry: &Entry) -> Value {
    let owner = owner(world, at);
    let post: i64 = entry.post.as_deref().and_then(|post| post.parse().ok()).unwrap_or_default();
    let mut object = json!({
        "id": entry.number, "from_id": from_id(world, at, entry), "date": seconds(entry.at), "text": entry.text,
        "post_id": post, "owner_id": owner, "post_owner_id": owner, "parents_stack": parents(world, at, entry),
    });
    if !entry.pictures.is_empty() {
        object["attachments"] = attachments(world, at, entry);
    }
    match entry.reply_to.as_deref().and_then(|key| world.pages[at].entry(key)) {
        Some(to) => {
            object["reply_to_user"] = json!(from_id(world, at, to));
            object["reply_to_comment"] = json!(to.number);
        }
        None => object["thread"] = json!({ "count": 0, "items": [], "can_post": true, "show_reply_button": true }),
    }
    object
}

/// The comment at the top of the thread, if this one is in a thread: they are one level deep.
pub(super) fn parents(world: &World, at: usize, entry: &Entry) -> Vec<i64> {
    let mut top = entry;
    while let Some(above) = top.reply_to.as_deref().and_then(|key| world.pages[at].entry(key)) {
        top = above;
    }
    if top.number == entry.number { Vec::new() } else { vec![top.number] }
}

fn message(world: &World, at: usize, entry: &Entry) -> Value {
    let peer: i64 = entry.peer.as_deref().and_then(|peer| peer.parse().ok()).unwrap_or_default();
    let from = from_id(world, at, entry);
    let mut object = json!({
        "id": entry.number, "date": seconds(entry.at), "peer_id": peer, "from_id": from, "out": i32::from(from < 0),
        "text": entry.text, "conversation_message_id": entry.number, "version": 10_000 + entry.number, "fwd_messages": [],
        "attachments": attachments(world, at, entry), "important": false, "is_hidden": false, "random_id": 0,
    });
    if entry.author == Author::Colleague {
        // Who it was: some number that is not a resident's.
        object["admin_author_id"] = json!(1_000_001);
    }
    if let Some(edited) = entry.edited {
        object["update_time"] = json!(seconds(edited));
    }
    object
}

fn client_info() -> Value {
    json!({ "button_actions": ["text"], "keyboard": true, "inline_keyboard": true, "carousel": true, "lang_id": 0 })
}

fn attachments(world: &World, at: usize, entry: &Entry) -> Value {
    let photo = |file: &String| {
        let url = world.picture(file);
        let size = |kind| json!({ "type": kind, "width": pictures::SIDE, "height": pictures::SIDE, "url": url });
        let id: i64 = file.trim_end_matches(".png").parse().unwrap_or_default();
        let sizes = [size("s"), size("m"), size("x")];
        json!({ "type": "photo", "photo": {
            "id": id, "album_id": -7, "owner_id": from_id(world, at, entry), "date": seconds(entry.at), "text": "",
            "access_key": "0f0f0f0f", "sizes": sizes,
        } })
    };
    entry.pictures.iter().map(photo).collect()
}
