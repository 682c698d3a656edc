//! Figures of a period: read in a few narrow queries, counted by [`domain::statistics`](crate::domain::statistics).
//!
//! Staff see the figures of the incidents they see. Each figure carries the query of its list, and that list asks the database with
//! the same conditions, so the list is as long as the figure says.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Desk, Error};
use crate::domain::refusal::Faults;
use crate::domain::statistics::{
    Blank, Breakdown, Cohort, Dimension, Figure, Figures, LEAST_TO_RATE, Levels, Link, Now, OnTime, Period, Rated,
    Rating, Rework, Row, Satisfaction, Slice, Slot, Span, Spread, Summary, TOP_TOPICS, Tally, TopTopic, share,
};
use crate::domain::{At, Id, Kind, Permission, Policy, Scope};
use crate::store::Conn;
use crate::store::incidents::{Filter, Period as Within};
use crate::store::statistics::{BODY_JOINT, Deadline, Key, decided, facts, levels, open, owed, returned, submitted};

/// What a report is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// The first day or month, in the city's zone; absent: the current month.
    pub from: Option<String>,
    /// The first day or month after the period; absent: tomorrow.
    pub to: Option<String>,
    /// Which incidents belong to the period.
    pub cohort: Cohort,
    /// Only incidents of this organisation or one under it.
    pub organisation: Option<String>,
    /// Only incidents with this department.
    pub executor: Option<String>,
    /// Only incidents on this topic.
    pub topic: Option<String>,
    /// Only incidents on topics of this group.
    pub group: Option<String>,
    /// Only incidents from this network.
    pub network: Option<String>,
    /// Only incidents of this municipality.
    pub municipality: Option<String>,
    /// Only incidents of this kind.
    pub kind: Option<Kind>,
}

impl Default for Ask {
    fn default() -> Ask {
        Ask {
            from: None,
            to: None,
            cohort: Cohort::Created,
            organisation: None,
            executor: None,
            topic: None,
            group: None,
            network: None,
            municipality: None,
            kind: None,
        }
    }
}

/// A period at a glance.
///
/// # Errors
/// [`Error::Refused`] without the right, or for what is no period or names nothing.
pub fn summary(conn: &mut Conn, desk: &Desk, ask: &Ask) -> Result<Summary, Error> {
    let frame = Frame::of(desk, ask)?;
    let (scope, now) = (&frame.scope, desk.now);
    let mut tally = Tally::default();
    let mut topics: HashMap<String, i64> = HashMap::new();
    for (topic, fact) in facts(conn, scope, &frame.cohort(), Key::By(Dimension::Topic))? {
        tally.count(&fact, frame.slice.from, frame.slice.to);
        if let (Some(topic), false) = (topic, fact.merged) {
            *topics.entry(topic).or_default() += 1;
        }
    }
    for deadline in frame.deadlines(conn, Key::None)? {
        tally.verdicts.count(deadline.state, deadline.is_breached);
    }
    let (open, overdue) = levels(conn, scope, &frame.open(), now)?;
    let unique = tally.unique();
    Ok(Summary {
        span: frame.span.clone(),
        now: Levels::new(Now { open, overdue }, &frame.slice.base),
        top_topics: top_topics(&desk.policy, &frame.slice, topics, unique),
        figures: Figures::new(tally, &frame.slice),
    })
}

/// A period by one dimension.
///
/// # Errors
/// As [`summary`].
pub fn by(conn: &mut Conn, desk: &Desk, ask: &Ask, dimension: Dimension) -> Result<Breakdown, Error> {
    let frame = Frame::of(desk, ask)?;
    let slots = match dimension {
        Dimension::Day => frame.period.days(),
        Dimension::Month => frame.period.months(),
        _ => Vec::new(),
    };
    let rows = if slots.is_empty() { by_key(conn, desk, &frame, dimension)? } else { by_slot(conn, &frame, slots)? };
    Ok(Breakdown { span: frame.span, dimension, rows })
}

/// Who does the work how well.
///
/// # Errors
/// As [`summary`].
pub fn rating(conn: &mut Conn, desk: &Desk, ask: &Ask) -> Result<Rating, Error> {
    let frame = Frame::of(desk, ask)?;
    let unique = Filter { merged: Some(false), ..frame.cohort() };
    let mut bodies: BTreeMap<String, Body> = BTreeMap::new();
    // What nobody is responsible for has no key, and is in nobody's rating.
    for (key, fact) in facts(conn, &frame.scope, &unique, Key::Body)? {
        if let Some(key) = key {
            bodies.entry(key).or_default().tally.count(&fact, frame.slice.from, frame.slice.to);
        }
    }
    for deadline in frame.deadlines(conn, Key::Body)? {
        if let Some(body) = deadline.key.and_then(|key| bodies.get_mut(&key)) {
            body.tally.verdicts.count(deadline.state, deadline.is_breached);
        }
    }
    for (key, incident, sent_back) in submitted(conn, &frame.scope, &unique, Key::Body)? {
        if let Some(body) = key.and_then(|key| bodies.get_mut(&key)) {
            body.submitted += 1;
            if sent_back {
                body.sent_back += 1;
                body.reworked.insert(incident);
            }
        }
    }
    let mut given_back: HashMap<String, BTreeSet<Id>> = HashMap::new();
    for (body, incident) in returned(conn, &frame.scope, &unique)? {
        given_back.entry(body).or_default().insert(incident);
    }
    let seen = bodies.len();
    bodies.retain(|_, body| body.tally.unique() >= LEAST_TO_RATE);
    let not_rated = length(seen - bodies.len());
    let mut rows: Vec<Rated> = bodies
        .into_iter()
        .map(|(key, body)| {
            let (organisation, executor) = key.split_once(BODY_JOINT).unwrap_or((&key, ""));
            let id = if executor.is_empty() { organisation } else { executor };
            let returned = given_back.get(id).map_or(0, |incidents| length(incidents.len()));
            body.rated(&desk.policy, &frame.slice, organisation, (!executor.is_empty()).then_some(executor), returned)
        })
        .collect();
    rows.sort_by(best_first);
    for (place, row) in (1..).zip(&mut rows) {
        row.place = place;
    }
    Ok(Rating { span: frame.span, least: LEAST_TO_RATE, not_rated, rows })
}

/// What is asked, checked against the policy, in the forms the parts of a report need.
struct Frame {
    period: Period,
    span: Span,
    slice: Slice,
    scope: Scope,
    base: Filter,
}

impl Frame {
    fn of(desk: &Desk, ask: &Ask) -> Result<Frame, Error> {
        desk.need(Permission::ReadStatistics)?;
        let policy = &desk.policy;
        let mut faults = Faults::default();
        let mut known = |id: &Option<String>, parameter: &str, is_known: &dyn Fn(&str) -> bool| {
            faults.need(id.as_deref().is_none_or(is_known), parameter, "names nothing in the policy");
        };
        known(&ask.organisation, "organisation", &|id| policy.organisation(id).is_some());
        known(&ask.executor, "executor", &|id| policy.organisation(id).is_some());
        known(&ask.topic, "topic", &|id| policy.topic(id).is_some());
        known(&ask.group, "group", &|id| policy.group(id).is_some());
        known(&ask.municipality, "municipality", &|id| policy.municipality(id).is_some());
        faults.settle()?;
        let period = Period::read(ask.from.as_deref(), ask.to.as_deref(), policy.zone(), desk.now)?;
        let (from, to) = period.instants();
        Ok(Frame {
            span: Span::new(&period, &policy.doc().city.zone, ask.cohort, desk.now),
            slice: Slice { base: link(ask), cohort: ask.cohort, from, to },
            scope: desk.actor.scope(),
            base: filter(ask, policy),
            period,
        })
    }

    fn within(&self) -> Within {
        Within { from: Some(self.slice.from), to: Some(self.slice.to) }
    }

    /// The cohort.
    fn cohort(&self) -> Filter {
        match self.slice.cohort {
            Cohort::Created => Filter { received: self.within(), ..self.base.clone() },
            Cohort::Closed => Filter { closed: self.within(), ..self.base.clone() },
        }
    }

    /// What is open now, whatever the period.
    fn open(&self) -> Filter {
        Filter { open: Some(true), ..self.base.clone() }
    }

    /// The deadlines of first answers: those decided in the period, at the instant of the decision, and those of incidents received
    /// in it that are not decided yet, at the instant of receipt.
    fn deadlines(&self, conn: &mut Conn, key: Key) -> Result<Vec<Deadline>, Error> {
        let unique = Filter { merged: Some(false), ..self.base.clone() };
        let unanswered = Filter { has_answer: Some(false), received: self.within(), ..unique.clone() };
        let mut deadlines = decided(conn, &self.scope, &unique, self.slice.from, self.slice.to, key)?;
        deadlines.extend(owed(conn, &self.scope, &unanswered, key)?);
        Ok(deadlines)
    }
}

/// Rows by the values of a column, one without a value included.
fn by_key(conn: &mut Conn, desk: &Desk, frame: &Frame, dimension: Dimension) -> Result<Vec<Row>, Error> {
    let key = Key::By(dimension);
    let mut tallies: BTreeMap<Option<String>, Tally> = BTreeMap::new();
    for (key, fact) in facts(conn, &frame.scope, &frame.cohort(), key)? {
        tallies.entry(key).or_default().count(&fact, frame.slice.from, frame.slice.to);
    }
    for deadline in frame.deadlines(conn, key)? {
        tallies.entry(deadline.key).or_default().verdicts.count(deadline.state, deadline.is_breached);
    }
    for (key, due_at) in open(conn, &frame.scope, &frame.open(), key)? {
        tallies.entry(key).or_default().now.count(due_at, desk.now);
    }
    let mut rows: Vec<Row> = tallies
        .into_iter()
        .map(|(key, tally)| {
            let slice = row_slice(&frame.slice, dimension, key.as_deref());
            let title = key.as_deref().and_then(|id| title(&desk.policy, dimension, id));
            let now = Some(Levels::new(tally.now, &slice.base));
            Row { key, title, now, figures: Figures::new(tally, &slice) }
        })
        .collect();
    // The sort is stable: equal totals stay in the order of their keys.
    rows.sort_by_key(|row| -row.figures.total.count);
    Ok(rows)
}

/// Rows by day or month, those without incidents included.
fn by_slot(conn: &mut Conn, frame: &Frame, slots: Vec<Slot>) -> Result<Vec<Row>, Error> {
    let mut tallies = vec![Tally::default(); slots.len()];
    // Slots follow each other without gaps, and nothing was read from outside of them.
    let place = |at: At| slots.partition_point(|slot| slot.to <= at);
    for (_, fact) in facts(conn, &frame.scope, &frame.cohort(), Key::None)? {
        let at = match frame.slice.cohort {
            Cohort::Created => Some(fact.received_at),
            Cohort::Closed => fact.closed_at,
        };
        let place = at.map_or(slots.len(), place);
        if let (Some(slot), Some(tally)) = (slots.get(place), tallies.get_mut(place)) {
            tally.count(&fact, slot.from, slot.to);
        }
    }
    for deadline in frame.deadlines(conn, Key::None)? {
        if let Some(tally) = tallies.get_mut(place(deadline.at)) {
            tally.verdicts.count(deadline.state, deadline.is_breached);
        }
    }
    let rows = slots.into_iter().zip(tallies).map(|(slot, tally)| {
        let slice = frame.slice.in_slot(slot.from, slot.to);
        Row { key: Some(slot.key), title: None, now: None, figures: Figures::new(tally, &slice) }
    });
    Ok(rows.collect())
}

fn row_slice(slice: &Slice, dimension: Dimension, key: Option<&str>) -> Slice {
    let (parameter, blank) = match dimension {
        Dimension::Organisation => ("responsible", Some(Blank::Organisation)),
        Dimension::Executor => ("executor", Some(Blank::Executor)),
        Dimension::Topic => ("topic", Some(Blank::Topic)),
        Dimension::Group => ("group", Some(Blank::Group)),
        Dimension::Network => ("network", None),
        Dimension::Municipality => ("municipality", None),
        Dimension::Day | Dimension::Month => return slice.clone(),
    };
    match (key, blank) {
        (Some(key), _) => slice.with(parameter, key),
        (None, Some(blank)) => slice.without(blank),
        (None, None) => slice.clone(),
    }
}

fn title(policy: &Policy, dimension: Dimension, id: &str) -> Option<String> {
    let title = match dimension {
        Dimension::Organisation | Dimension::Executor => &policy.organisation(id)?.title,
        Dimension::Topic => &policy.topic(id)?.title,
        Dimension::Group => &policy.group(id)?.title,
        Dimension::Municipality => &policy.municipality(id)?.title,
        Dimension::Network | Dimension::Day | Dimension::Month => return None,
    };
    Some(title.clone())
}

fn top_topics(policy: &Policy, slice: &Slice, topics: HashMap<String, i64>, unique: i64) -> Vec<TopTopic> {
    let mut topics: Vec<_> = topics.into_iter().collect();
    topics.sort_by(|(a, many), (b, more)| more.cmp(many).then_with(|| a.cmp(b)));
    topics.truncate(TOP_TOPICS);
    let top = topics.into_iter().map(|(topic, count)| TopTopic {
        title: title(policy, Dimension::Topic, &topic),
        incidents: Figure::new(count, &slice.with("topic", &topic).unique()),
        share: share(count, unique),
        topic,
    });
    top.collect()
}

/// What is counted of one body of the rating.
#[derive(Default)]
struct Body {
    tally: Tally,
    submitted: i64,
    sent_back: i64,
    reworked: BTreeSet<Id>,
}

impl Body {
    fn rated(self, policy: &Policy, whole: &Slice, organisation: &str, executor: Option<&str>, returned: i64) -> Rated {
        let slice = whole.with("responsible", organisation);
        let slice = match executor {
            Some(executor) => slice.with("executor", executor),
            None => slice.without(Blank::Executor),
        };
        let unique = slice.unique();
        let body = executor.unwrap_or(organisation);
        Rated {
            place: 0,
            organisation: organisation.to_owned(),
            executor: executor.map(str::to_owned),
            title: title(policy, Dimension::Organisation, body),
            incidents: Figure::new(self.tally.unique(), &unique),
            answered: Figure::new(self.tally.answered, &unique.with("answered", true)),
            on_time: OnTime::new(&self.tally, &slice),
            rework: Rework {
                submitted: self.submitted,
                returned: self.sent_back,
                share: share(self.sent_back, self.submitted),
                incidents: Figure::new(length(self.reworked.len()), &unique.with("reworked", true)),
            },
            returned: Figure::new(returned, &whole.unique().with("returned_by", body)),
            satisfaction: Satisfaction::new(&self.tally, &unique),
            first_answer: Spread::of(self.tally.working),
        }
    }
}

/// A body without a share or a median comes after those that have one.
fn best_first(a: &Rated, b: &Rated) -> std::cmp::Ordering {
    let in_time = |rated: &Rated| rated.on_time.share.unwrap_or(-1.0);
    let median = |rated: &Rated| rated.first_answer.median_seconds.unwrap_or(i64::MAX);
    in_time(b)
        .total_cmp(&in_time(a))
        .then_with(|| median(a).cmp(&median(b)))
        .then_with(|| b.incidents.count.cmp(&a.incidents.count))
        .then_with(|| (&a.organisation, &a.executor).cmp(&(&b.organisation, &b.executor)))
}

fn filter(ask: &Ask, policy: &Policy) -> Filter {
    Filter {
        organisations: ask.organisation.as_deref().map(|top| policy.subtree(top).to_vec()),
        executor: ask.executor.clone(),
        topic: ask.topic.clone(),
        topic_group: ask.group.clone(),
        network: ask.network.clone(),
        municipality: ask.municipality.clone(),
        kind: ask.kind,
        ..Filter::default()
    }
}

/// The same conditions as [`filter`], as the parameters of a list.
fn link(ask: &Ask) -> Link {
    Link::default()
        .with_some("organisation", ask.organisation.as_deref())
        .with_some("executor", ask.executor.as_deref())
        .with_some("topic", ask.topic.as_deref())
        .with_some("group", ask.group.as_deref())
        .with_some("network", ask.network.as_deref())
        .with_some("municipality", ask.municipality.as_deref())
        .with_some("kind", ask.kind)
}

fn length(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
