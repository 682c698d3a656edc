//! Rows as the service writes them, to be written again by the database alone under other keys.

use std::collections::HashMap;
use std::sync::Arc;

use otklik::desk::{Desk, intake};
use otklik::domain::classify::WordRules;
use otklik::domain::{Actor, At, Id, Incoming, text};
use otklik::store::records::Source;
use otklik::store::{Conn, Store, sources};

use super::bare::{Bare, Row, TABLES, Value};
use super::ground::Ground;
use super::talk::Talk;

/// 2000-01-01, where PostgreSQL counts from, in microseconds since 1970.
const EPOCH: i64 = 946_684_800_000_000;

/// What stands in a column, as far as it must differ from copy to copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Copied,
    Incident,
    Lead,
    Fresh,
    Key,
    Number,
    Time,
}

/// The rows of one complaint, table by table.
#[derive(Debug, Clone)]
pub struct Sample {
    pub tables: Vec<Vec<Row>>,
}

/// Makes copies of complaints.
pub struct Samples {
    pub columns: Vec<Vec<String>>,
    parts: Vec<Vec<Part>>,
    pub all: Vec<Sample>,
}

fn part(table: usize, column: &str) -> Part {
    match (TABLES[table], column) {
        ("incidents", "id") | (_, "incident_id") => Part::Incident,
        ("incidents", "lead_message") | ("messages", "id") => Part::Lead,
        (_, "id") => Part::Fresh,
        (_, "thread_key" | "external_id") => Part::Key,
        ("incident_terms", "rowid") => Part::Number,
        (_, "at" | "deferred_until") => Part::Time,
        (_, column) if column.ends_with("_at") => Part::Time,
        _ => Part::Copied,
    }
}

impl Samples {
    /// Reads back every complaint of a database.
    pub fn read(bare: &mut dyn Bare) -> Samples {
        let columns = bare.columns();
        let parts: Vec<Vec<Part>> = columns
            .iter()
            .enumerate()
            .map(|(table, names)| names.iter().map(|name| part(table, name)).collect())
            .collect();
        let mut samples = Samples { columns, parts, all: Vec::new() };
        let mut of: HashMap<Vec<u8>, usize> = HashMap::new();
        for (table, name) in TABLES.iter().enumerate().take(TABLES.len() - 1) {
            let order = if *name == "incidents" { "number" } else { "incident_id" };
            let names: Vec<_> = samples.columns[table].iter().map(|name| format!("\"{name}\"")).collect();
            for row in bare.read(&format!("select {} from {} order by {order}", names.join(", "), name)) {
                let Some(at) = samples.parts[table].iter().position(|part| *part == Part::Incident) else { continue };
                let Value::Bytes(id) = &row[at] else { continue };
                let place = *of.entry(id.clone()).or_insert_with(|| {
                    samples.all.push(Sample { tables: vec![Vec::new(); TABLES.len()] });
                    samples.all.len() - 1
                });
                samples.all[place].tables[table].push(row);
            }
        }
        let text_at = samples.columns[0].iter().position(|name| name == "text").unwrap_or(0);
        for sample in &mut samples.all {
            let words = match &sample.tables[0][0][text_at] {
                Value::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
                Value::Text(text) => text.clone(),
                _ => String::new(),
            };
            let terms = text::index_terms(&words);
            sample.tables[TABLES.len() - 1] = vec![vec![Value::Null, Value::Text(terms)]];
        }
        samples
    }

    /// A copy under keys of its own, all times moved by `shift` microseconds. The terms' number is left to be set.
    pub fn copy(&self, sample: &Sample, key: &str, at: At, shift: i64) -> Sample {
        let (incident, lead) = (id(Id::new(at)), id(Id::new(at)));
        let mut copy = sample.clone();
        for (table, rows) in copy.tables.iter_mut().enumerate() {
            for row in rows {
                for (value, part) in row.iter_mut().zip(&self.parts[table]) {
                    match part {
                        Part::Copied | Part::Number => {}
                        Part::Incident => value.clone_from(&incident),
                        Part::Lead => value.clone_from(&lead),
                        Part::Fresh => *value = id(Id::new(at)),
                        Part::Key => self.renew(value, key),
                        Part::Time => self.shift(value, shift),
                    }
                }
            }
        }
        copy
    }

    /// When a complaint was received, in microseconds since 1970.
    pub fn received(&self, sample: &Sample) -> i64 {
        let at = self.columns[0].iter().position(|name| name == "received_at").unwrap_or(0);
        match &sample.tables[0][0][at] {
            Value::Int(at) => *at,
            Value::Bytes(bytes) => bytes.as_slice().try_into().map_or(0, i64::from_be_bytes) + EPOCH,
            _ => 0,
        }
    }

    /// Puts a row to another source.
    pub fn set_source(&self, table: usize, row: &mut Row, source: &Value) {
        if let Some(at) = self.columns[table].iter().position(|name| name == "source_id") {
            row[at].clone_from(source);
        }
    }

    fn renew(&self, value: &mut Value, key: &str) {
        match value {
            Value::Text(text) => text.push_str(key),
            Value::Bytes(bytes) => bytes.extend_from_slice(key.as_bytes()),
            _ => {}
        }
    }

    fn shift(&self, value: &mut Value, by: i64) {
        let never = At::NEVER.as_microsecond();
        match value {
            Value::Int(at) if *at < never => *at += by,
            Value::Bytes(bytes) => {
                let Ok(at) = bytes.as_slice().try_into().map(i64::from_be_bytes) else { return };
                if at < never - EPOCH {
                    *bytes = (at + by).to_be_bytes().to_vec();
                }
            }
            _ => {}
        }
    }
}

fn id(id: Id) -> Value {
    Value::Bytes(id.0.as_bytes().to_vec())
}

/// Takes complaints in by the use case itself, a hundred a transaction.
pub fn take_in(ground: &Ground, store: &Store, talk: &Talk, numbers: std::ops::Range<u64>, at: At) -> Vec<Id> {
    let rules = WordRules::new(&ground.policy.doc().topics);
    let source = source(store);
    let mut taken = Vec::new();
    let numbers: Vec<u64> = numbers.collect();
    for hundred in numbers.chunks(100) {
        let prepared = hundred
            .iter()
            .map(|n| {
                let incoming: Incoming = serde_json::from_value(talk.complaint(*n, at)).expect("a good complaint");
                Arc::new(intake::prepare(&ground.policy, &rules, &source, incoming, at))
            })
            .collect::<Vec<_>>();
        let desk = Desk::new(ground.policy.clone(), at, Actor::System);
        let receipts =
            store.write_now(move |conn| intake::receive(conn, &desk, &prepared)).expect("complaints are taken in");
        taken.extend(receipts.iter().filter_map(|receipt| receipt.incident).map(|(id, _)| id));
    }
    taken
}

fn source(store: &Store) -> Source {
    let find = |conn: &mut Conn| -> Result<_, otklik::desk::Error> { Ok(sources::by_name(conn, "bench")?) };
    store.read_now(find).expect("the database answers").expect("the source is there")
}
