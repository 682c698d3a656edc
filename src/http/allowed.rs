//! Which methods an address has, so that a wrong one is answered 405 with `Allow`, and not like an address that is not there.

use std::sync::Arc;

use actix_web::dev::ResourceDef;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use utoipa::openapi::OpenApi;

use super::api::docs;
use super::problem::Problem;
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
        Err(found.map_or_else(missing, |(_, methods)| not_allowed(methods)))
    }

    /// What a request is answered whose route took a word for a variable part that it cannot be, as `GET /bulk` is taken by `/{id}`.
    pub(super) fn misnamed(&self, request: &HttpRequest) -> Problem {
        let plain = self.0.iter().take_while(|(path, _)| is_plain(path));
        let found = plain.into_iter().find(|(path, _)| path.is_match(request.path()));
        found.map_or_else(missing, |(_, methods)| not_allowed(methods))
    }
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
    use actix_web::ResponseError as _;
    use actix_web::test::TestRequest;

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
}
