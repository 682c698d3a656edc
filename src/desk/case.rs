//! An incident opened for change: every use case that changes one goes through here, so that each change moves the version,
//! appends to the spine and keeps the clocks in one way.

mod clocks;

use std::rc::Rc;

use serde_json::Value;

use super::clocks::earliest_due;
use super::decisions::Before;
use super::{Desk, Error};
use crate::domain::event;
use crate::domain::route::Facts;
use crate::domain::sla::ClockKind;
use crate::domain::{Action, At, CloseReason, Doc, EventKind, Id, Limits, Policy};
use crate::store::records::{Assignment, EventRow, Incident};
use crate::store::{Conn, incidents, likeness, spine};
use clocks::Clocks;
pub use clocks::Moved;

/// An incident under change. Nothing is written before [`Case::save`].
pub(super) struct Case<'a> {
    pub conn: &'a mut Conn,
    pub desk: &'a Desk,
    pub incident: Incident,
    /// As it was read.
    before: Rc<Incident>,
    events: Vec<EventRow>,
    clocks: Option<Clocks>,
}

impl<'a> Case<'a> {
    /// Opens the incident if the actor may see it and it still is at the version the actor saw.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Stale`].
    pub fn open(conn: &'a mut Conn, desk: &'a Desk, id: Id, seen: Option<i64>) -> Result<Case<'a>, Error> {
        let incident = incidents::get(conn, id)?
            .filter(|i| desk.actor.scope().holds(i.organisation.as_deref(), i.executor.as_deref()))
            .ok_or(Error::NotFound("incident"))?;
        if seen.is_some_and(|seen| seen != incident.version) {
            return Err(Error::Stale { current: incident.version });
        }
        Ok(Case::of(conn, desk, incident))
    }

    /// Opens an incident that was read in this transaction.
    pub fn of(conn: &'a mut Conn, desk: &'a Desk, incident: Incident) -> Case<'a> {
        let before = Rc::new(incident.clone());
        Case { conn, desk, incident, before, events: Vec::new(), clocks: None }
    }

    /// Makes the move, if the state machine has it.
    ///
    /// # Errors
    /// [`Refusal::IllegalMove`](crate::domain::Refusal::IllegalMove).
    pub fn step(&mut self, action: Action) -> Result<(), Error> {
        self.incident.step = self.incident.standing().after(action, limits(&self.desk.policy))?;
        Ok(())
    }

    /// Does a part of the work as of another time.
    pub fn desk_at(&mut self, then: &Desk, work: impl FnOnce(&mut Case<'_>) -> Result<(), Error>) -> Result<(), Error> {
        let mut inner = Case {
            conn: self.conn,
            desk: then,
            incident: self.incident.clone(),
            before: Rc::clone(&self.before),
            events: std::mem::take(&mut self.events),
            clocks: self.clocks.take(),
        };
        let done = work(&mut inner);
        (self.incident, self.events, self.clocks) = (inner.incident, inner.events, inner.clocks);
        done
    }

    /// Appends an event.
    pub fn event(&mut self, kind: EventKind, data: Value) {
        let incident = &mut self.incident;
        incident.version += 1;
        let event =
            chained(incident.id, incident.version, &incident.spine, self.desk.now, &self.desk.actor.tag(), kind, &data);
        incident.spine.clone_from(&event.hash);
        self.events.push(event);
    }

    /// Writes everything: the incident by compare-and-set, its events, its clocks.
    ///
    /// # Errors
    /// [`Error::Conflict`] when somebody else changed the incident meanwhile.
    pub fn save(mut self) -> Result<Incident, Error> {
        self.incident.changed_at = self.desk.now;
        if self.incident.step != self.before.step {
            self.stand_or_run(self.incident.version)?;
        }
        if let Some(clocks) = &self.clocks {
            self.incident.due_at = earliest_due(clocks.rows());
        }
        if !incidents::save(self.conn, &self.before, &self.incident)? {
            return Err(Error::Conflict("somebody else changed the incident at the same moment"));
        }
        if self.is_another() {
            likeness::look_again(self.conn, &[self.incident.id], self.desk.now)?;
        }
        spine::append(self.conn, &self.events)?;
        if let Some(clocks) = &self.clocks {
            clocks.save(self.conn)?;
        }
        Ok(self.incident)
    }

    /// Whether something changed by which likeness is told.
    fn is_another(&self) -> bool {
        let (was, is) = (&self.before, &self.incident);
        let place = |i: &Incident| [&i.settlement, &i.street, &i.house].map(Clone::clone);
        was.text != is.text || was.topic != is.topic || was.municipality != is.municipality || place(was) != place(is)
    }

    /// Brings back what the incident was, with its clocks and its stay, as if nothing had been done since.
    ///
    /// What residents wrote is not touched, nor what nobody decides: the number, the version, the spine.
    pub fn restore(&mut self, before: &Before) -> Result<(), Error> {
        let is = &self.incident;
        let restored = Incident {
            version: is.version,
            spine: is.spine.clone(),
            text: is.text.clone(),
            media: is.media,
            personal: is.personal.clone(),
            extra: is.extra.clone(),
            lead_message: is.lead_message,
            ..before.incident.clone()
        };
        self.incident = restored;
        spine::keep_clocks(self.conn, self.incident.id, &before.clocks)?;
        self.bring_back(before.clocks.clone())?;
        let last = spine::assignments_of(self.conn, self.incident.id)?.last().map(|stay| stay.n);
        if last != before.stay {
            self.end_stay("undone", None)?;
            if self.incident.organisation.is_some() {
                self.begin_stay(self.incident.routed.clone())?;
            }
        }
        Ok(())
    }

    /// Closes with a reason: what is left of the clocks ends.
    pub fn close(&mut self, reason: CloseReason) -> Result<(), Error> {
        self.incident.close_reason = Some(reason);
        self.incident.closed_at = Some(self.desk.now);
        self.incident.deferred_until = None;
        self.cancel(|_| true, "closed")
    }

    /// Opens again after the author's word or a controller's: the wait ends, a new final answer is owed.
    pub fn reopen(&mut self) -> Result<(), Error> {
        let was_closed = !self.incident.is_open();
        self.step(Action::Reopen)?;
        let incident = &mut self.incident;
        (incident.close_reason, incident.closed_at, incident.outcome) = (None, None, None);
        let (unanswered, unassigned) = (incident.first_answer_at.is_none(), incident.organisation.is_none());
        self.cancel(|kind| kind == ClockKind::AuthorWait, "reopened")?;
        self.start(ClockKind::Resolution)?;
        if unanswered {
            self.start(ClockKind::Reaction)?;
            self.start(ClockKind::FirstAnswer)?;
        } else {
            self.start(ClockKind::NextAnswer)?;
        }
        if unassigned {
            self.start(ClockKind::Routing)?;
        } else if was_closed {
            self.begin_stay(Doc::of::<[u8; 0]>(&[]))?;
        }
        Ok(())
    }

    /// Notes that the incident stays with its organisation from now on.
    pub fn begin_stay(&mut self, why: Doc) -> Result<(), Error> {
        let n = spine::assignments_of(self.conn, self.incident.id)?.last().map_or(0, |stay| stay.n);
        let stay = Assignment {
            incident_id: self.incident.id,
            n: n + 1,
            organisation: self.incident.organisation.clone().unwrap_or_default(),
            executor: self.incident.executor.clone(),
            by: self.desk.actor.tag(),
            why,
            assigned_at: self.desk.now,
            ended_at: None,
            end_reason: None,
            end_note: None,
        };
        Ok(spine::add_assignment(self.conn, &stay)?)
    }

    /// Notes that the incident's present stay, if there is one, has ended.
    pub fn end_stay(&mut self, reason: &str, note: Option<&str>) -> Result<(), Error> {
        let note = note.filter(|n| !n.is_empty());
        Ok(spine::end_assignment(self.conn, self.incident.id, self.desk.now, reason, note)?)
    }
}

/// The numbers of the policy that bear on the life.
pub(super) fn limits(policy: &Policy) -> Limits {
    Limits { max_returns: i32::from(policy.max_returns()), max_rounds: i32::from(policy.max_rounds()) }
}

/// What routing looks at.
pub(super) fn facts(incident: &Incident) -> Facts<'_> {
    Facts {
        municipality: Some(&incident.municipality),
        topic: incident.topic.as_deref(),
        group: incident.topic_group.as_deref(),
    }
}

/// An event, chained to the one before it.
pub(super) fn chained(
    incident: Id,
    n: i64,
    prev: &str,
    at: At,
    actor: &str,
    kind: EventKind,
    data: &Value,
) -> EventRow {
    let data = data.to_string();
    let hash = event::link(prev, incident, n, at, actor, kind, &data);
    EventRow {
        incident_id: incident,
        n,
        at,
        actor: actor.to_owned(),
        kind: kind.as_str().to_owned(),
        data,
        prev: prev.to_owned(),
        hash,
    }
}
