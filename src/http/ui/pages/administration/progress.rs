//! What runs for long: how far it is, and what came of it. While something runs, the page comes anew by itself every few seconds.

use std::collections::HashMap;

use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::web::ServiceConfig;
use actix_web::{HttpResponse, get, post};
use maud::{Markup, html};
use serde::Deserialize;

use super::versions::{actor, names};
use crate::app::App;
use crate::desk::deadlines::{self, Recomputed};
use crate::desk::progress::{self, Backlog, Connecting, Import, Overview, State, Training};
use crate::desk::{Desk, Error};
use crate::http::auth::{May, right};
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::ui::fields::hidden;
use crate::http::ui::form::Form;
use crate::http::ui::visitor::Visitor;
use crate::http::ui::words::Words;
use crate::http::ui::{parts, shell};
use crate::store::Conn;

const PART: &str = "/administration/progress";

/// After how many seconds the page comes anew.
const EVERY: &str = "4";

/// The routes of this part.
pub fn routes(config: &mut ServiceConfig) {
    config.service(show).service(recompute);
}

/// Whether the page is to stay as it is.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Asked {
    still: bool,
}

/// Shows what runs and what ran last.
#[get("/administration/progress")]
async fn show(
    app: App,
    may: May<right::WritePolicy>,
    visitor: Visitor,
    asked: Query<Asked>,
) -> Result<HttpResponse, Problem> {
    let (words, desk, still) = (visitor.words, may.desk(&app), asked.into_inner().still);
    let asking = desk.clone();
    let read = move |conn: &mut Conn| -> Result<_, Error> {
        let overview = progress::overview(conn, &asking)?;
        let tags = overview.recomputations.iter().map(|one| one.row.ordered_by.as_str());
        let names = names(conn, &asking, tags.chain(overview.trainings.iter().map(|one| one.order.by.as_str())))?;
        Ok((overview, names))
    };
    let (overview, names) = app.store().read(read).await?;
    let refreshed = overview.is_under_way() && !still;
    let body = html! {
        @if refreshed {
            p .quiet { (words.say("administration-refreshed")) " " a href={ (PART) "?still=true" } { (words.say("administration-hold-still")) } }
        } @else if overview.is_under_way() {
            p .quiet { a href=(PART) { (words.say("administration-refresh")) } }
        }
        (all(&visitor, &desk, &overview, &names))
    };
    let mut page = super::page(&visitor, PART, &words.say("administration-progress"), &body);
    if refreshed {
        page.headers_mut().insert(HeaderName::from_static("refresh"), HeaderValue::from_static(EVERY));
    }
    Ok(page)
}

fn all(visitor: &Visitor, desk: &Desk, overview: &Overview, names: &HashMap<String, String>) -> Markup {
    let words = visitor.words;
    let is_computing = overview.recomputations.iter().any(|one| one.row.finished_at.is_none());
    html! {
        h2 { (words.say("administration-recomputations")) }
        p .quiet { (words.say("administration-recompute-hint")) }
        @if super::is_of_city(visitor) && !is_computing {
            form method="post" action="/administration/recomputations" {
                (shell::proof(visitor))
                (hidden("version", &desk.policy.version().to_string()))
                button .second { (words.say("administration-recompute")) }
            }
        }
        @for one in &overview.recomputations { (recomputed(words, desk, one, names)) }
        h2 { (words.say("administration-trainings")) }
        @if overview.trainings.is_empty() { p .quiet { (words.say("administration-none-yet")) } }
        @for one in &overview.trainings { (training(words, desk, one, names)) }
        h2 { (words.say("administration-imports")) }
        @if overview.imports.is_empty() { p .quiet { (words.say("administration-no-imports")) } }
        @for one in &overview.imports { (import(words, desk, one)) }
        @if let Some(pages) = &overview.connecting { (connecting(words, pages)) }
        (backlog(words, &overview.backlog))
    }
}

/// How far something is: a bar that says so in words as well. Without a whole it only shows that it goes on.
fn bar(label: &str, done: i64, of: Option<i64>) -> Markup {
    html! {
        label .bar {
            span { (label) }
            @match of {
                Some(of) if of > 0 => progress max=(of) value=(done.min(of)) { (done) " / " (of) },
                _ => progress {},
            }
        }
    }
}

fn recomputed(words: Words, desk: &Desk, one: &Recomputed, names: &HashMap<String, String>) -> Markup {
    let row = &one.row;
    let told = words.with(
        "administration-recomputed",
        [("looked", row.looked_at.into()), ("moved", row.moved.into()), ("version", row.policy_version.into())],
    );
    html! {
        div .run {
            p { (parts::moment(words, desk, row.ordered_at)) ", " (actor(words, names, &row.ordered_by)) }
            @if row.finished_at.is_none() {
                (bar(&told, row.looked_at, Some(row.looked_at + one.left)))
            } @else {
                p { strong { (words.say("administration-done")) } " " (told) }
            }
        }
    }
}

fn state(words: Words, state: State) -> Markup {
    let message = match state {
        State::Waiting => "administration-waiting",
        State::Running => "administration-running",
        State::Done => "administration-done",
        State::Failed => "administration-failed",
    };
    html! { strong { (words.say(message)) } }
}

fn training(words: Words, desk: &Desk, one: &Training, names: &HashMap<String, String>) -> Markup {
    html! {
        div .run {
            p {
                (parts::moment(words, desk, one.ordered_at)) ", " (actor(words, names, &one.order.by)) ". " (state(words, one.state))
            }
            @match (one.state, one.order.reading) {
                (State::Running, Some(reading)) if reading.read < reading.of => {
                    (bar(&words.with("administration-reading", [("read", reading.read.into()), ("of", reading.of.into())]), reading.read, Some(reading.of)))
                }
                (State::Running, _) => (bar(&words.say("administration-computing"), 0, None)),
                _ => {}
            }
            @if !one.order.versions.is_empty() {
                p {
                    (words.say("administration-made"))
                    @for version in &one.order.versions { " " a href={ "/administration/models/" (version) } { "№ " (version) } }
                }
            }
            @for remark in &one.order.told { p .quiet { (parts::rule(words, remark)) } }
            @if let Some(failure) = &one.failure { p .quiet { (parts::rule(words, failure)) } }
        }
    }
}

fn import(words: Words, desk: &Desk, one: &Import) -> Markup {
    let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let told = words.with(
        "administration-imported",
        [
            ("read", count(one.told.read).into()),
            ("taken", count(one.told.taken).into()),
            ("seen", count(one.told.seen).into()),
            ("refused", count(one.told.refused).into()),
        ],
    );
    html! {
        div .run {
            p { (parts::moment(words, desk, one.began_at)) ", " (one.told.file) ". " (state(words, one.state)) }
            @if one.state == State::Running { (bar(&told, count(one.told.read), None)) } @else { p { (told) } }
            @if let Some(failure) = &one.failure { p .quiet { (parts::rule(words, failure)) } }
        }
    }
}

fn connecting(words: Words, pages: &Connecting) -> Markup {
    let Connecting { done, failed, all } = *pages;
    let told = words.with(
        "administration-connecting-told",
        [("done", done.into()), ("all", all.into()), ("failed", failed.into())],
    );
    html! {
        h2 { (words.say("administration-connecting")) }
        div .run { (bar(&told, done + failed, Some(all))) }
    }
}

fn backlog(words: Words, backlog: &[Backlog]) -> Markup {
    html! {
        h2 { (words.say("administration-backlog")) }
        @if backlog.is_empty() {
            p .quiet { (words.say("administration-no-backlog")) }
        } @else {
            table {
                thead { tr {
                    th scope="col" { (words.say("administration-work")) }
                    th .figure scope="col" { (words.say("administration-waiting")) }
                    th .figure scope="col" { (words.say("administration-running")) }
                    th .figure scope="col" { (words.say("administration-failed")) }
                } }
                tbody {
                    @for one in backlog {
                        tr {
                            th scope="row" { (words.named("job", &one.kind)) }
                            td .figure { (parts::number(one.waiting)) }
                            td .figure { (parts::number(one.running)) }
                            td .figure { (parts::number(one.failed)) }
                        }
                    }
                }
            }
        }
    }
}

/// Which version to apply.
#[derive(Deserialize)]
struct Applied {
    version: i64,
}

/// Orders that the deadlines of open incidents be computed by the rules in force.
#[post("/administration/recomputations")]
async fn recompute(
    app: App,
    may: May<right::WritePolicy>,
    _visitor: Visitor,
    form: Form<Applied>,
) -> Result<HttpResponse, Problem> {
    let (desk, Form(Applied { version })) = (may.desk(&app), form);
    app.store().write(move |conn| deadlines::order(conn, &desk, version).map(drop)).await?;
    Ok(shell::done(PART, "said-recomputation-ordered"))
}
