use std::thread;
use std::time::Instant;

use serde_json::{Value, json};

use super::{Hook, form, says, until, world};
use crate::demo::networks::{Net, Networks, Page};

fn call(networks: &Networks, page: &Page, method: &str, pairs: &[(&str, &str)]) -> (u16, Value) {
    form(&format!("{}/bot{}/{method}", networks.base(Net::Telegram), page.token), pairs)
}

#[track_caller]
fn ask(networks: &Networks, page: &Page, method: &str, pairs: &[(&str, &str)]) -> Value {
    let (status, body) = call(networks, page, method, pairs);
    assert_eq!((status, &body["ok"]), (200, &json!(true)), "{body}");
    body["result"].clone()
}

fn refused(networks: &Networks, page: &Page, method: &str, pairs: &[(&str, &str)]) -> (u16, String) {
    let (status, body) = call(networks, page, method, pairs);
    assert_eq!((&body["ok"], &body["error_code"]), (&json!(false), &json!(status)));
    (status, body["description"].as_str().unwrap().to_owned())
}

#[test]
fn updates_bear_the_secret_and_come_until_they_are_acknowledged() {
    let (networks, page) = world(Net::Telegram);
    let hook = Hook::new(|_, before| says(if before == 0 { 500 } else { 204 }, ""));
    let pairs = [("url", hook.url.as_str()), ("secret_token", "s3-cret")];
    ask(&networks, &page, "setWebhook", &pairs);
    let post = networks.post(&page, "Новость");
    let heard = hook.wait(3);
    assert!(heard.iter().all(|one| one.header("x-telegram-bot-api-secret-token") == Some("s3-cret")));
    let again = heard.iter().skip(1).find(|one| one.body == heard[0].body);
    assert!(again.is_some(), "the refused update did not come again");
    let copy = heard.iter().find(|one| one.body["message"].is_object()).unwrap().body["message"].clone();
    let original = heard.iter().find(|one| one.body["channel_post"].is_object()).unwrap().body["channel_post"].clone();
    assert_eq!((copy["message_id"].to_string(), &copy["is_automatic_forward"]), (post.clone(), &json!(true)));
    assert_eq!(copy["chat"]["id"].to_string(), page.account);
    assert_eq!(copy["forward_origin"]["message_id"], original["message_id"]);
    assert_eq!(original["chat"]["id"].to_string(), page.extra["channel"]);
    until("all to be acknowledged", || (networks.deliveries_pending() == 0).then_some(()));
    let info = ask(&networks, &page, "getWebhookInfo", &[]);
    assert_eq!((&info["url"], &info["pending_update_count"]), (&json!(hook.url), &json!(0)));
    assert_eq!(info["last_error_message"], "Wrong response from the webhook: 500");
    assert_eq!(refused(&networks, &page, "getUpdates", &[]).0, 409);
    assert_eq!(refused(&networks, &page, "setWebhook", &[("url", &hook.url), ("secret_token", "пароль")]).0, 400);
    ask(&networks, &page, "setWebhook", &[("url", &hook.url), ("allowed_updates", "[\"edited_message\"]")]);
    networks.comment(&page, &post, &networks.person(Net::Telegram, "Анна"), "Яма", None, 0);
    assert_eq!(networks.deliveries_pending(), 0);
}

/// All updates there are, without their acknowledgement.
fn updates(networks: &Networks, page: &Page) -> Vec<Value> {
    ask(networks, page, "getUpdates", &[]).as_array().unwrap().clone()
}

#[test]
fn what_happens_in_the_discussion_is_told_in_full() {
    let (networks, page) = world(Net::Telegram);
    let person = networks.person(Net::Telegram, "Анна Иванова");
    let post = networks.post(&page, "Новость");
    let key = networks.comment(&page, &post, &person, "Яма", None, 1);
    networks.by_hand(&page, &post, "Чиним", Some(&key));
    networks.edit(&page, &key, "Большая яма");
    networks.delete(&page, &key);
    let album = networks.album(&page, &post, &person, "Вот", 3);
    networks.wall_post(&page, &person, "Привет всем").unwrap();
    let all = updates(&networks, &page);
    assert_eq!(all.len(), 2 + 3 + 3 + 1);
    assert!(
        all.windows(2).all(|two| two[1]["update_id"].as_i64().unwrap() == two[0]["update_id"].as_i64().unwrap() + 1)
    );
    let comment = &all[2]["message"];
    assert_eq!((comment["message_id"].to_string(), comment["message_thread_id"].to_string()), (key, post.clone()));
    assert_eq!(
        (&comment["caption"], &comment["text"], &comment["from"]["last_name"]),
        (&json!("Яма"), &Value::Null, &json!("Иванова"))
    );
    assert_eq!(comment["reply_to_message"]["is_automatic_forward"], true);
    let file = comment["photo"].as_array().unwrap().last().unwrap()["file_id"].as_str().unwrap();
    let path = ask(&networks, &page, "getFile", &[("file_id", file)])["file_path"].as_str().unwrap().to_owned();
    let link = format!("{}/file/bot{}/{path}", networks.base(Net::Telegram), page.token);
    assert_eq!(super::agent().get(link).call().unwrap().headers()["content-type"], "image/png");
    let by_hand = &all[3]["message"];
    assert_eq!(by_hand["sender_chat"]["id"], by_hand["chat"]["id"]);
    assert_eq!(by_hand["reply_to_message"]["message_id"], comment["message_id"]);
    assert_eq!(
        (&all[4]["edited_message"]["caption"], all[4]["edited_message"]["edit_date"].is_i64()),
        (&json!("Большая яма"), true)
    );
    let group = &all[5]["message"]["media_group_id"];
    assert!(group.is_string() && all[5..8].iter().all(|one| one["message"]["media_group_id"] == *group));
    let captions = [5, 6, 7].map(|at| all[at]["message"]["caption"].clone());
    assert_eq!((captions, album.len()), ([json!("Вот"), Value::Null, Value::Null], 3));
    assert_eq!(
        (&all[8]["message"]["message_thread_id"], &all[8]["message"]["reply_to_message"]),
        (&Value::Null, &Value::Null)
    );
    let next = (all[7]["update_id"].as_i64().unwrap() + 1).to_string();
    let rest = ask(&networks, &page, "getUpdates", &[("offset", &next)]);
    assert_eq!((rest.as_array().unwrap().len(), networks.deliveries_pending()), (1, 1));
}

#[test]
fn who_waits_for_updates_gets_them_as_they_come_and_only_the_last_who_asks() {
    let (networks, page) = world(Net::Telegram);
    let ask_long = |networks: Networks, page: Page| {
        thread::spawn(move || call(&networks, &page, "getUpdates", &[("timeout", "15")]))
    };
    let (first, began) = (ask_long(networks.clone(), page.clone()), Instant::now());
    // The second asks after the first: whoever asks later has the higher number.
    until("the first to ask", || (networks.core.world().pages[0].poller > 0).then_some(()));
    let before = networks.core.world().pages[0].poller;
    let second = ask_long(networks.clone(), page.clone());
    assert_eq!(first.join().unwrap().0, 409);
    assert!(networks.core.world().pages[0].poller > before);
    networks.write(&page, &networks.person(Net::Telegram, "Анна"), "Яма");
    let (status, body) = second.join().unwrap();
    assert_eq!((status, &body["result"][0]["message"]["text"]), (200, &json!("Яма")));
    assert_eq!(body["result"][0]["message"]["chat"]["type"], "private");
    assert!(began.elapsed().as_secs() < 15, "it waited for nothing");
}

#[test]
fn the_bot_speaks_where_it_may_and_within_the_limit() {
    let (networks, page) = world(Net::Telegram);
    let person = networks.person(Net::Telegram, "Анна");
    let post = networks.post(&page, "Новость");
    let key = networks.comment(&page, &post, &person, "Яма", None, 0);
    let reply = format!("{{\"message_id\":{key}}}");
    let pairs = [("chat_id", page.account.as_str()), ("text", "Сделано"), ("reply_parameters", reply.as_str())];
    let sent = ask(&networks, &page, "sendMessage", &pairs);
    assert_eq!(sent["reply_to_message"]["message_id"].to_string(), key);
    assert_eq!((sent["message_thread_id"].to_string(), &sent["from"]["is_bot"]), (post.clone(), &json!(true)));
    // There is no key that would make the second the first.
    ask(&networks, &page, "sendMessage", &pairs);
    let said = networks.said();
    assert_eq!(said.len(), 2);
    assert!(said.iter().all(|said| said.post.as_ref() == Some(&post) && said.reply_to.as_ref() == Some(&key)));
    let say = |chat: &str, text: &str| refused(&networks, &page, "sendMessage", &[("chat_id", chat), ("text", text)]);
    assert_eq!(say(&page.account, &"😀".repeat(2_049)), (400, "Bad Request: message is too long".to_owned()));
    assert_eq!(say(&page.account, ""), (400, "Bad Request: message text is empty".to_owned()));
    assert_eq!(say("1", "а"), (400, "Bad Request: chat not found".to_owned()));
    assert_eq!(say(&person.id, "а"), (403, "Forbidden: bot can't initiate conversation with a user".to_owned()));
    let gone = [("chat_id", page.account.as_str()), ("text", "а"), ("reply_parameters", "{\"message_id\":99}")];
    assert_eq!(refused(&networks, &page, "sendMessage", &gone).1, "Bad Request: message to be replied not found");
    networks.write(&page, &person, "А у нас?");
    ask(&networks, &page, "sendMessage", &[("chat_id", &person.id), ("text", "И у вас")]);
    networks.deny(&page, &person);
    assert_eq!(say(&person.id, "а"), (403, "Forbidden: bot was blocked by the user".to_owned()));
    // Of its own words the bot is not told, but of being blocked it is.
    let last = updates(&networks, &page).pop().unwrap();
    assert_eq!(last["my_chat_member"]["new_chat_member"]["status"], "kicked");
    let chat = ask(&networks, &page, "getChat", &[("chat_id", &page.account)]);
    assert_eq!(
        (&chat["type"], chat["linked_chat_id"].to_string()),
        (&json!("supergroup"), page.extra["channel"].clone())
    );
    assert!(ask(&networks, &page, "getChatMemberCount", &[("chat_id", &page.account)]).as_i64().unwrap() >= 1_000);
    let wrong = Page { token: "1:wrong".to_owned(), ..page };
    assert_eq!(refused(&networks, &wrong, "getMe", &[]), (401, "Unauthorized".to_owned()));
}
