use super::*;
use crate::domain::policy::doc::MunicipalityKind;
use crate::domain::policy::fixture;
use crate::domain::policy::pattern::MunicipalityPattern;

/// A first-answer term whose target in minutes is its place in the expected order.
fn term(id: &str, topic: &str, severity: &str, organisation: &str, municipality: &str) -> Term {
    let (group, topic) = match topic.strip_prefix("group:") {
        Some(group) => (group, "*"),
        None => ("*", topic),
    };
    Term {
        id: id.to_owned(),
        clock: ClockKind::FirstAnswer,
        municipality: municipality.parse().unwrap(),
        group: Pattern::from(group.to_owned()),
        topic: Pattern::from(topic.to_owned()),
        severity: severity.parse().unwrap(),
        organisation: Pattern::from(organisation.to_owned()),
        target: "30m".to_owned(),
        base: Base::Calendar,
        calendar: None,
        start: None,
        pauses: Vec::new(),
        warnings: Vec::new(),
        note: String::new(),
    }
}

/// Terms that all match snow in Pond at the ploughs, in the order in which they must apply. It is the full order of the module,
/// thinned out: each neighbouring pair differs in the level that decides it.
fn in_order() -> Vec<Term> {
    let columns = [
        ("snow", "4", "plough", "pond"),
        ("snow", "4", "plough", "kind:city"),
        ("snow", "4", "plough", "*"),
        ("snow", "4", "works", "pond"),
        ("snow", "4", "hall", "pond"),
        ("snow", "4", "region", "*"),
        ("snow", "4", "*", "pond"),
        ("snow", "4", "*", "*"),
        ("snow", ">=4", "plough", "*"),
        ("snow", ">=4", "*", "pond"),
        ("snow", ">=2", "plough", "pond"),
        ("snow", "*", "plough", "pond"),
        ("snow", "*", "*", "*"),
        ("group:roads", "4", "plough", "pond"),
        ("group:roads", ">=3", "*", "*"),
        ("group:roads", "*", "*", "*"),
        ("*", "4", "*", "*"),
        ("*", ">=4", "*", "*"),
        ("*", ">=1", "plough", "pond"),
        ("*", "*", "plough", "pond"),
        ("*", "*", "hall", "*"),
        ("*", "*", "*", "kind:city"),
        ("*", "*", "*", "*"),
    ];
    let number =
        |(at, (topic, severity, organisation, place))| term(&format!("t{at:02}"), topic, severity, organisation, place);
    columns.into_iter().enumerate().map(number).collect()
}

fn policy_with(terms: Vec<Term>) -> Policy {
    let mut doc = fixture::doc();
    doc.terms.retain(|term| term.clock != ClockKind::FirstAnswer);
    doc.terms.extend(terms);
    Policy::build(7, doc).unwrap()
}

const SNOW: TermFacts<'_> = TermFacts {
    municipality: Some("pond"),
    topic: Some("snow"),
    group: None,
    severity: None,
    organisation: Some("plough"),
};

fn term_of<'p>(policy: &'p Policy, clock: ClockKind, facts: &TermFacts<'_>) -> ChosenTerm<'p> {
    policy.term(clock, facts).expect("a term fits")
}

#[test]
fn t42_the_order_is_total_and_that_of_the_module() {
    let mut terms = in_order();
    let last = terms.len() - 1;
    for gone in 0..last {
        let expected = format!("t{gone:02}");
        // In the document they may stand in any order.
        let mut shuffled = terms.clone();
        shuffled.reverse();
        assert_eq!(term_of(&policy_with(shuffled), ClockKind::FirstAnswer, &SNOW).id, expected);
        assert_eq!(term_of(&policy_with(terms.clone()), ClockKind::FirstAnswer, &SNOW).id, expected);
        terms.remove(0);
    }
}

#[test]
fn terms_for_others_do_not_apply() {
    let mut terms = in_order();
    terms.truncate(20);
    terms.push(term("any", "*", "*", "*", "*"));
    let policy = policy_with(terms);
    for (facts, id) in [
        (TermFacts { topic: Some("holes"), ..SNOW }, "t14"),
        (TermFacts { topic: None, ..SNOW }, "t19"),
        (TermFacts { topic: None, severity: Some(5), ..SNOW }, "t17"),
        (TermFacts { topic: None, group: Some("roads"), ..SNOW }, "t15"),
        (TermFacts { severity: Some(3), ..SNOW }, "t10"),
        (TermFacts { severity: Some(1), ..SNOW }, "t11"),
        (TermFacts { organisation: Some("school"), ..SNOW }, "t04"),
        (TermFacts { organisation: Some("fed"), municipality: None, ..SNOW }, "t05"),
        (TermFacts { organisation: None, municipality: Some("lake"), ..SNOW }, "t07"),
        (TermFacts::default(), "any"),
    ] {
        assert_eq!(term_of(&policy, ClockKind::FirstAnswer, &facts).id, id, "{facts:?}");
    }
}

#[test]
fn the_choice_says_why_and_by_which_calendar() {
    let policy = fixture::policy();
    let chosen = term_of(&policy, ClockKind::FirstAnswer, &SNOW);
    assert_eq!((chosen.id, chosen.target.to_string().as_str(), chosen.calendar.id()), ("answer-urgent", "4h", "round"));
    let json = serde_json::json!({
        "topic": "any", "severity": "at_least", "organisation": "any", "municipality": "any",
    });
    assert_eq!(serde_json::to_value(chosen.matched).unwrap(), json);
    assert_eq!(chosen.matched.to_string(), "any/at_least/any/any");
    assert_eq!(chosen.matched.to_string().parse(), Ok(chosen.matched));
    assert!("any/any".parse::<TermMatched>().is_err());

    let chosen = term_of(&policy, ClockKind::Resolution, &SNOW);
    assert_eq!((chosen.target.base(), chosen.calendar.id()), (Base::Days, "five-days"));
    let chosen = term_of(&policy, ClockKind::Resolution, &TermFacts { organisation: Some("works"), ..SNOW });
    assert_eq!(chosen.calendar.id(), "round", "works inherits the hall's calendar");
}

#[test]
fn the_wait_for_the_author_has_the_citys_length_until_a_term_says_otherwise() {
    let policy = fixture::policy();
    let chosen = term_of(&policy, ClockKind::AuthorWait, &SNOW);
    assert_eq!(
        (chosen.id, chosen.target.amount(), chosen.target.base()),
        (AUTHOR_WAIT_TERM, 97 * 3_600, Base::Calendar)
    );

    let own = Term { clock: ClockKind::AuthorWait, ..term("wait-snow", "snow", "*", "*", "*") };
    let policy = policy_with(vec![own, term("any", "*", "*", "*", "*")]);
    assert_eq!(term_of(&policy, ClockKind::AuthorWait, &SNOW).id, "wait-snow");
    assert_eq!(
        term_of(&policy, ClockKind::AuthorWait, &TermFacts { topic: Some("cold"), ..SNOW }).id,
        AUTHOR_WAIT_TERM
    );
}

#[test]
fn patterns_of_places_are_what_they_say() {
    let kind = MunicipalityPattern::Kind(MunicipalityKind::District);
    let rule = Term { municipality: kind, ..term("district", "*", "*", "*", "*") };
    let policy = policy_with(vec![rule, term("any", "*", "*", "*", "*")]);
    let id = |municipality| term_of(&policy, ClockKind::FirstAnswer, &TermFacts { municipality, ..SNOW }).id;
    assert_eq!((id(Some("lake")), id(Some("pond")), id(None)), ("district", "any", "any"));
}

#[test]
fn a_clock_runs_where_a_term_says_so_and_not_where_it_says_none() {
    let policy = fixture::policy();
    assert_eq!(policy.term(ClockKind::Approval, &SNOW), None);
    let approval = |id: &str, topic: &str, target: &str| Term {
        clock: ClockKind::Approval,
        target: target.to_owned(),
        start: None,
        pauses: vec![Step::Control],
        warnings: vec![50, 10],
        ..term(id, topic, "*", "*", "*")
    };
    let terms =
        vec![approval("for-all", "*", "2h"), approval("not-snow", "snow", "none"), term("any", "*", "*", "*", "*")];
    let policy = policy_with(terms);
    assert_eq!(policy.term(ClockKind::Approval, &SNOW), None);
    let cold = term_of(&policy, ClockKind::Approval, &TermFacts { topic: Some("cold"), ..SNOW });
    assert_eq!((cold.id, cold.warnings, cold.pauses), ("for-all", &[50, 10][..], &[Step::Control][..]));
}
