//! Another policy for incidents that are open: what it would move, before it is stored, and moving it, when an administrator says so.
//!
//! A new version changes nothing about what was promised: open incidents keep the terms and calendars they have. Applying it is an act
//! of its own, with an entry in the history of each incident that it changes. Closed incidents are never touched.

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::desk::case::{Case, Moved};
use crate::desk::clocks::Kept;
use crate::desk::{Desk, Error, policies};
use crate::domain::{Doc, EventKind, Id, Policy, Step};
use crate::store::records::{Incident, Recomputation};
use crate::store::{Conn, incidents, jobs, recomputations as rows};

/// The kind of job that applies a version.
pub const RECOMPUTE: &str = "recompute";

/// How many incidents one transaction looks at.
pub const BATCH: i64 = 200;

/// How many moved incidents a what-if lists at most.
pub const LISTED_MOST: usize = 1000;

/// What another policy would move.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct WhatIf {
    /// The version that is in force.
    #[schema(example = 7)]
    pub policy_version: i64,
    /// How many open incidents were looked at: all of them.
    #[schema(example = 1200)]
    pub looked_at: usize,
    /// How many of them would have a deadline at another time.
    #[schema(example = 34)]
    pub moved: usize,
    /// Deadlines that would come sooner.
    #[schema(example = 0)]
    pub sooner: usize,
    /// Deadlines that would come later.
    #[schema(example = 51)]
    pub later: usize,
    /// Clocks that would run no more, for want of a term.
    #[schema(example = 0)]
    pub ended: usize,
    /// The first of those moved, by number.
    pub incidents: Vec<MovedDeadlines>,
}

/// An open incident whose deadlines would be at another time.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct MovedDeadlines {
    pub id: Id,
    #[schema(example = 1204)]
    pub number: i64,
    pub step: Step,
    /// The organisation that is responsible.
    pub organisation: Option<String>,
    pub clocks: Vec<Moved>,
}

/// Tells the open incidents whose deadlines another policy would move. `listed` of them are named, all are counted.
///
/// # Errors
/// [`Refusal::Forbidden`](crate::domain::Refusal::Forbidden).
pub fn what_if(conn: &mut Conn, desk: &Desk, other: Policy, listed: usize) -> Result<WhatIf, Error> {
    policies::may_publish(desk)?;
    // In a book of its own: a version of that number may yet come to be, and say something else.
    let trial = Desk { policy: Arc::new(other), book: Arc::new(desk.book.copied()), ..desk.clone() };
    let mut told = WhatIf { policy_version: desk.policy.version(), ..WhatIf::default() };
    let mut reached = 0;
    loop {
        let ids = rows::open_after(conn, reached, BATCH)?;
        let batch = in_order(conn, &ids)?;
        let Some(last) = batch.last() else { return Ok(told) };
        reached = last.number;
        told.looked_at += batch.len();
        for (incident, clocks) in with_clocks(conn, batch)? {
            let mut case = Case::of(conn, &trial, incident);
            case.with_clocks(clocks)?;
            let mut clocks = case.recompute()?;
            clocks.retain(|clock| clock.before != clock.after);
            told.count(&case.incident, clocks, listed);
        }
    }
}

impl WhatIf {
    fn count(&mut self, incident: &Incident, clocks: Vec<Moved>, listed: usize) {
        if clocks.is_empty() {
            return;
        }
        self.moved += 1;
        for clock in &clocks {
            match (clock.before, clock.after) {
                (_, None) => self.ended += 1,
                (Some(before), Some(after)) if after < before => self.sooner += 1,
                _ => self.later += 1,
            }
        }
        if self.incidents.len() < listed {
            self.incidents.push(MovedDeadlines {
                id: incident.id,
                number: incident.number,
                step: incident.step,
                organisation: incident.organisation.clone(),
                clocks,
            });
        }
    }
}

/// These incidents, in the order of their numbers.
fn in_order(conn: &mut Conn, ids: &[Id]) -> Result<Vec<Incident>, Error> {
    let mut batch = incidents::many(conn, ids)?;
    batch.sort_unstable_by_key(|incident| incident.number);
    Ok(batch)
}

/// The incidents, each with its clocks, in their order.
fn with_clocks(conn: &mut Conn, batch: Vec<Incident>) -> Result<Vec<(Incident, Vec<Kept>)>, Error> {
    let ids: Vec<Id> = batch.iter().map(|incident| incident.id).collect();
    let mut clocks: HashMap<Id, Vec<Kept>> = HashMap::new();
    for row in rows::unsettled(conn, &ids)? {
        clocks.entry(row.incident_id).or_default().push(Kept::read(row)?);
    }
    let own = |incident: Incident| {
        let own = clocks.remove(&incident.id).unwrap_or_default();
        (incident, own)
    };
    Ok(batch.into_iter().map(own).collect())
}

/// The payload of a job that applies a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    pub recomputation: Id,
}

/// Orders that the deadlines of open incidents be computed anew by the version in force.
///
/// # Errors
/// [`Refusal::Forbidden`](crate::domain::Refusal::Forbidden); [`Error::NotFound`] when there is no such version; [`Error::Conflict`] when
/// it is not the one in force, or while another order is under way.
pub fn order(conn: &mut Conn, desk: &Desk, version: i64) -> Result<Recomputation, Error> {
    policies::may_publish(desk)?;
    policies::head(conn, version)?;
    if policies::newest(conn)? != Some(version) {
        return Err(Error::Conflict("only the version in force can be applied"));
    }
    if rows::under_way(conn)? {
        return Err(Error::Conflict("the deadlines are being computed already"));
    }
    let row = Recomputation {
        id: Id::new(desk.now),
        policy_version: version,
        ordered_by: desk.actor.tag(),
        ordered_at: desk.now,
        reached: 0,
        looked_at: 0,
        moved: 0,
        finished_at: None,
    };
    rows::insert(conn, &row)?;
    continue_later(conn, desk, &row)?;
    Ok(row)
}

fn continue_later(conn: &mut Conn, desk: &Desk, row: &Recomputation) -> Result<(), Error> {
    let payload = Doc::of(&Order { recomputation: row.id });
    Ok(jobs::order(
        conn,
        &jobs::ready(format!("{RECOMPUTE}:{}:{}", row.id, row.reached), RECOMPUTE, payload, desk.now),
    )?)
}

/// One order, finished or not.
///
/// # Errors
/// [`Error::NotFound`].
pub fn ordered(conn: &mut Conn, id: Id) -> Result<Recomputation, Error> {
    rows::find(conn, id)?.ok_or(Error::NotFound("recomputation"))
}

/// Orders, the newest first, after the one with this identity.
///
/// # Errors
/// [`Error::Store`].
pub fn orders(conn: &mut Conn, after: Option<Id>, limit: i64) -> Result<Vec<Recomputation>, Error> {
    Ok(rows::list(conn, after, limit)?)
}

/// An order, and how many open incidents it has still to look at.
#[derive(Debug, Clone, PartialEq)]
pub struct Recomputed {
    pub row: Recomputation,
    pub left: i64,
}

/// The orders that were given last, the newest first, each with what is left of it.
///
/// # Errors
/// [`Error::Store`].
pub fn last(conn: &mut Conn, limit: i64) -> Result<Vec<Recomputed>, Error> {
    let rows = rows::list(conn, None, limit)?;
    let told = rows.into_iter().map(|row| {
        // One at a time is under way, so one is counted at most.
        let left = if row.finished_at.is_none() { rows::left_after(conn, row.reached)? } else { 0 };
        Ok(Recomputed { row, left })
    });
    told.collect()
}

/// Computes the deadlines of the next batch of open incidents, and ends the job that asked for it: the rest is another job's. All in
/// one transaction, so each incident is looked at once however often workers die.
///
/// `desk` has the policy of the version that was ordered.
///
/// # Errors
/// [`Error::Conflict`] when somebody else changed an incident of the batch meanwhile: try again.
pub fn advance(conn: &mut Conn, desk: &Desk, job: Id, lease: Id, order: &Order) -> Result<(), Error> {
    let Some(mut row) = rows::find(conn, order.recomputation)?.filter(|row| row.finished_at.is_none()) else {
        jobs::done(conn, job, lease, desk.now)?;
        return Ok(());
    };
    if !jobs::done(conn, job, lease, desk.now)? {
        // Another worker has taken the job over, or done it.
        return Ok(());
    }
    let ids = rows::open_after(conn, row.reached, BATCH)?;
    incidents::hold(conn, &ids)?;
    let mut batch = in_order(conn, &ids)?;
    match batch.last() {
        Some(last) => row.reached = last.number,
        None => row.finished_at = Some(desk.now),
    }
    // Somebody may have closed one before it was held.
    batch.retain(Incident::is_open);
    row.looked_at += i64::try_from(batch.len()).unwrap_or(0);
    for (incident, clocks) in with_clocks(conn, batch)? {
        let mut case = Case::of(conn, desk, incident);
        case.with_clocks(clocks)?;
        let changed = case.recompute()?;
        if changed.is_empty() {
            continue;
        }
        row.moved += i64::from(changed.iter().any(|clock| clock.before != clock.after));
        let data = json!({ "policy_version": row.policy_version, "by": row.ordered_by, "clocks": changed });
        case.event(EventKind::DeadlinesRecomputed, data);
        case.save()?;
    }
    rows::save(conn, &row)?;
    if row.finished_at.is_none() {
        continue_later(conn, desk, &row)?;
    }
    Ok(())
}

/// The version that an order applies; none if there is no such order.
///
/// # Errors
/// [`Error::Store`].
pub fn version_of(conn: &mut Conn, order: &Order) -> Result<Option<i64>, Error> {
    Ok(rows::find(conn, order.recomputation)?.map(|row| row.policy_version))
}
