//! Official pages: the registry, how each page fares, and connecting them.

mod connection;
mod import;

use std::borrow::Cow;

use actix_web::web::ServiceConfig;
use actix_web::{HttpRequest, HttpResponse, get, post};
use maud::{Markup, html};
use serde::Deserialize;

use crate::app::App;
use crate::app::networks::{Known, about};
use crate::desk::Desk;
use crate::desk::pages::{self, NewPage, PageChange};
use crate::domain::page::Health;
use crate::domain::{Id, Listening, PageState, Permission, Scope};
use crate::http::auth::{May, right};
use crate::http::json::Path;
use crate::http::paging::Paging;
use crate::http::problem::Problem;
use crate::http::query::{self, Query};
use crate::http::ui::fields::{Field, choice, hidden, pager};
use crate::http::ui::form::Form;
use crate::http::ui::visitor::Visitor;
use crate::http::ui::words::Words;
use crate::http::ui::{parts, shell};
use crate::store::Conn;
use crate::store::pages::Filter;
use crate::store::records::PageRow;

/// The address of the section.
const HERE: &str = "/pages";

/// After how many hours of silence a connected page is marked.
const SILENT_HOURS: i64 = 72;

/// The routes of these pages.
pub fn routes(config: &mut ServiceConfig) {
    // Before `/pages/{id}`, which would take the words for ids.
    import::routes(config);
    config.service(index).service(ask_new).service(register).service(look).service(edit);
    connection::routes(config);
}

/// Which pages to show.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Sought {
    #[serde(deserialize_with = "query::filled")]
    network: Option<String>,
    #[serde(deserialize_with = "query::filled")]
    organisation: Option<String>,
    #[serde(deserialize_with = "query::filled")]
    state: Option<PageState>,
    /// `yes`: only those that nothing was heard of for long.
    silent: String,
}

impl Sought {
    fn filter(&self, desk: &Desk) -> Result<Filter, Problem> {
        let organisations = match &self.organisation {
            Some(id) if desk.policy.organisation(id).is_none() => return Err(Problem::not_found("organisation")),
            Some(id) => Some(desk.policy.subtree(id).to_vec()),
            None => None,
        };
        let silent_since = (self.silent == "yes").then(|| desk.now.plus_seconds(-3600 * SILENT_HOURS));
        Ok(Filter { network: self.network.clone(), organisations, account: None, state: self.state, silent_since })
    }
}

/// Whether somebody manages pages: the same as the use cases ask.
fn manages(visitor: &Visitor) -> bool {
    let actor = visitor.caller.actor();
    actor.may(Permission::ManagePages) && actor.scope() == Scope::All
}

/// Shows the registry.
#[get("/pages")]
async fn index(
    app: App,
    request: HttpRequest,
    may: May<right::ViewPages>,
    visitor: Visitor,
    sought: Query<Sought>,
    paging: Paging,
) -> Result<HttpResponse, Problem> {
    let (words, desk, sought) = (visitor.words, may.desk(&app), sought.into_inner());
    let (asking, filter, after, reach) =
        (desk.clone(), sought.filter(&desk)?, paging.after::<(String, String)>()?, paging.reach());
    let read = move |conn: &mut Conn| pages::list(conn, &asking, filter, after.as_ref(), reach);
    let found = paging.page(app.store().read(read).await?, None, |page| (page.network.clone(), page.account.clone()));
    let title = words.say("official-pages-title");
    let body = html! {
        main #content .official-pages tabindex="-1" {
            h1 { (title) }
            @if manages(&visitor) {
                p .row-of {
                    a href="/pages/new" { (words.say("official-pages-new")) }
                    a href="/pages/import" { (words.say("official-pages-import")) }
                }
            }
            (choices(words, &desk, &sought))
            @if found.items.is_empty() {
                p .quiet { (words.say("official-pages-none")) }
            } @else {
                table {
                    thead { tr {
                        th scope="col" { (words.say("official-pages-page")) }
                        th scope="col" { (words.say("dimension-network")) }
                        th scope="col" { (words.say("administration-organisation")) }
                        th scope="col" { (words.say("administration-state")) }
                        th scope="col" { (words.say("official-pages-heard")) }
                        th scope="col" { (words.say("official-pages-looked")) }
                        th .figure scope="col" { (words.say("official-pages-followers")) }
                    } }
                    tbody { @for page in &found.items { (row(words, &desk, page)) } }
                }
                (pager(words, &request, found.next.as_deref()))
            }
        }
    };
    Ok(shell::page(&visitor, HERE, &title, &body))
}

fn choices(words: Words, desk: &Desk, sought: &Sought) -> Markup {
    let any = || std::iter::once(("", words.say("fields-any")));
    let states = PageState::ALL.iter().map(|state| (state.as_str(), words.named("page-state", state.as_str())));
    let silent = [
        ("", words.say("fields-any")),
        ("yes", words.with("official-pages-silent", [("hours", SILENT_HOURS.into())]).into()),
    ];
    html! {
        form .choices method="get" action=(HERE) {
            div .row-of {
                (choice(&words.say("dimension-network"), "network", any().chain(networks(words)), sought.network.as_deref().unwrap_or_default()))
                (choice(&words.say("administration-organisation"), "organisation", any().chain(organisations(desk)), sought.organisation.as_deref().unwrap_or_default()))
                (choice(&words.say("administration-state"), "state", any().chain(states), sought.state.map_or("", PageState::as_str)))
                (choice(&words.say("official-pages-heard"), "silent", silent, &sought.silent))
                button { (words.say("fields-show")) }
            }
        }
    }
}

fn networks(words: Words) -> impl Iterator<Item = (&'static str, Cow<'static, str>)> {
    about().into_iter().map(move |network| (network.name, words.named("network", network.name)))
}

/// The organisations of somebody's part of the tree.
fn organisations(desk: &Desk) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
    let scope = desk.actor.scope();
    let own = desk.policy.doc().organisations.iter().filter(move |one| match &scope {
        Scope::All => true,
        Scope::Subtree(ids) => ids.contains(&one.id),
    });
    own.map(|one| (one.id.as_str(), one.title.as_str().into()))
}

fn health(page: &PageRow) -> Option<Health> {
    page.health.as_ref().and_then(|health| health.to().ok())
}

fn row(words: Words, desk: &Desk, page: &PageRow) -> Markup {
    let problems = health(page).map(|health| health.problems).unwrap_or_default();
    html! {
        tr {
            th scope="row" { a href={ (HERE) "/" (page.id) } { (page.title) } br; small .quiet { (page.account) } }
            td { (words.named("network", &page.network)) }
            td { (parts::organisation(desk, &page.organisation)) }
            td {
                (state(words, page.state))
                @if let Some(problem) = problems.first() { br; small .off lang="en" { (parts::beginning(problem, 90)) } }
            }
            td { @if let Some(at) = page.last_event_at { (parts::moment(words, desk, at)) } @else { "—" } }
            td { @if let Some(at) = page.checked_at { (parts::moment(words, desk, at)) } @else { "—" } }
            td .figure { @if let Some(count) = page.subscribers { (parts::number(count)) } @else { "—" } }
        }
    }
}

fn state(words: Words, state: PageState) -> Markup {
    let class = match state {
        PageState::Connected => "due good",
        PageState::Registered => "due paused",
        PageState::Disconnected => "due near",
    };
    html! { span class=(class) { (words.named("page-state", state.as_str())) } }
}

/// Asks for a new page.
#[get("/pages/new")]
async fn ask_new(app: App, may: May<right::ManagePages>, visitor: Visitor) -> Result<HttpResponse, Problem> {
    let (words, desk) = (visitor.words, may.desk(&app));
    pages::need_city(&desk)?;
    let title = words.say("official-pages-new");
    let body = html! {
        main #content .official-pages tabindex="-1" {
            h1 { (title) }
            p { a href=(HERE) { (words.say("official-pages-all")) } }
            form method="post" action=(HERE) {
                (shell::proof(&visitor))
                (choice(&words.say("dimension-network"), "network", networks(words), "vk"))
                (Field::new(words.say("official-pages-account"), "account", "").needed().most(64).hint(words.say("official-pages-account-hint")).draw())
                (Field::new(words.say("administration-name"), "title", "").needed().draw())
                (choice(&words.say("administration-organisation"), "organisation", organisations(&desk), ""))
                (Field::new(words.say("official-pages-url"), "url", "").kind("url").most(2000).draw())
                button { (words.say("official-pages-register")) }
            }
        }
    };
    Ok(shell::page(&visitor, HERE, &title, &body))
}

/// A page as a form holds it.
#[derive(Deserialize)]
struct Registered {
    network: String,
    account: String,
    title: String,
    organisation: String,
    #[serde(default, deserialize_with = "query::filled")]
    url: Option<String>,
}

/// Registers a page.
#[post("/pages")]
async fn register(
    app: App,
    may: May<right::ManagePages>,
    _visitor: Visitor,
    form: Form<Registered>,
) -> Result<HttpResponse, Problem> {
    let (desk, Form(Registered { network, account, title, organisation, url })) = (may.desk(&app), form);
    let new = NewPage { network, organisation, title, account: account.trim().to_owned(), url, listening: None };
    let page = app.store().write(move |conn| pages::create(conn, &desk, &Known, new)).await?;
    Ok(shell::done(&format!("{HERE}/{}", page.id), "said-page-registered"))
}

/// Shows one page.
#[get("/pages/{id}")]
async fn look(app: App, may: May<right::ViewPages>, visitor: Visitor, id: Path<Id>) -> Result<HttpResponse, Problem> {
    let (words, desk, id) = (visitor.words, may.desk(&app), id.into_inner());
    let asking = desk.clone();
    let page = app.store().read(move |conn| pages::find(conn, &asking, id)).await?;
    let keys = pages::key_names(app.seal(), &page)?;
    let hook = if manages(&visitor) && page.listening == Listening::Hook { app.hook_of(&page) } else { None };
    let body = html! {
        main #content .official-pages tabindex="-1" {
            h1 { (page.title) }
            p { a href=(HERE) { (words.say("official-pages-all")) } }
            div .tables {
                section { (facts(words, &desk, &page, &keys, hook.as_deref())) }
                section { (fares(words, &desk, &page)) }
            }
            @if manages(&visitor) {
                (connection::forms(&visitor, &page, &keys))
                h2 { (words.say("official-pages-change")) }
                (details(&visitor, &desk, &page))
            }
        }
    };
    Ok(shell::page(&visitor, HERE, &page.title, &body))
}

fn facts(words: Words, desk: &Desk, page: &PageRow, keys: &[String], hook: Option<&str>) -> Markup {
    html! {
        dl .facts {
            dt { (words.say("administration-state")) } dd #state { (state(words, page.state)) }
            dt { (words.say("dimension-network")) } dd { (words.named("network", &page.network)) }
            dt { (words.say("official-pages-account")) } dd { code { (page.account) } }
            dt { (words.say("administration-organisation")) } dd { (parts::organisation(desk, &page.organisation)) }
            @if let Some(url) = &page.url {
                dt { (words.say("official-pages-url")) } dd { a href=(url) rel="noreferrer" { (url) } }
            }
            dt { (words.say("official-pages-listening")) } dd { (words.named("listening", page.listening.as_str())) }
            dt { (words.say("official-pages-keys")) }
            dd { @if keys.is_empty() { (words.say("official-pages-no-keys")) } @else { (keys.join(", ")) " " span .quiet { (words.say("official-pages-keys-hidden")) } } }
            @if let Some(hook) = hook {
                dt { (words.say("official-pages-hook")) } dd { code { (hook) } }
            }
        }
    }
}

fn fares(words: Words, desk: &Desk, page: &PageRow) -> Markup {
    let health = health(page);
    html! {
        dl .facts {
            dt { (words.say("official-pages-heard")) }
            dd { @if let Some(at) = page.last_event_at { (parts::moment(words, desk, at)) } @else { (words.say("official-pages-never")) } }
            dt { (words.say("official-pages-looked")) }
            dd #looked { @if let Some(at) = page.checked_at { (parts::moment(words, desk, at)) } @else { (words.say("official-pages-never")) } }
            @if let Some(count) = page.subscribers { dt { (words.say("official-pages-followers")) } dd { (parts::number(count)) } }
            @if let Some(at) = page.connected_at { dt { (words.say("official-pages-connected-at")) } dd { (parts::moment(words, desk, at)) } }
            @if let Some(health) = &health {
                dt { (words.say("official-pages-token")) }
                dd { @if health.token { (words.say("official-pages-good")) } @else { span .off { (words.say("official-pages-bad")) } } }
                @if let Some(hook) = health.hook {
                    dt { (words.say("official-pages-delivers")) }
                    dd { @if hook { (words.say("fields-yes")) } @else { span .off { (words.say("fields-no")) } } }
                }
                @if let Some(waiting) = health.waiting { dt { (words.say("official-pages-waiting")) } dd { (parts::number(waiting)) } }
            }
        }
        @if let Some(health) = &health {
            @if !health.problems.is_empty() {
                h2 { (words.say("official-pages-trouble")) }
                ul .problems { @for problem in &health.problems { li lang="en" { (problem) } } }
            }
        }
    }
}

fn details(visitor: &Visitor, desk: &Desk, page: &PageRow) -> Markup {
    let words = visitor.words;
    html! {
        form method="post" action={ (HERE) "/" (page.id) } {
            (shell::proof(visitor))
            (hidden("seen", &pages::version(page).to_string()))
            (Field::new(words.say("administration-name"), "title", &page.title).needed().draw())
            (choice(&words.say("administration-organisation"), "organisation", organisations(desk), &page.organisation))
            (Field::new(words.say("official-pages-url"), "url", page.url.as_deref().unwrap_or_default()).kind("url").most(2000).draw())
            button { (words.say("fields-save")) }
        }
    }
}

/// What is changed of a page.
#[derive(Deserialize)]
struct Details {
    title: String,
    organisation: String,
    #[serde(default, deserialize_with = "query::filled")]
    url: Option<String>,
    seen: i64,
}

/// Changes a page.
#[post("/pages/{id}")]
async fn edit(
    app: App,
    may: May<right::ManagePages>,
    _visitor: Visitor,
    id: Path<Id>,
    form: Form<Details>,
) -> Result<HttpResponse, Problem> {
    let (desk, id, Form(Details { title, organisation, url, seen })) = (may.desk(&app), id.into_inner(), form);
    let change = PageChange { organisation: Some(organisation), title: Some(title), url: Some(url), listening: None };
    app.store().write(move |conn| pages::change(conn, &desk, &Known, id, Some(seen), change)).await?;
    app.forget_pages();
    Ok(shell::done(&format!("{HERE}/{id}"), "said-saved"))
}
