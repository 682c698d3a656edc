//! The rule set: changed as a whole, tried on real incidents before it is saved, and explained as it stood when it decided.

mod reasons;

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::policies::{self, Sound};
use super::{Desk, Error};
use crate::domain::policy::{ExecutorRule, PolicyDoc, Route};
use crate::domain::route::{Case, Facts, Moved, Why};
use crate::domain::{Id, Invalid, Permission, Refusal, route};
use crate::store::Conn;
use crate::store::policies::newest_incidents;

pub use crate::store::policies::RoutedIncident;
pub use reasons::{ClockReason, Reasons, RouteReason, WrittenRoute, explain, versions};

/// How many incidents a rule set can be tried on.
pub const TRIED_MOST: i64 = 10_000;

/// Tables of rules in place of those that stand; what is absent stays.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RuleSet {
    pub routes: Option<Vec<Route>>,
    pub executors: Option<Vec<ExecutorRule>>,
}

impl RuleSet {
    /// The document with these tables.
    fn amend(self, base: &PolicyDoc) -> PolicyDoc {
        let mut doc = base.clone();
        if let Some(routes) = self.routes {
            doc.routes = routes;
        }
        if let Some(executors) = self.executors {
            doc.executors = executors;
        }
        doc
    }
}

/// The version that a change made from version `seen` goes out from: that one, if it is the newest.
///
/// # Errors
/// [`Error::Stale`].
pub fn base(conn: &mut Conn, seen: i64) -> Result<i64, Error> {
    let current = policies::newest(conn)?.unwrap_or(0);
    if current == seen { Ok(current) } else { Err(Error::Stale { current }) }
}

/// Checks a policy with other rules, ready to be stored. This takes a while for a large city and needs no database.
///
/// # Errors
/// [`Refusal::Invalid`] with every fault, each at its rule, or at `/routes` when it is about all of them.
pub fn check(base: &PolicyDoc, rules: RuleSet) -> Result<Sound, Error> {
    policies::check(rules.amend(base)).map_err(at_rules)
}

/// What is sent has no tables but these two, so a fault shown elsewhere (a topic that no route leads anywhere) is the routes'.
fn at_rules(error: Error) -> Error {
    let Error::Refused(Refusal::Invalid(faults)) = error else { return error };
    let known = |pointer: &str| pointer.starts_with("/routes") || pointer.starts_with("/executors");
    let faults = faults.into_iter().map(|Invalid { pointer, message }| {
        let pointer = if known(&pointer) { pointer } else { "/routes".to_owned() };
        Invalid { pointer, message }
    });
    Refusal::Invalid(faults.collect()).into()
}

/// The newest incidents that the actor sees, at most `last`, in the order of their numbers, the newest first.
///
/// # Errors
/// [`Refusal::Forbidden`].
pub fn newest(conn: &mut Conn, desk: &Desk, last: i64) -> Result<Vec<RoutedIncident>, Error> {
    desk.need(Permission::ReadIncidents)?;
    Ok(newest_incidents(conn, &desk.actor.scope(), last.clamp(1, TRIED_MOST))?)
}

/// What a rule set would do differently.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Trial {
    /// The version it was compared with.
    #[schema(example = 7)]
    pub policy_version: i64,
    /// How many incidents were looked at.
    #[schema(example = 1000)]
    pub looked_at: usize,
    /// Those that would go elsewhere, the newest first.
    pub moved: Vec<MovedIncident>,
    /// How many would go from where to where, the most first.
    pub by_pair: Vec<Pair>,
}

/// An incident that would go elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct MovedIncident {
    pub id: Id,
    #[schema(example = 1204)]
    pub number: i64,
    /// The municipality's id.
    pub municipality: String,
    /// The topic's id; none while it is unknown.
    pub topic: Option<String>,
    /// The organisation that is responsible now, which people may have chosen against the rules.
    pub organisation: Option<String>,
    /// The part of it that does the work now.
    pub executor: Option<String>,
    /// Where the rules that stand send it: an organisation, or the part of one.
    #[schema(example = "omsk-dgh")]
    pub from: String,
    /// Where the other rules would send it.
    #[schema(example = "omsk-dt")]
    pub to: String,
    /// The last hop under the rules that stand.
    pub why_before: Why,
    /// The last hop under the others; its version is the number they would get.
    pub why_after: Why,
}

/// How many incidents would go from one place to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Pair {
    #[schema(example = "omsk-dgh")]
    pub from: String,
    #[schema(example = "omsk-dt")]
    pub to: String,
    #[schema(example = 17)]
    pub count: usize,
}

/// Checks a rule set as saving it would, and tells which of the incidents it would send elsewhere. Nothing is stored.
///
/// # Errors
/// As [`check`].
pub fn dry_run(desk: &Desk, rules: RuleSet, incidents: &[RoutedIncident]) -> Result<Trial, Error> {
    let standing = &*desk.policy;
    let other = policies::numbered(standing.version() + 1, rules.amend(standing.doc())).map_err(at_rules)?;
    let cases = incidents.iter().map(|incident| Case { id: incident, facts: facts(incident), current: None });
    let moved: Vec<MovedIncident> = route::dry_run(standing, &other, cases).map(MovedIncident::from).collect();
    let by_pair = pairs(&moved);
    Ok(Trial { policy_version: standing.version(), looked_at: incidents.len(), moved, by_pair })
}

fn facts(incident: &RoutedIncident) -> Facts<'_> {
    Facts {
        municipality: Some(&incident.municipality),
        topic: incident.topic.as_deref(),
        group: incident.topic_group.as_deref(),
    }
}

fn pairs(moved: &[MovedIncident]) -> Vec<Pair> {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for one in moved {
        *counts.entry((&one.from, &one.to)).or_default() += 1;
    }
    let mut pairs: Vec<Pair> = counts
        .into_iter()
        .map(|((from, to), count)| Pair { from: from.to_owned(), to: to.to_owned(), count })
        .collect();
    pairs.sort_by_key(|pair| std::cmp::Reverse(pair.count));
    pairs
}

impl From<Moved<&RoutedIncident>> for MovedIncident {
    fn from(moved: Moved<&RoutedIncident>) -> MovedIncident {
        let RoutedIncident { id, number, municipality, topic, organisation, executor, .. } = moved.id.clone();
        let Moved { from, to, why_before, why_after, .. } = moved;
        MovedIncident { id, number, municipality, topic, organisation, executor, from, to, why_before, why_after }
    }
}

#[cfg(test)]
mod tests;
