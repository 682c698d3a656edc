//! The terms: how long each clock may run in which case.

use actix_web::get;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::listed::at;
use super::responses::{Asks, Finds, Guarded};
use crate::app::App;
use crate::domain::policy::Term;
use crate::domain::sla::{Base, ClockKind};
use crate::http::auth::{May, right};
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::reply::Reply;

/// The routes of this file.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list);
}

/// The terms of one version of the policy.
#[derive(Debug, Serialize, ToSchema)]
struct TermsView {
    #[schema(example = 7)]
    policy_version: i64,
    /// How long the author is waited for where no term says otherwise, around the clock.
    #[schema(example = "97h")]
    author_wait: String,
    items: Vec<TermView>,
}

/// How long a clock may run in a case.
#[derive(Debug, Serialize, ToSchema)]
struct TermView {
    #[schema(example = "answer-urgent")]
    id: String,
    clock: ClockKind,
    /// A municipality's id, `kind:` and a kind, or `*`.
    #[schema(example = "kind:district")]
    municipality: String,
    /// A group's id or `*`.
    #[schema(example = "*")]
    group: String,
    /// A topic's id or `*`.
    #[schema(example = "*")]
    topic: String,
    /// A number, `>=` and a number, or `*`.
    #[schema(example = ">=4")]
    severity: String,
    /// The id of an organisation, for it and all below it, or `*`.
    #[schema(example = "*")]
    organisation: String,
    /// How long: `9h`, `90m`, `7d`.
    #[schema(example = "4h")]
    target: String,
    base: Base,
    /// The id of the calendar to count by; none: that of the organisation.
    calendar: Option<String>,
    note: String,
}

impl From<&Term> for TermView {
    fn from(term: &Term) -> TermView {
        TermView {
            id: term.id.clone(),
            clock: term.clock,
            municipality: term.municipality.to_string(),
            group: term.group.to_string(),
            topic: term.topic.to_string(),
            severity: term.severity.to_string(),
            organisation: term.organisation.to_string(),
            target: term.target.clone(),
            base: term.base,
            calendar: term.calendar.clone(),
            note: term.note.clone(),
        }
    }
}

/// Which terms.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Filter {
    clock: Option<ClockKind>,
    /// A version of the policy; without it, the one in force.
    #[param(minimum = 1, example = 7)]
    version: Option<i64>,
}

/// List terms.
///
/// All that fit, in the order of the policy's document. Of the terms that match an incident the first in this order applies: by topic
/// (this one, its group, any), then by severity (exactly this, this and worse with the highest threshold first, any), then by
/// organisation (this one, the nearest above, any), then by municipality (this one, its kind, any).
#[utoipa::path(
    tag = "policy",
    params(Filter),
    responses((status = 200, description = "The terms", body = TermsView), Guarded, Finds, Asks),
)]
#[get("/terms")]
async fn list(app: App, _who: May<right::ReadPolicy>, filter: Query<Filter>) -> Result<Reply, Problem> {
    let Filter { clock, version } = filter.into_inner();
    let policy = at(&app, version).await?;
    let doc = policy.doc();
    let fitting = doc.terms.iter().filter(|term| clock.is_none_or(|clock| term.clock == clock));
    let view = TermsView {
        policy_version: policy.version(),
        author_wait: doc.city.life.author_wait.clone(),
        items: fitting.map(TermView::from).collect(),
    };
    Ok(Reply::ok(&view).version(policy.version()))
}
