//! The nearest decided texts, by cosine.

use super::rows::Rows;

/// The features of decided texts, by feature.
#[derive(Debug, Clone, Default)]
pub struct Near {
    starts: Vec<u32>,
    entries: Vec<(u32, f32)>,
    labels: Vec<u16>,
    wide: usize,
}

impl Near {
    pub fn new(rows: &Rows, subset: &[u32], of: &[u16], labels: usize, features: usize) -> Self {
        let mut starts = vec![0u32; features + 1];
        for example in subset {
            for (feature, _) in rows.row(*example as usize) {
                starts[feature + 1] += 1;
            }
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut next = starts.clone();
        let mut entries = vec![(0, 0.0); starts[features] as usize];
        for (place, example) in subset.iter().enumerate() {
            for (feature, value) in rows.row(*example as usize) {
                entries[next[feature] as usize] = (place as u32, value);
                next[feature] += 1;
            }
        }
        Self { starts, entries, labels: subset.iter().map(|example| of[*example as usize]).collect(), wide: labels }
    }

    /// By label: how near its nearest texts are.
    pub fn scores(&self, vector: impl Iterator<Item = (usize, f32)>, most: usize) -> Vec<f32> {
        let mut cosines = vec![0.0f32; self.labels.len()];
        for (feature, value) in vector {
            for (place, other) in &self.entries[self.starts[feature] as usize..self.starts[feature + 1] as usize] {
                cosines[*place as usize] += value * other;
            }
        }
        let mut order: Vec<u32> = (0..cosines.len() as u32).collect();
        let most = most.min(order.len());
        let mut scores = vec![0.0f32; self.wide];
        if most == 0 {
            return scores;
        }
        order.select_nth_unstable_by(most - 1, |a, b| cosines[*b as usize].total_cmp(&cosines[*a as usize]).then(a.cmp(b)));
        order.truncate(most);
        order.sort_unstable();
        for place in order {
            let cosine = cosines[place as usize];
            scores[self.labels[place as usize] as usize] += cosine * cosine * cosine;
        }
        for score in &mut scores {
            *score = score.sqrt();
        }
        scores
    }
}
