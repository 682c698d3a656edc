//! One decision about all that fit the filter: counted and sampled first, followed while it is carried out, taken back as a whole.

use actix_web::http::header;
use actix_web::web::ServiceConfig;
use actix_web::{HttpResponse, get, post};
use maud::{Markup, html};
use serde::Deserialize;

use super::choices;
use super::decide::Fields;
use super::queue::Asked;
use crate::app::App;
use crate::desk::decisions::{self, MOST};
use crate::desk::{Desk, Error};
use crate::domain::decision::{BatchState, Decision};
use crate::domain::{CloseReason, Id};
use crate::http::api::incidents::views::IncidentView;
use crate::http::auth::{May, right};
use crate::http::json::Path;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::ui::form::Form;
use crate::http::ui::visitor::Visitor;
use crate::http::ui::{parts, shell};
use crate::store::Conn;
use crate::store::records::{BatchRow, DecisionRow};

/// How many of those that fit are shown before.
const SAMPLE: i64 = 10;

/// How many refusals are shown.
const REFUSALS: i64 = 100;

/// The routes of bulk decisions.
pub fn routes(config: &mut ServiceConfig) {
    config.service(ask).service(order).service(show).service(undo);
}

/// Counts what fits, shows the first of them, and asks what is to be decided.
#[get("/desk/bulk")]
async fn ask(
    app: App,
    may: May<right::Triage>,
    visitor: Visitor,
    asked: Query<Asked>,
) -> Result<HttpResponse, Problem> {
    let (words, desk, asked, me) = (visitor.words, may.desk(&app), asked.into_inner(), may.id());
    let (filter, read) = (asked.filter(&app)?, desk.clone());
    let look = move |conn: &mut Conn| -> Result<_, Error> {
        Ok((decisions::sample(conn, &read, &filter, SAMPLE)?, decisions::mine(conn, me, 5)?))
    };
    let ((count, sample), batches) = app.store().read(look).await?;
    let title = words.say("desk-bulk");
    let doc = desk.policy.doc();
    let form = |action: &str, inside: Markup| {
        html! {
            form method="post" action=(format!("/desk/bulk?{}", asked.query())) {
                (shell::proof(&visitor))
                input type="hidden" name="action" value=(action);
                input type="hidden" name="counted" value=(count);
                (inside)
            }
        }
    };
    let body = html! {
        main #content .bulk tabindex="-1" {
            h1 { (title) }
            p #count { (words.with("desk-bulk-count", [("count", count.into())])) }
            @if count > MOST { p role="alert" { (words.with("desk-bulk-too-many", [("most", MOST.into())])) } }
            @if !sample.is_empty() {
                h2 { (words.say("desk-bulk-sample")) }
                ul .others {
                    @for incident in &sample {
                        li {
                            a href=(parts::address(incident.id)) { "№" (incident.number) } " "
                            (parts::beginning(&IncidentView::of(incident, &desk).text, 110)) " "
                            (parts::due(words, &desk, incident))
                        }
                    }
                }
            }
            @if count > 0 && count <= MOST {
                h2 { (words.say("desk-bulk-what")) }
                div .ways {
                    (form("assign", html! { button { (words.say("desk-bulk-assign-by-rules")) } }))
                    (form("assign", html! {
                        label { span { (words.say("desk-organisation")) }
                            select name="organisation" required { option value="" { "—" } (parts::options(doc.organisations.iter().map(|one| (one.id.as_str(), one.title.clone())), None)) } }
                        button { (words.say("desk-assign")) }
                    }))
                    (form("correct", html! {
                        label { span { (words.say("desk-topic")) }
                            select name="topic" required { option value="" { "—" } (parts::options(doc.topics.iter().map(|one| (one.id.as_str(), one.title.clone())), None)) } }
                        button { (words.say("desk-correct")) }
                    }))
                    (form("dismiss", html! {
                        label { span { (words.say("desk-not-a-complaint")) }
                            select name="reason" required { option value="" { "—" }
                                (parts::options(CloseReason::NOT_A_COMPLAINT.iter().map(|one| (one.as_str(), words.named("close-reason", one.as_str()).into_owned())), None)) } }
                        button { (words.say("desk-dismiss")) }
                    }))
                }
            }
            @if !batches.is_empty() {
                h2 { (words.say("desk-batches")) }
                ul { @for batch in &batches { li { a href=(format!("/desk/batches/{}", batch.id)) { (line(&visitor, &desk, batch)) } } } }
            }
            p { a href=(asked.address("")) { (words.say("desk-back")) } }
        }
    };
    Ok(shell::page(&visitor, super::ADDRESS, &title, &body))
}

fn line(visitor: &Visitor, desk: &Desk, batch: &BatchRow) -> String {
    let decision = batch.decision.to::<Decision>().map(|decision| choices::said(visitor.words, desk, &decision));
    let state = visitor.words.named("batch-state", batch.state.as_str());
    format!("{} · {} · {state}", decision.unwrap_or_default(), batch.total)
}

/// A decision, and how many it was to be about.
#[derive(Deserialize)]
struct Ordered {
    counted: i64,
    #[serde(flatten)]
    fields: Fields,
}

/// Orders it.
#[post("/desk/bulk")]
async fn order(
    app: App,
    may: May<right::Triage>,
    asked: Query<Asked>,
    form: Form<Ordered>,
) -> Result<HttpResponse, Problem> {
    let (desk, me, wall, asked) = (may.desk(&app), may.id(), app.wall(), asked.into_inner());
    let (filter, query) = (asked.filter(&app)?, asked.query());
    let Form(Ordered { counted, fields }) = form;
    let decision = fields.decision()?;
    let work = move |conn: &mut Conn| -> Result<BatchRow, Error> {
        let batch = decisions::order(conn, &desk, me, wall, &filter, query, &decision)?;
        if batch.total == counted {
            Ok(batch)
        } else {
            Err(Error::Conflict("others fit the filter by now; count again"))
        }
    };
    let batch = app.store().write(work).await?;
    Ok(shell::done(&format!("/desk/batches/{}", batch.id), "said-batch-ordered"))
}

/// How far it is, and what became of it.
#[get("/desk/batches/{id}")]
async fn show(app: App, may: May<right::Triage>, visitor: Visitor, id: Path<Id>) -> Result<HttpResponse, Problem> {
    let (words, desk, me, id) = (visitor.words, may.desk(&app), may.id(), id.into_inner());
    let look = move |conn: &mut Conn| -> Result<(BatchRow, Vec<DecisionRow>), Error> {
        let batch = decisions::batch(conn, me, id)?;
        Ok((batch, decisions::refusals(conn, id, REFUSALS)?))
    };
    let (batch, refusals) = app.store().read(look).await?;
    let is_under_way = matches!(batch.state, BatchState::Running | BatchState::Undoing);
    let settled =
        if batch.state == BatchState::Running { batch.done + batch.refused } else { batch.undone + batch.refused };
    let can_undo = batch.state == BatchState::Done
        && batch.ordered_at.plus_seconds(crate::desk::decisions::BATCH_UNDOABLE) > app.wall();
    let title = words.say("desk-batch");
    let body = html! {
        main #content .bulk tabindex="-1" {
            h1 { (title) }
            p { (line(&visitor, &desk, &batch)) }
            label {
                span #progress { (words.with("desk-batch-progress", [("settled", settled.into()), ("total", batch.total.into())])) }
                progress max=(batch.total) value=(if is_under_way { settled } else { batch.total }) {}
            }
            dl .facts {
                dt { (words.say("desk-batch-done")) } dd #done { (parts::number(batch.done - batch.undone)) }
                dt { (words.say("desk-batch-refused")) } dd #refused { (parts::number(batch.refused)) }
                dt { (words.say("desk-batch-undone")) } dd #undone { (parts::number(batch.undone)) }
            }
            @if can_undo {
                form method="post" action=(format!("/desk/batches/{}/undo", batch.id)) {
                    (shell::proof(&visitor))
                    button .second { (words.say("desk-batch-undo")) }
                }
            }
            @if !refusals.is_empty() {
                h2 { (words.say("desk-batch-refusals")) }
                ul { @for one in &refusals { li { a href=(parts::address(one.incident_id)) { (one.incident_id) } ": " (parts::rule(words, one.why.as_deref().unwrap_or_default())) } } }
            }
            p { a href=(format!("/desk?{}", batch.filter)) { (words.say("desk-back")) } }
        }
    };
    let mut response = shell::page(&visitor, super::ADDRESS, &title, &body);
    if is_under_way {
        response.headers_mut().insert(header::REFRESH, header::HeaderValue::from_static("2"));
    }
    Ok(response)
}

/// Takes it back as a whole.
#[post("/desk/batches/{id}/undo")]
async fn undo(
    app: App,
    may: May<right::Triage>,
    id: Path<Id>,
    _form: Form<super::cards::Nothing>,
) -> Result<HttpResponse, Problem> {
    let (desk, me, wall, id) = (may.desk(&app), may.id(), app.wall(), id.into_inner());
    app.store().write(move |conn| decisions::undo_batch(conn, &desk, me, wall, id)).await?;
    Ok(shell::done(&format!("/desk/batches/{id}"), "said-batch-undoing"))
}
