//! How incidents and what belongs to them are shown.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::concerns::ConcernView;
use crate::desk::{Desk, incidents};
use crate::domain::answer::Concern;
use crate::domain::message::Attachment;
use crate::domain::route::Why;
use crate::domain::text::{PersonalKind, mask_personal, personal_in};
use crate::domain::{
    Action, AnswerKind, AnswerState, At, CloseReason, Doc, Form, Id, Kind, Language, Outcome, Permission, PlaceOrigin,
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
    /// The complaint's text. Personal data in it is masked; who has the right opens it by `POST /incidents/{id}/disclosures`.
    pub text: String,
    /// Which kinds of personal data the residents' messages hold.
    pub personal: Vec<PersonalKind>,
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
            personal: i.kinds().iter().collect(),
            text: mask_personal(&i.text),
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
            settlement: i.settlement.map(|text| shown(&text, desk)),
            street: i.street.map(|text| shown(&text, desk)),
            house: i.house.map(|text| shown(&text, desk)),
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
            note: i.note.map(|text| shown(&text, desk)),
        }
    }

    /// As it is shown to who opens it on record.
    pub fn opened(incident: &Incident, desk: &Desk) -> IncidentView {
        IncidentView { text: incident.text.clone(), ..IncidentView::of(incident, desk) }
    }
}

/// Whether residents' names, and what staff wrote of them, are shown as they are. What residents wrote themselves is masked for
/// everybody, until somebody who has this right opens it on record.
pub(in crate::http) fn sees_persons(desk: &Desk) -> bool {
    desk.actor.may(Permission::ReadPersonalData)
}

/// What staff or a page wrote, as the actor may see it.
pub(in crate::http) fn shown(text: &str, desk: &Desk) -> String {
    if sees_persons(desk) { text.to_owned() } else { mask_personal(text) }
}

/// An address in a network, unless it is a person's and the actor may not see it.
pub(in crate::http) fn address(url: Option<String>, desk: &Desk) -> Option<String> {
    url.filter(|url| sees_persons(desk) || personal_in(url).is_empty())
}

/// The particulars of something, with what people wrote in them masked if the actor may not see it.
fn particulars(data: Value, desk: &Desk) -> Value {
    match data {
        Value::String(text) if !sees_persons(desk) && !is_reference(&text) => Value::String(mask_personal(&text)),
        Value::Array(all) => all.into_iter().map(|one| particulars(one, desk)).collect(),
        Value::Object(all) => all.into_iter().map(|(name, one)| (name, particulars(one, desk))).collect(),
        other => other,
    }
}

/// Whether a text is an identity or an instant, which digits in a row do not make a number of a person.
fn is_reference(text: &str) -> bool {
    let bare = text.split_once(':').map_or(text, |(_, bare)| bare);
    bare.parse::<Id>().is_ok() || text.parse::<At>().is_ok()
}

/// Something that came with a message.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttachmentView {
    /// `photo`, `video`, `audio`, `document`, `link` or what the network says.
    #[schema(example = "photo")]
    pub kind: String,
    /// Where it is in the network; absent without the right to see personal data, for it may show anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl AttachmentView {
    fn all(attachments: &Doc, desk: &Desk) -> Vec<AttachmentView> {
        let told: Vec<Attachment> = attachments.to().unwrap_or_default();
        let view = |one: Attachment| AttachmentView {
            kind: one.kind,
            url: Some(one.url).filter(|_| sees_persons(desk)),
            name: one.name.map(|name| shown(&name, desk)),
        };
        told.into_iter().map(view).collect()
    }
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
    /// What it says now. Personal data in it is masked; who has the right opens it by `POST /incidents/{id}/disclosures`.
    pub text: String,
    /// Which kinds of personal data it holds, or held.
    pub personal: Vec<PersonalKind>,
    /// What it said before, oldest first; masked as the text is.
    pub earlier: Vec<EarlierText>,
    /// Files that came with it.
    pub attachments: Vec<AttachmentView>,
    pub rating: Option<i32>,
    pub published_at: At,
    pub received_at: At,
    /// When its author took it away.
    pub deleted_at: Option<At>,
}

impl MessageView {
    /// As the actor may see it.
    pub fn of(message: Message, earlier: Vec<MessageVersion>, desk: &Desk) -> MessageView {
        MessageView::with(message, earlier, desk, mask_personal)
    }

    /// As it is shown to who opens it on record.
    pub fn opened(message: Message, earlier: Vec<MessageVersion>, desk: &Desk) -> MessageView {
        MessageView::with(message, earlier, desk, str::to_owned)
    }

    fn with(message: Message, earlier: Vec<MessageVersion>, desk: &Desk, said: impl Fn(&str) -> String) -> MessageView {
        let persons = sees_persons(desk);
        MessageView {
            personal: message.kinds().iter().collect(),
            id: message.id,
            external_id: message.external_id,
            form: message.form,
            post: message.post_key,
            parent: message.parent_key,
            author_name: message.author_name.filter(|_| persons),
            author_url: message.author_url.filter(|_| persons),
            url: address(message.url, desk),
            text: said(&message.text),
            earlier: earlier.into_iter().map(|v| EarlierText { at: v.at, text: said(&v.text) }).collect(),
            attachments: AttachmentView::all(&message.attachments, desk),
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
    /// As the actor may see it.
    pub fn of((event, intact): (EventRow, bool), desk: &Desk) -> EventView {
        EventView {
            n: event.n,
            at: event.at,
            actor: event.actor,
            kind: event.kind,
            data: Doc(particulars(serde_json::from_str(&event.data).unwrap_or_default(), desk)),
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

impl AssignmentView {
    /// As the actor may see it.
    pub fn of(stay: Assignment, desk: &Desk) -> AssignmentView {
        AssignmentView {
            n: stay.n,
            organisation: stay.organisation,
            executor: stay.executor,
            by: stay.by,
            why: stay.why,
            assigned_at: stay.assigned_at,
            ended_at: stay.ended_at,
            end_reason: stay.end_reason,
            end_note: stay.end_note.map(|text| shown(&text, desk)),
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
    /// What speaks against it, what forbids it first. Only of an answer that is not decided about yet, and not in lists over many incidents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concerns: Option<Vec<ConcernView>>,
}

impl AnswerView {
    /// As the actor may see it.
    pub fn of(a: Answer, desk: &Desk) -> AnswerView {
        AnswerView {
            id: a.id,
            incident: a.incident_id,
            n: a.n,
            round: a.round,
            kind: a.kind,
            outcome: a.outcome,
            state: a.state,
            text: shown(&a.text, desk),
            organisation: a.organisation,
            drafted_by: a.drafted_by,
            drafted_at: a.drafted_at,
            submitted_at: a.submitted_at,
            decided_by: a.decided_by,
            decided_at: a.decided_at,
            rework_reason: a.rework_reason,
            rework_text: a.rework_text.map(|text| shown(&text, desk)),
            delivered_at: a.delivered_at,
            failure: a.failure.map(|text| shown(&text, desk)),
            permalink: address(a.permalink, desk),
            via: a.via,
            sent_at: a.sent_at,
            concerns: None,
        }
    }

    /// As the actor may see it, with what speaks against it.
    pub fn with(answer: Answer, concerns: Option<Vec<Concern>>, desk: &Desk, language: Language) -> AnswerView {
        let view = |concern| ConcernView::of(concern, desk, language);
        AnswerView {
            concerns: concerns.map(|concerns| concerns.into_iter().map(view).collect()),
            ..AnswerView::of(answer, desk)
        }
    }
}
