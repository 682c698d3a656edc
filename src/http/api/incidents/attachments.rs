//! The files of an incident's messages: which there are, and what is in them.

use actix_web::http::header::{
    self, Charset, ContentDisposition, ContentEncoding, DispositionParam, DispositionType, ExtendedValue,
};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, get, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::history::All;
use super::views::shown;
use crate::app::App;
use crate::desk::{Desk, files};
use crate::domain::file::{FileState, MediaType};
use crate::domain::{At, Id};
use crate::http::api::ROOT;
use crate::http::api::responses::{Finds, Guarded, Makes, Reads};
use crate::http::auth::{May, right};
use crate::http::json::{BodyDigest, Path};
use crate::http::once::{Once, OnceHeader};
use crate::http::problem::Problem;
use crate::http::reply::Reply;
use crate::store::records::FileRow;

/// The routes of files.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list).service(content).service(fetch);
}

/// The longest name that a file is saved under, in characters.
const LONGEST_NAME: usize = 200;

/// A file of a message.
#[derive(Debug, Serialize, ToSchema)]
struct FileView {
    id: Id,
    /// The message that it came with.
    message: Id,
    /// What its network calls it.
    #[schema(example = "photo")]
    kind: String,
    name: Option<String>,
    state: FileState,
    /// Told from the content.
    #[schema(example = "image/jpeg")]
    media_type: Option<String>,
    /// In bytes.
    size: Option<i64>,
    /// Why it is not here.
    failure: Option<String>,
    /// When it stopped waiting.
    settled_at: Option<At>,
    /// The address of its content; absent unless it is here.
    #[schema(example = "/api/v1/incidents/0190…/attachments/0190…")]
    content: Option<String>,
}

impl FileView {
    fn of(file: FileRow, incident: Id, desk: &Desk) -> FileView {
        FileView {
            content: address(&file, incident),
            name: file.name.map(|name| shown(&name, desk)),
            id: file.id,
            message: file.message_id,
            kind: file.kind,
            state: file.state,
            media_type: file.media_type,
            size: file.size,
            failure: file.failure,
            settled_at: file.settled_at,
        }
    }
}

/// Where the content of a file is, if it is here.
pub(super) fn address(file: &FileRow, incident: Id) -> Option<String> {
    (file.state == FileState::Kept).then(|| format!("{ROOT}/incidents/{incident}/attachments/{}", file.id))
}

/// Which file of which incident.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct Which {
    /// The incident's id.
    id: Id,
    /// The file's id.
    file: Id,
}

/// Bytes.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
struct FileContent(#[allow(dead_code, reason = "stands in the description only")] Vec<u8>);

/// Lists the files of the incident's messages, and how far each is. Links and pages with videos are not among them.
#[utoipa::path(
    tag = "incidents",
    params(("id" = Id, Path, description = "The incident's id")),
    responses((status = 200, description = "The files", body = All<FileView>), Guarded, Finds),
)]
#[get("/incidents/{id}/attachments")]
async fn list(app: App, may: May<right::ReadIncidents>, id: Path<Id>) -> Result<Reply, Problem> {
    let (desk, id) = (may.desk(&app), id.into_inner());
    let circumstances = desk.clone();
    let found = app.store().read(move |conn| files::of_incident(conn, &desk, id)).await?;
    Ok(All::reply(found, |file| FileView::of(file, id, &circumstances)))
}

/// Shows what is in a file. It needs the right to see personal data: nothing in it can be masked.
#[utoipa::path(
    tag = "incidents",
    params(Which),
    responses(
        (status = 200, description = "The content, of the type that was found in it", body = FileContent, content_type = "*/*",
         headers(("ETag" = String, description = "Its hash"))),
        (status = 304, description = "The content is that of `If-None-Match`"),
        Guarded, Finds,
    ),
)]
#[get("/incidents/{id}/attachments/{file}")]
async fn content(
    app: App,
    may: May<right::ReadPersonalData>,
    which: Path<Which>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    sent(&app, &may, which.into_inner(), &request).await
}

/// What is in a file, for a program and for a page alike.
///
/// # Errors
/// 404 when it is not here.
pub async fn sent(
    app: &App,
    may: &May<right::ReadPersonalData>,
    which: Which,
    request: &HttpRequest,
) -> Result<HttpResponse, Problem> {
    let (desk, Which { id, file }) = (may.desk(app), which);
    let known = request.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let (file, bytes) = app
        .store()
        .read(move |conn| files::open(conn, &desk, id, file, |hash| known.is_some_and(|known| names(&known, hash))))
        .await?;
    let mut response = if bytes.is_some() { HttpResponse::Ok() } else { HttpResponse::NotModified() };
    let hash = file.sha256.as_deref().unwrap_or_default();
    response
        .insert_header((header::ETAG, format!("\"{hash}\"")))
        .insert_header((header::CACHE_CONTROL, "private, max-age=3600"));
    match bytes {
        Some(bytes) => Ok(describe(&mut response, &file).body(bytes)),
        None => Ok(response.finish()),
    }
}

/// Whether one of the tags in `If-None-Match` is that of a hash.
fn names(tags: &str, hash: &str) -> bool {
    let plain = |tag: &str| tag.trim().trim_start_matches("W/").trim_matches('"') == hash;
    tags.trim() == "*" || tags.split(',').any(plain)
}

/// Says what the content is, and that it may do nothing in a browser.
fn describe<'r>(response: &'r mut HttpResponseBuilder, file: &FileRow) -> &'r mut HttpResponseBuilder {
    let media_type = file.media_type.as_deref().and_then(MediaType::of);
    response
        .content_type(media_type.map_or("application/octet-stream", |media_type| media_type.name))
        .insert_header(disposition(file.name.as_deref(), media_type))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"))
        // It is compressed as it is.
        .insert_header(ContentEncoding::Identity)
}

/// Whether it is shown in place, and the name under which it is saved (RFC 6266).
fn disposition(name: Option<&str>, media_type: Option<MediaType>) -> ContentDisposition {
    let plain = format!("file.{}", media_type.map_or("bin", |media_type| media_type.extension));
    let given: String = name.unwrap_or_default().trim().chars().take(LONGEST_NAME).map(harmless).collect();
    let mut parameters = vec![DispositionParam::Filename(plain)];
    if !given.is_empty() {
        parameters.push(DispositionParam::FilenameExt(ExtendedValue {
            charset: Charset::Ext("UTF-8".to_owned()),
            language_tag: None,
            value: given.into_bytes(),
        }));
    }
    let inline = media_type.is_some_and(|media_type| media_type.inline);
    let disposition = if inline { DispositionType::Inline } else { DispositionType::Attachment };
    ContentDisposition { disposition, parameters }
}

/// What of a name could mean something to a file system, or to the eye only, is replaced.
fn harmless(c: char) -> char {
    let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if c.is_control() || turns || "/\\:*?\"<>|".contains(c) { '_' } else { c }
}

/// Orders a file that could not be had, or was refused, to be fetched again.
#[utoipa::path(
    tag = "incidents",
    params(Which, OnceHeader),
    responses((status = 200, description = "The file, which waits again", body = FileView), Guarded, Finds, Reads, Makes),
)]
#[post("/incidents/{id}/attachments/{file}/fetches")]
async fn fetch(app: App, may: May<right::ReadPersonalData>, which: Path<Which>, once: Once) -> Result<Reply, Problem> {
    let Which { id, file } = which.into_inner();
    once.run(&app, &may, BodyDigest::none(), move |conn, desk| {
        files::fetch_again(conn, desk, id, file).map(|file| Reply::ok(&FileView::of(file, id, desk)))
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_do_no_harm() {
        let said = |name, media_type| disposition(name, MediaType::of(media_type)).to_string();
        assert_eq!(said(None, "image/png"), "inline; filename=\"file.png\"");
        assert_eq!(
            said(Some("../а\"\n\u{202e}.docx"), "text/html"),
            "attachment; filename=\"file.bin\"; filename*=UTF-8''.._%D0%B0___.docx"
        );
    }

    #[test]
    fn tags_are_compared() {
        assert!(names("\"ab\"", "ab") && names("W/\"x\", \"ab\"", "ab") && names("*", "ab"));
        assert!(!names("\"abc\"", "ab") && !names("", "ab"));
    }
}
