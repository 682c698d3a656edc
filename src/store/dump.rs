//! Whole tables, row by row and whatever is in them: what a backup carries from one database to another.
//!
//! Which columns a table has, and of which types, is taken from [`schema`](super::schema), so a migration that adds a column needs
//! no change here. A new *table* needs its line in [`tables`]; a test compares the list with what the databases have.

mod statement;
mod value;

use diesel::connection::LoadConnection;
use diesel::deserialize;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::row::{Field, Row as _};
use diesel::sql_types::{BigInt, Nullable};

use super::conn::Conn;
use super::records::EventRow;
use super::schema::*;
use crate::domain::Id;
use statement::{Insert, Page};
use value::Described;
pub use value::{JsonText, Type, Value};

/// The values of one row, in the order of the table's columns.
pub type Row = Vec<Value>;

/// The most values one statement may bind on either engine, with room to spare.
const MOST_BINDS: usize = 30_000;

/// One column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub ty: Type,
}

/// One table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Where among the columns its key is: a unique index stands over them in this order.
    key: Vec<usize>,
    /// How many rows are read at once.
    batch: usize,
}

/// Makes the list of tables: name, columns of the key, rows read at once.
macro_rules! list {
    ($($table:ident ($($key:ident),+) by $batch:literal),+ $(,)?) => {
        vec![$(Table::of::<$table::table>(stringify!($table), &[$(<$table::$key as diesel::Column>::NAME),+], $batch)),+]
    };
}

/// Every table that a backup carries, each after those that it refers to. The index of words is not among them: it is made anew
/// from the messages.
pub fn tables() -> Vec<Table> {
    list![
        policies(version) by 2,
        staff(id) by 500,
        sessions(id) by 500,
        sources(id) by 500,
        source_secrets(id) by 500,
        incidents(number) by 500,
        messages(id) by 500,
        message_versions(message_id, at) by 500,
        assignments(incident_id, n) by 500,
        answers(id) by 500,
        clocks(incident_id, kind, cycle) by 500,
        events(incident_id, n) by 500,
        jobs(id) by 500,
        idempotency(actor, key) by 100,
        recomputations(id) by 500,
        notices(id) by 500,
        pages(id) by 500,
        heard(source_id, key) by 500,
        consents(source_id, author_key) by 500,
        collections(source_id, post_key) by 500,
        remarks(id) by 500,
        postings(id) by 500,
        paces(key) by 500,
        disclosures(id) by 500,
        files(id) by 4,
        lessons(n) by 500,
        models(version) by 1,
        pictures(file_id) by 500,
        likeness_queue(incident_id) by 500,
        likeness_keys(incident_id, key) by 500,
        likenesses(incident_id, other_id) by 500,
        judgements(id) by 500,
        hourly(topic_group, municipality, hour) by 500,
        bursts(id) by 500,
        burst_incidents(burst_id, incident_id) by 500,
        approved_answers(answer_id) by 500,
        answer_sentences(answer_id, print) by 500,
        holds(incident_id) by 500,
        put_offs(staff_id, incident_id) by 500,
        batches(id) by 500,
        decisions(id) by 500,
        saved_filters(id) by 500,
    ]
}

impl Table {
    fn of<T: diesel::Table>(name: &'static str, key: &[&str], batch: usize) -> Table
    where
        T::AllColumns: Described,
    {
        let mut columns = Vec::new();
        T::AllColumns::describe(&mut columns);
        let key = key.iter().filter_map(|key| columns.iter().position(|column| column.name == *key)).collect();
        Table { name, columns, key, batch }
    }

    /// Where a column stands among the others.
    pub fn position(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|other| other.name == column)
    }
}

/// Rows of a table in the order of its key, after the row `after`; few enough to be held. None left: the table is at its end.
pub fn read(conn: &mut Conn, table: &Table, after: Option<&Row>) -> QueryResult<Vec<Row>> {
    let limit = i64::try_from(table.batch).unwrap_or(i64::MAX);
    let cursor = LoadConnection::load(conn, Page { table, after, limit })?;
    let mut rows = Vec::with_capacity(table.batch);
    for row in cursor {
        let row = row?;
        let values = table.columns.iter().enumerate().map(|(n, column)| {
            let raw = row.get(n).ok_or("a column is missing")?;
            Value::of(column.ty, raw.value())
        });
        rows.push(values.collect::<deserialize::Result<Row>>().map_err(diesel::result::Error::DeserializationError)?);
    }
    Ok(rows)
}

/// How many rows of a table [`insert`] takes at once.
pub fn insert_batch(table: &Table) -> usize {
    table.batch.min(MOST_BINDS / table.columns.len().max(1))
}

/// Inserts rows, at most [`insert_batch`] of them, with the values they have, also where the database would give its own.
pub fn insert(conn: &mut Conn, table: &Table, rows: &[Row]) -> QueryResult<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let postgres = matches!(conn, Conn::Postgres(_));
    Insert { table, rows, postgres }.execute(conn)?;
    Ok(())
}

/// The column of incidents that refers to incidents: its values can be set only once all rows are there.
pub const PARENT: (&str, &str) = ("incidents", "parent_id");

/// Sets what [`PARENT`] held: (an incident's number, its parent).
pub fn set_parents(conn: &mut Conn, parents: &[(i64, Id)]) -> QueryResult<()> {
    for (number, parent) in parents {
        diesel::update(incidents::table.filter(incidents::number.eq(number)))
            .set(incidents::parent_id.eq(parent))
            .execute(conn)?;
    }
    Ok(())
}

diesel::table! {
    /// Where the migrations note which of them were applied.
    __diesel_schema_migrations (version) {
        version -> Text,
    }
}

/// The newest migration that was applied: the same on both engines.
pub fn schema_version(conn: &mut Conn) -> QueryResult<Option<String>> {
    use __diesel_schema_migrations::dsl;
    dsl::__diesel_schema_migrations.select(diesel::dsl::max(dsl::version)).get_result(conn)
}

/// Whether no table holds a row.
pub fn is_empty(conn: &mut Conn) -> QueryResult<bool> {
    for table in tables() {
        if !read(conn, &Table { batch: 1, ..table }, None)?.is_empty() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Deletes everything.
pub fn wipe(conn: &mut Conn) -> QueryResult<()> {
    let all = tables();
    match conn {
        Conn::Postgres(c) => {
            let names: Vec<&str> = all.iter().map(|table| table.name).collect();
            diesel::sql_query(format!("truncate incident_terms, {} restart identity", names.join(", "))).execute(c)?;
        }
        Conn::Sqlite(c) => {
            diesel::sql_query("insert into incident_terms(incident_terms) values ('delete-all')").execute(c)?;
            for table in all.iter().rev() {
                diesel::sql_query(format!("delete from {}", table.name)).execute(c)?;
            }
            diesel::sql_query("delete from sqlite_sequence").execute(c)?;
        }
    }
    Ok(())
}

/// Lets this transaction's statements take as long as they need: the whole of it is one long piece of work.
pub fn take_your_time(conn: &mut Conn) -> QueryResult<()> {
    if let Conn::Postgres(c) = conn {
        diesel::sql_query("set local statement_timeout = 0").execute(c)?;
    }
    Ok(())
}

/// The columns whose numbers the database gives, rising, and never one twice.
pub const COUNTERS: [(&str, &str); 2] = [("incidents", "number"), ("lessons", "n")];

/// The last number that a counter gave; none if it gave none yet.
pub fn counter(conn: &mut Conn, (table, column): (&str, &str)) -> QueryResult<Option<i64>> {
    match conn {
        Conn::Postgres(c) => diesel::select(sql::<Nullable<BigInt>>(&format!(
            "pg_sequence_last_value(pg_get_serial_sequence('{table}', '{column}')::regclass)"
        )))
        .get_result(c),
        Conn::Sqlite(c) => diesel::select(sql::<Nullable<BigInt>>(&format!(
            "(select seq from sqlite_sequence where name = '{table}')"
        )))
        .get_result(c),
    }
}

/// Lets a counter go on after `last`. On PostgreSQL this is not undone with the transaction, so it should come last in it.
pub fn set_counter(conn: &mut Conn, (table, column): (&str, &str), last: i64) -> QueryResult<()> {
    match conn {
        Conn::Postgres(c) => {
            let set = format!("select setval(pg_get_serial_sequence('{table}', '{column}'), {last})");
            diesel::sql_query(set).execute(c)?;
        }
        Conn::Sqlite(c) => {
            diesel::sql_query(format!("delete from sqlite_sequence where name = '{table}'")).execute(c)?;
            diesel::sql_query(format!("insert into sqlite_sequence (name, seq) values ('{table}', {last})"))
                .execute(c)?;
        }
    }
    Ok(())
}

/// The highest number in a counter's column.
pub fn highest(conn: &mut Conn, (table, column): (&str, &str)) -> QueryResult<Option<i64>> {
    diesel::select(sql::<Nullable<BigInt>>(&format!("(select max({column}) from {table})"))).get_result(conn)
}

/// What an incident says of its own history, and what it is found by.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable)]
#[diesel(table_name = incidents)]
pub struct Head {
    pub number: i64,
    pub id: Id,
    pub version: i64,
    pub spine: String,
    pub text: String,
}

/// Incidents after a number, in the order of numbers.
pub fn heads(conn: &mut Conn, after: i64, limit: i64) -> QueryResult<Vec<Head>> {
    incidents::table
        .filter(incidents::number.gt(after))
        .order(incidents::number)
        .limit(limit)
        .select(Head::as_select())
        .load(conn)
}

/// The events of these incidents, those of each together and in their order.
pub fn events_of(conn: &mut Conn, of: &[Id]) -> QueryResult<Vec<EventRow>> {
    events::table
        .filter(events::incident_id.eq_any(of))
        .order((events::incident_id, events::n))
        .select(EventRow::as_select())
        .load(conn)
}

/// The texts of these incidents' messages, those of each together and as they were published.
pub fn texts_of(conn: &mut Conn, of: &[Id]) -> QueryResult<Vec<(Id, String)>> {
    messages::table
        .filter(messages::incident_id.eq_any(of))
        .order((messages::incident_id, messages::published_at, messages::external_id))
        .select((messages::incident_id.assume_not_null(), messages::text))
        .load(conn)
}
