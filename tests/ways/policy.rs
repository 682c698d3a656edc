//! The policy over the API: numbered versions that never change, rules that are tried before they are saved, and old decisions that
//! stay explained.

use otklik::domain::{Id, Role};
use serde_json::{Value, json};

use crate::harness::client::Client;
use crate::harness::server::{City, message, organisation};

both_engines! {
    versions_are_numbered_and_never_change,
    a_bad_document_is_told_every_fault,
    an_organisation_that_is_needed_stays,
    changes_are_told_record_by_record,
    a_dry_run_shows_what_would_move_and_saves_nothing,
    rules_change_only_as_they_were_seen,
    what_an_old_version_decided_stays_explained,
    what_the_policy_says_can_be_read,
    only_the_citys_administrators_change_the_policy,
    another_replica_takes_a_version_up,
}

const VERSIONS: &str = "/api/v1/policy-versions";
const ROUTES: &str = "/api/v1/routes";

fn document(who: &Client<'_>, version: i64) -> Value {
    let whole = who.get(&format!("{VERSIONS}/{version}")).expect(200).json();
    assert_eq!(whole["version"], version);
    whole["document"].clone()
}

/// The rules in force, with the `ETag` they were shown with.
fn rules(who: &Client<'_>) -> (Value, String) {
    let answer = who.get(ROUTES).expect(200);
    let (json, etag) = (answer.json(), answer.etag());
    (json!({ "routes": json["routes"], "executors": json["executors"], "note": "иначе" }), etag)
}

fn rule(id: &str, municipality: &str, topic: &str, organisation: &str) -> Value {
    let note = "для пробы";
    json!({ "id": id, "municipality": municipality, "group": "*", "topic": topic, "organisation": organisation, "note": note })
}

/// Two messages that name their topic are routed at once; one that does not waits for a moderator.
fn three_complaints(city: &City) -> [Id; 3] {
    let source = city.source();
    let about = |id: &str, topic: &str, place: &str| {
        let mut message = message(id, "Посмотрите, пожалуйста");
        message["topic"] = json!(topic);
        message["place"] = json!({ "municipality": place });
        city.complaint(&source, message)
    };
    let lights = about("1", "Не горят фонари", "Островной район");
    let water = about("2", "Отсутствие воды", "Лукоморск");
    [lights, water, city.complaint(&source, message("3", "Добрый день!"))]
}

fn versions_are_numbered_and_never_change(city: City) {
    let administrator = city.sign_in(Role::Administrator);
    let first = document(&administrator, 1);
    let mut second = first.clone();
    second["topics"][0]["severity"] = json!(5);
    let new = json!({ "note": "Ямы опасны", "document": second });
    let made = administrator.ask("POST", VERSIONS).once("k-1").json(&new).send().expect(201);
    assert_eq!((made.header("location"), made.etag().as_str()), (Some("/api/v1/policy-versions/2"), "\"2\""));
    let view = made.json();
    assert_eq!((&view["note"], &view["city"]), (&json!("Ямы опасны"), &json!("tiny")));
    assert!(view["loaded_by"].as_str().is_some_and(|by| by.starts_with("staff:")));

    // Sent again with its key: the same answer. Without one: the newest says the same, so nothing is stored.
    let again = administrator.ask("POST", VERSIONS).once("k-1").json(&new).send().expect(201);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(administrator.post(VERSIONS, &new).expect(200).json()["version"], 2);
    // What the first one said is another version, not the first again.
    let third = administrator.post(VERSIONS, &json!({ "document": first })).expect(201).json();
    assert_eq!(third["version"], 3);

    assert_eq!(document(&administrator, 1), first);
    assert_eq!(document(&administrator, 2), second);
    let page = administrator.get(&format!("{VERSIONS}?limit=2&total=true")).expect(200).json();
    let numbers = |page: &Value| {
        page["items"].as_array().expect("items").iter().map(|v| v["version"].clone()).collect::<Vec<_>>()
    };
    assert_eq!((numbers(&page), &page["total"]), (vec![json!(3), json!(2)], &json!(3)));
    assert_eq!(page["items"][0]["digest"], third["digest"]);
    let next = page["next"].as_str().expect("there is one more");
    let page = administrator.get(&format!("{VERSIONS}?limit=2&cursor={next}")).expect(200).json();
    assert_eq!((numbers(&page), page.get("next")), (vec![json!(1)], None));

    // The newest is in force at once.
    assert_eq!(administrator.get("/api/v1/topics").expect(200).json()["policy_version"], 3);
    for nothing in ["4", "0", "-1", "x", "99999999999999999999"] {
        administrator.get(&format!("{VERSIONS}/{nothing}")).problem(404, "not_found");
    }
}

fn pointers(problem: &Value) -> Vec<&str> {
    let errors = problem["errors"].as_array().expect("errors");
    errors.iter().map(|error| error["pointer"].as_str().expect("a pointer")).collect()
}

fn a_bad_document_is_told_every_fault(city: City) {
    let administrator = city.sign_in(Role::Administrator);
    let good = document(&administrator, 1);
    let mut bad = good.clone();
    bad["routes"][0]["organisation"] = json!("nobody");
    bad["executors"][1]["executor"] = json!("island-council");
    bad["topics"][2]["severity"] = json!(9);
    bad["calendars"][0]["zone"] = json!("Mars/Olympus");
    let problem = administrator.post(VERSIONS, &json!({ "document": bad })).problem(422, "invalid");
    let mut found = pointers(&problem);
    found.sort_unstable();
    assert_eq!(
        found,
        [
            "/document/calendars/0/zone",
            "/document/executors/1/executor",
            "/document/routes/0/organisation",
            "/document/topics/2/severity",
        ]
    );
    let mut elsewhere = good.clone();
    elsewhere["city"]["id"] = json!("other");
    let problem = administrator.post(VERSIONS, &json!({ "document": elsewhere })).problem(422, "invalid");
    assert_eq!(pointers(&problem), ["/document/city/id"]);
    let long = json!({ "document": good, "note": "я".repeat(1001) });
    assert_eq!(pointers(&administrator.post(VERSIONS, &long).problem(422, "invalid")), ["/note"]);
    let mut shapeless = good;
    shapeless["routes"][1]["municipality"] = json!("kind:village");
    let problem = administrator.post(VERSIONS, &json!({ "document": shapeless })).problem(422, "invalid");
    assert_eq!(pointers(&problem), ["/document/routes/1/municipality"]);

    assert_eq!(administrator.get(VERSIONS).expect(200).json()["items"].as_array().map(Vec::len), Some(1));
}

fn an_organisation_that_is_needed_stays(city: City) {
    let [_, water, _] = three_complaints(&city);
    let administrator = city.sign_in(Role::Administrator);
    let mut without = document(&administrator, 1);
    let mut drop = |table: &str, id: &str| {
        without[table].as_array_mut().expect("a table").retain(|record| record["id"] != id);
    };
    drop("organisations", organisation::WATER);
    drop("executors", "water");
    let load = || administrator.post(VERSIONS, &json!({ "document": without }));
    let refused = |what: &str| {
        let problem = load().problem(422, "invalid");
        assert_eq!(pointers(&problem), ["/document/organisations"]);
        let message = problem["errors"][0]["message"].as_str().expect("a message").to_owned();
        assert!(message.contains(organisation::WATER) && message.contains(what), "{message}");
    };

    refused("0 members of staff and 1 open incidents");
    let moderator = city.sign_in(Role::Moderator);
    moderator.post(&format!("/api/v1/incidents/{water}/dismissals"), &json!({ "reason": "unclear" })).expect(200);
    let login = city.hire(Role::Executor, organisation::WATER);
    refused("1 members of staff and 0 open incidents");
    let staff = administrator.get("/api/v1/staff").expect(200).json();
    let hired = staff["items"].as_array().expect("staff").iter().find(|one| one["login"] == *login).expect("the hired");
    let path = format!("/api/v1/staff/{}", hired["id"].as_str().expect("an id"));
    administrator.patch(&path, &json!({ "active": false })).expect(200);
    load().expect(201);
}

fn changes_are_told_record_by_record(city: City) {
    let administrator = city.sign_in(Role::Administrator);
    let mut document = document(&administrator, 1);
    document["topics"][0]["severity"] = json!(4);
    document["routes"].as_array_mut().expect("routes").insert(0, rule("new", "island", "flood", "tiny-council"));
    document["topic_aliases"].as_array_mut().expect("aliases").remove(0);
    administrator.post(VERSIONS, &json!({ "document": document })).expect(201);

    let changes = |query: &str| administrator.get(&format!("{VERSIONS}/{query}")).expect(200).json();
    let told = changes("2/changes");
    assert_eq!((&told["version"], &told["since"]), (&json!(2), &json!(1)));
    let tables = told["tables"].as_array().expect("tables");
    assert_eq!(tables.iter().map(|t| t["table"].clone()).collect::<Vec<_>>(), ["topics", "topic_aliases", "routes"]);
    assert_eq!(tables[0]["changed"][0]["id"], "hole-in-road");
    assert_eq!(tables[0]["changed"][0]["before"]["severity"], 3);
    assert_eq!(tables[0]["changed"][0]["after"]["severity"], 4);
    assert_eq!(tables[1]["removed"][0]["alias"], "Ямы и выбоины");
    assert_eq!((&tables[2]["added"][0]["id"], &tables[2]["changed"]), (&json!("new"), &json!([])));

    assert_eq!(changes("2/changes?since=2")["tables"], json!([]));
    assert_eq!(changes("1/changes?since=2")["tables"][2]["removed"][0]["id"], "new");
    assert_eq!(
        changes("1/changes")["tables"].as_array().map(Vec::len),
        Some(changes("1/changes?since=0")["tables"].as_array().map_or(0, Vec::len))
    );
    administrator.get(&format!("{VERSIONS}/3/changes")).problem(404, "not_found");
    administrator.get(&format!("{VERSIONS}/2/changes?since=9")).problem(404, "not_found");
    administrator.get(&format!("{VERSIONS}/2/changes?since=-1")).problem(422, "invalid");
}

fn a_dry_run_shows_what_would_move_and_saves_nothing(city: City) {
    let [lights, water, unknown] = three_complaints(&city);
    let administrator = city.sign_in(Role::Administrator);
    let try_out = |body: &Value| administrator.post(&format!("{ROUTES}/dry-run"), body);
    let (rules, _) = rules(&administrator);

    let same = try_out(&json!({})).expect(200).json();
    assert_eq!((&same["policy_version"], &same["looked_at"], &same["moved"]), (&json!(1), &json!(3), &json!([])));

    let mut routes = rules["routes"].clone();
    routes.as_array_mut().expect("routes").push(rule("new", "island", "dark-street", "harbour-city"));
    let trial = try_out(&json!({ "routes": routes })).expect(200).json();
    let moved = trial["moved"].as_array().expect("moved");
    assert_eq!(moved.len(), 1, "{trial}");
    let one = &moved[0];
    assert_eq!((one["id"].as_str(), &one["topic"]), (Some(lights.to_string().as_str()), &json!("dark-street")));
    assert_eq!((&one["municipality"], &one["organisation"]), (&json!("island"), &json!("island-council")));
    assert_eq!((&one["from"], &one["to"]), (&json!("island-council"), &json!("harbour-works")));
    assert_eq!((&one["why_before"]["rule"], &one["why_before"]["hop"]), (&json!("island"), &json!(1)));
    assert_eq!((&one["why_after"]["rule"], &one["why_after"]["hop"]), (&json!("roads"), &json!(2)));
    assert_eq!(trial["by_pair"], json!([{ "from": "island-council", "to": "harbour-works", "count": 1 }]));

    // Without its own table the city keeps what its departments had.
    let trial = try_out(&json!({ "executors": [] })).expect(200).json();
    let ids: Vec<_> = trial["moved"].as_array().expect("moved").iter().map(|m| m["id"].clone()).collect();
    assert_eq!(ids, [json!(unknown), json!(water)], "the newest first");
    let trial = try_out(&json!({ "executors": [], "last": 1 })).expect(200).json();
    assert_eq!((&trial["looked_at"], &trial["moved"][0]["id"]), (&json!(1), &json!(unknown)));

    // A part of the tree sees its own incidents only.
    let local = city.sign_in_at(Role::Administrator, organisation::ISLAND);
    let trial = local.post(&format!("{ROUTES}/dry-run"), &json!({ "routes": routes })).expect(200).json();
    assert_eq!((&trial["looked_at"], &trial["moved"][0]["id"]), (&json!(1), &json!(lights)));
    let foreign = city.sign_in_at(Role::Administrator, organisation::CITY);
    let trial = foreign.post(&format!("{ROUTES}/dry-run"), &json!({ "routes": routes })).expect(200).json();
    assert_eq!((&trial["looked_at"], &trial["moved"]), (&json!(1), &json!([])));

    let bad = json!([rule("a", "island", "*", "nobody"), rule("b", "sea", "*", "harbour-city")]);
    let problem = try_out(&json!({ "routes": bad })).problem(422, "invalid");
    assert_eq!(pointers(&problem)[..2], ["/routes/0/organisation", "/routes/1/municipality"]);
    for last in [0, 10_001] {
        assert_eq!(pointers(&try_out(&json!({ "last": last })).problem(422, "invalid")), ["/last"]);
    }

    assert_eq!(administrator.get(ROUTES).expect(200).json()["routes"], rules["routes"]);
    assert_eq!(administrator.get(VERSIONS).expect(200).json()["items"].as_array().map(Vec::len), Some(1));
}

fn rules_change_only_as_they_were_seen(city: City) {
    let administrator = city.sign_in(Role::Administrator);
    let (mut changed, seen) = rules(&administrator);
    assert_eq!(seen, "\"1\"");
    let as_it_was = changed.clone();
    changed["routes"].as_array_mut().expect("routes").push(rule("new", "island", "flood", "tiny-council"));
    let put = |etag: &str, body: &Value| administrator.ask("PUT", ROUTES).if_match(etag).json(body).send();

    administrator.put(ROUTES, &changed).problem(428, "version_required");
    put("*", &changed).problem(428, "version_required");
    put("\"0\"", &changed).problem(412, "stale");
    let done = put(&seen, &changed).expect(200);
    assert_eq!((done.etag().as_str(), &done.json()["policy_version"]), ("\"2\"", &json!(2)));
    assert_eq!(rules(&administrator), (changed.clone(), "\"2\"".to_owned()));
    let head = &administrator.get(VERSIONS).expect(200).json()["items"][0];
    assert_eq!((&head["version"], &head["note"]), (&json!(2), &json!("иначе")));

    let stale = put(&seen, &as_it_was).problem(412, "stale");
    assert_eq!(stale["current"], 2);
    // The same once more says nothing new.
    assert_eq!(put("\"2\"", &changed).expect(200).etag(), "\"2\"");
    let mut bad = changed;
    bad["routes"][0]["organisation"] = json!("nobody");
    bad["executors"][0]["group"] = json!("nothing");
    let problem = put("\"2\"", &bad).problem(422, "invalid");
    assert_eq!(pointers(&problem), ["/routes/0/organisation", "/executors/0/group"]);
    assert_eq!(administrator.get(&format!("{ROUTES}?version=1")).expect(200).json()["routes"], as_it_was["routes"]);
}

fn what_an_old_version_decided_stays_explained(city: City) {
    let [_, water, by_hand] = three_complaints(&city);
    let administrator = city.sign_in(Role::Administrator);
    let explained = |id: Id| administrator.get(&format!("/api/v1/incidents/{id}/why")).expect(200).json();
    let of = |reasons: &Value, table: &str, field: &str| -> Vec<Value> {
        reasons[table].as_array().expect("a table").iter().map(|reason| reason[field].clone()).collect()
    };
    let before = explained(water);
    let lines = ["Лукоморск · Вода · * → Управа Лукоморска", "* · Вода · * → Лукоморский водопровод"];
    assert_eq!(of(&before, "routes", "text"), lines);
    assert_eq!(of(&before, "routes", "hop"), [1, 2]);
    let terms = of(&before, "clocks", "term");
    assert!(terms.contains(&json!("answer-urgent")) && terms.contains(&json!("resolution-water")), "{terms:?}");
    let proposed = explained(by_hand);
    assert_eq!(
        of(&proposed, "routes", "text")[0],
        "* · * · * → Управа Лукоморска",
        "where it would go without a topic"
    );

    // The rule, its organisation's name, the term: none of it is in the next version.
    let mut document = document(&administrator, 1);
    let drop = |document: &mut Value, table: &str, id: &str| {
        document[table].as_array_mut().expect("a table").retain(|record| record["id"] != id);
    };
    drop(&mut document, "routes", "water-city");
    drop(&mut document, "executors", "water");
    drop(&mut document, "terms", "answer-urgent");
    document["organisations"][1]["title"] = json!("Мэрия");
    administrator.post(VERSIONS, &json!({ "document": document })).expect(201);

    let after = explained(water);
    assert_eq!(after, before);
    assert_eq!(after["routes"][0]["written"]["note"], "group");
    assert!(of(&after, "clocks", "policy_version").iter().all(|version| *version == 1));
    assert!(of(&after, "clocks", "written").iter().all(Value::is_object));

    // What comes in from now on goes by the new one.
    let source = city.source();
    let mut next = message("4", "Посмотрите, пожалуйста");
    next["topic"] = json!("no-water");
    let next = explained(city.complaint(&source, next));
    assert_eq!(next["routes"][0]["policy_version"], 2);
    assert_eq!(next["routes"][0]["text"], "* · * · * → Мэрия");
}

fn what_the_policy_says_can_be_read(city: City) {
    let anyone = city.sign_in_at(Role::Executor, organisation::WORKS);
    let get = |path: &str| anyone.get(&format!("/api/v1/{path}")).expect(200).json();
    let ids = |list: &Value| {
        let items = list["items"].as_array().expect("items");
        items.iter().map(|item| item["id"].as_str().expect("an id").to_owned()).collect::<Vec<_>>()
    };

    let water = get("organisations/harbour-water");
    assert_eq!(water["path"], json!(["tiny-council", "harbour-city"]));
    assert_eq!(water["calendar"], json!({ "id": "always", "title": "Круглосуточно", "of": "harbour-water" }));
    let hall = get("organisations/harbour-city");
    assert_eq!(hall["parts"], json!(["harbour-works", "harbour-water"]));
    assert_eq!((&hall["calendar"]["id"], &hall["calendar"]["of"]), (&json!("tiny"), &Value::Null));
    assert_eq!(hall["aliases"], json!(["Мэрия Лукоморска"]));
    assert_eq!(get("organisations")["items"].as_array().map(Vec::len), Some(5));
    assert_eq!(ids(&get("organisations?parent=harbour-city")), ["harbour-works", "harbour-water"]);
    assert_eq!(ids(&get("organisations?kind=district&connected=true")), ["island-council"]);
    assert_eq!(ids(&get("organisations?connected=false")), Vec::<String>::new());
    assert_eq!(ids(&get("organisations?q=%D0%9C%D0%AD%D0%A0%D0%98%D0%AF")), ["harbour-city"], "МЭРИЯ, by its alias");

    let groups = get("topics");
    assert_eq!(
        (ids(&groups), groups["items"][1]["topics"].as_array().map(Vec::len)),
        (vec!["streets".into(), "water".into(), "heat".into()], Some(2))
    );
    let found = get("topics?group=streets&q=%D0%B2%D1%8B%D0%B1%D0%BE%D0%B8%D0%BD");
    assert_eq!(found["items"][0]["topics"][0]["id"], "hole-in-road");
    assert_eq!(found["items"][0]["topics"].as_array().map(Vec::len), Some(1));
    assert_eq!(ids(&get("topics?group=water&q=%D0%B2%D1%8B%D0%B1%D0%BE%D0%B8%D0%BD")), Vec::<String>::new());
    assert_eq!(get("topics/flood")["sensitive"], true);

    assert_eq!(ids(&get("municipalities?kind=district")), ["island"]);
    assert_eq!(ids(&get("municipalities?q=%D0%BB%D1%83%D0%BA%D0%BE%D0%BC%D0%BE%D1%80%D1%8C%D0%B5")), ["harbour"]);
    let terms = get("terms?clock=first_answer");
    assert_eq!(
        (ids(&terms), &terms["author_wait"]),
        (["answer", "answer-urgent", "answer-flood"].map(String::from).to_vec(), &json!("24h"))
    );
    assert_eq!(terms["items"][1]["severity"], ">=4");
    assert_eq!(get("routes")["executors"][2]["executor"], "harbour-works");

    for missing in ["organisations/nobody", "topics/nothing", "topics?version=9", "routes?version=9", "terms?version=9"]
    {
        anyone.get(&format!("/api/v1/{missing}")).problem(404, "not_found");
    }
    let long = "x".repeat(101);
    for bad in [
        "organisations?version=0",
        "organisations?q=",
        "organisations?parent=",
        "organisations?kind=shop",
        "organisations?connected=maybe",
        "municipalities?kind=village",
        "terms?clock=lunch",
        "topics?gruop=water",
        "routes?version=x",
        &format!("topics?q={long}"),
    ] {
        anyone.get(&format!("/api/v1/{bad}")).problem(422, "invalid");
    }
    city.anybody().get("/api/v1/topics").problem(401, "not_signed_in");
}

fn only_the_citys_administrators_change_the_policy(city: City) {
    let administrator = city.sign_in(Role::Administrator);
    let new = json!({ "document": document(&administrator, 1) });
    let (rules, seen) = rules(&administrator);
    for role in
        [Role::Moderator, Role::Coordinator, Role::Executor, Role::Approver, Role::Controller, Role::Integration]
    {
        let other = city.sign_in(role);
        other.post(VERSIONS, &new).problem(403, "forbidden");
        other.ask("PUT", ROUTES).if_match(&seen).json(&rules).send().problem(403, "forbidden");
        other.post(&format!("{ROUTES}/dry-run"), &json!({})).problem(403, "forbidden");
        other.get(VERSIONS).expect(200);
    }
    let local = city.sign_in_at(Role::Administrator, organisation::CITY);
    local.post(VERSIONS, &new).problem(403, "forbidden");
    local.ask("PUT", ROUTES).if_match(&seen).json(&rules).send().problem(403, "forbidden");
}

fn another_replica_takes_a_version_up(city: City) {
    let administrator = city.sign_in(Role::Administrator);
    let mut document = document(&administrator, 1);
    document["city"]["title_en"] = json!("Elsewhere");
    let doc = serde_json::from_value(document).expect("a document");
    // As another process stores it, unknown to this one.
    let (sound, now) = (otklik::desk::policies::check(doc).expect("a sound one"), city.now());
    let load = move |conn: &mut _| otklik::desk::policies::load(conn, &sound, "elsewhere", "system", now);
    city.app().store().write_now(load).expect("it is stored");
    assert_eq!(administrator.get(ROUTES).expect(200).json()["policy_version"], 1);

    // A change is measured by what is stored, not by what this replica has noticed yet.
    let (rules, seen) = rules(&administrator);
    administrator.ask("PUT", ROUTES).if_match(&seen).json(&rules).send().problem(412, "stale");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    assert!(runtime.block_on(city.app().reload_policy()).expect("it reads"));
    assert_eq!(administrator.get(ROUTES).expect(200).etag(), "\"2\"");
    assert!(!runtime.block_on(city.app().reload_policy()).expect("it reads"));
}
