//! Deadlines of the whole city: what another policy would move, and moving it.

use actix_web::http::StatusCode;
use actix_web::{get, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::policies::aside;
use super::responses::{Asks, Finds, Guarded, Makes, Takes};
use crate::app::App;
use crate::desk::deadlines::{self, LISTED_MOST, WhatIf};
use crate::desk::policies;
use crate::domain::policy::Amendment;
use crate::domain::{At, Id};
use crate::http::auth::{May, right};
use crate::http::json::{BodyDigest, Json, Path};
use crate::http::once::{Once, OnceHeader};
use crate::http::paging::{Page, Paging, PagingParameters};
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::reply::Reply;
use crate::store::records::Recomputation;

/// The routes of this file.
pub fn routes(config: &mut ServiceConfig) {
    config.service(what_if).service(order).service(list).service(find);
}

/// How much to tell.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Telling {
    /// How many of the incidents that would move to name; all are counted.
    #[serde(default = "usual")]
    #[param(minimum = 0, maximum = 1000, default = 100)]
    list: usize,
}

fn usual() -> usize {
    100
}

/// Tells which open incidents' deadlines a changed term or another day off would move.
///
/// The body is that of `POST /api/v1/policy-versions/amendments`, and is checked as there. Then every open incident's clocks are computed by the policy in force with it, from
/// where they began, and compared with what was promised. Nothing is stored: save the change, and apply the version that it makes, if
/// that is what you want. Only an administrator of the city's root may ask.
#[utoipa::path(
    tag = "deadlines",
    params(Telling),
    request_body = Amendment,
    responses((status = 200, description = "What would move", body = WhatIf), Guarded, Takes),
)]
#[post("/deadlines/what-if")]
async fn what_if(
    app: App,
    who: May<right::WritePolicy>,
    telling: Query<Telling>,
    body: Json<Amendment>,
) -> Result<Reply, Problem> {
    let (desk, listed, amendment) = (who.desk(&app), telling.into_inner().list, body.into_inner());
    policies::may_publish(&desk)?;
    if listed > LISTED_MOST {
        return Err(Problem::invalid("list", format!("must be from 0 to {LISTED_MOST}")));
    }
    let base = app.policy();
    let other = aside(move || policies::amended(base.version() + 1, base.doc(), &amendment)).await?;
    Ok(Reply::ok(&app.store().read(move |conn| deadlines::what_if(conn, &desk, other, listed)).await?))
}

/// An order to compute the deadlines of open incidents anew.
#[derive(Debug, Serialize, ToSchema)]
struct RecomputationView {
    id: Id,
    /// The version whose terms and calendars are applied.
    #[schema(example = 7)]
    policy_version: i64,
    /// Who ordered it.
    ordered_by: String,
    ordered_at: At,
    /// How many open incidents have been looked at.
    looked_at: i64,
    /// How many of them have a deadline at another time now.
    moved: i64,
    /// None while it is under way.
    finished_at: Option<At>,
}

impl From<Recomputation> for RecomputationView {
    fn from(row: Recomputation) -> RecomputationView {
        let Recomputation { id, policy_version, ordered_by, ordered_at, reached: _, looked_at, moved, finished_at } =
            row;
        RecomputationView { id, policy_version, ordered_by, ordered_at, looked_at, moved, finished_at }
    }
}

/// Apply the policy in force to open incidents.
///
/// A new version changes nothing about what was promised before. This orders that the clocks of all open incidents run by its terms and
/// calendars, from where they began; a worker does it, batch by batch. Each incident that changes has an entry about it in its history.
/// What is broken stays broken, what is deferred stays deferred, closed incidents are not touched. Only an administrator of the city's
/// root may do this; see before what would move with `POST /api/v1/deadlines/what-if`.
#[utoipa::path(
    tag = "deadlines",
    params(("version" = i64, Path, description = "The version to apply: the one in force", minimum = 1), OnceHeader),
    responses((status = 202, description = "Ordered", body = RecomputationView), Guarded, Finds, Takes, Makes),
)]
#[post("/policy-versions/{version}/recomputations")]
async fn order(app: App, who: May<right::WritePolicy>, version: Path<i64>, once: Once) -> Result<Reply, Problem> {
    let version = version.into_inner();
    let order = move |conn: &mut _, desk: &_| {
        let ordered = RecomputationView::from(deadlines::order(conn, desk, version)?);
        Ok(Reply::with(StatusCode::ACCEPTED, &ordered))
    };
    once.run(&app, &who, BodyDigest::none(), order).await
}

/// List orders to compute deadlines anew, the newest first.
#[utoipa::path(
    tag = "deadlines",
    params(PagingParameters),
    responses((status = 200, description = "A page of orders", body = Page<RecomputationView>), Guarded, Asks),
)]
#[get("/recomputations")]
async fn list(app: App, _who: May<right::ReadPolicy>, paging: Paging) -> Result<Page<RecomputationView>, Problem> {
    let (after, reach) = (paging.after::<Id>()?, paging.reach());
    let found = app.store().read(move |conn| deadlines::orders(conn, after, reach)).await?;
    Ok(paging.page(found, None, |row| row.id).map(RecomputationView::from))
}

/// Show how far an order is.
#[utoipa::path(
    tag = "deadlines",
    params(("id" = Id, Path, description = "The order's id")),
    responses((status = 200, description = "The order", body = RecomputationView), Guarded, Finds),
)]
#[get("/recomputations/{id}")]
async fn find(app: App, _who: May<right::ReadPolicy>, id: Path<Id>) -> Result<Reply, Problem> {
    let id = id.into_inner();
    let found = app.store().read(move |conn| deadlines::ordered(conn, id)).await?;
    Ok(Reply::ok(&RecomputationView::from(found)))
}
