//! The pages, each in a folder of its own.

mod account;
mod administration;
pub mod desk;
mod incident;
mod map;
mod official_pages;
mod search;
mod sign_in;
mod statistics;
mod work;

use actix_web::http::header;
use actix_web::web::ServiceConfig;
use actix_web::{HttpResponse, get};

use super::shell;
use super::visitor::Visitor;

/// The routes of all pages.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(begin)
        .configure(desk::routes)
        .configure(incident::routes)
        .configure(work::routes)
        .configure(map::routes)
        .configure(search::routes)
        .configure(sign_in::routes)
        .configure(statistics::routes)
        .configure(administration::routes)
        .configure(official_pages::routes)
        .configure(account::routes);
}

/// Leads everybody to where they begin.
#[get("/")]
async fn begin(visitor: Visitor) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, shell::first(&visitor.caller.actor()))).finish()
}
