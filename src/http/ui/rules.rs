//! What the rules say, in the language of whoever reads it.
//!
//! Rules speak English, to programs as well. Every sentence of theirs is a message of `rules.en.ftl`, with a variable where the rule fills
//! something in, and `rules.ru.ftl` says the same in Russian: what a rule said is found by the English message and told by the Russian one.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::sync::LazyLock;

use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use fluent_syntax::ast::{Entry, Expression, InlineExpression, PatternElement};
use fluent_syntax::unicode::unescape_unicode_to_string;

use super::words::Words;
use crate::domain::Language;

/// The sentences as the rules say them.
pub const ENGLISH: &str = include_str!("rules.en.ftl");

/// The variables whose values are words of a vocabulary: they are called as pages call them.
const VOCABULARIES: [&str; 6] = ["action", "clock", "day-kind", "network", "permission", "step"];

/// How deep a sentence may stand within another: none of ours does deeper, and what was sent may repeat itself without end.
const DEEPEST: usize = 4;

/// A sentence of a rule: what it says, and what is filled in.
struct Sentence {
    message: String,
    pieces: Vec<Piece>,
}

enum Piece {
    Said(String),
    Filled(String),
}

/// All sentences; what says more of itself comes before what is vaguer.
static SENTENCES: LazyLock<Vec<Sentence>> = LazyLock::new(|| {
    let resource = FluentResource::try_new(ENGLISH.to_owned()).unwrap_or_else(|(readable, _)| readable);
    let mut sentences: Vec<Sentence> = resource.entries().filter_map(Sentence::of).collect();
    sentences.sort_by_key(|sentence| Reverse(sentence.pieces.iter().map(Piece::weight).sum::<usize>()));
    sentences
});

impl Piece {
    fn weight(&self) -> usize {
        match self {
            Piece::Said(text) => text.len(),
            Piece::Filled(_) => 0,
        }
    }
}

impl Sentence {
    /// Of a message with nothing but text and variables.
    fn of(entry: &Entry<&str>) -> Option<Sentence> {
        let Entry::Message(message) = entry else { return None };
        let mut pieces: Vec<Piece> = Vec::new();
        for element in &message.value.as_ref()?.elements {
            let text = match element {
                PatternElement::TextElement { value } => Cow::Borrowed(*value),
                PatternElement::Placeable { expression: Expression::Inline(inline) } => match inline {
                    InlineExpression::StringLiteral { value } => unescape_unicode_to_string(value),
                    InlineExpression::VariableReference { id } => {
                        pieces.push(Piece::Filled(id.name.to_owned()));
                        continue;
                    }
                    _ => return None,
                },
                PatternElement::Placeable { .. } => return None,
            };
            match pieces.last_mut() {
                Some(Piece::Said(before)) => before.push_str(&text),
                _ => pieces.push(Piece::Said(text.into_owned())),
            }
        }
        Some(Sentence { message: message.id.name.to_owned(), pieces })
    }

    /// What is filled in, if the whole of `said` is this sentence: each value ends where what follows it first stands.
    fn filled<'s>(&'s self, said: &'s str) -> Option<Vec<(&'s str, &'s str)>> {
        let (mut rest, mut filled, mut open) = (said, Vec::new(), None);
        for (n, piece) in self.pieces.iter().enumerate() {
            let text = match piece {
                Piece::Filled(name) => {
                    open = Some(name.as_str());
                    continue;
                }
                Piece::Said(text) => text.as_str(),
            };
            let at = match open {
                None => rest.starts_with(text).then_some(0)?,
                Some(_) if n + 1 == self.pieces.len() => rest.strip_suffix(text)?.len(),
                Some(_) => rest.find(text)?,
            };
            if let Some(name) = open.take() {
                filled.push((name, &rest[..at]));
            }
            rest = &rest[at + text.len()..];
        }
        match open {
            Some(name) => filled.push((name, rest)),
            None if !rest.is_empty() => return None,
            None => {}
        }
        Some(filled)
    }
}

impl Words {
    /// What a rule said, in this language; none if the sentence is not known.
    pub fn rule(self, said: &str) -> Option<Cow<'_, str>> {
        match self.language() {
            Language::English => Some(said.into()),
            Language::Russian => self.retold(said, DEEPEST).map(Cow::Owned),
        }
    }

    /// How the field is called that a JSON pointer or a parameter names; none if no page has it.
    pub fn field(self, pointer: &str) -> Option<Cow<'static, str>> {
        let is_name = |part: &&str| !part.is_empty() && !is_number(part);
        let name = pointer.rsplit(['/', '.']).find(is_name)?;
        // What is sent is one organisation; what is asked for is those below it as well.
        let sent = pointer.starts_with('/').then(|| self.known(&format!("field-sent-{name}"))).flatten();
        sent.or_else(|| self.known(&format!("field-{name}")))
    }

    fn retold(self, said: &str, depth: usize) -> Option<String> {
        let deeper = depth.checked_sub(1)?;
        SENTENCES.iter().find_map(|sentence| {
            let mut args = FluentArgs::new();
            for (name, text) in sentence.filled(said)? {
                args.set(name, self.value(name, text, deeper)?);
            }
            self.found(&sentence.message, Some(&args)).map(Cow::into_owned)
        })
    }

    /// What was filled in, as this language has it; none where it should be a sentence and is not.
    fn value<'t>(self, name: &str, text: &'t str, depth: usize) -> Option<FluentValue<'t>> {
        Some(match name {
            "said" => self.retold(text, depth)?.into(),
            "field" => self.field(text).unwrap_or(text.into()).into(),
            _ if VOCABULARIES.contains(&name) => self.named(name, text).into(),
            _ => match text.parse::<i64>() {
                Ok(number) if is_number(text) => number.into(),
                _ => text.into(),
            },
        })
    }
}

/// Whether a text is a whole number as it is usually written.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_plain = digits == "0" || !digits.starts_with('0') && !digits.is_empty();
    is_plain && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests;
