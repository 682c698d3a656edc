//! Sentences, and what of them is mere wording.

use std::ops::Range;

use sha2::{Digest, Sha256};

use super::fact::{Fact, FactKind, facts_in};
use super::token::{Token, tokens};
use crate::domain::place::Gazetteer;

/// Shorter ones, in words that are no facts, are greetings and thanks: everybody says them.
const FEWEST_WORDS: usize = 4;

/// The most sentences of an answer that are looked at.
const MOST_SENTENCES: usize = 60;

/// A sentence of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// In bytes.
    pub span: Range<usize>,
    /// The fingerprint of its wording without facts, the same in every build; none of a sentence that is too short to tell anything.
    pub print: Option<i64>,
}

/// An answer's text, read.
#[derive(Debug, Clone)]
pub struct Reading<'t> {
    pub text: &'t str,
    pub facts: Vec<Fact>,
    pub sentences: Vec<Sentence>,
    pub(super) tokens: Vec<Token>,
}

impl<'t> Reading<'t> {
    /// Reads a text.
    pub fn new(text: &'t str, gazetteer: &Gazetteer) -> Reading<'t> {
        let (facts, tokens) = (facts_in(text, gazetteer), tokens(text));
        let sentence = |span: Range<usize>| Sentence { print: print(&tokens, &facts, &span), span };
        let sentences = sentences(text, &facts).into_iter().take(MOST_SENTENCES).map(sentence).collect();
        Reading { text, facts, sentences, tokens }
    }

    /// The fingerprints of its sentences, each once, in order of size.
    pub fn prints(&self) -> Vec<i64> {
        let mut prints: Vec<i64> = self.sentences.iter().filter_map(|sentence| sentence.print).collect();
        prints.sort_unstable();
        prints.dedup();
        prints
    }

    /// One fingerprint of all of its wording.
    pub fn print(&self) -> i64 {
        let stems = wording(&self.tokens, &self.facts, &(0..self.text.len()));
        hashed(&stems)
    }

    pub(super) fn has(&self, kinds: &[FactKind]) -> bool {
        self.facts.iter().any(|fact| kinds.contains(&fact.kind))
    }
}

fn print(tokens: &[Token], facts: &[Fact], span: &Range<usize>) -> Option<i64> {
    let stems = wording(tokens, facts, span);
    let words = stems.iter().filter(|stem| stem.chars().count() > 2).count();
    (words >= FEWEST_WORDS).then(|| hashed(&stems))
}

/// The stems of the words within a span that are no facts.
fn wording(tokens: &[Token], facts: &[Fact], span: &Range<usize>) -> Vec<String> {
    let free =
        |token: &&Token| !facts.iter().any(|fact| fact.span.start < token.span.end && token.span.start < fact.span.end);
    let within = tokens.iter().filter(|token| span.start <= token.span.start && token.span.end <= span.end);
    within.filter(free).filter_map(Token::stem).collect()
}

fn hashed(stems: &[String]) -> i64 {
    let digest = Sha256::digest(stems.join(" ").as_bytes());
    digest.iter().take(8).fold(0_i64, |number, byte| (number << 8) | i64::from(*byte))
}

/// Where sentences end: at a mark with a space behind it, or a line's end; not within a fact nor behind an abbreviation.
fn sentences(text: &str, facts: &[Fact]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    let mut push = |from: usize, to: usize| {
        let piece = &text[from..to];
        let start = from + (piece.len() - piece.trim_start().len());
        let end = start + piece.trim().len();
        if start < end {
            found.push(start..end);
        }
    };
    for (at, mark) in text.char_indices() {
        let end = at + mark.len_utf8();
        let within = facts.iter().any(|fact| fact.span.start <= at && at < fact.span.end);
        let before = &text[from..at];
        let spaced = text[end..].chars().next().is_none_or(char::is_whitespace);
        let ends = match mark {
            '\n' => true,
            '!' | '?' | '…' => spaced,
            '.' | ';' => spaced && !is_abbreviated(before),
            _ => false,
        };
        if ends && !within {
            push(from, end);
            from = end;
        }
    }
    push(from, text.len());
    found
}

fn is_abbreviated(before: &str) -> bool {
    let word = before.rsplit(|c: char| !c.is_alphabetic()).next().unwrap_or_default().to_lowercase();
    let length = word.chars().count();
    length == 1
        || ["ул", "пр", "им", "тел", "руб", "мкр", "пер", "стр", "кв", "см", "др", "гг", "тыс", "млн"]
            .contains(&word.as_str())
}
