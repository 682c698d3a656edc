//! Looking at a page's own word.

use crate::app::App;
use crate::desk::hearing::{self, OwnWord};
use crate::desk::{Error, queue};
use crate::domain::{Actor, Id};
use crate::store::records::JobRow;

/// Looks at it, and ends the job together with what comes of it.
pub async fn run(app: &App, job: &JobRow, lease: Id, order: OwnWord) -> Result<(), Error> {
    let (desk, id) = (app.desk(Actor::System), job.id);
    app.store()
        .write(move |conn| {
            hearing::own_word(conn, &desk, &order)?;
            queue::done(conn, id, lease, desk.now)
        })
        .await
}
