//! The versions of the city's policy: which there are, what each says, what changed, and the next one.

use actix_web::http::StatusCode;
use actix_web::{get, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::amending::{Change, Reason};
use super::responses::{Asks, Changes, Finds, Guarded, Makes, Takes};
use crate::app::App;
use crate::desk::policies::{self, Loaded, PolicyHead, TableChanges};
use crate::desk::{self, Error};
use crate::domain::policy::{Amendment, PolicyDoc};
use crate::domain::{At, Doc, Invalid, Refusal};
use crate::http::auth::{May, right};
use crate::http::etag::IfMatchHeader;
use crate::http::json::{Json, Path};
use crate::http::once::{Once, OnceHeader};
use crate::http::paging::{Page, Paging, PagingParameters};
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::reply::Reply;
use crate::store::Conn;
use crate::store::records::PolicyRow;

/// The routes of this file.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list).service(changes).service(find).service(add).service(amend);
}

/// A version of the policy, without its document.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct VersionView {
    /// Its number, from one on.
    #[schema(example = 7)]
    version: i64,
    /// The city's id.
    #[schema(example = "omsk")]
    city: String,
    /// SHA-256 of the document: two versions with the same digest say the same.
    digest: String,
    /// What whoever stored it said about it.
    note: String,
    /// Who stored it.
    #[schema(example = "staff:019a0000-0000-7000-8000-000000000000")]
    loaded_by: String,
    loaded_at: At,
}

impl From<PolicyHead> for VersionView {
    fn from(head: PolicyHead) -> VersionView {
        let PolicyHead { version, city, digest, note, loaded_by, loaded_at } = head;
        VersionView { version, city, digest, note, loaded_by, loaded_at }
    }
}

/// A version of the policy, whole.
#[derive(Debug, Serialize, ToSchema)]
struct WholeVersion {
    #[serde(flatten)]
    head: VersionView,
    #[schema(value_type = PolicyDoc)]
    document: Doc,
}

impl From<PolicyRow> for WholeVersion {
    fn from(row: PolicyRow) -> WholeVersion {
        let PolicyRow { version, city, digest, doc, note, loaded_by, loaded_at } = row;
        WholeVersion { head: VersionView { version, city, digest, note, loaded_by, loaded_at }, document: doc }
    }
}

/// List versions of the policy.
///
/// Without their documents, the newest first. The newest is the one in force.
#[utoipa::path(
    tag = "policy",
    params(PagingParameters),
    responses((status = 200, description = "A page of versions", body = Page<VersionView>), Guarded, Asks),
)]
#[get("/policy-versions")]
async fn list(app: App, _who: May<right::ReadPolicy>, paging: Paging) -> Result<Page<VersionView>, Problem> {
    let (below, reach, counted) = (paging.after::<i64>()?, paging.reach(), paging.wants_total());
    let read = move |conn: &mut Conn| -> Result<_, Error> {
        // Numbers have no gaps, so the newest one is how many there are.
        let total = if counted { policies::newest(conn)?.or(Some(0)) } else { None };
        Ok((policies::list(conn, below, reach)?, total))
    };
    let (heads, total) = app.store().read(read).await?;
    Ok(paging.page(heads, total, |head| head.version).map(VersionView::from))
}

/// Get one version of the policy, with its document.
#[utoipa::path(
    tag = "policy",
    params(("version" = i64, Path, description = "The version's number", minimum = 1)),
    responses((status = 200, description = "The version; its `ETag` is its number", body = WholeVersion), Guarded, Finds),
)]
#[get("/policy-versions/{version}")]
async fn find(app: App, _who: May<right::ReadPolicy>, version: Path<i64>) -> Result<Reply, Problem> {
    let version = version.into_inner();
    let row = app.store().read(move |conn| policies::find(conn, version)).await?;
    Ok(Reply::ok(&WholeVersion::from(row)).version(version))
}

/// Since when to compare.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Since {
    /// The version to compare with; without it, the one before. 0 is the empty document before the first.
    #[param(minimum = 0, example = 6)]
    since: Option<i64>,
}

/// What changed from one version to another.
#[derive(Debug, Serialize, ToSchema)]
struct ChangesView {
    #[schema(example = 7)]
    version: i64,
    #[schema(example = 6)]
    since: i64,
    /// The tables in which something changed. The order of records says nothing and is not compared.
    tables: Vec<TableChanges>,
}

/// Get what changed between two versions of the policy.
///
/// Records added, removed and changed, table by table, each by its id.
#[utoipa::path(
    tag = "policy",
    params(("version" = i64, Path, description = "The version's number", minimum = 1), Since),
    responses((status = 200, description = "What changed", body = ChangesView), Guarded, Finds, Asks),
)]
#[get("/policy-versions/{version}/changes")]
async fn changes(
    app: App,
    _who: May<right::ReadPolicy>,
    version: Path<i64>,
    since: Query<Since>,
) -> Result<Reply, Problem> {
    let version = version.into_inner();
    let since = since.into_inner().since.unwrap_or((version - 1).max(0));
    if since < 0 {
        return Err(Problem::invalid("since", "must be 0 or more"));
    }
    let tables = app.store().read(move |conn| policies::changes(conn, version, since)).await?;
    Ok(Reply::ok(&ChangesView { version, since, tables }))
}

/// The next version of the policy.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewVersion {
    /// Why it changes.
    #[serde(default)]
    #[schema(max_length = 1000)]
    note: String,
    /// The whole document.
    document: PolicyDoc,
}

/// Store the next version of the policy.
///
/// The document is checked as a whole and every fault is named. A version that is stored never changes, and is in force from then on.
/// Only an administrator of the city's root may do this.
#[utoipa::path(
    tag = "policy",
    params(OnceHeader),
    request_body = NewVersion,
    responses(
        (status = 201, description = "Stored as this version", body = VersionView),
        (status = 200, description = "The newest version says the same; nothing was stored", body = VersionView),
        Guarded, Takes, Makes,
    ),
)]
#[post("/policy-versions")]
async fn add(app: App, who: May<right::WritePolicy>, once: Once, body: Json<NewVersion>) -> Result<Reply, Problem> {
    let (NewVersion { note, document }, digest) = body.split();
    policies::may_publish(&who.desk(&app))?;
    let sound = aside(move || policies::check(document).map_err(in_document)).await?;
    let reply = once.run(&app, &who, digest, move |conn, desk| {
        let loaded = policies::publish(conn, desk, &sound, &note, None)?;
        stored(conn, loaded)
    });
    let reply = reply.await?;
    take_up(&app).await;
    Ok(reply)
}

/// Store an amended policy as its next version.
///
/// Calendars, days, terms and who works by which calendar, changed at once on the newest version; all else stays. What comes of it is
/// checked as a whole: a fault of what was sent is told at its place in it, another one at its place in the document, after `/document`.
/// Only an administrator of the city's root may do this.
#[utoipa::path(
    tag = "policy",
    params(Reason, OnceHeader, IfMatchHeader),
    request_body = Amendment,
    responses(
        (status = 201, description = "Stored as this version", body = VersionView),
        (status = 200, description = "The newest version says the same; nothing was stored", body = VersionView),
        Guarded, Takes, Changes,
    ),
)]
#[post("/policy-versions/amendments")]
async fn amend(
    app: App,
    who: May<right::WritePolicy>,
    change: Change,
    body: Json<Amendment>,
) -> Result<Reply, Problem> {
    let (amendment, digest) = body.split();
    let show = |conn: &mut _, _: &_, _: &_, loaded| stored(conn, loaded);
    change.store(&app, &who, digest, move |_| Ok(amendment), str::to_owned, show).await
}

fn stored(conn: &mut Conn, loaded: Loaded) -> Result<Reply, Error> {
    let version = loaded.version();
    let view = VersionView::from(policies::head(conn, version)?);
    let reply = match loaded {
        Loaded::Stored(_) => Reply::created(format!("{}/policy-versions/{version}", super::ROOT), &view),
        Loaded::Unchanged(_) => Reply::with(StatusCode::OK, &view),
    };
    Ok(reply.version(version))
}

/// The faults of a document at their places in the body that it came in.
fn in_document(error: Error) -> Error {
    let Error::Refused(Refusal::Invalid(faults)) = error else { return error };
    let place = |fault: Invalid| Invalid { pointer: format!("/document{}", fault.pointer), ..fault };
    Refusal::Invalid(faults.into_iter().map(place).collect()).into()
}

/// Puts a version that was just stored in force here. Should that fail, the worker finds it within seconds.
pub(in crate::http) async fn take_up(app: &App) {
    if let Err(error) = app.reload_policy().await {
        tracing::warn!(%error, "the new policy could not be put in force at once");
    }
}

/// Does what takes a processor for a while beside the threads that serve.
pub(in crate::http) async fn aside<T, F>(work: F) -> Result<T, Problem>
where
    T: Send + 'static,
    F: FnOnce() -> Result<T, desk::Error> + Send + 'static,
{
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => Ok(done?),
        Err(error) => {
            tracing::error!(%error, "work beside the server broke off");
            Err(Problem::internal())
        }
    }
}
