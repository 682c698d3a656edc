//! Telegram: the Bot API's methods, and which updates a bot gets.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use super::server::{Call, Reply};
use super::telegram_messages::{self as messages, user};
use super::world::{Author, Draft, Entry, Hook, Kind, Turn, World, millis, seconds, secret};
use super::{Net, Page, pictures};

/// The longest text, in UTF-16 units.
const TEXT: usize = 4_096;

/// The longest a client may wait for updates.
const POLL: i64 = 50;

/// Why a call was refused: Telegram's code and words.
struct Fault(u16, String);

impl Fault {
    fn bad(words: &str) -> Fault {
        Fault(400, format!("Bad Request: {words}"))
    }

    fn reply(self) -> Reply {
        Reply::Json(self.0, json!({ "ok": false, "error_code": self.0, "description": self.1 }))
    }
}

/// None: there is nothing yet.
type Answer = Result<Option<Value>, Fault>;

/// What a new bot is told of itself and of its chats.
pub(super) fn page(id: i64) -> Page {
    let bot = 6_000_000_000 + id;
    let token = format!("{bot}:AA{}", secret());
    let extra =
        [("channel".to_owned(), (-1_001_000_000_000 - id).to_string()), ("bot".to_owned(), format!("otklik_{id}_bot"))];
    Page { net: Net::Telegram, account: (-1_002_000_000_000 - id).to_string(), token, extra: extra.into() }
}

pub(super) fn too_many() -> Reply {
    Reply::Later(
        1,
        json!({
            "ok": false, "error_code": 429, "description": "Too Many Requests: retry after 1",
            "parameters": { "retry_after": 1 },
        }),
    )
}

pub(super) fn answer(world: &mut World, call: &Call) -> Reply {
    let segments = call.segments();
    let (token, rest) = match segments.as_slice() {
        ["file", token, rest @ ..] | [token, rest @ ..] => (token.strip_prefix("bot"), rest),
        [] => (None, &[][..]),
    };
    let Some(at) = token.and_then(|token| world.by_token(Net::Telegram, token)) else {
        return Fault(401, "Unauthorized".to_owned()).reply();
    };
    if segments.first() == Some(&"file") {
        let number = rest.last().and_then(|file| file.strip_prefix("file_")?.strip_suffix(".png")?.parse().ok());
        let missing = || Fault(404, "Not Found".to_owned()).reply();
        return number.map_or_else(missing, |number| Reply::Png(pictures::png(number)));
    }
    match dispatch(world, at, call, rest.first().copied().unwrap_or_default()) {
        Ok(Some(result)) => Reply::ok(json!({ "ok": true, "result": result })),
        Ok(None) => Reply::Wait,
        Err(fault) => fault.reply(),
    }
}

fn dispatch(world: &mut World, at: usize, call: &Call, method: &str) -> Answer {
    // Methods are named without regard to case.
    match method.to_ascii_lowercase().as_str() {
        "getme" => Ok(Some(messages::bot(&world.pages[at]))),
        "setwebhook" => set_webhook(world, at, call),
        "deletewebhook" => {
            world.pages[at].hooks.clear();
            drop_pending(world, at, call);
            Ok(Some(json!(true)))
        }
        "getwebhookinfo" => Ok(Some(webhook_info(world, at))),
        "getupdates" => get_updates(world, at, call),
        "sendmessage" => send_message(world, at, call),
        "getchat" => get_chat(world, at, call),
        "getchatmembercount" => {
            chat(world, at, call)?;
            Ok(Some(json!(world.pages[at].members)))
        }
        "getfile" => get_file(call),
        _ => Err(Fault(404, "Not Found".to_owned())),
    }
}

fn set_webhook(world: &mut World, at: usize, call: &Call) -> Answer {
    let Some(url) = call.text("url") else {
        world.pages[at].hooks.clear();
        return Ok(Some(json!(true)));
    };
    // The true one wants HTTPS; here plain HTTP will do for the tests of this machine.
    if !url.starts_with("https://") && !url.starts_with("http://127.0.0.1") {
        return Err(Fault::bad("bad webhook: An HTTPS URL must be provided for webhook"));
    }
    let secret = call.text("secret_token").unwrap_or_default();
    if secret.len() > 256 || !secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-') {
        return Err(Fault::bad("secret token contains unallowed characters"));
    }
    let kinds = allowed(call).unwrap_or_else(|| world.pages[at].hooks.first().and_then(|hook| hook.kinds.clone()));
    drop_pending(world, at, call);
    let (id, since) = (world.number(), millis(world.now()));
    let account = &mut world.pages[at];
    account.fault = None;
    account.hooks = vec![Hook { id, url, secret, kinds, since, ..Hook::default() }];
    Ok(Some(json!(true)))
}

/// The kinds of updates that are asked for, if that is said; the empty list stands for those that come without asking.
fn allowed(call: &Call) -> Option<Option<BTreeSet<String>>> {
    let list: BTreeSet<String> = serde_json::from_value(call.value("allowed_updates")?).ok()?;
    Some((!list.is_empty()).then_some(list))
}

fn drop_pending(world: &mut World, at: usize, call: &Call) {
    if call.flag("drop_pending_updates") {
        world.queue.retain(|one| one.page != at);
    }
}

fn webhook_info(world: &World, at: usize) -> Value {
    let account = &world.pages[at];
    let hook = account.hooks.first();
    let pending = world.queue.iter().filter(|one| one.page == at).count();
    let mut info = json!({
        "url": hook.map_or("", |hook| hook.url.as_str()), "has_custom_certificate": false, "pending_update_count": pending,
        "max_connections": 40,
    });
    if let Some(kinds) = hook.and_then(|hook| hook.kinds.as_ref()) {
        info["allowed_updates"] = json!(kinds);
    }
    if let Some((date, message)) = &account.fault {
        info["last_error_date"] = json!(date);
        info["last_error_message"] = json!(message);
    }
    info
}

fn get_updates(world: &mut World, at: usize, call: &Call) -> Answer {
    if !world.pages[at].hooks.is_empty() {
        let words = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the \
                     webhook first";
        return Err(Fault(409, words.to_owned()));
    }
    // The last that asks is the one that gets.
    if world.pages[at].poller > call.id {
        let words = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running";
        return Err(Fault(409, words.to_owned()));
    }
    world.pages[at].poller = call.id;
    let offset = call.number("offset").unwrap_or(0);
    let limit = usize::try_from(call.number("limit").unwrap_or(100).clamp(1, 100)).unwrap_or(100);
    // Whoever asks for later updates has got the earlier ones.
    world.queue.retain(|one| one.page != at || one.body["update_id"].as_i64().is_none_or(|id| id >= offset));
    // They come in order here, whatever the weather.
    let mut ready: Vec<&Value> = world.queue.iter().filter(|one| one.page == at).map(|one| &one.body).collect();
    ready.sort_by_key(|update| update["update_id"].as_i64());
    ready.truncate(limit);
    let wait = Duration::from_secs(call.number("timeout").unwrap_or(0).clamp(0, POLL).unsigned_abs());
    if ready.is_empty() && call.came.elapsed() < wait {
        return Ok(None);
    }
    Ok(Some(json!(ready)))
}

/// Where a message may go.
enum Chat {
    Group,
    Channel,
    Private(String),
}

fn chat(world: &World, at: usize, call: &Call) -> Result<Chat, Fault> {
    let page = &world.pages[at].page;
    let id = call.text("chat_id").ok_or_else(|| Fault::bad("chat_id is empty"))?;
    if id == page.account {
        Ok(Chat::Group)
    } else if Some(&id) == page.extra.get("channel") {
        Ok(Chat::Channel)
    } else if world.name(Net::Telegram, &id).is_some() {
        Ok(Chat::Private(id))
    } else {
        Err(Fault::bad("chat not found"))
    }
}

fn send_message(world: &mut World, at: usize, call: &Call) -> Answer {
    let chat = chat(world, at, call)?;
    let text = call.text("text").ok_or_else(|| Fault::bad("message text is empty"))?;
    if text.encode_utf16().count() > TEXT {
        return Err(Fault::bad("message is too long"));
    }
    let draft = match chat {
        Chat::Channel => Draft { kind: Kind::Post, text, ..Draft::default() },
        Chat::Private(person) => {
            let account = &world.pages[at];
            if account.denied.contains(&person) {
                return Err(Fault(403, "Forbidden: bot was blocked by the user".to_owned()));
            }
            if !account.allowed.contains(&person) {
                return Err(Fault(403, "Forbidden: bot can't initiate conversation with a user".to_owned()));
            }
            let there = |entry: &Entry| entry.peer.as_deref() == Some(person.as_str());
            let reply_to = replied(world, at, call, there)?.map(|entry| entry.key);
            Draft { reply_to, ..Draft::private(&person, &text) }
        }
        Chat::Group => {
            let to = replied(world, at, call, |entry| entry.kind != Kind::Private)?;
            let thread = call.text("message_thread_id");
            let is_thread = |key: &String| world.pages[at].entry(key).is_some_and(|entry| entry.kind == Kind::Post);
            if thread.as_ref().is_some_and(|key| !is_thread(key)) {
                return Err(Fault::bad("message thread not found"));
            }
            let of = |entry: &Entry| match entry.kind {
                Kind::Post => Some(entry.key.clone()),
                _ => entry.post.clone(),
            };
            let post = thread.or_else(|| to.as_ref().and_then(of));
            let reply_to = to.filter(|entry| entry.kind != Kind::Post).map(|entry| entry.key);
            Draft { kind: Kind::Comment, post, reply_to, text, ..Draft::default() }
        }
    };
    let entry = world.say(at, draft);
    Ok(Some(messages::own(world, at, &entry)))
}

/// The message that is to be answered, if one is named.
fn replied(world: &World, at: usize, call: &Call, there: impl Fn(&Entry) -> bool) -> Result<Option<Entry>, Fault> {
    let parameters = call.value("reply_parameters").unwrap_or_default();
    // The older name of it still works.
    let named = parameters["message_id"].as_i64().or_else(|| call.number("reply_to_message_id"));
    let Some(named) = named else { return Ok(None) };
    let found = world.pages[at].entry(&named.to_string()).filter(|entry| there(entry));
    let lenient =
        parameters["allow_sending_without_reply"].as_bool() == Some(true) || call.flag("allow_sending_without_reply");
    match found {
        None if !lenient => Err(Fault::bad("message to be replied not found")),
        found => Ok(found.cloned()),
    }
}

fn get_chat(world: &World, at: usize, call: &Call) -> Answer {
    let account = &world.pages[at];
    let mut found = match chat(world, at, call)? {
        Chat::Group => messages::group(account),
        Chat::Channel => messages::channel(account),
        Chat::Private(person) => messages::private(world, &person),
    };
    let id = |text: &str| text.parse::<i64>().unwrap_or_default();
    let channel = account.page.extra.get("channel").map(|text| id(text));
    let group = id(&account.page.account);
    if found["id"].as_i64() == Some(group) {
        found["linked_chat_id"] = json!(channel);
    } else if found["id"].as_i64() == channel {
        found["linked_chat_id"] = json!(group);
    }
    found["accent_color_id"] = json!(0);
    found["max_reaction_count"] = json!(11);
    found["accepted_gift_types"] = json!({
        "unlimited_gifts": false, "limited_gifts": false, "unique_gifts": false, "premium_subscription": false,
        "gifts_from_channels": false,
    });
    Ok(Some(found))
}

fn get_file(call: &Call) -> Answer {
    let id = call.text("file_id").and_then(|id| id.strip_prefix("AgACAgIAA")?.parse::<u64>().ok());
    let id = id.ok_or_else(|| Fault::bad("wrong file_id or the file is temporarily unavailable"))?;
    let size = pictures::png(id).len();
    Ok(Some(json!({
        "file_id": format!("AgACAgIAA{id}"), "file_unique_id": format!("AQAD{id}"), "file_size": size,
        "file_path": format!("photos/file_{id}.png"),
    })))
}

/// Queues an update, if it is of a kind that is wanted.
fn update(world: &mut World, at: usize, kind: &str, object: Value) {
    let account = &mut world.pages[at];
    let kinds = account.hooks.first().and_then(|hook| hook.kinds.as_ref());
    if kinds.is_some_and(|kinds| !kinds.contains(kind)) {
        return;
    }
    account.updates += 1;
    let mut body = json!({ "update_id": account.updates });
    body[kind] = object;
    world.send(at, None, kind, body);
}

pub(super) fn tell(world: &mut World, at: usize, entry: &Entry, turn: Turn) {
    let edited = match turn {
        Turn::New => false,
        Turn::Edited => true,
        // Of this a bot is not told.
        Turn::Removed | Turn::Restored => return,
    };
    let kind = if edited { "edited_message" } else { "message" };
    match (entry.kind, &entry.author) {
        (Kind::Post, author) => {
            // A bot does not get what it wrote itself; the copy in the group is Telegram's.
            if *author != Author::Page {
                let post = messages::channel_post(world, at, entry);
                update(world, at, if edited { "edited_channel_post" } else { "channel_post" }, post);
            }
            let copy = messages::forwarded(world, at, entry);
            update(world, at, kind, copy);
        }
        (_, Author::Page) => {}
        _ => {
            let message = messages::message(world, at, entry, true);
            update(world, at, kind, message);
        }
    }
}

/// A person blocks the bot, or lets it write again.
pub(super) fn tell_membership(world: &mut World, at: usize, person: &str, member: bool) {
    let status = |member| if member { "member" } else { "kicked" };
    let change = |world: &World, member| {
        let mut status = json!({ "user": messages::bot_user(&world.pages[at]), "status": status(member) });
        if !member {
            status["until_date"] = json!(0);
        }
        status
    };
    let object = json!({
        "chat": messages::private(world, person), "from": user(world, person), "date": seconds(world.now()),
        "old_chat_member": change(world, !member), "new_chat_member": change(world, member),
    });
    update(world, at, "my_chat_member", object);
}

/// The bot is made an administrator of the channel and of its group.
pub(super) fn tell_invited(world: &mut World, at: usize) {
    let account = &world.pages[at];
    let bot = messages::bot_user(account);
    let left = json!({ "user": bot, "status": "left" });
    let rights = [
        "can_be_edited",
        "is_anonymous",
        "can_manage_chat",
        "can_delete_messages",
        "can_manage_video_chats",
        "can_restrict_members",
        "can_promote_members",
        "can_change_info",
        "can_invite_users",
        "can_post_stories",
        "can_edit_stories",
        "can_delete_stories",
        "can_send_welcome_messages",
    ];
    let mut administrator = json!({ "user": bot, "status": "administrator" });
    for right in rights {
        administrator[right] = json!(right == "can_manage_chat");
    }
    let from = json!({ "id": 1_000_001, "is_bot": false, "first_name": "Администратор" });
    let date = seconds(world.now());
    for chat in [messages::channel(account), messages::group(account)] {
        let object = json!({
            "chat": chat, "from": from, "date": date, "old_chat_member": left, "new_chat_member": administrator,
        });
        update(world, at, "my_chat_member", object);
    }
}
