//! What staff decided about incidents, in the order in which they decided.

use diesel::dsl::{count_star, max};
use diesel::prelude::*;

use super::records::{LessonRow, NewLesson};
use super::schema::{incidents, lessons};
use super::{Conn, bulk};
use crate::domain::{At, Id};

/// Adds a lesson.
pub fn add(conn: &mut Conn, lesson: &NewLesson) -> QueryResult<()> {
    diesel::insert_into(lessons::table).values(lesson).execute(conn)?;
    Ok(())
}

/// Adds many.
pub fn add_all(conn: &mut Conn, lessons: &[NewLesson]) -> QueryResult<()> {
    bulk::insert(conn, &lessons.iter().collect::<Vec<_>>())
}

/// The highest number there is; 0 before the first.
pub fn last(conn: &mut Conn) -> QueryResult<i64> {
    Ok(lessons::table.select(max(lessons::n)).get_result::<Option<i64>>(conn)?.unwrap_or(0))
}

/// How many lessons there are after a number.
pub fn count_after(conn: &mut Conn, n: i64) -> QueryResult<i64> {
    lessons::table.filter(lessons::n.gt(n)).select(count_star()).get_result(conn)
}

/// The numbers after a number, rising.
pub fn numbers_after(conn: &mut Conn, n: i64) -> QueryResult<Vec<i64>> {
    lessons::table.filter(lessons::n.gt(n)).order(lessons::n).select(lessons::n).load(conn)
}

/// These lessons with the texts of their incidents, in their order.
pub fn with_texts(conn: &mut Conn, numbers: &[i64]) -> QueryResult<Vec<(LessonRow, String)>> {
    lessons::table
        .inner_join(incidents::table.on(incidents::id.eq(lessons::incident_id)))
        .filter(lessons::n.eq_any(numbers))
        .order(lessons::n)
        .select((LessonRow::as_select(), incidents::text))
        .load(conn)
}

/// The numbers of up to `limit` lessons that `lesson` does not cover: those after it, and those from `floor` on that were given since
/// `since`. The newest first.
pub fn uncovered(conn: &mut Conn, lesson: i64, floor: i64, since: At, limit: i64) -> QueryResult<Vec<i64>> {
    lessons::table
        .filter(lessons::n.gt(lesson).or(lessons::n.gt(floor).and(lessons::at.ge(since))))
        .order(lessons::n.desc())
        .limit(limit)
        .select(lessons::n)
        .load(conn)
}

/// Takes back what somebody decided about an incident after a number.
pub fn withdraw(conn: &mut Conn, incident: Id, by: &str, after: i64) -> QueryResult<()> {
    let own = lessons::incident_id.eq(incident).and(lessons::by.eq(by)).and(lessons::n.gt(after));
    diesel::delete(lessons::table.filter(own)).execute(conn)?;
    Ok(())
}

/// Up to `limit` lessons below a number with the texts of their incidents, the newest first.
pub fn page(conn: &mut Conn, below: i64, limit: i64) -> QueryResult<Vec<(LessonRow, String)>> {
    lessons::table
        .inner_join(incidents::table.on(incidents::id.eq(lessons::incident_id)))
        .filter(lessons::n.lt(below))
        .order(lessons::n.desc())
        .limit(limit)
        .select((LessonRow::as_select(), incidents::text))
        .load(conn)
}
