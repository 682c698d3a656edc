//! Incidents: opening, compare-and-set, lists by key, full-text search.

mod filter;

use std::collections::HashMap;

use diesel::dsl::{SqlTypeOf, count_star, sql};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Bool, Text};

use super::bulk::{self, Terms};
use super::conn::{Conn, MultiBackend};
use super::records::{Incident, NewIncident, Opened};
use super::schema::{incident_terms, incidents};
use super::types::Guid;
use crate::domain::{At, Id, Scope, Step};
use filter::{matching, open_steps};

pub use filter::{ClockFilter, Filter, Period};
pub(super) use filter::{Query, fitting, return_reasons};

/// The incident with this identity.
pub fn get(conn: &mut Conn, id: Id) -> QueryResult<Option<Incident>> {
    incidents::table.find(id).select(Incident::as_select()).get_result(conn).optional()
}

/// The incident with this number.
pub fn by_number(conn: &mut Conn, number: i64) -> QueryResult<Option<Incident>> {
    incidents::table.filter(incidents::number.eq(number)).select(Incident::as_select()).get_result(conn).optional()
}

/// The incidents with these identities, in no order.
pub fn many(conn: &mut Conn, ids: &[Id]) -> QueryResult<Vec<Incident>> {
    incidents::table.filter(incidents::id.eq_any(ids)).select(Incident::as_select()).load(conn)
}

/// Holds incidents until the end of the transaction, in one order whoever asks: two changes that touch the same ones then wait for one
/// another, and never each for the other. On SQLite there is one that writes anyway.
pub fn hold(conn: &mut Conn, ids: &[Id]) -> QueryResult<()> {
    if let Conn::Postgres(conn) = conn {
        let held = incidents::table.filter(incidents::id.eq_any(ids)).order(incidents::id);
        held.select(incidents::id).for_update().load::<Id>(conn)?;
    }
    Ok(())
}

/// Holds threads that have no incident yet until the end of the transaction, in one order whoever asks: of two batches that would open
/// some of the same ones, one waits for the other.
pub fn hold_threads<'t>(conn: &mut Conn, threads: impl Iterator<Item = &'t str>) -> QueryResult<()> {
    if let Conn::Postgres(conn) = conn {
        let mut threads: Vec<&str> = threads.collect();
        threads.sort_unstable();
        let held = "select pg_advisory_xact_lock(hashtextextended(thread, 0)) from unnest($1) as thread";
        diesel::sql_query(held).bind::<Array<Text>, _>(threads).execute(conn)?;
    }
    Ok(())
}

/// The incidents that these threads opened.
pub fn by_threads(conn: &mut Conn, threads: &[&str]) -> QueryResult<Vec<Incident>> {
    incidents::table.filter(incidents::thread_key.eq_any(threads)).select(Incident::as_select()).load(conn)
}

/// The incidents merged into this one, oldest first.
pub fn merged_into(conn: &mut Conn, parent: Id) -> QueryResult<Vec<Incident>> {
    incidents::table
        .filter(incidents::parent_id.eq(parent))
        .order(incidents::number)
        .select(Incident::as_select())
        .load(conn)
}

/// Opens incidents with all that they have from the start; their numbers, in the order given. None, and nothing to be kept, when the
/// thread of one of them has an incident already: somebody else was faster.
pub fn open(conn: &mut Conn, new: &[&Opened]) -> QueryResult<Option<Vec<i64>>> {
    let incidents: Vec<&NewIncident> = new.iter().map(|one| &one.incident).collect();
    let numbers: HashMap<Id, i64> = bulk::number(conn, &incidents)?.into_iter().collect();
    let numbers: Vec<i64> = incidents.iter().filter_map(|incident| numbers.get(&incident.id).copied()).collect();
    if numbers.len() != new.len() {
        return Ok(None);
    }
    bulk::insert(conn, &new.iter().map(|one| &one.message).collect::<Vec<_>>())?;
    bulk::insert(conn, &new.iter().flat_map(|one| &one.events).collect::<Vec<_>>())?;
    bulk::insert(conn, &new.iter().flat_map(|one| &one.clocks).collect::<Vec<_>>())?;
    bulk::insert(conn, &new.iter().flat_map(|one| &one.assignments).collect::<Vec<_>>())?;
    bulk::insert(conn, &new.iter().flat_map(|one| &one.answers).collect::<Vec<_>>())?;
    index(conn, numbers.iter().zip(new).map(|(number, one)| (*number, one.terms.clone())))?;
    Ok(Some(numbers))
}

/// Writes back what changed in the incident if it still is at the version it was read at; `false` if somebody else was faster.
pub fn save(conn: &mut Conn, before: &Incident, after: &Incident) -> QueryResult<bool> {
    Ok(Change { before, after }.execute(conn)? == 1)
}

/// `update incidents set …` with the changed columns only: SQLite renews every index that has a column named there, whether its value
/// is another one or not.
struct Change<'a> {
    before: &'a Incident,
    after: &'a Incident,
}

impl QueryId for Change<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl RunQueryDsl<Conn> for Change<'_> {}

impl QueryFragment<MultiBackend> for Change<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        let Change { before, after } = self;
        out.push_sql("update incidents set version = ");
        out.push_bind_param::<BigInt, _>(&after.version)?;
        macro_rules! changed {
            ($($column:ident)+) => {$(
                if before.$column != after.$column {
                    out.push_sql(concat!(", ", stringify!($column), " = "));
                    out.push_bind_param::<SqlTypeOf<incidents::$column>, _>(&after.$column)?;
                }
            )+};
        }
        changed!(
            spine step kind outcome close_reason network source_id account thread_key author_key lead_message text
            media topic topic_group topic_origin severity municipality settlement street house lat lon organisation
            executor routed policy_version returns rounds published_at received_at assigned_at first_answer_at
            first_answer_work delivered_at closed_at deferred_until due_at changed_at parent_id step_before rating
            note extra personal okrug place_origin
        );
        out.push_sql(" where id = ");
        out.push_bind_param::<Guid, _>(&before.id)?;
        out.push_sql(" and version = ");
        out.push_bind_param::<BigInt, _>(&before.version)
    }
}

/// Adds incidents' words to the full-text index: (number, the text's [index terms](crate::domain::text::index_terms)).
pub fn index(conn: &mut Conn, terms: impl IntoIterator<Item = (i64, String)>) -> QueryResult<()> {
    let rows: Vec<Terms> = terms.into_iter().map(|(rowid, terms)| Terms { rowid, terms }).collect();
    bulk::insert(conn, &rows.iter().collect::<Vec<_>>())
}

/// Replaces an incident's words in the full-text index.
pub fn reindex(conn: &mut Conn, number: i64, terms: String) -> QueryResult<()> {
    diesel::delete(incident_terms::table.filter(incident_terms::rowid.eq(number))).execute(conn)?;
    index(conn, [(number, terms)])
}

/// In what order, and how the page after the last row is found. Both orders end in the number, so they are total.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Order {
    /// Newest first; after this number.
    Newest(Option<i64>),
    /// Oldest first; after this number.
    Oldest(Option<i64>),
    /// The nearest deadline first; after this due time and number.
    Due(Option<(At, i64)>),
}

/// One page of the incidents that fit and that the scope holds.
///
/// Every order can be served by an index, and no total is counted.
pub fn list(conn: &mut Conn, scope: &Scope, filter: &Filter, order: Order, limit: i64) -> QueryResult<Vec<Incident>> {
    let sqlite = matches!(conn, Conn::Sqlite(_));
    match order {
        Order::Newest(after) if sqlite && !filter.words.is_empty() => {
            return search(conn, scope, filter, after.unwrap_or(i64::MAX), true, limit);
        }
        Order::Oldest(after) if sqlite && !filter.words.is_empty() => {
            return search(conn, scope, filter, after.unwrap_or(0), false, limit);
        }
        _ => {}
    }
    let mut query = fitting(scope, filter, sqlite);
    query = match order {
        Order::Newest(after) => after_number(query, after, true).order(incidents::number.desc()),
        Order::Oldest(after) => after_number(query, after, false).order(incidents::number.asc()),
        Order::Due(after) => {
            if let Some((due, number)) = after {
                query = query
                    .filter(incidents::due_at.gt(due).or(incidents::due_at.eq(due).and(incidents::number.gt(number))));
            }
            query.order((incidents::due_at.asc(), incidents::number.asc()))
        }
    };
    query.limit(limit).select(Incident::as_select()).load(conn)
}

/// How many incidents that have the words are looked at first; each further look takes four times as many.
const FIRST_LOOK: i64 = 200;
const LARGEST_LOOK: i64 = 12_800;

/// [`list`] by number and words on SQLite, whose planner would gather all that have the words before it looks at the first: it walks the
/// full-text index in the order of the page instead, until the page is full.
fn search(
    conn: &mut Conn,
    scope: &Scope,
    filter: &Filter,
    mut after: i64,
    descending: bool,
    limit: i64,
) -> QueryResult<Vec<Incident>> {
    let others = Filter { words: Vec::new(), ..filter.clone() };
    let (mut look, mut page) = (FIRST_LOOK, Vec::new());
    loop {
        let numbers = having(conn, filter, after, descending, look)?;
        let left = limit - i64::try_from(page.len()).unwrap_or(limit);
        let query = fitting(scope, &others, true).filter(incidents::number.eq_any(&numbers)).limit(left);
        let query =
            if descending { query.order(incidents::number.desc()) } else { query.order(incidents::number.asc()) };
        page.extend(query.select(Incident::as_select()).load(conn)?);
        let is_full = i64::try_from(page.len()).is_ok_and(|length| length >= limit);
        match numbers.last() {
            Some(last) if !is_full && i64::try_from(numbers.len()).is_ok_and(|count| count == look) => after = *last,
            _ => return Ok(page),
        }
        look = (look * 4).min(LARGEST_LOOK);
    }
}

/// The numbers of incidents that have all the words, after a number.
fn having(conn: &mut Conn, filter: &Filter, after: i64, descending: bool, limit: i64) -> QueryResult<Vec<i64>> {
    let rowid = incident_terms::rowid;
    let has = sql::<Bool>("incident_terms match ").bind::<Text, _>(matching(filter));
    let query = incident_terms::table.select(rowid).filter(has).limit(limit).into_boxed();
    if descending {
        query.filter(rowid.lt(after)).order(rowid.desc()).load(conn)
    } else {
        query.filter(rowid.gt(after)).order(rowid.asc()).load(conn)
    }
}

/// Up to `limit` of those that fit, by identity and version, those with the nearest deadline first.
pub fn versions(conn: &mut Conn, scope: &Scope, filter: &Filter, limit: i64) -> QueryResult<Vec<(Id, i64)>> {
    let sqlite = matches!(conn, Conn::Sqlite(_));
    fitting(scope, filter, sqlite)
        .order((incidents::due_at.asc(), incidents::number.asc()))
        .limit(limit)
        .select((incidents::id, incidents::version))
        .load(conn)
}

/// Incidents that changed at or after an instant of the city's clock, the longest ago first.
pub fn changed_since(conn: &mut Conn, since: At, limit: i64) -> QueryResult<Vec<Incident>> {
    incidents::table
        .filter(incidents::changed_at.ge(since))
        .order(incidents::changed_at)
        .limit(limit)
        .select(Incident::as_select())
        .load(conn)
}

/// When the last change was; none where there is no incident.
pub fn last_change(conn: &mut Conn) -> QueryResult<Option<At>> {
    incidents::table.select(incidents::changed_at).order(incidents::changed_at.desc()).first(conn).optional()
}

/// How many wait in each of these steps, and how many of those are overdue.
pub fn waiting(conn: &mut Conn, scope: &Scope, steps: &[Step], now: At) -> QueryResult<Vec<(Step, i64, i64)>> {
    let mut waiting = Vec::new();
    for step in steps {
        let all = Filter { steps: vec![*step], ..Filter::default() };
        let late = Filter { due: Period { from: None, to: Some(now) }, ..all.clone() };
        waiting.push((*step, count(conn, scope, &all)?, count(conn, scope, &late)?));
    }
    Ok(waiting)
}

/// How many fit. Asked for only when somebody wants a total.
pub fn count(conn: &mut Conn, scope: &Scope, filter: &Filter) -> QueryResult<i64> {
    let sqlite = matches!(conn, Conn::Sqlite(_));
    fitting(scope, filter, sqlite).count().get_result(conn)
}

/// Where incidents that fit are: of those that have a point.
pub fn points(conn: &mut Conn, scope: &Scope, filter: &Filter, limit: i64) -> QueryResult<Vec<(f64, f64)>> {
    use incidents::{lat, lon};
    let sqlite = matches!(conn, Conn::Sqlite(_));
    let placed = fitting(scope, filter, sqlite).filter(lat.is_not_null().and(lon.is_not_null())).limit(limit);
    placed.select((lat.assume_not_null(), lon.assume_not_null())).load(conn)
}

/// How many open incidents that the scope holds stand in each step.
pub fn by_step(conn: &mut Conn, scope: &Scope) -> QueryResult<Vec<(Step, i64)>> {
    use incidents::*;
    let counted = table.group_by(step).select((step, count_star()));
    match scope {
        Scope::All => counted.filter(step.eq_any(open_steps())).load(conn),
        Scope::Subtree(ids) => {
            let ids: Vec<&String> = ids.iter().collect();
            let held = organisation.eq_any(ids.clone()).or(executor.eq_any(ids)).assume_not_null();
            counted.filter(step.eq_any(open_steps()).and(held)).load(conn)
        }
    }
}

fn after_number(query: Query<'_>, after: Option<i64>, descending: bool) -> Query<'_> {
    match (after, descending) {
        (None, _) => query,
        (Some(number), true) => query.filter(incidents::number.lt(number)),
        (Some(number), false) => query.filter(incidents::number.gt(number)),
    }
}
