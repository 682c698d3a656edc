//! Names of streets that no gazetteer knows: which words belong to them, and their nominative.

use super::{ordinal, ordinal_end};
use crate::domain::place::decline::{Adjective, Gender, adjective, is_woman, titled, with_ending};
use crate::domain::place::house;
use crate::domain::place::kinds::{self, Case, Found, Kind};
use crate::domain::place::lexicon::{describes, follows_number, is_function, is_given, leads};
use crate::domain::place::token::Token;

/// A name that no gazetteer knows, its nominative restored.
pub(super) fn unknown(
    tokens: &[Token],
    at: usize,
    kind: Kind,
    said: &Found<Kind>,
    is_named: bool,
) -> Option<(String, usize)> {
    let token = tokens.get(at)?;
    if token.is_number() {
        return numbered(tokens, at, kind, said);
    }
    if !token.is_word() {
        return None;
    }
    if token.text.chars().count() <= 3
        && let Some(found) = initials(tokens, at, kind, said)
    {
        return Some(found);
    }
    if is_function(&token.text) || kinds::settlement(tokens, at).is_some_and(|found| found.end > at + 1) {
        return None;
    }
    let has_house = tokens.get(at + 1).is_some_and(Token::is_number) || house::cue(tokens, at + 1).is_some();
    let is_noun = adjective(&token.text).is_none() && token.text.chars().count() > 3;
    let is_believed = token.is_capital || stands_small(token, said) || (has_house && is_noun);
    if !is_believed {
        return None;
    }
    words(tokens, at, kind, said, is_named)
}

/// Whether a name in small letters is believed: after an abbreviation most, after the full word only what looks like a name.
fn stands_small(token: &Token, said: &Found<Kind>) -> bool {
    let word = token.text.as_str();
    if word.chars().count() < 4 {
        return false;
    }
    if let Some(found) = adjective(word) {
        if describes(found.base) {
            return false;
        }
        let is_surname = matches!(found.ending, "ого" | "его");
        let is_local = found.base.ends_with("ск") && !found.is_plural();
        return is_local || is_surname && found.base.ends_with("ск") || said.is_short && !found.is_plural();
    }
    let is_genitive =
        ["ова", "ева", "ина", "ына", "цев", "нко", "телей", "еров", "истов"].iter().any(|end| word.ends_with(end));
    is_genitive || (said.is_short && word.ends_with(['а', 'я', 'и', 'ы', 'в', 'о']))
}

/// «7-му Промышленному», «50 лет Октября», «8 Марта», «1 Рабочий».
fn numbered(tokens: &[Token], at: usize, kind: Kind, said: &Found<Kind>) -> Option<(String, usize)> {
    let number = tokens.get(at)?;
    let suffix = ordinal_end(tokens, at);
    let start = suffix.unwrap_or(at + 1);
    let word = tokens.get(start).filter(|word| word.is_word() && !word.is_first)?;
    if follows_number(&word.text) && (suffix.is_none() || word.text != "лет") {
        let mut text =
            format!("{} {}", number.text, if word.text == "лет" { "лет".to_owned() } else { titled(word.raw) });
        let mut end = start + 1;
        if word.text == "лет" || word.text == "летия" {
            let next = tokens.get(end).filter(|next| next.is_word() && !is_function(&next.text))?;
            text = format!("{text} {}", titled(next.raw));
            end += 1;
            if let Some(more) = tokens.get(end).filter(|more| more.is_capital && more.is_word() && !more.is_first)
                && adjective(&next.text).is_some()
            {
                text = format!("{text} {}", titled(more.raw));
                end += 1;
            }
        }
        return Some((text, end));
    }
    let is_believed =
        word.is_capital || suffix.is_some() || adjective(&word.text).is_some_and(|found| found.is_typical());
    if !is_believed || is_function(&word.text) || kinds::street(tokens, start).is_some() {
        return None;
    }
    let (rest, end) = words(tokens, start, kind, said, false)?;
    let gender = if kind.gender() == Gender::Feminine || rest.to_lowercase().ends_with(['я', 'а']) {
        Gender::Feminine
    } else {
        kind.gender()
    };
    Some((format!("{} {rest}", ordinal(&number.text, gender)), end))
}

/// «К. Маркса», «А.М. Ситникова», «Сан.Колос», «Н. Луговая».
fn initials(tokens: &[Token], at: usize, kind: Kind, said: &Found<Kind>) -> Option<(String, usize)> {
    let mut text = String::new();
    let mut next = at;
    while let (Some(short), Some(stop)) = (tokens.get(next), tokens.get(next + 1))
        && short.is_word()
        && (short.is_capital || said.is_short)
        && short.text.chars().count() <= 3
        && stop.is_mark(".")
        && stop.is_glued
        && next < at + 4
    {
        text.push_str(&titled(short.raw));
        text.push('.');
        next += 2;
    }
    let word = tokens.get(next).filter(|word| next > at && word.is_word() && word.text.chars().count() > 2)?;
    if !word.is_capital && !said.is_short {
        return None;
    }
    let side = match text.as_str() {
        "В." | "Верх." => Some("Верхняя"),
        "Н." | "Ниж." => Some("Нижняя"),
        "М." | "Мал." => Some("Малая"),
        "Б." | "Бол." => Some("Большая"),
        _ => None,
    };
    if let (Some(side), Some(found)) = (side, adjective(&word.text))
        && kind.gender() == Gender::Feminine
        && found.agrees(Gender::Feminine)
        && !is_woman(&word.text)
    {
        return Some((
            format!("{side} {}", with_ending(word.raw, found.ending, found.nominative(Gender::Feminine))),
            next + 1,
        ));
    }
    Some((format!("{text}{}{}", if word.is_glued { "" } else { " " }, titled(word.raw)), next + 1))
}

/// The words of a name from its first on.
fn words(tokens: &[Token], at: usize, kind: Kind, said: &Found<Kind>, is_named: bool) -> Option<(String, usize)> {
    let token = tokens.get(at)?;
    let first = adjective(&token.text).filter(|found| !describes(found.base) || token.is_capital);
    let next = tokens.get(at + 1).filter(|next| {
        next.is_word()
            && next.is_capital
            && !next.is_first
            && !next.is_glued
            && next.text.chars().count() > 2
            && kinds::street(tokens, at + 1).is_none()
            && kinds::settlement(tokens, at + 1).is_none()
    });
    if let Some(next) = next.filter(|next| is_given(&token.text) || is_woman(&next.text) && first.is_none()) {
        return Some((format!("{} {}", titled(token.raw), titled(next.raw)), at + 2));
    }
    // «малой Гагарина», «Верхней Луговой», «Евграфов Бугор»
    let leads_on = first.is_some_and(|found| leads(found.base));
    let small = tokens.get(at + 1).filter(|small| {
        let both = first.zip(adjective(&small.text));
        !small.is_first
            && both.is_some_and(|(one, two)| {
                one.agrees(Gender::Feminine) && two.agrees(Gender::Feminine) && two.is_typical()
            })
    });
    if let (Some(found), true) = (first, leads_on)
        && let Some(next) = next.or(small)
    {
        let agrees = |second: &Adjective| {
            [Gender::Feminine, Gender::Masculine].iter().any(|gender| found.agrees(*gender) && second.agrees(*gender))
        };
        let second = adjective(&next.text).filter(|second| agrees(second) && !is_woman(&next.text));
        let is_plural = found.is_plural() || matches!(found.ending, "ого" | "его");
        let gender = if found.agrees(Gender::Feminine) { Gender::Feminine } else { Gender::Masculine };
        let is_fixed = said.kind.gender() == Gender::Feminine
            && matches!(found.ending, "ой" | "ей")
            && second.is_none()
            && (next.text.ends_with(['и', 'ы']));
        return Some(if is_plural || is_fixed {
            (format!("{} {}", titled(token.raw), titled(next.raw)), at + 2)
        } else {
            let one = with_ending(token.raw, found.ending, found.nominative(gender));
            let two = second.map_or_else(
                || noun(next, Case::Other),
                |second| with_ending(next.raw, second.ending, second.nominative(gender)),
            );
            (format!("{one} {two}"), at + 2)
        });
    }
    let is_possessive = token.is_capital
        && first.is_none()
        && kind == Kind::Street
        && next.is_some_and(|next| {
            next.text.ends_with(['р', 'г', 'к', 'ь', 'д', 'т', 'н', 'л']) && adjective(&next.text).is_none()
        });
    if let Some(next) = next.filter(|_| is_possessive && token.text.ends_with(['в', 'н'])) {
        return Some((format!("{} {}", titled(token.raw), titled(next.raw)), at + 2));
    }
    if !is_named
        && !is_woman(&token.text)
        && let Some(found) = first
    {
        if found.agrees(kind.gender()) && !keeps(found.ending, kind, said.case, found.base) {
            return Some((with_ending(token.raw, found.ending, found.nominative(kind.gender())), at + 1));
        }
        // «улиц Деповская и 1 Рабочий»
        if kind == Kind::Street && matches!(found.ending, "ый" | "ий") && !said.is_short && next.is_none() {
            return Some((with_ending(token.raw, found.ending, found.nominative(Gender::Feminine)), at + 1));
        }
    }
    Some((noun(token, if is_named { Case::Plain } else { said.case }), at + 1))
}

/// Whether an adjective in the genitive masculine is a surname: «улица Маяковского», «переулок Маяковского».
fn keeps(ending: &str, kind: Kind, case: Case, base: &str) -> bool {
    matches!(ending, "ого" | "его")
        && (kind.gender() == Gender::Feminine
            || case == Case::Plain
            || (base.ends_with("ск") && case == Case::Genitive && kind == Kind::Avenue))
}

/// A noun as a street's name: genitives stay; «улице Пучковке» is «Пучковка».
fn noun(token: &Token, case: Case) -> String {
    if case == Case::Other {
        for (tail, old, new) in [("ке", "е", "а"), ("вку", "у", "а"), ("це", "е", "а")] {
            if token.text.ends_with(tail) && token.text.chars().count() > 4 {
                return with_ending(token.raw, old, new);
            }
        }
    }
    titled(token.raw)
}
