//! Intake through the signed webhook: once, in any order, durable, and every fault named.

use std::time::Duration;

use otklik::domain::Role;
use serde_json::{Value, json};

use crate::harness::client::Client;
use crate::harness::server::{City, message};

both_engines! {
    a_complaint_opens_an_incident_that_says_why_it_is_where_it_is,
    a_repeat_a_replay_and_a_batch_with_repeats_are_seen,
    the_end_state_does_not_depend_on_the_order,
    a_further_comment_joins_and_reopens,
    an_edit_is_kept_beside_the_original_and_a_deletion_marks,
    bad_deliveries_are_refused_and_store_nothing,
    what_the_policy_does_not_know_is_taken_in_and_noted,
    many_at_once_are_all_taken_in_once,
}

fn comment(id: &str, post: &str, author: &str, text: &str, at: &str) -> Value {
    json!({
        "external_id": id, "form": "comment", "post": post, "account": "lukomorsk",
        "author": { "id": author, "name": "Иван" }, "text": text, "published_at": at,
    })
}

fn statuses(taken: &Value) -> Vec<&str> {
    taken["results"].as_array().expect("results").iter().map(|r| r["status"].as_str().expect("a status")).collect()
}

fn items(client: &Client<'_>, path: &str) -> Vec<Value> {
    client.get(path).expect(200).json()["items"].as_array().expect("items").clone()
}

fn a_complaint_opens_an_incident_that_says_why_it_is_where_it_is(city: City) {
    let source = city.source();
    let mut known = message("1", "На набережной третий день нет воды");
    known["topic"] = json!("Нет воды");
    known["place"] =
        json!({ "municipality": "harbour", "street": "Набережная", "house": "7", "lat": 54.7, "lon": 20.5 });
    let id = city.complaint(&source, known);
    let moderator = city.sign_in(Role::Moderator);
    let incident = moderator.get(&format!("/api/v1/incidents/{id}")).expect(200).json();
    assert_eq!(incident["step"], "assigned");
    assert_eq!((&incident["organisation"], &incident["executor"]), (&json!("harbour-city"), &json!("harbour-water")));
    assert_eq!((&incident["severity"], &incident["street"]), (&json!(4), &json!("Набережная")));
    let stays = items(&moderator, &format!("/api/v1/incidents/{id}/assignments"));
    assert_eq!(stays[0]["by"], "rule");
    let rules: Vec<&str> = stays[0]["why"].as_array().unwrap().iter().map(|w| w["rule"].as_str().unwrap()).collect();
    assert_eq!(rules, ["water-city", "water"]);
    assert_eq!(stays[0]["why"][0]["policy_version"], 1);

    // A guess of the classifier waits for a moderator.
    let guessed = city.complaint(&source, message("2", "Огромная яма на Портовой, пробил колесо"));
    let incident = moderator.get(&format!("/api/v1/incidents/{guessed}")).expect(200).json();
    assert_eq!((&incident["step"], &incident["topic"]), (&json!("distribution"), &json!("hole-in-road")));
    assert_eq!((&incident["topic_origin"], &incident["organisation"]), (&json!("classifier"), &Value::Null));
    let clocks = items(&moderator, &format!("/api/v1/incidents/{guessed}/clocks"));
    let kinds: Vec<&str> = clocks.iter().map(|c| c["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["first_answer", "resolution", "routing"]);
}

fn a_repeat_a_replay_and_a_batch_with_repeats_are_seen(city: City) {
    let source = city.source();
    let (one, two) = (message("1", "Нет воды"), message("2", "Темно на улице"));
    assert_eq!(statuses(&city.push(&source, std::slice::from_ref(&one)).expect(200).json()), ["opened"]);
    assert_eq!(statuses(&city.push(&source, std::slice::from_ref(&one)).expect(200).json()), ["seen"]);
    let batch = [one.clone(), two.clone(), one, two];
    assert_eq!(statuses(&city.push(&source, &batch).expect(200).json()), ["seen", "opened", "seen", "seen"]);
    assert_eq!(statuses(&city.push(&source, &batch).expect(200).json()), ["seen"; 4]);
    let moderator = city.sign_in(Role::Moderator);
    assert_eq!(moderator.get("/api/v1/incidents?total=true").expect(200).json()["total"], 2);
    // The same identity from another source is another message.
    assert_eq!(statuses(&city.push(&city.source(), &[message("1", "Нет воды совсем")]).expect(200).json()).len(), 1);
}

/// What must be equal whatever the order: everything but identities and the history.
fn end_state(city: &City) -> Value {
    let moderator = city.sign_in(Role::Moderator);
    let mut all = Vec::new();
    for incident in items(&moderator, "/api/v1/incidents?limit=200") {
        let id = incident["id"].as_str().unwrap();
        let mut messages = items(&moderator, &format!("/api/v1/incidents/{id}/messages"));
        for message in &mut messages {
            message.as_object_mut().unwrap().remove("id");
        }
        all.push(json!({
            "text": incident["text"], "topic": incident["topic"], "step": incident["step"],
            "published_at": incident["published_at"], "due_at": incident["due_at"], "messages": messages,
        }));
    }
    all.sort_by_key(|incident| incident["text"].to_string());
    json!(all)
}

fn the_end_state_does_not_depend_on_the_order(city: City) {
    let t = |minute: u32| format!("2025-11-10T06:{minute:02}:00Z");
    let told = [
        comment("c1", "p1", "anna", "На Портовой яма", &t(10)),
        comment("c2", "p1", "anna", "И на Морской выбоины", &t(11)),
        json!({ "external_id": "c1", "change": "edited", "form": "comment", "post": "p1", "account": "lukomorsk",
            "author": { "id": "anna", "name": "Иван" }, "text": "На Портовой, 3 огромная яма", "published_at": t(20) }),
        comment("c3", "p1", "boris", "Нет воды", &t(12)),
        json!({ "external_id": "c3", "change": "deleted", "form": "comment", "post": "p1", "account": "lukomorsk",
            "author": { "id": "boris", "name": "Иван" }, "published_at": t(30) }),
    ];
    let orders: [&[usize]; 5] =
        [&[0, 1, 2, 3, 4], &[4, 3, 2, 1, 0], &[2, 4, 0, 3, 1], &[1, 2, 4, 3, 0], &[3, 0, 1, 4, 2]];
    let mut states = Vec::new();
    for (n, order) in orders.iter().enumerate() {
        // Each order in a city of its own; odd ones in one batch, even ones message by message, all of them told twice.
        let fresh = City::with(city.database().on_engine(), |_| {});
        let source = fresh.source();
        let told: Vec<Value> = order.iter().map(|i| told[*i].clone()).collect();
        if n % 2 == 1 {
            fresh.push(&source, &told).expect(200);
        } else {
            told.iter().for_each(|one| drop(fresh.push(&source, std::slice::from_ref(one)).expect(200)));
        }
        assert_eq!(statuses(&fresh.push(&source, &told).expect(200).json()), ["seen"; 5], "order {order:?}");
        states.push(end_state(&fresh));
    }
    assert_eq!(states[0].as_array().unwrap().len(), 2);
    assert_eq!(states[0][0]["messages"].as_array().unwrap().len(), 2);
    for (order, state) in orders.iter().zip(&states) {
        assert_eq!(state, &states[0], "order {order:?}");
    }
}

fn a_further_comment_joins_and_reopens(city: City) {
    let source = city.source();
    let first = city.push(&source, &[comment("1", "p", "anna", "Темно на улице Мира", "2025-11-10T06:00:00Z")]);
    let id = first.expect(200).json()["results"][0]["incident"].clone();
    let joined =
        city.push(&source, &[comment("2", "p", "anna", "Уже неделю!", "2025-11-10T06:05:00Z")]).expect(200).json();
    assert_eq!((statuses(&joined), &joined["results"][0]["incident"]), (vec!["joined"], &id));
    let other =
        city.push(&source, &[comment("3", "p", "boris", "У нас тоже", "2025-11-10T06:06:00Z")]).expect(200).json();
    assert_eq!(statuses(&other), ["opened"]);

    let moderator = city.sign_in(Role::Moderator);
    let path = format!("/api/v1/incidents/{}", id.as_str().unwrap());
    moderator.post(&format!("{path}/dismissals"), &json!({ "reason": "unclear" })).expect(200);
    let again = city.push(&source, &[comment("4", "p", "anna", "Вот адрес: Мира, 5", "2025-11-10T06:50:00Z")]);
    assert_eq!(statuses(&again.expect(200).json()), ["reopened"]);
    let incident = moderator.get(&path).expect(200).json();
    assert_eq!((&incident["step"], &incident["close_reason"]), (&json!("distribution"), &Value::Null));
    assert_ne!(incident["due_at"], Value::Null, "a reopened incident has deadlines again");
    // All words of the thread are searched.
    assert_eq!(items(&moderator, "/api/v1/incidents?q=адрес").len(), 1);
}

fn an_edit_is_kept_beside_the_original_and_a_deletion_marks(city: City) {
    let source = city.source();
    let id = city.complaint(&source, message("1", "Нет воды"));
    let change = |change: &str, text: &str, at: &str| {
        let mut told = message("1", text);
        (told["change"], told["published_at"]) = (json!(change), json!(at));
        told
    };
    let edit = change("edited", "Нет воды на Портовой", "2025-11-10T06:55:00Z");
    assert_eq!(statuses(&city.push(&source, &[edit]).expect(200).json()), ["edited"]);
    let deletion = change("deleted", "", "2025-11-10T06:57:00Z");
    assert_eq!(statuses(&city.push(&source, std::slice::from_ref(&deletion)).expect(200).json()), ["deleted"]);
    assert_eq!(statuses(&city.push(&source, &[deletion]).expect(200).json()), ["seen"]);
    let moderator = city.sign_in(Role::Moderator);
    let told = items(&moderator, &format!("/api/v1/incidents/{id}/messages"));
    assert_eq!(told[0]["text"], "Нет воды на Портовой");
    assert_eq!(told[0]["earlier"][0]["text"], "Нет воды");
    assert_eq!(told[0]["deleted_at"], "2025-11-10T06:57:00Z");
    let events = items(&moderator, &format!("/api/v1/incidents/{id}/events"));
    let kinds: Vec<&str> = events.iter().map(|e| e["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["opened", "message_edited", "message_deleted"]);
    assert!(events.iter().all(|e| e["intact"] == true));
    assert_eq!(items(&moderator, "/api/v1/incidents?q=портовая").len(), 1);
}

fn bad_deliveries_are_refused_and_store_nothing(city: City) {
    let source = city.source();
    let good = message("1", "Нет воды").to_string();
    let push = |body: &[u8]| city.push_signed(&source.name, &[&source.secret], body);
    let other = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    city.push_signed(&source.name, &[other], good.as_bytes()).problem(401, "signature_wrong");
    city.push_signed("nobody", &[&source.secret], good.as_bytes()).problem(404, "not_found");
    push(b"{\"external_id\":\"\xff\"}").problem(400, "malformed");
    push(b"{\"external_id\":").problem(400, "malformed");
    push(good.replace("Нет воды", "Нет\\u0000воды").as_bytes()).problem(422, "invalid");
    push(good.replace("\"Нет воды\"", "7").as_bytes()).problem(422, "invalid");
    push(good.replace("\"text\"", "\"texst\"").as_bytes()).problem(422, "invalid");
    push(b"[]").problem(422, "invalid");
    let many: Vec<Value> = (0..1001).map(|n| message(&n.to_string(), "Нет воды")).collect();
    push(json!(many).to_string().as_bytes()).problem(422, "invalid");
    // One bad message spoils its batch, and every fault is named.
    let batch = json!([message("1", "Нет воды"), message("2", ""), message("", "Темно")]);
    let problem = push(batch.to_string().as_bytes()).problem(422, "invalid");
    let pointers: Vec<&str> =
        problem["errors"].as_array().unwrap().iter().map(|e| e["pointer"].as_str().unwrap()).collect();
    assert_eq!(pointers, ["/1/text", "/2/external_id"]);
    let path = format!("/hooks/webhook/{}", source.name);
    let signed = |stamp: &str, body: &[u8]| {
        city.anybody()
            .ask("POST", &path)
            .header("webhook-id", "msg_1")
            .header("webhook-timestamp", stamp)
            .header("webhook-signature", "v1,AAAA")
            .body("application/json", body)
            .send()
    };
    signed("1600000000", good.as_bytes()).problem(401, "signature_stale");
    signed("1600000000.0", good.as_bytes()).problem(401, "signature_missing");
    city.anybody().post(&path, &message("1", "Нет воды")).problem(401, "signature_missing");
    city.anybody().ask("POST", &path).body("text/plain", good.as_bytes()).send().problem(415, "unsupported_media_type");
    push(&vec![b' '; (8 << 20) + 1]).problem(413, "too_large");
    let moderator = city.sign_in(Role::Moderator);
    assert_eq!(items(&moderator, "/api/v1/incidents"), Vec::<Value>::new());
}

fn what_the_policy_does_not_know_is_taken_in_and_noted(city: City) {
    let source = city.source();
    let mut strange = message("1", "Тут что-то странное");
    strange["topic"] = json!("Драконы");
    strange["place"] = json!({ "municipality": "Атлантида" });
    strange["published_at"] = json!("2031-01-01T00:00:00Z");
    let id = city.complaint(&source, strange.clone());
    let moderator = city.sign_in(Role::Moderator);
    let incident = moderator.get(&format!("/api/v1/incidents/{id}")).expect(200).json();
    assert_eq!((&incident["step"], &incident["topic"]), (&json!("distribution"), &Value::Null));
    assert_eq!(incident["municipality"], "harbour");
    assert_eq!(incident["published_at"], incident["received_at"], "nothing is published in the future");
    let opened = &items(&moderator, &format!("/api/v1/incidents/{id}/events"))[0]["data"];
    assert_eq!((&opened["topic_unknown"], &opened["municipality_unknown"]), (&json!("Драконы"), &json!("Атлантида")));
    assert_eq!(statuses(&city.push(&source, &[strange]).expect(200).json()), ["seen"]);
}

fn many_at_once_are_all_taken_in_once(city: City) {
    let source = city.source();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (city, source) = (&city, &source);
            scope.spawn(move || {
                for n in 0..25 {
                    // Every message is told by two threads, and every second one shares its thread with its neighbour.
                    let (pair, author) = ((thread / 2) * 25 + n, format!("author {}", n / 2));
                    let told = comment(
                        &format!("m{pair}"),
                        &format!("p{}", thread / 2),
                        &author,
                        "Яма",
                        "2025-11-10T06:00:00Z",
                    );
                    city.push(source, &[told]).expect(200);
                }
            });
        }
    });
    let moderator = city.sign_in(Role::Moderator);
    let all = moderator.get("/api/v1/incidents?total=true&limit=200").expect(200).json();
    assert_eq!(all["total"], 4 * 13);
    let messages: usize = all["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|i| items(&moderator, &format!("/api/v1/incidents/{}/messages", i["id"].as_str().unwrap())).len())
        .sum();
    assert_eq!(messages, 100);
    city.advance(Duration::ZERO);
}
