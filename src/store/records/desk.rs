//! What the moderators' desk keeps.

use diesel::prelude::*;

use crate::domain::decision::{BatchState, DecisionState};
use crate::domain::{At, Doc, Id};
use crate::store::schema::{batches, decisions, holds};

/// A card that a moderator has before them.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = holds)]
pub struct Hold {
    pub incident_id: Id,
    pub staff_id: Id,
    /// On the machine's clock.
    pub until: At,
}

/// One decision about all that fitted a filter.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Insertable, AsChangeset)]
#[diesel(table_name = batches)]
#[diesel(treat_none_as_null = true)]
pub struct BatchRow {
    pub id: Id,
    pub staff_id: Id,
    /// The filter as its query string.
    pub filter: String,
    /// A [`Decision`](crate::domain::decision::Decision).
    pub decision: Doc,
    pub state: BatchState,
    pub total: i64,
    pub done: i64,
    pub refused: i64,
    pub undone: i64,
    pub ordered_at: At,
    pub finished_at: Option<At>,
}

/// A decision of the desk.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Insertable, AsChangeset)]
#[diesel(table_name = decisions)]
#[diesel(treat_none_as_null = true)]
pub struct DecisionRow {
    pub id: Id,
    pub staff_id: Id,
    /// The batch that it is of.
    pub batch_id: Option<Id>,
    pub incident_id: Id,
    /// A [`Decision`](crate::domain::decision::Decision).
    pub decision: Doc,
    pub state: DecisionState,
    /// Why it was refused.
    pub why: Option<String>,
    /// The version of the incident that was seen.
    pub seen: Option<i64>,
    /// The version that the decision made.
    pub version: Option<i64>,
    /// What the incident was before, as long as the decision can be taken back.
    pub before: Option<Doc>,
    /// On the machine's clock.
    pub at: At,
}
