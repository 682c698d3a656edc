//! The beginnings of answers.

use std::borrow::Cow;

use actix_web::web::ServiceConfig;
use actix_web::{HttpResponse, get, post};
use maud::html;
use serde::Deserialize;

use super::publish;
use crate::app::App;
use crate::desk::Error;
use crate::domain::policy::{PolicyDoc, Template};
use crate::domain::{Language, Outcome};
use crate::http::auth::{May, right};
use crate::http::problem::Problem;
use crate::http::query::{self, Query};
use crate::http::ui::fields::{Field, area, choice, hidden};
use crate::http::ui::form::Form;
use crate::http::ui::parts;
use crate::http::ui::shell;
use crate::http::ui::visitor::Visitor;

const PART: &str = "/administration/templates";

/// The routes of this part.
pub fn routes(config: &mut ServiceConfig) {
    config.service(index).service(look).service(store);
}

/// Shows the templates.
#[get("/administration/templates")]
async fn index(app: App, may: May<right::WritePolicy>, visitor: Visitor) -> HttpResponse {
    let (words, desk) = (visitor.words, may.desk(&app));
    let templates = &desk.policy.doc().templates;
    let body = html! {
        p { a href={ (PART) "/template" } { (words.say("administration-new-template")) } }
        @if templates.is_empty() {
            p .quiet { (words.say("administration-no-templates")) }
        } @else {
            table {
                thead { tr {
                    th scope="col" { (words.say("administration-template")) }
                    th scope="col" { (words.say("administration-case")) }
                    th scope="col" { (words.say("administration-outcome")) }
                    th scope="col" { (words.say("administration-text")) }
                } }
                tbody {
                    @for one in templates {
                        tr {
                            th scope="row" { a href={ (PART) "/template?id=" (one.id) } { (one.title) } }
                            td {
                                @if let Some(id) = &one.topic { (parts::topic(&desk, id)) }
                                @else if let Some(id) = &one.group { (desk.policy.group(id).map_or(id, |found| &found.title)) }
                                @else { (words.say("administration-any")) }
                            }
                            td { @if let Some(outcome) = one.outcome { (words.named("outcome", outcome.as_str())) } }
                            td lang=(one.language.unwrap_or(Language::Russian)) { (parts::beginning(&one.text, 140)) }
                        }
                    }
                }
            }
        }
    };
    super::page(&visitor, PART, &words.say("administration-templates"), &body)
}

/// Which template.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Asked {
    id: String,
}

/// Shows one template, or an empty one.
#[get("/administration/templates/template")]
async fn look(app: App, _may: May<right::WritePolicy>, visitor: Visitor, asked: Query<Asked>) -> HttpResponse {
    let (words, policy, id) = (visitor.words, app.policy(), asked.into_inner().id);
    let known = policy.doc().templates.iter().find(|one| one.id == id);
    let empty = || Template {
        id: String::new(),
        title: String::new(),
        text: String::new(),
        topic: None,
        group: None,
        outcome: None,
        language: None,
    };
    let one = known.cloned().unwrap_or_else(empty);
    let any = || std::iter::once(("", words.say("administration-any")));
    let none = std::iter::once(("", words.say("fields-none")));
    let outcomes = Outcome::ALL.iter().filter(|outcome| **outcome != Outcome::Deferred);
    let outcomes = outcomes.map(|outcome| (outcome.as_str(), words.named("outcome", outcome.as_str())));
    let languages = [("ru", Cow::from("Русский")), ("en", Cow::from("English"))];
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let title = match known {
        Some(known) => known.title.clone(),
        None => words.say("administration-new-template").into_owned(),
    };
    let body = html! {
        p { a href=(PART) { (words.say("administration-all-templates")) } }
        (super::for_city(&visitor, html! {
            form method="post" action=(PART) {
                (shell::proof(&visitor))
                @if known.is_some() { (hidden("id", &one.id)) } @else {
                    (Field::new("ID", "id", "").needed().most(64).hint(words.say("administration-id-hint")).draw())
                }
                (Field::new(words.say("administration-name"), "title", &one.title).needed().draw())
                (area(&words.say("administration-text"), "text", &one.text, 8))
                p .quiet { (words.say("administration-blanks")) }
                div .pair {
                    (choice(&words.say("dimension-group"), "group", any().chain(super::groups(&policy).map(|(id, title)| (id, title.into()))), &text(&one.group)))
                    (choice(&words.say("dimension-topic"), "topic", any().chain(super::topics(&policy).map(|(id, title)| (id, title.into()))), &text(&one.topic)))
                    (choice(&words.say("administration-outcome"), "outcome", none.chain(outcomes), one.outcome.map_or("", Outcome::as_str)))
                    (choice(&words.say("administration-language"), "language", languages, one.language.map_or("ru", Language::as_str)))
                }
                (super::reason(words, &policy))
                div .row-of {
                    button { (words.say("fields-save")) }
                    @if known.is_some() { button .second name="change" value="remove" { (words.say("fields-delete")) } }
                }
            }
        }))
    };
    super::page(&visitor, PART, &title, &body)
}

/// A template as a form holds it.
#[derive(Deserialize)]
struct Written {
    id: String,
    title: String,
    text: String,
    #[serde(default, deserialize_with = "query::filled")]
    group: Option<String>,
    #[serde(default, deserialize_with = "query::filled")]
    topic: Option<String>,
    #[serde(default, deserialize_with = "query::filled")]
    outcome: Option<Outcome>,
    #[serde(default, deserialize_with = "query::filled")]
    language: Option<Language>,
    /// `remove`: the template is to go.
    #[serde(default)]
    change: String,
    seen: i64,
    #[serde(default)]
    reason: String,
}

/// Stores a template, or takes it away: as the next version of the rules.
#[post("/administration/templates")]
async fn store(
    app: App,
    _may: May<right::WritePolicy>,
    visitor: Visitor,
    form: Form<Written>,
) -> Result<HttpResponse, Problem> {
    let Form(Written { id, title, text, group, topic, outcome, language, change, seen, reason }) = form;
    let id = id.trim().to_owned();
    let change = move |mut doc: PolicyDoc| {
        let place = doc.templates.iter().position(|one| one.id == id);
        // Browsers send line breaks as the network does.
        let text = text.replace("\r\n", "\n");
        let language = language.filter(|language| *language != Language::Russian);
        let new = Template { id, title: title.trim().to_owned(), text, topic, group, outcome, language };
        match (place, change == "remove") {
            (Some(place), true) => drop(doc.templates.remove(place)),
            (None, true) => return Err(Error::NotFound("template")),
            (Some(place), false) => doc.templates[place] = new,
            (None, false) => doc.templates.push(new),
        }
        Ok(doc)
    };
    publish::publish(&app, &visitor, seen, reason, change).await?;
    Ok(shell::done(PART, "said-rules-saved"))
}
