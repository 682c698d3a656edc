//! What all pages share: the head, the way around, what was done just now.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header;
use maud::{DOCTYPE, Markup, html};

use super::assets::{Asset, SCRIPT, STYLE};
use super::form;
use super::visitor::{SAID, Visitor};
use super::words::Words;
use crate::domain::{Actor, Permission};

/// Nothing comes from elsewhere, nothing runs that stands in the page, nothing is sent elsewhere.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// A part of the service that pages belong to.
struct Section {
    address: &'static str,
    message: &'static str,
    /// Whoever has one of these rights sees it.
    rights: &'static [Permission],
}

const SECTIONS: &[Section] = &[
    Section { address: "/desk", message: "nav-desk", rights: &[Permission::Triage] },
    Section { address: "/work", message: "nav-work", rights: &[Permission::Work, Permission::Approve] },
    Section { address: "/search", message: "nav-search", rights: &[Permission::ReadIncidents] },
    Section { address: "/map", message: "nav-map", rights: &[Permission::ReadIncidents] },
    Section { address: "/statistics", message: "nav-statistics", rights: &[Permission::ReadStatistics] },
    Section { address: "/pages", message: "nav-pages", rights: &[Permission::ViewPages] },
    Section { address: "/administration", message: "nav-administration", rights: &[Permission::WritePolicy] },
];

/// The sections that somebody sees: addresses and messages.
fn sections(actor: &Actor) -> impl Iterator<Item = (&'static str, &'static str)> {
    let seen = SECTIONS.iter().filter(move |section| section.rights.iter().any(|right| actor.may(*right)));
    seen.map(|section| (section.address, section.message))
}

/// Where somebody begins: their first section.
pub fn first(actor: &Actor) -> &'static str {
    sections(actor).next().map_or("/account", |(address, _)| address)
}

/// A page of somebody who is signed in. `here` is the address of its section; `body` holds the `main` element, whose id is `content`.
pub fn page(visitor: &Visitor, here: &str, title: &str, body: &Markup) -> HttpResponse {
    page_with(visitor, here, title, &[], body)
}

/// A page that has scripts of its own beside the common one.
pub fn page_with(visitor: &Visitor, here: &str, title: &str, scripts: &[&Asset], body: &Markup) -> HttpResponse {
    let words = visitor.words;
    let actor = visitor.caller.actor();
    let said = visitor.said.as_deref().and_then(|message| words.known(message));
    let head = html! {
        header .top {
            a .brand href="/" { (words.say("service")) }
            nav aria-label=(words.say("navigation")) {
                @for (address, message) in sections(&actor) {
                    a href=(address) aria-current=[(address == here).then_some("page")] { (words.say(message)) }
                }
            }
            form .language method="post" action="/language" {
                (language_button(words))
            }
            a href="/account" aria-current=[(here == "/account").then_some("page")] { (words.say("nav-account")) }
            form method="post" action="/sign-out" {
                (proof(visitor))
                button .plain { (words.say("sign-out")) }
            }
        }
        div #said role="status" { @if let Some(said) = said { p { (said) } } }
    };
    document(StatusCode::OK, words, title, scripts, &html! { (head) (body) })
}

/// A page of nobody in particular.
pub fn bare(status: StatusCode, words: Words, title: &str, body: &Markup) -> HttpResponse {
    document(status, words, title, &[], body)
}

/// After a change: leads to a page of ours, which says the message once. Its name begins with `said-`.
pub fn done(address: &str, message: &'static str) -> HttpResponse {
    let (address, place) = address.split_once('#').map_or((address, ""), |(address, place)| (address, place));
    let between = if address.contains('?') { '&' } else { '?' };
    let mark = if place.is_empty() { "" } else { "#" };
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, format!("{address}{between}{SAID}={message}{mark}{place}")))
        .finish()
}

/// What every form of a sign-in holds.
pub fn proof(visitor: &Visitor) -> Markup {
    html! { input type="hidden" name=(form::FIELD) value=(visitor.proof.as_str()); }
}

/// The switch to the other language.
pub fn language_button(words: Words) -> Markup {
    let other = words.language().other();
    html! { button .plain name="language" value=(other.as_str()) lang=(other.as_str()) { (words.say("other-language")) } }
}

fn document(status: StatusCode, words: Words, title: &str, scripts: &[&Asset], body: &Markup) -> HttpResponse {
    let page = html! {
        (DOCTYPE)
        html lang=(words.language().as_str()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · " (words.say("service")) }
                link rel="stylesheet" href=(STYLE.address());
                link rel="icon" href="data:,";
                script type="module" src=(SCRIPT.address()) {}
                @for script in scripts {
                    script type="module" src=(script.address()) {}
                }
            }
            body {
                a .skip href="#content" { (words.say("skip-to-content")) }
                (body)
            }
        }
    };
    HttpResponse::build(status)
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((header::REFERRER_POLICY, "same-origin"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .content_type("text/html; charset=utf-8")
        .body(page.into_string())
}
