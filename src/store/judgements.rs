//! What people said of pairs of incidents: the lessons that likeness is learnt from.

use diesel::dsl::count_star;
use diesel::prelude::*;

use super::conn::Conn;
use super::likeness::in_order;
use super::records::Judgement;
use super::schema::judgements;
use crate::domain::{Doc, Id};

/// By how many of the newest judgements one tells that there are others.
const TELLING: i64 = 16;

/// Which judgements there are: another value when there are others.
pub type Stamp = (i64, Vec<Id>);

/// Keeps a judgement, in the place of what was said of the pair before.
pub fn keep(conn: &mut Conn, judgement: Judgement) -> QueryResult<()> {
    let (incident_id, other_id) = in_order(judgement.incident_id, judgement.other_id);
    let judgement = Judgement { incident_id, other_id, ..judgement };
    let before = judgements::incident_id.eq(incident_id).and(judgements::other_id.eq(other_id));
    diesel::delete(judgements::table.filter(before)).execute(conn)?;
    diesel::insert_into(judgements::table).values(judgement).execute(conn)?;
    Ok(())
}

/// Takes back what was said of a pair.
pub fn withdraw(conn: &mut Conn, one: Id, other: Id) -> QueryResult<()> {
    let (incident_id, other_id) = in_order(one, other);
    let pair = judgements::incident_id.eq(incident_id).and(judgements::other_id.eq(other_id));
    diesel::delete(judgements::table.filter(pair)).execute(conn)?;
    Ok(())
}

/// Which judgements with features there are.
pub fn stamp(conn: &mut Conn) -> QueryResult<Stamp> {
    let read = judgements::table.filter(judgements::features.is_not_null());
    let count = read.select(count_star()).get_result(conn)?;
    Ok((count, read.order(judgements::id.desc()).limit(TELLING).select(judgements::id).load(conn)?))
}

/// The features and verdicts of the newest judgements.
pub fn newest(conn: &mut Conn, limit: i64) -> QueryResult<Vec<(Doc, bool)>> {
    judgements::table
        .filter(judgements::features.is_not_null())
        .order(judgements::id.desc())
        .limit(limit)
        .select((judgements::features.assume_not_null(), judgements::same))
        .load(conn)
}

/// Judgements whose features were not computed yet.
pub fn unread(conn: &mut Conn, limit: i64) -> QueryResult<Vec<Judgement>> {
    judgements::table
        .filter(judgements::features.is_null())
        .order(judgements::id)
        .limit(limit)
        .select(Judgement::as_select())
        .load(conn)
}

/// Whether somebody said that any of these is not the same as any of those.
pub fn part(conn: &mut Conn, these: &[Id], those: &[Id]) -> QueryResult<bool> {
    let between = |one: &[Id], other: &[Id]| {
        judgements::table
            .filter(judgements::incident_id.eq_any(one.to_vec()).and(judgements::other_id.eq_any(other.to_vec())))
            .filter(judgements::same.eq(false))
            .count()
    };
    let parted: i64 = between(these, those).get_result(conn)?;
    Ok(parted > 0 || between(those, these).get_result::<i64>(conn)? > 0)
}

/// Adds the features of a judgement.
pub fn read(conn: &mut Conn, id: Id, features: &Doc) -> QueryResult<()> {
    diesel::update(judgements::table.find(id)).set(judgements::features.eq(features)).execute(conn)?;
    Ok(())
}

/// Forgets all but the newest.
pub fn prune(conn: &mut Conn, kept: i64) -> QueryResult<usize> {
    let last: Option<Id> = judgements::table
        .order(judgements::id.desc())
        .offset(kept)
        .limit(1)
        .select(judgements::id)
        .first(conn)
        .optional()?;
    last.map_or(Ok(0), |last| diesel::delete(judgements::table.filter(judgements::id.le(last))).execute(conn))
}
