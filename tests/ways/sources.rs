//! Sources: their secrets are shown once, two are good while one is replaced, and a source that is off takes nothing.

use otklik::domain::Role;
use serde_json::json;

use crate::harness::server::{City, message, organisation};

both_engines! {
    a_secret_is_shown_once_and_kept_sealed,
    two_secrets_are_good_while_one_is_replaced,
    a_source_that_is_off_takes_nothing,
    a_source_changes_only_as_it_was_seen,
    only_the_citys_administrators_manage_sources,
}

fn a_secret_is_shown_once_and_kept_sealed(city: City) {
    let administrator = city.sign_in(Role::Administrator);
    let source = city.source();
    assert!(source.secret.starts_with("whsec_"));
    let path = format!("/api/v1/sources/{}", source.id);
    for answer in [administrator.get(&path), administrator.get("/api/v1/sources")] {
        let text = answer.expect(200).text();
        assert!(text.contains(&source.name) && !text.contains("whsec_") && !text.contains(&source.secret[6..]));
    }
    // Nor does it lie in the database.
    let kept: Vec<String> = city
        .app()
        .store()
        .read_now(|conn| {
            use diesel::prelude::*;
            use otklik::store::schema::source_secrets;
            Ok::<_, otklik::desk::Error>(source_secrets::table.select(source_secrets::sealed).load(conn)?)
        })
        .expect("the sealed secrets");
    assert_eq!(kept.len(), 1);
    assert!(!kept[0].contains(&source.secret[6..]));
    city.push(&source, &[message("1", "Нет воды")]).expect(200);

    let again = json!({ "name": source.name, "title": "Другой", "network": "vk" });
    administrator.post("/api/v1/sources", &again).problem(409, "conflict");
}

fn two_secrets_are_good_while_one_is_replaced(city: City) {
    let administrator = city.sign_in(Role::Administrator);
    let source = city.source();
    let path = format!("/api/v1/sources/{}/secret", source.id);
    let rotate = |hours: u32| {
        let answer = administrator.post(&path, &json!({ "keep_hours": hours })).expect(201).json();
        answer["secret"].as_str().expect("a secret").to_owned()
    };
    let taken = |secret: &str| {
        let body = message(&format!("with {secret}"), "Нет воды").to_string();
        let answer = city.push_signed(&source.name, &[secret], body.as_bytes());
        match answer.status {
            200 => true,
            _ => {
                answer.problem(401, "signature_wrong");
                false
            }
        }
    };
    let first = source.secret.clone();
    let second = rotate(24);
    assert_ne!(first, second);
    assert!(taken(&first) && taken(&second), "while it is replaced, both are good");
    let third = rotate(24);
    assert!(!taken(&first), "never more than two");
    assert!(taken(&second) && taken(&third));
    let fourth = rotate(0);
    assert!(!taken(&second) && !taken(&third), "kept for no hour, it ends at once");
    assert!(taken(&fourth));
    // One that signs with both, old and new, is understood whichever of them is good.
    let body = message("both", "Нет воды").to_string();
    city.push_signed(&source.name, &[&first, &fourth], body.as_bytes()).expect(200);

    administrator.post(&path, &json!({ "keep_hours": 169 })).problem(422, "invalid");
}

fn a_source_that_is_off_takes_nothing(city: City) {
    let administrator = city.sign_in(Role::Administrator);
    let source = city.source();
    city.push(&source, &[message("1", "Нет воды")]).expect(200);
    let path = format!("/api/v1/sources/{}", source.id);
    administrator.delete(&path).expect(204);
    city.push(&source, &[message("2", "Нет воды")]).problem(404, "not_found");
    assert_eq!(administrator.get(&path).expect(200).json()["active"], false);
    let listed = administrator.get("/api/v1/sources?active=true").expect(200).json();
    assert_eq!(listed["items"], json!([]));

    administrator.patch(&path, &json!({ "active": true })).expect(200);
    city.push(&source, &[message("2", "Нет воды")]).expect(200);
    let unknown = city.push_signed("no-such-source", &[&source.secret], b"{}");
    unknown.problem(404, "not_found");
}

fn a_source_changes_only_as_it_was_seen(city: City) {
    let administrator = city.sign_in(Role::Administrator);
    let path = format!("/api/v1/sources/{}", city.source().id);
    let seen = administrator.get(&path).expect(200).etag();
    let ask = |etag: &str, title: &str| {
        administrator.ask("PATCH", &path).if_match(etag).json(&json!({ "title": title })).send()
    };
    let changed = ask(&seen, "Первый").expect(200);
    assert_ne!(changed.etag(), seen);
    ask(&seen, "Второй").problem(412, "stale");
    assert_eq!(administrator.get(&path).expect(200).json()["title"], "Первый");
    ask(&changed.etag(), "Второй").expect(200);
}

fn only_the_citys_administrators_manage_sources(city: City) {
    let path = format!("/api/v1/sources/{}", city.source().id);
    let local = city.sign_in_at(Role::Administrator, organisation::CITY);
    local.get(&path).problem(403, "forbidden");
    local.delete(&path).problem(403, "forbidden");
    local.post(&format!("{path}/secret"), &json!({})).problem(403, "forbidden");
    city.sign_in(Role::Moderator).get(&path).problem(403, "forbidden");
}
