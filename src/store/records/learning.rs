//! The rows of what is learned: decisions of staff, and the models trained on them.

use diesel::prelude::*;

use crate::domain::advice::{Head, ModelState};
use crate::domain::{At, Doc, Id, Kind};
use crate::store::schema::*;

/// What staff decided about an incident; what is `None` was not decided.
#[derive(Debug, Clone, PartialEq, Insertable)]
#[diesel(table_name = lessons)]
pub struct NewLesson {
    pub incident_id: Id,
    pub topic: Option<String>,
    pub kind: Option<Kind>,
    pub severity: Option<i32>,
    pub by: String,
    pub at: At,
}

/// A decision of staff, numbered in the order in which they were made, with gaps.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable)]
#[diesel(table_name = lessons)]
pub struct LessonRow {
    pub n: i64,
    pub incident_id: Id,
    pub topic: Option<String>,
    pub kind: Option<Kind>,
    pub severity: Option<i32>,
    pub at: At,
}

/// A model, without its bytes.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = models)]
pub struct ModelRow {
    pub version: i64,
    pub head: Head,
    pub state: ModelState,
    /// When what it was trained on was read.
    pub trained_at: At,
    pub trained_by: String,
    /// How many decided texts it was trained on.
    pub examples: i64,
    /// The last lesson that it was trained on; 0 if it was trained on a file.
    pub lesson: i64,
    /// The version of the policy whose topics it knows by name.
    pub policy_version: i64,
    /// How good it was on texts that it had not seen.
    pub figures: Doc,
    /// Why it is not active, or is again.
    pub reason: Option<String>,
}
