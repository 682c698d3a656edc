//! The pages, each in a folder of its own.

pub mod sign_in;

use actix_web::web::ServiceConfig;

/// The routes of all pages.
pub fn routes(config: &mut ServiceConfig) {
    config.configure(sign_in::routes);
}
