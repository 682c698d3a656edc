//! One line between each label and the others: squared hinge loss by dual coordinate descent.

use rayon::prelude::*;

use super::bytes::{Damaged, Reader, Writer};
use super::rivals::Rivals;
use super::rows::Rows;

/// How many labels are learned before their weights are rounded.
const BATCH: usize = 32;

/// A text is taken not to be of a label until something speaks for it: most examples then need never be touched.
const UNSAID: f32 = -1.0;

/// A step so short that the example is left alone for two rounds.
const ENOUGH: f32 = 2e-3;

/// The scale of a label that was not trained: weights from -8 to 8.
const FRESH: f32 = 1.0 / 4096.0;

/// How the lines are learned.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// What an error costs against the length of the line.
    pub cost: f32,
    pub epochs: usize,
    pub seed: u64,
}

/// What the line of one label is learned from.
struct Taught<'a> {
    label: u16,
    rows: &'a [u32],
    /// The label of every row.
    of: &'a [u16],
}

/// The lines of all labels: sixteen bits a weight, a scale a label.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Lines {
    /// By feature, then label; after the last feature the intercepts.
    weights: Vec<i16>,
    scales: Vec<f32>,
}

impl Lines {
    /// Learns from the rows of `subset`, whose labels are in `of`. A label without examples gets a line that no text reaches.
    ///
    /// A label learns from its own examples and from those that it is a rival of. One label after another, so that its weights stay
    /// in the processor's cache; that is most of the speed.
    pub fn train(
        rows: &Rows,
        subset: &[u32],
        of: &[u16],
        rivals: &Rivals,
        labels: usize,
        features: usize,
        settings: Settings,
    ) -> Self {
        let mut lines = Self { weights: vec![0; (features + 1) * labels], scales: vec![FRESH; labels] };
        lines.weights[features * labels..].fill((UNSAID / FRESH) as i16);
        let asked = rivals.by_label(subset, of, labels);
        let mut order: Vec<u16> = (0u16..).zip(&asked).filter(|(_, rows)| !rows.is_empty()).map(|(at, _)| at).collect();
        // The longest first: the threads end together.
        order.sort_by_key(|label| (std::cmp::Reverse(asked[*label as usize].len()), *label));
        for batch in order.chunks(BATCH) {
            let learn =
                |label: u16| line(rows, &Taught { label, rows: &asked[label as usize], of }, features, settings);
            let mut learned: Vec<(u16, Vec<f32>)> =
                batch.par_iter().with_max_len(1).map(|label| (*label, learn(*label))).collect();
            learned.sort_by_key(|(label, _)| *label);
            lines.set(&learned);
        }
        lines
    }

    fn set(&mut self, learned: &[(u16, Vec<f32>)]) {
        let wide = self.wide();
        let mut inverse = Vec::with_capacity(learned.len());
        for (label, weights) in learned {
            let largest = weights.iter().fold(0.0f32, |most, weight| most.max(weight.abs()));
            // Half of the range is left free for corrections.
            let scale = (largest / 16_000.0).max(f32::MIN_POSITIVE);
            self.scales[*label as usize] = scale;
            inverse.push(1.0 / scale);
        }
        for (feature, weights) in self.weights.chunks_exact_mut(wide.max(1)).enumerate() {
            for ((label, line), inverse) in learned.iter().zip(&inverse) {
                let whole = line[feature] * inverse;
                weights[*label as usize] = (whole + 0.5f32.copysign(whole)) as i16;
            }
        }
    }

    /// How far on its side of each label's line a vector lies.
    pub fn margins(&self, vector: &[(u32, f32)]) -> Vec<f32> {
        let mut sums = vec![0.0f32; self.wide()];
        for (feature, value) in vector.iter().copied().chain([(self.intercept(), 1.0)]) {
            let first = feature as usize * self.wide();
            for (sum, weight) in sums.iter_mut().zip(&self.weights[first..first + self.wide()]) {
                *sum += value * f32::from(*weight);
            }
        }
        sums.iter().zip(&self.scales).map(|(sum, scale)| sum * scale).collect()
    }

    /// What one feature says for a label.
    pub fn weight(&self, feature: u32, label: usize) -> f32 {
        f32::from(self.weights[feature as usize * self.wide() + label]) * self.scales[label]
    }

    /// Moves a label's line so that a vector comes to lie at `margin`.
    pub fn correct(&mut self, vector: &[(u32, f32)], label: usize, margin: f32) {
        let length: f32 = vector.iter().map(|(_, value)| value * value).sum::<f32>() + 1.0;
        let step = (margin - self.margins(vector)[label]) / length / self.scales[label];
        for (feature, value) in vector.iter().copied().chain([(self.intercept(), 1.0)]) {
            let weight = &mut self.weights[feature as usize * self.scales.len() + label];
            *weight = (f32::from(*weight) + step * value).round() as i16;
        }
    }

    /// Makes room for one more label, which nothing speaks for yet.
    pub fn widen(&mut self) {
        let (old, features) = (self.wide(), self.weights.len().checked_div(self.wide()).unwrap_or(1));
        let mut weights = Vec::with_capacity(features * (old + 1));
        for feature in 0..features {
            weights.extend_from_slice(&self.weights[feature * old..(feature + 1) * old]);
            weights.push(if feature + 1 == features { (UNSAID / FRESH) as i16 } else { 0 });
        }
        self.weights = weights;
        self.scales.push(FRESH);
    }

    fn wide(&self) -> usize {
        self.scales.len()
    }

    fn intercept(&self) -> u32 {
        (self.weights.len().checked_div(self.wide()).unwrap_or(1) - 1) as u32
    }

    pub fn write(&self, out: &mut Writer) {
        out.list(&self.weights);
        out.list(&self.scales);
    }

    pub fn read(bytes: &mut Reader<'_>, labels: usize, features: usize) -> Result<Self, Damaged> {
        let read = Self { weights: bytes.list()?, scales: bytes.list()? };
        let sound = read.scales.len() == labels && labels.checked_mul(features + 1) == Some(read.weights.len());
        if sound { Ok(read) } else { Err(Damaged::Contradiction) }
    }
}

/// The line of one label, by feature; after the last feature the intercept.
fn line(rows: &Rows, taught: &Taught<'_>, features: usize, settings: Settings) -> Vec<f32> {
    let mut weights = vec![0.0f32; features + 1];
    weights[features] = UNSAID;
    let slack = 0.5 / settings.cost;
    let lengths: Vec<f32> = taught.rows.iter().map(|row| rows.square(*row as usize) + 1.0 + slack).collect();
    let mut alphas = vec![0.0f32; taught.rows.len()];
    let mut idle = vec![0u8; taught.rows.len()];
    let mut order: Vec<u32> = (0u32..).zip(taught.rows).map(|(at, _)| at).collect();
    let mut dice = Dice(settings.seed);
    for _ in 0..settings.epochs {
        dice.shuffle(&mut order);
        for at in &order {
            let at = *at as usize;
            if idle[at] > 0 {
                idle[at] -= 1;
                continue;
            }
            let row = taught.rows[at] as usize;
            let side = if taught.of[row] == taught.label { 1.0 } else { -1.0 };
            let slope = side * (rows.dot(row, &weights) + weights[features]) - 1.0 + slack * alphas[at];
            let next = (alphas[at] - slope / lengths[at]).max(0.0);
            let step = next - alphas[at];
            alphas[at] = next;
            if step.abs() <= ENOUGH {
                idle[at] = 2;
            } else {
                rows.add(row, side * step, &mut weights);
                weights[features] += side * step;
            }
        }
    }
    weights
}

/// A seeded generator: the same seed, the same order (xorshift64*).
pub struct Dice(pub u64);

impl Dice {
    pub fn throw(&mut self) -> u64 {
        self.0 |= u64::from(self.0 == 0);
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        ((u128::from(self.throw()) * limit as u128) >> 64) as usize
    }

    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.below(at + 1));
        }
    }
}
