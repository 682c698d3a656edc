//! What the residents of the demo remember of what they wrote, and what it truly was about.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::generator::Truth;
use crate::domain::Id;
use crate::domain::message::Incoming;

/// How much of each kind is remembered: some two weeks of a city; the oldest is forgotten first.
const MOST: usize = 5_000;

/// What somebody who reads a complaint finds out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    pub truth: Truth,
    /// The street as people name it.
    pub street: Option<String>,
}

/// Shared by the residents and the organisations. All clones are one.
#[derive(Clone, Default)]
pub struct Memory(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    messages: Bounded<String, Incoming>,
    complaints: Bounded<Id, Known>,
}

impl Memory {
    /// Remembers a message, so that its author can go on with the talk; without what is long.
    pub fn keep_message(&self, message: &Incoming) {
        let bare =
            Incoming { text: String::new(), attachments: Vec::new(), place: None, topic: None, ..message.clone() };
        self.kept().messages.put(bare.external_id.clone(), bare);
    }

    /// A message by its identity in the network.
    pub fn message(&self, external_id: &str) -> Option<Incoming> {
        self.kept().messages.get(external_id).cloned()
    }

    /// Remembers what an incident is about.
    pub fn keep_complaint(&self, incident: Id, known: Known) {
        self.kept().complaints.put(incident, known);
    }

    /// What an incident is about.
    pub fn complaint(&self, incident: Id) -> Option<Known> {
        self.kept().complaints.get(&incident).cloned()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A map that holds up to [`MOST`] entries.
struct Bounded<K, V> {
    map: HashMap<K, V>,
    order: VecDeque<K>,
}

impl<K, V> Default for Bounded<K, V> {
    fn default() -> Self {
        Bounded { map: HashMap::new(), order: VecDeque::new() }
    }
}

impl<K: Eq + Hash + Clone, V> Bounded<K, V> {
    fn put(&mut self, key: K, value: V) {
        if self.map.insert(key.clone(), value).is_none() {
            self.order.push_back(key);
        }
        if self.order.len() > MOST
            && let Some(oldest) = self.order.pop_front()
        {
            self.map.remove(&oldest);
        }
    }

    fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: std::borrow::Borrow<Q>,
    {
        self.map.get(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_is_forgotten() {
        let mut bounded = Bounded::default();
        for n in 0..=MOST {
            bounded.put(n, n);
            bounded.put(n, n);
        }
        assert_eq!((bounded.get(&0), bounded.get(&1), bounded.get(&MOST)), (None, Some(&1), Some(&MOST)));
        assert_eq!((bounded.map.len(), bounded.order.len()), (MOST, MOST));
    }
}
