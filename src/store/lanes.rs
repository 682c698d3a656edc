//! The database threads: who runs which closure on which connection, and when it is committed.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager, TransactionManagerStatus};
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::{Connection, QueryResult};
use tokio::sync::oneshot;

use super::conn::{self, Conn};
use super::{Engine, StoreError, StoreSize};

/// The most closures that share one commit on SQLite. More would make the first of them wait for the last.
const GROUP: usize = 128;

/// How long a thread waits before it tries to open a lost connection anew.
const RECONNECT: Duration = Duration::from_millis(250);

/// A closure in a queue, with the way back to its caller inside.
trait Job: Send {
    /// Runs in the open transaction. `true`: keep the changes; `false`: undo them.
    fn run(&mut self, conn: &mut Conn) -> bool;
    /// Tells the caller, once the fate of its changes is known.
    fn settle(self: Box<Self>, committed: Result<(), StoreError>);
}

struct Call<T, E, F> {
    work: Option<F>,
    result: Option<Result<T, E>>,
    back: oneshot::Sender<Result<T, E>>,
}

impl<T, E, F> Job for Call<T, E, F>
where
    T: Send,
    E: From<StoreError> + Send,
    F: FnOnce(&mut Conn) -> Result<T, E> + Send,
{
    fn run(&mut self, conn: &mut Conn) -> bool {
        let Some(work) = self.work.take() else { return false };
        // A panic in one closure must not take the thread, and with it every other caller, down; nor may the parts of the
        // transaction that it leaves open swallow what the others write after it.
        let depth = depth(conn);
        let result = catch_unwind(AssertUnwindSafe(|| work(conn))).unwrap_or_else(|_| {
            while self::depth(conn) > depth && roll_back(conn).is_ok() {}
            Err(StoreError::Query(DieselError::RollbackTransaction).into())
        });
        let keep = result.is_ok();
        self.result = Some(result);
        keep
    }

    fn settle(self: Box<Self>, committed: Result<(), StoreError>) {
        let answer = match (self.result, committed) {
            (Some(Err(refused)), _) => Err(refused),
            (_, Err(failed)) => Err(failed.into()),
            (Some(Ok(value)), Ok(())) => Ok(value),
            (None, Ok(())) => Err(lost().into()),
        };
        // A caller that has gone away (its request was dropped) needs no answer.
        let _ = self.back.send(answer);
    }
}

/// The error of a call whose database thread vanished.
pub(super) fn lost() -> StoreError {
    StoreError::Away("the database thread ended".to_owned())
}

/// How many closures wait, and how many were done since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Depth {
    /// Waiting to read.
    pub reads: usize,
    /// Waiting to write.
    pub writes: usize,
    /// Transactions committed so far; a group counts once.
    pub commits: u64,
    /// Closures whose changes were committed so far.
    pub written: u64,
}

#[derive(Default)]
struct Counts {
    commits: AtomicU64,
    written: AtomicU64,
}

/// The queues to the database threads. Dropping it ends the threads once their queues are empty.
pub struct Lanes {
    reads: Sender<Box<dyn Job>>,
    writes: Sender<Box<dyn Job>>,
    counts: Arc<Counts>,
    /// The threads know by it whether anybody is left to serve.
    _owner: Arc<()>,
}

impl Lanes {
    pub(super) fn open(engine: &Engine, size: StoreSize) -> Result<Lanes, StoreError> {
        let counts = Arc::new(Counts::default());
        let owner = Arc::new(());
        let (reads, read_queue) = bounded::<Box<dyn Job>>(size.waiting);
        let (writes, write_queue) = bounded::<Box<dyn Job>>(size.waiting);
        let thread = |name: &str, queues: Queues| -> Result<(), StoreError> {
            let mut conn = conn::open(engine).map_err(|e| StoreError::Away(e.to_string()))?;
            if matches!(queues, Queues::Group(_)) {
                conn::prepare_to_write(&mut conn)?;
            }
            let counts = Arc::clone(&counts);
            let worker = Worker { engine: engine.clone(), conn, counts, owner: Arc::downgrade(&owner) };
            thread::Builder::new()
                .name(name.to_owned())
                .spawn(move || worker.serve(&queues))
                .map_err(|e| StoreError::Away(e.to_string()))?;
            Ok(())
        };
        match engine {
            Engine::Postgres { .. } => {
                for _ in 0..size.connections.max(1) {
                    thread("pg", Queues::Both { reads: read_queue.clone(), writes: write_queue.clone() })?;
                }
            }
            Engine::Sqlite { .. } => {
                thread("sqlite-write", Queues::Group(write_queue))?;
                for _ in 0..size.connections.max(1) {
                    thread("sqlite-read", Queues::Reads(read_queue.clone()))?;
                }
            }
        }
        Ok(Lanes { reads, writes, counts, _owner: owner })
    }

    pub(super) fn read<T, E, F>(&self, work: F) -> Result<oneshot::Receiver<Result<T, E>>, StoreError>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
    {
        enqueue(&self.reads, work)
    }

    pub(super) fn write<T, E, F>(&self, work: F) -> Result<oneshot::Receiver<Result<T, E>>, StoreError>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
    {
        enqueue(&self.writes, work)
    }

    pub(super) fn depth(&self) -> Depth {
        Depth {
            reads: self.reads.len(),
            writes: self.writes.len(),
            commits: self.counts.commits.load(Ordering::Relaxed),
            written: self.counts.written.load(Ordering::Relaxed),
        }
    }
}

fn enqueue<T, E, F>(queue: &Sender<Box<dyn Job>>, work: F) -> Result<oneshot::Receiver<Result<T, E>>, StoreError>
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
    F: FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
{
    let (back, answer) = oneshot::channel();
    let call = Call { work: Some(work), result: None, back };
    match queue.try_send(Box::new(call)) {
        Ok(()) => Ok(answer),
        Err(TrySendError::Full(_)) => Err(StoreError::Busy),
        Err(TrySendError::Disconnected(_)) => Err(lost()),
    }
}

/// Which closures a thread takes.
enum Queues {
    /// PostgreSQL: whatever comes first; each write a transaction of its own.
    Both { reads: Receiver<Box<dyn Job>>, writes: Receiver<Box<dyn Job>> },
    /// SQLite's readers.
    Reads(Receiver<Box<dyn Job>>),
    /// SQLite's one writer.
    Group(Receiver<Box<dyn Job>>),
}

struct Worker {
    engine: Engine,
    conn: Conn,
    counts: Arc<Counts>,
    owner: Weak<()>,
}

impl Worker {
    fn serve(mut self, queues: &Queues) {
        match queues {
            Queues::Reads(reads) => {
                for job in reads {
                    self.snapshot(job);
                }
            }
            Queues::Group(writes) => {
                for first in writes {
                    let mut group = vec![first];
                    group.extend(writes.try_iter().take(GROUP - 1));
                    self.commit(group);
                }
            }
            Queues::Both { reads, writes } => loop {
                crossbeam_channel::select! {
                    recv(reads) -> job => match job { Ok(job) => self.snapshot(job), Err(_) => break },
                    recv(writes) -> job => match job { Ok(job) => self.commit(vec![job]), Err(_) => break },
                }
            },
        }
    }

    /// A read: one statement after another on SQLite and PostgreSQL alike, in a transaction so that they see one state.
    fn snapshot(&mut self, mut job: Box<dyn Job>) {
        let begun = self.begin("BEGIN", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
        let done = begun.map_err(StoreError::from).and_then(|()| {
            job.run(&mut self.conn);
            roll_back(&mut self.conn).map_err(StoreError::from)
        });
        self.settle([job], done);
    }

    /// Runs the jobs in one transaction, each in a savepoint of its own if there are several, and commits.
    fn commit(&mut self, mut group: Vec<Box<dyn Job>>) {
        let done = self.run_group(&mut group).map_err(StoreError::from);
        if let Ok(kept @ 1..) = done {
            self.counts.commits.fetch_add(1, Ordering::Relaxed);
            self.counts.written.fetch_add(kept, Ordering::Relaxed);
        }
        self.settle(group, done.map(|_| ()));
    }

    /// How many of the jobs' changes were committed.
    fn run_group(&mut self, group: &mut [Box<dyn Job>]) -> QueryResult<u64> {
        self.begin("BEGIN IMMEDIATE", "BEGIN")?;
        let mut kept = 0;
        if let [job] = group {
            kept += u64::from(job.run(&mut self.conn));
        } else {
            for job in group {
                let done = self
                    .conn
                    .transaction(|conn| if job.run(conn) { Ok(()) } else { Err(DieselError::RollbackTransaction) });
                match done {
                    Ok(()) => kept += 1,
                    Err(DieselError::RollbackTransaction) => {}
                    Err(error) => {
                        let _ = roll_back(&mut self.conn);
                        return Err(error);
                    }
                }
            }
        }
        if kept > 0 {
            commit(&mut self.conn)?
        } else {
            roll_back(&mut self.conn)?
        }
        Ok(kept)
    }

    /// Begins a transaction. A server that was restarted while the connection lay idle is found out here, before anybody's work has
    /// begun: so on PostgreSQL it is tried once more on a new connection.
    fn begin(&mut self, sqlite: &str, postgres: &str) -> QueryResult<()> {
        let Err(error) = begin(&mut self.conn, sqlite, postgres) else { return Ok(()) };
        if matches!(self.engine, Engine::Postgres { .. })
            && let Ok(conn) = conn::open(&self.engine)
        {
            self.conn = conn;
            return begin(&mut self.conn, sqlite, postgres);
        }
        Err(error)
    }

    fn settle(&mut self, jobs: impl IntoIterator<Item = Box<dyn Job>>, done: Result<(), StoreError>) {
        let broken = matches!(&done, Err(StoreError::Query(error)) if is_lost(error)) || is_broken(&mut self.conn);
        for job in jobs {
            job.settle(match &done {
                Ok(()) => Ok(()),
                Err(error) => Err(StoreError::Away(error.to_string())),
            });
        }
        if broken {
            self.reconnect();
        }
    }

    /// Opens the connection anew, as long as it takes: callers meanwhile wait in the queue, and then are told it is full.
    fn reconnect(&mut self) {
        while self.owner.strong_count() > 0 {
            match conn::open(&self.engine) {
                Ok(conn) => {
                    self.conn = conn;
                    return;
                }
                Err(error) => {
                    tracing::warn!(engine = %self.engine, %error, "the database is away");
                    thread::sleep(RECONNECT);
                }
            }
        }
    }
}

fn is_lost(error: &DieselError) -> bool {
    matches!(
        error,
        DieselError::DatabaseError(DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand, _)
            | DieselError::BrokenTransactionManager
    )
}

/// A connection that is not back at transaction depth zero must not serve the next caller.
fn is_broken(conn: &mut Conn) -> bool {
    depth(conn) != Some(0)
}

/// How many transactions are open inside each other; None when diesel has lost count.
fn depth(conn: &mut Conn) -> Option<u32> {
    fn of<C>(conn: &mut C) -> Option<u32>
    where
        C: Connection<TransactionManager = AnsiTransactionManager>,
        AnsiTransactionManager: TransactionManager<C>,
    {
        let status = AnsiTransactionManager::transaction_manager_status_mut(conn);
        status.transaction_depth().ok().map(|depth| depth.map_or(0, u32::from))
    }
    match conn {
        Conn::Postgres(c) => of(c),
        Conn::Sqlite(c) => of(c),
    }
}

fn begin(conn: &mut Conn, sqlite: &str, postgres: &str) -> QueryResult<()> {
    match conn {
        Conn::Postgres(c) => AnsiTransactionManager::begin_transaction_sql(c, postgres),
        Conn::Sqlite(c) => AnsiTransactionManager::begin_transaction_sql(c, sqlite),
    }
}

fn commit(conn: &mut Conn) -> QueryResult<()> {
    match conn {
        // After a failed statement, PostgreSQL answers COMMIT with a quiet ROLLBACK: a closure that swallowed the error would
        // be told `Ok`, and nothing would be stored. The empty `SELECT`, in the same round trip, makes it an error.
        Conn::Postgres(c) => match c.batch_execute("SELECT; COMMIT") {
            Ok(()) => {
                // The manager did not see this COMMIT.
                *AnsiTransactionManager::transaction_manager_status_mut(c) = TransactionManagerStatus::default();
                Ok(())
            }
            Err(error) => {
                let _ = AnsiTransactionManager::rollback_transaction(c);
                Err(error)
            }
        },
        Conn::Sqlite(c) => AnsiTransactionManager::commit_transaction(c),
    }
}

fn roll_back(conn: &mut Conn) -> QueryResult<()> {
    match conn {
        Conn::Postgres(c) => AnsiTransactionManager::rollback_transaction(c),
        Conn::Sqlite(c) => AnsiTransactionManager::rollback_transaction(c),
    }
}
