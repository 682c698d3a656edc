//! All that the page of an incident shows, read in one go.

use std::collections::{BTreeMap, HashMap};

use crate::app::App;
use crate::desk::answering::{self, Proposed};
use crate::desk::deadlines::{self, Explained};
use crate::desk::routes::{self as rules, RouteReason};
use crate::desk::{Desk, Error, disclosures, incidents, likeness, staff, threads};
use crate::domain::{Action, Id, Language, Permission};
use crate::http::api::incidents::likenesses::LikenessView;
use crate::http::api::incidents::thread::{self, ThreadView};
use crate::http::api::incidents::views::{AnswerView, AssignmentView, EventView, IncidentView, MessageView};
use crate::http::api::postings::PostingView;
use crate::http::problem::Problem;
use crate::http::ui::visitor::Visitor;
use crate::store::Conn;
use crate::store::disclosures::{Filter as Openings, Opened};
use crate::store::postings::Filter as Postings;
use crate::store::records::{EventRow, Incident};

/// How many events are shown at once.
pub const EVENTS: i64 = 300;
/// How many postings, and how many openings of personal data, are shown.
const MOST: i64 = 100;
/// How many drafts are proposed.
const DRAFTS: usize = 8;

/// An incident with all that belongs to it, as the visitor may see it.
pub struct Whole {
    pub desk: Desk,
    pub incident: Incident,
    /// The same as it is shown: masked, unless it was opened on record.
    pub view: IncidentView,
    /// Whether what residents wrote is shown in full.
    pub opened: bool,
    pub messages: Vec<MessageView>,
    pub thread: ThreadView,
    /// What it is merged into.
    pub survivor: Option<Incident>,
    pub duplicates: Vec<Incident>,
    pub likenesses: Vec<LikenessView>,
    pub stays: Vec<AssignmentView>,
    pub routes: Vec<RouteReason>,
    pub clocks: Vec<Explained>,
    pub answers: Vec<AnswerView>,
    pub postings: Vec<PostingView>,
    pub drafts: Vec<Proposed>,
    pub history: History,
    pub openings: Vec<Opened>,
    /// What the staff are called who did something here.
    pub names: HashMap<Id, String>,
}

/// A part of an incident's history.
pub struct History {
    pub events: Vec<EventView>,
    /// Whether each event's hash is that of its facts, and each names the hash before it.
    pub intact: bool,
    /// Whether there is more.
    pub more: bool,
}

/// What the database has of it.
struct Found {
    incident: Incident,
    messages: Vec<MessageView>,
    thread: ThreadView,
    survivor: Option<Incident>,
    duplicates: Vec<Incident>,
    likenesses: Vec<LikenessView>,
    stays: Vec<AssignmentView>,
    hops: Vec<crate::domain::route::Why>,
    clocks: Vec<Explained>,
    answers: Vec<AnswerView>,
    postings: Vec<PostingView>,
    drafts: Vec<Proposed>,
    history: History,
    openings: Vec<Opened>,
    names: HashMap<Id, String>,
}

/// Reads an incident. `after` is the number of the event after which its history is shown.
///
/// # Errors
/// 404 when there is none that the visitor may see.
pub async fn read(app: &App, visitor: &Visitor, id: Id, after: i64) -> Result<Whole, Problem> {
    let desk = visitor.caller.desk(app);
    let (circumstances, language) = (desk.clone(), visitor.words.language());
    let found = app.store().read(move |conn| find(conn, &circumstances, id, after, language)).await?;
    let mut versions = BTreeMap::new();
    for version in rules::versions(&found.hops, &[]) {
        // A version that was never stored here: the incident came from elsewhere, and what came with it is told.
        if let Ok(policy) = app.policy_at(version).await {
            versions.insert(version, policy);
        }
    }
    let routes = rules::explain(&versions, &found.hops, &[]).routes;
    Ok(Whole {
        view: IncidentView::of(&found.incident, &desk),
        opened: false,
        routes,
        desk,
        incident: found.incident,
        messages: found.messages,
        thread: found.thread,
        survivor: found.survivor,
        duplicates: found.duplicates,
        likenesses: found.likenesses,
        stays: found.stays,
        clocks: found.clocks,
        answers: found.answers,
        postings: found.postings,
        drafts: found.drafts,
        history: found.history,
        openings: found.openings,
        names: found.names,
    })
}

fn find(conn: &mut Conn, desk: &Desk, id: Id, after: i64, language: Language) -> Result<Found, Error> {
    let incident = incidents::get(conn, desk, id)?;
    let may = |permission| desk.actor.may(permission);
    let legal = incident.standing().legal();
    let answers = answering::of_incident(conn, desk, id)?;
    let answers: Vec<AnswerView> =
        answers.into_iter().map(|(answer, concerns)| AnswerView::with(answer, concerns, desk, language)).collect();
    let drafts = if legal.contains(&Action::Draft) && may(Permission::Work) {
        answering::drafts(conn, desk, id, DRAFTS)?
    } else {
        Vec::new()
    };
    let likenesses =
        if incident.is_open() && may(Permission::Triage) { likeness::of_incident(conn, desk, id)? } else { Vec::new() };
    let openings = if may(Permission::ReadDisclosures) {
        disclosures::list(conn, desk, &Openings { incident: Some(id), ..Openings::default() }, None, MOST)?
    } else {
        Vec::new()
    };
    let history = history(conn, desk, &incident, after)?;
    let stays = incidents::assignments(conn, desk, id)?;
    let postings = Postings { incident: Some(id), ..Postings::default() };
    let postings = answering::postings(conn, desk, &postings, None, MOST)?;
    let messages = incidents::thread(conn, desk, id)?.into_iter();
    let tags = tags(&history.events, &answers).chain(stays.iter().map(|stay| stay.by.as_str()));
    let names = staff::names(conn, desk, tags)?;
    Ok(Found {
        messages: messages.map(|(message, earlier)| MessageView::of(message, earlier, desk)).collect(),
        thread: thread::view(threads::of(conn, desk, id)?, id, desk)?,
        // Somebody who may not see what it was merged into is not told what that is.
        survivor: incident.parent_id.and_then(|parent| incidents::get(conn, desk, parent).ok()),
        duplicates: incidents::duplicates(conn, desk, id)?,
        likenesses: likenesses.into_iter().map(|pair| LikenessView::of(pair, desk, language)).collect(),
        stays: stays.into_iter().map(|stay| AssignmentView::of(stay, desk)).collect(),
        hops: incidents::decided(conn, desk, id)?.0,
        clocks: deadlines::explained(conn, desk, id)?,
        postings: postings.into_iter().map(|row| PostingView::of(row, desk)).collect(),
        incident,
        answers,
        drafts,
        history,
        openings,
        names,
    })
}

fn tags<'a>(events: &'a [EventView], answers: &'a [AnswerView]) -> impl Iterator<Item = &'a str> {
    let events = events.iter().map(|event| event.actor.as_str());
    let answers = answers.iter().flat_map(|answer| [Some(answer.drafted_by.as_str()), answer.decided_by.as_deref()]);
    events.chain(answers.flatten())
}

/// The history after an event, with what can be said of its chain.
fn history(conn: &mut Conn, desk: &Desk, incident: &Incident, after: i64) -> Result<History, Error> {
    let mut found = incidents::history(conn, desk, incident.id, after, EVENTS)?;
    let shown = usize::try_from(EVENTS).unwrap_or(usize::MAX);
    let more = found.len() > shown;
    found.truncate(shown);
    let ends = more || found.last().is_none_or(|(last, _)| last.n == incident.version && last.hash == incident.spine);
    let intact = ends && is_whole(&found, after);
    Ok(History { intact, more, events: found.into_iter().map(|event| EventView::of(event, desk)).collect() })
}

/// Whether nothing was changed, left out or put between.
fn is_whole(events: &[(EventRow, bool)], after: i64) -> bool {
    let numbered = events.iter().zip(after + 1..).all(|((event, _), n)| event.n == n);
    let begins = after > 0 || events.first().is_none_or(|(first, _)| first.prev.is_empty());
    let chained = events.windows(2).all(|pair| matches!(pair, [(one, _), (next, _)] if next.prev == one.hash));
    numbered && begins && chained && events.iter().all(|(_, whole)| *whole)
}

/// An incident's history after an event, and the names of those in it: what changed since somebody looked.
///
/// # Errors
/// [`Error::NotFound`].
pub fn since(
    conn: &mut Conn,
    desk: &Desk,
    id: Id,
    seen: i64,
) -> Result<(Incident, History, HashMap<Id, String>), Error> {
    let incident = incidents::get(conn, desk, id)?;
    let history = history(conn, desk, &incident, seen)?;
    let names = staff::names(conn, desk, history.events.iter().map(|event| event.actor.as_str()))?;
    Ok((incident, history, names))
}
