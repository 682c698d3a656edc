//! The database alone: its own C library, prepared statements, and rows that are bytes already. What Otklik is measured against.

pub mod postgres;
pub mod sqlite;

use super::ground::On;

/// A value as the engine's library takes it. On PostgreSQL all are its binary form, in [`Value::Bytes`].
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Int(i64),
    Real(f64),
    Text(String),
    Bytes(Vec<u8>),
}

/// A row.
pub type Row = Vec<Value>;

/// The tables that a complaint's rows stand in, in the order of their foreign keys.
pub const TABLES: [&str; 7] = ["incidents", "messages", "assignments", "answers", "clocks", "events", "incident_terms"];

/// Columns that the database fills itself.
pub const GIVEN: [(&str, &str); 2] = [("incidents", "number"), ("incident_terms", "search")];

/// A connection.
pub trait Bare: Send {
    /// Runs statements without parameters.
    fn run(&mut self, sql: &str);
    /// The columns of each of [`TABLES`] that a writer fills.
    fn columns(&mut self) -> Vec<Vec<String>>;
    /// The rows of a query, in the form in which they can be written.
    fn read(&mut self, sql: &str) -> Vec<Row>;
    /// Writes rows into one of [`TABLES`] by prepared statements; the numbers they were given, if it is the incidents.
    fn insert(&mut self, table: usize, rows: &[Row]) -> Vec<i64>;
    /// Writes rows in bulk, as fast as the engine can, checking nothing.
    fn pour(&mut self, table: usize, columns: &[&str], rows: &[Row]);
    /// An integer as this engine has it.
    fn int(&self, value: i64) -> Value;
}

/// Opens a connection, with the same durability and the same settings as the service's own.
pub fn open(on: On, url: &str) -> Box<dyn Bare> {
    match on {
        On::Sqlite => Box::new(sqlite::Connection::open(url.trim_start_matches("sqlite:"))),
        On::Postgres => Box::new(postgres::Connection::open(url)),
    }
}

/// `insert into t (a, b) values` for columns.
fn insertion(table: usize, columns: &[String]) -> String {
    let names: Vec<_> = columns.iter().map(|name| format!("\"{name}\"")).collect();
    format!("insert into {} ({}) values ", TABLES[table], names.join(", "))
}

/// Whether the database fills the column.
fn is_given(table: usize, column: &str) -> bool {
    GIVEN.contains(&(TABLES[table], column))
}
