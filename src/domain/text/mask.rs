//! Personal data found in a text, and masked where the text leaves the desk: telephones, addresses of mail, links to profiles, number
//! plates, documents, flats, dates of birth, and names with a patronymic or initials.
//!
//! A scanner by hand, in one pass, that looks a bounded way ahead and remembers a few words behind. It prefers to hide a number too many
//! over a phone too few, with one exception: streets, houses, dates of events, terms, routes and prices must survive, because a complaint
//! without its place and time cannot be worked on. Names are known by their patronymics, so that streets named after people survive too.
//!
//! Labels that stand in a text already are passed over and give no context, so that masking what is masked changes nothing.

mod behind;
mod birth;
mod document;
mod flat;
mod kind;
mod link;
mod name;
mod number;
mod plate;

use std::collections::BTreeSet;

use super::{fold, words};
use behind::Behind;
pub use kind::{Kinds, PersonalKind};
pub use name::plain_names;

/// The text with its personal data replaced by the [labels](PersonalKind::label) of their kinds.
pub fn mask_personal(text: &str) -> String {
    masked(text, &personal_in(text))
}

/// The text with these pieces of it, in their order, replaced by their labels.
pub fn masked(text: &str, pieces: &[Personal<'_>]) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut reached = 0;
    for Personal { kind, at, piece } in pieces {
        masked.push_str(&text[reached..*at]);
        masked.push_str(kind.label());
        reached = at + piece.len();
    }
    masked.push_str(&text[reached..]);
    masked
}

/// Which kinds of personal data a text holds.
pub fn kinds_in(text: &str) -> Kinds {
    personal_in(text).iter().map(|personal| personal.kind).collect()
}

/// The words of a text's personal data, folded: those that nothing may tell in the open.
pub fn personal_words(text: &str) -> BTreeSet<String> {
    let pieces = personal_in(text);
    pieces.iter().flat_map(|one| words(one.piece)).map(fold).collect()
}

/// A piece of personal data in a text, as it stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Personal<'t> {
    pub kind: PersonalKind,
    /// Where it begins, in bytes.
    pub at: usize,
    pub piece: &'t str,
}

/// What stands at a place of the text: so many bytes of personal data, or of something that only looks so.
enum Found {
    Personal(PersonalKind, usize),
    Plain(usize),
}

/// The personal data in a text, in its order: just what [`mask_personal`] replaces.
pub fn personal_in(text: &str) -> Vec<Personal<'_>> {
    let mut found = Vec::new();
    let mut behind = Behind::default();
    let small_names = name::may_be_small(text);
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let length = match find_at(&behind, small_names, first, rest) {
            Some(Found::Personal(kind, length)) => {
                found.push(Personal { kind, at, piece: &rest[..length] });
                behind = Behind::label();
                length
            }
            Some(Found::Plain(length)) => {
                behind.pass(&rest[..length]);
                length
            }
            None => {
                let length = plain_length(first, rest);
                behind.pass(&rest[..length]);
                length
            }
        };
        at += length;
    }
    found
}

/// What stands at the very start of `rest`. The first character rules most out at no cost.
fn find_at(behind: &Behind<'_>, small_names: bool, first: char, rest: &str) -> Option<Found> {
    let personal = |kind, length: Option<usize>| length.map(|length| Found::Personal(kind, length));
    if first == '<' {
        // A label is no word: what stands behind it is read as if nothing stood before.
        return label_length(rest).map(Found::Plain);
    }
    if first == '[' {
        return personal(PersonalKind::Link, link::mention_length(rest));
    }
    if !behind.starts_word() {
        return match first {
            '0'..='9' if !behind.in_number() => number::number_at(behind, rest),
            '+' | '(' => number::number_at(behind, rest),
            _ => None,
        };
    }
    match first {
        'a'..='z' | 'A'..='Z' => personal(PersonalKind::Email, link::email_length(rest))
            .or_else(|| personal(PersonalKind::Link, link::profile_length(rest)))
            .or_else(|| personal(PersonalKind::Plate, plate::length(behind, rest))),
        '0'..='9' => personal(PersonalKind::Email, link::email_length(rest))
            .or_else(|| personal(PersonalKind::BirthDate, birth::length(behind, rest)))
            .or_else(|| personal(PersonalKind::Plate, plate::length(behind, rest)))
            .or_else(|| personal(PersonalKind::Passport, document::passport_length(behind, rest)))
            .or_else(|| personal(PersonalKind::Flat, flat::behind_number(rest)))
            .or_else(|| number::number_at(behind, rest)),
        '+' | '(' => number::number_at(behind, rest),
        _ if is_cyrillic(first) => personal(PersonalKind::Flat, flat::length(rest))
            .or_else(|| personal(PersonalKind::Plate, plate::length(behind, rest)))
            .or_else(|| if small_names || first.is_uppercase() { name::find(behind, rest) } else { None }),
        _ => None,
    }
}

fn is_cyrillic(c: char) -> bool {
    matches!(c, '\u{400}'..='\u{45f}')
}

/// The length of a label of ours that stands at the start.
fn label_length(rest: &str) -> Option<usize> {
    PersonalKind::ALL.iter().map(|kind| kind.label()).find(|label| rest.starts_with(label)).map(str::len)
}

/// How far an ordinary piece reaches: a run of letters or of digits is passed as a whole, so that its tail is not taken for something
/// of its own.
fn plain_length(first: char, rest: &str) -> usize {
    if first.is_ascii_digit() {
        digits(rest)
    } else if first.is_alphabetic() {
        letters(rest)
    } else {
        first.len_utf8()
    }
}

/// The bytes of the digits at the start.
fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// The bytes of the letters at the start.
fn letters(text: &str) -> usize {
    text.chars().take_while(|c| c.is_alphabetic()).map(char::len_utf8).sum()
}

/// Whether what goes before has ended here: neither a letter or digit follows, nor the bracket of a label, for which letters or digits
/// may have stood.
fn ends(after: &str) -> bool {
    !after.starts_with(|c: char| c.is_alphanumeric() || c == '<')
}

/// The bytes of at most one space of any kind.
fn space(text: &str) -> usize {
    text.chars().next().filter(|c| matches!(c, ' ' | '\u{a0}' | '\u{202f}')).map_or(0, char::len_utf8)
}

#[cfg(test)]
mod tests;
