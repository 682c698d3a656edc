//! What is to be done when.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::domain::At;

/// Things in the order of their times; of two of one time, the one that was noted first.
#[derive(Debug, Clone)]
pub struct Agenda<T> {
    heap: BinaryHeap<Reverse<Entry<T>>>,
    count: u64,
}

#[derive(Debug, Clone)]
struct Entry<T> {
    key: (At, u64),
    thing: T,
}

impl<T> Agenda<T> {
    /// An empty agenda.
    pub fn new() -> Agenda<T> {
        Agenda { heap: BinaryHeap::new(), count: 0 }
    }

    /// Notes a thing.
    pub fn note(&mut self, at: At, thing: T) {
        self.count += 1;
        self.heap.push(Reverse(Entry { key: (at, self.count), thing }));
    }

    /// When the next thing is due.
    pub fn next(&self) -> Option<At> {
        self.heap.peek().map(|Reverse(entry)| entry.key.0)
    }

    /// Takes the next thing if it is due.
    pub fn due(&mut self, now: At) -> Option<T> {
        self.next().filter(|at| *at <= now)?;
        self.heap.pop().map(|Reverse(entry)| entry.thing)
    }
}

impl<T> PartialEq for Entry<T> {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl<T> Eq for Entry<T> {}

impl<T> PartialOrd for Entry<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Entry<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key.cmp(&other.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_come_in_their_order_and_not_before_their_time() {
        let at = |seconds| At::EVER.plus_seconds(seconds);
        let mut agenda = Agenda::new();
        for (seconds, thing) in [(5, "later"), (3, "first"), (3, "second"), (9, "last")] {
            agenda.note(at(seconds), thing);
        }
        assert_eq!(agenda.due(at(2)), None);
        let done: Vec<_> = std::iter::from_fn(|| agenda.due(at(5))).collect();
        assert_eq!(done, ["first", "second", "later"]);
        assert_eq!(agenda.next(), Some(at(9)));
    }
}
