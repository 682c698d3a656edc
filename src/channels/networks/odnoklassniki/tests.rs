//! Payloads in the shapes that the network documents, with made-up names and texts, and a network that answers from a list.

use std::net::IpAddr;

use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::stub::{self, Asked, Stub, field};
use super::*;
use crate::domain::Id;
use crate::domain::message::{Change, Incoming, Remark};
use crate::domain::page::{Heard, What};

fn keys(pairs: &[(&str, &str)]) -> Keys {
    Keys(pairs.iter().map(|(name, key)| ((*name).to_owned(), (*key).to_owned())).collect())
}

/// A page with the token only.
fn page() -> Page {
    Page { id: Id(uuid::Uuid::from_u128(1)), account: "55".to_owned(), keys: keys(&[("token", "tkn:A")]) }
}

/// A page that also takes comments.
fn full() -> Page {
    let keys = keys(&[
        ("token", "tkn:A"),
        ("application_key", "CKEY"),
        ("application_secret", "SECRET"),
        ("session_token", "tkn:S"),
    ]);
    Page { keys, ..page() }
}

fn now() -> At {
    At::new(Timestamp::from_second(1_800_000_000).unwrap())
}

fn event() -> Value {
    json!({
        "webhookType": "MESSAGE_CREATED",
        "sender": { "user_id": "user:123", "name": "Анна К." },
        "recipient": { "chat_id": "chat:C3ecb" },
        "message": {
            "text": "Течёт крыша", "seq": 98_211_023_614_189_660_i64, "mid": "mid:C3ecb.15ce",
            "attachments": [
                { "type": "IMAGE", "payload": { "url": "https://i.example/1.jpg" } },
                { "type": "SHARE", "payload": { "url": "https://news.example/1" } },
                { "type": "VIDEO", "payload": { "id": "77" } },
                { "type": "FILE", "payload": { "url": "https://f.example/a", "fileName": "акт.pdf" } },
                { "type": "LOCATION", "payload": { "latitude": 54.9, "longitude": 73.3 } },
                { "type": "STICKER", "payload": {} }, { "type": "IMAGE", "payload": { "url": "data:1" } }, 5,
            ],
            "reply_to": "mid:C3ecb.15cd",
        },
        "timestamp": 1_790_000_000_123_i64,
    })
}

fn with(mut value: Value, pointer: &str, new: Value) -> Value {
    *value.pointer_mut(pointer).unwrap() = new;
    value
}

fn read(value: &Value) -> Option<Heard> {
    let reading = Odnoklassniki.read(&page(), value.to_string().as_bytes(), now()).unwrap();
    assert_eq!(reading.reply, r#"{"success":true}"#);
    reading.events.into_iter().next()
}

fn verify(page: &Page, body: &Value, from: &str, nets: &[&str]) -> Result<(), Unverified> {
    let nets: Vec<ipnet::IpNet> = nets.iter().map(|net| net.parse().unwrap()).collect();
    let body = body.to_string();
    let from: IpAddr = from.parse().unwrap();
    let request = Request { header: &|_| None, body: body.as_bytes(), from, odnoklassniki_from: &nets };
    Odnoklassniki.verify(page, &request)
}

#[test]
fn a_private_message() {
    let heard = read(&event()).unwrap();
    assert_eq!(heard.key.as_deref(), Some("MESSAGE_CREATED:mid:C3ecb.15ce"));
    let What::Message(said) = heard.what else { panic!() };
    said.check("").unwrap();
    assert_eq!((said.form, said.change, said.network.as_deref()), (Form::Private, Change::New, Some("ok")));
    assert_eq!((said.external_id.as_str(), said.post.as_deref()), ("mid:C3ecb.15ce", Some("chat:C3ecb")));
    assert_eq!((said.parent.as_deref(), said.account.as_str()), (Some("mid:C3ecb.15cd"), "55"));
    assert_eq!((said.author.id.as_str(), said.author.name.as_deref()), ("user:123", Some("Анна К.")));
    assert_eq!(said.author.url.as_deref(), Some("https://ok.ru/profile/123"));
    assert_eq!(said.published_at.as_millisecond(), 1_790_000_000_123);
    let files: Vec<_> = said.attachments.iter().map(|file| (file.kind.as_str(), file.url.as_str())).collect();
    assert_eq!(
        files,
        [
            ("photo", "https://i.example/1.jpg"),
            ("link", "https://news.example/1"),
            ("video", "https://ok.ru/video/77"),
            ("document", "https://f.example/a"),
        ]
    );
    assert_eq!(said.place.unwrap().lat, Some(54.9));
    // The documented shape of 2017 has no type; identities may be numbers.
    let mut old = event();
    old.as_object_mut().unwrap().remove("webhookType");
    let old = read(&with(old, "/sender/user_id", json!(123))).unwrap();
    assert_eq!(old.key.as_deref(), Some("MESSAGE_CREATED:mid:C3ecb.15ce"));
}

#[test]
fn what_is_no_complaint() {
    let own = read(&with(event(), "/sender/user_id", json!("group:55"))).unwrap();
    let What::Remark(own) = own.what else { panic!() };
    assert_eq!((own.own, own.author, own.form, own.post.as_str()), (true, None, Form::Private, "chat:C3ecb"));
    for kind in ["MESSAGE_CALLBACK", "CHAT_SYSTEM", "SOMETHING_NEW"] {
        assert_eq!(read(&with(event(), "/webhookType", json!(kind))), None);
    }
    assert_eq!(read(&json!({ "recipient": { "chat_id": "chat:C1" }, "chat_control": { "title": "x" } })), None);
    let sticker = with(event(), "/message/attachments", json!([{ "type": "STICKER" }]));
    assert_eq!(read(&with(sticker, "/message/text", json!(""))), None);
}

#[test]
fn what_cannot_be_read() {
    for bad in [
        b"not json".to_vec(),
        b"[]".to_vec(),
        b"null".to_vec(),
        with(event(), "/message", json!([])).to_string().into_bytes(),
        with(event(), "/message/mid", json!(null)).to_string().into_bytes(),
        with(event(), "/message/text", json!(5)).to_string().into_bytes(),
        with(event(), "/recipient", json!(null)).to_string().into_bytes(),
        with(event(), "/sender", json!(null)).to_string().into_bytes(),
        with(event(), "/timestamp", json!("1790000000123")).to_string().into_bytes(),
        with(event(), "/timestamp", json!(i64::MAX)).to_string().into_bytes(),
        with(event(), "/timestamp", json!(null)).to_string().into_bytes(),
    ] {
        let text = String::from_utf8_lossy(&bad).into_owned();
        assert!(matches!(Odnoklassniki.read(&page(), &bad, now()), Err(Refusal::Malformed(_))), "{text}");
    }
    let long = read(&with(event(), "/message/text", json!("ж".repeat(1_500_000)))).unwrap();
    let What::Message(long) = long.what else { panic!() };
    assert_eq!(long.text.chars().count(), 20_000);
}

#[test]
fn where_events_may_come_from() {
    let nets = ["217.20.145.192/28", "217.20.151.160/28"];
    assert_eq!(verify(&page(), &event(), "10.0.0.1", &[]), Ok(()));
    for good in ["217.20.145.193", "217.20.151.175", "::ffff:217.20.145.193"] {
        assert_eq!(verify(&page(), &event(), good, &nets), Ok(()));
    }
    for bad in ["217.20.145.208", "10.0.0.1", "::1"] {
        assert_eq!(verify(&page(), &event(), bad, &nets), Err(Unverified::Address));
    }
    for (pointer, other) in
        [("/recipient", json!({ "group_id": "group:56" })), ("/recipient", json!({ "group_id": 56 }))]
    {
        let body = with(event(), pointer, other);
        assert_eq!(verify(&page(), &body, "10.0.0.1", &[]), Err(Unverified::OtherPage));
    }
    let same = with(event(), "/recipient", json!({ "group_id": "group:55" }));
    assert_eq!(verify(&page(), &same, "10.0.0.1", &[]), Ok(()));
}

#[test]
fn the_keys_that_are_asked_for() {
    let faults = |account: &str, keys: &Keys| match Odnoklassniki.check_keys(account, keys) {
        Err(Refusal::Invalid(faults)) => faults.into_iter().map(|fault| fault.pointer).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!(Odnoklassniki.check_keys("55", &page().keys), Ok(()));
    assert_eq!(Odnoklassniki.check_keys("55", &full().keys), Ok(()));
    assert_eq!(faults("group:55", &keys(&[])), ["/account", "/keys/token"]);
    let two = keys(&[("token", "t"), ("application_key", "k")]);
    assert_eq!(faults("55", &two), ["/keys/application_secret", "/keys/session_token"]);
}

#[test]
fn the_signature() {
    // md5("application_key=Kformat=jsonmethod=m" + md5("TS"))
    let parameters = [("method", "m"), ("application_key", "K"), ("format", "json")];
    assert_eq!(api::signature(&parameters, "T", "S"), "8e26ef4ef5b6d0ff767a358e814fb5fa");
}

fn ok(answers: Vec<Value>) -> (Stub, Wire) {
    let stub = Stub::answering(answers.into_iter().map(|answer| (200, answer)).collect());
    let wire = stub.wire();
    (stub, wire)
}

fn posting(form: Form, post: &str, reply_to: &str) -> Posting {
    Posting {
        key: Id(uuid::Uuid::from_u128(2)),
        form,
        account: "55".to_owned(),
        post: post.to_owned(),
        reply_to: reply_to.to_owned(),
        author: "user:123".to_owned(),
        text: "Кровельщики придут завтра".to_owned(),
    }
}

#[test]
fn a_private_answer() {
    let (stub, wire) = ok(vec![json!({ "message_id": "mid:C3ecb.9" })]);
    let posted = Odnoklassniki.send(&wire, &page(), &posting(Form::Private, "chat:C3ecb", "mid:C3ecb.15ce")).unwrap();
    assert_eq!(posted, Posted { external_id: Some("mid:C3ecb.9".to_owned()), permalink: None });
    let asked = &stub.asked()[0];
    assert_eq!(asked.line, "POST /graph/me/messages/chat:C3ecb");
    assert_eq!(field(&asked.query, "access_token").as_deref(), Some("tkn:A"));
    let body: Value = asked.json();
    assert_eq!(body["message"]["text"], "Кровельщики придут завтра");
    assert_eq!(body["recipient"]["chat_id"], "chat:C3ecb");
    let (stub, wire) = ok(vec![]);
    for no_chat in ["", "153", "chat:", "chat:../x", "chat:a/b", "chat:a?b"] {
        let refused = Odnoklassniki.send(&wire, &page(), &posting(Form::Private, no_chat, "c1"));
        assert!(matches!(refused, Err(SendError::GiveUp(why)) if why.contains("has not written")));
    }
    assert!(stub.asked().is_empty());
}

#[test]
fn an_answer_that_cannot_be_read_says_nothing_of_what_was_published() {
    let asked = [posting(Form::Private, "chat:C3ecb", "mid:C3ecb.15ce"), posting(Form::Comment, "153", "c1")];
    for (posting, body) in asked.iter().flat_map(|posting| ["{\"res", "", "null"].map(|body| (posting, body))) {
        let (sent, _) = stub::with(stub::fine(&[body]), |wire| Odnoklassniki.send(wire, &full(), posting));
        assert!(matches!(&sent, Err(SendError::Unsure(why)) if why.contains("cannot be read")), "{body:?}: {sent:?}");
    }
}

fn signed(asked: &Asked) -> bool {
    let pairs: Vec<(String, String)> = asked
        .body
        .split('&')
        .map(|pair| {
            field(pair, pair.split_once('=').unwrap().0)
                .map(|v| (pair.split_once('=').unwrap().0.to_owned(), v))
                .unwrap()
        })
        .filter(|(name, _)| name != "sig" && name != "access_token")
        .collect();
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    asked.line == "POST /fb.do" && field(&asked.body, "sig") == Some(api::signature(&pairs, "tkn:S", "SECRET"))
}

#[test]
fn an_answer_under_a_topic() {
    for (answer, id) in [(json!({ "id": "c9" }), Some("c9")), (json!("c9"), Some("c9")), (json!({}), None)] {
        let (stub, wire) = ok(vec![answer]);
        let posted = Odnoklassniki.send(&wire, &full(), &posting(Form::Comment, "153", "c1")).unwrap();
        assert_eq!(posted.external_id.as_deref(), id);
        assert_eq!(posted.permalink.as_deref(), Some("https://ok.ru/group/55/topic/153"));
        let asked = &stub.asked()[0];
        assert!(signed(asked));
        for (name, value) in [
            ("method", "discussions.addDiscussionComment"),
            ("entityId", "153"),
            ("entityType", "GROUP_TOPIC"),
            ("as_admin", "true"),
            ("reply_to_comment_id", "c1"),
            ("comment", "Кровельщики придут завтра"),
            ("access_token", "tkn:S"),
        ] {
            assert_eq!(field(&asked.body, name).as_deref(), Some(value));
        }
    }
    let (stub, wire) = ok(vec![json!({ "id": "c9" })]);
    Odnoklassniki.send(&wire, &full(), &posting(Form::Post, "GROUP_PHOTO:8", "GROUP_PHOTO:8")).unwrap();
    assert_eq!(field(&stub.asked()[0].body, "entityType").as_deref(), Some("GROUP_PHOTO"));
    assert_eq!(field(&stub.asked()[0].body, "reply_to_comment_id"), None);
    let refused = Odnoklassniki.send(&wire, &page(), &posting(Form::Comment, "153", "c1"));
    assert!(matches!(refused, Err(SendError::GiveUp(why)) if why.contains("application")));
}

#[test]
fn each_error_says_what_to_do() {
    let told = |code: i64| {
        let (_stub, wire) = ok(vec![json!({ "error_code": code, "error_msg": "why", "error_data": null })]);
        Odnoklassniki.send(&wire, &page(), &posting(Form::Private, "chat:C1", "m")).unwrap_err()
    };
    for (code, after) in [(2, 60), (7, 3600), (9, 3600), (8, 600), (11, 3600)] {
        assert!(matches!(told(code), SendError::Retry(_, Some(wait)) if wait.as_secs() == after), "{code}");
    }
    for code in [1, 704, 5000, 9999] {
        assert!(matches!(told(code), SendError::Unsure(_)), "{code}");
    }
    for code in [10, 50, 455, 456, 458] {
        assert!(matches!(told(code), SendError::Barred(_)), "{code}");
    }
    for (code, word) in [
        (101, "token"),
        (102, "token"),
        (103, "token"),
        (104, "token"),
        (401, "token"),
        (453, "token"),
        (300, "no such"),
        (454, "censor"),
        (100, "refuses"),
        (0, "refuses"),
    ] {
        assert!(matches!(told(code), SendError::GiveUp(why) if why.contains(word) && why.contains("why")), "{code}");
    }
    for (status, answer) in [(502, json!(null)), (500, json!({}))] {
        let stub = Stub::answering(vec![(status, answer)]);
        let sent = Odnoklassniki.send(&stub.wire(), &page(), &posting(Form::Private, "chat:C1", "m"));
        assert!(matches!(sent, Err(SendError::Unsure(_))));
    }
    let stub = Stub::answering(vec![(429, json!({}))]);
    let sent = Odnoklassniki.send(&stub.wire(), &page(), &posting(Form::Private, "chat:C1", "m"));
    assert!(matches!(sent, Err(SendError::Retry(_, Some(wait))) if wait.as_secs() == 11));
}

#[test]
fn subscribing_and_health() {
    let hook = "https://city.example/hooks/ok/1";
    let (stub, wire) = ok(vec![json!({ "success": true }), json!({ "success": true }), json!({ "success": false })]);
    assert_eq!(Odnoklassniki.connect(&wire, &page(), Some(hook), &mut |_| panic!()), Ok(page().keys));
    Odnoklassniki.disconnect(&wire, &page(), hook).unwrap();
    Odnoklassniki.disconnect(&wire, &page(), hook).unwrap();
    let asked = stub.asked();
    assert_eq!(
        (asked[0].line.as_str(), asked[1].line.as_str()),
        ("POST /graph/me/subscribe", "POST /graph/me/unsubscribe")
    );
    assert_eq!(asked[0].json(), json!({ "url": hook }));
    let (_stub, wire) = ok(vec![json!({ "success": false })]);
    assert!(Odnoklassniki.connect(&wire, &page(), Some(hook), &mut |_| Ok(())).is_err());
    assert!(Odnoklassniki.connect(&wire, &page(), None, &mut |_| Ok(())).is_err());

    let info = || json!({ "name": "Город", "group_id": "group:55" });
    let (stub, wire) = ok(vec![
        info(),
        json!({ "subscriptions": [{ "url": hook, "time": 1 }] }),
        json!([{ "uid": "55", "members_count": 12 }]),
    ]);
    let health = Odnoklassniki.check(&wire, &full(), Some(hook)).unwrap();
    assert_eq!((health.token, health.hook, health.subscribers), (true, Some(true), Some(12)));
    assert_eq!((health.title.as_deref(), health.problems.len()), (Some("Город"), 0));
    assert!(signed(&stub.asked()[2]));
    let (_stub, wire) = ok(vec![json!({ "name": "Село", "user_id": "group:56" }), json!({ "subscriptions": [] })]);
    let health = Odnoklassniki.check(&wire, &page(), Some(hook)).unwrap();
    assert_eq!((health.hook, health.problems.len()), (Some(false), 2));
    let (_stub, wire) = ok(vec![json!({ "error_code": 102, "error_msg": "expired" })]);
    let health = Odnoklassniki.check(&wire, &page(), Some(hook)).unwrap();
    assert_eq!((health.token, health.problems.len()), (false, 1));
    let stub = Stub::answering(vec![(502, json!(null))]);
    assert!(matches!(Odnoklassniki.check(&stub.wire(), &page(), Some(hook)), Err(SendError::Retry(..))));
}

fn topics(count: i64) -> Value {
    json!({ "media_topics": [
        { "id": "153", "created_ms": 1_799_990_000_000_i64, "author_ref": "group:55", "owner_ref": "group:55",
          "media": [{ "type": "text", "text": "Ремонт крыш" }, { "type": "photo" }],
          "discussion_summary": { "discussion_type": "GROUP_TOPIC", "discussion_id": "153", "comments_count": count } },
        { "id": "152", "created_ms": 1_799_980_000_000_i64, "discussion_summary": { "comments_count": 0 } },
    ] })
}

/// A comment at a second of the hour that ends now.
fn comment(id: &str, writer: &str, second: i64, above: Option<&str>) -> Value {
    let group = if writer == "55" { "GROUP" } else { "USER" };
    let at = Timestamp::from_second(1_799_996_400 + second).unwrap();
    let date =
        at.to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::Offset::constant(3))).strftime("%Y-%m-%d %H:%M:%S").to_string();
    json!({
        "id": id, "text": format!("слова {id}"), "date": date, "type": "ACTIVE_MESSAGE", "author_id": writer,
        "author_type": group, "reply_to_comment_id": above, "attachments": [{ "type": "PHOTO", "url": "https://i.example/2.jpg" }],
    })
}

fn comments(list: &[Value], more: bool) -> Value {
    json!({ "comments": list, "anchor": "a1", "has_more": more, "entities": { "users": [{ "uid": "123", "name": "Анна К." }] } })
}

fn poll(wire: &Wire, cursor: Option<&str>) -> Polled {
    let polled = Odnoklassniki.poll(wire, &full(), cursor, now()).unwrap();
    assert!(!polled.more);
    polled
}

fn told(polled: &Polled) -> (Vec<&Incoming>, Vec<&Remark>) {
    let (mut said, mut remarks) = (Vec::new(), Vec::new());
    for heard in &polled.events {
        match &heard.what {
            What::Message(message) => said.push(&**message),
            What::Remark(remark) => remarks.push(&**remark),
            What::Consent { .. } => panic!(),
        }
    }
    (said, remarks)
}

#[test]
fn comments_are_found_once() {
    let first =
        [comment("c3", "123", 30, Some("c2")), comment("c2", "55", 20, Some("c1")), comment("c1", "123", 10, None)];
    let (stub, wire) = ok(vec![topics(3), comments(&first, false)]);
    let polled = poll(&wire, None);
    let (said, remarks) = told(&polled);
    let ids: Vec<_> = said.iter().map(|one| one.external_id.as_str()).collect();
    assert_eq!(ids, ["c1", "c3"]);
    assert_eq!(
        (said[1].form, said[1].post.as_deref(), said[1].parent.as_deref()),
        (Form::Comment, Some("153"), Some("c2"))
    );
    assert_eq!((said[1].branch.as_deref(), said[0].branch.as_deref()), (Some("c1"), Some("c1")));
    assert_eq!((said[0].author.id.as_str(), said[0].author.name.as_deref()), ("user:123", Some("Анна К.")));
    assert_eq!(said[0].published_at.as_second(), 1_799_996_410);
    assert_eq!(said[0].attachments[0].kind, "photo");
    assert_eq!(polled.events[1].key.as_deref(), Some("comment:c1"));
    said.iter().for_each(|one| one.check("").unwrap());
    assert_eq!(
        (remarks[0].form, remarks[0].post.as_str(), remarks[0].text.as_str()),
        (Form::Post, "153", "Ремонт крыш")
    );
    assert_eq!((remarks[0].own, remarks[0].author.as_ref()), (true, None));
    assert_eq!((remarks[1].external_id.as_str(), remarks[1].own, remarks[1].author.as_ref()), ("c2", true, None));
    let asked = stub.asked();
    assert!(asked.iter().all(signed));
    assert_eq!(field(&asked[0].body, "gid").as_deref(), Some("55"));
    assert_eq!(field(&asked[1].body, "discussionId").as_deref(), Some("153"));
    let cursor = polled.cursor.unwrap();

    let (stub, wire) = ok(vec![topics(3)]);
    let quiet = poll(&wire, Some(&cursor));
    assert!(quiet.events.is_empty());
    assert_eq!(stub.asked().len(), 1);

    // Two within one second, one of which was seen, and one that came late.
    let later = [comment("c5", "124", 30, None), comment("c4", "124", 40, None)];
    let all: Vec<Value> = later.into_iter().chain(first).collect();
    let (_stub, wire) = ok(vec![topics(5), comments(&all, false)]);
    let polled = poll(&wire, Some(&cursor));
    let (said, remarks) = told(&polled);
    let ids: Vec<_> = said.iter().map(|one| one.external_id.as_str()).collect();
    assert_eq!((ids, remarks.len()), (vec!["c5", "c4"], 0));
}

#[test]
fn many_comments_come_in_parts_and_old_ones_not_at_all() {
    let old = comment("c0", "123", -90_000, None);
    let parts = [
        comments(&[comment("c3", "123", 30, None), comment("c2", "123", 20, None)], true),
        comments(&[comment("c1", "123", 10, None), old], false),
    ];
    let [newest, older] = parts;
    let (stub, wire) = ok(vec![topics(4), newest, older]);
    let polled = poll(&wire, None);
    let ids: Vec<_> = told(&polled).0.iter().map(|one| one.external_id.clone()).collect();
    assert_eq!(ids, ["c1", "c2", "c3"]);
    assert_eq!(field(&stub.asked()[2].body, "anchor").as_deref(), Some("a1"));
    // What cannot be a comment is passed over, and so is a cursor that is none.
    let odd = json!({ "comments": [7, {}, { "id": "x" }, { "id": "y", "author_id": "1", "text": "z", "date": "soon" }, { "id": "r", "author_id": "1", "text": "z", "type": "REMOVED", "date": "2027-01-15 10:00:00" }] });
    let (_stub, wire) = ok(vec![topics(1), odd]);
    assert!(poll(&wire, Some("nonsense")).events.is_empty());
}

#[test]
fn polls_without_keys_and_with_errors() {
    let (stub, wire) = ok(vec![]);
    assert_eq!(Odnoklassniki.poll(&wire, &page(), Some("c"), now()), Ok(Polled::default()));
    assert!(stub.asked().is_empty());
    let (_stub, wire) = ok(vec![json!({ "error_code": 102, "error_msg": "expired" })]);
    assert!(matches!(Odnoklassniki.poll(&wire, &full(), None, now()), Err(SendError::GiveUp(_))));
    let (_stub, wire) = ok(vec![topics(1), json!({ "error_code": 1, "error_msg": "?" })]);
    assert!(matches!(Odnoklassniki.poll(&wire, &full(), None, now()), Err(SendError::Retry(..))));
    let (_stub, wire) = ok(vec![topics(1), json!({ "error_code": 300, "error_msg": "gone" })]);
    assert!(poll(&wire, None).events.is_empty());
    let (_stub, wire) = ok(vec![json!(null)]);
    assert!(poll(&wire, None).events.is_empty());
}

fn mutate(value: &mut Value, at: &mut usize, with: &Value) {
    if *at == 0 {
        *value = with.clone();
    }
    *at = at.wrapping_sub(1);
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| mutate(item, at, with)),
        Value::Object(fields) => fields.values_mut().for_each(|field| mutate(field, at, with)),
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn nothing_makes_it_panic(
        places in prop::collection::vec(0..40_usize, 1..4),
        with in prop::sample::select(vec![
            Value::Null, json!(-1), json!(i64::MIN), json!(1.5), json!("x"), json!("group:55"), json!([]), json!({}), json!([{}]), json!(true),
        ]),
        bytes in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let mut body = event();
        for mut place in places {
            mutate(&mut body, &mut place, &with);
        }
        let _ = Odnoklassniki.read(&page(), body.to_string().as_bytes(), now());
        let _ = Odnoklassniki.read(&page(), &bytes, now());
        prop_assert_eq!(verify(&page(), &body, "10.0.0.1", &["217.20.145.192/28"]), Err(Unverified::Address));
    }
}
