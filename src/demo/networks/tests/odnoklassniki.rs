use md5::{Digest, Md5};
use serde_json::{Value, json};

use super::{Hook, form, get, says, told, until, world};
use crate::demo::networks::{Net, Networks, Page};

fn graph(networks: &Networks, page: &Page, path: &str, body: &Value) -> Value {
    let url = format!("{}/graph/{path}?access_token={}", networks.base(Net::Ok), page.token);
    let (status, body) = told(super::agent().post(url).send_json(body));
    assert_eq!(status, 200);
    body
}

fn md5(text: &str) -> String {
    Md5::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Calls a method of the REST API, signed with this secret of the application.
fn rest(networks: &Networks, page: &Page, secret: &str, method: &str, pairs: &[(&str, &str)]) -> Value {
    let (key, token) = (page.extra["application_key"].as_str(), page.extra["rest_token"].as_str());
    let mut all = vec![("application_key", key), ("format", "json"), ("method", method)];
    all.extend_from_slice(pairs);
    all.sort_unstable();
    let line: String = all.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let sig = md5(&(line + &md5(&format!("{token}{secret}"))));
    all.extend([("sig", sig.as_str()), ("access_token", token)]);
    form(&format!("{}/fb.do", networks.base(Net::Ok)), &all).1
}

#[test]
fn private_messages_are_pushed_until_they_are_acknowledged() {
    let (networks, page) = world(Net::Ok);
    let hook = Hook::new(|_, before| says(if before == 0 { 202 } else { 200 }, ""));
    assert_eq!(graph(&networks, &page, "me/subscribe", &json!({ "url": hook.url })), json!({ "success": true }));
    let url = format!("{}/graph/me/subscriptions?access_token={}", networks.base(Net::Ok), page.token);
    assert_eq!(get(&url, "").1["subscriptions"][0]["url"], hook.url);
    let person = networks.person(Net::Ok, "Анна Иванова");
    let key = networks.write(&page, &person, "Яма");
    let heard = hook.wait(2);
    assert_eq!(heard[0].body, heard[1].body);
    assert_eq!((&heard[0].body["message"]["mid"], &heard[0].body["message"]["text"]), (&json!(key), &json!("Яма")));
    assert_eq!(heard[0].body["sender"]["user_id"], format!("user:{}", person.id));
    until("all to be acknowledged", || (networks.deliveries_pending() == 0).then_some(()));
    let chat = heard[0].body["recipient"]["chat_id"].as_str().unwrap();
    let message = json!({ "recipient": { "chat_id": chat }, "message": { "text": "Сделано" } });
    let first = graph(&networks, &page, &format!("me/messages/{chat}"), &message);
    let second = graph(&networks, &page, &format!("{chat}/messages"), &message);
    assert!(first["message_id"].is_string() && first != second);
    assert_eq!(networks.said().iter().filter(|said| said.to.as_ref() == Some(&person.id)).count(), 2);
    networks.deny(&page, &person);
    assert_eq!(graph(&networks, &page, &format!("me/messages/{chat}"), &message)["error_code"], 10);
    assert_eq!(graph(&networks, &page, "me/messages/chat:C0", &message)["error_code"], 300);
    assert_eq!(graph(&networks, &page, "me/unsubscribe", &json!({ "url": hook.url })), json!({ "success": true }));
    let wrong = Page { token: "wrong".to_owned(), ..page };
    assert_eq!(graph(&networks, &wrong, "me/subscribe", &json!({ "url": "http://x" }))["error_code"], 102);
}

#[test]
fn comments_are_polled_and_answered_over_the_signed_api() {
    let (networks, page) = world(Net::Ok);
    let secret = page.extra["application_secret_key"].clone();
    let call = |method: &str, pairs: &[(&str, &str)]| rest(&networks, &page, &secret, method, pairs);
    let person = networks.person(Net::Ok, "Анна Иванова");
    let post = networks.post(&page, "Новость");
    let key = networks.comment(&page, &post, &person, "Яма", None, 1);
    let removed = networks.comment(&page, &post, &person, "Удалю", None, 0);
    networks.edit(&page, &key, "Большая яма");
    networks.delete(&page, &removed);
    networks.by_hand(&page, &post, "Смотрим", None);
    let topics = call("mediatopic.getTopics", &[("gid", &page.account), ("count", "50")]);
    assert_eq!((&topics["media_topics"][0]["id"], &topics["has_more"]), (&json!(post), &json!(false)));
    assert_eq!(topics["media_topics"][0]["discussion_summary"]["comments_count"], 2);
    let entity = [("entityId", post.as_str()), ("entityType", "GROUP_TOPIC")];
    let mut answer = entity.to_vec();
    answer.extend([("comment", "Сделано"), ("reply_to_comment_id", key.as_str()), ("as_admin", "true")]);
    assert_eq!(call("discussions.addDiscussionComment", &entity)["error_code"], 100);
    let id = call("discussions.addDiscussionComment", &answer)["id"].as_str().unwrap().to_owned();
    let said = networks.said().pop().unwrap();
    assert_eq!((said.key, said.post.as_ref(), said.reply_to.as_ref()), (id.clone(), Some(&post), Some(&key)));
    let discussion = [("discussionId", post.as_str()), ("discussionType", "GROUP_TOPIC"), ("count", "2")];
    let page_one = call("discussions.getComments", &discussion);
    assert_eq!((page_one["comments"].as_array().unwrap().len(), &page_one["has_more"]), (2, &json!(true)));
    assert_eq!(
        (&page_one["comments"][0]["text"], &page_one["comments"][0]["author_id"]),
        (&json!("Большая яма"), &json!(person.id))
    );
    assert_eq!(page_one["entities"]["users"][0]["name"], "Анна Иванова");
    let anchor = page_one["anchor"].as_str().unwrap();
    let page_two = call("discussions.getComments", &[discussion[0], discussion[1], ("anchor", anchor)]);
    assert_eq!(
        (&page_two["comments"][0]["id"], &page_two["comments"][0]["reply_to_comment_id"]),
        (&json!(id), &json!(key))
    );
    assert_eq!(page_two["comments"][0]["author_type"], "GROUP");
    let all = call("discussions.getDiscussionComments", &[entity[0], entity[1], ("offset", "0"), ("count", "100")]);
    assert_eq!(all["commentss"].as_array().unwrap().len(), 3);
    assert!(call("group.getInfo", &[("uids", &page.account)])[0]["members_count"].as_i64().unwrap() >= 1_000);
    assert_eq!(call("users.getInfo", &[("uids", &person.id)])[0]["first_name"], "Анна");
    assert_eq!(networks.deliveries_pending(), 0);
    assert_eq!(rest(&networks, &page, "wrong", "group.getInfo", &[("uids", "1")])["error_code"], 104);
    let mut other = page.clone();
    other.extra.insert("rest_token".to_owned(), "wrong".to_owned());
    assert_eq!(rest(&networks, &other, &secret, "group.getInfo", &[("uids", "1")])["error_code"], 102);
}
