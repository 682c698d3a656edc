//! The moves of an incident: each is a resource of its own, made by POST (or corrected by PATCH).

use actix_web::{delete, patch, post};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::views::IncidentView;
use super::{act, shown};
use crate::app::App;
use crate::desk::answering;
use crate::desk::triage::{self, Correction};
use crate::domain::message::Place;
use crate::domain::{At, CloseReason, Id, Kind, ReturnReason};
use crate::http::api::responses::{Changes, Finds, Guarded, Reads, Takes};
use crate::http::auth::{May, right};
use crate::http::etag::{IfMatch, IfMatchHeader};
use crate::http::json::{BodyDigest, Json, Path};
use crate::http::once::{Once, OnceHeader};
use crate::http::problem::Problem;
use crate::http::reply::Reply;

/// The routes of moves.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(correct)
        .service(assign)
        .service(pass)
        .service(take)
        .service(give_back)
        .service(dismiss)
        .service(merge)
        .service(unmerge)
        .service(defer)
        .service(close)
        .service(reopen);
}

/// What to correct; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CorrectionBody {
    /// The topic's id or name.
    topic: Option<String>,
    kind: Option<Kind>,
    #[schema(minimum = 1, maximum = 5)]
    severity: Option<i32>,
    place: Option<Place>,
    /// A note for colleagues; never published.
    #[schema(max_length = 4000)]
    note: Option<String>,
}

/// Corrects what the incident is about and where.
///
/// The route does not move. The clocks that began with the incident run by the terms that fit it now, from where they began; see before
/// what that gives with `POST /api/v1/incidents/{id}/previews`.
#[utoipa::path(
    tag = "incidents",
    params(("id" = Id, Path, description = "The incident's id"), IfMatchHeader),
    request_body = CorrectionBody,
    responses((status = 200, description = "The incident as it is now", body = IncidentView), Guarded, Finds, Takes, Changes),
)]
#[patch("/incidents/{id}")]
async fn correct(
    app: App,
    may: May<right::Triage>,
    id: Path<Id>,
    seen: IfMatch,
    once: Once,
    body: Json<CorrectionBody>,
) -> Result<Reply, Problem> {
    let (id, (body, digest)) = (id.into_inner(), body.split());
    let change =
        Correction { topic: body.topic, kind: body.kind, severity: body.severity, place: body.place, note: body.note };
    let done = act(app.clone(), &may, once, digest, id, move |conn, desk| {
        triage::correct(conn, desk, id, seen.version(), change).map(|i| shown(&i, desk))
    })
    .await?;
    app.take_to_heart().await;
    Ok(done)
}

/// Who becomes responsible.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AssignmentBody {
    /// The organisation's id; absent: the one that the rules propose.
    #[schema(max_length = 64)]
    organisation: Option<String>,
    /// Its department; absent: by the organisation's own table, if that has a rule.
    #[schema(max_length = 64)]
    executor: Option<String>,
}

/// Makes an organisation responsible.
#[utoipa::path(
    tag = "assignments",
    params(("id" = Id, Path, description = "The incident's id"), IfMatchHeader, OnceHeader),
    request_body = AssignmentBody,
    responses((status = 200, description = "The incident as it is now", body = IncidentView), Guarded, Finds, Takes, Changes),
)]
#[post("/incidents/{id}/assignments")]
async fn assign(
    app: App,
    may: May<right::Triage>,
    id: Path<Id>,
    seen: IfMatch,
    once: Once,
    body: Json<AssignmentBody>,
) -> Result<Reply, Problem> {
    let (id, (body, digest)) = (id.into_inner(), body.split());
    let done = act(app.clone(), &may, once, digest, id, move |conn, desk| {
        let (organisation, executor) = (body.organisation.as_deref(), body.executor.as_deref());
        triage::assign(conn, desk, id, seen.version(), organisation, executor).map(|i| shown(&i, desk))
    })
    .await?;
    app.take_to_heart().await;
    Ok(done)
}

/// To whom it is passed on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PassBody {
    /// The department's id.
    #[schema(min_length = 1, max_length = 64)]
    executor: String,
}

/// Passes the incident on to a department of its organisation.
#[utoipa::path(
    tag = "assignments",
    params(("id" = Id, Path, description = "The incident's id"), IfMatchHeader, OnceHeader),
    request_body = PassBody,
    responses((status = 200, description = "The incident as it is now", body = IncidentView), Guarded, Finds, Takes, Changes),
)]
#[post("/incidents/{id}/passes")]
async fn pass(
    app: App,
    may: May<right::Coordinate>,
    id: Path<Id>,
    seen: IfMatch,
    once: Once,
    body: Json<PassBody>,
) -> Result<Reply, Problem> {
    let (id, (body, digest)) = (id.into_inner(), body.split());
    act(app, &may, once, digest, id, move |conn, desk| {
        triage::pass(conn, desk, id, seen.version(), &body.executor).map(|i| shown(&i, desk))
    })
    .await
}

/// Begins to work on the incident.
#[utoipa::path(
    tag = "assignments",
    params(("id" = Id, Path, description = "The incident's id"), IfMatchHeader, OnceHeader),
    responses((status = 200, description = "The incident as it is now", body = IncidentView), Guarded, Finds, Reads, Changes),
)]
#[post("/incidents/{id}/work")]
async fn take(app: App, may: May<right::Work>, id: Path<Id>, seen: IfMatch, once: Once) -> Result<Reply, Problem> {
    let id = id.into_inner();
    act(app, &may, once, BodyDigest::none(), id, move |conn, desk| {
        answering::take(conn, desk, id, seen.version()).map(|i| shown(&i, desk))
    })
    .await
}

/// Why it is given back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReturnBody {
    reason: ReturnReason,
    /// Needed with the reason `other`.
    #[serde(default)]
    #[schema(max_length = 1000, example = "Дорога областная, не городская")]
    note: String,
}

/// Gives the incident back as wrongly routed. It keeps its deadlines; after too many returns a controller decides.
#[utoipa::path(
    tag = "assignments",
    params(("id" = Id, Path, description = "The incident's id"), IfMatchHeader, OnceHeader),
    request_body = ReturnBody,
    responses((status = 200, description = "The incident as it is now", body = IncidentView), Guarded, Finds, Takes, Changes),
)]
#[post("/incidents/{id}/returns")]
async fn give_back(
    app: App,
    may: May<right::Coordinate>,
    id: Path<Id>,
    seen: IfMatch,
    once: Once,
    body: Json<ReturnBody>,
) -> Result<Reply, Problem> {
    let (id, (body, digest)) = (id.into_inner(), body.split());
    act(app, &may, once, digest, id, move |conn, desk| {
        triage::give_back(conn, desk, id, seen.version(), body.reason, &body.note).map(|i| shown(&i, desk))
    })
    .await
}

/// Why it is closed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ClosureBody {
    reason: CloseReason,
    #[serde(default)]
    #[schema(max_length = 1000)]
    note: String,
}

/// Puts the incident aside as not a complaint.
///
/// The reason is one of advertisement, insult, false_information, unclear, repeat, no_problem.
#[utoipa::path(
    tag = "closures",
    params(("id" = Id, Path, description = "The incident's id"), IfMatchHeader, OnceHeader),
    request_body = ClosureBody,
    responses((status = 200, description = "The incident as it is now", body = IncidentView), Guarded, Finds, Takes, Changes),
)]
#[post("/incidents/{id}/dismissals")]
async fn dismiss(
    app: App,
    may: May<right::Triage>,
    id: Path<Id>,
    seen: IfMatch,
    once: Once,
    body: Json<ClosureBody>,
) -> Result<Reply, Problem> {
    let (id, (body, digest)) = (id.into_inner(), body.split());
    let done = act(app.clone(), &may, once, digest, id, move |conn, desk| {
        triage::dismiss(conn, desk, id, seen.version(), body.reason, &body.note).map(|i| shown(&i, desk))
    })
    .await?;
    app.take_to_heart().await;
    Ok(done)
}

/// What it is merged into.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MergeBody {
    /// The incident that goes on.
    into: Id,
}

/// Merges the incident into another one on the same matter.
#[utoipa::path(
    tag = "merges",
    params(("id" = Id, Path, description = "The incident's id"), IfMatchHeader, OnceHeader),
    request_body = MergeBody,
    responses((status = 200, description = "The incident as it is now", body = IncidentView), Guarded, Finds, Takes, Changes),
)]
#[post("/incidents/{id}/merge")]
async fn merge(
    app: App,
    may: May<right::Merge>,
    id: Path<Id>,
    seen: IfMatch,
    once: Once,
    body: Json<MergeBody>,
) -> Result<Reply, Problem> {
    let (id, (body, digest)) = (id.into_inner(), body.split());
    act(app, &may, once, digest, id, move |conn, desk| {
        triage::merge(conn, desk, id, seen.version(), body.into).map(|i| shown(&i, desk))
    })
    .await
}

/// Parts a merged incident again: it stands where it stood.
#[utoipa::path(
    tag = "merges",
    params(("id" = Id, Path, description = "The incident's id"), IfMatchHeader),
    responses((status = 200, description = "The incident as it is now", body = IncidentView), Guarded, Finds, Reads, Changes),
)]
#[delete("/incidents/{id}/merge")]
async fn unmerge(app: App, may: May<right::Merge>, id: Path<Id>, seen: IfMatch, once: Once) -> Result<Reply, Problem> {
    let id = id.into_inner();
    act(app, &may, once, BodyDigest::none(), id, move |conn, desk| {
        triage::unmerge(conn, desk, id, seen.version()).map(|i| shown(&i, desk))
    })
    .await
}

/// To when, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DeferralBody {
    /// In the future, within a year.
    until: At,
    #[schema(min_length = 3, max_length = 1000, example = "Ремонт внесён в план мая")]
    reason: String,
}

/// Puts the final answer off to a date. The deadline moves with it; both are on record.
#[utoipa::path(
    tag = "deferrals",
    params(("id" = Id, Path, description = "The incident's id"), IfMatchHeader, OnceHeader),
    request_body = DeferralBody,
    responses((status = 200, description = "The incident as it is now", body = IncidentView), Guarded, Finds, Takes, Changes),
)]
#[post("/incidents/{id}/deferrals")]
async fn defer(
    app: App,
    may: May<right::Coordinate>,
    id: Path<Id>,
    seen: IfMatch,
    once: Once,
    body: Json<DeferralBody>,
) -> Result<Reply, Problem> {
    let (id, (body, digest)) = (id.into_inner(), body.split());
    act(app, &may, once, digest, id, move |conn, desk| {
        answering::defer(conn, desk, id, seen.version(), body.until, &body.reason).map(|i| shown(&i, desk))
    })
    .await
}

/// Closes an answered incident: its author is satisfied, or further talk is pointless.
///
/// The reason is author_satisfied or dialogue_pointless. Silence and marks close by themselves.
#[utoipa::path(
    tag = "closures",
    params(("id" = Id, Path, description = "The incident's id"), IfMatchHeader, OnceHeader),
    request_body = ClosureBody,
    responses((status = 200, description = "The incident as it is now", body = IncidentView), Guarded, Finds, Takes, Changes),
)]
#[post("/incidents/{id}/closures")]
async fn close(
    app: App,
    may: May<right::Close>,
    id: Path<Id>,
    seen: IfMatch,
    once: Once,
    body: Json<ClosureBody>,
) -> Result<Reply, Problem> {
    let (id, (body, digest)) = (id.into_inner(), body.split());
    act(app, &may, once, digest, id, move |conn, desk| {
        answering::close(conn, desk, id, seen.version(), body.reason, &body.note).map(|i| shown(&i, desk))
    })
    .await
}

/// Why it is opened again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReopeningBody {
    #[schema(min_length = 3, max_length = 1000)]
    reason: String,
}

/// Opens the incident again by hand.
#[utoipa::path(
    tag = "closures",
    params(("id" = Id, Path, description = "The incident's id"), IfMatchHeader, OnceHeader),
    request_body = ReopeningBody,
    responses((status = 200, description = "The incident as it is now", body = IncidentView), Guarded, Finds, Takes, Changes),
)]
#[post("/incidents/{id}/reopenings")]
async fn reopen(
    app: App,
    may: May<right::Close>,
    id: Path<Id>,
    seen: IfMatch,
    once: Once,
    body: Json<ReopeningBody>,
) -> Result<Reply, Problem> {
    let (id, (body, digest)) = (id.into_inner(), body.split());
    act(app, &may, once, digest, id, move |conn, desk| {
        answering::reopen(conn, desk, id, seen.version(), &body.reason).map(|i| shown(&i, desk))
    })
    .await
}
