//! Signing in and out, and the language of pages.

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::web::ServiceConfig;
use actix_web::{HttpRequest, HttpResponse, get, post};
use maud::html;
use serde::Deserialize;

use crate::app::App;
use crate::config::Secret;
use crate::desk::session;
use crate::desk::{Error, notices};
use crate::domain::Language;
use crate::http::api::session::attempt_to_prove;
use crate::http::limits::Attempt;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::token;
use crate::http::ui::form::{Form, OpenForm};
use crate::http::ui::shell;
use crate::http::ui::visitor::{self, Visitor};
use crate::http::ui::words::Words;

/// The routes of this page.
pub fn routes(config: &mut ServiceConfig) {
    config.service(ask).service(sign_in).service(sign_out).service(speak);
}

/// Where to go once somebody is signed in.
#[derive(Debug, Default, Deserialize)]
struct Next {
    #[serde(default)]
    next: String,
}

impl Next {
    /// An address of this site, whatever was asked for: nobody is led elsewhere by a link to us.
    fn address(&self) -> &str {
        let inside =
            self.next.starts_with('/') && !self.next.starts_with("//") && !self.next.contains(['\\', '\n', '\r']);
        if inside { &self.next } else { "/" }
    }
}

/// Asks for login and password.
#[get("/sign-in")]
async fn ask(request: HttpRequest, next: Query<Next>) -> HttpResponse {
    drawn(StatusCode::OK, Words::of(visitor::language(&request)), "", &next.into_inner(), None)
}

/// What somebody signs in with.
#[derive(Deserialize)]
struct Credentials {
    login: String,
    password: String,
    #[serde(default)]
    next: String,
}

/// Signs in, and leads to where somebody wanted to go; the pages speak the language of the account from then on.
#[post("/sign-in")]
async fn sign_in(
    app: App,
    request: HttpRequest,
    attempt: Attempt,
    form: OpenForm<Credentials>,
) -> Result<HttpResponse, Problem> {
    let OpenForm(Credentials { login, password, next }) = form;
    let (login, next) = (login.trim().to_lowercase(), Next { next });
    let words = Words::of(visitor::language(&request));
    let proven = match attempt_to_prove(&app, &attempt, &login, Secret::new(password)).await {
        Ok(proven) => proven,
        Err(problem) => {
            let said = match problem.code() {
                "wrong_credentials" => words.say("sign-in-wrong").into_owned(),
                "slow_down" => words.with("sign-in-slow-down", [("seconds", problem.retry_after().into())]),
                _ => return Err(problem),
            };
            return Ok(drawn(problem.status(), words, &login, &next, Some(&said)));
        }
    };
    let (now, lasting) = (app.wall(), app.config().tokens.refresh);
    let (opened, language) = app
        .store()
        .write(move |conn| -> Result<_, Error> {
            let opened = session::open(conn, &proven, now, lasting)?;
            let language = notices::language_of(conn, opened.identity.id)?;
            Ok((opened, language))
        })
        .await?;
    let token = token::issue(&app.keys().tokens, &opened.identity, opened.family, now, lasting);
    let token = token.ok_or_else(Problem::internal)?;
    Ok(HttpResponse::SeeOther()
        .insert_header((header::LOCATION, next.address()))
        .cookie(visitor::signed_in(app.config(), token))
        .cookie(visitor::speaking(app.config(), language))
        .finish())
}

/// A form that says nothing but that its button was pressed.
#[derive(Deserialize)]
struct Pressed {}

/// Ends the sign-in, here and for whoever may have copied its cookie.
#[post("/sign-out")]
async fn sign_out(app: App, who: Visitor, _pressed: Form<Pressed>) -> Result<HttpResponse, Problem> {
    let (family, now) = (who.caller.session(), app.wall());
    app.store().write(move |conn| session::close(conn, family, now)).await?;
    app.forget_session(family);
    Ok(HttpResponse::SeeOther()
        .insert_header((header::LOCATION, "/sign-in"))
        .cookie(visitor::signed_out(app.config()))
        .finish())
}

/// The language that was chosen.
#[derive(Deserialize)]
struct Chosen {
    language: String,
}

/// Speaks another language from now on, and goes back to the page.
#[post("/language")]
async fn speak(app: App, request: HttpRequest, form: OpenForm<Chosen>) -> HttpResponse {
    let referer = request.headers().get(header::REFERER).and_then(|value| value.to_str().ok());
    let back = referer.and_then(|address| url::Url::parse(address).ok());
    let back =
        back.map_or_else(|| "/".to_owned(), |url| url[url::Position::BeforePath..url::Position::AfterQuery].to_owned());
    let back = Next { next: back };
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, back.address()))
        .cookie(visitor::speaking(app.config(), Language::of(&form.0.language)))
        .finish()
}

fn drawn(status: StatusCode, words: Words, login: &str, next: &Next, trouble: Option<&str>) -> HttpResponse {
    let title = words.say("sign-in-title");
    let body = html! {
        main #content .narrow.sign-in tabindex="-1" {
            h1 { (title) }
            @if let Some(trouble) = trouble {
                p role="alert" { (trouble) }
            }
            form method="post" action="/sign-in" {
                input type="hidden" name="next" value=(next.address());
                label {
                    span { (words.say("sign-in-login")) }
                    input name="login" value=(login) autocomplete="username" autocapitalize="none" required maxlength="64" data-focus[login.is_empty()];
                }
                label {
                    span { (words.say("sign-in-password")) }
                    input name="password" type="password" autocomplete="current-password" required maxlength="200" data-focus[!login.is_empty()];
                }
                button { (words.say("sign-in-button")) }
            }
            div .foot {
                span .quiet { (words.say("service")) }
                form method="post" action="/language" { (shell::language_button(words)) }
            }
        }
    };
    shell::bare(status, words, &title, &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_elsewhere() {
        let address = |next: &str| Next { next: next.to_owned() }.address().to_owned();
        assert_eq!(address("/incidents/7?a=1"), "/incidents/7?a=1");
        for elsewhere in
            ["https://evil.example", "//evil.example", "/\\evil.example", "", "javascript:alert(1)", "/a\r\nb"]
        {
            assert_eq!(address(elsewhere), "/", "{elsewhere}");
        }
    }
}
