//! Filters kept under names: opened, kept, renamed, forgotten.

use actix_web::web::ServiceConfig;
use actix_web::{HttpResponse, post};
use maud::{Markup, html};
use serde::Deserialize;

use super::asked::Asked;
use crate::app::App;
use crate::desk::saved_filters;
use crate::domain::Id;
use crate::http::api::incidents::FilterParameters;
use crate::http::auth::{May, right};
use crate::http::json::Path;
use crate::http::problem::Problem;
use crate::http::query;
use crate::http::ui::form::Form;
use crate::http::ui::shell;
use crate::http::ui::visitor::Visitor;
use crate::store::records::SavedFilter;

/// The routes of kept filters.
pub fn routes(config: &mut ServiceConfig) {
    config.service(keep).service(rename).service(forget);
}

/// One's own filters, and the field that keeps the one that is asked for.
pub fn list(visitor: &Visitor, asked: &Asked, own: &[SavedFilter]) -> Markup {
    let words = visitor.words;
    let query = asked.query();
    html! {
        section .kept aria-labelledby="kept" {
            h2 #kept { (words.say("search-kept")) }
            @if own.is_empty() { p .quiet { (words.say("search-kept-none")) } }
            @else { ul { @for one in own { li { (kept(visitor, one, one.query == query)) } } } }
            @if !query.is_empty() {
                details {
                    summary { (words.say("search-keep")) }
                    form method="post" action="/search/filters" {
                        (shell::proof(visitor))
                        input type="hidden" name="query" value=(query);
                        label {
                            span { (words.say("search-name")) }
                            input name="name" required maxlength="80" autocomplete="off";
                        }
                        button { (words.say("search-keep-button")) }
                    }
                }
            }
        }
    }
}

fn kept(visitor: &Visitor, one: &SavedFilter, here: bool) -> Markup {
    let words = visitor.words;
    html! {
        a href={ "/search?" (one.query) } aria-current=[here.then_some("true")] { (one.name) }
        details {
            summary { (words.say("search-change")) span .unseen { " " (one.name) } }
            form method="post" action={ "/search/filters/" (one.id) "/name" } {
                (shell::proof(visitor))
                label {
                    span { (words.say("search-name")) }
                    input name="name" value=(one.name) required maxlength="80" autocomplete="off";
                }
                button .small { (words.say("search-rename")) }
            }
            form method="post" action={ "/search/filters/" (one.id) "/deletion" } {
                (shell::proof(visitor))
                button .small.second { (words.say("search-forget")) }
            }
        }
    }
}

/// A filter and its name.
#[derive(Deserialize)]
struct Keeping {
    name: String,
    query: String,
}

/// Keeps a filter: one that reads as a filter, in its canonical form.
#[post("/search/filters")]
async fn keep(
    app: App,
    visitor: Visitor,
    _may: May<right::ReadIncidents>,
    form: Form<Keeping>,
) -> Result<HttpResponse, Problem> {
    let (desk, Keeping { name, query }) = (visitor.caller.desk(&app), form.0);
    let asked = Asked::read(&desk, &query)?;
    let _sound: FilterParameters = query::read(query::pairs(&asked.query())?)?;
    let kept = app.store().write(move |conn| saved_filters::keep(conn, &desk, &name, asked.query())).await?;
    Ok(shell::done(&format!("/search?{}", kept.query), "said-search-kept"))
}

/// Another name.
#[derive(Deserialize)]
struct Renaming {
    name: String,
}

/// Gives a filter another name.
#[post("/search/filters/{id}/name")]
async fn rename(
    app: App,
    visitor: Visitor,
    _may: May<right::ReadIncidents>,
    id: Path<Id>,
    form: Form<Renaming>,
) -> Result<HttpResponse, Problem> {
    let (desk, id, name) = (visitor.caller.desk(&app), id.into_inner(), form.0.name);
    app.store().write(move |conn| saved_filters::rename(conn, &desk, id, &name)).await?;
    Ok(shell::done("/search", "said-search-renamed"))
}

/// Nothing but that the button was pressed.
#[derive(Deserialize)]
struct Pressed {}

/// Forgets a filter.
#[post("/search/filters/{id}/deletion")]
async fn forget(
    app: App,
    visitor: Visitor,
    _may: May<right::ReadIncidents>,
    id: Path<Id>,
    _form: Form<Pressed>,
) -> Result<HttpResponse, Problem> {
    let (desk, id) = (visitor.caller.desk(&app), id.into_inner());
    app.store().write(move |conn| saved_filters::forget(conn, &desk, id)).await?;
    Ok(shell::done("/search", "said-search-forgotten"))
}
