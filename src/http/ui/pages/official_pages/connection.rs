//! Connecting a page, looking how it fares, and letting go of it.

use std::collections::BTreeMap;

use actix_web::web::ServiceConfig;
use actix_web::{HttpResponse, post};
use maud::{Markup, html};
use serde::Deserialize;

use super::HERE;
use crate::app::App;
use crate::app::networks::{About, Connection, about};
use crate::desk::pages;
use crate::domain::{Id, Keys, Listening, PageState};
use crate::http::auth::{May, right};
use crate::http::json::Path;
use crate::http::problem::Problem;
use crate::http::ui::fields::{Field, choice, hidden, tick};
use crate::http::ui::form::Form;
use crate::http::ui::shell;
use crate::http::ui::visitor::Visitor;
use crate::store::records::PageRow;

/// What the names of fields with keys begin with.
const KEY: &str = "key.";

/// The routes of connecting.
pub fn routes(config: &mut ServiceConfig) {
    config.service(connect).service(disconnect).service(check);
}

/// The forms of one page. A key is asked for and never shown.
pub fn forms(visitor: &Visitor, page: &PageRow, keys: &[String]) -> Markup {
    let words = visitor.words;
    let Some(network) = about().into_iter().find(|network| network.name == page.network) else { return html! {} };
    let (address, seen) = (format!("{HERE}/{}", page.id), pages::version(page).to_string());
    let is_connected = page.state == PageState::Connected;
    html! {
        h2 { @if is_connected { (words.say("official-pages-reconnect")) } @else { (words.say("official-pages-connect")) } }
        form method="post" action={ (address) "/connection" } autocomplete="off" {
            (shell::proof(visitor)) (hidden("seen", &seen))
            (key_fields(visitor, &network, !keys.is_empty()))
            (choice(&words.say("official-pages-listening"), "listening", network.listening.iter().map(|way| (way.as_str(), words.named("listening", way.as_str()))), page.listening.as_str()))
            @if page.listening == Listening::Hook && !keys.is_empty() {
                (tick(&words.say("official-pages-new-address"), "new_address", "true", false))
            }
            button { @if is_connected { (words.say("official-pages-replace-keys")) } @else { (words.say("official-pages-connect")) } }
        }
        @if is_connected {
            div .row-of {
                form method="post" action={ (address) "/checks" } {
                    (shell::proof(visitor))
                    button .second { (words.say("official-pages-check")) }
                }
                form method="post" action={ (address) "/disconnection" } {
                    (shell::proof(visitor)) (hidden("seen", &seen))
                    button .second { (words.say("official-pages-disconnect")) }
                }
            }
            p .quiet { (words.say("official-pages-disconnect-hint")) }
        }
    }
}

fn key_fields(visitor: &Visitor, network: &About, has_keys: bool) -> Markup {
    let words = visitor.words;
    html! {
        @if has_keys { p .quiet { (words.say("official-pages-keys-kept")) } }
        @for key in &network.keys {
            @let name = format!("{KEY}{}", key.name);
            @let label = if key.needed { key.name.to_owned() } else { format!("{} ({})", key.name, words.say("official-pages-optional")) };
            (Field::new(label, &name, "").kind("password").most(4000).hint(key.about).draw())
        }
    }
}

/// What the form of a connection holds, keys beside the rest.
struct Order {
    listening: Option<Listening>,
    new_address: bool,
    seen: i64,
    others: BTreeMap<String, String>,
}

/// The keys that were filled in; none if none was, and the page keeps those it has.
fn keys(others: BTreeMap<String, String>) -> Option<Keys> {
    let given = others
        .into_iter()
        .filter_map(|(name, value)| Some((name.strip_prefix(KEY)?.to_owned(), value.trim().to_owned())));
    let given: BTreeMap<String, String> = given.filter(|(_, value)| !value.is_empty()).collect();
    (!given.is_empty()).then_some(Keys(given))
}

/// Connects a page, or connects it anew: this takes as long as the network takes.
#[post("/pages/{id}/connection")]
async fn connect(
    app: App,
    may: May<right::ManagePages>,
    _visitor: Visitor,
    id: Path<Id>,
    form: Form<Vec<(String, String)>>,
) -> Result<HttpResponse, Problem> {
    let (id, order) = (id.into_inner(), Order::read(form.0)?);
    let (seen, listening, new_address) = (order.seen, order.listening, order.new_address);
    let order = Connection { keys: keys(order.others), listening, new_address };
    app.connect_page(may.desk(&app), id, Some(seen), order).await?;
    Ok(shell::done(&format!("{HERE}/{id}"), "said-page-connected"))
}

impl Order {
    /// By hand: which keys there are is known only by their network.
    fn read(pairs: Vec<(String, String)>) -> Result<Order, Problem> {
        let mut others: BTreeMap<String, String> = pairs.into_iter().collect();
        let seen = others.remove("seen").unwrap_or_default();
        let seen = seen.parse().map_err(|_| Problem::invalid("seen", "must be a whole number"))?;
        let listening = others.remove("listening").filter(|way| !way.is_empty());
        let listening = listening.map(|way| way.parse()).transpose();
        let listening = listening
            .map_err(|fault: crate::domain::words::UnknownWord| Problem::invalid("listening", fault.to_string()))?;
        let new_address = others.remove("new_address").as_deref() == Some("true");
        Ok(Order { listening, new_address, seen, others })
    }
}

/// The version of a page that somebody saw.
#[derive(Deserialize)]
struct Seen {
    seen: i64,
}

/// Disconnects a page.
#[post("/pages/{id}/disconnection")]
async fn disconnect(
    app: App,
    may: May<right::ManagePages>,
    visitor: Visitor,
    id: Path<Id>,
    form: Form<Seen>,
) -> Result<HttpResponse, Problem> {
    let (id, Form(Seen { seen })) = (id.into_inner(), form);
    let (page, problem) = app.disconnect_page(may.desk(&app), id, Some(seen)).await?;
    let Some(problem) = problem else { return Ok(shell::done(&format!("{HERE}/{id}"), "said-page-disconnected")) };
    let words = visitor.words;
    let body = html! {
        main #content tabindex="-1" {
            h1 { (page.title) }
            p { (words.say("official-pages-let-go")) }
            p role="alert" lang="en" { (problem) }
            p { a href={ (HERE) "/" (id) } { (words.say("administration-back")) } }
        }
    };
    Ok(shell::page(&visitor, HERE, &page.title, &body))
}

/// Nothing but that a button was pressed.
#[derive(Deserialize)]
struct Pressed {}

/// Asks a page's network how the page fares.
#[post("/pages/{id}/checks")]
async fn check(
    app: App,
    may: May<right::ManagePages>,
    _visitor: Visitor,
    id: Path<Id>,
    _pressed: Form<Pressed>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    app.check_page(may.desk(&app), id).await?;
    Ok(shell::done(&format!("{HERE}/{id}"), "said-page-checked"))
}
