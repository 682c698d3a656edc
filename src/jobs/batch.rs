//! Carrying out a decision about many incidents, piece by piece.

use super::delay;
use crate::app::App;
use crate::desk::decisions::{self, BatchOrder};
use crate::desk::{Error, queue};
use crate::domain::{Actor, Id};
use crate::store::records::JobRow;

/// Does one piece; the job for the next one is ordered with it.
pub async fn run(app: &App, job: &JobRow, lease: Id, order: BatchOrder) -> Result<(), Error> {
    let (id, asked, system) = (job.id, order.clone(), app.desk(Actor::System));
    let whose = app.store().read(move |conn| decisions::whose(conn, &system, &asked)).await?;
    // Whoever is not there any more has no right to anything: what is left is refused.
    let (desk, wall) = (app.desk(whose.unwrap_or(Actor::Author)), app.wall());
    match app.store().write(move |conn| decisions::advance(conn, &desk, wall, id, lease, &order)).await {
        Err(Error::Conflict(why)) => {
            let run_at = app.now().plus_seconds(delay(job.attempts, lease));
            app.store().write(move |conn| queue::retry(conn, id, lease, run_at, why)).await
        }
        done => done,
    }
}
