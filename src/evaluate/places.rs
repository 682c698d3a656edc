//! Places in texts against labels: how many streets and houses are found, and how many of those found are right.
//!
//! A file has one JSON object a line, with `text` and `addresses`; an address has `locality`, `street`, `house` and `role`, and an
//! empty string for what is not stated. Names are compared as sets of a text, in lower case, «ё» as «е», the endings of ordinals
//! and the words «улица», «проспект», «переулок», «бульвар» left out, the other words sorted. What a program named twice counts once.

use std::collections::BTreeSet;
use std::fmt;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::domain::place::{Gazetteer, Mention, Role, house_key, mentions};
use crate::domain::text::{fold, words};

/// Why a file could not be evaluated.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    #[error("{}: {source}", path.display())]
    File { path: PathBuf, source: std::io::Error },
    #[error("{}:{line}: {source}", path.display())]
    Line { path: PathBuf, line: usize, source: serde_json::Error },
    #[error("{}: no text in it", path.display())]
    Empty { path: PathBuf },
}

/// Things found against things labelled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Score {
    pub labelled: usize,
    pub found: usize,
    /// Found and labelled.
    pub right: usize,
    /// The right ones of those found, 0 to 1.
    pub precision: f64,
    /// The right ones of those labelled, 0 to 1.
    pub recall: f64,
    pub f1: f64,
}

/// What evaluating a file gave.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Places {
    pub texts: usize,
    pub streets: Score,
    /// Houses by themselves.
    pub houses: Score,
    /// Houses together with their streets.
    pub houses_on_streets: Score,
    /// Texts that name a street at all.
    pub has_street: Score,
    pub localities: Score,
    /// Texts that name a crossing: two streets of a problem, none with a house.
    pub crossings: Score,
    /// Labelled addresses whose place was found, and those of them with the right role.
    pub roles: Score,
    /// Milliseconds a text: the median, and what 95 of 100 texts stay below.
    pub p50_ms: f64,
    pub p95_ms: f64,
}

#[derive(Debug, Deserialize)]
struct Labelled {
    text: String,
    addresses: Vec<Address>,
}

#[derive(Debug, Deserialize)]
struct Address {
    #[serde(default)]
    locality: String,
    #[serde(default)]
    street: String,
    #[serde(default)]
    house: String,
    #[serde(default)]
    role: String,
}

/// Finds the places of every text of a file and compares them with its labels.
///
/// # Errors
/// When the file cannot be read, a line is not of the layout, or there is no line.
pub fn evaluate(path: &Path, gazetteer: &Gazetteer) -> Result<Places, Unreadable> {
    let broken = |source| Unreadable::File { path: path.to_owned(), source };
    let file = BufReader::new(File::open(path).map_err(broken)?);
    let (mut places, mut times) = (Places::default(), Vec::new());
    for (line, text) in (1..).zip(file.lines()) {
        let text = text.map_err(broken)?;
        if text.trim().is_empty() {
            continue;
        }
        let labelled: Labelled =
            serde_json::from_str(&text).map_err(|source| Unreadable::Line { path: path.to_owned(), line, source })?;
        let start = Instant::now();
        let found = mentions(&labelled.text, gazetteer);
        times.push(start.elapsed().as_secs_f64() * 1000.0);
        places.add(&labelled.addresses, &found);
    }
    if times.is_empty() {
        return Err(Unreadable::Empty { path: path.to_owned() });
    }
    times.sort_by(f64::total_cmp);
    let below = |percent: usize| times.get((times.len() - 1) * percent / 100).copied().unwrap_or_default();
    (places.p50_ms, places.p95_ms) = (below(50), below(95));
    places.finish();
    Ok(places)
}

impl Places {
    fn add(&mut self, labels: &[Address], found: &[Mention]) {
        self.texts += 1;
        let streets = set(labels.iter().map(|one| name(&one.street)));
        let found_streets =
            set(found.iter().flat_map(|one| one.street.iter().chain(&one.crossing)).map(|street| name(street)));
        self.has_street.add(&any(&streets), &any(&found_streets));
        self.streets.add(&streets, &found_streets);
        let houses = set(labels.iter().map(|one| house_key(&one.house)));
        self.houses.add(&houses, &set(found.iter().filter_map(|one| one.house.clone())));
        let with_house = labels.iter().filter(|one| !one.house.is_empty());
        let on_streets = set(with_house.map(|one| format!("{}, {}", name(&one.street), house_key(&one.house))));
        let found_on_streets = found.iter().filter_map(|one| {
            let house = one.house.as_deref()?;
            Some(format!("{}, {house}", name(one.street.as_deref().unwrap_or_default())))
        });
        self.houses_on_streets.add(&on_streets, &set(found_on_streets));
        let localities = set(labels.iter().map(|one| name(&one.locality)));
        self.localities.add(&localities, &set(found.iter().filter_map(|one| one.locality.as_deref().map(name))));
        let crosses =
            set(labels.iter().filter(|one| one.role == "at" && one.house.is_empty()).map(|one| name(&one.street)))
                .len()
                > 1;
        let one = |is: bool| if is { BTreeSet::from([String::new()]) } else { BTreeSet::new() };
        self.crossings.add(&one(crosses), &one(found.iter().any(|one| one.crossing.is_some())));
        self.add_roles(labels, found);
    }

    fn add_roles(&mut self, labels: &[Address], found: &[Mention]) {
        for label in labels {
            let Some(mention) = found.iter().find(|one| is_of(label, one)) else { continue };
            self.roles.labelled += 1;
            self.roles.found += 1;
            self.roles.right += usize::from((label.role == "at") == (mention.role == Role::At));
        }
    }

    fn finish(&mut self) {
        for score in [
            &mut self.streets,
            &mut self.houses,
            &mut self.houses_on_streets,
            &mut self.has_street,
            &mut self.localities,
            &mut self.crossings,
            &mut self.roles,
        ] {
            score.finish();
        }
    }
}

impl Score {
    fn add(&mut self, labelled: &BTreeSet<String>, found: &BTreeSet<String>) {
        self.labelled += labelled.len();
        self.found += found.len();
        self.right += labelled.intersection(found).count();
    }

    #[allow(clippy::cast_precision_loss, reason = "counts of labels")]
    fn finish(&mut self) {
        let share = |of: usize| if of == 0 { 0.0 } else { self.right as f64 / of as f64 };
        (self.precision, self.recall) = (share(self.found), share(self.labelled));
        let both = (self.found + self.labelled) as f64;
        self.f1 = if both == 0.0 { 0.0 } else { 2.0 * self.right as f64 / both };
    }
}

impl fmt::Display for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "places: {} texts", self.texts)?;
        for (what, score) in [
            ("streets", &self.streets),
            ("houses", &self.houses),
            ("houses on streets", &self.houses_on_streets),
            ("has a street", &self.has_street),
            ("settlements", &self.localities),
            ("crossings", &self.crossings),
        ] {
            let Score { precision, recall, f1, right, found, labelled } = score;
            writeln!(
                f,
                "  {what:<18} P {precision:.3}  R {recall:.3}  F1 {f1:.3}  ({right} right of {found} found, {labelled} labelled)"
            )?;
        }
        writeln!(f, "  {:<18} {:.3}  ({} of {})", "roles", self.roles.precision, self.roles.right, self.roles.found)?;
        write!(f, "  {:<18} p50 {:.3}, p95 {:.3}", "ms a text", self.p50_ms, self.p95_ms)
    }
}

/// A name in the form in which names are compared.
fn name(name: &str) -> String {
    const KINDS: &[&str] = &["улица", "проспект", "переулок", "бульвар"];
    const ORDINALS: &[&str] = &["я", "й", "е", "ая", "ой", "ый", "ья", "ий"];
    let folded = fold(name);
    let mut sorted: Vec<&str> = Vec::new();
    let mut follows_number = false;
    for word in words(&folded) {
        if !(KINDS.contains(&word) || (follows_number && ORDINALS.contains(&word))) {
            sorted.push(word);
        }
        follows_number = word.chars().all(|c| c.is_ascii_digit());
    }
    sorted.sort_unstable();
    sorted.join(" ")
}

fn set(names: impl Iterator<Item = String>) -> BTreeSet<String> {
    names.filter(|name| !name.is_empty()).collect()
}

/// One element if the set has any.
fn any(names: &BTreeSet<String>) -> BTreeSet<String> {
    names.iter().next().map(|_| String::new()).into_iter().collect()
}

/// Whether a mention is of the labelled place, by its street, or by its settlement where there is none.
fn is_of(label: &Address, mention: &Mention) -> bool {
    let street = name(&label.street);
    if street.is_empty() {
        return mention.street.is_none()
            && mention.locality.as_deref().map(name).unwrap_or_default() == name(&label.locality);
    }
    let house = house_key(&label.house);
    let is_house = house.is_empty() || mention.house.as_deref() == Some(&house);
    is_house && [&mention.street, &mention.crossing].into_iter().flatten().any(|found| name(found) == street)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn evaluated(lines: &str) -> Result<Places, Unreadable> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(lines.as_bytes()).unwrap();
        evaluate(file.path(), &Gazetteer::default())
    }

    #[test]
    fn names_are_compared_as_people_mean_them() {
        for (one, other) in [("21-я Амурская", "Амурская 21"), ("Перелёта", "перелета"), ("улица Мира", "Мира")]
        {
            assert_eq!(name(one), name(other));
        }
        assert_ne!(name("Магистральный проезд"), name("Магистральный"));
    }

    #[test]
    fn what_is_found_is_counted_against_the_labels() {
        let lines = concat!(
            r#"{"text":"ул. Мира, д. 5, и улица Труда","addresses":[{"locality":"","street":"Мира","house":"5","role":"at"}]}"#,
            "\n\n",
            r#"{"text":"Когда дадут свет?","addresses":[{"locality":"","street":"Новая","house":"","role":"at"}]}"#,
        );
        let places = evaluated(lines).unwrap();
        assert_eq!((places.texts, places.streets.labelled, places.streets.found, places.streets.right), (2, 2, 2, 1));
        assert_eq!((places.houses.right, places.houses.f1, places.roles.right), (1, 1.0, 1));
        assert!((places.streets.precision - 0.5).abs() < 1e-9);
        assert!(places.to_string().contains("P 0.500  R 0.500  F1 0.500  (1 right of 2 found, 2 labelled)"));
        assert!(serde_json::to_string(&places).unwrap().contains("\"p95_ms\""));
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let error = evaluated("{}\n").unwrap_err().to_string();
        assert!(error.contains(":1: missing field `text`"), "{error}");
        assert!(evaluated("").unwrap_err().to_string().contains("no text"));
        assert!(evaluate(Path::new("no/such/file"), &Gazetteer::default()).is_err());
    }
}
