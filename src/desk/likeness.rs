//! Like incidents: found through an index, proposed with their reasons, decided about by people, and learnt from.
//!
//! A worker [takes](take) incidents that are new or have changed, in batches. It [boils them down](sketches) without a lock, [puts
//! them into the index](index), and only then [compares](compare) them with what it finds there: of two workers that look at two like
//! incidents at once, whichever indexes last sees the other. What it found it [proposes](propose); what is sure beyond the bound
//! that the city sets, it [merges](merge_alike).

mod learn;
mod look;

use std::collections::HashMap;

use serde_json::json;

use super::{Desk, Error, incidents as shown, triage};
use crate::domain::{Actor, At, Doc, Id, LikenessState, Permission, Refusal};
use crate::store::records::{Incident, Judgement, LikenessKey, LikenessRow};
use crate::store::{Conn, bursts, incidents, judgements, likeness};

pub use learn::{Learnt, Lesson, lessons, take_in};
pub(super) use look::content;
pub use look::{Compared, Sketched, compare, sketches};

/// How many incidents a worker looks at together.
pub const AT_ONCE: i64 = 64;

/// How long an incident stays in the index after it was closed, in seconds.
const KEPT_CLOSED: i64 = 30 * 86_400;

/// How far back closed incidents are sought that are in the index still: as long as the service may have stood still.
const SOUGHT_BACK: i64 = 7 * 86_400;

/// How many incidents are taken from the index in one transaction.
const FORGOTTEN_AT_ONCE: i64 = 200;

/// Takes incidents that are to be looked at, until `until`. What another worker took and never finished is taken again.
///
/// # Errors
/// [`Error::Store`].
pub fn take(conn: &mut Conn, now: At, until: At, lease: Id) -> Result<Vec<Id>, Error> {
    Ok(likeness::lease(conn, now, until, lease, AT_ONCE)?)
}

/// Puts incidents into the index, and counts the hours anew in which they came.
///
/// # Errors
/// [`Error::Store`].
pub fn index(conn: &mut Conn, lease: Id, sketched: &[Sketched]) -> Result<(), Error> {
    let ids: Vec<Id> = sketched.iter().map(|one| one.incident.id).collect();
    let ids = likeness::still_leased(conn, lease, &ids)?;
    let mine = || sketched.iter().filter(|one| ids.contains(&one.incident.id));
    let keys: Vec<LikenessKey> = mine().flat_map(Sketched::rows).collect();
    likeness::index(conn, &ids, &keys)?;
    let mut hours: Vec<i64> = mine().map(|one| one.incident.received_at.as_second().div_euclid(3600)).collect();
    hours.sort_unstable();
    hours.dedup();
    Ok(hours.into_iter().try_for_each(|hour| bursts::count_hour(conn, hour))?)
}

/// Proposes the pairs that are alike, and no more those that are not.
///
/// # Errors
/// [`Error::Store`].
pub fn propose(conn: &mut Conn, now: At, compared: &Compared) -> Result<(), Error> {
    for pair in &compared.alike {
        likeness::propose(conn, &pair.row(now, compared.learnt))?;
    }
    Ok(compared.unlike.iter().try_for_each(|(one, other)| likeness::withdraw(conn, *one, *other))?)
}

/// Takes incidents from the queue that were looked at.
///
/// # Errors
/// [`Error::Store`].
pub fn finish(conn: &mut Conn, lease: Id, ids: &[Id]) -> Result<(), Error> {
    likeness::looked_at(conn, lease, ids)?;
    Ok(())
}

/// Merges a proposed pair by itself, with what they were merged into. Does nothing if that is not possible, or somebody decided
/// otherwise.
///
/// # Errors
/// [`Error::Conflict`], [`Error::Store`].
pub fn merge_alike(conn: &mut Conn, desk: &Desk, one: Id, other: Id) -> Result<bool, Error> {
    let Some(row) = likeness::find(conn, one, other)? else { return Ok(false) };
    let sure = desk.policy.doc().city.merge_automatically.is_some_and(|bound| row.score >= bound);
    if !sure || row.state != LikenessState::Proposed {
        return Ok(false);
    }
    let Some((from, into)) = direction(conn, one, other)? else {
        return Ok(false);
    };
    let why = json!({ "likeness": row.score, "reasons": codes(&row.reasons), "learnt": row.learnt });
    if from != into {
        match super::apart(conn, |conn| triage::merge_because(conn, desk, from, None, into, Some(why))) {
            Ok(_) => {}
            // Another worker merged some of them meanwhile.
            Err(Error::Refused(Refusal::CannotMerge(_))) => {
                return Err(Error::Conflict("others were merged at the same moment"));
            }
            // It is proposed all the same.
            Err(Error::Refused(_)) => return Ok(false),
            Err(error) => return Err(error),
        }
    }
    likeness::decide(conn, one, other, LikenessState::Merged, &desk.actor.tag(), desk.now)?;
    Ok(true)
}

/// Which is to be merged into which, for two that are alike: what stands for the younger into what stands for the older, or the other
/// way round where others are merged into the younger already. Twice the same if they are merged. None where others are merged into both,
/// or somebody said that some of those who would come together are not the same.
fn direction(conn: &mut Conn, one: Id, other: Id) -> Result<Option<(Id, Id)>, Error> {
    let pair = incidents::many(conn, &[one, other])?;
    let roots: Vec<Id> = pair.iter().map(|incident| incident.parent_id.unwrap_or(incident.id)).collect();
    let mut roots = incidents::many(conn, &roots)?;
    roots.sort_by_key(|incident| incident.number);
    let [older, younger] = roots.as_slice() else {
        return Ok(roots.first().filter(|_| pair.len() == 2).map(|root| (root.id, root.id)));
    };
    let mut group = |root: Id| -> Result<Vec<Id>, Error> {
        let merged = incidents::merged_into(conn, root)?;
        Ok(merged.iter().map(|incident| incident.id).chain([root]).collect())
    };
    let (of_older, of_younger) = (group(older.id)?, group(younger.id)?);
    if judgements::part(conn, &of_older, &of_younger)? {
        return Ok(None);
    }
    Ok(match (of_older.len(), of_younger.len()) {
        (_, 1) => Some((younger.id, older.id)),
        (1, _) => Some((older.id, younger.id)),
        _ => None,
    })
}

/// The codes of reasons, without what they quote of residents' texts.
fn codes(reasons: &Doc) -> Vec<String> {
    let code = |reason: &serde_json::Value| reason["reason"].as_str().map(str::to_owned);
    reasons.0.as_array().into_iter().flatten().filter_map(code).collect()
}

/// Notes that two incidents were merged.
pub(super) fn merged(conn: &mut Conn, desk: &Desk, id: Id, into: Id) -> Result<(), Error> {
    Ok(likeness::decide(conn, id, into, LikenessState::Merged, &desk.actor.tag(), desk.now)?)
}

/// Notes that two incidents were parted: they are not the same.
pub(super) fn parted(conn: &mut Conn, desk: &Desk, id: Id, from: Id) -> Result<(), Error> {
    likeness::decide(conn, id, from, LikenessState::Dismissed, &desk.actor.tag(), desk.now)?;
    judge(conn, desk, id, from, false)
}

/// Keeps what a member of staff said of a pair. What the program does itself is no lesson to it.
pub(super) fn judge(conn: &mut Conn, desk: &Desk, one: Id, other: Id, same: bool) -> Result<(), Error> {
    if !matches!(desk.actor, Actor::Staff { .. }) {
        return Ok(());
    }
    let features = likeness::find(conn, one, other)?.map(|row| row.features);
    let judgement = Judgement {
        id: Id::new(desk.now),
        incident_id: one,
        other_id: other,
        features,
        same,
        by: desk.actor.tag(),
        at: desk.now,
    };
    Ok(judgements::keep(conn, judgement)?)
}

/// The pairs that an incident is in, each with the other one, as far as the actor sees that.
///
/// # Errors
/// [`Error::NotFound`].
pub fn of_incident(conn: &mut Conn, desk: &Desk, id: Id) -> Result<Vec<(LikenessRow, Incident)>, Error> {
    desk.need(Permission::Triage)?;
    shown::get(conn, desk, id)?;
    let rows = likeness::of_incident(conn, id)?;
    let others: Vec<Id> = rows.iter().map(|row| row.other_than(id)).collect();
    let scope = desk.actor.scope();
    let mut others: HashMap<Id, Incident> = incidents::many(conn, &others)?
        .into_iter()
        .filter(|other| scope.holds(other.organisation.as_deref(), other.executor.as_deref()))
        .map(|other| (other.id, other))
        .collect();
    let with_other = |row: LikenessRow| others.remove(&row.other_than(id)).map(|other| (row, other));
    Ok(rows.into_iter().filter_map(with_other).collect())
}

/// Somebody says that a proposed pair is not the same; the pair then. Doing so again changes nothing.
///
/// # Errors
/// [`Error::NotFound`] when the two were not proposed; [`Refusal::CannotMerge`] when they are merged.
pub fn dismiss(conn: &mut Conn, desk: &Desk, id: Id, other: Id) -> Result<(LikenessRow, Incident), Error> {
    desk.need(Permission::Merge)?;
    shown::get(conn, desk, id)?;
    let incident = shown::get(conn, desk, other)?;
    let row = likeness::find(conn, id, other)?.ok_or(Error::NotFound("likeness"))?;
    if row.state == LikenessState::Merged {
        return Err(Refusal::CannotMerge("the two are merged; part them, which says the same").into());
    }
    if row.state == LikenessState::Proposed {
        likeness::decide(conn, id, other, LikenessState::Dismissed, &desk.actor.tag(), desk.now)?;
        judge(conn, desk, id, other, false)?;
    }
    let row = likeness::find(conn, id, other)?.ok_or(Error::NotFound("likeness"))?;
    Ok((row, incident))
}

/// Takes incidents from the index that were closed long enough ago; whether there may be more of them.
///
/// # Errors
/// [`Error::Store`].
pub fn forget(conn: &mut Conn, now: At) -> Result<bool, Error> {
    let before = now.plus_seconds(-KEPT_CLOSED);
    let forgotten = likeness::forget(conn, before.plus_seconds(-SOUGHT_BACK), before, FORGOTTEN_AT_ONCE)?;
    judgements::prune(conn, learn::MOST_LESSONS)?;
    Ok(i64::try_from(forgotten).is_ok_and(|forgotten| forgotten == FORGOTTEN_AT_ONCE))
}

/// Gives back what a worker took and did not finish.
///
/// # Errors
/// [`Error::Store`].
pub fn hand_back(conn: &mut Conn, lease: Id) -> Result<(), Error> {
    likeness::hand_back(conn, lease)?;
    Ok(())
}
