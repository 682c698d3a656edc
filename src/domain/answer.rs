//! What an answer says: its facts, whether it is more than phrases, whether others got the very same, and what must not stand in it.
//!
//! A text is [read](Reading) once: what in it belongs to this one case ([`Fact`]: places, dates, numbers, names) is told from the
//! wording, which any answer could have. The wording is fingerprinted sentence by sentence; the facts are what makes an answer one. From
//! both, and from what is known of the incident, follow the [concerns](concerns()). Pure: how many others got a sentence is an argument.

mod concern;
mod confirmed;
mod date;
mod fact;
mod measure;
mod phrase;
mod sentence;
#[cfg(test)]
mod tests;
mod token;

pub use concern::{Case, Concern, ConcernCode, Severity, concerns};
pub use fact::{Fact, FactKind, blanked, facts_in};
pub use sentence::{Reading, Sentence};
