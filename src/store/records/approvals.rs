//! The rows of what was approved.

use diesel::prelude::*;

use crate::domain::{At, Id};
use crate::store::schema::*;

/// An answer that was approved, by what it is found for a draft.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = approved_answers)]
pub struct ApprovedAnswer {
    pub answer_id: Id,
    pub incident_id: Id,
    /// The incident's topic at that time.
    pub topic: Option<String>,
    pub at: At,
}

/// A sentence of an approved answer, by its [fingerprint](crate::domain::answer::Sentence::print).
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = answer_sentences)]
pub struct AnswerSentence {
    pub answer_id: Id,
    pub print: i64,
    pub incident_id: Id,
    /// When the answer was approved.
    pub at: At,
}
