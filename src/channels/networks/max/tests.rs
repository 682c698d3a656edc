use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::channels::networks::stub::{self, Answer, Asked, fine};
use crate::domain::Id;
use crate::domain::message::{Change, Incoming, Remark};
use crate::domain::page::{Heard, What};

const CHANNEL: i64 = -70_000_000_000_001;
const SECRET: &str = "0123456789abcdef0123456789abcdef";
const TIME: i64 = 1_790_000_000_123;
const OK: &str = r#"{"success":true}"#;
const ME: &str = r#"{"user_id":800001,"first_name":"Бот города","username":"town_bot","is_bot":true}"#;

fn now() -> At {
    "2026-10-05T12:00:00Z".parse().unwrap()
}

fn at(ms: i64) -> At {
    At::new(jiff::Timestamp::from_millisecond(ms).unwrap())
}

fn page_of(kind: &str) -> Page {
    let keys = [("token", "invented-token"), ("secret", SECRET), ("kind", kind)];
    let keys = Keys(keys.iter().map(|(name, key)| ((*name).to_owned(), (*key).to_owned())).collect());
    Page { id: Id::new(now()), account: CHANNEL.to_string(), keys }
}

fn page() -> Page {
    page_of("channel")
}

fn anna() -> Value {
    json!({ "user_id": 5001, "first_name": "Анна", "last_name": "Светлова", "username": null, "is_bot": false, "name": "Анна Светлова" })
}

fn peter() -> Value {
    json!({ "user_id": 5002, "first_name": "Пётр", "is_bot": false })
}

fn merged(mut one: Value, more: &Value) -> Value {
    one.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    one
}

fn channel() -> Value {
    json!({ "chat_type": "channel", "chat_id": CHANNEL, "post_id": "mid.post1" })
}

fn group() -> Value {
    json!({ "chat_type": "chat", "chat_id": CHANNEL })
}

fn dialog() -> Value {
    json!({ "chat_type": "dialog", "chat_id": 182_001, "user_id": 800_001 })
}

/// A message of Anna's, with more said or said otherwise.
fn message(recipient: &Value, more: &Value) -> Value {
    let body = json!({ "mid": "mid.c1", "seq": 1, "text": "Яма у дома 5" });
    merged(json!({ "recipient": recipient, "timestamp": TIME, "body": body, "sender": anna() }), more)
}

fn read_whole(update: &Value) -> Vec<Heard> {
    let reading = Max.read(&page(), update.to_string().as_bytes(), now()).unwrap();
    assert_eq!(reading.reply, "");
    reading.events
}

fn read_as(kind: &str, message: &Value) -> Vec<Heard> {
    read_whole(&json!({ "update_type": kind, "timestamp": TIME + 9, "message": message }))
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
fn a_private_talk() {
    let events = read_as("message_created", &message(&dialog(), &json!({})));
    let key = format!("message_created:mid.c1:{}", TIME + 9);
    assert_eq!(keys(&events), [key.as_str(), &format!("{key}:consent")]);
    let private = incoming(&events);
    assert_eq!(
        (private.form, private.post.as_deref(), private.external_id.as_str()),
        (Form::Private, Some("182001"), "mid.c1")
    );
    assert_eq!((private.author.id.as_str(), private.author.name.as_deref()), ("5001", Some("Анна Светлова")));
    assert_eq!((private.published_at, private.branch), (at(TIME), None));
    assert_eq!(consents(&events), [("5001".to_owned(), true)]);
    let edited = read_as("message_edited", &message(&dialog(), &json!({})));
    assert_eq!(edited.len(), 1);
    assert_eq!((incoming(&edited).change, incoming(&edited).published_at), (Change::Edited, at(TIME + 9)));
    let bot = json!({ "sender": { "user_id": 800_001, "is_bot": true, "first_name": "Бот" } });
    let own = remarks(&read_as("message_created", &message(&dialog(), &bot))).remove(0);
    assert_eq!((own.own, own.author, own.form, own.post.as_str()), (true, None, Form::Private, "182001"));
}

#[test]
fn a_comment_under_a_post_of_the_channel() {
    let first = incoming(&read_as("comment_created", &message(&channel(), &json!({}))));
    assert_eq!((first.form, first.post.as_deref()), (Form::Comment, Some("mid.post1")));
    assert_eq!((first.parent, first.branch.as_deref()), (None, Some("mid.c1")));
    let link =
        json!({ "link": { "type": "reply", "sender": peter(), "message": { "mid": "mid.c0", "text": "И у нас" } } });
    let events = read_as("comment_created", &message(&channel(), &link));
    let reply = incoming(&events);
    assert_eq!((reply.parent.as_deref(), reply.branch.as_deref()), (Some("mid.c0"), Some("mid.c0")));
    let linked = remarks(&events).remove(0);
    assert_eq!((linked.external_id.as_str(), linked.post.as_str(), linked.own), ("mid.c0", "mid.post1", false));
    assert_eq!(linked.author.unwrap().id, "5002");
    // The official models have no sender: then it is the channel's own.
    let mut own = message(&channel(), &link);
    own.as_object_mut().unwrap().remove("sender");
    let own = remarks(&read_as("comment_created", &own)).remove(0);
    assert_eq!((own.own, own.to.as_deref(), own.parent.as_deref()), (true, Some("5002"), Some("mid.c0")));
    assert_eq!(incoming(&read_as("comment_edited", &message(&channel(), &json!({})))).change, Change::Edited);
}

#[test]
fn other_shapes_of_a_comment() {
    let recipient = json!({ "chat_id": CHANNEL });
    let beside = json!({ "update_type": "comment_created", "timestamp": TIME, "post_id": "mid.post1", "message": message(&recipient, &json!({})) });
    assert_eq!(incoming(&read_whole(&beside)).post.as_deref(), Some("mid.post1"));
    let named = json!({ "update_type": "comment_created", "timestamp": TIME, "comment": message(&recipient, &json!({ "post_id": "mid.post2" })) });
    assert_eq!(incoming(&read_whole(&named)).post.as_deref(), Some("mid.post2"));
    let lost = read_as("comment_created", &message(&recipient, &json!({})));
    assert_eq!(incoming(&lost).post, None);
}

#[test]
fn posts_of_the_channel_and_messages_of_a_group() {
    let post = message(
        &json!({ "chat_type": "channel", "chat_id": CHANNEL }),
        &json!({ "sender": null, "url": "https://max.ru/town/1" }),
    );
    let post = remarks(&read_as("message_created", &post)).remove(0);
    assert_eq!(
        (post.form, post.own, post.post.as_str(), post.url.as_deref()),
        (Form::Post, true, "mid.c1", Some("https://max.ru/town/1"))
    );
    let loose = incoming(&read_as("message_created", &message(&group(), &json!({}))));
    assert_eq!((loose.form, loose.post, loose.branch), (Form::Post, None, None));
    let link =
        json!({ "link": { "type": "reply", "sender": peter(), "message": { "mid": "mid.g0", "text": "Свет" } } });
    let events = read_as("message_created", &message(&group(), &link));
    let reply = incoming(&events);
    assert_eq!(
        (reply.form, reply.post.as_deref(), reply.parent, reply.branch.as_deref()),
        (Form::Comment, Some("mid.g0"), None, Some("mid.c1"))
    );
    let linked = remarks(&events).remove(0);
    assert_eq!((linked.form, linked.external_id.as_str(), linked.post.as_str()), (Form::Post, "mid.g0", "mid.g0"));
}

#[test]
fn what_is_forwarded_is_the_forwarders_complaint() {
    let link = json!({ "type": "forward", "sender": peter(), "chat_id": -5, "message": { "mid": "mid.x", "text": "Нет воды",
        "attachments": [{ "type": "image", "payload": { "url": "https://i.example/1.jpg", "token": "t", "photo_id": 1 } }] } });
    let events = read_as(
        "message_created",
        &message(&dialog(), &json!({ "link": link, "body": { "mid": "mid.c1", "text": null } })),
    );
    let forwarded = incoming(&events);
    assert_eq!((forwarded.text.as_str(), forwarded.attachments.len()), ("Нет воды", 1));
    assert_eq!(remarks(&events), []);
}

#[test]
fn what_is_taken_away() {
    let gone = |kind: &str, chat: i64, more: Value| {
        let update =
            json!({ "update_type": kind, "timestamp": TIME, "message_id": "mid.c1", "chat_id": chat, "user_id": 5001 });
        read_whole(&merged(update, &more))
    };
    let comment = incoming(&gone("comment_removed", CHANNEL, json!({ "post_id": "mid.post1" })));
    assert_eq!(
        (comment.change, comment.form, comment.post.as_deref()),
        (Change::Deleted, Form::Comment, Some("mid.post1"))
    );
    assert_eq!((comment.external_id.as_str(), comment.published_at), ("mid.c1", at(TIME)));
    assert_eq!(incoming(&gone("message_removed", CHANNEL, json!({}))).form, Form::Post);
    let private = incoming(&gone("message_removed", 182_001, json!({ "user_id": null })));
    assert_eq!(
        (private.form, private.post.as_deref(), private.author.id.as_str()),
        (Form::Private, Some("182001"), "unknown")
    );
    assert_eq!(gone("comment_removed", -1, json!({})), []);
}

#[test]
fn consent_is_given_and_taken() {
    for (kind, allowed) in [("bot_started", true), ("bot_stopped", false), ("dialog_removed", false)] {
        let events = read_whole(
            &json!({ "update_type": kind, "timestamp": TIME, "chat_id": 182_001, "user": anna(), "payload": "x" }),
        );
        assert_eq!(consents(&events), [("5001".to_owned(), allowed)]);
        assert_eq!(keys(&events), [format!("{kind}:5001:{TIME}")]);
    }
}

#[test]
fn what_is_no_event() {
    for kind in [
        "message_callback",
        "bot_added",
        "user_added",
        "chat_title_changed",
        "dialog_muted",
        "dialog_cleared",
        "something_new",
    ] {
        assert_eq!(read_as(kind, &json!({})), [], "{kind}");
    }
    let elsewhere = json!({ "chat_type": "chat", "chat_id": -5 });
    assert_eq!(read_as("message_created", &message(&elsewhere, &json!({}))), []);
    assert_eq!(read_as("comment_created", &message(&elsewhere, &json!({}))), []);
    for body in [
        json!({ "mid": "mid.c1", "text": null }),
        json!({ "mid": "mid.c1", "text": " ", "attachments": [{ "type": "sticker", "payload": { "url": "https://s.example/1" } }] }),
    ] {
        assert_eq!(read_as("message_created", &message(&group(), &json!({ "body": body }))), []);
    }
}

#[test]
fn files_and_places() {
    let body = json!({ "mid": "mid.c1", "text": "Смотрите", "attachments": [
        { "type": "image", "payload": { "url": "https://i.example/1.webp" } }, { "type": "video", "payload": { "url": "https://v.example/1" } },
        { "type": "audio", "payload": { "url": "https://a.example/1" } }, { "type": "file", "payload": { "url": "https://f.example/1" }, "filename": "акт.pdf" },
        { "type": "share", "payload": { "url": "https://town.example" }, "title": "Новости" }, { "type": "image", "payload": { "url": "javascript:x" } },
        { "type": "location", "latitude": 54.98, "longitude": 73.37 }, { "type": "contact", "payload": {} }, 7 ] });
    let message_ = incoming(&read_as("message_created", &message(&group(), &json!({ "body": body }))));
    let kinds: Vec<_> = message_.attachments.iter().map(|a| (a.kind.as_str(), a.name.as_deref())).collect();
    assert_eq!(
        kinds,
        [("photo", None), ("video", None), ("audio", None), ("document", Some("акт.pdf")), ("link", Some("Новости"))]
    );
    assert_eq!(message_.place.unwrap().lon, Some(73.37));
    let only = json!({ "mid": "mid.c1", "text": "", "attachments": [{ "type": "location", "latitude": 54.98, "longitude": 73.37 }] });
    assert_eq!(
        incoming(&read_as("message_created", &message(&group(), &json!({ "body": only })))).text,
        "54.980000, 73.370000"
    );
}

#[test]
fn what_is_too_long_or_too_old_is_put_right() {
    let body = json!({ "mid": "mid.c1", "text": "я\u{0}".repeat(700_000) });
    let long = message(
        &group(),
        &json!({ "body": body, "url": format!("https://max.ru/{}", "x".repeat(2000)), "timestamp": 5 }),
    );
    let update = json!({ "update_type": "message_created", "timestamp": 5, "message": long });
    let long = incoming(&read_whole(&update));
    assert_eq!((long.text, long.url, long.published_at), (format!("{}…", "я".repeat(19_999)), None, now()));
}

#[test]
fn what_is_no_update() {
    let bad = |body: &[u8]| assert!(matches!(Max.read(&page(), body, now()), Err(Refusal::Malformed(_))));
    for body in [
        "",
        "not json",
        "[]",
        "7",
        "{}",
        "{\"update_type\":7}",
        "{\"update_type\":\"message_created\"}",
        "{\"update_type\":\"bot_started\"}",
    ] {
        bad(body.as_bytes());
    }
    bad(b"{\"update_type\":\"\xff\"}");
    bad("{\"a\":".repeat(100_000).as_bytes());
    let group = group();
    for message in [
        json!("x"),
        json!({}),
        message(&json!({ "chat_id": "5" }), &json!({})),
        message(&group, &json!({ "body": null })),
        message(&group, &json!({ "body": { "mid": 7 } })),
        message(&group, &json!({ "body": { "mid": "m".repeat(91) } })),
        message(&group, &json!({ "body": { "mid": "mid 1" } })),
    ] {
        bad(json!({ "update_type": "message_created", "timestamp": 1, "message": message }).to_string().as_bytes());
    }
    bad(json!({ "update_type": "message_removed", "chat_id": 1 }).to_string().as_bytes());
}

fn verified(page: &Page, given: Option<&str>) -> Result<(), Unverified> {
    let given: Option<&'static str> = given.map(|text| &*text.to_owned().leak());
    let header = move |name: &str| (name == "x-max-bot-api-secret").then_some(given).flatten();
    Max.verify(page, &Request { header: &header, body: b"{}", from: [127, 0, 0, 1].into(), odnoklassniki_from: &[] })
}

#[test]
fn only_the_secret_opens() {
    assert_eq!(verified(&page(), Some(SECRET)), Ok(()));
    for wrong in [None, Some(""), Some("0"), Some("invented-token"), Some("0123456789abcdef0123456789abcdef ")] {
        assert_eq!(verified(&page(), wrong), Err(Unverified::Secret));
    }
    let mut bare = page();
    bare.keys.0.remove("secret");
    assert_eq!((verified(&bare, Some("")), verified(&bare, None)), (Err(Unverified::Secret), Err(Unverified::Secret)));
}

#[test]
fn keys_are_checked() {
    let pointers = |account: &str, token: &str| {
        let keys = Keys([("token".to_owned(), token.to_owned())].into());
        match Max.check_keys(account, &keys) {
            Ok(()) => Vec::new(),
            Err(Refusal::Invalid(faults)) => faults.into_iter().map(|fault| fault.pointer).collect(),
            Err(other) => panic!("{other:?}"),
        }
    };
    assert_eq!(pointers("-70000000000001", "t"), Vec::<String>::new());
    assert_eq!(pointers("town", ""), ["/account", "/keys/token"]);
    assert_eq!(pointers("007", "a\r\nb"), ["/account", "/keys/token"]);
}

proptest! {
    #[test]
    fn nothing_that_is_sent_breaks_the_reader(cut in 0_usize..500, put in ".{0,20}", number in any::<i64>()) {
        let link = json!({ "link": { "type": "reply", "sender": peter(), "message": { "mid": "mid.c0", "text": "И у нас" } } });
        let whole = json!({ "update_type": "comment_created", "timestamp": number, "message": message(&channel(), &link) }).to_string();
        let cut = (0..=cut.min(whole.len())).rev().find(|n| whole.is_char_boundary(*n)).unwrap();
        for body in [whole[..cut].to_owned(), format!("{}{put}{}", &whole[..cut], &whole[cut..]), whole.replace("5002", &number.to_string())] {
            for heard in Max.read(&page(), body.as_bytes(), now()).map_or_else(|_| Vec::new(), |r| r.events) {
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
    assert!(asked.iter().all(|asked| asked.header("authorization") == Some("invented-token")));
    asked.iter().map(|asked| asked.whole()).collect()
}

#[test]
fn connecting_and_disconnecting() {
    let hook = "https://town.example/hooks/m";
    let mut saved = Vec::new();
    let chat = r#"{"chat_id":-70000000000001,"type":"chat","title":"Двор"}"#;
    let (keys, asked) = stub::with(fine(&[ME, chat, OK]), |wire| {
        Max.connect(wire, &page_of(""), Some(hook), &mut |keys| {
            saved.push(keys.clone());
            Ok(())
        })
    });
    let keys = keys.unwrap();
    assert_eq!(lines(&asked), ["GET /me", "GET /chats/-70000000000001", "POST /subscriptions"]);
    assert_eq!(asked[2].json(), json!({ "url": hook, "secret": keys.get("secret"), "update_types": EVENTS }));
    assert_eq!((saved, keys.get("kind")), (vec![keys.clone()], "chat"));
    assert!(keys.get("secret") != SECRET && keys.get("secret").len() == 32);
    let alone = Page { account: "800001".to_owned(), ..page_of("") };
    let (keys, asked) = stub::with(fine(&[ME, OK]), |wire| Max.connect(wire, &alone, Some(hook), &mut |_| Ok(())));
    assert_eq!(keys.unwrap().get("kind"), "dialog");
    assert_eq!(lines(&asked), ["GET /me", "POST /subscriptions"]);
    let refusal = r#"{"success":false,"message":"bad certificate"}"#;
    let (refused, _) = stub::with(fine(&[ME, refusal]), |wire| Max.connect(wire, &alone, Some(hook), &mut |_| Ok(())));
    assert_eq!(refused, Err(SendError::GiveUp("MAX refused: bad certificate".to_owned())));
    let (unheard, _) = stub::with(vec![], |wire| Max.connect(wire, &page(), None, &mut |_| Ok(())));
    assert!(matches!(unheard, Err(SendError::GiveUp(_))));
    let (gone, asked) = stub::with(fine(&[OK]), |wire| Max.disconnect(wire, &page(), hook));
    assert_eq!((gone, lines(&asked).len()), (Ok(()), 1));
    assert!(asked[0].whole().starts_with("DELETE /subscriptions?url=https"), "{}", asked[0].whole());
    let (polled, _) = stub::with(vec![], |wire| Max.poll(wire, &page(), None, now()));
    assert!(matches!(polled, Err(SendError::GiveUp(_))));
}

#[test]
fn how_a_page_fares() {
    let hook = "https://town.example/h";
    let ours = json!({ "subscriptions": [{ "url": "https://other.example", "time": 1 }, { "url": hook, "time": 1 }] })
        .to_string();
    let chat = r#"{"chat_id":-70000000000001,"type":"channel","title":"Город","link":"https://max.ru/town","participants_count":4210}"#;
    let (health, asked) = stub::with(fine(&[ME, &ours, chat]), |wire| Max.check(wire, &page(), Some(hook)));
    assert_eq!(lines(&asked), ["GET /me", "GET /subscriptions", "GET /chats/-70000000000001"]);
    assert_eq!(
        health.unwrap(),
        Health {
            token: true,
            hook: Some(true),
            waiting: None,
            title: Some("Город".into()),
            url: Some("https://max.ru/town".into()),
            subscribers: Some(4210),
            problems: vec![]
        }
    );
    let (health, _) =
        stub::with(fine(&[ME, r#"{"subscriptions":[]}"#, chat]), |wire| Max.check(wire, &page(), Some(hook)));
    let health = health.unwrap();
    assert_eq!((health.hook, health.problems.len()), (Some(false), 1));
    let refused = vec![(401, "", r#"{"code":"verify.token","message":"Invalid access_token"}"#.to_owned())];
    let (health, _) = stub::with(refused, |wire| Max.check(wire, &page(), None));
    assert!(!health.unwrap().token);
    let (down, _) = stub::with(vec![(503, "", String::new())], |wire| Max.check(wire, &page(), None));
    assert!(matches!(down, Err(SendError::Retry(..))), "{down:?}");
}

fn posting(form: Form) -> Posting {
    Posting {
        key: Id::new(now()),
        form,
        account: CHANNEL.to_string(),
        post: "mid.post1".to_owned(),
        reply_to: "mid.c1".to_owned(),
        author: "5001".to_owned(),
        text: "Яма заделана".to_owned(),
    }
}

const SENT: &str = r#"{"message":{"body":{"mid":"mid.a1","text":"x"},"url":"https://max.ru/town/1"}}"#;

#[test]
fn answers() {
    let send = |page: &Page, posting: &Posting, answers: Vec<Answer>| {
        stub::with(answers, |wire| Max.send(wire, page, posting))
    };
    let posted = Posted { external_id: Some("mid.a1".to_owned()), permalink: Some("https://max.ru/town/1".to_owned()) };
    let (sent, asked) = send(&page(), &posting(Form::Comment), fine(&[SENT]));
    assert_eq!(sent.as_ref(), Ok(&posted));
    assert_eq!(lines(&asked), ["POST /messages/mid.post1/comments"]);
    let linked = json!({ "text": "Яма заделана", "link": { "type": "reply", "mid": "mid.c1" } });
    assert_eq!(asked[0].json(), linked);
    let (_, asked) = send(&page_of("chat"), &posting(Form::Comment), fine(&[SENT]));
    assert_eq!(lines(&asked), ["POST /messages?chat_id=-70000000000001"]);
    assert_eq!(asked[0].json(), linked);
    let (_, asked) = send(&page(), &posting(Form::Private), fine(&[SENT]));
    assert_eq!(lines(&asked), ["POST /messages?user_id=5001"]);
    assert_eq!(asked[0].json(), json!({ "text": "Яма заделана" }));
    // A page that was connected before its kind was kept.
    let (sent, asked) = send(&page_of(""), &posting(Form::Comment), fine(&[r#"{"type":"channel"}"#, SENT]));
    assert_eq!((sent, lines(&asked)[1].as_str()), (Ok(posted), "POST /messages/mid.post1/comments"));
    let (sent, _) = send(&page(), &posting(Form::Comment), fine(&["{}"]));
    assert_eq!(sent, Ok(Posted::default()));
    let astray = Posting { post: "../me".to_owned(), ..posting(Form::Comment) };
    assert!(matches!(send(&page(), &astray, vec![]).0, Err(SendError::GiveUp(_))));
}

#[test]
fn every_refusal_has_its_meaning() {
    let of = |form: Form, status: u16, headers: &'static str, body: &str| {
        stub::with(vec![(status, headers, body.to_owned())], |wire| Max.send(wire, &page(), &posting(form)))
            .0
            .unwrap_err()
    };
    assert!(
        matches!(of(Form::Comment, 429, "retry-after: 9\r\n", "{}"), SendError::Retry(_, Some(wait)) if wait.as_secs() == 9)
    );
    assert!(matches!(of(Form::Comment, 400, "", r#"{"code":"attachment.not.ready"}"#), SendError::Retry(..)));
    assert!(matches!(of(Form::Comment, 403, "", r#"{"code":"chat.denied"}"#), SendError::Barred(_)));
    let stopped = SendError::GiveUp("the author has not begun a talk with the bot or has stopped it".to_owned());
    assert_eq!(of(Form::Private, 403, "", r#"{"code":"chat.denied"}"#), stopped);
    for status in [400, 401, 404, 405, 422] {
        assert!(matches!(of(Form::Comment, status, "", "{}"), SendError::GiveUp(_)), "{status}");
    }
    for (status, body) in [(500, "{}"), (503, ""), (200, "<html>")] {
        assert!(matches!(of(Form::Comment, status, "", body), SendError::Unsure(_)), "{status}");
    }
}
