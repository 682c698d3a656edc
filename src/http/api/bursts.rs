//! Mass incidents that are proposed: far more complaints than is usual for the hour.

use actix_web::{get, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::incidents::bulk::{ItemResult, Results};
use super::incidents::views::IncidentView;
use super::responses::{Asks, Finds, Guarded, Makes, Reads, Takes};
use crate::app::App;
use crate::desk::{Desk, bursts};
use crate::domain::{At, BurstState, Id};
use crate::http::auth::{May, right};
use crate::http::json::{BodyDigest, Json, Path};
use crate::http::once::{Once, OnceHeader};
use crate::http::paging::{Page, Paging, PagingParameters};
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::reply::Reply;
use crate::store::records::{BurstRow, Incident};

/// The routes of bursts.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list).service(one).service(accept).service(dismiss);
}

/// Far more complaints than usual.
#[derive(Debug, Serialize, ToSchema)]
struct BurstView {
    id: Id,
    state: BurstState,
    /// The group of topics.
    group: String,
    /// The topic of more than half of the complaints.
    topic: Option<String>,
    municipality: String,
    /// When the first complaint of the window came that raised it.
    since: At,
    /// The length of that window, in hours.
    hours: i32,
    /// How many residents usually complain in such a window at that hour and weekday.
    expected: f64,
    /// How many did when it was raised.
    seen: i32,
    /// How probable so many are on a usual day.
    p: f64,
    /// How many complaints it has by now.
    size: i64,
    raised_at: At,
    /// When the count was last above the usual.
    last_high: At,
    /// When it had been calm for long enough.
    ended_at: Option<At>,
    /// The incident that the others were merged into.
    parent: Option<Id>,
    settled_by: Option<String>,
    settled_at: Option<At>,
}

impl BurstView {
    fn of((row, size): (BurstRow, i64)) -> BurstView {
        BurstView {
            id: row.id,
            state: row.state,
            group: row.topic_group,
            topic: row.topic,
            municipality: row.municipality,
            since: row.since,
            hours: row.hours,
            expected: row.expected,
            seen: row.seen,
            p: row.p,
            size,
            raised_at: row.raised_at,
            last_high: row.last_high,
            ended_at: row.ended_at,
            parent: row.parent_id,
            settled_by: row.settled_by,
            settled_at: row.settled_at,
        }
    }
}

/// A burst with its incidents.
#[derive(Debug, Serialize, ToSchema)]
struct BurstDetails {
    #[serde(flatten)]
    burst: BurstView,
    /// The oldest first.
    incidents: Vec<IncidentView>,
}

impl BurstDetails {
    fn of((row, incidents): (BurstRow, Vec<Incident>), desk: &Desk) -> BurstDetails {
        BurstDetails {
            burst: BurstView::of((row, i64::try_from(incidents.len()).unwrap_or(i64::MAX))),
            incidents: incidents.iter().map(|incident| IncidentView::of(incident, desk)).collect(),
        }
    }
}

/// Which bursts are listed.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Wanted {
    state: Option<BurstState>,
}

/// Lists bursts, the newest first.
#[utoipa::path(
    tag = "bursts",
    params(Wanted, PagingParameters),
    responses((status = 200, description = "A page of bursts", body = Page<BurstView>), Guarded, Asks),
)]
#[get("/bursts")]
async fn list(
    app: App,
    may: May<right::Triage>,
    wanted: Query<Wanted>,
    paging: Paging,
) -> Result<Page<BurstView>, Problem> {
    let (desk, Wanted { state }) = (may.desk(&app), wanted.into_inner());
    let (after, reach) = (paging.after::<Id>()?, paging.reach());
    let found = app.store().read(move |conn| bursts::list(conn, &desk, state, after, reach)).await?;
    Ok(paging.page(found, None, |(row, _)| row.id).map(BurstView::of))
}

/// Shows a burst with its incidents.
#[utoipa::path(
    tag = "bursts",
    params(("id" = Id, Path, description = "The burst's id")),
    responses((status = 200, description = "The burst", body = BurstDetails), Guarded, Finds),
)]
#[get("/bursts/{id}")]
async fn one(app: App, may: May<right::Triage>, id: Path<Id>) -> Result<Reply, Problem> {
    let (desk, id) = (may.desk(&app), id.into_inner());
    let circumstances = desk.clone();
    let found = app.store().read(move |conn| bursts::get(conn, &desk, id)).await?;
    Ok(Reply::ok(&BurstDetails::of(found, &circumstances)))
}

/// What the others are merged into.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Acceptance {
    /// One of the burst's incidents that is open.
    parent: Id,
}

/// Takes a burst for one mass incident: its open incidents are merged into one of them, up to 500 at once.
///
/// Each succeeds or fails by itself; `results` says which. A burst that goes on can be accepted again, for what came since.
#[utoipa::path(
    tag = "bursts",
    params(("id" = Id, Path, description = "The burst's id"), OnceHeader),
    request_body = Acceptance,
    responses((status = 207, description = "What became of each", body = Results), Guarded, Finds, Takes, Makes),
)]
#[post("/bursts/{id}/acceptance")]
async fn accept(
    app: App,
    may: May<right::Merge>,
    id: Path<Id>,
    once: Once,
    body: Json<Acceptance>,
) -> Result<Reply, Problem> {
    let (id, (Acceptance { parent }, digest)) = (id.into_inner(), body.split());
    once.run(&app, &may, digest, move |conn, desk| {
        let done = bursts::accept(conn, desk, id, parent)?;
        Ok(Reply::several(&Results::of(done.into_iter().map(|(id, done)| ItemResult::of(id, done, desk)).collect())))
    })
    .await
}

/// Says that it is no mass incident. No other is proposed in its place before it is over.
#[utoipa::path(
    tag = "bursts",
    params(("id" = Id, Path, description = "The burst's id"), OnceHeader),
    responses((status = 200, description = "The burst, dismissed", body = BurstDetails), Guarded, Finds, Reads, Makes),
)]
#[post("/bursts/{id}/dismissal")]
async fn dismiss(app: App, may: May<right::Triage>, id: Path<Id>, once: Once) -> Result<Reply, Problem> {
    let id = id.into_inner();
    once.run(&app, &may, BodyDigest::none(), move |conn, desk| {
        bursts::dismiss(conn, desk, id).map(|found| Reply::ok(&BurstDetails::of(found, desk)))
    })
    .await
}
