//! What a moderator decides on the desk, and what becomes of it.

use serde::{Deserialize, Serialize};

use super::words::vocabulary;
use super::{CloseReason, Id, Kind};

/// A decision about one complaint. What is absent is left to the rules, or as it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Decision {
    /// Makes an organisation responsible: the named one, or whom the rules propose for the topic.
    Assign {
        /// The topic's id or name, if it is another one than the incident has.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        topic: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        organisation: Option<String>,
    },
    /// Corrects what it is about.
    Correct {
        /// The topic's id or name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        topic: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kind: Option<Kind>,
        /// From 1 to 5.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        severity: Option<i32>,
    },
    /// Puts it aside as not a complaint.
    Dismiss {
        /// One of [`CloseReason::NOT_A_COMPLAINT`].
        reason: CloseReason,
    },
    /// Joins it to another incident on the same matter.
    Merge {
        /// The incident that goes on.
        into: Id,
    },
}

vocabulary! {
    /// What became of a decision.
    DecisionState {
        /// Its turn has not come.
        Waiting = "waiting",
        /// It was carried out.
        Done = "done",
        /// A rule said no.
        Refused = "refused",
        /// It was taken back.
        Undone = "undone",
    }
}

vocabulary! {
    /// How far a decision about many incidents is.
    BatchState {
        /// It is being carried out.
        Running = "running",
        /// It was carried out.
        Done = "done",
        /// It is being taken back.
        Undoing = "undoing",
        /// It was taken back.
        Undone = "undone",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_absent_is_left_to_the_rules() {
        let read = |text: &str| serde_json::from_str::<Decision>(text).unwrap();
        assert_eq!(read(r#"{"action":"assign"}"#), Decision::Assign { topic: None, organisation: None });
        let dismissed = read(r#"{"action":"dismiss","reason":"repeat"}"#);
        assert_eq!(dismissed, Decision::Dismiss { reason: CloseReason::Repeat });
        assert_eq!(serde_json::to_string(&dismissed).unwrap(), r#"{"action":"dismiss","reason":"repeat"}"#);
    }
}
