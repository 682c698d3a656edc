//! Signing in and out.

use std::time::Duration;

use actix_web::{delete, post, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::responses::{Guarded, Makes, Public, Slows, Takes};
use crate::app::App;
use crate::config::Secret;
use crate::desk::Error;
use crate::desk::session::{self, Candidate, Opened, Proven, Refreshed};
use crate::domain::{At, Id, Refusal};
use crate::http::auth::Caller;
use crate::http::json::Json;
use crate::http::limits::Attempt;
use crate::http::problem::{Problem, ProblemDocument};
use crate::http::reply::Reply;
use crate::http::token;
use crate::store::StoreError;

/// How long a password waits for its turn.
const PATIENCE: Duration = Duration::from_secs(5);

/// The routes of this file.
pub fn routes(config: &mut ServiceConfig) {
    config.service(sign_in).service(refresh).service(sign_out).service(sign_out_everywhere);
}

/// What somebody signs in with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Credentials {
    #[schema(example = "anna.petrova", min_length = 1, max_length = 64)]
    login: String,
    #[schema(value_type = String, format = Password, min_length = 1, max_length = 200)]
    password: String,
}

/// What the next access token is got with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RefreshToken {
    #[schema(min_length = 1, max_length = 200)]
    refresh_token: String,
}

/// The tokens of a sign-in.
#[derive(Serialize, ToSchema)]
struct Tokens {
    /// Sent as `Authorization: Bearer …` with every request.
    access_token: String,
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// For how many seconds the access token is good.
    #[schema(example = 900)]
    expires_in: u64,
    /// Good for one `POST /session/refresh`.
    refresh_token: String,
    refresh_expires_at: At,
    /// The account that is signed in.
    staff_id: Id,
}

/// Sign in.
///
/// After ten failures within five minutes, further attempts on a login from the same address must wait. That a login does not exist
/// shows neither in the answer nor in the time it takes.
#[utoipa::path(
    tag = "session",
    security(()),
    responses(
        (status = 201, description = "Signed in", body = Tokens),
        (status = 401, description = "The login or the password is wrong", body = ProblemDocument, content_type = "application/problem+json"),
        Takes, Slows, Public,
    ),
)]
#[post("/session")]
async fn sign_in(app: App, attempt: Attempt, body: Json<Credentials>) -> Result<Reply, Problem> {
    let Credentials { login, password } = body.into_inner();
    let login = login.trim().to_lowercase();
    let proven = attempt_to_prove(&app, &attempt, &login, Secret::new(password)).await?;
    let (now, lasting) = (app.wall(), app.config().tokens.refresh);
    let opened = app.store().write(move |conn| session::open(conn, &proven, now, lasting)).await?;
    tokens(&app, opened, now)
}

/// Proves a password, unless too many were wrong of late.
pub(in crate::http) async fn attempt_to_prove(
    app: &App,
    attempt: &Attempt,
    login: &str,
    password: Secret<String>,
) -> Result<Proven, Problem> {
    let count = |outcome: &str| app.metrics().sign_ins.with_label_values(&[outcome]).inc();
    // What could not be a login need not be remembered as one.
    let known = if login.len() <= 64 { login.to_owned() } else { String::new() };
    attempt.check(&known).inspect_err(|_| count("slowed"))?;
    let wanted = known.clone();
    let candidate = app.store().read(move |conn| Candidate::find(conn, &wanted)).await?;
    let proven = prove(app, candidate, password).await;
    let wrong = matches!(&proven, Err(Error::Refused(Refusal::WrongCredentials)));
    if proven.is_ok() || wrong {
        attempt.settle(&known, !wrong);
        count(if wrong { "wrong" } else { "ok" });
    }
    Ok(proven?)
}

/// Compares a password where it holds nobody up: on a thread for slow work, few at once.
pub(in crate::http) async fn prove(app: &App, candidate: Candidate, password: Secret<String>) -> Result<Proven, Error> {
    unhurried(app, move || candidate.prove(password.reveal())).await
}

/// Does slow work on a password where it holds nobody up.
pub(super) async fn unhurried<T: Send + 'static>(
    app: &App,
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let broken = || StoreError::Away("hashing was broken off".to_owned());
    // Whoever would wait for long is told so: a flood of sign-ins must not pile up behind the few that are served.
    let turn = tokio::time::timeout(PATIENCE, app.hashing().acquire_owned()).await.map_err(|_| Refusal::SlowDown(1))?;
    let turn = turn.map_err(|_| broken())?;
    let work = move || {
        let done = work();
        drop(turn);
        done
    };
    web::block(work).await.map_err(|_| broken())?
}

/// Get the next access token.
///
/// The refresh token is used up, and the answer holds the next one. One that is sent a second time was copied by somebody: it signs
/// out everybody who descends from that sign-in.
#[utoipa::path(
    tag = "session",
    security(()),
    responses(
        (status = 201, description = "The next tokens", body = Tokens),
        (status = 401, description = "The refresh token is unknown, used, over or revoked", body = ProblemDocument, content_type = "application/problem+json"),
        Takes, Public,
    ),
)]
#[post("/session/refresh")]
async fn refresh(app: App, body: Json<RefreshToken>) -> Result<Reply, Problem> {
    let token = body.into_inner().refresh_token;
    let (now, lasting) = (app.wall(), app.config().tokens.refresh);
    match app.store().write(move |conn| session::refresh(conn, &token, now, lasting)).await? {
        Refreshed::Opened(opened) => tokens(&app, opened, now),
        Refreshed::Ended(session) => {
            tracing::warn!(%session, "a refresh token was used twice: its sign-in is ended");
            app.forget_session(session);
            Err(Refusal::BadToken.into())
        }
    }
}

/// Sign out.
///
/// Ends this sign-in. Its tokens are void within five seconds everywhere.
#[utoipa::path(tag = "session", responses((status = 204, description = "Signed out"), Guarded))]
#[delete("/session")]
async fn sign_out(app: App, who: Caller) -> Result<Reply, Problem> {
    let (session, now) = (who.session(), app.wall());
    app.store().write(move |conn| session::close(conn, session, now)).await?;
    app.forget_session(session);
    Ok(Reply::nothing())
}

/// Sign out everywhere.
///
/// Ends every sign-in of this account. All tokens given out are void within five seconds everywhere.
#[utoipa::path(tag = "session", responses((status = 204, description = "Signed out everywhere"), Guarded, Makes))]
#[delete("/session/all")]
async fn sign_out_everywhere(app: App, who: Caller) -> Result<Reply, Problem> {
    let (id, now) = (who.id(), app.wall());
    app.store().write(move |conn| session::close_all(conn, id, now)).await?;
    app.forget_identity(id);
    Ok(Reply::nothing())
}

fn tokens(app: &App, opened: Opened, now: At) -> Result<Reply, Problem> {
    let lasting = app.config().tokens.access;
    let access = token::issue(&app.keys().tokens, &opened.identity, opened.family, now, lasting);
    let tokens = Tokens {
        access_token: access.ok_or_else(Problem::internal)?,
        token_type: "Bearer",
        expires_in: lasting.as_secs(),
        refresh_token: opened.refresh,
        refresh_expires_at: opened.expires_at,
        staff_id: opened.identity.id,
    };
    Ok(Reply::created("/api/v1/me", &tokens))
}
