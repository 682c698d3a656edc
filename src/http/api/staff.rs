//! Members of staff, and one's own account.

use actix_web::{get, patch, post, put};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::responses::{Asks, Changes, Finds, Guarded, Makes, Slows, Takes};
use super::session::{prove, unhurried};
use crate::app::App;
use crate::config::Secret;
use crate::desk::Error;
use crate::desk::password::{self, PasswordHash};
use crate::desk::session::Candidate;
use crate::desk::staff::{self, Member, MemberChange, NewMember, StaffFilter};
use crate::domain::{Id, Refusal, Role};
use crate::http::auth::{Caller, May, right};
use crate::http::etag::{IfMatch, IfMatchHeader};
use crate::http::json::{Json, Path};
use crate::http::limits::Attempt;
use crate::http::once::{Once, OnceHeader};
use crate::http::paging::{Page, Paging, PagingParameters};
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::reply::Reply;
use crate::store::Conn;

/// The routes of this file.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(list)
        .service(add)
        .service(set_password)
        .service(find)
        .service(change)
        .service(me)
        .service(set_own_password);
}

/// Which members to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Only of this organisation, by its id in the policy.
    #[param(max_length = 64)]
    organisation: Option<String>,
    role: Option<Role>,
    /// Only accounts that are on, or off.
    active: Option<bool>,
}

/// A new account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewAccount {
    /// What the member signs in with; cannot be changed.
    #[schema(example = "anna.petrova", min_length = 3, max_length = 64, pattern = "^[a-z0-9][a-z0-9._@-]*$")]
    login: String,
    #[schema(example = "Анна Петрова", min_length = 1, max_length = 200)]
    name: String,
    role: Role,
    /// The organisation's id in the policy.
    #[schema(min_length = 1, max_length = 64)]
    organisation: String,
    /// The language of pages: `ru` or `en`.
    #[serde(default = "russian")]
    #[schema(default = "ru", pattern = "^(ru|en)$")]
    language: String,
    /// Where letters go; without it, there are none.
    #[schema(example = "anna.petrova@example.org", max_length = 254)]
    email: Option<String>,
    /// Not the login.
    #[schema(format = Password, min_length = 10, max_length = 200)]
    password: String,
}

fn russian() -> String {
    "ru".to_owned()
}

/// Another password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPassword {
    /// Not the login.
    #[schema(format = Password, min_length = 10, max_length = 200)]
    password: String,
}

/// Another password of one's own.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OwnPassword {
    /// The password until now.
    #[schema(format = Password, min_length = 1, max_length = 200)]
    current: String,
    /// The password from now on; not the login.
    #[schema(format = Password, min_length = 10, max_length = 200)]
    password: String,
}

/// List members of staff.
///
/// Those of the caller's organisation and all below it, in the order of logins.
#[utoipa::path(
    tag = "staff",
    params(Filter, PagingParameters),
    responses((status = 200, description = "A page of members", body = Page<Member>), Guarded, Asks),
)]
#[get("/staff")]
async fn list(
    app: App,
    who: May<right::ManageStaff>,
    filter: Query<Filter>,
    paging: Paging,
) -> Result<Page<Member>, Problem> {
    let (desk, after, reach, counted) =
        (who.desk(&app), paging.after::<String>()?, paging.reach(), paging.wants_total());
    let Filter { organisation, role, active } = filter.into_inner();
    let filter = StaffFilter { organisations: organisation.map(|id| vec![id]), role, active };
    let read = move |conn: &mut Conn| -> Result<_, Error> {
        let total = counted.then(|| staff::count(conn, &desk, filter.clone())).transpose()?;
        Ok((staff::list(conn, &desk, filter, after.as_deref(), reach)?, total))
    };
    let (members, total) = app.store().read(read).await?;
    Ok(paging.page(members, total, |member| member.login.clone()))
}

/// Add a member of staff.
#[utoipa::path(
    tag = "staff",
    params(OnceHeader),
    responses((status = 201, description = "Added", body = Member), Guarded, Takes, Makes, Slows),
)]
#[post("/staff")]
async fn add(app: App, who: May<right::ManageStaff>, once: Once, body: Json<NewAccount>) -> Result<Reply, Problem> {
    let (NewAccount { login, name, role, organisation, language, email, password }, digest) = body.split();
    let hash = hashed(&app, password, login.clone()).await?;
    let new = NewMember { login, name, role, organisation, language, email };
    once.run(&app, &who, digest, move |conn, desk| {
        let member = staff::add(conn, desk, new, hash)?;
        Ok(Reply::created(format!("/api/v1/staff/{}", member.id), &member).version(member.version()))
    })
    .await
}

/// One member of staff.
#[utoipa::path(
    tag = "staff",
    params(("id" = Id, Path, description = "The member")),
    responses((status = 200, description = "The member", body = Member), Guarded, Finds),
)]
#[get("/staff/{id}")]
async fn find(app: App, who: May<right::ManageStaff>, id: Path<Id>) -> Result<Reply, Problem> {
    let (desk, id) = (who.desk(&app), id.into_inner());
    let member = app.store().read(move |conn| staff::find(conn, &desk, id)).await?;
    Ok(Reply::ok(&member).version(member.version()))
}

/// Change a member of staff.
///
/// What is absent stays. Another role or organisation holds within five seconds, also for tokens given out before; switching an
/// account off signs it out everywhere.
#[utoipa::path(
    tag = "staff",
    params(("id" = Id, Path, description = "The member"), IfMatchHeader),
    responses((status = 200, description = "Changed", body = Member), Guarded, Finds, Takes, Changes),
)]
#[patch("/staff/{id}")]
async fn change(
    app: App,
    who: May<right::ManageStaff>,
    id: Path<Id>,
    seen: IfMatch,
    body: Json<MemberChange>,
) -> Result<Reply, Problem> {
    let (desk, id, change) = (who.desk(&app), id.into_inner(), body.into_inner());
    let member = app.store().write(move |conn| staff::change(conn, &desk, id, seen.version(), change)).await?;
    app.forget_identity(id);
    Ok(Reply::ok(&member).version(member.version()))
}

/// Give a member of staff another password.
///
/// Signs the account out everywhere.
#[utoipa::path(
    tag = "staff",
    params(("id" = Id, Path, description = "The member")),
    responses((status = 204, description = "The password is the new one"), Guarded, Finds, Takes, Makes, Slows),
)]
#[put("/staff/{id}/password")]
async fn set_password(
    app: App,
    who: May<right::ManageStaff>,
    id: Path<Id>,
    body: Json<NewPassword>,
) -> Result<Reply, Problem> {
    let (desk, id) = (who.desk(&app), id.into_inner());
    let seen = desk.clone();
    let member = app.store().read(move |conn| staff::find(conn, &seen, id)).await?;
    let hash = hashed(&app, body.into_inner().password, member.login).await?;
    app.store().write(move |conn| staff::set_password(conn, &desk, id, hash)).await?;
    app.forget_identity(id);
    Ok(Reply::nothing())
}

/// The own account.
#[utoipa::path(tag = "staff", responses((status = 200, description = "The account that is signed in", body = Member), Guarded))]
#[get("/me")]
async fn me(app: App, who: Caller) -> Result<Reply, Problem> {
    let desk = who.desk(&app);
    let member = app.store().read(move |conn| staff::me(conn, &desk)).await?;
    Ok(Reply::ok(&member).version(member.version()))
}

/// Change the own password.
///
/// Signs the account out everywhere, also here.
#[utoipa::path(
    tag = "staff",
    responses((status = 204, description = "The password is the new one; sign in anew"), Guarded, Takes, Makes, Slows),
)]
#[post("/me/password")]
async fn set_own_password(app: App, who: Caller, attempt: Attempt, body: Json<OwnPassword>) -> Result<Reply, Problem> {
    let OwnPassword { current, password } = body.into_inner();
    change_own_password(&app, &who, &attempt, current, password).await?;
    Ok(Reply::nothing())
}

/// Gives somebody who proves to know the old password a new one, and signs the account out everywhere.
pub(in crate::http) async fn change_own_password(
    app: &App,
    who: &Caller,
    attempt: &Attempt,
    current: String,
    password: String,
) -> Result<(), Problem> {
    let (desk, id) = (who.desk(app), who.id());
    let candidate = app.store().read(move |conn| Candidate::myself(conn, id)).await?;
    let login = candidate.login().unwrap_or_default().to_owned();
    attempt.check(&login)?;
    let proven = prove(app, candidate, Secret::new(current)).await;
    attempt.settle(&login, proven.is_ok());
    // Who asks is known; only the field is wrong, so this is no 401, at which a client would throw its tokens away.
    let proof = proven.map_err(|error| match error {
        Error::Refused(Refusal::WrongCredentials) => Refusal::invalid("/current", "is not your password").into(),
        other => other,
    })?;
    let hash = hashed(app, password, login).await?;
    app.store().write(move |conn| staff::set_own_password(conn, &desk, &proof, hash)).await?;
    app.forget_identity(id);
    Ok(())
}

/// Hashes a new password where it holds nobody up.
pub(in crate::http) async fn hashed(app: &App, password: String, login: String) -> Result<PasswordHash, Error> {
    let password = Secret::new(password);
    unhurried(app, move || password::hash(password.reveal(), &login, "/password")).await
}
