//! The moves of an incident, as forms send them: the same use cases as the API's.

use actix_web::web::ServiceConfig;
use actix_web::{HttpResponse, post};

use super::facts::address;
use super::sent::{act, chosen, end_of_day, filled, sent};
use crate::app::App;
use crate::desk::likeness;
use crate::desk::triage::{self, Correction};
use crate::desk::{Error, answering, incidents};
use crate::domain::message::Place;
use crate::domain::{Action, Id, Refusal};
use crate::http::auth::{May, right};
use crate::http::json::Path;
use crate::http::problem::Problem;
use crate::http::ui::form::Form;
use crate::http::ui::visitor::Visitor;
use crate::http::ui::{parts, shell};
use crate::store::Conn;

/// The routes of moves.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(assign)
        .service(pass)
        .service(take)
        .service(give_back)
        .service(defer)
        .service(close)
        .service(reopen)
        .service(dismiss)
        .service(merge)
        .service(unmerge)
        .service(unlike)
        .service(correct);
}

type Done = Result<HttpResponse, Problem>;

sent! {
    /// Nothing but which version was seen.
    Plain {}
}

sent! {
    /// Who becomes responsible; empty: as the rules propose.
    Assignment { organisation: String }
}

/// Makes an organisation responsible.
#[post("/incidents/{id}/assignments")]
async fn assign(app: App, visitor: Visitor, _may: May<right::Triage>, id: Path<Id>, form: Form<Assignment>) -> Done {
    let id = id.into_inner();
    let done =
        act(&app, &visitor, (id, Action::Assign), (form.0, &address(id, "assignments")), move |conn, desk, sent| {
            triage::assign(conn, desk, id, Some(sent.version), filled(&sent.organisation), None).map(drop)
        })
        .await?;
    app.take_to_heart().await;
    Ok(done)
}

sent! {
    /// To which department.
    Passing { executor: String }
}

/// Passes the incident on inside the organisation.
#[post("/incidents/{id}/passes")]
async fn pass(app: App, visitor: Visitor, _may: May<right::Coordinate>, id: Path<Id>, form: Form<Passing>) -> Done {
    let id = id.into_inner();
    let sent = (form.0, &*address(id, "passes"));
    act(&app, &visitor, (id, Action::Pass), sent, move |conn, desk, sent| {
        triage::pass(conn, desk, id, Some(sent.version), &sent.executor).map(drop)
    })
    .await
}

/// Begins to work on the incident.
#[post("/incidents/{id}/work")]
async fn take(app: App, visitor: Visitor, _may: May<right::Work>, id: Path<Id>, form: Form<Plain>) -> Done {
    let id = id.into_inner();
    let sent = (form.0, &*address(id, "work"));
    act(&app, &visitor, (id, Action::Take), sent, move |conn, desk, sent| {
        answering::take(conn, desk, id, Some(sent.version)).map(drop)
    })
    .await
}

sent! {
    /// A listed reason, and more of it in words.
    Reasoned { reason: String, note: String }
}

/// Gives the incident back as wrongly routed.
#[post("/incidents/{id}/returns")]
async fn give_back(
    app: App,
    visitor: Visitor,
    _may: May<right::Coordinate>,
    id: Path<Id>,
    form: Form<Reasoned>,
) -> Done {
    let id = id.into_inner();
    let sent = (form.0, &*address(id, "returns"));
    act(&app, &visitor, (id, Action::Return), sent, move |conn, desk, sent| {
        let reason = chosen(&sent.reason, "reason")?;
        triage::give_back(conn, desk, id, Some(sent.version), reason, sent.note.trim()).map(drop)
    })
    .await
}

sent! {
    /// Until which day, and why.
    Deferral { until: String, reason: String }
}

/// Puts the final answer off to the end of a day.
#[post("/incidents/{id}/deferrals")]
async fn defer(app: App, visitor: Visitor, _may: May<right::Coordinate>, id: Path<Id>, form: Form<Deferral>) -> Done {
    let id = id.into_inner();
    let sent = (form.0, &*address(id, "deferrals"));
    act(&app, &visitor, (id, Action::Defer), sent, move |conn, desk, sent| {
        let until = end_of_day(desk, &sent.until, "until")?;
        answering::defer(conn, desk, id, Some(sent.version), until, &sent.reason).map(drop)
    })
    .await
}

/// Closes an answered incident.
#[post("/incidents/{id}/closures")]
async fn close(app: App, visitor: Visitor, _may: May<right::Close>, id: Path<Id>, form: Form<Reasoned>) -> Done {
    let id = id.into_inner();
    let sent = (form.0, &*address(id, "closures"));
    act(&app, &visitor, (id, Action::Close), sent, move |conn, desk, sent| {
        let reason = chosen(&sent.reason, "reason")?;
        answering::close(conn, desk, id, Some(sent.version), reason, sent.note.trim()).map(drop)
    })
    .await
}

sent! {
    /// Why it is opened again.
    Reopening { reason: String }
}

/// Opens the incident again.
#[post("/incidents/{id}/reopenings")]
async fn reopen(app: App, visitor: Visitor, _may: May<right::Close>, id: Path<Id>, form: Form<Reopening>) -> Done {
    let id = id.into_inner();
    let sent = (form.0, &*address(id, "reopenings"));
    act(&app, &visitor, (id, Action::Reopen), sent, move |conn, desk, sent| {
        answering::reopen(conn, desk, id, Some(sent.version), &sent.reason).map(drop)
    })
    .await
}

/// Puts the incident aside as not a complaint.
#[post("/incidents/{id}/dismissals")]
async fn dismiss(app: App, visitor: Visitor, _may: May<right::Triage>, id: Path<Id>, form: Form<Reasoned>) -> Done {
    let id = id.into_inner();
    let sent = (form.0, &*address(id, "dismissals"));
    let done = act(&app, &visitor, (id, Action::Dismiss), sent, move |conn, desk, sent| {
        let reason = chosen(&sent.reason, "reason")?;
        triage::dismiss(conn, desk, id, Some(sent.version), reason, sent.note.trim()).map(drop)
    })
    .await?;
    app.take_to_heart().await;
    Ok(done)
}

sent! {
    /// Which incident goes on: its number, its id, or the address of its page.
    Merging { into: String }
}

/// Merges the incident into another one.
#[post("/incidents/{id}/merge")]
async fn merge(app: App, visitor: Visitor, _may: May<right::Merge>, id: Path<Id>, form: Form<Merging>) -> Done {
    let id = id.into_inner();
    let sent = (form.0, &*address(id, "merge"));
    act(&app, &visitor, (id, Action::Merge), sent, move |conn, desk, sent| {
        let into = named(conn, desk, &sent.into)?;
        triage::merge(conn, desk, id, Some(sent.version), into).map(drop)
    })
    .await
}

/// The incident that somebody names: by number, by id, or by the address of its page.
fn named(conn: &mut Conn, desk: &crate::desk::Desk, text: &str) -> Result<Id, Error> {
    let last = text.trim().trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let last = last.trim_start_matches(['№', ' ', '\u{a0}']);
    if let Ok(id) = last.parse() {
        return Ok(id);
    }
    let number = last.parse().map_err(|_| Refusal::invalid("/into", "must be the number of an incident"))?;
    Ok(incidents::by_number(conn, desk, number)?.id)
}

/// Parts a merged incident again.
#[post("/incidents/{id}/unmerge")]
async fn unmerge(app: App, visitor: Visitor, _may: May<right::Merge>, id: Path<Id>, form: Form<Plain>) -> Done {
    let id = id.into_inner();
    let sent = (form.0, &*address(id, "unmerge"));
    act(&app, &visitor, (id, Action::Unmerge), sent, move |conn, desk, sent| {
        triage::unmerge(conn, desk, id, Some(sent.version)).map(drop)
    })
    .await
}

/// Which other incident is not about the same.
#[derive(serde::Deserialize)]
struct Unlike {
    other: Id,
}

/// Says that two incidents are not about the same.
#[post("/incidents/{id}/unlike")]
async fn unlike(app: App, visitor: Visitor, _may: May<right::Merge>, id: Path<Id>, form: Form<Unlike>) -> Done {
    let (desk, id, other) = (visitor.caller.desk(&app), id.into_inner(), form.0.other);
    app.store().write(move |conn| likeness::dismiss(conn, &desk, id, other).map(drop)).await?;
    Ok(shell::done(&parts::address(id), "said-incident-unlike"))
}

sent! {
    /// What it is about and where.
    Corrected {
        topic: String,
        kind: String,
        severity: String,
        municipality: String,
        settlement: String,
        street: String,
        house: String,
        note: String,
    }
}

/// Corrects what the incident is about and where.
#[post("/incidents/{id}/corrections")]
async fn correct(app: App, visitor: Visitor, _may: May<right::Triage>, id: Path<Id>, form: Form<Corrected>) -> Done {
    let id = id.into_inner();
    let sent = (form.0, &*address(id, "corrections"));
    let done = act(&app, &visitor, (id, Action::Correct), sent, move |conn, desk, sent| {
        let before = incidents::get(conn, desk, id)?;
        triage::correct(conn, desk, id, Some(sent.version), correction(sent, &before)?).map(drop)
    })
    .await?;
    app.take_to_heart().await;
    Ok(done)
}

/// What of the form is another than it was: what was left as it was decides nothing.
fn correction(sent: &Corrected, before: &crate::store::records::Incident) -> Result<Correction, Error> {
    let other = |text: &str, was: Option<&str>| filled(text).filter(|text| Some(*text) != was).map(str::to_owned);
    let place = Place {
        municipality: other(&sent.municipality, Some(&before.municipality)),
        settlement: other(&sent.settlement, before.settlement.as_deref()),
        street: other(&sent.street, before.street.as_deref()),
        house: other(&sent.house, before.house.as_deref()),
        ..Place::default()
    };
    let kind = filled(&sent.kind).map(|kind| chosen(kind, "kind")).transpose()?;
    let severity = filled(&sent.severity).map(|severity| chosen(severity, "severity")).transpose()?;
    let note = Some(sent.note.trim().to_owned());
    Ok(Correction {
        topic: other(&sent.topic, before.topic.as_deref()),
        kind: kind.filter(|kind| *kind != before.kind),
        severity: severity.filter(|severity| *severity != before.severity),
        place: (place != Place::default()).then_some(place),
        note: note.filter(|note| note != before.note.as_deref().unwrap_or_default()),
    })
}
