//! Search: every filter that the API's list has, its results, and filters kept under names. What figures and the map link to.

pub mod asked;
mod form;
mod kept;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::web::ServiceConfig;
use actix_web::{FromRequest, HttpRequest, HttpResponse, get};
use maud::{Markup, html};

use crate::app::App;
use crate::desk::{Desk, Error, incidents, saved_filters};
use crate::domain::Refusal;
use crate::http::api::incidents::{FilterParameters, Sort};
use crate::http::auth::{May, right};
use crate::http::paging::{Page, Paging};
use crate::http::problem::Problem;
use crate::http::query;
use crate::http::ui::visitor::Visitor;
use crate::http::ui::words::Words;
use crate::http::ui::{parts, shell};
use crate::store::incidents::{Filter, Order};
use crate::store::records::{Incident, SavedFilter};
use asked::Asked;

/// The routes of this page.
pub fn routes(config: &mut ServiceConfig) {
    config.service(search);
    kept::routes(config);
}

/// Shows what fits. An address as forms make them is led to the one that says the same in order, which can be kept and passed on.
#[get("/search")]
async fn search(
    app: App,
    visitor: Visitor,
    _may: May<right::ReadIncidents>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let desk = visitor.caller.desk(&app);
    let asked = Asked::read(&desk, request.query_string())?;
    if !asked.is_canonical {
        return Ok(HttpResponse::SeeOther().insert_header((header::LOCATION, asked.address())).finish());
    }
    let paging = Paging::from_request(&request, &mut Payload::None).into_inner()?;
    let wanted: FilterParameters = query::read(asked.pairs.clone())?;
    // A filter may outlive what it names: it still opens, and says what is gone.
    let gone = asked::gone(&desk, &wanted);
    let filter = wanted.filter(&app);
    let (found, own) = match filter {
        Ok(filter) => {
            let (page, own) = find(&app, &desk, &wanted, filter, paging).await?;
            (Ok(page), own)
        }
        Err(refusal) => (Err(refusal), own(&app, &desk).await?),
    };
    Ok(page(&visitor, &desk, &asked, &own, &gone, found))
}

async fn own(app: &App, desk: &Desk) -> Result<Vec<SavedFilter>, Problem> {
    let desk = desk.clone();
    Ok(app.store().read(move |conn| saved_filters::own(conn, &desk)).await?)
}

async fn find(
    app: &App,
    desk: &Desk,
    wanted: &FilterParameters,
    mut filter: Filter,
    paging: Paging,
) -> Result<(Page<Incident>, Vec<SavedFilter>), Problem> {
    let order = match wanted.sort.unwrap_or(Sort::Newest) {
        Sort::Newest => Order::Newest(paging.after()?),
        Sort::Oldest => Order::Oldest(paging.after()?),
        Sort::Due => Order::Due(paging.after()?),
    };
    let (desk, author, limit) = (desk.clone(), wanted.same_author_as, paging.limit());
    let (found, own) = app
        .store()
        .read(move |conn| -> Result<_, Error> {
            if let Some(other) = author {
                // An author's identity means something in its own network only.
                let other = incidents::get(conn, &desk, other)?;
                (filter.author, filter.network) = (Some(other.author_key), Some(other.network));
            }
            Ok((incidents::list(conn, &desk, &filter, order, limit)?, saved_filters::own(conn, &desk)?))
        })
        .await?;
    let page = match order {
        Order::Due(_) => paging.page(found, None, |i| serde_json::json!([i.due_at, i.number])),
        _ => paging.page(found, None, |i| serde_json::json!(i.number)),
    };
    Ok((page, own))
}

fn page(
    visitor: &Visitor,
    desk: &Desk,
    asked: &Asked,
    own: &[SavedFilter],
    gone: &[(&'static str, String)],
    found: Result<Page<Incident>, Refusal>,
) -> HttpResponse {
    let words = visitor.words;
    let title = words.say("search-title");
    let body = html! {
        main #content .search tabindex="-1" {
            h1 { (title) }
            div .columns {
                div .asking {
                    (kept::list(visitor, asked, own))
                    (form::drawn(words, desk, asked))
                }
                section .found aria-labelledby="found" {
                    h2 #found { (words.say("search-found")) }
                    @for (name, value) in gone {
                        p .gone role="note" {
                            (words.with("search-gone", [("field", words.named("field", name).into()), ("value", value.as_str().into())]))
                        }
                    }
                    @match found {
                        Ok(page) => (results(words, desk, asked, &page)),
                        Err(_) if !gone.is_empty() => p .empty { (words.say("search-empty")) },
                        Err(refusal) => div role="alert" { p { (words.say("refusal-invalid")) } p { (parts::rule(words, &refusal.to_string())) } },
                    }
                }
            }
        }
    };
    shell::page(visitor, "/search", &title, &body)
}

fn results(words: Words, desk: &Desk, asked: &Asked, page: &Page<Incident>) -> Markup {
    html! {
        @if page.items.is_empty() { p .empty { (words.say("search-empty")) } }
        @else {
            ul .rows { @for incident in &page.items { (parts::row(words, desk, incident, &html! {})) } }
        }
        p { a href=(asked.address_at("/map")) { (words.say("search-map")) } }
        (parts::pager(words, &asked.address(), page.next.as_deref()))
    }
}
