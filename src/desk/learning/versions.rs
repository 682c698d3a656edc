//! The versions of models: which there are, and which are in use.

use super::training::{Made, insert};
use crate::desk::{Desk, Error, policies};
use crate::domain::advice::ModelState;
use crate::store::records::ModelRow;
use crate::store::{Conn, models};

/// Models below a version, the newest first.
///
/// # Errors
/// [`Error::Store`].
pub fn list(conn: &mut Conn, below: Option<i64>, limit: i64) -> Result<Vec<ModelRow>, Error> {
    Ok(models::list(conn, below.unwrap_or(i64::MAX), limit)?)
}

/// One model.
///
/// # Errors
/// [`Error::NotFound`].
pub fn find(conn: &mut Conn, version: i64) -> Result<ModelRow, Error> {
    models::find(conn, version)?.ok_or(Error::NotFound("model"))
}

/// A model's bytes.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] when it is too old for them to be kept.
pub fn bytes(conn: &mut Conn, version: i64) -> Result<Vec<u8>, Error> {
    find(conn, version)?;
    models::bytes(conn, version)?
        .ok_or(Error::Conflict("the model is too old to be brought back: only its figures are kept"))
}

/// Puts a model in use by hand: back to an earlier one, or on to one that was rejected.
///
/// # Errors
/// [`Refusal::Forbidden`](crate::domain::Refusal::Forbidden), [`Error::NotFound`], [`Error::Conflict`] when its bytes are not kept.
pub fn activate(conn: &mut Conn, desk: &Desk, version: i64) -> Result<ModelRow, Error> {
    policies::may_publish(desk)?;
    let row = find(conn, version)?;
    if row.state == ModelState::Active {
        return Ok(row);
    }
    bytes(conn, version)?;
    let active = models::active(conn)?.into_iter().find(|active| active.head == row.head);
    if let Some(active) = active {
        models::set_state(
            conn,
            active.version,
            ModelState::Retired,
            &format!("version {version} was put in its place"),
        )?;
    }
    models::set_state(conn, version, ModelState::Active, &format!("activated by {}", desk.actor.tag()))?;
    find(conn, version)
}

/// Stores a model that was trained elsewhere, and puts it in use whatever stands there: the operator said so.
///
/// # Errors
/// [`Error::Conflict`] when somebody else stored one at the same moment.
pub fn adopt(conn: &mut Conn, desk: &Desk, made: &Made, by: &str) -> Result<ModelRow, Error> {
    insert(conn, desk, made, by, None)
}
