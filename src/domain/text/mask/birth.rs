//! Dates of birth: a date is one only beside a word that says so.

use super::behind::{Behind, begins_with_any};
use super::{digits, space};
use crate::domain::words::MONTHS;

/// The date at the start, if somebody was born on it: «родился 5 мая 1980», «дата рождения: 05.05.1980», «1980 г.р.».
pub(super) fn length(behind: &Behind<'_>, rest: &str) -> Option<usize> {
    let date = date_length(rest)?;
    let told = behind.has(2, &["родил", "рожден", "рожд"])
        && !behind.has(3, &["день", "дня", "дню", "днём", "днем", "дней", "уровень"])
        || is_short(behind);
    (told || says_born(&rest[date..])).then_some(date)
}

/// «д.р.», «д/р», «др»: of the words behind, the two letters.
fn is_short(behind: &Behind<'_>) -> bool {
    let mut words = behind.words(2).map(str::to_lowercase);
    match (words.next().as_deref(), words.next().as_deref()) {
        (Some("р"), Some("д")) => true,
        (Some(word), _) => word == "др" && matches!(behind.last(), Some(' ' | ':' | '.')),
        _ => false,
    }
}

/// «г.р.», «г. р.», «года рождения», «г.рожд.» right behind a year or date; not «год рождения города».
fn says_born(after: &str) -> bool {
    let after = after.trim_start_matches([' ', '\u{a0}', ',']);
    let mut words = after.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
    let (first, second) =
        (words.next().unwrap_or_default().to_lowercase(), words.next().unwrap_or_default().to_lowercase());
    let near = after.chars().take(12).collect::<String>().to_lowercase();
    let letters = ["г.р", "г. р.", "гр.", "г/р", "г р."].iter().any(|short| near.starts_with(short));
    letters || matches!(first.as_str(), "г" | "года" | "год" | "гг") && begins_with_any(&second, &["рожд"])
}

/// «05.05.1980», «5/5/80», «5 мая 1980 года», «1980».
fn date_length(rest: &str) -> Option<usize> {
    let first = digits(rest);
    if first == 4 && is_year(&rest[..4]) {
        return Some(4);
    }
    if first == 0 || first > 2 || !(1..=31).contains(&rest[..first].parse().unwrap_or(0)) {
        return None;
    }
    let after = &rest[first..];
    let sign = after.chars().next().filter(|c| matches!(c, '.' | '/' | '-'));
    if let Some(sign) = sign {
        let month = &after[1..];
        let size = digits(month);
        if !(1..=2).contains(&size) || !(1..=12).contains(&month[..size].parse().unwrap_or(0)) {
            return None;
        }
        let year = month[size..].strip_prefix(sign)?;
        let size = digits(year);
        let good = size == 2 || size == 4 && is_year(&year[..4]);
        return good.then_some(rest.len() - year.len() + size);
    }
    let gap = space(after);
    let word: usize = after[gap..].chars().take(9).take_while(|c| c.is_alphabetic()).map(char::len_utf8).sum();
    let month = after[gap..gap + word].to_lowercase();
    if gap == 0 || !MONTHS.contains(&month.as_str()) {
        return None;
    }
    let spoken = first + gap + word;
    let gap = space(&rest[spoken..]);
    let year = &rest[spoken + gap..];
    let has_year = gap > 0 && digits(year) == 4 && is_year(&year[..4]);
    Some(if has_year { spoken + gap + 4 } else { spoken })
}

fn is_year(four: &str) -> bool {
    (1900..=2100).contains(&four.parse().unwrap_or(0))
}
