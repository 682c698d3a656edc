//! Russian text made comparable: folding, words, stems, and the masking of personal data.
//!
//! Neither engine's full-text search knows that «ё» is «е» or that «снегом» is «снег», so both index what [`index_terms`] gives and
//! are asked what [`query_terms`] gives. Whatever is stored for searching was folded here; changing these rules means re-indexing.

mod ask;
mod mask;
mod split;

use std::borrow::Cow;
use std::collections::HashSet;

use rust_stemmers::{Algorithm, Stemmer};

pub use ask::asks_for_personal;
pub use mask::{
    Kinds, Personal, PersonalKind, kinds_in, mask_personal, masked, personal_in, personal_words, plain_names,
};
pub use split::split;

/// The longest word, in characters, that is indexed or searched; the rest of a longer one is ignored.
pub const WORD_LIMIT: usize = 64;

/// The text in the form in which texts are compared: lower case, «ё» as «е», no stress marks or invisible characters, and every run of
/// white space one space, with none at the ends.
///
/// «й» stays a letter of its own, also when it arrives as «и» and a combining breve. Folding twice changes nothing.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut gap = false;
    for c in text.chars() {
        match c {
            // A combining breve makes «й»; any other combining mark is a stress or a diaeresis, and «ё» is «е» anyway.
            '\u{306}' if !gap && folded.ends_with('и') => {
                folded.pop();
                folded.push('й');
            }
            '\u{300}'..='\u{36f}' => {}
            // Soft hyphen, zero-width characters, byte-order mark: they come with texts copied from pages.
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' => {}
            c if c.is_whitespace() => gap = true,
            c => {
                if gap && !folded.is_empty() {
                    folded.push(' ');
                }
                gap = false;
                push_folded(&mut folded, c);
            }
        }
    }
    folded
}

fn push_folded(folded: &mut String, c: char) {
    if is_plain(c) {
        folded.push(c);
        return;
    }
    for lower in c.to_lowercase() {
        match lower {
            'ё' => folded.push('е'),
            // The lower case of «İ» is an "i" with a combining dot.
            '\u{300}'..='\u{36f}' => {}
            other => folded.push(other),
        }
    }
}

/// The words of a text in order: its runs of letters and digits, at most [`WORD_LIMIT`] characters of each.
///
/// The text is taken as it is; [`fold`] it first where case and «ё» must not matter.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c| !is_of_word(c)).filter(|word| !word.is_empty()).map(shortened)
}

fn is_of_word(c: char) -> bool {
    is_plain(c) || c.is_alphanumeric()
}

/// Most of a folded Russian text; the tables of Unicode are slow, and need not be asked about it.
fn is_plain(c: char) -> bool {
    matches!(c, 'а'..='я' | 'a'..='z' | '0'..='9')
}

fn shortened(word: &str) -> &str {
    if word.len() <= WORD_LIMIT {
        return word;
    }
    word.char_indices().nth(WORD_LIMIT).map_or(word, |(end, _)| &word[..end])
}

/// The stem of a folded word. Only words wholly of Cyrillic letters have one: "13б" and "vk" stay as they are.
pub fn stem(word: &str) -> Cow<'_, str> {
    if word.chars().all(is_cyrillic) { Stemmer::create(Algorithm::Russian).stem(word) } else { Cow::Borrowed(word) }
}

fn is_cyrillic(c: char) -> bool {
    matches!(c, '\u{400}'..='\u{52f}')
}

/// Stands before the stems of personal data in the full-text indexes. No Russian word begins so, and no query is let to.
pub const PERSONAL_MARK: &str = "ъъ";

/// What the full-text indexes of both engines hold for a text: its unique stems in order of appearance, joined by spaces. Those of
/// [personal data](personal_in) are marked, so that who may not see it cannot find it either.
pub fn index_terms(text: &str) -> String {
    let pieces = personal_in(text);
    if pieces.is_empty() {
        return query_terms(text).join(" ");
    }
    let mut open = String::with_capacity(text.len());
    let (mut closed, mut reached) = (String::new(), 0);
    for Personal { at, piece, .. } in pieces {
        open.push_str(&text[reached..at]);
        open.push(' ');
        closed.push_str(piece);
        closed.push(' ');
        reached = at + piece.len();
    }
    open.push_str(&text[reached..]);
    let marked = query_terms(&closed).into_iter().map(|term| format!("{PERSONAL_MARK}{term}"));
    query_terms(&open).into_iter().chain(marked).collect::<Vec<_>>().join(" ")
}

/// The stems to look for when someone asks for `query`, each once. A text is found when its [`index_terms`] hold all of them.
/// Empty when the query has no searchable word: single letters are not searchable, single digits are.
pub fn query_terms(query: &str) -> Vec<String> {
    let folded = fold(query);
    let mut seen = HashSet::new();
    words(&folded)
        .filter(|word| is_searchable(word))
        .map(stem)
        .filter(|stem| seen.insert(stem.clone()))
        .map(Cow::into_owned)
        .collect()
}

fn is_searchable(word: &str) -> bool {
    if word.starts_with(PERSONAL_MARK) {
        return false;
    }
    let mut chars = word.chars();
    match (chars.next(), chars.next()) {
        (Some(only), None) => only.is_numeric(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn folding_levels_what_readers_read_alike() {
        for (text, folded) in [
            ("Ёлка", "елка"),
            ("  Снег \n\t и   ЛЁД ", "снег и лед"),
            ("за\u{301}мок", "замок"),
            ("и\u{306}од, й", "йод, й"),
            ("подъ\u{ad}езд\u{200b}", "подъезд"),
            ("İstanbul", "istanbul"),
            ("", ""),
        ] {
            assert_eq!(fold(text), folded);
        }
    }

    #[test]
    fn words_are_runs_of_letters_and_digits() {
        let found: Vec<_> = words("ул.Мира, д.13б — кв 5/2").collect();
        assert_eq!(found, ["ул", "Мира", "д", "13б", "кв", "5", "2"]);
        assert_eq!(words(&"ы".repeat(100)).next().map(|word| word.chars().count()), Some(WORD_LIMIT));
    }

    #[test]
    fn endings_and_yo_do_not_hide_a_text() {
        for (query, text) in [
            ("снег", "Двор не чистят от снега"),
            ("снег", "завалило снегом"),
            ("снег", "Сугробы со снегом!"),
            ("ёлка", "Уберите елку"),
            ("елки", "Ёлка упала"),
            ("13б", "Мира, 13Б"),
            ("5", "подъезд 5"),
            ("горячая вода", "воды горячей нет"),
        ] {
            let index = index_terms(text);
            let indexed: Vec<_> = index.split(' ').collect();
            for term in query_terms(query) {
                assert!(
                    indexed.contains(&term.as_str()),
                    "«{query}» must find «{text}», which is indexed as «{index}»"
                );
            }
        }
    }

    #[test]
    fn terms_are_unique_and_single_letters_are_dropped() {
        assert_eq!(index_terms("Снег, снега и снегом в д. 5 и 5"), "снег 5");
        assert!(query_terms("и в — ё!").is_empty());
    }

    #[test]
    fn personal_data_is_indexed_apart() {
        assert_eq!(index_terms("Снег, звоните 8 913 123-45-67"), "снег звон ъъ8 ъъ913 ъъ123 ъъ45 ъъ67");
        assert!(query_terms("ъъ913 ЪЪ45").is_empty());
    }

    proptest! {
        #[test]
        fn folding_is_settled_after_once(text in "\\PC{0,60}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }

        #[test]
        fn a_text_is_found_by_each_of_its_own_words(text in "[а-яёА-ЯЁ0-9 ,.-]{0,80}") {
            let index = index_terms(&text);
            let indexed: Vec<_> = index.split(' ').collect();
            for word in words(&text) {
                for term in query_terms(word) {
                    let marked = format!("{PERSONAL_MARK}{term}");
                    prop_assert!(indexed.contains(&term.as_str()) || indexed.contains(&marked.as_str()));
                }
            }
        }
    }
}
