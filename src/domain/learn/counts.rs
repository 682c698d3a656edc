//! Complement naive Bayes: a label is likely when the texts of all the *others* lack what this text has. It ranks rare labels and its
//! own doubts better than a line does.

use super::rows::Rows;

const SMOOTH: f32 = 0.3;

/// What was counted: weight by feature and label, where there is any.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Counts {
    /// By feature: where its entries begin.
    pub starts: Vec<u32>,
    pub of: Vec<u16>,
    pub sums: Vec<f32>,
    /// By feature, over all labels.
    pub totals: Vec<f32>,
    /// By label, over all features.
    pub weights: Vec<f32>,
}

impl Counts {
    pub fn train(rows: &Rows, subset: &[u32], of: &[u16], labels: usize, features: usize) -> Self {
        let mut cells: Vec<std::collections::BTreeMap<u16, f32>> = vec![Default::default(); features];
        for example in subset {
            let label = of[*example as usize];
            for (feature, value) in rows.row(*example as usize) {
                *cells[feature].entry(label).or_default() += value;
            }
        }
        let mut counts = Self { weights: vec![0.0; labels], starts: vec![0], ..Self::default() };
        for cell in cells {
            let mut total = 0.0;
            for (label, sum) in cell {
                counts.of.push(label);
                counts.sums.push(sum);
                counts.weights[label as usize] += sum;
                total += sum;
            }
            counts.totals.push(total);
            counts.starts.push(counts.of.len() as u32);
        }
        counts
    }

    /// How little the other labels have of a vector.
    pub fn scores(&self, vector: impl Iterator<Item = (usize, f32)>) -> Vec<f32> {
        let mut scores = vec![0.0f32; self.weights.len()];
        let mut length = 0.0;
        for (feature, value) in vector {
            length += value;
            let all = self.totals[feature] + SMOOTH;
            let range = self.starts[feature] as usize..self.starts[feature + 1] as usize;
            for (label, sum) in self.of[range.clone()].iter().zip(&self.sums[range]) {
                scores[*label as usize] -= value * ((all - sum).max(SMOOTH * 0.5) / all).ln();
            }
        }
        let whole: f32 = self.weights.iter().sum::<f32>() + SMOOTH * self.totals.len() as f32;
        for (score, weight) in scores.iter_mut().zip(&self.weights) {
            *score += length * ((whole - weight) / whole).max(1e-6).ln();
        }
        scores
    }
}
