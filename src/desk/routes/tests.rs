use std::sync::Arc;

use super::*;
use crate::domain::policy::{MunicipalityPattern, Pattern, fixture};
use crate::domain::sla::{ClockKind, ClockState};
use crate::domain::{Actor, At, Policy};
use crate::store::records::ClockRow;

fn desk() -> Desk {
    Desk::new(Arc::new(fixture::policy()), At::EVER, Actor::System)
}

fn incident(number: i64, municipality: &str, topic: Option<&str>) -> RoutedIncident {
    RoutedIncident {
        id: Id::new(At::EVER),
        number,
        municipality: municipality.to_owned(),
        topic: topic.map(str::to_owned),
        topic_group: None,
        organisation: Some("hall".to_owned()),
        executor: None,
    }
}

fn route(id: &str, municipality: &str, topic: &str, organisation: &str) -> Route {
    Route {
        id: id.to_owned(),
        municipality: municipality.parse().unwrap_or(MunicipalityPattern::Any),
        group: Pattern::Any,
        topic: Pattern::from(topic.to_owned()),
        organisation: organisation.to_owned(),
        note: String::new(),
    }
}

#[test]
fn a_trial_names_just_what_would_move() {
    let desk = desk();
    let mut routes = desk.policy.doc().routes.clone();
    routes.push(route("new-cold", "lake", "cold", "ministry"));
    let incidents =
        [incident(3, "lake", Some("cold")), incident(2, "pond", Some("cold")), incident(1, "lake", Some("cold"))];
    let trial = dry_run(&desk, RuleSet { routes: Some(routes), executors: None }, &incidents).unwrap();
    assert_eq!((trial.policy_version, trial.looked_at), (7, 3));
    assert_eq!(trial.moved.iter().map(|one| one.number).collect::<Vec<_>>(), [3, 1]);
    assert_eq!(trial.by_pair, [Pair { from: "lake-hall".to_owned(), to: "ministry".to_owned(), count: 2 }]);
    let one = &trial.moved[0];
    assert_eq!((one.why_before.rule.as_str(), one.why_before.policy_version), ("lake-any", 7));
    assert_eq!((one.why_after.rule.as_str(), one.why_after.policy_version), ("new-cold", 8));
    assert_eq!(one.organisation.as_deref(), Some("hall"));
}

#[test]
fn the_rules_that_stand_move_nothing() {
    let trial = dry_run(&desk(), RuleSet::default(), &[incident(1, "pond", None)]).unwrap();
    assert_eq!((trial.looked_at, trial.moved.len(), trial.by_pair.len()), (1, 0, 0));
}

#[test]
fn every_fault_of_a_rule_set_is_told_at_its_rule() {
    let routes = vec![route("a", "pond", "*", "nobody"), route("b", "sea", "*", "hall")];
    let Err(Error::Refused(Refusal::Invalid(faults))) =
        dry_run(&desk(), RuleSet { routes: Some(routes), executors: None }, &[])
    else {
        panic!("two of the routes lead nowhere")
    };
    let pointers: Vec<_> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
    assert_eq!(pointers[..2], ["/routes/0/organisation", "/routes/1/municipality"]);
    // No topic has a way from the other municipalities: the document says so at the topics, which were not sent.
    assert!(pointers.len() > 2 && pointers[2..].iter().all(|pointer| *pointer == "/routes"));
}

fn clock(term: &str, version: i64) -> ClockRow {
    ClockRow {
        incident_id: Id::new(At::EVER),
        kind: ClockKind::FirstAnswer,
        cycle: 1,
        term: term.to_owned(),
        target: "4h".to_owned(),
        base: "working".to_owned(),
        calendar: "round".to_owned(),
        policy_version: version,
        organisation: None,
        state: ClockState::Running,
        started_at: At::EVER,
        due_at: At::EVER,
        settled_at: None,
        breached_at: None,
        decided_at: None,
        history: None,
        matched: "any/any/any/any".to_owned(),
        wake_at: At::EVER,
        warned: 0,
    }
}

#[test]
fn an_old_version_explains_what_a_new_one_has_forgotten() {
    let old = Arc::new(fixture::policy());
    let facts = Facts { municipality: Some("pond"), topic: Some("snow"), group: None };
    let first = old.route(&facts).why;
    let second = old.executor("hall", &facts).unwrap().why;
    let mut doc = fixture::doc();
    doc.routes.retain(|route| route.id != "pond-snow");
    doc.executors.clear();
    doc.terms.retain(|term| term.id != "answer-urgent");
    let new = Arc::new(Policy::build(8, doc).unwrap());

    let (routed, clocks) = ([first, second], [clock("answer-urgent", 7)]);
    assert_eq!(versions(&routed, &clocks), [7].into());
    let reasons = explain(&[(7, old), (8, Arc::clone(&new))].into(), &routed, &clocks);
    let texts: Vec<_> = reasons.routes.iter().map(|reason| reason.text.as_str()).collect();
    assert_eq!(
        texts,
        [
            "Прудов · Дороги · Уборка дорог от снега → Администрация Прудова",
            "Прудов · * · Уборка дорог от снега → Отдел уборки"
        ]
    );
    assert_eq!(reasons.routes[1].written.as_ref().unwrap().owner.as_deref(), Some("hall"));
    let clock = &reasons.clocks[0];
    assert_eq!(clock.text, "first_answer · 4h working · * · * · * · severity >=4 · *");
    assert_eq!(
        (clock.written.as_ref().unwrap().target.as_str(), clock.calendar_title.as_deref()),
        ("4h", Some("Круглосуточно"))
    );

    // Under the new version alone, only what was stored with the incident is known.
    let reasons = explain(&[(8, new)].into(), &routed, &clocks);
    assert!(reasons.routes.iter().all(|reason| reason.written.is_none()));
    assert_eq!(reasons.routes[0].text, "pond-snow → hall");
}
