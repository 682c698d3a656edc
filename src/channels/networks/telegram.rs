//! Telegram: a bot in the group where a channel's posts are discussed, and in private talks with residents.
//!
//! Comments under a channel's posts are messages in the channel's discussion group. The bot must be an administrator there, or have its
//! privacy mode off, or it hears none of them. An identity is `{chat}:{message}`; of a post, that of its copy in the group.

mod api;
mod read;
#[cfg(test)]
mod tests;

use serde_json::{Value, json};

use super::{KeySpec, Network, Reading, Request, Traits, Unverified, Wire, clean};
use crate::channels::SendError;
use crate::domain::message::Attachment;
use crate::domain::page::{Health, Keys, Pace, Page, Polled, Posted, Posting, TextLimit};
use crate::domain::refusal::Faults;
use crate::domain::{At, Form, Listening, Refusal};
use api::Bot;

/// The adapter.
pub struct Telegram;

/// What an attachment's address begins with: the file itself has none until it is asked for.
const FILE: &str = "telegram:file/";

/// What the bot wants to hear.
const EVENTS: [&str; 5] = ["message", "edited_message", "channel_post", "edited_channel_post", "my_chat_member"];

/// Deliveries at one time. Telegram's usual 40 would take many of a small installation's places.
const DELIVERIES: u8 = 10;

static TRAITS: Traits = Traits {
    keys: &[
        KeySpec { name: "token", needed: true, about: "The bot's token: @BotFather, /newbot or /token." },
        KeySpec {
            name: "channel",
            needed: false,
            about: "The channel's number (-100…) whose posts the group discusses; found by itself when the page is connected.",
        },
    ],
    listening: &[Listening::Hook, Listening::Poll],
    comment_limit: TextLimit::Utf16(4096),
    private_limit: TextLimit::Utf16(4096),
    // 30 messages a second over all and 20 a minute in one group: the wiki of python-telegram-bot, "Avoiding flood limits".
    pace: Pace { token: 34, chat: 3000 },
    idempotent: false,
    answers_elsewhere: false,
    always_polls: false,
};

impl Network for Telegram {
    fn name(&self) -> &'static str {
        "telegram"
    }

    fn traits(&self) -> &'static Traits {
        &TRAITS
    }

    fn check_keys(&self, account: &str, keys: &Keys) -> Result<(), Refusal> {
        let mut faults = Faults::default();
        let bot = bot_of(keys);
        faults.need(
            bot.is_some(),
            "/keys/token",
            "must be the bot's token as @BotFather shows it: a number, a colon, letters and digits",
        );
        let group = number(account).is_some_and(|id| id < 0);
        faults.need(
            group || bot.is_none() || number(account) == bot,
            "/account",
            "must be the discussion group's number, such as -1001234567890, or the bot's own for private messages only",
        );
        let channel = keys.get("channel");
        faults.need(
            channel.is_empty() || number(channel).is_some_and(|id| id < 0),
            "/keys/channel",
            "must be the channel's number, such as -1001234567890",
        );
        faults.settle()
    }

    fn verify(&self, page: &Page, request: &Request<'_>) -> Result<(), Unverified> {
        clean::verify(page.keys.get("secret"), (request.header)("x-telegram-bot-api-secret-token"))
    }

    fn read(&self, page: &Page, body: &[u8], now: At) -> Result<Reading, Refusal> {
        Ok(Reading { events: read::update(page, &clean::object(body)?, now)?, reply: "{}".to_owned() })
    }

    fn connect(
        &self,
        wire: &Wire,
        page: &Page,
        hook: Option<&str>,
        save: &mut dyn FnMut(&Keys) -> Result<(), SendError>,
    ) -> Result<Keys, SendError> {
        let bot = Bot { wire, page };
        bot.ask("getMe", &json!({}))?;
        let mut keys = page.keys.clone();
        if let Some(group) = group_of(page) {
            let chat = bot.ask("getChat", &json!({ "chat_id": group }))?;
            if let (Some(linked), false) = (clean::int(&chat, "linked_chat_id"), keys.has("channel")) {
                keys.0.insert("channel".to_owned(), linked.to_string());
            }
        }
        let Some(hook) = hook else {
            bot.ask("deleteWebhook", &json!({}))?;
            return Ok(keys);
        };
        let secret = clean::secret()?;
        keys.0.insert("secret".to_owned(), secret.clone());
        // Telegram may deliver before it has answered.
        save(&keys)?;
        bot.ask(
            "setWebhook",
            &json!({ "url": hook, "secret_token": secret, "allowed_updates": EVENTS, "max_connections": DELIVERIES }),
        )?;
        Ok(keys)
    }

    fn disconnect(&self, wire: &Wire, page: &Page, _hook: &str) -> Result<(), SendError> {
        Bot { wire, page }.ask("deleteWebhook", &json!({})).map(drop)
    }

    fn check(&self, wire: &Wire, page: &Page, hook: Option<&str>) -> Result<Health, SendError> {
        let bot = Bot { wire, page };
        let me = match bot.ask("getMe", &json!({})) {
            Ok(me) => me,
            Err(SendError::GiveUp(why)) => return Ok(Health { problems: vec![why], ..Health::default() }),
            Err(passing) => return Err(passing),
        };
        let mut health = Health { token: true, ..Health::default() };
        look_at_hook(&mut health, &bot.ask("getWebhookInfo", &json!({}))?, hook);
        let Some(group) = group_of(page) else {
            health.title = clean::word(&me, "first_name").and_then(clean::name);
            health.url = read::profile(&me);
            return Ok(health);
        };
        let shown = number(page.keys.get("channel")).unwrap_or(group);
        match bot.ask("getChat", &json!({ "chat_id": shown })) {
            Ok(chat) => {
                health.title = clean::word(&chat, "title").and_then(clean::name);
                health.url = read::profile(&chat);
                health.subscribers = bot.ask("getChatMemberCount", &json!({ "chat_id": shown }))?.as_i64();
            }
            Err(SendError::GiveUp(why)) => health.problems.push(why),
            Err(passing) => return Err(passing),
        }
        if !clean::flag(&me, "can_read_all_group_messages") {
            let asked = json!({ "chat_id": group, "user_id": clean::int(&me, "id") });
            match bot.ask("getChatMember", &asked) {
                Ok(member) if matches!(clean::word(&member, "status"), Some("administrator" | "creator") | None) => {}
                Ok(_) => health.problems.push(DEAF.to_owned()),
                Err(SendError::GiveUp(why)) => health.problems.push(why),
                Err(passing) => return Err(passing),
            }
        }
        Ok(health)
    }

    fn send(&self, wire: &Wire, page: &Page, posting: &Posting) -> Result<Posted, SendError> {
        let bot = Bot { wire, page };
        if posting.form == Form::Private { bot.write_to(posting) } else { bot.answer_in_group(posting) }
    }

    fn poll(&self, wire: &Wire, page: &Page, cursor: Option<&str>, now: At) -> Result<Polled, SendError> {
        let updates = Bot { wire, page }.updates(cursor)?;
        let mut events = Vec::new();
        for update in &updates {
            // What cannot be read now cannot be read later: the rest must not wait behind it.
            match read::update(page, update, now) {
                Ok(more) => events.extend(more),
                Err(why) => tracing::warn!(page = %page.id, "an update of Telegram was passed over: {why}"),
            }
        }
        let last = updates.iter().filter_map(|update| clean::int(update, "update_id")).max();
        Ok(Polled {
            events,
            cursor: last.map(|id| id.saturating_add(1).to_string()),
            more: updates.len() >= api::BATCH,
        })
    }

    fn locate(&self, wire: &Wire, page: &Page, attachment: &Attachment) -> Result<String, SendError> {
        let Some(file) = attachment.url.strip_prefix(FILE) else { return Ok(attachment.url.clone()) };
        Bot { wire, page }.file(file)
    }
}

/// Why a bot hears nothing in its group.
const DEAF: &str = "the bot sees no comments: make it an administrator of the group, or turn its privacy mode off (@BotFather, /setprivacy)";

fn look_at_hook(health: &mut Health, info: &Value, hook: Option<&str>) {
    let url = clean::word(info, "url").unwrap_or_default();
    health.waiting = clean::int(info, "pending_update_count");
    health.hook = hook.map(|ours| ours == url);
    match hook {
        Some(ours) if ours != url => {
            health.problems.push("Telegram delivers to another address, or to none".to_owned())
        }
        None if !url.is_empty() => {
            health.problems.push("Telegram delivers to an address, so it cannot be polled".to_owned())
        }
        _ => {}
    }
    // Telegram keeps the last error for ever; it still stands only while events wait.
    if let (Some(error), true) = (clean::word(info, "last_error_message"), health.waiting > Some(0)) {
        health.problems.extend(clean::name(error));
    }
}

/// A chat's or a person's number from its text.
fn number(text: &str) -> Option<i64> {
    text.parse().ok().filter(|id: &i64| id.to_string() == text)
}

/// The bot's own number, with which its token begins.
fn bot_of(keys: &Keys) -> Option<i64> {
    let (id, rest) = keys.get("token").split_once(':')?;
    let good = !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    number(id).filter(|id| *id > 0 && good)
}

/// The page's group; none where the bot is for private talks only.
fn group_of(page: &Page) -> Option<i64> {
    number(&page.account).filter(|id| *id < 0)
}
