//! Answers: drafted, submitted, approved or sent back, delivered.

use actix_web::{get, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::act;
use super::views::{AnswerView, IncidentView};
use crate::app::App;
use crate::desk::answering::{self, Draft, Outside};
use crate::desk::{Desk, Error, incidents, notices};
use crate::domain::answer::ConcernCode;
use crate::domain::{AnswerKind, AnswerState, At, Id, Outcome, ReworkReason, Via};
use crate::http::api::responses::{Asks, Changes, Finds, Guarded, Reads, Takes};
use crate::http::auth::{May, right};
use crate::http::etag::{IfMatch, IfMatchHeader};
use crate::http::json::{BodyDigest, Json, MaybeJson, Path};
use crate::http::once::{Once, OnceHeader};
use crate::http::paging::{Page, Paging, PagingParameters};
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::reply::Reply;
use crate::store::Conn;
use crate::store::records::{Answer, Incident};

/// The routes of answers.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(waiting)
        .service(draft)
        .service(submit)
        .service(approve)
        .service(rework)
        .service(deliver)
        .service(fail)
        .service(retry)
        .service(outside)
        .service(replied);
}

/// An answer, and its incident as it is now.
#[derive(Debug, Serialize, ToSchema)]
struct Answered {
    answer: AnswerView,
    incident: IncidentView,
}

fn answered((incident, answer): (Incident, Answer), desk: &Desk) -> Reply {
    let shown = Answered { answer: AnswerView::of(answer, desk), incident: IncidentView::of(&incident, desk) };
    Reply::ok(&shown).version(incident.version)
}

/// Which answers.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct StateParameters {
    /// How far they are.
    state: AnswerState,
}

/// As [`answered`], with what speaks against the answer, in the language of `member`.
fn named(conn: &mut Conn, desk: &Desk, (incident, answer): (Incident, Answer), member: Id) -> Result<Reply, Error> {
    let language = notices::language_of(conn, member)?;
    let concerns = answering::concerns(conn, desk, &incident, &answer)?;
    let answer = AnswerView::with(answer, concerns, desk, language);
    let shown = Answered { answer, incident: IncidentView::of(&incident, desk) };
    Ok(Reply::ok(&shown).version(incident.version))
}

/// Lists answers by how far they are: what waits for approval, what waits for delivery, what failed.
#[utoipa::path(
    tag = "answers",
    params(StateParameters, PagingParameters),
    responses((status = 200, description = "A page of answers, oldest first", body = Page<AnswerView>), Guarded, Asks),
)]
#[get("/answers")]
async fn waiting(
    app: App,
    may: May<right::ReadIncidents>,
    query: Query<StateParameters>,
    paging: Paging,
) -> Result<Page<AnswerView>, Problem> {
    let (desk, state, limit, after) = (may.desk(&app), query.into_inner().state, paging.limit(), paging.after()?);
    let circumstances = desk.clone();
    let found = app.store().read(move |conn| incidents::answers_in(conn, &desk, state, after, limit)).await?;
    Ok(paging.page(found, None, |answer| answer.id).map(|answer| AnswerView::of(answer, &circumstances)))
}

/// What is answered.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DraftBody {
    kind: AnswerKind,
    /// What a final answer makes of the matter: resolved, explained or not_resolved. None in an intermediate one.
    outcome: Option<Outcome>,
    /// With places to fill, `{имя}`, `{адрес}`, `{номер}`, and words to choose among, `{Здравствуйте|Добрый день}`: in each thread that the
    /// answer goes to they are filled anew.
    #[schema(min_length = 2, max_length = 9000)]
    text: String,
    /// Where it goes. Absent: to where the question was asked, unless it asks for personal data: that goes to a private message.
    via: Option<Via>,
}

/// Drafts an answer, or rewrites the draft there is.
#[utoipa::path(
    tag = "answers",
    params(("id" = Id, Path, description = "The incident's id"), IfMatchHeader, OnceHeader),
    request_body = DraftBody,
    responses((status = 200, description = "The draft", body = Answered), Guarded, Finds, Takes, Changes),
)]
#[post("/incidents/{id}/answers")]
async fn draft(
    app: App,
    may: May<right::Work>,
    id: Path<Id>,
    seen: IfMatch,
    once: Once,
    body: Json<DraftBody>,
) -> Result<Reply, Problem> {
    let (id, (body, digest), member) = (id.into_inner(), body.split(), may.id());
    let draft = Draft { kind: body.kind, outcome: body.outcome, text: body.text, via: body.via };
    act(app, &may, once, digest, id, move |conn, desk| {
        let done = answering::draft(conn, desk, id, seen.version(), draft)?;
        named(conn, desk, done, member)
    })
    .await
}

/// Which answer of which incident.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct Which {
    /// The incident's id.
    id: Id,
    /// The answer's number in the incident.
    #[param(minimum = 1)]
    n: i32,
}

/// Hands the draft to the approver.
#[utoipa::path(
    tag = "answers",
    params(Which, IfMatchHeader, OnceHeader),
    responses((status = 200, description = "The answer", body = Answered), Guarded, Finds, Reads, Changes),
)]
#[post("/incidents/{id}/answers/{n}/submission")]
async fn submit(
    app: App,
    may: May<right::Work>,
    which: Path<Which>,
    seen: IfMatch,
    once: Once,
) -> Result<Reply, Problem> {
    let (Which { id, n }, member) = (which.into_inner(), may.id());
    act(app, &may, once, BodyDigest::none(), id, move |conn, desk| {
        let done = answering::submit(conn, desk, id, seen.version(), n)?;
        named(conn, desk, done, member)
    })
    .await
}

/// What the approver knows.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ApprovalBody {
    /// The forbidden concerns that the answer is approved despite: `missing_date`, `third_person`. It is written into the history.
    #[serde(default)]
    #[schema(max_items = 2)]
    despite: Vec<ConcernCode>,
}

/// Approves the answer. Delivery follows by itself where the source takes answers.
///
/// An answer that holds what is forbidden is refused (422, `concerns`) unless the approver names that in `despite`. The body may be left out.
#[utoipa::path(
    tag = "approvals",
    params(Which, IfMatchHeader, OnceHeader),
    request_body = Option<ApprovalBody>,
    responses((status = 200, description = "The answer", body = Answered), Guarded, Finds, Takes, Changes),
)]
#[post("/incidents/{id}/answers/{n}/approval")]
async fn approve(
    app: App,
    may: May<right::Approve>,
    which: Path<Which>,
    seen: IfMatch,
    once: Once,
    body: MaybeJson<ApprovalBody>,
) -> Result<Reply, Problem> {
    let (Which { id, n }, (body, digest)) = (which.into_inner(), body.split());
    let despite = body.unwrap_or_default().despite;
    act(app, &may, once, digest, id, move |conn, desk| {
        answering::approve(conn, desk, id, seen.version(), n, &despite).map(|done| answered(done, desk))
    })
    .await
}

/// Why it is sent back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReworkBody {
    reason: ReworkReason,
    /// What to do better.
    #[schema(min_length = 3, max_length = 2000)]
    text: String,
}

/// Sends the answer back for rework. The deadline does not move.
#[utoipa::path(
    tag = "approvals",
    params(Which, IfMatchHeader, OnceHeader),
    request_body = ReworkBody,
    responses((status = 200, description = "The answer", body = Answered), Guarded, Finds, Takes, Changes),
)]
#[post("/incidents/{id}/answers/{n}/rework")]
async fn rework(
    app: App,
    may: May<right::Approve>,
    which: Path<Which>,
    seen: IfMatch,
    once: Once,
    body: Json<ReworkBody>,
) -> Result<Reply, Problem> {
    let (Which { id, n }, (body, digest)) = (which.into_inner(), body.split());
    act(app, &may, once, digest, id, move |conn, desk| {
        answering::rework(conn, desk, id, seen.version(), n, body.reason, &body.text).map(|done| answered(done, desk))
    })
    .await
}

/// Where the answer stands.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DeliveryBody {
    #[schema(max_length = 2000)]
    permalink: Option<String>,
}

/// Reports that an approved answer stands where the question was asked. Reporting it again changes nothing.
#[utoipa::path(
    tag = "answers",
    params(Which, OnceHeader),
    request_body = DeliveryBody,
    responses((status = 200, description = "The answer", body = Answered), Guarded, Finds, Takes, Changes),
)]
#[post("/incidents/{id}/answers/{n}/delivery")]
async fn deliver(
    app: App,
    may: May<right::ReportDelivery>,
    which: Path<Which>,
    once: Once,
    body: Json<DeliveryBody>,
) -> Result<Reply, Problem> {
    let (Which { id, n }, (body, digest)) = (which.into_inner(), body.split());
    act(app, &may, once, digest, id, move |conn, desk| {
        answering::delivered(conn, desk, id, n, body.permalink).map(|done| answered(done, desk))
    })
    .await
}

/// Why it could not be delivered.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FailureBody {
    #[schema(min_length = 1, max_length = 1000)]
    why: String,
}

/// Reports that an approved answer cannot be delivered.
#[utoipa::path(
    tag = "answers",
    params(Which, OnceHeader),
    request_body = FailureBody,
    responses((status = 200, description = "The answer", body = Answered), Guarded, Finds, Takes, Changes),
)]
#[post("/incidents/{id}/answers/{n}/failure")]
async fn fail(
    app: App,
    may: May<right::ReportDelivery>,
    which: Path<Which>,
    once: Once,
    body: Json<FailureBody>,
) -> Result<Reply, Problem> {
    let (Which { id, n }, (body, digest)) = (which.into_inner(), body.split());
    act(app, &may, once, digest, id, move |conn, desk| {
        answering::failed(conn, desk, id, n, &body.why).map(|done| answered(done, desk))
    })
    .await
}

/// Orders the delivery of a failed answer anew.
#[utoipa::path(
    tag = "answers",
    params(Which, OnceHeader),
    responses((status = 200, description = "The answer", body = Answered), Guarded, Finds, Reads, Changes),
)]
#[post("/incidents/{id}/answers/{n}/retry")]
async fn retry(app: App, may: May<right::ReportDelivery>, which: Path<Which>, once: Once) -> Result<Reply, Problem> {
    let Which { id, n } = which.into_inner();
    act(app, &may, once, BodyDigest::none(), id, move |conn, desk| {
        answering::deliver_again(conn, desk, id, n).map(|done| answered(done, desk))
    })
    .await
}

/// An answer that was given in the network itself.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OutsideBody {
    #[schema(min_length = 2, max_length = 9000)]
    text: String,
    /// Whether it ends the matter.
    #[serde(default = "conclusive")]
    #[schema(default = "final")]
    kind: AnswerKind,
    /// Of a final one: resolved, explained or not_resolved.
    outcome: Option<Outcome>,
    /// When it was given: between the complaint's receipt and now.
    at: At,
    #[schema(max_length = 2000)]
    permalink: Option<String>,
}

fn conclusive() -> AnswerKind {
    AnswerKind::Final
}

/// What a program said to the author in the network.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AutomaticReply {
    #[schema(min_length = 2, max_length = 9000)]
    text: String,
    /// When it was said: between the complaint's receipt and now.
    at: At,
    #[schema(max_length = 2000)]
    permalink: Option<String>,
}

/// Notes an answer that the organisation, or a moderator, gave in the network itself.
///
/// It counts as any other, as of its own time. A final one ends the round; an intermediate one leaves the incident in its step.
#[utoipa::path(
    tag = "answers",
    params(("id" = Id, Path, description = "The incident's id"), IfMatchHeader, OnceHeader),
    request_body = OutsideBody,
    responses((status = 200, description = "The answer", body = Answered), Guarded, Finds, Takes, Changes),
)]
#[post("/incidents/{id}/outside-answers")]
async fn outside(
    app: App,
    may: May<right::ReportDelivery>,
    id: Path<Id>,
    seen: IfMatch,
    once: Once,
    body: Json<OutsideBody>,
) -> Result<Reply, Problem> {
    let (id, (body, digest)) = (id.into_inner(), body.split());
    let OutsideBody { text, kind, outcome, at, permalink } = body;
    let outside = Outside { text, at, permalink };
    act(app, &may, once, digest, id, move |conn, desk| {
        answering::answered_outside(conn, desk, id, seen.version(), outside, (kind, outcome))
            .map(|done| answered(done, desk))
    })
    .await
}

/// Notes that a program (an autoresponder, a bot) spoke to the author in the network.
///
/// It is kept in the history and answers nothing: neither the step nor a deadline moves.
#[utoipa::path(
    tag = "answers",
    params(("id" = Id, Path, description = "The incident's id"), IfMatchHeader, OnceHeader),
    request_body = AutomaticReply,
    responses((status = 200, description = "The incident", body = IncidentView), Guarded, Finds, Takes, Changes),
)]
#[post("/incidents/{id}/automatic-replies")]
async fn replied(
    app: App,
    may: May<right::ReportDelivery>,
    id: Path<Id>,
    seen: IfMatch,
    once: Once,
    body: Json<AutomaticReply>,
) -> Result<Reply, Problem> {
    let (id, (AutomaticReply { text, at, permalink }, digest)) = (id.into_inner(), body.split());
    let reply = Outside { text, at, permalink };
    act(app, &may, once, digest, id, move |conn, desk| {
        let incident = answering::replied_automatically(conn, desk, id, seen.version(), &reply)?;
        Ok(super::shown(&incident, desk))
    })
    .await
}
