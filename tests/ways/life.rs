//! An incident's life through the API, from complaint to closing, and every illegal move refused.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::crew::{Crew, Path};
use crate::harness::server::{City, message};

both_engines! {
    a_complaint_goes_its_whole_way,
    an_illegal_move_is_refused_with_the_legal_ones,
    a_stale_version_is_refused_with_the_current_state,
    a_return_keeps_the_deadline_and_the_second_goes_to_a_controller,
    an_answer_sent_back_is_reworked_and_the_deadline_stays,
    an_author_who_argues_reopens_until_a_controller_decides,
    silence_closes_after_the_wait_and_is_no_satisfaction,
    a_deferral_needs_a_date_and_a_reason,
    duplicates_are_merged_and_parted,
    two_merges_of_the_same_two_do_not_wait_for_each_other_in_turn,
    an_answer_given_outside_counts_as_of_its_time,
    an_intermediate_answer_stops_the_first_clock_only,
    a_breach_is_noted_once_with_its_due_time,
    a_late_answer_between_two_sweeps_is_breached,
    an_approved_answer_is_delivered_signed_and_tried_again,
    nobody_approves_their_own_answer,
    a_key_makes_a_request_happen_once,
    bulk_moves_succeed_and_fail_one_by_one,
}

fn a_complaint_goes_its_whole_way(city: City) {
    let crew = Crew::of(&city);
    let path = Path(city.complaint(&crew.source, message("1", "На Портовой яма")));
    assert_eq!(crew.incident(&path)["step"], "distribution");
    let assigned = crew.moderator.post(&path.to("assignments"), &json!({})).expect(200).json();
    assert_eq!((&assigned["step"], &assigned["executor"]), (&json!("assigned"), &json!("harbour-works")));
    assert_eq!(crew.clock(&path, "routing")["state"], "met");
    city.advance(Duration::from_secs(3600));
    crew.executor.ask("POST", &path.to("work")).send().expect(200);
    let delivered = crew.answered(&path, 1, "final");
    assert_eq!((&delivered["step"], &delivered["outcome"]), (&json!("awaiting_author"), &json!("resolved")));
    assert_eq!(crew.clock(&path, "first_answer")["state"], "met");
    assert_eq!(crew.clock(&path, "resolution")["state"], "met");
    // A report that comes twice changes nothing.
    let again = crew.integration.post(&path.to("answers/1/delivery"), &json!({})).expect(200).json();
    assert_eq!(again["incident"]["version"], delivered["version"]);
    assert_eq!(crew.says("1-r", "1", "", Some(5)), "rated");
    let closed = crew.incident(&path);
    assert_eq!(
        (&closed["step"], &closed["close_reason"], &closed["rating"]),
        (&json!("closed"), &json!("survey_mark"), &json!(5))
    );
    assert_eq!(closed["due_at"], Value::Null);
    let kinds = crew.kinds_of_events(&path);
    let expected =
        ["opened", "assigned", "taken", "drafted", "submitted", "approved", "delivered", "message_joined", "closed"];
    assert_eq!(kinds, expected);
    assert_eq!(closed["version"], expected.len());
}

fn an_illegal_move_is_refused_with_the_legal_ones(city: City) {
    let crew = Crew::of(&city);
    let path = crew.assigned("1");
    let body = json!({ "kind": "final", "outcome": "resolved", "text": "Готово" });
    let problem = crew.executor.post(&path.to("answers"), &body).problem(409, "illegal_move");
    assert_eq!(problem["step"], "assigned");
    assert!(problem["legal"].as_array().unwrap().contains(&json!("take")));
    assert!(!problem["legal"].as_array().unwrap().contains(&json!("draft")));
    let close = json!({ "reason": "author_satisfied" });
    crew.controller.post(&path.to("closures"), &close).problem(409, "illegal_move");
    crew.controller.post(&path.to("closures"), &json!({ "reason": "no_author_reply" })).problem(422, "invalid");
    crew.moderator.post(&path.to("dismissals"), &json!({ "reason": "survey_mark" })).problem(422, "invalid");
    assert_eq!(crew.kinds_of_events(&path), ["opened", "assigned"], "a refusal leaves no trace");
}

fn a_stale_version_is_refused_with_the_current_state(city: City) {
    let crew = Crew::of(&city);
    let path = crew.assigned("1");
    let seen = crew.controller.get(&path.to("")).expect(200).etag();
    crew.executor.ask("POST", &path.to("work")).if_match(&seen).send().expect(200);
    let change = json!({ "severity": 5 });
    let problem = crew.moderator.ask("PATCH", &path.to("")).if_match(&seen).json(&change).send().problem(412, "stale");
    assert_eq!((&problem["current"], &problem["incident"]["step"]), (&json!(3), &json!("in_work")));
    crew.moderator.ask("PATCH", &path.to("")).if_match("\"3\"").json(&change).send().expect(200);
    assert_eq!(crew.incident(&path)["severity"], 5);
}

fn a_return_keeps_the_deadline_and_the_second_goes_to_a_controller(city: City) {
    let crew = Crew::of(&city);
    let path = crew.assigned("1");
    let due = crew.clock(&path, "first_answer")["due_at"].clone();
    let reason = json!({ "reason": "not_our_competence", "note": "дорога краевая" });
    let back = crew.coordinator.post(&path.to("returns"), &reason).expect(200).json();
    assert_eq!(
        (&back["step"], &back["returns"], &back["organisation"]),
        (&json!("distribution"), &json!(1), &Value::Null)
    );
    crew.coordinator.get(&path.to("")).problem(404, "not_found");
    city.advance(Duration::from_secs(600));
    crew.moderator.post(&path.to("assignments"), &json!({ "organisation": "harbour-city" })).expect(200);
    assert_eq!(crew.clock(&path, "first_answer")["due_at"], due);
    let other = json!({ "reason": "other", "note": "" });
    crew.coordinator.post(&path.to("returns"), &other).problem(422, "invalid");
    // The tiny city allows two: the second goes to a controller.
    let back = crew.coordinator.post(&path.to("returns"), &reason).expect(200).json();
    assert_eq!((&back["step"], &back["returns"]), (&json!("control"), &json!(2)));
    let stays = crew.controller.get(&path.to("assignments")).expect(200).json();
    let ends: Vec<&Value> = stays["items"].as_array().unwrap().iter().map(|s| &s["end_reason"]).collect();
    assert_eq!(ends, ["not_our_competence", "not_our_competence"]);
    crew.controller.post(&path.to("assignments"), &json!({ "organisation": "island-council" })).expect(200);
    assert_eq!(crew.clock(&path, "first_answer")["due_at"], due);
}

fn an_answer_sent_back_is_reworked_and_the_deadline_stays(city: City) {
    let crew = Crew::of(&city);
    let path = crew.in_work("1");
    let due = crew.clock(&path, "resolution")["due_at"].clone();
    crew.submitted(&path, 1, "final");
    crew.approver
        .post(&path.to("answers/1/rework"), &json!({ "reason": "no_date", "text": "" }))
        .problem(422, "invalid");
    let sent_back = json!({ "reason": "no_date", "text": "Назовите дату" });
    let answer = crew.approver.post(&path.to("answers/1/rework"), &sent_back).expect(200).json();
    assert_eq!((&answer["answer"]["state"], &answer["incident"]["step"]), (&json!("returned"), &json!("rework")));
    crew.submitted(&path, 2, "final");
    crew.approver.ask("POST", &path.to("answers/1/approval")).send().problem(404, "not_found");
    crew.approver.ask("POST", &path.to("answers/2/approval")).send().expect(200);
    assert_eq!(crew.clock(&path, "resolution")["due_at"], due);
    crew.integration.post(&path.to("answers/2/failure"), &json!({ "why": "страница закрыта" })).expect(200);
    let answers = crew.controller.get(&path.to("answers")).expect(200).json();
    assert_eq!(answers["items"][1]["failure"], "страница закрыта");
    assert_eq!(crew.incident(&path)["step"], "approved", "approved and delivered are two facts");
    crew.integration.ask("POST", &path.to("answers/2/retry")).send().expect(200);
    crew.integration.post(&path.to("answers/2/delivery"), &json!({})).expect(200);
    assert_eq!(crew.incident(&path)["step"], "awaiting_author");
}

fn an_author_who_argues_reopens_until_a_controller_decides(city: City) {
    let crew = Crew::of(&city);
    let path = crew.in_work("1");
    crew.answered(&path, 1, "final");
    assert_eq!(crew.says("1-a", "1", "Ничего не сделали!", None), "reopened");
    let open = crew.incident(&path);
    assert_eq!((&open["step"], &open["rounds"], &open["outcome"]), (&json!("in_work"), &json!(1), &Value::Null));
    assert_eq!(crew.clock(&path, "author_wait")["state"], "cancelled");
    assert_eq!(crew.clock(&path, "resolution")["cycle"], 2);
    crew.answered(&path, 2, "final");
    // Two rounds are all that the tiny city grants.
    assert_eq!(crew.says("1-b", "1", "Опять отписка", None), "reopened");
    assert_eq!(crew.incident(&path)["step"], "control");
    let closed =
        crew.controller.post(&path.to("closures"), &json!({ "reason": "dialogue_pointless" })).expect(200).json();
    assert_eq!((&closed["step"], &closed["close_reason"]), (&json!("closed"), &json!("dialogue_pointless")));
    let opened = crew.controller.post(&path.to("reopenings"), &json!({ "reason": "новые факты" })).expect(200).json();
    assert_eq!(opened["step"], "control");
}

fn silence_closes_after_the_wait_and_is_no_satisfaction(city: City) {
    let crew = Crew::of(&city);
    let path = crew.in_work("1");
    crew.answered(&path, 1, "final");
    city.advance(Duration::from_secs(24 * 3600));
    city.run_jobs();
    assert_eq!(crew.incident(&path)["step"], "awaiting_author", "the last second of the wait belongs to the author");
    city.advance(Duration::from_secs(1));
    city.run_jobs();
    let closed = crew.incident(&path);
    assert_eq!((&closed["step"], &closed["close_reason"]), (&json!("closed"), &json!("no_author_reply")));
    assert_eq!(closed["rating"], Value::Null);
    assert_eq!(crew.says("1-late", "1", "Яма снова там же", None), "reopened");
    assert_eq!(crew.incident(&path)["step"], "in_work");
}

fn a_deferral_needs_a_date_and_a_reason(city: City) {
    let crew = Crew::of(&city);
    let path = crew.in_work("1");
    let due = crew.clock(&path, "first_answer")["due_at"].clone();
    let bad = json!({ "until": "2025-11-01T00:00:00Z", "reason": "" });
    let problem = crew.coordinator.post(&path.to("deferrals"), &bad).problem(422, "invalid");
    assert_eq!(problem["errors"].as_array().unwrap().len(), 2);
    let good = json!({ "until": "2026-05-15T00:00:00Z", "reason": "ремонт внесён в план мая" });
    let deferred = crew.coordinator.post(&path.to("deferrals"), &good).expect(200).json();
    assert_eq!((&deferred["outcome"], &deferred["step"]), (&json!("deferred"), &json!("in_work")));
    assert_eq!(crew.clock(&path, "resolution")["due_at"], "2026-05-15T00:00:00Z");
    assert_eq!(crew.clock(&path, "first_answer")["due_at"], due, "only the final answer is put off");
}

fn duplicates_are_merged_and_parted(city: City) {
    let crew = Crew::of(&city);
    let (survivor, duplicate) = (crew.in_work("1"), crew.in_work("2"));
    let due = crew.clock(&duplicate, "first_answer")["due_at"].clone();
    let into = json!({ "into": survivor.0 });
    crew.moderator.post(&survivor.to("merge"), &into).problem(409, "cannot_merge");
    let nowhere = json!({ "into": "019a0000-0000-7000-8000-000000000000" });
    crew.moderator.post(&duplicate.to("merge"), &nowhere).problem(404, "not_found");
    let merged = crew.moderator.post(&duplicate.to("merge"), &into).expect(200).json();
    assert_eq!((&merged["step"], &merged["close_reason"]), (&json!("closed"), &json!("duplicate")));
    let back = json!({ "into": duplicate.0 });
    crew.moderator.post(&survivor.to("merge"), &back).problem(409, "cannot_merge");
    let listed = crew.controller.get(&survivor.to("duplicates")).expect(200).json();
    assert_eq!(listed["items"][0]["id"], json!(duplicate.0));
    city.advance(Duration::from_secs(365 * 86_400));
    city.run_jobs();
    assert_eq!(crew.clock(&duplicate, "first_answer")["breached_at"], Value::Null, "a merged complaint never breaches");
    let parted = crew.moderator.delete(&duplicate.to("merge")).expect(200).json();
    assert_eq!((&parted["step"], &parted["merged_into"]), (&json!("in_work"), &Value::Null));
    assert_eq!(crew.clock(&duplicate, "first_answer")["due_at"], due);
    crew.moderator.delete(&duplicate.to("merge")).problem(409, "illegal_move");
    city.run_jobs();
    assert_eq!(crew.clock(&duplicate, "first_answer")["breached_at"], due);
}

/// One into the other, and the other into the one, at the same moment: one of them wins, each time.
fn two_merges_of_the_same_two_do_not_wait_for_each_other_in_turn(city: City) {
    let crew = Crew::of(&city);
    for n in 0..20 {
        let (one, other) = (crew.in_work(&format!("{n}-a")), crew.in_work(&format!("{n}-b")));
        let merge = |from: &Path, into: &Path| {
            let answer = crew.moderator.post(&from.to("merge"), &json!({ "into": into.0 }));
            assert!([200, 409].contains(&answer.status), "{}", answer.text());
            answer.status
        };
        let (first, second) = std::thread::scope(|scope| {
            let first = scope.spawn(|| merge(&one, &other));
            (merge(&other, &one), first.join().expect("no panic"))
        });
        assert_eq!([first, second].iter().filter(|status| **status == 200).count(), 1, "{first} and {second}");
    }
}

fn an_answer_given_outside_counts_as_of_its_time(city: City) {
    let crew = Crew::of(&city);
    let path = crew.in_work("1");
    let due: otklik::domain::At = crew.clock(&path, "first_answer")["due_at"].as_str().unwrap().parse().unwrap();
    city.advance(Duration::from_secs(30 * 86_400));
    city.run_jobs();
    assert_eq!(crew.clock(&path, "first_answer")["state"], "breached");
    let told = json!({ "text": "Ответили в комментариях", "outcome": "explained", "at": due });
    let early = json!({ "text": "Ответили", "outcome": "explained", "at": "2020-01-01T00:00:00Z" });
    crew.coordinator.post(&path.to("outside-answers"), &early).problem(422, "invalid");
    let answered = crew.coordinator.post(&path.to("outside-answers"), &told).expect(200).json();
    assert_eq!(answered["incident"]["step"], "awaiting_author");
    assert_eq!(answered["incident"]["first_answer_at"], json!(due));
    assert_eq!(crew.clock(&path, "first_answer")["state"], "met", "it came in time, whatever the sweep had said");
}

fn an_intermediate_answer_stops_the_first_clock_only(city: City) {
    let crew = Crew::of(&city);
    let path = crew.in_work("1");
    let both = json!({ "kind": "intermediate", "outcome": "resolved", "text": "Разбираемся" });
    crew.executor.post(&path.to("answers"), &both).problem(422, "invalid");
    let delivered = crew.answered(&path, 1, "intermediate");
    assert_eq!((&delivered["step"], &delivered["rounds"]), (&json!("in_work"), &json!(0)));
    assert_eq!(crew.clock(&path, "first_answer")["state"], "met");
    assert_eq!(crew.clock(&path, "resolution")["state"], "running");
    let delivered = crew.answered(&path, 2, "final");
    assert_eq!((&delivered["step"], &delivered["rounds"]), (&json!("awaiting_author"), &json!(1)));
}

fn a_breach_is_noted_once_with_its_due_time(city: City) {
    let crew = Crew::of(&city);
    let path = crew.in_work("1");
    let due = crew.clock(&path, "first_answer")["due_at"].clone();
    city.advance(Duration::from_secs(3 * 86_400));
    city.run_jobs();
    city.advance(Duration::from_secs(3600));
    city.run_jobs();
    let clock = crew.clock(&path, "first_answer");
    assert_eq!((&clock["state"], &clock["breached_at"]), (&json!("breached"), &due));
    let missed = crew.kinds_of_events(&path).iter().filter(|kind| *kind == "deadline_missed").count();
    assert_eq!(missed, 1);
    let overdue = crew.controller.get("/api/v1/incidents?overdue=true").expect(200).json();
    assert_eq!(overdue["items"].as_array().unwrap().len(), 1);
    let listed = "/api/v1/incidents?clock=first_answer&clock_state=breached&decided_from=2025-11-01T00:00:00Z";
    assert_eq!(crew.controller.get(listed).expect(200).json()["items"].as_array().unwrap().len(), 1);
}

fn a_late_answer_between_two_sweeps_is_breached(city: City) {
    let crew = Crew::of(&city);
    let path = crew.in_work("1");
    let due = crew.clock(&path, "first_answer")["due_at"].clone();
    city.advance(Duration::from_secs(3 * 86_400));
    crew.answered(&path, 1, "final");
    let clock = crew.clock(&path, "first_answer");
    assert_eq!((&clock["state"], &clock["breached_at"]), (&json!("breached"), &due));
    assert_ne!(clock["settled_at"], Value::Null);
}

fn nobody_approves_their_own_answer(city: City) {
    let crew = Crew::of(&city);
    let path = crew.in_work("1");
    crew.submitted(&path, 1, "final");
    // A coordinator works but does not approve; roles keep the two apart.
    crew.coordinator.ask("POST", &path.to("answers/1/approval")).send().problem(403, "forbidden");
    crew.executor.ask("POST", &path.to("answers/1/approval")).send().problem(403, "forbidden");
    crew.approver.ask("POST", &path.to("answers/1/approval")).send().expect(200);
}

fn a_key_makes_a_request_happen_once(city: City) {
    let crew = Crew::of(&city);
    let path = crew.in_work("1");
    let draft = json!({ "kind": "intermediate", "text": "Разбираемся" });
    let ask = |body: &Value| crew.executor.ask("POST", &path.to("answers")).once("key-1").json(body).send();
    let first = ask(&draft).expect(200);
    let again = ask(&draft).expect(200);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!((first.text(), first.etag()), (again.text(), again.etag()));
    ask(&json!({ "kind": "intermediate", "text": "Другое" })).problem(422, "idempotency_mismatch");
    assert_eq!(crew.kinds_of_events(&path).iter().filter(|kind| *kind == "drafted").count(), 1);
}

fn bulk_moves_succeed_and_fail_one_by_one(city: City) {
    let crew = Crew::of(&city);
    let (fresh, working) = (Path(city.complaint(&crew.source, message("9", "Темно на улице"))), crew.in_work("2"));
    crew.submitted(&working, 1, "final");
    let nobody = "00000000-0000-7000-8000-000000000000";
    let bulk = json!({ "action": "dismiss", "reason": "repeat",
        "items": [{ "id": fresh.0 }, { "id": working.0 }, { "id": nobody }, { "id": fresh.0, "version": 1 }] });
    let results = crew.moderator.post("/api/v1/incidents/bulk", &bulk).expect(207).json();
    let statuses: Vec<&Value> = results["results"].as_array().unwrap().iter().map(|r| &r["status"]).collect();
    assert_eq!(statuses, [200, 409, 404, 412]);
    assert_eq!(crew.incident(&fresh)["step"], "closed");
    assert_eq!(crew.incident(&working)["step"], "approval");
    crew.executor.post("/api/v1/incidents/bulk", &bulk).problem(403, "forbidden");
}

/// A receiver that answers the given statuses in turn and hands out what it got.
fn receiver(statuses: &'static [u16]) -> (String, std::thread::JoinHandle<Vec<(String, String)>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/answers", listener.local_addr().expect("an address"));
    let thread = std::thread::spawn(move || {
        let mut got = Vec::new();
        for status in statuses {
            let (mut stream, _) = listener.accept().expect("a sender");
            let mut bytes = Vec::new();
            let mut chunk = [0; 4096];
            let (head, body) = loop {
                let n = stream.read(&mut chunk).expect("bytes");
                bytes.extend_from_slice(&chunk[..n]);
                let text = String::from_utf8_lossy(&bytes).into_owned();
                let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                let lower = head.to_lowercase();
                let length =
                    lower.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
                if body.len() >= length.expect("a length") {
                    break (lower, body.to_owned());
                }
            };
            let reply = r#"{"permalink":"https://vk.example/1"}"#;
            let answer =
                format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{reply}", reply.len());
            stream.write_all(answer.as_bytes()).expect("an answer");
            got.push((head, body));
        }
        got
    });
    (url, thread)
}

fn an_approved_answer_is_delivered_signed_and_tried_again(city: City) {
    let (url, got) = receiver(&[503, 200]);
    let source = city.source_with(Some(&url));
    let crew = Crew { source: source.clone(), ..Crew::of(&city) };
    let path = crew.in_work("1");
    crew.submitted(&path, 1, "final");
    crew.approver.ask("POST", &path.to("answers/1/approval")).send().expect(200);
    city.run_jobs();
    assert_eq!(crew.incident(&path)["step"], "approved", "the receiver was busy");
    city.advance(Duration::from_secs(10));
    city.run_jobs();
    let incident = crew.incident(&path);
    assert_eq!(incident["step"], "awaiting_author");
    let answers = crew.controller.get(&path.to("answers")).expect(200).json();
    assert_eq!(answers["items"][0]["permalink"], "https://vk.example/1");
    let got = got.join().expect("the receiver ends");
    let header = |n: usize, name: &str| -> String {
        let found = got[n].0.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")).map(str::to_owned));
        found.unwrap_or_else(|| panic!("no {name}"))
    };
    assert_eq!(header(0, "webhook-id"), header(1, "webhook-id"), "the identity stays the same for all attempts");
    let body: Value = serde_json::from_str(&got[1].1).expect("JSON");
    assert_eq!((&body["type"], &body["data"]["reply_to"]), (&json!("answer.approved"), &json!("1")));
    assert_eq!(body["data"]["text"], "Яму засыпали 10 ноября");
    let sent = header(1, "webhook-timestamp").parse().expect("seconds");
    let signature =
        crate::harness::signature::sign(&source.secret, &header(1, "webhook-id"), sent, got[1].1.as_bytes());
    let original = header(1, "webhook-signature");
    assert_eq!(original, signature.to_lowercase(), "the header was lower-cased by this receiver");
}
