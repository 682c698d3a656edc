//! Where messages come from, and the secrets they are signed with: each shown once, in the answer to what made it.

use std::borrow::Cow;

use actix_web::web::ServiceConfig;
use actix_web::{HttpRequest, HttpResponse, get, post};
use maud::{Markup, html};
use serde::Deserialize;

use crate::app::App;
use crate::desk::Desk;
use crate::desk::sources::{self, KEEP_HOURS, KEEP_HOURS_MOST, NewSource, ShownSecret, SourceChange};
use crate::domain::Id;
use crate::http::auth::{May, right};
use crate::http::json::Path;
use crate::http::paging::Paging;
use crate::http::problem::Problem;
use crate::http::query;
use crate::http::ui::fields::{Field, hidden, pager};
use crate::http::ui::form::Form;
use crate::http::ui::visitor::Visitor;
use crate::http::ui::words::Words;
use crate::http::ui::{parts, shell};
use crate::store::records::Source;

const PART: &str = "/administration/sources";

/// The routes of this part.
pub fn routes(config: &mut ServiceConfig) {
    config.service(index).service(add).service(look).service(edit).service(set_state).service(rotate);
}

/// Lists the sources.
#[get("/administration/sources")]
async fn index(
    app: App,
    request: HttpRequest,
    may: May<right::ManageSources>,
    visitor: Visitor,
    paging: Paging,
) -> Result<HttpResponse, Problem> {
    let (words, desk, after, reach) = (visitor.words, may.desk(&app), paging.after::<String>()?, paging.reach());
    let found = app.store().read(move |conn| sources::list(conn, &desk, None, after.as_deref(), reach)).await?;
    let found = paging.page(found, None, |source| source.name.clone());
    let body = html! {
        @if found.items.is_empty() {
            p .quiet { (words.say("administration-no-sources")) }
        } @else {
            table {
                thead { tr {
                    th scope="col" { (words.say("administration-source")) }
                    th scope="col" { (words.say("dimension-network")) }
                    th scope="col" { (words.say("administration-address")) }
                    th scope="col" { (words.say("administration-state")) }
                } }
                tbody {
                    @for one in &found.items {
                        tr {
                            th scope="row" { a href={ (PART) "/" (one.id) } { (one.title) } }
                            td { (words.named("network", &one.network)) }
                            td { code { "/hooks/webhook/" (one.name) } }
                            td { (state(words, one.active)) }
                        }
                    }
                }
            }
            (pager(words, &request, found.next.as_deref()))
        }
        h2 { (words.say("administration-new-source")) }
        form method="post" action=(PART) {
            (shell::proof(&visitor))
            (Field::new(words.say("administration-source-name"), "name", "").needed().most(64).hint(words.say("administration-source-name-hint")).draw())
            (Field::new(words.say("administration-name"), "title", "").needed().draw())
            (Field::new(words.say("dimension-network"), "network", "vk").needed().most(40).hint(words.say("administration-source-network-hint")).draw())
            (Field::new(words.say("administration-reply-url"), "reply_url", "").kind("url").most(2000).hint(words.say("administration-reply-url-hint")).draw())
            button { (words.say("administration-add")) }
        }
    };
    Ok(super::page(&visitor, PART, &words.say("administration-sources"), &body))
}

fn state(words: Words, is_on: bool) -> Cow<'static, str> {
    words.say(if is_on { "administration-source-on" } else { "administration-source-off" })
}

/// A new source as a form holds it.
#[derive(Deserialize)]
struct Added {
    name: String,
    title: String,
    network: String,
    #[serde(default, deserialize_with = "query::filled")]
    reply_url: Option<String>,
}

/// Makes a source, and shows its secret: here, and never again.
#[post("/administration/sources")]
async fn add(
    app: App,
    may: May<right::ManageSources>,
    visitor: Visitor,
    form: Form<Added>,
) -> Result<HttpResponse, Problem> {
    let (desk, Form(Added { name, title, network, reply_url })) = (may.desk(&app), form);
    let (new, seal, making) = (NewSource { name, title, network, reply_url }, app.seal().clone(), desk.clone());
    let made = app.store().write(move |conn| sources::create(conn, &making, &seal, new)).await;
    app.forget_sources();
    let (source, secret) = made?;
    Ok(shown_once(&visitor, &desk, &source, &secret))
}

/// The only page that a secret is shown on.
fn shown_once(visitor: &Visitor, desk: &Desk, source: &Source, secret: &ShownSecret) -> HttpResponse {
    let words = visitor.words;
    let body = html! {
        p role="alert" { (words.say("administration-secret-once")) }
        dl .facts {
            dt { (words.say("administration-secret")) } dd { code #secret { (secret.secret) } }
            dt { (words.say("administration-address")) } dd { code { "/hooks/webhook/" (source.name) } }
            @if let Some(until) = secret.previous_until {
                dt { (words.say("administration-old-secret-until")) } dd { (parts::moment(words, desk, until)) }
            }
        }
        p { a href={ (PART) "/" (source.id) } { (words.say("administration-to-source")) } }
    };
    super::page(visitor, PART, &source.title, &body)
}

/// Shows one source.
#[get("/administration/sources/{id}")]
async fn look(
    app: App,
    may: May<right::ManageSources>,
    visitor: Visitor,
    id: Path<Id>,
) -> Result<HttpResponse, Problem> {
    let (words, desk, id) = (visitor.words, may.desk(&app), id.into_inner());
    let asking = desk.clone();
    let source = app.store().read(move |conn| sources::find(conn, &asking, id)).await?;
    let address = format!("{PART}/{id}");
    let seen = sources::version(&source).to_string();
    let keep = KEEP_HOURS.to_string();
    let body = html! {
        p { a href=(PART) { (words.say("administration-all-sources")) } }
        dl .facts {
            dt { (words.say("administration-address")) } dd { code { "/hooks/webhook/" (source.name) } }
            dt { (words.say("administration-state")) } dd #state { (state(words, source.active)) }
            dt { (words.say("administration-since")) } dd { (parts::moment(words, &desk, source.created_at)) }
        }
        (details(&visitor, &source, &address, &seen))
        h2 { (words.say("administration-new-secret")) }
        form method="post" action={ (address) "/secret" } {
            (shell::proof(&visitor))
            (Field::new(words.say("administration-keep-hours"), "keep_hours", &keep).kind("number").needed()
                .hint(words.with("administration-keep-hours-hint", [("most", KEEP_HOURS_MOST.into())])).draw())
            button .second { (words.say("administration-rotate")) }
        }
        h2 { (words.say("administration-state")) }
        form method="post" action={ (address) "/state" } {
            (shell::proof(&visitor))
            (hidden("seen", &seen))
            @if source.active {
                p .quiet { (words.say("administration-source-off-hint")) }
                button .second name="active" value="false" { (words.say("administration-switch-off")) }
            } @else {
                button .second name="active" value="true" { (words.say("administration-switch-on")) }
            }
        }
    };
    Ok(super::page(&visitor, PART, &source.title, &body))
}

fn details(visitor: &Visitor, source: &Source, address: &str, seen: &str) -> Markup {
    let words = visitor.words;
    html! {
        form method="post" action=(address) {
            (shell::proof(visitor))
            (hidden("seen", seen))
            (Field::new(words.say("administration-name"), "title", &source.title).needed().draw())
            (Field::new(words.say("dimension-network"), "network", &source.network).needed().most(40).hint(words.say("administration-source-network-hint")).draw())
            (Field::new(words.say("administration-reply-url"), "reply_url", source.reply_url.as_deref().unwrap_or_default()).kind("url").most(2000).hint(words.say("administration-reply-url-hint")).draw())
            button { (words.say("fields-save")) }
        }
    }
}

/// A source as a form holds it.
#[derive(Deserialize)]
struct Details {
    title: String,
    network: String,
    #[serde(default, deserialize_with = "query::filled")]
    reply_url: Option<String>,
    seen: i64,
}

/// Changes a source.
#[post("/administration/sources/{id}")]
async fn edit(
    app: App,
    may: May<right::ManageSources>,
    _visitor: Visitor,
    id: Path<Id>,
    form: Form<Details>,
) -> Result<HttpResponse, Problem> {
    let Form(Details { title, network, reply_url, seen }) = form;
    let change = SourceChange { title: Some(title), network: Some(network), reply_url: Some(reply_url), active: None };
    changed(&app, may.desk(&app), id.into_inner(), seen, change).await
}

/// Whether a source is to be on.
#[derive(Deserialize)]
struct State {
    active: bool,
    seen: i64,
}

/// Switches a source off or on.
#[post("/administration/sources/{id}/state")]
async fn set_state(
    app: App,
    may: May<right::ManageSources>,
    _visitor: Visitor,
    id: Path<Id>,
    form: Form<State>,
) -> Result<HttpResponse, Problem> {
    let Form(State { active, seen }) = form;
    let change = SourceChange { active: Some(active), ..SourceChange::default() };
    changed(&app, may.desk(&app), id.into_inner(), seen, change).await
}

async fn changed(app: &App, desk: Desk, id: Id, seen: i64, change: SourceChange) -> Result<HttpResponse, Problem> {
    app.store().write(move |conn| sources::change(conn, &desk, id, Some(seen), change)).await?;
    app.forget_sources();
    Ok(shell::done(&format!("{PART}/{id}"), "said-saved"))
}

/// How a secret is replaced.
#[derive(Deserialize)]
struct Rotation {
    keep_hours: u32,
}

/// Replaces a source's secret, and shows the new one: here, and never again.
#[post("/administration/sources/{id}/secret")]
async fn rotate(
    app: App,
    may: May<right::ManageSources>,
    visitor: Visitor,
    id: Path<Id>,
    form: Form<Rotation>,
) -> Result<HttpResponse, Problem> {
    let (desk, id, Form(Rotation { keep_hours })) = (may.desk(&app), id.into_inner(), form);
    let (rotating, seal) = (desk.clone(), app.seal().clone());
    let made = app.store().write(move |conn| sources::rotate(conn, &rotating, &seal, id, keep_hours)).await;
    app.forget_sources();
    let (source, secret) = made?;
    Ok(shown_once(&visitor, &desk, &source, &secret))
}
