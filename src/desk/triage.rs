//! Triage: who must answer, what it is about, what is not a complaint, what is the same as something else.

use serde_json::json;

use super::case::{Case, facts};
use super::intake::where_to;
use super::{Desk, Error, answering, learning, likeness};
use crate::domain::message::Place;
use crate::domain::refusal::Faults;
use crate::domain::route::Why;
use crate::domain::sla::ClockKind;
use crate::domain::{
    Action, CloseReason, Doc, EventKind, Id, Kind, Permission, PlaceOrigin, Refusal, ReturnReason, TopicOrigin,
};
use crate::store::records::Incident;
use crate::store::{Conn, incidents};

/// Makes an organisation responsible: the named one, or else the one that the rules propose.
///
/// # Errors
/// [`Error::Refused`] when the organisation is unknown, is the present one already, or the step forbids it.
pub fn assign(
    conn: &mut Conn,
    desk: &Desk,
    id: Id,
    seen: Option<i64>,
    organisation: Option<&str>,
    executor: Option<&str>,
) -> Result<Incident, Error> {
    desk.need(Permission::Triage)?;
    let mut case = Case::open(conn, desk, id, seen)?;
    if case.incident.organisation.is_none() {
        learning::assigned(case.conn, desk, &case.incident)?;
    }
    let why = where_to(&desk.policy, &facts(&case.incident));
    let (organisation, executor, why) = match organisation {
        None => hops(why),
        Some(name) => {
            let known = desk.policy.organisation(name).ok_or_else(|| unknown("/organisation"))?;
            let second = desk.policy.executor(&known.id, &facts(&case.incident)).map(|routed| routed.why);
            let by_rule = executor.is_none();
            let executor = executor.map(str::to_owned).or_else(|| second.as_ref().map(|w| w.organisation.clone()));
            (known.id.clone(), executor, second.filter(|_| by_rule).into_iter().collect())
        }
    };
    below(desk, &organisation, executor.as_deref())?;
    case.step(Action::Assign)?;
    case.stop(&[ClockKind::Routing])?;
    // Nobody waits for the word of whoever had it until now.
    case.cancel(|kind| kind == ClockKind::Acceptance, "reassigned")?;
    let data = json!({ "organisation": organisation, "executor": executor, "why": why });
    hand_over(&mut case, organisation, executor, why, "reassigned")?;
    case.event(EventKind::Assigned, data);
    case.save()
}

/// The organisation passes the incident to one of its departments.
///
/// # Errors
/// [`Error::Refused`] when the department is not below the organisation, or the step forbids it.
pub fn pass(conn: &mut Conn, desk: &Desk, id: Id, seen: Option<i64>, executor: &str) -> Result<Incident, Error> {
    desk.need(Permission::Coordinate)?;
    let mut case = Case::open(conn, desk, id, seen)?;
    let organisation = case.incident.organisation.clone().unwrap_or_default();
    below(desk, &organisation, Some(executor))?;
    case.step(Action::Pass)?;
    case.stop(&[ClockKind::Acceptance])?;
    hand_over(&mut case, organisation, Some(executor.to_owned()), Vec::new(), "passed")?;
    case.event(EventKind::Passed, json!({ "executor": executor }));
    case.save()
}

/// The organisation gives the incident back as wrongly routed. It keeps its deadlines; after too many returns it goes to a
/// controller instead of round again.
///
/// # Errors
/// [`Error::Refused`] when the note is missing where one is needed, or the step forbids it.
pub fn give_back(
    conn: &mut Conn,
    desk: &Desk,
    id: Id,
    seen: Option<i64>,
    reason: ReturnReason,
    note: &str,
) -> Result<Incident, Error> {
    desk.need(Permission::Coordinate)?;
    let mut faults = Faults::default();
    faults.length(note, if reason == ReturnReason::Other { 3..=1000 } else { 0..=1000 }, "/note");
    faults.settle()?;
    let mut case = Case::open(conn, desk, id, seen)?;
    let from = case.incident.organisation.clone();
    case.step(Action::Return)?;
    case.stop(&[ClockKind::Acceptance])?;
    let incident = &mut case.incident;
    incident.returns += 1;
    (incident.organisation, incident.executor, incident.assigned_at) = (None, None, None);
    case.end_stay(reason.as_str(), Some(note))?;
    case.start(ClockKind::Routing)?;
    let data = json!({ "reason": reason, "note": note, "from": from, "step": case.incident.step, "returns": case.incident.returns });
    case.event(EventKind::Returned, data);
    case.save()
}

/// What a correction changes; `None` leaves as it is.
#[derive(Debug, Clone, Default)]
pub struct Correction {
    pub topic: Option<String>,
    pub kind: Option<Kind>,
    pub severity: Option<i32>,
    pub place: Option<Place>,
    pub note: Option<String>,
}

/// Corrects what the incident is about and where. The route does not move. The clocks that began with the incident run by the
/// terms that fit it now, from where they began: a graver case is due sooner, and one that was overdue stays so.
///
/// # Errors
/// [`Error::Refused`] when a value is unknown or out of range, or the incident is closed.
pub fn correct(conn: &mut Conn, desk: &Desk, id: Id, seen: Option<i64>, change: Correction) -> Result<Incident, Error> {
    desk.need(Permission::Triage)?;
    let mut faults = Faults::default();
    faults.need(change.severity.is_none_or(|s| (1..=5).contains(&s)), "/severity", "must be from 1 to 5");
    if let Some(note) = &change.note {
        faults.length(note, 0..=4000, "/note");
    }
    let topic = change.topic.as_deref().map(|name| desk.policy.topic_by_name(name));
    faults.need(topic != Some(None), "/topic", "the policy has no such topic");
    let named = change.place.as_ref().and_then(|p| p.municipality.as_deref());
    let municipality = named.map(|name| desk.policy.municipality_by_name(name));
    faults.need(municipality != Some(None), "/place/municipality", "the policy has no such municipality");
    faults.settle()?;
    let mut case = Case::open(conn, desk, id, seen)?;
    case.step(Action::Correct)?;
    let decides = (topic.is_some(), change.kind.is_some(), change.severity.is_some());
    let incident = &mut case.incident;
    let before = json!({ "topic": incident.topic, "kind": incident.kind, "severity": incident.severity, "municipality": incident.municipality });
    if let Some(topic) = topic.flatten() {
        incident.topic = Some(topic.id.clone());
        incident.topic_group = Some(topic.group.clone());
        incident.severity = change.severity.unwrap_or(i32::from(topic.severity));
        incident.topic_origin = TopicOrigin::Staff;
    }
    incident.kind = change.kind.unwrap_or(incident.kind);
    incident.severity = change.severity.unwrap_or(incident.severity);
    if let Some(municipality) = municipality.flatten() {
        incident.municipality = municipality.id.clone();
    }
    if let Some(place) = change.place {
        incident.place_origin = PlaceOrigin::Staff;
        if place.street.is_some() && place.street != incident.street {
            // It is known of the street that the text named.
            incident.okrug = None;
        }
        incident.settlement = place.settlement.or(incident.settlement.take());
        incident.street = place.street.or(incident.street.take());
        incident.house = place.house.or(incident.house.take());
        (incident.lat, incident.lon) = (place.lat.or(incident.lat), place.lon.or(incident.lon));
    }
    if change.note.is_some() {
        incident.note = change.note;
    }
    if incident.organisation.is_none() {
        // Nobody is responsible yet: what the rules propose follows the correction.
        incident.routed = Doc::of(&where_to(&desk.policy, &facts(incident)));
    }
    case.choose_anew()?;
    let incident = &case.incident;
    learning::corrected(case.conn, desk, incident, decides.0, decides.1, decides.2)?;
    let after = json!({ "topic": incident.topic, "kind": incident.kind, "severity": incident.severity, "municipality": incident.municipality });
    case.event(EventKind::Corrected, json!({ "before": before, "after": after }));
    case.save()
}

/// Puts the incident aside as not a complaint.
///
/// # Errors
/// [`Error::Refused`] when the reason is not one for this, or the step forbids it.
pub fn dismiss(
    conn: &mut Conn,
    desk: &Desk,
    id: Id,
    seen: Option<i64>,
    reason: CloseReason,
    note: &str,
) -> Result<Incident, Error> {
    desk.need(Permission::Triage)?;
    let mut faults = Faults::default();
    let known = CloseReason::NOT_A_COMPLAINT;
    let words = known.iter().map(|r| r.as_str()).collect::<Vec<_>>().join(", ");
    faults.need(known.contains(&reason), "/reason", format!("must be one of {words}"));
    faults.length(note, 0..=1000, "/note");
    faults.settle()?;
    let mut case = Case::open(conn, desk, id, seen)?;
    case.step(Action::Dismiss)?;
    case.stop(&[ClockKind::Routing])?;
    case.close(reason)?;
    case.incident.kind = match reason {
        CloseReason::Advertisement => Kind::Spam,
        _ => case.incident.kind,
    };
    case.end_stay("closed", None)?;
    learning::dismissed(case.conn, desk, &case.incident, reason)?;
    case.event(EventKind::Dismissed, json!({ "reason": reason, "note": note }));
    case.save()
}

/// Merges the incident into another one on the same matter: it closes as a duplicate, and its author is answered through the
/// survivor.
///
/// # Errors
/// [`Refusal::CannotMerge`] into itself, into a merged or closed one, or while others are merged into it.
pub fn merge(conn: &mut Conn, desk: &Desk, id: Id, seen: Option<i64>, into: Id) -> Result<Incident, Error> {
    let merged = merge_because(conn, desk, id, seen, into, None)?;
    likeness::merged(conn, desk, id, into)?;
    likeness::judge(conn, desk, id, into, true)?;
    Ok(merged)
}

/// [`merge`] for a reason of its own, which its event tells. That tells nothing of pairs: nothing is learnt from it.
pub(super) fn merge_because(
    conn: &mut Conn,
    desk: &Desk,
    id: Id,
    seen: Option<i64>,
    into: Id,
    why: Option<serde_json::Value>,
) -> Result<Incident, Error> {
    desk.need(Permission::Merge)?;
    if id == into {
        return Err(Refusal::CannotMerge("an incident cannot be merged into itself").into());
    }
    incidents::hold(conn, &[id, into])?;
    if !incidents::merged_into(conn, id)?.is_empty() {
        return Err(Refusal::CannotMerge("others are merged into this incident; merge those first").into());
    }
    let survivor = Case::open(conn, desk, into, None)?.incident;
    if survivor.parent_id.is_some() || !survivor.is_open() {
        return Err(Refusal::CannotMerge("the other incident is closed or merged itself").into());
    }
    let mut case = Case::open(conn, desk, id, seen)?;
    let before = case.incident.step;
    case.step(Action::Merge)?;
    case.incident.step_before = Some(before);
    case.incident.parent_id = Some(into);
    let bonds = case.bonds()?;
    case.cancel(|_| true, "merged")?;
    case.close(CloseReason::Duplicate)?;
    let mut data = json!({ "into": into, "step": before });
    if let Some(why) = why {
        data["why"] = why;
    }
    case.event(EventKind::Merged, data);
    let merged = case.save()?;
    let mut survivor = Case::of(conn, desk, survivor);
    // The group has one answer, so it is due when the first of them was promised one.
    survivor.bind(id, &bonds)?;
    survivor.event(EventKind::Absorbed, json!({ "incident": id }));
    let survivor = survivor.save()?;
    answering::order_for_joined(conn, desk, &survivor, &merged)?;
    Ok(merged)
}

/// Parts a merged incident from the survivor: it stands where it stood, and its clocks run on as if they had never stopped. The
/// survivor's go by its own promises again.
///
/// # Errors
/// [`Refusal::IllegalMove`] when it is not merged.
pub fn unmerge(conn: &mut Conn, desk: &Desk, id: Id, seen: Option<i64>) -> Result<Incident, Error> {
    desk.need(Permission::Merge)?;
    let survivor = Case::open(conn, desk, id, seen)?.incident.parent_id;
    incidents::hold(conn, &survivor.into_iter().chain([id]).collect::<Vec<_>>())?;
    let mut case = Case::open(conn, desk, id, seen)?;
    case.step(Action::Unmerge)?;
    let from = case.incident.parent_id.take();
    let incident = &mut case.incident;
    (incident.step_before, incident.close_reason, incident.closed_at) = (None, None, None);
    case.revive()?;
    let data = json!({ "from": from, "step": case.incident.step });
    case.event(EventKind::Unmerged, data);
    let parted = case.save()?;
    if let Some(survivor) = from.map(|from| incidents::get(conn, from)).transpose()?.flatten() {
        let mut survivor = Case::of(conn, desk, survivor);
        survivor.release(id)?;
        survivor.event(EventKind::Released, json!({ "incident": id }));
        let survivor = survivor.save()?;
        likeness::parted(conn, desk, id, survivor.id)?;
    }
    Ok(parted)
}

fn hops(why: Vec<Why>) -> (String, Option<String>, Vec<Why>) {
    let organisation = why.first().map(|w| w.organisation.clone()).unwrap_or_default();
    let executor = why.get(1).map(|w| w.organisation.clone());
    (organisation, executor, why)
}

fn unknown(pointer: &str) -> Refusal {
    Refusal::invalid(pointer, "the policy has no such organisation")
}

/// The executor must be a department below the organisation.
fn below(desk: &Desk, organisation: &str, executor: Option<&str>) -> Result<(), Refusal> {
    match executor {
        Some(executor) if desk.policy.organisation(executor).is_none() => Err(unknown("/executor")),
        Some(executor) if executor == organisation || !desk.policy.is_within(executor, organisation) => {
            Err(Refusal::invalid("/executor", "must be a department below the organisation"))
        }
        _ => Ok(()),
    }
}

/// Ends the present stay and begins another.
fn hand_over(
    case: &mut Case<'_>,
    organisation: String,
    executor: Option<String>,
    why: Vec<Why>,
    end: &str,
) -> Result<(), Error> {
    case.end_stay(end, None)?;
    let incident = &mut case.incident;
    incident.organisation = Some(organisation);
    incident.executor = executor;
    incident.assigned_at = Some(case.desk.now);
    incident.routed = Doc::of(&why);
    incident.policy_version = case.desk.policy.version();
    case.transfer()?;
    case.begin_owed()?;
    case.start(ClockKind::Acceptance)?;
    case.begin_stay(Doc::of(&why))
}
