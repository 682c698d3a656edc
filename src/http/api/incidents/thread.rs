//! The talk around an incident, as the resident saw it.

use std::collections::HashMap;

use actix_web::get;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::attachments;
use super::views::{address, sees_persons, shown};
use crate::app::App;
use crate::desk::threads::{self, Entry, Thread};
use crate::desk::{Desk, Error};
use crate::domain::message::Attachment;
use crate::domain::text::mask_personal;
use crate::domain::thread::Who;
use crate::domain::{At, Id};
use crate::http::api::responses::{Finds, Guarded};
use crate::http::auth::{May, right};
use crate::http::json::Path;
use crate::http::problem::Problem;
use crate::http::reply::Reply;
use crate::store::StoreError;

/// The route of the thread.
pub fn routes(config: &mut ServiceConfig) {
    config.service(talk);
}

/// A talk.
#[derive(Debug, Serialize, ToSchema)]
pub struct ThreadView {
    /// The post, then what is said under it by time. At most 500: the incident's own messages, what they reply to, the rest of their
    /// branch, then what was said about the same time.
    pub items: Vec<EntryView>,
    /// Whether there is more than is shown.
    pub more: bool,
}

/// One word of a talk.
#[derive(Debug, Serialize, ToSchema)]
pub struct EntryView {
    /// Its identity in the network.
    pub id: String,
    /// What it replies to, or the post that it stands under; absent for the post itself and for the first word of a private talk. It
    /// may be one that is not shown.
    pub parent: Option<String>,
    pub who: Who,
    /// Whose word it is; of residents absent without the right to see personal data.
    pub author: Option<String>,
    /// Whether it is one of this incident's messages.
    pub of_incident: bool,
    /// The message, if it is one of a resident.
    pub message: Option<Id>,
    /// What it says now; personal data is masked, in the page's own words for those without the right to see it.
    pub text: String,
    pub attachments: Vec<SaidAttachment>,
    pub url: Option<String>,
    pub published_at: At,
    /// Whether it said something else before.
    pub edited: bool,
    /// Whether it was taken away.
    pub deleted: bool,
}

/// Something that came with a word.
#[derive(Debug, Serialize, ToSchema)]
pub struct SaidAttachment {
    pub kind: String,
    pub name: Option<String>,
    /// Where it is in the network; absent where only the page can open it, and without the right to see personal data.
    pub url: Option<String>,
    /// The address of its content here; absent unless it is kept, and for what others than this incident's messages brought.
    pub content: Option<String>,
}

/// Shows the talk around the incident as the resident saw it: the post, what stands above, beside and below, and what was answered.
#[utoipa::path(
    tag = "incidents",
    params(("id" = Id, Path, description = "The incident's id")),
    responses((status = 200, description = "The talk", body = ThreadView), Guarded, Finds),
)]
#[get("/incidents/{id}/thread")]
async fn talk(app: App, may: May<right::ReadIncidents>, id: Path<Id>) -> Result<Reply, Problem> {
    let (desk, id) = (may.desk(&app), id.into_inner());
    let circumstances = desk.clone();
    let found = app.store().read(move |conn| threads::of(conn, &desk, id)).await?;
    Ok(Reply::ok(&view(found, id, &circumstances)?))
}

/// A talk as the actor may see it.
///
/// # Errors
/// [`Error::Store`].
pub fn view(found: Thread, incident: Id, desk: &Desk) -> Result<ThreadView, Error> {
    let files = found.files.iter().filter_map(|file| {
        let content = attachments::address(file, incident)?;
        Some(((file.message_id, file.url.as_str()), content))
    });
    let files: HashMap<(Id, &str), String> = files.collect();
    let items = found.entries.into_iter().map(|entry| entry_view(entry, &files, desk)).collect::<Result<_, _>>()?;
    Ok(ThreadView { items, more: found.more })
}

fn entry_view(entry: Entry, files: &HashMap<(Id, &str), String>, desk: &Desk) -> Result<EntryView, Error> {
    let told: Vec<Attachment> = entry.attachments.to().map_err(StoreError::unreadable)?;
    let attachment = |told: Attachment| SaidAttachment {
        content: entry.message.and_then(|message| files.get(&(message, told.url.as_str())).cloned()),
        kind: told.kind,
        name: told.name.map(|name| shown(&name, desk)),
        url: Some(told.url).filter(|url| url.starts_with("http") && sees_persons(desk)),
    };
    Ok(EntryView {
        attachments: told.into_iter().map(attachment).collect(),
        id: entry.id,
        parent: entry.parent,
        who: entry.who,
        author: entry.name.filter(|_| entry.who == Who::Page || sees_persons(desk)),
        of_incident: entry.of_incident,
        message: entry.message,
        text: if entry.who == Who::Page { shown(&entry.text, desk) } else { mask_personal(&entry.text) },
        url: address(entry.url, desk),
        published_at: entry.published_at,
        edited: entry.edited,
        deleted: entry.deleted,
    })
}
