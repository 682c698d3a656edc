//! A city's policy: topics, organisations, routes, terms and calendars as one validated, numbered, immutable value.
//!
//! A [`PolicyDoc`] is the plain document: [`files::read`] makes it from a city's directory, the database keeps it as JSON, the API
//! takes it. [`check::check`] says everything that is wrong with one. [`Policy::build`] turns a sound one into the value that the
//! rest of the service asks: indexed, with all rules compiled. A version never changes, so what it decided stays explainable.

pub mod amend;
pub mod check;
pub mod doc;
pub mod files;
#[cfg(test)]
pub(crate) mod fixture;
pub(crate) mod names;
pub mod pattern;
pub mod term;
mod tree;

use std::fmt::Write as _;
use std::sync::{Arc, OnceLock};

use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};

use crate::domain::calendar::Calendar;
use crate::domain::place::Gazetteer;
use crate::domain::route::RuleTable;
use crate::domain::sla::{Base, Calendars, Target, Transfer};

pub use amend::{Amendment, CalendarDays, OrganisationCalendar};
pub use check::{Finding, Table, check};
pub use doc::{
    City, ExecutorRule, Group, Life, Municipality, MunicipalityKind, Okrug, Organisation, OrganisationAlias,
    OrganisationKind, PolicyDoc, Route, Street, Template, Term, Topic, TopicAlias,
};
pub use files::{Fault, Origins};
pub use pattern::{MunicipalityPattern, Pattern, PatternFault, SeverityPattern};
pub use term::{ChosenTerm, TermFacts, TermMatched};

use names::{Lexicon, Names};
use term::TermTable;
use tree::Tree;

/// A sound policy, indexed. Looking up by id takes no allocation; looking up by name folds the name first.
#[derive(Debug, Clone)]
pub struct Policy {
    version: i64,
    digest: String,
    zone: TimeZone,
    author_wait: i64,
    lexicon: Lexicon,
    topic_names: Names,
    municipality_names: Names,
    organisation_names: Names,
    tree: Tree,
    /// In the order of the document.
    calendars: Vec<Calendar>,
    city_calendar: Calendar,
    /// For each organisation its own calendar or the nearest above; none where the city's applies.
    organisation_calendars: Vec<Option<u32>>,
    controller: Organisation,
    routes: RuleTable<()>,
    executors: RuleTable<u32>,
    terms: TermTable,
    gazetteer: OnceLock<Arc<Gazetteer>>,
    doc: PolicyDoc,
}

impl Policy {
    /// Checks the document and indexes it under its number; everything that is wrong with it, if anything is.
    pub fn build(version: i64, doc: PolicyDoc) -> Result<Self, Vec<Finding>> {
        let findings = check(&doc);
        if !findings.is_empty() {
            return Err(findings);
        }
        // The check passed, so none of what follows can be missing; saying so by a finding is cheaper than trusting it.
        Self::index(version, doc).ok_or_else(|| vec![Finding::of_table(Table::City, "the policy cannot be indexed")])
    }

    fn index(version: i64, doc: PolicyDoc) -> Option<Self> {
        let lexicon = Lexicon::new(&doc);
        let tree = Tree::new(&doc.organisations, &lexicon.organisations);
        let calendars: Vec<_> = doc.calendars.iter().map(|spec| spec.build().ok()).collect::<Option<_>>()?;
        let organisation_calendars = inherited_calendars(&doc, &lexicon, &tree);
        Some(Self {
            version,
            digest: digest(&doc)?,
            zone: TimeZone::get(&doc.city.zone).ok()?,
            author_wait: Target::parse(&doc.city.life.author_wait, Base::Calendar).ok()?.amount(),
            topic_names: topic_names(&doc, &lexicon),
            municipality_names: municipality_names(&doc),
            organisation_names: organisation_names(&doc, &lexicon),
            city_calendar: calendars.get(lexicon.calendars.position(&doc.city.calendar)? as usize)?.clone(),
            controller: doc.organisations.get(lexicon.organisations.position(&doc.city.controller)? as usize)?.clone(),
            routes: route_rules(&doc, &lexicon),
            executors: executor_rules(&doc, &lexicon),
            terms: TermTable::new(&doc, &lexicon, &tree),
            calendars,
            organisation_calendars,
            gazetteer: OnceLock::new(),
            lexicon,
            tree,
            doc,
        })
    }

    /// The number it was stored under.
    pub fn version(&self) -> i64 {
        self.version
    }

    /// The document it was built from.
    pub fn doc(&self) -> &PolicyDoc {
        &self.doc
    }

    /// SHA-256, in lower-case hexadecimal, of the document's canonical JSON. The version is not part of it: two versions with the
    /// same digest say the same.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The names by which places are found in texts: built when it is first asked for, and once.
    pub fn gazetteer(&self) -> &Gazetteer {
        let PolicyDoc { streets, houses, municipalities, okrugs, .. } = &self.doc;
        self.gazetteer.get_or_init(|| Arc::new(Gazetteer::new(streets, houses, municipalities, okrugs)))
    }

    /// The zone in which the city's days and months are counted.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// How often an incident may be returned as wrongly routed before it goes to the controller.
    pub fn max_returns(&self) -> u8 {
        self.doc.city.life.max_returns
    }

    /// How many rounds of answer and reply there may be.
    pub fn max_rounds(&self) -> u8 {
        self.doc.city.life.max_rounds
    }

    /// How long the author is waited for, in seconds of plain time.
    pub fn author_wait(&self) -> i64 {
        self.author_wait
    }

    /// The organisation that gets what no rule routes and what was returned too often.
    pub fn controller(&self) -> &Organisation {
        &self.controller
    }

    /// A group by its id.
    pub fn group(&self, id: &str) -> Option<&Group> {
        self.doc.groups.get(self.lexicon.groups.position(id)? as usize)
    }

    /// A topic by its id.
    pub fn topic(&self, id: &str) -> Option<&Topic> {
        self.doc.topics.get(self.lexicon.topics.position(id)? as usize)
    }

    /// A topic by its id, title or an alias, whatever the case and the spaces.
    pub fn topic_by_name(&self, name: &str) -> Option<&Topic> {
        self.doc.topics.get(self.topic_names.position(name)? as usize)
    }

    /// A municipality by its id.
    pub fn municipality(&self, id: &str) -> Option<&Municipality> {
        self.doc.municipalities.get(self.lexicon.municipalities.position(id)? as usize)
    }

    /// A municipality by its id, title or an alias, whatever the case and the spaces.
    pub fn municipality_by_name(&self, name: &str) -> Option<&Municipality> {
        self.doc.municipalities.get(self.municipality_names.position(name)? as usize)
    }

    /// An organisation by its id.
    pub fn organisation(&self, id: &str) -> Option<&Organisation> {
        self.doc.organisations.get(self.lexicon.organisations.position(id)? as usize)
    }

    /// An organisation by its id, title or an alias, whatever the case and the spaces.
    pub fn organisation_by_name(&self, name: &str) -> Option<&Organisation> {
        self.doc.organisations.get(self.organisation_names.position(name)? as usize)
    }

    /// The ids of an organisation and of everything under it, itself first; empty if there is none of that id.
    pub fn subtree(&self, organisation: &str) -> &[String] {
        self.lexicon.organisations.position(organisation).map_or(&[], |top| self.tree.subtree(top))
    }

    /// Whether `organisation` is `top` or stands anywhere under it. False if either is unknown.
    pub fn is_within(&self, organisation: &str, top: &str) -> bool {
        let position = |id| self.lexicon.organisations.position(id);
        position(organisation)
            .zip(position(top))
            .is_some_and(|(organisation, top)| self.tree.is_within(organisation, top))
    }

    /// The organisations above one, the nearest first and the root last.
    pub fn ancestors(&self, organisation: &str) -> impl Iterator<Item = &Organisation> {
        let above = self.lexicon.organisations.position(organisation).map(|at| self.tree.above(at));
        above.into_iter().flatten().filter_map(|at| self.doc.organisations.get(at as usize))
    }

    /// A calendar by its id.
    pub fn calendar(&self, id: &str) -> Option<&Calendar> {
        self.calendars.get(self.lexicon.calendars.position(id)? as usize)
    }

    /// The city's own calendar.
    pub fn city_calendar(&self) -> &Calendar {
        &self.city_calendar
    }

    /// What another organisation means for the deadlines of the answer.
    pub fn transfer(&self) -> Transfer {
        self.doc.city.life.transfer.unwrap_or(Transfer::Keep)
    }

    /// The calendar an organisation works by: its own, else the nearest above it, else the city's.
    pub fn calendar_of(&self, organisation: &str) -> &Calendar {
        self.calendar_at(self.lexicon.organisations.position(organisation))
    }

    fn calendar_at(&self, organisation: Option<u32>) -> &Calendar {
        let inherited = organisation.and_then(|position| *self.organisation_calendars.get(position as usize)?);
        inherited.and_then(|position| self.calendars.get(position as usize)).unwrap_or(&self.city_calendar)
    }

    pub(crate) fn lexicon(&self) -> &Lexicon {
        &self.lexicon
    }

    pub(crate) fn route_rules(&self) -> &RuleTable<()> {
        &self.routes
    }

    pub(crate) fn executor_rules(&self) -> &RuleTable<u32> {
        &self.executors
    }

    fn terms(&self) -> &TermTable {
        &self.terms
    }

    fn tree(&self) -> &Tree {
        &self.tree
    }

    fn calendars(&self) -> &[Calendar] {
        &self.calendars
    }
}

impl Calendars for Policy {
    /// Whatever the version asked for: for clocks that begin under this one.
    fn calendar(&self, _policy_version: i64, id: &str) -> &Calendar {
        self.calendar(id).unwrap_or_else(|| self.city_calendar())
    }
}

/// Hashes the JSON that the typed document gives: its keys come in the order of declaration, whatever order the stored text had.
fn digest(doc: &PolicyDoc) -> Option<String> {
    let canonical = serde_json::to_vec(doc).ok()?;
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(&canonical) {
        write!(hex, "{byte:02x}").ok()?;
    }
    Some(hex)
}

fn inherited_calendars(doc: &PolicyDoc, lexicon: &Lexicon, tree: &Tree) -> Vec<Option<u32>> {
    let own: Vec<_> = doc
        .organisations
        .iter()
        .map(|organisation| organisation.calendar.as_deref().and_then(|id| lexicon.calendars.position(id)))
        .collect();
    let inherited = |at: u32| own[at as usize].or_else(|| tree.above(at).find_map(|above| own[above as usize]));
    (0u32..).take(own.len()).map(inherited).collect()
}

fn route_rules(doc: &PolicyDoc, lexicon: &Lexicon) -> RuleTable<()> {
    let mut rules = RuleTable::default();
    for (position, route) in (0u32..).zip(&doc.routes) {
        if let (Some(subject), Some(place)) =
            (lexicon.subject(&route.group, &route.topic), lexicon.place(&route.municipality))
        {
            rules.add((), subject, place, position);
        }
    }
    rules
}

fn executor_rules(doc: &PolicyDoc, lexicon: &Lexicon) -> RuleTable<u32> {
    let mut rules = RuleTable::default();
    for (position, rule) in (0u32..).zip(&doc.executors) {
        if let (Some(owner), Some(subject), Some(place)) = (
            lexicon.organisations.position(&rule.organisation),
            lexicon.subject(&rule.group, &rule.topic),
            lexicon.place(&rule.municipality),
        ) {
            rules.add(owner, subject, place, position);
        }
    }
    rules
}

fn topic_names(doc: &PolicyDoc, lexicon: &Lexicon) -> Names {
    let mut names = Names::default();
    for (position, topic) in (0u32..).zip(&doc.topics) {
        names.add(&topic.id, position);
        names.add(&topic.title, position);
    }
    for alias in &doc.topic_aliases {
        if let Some(position) = lexicon.topics.position(&alias.topic) {
            names.add(&alias.alias, position);
        }
    }
    names
}

fn municipality_names(doc: &PolicyDoc) -> Names {
    let mut names = Names::default();
    for (position, municipality) in (0u32..).zip(&doc.municipalities) {
        for name in [&municipality.id, &municipality.title].into_iter().chain(&municipality.aliases) {
            names.add(name, position);
        }
    }
    names
}

fn organisation_names(doc: &PolicyDoc, lexicon: &Lexicon) -> Names {
    let mut names = Names::default();
    for (position, organisation) in (0u32..).zip(&doc.organisations) {
        names.add(&organisation.id, position);
        names.add(&organisation.title, position);
    }
    for alias in &doc.organisation_aliases {
        if let Some(position) = lexicon.organisations.position(&alias.organisation) {
            names.add(&alias.alias, position);
        }
    }
    names
}

#[cfg(test)]
mod tests;
