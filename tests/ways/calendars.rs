//! Calendars and terms, administered over the API: each change is a version of the policy, contradictions are refused at their place.

use otklik::domain::Role;
use serde_json::{Value, json};

use crate::harness::client::{Answer, Client};
use crate::harness::server::{City, organisation};

both_engines! {
    a_calendar_is_created_replaced_and_deleted,
    a_contradiction_is_refused_at_its_place,
    what_is_used_is_not_deleted,
    a_change_is_made_once_and_on_what_was_seen,
    a_production_calendar_fills_its_years,
    bad_lines_are_told_by_their_numbers,
    organisations_inherit_calendars_down_the_tree,
    a_calendar_is_carried_out_as_icalendar,
    terms_are_put_and_deleted,
    an_amendment_changes_everything_at_once,
    only_administrators_of_the_root_change_calendars,
}

const CALENDARS: &str = "/api/v1/calendars";
const TERMS: &str = "/api/v1/terms";
const AMENDMENTS: &str = "/api/v1/policy-versions/amendments";

fn calendar(title: &str) -> Value {
    json!({
        "title": title, "zone": "Europe/Kaliningrad", "short": "1h",
        "week": { "mon": ["09:00-13:00", "14:00-18:00"], "tue": ["09:00-18:00"], "sat": [], "extra": ["10:00-14:00"] },
        "days": [{ "date": "2026-01-01", "kind": "holiday", "note": "Новый год" }],
    })
}

fn pointers(problem: &Value) -> Vec<&str> {
    let errors = problem["errors"].as_array().expect("errors");
    errors.iter().map(|error| error["pointer"].as_str().expect("a pointer")).collect()
}

/// The newest version of the policy and the note on it.
fn newest(who: &Client<'_>) -> (i64, String) {
    let head = &who.get("/api/v1/policy-versions?limit=1").expect(200).json()["items"][0];
    (head["version"].as_i64().expect("a number"), head["note"].as_str().expect("a note").to_owned())
}

/// The list's line of a calendar.
fn listed(who: &Client<'_>, id: &str) -> Value {
    let all = who.get(CALENDARS).expect(200).json();
    let items = all["items"].as_array().expect("items");
    items.iter().find(|one| one["id"] == id).unwrap_or_else(|| panic!("{id} is not listed: {all}")).clone()
}

fn a_calendar_is_created_replaced_and_deleted(city: City) {
    let administrator = city.sign_in(Role::Administrator);
    let place = format!("{CALENDARS}/water.shifts");
    let made = administrator.put(&format!("{place}?note=Смены"), &calendar("Смены")).expect(201);
    assert_eq!((made.header("location"), made.etag().as_str()), (Some(place.as_str()), "\"2\""));
    assert_eq!(newest(&administrator), (2, "Смены".to_owned()));

    // What is shown can be put back as it is, and then nothing happens.
    let shown = administrator.get(&place).expect(200);
    assert_eq!((&shown.json()["id"], shown.etag().as_str()), (&json!("water.shifts"), "\"2\""));
    assert_eq!(shown.json(), made.json());
    assert_eq!(administrator.put(&place, &shown.json()).expect(200).etag(), "\"2\"");

    let mut changed = shown.json();
    changed["title"] = json!("Смены водопровода");
    let done = administrator.ask("PUT", &place).if_match(&shown.etag()).json(&changed).send().expect(200);
    assert_eq!((done.etag().as_str(), &done.json()["title"]), ("\"3\"", &json!("Смены водопровода")));
    // Beside the one that was put, all is as it was, and in its order.
    let ids: Vec<_> = administrator.get(CALENDARS).expect(200).json()["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|one| one["id"].clone())
        .collect();
    assert_eq!(ids, ["tiny", "always", "water.shifts"]);
    let told = administrator.get("/api/v1/policy-versions/3/changes").expect(200).json();
    assert_eq!((&told["tables"][0]["table"], &told["tables"][1]), (&json!("calendars"), &Value::Null));
    assert_eq!(administrator.get(&format!("{place}?version=2")).expect(200).json()["title"], "Смены");

    let late = administrator.ask("PUT", &place).if_match("\"2\"").json(&changed).send().problem(412, "stale");
    assert_eq!(late["current"], 3);
    administrator.ask("DELETE", &place).if_match("\"2\"").send().problem(412, "stale");
    assert_eq!(administrator.ask("DELETE", &place).if_match("\"3\"").send().expect(204).etag(), "\"4\"");
    administrator.get(&place).problem(404, "not_found");
    administrator.delete(&place).problem(404, "not_found");
    administrator.get(&format!("{CALENDARS}/tiny?version=9")).problem(404, "not_found");
}

fn a_contradiction_is_refused_at_its_place(city: City) {
    let administrator = city.sign_in(Role::Administrator);
    let refused = |change: &dyn Fn(&mut Value), places: &[&str]| {
        let mut body = calendar("Новый");
        change(&mut body);
        let problem = administrator.put(&format!("{CALENDARS}/new"), &body).problem(422, "invalid");
        assert_eq!(pointers(&problem), places, "{problem}");
    };
    let day = |date: &str, kind: &str| json!({ "date": date, "kind": kind });
    let days = |rows: &[Value]| {
        let rows = json!(rows);
        move |body: &mut Value| body["days"] = rows.clone()
    };
    let on_monday = |windows: &[&str]| {
        let windows = json!(windows);
        move |body: &mut Value| body["week"]["mon"] = windows.clone()
    };

    refused(&on_monday(&["09:00-13:00", "12:00-18:00"]), &["/week/mon"]);
    refused(&on_monday(&["18:00-09:30"]), &["/week/mon"]); // Past midnight, into Tuesday's opening at nine.
    refused(&on_monday(&["09:00-09:00"]), &["/week/mon"]);
    refused(&on_monday(&["9-18"]), &["/week/mon"]);
    refused(&on_monday(&["25:00-26:00"]), &["/week/mon"]);
    refused(&on_monday(&["00:00-00:01"; 25]), &["/week/mon"]);
    refused(&|body| body["week"] = json!({}), &["/week"]);
    refused(&|body| body["zone"] = json!("Asia/Lukomorsk"), &["/zone"]);
    refused(&|body| body["title"] = json!(" "), &["/title"]);
    refused(&|body| body["short"] = json!("early"), &["/short"]);
    let both = [day("2026-01-05", "holiday"), day("2026-01-06", "holiday"), day("2026-01-06", "working")];
    refused(&days(&both), &["/days/1"]);
    refused(&days(&[day("2026-01-05", "holiday"), day("2026-01-05", "short")]), &["/days/0"]);
    refused(&days(&[day("2026-01-06", "holiday"), day("2026-01-11", "short")]), &["/days/1"]);
    refused(&days(&[day("2026-01-06", "short"), day("2026-01-06", "short")]), &["/days/1"]);
    refused(&days(&[day("0206-01-06", "holiday")]), &["/days/0"]);
    let no_extra = |body: &mut Value| {
        days(&[day("2026-01-11", "working")])(body);
        body["week"]["extra"] = json!([]);
    };
    refused(&no_extra, &["/days/0"]);
    let nothing_left = |body: &mut Value| {
        days(&[day("2026-01-06", "short")])(body);
        body["short"] = json!("08:00");
    };
    refused(&nothing_left, &["/days/0"]);
    // A Saturday's night shift runs into Sunday, where a working row opens early.
    let into_the_next = |body: &mut Value| {
        body["week"]["sat"] = json!(["22:00-06:00"]);
        body["week"]["extra"] = json!(["05:00-12:00"]);
        days(&[day("2026-01-11", "working")])(body);
    };
    refused(&into_the_next, &["/days/0"]);
    let many: Vec<Value> = (0..5001).map(|_| day("2026-01-05", "holiday")).collect();
    refused(&days(&many), &["/days"]);
    // Several at once, each at its place.
    let several = |body: &mut Value| {
        on_monday(&["09:00-13:00", "12:00-18:00"])(body);
        body["zone"] = json!("Mars");
        days(&both)(body);
    };
    refused(&several, &["/zone", "/week/mon", "/days/1"]);
    // What has the wrong shape.
    refused(&days(&[day("2026-02-30", "holiday")]), &["/days/0/date"]);
    refused(&days(&[day("2026-01-05", "party")]), &["/days/0/kind"]);
    refused(&|body| body["days"][0]["why"] = json!("?"), &["/days/0/why"]);
    refused(&|body| body["holidays"] = json!([]), &["/holidays"]);
    refused(&|body| body["id"] = json!("other"), &["/id"]);
    let problem = administrator.put(&format!("{CALENDARS}/Новый"), &calendar("Новый")).problem(422, "invalid");
    assert_eq!(pointers(&problem), ["/id"]);
    let long = format!("{CALENDARS}/new?note={}", "x".repeat(1001));
    assert_eq!(pointers(&administrator.put(&long, &calendar("Новый")).problem(422, "invalid")), ["note"]);

    // What says again what is so anyway is harmless.
    let mut harmless = calendar("Новый");
    harmless["days"] = json!([
        day("2026-01-05", "working"), // a Monday
        day("2026-01-06", "short"),
        day("2026-01-11", "holiday"), // a Sunday
    ]);
    assert_eq!(newest(&administrator).0, 1, "nothing was stored until here");
    administrator.put(&format!("{CALENDARS}/new"), &harmless).expect(201);
}

fn what_is_used_is_not_deleted(city: City) {
    let administrator = city.sign_in(Role::Administrator);
    let always = listed(&administrator, "always");
    assert_eq!(always["organisations"], json!({ "own": 1, "inherited": 0 }));
    assert_eq!((&always["terms"], &always["is_city"]), (&json!(2), &json!(false)));
    let tiny = listed(&administrator, "tiny");
    assert_eq!(tiny["organisations"], json!({ "own": 0, "inherited": 4 }));
    assert_eq!((&tiny["is_city"], &tiny["zone"]), (&json!(true), &json!("Europe/Kaliningrad")));

    let problem = administrator.delete(&format!("{CALENDARS}/always")).problem(422, "invalid");
    assert_eq!(
        pointers(&problem),
        ["/document/organisations/3/calendar", "/document/terms/2/calendar", "/document/terms/3/calendar"]
    );
    let problem = administrator.delete(&format!("{CALENDARS}/tiny")).problem(422, "invalid");
    assert_eq!(pointers(&problem), ["/document/city/calendar"]);

    administrator
        .put(&format!("/api/v1/organisations/{}/calendar", organisation::WATER), &json!({ "calendar": null }))
        .expect(200);
    for term in ["answer-urgent", "answer-flood"] {
        administrator.delete(&format!("{TERMS}/{term}?note=не нужен")).expect(204);
    }
    administrator.delete(&format!("{CALENDARS}/always?note=никому не нужен")).expect(204);
    assert_eq!(newest(&administrator), (5, "никому не нужен".to_owned()));
}

fn a_change_is_made_once_and_on_what_was_seen(city: City) {
    let administrator = city.sign_in(Role::Administrator);
    let place = format!("{CALENDARS}/new");
    let put = |key: &str, title: &str| {
        administrator.ask("PUT", &place).once(key).if_match("\"1\"").json(&calendar(title)).send()
    };
    put("k-1", "Новый").expect(201);
    // Sent again, it is answered again, though its version is long past.
    let again = put("k-1", "Новый").expect(201);
    assert_eq!((again.header("idempotency-replayed"), again.etag().as_str()), (Some("true"), "\"2\""));
    put("k-1", "Другой").problem(422, "idempotency_mismatch");
    put("k-2", "Другой").problem(412, "stale");
    let delete = || administrator.ask("DELETE", &place).once("k-3").send();
    delete().expect(204);
    assert_eq!(delete().expect(204).header("idempotency-replayed"), Some("true"));
    assert_eq!(newest(&administrator).0, 3);

    // As another process stores it: a change is measured by what is stored, not by what this one has noticed.
    let mut document = administrator.get("/api/v1/policy-versions/3").expect(200).json()["document"].clone();
    document["city"]["title_en"] = json!("Elsewhere");
    let doc = serde_json::from_value(document).expect("a document");
    let (sound, now) = (otklik::desk::policies::check(doc).expect("a sound one"), city.now());
    let load = move |conn: &mut _| otklik::desk::policies::load(conn, &sound, "elsewhere", "system", now);
    city.app().store().write_now(load).expect("it is stored");
    administrator.ask("PUT", &place).if_match("\"3\"").json(&calendar("Новый")).send().problem(412, "stale");
    administrator.put(&place, &calendar("Новый")).expect(201);
    let whole = administrator.get("/api/v1/policy-versions/5").expect(200).json();
    assert_eq!(whole["document"]["city"]["title_en"], "Elsewhere", "the change is made on the newest");
}

const DAYS_2026: &str = "\
# Лукоморск, 2026\r
date,kind,note\r
2026-12-31,holiday,Новый год\r
\r
# перенос\r
2026-01-10,working,\"Рабочая суббота, перенос\"\r
2026-01-10,short,\r
";

/// Fills the tiny city's calendar from a file.
fn fill(who: &Client<'_>, query: &str, file: &[u8]) -> Answer {
    who.ask("POST", &format!("{CALENDARS}/tiny/days{query}")).body("text/csv; charset=utf-8", file).send()
}

fn a_production_calendar_fills_its_years(city: City) {
    let administrator = city.sign_in(Role::Administrator);
    let rows = || administrator.get(&format!("{CALENDARS}/tiny")).expect(200).json()["days"].clone();
    let before = rows();
    let tried = fill(&administrator, "?dry_run=true&note=проба", DAYS_2026.as_bytes()).expect(200).json();
    assert_eq!(
        (&tried["dry_run"], &tried["policy_version"], &tried["years"]),
        (&json!(true), &json!(1), &json!([2026]))
    );
    assert_eq!(tried["added"].as_array().map(Vec::len), Some(3));
    assert_eq!(
        tried["added"][0],
        json!({ "date": "2026-01-10", "kind": "working", "note": "Рабочая суббота, перенос" })
    );
    assert_eq!((&tried["removed"], &tried["unchanged"]), (&json!([]), &json!(0)));
    assert_eq!((rows(), newest(&administrator).0), (before.clone(), 1), "nothing was stored");

    let done = fill(&administrator, "?note=Календарь на 2026", DAYS_2026.as_bytes()).expect(200);
    assert_eq!((done.etag().as_str(), &done.json()["added"]), ("\"2\"", &tried["added"]));
    assert_eq!((&done.json()["dry_run"], newest(&administrator)), (&json!(false), (2, "Календарь на 2026".to_owned())));
    let filled = rows();
    let (old, new) = filled.as_array().expect("rows").split_at(5);
    assert_eq!((json!(old), new.len()), (before, 3), "other years stay");
    assert_eq!(
        (&new[0]["date"], &new[1]["kind"], &new[2]["date"]),
        (&json!("2026-01-10"), &json!("short"), &json!("2026-12-31"))
    );

    // All rows of a year that occurs are replaced; as JSON this time. A key has no part in a dry run.
    let json_rows = json!([{ "date": "2026-12-31", "kind": "holiday", "note": "Новый год" }]);
    let ask =
        |query: &str| administrator.ask("POST", &format!("{CALENDARS}/tiny/days{query}")).once("k-1").json(&json_rows);
    let tried = ask("?dry_run=true").send().expect(200).json();
    assert_eq!((tried["removed"].as_array().map(Vec::len), &tried["unchanged"]), (Some(2), &json!(1)));
    let done = ask("").if_match("\"2\"").send().expect(200);
    assert_eq!(done.header("idempotency-replayed"), None);
    assert_eq!((&done.json()["removed"], &done.json()["added"]), (&tried["removed"], &json!([])));
    assert_eq!(ask("").if_match("\"2\"").send().expect(200).header("idempotency-replayed"), Some("true"));
    assert_eq!(rows().as_array().map(Vec::len), Some(6));
    // Again: nothing is new.
    assert_eq!(ask("").header("x-again", "1").send().expect(200).etag(), "\"3\"");
    administrator
        .ask("POST", &format!("{CALENDARS}/tiny/days"))
        .if_match("\"2\"")
        .json(&json_rows)
        .send()
        .problem(412, "stale");
    administrator
        .ask("POST", &format!("{CALENDARS}/tiny/days?dry_run=true"))
        .if_match("\"2\"")
        .json(&json_rows)
        .send()
        .problem(412, "stale");
    assert_eq!(newest(&administrator).0, 3);

    // The production calendar of Russia, as it is shipped.
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/cities/omsk/calendar-ru.csv");
    let russia = fill(&administrator, "", &std::fs::read(path).expect("the file")).expect(200).json();
    assert_eq!(russia["years"], json!([2024, 2025, 2026]));
    assert_eq!(rows().as_array().map(Vec::len), Some(73));
}

fn bad_lines_are_told_by_their_numbers(city: City) {
    let administrator = city.sign_in(Role::Administrator);
    let told = |file: &str| {
        let problem = fill(&administrator, "", file.as_bytes()).problem(422, "invalid");
        let tried = fill(&administrator, "?dry_run=true", file.as_bytes()).problem(422, "invalid");
        assert_eq!(problem["errors"], tried["errors"]);
        pointers(&problem).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let unreadable =
        "# head\ndate,kind,note\n2026-01-32,holiday,\n\n2026-01-02,party,\n# note\n2026-01-05\n2026-01-06,holiday,\n";
    assert_eq!(told(unreadable), ["/3", "/5", "/7"]);
    assert_eq!(told("date;kind;note\n2026-01-01;holiday;\n")[0], "/1");
    assert_eq!(told("# only\ndate,note\n2026-01-01,x\n"), ["/2"]);
    // Contradictions, with comments and empty lines between.
    let contradictory = "\u{feff}# head\r\ndate,kind,note\r\n2026-03-08,short,\r\n\r\n2026-01-05,working,\r\n# x\r\n\
                         2026-01-06,short,\r\n2026-01-05,holiday,\r\n2026-01-06,short,\r\n";
    let mut found = told(contradictory);
    found.sort();
    assert_eq!(found, ["/3", "/5", "/9"]);
    assert_eq!(told("date,kind\n"), [""]);
    assert_eq!(told("date,kind,note\n2026-01-05,holiday,a\u{0}b\n"), ["/2"]);

    let send = |media_type: &str, body: &[u8]| {
        administrator.ask("POST", &format!("{CALENDARS}/tiny/days")).body(media_type, body).send()
    };
    let rows = json!([{ "date": "2026-01-05", "kind": "holiday" }, { "date": "2026-01-11", "kind": "short" }]);
    let problem = send("application/json", rows.to_string().as_bytes()).problem(422, "invalid");
    assert_eq!(pointers(&problem), ["/1"]);
    let problem = send("application/json", br#"[{ "date": "2026-01-05", "kind": "party" }]"#).problem(422, "invalid");
    assert_eq!(pointers(&problem), ["/0/kind"]);
    send("application/json", b"[").problem(400, "malformed");
    send("text/csv", b"date,kind\n2026-01-05,\xff\n").problem(400, "malformed");
    send("text/plain", b"date,kind\n").problem(415, "unsupported_media_type");
    let problem = fill(&administrator, "?dryrun=true", b"date,kind\n").problem(422, "invalid");
    assert!(problem["errors"][0]["message"].as_str().is_some_and(|message| message.contains("dry_run")), "{problem}");
    administrator
        .ask("POST", &format!("{CALENDARS}/lunar/days"))
        .body("text/csv", b"date,kind\n2026-01-05,holiday\n")
        .send()
        .problem(404, "not_found");
    assert_eq!(newest(&administrator).0, 1);
}

fn organisations_inherit_calendars_down_the_tree(city: City) {
    let administrator = city.sign_in(Role::Administrator);
    administrator.put(&format!("{CALENDARS}/new"), &calendar("Новый")).expect(201);
    let works_by = |id: &str| {
        let one = administrator.get(&format!("/api/v1/organisations/{id}")).expect(200).json();
        (one["calendar"]["id"].as_str().expect("an id").to_owned(), one["calendar"]["of"].as_str().map(str::to_owned))
    };
    let is = |id: &str, of: Option<&str>| (id.to_owned(), of.map(str::to_owned));
    let put = |id: &str, calendar: Value| {
        administrator.put(&format!("/api/v1/organisations/{id}/calendar?note=так"), &json!({ "calendar": calendar }))
    };
    assert_eq!(works_by(organisation::WORKS), is("tiny", None), "the city's");
    put(organisation::ROOT, json!("always")).expect(200);
    assert_eq!(works_by(organisation::WORKS), is("always", Some(organisation::ROOT)), "the root's, two levels above");
    assert_eq!(works_by(organisation::ISLAND), is("always", Some(organisation::ROOT)));
    let shown = put(organisation::CITY, json!("new")).expect(200);
    assert_eq!((shown.etag(), shown.json()["calendar"]["id"].clone()), ("\"4\"".to_owned(), json!("new")));
    assert_eq!(works_by(organisation::WORKS), is("new", Some(organisation::CITY)), "its parent's");
    assert_eq!(works_by(organisation::WATER), is("always", Some(organisation::WATER)), "its own");
    assert_eq!(works_by(organisation::ISLAND), is("always", Some(organisation::ROOT)), "the root's");
    assert_eq!(listed(&administrator, "new")["organisations"], json!({ "own": 1, "inherited": 1 }));
    put(organisation::WORKS, json!("tiny")).expect(200);
    assert_eq!(works_by(organisation::WORKS), is("tiny", Some(organisation::WORKS)), "its own");
    put(organisation::WORKS, Value::Null).expect(200);
    put(organisation::CITY, Value::Null).expect(200);
    assert_eq!(works_by(organisation::WORKS), is("always", Some(organisation::ROOT)), "inherited again");

    let problem = put(organisation::CITY, json!("lunar")).problem(422, "invalid");
    assert_eq!(pointers(&problem), ["/calendar"]);
    put("nobody", Value::Null).problem(404, "not_found");
    let path = format!("/api/v1/organisations/{}/calendar", organisation::CITY);
    // Not to say is not to say null.
    assert_eq!(pointers(&administrator.put(&path, &json!({})).problem(422, "invalid")), [""]);
    administrator.ask("PUT", &path).if_match("\"1\"").json(&json!({ "calendar": null })).send().problem(412, "stale");
}

/// The properties of each event, read as strictly as RFC 5545 asks.
fn events(file: &[u8]) -> Vec<Vec<(String, String)>> {
    let text = std::str::from_utf8(file).expect("UTF-8");
    assert!(text.ends_with("\r\n") && text.matches('\n').count() == text.matches("\r\n").count(), "CRLF: {text:?}");
    assert!(text.split("\r\n").all(|line| line.len() <= 75), "{text}");
    let unfolded = text.replace("\r\n ", "");
    let mut lines = unfolded.split("\r\n").filter(|line| !line.is_empty()).map(|line| {
        let (name, value) = line.split_once(':').expect("a property");
        (name.to_owned(), value.to_owned())
    });
    assert_eq!(lines.next(), Some(("BEGIN".to_owned(), "VCALENDAR".to_owned())));
    let (mut events, mut open, mut head) = (Vec::new(), None, Vec::new());
    for (name, value) in lines {
        match (name.as_str(), value.as_str()) {
            ("BEGIN", "VEVENT") => assert!(open.replace(Vec::new()).is_none()),
            ("END", "VEVENT") => events.push(open.take().expect("an open event")),
            ("END", "VCALENDAR") => assert!(open.is_none()),
            ("BEGIN" | "END", other) => panic!("{other}"),
            _ => open.as_mut().unwrap_or(&mut head).push((name, value)),
        }
    }
    for required in ["VERSION", "PRODID"] {
        assert_eq!(head.iter().filter(|(name, _)| name == required).count(), 1, "{head:?}");
    }
    events
}

fn of<'e>(event: &'e [(String, String)], property: &str) -> &'e str {
    let mut found = event.iter().filter(|(name, _)| name == property);
    let (_, value) = found.next().unwrap_or_else(|| panic!("no {property} in {event:?}"));
    assert!(found.next().is_none(), "{property} twice in {event:?}");
    value
}

fn a_calendar_is_carried_out_as_icalendar(city: City) {
    let administrator = city.sign_in(Role::Administrator);
    let reader = city.sign_in_at(Role::Executor, organisation::WORKS);
    let answer = reader.get(&format!("{CALENDARS}/tiny/ical")).expect(200);
    assert_eq!(answer.header("content-type"), Some("text/calendar; charset=utf-8"));
    assert_eq!(answer.header("content-disposition"), Some("attachment; filename=\"tiny.ics\""));
    assert_eq!(answer.etag(), "\"1\"");
    let first = events(&answer.body);
    let days: Vec<(&str, &str, &str)> = first
        .iter()
        .map(|event| (of(event, "DTSTART;VALUE=DATE"), of(event, "DTEND;VALUE=DATE"), of(event, "SUMMARY")))
        .collect();
    assert_eq!(
        days,
        [
            ("20251101", "20251102", "Рабочий день 08:00-12:00. День перенесён\\; Короткий день"),
            ("20251103", "20251104", "Выходной. Выходной"),
            ("20251104", "20251105", "Выходной. День города"),
            ("20251231", "20260101", "Выходной. Новый год"),
        ]
    );
    assert!(first.iter().all(|event| of(event, "DTSTAMP") == "20251110T070000Z"));
    let uids =
        |events: &[Vec<(String, String)>]| events.iter().map(|event| of(event, "UID").to_owned()).collect::<Vec<_>>();
    assert_eq!(uids(&first)[0], "2025-11-01.tiny@tiny.otklik");

    city.advance(std::time::Duration::from_secs(3600));
    let note =
        "Долгое объяснение, почему этот день, как и многие другие; короче \\ чем обычно, хотя никто этого не просил";
    let file = format!("date,kind,note\n2026-02-20,holiday,\"{note}\"\n2026-02-24,short,\n");
    let mut tiny = administrator.get(&format!("{CALENDARS}/tiny")).expect(200).json();
    tiny["short"] = json!("1h");
    administrator.put(&format!("{CALENDARS}/tiny"), &tiny).expect(200);
    fill(&administrator, "", file.as_bytes()).expect(200);
    let answer = reader.get(&format!("{CALENDARS}/tiny/ical?language=en")).expect(200);
    assert!(answer.text().contains("\r\n "), "a long line is folded");
    let second = events(&answer.body);
    assert_eq!(uids(&second)[..4], uids(&first), "a day keeps its UID");
    assert_eq!(
        of(&second[4], "SUMMARY").replace("\\,", ",").replace("\\;", ";").replace("\\\\", "\\"),
        format!("Day off. {note}")
    );
    assert_eq!(of(&second[5], "SUMMARY"), "Short day\\, until 16:00");
    assert!(second.iter().all(|event| of(event, "DTSTAMP") == "20251110T080000Z"));

    assert_eq!(events(&reader.get(&format!("{CALENDARS}/tiny/ical?version=1")).expect(200).body), first);
    assert!(events(&reader.get(&format!("{CALENDARS}/always/ical")).expect(200).body).is_empty());
    reader.get(&format!("{CALENDARS}/lunar/ical")).problem(404, "not_found");
    reader.get(&format!("{CALENDARS}/tiny/ical?language=fr")).problem(422, "invalid");
    city.anybody().get(&format!("{CALENDARS}/tiny/ical")).problem(401, "not_signed_in");
}

fn terms_are_put_and_deleted(city: City) {
    let administrator = city.sign_in(Role::Administrator);
    let all = || administrator.get(TERMS).expect(200).json()["items"].as_array().expect("items").clone();
    let before = all();
    let mut term = before[1].clone();
    assert_eq!(term["id"], "answer");
    term.as_object_mut().expect("an object").remove("id");
    term["municipality"] = json!("island");
    term["target"] = json!("3h");
    let made = administrator.put(&format!("{TERMS}/answer-island?note=Остров ждать не может"), &term).expect(201);
    assert_eq!((made.etag().as_str(), &made.json()["id"]), ("\"2\"", &json!("answer-island")));
    assert_eq!(newest(&administrator).1, "Остров ждать не может");
    assert_eq!((all().len(), all().last()), (before.len() + 1, Some(&made.json())));
    term["target"] = json!("4h");
    administrator
        .ask("PUT", &format!("{TERMS}/answer-island"))
        .if_match("\"1\"")
        .json(&term)
        .send()
        .problem(412, "stale");
    let done =
        administrator.ask("PUT", &format!("{TERMS}/answer-island")).if_match("\"2\"").json(&term).send().expect(200);
    assert_eq!((done.etag().as_str(), &done.json()["target"]), ("\"3\"", &json!("4h")));

    let refused = |id: &str, field: &str, value: &str, places: &[&str]| {
        let mut bad = term.clone();
        bad[field] = json!(value);
        let problem = administrator.put(&format!("{TERMS}/{id}"), &bad).problem(422, "invalid");
        assert_eq!(pointers(&problem), places, "{problem}");
    };
    refused("answer-island", "target", "soon", &["/target"]);
    refused("answer-island", "severity", "9", &["/severity"]);
    refused("answer-island", "calendar", "lunar", &["/calendar"]);
    refused("answer-island", "municipality", "moon", &["/municipality"]);
    refused("answer-island", "id", "answer", &["/id"]);
    refused("answer-island", "clock", "lunch", &["/clock"]);
    refused("again", "target", "5h", &[""]);
    let problem = administrator.delete(&format!("{TERMS}/answer")).problem(422, "invalid");
    assert_eq!(pointers(&problem), ["/document/terms"]);
    assert_eq!(administrator.delete(&format!("{TERMS}/answer-island")).expect(204).etag(), "\"4\"");
    administrator.delete(&format!("{TERMS}/answer-island")).problem(404, "not_found");
    assert_eq!(all(), before);
}

fn an_amendment_changes_everything_at_once(city: City) {
    let administrator = city.sign_in(Role::Administrator);
    let mut new = calendar("Водопровод");
    new["id"] = json!("pumps");
    let amendment = json!({
        "calendars": [new],
        "days": [{ "calendar": "pumps", "days": [{ "date": "2026-01-06", "kind": "short", "note": "Сочельник" }] }],
        "organisation_calendars": [{ "organisation": organisation::WATER, "calendar": "pumps" }],
        "drop_terms": ["answer-urgent", "answer-flood"],
        "drop_calendars": ["always"],
    });
    let path = format!("{AMENDMENTS}?note=Водопровод спит");
    let made = administrator.ask("POST", &path).once("k-1").if_match("\"1\"").json(&amendment).send().expect(201);
    assert_eq!((made.header("location"), made.etag().as_str()), (Some("/api/v1/policy-versions/2"), "\"2\""));
    assert_eq!(made.json()["note"], "Водопровод спит");
    let again = administrator.ask("POST", &path).once("k-1").if_match("\"1\"").json(&amendment).send().expect(201);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    let told = administrator.get("/api/v1/policy-versions/2/changes").expect(200).json();
    let tables: Vec<_> = told["tables"].as_array().expect("tables").iter().map(|one| one["table"].clone()).collect();
    assert_eq!(tables, ["organisations", "terms", "calendars"]);
    let days = administrator.get(&format!("{CALENDARS}/pumps")).expect(200).json()["days"].clone();
    assert_eq!(days.as_array().map(Vec::len), Some(2));
    // The same once more: dropping what is gone is a fault.
    let problem = administrator.post(AMENDMENTS, &amendment).problem(422, "invalid");
    assert_eq!(pointers(&problem), ["/drop_calendars/0", "/drop_terms/0", "/drop_terms/1"]);
    let same = json!({ "organisation_calendars": [{ "organisation": organisation::WATER, "calendar": "pumps" }] });
    assert_eq!(administrator.post(AMENDMENTS, &same).expect(200).etag(), "\"2\"");

    let mut bad = amendment["calendars"][0].clone();
    bad["days"] = json!([{ "date": "2026-01-05", "kind": "holiday" }, { "date": "2026-01-05", "kind": "working" }]);
    let bad = json!({
        "calendars": [bad],
        "days": [{ "calendar": "pumps", "days": [{ "date": "2026-01-11", "kind": "short" }] }],
        "organisation_calendars": [{ "organisation": organisation::ROOT, "calendar": "lunar" }],
    });
    let problem = administrator.post(AMENDMENTS, &bad).problem(422, "invalid");
    let mut found = pointers(&problem);
    found.sort_unstable();
    assert_eq!(found, ["/calendars/0/days/0", "/days/0/days/0", "/organisation_calendars/0/calendar"]);
    assert_eq!(pointers(&administrator.post(AMENDMENTS, &json!({})).problem(422, "invalid")), [""]);
    let problem = administrator.post(AMENDMENTS, &json!({ "routes": [] })).problem(422, "invalid");
    assert_eq!(pointers(&problem), ["/routes"]);
    administrator.ask("POST", AMENDMENTS).if_match("\"1\"").json(&same).send().problem(412, "stale");
    administrator.get(AMENDMENTS).problem(405, "method_not_allowed");
    assert_eq!(newest(&administrator).0, 2);
}

fn only_administrators_of_the_root_change_calendars(city: City) {
    let term = city.sign_in(Role::Moderator).get(TERMS).expect(200).json()["items"][0].clone();
    let mut others: Vec<Client<'_>> =
        Role::ALL.iter().filter(|role| **role != Role::Administrator).map(|role| city.sign_in(*role)).collect();
    others.push(city.sign_in_at(Role::Administrator, organisation::CITY));
    for other in &others {
        other.put(&format!("{CALENDARS}/new"), &calendar("Новый")).problem(403, "forbidden");
        other.delete(&format!("{CALENDARS}/always")).problem(403, "forbidden");
        fill(other, "", DAYS_2026.as_bytes()).problem(403, "forbidden");
        fill(other, "?dry_run=true", DAYS_2026.as_bytes()).problem(403, "forbidden");
        other.put(&format!("{TERMS}/routing"), &term).problem(403, "forbidden");
        other.delete(&format!("{TERMS}/answer-urgent")).problem(403, "forbidden");
        let path = format!("/api/v1/organisations/{}/calendar", organisation::CITY);
        other.put(&path, &json!({ "calendar": "always" })).problem(403, "forbidden");
        other.post(AMENDMENTS, &json!({ "drop_terms": ["answer-urgent"] })).problem(403, "forbidden");
        other.get(CALENDARS).expect(200);
        other.get(&format!("{CALENDARS}/tiny")).expect(200);
    }
    assert_eq!(newest(&others[0]).0, 1);
}
