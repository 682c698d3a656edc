//! The talk around an incident, as the resident saw it: the post, what stands above and beside, and what the page replied.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Desk, Error, incidents};
use crate::domain::message::Remark;
use crate::domain::thread::{self, DEEPEST, Place, Who};
use crate::domain::{At, Doc, Form, Id};
use crate::store::records::{Answer, FileRow, Incident, Message, RemarkRow};
use crate::store::{Conn, files, jobs, messages, pages, remarks, sources, spine};

/// The kind of job that asks a network what a comment stands under.
pub const SURROUNDINGS: &str = "surroundings";

/// The payload of such a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Surroundings {
    /// The page.
    pub source: Id,
    pub post: String,
    /// The comment that is replied to.
    pub parent: Option<String>,
}

/// The most entries of a thread that are shown.
const MOST: usize = 500;

/// How many words of a kind are looked at before the incident's first one, and from it on.
const WINDOW: i64 = 500;

/// How many words of a kind are looked at where only what is nearest is wanted.
const NEAR: i64 = 20;

/// One word of a talk, nothing masked.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its identity in the network; of an answer that the network has not shown us yet, the answer's own.
    pub id: String,
    /// What it replies to, or the post that it stands under.
    pub parent: Option<String>,
    pub who: Who,
    pub name: Option<String>,
    /// Whether it is one of this incident's messages.
    pub of_incident: bool,
    /// The stored message; none if it is none of a resident's.
    pub message: Option<Id>,
    pub text: String,
    /// An array of [`Attachment`](crate::domain::message::Attachment).
    pub attachments: Doc,
    pub url: Option<String>,
    pub published_at: At,
    pub edited: bool,
    pub deleted: bool,
}

/// A talk.
#[derive(Debug, Clone, PartialEq)]
pub struct Thread {
    /// The post, then the others by time.
    pub entries: Vec<Entry>,
    /// Whether there is more than is shown.
    pub more: bool,
    /// The files of this incident's messages.
    pub files: Vec<FileRow>,
}

/// Stores what is said around residents' messages of a source.
///
/// # Errors
/// [`Error::Store`].
pub fn heard(conn: &mut Conn, source: Id, told: &[Remark], now: At) -> Result<(), Error> {
    for remark in told {
        remarks::put(conn, &row(source, remark, now))?;
    }
    Ok(())
}

fn row(source: Id, remark: &Remark, now: At) -> RemarkRow {
    let author = remark.author.as_ref();
    RemarkRow {
        id: Id::new(now),
        source_id: source,
        external_id: remark.external_id.clone(),
        account: remark.account.clone(),
        form: remark.form,
        post_key: remark.post.clone(),
        parent_key: remark.parent.clone(),
        to_key: remark.to.clone(),
        author_key: author.map(|author| author.id.clone()),
        author_name: author.and_then(|author| author.name.clone()),
        own: remark.own,
        text: remark.text.clone(),
        attachments: Doc::of(&remark.attachments),
        url: remark.url.clone(),
        published_at: remark.published_at,
        deleted_at: None,
        text_at: Some(remark.published_at),
    }
}

/// Marks a remark as taken away in its network; false if there is none that stands.
///
/// # Errors
/// [`Error::Store`].
pub fn gone(conn: &mut Conn, source: Id, external: &str, at: At) -> Result<bool, Error> {
    Ok(remarks::mark_deleted(conn, source, external, at)?)
}

/// Orders to ask what comments stand under that have just opened incidents: those under posts of connected pages that are not known yet.
/// Without such comments, nothing is asked of the database.
///
/// # Errors
/// [`Error::Store`].
pub fn order(conn: &mut Conn, opened: &[&Message]) -> Result<(), Error> {
    let comments: Vec<&Message> = opened.iter().copied().filter(|message| message.form == Form::Comment).collect();
    if comments.is_empty() {
        return Ok(());
    }
    let of: HashSet<Id> = comments.iter().map(|comment| comment.source_id).collect();
    let connected = pages::connected(conn, &of.into_iter().collect::<Vec<_>>())?;
    let comments: Vec<&Message> =
        comments.into_iter().filter(|comment| connected.contains(&comment.source_id)).collect();
    if comments.is_empty() {
        return Ok(());
    }
    let posts: Vec<&str> = comments.iter().map(|comment| comment.post_key.as_str()).collect();
    let remarked = remarks::known(conn, &connected, &posts)?.into_iter().map(|r| (r.source_id, r.external_id));
    let mut known: HashSet<(Id, String)> = remarked.collect();
    known.extend(messages::known(conn, &connected, &posts)?.into_iter().map(|m| (m.source_id, m.external_id)));
    let unknown =
        comments.into_iter().filter(|comment| !known.contains(&(comment.source_id, comment.post_key.clone())));
    let ordered: Vec<_> = unknown
        .map(|comment| {
            let (source, post) = (comment.source_id, comment.post_key.clone());
            let key = format!("{SURROUNDINGS}:{source}:{post}");
            let order = Surroundings { source, post, parent: comment.parent_key.clone() };
            jobs::ready(key, SURROUNDINGS, Doc(json!(order)), comment.received_at)
        })
        .collect();
    Ok(jobs::order_all(conn, &ordered)?)
}

/// Stores what a network said of a comment's surroundings, and ends the job that asked.
///
/// # Errors
/// [`Error::Store`].
pub fn settle(conn: &mut Conn, now: At, job: Id, lease: Id, source: Id, told: &[Remark]) -> Result<(), Error> {
    heard(conn, source, told, now)?;
    jobs::done(conn, job, lease, now)?;
    Ok(())
}

/// The talk around an incident. In private talks, only its author and the page take part.
///
/// # Errors
/// [`Error::NotFound`].
pub fn of(conn: &mut Conn, desk: &Desk, id: Id) -> Result<Thread, Error> {
    let incident = incidents::get(conn, desk, id)?;
    put_together(conn, desk, incident, Talk::hear)
}

/// Of the talk around an incident what it cannot be understood without: the post, what its words reply to, and what replies to them.
///
/// # Errors
/// [`Error::Store`].
pub fn near(conn: &mut Conn, desk: &Desk, incident: &Incident) -> Result<Thread, Error> {
    put_together(conn, desk, incident.clone(), Talk::hear_near)
}

fn put_together(
    conn: &mut Conn,
    desk: &Desk,
    incident: Incident,
    hear: fn(&mut Talk, &mut Conn, &Message, &[Message]) -> Result<(), Error>,
) -> Result<Thread, Error> {
    let id = incident.id;
    let own = messages::of_incident(conn, id)?;
    let page = sources::find(conn, incident.source_id)?.map(|source| source.title);
    let mut talk = Talk { incident, page, entries: Vec::new(), seen: HashSet::new(), more: false };
    talk.add_messages(own.clone());
    let Some(first) = own.first() else { return Ok(Thread { entries: Vec::new(), more: false, files: Vec::new() }) };
    hear(&mut talk, conn, first, &own)?;
    talk.add_answers(desk, &own, spine::answers_of(conn, id)?);
    let post = if first.form == Form::Private { "" } else { &first.post_key };
    let mut thread = talk.cut(post);
    thread.files = files::of_incident(conn, id)?;
    Ok(thread)
}

/// A talk being put together.
struct Talk {
    incident: Incident,
    /// What the page is called.
    page: Option<String>,
    entries: Vec<Entry>,
    /// The network's identities of the entries.
    seen: HashSet<String>,
    more: bool,
}

impl Talk {
    fn hear(&mut self, conn: &mut Conn, first: &Message, own: &[Message]) -> Result<(), Error> {
        if first.form == Form::Private {
            return self.hear_private(conn, own, WINDOW);
        }
        self.hear_branch(conn, first, own, WINDOW)?;
        let (source, post) = (self.incident.source_id, first.post_key.as_str());
        for before in [true, false] {
            let said = messages::of_post(conn, source, post, first.published_at, before, WINDOW)?;
            self.add_window(said);
            let remarked = remarks::of_post(conn, source, post, first.published_at, before, WINDOW)?;
            self.more |= remarked.len() as i64 == WINDOW;
            self.add_remarks(remarked);
        }
        Ok(())
    }

    fn hear_near(&mut self, conn: &mut Conn, first: &Message, own: &[Message]) -> Result<(), Error> {
        if first.form == Form::Private {
            self.hear_private(conn, own, NEAR)
        } else {
            self.hear_branch(conn, first, own, NEAR)
        }
    }

    fn hear_private(&mut self, conn: &mut Conn, own: &[Message], most: i64) -> Result<(), Error> {
        let (source, author) = (self.incident.source_id, self.incident.author_key.clone());
        let posts: Vec<&str> = own.iter().map(|message| message.post_key.as_str()).collect();
        let said = messages::private(conn, source, &posts, &author, most)?;
        self.more |= said.len() as i64 == most;
        self.add_messages(said);
        let replied = remarks::private(conn, source, &posts, &author, most)?;
        self.more |= replied.len() as i64 == most;
        self.add_remarks(replied);
        Ok(())
    }

    /// Hears what the incident's words stand under, and what replies to them.
    fn hear_branch(&mut self, conn: &mut Conn, first: &Message, own: &[Message], most: i64) -> Result<(), Error> {
        let (source, post) = (self.incident.source_id, first.post_key.as_str());
        self.look_up(conn, post)?;
        let ours: Vec<&str> = own.iter().map(|message| message.external_id.as_str()).collect();
        let said = messages::replies(conn, source, post, &ours, most)?;
        self.add_messages(said);
        let replied = remarks::replies(conn, source, post, &ours, most)?;
        self.add_remarks(replied);
        Ok(())
    }

    /// Adds the post, and what the incident's words reply to, link by link.
    fn look_up(&mut self, conn: &mut Conn, post: &str) -> Result<(), Error> {
        let source = [self.incident.source_id];
        for _ in 0..DEEPEST {
            let parents = self.entries.iter().filter_map(|entry| entry.parent.as_deref());
            let unseen: HashSet<&str> = parents.chain([post]).filter(|id| !self.seen.contains(*id)).collect();
            let unseen: Vec<&str> = unseen.into_iter().collect();
            if unseen.is_empty() {
                break;
            }
            let mut said = messages::known(conn, &source, &unseen)?;
            said.retain(|message| message.incident_id.is_some());
            let remarked = remarks::known(conn, &source, &unseen)?;
            if said.is_empty() && remarked.is_empty() {
                break;
            }
            self.add_messages(said);
            self.add_remarks(remarked);
        }
        Ok(())
    }

    fn add_window(&mut self, found: Vec<Message>) {
        self.more |= found.len() as i64 == WINDOW;
        self.add_messages(found);
    }

    fn add_messages(&mut self, found: Vec<Message>) {
        for message in found {
            if !self.seen.insert(message.external_id.clone()) {
                continue;
            }
            let author = message.author_key == self.incident.author_key;
            self.entries.push(Entry {
                parent: under(&message.external_id, message.parent_key, &message.post_key, message.form),
                id: message.external_id,
                who: if author { Who::Author } else { Who::Resident },
                name: message.author_name,
                of_incident: message.incident_id == Some(self.incident.id),
                message: Some(message.id),
                edited: message.text_at > message.published_at,
                text: message.text,
                attachments: message.attachments,
                url: message.url,
                published_at: message.published_at,
                deleted: message.deleted_at.is_some(),
            });
        }
    }

    fn add_remarks(&mut self, found: Vec<RemarkRow>) {
        for remark in found {
            if !self.seen.insert(remark.external_id.clone()) {
                continue;
            }
            let who = match &remark.author_key {
                _ if remark.own => Who::Page,
                None => Who::Page,
                Some(key) if *key == self.incident.author_key => Who::Author,
                Some(_) => Who::Resident,
            };
            let page = self.page.clone().filter(|_| who == Who::Page);
            self.entries.push(Entry {
                parent: under(&remark.external_id, remark.parent_key, &remark.post_key, remark.form),
                id: remark.external_id,
                who,
                name: remark.author_name.or(page),
                of_incident: false,
                message: None,
                text: remark.text,
                attachments: remark.attachments,
                url: remark.url,
                published_at: remark.published_at,
                edited: remark.text_at.is_some_and(|at| at > remark.published_at),
                deleted: remark.deleted_at.is_some(),
            });
        }
    }

    /// Adds the answers that were delivered and that the network has not shown us itself.
    fn add_answers(&mut self, desk: &Desk, own: &[Message], answers: Vec<Answer>) {
        for answer in answers {
            let Some(at) = answer.delivered_at else { continue };
            let same = |entry: &Entry| {
                let there = entry.url.is_some() && entry.url == answer.permalink;
                entry.who == Who::Page && (there || entry.text.trim() == answer.text.trim())
            };
            if self.entries.iter().any(same) {
                continue;
            }
            let to = own.iter().rfind(|message| message.published_at <= at).or(own.last());
            let organisation = desk.policy.organisation(&answer.organisation).map(|found| found.title.clone());
            self.entries.push(Entry {
                id: answer.id.to_string(),
                parent: to.map(|message| message.external_id.clone()),
                who: Who::Page,
                name: Some(organisation.unwrap_or(answer.organisation)),
                of_incident: false,
                message: None,
                text: answer.text,
                attachments: Doc(json!([])),
                url: answer.permalink,
                published_at: at,
                edited: false,
                deleted: false,
            });
        }
    }

    /// The talk under `post`, with as much of it as may be shown.
    fn cut(self, post: &str) -> Thread {
        let places: Vec<Place<'_>> = self.entries.iter().map(place).collect();
        let shown = thread::nearest(&places, post, MOST);
        let more = self.more || shown.len() < self.entries.len();
        let entries = shown.into_iter().map(|n| self.entries[n].clone()).collect();
        Thread { entries, more, files: Vec::new() }
    }
}

fn place(entry: &Entry) -> Place<'_> {
    let Entry { id, parent, of_incident, published_at, .. } = entry;
    Place { id, parent: parent.as_deref(), own: *of_incident, at: *published_at }
}

/// What a word stands under: what it replies to, or else the post. A private talk has no post.
fn under(id: &str, parent: Option<String>, post: &str, form: Form) -> Option<String> {
    parent.or_else(|| (form != Form::Private && post != id).then(|| post.to_owned()))
}
