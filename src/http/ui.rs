//! The pages for the browser: the same use cases as the API's, drawn by the server.
//!
//! Every page works without scripts; what scripts add is comfort. A page is a folder of [`pages`]: what draws it, its words in both
//! languages, its style and script. Around it are [`shell`] (what all pages share), [`visitor`] (who looks, in which language), [`form`]
//! (what was sent, proved to come from a page of ours), [`trouble`] (refusals as pages) and [`assets`].

mod assets;
mod chart;
mod fields;
mod form;
pub mod live;
mod pages;
mod parts;
mod rules;
mod shell;
pub mod trouble;
mod upload;
pub mod visitor;
mod words;

use actix_web::web::ServiceConfig;

/// The pages, and what they are made of.
pub fn routes(config: &mut ServiceConfig) {
    config.configure(assets::routes).configure(live::routes).configure(pages::routes);
}
