//! The API under `/api/v1`, and its description, which is generated from the routes themselves.

mod amending;
pub mod bursts;
pub mod calendars;
pub mod collections;
pub mod deadlines;
pub mod disclosures;
pub mod docs;
pub mod export;
pub mod incidents;
mod listed;
pub mod models;
pub mod municipalities;
pub mod notices;
pub mod organisations;
pub mod pages;
pub mod policies;
pub mod postings;
pub mod responses;
pub mod routes;
pub mod session;
pub mod sources;
pub mod staff;
pub mod statistics;
pub mod terms;
pub mod topics;

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
            .configure(notices::routes)
            .configure(sources::routes)
            .configure(pages::routes)
            .configure(export::routes)
            .configure(incidents::routes)
            .configure(bursts::routes)
            .configure(postings::routes)
            .configure(disclosures::routes)
            .configure(collections::routes)
            .configure(models::routes)
            .configure(policies::routes)
            .configure(deadlines::routes)
            .configure(routes::routes)
            .configure(terms::routes)
            .configure(calendars::routes)
            .configure(municipalities::routes)
            .configure(topics::routes)
            .configure(organisations::routes)
            .configure(statistics::routes),
    );
}
