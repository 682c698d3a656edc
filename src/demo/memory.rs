//! What the residents of the demo truly mean by what they write: what somebody finds out who reads it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::bounded::Bounded;
use super::generator::Truth;
use crate::domain::Id;

/// How much is remembered: some two weeks of a city.
const MOST: usize = 5_000;

/// What somebody who reads a complaint finds out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    pub truth: Truth,
    /// The street as people name it.
    pub street: Option<String>,
    /// The municipality's id.
    pub municipality: Option<String>,
}

/// Where something stands for all to read: network, account and text.
type Written = (String, String, String);

/// Shared by the residents and the organisations. All clones are one.
#[derive(Clone)]
pub struct Memory(Arc<Mutex<Kept>>);

struct Kept {
    written: Bounded<Written, Known>,
    complaints: Bounded<Id, Known>,
}

impl Default for Memory {
    fn default() -> Memory {
        Memory(Arc::new(Mutex::new(Kept { written: Bounded::new(MOST), complaints: Bounded::new(MOST) })))
    }
}

impl Memory {
    /// Remembers what is meant by a text on a page.
    pub fn keep(&self, network: &str, account: &str, text: &str, known: Known) {
        self.kept().written.put((network.to_owned(), account.to_owned(), text.to_owned()), known);
    }

    /// What an incident is about, for whoever reads its text; later its author may write it anew.
    pub fn read(&self, incident: Id, network: &str, account: &str, text: &str) -> Option<Known> {
        let mut kept = self.kept();
        if let Some(known) = kept.complaints.get(&incident) {
            return Some(known.clone());
        }
        let known = kept.written.get(&(network.to_owned(), account.to_owned(), text.to_owned()))?.clone();
        kept.complaints.put(incident, known.clone());
        Some(known)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::At;

    #[test]
    fn what_was_read_once_stays_known_however_the_text_changes() {
        let (memory, incident) = (Memory::default(), Id::new(At::EVER));
        let known = Known { truth: Truth::Thanks, street: None, municipality: None };
        memory.keep("vk", "1", "Спасибо", known.clone());
        assert_eq!(memory.read(incident, "vk", "2", "Спасибо"), None);
        assert_eq!(memory.read(incident, "vk", "1", "Спасибо"), Some(known.clone()));
        assert_eq!(memory.read(incident, "vk", "1", "Спасибо!"), Some(known));
    }
}
