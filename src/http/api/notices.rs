//! One's own notices, and which of them come by letter.

use actix_web::{get, put};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::responses::{Asks, Guarded, Makes, Takes};
use crate::app::App;
use crate::desk::Error;
use crate::desk::notices::{self, NoticeSettings};
use crate::domain::notice::{NoticeKind, NoticeState};
use crate::domain::sla::ClockKind;
use crate::domain::{At, Id};
use crate::http::auth::Caller;
use crate::http::json::Json;
use crate::http::paging::{Page, Paging, PagingParameters};
use crate::http::problem::Problem;
use crate::http::reply::Reply;
use crate::store::Conn;
use crate::store::records::Notice;

/// The routes of this file.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list).service(chosen).service(choose);
}

/// Something that a member of staff should hear of.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Notice)]
struct NoticeView {
    id: Id,
    kind: NoticeKind,
    incident: Id,
    /// The incident's number.
    number: i64,
    clock: ClockKind,
    /// Which round of the clock.
    cycle: i32,
    /// Which of the clock's steps it is: a first warning, a second.
    step: i32,
    /// The due time that it is about.
    due_at: At,
    state: NoticeState,
    created_at: At,
    /// Not sent before: the end of the quiet hours it was made in.
    send_after: At,
    /// When it stopped waiting.
    settled_at: Option<At>,
    /// Why it could not be sent.
    failure: Option<String>,
}

impl From<Notice> for NoticeView {
    fn from(notice: Notice) -> NoticeView {
        NoticeView {
            id: notice.id,
            kind: notice.kind,
            incident: notice.incident_id,
            number: notice.number,
            clock: notice.clock,
            cycle: notice.cycle,
            step: notice.step,
            due_at: notice.due_at,
            state: notice.state,
            created_at: notice.created_at,
            send_after: notice.send_after,
            settled_at: notice.settled_at,
            failure: notice.failure,
        }
    }
}

/// Which kinds to turn off.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Off {
    /// These kinds come by letter no more; all others do.
    off: Vec<NoticeKind>,
}

/// List one's own notices.
///
/// The newest first: what the caller should hear of, whether it was sent by letter or not.
#[utoipa::path(
    tag = "notices",
    params(PagingParameters),
    responses((status = 200, description = "A page of notices", body = Page<NoticeView>), Guarded, Asks),
)]
#[get("/notices")]
async fn list(app: App, who: Caller, paging: Paging) -> Result<Page<NoticeView>, Problem> {
    let (desk, before, reach, counted) = (who.desk(&app), paging.after::<Id>()?, paging.reach(), paging.wants_total());
    let read = move |conn: &mut Conn| -> Result<_, Error> {
        let total = counted.then(|| notices::count_mine(conn, &desk)).transpose()?;
        Ok((notices::mine(conn, &desk, before, reach)?, total))
    };
    let (own, total) = app.store().read(read).await?;
    Ok(paging.page(own, total, |notice| notice.id).map(NoticeView::from))
}

/// Which notices come by letter.
#[utoipa::path(
    tag = "notices",
    responses((status = 200, description = "The caller's settings", body = NoticeSettings), Guarded),
)]
#[get("/me/notices")]
async fn chosen(app: App, who: Caller) -> Result<Reply, Problem> {
    let desk = who.desk(&app);
    let settings = app.store().read(move |conn| notices::settings(conn, &desk)).await?;
    Ok(Reply::ok(&settings))
}

/// Turn kinds of letters off and on.
///
/// What is turned off is not sent from now on, also if it waits already.
#[utoipa::path(
    tag = "notices",
    responses((status = 200, description = "The settings from now on", body = NoticeSettings), Guarded, Takes, Makes),
)]
#[put("/me/notices")]
async fn choose(app: App, who: Caller, body: Json<Off>) -> Result<Reply, Problem> {
    let (desk, off) = (who.desk(&app), body.into_inner().off);
    let settings = app.store().write(move |conn| notices::set_off(conn, &desk, off)).await?;
    Ok(Reply::ok(&settings))
}
