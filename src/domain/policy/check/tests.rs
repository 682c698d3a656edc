use super::*;
use crate::domain::policy::doc::Okrug;
use crate::domain::policy::fixture;
use crate::domain::policy::pattern::{MunicipalityPattern, Pattern, SeverityPattern};

/// The pointers of what is wrong with the fixture's document once `spoil` is through with it.
fn pointers(spoil: impl FnOnce(&mut PolicyDoc)) -> Vec<String> {
    let mut doc = fixture::doc();
    spoil(&mut doc);
    check(&doc).iter().map(Finding::pointer).collect()
}

type Spoil = fn(&mut PolicyDoc);

#[test]
fn each_fault_is_pointed_at() {
    let cases: [(Spoil, &str); 34] = [
        (|doc| doc.city.id = "Пруд".into(), "/city/id"),
        (|doc| doc.city.zone = "Omsk".into(), "/city/zone"),
        (|doc| doc.city.controller = "nobody".into(), "/city/controller"),
        (|doc| doc.city.calendar = "lunar".into(), "/city/calendar"),
        (|doc| doc.city.default_municipality = "moon".into(), "/city/default_municipality"),
        (|doc| doc.city.life.max_rounds = 0, "/city/life/max_rounds"),
        (|doc| doc.city.life.author_wait = "59m".into(), "/city/life/author_wait"),
        (|doc| doc.city.life.author_wait = "soon".into(), "/city/life/author_wait"),
        (|doc| doc.okrugs.push(Okrug { id: "Правый".into(), ..doc.okrugs[0].clone() }), "/okrugs/1/id"),
        (|doc| doc.topics[2].severity = 0, "/topics/2/severity"),
        (|doc| doc.topics[3].id = "cold".into(), "/topics/3/id"),
        (|doc| doc.topics[3].title = "ЯМЫ на дорогах".into(), "/topics/3/title"),
        (|doc| doc.topics[0].title = "cold".into(), "/topics/0/title"),
        (|doc| doc.topic_aliases[0].topic = "ghost".into(), "/topic_aliases/0/topic"),
        (|doc| doc.topic_aliases[0].alias = "holes".into(), "/topic_aliases/0/alias"),
        (|doc| doc.municipalities[1].lat = Some(f64::NAN), "/municipalities/1/lat"),
        (|doc| doc.municipalities[2].aliases.push("город Прудов".into()), "/municipalities/2/aliases"),
        (|doc| doc.organisations[2].municipality = Some("moon".into()), "/organisations/2/municipality"),
        (|doc| doc.organisations[2].calendar = Some("lunar".into()), "/organisations/2/calendar"),
        (|doc| doc.organisation_aliases[0].alias = "Федеральный надзор".into(), "/organisation_aliases/0/alias"),
        (|doc| doc.routes[9].municipality = MunicipalityPattern::Is("pond".into()), "/routes/9"),
        (|doc| doc.routes[1].group = Pattern::Is("ghosts".into()), "/routes/1/group"),
        (|doc| doc.executors[1].group = Pattern::Any, "/executors/1"),
        (|doc| doc.executors[0].executor = "hall".into(), "/executors/0/executor"),
        (|doc| doc.executors[0].executor = "lake-hall".into(), "/executors/0/executor"),
        (|doc| doc.terms[3].severity = SeverityPattern::Any, "/terms/3"),
        (|doc| doc.terms[3].severity = SeverityPattern::Exactly(0), "/terms/3/severity"),
        (|doc| doc.terms[2].target = "7h".into(), "/terms/2/target"),
        (|doc| doc.calendars[0].short = Some("early".into()), "/calendars/0/short"),
        (|doc| doc.streets[0].okrug = Some("right".into()), "/streets/0/okrug"),
        (|doc| doc.houses[0].street = "улица Труда".into(), "/houses/0/street"),
        (|doc| doc.houses[1].house = "5 А".into(), "/houses/1/house"),
        (|doc| doc.houses[0].house = "дом".into(), "/houses/0/house"),
        (|doc| doc.houses[0].lat = 91.0, "/houses/0/lat"),
    ];
    for (number, (spoil, pointer)) in cases.into_iter().enumerate() {
        assert_eq!(pointers(spoil), [pointer], "case {number}");
    }
}

#[test]
fn a_topic_that_some_place_cannot_route_is_found() {
    let found = pointers(|doc| doc.routes.retain(|route| !matches!(route.id.as_str(), "any-any" | "lake-any")));
    assert_eq!(found, ["/topics/2", "/topics/3"]);
}

#[test]
fn the_tree_has_one_root_and_no_cycle() {
    assert_eq!(pointers(|doc| doc.organisations[1].parent = None), ["/organisations/1/parent"]);
    assert_eq!(pointers(|doc| doc.organisations[7].parent = Some("nobody".into())), ["/organisations/7/parent"]);
    let found = pointers(|doc| {
        doc.executors.clear();
        doc.organisations[2].parent = Some("plough".into());
    });
    assert_eq!(found, ["/organisations/2/parent", "/organisations/3/parent", "/organisations/4/parent"]);
    let found = pointers(|doc| doc.organisations[0].parent = Some("fed".into()));
    assert!(found.contains(&"/city/root".to_owned()), "{found:?}");
}

#[test]
fn every_clock_but_the_authors_needs_a_term_for_any_case() {
    assert_eq!(pointers(|doc| doc.terms.retain(|term| term.id != "answer")), ["/terms"]);
    assert_eq!(pointers(|doc| doc.terms.clear()), ["/terms", "/terms", "/terms"]);
}

#[test]
fn days_of_a_calendar_are_pointed_at() {
    let found = pointers(|doc| doc.calendars[0].days[1].date = jiff::civil::date(2026, 1, 1));
    assert_eq!(found, ["/calendars/0/days/0"]);
}
