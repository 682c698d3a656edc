use serde_json::{Value, json};

use super::{Hook, get, json as post_json, says, until, world};
use crate::demo::networks::{Net, Networks, Page};

fn post(networks: &Networks, page: &Page, path: &str, body: &Value) -> (u16, Value) {
    post_json(&format!("{}/{path}", networks.base(Net::Max)), &page.token, body)
}

fn read(networks: &Networks, page: &Page, path: &str) -> (u16, Value) {
    get(&format!("{}/{path}", networks.base(Net::Max)), &page.token)
}

fn kinds(hook: &Hook, count: usize) -> Vec<Value> {
    hook.wait(count).iter().map(|one| one.body["update_type"].clone()).collect()
}

#[test]
fn updates_bear_the_secret_and_come_until_they_are_acknowledged() {
    let (networks, page) = world(Net::Max);
    let hook = Hook::new(|_, before| says(if before == 0 { 201 } else { 200 }, ""));
    let body = json!({ "url": hook.url, "secret": "s3cret", "version": "1.0.0" });
    assert_eq!(post(&networks, &page, "subscriptions", &json!({ "url": hook.url, "secret": "нет" })).0, 400);
    assert_eq!(post(&networks, &page, "subscriptions", &body), (200, json!({ "success": true })));
    assert_eq!(read(&networks, &page, "subscriptions").1["subscriptions"][0]["url"], hook.url);
    let key = networks.post(&page, "Новость");
    let heard = hook.wait(2);
    assert_eq!(heard[0].body, heard[1].body);
    assert_eq!(heard[1].header("x-max-bot-api-secret"), Some("s3cret"));
    let message = &heard[0].body["message"];
    assert_eq!((&message["body"]["mid"], &message["recipient"]["chat_type"]), (&json!(key), &json!("channel")));
    assert_eq!((message["recipient"]["chat_id"].to_string(), &message["sender"]), (page.account.clone(), &Value::Null));
    until("all to be acknowledged", || (networks.deliveries_pending() == 0).then_some(()));
    let url = format!("{}/subscriptions?url={}", networks.base(Net::Max), hook.url);
    let gone = super::told(super::agent().delete(url).header("authorization", &page.token).call());
    assert_eq!(gone, (200, json!({ "success": true })));
    networks.post(&page, "Ещё");
    assert_eq!(networks.deliveries_pending(), 0);
}

#[test]
fn all_turns_are_told_to_those_who_want_them() {
    let (networks, page) = world(Net::Max);
    let hook = Hook::new(|_, _| says(200, ""));
    let wanted = Hook::new(|_, _| says(200, ""));
    post(&networks, &page, "subscriptions", &json!({ "url": hook.url }));
    post(&networks, &page, "subscriptions", &json!({ "url": wanted.url, "update_types": ["comment_created"] }));
    let person = networks.person(Net::Max, "Анна Иванова");
    networks.invite(&page);
    let news = networks.post(&page, "Новость");
    let key = networks.comment(&page, &news, &person, "Яма", None, 0);
    networks.edit(&page, &key, "Большая яма");
    networks.by_hand(&page, &news, "Чиним", Some(&key));
    networks.delete(&page, &key);
    let private = networks.write(&page, &person, "А у нас?");
    networks.edit(&page, &private, "А у нас во дворе?");
    networks.delete(&page, &private);
    networks.deny(&page, &person);
    let expected = [
        "bot_added",
        "message_created",
        "comment_created",
        "comment_edited",
        "comment_created",
        "comment_removed",
        "bot_started",
        "message_created",
        "message_edited",
        "message_removed",
        "bot_stopped",
    ];
    assert_eq!(kinds(&hook, 11), expected);
    assert_eq!(kinds(&wanted, 2), ["comment_created", "comment_created"]);
    let heard = hook.heard();
    let comment = &heard[2].body["message"];
    assert_eq!((&comment["body"]["mid"], &comment["recipient"]["post_id"]), (&json!(key), &json!(news)));
    assert_eq!(comment["sender"]["user_id"].to_string(), person.id);
    let by_hand = &heard[4].body["message"];
    assert_eq!((&by_hand["sender"], &by_hand["link"]["message"]["mid"]), (&Value::Null, &json!(key)));
    assert_eq!((&heard[5].body["message_id"], &heard[5].body["post_id"]), (&json!(key), &json!(news)));
    assert_eq!(heard[7].body["message"]["recipient"]["chat_type"], "dialog");
    assert_eq!(heard[9].body["message_id"], json!(private));
}

#[test]
fn the_bot_speaks_where_it_may_and_within_the_limit() {
    let (networks, page) = world(Net::Max);
    let person = networks.person(Net::Max, "Анна");
    let news = networks.post(&page, "Новость");
    let key = networks.comment(&page, &news, &person, "Яма", None, 0);
    let path = format!("messages/{news}/comments");
    let body = json!({ "text": "Сделано", "link": { "type": "reply", "mid": key } });
    let (status, sent) = post(&networks, &page, &path, &body);
    assert_eq!((status, &sent["message"]["link"]["message"]["mid"]), (200, &json!(key)));
    assert_eq!(post(&networks, &page, &path, &body).0, 200);
    let said = networks.said();
    assert_eq!(said.len(), 2);
    assert!(said.iter().all(|said| said.post.as_ref() == Some(&news) && said.reply_to.as_ref() == Some(&key)));
    assert_eq!(post(&networks, &page, &path, &json!({ "text": "я".repeat(4_001) })).0, 400);
    assert_eq!(post(&networks, &page, "messages/mid.0/comments", &body).0, 404);
    let list = read(&networks, &page, &path).1;
    assert_eq!((list["messages"].as_array().unwrap().len(), &list["messages"][2]["body"]["text"]), (3, &json!("Яма")));
    assert_eq!(read(&networks, &page, &format!("{path}/{key}")).1["body"]["text"], "Яма");
    let to = format!("messages?user_id={}", person.id);
    let hello = json!({ "text": "Здравствуйте" });
    assert_eq!(post(&networks, &page, &to, &hello).0, 403);
    networks.write(&page, &person, "А у нас?");
    let (status, sent) = post(&networks, &page, &to, &hello);
    assert_eq!((status, &sent["message"]["sender"]["is_bot"]), (200, &json!(true)));
    assert_eq!(networks.said()[2].to.as_ref(), Some(&person.id));
    let chat = &sent["message"]["recipient"]["chat_id"];
    assert_eq!(post(&networks, &page, &format!("messages?chat_id={chat}"), &hello).0, 200);
    assert_eq!(read(&networks, &page, &format!("messages?chat_id={chat}")).1["messages"].as_array().unwrap().len(), 3);
    networks.deny(&page, &person);
    assert_eq!(post(&networks, &page, &to, &hello).0, 403);
    let mid = sent["message"]["body"]["mid"].as_str().unwrap();
    assert_eq!(read(&networks, &page, &format!("messages/{mid}")).1["body"]["text"], "Здравствуйте");
    assert_eq!(read(&networks, &page, &format!("messages/{news}")).1["recipient"]["chat_id"].to_string(), page.account);
    let chat = read(&networks, &page, &format!("chats/{}", page.account)).1;
    assert!(chat["participants_count"].as_i64().unwrap() >= 1_000);
    assert_eq!(read(&networks, &page, "me").1["is_bot"], true);
    let wrong = Page { token: "wrong".to_owned(), ..page };
    assert_eq!(
        read(&networks, &wrong, "me"),
        (401, json!({ "code": "verify.token", "message": "Invalid access_token" }))
    );
}
