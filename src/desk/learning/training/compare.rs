//! Whether a new model decides worse than the one in use.
//!
//! What counts is how both decide on the same texts that neither has seen: lessons given since the one in use was trained, a third of them
//! held back from a trial training. Where there are too few of those, or both decide about as well, the figures that each has of its own
//! held-back texts are compared.

use std::collections::BTreeSet;

use super::{Examples, HeldBack, Rival};
use crate::domain::learn::{Example, Known, Model};

/// By what share of right decisions a model may fall behind without being worse: chance moves figures by that much.
const TOLERANCE: f32 = 0.02;

/// The fewest texts on which two models are compared, and the most.
const FEWEST: usize = 20;
const MOST: usize = 1_000;

/// One in so many families of new lessons is held back.
const ONE_IN: u64 = 3;

/// Why the model must not take the rival's place; none if it may.
pub(super) fn worse(model: &Model, rival: &Rival, examples: &Examples<'_>, known: &[Known]) -> Option<String> {
    let version = rival.row.version;
    if let Some((ours, theirs, n)) = on_the_same(rival, examples, known) {
        let gain = (ours as f32 - theirs as f32) / n as f32;
        if gain < -TOLERANCE {
            return Some(format!(
                "rolled back on worse held-back figures: of {n} new texts it had {ours} right, version {version} {theirs}"
            ));
        }
        if gain > TOLERANCE {
            return None;
        }
    }
    // Figures that cannot be read are no reason to stay with what they tell of.
    let theirs = HeldBack::read(&rival.row).ok()?.accuracy;
    let ours = model.held_back().accuracy;
    (ours < theirs - TOLERANCE).then(|| {
        format!("rolled back on worse held-back figures: accuracy {ours:.3}, version {version} had {theirs:.3}")
    })
}

/// How many of the same unseen texts a model without them and the rival decide rightly, and how many there are.
fn on_the_same(rival: &Rival, examples: &Examples<'_>, known: &[Known]) -> Option<(usize, usize, usize)> {
    let new = examples.numbers.iter().zip(&examples.examples).rev().filter(|(n, _)| **n > rival.row.lesson);
    let held: Vec<&Example> = new
        .map(|(_, example)| example)
        .filter(|one| one.family.is_some_and(|of| of % ONE_IN == 0))
        .take(MOST)
        .collect();
    if held.len() < FEWEST {
        return None;
    }
    let theirs = Model::from_bytes(rival.bytes.as_ref()?).ok()?;
    let families: BTreeSet<Option<u64>> = held.iter().map(|one| one.family).collect();
    let rest: Vec<Example> = examples.examples.iter().filter(|one| !families.contains(&one.family)).cloned().collect();
    let trial = Model::train(&rest, known);
    let right = |model: &Model| {
        held.iter().filter(|one| first(model, &one.text).is_some_and(|label| label == one.label)).count()
    };
    Some((right(&trial), right(&theirs), held.len()))
}

fn first(model: &Model, text: &str) -> Option<String> {
    model.rank(text, 1).into_iter().next().map(|ranked| ranked.label)
}
