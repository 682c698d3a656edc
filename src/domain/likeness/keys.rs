//! The keys under which a complaint stands in the index, so that like ones are found without a scan.
//!
//! Words are drawn by weighted MinHash: the same words in both give the same key as often as they make up what both say together. The
//! rest are plain hashes of what like complaints have in common: the house, the street with the subject, a name, a quarter of a
//! picture's hash. Two complaints that share no key are not compared.

use super::terms::{Sort, Term};
use super::{Sketch, hash, mixed, subject};

/// The most keys of one complaint.
pub const MOST_KEYS: usize = 32;

/// How many of the newest complaints under a key are worth looking at. A key that has more (boilerplate, one busy street) is read no
/// further, so that one new complaint meets at most [`MOST_KEYS`] times as many.
pub const NEWEST_PER_KEY: usize = 32;

/// How many of those met are worth comparing: the ones that share the most keys, then the newest.
pub const MOST_SCORED: usize = 100;

/// Each kind of key has its own share, so that none crowds the others out. Together they are [`MOST_KEYS`].
const WORD_BANDS: u64 = 8;
const HOUSES: usize = 4;
const STREETS: usize = 8;
const NAMES: usize = 6;
const AUTHORS: usize = 2;
const PICTURES: usize = 4;

/// The keys of a sketch: at most [`MOST_KEYS`], each once, sorted. The same in every build, so that they can be stored; changing how
/// they are made means to index anew.
pub fn keys(sketch: &Sketch) -> Vec<i64> {
    let mut keys: Vec<u64> = word_bands(sketch);
    keys.extend(houses(sketch).into_iter().take(HOUSES));
    keys.extend(streets(sketch).into_iter().take(STREETS));
    keys.extend(names(sketch).into_iter().take(NAMES));
    keys.extend(author(sketch).into_iter().take(AUTHORS));
    keys.extend(pictures(sketch).take(PICTURES));
    let mut keys: Vec<i64> = keys.into_iter().map(|key| key as i64).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Bands of two draws each: texts that share half of what they say meet with 9 of 10, those that share a fifth with 3 of 10.
fn word_bands(sketch: &Sketch) -> Vec<u64> {
    if sketch.terms.is_empty() {
        return Vec::new();
    }
    let draw = |seed: u64| {
        let lot = |term: &Term| -unit(mixed(term.hash ^ mixed(seed))).ln() / term.weight.max(0.01);
        sketch.terms.iter().min_by(|a, b| lot(a).total_cmp(&lot(b))).map_or(0, |term| term.hash)
    };
    let band = |band: u64| mixed(draw(2 * band) ^ mixed(draw(2 * band + 1) ^ (band << 8 | u64::from(b'b'))));
    (0..WORD_BANDS).map(band).collect()
}

/// A hash as a number above 0 and below 1.
fn unit(hash: u64) -> f32 {
    ((hash >> 40) as f32 + 0.5) / (1_u64 << 24) as f32
}

fn houses(sketch: &Sketch) -> Vec<u64> {
    let with = |place: &super::Place| {
        let street = place.street.as_deref()?;
        let other = place.house.as_deref().map(bare).or(place.crossing.as_deref())?;
        Some(hash(b'h', &[street, other]))
    };
    sketch.places.iter().filter_map(with).collect()
}

/// «12б» and «12/1» are looked up with «12».
fn bare(house: &str) -> &str {
    let end = house.find(|c: char| !c.is_ascii_digit()).unwrap_or(house.len());
    if end == 0 { house } else { &house[..end] }
}

/// Each street, or else settlement, with the topic and with the first subjects.
fn streets(sketch: &Sketch) -> Vec<u64> {
    let mut about: Vec<String> = sketch.known.topic.iter().map(|topic| format!("t{topic}")).collect();
    about.extend(subject::numbers(sketch.subjects).take(3).map(|number| format!("s{number}")));
    let named = |place: &super::Place| {
        let streets = [place.street.clone(), place.crossing.clone()].into_iter().flatten();
        let mut names: Vec<String> = streets.collect();
        if names.is_empty() {
            names.extend(place.locality.clone());
        }
        names
    };
    let names: Vec<String> = sketch.places.iter().flat_map(named).collect();
    // By what it is about first, so that each street has its share.
    about.iter().flat_map(|about| names.iter().map(move |name| hash(b's', &[name, about]))).collect()
}

/// The names and dates that say most.
fn names(sketch: &Sketch) -> Vec<u64> {
    let mut names: Vec<&Term> =
        sketch.terms.iter().filter(|term| matches!(term.sort, Sort::Name | Sort::Date) && term.weight > 0.3).collect();
    names.sort_by(|a, b| b.weight.total_cmp(&a.weight).then(a.hash.cmp(&b.hash)));
    names.into_iter().map(|term| mixed(term.hash ^ u64::from(b'n'))).collect()
}

/// What one resident says of one topic, and of one group.
fn author(sketch: &Sketch) -> Vec<u64> {
    let Some(author) = sketch.known.author.as_deref() else { return Vec::new() };
    let topics = [("t", &sketch.known.topic), ("g", &sketch.known.group)];
    topics.iter().filter_map(|(kind, about)| about.as_deref().map(|about| hash(b'a', &[author, kind, about]))).collect()
}

/// The quarters of the first picture's hash: of two hashes that differ in three bits or fewer, one quarter is the same.
fn pictures(sketch: &Sketch) -> impl Iterator<Item = u64> {
    let quarters = |picture: &u64| {
        let picture = *picture;
        (0..4_u64)
            .map(move |quarter| mixed((picture >> (16 * quarter) & 0xffff) << 16 | quarter << 8 | u64::from(b'p')))
    };
    sketch.known.pictures.iter().flat_map(quarters)
}
