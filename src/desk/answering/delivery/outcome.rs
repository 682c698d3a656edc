//! What comes of handing a posting to its network, written down.

use serde_json::json;

use super::retry::failed;
use super::{Order, Sending, token};
use crate::desk::answering::delivered;
use crate::desk::case::Case;
use crate::desk::{Desk, Error, apart, queue};
use crate::domain::page::Posted;
use crate::domain::{AnswerState, At, EventKind, Id, PostingState};
use crate::store::records::{Answer, PostingRow};
use crate::store::{Conn, jobs, postings, spine};

/// What came of sending a posting.
#[derive(Debug)]
pub enum Outcome {
    /// The network has it.
    Posted(Posted),
    /// It has not, and may have it at this time of the city's clock; under this token nothing before the second, of the machine's.
    Again { why: String, run_at: At, rest: Option<At> },
    /// Nobody knows; to be tried again then.
    Unsure { why: String, run_at: At },
    /// This page may not speak there.
    Barred(String),
    /// It cannot be published.
    Failed(String),
}

/// Writes down what came of it, and ends or puts off the job, together. Whether there is more to do at once.
///
/// # Errors
/// [`Error::Store`].
pub fn settle(
    conn: &mut Conn,
    desk: &Desk,
    (job, lease): (Id, Id),
    sending: &Sending,
    outcome: Outcome,
) -> Result<bool, Error> {
    let mut row = match postings::find(conn, sending.posting.id)? {
        Some(row) if row.state == PostingState::Sent => row,
        // Somebody else, or the network itself, told of it meanwhile.
        _ => return Ok(true),
    };
    match outcome {
        Outcome::Posted(posted) => {
            posted_now(conn, desk, &mut row, posted)?;
            Ok(true)
        }
        Outcome::Again { why, run_at, rest } => {
            (row.state, row.slot_at, row.failure) = (PostingState::Waiting, None, Some(cut(&why)));
            postings::save(conn, &row)?;
            unsend(conn, sending)?;
            if let Some(until) = rest {
                postings::rest(conn, &token(row.source_id), until)?;
            }
            queue::retry(conn, job, lease, run_at, &why)?;
            Ok(false)
        }
        Outcome::Unsure { why, run_at } => {
            (row.slot_at, row.failure) = (None, Some(cut(&why)));
            postings::save(conn, &row)?;
            queue::retry(conn, job, lease, run_at, &why)?;
            Ok(false)
        }
        Outcome::Barred(why) if row.source_id != sending.message.source_id => {
            let asked = sending.message.source_id;
            for part in postings::of_thread(conn, row.answer_id, row.incident_id)? {
                if matches!(part.state, PostingState::Waiting | PostingState::Sent) {
                    let failure = Some(cut(&why));
                    let part = PostingRow { state: PostingState::Waiting, source_id: asked, failure, ..part };
                    postings::save(conn, &part)?;
                }
            }
            Ok(true)
        }
        Outcome::Barred(why) | Outcome::Failed(why) => {
            (row.state, row.failure) = (PostingState::Failed, Some(cut(&why)));
            postings::save(conn, &row)?;
            fail(conn, desk, &sending.answer, sending.incident.id, &why)?;
            jobs::dead(conn, job, lease, desk.now, &why)?;
            Ok(false)
        }
    }
}

/// What cannot be carried out at all fails, and its job ends.
///
/// # Errors
/// [`Error::Store`].
pub fn give_up(conn: &mut Conn, desk: &Desk, (job, lease): (Id, Id), order: &Order, why: &str) -> Result<(), Error> {
    if let Some(answer) = spine::answer(conn, order.answer)? {
        let incident = order.incident.unwrap_or(answer.incident_id);
        fail(conn, desk, &answer, incident, why)?;
    }
    jobs::dead(conn, job, lease, desk.now, why)?;
    Ok(())
}

/// The network has a posting: the job, or the network's own event, says so. With the last part of it the author is answered.
pub(in crate::desk::answering) fn posted_now(
    conn: &mut Conn,
    desk: &Desk,
    row: &mut PostingRow,
    posted: Posted,
) -> Result<(), Error> {
    row.state = PostingState::Delivered;
    row.delivered_at = Some(desk.now);
    (row.external_id, row.permalink, row.failure) = (posted.external_id, posted.permalink, None);
    postings::save(conn, row)?;
    let parts = postings::of_thread(conn, row.answer_id, row.incident_id)?;
    if parts.iter().any(|part| part.state != PostingState::Delivered) {
        return Ok(());
    }
    let Some(answer) = spine::answer(conn, row.answer_id)? else { return Ok(()) };
    let permalink = parts.into_iter().find_map(|part| part.permalink);
    if answer.incident_id == row.incident_id {
        // What it means for the incident; if that went another way meanwhile (merged, say), the fact is on record all the same.
        match apart(conn, |conn| delivered(conn, desk, row.incident_id, answer.n, permalink.clone())) {
            Err(Error::Refused(_) | Error::NotFound(_)) => {}
            done => return done.map(|_| ()),
        }
    }
    let mut case = Case::open(conn, desk, row.incident_id, None)?;
    let data = json!({ "answer": answer.id, "n": answer.n, "kind": answer.kind, "of": answer.incident_id, "permalink": permalink });
    case.event(EventKind::Delivered, data);
    case.save()?;
    Ok(())
}

/// The network has nothing of the answer yet: it is approved again, and no more.
fn unsend(conn: &mut Conn, sending: &Sending) -> Result<(), Error> {
    let (answer, incident) = (sending.answer.id, sending.incident.id);
    let begun = postings::of_thread(conn, answer, incident)?.iter().any(|row| row.state != PostingState::Waiting);
    let Some(answer) = spine::answer(conn, answer)?.filter(|answer| answer.incident_id == incident && !begun) else {
        return Ok(());
    };
    if answer.state == AnswerState::Sent {
        spine::save_answer(conn, &Answer { state: AnswerState::Approved, sent_at: None, ..answer })?;
    }
    Ok(())
}

fn fail(conn: &mut Conn, desk: &Desk, answer: &Answer, incident: Id, why: &str) -> Result<(), Error> {
    if answer.incident_id == incident {
        return match apart(conn, |conn| failed(conn, desk, incident, answer.n, why)) {
            // It waits for delivery no more.
            Err(Error::Conflict(_)) => Ok(()),
            done => done.map(|_| ()),
        };
    }
    let mut case = Case::open(conn, desk, incident, None)?;
    case.event(
        EventKind::DeliveryFailed,
        json!({ "answer": answer.id, "n": answer.n, "of": answer.incident_id, "why": cut(why) }),
    );
    case.save()?;
    Ok(())
}

pub(super) fn cut(why: &str) -> String {
    why.chars().take(1000).collect()
}
