//! Gathers the messages of concurrent requests into common transactions.
//!
//! A round trip and an fsync cost the same for one message as for a hundred. So whatever waits while a transaction is under way
//! goes into the next one together. A request alone is not held back: it is written at once.

use std::collections::VecDeque;
use std::future::{Ready, ready};
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::problem::Problem;
use crate::app::App;
use crate::desk::Error;
use crate::desk::intake::{self, Prepared, Receipt};
use crate::store::{Engine, StoreError};

/// The most messages that share a transaction, unless a single request brings more.
const MOST: usize = 256;

/// How often a request is tried when another transaction took the same thread at the same moment. The second try finds it.
const TRIES: usize = 4;

type Answer = Result<Vec<Receipt>, Error>;

struct Waiting {
    batch: Vec<Prepared>,
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

impl Gather {
    /// For this engine: SQLite has one writer; on PostgreSQL a second transaction runs while the first one is being made durable.
    pub fn new(engine: &Engine) -> Gather {
        let lanes = match engine {
            Engine::Sqlite { .. } => 1,
            Engine::Postgres { .. } => 2,
        };
        Gather { queue: Arc::default(), lanes: Arc::new(Semaphore::new(lanes)) }
    }

    /// Takes the messages of one request in, all or none. `Ok` means durable.
    ///
    /// # Errors
    /// [`Error::Store`] when too many wait or the database fails.
    pub async fn receive(&self, app: &App, batch: Vec<Prepared>) -> Answer {
        let (back, answer) = oneshot::channel();
        {
            let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
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
        loop {
            let group = self.next();
            if group.is_empty() {
                break;
            }
            write(app, group).await;
        }
        drop(lane);
        // Somebody may have come between the last look and the lane's release, and found it taken.
        if !self.queue.lock().unwrap_or_else(PoisonError::into_inner).is_empty() {
            self.lead(app);
        }
    }

    fn next(&self) -> Vec<Waiting> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
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
}

/// Writes a group in one transaction; if that fails, each request in one of its own, so that none suffers for another.
async fn write(app: &App, group: Vec<Waiting>) {
    let (sizes, all) = (
        group.iter().map(|w| w.batch.len()).collect::<Vec<_>>(),
        group.iter().flat_map(|w| w.batch.iter().cloned()).collect(),
    );
    match store(app, all).await {
        Ok(receipts) => {
            let mut receipts = receipts.into_iter();
            for (waiting, size) in group.into_iter().zip(sizes) {
                // A request that has gone away needs no answer.
                let _ = waiting.back.send(Ok(receipts.by_ref().take(size).collect()));
            }
        }
        Err(_) => {
            for waiting in group {
                let _ = waiting.back.send(patiently(app, waiting.batch).await);
            }
        }
    }
}

async fn patiently(app: &App, batch: Vec<Prepared>) -> Answer {
    let mut answer = store(app, batch.clone()).await;
    for _ in 1..TRIES {
        if !matches!(answer, Err(Error::Conflict(_))) {
            break;
        }
        answer = store(app, batch.clone()).await;
    }
    answer
}

async fn store(app: &App, batch: Vec<Prepared>) -> Answer {
    let policy = app.policy();
    app.store().write(move |conn| intake::receive(conn, &policy, batch)).await
}
