//! What a complaint is about, proposed from its words. A proposal is for people to confirm, and says which words it rests on.
//!
//! [`WordRules`] knows nothing but the keywords of the policy's topics. It works on the machine it runs on: texts are personal data
//! and do not leave it.

use std::collections::{BTreeMap, HashMap};

use crate::domain::Kind;
use crate::domain::policy::Topic;
use crate::domain::text::{fold, stem, words};

/// The most topics that are proposed for a text.
pub const MOST_PROPOSALS: usize = 3;

/// Something that proposes topics for a text.
pub trait Classifier: Send + Sync {
    /// The likeliest topics, the best first, at most [`MOST_PROPOSALS`]; empty when the text gives no hint. The same text always gets
    /// the same answer from the same classifier.
    fn propose(&self, text: &str) -> Vec<Proposal>;

    /// Whether the message thanks, and complains of nothing.
    fn is_thanks(&self, text: &str) -> bool {
        kind_hint(text) == Some(KindHint::Gratitude) && self.propose(text).is_empty()
    }

    /// What the message is likely to be, the best first; empty where that was not learned.
    fn kinds(&self, _text: &str) -> Vec<Guess<Kind>> {
        Vec::new()
    }

    /// How severe the matter is likely to be, from 1 to 5, the best first; empty where that was not learned.
    fn urgencies(&self, _text: &str) -> Vec<Guess<i32>> {
        Vec::new()
    }

    /// The likeliest groups of topics, the best first; empty where that was not learned.
    fn groups(&self, _text: &str) -> Vec<Guess<String>> {
        Vec::new()
    }

    /// The version of the model that proposes topics; none where rules do.
    fn model(&self) -> Option<i64> {
        None
    }

    /// The probability from which a proposed topic need not wait for a person; none if every one does.
    fn threshold(&self) -> Option<f32> {
        None
    }
}

/// Something that a text may be.
#[derive(Debug, Clone, PartialEq)]
pub struct Guess<T> {
    pub label: T,
    /// How likely it is: of many with a probability of 0.8, eight in ten are right.
    pub probability: f32,
    /// The words of the text that speak for it, folded, in the order of the text.
    pub words: Vec<String>,
}

/// A topic that a text may be about.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// The topic's id.
    pub topic: String,
    /// How much speaks for it: above 0, at most 1, good for comparing. A probability only where `probability` says so.
    pub score: f32,
    /// How likely it is, where that was learned: of many with a probability of 0.8, eight in ten are right.
    pub probability: Option<f32>,
    /// The words of the text that speak for it, folded, in the order of the text.
    pub words: Vec<String>,
}

/// Proposes the topics whose keywords occur in the text.
///
/// A keyword is a word or a phrase. A word of the text matches a word of it by beginning with its stem: «сугроб» matches «сугробами».
/// Stems of up to three letters must be equal, lest «вода» match «водитель». The words of a phrase may come in any order, with up to
/// two words between each and the longest: «нет воды» matches «воды горячей нет».
///
/// A keyword weighs the more, the longer it is, the more words it has, and the fewer topics share it.
#[derive(Debug, Clone)]
pub struct WordRules {
    topics: Vec<String>,
    keywords: Vec<Keyword>,
    /// The keywords by the stem of their longest word.
    anchors: HashMap<Box<str>, Vec<u32>>,
    /// The longest stem, in bytes: no longer beginning of a word need be looked up.
    longest: usize,
}

#[derive(Debug, Clone)]
struct Keyword {
    /// The stems beside the anchor.
    others: Box<[Box<str>]>,
    /// The topics that have it.
    topics: Vec<u32>,
    weight: f32,
}

/// The longest stem, in characters, that must be the whole stem of a word of the text, not just its beginning.
const SHORT_STEM: usize = 3;

/// The longest ending, in characters, that a short stem may have: «вод-ами», «дом-овой».
const LONGEST_ENDING: usize = 4;

/// How far from the anchor the other words of a phrase may be.
const REACH: usize = 3;

/// The weight at which a score is one half: about one keyword of seven letters that no other topic has.
const HALF_WEIGHT: f32 = 4.0;

impl WordRules {
    /// Rules from the topics' keywords.
    pub fn new(topics: &[Topic]) -> Self {
        Self::of(topics.iter().map(|topic| (topic.id.as_str(), topic.keywords.as_slice())))
    }

    /// Rules from names and their keywords.
    pub fn of<'a>(topics: impl Iterator<Item = (&'a str, &'a [String])> + Clone) -> Self {
        let mut owners: BTreeMap<Vec<Box<str>>, Vec<u32>> = BTreeMap::new();
        for (position, (_, keywords)) in (0u32..).zip(topics.clone()) {
            for keyword in keywords {
                let owners = owners.entry(stems(keyword)).or_default();
                if owners.last() != Some(&position) {
                    owners.push(position);
                }
            }
        }
        let mut rules = Self {
            topics: topics.map(|(id, _)| id.to_owned()).collect(),
            keywords: Vec::with_capacity(owners.len()),
            anchors: HashMap::new(),
            longest: 0,
        };
        for (stems, owners) in owners {
            rules.add(stems, owners);
        }
        rules
    }

    /// How much the keywords in a text weigh for each topic, by its position.
    pub fn weights(&self, text: &[&str]) -> Vec<f32> {
        let mut weights = vec![0.0; self.topics.len()];
        for keyword in self.hits(text).into_keys() {
            let keyword = &self.keywords[keyword as usize];
            for topic in &keyword.topics {
                weights[*topic as usize] += keyword.weight;
            }
        }
        weights
    }

    fn add(&mut self, mut stems: Vec<Box<str>>, topics: Vec<u32>) {
        let weight = weight(&stems, topics.len(), self.topics.len());
        let Some(longest) = (0..stems.len()).max_by_key(|at| stems[*at].len()) else { return };
        let anchor = stems.swap_remove(longest);
        let Ok(position) = u32::try_from(self.keywords.len()) else { return };
        self.longest = self.longest.max(anchor.len());
        self.anchors.entry(anchor).or_default().push(position);
        self.keywords.push(Keyword { others: stems.into(), topics, weight });
    }

    /// The keywords in the text, each with the places of its first appearance.
    fn hits(&self, text: &[&str]) -> BTreeMap<u32, Vec<usize>> {
        let mut hits = BTreeMap::new();
        for (at, word) in text.iter().enumerate() {
            for keyword in self.anchored(word) {
                if !hits.contains_key(&keyword)
                    && let Some(places) = self.places(keyword, at, text)
                {
                    hits.insert(keyword, places);
                }
            }
        }
        hits
    }

    /// The keywords whose anchor matches a word.
    fn anchored<'a>(&'a self, word: &'a str) -> impl Iterator<Item = u32> + 'a {
        let ends = word.char_indices().skip(1).map(|(end, _)| end).chain([word.len()]);
        let beginnings = ends.take_while(|end| *end <= self.longest).map(|end| &word[..end]);
        beginnings
            .filter_map(|beginning| self.anchors.get_key_value(beginning))
            .filter(|(anchor, _)| matches(word, anchor))
            .flat_map(|(_, keywords)| keywords.iter().copied())
    }

    /// Where the words of a keyword stand, if they all stand around its anchor, in the order of the text.
    fn places(&self, keyword: u32, anchor: usize, text: &[&str]) -> Option<Vec<usize>> {
        let around = anchor.saturating_sub(REACH)..text.len().min(anchor + REACH + 1);
        let others = &self.keywords[keyword as usize].others;
        // Most phrases fail here, before anything is allocated for them.
        if !others.iter().all(|stem| text[around.clone()].iter().any(|word| matches(word, stem))) {
            return None;
        }
        let mut places = vec![anchor];
        for stem in others {
            let place = around.clone().find(|at| !places.contains(at) && matches(text[*at], stem))?;
            places.push(place);
        }
        places.sort_unstable();
        Some(places)
    }

    fn proposal(&self, topic: u32, case: Case, text: &[&str]) -> Proposal {
        let mut places = case.places;
        places.sort_unstable();
        places.dedup();
        Proposal {
            topic: self.topics[topic as usize].clone(),
            score: case.weight / (case.weight + HALF_WEIGHT),
            probability: None,
            words: places.into_iter().map(|place| text[place].to_owned()).collect(),
        }
    }
}

/// What speaks for a topic.
#[derive(Debug, Default)]
struct Case {
    weight: f32,
    places: Vec<usize>,
}

impl Classifier for WordRules {
    fn propose(&self, text: &str) -> Vec<Proposal> {
        let folded = fold(text);
        let text: Vec<_> = words(&folded).collect();
        let mut cases: HashMap<u32, Case> = HashMap::new();
        for (keyword, places) in self.hits(&text) {
            let keyword = &self.keywords[keyword as usize];
            for topic in &keyword.topics {
                let case = cases.entry(*topic).or_default();
                case.weight += keyword.weight;
                case.places.extend(&places);
            }
        }
        let mut best: Vec<_> = cases.into_iter().collect();
        let id = |topic: u32| self.topics[topic as usize].as_str();
        best.sort_by(|(a, one), (b, other)| other.weight.total_cmp(&one.weight).then_with(|| id(*a).cmp(id(*b))));
        best.truncate(MOST_PROPOSALS);
        best.into_iter().map(|(topic, case)| self.proposal(topic, case, &text)).collect()
    }
}

/// The stems of a keyword's words. A keyword may be written as a bare beginning («отоплен»): stemming only makes it shorter.
/// Beside longer words, those of one or two letters say nothing («снег с дорог»), except a negation.
fn stems(keyword: &str) -> Vec<Box<str>> {
    let folded = fold(keyword);
    let is_long = |word: &&str| word.chars().nth(2).is_some();
    let has_long = words(&folded).any(|word| is_long(&word));
    words(&folded).filter(|word| !has_long || is_long(word) || *word == "не").map(|word| stem(word).into()).collect()
}

/// Whether a folded word of a text is one that a keyword's stem means.
fn matches(word: &str, wanted: &str) -> bool {
    let Some(ending) = word.strip_prefix(wanted) else { return false };
    let is_short = wanted.chars().nth(SHORT_STEM).is_none();
    // Stemming costs more than all the rest, so it is asked only about what can be an ending.
    ending.is_empty() || !is_short || (ending.chars().nth(LONGEST_ENDING).is_none() && stem(word) == wanted)
}

/// Rarity, times length, with half as much again for each further word. Lengths count up to ten letters, so that one official
/// term does not outweigh two plain words.
fn weight(stems: &[Box<str>], owners: usize, topics: usize) -> f32 {
    let letters: usize = stems.iter().map(|stem| stem.chars().count()).sum();
    let rarity = (1.0 + topics as f32 / owners as f32).ln();
    let further = stems.len().saturating_sub(1) as f32;
    rarity * letters.min(10) as f32 / 10.0 * (1.0 + further / 2.0)
}

/// A hint that a message is no complaint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KindHint {
    /// It thanks, and nothing in it asks or objects.
    Gratitude,
}

/// Words that thank, by their beginnings.
const THANKS: [&str; 5] = ["спасиб", "благодар", "признательн", "молодц", "респект"];

/// Words after which thanks may be irony, a politeness, or a complaint's first line; by their beginnings.
const DOUBTS: [&str; 26] = [
    "нет",
    "нельзя",
    "никак",
    "никто",
    "никогда",
    "ничего",
    "нигде",
    "когда",
    "почему",
    "сколько",
    "доколе",
    "прос",
    "прош",
    "пожалуйст",
    "жалоб",
    "проблем",
    "авар",
    "слом",
    "плох",
    "ужас",
    "опять",
    "снова",
    "однако",
    "заранее",
    "помогите",
    "хотя",
];

/// Words that cast doubt only as a whole.
const DOUBTS_WHOLE: [&str; 8] = ["не", "ни", "но", "а", "если", "где", "бы", "пока"];

/// The longest thanks: a longer text is likely to want something as well.
const THANKS_LIMIT: usize = 40;

/// What kind of message a text plainly is, or none. It is careful: a complaint taken for thanks would be lost, thanks taken for a
/// complaint cost one click.
pub fn kind_hint(text: &str) -> Option<KindHint> {
    if text.contains(['?', '🤡', '😡', '🤬', '👎', '«', '"']) {
        return None;
    }
    let folded = fold(text);
    let (mut thanks, mut count) = (false, 0);
    for word in words(&folded) {
        let begins = |beginning: &&str| word.starts_with(*beginning);
        if DOUBTS_WHOLE.contains(&word) || DOUBTS.iter().any(&begins) {
            return None;
        }
        thanks |= THANKS.iter().any(begins);
        count += 1;
    }
    (thanks && count <= THANKS_LIMIT).then_some(KindHint::Gratitude)
}

#[cfg(test)]
mod tests;
