//! One line between each label and the others: squared hinge loss by dual coordinate descent.

use super::rows::Rows;

/// How many labels are learned side by side.
pub const BLOCK: usize = 32;

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
    /// How many labels there is room for.
    pub wide: usize,
    /// By feature, then label; after the last feature the intercepts.
    pub weights: Vec<i16>,
    pub scales: Vec<f32>,
}

impl Lines {
    /// Learns from the rows of `subset`, whose labels are in `of`.
    pub fn train(rows: &Rows, subset: &[u32], of: &[u16], labels: usize, features: usize, settings: Settings) -> Self {
        let blocks = labels.div_ceil(BLOCK);
        let wide = labels;
        let mut lines = Self { wide, weights: vec![0; (features + 1) * wide], scales: vec![1.0; labels] };
        let mut first = 0;
        while first < blocks {
            let batch: Vec<usize> = (first..blocks.min(first + settings.threads.max(1))).collect();
            let learned: Vec<Vec<[f32; BLOCK]>> = std::thread::scope(|scope| {
                let begun: Vec<_> = batch
                    .iter()
                    .map(|block| scope.spawn(|| train_block(rows, subset, of, *block, features, settings)))
                    .collect();
                begun.into_iter().map(|thread| thread.join().unwrap_or_default()).collect()
            });
            for (block, weights) in batch.iter().zip(learned) {
                lines.set(block * BLOCK, &weights);
            }
            first += batch.len();
        }
        lines
    }

    fn set(&mut self, first: usize, learned: &[[f32; BLOCK]]) {
        for label in first..(first + BLOCK).min(self.wide) {
            let largest = learned.iter().fold(0.0f32, |most, row| most.max(row[label - first].abs()));
            let scale = (largest / 16_000.0).max(f32::MIN_POSITIVE);
            self.scales[label] = scale;
            for (row, weights) in learned.iter().enumerate() {
                self.weights[row * self.wide + label] = (weights[label - first] / scale).round() as i16;
            }
        }
    }

    /// How far on its side of each label's line a vector lies.
    pub fn margins(&self, vector: impl Iterator<Item = (usize, f32)>) -> Vec<f32> {
        let mut sums = vec![0.0f32; self.wide];
        let intercept = self.weights.len() / self.wide.max(1) - 1;
        for (feature, value) in vector.chain(std::iter::once((intercept, 1.0))) {
            let weights = &self.weights[feature * self.wide..(feature + 1) * self.wide];
            for (sum, weight) in sums.iter_mut().zip(weights) {
                *sum += value * f32::from(*weight);
            }
        }
        sums.iter().zip(&self.scales).map(|(sum, scale)| sum * scale).collect()
    }
}

fn train_block(rows: &Rows, subset: &[u32], of: &[u16], block: usize, features: usize, settings: Settings) -> Vec<[f32; BLOCK]> {
    let first = block * BLOCK;
    let mut weights = vec![[0.0f32; BLOCK]; features + 1];
    let mut alphas = vec![[0.0f32; BLOCK]; subset.len()];
    let slack = 0.5 / settings.cost;
    let mut order: Vec<u32> = (0..subset.len() as u32).collect();
    let mut dice = Dice(settings.seed);
    let mut row: Vec<(usize, f32)> = Vec::new();
    for _ in 0..settings.epochs {
        dice.shuffle(&mut order);
        for at in &order {
            let at = *at as usize;
            let example = subset[at] as usize;
            row.clear();
            row.extend(rows.row(example));
            row.push((features, 1.0));
            let own = (of[example] as usize).wrapping_sub(first);
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
            if moved > 1e-6 {
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
    pub fn next(&mut self) -> u64 {
        self.0 |= u64::from(self.0 == 0);
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        ((u128::from(self.next()) * limit as u128) >> 64) as usize
    }

    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.below(at + 1));
        }
    }
}
