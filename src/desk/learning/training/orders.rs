//! Trainings that are ordered, under way and done: one at a time, whoever orders it.

use serde::{Deserialize, Serialize};

use super::{MOST, Made, insert};
use crate::desk::{Desk, Error, policies};
use crate::domain::advice::Head;
use crate::domain::{At, Doc, Id};
use crate::store::records::{JobRow, ModelRow};
use crate::store::{Conn, jobs, lessons, models};

/// The kind of job that trains, and the key of the one that is not done yet.
pub const LEARN: &str = "learn";

/// How long after a training the next one may begin by itself, in seconds of the city's clock.
const PAUSE: i64 = 3_600;

/// How many new lessons are worth a training: so many, and a hundredth of those known.
const FEWEST_NEW: i64 = 50;
const SHARE: i64 = 100;

/// The payload of a job that trains, and when it is done, what came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LearnOrder {
    /// Who ordered it.
    pub by: String,
    /// How far it is, while it is under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reading: Option<Reading>,
    /// The versions that it made.
    #[serde(default)]
    pub versions: Vec<i64>,
    /// What else there is to tell: why heads were not trained, why versions were rejected.
    #[serde(default)]
    pub told: Vec<String>,
}

/// How many decisions a training has read, of how many; once it has all, it computes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    pub read: i64,
    pub of: i64,
}

/// Writes down how far a training is.
///
/// # Errors
/// [`Error::Store`].
pub fn note(conn: &mut Conn, job: Id, lease: Id, order: &LearnOrder, read: usize) -> Result<(), Error> {
    let read = i64::try_from(read).unwrap_or(i64::MAX);
    let of = lessons::count_after(conn, 0)?.min(i64::try_from(MOST).unwrap_or(i64::MAX)).max(read);
    let told = LearnOrder { reading: Some(Reading { read, of }), ..order.clone() };
    jobs::note(conn, job, lease, &Doc::of(&told))?;
    Ok(())
}

/// Orders a training now, as somebody asked for; if one is under way, it is that one.
///
/// # Errors
/// [`Refusal::Forbidden`](crate::domain::Refusal::Forbidden).
pub fn order(conn: &mut Conn, desk: &Desk) -> Result<JobRow, Error> {
    policies::may_publish(desk)?;
    put(conn, desk.now, desk.actor.tag())?;
    jobs::by_key(conn, LEARN)?.ok_or(Error::Conflict("a training ended at the same moment"))
}

fn put(conn: &mut Conn, now: At, by: String) -> Result<(), Error> {
    let payload = Doc::of(&LearnOrder { by, ..LearnOrder::default() });
    Ok(jobs::order(conn, &jobs::ready(LEARN.to_owned(), LEARN, payload, now))?)
}

/// The version of the policy whose topics the newest model was trained on; none before the first.
///
/// # Errors
/// [`Error::Store`].
pub fn trained_under(conn: &mut Conn) -> Result<Option<i64>, Error> {
    Ok(models::newest(conn, Head::Topic)?.map(|row| row.policy_version))
}

/// Whether to train: enough was decided since the last training, or the policy's topics are others than then; and that was more than an
/// hour ago.
///
/// # Errors
/// [`Error::Store`].
pub fn is_due(conn: &mut Conn, now: At, other_topics: bool) -> Result<bool, Error> {
    let trained = models::newest(conn, Head::Topic)?;
    let (covered, examples) = trained.map_or((0, 0), |row| (row.lesson, row.examples));
    let new = lessons::count_after(conn, covered)?;
    if new < FEWEST_NEW.max(examples / SHARE) && !other_topics {
        return Ok(false);
    }
    let last = jobs::newest(conn, LEARN)?;
    Ok(last.is_none_or(|job| job.created_at.plus_seconds(PAUSE) <= now))
}

/// Orders a training that nobody asked for; if one is under way, nothing.
///
/// # Errors
/// [`Error::Store`].
pub fn order_by_itself(conn: &mut Conn, desk: &Desk) -> Result<(), Error> {
    put(conn, desk.now, desk.actor.tag())
}

/// A training, done or not.
///
/// # Errors
/// [`Error::NotFound`].
pub fn ordered(conn: &mut Conn, id: Id) -> Result<JobRow, Error> {
    jobs::find(conn, id)?.filter(|job| job.kind == LEARN).ok_or(Error::NotFound("training"))
}

/// Stores what a training made, and ends its job. What decides worse than the model in use, or was compared with one that is in use no
/// more, is stored as rejected.
///
/// # Errors
/// [`Error::Conflict`] when somebody else stored a model at the same moment: try again.
pub fn record(
    conn: &mut Conn,
    desk: &Desk,
    job: Id,
    lease: Id,
    order: &LearnOrder,
    made: &[Made],
    told: &[String],
) -> Result<(), Error> {
    let mut done = LearnOrder { told: told.to_vec(), ..order.clone() };
    let mut rows: Vec<ModelRow> = Vec::new();
    for one in made {
        let active = models::active(conn)?.into_iter().find(|row| row.head == one.head).map(|row| row.version);
        let moved = "another version was put in use while it was trained".to_owned();
        let rejected = one.worse.clone().or((active != one.against).then_some(moved));
        rows.push(insert(conn, desk, one, &order.by, rejected)?);
    }
    for row in rows {
        done.versions.push(row.version);
        done.told.extend(row.reason.map(|reason| format!("{}: {reason}", row.head)));
    }
    if !jobs::finish(conn, job, lease, "done", desk.now, &Doc::of(&done), None)? {
        return Err(Error::Conflict("another worker has taken the training over"));
    }
    Ok(())
}

/// Ends the job of a training that cannot be done.
///
/// # Errors
/// [`Error::Store`].
pub fn fail(conn: &mut Conn, desk: &Desk, job: Id, lease: Id, order: &LearnOrder, why: &str) -> Result<(), Error> {
    jobs::finish(conn, job, lease, "dead", desk.now, &Doc::of(order), Some(why))?;
    Ok(())
}
