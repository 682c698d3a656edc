//! The API under `/api/v1`, and its description, which is generated from the routes themselves.

pub mod docs;
pub mod incidents;
pub mod responses;
pub mod session;
pub mod sources;
pub mod staff;

use utoipa_actix_web::service_config::ServiceConfig;

pub use docs::openapi;

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
