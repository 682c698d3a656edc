//! Cards before moderators: whoever opens one has it for a minute and a half, renewed while they look, and no one else draws it.
//!
//! A hold decides who *draws* a card. It forbids nobody to decide: a write carries the version it saw, whoever holds the card. Times are
//! of the machine's clock.

use super::incidents::allowed;
use super::{Desk, Error};
use crate::domain::{At, Id, Permission};
use crate::store::records::{Hold, Incident};
use crate::store::{Conn, holds, incidents};
use incidents::{Filter, Order};

/// How long a card is held that nobody renews, in seconds.
pub const LASTING: i64 = 90;

/// How long a card stays away that was put off, in seconds.
pub const PUT_OFF: i64 = 1800;

/// The most cards that somebody draws at once.
pub const MOST: i64 = 8;

/// Draws the next cards of a queue: those with the least time left that nobody else has before them and that this moderator did not put
/// off, but for those in `except`. They are held from now on.
///
/// # Errors
/// [`Refusal::Forbidden`](crate::domain::Refusal::Forbidden).
pub fn draw(
    conn: &mut Conn,
    desk: &Desk,
    me: Id,
    wall: At,
    filter: &Filter,
    except: &[Id],
    limit: i64,
) -> Result<Vec<Incident>, Error> {
    desk.need(Permission::Triage)?;
    let limit = limit.clamp(0, MOST);
    if limit == 0 {
        return Ok(Vec::new());
    }
    let filter = Filter { free_for: Some((me, wall)), except: except.to_vec(), ..allowed(filter, desk) };
    let (mut drawn, mut after, mut most) = (Vec::new(), None, None);
    loop {
        let page = incidents::list(conn, &desk.actor.scope(), &filter, Order::Due(after), 2 * limit)?;
        let Some(last) = page.last() else { return Ok(drawn) };
        after = Some((last.due_at, last.number));
        // Of a short queue, nobody takes more than half: others draw from it too.
        let most = *most.get_or_insert((page.len() / 2).max(1).min(usize::try_from(limit).unwrap_or(1)));
        for incident in page {
            // Somebody else may have taken it since it was listed.
            if take(conn, me, wall, incident.id)? {
                drawn.push(incident);
            }
            if drawn.len() == most {
                return Ok(drawn);
            }
        }
    }
}

/// Opens a card that was chosen by hand: held from now on, unless somebody else has it already, whose name is told.
///
/// # Errors
/// [`Error::NotFound`].
pub fn open(conn: &mut Conn, desk: &Desk, me: Id, wall: At, id: Id) -> Result<(Incident, Option<String>), Error> {
    desk.need(Permission::Triage)?;
    let incident = super::incidents::get(conn, desk, id)?;
    if take(conn, me, wall, id)? {
        return Ok((incident, None));
    }
    Ok((incident, holds::holder(conn, id, wall)?.map(|(_, name, _)| name)))
}

fn take(conn: &mut Conn, me: Id, wall: At, id: Id) -> Result<bool, Error> {
    let hold = Hold { incident_id: id, staff_id: me, until: wall.plus_seconds(LASTING) };
    Ok(holds::take(conn, &hold, wall)?)
}

/// Goes on holding cards; which of them are still held.
///
/// # Errors
/// [`Error::Store`].
pub fn renew(conn: &mut Conn, me: Id, wall: At, ids: &[Id]) -> Result<Vec<Id>, Error> {
    Ok(holds::renew(conn, me, ids, wall.plus_seconds(LASTING))?)
}

/// Lets cards go.
///
/// # Errors
/// [`Error::Store`].
pub fn release(conn: &mut Conn, me: Id, ids: &[Id]) -> Result<(), Error> {
    Ok(holds::release(conn, me, ids)?)
}

/// Puts a card off: this moderator draws it again in half an hour, others may at once.
///
/// # Errors
/// [`Error::NotFound`].
pub fn put_off(conn: &mut Conn, desk: &Desk, me: Id, wall: At, id: Id) -> Result<(), Error> {
    desk.need(Permission::Triage)?;
    super::incidents::get(conn, desk, id)?;
    holds::put_off(conn, me, id, wall.plus_seconds(PUT_OFF))?;
    release(conn, me, &[id])
}

/// Takes a card up again that was put off.
///
/// # Errors
/// [`Error::Store`].
pub fn take_up(conn: &mut Conn, me: Id, id: Id) -> Result<(), Error> {
    Ok(holds::take_up(conn, me, id)?)
}

/// Who has which card before them.
///
/// # Errors
/// [`Error::Store`].
pub fn all(conn: &mut Conn, wall: At) -> Result<Vec<(Id, Id, String)>, Error> {
    Ok(holds::all(conn, wall)?)
}

/// Deletes what is over.
///
/// # Errors
/// [`Error::Store`].
pub fn prune(conn: &mut Conn, wall: At) -> Result<(), Error> {
    Ok(holds::prune(conn, wall)?)
}
