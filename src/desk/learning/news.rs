//! What a process does not know yet: models that became active elsewhere, lessons that it has not seen.

use std::collections::{BTreeMap, BTreeSet};

use super::{LATE, WINDOW};
use crate::desk::Error;
use crate::domain::advice::{self, Head, Heads, Lesson, Trained};
use crate::domain::learn::Model;
use crate::domain::policy::Policy;
use crate::store::records::{LessonRow, ModelRow};
use crate::store::{Conn, lessons, models};

/// The most lessons that are taken to heart after a model was loaded: of more, the next training makes examples.
const MOST: i64 = 1_000;

/// What a process has taken up.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    models: BTreeMap<Head, i64>,
    /// The lessons of the last [`WINDOW`] numbers.
    recent: BTreeSet<i64>,
    last: i64,
}

/// What it has not.
#[derive(Debug)]
pub struct News {
    models: Vec<(ModelRow, Vec<u8>, Vec<Lesson>)>,
    lessons: Vec<Lesson>,
    /// What it will have taken up with that.
    pub seen: Seen,
}

/// Looks for what is new. When nothing is, that takes two small queries.
///
/// # Errors
/// [`Error::Store`].
pub fn news(conn: &mut Conn, seen: &Seen) -> Result<News, Error> {
    // Before anything was seen, there is no need to look back further than late lessons reach.
    let last = if seen.last == 0 { lessons::last(conn)? } else { seen.last };
    // Before the models: what comes between is found once more, rather than missed.
    let numbers = lessons::numbers_after(conn, (last - WINDOW).max(0))?;
    let mut unseen: Vec<i64> = numbers.iter().copied().filter(|n| !seen.recent.contains(n)).collect();
    let too_many = unseen.len().saturating_sub(MOST as usize);
    unseen.drain(..too_many);
    let lessons = if seen.models.is_empty() || unseen.is_empty() {
        Vec::new()
    } else {
        read(lessons::with_texts(conn, &unseen)?)
    };
    let mut now = Seen::default();
    let mut fresh_models = Vec::new();
    for row in models::active(conn)? {
        if seen.models.get(&row.head) == Some(&row.version) {
            now.models.insert(row.head, row.version);
            continue;
        }
        // One whose bytes are gone was replaced in this very moment; the next look finds what came.
        let Some(bytes) = models::bytes(conn, row.version)? else { continue };
        let since = row.trained_at.plus_seconds(-LATE);
        let numbers = lessons::uncovered(conn, row.lesson, row.lesson - WINDOW, since, MOST)?;
        let given = read(lessons::with_texts(conn, &numbers)?);
        now.models.insert(row.head, row.version);
        fresh_models.push((row, bytes, given));
    }
    now.last = numbers.last().copied().unwrap_or(seen.last);
    now.recent = numbers.into_iter().filter(|n| *n > now.last - WINDOW).collect();
    Ok(News { models: fresh_models, lessons, seen: now })
}

fn read(rows: Vec<(LessonRow, String)>) -> Vec<Lesson> {
    let lesson =
        |(row, text): (LessonRow, String)| Lesson { text, topic: row.topic, kind: row.kind, severity: row.severity };
    rows.into_iter().map(lesson).collect()
}

impl News {
    /// Whether there is nothing new.
    pub fn is_nothing(&self) -> bool {
        self.models.is_empty() && self.lessons.is_empty()
    }

    /// The models in use with all of it taken up, under a policy. Takes a processor for a while.
    ///
    /// What topics the policy does not have any more teaches nothing. A model that cannot be read is left out; whoever calls may tell.
    pub fn take_up(mut self, heads: &Heads, policy: &Policy) -> (Heads, Vec<String>) {
        let still = |lesson: &mut Lesson| lesson.topic = lesson.topic.take().filter(|id| policy.topic(id).is_some());
        self.lessons.iter_mut().for_each(still);
        let mut heads = heads.taught(&self.lessons);
        let mut unreadable = Vec::new();
        for (row, bytes, mut lessons) in self.models {
            match Model::from_bytes(&bytes) {
                Ok(model) => {
                    lessons.iter_mut().for_each(still);
                    let trained = Trained::new(row.version, model);
                    let mut own = Heads::default();
                    own.set(row.head, trained);
                    if row.policy_version != policy.version() {
                        own = own.knowing(&policy.doc().topics.iter().map(advice::known).collect::<Vec<_>>());
                    }
                    if let Some(trained) = own.taught(&lessons).of(row.head) {
                        heads.set(row.head, trained.clone());
                    }
                }
                Err(error) => unreadable.push(format!("version {} of {}: {error}", row.version, row.head)),
            }
        }
        (heads, unreadable)
    }
}
