//! What is proposed for an incident: a moderator confirms it or knows better.

use actix_web::get;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::app::App;
use crate::desk::learning::{self, Proposals};
use crate::domain::Id;
use crate::http::api::responses::{Finds, Guarded};
use crate::http::auth::{May, right};
use crate::http::json::Path;
use crate::http::problem::Problem;
use crate::http::reply::Reply;

/// The routes of proposals.
pub fn routes(config: &mut ServiceConfig) {
    config.service(proposals);
}

/// Shows what is proposed for the incident now.
///
/// By the message that leads it, the policy in force and all that was decided until now: what was proposed when it came in is in its
/// history.
#[utoipa::path(
    tag = "learning",
    params(("id" = Id, Path, description = "The incident's id")),
    responses((status = 200, description = "What is proposed", body = Proposals), Guarded, Finds),
)]
#[get("/incidents/{id}/proposals")]
async fn proposals(app: App, may: May<right::Triage>, id: Path<Id>) -> Result<Reply, Problem> {
    let (desk, id) = (may.desk(&app), id.into_inner());
    Ok(Reply::ok(&app.store().read(move |conn| learning::proposals(conn, &desk, id)).await?))
}
