//! Intake: messages come in, incidents are opened, joined, reopened.
//!
//! What needs no lock is done before the transaction, by [`prepare`]: checking, folding, classifying, routing, clocks. The
//! transaction then is a handful of multi-row statements, whatever the number of messages.
//!
//! **Same end state whatever the order.** A message is one row per (source, external id). Its texts are dated, and the latest
//! stands; so an edit that overtakes its original, a deletion that overtakes both, a repeat and a replayed batch all end alike.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::json;

use super::case::{Case, chained, clock_row, earliest_due};
use super::{Desk, Error};
use crate::domain::classify::{Classifier, KindHint, kind_hint};
use crate::domain::event::ROOT;
use crate::domain::message::{Change, Incoming};
use crate::domain::policy::{Policy, TermFacts};
use crate::domain::route::{Facts, Why};
use crate::domain::sla::ClockKind;
use crate::domain::words::vocabulary;
use crate::domain::{Actor, At, CloseReason, Doc, EventKind, Id, Kind, Step, TopicOrigin, text};
use crate::store::records::{Assignment, ClockRow, Incident, Message, MessageVersion, NewEvent, NewIncident, Source};
use crate::store::{Conn, incidents, messages, spine};

vocabulary! {
    /// What became of one message.
    Taken {
        /// It opened an incident.
        Opened = "opened",
        /// It joined the incident of its thread.
        Joined = "joined",
        /// It joined an incident and opened it again.
        Reopened = "reopened",
        /// It closed its incident with the author's mark.
        Rated = "rated",
        /// It changed a known message's text.
        Edited = "edited",
        /// It marked a known message as deleted.
        Deleted = "deleted",
        /// Nothing new in it.
        Seen = "seen",
    }
}

/// What became of one message, and where it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    pub external_id: String,
    pub taken: Taken,
    /// The incident it belongs to; none for the deletion of a message that was never seen.
    pub incident: Option<(Id, i64)>,
}

/// A message ready to be stored: everything that needs no database is done.
#[derive(Debug, Clone)]
pub struct Prepared {
    source: Id,
    change: Change,
    message: Message,
    thread: String,
    case: Opening,
    policy_version: i64,
}

/// What an incident opened by the message would be.
#[derive(Debug, Clone)]
struct Opening {
    kind: Kind,
    topic: Option<String>,
    topic_group: Option<String>,
    topic_origin: TopicOrigin,
    severity: i32,
    municipality: String,
    /// Where the rules lead: an array of one or two hops.
    why: Vec<Why>,
    clocks: Vec<ClockRow>,
    terms: String,
    notes: serde_json::Map<String, serde_json::Value>,
}

impl Opening {
    /// A topic that came with the message is acted on at once; a guess waits for a moderator.
    fn assigned(&self) -> bool {
        self.topic_origin == TopicOrigin::Message
    }
}

/// Does everything about a message that needs no database.
pub fn prepare(policy: &Policy, classifier: &dyn Classifier, source: &Source, incoming: Incoming, now: At) -> Prepared {
    let network = incoming.network.clone().unwrap_or_else(|| source.network.clone());
    let thread = incoming.thread(&network);
    let mut notes = serde_json::Map::new();
    let published = incoming.published_at;
    if published > now {
        notes.insert("published_in_future".to_owned(), json!(published));
    }
    let incident = Id::new(now);
    let case = opening(policy, classifier, &incoming, incident, now, notes);
    let deleted = incoming.change == Change::Deleted;
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
    };
    Prepared { source: source.id, change: incoming.change, message, thread, case, policy_version: policy.version() }
}

fn opening(
    policy: &Policy,
    classifier: &dyn Classifier,
    incoming: &Incoming,
    incident: Id,
    now: At,
    mut notes: serde_json::Map<String, serde_json::Value>,
) -> Opening {
    let named = incoming.topic.as_deref().map(|name| (name, policy.topic_by_name(name)));
    let (topic, origin) = match named {
        Some((_, Some(topic))) => (Some(topic), TopicOrigin::Message),
        unknown => {
            if let Some((name, None)) = unknown {
                notes.insert("topic_unknown".to_owned(), json!(name));
            }
            let proposals = classifier.propose(&incoming.text);
            let best = proposals.first().and_then(|p| policy.topic(&p.topic));
            notes.insert(
                "proposals".to_owned(),
                json!(proposals.iter().map(|p| (&p.topic, p.score)).collect::<Vec<_>>()),
            );
            (best, if best.is_some() { TopicOrigin::Classifier } else { TopicOrigin::None })
        }
    };
    let place = incoming.place.as_ref().and_then(|p| p.municipality.as_deref());
    let municipality = match place.map(|name| (name, policy.municipality_by_name(name))) {
        Some((_, Some(known))) => known.id.clone(),
        other => {
            if let Some((name, None)) = other {
                notes.insert("municipality_unknown".to_owned(), json!(name));
            }
            policy.doc().city.default_municipality.clone()
        }
    };
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
    let mut opening = Opening {
        kind: match kind_hint(&incoming.text) {
            Some(KindHint::Gratitude) if topic.is_none() => Kind::Gratitude,
            _ => Kind::Solvable,
        },
        topic: topic.map(|t| t.id.clone()),
        topic_group: topic.map(|t| t.group.clone()),
        topic_origin: origin,
        severity: i32::from(severity),
        municipality: municipality.clone(),
        why,
        clocks: Vec::with_capacity(3),
        terms: text::index_terms(&incoming.text),
        notes,
    };
    let mut kinds = vec![ClockKind::FirstAnswer, ClockKind::Resolution];
    if !opening.assigned() {
        kinds.push(ClockKind::Routing);
    }
    let bound = responsible.as_ref().filter(|_| opening.assigned());
    for kind in kinds {
        let term = policy.term(kind, &term_facts);
        opening.clocks.push(clock_row(policy, incident, bound.cloned(), &term, kind, 1, now));
    }
    opening
}

/// Both hops: the city's routes, then the organisation's own table.
pub(super) fn where_to(policy: &Policy, facts: &Facts<'_>) -> Vec<Why> {
    let first = policy.route(facts);
    let second = policy.executor(&first.organisation.id, facts);
    std::iter::once(first.why).chain(second.map(|routed| routed.why)).collect()
}

/// Takes a batch in: all of it or, on an error, nothing. The receipts stand in the order of the batch.
///
/// # Errors
/// [`Error::Conflict`] when another transaction took one of the same messages or threads at the same moment: try again, and it
/// will be found.
pub fn receive(conn: &mut Conn, policy: &Arc<Policy>, batch: Vec<Prepared>) -> Result<Vec<Receipt>, Error> {
    let mut known = known(conn, &batch)?;
    let mut fresh_keys = HashSet::new();
    // The first sight of each message can be stored in bulk; whatever speaks of a message already seen comes after.
    let (fresh, later): (Vec<_>, Vec<_>) = batch
        .into_iter()
        .enumerate()
        .partition(|(_, p)| !known.contains_key(&key(p)) && p.change != Change::Deleted && fresh_keys.insert(key(p)));
    let mut receipts = Vec::with_capacity(fresh.len() + later.len());
    let later_new = open_all(conn, fresh, &mut known, &mut receipts)?;
    for (place, prepared) in later_new.into_iter().chain(later) {
        let desk = Desk {
            policy: Arc::clone(policy),
            now: prepared.message.received_at,
            actor: Actor::Source(prepared.source),
        };
        let receipt = revise(conn, &desk, prepared, &mut known)?;
        receipts.push((place, receipt));
    }
    receipts.sort_by_key(|(place, _)| *place);
    Ok(receipts.into_iter().map(|(_, receipt)| receipt).collect())
}

type Key = (Id, String);

fn key(prepared: &Prepared) -> Key {
    (prepared.source, prepared.message.external_id.clone())
}

fn known(conn: &mut Conn, batch: &[Prepared]) -> Result<HashMap<Key, Message>, Error> {
    let sources: Vec<Id> = batch.iter().map(|p| p.source).collect::<HashSet<_>>().into_iter().collect();
    let externals: Vec<&str> = batch.iter().map(|p| p.message.external_id.as_str()).collect();
    let found = messages::known(conn, &sources, &externals)?;
    Ok(found.into_iter().map(|m| ((m.source_id, m.external_id.clone()), m)).collect())
}

/// Opens an incident for the first message of each unknown thread, all in bulk. Gives back the messages that join one.
fn open_all(
    conn: &mut Conn,
    fresh: Vec<(usize, Prepared)>,
    known: &mut HashMap<Key, Message>,
    receipts: &mut Vec<(usize, Receipt)>,
) -> Result<Vec<(usize, Prepared)>, Error> {
    if fresh.is_empty() {
        return Ok(Vec::new());
    }
    let threads: Vec<&str> = fresh.iter().map(|(_, p)| p.thread.as_str()).collect();
    let mut taken: HashSet<String> =
        incidents::by_threads(conn, &threads)?.into_iter().map(|incident| incident.thread_key).collect();
    let (opening, joining): (Vec<_>, Vec<_>) = fresh.into_iter().partition(|(_, p)| taken.insert(p.thread.clone()));
    if opening.is_empty() {
        return Ok(joining);
    }
    let mut rows = Rows::default();
    for (_, prepared) in &opening {
        rows.add(prepared);
    }
    let numbers: HashMap<Id, i64> = incidents::open(conn, &rows.incidents)?.into_iter().collect();
    if numbers.len() != opening.len() {
        return Err(Error::Conflict("another message of the thread came at the same moment"));
    }
    rows.write(conn, &numbers)?;
    for (place, prepared) in opening {
        let number = prepared.message.incident_id.and_then(|id| numbers.get_key_value(&id));
        let receipt = Receipt {
            external_id: prepared.message.external_id.clone(),
            taken: Taken::Opened,
            incident: number.map(|(id, number)| (*id, *number)),
        };
        receipts.push((place, receipt));
        known.insert(key(&prepared), prepared.message);
    }
    Ok(joining)
}

/// The rows of many incidents, table by table.
#[derive(Default)]
struct Rows {
    incidents: Vec<NewIncident>,
    messages: Vec<Message>,
    events: Vec<NewEvent>,
    clocks: Vec<ClockRow>,
    assignments: Vec<Assignment>,
    terms: Vec<(Id, String)>,
}

impl Rows {
    fn add(&mut self, prepared: &Prepared) {
        let (message, case) = (&prepared.message, &prepared.case);
        let Some(id) = message.incident_id else { return };
        let (now, actor) = (message.received_at, Actor::Source(prepared.source).tag());
        let assigned = case.assigned();
        let mut data = case.notes.clone();
        data.insert("message".to_owned(), json!(message.id));
        data.insert("topic".to_owned(), json!(case.topic));
        data.insert("topic_origin".to_owned(), json!(case.topic_origin));
        data.insert("municipality".to_owned(), json!(case.municipality));
        data.insert("step".to_owned(), json!(if assigned { Step::Assigned } else { Step::Distribution }));
        let opened = chained(id, 1, ROOT, now, &actor, EventKind::Opened, &data.into());
        let mut last = (1, opened.hash.clone());
        self.events.push(opened);
        let organisation = case.why.first().filter(|_| assigned).map(|w| w.organisation.clone());
        let executor = case.why.get(1).filter(|_| assigned).map(|w| w.organisation.clone());
        if let Some(organisation) = &organisation {
            let data = json!({ "organisation": organisation, "executor": executor, "why": case.why });
            let event = chained(id, 2, &last.1, now, "rule", EventKind::Assigned, &data);
            last = (2, event.hash.clone());
            self.events.push(event);
            self.assignments.push(Assignment {
                id: Id::new(now),
                incident_id: id,
                n: 1,
                organisation: organisation.clone(),
                executor: executor.clone(),
                by: "rule".to_owned(),
                why: Doc::of(&case.why),
                assigned_at: now,
                ended_at: None,
                end_reason: None,
                end_note: None,
            });
        }
        self.incidents.push(NewIncident {
            version: last.0,
            spine: last.1,
            step: if assigned { Step::Assigned } else { Step::Distribution },
            assigned_at: assigned.then_some(now),
            organisation,
            executor,
            due_at: earliest_due(case.clocks.iter()),
            ..blank(prepared, id)
        });
        self.clocks.extend(case.clocks.iter().cloned());
        self.messages.push(message.clone());
        self.terms.push((id, case.terms.clone()));
    }

    fn write(&self, conn: &mut Conn, numbers: &HashMap<Id, i64>) -> Result<(), Error> {
        messages::add(conn, &self.messages)?;
        spine::append(conn, &self.events)?;
        spine::add_clocks(conn, &self.clocks)?;
        if !self.assignments.is_empty() {
            spine::add_assignments(conn, &self.assignments)?;
        }
        let terms: Vec<(i64, String)> =
            self.terms.iter().filter_map(|(id, terms)| numbers.get(id).map(|n| (*n, terms.clone()))).collect();
        incidents::index(conn, &terms)?;
        Ok(())
    }
}

fn blank(prepared: &Prepared, id: Id) -> NewIncident {
    let (message, case) = (&prepared.message, &prepared.case);
    let place: crate::domain::message::Place = message.place.as_ref().and_then(|doc| doc.to().ok()).unwrap_or_default();
    NewIncident {
        id,
        version: 0,
        spine: String::new(),
        step: Step::Distribution,
        kind: case.kind,
        outcome: None,
        close_reason: None,
        network: message.network.clone(),
        source_id: message.source_id,
        account: message.account.clone(),
        thread_key: prepared.thread.clone(),
        author_key: message.author_key.clone(),
        lead_message: message.id,
        text: message.text.clone(),
        media: has_media(message),
        topic: case.topic.clone(),
        topic_group: case.topic_group.clone(),
        topic_origin: case.topic_origin,
        severity: case.severity,
        municipality: case.municipality.clone(),
        settlement: place.settlement,
        street: place.street,
        house: place.house,
        lat: place.lat,
        lon: place.lon,
        organisation: None,
        executor: None,
        routed: Doc::of(&case.why),
        policy_version: prepared.policy_version,
        returns: 0,
        rounds: 0,
        // A clock of the source that runs ahead must not put a complaint into the future.
        published_at: message.published_at.min(message.received_at),
        received_at: message.received_at,
        assigned_at: None,
        first_answer_at: None,
        first_answer_work: None,
        delivered_at: None,
        closed_at: None,
        deferred_until: None,
        due_at: At::NEVER,
        changed_at: message.received_at,
        rating: None,
        note: None,
        extra: None,
    }
}

fn has_media(message: &Message) -> bool {
    message.attachments.0.as_array().is_some_and(|list| !list.is_empty())
}

/// Takes in one message whose thread or whose own identity is known, or the deletion of one that is not.
fn revise(
    conn: &mut Conn,
    desk: &Desk,
    prepared: Prepared,
    known: &mut HashMap<Key, Message>,
) -> Result<Receipt, Error> {
    let key = key(&prepared);
    let external_id = prepared.message.external_id.clone();
    let (taken, message) = match known.remove(&key) {
        Some(message) if message.incident_id.is_none() && prepared.change != Change::Deleted => {
            after_deletion(conn, desk, message, prepared)?
        }
        Some(message) => change(conn, desk, message, &prepared)?,
        None if prepared.change == Change::Deleted => {
            messages::add(conn, std::slice::from_ref(&prepared.message))?;
            (Taken::Deleted, prepared.message)
        }
        None => join(conn, desk, prepared, false)?,
    };
    let incident = match message.incident_id {
        Some(id) => incidents::get(conn, id)?.map(|i| (i.id, i.number)),
        None => None,
    };
    known.insert(key, message);
    Ok(Receipt { external_id, taken, incident })
}

/// An edit or deletion of a known message, or a repeat of it.
fn change(conn: &mut Conn, desk: &Desk, mut message: Message, prepared: &Prepared) -> Result<(Taken, Message), Error> {
    let at = prepared.message.published_at;
    if prepared.change == Change::Deleted {
        if message.deleted_at.is_some() {
            return Ok((Taken::Seen, message));
        }
        message.deleted_at = Some(at);
        messages::save(conn, &message)?;
        on_incident(conn, desk, &message, |case| {
            case.event(EventKind::MessageDeleted, json!({ "message": message.id, "at": at }));
            Ok(())
        })?;
        return Ok((Taken::Deleted, message));
    }
    let text = &prepared.message.text;
    let told = at == message.text_at || messages::has_version(conn, message.id, at)?;
    if told {
        return Ok((Taken::Seen, message));
    }
    let newer = at > message.text_at;
    let older = if newer {
        MessageVersion {
            message_id: message.id,
            at: message.text_at,
            text: std::mem::replace(&mut message.text, text.clone()),
        }
    } else {
        MessageVersion { message_id: message.id, at, text: text.clone() }
    };
    messages::keep_version(conn, &older)?;
    message.text_at = message.text_at.max(at);
    message.published_at = message.published_at.min(at);
    messages::save(conn, &message)?;
    on_incident(conn, desk, &message, |case| {
        case.event(EventKind::MessageEdited, json!({ "message": message.id, "at": at }));
        lead(case, &prepared.case)
    })?;
    Ok((Taken::Edited, message))
}

fn on_incident(
    conn: &mut Conn,
    desk: &Desk,
    message: &Message,
    work: impl FnOnce(&mut Case<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let Some(id) = message.incident_id else { return Ok(()) };
    let mut case = Case::open(conn, desk, id, None)?;
    work(&mut case)?;
    case.save()?;
    Ok(())
}

/// A message that was known by its deletion alone: it opens or joins as it would have, and stays marked as deleted.
fn after_deletion(
    conn: &mut Conn,
    desk: &Desk,
    tombstone: Message,
    mut prepared: Prepared,
) -> Result<(Taken, Message), Error> {
    prepared.message.deleted_at = tombstone.deleted_at;
    prepared.message.id = tombstone.id;
    let deleted = json!({ "message": tombstone.id, "at": tombstone.deleted_at });
    let (taken, message) = join(conn, desk, prepared, true)?;
    on_incident(conn, desk, &message, |case| {
        case.event(EventKind::MessageDeleted, deleted);
        Ok(())
    })?;
    Ok((taken, message))
}

/// Lets a message join the incident of its thread, or opens one if there is none.
fn join(conn: &mut Conn, desk: &Desk, mut prepared: Prepared, stored: bool) -> Result<(Taken, Message), Error> {
    let found = incidents::by_threads(conn, &[&prepared.thread])?.pop();
    let Some(incident) = found else {
        if stored {
            // The row is rewritten with the others of the incident.
            messages::forget(conn, prepared.message.id)?;
        }
        let mut receipts = Vec::new();
        open_all(conn, vec![(0, prepared.clone())], &mut HashMap::new(), &mut receipts)?;
        return Ok((Taken::Opened, prepared.message));
    };
    prepared.message.incident_id = Some(incident.id);
    if stored {
        messages::save(conn, &prepared.message)?;
    } else {
        messages::add(conn, std::slice::from_ref(&prepared.message))?;
    }
    let author = Desk { actor: Actor::Author, ..desk.clone() };
    let mut case = Case::of(conn, &author, incident);
    let taken = hear(&mut case, &prepared)?;
    case.save()?;
    Ok((taken, prepared.message))
}

/// What a further word of the author does to the incident.
fn hear(case: &mut Case<'_>, prepared: &Prepared) -> Result<Taken, Error> {
    let message = &prepared.message;
    case.event(EventKind::MessageJoined, json!({ "message": message.id }));
    case.incident.media |= has_media(message);
    lead(case, &prepared.case)?;
    let incident = &mut case.incident;
    let merged = incident.close_reason == Some(CloseReason::Duplicate);
    let answered = incident.step == Step::AwaitingAuthor;
    if let Some(mark) = message.rating {
        incident.rating = Some(mark);
        if answered {
            case.step(crate::domain::Action::Close)?;
            case.close(CloseReason::SurveyMark)?;
            case.end_stay("closed", None)?;
            case.event(EventKind::Closed, json!({ "reason": CloseReason::SurveyMark, "rating": mark }));
            return Ok(Taken::Rated);
        }
    }
    // A mark for an incident that is closed already says nothing that somebody must answer.
    let mute = message.rating.is_some() && message.text.trim().is_empty();
    if (answered || incident.step == Step::Closed) && !merged && !mute {
        case.reopen()?;
        let step = case.incident.step;
        case.event(EventKind::Reopened, json!({ "message": message.id, "step": step }));
        return Ok(Taken::Reopened);
    }
    Ok(Taken::Joined)
}

/// Keeps the incident going by its earliest published message, and its words searchable. While nobody has touched it, a
/// change of that text also renews what rules made of it.
fn lead(case: &mut Case<'_>, proposal: &Opening) -> Result<(), Error> {
    let all = messages::of_incident(case.conn, case.incident.id)?;
    let Some(first) = all.first() else { return Ok(()) };
    let changed = first.id != case.incident.lead_message || first.text != case.incident.text;
    case.incident.lead_message = first.id;
    case.incident.text.clone_from(&first.text);
    case.incident.published_at = first.published_at.min(case.incident.received_at);
    let words = all.iter().map(|m| m.text.as_str()).collect::<Vec<_>>().join("\n");
    incidents::reindex(case.conn, case.incident.number, text::index_terms(&words))?;
    let guessed = matches!(case.incident.topic_origin, TopicOrigin::Classifier | TopicOrigin::None);
    if changed && guessed && case.incident.step == Step::Distribution {
        adopt(&mut case.incident, proposal);
    }
    Ok(())
}

fn adopt(incident: &mut Incident, proposal: &Opening) {
    if proposal.assigned() {
        return;
    }
    incident.topic.clone_from(&proposal.topic);
    incident.topic_group.clone_from(&proposal.topic_group);
    incident.topic_origin = proposal.topic_origin;
    incident.severity = proposal.severity;
    incident.routed = Doc::of(&proposal.why);
}
