//! Answering: work, draft, approval, delivery. "Approved" and "delivered" are two facts: a job stands between them.

mod outside;

use serde_json::{Value, json};

use super::case::Case;
use super::{Desk, Error};
use crate::domain::calendar::Pauses;
use crate::domain::refusal::Faults;
use crate::domain::sla::ClockKind;
use crate::domain::{
    Action, Actor, AnswerKind, AnswerState, At, CloseReason, Doc, EventKind, Id, Outcome, Permission, Refusal,
    ReworkReason, Step,
};
use crate::store::records::{Answer, Incident, Message, Source};
use crate::store::{Conn, incidents, jobs, messages, sources, spine};

pub use outside::{Outside, answered_outside, replied_automatically};

/// The kind of job that delivers an answer.
pub const DELIVER: &str = "deliver";

/// Somebody begins to work on the incident.
///
/// # Errors
/// [`Refusal::IllegalMove`].
pub fn take(conn: &mut Conn, desk: &Desk, id: Id, seen: Option<i64>) -> Result<Incident, Error> {
    desk.need(Permission::Work)?;
    let mut case = Case::open(conn, desk, id, seen)?;
    case.step(Action::Take)?;
    case.stop(&[ClockKind::Acceptance])?;
    case.event(EventKind::Taken, Value::Object(serde_json::Map::new()));
    case.save()
}

/// What somebody drafts.
#[derive(Debug, Clone)]
pub struct Draft {
    pub kind: AnswerKind,
    /// What a final answer makes of the matter; none in an intermediate one.
    pub outcome: Option<Outcome>,
    pub text: String,
}

/// Writes an answer, or rewrites the one that is still a draft.
///
/// # Errors
/// [`Refusal::Invalid`] when the text is empty or too long, or the outcome does not suit the kind.
pub fn draft(
    conn: &mut Conn,
    desk: &Desk,
    id: Id,
    seen: Option<i64>,
    draft: Draft,
) -> Result<(Incident, Answer), Error> {
    desk.need(Permission::Work)?;
    let mut faults = Faults::default();
    faults.length(&draft.text, 2..=9000, "/text");
    suits(&mut faults, draft.kind, draft.outcome);
    faults.settle()?;
    let mut case = Case::open(conn, desk, id, seen)?;
    case.step(Action::Draft)?;
    let answers = spine::answers_of(case.conn, id)?;
    let last = answers.last();
    let n = last.map_or(0, |answer| answer.n) + 1;
    let answer = match last.filter(|answer| answer.state == AnswerState::Draft) {
        Some(open) => {
            let rewritten = Answer {
                kind: draft.kind,
                outcome: draft.outcome,
                text: draft.text,
                drafted_by: desk.actor.tag(),
                drafted_at: desk.now,
                ..open.clone()
            };
            spine::save_answer(case.conn, &rewritten)?;
            rewritten
        }
        None => {
            let new = new_answer(&case, n, draft);
            spine::add_answer(case.conn, &new)?;
            new
        }
    };
    case.event(EventKind::Drafted, json!({ "answer": answer.id, "n": answer.n, "kind": answer.kind }));
    Ok((case.save()?, answer))
}

fn new_answer(case: &Case<'_>, n: i32, draft: Draft) -> Answer {
    let incident = &case.incident;
    Answer {
        id: Id::new(case.desk.now),
        incident_id: incident.id,
        n,
        round: incident.rounds + 1,
        kind: draft.kind,
        outcome: draft.outcome,
        state: AnswerState::Draft,
        text: draft.text,
        organisation: in_whose_name(incident, &case.desk.actor),
        drafted_by: case.desk.actor.tag(),
        drafted_at: case.desk.now,
        submitted_at: None,
        decided_by: None,
        decided_at: None,
        rework_reason: None,
        rework_text: None,
        delivered_at: None,
        failure: None,
        permalink: None,
    }
}

/// The department, the organisation, or that of the person who answered before anybody was responsible.
fn in_whose_name(incident: &Incident, actor: &Actor) -> String {
    let own = match actor {
        Actor::Staff { organisation, .. } => Some(organisation),
        _ => None,
    };
    incident.executor.as_ref().or(incident.organisation.as_ref()).or(own).cloned().unwrap_or_default()
}

/// Opens the incident's last answer for a move.
fn last_answer(case: &mut Case<'_>, n: i32, action: Action) -> Result<Answer, Error> {
    let last = spine::answers_of(case.conn, case.incident.id)?.pop().filter(|answer| answer.n == n);
    let answer = last.ok_or(Error::NotFound("answer that could be moved"))?;
    case.step(action)?;
    Ok(answer)
}

/// Hands the draft to the approver.
///
/// # Errors
/// [`Refusal::IllegalMove`]; [`Error::NotFound`] when `n` is not the last answer.
pub fn submit(conn: &mut Conn, desk: &Desk, id: Id, seen: Option<i64>, n: i32) -> Result<(Incident, Answer), Error> {
    desk.need(Permission::Work)?;
    let mut case = Case::open(conn, desk, id, seen)?;
    let mut answer = last_answer(&mut case, n, Action::Submit)?;
    answer.state = AnswerState::Submitted;
    answer.submitted_at = Some(desk.now);
    spine::save_answer(case.conn, &answer)?;
    case.stop(&[ClockKind::Rework])?;
    case.start(ClockKind::Approval)?;
    case.event(EventKind::Submitted, json!({ "answer": answer.id, "n": n }));
    Ok((case.save()?, answer))
}

/// Sends the answer back with a listed reason and a text. The deadline does not move.
///
/// # Errors
/// As [`submit`]; [`Refusal::Invalid`] without a text.
pub fn rework(
    conn: &mut Conn,
    desk: &Desk,
    id: Id,
    seen: Option<i64>,
    n: i32,
    reason: ReworkReason,
    text: &str,
) -> Result<(Incident, Answer), Error> {
    desk.need(Permission::Approve)?;
    let mut faults = Faults::default();
    faults.length(text, 3..=2000, "/text");
    faults.settle()?;
    let mut case = Case::open(conn, desk, id, seen)?;
    let mut answer = last_answer(&mut case, n, Action::Rework)?;
    answer.state = AnswerState::Returned;
    decided(&mut answer, desk);
    answer.rework_reason = Some(reason);
    answer.rework_text = Some(text.to_owned());
    spine::save_answer(case.conn, &answer)?;
    case.stop(&[ClockKind::Approval])?;
    case.start(ClockKind::Rework)?;
    case.event(EventKind::ReworkAsked, json!({ "answer": answer.id, "n": n, "reason": reason }));
    Ok((case.save()?, answer))
}

fn decided(answer: &mut Answer, desk: &Desk) {
    answer.decided_by = Some(desk.actor.tag());
    answer.decided_at = Some(desk.now);
}

/// Approves the answer, and orders its delivery if its source takes answers.
///
/// # Errors
/// As [`submit`]; [`Refusal::OwnAnswer`] by the person who wrote it.
pub fn approve(conn: &mut Conn, desk: &Desk, id: Id, seen: Option<i64>, n: i32) -> Result<(Incident, Answer), Error> {
    desk.need(Permission::Approve)?;
    let mut case = Case::open(conn, desk, id, seen)?;
    let mut answer = last_answer(&mut case, n, Action::Approve)?;
    if answer.drafted_by == desk.actor.tag() {
        return Err(Refusal::OwnAnswer.into());
    }
    answer.state = AnswerState::Approved;
    decided(&mut answer, desk);
    spine::save_answer(case.conn, &answer)?;
    case.stop(&[ClockKind::Approval])?;
    order_delivery(&mut case, &answer, 0)?;
    case.event(EventKind::Approved, json!({ "answer": answer.id, "n": n }));
    Ok((case.save()?, answer))
}

fn order_delivery(case: &mut Case<'_>, answer: &Answer, again: i64) -> Result<(), Error> {
    let source = sources::find(case.conn, case.incident.source_id)?;
    if source.is_some_and(|source| source.reply_url.is_some()) {
        let key = format!("{DELIVER}:{}:{again}", answer.id);
        let job = jobs::ready(key, DELIVER, Doc(json!({ "answer": answer.id })), case.desk.now);
        jobs::order(case.conn, &job)?;
    }
    Ok(())
}

/// Everything a delivery needs: what to say, to whom, where.
#[derive(Debug, Clone)]
pub struct Delivery {
    pub incident: Incident,
    pub answer: Answer,
    pub source: Source,
    /// The message that is answered: the author's last one.
    pub message: Message,
}

/// What is to be delivered; `None` if the answer is not waiting for delivery any more.
///
/// # Errors
/// [`Error::Store`].
pub fn to_deliver(conn: &mut Conn, answer: Id) -> Result<Option<Delivery>, Error> {
    let Some(answer) = spine::answer(conn, answer)?.filter(|a| a.state == AnswerState::Approved) else {
        return Ok(None);
    };
    let Some(incident) = incidents::get(conn, answer.incident_id)? else { return Ok(None) };
    let Some(source) = sources::find(conn, incident.source_id)? else { return Ok(None) };
    let last = messages::of_incident(conn, incident.id)?.into_iter().rfind(|m| m.deleted_at.is_none());
    Ok(last.map(|message| Delivery { incident, answer, source, message }))
}

/// The answer stands where the question was asked.
///
/// # Errors
/// As [`submit`]. An answer that is delivered already is left as it is: a repeated report is no error.
pub fn delivered(
    conn: &mut Conn,
    desk: &Desk,
    id: Id,
    n: i32,
    permalink: Option<String>,
) -> Result<(Incident, Answer), Error> {
    desk.need(Permission::ReportDelivery)?;
    let mut case = Case::open(conn, desk, id, None)?;
    if let Some(done) = spine::answers_of(case.conn, id)?.into_iter().find(|a| a.n == n && a.delivered_at.is_some()) {
        return Ok((case.incident, done));
    }
    let last = spine::answers_of(case.conn, id)?.pop().filter(|a| a.n == n);
    let mut answer = last.ok_or(Error::NotFound("answer that could be moved"))?;
    answer.state = AnswerState::Delivered;
    answer.delivered_at = Some(desk.now);
    (answer.failure, answer.permalink) = (None, permalink);
    match answer.kind {
        AnswerKind::Final => case.step(Action::Deliver)?,
        AnswerKind::Intermediate => case.step(Action::DeliverIntermediate)?,
    }
    spine::save_answer(case.conn, &answer)?;
    answered(&mut case, answer.kind, answer.outcome, desk.now)?;
    let data = json!({ "answer": answer.id, "n": n, "kind": answer.kind, "outcome": answer.outcome });
    case.event(EventKind::Delivered, data);
    Ok((case.save()?, answer))
}

/// What an answer in the network means for the incident.
fn answered(case: &mut Case<'_>, kind: AnswerKind, outcome: Option<Outcome>, at: At) -> Result<(), Error> {
    let policy = &case.desk.policy;
    let incident = &mut case.incident;
    if incident.first_answer_at.is_none() {
        let calendar = policy.calendar_of(incident.organisation.as_deref().unwrap_or(&policy.doc().city.root));
        incident.first_answer_at = Some(at);
        incident.first_answer_work = Some(calendar.worked(*incident.received_at, *at, &Pauses::NONE).as_secs());
    }
    incident.delivered_at = Some(at);
    case.stop(&[ClockKind::Reaction, ClockKind::FirstAnswer, ClockKind::NextAnswer])?;
    match kind {
        AnswerKind::Final => {
            case.incident.rounds += 1;
            case.incident.outcome = outcome;
            case.incident.deferred_until = None;
            case.stop(&[ClockKind::FinalAnswer, ClockKind::Resolution])?;
            case.start(ClockKind::AuthorWait)
        }
        // Of several intermediate answers the first promises the final one.
        AnswerKind::Intermediate if case.waits(ClockKind::FinalAnswer)? => Ok(()),
        AnswerKind::Intermediate => case.start(ClockKind::FinalAnswer),
    }
}

/// Delivery has failed for good; somebody must look.
///
/// # Errors
/// [`Error::NotFound`]; an answer that does not wait for delivery is refused.
pub fn failed(conn: &mut Conn, desk: &Desk, id: Id, n: i32, why: &str) -> Result<(Incident, Answer), Error> {
    desk.need(Permission::ReportDelivery)?;
    let mut case = Case::open(conn, desk, id, None)?;
    let mut answer = waiting(&mut case, n, AnswerState::Approved)?;
    answer.state = AnswerState::Failed;
    answer.failure = Some(why.chars().take(1000).collect());
    spine::save_answer(case.conn, &answer)?;
    case.event(EventKind::DeliveryFailed, json!({ "answer": answer.id, "n": n, "why": answer.failure }));
    Ok((case.save()?, answer))
}

/// Orders the delivery of a failed answer anew.
///
/// # Errors
/// As [`failed`].
pub fn deliver_again(conn: &mut Conn, desk: &Desk, id: Id, n: i32) -> Result<(Incident, Answer), Error> {
    desk.need(Permission::ReportDelivery)?;
    let mut case = Case::open(conn, desk, id, None)?;
    let mut answer = waiting(&mut case, n, AnswerState::Failed)?;
    answer.state = AnswerState::Approved;
    answer.failure = None;
    spine::save_answer(case.conn, &answer)?;
    let again = case.incident.version;
    order_delivery(&mut case, &answer, again)?;
    case.event(EventKind::DeliveryRetried, json!({ "answer": answer.id, "n": n }));
    Ok((case.save()?, answer))
}

fn waiting(case: &mut Case<'_>, n: i32, state: AnswerState) -> Result<Answer, Error> {
    let found = spine::answers_of(case.conn, case.incident.id)?.into_iter().find(|a| a.n == n);
    let answer = found.ok_or(Error::NotFound("answer"))?;
    if answer.state != state || case.incident.step != Step::Approved {
        return Err(Error::Conflict("the answer is not waiting for delivery"));
    }
    Ok(answer)
}

/// A final answer says what it makes of the matter, an intermediate one does not.
fn suits(faults: &mut Faults, kind: AnswerKind, outcome: Option<Outcome>) {
    let suits = match kind {
        AnswerKind::Final => matches!(outcome, Some(outcome) if outcome != Outcome::Deferred),
        AnswerKind::Intermediate => outcome.is_none(),
    };
    let what = "a final answer says resolved, explained or not_resolved; an intermediate one says nothing";
    faults.need(suits, "/outcome", what);
}

/// Puts the final answer off to a date, for a reason: explicit, and on record.
///
/// # Errors
/// [`Refusal::Invalid`] without a reason or with a date that is past or over a year away.
pub fn defer(
    conn: &mut Conn,
    desk: &Desk,
    id: Id,
    seen: Option<i64>,
    until: At,
    reason: &str,
) -> Result<Incident, Error> {
    desk.need(Permission::Coordinate)?;
    let mut faults = Faults::default();
    faults.length(reason, 3..=1000, "/reason");
    let year = desk.now.plus_seconds(366 * 86_400);
    faults.need(until > desk.now && until <= year, "/until", "must lie in the future, within a year");
    faults.settle()?;
    let mut case = Case::open(conn, desk, id, seen)?;
    case.step(Action::Defer)?;
    case.incident.outcome = Some(Outcome::Deferred);
    case.incident.deferred_until = Some(until);
    case.put_off(ClockKind::DEFERRED, until)?;
    case.event(EventKind::Deferred, json!({ "until": until, "reason": reason }));
    case.save()
}

/// Closes an answered incident.
///
/// # Errors
/// [`Refusal::Invalid`] when the reason is not one for this; [`Refusal::IllegalMove`] when nothing was answered.
pub fn close(
    conn: &mut Conn,
    desk: &Desk,
    id: Id,
    seen: Option<i64>,
    reason: CloseReason,
    note: &str,
) -> Result<Incident, Error> {
    desk.need(Permission::Close)?;
    let mut faults = Faults::default();
    let known = [CloseReason::AuthorSatisfied, CloseReason::DialoguePointless];
    faults.need(
        known.contains(&reason),
        "/reason",
        "must be author_satisfied or dialogue_pointless; silence and marks close by themselves",
    );
    faults.length(note, 0..=1000, "/note");
    faults.settle()?;
    let mut case = Case::open(conn, desk, id, seen)?;
    case.step(Action::Close)?;
    case.close(reason)?;
    case.end_stay("closed", None)?;
    case.event(EventKind::Closed, json!({ "reason": reason, "note": note }));
    case.save()
}

/// Opens an incident again by hand.
///
/// # Errors
/// [`Refusal::IllegalMove`] when it is open or merged.
pub fn reopen(conn: &mut Conn, desk: &Desk, id: Id, seen: Option<i64>, reason: &str) -> Result<Incident, Error> {
    desk.need(Permission::Close)?;
    let mut faults = Faults::default();
    faults.length(reason, 3..=1000, "/reason");
    faults.settle()?;
    let mut case = Case::open(conn, desk, id, seen)?;
    case.reopen()?;
    let data = json!({ "reason": reason, "step": case.incident.step });
    case.event(EventKind::Reopened, data);
    case.save()
}
