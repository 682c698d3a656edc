//! Doing a request once, however often it is sent: the answer is kept in the transaction that did the work.

use super::seal::Seal;
use super::{Desk, Error};
use crate::domain::At;
use crate::store::records::Remembered;
use crate::store::{Conn, idempotency};

/// How long an answer is kept.
pub const KEPT_SECONDS: i64 = 24 * 3600;

/// A request that carries an idempotency key.
#[derive(Debug, Clone)]
pub struct Request {
    /// The key, as the client chose it. Keys of different actors do not meet.
    pub key: String,
    /// What is asked of what.
    pub route: String,
    /// A keyed hash of the body.
    pub body_hash: String,
}

/// An answer in the form in which it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The rest of it.
    pub text: String,
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was done now.
    Done(Answer),
    /// It had been done before; this is what was answered then.
    Replayed(Answer),
    /// The key was used for another request.
    Mismatch,
}

/// Does the work unless the actor's key was used before, and keeps the answer with it. A request that fails keeps nothing, so it can
/// be sent again. Answers are kept sealed: some show a secret that is shown only once.
///
/// # Errors
/// What the work returned; [`Error::Conflict`] when the kept answer cannot be opened any more.
pub fn once<F>(conn: &mut Conn, desk: &Desk, seal: &Seal, request: &Request, work: F) -> Result<Outcome, Error>
where
    F: FnOnce(&mut Conn) -> Result<Answer, Error>,
{
    let actor = desk.actor.tag();
    let owner = format!("reply:{actor}:{}", request.key);
    let reserved = Remembered {
        actor: actor.clone(),
        key: request.key.clone(),
        route: request.route.clone(),
        body_hash: request.body_hash.clone(),
        status: 0,
        response: String::new(),
        created_at: desk.now,
    };
    // The reservation decides a race: on PostgreSQL the second of two waits here until the first has committed.
    if idempotency::reserve(conn, &reserved)? {
        let answer = work(conn)?;
        let sealed = seal.close(&owner, answer.text.as_bytes()).map_err(|_| UNREADABLE)?;
        idempotency::settle(conn, &actor, &request.key, i32::from(answer.status), &sealed)?;
        return Ok(Outcome::Done(answer));
    }
    let kept = idempotency::find(conn, &actor, &request.key)?.ok_or(UNREADABLE)?;
    if kept.route != request.route || kept.body_hash != request.body_hash {
        return Ok(Outcome::Mismatch);
    }
    let text = seal.open(&owner, &kept.response).map_err(|_| UNREADABLE)?;
    let text = String::from_utf8(text).map_err(|_| UNREADABLE)?;
    let status = u16::try_from(kept.status).map_err(|_| UNREADABLE)?;
    Ok(Outcome::Replayed(Answer { status, text }))
}

const UNREADABLE: Error =
    Error::Conflict("what was answered to this Idempotency-Key cannot be read any more; use another");

/// Forgets answers that are older than a day; how many.
///
/// # Errors
/// [`Error::Store`].
pub fn prune(conn: &mut Conn, now: At) -> Result<usize, Error> {
    Ok(idempotency::prune(conn, now.plus_seconds(-KEPT_SECONDS))?)
}
