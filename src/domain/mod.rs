//! The rules: pure, without clock, input/output or database. `now` and the policy are arguments.

pub mod access;
pub mod advice;
pub mod answer;
pub mod calendar;
pub mod classify;
pub mod decision;
pub mod disclosure;
pub mod event;
pub mod file;
pub mod incident;
pub mod learn;
pub mod likeness;
pub mod map;
pub mod message;
pub mod notice;
pub mod page;
pub mod place;
pub mod policy;
pub mod proposal;
pub mod publication;
pub mod refusal;
pub mod route;
pub mod sla;
pub mod statistics;
pub mod text;
pub mod thread;
mod values;
pub mod wording;
pub mod words;

pub use access::{Actor, Permission, Role, Scope};
pub use event::EventKind;
pub use incident::{
    Action, AnswerKind, AnswerState, CloseReason, Kind, Limits, Outcome, PostingState, ReturnReason, ReworkReason,
    Standing, Step, TopicOrigin, Via,
};
pub use message::{Form, Incoming};
pub use page::{Keys, Listening, PageState};
pub use policy::Policy;
pub use proposal::{BurstState, LikenessState, PlaceOrigin};
pub use refusal::{Invalid, Refusal};
pub use values::{At, Doc, Id};
pub use words::Language;
