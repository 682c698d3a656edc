//! Members of staff: who they are, where they work, what they may do.

use std::borrow::Cow;

use actix_web::web::ServiceConfig;
use actix_web::{HttpRequest, HttpResponse, get, post};
use maud::{Markup, html};
use serde::Deserialize;

use crate::app::App;
use crate::desk::Desk;
use crate::desk::staff::{self, Member, MemberChange, NewMember, StaffFilter};
use crate::domain::{Id, Role, Scope};
use crate::http::api::staff::hashed;
use crate::http::auth::{May, right};
use crate::http::json::Path;
use crate::http::paging::Paging;
use crate::http::problem::Problem;
use crate::http::query::{self, Query};
use crate::http::ui::fields::{Field, choice, hidden, pager};
use crate::http::ui::form::Form;
use crate::http::ui::visitor::Visitor;
use crate::http::ui::words::Words;
use crate::http::ui::{parts, shell};
use crate::store::Conn;

const PART: &str = "/administration/staff";

/// The routes of this part.
pub fn routes(config: &mut ServiceConfig) {
    // Before `/staff/{id}`, which would take the word for an id.
    config
        .service(index)
        .service(ask_new)
        .service(add)
        .service(look)
        .service(edit)
        .service(set_state)
        .service(set_password);
}

/// Which members to show.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Sought {
    #[serde(deserialize_with = "query::filled")]
    organisation: Option<String>,
    #[serde(deserialize_with = "query::filled")]
    role: Option<Role>,
    #[serde(deserialize_with = "query::filled")]
    active: Option<bool>,
}

/// Lists the members that somebody manages.
#[get("/administration/staff")]
async fn index(
    app: App,
    request: HttpRequest,
    may: May<right::ManageStaff>,
    visitor: Visitor,
    sought: Query<Sought>,
    paging: Paging,
) -> Result<HttpResponse, Problem> {
    let (words, desk, Sought { organisation, role, active }) = (visitor.words, may.desk(&app), sought.into_inner());
    let filter = StaffFilter { organisations: organisation.clone().map(|id| vec![id]), role, active };
    let (asking, after, reach) = (desk.clone(), paging.after::<String>()?, paging.reach());
    let read = move |conn: &mut Conn| staff::list(conn, &asking, filter, after.as_deref(), reach);
    let found = paging.page(app.store().read(read).await?, None, |member| member.login.clone());
    let any = || std::iter::once(("", words.say("fields-any")));
    let states = [("true", words.say("administration-account-on")), ("false", words.say("administration-account-off"))];
    let body = html! {
        form .choices method="get" action=(PART) {
            div .row-of {
                (choice(&words.say("administration-organisation"), "organisation", any().chain(own_organisations(&desk)), organisation.as_deref().unwrap_or_default()))
                (choice(&words.say("administration-role"), "role", any().chain(roles(words)), role.map_or("", Role::as_str)))
                (choice(&words.say("administration-account"), "active", any().chain(states), match active { Some(true) => "true", Some(false) => "false", None => "" }))
                button { (words.say("fields-show")) }
            }
        }
        p { a href={ (PART) "/new" } { (words.say("administration-new-member")) } }
        @if found.items.is_empty() {
            p .quiet { (words.say("administration-no-members")) }
        } @else {
            table {
                thead { tr {
                    th scope="col" { (words.say("administration-login")) }
                    th scope="col" { (words.say("administration-person")) }
                    th scope="col" { (words.say("administration-role")) }
                    th scope="col" { (words.say("administration-organisation")) }
                    th scope="col" { (words.say("administration-account")) }
                } }
                tbody {
                    @for one in &found.items {
                        tr {
                            th scope="row" { a href={ (PART) "/" (one.id) } { (one.login) } }
                            td { (one.name) }
                            td { (words.named("role", one.role.as_str())) }
                            td { (parts::organisation(&desk, &one.organisation)) }
                            td { (state(words, one.active)) }
                        }
                    }
                }
            }
            (pager(words, &request, found.next.as_deref()))
        }
    };
    Ok(super::page(&visitor, PART, &words.say("administration-staff"), &body))
}

fn state(words: Words, is_on: bool) -> Markup {
    html! {
        @if is_on { (words.say("administration-account-on")) }
        @else { span .off { (words.say("administration-account-off")) } }
    }
}

fn roles(words: Words) -> impl Iterator<Item = (&'static str, Cow<'static, str>)> {
    Role::ALL.iter().map(move |role| (role.as_str(), words.named("role", role.as_str())))
}

/// The organisations that somebody manages.
fn own_organisations(desk: &Desk) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
    let scope = desk.actor.scope();
    let own = desk.policy.doc().organisations.iter().filter(move |one| match &scope {
        Scope::All => true,
        Scope::Subtree(ids) => ids.contains(&one.id),
    });
    own.map(|one| (one.id.as_str(), one.title.as_str().into()))
}

const LANGUAGES: [(&str, Cow<'static, str>); 2] = [("ru", Cow::Borrowed("Русский")), ("en", Cow::Borrowed("English"))];

/// Asks for a new member.
#[get("/administration/staff/new")]
async fn ask_new(app: App, may: May<right::ManageStaff>, visitor: Visitor) -> HttpResponse {
    let (words, desk) = (visitor.words, may.desk(&app));
    let body = html! {
        p { a href=(PART) { (words.say("administration-all-members")) } }
        form method="post" action=(PART) {
            (shell::proof(&visitor))
            (Field::new(words.say("administration-login"), "login", "").needed().most(64).hint(words.say("administration-login-hint")).draw())
            (Field::new(words.say("administration-person"), "name", "").needed().draw())
            (choice(&words.say("administration-role"), "role", roles(words), Role::Executor.as_str()))
            (choice(&words.say("administration-organisation"), "organisation", own_organisations(&desk), ""))
            (Field::new(words.say("administration-email"), "email", "").kind("email").most(254).hint(words.say("administration-email-hint")).draw())
            (choice(&words.say("administration-language"), "language", LANGUAGES, "ru"))
            (Field::new(words.say("administration-first-password"), "password", "").kind("password").needed().hint(words.say("administration-password-hint")).draw())
            button { (words.say("administration-add")) }
        }
    };
    super::page(&visitor, PART, &words.say("administration-new-member"), &body)
}

/// A new member as a form holds it.
#[derive(Deserialize)]
struct NewAccount {
    login: String,
    name: String,
    role: Role,
    organisation: String,
    #[serde(default, deserialize_with = "query::filled")]
    email: Option<String>,
    language: String,
    password: String,
}

/// Adds a member.
#[post("/administration/staff")]
async fn add(
    app: App,
    may: May<right::ManageStaff>,
    _visitor: Visitor,
    form: Form<NewAccount>,
) -> Result<HttpResponse, Problem> {
    let (desk, Form(NewAccount { login, name, role, organisation, email, language, password })) =
        (may.desk(&app), form);
    let login = login.trim().to_lowercase();
    let hash = hashed(&app, password, login.clone()).await?;
    let new = NewMember { login, name, role, organisation, language, email };
    let member = app.store().write(move |conn| staff::add(conn, &desk, new, hash)).await?;
    Ok(shell::done(&format!("{PART}/{}", member.id), "said-member-added"))
}

/// Shows one member.
#[get("/administration/staff/{id}")]
async fn look(app: App, may: May<right::ManageStaff>, visitor: Visitor, id: Path<Id>) -> Result<HttpResponse, Problem> {
    let (words, desk, id) = (visitor.words, may.desk(&app), id.into_inner());
    let asking = desk.clone();
    let member = app.store().read(move |conn| staff::find(conn, &asking, id)).await?;
    let is_self = id == visitor.caller.id();
    let body = html! {
        p { a href=(PART) { (words.say("administration-all-members")) } }
        dl .facts {
            dt { (words.say("administration-login")) } dd { (member.login) }
            dt { (words.say("administration-account")) } dd #state { (state(words, member.active)) }
            dt { (words.say("administration-since")) } dd { (parts::moment(words, &desk, member.created_at)) }
        }
        (details(&visitor, &desk, &member, is_self))
        @if is_self {
            p .quiet { (words.say("administration-own-account")) " " a href="/account" { (words.say("nav-account")) } }
        } @else {
            h2 { (words.say("administration-new-password")) }
            form method="post" action={ (PART) "/" (id) "/password" } {
                (shell::proof(&visitor))
                (Field::new(words.say("administration-password"), "password", "").kind("password").needed().hint(words.say("administration-password-hint")).draw())
                button .second { (words.say("administration-set-password")) }
            }
            h2 { (words.say("administration-account")) }
            form method="post" action={ (PART) "/" (id) "/state" } {
                (shell::proof(&visitor))
                (hidden("seen", &member.version().to_string()))
                @if member.active {
                    p .quiet { (words.say("administration-switch-off-hint")) }
                    button .second name="active" value="false" { (words.say("administration-switch-off")) }
                } @else {
                    button .second name="active" value="true" { (words.say("administration-switch-on")) }
                }
            }
        }
    };
    Ok(super::page(&visitor, PART, &member.name, &body))
}

fn details(visitor: &Visitor, desk: &Desk, member: &Member, is_self: bool) -> Markup {
    let words = visitor.words;
    let email = member.email.as_deref().unwrap_or_default();
    html! {
        form method="post" action={ (PART) "/" (member.id) } {
            (shell::proof(visitor))
            (hidden("seen", &member.version().to_string()))
            (Field::new(words.say("administration-person"), "name", &member.name).needed().draw())
            @if is_self {
                // The rules refuse it: one's own powers are changed by somebody else.
                (hidden("role", member.role.as_str())) (hidden("organisation", &member.organisation))
                p { (words.named("role", member.role.as_str())) ", " (parts::organisation(desk, &member.organisation)) }
            } @else {
                (choice(&words.say("administration-role"), "role", roles(words), member.role.as_str()))
                (choice(&words.say("administration-organisation"), "organisation", own_organisations(desk), &member.organisation))
            }
            (Field::new(words.say("administration-email"), "email", email).kind("email").most(254).hint(words.say("administration-email-hint")).draw())
            (choice(&words.say("administration-language"), "language", LANGUAGES, &member.language))
            button { (words.say("fields-save")) }
        }
    }
}

/// A member as a form holds it.
#[derive(Deserialize)]
struct Details {
    name: String,
    role: Role,
    organisation: String,
    #[serde(default, deserialize_with = "query::filled")]
    email: Option<String>,
    language: String,
    seen: i64,
}

/// Changes a member.
#[post("/administration/staff/{id}")]
async fn edit(
    app: App,
    may: May<right::ManageStaff>,
    _visitor: Visitor,
    id: Path<Id>,
    form: Form<Details>,
) -> Result<HttpResponse, Problem> {
    let (desk, id, Form(Details { name, role, organisation, email, language, seen })) =
        (may.desk(&app), id.into_inner(), form);
    let change = MemberChange {
        name: Some(name),
        role: Some(role),
        organisation: Some(organisation),
        active: None,
        language: Some(language),
        email: Some(email),
    };
    app.store().write(move |conn| staff::change(conn, &desk, id, Some(seen), change)).await?;
    app.forget_identity(id);
    Ok(shell::done(&format!("{PART}/{id}"), "said-saved"))
}

/// Whether an account is to be on.
#[derive(Deserialize)]
struct State {
    active: bool,
    seen: i64,
}

/// Switches an account off, which signs it out everywhere, or on.
#[post("/administration/staff/{id}/state")]
async fn set_state(
    app: App,
    may: May<right::ManageStaff>,
    _visitor: Visitor,
    id: Path<Id>,
    form: Form<State>,
) -> Result<HttpResponse, Problem> {
    let (desk, id, Form(State { active, seen })) = (may.desk(&app), id.into_inner(), form);
    let change = MemberChange { active: Some(active), ..MemberChange::default() };
    app.store().write(move |conn| staff::change(conn, &desk, id, Some(seen), change)).await?;
    app.forget_identity(id);
    Ok(shell::done(&format!("{PART}/{id}"), "said-saved"))
}

/// A password that is given to somebody.
#[derive(Deserialize)]
struct NewPassword {
    password: String,
}

/// Gives a member another password, and signs them out everywhere.
#[post("/administration/staff/{id}/password")]
async fn set_password(
    app: App,
    may: May<right::ManageStaff>,
    _visitor: Visitor,
    id: Path<Id>,
    form: Form<NewPassword>,
) -> Result<HttpResponse, Problem> {
    let (desk, id, Form(NewPassword { password })) = (may.desk(&app), id.into_inner(), form);
    let asking = desk.clone();
    let member = app.store().read(move |conn| staff::find(conn, &asking, id)).await?;
    let hash = hashed(&app, password, member.login).await?;
    app.store().write(move |conn| staff::set_password(conn, &desk, id, hash)).await?;
    app.forget_identity(id);
    Ok(shell::done(&format!("{PART}/{id}"), "said-password-set"))
}
