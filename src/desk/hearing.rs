//! What networks tell of their pages: residents' words go to intake, and everything else is heard here.
//!
//! A page's own word is looked at a little later: by then it is known whether it was one of ours. If not, a colleague answered by hand in
//! the network, and the incident is told so.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::answering::{self, Outside};
use super::case::Case;
use super::intake::Arrival;
use super::pages::Listened;
use super::{Desk, Error, apart, threads};
use crate::domain::message::{Change, Incoming, Remark};
use crate::domain::page::{Heard, Posted, What};
use crate::domain::{AnswerKind, At, Doc, EventKind, Form, Id, text};
use crate::store::records::{Consent, Incident, PostingRow, RemarkRow};
use crate::store::{Conn, consents, incidents, jobs, messages, pages, postings, remarks};

/// The kind of job that looks at a page's own word.
pub const OWN_WORD: &str = "own_word";

/// How long a page's own word is left alone, in seconds: the reply to our posting comes beside the network's event about it.
const GRACE: i64 = 30;

/// How often at most the time of a page's last event is written down, in seconds.
const TOUCH: i64 = 60;

/// The order to look at a page's own word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnWord {
    pub source: Id,
    pub external_id: String,
}

/// What was heard, by where it goes.
#[derive(Debug, Default)]
pub struct Sorted {
    /// Residents' words, for [`intake`](super::intake).
    pub arrivals: Vec<Arrival>,
    /// Everything else, for [`hear`].
    pub rest: Rest,
}

/// What is no resident's word.
#[derive(Debug, Clone, Default)]
pub struct Rest {
    remarks: Vec<Remark>,
    consents: Vec<(String, bool)>,
    /// The identities of words that were taken away: remarks may be among them.
    gone: Vec<String>,
    /// Whether to write down that the page told something.
    touch: bool,
}

impl Rest {
    /// Whether there is nothing to be done.
    pub fn is_empty(&self) -> bool {
        self.remarks.is_empty() && self.consents.is_empty() && self.gone.is_empty() && !self.touch
    }
}

/// Sorts what was heard from a page.
pub fn sort(listened: &Listened, heard: Vec<Heard>, now: At) -> Sorted {
    let mut sorted = Sorted::default();
    sorted.rest.touch =
        !heard.is_empty() && listened.row.last_event_at.is_none_or(|last| now.seconds_since(last) >= TOUCH);
    for Heard { key, what } in heard {
        match what {
            What::Message(incoming) => {
                if incoming.change == Change::Deleted {
                    sorted.rest.gone.push(incoming.external_id.clone());
                }
                sorted.arrivals.push(arrival(listened, *incoming, key));
            }
            What::Remark(remark) => sorted.rest.remarks.push(*remark),
            What::Consent { author, allowed } => sorted.rest.consents.push((author, allowed)),
        }
    }
    sorted
}

/// A resident's word; under a post that collects complaints on a topic it is on that topic.
fn arrival(listened: &Listened, mut incoming: Incoming, event: Option<String>) -> Arrival {
    let collection = incoming.post.as_ref().and_then(|post| listened.collections.get(post));
    if incoming.topic.is_none() {
        incoming.topic = collection.cloned().flatten();
    }
    incoming.network.get_or_insert_with(|| listened.row.network.clone());
    Arrival { incoming, event, collects: collection.is_some() }
}

/// Takes in what is no resident's word. Doing so twice changes nothing.
///
/// # Errors
/// [`Error::Store`].
pub fn hear(conn: &mut Conn, desk: &Desk, source: Id, rest: &Rest) -> Result<(), Error> {
    threads::heard(conn, source, &rest.remarks, desk.now)?;
    for external in &rest.gone {
        remarks::mark_deleted(conn, source, external, desk.now)?;
    }
    for remark in rest.remarks.iter().filter(|remark| is_answer(remark)) {
        let order = OwnWord { source, external_id: remark.external_id.clone() };
        let key = format!("{OWN_WORD}:{source}:{}", remark.external_id);
        let job = jobs::ready(key, OWN_WORD, Doc::of(&order), desk.now);
        jobs::order(conn, &crate::store::records::JobRow { run_at: desk.now.plus_seconds(GRACE), ..job })?;
    }
    for (author_key, allowed) in &rest.consents {
        let consent = Consent { source_id: source, author_key: author_key.clone(), allowed: *allowed, at: desk.now };
        consents::put(conn, &consent)?;
    }
    if rest.touch {
        pages::touch(conn, source, desk.now)?;
    }
    Ok(())
}

/// Whether a remark may be an answer to somebody: a page's own word that replies.
fn is_answer(remark: &Remark) -> bool {
    let replies = remark.parent.is_some() || remark.to.is_some() || remark.form == Form::Private;
    remark.own && remark.form != Form::Post && replies
}

/// Looks at a page's own word. One of ours confirms that it was published; any other is an answer that a colleague gave by hand, and counts
/// as an intermediate one: whether it ends the matter is for people to say.
///
/// # Errors
/// [`Error::Store`].
pub fn own_word(conn: &mut Conn, desk: &Desk, order: &OwnWord) -> Result<(), Error> {
    let known = remarks::known(conn, &[order.source], &[&order.external_id])?.pop();
    let Some(remark) = known.filter(|remark| remark.deleted_at.is_none()) else { return Ok(()) };
    let Some(incident) = answered(conn, &remark)? else { return Ok(()) };
    let ours = postings::in_incident(conn, incident.id)?;
    if ours.iter().any(|row| row.external_id.as_deref() == Some(&remark.external_id)) {
        return Ok(());
    }
    if let Some(mut row) = unconfirmed(ours, &remark) {
        let posted = Posted { external_id: Some(remark.external_id), permalink: remark.url };
        return answering::confirmed(conn, desk, &mut row, posted);
    }
    by_hand(conn, desk, &incident, &remark)
}

/// The incident that a page's word answers: that of the comment it replies to, else that of the person's last word in the thread.
fn answered(conn: &mut Conn, remark: &RemarkRow) -> Result<Option<Incident>, Error> {
    if let Some(parent) = &remark.parent_key {
        let found = messages::known(conn, &[remark.source_id], &[parent])?.pop();
        if let Some(id) = found.and_then(|message| message.incident_id) {
            return Ok(incidents::get(conn, id)?);
        }
    }
    let Some(person) = &remark.to_key else { return Ok(None) };
    let last = messages::last_of(conn, remark.source_id, &remark.post_key, person, remark.published_at)?;
    match last.and_then(|message| message.incident_id) {
        Some(id) => Ok(incidents::get(conn, id)?),
        None => Ok(None),
    }
}

/// The posting that the network says it has: handed over without an answer, and of the same words.
fn unconfirmed(ours: Vec<PostingRow>, remark: &RemarkRow) -> Option<PostingRow> {
    let said = text::fold(&remark.text);
    ours.into_iter().find(|row| {
        row.external_id.is_none()
            && row.sent_at.is_some()
            && row.delivered_at.is_none()
            && text::fold(&row.text) == said
    })
}

fn by_hand(conn: &mut Conn, desk: &Desk, incident: &Incident, remark: &RemarkRow) -> Result<(), Error> {
    let outside = Outside {
        text: remark.text.clone(),
        at: remark.published_at.clamp(incident.received_at, desk.now.max(incident.received_at)),
        permalink: remark.url.clone(),
    };
    let as_answer = apart(conn, |conn| {
        answering::answered_outside(conn, desk, incident.id, None, outside, (AnswerKind::Intermediate, None))
    });
    match as_answer {
        // Too short for an answer, or at a step in which none is waited for: it is on record all the same.
        Err(Error::Refused(_)) => {
            let mut case = Case::open(conn, desk, incident.id, None)?;
            let data = json!({ "at": remark.published_at, "text": remark.text, "permalink": remark.url });
            case.event(EventKind::AnsweredOutside, data);
            case.save()?;
            Ok(())
        }
        done => done.map(|_| ()),
    }
}
