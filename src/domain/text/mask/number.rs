//! Numbers of persons as they are written, in up to seven groups: telephones, cards, documents.

use super::behind::Behind;
use super::document::{is_inn, is_series, is_snils, speaks_of_passport};
use super::{Found, PersonalKind, digits};

/// The most groups of digits one number is written in: «+7 (913) 123-45-67» has five, a card of 19 digits too.
const GROUPS: usize = 7;

/// A number as it is written: up to [`GROUPS`] groups of digits.
struct Written {
    plus: bool,
    /// The digits of each group.
    sizes: [usize; GROUPS],
    /// Where each group ends in the text, in bytes.
    ends: [usize; GROUPS],
    count: usize,
    first_digits: [u8; 2],
    /// The day and month that a number such as «12-10-25» might be.
    date_like: bool,
    only_hyphens: bool,
    /// How many groups stand before the first full stop between groups: only telephones are divided by them.
    undotted: usize,
}

/// The number at the start, if it is one of a person.
pub(super) fn number_at(behind: &Behind<'_>, rest: &str) -> Option<Found> {
    let written = Written::read(rest)?;
    (1..=written.count).rev().find_map(|groups| {
        let end = written.ends[groups - 1];
        written.kind(groups, behind, rest).map(|kind| Found::Personal(kind, end))
    })
}

impl Written {
    fn read(rest: &str) -> Option<Self> {
        let mut at = leading(rest)?;
        let plus = rest.starts_with('+');
        let first_digits = first_two_digits(&rest[at..]);
        let mut written = Self {
            plus,
            sizes: [0; GROUPS],
            ends: [0; GROUPS],
            count: 0,
            first_digits,
            date_like: true,
            only_hyphens: true,
            undotted: GROUPS,
        };
        while written.count < GROUPS {
            let size = digits(&rest[at..]);
            if size == 0 {
                break;
            }
            written.take_group(&rest[at..at + size], at + size);
            at += size;
            let gap = separator(&rest[at..]);
            if gap == 0 {
                break;
            }
            if digits(&rest[at + gap..]) > 0 {
                written.only_hyphens &= rest[at..at + gap] == *"-";
                if rest[at..].starts_with('.') {
                    written.undotted = written.undotted.min(written.count);
                }
            }
            at += gap;
        }
        Some(written)
    }

    fn take_group(&mut self, group: &str, end: usize) {
        let limit = [31, 12, 99].get(self.count).copied().unwrap_or(0);
        self.date_like &= group.parse::<u32>().is_ok_and(|number| (1..=limit).contains(&number)) || self.count >= 3;
        self.sizes[self.count] = group.len();
        self.ends[self.count] = end;
        self.count += 1;
    }

    /// What the first `groups` groups are, taken together.
    fn kind(&self, groups: usize, behind: &Behind<'_>, rest: &str) -> Option<PersonalKind> {
        let sizes = &self.sizes[..groups];
        let total: usize = sizes.iter().sum();
        let dotted = groups > self.undotted;
        if dotted && !matches!(sizes, [1, 3, 3, 2, 2] | [1, 3, 3, 4]) {
            return None;
        }
        let bytes: Vec<u8> = rest[..self.ends[groups - 1]].bytes().filter(u8::is_ascii_digit).collect();
        let insured = behind.has(3, &["снилс", "страхов"]);
        if total == 11 && matches!(sizes, [3, 3, 3, 2] | [11]) && (insured || sizes.len() == 4 && is_snils(&bytes)) {
            return Some(PersonalKind::Snils);
        }
        let taxed = behind.has(3, &["инн", "счет", "счёт", "лицев", "карт"]);
        if matches!(sizes, [4, 6] | [2, 2, 6]) && (is_series(&bytes) || speaks_of_passport(behind)) {
            return Some(PersonalKind::Passport);
        }
        if groups == 1 && total == 10 && speaks_of_passport(behind) {
            return Some(PersonalKind::Passport);
        }
        if self.is_phone(sizes, total) && !(groups == 1 && taxed) {
            return Some(PersonalKind::Phone);
        }
        let is_document = matches!(sizes, [3, 3, 3, 2] | [4, 6] | [2, 2, 6] | [4, 4, 4, 4] | [4, 4, 4, 4, 3]);
        let is_long = groups == 1 && total >= 9;
        let is_taxpayer = total == 12 && behind.has(2, &["инн"]) && is_inn(&bytes);
        (is_document || is_long || is_taxpayer).then_some(PersonalKind::Number)
    }

    fn is_phone(&self, sizes: &[usize], total: usize) -> bool {
        let [first, second] = self.first_digits;
        if self.plus {
            return (10..=15).contains(&total);
        }
        match (sizes, total) {
            ([10], _) => first == b'9',
            ([11], _) => matches!(first, b'7' | b'8') && matches!(second, b'3' | b'4' | b'8' | b'9'),
            // A passport or a СНИЛС may add up to ten or eleven digits too; their groups tell them apart.
            ([4, 6] | [3, 3, 3, 2], _) => false,
            ([1, code, ..], 11) => {
                matches!(first, b'7' | b'8') && is_code(*code) && sizes[2..].iter().all(|size| *size >= 2)
            }
            ([leading, ..], 11) if *leading >= 4 => {
                matches!(first, b'7' | b'8') && sizes[1..].iter().all(|size| *size >= 2)
            }
            ([3, ..], 10) => first == b'9' && sizes[1..].iter().all(|size| *size >= 2),
            // City numbers: hyphens only, for «12 34 56» may be three houses and «12-10-25» a date.
            ([3, 2, 2], _) => self.only_hyphens,
            ([2, 2, 2], _) => self.only_hyphens && !(self.date_like && self.count == 3),
            _ => false,
        }
    }
}

/// An area code, or the whole rest of the number in one group.
fn is_code(size: usize) -> bool {
    matches!(size, 3..=5 | 10)
}

/// The bytes before the first digit of a number: a plus, an opening bracket, both, or none.
fn leading(rest: &str) -> Option<usize> {
    let unsigned = rest.trim_start_matches('+');
    let bare = unsigned.strip_prefix('(').unwrap_or(unsigned);
    let skipped = rest.len() - bare.len();
    (skipped <= 2 && bare.starts_with(|c: char| c.is_ascii_digit())).then_some(skipped)
}

fn first_two_digits(rest: &str) -> [u8; 2] {
    let mut found = rest.bytes().filter(u8::is_ascii_digit);
    [found.next().unwrap_or_default(), found.next().unwrap_or_default()]
}

/// The bytes between two groups of one number: at most three of space, hyphen, bracket and number sign, or a full stop.
fn separator(rest: &str) -> usize {
    if rest.starts_with('.') && digits(&rest[1..]) > 0 {
        return 1;
    }
    let is_separator = |c: &char| matches!(c, ' ' | '\u{a0}' | '-' | '‑' | '–' | '(' | ')' | '№');
    rest.chars().take(3).take_while(is_separator).map(char::len_utf8).sum()
}
