//! Which labels a text could be mistaken for. A line between two subjects that share no words need not be learned.

use rayon::prelude::*;

use super::counts::Counts;
use super::opinions::best;
use super::rows::Rows;

/// The likeliest labels of each text, by what was counted.
#[derive(Debug)]
pub struct Rivals {
    labels: Vec<u16>,
    /// How many each text has; none where every label is one.
    each: Option<usize>,
}

impl Rivals {
    /// Every label is one of every text.
    pub fn all() -> Self {
        Self { labels: Vec::new(), each: None }
    }

    /// The `most` likeliest labels of each row, where there are so many.
    pub fn of(rows: &Rows, counts: &Counts, most: usize) -> Self {
        let mut labels = vec![0; rows.len() * most];
        labels.par_chunks_mut(most).enumerate().for_each(|(at, own)| {
            let found = best(&counts.scores(&rows.vector(at)), most);
            own.iter_mut().zip(found).for_each(|(own, label)| *own = label as u16);
        });
        Self { labels, each: Some(most) }
    }

    /// The rows that each label is learned from: its own, and those it is a rival of. None for a label without own ones.
    pub fn by_label(&self, subset: &[u32], of: &[u16], labels: usize) -> Vec<Vec<u32>> {
        let mut known = vec![false; labels];
        for row in subset {
            if let Some(known) = known.get_mut(of[*row as usize] as usize) {
                *known = true;
            }
        }
        let Some(each) = self.each else {
            return known.into_iter().map(|known| if known { subset.to_vec() } else { Vec::new() }).collect();
        };
        let mut found = vec![Vec::new(); labels];
        for row in subset {
            let own = of[*row as usize];
            let first = *row as usize * each;
            let others = self.labels[first..first + each].iter().filter(|label| **label != own);
            for label in others.chain([&own]).filter(|label| known.get(**label as usize).is_some_and(|known| *known)) {
                found[*label as usize].push(*row);
            }
        }
        found
    }
}
