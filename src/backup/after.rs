//! What is done when all rows are back: the index of words is made anew, and the histories are looked through.

use std::collections::HashMap;
use std::fmt;

use super::Error;
use crate::domain::event::{self, EventKind};
use crate::domain::{Id, text};
use crate::store::dump::{self, Head};
use crate::store::records::EventRow;
use crate::store::{Conn, incidents};

/// How many incidents are looked at together.
const BATCH: i64 = 200;

/// How many broken histories are told by number.
const TOLD: usize = 20;

/// Whether the incidents' histories are whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chains {
    /// Histories looked at.
    pub incidents: u64,
    /// Events in them.
    pub events: u64,
    /// How many histories do not hold together.
    pub broken: u64,
    /// The numbers of the first of them.
    pub told: Vec<i64>,
}

/// What the command tells of them.
impl fmt::Display for Chains {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.broken == 0 {
            return write!(f, "the histories of all {} incidents ({} events) are whole", self.incidents, self.events);
        }
        let told = self.told.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let more = if self.broken > self.told.len() as u64 { ", …" } else { "" };
        write!(
            f,
            "the histories of {} of {} incidents do not hold together, events were changed or are missing: {told}{more}",
            self.broken, self.incidents
        )
    }
}

/// Goes through all incidents once.
pub(super) fn settle(conn: &mut Conn) -> Result<Chains, Error> {
    let (mut chains, mut after) = (Chains::default(), i64::MIN);
    loop {
        let heads = dump::heads(conn, after, BATCH)?;
        let Some(last) = heads.last() else { return Ok(chains) };
        after = last.number;
        index(conn, &heads)?;
        chains.look(&heads, &dump::events_of(conn, &ids(&heads))?);
    }
}

fn ids(heads: &[Head]) -> Vec<Id> {
    heads.iter().map(|head| head.id).collect()
}

/// Makes incidents findable by the words of all their messages, as intake does.
fn index(conn: &mut Conn, heads: &[Head]) -> Result<(), Error> {
    let mut words: HashMap<Id, String> = HashMap::new();
    for (incident, text) in dump::texts_of(conn, &ids(heads))? {
        let words = words.entry(incident).or_default();
        words.push_str(&text);
        words.push('\n');
    }
    let terms = |head: &Head| text::index_terms(words.get(&head.id).unwrap_or(&head.text));
    Ok(incidents::index(conn, heads.iter().map(|head| (head.number, terms(head))))?)
}

impl Chains {
    /// Looks at incidents and their events, which come in the order of incidents' identities.
    fn look(&mut self, heads: &[Head], events: &[EventRow]) {
        let of: HashMap<Id, &[EventRow]> =
            events.chunk_by(|a, b| a.incident_id == b.incident_id).map(|own| (own[0].incident_id, own)).collect();
        for head in heads {
            let own = of.get(&head.id).copied().unwrap_or_default();
            self.incidents += 1;
            self.events += own.len() as u64;
            if !is_whole(head, own) {
                self.broken += 1;
                if self.told.len() < TOLD {
                    self.told.push(head.number);
                }
            }
        }
    }
}

/// Each event continues the one before, its hash is that of its facts, and the incident goes by the last of them.
fn is_whole(head: &Head, events: &[EventRow]) -> bool {
    let mut prev = event::ROOT;
    for (n, event) in (1..).zip(events) {
        let Ok(kind) = event.kind.parse::<EventKind>() else { return false };
        let hash = event::link(prev, head.id, n, event.at, &event.actor, kind, &event.data);
        if event.n != n || event.prev != prev || event.hash != hash {
            return false;
        }
        prev = &event.hash;
    }
    head.spine == prev && head.version == events.len() as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::At;

    fn history(length: i64) -> (Head, Vec<EventRow>) {
        let (id, at) = (Id::new(At::now()), At::now());
        let (mut prev, mut events) = (event::ROOT.to_owned(), Vec::new());
        for n in 1..=length {
            let hash = event::link(&prev, id, n, at, "system", EventKind::Opened, "{}");
            let (actor, kind, data) = ("system".to_owned(), "opened".to_owned(), "{}".to_owned());
            events.push(EventRow { incident_id: id, n, at, actor, kind, data, prev, hash: hash.clone() });
            prev = hash;
        }
        (Head { number: 7, id, version: length, spine: prev, text: String::new() }, events)
    }

    #[test]
    fn a_change_a_gap_and_a_lost_end_are_seen() {
        let (head, events) = history(4);
        assert!(is_whole(&head, &events));
        let mut changed = events.clone();
        changed[1].data = r#"{"a":1}"#.to_owned();
        assert!(!is_whole(&head, &changed));
        let mut gap = events.clone();
        gap.remove(1);
        assert!(!is_whole(&head, &gap));
        assert!(!is_whole(&head, &events[..3]));
        assert!(!is_whole(&Head { version: 5, ..head }, &events));
    }

    #[test]
    fn broken_histories_are_counted_and_told() {
        let ((head, events), (other, _)) = (history(2), history(2));
        let mut chains = Chains::default();
        chains.look(&[head, other], &events);
        assert_eq!(chains, Chains { incidents: 2, events: 2, broken: 1, told: vec![7] });
        assert!(chains.to_string().contains("1 of 2"), "{chains}");
    }
}
