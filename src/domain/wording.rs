//! One answer in many words: a text with places to fill and words to choose among, so that each author of a mass incident is answered
//! by name and place, and no two threads have the very same text below them.
//!
//! `{имя}`, `{адрес}` and `{номер}` (or `{name}`, `{address}`, `{number}`) are filled; `{имя|житель}` says what stands there if it is not
//! known. Any other `{а|б|в}` is one of its words, the same for the same thread. `{{` and `}}` are braces.
//!
//! A draft may also have [blanks](Blank), such as `{дата}` or `{date}`, which a person fills before the answer is handed in.

use std::fmt::Write as _;
use std::ops::Range;

use super::values::Id;
use super::words::vocabulary;

vocabulary! {
    /// What a person has to fill in a draft.
    Blank {
        /// Somebody's telephone, address of mail or document.
        Contact = "contact",
        /// A date or a term.
        Date = "date",
        /// A number.
        Figure = "figure",
        /// Who does it.
        Organisation = "organisation",
        /// Somebody's name.
        Person = "person",
        /// A street, a house, a settlement.
        Place = "place",
        /// A time of day.
        Time = "time",
    }
}

impl Blank {
    /// As it stands in a text.
    pub fn written(self) -> String {
        format!("{{{self}}}")
    }

    fn read(word: &str) -> Option<Blank> {
        Some(match word {
            "контакт" => Blank::Contact,
            "дата" => Blank::Date,
            "число" => Blank::Figure,
            "организация" => Blank::Organisation,
            "фио" => Blank::Person,
            "место" => Blank::Place,
            "время" => Blank::Time,
            _ => return word.parse().ok(),
        })
    }
}

/// What can be filled in.
#[derive(Debug, Clone, Copy, Default)]
pub struct Facts<'a> {
    /// The author's name, as the network shows it.
    pub name: Option<&'a str>,
    pub address: Option<&'a str>,
    /// The incident's number.
    pub number: i64,
}

/// Why a text cannot be filled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadWording {
    #[error("a brace is opened and not closed; write {{{{ for a brace itself")]
    Unclosed,
    #[error("a brace is closed that was not opened; write }}}} for a brace itself")]
    Unopened,
    #[error(
        "there is no {{{0}}}: known are имя, адрес, номер, the blanks дата, время, место, организация, фио, контакт, число, and choices such as {{Здравствуйте|Добрый день}}"
    )]
    Unknown(String),
}

enum Piece<'t> {
    Text(&'t str),
    Name(Option<&'t str>),
    Address(Option<&'t str>),
    Number,
    Choice(Vec<&'t str>),
    Blank(Blank),
}

/// Whether every place in the text can be filled, or is a [`Blank`].
///
/// # Errors
/// [`BadWording`].
pub fn check(text: &str) -> Result<(), BadWording> {
    pieces(text).map(|_| ())
}

/// The text for one thread. What cannot be filled stands as it is: [`check`] told of it before.
pub fn fill(text: &str, facts: &Facts<'_>, thread: Id) -> String {
    let Ok(pieces) = pieces(text) else { return text.to_owned() };
    let mut filled = String::with_capacity(text.len());
    let bytes = thread.0.into_bytes();
    for (n, (_, piece)) in pieces.iter().enumerate() {
        match piece {
            Piece::Text(text) => filled.push_str(text),
            Piece::Name(default) => filled.push_str(facts.name.or(*default).unwrap_or("житель города")),
            Piece::Address(default) => filled.push_str(facts.address.or(*default).unwrap_or("указанному адресу")),
            Piece::Number => _ = write!(filled, "{}", facts.number),
            // The random tail of the identity, another part of it for each choice.
            Piece::Choice(words) => filled.push_str(words[usize::from(bytes[8 + (n * 3) % 8]) % words.len()]),
            Piece::Blank(blank) => filled.push_str(&blank.written()),
        }
    }
    filled
}

/// The blanks of a text that are still to be filled, with where they stand, in bytes.
pub fn blanks(text: &str) -> Vec<(Blank, Range<usize>)> {
    let blank = |(span, piece): (Range<usize>, Piece<'_>)| match piece {
        Piece::Blank(blank) => Some((blank, span)),
        _ => None,
    };
    pieces(text).unwrap_or_default().into_iter().filter_map(blank).collect()
}

/// Where a text has anything in braces, in bytes.
pub fn places(text: &str) -> Vec<Range<usize>> {
    let braced = |(span, piece): (Range<usize>, Piece<'_>)| (!matches!(piece, Piece::Text(_))).then_some(span);
    pieces(text).unwrap_or_default().into_iter().filter_map(braced).collect()
}

/// The text for one incident, as far as its number, address and organisation are known; all else is left as it is.
pub fn prepared(text: &str, number: Option<i64>, place: Option<&str>, organisation: Option<&str>) -> String {
    let Ok(pieces) = pieces(text) else { return text.to_owned() };
    let mut prepared = String::with_capacity(text.len());
    for (span, piece) in pieces {
        let known = match piece {
            Piece::Number => number.map(|number| number.to_string()),
            Piece::Blank(Blank::Place) => place.map(literal),
            Piece::Blank(Blank::Organisation) => organisation.map(literal),
            _ => None,
        };
        prepared.push_str(known.as_deref().unwrap_or(&text[span]));
    }
    prepared
}

/// A text in which a brace is a brace.
fn literal(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}")
}

/// The pieces of a text, each with where it stands, in bytes.
fn pieces(text: &str) -> Result<Vec<(Range<usize>, Piece<'_>)>, BadWording> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let start = text.len() - rest.len();
        let (before, brace) = rest.split_at(at);
        pieces.push((start..start + at, Piece::Text(before)));
        if let Some(after) = brace.strip_prefix("{{").or_else(|| brace.strip_prefix("}}")) {
            pieces.push((start + at..start + at + 2, Piece::Text(&brace[..1])));
            rest = after;
            continue;
        }
        let inside = brace.strip_prefix('{').ok_or(BadWording::Unopened)?;
        let (place, after) = inside.split_once('}').ok_or(BadWording::Unclosed)?;
        if place.contains('{') {
            return Err(BadWording::Unclosed);
        }
        pieces.push((start + at..text.len() - after.len(), piece(place)?));
        rest = after;
    }
    pieces.push((text.len() - rest.len()..text.len(), Piece::Text(rest)));
    Ok(pieces)
}

fn piece(place: &str) -> Result<Piece<'_>, BadWording> {
    let words: Vec<&str> = place.split('|').collect();
    let default = (words.len() == 2).then(|| words[1]);
    match (words[0].trim().to_lowercase().as_str(), words.len()) {
        ("имя" | "name" | "author", 1 | 2) => Ok(Piece::Name(default)),
        ("адрес" | "address", 1 | 2) => Ok(Piece::Address(default)),
        ("номер" | "number", 1) => Ok(Piece::Number),
        (word, 1) => Blank::read(word).map(Piece::Blank).ok_or_else(|| BadWording::Unknown(place.to_owned())),
        _ => Ok(Piece::Choice(words)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::At;

    #[test]
    fn places_are_filled_and_words_chosen_alike_for_the_same_thread() {
        let text = "{Здравствуйте|Добрый день}, {имя|сосед}! По адресу {адрес} работы окончены, № {номер} {{так}}.";
        assert_eq!(check(text), Ok(()));
        let facts = Facts { name: Some("Анна"), address: Some("Мира, 14"), number: 7 };
        let thread = Id::new(At::now());
        let filled = fill(text, &facts, thread);
        assert!(filled.ends_with(", Анна! По адресу Мира, 14 работы окончены, № 7 {так}."), "{filled}");
        assert!(filled.starts_with("Здравствуйте") || filled.starts_with("Добрый день"));
        assert_eq!(fill(text, &facts, thread), filled);
        assert!(fill(text, &Facts::default(), thread).contains("сосед! По адресу указанному адресу"));
        let others: std::collections::HashSet<String> =
            (0..50).map(|_| fill(text, &facts, Id::new(At::now()))).collect();
        assert_eq!(others.len(), 2);
    }

    #[test]
    fn blanks_wait_for_a_person_and_what_is_known_is_filled_in() {
        let text = "№ {номер}: {organisation} уберёт {место|двор} {место} до {дата}, {{ок}}";
        let blanks: Vec<_> = blanks(text).into_iter().map(|(blank, span)| (blank, &text[span])).collect();
        assert_eq!(
            blanks,
            [(Blank::Organisation, "{organisation}"), (Blank::Place, "{место}"), (Blank::Date, "{дата}")]
        );
        let ready = prepared(text, Some(7), Some("Мира, {14}"), None);
        assert_eq!(ready, "№ 7: {organisation} уберёт {место|двор} Мира, {{14}} до {дата}, {{ок}}");
        assert_eq!(prepared(text, None, None, None), text);
        assert_eq!(places("а {номер} {{").len(), 1);
    }

    #[test]
    fn what_cannot_be_filled_is_told() {
        assert_eq!(check("{имя"), Err(BadWording::Unclosed));
        assert_eq!(check("имя}"), Err(BadWording::Unopened));
        assert_eq!(check("{имя {номер}}"), Err(BadWording::Unclosed));
        assert_eq!(check("{отчество}"), Err(BadWording::Unknown("отчество".to_owned())));
        assert_eq!(check("просто текст"), Ok(()));
    }
}
