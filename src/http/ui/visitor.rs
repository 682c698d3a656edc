//! Who looks at a page: a sign-in, carried by a cookie, and the language of the pages.
//!
//! The cookie holds an access token, signed by the service and of no use to a script. It is heeded for pages only: the API wants its
//! token in a header, which no other site can make a browser send.

use std::future::{Ready, ready};

use actix_web::cookie::time::Duration as Lasting;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use hmac::Mac as _;
use subtle::ConstantTimeEq as _;

use super::words::Words;
use crate::app::App;
use crate::config::{Config, keyed_hash};
use crate::domain::event::hex;
use crate::domain::{Id, Language};
use crate::http::auth::Caller;
use crate::http::problem::Problem;

/// The cookie of a sign-in.
pub const SESSION: &str = "otklik_session";

/// The cookie of the language, for whoever is not signed in yet as well.
pub const LANGUAGE: &str = "otklik_language";

/// For how long a browser remembers the language.
const YEAR: Lasting = Lasting::days(365);

/// Whether an address is of a page: of what a browser shows, and no program asks for.
pub fn is_of_pages(path: &str) -> bool {
    !["/api/", "/hooks/", "/healthz", "/readyz", "/metrics"].iter().any(|other| path.starts_with(other))
}

/// The language that a browser asks pages in: Russian, unless English was chosen.
pub fn language(request: &HttpRequest) -> Language {
    request.cookie(LANGUAGE).map_or(Language::Russian, |chosen| Language::of(chosen.value()))
}

/// Somebody who looks at a page and is signed in.
#[derive(Clone)]
pub struct Visitor {
    pub caller: Caller,
    pub words: Words,
    /// What a form of this sign-in must send along.
    pub proof: Proof,
    /// What was done just now, as a message of [`Words`].
    pub said: Option<String>,
}

impl FromRequest for Visitor {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let found = Caller::from_request(request, payload).into_inner().and_then(|caller| {
            let app = request.app_data::<App>().ok_or_else(Problem::internal)?;
            let proof = Proof::of(&app.keys().forms, caller.session());
            Ok(Visitor { caller, words: Words::of(language(request)), proof, said: said(request) })
        });
        ready(found)
    }
}

/// The parameter that names what was done.
pub const SAID: &str = "said";

/// What an address says was done: the name of a message that is for this, and of no other.
fn said(request: &HttpRequest) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(request.query_string().as_bytes());
    pairs.find(|(name, value)| name == SAID && value.starts_with("said-")).map(|(_, value)| value.into_owned())
}

/// What proves that a form was drawn by us for this sign-in: another site can make a browser send a form, but cannot read this.
#[derive(Clone)]
pub struct Proof(String);

impl Proof {
    /// Of a sign-in.
    pub fn of(key: &[u8; 32], session: Id) -> Proof {
        let mut mac = keyed_hash(key);
        mac.update(session.0.as_bytes());
        Proof(hex(&mac.finalize().into_bytes()))
    }

    /// As forms carry it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it was sent.
    pub fn is(&self, sent: &str) -> bool {
        self.0.as_bytes().ct_eq(sent.as_bytes()).into()
    }
}

/// The cookie that carries a sign-in as long as it lasts.
pub fn signed_in(config: &Config, token: String) -> Cookie<'static> {
    let lasting = i64::try_from(config.tokens.refresh.as_secs()).unwrap_or(i64::MAX);
    kept(config, SESSION, token, Lasting::seconds(lasting))
}

/// The cookie that carries none.
pub fn signed_out(config: &Config) -> Cookie<'static> {
    kept(config, SESSION, String::new(), Lasting::ZERO)
}

/// The cookie of a language.
pub fn speaking(config: &Config, language: Language) -> Cookie<'static> {
    kept(config, LANGUAGE, language.as_str().to_owned(), YEAR)
}

fn kept(config: &Config, name: &'static str, value: String, lasting: Lasting) -> Cookie<'static> {
    // Without TLS, as on a machine of one's own, a cookie for TLS only would never come back.
    let is_secure = config.listen.public_url.as_deref().is_some_and(|url| url.starts_with("https:"));
    Cookie::build(name, value)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(is_secure)
        .max_age(lasting)
        .finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::At;

    #[test]
    fn a_proof_is_of_one_sign_in() {
        let (one, other) = (Id::new(At::now()), Id::new(At::now()));
        let proof = Proof::of(&[1; 32], one);
        assert!(proof.is(Proof::of(&[1; 32], one).as_str()));
        assert!(!proof.is(Proof::of(&[1; 32], other).as_str()));
        assert!(!proof.is(Proof::of(&[2; 32], one).as_str()));
        assert!(!proof.is(""));
    }

    #[test]
    fn programs_have_addresses_of_their_own() {
        assert!(is_of_pages("/") && is_of_pages("/incidents/1") && is_of_pages("/apis"));
        assert!(!is_of_pages("/api/v1/incidents") && !is_of_pages("/hooks/vk/1") && !is_of_pages("/metrics"));
    }
}
