//! Deadlines that passed while nobody touched the incident.
//!
//! Whether a promise was kept is decided when the event comes; the sweep only notes what already is so. A breach bears its due
//! time, not the sweep's, and is noted once however many sweeps run: the incident's compare-and-set decides.

use serde_json::json;

use super::case::Case;
use super::{Desk, Error};
use crate::domain::sla::ClockKind;
use crate::domain::{Action, CloseReason, EventKind, Step};
use crate::store::{Conn, incidents, spine};

/// How many clocks one transaction sweeps.
pub const BATCH: i64 = 200;

/// What a sweep did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Breaches noted.
    pub missed: usize,
    /// Incidents closed because their author stayed silent.
    pub closed: usize,
    /// Whether the batch was full, so that more may wait.
    pub more: bool,
}

/// Sweeps one batch of overdue clocks, the longest overdue first.
///
/// # Errors
/// [`Error::Conflict`] when another worker or a member of staff was at the same incident: sweep again.
pub fn sweep(conn: &mut Conn, desk: &Desk) -> Result<Swept, Error> {
    let mut ids = spine::overdue(conn, desk.now, BATCH)?;
    let mut swept = Swept { more: ids.len() as i64 == BATCH, ..Swept::default() };
    ids.sort_unstable();
    ids.dedup();
    for incident in incidents::many(conn, &ids)? {
        let mut case = Case::of(conn, desk, incident);
        let passed = case.sweep()?;
        if passed.is_empty() {
            continue;
        }
        for (kind, cycle, due) in passed {
            if kind == ClockKind::AuthorWait {
                if case.incident.step == Step::AwaitingAuthor {
                    silence(&mut case)?;
                    swept.closed += 1;
                }
                continue;
            }
            swept.missed += 1;
            let organisation = case.incident.organisation.clone();
            let data = json!({ "clock": kind, "cycle": cycle, "due_at": due, "organisation": organisation });
            case.event(EventKind::DeadlineMissed, data);
        }
        case.save()?;
    }
    Ok(swept)
}

/// The wait for the author ran out. Silence closes; it never counts as satisfied.
fn silence(case: &mut Case<'_>) -> Result<(), Error> {
    case.step(Action::Close)?;
    case.close(CloseReason::NoAuthorReply)?;
    case.end_stay("closed", None)?;
    case.event(EventKind::Closed, json!({ "reason": CloseReason::NoAuthorReply }));
    Ok(())
}
