//! A text cut into what the grammar of addresses reads: words, numbers and marks, each with its place in the text.

use crate::domain::text::fold;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    Word,
    Number,
    Mark,
}

/// A word, a run of digits or a mark.
#[derive(Debug, Clone)]
pub(super) struct Token<'a> {
    /// As it was written.
    pub(super) raw: &'a str,
    /// Folded: lower case, «ё» as «е».
    pub(super) text: String,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) sort: Sort,
    /// Its first letter is a capital.
    pub(super) is_capital: bool,
    /// Nothing stands between it and the token before.
    pub(super) is_glued: bool,
    /// It begins a sentence or a line, so that its capital says nothing.
    pub(super) is_first: bool,
}

impl Token<'_> {
    pub(super) fn is_word(&self) -> bool {
        self.sort == Sort::Word
    }

    pub(super) fn is_number(&self) -> bool {
        self.sort == Sort::Number
    }

    pub(super) fn is_mark(&self, marks: &str) -> bool {
        self.sort == Sort::Mark && marks.contains(self.text.as_str())
    }
}

/// Abbreviations that a full stop follows without ending the sentence.
const ABBREVIATED: &[&str] = &[
    "ул",
    "пр",
    "просп",
    "пер",
    "наб",
    "пл",
    "бул",
    "ш",
    "д",
    "к",
    "корп",
    "стр",
    "г",
    "с",
    "п",
    "пос",
    "дер",
    "гор",
    "ост",
    "им",
    "обл",
    "мкр",
    "х",
    "ст",
    "т",
    "кв",
    "пгт",
    "рп",
    "р",
    "н",
    "тел",
    "мкрн",
    "пр-т",
    "пр-кт",
    "б-р",
    "пр-д",
    "р-н",
];

/// Parts after a hyphen that begin a word of their own: «Челюскинцев-ул.Мирная».
const OWN_PARTS: &[&str] = &["ул", "п", "с", "пос", "дер", "пр"];

/// The tokens of a text. White space is left out; letters and digits never share a token.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut chars = text.char_indices().peekable();
    let mut last_end = 0;
    let mut is_first = true;
    while let Some((start, c)) = chars.next() {
        if c.is_whitespace() {
            is_first |= c == '\n';
            continue;
        }
        let (sort, end) = if c.is_numeric() {
            (Sort::Number, run(text, start, char::is_numeric))
        } else if is_letter(c) {
            (Sort::Word, word_end(text, start))
        } else {
            (Sort::Mark, start + c.len_utf8())
        };
        while chars.next_if(|(at, _)| *at < end).is_some() {}
        let raw = &text[start..end];
        let folded = if sort == Sort::Mark { raw.to_owned() } else { fold(raw) };
        let is_glued = last_end == start && start > 0;
        tokens.push(Token { raw, text: folded, start, end, sort, is_capital: c.is_uppercase(), is_glued, is_first });
        last_end = end;
        is_first = match sort {
            Sort::Mark => ends_sentence(&tokens) || (is_first && !matches!(c, '<' | '>')),
            _ => false,
        };
    }
    tokens
}

fn is_letter(c: char) -> bool {
    c.is_alphabetic() || matches!(c, '\u{300}'..='\u{36f}')
}

fn run(text: &str, start: usize, is_of: impl Fn(char) -> bool) -> usize {
    text[start..].find(|c| !is_of(c)).map_or(text.len(), |length| start + length)
}

/// The end of the word that starts here, over hyphens between letters.
fn word_end(text: &str, start: usize) -> usize {
    let mut end = run(text, start, is_letter);
    while let Some(rest) = text[end..].strip_prefix('-') {
        let part = end + 1;
        let part_end = run(text, part, is_letter);
        if part_end == part
            || rest.is_empty()
            || is_pair(&text[start..end], &text[part..part_end])
            || OWN_PARTS.contains(&fold(&text[part..part_end]).as_str())
        {
            break;
        }
        end = part_end;
    }
    end
}

/// «Ленина-Маркса»: two names, where people write a crossing with a hyphen; but «Римского-Корсакова».
fn is_pair(first: &str, second: &str) -> bool {
    const ENDINGS: &[&str] = &["ая", "ой", "ого", "ова", "ева", "ина"];
    const DOUBLE: &[&str] =
        &["римского", "салтыкова", "соловьева", "сухова", "мамина", "новикова", "семенова", "лебедева", "склодовской"];
    let folded = fold(first);
    second.starts_with(char::is_uppercase)
        && first.starts_with(char::is_uppercase)
        && ENDINGS.iter().any(|ending| folded.ends_with(ending))
        && !DOUBLE.contains(&folded.as_str())
}

/// Whether the last token, a mark, ends a sentence.
fn ends_sentence(tokens: &[Token]) -> bool {
    let Some((mark, before)) = tokens.split_last() else { return false };
    match mark.text.as_str() {
        "!" | "?" | "…" => true,
        "." => before.last().is_none_or(|word| {
            !ABBREVIATED.contains(&word.text.as_str()) && (word.text.chars().count() > 1 || !word.is_word())
        }),
        _ => false,
    }
}
