use super::*;
use crate::domain::policy::{PolicyDoc, fixture};

fn facts<'a>(municipality: &'a str, topic: &'a str, group: &'a str) -> Facts<'a> {
    let known = |id: &'a str| Some(id).filter(|id| !id.is_empty());
    Facts { municipality: known(municipality), topic: known(topic), group: known(group) }
}

#[test]
fn the_topic_decides_before_the_place() {
    let policy = fixture::policy();
    // One rule after the other is taken away, and the next in the order must answer.
    let order = [
        "pond-snow",
        "kind-snow",
        "any-snow",
        "pond-roads",
        "kind-roads",
        "any-roads",
        "pond-any",
        "kind-any",
        "any-any",
    ];
    for (gone, rule) in order.into_iter().enumerate() {
        let mut doc = policy.doc().clone();
        doc.routes.retain(|route| !order[..gone].contains(&route.id.as_str()));
        let policy = Policy::build(7, doc).unwrap();
        assert_eq!(policy.route(&facts("pond", "snow", "")).why.rule, rule);
    }
}

#[test]
fn the_reason_says_what_matched() {
    let policy = fixture::policy();
    let routed = policy.route(&facts("hill", "snow", ""));
    assert_eq!(routed.organisation.id, "fed");
    assert!(!routed.organisation.connected, "an organisation outside the system is a lawful target");
    let json = serde_json::json!({
        "hop": 1,
        "rule": "any-snow",
        "policy_version": 7,
        "matched": { "municipality": "any", "topic": "topic" },
        "organisation": "fed",
    });
    assert_eq!(serde_json::to_value(&routed.why).unwrap(), json);
}

#[test]
fn what_is_unknown_matches_only_rules_for_any() {
    let policy = fixture::policy();
    for (case, rule) in [
        (facts("pond", "", "roads"), "pond-roads"),
        (facts("pond", "", ""), "pond-any"),
        (facts("pond", "ghost", "ghosts"), "pond-any"),
        (facts("lake", "holes", ""), "any-roads"),
        (facts("lake", "", ""), "lake-any"),
        (facts("", "holes", ""), "any-roads"),
        (facts("moon", "", ""), "any-any"),
        (facts("hill", "cold", ""), "any-any"),
        // The topic's own group counts, not the one beside it.
        (facts("hill", "cold", "roads"), "any-any"),
    ] {
        assert_eq!(policy.route(&case).why.rule, rule, "{case:?}");
    }
}

#[test]
fn what_no_route_matches_goes_to_the_controller() {
    let mut doc = fixture::doc();
    doc.routes.retain(|route| route.id == "any-roads");
    doc.topics.retain(|topic| topic.group == "roads");
    doc.topic_aliases.clear();
    let policy = Policy::build(1, doc).unwrap();
    let routed = policy.route(&facts("pond", "", ""));
    assert_eq!((routed.organisation.id.as_str(), routed.why.rule.as_str()), ("region", CONTROLLER_RULE));
}

#[test]
fn the_second_hop_is_the_organisations_own() {
    let policy = fixture::policy();
    let second = |organisation, case| policy.executor(organisation, &case).map(|routed| routed.organisation.id.clone());
    assert_eq!(second("hall", facts("pond", "snow", "")).as_deref(), Some("plough"));
    assert_eq!(second("hall", facts("lake", "snow", "")).as_deref(), Some("works"));
    assert_eq!(second("hall", facts("pond", "holes", "")).as_deref(), Some("works"));
    assert_eq!(second("hall", facts("pond", "cold", "")).as_deref(), Some("school"));
    assert_eq!(second("works", facts("pond", "snow", "")), None);
    assert_eq!(second("nobody", facts("pond", "snow", "")), None);
    let why = policy.executor("hall", &facts("pond", "snow", "")).unwrap().why;
    assert_eq!((why.hop, why.rule.as_str(), why.matched.topic), (2, "hall-snow", TopicMatch::Topic));
}

#[test]
fn a_dry_run_lists_what_would_move() {
    let old = fixture::policy();
    let changed = |change: fn(&mut PolicyDoc)| {
        let mut doc = fixture::doc();
        change(&mut doc);
        Policy::build(8, doc).unwrap()
    };
    let cases = [
        Case { id: 1, facts: facts("pond", "snow", ""), current: Some("plough") },
        Case { id: 2, facts: facts("pond", "cold", ""), current: None },
        Case { id: 3, facts: facts("lake", "cold", ""), current: Some("fed") },
    ];
    assert_eq!(dry_run(&old, &old, cases).count(), 0);

    let new = changed(|doc| doc.routes[9].organisation = "ministry".into());
    let moved: Vec<_> = dry_run(&old, &new, cases).collect();
    assert_eq!(moved.len(), 1);
    assert_eq!((moved[0].id, moved[0].current.as_deref()), (3, Some("fed")));
    assert_eq!((moved[0].from.as_str(), moved[0].to.as_str()), ("lake-hall", "ministry"));
    assert_eq!((moved[0].why_before.policy_version, moved[0].why_after.policy_version), (7, 8));

    let new = changed(|doc| doc.executors[2].executor = "works".into());
    let moved: Vec<_> =
        dry_run(&old, &new, cases).map(|moved| (moved.id, moved.from, moved.to, moved.why_after.hop)).collect();
    assert_eq!(moved, [(1, "plough".into(), "works".into(), 2)]);
}
