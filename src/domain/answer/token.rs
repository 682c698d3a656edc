//! Words, numbers and signs of a text, with where they stand.

use std::ops::Range;

use crate::domain::text::{fold, stem};

/// What a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// Folded.
    Word(String),
    /// Digits.
    Number(String),
    Sign(char),
}

/// A piece of a text without spaces in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub kind: Kind,
    /// In bytes.
    pub span: Range<usize>,
}

impl Token {
    /// The folded word; none of a number or sign.
    pub fn word(&self) -> Option<&str> {
        match &self.kind {
            Kind::Word(word) => Some(word),
            _ => None,
        }
    }

    /// The number; none of a word, a sign, or more digits than a quantity has.
    pub fn number(&self) -> Option<u32> {
        match &self.kind {
            Kind::Number(digits) if digits.len() <= 6 => digits.parse().ok(),
            _ => None,
        }
    }

    pub fn is(&self, sign: char) -> bool {
        self.kind == Kind::Sign(sign)
    }

    /// The stem of the word.
    pub fn stem(&self) -> Option<String> {
        self.word().map(|word| stem(word).into_owned())
    }
}

/// The tokens of a text.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let length =
            |like: fn(char) -> bool| -> usize { text[at..].chars().take_while(|c| like(*c)).map(char::len_utf8).sum() };
        let (kind, length) = if first.is_ascii_digit() {
            let length = length(|c| c.is_ascii_digit());
            (Some(Kind::Number(text[at..at + length].to_owned())), length)
        } else if first.is_alphabetic() {
            let length = length(|c| c.is_alphabetic() || c == '\u{301}');
            (Some(Kind::Word(fold(&text[at..at + length]))), length)
        } else {
            ((!first.is_whitespace()).then_some(Kind::Sign(first)), first.len_utf8())
        };
        found.extend(kind.map(|kind| Token { kind, span: at..at + length }));
        at += length;
    }
    found
}

/// The stems of a phrase that stands in our own data.
pub(super) fn stems(phrase: &str) -> Vec<String> {
    tokens(phrase).iter().filter_map(Token::stem).collect()
}
