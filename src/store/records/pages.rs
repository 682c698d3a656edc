//! The rows of official pages, and of what goes to and fro between them and their networks.

use diesel::prelude::*;

use crate::domain::file::FileState;
use crate::domain::{At, Doc, Form, Id, Listening, PageState, PostingState};
use crate::store::schema::*;

/// An official page: an account in a social network. It is a [`Source`] of the same identity.
#[derive(Clone, PartialEq, Queryable, Selectable, Identifiable, Insertable, AsChangeset)]
#[diesel(table_name = pages, treat_none_as_null = true)]
pub struct PageRow {
    pub id: Id,
    /// The network's short name.
    pub network: String,
    /// Whose page it is.
    pub organisation: String,
    pub title: String,
    /// Its identity in the network.
    pub account: String,
    /// Its public address.
    pub url: Option<String>,
    pub state: PageState,
    pub listening: Listening,
    /// Raised to make the hook's present address void.
    pub hook_epoch: i32,
    /// Its [`Keys`](crate::domain::Keys), sealed; none unless it is connected.
    pub keys: Option<String>,
    /// Where fetching goes on.
    pub cursor: Option<String>,
    pub subscribers: Option<i64>,
    pub last_event_at: Option<At>,
    pub checked_at: Option<At>,
    /// The [`Health`](crate::domain::page::Health) that the last check found.
    pub health: Option<Doc>,
    pub connected_at: Option<At>,
    pub changed_at: At,
}

/// Whether a page may write to somebody in private.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = consents)]
pub struct Consent {
    pub source_id: Id,
    pub author_key: String,
    pub allowed: bool,
    pub at: At,
}

/// A post that collects complaints: each comment below it is an incident of its own.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = collections)]
pub struct Collection {
    pub source_id: Id,
    pub post_key: String,
    /// What it collects complaints on, if that is one topic.
    pub topic: Option<String>,
    pub marked_by: String,
    pub marked_at: At,
}

/// What is said around residents' messages.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = remarks, treat_none_as_null = true)]
pub struct RemarkRow {
    pub id: Id,
    pub source_id: Id,
    pub external_id: String,
    pub account: String,
    pub form: Form,
    pub post_key: String,
    pub parent_key: Option<String>,
    /// Whose word it replies to.
    pub to_key: Option<String>,
    /// None: the page itself.
    pub author_key: Option<String>,
    pub author_name: Option<String>,
    /// Whether an organisation's page says it.
    pub own: bool,
    pub text: String,
    /// An array of [`Attachment`](crate::domain::message::Attachment).
    pub attachments: Doc,
    pub url: Option<String>,
    pub published_at: At,
    pub deleted_at: Option<At>,
    /// When it began to say so; none: when it was published.
    pub text_at: Option<At>,
}

/// A file that came with a message, without its content.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable)]
#[diesel(table_name = files)]
pub struct FileRow {
    pub id: Id,
    pub message_id: Id,
    /// Where it stands among what came with the message.
    pub n: i32,
    /// Where it is in its network; holds no token.
    pub url: String,
    /// What its network calls it.
    pub kind: String,
    pub name: Option<String>,
    pub state: FileState,
    /// Told from the content; none unless that is or was here.
    pub media_type: Option<String>,
    /// In bytes.
    pub size: Option<i64>,
    pub sha256: Option<String>,
    /// Why it is not here.
    pub failure: Option<String>,
    pub created_at: At,
    /// When it stopped waiting.
    pub settled_at: Option<At>,
}

/// An event of a network that was taken in.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable)]
#[diesel(table_name = heard)]
pub struct HeardEvent {
    pub source_id: Id,
    /// The network's identity of it.
    pub key: String,
    pub at: At,
}

/// One posting of an answer: in one thread, and one part of it where it is too long for one.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Insertable, AsChangeset)]
#[diesel(table_name = postings, treat_none_as_null = true)]
pub struct PostingRow {
    pub id: Id,
    pub answer_id: Id,
    /// The incident whose author is answered: the answer's own, or one merged into it.
    pub incident_id: Id,
    /// 1, 2, … of `parts`.
    pub part: i32,
    pub parts: i32,
    /// Who says it: a page, or the source that the question came from.
    pub source_id: Id,
    pub form: Form,
    pub text: String,
    pub state: PostingState,
    /// Whether the network may have published it more than once: a reply of it was lost, and it has no key to know a repeat by.
    pub maybe_twice: bool,
    pub attempts: i32,
    /// When it may go out by the network's pace, by the machine's clock.
    pub slot_at: Option<At>,
    pub sent_at: Option<At>,
    pub delivered_at: Option<At>,
    /// Its identity in the network.
    pub external_id: Option<String>,
    pub permalink: Option<String>,
    pub failure: Option<String>,
    pub created_at: At,
}
