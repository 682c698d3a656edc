//! One line between each label and the others: squared hinge loss by dual coordinate descent.

#![allow(clippy::needless_range_loop, reason = "several arrays are walked in step")]

use super::bytes::{Damaged, Reader, Writer};
use super::rows::Rows;

/// How many labels are learned side by side.
pub const BLOCK: usize = 32;

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
    pub threads: usize,
    pub seed: u64,
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
    pub fn train(rows: &Rows, subset: &[u32], of: &[u16], labels: usize, features: usize, settings: Settings) -> Self {
        let mut lines = Self { weights: vec![0; (features + 1) * labels], scales: vec![FRESH; labels] };
        lines.weights[features * labels..].fill((-1.0 / FRESH) as i16);
        let mut taught: Vec<u16> = subset.iter().map(|example| of[*example as usize]).collect();
        taught.sort_unstable();
        taught.dedup();
        taught.retain(|label| (*label as usize) < labels);
        let blocks: Vec<&[u16]> = taught.chunks(BLOCK).collect();
        for batch in blocks.chunks(settings.threads.max(1)) {
            let learned: Vec<Vec<[f32; BLOCK]>> = std::thread::scope(|scope| {
                let begun: Vec<_> = batch
                    .iter()
                    .map(|block| scope.spawn(|| train_block(rows, subset, of, block, features, settings)))
                    .collect();
                begun.into_iter().map(|thread| thread.join().unwrap_or_default()).collect()
            });
            for (block, weights) in batch.iter().zip(learned) {
                lines.set(block, &weights);
            }
        }
        lines
    }

    fn set(&mut self, block: &[u16], learned: &[[f32; BLOCK]]) {
        let mut largest = [0.0f32; BLOCK];
        for row in learned {
            for (most, weight) in largest.iter_mut().zip(row) {
                *most = most.max(weight.abs());
            }
        }
        // Half of the range is left free for corrections.
        let scales = largest.map(|largest| (largest / 16_000.0).max(f32::MIN_POSITIVE));
        for (label, scale) in block.iter().zip(scales) {
            self.scales[*label as usize] = scale;
        }
        let inverse = scales.map(|scale| 1.0 / scale);
        let wide = self.wide();
        for (row, weights) in learned.iter().enumerate() {
            for (at, label) in block.iter().enumerate() {
                let whole = weights[at] * inverse[at];
                self.weights[row * wide + *label as usize] = (whole + 0.5f32.copysign(whole)) as i16;
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
            weights.push(if feature + 1 == features { (-1.0 / FRESH) as i16 } else { 0 });
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

fn train_block(
    rows: &Rows,
    subset: &[u32],
    of: &[u16],
    block: &[u16],
    features: usize,
    settings: Settings,
) -> Vec<[f32; BLOCK]> {
    let mut weights = vec![[0.0f32; BLOCK]; features + 1];
    // A text is taken not to be of a label until something speaks for it: most examples then need never be touched.
    weights[features] = [-1.0; BLOCK];
    let mut idle = vec![0u8; subset.len()];
    let mut alphas = vec![[0.0f32; BLOCK]; subset.len()];
    let slack = 0.5 / settings.cost;
    let mut order: Vec<u32> = (0..subset.len() as u32).collect();
    let mut dice = Dice(settings.seed);
    let mut row: Vec<(usize, f32)> = Vec::new();
    for _ in 0..settings.epochs {
        dice.shuffle(&mut order);
        for at in &order {
            let at = *at as usize;
            if idle[at] > 0 {
                idle[at] -= 1;
                continue;
            }
            let example = subset[at] as usize;
            row.clear();
            row.extend(rows.row(example));
            row.push((features, 1.0));
            let own = block.binary_search(&of[example]).unwrap_or(BLOCK);
            let mut sums = [0.0f32; BLOCK];
            let mut length = slack;
            for (feature, value) in &row {
                length += value * value;
                for (sum, weight) in sums.iter_mut().zip(&weights[*feature]) {
                    *sum += value * weight;
                }
            }
            let alpha = &mut alphas[at];
            let mut steps = [0.0f32; BLOCK];
            let mut moved = 0.0f32;
            for label in 0..BLOCK {
                let side = if label == own { 1.0 } else { -1.0 };
                let slope = side * sums[label] - 1.0 + slack * alpha[label];
                let next = (alpha[label] - slope / length).max(0.0);
                steps[label] = (next - alpha[label]) * side;
                moved = moved.max((next - alpha[label]).abs());
                alpha[label] = next;
            }
            if moved <= ENOUGH {
                idle[at] = 2;
            } else {
                for (feature, value) in &row {
                    for (weight, step) in weights[*feature].iter_mut().zip(&steps) {
                        *weight += value * step;
                    }
                }
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
