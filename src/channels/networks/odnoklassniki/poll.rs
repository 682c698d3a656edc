//! How comments are found: the group's newest topics, and in each whose number of comments changed what is newer than what was seen.
//!
//! `mediatopic.getTopics` names a group's topics, `discussions.getComments` a topic's comments with their authors and what they reply
//! to; `discussions.getDiscussionComments` is not documented to tell either. A comment that comes while another goes is found when the
//! number changes again.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::clean;
use super::NAME;
use super::api::{Failed, Rest};
use super::event::{attachments, author, bare, id};
use crate::channels::SendError;
use crate::domain::message::{Attachment, Author, Change, Incoming, Remark};
use crate::domain::page::{Heard, Polled, What};
use crate::domain::{At, Form};

/// How many topics are looked at, the newest first, and remembered.
const TOPICS: usize = 50;

/// How many comments are asked for at once, and how many times in one discussion.
const PAGE: &str = "100";
const PAGES: usize = 10;

/// How far back the first look goes: a page that is connected brings no old complaints.
const FIRST_LOOK: i64 = 86_400;

/// How far before the last look an unknown discussion is read: clocks differ, and the network shows what is new with a delay.
const MARGIN: i64 = 3600;

/// The kind of discussion that a bare number means.
const TOPIC: &str = "GROUP_TOPIC";

/// What was seen.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Cursor {
    /// When it was looked, in seconds.
    at: i64,
    /// The discussions by their key.
    seen: BTreeMap<String, Mark>,
}

/// What was seen in a discussion.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Mark {
    /// How many comments it had.
    count: i64,
    /// When the newest was written, in seconds.
    last: i64,
    /// Those of that second.
    ids: Vec<String>,
}

/// A comment as the network tells it.
struct Comment {
    id: String,
    parent: Option<String>,
    /// None: the group itself.
    author: Option<Author>,
    own: bool,
    to: Option<String>,
    text: String,
    attachments: Vec<Attachment>,
    at: At,
}

/// A discussion's kind and number in the network, by our key: `GROUP_PHOTO:1`, or the bare number of a topic.
pub fn discussion(key: &str) -> (&str, &str) {
    key.split_once(':').unwrap_or((TOPIC, key))
}

fn key(kind: &str, id: &str) -> String {
    if kind == TOPIC { id.to_owned() } else { format!("{kind}:{id}") }
}

/// The public address of a discussion.
pub fn address(account: &str, kind: &str, id: &str) -> String {
    match kind {
        "GROUP_MOVIE" => format!("https://ok.ru/video/{id}"),
        "GROUP_PHOTO" => format!("https://ok.ru/group/{account}/photos/{id}"),
        _ => format!("https://ok.ru/group/{account}/topic/{id}"),
    }
}

/// What is new since the cursor.
pub fn poll(rest: &Rest<'_>, account: &str, cursor: Option<&str>, now: At) -> Result<Polled, SendError> {
    // A cursor that cannot be read is none: what was seen already is known by its identity.
    let before: Option<Cursor> = cursor.and_then(|text| serde_json::from_str(text).ok());
    let floor = before.as_ref().map_or(now.as_second() - FIRST_LOOK, |before| before.at.saturating_sub(MARGIN));
    let mut known = before.map_or_else(BTreeMap::new, |before| before.seen);
    let count = TOPICS.to_string();
    let found =
        rest.call("mediatopic.getTopics", &[("gid", account), ("count", &count)]).map_err(Failed::unanswered)?;
    let mut after = Cursor { at: now.as_second(), seen: BTreeMap::new() };
    let mut events = Vec::new();
    for topic in found["media_topics"].as_array().into_iter().flatten().take(TOPICS) {
        let summary = &topic["discussion_summary"];
        let Some(post) = id(&summary["discussion_id"]).or_else(|| id(&topic["id"])) else { continue };
        let kind = summary["discussion_type"].as_str().unwrap_or(TOPIC);
        let key = key(kind, &post);
        let total = summary["comments_count"].as_i64().unwrap_or(-1);
        let mark = known.remove(&key);
        let first = mark.is_none();
        let mut mark = mark.unwrap_or(Mark { count: -1, last: floor, ids: Vec::new() });
        if total != 0 && (total < 0 || total != mark.count) {
            let all = comments(rest, account, kind, &post, mark.last)?;
            let fresh = fresh(&all, &mark);
            if first && !fresh.is_empty() {
                events.extend(said_first(topic, account, kind, &post).map(heard));
            }
            events.extend(fresh.iter().map(|comment| heard(what(comment, &all, account, kind, &post))));
            advance(&mut mark, &fresh);
        }
        mark.count = total;
        after.seen.insert(key, mark);
    }
    let cursor = serde_json::to_string(&after).map_err(|error| SendError::GiveUp(error.to_string()))?;
    Ok(Polled { events, cursor: Some(cursor), more: false })
}

/// A discussion's comments, at least those newer than `last`, the oldest first.
fn comments(rest: &Rest<'_>, account: &str, kind: &str, post: &str, last: i64) -> Result<Vec<Comment>, SendError> {
    let mut all: Vec<Comment> = Vec::new();
    let mut anchor = String::new();
    for _ in 0..PAGES {
        let mut parameters =
            vec![("discussionId", post), ("discussionType", kind), ("count", PAGE), ("direction", "BACKWARD")];
        if !anchor.is_empty() {
            parameters.push(("anchor", &anchor));
        }
        let found = match rest.call("discussions.getComments", &parameters) {
            // It was taken away since it was listed, or is closed to the administrator.
            Err(Failed::Told { code: 10 | 300, .. }) => break,
            asked => asked.map_err(Failed::unanswered)?,
        };
        let given = found["comments"].as_array().map_or(&[][..], Vec::as_slice);
        let people = found["entities"]["users"].as_array().map_or(&[][..], Vec::as_slice);
        let page: Vec<Comment> = given.iter().filter_map(|one| comment(one, account, people)).collect();
        // Backward is newest first, as far as is known: told by the page itself, for it is not documented.
        let seen =
            page.last().zip(page.first()).is_some_and(|(end, start)| end.at < start.at && end.at.as_second() < last);
        all.extend(page);
        let next = found["anchor"].as_str().unwrap_or_default();
        if seen || found["has_more"] != Value::Bool(true) || next.is_empty() || next == anchor {
            break;
        }
        anchor = next.to_owned();
    }
    all.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
    all.dedup_by(|a, b| a.id == b.id);
    Ok(all)
}

/// Reads one comment; none for what was removed or is no comment.
fn comment(found: &Value, account: &str, people: &[Value]) -> Option<Comment> {
    if found["type"].as_str().is_some_and(|kind| kind != "ACTIVE_MESSAGE") {
        return None;
    }
    let writer = id(&found["author_id"]).or_else(|| id(&found["author_ref"]))?;
    let group = found["author_type"] == "GROUP" || writer.starts_with("group:");
    let itself = bare(&writer) == account;
    let word = if group { "group" } else { "user" };
    let person = || people.iter().find(|one| id(&one["uid"]).is_some_and(|uid| uid == bare(&writer)));
    let name = found["author_name"].as_str().or_else(|| person()?["name"].as_str()).map(str::to_owned);
    let text = clean::text(found["text"].as_str().unwrap_or(""));
    let attachments = attachments(found["attachments"].as_array().map_or(&[][..], Vec::as_slice));
    let says = !text.trim().is_empty() || !attachments.is_empty();
    Some(Comment {
        id: id(&found["id"]).filter(|_| says)?,
        parent: id(&found["reply_to_comment_id"]),
        to: id(&found["reply_to_id"]).map(|to| format!("user:{}", bare(&to))),
        author: (!itself).then(|| author(&format!("{word}:{}", bare(&writer)), name)),
        own: itself || group,
        text,
        attachments,
        at: moment(found, &["created_ms", "date_ms"], &["date"])?,
    })
}

/// The comments that are newer than the mark.
fn fresh<'c>(all: &'c [Comment], mark: &Mark) -> Vec<&'c Comment> {
    let newer = |one: &&Comment| {
        let at = one.at.as_second();
        at > mark.last || (at == mark.last && !mark.ids.contains(&one.id))
    };
    all.iter().filter(newer).collect()
}

fn advance(mark: &mut Mark, fresh: &[&Comment]) {
    for comment in fresh {
        let at = comment.at.as_second();
        if at > mark.last {
            (mark.last, mark.ids) = (at, Vec::new());
        }
        mark.ids.push(comment.id.clone());
    }
}

fn heard(what: What) -> Heard {
    let key = match &what {
        What::Message(said) => Some(format!("comment:{}", said.external_id)),
        What::Remark(_) | What::Consent { .. } => None,
    };
    Heard { key, what }
}

fn what(comment: &Comment, all: &[Comment], account: &str, kind: &str, post: &str) -> What {
    let key = key(kind, post);
    let url = Some(address(account, kind, post));
    match &comment.author {
        Some(author) if !comment.own => What::Message(Box::new(Incoming {
            external_id: comment.id.clone(),
            change: Change::New,
            network: Some(NAME.to_owned()),
            account: account.to_owned(),
            form: Form::Comment,
            post: Some(key),
            parent: comment.parent.clone(),
            branch: Some(root(comment, all).to_owned()),
            url,
            author: author.clone(),
            text: comment.text.clone(),
            attachments: comment.attachments.clone(),
            place: None,
            topic: None,
            rating: None,
            published_at: comment.at,
        })),
        author => What::Remark(Box::new(Remark {
            external_id: comment.id.clone(),
            account: account.to_owned(),
            form: Form::Comment,
            post: key,
            parent: comment.parent.clone(),
            to: comment.to.clone(),
            author: author.clone(),
            own: true,
            text: comment.text.clone(),
            attachments: comment.attachments.clone(),
            url,
            published_at: comment.at,
        })),
    }
}

/// The comment that begins the branch, as far as the comments above are at hand.
fn root<'c>(comment: &'c Comment, all: &'c [Comment]) -> &'c str {
    let mut at = comment;
    // Replies that go in a circle would never end.
    for _ in 0..all.len() {
        let Some(above) = &at.parent else { break };
        match all.iter().find(|one| one.id == *above) {
            Some(found) => at = found,
            None => return above,
        }
    }
    &at.id
}

/// The topic itself, under which the comments stand.
fn said_first(topic: &Value, account: &str, kind: &str, post: &str) -> Option<What> {
    let media = topic["media"].as_array().into_iter().flatten();
    let parts: Vec<&str> =
        media.filter(|part| part["type"] == "text").filter_map(|part| part["text"].as_str()).collect();
    let writer = id(&topic["author_ref"]).filter(|writer| bare(writer) != account);
    let key = key(kind, post);
    let remark = Remark {
        external_id: key.clone(),
        account: account.to_owned(),
        form: Form::Post,
        post: key,
        parent: None,
        to: None,
        own: writer.as_ref().is_none_or(|writer| writer.starts_with("group:")),
        author: writer.map(|writer| author(&writer, None)),
        text: clean::text(&parts.join("\n")),
        attachments: Vec::new(),
        url: Some(address(account, kind, post)),
        published_at: moment(topic, &["created_ms"], &["created"])?,
    };
    (!remark.text.trim().is_empty()).then(|| What::Remark(Box::new(remark)))
}

/// A time in milliseconds, or as `2026-11-22 12:00:00` in Moscow.
fn moment(found: &Value, milliseconds: &[&str], words: &[&str]) -> Option<At> {
    if let Some(at) = milliseconds.iter().find_map(|name| found[name].as_i64()) {
        return Timestamp::from_millisecond(at).ok().map(At::new);
    }
    let text = words.iter().find_map(|name| found[name].as_str())?;
    let at: DateTime = text.parse().ok()?;
    let moscow = TimeZone::fixed(Offset::constant(3));
    Some(At::new(at.to_zoned(moscow).ok()?.timestamp()))
}
