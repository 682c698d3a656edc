//! Side effects to be done: ordered in the transaction of the change, done by a worker under a lease.

use diesel::dsl::count_star;
use diesel::prelude::*;

use super::bulk;
use super::conn::{Conn, each_engine};
use super::records::JobRow;
use super::schema::jobs;
use crate::domain::{At, Doc, Id};

/// Orders a side effect; one with the same key is ordered once.
pub fn order(conn: &mut Conn, job: &JobRow) -> QueryResult<()> {
    each_engine!(conn, c => diesel::insert_into(jobs::table).values(job).on_conflict(jobs::key).do_nothing().execute(c))?;
    Ok(())
}

/// Orders side effects; those with a key that was ordered before are left out.
pub fn order_all(conn: &mut Conn, jobs: &[JobRow]) -> QueryResult<()> {
    bulk::insert_new(conn, &jobs.iter().collect::<Vec<_>>())
}

/// A job that is ready now.
pub fn ready(key: String, kind: &str, payload: Doc, now: At) -> JobRow {
    JobRow {
        id: Id::new(now),
        key,
        kind: kind.to_owned(),
        payload,
        state: "ready".to_owned(),
        run_at: now,
        attempts: 0,
        leased_until: None,
        lease: None,
        last_error: None,
        created_at: now,
        finished_at: None,
    }
}

/// Takes up to `limit` ready jobs of a kind under a lease until `until`. Two workers never take the same one: the update's condition
/// decides, whoever read first.
pub fn lease(conn: &mut Conn, kind: &str, now: At, until: At, lease: Id, limit: i64) -> QueryResult<Vec<JobRow>> {
    let due: Vec<Id> = jobs::table
        .filter(jobs::kind.eq(kind).and(jobs::state.eq("ready")).and(jobs::run_at.le(now)))
        .order(jobs::run_at)
        .limit(limit)
        .select(jobs::id)
        .load(conn)?;
    if due.is_empty() {
        return Ok(Vec::new());
    }
    let free = jobs::table.filter(jobs::id.eq_any(due).and(jobs::state.eq("ready")));
    each_engine!(conn, c => diesel::update(free)
        .set((
            jobs::state.eq("leased"),
            jobs::lease.eq(lease),
            jobs::leased_until.eq(until),
            jobs::attempts.eq(jobs::attempts + 1),
        ))
        .returning(JobRow::as_returning())
        .get_results(c))
}

/// The job is done. `false` if the lease was lost meanwhile.
pub fn done(conn: &mut Conn, job: Id, lease: Id, now: At) -> QueryResult<bool> {
    settle(conn, job, lease, "done", now, None)
}

/// The job has failed for good.
pub fn dead(conn: &mut Conn, job: Id, lease: Id, now: At, error: &str) -> QueryResult<bool> {
    settle(conn, job, lease, "dead", now, Some(error))
}

fn settle(conn: &mut Conn, job: Id, lease: Id, state: &str, now: At, error: Option<&str>) -> QueryResult<bool> {
    let held = jobs::table.filter(jobs::id.eq(job).and(jobs::lease.eq(lease)).and(jobs::state.eq("leased")));
    let rows = diesel::update(held)
        .set((jobs::state.eq(state), jobs::finished_at.eq(now), jobs::last_error.eq(error)))
        .execute(conn)?;
    Ok(rows == 1)
}

/// Gives the job back, to be tried at `run_at`.
pub fn retry(conn: &mut Conn, job: Id, lease: Id, run_at: At, error: &str) -> QueryResult<bool> {
    let held = jobs::table.filter(jobs::id.eq(job).and(jobs::lease.eq(lease)).and(jobs::state.eq("leased")));
    let rows = diesel::update(held)
        .set((jobs::state.eq("ready"), jobs::run_at.eq(run_at), jobs::last_error.eq(error)))
        .execute(conn)?;
    Ok(rows == 1)
}

/// Puts the job off to `run_at` as if it had not been tried: its turn has not come.
pub fn put_off(conn: &mut Conn, job: Id, lease: Id, run_at: At) -> QueryResult<bool> {
    let held = jobs::table.filter(jobs::id.eq(job).and(jobs::lease.eq(lease)).and(jobs::state.eq("leased")));
    let rows = diesel::update(held)
        .set((jobs::state.eq("ready"), jobs::run_at.eq(run_at), jobs::attempts.eq(jobs::attempts - 1)))
        .execute(conn)?;
    Ok(rows == 1)
}

/// Makes the job ready at `run_at` as if it were new.
pub fn again(conn: &mut Conn, job: Id, lease: Id, run_at: At) -> QueryResult<bool> {
    let held = jobs::table.filter(jobs::id.eq(job).and(jobs::lease.eq(lease)).and(jobs::state.eq("leased")));
    let rows = diesel::update(held)
        .set((jobs::state.eq("ready"), jobs::run_at.eq(run_at), jobs::attempts.eq(0)))
        .execute(conn)?;
    Ok(rows == 1)
}

/// Takes the job away.
pub fn forget(conn: &mut Conn, job: Id, lease: Id) -> QueryResult<bool> {
    Ok(diesel::delete(jobs::table.filter(jobs::id.eq(job).and(jobs::lease.eq(lease)))).execute(conn)? == 1)
}

/// Takes back the orders of a kind whose keys begin so and that nobody has begun to carry out.
pub fn withdraw(conn: &mut Conn, kind: &str, beginning: &str) -> QueryResult<usize> {
    let waiting = jobs::kind.eq(kind).and(jobs::state.eq("ready")).and(jobs::key.like(format!("{beginning}%")));
    diesel::delete(jobs::table.filter(waiting)).execute(conn)
}

/// Hands back every job of a lease, untried: the worker is stopping.
pub fn hand_back(conn: &mut Conn, lease: Id) -> QueryResult<usize> {
    diesel::update(jobs::table.filter(jobs::lease.eq(lease).and(jobs::state.eq("leased"))))
        .set((jobs::state.eq("ready"), jobs::attempts.eq(jobs::attempts - 1)))
        .execute(conn)
}

/// Makes ready what a worker took and never settled.
pub fn recover(conn: &mut Conn, now: At) -> QueryResult<usize> {
    diesel::update(jobs::table.filter(jobs::state.eq("leased").and(jobs::leased_until.lt(now))))
        .set((jobs::state.eq("ready"), jobs::run_at.eq(now)))
        .execute(conn)
}

/// How many jobs are in each state.
pub fn by_state(conn: &mut Conn) -> QueryResult<Vec<(String, i64)>> {
    jobs::table.group_by(jobs::state).select((jobs::state, count_star())).load(conn)
}

/// When the next job is ready.
pub fn next_run(conn: &mut Conn) -> QueryResult<Option<At>> {
    jobs::table.filter(jobs::state.eq("ready")).order(jobs::run_at).select(jobs::run_at).first(conn).optional()
}

/// Writes down how far a job is that somebody is at. `false` if the lease was lost meanwhile.
pub fn note(conn: &mut Conn, job: Id, lease: Id, payload: &Doc) -> QueryResult<bool> {
    let held = jobs::table.filter(jobs::id.eq(job).and(jobs::lease.eq(lease)).and(jobs::finished_at.is_null()));
    Ok(diesel::update(held).set(jobs::payload.eq(payload)).execute(conn)? == 1)
}

/// As [`note`], of work that no worker takes over: whoever does it says until when it will be heard of again.
pub fn note_until(conn: &mut Conn, job: Id, payload: &Doc, until: At) -> QueryResult<()> {
    let open = jobs::table.filter(jobs::id.eq(job).and(jobs::finished_at.is_null()));
    diesel::update(open).set((jobs::payload.eq(payload), jobs::leased_until.eq(until))).execute(conn)?;
    Ok(())
}

/// Ends work that no worker takes over.
pub fn end(conn: &mut Conn, job: Id, state: &str, payload: &Doc, now: At, error: Option<&str>) -> QueryResult<()> {
    let ended = (
        jobs::state.eq(state),
        jobs::payload.eq(payload),
        jobs::finished_at.eq(now),
        jobs::leased_until.eq(None::<At>),
        jobs::last_error.eq(error),
    );
    diesel::update(jobs::table.filter(jobs::id.eq(job))).set(ended).execute(conn)?;
    Ok(())
}

/// The jobs of a kind that were ordered last, the newest first.
pub fn last(conn: &mut Conn, kind: &str, limit: i64) -> QueryResult<Vec<JobRow>> {
    let of_kind = jobs::table.filter(jobs::kind.eq(kind)).order((jobs::created_at.desc(), jobs::id.desc()));
    of_kind.limit(limit).select(JobRow::as_select()).load(conn)
}

/// How many jobs of each kind are in each state, but for those that are done.
pub fn backlog(conn: &mut Conn) -> QueryResult<Vec<(String, String, i64)>> {
    jobs::table
        .filter(jobs::state.eq_any(["ready", "leased", "dead"]))
        .group_by((jobs::kind, jobs::state))
        .order(jobs::kind)
        .select((jobs::kind, jobs::state, count_star()))
        .load(conn)
}

/// How many jobs of a kind are in each state, of those that were ordered since the first that waits or is under way; none if none is.
pub fn batch(conn: &mut Conn, kind: &str) -> QueryResult<Vec<(String, i64)>> {
    let of_kind = jobs::table.filter(jobs::kind.eq(kind));
    let first: Option<At> = of_kind
        .filter(jobs::state.eq_any(["ready", "leased"]))
        .select(diesel::dsl::min(jobs::created_at))
        .first(conn)?;
    let Some(first) = first else { return Ok(Vec::new()) };
    jobs::table
        .filter(jobs::kind.eq(kind).and(jobs::created_at.ge(first)))
        .group_by(jobs::state)
        .select((jobs::state, count_star()))
        .load(conn)
}

/// Forgets what was done before `before`; dead jobs are kept for somebody to look at.
pub fn prune(conn: &mut Conn, before: At) -> QueryResult<usize> {
    diesel::delete(jobs::table.filter(jobs::state.eq("done").and(jobs::finished_at.lt(before)))).execute(conn)
}

/// The job with this identity.
pub fn find(conn: &mut Conn, job: Id) -> QueryResult<Option<JobRow>> {
    jobs::table.find(job).select(JobRow::as_select()).get_result(conn).optional()
}

/// The job with this key.
pub fn by_key(conn: &mut Conn, key: &str) -> QueryResult<Option<JobRow>> {
    jobs::table.filter(jobs::key.eq(key)).select(JobRow::as_select()).get_result(conn).optional()
}

/// The job of a kind that was ordered last, done or not.
pub fn newest(conn: &mut Conn, kind: &str) -> QueryResult<Option<JobRow>> {
    let of_kind = jobs::table.filter(jobs::kind.eq(kind)).order((jobs::created_at.desc(), jobs::id.desc()));
    Ok(of_kind.limit(1).select(JobRow::as_select()).load(conn)?.pop())
}

/// Ends a job that tells what came of it, and frees its key for the next one. `false` if the lease was lost meanwhile.
pub fn finish(
    conn: &mut Conn,
    job: Id,
    lease: Id,
    state: &str,
    now: At,
    payload: &Doc,
    error: Option<&str>,
) -> QueryResult<bool> {
    let held = jobs::table.filter(jobs::id.eq(job).and(jobs::lease.eq(lease)).and(jobs::state.eq("leased")));
    let ended = (
        jobs::state.eq(state),
        jobs::key.eq(job.to_string()),
        jobs::finished_at.eq(now),
        jobs::payload.eq(payload),
        jobs::last_error.eq(error),
    );
    Ok(diesel::update(held).set(ended).execute(conn)? == 1)
}
