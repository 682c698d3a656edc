//! The queue of side effects, as a worker uses it: lease, settle, hand back.

use super::{Error, decisions, holds, once, session};
use crate::domain::{At, Id};
use crate::store::records::JobRow;
use crate::store::{Conn, heard, jobs, notices, postings, sweep};

/// How long jobs that are done are kept, to be looked at.
const KEEP_DONE_SECONDS: i64 = 7 * 86_400;

/// How long it is known which events of networks were taken in: longer than any network delivers again.
const KEEP_HEARD_SECONDS: i64 = 14 * 86_400;

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

/// Puts the job off as if it had not been tried: its turn has not come.
///
/// # Errors
/// [`Error::Store`].
pub fn put_off(conn: &mut Conn, job: Id, lease: Id, run_at: At) -> Result<(), Error> {
    jobs::put_off(conn, job, lease, run_at)?;
    Ok(())
}

/// Lets a job that never ends have its next turn at `run_at`, as if it were new.
///
/// # Errors
/// [`Error::Store`].
pub fn again(conn: &mut Conn, job: Id, lease: Id, run_at: At) -> Result<(), Error> {
    jobs::again(conn, job, lease, run_at)?;
    Ok(())
}

/// Ends a job without a trace, so that it can be ordered anew.
///
/// # Errors
/// [`Error::Store`].
pub fn forget(conn: &mut Conn, job: Id, lease: Id) -> Result<(), Error> {
    jobs::forget(conn, job, lease)?;
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
    holds::prune(conn, wall)?;
    decisions::prune(conn, wall)?;
    jobs::prune(conn, now.plus_seconds(-KEEP_DONE_SECONDS))?;
    heard::prune(conn, now.plus_seconds(-KEEP_HEARD_SECONDS))?;
    postings::forget_paces(conn, wall.plus_seconds(-3600))?;
    notices::prune(conn, now.plus_seconds(-KEEP_NOTICES_SECONDS))?;
    Ok(())
}
