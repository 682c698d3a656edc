//! The store's contract: a closure's changes are all there or not at all, `Ok` means durable, and one caller's fault is not
//! another's.

use std::collections::BTreeSet;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::result::Error as DieselError;
use otklik::domain::{At, Doc, Id};
use otklik::store::records::JobRow;
use otklik::store::schema::jobs;
use otklik::store::{Conn, Engine, Store, StoreError, StoreSize};
use serde_json::{Value, json};

use crate::harness::postgres::{Cluster, Disk};
use crate::harness::{Database, On, until};

both_engines! {
    an_error_undoes_only_its_own_changes,
    a_panic_undoes_only_its_own_changes,
    an_error_swallowed_is_not_a_loss_hidden,
    every_writer_is_durable_and_counted,
    waiting_writers_share_what_the_engine_lets_them_share,
    a_full_queue_answers_busy_and_recovers,
    a_read_sees_one_state_and_changes_nothing,
    values_come_back_as_they_were,
    instants_and_identities_sort_as_they_should,
    a_caller_who_goes_away_leaves_no_half,
}

// What a test writes: rows of `jobs`, because they need no others.

fn at(text: &str) -> At {
    text.parse().expect("an instant")
}

fn row(key: impl Into<String>) -> JobRow {
    let now = at("2026-03-02T09:00:00.000001Z");
    JobRow {
        id: Id::new(now),
        key: key.into(),
        kind: "test".into(),
        payload: Doc(json!({})),
        state: "done".into(),
        run_at: now,
        attempts: 0,
        leased_until: None,
        lease: None,
        last_error: None,
        created_at: now,
        finished_at: None,
    }
}

fn insert(conn: &mut Conn, key: impl Into<String>) -> QueryResult<()> {
    diesel::insert_into(jobs::table).values(row(key)).execute(conn).map(|_| ())
}

fn write(store: &Store, key: &str) -> Result<(), StoreError> {
    let key = key.to_owned();
    store.write_now(move |conn| Ok(insert(conn, key)?))
}

fn keys(store: &Store) -> BTreeSet<String> {
    let keys: Result<Vec<String>, StoreError> = store.read_now(|conn| Ok(jobs::table.select(jobs::key).load(conn)?));
    keys.expect("the keys are read").into_iter().collect()
}

fn set(keys: impl IntoIterator<Item = impl Into<String>>) -> BTreeSet<String> {
    keys.into_iter().map(Into::into).collect()
}

/// Holds every thread that writes, so that what is written meanwhile waits in the queue.
struct Hold {
    release: Vec<Sender<()>>,
    held: Vec<JoinHandle<Result<(), StoreError>>>,
}

impl Hold {
    fn new(store: &Store, threads: usize) -> Hold {
        let (is_held, held_now) = channel();
        let (mut release, mut held) = (Vec::new(), Vec::new());
        for _ in 0..threads {
            let (go, wait) = channel::<()>();
            let (store, is_held) = (store.clone(), is_held.clone());
            release.push(go);
            held.push(thread::spawn(move || {
                store.write_now(move |_| {
                    let _ = is_held.send(());
                    let _ = wait.recv();
                    Ok(())
                })
            }));
        }
        (0..threads).for_each(|_| held_now.recv().expect("a thread is held"));
        Hold { release, held }
    }

    fn release(self) {
        drop(self.release);
        for held in self.held {
            held.join().expect("the holder lives").expect("an empty write commits");
        }
    }
}

/// How many threads of a store write.
fn writers(database: &Database, connections: usize) -> usize {
    if database.on_engine() == On::Sqlite { 1 } else { connections }
}

/// A closure for the store.
type Work<T> = Box<dyn FnOnce(&mut Conn) -> Result<T, StoreError> + Send>;

/// Runs the writes so that they wait together and, on SQLite, are committed as one group; their results, in order.
fn together<T: Send + 'static>(database: &Database, store: &Store, writes: Vec<Work<T>>) -> Vec<Result<T, StoreError>> {
    let hold = Hold::new(store, writers(database, 4));
    let mut callers = Vec::new();
    for (n, work) in writes.into_iter().enumerate() {
        let writer = store.clone();
        callers.push(thread::spawn(move || writer.write_now(work)));
        // One after the other, so that they stand in the queue in this order.
        until("the write to wait in the queue", || store.depth().writes == n + 1);
    }
    hold.release();
    callers.into_iter().map(|caller| caller.join().expect("no caller panics")).collect()
}

fn an_error_undoes_only_its_own_changes(database: Database) {
    let store = database.store();
    write(&store, "taken").unwrap();
    let writes = (0..40).map(|n| -> Work<usize> {
        Box::new(move |conn| {
            insert(conn, format!("{n} first"))?;
            match n % 4 {
                // A rule says no.
                1 => return Err(StoreError::Busy),
                // The database says no.
                2 => insert(conn, "taken")?,
                // A part of the closure says no, and the closure goes on without it.
                3 => {
                    let part = conn.transaction(|conn| {
                        insert(conn, format!("{n} part"))?;
                        insert(conn, "taken")
                    });
                    assert!(part.is_err());
                }
                _ => {}
            }
            insert(conn, format!("{n} second"))?;
            Ok(n)
        })
    });
    let results = together(&database, &store, writes.collect());

    let mut expected = set(["taken"]);
    for (n, result) in results.into_iter().enumerate() {
        match n % 4 {
            1 => assert!(matches!(result, Err(StoreError::Busy)), "{n}: {result:?}"),
            2 => assert!(
                matches!(result, Err(StoreError::Query(DieselError::DatabaseError(kind, _)))
                    if matches!(kind, diesel::result::DatabaseErrorKind::UniqueViolation)),
                "{n} must fail by the unique key"
            ),
            _ => {
                assert_eq!(result.unwrap(), n);
                expected.extend([format!("{n} first"), format!("{n} second")]);
            }
        }
    }
    assert_eq!(keys(&store), expected);
}

fn a_panic_undoes_only_its_own_changes(database: Database) {
    let store = database.store();
    let panics = |how: usize| -> Work<()> {
        // Unwinding without the panic hook: a test that passes should not print a panic.
        match how {
            0 => Box::new(|_| resume_unwind(Box::new("at once"))),
            1 => Box::new(|conn| {
                insert(conn, "before the panic")?;
                resume_unwind(Box::new("after a write"))
            }),
            _ => Box::new(|conn| {
                insert(conn, "before the panic")?;
                Ok(conn.transaction(|conn| -> QueryResult<()> {
                    insert(conn, "inside the part that panics")?;
                    resume_unwind(Box::new("inside a part of the transaction"))
                })?)
            }),
        }
    };
    let mut expected = BTreeSet::new();
    for how in 0..3 {
        // Alone …
        assert!(store.write_now(panics(how)).is_err(), "panic {how} alone");
        write(&store, &format!("after {how} alone")).unwrap();
        // … and among others that wait.
        let mut writes = Vec::new();
        for n in 0..12 {
            writes.push(if n == 5 {
                panics(how)
            } else {
                Box::new(move |conn: &mut Conn| Ok(insert(conn, format!("{n} beside {how}"))?)) as Work<()>
            });
        }
        let results = together(&database, &store, writes);
        for (n, result) in results.into_iter().enumerate() {
            // Those beside it may be told to try again, but never that they are stored when they are not.
            match result {
                Ok(()) if n != 5 => drop(expected.insert(format!("{n} beside {how}"))),
                Err(StoreError::Away(_)) if n != 5 => {}
                Err(_) if n == 5 => {}
                other => panic!("{n} beside {how}: {other:?}"),
            }
        }
        expected.insert(format!("after {how} alone"));
        assert_eq!(keys(&store), expected, "panic {how}");

        let read: Result<(), StoreError> = store.read_now(|_| resume_unwind(Box::new("while reading")));
        assert!(read.is_err());
    }
    assert!(expected.len() > 30, "a panic should not cost the others so much: {expected:?}");
}

/// PostgreSQL gives a transaction up at the first error in it; a closure that does not pass that error on must not be told
/// that all is stored.
fn an_error_swallowed_is_not_a_loss_hidden(database: Database) {
    let store = database.store();
    write(&store, "taken").unwrap();
    let done: Result<(), StoreError> = store.write_now(|conn| {
        insert(conn, "mine")?;
        let _ = insert(conn, "taken");
        Ok(())
    });
    assert_eq!(done.is_ok(), keys(&store).contains("mine"), "it was told {done:?}");
    write(&store, "after").unwrap();
}

fn every_writer_is_durable_and_counted(database: Database) {
    let store = database.store();
    write(&store, "taken").unwrap();
    let before = store.depth();
    let writers: Vec<_> = (0..8)
        .map(|writer| {
            let store = store.clone();
            thread::spawn(move || {
                for n in 0..25 {
                    write(&store, &format!("{writer}-{n}")).expect("stored");
                    assert!(write(&store, "taken").is_err());
                }
            })
        })
        .collect();
    writers.into_iter().for_each(|writer| writer.join().expect("every write succeeds"));

    let after = store.depth();
    assert_eq!(after.written - before.written, 200, "counted are the closures whose changes were kept");
    assert!(after.commits > before.commits);
    assert_eq!((after.reads, after.writes), (0, 0));
    // What another program sees.
    let expected = (0..8).flat_map(|writer| (0..25).map(move |n| format!("{writer}-{n}"))).chain(["taken".to_owned()]);
    assert_eq!(keys(&database.store()), expected.collect());
}

fn waiting_writers_share_what_the_engine_lets_them_share(database: Database) {
    let store = database.store();
    let before = store.depth().commits;
    let writes = (0..100).map(|n| -> Work<()> { Box::new(move |conn| Ok(insert(conn, n.to_string())?)) });
    assert!(together(&database, &store, writes.collect()).into_iter().all(|result| result.is_ok()));
    assert_eq!(keys(&store).len(), 100);
    let commits = store.depth().commits - before;
    match database.on_engine() {
        On::Sqlite => assert_eq!(commits, 2, "the one that held the writer, and all that waited"),
        On::Postgres => assert_eq!(commits, 104, "a transaction each"),
    }
}

fn a_full_queue_answers_busy_and_recovers(database: Database) {
    let store = database.store_of(StoreSize { connections: 1, waiting: 3 });
    let hold = Hold::new(&store, 1);
    let waiting: Vec<_> = (0..3)
        .map(|n| {
            let store = store.clone();
            thread::spawn(move || write(&store, &format!("waits {n}")))
        })
        .collect();
    until("three writes to wait", || store.depth().writes == 3);
    for n in 0..10 {
        let refused = write(&store, &format!("refused {n}"));
        assert!(matches!(refused, Err(StoreError::Busy)), "{refused:?}");
    }
    hold.release();
    for waiting in waiting {
        waiting.join().unwrap().expect("what was let in is done");
    }
    write(&store, "after").expect("there is room again");
    assert_eq!(keys(&store), set(["waits 0", "waits 1", "waits 2", "after"]));
    assert_eq!(store.depth().writes, 0);
}

fn a_read_sees_one_state_and_changes_nothing(database: Database) {
    let store = database.store();
    write(&store, "before").unwrap();
    let (has_looked, looked) = channel::<()>();
    let (has_written, written): (Sender<()>, Receiver<()>) = channel();
    let reader = {
        let store = store.clone();
        thread::spawn(move || -> Result<(i64, i64), StoreError> {
            store.read_now(move |conn| {
                let first = jobs::table.count().get_result(conn)?;
                has_looked.send(()).expect("the test waits");
                written.recv().expect("the test writes");
                Ok((first, jobs::table.count().get_result(conn)?))
            })
        })
    };
    looked.recv().unwrap();
    write(&store, "meanwhile").expect("a reader keeps no writer waiting");
    has_written.send(()).unwrap();
    assert_eq!(reader.join().unwrap().unwrap(), (1, 1), "before and after somebody else's commit");
    assert_eq!(keys(&store).len(), 2);

    let _: Result<(), StoreError> = store.read_now(|conn| Ok(insert(conn, "by a reader")?));
    assert_eq!(keys(&store), set(["before", "meanwhile"]));
    write(&store, "after").unwrap();
}

fn values_come_back_as_they_were(database: Database) {
    let store = database.store();
    let docs = [
        Value::Null,
        json!([]),
        json!({}),
        json!("Сугробы на ул. 70 лет Октября, ёлки-палки \"в кавычках\" \\ \u{1F6A7} \u{7f}\n"),
        json!({"ключ": {"глубже": [1, -2, 3.5, true, null, "ё"]}, "a.b": 9_007_199_254_740_993_i64, "": u64::MAX}),
        json!([0.1, 1e-7, -0.5, i64::MIN]),
        json!("x".repeat(1_000_000)),
    ];
    let instants = [
        at("1969-12-31T23:59:59.999999Z"),
        at("1970-01-01T00:00:00Z"),
        at("2025-12-24T14:06:00.000001Z"),
        at("2026-03-02T09:00:00.123456+06:00"),
        at("0001-01-01T00:00:00Z"),
        At::NEVER,
    ];
    let mut rows: Vec<JobRow> = Vec::new();
    for (n, doc) in docs.into_iter().enumerate() {
        rows.push(JobRow { payload: Doc(doc), ..row(format!("doc {n}")) });
    }
    for (n, instant) in instants.into_iter().enumerate() {
        let lease = Id::new(At::now());
        let row = row(format!("instant {n}"));
        rows.push(JobRow { run_at: instant, leased_until: Some(instant), lease: Some(lease), ..row });
    }
    rows.push(JobRow { id: Id(uuid::Uuid::nil()), attempts: i32::MIN, last_error: Some(String::new()), ..row("nil") });
    rows.push(JobRow { id: Id(uuid::Uuid::max()), attempts: i32::MAX, last_error: Some("ё".into()), ..row("max") });

    let written = rows.clone();
    let done: Result<(), StoreError> = store.write_now(move |conn| {
        for row in written {
            diesel::insert_into(jobs::table).values(row).execute(conn)?;
        }
        Ok(())
    });
    done.unwrap();
    for row in rows {
        // Found by the value, and then the same.
        let (id, lease, run_at) = (row.id, row.lease, row.run_at);
        let found: Result<JobRow, StoreError> = store.read_now(move |conn| {
            let query = jobs::table.filter(jobs::id.eq(id)).filter(jobs::run_at.eq(run_at));
            Ok(match lease {
                Some(lease) => query.filter(jobs::lease.eq(lease)).filter(jobs::leased_until.eq(run_at)).first(conn)?,
                None => query.filter(jobs::lease.is_null()).filter(jobs::leased_until.is_null()).first(conn)?,
            })
        });
        assert_eq!(found.unwrap_or_else(|error| panic!("{}: {error}", row.key)), row);
    }
}

fn instants_and_identities_sort_as_they_should(database: Database) {
    let store = database.store();
    // By age, whichever order they are written in, on both sides of 1970 and of 2000.
    let mut instants: Vec<At> = ["1960-05-05T00:00:00Z", "1999-12-31T23:59:59.999999Z", "2000-01-01T00:00:00Z"]
        .into_iter()
        .chain(["2026-03-02T09:00:00.000001Z", "2026-03-02T09:00:00.000002Z", "2038-02-01T00:00:00Z"])
        .map(at)
        .collect();
    instants.push(At::NEVER);
    let later: Vec<At> = (0..20).map(|n| at("2026-03-02T09:00:00Z").plus_seconds(n)).collect();
    let ids: Vec<Id> = later.iter().map(|at| Id::new(*at)).collect();
    let written: Vec<JobRow> = instants
        .iter()
        .map(|instant| JobRow { run_at: *instant, kind: "instant".into(), ..row(instant.to_string()) })
        .chain(ids.iter().map(|id| JobRow { id: *id, kind: "id".into(), ..row(id.to_string()) }))
        .rev()
        .collect();
    let done: Result<(), StoreError> = store.write_now(move |conn| {
        for row in written {
            diesel::insert_into(jobs::table).values(row).execute(conn)?;
        }
        Ok(())
    });
    done.unwrap();
    let read: Result<(Vec<At>, Vec<Id>, i64), StoreError> = store.read_now(|conn| {
        let at = jobs::table.filter(jobs::kind.eq("instant")).order(jobs::run_at).select(jobs::run_at).load(conn)?;
        let id = jobs::table.filter(jobs::kind.eq("id")).order(jobs::id).select(jobs::id).load(conn)?;
        let old = jobs::table.filter(jobs::run_at.lt(self::at("2000-01-01T00:00:00Z"))).count().get_result(conn)?;
        Ok((at, id, old))
    });
    assert_eq!(read.unwrap(), (instants, ids, 2));
}

/// A request may be dropped while its write waits or runs: then it is done or not done, and nothing else suffers.
fn a_caller_who_goes_away_leaves_no_half(database: Database) {
    let store = database.store();
    let hold = Hold::new(&store, writers(&database, 4));
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        let mut write = Box::pin(store.write(|conn| -> Result<(), StoreError> {
            insert(conn, "first half")?;
            insert(conn, "second half")?;
            Ok(())
        }));
        // Asked once, it stands in the queue; then its caller goes.
        let asked = std::future::poll_fn(|context| std::task::Poll::Ready(write.as_mut().poll(context).is_pending()));
        assert!(asked.await, "it waits behind the held writer");
    });
    hold.release();
    write(&store, "after").unwrap();
    until("the queue to be empty", || store.depth().writes == 0);
    let left = keys(&store);
    assert_eq!(left.contains("first half"), left.contains("second half"));
    assert!(left.contains("after"));
}

/// Every connection is cut by the administrator, and later one cuts itself in the middle of its transaction.
#[test]
fn a_lost_connection_heals() {
    let database: Database = crate::harness::Ground::on(On::Postgres);
    let store = database.store();
    write(&store, "before").unwrap();
    let other = PgConnection::establish(database.url());
    other
        .unwrap()
        .batch_execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()")
        .unwrap();

    let mut stored = set(["before"]);
    for n in 0..40 {
        let key = format!("write {n}");
        write(&store, &key).expect("a connection that was cut while idle is opened anew before it is needed");
        stored.insert(key);
    }
    assert_eq!(keys(&store), stored);

    let cut: Result<(), StoreError> = store.write_now(|conn| {
        insert(conn, "half")?;
        conn.batch_execute("select pg_terminate_backend(pg_backend_pid())")?;
        Ok(())
    });
    assert!(cut.is_err());
    for n in 0..10 {
        write(&store, &format!("healed {n}")).expect("the store opened the connection anew");
        stored.insert(format!("healed {n}"));
    }
    assert_eq!(keys(&store), stored);
}

/// The whole server dies under load and comes again: what was told `Ok` is there, and the store finds back by itself.
#[test]
fn a_crashed_server_loses_nothing_that_was_promised() {
    let cluster = Cluster::start(Disk::Durable);
    let engine: Engine = cluster.database().parse().unwrap();
    let store = Store::open(engine, StoreSize { connections: 4, waiting: 256 }).unwrap();
    let over = Arc::new(AtomicBool::new(false));
    let promises = Arc::new(AtomicUsize::new(0));
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let (store, over, promises) = (store.clone(), Arc::clone(&over), Arc::clone(&promises));
            thread::spawn(move || {
                let (mut promised, mut refused) = (Vec::new(), 0);
                for n in 0.. {
                    let key = format!("{writer}-{n}");
                    match write(&store, &key) {
                        Ok(()) => {
                            promised.push(key);
                            promises.fetch_add(1, Ordering::Relaxed);
                        }
                        Err(_) => refused += 1,
                    }
                    if over.load(Ordering::Relaxed) {
                        break;
                    }
                }
                (promised, refused)
            })
        })
        .collect();
    until("some promises", || promises.load(Ordering::Relaxed) > 50);
    cluster.crash();
    let before = promises.load(Ordering::Relaxed);
    cluster.restart();
    until("promises after the crash", || promises.load(Ordering::Relaxed) > before + 50);
    over.store(true, Ordering::Relaxed);

    let (mut promised, mut refused) = (BTreeSet::new(), 0);
    for writer in writers {
        let (kept, lost) = writer.join().expect("a writer goes on");
        promised.extend(kept);
        refused += lost;
    }
    assert!(refused > 0, "the crash was not felt");
    let there = keys(&store);
    let lost: Vec<_> = promised.difference(&there).collect();
    assert!(lost.is_empty(), "promised and lost: {lost:?}");
}
