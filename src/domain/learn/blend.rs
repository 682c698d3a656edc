//! Several opinions made one probability: a conditional logit, whose few weights are learned from held-back decisions.
//!
//! The probability of a label is proportional to the exponential of the weighted sum of the opinions of it. The weights are shared by
//! all labels, so a few dozen decisions suffice, and a label without a single example has its probability too.

#![allow(clippy::needless_range_loop, reason = "several arrays are walked in step")]

use std::collections::BTreeMap;

use super::bytes::{Damaged, Reader, Writer};

/// How many opinions there are of a label.
pub const OPINIONS: usize = 8;

/// What is thought of one label.
pub type Opinion = [f32; OPINIONS];

/// How far the weights are drawn to where they began, in decisions.
const PULL: f64 = 2.0;

/// Added to the number of decisions on a label, where they are evened.
const SMOOTH: f64 = 5.0;

const STEPS: usize = 30;

/// The weights of the opinions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Blend(pub [f32; OPINIONS]);

/// A held-back decision: what was thought of each label, and which was right.
pub struct Case<const N: usize = OPINIONS> {
    pub opinions: Vec<[f32; N]>,
    pub right: usize,
}

impl Blend {
    /// Learns the weights, from `start`: first which labels go before which, then how sure that is.
    ///
    /// For the former a decision weighs the less the more others have the same label, by `evenness`, a power of their number: at 0 all
    /// weigh the same, and where there are many labels the blend learns above all that frequent ones are frequent.
    pub fn fit(cases: &[Case], start: [f32; OPINIONS], evenness: f64) -> Self {
        let blend = Self(logit(cases, &evened(cases, evenness), start));
        let scored: Vec<Case<1>> = cases.iter().map(|case| case.scored(&blend)).collect();
        let [sure] = logit(&scored, &vec![1.0; cases.len()], [1.0]);
        // A blend that is wrong more often than not would be turned round.
        Self(blend.0.map(|weight| weight * sure.max(0.05)))
    }

    /// The weighted sum of the opinions of one label.
    pub fn score(&self, opinion: &Opinion) -> f32 {
        self.0.iter().zip(opinion).map(|(weight, part)| weight * part).sum()
    }

    /// The probability of each label.
    pub fn probabilities(&self, opinions: &[Opinion]) -> Vec<f32> {
        softmax(opinions.iter().map(|opinion| self.score(opinion)).collect())
    }
}

impl Case {
    fn scored(&self, blend: &Blend) -> Case<1> {
        Case { opinions: self.opinions.iter().map(|opinion| [blend.score(opinion)]).collect(), right: self.right }
    }
}

/// What probabilities come to, held against decisions: their log-odds, stretched and moved. The order stays.
///
/// One scale for all labels cannot calibrate what is proposed first: the blend is too sure of it where labels are many and examples few.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calibration {
    stretch: f32,
    shift: f32,
}

impl Default for Calibration {
    /// Leaves probabilities as they are.
    fn default() -> Self {
        Self { stretch: 1.0, shift: 0.0 }
    }
}

impl Calibration {
    /// Learns from probabilities and whether what they were of was right.
    pub fn fit(seen: impl Iterator<Item = (f32, bool)>) -> Self {
        let case = |(share, right)| Case { opinions: vec![[0.0, 0.0], [odds(share), 1.0]], right: usize::from(right) };
        let cases: Vec<Case<2>> = seen.map(case).collect();
        let [stretch, shift] = logit(&cases, &vec![1.0; cases.len()], [1.0, 0.0]);
        Self { stretch: stretch.max(0.05), shift }
    }

    /// What probabilities that add up to one come to: together no more than one.
    pub fn of(self, mut shares: Vec<f32>) -> Vec<f32> {
        let mut sum = 0.0f32;
        for share in &mut shares {
            *share = 1.0 / (1.0 + (-(self.stretch * odds(*share) + self.shift)).exp());
            sum += *share;
        }
        shares.iter_mut().for_each(|share| *share /= sum.max(1.0));
        shares
    }

    pub fn write(self, out: &mut Writer) {
        out.list(&[self.stretch, self.shift]);
    }

    pub fn read(bytes: &mut Reader<'_>) -> Result<Self, Damaged> {
        let [stretch, shift]: [f32; 2] = bytes.list()?.try_into().map_err(|_| Damaged::Contradiction)?;
        let sound = stretch > 0.0 && stretch.is_finite() && shift.is_finite();
        if sound { Ok(Self { stretch, shift }) } else { Err(Damaged::Contradiction) }
    }
}

/// The log-odds of a probability, of those next to 0 and 1 bounded.
fn odds(share: f32) -> f32 {
    let share = share.clamp(1e-6, 1.0 - 1e-6);
    (share / (1.0 - share)).ln()
}

/// What each decision weighs; one on average.
fn evened(cases: &[Case], evenness: f64) -> Vec<f64> {
    let mut times: BTreeMap<usize, f64> = BTreeMap::new();
    for case in cases {
        *times.entry(case.right).or_default() += 1.0;
    }
    let weights: Vec<f64> = cases.iter().map(|case| (times[&case.right] + SMOOTH).powf(-evenness)).collect();
    let mean = weights.iter().sum::<f64>() / weights.len().max(1) as f64;
    weights.into_iter().map(|weight| weight / mean).collect()
}

/// The weights of a conditional logit, by Newton's method.
fn logit<const N: usize>(cases: &[Case<N>], weighs: &[f64], start: [f32; N]) -> [f32; N] {
    let begun = start.map(f64::from);
    let mut weights = begun;
    for _ in 0..STEPS {
        let (slope, bend) = slope_and_bend(cases, weighs, &weights, &begun);
        let Some(step) = solved(bend, slope) else { break };
        let largest = step.iter().fold(0.0f64, |most, part| most.max(part.abs()));
        // A step too long is taken in part: far from the end the curve is not what it seems.
        let part = if largest > 3.0 { 3.0 / largest } else { 1.0 };
        for (weight, step) in weights.iter_mut().zip(step) {
            *weight -= part * step;
        }
        if largest < 1e-4 {
            break;
        }
    }
    if weights.iter().all(|weight| weight.is_finite()) { weights.map(|weight| weight as f32) } else { start }
}

/// Scores as probabilities.
pub fn softmax(mut scores: Vec<f32>) -> Vec<f32> {
    let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0;
    for score in &mut scores {
        *score = (*score - most).exp();
        sum += *score;
    }
    for score in &mut scores {
        *score /= sum;
    }
    scores
}

/// The slope of the loss and how it bends.
type Slope<const N: usize> = ([f64; N], [[f64; N]; N]);

fn slope_and_bend<const N: usize>(cases: &[Case<N>], weighs: &[f64], weights: &[f64; N], begun: &[f64; N]) -> Slope<N> {
    let mut slope = [0.0; N];
    let mut bend = [[0.0; N]; N];
    for at in 0..N {
        slope[at] = PULL * (weights[at] - begun[at]);
        bend[at][at] = PULL + 1e-6;
    }
    for (case, weighs) in cases.iter().zip(weighs) {
        let score = |opinion: &[f32; N]| opinion.iter().zip(weights).map(|(part, weight)| part * *weight as f32).sum();
        let shares = softmax(case.opinions.iter().map(score).collect());
        let mut mean = [0.0f64; N];
        let mut squares = [[0.0f64; N]; N];
        for (share, opinion) in shares.iter().zip(&case.opinions).filter(|(share, _)| **share >= 1e-7) {
            for a in 0..N {
                let part = f64::from(*share) * f64::from(opinion[a]);
                mean[a] += part;
                for b in 0..=a {
                    squares[a][b] += part * f64::from(opinion[b]);
                }
            }
        }
        for a in 0..N {
            slope[a] += weighs * (mean[a] - f64::from(case.opinions[case.right][a]));
            for b in 0..=a {
                let part = weighs * (squares[a][b] - mean[a] * mean[b]);
                bend[a][b] += part;
                if a != b {
                    bend[b][a] += part;
                }
            }
        }
    }
    (slope, bend)
}

/// The solution of a system of linear equations, by elimination; none if it has no single one.
fn solved<const N: usize>(mut square: [[f64; N]; N], mut right: [f64; N]) -> Option<[f64; N]> {
    for at in 0..N {
        let pivot = (at..N).max_by(|a, b| square[*a][at].abs().total_cmp(&square[*b][at].abs()))?;
        square.swap(at, pivot);
        right.swap(at, pivot);
        if square[at][at].abs() < 1e-12 {
            return None;
        }
        for below in at + 1..N {
            let factor = square[below][at] / square[at][at];
            for column in at..N {
                square[below][column] -= factor * square[at][column];
            }
            right[below] -= factor * right[at];
        }
    }
    for at in (0..N).rev() {
        for after in at + 1..N {
            right[at] -= square[at][after] * right[after];
        }
        right[at] /= square[at][at];
    }
    Some(right)
}
