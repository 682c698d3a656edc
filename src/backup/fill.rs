//! Rows from the file into the tables.

use std::collections::BTreeMap;

use super::after::{self, Chains};
use super::file::{Entry, Note, Reader, TableHead, Totals};
use super::{Error, row};
use crate::domain::Id;
use crate::store::dump::{self, Row, Table, Value};
use crate::store::{Conn, Engine};

/// Rows are inserted at the latest when their lines together are this long.
const BATCH_BYTES: usize = 4 << 20;

/// Fills the database; rows by table, and whether the histories are whole.
pub(super) fn fill(
    conn: &mut Conn,
    engine: &Engine,
    mut file: Reader,
    force: bool,
) -> Result<(BTreeMap<String, u64>, Chains), Error> {
    dump::take_your_time(conn)?;
    let (header, ours) = (file.header().clone(), dump::schema_version(conn)?.unwrap_or_default());
    if header.schema != ours {
        return Err(Error::OtherSchema { found: header.schema, ours, program: header.program });
    }
    if !dump::is_empty(conn)? {
        if !force {
            return Err(Error::NotEmpty(engine.clone()));
        }
        dump::wipe(conn)?;
    }
    let totals = rows(conn, &mut file)?;
    let chains = after::settle(conn)?;
    for counter in dump::COUNTERS {
        let last = totals.counters.get(counter.0).copied().max(dump::highest(conn, counter)?);
        if let Some(last) = last {
            dump::set_counter(conn, counter, last)?;
        }
    }
    Ok((totals.rows, chains))
}

fn rows(conn: &mut Conn, file: &mut Reader) -> Result<Totals, Error> {
    let mut tables = dump::tables().into_iter();
    let mut current: Option<Filling> = None;
    loop {
        // What is wrong with a line is told after the line is let go.
        let wrong = match file.next()? {
            Some(Entry::Row(line)) => match current.as_mut().map(|filling| filling.take(conn, line)) {
                Some(Ok(())) => continue,
                Some(Err(Stop::Failed(error))) => return Err(error),
                Some(Err(Stop::Wrong(why))) => why,
                None => "a row of no table".to_owned(),
            },
            Some(Entry::Note(Note::Table(head))) => {
                if let Some(filling) = current.take() {
                    filling.finish(conn)?;
                }
                match tables.next().filter(|table| TableHead::of(table) == head) {
                    Some(table) => {
                        current = Some(Filling::new(table));
                        continue;
                    }
                    None => format!("table {} is not the one that should be here", head.name),
                }
            }
            Some(Entry::Note(Note::Totals(totals))) if tables.len() == 0 => {
                if let Some(filling) = current.take() {
                    filling.finish(conn)?;
                }
                return Ok(totals);
            }
            _ => "tables are missing".to_owned(),
        };
        return Err(file.damaged(wrong));
    }
}

/// Why a row was not taken.
enum Stop {
    /// The row is wrong.
    Wrong(String),
    /// The database failed.
    Failed(Error),
}

/// A table that is being filled.
struct Filling {
    table: Table,
    rows: Vec<Row>,
    bytes: usize,
    /// Where the column is that refers to rows of this table, and where the number is that these rows go by.
    parent: Option<(usize, usize)>,
    parents: Vec<(i64, Id)>,
}

impl Filling {
    fn new(table: Table) -> Filling {
        let parent = if table.name == dump::PARENT.0 {
            table.position(dump::PARENT.1).zip(table.position("number"))
        } else {
            None
        };
        Filling { table, rows: Vec::new(), bytes: 0, parent, parents: Vec::new() }
    }

    fn take(&mut self, conn: &mut Conn, line: &str) -> Result<(), Stop> {
        let mut row = row::decode(&self.table, line).map_err(Stop::Wrong)?;
        if let Some((parent, number)) = self.parent
            && let (Value::Guid(Some(id)), Value::BigInt(Some(number))) = (&row[parent], &row[number])
        {
            self.parents.push((*number, *id));
            row[parent] = Value::Guid(None);
        }
        self.rows.push(row);
        self.bytes += line.len();
        if self.rows.len() >= dump::insert_batch(&self.table) || self.bytes >= BATCH_BYTES {
            self.flush(conn).map_err(Stop::Failed)?;
        }
        Ok(())
    }

    fn flush(&mut self, conn: &mut Conn) -> Result<(), Error> {
        dump::insert(conn, &self.table, &self.rows)?;
        self.rows.clear();
        self.bytes = 0;
        Ok(())
    }

    fn finish(mut self, conn: &mut Conn) -> Result<(), Error> {
        self.flush(conn)?;
        dump::set_parents(conn, &self.parents)?;
        tracing::info!(table = self.table.name, "restored");
        Ok(())
    }
}
