//! Two sketches against each other: the signs, the score, and its reasons.

use serde::Serialize;

use super::Sketch;
use super::place::{Nearness, nearness};
use super::terms::{Sort, Term};
use super::weights::{Features, Weights};
use crate::domain::text::words;

/// What is known of the likeness of two complaints.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Likeness {
    /// How probable it is that both are about one problem in the world, from 0 to 1.
    pub score: f32,
    /// What speaks for and against, the strongest first. For the same pair always in the same order.
    pub reasons: Vec<Reason>,
    /// What the two are to each other, if they are about one problem.
    pub relation: Relation,
    /// The signs, to be learnt from once a moderator has decided.
    pub features: Features,
}

impl Likeness {
    /// The score from which on two complaints are more probably one problem than not.
    pub const LIKELY: f32 = 0.5;
}

/// What two complaints about one problem are to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// One resident says it again.
    SameAuthorRepeats,
    /// Different residents within a day, in the same street: something has just happened.
    ManyOfOneAccident,
    /// Different or unknown residents about something that lasts.
    SameProblem,
    /// Not probably about one problem.
    Unrelated,
}

/// Why two complaints are held to be alike, or not to be.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "reason")]
pub enum Reason {
    /// For: the same house or crossing.
    SameHouse,
    /// For: the same house, whose letter or corpus one of them leaves out.
    NearHouse,
    /// For: the same street, and no other house.
    SameStreet,
    /// For: the same settlement.
    SameLocality,
    /// For: the same words, with their share of what both say and the heaviest of them.
    SameWords { share: f32, words: Vec<String> },
    /// For: names, dates or numbers that both hold.
    SameParticulars { words: Vec<String> },
    /// For: the same topic.
    SameTopic,
    /// For: the topics are not the same or not known, but the texts speak of the same things.
    SameSubject,
    /// For: so many minutes apart.
    MinutesApart { minutes: i64 },
    /// For: the same author.
    SameAuthor,
    /// For: the same picture, up to re-coding and scaling.
    SamePicture,
    /// For: same street and topic within hours from different residents.
    Accident,
    /// Against: another house in the same street.
    OtherHouse,
    /// Against: another street or settlement.
    Elsewhere,
    /// Against: each holds names that the other does not.
    OtherNames,
    /// Against: nothing says that both are in one place; the same words may be a template.
    Placeless,
    /// Against: the texts speak of different things.
    OtherSubject,
    /// Against: topics of different groups.
    OtherGroup,
    /// Against: different municipalities.
    OtherMunicipality,
    /// Against: so many days apart.
    DaysApart { days: i64 },
}

/// The most words that a reason shows.
const MOST_WORDS: usize = 6;

/// No more than this is said of complaints that nothing ties to one place, however much their words are alike and whatever was learnt:
/// boilerplate is no duplicate.
const MOST_PLACELESS: f32 = 0.45;

/// As much of particulars as makes it sure that they are no chance.
const SURE_PARTICULARS: f32 = 0.15;

const HOUR: f32 = 3600.0;
const DAY: f32 = 24.0 * HOUR;

/// Hashes of pictures may differ in so many bits of 64.
const PICTURE_BITS: u32 = 6;

/// The signs of likeness in two sketches. It does not matter which of the two comes first.
pub fn features(a: &Sketch, b: &Sketch) -> Features {
    Compared::new(a, b).features()
}

/// How probable it is that two complaints are about one problem, and why. It does not matter which of the two comes first.
pub fn likeness(a: &Sketch, b: &Sketch, weights: &Weights) -> Likeness {
    let compared = Compared::new(a, b);
    let features = compared.features();
    let mut score = weights.probability(&features);
    if features.get("placeless") > 0.0 {
        score = score.min(MOST_PLACELESS);
    }
    let reasons = compared.reasons(&features, weights);
    Likeness { score, reasons, relation: compared.relation(score), features }
}

/// What two sketches have in common.
struct Compared<'s> {
    a: &'s Sketch,
    b: &'s Sketch,
    shared: Vec<&'s Term>,
    nearness: Nearness,
    /// Seconds between the two, where both are known.
    apart: Option<f32>,
}

impl<'s> Compared<'s> {
    fn new(a: &'s Sketch, b: &'s Sketch) -> Self {
        let apart = a.known.at.zip(b.known.at).map(|(a, b)| a.seconds_since(b).unsigned_abs() as f32);
        let nearness = nearness(&a.places, &b.places, a.whole_street || b.whole_street);
        Self { a, b, shared: shared(&a.terms, &b.terms), nearness, apart }
    }

    fn features(&self) -> Features {
        let (a, b) = (&self.a.known, &self.b.known);
        let mut features = Features::default();
        let mut set = |name, value| features.set(name, value);
        let mut says = |name, it: bool| set(name, if it { 1.0 } else { 0.0 });
        says("same_house", self.nearness == Nearness::SameHouse);
        says("near_house", self.nearness == Nearness::NearHouse);
        says("same_street", self.nearness == Nearness::SameStreet);
        says("same_locality", self.nearness == Nearness::SameLocality);
        says("other_house", self.nearness == Nearness::OtherHouse);
        says("elsewhere", self.nearness == Nearness::Elsewhere);
        says("same_topic", same(a.topic.as_ref(), b.topic.as_ref()));
        says("other_group", differ(a.group.as_ref(), b.group.as_ref()));
        says("other_municipality", differ(a.municipality.as_ref(), b.municipality.as_ref()));
        says("same_author", same(a.author.as_ref(), b.author.as_ref()));
        says("same_picture", self.same_picture());
        says("accident", self.is_accident());
        let (subject, other_subject) = self.subjects();
        set("subject", subject);
        set("other_subject", other_subject);
        let words = cosine(&self.a.terms, &self.b.terms, &self.shared, is_plain);
        set("words", words);
        set("other_names", self.names_differ());
        set("letters", letters(&self.a.letters, &self.b.letters));
        set("held", self.held());
        let particulars = self.particulars();
        set("particulars", particulars);
        set("placeless", if self.is_placeless(particulars) { words.max(0.25) } else { 0.0 });
        set("soon", self.apart.map_or(0.0, |apart| (-apart / (6.0 * HOUR)).exp()));
        set("long_apart", self.apart.map_or(0.0, |apart| (apart - 7.0 * DAY) / (53.0 * DAY)));
        features
    }

    /// How much the names, dates and numbers say that both hold. What is the name of their common street is counted as the place.
    fn particulars(&self) -> f32 {
        let said: f32 = self.own_particulars().map(|term| term.weight).sum();
        1.0 - (-1.5 * said).exp()
    }

    fn own_particulars(&self) -> impl Iterator<Item = &'s Term> {
        let street = self.nearness >= Nearness::SameLocality;
        let places: &'s [_] = if street { &self.a.places } else { &[] };
        self.shared.iter().copied().filter(|term| !is_plain(term)).filter(move |term| {
            !places.iter().any(|place| {
                let names = [&place.street, &place.locality, &place.crossing, &place.house].into_iter().flatten();
                names.flat_map(|name| name.split(' ')).any(|word| word == &*term.stem)
            })
        })
    }

    /// How far each names what the other does not. One that names more than the other is only more exact.
    fn names_differ(&self) -> f32 {
        let count = |terms: &mut dyn Iterator<Item = &Term>| terms.filter(|term| is_distinct_name(term)).count() as f32;
        let shared = count(&mut self.shared.iter().copied());
        let own = count(&mut self.a.terms.iter()).min(count(&mut self.b.terms.iter()));
        if own > shared { (own - shared) / own } else { 0.0 }
    }

    fn is_placeless(&self, particulars: f32) -> bool {
        let placed = matches!(self.nearness, Nearness::SameHouse | Nearness::NearHouse | Nearness::SameStreet);
        let located = self.nearness == Nearness::SameLocality;
        !placed && !located && particulars < SURE_PARTICULARS && !self.same_picture()
    }

    /// How much of what both speak of is the same, and how much is not.
    fn subjects(&self) -> (f32, f32) {
        let (a, b) = (self.a.subjects, self.b.subjects);
        if a == 0 || b == 0 {
            return (0.0, 0.0);
        }
        let least = a.count_ones().min(b.count_ones()) as f32;
        let share = (a & b).count_ones() as f32 / least;
        (share, 1.0 - share)
    }

    /// How much of what the one that says less says is in the other too.
    fn held(&self) -> f32 {
        let sum = |terms: &mut dyn Iterator<Item = &Term>| terms.map(|term| term.weight).sum::<f32>();
        let least = sum(&mut self.a.terms.iter()).min(sum(&mut self.b.terms.iter()));
        if least > 0.0 { sum(&mut self.shared.iter().copied()) / least } else { 0.0 }
    }

    fn same_picture(&self) -> bool {
        let (a, b) = (&self.a.known.pictures, &self.b.known.pictures);
        a.iter().any(|a| b.iter().any(|b| (a ^ b).count_ones() <= PICTURE_BITS))
    }

    /// Different residents, one topic or at least subject, one street, within hours.
    fn is_accident(&self) -> bool {
        let (a, b) = (&self.a.known, &self.b.known);
        let about = match (&a.topic, &b.topic) {
            (Some(a), Some(b)) => a == b,
            _ => self.a.subjects & self.b.subjects != 0,
        };
        let street = matches!(self.nearness, Nearness::SameStreet | Nearness::NearHouse | Nearness::SameHouse);
        about
            && street
            && self.apart.is_some_and(|apart| apart <= 12.0 * HOUR)
            && differ(a.author.as_ref(), b.author.as_ref())
    }

    fn relation(&self, score: f32) -> Relation {
        let (a, b) = (&self.a.known.author, &self.b.known.author);
        if score < Likeness::LIKELY {
            Relation::Unrelated
        } else if same(a.as_ref(), b.as_ref()) {
            Relation::SameAuthorRepeats
        } else if differ(a.as_ref(), b.as_ref()) && self.apart.is_some_and(|apart| apart <= DAY) {
            Relation::ManyOfOneAccident
        } else {
            Relation::SameProblem
        }
    }

    fn reasons(&self, features: &Features, weights: &Weights) -> Vec<Reason> {
        let mut reasons: Vec<(f32, Reason)> = Vec::new();
        for name in super::FEATURES {
            let worth = features.get(name) * weights.get(name).abs();
            if worth >= 0.15
                && let Some(reason) = self.reason(name, features)
            {
                reasons.push((worth, reason));
            }
        }
        // The sort is stable, so that equals stay in the order of the signs.
        reasons.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        reasons.into_iter().map(|(_, reason)| reason).collect()
    }

    fn reason(&self, name: &str, features: &Features) -> Option<Reason> {
        Some(match name {
            "words" => Reason::SameWords {
                share: features.get("held"),
                words: self.heaviest(self.shared.iter().copied().filter(|term| is_plain(term))),
            },
            "subject" => Reason::SameSubject,
            "other_subject" => Reason::OtherSubject,
            "same_house" => Reason::SameHouse,
            "near_house" => Reason::NearHouse,
            "same_street" => Reason::SameStreet,
            "same_locality" => Reason::SameLocality,
            "other_house" => Reason::OtherHouse,
            "elsewhere" => Reason::Elsewhere,
            "particulars" => Reason::SameParticulars { words: self.heaviest(self.own_particulars()) },
            "other_names" => Reason::OtherNames,
            "placeless" => Reason::Placeless,
            "same_topic" => Reason::SameTopic,
            "other_group" => Reason::OtherGroup,
            "other_municipality" => Reason::OtherMunicipality,
            "soon" => Reason::MinutesApart { minutes: (self.apart? / 60.0) as i64 },
            "long_apart" => Reason::DaysApart { days: (self.apart? / DAY) as i64 },
            "same_author" => Reason::SameAuthor,
            "same_picture" => Reason::SamePicture,
            "accident" => Reason::Accident,
            // They only say the same once more.
            _ => return None,
        })
    }

    /// The words that say most, but for those of personal data.
    fn heaviest<'t>(&self, terms: impl Iterator<Item = &'t Term>) -> Vec<String> {
        let untold = |word: &str| self.a.untold.contains(word) || self.b.untold.contains(word);
        let is_told = |term: &&Term| !words(&term.word).all(untold);
        let mut terms: Vec<_> = terms.filter(is_told).collect();
        terms.sort_by(|a, b| b.weight.total_cmp(&a.weight).then_with(|| a.word.cmp(&b.word)));
        terms.into_iter().take(MOST_WORDS).map(|term| term.word.to_string()).collect()
    }
}

fn is_plain(term: &Term) -> bool {
    term.sort == Sort::Word
}

/// A name that could tell places apart, and not that of the city.
fn is_distinct_name(term: &Term) -> bool {
    term.sort == Sort::Name && term.weight > 0.3
}

fn same<T: PartialEq>(a: Option<&T>, b: Option<&T>) -> bool {
    a.is_some() && a == b
}

fn differ<T: PartialEq>(a: Option<&T>, b: Option<&T>) -> bool {
    matches!((a, b), (Some(a), Some(b)) if a != b)
}

/// The terms that both hold, each as the one that says less of the two, so that the order of the two does not matter.
fn shared<'s>(a: &'s [Term], b: &'s [Term]) -> Vec<&'s Term> {
    let mut shared = Vec::new();
    let (mut rest_a, mut rest_b) = (a, b);
    while let ([first_a, more_a @ ..], [first_b, more_b @ ..]) = (rest_a, rest_b) {
        match first_a.hash.cmp(&first_b.hash) {
            std::cmp::Ordering::Less => rest_a = more_a,
            std::cmp::Ordering::Greater => rest_b = more_b,
            std::cmp::Ordering::Equal => {
                let key = |term: &Term| (is_plain(term), term.word.clone());
                // A name in one of them is a name, even if it opens a sentence in the other.
                shared.push(if key(first_a) <= key(first_b) { first_a } else { first_b });
                (rest_a, rest_b) = (more_a, more_b);
            }
        }
    }
    shared
}

/// The cosine of the terms that are of a sort; a shared term counts as what it is in `shared`.
fn cosine(a: &[Term], b: &[Term], shared: &[&Term], is: fn(&Term) -> bool) -> f32 {
    let norm = |terms: &[Term]| terms.iter().filter(|term| is(term)).map(|term| term.weight * term.weight).sum::<f32>();
    let common: f32 = shared.iter().filter(|term| is(term)).map(|term| term.weight * term.weight).sum();
    let norms = (norm(a) * norm(b)).sqrt();
    if norms > 0.0 { (common / norms).min(1.0) } else { 0.0 }
}

fn letters(a: &[(u32, f32)], b: &[(u32, f32)]) -> f32 {
    let norm = |runs: &[(u32, f32)]| runs.iter().map(|(_, count)| count * count).sum::<f32>();
    let (mut common, mut at, mut with) = (0.0, 0, 0);
    while at < a.len() && with < b.len() {
        match a[at].0.cmp(&b[with].0) {
            std::cmp::Ordering::Less => at += 1,
            std::cmp::Ordering::Greater => with += 1,
            std::cmp::Ordering::Equal => {
                common += a[at].1 * b[with].1;
                at += 1;
                with += 1;
            }
        }
    }
    let norms = (norm(a) * norm(b)).sqrt();
    if norms > 0.0 { (common / norms).min(1.0) } else { 0.0 }
}
