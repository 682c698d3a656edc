//! A table of pages, as a file.

use std::io::Write as _;

use actix_web::http::{StatusCode, header};
use actix_web::web::{self, Bytes, Payload};
use actix_web::{HttpRequest, post};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::super::export::XLSX;
use super::super::responses::{Guarded, Makes, Takes};
use crate::app::App;
use crate::app::networks::Known;
use crate::desk::pages::{self, Entries, ReadError, Report};
use crate::http::auth::{May, right};
use crate::http::json::{self, BodyDigest};
use crate::http::once::{Once, OnceHeader};
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::reply::Reply;
use crate::table::{FileKind, Rows};

/// The largest table, in bytes.
const LARGEST: usize = 8 << 20;

/// The routes of this file.
pub fn routes(config: &mut ServiceConfig) {
    config.service(import);
}

/// A file.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
struct Content(#[allow(dead_code, reason = "stands in the description only")] Vec<u8>);

/// How to take a table.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
struct Taking {
    /// Only tell what would be.
    #[param(default = false)]
    dry_run: bool,
}

/// Register many official pages from a table.
///
/// The table is CSV in UTF-8, divided by commas, semicolons or tabs, or an XLSX workbook, of up to 5,000 rows and 8 MiB. Its header has
/// the columns `network`, `organisation` (an id, a title or another name of the policy), `title` and `account`, and perhaps `url`,
/// `listening` and `key.NAME`, as `key.token`; Russian headers are understood as well: «Сеть», «Организация», «Название»,
/// «Идентификатор», «Адрес», «Приём», «Токен», «Секрет». Pages that are known by network and account are changed; an empty cell
/// changes nothing. Those whose rows have keys are connected by a worker, one after another.
///
/// If any row is faulty, nothing is taken (422), and every fault is named by `/rows/NUMBER/COLUMN`. A dry run tells them as `faults`.
#[utoipa::path(
    tag = "pages",
    params(Taking, OnceHeader),
    request_body(content((Content = "text/csv"), (Content = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
    responses((status = 200, description = "Taken, or told what would be", body = Report), Guarded, Takes, Makes),
)]
#[post("/pages/import")]
async fn import(
    request: HttpRequest,
    app: App,
    who: May<right::ManagePages>,
    taking: Query<Taking>,
    once: Once,
    payload: Payload,
) -> Result<Reply, Problem> {
    let (dry, kind) = (taking.into_inner().dry_run, kind(&request)?);
    pages::need_city(&who.desk(&app))?;
    let body = json::collect(&request, payload.into_inner(), LARGEST).await?;
    let (digest, seal) = (BodyDigest::of(&body), app.seal().clone());
    let read = web::block(move || read(kind, &body)).await.map_err(|_| Problem::internal())?;
    let entries = read.map_err(|error| match error {
        ReadError::TooLong => Problem::invalid("", error.to_string()),
        ReadError::Table(_) => Problem::malformed(error.to_string()),
    })?;
    if dry {
        let desk = who.desk(&app);
        let import = move |conn: &mut _| pages::import(conn, &desk, &seal, &Known, &entries, true);
        return Ok(Reply::ok(&app.store().read(import).await?));
    }
    let import =
        move |conn: &mut _, desk: &_| Ok(Reply::ok(&pages::import(conn, desk, &seal, &Known, &entries, false)?));
    let reply = once.run(&app, &who, digest, import).await;
    app.forget_pages();
    reply
}

/// What kind of file is sent.
fn kind(request: &HttpRequest) -> Result<FileKind, Problem> {
    let text = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    let essence = text(header::CONTENT_TYPE).and_then(|value| value.split(';').next()).map(str::trim);
    let plain = text(header::CONTENT_ENCODING).is_none_or(|coding| coding.trim().eq_ignore_ascii_case("identity"));
    match essence.map(str::to_ascii_lowercase).as_deref() {
        Some("text/csv") if plain => Ok(FileKind::Csv),
        Some(XLSX) if plain => Ok(FileKind::Xlsx),
        _ => Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "Not a type we read",
            format!("the body must be text/csv or {XLSX}"),
        )),
    }
}

/// Reads a table. Blocks.
pub(in crate::http) fn read(kind: FileKind, body: &Bytes) -> Result<Entries, ReadError> {
    let spooled = tempfile::tempfile().and_then(|mut file| {
        file.write_all(body)?;
        Ok(file)
    });
    let file = spooled.map_err(crate::table::ReadError::Io)?;
    pages::read(Rows::of(kind, file)?)
}
