//! What people decided, learned: labels for texts, with probabilities that can be believed and the words that spoke for them.
//!
//! Written by us, because no kept library in Rust offers what triage is for: a linear model over sparse n-grams that is updated by
//! each correction, knows a label by its name alone, says how sure it is, and tells why.

mod blend;
mod counts;
pub mod features;
pub mod figures;
mod linear;
mod near;
mod rows;

use std::collections::BTreeMap;

use blend::{Blend, Case, OPINIONS, Opinion};
use counts::Counts;
use features::{Parts, parts};
pub use figures::{Decision, Figures, Point};
use linear::{Dice, Lines, Settings};
use near::Near;
use rows::{Census, Rows, Vocabulary};

use crate::domain::classify::WordRules;

pub fn knob(name: &str, default: f32) -> f32 {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(default)
}

/// One decided text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    pub text: String,
    pub label: String,
    /// Texts of one family are never on both sides of a fold.
    pub family: Option<u64>,
}

/// A label known by its name.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    pub label: String,
    pub title: String,
    pub keywords: Vec<String>,
    /// How often it occurs, in any unit; 0 if that is not known.
    pub weight: f32,
}

/// How to train.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    pub threads: usize,
}

/// A label proposed.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked {
    pub label: String,
    pub probability: f32,
    pub words: Vec<String>,
}

/// What was learned.
pub struct Model {
    labels: Vec<Label>,
    vocabulary: Vocabulary,
    part: Part,
    blend: Blend,
    decisions: Vec<Decision>,
    rules: WordRules,
}

struct Label {
    name: String,
    title: Vec<(u32, f32)>,
    weight: f32,
}

/// What one set of examples taught.
struct Part {
    lines: Lines,
    counts: Counts,
    near: Near,
    times: Vec<f32>,
}

const FOLDS: usize = 5;

struct Taken {
    rows: Rows,
    of: Vec<u16>,
    rules: Vec<Vec<f32>>,
}

impl Model {
    pub fn train(examples: &[Example], known: &[Known], options: &Options) -> Model {
        let mut names: BTreeMap<&str, Option<&Known>> = examples.iter().map(|one| (one.label.as_str(), None)).collect();
        names.extend(known.iter().map(|one| (one.label.as_str(), Some(one))));
        let mut census = Census::new();
        for example in examples {
            census.count(&parts(&example.text).terms);
        }
        for one in known {
            let terms = parts(&one.title).terms;
            for _ in 0..knob("KC", 3.0) as usize {
                census.count(&terms);
            }
        }
        let vocabulary = census.vocabulary(100_000);
        let labels: Vec<Label> = names
            .iter()
            .map(|(name, known)| Label {
                name: (*name).to_owned(),
                title: known.map_or(vec![], |known| vocabulary.vector(&parts(&known.title), usize::MAX)),
                weight: known.map_or(0.0, |known| known.weight),
            })
            .collect();
        let keywords: Vec<(&str, &[String])> =
            names.iter().map(|(name, known)| (*name, known.map_or(&[][..], |known| &known.keywords[..]))).collect();
        let rules = WordRules::of(keywords.into_iter());
        let place: BTreeMap<&str, u16> = (0..).zip(&labels).map(|(at, label)| (label.name.as_str(), at)).collect();
        let mut taken = Taken { rows: Rows::new(), of: vec![], rules: vec![] };
        for example in examples {
            let parts = parts(&example.text);
            taken.rows.push(&vocabulary.vector(&parts, usize::MAX));
            taken.of.push(place[example.label.as_str()]);
            taken.rules.push(weights(&rules, &parts));
        }
        let all: Vec<u32> = (0..examples.len() as u32).collect();
        let fold = folds(examples, FOLDS);
        let settings = Settings { cost: knob("C", 1.0), epochs: knob("E", 12.0) as usize, threads: options.threads, seed: 7 };
        let mut model = Model {
            part: Part::train(&taken, &[], &labels, vocabulary.len(), settings),
            labels,
            vocabulary,
            blend: Blend([0.0; OPINIONS]),
            decisions: vec![],
            rules,
        };
        let mut cases = Vec::new();
        let mut whose = Vec::new();
        for out in 0..FOLDS {
            let subset: Vec<u32> = all.iter().copied().filter(|at| fold[*at as usize] != out).collect();
            let part = Part::train(&taken, &subset, &model.labels, model.vocabulary.len(), settings);
            for at in all.iter().copied().filter(|at| fold[*at as usize] == out) {
                let row: Vec<(u32, f32)> = taken.rows.row(at as usize).map(|(f, v)| (f as u32, v)).collect();
                let opinions = model.opinions(&part, &row, &taken.rules[at as usize]);
                cases.push(Case { opinions, right: taken.of[at as usize] as usize });
                whose.push(at);
            }
        }
        let mut start = [0.0; OPINIONS];
        start[0] = 4.0; start[4] = 0.5; start[5] = 0.5; start[6] = 2.0; start[7] = 0.5;
        model.blend = Blend::fit(&cases, start);
        model.decisions = cases
            .iter()
            .map(|case| model.decision(&model.blend.probabilities(&case.opinions), &model.labels[case.right].name))
            .collect();
        model.part = Part::train(&taken, &all, &model.labels, model.vocabulary.len(), settings);
        model
    }

    fn decision(&self, shares: &[f32], right: &str) -> Decision {
        let mut order: Vec<usize> = (0..shares.len()).collect();
        order.sort_by(|a, b| shares[*b].total_cmp(&shares[*a]).then(a.cmp(b)));
        order.truncate(3);
        Decision {
            right: right.to_owned(),
            probability: order.first().map_or(0.0, |at| shares[*at]),
            proposed: order.into_iter().map(|at| self.labels[at].name.clone()).collect(),
        }
    }

    pub fn weights(&self) -> [f32; OPINIONS] { self.blend.0 }

    fn opinions(&self, part: &Part, row: &[(u32, f32)], rules: &[f32]) -> Vec<Opinion> {
        let vector = || row.iter().map(|(feature, value)| (*feature as usize, *value));
        let lines = part.lines.margins(vector());
        let counts = part.counts.scores(vector());
        let near = part.near.scores(vector(), 10);
        let all: f32 = self.labels.iter().map(|label| label.weight).sum::<f32>().max(1.0);
        let seen: f32 = part.times.iter().sum::<f32>().max(1.0);
        let best = counts.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let off = |name: usize| knob("OFF", 0.0) as u32 >> name & 1 == 1;
        (0..self.labels.len())
            .map(|at| {
                let label = &self.labels[at];
                let few = 1.0 / (1.0 + part.times[at] / 3.0);
                let title = cosine(row, &label.title);
                let mut o = [
                    lines[at],
                    (counts[at] - best),
                    near[at],
                    (part.times[at] + knob("PR", 0.5)).ln(),
                    if label.weight > 0.0 { (few * (label.weight / all + 1e-4).ln()) } else { few * -9.0 },
                    rules[at].min(4.0).sqrt(),
                    title * title,
                    rules[at].min(4.0).sqrt() * few,
                ];
                for i in 0..OPINIONS { if off(i) { o[i] = 0.0; } }
                o
            })
            .collect()
    }

    /// The likeliest labels, the best first.
    pub fn rank(&self, text: &str, most: usize) -> Vec<Ranked> {
        let parts = parts(text);
        let row = self.vocabulary.vector(&parts, usize::MAX);
        let shares = self.blend.probabilities(&self.opinions(&self.part, &row, &weights(&self.rules, &parts)));
        let mut order: Vec<usize> = (0..shares.len()).collect();
        order.sort_by(|a, b| shares[*b].total_cmp(&shares[*a]).then(a.cmp(b)));
        order.truncate(most);
        order
            .into_iter()
            .map(|at| Ranked { label: self.labels[at].name.clone(), probability: shares[at], words: vec![] })
            .collect()
    }

    pub fn held_back(&self) -> Figures {
        figures::figures(&self.decisions)
    }

    pub fn curve(&self) -> Vec<Point> {
        figures::curve(&self.decisions)
    }
}

fn weights(rules: &WordRules, parts: &Parts) -> Vec<f32> {
    let words: Vec<&str> = parts.words.iter().map(String::as_str).collect();
    rules.weights(&words)
}

fn cosine(a: &[(u32, f32)], b: &[(u32, f32)]) -> f32 {
    let (mut i, mut j, mut sum) = (0, 0, 0.0);
    while i < a.len() && j < b.len() {
        match a[i].0.cmp(&b[j].0) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                sum += a[i].1 * b[j].1;
                i += 1;
                j += 1;
            }
        }
    }
    sum
}

impl Part {
    fn train(taken: &Taken, subset: &[u32], labels: &[Label], features: usize, settings: Settings) -> Self {
        let mut times = vec![0.0; labels.len()];
        for at in subset {
            times[taken.of[*at as usize] as usize] += 1.0;
        }
        Self {
            lines: Lines::train(&taken.rows, subset, &taken.of, labels.len(), features, settings),
            counts: Counts::train(&taken.rows, subset, &taken.of, labels.len(), features),
            near: Near::new(&taken.rows, subset, &taken.of, labels.len(), features),
            times,
        }
    }
}

/// The fold of each example: families whole, spread by a seeded shuffle.
pub fn folds(examples: &[Example], number: usize) -> Vec<usize> {
    let mut families: Vec<u64> = (0u64..).zip(examples).map(|(at, one)| one.family.unwrap_or(at | 1 << 63)).collect();
    let whose = families.clone();
    families.sort_unstable();
    families.dedup();
    Dice(11).shuffle(&mut families);
    let fold: BTreeMap<u64, usize> = families.into_iter().enumerate().map(|(at, family)| (family, at % number)).collect();
    whose.iter().map(|family| fold[family]).collect()
}
