//! Who asks, and whether they may. A middleware finds out who; a handler says in its arguments what it needs:
//!
//! - [`Caller`]: anybody who is signed in;
//! - [`May<right::Triage>`](May): somebody whose role has that right.
//!
//! A handler that names neither is public, so these arguments come first, before anything that reads what was sent.

use std::future::{Ready, ready};
use std::marker::PhantomData;
use std::ops::Deref;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header;
use actix_web::middleware::Next;
use actix_web::{Error, FromRequest, HttpMessage as _, HttpRequest};

use super::problem::Problem;
use super::token;
use super::ui::visitor::{SESSION, is_of_pages};
use crate::app::App;
use crate::desk::Desk;
use crate::desk::session::Identity;
use crate::domain::{Actor, Id, Permission, Refusal};

/// Somebody who is signed in.
#[derive(Debug, Clone)]
pub struct Caller {
    actor: Actor,
    id: Id,
    session: Id,
}

impl Caller {
    fn new(app: &App, identity: &Identity, session: Id) -> Caller {
        Caller { actor: identity.actor(&app.policy()), id: identity.id, session }
    }

    /// The actor, for the use cases.
    pub fn actor(&self) -> Actor {
        self.actor.clone()
    }

    /// The account.
    pub fn id(&self) -> Id {
        self.id
    }

    /// The sign-in.
    pub fn session(&self) -> Id {
        self.session
    }

    /// The circumstances under which the caller acts now.
    pub fn desk(&self, app: &App) -> Desk {
        app.desk(self.actor())
    }
}

/// What the middleware found out.
#[derive(Clone)]
enum Found {
    Caller(Caller),
    BadToken,
}

/// Finds out who asks, and leaves it to the handlers whether they mind. Only when that cannot be found out is the request answered
/// here.
///
/// # Errors
/// None of its own.
pub async fn identify(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    match find(&request).await {
        Ok(Some(found)) => {
            if let Found::Caller(caller) = &found {
                tracing::Span::current().record("actor", caller.actor.tag());
            }
            request.extensions_mut().insert(found);
        }
        Ok(None) => {}
        Err(problem) => return Ok(request.error_response(problem)),
    }
    next.call(request).await.map(ServiceResponse::map_into_boxed_body)
}

/// `None` if no token was sent.
async fn find(request: &ServiceRequest) -> Result<Option<Found>, Problem> {
    // A cookie is heeded for pages only: every site can make a browser send it.
    let cookie = is_of_pages(request.path()).then(|| request.cookie(SESSION)).flatten();
    let token = match request.headers().get(header::AUTHORIZATION) {
        Some(value) => bearer(value).map(str::to_owned),
        None => match cookie {
            Some(cookie) => Some(cookie.value().to_owned()),
            None => return Ok(None),
        },
    };
    let app = request.app_data::<App>().cloned().ok_or_else(Problem::internal)?;
    let claims = token.and_then(|token| token::read(&app.keys().tokens, &token, app.wall()));
    let Some(claims) = claims else { return Ok(Some(Found::BadToken)) };
    let identity = app.identity(claims.sid).await?;
    let good = identity.filter(|identity| identity.id == claims.sub && identity.epoch == claims.epoch);
    Ok(Some(good.map_or(Found::BadToken, |identity| Found::Caller(Caller::new(&app, &identity, claims.sid)))))
}

fn bearer(value: &header::HeaderValue) -> Option<&str> {
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

impl FromRequest for Caller {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(match request.extensions().get::<Found>() {
            Some(Found::Caller(caller)) => Ok(caller.clone()),
            Some(Found::BadToken) => Err(Refusal::BadToken.into()),
            None => Err(Problem::unauthorized(
                "not_signed_in",
                "this needs an access token from POST /api/v1/session",
                "Bearer realm=\"otklik\"",
            )),
        })
    }
}

/// A right, as a type.
pub trait Right {
    /// The right.
    const PERMISSION: Permission;
}

/// One type for each right of [`Permission`].
pub mod right {
    use super::{Permission, Right};

    macro_rules! rights {
        ($($name:ident),+ $(,)?) => {
            $(
                #[doc = concat!("[`Permission::", stringify!($name), "`]")]
                pub struct $name;

                impl Right for $name {
                    const PERMISSION: Permission = Permission::$name;
                }
            )+

            #[cfg(test)]
            pub(super) const ALL: &[Permission] = &[$(Permission::$name),+];
        };
    }

    rights! {
        ReadIncidents, ReadPersonalData, ReadDisclosures, Triage, Merge, Coordinate, Work, Approve, ReportDelivery, Close, ReadStatistics,
        ReadPolicy, WritePolicy, ManageStaff, ManageSources, ViewPages, ManagePages, Export,
    }
}

/// Somebody whose role has the right `R`. Where in the tree it holds is for the use case to say.
pub struct May<R> {
    caller: Caller,
    right: PhantomData<R>,
}

impl<R> Deref for May<R> {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.caller
    }
}

impl<R: Right> FromRequest for May<R> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let caller = Caller::from_request(request, payload).into_inner();
        ready(caller.and_then(|caller| {
            if caller.actor.may(R::PERMISSION) {
                Ok(May { caller, right: PhantomData })
            } else {
                Err(Refusal::Forbidden(R::PERMISSION).into())
            }
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_right_has_its_type() {
        assert_eq!(right::ALL, Permission::ALL);
    }

    #[test]
    fn a_bearer_token_is_found() {
        let value = |text: &'static str| header::HeaderValue::from_static(text);
        assert_eq!(bearer(&value("Bearer a.b.c")), Some("a.b.c"));
        assert_eq!(bearer(&value("bearer  a.b.c ")), Some("a.b.c"));
        assert_eq!(bearer(&value("Basic a.b.c")), None);
        assert_eq!(bearer(&value("Bearer")), None);
    }
}
