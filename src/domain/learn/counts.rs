//! Complement naive Bayes: a label is likely when the texts of all the *others* lack what this text has. It ranks rare labels and
//! its own doubts better than a line does.

use super::bytes::{Damaged, Reader, Writer};
use super::rows::Rows;

/// Added to every count.
const SMOOTH: f32 = 0.3;

/// What was counted, as weights: by feature, for the labels that have it at all.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Counts {
    /// Where the entries of each feature begin, and where the last ones end.
    starts: Vec<u32>,
    of: Vec<u16>,
    weights: Vec<f32>,
    /// What a text loses for each label, by its length.
    bases: Vec<f32>,
}

impl Counts {
    /// Counts the rows of `subset`, whose labels are in `of`.
    pub fn train(rows: &Rows, subset: &[u32], of: &[u16], labels: usize, features: usize) -> Self {
        let mut own: Vec<Vec<u32>> = vec![Vec::new(); labels];
        subset.iter().for_each(|example| own[of[*example as usize] as usize].push(*example));
        let mut starts = vec![0u32; features + 1];
        let mut all = vec![0.0f32; features];
        let mut sums = Sums::new(features);
        // Twice the same: first how many entries each feature has, then the entries.
        for examples in &own {
            sums.of(rows, examples, |feature, sum| {
                starts[feature + 1] += 1;
                all[feature] += sum;
            });
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let whole = all.iter().sum::<f32>() + SMOOTH * features as f32;
        let entries = starts[features] as usize;
        let mut counts = Self { of: vec![0; entries], weights: vec![0.0; entries], ..Self::default() };
        let mut next = starts.clone();
        for (label, examples) in (0u16..).zip(&own) {
            let mut length = 0.0;
            sums.of(rows, examples, |feature, sum| {
                let place = next[feature] as usize;
                next[feature] += 1;
                let all = all[feature] + SMOOTH;
                counts.of[place] = label;
                counts.weights[place] = -((all - sum).max(SMOOTH / 2.0) / all).ln();
                length += sum;
            });
            counts.bases.push(((whole - length) / whole).max(1e-6).ln());
        }
        counts.starts = starts;
        counts
    }

    /// How little the other labels have of a vector.
    pub fn scores(&self, vector: &[(u32, f32)]) -> Vec<f32> {
        let length: f32 = vector.iter().map(|(_, value)| value).sum();
        let mut scores: Vec<f32> = self.bases.iter().map(|base| length * base).collect();
        for (feature, value) in vector {
            let range = self.starts[*feature as usize] as usize..self.starts[*feature as usize + 1] as usize;
            for (label, weight) in self.of[range.clone()].iter().zip(&self.weights[range]) {
                scores[*label as usize] += value * weight;
            }
        }
        scores
    }

    /// Makes room for one more label, which nothing was counted for.
    pub fn widen(&mut self) {
        self.bases.push(0.0);
    }

    pub fn write(&self, out: &mut Writer) {
        out.list(&self.starts);
        out.list(&self.of);
        out.list(&self.weights);
        out.list(&self.bases);
    }

    pub fn read(bytes: &mut Reader<'_>, labels: usize, features: usize) -> Result<Self, Damaged> {
        let read = Self { starts: bytes.list()?, of: bytes.list()?, weights: bytes.list()?, bases: bytes.list()? };
        let sound = read.starts.len() == features + 1
            && read.starts.is_sorted()
            && read.starts.first() == Some(&0)
            && read.starts.last().is_some_and(|end| *end as usize == read.of.len())
            && read.weights.len() == read.of.len()
            && read.bases.len() == labels
            && read.of.iter().all(|label| (*label as usize) < labels);
        if sound { Ok(read) } else { Err(Damaged::Contradiction) }
    }
}

/// Sums of rows, by feature.
struct Sums {
    sums: Vec<f32>,
    touched: Vec<u32>,
}

impl Sums {
    fn new(features: usize) -> Self {
        Self { sums: vec![0.0; features], touched: Vec::new() }
    }

    /// Tells the sum of each feature that the examples have.
    fn of(&mut self, rows: &Rows, examples: &[u32], mut told: impl FnMut(usize, f32)) {
        for example in examples {
            for (feature, value) in rows.row(*example as usize).filter(|(_, value)| *value > 0.0) {
                if self.sums[feature] == 0.0 {
                    self.touched.push(feature as u32);
                }
                self.sums[feature] += value;
            }
        }
        for feature in self.touched.drain(..) {
            told(feature as usize, std::mem::take(&mut self.sums[feature as usize]));
        }
    }
}
