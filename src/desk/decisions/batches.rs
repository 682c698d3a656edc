//! One decision about all that fit a filter: counted and sampled first, carried out piece by piece in the background, and taken back as a
//! whole. Each incident is decided about by itself, at the version at which it was when the order was given.

use serde::{Deserialize, Serialize};

use super::{carry_out, take_back};
use crate::desk::session::Identity;
use crate::desk::{Desk, Error, apart, incidents as shown};
use crate::domain::decision::{BatchState, Decision, DecisionState};
use crate::domain::{Actor, At, Doc, Id, Permission, Refusal};
use crate::store::incidents::{Filter, Order as By};
use crate::store::records::{BatchRow, DecisionRow, Incident};
use crate::store::{Conn, StoreError, decisions, incidents, jobs, staff};

/// The kind of job that carries batches out.
pub const BATCH: &str = "batch";

/// The most incidents of one batch.
pub const MOST: i64 = 5_000;

/// For how long a batch can be taken back after it was ordered, in seconds.
pub const UNDOABLE: i64 = 900;

/// How many are decided about in one transaction.
const AT_ONCE: i64 = 25;

/// The payload of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchOrder {
    pub batch: Id,
}

/// How many fit a filter, and the first of them with the least time left.
///
/// # Errors
/// [`Refusal::Forbidden`].
pub fn sample(conn: &mut Conn, desk: &Desk, filter: &Filter, most: i64) -> Result<(i64, Vec<Incident>), Error> {
    desk.need(Permission::Triage)?;
    let mut first = shown::list(conn, desk, filter, By::Due(None), most)?;
    first.truncate(usize::try_from(most).unwrap_or(0));
    Ok((shown::count(conn, desk, filter)?, first))
}

/// Orders a decision about all that fit a filter now. `query` is the filter as it was asked for, to be shown.
///
/// # Errors
/// [`Refusal::Invalid`] when nothing fits, or more than [`MOST`]; [`Refusal::Forbidden`].
pub fn order(
    conn: &mut Conn,
    desk: &Desk,
    me: Id,
    wall: At,
    filter: &Filter,
    query: String,
    decision: &Decision,
) -> Result<BatchRow, Error> {
    desk.need(Permission::Triage)?;
    let filter = shown::allowed(filter, desk);
    let found = incidents::versions(conn, &desk.actor.scope(), &filter, MOST + 1)?;
    let total = i64::try_from(found.len()).unwrap_or(i64::MAX);
    if total == 0 || total > MOST {
        return Err(Refusal::invalid("filter", format!("must fit from 1 to {MOST} incidents")).into());
    }
    let batch = BatchRow {
        id: Id::new(wall),
        staff_id: me,
        filter: query,
        decision: Doc::of(decision),
        state: BatchState::Running,
        total,
        done: 0,
        refused: 0,
        undone: 0,
        ordered_at: wall,
        finished_at: None,
    };
    decisions::insert_batch(conn, &batch)?;
    let rows: Vec<DecisionRow> = found
        .into_iter()
        .map(|(incident, version)| DecisionRow {
            id: Id::new(wall),
            staff_id: me,
            batch_id: Some(batch.id),
            incident_id: incident,
            decision: batch.decision.clone(),
            state: DecisionState::Waiting,
            why: None,
            seen: Some(version),
            version: None,
            before: None,
            at: wall,
        })
        .collect();
    decisions::insert(conn, &rows)?;
    go_on(conn, desk, &batch)?;
    Ok(batch)
}

fn go_on(conn: &mut Conn, desk: &Desk, batch: &BatchRow) -> Result<(), Error> {
    let reached = batch.done + batch.refused + batch.undone;
    let key = format!("{BATCH}:{}:{}:{reached}", batch.id, batch.state);
    let payload = Doc::of(&BatchOrder { batch: batch.id });
    Ok(jobs::order(conn, &jobs::ready(key, BATCH, payload, desk.now))?)
}

/// A batch of one's own.
///
/// # Errors
/// [`Error::NotFound`].
pub fn find(conn: &mut Conn, me: Id, id: Id) -> Result<BatchRow, Error> {
    decisions::batch(conn, id)?.filter(|batch| batch.staff_id == me).ok_or(Error::NotFound("batch"))
}

/// One's own batches, the newest first.
///
/// # Errors
/// [`Error::Store`].
pub fn mine(conn: &mut Conn, me: Id, limit: i64) -> Result<Vec<BatchRow>, Error> {
    Ok(decisions::batches_of(conn, me, limit)?)
}

/// The decisions of a batch that were refused, each with why.
///
/// # Errors
/// [`Error::Store`].
pub fn refusals(conn: &mut Conn, batch: Id, limit: i64) -> Result<Vec<DecisionRow>, Error> {
    Ok(decisions::of_batch(conn, batch, DecisionState::Refused, limit)?)
}

/// Orders that a batch be taken back as a whole.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] when it is not done yet, was taken back, or it is too late.
pub fn undo(conn: &mut Conn, desk: &Desk, me: Id, wall: At, id: Id) -> Result<BatchRow, Error> {
    desk.need(Permission::Triage)?;
    let mut batch = find(conn, me, id)?;
    if batch.state != BatchState::Done {
        return Err(Error::Conflict("only a batch that is done can be taken back"));
    }
    if batch.ordered_at.plus_seconds(UNDOABLE) < wall {
        return Err(Error::Conflict("it is too late to take this batch back"));
    }
    (batch.state, batch.finished_at) = (BatchState::Undoing, None);
    decisions::save_batch(conn, &batch)?;
    go_on(conn, desk, &batch)?;
    Ok(batch)
}

/// Who ordered a batch, as they may act now; none if there is no such batch, or its member is off.
///
/// # Errors
/// [`Error::Store`].
pub fn whose(conn: &mut Conn, desk: &Desk, order: &BatchOrder) -> Result<Option<Actor>, Error> {
    let Some(batch) = decisions::batch(conn, order.batch)? else { return Ok(None) };
    let member = staff::find(conn, batch.staff_id)?.filter(|member| member.active);
    Ok(member.map(|member| Identity::of(&member).actor(&desk.policy)))
}

/// Decides about the next few of a batch, or takes them back, and ends the job that asked for it: the rest is another job's. All in one
/// transaction, so each is decided about once however often workers die. `desk` is whoever ordered the batch; without one, what is left of
/// it is refused.
///
/// # Errors
/// [`Error::Store`].
pub fn advance(conn: &mut Conn, desk: &Desk, wall: At, job: Id, lease: Id, order: &BatchOrder) -> Result<(), Error> {
    if !jobs::done(conn, job, lease, desk.now)? {
        return Ok(());
    }
    let Some(mut batch) = decisions::batch(conn, order.batch)? else { return Ok(()) };
    let from = match batch.state {
        BatchState::Running => DecisionState::Waiting,
        BatchState::Undoing => DecisionState::Done,
        BatchState::Done | BatchState::Undone => return Ok(()),
    };
    let rows = decisions::of_batch(conn, batch.id, from, AT_ONCE)?;
    let is_last = i64::try_from(rows.len()).is_ok_and(|count| count < AT_ONCE);
    for row in rows {
        match batch.state {
            BatchState::Running => next(conn, desk, wall, &mut batch, row)?,
            _ => back(conn, desk, &mut batch, row)?,
        }
    }
    if is_last {
        batch.finished_at = Some(wall);
        batch.state = if batch.state == BatchState::Running { BatchState::Done } else { BatchState::Undone };
    }
    decisions::save_batch(conn, &batch)?;
    if is_last { Ok(()) } else { go_on(conn, desk, &batch) }
}

fn next(conn: &mut Conn, desk: &Desk, wall: At, batch: &mut BatchRow, mut row: DecisionRow) -> Result<(), Error> {
    let decision: Decision = row.decision.to().map_err(StoreError::unreadable)?;
    match apart(conn, |conn| carry_out(conn, desk, wall, &mut row, &decision).map(drop)) {
        Ok(()) => batch.done += 1,
        Err(Error::Store(error)) => return Err(error.into()),
        Err(refused) => {
            (row.state, row.why, row.before) = (DecisionState::Refused, Some(refused.to_string()), None);
            batch.refused += 1;
        }
    }
    decisions::save(conn, DecisionState::Waiting, &row)?;
    Ok(())
}

fn back(conn: &mut Conn, desk: &Desk, batch: &mut BatchRow, row: DecisionRow) -> Result<(), Error> {
    let refused = match apart(conn, |conn| take_back(conn, desk, row.clone()).map(drop)) {
        Ok(()) => {
            batch.undone += 1;
            return Ok(());
        }
        Err(Error::Store(error)) => return Err(error.into()),
        Err(refused) => refused,
    };
    // Somebody went on with it: it stays as it is, and is told.
    let kept = DecisionRow { state: DecisionState::Refused, why: Some(refused.to_string()), before: None, ..row };
    batch.refused += 1;
    batch.done -= 1;
    decisions::save(conn, DecisionState::Done, &kept)?;
    Ok(())
}
