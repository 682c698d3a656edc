//! The versions of the city's policy: rows are added, never changed.

use std::collections::BTreeMap;

use diesel::dsl::count_star;
use diesel::prelude::*;

use super::Conn;
use super::records::PolicyRow;
use super::schema::{incidents, policies, staff};
use crate::domain::{At, Id, Scope, Step};

/// A version without its document.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = policies)]
pub struct PolicyHead {
    pub version: i64,
    pub city: String,
    /// SHA-256 of the document.
    pub digest: String,
    pub note: String,
    pub loaded_by: String,
    pub loaded_at: At,
}

/// Versions below a number, the newest first, at most `limit`.
pub fn heads(conn: &mut Conn, below: i64, limit: i64) -> QueryResult<Vec<PolicyHead>> {
    policies::table
        .filter(policies::version.lt(below))
        .order(policies::version.desc())
        .limit(limit)
        .select(PolicyHead::as_select())
        .load(conn)
}

/// The newest version without its document.
pub fn newest(conn: &mut Conn) -> QueryResult<Option<PolicyHead>> {
    Ok(heads(conn, i64::MAX, 1)?.pop())
}

/// One version, without its document.
pub fn head(conn: &mut Conn, version: i64) -> QueryResult<Option<PolicyHead>> {
    policies::table.find(version).select(PolicyHead::as_select()).get_result(conn).optional()
}

/// One version, with its document.
pub fn find(conn: &mut Conn, version: i64) -> QueryResult<Option<PolicyRow>> {
    policies::table.find(version).select(PolicyRow::as_select()).get_result(conn).optional()
}

/// Adds a version. Its number is a key, so of two that add the same one fails.
pub fn insert(conn: &mut Conn, row: &PolicyRow) -> QueryResult<()> {
    diesel::insert_into(policies::table).values(row).execute(conn)?;
    Ok(())
}

/// What rules look at in an incident, and where it is.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = incidents)]
pub struct RoutedIncident {
    pub id: Id,
    pub number: i64,
    pub municipality: String,
    pub topic: Option<String>,
    pub topic_group: Option<String>,
    pub organisation: Option<String>,
    pub executor: Option<String>,
}

/// The newest incidents that the scope holds, by number, at most `limit`: only what a rule set is tried on.
pub fn newest_incidents(conn: &mut Conn, scope: &Scope, limit: i64) -> QueryResult<Vec<RoutedIncident>> {
    let mut query = incidents::table.order(incidents::number.desc()).limit(limit).into_boxed();
    if let Scope::Subtree(ids) = scope {
        let ids: Vec<String> = ids.iter().cloned().collect();
        let held = incidents::organisation.eq_any(ids.clone()).or(incidents::executor.eq_any(ids));
        query = query.filter(held.assume_not_null());
    }
    query.select(RoutedIncident::as_select()).load(conn)
}

/// Why an organisation cannot be dropped.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Needed {
    /// Members who can still sign in.
    pub staff: i64,
    /// Incidents that are with it, or with it as the executor.
    pub incidents: i64,
}

/// Of these organisations, those that still have staff or open incidents.
pub fn needed(conn: &mut Conn, organisations: &[String]) -> QueryResult<BTreeMap<String, Needed>> {
    let staffed: Vec<(String, i64)> = staff::table
        .filter(staff::organisation.eq_any(organisations).and(staff::active))
        .group_by(staff::organisation)
        .select((staff::organisation, count_star()))
        .load(conn)?;
    let busy: Vec<(Option<String>, Option<String>, i64)> = incidents::table
        .filter(incidents::step.ne(Step::Closed))
        .filter(incidents::organisation.eq_any(organisations).or(incidents::executor.eq_any(organisations)))
        .group_by((incidents::organisation, incidents::executor))
        .select((incidents::organisation, incidents::executor, count_star()))
        .load(conn)?;
    let mut needed = BTreeMap::<String, Needed>::new();
    for (organisation, count) in staffed {
        needed.entry(organisation).or_default().staff += count;
    }
    for (organisation, executor, count) in busy {
        for held in [organisation, executor].into_iter().flatten().filter(|held| organisations.contains(held)) {
            needed.entry(held).or_default().incidents += count;
        }
    }
    Ok(needed)
}
