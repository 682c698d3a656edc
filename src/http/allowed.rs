//! Which methods an address has, so that a wrong one is answered 405 with `Allow`, and not like an address that is not there.

use std::sync::Arc;

use actix_web::dev::ResourceDef;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use utoipa::openapi::OpenApi;

use super::api::docs;
use super::observe;
use super::problem::Problem;

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
            .map(|path| (ResourceDef::new(*path), HeaderValue::from_static("GET")));
        Allowed(described.chain(beside).collect())
    }

    /// What a request is answered that no route took.
    pub(super) fn problem(&self, request: &HttpRequest) -> Result<HttpResponse, Problem> {
        // An address may be described twice, as `/{id}` and as `/words`; whichever matches, the method was not among its own.
        let found = self.0.iter().find(|(path, _)| path.is_match(request.path()));
        Err(match found {
            Some((_, methods)) => {
                Problem::of_status(StatusCode::METHOD_NOT_ALLOWED).header(header::ALLOW, methods.clone())
            }
            None => Problem::of_status(StatusCode::NOT_FOUND),
        })
    }
}
