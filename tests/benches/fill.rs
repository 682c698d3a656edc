//! Databases with a city's years in them: copies of complaints that went the whole way through the use cases, with keys, times and
//! numbers of their own, poured in as the engine can.

use std::collections::BTreeSet;

use otklik::desk::answering::{self, Draft};
use otklik::desk::{Desk, triage};
use otklik::domain::{Actor, AnswerKind, At, CloseReason, Id, Outcome, Role, Scope};
use otklik::store::{Conn, Store};

use super::bare::{TABLES, Value};
use super::ground::{Ground, On, Serving};
use super::samples::{self, Sample, Samples};
use super::talk::{Dice, Talk};

/// How many complaints a month the city has.
const A_MONTH: u64 = 8000;
const MONTH_SECONDS: u64 = 30 * 86_400;

/// How many different complaints there are, closed and open.
const CLOSED: u64 = 1500;
const OPEN: u64 = 500;

/// A database of a size, and the service on it.
pub struct Site {
    pub size: u64,
    pub ground: Ground,
    pub serving: Serving,
}

/// One of each size.
pub fn sites(on: On, sizes: &[u64]) -> Vec<Site> {
    let (closed, open) = samples(on);
    sizes
        .iter()
        .map(|size| {
            let ground = Ground::new(on);
            eprintln!("filling {} with {size} incidents", ground.url);
            pour(&ground, &closed, &open, *size);
            Site { size: *size, serving: ground.serve(), ground }
        })
        .collect()
}

/// One in which so many complaints wait for moderators, and nothing else is.
pub fn waiting(on: On, size: u64) -> Site {
    let waiting = lived(on, 200_000..200_000 + OPEN, |_, _, _, _| {});
    let ground = Ground::new(on);
    eprintln!("filling {} with {size} incidents that wait", ground.url);
    pour(&ground, &waiting, &waiting, size);
    Site { size, serving: ground.serve(), ground }
}

/// Complaints at the end of their way, and on it.
fn samples(on: On) -> (Samples, Samples) {
    let closed = lived(on, 1..1 + CLOSED, |ground, store, id, received| live(ground, store, id, received, true));
    let open =
        lived(on, 100_000..100_000 + OPEN, |ground, store, id, received| live(ground, store, id, received, false));
    (closed, open)
}

/// Complaints that came in, and what became of them.
fn lived(on: On, numbers: std::ops::Range<u64>, live: impl Fn(&Ground, &Store, Id, At)) -> Samples {
    let ground = Ground::new(on);
    let (store, talk) = (ground.store(), Talk::new(&ground.policy));
    let received = At::now().plus_seconds(-40 * 86_400);
    for id in samples::take_in(&ground, &store, &talk, numbers, received) {
        live(&ground, &store, id, received);
    }
    Samples::read(&mut *ground.bare())
}

/// Lets an incident live: to its end, or a part of the way.
fn live(ground: &Ground, store: &Store, id: Id, received: At, closed: bool) {
    let mut dice = Dice::new(u64::from_be_bytes(*id.0.as_bytes().last_chunk().unwrap_or(&[0; 8])));
    let steps = if closed { 7 } else { dice.below(6) };
    let policy = ground.policy.clone();
    let desk = move |step: u64, role: Role| {
        let organisation = policy.doc().city.root.clone();
        let actor = Actor::Staff { id: Id::new(At::EVER), role, organisation, scope: Scope::All };
        Desk::new(policy.clone(), received.plus_seconds(i64::try_from(step * 20_000).unwrap_or(0)), actor)
    };
    store
        .write_now(move |conn: &mut Conn| -> Result<(), otklik::desk::Error> {
            let assigned = otklik::desk::incidents::get(conn, &desk(0, Role::Moderator), id)?.organisation.is_some();
            for step in 0..steps {
                match step {
                    0 if assigned => {}
                    0 => drop(triage::assign(conn, &desk(1, Role::Moderator), id, None, None, None)?),
                    1 => drop(answering::take(conn, &desk(2, Role::Coordinator), id, None)?),
                    2 => {
                        let text = "Здравствуйте! Работы по вашему обращению выполнены, спасибо за сигнал.".to_owned();
                        let draft =
                            Draft { kind: AnswerKind::Final, outcome: Some(Outcome::Resolved), text, via: None };
                        answering::draft(conn, &desk(3, Role::Coordinator), id, None, draft)?;
                    }
                    3 => drop(answering::submit(conn, &desk(4, Role::Coordinator), id, None, 1)?),
                    4 => drop(answering::approve(conn, &desk(5, Role::Approver), id, None, 1, &[])?),
                    5 => drop(answering::delivered(conn, &desk(6, Role::Moderator), id, 1, None)?),
                    _ => drop(answering::close(
                        conn,
                        &desk(7, Role::Controller),
                        id,
                        None,
                        CloseReason::AuthorSatisfied,
                        "",
                    )?),
                }
            }
            Ok(())
        })
        .expect("an incident's life");
}

/// Pours copies in: the last twelfth of the time has what is open, one in twenty of all.
fn pour(ground: &Ground, closed: &Samples, open: &Samples, size: u64) {
    let mut bare = ground.bare();
    bare.run(match ground.on {
        On::Sqlite => "pragma foreign_keys = off; pragma synchronous = off; pragma cache_size = -400000",
        On::Postgres => "set session_replication_role = replica; set synchronous_commit = off",
    });
    let now = At::now();
    let span = size * MONTH_SECONDS / A_MONTH;
    let (mut dice, mut chunk) = (Dice::new(size), vec![Vec::new(); TABLES.len()]);
    let sources = bare.read("select id from sources");
    for number in 1..=size {
        let at = now.plus_seconds(-i64::try_from(span - span * number / size).unwrap_or(0));
        let is_open = number * 12 > size * 11 && dice.below(100) < 60;
        let samples = if is_open { open } else { closed };
        let sample: &Sample = &samples.all[dice.below(samples.all.len() as u64) as usize];
        let shift = at.as_microsecond() - samples.received(sample);
        let copy = samples.copy(sample, &format!("-{number}"), at, shift);
        for (table, mut rows) in copy.tables.into_iter().enumerate() {
            for row in &mut rows {
                samples.set_source(table, row, &sources[0][0]);
                match TABLES[table] {
                    "incidents" => row.push(bare.int(i64::try_from(number).unwrap_or(0))),
                    "incident_terms" => row[0] = bare.int(i64::try_from(number).unwrap_or(0)),
                    _ => {}
                }
            }
            chunk[table].append(&mut rows);
        }
        if number % 5000 == 0 || number == size {
            bare.run("begin");
            for (table, rows) in chunk.iter_mut().enumerate() {
                let mut columns: Vec<&str> = closed.columns[table].iter().map(String::as_str).collect();
                if TABLES[table] == "incidents" {
                    columns.push("number");
                }
                bare.pour(table, &columns, rows);
                rows.clear();
            }
            bare.run("commit");
        }
    }
    match ground.on {
        On::Sqlite => bare.run("pragma wal_checkpoint(truncate)"),
        On::Postgres => {
            bare.run(&format!("select setval(pg_get_serial_sequence('incidents', 'number'), {size})"));
            bare.run("vacuum analyze");
            bare.run("checkpoint");
        }
    }
}

/// Identities of incidents all over the database.
pub fn ids(site: &Site, count: u64) -> Vec<uuid::Uuid> {
    let numbers: BTreeSet<u64> = (0..count).map(|n| 1 + n * site.size / count).collect();
    let list = numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
    let rows = site.ground.bare().read(&format!("select id from incidents where number in ({list})"));
    let id = |value: &Value| match value {
        Value::Bytes(bytes) => uuid::Uuid::from_slice(bytes).ok(),
        _ => None,
    };
    rows.iter().filter_map(|row| id(&row[0])).collect()
}
