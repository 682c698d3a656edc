//! What a text is made of, as a learner sees it: words and their pairs, and pieces of words.
//!
//! A term is known by a hash of [`KEY_BITS`] bits and by nothing else, so no text can be read back from a model. Two terms that
//! share a key are one to the learner; at the sizes of a city that costs nothing measurable.

use crate::domain::text::{fold, stem, words};

/// How many bits of a term's hash are kept.
pub const KEY_BITS: u32 = 22;

/// A text's length, in characters, beyond which it is not read: the longest complaints repeat themselves.
const LONGEST: usize = 6000;

/// What kind of term it is; each kind has the same say in a text, however many terms it has of it.
pub const KINDS: usize = 2;
const WORD: u8 = 0;
const PIECE: u8 = 1;

/// A term of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Term {
    pub key: u32,
    pub kind: u8,
    /// Which word of the text it is of.
    pub word: u32,
}

/// A text taken apart.
#[derive(Debug, Clone, Default)]
pub struct Parts {
    pub words: Vec<String>,
    pub terms: Vec<Term>,
}

/// The words of a text, folded, and its terms in their order.
pub fn parts(text: &str) -> Parts {
    let folded = fold(text);
    let end = folded.char_indices().nth(LONGEST).map_or(folded.len(), |(end, _)| end);
    let mut parts = Parts::default();
    let mut before: [Option<u64>; 2] = [None, None];
    let mut letters: Vec<u64> = Vec::new();
    for (place, word) in (0u32..).zip(words(&folded[..end])) {
        let whole = hash(1, word.chars().map(code));
        parts.push(WORD, place, whole);
        let stemmed = hash(2, stem(word).chars().map(code));
        parts.push(WORD, place, stemmed);
        if let Some(previous) = before[1] {
            parts.push(WORD, place, mix(mix(3, previous), stemmed));
        }
        if let Some(previous) = before[0] {
            parts.push(WORD, place, mix(mix(4, previous), stemmed));
        }
        before = [before[1], Some(stemmed)];
        letters.clear();
        letters.push(u64::from(u32::from(' ')));
        letters.extend(word.chars().map(code));
        letters.push(u64::from(u32::from(' ')));
        for length in 3..=5 {
            for piece in letters.windows(length) {
                parts.push(PIECE, place, hash(5, piece.iter().copied()));
            }
        }
        parts.words.push(word.to_owned());
    }
    parts
}

/// Digits are one: which house it is says nothing of the trouble.
fn code(c: char) -> u64 {
    u64::from(if c.is_ascii_digit() { u32::from('0') } else { u32::from(c) })
}

impl Parts {
    /// The different terms, each by its key and the latter kind of it.
    pub fn different(&self) -> Vec<(u32, u8)> {
        let mut found: Vec<(u32, u8)> = self.terms.iter().map(|term| (term.key, term.kind)).collect();
        found.sort_unstable_by(|a, b| b.cmp(a));
        found.dedup_by_key(|(key, _)| *key);
        found
    }

    fn push(&mut self, kind: u8, word: u32, hash: u64) {
        let key = u32::try_from(finish(hash) >> (64 - KEY_BITS)).unwrap_or(0);
        self.terms.push(Term { key, kind, word });
    }
}

fn hash(seed: u64, codes: impl Iterator<Item = u64>) -> u64 {
    codes.fold(seed, mix)
}

fn mix(hash: u64, code: u64) -> u64 {
    (hash.rotate_left(5) ^ code).wrapping_mul(0x517c_c1b7_2722_0a95)
}

fn finish(hash: u64) -> u64 {
    let hash = (hash ^ (hash >> 32)).wrapping_mul(0x9fb2_1c65_1e98_df25);
    hash ^ (hash >> 29)
}
