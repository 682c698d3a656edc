//! What was looked up a moment ago. Entries end by time alone, so a replica is never behind by more than that.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The most entries kept; beyond it, ended ones are swept, and if none has ended the rest are dropped too.
const MOST: usize = 10_000;

/// A small map whose entries last a few seconds.
pub struct Recent<K, V> {
    lasting: Duration,
    entries: Mutex<HashMap<K, (Instant, V)>>,
}

impl<K: Eq + Hash, V: Clone> Recent<K, V> {
    /// Entries last this long.
    pub fn new(lasting: Duration) -> Self {
        Recent { lasting, entries: Mutex::default() }
    }

    /// The entry, if it has not ended.
    pub fn get(&self, key: &K) -> Option<V> {
        let entries = self.lock();
        entries.get(key).filter(|(at, _)| at.elapsed() < self.lasting).map(|(_, value)| value.clone())
    }

    /// Keeps a value from now on.
    pub fn put(&self, key: K, value: V) {
        let mut entries = self.lock();
        if entries.len() >= MOST {
            entries.retain(|_, (at, _)| at.elapsed() < self.lasting);
            if entries.len() >= MOST {
                entries.clear();
            }
        }
        entries.insert(key, (Instant::now(), value));
    }

    /// Drops what is known to have changed.
    pub fn forget(&self, mut changed: impl FnMut(&K, &V) -> bool) {
        self.lock().retain(|key, (_, value)| !changed(key, value));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, (Instant, V)>> {
        // A map that a panicking thread held is still a map.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_end_and_are_dropped() {
        let recent = Recent::new(Duration::from_millis(20));
        recent.put(1, "a");
        recent.put(2, "b");
        recent.forget(|key, _| *key == 2);
        assert_eq!((recent.get(&1), recent.get(&2)), (Some("a"), None));
        std::thread::sleep(Duration::from_millis(25));
        assert_eq!(recent.get(&1), None);
    }

    #[test]
    fn it_stays_small() {
        let recent = Recent::new(Duration::from_secs(60));
        for n in 0..=MOST {
            recent.put(n, ());
        }
        assert_eq!(recent.lock().len(), 1);
    }
}
