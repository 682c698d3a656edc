//! Which incidents are meant: filters, and the conditions that they become.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};

use crate::domain::map::Bounds;
use crate::domain::sla::{ClockKind, ClockState};
use crate::domain::statistics::Blank;
use crate::domain::text::PERSONAL_MARK;
use crate::domain::{At, CloseReason, Id, Kind, Outcome, ReturnReason, Scope, Step, TopicOrigin};
use crate::store::conn::MultiBackend;
use crate::store::schema::incidents;
use crate::store::types::{Guid, Moment};

/// What a list shows: every field that is set must fit. An empty filter fits all.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    /// Any of these steps.
    pub steps: Vec<Step>,
    /// Not closed, or closed.
    pub open: Option<bool>,
    /// Open and past the earliest due time at this instant.
    pub overdue_at: Option<At>,
    /// Any of these organisations (a subtree).
    pub organisations: Option<Vec<String>>,
    /// Just this organisation.
    pub responsible: Option<String>,
    pub executor: Option<String>,
    pub topic: Option<String>,
    pub topic_group: Option<String>,
    pub topic_origin: Option<TopicOrigin>,
    pub network: Option<String>,
    pub account: Option<String>,
    pub source: Option<Id>,
    pub municipality: Option<String>,
    pub settlement: Option<String>,
    pub street: Option<String>,
    pub house: Option<String>,
    pub kind: Option<Kind>,
    pub outcome: Option<Outcome>,
    pub close_reason: Option<CloseReason>,
    pub severity_from: Option<i32>,
    pub severity_to: Option<i32>,
    pub media: Option<bool>,
    pub author: Option<String>,
    pub parent: Option<Id>,
    /// Merged into another one, or not.
    pub merged: Option<bool>,
    /// With a mark of its author, or without.
    pub rated: Option<bool>,
    pub returned: Option<bool>,
    /// With a first answer delivered, or without.
    pub has_answer: Option<bool>,
    /// With an answer that an approver sent back, or without.
    pub reworked: Option<bool>,
    /// With an approved answer that could not be delivered, or without.
    pub undelivered: Option<bool>,
    /// With a point in this part of the map.
    pub within: Option<Bounds>,
    /// Given back as wrongly routed by this department, or by this organisation when no department had it.
    pub returned_by: Option<String>,
    /// Without a value in each of these fields.
    pub without: Vec<Blank>,
    pub received: Period,
    pub published: Period,
    pub answered: Period,
    pub closed: Period,
    pub due: Period,
    pub deferred: Period,
    /// A clock of this kind in this state, decided in the period.
    pub clock: Option<ClockFilter>,
    /// The stems that the text must all have.
    pub words: Vec<String>,
    /// Whether stems of personal data are looked for too.
    pub personal: bool,
    /// Before nobody but this member of staff at this instant of the machine's clock, and not put off by them.
    pub free_for: Option<(Id, At)>,
    /// None of these.
    pub except: Vec<Id>,
    /// Only these, unless empty.
    pub only: Vec<Id>,
}

/// A half-open span of time; open where not set.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Period {
    pub from: Option<At>,
    pub to: Option<At>,
}

/// What a clock of the incident must be.
#[derive(Debug, Clone, PartialEq)]
pub struct ClockFilter {
    pub kind: ClockKind,
    pub state: ClockState,
    pub decided: Period,
}

/// The incidents that fit a filter, to be ordered, joined and selected from.
pub(in crate::store) type Query<'a> = incidents::BoxedQuery<'a, MultiBackend>;

/// The conditions, field by field.
pub(in crate::store) fn fitting<'a>(scope: &Scope, filter: &'a Filter, sqlite: bool) -> Query<'a> {
    use incidents::*;
    let mut query = table.into_boxed();
    if let Scope::Subtree(ids) = scope {
        let ids: Vec<String> = ids.iter().cloned().collect();
        query = query.filter(organisation.eq_any(ids.clone()).or(executor.eq_any(ids)).assume_not_null());
    }
    match filter.steps.as_slice() {
        [] => {}
        [one] => query = query.filter(step.eq(*one)),
        many => query = query.filter(step.eq_any(many)),
    }
    match filter.open {
        None => {}
        // Spelled out, so that the index on (step, …) serves.
        Some(true) => query = query.filter(step.eq_any(open_steps())),
        Some(false) => query = query.filter(step.eq(Step::Closed)),
    }
    if let Some(now) = filter.overdue_at {
        query = query.filter(step.eq_any(open_steps()).and(due_at.lt(now)));
    }
    if let Some(ids) = &filter.organisations {
        query = query.filter(organisation.eq_any(ids).assume_not_null());
    }
    macro_rules! equals {
        ($($field:ident: $column:ident),+ $(,)?) => {$(
            if let Some(value) = &filter.$field {
                query = query.filter($column.eq(value));
            }
        )+};
    }
    equals!(network: network, account: account, source: source_id, municipality: municipality, kind: kind,
        topic_origin: topic_origin, author: author_key, media: media);
    macro_rules! equals_nullable {
        ($($field:ident: $column:ident),+ $(,)?) => {$(
            if let Some(value) = &filter.$field {
                query = query.filter($column.eq(value).assume_not_null());
            }
        )+};
    }
    equals_nullable!(responsible: organisation, executor: executor, topic: topic, topic_group: topic_group, settlement: settlement, street: street,
        house: house, outcome: outcome, close_reason: close_reason, parent: parent_id);
    if let Some(from) = filter.severity_from {
        query = query.filter(severity.ge(from));
    }
    if let Some(to) = filter.severity_to {
        query = query.filter(severity.le(to));
    }
    match filter.merged {
        None => {}
        // By the reason and not by the parent: an imported duplicate's parent is not known.
        Some(true) => query = query.filter(close_reason.eq(CloseReason::Duplicate).assume_not_null()),
        Some(false) => {
            query = query.filter(close_reason.is_null().or(close_reason.ne(CloseReason::Duplicate).assume_not_null()));
        }
    }
    match filter.rated {
        None => {}
        Some(true) => query = query.filter(rating.is_not_null()),
        Some(false) => query = query.filter(rating.is_null()),
    }
    match filter.returned {
        None => {}
        Some(true) => query = query.filter(returns.gt(0)),
        Some(false) => query = query.filter(returns.eq(0)),
    }
    match filter.has_answer {
        None => {}
        Some(true) => query = query.filter(first_answer_at.is_not_null()),
        Some(false) => query = query.filter(first_answer_at.is_null()),
    }
    if let Some(reworked) = filter.reworked {
        let found =
            "exists (select 1 from answers a where a.incident_id = incidents.id and a.rework_reason is not null)";
        query = query.filter(sql::<Bool>(if reworked { "" } else { "not " }).sql(found));
    }
    if let Some(undelivered) = filter.undelivered {
        let found = "exists (select 1 from answers a where a.incident_id = incidents.id and a.state = 'failed')";
        query = query.filter(sql::<Bool>(if undelivered { "" } else { "not " }).sql(found));
    }
    if let Some(bounds) = filter.within {
        let points = lat.between(bounds.south, bounds.north).and(lon.between(bounds.west, bounds.east));
        query = query.filter(points.assume_not_null());
    }
    if let Some(body) = &filter.returned_by {
        query = query.filter(was_returned_by(body));
    }
    for blank in &filter.without {
        query = match blank {
            Blank::Organisation => query.filter(organisation.is_null()),
            Blank::Executor => query.filter(executor.is_null()),
            Blank::Topic => query.filter(topic.is_null()),
            Blank::Group => query.filter(topic_group.is_null()),
            Blank::Outcome => query.filter(outcome.is_null()),
            Blank::CloseReason => query.filter(close_reason.is_null()),
        };
    }
    macro_rules! within {
        ($($field:ident: $column:expr),+ $(,)?) => {$(
            if let Some(from) = filter.$field.from {
                query = query.filter($column.ge(from));
            }
            if let Some(to) = filter.$field.to {
                query = query.filter($column.lt(to));
            }
        )+};
    }
    within!(received: received_at, published: published_at, due: due_at, answered: first_answer_at.assume_not_null(),
        closed: closed_at.assume_not_null(), deferred: deferred_until.assume_not_null());
    if let Some(clock) = &filter.clock {
        query = query.filter(has_clock(clock));
    }
    if let Some((member, now)) = filter.free_for {
        query = query.filter(is_free_for(member, now));
    }
    if !filter.only.is_empty() {
        query = query.filter(id.eq_any(&filter.only));
    }
    if !filter.except.is_empty() {
        query = query.filter(id.ne_all(&filter.except));
    }
    if !filter.words.is_empty() {
        query = query.filter(has_words(filter, sqlite));
    }
    query
}

pub(super) fn open_steps() -> Vec<Step> {
    Step::ALL.iter().copied().filter(|step| *step != Step::Closed).collect()
}

/// The condition on a clock, as text: the union of the engines cannot take a boxed sub-select.
///
/// A promise that was broken stays broken, also when the clock was called off later.
fn has_clock(filter: &ClockFilter) -> Box<dyn BoxableExpression<incidents::table, MultiBackend, SqlType = Bool>> {
    let state =
        if filter.state == ClockState::Breached { "c.breached_at is not null and c.state <> " } else { "c.state = " };
    let compared = if filter.state == ClockState::Breached { ClockState::Met } else { filter.state };
    let clock = sql::<Bool>("exists (select 1 from clocks c where c.incident_id = incidents.id and c.kind = ")
        .bind::<Text, _>(filter.kind)
        .sql(" and ")
        .sql(state)
        .bind::<Text, _>(compared);
    match filter.decided {
        Period { from: None, to: None } => Box::new(clock.sql(")")),
        Period { from, to } => Box::new(
            clock
                .sql(" and c.decided_at >= ")
                .bind::<Moment, _>(from.unwrap_or(At::EVER))
                .sql(" and c.decided_at < ")
                .bind::<Moment, _>(to.unwrap_or(At::NEVER))
                .sql(")"),
        ),
    }
}

/// The condition that nobody else has the incident before them, and that the member did not put it off.
fn is_free_for(member: Id, now: At) -> Box<dyn BoxableExpression<incidents::table, MultiBackend, SqlType = Bool>> {
    Box::new(
        sql::<Bool>("not exists (select 1 from holds h where h.incident_id = incidents.id and h.until > ")
            .bind::<Moment, _>(now)
            .sql(" and h.staff_id <> ")
            .bind::<Guid, _>(member)
            .sql(") and not exists (select 1 from put_offs p where p.incident_id = incidents.id and p.until > ")
            .bind::<Moment, _>(now)
            .sql(" and p.staff_id = ")
            .bind::<Guid, _>(member)
            .sql(")"),
    )
}

/// The condition on who gave the incident back. Few incidents were ever given back, so `returns` goes first.
fn was_returned_by(body: &str) -> Box<dyn BoxableExpression<incidents::table, MultiBackend, SqlType = Bool>> {
    Box::new(
        sql::<Bool>(
            "incidents.returns > 0 and exists (select 1 from assignments s where s.incident_id = incidents.id \
             and s.end_reason in ",
        )
        .sql(&return_reasons())
        .sql(" and coalesce(s.executor, s.organisation) = ")
        .bind::<Text, _>(body.to_owned())
        .sql(")"),
    )
}

/// The reasons of giving back, as SQL: words of a closed vocabulary, none of which holds a quote.
pub(in crate::store) fn return_reasons() -> String {
    let quoted: Vec<_> = ReturnReason::ALL.iter().map(|reason| format!("'{reason}'")).collect();
    format!("({})", quoted.join(", "))
}

/// The words as SQLite's full-text index takes them.
pub(super) fn matching(filter: &Filter) -> String {
    quoted(filter, '"', " OR ", " AND ")
}

/// Stems cannot hold a quote or an operator: they are letters and digits only.
fn quoted(filter: &Filter, quote: char, or: &str, and: &str) -> String {
    let asked = |word: &String| match filter.personal {
        true => format!("({quote}{word}{quote}{or}{quote}{PERSONAL_MARK}{word}{quote})"),
        false => format!("{quote}{word}{quote}"),
    };
    filter.words.iter().map(asked).collect::<Vec<_>>().join(and)
}

/// The full-text condition: every stem.
fn has_words(
    filter: &Filter,
    sqlite: bool,
) -> Box<dyn BoxableExpression<incidents::table, MultiBackend, SqlType = Bool>> {
    if sqlite {
        Box::new(
            sql::<Bool>("incidents.number in (select rowid from incident_terms where incident_terms match ")
                .bind::<Text, _>(matching(filter))
                .sql(")"),
        )
    } else {
        Box::new(
            sql::<Bool>("exists (select 1 from incident_terms t where t.rowid = incidents.number and t.search @@ ")
                .bind::<Text, _>(quoted(filter, '\'', " | ", " & "))
                .sql("::tsquery)"),
        )
    }
}
