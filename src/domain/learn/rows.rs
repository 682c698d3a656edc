//! Texts as sparse vectors, and the vocabulary that makes them.

use super::bytes::{Damaged, Reader, Writer};
use super::features::{KEY_BITS, KINDS, Parts};

/// How the terms of the two kinds are weighed against each other.
const SHARES: [f32; KINDS] = [1.0, 1.0];

/// The bits of a packed entry that are the value; the others are the feature.
const VALUE_BITS: u32 = 12;
const VALUE_MASK: u32 = (1 << VALUE_BITS) - 1;

/// The terms that count: those met in enough texts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Vocabulary {
    /// The keys, ascending; a feature is a place in here.
    pub keys: Vec<u32>,
    /// How rare each is.
    pub rarity: Vec<f32>,
    /// The most entries of a vector: of a longer text the strongest are taken.
    entries: u32,
    /// Where the keys with the same first bits begin.
    starts: Vec<u32>,
}

/// The first bits of a key, by which it is looked up.
const LEAD: u32 = 16;

/// Counts in how many texts each term occurs.
pub struct Census {
    counts: Vec<u32>,
    /// The kind of each key's terms, to ask for more texts of the more numerous kind; of two kinds with one key the latter.
    kinds: Vec<u8>,
    texts: u32,
}

impl Census {
    pub fn new() -> Self {
        Self { counts: vec![0; 1 << KEY_BITS], kinds: vec![0; 1 << KEY_BITS], texts: 0 }
    }

    /// Counts a text, by its different terms.
    pub fn count(&mut self, different: &[(u32, u8)]) {
        self.texts += 1;
        for (key, kind) in different {
            self.counts[*key as usize] += 1;
            self.kinds[*key as usize] = self.kinds[*key as usize].max(*kind);
        }
    }

    /// The vocabulary of at most `most` features, whose vectors have at most `entries`.
    pub fn vocabulary(&self, most: usize, entries: u32) -> Vocabulary {
        let mut least = 2;
        let enough = |key: usize, least: u32| self.counts[key] >= least + u32::from(self.kinds[key]);
        while (0..self.counts.len()).filter(|key| enough(*key, least)).count() > most {
            least += 1 + least / 8;
        }
        let mut keys = Vec::new();
        let mut rarity = Vec::new();
        for key in (0..self.counts.len()).filter(|key| enough(*key, least)) {
            keys.push(u32::try_from(key).unwrap_or(0));
            rarity.push(((1.0 + self.texts as f32) / (1.0 + self.counts[key] as f32)).ln() + 1.0);
        }
        Vocabulary::new(keys, rarity, entries)
    }
}

impl Vocabulary {
    pub fn new(keys: Vec<u32>, rarity: Vec<f32>, entries: u32) -> Self {
        let mut starts = vec![0u32; (1 << LEAD) + 1];
        for key in &keys {
            starts[(key >> (KEY_BITS - LEAD)) as usize + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        Self { keys, rarity, entries, starts }
    }

    pub fn len(&self) -> usize {
        self.keys.len()
    }

    pub fn find(&self, key: u32) -> Option<u32> {
        let lead = (key >> (KEY_BITS - LEAD)) as usize;
        let start = self.starts[lead];
        let among = &self.keys[start as usize..self.starts[lead + 1] as usize];
        among.binary_search(&key).ok().map(|at| start + at as u32)
    }

    /// The vector of a text: features ascending, of length one.
    pub fn vector(&self, parts: &Parts) -> Vec<(u32, f32)> {
        let mut found: Vec<(u32, u8)> =
            parts.terms.iter().filter_map(|term| Some((self.find(term.key)?, term.kind))).collect();
        found.sort_unstable();
        let mut vector: Vec<(u32, f32, u8)> = Vec::with_capacity(found.len());
        let mut squares = [0.0f32; KINDS];
        for same in found.chunk_by(|a, b| a.0 == b.0) {
            let (feature, kind) = same[0];
            let value = (1.0 + (same.len() as f32).ln()) * self.rarity[feature as usize];
            squares[kind as usize] += value * value;
            vector.push((feature, value, kind));
        }
        let most = self.entries as usize;
        if vector.len() > most {
            vector.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            vector.truncate(most);
            vector.sort_by_key(|entry| entry.0);
        }
        let shares = SHARES;
        let whole: f32 = (0..KINDS).filter(|kind| squares[*kind] > 0.0).map(|kind| shares[kind] * shares[kind]).sum();
        let scales: Vec<f32> = (0..KINDS)
            .map(|kind| if squares[kind] > 0.0 { shares[kind] / (squares[kind] * whole).sqrt() } else { 0.0 })
            .collect();
        vector.into_iter().map(|(feature, value, kind)| (feature, value * scales[kind as usize])).collect()
    }
}

impl Vocabulary {
    pub fn write(&self, out: &mut Writer) {
        out.number(self.entries);
        out.list(&self.keys);
        out.list(&self.rarity);
    }

    pub fn read(bytes: &mut Reader<'_>) -> Result<Self, Damaged> {
        let entries = bytes.number()?;
        let (keys, rarity): (Vec<u32>, Vec<f32>) = (bytes.list()?, bytes.list()?);
        let ascends = keys.windows(2).all(|pair| pair[0] < pair[1]);
        let sound = keys.len() == rarity.len() && ascends && keys.last().is_none_or(|key| key >> KEY_BITS == 0);
        if sound { Ok(Self::new(keys, rarity, entries)) } else { Err(Damaged::Contradiction) }
    }
}

/// Many vectors, four bytes an entry.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    starts: Vec<usize>,
    scales: Vec<f32>,
    squares: Vec<f32>,
    entries: Vec<u32>,
}

impl Rows {
    pub fn new() -> Self {
        Self { starts: vec![0], ..Self::default() }
    }

    pub fn push(&mut self, vector: &[(u32, f32)]) {
        let largest = vector.iter().fold(0.0f32, |most, (_, value)| most.max(*value));
        let scale = largest / VALUE_MASK as f32;
        for (feature, value) in vector {
            let packed = if scale > 0.0 { ((value / scale).round() as u32).min(VALUE_MASK) } else { 0 };
            self.entries.push(feature << VALUE_BITS | packed);
        }
        self.scales.push(scale);
        self.squares.push(vector.iter().map(|(_, value)| value * value).sum());
        self.starts.push(self.entries.len());
    }

    /// The vector of a row, as it went in but for rounding.
    pub fn vector(&self, at: usize) -> Vec<(u32, f32)> {
        self.row(at).map(|(feature, value)| (feature as u32, value)).collect()
    }

    pub fn len(&self) -> usize {
        self.scales.len()
    }

    /// The square of a row's length.
    pub fn square(&self, at: usize) -> f32 {
        self.squares[at]
    }

    /// The product of a row and dense weights.
    pub fn dot(&self, at: usize, weights: &[f32]) -> f32 {
        let entries = &self.entries[self.starts[at]..self.starts[at + 1]];
        let part = |entry: &u32| (entry & VALUE_MASK) as f32 * weights[(entry >> VALUE_BITS) as usize];
        // Four sums at once: one would wait for itself.
        let mut sums = [0.0f32; 4];
        let quads = entries.chunks_exact(4);
        let rest: f32 = quads.remainder().iter().map(part).sum();
        for quad in quads {
            for (sum, entry) in sums.iter_mut().zip(quad) {
                *sum += part(entry);
            }
        }
        (sums[0] + sums[1] + (sums[2] + sums[3]) + rest) * self.scales[at]
    }

    /// Adds a row, so many times, to dense weights.
    pub fn add(&self, at: usize, times: f32, weights: &mut [f32]) {
        let times = times * self.scales[at];
        for entry in &self.entries[self.starts[at]..self.starts[at + 1]] {
            weights[(entry >> VALUE_BITS) as usize] += (entry & VALUE_MASK) as f32 * times;
        }
    }

    pub fn row(&self, at: usize) -> impl Iterator<Item = (usize, f32)> + '_ {
        let scale = self.scales[at];
        self.entries[self.starts[at]..self.starts[at + 1]]
            .iter()
            .map(move |entry| ((entry >> VALUE_BITS) as usize, (entry & VALUE_MASK) as f32 * scale))
    }
}
