use std::collections::{BTreeMap, HashSet};

use super::*;
use crate::demo::data::{OMSK, tests::policy};

const DRAWS: usize = 20_000;

fn generator(seed: u64) -> Generator {
    let data = Arc::new(DemoData::read(OMSK).unwrap());
    Generator::new(&policy(OMSK), data, seed, 13.75, "2026-03-02T04:00:00Z".parse().unwrap())
}

fn visits(seed: u64, count: usize) -> Vec<Visit> {
    let mut generator = generator(seed);
    let mut at = "2026-03-02T04:00:00Z".parse().unwrap();
    let mut visit = || {
        at = generator.next_arrival(at);
        generator.visit(at)
    };
    (0..count).map(|_| visit()).collect()
}

/// Holds each share of what was counted to the one that was to be expected, by five standard deviations.
fn assert_shares<K: Ord + std::fmt::Debug>(counted: &BTreeMap<K, usize>, expected: &BTreeMap<K, f64>) {
    let (total, weights): (usize, f64) = (counted.values().sum(), expected.values().sum());
    for (key, weight) in expected {
        let share = weight / weights;
        let seen = *counted.get(key).unwrap_or(&0) as f64;
        let mean = share * total as f64;
        let allowed = 5.0 * (mean * (1.0 - share)).sqrt() + 1.0;
        assert!((seen - mean).abs() <= allowed, "{key:?}: {seen} instead of about {mean:.0}");
    }
    let unexpected: Vec<_> = counted.keys().filter(|key| !expected.contains_key(key)).collect();
    assert!(unexpected.is_empty(), "{unexpected:?}");
}

fn column(file: &str, weight: usize) -> BTreeMap<String, f64> {
    let (_, content) = OMSK.iter().find(|(name, _)| *name == file).unwrap();
    let rows = content.lines().filter(|line| !line.starts_with('#')).skip(1);
    rows.map(|row| {
        let cells: Vec<_> = row.split(',').collect();
        (cells[..weight].join(","), cells[weight].parse().unwrap())
    })
    .collect()
}

#[test]
fn municipalities_topics_networks_and_hours_come_in_the_proportions_of_the_tables() {
    let zone = generator(7).zone;
    let (mut places, mut topics, mut networks, mut hours) =
        <(BTreeMap<_, _>, BTreeMap<_, _>, BTreeMap<_, _>, BTreeMap<_, _>)>::default();
    let titles: BTreeMap<_, _> =
        policy(OMSK).doc().municipalities.iter().map(|m| (m.title.clone(), m.id.clone())).collect();
    for visit in visits(7, DRAWS) {
        let message = visit.first.message;
        *networks.entry(message.network.unwrap()).or_insert(0) += 1;
        *hours.entry(zone.to_datetime(*message.published_at).hour().to_string()).or_insert(0) += 1;
        if let Truth::About(topic) = visit.known.truth {
            *topics.entry(topic).or_insert(0) += 1;
        }
        if let Some(title) = message.place.and_then(|place| place.municipality) {
            *places.entry(titles[&title].clone()).or_insert(0) += 1;
        }
    }
    let (mut by_place, mut by_topic) = <(BTreeMap<_, _>, BTreeMap<_, _>)>::default();
    for (cell, weight) in column("demo.csv", 2) {
        let (municipality, topic) = cell.split_once(',').unwrap();
        *by_place.entry(municipality.to_owned()).or_insert(0.0) += weight;
        *by_topic.entry(topic.to_owned()).or_insert(0.0) += weight;
    }
    assert_shares(&topics, &by_topic);
    assert_shares(&places, &by_place);
    assert_shares(&networks, &column("networks.csv", 1));
    assert_shares(&hours, &column("hours.csv", 1));
}

#[test]
fn the_mean_rate_is_the_one_asked_for() {
    let visits = visits(3, DRAWS);
    let span = visits[DRAWS - 1].first.at.seconds_since(visits[0].first.at);
    let per_hour = DRAWS as f64 * HOUR / span as f64;
    assert!((per_hour - 13.75).abs() < 0.5, "{per_hour}");
}

#[test]
fn a_seed_tells_the_same_story_and_another_one_does_not() {
    assert_eq!(visits(7, 500), visits(7, 500));
    assert_ne!(visits(7, 20), visits(8, 20));
}

#[test]
fn replies_do_not_change_the_visits() {
    let (mut quiet, mut talking) = (generator(7), generator(7));
    let mut replies = talking.for_replies(7);
    let at = At::EVER;
    for _ in 0..50 {
        let visit = quiet.visit(at);
        assert_eq!(talking.visit(at), visit);
        replies.reply(&visit.first.message, Mood::Arguing, at);
    }
}

#[test]
fn texts_are_clean() {
    let templates = OMSK.iter().find(|(name, _)| *name == "phrases/templates.csv").unwrap().1;
    for visit in visits(5, DRAWS) {
        let text = &visit.first.message.text;
        assert!(!text.contains(['{', '}']), "{text}");
        assert!(!text.contains("  ") && text.trim() == text && !text.is_empty(), "{text:?}");
        assert!(!text.contains(" .") && !text.contains(" ,"), "{text}");
        // A slip on purpose begins as its template does; a filled-in beginning is a capital.
        let first = text.chars().next().unwrap();
        let opening: String = text.chars().take(8).collect();
        assert!(!first.is_lowercase() || templates.contains(&opening) || visit.known.truth == Truth::Thanks, "{text}");
    }
}

#[test]
fn every_message_passes_the_checks_of_intake() {
    let mut replies = generator(9).for_replies(9);
    for visit in visits(9, 2_000) {
        for mood in [Mood::Thankful, Mood::Arguing] {
            let reply = replies.reply(&visit.first.message, mood, visit.first.at).message;
            reply.check("").unwrap();
            assert_eq!(reply.thread("x", false), visit.first.message.thread("x", false), "a reply stays in the thread");
        }
        for act in visit.later.iter().chain([&visit.first]) {
            act.message.check("").unwrap();
            assert_eq!(
                act.message.thread("x", false),
                visit.first.message.thread("x", false),
                "second thoughts stay in the thread"
            );
            assert!(act.at >= visit.first.at);
        }
    }
}

#[test]
fn identities_are_used_once() {
    let mut replies = generator(9).for_replies(9);
    let mut seen = HashSet::new();
    for visit in visits(9, 2_000) {
        let reply = replies.reply(&visit.first.message, Mood::Thankful, visit.first.at).message;
        assert!(seen.insert(visit.first.message.external_id));
        assert!(seen.insert(reply.external_id));
    }
}

#[test]
fn there_is_something_of_everything() {
    let visits = visits(11, 3_000);
    let acts = || visits.iter().flat_map(|v| v.later.iter().chain([&v.first]));
    for form in Form::ALL {
        assert!(acts().any(|act| act.message.form == *form), "{form}");
    }
    for change in [Change::New, Change::Edited, Change::Deleted] {
        assert!(acts().any(|act| act.message.change == change), "{change}");
    }
    assert!(acts().any(|act| !act.message.attachments.is_empty()));
    for truth in [Truth::Thanks, Truth::Noise] {
        assert!(visits.iter().any(|v| v.known.truth == truth));
    }
}

#[test]
fn an_accident_brings_complaints_from_one_street() {
    let mut streets: BTreeMap<(String, String), usize> = BTreeMap::new();
    for visit in visits(13, 400) {
        let street = visit.first.message.place.and_then(|place| place.street);
        if let (Truth::About(topic), Some(street)) = (visit.known.truth, street)
            && ACCIDENTS.contains(&topic.as_str())
        {
            *streets.entry((topic, street)).or_insert(0) += 1;
        }
    }
    assert!(streets.values().any(|count| *count > 2), "{streets:?}");
}
