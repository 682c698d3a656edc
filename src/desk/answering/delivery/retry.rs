//! Deliveries that failed for good, and those that somebody orders anew.

use serde_json::json;

use super::order;
use super::outcome::cut;
use crate::desk::case::Case;
use crate::desk::{Desk, Error};
use crate::domain::{AnswerState, EventKind, Id, Permission, PostingState, Step};
use crate::store::records::{Answer, Incident, PostingRow};
use crate::store::{Conn, postings, spine};

/// Delivery has failed for good; somebody must look.
///
/// # Errors
/// [`Error::NotFound`]; an answer that does not wait for delivery is refused.
pub fn failed(conn: &mut Conn, desk: &Desk, id: Id, n: i32, why: &str) -> Result<(Incident, Answer), Error> {
    desk.need(Permission::ReportDelivery)?;
    let mut case = Case::open(conn, desk, id, None)?;
    let mut answer = waiting(&mut case, n, &[AnswerState::Approved, AnswerState::Sent])?;
    answer.state = AnswerState::Failed;
    answer.failure = Some(cut(why));
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
    let mut answer = waiting(&mut case, n, &[AnswerState::Failed])?;
    answer.state = AnswerState::Approved;
    answer.failure = None;
    spine::save_answer(case.conn, &answer)?;
    revive(case.conn, answer.id, id)?;
    order(case.conn, desk.now, answer.id, std::slice::from_ref(&case.incident), case.incident.version)?;
    case.event(EventKind::DeliveryRetried, json!({ "answer": answer.id, "n": n }));
    Ok((case.save()?, answer))
}

/// Orders anew what failed in the thread of a merged incident. Of an answer's own thread, [`deliver_again`] does.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] when it has not failed.
pub fn retry_posting(conn: &mut Conn, desk: &Desk, id: Id) -> Result<PostingRow, Error> {
    desk.need(Permission::ReportDelivery)?;
    let row = postings::find(conn, id)?.ok_or(Error::NotFound("posting"))?;
    let mut case = Case::open(conn, desk, row.incident_id, None)?;
    if row.state != PostingState::Failed {
        return Err(Error::Conflict("the posting has not failed"));
    }
    let answer = spine::answer(case.conn, row.answer_id)?.ok_or(Error::NotFound("answer"))?;
    if answer.incident_id == row.incident_id {
        deliver_again(case.conn, desk, answer.incident_id, answer.n)?;
    } else {
        revive(case.conn, row.answer_id, row.incident_id)?;
        order(case.conn, desk.now, row.answer_id, std::slice::from_ref(&case.incident), case.incident.version)?;
        case.event(EventKind::DeliveryRetried, json!({ "answer": answer.id, "n": answer.n, "of": answer.incident_id }));
        case.save()?;
    }
    postings::find(conn, id)?.ok_or(Error::NotFound("posting"))
}

/// Lets what failed in a thread wait again.
fn revive(conn: &mut Conn, answer: Id, incident: Id) -> Result<(), Error> {
    for row in postings::of_thread(conn, answer, incident)? {
        if row.state == PostingState::Failed {
            postings::save(conn, &PostingRow { state: PostingState::Waiting, slot_at: None, failure: None, ..row })?;
        }
    }
    Ok(())
}

fn waiting(case: &mut Case<'_>, n: i32, states: &[AnswerState]) -> Result<Answer, Error> {
    let found = spine::answers_of(case.conn, case.incident.id)?.into_iter().find(|a| a.n == n);
    let answer = found.ok_or(Error::NotFound("answer"))?;
    if !states.contains(&answer.state) || case.incident.step != Step::Approved {
        return Err(Error::Conflict("the answer is not waiting for delivery"));
    }
    Ok(answer)
}
