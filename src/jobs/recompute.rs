//! Computing the deadlines of open incidents anew, batch by batch.

use super::delay;
use crate::app::App;
use crate::desk::deadlines::{self, Order};
use crate::desk::{Desk, Error, queue};
use crate::domain::{Actor, Id};
use crate::store::records::JobRow;

/// Does one batch; the job for the next one is ordered with it.
pub async fn run(app: &App, job: &JobRow, lease: Id, order: Order) -> Result<(), Error> {
    let (id, asked) = (job.id, order.clone());
    let version = app.store().read(move |conn| deadlines::version_of(conn, &asked)).await?;
    let policy = match version {
        Some(version) => app.policy_at(version).await?,
        // There is no such order any more: what is left is to end the job.
        None => app.policy(),
    };
    let desk = Desk { policy, ..app.desk(Actor::System) };
    match app.store().write(move |conn| deadlines::advance(conn, &desk, id, lease, &order)).await {
        Err(Error::Conflict(why)) => {
            let run_at = app.now().plus_seconds(delay(job.attempts, lease));
            app.store().write(move |conn| queue::retry(conn, id, lease, run_at, why)).await
        }
        done => done,
    }
}
