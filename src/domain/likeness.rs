//! Like complaints: whether two of them are about one problem in the world, and whether many at once are an accident.
//!
//! A complaint is boiled down to a [`Sketch`]. Its [`keys`] go into an index, through which the few complaints worth comparing are
//! found without a scan; [`likeness`] then compares two sketches and says how probable it is that they are about the same, and why.
//! [`burst`] looks at numbers only: more complaints than is usual for the hour.
//!
//! No library does this: general near-duplicate finders compare texts alone, and in complaints the same words about another house are
//! another problem, while other words about the same pit are the same one.

pub mod burst;
mod compare;
mod keys;
pub mod picture;
mod place;
mod rarity;
mod subject;
mod terms;
#[cfg(test)]
mod tests;
mod weights;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::domain::At;
use crate::domain::text::personal_words;

pub use compare::{Likeness, Reason, Relation, features, likeness};
pub use keys::{MOST_KEYS, MOST_SCORED, NEWEST_PER_KEY, keys};
pub use place::Place;
pub use rarity::Rarity;
pub use weights::{FEATURES, Features, Weights};

use terms::Term;

/// What is known of a complaint beside its text. Whatever is not known speaks neither for nor against.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Circumstances {
    /// The places of the problem that the text or the form names; places named for orientation only do not belong here.
    pub places: Vec<Place>,
    /// The topic's id.
    pub topic: Option<String>,
    /// The group of the topic.
    pub group: Option<String>,
    /// The municipality or okrug.
    pub municipality: Option<String>,
    /// When it was received.
    pub at: Option<At>,
    /// Anything that is the same for each complaint of one resident, and never for two residents.
    pub author: Option<String>,
    /// The hashes of its pictures, by [`picture::picture_hash`].
    pub pictures: Vec<u64>,
}

/// What of a complaint is compared with others.
///
/// It holds stems of the text's words and must be guarded like the text. It can be kept, but is cheap to make anew.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sketch {
    /// By hash, each once.
    terms: Vec<Term>,
    /// Hashes of runs of letters with how often they occur, by hash.
    letters: Vec<(u32, f32)>,
    /// The subjects the text touches, a bit each; see [`subject`].
    subjects: u64,
    /// The text says that all of a street or district is concerned.
    whole_street: bool,
    /// The places, normalised.
    places: Vec<Place>,
    /// The words of personal data: they are compared, but no reason tells them.
    untold: BTreeSet<String>,
    known: Circumstances,
}

impl Sketch {
    /// The sketch of a complaint. Of a very long text, only the beginning is looked at.
    pub fn new(text: &str, known: Circumstances, rarity: &Rarity) -> Self {
        let read = terms::read(text, rarity);
        let places = place::settled(&known.places);
        Self {
            terms: read.terms,
            letters: read.letters,
            subjects: read.subjects,
            whole_street: read.whole_street,
            places,
            untold: personal_words(text),
            known,
        }
    }

    /// What was known beside the text.
    pub fn known(&self) -> &Circumstances {
        &self.known
    }
}

/// A stable hash of a text, the same in every build and on every machine: FNV-1a, then mixed, since its low bits are weak.
fn hash(kind: u8, parts: &[&str]) -> u64 {
    let mut state = 0xcbf2_9ce4_8422_2325_u64 ^ u64::from(kind);
    for part in parts {
        // The byte 255 is in no text, so that ["ab", "c"] is not ["a", "bc"].
        for byte in part.bytes().chain([255]) {
            state = (state ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
        }
    }
    mixed(state)
}

/// The finaliser of SplitMix64.
fn mixed(state: u64) -> u64 {
    let state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}
