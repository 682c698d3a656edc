//! Notices: what staff should hear of without asking, and which of it each of them wants.

use std::collections::BTreeSet;
use std::fmt;

use super::words::{Language, vocabulary};

vocabulary! {
    /// What a notice is about.
    NoticeKind {
        /// A deadline comes near.
        DeadlineNear = "deadline_near",
        /// A deadline has passed.
        DeadlineMissed = "deadline_missed",
    }
}

vocabulary! {
    /// What became of a notice.
    NoticeState {
        /// It will be sent.
        Waiting = "waiting",
        /// It stood in a letter that the mail server took.
        Sent = "sent",
        /// It was not sent: what it warned of was over by then, or its kind was turned off.
        Dropped = "dropped",
        /// It could not be sent; why is told.
        Failed = "failed",
    }
}

impl NoticeKind {
    /// What it says in a few words, as in the subject of a letter.
    pub fn title(self, language: Language) -> &'static str {
        match (self, language) {
            (NoticeKind::DeadlineNear, Language::Russian) => "Подходит срок",
            (NoticeKind::DeadlineNear, Language::English) => "A deadline comes near",
            (NoticeKind::DeadlineMissed, Language::Russian) => "Срок прошёл",
            (NoticeKind::DeadlineMissed, Language::English) => "A deadline has passed",
        }
    }
}

/// A set of kinds, stored as their words divided by spaces.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NoticeKinds(BTreeSet<NoticeKind>);

impl NoticeKinds {
    /// Reads the stored form. A word that is not known, as of a newer program, is passed over.
    pub fn read(text: &str) -> NoticeKinds {
        text.split(' ').filter_map(|word| word.parse().ok()).collect()
    }

    /// Whether the kind is among them.
    pub fn contains(&self, kind: NoticeKind) -> bool {
        self.0.contains(&kind)
    }

    /// Adds a kind.
    pub fn insert(&mut self, kind: NoticeKind) {
        self.0.insert(kind);
    }

    /// The kinds, in their order.
    pub fn iter(&self) -> impl Iterator<Item = NoticeKind> {
        self.0.iter().copied()
    }
}

impl FromIterator<NoticeKind> for NoticeKinds {
    fn from_iter<I: IntoIterator<Item = NoticeKind>>(kinds: I) -> NoticeKinds {
        NoticeKinds(kinds.into_iter().collect())
    }
}

impl fmt::Display for NoticeKinds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<_> = self.iter().map(NoticeKind::as_str).collect();
        f.write_str(&words.join(" "))
    }
}

/// Whether letters can be sent to such an address: `name@host.domain` in ASCII, without quotes or comments. A domain in another
/// script is written in its ASCII form (`xn--…`).
pub fn is_email(text: &str) -> bool {
    let Some((name, host)) = text.rsplit_once('@') else { return false };
    let atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last = host.rsplit('.').next().unwrap_or_default();
    text.len() <= 254
        && (1..=64).contains(&name.len())
        && name.split('.').all(|part| !part.is_empty() && part.chars().all(atom))
        && host.contains('.')
        && host.split('.').all(label)
        && last.len() >= 2
        && last.starts_with(|c: char| c.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_read_back_and_unknown_ones_passed_over() {
        let both: NoticeKinds = NoticeKind::ALL.iter().copied().collect();
        assert_eq!(both.to_string(), "deadline_near deadline_missed");
        assert_eq!(NoticeKinds::read(&both.to_string()), both);
        assert_eq!(NoticeKinds::read(""), NoticeKinds::default());
        let some = NoticeKinds::read("weather deadline_missed");
        assert!(some.contains(NoticeKind::DeadlineMissed) && !some.contains(NoticeKind::DeadlineNear));
    }

    #[test]
    fn addresses_are_told_from_what_is_none() {
        for good in ["anna@example.org", "a.b+c@mail.omsk.example", "x@xn--80akhbyknj4f.xn--p1ai", "o'neil@a-b.ru"] {
            assert!(is_email(good), "{good}");
        }
        let long = format!("{}@example.org", "a".repeat(65));
        for bad in [
            "",
            "anna",
            "@example.org",
            "anna@",
            "anna@example",
            "a b@example.org",
            "a@b@example.org.",
            "анна@example.org",
            "anna@пример.рф",
            "\"a\"@example.org",
            "a@[127.0.0.1]",
            "a@1.2.3.4",
            "a@-x.org",
            ".a@x.org",
            "a..b@x.org",
            "a@x.org\r\nBcc: b@x.org",
            "Anna <a@x.org>",
            "a@x..org",
            &long,
        ] {
            assert!(!is_email(bad), "{bad}");
        }
    }
}
