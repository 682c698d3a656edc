//! Learning from what people said of pairs.
//!
//! The weights follow from the judgements alone, in whatever order they came, so every replica that looks has the same: before each
//! look it is asked whether there are other judgements, and if so all are learnt from anew. For 5,000 that takes a tenth of a second.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::look::{Shared, Sketched, features, sketches};
use crate::desk::Error;
use crate::domain::likeness::{Features, Weights};
use crate::domain::{Doc, Id, Policy};
use crate::store::Conn;
use crate::store::judgements::{self, Stamp};

/// As many judgements are learnt from: the newest.
pub(super) const MOST_LESSONS: i64 = 5_000;

/// How many judgements are read together whose features are not known.
const READ_AT_ONCE: i64 = 50;

/// The weights, as they follow from the judgements.
#[derive(Debug, Default)]
pub struct Learnt(Mutex<Option<Lessons>>);

#[derive(Debug, Clone)]
struct Lessons {
    stamp: Stamp,
    weights: Shared,
    count: i64,
}

impl Learnt {
    /// The weights as they follow from the judgements that there are now, and from how many.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn weights(&self, conn: &mut Conn) -> Result<(Arc<Weights>, i64), Error> {
        let stamp = judgements::stamp(conn)?;
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = known.filter(|known| known.stamp == stamp) {
            return Ok((known.weights, known.count));
        }
        // Features that another version of the program kept may be of other signs: those judgements are passed over.
        let judged: Vec<(Features, bool)> = judgements::newest(conn, MOST_LESSONS)?
            .into_iter()
            .filter_map(|(features, same)| features.to().ok().map(|features| (features, same)))
            .collect();
        let mut weights = Weights::default();
        if !judged.is_empty() {
            weights.learn(&judged);
        }
        let (weights, count) = (Arc::new(weights), i64::try_from(judged.len()).unwrap_or(i64::MAX));
        let lessons = Lessons { stamp, weights: Arc::clone(&weights), count };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(lessons);
        Ok((weights, count))
    }
}

/// The features of a judgement that had none.
#[derive(Debug, Clone)]
pub struct Lesson {
    judgement: Id,
    features: Doc,
}

/// Computes the features of judgements of pairs that had not been proposed: somebody merged them unasked.
///
/// # Errors
/// [`Error::Store`].
pub fn lessons(conn: &mut Conn, policy: &Policy) -> Result<Vec<Lesson>, Error> {
    let unread = judgements::unread(conn, READ_AT_ONCE)?;
    if unread.is_empty() {
        return Ok(Vec::new());
    }
    let mut ids: Vec<Id> = unread.iter().flat_map(|one| [one.incident_id, one.other_id]).collect();
    ids.sort_unstable();
    ids.dedup();
    let sketched: HashMap<Id, Sketched> =
        sketches(conn, policy, &ids)?.into_iter().map(|one| (one.incident.id, one)).collect();
    let lesson = |judgement: &crate::store::records::Judgement| {
        let (one, other) = (sketched.get(&judgement.incident_id)?, sketched.get(&judgement.other_id)?);
        Some(Lesson { judgement: judgement.id, features: features(one, other) })
    };
    Ok(unread.iter().filter_map(lesson).collect())
}

/// Keeps features.
///
/// # Errors
/// [`Error::Store`].
pub fn take_in(conn: &mut Conn, lessons: &[Lesson]) -> Result<(), Error> {
    Ok(lessons.iter().try_for_each(|lesson| judgements::read(conn, lesson.judgement, &lesson.features))?)
}
