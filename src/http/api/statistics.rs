//! Figures of a period, each with the list that makes it.

use actix_web::get;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use super::responses::{Asks, Finds, Guarded};
use crate::app::App;
use crate::desk::statistics::{self, Ask};
use crate::domain::Kind;
use crate::domain::statistics::{Breakdown, Cohort, Dimension, Rating, Summary};
use crate::http::auth::{May, right};
use crate::http::json::Path;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::reply::Reply;

/// The routes of statistics.
pub fn routes(config: &mut ServiceConfig) {
    config.service(summary).service(by).service(rating);
}

/// A period, a cohort, and what part of the incidents is asked about; each condition that is given must hold.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
struct StatisticsParameters {
    /// The first day (`2025-12-24`) or month (`2025-12`) of the period, in the city's zone; absent: the current month.
    #[param(example = "2025-12", max_length = 10)]
    from: Option<String>,
    /// The first day or month *after* the period; absent: tomorrow. A period has at most 731 days.
    #[param(example = "2026-01", max_length = 10)]
    to: Option<String>,
    /// Which incidents belong to the period: those received in it (the default), or those closed in it.
    cohort: Option<Cohort>,
    /// Only incidents of this organisation and everything below it.
    #[param(max_length = 64)]
    organisation: Option<String>,
    /// Only incidents with this department.
    #[param(max_length = 64)]
    executor: Option<String>,
    /// Only incidents on this topic.
    #[param(max_length = 64)]
    topic: Option<String>,
    /// Only incidents on topics of this group.
    #[param(max_length = 64)]
    group: Option<String>,
    /// Only incidents from this network.
    #[param(max_length = 40)]
    network: Option<String>,
    /// Only incidents of this municipality.
    #[param(max_length = 64)]
    municipality: Option<String>,
    /// Only incidents of this kind.
    kind: Option<Kind>,
}

impl From<StatisticsParameters> for Ask {
    fn from(asked: StatisticsParameters) -> Ask {
        Ask {
            from: asked.from,
            to: asked.to,
            cohort: asked.cohort.unwrap_or(Cohort::Created),
            organisation: asked.organisation,
            executor: asked.executor,
            topic: asked.topic,
            group: asked.group,
            network: asked.network,
            municipality: asked.municipality,
            kind: asked.kind,
        }
    }
}

/// A period at a glance, as far as the caller's part of the tree reaches.
///
/// Each figure says in its description what it counts, and carries the query of the list that it counts: the list is as long as
/// the figure says.
#[utoipa::path(
    tag = "statistics",
    params(StatisticsParameters),
    responses((status = 200, description = "The figures", body = Summary), Guarded, Asks),
)]
#[get("/statistics/summary")]
async fn summary(
    app: App,
    may: May<right::ReadStatistics>,
    query: Query<StatisticsParameters>,
) -> Result<Reply, Problem> {
    let (desk, ask) = (may.desk(&app), Ask::from(query.into_inner()));
    let report = app.store().read(move |conn| statistics::summary(conn, &desk, &ask)).await?;
    Ok(Reply::ok(&report))
}

/// A period by one dimension: a row for each value that occurs, and one for the incidents that have none. The rows add up to the
/// whole.
///
/// By organisation, an incident counts with the one that is responsible for it now; by day and month, with its receipt or its
/// closing (by the cohort), and its deadline with the day on which it was decided.
#[utoipa::path(
    tag = "statistics",
    params(("dimension" = Dimension, Path, description = "What the rows are"), StatisticsParameters),
    responses((status = 200, description = "The rows", body = Breakdown), Guarded, Finds, Asks),
)]
#[get("/statistics/by/{dimension}")]
async fn by(
    app: App,
    may: May<right::ReadStatistics>,
    dimension: Path<Dimension>,
    query: Query<StatisticsParameters>,
) -> Result<Reply, Problem> {
    let (desk, ask, dimension) = (may.desk(&app), Ask::from(query.into_inner()), dimension.into_inner());
    let report = app.store().read(move |conn| statistics::by(conn, &desk, &ask, dimension)).await?;
    Ok(Reply::ok(&report))
}

/// Who does the work how well: departments, and organisations for what they did not pass on.
#[utoipa::path(
    tag = "statistics",
    params(StatisticsParameters),
    responses((status = 200, description = "The rating, best first", body = Rating), Guarded, Asks),
)]
#[get("/statistics/rating")]
async fn rating(
    app: App,
    may: May<right::ReadStatistics>,
    query: Query<StatisticsParameters>,
) -> Result<Reply, Problem> {
    let (desk, ask) = (may.desk(&app), Ask::from(query.into_inner()));
    let report = app.store().read(move |conn| statistics::rating(conn, &desk, &ask)).await?;
    Ok(Reply::ok(&report))
}
