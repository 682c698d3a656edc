//! Telegram's objects: users, chats, messages.

use serde_json::{Value, json};

use super::world::{Account, Author, Entry, Kind, World, names, seconds};
use super::{Net, pictures};

fn id(text: &str) -> i64 {
    text.parse().unwrap_or_default()
}

pub(super) fn bot_user(account: &Account) -> Value {
    let number = account.page.token.split(':').next().map(id);
    json!({ "id": number, "is_bot": true, "first_name": account.title, "username": account.page.extra.get("bot") })
}

/// What `getMe` tells.
pub(super) fn bot(account: &Account) -> Value {
    let mut bot = bot_user(account);
    for (right, has) in
        [("can_join_groups", true), ("can_read_all_group_messages", true), ("supports_inline_queries", false)]
    {
        bot[right] = json!(has);
    }
    bot
}

pub(super) fn user(world: &World, person: &str) -> Value {
    let (first, last) = names(world.name(Net::Telegram, person).unwrap_or_default());
    let mut user = json!({ "id": id(person), "is_bot": false, "first_name": first, "language_code": "ru" });
    if let Some(last) = last {
        user["last_name"] = json!(last);
    }
    user
}

pub(super) fn group(account: &Account) -> Value {
    json!({ "id": id(&account.page.account), "title": format!("{}: обсуждение", account.title), "type": "supergroup" })
}

pub(super) fn channel(account: &Account) -> Value {
    let number = account.page.extra.get("channel").map(|text| id(text));
    json!({ "id": number, "title": account.title, "type": "channel" })
}

pub(super) fn private(world: &World, person: &str) -> Value {
    let mut chat = user(world, person);
    if let Some(chat) = chat.as_object_mut() {
        chat.remove("is_bot");
        chat.remove("language_code");
    }
    chat["type"] = json!("private");
    chat
}

/// The text with what hangs on it.
fn contents(entry: &Entry) -> Value {
    let mut object = json!({ "date": seconds(entry.at) });
    match entry.pictures.first() {
        Some(file) => {
            let number: u64 = file.trim_end_matches(".png").parse().unwrap_or_default();
            let size = |side: u32| {
                json!({
                    "file_id": format!("AgACAgIAA{number}"), "file_unique_id": format!("AQAD{number}"), "width": side,
                    "height": side, "file_size": pictures::png(number).len(),
                })
            };
            object["photo"] = json!([size(pictures::SIDE / 2), size(pictures::SIDE)]);
            if !entry.text.is_empty() {
                object["caption"] = json!(entry.text);
            }
        }
        None => object["text"] = json!(entry.text),
    }
    if let Some(album) = entry.album {
        object["media_group_id"] = json!((13_000_000_000_000_000 + album).to_string());
    }
    if let Some(edited) = entry.edited {
        object["edit_date"] = json!(seconds(edited));
    }
    object
}

/// A post where it was published.
pub(super) fn channel_post(world: &World, at: usize, entry: &Entry) -> Value {
    let channel = channel(&world.pages[at]);
    let mut object = contents(entry);
    object["message_id"] = json!(entry.channel_number);
    object["sender_chat"] = channel.clone();
    object["chat"] = channel;
    object
}

/// The copy of a post that Telegram itself puts into the discussion group; comments hang on it.
pub(super) fn forwarded(world: &World, at: usize, entry: &Entry) -> Value {
    let (group, channel) = (group(&world.pages[at]), channel(&world.pages[at]));
    let mut object = contents(entry);
    object["message_id"] = json!(entry.number);
    object["from"] = json!({ "id": 777_000, "is_bot": false, "first_name": "Telegram" });
    object["sender_chat"] = channel.clone();
    object["chat"] = group;
    object["is_automatic_forward"] = json!(true);
    object["forward_origin"] = json!({
        "type": "channel", "chat": channel, "message_id": entry.channel_number, "date": seconds(entry.at),
    });
    object
}

/// A message of a group or of a private chat; with what it answers, but not with what that answers.
pub(super) fn message(world: &World, at: usize, entry: &Entry, whole: bool) -> Value {
    let account = &world.pages[at];
    if entry.kind == Kind::Post {
        return forwarded(world, at, entry);
    }
    let mut object = contents(entry);
    object["message_id"] = json!(entry.number);
    object["chat"] = match &entry.peer {
        Some(person) => private(world, person),
        None => group(account),
    };
    match &entry.author {
        Author::Person(person) => object["from"] = user(world, person),
        Author::Page => object["from"] = bot_user(account),
        // An administrator who does not show their name writes as the group.
        Author::Colleague => {
            object["from"] =
                json!({ "id": 1_087_968_824, "is_bot": true, "first_name": "Group", "username": "GroupAnonymousBot" });
            object["sender_chat"] = group(account);
        }
    }
    if let Some(thread) = &entry.post {
        object["message_thread_id"] = json!(id(thread));
    }
    let above = entry.reply_to.as_ref().or(entry.post.as_ref()).and_then(|key| account.entry(key));
    if let Some(above) = above.filter(|_| whole) {
        object["reply_to_message"] = message(world, at, above, false);
    }
    object
}

/// What the bot itself wrote, as it is told at once.
pub(super) fn own(world: &World, at: usize, entry: &Entry) -> Value {
    if entry.kind == Kind::Post { channel_post(world, at, entry) } else { message(world, at, entry, true) }
}
