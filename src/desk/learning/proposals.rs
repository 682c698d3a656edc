//! What is proposed for an incident now.

use serde::Serialize;
use utoipa::ToSchema;

use crate::desk::{Desk, Error, incidents};
use crate::domain::classify::Guess;
use crate::domain::{Id, Kind, Permission};
use crate::store::Conn;

/// What is proposed for an incident.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Proposals {
    /// What it may be about, the likeliest first, at most three.
    pub topics: Vec<Proposed>,
    /// Which group of topics it may belong to, the likeliest first, at most three; empty where only the word rules propose.
    pub groups: Vec<Proposed>,
    /// What it is likely to be; none where that was not learned.
    pub kind: Option<ProposedKind>,
    /// How severe it is likely to be; none where that was not learned.
    pub urgency: Option<ProposedUrgency>,
    /// The version of the model that proposes topics; none where the word rules do.
    #[schema(example = 7)]
    pub model: Option<i64>,
    /// The probability from which a topic is decided without a moderator; none if none is.
    #[schema(example = 0.91)]
    pub threshold: Option<f32>,
}

/// A topic, or a group of topics.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Proposed {
    /// The id of the topic; in `groups`, of the group.
    #[schema(example = "snow")]
    pub topic: String,
    pub title: String,
    /// The id of the group.
    #[schema(example = "roads")]
    pub group: String,
    /// How likely it is, where that was learned: of many proposals with 0.8, eight in ten are right.
    #[schema(example = 0.87)]
    pub probability: Option<f32>,
    /// The words that speak for it, in their basic spelling.
    pub words: Vec<String>,
}

/// What a message is likely to be.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ProposedKind {
    pub kind: Kind,
    pub probability: f32,
    pub words: Vec<String>,
}

/// How severe a matter is likely to be.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ProposedUrgency {
    /// 1 (a nuisance) to 5 (a danger).
    #[schema(minimum = 1, maximum = 5)]
    pub severity: i32,
    pub probability: f32,
    pub words: Vec<String>,
}

/// What is proposed now for an incident, by the text that leads it.
///
/// # Errors
/// [`Refusal::Forbidden`](crate::domain::Refusal::Forbidden), [`Error::NotFound`].
pub fn proposals(conn: &mut Conn, desk: &Desk, id: Id) -> Result<Proposals, Error> {
    desk.need(Permission::Triage)?;
    let text = incidents::get(conn, desk, id)?.text;
    let (policy, classifier) = (&desk.policy, &desk.classifier);
    let topics = classifier.propose(&text).into_iter().filter_map(|proposal| {
        let topic = policy.topic(&proposal.topic)?;
        Some(Proposed {
            topic: topic.id.clone(),
            title: topic.title.clone(),
            group: topic.group.clone(),
            probability: proposal.probability,
            words: proposal.words,
        })
    });
    let groups = classifier.groups(&text).into_iter().filter_map(|guess| {
        let group = policy.group(&guess.label)?;
        Some(Proposed {
            topic: group.id.clone(),
            title: group.title.clone(),
            group: group.id.clone(),
            probability: Some(guess.probability),
            words: guess.words,
        })
    });
    let kind = classifier.kinds(&text).into_iter().next();
    let urgency = classifier.urgencies(&text).into_iter().next();
    Ok(Proposals {
        topics: topics.collect(),
        groups: groups.collect(),
        kind: kind.map(|Guess { label: kind, probability, words }| ProposedKind { kind, probability, words }),
        urgency: urgency.map(|Guess { label: severity, probability, words }| ProposedUrgency {
            severity,
            probability,
            words,
        }),
        model: classifier.model(),
        threshold: classifier.threshold(),
    })
}
