//! A text that is too long for one posting, in parts.

use crate::domain::page::TextLimit;

/// The room that is kept for « (2/3)», and for more parts than anybody will write.
const MARK: usize = 12;

/// The text in parts, each short enough and, if there are several, marked as « (2/3)». It is parted between paragraphs, else between
/// sentences, else between words, and within a word only if nothing else helps. Nothing of it is lost but white space.
pub fn split(text: &str, limit: TextLimit) -> Vec<String> {
    let text = text.trim();
    if limit.measure(text) <= limit.most() {
        return vec![text.to_owned()];
    }
    let room = limit.most().saturating_sub(MARK).max(1);
    let mut parts = Vec::new();
    let mut rest = text;
    while limit.measure(rest) > room {
        let cut = cut(rest, room, limit);
        parts.push(rest[..cut].trim_end());
        rest = rest[cut..].trim_start();
    }
    parts.push(rest);
    parts.retain(|part| !part.is_empty());
    let count = parts.len();
    parts.iter().enumerate().map(|(n, part)| format!("{part} ({}/{count})", n + 1)).collect()
}

/// Where to part a text that is longer than there is room, in bytes: after at least one character.
fn cut(text: &str, room: usize, limit: TextLimit) -> usize {
    let (mut end, mut used) = (0, 0);
    for c in text.chars() {
        used += limit.measure(c.encode_utf8(&mut [0; 4]));
        if used > room && end > 0 {
            break;
        }
        end += c.len_utf8();
    }
    let head = &text[..end];
    // A part of less than half of what there is room for would tear the text.
    let half = end / 2;
    let after = |found: Option<(usize, usize)>| found.map(|(at, length)| at + length).filter(|at| *at > half);
    let sentence = [". ", "! ", "? ", ".\n", "!\n", "?\n"];
    after(head.rfind("\n\n").map(|at| (at, 2)))
        .or_else(|| sentence.iter().filter_map(|stop| after(head.rfind(stop).map(|at| (at, stop.len())))).max())
        .or_else(|| after(head.rfind('\n').map(|at| (at, 1))))
        .or_else(|| after(head.rfind(' ').map(|at| (at, 1))))
        .unwrap_or(end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_short_text_stays_whole_and_a_long_one_is_parted_between_sentences() {
        assert_eq!(split(" Сделано. ", TextLimit::Chars(9)), ["Сделано."]);
        let text = "Первое предложение. Второе предложение. Третье.";
        assert_eq!(
            split(text, TextLimit::Chars(32)),
            ["Первое предложение. (1/3)", "Второе предложение. (2/3)", "Третье. (3/3)"]
        );
    }

    #[test]
    fn telegram_counts_units_of_utf_16() {
        let text = "🙂".repeat(40);
        assert!(split(&text, TextLimit::Utf16(50)).len() > 1);
        assert_eq!(split(&text, TextLimit::Chars(50)).len(), 1);
    }

    proptest! {
        #[test]
        fn no_part_is_too_long_and_no_word_is_lost(text in "([а-я🙂]{1,30}[ .\n]{1,2}){1,60}", most in 16usize..90) {
            for limit in [TextLimit::Chars(most), TextLimit::Utf16(most)] {
                let parts = split(&text, limit);
                let whole = parts.len() == 1;
                let mut joined = String::new();
                for part in &parts {
                    prop_assert!(limit.measure(part) <= limit.most(), "{part}");
                    joined.push_str(if whole { part } else { part.rsplit_once(" (").unwrap().0 });
                }
                let bare = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
                prop_assert_eq!(bare(&joined), bare(&text));
            }
        }
    }
}
