//! Rows by the hundred in one statement that is prepared once, whatever their number.
//!
//! What differs between the engines is what costs. PostgreSQL's time goes into round trips and into planning statements of a thousand
//! parameters: there each column is one array, and all rows are one statement. SQLite has no round trips: there each row is a
//! statement, prepared already.

use std::marker::PhantomData;

use diesel::dsl::SqlTypeOf;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Text};
use diesel::sqlite::Sqlite;

use super::Conn;
use super::records::{
    Answer, AnswerSentence, ApprovedAnswer, Assignment, ClockRow, DecisionRow, EventRow, FileRow, HeardEvent, JobRow,
    LikenessKey, Message, NewIncident, NewLesson, Notice, QueuedLook,
};
use super::schema::{
    answer_sentences, answers, approved_answers, assignments, clocks, decisions, events, files, heard, incident_terms,
    incidents, jobs, lessons, likeness_keys, likeness_queue, messages, notices,
};
use super::types::Guid;
use crate::domain::Id;

/// An incident's words in the full-text index.
pub(super) struct Terms {
    /// The incident's number.
    pub rowid: i64,
    pub terms: String,
}

/// A record of which many can be inserted at once.
pub(super) trait Bulk: 'static {
    /// `insert into t ("a", "b")`.
    const INTO: &'static str;

    /// The values of a row, with commas between.
    fn values<'b>(&'b self, out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()>;

    /// The values of all rows, column by column.
    fn columns<'a>(rows: &[&'a Self]) -> Vec<Box<dyn QueryFragment<Pg> + 'a>>;
}

macro_rules! bulk {
    ($record:ty => $table:ident: $first:ident $($column:ident)*) => {
        impl Bulk for $record {
            const INTO: &'static str = concat!(
                "insert into ", stringify!($table), " (\"", stringify!($first), "\"" $(, ", \"", stringify!($column), "\"")*, ")"
            );

            fn values<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
                out.push_bind_param::<SqlTypeOf<$table::$first>, _>(&self.$first)?;
                $(
                    out.push_sql(", ");
                    out.push_bind_param::<SqlTypeOf<$table::$column>, _>(&self.$column)?;
                )*
                Ok(())
            }

            fn columns<'a>(rows: &[&'a Self]) -> Vec<Box<dyn QueryFragment<Pg> + 'a>> {
                vec![
                    array!(rows, $table, $first),
                    $(array!(rows, $table, $column),)*
                ]
            }
        }
    };
}

macro_rules! array {
    ($rows:ident, $table:ident, $column:ident) => {{
        let values: Vec<&'a _> = $rows.iter().map(|row| &row.$column).collect();
        Box::new(values.into_sql::<Array<SqlTypeOf<$table::$column>>>())
    }};
}

bulk!(NewIncident => incidents:
    id version spine step kind outcome close_reason network source_id account thread_key author_key lead_message text
    media topic topic_group topic_origin severity municipality settlement street house lat lon organisation executor
    routed policy_version returns rounds published_at received_at assigned_at first_answer_at first_answer_work
    delivered_at closed_at deferred_until due_at changed_at rating note extra personal okrug place_origin
);
bulk!(Message => messages:
    id source_id external_id incident_id form network account post_key parent_key author_key author_name author_url
    url text text_at attachments place rating published_at received_at deleted_at personal
);
bulk!(EventRow => events:
    incident_id n at actor kind data prev hash
);
bulk!(ClockRow => clocks:
    incident_id kind cycle term target base calendar policy_version organisation state started_at due_at settled_at
    breached_at decided_at history matched wake_at warned
);
bulk!(Assignment => assignments:
    incident_id n organisation executor by why assigned_at ended_at end_reason end_note
);
bulk!(Answer => answers:
    id incident_id n round kind outcome state text organisation drafted_by drafted_at submitted_at decided_by
    decided_at rework_reason rework_text delivered_at failure permalink via sent_at
);
bulk!(DecisionRow => decisions:
    id staff_id batch_id incident_id decision state why seen version before at
);
bulk!(Notice => notices:
    id staff_id kind incident_id number clock cycle step due_at state created_at send_after letter settled_at failure
);
bulk!(HeardEvent => heard:
    source_id key at
);
bulk!(FileRow => files:
    id message_id n url kind name state media_type size sha256 failure created_at settled_at
);
bulk!(JobRow => jobs:
    id key kind payload state run_at attempts leased_until lease last_error created_at finished_at
);
bulk!(QueuedLook => likeness_queue:
    incident_id since lease leased_until
);
bulk!(LikenessKey => likeness_keys:
    incident_id key at
);
bulk!(NewLesson => lessons:
    incident_id topic kind severity by at
);
bulk!(ApprovedAnswer => approved_answers:
    answer_id incident_id topic at
);
bulk!(AnswerSentence => answer_sentences:
    answer_id print incident_id at
);
bulk!(Terms => incident_terms:
    rowid terms
);

/// What a statement does beside inserting.
pub(super) trait Ending: 'static {
    const SQL: &'static str;
    type Row;
}

/// Nothing.
pub(super) struct Plain;

impl Ending for Plain {
    const SQL: &'static str = "";
    type Row = ();
}

/// Leaves out rows that a unique key refuses.
struct New;

impl Ending for New {
    const SQL: &'static str = " on conflict do nothing";
    type Row = ();
}

/// Takes the place of clocks that are there.
struct Renewed;

impl Ending for Renewed {
    const SQL: &'static str = " on conflict (incident_id, kind, cycle) do update set term = excluded.term, \
        target = excluded.target, base = excluded.base, calendar = excluded.calendar, \
        policy_version = excluded.policy_version, organisation = excluded.organisation, state = excluded.state, \
        started_at = excluded.started_at, due_at = excluded.due_at, settled_at = excluded.settled_at, \
        breached_at = excluded.breached_at, decided_at = excluded.decided_at, history = excluded.history, \
        matched = excluded.matched, wake_at = excluded.wake_at, warned = excluded.warned";
    type Row = ();
}

/// Leaves out the incidents whose thread has one, and tells the numbers of the others.
struct Numbered;

impl Ending for Numbered {
    const SQL: &'static str = " on conflict (thread_key) do nothing returning id, number";
    type Row = (Guid, BigInt);
}

/// Leaves out the events that were heard before, and tells which were not.
struct Unheard;

impl Ending for Unheard {
    const SQL: &'static str = " on conflict do nothing returning source_id, key";
    type Row = (Guid, Text);
}

/// All rows, as arrays.
struct All<'a, R, E>(Vec<Box<dyn QueryFragment<Pg> + 'a>>, PhantomData<(R, E)>);

impl<R: Bulk, E: Ending> QueryFragment<Pg> for All<'_, R, E> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(R::INTO);
        out.push_sql(" select * from unnest(");
        for (n, column) in self.0.iter().enumerate() {
            if n > 0 {
                out.push_sql(", ");
            }
            column.walk_ast(out.reborrow())?;
        }
        out.push_sql(")");
        out.push_sql(E::SQL);
        Ok(())
    }
}

/// One row.
struct One<'a, R, E>(&'a R, PhantomData<E>);

impl<R: Bulk, E: Ending> QueryFragment<Sqlite> for One<'_, R, E> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql(R::INTO);
        out.push_sql(" values (");
        self.0.values(out.reborrow())?;
        out.push_sql(")");
        out.push_sql(E::SQL);
        Ok(())
    }
}

macro_rules! statement {
    ($name:ident on $conn:ty) => {
        // The text follows from the types alone, so a connection prepares it once.
        impl<R: Bulk, E: Ending> QueryId for $name<'_, R, E> {
            type QueryId = $name<'static, R, E>;
            const HAS_STATIC_QUERY_ID: bool = true;
        }

        impl<R: Bulk, E: Ending> Query for $name<'_, R, E> {
            type SqlType = E::Row;
        }

        impl<R: Bulk, E: Ending> RunQueryDsl<$conn> for $name<'_, R, E> {}
    };
}

statement!(All on PgConnection);
statement!(One on SqliteConnection);

/// Inserts rows.
pub(super) fn insert<R: Bulk>(conn: &mut Conn, rows: &[&R]) -> QueryResult<()> {
    insert_with::<R, Plain>(conn, rows)
}

/// Writes clocks, whether they are there or not.
pub(super) fn put(conn: &mut Conn, clocks: &[&ClockRow]) -> QueryResult<()> {
    insert_with::<ClockRow, Renewed>(conn, clocks)
}

/// Inserts rows, but for those that a unique key refuses.
pub(super) fn insert_new<R: Bulk>(conn: &mut Conn, rows: &[&R]) -> QueryResult<()> {
    insert_with::<R, New>(conn, rows)
}

fn insert_with<R: Bulk, E: Ending>(conn: &mut Conn, rows: &[&R]) -> QueryResult<()> {
    if rows.is_empty() {
        return Ok(());
    }
    match conn {
        Conn::Postgres(conn) => {
            All::<R, E>(R::columns(rows), PhantomData).execute(conn)?;
        }
        Conn::Sqlite(conn) => {
            for row in rows {
                One::<R, E>(row, PhantomData).execute(conn)?;
            }
        }
    }
    Ok(())
}

/// Inserts rows; what the statement tells of those inserted.
macro_rules! telling {
    ($conn:ident, $rows:ident: $record:ty, $ending:ty => $told:ty) => {
        match $conn {
            Conn::Postgres(conn) => All::<$record, $ending>(<$record>::columns($rows), PhantomData).load(conn),
            Conn::Sqlite(conn) => {
                let mut told = Vec::with_capacity($rows.len());
                for row in $rows {
                    told.extend(One::<$record, $ending>(row, PhantomData).load::<$told>(conn)?);
                }
                Ok(told)
            }
        }
    };
}

/// Inserts incidents, unless their thread has one; the identities and numbers of those inserted.
pub(super) fn number(conn: &mut Conn, rows: &[&NewIncident]) -> QueryResult<Vec<(Id, i64)>> {
    telling!(conn, rows: NewIncident, Numbered => (Id, i64))
}

/// Notes events, unless they were heard before; those that were not.
pub(super) fn hear(conn: &mut Conn, rows: &[&HeardEvent]) -> QueryResult<Vec<(Id, String)>> {
    telling!(conn, rows: HeardEvent, Unheard => (Id, String))
}
