//! Numbers of documents, and the checksums that tell them from others.

use super::behind::Behind;
use super::digits;

/// Whether the digits are those of a СНИЛС with its checksum.
pub(super) fn is_snils(number: &[u8]) -> bool {
    if number.len() != 11 {
        return false;
    }
    let sum: u32 = (1..=9).rev().zip(number).map(|(weight, digit)| weight * u32::from(digit - b'0')).sum();
    let check = sum % 101 % 100;
    check == u32::from(number[9] - b'0') * 10 + u32::from(number[10] - b'0')
}

/// Whether the digits are those of a person's ИНН with both its checksums.
pub(super) fn is_inn(number: &[u8]) -> bool {
    const WEIGHTS: [u32; 11] = [3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8];
    let control = |weights: &[u32]| -> u8 {
        let sum: u32 = weights.iter().zip(number).map(|(weight, digit)| weight * u32::from(digit - b'0')).sum();
        b'0' + u8::try_from(sum % 11 % 10).unwrap_or(0)
    };
    number.len() == 12 && number[10] == control(&WEIGHTS[1..]) && number[11] == control(&WEIGHTS)
}

/// Whether a series of four digits can be a passport's: a region, and a year of printing.
pub(super) fn is_series(number: &[u8]) -> bool {
    let year = |digits: &[u8]| (digits[0] - b'0') * 10 + digits[1] - b'0';
    number.len() >= 4 && year(&number[..2]) > 0 && matches!(year(&number[2..4]), 97..=99 | 0..=35)
}

/// Whether the words before speak of a passport.
pub(super) fn speaks_of_passport(behind: &Behind<'_>) -> bool {
    behind.has(4, &["паспорт", "пасп"])
}

/// «5204 номер 123456», «52 04, № 123456» behind «паспорт» or «серия»: what number signs and words divide.
pub(super) fn passport_length(behind: &Behind<'_>, rest: &str) -> Option<usize> {
    let told = speaks_of_passport(behind) || behind.has(2, &["сери"]);
    if !told {
        return None;
    }
    let mut at = digits(rest);
    if at == 2 {
        let gap = super::space(&rest[2..]);
        if gap == 0 || digits(&rest[2 + gap..]) != 2 {
            return None;
        }
        at = 2 + gap + 2;
    } else if at != 4 {
        return None;
    }
    let after = &rest[at..];
    let bare = after.trim_start_matches([' ', '\u{a0}', ',', ':', '-']);
    let bare =
        ["номер", "ном.", "N", "n", "№", "Номер"].iter().find_map(|word| bare.strip_prefix(word)).unwrap_or(bare);
    let bare = bare.trim_start_matches([' ', '\u{a0}', ':', '.']);
    let gap = after.len() - bare.len();
    (gap > 0 && gap <= 24 && digits(bare) == 6).then_some(at + gap + 6)
}
