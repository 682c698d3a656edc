//! All about a message that needs no database: what it says, what rules make of it, and the rows of the incident that it opens if it is
//! the first of its thread.

use serde_json::json;

use super::Key;
use crate::desk::Desk;
use crate::desk::case::chained;
use crate::desk::clocks::{Beginning, begun, earliest_due, start_of};
use crate::desk::places::{self, Located};
use crate::domain::classify::Classifier;
use crate::domain::event::ROOT;
use crate::domain::message::{Author, Change, Incoming};
use crate::domain::policy::{Policy, TermFacts};
use crate::domain::route::{Facts, Why};
use crate::domain::sla::ClockKind;
use crate::domain::{Actor, At, Doc, EventKind, Id, Kind, Step, TopicOrigin, text};
use crate::store::records::{Assignment, ClockRow, Message, NewIncident, Opened, Source};

/// A message as it arrives.
#[derive(Debug, Clone)]
pub struct Arrival {
    pub incoming: Incoming,
    /// The network's identity of the event that told of it: it counts once.
    pub event: Option<String>,
    /// Whether the post above collects complaints, so that each branch below is an incident of its own.
    pub collects: bool,
}

impl From<Incoming> for Arrival {
    fn from(incoming: Incoming) -> Arrival {
        Arrival { incoming, event: None, collects: false }
    }
}

/// A message ready to be stored: everything that needs no database is done.
#[derive(Debug, Clone)]
pub struct Prepared {
    pub(super) change: Change,
    pub(super) event: Option<String>,
    /// The message, and the incident it opens if it is the first of its thread.
    pub(super) opened: Opened,
}

impl Prepared {
    pub(super) fn message(&self) -> &Message {
        &self.opened.message
    }

    pub(super) fn thread(&self) -> &str {
        &self.opened.incident.thread_key
    }

    pub(super) fn key(&self) -> Key {
        (self.message().source_id, self.message().external_id.clone())
    }
}

/// What rules make of a message.
struct Proposal {
    kind: Kind,
    topic: Option<String>,
    topic_group: Option<String>,
    topic_origin: TopicOrigin,
    severity: i32,
    located: Located,
    municipality: String,
    /// Where the rules lead: one or two hops.
    why: Vec<Why>,
    clocks: Vec<ClockRow>,
    notes: serde_json::Map<String, serde_json::Value>,
}

impl Proposal {
    /// A topic that came with the message is acted on at once, and one that is as sure as the city wants it; a guess waits for a
    /// moderator.
    fn is_assigned(&self) -> bool {
        matches!(self.topic_origin, TopicOrigin::Message | TopicOrigin::Automatic)
    }
}

/// Does everything about a message that needs no database.
pub fn prepare(
    policy: &Policy,
    classifier: &dyn Classifier,
    source: &Source,
    arrival: impl Into<Arrival>,
    now: At,
) -> Prepared {
    let Arrival { incoming, event, collects } = arrival.into();
    let network = incoming.network.clone().unwrap_or_else(|| source.network.clone());
    let thread = incoming.thread(&network, collects);
    let incident = Id::new(now);
    let proposal = propose(policy, classifier, &incoming, incident, now);
    let terms = text::index_terms(&incoming.text);
    let personal = text::kinds_in(if incoming.change == Change::Deleted { "" } else { &incoming.text });
    let (change, published) = (incoming.change, incoming.published_at);
    let deleted = change == Change::Deleted;
    let message = Message {
        id: Id::new(now),
        source_id: source.id,
        post_key: incoming.post.clone().unwrap_or_else(|| incoming.external_id.clone()),
        external_id: incoming.external_id,
        incident_id: (!deleted).then_some(incident),
        form: incoming.form,
        network,
        account: incoming.account,
        parent_key: incoming.parent,
        author_key: incoming.author.id,
        author_name: incoming.author.name,
        author_url: incoming.author.url,
        url: incoming.url,
        text_at: if deleted { At::EVER } else { published },
        text: if deleted { String::new() } else { incoming.text },
        attachments: Doc::of(&incoming.attachments),
        place: incoming.place.as_ref().map(Doc::of),
        rating: incoming.rating,
        published_at: published,
        received_at: now,
        deleted_at: deleted.then_some(published),
        personal: Some(personal.to_string()),
    };
    let opened = Opened { terms, ..open(proposal, incident, thread, message, policy.version()) };
    Prepared { change, event, opened }
}

/// The incident that the message opens, with all that it has from the start.
fn open(proposal: Proposal, id: Id, thread: String, message: Message, policy_version: i64) -> Opened {
    let is_assigned = proposal.is_assigned();
    let (now, actor) = (message.received_at, Actor::Source(message.source_id).tag());
    let step = if is_assigned { Step::Assigned } else { Step::Distribution };
    let mut data = proposal.notes;
    data.insert("message".to_owned(), json!(message.id));
    data.insert("topic".to_owned(), json!(proposal.topic));
    data.insert("topic_origin".to_owned(), json!(proposal.topic_origin));
    data.insert("municipality".to_owned(), json!(proposal.municipality));
    data.insert("step".to_owned(), json!(step));
    let mut events = vec![chained(id, 1, ROOT, now, &actor, EventKind::Opened, &data.into())];
    let mut hops = proposal.why.iter().filter(|_| is_assigned).map(|why| why.organisation.clone());
    let (organisation, executor) = (hops.next(), hops.next());
    let mut assignments = Vec::new();
    if let Some(organisation) = &organisation {
        let data = json!({ "organisation": organisation, "executor": executor, "why": proposal.why });
        events.push(chained(id, 2, &events[0].hash, now, "rule", EventKind::Assigned, &data));
        assignments.push(Assignment {
            incident_id: id,
            n: 1,
            organisation: organisation.clone(),
            executor: executor.clone(),
            by: "rule".to_owned(),
            why: Doc::of(&proposal.why),
            assigned_at: now,
            ended_at: None,
            end_reason: None,
            end_note: None,
        });
    }
    let last = &events[events.len() - 1];
    let Located { place, okrug, origin, .. } = proposal.located;
    let incident = NewIncident {
        id,
        version: last.n,
        spine: last.hash.clone(),
        step,
        kind: proposal.kind,
        outcome: None,
        close_reason: None,
        network: message.network.clone(),
        source_id: message.source_id,
        account: message.account.clone(),
        thread_key: thread,
        author_key: message.author_key.clone(),
        lead_message: message.id,
        text: message.text.clone(),
        media: has_media(&message),
        topic: proposal.topic,
        topic_group: proposal.topic_group,
        topic_origin: proposal.topic_origin,
        severity: proposal.severity,
        municipality: proposal.municipality,
        settlement: place.settlement,
        street: place.street,
        house: place.house,
        lat: place.lat,
        lon: place.lon,
        organisation,
        executor,
        routed: Doc::of(&proposal.why),
        policy_version,
        returns: 0,
        rounds: 0,
        // A clock of the source that runs ahead must not put a complaint into the future.
        published_at: message.published_at.min(now),
        received_at: now,
        assigned_at: is_assigned.then_some(now),
        first_answer_at: None,
        first_answer_work: None,
        delivered_at: None,
        closed_at: None,
        deferred_until: None,
        due_at: earliest_due(proposal.clocks.iter()),
        changed_at: now,
        rating: None,
        note: None,
        extra: None,
        personal: message.personal.clone(),
        okrug,
        place_origin: origin,
    };
    let clocks = proposal.clocks;
    Opened { incident, message, events, clocks, assignments, answers: Vec::new(), terms: String::new() }
}

fn propose(policy: &Policy, classifier: &dyn Classifier, incoming: &Incoming, incident: Id, now: At) -> Proposal {
    let mut notes = serde_json::Map::new();
    if incoming.published_at > now {
        notes.insert("published_in_future".to_owned(), json!(incoming.published_at));
    }
    let is_thanks = classifier.is_thanks(&incoming.text);
    let named = incoming.topic.as_deref().map(|name| (name, policy.topic_by_name(name)));
    let (topic, origin) = match named {
        Some((_, Some(topic))) => (Some(topic), TopicOrigin::Message),
        unknown => {
            if let Some((name, None)) = unknown {
                notes.insert("topic_unknown".to_owned(), json!(name));
            }
            let (best, origin) = decide(classifier, &incoming.text, is_thanks, &mut notes);
            (best.and_then(|id| policy.topic(&id)), origin)
        }
    };
    let named = incoming.place.as_ref().and_then(|p| p.municipality.as_deref());
    if let Some(unknown) = named.filter(|name| policy.municipality_by_name(name).is_none()) {
        notes.insert("municipality_unknown".to_owned(), json!(unknown));
    }
    let located = places::locate(policy, &incoming.text, incoming.place.as_ref());
    if !located.sightings.is_empty() {
        notes.insert("places".to_owned(), json!(located.sightings));
        notes.insert("place_origin".to_owned(), json!(located.origin));
    }
    let known = located.municipality.clone();
    let municipality = known.unwrap_or_else(|| policy.doc().city.default_municipality.clone());
    let facts = Facts { municipality: Some(&municipality), topic: topic.map(|t| t.id.as_str()), group: None };
    let why = where_to(policy, &facts);
    let severity = topic.map_or(3, |t| t.severity);
    let responsible = why.first().map(|w| w.organisation.clone());
    let term_facts = TermFacts {
        municipality: facts.municipality,
        topic: facts.topic,
        group: None,
        severity: Some(severity),
        organisation: responsible.as_deref(),
    };
    let mut proposal = Proposal {
        kind: if is_thanks && topic.is_none() { Kind::Gratitude } else { Kind::Solvable },
        topic: topic.map(|t| t.id.clone()),
        topic_group: topic.map(|t| t.group.clone()),
        topic_origin: origin,
        severity: i32::from(severity),
        located,
        municipality: municipality.clone(),
        why,
        clocks: Vec::with_capacity(3),
        notes,
    };
    let assigned = proposal.is_assigned();
    let (step, n) = if assigned { (Step::Assigned, 2) } else { (Step::Distribution, 1) };
    let bound = responsible.as_ref().filter(|_| assigned);
    // The one that waits for an organisation, or the one that waits for its word.
    let of_the_place = if assigned { ClockKind::Acceptance } else { ClockKind::Routing };
    for kind in [of_the_place, ClockKind::Reaction, ClockKind::FirstAnswer, ClockKind::Resolution] {
        let Some(term) = policy.term(kind, &term_facts) else { continue };
        let Some(at) = start_of(term.start, now, incoming.published_at, assigned.then_some(now)) else { continue };
        let clock = Beginning { incident, step, n, organisation: bound.cloned(), kind, cycle: 1 };
        proposal.clocks.push(begun(policy, &term, clock, at, now));
    }
    proposal
}

/// The topic that a classifier proposes for a text, or decides; what else it thought goes into the notes.
fn decide(
    classifier: &dyn Classifier,
    text: &str,
    is_thanks: bool,
    notes: &mut serde_json::Map<String, serde_json::Value>,
) -> (Option<String>, TopicOrigin) {
    let proposals = classifier.propose(text);
    notes.insert("proposals".to_owned(), json!(proposals.iter().map(|p| (&p.topic, p.score)).collect::<Vec<_>>()));
    // Thanks are about nothing that somebody must mend.
    let Some(best) = proposals.into_iter().next().filter(|_| !is_thanks) else { return (None, TopicOrigin::None) };
    let (Some(probability), Some(model)) = (best.probability, classifier.model()) else {
        return (Some(best.topic), TopicOrigin::Classifier);
    };
    let threshold = classifier.threshold();
    let told = json!({ "model": model, "probability": probability, "threshold": threshold, "words": best.words });
    notes.insert("decision".to_owned(), told);
    let alone = threshold.is_some_and(|least| probability >= least);
    (Some(best.topic), if alone { TopicOrigin::Automatic } else { TopicOrigin::Classifier })
}

/// What is made of a message as it stands, in the place of what was made of another of its texts.
pub(super) fn proposed_anew(desk: &Desk, message: &Message, other: &NewIncident, now: At) -> NewIncident {
    let incoming = Incoming {
        external_id: message.external_id.clone(),
        change: Change::New,
        network: Some(message.network.clone()),
        account: message.account.clone(),
        form: message.form,
        post: Some(message.post_key.clone()),
        parent: message.parent_key.clone(),
        branch: None,
        url: None,
        author: Author { id: message.author_key.clone(), name: None, url: None },
        text: message.text.clone(),
        attachments: Vec::new(),
        place: message.place.as_ref().and_then(|place| place.to().ok()),
        topic: None,
        rating: None,
        published_at: message.published_at,
    };
    let proposal = propose(&desk.policy, &*desk.classifier, &incoming, other.id, now);
    NewIncident {
        text: incoming.text,
        topic: proposal.topic,
        topic_group: proposal.topic_group,
        topic_origin: proposal.topic_origin,
        severity: proposal.severity,
        routed: Doc::of(&proposal.why),
        municipality: proposal.municipality,
        settlement: proposal.located.place.settlement,
        street: proposal.located.place.street,
        house: proposal.located.place.house,
        lat: proposal.located.place.lat,
        lon: proposal.located.place.lon,
        okrug: proposal.located.okrug,
        place_origin: proposal.located.origin,
        ..other.clone()
    }
}

/// Both hops: the city's routes, then the organisation's own table.
pub(in crate::desk) fn where_to(policy: &Policy, facts: &Facts<'_>) -> Vec<Why> {
    let first = policy.route(facts);
    let second = policy.executor(&first.organisation.id, facts);
    std::iter::once(first.why).chain(second.map(|routed| routed.why)).collect()
}

pub(super) fn has_media(message: &Message) -> bool {
    message.attachments.0.as_array().is_some_and(|list| !list.is_empty())
}
