//! Dates and terms in an answer: «28 декабря», «28.12.2026», «в течение трёх дней», «завтра», «до конца месяца», «во II квартале».
//!
//! By hand: date libraries read a date that stands alone; here it stands in Russian words, oblique and often without a year.

use std::ops::Range;

use super::token::{Token, tokens};

/// A point or a length of time that a text names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct When {
    /// In bytes.
    pub span: Range<usize>,
    /// A time of day only, which names no day.
    pub of_day: bool,
}

#[rustfmt::skip]
const MONTHS: &[&str] = &[
    "январь", "января", "январе", "февраль", "февраля", "феврале", "март", "марта", "марте", "апрель", "апреля", "апреле",
    "май", "мая", "мае", "июнь", "июня", "июне", "июль", "июля", "июле", "август", "августа", "августе", "сентябрь",
    "сентября", "сентябре", "октябрь", "октября", "октябре", "ноябрь", "ноября", "ноябре", "декабрь", "декабря", "декабре",
];

const DAYS: &[&str] = &["завтра", "послезавтра", "сегодня", "вчера", "позавчера"];

#[rustfmt::skip]
const WEEKDAYS: &[&str] = &[
    "понедельник", "понедельника", "понедельнику", "вторник", "вторника", "вторнику", "среду", "среды", "среде", "четверг",
    "четверга", "четвергу", "пятницу", "пятницы", "пятнице", "субботу", "субботы", "субботе", "воскресенье", "воскресенья",
    "воскресенью",
];

const SEASONS: &[&str] = &["весной", "летом", "осенью", "зимой"];

/// What terms are counted in.
#[rustfmt::skip]
const UNITS: &[&str] = &[
    "день", "дня", "дней", "дни", "сутки", "суток", "час", "часа", "часов", "неделя", "недели", "неделю", "неделе", "недель",
    "месяц", "месяца", "месяцев", "месяце", "квартал", "квартала", "квартале", "год", "года", "году", "лет", "минут",
    "декада", "декады", "декаде", "декаду", "полугодие", "полугодия", "полугодии",
];

#[rustfmt::skip]
const NUMERALS: &[&str] = &[
    "один", "одного", "одной", "одну", "два", "две", "двух", "три", "трех", "четыре", "четырех", "пять", "пяти", "шесть",
    "шести", "семь", "семи", "восемь", "восьми", "девять", "девяти", "десять", "десяти", "четырнадцать", "четырнадцати",
    "пятнадцать", "пятнадцати", "двадцать", "двадцати", "тридцать", "тридцати", "полутора", "полтора", "первой", "второй",
    "третьей", "первом", "втором", "третьем", "четвертом", "первого", "второго", "третьего", "четвертого", "i", "ii", "iii", "iv",
];

/// What may stand between a number and its unit.
const ADJECTIVES: &[&str] =
    &["рабочих", "рабочего", "рабочие", "рабочий", "календарных", "календарного", "календарные"];

/// Which of the units: «текущей недели», «следующем году».
#[rustfmt::skip]
const WHICH: &[&str] = &[
    "этой", "этого", "этом", "эту", "этот", "текущей", "текущего", "текущем", "текущую", "следующей", "следующего",
    "следующем", "следующую", "прошлой", "прошлого", "прошлом", "прошлую", "будущего", "будущем", "ближайших", "нынешнего",
    "нынешнем",
];

/// What stands before a unit that no number counts: «до конца недели», «в течение суток».
const BEFORE_UNITS: &[&str] = &["конца", "концу", "конце", "начала", "начале", "середины", "середине", "течение"];

/// The times that a text names, in their order, none over another.
pub(super) fn times(text: &str) -> Vec<When> {
    let tokens = tokens(text);
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let Some((length, of_day)) = time_at(&tokens, at) else {
            at += 1;
            continue;
        };
        let last = at + length - 1;
        found.push(When { span: tokens[at].span.start..tokens[last].span.end, of_day });
        at += length;
    }
    found
}

/// How many tokens the time is that begins here, and whether it is one of day only.
fn time_at(tokens: &[Token], at: usize) -> Option<(usize, bool)> {
    let here = &tokens[at..];
    let before = at.checked_sub(1).and_then(|at| tokens[at].word());
    let day = |length: usize| (length, false);
    numeric(here)
        .map(day)
        .or_else(|| of_month(here).map(day))
        .or_else(|| clock(here).map(|length| (length, true)))
        .or_else(|| of_year(here).map(day))
        .or_else(|| counted(here, before))
        .or_else(|| by_word(here, before).map(day))
}

/// «28.12.2026», «28.12», «2026-12-28».
fn numeric(here: &[Token]) -> Option<usize> {
    let part = |at: usize| here.get(at).and_then(Token::number);
    let joined = |at: usize, sign: char| {
        here.get(at + 1).is_some_and(|next| next.is(sign) && next.span.start == here[at].span.end)
            && here.get(at + 2).is_some_and(|after| after.span.start == here[at + 1].span.end)
    };
    let written = |at: usize| here.get(at).map_or(0, |token| token.span.len());
    let first = part(0)?;
    if written(0) == 4 && joined(0, '-') && joined(2, '-') {
        return (is_month(part(2)?) && is_day(part(4)?)).then_some(5);
    }
    if !is_day(first) || !joined(0, '.') || !is_month(part(2)?) || written(2) != 2 {
        return None;
    }
    let year = joined(2, '.') && matches!(written(4), 2 | 4) && part(4).is_some();
    if year { Some(5) } else { (!joined(2, '.') || part(4).is_none()).then_some(3) }
}

fn is_day(number: u32) -> bool {
    (1..=31).contains(&number)
}

fn is_month(number: u32) -> bool {
    (1..=12).contains(&number)
}

/// «28 декабря 2026 года», «28-го декабря», «декабре 2026 г.».
fn of_month(here: &[Token]) -> Option<usize> {
    let mut at = 0;
    if here[0].number().is_some_and(is_day) {
        at = 1;
        if here.get(1).is_some_and(|sign| sign.is('-')) && here.get(2).is_some_and(|word| word.word() == Some("го")) {
            at = 3;
        }
    }
    here.get(at)?.word().filter(|word| MONTHS.contains(word))?;
    Some(at + 1 + of_year(&here[at + 1..]).unwrap_or(0))
}

/// «2027 года», «2027».
fn of_year(here: &[Token]) -> Option<usize> {
    let year = here.first()?.number().filter(|year| (1990..2100).contains(year))?;
    let named = here.get(1).and_then(Token::word).is_some_and(|word| matches!(word, "г" | "год" | "года" | "году"));
    (named || here[0].span.len() == 4 && year >= 2020).then_some(if named { 2 } else { 1 })
}

/// «18:00», «18.30» is left to numbers.
fn clock(here: &[Token]) -> Option<usize> {
    let hour = here[0].number().filter(|hour| *hour < 25)?;
    let minute = here.get(2)?.number().filter(|minute| *minute < 60)?;
    (here[1].is(':') && here[2].span.len() == 2 && hour * 60 + minute <= 1440).then_some(3)
}

/// «3 рабочих дня», «трёх дней», «II квартале 2027 года», «2-м квартале», «18 часов».
fn counted(here: &[Token], before: Option<&str>) -> Option<(usize, bool)> {
    let is_number = here[0].number().is_some_and(|number| number < 1000);
    if !is_number && !here[0].word().is_some_and(|word| NUMERALS.contains(&word)) {
        return None;
    }
    let mut at = 1;
    if here.get(1).is_some_and(|sign| sign.is('-')) && here.get(2).is_some_and(|end| end.word().is_some()) {
        at = 3;
    }
    if here.get(at)?.word().is_some_and(|word| ADJECTIVES.contains(&word)) {
        at += 1;
    }
    let unit = here.get(at)?.word().filter(|word| UNITS.contains(word))?;
    let of_day = unit.starts_with("час") && matches!(before, Some("в" | "к" | "с" | "до" | "после"));
    Some((at + 1 + of_year(&here[at + 1..]).unwrap_or(0), of_day))
}

/// «завтра», «в пятницу», «до конца недели», «в течение суток», «на этой неделе», «весной».
fn by_word(here: &[Token], before: Option<&str>) -> Option<usize> {
    let word = here[0].word()?;
    if DAYS.contains(&word) {
        return Some(1);
    }
    let led = matches!(before, Some("в" | "во" | "к" | "ко" | "до" | "с" | "со"));
    if led && WEEKDAYS.contains(&word) {
        return Some(1);
    }
    if SEASONS.contains(&word) {
        return Some(1 + of_year(&here[1..]).unwrap_or(0));
    }
    let unit = |at: usize| here.get(at).and_then(Token::word).is_some_and(|word| UNITS.contains(&word));
    let which = |at: usize| here.get(at).and_then(Token::word).is_some_and(|word| WHICH.contains(&word));
    if which(0) && unit(1) {
        return Some(2);
    }
    if BEFORE_UNITS.contains(&word) {
        let at = if which(1) { 2 } else { 1 };
        if unit(at) {
            return Some(at + 1 + of_year(&here[at + 1..]).unwrap_or(0));
        }
        if let Some(length) = here.get(1..).filter(|rest| !rest.is_empty()).and_then(of_month) {
            return Some(1 + length);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        times(text).into_iter().map(|when| &text[when.span]).collect()
    }

    #[test]
    fn dates_and_terms_are_found_as_people_write_them() {
        for (text, expected) in [
            ("Уберём до 28 декабря.", vec!["28 декабря"]),
            ("до 28.12.2026 г", vec!["28.12.2026"]),
            ("Сделаем 28.12, утром", vec!["28.12"]),
            ("Срок 2026-12-28.", vec!["2026-12-28"]),
            ("в течение трёх дней", vec!["трёх дней"]),
            ("за 10 рабочих дней", vec!["10 рабочих дней"]),
            ("Завтра приедет бригада", vec!["Завтра"]),
            ("до конца недели", vec!["конца недели"]),
            ("до конца декабря 2026 года", vec!["конца декабря 2026 года"]),
            ("в течение суток", vec!["течение суток"]),
            ("на следующей неделе", vec!["следующей неделе"]),
            ("во II квартале 2027 года", vec!["II квартале 2027 года"]),
            ("Приедем в пятницу", vec!["пятницу"]),
            ("в 2027 году", vec!["2027 году"]),
            ("весной 2027 года", vec!["весной 2027 года"]),
            ("с 10:00 до 18:00", vec!["10:00", "18:00"]),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }

    #[test]
    fn other_numbers_and_words_are_no_dates() {
        for text in [
            "дом 14, корпус 2",
            "Труба диаметром 2.5 метра",
            "в ближайшее время",
            "окружающая среда",
            "маршрут 110",
            "вода 3.1.2 и далее",
            "по мере возможности",
        ] {
            assert_eq!(found(text), [] as [&str; 0], "{text}");
        }
        assert!(times("с 10:00 до 18 часов").iter().all(|when| when.of_day));
    }
}
