//! Many pages from a table: first what would be, then taken.

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpResponse, get, post};
use maud::{Markup, html};

use super::HERE;
use crate::app::App;
use crate::app::networks::Known;
use crate::desk::pages::{self, Entries, MOST_ROWS, ReadError, Report};
use crate::http::api::pages::import::read;
use crate::http::auth::{May, right};
use crate::http::problem::Problem;
use crate::http::ui::upload::Upload;
use crate::http::ui::visitor::Visitor;
use crate::http::ui::words::Words;
use crate::http::ui::{parts, shell};
use crate::table::FileKind;

/// How many faults are drawn.
const DRAWN: usize = 200;

/// The routes of the import.
pub fn routes(config: &mut ServiceConfig) {
    config.service(ask).service(take);
}

/// Asks for a table.
#[get("/pages/import")]
async fn ask(app: App, may: May<right::ManagePages>, visitor: Visitor) -> Result<HttpResponse, Problem> {
    pages::need_city(&may.desk(&app))?;
    let words = visitor.words;
    let title = words.say("official-pages-import");
    let body = html! {
        main #content .official-pages tabindex="-1" {
            h1 { (title) }
            p { a href=(HERE) { (words.say("official-pages-all")) } }
            p { (words.with("official-pages-import-hint", [("most", i64::try_from(MOST_ROWS).unwrap_or(0).into())])) }
            (form(&visitor, false))
        }
    };
    Ok(shell::page(&visitor, HERE, &title, &body))
}

/// Asks for the file: to be looked at, or to be taken.
fn form(visitor: &Visitor, takes: bool) -> Markup {
    let words = visitor.words;
    html! {
        form method="post" action="/pages/import" enctype="multipart/form-data" {
            (shell::proof(visitor))
            label {
                span { @if takes { (words.say("official-pages-same-file")) } @else { (words.say("fields-file")) } }
                input type="file" name="file" required accept=".csv,.xlsx,text/csv,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
            }
            @if takes {
                button name="save" value="yes" { (words.say("official-pages-take")) }
            } @else {
                button { (words.say("administration-what-changes")) }
            }
        }
    }
}

/// Tells what a table would do; with `save`, does it.
#[post("/pages/import")]
async fn take(
    app: App,
    may: May<right::ManagePages>,
    visitor: Visitor,
    upload: Upload,
) -> Result<HttpResponse, Problem> {
    let desk = may.desk(&app);
    pages::need_city(&desk)?;
    let save = upload.text("save") == "yes";
    let content = upload.file.ok_or_else(|| Problem::invalid("file", "is needed"))?.content;
    // A workbook is an archive, and archives begin so.
    let kind = if content.starts_with(b"PK") { FileKind::Xlsx } else { FileKind::Csv };
    let entries = entries(kind, content).await?;
    let seal = app.seal().clone();
    if save {
        let import = move |conn: &mut _| pages::import(conn, &desk, &seal, &Known, &entries, false);
        let taken = app.store().write(import).await;
        app.forget_pages();
        taken?;
        return Ok(shell::done(HERE, "said-pages-imported"));
    }
    let report = app.store().read(move |conn| pages::import(conn, &desk, &seal, &Known, &entries, true)).await?;
    let words = visitor.words;
    let title = words.say("official-pages-import");
    let body = html! {
        main #content .official-pages tabindex="-1" {
            h1 { (title) }
            p { a href="/pages/import" { (words.say("official-pages-other-file")) } }
            (told(words, &report))
            // The table may hold keys, so it is not sent back to be kept by the page: it is chosen once more.
            @if report.faults.is_empty() { (form(&visitor, true)) }
        }
    };
    Ok(shell::page(&visitor, HERE, &title, &body))
}

async fn entries(kind: FileKind, content: web::Bytes) -> Result<Entries, Problem> {
    let read = web::block(move || read(kind, &content)).await.map_err(|_| Problem::internal())?;
    read.map_err(|error| match error {
        ReadError::TooLong => Problem::invalid("", error.to_string()),
        ReadError::Table(_) => Problem::malformed(error.to_string()),
    })
}

fn told(words: Words, report: &Report) -> Markup {
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    html! {
        dl .facts #report {
            dt { (words.say("official-pages-rows")) } dd { (count(report.rows)) }
            dt { (words.say("official-pages-added")) } dd { (count(report.added)) }
            dt { (words.say("official-pages-updated")) } dd { (count(report.updated)) }
            dt { (words.say("official-pages-unchanged")) } dd { (count(report.unchanged)) }
            dt { (words.say("official-pages-to-connect")) } dd { (count(report.connecting)) }
            @if !report.unknown_columns.is_empty() {
                dt { (words.say("official-pages-unknown-columns")) }
                dd { (report.unknown_columns.iter().map(String::as_str).collect::<Vec<_>>().join(", ")) }
            }
        }
        @if !report.faults.is_empty() {
            p role="alert" { (words.with("official-pages-faults", [("count", count(report.faults.len()).into())])) }
            table {
                thead { tr {
                    th .figure scope="col" { (words.say("official-pages-row")) }
                    th scope="col" { (words.say("official-pages-column")) }
                    th scope="col" { (words.say("official-pages-fault")) }
                } }
                tbody {
                    @for fault in report.faults.iter().take(DRAWN) {
                        tr {
                            td .figure { (fault.row) }
                            td { (words.field(&format!("/{}", fault.column)).unwrap_or(fault.column.as_str().into())) }
                            td { (parts::rule(words, &fault.message)) }
                        }
                    }
                }
            }
        }
    }
}
