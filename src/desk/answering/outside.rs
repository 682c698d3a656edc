//! What is said to the author in the network itself, past the system.

use serde_json::json;

use super::{Draft, answered, new_answer, suits};
use crate::desk::case::Case;
use crate::desk::{Desk, Error};
use crate::domain::refusal::Faults;
use crate::domain::sla::ClockKind;
use crate::domain::{Action, AnswerKind, AnswerState, At, EventKind, Id, Outcome, Permission, Via};
use crate::store::records::{Answer, Incident};
use crate::store::{Conn, spine};

/// What somebody said in the network itself, past the system.
#[derive(Debug, Clone)]
pub struct Outside {
    pub text: String,
    /// When it was said; not in the future.
    pub at: At,
    pub permalink: Option<String>,
}

impl Outside {
    fn check(&self, faults: &mut Faults, incident: &Incident, now: At) {
        faults.length(&self.text, 2..=9000, "/text");
        let good = self.at <= now && self.at >= incident.received_at;
        faults.need(good, "/at", "must lie between the complaint's receipt and now");
    }
}

/// Notes an answer that the organisation, or a moderator, gave in the network itself: it counts as any other, as of its own time.
/// A final one has an outcome; an intermediate one leaves the incident in its step.
///
/// # Errors
/// [`Refusal::Invalid`], [`Refusal::IllegalMove`].
pub fn answered_outside(
    conn: &mut Conn,
    desk: &Desk,
    id: Id,
    seen: Option<i64>,
    outside: Outside,
    (kind, outcome): (AnswerKind, Option<Outcome>),
) -> Result<(Incident, Answer), Error> {
    desk.need(Permission::ReportDelivery)?;
    let mut case = Case::open(conn, desk, id, seen)?;
    let mut faults = Faults::default();
    outside.check(&mut faults, &case.incident, desk.now);
    suits(&mut faults, kind, outcome);
    faults.settle()?;
    case.step(match kind {
        AnswerKind::Final => Action::AnswerOutside,
        AnswerKind::Intermediate => Action::SpeakOutside,
    })?;
    let n = spine::answers_of(case.conn, id)?.last().map_or(0, |answer| answer.n) + 1;
    let mut answer = new_answer(&case, n, Draft { kind, outcome, text: outside.text, via: Some(Via::Thread) });
    answer.state = AnswerState::Delivered;
    answer.delivered_at = Some(outside.at);
    answer.permalink = outside.permalink;
    spine::add_answer(case.conn, &answer)?;
    // The clocks are judged by the time of the answer, not by the time we heard of it.
    let then = Desk { now: outside.at, ..desk.clone() };
    case.desk_at(&then, |case| {
        if kind == AnswerKind::Final {
            case.cancel(|kind| ClockKind::OF_THE_WORK.contains(&kind), "answered_outside")?;
        }
        answered(case, kind, outcome, outside.at)
    })?;
    case.event(EventKind::AnsweredOutside, json!({ "answer": answer.id, "n": n, "kind": kind, "at": outside.at }));
    Ok((case.save()?, answer))
}

/// Notes that a program (an autoresponder, a bot) spoke to the author in the network. It is kept in the history and answers
/// nothing: neither a step nor a clock moves.
///
/// # Errors
/// [`Refusal::Invalid`].
pub fn replied_automatically(
    conn: &mut Conn,
    desk: &Desk,
    id: Id,
    seen: Option<i64>,
    outside: &Outside,
) -> Result<Incident, Error> {
    desk.need(Permission::ReportDelivery)?;
    let mut case = Case::open(conn, desk, id, seen)?;
    let mut faults = Faults::default();
    outside.check(&mut faults, &case.incident, desk.now);
    faults.settle()?;
    let data = json!({ "at": outside.at, "text": outside.text, "permalink": outside.permalink });
    case.event(EventKind::AutoReplied, data);
    case.save()
}
