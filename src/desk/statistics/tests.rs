//! The one property that matters: whatever is in the database and whatever is asked, every figure of every report is as long as
//! the list that its query asks for. The lists are counted by [`incidents::count`], which the API's lists go through.

use std::sync::Arc;

use serde_json::{Value, json};

use super::*;
use crate::domain::policy::fixture;
use crate::domain::sla::{ClockKind, ClockState};
use crate::domain::statistics::Blank;
use crate::domain::{
    Actor, AnswerKind, AnswerState, CloseReason, Doc, Form, Outcome, ReworkReason, Role, Step, TopicOrigin,
};
use crate::store::incidents::{self, ClockFilter};
use crate::store::records::{Answer, Assignment, ClockRow, Message, NewIncident, Opened, Source};
use crate::store::{Engine, Store, StoreError, StoreSize, migrate, schema};
use diesel::prelude::*;

/// A small generator with a seed (SplitMix64): the same city in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % sides
    }

    fn hit(&mut self, percent: u64) -> bool {
        self.roll(100) < percent
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.roll(of.len() as u64)).unwrap()]
    }
}

fn at(text: &str) -> At {
    text.parse().unwrap()
}

fn now() -> At {
    at("2026-02-10T06:00:00Z")
}

/// An incident with all that hangs on it, as the dice will.
struct Made {
    opened: Opened,
    parent: Option<usize>,
}

fn make(dice: &mut Dice, source: Id, n: usize) -> Made {
    let received = at("2025-11-25T00:00:00Z").plus_seconds(i64::try_from(dice.roll(75 * 86_400)).unwrap());
    let id = Id::new(received);
    let later = |dice: &mut Dice, from: At| from.plus_seconds(i64::try_from(dice.roll(5 * 86_400)).unwrap());
    let answered = dice.hit(75).then(|| later(dice, received));
    let closed = (answered.is_some() || dice.hit(30))
        .then(|| later(dice, answered.unwrap_or(received)))
        .filter(|_| dice.hit(80));
    let parent = (closed.is_some() && n > 0 && dice.hit(10)).then(|| usize::try_from(dice.roll(n as u64)).unwrap());
    let organisation = dice.hit(90).then(|| dice.one(&["hall", "works", "ministry", "lake-hall"]));
    let executor =
        organisation.filter(|o| *o == "hall" && dice.hit(70)).map(|_| dice.one(&["plough", "school", "works"]));
    let topic = dice.hit(85).then(|| dice.one(&["snow", "holes", "cold", "hot-water"]));
    let due = later(dice, received);
    let reason = match (parent, answered) {
        (Some(_), _) => CloseReason::Duplicate,
        (None, None) => dice.one(CloseReason::NOT_A_COMPLAINT),
        (None, Some(_)) => dice.one(CloseReason::ANSWERED),
    };
    let returns = i32::from(dice.hit(15));
    let incident = NewIncident {
        id,
        version: 1,
        spine: String::new(),
        step: if closed.is_some() {
            Step::Closed
        } else {
            dice.one(&[Step::Assigned, Step::InWork, Step::Distribution])
        },
        kind: dice.one(&[crate::domain::Kind::Solvable, crate::domain::Kind::Informational]),
        outcome: answered.map(|_| dice.one(Outcome::ALL)),
        close_reason: closed.map(|_| reason),
        network: dice.one(&["vk", "ok", "telegram"]).to_owned(),
        source_id: source,
        account: "page".to_owned(),
        thread_key: format!("thread-{n}"),
        author_key: format!("author-{}", n % 17),
        lead_message: id,
        text: "Двор не чистят от снега".to_owned(),
        media: false,
        topic: topic.map(str::to_owned),
        topic_group: topic
            .map(|t| if t.starts_with('c') || t.starts_with("hot") { "heat" } else { "roads" }.to_owned()),
        topic_origin: TopicOrigin::Message,
        severity: 3,
        municipality: dice.one(&["pond", "lake"]).to_owned(),
        settlement: None,
        street: None,
        house: None,
        lat: None,
        lon: None,
        okrug: None,
        place_origin: crate::domain::PlaceOrigin::None,
        organisation: organisation.map(str::to_owned),
        executor: executor.map(str::to_owned),
        routed: Doc(json!([])),
        policy_version: 7,
        returns,
        rounds: 0,
        published_at: received,
        received_at: received,
        assigned_at: None,
        first_answer_at: answered,
        first_answer_work: answered.map(|at| at.seconds_since(received) / 3).filter(|_| dice.hit(90)),
        delivered_at: answered,
        closed_at: closed,
        deferred_until: None,
        due_at: if closed.is_some() { At::NEVER } else { due },
        changed_at: received,
        rating: closed.filter(|_| reason == CloseReason::SurveyMark).map(|_| i32::try_from(1 + dice.roll(5)).unwrap()),
        note: None,
        extra: None,
        personal: None,
    };
    let clock = first_answer_clock(dice, &incident, due);
    let answers = answered.map_or_else(Vec::new, |delivered| answers(dice, &incident, delivered));
    let assignments = assignments(dice, &incident);
    let message = message(&incident, n);
    let (events, clocks, terms) = (Vec::new(), vec![clock], String::new());
    Made { opened: Opened { incident, message, events, clocks, assignments, answers, terms }, parent }
}

fn message(incident: &NewIncident, n: usize) -> Message {
    Message {
        id: incident.lead_message,
        source_id: incident.source_id,
        external_id: n.to_string(),
        incident_id: Some(incident.id),
        form: Form::Comment,
        network: incident.network.clone(),
        account: incident.account.clone(),
        post_key: n.to_string(),
        parent_key: None,
        author_key: incident.author_key.clone(),
        author_name: None,
        author_url: None,
        url: None,
        text: incident.text.clone(),
        text_at: incident.published_at,
        attachments: Doc(json!([])),
        place: None,
        rating: None,
        published_at: incident.published_at,
        received_at: incident.received_at,
        deleted_at: None,
        personal: None,
    }
}

fn first_answer_clock(dice: &mut Dice, incident: &NewIncident, due: At) -> ClockRow {
    let (state, breached_at) = match (incident.first_answer_at, incident.closed_at) {
        (Some(answered), _) if answered <= due => (ClockState::Met, None),
        (Some(_), _) => (ClockState::Breached, Some(due)),
        (None, Some(closed)) => (ClockState::Cancelled, (closed > due).then_some(due)),
        (None, None) if due < now() => (ClockState::Breached, Some(due)),
        (None, None) => (if dice.hit(80) { ClockState::Running } else { ClockState::Paused }, None),
    };
    ClockRow {
        incident_id: incident.id,
        kind: ClockKind::FirstAnswer,
        cycle: 1,
        term: "answer".to_owned(),
        target: "9h".to_owned(),
        base: "working".to_owned(),
        calendar: "five-days".to_owned(),
        policy_version: 7,
        organisation: incident.organisation.clone(),
        state,
        started_at: incident.received_at,
        due_at: due,
        settled_at: incident.first_answer_at.or(incident.closed_at),
        breached_at,
        decided_at: if state == ClockState::Met { incident.first_answer_at } else { breached_at },
        history: None,
        matched: "any/any/any/any".to_owned(),
        wake_at: due,
        warned: 0,
    }
}

fn answers(dice: &mut Dice, incident: &NewIncident, delivered: At) -> Vec<Answer> {
    let sent_back = dice.hit(25);
    let answer = |n: i32, returned: bool| Answer {
        id: Id::new(delivered),
        incident_id: incident.id,
        n,
        round: 1,
        kind: AnswerKind::Final,
        outcome: Some(Outcome::Explained),
        state: if returned { AnswerState::Returned } else { AnswerState::Delivered },
        text: "Убрали".to_owned(),
        organisation: "hall".to_owned(),
        drafted_by: "system".to_owned(),
        drafted_at: delivered,
        submitted_at: Some(delivered),
        decided_by: None,
        decided_at: Some(delivered),
        rework_reason: returned.then_some(ReworkReason::Formal),
        rework_text: None,
        delivered_at: (!returned).then_some(delivered),
        failure: None,
        permalink: None,
        via: crate::domain::Via::Thread,
        sent_at: None,
    };
    if sent_back { vec![answer(1, true), answer(2, false)] } else { vec![answer(1, false)] }
}

fn assignments(dice: &mut Dice, incident: &NewIncident) -> Vec<Assignment> {
    let stays = if incident.returns > 0 { 2 } else { 1 };
    let stay = |dice: &mut Dice, n: i32| Assignment {
        incident_id: incident.id,
        n,
        organisation: dice.one(&["hall", "works", "ministry"]).to_owned(),
        executor: dice.hit(50).then(|| "plough".to_owned()),
        by: "rule".to_owned(),
        why: Doc(json!([])),
        assigned_at: incident.received_at,
        ended_at: (n < stays).then_some(incident.received_at),
        end_reason: (n < stays).then(|| "not_our_competence".to_owned()),
        end_note: None,
    };
    (1..=stays).map(|n| stay(dice, n)).collect()
}

/// Fills a database with the dice's city.
fn seed(conn: &mut Conn, seed: u64, size: usize) -> Result<(), Error> {
    let mut dice = Dice(seed);
    let source = Source {
        id: Id::new(now()),
        name: "test".to_owned(),
        title: "test".to_owned(),
        network: "vk".to_owned(),
        active: true,
        reply_url: None,
        created_by: "system".to_owned(),
        created_at: now(),
    };
    diesel::insert_into(schema::sources::table).values(source.clone()).execute(conn)?;
    let made: Vec<_> = (0..size).map(|n| make(&mut dice, source.id, n)).collect();
    for chunk in made.chunks(100) {
        let numbers = incidents::open(conn, &chunk.iter().map(|one| &one.opened).collect::<Vec<_>>())?;
        assert_eq!(numbers.map_or(0, |numbers| numbers.len()), chunk.len());
    }
    for one in &made {
        if let Some(parent) = one.parent {
            diesel::update(schema::incidents::table.find(one.opened.incident.id))
                .set(schema::incidents::parent_id.eq(made[parent].opened.incident.id))
                .execute(conn)?;
        }
    }
    Ok(())
}

/// The list's filter, as the API reads it from a query.
fn parse(query: &str, policy: &Policy) -> Filter {
    let mut filter = Filter::default();
    let mut clock = (None, None, Within::default());
    for (name, value) in query.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('=').unwrap()) {
        let text = || Some(value.to_owned());
        let flag = || Some(value.parse().unwrap());
        match name {
            "organisation" => filter.organisations = Some(policy.subtree(value).to_vec()),
            "responsible" => filter.responsible = text(),
            "executor" => filter.executor = text(),
            "topic" => filter.topic = text(),
            "group" => filter.topic_group = text(),
            "network" => filter.network = text(),
            "municipality" => filter.municipality = text(),
            "kind" => filter.kind = Some(value.parse().unwrap()),
            "open" => filter.open = flag(),
            "overdue" => filter.overdue_at = Some(now()),
            "merged" => filter.merged = flag(),
            "rated" => filter.rated = flag(),
            "answered" => filter.has_answer = flag(),
            "reworked" => filter.reworked = flag(),
            "returned_by" => filter.returned_by = text(),
            "without" => filter.without = value.split(',').map(|blank| blank.parse::<Blank>().unwrap()).collect(),
            "outcome" => filter.outcome = Some(value.parse().unwrap()),
            "close_reason" => filter.close_reason = Some(value.parse().unwrap()),
            "received_from" => filter.received.from = Some(at(value)),
            "received_to" => filter.received.to = Some(at(value)),
            "closed_from" => filter.closed.from = Some(at(value)),
            "closed_to" => filter.closed.to = Some(at(value)),
            "clock" => clock.0 = Some(value.parse().unwrap()),
            "clock_state" => clock.1 = Some(value.parse().unwrap()),
            "decided_from" => clock.2.from = Some(at(value)),
            "decided_to" => clock.2.to = Some(at(value)),
            other => panic!("{other} is no parameter of a list"),
        }
    }
    if let (Some(kind), Some(state), decided) = clock {
        filter.clock = Some(ClockFilter { kind, state, decided });
    }
    filter
}

/// Every object with a `count` and a `query` in a report.
fn figures(report: &Value, found: &mut Vec<(i64, String)>) {
    match report {
        Value::Object(fields) => {
            if let (Some(Value::Number(count)), Some(Value::String(query))) = (fields.get("count"), fields.get("query"))
            {
                found.push((count.as_i64().unwrap(), query.clone()));
            }
            fields.values().for_each(|value| figures(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| figures(item, found)),
        _ => {}
    }
}

fn desk(scope: Scope) -> Desk {
    let actor = Actor::Staff { id: Id::new(now()), role: Role::Controller, organisation: "region".to_owned(), scope };
    Desk::new(Arc::new(fixture::policy()), now(), actor)
}

fn check(conn: &mut Conn, desk: &Desk, report: &Value) -> usize {
    let mut found = Vec::new();
    figures(report, &mut found);
    for (count, query) in &found {
        let list = incidents::count(conn, &desk.actor.scope(), &parse(query, &desk.policy)).unwrap();
        assert_eq!(*count, list, "{query}");
    }
    found.iter().filter(|(count, _)| *count > 0).count()
}

fn with_city<T: Send + 'static>(size: usize, work: impl FnOnce(&mut Conn) -> T + Send + 'static) -> T {
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::Sqlite { path: folder.path().join("city.db").display().to_string() };
    migrate::up(&engine).unwrap();
    let store = Store::open(engine, StoreSize { connections: 1, waiting: 8 }).unwrap();
    store.write_now(move |conn| seed(conn, 7, size)).unwrap();
    store.read_now(move |conn| Ok::<_, StoreError>(work(conn))).unwrap()
}

#[test]
fn every_figure_is_as_long_as_its_list() {
    with_city(400, |conn| {
        let subtree = Scope::Subtree(Arc::new(["hall", "works", "plough", "school"].map(str::to_owned).into()));
        let mut seen = 0;
        for desk in [desk(Scope::All), desk(subtree)] {
            for cohort in Cohort::ALL {
                let ask =
                    Ask { from: Some("2025-12".into()), to: Some("2026-02".into()), cohort: *cohort, ..Ask::default() };
                for ask in [ask.clone(), Ask { organisation: Some("hall".into()), network: Some("vk".into()), ..ask }] {
                    let mut reports =
                        vec![json!(summary(conn, &desk, &ask).unwrap()), json!(rating(conn, &desk, &ask).unwrap())];
                    for dimension in Dimension::ALL {
                        reports.push(json!(by(conn, &desk, &ask, *dimension).unwrap()));
                    }
                    seen += reports.iter().map(|report| check(conn, &desk, report)).sum::<usize>();
                }
            }
        }
        assert!(seen > 2_000, "only {seen} figures above zero: the city is too small to prove anything");
    });
}

#[test]
fn rows_add_up_to_the_whole() {
    with_city(300, |conn| {
        let desk = desk(Scope::All);
        for cohort in Cohort::ALL {
            let ask =
                Ask { from: Some("2025-12".into()), to: Some("2026-02".into()), cohort: *cohort, ..Ask::default() };
            let whole = summary(conn, &desk, &ask).unwrap().figures;
            for dimension in Dimension::ALL {
                let rows = by(conn, &desk, &ask, *dimension).unwrap().rows;
                let sum = |of: fn(&Figures) -> &Figure| rows.iter().map(|row| of(&row.figures).count).sum::<i64>();
                assert_eq!(sum(|f| &f.total), whole.total.count, "{dimension}");
                assert_eq!(sum(|f| &f.answered), whole.answered.count, "{dimension}");
                assert_eq!(sum(|f| &f.closed.total), whole.closed.total.count, "{dimension}");
                assert_eq!(sum(|f| &f.on_time.met), whole.on_time.met.count, "{dimension}");
                assert_eq!(sum(|f| &f.on_time.breached), whole.on_time.breached.count, "{dimension}");
            }
        }
    });
}

#[test]
fn what_names_nothing_is_refused_and_so_is_who_may_not() {
    with_city(1, |conn| {
        let ask = Ask { organisation: Some("nobody".into()), topic: Some("nothing".into()), ..Ask::default() };
        let Err(Error::Refused(crate::domain::Refusal::Invalid(faults))) = summary(conn, &desk(Scope::All), &ask)
        else {
            panic!("must be refused")
        };
        assert_eq!(faults.iter().map(|fault| fault.pointer.as_str()).collect::<Vec<_>>(), ["organisation", "topic"]);
        let executor = Actor::Staff {
            id: Id::new(now()),
            role: Role::Executor,
            organisation: "works".to_owned(),
            scope: Scope::All,
        };
        let desk = Desk { actor: executor, ..desk(Scope::All) };
        assert!(matches!(summary(conn, &desk, &Ask::default()), Err(Error::Refused(_))));
    });
}
