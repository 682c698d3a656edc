//! The versions of the city's rules: which there are, what changed, and going back to one.

use std::borrow::Cow;
use std::collections::HashMap;

use actix_web::http::header;
use actix_web::web::ServiceConfig;
use actix_web::{HttpRequest, HttpResponse, get, post};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::Value;

use super::publish;
use crate::app::App;
use crate::desk::policies::{self, PolicyHead, TableChanges};
use crate::desk::{Desk, Error, staff};
use crate::domain::Doc;
use crate::http::auth::{May, right};
use crate::http::json::Path;
use crate::http::paging::Paging;
use crate::http::problem::Problem;
use crate::http::query::{self, Query};
use crate::http::ui::fields::{Field, pager};
use crate::http::ui::form::Form;
use crate::http::ui::visitor::Visitor;
use crate::http::ui::words::Words;
use crate::http::ui::{parts, shell};
use crate::store::Conn;

const PART: &str = "/administration/versions";

/// How many records of a table are drawn; of more, how many there are.
const DRAWN: usize = 100;

/// The routes of this part.
pub fn routes(config: &mut ServiceConfig) {
    config.service(index).service(look).service(go_back).service(carry_out);
}

/// The names of those who did something, by the tags that events and versions name them by.
pub(super) fn names<'t>(
    conn: &mut Conn,
    desk: &Desk,
    tags: impl IntoIterator<Item = &'t str>,
) -> Result<HashMap<String, String>, Error> {
    let named = staff::names(conn, desk, tags)?;
    Ok(named.into_iter().map(|(id, name)| (format!("staff:{id}"), name)).collect())
}

/// Who did something, as people say it.
pub(super) fn actor(words: Words, names: &HashMap<String, String>, tag: &str) -> String {
    match names.get(tag) {
        Some(name) => name.clone(),
        None if tag == "system" => words.say("administration-by-itself").into_owned(),
        None => tag.to_owned(),
    }
}

/// Lists the versions, the newest first.
#[get("/administration/versions")]
async fn index(
    app: App,
    request: HttpRequest,
    may: May<right::WritePolicy>,
    visitor: Visitor,
    paging: Paging,
) -> Result<HttpResponse, Problem> {
    let (words, desk, below, reach) = (visitor.words, may.desk(&app), paging.after::<i64>()?, paging.reach());
    let asking = desk.clone();
    let read = move |conn: &mut Conn| -> Result<_, Error> {
        let heads = policies::list(conn, below, reach)?;
        let names = names(conn, &asking, heads.iter().map(|head| head.loaded_by.as_str()))?;
        Ok((heads, names))
    };
    let (heads, names) = app.store().read(read).await?;
    let found = paging.page(heads, None, |head| head.version);
    let body = html! {
        p { a href="/administration/document" { (words.say("administration-document")) } }
        table {
            thead { tr {
                th .figure scope="col" { (words.say("administration-version")) }
                th scope="col" { (words.say("administration-when")) }
                th scope="col" { (words.say("administration-who")) }
                th scope="col" { (words.say("fields-note")) }
            } }
            tbody {
                @for head in &found.items {
                    tr {
                        th .figure scope="row" { a href={ (PART) "/" (head.version) } { (head.version) } }
                        td {
                            (parts::moment(words, &desk, head.loaded_at))
                            @if head.version == desk.policy.version() { " " strong { (words.say("administration-in-force")) } }
                        }
                        td { (actor(words, &names, &head.loaded_by)) }
                        td { (head.note) }
                    }
                }
            }
        }
        (pager(words, &request, found.next.as_deref()))
    };
    Ok(super::page(&visitor, PART, &words.say("administration-versions"), &body))
}

/// With which version to compare.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Since {
    #[serde(deserialize_with = "query::filled")]
    since: Option<i64>,
}

/// Shows what one version changed.
#[get("/administration/versions/{version}")]
async fn look(
    app: App,
    may: May<right::WritePolicy>,
    visitor: Visitor,
    version: Path<i64>,
    since: Query<Since>,
) -> Result<HttpResponse, Problem> {
    let (words, desk, version) = (visitor.words, may.desk(&app), version.into_inner());
    let since = since.into_inner().since.unwrap_or((version - 1).max(0));
    if since < 0 {
        return Err(Problem::invalid("since", "must be 0 or more"));
    }
    let asking = desk.clone();
    let read = move |conn: &mut Conn| -> Result<_, Error> {
        let head = policies::head(conn, version)?;
        let names = names(conn, &asking, [head.loaded_by.as_str()])?;
        Ok((head, names, policies::changes(conn, version, since)?))
    };
    let (head, names, tables) = app.store().read(read).await?;
    let newest = desk.policy.version();
    let title = words.with("administration-version-number", [("version", version.into())]);
    let body = html! {
        p .row-of {
            a href=(PART) { (words.say("administration-all-versions")) }
            a href={ (PART) "/" (version) "/document" } { (words.say("administration-download")) }
        }
        (facts(words, &head, html! { (parts::moment(words, &desk, head.loaded_at)) }, &actor(words, &names, &head.loaded_by)))
        form .choices method="get" action={ (PART) "/" (version) } {
            div .row-of {
                (Field::new(words.say("administration-compare-with"), "since", &since.to_string()).kind("number").needed().draw())
                button .second { (words.say("fields-show")) }
            }
        }
        (differences(words, &tables))
        @if version != newest {
            h2 { (words.say("administration-go-back")) }
            (super::for_city(&visitor, html! {
                p .quiet { (words.say("administration-go-back-hint")) }
                form method="post" action={ (PART) "/" (version) "/return" } {
                    (shell::proof(&visitor))
                    (super::reason(words, &desk.policy))
                    button .second { (words.say("administration-go-back")) }
                }
            }))
        }
    };
    Ok(super::page(&visitor, PART, &title, &body))
}

fn facts(words: Words, head: &PolicyHead, when: Markup, who: &str) -> Markup {
    html! {
        dl .facts {
            dt { (words.say("administration-when")) } dd { (when) }
            dt { (words.say("administration-who")) } dd { (who) }
            @if !head.note.is_empty() { dt { (words.say("fields-note")) } dd { (head.note) } }
            dt { "SHA-256" } dd { code { (head.digest) } }
        }
    }
}

/// What differs, table by table, record by record, field by field.
pub(super) fn differences(words: Words, tables: &[TableChanges]) -> Markup {
    html! {
        section #differences aria-labelledby="differences-title" {
            h2 #differences-title { (words.say("administration-differences")) }
            @if tables.is_empty() { p .quiet { (words.say("administration-no-differences")) } }
            @for table in tables {
                h3 { (words.named("table", table.table)) }
                p .quiet {
                    (words.with("administration-table-told", [
                        ("added", table.added.len().into()), ("removed", table.removed.len().into()), ("changed", table.changed.len().into()),
                    ]))
                }
                @for change in table.changed.iter().take(DRAWN) { (changed(words, &change.id, &change.before, &change.after)) }
                (whole(words, "administration-records-added", "added", &table.added))
                (whole(words, "administration-records-removed", "removed", &table.removed))
            }
        }
    }
}

/// The fields of a record that say something else.
fn changed(words: Words, id: &str, before: &Doc, after: &Doc) -> Markup {
    let empty = serde_json::Map::new();
    let fields = |doc: &'_ Doc| doc.0.as_object().cloned().unwrap_or_else(|| empty.clone());
    let (before, after) = (fields(before), fields(after));
    let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
    names.sort_unstable();
    names.dedup();
    let differ = names.into_iter().filter(|name| before.get(*name) != after.get(*name));
    html! {
        table .difference {
            caption { code { (id) } }
            thead { tr {
                th scope="col" { (words.say("administration-field")) }
                th scope="col" { (words.say("administration-was")) }
                th scope="col" { (words.say("administration-is")) }
            } }
            tbody {
                @for name in differ {
                    tr {
                        th scope="row" { code { (name) } }
                        td { @if let Some(value) = before.get(name) { del { (said(value)) } } }
                        td { @if let Some(value) = after.get(name) { ins { (said(value)) } } }
                    }
                }
            }
        }
    }
}

/// A value as people read it: texts as they are, all else as JSON.
fn said(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => text.into(),
        Value::Null => "—".into(),
        other => serde_json::to_string_pretty(other).unwrap_or_default().into(),
    }
}

fn whole(words: Words, message: &'static str, class: &'static str, records: &[Doc]) -> Markup {
    html! {
        @if !records.is_empty() {
            details open[records.len() <= 3] {
                summary { (words.say(message)) " (" (records.len()) ")" }
                @for record in records.iter().take(DRAWN) { pre .record.(class) tabindex="0" { (said(&record.0)) } }
                @if records.len() > DRAWN { p .quiet { (words.with("administration-and-more", [("count", (records.len() - DRAWN).into())])) } }
            }
        }
    }
}

/// Why to go back.
#[derive(Deserialize)]
struct Return {
    seen: i64,
    #[serde(default)]
    reason: String,
}

/// Stores what an earlier version says as the next one: versions never change, so going back is a step onward.
#[post("/administration/versions/{version}/return")]
async fn go_back(
    app: App,
    _may: May<right::WritePolicy>,
    visitor: Visitor,
    version: Path<i64>,
    form: Form<Return>,
) -> Result<HttpResponse, Problem> {
    let (version, Form(Return { seen, reason })) = (version.into_inner(), form);
    let old = app.policy_at(version).await?;
    let loaded = publish::publish(&app, &visitor, seen, reason, move |_| Ok(old.doc().clone())).await?;
    Ok(shell::done(&format!("{PART}/{}", loaded.version()), "said-rules-saved"))
}

/// Gives a version's whole document as a file.
#[get("/administration/versions/{version}/document")]
async fn carry_out(app: App, _may: May<right::WritePolicy>, version: Path<i64>) -> Result<HttpResponse, Problem> {
    let version = version.into_inner();
    let row = app.store().read(move |conn| policies::find(conn, version)).await?;
    let file = serde_json::to_string_pretty(&row.doc).map_err(|_| Problem::internal())?;
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}-{version}.json\"", row.city)))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(file))
}
