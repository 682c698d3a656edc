//! Names of persons, known by their patronymics or initials: «Иван Петрович», «Иванова Мария Сергеевна», «М. С. Иванова», «Иванов И.И.»,
//! in any case. A name alone, or a surname alone, is none: streets and shops have them too.

mod known;

use super::behind::{Behind, begins_with_any};
use super::{Found, PersonalKind, ends, space};
use known::{FATHERS, FEMALE, FIRST, FIRST_ENDINGS, IRREGULAR, MALE, NO_SURNAMES, PLACES, SURNAMES};

/// The most characters of a word that are looked at.
const LONGEST: usize = 40;

/// A word at a place of the text.
#[derive(Clone)]
struct Word {
    lower: String,
    capital: bool,
    length: usize,
}

impl Word {
    fn at(rest: &str) -> Option<Word> {
        let length = rest.chars().take(LONGEST).take_while(|c| c.is_alphabetic()).map(char::len_utf8).sum();
        let word = &rest[..length];
        let capital = word.chars().next()?.is_uppercase();
        Some(Word { lower: word.to_lowercase(), capital, length })
    }

    fn is_first_name(&self) -> bool {
        has_stem(&self.lower, FIRST, FIRST_ENDINGS)
    }

    fn is_patronymic(&self, capitalised: bool) -> bool {
        let regular =
            [("ович", MALE), ("евич", MALE), ("овн", FEMALE), ("евн", FEMALE)].into_iter().any(|(mark, endings)| {
                self.lower.rfind(mark).is_some_and(|at| {
                    let ending = &self.lower[at + mark.len()..];
                    // «Львовне» is a name, «уровне» is none.
                    let known = FATHERS.binary_search(&&self.lower[..at]).is_ok();
                    let strange = capitalised && self.capital && at >= 4 && mark.ends_with("ич") && ending.len() <= 4;
                    at > 0
                        && endings.contains(&ending)
                        && !(mark.ends_with('н') && ending.is_empty())
                        && (known || strange)
                })
            });
        let endings = |irregular: &str| if irregular.ends_with('н') { FEMALE } else { MALE };
        regular
            || IRREGULAR.iter().any(|stem| {
                self.lower.strip_prefix(stem).is_some_and(|ending| {
                    endings(stem).contains(&ending) && !(stem.ends_with('н') && ending.is_empty())
                })
            })
    }

    fn is_surname(&self) -> bool {
        self.capital
            && self.lower.chars().count() >= 3
            && SURNAMES.iter().any(|ending| self.lower.ends_with(ending) && self.lower.len() > ending.len() + 2)
            && !begins_with_any(&self.lower, NO_SURNAMES)
    }
}

/// Whether a word is one of the stems, which are sorted, with one of the endings.
fn has_stem(word: &str, stems: &[&str], endings: &[&str]) -> bool {
    endings.iter().filter_map(|ending| word.strip_suffix(ending)).any(|stem| stems.binary_search(&stem).is_ok())
}

/// Whether a text may hold a name written in small letters: it has something of a patronymic. Most have not, and their words need not be
/// looked at one by one.
pub(super) fn may_be_small(text: &str) -> bool {
    ["ович", "евич", "овн", "евн", "ильич", "ьмич", "лукич", "китич", "фомич", "аввич", "ичн", "ковлич", "емеич"]
        .iter()
        .any(|mark| text.contains(mark))
}

/// The name at the start; plain if it is that of a street or a school.
pub(super) fn find(behind: &Behind<'_>, rest: &str) -> Option<Found> {
    let length = length(behind, rest)?;
    // «улица академика Павлова И.П.» has its word further off.
    let of_place = behind.words(2).any(is_of_place);
    Some(if of_place { Found::Plain(length) } else { Found::Personal(PersonalKind::Name, length) })
}

/// First name and surname, in either order and without a patronymic: «Иван Петров», «Марии Сидоровой». Too unsure to be masked, for shops
/// and ships are called so too, but not to be asked about.
pub fn plain_names(text: &str) -> Vec<std::ops::Range<usize>> {
    let mut found = Vec::new();
    let (mut at, mut before) = (0, ["", ""]);
    while at < text.len() {
        let rest = &text[at..];
        let Some(first) = Word::at(rest).filter(|word| word.length > 0) else {
            at += rest.chars().next().map_or(1, char::len_utf8);
            continue;
        };
        let second = next(rest, first.length).filter(|(_, second)| {
            let pair = |one: &Word, other: &Word| one.is_first_name() && other.is_surname();
            first.capital && second.capital && (pair(&first, second) || pair(second, &first))
        });
        let length = match second {
            Some((start, second)) if ends(&rest[start + second.length..]) => {
                let length = start + second.length;
                if !before.iter().any(|word| is_of_place(word)) {
                    found.push(at..at + length);
                }
                length
            }
            _ => first.length,
        };
        before = [before[1], &rest[..length]];
        at += length;
    }
    found
}

fn is_of_place(word: &str) -> bool {
    // Short ones are whole words: «пр» is a place, «про» and «приказ» are none.
    let lower = word.to_lowercase();
    PLACES.iter().any(|place| if place.chars().count() <= 3 { lower == *place } else { lower.starts_with(place) })
}

fn length(behind: &Behind<'_>, rest: &str) -> Option<usize> {
    let first = Word::at(rest)?;
    if !first.capital && !first.is_first_name() && !first.is_patronymic(false) {
        return None;
    }
    if let Some(initials) = initials(rest) {
        let gap = space(&rest[initials..]);
        let surname = Word::at(&rest[initials + gap..])?;
        let named = surname.capital && surname.lower.chars().count() >= 3;
        let length = initials + gap + surname.length;
        return (named && ends(&rest[length..])).then_some(length);
    }
    if first.is_patronymic(false) {
        return with_surname(rest, first.length);
    }
    let second = next(rest, first.length);
    if let Some((at, second)) = &second {
        let named = first.is_first_name() || first.capital && !behind.begins_sentence();
        if named && second.is_patronymic(true) && (first.capital || second.is_patronymic(false)) {
            return with_surname(rest, at + second.length);
        }
        let surname = first.is_surname() || first.capital && !behind.begins_sentence() && second.is_first_name();
        if surname && let Some((end, third)) = next(rest, at + second.length) {
            let named = second.is_first_name() || second.capital;
            if named && third.is_patronymic(true) {
                let length = end + third.length;
                return ends(&rest[length..]).then_some(length);
            }
        }
    }
    followed_by_initials(&first, rest)
}

/// «Иванов И.И.», unless the initials are those of who comes next.
fn followed_by_initials(first: &Word, rest: &str) -> Option<usize> {
    if !first.capital || first.lower.chars().count() < 3 {
        return None;
    }
    let gap = space(&rest[first.length..]);
    let from = first.length + gap;
    let end = from + initials(&rest[from..]).filter(|_| gap > 0)?;
    let owner =
        Word::at(&rest[end + space(&rest[end..])..]).filter(|next| next.capital && next.lower.chars().count() >= 3);
    (owner.is_none() || first.is_surname() && !owner.is_some_and(|owner| owner.is_surname())).then_some(end)
}

/// A name that ends at `end`, with the surname behind it.
fn with_surname(rest: &str, end: usize) -> Option<usize> {
    if !ends(&rest[end..]) {
        return None;
    }
    let surname = next(rest, end).filter(|(_, word)| word.is_surname() && !word.is_first_name());
    let length = surname.map(|(at, word)| at + word.length).filter(|length| ends(&rest[*length..]));
    Some(length.unwrap_or(end))
}

/// The word behind one space, and where it begins.
fn next(rest: &str, end: usize) -> Option<(usize, Word)> {
    let gap = space(&rest[end..]);
    let word = Word::at(&rest[end + gap..]).filter(|word| gap > 0 && word.length > 0)?;
    Some((end + gap, word))
}

/// «И.И.», «И. И.» at the start; not «Т.к.» and the like.
fn initials(rest: &str) -> Option<usize> {
    let (first, one) = initial(rest)?;
    let gap = space(&rest[one..]);
    let (second, two) = initial(&rest[one + gap..])?;
    let pair: String = [first, second].iter().flat_map(|c| c.to_lowercase()).collect();
    let shortened = ["тк", "те", "тд", "тп", "ио", "го", "рп", "др", "оп", "ад", "жд"].contains(&pair.as_str());
    (!shortened).then_some(one + gap + two)
}

/// A capital letter with its full stop.
fn initial(rest: &str) -> Option<(char, usize)> {
    let letter = rest.chars().next().filter(|c| c.is_uppercase() && super::is_cyrillic(*c))?;
    rest[letter.len_utf8()..].starts_with('.').then_some((letter, letter.len_utf8() + 1))
}
