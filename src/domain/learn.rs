//! What people decided, learned: labels for texts, with probabilities that can be believed and the words that spoke for them.
//!
//! Written by us, because no kept library in Rust offers what triage is for: a linear model over sparse n-grams that is updated by
//! each correction, knows a label by its name alone, says how sure it is, and tells why. Nothing here is about topics: groups,
//! executors, kinds and urgencies are labels as well.
//!
//! | | |
//! |---|---|
//! | `features` | a text as words, pairs of words and pieces of words |
//! | `rows`     | the vocabulary, and texts as sparse vectors |
//! | `rivals`   | the labels that a text could be mistaken for |
//! | `linear`, `counts`, `near` | three learners: lines, complement naive Bayes, nearest texts |
//! | `opinions` | what each of them thinks of each label, and what is known of the label by name |
//! | `blend`    | the opinions as one probability |
//! | `figures`  | how good decisions were |
//! | `train`    | all of it, from examples |
//! | `bytes`    | a model as bytes |

mod blend;
mod bytes;
mod counts;
mod features;
mod figures;
mod linear;
mod near;
mod opinions;
mod rivals;
mod rows;
mod train;

use std::borrow::Cow;

use blend::{Blend, OPINIONS};
pub use bytes::Damaged;
use bytes::{Reader, Writer};
use counts::Counts;
use features::{Parts, Term, parts};
pub use figures::{Decision, Figures, Point, Scores, curve, figures, threshold};
use linear::Lines;
use near::Near;
use opinions::{Label, Part, best, cosine};
use rows::Vocabulary;
pub use train::folds;

use crate::domain::classify::WordRules;

/// One decided text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Example<'t> {
    pub text: Cow<'t, str>,
    pub label: Cow<'t, str>,
    /// What the label belongs to, where labels have groups: a group with many examples helps its rare labels.
    pub parent: Option<Cow<'t, str>>,
    /// Texts of one family (near-duplicates) are never on both sides of a fold.
    pub family: Option<u64>,
}

/// A label known by its name, with or without examples.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Known {
    pub label: String,
    pub title: String,
    /// Words and phrases, as the word rules read them.
    pub keywords: Vec<String>,
    /// How often it occurs, in any unit; 0 if nobody knows.
    pub weight: f32,
    /// What the label belongs to.
    pub parent: Option<String>,
}

/// A label proposed for a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked {
    pub label: String,
    /// How likely it is: of many proposals with a probability of 0.8, eight in ten are right.
    pub probability: f32,
    /// The words of the text that spoke for it, folded, in the order of the text, at most [`MOST_WORDS`].
    pub words: Vec<String>,
}

/// The most words that are told to have spoken for a label.
pub const MOST_WORDS: usize = 5;

/// The most corrections that are remembered word by word, until the next training makes examples of them.
const MOST_TAUGHT: usize = 1_000;

/// How much a correction says of its own text: enough to overrule everything else.
const TAUGHT: f32 = 6.0;

/// What was learned from decided texts. The same examples always make the same model.
#[derive(Debug, Clone)]
pub struct Model {
    labels: Vec<Label>,
    vocabulary: Vocabulary,
    part: Part,
    rules: WordRules,
    blend: Blend,
    scores: Scores,
    /// The same of parents.
    parents: Scores,
    taught: Vec<Taught>,
}

/// A correction.
#[derive(Debug, Clone, PartialEq)]
struct Taught {
    vector: Vec<(u32, f32)>,
    label: u16,
}

impl Model {
    /// Learns from examples, and from what is known of labels by name. Either may be empty. Takes all threads of the pool it is called
    /// in; how many these are makes no difference to what is learned.
    pub fn train(examples: &[Example<'_>], known: &[Known]) -> Self {
        train::train(examples, known)
    }

    /// The likeliest labels of a text, the best first, at most `most`; none if no label is known.
    pub fn rank(&self, text: &str, most: usize) -> Vec<Ranked> {
        let parts = parts(text);
        let vector = self.vocabulary.vector(&parts);
        let shares = self.scores.calibrated(self.shares(&parts, &vector));
        let places = self.places(&parts, &vector);
        let found = best(&shares, most).into_iter();
        found
            .map(|at| Ranked {
                label: self.labels[at].name.clone(),
                probability: shares[at],
                words: self.words(&parts, &vector, &places, at),
            })
            .collect()
    }

    /// The likeliest parents of a text's label, the best first: the probability of each is what the sum of its labels' comes to.
    pub fn rank_parents(&self, text: &str, most: usize) -> Vec<Ranked> {
        let parts = parts(text);
        let vector = self.vocabulary.vector(&parts);
        let shares = self.shares(&parts, &vector);
        let places = self.places(&parts, &vector);
        let (names, sums) = opinions::by_parent(&self.labels, &shares);
        let sums = self.parents.calibrated(sums);
        let told = |at: usize| {
            let of = |label: &usize| self.labels[*label].parent.is_some_and(|parent| usize::from(parent) == at);
            let likeliest = best(&shares, shares.len()).into_iter().find(of);
            likeliest.map_or_else(Vec::new, |label| self.words(&parts, &vector, &places, label))
        };
        let found = best(&sums, most).into_iter();
        found.map(|at| Ranked { label: names[at].to_owned(), probability: sums[at], words: told(at) }).collect()
    }

    /// How good its decisions were on texts it had not seen: what [`Model::curve`] and [`Model::held_back`] tell, in one.
    pub fn scores(&self) -> &Scores {
        &self.scores
    }

    /// [`Model::threshold`], [`Model::curve`] and [`Model::held_back`] of parents.
    pub fn parents(&self) -> &Scores {
        &self.parents
    }

    fn shares(&self, parts: &Parts, vector: &[(u32, f32)]) -> Vec<f32> {
        let opinions = self.part.opinions(&self.labels, vector, &opinions::keywords(&self.rules, parts));
        let mut scores: Vec<f32> = opinions.iter().map(|opinion| self.blend.score(opinion)).collect();
        let top = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        // The nearest correction speaks for its label; the very text that was corrected is beyond dispute.
        let mut said = vec![0.0f32; scores.len()];
        for taught in &self.taught {
            let near = cosine(vector, &taught.vector);
            let own = &mut said[taught.label as usize];
            *own = own.max(near);
        }
        for (score, near) in scores.iter_mut().zip(said) {
            if near > 0.999 {
                *score = top;
            }
            *score += TAUGHT * near.powi(3);
        }
        blend::softmax(scores)
    }

    /// Which word each term is of, and where the term's feature is in the vector.
    fn places(&self, parts: &Parts, vector: &[(u32, f32)]) -> Vec<(u32, usize)> {
        let place = |feature: u32| vector.binary_search_by_key(&feature, |entry| entry.0).ok();
        let find = |term: &Term| Some((term.word, place(self.vocabulary.find(term.key)?)?));
        parts.terms.iter().filter_map(find).collect()
    }

    /// The words that spoke for a label more than for labels at large.
    fn words(&self, parts: &Parts, vector: &[(u32, f32)], places: &[(u32, usize)], label: usize) -> Vec<String> {
        let mut said = vec![0.0f32; parts.words.len()];
        // What each feature says is looked up once, however often it occurs.
        let says: Vec<f32> = vector
            .iter()
            .map(|(feature, value)| {
                let named = self.labels[label].vector.binary_search_by_key(feature, |entry| entry.0);
                let named = named.map_or(0.0, |at| self.labels[label].vector[at].1);
                value * (self.part.lines.weight(*feature, label) + named)
            })
            .collect();
        for (word, at) in places {
            said[*word as usize] += says[*at];
        }
        let mut order = best(&said, said.len());
        let mut seen = std::collections::BTreeSet::new();
        order.retain(|at| {
            said[*at] > 0.0 && parts.words[*at].chars().nth(2).is_some() && seen.insert(&parts.words[*at])
        });
        order.truncate(MOST_WORDS);
        order.sort_unstable();
        order.into_iter().map(|at| parts.words[at].clone()).collect()
    }

    /// Takes a person's decision to heart at once: the same text is ranked so from now on, and similar ones nearer to it. A label
    /// never seen before becomes known.
    pub fn correct(&mut self, text: &str, label: &str) {
        let parts = parts(text);
        let vector = self.vocabulary.vector(&parts);
        let Some(right) = self.place_or_new(label) else { return };
        let shares = self.shares(&parts, &vector);
        let rival = best(&shares, 1).first().copied().filter(|rival| *rival != right);
        let margins = self.part.lines.margins(&vector);
        if margins[right] < 1.0 {
            self.part.lines.correct(&vector, right, 1.0);
        }
        if let Some(rival) = rival.filter(|rival| margins[*rival] > -1.0) {
            self.part.lines.correct(&vector, rival, -1.0);
        }
        self.part.times[right] += 1.0;
        self.taught.retain(|taught| cosine(&vector, &taught.vector) <= 0.999);
        if self.taught.len() == MOST_TAUGHT {
            self.taught.remove(0);
        }
        self.taught.push(Taught { vector, label: right as u16 });
    }

    /// Makes a label known by its name, or what is known of it anew: it is proposed from its name and keywords.
    pub fn know(&mut self, known: &Known) {
        let Some(at) = self.place_or_new(&known.label) else { return };
        let parent = self.labels[at].parent;
        let of = |name: &String| self.labels.iter().find(|label| label.parent_name.as_ref() == Some(name));
        let found = known.parent.as_ref().map_or(parent, |name| of(name).and_then(|label| label.parent));
        self.labels[at] = Label { parent: found, ..Label::known(known, &self.vocabulary) };
        self.rules = opinions::rules(&self.labels);
    }

    /// Where a label is; a new one is added. None when there is room for no more.
    fn place_or_new(&mut self, label: &str) -> Option<usize> {
        if let Some(at) = self.labels.iter().position(|known| known.name == label) {
            return Some(at);
        }
        if self.labels.len() + 1 >= usize::from(u16::MAX) {
            return None;
        }
        self.labels.push(Label::bare(label));
        self.part.lines.widen();
        self.part.counts.widen();
        self.part.times.push(0.0);
        self.rules = opinions::rules(&self.labels);
        Some(self.labels.len() - 1)
    }

    /// The labels it can propose.
    pub fn labels(&self) -> impl Iterator<Item = &str> {
        self.labels.iter().map(|label| label.name.as_str())
    }

    /// The probability from which decisions on texts it had not seen were at least so precise (a share, 0 to 1), by more than
    /// chance; none if they never were, or too few were to tell.
    pub fn threshold(&self, precision: f64) -> Option<f32> {
        self.scores.threshold(precision)
    }

    /// What share of texts it had not seen could be decided alone at which precision, the surest first.
    pub fn curve(&self) -> &[Point] {
        self.scores.curve()
    }

    /// How good its decisions were on texts it had not seen.
    pub fn held_back(&self) -> &Figures {
        self.scores.figures()
    }
}

/// What a stored model begins with, and the version of what follows.
const MAGIC: &[u8; 8] = b"otklearn";
const VERSION: u32 = 2;

impl Model {
    /// The model as bytes: a magic word, a version, a checksum, and the parts.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::default();
        self.vocabulary.write(&mut out);
        let parents = self.labels.iter().filter_map(|label| label.parent).max().map_or(0, |most| u64::from(most) + 1);
        out.number(parents);
        out.number(self.labels.len() as u64);
        self.labels.iter().for_each(|label| label.write(&mut out));
        self.part.lines.write(&mut out);
        self.part.parents.write(&mut out);
        self.part.counts.write(&mut out);
        self.part.near.write(&mut out);
        out.list(&self.part.times);
        out.list(&self.blend.0);
        self.scores.write(&mut out);
        self.parents.write(&mut out);
        out.number(self.taught.len() as u64);
        for taught in &self.taught {
            out.number(taught.label);
            out.list(&taught.vector.iter().map(|entry| entry.0).collect::<Vec<_>>());
            out.list(&taught.vector.iter().map(|entry| entry.1).collect::<Vec<_>>());
        }
        let mut whole = Writer(MAGIC.to_vec());
        whole.number(VERSION);
        whole.number(checksum(&out.0));
        whole.0.append(&mut out.0);
        whole.0
    }

    /// Reads what [`Model::to_bytes`] wrote. Never panics, and never allocates much more than the bytes are long.
    ///
    /// # Errors
    /// [`Damaged`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Damaged> {
        let mut bytes = Reader(bytes.strip_prefix(MAGIC).ok_or(Damaged::NoModel)?);
        let version = bytes.number()?;
        if version != VERSION {
            return Err(Damaged::Version(version));
        }
        if bytes.number::<u64>()? != checksum(bytes.0) {
            return Err(Damaged::Checksum);
        }
        let model = Self::read(&mut bytes)?;
        if bytes.0.is_empty() { Ok(model) } else { Err(Damaged::Contradiction) }
    }

    fn read(bytes: &mut Reader<'_>) -> Result<Self, Damaged> {
        let vocabulary = Vocabulary::read(bytes)?;
        let parents = bytes.number::<u64>()?.min(u64::from(u16::MAX)) as usize;
        // A label takes so many bytes at least: four lengths, a weight, a parent.
        let labels = (0..bytes.length(38)?).map(|_| Label::read(bytes, &vocabulary, parents));
        let labels = labels.collect::<Result<Vec<_>, _>>()?;
        let features = vocabulary.len();
        let part = Part {
            lines: Lines::read(bytes, labels.len(), features)?,
            parents: Lines::read(bytes, parents, features)?,
            counts: Counts::read(bytes, labels.len(), features)?,
            near: Near::read(bytes, labels.len(), features)?,
            times: bytes.list()?,
        };
        let blend: [f32; OPINIONS] = bytes.list()?.try_into().map_err(|_| Damaged::Contradiction)?;
        let (scores, of_parents) = (Scores::read(bytes)?, Scores::read(bytes)?);
        let taught = (0..bytes.length(18)?).map(|_| Taught::read(bytes, labels.len(), features));
        let taught = taught.collect::<Result<Vec<_>, _>>()?;
        if part.times.len() != labels.len() {
            return Err(Damaged::Contradiction);
        }
        Ok(Self {
            rules: opinions::rules(&labels),
            labels,
            vocabulary,
            part,
            blend: Blend(blend),
            scores,
            parents: of_parents,
            taught,
        })
    }
}

impl Taught {
    fn read(bytes: &mut Reader<'_>, labels: usize, features: usize) -> Result<Self, Damaged> {
        let label: u16 = bytes.number()?;
        let (of, values): (Vec<u32>, Vec<f32>) = (bytes.list()?, bytes.list()?);
        let sound = usize::from(label) < labels
            && of.len() == values.len()
            && of.iter().all(|feature| (*feature as usize) < features);
        if !sound {
            return Err(Damaged::Contradiction);
        }
        Ok(Self { vector: of.into_iter().zip(values).collect(), label })
    }
}

/// The family of a text, or of whatever names it: texts of one are never on both sides of a fold.
pub fn family(name: &str) -> u64 {
    checksum(name.as_bytes())
}

/// FNV-1a: it finds damage, not malice.
fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests;
