//! Training: texts into rows, rows into opinions, and the opinions blended by what was held back.

use std::collections::BTreeMap;

use super::blend::{Blend, Case};
use super::counts::Counts;
use super::features::parts;
use super::figures::Decision;
use super::linear::{Dice, Lines, Settings};
use super::near::Near;
use super::opinions::{self, Label, Part};
use super::rivals::Rivals;
use super::rows::{Census, Rows, Vocabulary};
use super::{Example, Known, Model, Options, Scores};

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
const ENTRIES_OF_MANY: u32 = 100;

/// From how many labels, besides its own, a text is told apart.
const RIVALS: usize = 16;

/// How often a label's name counts as a text, so that its words are features.
const NAME_COUNTS: usize = 3;

/// Where the weights of the opinions begin; what the examples cannot tell stays so.
const START: [f32; super::blend::OPINIONS] = [4.0, 0.1, 1.0, 0.0, 0.5, 2.0, 2.0, 0.5];

/// The examples as the learner sees them.
struct Taken {
    rows: Rows,
    of: Vec<u16>,
    /// The same as parents.
    parents: Vec<u16>,
}

pub(super) fn train(examples: &[Example], known: &[Known], options: &Options) -> Model {
    let many = examples.len() > MANY;
    let (features, entries) = if many { (FEATURES_OF_MANY, ENTRIES_OF_MANY) } else { (FEATURES, u32::MAX) };
    let vocabulary = vocabulary(examples, known, features, entries, options.threads);
    let (labels, parents) = labels(examples, known, &vocabulary);
    let rules = opinions::rules(&labels);
    let taken = take(examples, &labels, &vocabulary, options.threads);
    let settings = Settings { cost: 1.0, epochs: if many { 4 } else { 8 }, threads: options.threads, seed: 7 };
    let every: Vec<u32> = (0u32..).zip(examples).map(|(at, _)| at).collect();
    let rivals = rivals(&taken, &every, labels.len(), vocabulary.len(), options.threads);
    let everyone = Rivals::all();
    let teach = |subset: &[u32]| {
        let times = times(&taken, subset, labels.len());
        let (features, of) = (vocabulary.len(), &taken.of);
        Part {
            lines: Lines::train(&taken.rows, subset, of, &rivals, labels.len(), features, settings),
            parents: Lines::train(&taken.rows, subset, &taken.parents, &everyone, parents, features, settings),
            counts: Counts::train(&taken.rows, subset, of, labels.len(), features),
            near: Near::new(&taken.rows, if many { &[] } else { subset }, of, features),
            times,
        }
    };
    let folds = folds(examples, if many { ONE_IN } else { FOLDS });
    let mut cases = Vec::new();
    for out in 0..if many { 1 } else { FOLDS } {
        let side = |held: bool| (0u32..).zip(&folds).filter(move |(_, fold)| (**fold == out) == held).map(|(at, _)| at);
        let part = teach(&side(false).collect::<Vec<_>>());
        for at in side(true).take(CASES) {
            let at = at as usize;
            let keywords = opinions::keywords(&rules, &parts(&examples[at].text));
            let seen = part.opinions(&labels, &taken.rows.vector(at), &keywords);
            cases.push(Case { opinions: seen, right: taken.of[at] as usize });
        }
    }
    let blend = Blend::fit(&cases, START);
    let decisions: Vec<Decision> = cases
        .iter()
        .map(|case| decision(&labels, &blend.probabilities(&case.opinions), &labels[case.right].name))
        .collect();
    let of_parents: Vec<Decision> = cases
        .iter()
        .filter_map(|case| {
            let right = labels[case.right].parent?;
            let (names, shares) = opinions::by_parent(&labels, &blend.probabilities(&case.opinions));
            let order = opinions::best(&shares, 3);
            Some(Decision {
                right: names[right as usize].to_owned(),
                probability: order.first().map_or(0.0, |at| shares[*at]),
                proposed: order.into_iter().map(|at| names[at].to_owned()).collect(),
            })
        })
        .collect();
    drop(cases);
    Model {
        part: teach(&every),
        labels,
        vocabulary,
        rules,
        blend,
        scores: Scores::of(&decisions),
        parents: Scores::of(&of_parents),
        taught: Vec::new(),
    }
}

/// The words and pieces of words that are met often enough.
fn vocabulary(examples: &[Example], known: &[Known], most: usize, entries: u32, threads: usize) -> Vocabulary {
    let share = examples.len().div_ceil(threads.max(1)).max(1);
    let counted = std::thread::scope(|scope| {
        let begun: Vec<_> = examples
            .chunks(share)
            .map(|chunk| {
                scope.spawn(move || {
                    let mut census = Census::new();
                    chunk.iter().for_each(|example| census.count(&parts(&example.text).terms));
                    census
                })
            })
            .collect();
        begun.into_iter().filter_map(|thread| thread.join().ok()).reduce(Census::with)
    });
    let mut census = counted.unwrap_or_else(Census::new);
    for one in known {
        let terms = parts(&one.title).terms;
        (0..NAME_COUNTS).for_each(|_| census.count(&terms));
    }
    census.vocabulary(most, entries)
}

/// Every label there is, by name, and the number of their parents.
fn labels(examples: &[Example], known: &[Known], vocabulary: &Vocabulary) -> (Vec<Label>, usize) {
    let mut by_name: BTreeMap<&str, Label> = BTreeMap::new();
    for one in known {
        by_name.insert(&one.label, Label::known(one, vocabulary));
    }
    for one in examples {
        let label = by_name.entry(&one.label).or_insert_with(|| Label::bare(&one.label));
        if label.parent_name.is_none() {
            label.parent_name.clone_from(&one.parent);
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

fn take(examples: &[Example], labels: &[Label], vocabulary: &Vocabulary, threads: usize) -> Taken {
    let place: BTreeMap<&str, u16> = (0..).zip(labels).map(|(at, label)| (label.name.as_str(), at)).collect();
    let some = |chunk: &[Example]| {
        let mut rows = Rows::new();
        chunk.iter().for_each(|example| rows.push(&vocabulary.vector(&parts(&example.text))));
        rows
    };
    let share = examples.len().div_ceil(threads.max(1)).max(1);
    let mut rows = Rows::new();
    std::thread::scope(|scope| {
        let begun: Vec<_> = examples.chunks(share).map(|chunk| scope.spawn(|| some(chunk))).collect();
        begun.into_iter().filter_map(|thread| thread.join().ok()).for_each(|some| rows.append(some));
    });
    let of: Vec<u16> = examples.iter().map(|one| place.get(one.label.as_str()).copied().unwrap_or(0)).collect();
    let parents = of.iter().map(|at| labels[*at as usize].parent.unwrap_or(u16::MAX)).collect();
    Taken { rows, of, parents }
}

/// Whom each text could be mistaken for, by what all of them together tell.
fn rivals(taken: &Taken, every: &[u32], labels: usize, features: usize, threads: usize) -> Rivals {
    if labels <= RIVALS {
        return Rivals::all();
    }
    let counts = Counts::train(&taken.rows, every, &taken.of, labels, features);
    Rivals::of(&taken.rows, &counts, RIVALS, threads)
}

fn times(taken: &Taken, subset: &[u32], labels: usize) -> Vec<f32> {
    let mut times = vec![0.0; labels];
    for at in subset {
        times[taken.of[*at as usize] as usize] += 1.0;
    }
    times
}

fn decision(labels: &[Label], shares: &[f32], right: &str) -> Decision {
    let order = opinions::best(shares, 3);
    Decision {
        right: right.to_owned(),
        probability: order.first().map_or(0.0, |at| shares[*at]),
        proposed: order.into_iter().map(|at| labels[at].name.clone()).collect(),
    }
}

/// The fold of each example: families whole, spread by a seeded shuffle.
pub fn folds(examples: &[Example], number: usize) -> Vec<usize> {
    let whose: Vec<(bool, u64)> =
        (0u64..).zip(examples).map(|(at, one)| one.family.map_or((false, at), |family| (true, family))).collect();
    let mut families = whose.clone();
    families.sort_unstable();
    families.dedup();
    Dice(11).shuffle(&mut families);
    let fold: BTreeMap<_, _> = families.into_iter().enumerate().map(|(at, family)| (family, at % number)).collect();
    whose.iter().map(|family| fold[family]).collect()
}
