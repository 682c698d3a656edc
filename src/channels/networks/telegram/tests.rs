use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::channels::networks::stub::{self, Asked, fine};
use crate::domain::Id;
use crate::domain::message::{Change, Incoming, Remark};
use crate::domain::page::{Heard, What};

const GROUP: i64 = -1_001_700_000_001;
const CHANNEL: i64 = -1_001_700_000_002;
const TOKEN: &str = "700001:AAinvented-token_of_nobody";
const SECRET: &str = "0123456789abcdef0123456789abcdef";
const OK: &str = r#"{"ok":true,"result":true}"#;
const ME: &str = r#"{"ok":true,"result":{"id":700001,"is_bot":true,"first_name":"Бот","username":"town_bot","can_read_all_group_messages":true}}"#;

fn now() -> At {
    "2026-10-05T12:00:00Z".parse().unwrap()
}

fn at(seconds: i64) -> At {
    At::new(jiff::Timestamp::from_second(seconds).unwrap())
}

fn page() -> Page {
    let keys = [("token", TOKEN), ("secret", SECRET), ("channel", "-1001700000002")];
    let keys = Keys(keys.iter().map(|(name, key)| ((*name).to_owned(), (*key).to_owned())).collect());
    Page { id: Id::new(now()), account: GROUP.to_string(), keys }
}

fn alone() -> Page {
    Page { account: "700001".to_owned(), ..page() }
}

fn group() -> Value {
    json!({ "id": GROUP, "type": "supergroup", "title": "Обсуждение" })
}

fn anna() -> Value {
    json!({ "id": 5001, "is_bot": false, "first_name": "Анна", "last_name": "Светлова", "username": "anna_s" })
}

/// A message of Anna's in the group, with more said or said otherwise.
fn message(more: &Value) -> Value {
    let mut message =
        json!({ "message_id": 41, "date": 1_790_000_000, "chat": group(), "from": anna(), "text": "Яма у дома 5" });
    message.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    message
}

fn post() -> Value {
    json!({ "message_id": 40, "date": 1_789_990_000, "chat": group(), "from": { "id": 777_000, "is_bot": false, "first_name": "Telegram" },
        "sender_chat": { "id": CHANNEL, "type": "channel", "title": "Город" }, "is_automatic_forward": true, "text": "Ремонт дорог" })
}

fn read_as(kind: &str, message: &Value) -> Vec<Heard> {
    let body = json!({ "update_id": 900, kind: message }).to_string();
    let reading = Telegram.read(&page(), body.as_bytes(), now()).unwrap();
    assert_eq!(reading.reply, "{}");
    reading.events
}

fn keys(events: &[Heard]) -> Vec<&str> {
    events.iter().map(|heard| heard.key.as_deref().unwrap()).collect()
}

fn incoming(events: &[Heard]) -> Incoming {
    let found = events.iter().find_map(|heard| match &heard.what {
        What::Message(message) => Some((**message).clone()),
        _ => None,
    });
    let found = found.unwrap_or_else(|| panic!("no message in {events:?}"));
    found.check("").unwrap();
    found
}

fn remarks(events: &[Heard]) -> Vec<Remark> {
    let remark = |heard: &Heard| match &heard.what {
        What::Remark(remark) => Some((**remark).clone()),
        _ => None,
    };
    events.iter().filter_map(remark).collect()
}

fn consents(events: &[Heard]) -> Vec<(String, bool)> {
    let consent = |heard: &Heard| match &heard.what {
        What::Consent { author, allowed } => Some((author.clone(), *allowed)),
        _ => None,
    };
    events.iter().filter_map(consent).collect()
}

#[test]
fn a_comment_and_the_post_it_stands_under() {
    let events = read_as("message", &message(&json!({ "message_thread_id": 40, "reply_to_message": post() })));
    assert_eq!(keys(&events), ["900", "900:reply"]);
    let comment = incoming(&events);
    assert_eq!(comment.external_id, format!("{GROUP}:41"));
    assert_eq!((comment.form, comment.change), (Form::Comment, Change::New));
    assert_eq!(comment.post, Some(format!("{GROUP}:40")));
    assert_eq!((comment.parent, comment.branch), (None, Some(format!("{GROUP}:41"))));
    assert_eq!(comment.url.as_deref(), Some("https://t.me/c/1700000001/41?thread=40"));
    assert_eq!((comment.author.id.as_str(), comment.author.name.as_deref()), ("5001", Some("Анна Светлова")));
    assert_eq!(comment.author.url.as_deref(), Some("https://t.me/anna_s"));
    assert_eq!((comment.text.as_str(), comment.published_at), ("Яма у дома 5", at(1_790_000_000)));
    let remarks = remarks(&events);
    assert_eq!(remarks.len(), 1);
    assert_eq!((remarks[0].form, remarks[0].own), (Form::Post, true));
    assert_eq!(
        (remarks[0].external_id.clone(), remarks[0].post.clone()),
        (format!("{GROUP}:40"), format!("{GROUP}:40"))
    );
    assert_eq!(remarks[0].author, None);
}

#[test]
fn a_reply_to_somebody_elses_comment() {
    let other = json!({ "message_id": 39, "date": 1_789_999_000, "chat": group(), "message_thread_id": 30, "text": "И у нас",
        "from": { "id": 5002, "is_bot": false, "first_name": "Пётр" } });
    let events = read_as("message", &message(&json!({ "message_thread_id": 30, "reply_to_message": other })));
    let comment = incoming(&events);
    assert_eq!(comment.post, Some(format!("{GROUP}:30")));
    assert_eq!((comment.parent, comment.branch), (Some(format!("{GROUP}:39")), Some(format!("{GROUP}:39"))));
    let remark = remarks(&events).remove(0);
    assert_eq!((remark.own, remark.form, remark.author.unwrap().id.as_str()), (false, Form::Comment, "5002"));
    assert_eq!(remark.post, format!("{GROUP}:30"));
}

#[test]
fn a_message_under_nothing_is_a_post_of_its_author() {
    let public = json!({ "chat": { "id": GROUP, "type": "supergroup", "username": "town_talk" } });
    let message = incoming(&read_as("message", &message(&public)));
    assert_eq!((message.form, message.post, message.branch), (Form::Post, None, None));
    assert_eq!(message.url.as_deref(), Some("https://t.me/town_talk/41"));
}

#[test]
fn a_reply_in_a_group_without_threads_stands_under_what_it_replies_to() {
    let replied = json!({ "message_id": 20, "date": 1, "chat": group(), "from": anna(), "text": "Свет" });
    let comment = incoming(&read_as("message", &message(&json!({ "reply_to_message": replied }))));
    assert_eq!((comment.form, comment.post, comment.parent), (Form::Comment, Some(format!("{GROUP}:20")), None));
}

#[test]
fn the_pages_own_word_is_a_remark() {
    let replied = message(&json!({ "message_thread_id": 40 }));
    let own = |more: Value| {
        let mut message = message(
            &json!({ "message_id": 42, "message_thread_id": 40, "reply_to_message": replied, "text": "Заделаем" }),
        );
        message.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        read_as("message", &message)
    };
    for more in [
        json!({ "sender_chat": { "id": GROUP, "type": "supergroup" }, "from": { "id": 1_087_968_824, "is_bot": true } }),
        json!({ "sender_chat": { "id": CHANNEL, "type": "channel" }, "from": { "id": 136_817_688, "is_bot": true } }),
        json!({ "from": { "id": 6001, "is_bot": true, "first_name": "Другой бот" } }),
    ] {
        let remarks = remarks(&own(more));
        assert_eq!((remarks[0].own, &remarks[0].author, remarks[0].to.as_deref()), (true, &None, Some("5001")));
        assert_eq!(remarks[0].external_id, format!("{GROUP}:42"));
        assert_eq!(remarks[0].parent, Some(format!("{GROUP}:41")));
        assert!(!remarks[1].own);
    }
    let foreign = own(
        json!({ "sender_chat": { "id": -1_001_999_i64, "type": "channel", "title": "Сад" }, "from": { "id": 136_817_688, "is_bot": true } }),
    );
    let author = incoming(&foreign).author;
    assert_eq!((author.id.as_str(), author.name.as_deref()), ("-1001999", Some("Сад")));
}

#[test]
fn posts_of_the_channel_and_their_copies_are_remarks() {
    let forwarded = remarks(&read_as("message", &post())).remove(0);
    assert_eq!((forwarded.form, forwarded.own, forwarded.post), (Form::Post, true, format!("{GROUP}:40")));
    let channel = json!({ "message_id": 7, "date": 1_789_990_000, "chat": { "id": CHANNEL, "type": "channel", "username": "town" }, "text": "Ремонт" });
    for kind in ["channel_post", "edited_channel_post"] {
        let post = remarks(&read_as(kind, &channel)).remove(0);
        assert_eq!((post.external_id, post.url.as_deref()), (format!("{CHANNEL}:7"), Some("https://t.me/town/7")));
    }
    // Each picture of an album keeps its number: comments name the first.
    let mut album = post();
    album["media_group_id"] = json!("77");
    assert_eq!(remarks(&read_as("message", &album)).remove(0).external_id, format!("{GROUP}:40"));
}

#[test]
fn the_pictures_of_an_album_share_an_identity() {
    let part = |id: i64, caption: Option<&str>| {
        let mut part = message(
            &json!({ "message_id": id, "media_group_id": "1377", "message_thread_id": 40, "photo": [
            { "file_id": format!("small{id}"), "width": 90, "height": 60 }, { "file_id": format!("large{id}"), "width": 900, "height": 600 } ] }),
        );
        part.as_object_mut().unwrap().remove("text");
        part["caption"] = json!(caption);
        part
    };
    let (first, second) =
        (incoming(&read_as("message", &part(50, Some("Яма")))), incoming(&read_as("message", &part(51, None))));
    assert_eq!(first.external_id, format!("{GROUP}:album:1377"));
    assert_eq!(first.external_id, second.external_id);
    assert_eq!((first.text.as_str(), second.text.as_str()), ("Яма", ""));
    assert_eq!(second.attachments[0].url, "telegram:file/large51");
    assert_eq!(second.attachments[0].kind, "photo");
    // A change of the picture that bears no words would empty the album's text.
    let mut edited = part(51, None);
    edited["edit_date"] = json!(1_790_000_500);
    assert_eq!(read_as("edited_message", &edited), []);
    // Under nothing, the identity names no message to reply to: the post does.
    let mut loose = part(52, Some("Яма"));
    loose.as_object_mut().unwrap().remove("message_thread_id");
    assert_eq!(incoming(&read_as("message", &loose)).post, Some(format!("{GROUP}:52")));
}

#[test]
fn an_edit() {
    let edited = message(&json!({ "edit_date": 1_790_000_900, "text": "Яма у дома 7", "reply_to_message": post() }));
    let events = read_as("edited_message", &edited);
    assert_eq!(keys(&events), ["900"]);
    let message = incoming(&events);
    assert_eq!((message.change, message.published_at), (Change::Edited, at(1_790_000_900)));
}

#[test]
fn a_private_talk() {
    let chat = json!({ "id": 5001, "type": "private", "first_name": "Анна" });
    let events = read_as("message", &message(&json!({ "chat": chat })));
    assert_eq!(keys(&events), ["900", "900:consent"]);
    let private = incoming(&events);
    assert_eq!((private.form, private.post.as_deref(), private.url), (Form::Private, Some("5001"), None));
    assert_eq!(consents(&events), [("5001".to_owned(), true)]);
    for start in ["/start", "/start ", "/start from_site-1"] {
        let events = read_as("message", &message(&json!({ "chat": chat, "text": start })));
        assert_eq!((events.len(), consents(&events)), (1, vec![("5001".to_owned(), true)]), "{start}");
    }
    let said = read_as("message", &message(&json!({ "chat": chat, "text": "/start нет света" })));
    assert_eq!(incoming(&said).text, "/start нет света");
    let edited = read_as("edited_message", &message(&json!({ "chat": chat, "edit_date": 1_790_000_900 })));
    assert_eq!(keys(&edited), ["900"]);
}

#[test]
fn consent_is_given_and_taken() {
    let member = |kind: &str, status: &str| {
        let change = json!({ "chat": { "id": 5001, "type": kind }, "from": anna(), "date": 1, "new_chat_member": { "status": status } });
        consents(&read_as("my_chat_member", &change))
    };
    assert_eq!(member("private", "kicked"), [("5001".to_owned(), false)]);
    assert_eq!(member("private", "member"), [("5001".to_owned(), true)]);
    assert_eq!(member("supergroup", "administrator"), []);
}

#[test]
fn what_is_no_event() {
    for more in [
        json!({ "chat": { "id": -1_009, "type": "supergroup" } }),
        json!({ "chat": { "id": -5, "type": "group" } }),
        json!({ "text": null, "new_chat_members": [anna()] }),
        json!({ "text": null, "pinned_message": post() }),
        json!({ "text": null, "sticker": { "file_id": "s", "emoji": "😡" } }),
        json!({ "text": null, "contact": { "phone_number": "+70000000000" } }),
        json!({ "text": "   " }),
        json!({ "from": null }),
    ] {
        assert_eq!(read_as("message", &message(&more)), [], "{more}");
    }
    let moved = json!({ "text": null, "location": { "latitude": 54.9, "longitude": 73.3 } });
    assert_eq!(read_as("edited_message", &message(&moved)), []);
    assert_eq!(read_as("message_reaction", &json!({ "chat": group() })), []);
    let elsewhere = json!({ "message_id": 1, "date": 1, "chat": { "id": -1_009, "type": "channel" }, "text": "x" });
    assert_eq!(read_as("channel_post", &elsewhere), []);
    assert_eq!(
        Telegram
            .read(&alone(), json!({ "update_id": 1, "message": message(&json!({})) }).to_string().as_bytes(), now())
            .unwrap()
            .events,
        []
    );
}

#[test]
fn files_and_places() {
    let files = json!({ "text": null, "caption": "Смотрите", "video": { "file_id": "v1", "file_name": "двор.mp4" }, "document": { "file_id": "d1" },
        "voice": { "file_id": "o1" }, "audio": { "file_id": "a1" }, "video_note": { "file_id": "n1" } });
    let message_ = incoming(&read_as("message", &message(&files)));
    let kinds: Vec<_> = message_.attachments.iter().map(|a| (a.kind.as_str(), a.url.as_str())).collect();
    let all = [("video", "v1"), ("document", "d1"), ("audio", "a1"), ("audio", "o1"), ("video", "n1")];
    assert_eq!(
        kinds,
        all.map(|(kind, id)| (kind, format!("telegram:file/{id}"))).each_ref().map(|(k, u)| (*k, u.as_str()))
    );
    assert_eq!(message_.attachments[0].name.as_deref(), Some("двор.mp4"));
    let point = json!({ "latitude": 54.98, "longitude": 73.37 });
    let place = incoming(&read_as("message", &message(&json!({ "text": null, "location": point }))));
    assert_eq!((place.text.as_str(), place.place.unwrap().lat), ("54.980000, 73.370000", Some(54.98)));
    let venue = json!({ "text": null, "venue": { "location": point, "title": "Сквер", "address": "ул. Мира, 1" } });
    let venue = incoming(&read_as("message", &message(&venue)));
    assert_eq!((venue.text.as_str(), venue.place.unwrap().lon), ("Сквер, ул. Мира, 1", Some(73.37)));
    let nowhere = json!({ "location": { "latitude": 540.98, "longitude": 73.37 } });
    assert_eq!(incoming(&read_as("message", &message(&nowhere))).place, None);
}

#[test]
fn what_is_too_long_or_too_old_is_put_right() {
    let long = incoming(&read_as("message", &message(&json!({ "text": "я\u{0}".repeat(700_000) }))));
    assert_eq!(long.text, format!("{}…", "я".repeat(19_999)));
    for date in [json!(0), json!(-7), json!(i64::MAX), json!("вчера"), json!(4_000_000_000_i64)] {
        assert_eq!(incoming(&read_as("message", &message(&json!({ "date": date })))).published_at, now());
    }
}

#[test]
fn what_is_no_update() {
    let bad = |body: &[u8]| match Telegram.read(&page(), body, now()) {
        Err(Refusal::Malformed(why)) => why,
        other => panic!("{other:?}"),
    };
    for body in [
        "",
        "not json",
        "[]",
        "[{\"update_id\":1}]",
        "7",
        "null",
        "{}",
        "{\"update_id\":\"9\"}",
        "{\"update_id\":1e400}",
    ] {
        bad(body.as_bytes());
    }
    bad(b"{\"update_id\":1,\"message\":\"\xff\"}");
    bad("[".repeat(100_000).as_bytes());
    for message in [
        json!({}),
        json!("x"),
        json!({ "chat": { "id": "5" }, "message_id": 1 }),
        json!({ "chat": { "id": 5 }, "message_id": "1" }),
        json!({ "chat": { "id": 5 } }),
        json!({ "message_id": 1 }),
    ] {
        bad(json!({ "update_id": 1, "message": message }).to_string().as_bytes());
    }
}

fn verified(page: &Page, given: Option<&str>) -> Result<(), Unverified> {
    let given = given.map(str::to_owned);
    let given: Option<&'static str> = given.map(|text| &*text.leak());
    let header = move |name: &str| (name == "x-telegram-bot-api-secret-token").then_some(given).flatten();
    Telegram
        .verify(page, &Request { header: &header, body: b"{}", from: [127, 0, 0, 1].into(), odnoklassniki_from: &[] })
}

#[test]
fn only_the_secret_opens() {
    assert_eq!(verified(&page(), Some(SECRET)), Ok(()));
    for wrong in [None, Some(""), Some("0"), Some("0123456789abcdef0123456789abcdeF"), Some(TOKEN)] {
        assert_eq!(verified(&page(), wrong), Err(Unverified::Secret));
    }
    let mut bare = page();
    bare.keys.0.remove("secret");
    assert_eq!(verified(&bare, Some("")), Err(Unverified::Secret));
    assert_eq!(verified(&bare, None), Err(Unverified::Secret));
}

#[test]
fn keys_are_checked() {
    let pointers = |account: &str, given: &[(&str, &str)]| {
        let keys = Keys(given.iter().map(|(name, key)| ((*name).to_owned(), (*key).to_owned())).collect());
        match Telegram.check_keys(account, &keys) {
            Ok(()) => Vec::new(),
            Err(Refusal::Invalid(faults)) => faults.into_iter().map(|fault| fault.pointer).collect(),
            Err(other) => panic!("{other:?}"),
        }
    };
    let none: [String; 0] = [];
    assert_eq!(pointers("-1001700000001", &[("token", TOKEN)]), none);
    assert_eq!(pointers("700001", &[("token", TOKEN), ("channel", "-1001700000002")]), none);
    assert_eq!(pointers("town", &[("token", TOKEN)]), ["/account"]);
    assert_eq!(pointers("700002", &[("token", TOKEN)]), ["/account"]);
    assert_eq!(pointers("-1001700000001", &[]), ["/keys/token"]);
    assert_eq!(pointers("-1001700000001", &[("token", "1:a/../b")]), ["/keys/token"]);
    assert_eq!(pointers("-1001700000001", &[("token", TOKEN), ("channel", "town")]), ["/keys/channel"]);
}

proptest! {
    #[test]
    fn nothing_that_is_sent_breaks_the_reader(cut in 0_usize..600, put in ".{0,20}", number in any::<i64>(), at in 0_usize..40) {
        let whole = json!({ "update_id": number, "message": message(&json!({ "message_thread_id": number, "reply_to_message": post() })) }).to_string();
        let numbers = whole.match_indices(|c: char| c.is_ascii_digit()).map(|(n, _)| n).collect::<Vec<_>>();
        let mut changed = whole.clone();
        changed.replace_range(numbers[at % numbers.len()]..=numbers[at % numbers.len()], &number.to_string());
        let cut = (0..=cut.min(whole.len())).rev().find(|n| whole.is_char_boundary(*n)).unwrap();
        for body in [whole[..cut].to_owned(), format!("{}{put}{}", &whole[..cut], &whole[cut..]), changed] {
            for heard in Telegram.read(&page(), body.as_bytes(), now()).map_or_else(|_| Vec::new(), |r| r.events) {
                prop_assert!(heard.key.unwrap().len() <= 200);
                if let What::Message(message) = heard.what {
                    prop_assert_eq!(message.check(""), Ok(()));
                }
            }
        }
    }

    #[test]
    fn no_other_secret_opens(wrong in "[ -~]{0,40}") {
        prop_assume!(wrong != SECRET);
        prop_assert_eq!(verified(&page(), Some(&wrong)), Err(Unverified::Secret));
    }
}

fn lines(asked: &[Asked]) -> Vec<String> {
    asked.iter().map(|asked| asked.whole().replace(TOKEN, "T")).collect()
}

#[test]
fn connecting_with_a_hook_and_without() {
    let chat = r#"{"ok":true,"result":{"id":-1001700000001,"type":"supergroup","linked_chat_id":-1001700000009}}"#;
    let mut fresh = page();
    fresh.keys.0.remove("channel");
    let mut saved = Vec::new();
    let (keys, asked) = stub::with(fine(&[ME, chat, OK]), |wire| {
        Telegram.connect(wire, &fresh, Some("https://town.example/hooks/t"), &mut |keys| {
            saved.push(keys.clone());
            Ok(())
        })
    });
    let keys = keys.unwrap();
    assert_eq!(lines(&asked), ["POST /botT/getMe", "POST /botT/getChat", "POST /botT/setWebhook"]);
    assert_eq!(keys.get("channel"), "-1001700000009");
    assert_eq!(saved, std::slice::from_ref(&keys));
    let secret = keys.get("secret");
    assert!(secret != SECRET && secret.len() == 32 && secret.bytes().all(|b| b.is_ascii_hexdigit()), "{secret}");
    assert_eq!(
        asked[2].json(),
        json!({ "url": "https://town.example/hooks/t", "secret_token": secret, "allowed_updates": EVENTS, "max_connections": 10 })
    );
    let (keys, asked) =
        stub::with(fine(&[ME, OK]), |wire| Telegram.connect(wire, &alone(), None, &mut |_| panic!("nothing to save")));
    assert_eq!(
        (keys.unwrap(), lines(&asked)),
        (alone().keys, vec!["POST /botT/getMe".into(), "POST /botT/deleteWebhook".into()])
    );
    let (gone, asked) =
        stub::with(fine(&[OK]), |wire| Telegram.disconnect(wire, &page(), "https://town.example/hooks/t"));
    assert_eq!((gone, lines(&asked)), (Ok(()), vec!["POST /botT/deleteWebhook".to_owned()]));
}

#[test]
fn how_a_page_fares() {
    let hook = "https://town.example/h";
    let info = |url: &str, waiting: i64| {
        json!({ "ok": true, "result": { "url": url, "pending_update_count": waiting, "last_error_message": "Connection refused" } }).to_string()
    };
    let chat = r#"{"ok":true,"result":{"id":-1001700000002,"title":"Город","username":"town"}}"#;
    let count = r#"{"ok":true,"result":4210}"#;
    let (health, asked) =
        stub::with(fine(&[ME, &info(hook, 0), chat, count]), |wire| Telegram.check(wire, &page(), Some(hook)));
    assert_eq!(
        health.unwrap(),
        Health {
            token: true,
            hook: Some(true),
            waiting: Some(0),
            title: Some("Город".into()),
            url: Some("https://t.me/town".into()),
            subscribers: Some(4210),
            problems: vec![]
        }
    );
    assert_eq!(asked[2].json(), json!({ "chat_id": CHANNEL }));
    let deaf = ME.replace("true}}", "false}}");
    let member = r#"{"ok":true,"result":{"status":"member"}}"#;
    let answers = fine(&[&deaf, &info("", 3), chat, count, member]);
    let (health, _) = stub::with(answers, |wire| Telegram.check(wire, &page(), Some(hook)));
    let health = health.unwrap();
    assert_eq!((health.hook, health.waiting), (Some(false), Some(3)));
    assert_eq!(health.problems, ["Telegram delivers to another address, or to none", "Connection refused", DEAF]);
    let refused = vec![(401, "", r#"{"ok":false,"error_code":401,"description":"Unauthorized"}"#.to_owned())];
    let (health, _) = stub::with(refused, |wire| Telegram.check(wire, &page(), None));
    let health = health.unwrap();
    assert_eq!((health.token, health.problems.len()), (false, 1));
    let (down, _) = stub::with(vec![(502, "", String::new())], |wire| Telegram.check(wire, &page(), None));
    assert!(matches!(down, Err(SendError::Retry(..))), "{down:?}");
}

fn posting(form: Form, reply_to: &str, post: &str) -> Posting {
    Posting {
        key: Id::new(now()),
        form,
        account: GROUP.to_string(),
        post: post.to_owned(),
        reply_to: reply_to.to_owned(),
        author: "5001".to_owned(),
        text: "Яма заделана".to_owned(),
    }
}

fn comment() -> Posting {
    posting(Form::Comment, &format!("{GROUP}:41"), &format!("{GROUP}:40"))
}

fn sent(chat: i64) -> String {
    json!({ "ok": true, "result": { "message_id": 90, "message_thread_id": 40, "chat": { "id": chat, "type": "supergroup" } } }).to_string()
}

fn send(posting: &Posting, answers: Vec<stub::Answer>) -> (Result<Posted, SendError>, Vec<Asked>) {
    stub::with(answers, |wire| Telegram.send(wire, &page(), posting))
}

#[test]
fn answers_in_the_group_and_in_private() {
    let (posted, asked) = send(&comment(), fine(&[&sent(GROUP)]));
    assert_eq!(
        posted.unwrap(),
        Posted {
            external_id: Some(format!("{GROUP}:90")),
            permalink: Some("https://t.me/c/1700000001/90?thread=40".to_owned())
        }
    );
    assert_eq!(lines(&asked), ["POST /botT/sendMessage"]);
    assert_eq!(
        asked[0].json(),
        json!({ "chat_id": GROUP, "text": "Яма заделана", "link_preview_options": { "is_disabled": true }, "reply_parameters": { "message_id": 41 } })
    );
    let (posted, asked) = send(&posting(Form::Private, "5001:3", "5001"), fine(&[&sent(5001)]));
    assert_eq!(posted.unwrap(), Posted { external_id: Some("5001:90".to_owned()), permalink: None });
    assert_eq!(asked[0].json()["chat_id"], json!(5001));
    assert_eq!(asked[0].json()["reply_parameters"], json!({ "message_id": 3, "allow_sending_without_reply": true }));
}

#[test]
fn an_answer_to_an_album_or_to_what_is_gone_stands_under_the_post() {
    let album = posting(Form::Comment, &format!("{GROUP}:album:7"), &format!("{GROUP}:40"));
    let (_, asked) = send(&album, fine(&[&sent(GROUP)]));
    assert_eq!(asked[0].json()["reply_parameters"], json!({ "message_id": 40 }));
    let gone = || {
        (
            400,
            "",
            r#"{"ok":false,"error_code":400,"description":"Bad Request: message to be replied not found"}"#.to_owned(),
        )
    };
    let (posted, asked) = send(&comment(), vec![gone(), (200, "", sent(GROUP))]);
    assert!(posted.is_ok());
    assert_eq!(asked[1].json()["reply_parameters"], json!({ "message_id": 40 }));
    let (nothing, _) = send(&comment(), vec![gone(), gone()]);
    assert_eq!(nothing, Err(SendError::GiveUp("the message that is answered is gone".to_owned())));
}

#[test]
fn every_refusal_has_its_meaning() {
    let of =
        |posting: &Posting, status: u16, body: &str| send(posting, vec![(status, "", body.to_owned())]).0.unwrap_err();
    let says = |code: u16, words: &str| json!({ "ok": false, "error_code": code, "description": words }).to_string();
    let wait = r#"{"ok":false,"error_code":429,"description":"Too Many Requests","parameters":{"retry_after":14}}"#;
    let private = posting(Form::Private, "5001:3", "5001");
    assert!(matches!(of(&comment(), 429, wait), SendError::Retry(_, Some(wait)) if wait.as_secs() == 14));
    let headed = send(&comment(), vec![(429, "retry-after: 7\r\n", String::new())]).0.unwrap_err();
    assert!(matches!(headed, SendError::Retry(_, Some(wait)) if wait.as_secs() == 7));
    let blocked = of(&private, 403, &says(403, "Forbidden: bot was blocked by the user"));
    assert_eq!(blocked, SendError::GiveUp("the author has not begun a talk with the bot or has blocked it".to_owned()));
    assert_eq!(of(&private, 400, &says(400, "Bad Request: chat not found")), blocked);
    assert!(matches!(of(&comment(), 403, &says(403, "Forbidden: bot is not a member")), SendError::Barred(_)));
    assert!(matches!(
        of(&comment(), 400, &says(400, "Bad Request: not enough rights to send text messages")),
        SendError::Barred(_)
    ));
    for (status, words) in [
        (400, "Bad Request: message is too long"),
        (400, "Bad Request: chat not found"),
        (400, "Bad Request: group chat was upgraded to a supergroup chat"),
        (400, "Bad Request: something new"),
        (401, "Unauthorized"),
        (404, "Not Found"),
    ] {
        let refused = of(&comment(), status, &says(status, words));
        assert!(matches!(&refused, SendError::GiveUp(why) if !why.contains("700001")), "{words}: {refused:?}");
    }
    for (status, body) in [(500, "{}"), (502, "<html>"), (200, "<html>"), (200, "{}")] {
        assert!(matches!(of(&comment(), status, body), SendError::Unsure(_)), "{status}");
    }
    assert!(matches!(of(&comment(), 409, &says(409, "Conflict")), SendError::Retry(..)));
    let nameless = Posting { author: "anna".to_owned(), ..private };
    assert!(matches!(send(&nameless, vec![]).0, Err(SendError::GiveUp(_))));
}

#[test]
fn polling() {
    let updates = json!({ "ok": true, "result": [
        { "update_id": 900, "message": message(&json!({})) }, { "update_id": 901, "message": {} }, { "update_id": 902, "poll": {} } ] });
    let (polled, asked) =
        stub::with(fine(&[&updates.to_string()]), |wire| Telegram.poll(wire, &page(), Some("900"), now()));
    let polled = polled.unwrap();
    assert_eq!((keys(&polled.events), polled.cursor.as_deref(), polled.more), (vec!["900"], Some("903"), false));
    let line = &lines(&asked)[0];
    assert!(line.starts_with("GET /botT/getUpdates?limit=100&timeout=10&allowed_updates="), "{line}");
    assert!(line.ends_with("&offset=900"), "{line}");
    let many: Vec<Value> = (0..100).map(|n| json!({ "update_id": n })).collect();
    let many = json!({ "ok": true, "result": many }).to_string();
    let (polled, _) = stub::with(fine(&[&many]), |wire| Telegram.poll(wire, &page(), None, now()));
    assert!(polled.unwrap().more);
    let (none, _) = stub::with(fine(&[r#"{"ok":true,"result":[]}"#]), |wire| Telegram.poll(wire, &page(), None, now()));
    assert_eq!(none.unwrap(), Polled::default());
    let conflict = r#"{"ok":false,"error_code":409,"description":"Conflict: can't use getUpdates method while webhook is active"}"#;
    let (busy, _) = stub::with(vec![(409, "", conflict.to_owned())], |wire| Telegram.poll(wire, &page(), None, now()));
    assert!(matches!(&busy, Err(SendError::Retry(why, None)) if why.contains("webhook")), "{busy:?}");
}

#[test]
fn where_a_file_is() {
    let photo = Attachment { kind: "photo".to_owned(), url: "telegram:file/AgAC-1".to_owned(), name: None };
    let found = r#"{"ok":true,"result":{"file_id":"AgAC-1","file_size":5000,"file_path":"photos/file_1.jpg"}}"#;
    let (at, asked) = stub::with(fine(&[found]), |wire| Telegram.locate(wire, &page(), &photo));
    let at = at.unwrap();
    assert!(at.ends_with(&format!("/file/bot{TOKEN}/photos/file_1.jpg")), "{at}");
    assert_eq!(asked[0].json(), json!({ "file_id": "AgAC-1" }));
    let large = found.replace("5000", "20971521");
    let (at, _) = stub::with(fine(&[&large]), |wire| Telegram.locate(wire, &page(), &photo));
    assert!(matches!(at, Err(SendError::GiveUp(why)) if why.contains("20 MB")));
    let refused = r#"{"ok":false,"error_code":400,"description":"Bad Request: file is too big"}"#.to_owned();
    let (at, _) = stub::with(vec![(400, "", refused)], |wire| Telegram.locate(wire, &page(), &photo));
    assert!(matches!(at, Err(SendError::GiveUp(why)) if why.contains("20 MB")));
    let web = Attachment { url: "https://example.org/1.jpg".to_owned(), ..photo };
    let (at, _) = stub::with(vec![], |wire| Telegram.locate(wire, &page(), &web));
    assert_eq!(at.unwrap(), web.url);
}
