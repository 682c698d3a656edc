//! Personal data: found at intake, masked in every view, opened on record.

use std::time::Duration;

use diesel::prelude::*;
use otklik::desk;
use otklik::domain::Role;
use otklik::store::schema::{incidents, messages};
use serde_json::{Value, json};

use crate::harness::client::Client;
use crate::harness::server::{City, Source, message, organisation};
use crate::rights::said;

both_engines! {
    no_view_shows_what_was_planted,
    an_opening_is_put_on_record,
    what_is_found_follows_what_is_said,
    who_may_not_see_it_cannot_find_it,
}

/// Fragments of what the planted complaint holds; each stands nowhere else.
const PLANTED: &[&str] = &[
    "555-77-31",
    "5557732",
    "5557733",
    "5557734",
    "5557735",
    "planted.resident",
    "А741МК",
    "кв. 7319",
    "Кузьминичн",
    "112-233-445",
    "id77777731",
    "Василиса",
    "planted-photo",
];

/// A complaint with personal data wherever a resident or the staff can put some; its address.
fn planted(city: &City, source: &Source) -> String {
    let mut told = message("1", "Соседка Анна Кузьминична, тел. 8 913 555-77-31, planted.resident@mail.example");
    told["topic"] = json!("hole-in-road");
    told["author"]["url"] = json!("https://vk.com/id77777731");
    told["url"] = json!("https://vk.com/wall77777731_1?w=id77777731");
    told["place"] = json!({ "municipality": "harbour", "street": "Портовая", "house": "5, кв. 7319" });
    told["attachments"] =
        json!([{ "kind": "photo", "url": "http://127.0.0.1:9/planted-photo.jpg", "name": "89135557732.jpg" }]);
    let path = format!("/api/v1/incidents/{}", city.complaint(source, told.clone()));
    told["change"] = json!("edited");
    told["text"] = json!("Машина А741МК55 стоит у дома, кв. 7319, СНИЛС 112-233-445 95, писала Анне Кузьминичне");
    told["published_at"] = json!("2025-11-10T06:55:00Z");
    city.push(source, &[told]).expect(200);
    let moderator = city.sign_in(Role::Moderator);
    moderator.patch(&path, &json!({ "note": "звонила 89135557733" })).expect(200);
    let assigned = json!({ "organisation": organisation::CITY, "executor": organisation::WORKS });
    moderator.post(&format!("{path}/assignments"), &assigned).expect(200);
    let executor = city.sign_in_at(Role::Executor, organisation::WORKS);
    executor.post(&format!("{path}/work"), &Value::Null).expect(200);
    let draft = json!({
        "kind": "final", "outcome": "resolved", "via": "private",
        "text": "Анна Кузьминична, яму засыпали 9 ноября, звоните 89135557734",
    });
    executor.post(&format!("{path}/answers"), &draft).expect(200);
    executor.ask("POST", &format!("{path}/answers/1/submission")).send().expect(200);
    let rework = json!({ "reason": "formal", "text": "уберите 89135557735" });
    let approver = city.sign_in_at(Role::Approver, organisation::CITY);
    approver.post(&format!("{path}/answers/1/rework"), &rework).expect(200);
    path
}

/// The addresses of everything that can be read, of these things.
fn readable(city: &City, incident: &str, source: &Source) -> Vec<String> {
    let described = city.anybody().get("/api/v1/openapi.json").expect(200).json();
    let paths = described["paths"].as_object().expect("paths").clone();
    let of = |path: &str| {
        let id = match path.split('/').nth(3).unwrap_or_default() {
            "incidents" => incident,
            "organisations" => organisation::CITY,
            "topics" => "hole-in-road",
            "calendars" => "tiny",
            _ => source.id.as_str(),
        };
        let filled = path.replace("{id}", id).replace("{version}", "1").replace("{dimension}", "organisation");
        match path {
            "/api/v1/answers" => format!("{filled}?state=returned"),
            "/api/v1/postings" => format!("{filled}?incident={incident}"),
            _ => filled,
        }
    };
    let gets = paths.iter().filter(|(path, item)| item.get("get").is_some() && !path.contains("{file}"));
    gets.map(|(path, _)| of(path)).collect()
}

fn no_view_shows_what_was_planted(city: City) {
    let source = city.source();
    let path = planted(&city, &source);
    let incident = path.rsplit('/').next().expect("an id");
    let all = readable(&city, incident, &source);
    assert!(all.len() > 40, "{all:?}");
    let mut answered = 0;
    for role in [Role::Administrator, Role::Integration] {
        let client = city.sign_in(role);
        for address in &all {
            let answer = client.get(address);
            answered += usize::from(answer.status == 200);
            let said = said(&answer);
            for secret in PLANTED {
                assert!(!said.contains(secret), "{role} reads «{secret}» at {address}: {said}");
            }
        }
    }
    assert!(answered > 60, "only {answered} answers were read");
    // What is not there for another reason says nothing: those with the right read it, in the same places, and open the rest.
    let moderator = city.sign_in(Role::Moderator);
    let seen: String = all.iter().map(|address| said(&moderator.get(address))).collect();
    let opened = moderator.post(&format!("{path}/disclosures"), &json!({})).expect(201).text();
    for secret in PLANTED {
        assert!(seen.contains(secret) || opened.contains(secret), "«{secret}» is nowhere: {opened}");
    }
    // What residents wrote is masked for these too, but for the table that is put on record.
    for address in all.iter().filter(|address| !address.contains("incidents.")) {
        let said = said(&moderator.get(address));
        for secret in ["555-77-31", "planted.resident", "А741МК", "112-233-445"] {
            assert!(!said.contains(secret), "a moderator reads «{secret}» at {address} without opening it: {said}");
        }
    }
    // A problem that shows the incident shows it masked.
    let stale = moderator.ask("PATCH", &path).if_match("\"1\"").json(&json!({ "severity": 5 })).send();
    let stale = stale.expect(412).text();
    assert!(stale.contains("<госномер>") && !stale.contains("А741МК"), "{stale}");
    city.leave_jobs();
}

fn an_opening_is_put_on_record(city: City) {
    let source = city.source();
    let path = format!("/api/v1/incidents/{}", city.complaint(&source, message("1", "Яма, звоните 89135557731")));
    let moderator = city.sign_in(Role::Moderator);
    let before = moderator.get(&path).expect(200);
    let seen = before.json();
    assert_eq!((&seen["text"], &seen["personal"]), (&json!("Яма, звоните <телефон>"), &json!(["phone"])));
    let opened = moderator.post(&format!("{path}/disclosures"), &json!({ "reason": "звоню 89135557731" }));
    let opened = opened.expect(201).json();
    assert_eq!(opened["incident"]["text"], "Яма, звоните 89135557731");
    assert_eq!(opened["messages"][0]["text"], "Яма, звоните 89135557731");
    assert_eq!(opened["messages"][0]["author_name"], "Василиса П.");
    // Whoever edits the incident meanwhile is not disturbed.
    assert_eq!(moderator.get(&path).expect(200).etag(), before.etag());
    // The test's clock stands still, and of one instant no opening is the later.
    city.advance(Duration::from_secs(1));
    moderator.get("/api/v1/incidents.csv").expect(200);
    city.sign_in(Role::Administrator).get("/api/v1/incidents.csv").expect(200);

    let me = moderator.get("/api/v1/me").expect(200).json()["id"].as_str().expect("an id").to_owned();
    let listed = |client: &Client<'_>, query: &str| -> Vec<Value> {
        let page = client.get(&format!("/api/v1/disclosures?{query}")).expect(200).json();
        page["items"].as_array().expect("items").clone()
    };
    let controller = city.sign_in(Role::Controller);
    let all = listed(&controller, "");
    assert_eq!(all.iter().map(|one| one["kind"].clone()).collect::<Vec<_>>(), ["export", "incident"]);
    let one = &all[1];
    assert_eq!((&one["id"], &one["staff"]), (&opened["disclosure"], &json!(me)));
    assert_eq!((&one["incident"], &one["number"]), (&seen["id"], &seen["number"]));
    assert_eq!((&one["reason"], &one["at"]), (&json!("звоню <телефон>"), &opened["at"]));
    let id = seen["id"].as_str().expect("an id");
    assert_eq!(listed(&city.sign_in(Role::Administrator), &format!("incident={id}&staff={me}")).len(), 1);
    assert_eq!(listed(&controller, "from=2025-11-11T00:00:00Z").len(), 0);
    assert_eq!(listed(&controller, "to=2025-11-11T00:00:00Z&limit=1").len(), 1);
    assert_eq!(listed(&city.sign_in_at(Role::Controller, organisation::ISLAND), "").len(), 0);
    controller.get("/api/v1/disclosures?who=me").problem(422, "invalid");
    moderator.get("/api/v1/disclosures").problem(403, "forbidden");

    // What is refused is not on record.
    moderator.post(&format!("{path}/disclosures"), &json!({ "reason": "" })).problem(422, "invalid");
    city.sign_in(Role::Integration).post(&format!("{path}/disclosures"), &json!({})).problem(403, "forbidden");
    let beside = city.sign_in_at(Role::Executor, organisation::ISLAND);
    beside.post(&format!("{path}/disclosures"), &json!({})).problem(404, "not_found");
    assert_eq!(listed(&controller, "").len(), 2);
}

fn what_is_found_follows_what_is_said(city: City) {
    let source = city.source();
    let mut told = message("1", "На Портовой, 5 яма с 12.10.2025");
    let path = format!("/api/v1/incidents/{}", city.complaint(&source, told.clone()));
    let moderator = city.sign_in(Role::Moderator);
    let kinds = || moderator.get(&path).expect(200).json()["personal"].clone();
    assert_eq!(kinds(), json!([]));
    told["change"] = json!("edited");
    told["text"] = json!("На Портовой, 5 яма, г/н а741мк55");
    told["published_at"] = json!("2025-11-10T06:55:00Z");
    city.push(&source, &[told.clone()]).expect(200);
    assert_eq!(kinds(), json!(["plate"]));
    told["text"] = json!("На Портовой, 5 яма");
    told["published_at"] = json!("2025-11-10T06:56:00Z");
    city.push(&source, &[told]).expect(200);
    let thread = moderator.get(&format!("{path}/messages")).expect(200).json();
    assert_eq!(thread["items"][0]["personal"], json!(["plate"]), "what it said before is still there");
    let list = moderator.get("/api/v1/incidents").expect(200).json();
    assert_eq!(list["items"][0]["personal"], json!(["plate"]));
    // What came in before anything was looked for is looked through when it is shown.
    let text = city.complaint(&source, message("2", "Пишите на resident@mail.example"));
    let forgotten = city.app().store().write_now(|conn| -> Result<_, desk::Error> {
        diesel::update(messages::table).set(messages::personal.eq(None::<String>)).execute(conn)?;
        Ok(diesel::update(incidents::table).set(incidents::personal.eq(None::<String>)).execute(conn)?)
    });
    assert_eq!(forgotten.expect("the kinds are forgotten"), 2);
    let old = moderator.get(&format!("/api/v1/incidents/{text}")).expect(200).json();
    assert_eq!((&old["personal"], &old["text"]), (&json!(["email"]), &json!("Пишите на <email>")));
}

fn who_may_not_see_it_cannot_find_it(city: City) {
    let source = city.source();
    city.complaint(&source, message("1", "Снег у Анны Кузьминичны, кв. 7319, звоните 8 913 555-77-31"));
    let found = |role: Role, query: &str| {
        let page = city.sign_in(role).get(&format!("/api/v1/incidents?q={query}&total=true")).expect(200).json();
        (page["items"].as_array().expect("items").len(), page["total"].as_i64().expect("a total"))
    };
    for query in ["7319", "913+555", "Кузьминична", "снег+7319"] {
        assert_eq!(found(Role::Moderator, query), (1, 1), "{query}");
        assert_eq!(found(Role::Integration, query), (0, 0), "{query}");
        assert_eq!(found(Role::Integration, &format!("{query}&sort=due")), (0, 0), "{query}");
    }
    for role in [Role::Moderator, Role::Integration] {
        assert_eq!(found(role, "снегом+звонить"), (1, 1));
        assert_eq!(found(role, "снег+вода"), (0, 0));
    }
    city.sign_in(Role::Integration).get("/api/v1/incidents?q=ъъ7319").problem(422, "invalid");
}
