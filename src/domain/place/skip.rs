//! What has a name like a place and is none: stops, shops, parks, organisations.

use super::decline::adjective;
use super::gazetteer::Gazetteer;
use super::kinds;
use super::street;
use super::token::Token;

/// Beginnings of words for things that bear a name of their own.
const OBJECTS: &[&str] = &[
    "магазин",
    "парк",
    "сквер",
    "рынк",
    "рынок",
    "школ",
    "гимнази",
    "лице",
    "кинотеатр",
    "театр",
    "гостиниц",
    "отел",
    "больниц",
    "поликлиник",
    "аптек",
    "завод",
    "фабрик",
    "стадион",
    "музе",
    "банк",
    "кафе",
    "ресторан",
    "библиотек",
    "памятник",
    "мост",
    "кладбищ",
    "аэропорт",
    "вокзал",
    "санатори",
    "колледж",
    "университет",
    "институт",
    "академи",
    "храм",
    "церк",
    "собор",
    "монастыр",
    "компани",
    "супермаркет",
    "гипермаркет",
    "универмаг",
    "универсам",
    "бассейн",
    "техникум",
    "ярмарк",
    "столов",
    "автовокзал",
    "автостанци",
    "станци",
    "стел",
    "бульварн",
    "фонтан",
    "дворец",
    "дворц",
    "канал",
    "передач",
    "газет",
    "котельн",
];

/// Short forms of the same, matched whole.
const SHORT: &[&str] = &[
    "тц",
    "трц",
    "трк",
    "тд",
    "тк",
    "ук",
    "жэу",
    "ооо",
    "оао",
    "зао",
    "пао",
    "ао",
    "тсж",
    "тсн",
    "снт",
    "сонт",
    "дк",
    "мбу",
    "муп",
    "мкп",
    "ип",
    "кинотеатр",
    "маг",
    "ст",
    "гск",
    "фок",
    "мфц",
    "бц",
    "жк",
    "тэц",
    "сад",
    "сада",
    "саду",
    "садик",
    "садика",
    "дсу",
    "доу",
    "мбдоу",
    "сош",
    "рэу",
    "гу",
    "пмк",
];

/// Whether a word is for a thing, so that an adjective before it does not name a street.
pub(super) fn is_object(word: &str) -> bool {
    const NOUNS: &[&str] = &[
        "остановк",
        "земл",
        "трасс",
        "дорог",
        "стор",
        "баз",
        "гор",
        "площадк",
        "территори",
        "деревн",
        "роща",
        "рощ",
        "власт",
        "администрац",
        "част",
        "поселен",
        "мкр",
        "микрорайон",
        "слобод",
        "пустын",
        "равнин",
        "развязк",
        "кольц",
        "переезд",
        "пляж",
        "озер",
        "рек",
        "карт",
        "линейк",
        "телефон",
        "инспекц",
        "зерн",
        "управлен",
        "прокурат",
        "епархи",
        "аэс",
        "грэс",
        "губерни",
        "комбинат",
    ];
    SHORT.contains(&word) || (OBJECTS.iter().chain(NOUNS).any(|stem| word.starts_with(stem)) && !is_named_after(word))
}

/// «Вокзальная», «Школьной»: an adjective, so a street may be called so.
fn is_named_after(word: &str) -> bool {
    adjective(word).is_some_and(|found| found.is_typical() && !matches!(found.ending, "ом" | "ем" | "им" | "ым"))
}

/// Months and days of the week, which also stand before numbers.
pub(super) fn is_mark_of_time(word: &str) -> bool {
    [
        "январ",
        "феврал",
        "март",
        "апрел",
        "мая",
        "июн",
        "июл",
        "август",
        "сентябр",
        "октябр",
        "ноябр",
        "декабр",
        "понедельник",
        "вторник",
        "сред",
        "четверг",
        "пятниц",
        "суббот",
        "воскресень",
        "утр",
        "вечер",
        "ноч",
    ]
    .iter()
    .any(|stem| word.starts_with(stem))
}

/// The token after a named thing that stands here, name and all. None where no name follows.
pub(super) fn skipped(tokens: &[Token], at: usize, gazetteer: &Gazetteer) -> Option<usize> {
    let token = tokens.get(at).filter(|token| token.is_word())?;
    let is_stop = token.text.starts_with("остановк") || token.text.starts_with("остановоч") || token.text == "ост";
    let is_object = SHORT.contains(&token.text.as_str())
        || (OBJECTS.iter().any(|stem| token.text.starts_with(stem)) && !is_named_after(&token.text));
    if !is_stop && !is_object {
        return None;
    }
    let mut next = at + 1;
    while tokens.get(next).is_some_and(|next| {
        ["общественн", "транспорт", "автобус", "трамва", "пункт", "павильон", "комплекс", "площадк"]
            .iter()
            .any(|stem| next.text.starts_with(stem))
    }) && is_stop
    {
        next += 1;
    }
    while tokens
        .get(next)
        .is_some_and(|next| matches!(next.text.as_str(), "." | "им" | "имени") || (next.is_mark("-–:") && is_stop))
    {
        next += 1;
    }
    if tokens.get(next).is_some_and(|next| next.is_mark("«\"'`“„")) {
        return Some(closing(tokens, next + 1));
    }
    let name = tokens.get(next).filter(|name| !name.is_first)?;
    if is_stop
        && let Some(said) = kinds::street(tokens, next)
        && said.is_short
    {
        return street::after(tokens, &said, gazetteer).map(|name| name.end);
    }
    if !name.is_capital
        || !name.is_word()
        || kinds::street(tokens, next).is_some()
        || kinds::settlement(tokens, next).is_some()
    {
        return None;
    }
    let mut end = gazetteer.find(tokens, next, None).map_or(next + 1, |hit| hit.end);
    // «магазин Ленина 5» is an address; «ТЦ Европа 10» and «остановка Мира» are names.
    if !is_stop
        && end < tokens.len()
        && gazetteer.find(tokens, next, None).is_some()
        && super::house::read(tokens, end, false).is_some()
    {
        return None;
    }
    while tokens.get(end).is_some_and(|more| {
        more.is_word()
            && more.is_capital
            && !more.is_first
            && kinds::street(tokens, end).is_none()
            && kinds::settlement(tokens, end).is_none()
    }) {
        end += 1;
    }
    Some(end)
}

/// The token after the closing quotation mark, if it is near; else where the quotation begins.
fn closing(tokens: &[Token], from: usize) -> usize {
    let end = (from + 8).min(tokens.len());
    (from..end).find(|at| tokens.get(*at).is_some_and(|token| token.is_mark("»\"'`”“"))).map_or(from, |at| at + 1)
}
