//! What the scanner remembers of the text that it has passed: enough to know «паспорт» before a number and «улица» before a name.

/// How many words are remembered.
const WORDS: usize = 6;

/// The last words before a place, and what stands right before it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Behind<'t> {
    last: Option<char>,
    words: [&'t str; WORDS],
    /// Whether a sentence begins, or nothing but its first signs has been passed.
    begins: Begins,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Begins {
    #[default]
    Sentence,
    Inside,
}

impl<'t> Behind<'t> {
    /// Right behind a label.
    pub fn label() -> Behind<'t> {
        Behind { last: Some('>'), ..Behind::default() }
    }

    /// Whether a word may begin here.
    pub fn starts_word(&self) -> bool {
        !self.last.is_some_and(char::is_alphanumeric)
    }

    /// Whether the digits before go on here.
    pub fn in_number(&self) -> bool {
        self.last.is_some_and(|c| c.is_ascii_digit())
    }

    /// Whether a capital letter says nothing here, because a sentence begins.
    pub fn begins_sentence(&self) -> bool {
        self.begins == Begins::Sentence
    }

    /// What stands right before.
    pub fn last(&self) -> Option<char> {
        self.last
    }

    /// The last words, the nearest first.
    pub fn words(&self, most: usize) -> impl Iterator<Item = &'t str> {
        self.words.into_iter().take(most).filter(|word| !word.is_empty())
    }

    /// Whether one of the last words begins with one of these, whatever its case.
    pub fn has(&self, most: usize, beginnings: &[&str]) -> bool {
        self.words(most).any(|word| begins_with_any(word, beginnings))
    }

    /// Goes on behind a piece of the text.
    pub fn pass(&mut self, piece: &'t str) {
        if piece.starts_with('<') && piece.ends_with('>') {
            *self = Behind::label();
            return;
        }
        let mut rest = piece;
        while let Some(first) = rest.chars().next() {
            let length: usize = if first.is_alphanumeric() {
                let length = rest.chars().take_while(|c| c.is_alphanumeric()).map(char::len_utf8).sum();
                self.words.rotate_right(1);
                self.words[0] = &rest[..length];
                self.begins = Begins::Inside;
                length
            } else {
                // A full stop behind a short word shortens it: «ул. Ленина» is no new sentence.
                let shortened = first == '.' && self.words[0].chars().count() <= 3;
                if matches!(first, '.' | '!' | '?' | '\n') && !shortened {
                    self.begins = Begins::Sentence;
                    // What one sentence speaks of says nothing of the next; of lines, one may be the heading of the other.
                    if first != '\n' {
                        self.words = [""; WORDS];
                    }
                }
                first.len_utf8()
            };
            self.last = rest[..length].chars().next_back();
            rest = &rest[length..];
        }
    }
}

/// Whether a word begins with one of these beginnings, which are in lower case.
pub(super) fn begins_with_any(word: &str, beginnings: &[&str]) -> bool {
    beginnings.iter().any(|beginning| begins_with(word, beginning))
}

fn begins_with(word: &str, beginning: &str) -> bool {
    let mut lower = word.chars().flat_map(char::to_lowercase);
    beginning.chars().all(|c| lower.next() == Some(c))
}
