//! Training: all lessons as examples, a model of each head where there are enough, and whether it may take the place of the one in use.

mod compare;
mod orders;

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::desk::{Desk, Error};
use crate::domain::advice::{Head, Lesson, ModelState, known};
use crate::domain::learn::{Example, Known, Model, Point, family};
use crate::domain::policy::Policy;
use crate::domain::text::fold;
use crate::domain::{At, Doc, Id};
use crate::store::records::ModelRow;
use crate::store::{Conn, StoreError, lessons, models};

pub use orders::{
    LEARN, LearnOrder, Reading, fail, is_due, note, order, order_by_itself, ordered, record, trained_under,
};

/// How many lessons are read at once, and in all.
const BATCH: i64 = 2_000;
const MOST: usize = 100_000;

/// How many versions of a head keep their bytes, so that they can be brought back.
const KEPT: i64 = 10;

/// How many points of a curve are kept.
const POINTS: usize = 100;

/// How good a model was on texts that it had not seen. Shares are from 0 to 1.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HeldBack {
    /// On how many texts.
    pub n: u32,
    /// How many labels they have.
    pub labels: u32,
    #[schema(example = 0.82)]
    pub accuracy: f32,
    /// How often the right label was among the first three.
    #[schema(example = 0.96)]
    pub top3: f32,
    /// The mean F1 of the labels.
    #[schema(example = 0.61)]
    pub macro_f1: f32,
    /// The mean F1 weighted by how often each label is right.
    #[schema(example = 0.81)]
    pub weighted_f1: f32,
    /// What share could have been decided alone at which precision, the surest first.
    pub curve: Vec<CurvePoint>,
}

/// What is decided alone from a probability on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CurvePoint {
    #[schema(example = 0.9)]
    pub probability: f32,
    /// The share of texts that reach it.
    #[schema(example = 0.44)]
    pub coverage: f32,
    /// The share of right decisions among them.
    #[schema(example = 0.95)]
    pub precision: f32,
}

impl HeldBack {
    /// What a model says of itself.
    pub fn of(model: &Model) -> HeldBack {
        let figures = model.held_back();
        HeldBack {
            n: figures.n,
            labels: figures.labels,
            accuracy: figures.accuracy,
            top3: figures.top3,
            macro_f1: figures.macro_f1,
            weighted_f1: figures.weighted_f1,
            curve: thinned(model.curve()),
        }
    }

    /// As it was stored.
    ///
    /// # Errors
    /// [`Error::Store`] when it cannot be read.
    pub fn read(row: &ModelRow) -> Result<HeldBack, Error> {
        Ok(row.figures.to().map_err(StoreError::unreadable)?)
    }
}

/// Points of the curve spread evenly over it, with its ends.
fn thinned(curve: &[Point]) -> Vec<CurvePoint> {
    let last = curve.len().saturating_sub(1);
    let step = last.div_ceil(POINTS).max(1);
    let kept = curve.iter().enumerate().filter(|(at, _)| at % step == 0 || *at == last);
    kept.map(|(_, Point { probability, coverage, precision })| CurvePoint {
        probability: *probability,
        coverage: *coverage,
        precision: *precision,
    })
    .collect()
}

/// All that staff decided, incident by incident: of several decisions on one, the last of each sort.
#[derive(Debug)]
pub struct Gathered {
    begun: At,
    /// The number of the last lesson.
    last: i64,
    below: i64,
    read: usize,
    place: HashMap<Id, usize>,
    decided: Vec<Decided>,
}

#[derive(Debug)]
struct Decided {
    /// The last lesson on it.
    n: i64,
    lesson: Lesson,
}

impl Gathered {
    /// Nothing yet, at this time.
    pub fn new(now: At) -> Gathered {
        Gathered { begun: now, last: 0, below: i64::MAX, read: 0, place: HashMap::new(), decided: Vec::new() }
    }

    /// How many lessons were read.
    pub fn read(&self) -> usize {
        self.read
    }
}

/// Reads the next batch of lessons, from the newest on; whether there is more.
///
/// # Errors
/// [`Error::Store`].
pub fn gather(conn: &mut Conn, mut all: Gathered) -> Result<(Gathered, bool), Error> {
    let rows = lessons::page(conn, all.below, BATCH)?;
    let more = rows.len() as i64 == BATCH;
    all.read += rows.len();
    for (row, text) in rows {
        all.last = all.last.max(row.n);
        all.below = row.n;
        if let Some(place) = all.place.get(&row.incident_id) {
            let lesson = &mut all.decided[*place].lesson;
            lesson.topic = lesson.topic.take().or(row.topic);
            lesson.kind = lesson.kind.or(row.kind);
            lesson.severity = lesson.severity.or(row.severity);
        } else {
            all.place.insert(row.incident_id, all.decided.len());
            let lesson = Lesson { text, topic: row.topic, kind: row.kind, severity: row.severity };
            all.decided.push(Decided { n: row.n, lesson });
        }
    }
    let go_on = more && all.read < MOST;
    Ok((all, go_on))
}

/// A model in use, as it was trained: without the corrections since.
#[derive(Debug)]
pub struct Rival {
    row: ModelRow,
    bytes: Option<Vec<u8>>,
}

/// The models in use, that new ones are compared with.
///
/// # Errors
/// [`Error::Store`].
pub fn rivals(conn: &mut Conn) -> Result<Vec<Rival>, Error> {
    let active = models::active(conn)?;
    active.into_iter().map(|row| Ok(Rival { bytes: models::bytes(conn, row.version)?, row })).collect()
}

/// A model that was trained and is not stored yet.
#[derive(Debug)]
pub struct Made {
    pub head: Head,
    pub model: Model,
    pub examples: usize,
    /// The last lesson among its examples; 0 if they are not lessons.
    pub lesson: i64,
    pub trained_at: At,
    pub policy_version: i64,
    /// The version that it was compared with.
    pub against: Option<i64>,
    /// Why it must not take that one's place.
    pub worse: Option<String>,
}

/// The examples of a head, those of the oldest lessons first.
struct Examples<'l> {
    numbers: Vec<i64>,
    examples: Vec<Example<'l>>,
}

/// Trains every head that there are enough lessons for, and compares it with the one in use; beside them, why the others were not. Takes
/// all threads of the pool of rayon's that it is called in, for a while.
pub fn train(all: &Gathered, policy: &Policy, rivals: &[Rival]) -> (Vec<Made>, Vec<String>) {
    let (mut made, mut told) = (Vec::new(), Vec::new());
    for head in Head::ALL.iter().copied() {
        let examples = all.examples(head, policy);
        if let Some(too_few) = too_few(head, &examples.examples) {
            told.push(too_few);
            continue;
        }
        let known: Vec<Known> =
            if head == Head::Topic { policy.doc().topics.iter().map(known).collect() } else { Vec::new() };
        let model = Model::train(&examples.examples, &known);
        let rival = rivals.iter().find(|rival| rival.row.head == head);
        let worse = rival.and_then(|rival| compare::worse(&model, rival, &examples, &known));
        made.push(Made {
            head,
            model,
            examples: examples.examples.len(),
            lesson: all.last,
            trained_at: all.begun,
            policy_version: policy.version(),
            against: rival.map(|rival| rival.row.version),
            worse,
        });
    }
    (made, told)
}

impl Gathered {
    fn examples<'l>(&'l self, head: Head, policy: &'l Policy) -> Examples<'l> {
        let mut found: Vec<(i64, Example<'l>)> = Vec::new();
        for Decided { n, lesson } in &self.decided {
            let Some(label) = lesson.label(head) else { continue };
            let topic = policy.topic(&label).filter(|_| head == Head::Topic);
            let folded = fold(&lesson.text);
            if folded.trim().is_empty() || (head == Head::Topic && topic.is_none()) {
                continue;
            }
            let (text, family) = ((&lesson.text).into(), Some(family(&folded)));
            let parent = topic.map(|topic| (&topic.group).into());
            found.push((*n, Example { text, label: label.into(), parent, family }));
        }
        found.sort_by_key(|(n, _)| *n);
        let (numbers, examples) = found.into_iter().unzip();
        Examples { numbers, examples }
    }
}

/// The fewest examples of a head, and of how many at least two of its labels must have examples.
const fn fewest(head: Head) -> (usize, usize) {
    match head {
        Head::Topic => (20, 1),
        Head::Kind | Head::Urgency => (60, 10),
    }
}

fn too_few(head: Head, examples: &[Example]) -> Option<String> {
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for example in examples {
        *times.entry(&example.label).or_default() += 1;
    }
    let (fewest, of_each) = fewest(head);
    let labels = times.values().filter(|times| **times >= of_each).count();
    (examples.len() < fewest || labels < 2).then(|| {
        let count = examples.len();
        format!("{head}: {count} decided texts are too few; it takes {fewest}, and two labels with {of_each} each")
    })
}

/// Stores a model as the next version: in use, or rejected for a reason.
pub(super) fn insert(
    conn: &mut Conn,
    desk: &Desk,
    made: &Made,
    by: &str,
    rejected: Option<String>,
) -> Result<ModelRow, Error> {
    let version = models::last(conn)? + 1;
    if rejected.is_none() {
        let active = models::active(conn)?.into_iter().find(|row| row.head == made.head);
        if let Some(active) = active {
            models::set_state(conn, active.version, ModelState::Retired, &format!("version {version} took its place"))?;
        }
    }
    let row = ModelRow {
        version,
        head: made.head,
        state: if rejected.is_none() { ModelState::Active } else { ModelState::Rejected },
        trained_at: made.trained_at.min(desk.now),
        trained_by: by.to_owned(),
        examples: i64::try_from(made.examples).unwrap_or(i64::MAX),
        lesson: made.lesson,
        policy_version: made.policy_version,
        figures: Doc::of(&HeldBack::of(&made.model)),
        reason: rejected,
    };
    models::insert(conn, &row, &made.model.to_bytes())?;
    models::forget_bytes(conn, made.head, KEPT)?;
    Ok(row)
}
