//! What fails, as a page.

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use maud::html;

use super::words::Words;
use super::{shell, visitor};
use crate::http::problem::Problem;

/// Whether a failure is shown as a page: to browsers, where there are pages.
pub fn is_shown(request: &HttpRequest) -> bool {
    let accepts = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    visitor::is_of_pages(request.path()) && accepts.is_some_and(|accepted| accepted.contains("text/html"))
}

/// A problem as a page, in the language of the browser; whoever is not signed in is led to where that is done, and back.
pub fn page(problem: &Problem, request: &HttpRequest, number: &str) -> HttpResponse {
    let status = problem.status();
    if status == StatusCode::UNAUTHORIZED && request.method() == actix_web::http::Method::GET {
        let back: String = url::form_urlencoded::byte_serialize(asked(request).as_bytes()).collect();
        return HttpResponse::SeeOther().insert_header((header::LOCATION, format!("/sign-in?next={back}"))).finish();
    }
    let words = Words::of(visitor::language(request));
    let named = words.known(&format!("refusal-{}", problem.code()));
    // What exactly is wrong is said by the rules in English, for the API as well; those who read Russian get the gist first.
    let detail = (named.is_none() || tells_more(problem)).then(|| problem.detail());
    let title = words.say("trouble-title");
    let body = html! {
        main #content .narrow tabindex="-1" {
            h1 { (title) }
            div role="alert" {
                @if let Some(named) = named { p { (named) } }
                @if let Some(detail) = detail { p lang="en" { (detail) } }
            }
            p { a href="/" { (words.say("trouble-back")) } }
            p .quiet { (words.with("trouble-number", [("number", number.into())])) }
        }
    };
    let mut response = shell::bare(status, words, &title, &body);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Whether a problem's own words say what its code does not.
fn tells_more(problem: &Problem) -> bool {
    matches!(problem.code(), "invalid" | "malformed" | "concerns" | "cannot_merge" | "network_refused" | "conflict")
}

/// The address that was asked for, with its query.
fn asked(request: &HttpRequest) -> String {
    request.uri().path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string)
}
