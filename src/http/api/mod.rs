//! The API under `/api/v1`, and its description, which is generated from the routes themselves.

pub mod incidents;
pub mod responses;
pub mod session;
pub mod sources;
pub mod staff;

use actix_web::web;
use utoipa::openapi::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi as _};
use utoipa_actix_web::AppExt as _;
use utoipa_actix_web::service_config::ServiceConfig;
use utoipa_swagger_ui::SwaggerUi;

/// Where the API begins.
pub const ROOT: &str = "/api/v1";

/// Every route of the API. This is the one list: what is not in it is neither served nor described.
pub fn routes(config: &mut ServiceConfig) {
    config.service(
        utoipa_actix_web::scope(ROOT)
            .configure(session::routes)
            .configure(staff::routes)
            .configure(sources::routes)
            .configure(incidents::routes),
    );
}

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
    tags(
        (name = "session", description = "Signing in and out"),
        (name = "staff", description = "Members of staff and their accounts"),
        (name = "incidents", description = "Complaints on their way: lists, one, history, corrections"),
        (name = "assignments", description = "Who is responsible, and wrong routes given back"),
        (name = "answers", description = "Answers from draft to delivery"),
        (name = "approvals", description = "Answers approved or sent back"),
        (name = "deferrals", description = "Answers put off to a date"),
        (name = "closures", description = "Closing, putting aside, opening again"),
        (name = "merges", description = "Duplicates joined and parted"),
        (name = "intake", description = "Webhooks that bring complaints in"),
        (name = "sources", description = "Where messages come from, and the secrets they are signed with"),
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
        document
            .components
            .get_or_insert_default()
            .add_security_scheme("bearer", SecurityScheme::Http(scheme));
    }
}

/// The description without the routes.
pub(super) fn document() -> OpenApi {
    Document::openapi()
}

/// The whole description, as it is served and as it is kept in `openapi/openapi.json`.
pub fn openapi() -> OpenApi {
    actix_web::App::new().into_utoipa_app().openapi(document()).configure(routes).configure(crate::http::hooks::routes).split_for_parts().1
}

/// Serves the description, and a page to browse it that needs nothing from elsewhere.
pub(super) fn describe(config: &mut web::ServiceConfig, document: &OpenApi) {
    config.service(SwaggerUi::new("/api/docs/{_:.*}").url("/api/v1/openapi.json", document.clone()));
}
