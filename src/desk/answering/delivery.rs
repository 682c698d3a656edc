//! Carrying an approved answer out: into its own thread and into those of the incidents merged into it, part by part where it is too long
//! for one posting.
//!
//! A posting is marked as sent *before* it is handed to the network, in a transaction of its own. So whatever happens then (a lost reply, a
//! process killed), it is known that it may have been published: where the network knows a repeat by its key it is published once, and
//! elsewhere what was sent again is listed as possibly twice.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{DELIVER, delivered};
use crate::desk::case::Case;
use crate::desk::{Desk, Error, queue};
use crate::domain::page::{Bearing, Posted};
use crate::domain::{
    AnswerState, At, Doc, EventKind, Form, Id, Permission, PostingState, Scope, Step, Via, text, wording,
};
use crate::store::records::{Answer, Incident, Message, PostingRow, Source};
use crate::store::{Conn, incidents, jobs, messages, postings, sources, spine};

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
    order(case.conn, case.desk.now, answer.id, &case.incident, 0)?;
    for child in incidents::merged_into(case.conn, case.incident.id)? {
        order(case.conn, case.desk.now, answer.id, &child, 0)?;
    }
    Ok(())
}

/// An incident was merged into another one: if that has an answer under way, or an answer that ended the matter, its author gets it too.
pub fn order_for_joined(conn: &mut Conn, desk: &Desk, survivor: &Incident, joined: &Incident) -> Result<(), Error> {
    let last = spine::answers_of(conn, survivor.id)?.pop();
    let concerns = last.filter(|answer| match answer.state {
        AnswerState::Approved | AnswerState::Sent => true,
        AnswerState::Delivered => survivor.step == Step::AwaitingAuthor,
        _ => false,
    });
    concerns.map_or(Ok(()), |answer| order(conn, desk.now, answer.id, joined, 0))
}

/// Orders a delivery, if somebody carries answers to where the incident came from.
fn order(conn: &mut Conn, now: At, answer: Id, incident: &Incident, again: i64) -> Result<(), Error> {
    let pushed = sources::find(conn, incident.source_id)?.is_some_and(|source| source.reply_url.is_some());
    if pushed || postings::is_page(conn, incident.source_id)? {
        let key = format!("{DELIVER}:{answer}:{}:{again}", incident.id);
        let order = Order { answer, incident: Some(incident.id) };
        jobs::order(conn, &jobs::ready(key, DELIVER, Doc::of(&order), now))?;
    }
    Ok(())
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
    let bearing = if postings::is_page(conn, incident.source_id)? {
        match bearing(&message.network) {
            Some(bearing) => bearing,
            None => return Ok(Next::Impossible(format!("there is no way to publish in \"{}\"", message.network))),
        }
    } else {
        Bearing::WEBHOOK
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
            if let Some(page) = postings::page_of(conn, &message.network, organisation)? {
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

/// What came of sending a posting.
#[derive(Debug)]
pub enum Outcome {
    /// The network has it.
    Posted(Posted),
    /// It has not, and may have it at this time of the city's clock; under this token nothing before the second, of the machine's.
    Again { why: String, run_at: At, rest: Option<At> },
    /// Nobody knows; to be tried again then.
    Unsure { why: String, run_at: At },
    /// This page may not speak there.
    Barred(String),
    /// It cannot be published.
    Failed(String),
}

/// Writes down what came of it, and ends or puts off the job, together. Whether there is more to do at once.
///
/// # Errors
/// [`Error::Store`].
pub fn settle(
    conn: &mut Conn,
    desk: &Desk,
    (job, lease): (Id, Id),
    sending: &Sending,
    outcome: Outcome,
) -> Result<bool, Error> {
    let mut row = match postings::find(conn, sending.posting.id)? {
        Some(row) if row.state == PostingState::Sent => row,
        // Somebody else, or the network itself, told of it meanwhile.
        _ => return Ok(true),
    };
    match outcome {
        Outcome::Posted(posted) => {
            posted_now(conn, desk, &mut row, posted)?;
            Ok(true)
        }
        Outcome::Again { why, run_at, rest } => {
            (row.state, row.slot_at, row.failure) = (PostingState::Waiting, None, Some(cut(&why)));
            postings::save(conn, &row)?;
            unsend(conn, sending)?;
            if let Some(until) = rest {
                postings::rest(conn, &token(row.source_id), until)?;
            }
            queue::retry(conn, job, lease, run_at, &why)?;
            Ok(false)
        }
        Outcome::Unsure { why, run_at } => {
            (row.slot_at, row.failure) = (None, Some(cut(&why)));
            postings::save(conn, &row)?;
            queue::retry(conn, job, lease, run_at, &why)?;
            Ok(false)
        }
        Outcome::Barred(why) if row.source_id != sending.message.source_id => {
            let asked = sending.message.source_id;
            for part in postings::of_thread(conn, row.answer_id, row.incident_id)? {
                if matches!(part.state, PostingState::Waiting | PostingState::Sent) {
                    let failure = Some(cut(&why));
                    let part = PostingRow { state: PostingState::Waiting, source_id: asked, failure, ..part };
                    postings::save(conn, &part)?;
                }
            }
            Ok(true)
        }
        Outcome::Barred(why) | Outcome::Failed(why) => {
            (row.state, row.failure) = (PostingState::Failed, Some(cut(&why)));
            postings::save(conn, &row)?;
            fail(conn, desk, &sending.answer, sending.incident.id, &why)?;
            jobs::dead(conn, job, lease, desk.now, &why)?;
            Ok(false)
        }
    }
}

/// What cannot be carried out at all fails, and its job ends.
///
/// # Errors
/// [`Error::Store`].
pub fn give_up(conn: &mut Conn, desk: &Desk, (job, lease): (Id, Id), order: &Order, why: &str) -> Result<(), Error> {
    if let Some(answer) = spine::answer(conn, order.answer)? {
        let incident = order.incident.unwrap_or(answer.incident_id);
        fail(conn, desk, &answer, incident, why)?;
    }
    jobs::dead(conn, job, lease, desk.now, why)?;
    Ok(())
}

/// The network has a posting: the job, or the network's own event, says so. With the last part of it the author is answered.
pub(super) fn posted_now(conn: &mut Conn, desk: &Desk, row: &mut PostingRow, posted: Posted) -> Result<(), Error> {
    row.state = PostingState::Delivered;
    row.delivered_at = Some(desk.now);
    (row.external_id, row.permalink, row.failure) = (posted.external_id, posted.permalink, None);
    postings::save(conn, row)?;
    let parts = postings::of_thread(conn, row.answer_id, row.incident_id)?;
    if parts.iter().any(|part| part.state != PostingState::Delivered) {
        return Ok(());
    }
    let Some(answer) = spine::answer(conn, row.answer_id)? else { return Ok(()) };
    let permalink = parts.into_iter().find_map(|part| part.permalink);
    if answer.incident_id == row.incident_id {
        // What it means for the incident; if that went another way meanwhile (merged, say), the fact is on record all the same.
        match crate::desk::apart(conn, |conn| delivered(conn, desk, row.incident_id, answer.n, permalink.clone())) {
            Err(Error::Refused(_) | Error::NotFound(_)) => {}
            done => return done.map(|_| ()),
        }
    }
    let mut case = Case::open(conn, desk, row.incident_id, None)?;
    let data = json!({ "answer": answer.id, "n": answer.n, "kind": answer.kind, "of": answer.incident_id, "permalink": permalink });
    case.event(EventKind::Delivered, data);
    case.save()?;
    Ok(())
}

/// The network has nothing of the answer yet: it is approved again, and no more.
fn unsend(conn: &mut Conn, sending: &Sending) -> Result<(), Error> {
    let (answer, incident) = (sending.answer.id, sending.incident.id);
    let begun = postings::of_thread(conn, answer, incident)?.iter().any(|row| row.state != PostingState::Waiting);
    let Some(answer) = spine::answer(conn, answer)?.filter(|answer| answer.incident_id == incident && !begun) else {
        return Ok(());
    };
    if answer.state == AnswerState::Sent {
        spine::save_answer(conn, &Answer { state: AnswerState::Approved, sent_at: None, ..answer })?;
    }
    Ok(())
}

fn fail(conn: &mut Conn, desk: &Desk, answer: &Answer, incident: Id, why: &str) -> Result<(), Error> {
    if answer.incident_id == incident {
        return match crate::desk::apart(conn, |conn| failed(conn, desk, incident, answer.n, why)) {
            // It waits for delivery no more.
            Err(Error::Conflict(_)) => Ok(()),
            done => done.map(|_| ()),
        };
    }
    let mut case = Case::open(conn, desk, incident, None)?;
    case.event(
        EventKind::DeliveryFailed,
        json!({ "answer": answer.id, "n": answer.n, "of": answer.incident_id, "why": cut(why) }),
    );
    case.save()?;
    Ok(())
}

fn cut(why: &str) -> String {
    why.chars().take(1000).collect()
}

/// Delivery has failed for good; somebody must look.
///
/// # Errors
/// [`Error::NotFound`]; an answer that does not wait for delivery is refused.
pub fn failed(conn: &mut Conn, desk: &Desk, id: Id, n: i32, why: &str) -> Result<(Incident, Answer), Error> {
    desk.need(Permission::ReportDelivery)?;
    let mut case = Case::open(conn, desk, id, None)?;
    let mut answer = waiting(&mut case, n, &[AnswerState::Approved, AnswerState::Sent])?;
    answer.state = AnswerState::Failed;
    answer.failure = Some(cut(why));
    spine::save_answer(case.conn, &answer)?;
    case.event(EventKind::DeliveryFailed, json!({ "answer": answer.id, "n": n, "why": answer.failure }));
    Ok((case.save()?, answer))
}

/// Orders the delivery of a failed answer anew.
///
/// # Errors
/// As [`failed`].
pub fn deliver_again(conn: &mut Conn, desk: &Desk, id: Id, n: i32) -> Result<(Incident, Answer), Error> {
    desk.need(Permission::ReportDelivery)?;
    let mut case = Case::open(conn, desk, id, None)?;
    let mut answer = waiting(&mut case, n, &[AnswerState::Failed])?;
    answer.state = AnswerState::Approved;
    answer.failure = None;
    spine::save_answer(case.conn, &answer)?;
    revive(case.conn, answer.id, id)?;
    order(case.conn, desk.now, answer.id, &case.incident, case.incident.version)?;
    case.event(EventKind::DeliveryRetried, json!({ "answer": answer.id, "n": n }));
    Ok((case.save()?, answer))
}

/// Orders anew what failed in the thread of a merged incident. Of an answer's own thread, [`deliver_again`] does.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] when it has not failed.
pub fn retry_posting(conn: &mut Conn, desk: &Desk, id: Id) -> Result<PostingRow, Error> {
    desk.need(Permission::ReportDelivery)?;
    let row = postings::find(conn, id)?.ok_or(Error::NotFound("posting"))?;
    let mut case = Case::open(conn, desk, row.incident_id, None)?;
    if row.state != PostingState::Failed {
        return Err(Error::Conflict("the posting has not failed"));
    }
    let answer = spine::answer(case.conn, row.answer_id)?.ok_or(Error::NotFound("answer"))?;
    if answer.incident_id == row.incident_id {
        deliver_again(case.conn, desk, answer.incident_id, answer.n)?;
    } else {
        revive(case.conn, row.answer_id, row.incident_id)?;
        order(case.conn, desk.now, row.answer_id, &case.incident, case.incident.version)?;
        case.event(EventKind::DeliveryRetried, json!({ "answer": answer.id, "n": answer.n, "of": answer.incident_id }));
        case.save()?;
    }
    postings::find(conn, id)?.ok_or(Error::NotFound("posting"))
}

/// Lets what failed in a thread wait again.
fn revive(conn: &mut Conn, answer: Id, incident: Id) -> Result<(), Error> {
    for row in postings::of_thread(conn, answer, incident)? {
        if row.state == PostingState::Failed {
            postings::save(conn, &PostingRow { state: PostingState::Waiting, slot_at: None, failure: None, ..row })?;
        }
    }
    Ok(())
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
            return Err(crate::domain::Refusal::invalid(
                "incident",
                "must be named by whoever sees a part of the city",
            )
            .into());
        }
    }
    Ok(postings::list(conn, filter, after, limit)?)
}

fn waiting(case: &mut Case<'_>, n: i32, states: &[AnswerState]) -> Result<Answer, Error> {
    let found = spine::answers_of(case.conn, case.incident.id)?.into_iter().find(|a| a.n == n);
    let answer = found.ok_or(Error::NotFound("answer"))?;
    if !states.contains(&answer.state) || case.incident.step != Step::Approved {
        return Err(Error::Conflict("the answer is not waiting for delivery"));
    }
    Ok(answer)
}
