//! Number plates of vehicles, in Cyrillic or in the Latin letters that look alike.
//!
//! | vehicle            | form                   |
//! |--------------------|------------------------|
//! | cars               | `А 123 ВС 55`          |
//! | buses and taxis    | `АВ 123 55`            |
//! | trailers           | `АВ 1234 55`           |
//! | motorcycles        | `1234 АВ 55`           |
//! | police             | `А 1234 55`            |
//!
//! «С 100 км» and «в 200 см от 50» have the same letters: what is written apart or small needs a word beside it that speaks of vehicles,
//! or its region.

use super::behind::Behind;
use super::{ends, space};

/// Words near which letters and digits are a plate.
const VEHICLES: &[&str] = &[
    "гос",
    "номер",
    "автомоб",
    "авто",
    "машин",
    "маршрутк",
    "такси",
    "прицеп",
    "мото",
    "скутер",
    "водител",
    "газел",
    "рег",
    "знак",
    "полиц",
    "дпс",
    "грузов",
    "джип",
    "иномарк",
    "лад",
    "припарк",
    "паркует",
    "камаз",
    "мусоровоз",
    "пазик",
    "трамва",
    "троллейбус",
];

/// The short form «г/н», «г.н.», as two words; «№» is no word.
const SHORT: [&str; 3] = ["н", "гн", "гн"];

/// How many words before a plate may speak of it.
const REACH: usize = 5;

/// The parts of what may be a plate: letters, digits, letters, and the gaps between.
struct Read {
    lead: usize,
    number: usize,
    tail: usize,
    region: usize,
    apart: bool,
    upper: bool,
    /// «с 100 км»: the letters of a measure.
    measure: bool,
    length: usize,
}

pub(super) fn length(behind: &Behind<'_>, rest: &str) -> Option<usize> {
    if behind.last() == Some('№') && rest.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let read = Read::of(rest)?;
    if !ends(&rest[read.length..]) {
        return None;
    }
    let told = behind.has(REACH, VEHICLES) || behind.words(1).any(|word| SHORT.contains(&word.to_lowercase().as_str()));
    let region = read.region > 0;
    let clear = read.upper && !read.apart;
    let good = match (read.lead, read.number, read.tail) {
        (1, 3, 2) if region => told || (!read.measure && (!read.apart || read.upper)),
        (1, 3, 2) => told || (!read.measure && !read.apart),
        (2, 3, 0) | (2, 4, 0) | (0, 4, 2) if region => {
            told || (clear && read.lead + read.tail == 2 && read.number == 4 && read.lead > 0)
        }
        (1, 4, 0) if region => told,
        _ => false,
    };
    good.then_some(read.length)
}

impl Read {
    fn of(rest: &str) -> Option<Read> {
        let mut at = 0;
        let mut read =
            Read { lead: 0, number: 0, tail: 0, region: 0, apart: false, upper: true, measure: false, length: 0 };
        read.lead = read.letters(rest, &mut at);
        read.gap(rest, &mut at, read.lead > 0);
        read.number = super::digits(&rest[at..]);
        let zeros = rest[at..].bytes().take(read.number).all(|b| b == b'0');
        // Of «АВ12355» the region follows at once.
        if read.lead == 2 && (5..=7).contains(&read.number) && is_region(&rest[at + read.number - 2..at + read.number])
        {
            let region =
                if read.number == 5 || read.number == 6 && !is_long_region(&rest[at + 3..at + 6]) { 2 } else { 3 };
            (read.number, read.region) = (read.number - region, region);
            read.length = at + read.number + region;
            return Some(read);
        }
        if !(3..=4).contains(&read.number) || zeros {
            return None;
        }
        at += read.number;
        if read.lead <= 1 {
            let before = at;
            read.gap(rest, &mut at, true);
            let from = at;
            read.tail = read.letters(rest, &mut at);
            let tail = rest[from..at].to_lowercase();
            if read.tail == 0 {
                at = before;
            }
            read.measure = matches!(tail.as_str(), "км" | "см" | "кв" | "мм" | "ам" | "рм" | "сек" | "ст");
        }
        read.length = at;
        read.take_region(rest, at);
        Some(read)
    }

    fn take_region(&mut self, rest: &str, at: usize) {
        let mut gap = space(&rest[at..]);
        if gap == 0 && rest[at..].starts_with(['/', '-', '|']) {
            gap = 1;
        }
        let from = at + gap;
        let size = super::digits(&rest[from..]);
        let region = &rest[from..from + size];
        let good = if size == 3 { is_long_region(region) } else { size == 2 && is_region(region) };
        if !good || !ends(&rest[from + size..]) {
            // «А123ВС rus» and «А123ВС155rus» end in the sign of the country.
            let country = country(&rest[from + size..]);
            if !good || country == 0 {
                return;
            }
        }
        let tail = from + size;
        let spaced = tail + space(&rest[tail..]);
        let country = country(&rest[spaced..]);
        self.region = size;
        self.length = if country > 0 { spaced + country } else { tail };
    }

    fn gap(&mut self, rest: &str, at: &mut usize, may: bool) {
        let gap = space(&rest[*at..]);
        if may && gap > 0 {
            self.apart = true;
            *at += gap;
        }
    }

    /// The letters of a plate at a place, at most three; how many.
    fn letters(&mut self, rest: &str, at: &mut usize) -> usize {
        let mut count = 0;
        for c in rest[*at..].chars().take_while(|c| c.is_alphabetic()) {
            if !is_of_plate(c) || count == 3 {
                return 9;
            }
            self.upper &= c.is_uppercase();
            *at += c.len_utf8();
            count += 1;
        }
        count
    }
}

/// «rus» or «рус» at the start.
fn country(text: &str) -> usize {
    let word: String = text.chars().take(3).flat_map(char::to_lowercase).collect();
    let length: usize = text.chars().take(3).map(char::len_utf8).sum();
    if matches!(word.as_str(), "rus" | "рус") && ends(&text[length..]) { length } else { 0 }
}

fn is_of_plate(c: char) -> bool {
    "АВЕКМНОРСТУХавекмнорстухABEKMHOPCTYXabekmhopctyx".contains(c)
}

fn is_region(two: &str) -> bool {
    two.len() == 2 && two != "00"
}

fn is_long_region(three: &str) -> bool {
    three.len() == 3 && three.starts_with(['1', '2', '3', '5', '7', '9']) && three != "100"
}
