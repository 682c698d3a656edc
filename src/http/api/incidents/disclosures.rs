//! Opening what residents said in an incident: it is masked everywhere else, and each opening is put on record.

use actix_web::post;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::views::{IncidentView, MessageView};
use crate::app::App;
use crate::desk::disclosures;
use crate::domain::{At, Id};
use crate::http::api::ROOT;
use crate::http::api::responses::{Finds, Guarded, Takes};
use crate::http::auth::{May, right};
use crate::http::json::{Json, Path};
use crate::http::problem::Problem;
use crate::http::reply::Reply;

/// The route of this file.
pub fn routes(config: &mut ServiceConfig) {
    config.service(open);
}

/// Why it is opened.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Opening {
    /// For the record.
    #[schema(example = "звоню заявителю", min_length = 1, max_length = 500)]
    reason: Option<String>,
}

/// What residents said, with nothing masked.
#[derive(Debug, Serialize, ToSchema)]
struct OpenedView {
    /// The opening on record.
    disclosure: Id,
    at: At,
    incident: IncidentView,
    /// In the order in which they were published.
    messages: Vec<MessageView>,
}

/// Opens the full texts of the incident: its own, its messages', and what they said before.
///
/// Each opening is put on record with who, when and why, in the transaction that reads the texts. There is no `Idempotency-Key`: what is
/// sent again is opened again. It changes nothing in the incident, so its version stays.
#[utoipa::path(
    tag = "disclosures",
    params(("id" = Id, Path, description = "The incident's id")),
    request_body = Opening,
    responses((status = 201, description = "The full texts", body = OpenedView), Guarded, Finds, Takes),
)]
#[post("/incidents/{id}/disclosures")]
async fn open(
    app: App,
    may: May<right::ReadPersonalData>,
    id: Path<Id>,
    body: Json<Opening>,
) -> Result<Reply, Problem> {
    let (desk, id, reason) = (may.desk(&app), id.into_inner(), body.into_inner().reason);
    let circumstances = desk.clone();
    let opened = app.store().write(move |conn| disclosures::open(conn, &desk, id, reason)).await?;
    let messages = opened.messages.into_iter();
    let view = OpenedView {
        disclosure: opened.row.id,
        at: opened.row.at,
        incident: IncidentView::opened(&opened.incident, &circumstances),
        messages: messages.map(|(message, earlier)| MessageView::opened(message, earlier, &circumstances)).collect(),
    };
    Ok(Reply::created(format!("{ROOT}/disclosures?incident={id}"), &view))
}
