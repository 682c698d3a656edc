//! How good decisions were: accuracy, F1, and what could have been decided alone.

use serde::Serialize;

use super::blend::Calibration;
use super::bytes::{Damaged, Reader, Writer};

/// One decision on a text whose right label is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    pub right: String,
    /// The labels proposed, the best first.
    pub proposed: Vec<String>,
    /// The probability of the first.
    pub probability: f32,
}

/// The figures of many decisions. Shares, 0 to 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Figures {
    /// How many decisions.
    pub n: u32,
    /// How many labels are right at least once.
    pub labels: u32,
    pub accuracy: f32,
    pub top3: f32,
    /// The mean F1 of the labels that are right or proposed first at least once.
    pub macro_f1: f32,
    /// The mean F1 weighted by how often each label is right.
    pub weighted_f1: f32,
}

/// What is decided alone from a probability on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Point {
    pub probability: f32,
    /// The share of texts that reach it.
    pub coverage: f32,
    /// The share of right decisions among them.
    pub precision: f32,
}

/// The figures of decisions.
pub fn figures(decisions: &[Decision]) -> Figures {
    let mut of: std::collections::BTreeMap<&str, [f64; 3]> = std::collections::BTreeMap::new();
    let (mut first, mut third) = (0u32, 0u32);
    for decision in decisions {
        let best = decision.proposed.first().map_or("", String::as_str);
        of.entry(&decision.right).or_default()[1] += 1.0;
        of.entry(best).or_default()[2] += 1.0;
        if best == decision.right {
            first += 1;
            of.entry(best).or_default()[0] += 1.0;
        }
        third += u32::from(decision.proposed.iter().take(3).any(|label| *label == decision.right));
    }
    let n = decisions.len().max(1) as f64;
    let f1 = |[both, right, proposed]: &[f64; 3]| 2.0 * both / (right + proposed);
    Figures {
        n: decisions.len() as u32,
        labels: of.values().filter(|counts| counts[1] > 0.0).count() as u32,
        accuracy: (f64::from(first) / n) as f32,
        top3: (f64::from(third) / n) as f32,
        macro_f1: (of.values().map(f1).sum::<f64>() / of.len().max(1) as f64) as f32,
        weighted_f1: (of.values().map(|counts| f1(counts) * counts[1]).sum::<f64>() / n) as f32,
    }
}

/// Coverage and precision at every probability at which they change, the highest probability first.
pub fn curve(decisions: &[Decision]) -> Vec<Point> {
    let mut sure: Vec<(f32, bool)> =
        decisions.iter().map(|one| (one.probability, one.proposed.first() == Some(&one.right))).collect();
    sure.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut points = Vec::new();
    let (mut seen, mut right) = (0.0f32, 0.0f32);
    for same in sure.chunk_by(|a, b| a.0 == b.0) {
        seen += same.len() as f32;
        right += same.iter().filter(|one| one.1).count() as f32;
        points.push(Point { probability: same[0].0, coverage: seen / sure.len() as f32, precision: right / seen });
    }
    points
}

/// The fewest decisions that a threshold may rest on.
const FEWEST: f32 = 20.0;

/// The lowest probability from which decisions were at least so precise, by more than chance; none if there is none.
///
/// Chance is what one standard error makes of it (Wilson's lower bound): a precision seen on thirty decisions promises less than the
/// same on three thousand, and the best of many thresholds flatters itself.
pub fn threshold(points: &[Point], n: u32, precision: f64) -> Option<f32> {
    let enough = |point: &&Point| {
        let seen = point.coverage * n as f32;
        seen >= FEWEST && lower_bound(f64::from(point.precision), f64::from(seen)) >= precision
    };
    points.iter().rev().find(enough).map(|point| point.probability)
}

/// Wilson's lower bound of a share seen `n` times, at one standard error.
fn lower_bound(share: f64, n: f64) -> f64 {
    let middle = share + 0.5 / n;
    let spread = (share * (1.0 - share) / n + 0.25 / (n * n)).sqrt();
    (middle - spread) / (1.0 + 1.0 / n)
}

/// How good decisions were on texts that the model had not seen.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scores {
    curve: Vec<Point>,
    figures: Figures,
    calibration: Calibration,
}

impl Scores {
    /// Of decisions whose probabilities were calibrated so.
    pub(super) fn of(decisions: &[Decision], calibration: Calibration) -> Self {
        Self { curve: curve(decisions), figures: figures(decisions), calibration }
    }

    /// What the probabilities of the blend come to.
    pub(super) fn calibrated(&self, shares: Vec<f32>) -> Vec<f32> {
        self.calibration.of(shares)
    }

    /// The probability from which decisions were at least so precise; none if they never were, or too few were to tell.
    pub fn threshold(&self, precision: f64) -> Option<f32> {
        threshold(&self.curve, self.figures.n, precision)
    }

    /// What share could be decided alone at which precision, the surest first.
    pub fn curve(&self) -> &[Point] {
        &self.curve
    }

    /// The figures.
    pub fn figures(&self) -> &Figures {
        &self.figures
    }

    pub(super) fn write(&self, out: &mut Writer) {
        let points: Vec<f32> =
            self.curve.iter().flat_map(|point| [point.probability, point.coverage, point.precision]).collect();
        out.list(&points);
        let Figures { n, labels, accuracy, top3, macro_f1, weighted_f1 } = self.figures;
        out.list(&[n, labels]);
        out.list(&[accuracy, top3, macro_f1, weighted_f1]);
        self.calibration.write(out);
    }

    pub(super) fn read(bytes: &mut Reader<'_>) -> Result<Self, Damaged> {
        let points: Vec<f32> = bytes.list()?;
        let [n, labels]: [u32; 2] = bytes.list()?.try_into().map_err(|_| Damaged::Contradiction)?;
        let shares: [f32; 4] = bytes.list()?.try_into().map_err(|_| Damaged::Contradiction)?;
        if !points.len().is_multiple_of(3) {
            return Err(Damaged::Contradiction);
        }
        let [accuracy, top3, macro_f1, weighted_f1] = shares;
        let point = |at: &[f32]| Point { probability: at[0], coverage: at[1], precision: at[2] };
        Ok(Self {
            curve: points.chunks_exact(3).map(point).collect(),
            figures: Figures { n, labels, accuracy, top3, macro_f1, weighted_f1 },
            calibration: Calibration::read(bytes)?,
        })
    }
}
