//! Bursts: far more complaints than is usual for the hour are proposed as a mass incident, with the list of them.
//!
//! What is counted together is a group of topics in a municipality: a topic alone is too often mistaken, and too seldom complained
//! about, to be told from noise. One accident is one proposal, which grows while it lasts; whatever is decided about it, no other is
//! raised beside it before it was calm for a while.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::domain::likeness::burst::{Caution, History, Proposal, REACH, Usual, Verdict, detect};
use crate::domain::{At, BurstState, Id, Permission, Refusal, Scope};
use crate::store::bursts::{Complaint, Series};
use crate::store::records::{BurstRow, Incident};
use crate::store::{Conn, bursts};

use super::{Desk, Error, apart, triage};

/// How often it is looked, in seconds of the city's clock.
pub const EVERY: i64 = 180;

/// The most incidents that are merged at once: as many as one bulk request takes.
const MOST_MERGED: usize = 500;

const HOUR: i64 = 3600;

/// What became of an incident that was to be merged.
pub type Merged = (Id, Result<Incident, Error>);

/// What a look found of a series.
#[derive(Debug, Clone)]
pub enum Change {
    /// A burst begins.
    Begins(Box<BurstRow>, Vec<Id>),
    /// It goes on, with these complaints.
    GoesOn { burst: Id, last_high: At, complaints: Vec<Id> },
    /// It is over.
    Over(Id),
}

/// Looks at the complaints of the last hours, in all series in which there are enough of them or in which a burst stands. Reads only.
///
/// # Errors
/// [`Error::Store`].
pub fn watch(conn: &mut Conn, desk: &Desk) -> Result<Vec<Change>, Error> {
    let caution = Caution::default();
    let longest = i64::from(caution.windows.iter().copied().max().unwrap_or(1));
    let mut recent = bursts::recent(conn, desk.now.plus_seconds(-longest * HOUR))?;
    let mut standing: BTreeMap<Series, BurstRow> = BTreeMap::new();
    for row in bursts::standing(conn)? {
        let series = Series { topic_group: row.topic_group.clone(), municipality: row.municipality.clone() };
        recent.entry(series.clone()).or_default();
        standing.insert(series, row);
    }
    recent.retain(|series, complaints| standing.contains_key(series) || complaints.len() >= caution.least as usize);
    if recent.is_empty() {
        return Ok(Vec::new());
    }
    let end = desk.now.as_second().div_euclid(HOUR);
    let reach = end - 24 * REACH;
    let from = bursts::first_hour(conn)?.unwrap_or(end).max(reach);
    let mut changes = Vec::new();
    for (series, complaints) in recent {
        let mut history = History::new(hour(from));
        for (at, count) in bursts::counts(conn, &series, from)? {
            history.add(hour(at), u32::try_from(count).unwrap_or(0));
        }
        let usual = Usual::learn(&history, desk.now, desk.policy.zone());
        let stands = standing.get(&series);
        let verdict = detect(&usual, &firsts(&complaints), desk.now, &caution, stands.map(proposal).as_ref());
        changes.extend(change(verdict, series, stands, &complaints, desk.now));
    }
    Ok(changes)
}

fn hour(hour: i64) -> At {
    At::EVER.plus_seconds(hour * HOUR)
}

/// When each resident complained first: one who writes ten times is no accident.
fn firsts(complaints: &[Complaint]) -> Vec<At> {
    let mut authors = HashSet::new();
    complaints.iter().filter(|one| authors.insert(&one.author)).map(|one| one.at).collect()
}

fn proposal(row: &BurstRow) -> Proposal {
    Proposal {
        since: row.since,
        hours: u32::try_from(row.hours).unwrap_or(1),
        expected: row.expected,
        seen: u32::try_from(row.seen).unwrap_or(0),
        p: row.p,
        last_high: row.last_high,
    }
}

fn change(
    verdict: Verdict,
    series: Series,
    stands: Option<&BurstRow>,
    complaints: &[Complaint],
    now: At,
) -> Option<Change> {
    let since = |at: At| complaints.iter().filter(|one| one.at >= at && one.at <= now).collect::<Vec<_>>();
    match (verdict, stands) {
        (Verdict::Begins(found), _) => {
            let listed = since(found.since);
            let row = BurstRow {
                id: Id::new(now),
                topic: prevailing(&listed),
                topic_group: series.topic_group,
                municipality: series.municipality,
                state: BurstState::Open,
                since: found.since,
                hours: i32::try_from(found.hours).unwrap_or(i32::MAX),
                expected: found.expected,
                seen: i32::try_from(found.seen).unwrap_or(i32::MAX),
                p: found.p,
                last_high: found.last_high,
                raised_at: now,
                ended_at: None,
                parent_id: None,
                settled_by: None,
                settled_at: None,
            };
            Some(Change::Begins(Box::new(row), listed.into_iter().map(|one| one.id).collect()))
        }
        // What comes while it is calm belongs to it no more.
        (Verdict::GoesOn(found), Some(row)) if found.last_high > row.last_high => Some(Change::GoesOn {
            burst: row.id,
            last_high: found.last_high,
            complaints: since(row.since).into_iter().map(|one| one.id).collect(),
        }),
        (Verdict::Over, Some(row)) => Some(Change::Over(row.id)),
        _ => None,
    }
}

/// The topic of more than half of the complaints.
fn prevailing(complaints: &[&Complaint]) -> Option<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for topic in complaints.iter().filter_map(|one| one.topic.as_deref()) {
        *counts.entry(topic).or_default() += 1;
    }
    let (topic, count) = counts.into_iter().max_by_key(|(_, count)| *count)?;
    (2 * count > complaints.len()).then(|| topic.to_owned())
}

/// Writes down what a look found. Of two workers that found the same, one is in time, and the other changes nothing.
///
/// # Errors
/// [`Error::Store`].
pub fn note(conn: &mut Conn, now: At, changes: &[Change]) -> Result<(), Error> {
    for change in changes {
        match change {
            Change::Begins(row, complaints) => {
                if bursts::raise(conn, row)? {
                    bursts::add(conn, row.id, complaints)?;
                    tracing::info!(burst = %row.id, group = row.topic_group, seen = row.seen, "a burst of complaints");
                }
            }
            Change::GoesOn { burst, last_high, complaints } => {
                bursts::goes_on(conn, *burst, *last_high)?;
                bursts::add(conn, *burst, complaints)?;
            }
            Change::Over(burst) => bursts::end(conn, *burst, now)?,
        }
    }
    Ok(())
}

/// Forgets counts that tell nothing any more.
///
/// # Errors
/// [`Error::Store`].
pub fn forget(conn: &mut Conn, now: At) -> Result<(), Error> {
    bursts::forget_counts(conn, now.as_second().div_euclid(HOUR) - 24 * (REACH + 1))?;
    Ok(())
}

/// One page of bursts, the newest first, each with the number of its complaints.
///
/// # Errors
/// [`Refusal::Forbidden`] for staff of a part of the city: a burst is the city's.
pub fn list(
    conn: &mut Conn,
    desk: &Desk,
    state: Option<BurstState>,
    after: Option<Id>,
    limit: i64,
) -> Result<Vec<(BurstRow, i64)>, Error> {
    may(desk, Permission::Triage)?;
    let rows = bursts::list(conn, state, after, limit)?;
    let ids: Vec<Id> = rows.iter().map(|row| row.id).collect();
    let sizes: HashMap<Id, i64> = bursts::sizes(conn, &ids)?.into_iter().collect();
    let with_size = |row: BurstRow| (sizes.get(&row.id).copied().unwrap_or(0), row);
    Ok(rows.into_iter().map(with_size).map(|(size, row)| (row, size)).collect())
}

/// A burst, with its incidents, the oldest first.
///
/// # Errors
/// [`Error::NotFound`], [`Refusal::Forbidden`].
pub fn get(conn: &mut Conn, desk: &Desk, id: Id) -> Result<(BurstRow, Vec<Incident>), Error> {
    may(desk, Permission::Triage)?;
    let row = bursts::find(conn, id)?.ok_or(Error::NotFound("burst"))?;
    Ok((row, bursts::incidents_of(conn, id)?))
}

/// Merges the open incidents of a burst into one of them, up to 500 at once; what became of each. A burst that was accepted can be
/// accepted again, for those that came since.
///
/// # Errors
/// [`Error::NotFound`]; [`Refusal::Invalid`] when the parent is none of the burst's open incidents; [`Error::Conflict`] when the burst
/// was dismissed.
pub fn accept(conn: &mut Conn, desk: &Desk, id: Id, parent: Id) -> Result<Vec<Merged>, Error> {
    may(desk, Permission::Merge)?;
    let (row, incidents) = get(conn, desk, id)?;
    if row.state == BurstState::Dismissed {
        return Err(Error::Conflict("the burst was dismissed"));
    }
    let mut open: Vec<Id> =
        incidents.iter().filter(|one| one.is_open() && one.parent_id.is_none()).map(|one| one.id).collect();
    if !open.contains(&parent) {
        return Err(Refusal::invalid("/parent", "must be an open incident of the burst").into());
    }
    open.retain(|id| *id != parent);
    open.truncate(MOST_MERGED);
    let why = serde_json::json!({ "burst": id });
    let merge = |one: Id| {
        // A savepoint of its own: a failure undoes this one and no other.
        let done = apart(conn, |conn| triage::merge_because(conn, desk, one, None, parent, Some(why.clone())));
        (one, done)
    };
    let results = open.into_iter().map(merge).collect();
    bursts::decide(conn, id, BurstState::Accepted, Some(parent), &desk.actor.tag(), desk.now)?;
    Ok(results)
}

/// Somebody says that it is no mass incident; the burst then. No other is raised in its place before it is over.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] when it was accepted.
pub fn dismiss(conn: &mut Conn, desk: &Desk, id: Id) -> Result<(BurstRow, Vec<Incident>), Error> {
    may(desk, Permission::Triage)?;
    let (row, _) = get(conn, desk, id)?;
    if row.state == BurstState::Accepted {
        return Err(Error::Conflict("the burst was accepted"));
    }
    bursts::decide(conn, id, BurstState::Dismissed, None, &desk.actor.tag(), desk.now)?;
    get(conn, desk, id)
}

/// A burst is of the whole city, so it is for those who see all of it.
fn may(desk: &Desk, permission: Permission) -> Result<(), Error> {
    desk.need(permission)?;
    if desk.actor.scope() == Scope::All { Ok(()) } else { Err(Refusal::Forbidden(permission).into()) }
}
