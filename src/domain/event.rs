//! The spine: every change of an incident is an event, chained by hashes so that tampering shows.

use sha2::{Digest, Sha256};

use super::values::{At, Id};
use super::words::vocabulary;

vocabulary! {
    /// What happened to an incident.
    EventKind {
        /// A complaint opened it.
        Opened = "opened",
        /// A further message joined it.
        MessageJoined = "message_joined",
        /// A message was edited by its author.
        MessageEdited = "message_edited",
        /// A message was deleted in the network.
        MessageDeleted = "message_deleted",
        /// A deleted message was put back in the network.
        MessageRestored = "message_restored",
        /// Topic, kind, severity or place were corrected.
        Corrected = "corrected",
        /// An organisation was made responsible.
        Assigned = "assigned",
        /// Passed on inside the organisation.
        Passed = "passed",
        /// Work began.
        Taken = "taken",
        /// Given back as wrongly routed.
        Returned = "returned",
        /// An answer was written.
        Drafted = "drafted",
        /// The answer went to the approver.
        Submitted = "submitted",
        /// The approver sent it back.
        ReworkAsked = "rework_asked",
        /// The approver approved.
        Approved = "approved",
        /// The answer reached the network.
        Delivered = "delivered",
        /// Delivery failed for good.
        DeliveryFailed = "delivery_failed",
        /// Delivery was ordered anew.
        DeliveryRetried = "delivery_retried",
        /// The organisation had answered in the network itself.
        AnsweredOutside = "answered_outside",
        /// Put off to a date.
        Deferred = "deferred",
        /// Closed.
        Closed = "closed",
        /// Put aside as not a complaint.
        Dismissed = "dismissed",
        /// Merged into another incident.
        Merged = "merged",
        /// Another incident was merged into this one.
        Absorbed = "absorbed",
        /// Parted again.
        Unmerged = "unmerged",
        /// An incident that was merged into this one was parted.
        Released = "released",
        /// Opened again.
        Reopened = "reopened",
        /// A deadline passed.
        DeadlineMissed = "deadline_missed",
        /// The deadlines were computed anew by another version of the policy.
        DeadlinesRecomputed = "deadlines_recomputed",
        /// A program spoke to the author in the network; that answers nothing.
        AutoReplied = "auto_replied",
        /// Taken over from the table of another system.
        Imported = "imported",
        /// A decision of the desk was taken back by whoever made it.
        Undone = "undone",
    }
}

/// The `prev` of an incident's first event.
pub const ROOT: &str = "";

/// The hash of one event: SHA-256 over its facts and the hash of the event before it, in lower-case hex.
///
/// Each part is preceded by its length, so that no two different events have the same input. `data` is the JSON text as
/// stored, byte for byte.
pub fn link(prev: &str, incident: Id, n: i64, at: At, actor: &str, kind: EventKind, data: &str) -> String {
    let mut hash = Sha256::new();
    for part in [
        prev.as_bytes(),
        incident.0.as_bytes(),
        &n.to_be_bytes(),
        &at.as_microsecond().to_be_bytes(),
        actor.as_bytes(),
        kind.as_str().as_bytes(),
        data.as_bytes(),
    ] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hex(&hash.finalize())
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_change_shows() {
        let id = Id::new(At::now());
        let at = At::now();
        let hash = link(ROOT, id, 1, at, "system", EventKind::Opened, "{}");
        assert_eq!(hash.len(), 64);
        assert_eq!(hash, link(ROOT, id, 1, at, "system", EventKind::Opened, "{}"));
        assert_ne!(hash, link(&hash, id, 1, at, "system", EventKind::Opened, "{}"));
        assert_ne!(hash, link(ROOT, id, 2, at, "system", EventKind::Opened, "{}"));
        assert_ne!(hash, link(ROOT, id, 1, at, "system", EventKind::Opened, "{ }"));
        assert_ne!(hash, link(ROOT, id, 1, at, "systemo", EventKind::Opened, "{}"));
    }
}
