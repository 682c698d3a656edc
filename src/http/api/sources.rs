//! Where messages come from, and the secrets they are signed with.

use actix_web::{delete, get, patch, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::responses::{Asks, Changes, Finds, Guarded, Makes, Takes};
use crate::app::App;
use crate::desk::Error;
use crate::desk::sources::{self, KEEP_HOURS, NewSource, ShownSecret, SourceChange};
use crate::domain::{At, Id};
use crate::http::auth::{May, right};
use crate::http::etag::{IfMatch, IfMatchHeader};
use crate::http::json::{Json, Path};
use crate::http::once::{Once, OnceHeader};
use crate::http::paging::{Page, Paging, PagingParameters};
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::reply::Reply;
use crate::store::Conn;
use crate::store::records::Source;

/// The routes of this file.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list).service(create).service(rotate).service(find).service(change).service(switch_off);
}

/// A source of messages.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Source)]
struct SourceView {
    id: Id,
    #[schema(example = "vk-bridge")]
    name: String,
    #[schema(example = "Сбор из ВКонтакте")]
    title: String,
    /// The network of messages that name none.
    #[schema(example = "vk")]
    network: String,
    /// Whether messages are taken.
    active: bool,
    /// Where answers are pushed, signed.
    reply_url: Option<String>,
    /// Where its messages are sent.
    #[schema(example = "/hooks/webhook/vk-bridge")]
    webhook: String,
    created_at: At,
}

impl From<Source> for SourceView {
    fn from(source: Source) -> SourceView {
        let Source { id, name, title, network, active, reply_url, created_at, .. } = source;
        let webhook = format!("/hooks/webhook/{name}");
        SourceView { id, name, title, network, active, reply_url, webhook, created_at }
    }
}

/// A source with its new secret, which is not shown again.
#[derive(Serialize, ToSchema)]
struct SourceWithSecret {
    source: SourceView,
    #[serde(flatten)]
    secret: ShownSecret,
}

/// Which sources to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Only those that are on, or off.
    active: Option<bool>,
}

/// How a secret is replaced.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Rotation {
    /// For how many hours the secret until now stays good beside the new one; 0 ends it at once.
    #[serde(default = "usual_hours")]
    #[schema(default = 24, minimum = 0, maximum = 168)]
    keep_hours: u32,
}

fn usual_hours() -> u32 {
    KEEP_HOURS
}

/// List sources.
///
/// In the order of their names.
#[utoipa::path(
    tag = "sources",
    params(Filter, PagingParameters),
    responses((status = 200, description = "A page of sources", body = Page<SourceView>), Guarded, Asks),
)]
#[get("/sources")]
async fn list(
    app: App,
    who: May<right::ManageSources>,
    filter: Query<Filter>,
    paging: Paging,
) -> Result<Page<SourceView>, Problem> {
    let (desk, active) = (who.desk(&app), filter.into_inner().active);
    let (after, reach, counted) = (paging.after::<String>()?, paging.reach(), paging.wants_total());
    let read = move |conn: &mut Conn| -> Result<_, Error> {
        let total = counted.then(|| sources::count(conn, &desk, active)).transpose()?;
        Ok((sources::list(conn, &desk, active, after.as_deref(), reach)?, total))
    };
    let (found, total) = app.store().read(read).await?;
    Ok(paging.page(found, total, |source| source.name.clone()).map(SourceView::from))
}

/// Make a source.
///
/// The answer shows its secret, this once. Messages are sent to `webhook`, signed with it after Standard Webhooks.
#[utoipa::path(
    tag = "sources",
    params(OnceHeader),
    responses((status = 201, description = "Made; the secret is not shown again", body = SourceWithSecret), Guarded, Takes, Makes),
)]
#[post("/sources")]
async fn create(app: App, who: May<right::ManageSources>, once: Once, body: Json<NewSource>) -> Result<Reply, Problem> {
    let ((new, digest), seal) = (body.split(), app.seal().clone());
    let reply = once
        .run(&app, &who, digest, move |conn, desk| {
            let (source, secret) = sources::create(conn, desk, &seal, new)?;
            let (address, version) = (address(source.id), sources::version(&source));
            let view = SourceWithSecret { source: source.into(), secret };
            Ok(Reply::created(address, &view).version(version))
        })
        .await;
    app.forget_sources();
    reply
}

/// One source.
#[utoipa::path(
    tag = "sources",
    params(("id" = Id, Path, description = "The source")),
    responses((status = 200, description = "The source", body = SourceView), Guarded, Finds),
)]
#[get("/sources/{id}")]
async fn find(app: App, who: May<right::ManageSources>, id: Path<Id>) -> Result<Reply, Problem> {
    let (desk, id) = (who.desk(&app), id.into_inner());
    let source = app.store().read(move |conn| sources::find(conn, &desk, id)).await?;
    Ok(shown(source))
}

/// Change a source.
///
/// What is absent stays; `"reply_url": null` ends pushing answers.
#[utoipa::path(
    tag = "sources",
    params(("id" = Id, Path, description = "The source"), IfMatchHeader),
    responses((status = 200, description = "Changed", body = SourceView), Guarded, Finds, Takes, Changes),
)]
#[patch("/sources/{id}")]
async fn change(
    app: App,
    who: May<right::ManageSources>,
    id: Path<Id>,
    seen: IfMatch,
    body: Json<SourceChange>,
) -> Result<Reply, Problem> {
    let (desk, id, change) = (who.desk(&app), id.into_inner(), body.into_inner());
    let source = app.store().write(move |conn| sources::change(conn, &desk, id, seen.version(), change)).await?;
    app.forget_sources();
    Ok(shown(source))
}

/// Switch a source off.
///
/// Its messages are refused within five seconds everywhere. What it brought stays; it can be switched on again.
#[utoipa::path(
    tag = "sources",
    params(("id" = Id, Path, description = "The source"), IfMatchHeader),
    responses(
        (status = 204, description = "Switched off"),
        (status = 400, description = "A header cannot be read", body = crate::http::problem::ProblemDocument, content_type = "application/problem+json"),
        Guarded, Finds, Changes,
    ),
)]
#[delete("/sources/{id}")]
async fn switch_off(app: App, who: May<right::ManageSources>, id: Path<Id>, seen: IfMatch) -> Result<Reply, Problem> {
    let (desk, id) = (who.desk(&app), id.into_inner());
    let off = SourceChange { active: Some(false), ..SourceChange::default() };
    app.store().write(move |conn| sources::change(conn, &desk, id, seen.version(), off)).await?;
    app.forget_sources();
    Ok(Reply::nothing())
}

/// Replace a source's secret.
///
/// The answer shows the new one, this once. The one until now stays good for `keep_hours`; at most two are good at a time.
#[utoipa::path(
    tag = "sources",
    params(("id" = Id, Path, description = "The source"), OnceHeader),
    responses((status = 201, description = "Replaced; the secret is not shown again", body = SourceWithSecret), Guarded, Finds, Takes, Makes),
)]
#[post("/sources/{id}/secret")]
async fn rotate(
    app: App,
    who: May<right::ManageSources>,
    id: Path<Id>,
    once: Once,
    body: Json<Rotation>,
) -> Result<Reply, Problem> {
    let (rotation, digest) = body.split();
    let (id, seal) = (id.into_inner(), app.seal().clone());
    let reply = once
        .run(&app, &who, digest, move |conn, desk| {
            let (source, secret) = sources::rotate(conn, desk, &seal, id, rotation.keep_hours)?;
            Ok(Reply::created(address(id), &SourceWithSecret { source: source.into(), secret }))
        })
        .await;
    app.forget_sources();
    reply
}

fn shown(source: Source) -> Reply {
    let version = sources::version(&source);
    Reply::ok(&SourceView::from(source)).version(version)
}

fn address(id: Id) -> String {
    format!("/api/v1/sources/{id}")
}
