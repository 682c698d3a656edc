//! What in an answer belongs to one case alone.

use std::ops::Range;

use super::date;
use super::token::{Kind, tokens};
use crate::domain::place::{Gazetteer, mentions};
use crate::domain::text::{PersonalKind, personal_in, plain_names};
use crate::domain::wording::{self, Blank};

/// How sure it must be that words name a place.
const SURE: f32 = 0.5;

/// What kind of fact it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FactKind {
    /// A place to be filled in, or words to choose among: nobody's fact.
    Wording,
    /// Personal data other than a name.
    Personal(PersonalKind),
    /// A person's name.
    Person,
    /// A date or a term.
    Date,
    /// A time of day.
    Time,
    Place,
    /// Any other number.
    Figure,
}

/// A piece of a text that belongs to one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    pub kind: FactKind,
    /// In bytes.
    pub span: Range<usize>,
}

/// The facts of a text, in their order, none over another: where two lay claim to the same words, the kind that stands first in
/// [`FactKind`] has them.
pub fn facts_in(text: &str, gazetteer: &Gazetteer) -> Vec<Fact> {
    let mut found: Vec<Fact> = Vec::new();
    let mut claim = |kind: FactKind, span: Range<usize>| {
        if !span.is_empty() && found.iter().all(|fact| fact.span.end <= span.start || span.end <= fact.span.start) {
            found.push(Fact { kind, span });
        }
    };
    for span in wording::places(text) {
        claim(FactKind::Wording, span);
    }
    let places = mentions(text, gazetteer);
    for personal in personal_in(text) {
        let kind =
            if personal.kind == PersonalKind::Name { FactKind::Person } else { FactKind::Personal(personal.kind) };
        claim(kind, personal.at..personal.at + personal.piece.len());
    }
    for name in plain_names(text) {
        // «на Ивана Франко» is a street.
        let of_place = places.iter().any(|place| place.span.start < name.end && name.start < place.span.end);
        if !of_place {
            claim(FactKind::Person, name);
        }
    }
    for when in date::times(text) {
        claim(if when.of_day { FactKind::Time } else { FactKind::Date }, when.span);
    }
    for place in places.into_iter().filter(|place| place.confidence >= SURE) {
        claim(FactKind::Place, place.span);
    }
    for token in tokens(text) {
        if matches!(token.kind, Kind::Number(_)) {
            claim(FactKind::Figure, token.span);
        }
    }
    found.sort_by_key(|fact| fact.span.start);
    found
}

/// The text with every fact left blank, to be used for another case. `number` is that of the incident which it answered, `names` are
/// the words of its author's name: where they stand, the next author's will.
pub fn blanked(text: &str, facts: &[Fact], number: i64, names: &[String]) -> String {
    let number = number.to_string();
    let mut pieces: Vec<(Range<usize>, String)> = Vec::new();
    for Fact { kind, span } in facts {
        let piece = &text[span.clone()];
        let blank = match kind {
            FactKind::Wording => continue,
            FactKind::Figure if piece == number => "{number}".to_owned(),
            FactKind::Person if is_of(piece, names) => "{name}".to_owned(),
            FactKind::Person => Blank::Person.written(),
            FactKind::Personal(_) => Blank::Contact.written(),
            FactKind::Date => Blank::Date.written(),
            FactKind::Time => Blank::Time.written(),
            FactKind::Place => Blank::Place.written(),
            FactKind::Figure => Blank::Figure.written(),
        };
        pieces.push((span.clone(), blank));
    }
    // A first name alone is no fact that is found by its form; the author's is known.
    for token in tokens(text) {
        let free = facts.iter().all(|fact| fact.span.end <= token.span.start || token.span.end <= fact.span.start);
        let is_capital = text[token.span.clone()].starts_with(char::is_uppercase);
        if free && is_capital && token.word().is_some_and(|word| is_of(word, names)) {
            pieces.push((token.span, "{name}".to_owned()));
        }
    }
    pieces.sort_by_key(|(span, _)| span.start);
    let mut blanked = String::with_capacity(text.len());
    let mut reached = 0;
    for (span, blank) in pieces {
        blanked.push_str(&text[reached..span.start]);
        blanked.push_str(&blank);
        reached = span.end;
    }
    blanked.push_str(&text[reached..]);
    blanked
}

/// Whether a name shares a word, in whatever case, with those of a person.
pub(super) fn is_of(name: &str, names: &[String]) -> bool {
    let words = |text: &str| -> Vec<String> {
        tokens(text).iter().filter(|token| token.span.len() >= 6).filter_map(super::token::Token::stem).collect()
    };
    let known: Vec<String> = names.iter().flat_map(|name| words(name)).collect();
    words(name).iter().any(|word| known.contains(word))
}
