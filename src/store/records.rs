//! The rows of the tables as plain values: what `desk` reads, changes and writes back.

mod approvals;
mod desk;
mod learning;
mod likeness;
mod pages;
mod saved_filters;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::schema::*;
use crate::domain::disclosure::DisclosureKind;
use crate::domain::notice::{NoticeKind, NoticeState};
use crate::domain::sla::{ClockKind, ClockState};
use crate::domain::text::{Kinds, kinds_in};
use crate::domain::{
    AnswerKind, AnswerState, At, CloseReason, Doc, Form, Id, Kind, Outcome, PlaceOrigin, ReworkReason, Role, Standing,
    Step, TopicOrigin, Via,
};

pub use approvals::{AnswerSentence, ApprovedAnswer};
pub use desk::{BatchRow, DecisionRow, Hold};
pub use learning::{LessonRow, ModelRow, NewLesson};
pub use likeness::{BurstRow, Judgement, LikenessKey, LikenessRow, QueuedLook};
pub use pages::{Collection, Consent, FileRow, HeardEvent, PageRow, PostingRow, RemarkRow};
pub use saved_filters::SavedFilter;

/// An incident: what is known of one complaint now. How it came to be so is in its events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Queryable, Selectable)]
#[diesel(table_name = incidents)]
pub struct Incident {
    pub id: Id,
    /// The number people call it by; given by the database, rising, with gaps.
    pub number: i64,
    /// How many events it has: the version that `If-Match` compares.
    pub version: i64,
    /// The hash of its last event.
    pub spine: String,
    pub step: Step,
    pub kind: Kind,
    pub outcome: Option<Outcome>,
    pub close_reason: Option<CloseReason>,
    pub network: String,
    pub source_id: Id,
    /// The page, group or channel it stands in.
    pub account: String,
    pub thread_key: String,
    pub author_key: String,
    /// The message whose text the incident goes by: the earliest published of its thread.
    pub lead_message: Id,
    pub text: String,
    pub media: bool,
    pub topic: Option<String>,
    pub topic_group: Option<String>,
    pub topic_origin: TopicOrigin,
    /// 1 (small) to 5 (danger), from the topic unless corrected.
    pub severity: i32,
    pub municipality: String,
    pub settlement: Option<String>,
    pub street: Option<String>,
    pub house: Option<String>,
    pub lat: Option<f64>,
    pub lon: Option<f64>,
    /// The organisation that must answer: the first hop.
    pub organisation: Option<String>,
    /// Its department: the second hop.
    pub executor: Option<String>,
    /// Why it is where it is: an array of [`Why`](crate::domain::route::Why).
    pub routed: Doc,
    /// The policy under which its route and terms were decided.
    pub policy_version: i64,
    pub returns: i32,
    /// How many final answers were delivered.
    pub rounds: i32,
    pub published_at: At,
    pub received_at: At,
    pub assigned_at: Option<At>,
    /// When the first answer was delivered.
    pub first_answer_at: Option<At>,
    /// Working seconds from receipt to the first answer, by the calendar of the time.
    pub first_answer_work: Option<i64>,
    /// When the last answer was delivered.
    pub delivered_at: Option<At>,
    pub closed_at: Option<At>,
    pub deferred_until: Option<At>,
    /// The earliest due time of its clocks that are not settled; [`At::NEVER`] if there is none.
    pub due_at: At,
    pub changed_at: At,
    /// The incident this one is merged into.
    pub parent_id: Option<Id>,
    /// The step it was merged in.
    pub step_before: Option<Step>,
    /// The author's mark, 1 to 5.
    pub rating: Option<i32>,
    pub note: Option<String>,
    /// Columns of an imported table that Otklik has no field for.
    pub extra: Option<Doc>,
    /// Which [`Kinds`](crate::domain::text::Kinds) of personal data its messages hold; none: they were not looked through.
    pub personal: Option<String>,
    /// The okrug of the city, by id, where it is known.
    pub okrug: Option<String>,
    /// Who named the place.
    pub place_origin: PlaceOrigin,
}

impl Incident {
    /// What the state machine needs to know.
    pub fn standing(&self) -> Standing {
        Standing {
            step: self.step,
            close_reason: self.close_reason,
            step_before: self.step_before,
            assigned: self.organisation.is_some(),
            returns: self.returns,
            rounds: self.rounds,
        }
    }

    /// The kinds of personal data in its messages; of one that came in before they were looked for, those in its own text.
    pub fn kinds(&self) -> Kinds {
        self.personal.as_deref().map_or_else(|| kinds_in(&self.text), Kinds::of_words)
    }

    /// Whether it is not closed.
    pub fn is_open(&self) -> bool {
        self.step != Step::Closed
    }
}

/// An incident about to be opened: everything but the number, which the database gives.
#[derive(Debug, Clone)]
pub struct NewIncident {
    pub id: Id,
    pub version: i64,
    pub spine: String,
    pub step: Step,
    pub kind: Kind,
    pub outcome: Option<Outcome>,
    pub close_reason: Option<CloseReason>,
    pub network: String,
    pub source_id: Id,
    pub account: String,
    pub thread_key: String,
    pub author_key: String,
    pub lead_message: Id,
    pub text: String,
    pub media: bool,
    pub topic: Option<String>,
    pub topic_group: Option<String>,
    pub topic_origin: TopicOrigin,
    pub severity: i32,
    pub municipality: String,
    pub settlement: Option<String>,
    pub street: Option<String>,
    pub house: Option<String>,
    pub lat: Option<f64>,
    pub lon: Option<f64>,
    pub organisation: Option<String>,
    pub executor: Option<String>,
    pub routed: Doc,
    pub policy_version: i64,
    pub returns: i32,
    pub rounds: i32,
    pub published_at: At,
    pub received_at: At,
    pub assigned_at: Option<At>,
    pub first_answer_at: Option<At>,
    pub first_answer_work: Option<i64>,
    pub delivered_at: Option<At>,
    pub closed_at: Option<At>,
    pub deferred_until: Option<At>,
    pub due_at: At,
    pub changed_at: At,
    pub rating: Option<i32>,
    pub note: Option<String>,
    pub extra: Option<Doc>,
    pub personal: Option<String>,
    /// The okrug of the city, by id, where it is known.
    pub okrug: Option<String>,
    /// Who named the place.
    pub place_origin: PlaceOrigin,
}

/// All that an incident has from the start.
#[derive(Debug, Clone)]
pub struct Opened {
    pub incident: NewIncident,
    /// Its lead message.
    pub message: Message,
    pub events: Vec<EventRow>,
    pub clocks: Vec<ClockRow>,
    pub assignments: Vec<Assignment>,
    pub answers: Vec<Answer>,
    /// The [index terms](crate::domain::text::index_terms) of its text.
    pub terms: String,
}

/// One message of a resident.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset)]
#[diesel(table_name = messages, treat_none_as_null = true)]
pub struct Message {
    pub id: Id,
    pub source_id: Id,
    pub external_id: String,
    /// None only for a message known by its deletion alone.
    pub incident_id: Option<Id>,
    pub form: Form,
    pub network: String,
    pub account: String,
    pub post_key: String,
    pub parent_key: Option<String>,
    pub author_key: String,
    pub author_name: Option<String>,
    pub author_url: Option<String>,
    pub url: Option<String>,
    /// What it says now; earlier texts are in [`MessageVersion`].
    pub text: String,
    /// When it began to say so.
    pub text_at: At,
    /// An array of [`Attachment`](crate::domain::message::Attachment).
    pub attachments: Doc,
    pub place: Option<Doc>,
    pub rating: Option<i32>,
    pub published_at: At,
    pub received_at: At,
    pub deleted_at: Option<At>,
    /// Which [`Kinds`](crate::domain::text::Kinds) of personal data it holds; none: it was not looked through.
    pub personal: Option<String>,
}

impl Message {
    /// The kinds of personal data in it: as found at intake, or now if it came in before they were looked for.
    pub fn kinds(&self) -> Kinds {
        self.personal.as_deref().map_or_else(|| kinds_in(&self.text), Kinds::of_words)
    }
}

/// What a message said before, or would have said had its edits come in order.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = message_versions)]
pub struct MessageVersion {
    pub message_id: Id,
    pub at: At,
    pub text: String,
}

/// One stay of an incident with an organisation or department.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable)]
#[diesel(table_name = assignments)]
pub struct Assignment {
    pub incident_id: Id,
    /// 1, 2, … within the incident.
    pub n: i32,
    pub organisation: String,
    pub executor: Option<String>,
    /// Who decided: an actor's tag, or `rule`.
    pub by: String,
    /// An array of [`Why`](crate::domain::route::Why) where rules decided, else `[]`.
    pub why: Doc,
    pub assigned_at: At,
    pub ended_at: Option<At>,
    /// Why it ended: a return's reason, `passed`, `reassigned`, `closed`.
    pub end_reason: Option<String>,
    pub end_note: Option<String>,
}

/// One answer, from draft to delivery.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset)]
#[diesel(table_name = answers, treat_none_as_null = true)]
pub struct Answer {
    pub id: Id,
    pub incident_id: Id,
    /// 1, 2, … within the incident.
    pub n: i32,
    /// The round of the talk: 1 + the final answers delivered before.
    pub round: i32,
    pub kind: AnswerKind,
    /// What a final answer makes of the matter.
    pub outcome: Option<Outcome>,
    pub state: AnswerState,
    pub text: String,
    /// In whose name it is given.
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
    pub via: Via,
    /// When it was first handed to the network.
    pub sent_at: Option<At>,
}

/// One clock of an incident.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Queryable, Selectable)]
#[diesel(table_name = clocks)]
pub struct ClockRow {
    pub incident_id: Id,
    pub kind: ClockKind,
    pub cycle: i32,
    /// The term that set it.
    pub term: String,
    pub target: String,
    pub base: String,
    pub calendar: String,
    pub policy_version: i64,
    /// Who was responsible when it was decided; while it runs, when it started.
    pub organisation: Option<String>,
    pub state: ClockState,
    pub started_at: At,
    pub due_at: At,
    pub settled_at: Option<At>,
    pub breached_at: Option<At>,
    /// When it was decided whether it is met: the event if in time, else the due time.
    pub decided_at: Option<At>,
    /// What happened to it after it began: a list of [marks](crate::domain::sla::Mark).
    pub history: Option<Doc>,
    /// How closely the term fitted, as [`TermMatched`](crate::domain::policy::TermMatched) is written.
    pub matched: String,
    /// The next moment at which something is to be done about it while it runs: a reminder, or the due time.
    pub wake_at: At,
    /// How many reminders are behind it.
    pub warned: i32,
}

/// An order to compute the deadlines of open incidents anew, and how far it is.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = recomputations, treat_none_as_null = true)]
pub struct Recomputation {
    pub id: Id,
    /// The version whose terms and calendars are applied.
    pub policy_version: i64,
    pub ordered_by: String,
    pub ordered_at: At,
    /// The number of the last incident that was looked at.
    pub reached: i64,
    /// How many open incidents were looked at.
    pub looked_at: i64,
    /// How many of them have other deadlines now.
    pub moved: i64,
    pub finished_at: Option<At>,
}

/// One event.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable)]
#[diesel(table_name = events)]
pub struct EventRow {
    pub incident_id: Id,
    /// 1, 2, … within the incident.
    pub n: i64,
    pub at: At,
    pub actor: String,
    pub kind: String,
    /// JSON text, byte for byte what the hash was made of.
    pub data: String,
    pub prev: String,
    pub hash: String,
}

/// A side effect to be done.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Insertable)]
#[diesel(table_name = jobs)]
pub struct JobRow {
    pub id: Id,
    /// The idempotency key: the same side effect is ordered once.
    pub key: String,
    pub kind: String,
    pub payload: Doc,
    /// `ready`, `leased`, `done`, `dead`.
    pub state: String,
    pub run_at: At,
    pub attempts: i32,
    pub leased_until: Option<At>,
    /// Who has it: a worker's run.
    pub lease: Option<Id>,
    pub last_error: Option<String>,
    pub created_at: At,
    pub finished_at: Option<At>,
}

/// A member of staff.
#[derive(Clone, PartialEq, Queryable, Selectable, Identifiable, Insertable, AsChangeset)]
#[diesel(table_name = staff, treat_none_as_null = true)]
pub struct Staff {
    pub id: Id,
    pub login: String,
    pub name: String,
    pub role: Role,
    pub organisation: String,
    /// Argon2id, in PHC form. Never leaves `desk::staff`.
    pub password_hash: String,
    pub active: bool,
    /// `ru` or `en`.
    pub language: String,
    /// Raised to make every token given out so far void.
    pub epoch: i32,
    pub created_at: At,
    /// Where letters go; none: no letters.
    pub email: Option<String>,
    /// A [`NoticeKinds`](crate::domain::notice::NoticeKinds) as text: what the member wants no letters of.
    pub notices_off: String,
}

/// Something that a member of staff should hear of.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable)]
#[diesel(table_name = notices)]
pub struct Notice {
    pub id: Id,
    pub staff_id: Id,
    pub kind: NoticeKind,
    pub incident_id: Id,
    /// The incident's number.
    pub number: i64,
    pub clock: ClockKind,
    pub cycle: i32,
    /// Which of the clock's steps it is: a first warning, a second.
    pub step: i32,
    /// The due time that it warned of.
    pub due_at: At,
    pub state: NoticeState,
    pub created_at: At,
    /// Not to be sent before: the end of the quiet hours it was made in.
    pub send_after: At,
    /// The job that carries it; none as long as no letter was ordered.
    pub letter: Option<Id>,
    /// When it stopped waiting.
    pub settled_at: Option<At>,
    /// Why it could not be sent.
    pub failure: Option<String>,
}

/// One refresh token; the token itself is not kept, only its hash.
#[derive(Clone, PartialEq, Queryable, Selectable, Identifiable, Insertable, AsChangeset)]
#[diesel(table_name = sessions)]
pub struct Session {
    pub id: Id,
    /// All tokens that descend from one sign-in.
    pub family: Id,
    pub staff_id: Id,
    pub token_hash: String,
    pub issued_at: At,
    pub expires_at: At,
    pub used_at: Option<At>,
    pub revoked_at: Option<At>,
}

/// Where messages come from.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Insertable, AsChangeset)]
#[diesel(table_name = sources, treat_none_as_null = true)]
pub struct Source {
    pub id: Id,
    /// Its name in the webhook's address.
    pub name: String,
    pub title: String,
    /// The network of messages that name none.
    pub network: String,
    pub active: bool,
    /// Where answers are pushed, signed; none: they are fetched and reported over the API.
    pub reply_url: Option<String>,
    pub created_by: String,
    pub created_at: At,
}

/// One secret of a source, sealed.
#[derive(Clone, PartialEq, Queryable, Selectable, Identifiable, Insertable)]
#[diesel(table_name = source_secrets)]
pub struct SourceSecret {
    pub id: Id,
    pub source_id: Id,
    pub sealed: String,
    pub created_at: At,
    /// When it ends; none: it is the current one.
    pub expires_at: Option<At>,
}

/// One immutable version of the city's policy.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = policies)]
pub struct PolicyRow {
    pub version: i64,
    pub city: String,
    pub digest: String,
    pub doc: Doc,
    pub note: String,
    pub loaded_by: String,
    pub loaded_at: At,
}

/// What a request with an `Idempotency-Key` was answered.
#[derive(Debug, Clone, PartialEq, Serialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = idempotency)]
pub struct Remembered {
    pub actor: String,
    pub key: String,
    pub route: String,
    pub body_hash: String,
    pub status: i32,
    pub response: String,
    pub created_at: At,
}

/// One opening of what is masked, for the record.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = disclosures)]
pub struct Disclosure {
    pub id: Id,
    pub at: At,
    pub staff_id: Id,
    pub kind: DisclosureKind,
    /// None for a table of many.
    pub incident_id: Option<Id>,
    pub reason: Option<String>,
}
