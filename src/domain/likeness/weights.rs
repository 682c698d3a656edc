//! What each sign of likeness weighs: a logistic model small enough to read.
//!
//! The first weights are set from reason and need no data. Merges and unmerges by moderators move them, within bounds: a sign that
//! speaks for never comes to speak against, and no row of odd decisions turns the whole over.

use serde::{Deserialize, Serialize};

/// The signs, by the names under which they are stored and shown.
pub const FEATURES: [&str; COUNT] = [
    "words",
    "letters",
    "held",
    "subject",
    "other_subject",
    "same_house",
    "near_house",
    "same_street",
    "same_locality",
    "other_house",
    "elsewhere",
    "particulars",
    "other_names",
    "placeless",
    "same_topic",
    "other_group",
    "other_municipality",
    "soon",
    "long_apart",
    "same_author",
    "same_picture",
    "accident",
];

const COUNT: usize = 22;

/// The weights of [`FEATURES`] before anything was learnt, and what stands against all of them.
const FIRST: [f32; COUNT] = [
    4.0, 0.8, 0.6, 0.9, -2.2, 3.2, 2.4, 1.7, 0.4, -3.2, -2.8, 2.8, -1.5, -2.0, 0.7, -1.0, -3.0, 0.9, -2.5, 0.8, 4.5,
    1.6,
];
const FIRST_BIAS: f32 = -4.4;

/// How far a weight may move from where it began, as a share of it, and how far the bias may, in all.
const FURTHEST: f32 = 0.5;
const FURTHEST_BIAS: f32 = 1.0;

/// How strongly the first weights are held: as by this many judged pairs.
const HOLD: f32 = 100.0;

/// How far one judgement moves a weight at most, of a sign that is fully there.
const STEP: f32 = 0.05;

/// The passes of batch learning.
const PASSES: usize = 200;

/// The signs of one pair of complaints, in the order of [`FEATURES`], each from 0 to 1. Kept with a merge or an unmerge, it is what
/// [`Weights::learn`] learns from.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Features(pub(super) [f32; COUNT]);

impl Features {
    /// How much of a sign is there; 0 if there is no sign of that name.
    pub fn get(&self, name: &str) -> f32 {
        FEATURES.iter().position(|feature| *feature == name).map_or(0.0, |at| self.0[at])
    }

    pub(super) fn set(&mut self, name: &str, value: f32) {
        if let Some(at) = FEATURES.iter().position(|feature| *feature == name) {
            self.0[at] = if value.is_finite() { value.clamp(0.0, 1.0) } else { 0.0 };
        }
    }
}

/// What each sign weighs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "Kept", into = "Kept")]
pub struct Weights {
    bias: f32,
    of: [f32; COUNT],
}

impl Default for Weights {
    fn default() -> Self {
        Self { bias: FIRST_BIAS, of: FIRST }
    }
}

impl Weights {
    /// The weight of a sign; 0 if there is no sign of that name.
    pub fn get(&self, name: &str) -> f32 {
        FEATURES.iter().position(|feature| *feature == name).map_or(0.0, |at| self.of[at])
    }

    /// How probable it is that complaints with these signs are about one problem.
    pub fn probability(&self, features: &Features) -> f32 {
        let sum: f32 = self.of.iter().zip(&features.0).map(|(weight, value)| weight * value).sum();
        1.0 / (1.0 + (-(self.bias + sum)).exp())
    }

    /// Takes one judgement in at once: a moderator merged the two, or would not have them merged.
    pub fn correct(&mut self, features: &Features, same: bool) {
        let miss = f32::from(u8::from(same)) - self.probability(features);
        for (weight, value) in self.of.iter_mut().zip(&features.0) {
            *weight += STEP * miss * value;
        }
        self.bias += STEP * miss;
        self.bound();
    }

    /// Learns from all judgements, beginning anew at the first weights: the same judgements give the same weights in whatever order
    /// they come. A true in a judgement says that the two were one problem.
    pub fn learn(&mut self, judged: &[(Features, bool)]) {
        *self = Self::default();
        let rate = 1.0 / (HOLD + judged.len() as f32);
        for _ in 0..PASSES {
            let mut slope = [0.0_f64; COUNT];
            let mut slope_of_bias = 0.0_f64;
            for (features, same) in judged {
                let miss = f32::from(u8::from(*same)) - self.probability(features);
                slope_of_bias += f64::from(miss);
                for (slope, value) in slope.iter_mut().zip(&features.0) {
                    *slope += f64::from(miss * value);
                }
            }
            for ((weight, first), slope) in self.of.iter_mut().zip(&FIRST).zip(&slope) {
                *weight += rate * (*slope as f32 - HOLD * 0.1 * (*weight - first));
            }
            self.bias += rate * (slope_of_bias as f32 - HOLD * 0.1 * (self.bias - FIRST_BIAS));
            self.bound();
        }
    }

    fn bound(&mut self) {
        for (weight, first) in self.of.iter_mut().zip(&FIRST) {
            let room = first.abs() * FURTHEST;
            *weight = if weight.is_finite() { weight.clamp(first - room, first + room) } else { *first };
        }
        let bias = if self.bias.is_finite() { self.bias } else { FIRST_BIAS };
        self.bias = bias.clamp(FIRST_BIAS - FURTHEST_BIAS, FIRST_BIAS + FURTHEST_BIAS);
    }
}

/// Weights as they are stored: by name, so that a sign added later begins with its first weight.
#[derive(Serialize, Deserialize)]
struct Kept {
    bias: f32,
    weights: std::collections::BTreeMap<String, f32>,
}

impl From<Weights> for Kept {
    fn from(weights: Weights) -> Self {
        let named = FEATURES.iter().zip(&weights.of).map(|(name, weight)| ((*name).to_owned(), *weight));
        Self { bias: weights.bias, weights: named.collect() }
    }
}

impl From<Kept> for Weights {
    fn from(kept: Kept) -> Self {
        let mut weights = Self { bias: kept.bias, ..Self::default() };
        for (weight, name) in weights.of.iter_mut().zip(&FEATURES) {
            *weight = kept.weights.get(*name).copied().unwrap_or(*weight);
        }
        weights.bound();
        weights
    }
}
