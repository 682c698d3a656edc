//! Which events of networks were taken in, so that each counts once, however often it is delivered.

use diesel::prelude::*;

use super::records::HeardEvent;
use super::schema::heard;
use super::{Conn, bulk};
use crate::domain::{At, Id};

/// Notes events; those that had not been noted before. Whoever notes several does so in the order of their keys, so that two who note
/// the same ones wait for one another and never each for the other.
pub fn add(conn: &mut Conn, events: &[HeardEvent]) -> QueryResult<Vec<(Id, String)>> {
    bulk::hear(conn, &events.iter().collect::<Vec<_>>())
}

/// Forgets what was heard before `before`: no network delivers again so late.
pub fn prune(conn: &mut Conn, before: At) -> QueryResult<usize> {
    diesel::delete(heard::table.filter(heard::at.lt(before))).execute(conn)
}
