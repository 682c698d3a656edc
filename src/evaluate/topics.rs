//! Groups, topics and executors: how often they are right, and how many could be decided alone.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::Serialize;

use super::measure;
use crate::commands::Failed;
use crate::domain::learn::{Decision, Example, Figures, figures, folds};
use crate::train::{self, Decided, Names, Target, Trained};

/// In how many parts a file is scored by itself.
const FOLDS: usize = 5;

/// How many labels are proposed.
const PROPOSED: usize = 3;

/// The precisions wanted of what is decided alone.
const WANTED: [f64; 2] = [0.95, 0.9];

/// The figures of one file.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// How it was scored.
    pub method: String,
    pub targets: Vec<Scored>,
    /// The time to learn all targets, once.
    pub training_seconds: f64,
}

/// The figures of one target.
#[derive(Debug, Clone, Serialize)]
pub struct Scored {
    pub target: Target,
    #[serde(flatten)]
    pub figures: Figures,
    /// What could be decided alone, by the precision wanted.
    pub alone: Vec<Alone>,
    /// Milliseconds a text: the median, and what 95 % do not exceed.
    pub ms_p50: f64,
    pub ms_p95: f64,
}

/// What could be decided alone, from a probability that only the texts learned from determined.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Alone {
    pub wanted: f64,
    pub coverage: f64,
    /// The precision then seen; none if nothing was decided alone.
    pub precision: Option<f64>,
}

/// What was seen of one target.
#[derive(Default)]
struct Seen {
    decisions: Vec<Decision>,
    times: Vec<Duration>,
    /// By wanted precision: how many were decided alone, and how many of these rightly.
    alone: [(u32, u32); WANTED.len()],
}

/// Scores a file: learned from `train`, or, if that is empty, from the other parts of the file itself.
///
/// # Errors
/// When a file cannot be read.
pub fn evaluate(file: &Path, train: &[PathBuf], city: Option<&Path>) -> Result<Report, Failed> {
    let mut asked = train::read(file)?;
    let mut learned = Vec::new();
    for path in train {
        learned.extend(train::read(path)?);
    }
    let names = train::names(city, if train.is_empty() { &asked } else { &learned })?;
    if let Some(names) = &names {
        names.unify(&mut asked);
        names.unify(&mut learned);
    }
    let mut scoring = Scoring { names, seen: Default::default(), training: Duration::ZERO };
    if train.is_empty() {
        let families: Vec<Example> =
            asked.iter().map(|one| Example { family: Some(one.family), ..Example::default() }).collect();
        let fold = folds(&families, FOLDS);
        for out in 0..FOLDS {
            let side = |held: bool| {
                asked.iter().zip(&fold).filter(move |(_, fold)| (**fold == out) == held).map(|(one, _)| one)
            };
            scoring.score(&side(false).collect::<Vec<_>>(), side(true));
        }
        scoring.training /= FOLDS as u32;
    } else {
        scoring.score(&learned.iter().collect::<Vec<_>>(), asked.iter());
    }
    let method = if train.is_empty() {
        format!("{FOLDS}-fold cross-validation, families whole")
    } else {
        format!("learned from {} texts", learned.len())
    };
    Ok(scoring.report(method))
}

struct Scoring {
    names: Option<Names>,
    seen: [Seen; Target::ALL.len()],
    training: Duration,
}

impl Scoring {
    fn score<'a>(&mut self, learned: &[&Decided], asked: impl Iterator<Item = &'a Decided>) {
        let begun = Instant::now();
        let trained = Trained::of(learned, self.names.as_ref());
        self.training += begun.elapsed();
        let from = Target::ALL
            .map(|target| WANTED.map(|wanted| trained.scores(target).and_then(|scores| scores.threshold(wanted))));
        for one in asked {
            for (seen, (target, from)) in self.seen.iter_mut().zip(Target::ALL.into_iter().zip(from)) {
                if let Some(right) = one.label(target) {
                    seen.decide(&trained, target, one, right, from);
                }
            }
        }
    }

    fn report(self, method: String) -> Report {
        let targets = Target::ALL.into_iter().zip(self.seen).filter(|(_, seen)| !seen.decisions.is_empty());
        let targets = targets.map(|(target, seen)| seen.scored(target)).collect();
        Report { method, targets, training_seconds: self.training.as_secs_f64() }
    }
}

impl Seen {
    fn decide(
        &mut self,
        trained: &Trained,
        target: Target,
        one: &Decided,
        right: &str,
        from: [Option<f32>; WANTED.len()],
    ) {
        let begun = Instant::now();
        let ranked = trained.rank(target, one, PROPOSED);
        self.times.push(begun.elapsed());
        let probability = ranked.first().map_or(0.0, |(_, probability)| *probability);
        let is_right = ranked.first().is_some_and(|(label, _)| label == right);
        for (alone, from) in self.alone.iter_mut().zip(from) {
            if from.is_some_and(|from| probability >= from) {
                alone.0 += 1;
                alone.1 += u32::from(is_right);
            }
        }
        let proposed = ranked.into_iter().map(|(label, _)| label).collect();
        self.decisions.push(Decision { right: right.to_owned(), proposed, probability });
    }

    fn scored(self, target: Target) -> Scored {
        let n = self.decisions.len() as f64;
        let alone = WANTED.into_iter().zip(self.alone).map(|(wanted, (decided, right))| Alone {
            wanted,
            coverage: f64::from(decided) / n,
            precision: (decided > 0).then(|| f64::from(right) / f64::from(decided)),
        });
        let (ms_p50, ms_p95) = measure::quantiles(self.times);
        Scored { target, figures: figures(&self.decisions), alone: alone.collect(), ms_p50, ms_p95 }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "  {}; {:.1} s to learn", self.method, self.training_seconds)?;
        let heads = ["n", "labels", "accuracy", "top-3", "macro-F1", "weighted-F1"];
        write!(f, "  {:9}", "target")?;
        for head in heads {
            write!(f, " {head:>11}")?;
        }
        for wanted in WANTED {
            write!(f, " {:>15}", format!("cov {:.0} % (seen)", wanted * 100.0))?;
        }
        writeln!(f, " {:>8} {:>8}", "ms p50", "ms p95")?;
        self.targets.iter().try_for_each(|one| write!(f, "{one}"))
    }
}

impl fmt::Display for Scored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Figures { n, labels, accuracy, top3, macro_f1, weighted_f1 } = self.figures;
        write!(f, "  {:9} {n:>11} {labels:>11}", self.target.column())?;
        for share in [accuracy, top3, macro_f1, weighted_f1] {
            write!(f, " {share:>11.3}")?;
        }
        for alone in &self.alone {
            let seen = alone.precision.map_or_else(|| "-".to_owned(), |seen| format!("{seen:.2}"));
            write!(f, " {:>15}", format!("{:.1} % ({seen})", alone.coverage * 100.0))?;
        }
        writeln!(f, " {:>8.2} {:>8.2}", self.ms_p50, self.ms_p95)
    }
}
