//! Whatever makes a request fail, it is answered with a problem (RFC 9457), also where the framework answers by itself.

use otklik::domain::Role;
use serde_json::json;

use crate::harness::On;
use crate::harness::server::City;

both_engines! {
    unknown_paths_methods_and_media_types,
    bodies_that_cannot_be_read,
    parameters_that_are_not_valid,
    a_request_has_an_id_and_keeps_the_one_it_brings,
}

fn unknown_paths_methods_and_media_types(city: City) {
    let moderator = city.sign_in(Role::Moderator);
    for path in ["/nowhere", "/api/v1", "/api/v1/nowhere", "/api/v2/incidents", "/hooks/webhook", "/api/v1/incidents/"]
    {
        moderator.get(path).problem(404, "not_found");
        city.anybody().get(path).problem(404, "not_found");
    }
    for (method, path, allowed) in [
        ("DELETE", "/api/v1/incidents", "GET"),
        ("PATCH", "/api/v1/session", "POST"),
        ("GET", "/hooks/webhook/vk", "POST"),
        ("POST", "/healthz", "GET"),
        ("QUERY", "/api/v1/me", "GET"),
    ] {
        let answer = moderator.ask(method, path).send();
        let allow = answer.header("allow").unwrap_or_else(|| panic!("{method} {path}: no Allow")).to_owned();
        assert!(allow.split(", ").any(|one| one == allowed), "{method} {path}: Allow is {allow}");
        answer.problem(405, "method_not_allowed");
    }
    let administrator = city.sign_in(Role::Administrator);
    for media_type in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", "nonsense"] {
        let answer = administrator.ask("POST", "/api/v1/sources").body(media_type, b"{}").send();
        answer.problem(415, "unsupported_media_type");
        let source = city.source();
        let hook =
            city.anybody().ask("POST", &format!("/hooks/webhook/{}", source.name)).body(media_type, b"{}").send();
        hook.problem(415, "unsupported_media_type");
    }
}

fn bodies_that_cannot_be_read(city: City) {
    let administrator = city.sign_in(Role::Administrator);
    let post = |body: &[u8]| administrator.ask("POST", "/api/v1/sources").body("application/json", body).send();
    let twice = br#"{"name":"vk-1","title":"VK","network":"vk"} {}"#;
    for malformed in [&b""[..], b"{", b"{\"name\":", b"\xff\xfe", b"{\"name\":\"\xff\"}", twice, b"nul"] {
        post(malformed).problem(400, "malformed");
    }
    let unknown = post(br#"{"name":"vk-1","title":"VK","network":"vk","colour":"red"}"#).problem(422, "invalid");
    assert!(unknown["errors"][0]["message"].as_str().unwrap_or_default().contains("colour"), "{unknown}");
    let wrong = post(br#"{"name":1,"title":"VK","network":"vk"}"#).problem(422, "invalid");
    assert_eq!(wrong["errors"][0]["pointer"], "/name");
    let faults = post(br#"{"name":"VK","title":"","network":"vk"}"#).problem(422, "invalid");
    let pointers: Vec<_> = faults["errors"].as_array().expect("faults").iter().map(|f| f["pointer"].clone()).collect();
    assert_eq!(pointers, ["/name", "/title"], "every fault is told at once");
    let deep = format!("{{\"name\":{}", "[".repeat(100_000));
    assert!(matches!(post(deep.as_bytes()).status, 400 | 422));
    let large = json!({ "name": "vk-1", "title": "x".repeat(2 << 20), "network": "vk" }).to_string();
    post(large.as_bytes()).problem(413, "too_large");
    assert_eq!(administrator.get("/api/v1/sources").expect(200).json()["items"], json!([]), "nothing was stored");
}

fn parameters_that_are_not_valid(city: City) {
    let moderator = city.sign_in(Role::Moderator);
    for query in
        ["limit=0", "limit=1000", "limit=many", "step=no-such-step", "cursor=x", "nonsense=1", "severity_from=x"]
    {
        let problem = moderator.get(&format!("/api/v1/incidents?{query}")).problem(422, "invalid");
        let named = problem["errors"][0]["pointer"].as_str().unwrap_or_default().to_owned();
        let parameter = query.split('=').next().unwrap_or_default();
        assert!(named.contains(parameter), "{query}: {problem}");
    }
    moderator.get("/api/v1/incidents/not-a-uuid").problem(404, "not_found");
    moderator.get("/api/v1/incidents/%FF").problem(404, "not_found");
    let incident = format!("/api/v1/incidents/{}", uuid::Uuid::nil());
    moderator.get(&incident).problem(404, "not_found");
    for bad in ["7", "\"x\"", "\"", ""] {
        let answer = moderator.ask("PATCH", &incident).if_match(bad).json(&json!({})).send();
        assert!(matches!(answer.status, 400 | 412), "If-Match: {bad}: {}", answer.text());
    }
}

fn a_request_has_an_id_and_keeps_the_one_it_brings(city: City) {
    let own = city.anybody().ask("GET", "/nowhere").header("x-request-id", "abc-123").send();
    assert_eq!(own.header("x-request-id"), Some("abc-123"));
    own.problem(404, "not_found");
    let forged = city.anybody().ask("GET", "/healthz").header("x-request-id", "a b").send().expect(200);
    assert_ne!(forged.header("x-request-id"), Some("a b"));
    let (one, two) = (city.anybody().get("/healthz"), city.anybody().get("/healthz"));
    assert_ne!(one.header("x-request-id"), two.header("x-request-id"));
}

/// Too much at once is answered 503 with `Retry-After`, and the service recovers by itself.
#[test]
fn too_many_requests_at_once_are_turned_away_politely() {
    let city = City::with(On::Sqlite, |config| config.limits.in_flight = 1);
    // A request whose body does not come holds the one place.
    use std::io::Write as _;
    let mut held = std::net::TcpStream::connect(city.url().trim_start_matches("http://")).expect("a connection");
    let head =
        "POST /api/v1/session HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{";
    held.write_all(head.as_bytes()).expect("half a request");
    crate::harness::until("the place to be taken", || city.anybody().get("/api/v1/me").status == 503);
    let refused = city.anybody().get("/api/v1/me");
    assert_eq!(refused.header("retry-after"), Some("1"));
    refused.problem(503, "busy");
    city.anybody().get("/healthz").expect(200);
    drop(held);
    crate::harness::until("the place to be free", || city.anybody().get("/api/v1/me").status == 401);
}
