//! Posts that collect complaints.

use actix_web::{delete, get, put};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::responses::{Asks, Finds, Guarded, Takes};
use crate::app::App;
use crate::desk::collections::{self, Collecting};
use crate::domain::{At, Id};
use crate::http::auth::{May, right};
use crate::http::json::{Json, Path};
use crate::http::problem::Problem;
use crate::http::reply::Reply;
use crate::store::records::Collection;

/// The routes of this file.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list).service(mark).service(unmark);
}

/// A post that collects complaints.
#[derive(Debug, Serialize, ToSchema)]
struct CollectionView {
    /// The post, as messages name it.
    post: String,
    /// What it collects complaints on, if that is one topic.
    topic: Option<String>,
    marked_by: String,
    marked_at: At,
}

impl From<Collection> for CollectionView {
    fn from(one: Collection) -> CollectionView {
        CollectionView { post: one.post_key, topic: one.topic, marked_by: one.marked_by, marked_at: one.marked_at }
    }
}

/// Which post of which page.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct Which {
    /// The page.
    id: Id,
    /// The post, as messages name it.
    #[param(example = "wall-123_456", min_length = 1, max_length = 200)]
    post: String,
}

/// Lists the posts of a page that collect complaints.
#[utoipa::path(
    tag = "pages",
    params(("id" = Id, Path, description = "The page")),
    responses((status = 200, description = "The posts, the latest marked first", body = Vec<CollectionView>), Guarded, Finds),
)]
#[get("/pages/{id}/collections")]
async fn list(app: App, may: May<right::ReadIncidents>, id: Path<Id>) -> Result<Reply, Problem> {
    let (desk, id) = (may.desk(&app), id.into_inner());
    let found = app.store().read(move |conn| collections::list(conn, &desk, id)).await?;
    Ok(Reply::ok(&found.into_iter().map(CollectionView::from).collect::<Vec<_>>()))
}

/// Lets a post collect complaints.
///
/// Each comment below it that comes from now on is an incident of its own, on the topic given if one is. What came before stays as it is.
#[utoipa::path(
    tag = "pages",
    params(Which),
    request_body = Collecting,
    responses((status = 200, description = "It collects", body = CollectionView), Guarded, Finds, Takes),
)]
#[put("/pages/{id}/collections/{post}")]
async fn mark(app: App, may: May<right::Triage>, which: Path<Which>, body: Json<Collecting>) -> Result<Reply, Problem> {
    let (desk, Which { id, post }, body) = (may.desk(&app), which.into_inner(), body.into_inner());
    let marked = app.store().write(move |conn| collections::mark(conn, &desk, id, &post, body)).await?;
    app.forget_pages();
    Ok(Reply::ok(&CollectionView::from(marked)))
}

/// Lets a post collect no more.
#[utoipa::path(
    tag = "pages",
    params(Which),
    responses((status = 204, description = "It collects no more"), Guarded, Finds, Asks),
)]
#[delete("/pages/{id}/collections/{post}")]
async fn unmark(app: App, may: May<right::Triage>, which: Path<Which>) -> Result<Reply, Problem> {
    let (desk, Which { id, post }) = (may.desk(&app), which.into_inner());
    app.store().write(move |conn| collections::unmark(conn, &desk, id, &post)).await?;
    app.forget_pages();
    Ok(Reply::nothing())
}
