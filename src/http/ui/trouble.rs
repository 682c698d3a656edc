//! What fails, as a page, and in words for scripts of pages.

use std::borrow::Cow;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse};
use maud::{Markup, html};

use super::form::Kept;
use super::words::Words;
use super::{shell, visitor};
use crate::http::problem::Problem;

/// Whether a failure is shown as a page: to browsers, where there are pages.
pub fn is_shown(request: &HttpRequest) -> bool {
    visitor::is_of_pages(request.path()) && accepts(request, "text/html")
}

/// Whether whoever asks takes this media type.
pub fn accepts(request: &HttpRequest, kind: &str) -> bool {
    let accepted = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| accepted.contains(kind))
}

/// A problem as a page, in the language of the browser; whoever is not signed in is led to where that is done, and back.
pub fn page(problem: &Problem, request: &HttpRequest, number: &str) -> HttpResponse {
    let status = problem.status();
    if status == StatusCode::UNAUTHORIZED && request.method() == actix_web::http::Method::GET {
        let back: String = url::form_urlencoded::byte_serialize(asked(request).as_bytes()).collect();
        return HttpResponse::SeeOther().insert_header((header::LOCATION, format!("/sign-in?next={back}"))).finish();
    }
    let words = Words::of(visitor::language(request));
    let title = words.say("trouble-title");
    let body = html! {
        main #content .narrow tabindex="-1" {
            h1 { (title) }
            div role="alert" { (Told::of(words, problem).drawn()) }
            @if let Some(kept) = request.extensions().get::<Kept>() { (sent(words, kept)) }
            p { a href="/" { (words.say("trouble-back")) } }
            p .quiet { (words.with("trouble-number", [("number", number.into())])) }
        }
    };
    let mut response = shell::bare(status, words, &title, &body);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A problem as a script of a page gets it: what is wrong is said in the language of the browser, as the page would.
pub fn for_script(problem: &Problem, request: &HttpRequest) -> Option<Problem> {
    let is_of_page = visitor::is_of_pages(request.path()) && accepts(request, "application/json");
    let words = Words::of(visitor::language(request));
    is_of_page.then(|| problem.clone().saying(Told::of(words, problem).line()))
}

/// What is wrong, in the words of a language: the gist, and what exactly.
struct Told<'p> {
    words: Words,
    gist: Option<Cow<'static, str>>,
    faults: Vec<Fault<'p>>,
}

/// One fault: where, and what the rule says.
struct Fault<'p> {
    pointer: &'p str,
    said: &'p str,
    /// The same in the language; none if it cannot be told in it.
    told: Option<Cow<'p, str>>,
}

impl<'p> Told<'p> {
    fn of(words: Words, problem: &'p Problem) -> Told<'p> {
        let gist = words.known(&format!("refusal-{}", problem.code()));
        let fault = |pointer, said| {
            // What a network says is its own.
            let told = if problem.code() == "network_refused" { None } else { words.rule(said) };
            Fault { pointer, said, told }
        };
        let faults: Vec<_> = match problem.faults() {
            [] if gist.is_none() || tells_more(problem) => vec![fault("", problem.detail())],
            faults => faults.iter().map(|one| fault(one.pointer.as_str(), one.message.as_str())).collect(),
        };
        // Of a conflict the gist is a guess, and what is said is better.
        let is_told = problem.code() == "conflict" && faults.iter().all(|fault| fault.told.is_some());
        Told { words, gist: gist.filter(|_| !is_told), faults }
    }

    fn drawn(&self) -> Markup {
        html! {
            @if let Some(gist) = &self.gist { p { (gist) } }
            @match self.faults.as_slice() {
                [] => {}
                [one] if one.pointer.is_empty() => p { (one.drawn(self.words)) },
                several => ul { @for one in several { li { (one.drawn(self.words)) } } },
            }
        }
    }

    /// The same in one line.
    fn line(&self) -> String {
        let faults = self.faults.iter().map(|fault| fault.line(self.words)).collect::<Vec<_>>().join("; ");
        let gist = self.gist.as_deref().map(str::to_owned);
        gist.into_iter().chain(Some(faults).filter(|faults| !faults.is_empty())).collect::<Vec<_>>().join(" ")
    }
}

impl Fault<'_> {
    fn drawn(&self, words: Words) -> Markup {
        html! {
            @match self.place(words) {
                Some(Place::Named(name)) => { (name) @if self.is_within() { " " code { (self.pointer) } } ": " }
                Some(Place::Pointer) => { code { (self.pointer) } ": " }
                None => {}
            }
            @match &self.told {
                Some(told) => (told),
                None => span lang="en" { (self.said) },
            }
        }
    }

    fn line(&self, words: Words) -> String {
        let told = self.told.as_deref().unwrap_or(self.said);
        match self.place(words) {
            Some(Place::Named(name)) => format!("{name}: {told}"),
            Some(Place::Pointer) => format!("{}: {told}", self.pointer),
            None => told.to_owned(),
        }
    }

    fn place(&self, words: Words) -> Option<Place> {
        let line = self.pointer.strip_prefix('/').and_then(|line| line.parse::<u64>().ok());
        let line = line.map(|line| words.with("field-line", [("line", line.to_string().into())]).into());
        match line.or_else(|| words.field(self.pointer)) {
            Some(name) => Some(Place::Named(name)),
            None => (!self.pointer.is_empty()).then_some(Place::Pointer),
        }
    }

    /// Whether the field is one of several of its name: then only the pointer tells which.
    fn is_within(&self) -> bool {
        self.pointer.matches('/').count() > 1 && self.pointer.split('/').any(|part| part.parse::<u64>().is_ok())
    }
}

/// Where a fault is.
enum Place {
    Named(Cow<'static, str>),
    Pointer,
}

/// Whether a problem's own words say what its code does not.
fn tells_more(problem: &Problem) -> bool {
    match problem.code() {
        "not_found" => problem.detail() != "there is nothing at this address",
        code => matches!(code, "invalid" | "malformed" | "concerns" | "cannot_merge" | "network_refused" | "conflict"),
    }
}

/// The long texts that were sent, to be copied: the page is not kept, so the way back may lead to an empty form.
fn sent(words: Words, kept: &Kept) -> Markup {
    html! {
        @for (name, text) in &kept.0 {
            label {
                span {
                    (words.say("trouble-sent"))
                    @if let Some(field) = words.field(name).filter(|_| kept.0.len() > 1) { ": " (field) }
                }
                // A browser swallows the first line break.
                textarea rows="6" readonly { "\n" (text) }
            }
        }
    }
}

/// The address that was asked for, with its query.
fn asked(request: &HttpRequest) -> String {
    request.uri().path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string)
}
