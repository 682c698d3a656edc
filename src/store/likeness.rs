//! Likeness: which incidents are to be looked at, the index by which like ones are found, and the pairs that are proposed.

use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt};

use super::conn::{Conn, each_engine};
use super::records::{LikenessKey, LikenessRow, QueuedLook};
use super::schema::{files, incidents, likeness_keys, likeness_queue, likenesses, messages, pictures};
use super::types::{Guid, Moment};
use super::{StoreError, bulk};
use crate::domain::{At, Id, LikenessState};

#[derive(QueryableByName)]
struct Leased {
    #[diesel(sql_type = Guid)]
    incident_id: Id,
}

#[derive(QueryableByName)]
struct Hit {
    #[diesel(sql_type = BigInt)]
    key: i64,
    #[diesel(sql_type = Guid)]
    incident_id: Id,
}

/// Queues incidents that were just opened.
pub fn queue(conn: &mut Conn, opened: impl Iterator<Item = (Id, At)>) -> QueryResult<()> {
    let rows: Vec<QueuedLook> =
        opened.map(|(incident_id, since)| QueuedLook { incident_id, since, lease: None, leased_until: None }).collect();
    bulk::insert_new(conn, &rows.iter().collect::<Vec<_>>())
}

/// Queues incidents of which something changed, also if a worker is looking at them just now: what it saw is old.
pub fn look_again(conn: &mut Conn, ids: &[Id], since: At) -> QueryResult<()> {
    for id in ids {
        let row = QueuedLook { incident_id: *id, since, lease: None, leased_until: None };
        each_engine!(conn, c => diesel::insert_into(likeness_queue::table)
            .values(&row)
            .on_conflict(likeness_queue::incident_id)
            .do_update()
            .set((likeness_queue::lease.eq(None::<Id>), likeness_queue::leased_until.eq(None::<At>)))
            .execute(c))?;
    }
    Ok(())
}

/// Takes up to `limit` queued incidents under a lease, those that wait longest first. Two workers never take the same one.
pub fn lease(conn: &mut Conn, now: At, until: At, lease: Id, limit: i64) -> QueryResult<Vec<Id>> {
    match conn {
        Conn::Postgres(conn) => {
            let taken = diesel::sql_query(
                "update likeness_queue q set lease = $1, leased_until = $2 from (select incident_id from likeness_queue \
                 where lease is null or leased_until < $3 order by since, incident_id limit $4 for update skip locked) n \
                 where q.incident_id = n.incident_id returning q.incident_id",
            )
            .bind::<Guid, _>(lease)
            .bind::<Moment, _>(until)
            .bind::<Moment, _>(now)
            .bind::<BigInt, _>(limit);
            Ok(taken.load::<Leased>(conn)?.into_iter().map(|row| row.incident_id).collect())
        }
        Conn::Sqlite(conn) => {
            let free = likeness_queue::lease.is_null().or(likeness_queue::leased_until.lt(now).assume_not_null());
            let ids: Vec<Id> = likeness_queue::table
                .filter(free)
                .order((likeness_queue::since, likeness_queue::incident_id))
                .limit(limit)
                .select(likeness_queue::incident_id)
                .load(conn)?;
            if !ids.is_empty() {
                diesel::update(likeness_queue::table.filter(likeness_queue::incident_id.eq_any(&ids)))
                    .set((likeness_queue::lease.eq(lease), likeness_queue::leased_until.eq(until)))
                    .execute(conn)?;
            }
            Ok(ids)
        }
    }
}

/// Of these incidents, those that are still under the lease, held until the end of the transaction.
pub fn still_leased(conn: &mut Conn, lease: Id, ids: &[Id]) -> QueryResult<Vec<Id>> {
    let held = likeness_queue::table
        .filter(likeness_queue::incident_id.eq_any(ids).and(likeness_queue::lease.eq(lease).assume_not_null()))
        .order(likeness_queue::incident_id)
        .select(likeness_queue::incident_id);
    match conn {
        Conn::Postgres(conn) => held.for_update().load(conn),
        Conn::Sqlite(conn) => held.load(conn),
    }
}

/// Takes incidents from the queue that were looked at under the lease. What was queued again meanwhile stays.
pub fn looked_at(conn: &mut Conn, lease: Id, ids: &[Id]) -> QueryResult<usize> {
    let done = likeness_queue::incident_id.eq_any(ids).and(likeness_queue::lease.eq(lease).assume_not_null());
    diesel::delete(likeness_queue::table.filter(done)).execute(conn)
}

/// Gives back whatever is under the lease: the worker is stopping.
pub fn hand_back(conn: &mut Conn, lease: Id) -> QueryResult<usize> {
    diesel::update(likeness_queue::table.filter(likeness_queue::lease.eq(lease).assume_not_null()))
        .set((likeness_queue::lease.eq(None::<Id>), likeness_queue::leased_until.eq(None::<At>)))
        .execute(conn)
}

/// Puts incidents into the index under these keys and no others.
pub fn index(conn: &mut Conn, of: &[Id], keys: &[LikenessKey]) -> QueryResult<()> {
    diesel::delete(likeness_keys::table.filter(likeness_keys::incident_id.eq_any(of))).execute(conn)?;
    bulk::insert_new(conn, &keys.iter().collect::<Vec<_>>())
}

/// Under each key the newest incidents, at most `most` of them: keys that many have are read no further.
pub fn newest(conn: &mut Conn, keys: &[i64], most: i64) -> QueryResult<Vec<(i64, Id)>> {
    match conn {
        Conn::Postgres(conn) => {
            let found = diesel::sql_query(
                "select k.key, n.incident_id from unnest($1) as k (key) cross join lateral \
                 (select incident_id from likeness_keys i where i.key = k.key order by i.at desc, i.incident_id desc limit $2) n",
            )
            .bind::<Array<BigInt>, _>(keys)
            .bind::<BigInt, _>(most);
            Ok(found.load::<Hit>(conn)?.into_iter().map(|hit| (hit.key, hit.incident_id)).collect())
        }
        Conn::Sqlite(conn) => {
            let mut found = Vec::new();
            for key in keys {
                let hits: Vec<Id> = likeness_keys::table
                    .filter(likeness_keys::key.eq(key))
                    .order((likeness_keys::at.desc(), likeness_keys::incident_id.desc()))
                    .limit(most)
                    .select(likeness_keys::incident_id)
                    .load(conn)?;
                found.extend(hits.into_iter().map(|id| (*key, id)));
            }
            Ok(found)
        }
    }
}

/// Keeps the perceptual hash of a file; the incident it belongs to.
pub fn keep_picture(conn: &mut Conn, file: Id, hash: i64) -> QueryResult<Option<Id>> {
    each_engine!(conn, c => diesel::insert_into(pictures::table)
        .values((pictures::file_id.eq(file), pictures::hash.eq(hash)))
        .on_conflict(pictures::file_id)
        .do_update()
        .set(pictures::hash.eq(hash))
        .execute(c))?;
    let of = files::table.inner_join(messages::table.on(messages::id.eq(files::message_id)));
    Ok(of.filter(files::id.eq(file)).select(messages::incident_id).get_result(conn).optional()?.flatten())
}

/// The hashes of these incidents' pictures, in one order whoever asks.
pub fn pictures_of(conn: &mut Conn, ids: &[Id]) -> QueryResult<Vec<(Id, i64)>> {
    let rows: Vec<(Option<Id>, i64)> = messages::table
        .inner_join(files::table.on(files::message_id.eq(messages::id)))
        .inner_join(pictures::table.on(pictures::file_id.eq(files::id)))
        .filter(messages::incident_id.eq_any(ids).assume_not_null())
        .order((files::message_id, files::n, files::id))
        .select((messages::incident_id, pictures::hash))
        .load(conn)?;
    Ok(rows.into_iter().filter_map(|(id, hash)| Some((id?, hash))).collect())
}

/// Proposes a pair, or renews what is said of one that nobody has decided about.
pub fn propose(conn: &mut Conn, row: &LikenessRow) -> QueryResult<()> {
    let undecided = diesel::update(pair(row.incident_id, row.other_id))
        .filter(likenesses::state.eq(LikenessState::Proposed))
        .set((
            likenesses::score.eq(row.score),
            likenesses::relation.eq(&row.relation),
            likenesses::reasons.eq(&row.reasons),
            likenesses::features.eq(&row.features),
            likenesses::learnt.eq(row.learnt),
            likenesses::at.eq(row.at),
        ))
        .execute(conn)?;
    if undecided == 0 {
        each_engine!(conn, c => diesel::insert_into(likenesses::table)
            .values(row)
            .on_conflict((likenesses::incident_id, likenesses::other_id))
            .do_nothing()
            .execute(c))?;
    }
    Ok(())
}

/// Proposes a pair no more, unless somebody has decided about it.
pub fn withdraw(conn: &mut Conn, one: Id, other: Id) -> QueryResult<()> {
    let undecided = diesel::delete(pair(one, other)).filter(likenesses::state.eq(LikenessState::Proposed));
    undecided.execute(conn)?;
    Ok(())
}

/// Notes what became of a proposed pair, if there is one.
pub fn decide(conn: &mut Conn, one: Id, other: Id, state: LikenessState, by: &str, at: At) -> QueryResult<()> {
    diesel::update(pair(one, other))
        .set((likenesses::state.eq(state), likenesses::settled_by.eq(by), likenesses::settled_at.eq(at)))
        .execute(conn)?;
    Ok(())
}

/// The pair, in whatever order it is named.
pub fn find(conn: &mut Conn, one: Id, other: Id) -> QueryResult<Option<LikenessRow>> {
    pair(one, other).select(LikenessRow::as_select()).get_result(conn).optional()
}

/// The pairs that the incident is in, the likeliest first.
pub fn of_incident(conn: &mut Conn, id: Id) -> QueryResult<Vec<LikenessRow>> {
    let mut rows: Vec<LikenessRow> =
        likenesses::table.filter(likenesses::incident_id.eq(id)).select(LikenessRow::as_select()).load(conn)?;
    rows.extend(likenesses::table.filter(likenesses::other_id.eq(id)).select(LikenessRow::as_select()).load(conn)?);
    rows.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.other_than(id).cmp(&b.other_than(id))));
    Ok(rows)
}

/// The two, the lower first.
pub fn in_order(one: Id, other: Id) -> (Id, Id) {
    (one.min(other), one.max(other))
}

type Pair = diesel::dsl::Find<likenesses::table, (Id, Id)>;

fn pair(one: Id, other: Id) -> Pair {
    likenesses::table.find(in_order(one, other))
}

/// Takes from the index up to `limit` incidents that were closed in the span before `before`, with what was proposed of them and never
/// decided; how many there were.
pub fn forget(conn: &mut Conn, from: At, before: At, limit: i64) -> Result<usize, StoreError> {
    let indexed = likeness_keys::table.filter(likeness_keys::incident_id.eq(incidents::id));
    let over: Vec<Id> = incidents::table
        .filter(incidents::closed_at.ge(from).and(incidents::closed_at.lt(before)).assume_not_null())
        .filter(exists(indexed))
        .order(incidents::closed_at)
        .limit(limit)
        .select(incidents::id)
        .load(conn)?;
    if over.is_empty() {
        return Ok(0);
    }
    diesel::delete(likeness_keys::table.filter(likeness_keys::incident_id.eq_any(&over))).execute(conn)?;
    let undecided = likenesses::state.eq(LikenessState::Proposed);
    let of = likenesses::incident_id.eq_any(&over).or(likenesses::other_id.eq_any(&over));
    diesel::delete(likenesses::table.filter(undecided).filter(of)).execute(conn)?;
    Ok(over.len())
}
