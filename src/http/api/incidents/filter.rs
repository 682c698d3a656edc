//! What a list of incidents is asked for.

use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::App;
use crate::domain::map::Bounds;
use crate::domain::sla::{ClockKind, ClockState};
use crate::domain::statistics::Blank;
use crate::domain::words::vocabulary;
use crate::domain::{At, CloseReason, Id, Kind, Outcome, Refusal, Step, TopicOrigin, text};
use crate::http::query;
use crate::store::incidents::{ClockFilter, Filter, Period};

vocabulary! {
    /// The order of a list.
    Sort {
        /// Newest first.
        Newest = "newest",
        /// Oldest first.
        Oldest = "oldest",
        /// The nearest deadline first.
        Due = "due",
    }
}

/// Every condition must hold; a condition that is not given always holds.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct FilterParameters {
    /// Any of these steps, divided by commas.
    #[serde(deserialize_with = "query::list")]
    #[param(style = Form, explode = false, max_items = 10)]
    pub step: Vec<Step>,
    /// Not closed, or closed.
    pub open: Option<bool>,
    /// `true`: open, and past the nearest deadline.
    pub overdue: Option<bool>,
    /// This organisation and everything below it.
    #[param(max_length = 64)]
    pub organisation: Option<String>,
    /// Just this organisation: not those below it.
    #[param(max_length = 64)]
    pub responsible: Option<String>,
    /// This department.
    #[param(max_length = 64)]
    pub executor: Option<String>,
    /// The topic's id.
    #[param(max_length = 64)]
    pub topic: Option<String>,
    /// The topic group's id.
    #[param(max_length = 64)]
    pub group: Option<String>,
    pub topic_origin: Option<TopicOrigin>,
    #[param(max_length = 40)]
    pub network: Option<String>,
    #[param(max_length = 200)]
    pub account: Option<String>,
    pub source: Option<Id>,
    /// The municipality's id.
    #[param(max_length = 64)]
    pub municipality: Option<String>,
    #[param(max_length = 200)]
    pub settlement: Option<String>,
    #[param(max_length = 200)]
    pub street: Option<String>,
    #[param(max_length = 200)]
    pub house: Option<String>,
    pub kind: Option<Kind>,
    pub outcome: Option<Outcome>,
    pub close_reason: Option<CloseReason>,
    /// At least this severity.
    #[param(minimum = 1, maximum = 5)]
    pub severity_from: Option<i32>,
    /// At most this severity.
    #[param(minimum = 1, maximum = 5)]
    pub severity_to: Option<i32>,
    /// With pictures or other files, or without.
    pub media: Option<bool>,
    /// All incidents of the author of this one.
    pub same_author_as: Option<Id>,
    /// Merged into this incident.
    pub merged_into: Option<Id>,
    /// A merged duplicate, or not.
    pub merged: Option<bool>,
    /// With the author's mark, or without.
    pub rated: Option<bool>,
    /// Given back at least once, or never.
    pub returned: Option<bool>,
    /// Given back as wrongly routed by this department, or by this organisation when no department had it.
    #[param(max_length = 64)]
    pub returned_by: Option<String>,
    /// With a first answer delivered, or without.
    pub answered: Option<bool>,
    /// With an answer that an approver sent back, or without.
    pub reworked: Option<bool>,
    /// With an approved answer that could not be delivered, or without.
    pub undelivered: Option<bool>,
    /// With a point in this box, `west,south,east,north`, in degrees.
    #[param(value_type = Option<String>, example = "73.2,54.9,73.6,55.1")]
    pub within: Option<Bounds>,
    /// Without a value in each of these fields, divided by commas.
    #[serde(deserialize_with = "query::list")]
    #[param(inline, style = Form, explode = false, max_items = 6)]
    pub without: Vec<Blank>,
    /// Received at or after this instant.
    pub received_from: Option<At>,
    /// Received before this instant.
    pub received_to: Option<At>,
    pub published_from: Option<At>,
    pub published_to: Option<At>,
    /// First answered at or after this instant.
    pub answered_from: Option<At>,
    pub answered_to: Option<At>,
    pub closed_from: Option<At>,
    pub closed_to: Option<At>,
    /// The nearest deadline lies at or after this instant.
    pub due_from: Option<At>,
    pub due_to: Option<At>,
    pub deferred_from: Option<At>,
    pub deferred_to: Option<At>,
    /// Has a clock of this kind …
    pub clock: Option<ClockKind>,
    /// … in this state (with `clock` only; `breached` also finds those called off after that) …
    pub clock_state: Option<ClockState>,
    /// … whose fate was decided at or after this instant …
    pub decided_from: Option<At>,
    /// … and before this one.
    pub decided_to: Option<At>,
    /// Words that the texts must all have, in any form: «снег» finds «снега», ё is е.
    #[param(max_length = 500)]
    pub q: Option<String>,
    /// The order; newest first unless said otherwise.
    #[param(inline)]
    pub sort: Option<Sort>,
}

impl FilterParameters {
    /// The conditions as the store has them; the author of `same_author_as` is looked up by the caller.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] when parameters do not go together.
    pub fn filter(&self, app: &App) -> Result<Filter, Refusal> {
        let policy = app.policy();
        let organisations = match &self.organisation {
            None => None,
            Some(id) if policy.organisation(id).is_none() => {
                return Err(Refusal::invalid("organisation", "the policy has no such organisation"));
            }
            Some(id) => Some(policy.subtree(id).to_vec()),
        };
        let words = self.q.as_deref().map(text::query_terms).unwrap_or_default();
        if self.q.is_some() && words.is_empty() {
            return Err(Refusal::invalid("q", "must hold at least one word of two letters or a digit"));
        }
        Ok(Filter {
            steps: self.step.clone(),
            open: self.open,
            overdue_at: self.overdue.filter(|wanted| *wanted).map(|_| app.now()),
            organisations,
            responsible: self.responsible.clone(),
            executor: self.executor.clone(),
            topic: self.topic.clone(),
            topic_group: self.group.clone(),
            topic_origin: self.topic_origin,
            network: self.network.clone(),
            account: self.account.clone(),
            source: self.source,
            municipality: self.municipality.clone(),
            settlement: self.settlement.clone(),
            street: self.street.clone(),
            house: self.house.clone(),
            kind: self.kind,
            outcome: self.outcome,
            close_reason: self.close_reason,
            severity_from: self.severity_from,
            severity_to: self.severity_to,
            media: self.media,
            author: None,
            parent: self.merged_into,
            merged: self.merged,
            rated: self.rated,
            returned: self.returned,
            returned_by: self.returned_by.clone(),
            has_answer: self.answered,
            reworked: self.reworked,
            undelivered: self.undelivered,
            within: self.within,
            without: self.without.clone(),
            received: Period { from: self.received_from, to: self.received_to },
            published: Period { from: self.published_from, to: self.published_to },
            answered: Period { from: self.answered_from, to: self.answered_to },
            closed: Period { from: self.closed_from, to: self.closed_to },
            due: Period { from: self.due_from, to: self.due_to },
            deferred: Period { from: self.deferred_from, to: self.deferred_to },
            clock: self.clock()?,
            words,
            ..Filter::default()
        })
    }

    fn clock(&self) -> Result<Option<ClockFilter>, Refusal> {
        let decided = Period { from: self.decided_from, to: self.decided_to };
        match (self.clock, self.clock_state) {
            (Some(kind), Some(state)) => Ok(Some(ClockFilter { kind, state, decided })),
            (None, None) if decided == Period::default() => Ok(None),
            _ => Err(Refusal::invalid(
                "clock",
                "clock and clock_state go together; decided_from and decided_to need both",
            )),
        }
    }
}
