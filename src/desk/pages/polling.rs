//! Pages that are polled: each has one job while it is connected.

use serde::{Deserialize, Serialize};

use crate::desk::Error;
use crate::domain::{At, Doc, Id};
use crate::store::{Conn, jobs, pages};

/// The kind of job that polls a page.
pub const POLL: &str = "poll";

/// The order to poll a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollOrder {
    pub page: Id,
}

/// Orders the polling of every connected page that wants it and has no order yet: those that listen so, and all of the networks named.
///
/// # Errors
/// [`Error::Store`].
pub fn order_polls(conn: &mut Conn, now: At, always: &[&str]) -> Result<(), Error> {
    for page in pages::polled_without_job(conn, always, POLL)? {
        let job = jobs::ready(format!("{POLL}:{page}"), POLL, Doc::of(&PollOrder { page }), now);
        jobs::order(conn, &job)?;
    }
    Ok(())
}

/// Everything up to here was taken in: the next poll goes on from the cursor.
///
/// # Errors
/// [`Error::Store`].
pub fn move_on(conn: &mut Conn, page: Id, cursor: &str) -> Result<(), Error> {
    Ok(pages::set_cursor(conn, page, cursor)?)
}
