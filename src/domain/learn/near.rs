//! The nearest decided texts, by cosine.

use super::bytes::{Damaged, Reader, Writer};
use super::rows::Rows;

/// How many neighbours are asked.
const NEIGHBOURS: usize = 10;

/// Features that more texts than this have find no neighbours; the rare ones do.
const COMMON: usize = 2_000;

/// The features of decided texts, by feature.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Near {
    starts: Vec<u32>,
    whose: Vec<u32>,
    values: Vec<f32>,
    labels: Vec<u16>,
}

impl Near {
    /// Remembers the rows of `subset`, whose labels are in `of`.
    pub fn new(rows: &Rows, subset: &[u32], of: &[u16], features: usize) -> Self {
        let mut starts = vec![0u32; features + 1];
        for example in subset {
            for (feature, _) in rows.row(*example as usize) {
                starts[feature + 1] += 1;
            }
        }
        let counts = starts.clone();
        let is_rare = |feature: usize| counts[feature + 1] as usize <= COMMON;
        for at in 1..starts.len() {
            starts[at] = starts[at - 1] + if is_rare(at - 1) { starts[at] } else { 0 };
        }
        let mut next = starts.clone();
        let entries = starts[features] as usize;
        let (mut whose, mut values) = (vec![0; entries], vec![0.0; entries]);
        for (place, example) in (0u32..).zip(subset) {
            for (feature, value) in rows.row(*example as usize).filter(|(feature, _)| is_rare(*feature)) {
                whose[next[feature] as usize] = place;
                values[next[feature] as usize] = value;
                next[feature] += 1;
            }
        }
        Self { starts, whose, values, labels: subset.iter().map(|example| of[*example as usize]).collect() }
    }

    /// How near the nearest texts of each of `labels` labels are.
    pub fn scores(&self, vector: &[(u32, f32)], labels: usize) -> Vec<f32> {
        let mut cosines = vec![0.0f32; self.labels.len()];
        for (feature, value) in vector {
            let range = self.starts[*feature as usize] as usize..self.starts[*feature as usize + 1] as usize;
            for (place, other) in self.whose[range.clone()].iter().zip(&self.values[range]) {
                cosines[*place as usize] += value * other;
            }
        }
        let mut scores = vec![0.0f32; labels];
        for place in nearest(&cosines) {
            scores[self.labels[place as usize] as usize] += cosines[place as usize].powi(3);
        }
        scores.iter().map(|score| score.sqrt()).collect()
    }

    pub fn write(&self, out: &mut Writer) {
        out.list(&self.starts);
        out.list(&self.whose);
        out.list(&self.values);
        out.list(&self.labels);
    }

    pub fn read(bytes: &mut Reader<'_>, labels: usize, features: usize) -> Result<Self, Damaged> {
        let read = Self { starts: bytes.list()?, whose: bytes.list()?, values: bytes.list()?, labels: bytes.list()? };
        let sound = read.starts.len() == features + 1
            && read.starts.is_sorted()
            && read.starts.first() == Some(&0)
            && read.starts.last().is_some_and(|end| *end as usize == read.whose.len())
            && read.values.len() == read.whose.len()
            && read.whose.iter().all(|place| (*place as usize) < read.labels.len())
            && read.labels.iter().all(|label| (*label as usize) < labels);
        if sound { Ok(read) } else { Err(Damaged::Contradiction) }
    }
}

/// The places of the greatest cosines, in their order.
fn nearest(cosines: &[f32]) -> Vec<u32> {
    let mut order: Vec<u32> = (0u32..).zip(cosines).filter(|(_, cosine)| **cosine > 0.0).map(|(at, _)| at).collect();
    if order.len() > NEIGHBOURS {
        let nearer = |a: &u32, b: &u32| cosines[*b as usize].total_cmp(&cosines[*a as usize]).then(a.cmp(b));
        order.select_nth_unstable_by(NEIGHBOURS - 1, nearer);
        order.truncate(NEIGHBOURS);
        order.sort_unstable();
    }
    order
}
