//! One click to turn a kind of letters off, as RFC 8058 has it: the address in a letter's `List-Unsubscribe`.
//!
//! `POST` turns the kind off, whatever the body says; mail programs send `List-Unsubscribe=One-Click`. `GET` only asks, because programs
//! that look for viruses open every link of a letter. These are pages for people and their mail programs, so they are not in the API's
//! description. Whoever has the letter may use them: the token in the address is good for nothing else.

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::web::ServiceConfig;
use actix_web::{HttpResponse, get, post};

use super::json::Path;
use super::problem::Problem;
use crate::app::{App, off};
use crate::desk::{Error, notices};
use crate::domain::Language;
use crate::domain::notice::NoticeKind;

/// The address.
pub(super) const PATH: &str = "/notices/off/{token}";

/// The routes of this file.
pub fn routes(config: &mut ServiceConfig) {
    config.service(ask).service(turn_off);
}

/// Asks whether it is meant. Changes nothing.
#[get("/notices/off/{token}")]
async fn ask(app: App, token: Path<String>) -> Result<HttpResponse, Problem> {
    let Some((member, kind)) = off::read(&app.keys().off, &token.into_inner()) else { return Ok(unknown()) };
    match app.store().read(move |conn| notices::language_of(conn, member)).await {
        Ok(language) => Ok(question(language, kind)),
        Err(Error::NotFound(_)) => Ok(unknown()),
        Err(error) => Err(error.into()),
    }
}

/// Turns the kind off. Doing so again changes nothing.
#[post("/notices/off/{token}")]
async fn turn_off(app: App, token: Path<String>) -> Result<HttpResponse, Problem> {
    let Some((member, kind)) = off::read(&app.keys().off, &token.into_inner()) else { return Ok(unknown()) };
    match app.store().write(move |conn| notices::turn_off(conn, member, kind)).await {
        Ok(language) => Ok(done(language, kind)),
        Err(Error::NotFound(_)) => Ok(unknown()),
        Err(error) => Err(error.into()),
    }
}

fn question(language: Language, kind: NoticeKind) -> HttpResponse {
    let title = kind.title(language);
    let (question, button) = match language {
        Language::Russian => (format!("Не присылать больше писем «{title}»?"), "Не присылать"),
        Language::English => (format!("No more letters “{title}”?"), "No more"),
    };
    let body = format!("<h1>{question}</h1>\n<form method=\"post\"><button>{button}</button></form>");
    page(StatusCode::OK, language, &question, &body)
}

fn done(language: Language, kind: NoticeKind) -> HttpResponse {
    let title = kind.title(language);
    let (said, again) = match language {
        Language::Russian => {
            (format!("Писем «{title}» больше не будет."), "Включить их снова можно в своих настройках.")
        }
        Language::English => (format!("There will be no more letters “{title}”."), "Your settings turn them on again."),
    };
    page(StatusCode::OK, language, &said, &format!("<h1>{said}</h1>\n<p>{again}</p>"))
}

fn unknown() -> HttpResponse {
    let body = "<h1>Такой ссылки нет</h1>\n<p>Возможно, она скопирована не целиком.</p>\n\
                <p lang=\"en\">There is no such link; perhaps it was not copied whole.</p>";
    page(StatusCode::NOT_FOUND, Language::Russian, "Такой ссылки нет", body)
}

/// A page of our own words alone: it loads nothing, and tells nobody the address it was opened by.
fn page(status: StatusCode, language: Language, title: &str, body: &str) -> HttpResponse {
    let html = format!(
        "<!DOCTYPE html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n</head>\n\
         <body>\n{body}\n</body>\n</html>\n"
    );
    HttpResponse::build(status)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .insert_header((
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; form-action 'self'; frame-ancestors 'none'",
        ))
        .content_type("text/html; charset=utf-8")
        .body(html)
}
