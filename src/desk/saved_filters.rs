//! Filters of incidents that members of staff keep under names of their own. A filter is kept as it was asked for: what it finds, and
//! whether all that it names is still there, is seen when it is opened.

use super::{Desk, Error};
use crate::domain::refusal::Faults;
use crate::domain::{Actor, Id, Permission, Refusal};
use crate::store::records::SavedFilter;
use crate::store::{Conn, saved_filters};

/// How many filters somebody keeps at most.
pub const MOST: usize = 50;
/// How long a filter may be, in characters.
const LONGEST: usize = 4000;

/// One's own filters, by name.
///
/// # Errors
/// [`Error::Store`].
pub fn own(conn: &mut Conn, desk: &Desk) -> Result<Vec<SavedFilter>, Error> {
    Ok(saved_filters::of(conn, member(desk)?)?)
}

/// Keeps a filter under a name.
///
/// # Errors
/// [`Refusal::Invalid`] when the name is empty, too long or taken, or there are too many.
pub fn keep(conn: &mut Conn, desk: &Desk, name: &str, query: String) -> Result<SavedFilter, Error> {
    let staff_id = member(desk)?;
    let own = saved_filters::of(conn, staff_id)?;
    let mut faults = named(&own, name, None);
    faults.need(own.len() < MOST, "/name", format!("no more than {MOST} filters are kept; delete one first"));
    faults.length(&query, 1..=LONGEST, "/query");
    faults.settle()?;
    let kept =
        SavedFilter { id: Id::new(desk.now), staff_id, name: name.trim().to_owned(), query, created_at: desk.now };
    saved_filters::add(conn, &kept)?;
    Ok(kept)
}

/// Gives one of one's own filters another name.
///
/// # Errors
/// [`Error::NotFound`]; [`Refusal::Invalid`] when the name is empty, too long or taken.
pub fn rename(conn: &mut Conn, desk: &Desk, id: Id, name: &str) -> Result<(), Error> {
    let staff_id = member(desk)?;
    named(&saved_filters::of(conn, staff_id)?, name, Some(id)).settle()?;
    found(saved_filters::rename(conn, staff_id, id, name.trim())?)
}

/// Forgets one of one's own filters.
///
/// # Errors
/// [`Error::NotFound`].
pub fn forget(conn: &mut Conn, desk: &Desk, id: Id) -> Result<(), Error> {
    found(saved_filters::remove(conn, member(desk)?, id)?)
}

fn member(desk: &Desk) -> Result<Id, Error> {
    desk.need(Permission::ReadIncidents)?;
    match desk.actor {
        Actor::Staff { id, .. } => Ok(id),
        _ => Err(Refusal::Forbidden(Permission::ReadIncidents).into()),
    }
}

/// What is wrong with a name for a filter beside these.
fn named(own: &[SavedFilter], name: &str, but: Option<Id>) -> Faults {
    let mut faults = Faults::default();
    faults.length(name, 1..=80, "/name");
    let taken = own.iter().any(|one| Some(one.id) != but && one.name == name.trim());
    faults.need(!taken, "/name", "there is a filter of that name already");
    faults
}

fn found(is_there: bool) -> Result<(), Error> {
    if is_there { Ok(()) } else { Err(Error::NotFound("filter")) }
}
