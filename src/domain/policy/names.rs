//! Small numbers for names, so that rules are compiled into hash keys once and looked up without allocating.

use std::collections::HashMap;

use super::doc::{MunicipalityKind, PolicyDoc};
use super::pattern::{MunicipalityPattern, Pattern};
use crate::domain::text::fold;

/// The position of each id in its table; of two equal ids the first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ids(HashMap<Box<str>, u32>);

impl Ids {
    pub(crate) fn new<'a>(ids: impl IntoIterator<Item = &'a str>) -> Self {
        let mut positions = HashMap::new();
        for (position, id) in (0u32..).zip(ids) {
            positions.entry(id.into()).or_insert(position);
        }
        Self(positions)
    }

    pub(crate) fn position(&self, id: &str) -> Option<u32> {
        self.0.get(id).copied()
    }

    pub(crate) fn has(&self, id: &str) -> bool {
        self.0.contains_key(id)
    }
}

/// Positions by every name a thing goes by, folded: id, title and aliases. What was added first keeps a name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names(HashMap<String, u32>);

impl Names {
    /// Adds a name; the position of another thing that has it already, if one has.
    pub(crate) fn add(&mut self, name: &str, position: u32) -> Option<u32> {
        let held = *self.0.entry(fold(name)).or_insert(position);
        (held != position).then_some(held)
    }

    pub(crate) fn position(&self, name: &str) -> Option<u32> {
        self.0.get(&fold(name)).copied()
    }
}

/// Where a rule applies, or where a complaint is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Place {
    Any,
    Kind(MunicipalityKind),
    Is(u32),
}

/// What a rule is about, or what a complaint is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Subject {
    Any,
    Group(u32),
    Topic(u32),
}

/// The names of one policy document.
#[derive(Debug, Clone)]
pub(crate) struct Lexicon {
    pub(crate) groups: Ids,
    pub(crate) topics: Ids,
    pub(crate) municipalities: Ids,
    pub(crate) organisations: Ids,
    pub(crate) calendars: Ids,
    /// The group of each topic; none where it dangles.
    topic_groups: Vec<Option<u32>>,
    kinds: Vec<MunicipalityKind>,
}

impl Lexicon {
    pub(crate) fn new(doc: &PolicyDoc) -> Self {
        let groups = Ids::new(doc.groups.iter().map(|group| group.id.as_str()));
        Self {
            topic_groups: doc.topics.iter().map(|topic| groups.position(&topic.group)).collect(),
            groups,
            topics: Ids::new(doc.topics.iter().map(|topic| topic.id.as_str())),
            municipalities: Ids::new(doc.municipalities.iter().map(|place| place.id.as_str())),
            organisations: Ids::new(doc.organisations.iter().map(|organisation| organisation.id.as_str())),
            calendars: Ids::new(doc.calendars.iter().map(|calendar| calendar.id.as_str())),
            kinds: doc.municipalities.iter().map(|place| place.kind).collect(),
        }
    }

    /// The places a complaint from `municipality` matches, the narrowest first. An unknown one matches only rules for any place.
    pub(crate) fn places(&self, municipality: Option<&str>) -> [Option<Place>; 3] {
        let position = municipality.and_then(|id| self.municipalities.position(id));
        let kind = position.and_then(|position| self.kinds.get(position as usize));
        [position.map(Place::Is), kind.copied().map(Place::Kind), Some(Place::Any)]
    }

    /// The subjects a complaint matches, the narrowest first. A known topic brings its own group; `group` counts only without one.
    pub(crate) fn subjects(&self, topic: Option<&str>, group: Option<&str>) -> [Option<Subject>; 3] {
        let topic = topic.and_then(|id| self.topics.position(id));
        let own_group = topic.and_then(|topic| self.topic_groups.get(topic as usize).copied().flatten());
        let group = own_group.or_else(|| group.and_then(|id| self.groups.position(id)));
        [topic.map(Subject::Topic), group.map(Subject::Group), Some(Subject::Any)]
    }

    /// Where a rule applies; none if it names an unknown municipality.
    pub(crate) fn place(&self, pattern: &MunicipalityPattern) -> Option<Place> {
        match pattern {
            MunicipalityPattern::Any => Some(Place::Any),
            MunicipalityPattern::Kind(kind) => Some(Place::Kind(*kind)),
            MunicipalityPattern::Is(id) => self.municipalities.position(id).map(Place::Is),
        }
    }

    /// What a rule is about; none if it names something unknown. A topic says more than its group, so it decides alone.
    pub(crate) fn subject(&self, group: &Pattern, topic: &Pattern) -> Option<Subject> {
        match (topic, group) {
            (Pattern::Is(topic), _) => self.topics.position(topic).map(Subject::Topic),
            (Pattern::Any, Pattern::Is(group)) => self.groups.position(group).map(Subject::Group),
            (Pattern::Any, Pattern::Any) => Some(Subject::Any),
        }
    }
}
