//! Intake: messages come in, incidents are opened, joined, reopened.
//!
//! What needs no lock is done before the transaction, by [`prepare`]: checking, folding, classifying, routing, clocks. The
//! transaction then is a handful of multi-row statements, whatever the number of messages.
//!
//! **Same end state whatever the order.** A message is one row per (source, external id). Its texts are dated, and the latest
//! stands; so an edit that overtakes its original, a deletion that overtakes both, a repeat and a replayed batch all end alike. Where a
//! network names its events, each counts once: for changes that it does not date, nothing else would tell a repeat from a new one.
//!
//! **One order of locks.** On PostgreSQL several batches are taken in at once, by several replicas. Each notes its events in the order of
//! their keys, then holds the incidents that it will touch in the order of their identities, then holds the threads that it will open in
//! theirs: so they wait for one another, and never in a circle.

mod order;
mod parts;
mod prepared;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::json;

use super::case::{Case, facts};
use super::{Desk, Error, files, threads};
use crate::domain::message::Change;
use crate::domain::sla::ClockKind;
use crate::domain::text::Kinds;
use crate::domain::words::vocabulary;
use crate::domain::{Actor, CloseReason, Doc, EventKind, Id, PlaceOrigin, Policy, Step, TopicOrigin, text};
use crate::store::records::{Incident, Message, MessageVersion, NewIncident, Opened};
use crate::store::{Conn, incidents, likeness, messages};

use order::{hold, repeated};
use parts::{gain, joins};
pub(super) use prepared::where_to;
pub use prepared::{Arrival, Prepared, prepare};
use prepared::{has_media, proposed_anew};

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
        /// It put a deleted message back.
        Restored = "restored",
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

/// Takes a batch in: all of it or, on an error, nothing. The receipts stand in the order of the batch. Who acts and when follows
/// from the messages, whatever the circumstances say of it.
///
/// # Errors
/// [`Error::Conflict`] when another transaction took one of the same messages or threads at the same moment: try again, and it
/// will be found.
pub fn receive(conn: &mut Conn, circumstances: &Desk, batch: &[Arc<Prepared>]) -> Result<Vec<Receipt>, Error> {
    let repeated = repeated(conn, batch)?;
    let (mut known, threads) = hold(conn, batch)?;
    let mut receipts: Vec<Option<Receipt>> = batch.iter().map(|_| None).collect();
    for at in repeated {
        receipts[at] = Some(seen(conn, &batch[at], &known)?);
    }
    // What opens an incident is stored in bulk; whatever speaks of a message or a thread already seen comes after.
    let fresh: Vec<usize> = {
        let mut keys = HashSet::new();
        let is_fresh = |one: &Prepared| one.change != Change::Deleted && !known.contains_key(&one.key());
        (0..batch.len())
            .filter(|at| receipts[*at].is_none() && is_fresh(&batch[*at]) && keys.insert(batch[*at].key()))
            .collect()
    };
    let opening = first_of_threads(batch, fresh, threads);
    if opening.len() > 1 {
        incidents::hold_threads(conn, opening.iter().map(|at| batch[*at].thread()))?;
    }
    let opened = open_all(conn, opening.iter().map(|at| &*batch[*at]))?;
    for (at, receipt) in opening.iter().zip(opened) {
        receipts[*at] = Some(receipt);
    }
    if opening.len() < batch.len() {
        known.extend(opening.iter().map(|at| (batch[*at].key(), batch[*at].message().clone())));
    }
    for (prepared, receipt) in batch.iter().zip(&mut receipts).filter(|(_, receipt)| receipt.is_none()) {
        let message = prepared.message();
        let actor = Actor::Source(message.source_id);
        let desk = Desk { now: message.received_at, actor, ..circumstances.clone() };
        *receipt = Some(revise(conn, &desk, prepared, &mut known)?);
    }
    let receipts: Vec<Receipt> = receipts.into_iter().flatten().collect();
    order(conn, batch, &known, &receipts)?;
    Ok(receipts)
}

/// Orders what belongs to the messages and did not come with them: their files, and what new comments stand under.
fn order(
    conn: &mut Conn,
    batch: &[Arc<Prepared>],
    known: &HashMap<Key, Message>,
    receipts: &[Receipt],
) -> Result<(), Error> {
    let stored = |one: &Prepared| known.get(&one.key()).map_or(one.message().id, |message| message.id);
    let with_files = batch.iter().filter(|one| one.change != Change::Deleted && has_media(one.message()));
    let told: Vec<_> = with_files.map(|one| (stored(one), one.message())).collect();
    files::order(conn, &told)?;
    let opening = batch.iter().zip(receipts).filter(|(_, receipt)| receipt.taken == Taken::Opened);
    threads::order(conn, &opening.map(|(one, _)| one.message()).collect::<Vec<_>>())
}

/// What is said to an event that was taken in before.
fn seen(conn: &mut Conn, one: &Prepared, known: &HashMap<Key, Message>) -> Result<Receipt, Error> {
    let incident = match known.get(&one.key()).and_then(|message| message.incident_id) {
        Some(id) => incidents::get(conn, id)?.map(|i| (i.id, i.number)),
        None => None,
    };
    Ok(Receipt { external_id: one.message().external_id.clone(), taken: Taken::Seen, incident })
}

type Key = (Id, String);

fn known(conn: &mut Conn, batch: &[Arc<Prepared>]) -> Result<HashMap<Key, Message>, Error> {
    let sources: HashSet<Id> = batch.iter().map(|one| one.message().source_id).collect();
    let externals: Vec<&str> = batch.iter().map(|one| one.message().external_id.as_str()).collect();
    let found = messages::known(conn, &sources.into_iter().collect::<Vec<_>>(), &externals)?;
    Ok(found.into_iter().map(|m| ((m.source_id, m.external_id.clone()), m)).collect())
}

/// Of these places in the batch, those of the first message of each thread that has no incident.
fn first_of_threads(batch: &[Arc<Prepared>], places: Vec<usize>, mut taken: HashSet<String>) -> Vec<usize> {
    places.into_iter().filter(|at| taken.insert(batch[*at].thread().to_owned())).collect()
}

fn open_all<'p>(conn: &mut Conn, new: impl Iterator<Item = &'p Prepared>) -> Result<Vec<Receipt>, Error> {
    let new: Vec<&Opened> = new.map(|one| &one.opened).collect();
    if new.is_empty() {
        return Ok(Vec::new());
    }
    let numbers =
        incidents::open(conn, &new)?.ok_or(Error::Conflict("another message of the thread came at the same moment"))?;
    likeness::queue(conn, new.iter().map(|one| (one.incident.id, one.incident.received_at)))?;
    let receipt = |(one, number): (&&Opened, i64)| Receipt {
        external_id: one.message.external_id.clone(),
        taken: Taken::Opened,
        incident: Some((one.incident.id, number)),
    };
    Ok(new.iter().zip(numbers).map(receipt).collect())
}

/// Takes in one message whose thread or whose own identity is known, or the deletion of one that is not.
fn revise(
    conn: &mut Conn,
    desk: &Desk,
    prepared: &Prepared,
    known: &mut HashMap<Key, Message>,
) -> Result<Receipt, Error> {
    let key = prepared.key();
    let (taken, message) = match known.remove(&key) {
        Some(message) if message.incident_id.is_none() && prepared.change != Change::Deleted => {
            after_deletion(conn, desk, &message, prepared)?
        }
        Some(message) => change(conn, desk, message, prepared)?,
        None if prepared.change == Change::Deleted => {
            messages::add(conn, prepared.message())?;
            (Taken::Deleted, prepared.message().clone())
        }
        None => join(conn, desk, prepared)?,
    };
    let incident = match message.incident_id {
        Some(id) => incidents::get(conn, id)?.map(|i| (i.id, i.number)),
        None => None,
    };
    let external_id = message.external_id.clone();
    known.insert(key, message);
    Ok(Receipt { external_id, taken, incident })
}

/// An edit or deletion of a known message, or a repeat of it.
fn change(conn: &mut Conn, desk: &Desk, mut message: Message, prepared: &Prepared) -> Result<(Taken, Message), Error> {
    let at = prepared.message().published_at;
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
    if prepared.change == Change::Restored {
        if message.deleted_at.take().is_none() {
            return Ok((Taken::Seen, message));
        }
        messages::save(conn, &message)?;
        on_incident(conn, desk, &message, |case| {
            case.event(EventKind::MessageRestored, json!({ "message": message.id, "at": at }));
            Ok(())
        })?;
        return Ok((Taken::Restored, message));
    }
    if joins(&mut message, prepared) {
        messages::save(conn, &message)?;
        on_incident(conn, desk, &message, |case| {
            case.event(EventKind::MessageEdited, json!({ "message": message.id, "at": at }));
            case.incident.media |= has_media(&message);
            lead(case, &prepared.opened.incident)
        })?;
        return Ok((Taken::Edited, message));
    }
    let text = &prepared.message().text;
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
    // What it said before is shown too.
    let earlier = Kinds::of_words(message.personal.as_deref().unwrap_or_default());
    message.personal = Some(earlier.and(text::kinds_in(&message.text)).and(text::kinds_in(&older.text)).to_string());
    gain(&mut message, prepared.message());
    message.text_at = message.text_at.max(at);
    message.published_at = message.published_at.min(at);
    messages::save(conn, &message)?;
    on_incident(conn, desk, &message, |case| {
        case.event(EventKind::MessageEdited, json!({ "message": message.id, "at": at }));
        lead(case, &prepared.opened.incident)
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

/// A message that was known by its deletion alone: it opens or joins as it would have, and is marked as deleted.
fn after_deletion(
    conn: &mut Conn,
    desk: &Desk,
    tombstone: &Message,
    prepared: &Prepared,
) -> Result<(Taken, Message), Error> {
    messages::forget(conn, tombstone.id)?;
    let mut prepared = prepared.clone();
    let restored = prepared.change == Change::Restored;
    prepared.opened.message.deleted_at = tombstone.deleted_at.filter(|_| !restored);
    let (taken, message) = join(conn, desk, &prepared)?;
    if restored {
        return Ok((taken, message));
    }
    on_incident(conn, desk, &message, |case| {
        case.event(EventKind::MessageDeleted, json!({ "message": message.id, "at": message.deleted_at }));
        Ok(())
    })?;
    Ok((taken, message))
}

/// Lets a message join the incident of its thread, or opens one if there is none.
fn join(conn: &mut Conn, desk: &Desk, prepared: &Prepared) -> Result<(Taken, Message), Error> {
    let Some(incident) = incidents::by_threads(conn, &[prepared.thread()])?.pop() else {
        open_all(conn, std::iter::once(prepared))?;
        return Ok((Taken::Opened, prepared.message().clone()));
    };
    let message = Message { incident_id: Some(incident.id), ..prepared.message().clone() };
    messages::add(conn, &message)?;
    let author = Desk { actor: Actor::Author, ..desk.clone() };
    let mut case = Case::of(conn, &author, incident);
    let taken = hear(&mut case, &message, &prepared.opened.incident)?;
    case.save()?;
    Ok((taken, message))
}

/// What a further word of the author does to the incident.
fn hear(case: &mut Case<'_>, message: &Message, proposal: &NewIncident) -> Result<Taken, Error> {
    case.event(EventKind::MessageJoined, json!({ "message": message.id }));
    case.incident.media |= has_media(message);
    lead(case, proposal)?;
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
    let has_been_answered = incident_waits_for_more(&case.incident);
    if has_been_answered && !mute && !case.waits(ClockKind::NextAnswer)? {
        // However often the author writes until the next answer: they wait since the first time.
        case.start(ClockKind::NextAnswer)?;
    }
    Ok(Taken::Joined)
}

/// Whether the author has had an answer, and work goes on.
fn incident_waits_for_more(incident: &Incident) -> bool {
    incident.delivered_at.is_some() && incident.is_open() && incident.step != Step::AwaitingAuthor
}

/// Keeps the incident going by its earliest published message, and its words searchable. While nobody has touched it, a
/// change of that text also renews what rules made of it.
fn lead(case: &mut Case<'_>, proposal: &NewIncident) -> Result<(), Error> {
    let all = messages::of_incident(case.conn, case.incident.id)?;
    let Some(first) = all.first() else { return Ok(()) };
    let changed = first.id != case.incident.lead_message || first.text != case.incident.text;
    case.incident.lead_message = first.id;
    case.incident.text.clone_from(&first.text);
    case.incident.personal = Some(all.iter().map(Message::kinds).fold(Kinds::default(), Kinds::and).to_string());
    case.incident.published_at = first.published_at.min(case.incident.received_at);
    let words = all.iter().map(|m| m.text.as_str()).collect::<Vec<_>>().join("\n");
    incidents::reindex(case.conn, case.incident.number, text::index_terms(&words))?;
    if changed && case.incident.step == Step::Distribution {
        // An older text that arrives late may move the lead to a message whose later text stands.
        if first.text == proposal.text {
            adopt(&mut case.incident, proposal, &case.desk.policy);
        } else {
            let proposal = proposed_anew(case.desk, first, proposal, case.desk.now);
            adopt(&mut case.incident, &proposal, &case.desk.policy);
        }
        case.choose_anew()?;
    }
    Ok(())
}

/// Takes over what rules make of the text now, but for what somebody has said.
fn adopt(incident: &mut Incident, proposal: &NewIncident, policy: &Policy) {
    if proposal.topic_origin == TopicOrigin::Message {
        return;
    }
    let guessed = matches!(incident.topic_origin, TopicOrigin::Classifier | TopicOrigin::None);
    let found = matches!(incident.place_origin, PlaceOrigin::Text | PlaceOrigin::None);
    if guessed {
        incident.topic.clone_from(&proposal.topic);
        incident.topic_group.clone_from(&proposal.topic_group);
        // Only what opens an incident is decided alone: here, somebody may be looking at it already.
        incident.topic_origin = match proposal.topic_origin {
            TopicOrigin::Automatic => TopicOrigin::Classifier,
            origin => origin,
        };
        incident.severity = proposal.severity;
    }
    if found {
        incident.municipality.clone_from(&proposal.municipality);
        incident.settlement.clone_from(&proposal.settlement);
        incident.street.clone_from(&proposal.street);
        incident.house.clone_from(&proposal.house);
        (incident.lat, incident.lon) = (proposal.lat, proposal.lon);
        incident.okrug.clone_from(&proposal.okrug);
        incident.place_origin = proposal.place_origin;
    }
    if guessed && found {
        incident.routed.clone_from(&proposal.routed);
    } else if guessed || found {
        incident.routed = Doc::of(&where_to(policy, &facts(incident)));
    }
}
