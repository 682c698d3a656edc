//! Incidents: lists, one, its history, and everything that is done to it.

mod answers;
pub mod attachments;
pub mod bulk;
mod clocks;
pub mod concerns;
mod disclosures;
mod drafts;
mod filter;
mod history;
pub mod likenesses;
mod moves;
mod places;
mod proposals;
pub mod reasons;
pub mod thread;
pub mod views;

use actix_web::get;
use utoipa_actix_web::service_config::ServiceConfig;

use super::responses::{Asks, Finds, Guarded};
use crate::app::App;
use crate::desk::{Desk, Error, incidents};
use crate::domain::Id;
use crate::http::auth::{Caller, May, right};
use crate::http::json::{BodyDigest, Path};
use crate::http::once::Once;
use crate::http::paging::{Page, Paging, PagingParameters};
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::reply::Reply;
use crate::store::Conn;
use crate::store::incidents::Order;
use crate::store::records::Incident;
pub use filter::{FilterParameters, Sort};
use views::IncidentView;

/// The routes of incidents.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list).service(bulk::act);
    config.service(one);
    history::routes(config);
    attachments::routes(config);
    thread::routes(config);
    disclosures::routes(config);
    clocks::routes(config);
    moves::routes(config);
    proposals::routes(config);
    places::routes(config);
    likenesses::routes(config);
    answers::routes(config);
    drafts::routes(config);
}

/// Lists incidents, as far as the caller's part of the tree reaches.
///
/// Pages go on by key: incidents that come in meanwhile neither repeat nor hide any.
#[utoipa::path(
    tag = "incidents",
    params(FilterParameters, PagingParameters),
    responses((status = 200, description = "A page of incidents", body = Page<IncidentView>), Guarded, Finds, Asks),
)]
#[get("/incidents")]
async fn list(
    app: App,
    may: May<right::ReadIncidents>,
    query: Query<FilterParameters>,
    paging: Paging,
) -> Result<Page<IncidentView>, Problem> {
    let query = query.into_inner();
    let mut filter = query.filter(&app)?;
    let order = match query.sort.unwrap_or(Sort::Newest) {
        Sort::Newest => Order::Newest(paging.after()?),
        Sort::Oldest => Order::Oldest(paging.after()?),
        Sort::Due => Order::Due(paging.after()?),
    };
    let (desk, limit, total) = (may.desk(&app), paging.limit(), paging.wants_total());
    let (found, total) = app
        .store()
        .read(move |conn| -> Result<_, Error> {
            if let Some(other) = query.same_author_as {
                // An author's identity means something in its own network only.
                let other = incidents::get(conn, &desk, other)?;
                (filter.author, filter.network) = (Some(other.author_key), Some(other.network));
            }
            let found = incidents::list(conn, &desk, &filter, order, limit)?;
            let total = total.then(|| incidents::count(conn, &desk, &filter)).transpose()?;
            Ok((found, total))
        })
        .await?;
    let desk = may.desk(&app);
    let page = match order {
        Order::Due(_) => paging.page(found, total, |i| serde_json::json!([i.due_at, i.number])),
        _ => paging.page(found, total, |i| serde_json::json!(i.number)),
    };
    Ok(page.map(|incident| IncidentView::of(&incident, &desk)))
}

/// Shows one incident.
#[utoipa::path(
    tag = "incidents",
    params(("id" = Id, Path, description = "The incident's id")),
    responses(
        (status = 200, description = "The incident", body = IncidentView, headers(("ETag" = String, description = "Its version"))),
        Guarded, Finds,
    ),
)]
#[get("/incidents/{id}")]
async fn one(app: App, may: May<right::ReadIncidents>, id: Path<Id>) -> Result<Reply, Problem> {
    let (desk, id) = (may.desk(&app), id.into_inner());
    let circumstances = desk.clone();
    let incident = app.store().read(move |conn| incidents::get(conn, &desk, id)).await?;
    Ok(shown(&incident, &circumstances))
}

/// An incident as the answer to a request.
fn shown(incident: &Incident, desk: &Desk) -> Reply {
    Reply::ok(&IncidentView::of(incident, desk)).version(incident.version)
}

/// Does one thing to one incident, once, and shows what it is then. A stale version is answered with the incident as it
/// stands.
async fn act<F>(app: App, caller: &Caller, once: Once, digest: BodyDigest, id: Id, work: F) -> Result<Reply, Problem>
where
    F: FnOnce(&mut Conn, &Desk) -> Result<Reply, Error> + Send + 'static,
{
    let done = once.run(&app, caller, digest, work).await;
    let Err(problem) = done else { return done };
    if problem.code() != "stale" {
        return Err(problem);
    }
    let desk = caller.desk(&app);
    let circumstances = desk.clone();
    match app.store().read(move |conn| incidents::get(conn, &desk, id)).await {
        Ok(now) => Err(problem.with("incident", IncidentView::of(&now, &circumstances))),
        Err(_) => Err(problem),
    }
}
