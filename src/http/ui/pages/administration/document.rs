//! The rules as a document: one table as a text, or the whole as a file; what differs is shown before anything is stored.

use actix_web::web::ServiceConfig;
use actix_web::{HttpResponse, get, post};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::Value;

use super::publish;
use super::versions::differences;
use crate::app::App;
use crate::desk::policies;
use crate::domain::Doc;
use crate::domain::policy::PolicyDoc;
use crate::http::api::policies::aside;
use crate::http::auth::{May, right};
use crate::http::json::parse;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::ui::fields::{area, choice, hidden};
use crate::http::ui::shell;
use crate::http::ui::upload::Upload;
use crate::http::ui::visitor::Visitor;

const PART: &str = "/administration/versions";

/// The tables that are edited as texts. Streets and houses are too long for that: they come with the whole document.
const TABLES: [&str; 13] = [
    "city",
    "groups",
    "topics",
    "topic_aliases",
    "municipalities",
    "okrugs",
    "organisations",
    "organisation_aliases",
    "routes",
    "executors",
    "terms",
    "calendars",
    "templates",
];

/// The routes of this part.
pub fn routes(config: &mut ServiceConfig) {
    config.service(ask).service(take);
}

/// Which table.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Asked {
    table: String,
}

/// Shows a table of the document as a text, and asks for a whole one.
#[get("/administration/document")]
async fn ask(
    app: App,
    _may: May<right::WritePolicy>,
    visitor: Visitor,
    asked: Query<Asked>,
) -> Result<HttpResponse, Problem> {
    let (words, policy) = (visitor.words, app.policy());
    let table = Some(asked.into_inner().table).filter(|table| !table.is_empty()).unwrap_or_else(|| "topics".to_owned());
    if !TABLES.contains(&table.as_str()) {
        return Err(Problem::not_found("table"));
    }
    let whole = Doc::of(policy.doc()).0;
    let text = serde_json::to_string_pretty(whole.get(&table).unwrap_or(&Value::Array(Vec::new()))).unwrap_or_default();
    let tables = TABLES.iter().map(|table| (*table, words.named("table", table)));
    let seen = policy.version().to_string();
    let body = html! {
        p { a href=(PART) { (words.say("administration-all-versions")) } }
        form .choices method="get" action="/administration/document" {
            div .row-of {
                (choice(&words.say("administration-table"), "table", tables, &table))
                button .second { (words.say("fields-show")) }
            }
        }
        (super::for_city(&visitor, html! {
            form method="post" action="/administration/document" enctype="multipart/form-data" {
                (shell::proof(&visitor)) (hidden("seen", &seen)) (hidden("table", &table))
                (area(&words.named("table", &table), "document", &text, 24))
                button { (words.say("administration-show-differences")) }
            }
            h2 { (words.say("administration-whole-document")) }
            p .quiet { (words.say("administration-whole-document-hint")) }
            form method="post" action="/administration/document" enctype="multipart/form-data" {
                (shell::proof(&visitor)) (hidden("seen", &seen))
                label { span { (words.say("fields-file")) } input type="file" name="file" accept=".json,application/json" required; }
                button .second { (words.say("administration-show-differences")) }
            }
        }))
    };
    Ok(super::page(&visitor, PART, &words.say("administration-document"), &body))
}

/// The whole document that was sent, or the one in force with the table that was sent.
fn whole(base: &PolicyDoc, table: &str, text: &str) -> Result<PolicyDoc, Problem> {
    if table.is_empty() {
        return parse(text.as_bytes());
    }
    if !TABLES.contains(&table) {
        return Err(Problem::not_found("table"));
    }
    let Doc(mut document) = Doc::of(base);
    document[table] = parse(text.as_bytes())?;
    parse(document.to_string().as_bytes())
}

/// Tells what would change, and with `save`, changes it.
#[post("/administration/document")]
async fn take(
    app: App,
    _may: May<right::WritePolicy>,
    visitor: Visitor,
    upload: Upload,
) -> Result<HttpResponse, Problem> {
    policies::may_publish(&visitor.caller.desk(&app))?;
    let (policy, table, seen) = (app.policy(), upload.text("table").to_owned(), upload.number("seen")?.unwrap_or(0));
    let text = upload.text_or_file("document")?;
    let document = whole(policy.doc(), &table, &text)?;
    if upload.text("save") == "yes" {
        let note = upload.text("reason").to_owned();
        let loaded = publish::publish(&app, &visitor, seen, note, move |_| Ok(document)).await?;
        return Ok(shell::done(&format!("{PART}/{}", loaded.version()), "said-rules-saved"));
    }
    let sound = aside(move || policies::check(document)).await?;
    let tables = policies::differences(Some(policy.doc()), Some(sound.policy().doc()));
    let words = visitor.words;
    let body = html! {
        p { a href={ "/administration/document?table=" (table) } { (words.say("administration-back")) } }
        (differences(words, &tables))
        @if !tables.is_empty() { (confirm(&visitor, seen, &table, &text)) }
    };
    Ok(super::page(&visitor, PART, &words.say("administration-document"), &body))
}

fn confirm(visitor: &Visitor, seen: i64, table: &str, text: &str) -> Markup {
    let words = visitor.words;
    html! {
        form method="post" action="/administration/document" enctype="multipart/form-data" {
            (shell::proof(visitor))
            (hidden("save", "yes")) (hidden("table", table)) (hidden("seen", &seen.to_string()))
            (hidden("document", text))
            (crate::http::ui::fields::Field::new(words.say("fields-note"), "reason", "").most(1000).hint(words.say("fields-note-hint")).draw())
            button { (words.say("fields-save")) }
        }
    }
}
