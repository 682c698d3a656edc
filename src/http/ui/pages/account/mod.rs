//! One's own account: who I am, what I may do, how I want it, where I am signed in.

use actix_web::web::ServiceConfig;
use actix_web::{HttpResponse, get, post};
use maud::{Markup, html};
use serde::Deserialize;

use crate::app::App;
use crate::config::Secret;
use crate::desk::notices::{self, NoticeSettings};
use crate::desk::session::{self, Candidate, SignIn};
use crate::desk::staff::{self, Member};
use crate::desk::{Desk, Error};
use crate::domain::notice::NoticeKind;
use crate::domain::{Language, Scope};
use crate::http::api::session::prove;
use crate::http::api::staff::change_own_password;
use crate::http::limits::Attempt;
use crate::http::problem::Problem;
use crate::http::token;
use crate::http::ui::assets::ACCOUNT;
use crate::http::ui::fields::{Field, choice, tick};
use crate::http::ui::form::Form;
use crate::http::ui::visitor::{self, Visitor};
use crate::http::ui::words::Words;
use crate::http::ui::{parts, shell};
use crate::store::Conn;

const HERE: &str = "/account";

/// The routes of this page.
pub fn routes(config: &mut ServiceConfig) {
    config.service(show).service(speak).service(set_password).service(end_others).service(choose_notices);
}

/// Shows the account.
#[get("/account")]
async fn show(app: App, visitor: Visitor) -> Result<HttpResponse, Problem> {
    let (words, desk, wall) = (visitor.words, visitor.caller.desk(&app), app.wall());
    let asking = desk.clone();
    let read = move |conn: &mut Conn| -> Result<_, Error> {
        let member = staff::me(conn, &asking)?;
        let sign_ins = session::open_sign_ins(conn, member.id, wall)?;
        Ok((notices::settings(conn, &asking)?, sign_ins, member))
    };
    let (settings, sign_ins, member) = app.store().read(read).await?;
    let title = words.say("nav-account");
    let body = html! {
        main #content .account tabindex="-1" {
            h1 { (title) }
            div .tables {
                section { (who(words, &desk, &member)) }
                section { (preferences(&visitor, &member)) (letters(&visitor, &settings)) }
                section { (password(&visitor, &member)) (signed_in(&visitor, &desk, &sign_ins)) }
            }
        }
    };
    Ok(shell::page_with(&visitor, HERE, &title, &[&ACCOUNT], &body))
}

fn who(words: Words, desk: &Desk, member: &Member) -> Markup {
    html! {
        h2 { (member.name) }
        dl .facts {
            dt { (words.say("administration-login")) } dd { (member.login) }
            dt { (words.say("administration-role")) } dd { (words.named("role", member.role.as_str())) }
            dt { (words.say("administration-organisation")) } dd { (parts::organisation(desk, &member.organisation)) }
            dt { (words.say("account-reach")) }
            dd { @if desk.actor.scope() == Scope::All { (words.say("account-whole-city")) } @else { (words.say("account-own-part")) } }
        }
        h3 { (words.say("account-rights")) }
        ul { @for right in member.role.permissions() { li { (words.named("permission", right.as_str())) } } }
    }
}

fn preferences(visitor: &Visitor, member: &Member) -> Markup {
    let words = visitor.words;
    let themes = ["system", "light", "dark"].map(|theme| (theme, words.named("account-theme", theme)));
    html! {
        h2 { (words.say("account-look")) }
        form method="post" action="/account/language" {
            (shell::proof(visitor))
            (choice(&words.say("administration-language"), "language", [("ru", "Русский".into()), ("en", "English".into())], &member.language))
            button .second { (words.say("fields-save")) }
        }
        // Only a script can remember it in this browser; without one the system decides.
        div data-theme-choice hidden { (choice(&words.say("light-or-dark"), "theme", themes, "system")) }
    }
}

fn letters(visitor: &Visitor, settings: &NoticeSettings) -> Markup {
    let words = visitor.words;
    html! {
        h2 { (words.say("account-letters")) }
        @if let Some(email) = &settings.email {
            p { (words.with("account-letters-to", [("email", email.as_str().into())])) }
        } @else {
            p .quiet { (words.say("account-no-email")) }
        }
        form method="post" action="/account/notices" {
            (shell::proof(visitor))
            @for kind in NoticeKind::ALL {
                (tick(kind.title(words.language()), kind.as_str(), "on", !settings.off.contains(kind)))
            }
            button .second { (words.say("fields-save")) }
        }
    }
}

fn password(visitor: &Visitor, member: &Member) -> Markup {
    let words = visitor.words;
    html! {
        h2 { (words.say("account-password")) }
        form method="post" action="/account/password" {
            (shell::proof(visitor))
            // For the browser, which keeps passwords by login.
            input type="text" name="username" value=(member.login) autocomplete="username" hidden;
            (Field::new(words.say("account-current"), "current", "").kind("password").needed().draw())
            (Field::new(words.say("account-new"), "password", "").kind("password").needed().hint(words.say("administration-password-hint")).draw())
            (Field::new(words.say("account-again"), "again", "").kind("password").needed().draw())
            button .second { (words.say("account-change-password")) }
        }
    }
}

fn signed_in(visitor: &Visitor, desk: &Desk, sign_ins: &[SignIn]) -> Markup {
    let words = visitor.words;
    let own = visitor.caller.session();
    html! {
        h2 { (words.say("account-sign-ins")) }
        ul #sign-ins .plain {
            @for one in sign_ins {
                li {
                    (words.say("account-since")) " " (parts::moment(words, desk, one.began_at()))
                    @if one.family == own { " · " strong { (words.say("account-this-one")) } }
                }
            }
        }
        @if sign_ins.iter().any(|one| one.family != own) {
            form method="post" action="/account/sign-ins" {
                (shell::proof(visitor))
                button .second { (words.say("account-end-others")) }
            }
        } @else {
            p .quiet { (words.say("account-no-others")) }
        }
    }
}

/// The language that was chosen.
#[derive(Deserialize)]
struct Chosen {
    language: Language,
}

/// Speaks another language from now on, in letters as well.
#[post("/account/language")]
async fn speak(app: App, visitor: Visitor, form: Form<Chosen>) -> Result<HttpResponse, Problem> {
    let (desk, language) = (visitor.caller.desk(&app), form.0.language);
    app.store().write(move |conn| staff::set_own_language(conn, &desk, language)).await?;
    with_cookie(shell::done(HERE, "said-saved"), &visitor::speaking(app.config(), language))
}

fn with_cookie(mut response: HttpResponse, cookie: &actix_web::cookie::Cookie<'_>) -> Result<HttpResponse, Problem> {
    response.add_cookie(cookie).map_err(|_| Problem::internal())?;
    Ok(response)
}

/// Another password.
#[derive(Deserialize)]
struct NewPassword {
    current: String,
    password: String,
    again: String,
}

/// Changes the own password. All sign-ins end but this one, which is opened anew.
#[post("/account/password")]
async fn set_password(
    app: App,
    visitor: Visitor,
    attempt: Attempt,
    form: Form<NewPassword>,
) -> Result<HttpResponse, Problem> {
    let Form(NewPassword { current, password, again }) = form;
    if password != again {
        return Err(Problem::invalid("/again", "must be the same password once more"));
    }
    change_own_password(&app, &visitor.caller, &attempt, current, password.clone()).await?;
    let id = visitor.caller.id();
    let candidate = app.store().read(move |conn| Candidate::myself(conn, id)).await?;
    let proven = prove(&app, candidate, Secret::new(password)).await?;
    let (now, lasting) = (app.wall(), app.config().tokens.refresh);
    let opened = app.store().write(move |conn| session::open(conn, &proven, now, lasting)).await?;
    let token = token::issue(&app.keys().tokens, &opened.identity, opened.family, now, lasting);
    let token = token.ok_or_else(Problem::internal)?;
    with_cookie(shell::done(HERE, "said-own-password-set"), &visitor::signed_in(app.config(), token))
}

/// Nothing but that a button was pressed.
#[derive(Deserialize)]
struct Pressed {}

/// Ends all own sign-ins but this one.
#[post("/account/sign-ins")]
async fn end_others(app: App, visitor: Visitor, _pressed: Form<Pressed>) -> Result<HttpResponse, Problem> {
    let (id, own, now) = (visitor.caller.id(), visitor.caller.session(), app.wall());
    app.store().write(move |conn| session::close_others(conn, id, own, now)).await?;
    app.forget_identity(id);
    Ok(shell::done(HERE, "said-others-ended"))
}

/// Which letters are wanted: a box that is not ticked is not sent.
#[derive(Deserialize)]
struct Wanted {
    deadline_near: Option<String>,
    deadline_missed: Option<String>,
}

/// Turns kinds of letters off and on.
#[post("/account/notices")]
async fn choose_notices(app: App, visitor: Visitor, form: Form<Wanted>) -> Result<HttpResponse, Problem> {
    let (desk, Form(Wanted { deadline_near, deadline_missed })) = (visitor.caller.desk(&app), form);
    let is_off = |kind: &NoticeKind| match kind {
        NoticeKind::DeadlineNear => deadline_near.is_none(),
        NoticeKind::DeadlineMissed => deadline_missed.is_none(),
    };
    let off: Vec<NoticeKind> = NoticeKind::ALL.iter().copied().filter(is_off).collect();
    app.store().write(move |conn| notices::set_off(conn, &desk, off).map(drop)).await?;
    Ok(shell::done(HERE, "said-saved"))
}
