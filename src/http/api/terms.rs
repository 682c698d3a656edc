//! The terms: how long each clock may run in which case. Shown, and changed one by one.

use actix_web::{delete, get, put};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::amending::{Change, Reason, agree, answer, in_record};
use super::listed::at;
use super::responses::{Asks, Changes, Finds, Guarded, Reads, Takes};
use crate::app::App;
use crate::desk::policies::{self, Loaded};
use crate::domain::Policy;
use crate::domain::policy::{Amendment, PolicyDoc, Term};
use crate::domain::sla::ClockKind;
use crate::http::auth::{May, right};
use crate::http::etag::IfMatchHeader;
use crate::http::json::{BodyDigest, Json, Path};
use crate::http::once::OnceHeader;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::reply::Reply;

/// The routes of this file.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list).service(replace).service(remove);
}

/// The terms of one version of the policy.
#[derive(Debug, Serialize, ToSchema)]
struct TermsView {
    #[schema(example = 7)]
    policy_version: i64,
    /// How long the author is waited for where no term says otherwise, around the clock.
    #[schema(example = "97h")]
    author_wait: String,
    items: Vec<Term>,
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
        items: fitting.cloned().collect(),
    };
    Ok(Reply::ok(&view).version(policy.version()))
}

/// Put a term in its place, or a new one.
///
/// The body is the term as the list shows it, whole; its `id` may be left out. It becomes part of the next version of the policy; a term
/// that says what it said before changes nothing. Clocks that run already keep the term that they were started by. Only an administrator
/// of the city's root may do this.
#[utoipa::path(
    tag = "policy",
    params(("id" = String, Path, description = "The term's id"), Reason, OnceHeader, IfMatchHeader),
    request_body = Term,
    responses(
        (status = 200, description = "The term as it is now; the `ETag` is the version of the policy", body = Term),
        (status = 201, description = "The new term", body = Term),
        Guarded, Takes, Changes,
    ),
)]
#[put("/terms/{id}")]
async fn replace(
    app: App,
    who: May<right::WritePolicy>,
    id: Path<String>,
    change: Change,
    body: Json<Term>,
) -> Result<Reply, Problem> {
    let (mut term, digest) = body.split();
    agree(&mut term.id, id.into_inner())?;
    let view = term.clone();
    let amendment = move |_: &PolicyDoc| Ok(Amendment { terms: vec![term], ..Amendment::default() });
    let show = move |_: &mut _, before: &Policy, _: &_, loaded| {
        let is_new = !before.doc().terms.iter().any(|one| one.id == view.id);
        Ok(answer(is_new, format!("{}/terms", super::ROOT), &view, loaded))
    };
    change.store(&app, &who, digest, amendment, in_record("/terms/0"), show).await
}

/// Delete a term.
///
/// The last one for any case of a clock stays. Only an administrator of the city's root may do this.
#[utoipa::path(
    tag = "policy",
    params(("id" = String, Path, description = "The term's id"), Reason, OnceHeader, IfMatchHeader),
    responses((status = 204, description = "Gone; the `ETag` is the version of the policy"), Guarded, Finds, Reads, Changes),
)]
#[delete("/terms/{id}")]
async fn remove(app: App, who: May<right::WritePolicy>, id: Path<String>, change: Change) -> Result<Reply, Problem> {
    let id = id.into_inner();
    let amendment = move |doc: &PolicyDoc| policies::drop_term(doc, &id);
    let show = |_: &mut _, _: &_, _: &_, loaded: Loaded| Ok(Reply::nothing().version(loaded.version()));
    change.store(&app, &who, BodyDigest::none(), amendment, str::to_owned, show).await
}
