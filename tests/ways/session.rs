//! Signing in, staying signed in, and being signed out.

use otklik::domain::Role;
use serde_json::{Value, json};

use crate::harness::server::{City, PASSWORD, organisation};

both_engines! {
    tokens_open_the_api_and_are_never_the_same,
    a_refresh_token_is_good_once_and_its_reuse_ends_the_sign_in,
    signing_out_ends_this_sign_in_only,
    signing_out_everywhere_ends_all,
    an_account_switched_off_is_out_at_once,
    another_password_ends_all_sign_ins,
    another_role_holds_at_once,
    wrong_credentials_tell_nothing_and_are_slowed_down,
    bad_tokens_are_refused,
}

fn token(session: &Value, which: &str) -> String {
    session[which].as_str().expect("a token").to_owned()
}

fn refresh(city: &City, token: &str) -> crate::harness::client::Answer {
    city.anybody().post("/api/v1/session/refresh", &json!({ "refresh_token": token }))
}

/// Whether an access token opens the API.
#[track_caller]
fn is_in(city: &City, session: &Value) -> bool {
    let answer = city.client(Some(token(session, "access_token"))).get("/api/v1/me");
    match answer.status {
        200 => true,
        401 => {
            let challenge = answer.header("www-authenticate").unwrap_or_default().to_owned();
            assert!(challenge.starts_with("Bearer"), "a 401 says how to sign in: {challenge}");
            answer.problem(401, "bad_token");
            false
        }
        other => panic!("/me was answered {other}: {}", answer.text()),
    }
}

fn tokens_open_the_api_and_are_never_the_same(city: City) {
    let login = city.hire(Role::Executor, organisation::WORKS);
    let (first, second) = (city.session(&login), city.session(&login));
    assert!(is_in(&city, &first) && is_in(&city, &second));
    assert_eq!(first["token_type"], "Bearer");
    assert_eq!(first["expires_in"], 900);
    for which in ["access_token", "refresh_token"] {
        assert_ne!(first[which], second[which]);
    }
    let me = city.client(Some(token(&first, "access_token"))).get("/api/v1/me").expect(200).json();
    assert_eq!((&me["login"], &me["role"]), (&json!(login), &json!("executor")));
    assert_eq!(me["id"], first["staff_id"]);
    assert_eq!(me.get("password_hash"), None);
    city.anybody().get("/api/v1/me").problem(401, "not_signed_in");
}

fn a_refresh_token_is_good_once_and_its_reuse_ends_the_sign_in(city: City) {
    let login = city.hire(Role::Moderator, organisation::ROOT);
    let (one, other) = (city.session(&login), city.session(&login));
    let next = refresh(&city, &token(&one, "refresh_token")).expect(201).json();
    assert_ne!(next["refresh_token"], one["refresh_token"]);
    assert!(is_in(&city, &next));

    // Somebody sends the first one again: either they or the owner copied it, so all that descends from it ends.
    refresh(&city, &token(&one, "refresh_token")).problem(401, "bad_token");
    assert!(!is_in(&city, &next));
    refresh(&city, &token(&next, "refresh_token")).problem(401, "bad_token");
    assert!(is_in(&city, &other), "another sign-in of the same account is not touched");

    refresh(&city, "no-such-token").problem(401, "bad_token");
    refresh(&city, &token(&other, "access_token")).problem(401, "bad_token");
}

fn signing_out_ends_this_sign_in_only(city: City) {
    let login = city.hire(Role::Moderator, organisation::ROOT);
    let (one, other) = (city.session(&login), city.session(&login));
    let out = city.client(Some(token(&one, "access_token"))).delete("/api/v1/session").expect(204);
    assert!(out.body.is_empty());
    assert!(!is_in(&city, &one));
    refresh(&city, &token(&one, "refresh_token")).problem(401, "bad_token");
    assert!(is_in(&city, &other));
    refresh(&city, &token(&other, "refresh_token")).expect(201);
}

fn signing_out_everywhere_ends_all(city: City) {
    let login = city.hire(Role::Moderator, organisation::ROOT);
    let colleague = city.session(&city.hire(Role::Moderator, organisation::ROOT));
    let (one, other) = (city.session(&login), city.session(&login));
    city.client(Some(token(&one, "access_token"))).delete("/api/v1/session/all").expect(204);
    for session in [&one, &other] {
        assert!(!is_in(&city, session));
        refresh(&city, &token(session, "refresh_token")).problem(401, "bad_token");
    }
    assert!(is_in(&city, &colleague));
    assert!(is_in(&city, &city.session(&login)), "one can sign in anew");
}

fn an_account_switched_off_is_out_at_once(city: City) {
    let session = city.session(&city.hire(Role::Executor, organisation::WORKS));
    let login =
        city.client(Some(token(&session, "access_token"))).get("/api/v1/me").expect(200).json()["login"].clone();
    let path = format!("/api/v1/staff/{}", session["staff_id"].as_str().expect("an id"));
    let administrator = city.sign_in(Role::Administrator);
    administrator.patch(&path, &json!({ "active": false })).expect(200);
    assert!(!is_in(&city, &session));
    refresh(&city, &token(&session, "refresh_token")).problem(401, "bad_token");
    let again = json!({ "login": login, "password": PASSWORD });
    city.anybody().post("/api/v1/session", &again).problem(401, "wrong_credentials");

    administrator.patch(&path, &json!({ "active": true })).expect(200);
    assert!(!is_in(&city, &session), "what was given out before stays void");
    city.anybody().post("/api/v1/session", &again).expect(201);
}

fn another_password_ends_all_sign_ins(city: City) {
    const NEW: &str = "совсем-другой-2";
    let login = city.hire(Role::Executor, organisation::WORKS);
    let session = city.session(&login);
    let own = city.client(Some(token(&session, "access_token")));
    own.post("/api/v1/me/password", &json!({ "current": "не тот пароль", "password": NEW })).problem(422, "invalid");
    own.post("/api/v1/me/password", &json!({ "current": PASSWORD, "password": "короткий" })).problem(422, "invalid");
    assert!(is_in(&city, &session));
    own.post("/api/v1/me/password", &json!({ "current": PASSWORD, "password": NEW })).expect(204);
    assert!(!is_in(&city, &session));
    refresh(&city, &token(&session, "refresh_token")).problem(401, "bad_token");
    let with =
        |password: &str| city.anybody().post("/api/v1/session", &json!({ "login": login, "password": password }));
    with(PASSWORD).problem(401, "wrong_credentials");
    let session = with(NEW).expect(201).json();

    let path = format!("/api/v1/staff/{}/password", session["staff_id"].as_str().expect("an id"));
    city.sign_in(Role::Administrator).put(&path, &json!({ "password": PASSWORD })).expect(204);
    assert!(!is_in(&city, &session));
    with(NEW).problem(401, "wrong_credentials");
    with(PASSWORD).expect(201);
}

fn another_role_holds_at_once(city: City) {
    let session = city.session(&city.hire(Role::Executor, organisation::WORKS));
    let client = city.client(Some(token(&session, "access_token")));
    client.get("/api/v1/staff").problem(403, "forbidden");
    let path = format!("/api/v1/staff/{}", session["staff_id"].as_str().expect("an id"));
    let change = json!({ "role": "administrator", "organisation": organisation::ROOT });
    city.sign_in(Role::Administrator).patch(&path, &change).expect(200);
    client.get("/api/v1/staff").expect(200);
}

fn wrong_credentials_tell_nothing_and_are_slowed_down(city: City) {
    let login = city.hire(Role::Moderator, organisation::ROOT);
    let with = |login: &str, password: &str| {
        city.anybody().post("/api/v1/session", &json!({ "login": login, "password": password }))
    };
    let mut unknown = with("nobody-of-that-name", PASSWORD).problem(401, "wrong_credentials");
    let mut wrong = with(&login, "не тот пароль").problem(401, "wrong_credentials");
    for problem in [&mut unknown, &mut wrong] {
        problem["request_id"].take();
    }
    assert_eq!(unknown, wrong, "whether the login exists must not show");

    (1..10).for_each(|_| drop(with(&login, "не тот пароль").problem(401, "wrong_credentials")));
    let slowed = with(&login, PASSWORD);
    let wait: u64 = slowed.header("retry-after").expect("how long to wait").parse().expect("seconds");
    assert!((1..=300).contains(&wait));
    slowed.problem(429, "slow_down");
    city.session(&city.hire(Role::Moderator, organisation::ROOT));
}

fn bad_tokens_are_refused(city: City) {
    let session = city.session(&city.hire(Role::Moderator, organisation::ROOT));
    let good = token(&session, "access_token");
    let [head, body, signature]: [&str; 3] = good.split('.').collect::<Vec<_>>().try_into().expect("three parts");
    let other = city.session(&city.hire(Role::Administrator, organisation::ROOT));
    let other = token(&other, "access_token");
    let others_body = other.split('.').nth(1).expect("a body");
    let none = {
        use base64::Engine as _;
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#)
    };
    for bad in [
        String::new(),
        "x".to_owned(),
        format!("{head}.{body}."),
        format!("{head}.{body}"),
        format!("{none}.{body}."),
        format!("{none}.{body}.{signature}"),
        format!("{head}.{others_body}.{signature}"),
        token(&session, "refresh_token"),
        "x".repeat(5000),
    ] {
        city.client(Some(bad)).get("/api/v1/me").problem(401, "bad_token");
    }
    let basic = city.anybody().ask("GET", "/api/v1/me").header("authorization", "Basic eDp5").send();
    basic.problem(401, "bad_token");
}
