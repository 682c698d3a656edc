//! Deadlines that passed while nobody touched the incident.
//!
//! Whether a promise was kept is decided when the event comes; the sweep only notes what already is so. A breach bears its due
//! time, not the sweep's, and is noted once however many sweeps run: each incident is written by compare-and-set, and workers that
//! sweep side by side pass over what another has in hand. A batch is a few statements, whatever its size.

use std::collections::HashMap;

use serde_json::json;

use super::concerned::concerned;
use crate::desk::case::{Case, chained};
use crate::desk::clocks::{Kept, remind, reminders, versions};
use crate::desk::notices::{self, Alarm};
use crate::desk::{Desk, Error};
use crate::domain::notice::NoticeKind;
use crate::domain::sla::{ClockKind, ClockState};
use crate::domain::{Action, CloseReason, EventKind, Id, Step};
use crate::store::records::{EventRow, Incident};
use crate::store::sweep::{self as rows, Missed};
use crate::store::{Conn, incidents, spine};

/// How many clocks one transaction sweeps.
pub const BATCH: i64 = 500;

/// What a sweep did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Breaches noted.
    pub missed: usize,
    /// Clocks whose reminder had come.
    pub reminded: usize,
    /// Incidents closed because their author stayed silent.
    pub closed: usize,
    /// Whether the batch was full, so that more may wait.
    pub more: bool,
}

/// What a batch comes to.
#[derive(Default)]
struct Noted {
    missed: Vec<Missed>,
    events: Vec<EventRow>,
    /// Clocks that woke, and whether somebody is to be told.
    reminded: Vec<(bool, Kept)>,
    silent: Vec<Id>,
}

/// Sweeps one batch of clocks that wake, the longest overdue first.
///
/// # Errors
/// [`Error::Conflict`] when a member of staff was at one of the incidents: sweep again.
pub fn sweep(conn: &mut Conn, desk: &Desk) -> Result<Swept, Error> {
    let mut ids = rows::waking(conn, desk.now, BATCH)?;
    let more = i64::try_from(ids.len()).is_ok_and(|count| count == BATCH);
    ids.sort_unstable();
    ids.dedup();
    let mut incidents: HashMap<Id, Incident> =
        incidents::many(conn, &ids)?.into_iter().map(|incident| (incident.id, incident)).collect();
    let clocks = rows::running(conn, &incidents.keys().copied().collect::<Vec<_>>(), desk.now)?;
    let clocks = clocks.into_iter().map(Kept::read).collect::<Result<Vec<_>, _>>()?;
    let pages = desk.book.open(conn, &desk.policy, versions(&clocks))?;
    let mut noted = Noted::default();
    for mut clock in clocks {
        let Some(incident) = incidents.get_mut(&clock.row.incident_id) else { continue };
        let verdict = clock.judge(&pages, desk.now);
        if verdict.state == ClockState::Breached && clock.row.kind == ClockKind::AuthorWait {
            noted.silent.push(incident.id);
        } else if verdict.state == ClockState::Breached {
            clock.take_over(&verdict, &pages, desk.now);
            noted.miss(desk, incident, clock);
        } else {
            // Of the reminders that came since, only the latest is worth telling.
            let behind = clock.row.warned;
            if verdict.due_at == clock.row.due_at {
                remind(&mut clock.row, &reminders(&verdict, &pages), desk.now);
            } else {
                // The rules of its zone are others since a release with newer zone data.
                clock.take_over(&verdict, &pages, desk.now);
            }
            noted.reminded.push((clock.row.warned > behind, clock));
        }
    }
    let swept = Swept { missed: noted.events.len(), reminded: noted.reminded.len(), closed: noted.silent.len(), more };
    noted.tell(conn, desk, &incidents)?;
    noted.write(conn, desk)?;
    Ok(swept)
}

impl Noted {
    fn miss(&mut self, desk: &Desk, incident: &mut Incident, clock: Kept) {
        let row = &clock.row;
        let organisation = incident.organisation.clone();
        // Not its due time now: it may have been put off, or chosen anew, after it was broken.
        let broken = row.breached_at.unwrap_or(row.due_at);
        let data = json!({ "clock": row.kind, "cycle": row.cycle, "due_at": broken, "organisation": organisation });
        let (seen, n) = (incident.version, incident.version + 1);
        let tag = desk.actor.tag();
        let event = chained(incident.id, n, &incident.spine, desk.now, &tag, EventKind::DeadlineMissed, &data);
        (incident.version, incident.changed_at) = (n, desk.now);
        incident.spine.clone_from(&event.hash);
        self.events.push(event);
        // Two clocks of one incident may run out in one batch: the incident is written once, from the version that was read.
        match self.missed.iter_mut().rev().find(|missed| missed.incident == incident.id) {
            Some(missed) => {
                (missed.version, missed.spine) = (n, incident.spine.clone());
                missed.clocks.push(clock.row);
            }
            None => self.missed.push(Missed {
                incident: incident.id,
                seen,
                version: n,
                spine: incident.spine.clone(),
                changed_at: desk.now,
                clocks: vec![clock.row],
            }),
        }
    }

    /// Those whose work it is hear of it.
    fn tell(&self, conn: &mut Conn, desk: &Desk, incidents: &HashMap<Id, Incident>) -> Result<(), Error> {
        let near = self.reminded.iter().filter(|(is_new, _)| *is_new);
        let near = near.map(|(_, clock)| (NoticeKind::DeadlineNear, clock.row.warned, &clock.row));
        let missed = self.missed.iter().flat_map(|one| &one.clocks).map(|row| (NoticeKind::DeadlineMissed, 0, row));
        let alarms = near.chain(missed).filter_map(|(kind, step, row)| {
            let incident = incidents.get(&row.incident_id)?;
            let (roles, organisation) = concerned(row.kind, incident)?;
            Some(Alarm {
                incident: incident.id,
                number: incident.number,
                clock: row.kind,
                cycle: row.cycle,
                step,
                kind,
                due_at: row.due_at,
                roles,
                organisation,
                calendar: row.calendar.clone(),
            })
        });
        notices::give(conn, desk, &alarms.collect::<Vec<_>>())
    }

    fn write(self, conn: &mut Conn, desk: &Desk) -> Result<(), Error> {
        if !rows::miss(conn, &self.missed, &self.events)? {
            return Err(Error::Conflict("somebody else changed an incident at the same moment"));
        }
        spine::put_clocks(conn, &self.reminded.iter().map(|(_, clock)| &clock.row).collect::<Vec<_>>())?;
        for id in self.silent {
            if let Some(incident) = incidents::get(conn, id)? {
                silence(Case::of(conn, desk, incident))?;
            }
        }
        Ok(())
    }
}

/// The wait for the author ran out. Silence closes; it never counts as satisfied.
fn silence(mut case: Case<'_>) -> Result<(), Error> {
    case.wait_ended()?;
    if case.incident.step == Step::AwaitingAuthor {
        case.step(Action::Close)?;
        case.close(CloseReason::NoAuthorReply)?;
        case.end_stay("closed", None)?;
        case.event(EventKind::Closed, json!({ "reason": CloseReason::NoAuthorReply }));
    }
    case.save()?;
    Ok(())
}
