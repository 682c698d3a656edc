//! What is written in the networks: posts, comments, private messages.

use crate::domain::At;

/// What something written is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Kind {
    Post,
    /// A post that waits for the page's consent.
    Suggested,
    #[default]
    Comment,
    Private,
}

/// Who wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum Author {
    /// The page, through the API.
    #[default]
    Page,
    /// Somebody in the page's name, without the API.
    Colleague,
    Person(String),
}

/// What happened to something written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    New,
    Edited,
    Removed,
    Restored,
}

/// Something that is about to be written.
#[derive(Debug, Clone, Default)]
pub(super) struct Draft {
    pub kind: Kind,
    pub author: Author,
    pub post: Option<String>,
    pub reply_to: Option<String>,
    /// The person at the other end, if it is private.
    pub peer: Option<String>,
    pub text: String,
    pub pictures: usize,
    pub album: Option<i64>,
    pub idempotency: Option<String>,
}

impl Draft {
    pub fn comment(post: &str, text: &str, reply_to: Option<&str>) -> Draft {
        let (post, reply_to) = (Some(post.to_owned()), reply_to.map(str::to_owned));
        Draft { kind: Kind::Comment, post, reply_to, text: text.to_owned(), ..Draft::default() }
    }

    pub fn private(peer: &str, text: &str) -> Draft {
        Draft { kind: Kind::Private, peer: Some(peer.to_owned()), text: text.to_owned(), ..Draft::default() }
    }
}

/// Something written.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub key: String,
    /// Its number on the page.
    pub number: i64,
    /// Of a Telegram post: its number in the channel, which counts for itself.
    pub channel_number: i64,
    pub kind: Kind,
    pub author: Author,
    pub post: Option<String>,
    pub reply_to: Option<String>,
    pub peer: Option<String>,
    pub text: String,
    /// Names of files.
    pub pictures: Vec<String>,
    pub album: Option<i64>,
    pub at: At,
    pub edited: Option<At>,
    pub gone: bool,
}
