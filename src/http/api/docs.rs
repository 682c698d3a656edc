//! The API's description, which is generated from the routes themselves, and a page to browse it that needs nothing from elsewhere.

use std::sync::Arc;

use actix_web::http::header;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, get};
use utoipa::openapi::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi as _};
use utoipa_actix_web::AppExt as _;
use utoipa_swagger_ui::{Config, SwaggerUi};

/// Where the description is.
pub(in crate::http) const ADDRESS: &str = "/api/v1/openapi.json";

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Otklik",
        description = "Citizen incident management: takes complaints in, routes them, keeps the promise by the clock, publishes \
                       the answer, reports honestly.\n\nSign in with `POST /api/v1/session` and send the access token as \
                       `Authorization: Bearer …`. Every failure is an RFC 9457 problem with a stable `code`. Lists go on by \
                       `next`; changes heed `If-Match`; `POST` heeds `Idempotency-Key`. Times are RFC 3339.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    modifiers(&Bearer),
    security(("bearer" = [])),
    components(schemas(crate::http::problem::ProblemDocument)),
    tags(
        (name = "session", description = "Signing in and out"),
        (name = "staff", description = "Members of staff and their accounts"),
        (name = "notices", description = "What one should hear of, and what comes by letter"),
        (name = "policy", description = "The city's rules as numbered versions: organisations, topics, places, routes, terms"),
        (name = "learning", description = "What is proposed, what it was learned from, how good it is, and going back"),
        (name = "statistics", description = "Figures, each with the list that makes it"),
        (name = "assignments", description = "Who is responsible, and wrong routes given back"),
        (name = "answers", description = "Answers from draft to delivery"),
        (name = "approvals", description = "Answers approved or sent back"),
        (name = "deferrals", description = "Answers put off to a date"),
        (name = "deadlines", description = "Clocks: what was promised, why, and what would move it"),
        (name = "closures", description = "Closing, putting aside, opening again"),
        (name = "merges", description = "Duplicates joined and parted"),
        (name = "bursts", description = "Far more complaints than usual: mass incidents that are proposed"),
        (name = "sources", description = "Where messages come from, and the secrets they are signed with"),
        (name = "pages", description = "Official pages in social networks: registered, connected, looked after"),
        (name = "intake", description = "Messages of residents, pushed in by sources"),
        (name = "disclosures", description = "Personal data opened, on record"),
        (name = "incidents", description = "Complaints and what is done about them"),
    ),
)]
struct Document;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some("The access token from `POST /api/v1/session`."))
            .build();
        document.components.get_or_insert_default().add_security_scheme("bearer", SecurityScheme::Http(scheme));
    }
}

/// The whole description, as it is served and as it is kept in `openapi/openapi.json`.
pub fn openapi() -> OpenApi {
    let app = actix_web::App::new().into_utoipa_app().openapi(Document::openapi());
    let mut document = app.configure(crate::http::routes).split_for_parts().1;
    name_operations(&mut document);
    document
}

/// Names each operation by its method and address, such as `get_staff_id`: handlers are named within their files only.
fn name_operations(document: &mut OpenApi) {
    for (path, item) in &mut document.paths.paths {
        let place: Vec<_> = path
            .trim_start_matches(super::ROOT)
            .split(|c: char| !c.is_ascii_alphanumeric())
            .filter(|word| !word.is_empty())
            .collect();
        let place = place.join("_");
        let operations = [
            ("get", &mut item.get),
            ("post", &mut item.post),
            ("put", &mut item.put),
            ("patch", &mut item.patch),
            ("delete", &mut item.delete),
        ];
        for (method, operation) in operations {
            if let Some(operation) = operation {
                operation.operation_id = Some(format!("{method}_{place}"));
            }
        }
    }
}

/// The description as it is served: made once, shared by all threads.
#[derive(Clone)]
pub(in crate::http) struct Description(Arc<str>);

impl Description {
    pub(in crate::http) fn of(document: &OpenApi) -> Description {
        // The document is made of plain values and texts, which always serialise.
        Description(document.to_json().unwrap_or_default().into())
    }
}

/// The description and the page.
pub(in crate::http) fn routes(config: &mut ServiceConfig) {
    config
        .service(description)
        .service(web::redirect("/api/docs", "/api/docs/"))
        .service(SwaggerUi::new("/api/docs/{_:.*}").config(Config::from(ADDRESS)));
}

#[get("/api/v1/openapi.json")]
async fn description(request: HttpRequest) -> HttpResponse {
    let json = request.app_data::<Description>().map(|document| document.0.to_string()).unwrap_or_default();
    HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-cache")).content_type("application/json").body(json)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_named_and_every_schema_is_there() {
        let json = serde_json::to_value(openapi()).unwrap();
        let text = json.to_string();
        let schemas = json["components"]["schemas"].as_object().unwrap();
        for reference in text.split("\"#/components/schemas/").skip(1) {
            let name = reference.split('"').next().unwrap();
            assert!(schemas.contains_key(name), "{name}");
        }
        let mut ids = Vec::new();
        for (path, item) in json["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                ids.push(operation["operationId"].as_str().unwrap().to_owned());
                assert!(operation["summary"].is_string(), "{method} {path} has no summary");
                assert!(operation["tags"].is_array(), "{method} {path} has no tag");
            }
        }
        ids.sort();
        let repeated: Vec<_> = ids.windows(2).filter(|pair| pair[0] == pair[1]).collect();
        assert!(repeated.is_empty(), "{repeated:?}");
    }

    #[test]
    fn every_failure_is_a_problem() {
        let json = serde_json::to_value(openapi()).unwrap();
        for (path, item) in json["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                for (status, response) in operation["responses"].as_object().unwrap() {
                    let types: Vec<_> = response["content"].as_object().into_iter().flatten().map(|(t, _)| t).collect();
                    let failed = status.starts_with('4') || status.starts_with('5');
                    assert!(!failed || types == ["application/problem+json"], "{method} {path} {status}: {types:?}");
                }
            }
        }
    }
}
