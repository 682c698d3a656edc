use serde_json::{Value, json};

use super::{AGAIN, Heard, Hook, Says, form, says, until, world};
use crate::demo::networks::{Net, Networks, Page};

fn call(networks: &Networks, token: &str, method: &str, pairs: &[(&str, &str)]) -> Value {
    let mut all = vec![("access_token", token), ("v", "5.199")];
    all.extend_from_slice(pairs);
    let (status, body) = form(&format!("{}/method/{method}", networks.base(Net::Vk)), &all);
    assert_eq!(status, 200);
    body
}

/// Asks, and takes what is in the response.
#[track_caller]
fn ask(networks: &Networks, page: &Page, method: &str, pairs: &[(&str, &str)]) -> Value {
    let body = call(networks, &page.token, method, pairs);
    assert!(body["error"].is_null(), "{body}");
    body["response"].clone()
}

fn fault(networks: &Networks, token: &str, method: &str, pairs: &[(&str, &str)]) -> i64 {
    call(networks, token, method, pairs)["error"]["error_code"].as_i64().unwrap()
}

/// A webhook that knows the code, and then answers as it is told.
fn server(networks: &Networks, page: &Page, answer: impl Fn(&Heard, usize) -> Says + Send + 'static) -> (Hook, String) {
    let group = page.account.as_str();
    let code = ask(networks, page, "groups.getCallbackConfirmationCode", &[("group_id", group)])["code"].clone();
    let code = code.as_str().unwrap().to_owned();
    let hook = Hook::new(move |heard, before| match heard.body["type"].as_str() {
        Some("confirmation") => says(200, &code),
        _ => answer(heard, before),
    });
    let pairs = [("group_id", group), ("url", hook.url.as_str()), ("title", "Otklik"), ("secret_key", "s3cret")];
    let id = ask(networks, page, "groups.addCallbackServer", &pairs)["server_id"].to_string();
    until("the server to be confirmed", || (status(networks, page) == "ok").then_some(()));
    let events = ["wall_post_new", "wall_reply_new", "wall_reply_edit", "wall_reply_delete", "wall_reply_restore"];
    let events = events.into_iter().chain(["message_new", "message_reply", "message_edit", "message_deny"]);
    let mut pairs = vec![("group_id", group), ("server_id", id.as_str()), ("api_version", "5.199")];
    pairs.extend(events.map(|event| (event, "1")));
    ask(networks, page, "groups.setCallbackSettings", &pairs);
    (hook, id)
}

fn status(networks: &Networks, page: &Page) -> String {
    let servers = ask(networks, page, "groups.getCallbackServers", &[("group_id", &page.account)]);
    servers["items"][0]["status"].as_str().unwrap_or("none").to_owned()
}

fn kinds(heard: &[Heard]) -> Vec<&str> {
    heard.iter().map(|one| one.body["type"].as_str().unwrap()).collect()
}

#[test]
fn a_server_that_does_not_know_the_code_is_refused() {
    let (networks, page) = world(Net::Vk);
    let hook = Hook::new(|_, _| says(200, "ok"));
    let pairs = [("group_id", page.account.as_str()), ("url", hook.url.as_str()), ("title", "Otklik")];
    ask(&networks, &page, "groups.addCallbackServer", &pairs);
    until("the refusal", || (status(&networks, &page) == "failed").then_some(()));
    networks.post(&page, "Новость");
    assert_eq!((kinds(&hook.heard()), networks.deliveries_pending()), (vec!["confirmation"], 0));
}

#[test]
fn events_bear_the_secret_and_come_until_they_are_acknowledged() {
    let (networks, page) = world(Net::Vk);
    // The confirmation was the first; after it, two refusals.
    let (hook, _) = server(&networks, &page, |_, before| match before {
        1 => says(500, ""),
        2 => says(200, "thanks"),
        _ => says(200, "ok"),
    });
    let person = networks.person(Net::Vk, "Анна Иванова");
    let post = networks.post(&page, "Новость");
    let heard = hook.wait(4);
    assert_eq!(kinds(&heard), ["confirmation", "wall_post_new", "wall_post_new", "wall_post_new"]);
    assert_eq!(heard[1].body["event_id"], heard[3].body["event_id"]);
    assert_eq!([1, 2, 3].map(|at| heard[at].header("x-retry-counter")), [None, Some("1"), Some("2")]);
    assert_eq!((&heard[3].body["secret"], &heard[3].body["v"]), (&json!("s3cret"), &json!("5.199")));
    let key = networks.comment(&page, &post, &person, "Яма на Мира, 5", None, 2);
    let reply = networks.comment(&page, &post, &person, "И давно", Some(&key), 0);
    let heard = hook.wait(6);
    let (group, user): (i64, i64) = (page.account.parse().unwrap(), person.id.parse().unwrap());
    let object = &heard[4].body["object"];
    assert_eq!(heard[4].body["group_id"], json!(group));
    assert_eq!(
        (&object["from_id"], &object["owner_id"], &object["post_owner_id"]),
        (&json!(user), &json!(-group), &json!(-group))
    );
    assert_eq!(
        (object["id"].to_string(), object["post_id"].to_string(), &object["text"]),
        (key.clone(), post, &json!("Яма на Мира, 5"))
    );
    assert_eq!((object["attachments"].as_array().unwrap().len(), &object["parents_stack"]), (2, &json!([])));
    let photo = object["attachments"][0]["photo"]["sizes"][0]["url"].as_str().unwrap();
    assert_eq!(super::agent().get(photo).call().unwrap().status(), 200);
    let object = &heard[5].body["object"];
    assert_eq!(
        (object["id"].to_string(), object["reply_to_comment"].to_string(), &object["reply_to_user"]),
        (reply, key, &json!(user))
    );
    assert_eq!(object["parents_stack"], json!([object["reply_to_comment"]]));
    until("all to be acknowledged", || (networks.deliveries_pending() == 0).then_some(()));
    assert_eq!((networks.journal().deliveries, networks.journal().repeats, networks.journal().refusals), (6, 2, 2));
    let (headers, body) = networks.last_event(&page).unwrap();
    assert_eq!(headers[0].0, "content-type");
    assert_eq!(serde_json::from_str::<Value>(&body).unwrap(), heard[5].body);
}

#[test]
fn all_turns_of_what_is_written_are_told() {
    let (networks, page) = world(Net::Vk);
    let (hook, _) = server(&networks, &page, |_, _| says(200, "ok"));
    let person = networks.person(Net::Vk, "Анна");
    let post = networks.post(&page, "Новость");
    let key = networks.comment(&page, &post, &person, "Яма", None, 0);
    networks.edit(&page, &key, "Большая яма");
    networks.delete(&page, &key);
    networks.restore(&page, &key);
    networks.by_hand(&page, &post, "Уже чиним", Some(&key));
    let private = networks.write(&page, &person, "А у нас?");
    networks.edit(&page, &private, "А у нас во дворе?");
    networks.by_hand_private(&page, &person, "И у вас").unwrap();
    networks.deny(&page, &person);
    networks.suggest(&page, &person, "Опубликуйте").unwrap();
    networks.wall_post(&page, &person, "Спасибо").unwrap();
    let heard = hook.wait(13);
    let expected = [
        "confirmation",
        "wall_post_new",
        "wall_reply_new",
        "wall_reply_edit",
        "wall_reply_delete",
        "wall_reply_restore",
        "wall_reply_new",
        "message_new",
        "message_edit",
        "message_reply",
        "message_deny",
        "wall_post_new",
        "wall_post_new",
    ];
    assert_eq!(kinds(&heard), expected);
    let object = |at: usize| &heard[at].body["object"];
    assert_eq!(object(3)["text"], "Большая яма");
    assert_eq!(object(4)["id"].to_string(), key);
    assert!(object(6)["from_id"].as_i64().unwrap() < 0);
    assert_eq!(object(7)["message"]["peer_id"].to_string(), person.id);
    assert_eq!((&object(9)["out"], object(9)["admin_author_id"].is_i64()), (&json!(1), true));
    assert_eq!(object(10)["user_id"].to_string(), person.id);
    assert_eq!((&object(11)["post_type"], &object(12)["post_type"]), (&json!("suggest"), &json!("post")));
}

#[test]
fn a_comment_of_the_page_is_published_once_under_its_guid() {
    let (networks, page) = world(Net::Vk);
    let (hook, _) = server(&networks, &page, |_, _| says(200, "ok"));
    let person = networks.person(Net::Vk, "Анна");
    let post = networks.post(&page, "Новость");
    let key = networks.comment(&page, &post, &person, "Яма", None, 0);
    let owner = format!("-{}", page.account);
    let say = |guid: &str| {
        let pairs = [
            ("owner_id", owner.as_str()),
            ("post_id", post.as_str()),
            ("from_group", page.account.as_str()),
            ("message", "Сделано"),
            ("reply_to_comment", key.as_str()),
            ("guid", guid),
        ];
        ask(&networks, &page, "wall.createComment", &pairs)["comment_id"].to_string()
    };
    let first = say("a");
    assert_eq!(say("a"), first);
    assert_ne!(say("b"), first);
    let said = networks.said();
    assert_eq!(said.len(), 2);
    assert_eq!((said[0].post.as_ref(), said[0].reply_to.as_ref()), (Some(&post), Some(&key)));
    assert_eq!((&said[0].key, said[0].idempotency.as_deref(), said[0].text.as_str()), (&first, Some("a"), "Сделано"));
    // The page hears itself.
    let heard = hook.wait(5);
    assert_eq!(heard[3].body["object"]["id"].to_string(), first);
    assert_eq!(heard[3].body["object"]["from_id"].to_string(), owner);
}

#[test]
fn private_messages_want_leave_a_random_id_and_a_measure() {
    let (networks, page) = world(Net::Vk);
    let person = networks.person(Net::Vk, "Анна");
    let long = "я".repeat(9_001);
    let send = |text, random| {
        fault(
            &networks,
            &page.token,
            "messages.send",
            &[("peer_id", &person.id), ("message", text), ("random_id", random)],
        )
    };
    assert_eq!(send("Здравствуйте", "7"), 901);
    networks.write(&page, &person, "Яма");
    assert_eq!(send(&long, "7"), 914);
    assert_eq!(fault(&networks, &page.token, "messages.send", &[("peer_id", &person.id), ("message", "а")]), 100);
    let pairs = [("user_id", person.id.as_str()), ("message", "Сделано"), ("random_id", "7")];
    let first = ask(&networks, &page, "messages.send", &pairs);
    assert_eq!(ask(&networks, &page, "messages.send", &pairs), first);
    assert_eq!(networks.said().iter().map(|said| said.to.clone().unwrap()).collect::<Vec<_>>(), [person.id.as_str()]);
    networks.deny(&page, &person);
    assert_eq!(send("Ещё", "8"), 901);
}

#[test]
fn what_is_wrong_is_refused_with_the_networks_own_codes() {
    let (networks, page) = world(Net::Vk);
    let post = networks.post(&page, "Новость");
    let owner = format!("-{}", page.account);
    let reader = page.extra["reader_token"].as_str();
    assert_eq!(fault(&networks, "wrong", "users.get", &[]), 5);
    assert_eq!(fault(&networks, &page.token, "users.nothing", &[]), 3);
    let comment = |pairs: &[(&str, &str)]| fault(&networks, &page.token, "wall.createComment", pairs);
    assert_eq!(comment(&[("owner_id", "-1"), ("post_id", &post), ("message", "а")]), 212);
    assert_eq!(comment(&[("owner_id", &owner), ("post_id", &post), ("message", "а"), ("from_group", "1")]), 213);
    assert_eq!(comment(&[("owner_id", &owner), ("message", "а")]), 100);
    assert_eq!(comment(&[("owner_id", &owner), ("post_id", "99"), ("message", "а")]), 15);
    assert_eq!(fault(&networks, &page.token, "groups.getCallbackServers", &[("group_id", "1")]), 203);
    let body = call(&networks, &page.token, "wall.createComment", &[("owner_id", "-1"), ("post_id", "1")]);
    assert!(!body.to_string().contains(&page.token), "the token was told: {body}");
    let wall = [("owner_id", owner.as_str()), ("post_id", post.as_str())];
    assert_eq!(fault(&networks, &page.token, "wall.getComments", &wall), 27);
    assert_eq!(fault(&networks, reader, "messages.send", &[]), 15);
    let person = networks.person(Net::Vk, "Анна Иванова");
    let key = networks.comment(&page, &post, &person, "Яма", None, 0);
    networks.comment(&page, &post, &person, "И ещё", Some(&key), 0);
    let read = call(&networks, reader, "wall.getComments", &[wall[0], wall[1], ("thread_items_count", "10")]);
    assert_eq!((&read["response"]["count"], &read["response"]["current_level_count"]), (&json!(2), &json!(1)));
    assert_eq!(read["response"]["items"][0]["thread"]["items"][0]["text"], "И ещё");
    let posts = format!("{owner}_{post}");
    assert_eq!(ask(&networks, &page, "wall.getById", &[("posts", &posts)])["items"][0]["text"], "Новость");
    assert_eq!(ask(&networks, &page, "users.get", &[("user_ids", &person.id)])[0]["last_name"], "Иванова");
    let group = ask(&networks, &page, "groups.getById", &[("group_id", &page.account), ("fields", "members_count")]);
    assert!(group["groups"][0]["members_count"].as_i64().unwrap() >= 1_000);
}

#[test]
fn a_server_may_ask_for_a_pause_or_go() {
    let (networks, page) = world(Net::Vk);
    let (hook, id) = server(&networks, &page, |_, before| match before {
        1 => (503, "retry-after: 1\r\n", String::new()),
        2 => says(200, "ok"),
        _ => says(200, "remove"),
    });
    networks.post(&page, "Одна");
    let heard = hook.wait(3);
    assert!(heard[2].came - heard[1].came >= AGAIN * 10, "{:?}", heard[2].came - heard[1].came);
    networks.post(&page, "Две");
    until("the server to go", || (status(&networks, &page) == "none").then_some(()));
    let pairs = [("group_id", page.account.as_str()), ("server_id", id.as_str())];
    assert_eq!(fault(&networks, &page.token, "groups.deleteCallbackServer", &pairs), 2001);
}
