//! Answers on their way into the networks: one posting for each thread, and for each part of a text that is too long for one.

use actix_web::{get, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::incidents::views::{address, shown};
use super::responses::{Asks, Changes, Finds, Guarded, Reads};
use crate::app::App;
use crate::desk::{Desk, answering};
use crate::domain::{At, Form, Id, PostingState};
use crate::http::auth::{May, right};
use crate::http::json::{BodyDigest, Path};
use crate::http::once::{Once, OnceHeader};
use crate::http::paging::{Page, Paging, PagingParameters};
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::reply::Reply;
use crate::store::postings::Filter;
use crate::store::records::PostingRow;

/// The routes of this file.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list).service(retry);
}

/// One posting: "waiting", "sent", "delivered" and "failed" are told apart.
#[derive(Debug, Serialize, ToSchema)]
pub struct PostingView {
    pub id: Id,
    pub answer: Id,
    /// The incident whose author is answered: the answer's own, or one merged into it.
    pub incident: Id,
    /// 1, 2, … of `parts`.
    pub part: i32,
    pub parts: i32,
    /// Who says it: a page, or the source that the question came from.
    pub source: Id,
    pub form: Form,
    /// As it stands, or will stand, in the network.
    pub text: String,
    pub state: PostingState,
    /// The network may have published it more than once: a reply of it was lost, and it has no key to know a repeat by.
    pub maybe_twice: bool,
    pub attempts: i32,
    /// When it was first handed to the network.
    pub sent_at: Option<At>,
    /// When the network said that it has it.
    pub delivered_at: Option<At>,
    pub permalink: Option<String>,
    /// What went wrong last.
    pub failure: Option<String>,
    pub created_at: At,
}

impl PostingView {
    /// As the actor may see it.
    pub fn of(row: PostingRow, desk: &Desk) -> PostingView {
        PostingView {
            id: row.id,
            answer: row.answer_id,
            incident: row.incident_id,
            part: row.part,
            parts: row.parts,
            source: row.source_id,
            form: row.form,
            text: shown(&row.text, desk),
            state: row.state,
            maybe_twice: row.maybe_twice,
            attempts: row.attempts,
            sent_at: row.sent_at,
            delivered_at: row.delivered_at,
            permalink: address(row.permalink, desk),
            failure: row.failure.map(|text| shown(&text, desk)),
            created_at: row.created_at,
        }
    }
}

/// Which postings are listed: all that is given must fit.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// Of this answer.
    answer: Option<Id>,
    /// In the thread of this incident; must be given by whoever sees a part of the city only.
    incident: Option<Id>,
    state: Option<PostingState>,
    /// Whether it may have been published twice.
    maybe_twice: Option<bool>,
}

/// Lists postings, oldest first.
#[utoipa::path(
    tag = "answers",
    params(Wanted, PagingParameters),
    responses((status = 200, description = "A page of postings", body = Page<PostingView>), Guarded, Finds, Asks),
)]
#[get("/postings")]
async fn list(
    app: App,
    may: May<right::ReadIncidents>,
    wanted: Query<Wanted>,
    paging: Paging,
) -> Result<Page<PostingView>, Problem> {
    let (desk, wanted) = (may.desk(&app), wanted.into_inner());
    let circumstances = desk.clone();
    let (after, reach) = (paging.after::<Id>()?, paging.reach());
    let Wanted { answer, incident, state, maybe_twice } = wanted;
    let filter = Filter { answer, incident, state, maybe_twice };
    let found = app.store().read(move |conn| answering::postings(conn, &desk, &filter, after, reach)).await?;
    Ok(paging.page(found, None, |row| row.id).map(|row| PostingView::of(row, &circumstances)))
}

/// Orders anew what could not be published.
#[utoipa::path(
    tag = "answers",
    params(("id" = Id, Path, description = "The posting"), OnceHeader),
    responses((status = 200, description = "It waits again", body = PostingView), Guarded, Finds, Reads, Changes),
)]
#[post("/postings/{id}/retries")]
async fn retry(app: App, may: May<right::ReportDelivery>, id: Path<Id>, once: Once) -> Result<Reply, Problem> {
    let id = id.into_inner();
    once.run(&app, &may, BodyDigest::none(), move |conn, desk| {
        answering::retry_posting(conn, desk, id).map(|row| Reply::ok(&PostingView::of(row, desk)))
    })
    .await
}
