//! The places that complaints come from.

use actix_web::get;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::listed::{Listed, SOUGHT_LIMIT, Sought, at, need_lengths};
use super::responses::{Asks, Finds, Guarded};
use crate::app::App;
use crate::domain::policy::{Municipality, MunicipalityKind};
use crate::http::auth::{May, right};
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::reply::Reply;

/// The routes of this file.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list);
}

/// A place with its own administration.
#[derive(Debug, Serialize, ToSchema)]
struct MunicipalityView {
    #[schema(example = "omsk")]
    id: String,
    #[schema(example = "Омск")]
    title: String,
    kind: MunicipalityKind,
    /// Degrees of latitude of its middle.
    #[schema(minimum = -90, maximum = 90)]
    lat: Option<f64>,
    /// Degrees of longitude of its middle.
    #[schema(minimum = -180, maximum = 180)]
    lon: Option<f64>,
    population: Option<u32>,
    /// Other spellings of its name.
    aliases: Vec<String>,
}

impl From<Municipality> for MunicipalityView {
    fn from(place: Municipality) -> MunicipalityView {
        let Municipality { id, title, kind, lat, lon, population, aliases } = place;
        MunicipalityView { id, title, kind, lat, lon, population, aliases }
    }
}

/// Which municipalities.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Filter {
    kind: Option<MunicipalityKind>,
    /// Only those with this text in the id, the title or another spelling, whatever the case.
    #[param(min_length = 1, max_length = 100, example = "омск")]
    q: Option<String>,
    /// A version of the policy; without it, the one in force.
    #[param(minimum = 1, example = 7)]
    version: Option<i64>,
}

/// List municipalities.
///
/// All that fit, in the order of the policy's document.
#[utoipa::path(
    tag = "policy",
    params(Filter),
    responses((status = 200, description = "The municipalities", body = Listed<MunicipalityView>), Guarded, Finds, Asks),
)]
#[get("/municipalities")]
async fn list(app: App, _who: May<right::ReadPolicy>, filter: Query<Filter>) -> Result<Reply, Problem> {
    let Filter { kind, q, version } = filter.into_inner();
    need_lengths(&[("q", &q, SOUGHT_LIMIT)])?;
    let (policy, sought) = (at(&app, version).await?, Sought::new(q.as_deref()));
    let fits = |place: &&Municipality| {
        let names = [&place.id, &place.title].into_iter().chain(&place.aliases).map(String::as_str);
        kind.is_none_or(|kind| place.kind == kind) && sought.is_in(names)
    };
    let fitting = policy.doc().municipalities.iter().filter(fits).cloned();
    Ok(Listed::reply(&policy, fitting.map(MunicipalityView::from).collect()))
}
