//! What is thought of each label of a text, from what was learned, what is known by name, and what was corrected.

use super::Known;
use super::blend::Opinion;
use super::bytes::{Damaged, Reader, Writer};
use super::counts::Counts;
use super::features::{Parts, parts};
use super::linear::Lines;
use super::near::Near;
use super::rows::Vocabulary;
use crate::domain::classify::WordRules;
use crate::domain::text::{fold, words};

/// How many examples halve what a label's name and prior frequency say.
const HALVING: f32 = 3.0;

/// The logarithm of the share of a label whose frequency nobody knows.
const RARE: f32 = -9.0;

/// The most that the keywords in one text may weigh.
const KEYWORDS: f32 = 4.0;

/// The shortest word of a name, in letters, that stands for a keyword where no keywords are given.
const LONG_WORD: usize = 5;

/// A label, and what is known of it by name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Label {
    pub name: String,
    pub title: String,
    pub keywords: Vec<String>,
    pub weight: f32,
    pub parent_name: Option<String>,
    pub parent: Option<u16>,
    /// The title as a vector.
    pub vector: Vec<(u32, f32)>,
}

impl Label {
    pub fn bare(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    pub fn known(known: &Known, vocabulary: &Vocabulary) -> Self {
        let mut label = Self {
            title: known.title.clone(),
            keywords: known.keywords.clone(),
            weight: if known.weight.is_finite() { known.weight.max(0.0) } else { 0.0 },
            parent_name: known.parent.clone(),
            ..Self::bare(&known.label)
        };
        label.find(vocabulary);
        label
    }

    /// Looks the title up.
    pub fn find(&mut self, vocabulary: &Vocabulary) {
        self.vector = vocabulary.vector(&parts(&self.title));
    }

    pub fn write(&self, out: &mut Writer) {
        for text in [&self.name, &self.title, self.parent_name.as_ref().unwrap_or(&String::new())] {
            out.text(text);
        }
        out.number(self.keywords.len() as u64);
        self.keywords.iter().for_each(|keyword| out.text(keyword));
        out.number(self.weight);
        out.number(self.parent.unwrap_or(u16::MAX));
    }

    pub fn read(bytes: &mut Reader<'_>, vocabulary: &Vocabulary, parents: usize) -> Result<Self, Damaged> {
        let (name, title, parent) = (bytes.text()?, bytes.text()?, bytes.text()?);
        // A text takes eight bytes for its length alone.
        let keywords = (0..bytes.length(8)?).map(|_| bytes.text()).collect::<Result<_, _>>()?;
        let weight: f32 = bytes.number()?;
        let at: u16 = bytes.number()?;
        if !weight.is_finite() || (at != u16::MAX && usize::from(at) >= parents) {
            return Err(Damaged::Contradiction);
        }
        let parent_name = (!parent.is_empty()).then_some(parent);
        let parent = (at != u16::MAX).then_some(at);
        let mut label = Self { name, title, keywords, weight, parent_name, parent, vector: Vec::new() };
        label.find(vocabulary);
        Ok(label)
    }
}

/// The keywords of all labels; the longer words of the name of one that has none.
pub fn rules(labels: &[Label]) -> WordRules {
    let keywords: Vec<Vec<String>> = labels
        .iter()
        .map(|label| {
            if label.keywords.is_empty() {
                let title = fold(&label.title);
                words(&title).filter(|word| word.chars().count() >= LONG_WORD).map(str::to_owned).collect()
            } else {
                label.keywords.clone()
            }
        })
        .collect();
    WordRules::of(labels.iter().zip(&keywords).map(|(label, keywords)| (label.name.as_str(), keywords.as_slice())))
}

/// How much the keywords in a text weigh, by label.
pub fn keywords(rules: &WordRules, parts: &Parts) -> Vec<(u16, f32)> {
    let words: Vec<&str> = parts.words.iter().map(String::as_str).collect();
    (0u16..).zip(rules.weights(&words)).filter(|(_, weight)| *weight > 0.0).collect()
}

/// What one set of examples taught.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Part {
    pub lines: Lines,
    pub parents: Lines,
    pub counts: Counts,
    pub near: Near,
    /// How many examples each label had.
    pub times: Vec<f32>,
}

impl Part {
    /// What is thought of each label.
    pub fn opinions(&self, labels: &[Label], vector: &[(u32, f32)], keywords: &[(u16, f32)]) -> Vec<Opinion> {
        let lines = self.lines.margins(vector);
        let parents = self.parents.margins(vector);
        let counts = self.counts.scores(vector);
        let near = self.near.scores(vector, labels.len());
        let most = counts.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let all: f32 = labels.iter().map(|label| label.weight).sum();
        let mut opinions: Vec<Opinion> = (0..labels.len())
            .map(|at| {
                let label = &labels[at];
                let unseen = 1.0 / (1.0 + self.times[at] / HALVING);
                // Where no frequency is known, none speaks against a label.
                let prior = match label.weight {
                    _ if all <= 0.0 => 0.0,
                    weight if weight > 0.0 => (weight / all + 1e-4).ln(),
                    _ => RARE,
                };
                let title = cosine(vector, &label.vector);
                [
                    lines[at],
                    counts[at] - most,
                    near[at],
                    (self.times[at] + 0.5).ln(),
                    unseen * prior,
                    0.0,
                    title * title,
                    label.parent.map_or(-1.0, |parent| parents[parent as usize]),
                ]
            })
            .collect();
        for (label, weight) in keywords {
            opinions[*label as usize][5] = weight.min(KEYWORDS).sqrt();
        }
        opinions
    }
}

/// The parents by name, and the probability of each: the sum of its labels'.
pub fn by_parent<'a>(labels: &'a [Label], shares: &[f32]) -> (Vec<&'a str>, Vec<f32>) {
    let (mut names, mut sums) = (Vec::new(), Vec::new());
    for (label, share) in labels.iter().zip(shares) {
        let (Some(at), Some(name)) = (label.parent, &label.parent_name) else { continue };
        let at = at as usize;
        if names.len() <= at {
            names.resize(at + 1, "");
            sums.resize(at + 1, 0.0);
        }
        names[at] = name;
        sums[at] += share;
    }
    (names, sums)
}

/// The places of the greatest, the greatest first.
pub fn best(shares: &[f32], most: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..shares.len()).collect();
    let greater = |a: &usize, b: &usize| shares[*b].total_cmp(&shares[*a]).then(a.cmp(b));
    if most < order.len() {
        order.select_nth_unstable_by(most, greater);
        order.truncate(most);
    }
    order.sort_unstable_by(greater);
    order
}

/// The cosine of two vectors of length one.
pub fn cosine(a: &[(u32, f32)], b: &[(u32, f32)]) -> f32 {
    let (short, mut long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    let mut sum = 0.0;
    // A name has a few features, a text hundreds: to look each up is much less than to walk along both.
    for (feature, value) in short {
        match long.binary_search_by_key(feature, |entry| entry.0) {
            Ok(at) => {
                sum += value * long[at].1;
                long = &long[at + 1..];
            }
            Err(at) => long = &long[at..],
        }
    }
    sum
}
