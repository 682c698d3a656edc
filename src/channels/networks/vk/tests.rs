//! Payloads in the shapes that VK documents, with made-up names and texts, and a VK that answers from a list.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Mutex;

use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::stub::{Stub, field};
use super::*;
use crate::domain::message::{Change, Incoming};
use crate::domain::page::What;
use crate::domain::{Form, Id};

const SECRET: &str = "0123456789abcdef0123456789abcdef";

fn page() -> Page {
    let keys = [("token", "T"), ("secret", SECRET), ("confirmation", "c0de"), ("reader_token", "R")];
    Page {
        id: Id(uuid::Uuid::from_u128(1)),
        account: "7".to_owned(),
        keys: Keys(keys.map(|(name, key)| (name.to_owned(), key.to_owned())).into()),
    }
}

fn now() -> At {
    at(1_800_000_000)
}

fn at(seconds: i64) -> At {
    At::new(Timestamp::from_second(seconds).unwrap())
}

fn event(r#type: &str, object: &Value) -> Value {
    json!({ "type": r#type, "object": object, "group_id": 7, "event_id": "e1", "v": "5.199", "secret": SECRET })
}

fn verify(page: &Page, body: &[u8]) -> Result<(), Unverified> {
    let request = Request { header: &|_| None, body, from: IpAddr::V4(Ipv4Addr::LOCALHOST), odnoklassniki_from: &[] };
    Vk.verify(page, &request)
}

fn read(r#type: &str, object: &Value) -> Option<What> {
    let body = serde_json::to_vec(&event(r#type, object)).unwrap();
    let reading = Vk.read(&page(), &body, now()).unwrap();
    assert_eq!(reading.reply, "ok");
    assert!(reading.events.len() < 2);
    let heard = reading.events.into_iter().next()?;
    assert_eq!(heard.key.as_deref(), Some("e1"));
    Some(heard.what)
}

fn said(r#type: &str, object: &Value) -> Incoming {
    match read(r#type, object) {
        Some(What::Message(said)) => {
            said.check("").unwrap();
            *said
        }
        other => panic!("{other:?}"),
    }
}

fn remark(r#type: &str, object: &Value) -> Remark {
    match read(r#type, object) {
        Some(What::Remark(remark)) => *remark,
        other => panic!("{other:?}"),
    }
}

fn comment() -> Value {
    json!({
        "id": 30, "from_id": 501, "date": 1_790_000_000, "text": "[id502|Пётр], на Лесной снова яма", "owner_id": -7,
        "post_owner_id": -7, "post_id": 20, "parents_stack": [25], "reply_to_user": 502, "reply_to_comment": 28,
        "attachments": [{ "type": "photo", "photo": { "id": 1, "owner_id": 501, "sizes": [
            { "type": "s", "width": 75, "height": 56, "url": "https://pp.example/s.jpg" },
            { "type": "w", "width": 2560, "height": 1920, "url": "https://pp.example/w.jpg" },
            { "type": "x", "width": 604, "height": 453, "url": "https://pp.example/x.jpg" },
        ] } }],
    })
}

fn with(mut object: Value, changes: Value) -> Value {
    let Value::Object(changes) = changes else { panic!() };
    for (name, value) in changes {
        match value {
            Value::Null => drop(object.as_object_mut().unwrap().remove(&name)),
            value => object[name] = value,
        }
    }
    object
}

#[test]
fn a_comment_under_a_post() {
    let said = said("wall_reply_new", &comment());
    assert_eq!((said.change, said.form, said.network.as_deref()), (Change::New, Form::Comment, Some("vk")));
    assert_eq!((said.external_id.as_str(), said.account.as_str()), ("wall-7_20_r30", "7"));
    assert_eq!(said.post.as_deref(), Some("wall-7_20"));
    assert_eq!(said.parent.as_deref(), Some("wall-7_20_r28"));
    assert_eq!(said.branch.as_deref(), Some("wall-7_20_r25"));
    assert_eq!(said.url.as_deref(), Some("https://vk.com/wall-7_20?reply=30&thread=25"));
    assert_eq!((said.author.id.as_str(), said.author.url.as_deref()), ("501", Some("https://vk.com/id501")));
    assert_eq!(said.text, "Пётр, на Лесной снова яма");
    assert_eq!((said.attachments.len(), said.attachments[0].url.as_str()), (1, "https://pp.example/w.jpg"));
    assert_eq!(said.published_at, at(1_790_000_000));
}

#[test]
fn what_becomes_of_a_comment() {
    let edited = said("wall_reply_edit", &comment());
    assert_eq!((edited.change, edited.published_at), (Change::Edited, now()));
    let restored = said("wall_reply_restore", &comment());
    assert_eq!((restored.change, restored.published_at), (Change::Restored, now()));
    assert_eq!(restored.text, "Пётр, на Лесной снова яма");
    let gone = said("wall_reply_delete", &json!({ "owner_id": -7, "id": 30, "deleter_id": 900, "post_id": 20 }));
    assert_eq!((gone.change, gone.published_at, gone.external_id.as_str()), (Change::Deleted, now(), "wall-7_20_r30"));
    assert_eq!((gone.author.id.as_str(), gone.text.as_str(), gone.branch), ("900", "", None));
    let nobody = said("board_post_delete", &json!({ "topic_owner_id": -7, "topic_id": 3, "id": 30 }));
    assert_eq!((nobody.author.id.as_str(), nobody.external_id.as_str()), ("0", "topic-7_3_r30"));
}

#[test]
fn comments_under_other_things_do_not_collide() {
    let bare = json!({ "id": 30, "from_id": 501, "date": 1_790_000_000, "text": "Где лавочки?" });
    for (kind, owner, id, external, url) in [
        ("photo_comment_", "photo_owner_id", "photo_id", "photo-7_3_r30", "https://vk.com/photo-7_3?reply=30"),
        ("video_comment_", "video_owner_id", "video_id", "video-7_3_r30", "https://vk.com/video-7_3?reply=30"),
        ("board_post_", "topic_owner_id", "topic_id", "topic-7_3_r30", "https://vk.com/topic-7_3?post=30"),
        ("market_comment_", "market_owner_id", "item_id", "market-7_3_r30", "https://vk.com/product-7_3?reply=30"),
    ] {
        let object = with(bare.clone(), json!({ owner: -7, id: 3 }));
        for (happened, change) in [("new", Change::New), ("edit", Change::Edited), ("restore", Change::Restored)] {
            let said = said(&format!("{kind}{happened}"), &object);
            assert_eq!((said.external_id.as_str(), said.change), (external, change));
            assert_eq!((said.url.as_deref(), said.branch.as_deref()), (Some(url), Some(external)));
            assert_eq!(Post::parse(said.post.as_deref().unwrap()).unwrap().comment(external), Some(30));
        }
        let object = json!({ "owner_id": -7, id: 3, "id": 30, "user_id": 501, "deleter_id": 900 });
        assert_eq!(said(&format!("{kind}delete"), &object).external_id, external);
    }
    let positive = with(bare, json!({ "topic_owner_id": 7, "topic_id": 3 }));
    assert_eq!(said("board_post_new", &positive).post.as_deref(), Some("topic-7_3"));
}

#[test]
fn what_pages_say_is_a_remark() {
    let ours = remark("wall_reply_new", &with(comment(), json!({ "from_id": -7 })));
    assert_eq!((ours.own, ours.author, ours.to.as_deref()), (true, None, Some("502")));
    assert_eq!((ours.external_id.as_str(), ours.parent.as_deref()), ("wall-7_20_r30", Some("wall-7_20_r28")));
    let theirs = remark("wall_reply_edit", &with(comment(), json!({ "from_id": -8 })));
    let author = theirs.author.unwrap();
    assert_eq!((theirs.own, author.id.as_str(), author.url.as_deref()), (true, "-8", Some("https://vk.com/club8")));
    let post = json!({ "id": 20, "owner_id": -7, "from_id": -7, "date": 1_790_000_000, "text": "Ремонт дорог", "post_type": "post" });
    let post = remark("wall_post_new", &post);
    assert_eq!((post.form, post.own, post.author), (Form::Post, true, None));
    assert_eq!((post.external_id.as_str(), post.post.as_str()), ("wall-7_20", "wall-7_20"));
}

#[test]
fn a_residents_post_and_what_is_no_complaint() {
    let post = json!({
        "id": 21, "owner_id": -7, "from_id": 501, "date": 1_790_000_000, "text": "Нет света", "post_type": "suggest",
        "copy_history": [{ "id": 1, "text": "Авария на подстанции" }],
        "geo": { "type": "point", "coordinates": "54.98 73.36" },
    });
    let said = said("wall_post_new", &post);
    assert_eq!(
        (said.form, said.external_id.as_str(), said.post.as_deref()),
        (Form::Post, "wall-7_21", Some("wall-7_21"))
    );
    assert_eq!(
        (said.text.as_str(), said.url.as_deref()),
        ("Нет света\n«Авария на подстанции»", Some("https://vk.com/wall-7_21"))
    );
    assert_eq!(said.place.unwrap().lat, Some(54.98));
    assert_eq!(read("wall_post_new", &with(post, json!({ "post_type": "postpone" }))), None);
    let sticker = json!({ "text": "", "attachments": [{ "type": "sticker", "sticker": { "sticker_id": 1 } }] });
    assert_eq!(read("wall_reply_new", &with(comment(), sticker)), None);
    for other in ["like_add", "group_join", "wall_repost", "message_typing_state", "wall_reply_", "_new", ""] {
        assert_eq!(read(other, &json!({ "anything": true })), None);
    }
}

fn message() -> Value {
    json!({
        "id": 40, "conversation_message_id": 4, "date": 1_790_000_000, "peer_id": 501, "from_id": 501, "out": 0,
        "text": "Не вывозят мусор", "attachments": [
            { "type": "doc", "doc": { "id": 1, "owner_id": 501, "title": "акт.pdf", "url": "https://vk.example/doc" } },
            { "type": "video", "video": { "id": 2, "owner_id": 501, "title": "двор" } },
            { "type": "audio_message", "audio_message": { "id": 3, "link_ogg": "https://vk.example/v.ogg" } },
            { "type": "link", "link": { "url": "https://news.example/1", "title": "новость" } },
            { "type": "poll", "poll": {} }, { "type": "photo", "photo": { "orig_photo": { "url": "javascript:1" } } }, 7,
        ],
        "fwd_messages": [{ "text": "Баки полные", "fwd_messages": [{ "text": "С понедельника" }] }],
        "reply_message": { "id": 39, "from_id": -7 },
        "geo": { "type": "point", "coordinates": { "latitude": 54.9, "longitude": 73.3 } },
    })
}

#[test]
fn a_private_message() {
    let said = said("message_new", &json!({ "message": message(), "client_info": {} }));
    assert_eq!((said.form, said.external_id.as_str(), said.post.as_deref()), (Form::Private, "msg501_40", Some("501")));
    assert_eq!((said.parent.as_deref(), said.url), (Some("msg501_39"), None));
    assert_eq!(said.text, "Не вывозят мусор\n«Баки полные»\n«С понедельника»");
    let files: Vec<_> = said.attachments.iter().map(|file| (file.kind.as_str(), file.url.as_str())).collect();
    assert_eq!(
        files,
        [
            ("document", "https://vk.example/doc"),
            ("video", "https://vk.com/video501_2"),
            ("audio", "https://vk.example/v.ogg"),
            ("link", "https://news.example/1"),
        ]
    );
    assert_eq!(said.place.unwrap().lon, Some(73.3));
}

#[test]
fn messages_change_are_answered_by_colleagues_and_consented_to() {
    let edited = said("message_edit", &with(message(), json!({ "update_time": 1_790_000_100 })));
    assert_eq!((edited.change, edited.published_at), (Change::Edited, at(1_790_000_100)));
    assert_eq!(said("message_edit", &message()).published_at, now());
    let reply = remark("message_reply", &with(message(), json!({ "from_id": -7, "admin_author_id": 900 })));
    assert_eq!((reply.form, reply.own, reply.author, reply.to.as_deref()), (Form::Private, true, None, Some("501")));
    assert_eq!((reply.external_id.as_str(), reply.post.as_str()), ("msg501_40", "501"));
    let unnumbered = with(message(), json!({ "id": 0 }));
    assert_eq!(said("message_new", &json!({ "message": unnumbered })).external_id, "msg501_c4");
    let conversation = with(message(), json!({ "peer_id": 2_000_000_001_i64 }));
    assert_eq!(read("message_new", &json!({ "message": conversation })), None);
    for (kind, allowed) in [("message_allow", true), ("message_deny", false)] {
        let heard = read(kind, &json!({ "user_id": 501, "key": "k" }));
        assert_eq!(heard, Some(What::Consent { author: "501".to_owned(), allowed }));
    }
}

#[test]
fn who_may_speak() {
    let body = |changes: Value| serde_json::to_vec(&with(event("wall_reply_new", &comment()), changes)).unwrap();
    assert_eq!(verify(&page(), &body(json!({}))), Ok(()));
    for wrong in [json!({ "secret": "x" }), json!({ "secret": null }), json!({ "secret": "" }), json!({ "secret": 5 })]
    {
        assert_eq!(verify(&page(), &body(wrong)), Err(Unverified::Secret));
    }
    assert_eq!(verify(&page(), &body(json!({ "group_id": 8 }))), Err(Unverified::OtherPage));
    assert_eq!(verify(&page(), &body(json!({ "group_id": "7" }))), Err(Unverified::Secret));
    for bad in [&b""[..], b"[]", b"null", b"{", b"\xff"] {
        assert_eq!(verify(&page(), bad), Err(Unverified::Secret));
    }
    let mut mute = page();
    mute.keys.0.remove("secret");
    for given in [json!({ "secret": "" }), json!({ "secret": null }), json!({ "type": "confirmation", "secret": null })]
    {
        assert_eq!(verify(&mute, &body(given)), Err(Unverified::Secret));
    }
}

#[test]
fn the_confirmation() {
    let ask = |group: i64, secret: Option<&str>| {
        json!({ "type": "confirmation", "group_id": group, "secret": secret }).to_string()
    };
    for secret in [None, Some(SECRET)] {
        assert_eq!(verify(&page(), ask(7, secret).as_bytes()), Ok(()));
    }
    assert_eq!(verify(&page(), ask(7, Some("x")).as_bytes()), Err(Unverified::Secret));
    assert_eq!(verify(&page(), ask(8, None).as_bytes()), Err(Unverified::OtherPage));
    let reading = Vk.read(&page(), ask(7, None).as_bytes(), now()).unwrap();
    assert_eq!(reading, Reading { events: Vec::new(), reply: "c0de".to_owned() });
}

#[test]
fn what_cannot_be_read() {
    let object = |object: Value| event("wall_reply_new", &object).to_string();
    for bad in [
        "not json".to_owned(),
        "[]".to_owned(),
        "{}".to_owned(),
        event("wall_reply_new", &json!([1, 2])).to_string(),
        with(event("wall_reply_new", &json!(1)), json!({ "object": null })).to_string(),
        object(with(comment(), json!({ "id": "30" }))),
        object(with(comment(), json!({ "post_id": null }))),
        object(with(comment(), json!({ "from_id": null }))),
        object(with(comment(), json!({ "date": i64::MAX }))),
        event("message_new", &json!({ "message": { "id": 1 } })).to_string(),
        event("message_allow", &json!({})).to_string(),
    ] {
        assert!(matches!(Vk.read(&page(), bad.as_bytes(), now()), Err(Refusal::Malformed(_))), "{bad}");
    }
    let long = with(comment(), json!({ "text": "[@ж(".repeat(600_000) }));
    let cut = said("wall_reply_new", &long);
    assert_eq!(cut.text.chars().count(), 20_000);
    assert!(cut.text.ends_with('…'));
    assert_eq!(said("wall_reply_new", &with(comment(), json!({ "text": "а\u{0}б" }))).text, "аб");
}

#[test]
fn mentions_become_what_they_show() {
    for (text, shown) in [
        ("[id1|Анна], здравствуйте", "Анна, здравствуйте"),
        ("[club7|Город]: [public8|ЖКХ] и [event9|Субботник]", "Город: ЖКХ и Субботник"),
        ("[id1:bp-7_20|Анна] [club7:bp-1|Город]", "Анна Город"),
        ("см. [https://vk.com/@-7-otchet|отчёт] и [vk.com/x|страницу]", "см. отчёт и страницу"),
        ("@id1 (Анна), @club7(Город), *id5 (Пётр)", "Анна, Город, Пётр"),
        ("спросите @uprava_omsk!", "спросите uprava_omsk!"),
        ("почта a.b@example.org", "почта a.b@example.org"),
        ("[не ссылка] 2*2 [a|b] [id|x] [id1|] @ *", "[не ссылка] 2*2 [a|b] [id|x] [id1|] @ *"),
        ("[[id1|Анна]", "[Анна"),
        ("[id1|Анна", "[id1|Анна"),
    ] {
        assert_eq!(text::shown(text), shown);
    }
}

#[test]
fn the_keys_that_are_asked_for() {
    let keys = |pairs: &[(&str, &str)]| Keys(pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect());
    let faults = |account: &str, keys: &Keys| match Vk.check_keys(account, keys) {
        Err(Refusal::Invalid(faults)) => faults.into_iter().map(|fault| fault.pointer).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!(Vk.check_keys("7", &keys(&[("token", "t")])), Ok(()));
    assert_eq!(Vk.check_keys("7", &page().keys), Ok(()));
    assert_eq!(faults("-7", &keys(&[])), ["/account", "/keys/token"]);
    for account in ["", "0", "+7", "07", "club7", "99999999999999999999"] {
        assert_eq!(faults(account, &keys(&[("token", "t"), ("secret", "short")])), ["/account", "/keys/secret"]);
    }
}

#[test]
fn idempotency_keys_are_stable_and_never_zero() {
    let keys = [0, 1, 7, u128::MAX, 0x0190_0000_0000_7000_8000_0000_0000_0001].map(|n| Id(uuid::Uuid::from_u128(n)));
    for key in keys {
        assert!(send::random_id(key) > 0);
        assert_eq!(send::random_id(key), send::random_id(key));
    }
    assert_ne!(send::random_id(keys[4]), send::random_id(keys[1]));
}

fn posting(post: &str, reply_to: &str) -> Posting {
    Posting {
        key: Id(uuid::Uuid::from_u128(0xabc)),
        form: Form::Comment,
        account: "7".to_owned(),
        post: post.to_owned(),
        reply_to: reply_to.to_owned(),
        author: "501".to_owned(),
        text: "Яму заделают & закроют".to_owned(),
    }
}

fn vk(answers: Vec<(u16, Value)>) -> (Stub, Wire) {
    let stub = Stub::answering(answers);
    let wire = stub.wire();
    (stub, wire)
}

#[test]
fn a_comment_is_published_once_under_its_key() {
    let (stub, wire) = vk(vec![(200, json!({ "response": { "comment_id": 31, "parents_stack": [25] } }))]);
    // Another page's wall: the page speaks there in its own name.
    let posted = Vk.send(&wire, &page(), &posting("wall-9_20", "wall-9_20_r30")).unwrap();
    assert_eq!(posted.external_id.as_deref(), Some("wall-9_20_r31"));
    assert_eq!(posted.permalink.as_deref(), Some("https://vk.com/wall-9_20?reply=31&thread=25"));
    let asked = stub.asked();
    assert_eq!(asked[0].line, "POST /method/wall.createComment");
    for (name, value) in [
        ("access_token", "T"),
        ("v", "5.199"),
        ("owner_id", "-9"),
        ("post_id", "20"),
        ("from_group", "7"),
        ("reply_to_comment", "30"),
        ("guid", "00000000000000000000000000000abc"),
        ("message", "Яму заделают & закроют"),
    ] {
        assert_eq!(field(&asked[0].body, name).as_deref(), Some(value), "{name}");
    }
}

#[test]
fn comments_elsewhere_are_made_with_a_persons_token() {
    for (post, method, which, whose) in [
        ("photo-7_3", "photos.createComment", "photo_id", ("owner_id", "-7")),
        ("video-7_3", "video.createComment", "video_id", ("owner_id", "-7")),
        ("market-7_3", "market.createComment", "item_id", ("owner_id", "-7")),
        ("topic-7_3", "board.createComment", "topic_id", ("group_id", "7")),
    ] {
        let (stub, wire) = vk(vec![(200, json!({ "response": 31 }))]);
        let posted = Vk.send(&wire, &page(), &posting(post, &format!("{post}_r30"))).unwrap();
        assert_eq!(posted.external_id, Some(format!("{post}_r31")));
        let asked = stub.asked();
        assert_eq!(asked[0].line, format!("POST /method/{method}"));
        let given = |name| field(&asked[0].body, name);
        assert_eq!(given("access_token").as_deref(), Some("R"));
        assert_eq!((given(which).as_deref(), given(whose.0).as_deref()), (Some("3"), Some(whose.1)));
        assert_eq!(given("from_group").as_deref(), Some("1"));
        assert_eq!(given("reply_to_comment").is_some(), !post.starts_with("topic"));
    }
    let (stub, wire) = vk(vec![]);
    let elsewhere = Vk.send(&wire, &page(), &posting("photo-9_3", "photo-9_3_r1"));
    assert!(matches!(elsewhere, Err(SendError::Barred(_))));
    for nonsense in ["", "wall", "wall-7", "wall-7_x", "board-7_1"] {
        assert!(matches!(Vk.send(&wire, &page(), &posting(nonsense, "")), Err(SendError::GiveUp(_))));
    }
    assert!(stub.asked().is_empty());
}

#[test]
fn a_private_message_is_sent() {
    let (stub, wire) = vk(vec![(200, json!({ "response": 77 }))]);
    let private = Posting { form: Form::Private, ..posting("501", "msg501_40") };
    let posted = Vk.send(&wire, &page(), &private).unwrap();
    assert_eq!(posted, Posted { external_id: Some("msg501_77".to_owned()), permalink: None });
    let asked = stub.asked();
    assert_eq!(asked[0].line, "POST /method/messages.send");
    assert_eq!(field(&asked[0].body, "peer_id").as_deref(), Some("501"));
    assert_eq!(field(&asked[0].body, "group_id").as_deref(), Some("7"));
    let random = send::random_id(private.key).to_string();
    assert_eq!(field(&asked[0].body, "random_id"), Some(random));
    let group = Posting { author: "-8".to_owned(), ..private };
    assert!(matches!(Vk.send(&wire, &page(), &group), Err(SendError::GiveUp(_))));
}

#[test]
fn each_error_says_what_to_do() {
    let seconds = |error: &SendError| match error {
        SendError::Retry(_, after) => after.map_or(0, |after| after.as_secs()),
        other => panic!("{other:?}"),
    };
    let told = |code: i64| {
        let (_stub, wire) = vk(vec![(200, json!({ "error": { "error_code": code, "error_msg": "why" } }))]);
        Vk.send(&wire, &page(), &posting("wall-7_20", "wall-7_20")).unwrap_err()
    };
    for (code, after) in [(1, 0), (10, 0), (6, 1), (9, 300), (14, 3600), (29, 600), (43, 600), (601, 3600)] {
        assert_eq!(seconds(&told(code)), after, "{code}");
    }
    assert!(told(14).to_string().contains("captcha"));
    for code in [7, 15, 203, 212, 213] {
        assert!(matches!(told(code), SendError::Barred(_)), "{code}");
    }
    for (code, word) in [
        (5, "token"),
        (27, "token"),
        (28, "token"),
        (222, "links"),
        (223, "replies"),
        (900, "blacklist"),
        (901, "does not allow"),
        (902, "privacy"),
        (914, "too long"),
        (100, "refuses"),
    ] {
        let error = told(code);
        assert!(matches!(&error, SendError::GiveUp(text) if text.contains(word) && text.contains("why")), "{error:?}");
    }
    assert!(matches!(told(36), SendError::Unsure(_)));
    for (status, body) in [(500, json!({})), (502, json!("bad gateway")), (200, json!(null)), (200, json!({}))] {
        let (_stub, wire) = vk(vec![(status, body)]);
        let error = Vk.send(&wire, &page(), &posting("wall-7_20", "")).unwrap_err();
        assert!(matches!(error, SendError::Unsure(_)), "{error:?}");
    }
    let (_stub, wire) = vk(vec![(429, json!({}))]);
    assert_eq!(seconds(&Vk.send(&wire, &page(), &posting("wall-7_20", "")).unwrap_err()), 11);
}

#[test]
fn connecting_tells_the_hook_first_and_takes_an_old_server_again() {
    let hook = "https://city.example/hooks/vk/1";
    for known in [false, true] {
        let items = if known {
            json!([{ "id": 3, "url": "https://x.example" }, { "id": 5, "url": hook, "status": "failed" }])
        } else {
            json!([])
        };
        let (stub, wire) = vk(vec![
            (200, json!({ "response": { "code": "fresh" } })),
            (200, json!({ "response": { "count": 1, "items": items } })),
            (200, json!({ "response": if known { json!(1) } else { json!({ "server_id": 5 }) } })),
            (200, json!({ "response": 1 })),
        ]);
        let mut fresh = page();
        fresh.keys = Keys([("token".to_owned(), "T".to_owned())].into());
        let saved = Mutex::new(Vec::new());
        let keys = Vk
            .connect(&wire, &fresh, Some(hook), &mut |keys| {
                saved.lock().unwrap().push((keys.clone(), stub.asked().len()));
                Ok(())
            })
            .unwrap();
        let saved = saved.into_inner().unwrap();
        let (first, calls) = &saved[0];
        assert_eq!((saved.len(), *calls, first.get("confirmation")), (1, 1, "fresh"));
        assert_eq!((first.get("secret").len(), first.get("secret")), (32, keys.get("secret")));
        assert_eq!(keys.get("server"), "5");
        let asked = stub.asked();
        let method = if known { "editCallbackServer" } else { "addCallbackServer" };
        assert_eq!(asked[2].line, format!("POST /method/groups.{method}"));
        assert_eq!(field(&asked[2].body, "secret_key").as_deref(), Some(keys.get("secret")));
        assert_eq!(field(&asked[2].body, "server_id").is_some(), known);
        assert_eq!(asked[3].line, "POST /method/groups.setCallbackSettings");
        assert_eq!(field(&asked[3].body, "server_id").as_deref(), Some("5"));
        assert!(EVENTS.iter().all(|event| field(&asked[3].body, event).as_deref() == Some("1")));
    }
    let (_stub, wire) = vk(vec![]);
    assert!(matches!(Vk.connect(&wire, &page(), None, &mut |_| Ok(())), Err(SendError::GiveUp(_))));
}

#[test]
fn connecting_stops_when_the_keys_cannot_be_saved() {
    let (stub, wire) = vk(vec![(200, json!({ "response": { "code": "fresh" } }))]);
    let failed = Vk.connect(&wire, &page(), Some("https://city.example"), &mut |_| {
        Err(SendError::Retry("no database".to_owned(), None))
    });
    assert!(matches!(failed, Err(SendError::Retry(..))));
    assert_eq!(stub.asked().len(), 1);
}

#[test]
fn disconnecting_and_health() {
    let hook = "https://city.example/hooks/vk/1";
    let servers = |status: &str| json!({ "response": { "items": [{ "id": 5, "url": hook, "status": status }] } });
    let (stub, wire) = vk(vec![(200, servers("ok")), (200, json!({ "response": 1 }))]);
    Vk.disconnect(&wire, &page(), hook).unwrap();
    assert_eq!(field(&stub.asked()[1].body, "server_id").as_deref(), Some("5"));
    let (stub, wire) = vk(vec![(200, servers("ok"))]);
    Vk.disconnect(&wire, &page(), "https://other.example").unwrap();
    assert_eq!(stub.asked().len(), 1);

    let group = json!({ "response": { "groups": [{ "id": 7, "name": "Город", "screen_name": "gorod", "members_count": 12 }] } });
    let (_stub, wire) = vk(vec![(200, group.clone()), (200, servers("ok"))]);
    let health = Vk.check(&wire, &page(), Some(hook)).unwrap();
    assert_eq!((health.token, health.hook, health.subscribers), (true, Some(true), Some(12)));
    assert_eq!((health.title.as_deref(), health.url.as_deref()), (Some("Город"), Some("https://vk.com/gorod")));
    assert!(health.problems.is_empty());
    let (_stub, wire) = vk(vec![(200, group), (200, servers("failed"))]);
    let health = Vk.check(&wire, &page(), Some(hook)).unwrap();
    assert_eq!((health.hook, health.problems.len()), (Some(false), 1));
    let (_stub, wire) = vk(vec![(200, json!({ "error": { "error_code": 5, "error_msg": "no" } }))]);
    let health = Vk.check(&wire, &page(), Some(hook)).unwrap();
    assert_eq!((health.token, health.problems.len()), (false, 1));
    let (_stub, wire) = vk(vec![(503, json!({}))]);
    assert!(matches!(Vk.check(&wire, &page(), None), Err(SendError::Retry(..))));
}

#[test]
fn what_stands_around_a_comment() {
    let post = json!({ "id": 20, "owner_id": -7, "from_id": -7, "date": 1_790_000_000, "text": "Ремонт дорог" });
    let parent = json!({ "id": 28, "from_id": 502, "date": 1_790_000_001, "text": "Когда?", "parents_stack": [25] });
    let root = json!({ "id": 25, "from_id": -7, "date": 1_790_000_000, "text": "Спрашивайте", "parents_stack": [] });
    let items = |item: Value| (200, json!({ "response": { "items": [item] } }));
    let (stub, wire) = vk(vec![items(post), items(parent), items(root)]);
    let around = Vk.surroundings(&wire, &page(), "wall-7_20", Some("wall-7_20_r28")).unwrap();
    let ids: Vec<_> = around.iter().map(|remark| (remark.external_id.as_str(), remark.own)).collect();
    assert_eq!(ids, [("wall-7_20", true), ("wall-7_20_r25", true), ("wall-7_20_r28", false)]);
    assert_eq!(around[2].author.as_ref().unwrap().id, "502");
    assert_eq!(field(&stub.asked()[0].body, "access_token").as_deref(), Some("R"));
    assert_eq!(field(&stub.asked()[0].body, "posts").as_deref(), Some("-7_20"));
    let closed = || (200, json!({ "error": { "error_code": 15, "error_msg": "no" } }));
    let (_stub, wire) = vk(vec![closed(), closed()]);
    assert_eq!(Vk.surroundings(&wire, &page(), "wall-7_20", Some("wall-7_20_r28")), Ok(Vec::new()));
    let mut blind = page();
    blind.keys.0.remove("reader_token");
    let (stub, wire) = vk(vec![]);
    assert_eq!(Vk.surroundings(&wire, &blind, "wall-7_20", None), Ok(Vec::new()));
    assert!(stub.asked().is_empty());
}

/// Every value of a document, changed or dropped at the place that `at` points to.
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
        kind in prop::sample::select(EVENTS),
        which in 0..3_usize,
        places in prop::collection::vec(0..60_usize, 0..4),
        with in prop::sample::select(vec![
            Value::Null, json!(-1), json!(i64::MIN), json!(i64::MAX), json!(1.5), json!("x"), json!("7"), json!([]), json!({}), json!([{}]), json!(true),
        ]),
        secret in "[0-9a-f]{0,33}",
    ) {
        let object = [comment(), message(), json!({ "message": message() })][which].clone();
        let mut body = event(kind, &object);
        body["secret"] = json!(secret);
        for mut place in places {
            mutate(&mut body, &mut place, &with);
        }
        let body = body.to_string();
        let _ = Vk.read(&page(), body.as_bytes(), now());
        if secret != SECRET {
            prop_assert!(verify(&page(), body.as_bytes()).is_err());
        }
    }

    #[test]
    fn no_bytes_make_it_panic(body in prop::collection::vec(any::<u8>(), 0..200), text in ".{0,80}") {
        let _ = Vk.read(&page(), &body, now());
        prop_assert!(verify(&page(), &body).is_err());
        let _ = text::shown(&text);
        let _ = text::shown(&text.replace(|c: char| c.is_ascii_punctuation(), "[id1|(@"));
    }
}
