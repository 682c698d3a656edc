//! Training: texts into rows, rows into opinions, and the opinions blended by what was held back.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::blend::{Blend, Calibration, Case};
use super::counts::Counts;
use super::features::parts;
use super::figures::{Decision, Figures, figures};
use super::linear::{Dice, Lines, Settings};
use super::near::Near;
use super::opinions::{self, Label, Part};
use super::rivals::Rivals;
use super::rows::{Census, Rows, Vocabulary};
use super::{Example, Known, Model, Scores};
use crate::domain::classify::WordRules;

/// From so many examples on one part is held back instead of each of several in turn, and neighbours are not asked.
const MANY: usize = 12_000;

/// In how many folds fewer examples are held back.
const FOLDS: usize = 5;

/// Of many examples, one in so many is held back, and at most [`CASES`].
const ONE_IN: usize = 10;
const CASES: usize = 2_000;

/// The most features, and of many examples the most entries of one.
const FEATURES: usize = 100_000;
const FEATURES_OF_MANY: usize = 40_000;
const ENTRIES_OF_MANY: u32 = 80;

/// From how many labels, besides its own, a text is told apart.
const RIVALS: usize = 16;

/// How often a label's name counts as a text, so that its words are features.
const NAME_COUNTS: usize = 3;

/// Where the weights of the opinions begin; what the examples cannot tell stays so.
const START: [f32; super::blend::OPINIONS] = [4.0, 0.1, 1.0, 0.0, 0.5, 2.0, 2.0, 0.5];

/// So many texts are taken apart at once.
const AT_ONCE: usize = 512;

/// How far the decisions that the blend learns from are evened by label, from not at all on: what is best in accuracy and F1 together is
/// taken. For few labels little is best, for many much: measured on bodies, all figures gain, even accuracy.
const EVENNESS: [f64; 6] = [0.0, 0.15, 0.3, 0.45, 0.6, 0.8];

/// By what share of decisions the right label may be among the first three less often for that: these are what people choose from.
const AT_THE_COST: f32 = 0.004;

/// How many labels people choose from.
const PROPOSED: usize = 3;

/// The examples as the learner sees them.
struct Taken {
    rows: Rows,
    of: Vec<u16>,
    /// The same as parents.
    parents: Vec<u16>,
}

pub(super) fn train(examples: &[Example<'_>], known: &[Known]) -> Model {
    let training = Training::of(examples, known);
    let cases = training.cases(examples);
    let (blend, scores) = blend(&training.labels, &cases);
    let parents = parents(&training.labels, &cases, &blend);
    drop(cases);
    let every: Vec<u32> = (0u32..).zip(examples).map(|(at, _)| at).collect();
    Model {
        part: training.teach(&every),
        labels: training.labels,
        vocabulary: training.vocabulary,
        rules: training.rules,
        blend,
        scores,
        parents,
        taught: Vec::new(),
    }
}

/// The best blend, and how good its decisions are.
fn blend(labels: &[Label], cases: &[Case]) -> (Blend, Scores) {
    let name = |at: usize| labels[at].name.as_str();
    let tried = EVENNESS.par_iter().map(|evenness| {
        let blend = Blend::fit(cases, START, *evenness);
        let decide = |case: &Case| decision(&blend.probabilities(&case.opinions), case.right, name);
        (blend, figures(&cases.iter().map(decide).collect::<Vec<_>>()))
    });
    let tried: Vec<(Blend, Figures)> = tried.collect();
    let least = tried.first().map_or(0.0, |(_, of)| of.top3 - AT_THE_COST);
    let together = |(_, of): &(Blend, Figures)| of.accuracy + of.macro_f1 + of.weighted_f1;
    let fit = tried.into_iter().filter(|(_, of)| of.top3 >= least);
    let best = fit.max_by(|a, b| together(a).total_cmp(&together(b))).map_or(Blend(START), |(blend, _)| blend);
    let decided = cases.iter().map(|case| (best.probabilities(&case.opinions), case.right));
    (best, scores(decided.collect(), name))
}

/// How good the same decisions are on parents.
fn parents(labels: &[Label], cases: &[Case], blend: &Blend) -> Scores {
    let (names, _) = opinions::by_parent(labels, &vec![0.0; labels.len()]);
    let decide = |case: &Case| {
        let right = labels[case.right].parent?;
        Some((opinions::by_parent(labels, &blend.probabilities(&case.opinions)).1, usize::from(right)))
    };
    scores(cases.iter().filter_map(decide).collect(), |at| names[at])
}

/// How good decisions are, by the probability of each label and the right one: calibrated, as they will be told.
fn scores<'n>(decided: Vec<(Vec<f32>, usize)>, name: impl Fn(usize) -> &'n str) -> Scores {
    let told = decided
        .iter()
        .flat_map(|(shares, right)| opinions::best(shares, PROPOSED).into_iter().map(|at| (shares[at], at == *right)));
    let calibration = Calibration::fit(told);
    let decisions = decided.into_iter().map(|(shares, right)| decision(&calibration.of(shares), right, &name));
    Scores::of(&decisions.collect::<Vec<_>>(), calibration)
}

/// What is the same whichever examples are held back.
struct Training {
    many: bool,
    vocabulary: Vocabulary,
    labels: Vec<Label>,
    /// How many parents the labels have.
    parents: usize,
    rules: WordRules,
    taken: Taken,
    rivals: Rivals,
}

impl Training {
    fn of(examples: &[Example<'_>], known: &[Known]) -> Self {
        let many = examples.len() > MANY;
        let (features, entries) = if many { (FEATURES_OF_MANY, ENTRIES_OF_MANY) } else { (FEATURES, u32::MAX) };
        let vocabulary = vocabulary(examples, known, features, entries);
        let (labels, parents) = labels(examples, known, &vocabulary);
        let taken = take(examples, &labels, &vocabulary);
        let rivals = if many { rivals(&taken, labels.len(), vocabulary.len()) } else { Rivals::all() };
        Self { many, rules: opinions::rules(&labels), vocabulary, labels, parents, taken, rivals }
    }

    /// What these examples teach.
    fn teach(&self, subset: &[u32]) -> Part {
        let (rows, of) = (&self.taken.rows, &self.taken.of);
        let (labels, features) = (self.labels.len(), self.vocabulary.len());
        let settings = Settings { cost: 1.0, epochs: if self.many { 4 } else { 8 }, seed: 7 };
        let parents = &self.taken.parents;
        Part {
            lines: Lines::train(rows, subset, of, &self.rivals, labels, features, settings),
            parents: Lines::train(rows, subset, parents, &Rivals::all(), self.parents, features, settings),
            counts: Counts::train(rows, subset, of, labels, features),
            near: Near::new(rows, if self.many { &[] } else { subset }, of, features),
            times: times(of, subset, labels),
        }
    }

    /// What is thought of examples by those that learned from others.
    fn cases(&self, examples: &[Example<'_>]) -> Vec<Case> {
        let folds = folds(examples, if self.many { ONE_IN } else { FOLDS });
        let mut cases = Vec::new();
        for out in 0..if self.many { 1 } else { FOLDS } {
            let side =
                |held: bool| (0u32..).zip(&folds).filter(move |(_, fold)| (**fold == out) == held).map(|(at, _)| at);
            let part = self.teach(&side(false).collect::<Vec<_>>());
            let case = |at: u32| {
                let at = at as usize;
                let keywords = opinions::keywords(&self.rules, &parts(&examples[at].text));
                let opinions = part.opinions(&self.labels, &self.taken.rows.vector(at), &keywords);
                Case { opinions, right: usize::from(self.taken.of[at]) }
            };
            let held: Vec<u32> = side(true).take(CASES).collect();
            cases.par_extend(held.into_par_iter().map(case));
        }
        cases
    }
}

/// The words and pieces of words that are met often enough.
fn vocabulary(examples: &[Example<'_>], known: &[Known], most: usize, entries: u32) -> Vocabulary {
    let mut census = Census::new();
    for some in examples.chunks(AT_ONCE) {
        let found: Vec<_> = some.par_iter().map(|one| parts(&one.text).different()).collect();
        found.iter().for_each(|different| census.count(different));
    }
    for one in known {
        let different = parts(&one.title).different();
        (0..NAME_COUNTS).for_each(|_| census.count(&different));
    }
    census.vocabulary(most, entries)
}

/// Every label there is, by name, and the number of their parents.
fn labels(examples: &[Example<'_>], known: &[Known], vocabulary: &Vocabulary) -> (Vec<Label>, usize) {
    let mut by_name: BTreeMap<&str, Label> = BTreeMap::new();
    for one in known {
        by_name.insert(&one.label, Label::known(one, vocabulary));
    }
    for one in examples {
        let label = by_name.entry(&one.label).or_insert_with(|| Label::bare(&one.label));
        if label.parent_name.is_none() {
            label.parent_name = one.parent.as_deref().map(str::to_owned);
        }
    }
    // More labels than a number of 16 bits can name are no labels any more.
    let mut labels: Vec<Label> = by_name.into_values().take(usize::from(u16::MAX)).collect();
    let mut parents: BTreeMap<String, u16> = BTreeMap::new();
    for label in &labels {
        if let Some(parent) = &label.parent_name {
            parents.entry(parent.clone()).or_default();
        }
    }
    (0..).zip(parents.values_mut()).for_each(|(at, place)| *place = at);
    for label in &mut labels {
        label.parent = label.parent_name.as_ref().and_then(|parent| parents.get(parent).copied());
    }
    (labels, parents.len())
}

fn take(examples: &[Example<'_>], labels: &[Label], vocabulary: &Vocabulary) -> Taken {
    let mut rows = Rows::new();
    for some in examples.chunks(AT_ONCE) {
        let found: Vec<_> = some.par_iter().map(|one| vocabulary.vector(&parts(&one.text))).collect();
        found.iter().for_each(|vector| rows.push(vector));
    }
    let place: BTreeMap<&str, u16> = (0..).zip(labels).map(|(at, label)| (label.name.as_str(), at)).collect();
    let of: Vec<u16> = examples.iter().map(|one| place.get(&*one.label).copied().unwrap_or(0)).collect();
    let parents = of.iter().map(|at| labels[*at as usize].parent.unwrap_or(u16::MAX)).collect();
    Taken { rows, of, parents }
}

/// Whom each text could be mistaken for, by what all of them together tell.
fn rivals(taken: &Taken, labels: usize, features: usize) -> Rivals {
    if labels <= RIVALS {
        return Rivals::all();
    }
    let every: Vec<u32> = (0u32..).zip(&taken.of).map(|(at, _)| at).collect();
    Rivals::of(&taken.rows, &Counts::train(&taken.rows, &every, &taken.of, labels, features), RIVALS)
}

fn times(of: &[u16], subset: &[u32], labels: usize) -> Vec<f32> {
    let mut times = vec![0.0; labels];
    for at in subset {
        times[usize::from(of[*at as usize])] += 1.0;
    }
    times
}

fn decision<'n>(shares: &[f32], right: usize, name: impl Fn(usize) -> &'n str) -> Decision {
    let order = opinions::best(shares, PROPOSED);
    Decision {
        right: name(right).to_owned(),
        probability: order.first().map_or(0.0, |at| shares[*at]),
        proposed: order.into_iter().map(|at| name(at).to_owned()).collect(),
    }
}

/// The fold of each example: families whole, spread by a seeded shuffle.
pub fn folds(examples: &[Example<'_>], number: usize) -> Vec<usize> {
    let whose: Vec<(bool, u64)> =
        (0u64..).zip(examples).map(|(at, one)| one.family.map_or((false, at), |family| (true, family))).collect();
    let mut families = whose.clone();
    families.sort_unstable();
    families.dedup();
    Dice(11).shuffle(&mut families);
    let fold: BTreeMap<_, _> = families.into_iter().enumerate().map(|(at, family)| (family, at % number)).collect();
    whose.iter().map(|family| fold[family]).collect()
}
