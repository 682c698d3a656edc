//! Odnoklassniki: the Bot API delivers and sends private messages, the REST API lists and answers comments.
//!
//! Messages come to a hook that proves nothing but where it comes from: the hook's address is the secret. Comments are delivered by
//! nobody: with an application's three keys they are polled and answered. A comment that was changed or deleted after it was seen is
//! not noticed.

mod api;
mod event;
mod poll;

use serde_json::{Value, json};

use self::api::{Failed, Graph, Rest};
use super::{KeySpec, Network, Reading, Request, Traits, Unverified, Wire};
use crate::channels::SendError;
use crate::domain::page::{Health, Keys, Pace, Page, Polled, Posted, Posting, TextLimit};
use crate::domain::refusal::Faults;
use crate::domain::{At, Form, Listening, Refusal};

/// Odnoklassniki's short name.
const NAME: &str = "ok";

/// What an event is answered. Only the status counts.
const TAKEN: &str = r#"{"success":true}"#;

/// The keys of the REST API: all of them or none.
const REST_KEYS: [&str; 3] = ["application_key", "application_secret", "session_token"];

static TRAITS: Traits = Traits {
    keys: &[
        KeySpec {
            name: "token",
            needed: true,
            about: "Ключ доступа группы: Настройки группы → Сообщения → Работа с API → Получить ключ доступа; новый ключ отменяет \
                    прежний",
        },
        KeySpec {
            name: "application_key",
            needed: false,
            about: "Публичный ключ приложения; вместе с двумя следующими ключами даёт читать комментарии и отвечать на них",
        },
        KeySpec {
            name: "application_secret", needed: false, about: "Секретный ключ приложения"
        },
        KeySpec {
            name: "session_token",
            needed: false,
            about: "Вечный access_token приложения, выданный администратором группы; права: VALUABLE_ACCESS, GROUP_CONTENT",
        },
    ],
    listening: &[Listening::Hook],
    // No figures are documented: cautious ones.
    comment_limit: TextLimit::Chars(4000),
    private_limit: TextLimit::Chars(4000),
    pace: Pace { token: 350, chat: 2000 },
    idempotent: false,
    answers_elsewhere: false,
    always_polls: true,
};

/// The social network Odnoklassniki.
pub struct Odnoklassniki;

impl Network for Odnoklassniki {
    fn name(&self) -> &'static str {
        NAME
    }

    fn traits(&self) -> &'static Traits {
        &TRAITS
    }

    fn check_keys(&self, account: &str, keys: &Keys) -> Result<(), Refusal> {
        let mut faults = Faults::default();
        let group = (1..=20).contains(&account.len()) && account.bytes().all(|byte| byte.is_ascii_digit());
        faults.need(group, "/account", "must be the group's number, in digits");
        faults.need(keys.has("token"), "/keys/token", "is needed");
        let rest = REST_KEYS.iter().any(|key| keys.has(key));
        for key in REST_KEYS {
            faults.need(
                !rest || keys.has(key),
                &format!("/keys/{key}"),
                "is needed with the application's other two: comments take all three or none",
            );
        }
        faults.settle()
    }

    fn verify(&self, page: &Page, request: &Request<'_>) -> Result<(), Unverified> {
        let (nets, from) = (request.odnoklassniki_from, request.from.to_canonical());
        if !nets.is_empty() && !nets.iter().any(|net| net.contains(&from)) {
            return Err(Unverified::Address);
        }
        // No event has to name a group; one that does must name this one.
        let body: Value = serde_json::from_slice(request.body).unwrap_or_default();
        let named = [&body["group_id"], &body["recipient"]["group_id"]];
        if named.into_iter().filter_map(event::id).any(|group| event::bare(&group) != page.account) {
            return Err(Unverified::OtherPage);
        }
        Ok(())
    }

    fn read(&self, page: &Page, body: &[u8], _now: At) -> Result<Reading, Refusal> {
        let events = event::read(&page.account, body)?;
        Ok(Reading { events: events.into_iter().collect(), reply: TAKEN.to_owned() })
    }

    fn connect(
        &self,
        wire: &Wire,
        page: &Page,
        hook: Option<&str>,
        _save: &mut dyn FnMut(&Keys) -> Result<(), SendError>,
    ) -> Result<Keys, SendError> {
        let Some(hook) = hook else {
            return Err(SendError::GiveUp(
                "messages of Odnoklassniki are not polled: the installation needs a public address for its hook"
                    .to_owned(),
            ));
        };
        Graph::new(wire, page).post("me/subscribe", &json!({ "url": hook }))?;
        Ok(page.keys.clone())
    }

    fn disconnect(&self, wire: &Wire, page: &Page, hook: &str) -> Result<(), SendError> {
        match Graph::new(wire, page).post("me/unsubscribe", &json!({ "url": hook })) {
            // Nothing was subscribed.
            Ok(_) | Err(Failed::Told { code: 0, .. }) => Ok(()),
            Err(failed) => Err(failed.into()),
        }
    }

    fn check(&self, wire: &Wire, page: &Page, hook: Option<&str>) -> Result<Health, SendError> {
        let graph = Graph::new(wire, page);
        let mut health = Health { url: Some(format!("https://ok.ru/group/{}", page.account)), ..Health::default() };
        match graph.get("me/info") {
            Ok(info) => {
                health.token = true;
                health.title = info["name"].as_str().map(str::to_owned);
                let group = event::id(&info["group_id"]).or_else(|| event::id(&info["user_id"]));
                if let Some(group) = group.filter(|group| event::bare(group) != page.account) {
                    health.problems.push(format!("the token is of another group: {}", event::bare(&group)));
                }
            }
            Err(failed) => return failed.into_health(),
        }
        if let Some(hook) = hook {
            let found = graph.get("me/subscriptions").map_err(Failed::unanswered)?;
            let subscribed = found["subscriptions"].as_array().into_iter().flatten().any(|one| one["url"] == hook);
            health.hook = Some(subscribed);
            if !subscribed {
                health.problems.push("the group has no subscription with our address".to_owned());
            }
        }
        if let Some(rest) = Rest::new(wire, page) {
            let asked = rest.call("group.getInfo", &[("uids", &page.account), ("fields", "uid,name,members_count")]);
            match asked {
                Ok(found) => health.subscribers = found[0]["members_count"].as_i64(),
                Err(failed) => {
                    let problems = failed.into_health()?.problems;
                    health.problems.extend(problems.into_iter().map(|problem| format!("comments: {problem}")));
                }
            }
        }
        Ok(health)
    }

    fn send(&self, wire: &Wire, page: &Page, posting: &Posting) -> Result<Posted, SendError> {
        if posting.form == Form::Private { message(wire, page, posting) } else { comment(wire, page, posting) }
    }

    fn poll(&self, wire: &Wire, page: &Page, cursor: Option<&str>, now: At) -> Result<Polled, SendError> {
        match Rest::new(wire, page) {
            Some(rest) => poll::poll(&rest, &page.account, cursor, now),
            None => Ok(Polled::default()),
        }
    }
}

fn message(wire: &Wire, page: &Page, posting: &Posting) -> Result<Posted, SendError> {
    let chat = posting.post.as_str();
    // It becomes a part of the request's path.
    let plain = |rest: &str| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !chat.strip_prefix("chat:").is_some_and(plain) {
        return Err(SendError::GiveUp("the author has not written to the group in private".to_owned()));
    }
    let body = json!({ "recipient": { "chat_id": chat }, "message": { "text": posting.text } });
    let sent = Graph::new(wire, page).post(&format!("me/messages/{chat}"), &body)?;
    let external_id = event::id(&sent["message_id"]).or_else(|| event::id(&sent["mid"]));
    Ok(Posted { external_id, permalink: None })
}

fn comment(wire: &Wire, page: &Page, posting: &Posting) -> Result<Posted, SendError> {
    let Some(rest) = Rest::new(wire, page) else {
        return Err(SendError::GiveUp(
            "comments need the keys of an application, which the page does not have".to_owned(),
        ));
    };
    let (kind, id) = poll::discussion(&posting.post);
    let mut parameters = vec![("entityId", id), ("entityType", kind), ("comment", &posting.text), ("as_admin", "true")];
    if posting.reply_to != posting.post {
        parameters.push(("reply_to_comment_id", &posting.reply_to));
    }
    let made = rest.call("discussions.addDiscussionComment", &parameters).and_then(api::said)?;
    let named = [&made, &made["id"], &made["comment_id"], &made["comment"]["id"]];
    Ok(Posted {
        external_id: named.into_iter().find_map(event::id),
        permalink: Some(poll::address(&page.account, kind, id)),
    })
}

#[cfg(test)]
mod tests;
