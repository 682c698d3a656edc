//! VK: the Callback API delivers, API 5.199 publishes.
//!
//! The proof of an event is a secret in its body. Comments under posts are published with the community's token; under photos, videos,
//! products and in discussions VK lets only a person's token publish, so there the reader's token speaks, if there is one. VK is not
//! polled.

mod api;
mod event;
mod message;
mod post;
mod send;
mod text;

use serde::Deserialize;
use serde_json::Value;
use subtle::ConstantTimeEq;

use self::api::{Api, Failed};
use self::post::{Kind, Post};
use super::{KeySpec, Network, Reading, Request, Traits, Unverified, Wire, clean};
use crate::channels::SendError;
use crate::domain::message::Remark;
use crate::domain::page::{Health, Keys, Pace, Page, Posted, Posting, TextLimit};
use crate::domain::refusal::Faults;
use crate::domain::{At, Listening, Refusal};

/// VK's short name.
const NAME: &str = "vk";

/// What our callback server is called in the community's settings; VK allows 14 characters.
const TITLE: &str = "Otklik";

/// The events that the network is asked to deliver.
const EVENTS: &[&str] = &[
    "wall_post_new",
    "wall_reply_new",
    "wall_reply_edit",
    "wall_reply_restore",
    "wall_reply_delete",
    "board_post_new",
    "board_post_edit",
    "board_post_restore",
    "board_post_delete",
    "photo_comment_new",
    "photo_comment_edit",
    "photo_comment_restore",
    "photo_comment_delete",
    "video_comment_new",
    "video_comment_edit",
    "video_comment_restore",
    "video_comment_delete",
    "market_comment_new",
    "market_comment_edit",
    "market_comment_restore",
    "market_comment_delete",
    "message_new",
    "message_edit",
    "message_reply",
    "message_allow",
    "message_deny",
];

static TRAITS: Traits = Traits {
    keys: &[
        KeySpec {
            name: "token",
            needed: true,
            about: "Ключ доступа сообщества: Управление → Работа с API → Ключи доступа; права: управление сообществом, \
                    сообщения, стена",
        },
        KeySpec {
            name: "secret",
            needed: false,
            about: "Секретный ключ Callback API, от 8 до 50 латинских букв, цифр, _ и -; без него создаётся случайный",
        },
        KeySpec {
            name: "reader_token",
            needed: false,
            about: "Ключ пользователя-администратора (или сервисный, только для чтения): показывает записи и комментарии \
                    вокруг обращения; ключ пользователя нужен и для ответов в обсуждениях, под фото, видео и товарами",
        },
    ],
    listening: &[Listening::Hook],
    // No figure is documented for comments: a cautious one.
    comment_limit: TextLimit::Chars(4096),
    private_limit: TextLimit::Chars(9000),
    // A community's token bears 20 requests a second. How much may be said in one thread is not documented, and too much of it is
    // answered by a captcha that nobody here can solve: three seconds keep well below what a hasty person does.
    pace: Pace { token: 50, chat: 3000 },
    idempotent: true,
    answers_elsewhere: true,
    always_polls: false,
};

/// The social network VK.
pub struct Vk;

/// What every event has.
#[derive(Deserialize)]
struct Envelope {
    r#type: String,
    group_id: i64,
    event_id: Option<String>,
    secret: Option<String>,
    object: Option<Value>,
}

impl Network for Vk {
    fn name(&self) -> &'static str {
        NAME
    }

    fn traits(&self) -> &'static Traits {
        &TRAITS
    }

    fn check_keys(&self, account: &str, keys: &Keys) -> Result<(), Refusal> {
        let mut faults = Faults::default();
        let group = account.parse::<i64>().is_ok_and(|id| id > 0 && id.to_string() == account);
        faults.need(group, "/account", "must be the community's number without a sign, as in club123");
        faults.need(keys.has("token"), "/keys/token", "is needed");
        let secret = keys.get("secret");
        let plain = secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
        faults.need(
            secret.is_empty() || (plain && (8..=50).contains(&secret.len())),
            "/keys/secret",
            "must have 8 to 50 Latin letters, digits, _ and -",
        );
        faults.settle()
    }

    fn verify(&self, page: &Page, request: &Request<'_>) -> Result<(), Unverified> {
        let envelope: Envelope = serde_json::from_slice(request.body).map_err(|_| Unverified::Secret)?;
        let secret = page.keys.get("secret");
        if secret.is_empty() {
            return Err(Unverified::Secret);
        }
        // VK may ask for the confirmation before it has stored the secret. The answer to that is no secret of ours.
        let asked = envelope.r#type == "confirmation" && envelope.secret.is_none();
        let given = envelope.secret.as_deref().unwrap_or_default();
        if !asked && !bool::from(given.as_bytes().ct_eq(secret.as_bytes())) {
            return Err(Unverified::Secret);
        }
        if envelope.group_id.to_string() != page.account {
            return Err(Unverified::OtherPage);
        }
        Ok(())
    }

    fn read(&self, page: &Page, body: &[u8], now: At) -> Result<Reading, Refusal> {
        let envelope: Envelope =
            serde_json::from_slice(body).map_err(|error| Refusal::Malformed(format!("no event of VK: {error}")))?;
        if envelope.r#type == "confirmation" {
            return Ok(Reading { events: Vec::new(), reply: page.keys.get("confirmation").to_owned() });
        }
        let key = envelope.event_id.filter(|id| clean::identity(id).is_some());
        let events = event::read(&page.account, &envelope.r#type, envelope.object, key, now)?;
        Ok(Reading { events: events.into_iter().collect(), reply: "ok".to_owned() })
    }

    fn connect(
        &self,
        wire: &Wire,
        page: &Page,
        hook: Option<&str>,
        save: &mut dyn FnMut(&Keys) -> Result<(), SendError>,
    ) -> Result<Keys, SendError> {
        let Some(hook) = hook else {
            return Err(SendError::GiveUp(
                "VK is not polled: the installation needs a public address for its hook".to_owned(),
            ));
        };
        let api = Api::new(wire, page.keys.get("token"));
        let group = [("group_id", page.account.as_str())];
        let mut keys = page.keys.clone();
        if !keys.has("secret") {
            keys.0.insert("secret".to_owned(), clean::secret()?);
        }
        let answer = api.call("groups.getCallbackConfirmationCode", &group)?;
        let code =
            answer["code"].as_str().ok_or_else(|| SendError::Unsure("VK named no confirmation code".to_owned()))?;
        keys.0.insert("confirmation".to_owned(), code.to_owned());
        // From the next call on VK asks our hook, which has to know the code and the secret.
        save(&keys)?;
        let known = own_server(&api, &page.account, hook)?;
        let server = match known {
            Some(server) => {
                let id = server.id.to_string();
                api.call(
                    "groups.editCallbackServer",
                    &[
                        group[0],
                        ("server_id", &id),
                        ("url", hook),
                        ("title", TITLE),
                        ("secret_key", keys.get("secret")),
                    ],
                )?;
                id
            }
            None => {
                let made = api.call(
                    "groups.addCallbackServer",
                    &[group[0], ("url", hook), ("title", TITLE), ("secret_key", keys.get("secret"))],
                )?;
                let id = made["server_id"].as_i64();
                id.ok_or_else(|| SendError::Unsure("VK named no server".to_owned()))?.to_string()
            }
        };
        let mut settings = vec![group[0], ("server_id", &server), ("api_version", api::VERSION)];
        settings.extend(EVENTS.iter().map(|event| (*event, "1")));
        api.call("groups.setCallbackSettings", &settings)?;
        keys.0.insert("server".to_owned(), server);
        Ok(keys)
    }

    fn disconnect(&self, wire: &Wire, page: &Page, hook: &str) -> Result<(), SendError> {
        let api = Api::new(wire, page.keys.get("token"));
        // Asked by address: the number that was noted may belong to another server by now.
        let Some(server) = own_server(&api, &page.account, hook)? else { return Ok(()) };
        let id = server.id.to_string();
        match api.call("groups.deleteCallbackServer", &[("group_id", &page.account), ("server_id", &id)]) {
            Ok(_) | Err(Failed::Told { code: 104 | 2001, .. }) => Ok(()),
            Err(failed) => Err(failed.into()),
        }
    }

    fn check(&self, wire: &Wire, page: &Page, hook: Option<&str>) -> Result<Health, SendError> {
        let api = Api::new(wire, page.keys.get("token"));
        let mut health = Health::default();
        match api.call("groups.getById", &[("group_id", &page.account), ("fields", "members_count")]) {
            Ok(found) => {
                let group = &api::items(&found, "groups")[0];
                health.token = true;
                health.title = group["name"].as_str().map(str::to_owned);
                health.url = group["screen_name"].as_str().map(|name| format!("https://vk.com/{name}"));
                health.subscribers = group["members_count"].as_i64();
            }
            Err(failed) => return failed.into_health(),
        }
        let Some(hook) = hook else { return Ok(health) };
        match own_server(&api, &page.account, hook) {
            Ok(Some(server)) if server.status == "ok" => health.hook = Some(true),
            Ok(server) => {
                health.hook = Some(false);
                health.problems.push(match server {
                    Some(server) => format!("VK says of our callback server: {}", server.status),
                    None => "the community has no callback server with our address".to_owned(),
                });
            }
            Err(failed) => {
                let Health { token, problems, .. } = failed.into_health()?;
                health.token = token;
                health.hook = Some(false);
                health.problems.extend(problems);
            }
        }
        Ok(health)
    }

    fn send(&self, wire: &Wire, page: &Page, posting: &Posting) -> Result<Posted, SendError> {
        send::send(wire, page, posting)
    }

    fn surroundings(
        &self,
        wire: &Wire,
        page: &Page,
        post: &str,
        parent: Option<&str>,
    ) -> Result<Vec<Remark>, SendError> {
        let reader = page.keys.get("reader_token");
        let Some(post) = Post::parse(post).filter(|post| post.kind == Kind::Wall && !reader.is_empty()) else {
            return Ok(Vec::new());
        };
        let api = Api::new(wire, reader);
        let mut remarks = Vec::new();
        let posts = format!("{}_{}", post.owner, post.id);
        if let Some(found) = shown(api.call("wall.getById", &[("posts", &posts)]))? {
            remarks.extend(event::post_remark(&page.account, &api::items(&found, "items")[0]));
        }
        let mut comments = Vec::new();
        let mut next = parent.and_then(|parent| post.comment(parent));
        // VK nests comments once: the parent, and the one that begins its branch.
        while let Some(id) = next.take().filter(|_| comments.len() < 2) {
            let (owner, id) = (post.owner.to_string(), id.to_string());
            let Some(found) = shown(api.call("wall.getComment", &[("owner_id", &owner), ("comment_id", &id)]))? else {
                break;
            };
            let found = &api::items(&found, "items")[0];
            let root = found["parents_stack"][0].as_i64();
            next = root.filter(|root| root.to_string() != id);
            comments.extend(event::comment_remark(&page.account, post, found));
        }
        comments.reverse();
        remarks.extend(comments);
        Ok(remarks)
    }
}

/// What is not shown, or gone, is no error.
fn shown(asked: Result<Value, Failed>) -> Result<Option<Value>, SendError> {
    match asked {
        Ok(found) => Ok(Some(found)),
        Err(Failed::Told { code: 7 | 15 | 18 | 30 | 100 | 104 | 200 | 203 | 210..=213, .. }) => Ok(None),
        Err(failed) => Err(failed.into()),
    }
}

/// A callback server of the community.
#[derive(Deserialize)]
struct Server {
    id: i64,
    url: String,
    #[serde(default)]
    status: String,
}

/// The community's callback server with our address.
fn own_server(api: &Api<'_>, account: &str, hook: &str) -> Result<Option<Server>, Failed> {
    let found = api.call("groups.getCallbackServers", &[("group_id", account)])?;
    let servers = found["items"].as_array().into_iter().flatten();
    Ok(servers.filter_map(|server| Server::deserialize(server).ok()).find(|server| server.url == hook))
}

#[cfg(test)]
mod tests;
