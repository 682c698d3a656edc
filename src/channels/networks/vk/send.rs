//! How a posting is published.

use serde_json::Value;

use super::super::Wire;
use super::api::Api;
use super::message::message_key;
use super::post::{Kind, Post};
use crate::channels::SendError;
use crate::domain::page::{Page, Posted, Posting};
use crate::domain::{Form, Id};

/// Publishes a comment or a private message.
pub fn send(wire: &Wire, page: &Page, posting: &Posting) -> Result<Posted, SendError> {
    if posting.form == Form::Private { message(wire, page, posting) } else { comment(wire, page, posting) }
}

fn message(wire: &Wire, page: &Page, posting: &Posting) -> Result<Posted, SendError> {
    let Some(peer) = posting.author.parse::<i64>().ok().filter(|author| *author > 0) else {
        return Err(SendError::GiveUp("only a person can be written to in private".to_owned()));
    };
    let random = random_id(posting.key).to_string();
    let sent = Api::new(wire, page.keys.get("token")).call(
        "messages.send",
        &[
            ("peer_id", &posting.author),
            ("random_id", &random),
            ("group_id", &page.account),
            ("message", &posting.text),
        ],
    )?;
    Ok(Posted { external_id: sent.as_i64().map(|id| message_key(peer, id, None)), permalink: None })
}

fn comment(wire: &Wire, page: &Page, posting: &Posting) -> Result<Posted, SendError> {
    let Some(post) = Post::parse(&posting.post) else {
        return Err(SendError::GiveUp(format!("\"{}\" is no post of VK", posting.post)));
    };
    if post.kind != Kind::Wall && post.owner.to_string() != format!("-{}", page.account) {
        return Err(SendError::Barred("VK lets a page speak only on its own board and under its own media".to_owned()));
    }
    let (owner, id) = (post.owner.to_string(), post.id.to_string());
    let guid = posting.key.0.simple().to_string();
    let parent = post.comment(&posting.reply_to).map(|id| id.to_string());
    let (method, whose, which, group) = match post.kind {
        Kind::Wall => ("wall.createComment", "owner_id", "post_id", page.account.as_str()),
        Kind::Photo => ("photos.createComment", "owner_id", "photo_id", "1"),
        Kind::Video => ("video.createComment", "owner_id", "video_id", "1"),
        Kind::Market => ("market.createComment", "owner_id", "item_id", "1"),
        Kind::Topic => ("board.createComment", "group_id", "topic_id", "1"),
    };
    let owner = if post.kind == Kind::Topic { page.account.clone() } else { owner };
    let mut parameters =
        vec![(whose, owner.as_str()), (which, &id), ("from_group", group), ("message", &posting.text), ("guid", &guid)];
    // A board is flat.
    if let Some(parent) = parent.as_deref().filter(|_| post.kind != Kind::Topic) {
        parameters.push(("reply_to_comment", parent));
    }
    // Elsewhere than on walls VK takes a person's token only.
    let reader = page.keys.get("reader_token");
    let token = if post.kind == Kind::Wall || reader.is_empty() { page.keys.get("token") } else { reader };
    let made = Api::new(wire, token).call(method, &parameters)?;
    Ok(posted(post, &made))
}

fn posted(post: Post, made: &Value) -> Posted {
    let Some(comment) = made.as_i64().or_else(|| made["comment_id"].as_i64()) else { return Posted::default() };
    let thread = made["parents_stack"][0].as_i64();
    Posted { external_id: Some(post.comment_key(comment)), permalink: Some(post.comment_url(comment, thread)) }
}

/// VK's idempotency key of private messages: the same for every attempt, positive, never 0.
pub fn random_id(key: Id) -> i32 {
    let folded = key.0.as_bytes().chunks_exact(4).fold(0, |sum, word| {
        let word = word.iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte));
        sum ^ word
    });
    i32::try_from(folded >> 1).unwrap_or(i32::MAX).max(1)
}
