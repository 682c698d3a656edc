//! Deadlines through the API. Cases are numbered as in the project's deadline study; those that need no service are tested beside the
//! clocks themselves.

use std::time::Duration;

use otklik::domain::{At, Role};
use serde_json::{Value, json};

use crate::harness::crew::{Crew, Path};
use crate::harness::server::{City, message, organisation};

both_engines! {
    t30_t31_an_answer_at_the_due_time_is_in_time_and_a_late_one_never_is,
    t32_after_hours_without_a_sweep_each_breach_is_there_once,
    t33_a_clock_that_stands_still_is_not_overdue,
    t34_three_impatient_messages_are_one_wait,
    t35_only_a_persons_word_is_a_reaction,
    t36_a_shorter_next_answer_leaves_the_first_alone,
    t37_a_transfer_keeps_the_deadline_unless_the_city_says_so,
    t37_a_carried_clock_goes_on_by_the_other_calendar,
    t37_a_restarted_clock_begins_anew,
    t38_an_applied_policy_moves_open_incidents_only,
    t38_a_new_term_begins_no_clock_in_the_past,
    t38_an_applied_pause_begins_at_once,
    t39_a_merged_group_is_due_when_its_first_is,
    t40_a_graver_case_is_due_sooner_from_the_same_start,
    t40_a_case_that_is_overdue_by_a_correction_is_told,
    t42_the_chosen_term_and_why_are_shown,
    t44_the_policy_chooses_from_when_a_clock_counts,
    t45_a_message_told_twice_restarts_nothing,
    every_kind_of_clock_has_its_start_and_its_end,
    a_due_time_is_explained_to_the_last_window,
    a_preview_is_what_saving_gives_and_stores_nothing,
    a_what_if_tells_before_what_applying_moves,
    a_deferral_is_an_act_on_record,
    a_reminder_is_given_once_to_those_whose_work_it_is,
    a_missed_reminder_tells_only_the_latest,
}

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

/// A term for any case, with what the test is about.
fn term(id: &str, clock: &str, target: &str, base: &str, more: Value) -> Value {
    let mut term = json!({
        "id": id, "clock": clock, "municipality": "*", "group": "*", "topic": "*", "severity": "*", "organisation": "*",
        "target": target, "base": base,
    });
    term.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    term
}

/// Amends the city's policy.
fn amend(city: &City, amendment: &Value) {
    city.sign_in(Role::Administrator).post("/api/v1/policy-versions/amendments", amendment).expect(201);
}

fn terms(city: &City, terms: &[Value]) {
    amend(city, &json!({ "terms": terms }));
}

/// Another way with transfers.
fn transfers(city: &City, how: &str) {
    let administrator = city.sign_in(Role::Administrator);
    let newest = administrator.get("/api/v1/policy-versions?limit=1").expect(200).json()["items"][0]["version"].clone();
    let mut document =
        administrator.get(&format!("/api/v1/policy-versions/{newest}")).expect(200).json()["document"].clone();
    document["city"]["life"]["transfer"] = json!(how);
    administrator.post("/api/v1/policy-versions", &json!({ "document": document })).expect(201);
}

fn at(text: &Value) -> At {
    text.as_str().unwrap_or_else(|| panic!("an instant, not {text}")).parse().expect("an instant")
}

/// Lets time pass until an instant.
fn until(city: &City, at: At) {
    city.advance(Duration::try_from(at.duration_since(*city.now())).expect("an instant ahead"));
}

fn clocks(crew: &Crew<'_>, path: &Path) -> Vec<Value> {
    crew.controller.get(&path.to("clocks")).expect(200).json()["items"].as_array().unwrap().clone()
}

fn missed(crew: &Crew<'_>, path: &Path) -> usize {
    crew.kinds_of_events(path).iter().filter(|kind| *kind == "deadline_missed").count()
}

fn t30_t31_an_answer_at_the_due_time_is_in_time_and_a_late_one_never_is(city: City) {
    let crew = Crew::of(&city);
    let (in_time, late) = (crew.in_work("1"), crew.in_work("2"));
    let due = at(&crew.clock(&in_time, "first_answer")["due_at"]);
    until(&city, due);
    crew.answered(&in_time, 1, "final");
    city.advance(Duration::from_secs(1));
    // No sweep has looked yet.
    crew.answered(&late, 1, "final");
    city.run_jobs();
    assert_eq!(crew.clock(&in_time, "first_answer")["state"], "met");
    let clock = crew.clock(&late, "first_answer");
    assert_eq!((&clock["state"], at(&clock["breached_at"])), (&json!("breached"), due));
    assert_eq!(at(&clock["settled_at"]), due.plus_seconds(1));
}

fn t32_after_hours_without_a_sweep_each_breach_is_there_once(city: City) {
    let crew = Crew::of(&city);
    let paths: Vec<Path> = (0..5).map(|n| crew.in_work(&n.to_string())).collect();
    let due = at(&crew.clock(&paths[0], "first_answer")["due_at"]);
    until(&city, due.plus_seconds(6 * 3_600));
    city.run_jobs();
    city.run_jobs();
    for path in &paths {
        let clock = crew.clock(path, "first_answer");
        assert_eq!((&clock["state"], at(&clock["breached_at"])), (&json!("breached"), due));
        assert_eq!(missed(&crew, path), 1);
    }
}

fn t33_a_clock_that_stands_still_is_not_overdue(city: City) {
    terms(&city, &[term("answer", "first_answer", "6h", "working", json!({ "pauses": ["approval"] }))]);
    let crew = Crew::of(&city);
    let (paused, broken) = (crew.in_work("1"), crew.in_work("2"));
    let due = at(&crew.clock(&paused, "first_answer")["due_at"]);
    city.advance(HOUR);
    crew.submitted(&paused, 1, "final");
    assert_eq!(crew.clock(&paused, "first_answer")["state"], "paused");
    until(&city, due.plus_seconds(3_600));
    city.run_jobs();
    let clock = crew.clock(&paused, "first_answer");
    assert_eq!((&clock["state"], &clock["breached_at"], at(&clock["due_at"])), (&json!("paused"), &Value::Null, due));
    // What was broken before stays broken.
    crew.submitted(&broken, 1, "final");
    let clock = crew.clock(&broken, "first_answer");
    assert_eq!((&clock["state"], at(&clock["breached_at"])), (&json!("breached"), due));
    // Five working hours are left from the return on: ten in the morning of the next working day.
    until(&city, "2025-11-11T06:00:00Z".parse().unwrap());
    let back = json!({ "reason": "formal", "text": "Напишите срок" });
    crew.approver.post(&paused.to("answers/1/rework"), &back).expect(200);
    let clock = crew.clock(&paused, "first_answer");
    assert_eq!((&clock["state"], &clock["due_at"]), (&json!("running"), &json!("2025-11-11T12:00:00Z")), "{clock}");
    assert_eq!(clock["pauses"][0]["why"], "approval");
    assert_eq!(clock["pauses"][0]["to"], "2025-11-11T06:00:00Z");
    let counted = clock["explanation"]["counted"].as_array().unwrap();
    assert_eq!(counted.iter().map(|piece| piece["seconds"].as_i64().unwrap()).sum::<i64>(), 6 * 3_600);
}

fn t34_three_impatient_messages_are_one_wait(city: City) {
    terms(&city, &[term("next", "next_answer", "2h", "working", json!({}))]);
    let crew = Crew::of(&city);
    let path = crew.in_work("1");
    crew.answered(&path, 1, "intermediate");
    let first = city.now();
    assert_eq!(crew.says("1-a", "1", "Ну и где?", None), "joined");
    city.advance(10 * MINUTE);
    assert_eq!(crew.says("1-b", "1", "Ау!", None), "joined");
    city.advance(10 * MINUTE);
    assert_eq!(crew.says("1-c", "1", "Сколько можно?", None), "joined");
    let waits: Vec<Value> = clocks(&crew, &path).into_iter().filter(|clock| clock["kind"] == "next_answer").collect();
    assert_eq!(waits.len(), 1);
    assert_eq!(at(&waits[0]["started_at"]), first);
    city.advance(4 * HOUR);
    city.run_jobs();
    let events = crew.controller.get(&path.to("events?limit=200")).expect(200).json();
    let told = |event: &&Value| event["kind"] == "deadline_missed" && event["data"]["clock"] == "next_answer";
    assert_eq!(events["items"].as_array().unwrap().iter().filter(told).count(), 1);
    // After the answer the next word begins the next wait.
    crew.answered(&path, 2, "intermediate");
    crew.says("1-d", "1", "И всё?", None);
    let clock = crew.clock(&path, "next_answer");
    assert_eq!((&clock["cycle"], &clock["state"]), (&json!(2), &json!("running")));
}

fn t35_only_a_persons_word_is_a_reaction(city: City) {
    terms(&city, &[term("reaction", "reaction", "1h", "working", json!({}))]);
    let crew = Crew::of(&city);
    let (path, own) = (crew.in_work("1"), crew.in_work("2"));
    let reply = json!({ "text": "Спасибо за обращение! Мы ответим.", "at": city.now() });
    let told = crew.integration.post(&path.to("automatic-replies"), &reply).expect(200).json();
    assert_eq!((&told["step"], &told["first_answer_at"]), (&json!("in_work"), &Value::Null));
    crew.moderator.patch(&path.to(""), &json!({ "note": "Позвонить в отдел" })).expect(200);
    assert_eq!(crew.clock(&path, "reaction")["state"], "running", "neither a program nor a note is a reaction");
    let word = json!({ "kind": "intermediate", "text": "Передали в отдел дорог", "at": city.now() });
    let answered = crew.moderator.post(&path.to("outside-answers"), &word).expect(200).json();
    assert_eq!(answered["incident"]["step"], "in_work");
    assert_eq!(crew.clock(&path, "reaction")["state"], "met");
    assert_eq!(crew.clock(&path, "first_answer")["state"], "met");
    assert_eq!(crew.clock(&path, "resolution")["state"], "running");
    // What the department says by its own account counts as of its own time.
    city.advance(30 * MINUTE);
    let said = city.now();
    city.advance(2 * HOUR);
    city.run_jobs();
    assert_eq!(crew.clock(&own, "reaction")["state"], "breached");
    let word = json!({ "text": "Яму засыпали", "outcome": "resolved", "at": said });
    crew.coordinator.post(&own.to("outside-answers"), &word).expect(200);
    let clock = crew.clock(&own, "reaction");
    assert_eq!((&clock["state"], at(&clock["settled_at"])), (&json!("met"), said));
    crew.integration
        .post(&own.to("automatic-replies"), &json!({ "text": "!", "at": city.now() }))
        .problem(422, "invalid");
    let early = json!({ "text": "Ответим", "at": "2020-01-01T00:00:00Z" });
    crew.integration.post(&own.to("automatic-replies"), &early).problem(422, "invalid");
}

fn t36_a_shorter_next_answer_leaves_the_first_alone(city: City) {
    terms(&city, &[term("next", "next_answer", "30m", "working", json!({}))]);
    let crew = Crew::of(&city);
    let path = crew.in_work("1");
    let due = crew.clock(&path, "first_answer")["due_at"].clone();
    crew.says("1-a", "1", "Скорее!", None);
    let kinds: Vec<Value> = clocks(&crew, &path).iter().map(|clock| clock["kind"].clone()).collect();
    assert!(!kinds.contains(&json!("next_answer")), "nothing was answered yet: {kinds:?}");
    assert_eq!(crew.clock(&path, "first_answer")["due_at"], due);
}

/// An organisation beside with a calendar and terms of its own.
fn island(city: &City) {
    amend(
        city,
        &json!({
            "terms": [
                term("reaction", "reaction", "1h", "working", json!({ "organisation": "harbour-city" })),
                term("answer-island", "first_answer", "8h", "working", json!({ "organisation": "island-council" })),
            ],
            "organisation_calendars": [{ "organisation": "island-council", "calendar": "always" }],
        }),
    );
}

fn moved_to_the_island(crew: &Crew<'_>, path: &Path) {
    crew.moderator.post(&path.to("assignments"), &json!({ "organisation": organisation::ISLAND })).expect(200);
}

fn t37_a_transfer_keeps_the_deadline_unless_the_city_says_so(city: City) {
    island(&city);
    let crew = Crew::of(&city);
    let path = crew.in_work("1");
    let before = clocks(&crew, &path);
    city.advance(HOUR);
    moved_to_the_island(&crew, &path);
    for kind in ["first_answer", "resolution", "reaction"] {
        let was = before.iter().find(|clock| clock["kind"] == kind).unwrap();
        let is = crew.clock(&path, kind);
        assert_eq!((&is["due_at"], &is["term"], &is["state"]), (&was["due_at"], &was["term"], &was["state"]));
    }
    // Neither a return nor another round of the route moves it.
    let back = json!({ "reason": "not_our_competence" });
    city.sign_in_at(Role::Coordinator, organisation::ISLAND).post(&path.to("returns"), &back).expect(200);
    crew.moderator.post(&path.to("assignments"), &json!({})).expect(200);
    let was = before.iter().find(|clock| clock["kind"] == "first_answer").unwrap();
    assert_eq!(crew.clock(&path, "first_answer")["due_at"], was["due_at"]);
}

fn t37_a_carried_clock_goes_on_by_the_other_calendar(city: City) {
    island(&city);
    transfers(&city, "carry");
    let crew = Crew::of(&city);
    let path = crew.in_work("1");
    city.advance(HOUR);
    moved_to_the_island(&crew, &path);
    // One hour of the working day has passed; seven of the island's eight are left, around the clock.
    let clock = crew.clock(&path, "first_answer");
    assert_eq!((&clock["term"], &clock["calendar"]), (&json!("answer-island"), &json!("always")));
    assert_eq!(at(&clock["due_at"]), city.now().plus_seconds(7 * 3_600));
    assert_eq!(clock["explanation"]["consumed"], 3_600);
    assert_eq!(crew.clock(&path, "reaction")["state"], "cancelled", "the island owes no reaction (zammad#5624)");
    city.advance(10 * HOUR);
    city.run_jobs();
    assert_eq!(crew.clock(&path, "reaction")["breached_at"], Value::Null);
    assert_eq!(crew.clock(&path, "first_answer")["state"], "breached");
}

fn t37_a_restarted_clock_begins_anew(city: City) {
    island(&city);
    transfers(&city, "restart");
    let crew = Crew::of(&city);
    let path = crew.in_work("1");
    city.advance(HOUR);
    moved_to_the_island(&crew, &path);
    let clock = crew.clock(&path, "first_answer");
    assert_eq!((at(&clock["started_at"]), at(&clock["due_at"])), (city.now(), city.now().plus_seconds(8 * 3_600)));
}

/// Applies the policy in force to open incidents; what became of the order.
fn applied(city: &City) -> Value {
    let administrator = city.sign_in(Role::Administrator);
    let newest = administrator.get("/api/v1/policy-versions?limit=1").expect(200).json()["items"][0]["version"].clone();
    let order = format!("/api/v1/policy-versions/{newest}/recomputations");
    let ordered = administrator.post(&order, &Value::Null).expect(202).json();
    administrator.post(&order, &Value::Null).problem(409, "conflict");
    administrator.post("/api/v1/policy-versions/1/recomputations", &Value::Null).problem(409, "conflict");
    administrator.post("/api/v1/policy-versions/999/recomputations", &Value::Null).problem(404, "not_found");
    city.run_jobs();
    let path = format!("/api/v1/recomputations/{}", ordered["id"].as_str().unwrap());
    let done = administrator.get(&path).expect(200).json();
    assert_ne!(done["finished_at"], Value::Null);
    let listed = administrator.get("/api/v1/recomputations").expect(200).json();
    assert!(listed["items"].as_array().unwrap().contains(&done));
    done
}

fn t38_an_applied_policy_moves_open_incidents_only(city: City) {
    terms(&city, &[term("reaction", "reaction", "1h", "working", json!({}))]);
    let crew = Crew::of(&city);
    let (open, closed) = (crew.in_work("1"), crew.in_work("2"));
    crew.answered(&closed, 1, "final");
    crew.says("2-r", "2", "", Some(5));
    let (was_open, was_closed) = (clocks(&crew, &open), crew.controller.get(&closed.to("clocks")).expect(200).json());
    let of = |all: &[Value], kind: &str| all.iter().find(|clock| clock["kind"] == kind).unwrap().clone();
    amend(
        &city,
        &json!({ "drop_terms": ["reaction"], "terms": [term("answer", "first_answer", "3h", "working", json!({}))] }),
    );
    let fresh = crew.in_work("3");
    assert_eq!(crew.clock(&fresh, "first_answer")["target"], "3h", "the version in force counts for what comes now");
    assert_eq!(clocks(&crew, &open), was_open, "what was promised stays until somebody applies the version");
    let done = applied(&city);
    assert_eq!((&done["looked_at"], &done["moved"]), (&json!(2), &json!(1)));
    let now = clocks(&crew, &open);
    assert_eq!(
        (&of(&now, "reaction")["state"], &of(&now, "reaction")["breached_at"]),
        (&json!("cancelled"), &Value::Null)
    );
    let (before, after) = (of(&was_open, "first_answer"), of(&now, "first_answer"));
    assert_eq!(at(&after["due_at"]), at(&before["due_at"]).plus_seconds(-4 * 3_600), "an hour of it is the lunch");
    assert_eq!(after["started_at"], before["started_at"]);
    assert_eq!(after["policy_version"], done["policy_version"]);
    assert_eq!(crew.controller.get(&closed.to("clocks")).expect(200).json(), was_closed);
    let entry = crew.kinds_of_events(&open).iter().filter(|kind| *kind == "deadlines_recomputed").count();
    assert_eq!(entry, 1);
    assert!(!crew.kinds_of_events(&closed).contains(&"deadlines_recomputed".to_owned()));
    // Once more changes nothing.
    assert_eq!(applied(&city)["moved"], 0);
    assert_eq!(clocks(&crew, &open), now);
}

fn t38_a_new_term_begins_no_clock_in_the_past(city: City) {
    let crew = Crew::of(&city);
    let path = crew.in_work("1");
    city.advance(3 * HOUR);
    terms(&city, &[term("reaction", "reaction", "1h", "working", json!({}))]);
    crew.moderator.patch(&path.to(""), &json!({ "severity": 1 })).expect(200);
    moved_to_the_island(&crew, &path);
    let has = |path: &Path| clocks(&crew, path).iter().any(|clock| clock["kind"] == "reaction");
    assert!(!has(&path), "nobody promised a reaction then");
    let fresh = crew.in_work("2");
    assert!(has(&fresh));
}

fn t38_an_applied_pause_begins_at_once(city: City) {
    let crew = Crew::of(&city);
    let path = crew.in_work("1");
    crew.submitted(&path, 1, "final");
    terms(&city, &[term("answer", "first_answer", "7h", "working", json!({ "pauses": ["approval"] }))]);
    assert_eq!(crew.clock(&path, "first_answer")["state"], "running");
    applied(&city);
    let clock = crew.clock(&path, "first_answer");
    assert_eq!((&clock["state"], &clock["pauses"][0]["to"]), (&json!("paused"), &Value::Null));
}

fn t39_a_merged_group_is_due_when_its_first_is(city: City) {
    let crew = Crew::of(&city);
    let early = crew.in_work("1");
    city.advance(90 * MINUTE);
    let late = crew.in_work("2");
    let due = |path: &Path, kind: &str| crew.clock(path, kind)["due_at"].clone();
    let (first, own) = (due(&early, "first_answer"), due(&late, "first_answer"));
    assert!(at(&first) < at(&own));
    crew.moderator.post(&early.to("merge"), &json!({ "into": late.0 })).expect(200);
    assert_eq!(due(&late, "first_answer"), first);
    assert_eq!(crew.clock(&late, "first_answer")["bound_by"], json!(early.0));
    assert_eq!(crew.incident(&late)["due_at"], first);
    crew.moderator.delete(&early.to("merge")).expect(200);
    assert_eq!((due(&late, "first_answer"), due(&early, "first_answer")), (own.clone(), first.clone()));
    assert!(crew.kinds_of_events(&late).contains(&"released".to_owned()));
    // Merged again, and the deadline of the group passes: the survivor's is broken then, the merged one's never is.
    crew.moderator.post(&early.to("merge"), &json!({ "into": late.0 })).expect(200);
    until(&city, at(&first).plus_seconds(1));
    city.run_jobs();
    assert_eq!(crew.clock(&late, "first_answer")["breached_at"], first);
    assert_eq!(crew.clock(&early, "first_answer")["breached_at"], Value::Null);
}

fn t40_a_graver_case_is_due_sooner_from_the_same_start(city: City) {
    let crew = Crew::of(&city);
    let path = crew.in_work("1");
    let usual = crew.clock(&path, "first_answer");
    city.advance(HOUR);
    let severity = |severity: i32| crew.moderator.patch(&path.to(""), &json!({ "severity": severity })).expect(200);
    severity(5);
    let urgent = crew.clock(&path, "first_answer");
    assert_eq!((&urgent["term"], &urgent["started_at"]), (&json!("answer-urgent"), &usual["started_at"]));
    assert_eq!((&usual["matched"]["severity"], &urgent["matched"]["severity"]), (&json!("any"), &json!("at_least")));
    assert_eq!(at(&urgent["due_at"]), at(&usual["started_at"]).plus_seconds(2 * 3_600));
    severity(2);
    assert_eq!(crew.clock(&path, "first_answer")["due_at"], usual["due_at"]);
    severity(5);
    city.advance(2 * HOUR);
    city.run_jobs();
    severity(2);
    let clock = crew.clock(&path, "first_answer");
    assert_eq!(
        (&clock["state"], &clock["breached_at"]),
        (&json!("breached"), &urgent["due_at"]),
        "lowering erases nothing"
    );
}

fn t40_a_case_that_is_overdue_by_a_correction_is_told(city: City) {
    let crew = Crew::of(&city);
    let (graver, eased) = (crew.in_work("1"), crew.in_work("2"));
    city.advance(3 * HOUR);
    let severity = |path: &Path, severity: i32| {
        crew.moderator.patch(&path.to(""), &json!({ "severity": severity })).expect(200);
    };
    severity(&graver, 5);
    // Overdue, and due later again before any sweep has looked: what was broken in between is told as well.
    severity(&eased, 5);
    severity(&eased, 2);
    city.run_jobs();
    city.run_jobs();
    for path in [&graver, &eased] {
        let clock = crew.clock(path, "first_answer");
        let broken = at(&clock["started_at"]).plus_seconds(2 * 3_600);
        assert_eq!((&clock["state"], at(&clock["breached_at"])), (&json!("breached"), broken));
        let events = crew.controller.get(&path.to("events?limit=200")).expect(200).json();
        let told: Vec<&Value> =
            events["items"].as_array().unwrap().iter().filter(|event| event["kind"] == "deadline_missed").collect();
        assert_eq!((told.len(), at(&told[0]["data"]["due_at"])), (1, broken));
    }
}

fn t42_the_chosen_term_and_why_are_shown(city: City) {
    let crew = Crew::of(&city);
    let mut told = message("1", "Потоп");
    (told["topic"], told["place"]) = (json!("flood"), json!({ "municipality": "harbour" }));
    let path = Path(city.complaint(&crew.source, told));
    crew.moderator.patch(&path.to(""), &json!({ "severity": 5 })).expect(200);
    let clock = crew.clock(&path, "first_answer");
    let why = json!({ "topic": "topic", "severity": "exact", "organisation": "any", "municipality": "any" });
    assert_eq!((&clock["term"], &clock["matched"]), (&json!("answer-flood"), &why), "{clock}");
    // Two terms of one case are refused: there never is a choice.
    let administrator = city.sign_in(Role::Administrator);
    let twin = json!({ "terms": [term("answer-too", "first_answer", "5h", "working", json!({}))] });
    let problem = administrator.post("/api/v1/policy-versions/amendments", &twin).problem(422, "invalid");
    assert_eq!(problem["errors"][0]["pointer"], "/terms/0");
    let odd = |more: Value| json!({ "terms": [term("odd", "approval", "2h", "working", more)] });
    for (more, place) in [
        (json!({ "start": "published" }), "/terms/0/start"),
        (json!({ "warnings": [10, 50] }), "/terms/0/warnings"),
        (json!({ "warnings": [100] }), "/terms/0/warnings"),
        (json!({ "pauses": ["closed"] }), "/terms/0/pauses"),
        (json!({ "target": "26280h" }), "/terms/0/target"),
    ] {
        let problem = administrator.post("/api/v1/policy-versions/amendments", &odd(more)).problem(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], place, "{problem}");
    }
}

fn t44_the_policy_chooses_from_when_a_clock_counts(city: City) {
    terms(
        &city,
        &[
            term("reaction", "reaction", "30d", "calendar", json!({ "start": "published" })),
            term("answer", "first_answer", "6h", "working", json!({ "start": "assigned" })),
        ],
    );
    let crew = Crew::of(&city);
    let mut old = message("1", "Яма на Портовой");
    old["published_at"] = json!("2025-11-03T05:00:00Z");
    let (received, path) = (city.now(), Path(city.complaint(&crew.source, old)));
    let incident = crew.incident(&path);
    assert_eq!((&incident["published_at"], at(&incident["received_at"])), (&json!("2025-11-03T05:00:00Z"), received));
    assert_eq!(
        at(&crew.clock(&path, "resolution")["started_at"]),
        received,
        "registration, where no term says otherwise"
    );
    assert_eq!(crew.clock(&path, "reaction")["started_at"], "2025-11-03T05:00:00Z");
    assert!(clocks(&crew, &path).iter().all(|clock| clock["kind"] != "first_answer"), "nobody has it yet");
    city.advance(HOUR);
    crew.moderator.post(&path.to("assignments"), &json!({})).expect(200);
    let begun = crew.clock(&path, "first_answer");
    assert_eq!((at(&begun["started_at"]), &begun["start"]), (city.now(), &json!("assigned")));
    city.advance(HOUR);
    crew.coordinator.post(&path.to("returns"), &json!({ "reason": "not_our_competence" })).expect(200);
    crew.moderator.post(&path.to("assignments"), &json!({})).expect(200);
    assert_eq!(crew.clock(&path, "first_answer"), begun, "another round of the route begins nothing anew");
    crew.moderator.patch(&path.to(""), &json!({ "severity": 1 })).expect(200);
    assert_eq!(crew.clock(&path, "first_answer"), begun, "nor does a correction after it");
    let mut ahead = message("2", "Сугроб");
    ahead["published_at"] = json!("2031-01-01T00:00:00Z");
    let path = Path(city.complaint(&crew.source, ahead));
    assert_eq!(
        at(&crew.clock(&path, "reaction")["started_at"]),
        city.now(),
        "a time in the future is held to the receipt"
    );
}

fn t45_a_message_told_twice_restarts_nothing(city: City) {
    let crew = Crew::of(&city);
    let path = Path(city.complaint(&crew.source, message("1", "Яма")));
    let times = || -> Vec<[Value; 4]> {
        let all = clocks(&crew, &path).into_iter();
        all.map(|clock| ["kind", "cycle", "started_at", "due_at"].map(|field| clock[field].clone())).collect()
    };
    let before = times();
    city.advance(HOUR);
    let again = city.push(&crew.source, &[message("1", "Яма"), message("1", "Яма")]).expect(200).json();
    assert_eq!(again["results"][0]["status"], "seen");
    assert_eq!((times(), before.len()), (before.clone(), 3));
}

fn every_kind_of_clock_has_its_start_and_its_end(city: City) {
    terms(
        &city,
        &[
            term("reaction", "reaction", "1h", "working", json!({})),
            term("acceptance", "acceptance", "2h", "working", json!({})),
            term("final", "final_answer", "7d", "days", json!({})),
            term("approval", "approval", "1h", "working", json!({})),
            term("rework", "rework", "3d", "calendar_days_next", json!({})),
        ],
    );
    let crew = Crew::of(&city);
    let path = Path(city.complaint(&crew.source, message("1", "Яма")));
    let state = |kind: &str| crew.clock(&path, kind)["state"].as_str().unwrap().to_owned();
    assert_eq!((state("routing"), state("reaction")), ("running".to_owned(), "running".to_owned()));
    crew.moderator.post(&path.to("assignments"), &json!({})).expect(200);
    assert_eq!((state("routing"), state("acceptance")), ("met".to_owned(), "running".to_owned()));
    // Given back too late: the promise to say so is broken.
    city.advance(3 * HOUR);
    crew.coordinator.post(&path.to("returns"), &json!({ "reason": "not_our_competence" })).expect(200);
    assert_eq!((state("acceptance"), state("routing")), ("breached".to_owned(), "running".to_owned()));
    crew.moderator.post(&path.to("assignments"), &json!({})).expect(200);
    assert_eq!(
        (crew.clock(&path, "acceptance")["cycle"].clone(), state("acceptance")),
        (json!(2), "running".to_owned())
    );
    crew.executor.ask("POST", &path.to("work")).send().expect(200);
    assert_eq!(state("acceptance"), "met");
    crew.submitted(&path, 1, "intermediate");
    assert_eq!(state("approval"), "running");
    crew.approver
        .post(&path.to("answers/1/rework"), &json!({ "reason": "formal", "text": "Назовите срок" }))
        .expect(200);
    assert_eq!((state("approval"), state("rework")), ("met".to_owned(), "running".to_owned()));
    crew.answered(&path, 2, "intermediate");
    assert_eq!((state("rework"), state("approval")), ("met".to_owned(), "met".to_owned()));
    assert_eq!((state("first_answer"), state("final_answer")), ("met".to_owned(), "running".to_owned()));
    crew.answered(&path, 3, "final");
    assert_eq!((state("final_answer"), state("resolution")), ("met".to_owned(), "met".to_owned()));
    assert_eq!(state("author_wait"), "running");
    city.advance(25 * HOUR);
    city.run_jobs();
    assert_eq!(
        (state("author_wait"), crew.incident(&path)["close_reason"].clone()),
        ("met".to_owned(), json!("no_author_reply"))
    );
}

fn a_due_time_is_explained_to_the_last_window(city: City) {
    let crew = Crew::of(&city);
    until(&city, "2025-12-30T14:00:00Z".parse().unwrap());
    let path = crew.assigned("1");
    let clock = crew.clock(&path, "first_answer");
    let told = &clock["explanation"];
    let counted = told["counted"].as_array().unwrap();
    assert_eq!(counted.iter().map(|piece| piece["seconds"].as_i64().unwrap()).sum::<i64>(), 6 * 3_600);
    assert_eq!(
        (&counted[0]["from"], &counted[0]["to"]),
        (&json!("2025-12-30T14:00:00Z"), &json!("2025-12-30T15:00:00Z"))
    );
    assert_eq!(counted.last().unwrap()["to"], clock["due_at"]);
    assert_eq!(told["special"][0], json!({ "date": "2025-12-31", "windows": [], "note": "Новый год" }));
    assert_eq!((&clock["start"], &clock["base"]), (&json!("received"), &json!("working")));
    let days = crew.clock(&path, "resolution");
    assert_eq!(days["explanation"]["days"].as_array().unwrap().len(), 5, "{days}");
    // A day off of another year's calendar is no matter of this one; the deferral is told apart from the sum.
    let until = json!({ "until": "2026-02-02T10:00:00Z", "reason": "ждём поставку" });
    crew.coordinator.post(&path.to("deferrals"), &until).expect(200);
    let put_off = crew.clock(&path, "resolution");
    assert_eq!(
        (&put_off["due_at"], &put_off["deferred_to"]),
        (&json!("2026-02-02T10:00:00Z"), &json!("2026-02-02T10:00:00Z"))
    );
    assert_eq!(put_off["explanation"], days["explanation"]);
    assert_eq!(put_off["history"][0]["fact"], "deferred");
    crew.controller.get(&format!("/api/v1/incidents/{}/clocks", uuid())).problem(404, "not_found");
}

fn uuid() -> &'static str {
    "019a0000-0000-7000-8000-000000000000"
}

fn a_preview_is_what_saving_gives_and_stores_nothing(city: City) {
    let crew = Crew::of(&city);
    let path = crew.in_work("1");
    let (incident, before) = (crew.incident(&path), clocks(&crew, &path));
    let ask = |client: &crate::harness::client::Client<'_>, body: Value| client.post(&path.to("previews"), &body);
    let shown = ask(&crew.moderator, json!({ "action": "correct", "severity": 5 })).expect(200).json();
    let told =
        shown["clocks"].as_array().unwrap().iter().find(|clock| clock["kind"] == "first_answer").unwrap().clone();
    assert_eq!((&told["term"], &told["before"]), (&json!("answer-urgent"), &before[0]["due_at"]), "{shown}");
    let put_off = json!({ "action": "defer", "until": "2026-01-15T00:00:00Z", "reason": "ремонт" });
    let later = ask(&crew.coordinator, put_off.clone()).expect(200).json();
    let deferred =
        later["clocks"].as_array().unwrap().iter().find(|clock| clock["kind"] == "resolution").unwrap().clone();
    assert_eq!(deferred["after"], "2026-01-15T00:00:00Z");
    let back = ask(&crew.coordinator, json!({ "action": "return", "reason": "not_our_competence" })).expect(200).json();
    assert_eq!(back["step"], "distribution");
    // Refused as the move itself would be.
    ask(&crew.executor, json!({ "action": "correct", "severity": 5 })).problem(403, "forbidden");
    ask(&crew.moderator, json!({ "action": "correct", "severity": 6 })).problem(422, "invalid");
    ask(&crew.moderator, json!({ "action": "unmerge" })).problem(409, "illegal_move");
    ask(&crew.moderator, json!({ "action": "abolish" })).problem(422, "invalid");
    assert_eq!((crew.incident(&path), clocks(&crew, &path)), (incident, before), "nothing is stored");
    // Saving gives what was shown.
    crew.moderator.patch(&path.to(""), &json!({ "severity": 5 })).expect(200);
    assert_eq!(crew.clock(&path, "first_answer")["due_at"], told["after"]);
}

fn a_what_if_tells_before_what_applying_moves(city: City) {
    let crew = Crew::of(&city);
    let moved = crew.in_work("1");
    let mut urgent = message("2", "Прорыв");
    urgent["topic"] = json!("flood");
    let urgent = Path(city.complaint(&crew.source, urgent));
    crew.moderator.patch(&urgent.to(""), &json!({ "severity": 5 })).expect(200);
    let administrator = city.sign_in(Role::Administrator);
    // Tomorrow becomes a day off: what is due in working time moves, what is counted around the clock does not.
    let change = json!({ "days": [{ "calendar": "tiny", "days": [{ "date": "2025-11-11", "kind": "holiday", "note": "Указ" }] }] });
    let was = (clocks(&crew, &moved), clocks(&crew, &urgent));
    let told = administrator.post("/api/v1/deadlines/what-if", &change).expect(200).json();
    assert_eq!((&told["looked_at"], &told["sooner"], &told["ended"]), (&json!(2), &json!(0), &json!(0)), "{told}");
    let listed = told["incidents"].as_array().unwrap();
    let of_first = listed.iter().find(|incident| incident["id"] == json!(moved.0)).expect("it moves");
    let due = |kind: &str| was.0.iter().find(|clock| clock["kind"] == kind).unwrap()["due_at"].clone();
    let resolution =
        of_first["clocks"].as_array().unwrap().iter().find(|clock| clock["clock"] == "resolution").unwrap();
    assert_eq!(resolution["before"], due("resolution"));
    assert!(at(&resolution["after"]) > at(&resolution["before"]));
    assert_eq!((clocks(&crew, &moved), clocks(&crew, &urgent)), was, "nothing is stored");
    assert_eq!(
        administrator.post("/api/v1/deadlines/what-if?list=0", &change).expect(200).json()["incidents"],
        json!([])
    );
    administrator.post("/api/v1/deadlines/what-if?list=1001", &change).problem(422, "invalid");
    let wrong = json!({ "days": [{ "calendar": "lunar", "days": [{ "date": "2025-11-11", "kind": "holiday" }] }] });
    let problem = administrator.post("/api/v1/deadlines/what-if", &wrong).problem(422, "invalid");
    assert_eq!(problem["errors"][0]["pointer"], "/days/0/calendar");
    city.sign_in_at(Role::Administrator, organisation::CITY)
        .post("/api/v1/deadlines/what-if", &change)
        .problem(403, "forbidden");
    // Saved and applied, it is as it was told.
    amend(&city, &change);
    assert_eq!(applied(&city)["moved"], told["moved"]);
    assert_eq!(crew.clock(&moved, "resolution")["due_at"], resolution["after"]);
    let again = administrator.post(
        "/api/v1/deadlines/what-if",
        &json!({ "terms": [term("routing", "routing", "30m", "working", json!({ "note": "default" }))] }),
    );
    assert_eq!(again.expect(200).json()["moved"], 0);
}

fn a_deferral_is_an_act_on_record(city: City) {
    terms(&city, &[term("final", "final_answer", "7d", "days", json!({}))]);
    let crew = Crew::of(&city);
    let path = crew.in_work("1");
    crew.answered(&path, 1, "intermediate");
    let until = json!({ "until": "2026-03-02T10:00:00Z", "reason": "ждём сухой погоды" });
    crew.coordinator.post(&path.to("deferrals"), &until).expect(200);
    for kind in ["resolution", "final_answer"] {
        assert_eq!(crew.clock(&path, kind)["due_at"], "2026-03-02T10:00:00Z");
    }
    let events = crew.controller.get(&path.to("events?limit=200")).expect(200).json();
    let told = events["items"].as_array().unwrap().iter().find(|event| event["kind"] == "deferred").unwrap().clone();
    assert_eq!((&told["data"]["until"], &told["data"]["reason"]), (&json!("2026-03-02T10:00:00Z"), &until["reason"]));
    assert!(told["actor"].as_str().unwrap().starts_with("staff:"));
    // Taken up again by another intermediate answer it still is put off: only a date further away moves it.
    let sooner = json!({ "until": "2026-01-20T10:00:00Z", "reason": "погода хорошая" });
    crew.coordinator.post(&path.to("deferrals"), &sooner).expect(200);
    assert_eq!(crew.clock(&path, "resolution")["due_at"], "2026-03-02T10:00:00Z");
}

/// The notices of somebody who can be written to.
fn notices(city: &City, login: &str) -> Vec<Value> {
    let token = city.session(login)["access_token"].as_str().unwrap().to_owned();
    city.client(Some(token)).get("/api/v1/notices").expect(200).json()["items"].as_array().unwrap().clone()
}

fn a_reminder_is_given_once_to_those_whose_work_it_is(city: City) {
    city.leave_jobs();
    terms(&city, &[term("answer", "first_answer", "6h", "working", json!({ "warnings": [50, 25] }))]);
    let crew = Crew::of(&city);
    let hire = |role, at| city.hire_with(role, at, "ru", Some("person@example.org"));
    let executor = hire(Role::Executor, organisation::WORKS);
    let moderator = hire(Role::Moderator, organisation::ROOT);
    let foreign = hire(Role::Executor, organisation::WATER);
    let path = crew.in_work("1");
    let clock = crew.clock(&path, "first_answer");
    assert_eq!(
        clock["reminders"][0],
        json!({ "share": 50, "at": "2025-11-10T11:00:00Z" }),
        "the end of the lunch: {clock}"
    );
    city.run_jobs();
    assert_eq!(notices(&city, &executor), Vec::<Value>::new());
    for (reminder, given) in clock["reminders"].as_array().unwrap().iter().zip(1..) {
        until(&city, at(&reminder["at"]).plus_seconds(1));
        city.run_jobs();
        city.run_jobs();
        let told = notices(&city, &executor);
        assert_eq!(told.len(), given);
        assert!(told.iter().all(|one| one["kind"] == "deadline_near" && one["incident"] == json!(path.0)), "{told:?}");
    }
    until(&city, at(&clock["due_at"]).plus_seconds(1));
    city.run_jobs();
    city.run_jobs();
    let kinds: Vec<Value> = notices(&city, &executor).iter().map(|one| one["kind"].clone()).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == "deadline_missed").count(), 1);
    assert_eq!((kinds.len(), notices(&city, &foreign).len(), notices(&city, &moderator).len()), (3, 0, 0));
}

fn a_missed_reminder_tells_only_the_latest(city: City) {
    city.leave_jobs();
    terms(&city, &[term("answer", "first_answer", "6h", "working", json!({ "warnings": [75, 50, 25] }))]);
    let crew = Crew::of(&city);
    let executor = city.hire_with(Role::Executor, organisation::WORKS, "ru", Some("person@example.org"));
    let path = crew.in_work("1");
    let clock = crew.clock(&path, "first_answer");
    // Nobody looked until the second reminder was behind.
    until(&city, at(&clock["reminders"][1]["at"]).plus_seconds(60));
    city.run_jobs();
    assert_eq!(notices(&city, &executor).len(), 1);
    // An answer ends it: nothing more is told.
    crew.answered(&path, 1, "final");
    until(&city, at(&clock["due_at"]).plus_seconds(3_600));
    city.run_jobs();
    assert_eq!(notices(&city, &executor).len(), 1);
}
