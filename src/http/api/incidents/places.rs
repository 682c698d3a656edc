//! The places that an incident's text names.

use actix_web::get;
use utoipa_actix_web::service_config::ServiceConfig;

use super::history::All;
use crate::app::App;
use crate::desk::places::{self, Sighting};
use crate::domain::Id;
use crate::http::api::responses::{Finds, Guarded};
use crate::http::auth::{May, right};
use crate::http::json::Path;
use crate::http::problem::Problem;
use crate::http::reply::Reply;

/// The routes of places.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list);
}

/// Shows the places that the text names as it stands, by the policy as it stands.
///
/// What the incident was given when it came is in its first event.
#[utoipa::path(
    tag = "incidents",
    params(("id" = Id, Path, description = "The incident's id")),
    responses((status = 200, description = "The places, in the order of the text", body = All<Sighting>), Guarded, Finds),
)]
#[get("/incidents/{id}/places")]
async fn list(app: App, may: May<right::ReadIncidents>, id: Path<Id>) -> Result<Reply, Problem> {
    let (desk, id) = (may.desk(&app), id.into_inner());
    let found = app.store().read(move |conn| places::of_incident(conn, &desk, id)).await?;
    Ok(All::reply(found, |sighting: Sighting| sighting))
}
