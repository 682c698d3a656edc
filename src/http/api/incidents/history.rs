//! What belongs to an incident: its thread, history, reasons, stays, answers, clocks, duplicates.

use std::collections::BTreeMap;

use actix_web::get;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::views::{AnswerView, AssignmentView, EventView, IncidentView, MessageView};
use crate::app::App;
use crate::desk::routes::{self as rules, Reasons};
use crate::desk::{Error, answering, incidents, notices};
use crate::domain::Id;
use crate::http::api::responses::{Asks, Finds, Guarded};
use crate::http::auth::{May, right};
use crate::http::json::Path;
use crate::http::paging::{Page, Paging, PagingParameters};
use crate::http::problem::Problem;
use crate::http::reply::Reply;

/// The routes of what belongs to an incident.
pub fn routes(config: &mut ServiceConfig) {
    config.service(messages).service(events).service(why).service(assignments).service(answers);
    config.service(duplicates);
}

/// A list that is shown whole: it belongs to one incident and stays short.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct All<T> {
    items: Vec<T>,
}

impl<T: Serialize> All<T> {
    /// The answer that shows them.
    pub(super) fn reply<R>(rows: Vec<R>, show: impl FnMut(R) -> T) -> Reply {
        Reply::ok(&All { items: rows.into_iter().map(show).collect::<Vec<T>>() })
    }
}

/// Shows the messages of the incident, as they were published, with what they said before.
#[utoipa::path(
    tag = "incidents",
    params(("id" = Id, Path, description = "The incident's id")),
    responses((status = 200, description = "The messages", body = All<MessageView>), Guarded, Finds),
)]
#[get("/incidents/{id}/messages")]
async fn messages(app: App, may: May<right::ReadIncidents>, id: Path<Id>) -> Result<Reply, Problem> {
    let (desk, id) = (may.desk(&app), id.into_inner());
    let circumstances = desk.clone();
    let thread = app.store().read(move |conn| incidents::thread(conn, &desk, id)).await?;
    Ok(All::reply(thread, |(message, earlier)| MessageView::of(message, earlier, &circumstances)))
}

/// Shows the incident's history. Each event holds the hash of the one before it.
#[utoipa::path(
    tag = "incidents",
    params(("id" = Id, Path, description = "The incident's id"), PagingParameters),
    responses((status = 200, description = "A page of events, oldest first", body = Page<EventView>), Guarded, Finds, Asks),
)]
#[get("/incidents/{id}/events")]
async fn events(
    app: App,
    may: May<right::ReadIncidents>,
    id: Path<Id>,
    paging: Paging,
) -> Result<Page<EventView>, Problem> {
    let (desk, id, limit) = (may.desk(&app), id.into_inner(), paging.limit());
    let (after, circumstances): (i64, _) = (paging.after()?.unwrap_or(0), desk.clone());
    let found = app.store().read(move |conn| incidents::history(conn, &desk, id, after, limit)).await?;
    Ok(paging.page(found, None, |(event, _)| event.n).map(|event| EventView::of(event, &circumstances)))
}

/// Explains why the incident is where it is and why its clocks run as they do.
///
/// Each rule and each term is told as it stood in the version of the policy that decided, whatever has become of it since.
#[utoipa::path(
    tag = "incidents",
    params(("id" = Id, Path, description = "The incident's id")),
    responses((status = 200, description = "The rules and the terms that decided", body = Reasons), Guarded, Finds),
)]
#[get("/incidents/{id}/why")]
async fn why(app: App, may: May<right::ReadIncidents>, id: Path<Id>) -> Result<Reply, Problem> {
    let (desk, id) = (may.desk(&app), id.into_inner());
    let (hops, terms) = app.store().read(move |conn| incidents::decided(conn, &desk, id)).await?;
    let mut versions = BTreeMap::new();
    for version in rules::versions(&hops, &terms) {
        match app.policy_at(version).await {
            Ok(policy) => drop(versions.insert(version, policy)),
            // Never stored here: the incident may have come from elsewhere. What came with it is told.
            Err(Error::NotFound(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Reply::ok(&rules::explain(&versions, &hops, &terms)))
}

/// Shows the incident's stays with organisations: who had it when, by which rule, and why it left.
#[utoipa::path(
    tag = "incidents",
    params(("id" = Id, Path, description = "The incident's id")),
    responses((status = 200, description = "The stays, in their order", body = All<AssignmentView>), Guarded, Finds),
)]
#[get("/incidents/{id}/assignments")]
async fn assignments(app: App, may: May<right::ReadIncidents>, id: Path<Id>) -> Result<Reply, Problem> {
    let (desk, id) = (may.desk(&app), id.into_inner());
    let circumstances = desk.clone();
    let found = app.store().read(move |conn| incidents::assignments(conn, &desk, id)).await?;
    Ok(All::reply(found, |stay| AssignmentView::of(stay, &circumstances)))
}

/// Shows the incident's answers: drafts, those sent back with the reason, those delivered.
///
/// With the one that is not decided about yet comes what speaks against it.
#[utoipa::path(
    tag = "answers",
    params(("id" = Id, Path, description = "The incident's id")),
    responses((status = 200, description = "The answers, in their order", body = All<AnswerView>), Guarded, Finds),
)]
#[get("/incidents/{id}/answers")]
async fn answers(app: App, may: May<right::ReadIncidents>, id: Path<Id>) -> Result<Reply, Problem> {
    let (desk, id, member) = (may.desk(&app), id.into_inner(), may.id());
    let circumstances = desk.clone();
    let read = move |conn: &mut _| -> Result<_, Error> {
        Ok((notices::language_of(conn, member)?, answering::of_incident(conn, &desk, id)?))
    };
    let (language, found) = app.store().read(read).await?;
    Ok(All::reply(found, |(answer, concerns)| AnswerView::with(answer, concerns, &circumstances, language)))
}

/// Shows the incidents that are merged into this one.
#[utoipa::path(
    tag = "merges",
    params(("id" = Id, Path, description = "The incident's id")),
    responses((status = 200, description = "The duplicates, oldest first", body = All<IncidentView>), Guarded, Finds),
)]
#[get("/incidents/{id}/duplicates")]
async fn duplicates(app: App, may: May<right::ReadIncidents>, id: Path<Id>) -> Result<Reply, Problem> {
    let (desk, id) = (may.desk(&app), id.into_inner());
    let circumstances = desk.clone();
    let found = app.store().read(move |conn| incidents::duplicates(conn, &desk, id)).await?;
    Ok(All::reply(found, |incident| IncidentView::of(&incident, &circumstances)))
}
