//! The names that a city knows: its streets with their houses, its okrugs, the municipalities of its region.

use std::collections::HashMap;

use super::decline::{Gender, adjective};
use super::kinds::Kind;
use super::token::{Token, tokens};
use crate::domain::policy::doc::{House, Municipality, MunicipalityKind, Okrug, Street};
use crate::domain::text::fold;

/// Latitude and longitude in degrees.
pub type Point = (f64, f64);

/// The known names of a city, indexed by the unchanging part of their first word. Built once; never changes.
#[derive(Debug, Default)]
pub struct Gazetteer {
    streets: Vec<Known>,
    /// By the key of a pattern's first part.
    patterns: HashMap<String, Vec<Pattern>>,
    /// By the street's position and the house as [`super::Mention::house`] writes it.
    houses: HashMap<(usize, String), Point>,
    /// By the key of the first word.
    localities: HashMap<String, Vec<Locality>>,
    /// By the base of the adjective: «Калачинск(ий) район».
    districts: HashMap<String, String>,
    okrugs: HashMap<String, String>,
    abbreviations: HashMap<String, String>,
    city: Option<String>,
}

/// A street of the gazetteer.
#[derive(Debug)]
pub(super) struct Known {
    /// As mentions write it.
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) point: Option<Point>,
    pub(super) okrug: Option<String>,
}

/// A settlement of the gazetteer.
#[derive(Debug)]
struct Locality {
    words: Vec<Part>,
    name: String,
    municipality: String,
}

/// A word of a name, and how it may change.
#[derive(Debug, Clone, PartialEq)]
enum Part {
    Number(String),
    /// A genitive, which never changes: «Ленина».
    Fixed(String),
    /// Its base, and the gender it has.
    Adjective(String, Gender),
    /// The base of an adjective in the plural: «Больши(е)».
    Plural(String),
    /// A noun in the nominative, without its ending: «Лини(я)».
    Noun(String),
}

#[derive(Debug)]
struct Pattern {
    parts: Vec<Part>,
    street: usize,
    /// Only the surname of a longer name.
    is_alias: bool,
}

/// A street found in a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hit {
    pub(super) street: usize,
    pub(super) end: usize,
    pub(super) is_alias: bool,
    pub(super) has_number: bool,
    /// All of it is one adjective, as in «Омская».
    pub(super) is_adjective: bool,
}

impl Gazetteer {
    /// Rows without a kind of street (garden partnerships, garages) are left out. Houses of unknown streets are ignored.
    pub fn new(streets: &[Street], houses: &[House], municipalities: &[Municipality], okrugs: &[Okrug]) -> Self {
        let mut gazetteer = Self::default();
        let mut by_name = HashMap::new();
        for street in streets {
            if let Some(position) = gazetteer.street(street) {
                by_name.insert(street.name.as_str(), position);
            }
        }
        gazetteer.aliases();
        for house in houses {
            if let Some(street) = by_name.get(house.street.as_str()) {
                gazetteer.houses.insert((*street, super::house::normal(&house.house)), (house.lat, house.lon));
            }
        }
        for municipality in municipalities {
            gazetteer.municipality(municipality);
        }
        for okrug in okrugs {
            if let Some(base) = okrug.title.split(' ').next().map(fold).as_deref().and_then(adjective) {
                gazetteer.okrugs.insert(base.base.to_owned(), okrug.id.clone());
            }
            gazetteer.abbreviations.insert(okrug.abbr.clone(), okrug.id.clone());
        }
        gazetteer
    }

    fn street(&mut self, street: &Street) -> Option<usize> {
        let (kind, core) = match Kind::of(&street.kind) {
            Some(kind) => (kind, street.core.as_str()),
            None => {
                let (first, rest) = street.core.split_once(' ')?;
                (Kind::of(first)?, rest)
            }
        };
        let cut = tokens(core);
        let parts = parts(&cut);
        let first = parts.first().filter(|_| parts.iter().any(|part| !matches!(part, Part::Number(_))))?;
        let position = self.streets.len();
        let mut pattern = Pattern { parts: parts.clone(), street: position, is_alias: false };
        self.patterns.entry(key(first)).or_default().push(pattern);
        // The address register writes «Линия 7-я», and so do people.
        if let [number @ Part::Number(_), word @ (Part::Adjective(..) | Part::Noun(_))] = parts.as_slice() {
            pattern = Pattern { parts: vec![word.clone(), number.clone()], street: position, is_alias: false };
            self.patterns.entry(key(word)).or_default().push(pattern);
        }
        self.streets.push(Known {
            name: super::street::with_kind(&core.split_whitespace().collect::<Vec<_>>().join(" "), kind),
            kind,
            point: street.lat.zip(street.lon),
            okrug: street.okrug.clone(),
        });
        Some(position)
    }

    /// Lets «Маркса» stand for «Карла Маркса» where no street is called just that, and only one ends so.
    fn aliases(&mut self) {
        let mut surnames: HashMap<String, Vec<usize>> = HashMap::new();
        for pattern in self.patterns.values().flatten() {
            if let [Part::Fixed(_), .., Part::Fixed(last)] = pattern.parts.as_slice()
                && last.chars().count() > 4
            {
                surnames.entry(last.clone()).or_default().push(pattern.street);
            }
        }
        for (surname, streets) in surnames {
            let patterns = self.patterns.entry(surname.clone()).or_default();
            let is_taken = patterns.iter().any(|pattern| pattern.parts.len() == 1);
            if let ([street], false) = (streets.as_slice(), is_taken) {
                patterns.push(Pattern { parts: vec![Part::Fixed(surname)], street: *street, is_alias: true });
            }
        }
    }

    fn municipality(&mut self, municipality: &Municipality) {
        let id = &municipality.id;
        if municipality.kind == MunicipalityKind::City && self.city.is_none() {
            self.city = Some(id.clone());
        }
        for name in std::iter::once(&municipality.title).chain(&municipality.aliases) {
            let folded = fold(name);
            let has = |word: &str| folded.split([' ', '.']).any(|part| part == word);
            if has("район") || has("округ") {
                if let Some(found) = folded.split(' ').next().and_then(adjective) {
                    self.districts.insert(found.base.to_owned(), id.clone());
                }
            } else if municipality.kind != MunicipalityKind::Region && !name.contains('.') && !has("город") {
                let words: Vec<_> = tokens(name).iter().map(|token| nominative(&token.text)).collect();
                if let Some(first) = words.first() {
                    let locality = Locality { name: name.clone(), municipality: id.clone(), words: words.clone() };
                    self.localities.entry(key(first)).or_default().push(locality);
                }
            }
        }
    }

    pub(super) fn known(&self, street: usize) -> Option<&Known> {
        self.streets.get(street)
    }

    pub(super) fn house(&self, street: usize, house: &str) -> Option<Point> {
        self.houses.get(&(street, house.to_owned())).copied()
    }

    pub(super) fn city(&self) -> Option<&str> {
        self.city.as_deref()
    }

    /// The longest name of a street that stands here, of the kind that was said, if one was.
    pub(super) fn find(&self, tokens: &[Token], at: usize, kind: Option<Kind>) -> Option<Hit> {
        let token = tokens.get(at)?;
        let mut best: Option<(i32, Hit)> = None;
        for key in keys(token) {
            for pattern in self.patterns.get(&key).into_iter().flatten() {
                let Some(known) = self.streets.get(pattern.street) else { continue };
                let Some(fits) = fit(kind, known.kind).filter(|_| agrees(kind, known.kind, &pattern.parts)) else {
                    continue;
                };
                let Some(end) = matched(tokens, at, &pattern.parts) else { continue };
                let hit = Hit {
                    street: pattern.street,
                    end,
                    is_alias: pattern.is_alias,
                    has_number: pattern.parts.iter().any(|part| matches!(part, Part::Number(_))),
                    is_adjective: matches!(pattern.parts.as_slice(), [Part::Adjective(..)]),
                };
                let length = i32::try_from(end - at).unwrap_or(0);
                let score = length * 10 + fits - i32::from(pattern.is_alias) * 5;
                if best.is_none_or(|(other, one)| (score, one.street) > (other, hit.street)) {
                    best = Some((score, hit));
                }
            }
        }
        best.map(|(_, hit)| hit)
    }

    /// A known settlement that stands here: its name, the municipality, and the token after it.
    pub(super) fn locality(&self, tokens: &[Token], at: usize) -> Option<(&str, &str, usize)> {
        let token = tokens.get(at).filter(|token| token.is_word() && token.is_capital)?;
        let found = keys(token).into_iter().flat_map(|key| self.localities.get(&key).into_iter().flatten());
        found
            .filter_map(|locality| {
                let end = matched(tokens, at, &locality.words)?;
                Some((locality.name.as_str(), locality.municipality.as_str(), end))
            })
            .max_by_key(|(.., end)| *end)
    }

    /// The municipality of a settlement called so, in the nominative.
    pub(super) fn municipality_of(&self, name: &str) -> Option<&str> {
        self.locality(&tokens(name), 0).map(|(_, municipality, _)| municipality)
    }

    pub(super) fn district(&self, base: &str) -> Option<&str> {
        self.districts.get(base).map(String::as_str)
    }

    pub(super) fn okrug(&self, base: &str) -> Option<&str> {
        self.okrugs.get(base).map(String::as_str)
    }

    pub(super) fn abbreviation(&self, raw: &str) -> Option<&str> {
        self.abbreviations.get(raw).map(String::as_str)
    }
}

/// How well a kind fits what was said; none if it does not. People call everything a street.
fn fit(said: Option<Kind>, kind: Kind) -> Option<i32> {
    match said {
        Some(said) if said == kind => Some(4),
        Some(Kind::Street) => Some(1),
        Some(_) => None,
        None => Some(match kind {
            Kind::Street | Kind::Avenue => 3,
            Kind::Boulevard | Kind::Tract => 2,
            _ => 1,
        }),
    }
}

/// «улица Лесная» is not «Лесной проезд»: another kind is allowed for, another gender is not.
fn agrees(said: Option<Kind>, kind: Kind, parts: &[Part]) -> bool {
    match (said, parts.first(), parts.last()) {
        (Some(said), _, Some(Part::Adjective(_, gender))) if said != kind => *gender == said.gender(),
        _ => true,
    }
}

fn key(part: &Part) -> String {
    match part {
        Part::Number(number) => number.clone(),
        Part::Fixed(word) => word.clone(),
        Part::Adjective(base, _) | Part::Plural(base) | Part::Noun(base) => format!("~{base}"),
    }
}

/// Under which keys a name that begins with this word may be found.
fn keys(token: &Token) -> Vec<String> {
    let mut keys = vec![token.text.clone()];
    if token.is_word() {
        let chars: Vec<_> = token.text.char_indices().map(|(at, _)| at).collect();
        for cut in 0..=2 {
            if let Some(end) = chars.len().checked_sub(cut).filter(|left| *left > 2) {
                let base = &token.text[..chars.get(end).copied().unwrap_or(token.text.len())];
                keys.push(format!("~{base}"));
            }
        }
        if let Some(found) = adjective(&token.text) {
            let key = format!("~{}", found.base);
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
    }
    keys
}

fn parts(cut: &[Token]) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut at = 0;
    let is_anniversary = cut.iter().any(|token| matches!(token.text.as_str(), "лет" | "год" | "года"));
    while let Some(token) = cut.get(at) {
        at += 1;
        if token.is_number() {
            at = super::street::ordinal_end(cut, at - 1).unwrap_or(at);
            parts.push(Part::Number(token.text.clone()));
        } else if token.is_word() && token.text.chars().count() > 1 {
            let follows = matches!(parts.last(), Some(Part::Adjective(..) | Part::Plural(_) | Part::Number(_)));
            let is_declined = follows && !is_date(&token.text) && !token.text.ends_with("ии");
            parts.push(match declined(&token.text) {
                Some(adjective) if !is_anniversary => adjective,
                _ if (is_declined || token.text.ends_with("ка")) && !is_anniversary => nominative(&token.text),
                _ => Part::Fixed(token.text.clone()),
            });
        }
    }
    parts
}

/// An adjective in the nominative.
fn declined(word: &str) -> Option<Part> {
    let found = adjective(word)?;
    if matches!(found.ending, "ые" | "ие") {
        return Some(Part::Plural(found.base.to_owned()));
    }
    let gender = [Gender::Feminine, Gender::Masculine, Gender::Neuter]
        .into_iter()
        .find(|gender| found.is_nominative(*gender))?;
    Some(Part::Adjective(found.base.to_owned(), gender))
}

/// Months, in the genitive: «8 Марта».
fn is_date(word: &str) -> bool {
    super::skip::is_mark_of_time(word)
}

/// A word in the nominative as a part that declines.
fn nominative(word: &str) -> Part {
    if let Some(adjective) = declined(word) {
        return adjective;
    }
    Part::Noun(word.strip_suffix(['а', 'я', 'о', 'е', 'ь', 'и', 'ы', 'й']).unwrap_or(word).to_owned())
}

/// The token after the name, if all its parts stand here.
fn matched(tokens: &[Token], at: usize, parts: &[Part]) -> Option<usize> {
    let mut next = at;
    for (index, part) in parts.iter().enumerate() {
        let token = tokens.get(next)?;
        if index > 0 && token.is_first {
            return None;
        }
        let fits = match part {
            Part::Number(number) => token.is_number() && token.text == *number,
            Part::Fixed(word) => token.text == *word,
            Part::Adjective(base, gender) => {
                adjective(&token.text).is_some_and(|found| found.base == base && found.agrees(*gender))
            }
            Part::Plural(base) => adjective(&token.text).is_some_and(|found| found.base == base && found.is_plural()),
            Part::Noun(base) => token.text.strip_prefix(base.as_str()).is_some_and(is_noun_ending),
        };
        if !fits {
            return None;
        }
        next += 1;
        if matches!(part, Part::Number(_)) {
            let ordinal = super::street::ordinal_end(tokens, next - 1);
            // A number after its name is a house unless it is an ordinal.
            if index > 0 && index + 1 == parts.len() && ordinal.is_none() {
                return None;
            }
            next = ordinal.unwrap_or(next);
        }
    }
    Some(next)
}

fn is_noun_ending(rest: &str) -> bool {
    const ENDINGS: &[&str] =
        &["", "а", "я", "о", "е", "ь", "и", "ы", "й", "у", "ю", "ом", "ем", "ой", "ей", "ью", "ам", "ах"];
    ENDINGS.contains(&rest)
}
