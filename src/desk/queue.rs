//! The queue of side effects, as a worker uses it: lease, settle, hand back.

use super::{Desk, Error, answering, once, session};
use crate::domain::{At, Id};
use crate::store::records::JobRow;
use crate::store::{Conn, jobs, notices, sweep};

/// How long jobs that are done are kept, to be looked at.
const KEEP_DONE_SECONDS: i64 = 7 * 86_400;

/// How long notices are kept after their incident was closed.
const KEEP_NOTICES_SECONDS: i64 = 90 * 86_400;

/// Takes up to `limit` jobs of a kind that are due, until `until`. What another worker took and never settled is due again.
///
/// # Errors
/// [`Error::Store`].
pub fn lease(conn: &mut Conn, kind: &str, now: At, until: At, lease: Id, limit: i64) -> Result<Vec<JobRow>, Error> {
    jobs::recover(conn, now)?;
    Ok(jobs::lease(conn, kind, now, until, lease, limit)?)
}

/// When the next deadline passes: until then a sweep finds nothing that it does not know of.
///
/// # Errors
/// [`Error::Store`].
pub fn next_deadline(conn: &mut Conn) -> Result<Option<At>, Error> {
    Ok(sweep::next_wake(conn)?)
}

/// Lets the job be tried again at `run_at`.
///
/// # Errors
/// [`Error::Store`].
pub fn retry(conn: &mut Conn, job: Id, lease: Id, run_at: At, why: &str) -> Result<(), Error> {
    jobs::retry(conn, job, lease, run_at, why)?;
    Ok(())
}

/// Gives the job up for good.
///
/// # Errors
/// [`Error::Store`].
pub fn give_up(conn: &mut Conn, job: Id, lease: Id, now: At, why: &str) -> Result<(), Error> {
    jobs::dead(conn, job, lease, now, why)?;
    Ok(())
}

/// Hands back, untried, whatever is still leased.
///
/// # Errors
/// [`Error::Store`].
pub fn hand_back(conn: &mut Conn, lease: Id) -> Result<usize, Error> {
    Ok(jobs::hand_back(conn, lease)?)
}

/// What came of carrying an answer out.
pub enum Fate {
    /// It stands where the question was asked, here if the receiver said so.
    Delivered(Option<String>),
    /// It cannot be delivered.
    Failed(String),
}

/// Writes down what came of a delivery and ends its job, together.
///
/// # Errors
/// What [`answering::delivered`] and [`answering::failed`] return.
pub fn settle_delivery(
    conn: &mut Conn,
    desk: &Desk,
    job: Id,
    lease: Id,
    answer: (Id, i32),
    fate: Fate,
) -> Result<(), Error> {
    let (incident, n) = answer;
    match fate {
        Fate::Delivered(permalink) => {
            answering::delivered(conn, desk, incident, n, permalink)?;
            jobs::done(conn, job, lease, desk.now)?;
        }
        Fate::Failed(why) => {
            answering::failed(conn, desk, incident, n, &why)?;
            jobs::dead(conn, job, lease, desk.now, &why)?;
        }
    }
    Ok(())
}

/// Ends a job that needs doing no more.
///
/// # Errors
/// [`Error::Store`].
pub fn done(conn: &mut Conn, job: Id, lease: Id, now: At) -> Result<(), Error> {
    jobs::done(conn, job, lease, now)?;
    Ok(())
}

/// Deletes what nobody needs any more: kept replies, ended sessions, jobs done a week ago, notices of incidents closed long ago.
///
/// # Errors
/// [`Error::Store`].
pub fn tidy(conn: &mut Conn, now: At, wall: At) -> Result<(), Error> {
    once::prune(conn, wall)?;
    session::prune(conn, wall)?;
    jobs::prune(conn, now.plus_seconds(-KEEP_DONE_SECONDS))?;
    notices::prune(conn, now.plus_seconds(-KEEP_NOTICES_SECONDS))?;
    Ok(())
}
