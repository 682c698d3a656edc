//! Why a rule says no: a closed list, each with a stable code, shown alike by the API and the pages.

use serde::Serialize;

use super::access::Permission;
use super::answer::Concern;
use super::incident::{Action, Step};

/// One fault in what was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Invalid {
    /// A JSON pointer (RFC 6901) into the body, or the name of a query parameter; empty for the whole.
    #[schema(example = "/reason")]
    pub pointer: String,
    /// What is wrong and what it should be.
    #[schema(example = "a deferral needs a reason of 3 to 1000 characters")]
    pub message: String,
}

/// Why a rule says no.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// What was sent cannot even be read.
    #[error("{0}")]
    Malformed(String),
    /// What was sent breaks rules that can be told without looking at any record.
    #[error("{}", .0.iter().map(|i| format!("{}: {}", i.pointer, i.message)).collect::<Vec<_>>().join("; "))]
    Invalid(Vec<Invalid>),
    /// The state machine has no such move from here.
    #[error("\"{action}\" is not possible in step \"{step}\"; possible now: {}", .legal.iter().map(|a| a.as_str()).collect::<Vec<_>>().join(", "))]
    IllegalMove {
        /// What was asked.
        action: Action,
        /// Where the incident stands.
        step: Step,
        /// What is possible instead.
        legal: Vec<Action>,
    },
    /// The role lacks the right.
    #[error("your role does not have the right \"{0}\"")]
    Forbidden(Permission),
    /// An answer cannot be approved by the person who wrote it.
    #[error("an answer is approved by somebody other than its author")]
    OwnAnswer,
    /// The answer holds what must not be published, and the approver did not say that it may.
    #[error("the answer is not approved with {}; name what it may be approved despite, or send it back", .0.iter().map(|concern| concern.code.as_str()).collect::<std::collections::BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(" and "))]
    Concerns(Vec<Concern>),
    /// An incident cannot be merged into itself, into a merged one, or while others are merged into it.
    #[error("{0}")]
    CannotMerge(&'static str),
    /// Too many attempts to sign in.
    #[error("too many attempts to sign in; try again in {0} seconds")]
    SlowDown(u32),
    /// The name or the password is wrong, or the account is off.
    #[error("the login or the password is wrong")]
    WrongCredentials,
    /// The token is unknown, used, expired or revoked.
    #[error("the token is not valid")]
    BadToken,
}

impl Refusal {
    /// A refusal of one field.
    pub fn invalid(pointer: impl Into<String>, message: impl Into<String>) -> Refusal {
        Refusal::Invalid(vec![Invalid { pointer: pointer.into(), message: message.into() }])
    }

    /// The stable code of this refusal: part of the API's contract.
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::Malformed(_) => "malformed",
            Refusal::Invalid(_) => "invalid",
            Refusal::IllegalMove { .. } => "illegal_move",
            Refusal::Forbidden(_) => "forbidden",
            Refusal::OwnAnswer => "own_answer",
            Refusal::Concerns(_) => "concerns",
            Refusal::CannotMerge(_) => "cannot_merge",
            Refusal::SlowDown(_) => "slow_down",
            Refusal::WrongCredentials => "wrong_credentials",
            Refusal::BadToken => "bad_token",
        }
    }
}

/// Collects the faults of one request, so that all are told at once.
#[derive(Debug, Default)]
pub struct Faults(Vec<Invalid>);

impl Faults {
    /// Notes a fault unless `good`.
    pub fn need(&mut self, good: bool, pointer: &str, message: impl Into<String>) {
        if !good {
            self.0.push(Invalid { pointer: pointer.to_owned(), message: message.into() });
        }
    }

    /// Notes a text whose length in characters is out of range.
    pub fn length(&mut self, text: &str, range: std::ops::RangeInclusive<usize>, pointer: &str) {
        let length = text.trim().chars().count();
        self.need(
            range.contains(&length),
            pointer,
            format!("must have {} to {} characters", range.start(), range.end()),
        );
    }

    /// The faults that were noted.
    pub fn into_vec(self) -> Vec<Invalid> {
        self.0
    }

    /// # Errors
    /// [`Refusal::Invalid`] if any fault was noted.
    pub fn settle(self) -> Result<(), Refusal> {
        if self.0.is_empty() { Ok(()) } else { Err(Refusal::Invalid(self.0)) }
    }
}
