//! Deadlines: the sweep that notes what passed while nobody touched the incident, what a clock's due time is made of, what a decision
//! or another policy would make of it.

mod concerned;
mod explained;
mod preview;
mod recompute;
mod sweep;

pub use super::case::Moved;
pub use explained::{Explained, explained};
pub use preview::{Preview, PreviewedClock, preview};
pub use recompute::{
    LISTED_MOST, MovedDeadlines, Order, RECOMPUTE, Recomputed, WhatIf, advance, last, order, ordered, orders,
    version_of, what_if,
};
pub use sweep::{BATCH, Swept, sweep};
