//! Organisations: the tree, and one of them.

use actix_web::web::ServiceConfig;
use actix_web::{HttpResponse, get, post};
use maud::{Markup, html};
use serde::Deserialize;

use super::publish;
use crate::app::App;
use crate::desk::{Desk, Error};
use crate::domain::Policy;
use crate::domain::policy::{Amendment, Organisation, OrganisationAlias, OrganisationCalendar, PolicyDoc};
use crate::domain::text::fold;
use crate::http::auth::{May, right};
use crate::http::json::Path;
use crate::http::problem::Problem;
use crate::http::query::{self, Query};
use crate::http::ui::fields::{Field, area, choice, hidden, tick};
use crate::http::ui::form::Form;
use crate::http::ui::shell;
use crate::http::ui::visitor::Visitor;
use crate::http::ui::words::Words;

const PART: &str = "/administration/organisations";

/// The routes of this part.
pub fn routes(config: &mut ServiceConfig) {
    config.service(index).service(look).service(edit).service(change_calendar);
}

/// Which organisations to show.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Sought {
    q: String,
}

/// Shows the tree, or the organisations whose names have a text.
#[get("/administration/organisations")]
async fn index(app: App, _may: May<right::WritePolicy>, visitor: Visitor, sought: Query<Sought>) -> HttpResponse {
    let (words, policy, q) = (visitor.words, app.policy(), sought.into_inner().q);
    let wanted = fold(q.trim());
    let doc = policy.doc();
    let has = |text: &str| fold(text).contains(&wanted);
    let alias = |id: &str| doc.organisation_aliases.iter().any(|one| one.organisation == id && has(&one.alias));
    let fits =
        |one: &Organisation| wanted.is_empty() || has(&one.title) || has(&one.short) || has(&one.id) || alias(&one.id);
    let mut rows = Vec::new();
    below(&policy, None, 0, &mut rows);
    rows.retain(|(one, _)| fits(one));
    let body = html! {
        form .choices method="get" action=(PART) role="search" {
            div .row-of {
                (Field::new(words.say("administration-name-part"), "q", &q).kind("search").most(100).draw())
                button { (words.say("fields-show")) }
            }
        }
        @if rows.is_empty() {
            p .quiet { (words.say("administration-nobody-called-so")) }
        } @else {
            table .tree {
                thead { tr {
                    th scope="col" { (words.say("administration-organisation")) }
                    th scope="col" { (words.say("administration-kind")) }
                    th scope="col" { (words.say("administration-connected")) }
                    th scope="col" { (words.say("administration-calendar")) }
                } }
                tbody {
                    @for (one, depth) in rows {
                        tr {
                            th scope="row" class={ "depth-" (depth.min(5)) } { a href={ (PART) "/" (one.id) } { (one.title) } }
                            td { (words.named("organisation-kind", one.kind.as_str())) }
                            td { @if one.connected { (words.say("fields-yes")) } @else { (words.say("administration-by-hand")) } }
                            td { (policy.calendar_of(&one.id).title()) }
                        }
                    }
                }
            }
        }
    };
    super::page(&visitor, PART, &words.say("administration-organisations"), &body)
}

/// All below an organisation, each followed by its own parts, with how deep it lies.
fn below<'p>(policy: &'p Policy, parent: Option<&str>, depth: usize, rows: &mut Vec<(&'p Organisation, usize)>) {
    for one in policy.doc().organisations.iter().filter(|one| one.parent.as_deref() == parent) {
        rows.push((one, depth));
        below(policy, Some(&one.id), depth + 1, rows);
    }
}

/// A calendar to try.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Tried {
    calendar: Option<String>,
}

fn missing() -> Problem {
    Problem::not_found("organisation")
}

/// Shows one organisation; with a calendar to try, also what working by it would move.
#[get("/administration/organisations/{id}")]
async fn look(
    app: App,
    may: May<right::WritePolicy>,
    visitor: Visitor,
    id: Path<String>,
    tried: Query<Tried>,
) -> Result<HttpResponse, Problem> {
    let (words, policy, desk, id) = (visitor.words, app.policy(), may.desk(&app), id.into_inner());
    let one = policy.organisation(&id).ok_or_else(missing)?;
    let tried = tried.into_inner().calendar;
    let found = match &tried {
        Some(calendar) => Some(publish::what_if(&app, &visitor, amendment(&id, calendar)).await?),
        None => None,
    };
    let chosen = tried.clone().unwrap_or_else(|| one.calendar.clone().unwrap_or_default());
    let body = html! {
        (facts(words, &desk, one))
        (super::for_city(&visitor, html! {
            h2 { (words.say("administration-working-time")) }
            form .trying method="get" action={ (PART) "/" (id) } {
                (choice(&words.say("administration-calendar"), "calendar", calendars(words, &policy), &chosen))
                button .second { (words.say("administration-try")) }
            }
            @if let Some(found) = &found {
                (publish::moved(words, &desk, found))
                form method="post" action={ (PART) "/" (id) "/calendar" } {
                    (shell::proof(&visitor)) (hidden("calendar", &chosen)) (super::reason(words, &policy))
                    button { (words.say("fields-save")) }
                }
            }
            h2 { (words.say("administration-names")) }
            (names(&visitor, &policy, one))
        }))
    };
    Ok(super::page(&visitor, PART, &one.title, &body))
}

fn amendment(id: &str, calendar: &str) -> Amendment {
    let calendar = Some(calendar.to_owned()).filter(|calendar| !calendar.is_empty());
    let organisation_calendars = vec![OrganisationCalendar { organisation: id.to_owned(), calendar }];
    Amendment { organisation_calendars, ..Amendment::default() }
}

fn calendars<'p>(words: Words, policy: &'p Policy) -> impl Iterator<Item = (&'p str, std::borrow::Cow<'p, str>)> {
    let named = policy.doc().calendars.iter().map(|one| (one.id.as_str(), one.title.as_str().into()));
    std::iter::once(("", words.say("administration-calendar-above"))).chain(named)
}

fn facts(words: Words, desk: &Desk, one: &Organisation) -> Markup {
    let policy = &desk.policy;
    let link = |one: &Organisation| html! { a href={ (PART) "/" (one.id) } { (one.title) } };
    let mut above: Vec<&Organisation> = policy.ancestors(&one.id).collect();
    above.reverse();
    let parts: Vec<&Organisation> =
        policy.doc().organisations.iter().filter(|part| part.parent.as_deref() == Some(&one.id)).collect();
    html! {
        dl .facts {
            dt { "ID" } dd { code { (one.id) } }
            dt { (words.say("administration-kind")) } dd { (words.named("organisation-kind", one.kind.as_str())) }
            @if !above.is_empty() {
                dt { (words.say("administration-above")) }
                dd { @for (nth, one) in above.iter().enumerate() { @if nth > 0 { " › " } (link(one)) } }
            }
            @if let Some(id) = &one.municipality {
                dt { (words.say("dimension-municipality")) }
                dd { (policy.municipality(id).map_or(id, |found| &found.title)) }
            }
            dt { (words.say("administration-connected")) }
            dd { @if one.connected { (words.say("fields-yes")) } @else { (words.say("administration-by-hand")) } }
            dt { (words.say("administration-calendar")) }
            dd { a href={ "/administration/calendars/" (policy.calendar_of(&one.id).id()) } { (policy.calendar_of(&one.id).title()) } }
            @if !parts.is_empty() {
                dt { (words.say("administration-below")) }
                dd { ul .plain { @for one in parts { li { (link(one)) } } } }
            }
        }
        p .row-of {
            a href={ "/administration/staff?organisation=" (one.id) } { (words.say("administration-its-staff")) }
            a href={ "/administration/routes?q=" (one.id) } { (words.say("administration-its-routes")) }
            a href={ "/pages?organisation=" (one.id) } { (words.say("administration-its-pages")) }
        }
    }
}

fn names(visitor: &Visitor, policy: &Policy, one: &Organisation) -> Markup {
    let words = visitor.words;
    let aliases = policy.doc().organisation_aliases.iter().filter(|alias| alias.organisation == one.id);
    let aliases = aliases.map(|alias| alias.alias.as_str()).collect::<Vec<_>>().join("\n");
    html! {
        form method="post" action={ (PART) "/" (one.id) } {
            (shell::proof(visitor))
            (Field::new(words.say("administration-name"), "title", &one.title).needed().draw())
            (Field::new(words.say("administration-short"), "short", &one.short).draw())
            (area(&words.say("administration-aliases"), "aliases", &aliases, 3))
            (tick(&words.say("administration-works-here"), "connected", "true", one.connected))
            (super::reason(words, policy))
            button { (words.say("fields-save")) }
        }
    }
}

/// What an organisation is called, and whether it works here.
#[derive(Deserialize)]
struct Names {
    title: String,
    #[serde(default)]
    short: String,
    #[serde(default)]
    aliases: String,
    #[serde(default)]
    connected: bool,
    seen: i64,
    #[serde(default)]
    reason: String,
}

/// Changes what an organisation is called: as the next version of the rules.
#[post("/administration/organisations/{id}")]
async fn edit(
    app: App,
    _may: May<right::WritePolicy>,
    visitor: Visitor,
    id: Path<String>,
    form: Form<Names>,
) -> Result<HttpResponse, Problem> {
    let (id, Form(Names { title, short, aliases, connected, seen, reason })) = (id.into_inner(), form);
    let address = format!("{PART}/{id}");
    let change = move |mut doc: PolicyDoc| {
        let one = doc.organisations.iter_mut().find(|one| one.id == id).ok_or(Error::NotFound("organisation"))?;
        (one.title, one.short, one.connected) = (title.trim().to_owned(), short.trim().to_owned(), connected);
        doc.organisation_aliases.retain(|alias| alias.organisation != id);
        let named = aliases.lines().map(str::trim).filter(|line| !line.is_empty());
        doc.organisation_aliases
            .extend(named.map(|alias| OrganisationAlias { alias: alias.to_owned(), organisation: id.clone() }));
        Ok(doc)
    };
    publish::publish(&app, &visitor, seen, reason, change).await?;
    Ok(shell::done(&address, "said-rules-saved"))
}

/// By which calendar to work.
#[derive(Deserialize)]
struct NewCalendar {
    #[serde(default, deserialize_with = "query::filled")]
    calendar: Option<String>,
    seen: i64,
    #[serde(default)]
    reason: String,
}

/// Says by which calendar an organisation works.
#[post("/administration/organisations/{id}/calendar")]
async fn change_calendar(
    app: App,
    _may: May<right::WritePolicy>,
    visitor: Visitor,
    id: Path<String>,
    form: Form<NewCalendar>,
) -> Result<HttpResponse, Problem> {
    let (id, Form(NewCalendar { calendar, seen, reason })) = (id.into_inner(), form);
    let address = format!("{PART}/{id}");
    let amend = move |doc: &PolicyDoc| {
        if !doc.organisations.iter().any(|one| one.id == id) {
            return Err(Error::NotFound("organisation"));
        }
        Ok(amendment(&id, calendar.as_deref().unwrap_or_default()))
    };
    publish::amend(&app, &visitor, seen, reason, amend).await?;
    Ok(shell::done(&address, "said-rules-saved"))
}
