//! Official pages: the accounts in social networks on which residents write and organisations answer.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::message::{Form, Incoming, Remark};
use super::values::Id;
use super::words::vocabulary;

vocabulary! {
    /// Whether a page is in use.
    PageState {
        /// Known, with no keys: nothing is taken from it and nothing is published on it.
        Registered = "registered",
        /// Its network delivers to us, and takes our answers.
        Connected = "connected",
        /// It was connected once; its keys are gone.
        Disconnected = "disconnected",
    }
}

vocabulary! {
    /// How a page's events come in.
    Listening {
        /// The network delivers them to our address.
        Hook = "hook",
        /// We fetch them: for an installation without a public address, and where a network delivers nothing.
        Poll = "poll",
    }
}

/// A page's tokens and secrets by the names that its network gives them. Never printed.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct Keys(pub BTreeMap<String, String>);

impl Keys {
    /// The key of this name; empty if there is none, which no network takes for a key.
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// Whether there is a key of this name.
    pub fn has(&self, name: &str) -> bool {
        !self.get(name).is_empty()
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// What an adapter has to know of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The page, which is a source of messages.
    pub id: Id,
    /// Its identity in the network: a group's or channel's number.
    pub account: String,
    pub keys: Keys,
}

/// How a page fares, as its network tells.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Health {
    /// Whether the token is taken.
    pub token: bool,
    /// Whether the network delivers to our address; absent where nothing is delivered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hook: Option<bool>,
    /// How many events wait in the network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<i64>,
    /// What the page is called there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Its public address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// How many people follow it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscribers: Option<i64>,
    /// What is wrong, in the network's words; empty: nothing.
    #[serde(default)]
    pub problems: Vec<String>,
}

/// One thing that a network told.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    /// The network's identity of the event, the same for every delivery of it; none if it has none.
    pub key: Option<String>,
    pub what: What,
}

/// What a network can tell.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// Somebody's word, its change or its end. Of a deletion the author may be unknown.
    Message(Box<Incoming>),
    /// What is said around residents' words: the page's own posts and replies, what a comment stands under.
    Remark(Box<Remark>),
    /// Whether somebody may be written to in private from now on.
    Consent {
        /// The person's identity in the network.
        author: String,
        allowed: bool,
    },
}

/// Something to be published: one part of an answer in one thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    /// The same for every attempt: what a network's idempotency key is made of.
    pub key: Id,
    /// [`Form::Private`]: a message to the author; else a comment in the thread.
    pub form: Form,
    /// The account on whose wall, in whose chat or channel the thread stands.
    pub account: String,
    /// The post, or the chat of a private talk.
    pub post: String,
    /// The message that is answered.
    pub reply_to: String,
    /// The author's identity in the network.
    pub author: String,
    pub text: String,
}

/// What the network said to a posting.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posted {
    /// Its identity in the network, as [`Remark::external_id`] will name it.
    pub external_id: Option<String>,
    /// Where everybody finds it.
    pub permalink: Option<String>,
}

/// What a look into the network brought.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Polled {
    pub events: Vec<Heard>,
    /// Where to go on; none: where it stood.
    pub cursor: Option<String>,
    /// Whether there is more already.
    pub more: bool,
}

/// The pace that a network bears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Milliseconds between two requests under one token.
    pub token: i64,
    /// Milliseconds between two postings in one chat or thread.
    pub chat: i64,
}

/// How long one posting may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextLimit {
    /// In characters.
    Chars(usize),
    /// In units of UTF-16, as Telegram counts.
    Utf16(usize),
}

impl TextLimit {
    /// How long a text is, as the network counts.
    pub fn measure(self, text: &str) -> usize {
        match self {
            TextLimit::Chars(_) => text.chars().count(),
            TextLimit::Utf16(_) => text.encode_utf16().count(),
        }
    }

    /// The longest that it takes.
    pub fn most(self) -> usize {
        match self {
            TextLimit::Chars(most) | TextLimit::Utf16(most) => most,
        }
    }
}

/// What carrying an answer out has to heed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bearing {
    /// How long a comment may be; none: as long as it likes.
    pub comment: Option<TextLimit>,
    /// How long a private message may be.
    pub private: Option<TextLimit>,
    pub pace: Pace,
    /// Whether the same posting sent twice is published once.
    pub idempotent: bool,
    /// Whether a page may answer under the posts of another page.
    pub elsewhere: bool,
}

impl Bearing {
    /// A receiver of webhooks: it knows a repeat by its identity, and sees to the rest itself.
    pub const WEBHOOK: Bearing =
        Bearing { comment: None, private: None, pace: Pace { token: 0, chat: 0 }, idempotent: true, elsewhere: false };

    /// How long a posting of this form may be.
    pub fn limit(&self, form: Form) -> Option<TextLimit> {
        if form == Form::Private { self.private } else { self.comment }
    }
}
