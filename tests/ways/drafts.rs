//! Drafts of answers, and what speaks against an answer before it is approved.

use otklik::domain::Role;
use serde_json::{Value, json};

use crate::harness::crew::{Crew, Path};
use crate::harness::server::{City, message, organisation};

both_engines! {
    templates_are_filled_with_what_is_known_of_the_incident,
    templates_that_cannot_be_are_refused_where_they_are_wrong,
    approved_answers_to_similar_complaints_come_without_their_facts,
    answers_of_others_are_drafts_for_nobody_else,
    a_blank_that_is_left_is_not_handed_in,
    what_is_forbidden_is_approved_only_by_name,
    the_same_to_many_is_shown_and_forbids_nothing,
    of_a_mass_incident_one_answer_counts,
}

/// A complaint about a pit in a house of a street, which the department has taken.
fn pit(crew: &Crew<'_>, external: &str, street: &str, house: &str) -> Path {
    let mut told = message(external, &format!("Перед домом {street}, {house} глубокая яма, объехать нельзя"));
    told["topic"] = json!("hole-in-road");
    told["place"] = json!({ "street": street, "house": house });
    told["author"] = json!({ "id": format!("author of {external}"), "name": "Марина Бакланова" });
    let path = Path(crew.city.complaint(&crew.source, told));
    crew.executor.ask("POST", &path.to("work")).send().expect(200);
    path
}

fn drafted(crew: &Crew<'_>, path: &Path, outcome: &str, text: &str) -> Value {
    let body = json!({ "kind": "final", "outcome": outcome, "text": text });
    crew.executor.post(&path.to("answers"), &body).expect(200).json()["answer"].clone()
}

fn handed_in(crew: &Crew<'_>, path: &Path, outcome: &str, text: &str) -> Value {
    drafted(crew, path, outcome, text);
    crew.executor.ask("POST", &path.to("answers/1/submission")).send().expect(200).json()["answer"].clone()
}

fn approved(crew: &Crew<'_>, path: &Path, text: &str) {
    handed_in(crew, path, "resolved", text);
    crew.approver.ask("POST", &path.to("answers/1/approval")).send().expect(200);
}

fn drafts(crew: &Crew<'_>, path: &Path) -> Vec<Value> {
    let found = crew.executor.get(&path.to("drafts")).expect(200).json();
    found["items"].as_array().expect("items").clone()
}

fn codes(answer: &Value) -> Vec<&str> {
    answer["concerns"].as_array().expect("concerns").iter().map(|one| one["code"].as_str().expect("a code")).collect()
}

fn templates_are_filled_with_what_is_known_of_the_incident(city: City) {
    let crew = Crew::of(&city);
    let path = pit(&crew, "1", "Парусная улица", "7/2");
    assert_eq!(drafts(&crew, &path), [] as [Value; 0]);
    let templates = json!([
        { "id": "any", "title": "Любое", "text": "Сообщение № {номер} принято." },
        { "id": "streets", "title": "Улицы", "group": "streets", "text": "{organisation} выедет {date}." },
        { "id": "water", "title": "Вода", "topic": "no-water", "text": "Воду подадут {date}." },
        {
            "id": "pit", "title": "Яма", "topic": "hole-in-road", "outcome": "not_resolved", "language": "ru",
            "text": "{Здравствуйте|Добрый день}, {имя|сосед}! Яму по адресу {place} засыплют до {date}.",
        },
    ]);
    city.amend(|document| document["templates"] = templates).expect(201);
    let found = drafts(&crew, &path);
    let ids: Vec<&Value> = found.iter().map(|draft| &draft["template"]["id"]).collect();
    assert_eq!(ids, ["pit", "streets", "any"]);
    let text = "{Здравствуйте|Добрый день}, {имя|сосед}! Яму по адресу Парусная улица, 7/2 засыплют до {date}.";
    assert_eq!(found[0]["text"], text);
    assert_eq!((&found[0]["kind"], &found[0]["outcome"]), (&json!("final"), &json!("not_resolved")));
    let from = text.chars().count() - "{date}.".chars().count();
    assert_eq!(
        found[0]["blanks"],
        json!([{ "blank": "date", "from": from, "to": from + 6, "label": "Дата или срок" }])
    );
    assert!(!found[1]["text"].as_str().unwrap().contains("{organisation}"), "{}", found[1]);
    assert_eq!(found[2]["text"], format!("Сообщение № {} принято.", crew.incident(&path)["number"]));
    assert_eq!(crew.executor.get(&path.to("drafts?limit=1")).expect(200).json()["items"].as_array().unwrap().len(), 1);
    crew.executor.get(&path.to("drafts?limit=0")).problem(422, "invalid");
    crew.approver.get(&path.to("drafts")).problem(403, "forbidden");
}

fn templates_that_cannot_be_are_refused_where_they_are_wrong(city: City) {
    let template = |more: Value| {
        let mut template = json!({ "id": "one", "title": "Один", "text": "Сделаем до {date}." });
        template.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        template
    };
    let cases = [
        (json!({ "text": "Сделаем до {срока}." }), "text"),
        (json!({ "text": "Сделаем до {date." }), "text"),
        (json!({ "text": " " }), "text"),
        (json!({ "title": "" }), "title"),
        (json!({ "topic": "nothing" }), "topic"),
        (json!({ "group": "nothing" }), "group"),
        (json!({ "topic": "no-water", "group": "water" }), "group"),
        (json!({ "outcome": "deferred" }), "outcome"),
        (json!({ "id": "Раз" }), "id"),
    ];
    for (bad, field) in cases {
        let templates = json!([template(json!({ "id": "zero" })), template(bad.clone())]);
        let problem = city.amend(|document| document["templates"] = templates).problem(422, "invalid");
        let pointers: Vec<&Value> = problem["errors"].as_array().unwrap().iter().map(|one| &one["pointer"]).collect();
        assert_eq!(pointers, [&json!(format!("/document/templates/1/{field}"))], "{bad}");
    }
    let twice = json!([template(json!({})), template(json!({}))]);
    let problem = city.amend(|document| document["templates"] = twice).problem(422, "invalid");
    assert_eq!(problem["errors"][0]["pointer"], "/document/templates/1/id");
    for (field, bad) in [("identical_to", json!(1)), ("identical_days", json!(0)), ("identical_share", json!(1.5))] {
        let set = |document: &mut Value| document["city"]["answers"] = json!({ field: bad });
        let problem = city.amend(set).problem(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], format!("/document/city/answers/{field}"));
    }
}

fn approved_answers_to_similar_complaints_come_without_their_facts(city: City) {
    let crew = Crew::of(&city);
    let near = pit(&crew, "1", "Парусная улица", "7");
    let number = crew.incident(&near)["number"].clone();
    let said = format!(
        "Марина, по сообщению № {number} яму на Парусной улице, 7 засыпали 10 ноября в 18:00, ушло 3 машины щебня."
    );
    approved(&crew, &near, &said);
    for (external, day) in [("2", "11"), ("3", "12")] {
        let far = pit(&crew, external, "улица Боцмана Якорева", external);
        approved(&crew, &far, &format!("Яму на улице Боцмана Якорева, {external} залили асфальтом {day} ноября."));
    }
    // Neither a draft nor what was sent back is an example.
    let other = pit(&crew, "4", "Парусная улица", "9");
    handed_in(&crew, &other, "resolved", "Яму на Парусной улице, 9 огородили 9 ноября.");

    let asked = pit(&crew, "5", "Парусная улица", "7");
    let found = drafts(&crew, &asked);
    assert_eq!(
        found[0]["text"],
        "{name}, по сообщению № {number} яму на {place} засыпали {date} в {time}, ушло {figure} машины щебня."
    );
    let blanks: Vec<&Value> = found[0]["blanks"].as_array().unwrap().iter().map(|one| &one["blank"]).collect();
    assert_eq!(blanks, ["place", "date", "time", "figure"]);
    let origin = &found[0]["similar"];
    assert_eq!((&origin["incident"], &origin["number"], &origin["count"]), (&json!(near.0), &number, &json!(1)));
    assert!(origin["likeness"].as_f64().unwrap() > found[1]["similar"]["likeness"].as_f64().unwrap(), "{found:?}");
    assert!(origin["reasons"].as_array().unwrap().iter().any(|reason| reason["code"] == "same_house"), "{origin}");
    assert_eq!(found[1]["text"], "Яму на {place} залили асфальтом {date}.");
    assert_eq!(found[1]["similar"]["count"], 2);
    assert_eq!(found.len(), 2);
    // An incident's own answers are no drafts for it.
    assert_eq!(drafts(&crew, &near).len(), 1);
}

fn answers_of_others_are_drafts_for_nobody_else(city: City) {
    let crew = Crew::of(&city);
    let known = pit(&crew, "1", "Парусная улица", "7");
    approved(&crew, &known, "Яму на Парусной улице, 7 засыпали 10 ноября.");
    let mut told = message("2", "Перед домом яма");
    told["topic"] = json!("hole-in-road");
    let passed = Path(city.complaint(&crew.source, told));
    crew.coordinator.post(&passed.to("passes"), &json!({ "executor": organisation::WATER })).expect(200);
    let beside = city.sign_in_at(Role::Executor, organisation::WATER);
    assert_eq!(beside.get(&passed.to("drafts")).expect(200).json()["items"], json!([]));
    beside.get(&known.to("drafts")).problem(404, "not_found");
    assert_eq!(crew.coordinator.get(&passed.to("drafts")).expect(200).json()["items"].as_array().unwrap().len(), 1);
}

fn a_blank_that_is_left_is_not_handed_in(city: City) {
    let crew = Crew::of(&city);
    let path = pit(&crew, "1", "Парусная улица", "7");
    let answer = drafted(&crew, &path, "not_resolved", "{имя|Сосед}, яму засыплем до {date}.");
    assert_eq!(codes(&answer), ["unfilled_blank", "missing_date"]);
    let blank = &answer["concerns"][0];
    assert_eq!(
        (&blank["severity"], &blank["pointer"], &blank["piece"]),
        (&json!("refused"), &json!("/text"), &json!("{date}"))
    );
    assert_eq!((&blank["from"], &blank["to"]), (&json!(29), &json!(35)));
    assert_eq!(blank["message"], "Пропуск не заполнен");
    let problem = crew.executor.ask("POST", &path.to("answers/1/submission")).send().problem(422, "invalid");
    assert_eq!(problem["errors"][0]["pointer"], "/text");
    assert!(problem["errors"][0]["message"].as_str().unwrap().contains("{date}"));
    let answer = handed_in(&crew, &path, "not_resolved", "{имя|Сосед}, яму засыплем до 28 декабря.");
    assert_eq!(codes(&answer), [] as [&str; 0]);
    crew.approver.ask("POST", &path.to("answers/1/approval")).send().expect(200);
}

fn what_is_forbidden_is_approved_only_by_name(city: City) {
    let crew = Crew::of(&city);
    let path = pit(&crew, "1", "Парусная улица", "7");
    let text = "Факт подтвердился, яму раскопал Пётр Ильич Громов. Засыплем в ближайшее время.";
    let answer = handed_in(&crew, &path, "not_resolved", text);
    assert_eq!(codes(&answer), ["missing_date", "third_person", "empty_phrase"]);
    // The author may be spoken to by name, until others are answered with the same words.
    let own = pit(&crew, "2", "Парусная улица", "9");
    assert_eq!(codes(&drafted(&crew, &own, "resolved", "Марина Бакланова, яму засыпали 10 ноября.")), [] as [&str; 0]);
    let joined = pit(&crew, "3", "Парусная улица", "9");
    crew.moderator.post(&joined.to("merge"), &json!({ "into": own.0 })).expect(200);
    let seen = crew.approver.get(&own.to("answers")).expect(200).json();
    assert_eq!(codes(&seen["items"][0]), ["third_person"]);
    // Whoever looks at the answer is told the same.
    let seen = crew.approver.get(&path.to("answers")).expect(200).json()["items"][0].clone();
    assert_eq!(seen["concerns"], answer["concerns"]);
    assert_eq!(seen["concerns"][1]["piece"], "Пётр Ильич Громов");

    let approve = |body: Value| crew.approver.post(&path.to("answers/1/approval"), &body);
    let problem = crew.approver.ask("POST", &path.to("answers/1/approval")).send().problem(422, "concerns");
    assert_eq!(problem["concerns"], json!(["missing_date", "third_person"]));
    assert_eq!(problem["errors"].as_array().unwrap().len(), 2);
    let problem = approve(json!({ "despite": ["missing_date"] })).problem(422, "concerns");
    assert_eq!(problem["concerns"], json!(["third_person"]));
    let problem = approve(json!({ "despite": ["missing_date", "empty_phrase"] })).problem(422, "invalid");
    assert_eq!(problem["errors"][0]["pointer"], "/despite/1");
    approve(json!({ "despite": ["nothing"] })).problem(422, "invalid");
    approve(json!({ "despit": [] })).problem(422, "invalid");
    assert_eq!(crew.incident(&path)["step"], "approval");

    let done = approve(json!({ "despite": ["third_person", "missing_date"] })).expect(200).json();
    assert_eq!(done["answer"]["state"], "approved");
    assert_eq!(done["answer"]["concerns"], Value::Null);
    let events = crew.controller.get(&path.to("events?limit=200")).expect(200).json();
    let event = events["items"].as_array().unwrap().iter().find(|event| event["kind"] == "approved").unwrap().clone();
    assert_eq!(event["data"]["despite"], json!(["missing_date", "third_person"]));
}

fn with_bounds(city: &City, to: u16) {
    let bounds = json!({ "identical_to": to, "identical_days": 30, "identical_share": 0.5 });
    city.amend(|document| document["city"]["answers"] = bounds).expect(201);
}

fn the_same_to_many_is_shown_and_forbids_nothing(city: City) {
    let crew = Crew::of(&city);
    with_bounds(&city, 2);
    let text = |house: &str| {
        format!("Здравствуйте! 10 ноября специалисты управления осмотрели яму у дома Парусная улица, {house}.")
    };
    for house in ["1", "2"] {
        let path = pit(&crew, house, "Парусная улица", house);
        let answer = handed_in(&crew, &path, "resolved", &text(house));
        assert_eq!(codes(&answer), [] as [&str; 0], "{answer}");
        crew.approver.ask("POST", &path.to("answers/1/approval")).send().expect(200);
    }
    let path = pit(&crew, "3", "Парусная улица", "3");
    let answer = handed_in(&crew, &path, "resolved", &text("3"));
    assert_eq!(codes(&answer), ["identical_to_many"]);
    assert_eq!((&answer["concerns"][0]["others"], &answer["concerns"][0]["severity"]), (&json!(2), &json!("warning")));
    assert!(answer["concerns"][0]["piece"].as_str().unwrap().contains("осмотрели яму"));
    // What the city's templates say may be repeated, with facts of one's own.
    let template = json!([{ "id": "seen", "title": "Осмотр", "text": "{date} специалисты управления осмотрели яму у дома {place}." }]);
    city.amend(|document| document["templates"] = template).expect(201);
    let seen = crew.approver.get(&path.to("answers")).expect(200).json();
    assert_eq!(codes(&seen["items"][0]), [] as [&str; 0]);
    crew.approver.ask("POST", &path.to("answers/1/approval")).send().expect(200);
    // Long ago is forgotten.
    city.amend(|document| document["templates"] = json!([])).expect(201);
    city.advance(std::time::Duration::from_secs(31 * 86_400));
    let late = pit(&crew, "4", "Парусная улица", "4");
    assert_eq!(codes(&drafted(&crew, &late, "resolved", &text("4"))), [] as [&str; 0]);
}

fn of_a_mass_incident_one_answer_counts(city: City) {
    let crew = Crew::of(&city);
    with_bounds(&city, 2);
    let text =
        |house: &str| format!("10 ноября специалисты управления осмотрели провал у дома Парусная улица, {house}.");
    let of_group = [pit(&crew, "1", "Парусная улица", "1"), pit(&crew, "2", "Парусная улица", "2")];
    for (path, house) in of_group.iter().zip(["1", "2"]) {
        approved(&crew, path, &text(house));
        crew.integration.post(&path.to("answers/1/delivery"), &json!({})).expect(200);
    }
    let asked = pit(&crew, "3", "Парусная улица", "3");
    assert_eq!(codes(&drafted(&crew, &asked, "resolved", &text("3"))), ["identical_to_many"]);
    assert_eq!(drafts(&crew, &asked)[0]["similar"]["count"], 2);
    crew.moderator.post(&of_group[0].to("merge"), &json!({ "into": of_group[1].0 })).expect(200);
    assert_eq!(codes(&drafted(&crew, &asked, "resolved", &text("3"))), [] as [&str; 0]);
    let found = drafts(&crew, &asked);
    assert_eq!((found.len(), &found[0]["similar"]["count"]), (1, &json!(1)));
}
