//! Personal data masked in a text that leaves the desk: phones, addresses of mail, long numbers, flats.
//!
//! A scanner by hand, in one pass. It prefers to hide a number too many over a phone too few, with one exception: streets and house
//! numbers must survive, because a complaint without its place cannot be worked on.

/// The text with its personal data replaced by `<телефон>`, `<email>`, `<номер>` (nine digits or more in a row, bank cards, СНИЛС,
/// passports) and `<квартира>`. Names are not recognised.
pub fn mask_personal(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut reached = 0;
    for Personal { label, at, piece } in personal_in(text) {
        masked.push_str(&text[reached..at]);
        masked.push_str(label);
        reached = at + piece.len();
    }
    masked.push_str(&text[reached..]);
    masked
}

/// A piece of personal data in a text, as it stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Personal<'t> {
    /// `<телефон>`, `<email>`, `<номер>` or `<квартира>`.
    pub label: &'static str,
    /// Where it begins, in bytes.
    pub at: usize,
    pub piece: &'t str,
}

/// The personal data in a text, in its order: just what [`mask_personal`] replaces.
pub fn personal_in(text: &str) -> Vec<Personal<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    let mut before = None;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let length = match find_at(before, first, rest) {
            Some((label, length)) => {
                found.push(Personal { label, at, piece: &rest[..length] });
                length
            }
            None => plain_length(first, rest),
        };
        before = rest[..length].chars().next_back();
        at += length;
    }
    found
}

/// What stands at the very start of `rest`: its label and its length in bytes. The first character rules most out at no cost.
fn find_at(before: Option<char>, first: char, rest: &str) -> Option<(&'static str, usize)> {
    let starts_word = !before.is_some_and(char::is_alphanumeric);
    let labelled = |label, length: Option<usize>| length.map(|length| (label, length));
    match first {
        'к' | 'К' if starts_word => labelled("<квартира>", flat_length(rest)),
        'a'..='z' | 'A'..='Z' if starts_word => labelled("<email>", email_length(rest)),
        '0'..='9' if starts_word => labelled("<email>", email_length(rest)).or_else(|| number_at(rest)),
        '0'..='9' | '+' | '(' => number_at(rest),
        _ => None,
    }
}

/// How far an ordinary piece reaches: a run of digits is passed as a whole, so that its tail is not taken for a number of its own.
fn plain_length(first: char, rest: &str) -> usize {
    if first.is_ascii_digit() { digits(rest) } else { first.len_utf8() }
}

fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// The longest part before the "@"; RFC 5321 allows 64, and a bound keeps the scan linear.
const LOCAL_PART: usize = 64;

fn email_length(rest: &str) -> Option<usize> {
    let is_local = |b: &u8| b.is_ascii_alphanumeric() || b"._%+-".contains(b);
    let local = rest.bytes().take(LOCAL_PART + 1).take_while(is_local).count();
    let domain = rest.get(local..)?.strip_prefix('@')?;
    let is_domain = |c: &char| c.is_alphanumeric() || matches!(c, '.' | '-');
    let reach: usize = domain.chars().take_while(is_domain).map(char::len_utf8).sum();
    // A full stop after the address ends the sentence.
    let domain = domain[..reach].trim_end_matches(['.', '-']);
    let (name, top) = domain.rsplit_once('.')?;
    let valid = local > 0 && !name.is_empty() && top.chars().count() >= 2 && top.chars().all(char::is_alphabetic);
    valid.then_some(local + 1 + domain.len())
}

/// «кв. 12», «кв12а», «квартира № 12», «в квартире 12», but neither «45 кв. м» nor «квартал 12».
fn flat_length(rest: &str) -> Option<usize> {
    let word_length: usize = rest.chars().take_while(|c| c.is_alphabetic() || *c == '-').map(char::len_utf8).sum();
    let word = rest[..word_length].to_lowercase();
    if word != "кв" && word != "кв-ра" && word != "кв-ре" && !(word.starts_with("квартир") && word.chars().count() <= 9)
    {
        return None;
    }
    let after = rest[word_length..].trim_start_matches(['.', ' ', '\u{a0}', '№', '#', ':']);
    let number = digits(after);
    if number == 0 || number > 4 {
        return None;
    }
    Some(rest.len() - after.len() + number + letter_of_number(&after[number..]))
}

/// The letter of «12а», if no word follows.
fn letter_of_number(after: &str) -> usize {
    let mut chars = after.chars();
    match (chars.next(), chars.next()) {
        (Some(letter), next) if letter.is_alphabetic() && !next.is_some_and(char::is_alphanumeric) => letter.len_utf8(),
        _ => 0,
    }
}

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
}

fn number_at(rest: &str) -> Option<(&'static str, usize)> {
    let written = Written::read(rest)?;
    (1..=written.count).rev().find_map(|groups| Some((written.label(groups)?, written.ends[groups - 1])))
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
            if digits(&rest[at + gap..]) > 0 && rest[at..at + gap] != *"-" {
                written.only_hyphens = false;
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
    fn label(&self, groups: usize) -> Option<&'static str> {
        let sizes = &self.sizes[..groups];
        let total: usize = sizes.iter().sum();
        if self.is_phone(sizes, total) {
            return Some("<телефон>");
        }
        let is_document = matches!(sizes, [3, 3, 3, 2] | [4, 6] | [2, 2, 6] | [4, 4, 4, 4] | [4, 4, 4, 4, 3]);
        let is_long = groups == 1 && total >= 9;
        (is_document || is_long).then_some("<номер>")
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

/// The bytes between two groups of one number: at most three of space, hyphen, bracket and number sign.
fn separator(rest: &str) -> usize {
    let is_separator = |c: &char| matches!(c, ' ' | '\u{a0}' | '-' | '‑' | '–' | '(' | ')' | '№');
    rest.chars().take(3).take_while(is_separator).map(char::len_utf8).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn personal_data_is_replaced() {
        for (text, masked) in [
            ("Звоните +7 (913) 123-45-67!", "Звоните <телефон>!"),
            ("8-913-123-45-67, Анна", "<телефон>, Анна"),
            ("тел. 89131234567", "тел. <телефон>"),
            ("8913 123 45 67", "<телефон>"),
            ("913 123-45-67 вечером", "<телефон> вечером"),
            ("8 (3812) 45-67-89", "<телефон>"),
            ("городской 45-67-89", "городской <телефон>"),
            ("городской 245-67-89.", "городской <телефон>."),
            ("пишите ivan.petrov+1@mail.example.ru.", "пишите <email>."),
            ("почта@нет, a@b тоже", "почта@нет, a@b тоже"),
            ("карта 2200 1234 5678 9012", "карта <номер>"),
            ("карта 2200123456789012", "карта <номер>"),
            ("СНИЛС 112-233-445 95", "СНИЛС <номер>"),
            ("паспорт 5204 123456", "паспорт <номер>"),
            ("паспорт 52 04 № 123456", "паспорт <номер>"),
            ("лицевой счёт 123456789", "лицевой счёт <номер>"),
            ("Мира, 5, кв. 12", "Мира, 5, <квартира>"),
            ("Мира 5 кв12а", "Мира 5 <квартира>"),
            ("В квартире №7 холодно", "В <квартира> холодно"),
            ("КВАРТИРА 140, 5 этаж", "<квартира>, 5 этаж"),
        ] {
            assert_eq!(mask_personal(text), masked);
        }
    }

    #[test]
    fn places_dates_and_figures_survive() {
        for text in [
            "ул. 10 лет Октября, 182/3",
            "5-я Линия 165, дома 12 34 56 и 78",
            "дома 12, 14, 16, 18, 20, 22, 24, 26",
            "маршруты 8 34 56 12 10 12",
            "Мира 13б, подъезд 2, 45 кв. м",
            "в квартале 12 и на пр. Маркса 12-14",
            "12.10.2025 в 14:30, а также 12-10-25",
            "2025-10-12 14:30",
            "644099 Омск, Гагарина, 34",
            "ждём 97 часов, заплатили 12 500 руб.",
            "55:36:123456:789",
            "школа № 112, 25 человек",
        ] {
            assert_eq!(mask_personal(text), text);
        }
    }

    proptest! {
        #[test]
        fn no_phone_survives_whatever_stands_around(before in "[а-я ,.(]{0,12}", after in "[а-я,.!)]{0,12}", rest in 0u32..1_000_000_000) {
            let rest = format!("{rest:09}");
            let written = format!("8 9{}-{}-{}-{}", &rest[..2], &rest[2..5], &rest[5..7], &rest[7..]);
            let masked = mask_personal(&format!("{before}{written}{after}"));
            prop_assert!(masked.contains("<телефон>"), "{}", masked);
            prop_assert!(!masked.contains(|c: char| c.is_ascii_digit()), "{}", masked);
        }

        #[test]
        fn text_without_digits_and_at_is_untouched(text in "[^0-9@]{0,80}") {
            prop_assert_eq!(mask_personal(&text), text);
        }
    }
}
