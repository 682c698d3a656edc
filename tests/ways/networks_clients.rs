//! Clients that others wrote find the made-up networks to be what the true ones are: vk_api, aiogram, maxapi.
//!
//! `tests/run` installs them; without them these tests fail.

use std::path::{Path, PathBuf};
use std::process::Command;

use otklik::demo::networks::{Net, Networks, Options, Page};
use serde_json::{Value, json};

/// A page with a post, a comment of a person who also wrote in private.
struct Ground {
    networks: Networks,
    page: Page,
    post: String,
    comment: String,
    person: String,
}

impl Ground {
    fn new(net: Net) -> Ground {
        let networks = Networks::open(Options::default()).expect("the networks open");
        let page = networks.page(net, "Управа Лукоморска");
        let post = networks.post(&page, "Доброе утро, Лукоморск!");
        let person = networks.person(net, "Василиса Премудрая");
        let pictures = if net == Net::Telegram { 1 } else { 0 };
        let comment = networks.comment(&page, &post, &person, "На Портовой яма", None, pictures);
        networks.write(&page, &person, "И фонарь не горит");
        Ground { networks, page, post, comment, person: person.id }
    }

    /// What the network's client got.
    fn got(&self, arguments: &[&str]) -> Value {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let python = std::env::var_os("OTKLIK_TESTS_PYTHON")
            .map_or_else(|| root.join("target/python/bin/python"), PathBuf::from);
        let hint = format!(
            "the clients need {} with what tests/requirements.txt names: tests/run installs it, as does\n  \
             python3 -m venv target/python && target/python/bin/pip install -r tests/requirements.txt",
            python.display()
        );
        let (net, base) = (self.page.net, self.networks.base(self.page.net));
        let done = Command::new(&python)
            .arg(root.join("tests/clients.py"))
            .args([net.name(), &base, &self.page.token, &self.page.account])
            .args(arguments)
            .output()
            .unwrap_or_else(|error| panic!("{error}: {hint}"));
        let failed = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{failed}\n{hint}");
        serde_json::from_slice(&done.stdout).unwrap_or_else(|error| panic!("{error}: {failed}"))
    }

    /// The words and threads of what the page said, as the network has it.
    fn said(&self) -> Vec<(String, Option<String>, Option<String>)> {
        let said = self.networks.said().into_iter();
        said.map(|said| {
            assert_eq!(said.text, "Сделано");
            (said.key, said.reply_to, said.to)
        })
        .collect()
    }
}

#[test]
fn vk_api_is_at_home() {
    let ground = Ground::new(Net::Vk);
    let got = ground.got(&[&ground.post, &ground.comment, &ground.person]);
    assert_eq!(got["client"], "vk_api 11.10.1");
    assert_eq!(got["me"]["id"].to_string(), ground.page.account);
    assert_eq!(got["me"]["name"], "Управа Лукоморска");
    assert!(got["me"]["members_count"].as_i64().is_some_and(|count| count > 0), "{got}");
    assert_eq!((&got["author"]["first_name"], &got["author"]["last_name"]), (&json!("Василиса"), &json!("Премудрая")));
    assert_eq!(got["post"], "Доброе утро, Лукоморск!");
    // The second time with the same key it is the same comment, the same message.
    let sent: Vec<String> = got["sent"].as_array().expect("four").iter().map(Value::to_string).collect();
    let [comment, comment_again, message, message_again] = &sent[..] else { panic!("{got}") };
    assert_eq!((comment, message), (comment_again, message_again));
    let expected =
        [(comment.clone(), Some(ground.comment.clone()), None), (message.clone(), None, Some(ground.person.clone()))];
    assert_eq!(ground.said(), expected);
    let errors = json!({ "too long": 914, "not allowed": 901, "not for groups": 27, "another group": 212 });
    assert_eq!(got["errors"], errors);
}

#[test]
fn aiogram_is_at_home() {
    let ground = Ground::new(Net::Telegram);
    let got = ground.got(&[&ground.comment]);
    assert_eq!(got["client"], "aiogram 3.31.0");
    assert_eq!((&got["me"]["is_bot"], &got["me"]["username"]), (&json!(true), &json!(ground.page.extra["bot"])));
    assert_eq!(got["chat"]["type"], "supergroup");
    assert_eq!(got["chat"]["linked"].to_string(), ground.page.extra["channel"]);
    // The post in the channel and its copy in the group, the comment, the private message; and nothing after them.
    let updates = got["updates"].as_array().expect("updates");
    let texts: Vec<_> = updates
        .iter()
        .map(|update| {
            let message = update.get("message").or(update.get("channel_post")).expect("a message");
            message.get("text").or(message.get("caption")).and_then(Value::as_str).expect("words")
        })
        .collect();
    let post = "Доброе утро, Лукоморск!";
    assert_eq!((texts, got["left"].as_i64()), (vec![post, post, "На Портовой яма", "И фонарь не горит"], Some(0)));
    assert_eq!(updates[2]["message"]["message_thread_id"].to_string(), ground.post);
    assert_eq!(updates[3]["message"]["from_user"]["id"].to_string(), ground.person);
    let [size] = &got["files"].as_array().expect("files")[..] else { panic!("{got}") };
    assert!(size.as_i64().is_some_and(|size| size > 0), "the comment's picture is empty");
    assert_eq!((got["answers"].to_string(), got["thread"].to_string()), (ground.comment.clone(), ground.post.clone()));
    assert_eq!(ground.said(), [(got["sent"][0].to_string(), Some(ground.comment.clone()), None)]);
    assert_eq!(got["errors"], json!({ "too long": "TelegramBadRequest", "stranger": "TelegramBadRequest" }));
}

#[test]
fn maxapi_is_at_home() {
    let ground = Ground::new(Net::Max);
    let got = ground.got(&[&ground.post, &ground.comment, &ground.person]);
    assert_eq!(got["client"], "maxapi 1.2.3");
    assert_eq!(
        (got["me"]["user_id"].to_string(), &got["me"]["is_bot"]),
        (ground.page.extra["bot"].clone(), &json!(true))
    );
    assert_eq!((&got["chat"]["type"], &got["chat"]["title"]), (&json!("channel"), &json!("Управа Лукоморска")));
    let sent: Vec<_> = got["sent"].as_array().expect("two").iter().filter_map(Value::as_str).collect();
    let [answer, private] = sent[..] else { panic!("{got}") };
    let expected = [
        (answer.to_owned(), Some(ground.comment.clone()), None),
        (private.to_owned(), None, Some(ground.person.clone())),
    ];
    assert_eq!(ground.said(), expected);
    assert_eq!(got["answers"], json!(ground.comment));
    let comments = json!([
        { "mid": answer, "text": "Сделано", "post": ground.post, "sender": null },
        { "mid": ground.comment, "text": "На Портовой яма", "post": ground.post, "sender": "Василиса Премудрая" },
    ]);
    assert_eq!(got["comments"], comments);
    assert_eq!(got["subscriptions"], json!(["https://example.org/hook"]));
    assert_eq!(got["errors"], json!({ "no post": 404, "stranger": 403 }));
}
