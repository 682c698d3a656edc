//! What is remembered for as long as there is room: the demo may run for days.

use std::borrow::Borrow;
use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

/// A map of up to so many entries; the oldest is forgotten first.
#[derive(Debug, Clone)]
pub struct Bounded<K, V> {
    most: usize,
    map: HashMap<K, V>,
    order: VecDeque<K>,
}

impl<K: Eq + Hash + Clone, V> Bounded<K, V> {
    /// An empty one with room for `most`.
    pub fn new(most: usize) -> Bounded<K, V> {
        Bounded { most, map: HashMap::new(), order: VecDeque::new() }
    }

    /// Remembers something, in the place of what was known under the same key; the key that is forgotten for it.
    pub fn put(&mut self, key: K, value: V) -> Option<K> {
        if self.map.insert(key.clone(), value).is_none() {
            self.order.push_back(key);
        }
        if self.order.len() <= self.most {
            return None;
        }
        let oldest = self.order.pop_front()?;
        self.map.remove(&oldest);
        Some(oldest)
    }

    /// What is remembered under a key.
    pub fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.map.get(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_is_forgotten() {
        let mut bounded = Bounded::new(3);
        for n in 0..=3 {
            let forgotten = bounded.put(n, n);
            assert_eq!(forgotten, (n == 3).then_some(0));
            assert_eq!(bounded.put(n, n), None);
        }
        assert_eq!((bounded.get(&0), bounded.get(&1), bounded.get(&3)), (None, Some(&1), Some(&3)));
        assert_eq!((bounded.map.len(), bounded.order.len()), (3, 3));
    }
}
