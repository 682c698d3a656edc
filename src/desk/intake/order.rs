//! What keeps batches apart that are taken in at the same time: events that count once, and one order of locks.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::{Key, Prepared, known};
use crate::desk::Error;
use crate::domain::Id;
use crate::store::records::{HeardEvent, Message};
use crate::store::{Conn, heard, incidents};

/// Notes the events of the batch; the places of those that count no more, because they were taken in before or stand in the batch twice.
pub(super) fn repeated(conn: &mut Conn, batch: &[Arc<Prepared>]) -> Result<Vec<usize>, Error> {
    let mut first: BTreeMap<(Id, &str), usize> = BTreeMap::new();
    let mut repeated = Vec::new();
    for (at, one) in batch.iter().enumerate() {
        let Some(event) = &one.event else { continue };
        match first.entry((one.message().source_id, event)) {
            Entry::Vacant(place) => _ = place.insert(at),
            Entry::Occupied(_) => repeated.push(at),
        }
    }
    if first.is_empty() {
        return Ok(repeated);
    }
    let event = |((source_id, key), at): (&(Id, &str), &usize)| HeardEvent {
        source_id: *source_id,
        key: (*key).to_owned(),
        at: batch[*at].message().received_at,
    };
    let unheard: HashSet<(Id, String)> =
        heard::add(conn, &first.iter().map(event).collect::<Vec<_>>())?.into_iter().collect();
    repeated.extend(
        first.into_iter().filter(|((id, key), _)| !unheard.contains(&(*id, (*key).to_owned()))).map(|(_, at)| at),
    );
    Ok(repeated)
}

/// Holds the incidents that the batch speaks of. What is known of its messages, as it stands then, and which of its threads have an
/// incident.
pub(super) fn hold(
    conn: &mut Conn,
    batch: &[Arc<Prepared>],
) -> Result<(HashMap<Key, Message>, HashSet<String>), Error> {
    let before = known(conn, batch)?;
    let threads: Vec<&str> = batch.iter().map(|one| one.thread()).collect();
    let found = incidents::by_threads(conn, &threads)?;
    let mut touched: Vec<Id> = before.values().filter_map(|message| message.incident_id).collect();
    touched.extend(found.iter().map(|incident| incident.id));
    let threads = found.into_iter().map(|incident| incident.thread_key).collect();
    if touched.is_empty() {
        return Ok((before, threads));
    }
    incidents::hold(conn, &touched)?;
    // Whoever held them before may have changed the messages meanwhile.
    Ok((known(conn, batch)?, threads))
}
