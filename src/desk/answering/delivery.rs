//! Carrying an approved answer out: into its own thread and into those of the incidents merged into it, part by part where it is too long
//! for one posting.
//!
//! A posting is marked as sent *before* it is handed to the network, in a transaction of its own. So whatever happens then (a lost reply, a
//! process killed), it is known that it may have been published: where the network knows a repeat by its key it is published once, and
//! elsewhere what was sent again is listed as possibly twice.

mod outcome;
mod retry;

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::DELIVER;
use crate::desk::case::Case;
use crate::desk::{Desk, Error};
use crate::domain::page::Bearing;
use crate::domain::{
    AnswerState, At, Doc, Form, Id, Permission, PostingState, Refusal, Scope, Step, Via, text, wording,
};
use crate::store::records::{Answer, Incident, Message, PostingRow, Source};
use crate::store::{Conn, incidents, jobs, messages, pages, postings, sources, spine};

pub(super) use outcome::posted_now;
pub use outcome::{Outcome, give_up, settle};
pub use retry::{deliver_again, failed, retry_posting};

/// The longest that a worker waits for its turn before it takes up something else, in milliseconds.
const SHORT_WAIT: i64 = 2000;

/// The order to carry an answer into one thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    pub answer: Id,
    /// The incident whose author is answered; none: the answer's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incident: Option<Id>,
}

/// Orders the delivery of an approved answer: to its own author, and to those of the incidents merged into it.
pub(super) fn order_all(case: &mut Case<'_>, answer: &Answer) -> Result<(), Error> {
    let mut concerned = incidents::merged_into(case.conn, case.incident.id)?;
    concerned.insert(0, case.incident.clone());
    order(case.conn, case.desk.now, answer.id, &concerned, 0)
}

/// An incident was merged into another one: if that has an answer under way, or an answer that ended the matter, its author gets it too.
pub fn order_for_joined(conn: &mut Conn, desk: &Desk, survivor: &Incident, joined: &Incident) -> Result<(), Error> {
    let last = spine::answers_of(conn, survivor.id)?.pop();
    let concerns = last.filter(|answer| match answer.state {
        AnswerState::Approved | AnswerState::Sent => true,
        AnswerState::Delivered => survivor.step == Step::AwaitingAuthor,
        _ => false,
    });
    concerns.map_or(Ok(()), |answer| order(conn, desk.now, answer.id, std::slice::from_ref(joined), 0))
}

/// Orders an answer to be carried to the authors of incidents: of those that came from where somebody carries answers to. `again` tells
/// orders apart that were given for the same.
fn order(conn: &mut Conn, now: At, answer: Id, incidents: &[Incident], again: i64) -> Result<(), Error> {
    let of: HashSet<Id> = incidents.iter().map(|incident| incident.source_id).collect();
    let answerable = sources::answerable(conn, &of.into_iter().collect::<Vec<_>>())?;
    let ordered = incidents.iter().filter(|incident| answerable.contains(&incident.source_id)).map(|incident| {
        let key = format!("{DELIVER}:{answer}:{}:{again}", incident.id);
        jobs::ready(key, DELIVER, Doc::of(&Order { answer, incident: Some(incident.id) }), now)
    });
    Ok(jobs::order_all(conn, &ordered.collect::<Vec<_>>())?)
}

/// The message that an answer to this incident replies to: the author's last one that still stands.
pub(super) fn asked(conn: &mut Conn, incident: Id) -> Result<Option<Message>, Error> {
    Ok(messages::of_incident(conn, incident)?.into_iter().rfind(|message| message.deleted_at.is_none()))
}

/// What there is to do about an order.
#[derive(Debug)]
pub enum Next {
    /// Nothing more.
    Nothing,
    /// Nothing before this moment of the machine's clock: the network's pace, or its wish.
    Wait(At),
    /// This, after so many milliseconds.
    Send(Box<Sending>, i64),
    /// It cannot be carried out, for this reason.
    Impossible(String),
}

/// One posting about to be sent, with all that is needed for it.
#[derive(Debug)]
pub struct Sending {
    pub posting: PostingRow,
    pub answer: Answer,
    pub incident: Incident,
    /// Who says it: the source of a page, or the one that the question came from.
    pub speaker: Source,
    /// What is answered.
    pub message: Message,
}

/// What is to be done next about an order; a posting that is to be sent is marked so. `bearing` tells what a network bears, none for a
/// network that nobody knows. Pace goes by `wall`, the machine's clock.
///
/// # Errors
/// [`Error::Store`]; [`Error::Conflict`] when somebody changed the same at the same moment.
pub fn next(
    conn: &mut Conn,
    desk: &Desk,
    order: &Order,
    wall: At,
    bearing: &dyn Fn(&str) -> Option<Bearing>,
) -> Result<Next, Error> {
    let Some(answer) = spine::answer(conn, order.answer)? else { return Ok(Next::Nothing) };
    let own = order.incident.is_none_or(|incident| incident == answer.incident_id);
    let Some(incident) = incidents::get(conn, order.incident.unwrap_or(answer.incident_id))? else {
        return Ok(Next::Nothing);
    };
    let waits = matches!(answer.state, AnswerState::Approved | AnswerState::Sent) && incident.step == Step::Approved;
    // Whoever was parted from the group since then is not answered with it.
    let concerned = if own { waits } else { incident.parent_id == Some(answer.incident_id) };
    if !concerned {
        return Ok(Next::Nothing);
    }
    let Some(message) = asked(conn, incident.id)? else {
        return Ok(Next::Impossible("the question was deleted in the network".to_owned()));
    };
    let bearing = if pages::connected(conn, &[incident.source_id])?.is_empty() {
        Bearing::WEBHOOK
    } else {
        match bearing(&message.network) {
            Some(bearing) => bearing,
            None => return Ok(Next::Impossible(format!("there is no way to publish in \"{}\"", message.network))),
        }
    };
    let mut rows = postings::of_thread(conn, answer.id, incident.id)?;
    if rows.is_empty() {
        rows = parts(conn, desk, &answer, &incident, &message, &bearing)?;
        postings::add(conn, &rows)?;
    }
    let waiting = rows.into_iter().find(|row| matches!(row.state, PostingState::Waiting | PostingState::Sent));
    let Some(mut posting) = waiting else { return Ok(Next::Nothing) };
    let after = match turn(conn, &mut posting, &message, wall, &bearing)? {
        Turn::Now(after) => after,
        Turn::Later(at) => return Ok(Next::Wait(at)),
    };
    let Some(speaker) = sources::find(conn, posting.source_id)? else { return Ok(Next::Nothing) };
    posting.maybe_twice |= posting.state == PostingState::Sent && !bearing.idempotent;
    posting.state = PostingState::Sent;
    posting.attempts += 1;
    posting.sent_at = posting.sent_at.or(Some(desk.now));
    postings::save(conn, &posting)?;
    if own && answer.state == AnswerState::Approved {
        let sent_at = answer.sent_at.or(Some(desk.now));
        spine::save_answer(conn, &Answer { state: AnswerState::Sent, sent_at, ..answer.clone() })?;
    }
    Ok(Next::Send(Box::new(Sending { posting, answer, incident, speaker, message }), after))
}

/// The postings that the answer is for one thread: worded for it, and parted where the network wants it shorter.
fn parts(
    conn: &mut Conn,
    desk: &Desk,
    answer: &Answer,
    incident: &Incident,
    message: &Message,
    bearing: &Bearing,
) -> Result<Vec<PostingRow>, Error> {
    let form = if answer.via == Via::Private { Form::Private } else { message.form };
    let address = incident.street.as_ref().map(|street| match &incident.house {
        Some(house) => format!("{street}, {house}"),
        None => street.clone(),
    });
    let name = message.author_name.as_deref().and_then(|name| name.split_whitespace().next());
    let facts = wording::Facts { name, address: address.as_deref(), number: incident.number };
    let worded = wording::fill(&answer.text, &facts, incident.id);
    let texts = match bearing.limit(form) {
        Some(limit) => text::split(&worded, limit),
        None => vec![worded],
    };
    let source_id = speaker(conn, answer, incident, message, form, bearing)?;
    let count = i32::try_from(texts.len()).unwrap_or(i32::MAX);
    // Lists go by identity: the parts stand in their order there too.
    let mut ids: Vec<Id> = texts.iter().map(|_| Id::new(desk.now)).collect();
    ids.sort();
    let row = |(part, (id, text))| PostingRow {
        id,
        answer_id: answer.id,
        incident_id: incident.id,
        part,
        parts: count,
        source_id,
        form,
        text,
        state: PostingState::Waiting,
        maybe_twice: false,
        attempts: 0,
        slot_at: None,
        sent_at: None,
        delivered_at: None,
        external_id: None,
        permalink: None,
        failure: None,
        created_at: desk.now,
    };
    Ok((1..).zip(ids.into_iter().zip(texts)).map(row).collect())
}

/// Who says it: the page of the department or organisation that answers, where the network lets a page answer under another's posts; else
/// the page that was asked.
fn speaker(
    conn: &mut Conn,
    answer: &Answer,
    incident: &Incident,
    message: &Message,
    form: Form,
    bearing: &Bearing,
) -> Result<Id, Error> {
    if bearing.elsewhere && form != Form::Private {
        let chain = [Some(&answer.organisation), incident.executor.as_ref(), incident.organisation.as_ref()];
        for organisation in chain.into_iter().flatten() {
            if let Some(page) = pages::of_organisation(conn, &message.network, organisation)? {
                return Ok(page.id);
            }
        }
    }
    Ok(message.source_id)
}

/// Whether a posting's turn has come.
enum Turn {
    /// After so many milliseconds.
    Now(i64),
    Later(At),
}

/// Waits for the chat's turn first, which may be far off, and then for the token's, which never is unless the network asked for rest.
fn turn(
    conn: &mut Conn,
    posting: &mut PostingRow,
    message: &Message,
    wall: At,
    bearing: &Bearing,
) -> Result<Turn, Error> {
    if bearing.pace.chat > 0 {
        let slot = match posting.slot_at {
            Some(slot) => slot,
            None => {
                let chat = if posting.form == Form::Private { &message.author_key } else { &message.post_key };
                let key = format!("chat:{}:{}:{chat}", message.network, message.account);
                let slot = postings::take_slot(conn, &key, wall, bearing.pace.chat)?;
                posting.slot_at = Some(slot);
                postings::save(conn, posting)?;
                slot
            }
        };
        if slot > wall {
            return Ok(Turn::Later(slot));
        }
    }
    if bearing.pace.token == 0 {
        return Ok(Turn::Now(0));
    }
    let slot = postings::take_slot(conn, &token(posting.source_id), wall, bearing.pace.token)?;
    let after = slot.millis_since(wall).max(0);
    Ok(if after > SHORT_WAIT { Turn::Later(slot) } else { Turn::Now(after) })
}

/// The pace of everything under one page's token.
fn token(source: Id) -> String {
    format!("token:{source}")
}

/// Postings that the actor may see, after one.
///
/// # Errors
/// [`Error::NotFound`] of an incident that the actor may not see.
pub fn list(
    conn: &mut Conn,
    desk: &Desk,
    filter: &postings::Filter,
    after: Option<Id>,
    limit: i64,
) -> Result<Vec<PostingRow>, Error> {
    desk.need(Permission::ReadIncidents)?;
    // Whoever sees a part of the city only says of which incident.
    match filter.incident {
        Some(incident) => _ = Case::open(conn, desk, incident, None)?,
        None if desk.actor.scope() == Scope::All => {}
        None => {
            return Err(Refusal::invalid("incident", "must be named by whoever sees a part of the city").into());
        }
    }
    Ok(postings::list(conn, filter, after, limit)?)
}
