//! Incidents that are probably about the same problem.

use actix_web::{get, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::history::All;
use super::reasons::{self, ReasonView};
use super::views::{sees_persons, shown};
use crate::app::App;
use crate::desk::{Desk, Error, likeness, notices};
use crate::domain::text::mask_personal;
use crate::domain::{At, Id, Language, LikenessState, Step};
use crate::http::api::responses::{Finds, Guarded, Makes, Reads};
use crate::http::auth::{May, right};
use crate::http::json::{BodyDigest, Path};
use crate::http::once::{Once, OnceHeader};
use crate::http::problem::Problem;
use crate::http::reply::Reply;
use crate::store::records::{Incident, LikenessRow};

/// The routes of likenesses.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list).service(dismiss);
}

/// Another incident that is probably about the same problem.
#[derive(Debug, Serialize, ToSchema)]
pub struct LikenessView {
    /// The other incident.
    pub other: Id,
    pub number: i64,
    pub step: Step,
    /// Its text; personal data is masked without the right to see it.
    pub text: String,
    pub topic: Option<String>,
    pub settlement: Option<String>,
    pub street: Option<String>,
    pub house: Option<String>,
    pub received_at: At,
    /// What the other one is merged into.
    pub merged_into: Option<Id>,
    /// How probable it is that the two are about one problem, 0 to 1.
    pub score: f64,
    /// `same_author_repeats`, `many_of_one_accident`, `same_problem`.
    #[schema(example = "many_of_one_accident")]
    pub relation: String,
    /// The same in words, in the language of whoever asks.
    pub relation_text: &'static str,
    /// What speaks for and against, the strongest first.
    pub reasons: Vec<ReasonView>,
    pub state: LikenessState,
    /// From how many judgements it was learnt what each reason weighs.
    pub learnt: i64,
    /// When the two were compared.
    pub at: At,
    pub settled_by: Option<String>,
    pub settled_at: Option<At>,
}

impl LikenessView {
    /// As the actor may see it.
    pub fn of((row, other): (LikenessRow, Incident), desk: &Desk, language: Language) -> LikenessView {
        let stored = row.reasons.0.as_array().into_iter().flatten();
        LikenessView {
            text: mask_personal(&other.text),
            reasons: stored.filter_map(|reason| ReasonView::of(reason, language, sees_persons(desk))).collect(),
            relation_text: reasons::relation(&row.relation, language),
            relation: row.relation,
            other: other.id,
            number: other.number,
            step: other.step,
            topic: other.topic,
            settlement: other.settlement.map(|text| shown(&text, desk)),
            street: other.street.map(|text| shown(&text, desk)),
            house: other.house.map(|text| shown(&text, desk)),
            received_at: other.received_at,
            merged_into: other.parent_id,
            score: row.score,
            state: row.state,
            learnt: row.learnt,
            at: row.at,
            settled_by: row.settled_by,
            settled_at: row.settled_at,
        }
    }
}

/// Lists the incidents that are probably about the same problem, the likeliest first, with the reasons.
///
/// To accept one, merge the one into the other.
#[utoipa::path(
    tag = "merges",
    params(("id" = Id, Path, description = "The incident's id")),
    responses((status = 200, description = "What is alike", body = All<LikenessView>), Guarded, Finds),
)]
#[get("/incidents/{id}/likenesses")]
async fn list(app: App, may: May<right::Triage>, id: Path<Id>) -> Result<Reply, Problem> {
    let (desk, id, member) = (may.desk(&app), id.into_inner(), may.id());
    let circumstances = desk.clone();
    let read = move |conn: &mut _| -> Result<_, Error> {
        Ok((notices::language_of(conn, member)?, likeness::of_incident(conn, &desk, id)?))
    };
    let (language, found) = app.store().read(read).await?;
    Ok(All::reply(found, |pair| LikenessView::of(pair, &circumstances, language)))
}

/// Which pair.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct Which {
    /// The incident's id.
    id: Id,
    /// The other incident's id.
    other: Id,
}

/// Says that two incidents are not about the same problem. It is learnt from.
#[utoipa::path(
    tag = "merges",
    params(Which, OnceHeader),
    responses((status = 200, description = "The pair, dismissed", body = LikenessView), Guarded, Finds, Reads, Makes),
)]
#[post("/incidents/{id}/likenesses/{other}/dismissal")]
async fn dismiss(app: App, may: May<right::Merge>, which: Path<Which>, once: Once) -> Result<Reply, Problem> {
    let (Which { id, other }, member) = (which.into_inner(), may.id());
    once.run(&app, &may, BodyDigest::none(), move |conn, desk| {
        let language = notices::language_of(conn, member)?;
        likeness::dismiss(conn, desk, id, other).map(|pair| Reply::ok(&LikenessView::of(pair, desk, language)))
    })
    .await
}
