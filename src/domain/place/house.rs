//! The grammar of house numbers: «14/1», «97 корпус 2», «№ 13 "Б"», «дома 5, 7 и 9».

use std::ops::Range;

use super::token::Token;
use crate::domain::text::fold;

/// One house: how it is written, and its tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct House {
    pub(super) number: String,
    pub(super) tokens: Range<usize>,
}

/// Beginnings of words that a number counts, so that it is no house.
#[rustfmt::skip]
const MEASURES: &[&str] = &[
    "лет", "год", "месяц", "недел", "сут", "час", "мин", "секунд", "раз", "метр", "килом", "руб", "тыс", "млн",
    "этаж", "подъезд", "кварт", "линии", "линия", "маршрут", "автобус", "троллей", "трамва", "челов", "штук",
    "фото", "январ", "феврал", "март", "апрел", "июн", "июл", "август", "сентябр", "октябр", "ноябр", "декабр",
    "процент", "градус", "опор", "столб", "фонар", "ламп", "машин", "домов", "школ", "мест", "полос", "групп",
    "класс", "балл", "контейн", "бак", "двор", "остановк", "светильник", "люк", "семь", "семей", "квартир",
    "собак", "пролет", "стор", "ученик", "рейс", "номер", "вагон", "больниц", "поликлин", "микрорайон", "мкр",
    "кг", "тонн", "числ", "утра", "вечера", "ночи", "лошад", "сот", "гектар", "жител", "урн", "лавоч", "скам",
    "дерев", "пешеход",
];

/// The same, too short to be known by a beginning.
#[rustfmt::skip]
const WHOLE_MEASURES: &[&str] = &[
    "дн", "день", "дня", "дней", "дни", "мая", "май", "л", "м", "г", "гг", "шт", "см", "км", "га", "дома",
    "домов", "детей", "яма", "ямы", "век", "садик", "вечера", "ям",
];

fn is_measure(word: &str) -> bool {
    WHOLE_MEASURES.contains(&word) || MEASURES.iter().any(|measure| word.starts_with(measure))
}

/// Whether a letter may follow a number after a space: not a preposition or a conjunction.
fn is_letter(token: &Token, next: Option<&Token>) -> bool {
    let ends = next.is_none_or(|next| next.is_mark(".,;:!?)") || next.is_first);
    match token.text.as_str() {
        "б" | "г" | "е" | "ж" => !next.is_some_and(|next| next.is_mark(".")) || token.text == "б",
        "а" => !next
            .is_some_and(|next| matches!(next.text.as_str(), "также" | "то" | "не" | "у" | "я" | "мы" | "на" | "там")),
        "в" => token.is_capital || ends,
        "д" => token.is_capital && ends,
        _ => false,
    }
}

const GLUED: &str = "абвгдежзикл";

fn is_one_letter(token: &Token) -> bool {
    let mut chars = token.text.chars();
    token.is_word() && matches!((chars.next(), chars.next()), (Some(c), None) if GLUED.contains(c))
}

/// A house as mentions write it: small letters, «ё» as «е», a corpus as « к2», without spaces otherwise.
pub(super) fn normal(house: &str) -> String {
    let folded = fold(house);
    let cut = super::token::tokens(&folded);
    match read(&cut, 0, true) {
        Some(found) if found.tokens.end == cut.len() => found.number,
        _ => folded,
    }
}

/// A house number that stands here. Without a word like «дом» before it (`is_cued`), what a number may count instead is looked at.
pub(super) fn read(tokens: &[Token], at: usize, is_cued: bool) -> Option<House> {
    let first =
        tokens.get(at).filter(|token| token.is_number() && token.text.len() <= 3 && !token.text.starts_with('0'))?;
    let mut number = first.text.clone();
    let mut end = at + 1;
    letter(tokens, &mut number, &mut end)?;
    if let (Some(slash), Some(second)) = (tokens.get(end), tokens.get(end + 1))
        && slash.is_mark("/\\")
        && second.is_number()
        && second.text.len() <= 3
    {
        number.push('/');
        number.push_str(&second.text);
        end += 2;
        letter(tokens, &mut number, &mut end)?;
    }
    part(tokens, &mut number, &mut end);
    if let Some(next) = tokens.get(end) {
        let then = tokens.get(end + 1);
        let numeric = then.is_some_and(|then| then.is_number() && then.is_glued);
        if next.is_mark("%") || (next.is_mark(":.") && next.is_glued && numeric && !(is_cued && next.is_mark("."))) {
            return None;
        }
        if next.is_word() && is_measure(&next.text) && !(next.is_glued && is_cued) && !is_entrance(tokens, end) {
            return None;
        }
        if next.is_mark(".,") && numeric && then.is_some_and(|then| then.text.len() == 2) && next.is_mark(".") {
            return None;
        }
    }
    Some(House { number, tokens: at..end })
}

/// «Ленина 5 подъезд 2»: the number belongs to the street after all.
fn is_entrance(tokens: &[Token], at: usize) -> bool {
    let is_part = tokens.get(at).is_some_and(|token| token.text == "подъезд" || token.text == "квартира");
    is_part && tokens.get(at + 1).is_some_and(|token| token.is_number() || token.is_mark("№<"))
}

/// Reads the letter of a house. None if what follows makes the number no house: «5-й», «3-х», «2-комнатная».
fn letter(tokens: &[Token], number: &mut String, end: &mut usize) -> Option<()> {
    let Some(next) = tokens.get(*end) else { return Some(()) };
    let then = tokens.get(*end + 1);
    if next.is_word() && next.is_glued {
        if is_one_letter(next) && !(next.text == "к" && then.is_some_and(|then| then.is_number() && then.is_glued)) {
            number.push_str(&next.text);
            *end += 1;
        } else if super::street::is_ordinal(&next.text) {
            return None;
        }
        return Some(());
    }
    if next.is_mark("-") && next.is_glued && then.is_some_and(|then| then.is_word() && then.is_glued) {
        return match then.filter(|then| is_one_letter(then)) {
            Some(then) => {
                number.push_str(&then.text);
                *end += 2;
                Some(())
            }
            None => None,
        };
    }
    let is_quote = |token: &Token| token.is_mark("«»\"'`“”„’");
    if is_quote(next)
        && let (Some(then), Some(close)) = (then, tokens.get(*end + 2))
        && is_one_letter(then)
        && is_quote(close)
    {
        number.push_str(&then.text);
        *end += 3;
    } else if next.is_word() && is_letter(next, then) {
        number.push_str(&next.text);
        *end += 1;
    }
    Some(())
}

/// Reads a corpus or a building: «корп. 2», «к2», «строение 3».
fn part(tokens: &[Token], number: &mut String, end: &mut usize) {
    let mut at = *end;
    if tokens.get(at).is_some_and(|token| token.is_mark(",")) {
        at += 1;
    }
    let Some(word) = tokens.get(at).filter(|token| token.is_word()) else { return };
    let sign = match word.text.as_str() {
        "к" | "корп" | "корпус" | "корпуса" | "корпусе" => "к",
        "стр" | "строение" | "строения" => "с",
        _ => return,
    };
    at += 1;
    if tokens.get(at).is_some_and(|token| token.is_mark(".")) {
        at += 1;
    }
    if tokens.get(at).is_some_and(|token| token.is_mark("№")) {
        at += 1;
    }
    if let Some(value) = tokens.get(at).filter(|token| token.is_number() && token.text.len() <= 2) {
        number.push(' ');
        number.push_str(sign);
        number.push_str(&value.text);
        *end = at + 1;
    }
}

/// The token after «дом №», «д.», «дома», if they stand here before a number.
pub(super) fn cue(tokens: &[Token], at: usize) -> Option<usize> {
    const WORDS: &[&str] = &[
        "дом",
        "дома",
        "доме",
        "дому",
        "домом",
        "домов",
        "домам",
        "домами",
        "домах",
        "домовладение",
        "домовладения",
        "владение",
        "здание",
        "здания",
        "зданию",
        "домик",
    ];
    let token = tokens.get(at)?;
    let mut next = at + 1;
    if token.is_word() && matches!(token.text.as_str(), "д" | "зд" | "вл") {
        if tokens.get(next).is_some_and(|token| token.is_mark(".,")) {
            next += 1;
        }
    } else if !(token.is_word() && WORDS.contains(&token.text.as_str())) {
        return None;
    }
    while tokens
        .get(next)
        .is_some_and(|token| token.is_mark("№#:") || matches!(token.text.as_str(), "номер" | "номера" | "n"))
    {
        next += 1;
    }
    // «д. 1-е Цветово» is a village.
    let is_village = super::street::ordinal_end(tokens, next)
        .and_then(|end| tokens.get(end))
        .is_some_and(|name| name.is_word() && name.is_capital && !name.is_first);
    (tokens.get(next).is_some_and(Token::is_number) && !is_village).then_some(next)
}

/// The houses of a list that begins here with a number: «5, 7 и 9», «5-9», «с 31 по 39» after its «с». Never empty.
pub(super) fn list(tokens: &[Token], at: usize, is_cued: bool) -> Option<(Vec<House>, usize)> {
    let first = read(tokens, at, is_cued)?;
    let mut end = first.tokens.end;
    let mut houses = vec![first];
    while houses.len() < 30 {
        let Some(mut next) = separator(tokens, end) else { break };
        let is_cued_again = cue(tokens, next).map(|number| next = number).is_some();
        if tokens.get(next).is_some_and(|token| token.is_mark("№")) {
            next += 1;
        }
        let Some(house) = read(tokens, next, is_cued && is_cued_again) else { break };
        let is_named = !is_cued_again
            && tokens.get(house.tokens.end).is_some_and(|token| token.is_word() && !is_after(&token.text));
        if is_named {
            break;
        }
        end = house.tokens.end;
        houses.push(house);
    }
    Some((houses, end))
}

fn separator(tokens: &[Token], at: usize) -> Option<usize> {
    let token = tokens.get(at)?;
    if token.is_mark(",;-–—") {
        let is_and = tokens.get(at + 1).is_some_and(|token| token.text == "и");
        return Some(at + 1 + usize::from(is_and));
    }
    matches!(token.text.as_str(), "и" | "по" | "или").then_some(at + 1)
}

/// Words that may follow the last house of a list; any other may be what the number counts.
fn is_after(word: &str) -> bool {
    const WORDS: &[&str] = &[
        "и",
        "по",
        "на",
        "в",
        "с",
        "у",
        "не",
        "нет",
        "до",
        "за",
        "улиц",
        "улицы",
        "улице",
        "ул",
        "пр",
        "проспекта",
        "просп",
        "переулка",
        "г",
        "город",
        "города",
        "где",
        "который",
        "которые",
        "уже",
        "без",
        "отсутствует",
        "от",
        "под",
        "для",
        "там",
        "стоит",
        "есть",
    ];
    WORDS.contains(&word)
}
