//! Answers, as forms send them: drafted, handed in, decided about, reported.

use actix_web::web::ServiceConfig;
use actix_web::{HttpResponse, post};
use serde::Deserialize;

use super::answers::MEANT;
use super::facts::address;
use super::sent::{act, chosen, filled, moment, sent};
use crate::app::App;
use crate::desk::answering::{self, Draft, Outside};
use crate::desk::{Desk, Error};
use crate::domain::answer::ConcernCode;
use crate::domain::{Action, AnswerKind, Id, Outcome, Refusal};
use crate::http::auth::{May, right};
use crate::http::json::Path;
use crate::http::problem::Problem;
use crate::http::ui::form::Form;
use crate::http::ui::visitor::Visitor;
use crate::http::ui::{parts, shell};
use crate::store::Conn;

/// The routes of answers.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(draft)
        .service(submit)
        .service(approve)
        .service(rework)
        .service(deliver)
        .service(fail)
        .service(retry)
        .service(retry_posting)
        .service(outside);
}

type Done = Result<HttpResponse, Problem>;

/// Which answer of which incident.
#[derive(Debug, Clone, Copy, Deserialize)]
struct Which {
    id: Id,
    n: i32,
}

impl Which {
    fn address(self, what: &str) -> String {
        address(self.id, &format!("answers/{}/{what}", self.n))
    }
}

sent! {
    /// Nothing but which version was seen.
    Plain {}
}

sent! {
    /// An answer, where it goes, and whether it is handed in at once.
    Drafted { text: String, meant: String, via: String, then: String }
}

/// Drafts an answer, and hands it in if that is wanted: both, or neither.
#[post("/incidents/{id}/answers")]
async fn draft(app: App, visitor: Visitor, _may: May<right::Work>, id: Path<Id>, form: Form<Drafted>) -> Done {
    let id = id.into_inner();
    let action = if form.0.then == "submit" { Action::Submit } else { Action::Draft };
    let sent = (form.0, &*address(id, "answers"));
    act(&app, &visitor, (id, action), sent, move |conn, desk, sent| {
        let (kind, outcome) = meaning(&sent.meant)?;
        let via = filled(&sent.via).map(|via| chosen(via, "via")).transpose()?;
        // A browser ends lines with two characters where a person pressed one key.
        let draft = Draft { kind, outcome, text: sent.text.replace("\r\n", "\n"), via };
        let (_, answer) = answering::draft(conn, desk, id, Some(sent.version), draft)?;
        if action == Action::Submit {
            answering::submit(conn, desk, id, None, answer.n)?;
        }
        Ok(())
    })
    .await
}

fn meaning(word: &str) -> Result<(AnswerKind, Option<Outcome>), Error> {
    let found = MEANT.iter().find(|(known, ..)| *known == word);
    found
        .map(|(_, kind, outcome)| (*kind, *outcome))
        .ok_or_else(|| Refusal::invalid("/meant", "must be resolved, explained, not_resolved or intermediate").into())
}

/// Hands the draft to the approver.
#[post("/incidents/{id}/answers/{n}/submission")]
async fn submit(app: App, visitor: Visitor, _may: May<right::Work>, which: Path<Which>, form: Form<Plain>) -> Done {
    let which = which.into_inner();
    let sent = (form.0, &*which.address("submission"));
    act(&app, &visitor, (which.id, Action::Submit), sent, move |conn, desk, sent| {
        answering::submit(conn, desk, which.id, Some(sent.version), which.n).map(drop)
    })
    .await
}

sent! {
    /// What it is approved despite.
    Approval { missing_date: String, third_person: String }
}

/// Approves the answer.
#[post("/incidents/{id}/answers/{n}/approval")]
async fn approve(
    app: App,
    visitor: Visitor,
    _may: May<right::Approve>,
    which: Path<Which>,
    form: Form<Approval>,
) -> Done {
    let which = which.into_inner();
    let sent = (form.0, &*which.address("approval"));
    act(&app, &visitor, (which.id, Action::Approve), sent, move |conn, desk, sent| {
        let named = [(&sent.missing_date, ConcernCode::MissingDate), (&sent.third_person, ConcernCode::ThirdPerson)];
        let despite: Vec<_> = named.into_iter().filter(|(said, _)| !said.is_empty()).map(|(_, code)| code).collect();
        answering::approve(conn, desk, which.id, Some(sent.version), which.n, &despite).map(drop)
    })
    .await
}

sent! {
    /// Why it is sent back.
    Rework { reason: String, text: String }
}

/// Sends the answer back for rework.
#[post("/incidents/{id}/answers/{n}/rework")]
async fn rework(app: App, visitor: Visitor, _may: May<right::Approve>, which: Path<Which>, form: Form<Rework>) -> Done {
    let which = which.into_inner();
    let sent = (form.0, &*which.address("rework"));
    act(&app, &visitor, (which.id, Action::Rework), sent, move |conn, desk, sent| {
        let reason = chosen(&sent.reason, "reason")?;
        answering::rework(conn, desk, which.id, Some(sent.version), which.n, reason, &sent.text).map(drop)
    })
    .await
}

/// Reports what happened in the network, which no version of ours can be against.
async fn report<F>(app: &App, visitor: &Visitor, id: Id, work: F) -> Done
where
    F: FnOnce(&mut Conn, &Desk) -> Result<(), Error> + Send + 'static,
{
    let desk = visitor.caller.desk(app);
    app.store().write(move |conn| work(conn, &desk)).await?;
    Ok(shell::done(&format!("{}#answer", parts::address(id)), "said-incident-noted"))
}

/// Where the answer stands.
#[derive(Deserialize)]
struct Delivery {
    #[serde(default)]
    permalink: String,
}

/// Reports that an approved answer stands where the question was asked.
#[post("/incidents/{id}/answers/{n}/delivery")]
async fn deliver(
    app: App,
    visitor: Visitor,
    _may: May<right::ReportDelivery>,
    which: Path<Which>,
    form: Form<Delivery>,
) -> Done {
    let (Which { id, n }, link) = (which.into_inner(), filled(&form.0.permalink).map(str::to_owned));
    report(&app, &visitor, id, move |conn, desk| answering::delivered(conn, desk, id, n, link).map(drop)).await
}

/// Why it could not be delivered.
#[derive(Deserialize)]
struct Failure {
    why: String,
}

/// Reports that an approved answer cannot be delivered.
#[post("/incidents/{id}/answers/{n}/failure")]
async fn fail(
    app: App,
    visitor: Visitor,
    _may: May<right::ReportDelivery>,
    which: Path<Which>,
    form: Form<Failure>,
) -> Done {
    let (Which { id, n }, why) = (which.into_inner(), form.0.why);
    report(&app, &visitor, id, move |conn, desk| answering::failed(conn, desk, id, n, &why).map(drop)).await
}

/// Orders the delivery of a failed answer anew.
#[post("/incidents/{id}/answers/{n}/retry")]
async fn retry(
    app: App,
    visitor: Visitor,
    _may: May<right::ReportDelivery>,
    which: Path<Which>,
    _form: Form<Plain>,
) -> Done {
    let Which { id, n } = which.into_inner();
    report(&app, &visitor, id, move |conn, desk| answering::deliver_again(conn, desk, id, n).map(drop)).await
}

/// Orders anew what could not be published in one thread.
#[post("/incidents/{id}/postings/{posting}/retries")]
async fn retry_posting(
    app: App,
    visitor: Visitor,
    _may: May<right::ReportDelivery>,
    which: Path<(Id, Id)>,
    _form: Form<Plain>,
) -> Done {
    let (id, posting) = which.into_inner();
    report(&app, &visitor, id, move |conn, desk| answering::retry_posting(conn, desk, posting).map(drop)).await
}

sent! {
    /// An answer that was given in the network itself.
    OutsideAnswer { text: String, meant: String, at: String, permalink: String }
}

/// Notes an answer that was given in the network itself.
#[post("/incidents/{id}/outside-answers")]
async fn outside(
    app: App,
    visitor: Visitor,
    _may: May<right::ReportDelivery>,
    id: Path<Id>,
    form: Form<OutsideAnswer>,
) -> Done {
    let id = id.into_inner();
    let sent = (form.0, &*address(id, "outside-answers"));
    act(&app, &visitor, (id, Action::AnswerOutside), sent, move |conn, desk, sent| {
        let outside = Outside {
            text: sent.text.replace("\r\n", "\n"),
            at: moment(desk, &sent.at, "at")?,
            permalink: filled(&sent.permalink).map(str::to_owned),
        };
        let meant = meaning(&sent.meant)?;
        answering::answered_outside(conn, desk, id, Some(sent.version), outside, meant).map(drop)
    })
    .await
}
