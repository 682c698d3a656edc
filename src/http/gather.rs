//! Gathers the messages of concurrent requests into common transactions.
//!
//! A round trip and an fsync cost the same for one message as for a hundred. So whatever waits while a transaction is under way
//! goes into the next one together. A request alone is not held back: it is written at once.

use std::collections::VecDeque;
use std::future::{Ready, ready};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::problem::Problem;
use crate::app::App;
use crate::desk::Error;
use crate::desk::intake::{self, Prepared, Receipt};
use crate::domain::Actor;
use crate::store::{Conn, StoreError};

/// The most messages that share a transaction, unless a single request brings more.
const MOST: usize = 256;

/// How often a request is tried when another transaction took the same thread at the same moment. The second try finds it.
const TRIES: usize = 4;

type Answer = Result<Vec<Receipt>, Error>;

struct Waiting {
    batch: Vec<Arc<Prepared>>,
    back: oneshot::Sender<Answer>,
}

/// The messages that wait, and the leave to write them. Cheap to clone.
#[derive(Clone)]
pub struct Gather {
    queue: Arc<Mutex<VecDeque<Waiting>>>,
    /// One permit for each transaction that may be under way.
    lanes: Arc<Semaphore>,
}

impl FromRequest for Gather {
    type Error = Problem;
    type Future = Ready<Result<Gather, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(request.app_data::<Gather>().cloned().ok_or_else(Problem::internal))
    }
}

impl Default for Gather {
    /// With two lanes: on PostgreSQL one transaction runs while the other is being made durable; on SQLite, which has one writer, the
    /// second stands ready to take what has come by the time the first is done.
    fn default() -> Gather {
        Gather { queue: Arc::default(), lanes: Arc::new(Semaphore::new(2)) }
    }
}

impl Gather {
    /// Takes the messages of one request in, all or none. `Ok` means durable.
    ///
    /// # Errors
    /// [`Error::Store`] when too many wait or the database fails.
    pub async fn receive(&self, app: &App, batch: Vec<Arc<Prepared>>) -> Answer {
        let (back, answer) = oneshot::channel();
        {
            let mut queue = self.waiting();
            if queue.len() >= app.config().database.waiting {
                return Err(StoreError::Busy.into());
            }
            queue.push_back(Waiting { batch, back });
        }
        self.lead(app);
        answer.await.unwrap_or_else(|_| Err(StoreError::Away("the intake ended".to_owned()).into()))
    }

    /// Begins to write what waits, if a lane is free. The work goes on even if the request that began it goes away.
    fn lead(&self, app: &App) {
        if let Ok(lane) = Arc::clone(&self.lanes).try_acquire_owned() {
            let (gather, app) = (self.clone(), app.clone());
            actix_web::rt::spawn(async move { gather.drain(&app, lane).await });
        }
    }

    async fn drain(self, app: &App, lane: OwnedSemaphorePermit) {
        while !self.waiting().is_empty() {
            self.write(app).await;
        }
        drop(lane);
        // Somebody may have come between the last look and the lane's release, and found it taken.
        if !self.waiting().is_empty() {
            self.lead(app);
        }
    }

    /// Writes what waits in one transaction; if that fails, each request in one of its own, so that none suffers for another.
    async fn write(&self, app: &App) {
        let (gather, desk, group) = (self.clone(), app.desk(Actor::System), Arc::new(Mutex::new(Vec::new())));
        let taken = Arc::clone(&group);
        // What it takes is decided when its turn has come: by then more may have gathered.
        let work = move |conn: &mut Conn| {
            let mut taken = lock(&taken);
            *taken = gather.next();
            if taken.is_empty() {
                return Ok(Vec::new());
            }
            let batch: Vec<_> = taken.iter().flat_map(|waiting| waiting.batch.iter().cloned()).collect();
            intake::receive(conn, &desk, &batch)
        };
        let answer = app.store().write(work).await;
        let group = std::mem::take(&mut *lock(&group));
        match answer {
            Ok(receipts) => {
                let mut receipts = receipts.into_iter();
                for Waiting { batch, back } in group {
                    // A request that has gone away needs no answer.
                    let _ = back.send(Ok(receipts.by_ref().take(batch.len()).collect()));
                }
            }
            // Its turn never came: the queue of the database is full, or its threads are gone.
            Err(error) if group.is_empty() => self.refuse(&error),
            Err(_) => {
                for Waiting { batch, back } in group {
                    let _ = back.send(patiently(app, batch).await);
                }
            }
        }
    }

    fn next(&self) -> Vec<Waiting> {
        let mut queue = self.waiting();
        let mut group: Vec<Waiting> = Vec::new();
        let mut messages = 0;
        while let Some(first) = queue.front() {
            if !group.is_empty() && messages + first.batch.len() > MOST {
                break;
            }
            messages += first.batch.len();
            group.extend(queue.pop_front());
        }
        group
    }

    /// Tells whoever waits that it was in vain.
    fn refuse(&self, error: &Error) {
        for waiting in self.waiting().drain(..) {
            let told = match error {
                Error::Store(StoreError::Busy) => StoreError::Busy,
                error => StoreError::Away(error.to_string()),
            };
            let _ = waiting.back.send(Err(told.into()));
        }
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<Waiting>> {
        lock(&self.queue)
    }
}

/// Nothing panics while it holds one of these locks but the use case itself, and then the transaction is undone.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn patiently(app: &App, batch: Vec<Arc<Prepared>>) -> Answer {
    let mut answer = store(app, batch.clone()).await;
    for _ in 1..TRIES {
        if !matches!(answer, Err(Error::Conflict(_))) {
            break;
        }
        answer = store(app, batch.clone()).await;
    }
    answer
}

async fn store(app: &App, batch: Vec<Arc<Prepared>>) -> Answer {
    let desk = app.desk(Actor::System);
    app.store().write(move |conn| intake::receive(conn, &desk, &batch)).await
}
