//! Lists: filters, pages that stay stable, and search that knows endings and ё.

use otklik::domain::Role;
use serde_json::{Value, json};

use crate::harness::client::Client;
use crate::harness::server::{City, message, organisation};

both_engines! {
    a_word_is_found_in_every_form,
    a_search_goes_on_until_its_page_is_full,
    pages_neither_repeat_nor_skip_while_messages_come_in,
    filters_narrow_and_bad_ones_are_named,
    personal_data_is_masked_without_the_right,
}

fn numbers(client: &Client<'_>, query: &str) -> Vec<i64> {
    let page = client.get(&format!("/api/v1/incidents?{query}")).expect(200).json();
    page["items"].as_array().expect("items").iter().map(|i| i["number"].as_i64().expect("a number")).collect()
}

fn a_word_is_found_in_every_form(city: City) {
    let source = city.source();
    for (n, text) in ["Сугробы со снегом по пояс", "Снега нет, а лёд есть", "Ёлка упала", "Нет воды"].iter().enumerate()
    {
        city.complaint(&source, message(&n.to_string(), text));
    }
    let moderator = city.sign_in(Role::Moderator);
    assert_eq!(numbers(&moderator, "q=снег").len(), 2);
    assert_eq!(numbers(&moderator, "q=снегом+сугроб").len(), 1);
    assert_eq!(numbers(&moderator, "q=СНЕГУ").len(), 2);
    assert_eq!(numbers(&moderator, "q=елки").len(), 1);
    assert_eq!(numbers(&moderator, "q=лед&step=distribution&sort=due").len(), 1);
    assert_eq!(numbers(&moderator, "q=вертолёт"), Vec::<i64>::new());
    // Operators of the full-text engines are words like any other.
    for odd in ["q=%22", "q=%27%3A*", "q=!"] {
        moderator.get(&format!("/api/v1/incidents?{odd}")).problem(422, "invalid");
    }
    assert_eq!(numbers(&moderator, "q=снег%27%20OR%20%22x"), Vec::<i64>::new());
}

fn a_search_goes_on_until_its_page_is_full(city: City) {
    let source = city.source();
    // A few of the island's among very many that have the word, the first and the last of all included.
    let is_island = |n: usize| n.is_multiple_of(400) || n == 1199;
    for thousand in [0..700, 700..1200] {
        let batch: Vec<Value> = thousand
            .map(|n| {
                let mut one = message(&n.to_string(), "Снег не убран");
                one["place"] = json!({ "municipality": if is_island(n) { "island" } else { "harbour" } });
                one
            })
            .collect();
        city.push(&source, &batch).expect(200);
    }
    let moderator = city.sign_in(Role::Moderator);
    let island = |more: &str| numbers(&moderator, &format!("q=снег&municipality=island{more}"));
    assert_eq!(island(""), [1200, 801, 401, 1]);
    assert_eq!(island("&sort=oldest"), [1, 401, 801, 1200]);
    assert_eq!(island("&limit=2&sort=oldest"), [1, 401]);
    assert_eq!(numbers(&moderator, "q=снег&limit=200").len(), 200);
    assert_eq!(numbers(&moderator, "q=снег+вода&municipality=island"), [0; 0]);
    // Page after page, nothing is missed and nothing comes twice.
    let (mut all, mut path) = (Vec::new(), "q=убрать&limit=150".to_owned());
    loop {
        all.extend(numbers(&moderator, &path));
        let page = moderator.get(&format!("/api/v1/incidents?{path}")).expect(200).json();
        let Some(next) = page["next"].as_str() else { break };
        path = format!("q=убрать&limit=150&cursor={next}");
    }
    assert_eq!(all, (1..=1200).rev().collect::<Vec<i64>>());
}

fn pages_neither_repeat_nor_skip_while_messages_come_in(city: City) {
    let source = city.source();
    let push = |from: usize, to: usize| {
        let batch: Vec<Value> = (from..to).map(|n| message(&n.to_string(), "Яма")).collect();
        city.push(&source, &batch).expect(200);
    };
    push(0, 25);
    let moderator = city.sign_in(Role::Moderator);
    for sort in ["newest", "oldest", "due"] {
        let mut seen = Vec::new();
        let mut path = format!("/api/v1/incidents?sort={sort}&limit=7");
        let total = moderator.get(&format!("{path}&total=true")).expect(200).json()["total"].as_i64().unwrap();
        loop {
            let page = moderator.get(&path).expect(200);
            let body = page.json();
            seen.extend(body["items"].as_array().unwrap().iter().map(|i| i["number"].as_i64().unwrap()));
            push(1000 + seen.len() * 10 + total as usize, 1003 + seen.len() * 10 + total as usize);
            match body["next"].as_str() {
                Some(next) => path = format!("/api/v1/incidents?sort={sort}&limit=7&cursor={next}"),
                None => break,
            }
            if sort == "oldest" && seen.len() as i64 >= total {
                break;
            }
        }
        let unique: std::collections::BTreeSet<_> = seen.iter().collect();
        assert_eq!(unique.len(), seen.len(), "{sort} repeats");
        assert!(seen.len() as i64 >= total, "{sort} skips: {} of {total}", seen.len());
    }
    moderator.get("/api/v1/incidents?cursor=nonsense").problem(422, "invalid");
    let other = moderator.get("/api/v1/incidents?limit=3").expect(200).json()["next"].as_str().unwrap().to_owned();
    moderator.get(&format!("/api/v1/incidents?sort=due&cursor={other}")).problem(422, "invalid");
}

fn filters_narrow_and_bad_ones_are_named(city: City) {
    let source = city.source();
    let mut told = message("1", "Яма");
    told["topic"] = json!("hole-in-road");
    told["place"] = json!({ "municipality": "harbour", "street": "Портовая", "house": "3" });
    told["attachments"] = json!([{ "kind": "photo", "url": "https://example.org/1.jpg" }]);
    let id = city.complaint(&source, told);
    // Nobody is asked for the photo.
    city.leave_jobs();
    city.complaint(&source, message("2", "Нет воды"));
    let moderator = city.sign_in(Role::Moderator);
    for query in [
        "step=assigned",
        "open=true&topic=hole-in-road",
        "group=streets",
        "network=vk&media=true",
        "street=Портовая&house=3",
        "organisation=tiny-council&step=assigned,in_work",
        "executor=harbour-works",
        "municipality=harbour&topic_origin=message",
        "severity_from=3&severity_to=3",
        "account=lukomorsk&returned=false&topic=hole-in-road",
        "kind=solvable&step=assigned",
        "received_from=2025-11-10T00:00:00Z&published_to=2025-11-11T00:00:00Z&topic=hole-in-road",
        "clock=resolution&clock_state=running&topic=hole-in-road",
        "merged=false&rated=false&media=true",
    ] {
        assert_eq!(numbers(&moderator, query).len(), 1, "{query}");
    }
    assert_eq!(numbers(&moderator, &format!("same_author_as={id}")).len(), 1);
    for query in
        ["open=false", "overdue=true", "outcome=resolved", "close_reason=duplicate", "rated=true", "settlement=x"]
    {
        assert_eq!(numbers(&moderator, query).len(), 0, "{query}");
    }
    for (query, pointer) in [
        ("step=asigned", "step"),
        ("limit=0", "limit"),
        ("colour=red", "colour"),
        ("organisation=none", "organisation"),
        ("received_from=yesterday", "received_from"),
        ("decided_from=2025-01-01T00:00:00Z", "clock"),
    ] {
        let problem = moderator.get(&format!("/api/v1/incidents?{query}")).problem(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{query}");
    }
}

fn personal_data_is_masked_without_the_right(city: City) {
    let source = city.source();
    let id = city.complaint(&source, message("1", "Нет воды, кв. 12, звоните 8 913 123-45-67"));
    let path = format!("/api/v1/incidents/{id}");
    let moderator = city.sign_in(Role::Moderator);
    let seen = moderator.get(&path).expect(200).text();
    assert!(!seen.contains("123-45-67") && seen.contains("<телефон>"), "{seen}");
    let opened = moderator.post(&format!("{path}/disclosures"), &json!({})).expect(201).text();
    assert!(opened.contains("123-45-67") && opened.contains("Василиса"), "{opened}");
    let integration = city.sign_in_at(Role::Integration, organisation::ROOT);
    let masked = integration.get(&path).expect(200).text();
    assert!(!masked.contains("123-45-67") && masked.contains("<телефон>"), "{masked}");
    let thread = integration.get(&format!("{path}/messages")).expect(200).text();
    assert!(!thread.contains("123-45-67") && !thread.contains("Василиса"), "{thread}");
}
