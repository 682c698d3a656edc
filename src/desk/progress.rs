//! What runs for long: how far it is, and what came of it.

use serde::{Deserialize, Serialize};

use super::deadlines::Recomputed;
use super::learning::{LEARN, LearnOrder};
use super::pages::CONNECT_PAGE;
use super::{Desk, Error};
use crate::domain::{At, Doc, Id, Permission};
use crate::store::records::JobRow;
use crate::store::{Conn, StoreError, jobs};

/// The kind of the rows that tell of imports. No worker takes them: whoever imports writes into them how far it is.
pub const IMPORT: &str = "import";

/// The state of such a row while its import runs.
const RUNNING: &str = "running";

/// For how many seconds an import may be silent before it is taken for broken off.
const SILENCE: i64 = 120;

/// How many imports and trainings are told of.
const LAST: i64 = 5;

/// Where something stands that runs for long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It has not begun.
    Waiting,
    Running,
    Done,
    /// It could not be done, or whoever did it is not heard of any more.
    Failed,
}

/// A training and how far it is.
#[derive(Debug, Clone)]
pub struct Training {
    pub id: Id,
    pub state: State,
    pub ordered_at: At,
    pub finished_at: Option<At>,
    pub order: LearnOrder,
    pub failure: Option<String>,
}

/// What an import has done so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportTold {
    /// The file's name.
    pub file: String,
    /// Rows read, those that became incidents, those that were there already, those that were not taken.
    pub read: u64,
    pub taken: u64,
    pub seen: u64,
    pub refused: u64,
}

/// An import and how far it is.
#[derive(Debug, Clone)]
pub struct Import {
    pub state: State,
    pub began_at: At,
    pub finished_at: Option<At>,
    pub told: ImportTold,
    pub failure: Option<String>,
}

/// Pages that were ordered to be connected together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Connecting {
    pub done: i64,
    pub failed: i64,
    /// With those that wait.
    pub all: i64,
}

/// Jobs of a kind that are not done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Backlog {
    pub kind: String,
    pub waiting: i64,
    pub running: i64,
    pub failed: i64,
}

/// All that runs for long.
#[derive(Debug, Clone)]
pub struct Overview {
    pub trainings: Vec<Training>,
    pub recomputations: Vec<Recomputed>,
    pub imports: Vec<Import>,
    /// None if no page waits to be connected.
    pub connecting: Option<Connecting>,
    pub backlog: Vec<Backlog>,
}

impl Overview {
    /// Whether anything is under way that is worth looking at again.
    pub fn is_under_way(&self) -> bool {
        let open = |state| matches!(state, State::Waiting | State::Running);
        self.connecting.is_some()
            || self.trainings.iter().any(|one| open(one.state))
            || self.imports.iter().any(|one| open(one.state))
            || self.recomputations.iter().any(|one| one.row.finished_at.is_none())
    }
}

/// What runs for long, and what ran last.
///
/// # Errors
/// [`Refusal::Forbidden`](crate::domain::Refusal::Forbidden).
pub fn overview(conn: &mut Conn, desk: &Desk) -> Result<Overview, Error> {
    desk.need(Permission::WritePolicy)?;
    let trainings = jobs::last(conn, LEARN, LAST)?.into_iter().map(training).collect::<Result<_, _>>()?;
    let imports =
        jobs::last(conn, IMPORT, LAST)?.into_iter().map(|job| import(job, desk.now)).collect::<Result<_, _>>()?;
    let recomputations = super::deadlines::last(conn, LAST)?;
    let connecting = connecting(&jobs::batch(conn, CONNECT_PAGE)?);
    Ok(Overview { trainings, recomputations, imports, connecting, backlog: backlog(jobs::backlog(conn)?) })
}

fn training(job: JobRow) -> Result<Training, Error> {
    let state = match job.state.as_str() {
        "ready" => State::Waiting,
        "leased" => State::Running,
        "done" => State::Done,
        _ => State::Failed,
    };
    let order = job.payload.to().map_err(StoreError::unreadable)?;
    let JobRow { id, created_at: ordered_at, finished_at, last_error: failure, .. } = job;
    Ok(Training { id, state, ordered_at, finished_at, order, failure })
}

fn import(job: JobRow, now: At) -> Result<Import, Error> {
    let state = match job.state.as_str() {
        "done" => State::Done,
        RUNNING if job.leased_until.is_some_and(|until| until >= now) => State::Running,
        _ => State::Failed,
    };
    let told = job.payload.to().map_err(StoreError::unreadable)?;
    let JobRow { created_at: began_at, finished_at, last_error: failure, .. } = job;
    Ok(Import { state, began_at, finished_at, told, failure })
}

fn connecting(states: &[(String, i64)]) -> Option<Connecting> {
    let of = |wanted: &str| states.iter().find(|(state, _)| state == wanted).map_or(0, |(_, count)| *count);
    let all = states.iter().map(|(_, count)| count).sum();
    (all > 0).then(|| Connecting { done: of("done"), failed: of("dead"), all })
}

fn backlog(rows: Vec<(String, String, i64)>) -> Vec<Backlog> {
    let mut kinds: Vec<Backlog> = Vec::new();
    for (kind, state, count) in rows {
        if kinds.last().is_none_or(|last| last.kind != kind) {
            kinds.push(Backlog { kind, ..Backlog::default() });
        }
        let Some(last) = kinds.last_mut() else { continue };
        match state.as_str() {
            "ready" => last.waiting += count,
            "leased" => last.running += count,
            _ => last.failed += count,
        }
    }
    kinds
}

/// An import that is under way, for whoever does it.
#[derive(Debug, Clone)]
pub struct ImportRun {
    id: Id,
    pub told: ImportTold,
}

/// Writes down that an import begins.
///
/// # Errors
/// [`Error::Store`].
pub fn import_begins(conn: &mut Conn, desk: &Desk, file: &str) -> Result<ImportRun, Error> {
    let told = ImportTold { file: file.to_owned(), ..ImportTold::default() };
    let mut job = jobs::ready(String::new(), IMPORT, Doc::of(&told), desk.now);
    job.key = format!("{IMPORT}:{}", job.id);
    job.state = RUNNING.to_owned();
    job.leased_until = Some(desk.now.plus_seconds(SILENCE));
    jobs::order(conn, &job)?;
    Ok(ImportRun { id: job.id, told })
}

/// Writes down how far an import is.
///
/// # Errors
/// [`Error::Store`].
pub fn import_goes_on(conn: &mut Conn, run: &ImportRun, now: At) -> Result<(), Error> {
    Ok(jobs::note_until(conn, run.id, &Doc::of(&run.told), now.plus_seconds(SILENCE))?)
}

/// Writes down that an import ended, and why, if that was not the end of the file.
///
/// # Errors
/// [`Error::Store`].
pub fn import_ends(conn: &mut Conn, run: &ImportRun, now: At, failure: Option<&str>) -> Result<(), Error> {
    let state = if failure.is_some() { "dead" } else { "done" };
    Ok(jobs::end(conn, run.id, state, &Doc::of(&run.told), now, failure)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_summed_up_as_long_as_something_waits() {
        let states = [("done".to_owned(), 3), ("ready".to_owned(), 2), ("dead".to_owned(), 1)];
        assert_eq!(connecting(&states), Some(Connecting { done: 3, failed: 1, all: 6 }));
        assert_eq!(connecting(&[]), None);
    }

    #[test]
    fn kinds_are_told_once() {
        let row = |kind: &str, state: &str, count| (kind.to_owned(), state.to_owned(), count);
        let told = backlog(vec![row("deliver", "ready", 4), row("deliver", "dead", 1), row("poll", "leased", 2)]);
        assert_eq!(told.len(), 2);
        assert_eq!((told[0].waiting, told[0].failed, told[1].running), (4, 1, 2));
    }
}
