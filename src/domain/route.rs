//! Where a complaint goes, in two hops, and why.
//!
//! The first hop takes (municipality, topic) to an organisation by the city's routes; the second takes it to a part of that
//! organisation by the organisation's own table. In both, the rule that applies is the first in this total order:
//!
//! 1. a rule for the exact topic, before one for its group, before one for any topic;
//! 2. among these, one for the exact municipality, before one for its kind, before one for any.
//!
//! So an exact topic anywhere wins over a whole group here. Two rules cannot be equal in this order and match the same complaint:
//! such a pair says the same case, and the check of a policy refuses it. Hence nine look-ups in a hash table, not a scan.
//!
//! A complaint whose topic is unknown is matched only by rules for its group, if that is known, and for any topic; one whose
//! municipality is unknown, only by rules for any municipality. What no route matches goes to the city's controller.

use std::collections::HashMap;
use std::hash::Hash;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::policy::names::{Place, Subject};
use crate::domain::policy::{Organisation, Policy};
use crate::domain::words::vocabulary;

/// The `rule` of a [`Why`] when no route matched and the controller got the complaint.
pub const CONTROLLER_RULE: &str = "city.controller";

vocabulary! {
    /// How a rule matched the complaint's municipality.
    MunicipalityMatch {
        /// It names this municipality.
        Exact = "exact",
        /// It names this kind of municipality.
        Kind = "kind",
        /// It is for any.
        Any = "any",
    }
}

vocabulary! {
    /// How a rule matched the complaint's topic.
    TopicMatch {
        /// It names this topic.
        Topic = "topic",
        /// It names the topic's group.
        Group = "group",
        /// It is for any.
        Any = "any",
    }
}

/// What routing looks at: ids of the policy. Ids it does not know count as none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Facts<'a> {
    pub municipality: Option<&'a str>,
    pub topic: Option<&'a str>,
    /// Counts only while the topic is unknown; a topic brings its own group.
    pub group: Option<&'a str>,
}

/// The organisation a hop leads to, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Routed<'p> {
    pub organisation: &'p Organisation,
    pub why: Why,
}

/// Why an incident is where it is; stored with the assignment, so it stays true when the policy has moved on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Why {
    /// 1: the city's routes; 2: the organisation's own table.
    pub hop: u8,
    /// The id of the rule, or [`CONTROLLER_RULE`].
    pub rule: String,
    /// The version of the policy that the rule is part of.
    pub policy_version: i64,
    pub matched: Matched,
    /// The id of the organisation that the rule names.
    pub organisation: String,
}

/// How closely a rule fits the complaint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Matched {
    pub municipality: MunicipalityMatch,
    pub topic: TopicMatch,
}

impl Place {
    pub(crate) fn matched(self) -> MunicipalityMatch {
        match self {
            Place::Is(_) => MunicipalityMatch::Exact,
            Place::Kind(_) => MunicipalityMatch::Kind,
            Place::Any => MunicipalityMatch::Any,
        }
    }
}

impl Subject {
    pub(crate) fn matched(self) -> TopicMatch {
        match self {
            Subject::Topic(_) => TopicMatch::Topic,
            Subject::Group(_) => TopicMatch::Group,
            Subject::Any => TopicMatch::Any,
        }
    }
}

/// Rules by the case they are for. `Owner` is whose rules they are: nobody's in particular for the routes, an organisation's for
/// the executors.
#[derive(Debug, Clone)]
pub(crate) struct RuleTable<Owner>(HashMap<(Owner, Subject, Place), u32>);

impl<Owner> Default for RuleTable<Owner> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<Owner: Copy + Eq + Hash> RuleTable<Owner> {
    /// Adds the rule at `position` of its table; the position of an earlier rule for the very same case, if there is one.
    pub(crate) fn add(&mut self, owner: Owner, subject: Subject, place: Place, position: u32) -> Option<u32> {
        let held = *self.0.entry((owner, subject, place)).or_insert(position);
        (held != position).then_some(held)
    }

    /// The position of the first rule in the module's order, and what it matched.
    pub(crate) fn find(
        &self,
        owner: Owner,
        subjects: [Option<Subject>; 3],
        places: [Option<Place>; 3],
    ) -> Option<(u32, Matched)> {
        subjects.into_iter().flatten().find_map(|subject| {
            places.into_iter().flatten().find_map(|place| {
                let position = self.0.get(&(owner, subject, place))?;
                Some((*position, Matched { municipality: place.matched(), topic: subject.matched() }))
            })
        })
    }
}

impl Policy {
    /// First hop: the organisation that a complaint goes to. Always some: at worst the controller.
    pub fn route(&self, facts: &Facts<'_>) -> Routed<'_> {
        let lexicon = self.lexicon();
        let (subjects, places) = (lexicon.subjects(facts.topic, facts.group), lexicon.places(facts.municipality));
        let found = self.route_rules().find((), subjects, places).and_then(|(position, matched)| {
            let route = self.doc().routes.get(position as usize)?;
            self.routed(1, &route.id, &route.organisation, matched)
        });
        found.unwrap_or_else(|| {
            let matched = Matched { municipality: MunicipalityMatch::Any, topic: TopicMatch::Any };
            let organisation = self.controller();
            Routed { organisation, why: self.why(1, CONTROLLER_RULE, matched, organisation) }
        })
    }

    /// Second hop: the part of `organisation` that does the work, by its own table. None when it has no rule for the case, or does
    /// not exist: then the organisation itself keeps the incident.
    pub fn executor(&self, organisation: &str, facts: &Facts<'_>) -> Option<Routed<'_>> {
        let lexicon = self.lexicon();
        let owner = lexicon.organisations.position(organisation)?;
        let (subjects, places) = (lexicon.subjects(facts.topic, facts.group), lexicon.places(facts.municipality));
        let (position, matched) = self.executor_rules().find(owner, subjects, places)?;
        let rule = self.doc().executors.get(position as usize)?;
        self.routed(2, &rule.id, &rule.executor, matched)
    }

    fn routed(&self, hop: u8, rule: &str, organisation: &str, matched: Matched) -> Option<Routed<'_>> {
        let organisation = self.organisation(organisation)?;
        Some(Routed { organisation, why: self.why(hop, rule, matched, organisation) })
    }

    fn why(&self, hop: u8, rule: &str, matched: Matched, organisation: &Organisation) -> Why {
        let organisation = organisation.id.clone();
        Why { hop, rule: rule.to_owned(), policy_version: self.version(), matched, organisation }
    }
}

/// An incident for [`dry_run`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Case<'a, Id> {
    pub id: Id,
    pub facts: Facts<'a>,
    /// Where it is now, which people may have chosen against the rules; it is reported, not compared.
    pub current: Option<&'a str>,
}

/// An incident that another policy would send elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Moved<Id> {
    pub id: Id,
    /// Where it is now.
    pub current: Option<String>,
    /// The organisation, or the part of it, that the old policy sends it to.
    pub from: String,
    /// The one that the new policy sends it to.
    pub to: String,
    /// The last hop under the old policy.
    pub why_before: Why,
    /// The last hop under the new policy.
    pub why_after: Why,
}

/// Which of the cases the new policy would send elsewhere than the old one, both hops considered, in the order they came in.
///
/// Rules are compared with rules: an incident that people have moved by hand is listed only if the rules differ on it.
pub fn dry_run<'a, Id>(
    old: &Policy,
    new: &Policy,
    cases: impl IntoIterator<Item = Case<'a, Id>>,
) -> impl Iterator<Item = Moved<Id>> {
    cases.into_iter().filter_map(|case| {
        let (before, after) = (destination(old, &case.facts), destination(new, &case.facts));
        (before.organisation != after.organisation).then(|| Moved {
            id: case.id,
            current: case.current.map(str::to_owned),
            from: before.organisation.clone(),
            to: after.organisation.clone(),
            why_before: before,
            why_after: after,
        })
    })
}

/// The last hop of a complaint's way.
fn destination(policy: &Policy, facts: &Facts<'_>) -> Why {
    let first = policy.route(facts);
    policy.executor(&first.organisation.id, facts).unwrap_or(first).why
}

#[cfg(test)]
mod tests;
