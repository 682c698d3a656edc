//! Which methods an address has, so that a wrong one is answered 405 with `Allow`, and not like an address that is not there.

use std::sync::Arc;

use actix_web::dev::ResourceDef;
use actix_web::http::header::{self, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse};
use utoipa::openapi::OpenApi;

use super::api::docs;
use super::problem::Problem;
use super::ui::visitor::is_of_pages;
use super::{observe, off};

/// The addresses of the API, as its document has them, and those beside it.
#[derive(Clone)]
pub(super) struct Allowed(Arc<[(ResourceDef, HeaderValue)]>);

impl Allowed {
    pub(super) fn of(document: &OpenApi) -> Allowed {
        let described = document.paths.paths.iter().map(|(path, item)| {
            let methods = [
                ("GET", item.get.is_some()),
                ("POST", item.post.is_some()),
                ("PUT", item.put.is_some()),
                ("PATCH", item.patch.is_some()),
                ("DELETE", item.delete.is_some()),
            ];
            let present: Vec<_> = methods.iter().filter(|(_, has)| *has).map(|(method, _)| *method).collect();
            (ResourceDef::new(path.as_str()), HeaderValue::from_str(&present.join(", ")))
        });
        let described = described.filter_map(|(path, methods)| Some((path, methods.ok()?)));
        let beside = observe::PATHS
            .iter()
            .chain(&[docs::ADDRESS])
            .map(|path| (ResourceDef::new(*path), HeaderValue::from_static("GET")))
            .chain([(ResourceDef::new(off::PATH), HeaderValue::from_static("GET, POST"))]);
        let mut all: Vec<_> = described.chain(beside).collect();
        // An address may be described twice, as `/{id}` and as `/bulk`: the one that says it out is meant.
        all.sort_by_key(|(path, _)| !is_plain(path));
        Allowed(all.into())
    }

    /// What a request is answered that no route took.
    pub(super) fn problem(&self, request: &HttpRequest) -> Result<HttpResponse, Problem> {
        let found = self.0.iter().find(|(path, _)| path.is_match(request.path()));
        let found = found.map(|(_, methods)| methods.clone()).or_else(|| of_page(request));
        Err(found.map_or_else(missing, |methods| not_allowed(&methods)))
    }

    /// What a request is answered whose route took a word for a variable part that it cannot be, as `GET /bulk` is taken by `/{id}`.
    pub(super) fn misnamed(&self, request: &HttpRequest) -> Problem {
        let plain = self.0.iter().take_while(|(path, _)| is_plain(path));
        let found = plain.into_iter().find(|(path, _)| path.is_match(request.path()));
        found.map_or_else(missing, |(_, methods)| not_allowed(methods))
    }
}

/// The method of a page's address that was asked with another. Pages have GET and POST and nothing else, so an address that the router
/// knows and did not take has the other of the two.
fn of_page(request: &HttpRequest) -> Option<HeaderValue> {
    let other = match *request.method() {
        Method::GET => "POST",
        Method::POST => "GET",
        _ => return None,
    };
    let is_there = is_of_pages(request.path()) && request.resource_map().has_resource(request.path());
    is_there.then(|| HeaderValue::from_static(other))
}

/// Whether the address has no variable parts.
fn is_plain(path: &ResourceDef) -> bool {
    path.pattern().is_some_and(|pattern| !pattern.contains('{'))
}

fn missing() -> Problem {
    Problem::of_status(StatusCode::NOT_FOUND)
}

fn not_allowed(methods: &HeaderValue) -> Problem {
    Problem::of_status(StatusCode::METHOD_NOT_ALLOWED).header(header::ALLOW, methods.clone())
}

#[cfg(test)]
mod tests {
    use actix_web::test::{TestRequest, call_service, init_service};
    use actix_web::{ResponseError as _, get, post, web};

    use super::*;

    #[test]
    fn a_wrong_method_is_told_from_a_wrong_address() {
        let allowed = Allowed::of(&docs::openapi());
        let ask = |method: &str, path: &str| {
            let method = method.parse().unwrap();
            let request = TestRequest::with_uri(path).method(method).to_http_request();
            let problem = allowed.problem(&request).unwrap_err();
            let methods = problem.error_response().headers().get(header::ALLOW).map(|v| v.to_str().unwrap().to_owned());
            (problem.status_code().as_u16(), methods.unwrap_or_default())
        };
        assert_eq!(ask("PUT", "/api/v1/staff"), (405, "GET, POST".to_owned()));
        assert_eq!(ask("POST", "/api/v1/staff/some"), (405, "GET, PATCH".to_owned()));
        assert_eq!(ask("POST", "/metrics"), (405, "GET".to_owned()));
        assert_eq!(ask("GET", "/api/v1/stuff").0, 404);
        assert_eq!(ask("GET", "/api/v1/incidents/bulk"), (405, "POST".to_owned()));
    }

    #[get("/desk")]
    async fn look() -> &'static str {
        "desk"
    }

    #[post("/desk/cards/{id}/decide")]
    async fn decide() -> &'static str {
        "decided"
    }

    #[actix_web::test]
    async fn a_page_asked_with_another_method_says_which_it_has() {
        let allowed = Allowed::of(&docs::openapi());
        let other = web::to(move |request: HttpRequest| std::future::ready(allowed.problem(&request)));
        let app = actix_web::App::new().service(look).service(decide).default_service(other);
        let app = init_service(app).await;
        for (method, path, status, methods) in [
            ("POST", "/desk", 405, Some("GET")),
            ("GET", "/desk/cards/7/decide", 405, Some("POST")),
            ("POST", "/desk/cards/7/decide", 200, None),
            ("GET", "/desks", 404, None),
            ("PUT", "/desk", 404, None),
        ] {
            let request = TestRequest::with_uri(path).method(method.parse().unwrap()).to_request();
            let answer = call_service(&app, request).await;
            let told = answer.headers().get(header::ALLOW).map(|methods| methods.to_str().unwrap());
            assert_eq!((answer.status().as_u16(), told), (status, methods), "{method} {path}");
        }
    }
}
