//! Messages that are told of in parts.

use std::collections::HashSet;

use super::Prepared;
use crate::domain::Doc;
use crate::domain::message::{Attachment, Change};
use crate::store::records::Message;

/// How far apart, in seconds, the parts of one album may be published.
const ALBUM: i64 = 60;

/// Adds to a message what is told of it in parts: networks tell of an album picture by picture, with the words beside any one of
/// them. Whether there was anything to add.
pub(super) fn joins(message: &mut Message, prepared: &Prepared) -> bool {
    let part = prepared.message();
    let apart = part.published_at.seconds_since(message.published_at).abs();
    if prepared.change != Change::New || apart > ALBUM {
        return false;
    }
    let worded = message.text.is_empty() && !part.text.is_empty();
    if worded {
        message.text.clone_from(&part.text);
        message.personal.clone_from(&part.personal);
    }
    gain(message, part) || worded
}

/// Adds the attachments that a message did not have; whether there were any. Whatever the order they are told in, they stand in one.
pub(super) fn gain(message: &mut Message, part: &Message) -> bool {
    let mut attachments: Vec<Attachment> = message.attachments.to().unwrap_or_default();
    let had = attachments.len();
    let told: Vec<Attachment> = part.attachments.to().unwrap_or_default();
    let known: HashSet<String> = attachments.iter().map(|attachment| attachment.url.clone()).collect();
    attachments.extend(told.into_iter().filter(|new| !known.contains(&new.url)));
    if attachments.len() == had {
        return false;
    }
    attachments.sort_by(|a, b| a.url.cmp(&b.url));
    message.attachments = Doc::of(&attachments);
    true
}
