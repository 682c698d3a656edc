//! Beginnings of an answer: the topic's templates, and what was approved for the most similar complaints.

use std::collections::{HashMap, HashSet};

use super::concerns;
use crate::desk::likeness::content;
use crate::desk::{Desk, Error, incidents as shown};
use crate::domain::answer::{Reading, blanked};
use crate::domain::likeness::{Likeness, Weights, likeness};
use crate::domain::policy::Template;
use crate::domain::{AnswerKind, Id, Outcome, Permission, wording};
use crate::store::records::Incident;
use crate::store::{Conn, approvals, incidents};

/// How many of the topic's newest approved answers are compared.
const MOST_COMPARED: i64 = 200;

/// Where a draft comes from.
#[derive(Debug, Clone)]
pub enum Origin {
    /// A template of the city.
    Template(Template),
    /// The answer to another incident.
    Similar {
        incident: Id,
        number: i64,
        answer: Id,
        likeness: Likeness,
        /// How many incidents were answered so.
        count: usize,
    },
}

/// The beginning of an answer.
#[derive(Debug, Clone)]
pub struct Proposed {
    pub text: String,
    /// Absent where the template leaves it open.
    pub kind: Option<AnswerKind>,
    pub outcome: Option<Outcome>,
    pub origin: Origin,
}

/// Up to `limit` drafts for an incident. Templates come first, those of the topic before those of its group and the general ones; what
/// was approved for similar complaints has half of the places.
///
/// # Errors
/// [`Error::NotFound`].
pub fn drafts(conn: &mut Conn, desk: &Desk, id: Id, limit: usize) -> Result<Vec<Proposed>, Error> {
    desk.need(Permission::Work)?;
    let incident = shown::get(conn, desk, id)?;
    let mut similar = similar(conn, desk, &incident, limit)?;
    let mut drafts = of_templates(conn, desk, &incident)?;
    drafts.truncate(limit - similar.len().min(limit / 2));
    similar.truncate(limit - drafts.len());
    drafts.append(&mut similar);
    Ok(drafts)
}

fn of_templates(conn: &mut Conn, desk: &Desk, incident: &Incident) -> Result<Vec<Proposed>, Error> {
    let rank = |template: &Template| match (&template.topic, &template.group) {
        (Some(topic), _) => (incident.topic.as_ref() == Some(topic)).then_some(0),
        (None, Some(group)) => (incident.topic_group.as_ref() == Some(group)).then_some(1),
        (None, None) => Some(2),
    };
    let templates = &desk.policy.doc().templates;
    let mut fitting: Vec<(i32, &Template)> =
        templates.iter().filter_map(|template| Some((rank(template)?, template))).collect();
    fitting.sort_by_key(|(rank, _)| *rank);
    if fitting.is_empty() {
        return Ok(Vec::new());
    }
    // Each author of a mass incident is told of his own number and place, once the answer goes out.
    let is_mass = !incidents::merged_into(conn, incident.id)?.is_empty();
    // A settlement alone is no address: whoever answers knows better.
    let place = match (&incident.street, &incident.house) {
        (Some(street), Some(house)) => Some(format!("{street}, {house}")),
        (street, _) => street.clone(),
    };
    let organisation = incident.executor.as_ref().or(incident.organisation.as_ref());
    let organisation = organisation.and_then(|id| desk.policy.organisation(id)).map(|known| known.title.as_str());
    let number = (!is_mass).then_some(incident.number);
    let draft = |(_, template): (i32, &Template)| Proposed {
        text: wording::prepared(&template.text, number, place.as_deref().filter(|_| !is_mass), organisation),
        kind: template.outcome.map(|_| AnswerKind::Final),
        outcome: template.outcome,
        origin: Origin::Template(template.clone()),
    };
    Ok(fitting.into_iter().map(draft).collect())
}

/// What was approved for other incidents of the topic that the actor may see, the most similar first. Of a mass incident one answer is
/// taken, and of answers in the same words that of the most similar complaint.
fn similar(conn: &mut Conn, desk: &Desk, incident: &Incident, limit: usize) -> Result<Vec<Proposed>, Error> {
    let Some(topic) = &incident.topic else { return Ok(Vec::new()) };
    let answers = approvals::newest(conn, topic, MOST_COMPARED)?;
    let ids: Vec<Id> = answers.iter().map(|answer| answer.incident_id).collect();
    let scope = desk.actor.scope();
    let others: HashMap<Id, Incident> = incidents::many(conn, &ids)?
        .into_iter()
        .filter(|other| scope.holds(other.organisation.as_deref(), other.executor.as_deref()))
        .map(|other| (other.id, other))
        .collect();
    let names = concerns::names(conn, &ids)?;
    let root = |one: &Incident| one.parent_id.unwrap_or(one.id);
    let (own, weights) = (content(&desk.policy, incident), Weights::default());
    let mut ranked = Vec::new();
    for answer in answers {
        let Some(other) = others.get(&answer.incident_id).filter(|other| root(other) != root(incident)) else {
            continue;
        };
        ranked.push((likeness(&own, &content(&desk.policy, other), &weights), other, answer));
    }
    // The newest of those that are equally alike: they came in that order.
    ranked.sort_by(|(one, ..), (other, ..)| other.score.total_cmp(&one.score));
    let mut groups = HashSet::new();
    ranked.retain(|(_, other, _)| groups.insert(root(other)));
    let (mut drafts, mut by_words): (Vec<Proposed>, HashMap<String, usize>) = (Vec::new(), HashMap::new());
    for (likeness, other, answer) in ranked {
        let facts = Reading::new(&answer.text, desk.policy.gazetteer()).facts;
        let known = names.get(&other.id).map_or(&[][..], Vec::as_slice);
        let text = blanked(&answer.text, &facts, other.number, known);
        if let Some(Origin::Similar { count, .. }) =
            by_words.get(&text).and_then(|at| drafts.get_mut(*at)).map(|draft| &mut draft.origin)
        {
            *count += 1;
            continue;
        }
        by_words.insert(text.clone(), drafts.len());
        let origin =
            Origin::Similar { incident: other.id, number: other.number, answer: answer.id, likeness, count: 1 };
        drafts.push(Proposed { text, kind: Some(answer.kind), outcome: answer.outcome, origin });
    }
    drafts.truncate(limit);
    Ok(drafts)
}
