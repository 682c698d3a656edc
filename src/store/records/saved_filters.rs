//! The rows of filters that people keep.

use diesel::prelude::*;

use crate::domain::{At, Id};
use crate::store::schema::saved_filters;

/// A filter that somebody keeps under a name.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = saved_filters)]
pub struct SavedFilter {
    pub id: Id,
    pub staff_id: Id,
    pub name: String,
    /// As it stands after the `?` of an address.
    pub query: String,
    pub created_at: At,
}
