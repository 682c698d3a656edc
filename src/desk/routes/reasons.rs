//! Why an incident is where it is and why its clocks run as they do: the rules as they stood in the versions that decided, whatever
//! has become of them since.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::Policy;
use crate::domain::policy::term::AUTHOR_WAIT_TERM;
use crate::domain::policy::{ExecutorRule, Route, Term};
use crate::domain::route::{CONTROLLER_RULE, Matched, Why};
use crate::domain::sla::ClockKind;
use crate::store::records::ClockRow;

/// Everything that rules decided about an incident.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Reasons {
    /// The hops that led to where it is, or that would while it waits for a moderator; none when people chose the place by hand.
    pub routes: Vec<RouteReason>,
    /// The terms that its clocks run by.
    pub clocks: Vec<ClockReason>,
}

/// Why a hop led where it did.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RouteReason {
    /// 1: the city's routes; 2: the organisation's own table.
    #[schema(example = 1)]
    pub hop: u8,
    /// The id of the rule, or `city.controller` when no route matched and the controller got it.
    #[schema(example = "kind-district-roads")]
    pub rule: String,
    /// The version of the policy that decided.
    #[schema(example = 7)]
    pub policy_version: i64,
    /// How closely the rule fitted.
    pub matched: Matched,
    /// The id of the organisation that the rule names.
    pub organisation: String,
    /// Its title in that version.
    pub organisation_title: Option<String>,
    /// The rule as it was written in that version; none for `city.controller`.
    pub written: Option<WrittenRoute>,
    /// The rule in a line, with the titles of that version.
    #[schema(example = "kind:district · Дороги · * → Департамент транспорта")]
    pub text: String,
}

/// A rule as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WrittenRoute {
    /// The organisation whose rule it is; none for a route of the city.
    pub owner: Option<String>,
    /// An id, `kind:` and a kind, or `*`.
    #[schema(example = "kind:district")]
    pub municipality: String,
    /// An id or `*`.
    #[schema(example = "roads")]
    pub group: String,
    /// An id or `*`.
    #[schema(example = "*")]
    pub topic: String,
    /// The organisation, or the part of one, that it leads to.
    pub leads_to: String,
    pub note: String,
}

/// Why a clock runs as it does.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ClockReason {
    pub clock: ClockKind,
    /// The how-manieth of its kind it is.
    #[schema(example = 1)]
    pub cycle: i32,
    /// The id of the term, or `life.author_wait` for the city's own wait for the author.
    #[schema(example = "answer-urgent")]
    pub term: String,
    /// The version of the policy that decided.
    #[schema(example = 7)]
    pub policy_version: i64,
    /// The id of the calendar it counts by.
    pub calendar: String,
    /// Its title in that version.
    pub calendar_title: Option<String>,
    /// The term as it was written in that version; none for `life.author_wait`.
    pub written: Option<Term>,
    /// The term in a line, with the titles of that version.
    #[schema(example = "first_answer · 4h working · * · Дороги · * · severity >=4 · *")]
    pub text: String,
}

/// The versions that [`explain`] needs for these.
pub fn versions(routed: &[Why], clocks: &[ClockRow]) -> BTreeSet<i64> {
    let routed = routed.iter().map(|why| why.policy_version);
    routed.chain(clocks.iter().map(|clock| clock.policy_version)).collect()
}

/// Explains what was decided by the rules of the versions that decided. Of a version that is not given, only what was stored with
/// the incident can be told.
pub fn explain(versions: &BTreeMap<i64, Arc<Policy>>, routed: &[Why], clocks: &[ClockRow]) -> Reasons {
    let of = |version| versions.get(&version).map(Arc::as_ref);
    Reasons {
        routes: routed.iter().map(|why| route_reason(of(why.policy_version), why)).collect(),
        clocks: clocks.iter().map(|clock| clock_reason(of(clock.policy_version), clock)).collect(),
    }
}

fn route_reason(policy: Option<&Policy>, why: &Why) -> RouteReason {
    let written = policy.and_then(|policy| written_route(policy, why));
    let title = policy.and_then(|policy| policy.organisation(&why.organisation)).map(|one| one.title.clone());
    let to = title.as_deref().unwrap_or(&why.organisation);
    let text = match (&written, policy) {
        (Some(rule), Some(policy)) => {
            let (place, group) = (place(policy, &rule.municipality), group(policy, &rule.group));
            format!("{place} · {group} · {} → {to}", topic(policy, &rule.topic))
        }
        _ if why.rule == CONTROLLER_RULE => format!("no route matched → {to}"),
        _ => format!("{} → {to}", why.rule),
    };
    RouteReason {
        hop: why.hop,
        rule: why.rule.clone(),
        policy_version: why.policy_version,
        matched: why.matched,
        organisation: why.organisation.clone(),
        organisation_title: title,
        written,
        text,
    }
}

fn written_route(policy: &Policy, why: &Why) -> Option<WrittenRoute> {
    let doc = policy.doc();
    if why.hop == 1 {
        return doc.routes.iter().find(|route| route.id == why.rule).map(WrittenRoute::from);
    }
    doc.executors.iter().find(|rule| rule.id == why.rule).map(WrittenRoute::from)
}

impl From<&Route> for WrittenRoute {
    fn from(route: &Route) -> WrittenRoute {
        let Route { id: _, municipality, group, topic, organisation, note } = route;
        WrittenRoute {
            owner: None,
            municipality: municipality.to_string(),
            group: group.to_string(),
            topic: topic.to_string(),
            leads_to: organisation.clone(),
            note: note.clone(),
        }
    }
}

impl From<&ExecutorRule> for WrittenRoute {
    fn from(rule: &ExecutorRule) -> WrittenRoute {
        let ExecutorRule { id: _, organisation, municipality, group, topic, executor, note } = rule;
        WrittenRoute {
            owner: Some(organisation.clone()),
            municipality: municipality.to_string(),
            group: group.to_string(),
            topic: topic.to_string(),
            leads_to: executor.clone(),
            note: note.clone(),
        }
    }
}

fn clock_reason(policy: Option<&Policy>, clock: &ClockRow) -> ClockReason {
    let term = policy.and_then(|policy| policy.doc().terms.iter().find(|term| term.id == clock.term));
    let counted = format!("{} · {} {}", clock.kind, clock.target, clock.base);
    let text = match (term, policy) {
        (Some(term), Some(policy)) => format!("{counted} · {}", term_line(policy, term)),
        _ if clock.term == AUTHOR_WAIT_TERM => format!("{counted} · the city's wait for the author"),
        _ => counted,
    };
    let calendar = policy.and_then(|policy| policy.calendar(&clock.calendar));
    ClockReason {
        clock: clock.kind,
        cycle: clock.cycle,
        term: clock.term.clone(),
        policy_version: clock.policy_version,
        calendar: clock.calendar.clone(),
        calendar_title: calendar.map(|calendar| calendar.title().to_owned()),
        written: term.cloned(),
        text,
    }
}

fn term_line(policy: &Policy, term: &Term) -> String {
    let Term { municipality, group: in_group, topic: of, severity, organisation, .. } = term;
    let organisation = organisation.id().and_then(|id| policy.organisation(id)).map_or("*", |one| &one.title);
    format!(
        "{} · {} · {} · severity {severity} · {organisation}",
        place(policy, &municipality.to_string()),
        group(policy, &in_group.to_string()),
        topic(policy, &of.to_string()),
    )
}

/// A pattern for places with the title of what it names. A pattern that names nothing known is shown as it is written.
fn place<'a>(policy: &'a Policy, pattern: &'a str) -> &'a str {
    policy.municipality(pattern).map_or(pattern, |place| &place.title)
}

fn group<'a>(policy: &'a Policy, pattern: &'a str) -> &'a str {
    policy.group(pattern).map_or(pattern, |group| &group.title)
}

fn topic<'a>(policy: &'a Policy, pattern: &'a str) -> &'a str {
    policy.topic(pattern).map_or(pattern, |topic| &topic.title)
}
