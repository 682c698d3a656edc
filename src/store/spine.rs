//! The spine and what hangs on it: events, clocks, assignments, answers.

use diesel::prelude::*;

use super::records::{Answer, Assignment, ClockRow, EventRow};
use super::schema::{answers, assignments, clocks, events, incidents};
use super::{Conn, bulk};
use crate::domain::{AnswerState, At, Id, Scope};

/// Appends events. The unique key (incident, n) refuses a second event with the same number.
pub fn append(conn: &mut Conn, new: &[EventRow]) -> QueryResult<()> {
    bulk::insert(conn, &new.iter().collect::<Vec<_>>())
}

/// An incident's events after number `after`, in their order.
pub fn events_of(conn: &mut Conn, incident: Id, after: i64, limit: i64) -> QueryResult<Vec<EventRow>> {
    events::table
        .filter(events::incident_id.eq(incident).and(events::n.gt(after)))
        .order(events::n)
        .limit(limit)
        .select(EventRow::as_select())
        .load(conn)
}

/// An incident's clocks.
pub fn clocks_of(conn: &mut Conn, incident: Id) -> QueryResult<Vec<ClockRow>> {
    clocks::table
        .filter(clocks::incident_id.eq(incident))
        .order((clocks::started_at, clocks::kind, clocks::cycle))
        .select(ClockRow::as_select())
        .load(conn)
}

/// Writes clocks, those that have begun and those that changed, in one statement.
pub fn put_clocks(conn: &mut Conn, clocks: &[&ClockRow]) -> QueryResult<()> {
    bulk::put(conn, clocks)
}

/// Deletes an incident's clocks but for these.
pub fn keep_clocks(conn: &mut Conn, incident: Id, kept: &[ClockRow]) -> QueryResult<()> {
    for clock in clocks_of(conn, incident)? {
        if !kept.iter().any(|one| (one.kind, one.cycle) == (clock.kind, clock.cycle)) {
            diesel::delete(clocks::table.find((incident, clock.kind, clock.cycle))).execute(conn)?;
        }
    }
    Ok(())
}

/// Notes a stay with an organisation.
pub fn add_assignment(conn: &mut Conn, new: &Assignment) -> QueryResult<()> {
    bulk::insert(conn, &[new])
}

/// An incident's stays with organisations, in their order.
pub fn assignments_of(conn: &mut Conn, incident: Id) -> QueryResult<Vec<Assignment>> {
    assignments::table
        .filter(assignments::incident_id.eq(incident))
        .order(assignments::n)
        .select(Assignment::as_select())
        .load(conn)
}

/// Ends the incident's present stay, if there is one.
pub fn end_assignment(conn: &mut Conn, incident: Id, at: At, reason: &str, note: Option<&str>) -> QueryResult<()> {
    let present = assignments::table.filter(assignments::incident_id.eq(incident).and(assignments::ended_at.is_null()));
    diesel::update(present)
        .set((assignments::ended_at.eq(at), assignments::end_reason.eq(reason), assignments::end_note.eq(note)))
        .execute(conn)?;
    Ok(())
}

/// Adds an answer.
pub fn add_answer(conn: &mut Conn, answer: &Answer) -> QueryResult<()> {
    bulk::insert(conn, &[answer])
}

/// Writes an answer back.
pub fn save_answer(conn: &mut Conn, answer: &Answer) -> QueryResult<()> {
    diesel::update(answers::table.find(answer.id)).set(answer).execute(conn)?;
    Ok(())
}

/// An incident's answers, in their order.
pub fn answers_of(conn: &mut Conn, incident: Id) -> QueryResult<Vec<Answer>> {
    answers::table.filter(answers::incident_id.eq(incident)).order(answers::n).select(Answer::as_select()).load(conn)
}

/// The answer with this identity.
pub fn answer(conn: &mut Conn, id: Id) -> QueryResult<Option<Answer>> {
    answers::table.find(id).select(Answer::as_select()).get_result(conn).optional()
}

/// Answers in a state, oldest first, after the one with identity `after`, of incidents that the scope holds.
pub fn answers_in(
    conn: &mut Conn,
    scope: &Scope,
    state: AnswerState,
    after: Option<Id>,
    limit: i64,
) -> QueryResult<Vec<Answer>> {
    let mut query = answers::table.inner_join(incidents::table).filter(answers::state.eq(state)).into_boxed();
    if let Scope::Subtree(ids) = scope {
        let ids: Vec<String> = ids.iter().cloned().collect();
        let held = incidents::organisation.eq_any(ids.clone()).or(incidents::executor.eq_any(ids));
        query = query.filter(held.assume_not_null());
    }
    if let Some(id) = after {
        query = query.filter(answers::id.gt(id));
    }
    query.order(answers::id).limit(limit).select(Answer::as_select()).load(conn)
}
