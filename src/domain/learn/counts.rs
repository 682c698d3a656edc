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
        let mut cells: Vec<(u32, u16, f32)> = Vec::new();
        let mut sorted = 0;
        for example in subset {
            let label = of[*example as usize];
            cells.extend(rows.row(*example as usize).map(|(feature, value)| (feature as u32, label, value)));
            // Long lists are summed up now and then, lest they hold every entry of every text.
            if cells.len() > 2 * sorted + 4_000_000 {
                sum_up(&mut cells);
                sorted = cells.len();
            }
        }
        sum_up(&mut cells);
        Self::of_cells(&cells, labels, features)
    }

    fn of_cells(cells: &[(u32, u16, f32)], labels: usize, features: usize) -> Self {
        let mut own = vec![0.0f32; labels];
        for (_, label, sum) in cells {
            own[*label as usize] += sum;
        }
        let whole = own.iter().sum::<f32>() + SMOOTH * features as f32;
        let bases = own.iter().map(|own| ((whole - own) / whole).max(1e-6).ln()).collect();
        let mut counts = Self { starts: vec![0; features + 1], bases, ..Self::default() };
        for same in cells.chunk_by(|a, b| a.0 == b.0) {
            let all = same.iter().map(|cell| cell.2).sum::<f32>() + SMOOTH;
            for (_, label, sum) in same {
                counts.of.push(*label);
                counts.weights.push(-((all - sum).max(SMOOTH / 2.0) / all).ln());
            }
            counts.starts[same[0].0 as usize + 1] = same.len() as u32;
        }
        for at in 1..counts.starts.len() {
            counts.starts[at] += counts.starts[at - 1];
        }
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

/// One entry for each feature and label, in their order.
fn sum_up(cells: &mut Vec<(u32, u16, f32)>) {
    cells.sort_by_key(|cell| (cell.0, cell.1));
    cells.dedup_by(|next, kept| {
        let same = (next.0, next.1) == (kept.0, kept.1);
        if same {
            kept.2 += next.2;
        }
        same
    });
}
