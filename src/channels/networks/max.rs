//! MAX: a bot that is administrator of a channel, in a group of residents, or in private talks.
//!
//! Bots are given to verified Russian organisations only. `*.max.ru` has a certificate of the Russian Trusted Root CA, which the settings
//! must name. Updates have no number of their own: an event's key is made of its type, what it is about and its time. An identity is a
//! message's `mid`.

mod api;
mod read;
#[cfg(test)]
mod tests;

use serde_json::json;

use super::{KeySpec, Network, Reading, Request, Traits, Unverified, Wire, clean};
use crate::channels::SendError;
use crate::domain::page::{Health, Keys, Pace, Page, Posted, Posting, TextLimit};
use crate::domain::refusal::Faults;
use crate::domain::{At, Form, Listening, Refusal};
use api::Bot;

/// The adapter.
pub struct Max;

/// What the bot wants to hear.
const EVENTS: [&str; 9] = [
    "message_created",
    "message_edited",
    "message_removed",
    "comment_created",
    "comment_edited",
    "comment_removed",
    "bot_started",
    "bot_stopped",
    "dialog_removed",
];

static TRAITS: Traits = Traits {
    keys: &[KeySpec {
        name: "token",
        needed: true,
        about: "The bot's token: business.max.ru, «Чат-боты», the bot, «Настройки».",
    }],
    listening: &[Listening::Hook],
    comment_limit: TextLimit::Chars(4000),
    private_limit: TextLimit::Chars(4000),
    // 30 requests a second and 2 messages a second in one chat, as dev.max.ru has it.
    pace: Pace { token: 34, chat: 500 },
    idempotent: false,
    answers_elsewhere: false,
    always_polls: false,
};

impl Network for Max {
    fn name(&self) -> &'static str {
        "max"
    }

    fn traits(&self) -> &'static Traits {
        &TRAITS
    }

    fn check_keys(&self, account: &str, keys: &Keys) -> Result<(), Refusal> {
        let mut faults = Faults::default();
        faults.need(
            account.parse().is_ok_and(|id: i64| id != 0 && id.to_string() == account),
            "/account",
            "must be the channel's or group's chat_id, or the bot's user_id for private messages only",
        );
        let token = keys.get("token");
        let sendable = (1..=1000).contains(&token.len()) && token.bytes().all(|b| b.is_ascii_graphic());
        faults.need(sendable, "/keys/token", "must be the bot's token: visible characters without spaces");
        faults.settle()
    }

    fn verify(&self, page: &Page, request: &Request<'_>) -> Result<(), Unverified> {
        clean::verify(page.keys.get("secret"), (request.header)("x-max-bot-api-secret"))
    }

    fn read(&self, page: &Page, body: &[u8], now: At) -> Result<Reading, Refusal> {
        Ok(Reading { events: read::update(page, &clean::object(body)?, now)?, reply: String::new() })
    }

    fn connect(
        &self,
        wire: &Wire,
        page: &Page,
        hook: Option<&str>,
        save: &mut dyn FnMut(&Keys) -> Result<(), SendError>,
    ) -> Result<Keys, SendError> {
        let hook = hook.ok_or_else(|| {
            SendError::GiveUp(
                "MAX delivers to a public https address only: set one, this network is not polled".to_owned(),
            )
        })?;
        let bot = Bot { wire, page };
        let me = bot.get("/me")?;
        let mut keys = page.keys.clone();
        // How one answers depends on it, and no event of a comment says so for certain.
        let kind = if api::is_bot(page, &me) { "dialog".to_owned() } else { bot.kind()? };
        keys.0.insert(api::KIND.to_owned(), kind);
        let secret = clean::secret()?;
        keys.0.insert("secret".to_owned(), secret.clone());
        // MAX may deliver before it has answered.
        save(&keys)?;
        bot.post("/subscriptions", &json!({ "url": hook, "secret": secret, "update_types": EVENTS }))?;
        Ok(keys)
    }

    fn disconnect(&self, wire: &Wire, page: &Page, hook: &str) -> Result<(), SendError> {
        Bot { wire, page }.unsubscribe(hook)
    }

    fn check(&self, wire: &Wire, page: &Page, hook: Option<&str>) -> Result<Health, SendError> {
        let bot = Bot { wire, page };
        let me = match bot.get("/me") {
            Ok(me) => me,
            Err(SendError::GiveUp(why)) => return Ok(Health { problems: vec![why], ..Health::default() }),
            Err(passing) => return Err(passing),
        };
        let mut health = Health { token: true, ..Health::default() };
        if let Some(hook) = hook {
            let ours = api::subscribed(&bot.get("/subscriptions")?, hook);
            health.hook = Some(ours);
            if !ours {
                health.problems.push("MAX does not deliver to our address".to_owned());
            }
        }
        if api::is_bot(page, &me) {
            health.title = clean::word(&me, "first_name").and_then(clean::name);
            health.url = read::profile(&me);
            return Ok(health);
        }
        match bot.get(&format!("/chats/{}", page.account)) {
            Ok(chat) => {
                health.title = clean::word(&chat, "title").and_then(clean::name);
                health.url = clean::word(&chat, "link").and_then(clean::address);
                health.subscribers = clean::int(&chat, "participants_count");
            }
            Err(SendError::GiveUp(why)) => health.problems.push(why),
            Err(passing) => return Err(passing),
        }
        Ok(health)
    }

    fn send(&self, wire: &Wire, page: &Page, posting: &Posting) -> Result<Posted, SendError> {
        let bot = Bot { wire, page };
        match posting.form {
            Form::Private => bot.write_to(posting),
            Form::Comment if bot.is_channel()? => bot.comment(posting),
            Form::Comment | Form::Post => bot.answer_in_group(posting),
        }
    }
}
