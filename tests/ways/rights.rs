//! Every route × role × foreign organisation, walked from the API's own served description.
//!
//! [`ROUTES`] says of each operation who may call it and how far it reaches. An operation that is served and not named there
//! fails the walk, as does one that is named and not served: a new route is classified before it goes in.

use std::collections::BTreeSet;

use otklik::demo::networks::Net;
use otklik::desk::learning::{self, Made};
use otklik::domain::advice::Head;
use otklik::domain::learn::Model;
use otklik::domain::likeness::Features;
use otklik::domain::{Actor, BurstState, Doc, Form, Id, LikenessState, PostingState, Role};
use otklik::store::records::{BurstRow, LikenessRow, PostingRow};
use serde_json::{Value, json};

use crate::harness::client::{Answer, Client};
use crate::harness::networks::Town;
use crate::harness::server::{City, PASSWORD, message, organisation};

both_engines! { every_route_role_and_foreign_organisation }

/// How far an operation reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// Open to everybody, signed in or not.
    Public,
    /// Guarded by a source's signature; nobody's token helps.
    Signed,
    /// Guarded by an address that cannot be guessed; nobody's token helps.
    Addressed,
    /// About the caller alone.
    Own,
    /// The same for all who have the right, wherever they work.
    Same,
    /// For staff of the city's root only.
    Whole,
    /// One thing in the tree of organisations, or something done to it: for those beside it there is no such thing.
    Tree,
    /// A list of things in the tree: those beside see none of them.
    List,
    /// Figures of the tree: for those beside, there is nothing to count.
    Figures,
}

use Reach::{Addressed, Figures, List, Own, Public, Same, Signed, Tree, Whole};

/// An operation, the roles that may call it, how far it reaches, and what it is called with: a query or a valid body, so that a
/// refusal is never for that one's sake.
///
/// Roles by letter: **m**oderator, **c**oordinator, **e**xecutor, a**p**prover, con**t**roller, **a**dministrator,
/// **i**ntegration.
type Route = (&'static str, &'static str, Reach, &'static str);

const ALL: &str = "mceptai";

#[rustfmt::skip]
const ROUTES: &[Route] = &[
    ("POST /hooks/webhook/{source}", "", Signed, "{}"),
    ("POST /hooks/{network}/{token}", "", Addressed, "{}"),
    ("POST /api/v1/session", "", Public, r#"{"login":"nobody","password":"nothing"}"#),
    ("POST /api/v1/session/refresh", "", Public, r#"{"refresh_token":"x"}"#),
    ("DELETE /api/v1/session", ALL, Own, ""),
    ("DELETE /api/v1/session/all", ALL, Own, ""),
    ("GET /api/v1/me", ALL, Own, ""),
    ("POST /api/v1/me/password", ALL, Own, r#"{"current":"$PASSWORD","password":"другой пароль 2"}"#),
    ("GET /api/v1/notices", ALL, Own, ""),
    ("GET /api/v1/me/notices", ALL, Own, ""),
    ("PUT /api/v1/me/notices", ALL, Own, r#"{"off":["deadline_near"]}"#),
    ("GET /api/v1/staff", "a", List, ""),
    ("POST /api/v1/staff", "a", Tree, r#"{"login":"new.member","name":"Н","role":"executor","organisation":"$ORGANISATION","password":"$PASSWORD"}"#),
    ("GET /api/v1/staff/{id}", "a", Tree, ""),
    ("PATCH /api/v1/staff/{id}", "a", Tree, r#"{"name":"Другое имя"}"#),
    ("PUT /api/v1/staff/{id}/password", "a", Tree, r#"{"password":"$PASSWORD"}"#),
    ("GET /api/v1/sources", "a", Whole, ""),
    ("POST /api/v1/sources", "a", Whole, r#"{"name":"new-source","title":"Н","network":"vk"}"#),
    ("GET /api/v1/sources/{id}", "a", Whole, ""),
    ("PATCH /api/v1/sources/{id}", "a", Whole, r#"{"title":"Другое имя"}"#),
    ("POST /api/v1/sources/{id}/secret", "a", Whole, "{}"),
    ("DELETE /api/v1/sources/{id}", "a", Whole, ""),
    ("GET /api/v1/networks", "cpta", Same, ""),
    ("GET /api/v1/pages", "cpta", List, ""),
    ("POST /api/v1/pages", "a", Whole, r#"{"network":"vk","organisation":"$ORGANISATION","title":"Н","account":"77"}"#),
    ("POST /api/v1/pages/import", "a", Whole, "network,organisation,title,account\nvk,$ORGANISATION,Н,78\n"),
    ("GET /api/v1/pages/{id}", "cpta", Tree, ""),
    ("PATCH /api/v1/pages/{id}", "a", Whole, r#"{"url":"https://example.org"}"#),
    ("PUT /api/v1/pages/{id}/connection", "a", Whole, r#"{"keys":{"token":"$TOKEN"}}"#),
    ("POST /api/v1/pages/{id}/checks", "a", Whole, ""),
    ("DELETE /api/v1/pages/{id}/connection", "a", Whole, ""),
    ("GET /api/v1/pages/{id}/collections", ALL, Same, ""),
    ("PUT /api/v1/pages/{id}/collections/{post}", "mt", Same, "{}"),
    ("DELETE /api/v1/pages/{id}/collections/{post}", "mt", Same, ""),
    ("GET /api/v1/postings", ALL, Tree, "?incident=$INCIDENT"),
    ("POST /api/v1/postings/{id}/retries", "mci", Tree, ""),
    ("GET /api/v1/incidents", ALL, List, ""),
    ("POST /api/v1/incidents/bulk", "mt", Tree, r#"{"action":"correct","items":[{"id":"$INCIDENT"}],"topic":"no-water"}"#),
    ("GET /api/v1/incidents/{id}", ALL, Tree, ""),
    ("GET /api/v1/incidents/{id}/messages", ALL, Tree, ""),
    ("GET /api/v1/incidents/{id}/thread", ALL, Tree, ""),
    ("POST /api/v1/incidents/{id}/disclosures", "mcept", Tree, r#"{"reason":"звонок"}"#),
    ("GET /api/v1/disclosures", "ta", List, ""),
    ("GET /api/v1/incidents/{id}/attachments", ALL, Tree, ""),
    ("GET /api/v1/incidents/{id}/attachments/{file}", "mcept", Tree, ""),
    ("POST /api/v1/incidents/{id}/attachments/{file}/fetches", "mcept", Tree, ""),
    ("GET /api/v1/incidents/{id}/events", ALL, Tree, ""),
    ("GET /api/v1/incidents/{id}/why", ALL, Tree, ""),
    ("GET /api/v1/incidents/{id}/assignments", ALL, Tree, ""),
    ("GET /api/v1/incidents/{id}/answers", ALL, Tree, ""),
    ("GET /api/v1/incidents/{id}/drafts", "ce", Tree, ""),
    ("POST /api/v1/incidents/{id}/previews", "mt", Tree, r#"{"action":"merge","into":"$SIBLING"}"#),
    ("POST /api/v1/incidents/{id}/automatic-replies", "mci", Tree, r#"{"text":"Мы вам ответим","at":"2025-11-10T07:00:00Z"}"#),
    ("POST /api/v1/deadlines/what-if", "a", Whole, r#"{"organisation_calendars":[{"organisation":"$ORGANISATION","calendar":"tiny"}]}"#),
    ("POST /api/v1/policy-versions/{version}/recomputations", "a", Whole, ""),
    ("GET /api/v1/recomputations", ALL, Same, ""),
    ("GET /api/v1/recomputations/{id}", ALL, Same, ""),
    ("GET /api/v1/incidents/{id}/clocks", ALL, Tree, ""),
    ("GET /api/v1/incidents/{id}/proposals", "mt", Tree, ""),
    ("GET /api/v1/models", ALL, Same, ""),
    ("GET /api/v1/models/{version}", ALL, Same, ""),
    ("POST /api/v1/models", "a", Whole, ""),
    ("POST /api/v1/models/{version}/activation", "a", Whole, ""),
    ("GET /api/v1/trainings/{id}", ALL, Same, ""),
    ("GET /api/v1/incidents/{id}/duplicates", ALL, Tree, ""),
    ("GET /api/v1/incidents/{id}/places", ALL, Tree, ""),
    ("GET /api/v1/incidents/{id}/likenesses", "mt", Tree, ""),
    ("POST /api/v1/incidents/{id}/likenesses/{other}/dismissal", "mt", Tree, ""),
    ("GET /api/v1/bursts", "mt", Whole, ""),
    ("GET /api/v1/bursts/{id}", "mt", Whole, ""),
    ("POST /api/v1/bursts/{id}/dismissal", "mt", Whole, ""),
    ("POST /api/v1/bursts/{id}/acceptance", "mt", Whole, r#"{"parent":"$CROWD"}"#),
    ("PATCH /api/v1/incidents/{id}", "mt", Tree, r#"{"severity":4}"#),
    ("POST /api/v1/incidents/{id}/assignments", "mt", Tree, "{}"),
    ("POST /api/v1/incidents/{id}/passes", "c", Tree, r#"{"executor":"harbour-water"}"#),
    ("POST /api/v1/incidents/{id}/work", "ce", Tree, ""),
    ("POST /api/v1/incidents/{id}/returns", "c", Tree, r#"{"reason":"other","note":"не наша дорога"}"#),
    ("POST /api/v1/incidents/{id}/dismissals", "mt", Tree, r#"{"reason":"unclear"}"#),
    ("POST /api/v1/incidents/{id}/merge", "mt", Tree, r#"{"into":"$SIBLING"}"#),
    ("DELETE /api/v1/incidents/{id}/merge", "mt", Tree, ""),
    ("POST /api/v1/incidents/{id}/deferrals", "c", Tree, r#"{"until":"2026-03-01T00:00:00Z","reason":"ремонт по плану"}"#),
    ("POST /api/v1/incidents/{id}/closures", "mt", Tree, r#"{"reason":"author_satisfied"}"#),
    ("POST /api/v1/incidents/{id}/reopenings", "mt", Tree, r#"{"reason":"закрыто по ошибке"}"#),
    ("GET /api/v1/answers", ALL, List, "?state=draft"),
    ("POST /api/v1/incidents/{id}/answers", "ce", Tree, r#"{"kind":"final","outcome":"resolved","text":"Яма заделана."}"#),
    ("POST /api/v1/incidents/{id}/answers/{n}/submission", "ce", Tree, ""),
    ("POST /api/v1/incidents/{id}/answers/{n}/approval", "p", Tree, ""),
    ("POST /api/v1/incidents/{id}/answers/{n}/rework", "p", Tree, r#"{"reason":"formal","text":"напишите подробнее"}"#),
    ("POST /api/v1/incidents/{id}/answers/{n}/delivery", "mci", Tree, "{}"),
    ("POST /api/v1/incidents/{id}/answers/{n}/failure", "mci", Tree, r#"{"why":"страница закрыта"}"#),
    ("POST /api/v1/incidents/{id}/answers/{n}/retry", "mci", Tree, ""),
    ("POST /api/v1/incidents/{id}/outside-answers", "mci", Tree, r#"{"text":"Ответили сами","outcome":"explained","at":"2025-11-10T07:00:00Z"}"#),
    ("GET /api/v1/incidents.csv", "mcta", List, ""),
    ("GET /api/v1/incidents.xlsx", "mcta", List, ""),
    ("GET /api/v1/statistics/summary", "mcpta", Figures, ""),
    ("GET /api/v1/statistics/by/{dimension}", "mcpta", Figures, ""),
    ("GET /api/v1/statistics/rating", "mcpta", Figures, ""),
    ("GET /api/v1/organisations", ALL, Same, ""),
    ("GET /api/v1/organisations/{id}", ALL, Same, ""),
    ("GET /api/v1/topics", ALL, Same, ""),
    ("GET /api/v1/topics/{id}", ALL, Same, ""),
    ("GET /api/v1/municipalities", ALL, Same, ""),
    ("GET /api/v1/terms", ALL, Same, ""),
    ("PUT /api/v1/terms/{id}", "a", Whole, r#"{"clock":"first_answer","municipality":"island","group":"*","topic":"*","severity":"*","organisation":"*","target":"3h","base":"working"}"#),
    ("DELETE /api/v1/terms/{id}", "a", Whole, ""),
    ("PUT /api/v1/calendars/{id}", "a", Whole, r#"{"title":"Запасной","zone":"Europe/Kaliningrad","week":{"mon":["09:00-18:00"]}}"#),
    ("GET /api/v1/calendars", ALL, Same, ""),
    ("GET /api/v1/calendars/{id}", ALL, Same, ""),
    ("GET /api/v1/calendars/{id}/ical", ALL, Same, ""),
    ("POST /api/v1/calendars/{id}/days", "a", Whole, r#"[{"date":"2026-01-05","kind":"holiday"}]"#),
    ("DELETE /api/v1/calendars/{id}", "a", Whole, ""),
    ("PUT /api/v1/organisations/{id}/calendar", "a", Whole, r#"{"calendar":"always"}"#),
    ("POST /api/v1/policy-versions/amendments", "a", Whole, r#"{"organisation_calendars":[{"organisation":"$ORGANISATION","calendar":"tiny"}]}"#),
    ("GET /api/v1/policy-versions", ALL, Same, ""),
    ("GET /api/v1/policy-versions/{version}", ALL, Same, ""),
    ("GET /api/v1/policy-versions/{version}/changes", ALL, Same, ""),
    ("POST /api/v1/policy-versions", "a", Whole, r#"{"document":$DOCUMENT}"#),
    ("GET /api/v1/routes", ALL, Same, ""),
    ("POST /api/v1/routes/dry-run", "a", List, r#"{"routes":$ROUTES}"#),
    ("PUT /api/v1/routes", "a", Whole, r#"{"routes":$ROUTES,"executors":$EXECUTORS}"#),
];

/// What the walk is about: things of one organisation, which are foreign to those beside it.
struct Things {
    training: String,
    /// An order to compute deadlines anew.
    order: String,
    incident: String,
    /// Another incident of the same organisation.
    sibling: String,
    member: String,
    source: String,
    page: String,
    /// A burst, and its only incident.
    burst: String,
    crowd: String,
    /// A posting in the incident's thread, which has failed.
    posting: String,
    /// What the page's network knows us by.
    token: String,
    /// A file of the incident, which is kept.
    file: String,
    /// The source's name in the webhook's address.
    hook: String,
    /// The policy as it stands.
    document: Value,
    /// Rules that send everything elsewhere.
    routes: Value,
}

/// Stands in the incident's text, in the member's name and nowhere else.
const MARK: &str = "приметное";

/// Where they belong.
const HOME: &str = organisation::CITY;
/// Organisations beside it: another branch of the tree, and another department below.
const BESIDE: [&str; 2] = [organisation::ISLAND, organisation::WATER];

fn every_route_role_and_foreign_organisation(town: Town) {
    let city = &town.city;
    every_operation_is_classified(city);
    let things = things(&town);
    for route in ROUTES {
        nobody_without_a_token(city, &things, route);
        no_role_without_the_right(city, &things, route);
    }
    for route in ROUTES {
        nobody_from_beside(city, &things, route);
    }
    // Last, because these calls do things.
    for route in ROUTES {
        whoever_may_can(city, &things, route);
    }
    city.leave_jobs();
}

fn every_operation_is_classified(city: &City) {
    let described = city.anybody().get("/api/v1/openapi.json").expect(200).json();
    let paths = described["paths"].as_object().expect("paths");
    let methods = ["get", "post", "put", "patch", "delete", "head", "options", "trace"];
    let served: BTreeSet<String> = paths
        .iter()
        .flat_map(|(path, item)| {
            let item = item.as_object().expect("operations");
            let operations = item.keys().filter(|method| methods.contains(&method.as_str()));
            operations.map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect();
    let named: BTreeSet<String> = ROUTES.iter().map(|route| route.0.to_owned()).collect();
    assert_eq!(named.len(), ROUTES.len(), "an operation is named twice");
    let unclassified: Vec<_> = served.difference(&named).collect();
    assert!(unclassified.is_empty(), "say in tests/ways/rights.rs who may call: {unclassified:#?}");
    let gone: Vec<_> = named.difference(&served).collect();
    assert!(gone.is_empty(), "named in tests/ways/rights.rs, but not served: {gone:#?}");
    for (operation, _, reach, _) in ROUTES {
        let (method, path) = operation.split_once(' ').expect("METHOD PATH");
        let security = &paths[path][method.to_lowercase()]["security"];
        let open = matches!(reach, Public | Signed | Addressed);
        assert_eq!(*security == json!([{}]), open, "{operation}: the description says of security: {security}");
    }
}

fn things(town: &Town) -> Things {
    let city = &town.city;
    let account = town.networks.page(Net::Telegram, MARK);
    let new = json!({
        "network": "telegram", "organisation": organisation::WORKS, "title": MARK, "account": account.account,
    });
    let page = city.sign_in(Role::Administrator).post("/api/v1/pages", &new).expect(201).json();
    let source = city.source();
    let complaint = |id: &str| {
        let mut complaint = message(id, &format!("Яма, {MARK} место"));
        complaint["topic"] = json!("hole-in-road");
        complaint["place"] = json!({ "municipality": "harbour" });
        complaint["attachments"] = json!([{ "kind": "photo", "url": "http://127.0.0.1:9/1.png", "name": MARK }]);
        let incident = format!("/api/v1/incidents/{}", city.complaint(&source, complaint));
        let assigned = json!({ "organisation": HOME, "executor": organisation::WORKS });
        city.sign_in(Role::Moderator).post(&format!("{incident}/assignments"), &assigned).expect(200);
        let executor = city.sign_in_at(Role::Executor, organisation::WORKS);
        executor.post(&format!("{incident}/work"), &Value::Null).expect(200);
        let draft = json!({ "kind": "final", "outcome": "resolved", "text": format!("Заделали, {MARK}") });
        executor.post(&format!("{incident}/answers"), &draft).expect(200);
        incident.rsplit('/').next().expect("an id").to_owned()
    };
    let new = json!({
        "login": "somebody", "name": MARK, "role": "executor", "organisation": organisation::WORKS, "password": PASSWORD,
    });
    let member = city.sign_in(Role::Administrator).post("/api/v1/staff", &new).expect(201).json();
    let document =
        city.sign_in(Role::Administrator).get("/api/v1/policy-versions/1").expect(200).json()["document"].clone();
    let mut routes = document["routes"].clone();
    for route in routes.as_array_mut().expect("routes") {
        route["organisation"] = json!(organisation::ROOT);
    }
    let order = city.sign_in(Role::Administrator).post("/api/v1/policy-versions/1/recomputations", &Value::Null);
    let order = order.expect(202).json()["id"].as_str().expect("an id").to_owned();
    let training = city.sign_in(Role::Administrator).post("/api/v1/models", &Value::Null).expect(202).json();
    city.run_jobs();
    model(city);
    let (incident, sibling, crowd) = (complaint("1"), complaint("2"), complaint("3"));
    let opened = format!("/api/v1/incidents/{incident}/disclosures");
    city.sign_in(Role::Moderator).post(&opened, &json!({})).expect(201);
    proposed(city, &incident, &sibling);
    Things {
        burst: burst(city, &crowd),
        crowd,
        order,
        training: training["id"].as_str().expect("an id").to_owned(),
        file: kept(city, &incident),
        posting: posting(city, &source.id, &incident),
        incident,
        sibling,
        member: member["id"].as_str().expect("an id").to_owned(),
        source: source.id.clone(),
        page: page["id"].as_str().expect("an id").to_owned(),
        token: account.token,
        hook: source.name.clone(),
        document,
        routes,
    }
}

/// A model that has learned nothing.
fn model(city: &City) {
    let desk = city.app().desk(Actor::System);
    let made = Made {
        head: Head::Urgency,
        model: Model::train(&[], &[]),
        examples: 0,
        lesson: 0,
        trained_at: desk.now,
        policy_version: 1,
        against: None,
        worse: None,
    };
    let stored = city.app().store().write_now(move |conn| learning::adopt(conn, &desk, &made, "nobody"));
    assert_eq!(stored.expect("the model is stored").version, 1);
}

/// The two are proposed as one problem.
fn proposed(city: &City, incident: &str, sibling: &str) {
    let (one, other): (Id, Id) = (incident.parse().expect("an id"), sibling.parse().expect("an id"));
    let at = city.now();
    let made: Result<_, otklik::desk::Error> = city.app().store().write_now(move |conn| {
        let row = LikenessRow {
            incident_id: one.min(other),
            other_id: one.max(other),
            score: 0.7,
            relation: "same_problem".to_owned(),
            reasons: Doc(json!([{ "reason": "same_topic" }])),
            features: Doc::of(&Features::default()),
            learnt: 0,
            state: LikenessState::Proposed,
            at,
            settled_by: None,
            settled_at: None,
        };
        Ok(otklik::store::likeness::propose(conn, &row)?)
    });
    made.expect("the pair is stored");
}

/// A burst of one incident.
fn burst(city: &City, incident: &str) -> String {
    let (incident, now): (Id, _) = (incident.parse().expect("an id"), city.now());
    let row = BurstRow {
        id: Id::new(now),
        topic_group: "streets".to_owned(),
        municipality: "harbour".to_owned(),
        topic: None,
        state: BurstState::Open,
        since: now,
        hours: 1,
        expected: 0.5,
        seen: 9,
        p: 1e-9,
        last_high: now,
        raised_at: now,
        ended_at: None,
        parent_id: None,
        settled_by: None,
        settled_at: None,
    };
    let made: Result<_, otklik::desk::Error> = city.app().store().write_now(move |conn| {
        otklik::store::bursts::raise(conn, &row)?;
        otklik::store::bursts::add(conn, row.id, &[incident])?;
        Ok(row.id.to_string())
    });
    made.expect("the burst is stored")
}

/// A posting of the incident's answer that could not be published.
fn posting(city: &City, source: &str, incident: &str) -> String {
    let (source_id, incident_id): (Id, Id) = (source.parse().expect("an id"), incident.parse().expect("an id"));
    let made: Result<_, otklik::desk::Error> = city.app().store().write_now(move |conn| {
        let answer = otklik::store::spine::answers_of(conn, incident_id)?.pop().expect("a draft");
        let row = PostingRow {
            id: answer.id,
            answer_id: answer.id,
            incident_id,
            part: 1,
            parts: 1,
            source_id,
            form: Form::Post,
            text: MARK.to_owned(),
            state: PostingState::Failed,
            maybe_twice: false,
            attempts: 1,
            slot_at: None,
            sent_at: None,
            delivered_at: None,
            external_id: None,
            permalink: None,
            failure: None,
            created_at: answer.drafted_at,
        };
        otklik::store::postings::add(conn, &[row])?;
        Ok(answer.id.to_string())
    });
    made.expect("the posting is stored")
}

/// The incident's file, with a content.
fn kept(city: &City, incident: &str) -> String {
    let path = format!("/api/v1/incidents/{incident}/attachments");
    let listed = city.sign_in(Role::Moderator).get(&path).expect(200).json();
    let file = listed["items"][0]["id"].as_str().expect("a file").to_owned();
    let id = file.parse().expect("an id");
    let done: Result<_, otklik::desk::Error> = city.app().store().write_now(move |conn| {
        Ok(otklik::store::files::keep(
            conn,
            id,
            "image/png",
            "00",
            b"a picture",
            "2025-11-10T07:00:00Z".parse().unwrap(),
        )?)
    });
    assert!(done.expect("the content is stored"));
    file
}

fn letter(role: Role) -> char {
    match role {
        Role::Moderator => 'm',
        Role::Coordinator => 'c',
        Role::Executor => 'e',
        Role::Approver => 'p',
        Role::Controller => 't',
        Role::Administrator => 'a',
        Role::Integration => 'i',
    }
}

/// The operation's calls: for the description's `{id}`, the thing of that kind.
fn call(client: &Client<'_>, (operation, _, _, with): &Route, things: &Things) -> Answer {
    let (method, path) = operation.split_once(' ').expect("METHOD PATH");
    let kind = path.split('/').nth(3).unwrap_or_default();
    let id = match kind {
        "staff" => &things.member,
        "sources" => &things.source,
        "pages" => &things.page,
        "postings" => &things.posting,
        "bursts" => &things.burst,
        "organisations" => HOME,
        "topics" => "no-water",
        "calendars" | "terms" => "spare",
        "recomputations" => &things.order,
        "trainings" => &things.training,
        _ => &things.incident,
    };
    let path = path
        .replace("{id}", id)
        .replace("{file}", &things.file)
        .replace("{other}", &things.sibling)
        .replace("{n}", "1")
        .replace("{version}", "1")
        .replace("{source}", &things.hook)
        .replace("{dimension}", "organisation")
        .replace("{network}", "telegram")
        .replace("{token}", "guessed")
        .replace("{post}", "wall-1_1");
    let with = with
        .replace("$DOCUMENT", &things.document.to_string())
        .replace("$EXECUTORS", &things.document["executors"].to_string())
        .replace("$ROUTES", &things.routes.to_string())
        .replace("$INCIDENT", &things.incident)
        .replace("$SIBLING", &things.sibling)
        .replace("$CROWD", &things.crowd)
        .replace("$TOKEN", &things.token)
        .replace("$ORGANISATION", organisation::WORKS)
        .replace("$PASSWORD", PASSWORD);
    let query = if with.starts_with('?') { with.as_str() } else { "" };
    let ask = client.ask(method, &format!("{path}{query}"));
    // Rules are changed only as they were seen; the rest may be, and here is not.
    let ask = if path.ends_with("/routes") && method == "PUT" { ask.if_match("\"1\"") } else { ask };
    if path.ends_with("/import") {
        return ask.body("text/csv", with.as_bytes()).send();
    }
    if with.starts_with(['{', '[']) { ask.body("application/json", with.as_bytes()).send() } else { ask.send() }
}

/// What an answer says, also when it is a workbook.
pub fn said(answer: &Answer) -> String {
    if answer.header("content-type").is_none_or(|kind| !kind.contains("spreadsheetml")) {
        return answer.text();
    }
    use calamine::{Data, Reader as _, Xlsx};
    let mut book: Xlsx<_> = Xlsx::new(std::io::Cursor::new(answer.body.clone())).expect("a workbook");
    let sheets = book.worksheets();
    sheets
        .iter()
        .flat_map(|(_, sheet)| sheet.used_cells())
        .map(|(_, _, cell): (_, _, &Data)| format!("{cell}\n"))
        .collect()
}

/// The sum of everything that an answer counts.
fn counted(answer: &Answer) -> i64 {
    fn of(value: &Value) -> i64 {
        match value {
            Value::Array(all) => all.iter().map(of).sum(),
            Value::Object(all) => all
                .iter()
                .map(|(name, value)| if name == "count" { value.as_i64().expect("a count") } else { of(value) })
                .sum(),
            _ => 0,
        }
    }
    of(&answer.json())
}

impl Things {
    /// Whether something said shows any of them.
    fn shown_in(&self, said: &str) -> bool {
        [MARK, &self.incident, &self.sibling, &self.member, &self.page].iter().any(|thing| said.contains(*thing))
    }
}

fn nobody_without_a_token(city: &City, things: &Things, route: &Route) {
    let answer = call(&city.anybody(), route, things);
    match route.2 {
        Public => assert!(answer.status < 500 && !answer.text().contains("not_signed_in"), "{}", answer.text()),
        Signed => drop(answer.problem(401, "signature_missing")),
        Addressed => drop(answer.problem(404, "not_found")),
        _ => drop(answer.problem(401, "not_signed_in")),
    }
    if !matches!(route.2, Public | Signed | Addressed) {
        call(&city.client(Some("x.y.z".to_owned())), route, things).problem(401, "bad_token");
    }
}

fn no_role_without_the_right(city: &City, things: &Things, route: &Route) {
    for role in Role::ALL {
        let client = city.sign_in(*role);
        match route.2 {
            Public => {}
            Signed => drop(call(&client, route, things).problem(401, "signature_missing")),
            Addressed => drop(call(&client, route, things).problem(404, "not_found")),
            _ if route.1.contains(letter(*role)) => {}
            _ => drop(call(&client, route, things).problem(403, "forbidden")),
        }
    }
}

fn nobody_from_beside(city: &City, things: &Things, route: &Route) {
    for role in Role::ALL.iter().filter(|role| route.1.contains(letter(**role))) {
        for organisation in BESIDE {
            let what = format!("{} by a {role} of {organisation}", route.0);
            let client = city.sign_in_at(*role, organisation);
            match route.2 {
                Public | Signed | Addressed | Own | Same => {}
                Whole => drop(call(&client, route, things).problem(403, "forbidden")),
                Tree => {
                    let answer = call(&client, route, things);
                    let statuses = match answer.status {
                        207 => answer.json()["results"]
                            .as_array()
                            .expect("results")
                            .iter()
                            .map(|r| r["status"].clone())
                            .collect(),
                        status => vec![json!(status)],
                    };
                    let refused = statuses.iter().all(|status| *status == 403 || *status == 404);
                    assert!(refused && !statuses.is_empty(), "{what}: {}", answer.text());
                    assert!(!answer.text().contains(MARK), "{what}: {}", answer.text());
                }
                List => {
                    let said = said(&call(&client, route, things).expect(200));
                    assert!(!things.shown_in(&said), "{what}: {said}");
                }
                Figures => {
                    let answer = call(&client, route, things).expect(200);
                    assert_eq!(counted(&answer), 0, "{what}: {}", answer.text());
                }
            }
        }
    }
}

/// The same calls by those who may: else the refusals above could be for another reason.
fn whoever_may_can(city: &City, things: &Things, route: &Route) {
    for role in Role::ALL.iter().filter(|role| route.1.contains(letter(**role))) {
        let what = format!("{} by a {role}", route.0);
        let answer = match route.2 {
            Public | Signed | Addressed => continue,
            // It may end the sign-in that it is called with.
            Own => {
                let session = city.session(&city.hire(*role, organisation::ISLAND));
                let token = session["access_token"].as_str().expect("a token").to_owned();
                call(&city.client(Some(token)), route, things)
            }
            Same => call(&city.sign_in_at(*role, organisation::ISLAND), route, things),
            Whole => call(&city.sign_in(*role), route, things),
            Tree | List | Figures => call(&city.sign_in_at(*role, HOME), route, things),
        };
        let may = answer.status < 500 && !matches!(answer.status, 400 | 401 | 403 | 404 | 405 | 422);
        assert!(may, "{what} was answered {}: {}", answer.status, answer.text());
        match route.2 {
            List => assert!(
                things.shown_in(&said(&answer)),
                "{what} does not show what the walk looks for: {}",
                said(&answer)
            ),
            Figures => {
                assert!(counted(&answer) > 0, "{what} does not count what the walk looks for: {}", answer.text())
            }
            _ => {}
        }
    }
}
