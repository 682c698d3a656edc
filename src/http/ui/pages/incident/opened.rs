//! Opening what is masked, on record; and who did.

use actix_web::web::ServiceConfig;
use actix_web::{HttpResponse, post};
use maud::{Markup, html};
use serde::Deserialize;

use super::whole::{self, Whole};
use super::{Look, page};
use crate::app::App;
use crate::desk::disclosures;
use crate::domain::text::mask_personal;
use crate::domain::{Id, Permission};
use crate::http::api::incidents::views::{IncidentView, MessageView};
use crate::http::auth::{May, right};
use crate::http::json::Path;
use crate::http::problem::Problem;
use crate::http::ui::form::Form;
use crate::http::ui::parts;
use crate::http::ui::visitor::Visitor;
use crate::http::ui::words::Words;

/// The route of openings.
pub fn routes(config: &mut ServiceConfig) {
    config.service(open);
}

/// Why it is opened.
#[derive(Deserialize)]
struct Opening {
    reason: String,
}

/// Opens what residents wrote, and shows the page with it: this once, for looking again is opening again.
#[post("/incidents/{id}/disclosures")]
async fn open(
    app: App,
    visitor: Visitor,
    _may: May<right::ReadPersonalData>,
    id: Path<Id>,
    form: Form<Opening>,
) -> Result<HttpResponse, Problem> {
    let (desk, id, reason) = (visitor.caller.desk(&app), id.into_inner(), form.0.reason);
    let circumstances = desk.clone();
    let opened = app.store().write(move |conn| disclosures::open(conn, &circumstances, id, Some(reason))).await?;
    let whole = whole::read(&app, &visitor, id, 0).await?;
    let messages = opened.messages.into_iter();
    let whole = Whole {
        view: IncidentView::opened(&opened.incident, &desk),
        messages: messages.map(|(message, earlier)| MessageView::opened(message, earlier, &desk)).collect(),
        opened: true,
        ..whole
    };
    Ok(page(&visitor, &whole, &Look::default()))
}

/// Who opened personal data of this incident, when and why.
pub fn on_record(words: Words, whole: &Whole) -> Markup {
    html! {
        @if whole.desk.actor.may(Permission::ReadDisclosures) {
            section aria-labelledby="openings" {
                h2 #openings { (words.say("incident-openings")) }
                @if whole.openings.is_empty() { p .quiet { (words.say("incident-openings-none")) } }
                @else {
                    ul {
                        @for (row, login, _) in &whole.openings {
                            li {
                                (parts::moment(words, &whole.desk, row.at)) " · " (login)
                                @if let Some(reason) = &row.reason { ": " (mask_personal(reason)) }
                            }
                        }
                    }
                }
            }
        }
    }
}
