//! Numbers of flats.

use super::{digits, ends, space};

/// «кв. 12», «кв12а», «квартира № 12», «в квартире 12», but neither «45 кв. м» nor «квартал 12».
pub(super) fn length(rest: &str) -> Option<usize> {
    if !rest.starts_with(['к', 'К']) {
        return None;
    }
    let word_length: usize =
        rest.chars().take(12).take_while(|c| c.is_alphabetic() || *c == '-').map(char::len_utf8).sum();
    let written = rest[..word_length].trim_end_matches('-');
    let word = written.to_lowercase();
    let whole = word.starts_with("квартир") && word.chars().count() <= 9;
    if word != "кв" && word != "кв-ра" && word != "кв-ре" && word != "кв-ры" && !whole {
        return None;
    }
    let after = rest[written.len()..].trim_start_matches(['.', ' ', '\u{a0}', '№', '#', ':', '-']);
    let number = digits(after);
    // «Квартиры 2025 года» are no flat.
    if number == 0 || number > 4 {
        return None;
    }
    Some(rest.len() - after.len() + number + letter(&after[number..]))
}

/// «12 квартира», «из 12-й квартиры», but not «12 квартир», which counts them.
pub(super) fn behind_number(rest: &str) -> Option<usize> {
    let number = digits(rest);
    if number == 0 || number > 4 {
        return None;
    }
    let after = &rest[number..];
    let ordinal = ["-ая", "-ой", "-ую", "-я", "-й", "-ю"].iter().find(|ending| after.starts_with(**ending));
    let after = &after[ordinal.map_or(0, |ending| ending.len())..];
    let gap = space(after);
    let word: String =
        after[gap..].chars().take(10).take_while(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect();
    let word_length: usize = after[gap..].chars().take(10).take_while(|c| c.is_alphabetic()).map(char::len_utf8).sum();
    let last: u32 = rest[..number].parse().unwrap_or(0);
    let one = last % 10 == 1 && last % 100 != 11;
    let few = (2..=4).contains(&(last % 10)) && !(12..=14).contains(&(last % 100));
    let told = match word.as_str() {
        "квартире" | "квартирой" => true,
        "квартира" | "квартиру" => ordinal.is_some() || !one,
        "квартиры" => ordinal.is_some() || !few,
        _ => false,
    };
    let length = rest.len() - after.len() + gap + word_length;
    // «Мира 13 квартира 5»: the house's number, and the flat's behind the word.
    let next = rest[length..].trim_start_matches([' ', '\u{a0}', '№', '.', ':', '-']);
    let has_own = next.starts_with(|c: char| c.is_ascii_digit() || c == '<');
    (told && gap > 0 && ends(&rest[length..]) && !has_own).then_some(length)
}

/// The letter of «12а», if no word follows.
fn letter(after: &str) -> usize {
    let mut chars = after.chars();
    match (chars.next(), chars.next()) {
        (Some(letter), next) if letter.is_alphabetic() && !next.is_some_and(|c| c.is_alphanumeric() || c == '<') => {
            letter.len_utf8()
        }
        _ => 0,
    }
}
