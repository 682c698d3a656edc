//! Styles and scripts, compiled in. Their addresses change with their content, so browsers may keep them for ever.

use std::sync::LazyLock;

use actix_web::http::header;
use actix_web::web::ServiceConfig;
use actix_web::{HttpResponse, get};
use sha2::{Digest as _, Sha256};

use crate::domain::event::hex;
use crate::http::json::Path;
use crate::http::problem::Problem;

/// A file that pages are made of.
pub struct Asset {
    name: &'static str,
    media_type: &'static str,
    parts: &'static [&'static str],
    whole: LazyLock<Whole>,
}

struct Whole {
    address: String,
    content: String,
}

impl Asset {
    /// Where browsers get it.
    pub fn address(&self) -> &str {
        &self.whole.address
    }
}

fn whole(name: &str, parts: &[&str]) -> Whole {
    let content = parts.concat();
    let digest = hex(&Sha256::digest(content.as_bytes())[..8]);
    Whole { address: format!("/assets/{digest}/{name}"), content }
}

macro_rules! asset {
    ($asset:ident, $name:literal, $media_type:literal, $parts:expr) => {
        pub static $asset: Asset = Asset {
            name: $name,
            media_type: $media_type,
            parts: $parts,
            whole: LazyLock::new(|| whole($asset.name, $asset.parts)),
        };
    };
}

asset!(
    STYLE,
    "otklik.css",
    "text/css; charset=utf-8",
    &[
        include_str!("assets/base.css"),
        include_str!("parts.css"),
        include_str!("pages/incident/page.css"),
        include_str!("pages/map/page.css"),
        include_str!("pages/search/page.css"),
        include_str!("pages/sign_in/page.css"),
        include_str!("pages/desk/page.css"),
        include_str!("pages/statistics/page.css"),
        include_str!("pages/administration/page.css"),
        include_str!("pages/official_pages/page.css"),
        include_str!("pages/account/page.css"),
    ]
);
asset!(
    DESK,
    "desk.js",
    "text/javascript; charset=utf-8",
    &[
        include_str!("pages/desk/outbox.js"),
        include_str!("pages/desk/live.js"),
        include_str!("pages/desk/keys.js"),
        include_str!("pages/desk/page.js")
    ]
);
asset!(SCRIPT, "otklik.js", "text/javascript; charset=utf-8", &[include_str!("assets/otklik.js")]);

asset!(ACCOUNT, "account.js", "text/javascript; charset=utf-8", &[include_str!("pages/account/page.js")]);

/// Every file that is served.
static ALL: &[&Asset] = &[&STYLE, &SCRIPT, &DESK, &ACCOUNT];

/// The route of assets.
pub fn routes(config: &mut ServiceConfig) {
    config.service(asset);
}

#[get("/assets/{digest}/{name}")]
async fn asset(which: Path<(String, String)>) -> Result<HttpResponse, Problem> {
    let (digest, name) = which.into_inner();
    let address = format!("/assets/{digest}/{name}");
    let found = ALL.iter().find(|asset| asset.address() == address);
    let found = found.ok_or_else(|| Problem::not_found("file"))?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .content_type(found.media_type)
        .body(found.whole.content.as_str()))
}
