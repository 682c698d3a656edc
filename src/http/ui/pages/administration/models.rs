//! Models: what was learned from decisions, how good it is, learning anew, and going back.

use actix_web::web::ServiceConfig;
use actix_web::{HttpRequest, HttpResponse, get, post};
use maud::{Markup, html};
use serde::Deserialize;

use super::versions::{actor, names};
use crate::app::App;
use crate::desk::learning::{self, HeldBack};
use crate::desk::{Error, policies};
use crate::domain::advice::ModelState;
use crate::domain::learn::Model;
use crate::http::api::policies::aside;
use crate::http::auth::{May, right};
use crate::http::json::Path;
use crate::http::paging::Paging;
use crate::http::problem::Problem;
use crate::http::ui::form::Form;
use crate::http::ui::visitor::Visitor;
use crate::http::ui::words::Words;
use crate::http::ui::{chart, fields, parts, shell};
use crate::store::Conn;
use crate::store::records::ModelRow;

const PART: &str = "/administration/models";

/// The routes of this part.
pub fn routes(config: &mut ServiceConfig) {
    config.service(index).service(train).service(look).service(activate);
}

/// Nothing but that a button was pressed.
#[derive(Deserialize)]
struct Pressed {}

/// Lists the models, the newest first.
#[get("/administration/models")]
async fn index(
    app: App,
    request: HttpRequest,
    may: May<right::WritePolicy>,
    visitor: Visitor,
    paging: Paging,
) -> Result<HttpResponse, Problem> {
    let (words, desk, below, reach) = (visitor.words, may.desk(&app), paging.after::<i64>()?, paging.reach());
    let rows = app.store().read(move |conn| learning::list(conn, below, reach)).await?;
    let rows = rows.into_iter().map(|row| Ok((HeldBack::read(&row)?, row))).collect::<Result<Vec<_>, Error>>()?;
    let found = paging.page(rows, None, |(_, row)| row.version);
    let body = html! {
        p .quiet { (words.say("administration-models-about")) }
        (super::for_city(&visitor, html! {
            form method="post" action=(PART) {
                (shell::proof(&visitor))
                button { (words.say("administration-train")) }
            }
        }))
        @if found.items.is_empty() {
            p .quiet { (words.say("administration-no-models")) }
        } @else {
            table {
                thead { tr {
                    th .figure scope="col" { (words.say("administration-version")) }
                    th scope="col" { (words.say("administration-head")) }
                    th scope="col" { (words.say("administration-state")) }
                    th scope="col" { (words.say("administration-when")) }
                    th .figure scope="col" { (words.say("administration-examples")) }
                    th .figure scope="col" { (words.say("administration-accuracy")) }
                    th .figure scope="col" { (words.say("administration-top3")) }
                } }
                tbody {
                    @for (held, row) in &found.items {
                        tr {
                            th .figure scope="row" { a href={ (PART) "/" (row.version) } { (row.version) } }
                            td { (words.named("head", row.head.as_str())) }
                            td { (words.named("model-state", row.state.as_str())) }
                            td { (parts::moment(words, &desk, row.trained_at)) }
                            td .figure { (parts::number(row.examples)) }
                            td .figure { (percent(held.accuracy)) }
                            td .figure { (percent(held.top3)) }
                        }
                    }
                }
            }
            (fields::pager(words, &request, found.next.as_deref()))
        }
    };
    Ok(super::page(&visitor, PART, &words.say("administration-models"), &body))
}

fn percent(share: f32) -> String {
    format!("{:.1} %", share * 100.0).replace('.', ",")
}

/// Orders a training; how far it is stands on the page of what runs.
#[post("/administration/models")]
async fn train(
    app: App,
    may: May<right::WritePolicy>,
    _visitor: Visitor,
    _pressed: Form<Pressed>,
) -> Result<HttpResponse, Problem> {
    let desk = may.desk(&app);
    app.store().write(move |conn| learning::order(conn, &desk).map(drop)).await?;
    Ok(shell::done("/administration/progress", "said-training-ordered"))
}

/// Shows one model with its figures.
#[get("/administration/models/{version}")]
async fn look(
    app: App,
    may: May<right::WritePolicy>,
    visitor: Visitor,
    version: Path<i64>,
) -> Result<HttpResponse, Problem> {
    let (words, desk, version) = (visitor.words, may.desk(&app), version.into_inner());
    let asking = desk.clone();
    let read = move |conn: &mut Conn| -> Result<_, Error> {
        let row = learning::find(conn, version)?;
        let names = names(conn, &asking, [row.trained_by.as_str()])?;
        Ok((HeldBack::read(&row)?, row, names))
    };
    let (held, row, names) = app.store().read(read).await?;
    let title = words.with(
        "administration-model-called",
        [("version", version.into()), ("head", words.named("head", row.head.as_str()).into())],
    );
    let trained = html! {
        (parts::moment(words, &desk, row.trained_at)) ", " (actor(words, &names, &row.trained_by))
    };
    let body = html! {
        p { a href=(PART) { (words.say("administration-all-models")) } }
        (facts(words, &row, &held, &trained))
        (curve(words, &held))
        @if row.state != ModelState::Active {
            (super::for_city(&visitor, html! {
                form method="post" action={ (PART) "/" (version) "/activation" } {
                    (shell::proof(&visitor))
                    p .quiet { (words.say("administration-activate-hint")) }
                    button .second { (words.say("administration-activate")) }
                }
            }))
        }
    };
    Ok(super::page(&visitor, PART, &title, &body))
}

fn facts(words: Words, row: &ModelRow, held: &HeldBack, trained: &Markup) -> Markup {
    html! {
        dl .facts {
            dt { (words.say("administration-state")) }
            dd #state { (words.named("model-state", row.state.as_str())) @if let Some(reason) = &row.reason { " " span .quiet lang="en" { (reason) } } }
            dt { (words.say("administration-trained")) } dd { (trained) }
            dt { (words.say("administration-examples")) } dd { (parts::number(row.examples)) }
            dt { (words.say("administration-rules")) } dd { a href={ "/administration/versions/" (row.policy_version) } { (row.policy_version) } }
            dt { (words.say("administration-held-back")) } dd { (parts::number(i64::from(held.n))) }
            dt { (words.say("administration-accuracy")) } dd { (percent(held.accuracy)) }
            dt { (words.say("administration-top3")) } dd { (percent(held.top3)) }
            dt { (words.say("administration-macro-f1")) } dd { (percent(held.macro_f1)) }
            dt { (words.say("administration-weighted-f1")) } dd { (percent(held.weighted_f1)) }
        }
    }
}

/// What share could be decided alone, at which precision.
fn curve(words: Words, held: &HeldBack) -> Markup {
    let points: Vec<(f32, f32)> = held.curve.iter().map(|point| (point.coverage, point.precision)).collect();
    let step = held.curve.len().div_ceil(12).max(1);
    html! {
        @if !held.curve.is_empty() {
            h2 { (words.say("administration-curve")) }
            (chart::curve(&words.say("administration-curve"), &points))
            table .narrow-table {
                thead { tr {
                    th .figure scope="col" { (words.say("administration-probability")) }
                    th .figure scope="col" { (words.say("administration-coverage")) }
                    th .figure scope="col" { (words.say("administration-precision")) }
                } }
                tbody {
                    @for point in held.curve.iter().step_by(step) {
                        tr {
                            td .figure { (percent(point.probability)) }
                            td .figure { (percent(point.coverage)) }
                            td .figure { (percent(point.precision)) }
                        }
                    }
                }
            }
        }
    }
}

/// Puts a model in use.
#[post("/administration/models/{version}/activation")]
async fn activate(
    app: App,
    may: May<right::WritePolicy>,
    _visitor: Visitor,
    version: Path<i64>,
    _pressed: Form<Pressed>,
) -> Result<HttpResponse, Problem> {
    let (desk, version) = (may.desk(&app), version.into_inner());
    policies::may_publish(&desk)?;
    let bytes = app.store().read(move |conn| learning::bytes(conn, version)).await?;
    let unreadable = |_| Error::Conflict("this program cannot read the model: it was made by another version");
    aside(move || Model::from_bytes(&bytes).map(drop).map_err(unreadable)).await?;
    app.store().write(move |conn| learning::activate(conn, &desk, version).map(drop)).await?;
    app.take_to_heart().await;
    Ok(shell::done(&format!("{PART}/{version}"), "said-model-in-use"))
}
