//! A text taken apart: words by their stems, names, dates and numbers, each with what it says.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::rarity::{Rarity, is_common};
use super::subject::subjects_of;
use super::{hash, mixed};
use crate::domain::text::{fold, stem};

/// The most of a text that is looked at, in characters.
const MOST_CHARACTERS: usize = 4000;

/// The length of the runs of letters that are compared: they meet where spelling differs.
const RUN: usize = 4;

/// What a term is: a name or a date makes a complaint particular, a plain word does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Sort {
    Word,
    /// A proper name, inside a sentence or in quotes.
    Name,
    /// A day or a time of day.
    Date,
    /// A number that may be that of a house, a school, a pole.
    Number,
}

/// A word, name or number of a text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Term {
    pub hash: u64,
    pub sort: Sort,
    /// What it says, from 0 to 1.
    pub weight: f32,
    /// As it is shown in reasons: folded, the first form in which it came.
    pub word: Box<str>,
    pub stem: Box<str>,
}

/// What a text holds.
pub(super) struct Read {
    pub terms: Vec<Term>,
    pub letters: Vec<(u32, f32)>,
    pub subjects: u64,
    pub whole_street: bool,
}

/// Takes a text apart.
pub(super) fn read(text: &str, rarity: &Rarity) -> Read {
    let end = text.char_indices().nth(MOST_CHARACTERS).map_or(text.len(), |(end, _)| end);
    let tokens = tokens(&text[..end]);
    let shouted = is_shouted(&text[..end]);
    let mut terms = BTreeMap::<u64, Term>::new();
    let mut letters = BTreeMap::<u32, f32>::new();
    let mut subjects = 0;
    for at in 0..tokens.len() {
        let term = term(&tokens, at, shouted, rarity);
        subjects |= if term.sort == Sort::Word { subjects_of(&tokens[at].folded) } else { 0 };
        let worth = 0.2 + term.weight;
        runs(&tokens[at].folded, |run| *letters.entry(run).or_default() += worth);
        let known = terms.entry(term.hash).or_insert_with(|| term.clone());
        // One mention as a name makes it a name: «Тропинка» begins one sentence and ends another.
        if term.sort == Sort::Name && known.sort == Sort::Word {
            *known = term;
        }
    }
    Read {
        terms: terms.into_values().collect(),
        letters: letters.into_iter().collect(),
        subjects,
        whole_street: speaks_of_all(&tokens),
    }
}

/// A run of letters or digits as it stands in the text.
struct Token {
    folded: String,
    stem: String,
    capital: bool,
    /// Two capitals or more, and no small letter: «МКД».
    abbreviation: bool,
    digits: bool,
    opens_sentence: bool,
    quoted: bool,
}

const ABBREVIATIONS: &[&str] = &[
    "ул",
    "д",
    "г",
    "с",
    "п",
    "пос",
    "дер",
    "пр",
    "просп",
    "пер",
    "пл",
    "ш",
    "им",
    "обл",
    "р",
    "мкр",
    "мк",
    "корп",
    "стр",
    "т",
    "о",
    "рп",
    "пгт",
    "ст",
    "св",
    "тц",
    "б",
    "бул",
    "наб",
    "ост",
];

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let (mut opens_sentence, mut quoted, mut rest) = (true, false, text);
    while let Some(c) = rest.chars().next() {
        if c.is_alphanumeric() {
            let length = token_length(rest);
            tokens.push(Token::new(&rest[..length], opens_sentence, quoted));
            (opens_sentence, quoted) = (false, false);
            rest = &rest[length..];
            continue;
        }
        // What masks personal data is nobody's word.
        if c == '<'
            && let Some(end) = rest.find('>').filter(|end| *end < 40)
        {
            rest = &rest[end + 1..];
            continue;
        }
        match c {
            '.' => opens_sentence = !tokens.last().is_some_and(Token::is_abbreviated),
            '!' | '?' | '\n' | '…' => opens_sentence = true,
            '«' | '“' | '"' | '`' | '„' => quoted = true,
            _ => {}
        }
        rest = &rest[c.len_utf8()..];
    }
    tokens
}

/// A number keeps its inner marks and its letter: «28.05», «9-00», «4/7», «13б».
fn token_length(rest: &str) -> usize {
    let mut end = 0;
    let mut chars = rest.char_indices().peekable();
    let number = rest.starts_with(|c: char| c.is_ascii_digit());
    while let Some((at, c)) = chars.next() {
        let joins =
            number && matches!(c, '.' | ':' | '/' | '-') && chars.peek().is_some_and(|(_, next)| next.is_ascii_digit());
        if !c.is_alphanumeric() && !joins && !is_combining(c) {
            break;
        }
        end = at + c.len_utf8();
    }
    end
}

fn is_combining(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

impl Token {
    fn new(raw: &str, opens_sentence: bool, quoted: bool) -> Self {
        let folded = fold(raw);
        let stem = stem(&folded).into_owned();
        let upper = raw.chars().filter(|c| c.is_uppercase()).count();
        Self {
            capital: raw.starts_with(char::is_uppercase),
            abbreviation: upper > 1 && !raw.chars().any(char::is_lowercase),
            digits: raw.starts_with(|c: char| c.is_ascii_digit()),
            folded,
            stem,
            opens_sentence,
            quoted,
        }
    }

    /// «ул.», «д.», «им.»: their full stop ends no sentence, and a name comes next.
    fn is_abbreviated(&self) -> bool {
        ABBREVIATIONS.contains(&self.folded.as_str())
    }
}

/// Whether the text is written in capitals, so that they tell no names.
fn is_shouted(text: &str) -> bool {
    let count = |of: fn(char) -> bool| text.chars().filter(|c| of(*c)).count();
    count(char::is_uppercase) > count(char::is_lowercase)
}

fn term(tokens: &[Token], at: usize, shouted: bool, rarity: &Rarity) -> Term {
    let token = &tokens[at];
    let (sort, weight) = if token.digits {
        number(tokens, at)
    } else {
        let weight = rarity.weight(&token.stem);
        if is_name(tokens, at, shouted) {
            // In capitals a name is only guessed, and the region's name is no news.
            let sure = if shouted { 0.6 } else { 1.0 };
            (Sort::Name, if is_region(tokens, at) { 0.15 } else { sure * (0.4 + 0.6 * weight) })
        } else {
            (Sort::Word, weight)
        }
    };
    let kind = if token.digits { b'n' } else { b'w' };
    Term {
        hash: hash(kind, &[&token.stem]),
        sort,
        weight,
        word: token.folded.as_str().into(),
        stem: token.stem.as_str().into(),
    }
}

/// Names that everybody's complaint may hold.
const NOBODYS: &[&str] = &["госуслуг", "росс", "рф", "covid", "ковид", "бог", "интернет", "москв"];

fn is_name(tokens: &[Token], at: usize, shouted: bool) -> bool {
    let token = &tokens[at];
    let long = token.folded.chars().nth(2).is_some();
    if !long || is_common(&token.stem) || NOBODYS.iter().any(|word| token.stem.starts_with(word)) {
        return false;
    }
    if shouted {
        return token.folded.chars().nth(5).is_some() && subjects_of(&token.folded) == 0;
    }
    token.capital && !token.abbreviation && (!token.opens_sentence || token.quoted)
}

/// «город Омск», «г. Омск», «Омская область»: said in every other complaint.
fn is_region(tokens: &[Token], at: usize) -> bool {
    let before = at.checked_sub(1).map_or("", |before| tokens[before].folded.as_str());
    let after = tokens.get(at + 1).map_or("", |after| after.stem.as_str());
    matches!(before, "г" | "гор" | "город" | "города" | "городе")
        || matches!(after, "област" | "обл" | "кра" | "республик")
}

/// What speaks of norms: the numbers after it are the same in all complaints that quote them.
const NORMS: &[&str] =
    &["гост", "снип", "санпин", "сп", "фз", "закон", "стат", "ст", "пункт", "п", "постановлен", "правил", "р", "коап"];

/// What a number may be a measure of, as words begin.
const UNITS: &[&str] = &[
    "дн",
    "ден",
    "сут",
    "час",
    "мин",
    "лет",
    "год",
    "меся",
    "недел",
    "раз",
    "руб",
    "тыс",
    "градус",
    "челов",
    "штук",
    "процент",
    "метр",
    "сантим",
    "килом",
    "этаж",
    "подъезд",
    "опор",
    "столб",
    "фонар",
    "ребен",
    "дет",
];
const SHORT_UNITS: &[&str] = &["см", "м", "мм", "км", "кв", "ч", "шт", "мес", "г", "гг", "р"];

const MONTHS: &[&str] =
    &["январ", "феврал", "март", "апрел", "ма", "июн", "июл", "август", "сентябр", "октябр", "ноябр", "декабр"];

fn number(tokens: &[Token], at: usize) -> (Sort, f32) {
    let after = tokens.get(at + 1).map_or("", |after| after.folded.as_str());
    let month = tokens.get(at + 1).is_some_and(|after| MONTHS.contains(&after.stem.as_str()));
    let norm = |token: &Token| NORMS.contains(&token.stem.as_str());
    let of_norm = tokens[at.saturating_sub(2)..at].iter().any(norm) || after == "фз";
    if of_norm {
        (Sort::Word, 0.1)
    } else if is_date(&tokens[at].folded) || month {
        (Sort::Date, 0.6)
    } else if SHORT_UNITS.contains(&after) || UNITS.iter().any(|unit| after.starts_with(unit)) {
        (Sort::Word, 0.15)
    } else if is_year(&tokens[at].folded) {
        (Sort::Word, 0.2)
    } else {
        // Small numbers meet by chance; «школа 50» has a name's worth only with the word before it.
        (Sort::Number, if tokens[at].folded.len() > 2 { 0.5 } else { 0.2 })
    }
}

fn is_year(number: &str) -> bool {
    number.parse::<u32>().is_ok_and(|number| (1900..2100).contains(&number))
}

/// «28.05», «28.05.2021», «9-00», «18:30».
fn is_date(number: &str) -> bool {
    let parts: Vec<&str> = number.split(['.', ':', '-']).collect();
    let below = |part: &str, limit: u32| part.len() <= 2 && part.parse::<u32>().is_ok_and(|number| number < limit);
    match parts[..] {
        [hour, minute] if number.contains([':', '-']) => below(hour, 25) && minute.len() == 2 && below(minute, 60),
        [day, month] => below(day, 32) && month.len() == 2 && below(month, 13),
        [day, month, year] => below(day, 32) && below(month, 13) && matches!(year.len(), 2 | 4),
        _ => false,
    }
}

/// «вся улица», «по всей улице», «весь посёлок», «все дома».
fn speaks_of_all(tokens: &[Token]) -> bool {
    const ALL: &[&str] = &["весь", "вся", "всю", "всей", "все", "всем", "всех", "целая", "целую", "целый"];
    const OF_PLACE: &[&str] = &["улиц", "район", "микрорайон", "поселок", "поселк", "квартал"];
    let is_place = |token: &Token| {
        OF_PLACE.contains(&token.stem.as_str()) || matches!(token.folded.as_str(), "дома" | "домах" | "домов")
    };
    tokens
        .iter()
        .enumerate()
        .any(|(at, token)| ALL.contains(&token.folded.as_str()) && tokens[at + 1..].iter().take(2).any(is_place))
}

/// The runs of letters of a word with its borders.
fn runs(word: &str, mut each: impl FnMut(u32)) {
    let mut window = [0_u32; RUN];
    let letters = std::iter::once(' ').chain(word.chars()).chain([' ']);
    for (at, c) in letters.enumerate() {
        window.rotate_left(1);
        window[RUN - 1] = u32::from(c);
        if at + 1 >= RUN {
            let [a, b, c, d] = window.map(u64::from);
            // The low half of a mixed hash is a hash.
            each(mixed(a << 48 ^ b << 32 ^ c << 16 ^ d) as u32);
        }
    }
}
