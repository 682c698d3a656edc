//! How incidents and what belongs to them are shown.

use serde::Serialize;
use utoipa::ToSchema;

use crate::desk::{Desk, incidents};
use crate::domain::message::Attachment;
use crate::domain::route::Why;
use crate::domain::text::mask_personal;
use crate::domain::{
    Action, AnswerKind, AnswerState, At, CloseReason, Doc, Form, Id, Kind, Outcome, Permission, PlaceOrigin,
    ReworkReason, Step, TopicOrigin, Via,
};
use crate::store::records::{Answer, Assignment, EventRow, Incident, Message, MessageVersion};

/// An incident.
#[derive(Debug, Serialize, ToSchema)]
pub struct IncidentView {
    pub id: Id,
    /// The number people call it by.
    pub number: i64,
    /// Rises with every change; also the `ETag`, without its quotes.
    pub version: i64,
    pub step: Step,
    pub kind: Kind,
    pub outcome: Option<Outcome>,
    pub close_reason: Option<CloseReason>,
    pub network: String,
    /// The page, group or channel it stands in.
    pub account: String,
    pub source: Id,
    /// The complaint's text; personal data is masked without the right to see it.
    pub text: String,
    pub media: bool,
    pub topic: Option<String>,
    pub group: Option<String>,
    pub topic_origin: TopicOrigin,
    /// 1 (small) to 5 (danger).
    pub severity: i32,
    pub municipality: String,
    pub settlement: Option<String>,
    pub street: Option<String>,
    pub house: Option<String>,
    pub lat: Option<f64>,
    pub lon: Option<f64>,
    /// The okrug of the city, by id, where it is known.
    pub okrug: Option<String>,
    /// Who named the place.
    pub place_origin: PlaceOrigin,
    /// Who must answer.
    pub organisation: Option<String>,
    /// Its department that prepares the answer.
    pub executor: Option<String>,
    /// How often it came back as wrongly routed.
    pub returns: i32,
    /// How many final answers were delivered.
    pub rounds: i32,
    pub published_at: At,
    pub received_at: At,
    pub assigned_at: Option<At>,
    pub first_answer_at: Option<At>,
    pub delivered_at: Option<At>,
    pub closed_at: Option<At>,
    pub deferred_until: Option<At>,
    /// The nearest deadline that is not settled; absent if there is none.
    pub due_at: Option<At>,
    /// Open, and past that deadline.
    pub overdue: bool,
    pub changed_at: At,
    /// The incident this one is merged into.
    pub merged_into: Option<Id>,
    /// The author's mark, 1 to 5.
    pub rating: Option<i32>,
    pub note: Option<String>,
    /// What the state machine allows now; the role decides who may.
    pub legal: Vec<Action>,
}

impl IncidentView {
    /// As the actor may see it.
    pub fn of(incident: &Incident, desk: &Desk) -> IncidentView {
        let i = incident.clone();
        IncidentView {
            legal: i.standing().legal(),
            overdue: incidents::is_overdue(&i, desk.now),
            due_at: Some(i.due_at).filter(|at| *at != At::NEVER),
            text: shown(&i.text, desk),
            id: i.id,
            number: i.number,
            version: i.version,
            step: i.step,
            kind: i.kind,
            outcome: i.outcome,
            close_reason: i.close_reason,
            network: i.network,
            account: i.account,
            source: i.source_id,
            media: i.media,
            topic: i.topic,
            group: i.topic_group,
            topic_origin: i.topic_origin,
            severity: i.severity,
            municipality: i.municipality,
            settlement: i.settlement,
            street: i.street,
            house: i.house,
            lat: i.lat,
            lon: i.lon,
            okrug: i.okrug,
            place_origin: i.place_origin,
            organisation: i.organisation,
            executor: i.executor,
            returns: i.returns,
            rounds: i.rounds,
            published_at: i.published_at,
            received_at: i.received_at,
            assigned_at: i.assigned_at,
            first_answer_at: i.first_answer_at,
            delivered_at: i.delivered_at,
            closed_at: i.closed_at,
            deferred_until: i.deferred_until,
            changed_at: i.changed_at,
            merged_into: i.parent_id,
            rating: i.rating,
            note: i.note,
        }
    }
}

/// Whether residents' names and texts are shown as they are.
pub(super) fn sees_persons(desk: &Desk) -> bool {
    desk.actor.may(Permission::ReadPersonalData)
}

/// A text as the actor may see it.
pub(super) fn shown(text: &str, desk: &Desk) -> String {
    if sees_persons(desk) { text.to_owned() } else { mask_personal(text) }
}

/// A text that a message had before.
#[derive(Debug, Serialize, ToSchema)]
pub struct EarlierText {
    pub at: At,
    pub text: String,
}

/// A message of the thread.
#[derive(Debug, Serialize, ToSchema)]
pub struct MessageView {
    pub id: Id,
    pub external_id: String,
    pub form: Form,
    /// The post it stands under.
    pub post: String,
    /// The comment it replies to.
    pub parent: Option<String>,
    /// Absent without the right to see personal data.
    pub author_name: Option<String>,
    /// Absent without the right to see personal data.
    pub author_url: Option<String>,
    pub url: Option<String>,
    /// What it says now.
    pub text: String,
    /// What it said before, oldest first.
    pub earlier: Vec<EarlierText>,
    /// Files that came with it: kind, url, name.
    #[schema(value_type = Vec<Attachment>)]
    pub attachments: Doc,
    pub rating: Option<i32>,
    pub published_at: At,
    pub received_at: At,
    /// When its author took it away.
    pub deleted_at: Option<At>,
}

impl MessageView {
    /// As the actor may see it.
    pub fn of(message: Message, earlier: Vec<MessageVersion>, desk: &Desk) -> MessageView {
        let persons = sees_persons(desk);
        MessageView {
            id: message.id,
            external_id: message.external_id,
            form: message.form,
            post: message.post_key,
            parent: message.parent_key,
            author_name: message.author_name.filter(|_| persons),
            author_url: message.author_url.filter(|_| persons),
            url: message.url,
            text: shown(&message.text, desk),
            earlier: earlier.into_iter().map(|v| EarlierText { at: v.at, text: shown(&v.text, desk) }).collect(),
            attachments: message.attachments,
            rating: message.rating,
            published_at: message.published_at,
            received_at: message.received_at,
            deleted_at: message.deleted_at,
        }
    }
}

/// An event of the incident's history.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventView {
    /// 1, 2, … within the incident.
    pub n: i64,
    pub at: At,
    /// `staff:…`, `source:…`, `author`, `rule` or `system`.
    pub actor: String,
    /// What happened.
    #[schema(example = "assigned")]
    pub kind: String,
    /// The particulars of this kind of event.
    pub data: Doc,
    /// The event's hash, made of its facts and the hash before it.
    pub hash: String,
    /// Whether the hash fits: false shows that somebody changed the record.
    pub intact: bool,
}

impl EventView {
    pub fn of((event, intact): (EventRow, bool)) -> EventView {
        EventView {
            n: event.n,
            at: event.at,
            actor: event.actor,
            kind: event.kind,
            data: Doc(serde_json::from_str(&event.data).unwrap_or_default()),
            hash: event.hash,
            intact,
        }
    }
}

/// A stay with an organisation.
#[derive(Debug, Serialize, ToSchema)]
pub struct AssignmentView {
    pub n: i32,
    pub organisation: String,
    pub executor: Option<String>,
    /// Who decided: `staff:…` or `rule`.
    pub by: String,
    /// The rules that decided, hop by hop; empty if a person did.
    #[schema(value_type = Vec<Why>)]
    pub why: Doc,
    pub assigned_at: At,
    pub ended_at: Option<At>,
    /// A return's reason, `passed`, `reassigned` or `closed`.
    pub end_reason: Option<String>,
    pub end_note: Option<String>,
}

impl From<Assignment> for AssignmentView {
    fn from(stay: Assignment) -> AssignmentView {
        AssignmentView {
            n: stay.n,
            organisation: stay.organisation,
            executor: stay.executor,
            by: stay.by,
            why: stay.why,
            assigned_at: stay.assigned_at,
            ended_at: stay.ended_at,
            end_reason: stay.end_reason,
            end_note: stay.end_note,
        }
    }
}

/// An answer, from draft to delivery.
#[derive(Debug, Serialize, ToSchema)]
pub struct AnswerView {
    pub id: Id,
    pub incident: Id,
    pub n: i32,
    /// The round of the talk.
    pub round: i32,
    pub kind: AnswerKind,
    pub outcome: Option<Outcome>,
    pub state: AnswerState,
    pub text: String,
    pub organisation: String,
    pub drafted_by: String,
    pub drafted_at: At,
    pub submitted_at: Option<At>,
    pub decided_by: Option<String>,
    pub decided_at: Option<At>,
    pub rework_reason: Option<ReworkReason>,
    pub rework_text: Option<String>,
    pub delivered_at: Option<At>,
    /// Why delivery failed for good.
    pub failure: Option<String>,
    /// Where the delivered answer stands.
    pub permalink: Option<String>,
    /// Where it goes.
    pub via: Via,
    /// When it was handed to the network; from then on it may stand there, though `delivered_at` is only known once the network says so.
    pub sent_at: Option<At>,
}

impl From<Answer> for AnswerView {
    fn from(a: Answer) -> AnswerView {
        AnswerView {
            id: a.id,
            incident: a.incident_id,
            n: a.n,
            round: a.round,
            kind: a.kind,
            outcome: a.outcome,
            state: a.state,
            text: a.text,
            organisation: a.organisation,
            drafted_by: a.drafted_by,
            drafted_at: a.drafted_at,
            submitted_at: a.submitted_at,
            decided_by: a.decided_by,
            decided_at: a.decided_at,
            rework_reason: a.rework_reason,
            rework_text: a.rework_text,
            delivered_at: a.delivered_at,
            failure: a.failure,
            permalink: a.permalink,
            via: a.via,
            sent_at: a.sent_at,
        }
    }
}
