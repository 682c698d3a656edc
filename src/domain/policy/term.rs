//! Which term a clock runs by, and why.
//!
//! Of the terms of a clock that match an incident, the first in this total order applies:
//!
//! 1. by topic: for the exact topic, for its group, for any;
//! 2. by severity: for exactly this one, for "this and worse" with the highest threshold first, for any;
//! 3. by organisation: for this one, for the nearest above it, for any;
//! 4. by municipality: for this one, for its kind, for any.
//!
//! Two terms that stand equal here and match the same incident name the same topic, severity, organisation and municipality: of
//! the organisations above one organisation only one has a given depth, and so on. The check refuses such pairs, and it demands a
//! term for any case of each clock, so there always is an answer and never a choice. (The wait for the author need not have one:
//! the city's `life.author_wait` stands in for it.)
//!
//! The order does not depend on the incident, so terms are sorted once; a look-up walks three short lists and takes the first hit.

use std::cmp::Reverse;
use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Policy;
use super::doc::{PolicyDoc, Term};
use super::names::{Lexicon, Place, Subject};
use super::pattern::{Pattern, SeverityPattern};
use super::tree::Tree;
use crate::domain::calendar::Calendar;
use crate::domain::route::{MunicipalityMatch, TopicMatch};
use crate::domain::sla::{Base, ClockKind, Target};
use crate::domain::words::vocabulary;

/// The id of the term that the city's `life.author_wait` stands for.
pub const AUTHOR_WAIT_TERM: &str = "life.author_wait";

vocabulary! {
    /// How a term matched the incident's severity.
    SeverityMatch {
        /// It names this severity.
        Exact = "exact",
        /// It is for one no greater and everything worse.
        AtLeast = "at_least",
        /// It is for any.
        Any = "any",
    }
}

vocabulary! {
    /// How a term matched the organisation.
    OrganisationMatch {
        /// It names this organisation.
        Exact = "exact",
        /// It names one above.
        Ancestor = "ancestor",
        /// It is for any.
        Any = "any",
    }
}

/// What the choice of a term looks at: ids of the policy. Ids it does not know count as none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TermFacts<'a> {
    pub municipality: Option<&'a str>,
    pub topic: Option<&'a str>,
    /// Counts only while the topic is unknown; a topic brings its own group.
    pub group: Option<&'a str>,
    /// 1 to 5; without it, the topic's own.
    pub severity: Option<u8>,
    pub organisation: Option<&'a str>,
}

/// The term that applies, and what it is measured with.
#[derive(Debug, Clone, PartialEq)]
pub struct ChosenTerm<'p> {
    /// The id of the term, or [`AUTHOR_WAIT_TERM`].
    pub id: &'p str,
    /// How long, and in what base.
    pub target: Target,
    /// The term's own calendar, or that of the organisation, or the city's.
    pub calendar: &'p Calendar,
    pub why: TermWhy,
}

/// Why a clock has its term; stored with the clock, so it stays true when the policy has moved on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TermWhy {
    /// The id of the term, or [`AUTHOR_WAIT_TERM`].
    pub term: String,
    /// The version of the policy that the term is part of.
    pub policy_version: i64,
    pub matched: TermMatched,
}

/// How closely a term fits the incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TermMatched {
    pub topic: TopicMatch,
    pub severity: SeverityMatch,
    pub organisation: OrganisationMatch,
    pub municipality: MunicipalityMatch,
}

/// The case a term is for. Two terms of one case are one too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct TermCase {
    clock: ClockKind,
    subject: Subject,
    severity: SeverityPattern,
    organisation: Option<u32>,
    place: Place,
}

impl TermCase {
    /// None if the term names something unknown.
    pub(crate) fn of(term: &Term, lexicon: &Lexicon) -> Option<Self> {
        let organisation = match &term.organisation {
            Pattern::Any => None,
            Pattern::Is(id) => Some(lexicon.organisations.position(id)?),
        };
        Some(Self {
            clock: term.clock,
            subject: lexicon.subject(&term.group, &term.topic)?,
            severity: term.severity,
            organisation,
            place: lexicon.place(&term.municipality)?,
        })
    }

    fn anything(clock: ClockKind) -> Self {
        let severity = SeverityPattern::Any;
        Self { clock, subject: Subject::Any, severity, organisation: None, place: Place::Any }
    }

    /// Whether it is the catch-all of `clock`.
    pub(crate) fn is_anything(&self, clock: ClockKind) -> bool {
        *self == Self::anything(clock)
    }

    /// The rank among the terms of one clock and subject, the greatest first.
    fn rank(&self, tree: &Tree) -> (u16, u32, u8) {
        let severity = match self.severity {
            SeverityPattern::Exactly(_) => u16::MAX,
            SeverityPattern::AtLeast(least) => u16::from(least) + 1,
            SeverityPattern::Any => 0,
        };
        let organisation = self.organisation.map_or(0, |position| tree.depth(position) + 1);
        let place = match self.place {
            Place::Is(_) => 2,
            Place::Kind(_) => 1,
            Place::Any => 0,
        };
        (severity, organisation, place)
    }

    fn severity_match(&self, severity: Option<u8>) -> Option<SeverityMatch> {
        match (self.severity, severity) {
            (SeverityPattern::Any, _) => Some(SeverityMatch::Any),
            (SeverityPattern::Exactly(wanted), Some(given)) => (given == wanted).then_some(SeverityMatch::Exact),
            (SeverityPattern::AtLeast(least), Some(given)) => (given >= least).then_some(SeverityMatch::AtLeast),
            (_, None) => None,
        }
    }

    fn organisation_match(&self, organisation: Option<u32>, tree: &Tree) -> Option<OrganisationMatch> {
        match (self.organisation, organisation) {
            (None, _) => Some(OrganisationMatch::Any),
            (Some(named), Some(given)) if named == given => Some(OrganisationMatch::Exact),
            (Some(named), Some(given)) => tree.is_within(given, named).then_some(OrganisationMatch::Ancestor),
            (Some(_), None) => None,
        }
    }
}

#[derive(Debug, Clone)]
struct CompiledTerm {
    case: TermCase,
    id: Box<str>,
    target: Target,
    calendar: Option<u32>,
}

/// The terms by clock and subject, each list in the module's order.
#[derive(Debug, Clone)]
pub(crate) struct TermTable {
    lists: HashMap<(ClockKind, Subject), Vec<CompiledTerm>>,
    /// For each clock the term for any case, so that a look-up always finds one.
    catch_all: [CompiledTerm; CLOCKS.len()],
}

/// The clocks in the order of [`TermTable::catch_all`].
const CLOCKS: [ClockKind; 4] =
    [ClockKind::Routing, ClockKind::FirstAnswer, ClockKind::Resolution, ClockKind::AuthorWait];

impl TermTable {
    /// None if a clock lacks its catch-all, which the check reports: call it on checked documents.
    pub(crate) fn new(doc: &PolicyDoc, lexicon: &Lexicon, tree: &Tree) -> Option<Self> {
        let mut lists: HashMap<_, Vec<CompiledTerm>> = HashMap::new();
        for term in doc.terms.iter().filter_map(|term| CompiledTerm::new(term, lexicon)) {
            lists.entry((term.case.clock, term.case.subject)).or_default().push(term);
        }
        for list in lists.values_mut() {
            list.sort_by_key(|term| Reverse(term.case.rank(tree)));
        }
        let last =
            |clock| lists.get(&(clock, Subject::Any))?.last().filter(|term| term.case.is_anything(clock)).cloned();
        let [routing, first_answer, resolution, author_wait] = CLOCKS.map(last);
        let author_wait = author_wait.or_else(|| CompiledTerm::author_wait(doc));
        let catch_all = [routing?, first_answer?, resolution?, author_wait?];
        Some(Self { lists, catch_all })
    }

    fn find(
        &self,
        clock: ClockKind,
        subjects: [Option<Subject>; 3],
        matches: impl Fn(&CompiledTerm) -> Option<TermMatched>,
    ) -> Option<(&CompiledTerm, TermMatched)> {
        subjects.into_iter().flatten().find_map(|subject| {
            let list = self.lists.get(&(clock, subject))?;
            list.iter().find_map(|term| Some((term, matches(term)?)))
        })
    }

    fn catch_all(&self, clock: ClockKind) -> &CompiledTerm {
        let [routing, first_answer, resolution, author_wait] = &self.catch_all;
        match clock {
            ClockKind::Routing => routing,
            ClockKind::FirstAnswer => first_answer,
            ClockKind::Resolution => resolution,
            ClockKind::AuthorWait => author_wait,
        }
    }
}

impl CompiledTerm {
    fn new(term: &Term, lexicon: &Lexicon) -> Option<Self> {
        Some(Self {
            case: TermCase::of(term, lexicon)?,
            id: term.id.as_str().into(),
            target: Target::parse(&term.target, term.base).ok()?,
            calendar: term.calendar.as_deref().and_then(|id| lexicon.calendars.position(id)),
        })
    }

    /// The city's own wait for the author, which stands in for a term.
    fn author_wait(doc: &PolicyDoc) -> Option<Self> {
        let target = Target::parse(&doc.city.life.author_wait, Base::Calendar).ok()?;
        let case = TermCase::anything(ClockKind::AuthorWait);
        Some(Self { case, id: AUTHOR_WAIT_TERM.into(), target, calendar: None })
    }
}

impl Policy {
    /// The term that `clock` runs by, by the order that the module states.
    pub fn term(&self, clock: ClockKind, facts: &TermFacts<'_>) -> ChosenTerm<'_> {
        let lexicon = self.lexicon();
        let organisation = facts.organisation.and_then(|id| lexicon.organisations.position(id));
        let severity = facts.severity.or_else(|| facts.topic.and_then(|id| self.topic(id)).map(|topic| topic.severity));
        let places = lexicon.places(facts.municipality);
        let matches = |term: &CompiledTerm| {
            let place = places.iter().flatten().find(|place| **place == term.case.place)?;
            Some(TermMatched {
                topic: term.case.subject.matched(),
                severity: term.case.severity_match(severity)?,
                organisation: term.case.organisation_match(organisation, self.tree())?,
                municipality: place.matched(),
            })
        };
        let found = self.terms().find(clock, lexicon.subjects(facts.topic, facts.group), matches);
        let (term, matched) = found.unwrap_or_else(|| (self.terms().catch_all(clock), TermMatched::ANYTHING));
        let own_calendar = term.calendar.and_then(|position| self.calendars().get(position as usize));
        ChosenTerm {
            id: &term.id,
            target: term.target,
            calendar: own_calendar.unwrap_or_else(|| self.calendar_at(organisation)),
            why: TermWhy { term: term.id.as_ref().to_owned(), policy_version: self.version(), matched },
        }
    }
}

impl TermMatched {
    /// What a catch-all matches.
    const ANYTHING: Self = Self {
        topic: TopicMatch::Any,
        severity: SeverityMatch::Any,
        organisation: OrganisationMatch::Any,
        municipality: MunicipalityMatch::Any,
    };
}

#[cfg(test)]
mod tests;
