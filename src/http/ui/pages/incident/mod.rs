//! One incident: what was said, what is known and promised of it, what was answered, what happened, and what may be done now.

mod actions;
mod answers;
mod complaint;
mod deadlines;
mod facts;
mod history;
mod moves;
mod opened;
mod replies;
mod sent;
mod whole;

use actix_web::web::ServiceConfig;
use actix_web::{HttpRequest, HttpResponse, get};
use maud::{Markup, html};
use serde::Deserialize;

use crate::app::App;
use crate::domain::Id;
use crate::http::api::incidents::attachments;
use crate::http::auth::{May, right};
use crate::http::json::Path;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::ui::visitor::Visitor;
use crate::http::ui::{parts, shell};
pub use actions::departments;
use whole::Whole;

/// The routes of this page.
pub fn routes(config: &mut ServiceConfig) {
    config.service(show).service(file);
    opened::routes(config);
    moves::routes(config);
    replies::routes(config);
}

/// How it is looked at.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Look {
    /// The draft that an answer begins from.
    draft: Option<String>,
    /// The event after which the history is shown.
    after: Option<i64>,
}

/// Shows an incident.
#[get("/incidents/{id}")]
async fn show(
    app: App,
    visitor: Visitor,
    _may: May<right::ReadIncidents>,
    id: Path<Id>,
    look: Query<Look>,
) -> Result<HttpResponse, Problem> {
    let look = look.into_inner();
    let whole = whole::read(&app, &visitor, id.into_inner(), look.after.unwrap_or(0).max(0)).await?;
    Ok(page(&visitor, &whole, &look))
}

/// Shows what is in a file of an incident's message.
#[get("/incidents/{id}/attachments/{file}")]
async fn file(
    app: App,
    may: May<right::ReadPersonalData>,
    which: Path<attachments::Which>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    attachments::sent(&app, &may, which.into_inner(), &request).await
}

fn page(visitor: &Visitor, whole: &Whole, look: &Look) -> HttpResponse {
    let words = visitor.words;
    let title = words.with("incident-title", [("number", whole.incident.number.to_string().into())]);
    let body = html! {
        main #content .incident tabindex="-1" {
            (facts::head(words, whole, &title))
            div .columns {
                div .first {
                    (complaint::told(visitor, whole))
                    (actions::section(visitor, whole))
                    (answers::section(visitor, whole, look))
                }
                div .second {
                    (facts::section(words, whole))
                    (deadlines::section(words, whole))
                    (facts::group(visitor, whole))
                }
                div .third {
                    (complaint::thread(words, whole))
                    (history::section(words, whole))
                    (opened::on_record(words, whole))
                }
            }
        }
    };
    shell::page(visitor, "", &title, &body)
}

/// A link to another incident, by its number.
fn other(number: i64, id: Id) -> Markup {
    html! { a href=(parts::address(id)) { "№\u{a0}" (number) } }
}
