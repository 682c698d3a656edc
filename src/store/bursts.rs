//! Bursts, and the counts by hour that tell what is usual.
//!
//! The counts are kept in a table of their own as incidents are looked at, because sixteen weeks of a series are read each few minutes:
//! they are 2,688 small rows there, and every complaint of four months otherwise. An hour is counted anew as a whole, so that it does
//! not matter how often or in what order its complaints are looked at, or corrected.

use std::collections::BTreeMap;

use diesel::dsl::{count_star, min};
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::conn::{Conn, each_engine};
use super::records::{BurstRow, Incident};
use super::schema::{burst_incidents, bursts, hourly, incidents};
use super::types::Moment;
use crate::domain::{At, BurstState, Id};

const HOUR: i64 = 3600;

/// Any number that no other lock of ours has.
const COUNTING: i64 = 0x6f74_6b6c_686f_7572;

/// What is counted together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Series {
    pub topic_group: String,
    pub municipality: String,
}

/// A complaint of a series.
#[derive(Debug, Clone, PartialEq)]
pub struct Complaint {
    pub id: Id,
    pub at: At,
    /// The same for each complaint of one resident.
    pub author: (String, String),
    pub topic: Option<String>,
}

/// Counts the residents who complained in an hour anew, in all series.
pub fn count_hour(conn: &mut Conn, hour: i64) -> QueryResult<()> {
    let (from, to) = (At::of_microsecond(hour * HOUR * 1_000_000), At::of_microsecond((hour + 1) * HOUR * 1_000_000));
    if let Conn::Postgres(conn) = conn {
        // Of two workers that count, the later must see what the earlier saw.
        diesel::sql_query("select pg_advisory_xact_lock($1)").bind::<BigInt, _>(COUNTING).execute(conn)?;
    }
    diesel::delete(hourly::table.filter(hourly::hour.eq(hour))).execute(conn)?;
    let counted = |authors: &str, n: [&str; 3]| {
        format!(
            "insert into hourly (topic_group, municipality, hour, complaints) \
             select topic_group, municipality, {}, count(distinct {authors}) from incidents \
             where received_at >= {} and received_at < {} and topic_group is not null group by topic_group, municipality",
            n[0], n[1], n[2]
        )
    };
    match conn {
        Conn::Postgres(conn) => diesel::sql_query(counted("(network, author_key)", ["$1", "$2", "$3"]))
            .bind::<BigInt, _>(hour)
            .bind::<Moment, _>(from)
            .bind::<Moment, _>(to)
            .execute(conn)?,
        Conn::Sqlite(conn) => diesel::sql_query(counted("network || ':' || author_key", ["?", "?", "?"]))
            .bind::<BigInt, _>(hour)
            .bind::<Moment, _>(from)
            .bind::<Moment, _>(to)
            .execute(conn)?,
    };
    Ok(())
}

/// The first hour that was counted.
pub fn first_hour(conn: &mut Conn) -> QueryResult<Option<i64>> {
    hourly::table.select(min(hourly::hour)).get_result(conn)
}

/// The counts of a series by hour since an hour.
pub fn counts(conn: &mut Conn, series: &Series, from: i64) -> QueryResult<Vec<(i64, i32)>> {
    hourly::table
        .filter(hourly::topic_group.eq(&series.topic_group).and(hourly::municipality.eq(&series.municipality)))
        .filter(hourly::hour.ge(from))
        .select((hourly::hour, hourly::complaints))
        .load(conn)
}

/// Forgets counts of long ago.
pub fn forget_counts(conn: &mut Conn, before: i64) -> QueryResult<usize> {
    diesel::delete(hourly::table.filter(hourly::hour.lt(before))).execute(conn)
}

/// The complaints since an instant, by series, the oldest first.
pub fn recent(conn: &mut Conn, since: At) -> QueryResult<BTreeMap<Series, Vec<Complaint>>> {
    type Row = (Id, Option<String>, String, Option<String>, At, String, String);
    let rows: Vec<Row> = incidents::table
        .filter(incidents::received_at.gt(since).and(incidents::topic_group.is_not_null()))
        .order((incidents::received_at, incidents::number))
        .select((
            incidents::id,
            incidents::topic_group,
            incidents::municipality,
            incidents::topic,
            incidents::received_at,
            incidents::network,
            incidents::author_key,
        ))
        .load(conn)?;
    let mut recent: BTreeMap<Series, Vec<Complaint>> = BTreeMap::new();
    for (id, topic_group, municipality, topic, at, network, author) in rows {
        let Some(topic_group) = topic_group else { continue };
        let complaint = Complaint { id, at, author: (network, author), topic };
        recent.entry(Series { topic_group, municipality }).or_default().push(complaint);
    }
    Ok(recent)
}

/// The bursts that are not over, whatever was decided about them.
pub fn standing(conn: &mut Conn) -> QueryResult<Vec<BurstRow>> {
    bursts::table.filter(bursts::ended_at.is_null()).select(BurstRow::as_select()).load(conn)
}

/// Raises a burst, unless its series has one that stands; whether it was raised.
pub fn raise(conn: &mut Conn, burst: &BurstRow) -> QueryResult<bool> {
    let rows =
        each_engine!(conn, c => diesel::insert_into(bursts::table).values(burst).on_conflict_do_nothing().execute(c))?;
    Ok(rows == 1)
}

/// Adds complaints to a burst; those it has already stay once.
pub fn add(conn: &mut Conn, burst: Id, complaints: &[Id]) -> QueryResult<()> {
    for incident in complaints {
        let row = (burst_incidents::burst_id.eq(burst), burst_incidents::incident_id.eq(*incident));
        each_engine!(conn, c => diesel::insert_into(burst_incidents::table).values(row).on_conflict_do_nothing().execute(c))?;
    }
    Ok(())
}

/// Notes that a burst goes on.
pub fn goes_on(conn: &mut Conn, burst: Id, last_high: At) -> QueryResult<()> {
    diesel::update(bursts::table.find(burst)).set(bursts::last_high.eq(last_high)).execute(conn)?;
    Ok(())
}

/// Notes that a burst is over.
pub fn end(conn: &mut Conn, burst: Id, at: At) -> QueryResult<()> {
    let standing = bursts::table.filter(bursts::id.eq(burst).and(bursts::ended_at.is_null()));
    diesel::update(standing).set(bursts::ended_at.eq(at)).execute(conn)?;
    let undecided = bursts::table.filter(bursts::id.eq(burst).and(bursts::state.eq(BurstState::Open)));
    diesel::update(undecided).set(bursts::state.eq(BurstState::Over)).execute(conn)?;
    Ok(())
}

/// Notes what was decided about a burst.
pub fn decide(conn: &mut Conn, id: Id, state: BurstState, parent: Option<Id>, by: &str, at: At) -> QueryResult<()> {
    diesel::update(bursts::table.find(id))
        .set((
            bursts::state.eq(state),
            bursts::parent_id.eq(parent),
            bursts::settled_by.eq(by),
            bursts::settled_at.eq(at),
        ))
        .execute(conn)?;
    Ok(())
}

/// A burst.
pub fn find(conn: &mut Conn, id: Id) -> QueryResult<Option<BurstRow>> {
    bursts::table.find(id).select(BurstRow::as_select()).get_result(conn).optional()
}

/// Bursts, the newest first, after the one with this identity.
pub fn list(conn: &mut Conn, state: Option<BurstState>, after: Option<Id>, limit: i64) -> QueryResult<Vec<BurstRow>> {
    let mut query = bursts::table.order(bursts::id.desc()).limit(limit).select(BurstRow::as_select()).into_boxed();
    if let Some(state) = state {
        query = query.filter(bursts::state.eq(state));
    }
    if let Some(after) = after {
        query = query.filter(bursts::id.lt(after));
    }
    query.load(conn)
}

/// How many complaints these bursts have.
pub fn sizes(conn: &mut Conn, of: &[Id]) -> QueryResult<Vec<(Id, i64)>> {
    burst_incidents::table
        .filter(burst_incidents::burst_id.eq_any(of))
        .group_by(burst_incidents::burst_id)
        .select((burst_incidents::burst_id, count_star()))
        .load(conn)
}

/// The incidents of a burst, the oldest first.
pub fn incidents_of(conn: &mut Conn, burst: Id) -> QueryResult<Vec<Incident>> {
    let listed = burst_incidents::table.filter(burst_incidents::burst_id.eq(burst));
    incidents::table
        .filter(incidents::id.eq_any(listed.select(burst_incidents::incident_id)))
        .order(incidents::number)
        .select(Incident::as_select())
        .load(conn)
}
