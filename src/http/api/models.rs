//! Models: what was learned from decisions, how good it is, learning anew, and going back.

use actix_web::http::StatusCode;
use actix_web::{get, post};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::policies::aside;
use super::responses::{Asks, Finds, Guarded, Makes, Reads};
use crate::app::App;
use crate::desk::learning::{self, HeldBack, LearnOrder};
use crate::desk::{Error, policies};
use crate::domain::advice::{Head, ModelState};
use crate::domain::learn::Model;
use crate::domain::{At, Id};
use crate::http::auth::{May, right};
use crate::http::json::{BodyDigest, Path};
use crate::http::once::{Once, OnceHeader};
use crate::http::paging::{Page, Paging, PagingParameters};
use crate::http::problem::Problem;
use crate::http::reply::Reply;
use crate::store::StoreError;
use crate::store::records::{JobRow, ModelRow};

/// The routes of this file.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list).service(find).service(train).service(activate).service(training);
}

/// A model: what was learned from decisions up to a moment.
#[derive(Debug, Serialize, ToSchema)]
struct ModelView {
    /// Its number, from one on.
    #[schema(example = 7)]
    version: i64,
    head: Head,
    state: ModelState,
    /// When the decisions that it learned from were read.
    trained_at: At,
    /// Who ordered it: `staff:…`, `system`, or the command line.
    trained_by: String,
    /// How many decided texts it learned from.
    examples: i64,
    /// The version of the policy whose topics it knows by name.
    policy_version: i64,
    /// Why it is in use, or is not.
    reason: Option<String>,
    /// How good it was on texts that it had not seen.
    held_back: HeldBack,
}

impl ModelView {
    fn of(row: ModelRow) -> Result<ModelView, Error> {
        let held_back = HeldBack::read(&row)?;
        let ModelRow { version, head, state, trained_at, trained_by, examples, policy_version, reason, .. } = row;
        Ok(ModelView { version, head, state, trained_at, trained_by, examples, policy_version, reason, held_back })
    }
}

/// List models, the newest first.
#[utoipa::path(
    tag = "learning",
    params(PagingParameters),
    responses((status = 200, description = "A page of models", body = Page<ModelView>), Guarded, Asks),
)]
#[get("/models")]
async fn list(app: App, _who: May<right::ReadPolicy>, paging: Paging) -> Result<Page<ModelView>, Problem> {
    let (below, reach) = (paging.after::<i64>()?, paging.reach());
    let found = app.store().read(move |conn| learning::list(conn, below, reach)).await?;
    let views = found.into_iter().map(ModelView::of).collect::<Result<Vec<_>, Error>>()?;
    Ok(paging.page(views, None, |view| view.version))
}

/// Get one model, with its figures.
#[utoipa::path(
    tag = "learning",
    params(("version" = i64, Path, description = "The model's number", minimum = 1)),
    responses((status = 200, description = "The model", body = ModelView), Guarded, Finds),
)]
#[get("/models/{version}")]
async fn find(app: App, _who: May<right::ReadPolicy>, version: Path<i64>) -> Result<Reply, Problem> {
    let version = version.into_inner();
    let row = app.store().read(move |conn| learning::find(conn, version)).await?;
    Ok(Reply::ok(&ModelView::of(row)?))
}

/// How far a training is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Progress {
    Waiting,
    Running,
    Done,
    Failed,
}

/// A training.
#[derive(Debug, Serialize, ToSchema)]
struct TrainingView {
    id: Id,
    state: Progress,
    ordered_by: String,
    ordered_at: At,
    finished_at: Option<At>,
    /// The models that it made, in use or rejected.
    versions: Vec<i64>,
    /// Why something was not trained, or was rejected.
    remarks: Vec<String>,
    /// Why the last try broke off.
    failure: Option<String>,
}

impl TrainingView {
    fn of(job: JobRow) -> Result<TrainingView, Error> {
        let LearnOrder { by, versions, told, .. } = job.payload.to().map_err(StoreError::unreadable)?;
        let state = match job.state.as_str() {
            "ready" => Progress::Waiting,
            "leased" => Progress::Running,
            "done" => Progress::Done,
            _ => Progress::Failed,
        };
        Ok(TrainingView {
            id: job.id,
            state,
            ordered_by: by,
            ordered_at: job.created_at,
            finished_at: job.finished_at,
            versions,
            remarks: told,
            failure: job.last_error,
        })
    }
}

/// Learn anew from all decisions, now.
///
/// A worker does it in the background, one training at a time: while one is under way, this answers with that one. What it makes is put
/// in use only if it does not decide worse on texts it has not seen than what is in use. It also happens by itself, when enough was
/// decided. Only an administrator of the city's root may do this.
#[utoipa::path(
    tag = "learning",
    params(OnceHeader),
    responses((status = 202, description = "Ordered", body = TrainingView), Guarded, Reads, Makes),
)]
#[post("/models")]
async fn train(app: App, who: May<right::WritePolicy>, once: Once) -> Result<Reply, Problem> {
    let order = |conn: &mut _, desk: &_| {
        let ordered = TrainingView::of(learning::order(conn, desk)?)?;
        Ok(Reply::with(StatusCode::ACCEPTED, &ordered))
    };
    once.run(&app, &who, BodyDigest::none(), order).await
}

/// Show how far a training is, and what came of it.
#[utoipa::path(
    tag = "learning",
    params(("id" = Id, Path, description = "The training's id")),
    responses((status = 200, description = "The training", body = TrainingView), Guarded, Finds),
)]
#[get("/trainings/{id}")]
async fn training(app: App, _who: May<right::ReadPolicy>, id: Path<Id>) -> Result<Reply, Problem> {
    let id = id.into_inner();
    let job = app.store().read(move |conn| learning::ordered(conn, id)).await?;
    Ok(Reply::ok(&TrainingView::of(job)?))
}

/// Put a model in use: go back to an earlier one.
///
/// It takes the place of the one of its head that is in use, whatever their figures, and learns from the decisions since. Only an
/// administrator of the city's root may do this.
#[utoipa::path(
    tag = "learning",
    params(("version" = i64, Path, description = "The model's number", minimum = 1), OnceHeader),
    responses((status = 200, description = "The model, in use", body = ModelView), Guarded, Finds, Reads, Makes),
)]
#[post("/models/{version}/activation")]
async fn activate(app: App, who: May<right::WritePolicy>, version: Path<i64>, once: Once) -> Result<Reply, Problem> {
    let version = version.into_inner();
    policies::may_publish(&who.desk(&app))?;
    let bytes = app.store().read(move |conn| learning::bytes(conn, version)).await?;
    let unreadable = |_| Error::Conflict("this program cannot read the model: it was made by another version");
    aside(move || Model::from_bytes(&bytes).map(drop).map_err(unreadable)).await?;
    let put = move |conn: &mut _, desk: &_| {
        let row = learning::activate(conn, desk, version)?;
        Ok(Reply::ok(&ModelView::of(row)?))
    };
    let reply = once.run(&app, &who, BodyDigest::none(), put).await?;
    app.take_to_heart().await;
    Ok(reply)
}
