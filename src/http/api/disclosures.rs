//! Who opened personal data, when and why.

use actix_web::get;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::responses::{Asks, Guarded};
use crate::app::App;
use crate::desk::disclosures;
use crate::domain::disclosure::DisclosureKind;
use crate::domain::text::mask_personal;
use crate::domain::{At, Id};
use crate::http::auth::{May, right};
use crate::http::paging::{Page, Paging, PagingParameters};
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::store::disclosures::{Filter, Opened};

/// The route of this file.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list);
}

/// One opening of what is masked.
#[derive(Debug, Serialize, ToSchema)]
struct DisclosureView {
    id: Id,
    at: At,
    /// Who opened it.
    staff: Id,
    login: String,
    kind: DisclosureKind,
    /// Absent for an export.
    incident: Option<Id>,
    /// The incident's number.
    number: Option<i64>,
    /// Masked: whoever checks who looked need not see what.
    reason: Option<String>,
}

impl From<Opened> for DisclosureView {
    fn from((row, login, number): Opened) -> DisclosureView {
        DisclosureView {
            id: row.id,
            at: row.at,
            staff: row.staff_id,
            login,
            kind: row.kind,
            incident: row.incident_id,
            number,
            reason: row.reason.map(|reason| mask_personal(&reason)),
        }
    }
}

/// Which openings are listed: all that is given must fit.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// Of this incident.
    incident: Option<Id>,
    /// By this member of staff.
    staff: Option<Id>,
    /// At this instant or after it.
    from: Option<At>,
    /// Before this instant.
    to: Option<At>,
}

/// Lists who opened personal data, the latest first.
///
/// In a part of the tree: the openings of its incidents, and those by its staff.
#[utoipa::path(
    tag = "disclosures",
    params(Wanted, PagingParameters),
    responses((status = 200, description = "A page of openings", body = Page<DisclosureView>), Guarded, Asks),
)]
#[get("/disclosures")]
async fn list(
    app: App,
    may: May<right::ReadDisclosures>,
    wanted: Query<Wanted>,
    paging: Paging,
) -> Result<Page<DisclosureView>, Problem> {
    let Wanted { incident, staff, from, to } = wanted.into_inner();
    let (desk, filter) = (may.desk(&app), Filter { incident, staff, from, to });
    let (before, reach) = (paging.after::<Id>()?, paging.reach());
    let found = app.store().read(move |conn| disclosures::list(conn, &desk, &filter, before, reach)).await?;
    Ok(paging.page(found, None, |(row, _, _)| row.id).map(DisclosureView::from))
}
