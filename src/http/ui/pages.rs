//! The pages, each in a folder of its own.

mod account;
mod administration;
mod official_pages;
mod sign_in;
mod statistics;

use actix_web::http::header;
use actix_web::web::ServiceConfig;
use actix_web::{HttpResponse, get};

use super::shell;
use super::visitor::Visitor;

/// The routes of all pages.
pub fn routes(config: &mut ServiceConfig) {
    config.service(begin).configure(sign_in::routes).configure(statistics::routes);
    config.configure(administration::routes).configure(official_pages::routes).configure(account::routes);
}

/// Leads everybody to where they begin.
#[get("/")]
async fn begin(visitor: Visitor) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, shell::first(&visitor.caller.actor()))).finish()
}
