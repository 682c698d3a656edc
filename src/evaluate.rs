//! What the machinery of triage is worth, measured on labelled files.

pub mod pairs;
pub mod places;
