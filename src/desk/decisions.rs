//! What a moderator decides on the desk: saved at once, and taken back for a while.
//!
//! A decision is one or more of the moves of [`triage`] in one transaction. What the incident was before is kept beside it, so that taking
//! it back brings just that back: as a real event in the history, and only while nobody did anything to the incident since.

mod batches;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::case::Case;
use super::triage::{self, Correction};
use super::{Desk, Error, holds};
use crate::domain::decision::{Decision, DecisionState};
use crate::domain::{At, Doc, EventKind, Id, LikenessState, Permission};
use crate::store::records::{ClockRow, DecisionRow, Incident};
use crate::store::{Conn, StoreError, decisions, judgements, lessons, likeness, spine};

pub use batches::{
    BATCH, BatchOrder, MOST, UNDOABLE as BATCH_UNDOABLE, advance, find as batch, mine, order, refusals, sample,
    undo as undo_batch, whose,
};

/// For how long a decision can be taken back, in seconds. The desk offers it for ten; the rest is for a bad network.
pub const UNDOABLE: i64 = 120;

/// For how long what was decided is kept, in seconds.
const KEPT: i64 = 7 * 86_400;

/// What an incident was before a decision.
#[derive(Serialize, Deserialize)]
pub(super) struct Before {
    pub incident: Incident,
    pub clocks: Vec<ClockRow>,
    /// The stay with an organisation that was the last one.
    pub stay: Option<i32>,
    /// The number of the last lesson.
    lesson: i64,
}

/// Decides about an incident; the decision, by which it can be taken back, and the incident then. The card is let go.
///
/// # Errors
/// Those of the moves.
pub fn decide(
    conn: &mut Conn,
    desk: &Desk,
    me: Id,
    wall: At,
    id: Id,
    seen: Option<i64>,
    decision: &Decision,
) -> Result<(DecisionRow, Incident), Error> {
    let mut row = DecisionRow {
        id: Id::new(wall),
        staff_id: me,
        batch_id: None,
        incident_id: id,
        decision: Doc::of(decision),
        state: DecisionState::Waiting,
        why: None,
        seen,
        version: None,
        before: None,
        at: wall,
    };
    // The hold before the incident, as whoever draws a card takes them too: none waits for one that waits for the other.
    holds::release(conn, me, &[id])?;
    let incident = carry_out(conn, desk, wall, &mut row, decision)?;
    decisions::insert(conn, std::slice::from_ref(&row))?;
    Ok((row, incident))
}

/// Carries a decision out and notes in its row how to take it back.
fn carry_out(
    conn: &mut Conn,
    desk: &Desk,
    wall: At,
    row: &mut DecisionRow,
    decision: &Decision,
) -> Result<Incident, Error> {
    desk.need(Permission::Triage)?;
    let before = before(conn, desk, row.incident_id)?;
    let incident = make(conn, desk, row.incident_id, row.seen, decision)?;
    (row.state, row.version, row.at) = (DecisionState::Done, Some(incident.version), wall);
    row.before = Some(Doc::of(&before));
    Ok(incident)
}

/// The moves of a decision.
///
/// # Errors
/// Those of the moves.
pub fn make(conn: &mut Conn, desk: &Desk, id: Id, seen: Option<i64>, decision: &Decision) -> Result<Incident, Error> {
    match decision {
        Decision::Assign { topic, organisation } => {
            let mut seen = seen;
            if let Some(topic) = topic {
                let incident = super::incidents::get(conn, desk, id)?;
                let known = desk.policy.topic_by_name(topic).map(|known| known.id.clone());
                if known.is_none() || known != incident.topic {
                    let change = Correction { topic: Some(topic.clone()), ..Correction::default() };
                    seen = Some(triage::correct(conn, desk, id, seen, change)?.version);
                }
            }
            triage::assign(conn, desk, id, seen, organisation.as_deref(), None)
        }
        Decision::Correct { topic, kind, severity } => {
            let change = Correction { topic: topic.clone(), kind: *kind, severity: *severity, ..Correction::default() };
            triage::correct(conn, desk, id, seen, change)
        }
        Decision::Dismiss { reason } => triage::dismiss(conn, desk, id, seen, *reason, ""),
        Decision::Merge { into } => triage::merge(conn, desk, id, seen, *into),
    }
}

/// The incident as it stands, without what residents wrote: that stays where it is, and is nobody's decision.
fn before(conn: &mut Conn, desk: &Desk, id: Id) -> Result<Before, Error> {
    let incident = super::incidents::get(conn, desk, id)?;
    let incident = Incident { text: String::new(), extra: None, ..incident };
    let clocks = spine::clocks_of(conn, id)?;
    let stay = spine::assignments_of(conn, id)?.last().map(|stay| stay.n);
    Ok(Before { incident, clocks, stay, lesson: lessons::last(conn)? })
}

/// Takes a decision of one's own back; the incident then.
///
/// # Errors
/// [`Error::NotFound`] when it is not one's own; [`Error::Conflict`] when it is too late or was taken back already; [`Error::Stale`] when
/// the incident has changed since.
pub fn undo(conn: &mut Conn, desk: &Desk, me: Id, wall: At, id: Id) -> Result<Incident, Error> {
    desk.need(Permission::Triage)?;
    let row = decisions::find(conn, id)?.filter(|row| row.staff_id == me).ok_or(Error::NotFound("decision"))?;
    if row.at.plus_seconds(UNDOABLE) < wall {
        return Err(Error::Conflict("it is too late to take this decision back"));
    }
    take_back(conn, desk, row)
}

fn take_back(conn: &mut Conn, desk: &Desk, mut row: DecisionRow) -> Result<Incident, Error> {
    let (DecisionState::Done, Some(before)) = (row.state, &row.before) else {
        return Err(Error::Conflict("this decision is not one that can be taken back"));
    };
    let decision: Decision = row.decision.to().map_err(StoreError::unreadable)?;
    let before: Before = before.to().map_err(StoreError::unreadable)?;
    let incident = match decision {
        Decision::Merge { into } => part(conn, desk, &row, into)?,
        _ => restore(conn, desk, &row, &before)?,
    };
    lessons::withdraw(conn, row.incident_id, &desk.actor.tag(), before.lesson)?;
    (row.state, row.before) = (DecisionState::Undone, None);
    if !decisions::save(conn, DecisionState::Done, &row)? {
        return Err(Error::Conflict("this decision was taken back at the same moment"));
    }
    Ok(incident)
}

fn restore(conn: &mut Conn, desk: &Desk, row: &DecisionRow, before: &Before) -> Result<Incident, Error> {
    let mut case = Case::open(conn, desk, row.incident_id, row.version)?;
    case.restore(before)?;
    case.event(EventKind::Undone, json!({ "decision": row.decision, "step": case.incident.step }));
    case.save()
}

/// What was merged is parted; that is no word on whether the two are the same, so they are proposed again as before.
fn part(conn: &mut Conn, desk: &Desk, row: &DecisionRow, into: Id) -> Result<Incident, Error> {
    let parted = triage::unmerge(conn, desk, row.incident_id, row.version)?;
    likeness::decide(conn, row.incident_id, into, LikenessState::Proposed, &desk.actor.tag(), desk.now)?;
    judgements::withdraw(conn, row.incident_id, into)?;
    Ok(parted)
}

/// Forgets what can be taken back no more, and what was decided long ago.
///
/// # Errors
/// [`Error::Store`].
pub fn prune(conn: &mut Conn, wall: At) -> Result<(), Error> {
    let undoable = wall.plus_seconds(-UNDOABLE.max(batches::UNDOABLE));
    Ok(decisions::prune(conn, undoable, wall.plus_seconds(-KEPT))?)
}
