//! Forms that were sent: read only when they come from a page of ours.

use std::borrow::Cow;
use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderMap};
use actix_web::web::{Bytes, Query};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use serde::de::DeserializeOwned;

use super::visitor::Visitor;
use crate::http::problem::Problem;

/// The field, and the header, that carry a sign-in's proof.
pub const FIELD: &str = "proof";
const HEADER: &str = "x-otklik-proof";

/// What somebody who is signed in sent.
pub struct Form<T>(pub T);

/// What anybody sent.
pub struct OpenForm<T>(pub T);

/// The long texts that were sent, by field: kept with the request, so that whoever is refused can be given them back.
pub struct Kept(pub Vec<(String, String)>);

/// The fields whose texts are kept: those that take long ones. No password, key or proof is among them.
const LONG: [&str; 6] = ["aliases", "document", "note", "reason", "text", "why"];

/// Keeps the long texts of what a page of ours sent.
pub(super) fn keep<'f>(request: &HttpRequest, fields: impl Iterator<Item = (Cow<'f, str>, Cow<'f, str>)>) {
    // Some of these fields are choices elsewhere: a word of a vocabulary is nothing that anybody typed.
    let is_word = |text: &str| text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let long = fields.filter(|(name, text)| LONG.contains(&&**name) && !text.trim().is_empty() && !is_word(text));
    let long: Vec<_> = long.map(|(name, text)| (name.into_owned(), text.into_owned())).collect();
    if !long.is_empty() {
        request.extensions_mut().insert(Kept(long));
    }
}

type Reading<T> = Pin<Box<dyn Future<Output = Result<T, Problem>>>>;

impl<T: DeserializeOwned + 'static> FromRequest for OpenForm<T> {
    type Error = Problem;
    type Future = Reading<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (home, body) = (is_from_here(request.headers()), Bytes::from_request(request, payload));
        Box::pin(async move {
            if !home {
                return Err(outdated());
            }
            read(&text(body.await)?).map(OpenForm)
        })
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for Form<T> {
    type Error = Problem;
    type Future = Reading<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let visitor = Visitor::from_request(request, payload).into_inner();
        let home = is_from_here(request.headers());
        let told = request.headers().get(HEADER).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let (body, request) = (Bytes::from_request(request, payload), request.clone());
        Box::pin(async move {
            let body = text(body.await)?;
            // Kept first of all: a sign-in may have ended while somebody wrote.
            if home {
                keep(&request, url::form_urlencoded::parse(body.as_bytes()));
            }
            let visitor = visitor?;
            let sent = told.or_else(|| {
                let pairs = url::form_urlencoded::parse(body.as_bytes());
                pairs.into_iter().find(|(name, _)| name == FIELD).map(|(_, value)| value.into_owned())
            });
            if !home || !sent.is_some_and(|sent| visitor.proof.is(&sent)) {
                return Err(outdated());
            }
            read(&body).map(Form)
        })
    }
}

fn text(body: Result<Bytes, actix_web::Error>) -> Result<String, Problem> {
    let body = body.map_err(|error| Problem::of_status(error.as_response_error().status_code()))?;
    String::from_utf8(body.to_vec()).map_err(|_| Problem::malformed("the form is not UTF-8"))
}

fn read<T: DeserializeOwned>(body: &str) -> Result<T, Problem> {
    Query::from_query(body).map(Query::into_inner).map_err(|error| Problem::malformed(error.to_string()))
}

pub(super) fn outdated() -> Problem {
    Problem::forbidden("page_outdated", "the form does not come from a page of this sign-in")
}

/// Whether a browser says that the form comes from this site. One that says nothing is an old one, or no browser.
pub(super) fn is_from_here(headers: &HeaderMap) -> bool {
    let said = |name| headers.get(name).and_then(|value: &header::HeaderValue| value.to_str().ok());
    if let Some(site) = said(header::HeaderName::from_static("sec-fetch-site")) {
        return matches!(site, "same-origin" | "none");
    }
    match (said(header::ORIGIN), said(header::HOST)) {
        (Some(origin), Some(host)) => origin.split_once("://").is_some_and(|(_, from)| from == host),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn headers(said: &[(&'static str, &'static str)]) -> HeaderMap {
        said.iter()
            .map(|(name, value)| (header::HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn long_texts_are_kept_and_secrets_are_not() {
        let request = actix_web::test::TestRequest::default().to_http_request();
        let sent = "text=%D0%BE%D0%B9&reason=no_date&note=+&password=very+secret&proof=a+b&key.token=a+b&why=so+be+it";
        keep(&request, url::form_urlencoded::parse(sent.as_bytes()));
        let kept = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        assert_eq!(request.extensions().get::<Kept>().unwrap().0, [kept("text", "ой"), kept("why", "so be it")]);
    }

    #[test]
    fn forms_of_other_sites_are_told() {
        assert!(is_from_here(&headers(&[("sec-fetch-site", "same-origin")])));
        assert!(!is_from_here(&headers(&[("sec-fetch-site", "cross-site")])));
        assert!(!is_from_here(&headers(&[("sec-fetch-site", "same-site"), ("origin", "https://a"), ("host", "a")])));
        assert!(is_from_here(&headers(&[("origin", "https://otklik.example"), ("host", "otklik.example")])));
        assert!(!is_from_here(&headers(&[("origin", "https://evil.example"), ("host", "otklik.example")])));
        assert!(!is_from_here(&headers(&[("origin", "null"), ("host", "otklik.example")])));
        assert!(is_from_here(&headers(&[])));
    }
}
