//! What a moderator sees of a complaint to decide about it: the complaint, what is around it, and what could be decided.

use std::collections::HashSet;

use super::case::facts;
use super::intake::where_to;
use super::learning::{self, Proposed};
use super::threads::{self, Thread};
use super::{Desk, Error, deadlines, decisions, incidents as shown, likeness};
use crate::domain::decision::Decision;
use crate::domain::route::Why;
use crate::domain::{At, EventKind, Id, Step, TopicOrigin};
use crate::store::incidents::{Filter, Order};
use crate::store::records::{EventRow, Incident, LikenessRow};
use crate::store::{Conn, incidents, spine};

/// The most suggestions: each has a key of its own.
pub const MOST_SUGGESTIONS: usize = 3;

/// How many of an author's other complaints, and of like ones, are shown.
const SHOWN: i64 = 5;

/// A complaint to decide about.
pub struct Card {
    pub incident: Incident,
    /// What was said above and below, its own words among it.
    pub thread: Thread,
    /// The author's other complaints, the newest first.
    pub by_author: Vec<Incident>,
    /// What was merged into it.
    pub merged: Vec<Incident>,
    /// What is probably about the same, the likeliest first.
    pub alike: Vec<(LikenessRow, Incident)>,
    /// What could be decided, the likeliest first. Empty where nobody is to be made responsible.
    pub suggestions: Vec<Suggestion>,
}

/// An organisation that could be made responsible, and why that one.
pub struct Suggestion {
    /// The topic that it follows from, with what speaks for it; none while no topic is known.
    pub topic: Option<Proposed>,
    /// Whether the incident has this topic already.
    pub is_present: bool,
    pub organisation: String,
    pub executor: Option<String>,
    /// The rules that lead there, hop by hop.
    pub why: Vec<Why>,
    /// What the decision would make of the deadlines; none where it is not possible.
    pub outlook: Option<Outlook>,
}

/// The deadline that a decision would set.
pub struct Outlook {
    /// The nearest one that would be left.
    pub due_at: At,
    /// The working seconds until then, by the calendar of the organisation.
    pub working: i64,
    /// The title of that calendar.
    pub calendar: String,
}

/// Everything about one complaint that a decision needs.
///
/// # Errors
/// [`Error::NotFound`], [`Refusal::Forbidden`](crate::domain::Refusal::Forbidden).
pub fn card(conn: &mut Conn, desk: &Desk, incident: Incident) -> Result<Card, Error> {
    let id = incident.id;
    let filter = Filter { author: Some(incident.author_key.clone()), except: vec![id], ..Filter::default() };
    let mut by_author = shown::list(conn, desk, &filter, Order::Newest(None), SHOWN)?;
    by_author.truncate(usize::try_from(SHOWN).unwrap_or(0));
    let alike = likeness::of_incident(conn, desk, id)?;
    let suggestions = match incident.step {
        Step::Distribution | Step::Control => suggestions(conn, desk, &incident)?,
        _ => Vec::new(),
    };
    Ok(Card {
        thread: threads::near(conn, desk, &incident)?,
        by_author,
        merged: shown::duplicates(conn, desk, id)?,
        alike: alike.into_iter().take(SHOWN.unsigned_abs() as usize).collect(),
        suggestions,
        incident,
    })
}

fn suggestions(conn: &mut Conn, desk: &Desk, incident: &Incident) -> Result<Vec<Suggestion>, Error> {
    let mut topics = learning::proposals(conn, desk, incident.id)?.topics;
    // What a person or the message itself said goes first; what was guessed stands among the guesses.
    let said = matches!(incident.topic_origin, TopicOrigin::Staff | TopicOrigin::Message);
    if let Some(present) = incident.topic.as_deref().and_then(|id| desk.policy.topic(id)) {
        let at = topics.iter().position(|one| one.topic == present.id);
        let known = at.map(|at| topics.remove(at)).unwrap_or_else(|| Proposed {
            topic: present.id.clone(),
            title: present.title.clone(),
            group: present.group.clone(),
            probability: None,
            words: Vec::new(),
        });
        topics.insert(if said { 0 } else { at.unwrap_or(0) }, known);
    }
    let mut topics: Vec<Option<Proposed>> = topics.into_iter().map(Some).collect();
    if topics.is_empty() {
        topics.push(None);
    }
    let (mut suggestions, mut seen) = (Vec::new(), HashSet::new());
    for topic in topics {
        if suggestions.len() == MOST_SUGGESTIONS {
            break;
        }
        let suggestion = suggestion(conn, desk, incident, topic)?;
        let what = (suggestion.topic.as_ref().map(|topic| topic.topic.clone()), suggestion.organisation.clone());
        if seen.insert(what) {
            suggestions.push(suggestion);
        }
    }
    Ok(suggestions)
}

fn suggestion(conn: &mut Conn, desk: &Desk, incident: &Incident, topic: Option<Proposed>) -> Result<Suggestion, Error> {
    let as_if = Incident {
        topic: topic.as_ref().map(|topic| topic.topic.clone()),
        topic_group: topic.as_ref().map(|topic| topic.group.clone()),
        ..incident.clone()
    };
    let why = where_to(&desk.policy, &facts(&as_if));
    let is_present = as_if.topic == incident.topic;
    let decision = Decision::Assign { topic: as_if.topic.clone().filter(|_| !is_present), organisation: None };
    Ok(Suggestion {
        outlook: outlook(conn, desk, incident.id, &decision)?,
        organisation: why.first().map(|hop| hop.organisation.clone()).unwrap_or_default(),
        executor: why.get(1).map(|hop| hop.organisation.clone()),
        is_present,
        topic,
        why,
    })
}

/// The deadline that a decision would set, from making and undoing it; none where it is refused.
///
/// # Errors
/// [`Error::Store`].
pub fn outlook(conn: &mut Conn, desk: &Desk, id: Id, decision: &Decision) -> Result<Option<Outlook>, Error> {
    let mut responsible = None;
    let preview = deadlines::preview(conn, desk, id, |conn| {
        responsible = decisions::make(conn, desk, id, None, decision)?.organisation;
        Ok(())
    });
    let preview = match preview {
        Ok(preview) => preview,
        Err(Error::Store(error)) => return Err(error.into()),
        Err(_) => return Ok(None),
    };
    let Some(due_at) = preview.due_at else { return Ok(None) };
    let calendar = match &responsible {
        Some(organisation) => desk.policy.calendar_of(organisation),
        None => desk.policy.city_calendar(),
    };
    let working = calendar.worked(*desk.now, *due_at, &crate::domain::calendar::Pauses::default()).as_secs();
    Ok(Some(Outlook { due_at, working, calendar: calendar.title().to_owned() }))
}

/// What happened to an incident after the version that somebody saw, but for what tells nothing to a moderator.
///
/// # Errors
/// [`Error::NotFound`].
pub fn changes(conn: &mut Conn, desk: &Desk, id: Id, seen: i64) -> Result<Vec<EventRow>, Error> {
    shown::get(conn, desk, id)?;
    let silent = [EventKind::AutoReplied.as_str()];
    let events = spine::events_of(conn, id, seen, 50)?;
    Ok(events.into_iter().filter(|event| !silent.contains(&event.kind.as_str())).collect())
}

/// The steps in which moderators decide.
pub const STEPS: [Step; 2] = [Step::Distribution, Step::Control];

/// How many wait for moderators in each step, and how many of those are overdue.
///
/// # Errors
/// [`Error::Store`].
pub fn waiting(conn: &mut Conn, desk: &Desk) -> Result<Vec<(Step, i64, i64)>, Error> {
    Ok(incidents::waiting(conn, &desk.actor.scope(), &STEPS, desk.now)?)
}

/// The incidents that changed at or after an instant of the city's clock, up to `limit`, and the last instant at which any did.
///
/// # Errors
/// [`Error::Store`].
pub fn changed_since(conn: &mut Conn, since: At, limit: i64) -> Result<Vec<Incident>, Error> {
    Ok(incidents::changed_since(conn, since, limit)?)
}

/// When the last change was.
///
/// # Errors
/// [`Error::Store`].
pub fn last_change(conn: &mut Conn) -> Result<At, Error> {
    Ok(incidents::last_change(conn)?.unwrap_or(At::EVER))
}
