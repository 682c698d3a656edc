//! Openings of what is masked: personal data is shown only to who asks for it, and each time is put on record.

use super::words::vocabulary;

vocabulary! {
    /// What was opened.
    DisclosureKind {
        /// All that residents said in one incident.
        Incident = "incident",
        /// A table of many incidents, carried out with their full texts.
        Export = "export",
    }
}

/// The longest reason, in characters.
pub const REASON_LIMIT: usize = 500;
