//! What all pages share: the head, the way around, the foot.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header;
use maud::{DOCTYPE, Markup, html};

use super::assets::{SCRIPT, STYLE};
use super::visitor::Visitor;
use super::words::Words;
use crate::domain::Permission;

/// Nothing comes from elsewhere, nothing runs that stands in the page, nothing is sent elsewhere.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The sections: their addresses, their messages, and the right that shows them.
const SECTIONS: &[(&str, &str, Permission)] = &[
    ("/desk", "nav-desk", Permission::Triage),
    ("/work", "nav-work", Permission::Work),
    ("/search", "nav-search", Permission::ReadIncidents),
    ("/map", "nav-map", Permission::ReadStatistics),
    ("/statistics", "nav-statistics", Permission::ReadStatistics),
    ("/pages", "nav-pages", Permission::ViewPages),
    ("/administration", "nav-administration", Permission::WritePolicy),
];

/// A page of somebody who is signed in. `body` holds the `main` element, whose id is `content`.
pub fn page(visitor: &Visitor, here: &str, title: &str, body: &Markup) -> HttpResponse {
    let words = visitor.words;
    let actor = visitor.caller.actor();
    let sections = SECTIONS.iter().filter(|(_, _, right)| actor.may(*right));
    let head = html! {
        header .top {
            a .brand href="/" { (words.say("service")) }
            nav aria-label=(words.say("navigation")) {
                @for (address, message, _) in sections {
                    a href=(address) aria-current=[(*address == here).then_some("page")] { (words.say(message)) }
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
    };
    document(StatusCode::OK, words, title, &html! { (head) (body) })
}

/// A page of nobody in particular.
pub fn bare(status: StatusCode, words: Words, title: &str, body: &Markup) -> HttpResponse {
    document(status, words, title, body)
}

/// What every form of a sign-in holds.
pub fn proof(visitor: &Visitor) -> Markup {
    html! { input type="hidden" name=(super::form::FIELD) value=(visitor.proof.as_str()); }
}

/// The switch to the other language.
pub fn language_button(words: Words) -> Markup {
    let other = words.language().other();
    html! { button .plain name="language" value=(other.as_str()) lang=(other.as_str()) { (words.say("other-language")) } }
}

fn document(status: StatusCode, words: Words, title: &str, body: &Markup) -> HttpResponse {
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
