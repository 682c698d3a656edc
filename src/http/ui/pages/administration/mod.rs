//! Administration: the city's rules, its staff, where messages come from, and what runs for long.

mod calendars;
mod document;
mod models;
mod organisations;
mod progress;
mod publish;
mod routes;
mod sources;
mod staff;
mod templates;
mod terms;
mod versions;

use std::borrow::Cow;

use actix_web::web::ServiceConfig;
use actix_web::{HttpResponse, get};
use maud::{Markup, html};

use crate::domain::policy::{MunicipalityKind, MunicipalityPattern, Pattern};
use crate::domain::{Actor, Permission, Policy, Scope};
use crate::http::auth::{May, right};
use crate::http::ui::fields::{Field, hidden};
use crate::http::ui::shell;
use crate::http::ui::visitor::Visitor;
use crate::http::ui::words::Words;

/// The routes of these pages.
pub fn routes(config: &mut ServiceConfig) {
    config.service(overview).configure(organisations::routes).configure(routes::routes).configure(terms::routes);
    config.configure(calendars::routes).configure(templates::routes).configure(staff::routes);
    config.configure(sources::routes).configure(versions::routes).configure(document::routes);
    config.configure(models::routes).configure(progress::routes);
}

/// A part of administration.
struct Part {
    address: &'static str,
    message: &'static str,
    right: Permission,
    /// Whether it is for staff of the root only.
    is_whole: bool,
}

const PARTS: &[Part] = &[
    Part::of("/administration/organisations", "administration-organisations", Permission::WritePolicy),
    Part::of("/administration/routes", "administration-routes", Permission::WritePolicy),
    Part::of("/administration/terms", "administration-terms", Permission::WritePolicy),
    Part::of("/administration/calendars", "administration-calendars", Permission::WritePolicy),
    Part::of("/administration/templates", "administration-templates", Permission::WritePolicy),
    Part::of("/administration/staff", "administration-staff", Permission::ManageStaff),
    Part { is_whole: true, ..Part::of("/administration/sources", "administration-sources", Permission::ManageSources) },
    Part::of("/administration/versions", "administration-versions", Permission::WritePolicy),
    Part::of("/administration/models", "administration-models", Permission::WritePolicy),
    Part::of("/administration/progress", "administration-progress", Permission::WritePolicy),
];

impl Part {
    const fn of(address: &'static str, message: &'static str, right: Permission) -> Part {
        Part { address, message, right, is_whole: false }
    }

    fn is_for(&self, actor: &Actor) -> bool {
        actor.may(self.right) && (!self.is_whole || actor.scope() == Scope::All)
    }
}

/// A page of one part, with the way to the others.
fn page(visitor: &Visitor, part: &str, title: &str, body: &Markup) -> HttpResponse {
    let (words, actor) = (visitor.words, visitor.caller.actor());
    let whole = html! {
        main #content .administration tabindex="-1" {
            nav .parts aria-label=(words.say("administration-parts")) {
                ul {
                    @for one in PARTS.iter().filter(|one| one.is_for(&actor)) {
                        li { a href=(one.address) aria-current=[(one.address == part).then_some("page")] { (words.say(one.message)) } }
                    }
                }
            }
            div .part {
                h1 { (title) }
                (body)
            }
        }
    };
    shell::page(visitor, "/administration", title, &whole)
}

/// Whether somebody may change what is the whole city's: the same as the use cases ask.
fn is_of_city(visitor: &Visitor) -> bool {
    visitor.caller.actor().scope() == Scope::All
}

/// Says what there is to administer.
#[get("/administration")]
async fn overview(_may: May<right::WritePolicy>, visitor: Visitor) -> HttpResponse {
    let (words, actor) = (visitor.words, visitor.caller.actor());
    let body = html! {
        dl .overview {
            @for part in PARTS.iter().filter(|part| part.is_for(&actor)) {
                dt { a href=(part.address) { (words.say(part.message)) } }
                dd { (words.named("administration-about", part.address.rsplit('/').next().unwrap_or_default())) }
            }
        }
    };
    page(&visitor, "/administration", &words.say("administration-title"), &body)
}

/// What a form of a change to the rules has at its end: why, and the version that it is made from.
fn reason(words: Words, policy: &Policy) -> Markup {
    html! {
        (hidden("seen", &policy.version().to_string()))
        (Field::new(words.say("fields-note"), "reason", "").most(1000).hint(words.say("fields-note-hint")).draw())
    }
}

/// The beginning and the end of what only the city's root may change: for others it says so.
fn for_city(visitor: &Visitor, form: Markup) -> Markup {
    html! {
        @if is_of_city(visitor) { (form) } @else { p .quiet { (visitor.words.say("administration-root-only")) } }
    }
}

/// What a pattern of municipalities stands for.
fn municipality(words: Words, policy: &Policy, pattern: &MunicipalityPattern) -> String {
    match pattern {
        MunicipalityPattern::Any => words.say("administration-any").into_owned(),
        MunicipalityPattern::Kind(kind) => words.named("municipality-kind", kind.as_str()).into_owned(),
        MunicipalityPattern::Is(id) => policy.municipality(id).map_or_else(|| id.clone(), |found| found.title.clone()),
    }
}

/// What a pattern of groups and one of topics stand for, together.
fn subject(words: Words, policy: &Policy, group: &Pattern, topic: &Pattern) -> String {
    match (topic.id(), group.id()) {
        (Some(id), _) => policy.topic(id).map_or_else(|| id.to_owned(), |found| found.title.clone()),
        (None, Some(id)) => policy.group(id).map_or_else(|| id.to_owned(), |found| format!("{}: …", found.title)),
        (None, None) => words.say("administration-any").into_owned(),
    }
}

/// The choices of a pattern of municipalities.
fn municipalities<'p>(words: Words, policy: &'p Policy) -> Vec<(&'p str, Cow<'p, str>)> {
    let kinds = MunicipalityKind::ALL.iter().map(|kind| {
        let pattern = match kind {
            MunicipalityKind::City => "kind:city",
            MunicipalityKind::District => "kind:district",
            MunicipalityKind::Region => "kind:region",
        };
        (pattern, words.named("municipality-kind", kind.as_str()))
    });
    let named = policy.doc().municipalities.iter().map(|one| (one.id.as_str(), one.title.as_str().into()));
    std::iter::once(("*", words.say("administration-any"))).chain(kinds).chain(named).collect()
}

/// The choices of a pattern: any, or one of these.
fn any_or<'p>(words: Words, of: impl Iterator<Item = (&'p str, &'p str)>) -> Vec<(&'p str, Cow<'p, str>)> {
    std::iter::once(("*", words.say("administration-any"))).chain(of.map(|(id, title)| (id, title.into()))).collect()
}

/// The choices of an organisation.
fn organisations(policy: &Policy) -> impl Iterator<Item = (&str, &str)> {
    policy.doc().organisations.iter().map(|one| (one.id.as_str(), one.title.as_str()))
}

/// The choices of a group.
fn groups(policy: &Policy) -> impl Iterator<Item = (&str, &str)> {
    policy.doc().groups.iter().map(|one| (one.id.as_str(), one.title.as_str()))
}

/// The choices of a topic.
fn topics(policy: &Policy) -> impl Iterator<Item = (&str, &str)> {
    policy.doc().topics.iter().map(|one| (one.id.as_str(), one.title.as_str()))
}
