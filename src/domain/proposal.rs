//! What becomes of what Otklik proposes: places found in texts, pairs that are alike, bursts.

use super::words::vocabulary;

vocabulary! {
    /// Who named an incident's place.
    PlaceOrigin {
        /// It came with the message.
        Message = "message",
        /// It was found in the text.
        Text = "text",
        /// A member of staff.
        Staff = "staff",
        /// Nobody yet.
        None = "none",
    }
}

vocabulary! {
    /// What became of the proposal that two incidents are one problem.
    LikenessState {
        /// Nobody has looked at it yet.
        Proposed = "proposed",
        /// The two were merged.
        Merged = "merged",
        /// Somebody said that they are not the same.
        Dismissed = "dismissed",
    }
}

vocabulary! {
    /// What became of a proposed mass incident.
    BurstState {
        /// Nobody has decided yet, and it goes on.
        Open = "open",
        /// Its incidents were merged.
        Accepted = "accepted",
        /// Somebody said that it is none.
        Dismissed = "dismissed",
        /// It was over before somebody decided.
        Over = "over",
    }
}
