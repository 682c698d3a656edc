//! Answering: work, draft, approval, delivery. "Approved" and "delivered" are two facts: a job stands between them.

mod concerns;
mod delivery;
mod drafts;
mod outside;

use serde_json::{Value, json};

use super::case::Case;
use super::{Desk, Error};
use crate::domain::answer::ConcernCode;
use crate::domain::calendar::Pauses;
use crate::domain::page::Posted;
use crate::domain::refusal::Faults;
use crate::domain::sla::ClockKind;
use crate::domain::{
    Action, Actor, AnswerKind, AnswerState, At, CloseReason, EventKind, Form, Id, Outcome, Permission, Refusal,
    ReworkReason, Via, publication, text, wording,
};
use crate::store::records::{Answer, Incident, PostingRow};
use crate::store::{Conn, consents, spine};

pub use concerns::{concerns, of_incident};
pub use delivery::{
    Next, Order, Outcome as Fate, Sending, deliver_again, failed, give_up, list as postings, next, order_for_joined,
    retry_posting, settle,
};
pub use drafts::{Origin, Proposed, drafts};
pub use outside::{Outside, answered_outside, replied_automatically};

/// The kind of job that delivers an answer in one thread.
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
    /// With places to fill and words to choose among, as [`wording`] has it.
    pub text: String,
    /// Where it goes; none: to the thread, unless it asks for what should be told in private.
    pub via: Option<Via>,
}

impl Draft {
    fn via(&self) -> Via {
        self.via.unwrap_or(if text::asks_for_personal(&self.text) { Via::Private } else { Via::Thread })
    }
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
    if let Err(bad) = wording::check(&draft.text) {
        faults.need(false, "/text", bad.to_string());
    }
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
                via: draft.via(),
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
        via: draft.via(),
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
        sent_at: None,
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
    concerns::filled(&answer)?;
    may_be_published(&mut case, &answer)?;
    answer.state = AnswerState::Submitted;
    answer.submitted_at = Some(desk.now);
    spine::save_answer(case.conn, &answer)?;
    case.stop(&[ClockKind::Rework])?;
    case.start(ClockKind::Approval)?;
    case.event(EventKind::Submitted, json!({ "answer": answer.id, "n": n }));
    Ok((case.save()?, answer))
}

/// The network itself says that it has a posting.
///
/// # Errors
/// [`Error::Store`].
pub(super) fn confirmed(conn: &mut Conn, desk: &Desk, row: &mut PostingRow, posted: Posted) -> Result<(), Error> {
    delivery::posted_now(conn, desk, row, posted)
}

/// What is said before everybody's eyes must hold nobody's personal data, and ask for none; and who does not want private messages is not
/// written to.
fn may_be_published(case: &mut Case<'_>, answer: &Answer) -> Result<(), Error> {
    let Some(message) = delivery::asked(case.conn, case.incident.id)? else { return Ok(()) };
    let mut faults = Faults::default();
    if answer.via == Via::Private || message.form == Form::Private {
        let consent = consents::of(case.conn, message.source_id, &message.author_key)?;
        faults.need(consent != Some(false), "/via", "the author does not take private messages");
    } else {
        publication::check(&mut faults, &answer.text, &case.desk.policy.doc().city.public_contacts);
    }
    Ok(faults.settle()?)
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
    if matches!(answer.state, AnswerState::Approved | AnswerState::Sent) {
        return Err(Error::Conflict("the answer is on its way; it comes back only if it cannot be delivered"));
    }
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

/// Approves the answer, and orders its delivery if its source takes answers. What it was approved despite is in the history.
///
/// # Errors
/// As [`submit`]; [`Refusal::OwnAnswer`] by the person who wrote it; [`Refusal::Concerns`] when it holds what is forbidden and is not
/// named in `despite`.
pub fn approve(
    conn: &mut Conn,
    desk: &Desk,
    id: Id,
    seen: Option<i64>,
    n: i32,
    despite: &[ConcernCode],
) -> Result<(Incident, Answer), Error> {
    desk.need(Permission::Approve)?;
    let mut case = Case::open(conn, desk, id, seen)?;
    let mut answer = last_answer(&mut case, n, Action::Approve)?;
    if answer.drafted_by == desk.actor.tag() {
        return Err(Refusal::OwnAnswer.into());
    }
    concerns::filled(&answer)?;
    may_be_published(&mut case, &answer)?;
    let despite = concerns::allowed(case.conn, desk, &case.incident, &answer, despite)?;
    answer.state = AnswerState::Approved;
    decided(&mut answer, desk);
    spine::save_answer(case.conn, &answer)?;
    case.stop(&[ClockKind::Approval])?;
    delivery::order_all(&mut case, &answer)?;
    let mut data = json!({ "answer": answer.id, "n": n });
    if !despite.is_empty() {
        data["despite"] = json!(despite);
    }
    case.event(EventKind::Approved, data);
    Ok((case.save()?, answer))
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
