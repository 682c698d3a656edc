//! The rows of the database that records become, table by table.

use serde_json::{Value, json};

use super::address;
use crate::desk::Desk;
use crate::desk::case::chained;
use crate::desk::clocks::{Beginning, Kept, begun, earliest_due};
use crate::domain::calendar::Pauses;
use crate::domain::event::ROOT;
use crate::domain::policy::TermFacts;
use crate::domain::sla::{ClockKind, Fact, Mark};
use crate::domain::{AnswerKind, AnswerState, At, Doc, EventKind, Form, Id, PlaceOrigin, Step, TopicOrigin, Via, text};
use crate::store::records::{Answer, Assignment, ClockRow, Message, NewIncident, Opened};
use crate::table::{Column, Record};

/// The severity of what has no topic.
const MIDDLING: u8 = 3;

/// The incident that a record becomes, with all that belongs to it.
pub(super) fn opened(record: &Record, source: Id, desk: &Desk) -> Opened {
    let mut incident = incident(record, source, desk);
    let answers = answers(record, &incident, desk);
    let clocks = clocks(record, &incident, &answers, desk);
    incident.due_at = earliest_due(clocks.iter());
    let finals = answers.iter().filter(|answer| answer.kind == AnswerKind::Final);
    incident.rounds = i32::try_from(finals.count()).unwrap_or(i32::MAX);
    incident.delivered_at = answers.last().and_then(|answer| answer.delivered_at);
    let event =
        chained(incident.id, 1, ROOT, desk.now, &desk.actor.tag(), EventKind::Imported, &said(record, &incident));
    incident.spine.clone_from(&event.hash);
    Opened {
        message: message(record, &incident),
        events: vec![event],
        assignments: assignment(record, &incident, desk).into_iter().collect(),
        terms: text::index_terms(&incident.text),
        answers,
        clocks,
        incident,
    }
}

/// The incident, but for what follows from its answers and clocks.
fn incident(record: &Record, source: Id, desk: &Desk) -> NewIncident {
    let policy = &desk.policy;
    let place = address::place(record.url.as_deref().unwrap_or_default());
    let topic = record.topic.as_deref().and_then(|id| policy.topic(id));
    let author = record.author_url.as_deref().and_then(address::author);
    let calendar = policy.calendar_of(record.organisation.as_deref().unwrap_or(&policy.doc().city.root));
    let worked = |at: At| calendar.worked(*record.received_at, *at, &Pauses::NONE).as_secs();
    let mut extra = record.kept.clone();
    extra.insert(Column::Number.header().to_owned(), Value::String(record.number.clone()));
    NewIncident {
        id: Id::new(record.received_at),
        version: 1,
        spine: String::new(),
        step: record.step,
        kind: record.kind,
        outcome: record.outcome,
        close_reason: record.close_reason,
        network: place.network.to_owned(),
        source_id: source,
        account: place.account,
        // A thread of its own: what the table tells of posts and authors is too little to join rows by.
        thread_key: [super::SOURCE, &record.number].join("\u{1f}"),
        author_key: author.unwrap_or_else(|| format!("{}:{}", super::SOURCE, record.number)),
        lead_message: Id::new(record.received_at),
        text: record.text.clone(),
        media: record.media,
        topic: record.topic.clone(),
        topic_group: record.group.clone(),
        topic_origin: if record.topic.is_some() { TopicOrigin::Message } else { TopicOrigin::None },
        severity: i32::from(topic.map_or(MIDDLING, |topic| topic.severity)),
        municipality: record.municipality.clone().unwrap_or_else(|| policy.doc().city.default_municipality.clone()),
        settlement: record.settlement.clone(),
        street: record.street.clone(),
        house: record.house.clone(),
        lat: None,
        lon: None,
        okrug: None,
        place_origin: if record.street.is_some() || record.settlement.is_some() {
            PlaceOrigin::Message
        } else {
            PlaceOrigin::None
        },
        organisation: record.organisation.clone(),
        executor: record.executor.clone(),
        routed: Doc(json!([])),
        policy_version: policy.version(),
        returns: 0,
        rounds: 0,
        published_at: record.received_at,
        received_at: record.received_at,
        assigned_at: record.assigned_at,
        first_answer_at: record.first_answer_at,
        first_answer_work: record.first_answer_work.or_else(|| record.first_answer_at.map(worked)),
        delivered_at: None,
        closed_at: record.closed_at,
        deferred_until: None,
        due_at: At::NEVER,
        changed_at: desk.now,
        rating: record.rating,
        note: record.note.clone(),
        extra: Some(Doc(Value::Object(extra.into_iter().collect()))),
        personal: Some(text::kinds_in(&record.text).to_string()),
    }
}

/// What the row said, for the record: facts and references, never texts.
fn said(record: &Record, incident: &NewIncident) -> Value {
    json!({
        "number": record.number,
        "step": incident.step,
        "kind": incident.kind,
        "outcome": incident.outcome,
        "reason": incident.close_reason,
        "rating": incident.rating,
        "topic": incident.topic,
        "topic_origin": incident.topic_origin,
        "municipality": incident.municipality,
        "organisation": incident.organisation,
        "executor": incident.executor,
        "message": incident.lead_message,
        "received_at": incident.received_at,
        "first_answer_at": incident.first_answer_at,
        "closed_at": incident.closed_at,
    })
}

fn message(record: &Record, incident: &NewIncident) -> Message {
    let place = address::place(record.url.as_deref().unwrap_or_default());
    Message {
        id: incident.lead_message,
        source_id: incident.source_id,
        external_id: record.number.clone(),
        incident_id: Some(incident.id),
        form: if place.is_comment { Form::Comment } else { Form::Post },
        network: incident.network.clone(),
        account: incident.account.clone(),
        post_key: if place.post.is_empty() { record.number.clone() } else { place.post },
        parent_key: None,
        author_key: incident.author_key.clone(),
        author_name: None,
        author_url: record.author_url.clone(),
        url: record.url.clone(),
        text: record.text.clone(),
        text_at: record.received_at,
        attachments: Doc(json!([])),
        place: None,
        rating: None,
        published_at: record.received_at,
        received_at: record.received_at,
        deleted_at: None,
        personal: incident.personal.clone(),
    }
}

/// The stay with the organisation that has it now; earlier ones are not in the table.
fn assignment(record: &Record, incident: &NewIncident, desk: &Desk) -> Option<Assignment> {
    let organisation = incident.organisation.clone()?;
    Some(Assignment {
        incident_id: incident.id,
        n: 1,
        organisation,
        executor: incident.executor.clone(),
        by: desk.actor.tag(),
        why: Doc(json!([])),
        assigned_at: record.assigned_at.unwrap_or(record.received_at),
        ended_at: record.closed_at,
        end_reason: record.closed_at.map(|_| "closed".to_owned()),
        end_note: None,
    })
}

/// The answers, as delivered ones. The table dates the first answer of all and the last executor's first; later ones are dated
/// by the step that the last of them led to.
fn answers(record: &Record, incident: &NewIncident, desk: &Desk) -> Vec<Answer> {
    let first = record.first_answer_at.or(record.awaiting_since).or(record.closed_at).unwrap_or(record.received_at);
    let own = record.executor_answer_at.unwrap_or(first);
    let last = record.awaiting_since.unwrap_or(own).max(own);
    let [one, two, three] = record.answers.each_ref().map(Option::as_deref);
    // Another executor's answer came first if its text is not the last executor's.
    let earlier = record.first_answer_text.as_deref().filter(|earlier| Some(*earlier) != one);
    let said = [(earlier, first, false), (one, own, true), (two, last, false), (three, last, false)];
    // While the work goes on and nobody waits for the author, what was said cannot have been final.
    let is_final = record.awaiting_since.is_some() || matches!(record.step, Step::AwaitingAuthor | Step::Closed);
    let said = said.into_iter().filter_map(|(text, at, is_own_first)| Some((text?, at, is_own_first)));
    let answers = (1..).zip(said).map(|(n, (text, at, is_own_first))| {
        let submitted_at = record.submitted_at.filter(|_| is_own_first);
        let approved = submitted_at.zip(record.approval_seconds).map(|(at, seconds)| at.plus_seconds(seconds));
        Answer {
            id: Id::new(at),
            incident_id: incident.id,
            n,
            round: if is_final { n } else { 1 },
            kind: if is_final { AnswerKind::Final } else { AnswerKind::Intermediate },
            outcome: record.outcome.filter(|_| is_final),
            state: AnswerState::Delivered,
            text: text.to_owned(),
            organisation: incident.executor.clone().or_else(|| incident.organisation.clone()).unwrap_or_default(),
            drafted_by: desk.actor.tag(),
            drafted_at: submitted_at.unwrap_or(at),
            submitted_at,
            decided_by: None,
            decided_at: approved,
            rework_reason: None,
            rework_text: None,
            delivered_at: Some(at),
            failure: None,
            permalink: None,
            via: Via::Thread,
            sent_at: None,
        }
    });
    answers.collect()
}

/// The clocks, by the terms of today's policy: what was promised when the row was made is not in the table.
fn clocks(record: &Record, incident: &NewIncident, answers: &[Answer], desk: &Desk) -> Vec<ClockRow> {
    let answered = record.first_answer_at;
    let finished =
        answers.iter().rfind(|answer| answer.kind == AnswerKind::Final).and_then(|answer| answer.delivered_at);
    let received = record.received_at;
    let mut clocks = vec![
        clock(ClockKind::FirstAnswer, received, answered, incident, desk),
        clock(ClockKind::Resolution, received, finished, incident, desk),
    ];
    match record.step {
        Step::AwaitingAuthor => {
            let since = record.awaiting_since.or(finished).unwrap_or(received);
            clocks.push(clock(ClockKind::AuthorWait, since, None, incident, desk));
        }
        Step::Distribution | Step::Control => clocks.push(clock(ClockKind::Routing, received, None, incident, desk)),
        _ => {}
    }
    clocks.into_iter().flatten().collect()
}

/// A clock that ran from `start` and was stopped by an event at `came`, or called off by the closing, or runs still: then the sweep
/// notes what is overdue. None if no term fits.
fn clock(kind: ClockKind, start: At, came: Option<At>, incident: &NewIncident, desk: &Desk) -> Option<ClockRow> {
    let facts = TermFacts {
        municipality: Some(&incident.municipality),
        topic: incident.topic.as_deref(),
        group: incident.topic_group.as_deref(),
        severity: u8::try_from(incident.severity).ok(),
        organisation: incident.organisation.as_deref(),
    };
    let term = desk.policy.term(kind, &facts)?;
    let organisation = incident.organisation.clone();
    // The table does not say when it stood still, so it never did.
    let step = Step::Closed;
    let clock = Beginning { incident: incident.id, step, n: 1, organisation, kind, cycle: 1 };
    let row = begun(&desk.policy, &term, clock, start, desk.now);
    let ended = match (came, incident.closed_at) {
        (Some(at), _) => Some((at, Fact::Settled)),
        (None, Some(at)) => Some((at, Fact::Cancelled { why: "closed".to_owned() })),
        (None, None) => None,
    };
    let Some((at, fact)) = ended else { return Some(row) };
    let mut kept = Kept::read(row).ok()?;
    kept.mark(Mark { at, n: 1, fact }, &desk.book.present(&desk.policy), at);
    Some(kept.row)
}
