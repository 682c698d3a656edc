//! Who opened what is masked. Rows are added and read, never changed: there is no statement here that could.

use diesel::prelude::*;

use super::conn::Conn;
use super::records::Disclosure;
use super::schema::{disclosures, incidents, staff};
use crate::domain::{At, Id, Scope};

/// Which openings: all that is given must fit.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    pub incident: Option<Id>,
    pub staff: Option<Id>,
    /// At this instant or after it.
    pub from: Option<At>,
    /// Before this instant.
    pub to: Option<At>,
}

/// An opening, the login of who opened it, and the incident's number if it was one.
pub type Opened = (Disclosure, String, Option<i64>);

/// Notes an opening.
pub fn add(conn: &mut Conn, one: &Disclosure) -> QueryResult<()> {
    diesel::insert_into(disclosures::table).values(one).execute(conn)?;
    Ok(())
}

/// The openings that fit, before one, the latest first: in a part of the tree, those of its incidents and those by its staff.
pub fn list(
    conn: &mut Conn,
    scope: &Scope,
    filter: &Filter,
    before: Option<Id>,
    limit: i64,
) -> QueryResult<Vec<Opened>> {
    let mut query = disclosures::table
        .inner_join(staff::table.on(staff::id.eq(disclosures::staff_id)))
        .left_join(incidents::table.on(incidents::id.nullable().eq(disclosures::incident_id)))
        .into_boxed();
    if let Scope::Subtree(ids) = scope {
        let ids: Vec<&String> = ids.iter().collect();
        let of_incident = incidents::organisation.eq_any(ids.clone()).or(incidents::executor.eq_any(ids.clone()));
        query = query.filter(of_incident.assume_not_null().or(staff::organisation.eq_any(ids)));
    }
    if let Some(incident) = filter.incident {
        query = query.filter(disclosures::incident_id.eq(incident));
    }
    if let Some(member) = filter.staff {
        query = query.filter(disclosures::staff_id.eq(member));
    }
    if let Some(from) = filter.from {
        query = query.filter(disclosures::at.ge(from));
    }
    if let Some(to) = filter.to {
        query = query.filter(disclosures::at.lt(to));
    }
    if let Some(before) = before {
        query = query.filter(disclosures::id.lt(before));
    }
    query
        .order(disclosures::id.desc())
        .limit(limit)
        .select((Disclosure::as_select(), staff::login, incidents::number.nullable()))
        .load(conn)
}
