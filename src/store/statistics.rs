//! The narrow rows that statistics are counted from: a handful of columns, found by the indexes on receipt, closing and decision.
//!
//! Every query begins with the conditions of a list ([`fitting`]), so a figure and the list behind it cannot drift apart.

use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};

use super::conn::Conn;
use super::incidents::{Filter, Query, fitting, return_reasons};
use super::schema::{answers, assignments, clocks, incidents};
use super::types::Moment;
use crate::domain::sla::{ClockKind, ClockState};
use crate::domain::statistics::{Dimension, Fact};
use crate::domain::{At, CloseReason, Id, Outcome, Scope, Step};

/// What rows are told apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// Nothing: all rows are one.
    None,
    /// A column of the incident.
    By(Dimension),
    /// The department, or the organisation where there is none, as `organisation` and `executor` joined by [`BODY_JOINT`].
    Body,
}

/// Between the two parts of a [`Key::Body`]: a unit separator cannot be part of an id.
pub const BODY_JOINT: char = '\u{1f}';

impl Key {
    /// The expression, as text: it stands in queries over different joins, and in both engines alike.
    fn column(self) -> SqlLiteral<Nullable<Text>> {
        sql(match self {
            Key::None | Key::By(Dimension::Day | Dimension::Month) => "null",
            Key::By(Dimension::Organisation) => "incidents.organisation",
            Key::By(Dimension::Executor) => "incidents.executor",
            Key::By(Dimension::Topic) => "incidents.topic",
            Key::By(Dimension::Group) => "incidents.topic_group",
            Key::By(Dimension::Network) => "incidents.network",
            Key::By(Dimension::Municipality) => "incidents.municipality",
            // Null without an organisation: `||` with a null is null.
            Key::Body => "incidents.organisation || '\u{1f}' || coalesce(incidents.executor, '')",
        })
    }
}

fn matching<'a>(conn: &Conn, scope: &Scope, filter: &'a Filter) -> Query<'a> {
    fitting(scope, filter, matches!(conn, Conn::Sqlite(_)))
}

/// The incidents that fit, as facts.
pub fn facts(conn: &mut Conn, scope: &Scope, filter: &Filter, key: Key) -> QueryResult<Vec<(Option<String>, Fact)>> {
    use incidents as i;
    type Columns = (
        Option<String>,
        (At, Option<At>, Option<i64>, Option<At>),
        (Step, Option<Outcome>, Option<CloseReason>, Option<i32>),
    );
    let rows = matching(conn, scope, filter)
        .select((
            key.column(),
            (i::received_at, i::first_answer_at, i::first_answer_work, i::closed_at),
            (i::step, i::outcome, i::close_reason, i::rating),
        ))
        .load_iter::<Columns, _>(conn)?;
    rows.map(|row| {
        let (key, (received_at, first_answer_at, first_answer_work, closed_at), state) = row?;
        let (step, outcome, close_reason, rating) = state;
        let (open, merged) = (step != Step::Closed, close_reason == Some(CloseReason::Duplicate));
        let times = Fact {
            received_at,
            first_answer_at,
            first_answer_work,
            closed_at,
            open,
            merged,
            outcome,
            close_reason,
            rating,
        };
        Ok((key, times))
    })
    .collect()
}

/// The clock of a first answer.
#[derive(Debug, Clone, PartialEq, Queryable)]
pub struct Deadline {
    pub key: Option<String>,
    pub state: ClockState,
    pub is_breached: bool,
    /// When it was decided; while it is not, when the incident was received.
    pub at: At,
}

/// The first answers of incidents that fit whose deadlines were decided in `[from, to)`.
pub fn decided(
    conn: &mut Conn,
    scope: &Scope,
    filter: &Filter,
    from: At,
    to: At,
    key: Key,
) -> QueryResult<Vec<Deadline>> {
    matching(conn, scope, filter)
        .inner_join(clocks::table.on(clocks::incident_id.eq(incidents::id)))
        .filter(clocks::kind.eq(ClockKind::FirstAnswer))
        .filter(clocks::decided_at.ge(from).and(clocks::decided_at.lt(to)).assume_not_null())
        .select((key.column(), clocks::state, clocks::breached_at.is_not_null(), clocks::decided_at.assume_not_null()))
        .load(conn)
}

/// The incidents that fit whose first answer's clock runs or stands still.
pub fn owed(conn: &mut Conn, scope: &Scope, filter: &Filter, key: Key) -> QueryResult<Vec<Deadline>> {
    matching(conn, scope, filter)
        .inner_join(clocks::table.on(clocks::incident_id.eq(incidents::id)))
        .filter(clocks::kind.eq(ClockKind::FirstAnswer))
        .filter(clocks::state.eq_any([ClockState::Running, ClockState::Paused]))
        .select((key.column(), clocks::state, clocks::breached_at.is_not_null(), incidents::received_at))
        .load(conn)
}

/// The open incidents that fit: (key, the earliest due time that is not settled).
pub fn open(conn: &mut Conn, scope: &Scope, filter: &Filter, key: Key) -> QueryResult<Vec<(Option<String>, At)>> {
    matching(conn, scope, filter).select((key.column(), incidents::due_at)).load(conn)
}

/// How many open incidents fit, and how many of them are overdue: counted in the index, without reading a row.
pub fn levels(conn: &mut Conn, scope: &Scope, filter: &Filter, now: At) -> QueryResult<(i64, i64)> {
    let overdue = sql::<BigInt>("coalesce(sum(case when incidents.due_at < ")
        .bind::<Moment, _>(now)
        .sql(" then 1 else 0 end), 0)");
    matching(conn, scope, filter).select((sql::<BigInt>("count(*)"), overdue)).get_result(conn)
}

/// The answers to incidents that fit which were handed to an approver: (key, incident, sent back).
pub fn submitted(
    conn: &mut Conn,
    scope: &Scope,
    filter: &Filter,
    key: Key,
) -> QueryResult<Vec<(Option<String>, Id, bool)>> {
    matching(conn, scope, filter)
        .inner_join(answers::table.on(answers::incident_id.eq(incidents::id)))
        .filter(answers::submitted_at.is_not_null())
        .select((key.column(), incidents::id, answers::rework_reason.is_not_null()))
        .load(conn)
}

/// Who gave incidents that fit back as wrongly routed: (department or organisation, incident).
pub fn returned(conn: &mut Conn, scope: &Scope, filter: &Filter) -> QueryResult<Vec<(String, Id)>> {
    matching(conn, scope, filter)
        .filter(incidents::returns.gt(0))
        .inner_join(assignments::table.on(assignments::incident_id.eq(incidents::id)))
        .filter(sql::<Bool>("assignments.end_reason in ").sql(&return_reasons()))
        .select((sql::<Text>("coalesce(assignments.executor, assignments.organisation)"), incidents::id))
        .load(conn)
}
