//! Approved answers: by topic, to make drafts of, and by the sentences that they share.

use std::collections::HashMap;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::records::{Answer, AnswerSentence, ApprovedAnswer};
use super::schema::{answer_sentences, answers, approved_answers, incidents, messages};
use super::{Conn, bulk};
use crate::domain::{AnswerState, At, Id};

/// How many messages of authors are read at most.
const MOST_MESSAGES: i64 = 2_000;

/// Notes an answer that was approved, and its sentences.
pub fn note(conn: &mut Conn, approved: &ApprovedAnswer, prints: &[i64]) -> QueryResult<()> {
    bulk::insert_new(conn, &[approved])?;
    let &ApprovedAnswer { answer_id, incident_id, at, .. } = approved;
    let rows: Vec<AnswerSentence> =
        prints.iter().map(|print| AnswerSentence { answer_id, print: *print, incident_id, at }).collect();
    bulk::insert_new(conn, &rows.iter().collect::<Vec<_>>())
}

/// The answers of a topic that were approved last, and were not taken back since; the newest first.
pub fn newest(conn: &mut Conn, topic: &str, limit: i64) -> QueryResult<Vec<Answer>> {
    let newest: Vec<Answer> = approved_answers::table
        .inner_join(answers::table.on(answers::id.eq(approved_answers::answer_id)))
        .filter(approved_answers::topic.eq(topic))
        .order((approved_answers::at.desc(), approved_answers::answer_id.desc()))
        .limit(limit)
        .select(Answer::as_select())
        .load(conn)?;
    let stands =
        |answer: &Answer| matches!(answer.state, AnswerState::Approved | AnswerState::Sent | AnswerState::Delivered);
    Ok(newest.into_iter().filter(stands).collect())
}

/// How many incidents were answered with each of these sentences since a time. Those that are one mass incident count once, and those of
/// the mass incident `but` not at all.
pub fn repeated(conn: &mut Conn, prints: &[i64], since: At, but: Id) -> QueryResult<HashMap<i64, usize>> {
    let groups = sql::<BigInt>("count(distinct coalesce(incidents.parent_id, incidents.id))");
    let elsewhere =
        incidents::id.ne(but).and(incidents::parent_id.is_null().or(incidents::parent_id.ne(but).assume_not_null()));
    let counted: Vec<(i64, i64)> = answer_sentences::table
        .inner_join(incidents::table.on(incidents::id.eq(answer_sentences::incident_id)))
        .filter(answer_sentences::print.eq_any(prints.to_vec()))
        .filter(answer_sentences::at.ge(since))
        .filter(elsewhere)
        .group_by(answer_sentences::print)
        .select((answer_sentences::print, groups))
        .load(conn)?;
    Ok(counted.into_iter().map(|(print, count)| (print, usize::try_from(count).unwrap_or(0))).collect())
}

/// The names of those who wrote the messages of incidents, each with its incident.
pub fn authors(conn: &mut Conn, incidents: &[Id]) -> QueryResult<Vec<(Id, String)>> {
    messages::table
        .filter(messages::incident_id.eq_any(incidents.to_vec()).assume_not_null())
        .filter(messages::author_name.is_not_null())
        .order(messages::id)
        .limit(MOST_MESSAGES)
        .select((messages::incident_id.assume_not_null(), messages::author_name.assume_not_null()))
        .load(conn)
}
