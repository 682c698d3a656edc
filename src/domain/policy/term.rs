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
//! term for any case of each clock that every incident has, so there never is a choice. Of the other clocks those run that have a
//! term; a term whose target is `none` says that its clock does not. (For the wait for the author the city's `life.author_wait`
//! stands in.)
//!
//! The order does not depend on the incident, so terms are sorted once; a look-up walks three short lists and takes the first hit.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Policy;
use super::doc::{NO_TARGET, PolicyDoc, Term};
use super::names::{Lexicon, Place, Subject};
use super::pattern::{Pattern, SeverityPattern};
use super::tree::Tree;
use crate::domain::calendar::Calendar;
use crate::domain::incident::Step;
use crate::domain::route::{MunicipalityMatch, TopicMatch};
use crate::domain::sla::{Base, ClockKind, StartPoint, Target};
use crate::domain::words::{UnknownWord, vocabulary};

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
    /// From when it counts.
    pub start: StartPoint,
    pub matched: TermMatched,
    /// The shares of the time left, in percent, at which to remind.
    pub warnings: &'p [u8],
    /// The steps in which the clock stands still.
    pub pauses: &'p [Step],
}

/// How closely a term fits the incident: why it was chosen, stored with the clock so that it stays true when the incident or the
/// policy has moved on. Written as the four words with slashes between.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TermMatched {
    pub topic: TopicMatch,
    pub severity: SeverityMatch,
    pub organisation: OrganisationMatch,
    pub municipality: MunicipalityMatch,
}

impl fmt::Display for TermMatched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}/{}", self.topic, self.severity, self.organisation, self.municipality)
    }
}

impl FromStr for TermMatched {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<TermMatched, UnknownWord> {
        let mut words = text.split('/');
        let mut next = || words.next().unwrap_or_default();
        Ok(TermMatched {
            topic: next().parse()?,
            severity: next().parse()?,
            organisation: next().parse()?,
            municipality: next().parse()?,
        })
    }
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
    /// None: the clock does not run.
    target: Option<Target>,
    calendar: Option<u32>,
    start: StartPoint,
    warnings: Box<[u8]>,
    pauses: Box<[Step]>,
}

/// The terms by clock and subject, each list in the module's order.
#[derive(Debug, Clone)]
pub(crate) struct TermTable {
    lists: HashMap<(ClockKind, Subject), Vec<CompiledTerm>>,
}

impl TermTable {
    pub(crate) fn new(doc: &PolicyDoc, lexicon: &Lexicon, tree: &Tree) -> Self {
        let mut lists: HashMap<_, Vec<CompiledTerm>> = HashMap::new();
        let written = doc.terms.iter().filter_map(|term| CompiledTerm::new(term, lexicon));
        for term in written.chain(CompiledTerm::author_wait(doc)) {
            lists.entry((term.case.clock, term.case.subject)).or_default().push(term);
        }
        for list in lists.values_mut() {
            // Stable: a term for any wait for the author comes before the city's own.
            list.sort_by_key(|term| Reverse(term.case.rank(tree)));
        }
        Self { lists }
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
}

impl CompiledTerm {
    fn new(term: &Term, lexicon: &Lexicon) -> Option<Self> {
        Some(Self {
            case: TermCase::of(term, lexicon)?,
            id: term.id.as_str().into(),
            target: if term.target == NO_TARGET { None } else { Some(Target::parse(&term.target, term.base).ok()?) },
            calendar: term.calendar.as_deref().and_then(|id| lexicon.calendars.position(id)),
            start: term.start.unwrap_or(StartPoint::Received),
            warnings: term.warnings.clone().into(),
            pauses: term.pauses.clone().into(),
        })
    }

    /// The city's own wait for the author, which stands in for a term.
    fn author_wait(doc: &PolicyDoc) -> Option<Self> {
        let target = Target::parse(&doc.city.life.author_wait, Base::Calendar).ok()?;
        let case = TermCase::anything(ClockKind::AuthorWait);
        Some(Self {
            case,
            id: AUTHOR_WAIT_TERM.into(),
            target: Some(target),
            calendar: None,
            start: StartPoint::Received,
            warnings: Box::default(),
            pauses: Box::default(),
        })
    }
}

impl Policy {
    /// The term that `clock` runs by, by the order that the module states; none if it does not run in this case.
    pub fn term(&self, clock: ClockKind, facts: &TermFacts<'_>) -> Option<ChosenTerm<'_>> {
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
        let (term, matched) = self.terms().find(clock, lexicon.subjects(facts.topic, facts.group), matches)?;
        let own_calendar = term.calendar.and_then(|position| self.calendars().get(position as usize));
        Some(ChosenTerm {
            id: &term.id,
            target: term.target?,
            calendar: own_calendar.unwrap_or_else(|| self.calendar_at(organisation)),
            start: term.start,
            matched,
            warnings: &term.warnings,
            pauses: &term.pauses,
        })
    }
}

#[cfg(test)]
mod tests;
