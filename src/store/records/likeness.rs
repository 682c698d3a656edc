//! The rows of what incidents have in common: their likeness, what people said of it, and bursts.

use diesel::prelude::*;

use crate::domain::{At, BurstState, Doc, Id, LikenessState};
use crate::store::schema::*;

/// An incident to be looked at for likeness.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = likeness_queue)]
pub struct QueuedLook {
    pub incident_id: Id,
    pub since: At,
    pub lease: Option<Id>,
    pub leased_until: Option<At>,
}

/// A key under which an incident is found.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = likeness_keys)]
pub struct LikenessKey {
    pub incident_id: Id,
    pub key: i64,
    /// When the incident was received.
    pub at: At,
}

/// Two incidents that are probably about one problem.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = likenesses)]
pub struct LikenessRow {
    /// The lower of the two identities.
    pub incident_id: Id,
    pub other_id: Id,
    /// How probable it is, 0 to 1.
    pub score: f64,
    /// What the two are to each other, in a word of [`Relation`](crate::domain::likeness::Relation).
    pub relation: String,
    /// An array of [`Reason`](crate::domain::likeness::Reason).
    pub reasons: Doc,
    /// The [`Features`](crate::domain::likeness::Features).
    pub features: Doc,
    /// From how many judgements the weights were learnt.
    pub learnt: i64,
    pub state: LikenessState,
    pub at: At,
    pub settled_by: Option<String>,
    pub settled_at: Option<At>,
}

impl LikenessRow {
    /// The one of the two that is not `id`.
    pub fn other_than(&self, id: Id) -> Id {
        if self.incident_id == id { self.other_id } else { self.incident_id }
    }
}

/// What somebody said of two incidents.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = judgements)]
pub struct Judgement {
    pub id: Id,
    /// The lower of the two identities.
    pub incident_id: Id,
    pub other_id: Id,
    /// None until they were computed.
    pub features: Option<Doc>,
    /// Whether they are one problem.
    pub same: bool,
    pub by: String,
    pub at: At,
}

/// More complaints than usual.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = bursts)]
pub struct BurstRow {
    pub id: Id,
    pub topic_group: String,
    pub municipality: String,
    /// The topic of most of the complaints, if one has more than half.
    pub topic: Option<String>,
    pub state: BurstState,
    /// When the first complaint of the window came that raised it.
    pub since: At,
    /// The length of that window.
    pub hours: i32,
    /// How many complaints are usual in it.
    pub expected: f64,
    /// How many came when it was raised.
    pub seen: i32,
    /// How probable so many are on a usual day.
    pub p: f64,
    /// When the count was last above the usual.
    pub last_high: At,
    pub raised_at: At,
    /// When it had been calm long enough; none: it stands, and no other is raised beside it.
    pub ended_at: Option<At>,
    /// The incident that the others were merged into.
    pub parent_id: Option<Id>,
    pub settled_by: Option<String>,
    pub settled_at: Option<At>,
}
