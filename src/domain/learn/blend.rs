//! Several opinions made one probability: a conditional logit, whose few weights are learned from held-back decisions.
//!
//! The probability of a label is proportional to the exponential of the weighted sum of the opinions of it. The weights are shared by
//! all labels, so a few dozen decisions suffice, and a label without a single example has its probability too.

#![allow(clippy::needless_range_loop, reason = "several arrays are walked in step")]

/// How many opinions there are of a label.
pub const OPINIONS: usize = 8;

/// What is thought of one label.
pub type Opinion = [f32; OPINIONS];

/// How far the weights are drawn to where they began, in decisions.
const PULL: f64 = 2.0;

const STEPS: usize = 30;

/// The weights of the opinions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Blend(pub [f32; OPINIONS]);

/// A held-back decision: what was thought of each label, and which was right.
pub struct Case {
    pub opinions: Vec<Opinion>,
    pub right: usize,
}

impl Blend {
    /// Learns the weights by Newton's method, from `start`.
    pub fn fit(cases: &[Case], start: [f32; OPINIONS]) -> Self {
        let mut weights: [f64; OPINIONS] = start.map(f64::from);
        let begun = weights;
        for _ in 0..STEPS {
            let (slope, bend) = slope_and_bend(cases, &weights, &begun);
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
        if weights.iter().all(|weight| weight.is_finite()) {
            Self(weights.map(|weight| weight as f32))
        } else {
            Self(start)
        }
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

type Square = [[f64; OPINIONS]; OPINIONS];

fn slope_and_bend(cases: &[Case], weights: &[f64; OPINIONS], begun: &[f64; OPINIONS]) -> ([f64; OPINIONS], Square) {
    let mut slope = [0.0; OPINIONS];
    let mut bend = [[0.0; OPINIONS]; OPINIONS];
    for at in 0..OPINIONS {
        slope[at] = PULL * (weights[at] - begun[at]);
        bend[at][at] = PULL + 1e-6;
    }
    let blend = Blend(weights.map(|weight| weight as f32));
    for case in cases {
        let shares = blend.probabilities(&case.opinions);
        let mut mean = [0.0f64; OPINIONS];
        let mut squares = [[0.0f64; OPINIONS]; OPINIONS];
        for (share, opinion) in shares.iter().zip(&case.opinions) {
            if *share < 1e-7 {
                continue;
            }
            let share = f64::from(*share);
            for a in 0..OPINIONS {
                let part = share * f64::from(opinion[a]);
                mean[a] += part;
                for b in 0..=a {
                    squares[a][b] += part * f64::from(opinion[b]);
                }
            }
        }
        for a in 0..OPINIONS {
            slope[a] += mean[a] - f64::from(case.opinions[case.right][a]);
            for b in 0..=a {
                let part = squares[a][b] - mean[a] * mean[b];
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
fn solved(mut square: Square, mut right: [f64; OPINIONS]) -> Option<[f64; OPINIONS]> {
    for at in 0..OPINIONS {
        let pivot = (at..OPINIONS).max_by(|a, b| square[*a][at].abs().total_cmp(&square[*b][at].abs()))?;
        square.swap(at, pivot);
        right.swap(at, pivot);
        if square[at][at].abs() < 1e-12 {
            return None;
        }
        for below in at + 1..OPINIONS {
            let factor = square[below][at] / square[at][at];
            for column in at..OPINIONS {
                square[below][column] -= factor * square[at][column];
            }
            right[below] -= factor * right[at];
        }
    }
    for at in (0..OPINIONS).rev() {
        for after in at + 1..OPINIONS {
            right[at] -= square[at][after] * right[after];
        }
        right[at] /= square[at][at];
    }
    Some(right)
}
