//! The rules that decide where complaints go: shown, tried on real incidents, and changed as a whole.

use actix_web::http::StatusCode;
use actix_web::{get, post, put};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::listed::{AsOf, at};
use super::policies::{aside, take_up};
use super::responses::{Asks, Changes, Finds, Guarded, Takes};
use crate::app::App;
use crate::desk::routes::{self as rules, RuleSet, Trial};
use crate::desk::{Error, policies};
use crate::domain::Policy;
use crate::domain::policy::{ExecutorRule, Route};
use crate::http::auth::{May, right};
use crate::http::etag::IfMatch;
use crate::http::json::Json;
use crate::http::problem::{Problem, ProblemDocument};
use crate::http::query::Query;
use crate::http::reply::Reply;

/// The routes of this file.
pub fn routes(config: &mut ServiceConfig) {
    config.service(find).service(change).service(dry_run);
}

/// The rules of one version of the policy.
#[derive(Debug, Serialize, ToSchema)]
struct RulesView {
    #[schema(example = 7)]
    policy_version: i64,
    /// First hop: (municipality, topic) to an organisation.
    routes: Vec<Route>,
    /// Second hop: an organisation's own table, to the part of it that does the work.
    executors: Vec<ExecutorRule>,
}

fn shown(policy: &Policy) -> Reply {
    let doc = policy.doc();
    let view =
        RulesView { policy_version: policy.version(), routes: doc.routes.clone(), executors: doc.executors.clone() };
    Reply::ok(&view).version(policy.version())
}

/// Get the rules of both hops.
///
/// Of the rules that match a complaint, one for its exact topic comes before one for the topic's group, and that before one for any
/// topic; among these, one for its exact municipality before one for the municipality's kind, and that before one for any.
#[utoipa::path(
    tag = "policy",
    params(AsOf),
    responses(
        (status = 200, description = "The rules; their `ETag` is the version of the policy", body = RulesView),
        Guarded, Finds, Asks,
    ),
)]
#[get("/routes")]
async fn find(app: App, _who: May<right::ReadPolicy>, as_of: Query<AsOf>) -> Result<Reply, Problem> {
    Ok(shown(&*at(&app, as_of.into_inner().version).await?))
}

/// Other rules in place of those that stand: both tables, whole.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewRules {
    routes: Vec<Route>,
    executors: Vec<ExecutorRule>,
    /// Why they change.
    #[serde(default)]
    #[schema(max_length = 1000)]
    note: String,
}

/// The version that the rules were made from.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code, reason = "read by `IfMatch`; this describes it where it is required")]
struct DerivedFrom {
    /// The `ETag` of the rules that these were made from. If there is a newer version, nothing is done (412).
    #[param(rename = "If-Match", pattern = "^(W/)?\"[0-9]{1,18}\"$", example = "\"7\"")]
    if_match: String,
}

/// Change the rules.
///
/// They are checked as a whole, every fault is named, and they become the next version of the policy, all else in it unchanged. Rules
/// that say what the newest version says change nothing. What was decided stays where it is. Only an administrator of the city's root
/// may do this; try the rules first with `POST /api/v1/routes/dry-run`.
#[utoipa::path(
    tag = "policy",
    params(DerivedFrom),
    request_body = NewRules,
    responses(
        (status = 200, description = "The rules in force now; the `ETag` is their version", body = RulesView),
        (status = 428, description = "If-Match is missing, or is no version", body = ProblemDocument, content_type = "application/problem+json"),
        Guarded, Takes, Changes,
    ),
)]
#[put("/routes")]
async fn change(app: App, who: May<right::WritePolicy>, seen: IfMatch, body: Json<NewRules>) -> Result<Reply, Problem> {
    let desk = who.desk(&app);
    policies::may_publish(&desk)?;
    let seen = seen.version().ok_or_else(no_version)?;
    let base = app.store().read(move |conn| rules::base(conn, seen)).await?;
    let base = app.policy_at(base).await?;
    let NewRules { routes, executors, note } = body.into_inner();
    let rules = RuleSet { routes: Some(routes), executors: Some(executors) };
    let sound = aside(move || rules::check(base.doc(), rules)).await?;
    let publish = move |conn: &mut _| policies::publish(conn, &desk, &sound, &note, Some(seen));
    let loaded = app.store().write::<_, Error, _>(publish).await?;
    take_up(&app).await;
    Ok(shown(&*app.policy_at(loaded.version()).await?))
}

fn no_version() -> Problem {
    let detail = "send If-Match with the ETag of the rules that these were made from, such as \"7\"";
    Problem::new(StatusCode::PRECONDITION_REQUIRED, "version_required", "Say which version it is for", detail)
}

/// Rules to try, and on how many incidents.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TrialBody {
    /// The first hop; without it, the routes that stand.
    routes: Option<Vec<Route>>,
    /// The second hop; without it, the executors that stand.
    executors: Option<Vec<ExecutorRule>>,
    /// How many of the newest incidents to look at.
    #[serde(default = "usual")]
    #[schema(minimum = 1, maximum = 10_000, default = 1000)]
    last: i64,
}

fn usual() -> i64 {
    1000
}

/// Try other rules on the newest incidents.
///
/// The rules are checked as a change of them would be. Then both sets are asked, from the facts that the incidents have now, where each
/// of the last `last` incidents that the caller may see would go; those whose destination differs are listed, wherever people may have
/// sent them meanwhile. Nothing is stored.
#[utoipa::path(
    tag = "policy",
    request_body = TrialBody,
    responses((status = 200, description = "What would go elsewhere", body = Trial), Guarded, Takes),
)]
#[post("/routes/dry-run")]
async fn dry_run(app: App, who: May<right::WritePolicy>, body: Json<TrialBody>) -> Result<Reply, Problem> {
    let (desk, TrialBody { routes, executors, last }) = (who.desk(&app), body.into_inner());
    if !(1..=rules::TRIED_MOST).contains(&last) {
        return Err(Problem::invalid("/last", format!("must be from 1 to {}", rules::TRIED_MOST)));
    }
    let asking = desk.clone();
    let incidents = app.store().read(move |conn| rules::newest(conn, &asking, last)).await?;
    let trial = aside(move || rules::dry_run(&desk, RuleSet { routes, executors }, &incidents)).await?;
    Ok(Reply::ok(&trial))
}
