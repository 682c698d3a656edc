//! What a decision would make of the deadlines, before it is made.

use diesel::Connection as _;
use serde::Serialize;
use utoipa::ToSchema;

use crate::desk::{Desk, Error, incidents};
use crate::domain::sla::{ClockKind, ClockState};
use crate::domain::{At, Id, Step};
use crate::store::records::ClockRow;
use crate::store::{Conn, spine};

/// What would be.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Preview {
    /// The step that the incident would be in.
    pub step: Step,
    /// The earliest due time that would be left; none if nothing would be owed any more.
    pub due_at: Option<At>,
    /// The clocks that would wait or would change, in the order in which they begin.
    pub clocks: Vec<PreviewedClock>,
}

/// A clock as it would be.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PreviewedClock {
    pub kind: ClockKind,
    #[schema(example = 1)]
    pub cycle: i32,
    /// The term that it would run by.
    #[schema(example = "answer-urgent")]
    pub term: String,
    #[schema(example = "4h")]
    pub target: String,
    pub state: ClockState,
    /// When it is due as things stand; none if it does not run yet.
    pub before: Option<At>,
    /// When it would be due.
    pub after: Option<At>,
}

/// The way back: a preview is a decision that is made and undone, so it can never differ from what saving it does.
enum Undone {
    Shown(Step, Vec<ClockRow>),
    Refused(Error),
}

impl From<diesel::result::Error> for Undone {
    fn from(error: diesel::result::Error) -> Undone {
        Undone::Refused(error.into())
    }
}

impl From<Error> for Undone {
    fn from(error: Error) -> Undone {
        Undone::Refused(error)
    }
}

/// What `decision` would make of the incident's deadlines. Nothing is stored.
///
/// # Errors
/// [`Error::NotFound`]; those of the decision.
pub fn preview(
    conn: &mut Conn,
    desk: &Desk,
    id: Id,
    decision: impl FnOnce(&mut Conn) -> Result<(), Error>,
) -> Result<Preview, Error> {
    incidents::get(conn, desk, id)?;
    let before = spine::clocks_of(conn, id)?;
    let undone = conn.transaction(|conn| {
        decision(conn)?;
        // Not by the actor's right to see it: the decision may give the incident away.
        let incident = crate::store::incidents::get(conn, id)?.ok_or(Error::NotFound("incident"))?;
        Err::<(), _>(Undone::Shown(incident.step, spine::clocks_of(conn, id)?))
    });
    match undone {
        Err(Undone::Shown(step, after)) => Ok(shown(step, &before, &after)),
        Err(Undone::Refused(error)) => Err(error),
        Ok(()) => Err(Error::Conflict("nothing was decided")),
    }
}

fn shown(step: Step, before: &[ClockRow], after: &[ClockRow]) -> Preview {
    let due = |clock: &ClockRow| Some(clock.due_at).filter(|at| *at != At::NEVER);
    let was = |clock: &ClockRow| before.iter().find(|one| (one.kind, one.cycle) == (clock.kind, clock.cycle));
    let told = after.iter().filter(|clock| clock.settled_at.is_none() || was(clock) != Some(*clock));
    let clocks = told.map(|clock| PreviewedClock {
        kind: clock.kind,
        cycle: clock.cycle,
        term: clock.term.clone(),
        target: clock.target.clone(),
        state: clock.state,
        before: was(clock).and_then(due),
        after: due(clock),
    });
    let left = after.iter().filter(|clock| clock.settled_at.is_none()).filter_map(due).min();
    Preview { step, due_at: left, clocks: clocks.collect() }
}
