use super::*;

#[test]
fn names_find_what_they_name() {
    let policy = fixture::policy();
    let topic = |name| policy.topic_by_name(name).map(|topic| topic.id.as_str());
    assert_eq!(topic("snow"), Some("snow"));
    assert_eq!(topic("уборка  дорог от СНЕГА"), Some("snow"));
    assert_eq!(topic("Уборка снега на дороге"), Some("snow"));
    assert_eq!(topic("Уборка"), None);
    assert_eq!(policy.municipality_by_name("озерский район").map(|place| place.id.as_str()), Some("lake"));
    assert_eq!(policy.municipality_by_name("г. Прудов").map(|place| place.id.as_str()), Some("pond"));
    assert_eq!(policy.organisation_by_name("мэрия").map(|one| one.id.as_str()), Some("hall"));
    assert_eq!(policy.group("heat").map(|group| group.title.as_str()), Some("Тепло"));
    assert!(policy.topic("Snow").is_none());
}

#[test]
fn the_tree_is_known_both_ways() {
    let policy = fixture::policy();
    assert_eq!(policy.subtree("hall"), ["hall", "works", "plough", "school"]);
    assert_eq!(policy.subtree("plough"), ["plough"]);
    assert_eq!(policy.subtree("region").len(), policy.doc().organisations.len());
    assert!(policy.subtree("nobody").is_empty());
    let above: Vec<_> = policy.ancestors("plough").map(|one| one.id.as_str()).collect();
    assert_eq!(above, ["works", "hall", "region"]);
    assert_eq!(policy.ancestors("region").count(), 0);
    for one in &policy.doc().organisations {
        for other in &policy.doc().organisations {
            let is_under = one.id == other.id || policy.ancestors(&one.id).any(|above| above.id == other.id);
            assert_eq!(policy.is_within(&one.id, &other.id), is_under, "{} in {}", one.id, other.id);
        }
    }
    assert!(!policy.is_within("nobody", "region"));
}

#[test]
fn calendars_are_inherited() {
    let policy = fixture::policy();
    for (organisation, calendar) in [
        ("hall", "round"),
        ("works", "round"),
        ("plough", "five-days"),
        ("ministry", "five-days"),
        ("region", "five-days"),
        ("nobody", "five-days"),
    ] {
        assert_eq!(policy.calendar_of(organisation).id(), calendar, "{organisation}");
    }
}

#[test]
fn settings_are_read_out() {
    let policy = fixture::policy();
    assert_eq!(policy.version(), 7);
    assert_eq!(policy.author_wait(), 97 * 3_600);
    assert_eq!((policy.max_returns(), policy.max_rounds()), (3, 3));
    assert_eq!(policy.controller().id, "region");
    assert_eq!(policy.zone().iana_name(), Some("Asia/Omsk"));
}

#[test]
fn the_digest_follows_the_content_and_survives_storing() {
    let policy = fixture::policy();
    assert_eq!(policy.digest().len(), 64);
    let stored = serde_json::to_value(policy.doc()).unwrap().to_string();
    let again = Policy::build(8, serde_json::from_str(&stored).unwrap()).unwrap();
    assert_eq!(again.doc(), policy.doc());
    assert_eq!(again.digest(), policy.digest());
    let mut changed = fixture::doc();
    changed.topics[0].severity = 3;
    assert_ne!(Policy::build(7, changed).unwrap().digest(), policy.digest());
}

#[test]
fn a_document_with_findings_is_not_built() {
    let mut doc = fixture::doc();
    doc.routes[0].organisation = "nobody".to_owned();
    let findings = Policy::build(1, doc).unwrap_err();
    assert_eq!(findings.iter().map(Finding::pointer).collect::<Vec<_>>(), ["/routes/0/organisation"]);
}

#[test]
fn a_foreign_field_or_pattern_in_json_is_refused() {
    let json = serde_json::to_value(fixture::doc()).unwrap();
    for (pointer, value) in [("/routes/0/municipality", "kind:village"), ("/terms/0/severity", "high")] {
        let mut json = json.clone();
        *json.pointer_mut(pointer).unwrap() = value.into();
        assert!(serde_json::from_value::<PolicyDoc>(json).is_err(), "{pointer}");
    }
    let mut json = json;
    json["routes"][0]["priority"] = 1.into();
    assert!(serde_json::from_value::<PolicyDoc>(json).is_err());
}

#[test]
fn the_document_has_a_schema_whose_patterns_are_texts() {
    use utoipa::PartialSchema;
    let schema = serde_json::to_value(Route::schema()).unwrap();
    assert_eq!(schema["properties"]["municipality"]["type"], "string");
    let schema = serde_json::to_value(PolicyDoc::schema()).unwrap();
    assert_eq!(schema["properties"]["calendars"]["type"], "array");
}
