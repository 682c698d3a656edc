//! Versions that are not in force any more, built and kept for a while: what was decided under them is still explained by them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::domain::Policy;

/// How many are kept; the one asked for least recently goes first. A large city's takes a few megabytes.
const MOST: usize = 4;

/// Old versions that somebody asked for lately. A version never changes, so what is kept never grows stale.
#[derive(Debug, Default)]
pub struct Shelf(Mutex<Vec<Arc<Policy>>>);

impl Shelf {
    /// The version, if it is here.
    pub fn get(&self, version: i64) -> Option<Arc<Policy>> {
        let mut kept = self.lock();
        let at = kept.iter().position(|policy| policy.version() == version)?;
        let policy = kept.remove(at);
        kept.push(Arc::clone(&policy));
        Some(policy)
    }

    /// Keeps a version; the one that is kept, should somebody have put it here meanwhile.
    pub fn put(&self, policy: Policy) -> Arc<Policy> {
        if let Some(known) = self.get(policy.version()) {
            return known;
        }
        let policy = Arc::new(policy);
        let mut kept = self.lock();
        if kept.len() >= MOST {
            kept.remove(0);
        }
        kept.push(Arc::clone(&policy));
        policy
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Policy>>> {
        // A list that a panicking thread held is still a list.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::policy::fixture;

    #[test]
    fn what_is_asked_for_stays() {
        let shelf = Shelf::default();
        let build = |version| Policy::build(version, fixture::doc()).unwrap();
        assert!(shelf.get(1).is_none());
        for version in 1..=4 {
            shelf.put(build(version));
        }
        assert_eq!(shelf.get(1).map(|policy| policy.version()), Some(1));
        shelf.put(build(5));
        assert!(shelf.get(2).is_none());
        assert!(shelf.get(1).is_some());
        let again = shelf.put(build(5));
        assert!(Arc::ptr_eq(&again, &shelf.get(5).unwrap()));
    }
}
