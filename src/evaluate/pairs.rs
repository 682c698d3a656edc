//! Pairs of complaints that people judged: how well duplicates are told.

use std::collections::HashSet;
use std::fmt;
use std::fs::File;
use std::path::Path;
use std::time::Instant;

use serde::Serialize;

use crate::domain::likeness::{Circumstances, Likeness, Place, Rarity, Sketch, Weights, keys, likeness};
use crate::domain::text::{fold, words};

/// What [`evaluate`] found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Pairs {
    /// Pairs judged to be one problem.
    pub same: usize,
    /// Pairs judged to be different problems.
    pub different: usize,
    /// Pairs of one template without a place: they must not be taken for duplicates.
    pub template: usize,
    /// Pairs on which people could not decide. They are left out of every other figure.
    pub unclear: usize,
    /// The score from which on a pair is taken for a duplicate.
    pub threshold: f32,
    /// Of the pairs taken for duplicates, the share that are. None if there are none.
    pub precision: Option<f64>,
    /// Of the duplicates, the share taken for such. None if there are none.
    pub recall: Option<f64>,
    /// The harmonic mean of both.
    pub f1: Option<f64>,
    /// The mean of the precisions at each duplicate, in the order of the scores: it needs no threshold.
    pub average_precision: Option<f64>,
    /// Of the duplicates, the share that share an index key, and so would be found.
    pub found_by_keys: Option<f64>,
    /// Milliseconds a pair: both texts taken apart, and compared.
    pub ms_a_pair: f64,
}

/// Why a file of pairs cannot be measured.
#[derive(Debug, thiserror::Error)]
pub enum CannotMeasure {
    #[error("cannot read {file}: {why}")]
    Read { file: String, why: csv::Error },
    #[error("{file} has no column «{column}»")]
    NoColumn { file: String, column: &'static str },
    #[error("{file}, record {record}: the label «{label}» is none of same, different, unclear, template")]
    Label { file: String, record: usize, label: String },
    #[error("{file} holds no pairs")]
    Empty { file: String },
}

/// A judged pair, with what the program says of it.
struct Judged {
    label: Label,
    score: f32,
    meets: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Label {
    Same,
    Different,
    Template,
    Unclear,
}

impl Label {
    fn read(text: &str) -> Option<Self> {
        match text.trim().to_lowercase().as_str() {
            "same" => Some(Self::Same),
            "different" => Some(Self::Different),
            "template" => Some(Self::Template),
            "unclear" => Some(Self::Unclear),
            _ => None,
        }
    }
}

/// Measures duplicates on a CSV file with the columns `text_a`, `text_b` and `label` (same, different, unclear or template), in any
/// order and among others, quoted as RFC 4180 says.
///
/// # Errors
/// When the file cannot be read as such a table, or holds no pairs.
pub fn evaluate(path: &Path, rarity: &Rarity, weights: &Weights) -> Result<Pairs, CannotMeasure> {
    let rows = read(path)?;
    let begun = Instant::now();
    let judged: Vec<Judged> = rows.iter().map(|row| judge(row, rarity, weights)).collect();
    Ok(Pairs::of(&judged, 1000.0 * begun.elapsed().as_secs_f64() / rows.len() as f64))
}

struct Row {
    label: Label,
    texts: [String; 2],
}

fn read(path: &Path) -> Result<Vec<Row>, CannotMeasure> {
    let file = path.display().to_string();
    let unreadable = |why: csv::Error| CannotMeasure::Read { file: file.clone(), why };
    let content = File::open(path).map_err(|why| unreadable(why.into()))?;
    let mut table = csv::Reader::from_reader(content);
    let headers = table.headers().map_err(unreadable)?.clone();
    let column = |column: &'static str| {
        // A table saved by Excel begins with a byte-order mark.
        let at = headers.iter().position(|header| header.trim_start_matches('\u{feff}').trim() == column);
        at.ok_or_else(|| CannotMeasure::NoColumn { file: file.clone(), column })
    };
    let (a, b, label) = (column("text_a")?, column("text_b")?, column("label")?);
    let mut rows = Vec::new();
    for (record, fields) in (1..).zip(table.records()) {
        let fields = fields.map_err(unreadable)?;
        let field = |at: usize| fields.get(at).unwrap_or_default().to_owned();
        let label = Label::read(&field(label)).ok_or_else(|| CannotMeasure::Label {
            file: file.clone(),
            record,
            label: field(label),
        })?;
        rows.push(Row { label, texts: [field(a), field(b)] });
    }
    if rows.is_empty() { Err(CannotMeasure::Empty { file }) } else { Ok(rows) }
}

fn judge(row: &Row, rarity: &Rarity, weights: &Weights) -> Judged {
    let [a, b] = [&row.texts[0], &row.texts[1]]
        .map(|text| Sketch::new(text, Circumstances { places: places_in(text), ..Circumstances::default() }, rarity));
    let score = likeness(&a, &b, weights).score;
    let keys_of_a: HashSet<i64> = keys(&a).into_iter().collect();
    Judged { label: row.label, score, meets: keys(&b).iter().any(|key| keys_of_a.contains(key)) }
}

impl Pairs {
    fn of(judged: &[Judged], ms_a_pair: f64) -> Self {
        let count = |label: Label| judged.iter().filter(|pair| pair.label == label).count();
        let same = count(Label::Same);
        let taken = |pair: &&Judged| pair.label != Label::Unclear && pair.score >= Likeness::LIKELY;
        let right = |pair: &&Judged| pair.label == Label::Same;
        let all_taken = judged.iter().filter(taken).count();
        let rightly = judged.iter().filter(taken).filter(right).count();
        let met = judged.iter().filter(right).filter(|pair| pair.meets).count();
        Self {
            same,
            different: count(Label::Different),
            template: count(Label::Template),
            unclear: count(Label::Unclear),
            threshold: Likeness::LIKELY,
            precision: share(rightly, all_taken),
            recall: share(rightly, same),
            // No duplicates and none taken for one leave nothing to say; else it is 2TP / (2TP + FP + FN).
            f1: share(2 * rightly, all_taken + same),
            average_precision: average_precision(judged),
            found_by_keys: share(met, same),
            ms_a_pair,
        }
    }
}

fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Pairs with one score are one step: their order must not matter.
fn average_precision(judged: &[Judged]) -> Option<f64> {
    let mut ranked: Vec<&Judged> = judged.iter().filter(|pair| pair.label != Label::Unclear).collect();
    ranked.sort_by(|a, b| b.score.total_cmp(&a.score));
    let same = ranked.iter().filter(|pair| pair.label == Label::Same).count();
    let (mut seen, mut right, mut sum) = (0, 0, 0.0);
    for step in ranked.chunk_by(|a, b| a.score == b.score) {
        let here = step.iter().filter(|pair| pair.label == Label::Same).count();
        seen += step.len();
        right += here;
        sum += here as f64 * right as f64 / seen as f64;
    }
    (same > 0).then(|| sum / same as f64)
}

impl fmt::Display for Pairs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let figure = |figure: Option<f64>| figure.map_or_else(|| "-".to_owned(), |figure| format!("{figure:.3}"));
        writeln!(
            f,
            "pairs              {} same, {} different, {} template, {} unclear (left out)",
            self.same, self.different, self.template, self.unclear
        )?;
        writeln!(f, "duplicates         at {:.2} and above", self.threshold)?;
        writeln!(f, "  precision        {}", figure(self.precision))?;
        writeln!(f, "  recall           {}", figure(self.recall))?;
        writeln!(f, "  F1               {}", figure(self.f1))?;
        writeln!(f, "average precision  {}", figure(self.average_precision))?;
        writeln!(f, "found by keys      {}", figure(self.found_by_keys))?;
        write!(f, "ms a pair          {:.3}", self.ms_a_pair)
    }
}

/// Stand-in, to be replaced by `domain::place::mentions`: capitalised words after a street's type, or before a number, with the number
/// as the house.
fn places_in(text: &str) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::new();
    for piece in text.split(['!', '?', '\n', ';', '(', ')', ',']) {
        let tokens: Vec<&str> = words(piece).collect();
        let mut at = 0;
        while at < tokens.len() {
            let (place, next) = place_at(&tokens, at, places.last());
            places.extend(place);
            at = next;
        }
    }
    places
}

/// The place that begins at a word, and the word after it.
fn place_at(tokens: &[&str], at: usize, last: Option<&Place>) -> (Option<Place>, usize) {
    let kind = is_street_type(tokens[at]);
    let begins = at + usize::from(kind);
    let name: Vec<&str> = tokens[begins..].iter().copied().take_while(|word| is_capital(word)).take(2).collect();
    let after = begins + name.len();
    let skipped = tokens[after..].iter().take_while(|word| is_of_house(word)).count();
    let house =
        tokens.get(after + skipped).filter(|word| is_house(word) && !is_ordinal(tokens, after + skipped)).copied();
    let next = if house.is_some() { after + skipped + 1 } else { after.max(at + 1) };
    if !name.is_empty() && (kind || house.is_some()) {
        return (Some(Place::of(&name.join(" "), house)), next);
    }
    // «…, дом 5» belongs to the street before it.
    let street = last.and_then(|last| last.street.as_deref()).filter(|_| skipped > 0 && name.is_empty());
    match (street, house) {
        (Some(street), Some(_)) => (Some(Place::of(street, house)), next),
        _ => (None, at + 1),
    }
}

fn is_ordinal(tokens: &[&str], at: usize) -> bool {
    tokens.get(at + 1).is_some_and(|next| ["й", "я", "го", "ой", "лет"].contains(next))
}

fn is_street_type(word: &str) -> bool {
    let word = fold(word);
    ["улиц", "проспект", "переул", "проезд", "бульвар", "шоссе"].iter().any(|kind| word.starts_with(kind))
        || ["ул", "пр", "пер", "пл", "ту", "кт", "т", "бул"].contains(&word.as_str())
}

fn is_capital(word: &str) -> bool {
    word.starts_with(char::is_uppercase) && word.chars().any(char::is_lowercase)
}

fn is_of_house(word: &str) -> bool {
    let word = fold(word);
    word == "д" || (word.starts_with("дом") && word.chars().count() <= 5)
}

fn is_house(word: &str) -> bool {
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    (1..=3).contains(&digits) && word[digits..].chars().count() <= 1
}

#[cfg(test)]
mod tests;
