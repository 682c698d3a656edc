//! Official pages: the accounts in social networks on which residents write.

pub(in crate::http) mod import;

use actix_web::{delete, get, patch, post, put};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::listed::{ID_LIMIT, need_lengths};
use super::responses::{Asks, Changes, Finds, Guarded, Makes, Takes, Told};
use crate::app::App;
use crate::app::networks::{self, Connection, Failed, Known};
use crate::desk::Error;
use crate::desk::pages::{self, NewPage, PageChange};
use crate::domain::page::Health;
use crate::domain::{At, Id, Keys, Listening, PageState, Permission, Scope};
use crate::http::auth::{Caller, May, right};
use crate::http::etag::{IfMatch, IfMatchHeader};
use crate::http::json::{Json, Path};
use crate::http::once::{Once, OnceHeader};
use crate::http::paging::{Page, Paging, PagingParameters};
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::reply::Reply;
use crate::store::Conn;
use crate::store::pages::Filter;
use crate::store::records::PageRow;

/// The routes of this file.
pub fn routes(config: &mut ServiceConfig) {
    // Before `/pages/{id}`, which would take the word for an id.
    import::routes(config);
    config.service(list).service(register).service(find).service(change);
    config.service(connect).service(disconnect).service(check).service(list_networks);
}

/// The longest time of silence that can be asked for, in hours: a hundred years.
const SILENCE_MOST: u32 = 876_000;

/// An official page.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OfficialPage)]
struct PageView {
    id: Id,
    #[schema(example = "vk")]
    network: String,
    /// The id of the organisation whose page it is.
    #[schema(example = "omsk-dgh")]
    organisation: String,
    #[schema(example = "Департамент городского хозяйства")]
    title: String,
    /// Its identity in the network.
    #[schema(example = "123456")]
    account: String,
    /// Its public address.
    url: Option<String>,
    state: PageState,
    listening: Listening,
    /// The names of the keys that it has. The keys themselves are never shown.
    #[schema(example = json!(["secret", "token"]))]
    keys: Vec<String>,
    /// Where its network delivers, should it have to be entered there by hand. Shown to those who manage pages only, for whoever
    /// knows it may knock there; none if the service is not reached from outside.
    #[serde(skip_serializing_if = "Option::is_none")]
    hook: Option<String>,
    /// How many people follow it.
    subscribers: Option<i64>,
    /// When it was last heard of.
    last_event_at: Option<At>,
    /// When its network last told how it fares.
    checked_at: Option<At>,
    /// How it fares; none as long as nobody asked.
    health: Option<Health>,
    connected_at: Option<At>,
    changed_at: At,
}

impl PageView {
    fn of(app: &App, who: &Caller, page: PageRow) -> Result<PageView, Error> {
        let actor = who.actor();
        let manages = actor.may(Permission::ManagePages) && actor.scope() == Scope::All;
        let hook = if manages && page.listening == Listening::Hook { app.hook_of(&page) } else { None };
        Ok(PageView {
            keys: pages::key_names(app.seal(), &page)?,
            hook,
            id: page.id,
            network: page.network,
            organisation: page.organisation,
            title: page.title,
            account: page.account,
            url: page.url,
            state: page.state,
            listening: page.listening,
            subscribers: page.subscribers,
            last_event_at: page.last_event_at,
            checked_at: page.checked_at,
            health: page.health.and_then(|health| health.to().ok()),
            connected_at: page.connected_at,
            changed_at: page.changed_at,
        })
    }
}

/// Which pages to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
struct FilterParameters {
    /// Of this network.
    #[param(max_length = 40, example = "vk")]
    network: Option<String>,
    /// Of this organisation and everything below it.
    #[param(max_length = 64, example = "omsk-dgh")]
    organisation: Option<String>,
    /// With this identity in their network.
    #[param(max_length = 64, example = "123456")]
    account: Option<String>,
    state: Option<PageState>,
    /// Connected, but nothing was heard of them for so many hours, or at all.
    #[param(minimum = 1, maximum = 876000, example = 72)]
    silent_for_hours: Option<u32>,
}

impl FilterParameters {
    fn filter(self, app: &App) -> Result<Filter, Problem> {
        let FilterParameters { network, organisation, account, state, silent_for_hours } = self;
        need_lengths(&[
            ("network", &network, 40),
            ("organisation", &organisation, ID_LIMIT),
            ("account", &account, 64),
        ])?;
        if !silent_for_hours.is_none_or(|hours| (1..=SILENCE_MOST).contains(&hours)) {
            return Err(Problem::invalid("silent_for_hours", format!("must be from 1 to {SILENCE_MOST}")));
        }
        let policy = app.policy();
        let organisations = match organisation {
            Some(id) if policy.organisation(&id).is_none() => {
                return Err(Problem::invalid("organisation", "the policy has no such organisation"));
            }
            Some(id) => Some(policy.subtree(&id).to_vec()),
            None => None,
        };
        let silent_since = silent_for_hours.map(|hours| app.now().plus_seconds(-3600 * i64::from(hours)));
        Ok(Filter { network, organisations, account, state, silent_since })
    }
}

/// How to connect a page.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewConnection {
    /// The keys by their names, as `GET /networks` explains them; all of them, those before are forgotten. Without them the page is
    /// connected anew with those it has.
    #[serde(default)]
    #[schema(example = json!({ "token": "vk1.a.…" }))]
    keys: Option<Keys>,
    /// How its events come in; as it was unless said otherwise.
    #[serde(default)]
    listening: Option<Listening>,
    /// Whether its hook gets another address: when somebody knows the old one who should not.
    #[serde(default)]
    new_address: bool,
}

/// A page that is connected no more.
#[derive(Serialize, ToSchema)]
struct Released {
    page: PageView,
    /// What the network said when it was asked to deliver no more; absent if it agreed. The keys are forgotten all the same, and what
    /// it still delivers is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

/// The networks.
#[derive(Serialize, ToSchema)]
struct Networks {
    items: Vec<networks::About>,
}

/// List official pages.
///
/// In the order of networks and accounts; those of the caller's part of the tree.
#[utoipa::path(
    tag = "pages",
    params(FilterParameters, PagingParameters),
    responses((status = 200, description = "A page of pages", body = Page<PageView>), Guarded, Asks),
)]
#[get("/pages")]
async fn list(
    app: App,
    who: May<right::ViewPages>,
    query: Query<FilterParameters>,
    paging: Paging,
) -> Result<Page<PageView>, Problem> {
    let (desk, filter) = (who.desk(&app), query.into_inner().filter(&app)?);
    let (after, reach, counted) = (paging.after::<(String, String)>()?, paging.reach(), paging.wants_total());
    let read = move |conn: &mut Conn| -> Result<_, Error> {
        let total = counted.then(|| pages::count(conn, &desk, filter.clone())).transpose()?;
        Ok((pages::list(conn, &desk, filter, after.as_ref(), reach)?, total))
    };
    let (found, total) = app.store().read(read).await?;
    let views = found.into_iter().map(|page| PageView::of(&app, &who, page)).collect::<Result<Vec<_>, _>>()?;
    Ok(paging.page(views, total, |page| (page.network.clone(), page.account.clone())))
}

/// Register an official page.
///
/// It is known from then on, and connected with `PUT /pages/{id}/connection`.
#[utoipa::path(
    tag = "pages",
    params(OnceHeader),
    responses((status = 201, description = "Registered", body = PageView), Guarded, Takes, Makes),
)]
#[post("/pages")]
async fn register(app: App, who: May<right::ManagePages>, once: Once, body: Json<NewPage>) -> Result<Reply, Problem> {
    let ((new, digest), service, caller) = (body.split(), app.clone(), Caller::clone(&who));
    let register = move |conn: &mut Conn, desk: &_| {
        let page = pages::create(conn, desk, &Known, new)?;
        let (address, version) = (format!("/api/v1/pages/{}", page.id), pages::version(&page));
        Ok(Reply::created(address, &PageView::of(&service, &caller, page)?).version(version))
    };
    once.run(&app, &who, digest, register).await
}

/// One official page.
#[utoipa::path(
    tag = "pages",
    params(("id" = Id, Path, description = "The page")),
    responses((status = 200, description = "The page", body = PageView), Guarded, Finds),
)]
#[get("/pages/{id}")]
async fn find(app: App, who: May<right::ViewPages>, id: Path<Id>) -> Result<Reply, Problem> {
    let (desk, id) = (who.desk(&app), id.into_inner());
    let page = app.store().read(move |conn| pages::find(conn, &desk, id)).await?;
    shown(&app, &who, page)
}

/// Change an official page.
///
/// What is absent stays; `"url": null` forgets the address.
#[utoipa::path(
    tag = "pages",
    params(("id" = Id, Path, description = "The page"), IfMatchHeader),
    responses((status = 200, description = "Changed", body = PageView), Guarded, Finds, Takes, Changes),
)]
#[patch("/pages/{id}")]
async fn change(
    app: App,
    who: May<right::ManagePages>,
    id: Path<Id>,
    seen: IfMatch,
    body: Json<PageChange>,
) -> Result<Reply, Problem> {
    let (desk, id, change) = (who.desk(&app), id.into_inner(), body.into_inner());
    let page = app.store().write(move |conn| pages::change(conn, &desk, &Known, id, seen.version(), change)).await?;
    app.forget_pages();
    shown(&app, &who, page)
}

/// Connect an official page.
///
/// Asks the network to deliver to the page's hook, or makes the page ready to be polled, and looks how it fares; this takes as long as
/// the network takes. If the network refuses, the page stays as it was (502, `network_refused`). Do the same with other keys to
/// replace them: the hook's address stays unless `new_address` is set.
#[utoipa::path(
    tag = "pages",
    params(("id" = Id, Path, description = "The page"), IfMatchHeader),
    responses((status = 200, description = "Connected", body = PageView), Guarded, Finds, Takes, Changes, Told),
)]
#[put("/pages/{id}/connection")]
async fn connect(
    app: App,
    who: May<right::ManagePages>,
    id: Path<Id>,
    seen: IfMatch,
    body: Json<NewConnection>,
) -> Result<Reply, Problem> {
    let NewConnection { keys, listening, new_address } = body.into_inner();
    let order = Connection { keys, listening, new_address };
    let page = app.connect_page(who.desk(&app), id.into_inner(), seen.version(), order).await?;
    shown(&app, &who, page)
}

/// Disconnect an official page.
///
/// Asks the network to deliver no more, forgets the page's keys, and makes its hook's address void. What it brought stays; it can be
/// connected again. Where it is not connected, nothing changes.
#[utoipa::path(
    tag = "pages",
    params(("id" = Id, Path, description = "The page"), IfMatchHeader),
    responses(
        (status = 200, description = "Disconnected", body = Released),
        (status = 400, description = "A header cannot be read", body = crate::http::problem::ProblemDocument, content_type = "application/problem+json"),
        Guarded, Finds, Changes,
    ),
)]
#[delete("/pages/{id}/connection")]
async fn disconnect(app: App, who: May<right::ManagePages>, id: Path<Id>, seen: IfMatch) -> Result<Reply, Problem> {
    let (page, problem) = app.disconnect_page(who.desk(&app), id.into_inner(), seen.version()).await?;
    let version = pages::version(&page);
    let page = PageView::of(&app, &who, page)?;
    Ok(Reply::ok(&Released { page, problem }).version(version))
}

/// Ask a page's network how the page fares.
///
/// Whether the token is good, whether the network delivers, how many people follow the page. A worker asks every hour by itself.
#[utoipa::path(
    tag = "pages",
    params(("id" = Id, Path, description = "The page")),
    responses((status = 200, description = "The page, with what the network said as `health`", body = PageView), Guarded, Finds, Makes, Told),
)]
#[post("/pages/{id}/checks")]
async fn check(app: App, who: May<right::ManagePages>, id: Path<Id>) -> Result<Reply, Problem> {
    let page = app.check_page(who.desk(&app), id.into_inner()).await?;
    shown(&app, &who, page)
}

/// List the social networks.
///
/// What a page of each is connected with, how its events come in, and what it bears.
#[utoipa::path(
    tag = "pages",
    responses((status = 200, description = "All of them", body = Networks), Guarded),
)]
#[get("/networks")]
async fn list_networks(_who: May<right::ViewPages>) -> Reply {
    Reply::ok(&Networks { items: networks::about() })
}

fn shown(app: &App, who: &Caller, page: PageRow) -> Result<Reply, Problem> {
    let version = pages::version(&page);
    Ok(Reply::ok(&PageView::of(app, who, page)?).version(version))
}

impl From<Failed> for Problem {
    fn from(failed: Failed) -> Problem {
        match failed {
            Failed::Desk(error) => error.into(),
            Failed::Network(error) => Problem::refused_by_network(error.to_string()),
        }
    }
}
