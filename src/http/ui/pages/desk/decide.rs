//! Deciding, taking back, putting off, noting a reply.

use actix_web::web::ServiceConfig;
use actix_web::{Either, HttpRequest, HttpResponse, post};
use serde::{Deserialize, Serialize};

use super::Stale;
use super::queue::Asked;
use crate::app::App;
use crate::desk::answering::{self, Outside};
use crate::desk::{Desk, Error, cards, decisions, holds};
use crate::domain::decision::Decision;
use crate::domain::{AnswerKind, Id, Kind, Step};
use crate::http::auth::{May, right};
use crate::http::json::{BodyDigest, Path};
use crate::http::once::Once;
use crate::http::paging::Paging;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::reply::Reply;
use crate::http::ui::form::Form;
use crate::http::ui::live::Live;
use crate::http::ui::visitor::Visitor;
use crate::http::ui::{shell, trouble};
use crate::store::Conn;

/// The routes of decisions.
pub fn routes(config: &mut ServiceConfig) {
    config.service(decide).service(undo).service(later).service(reply);
}

/// A decision as a form sends it, with the version that was seen.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub struct Fields {
    pub action: String,
    #[serde(default)]
    pub seen: Option<i64>,
    #[serde(default)]
    topic: String,
    #[serde(default)]
    organisation: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    severity: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    into: String,
}

impl Fields {
    /// The decision.
    ///
    /// # Errors
    /// 422 at the field that is at fault.
    pub fn decision(&self) -> Result<Decision, Problem> {
        let some = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let bad = |field: &str| Problem::invalid(format!("/{field}"), "is not one of the values it can have");
        Ok(match self.action.as_str() {
            "assign" => Decision::Assign { topic: some(&self.topic), organisation: some(&self.organisation) },
            "correct" => Decision::Correct {
                topic: some(&self.topic),
                kind: some(&self.kind).map(|kind| kind.parse::<Kind>()).transpose().map_err(|_| bad("kind"))?,
                severity: some(&self.severity).map(|s| s.parse()).transpose().map_err(|_| bad("severity"))?,
            },
            "dismiss" => Decision::Dismiss { reason: self.reason.parse().map_err(|_| bad("reason"))? },
            "merge" => Decision::Merge { into: self.into.parse().map_err(|_| bad("into"))? },
            _ => return Err(bad("action")),
        })
    }
}

/// What became of a decision, for scripts.
#[derive(Serialize)]
struct Decided {
    /// By which it is taken back.
    decision: Id,
    incident: Id,
    version: i64,
    step: Step,
    /// Whether the card is done with: it waits for moderators no more.
    is_over: bool,
}

/// Whether a script asks, which wants JSON, or a browser, which wants to be led on.
fn is_script(request: &HttpRequest) -> bool {
    trouble::accepts(request, "application/json")
}

/// Decides about a card: saved at once, and taken back as easily.
#[post("/desk/cards/{id}/decide")]
#[allow(clippy::too_many_arguments, reason = "each is an extractor")]
async fn decide(
    app: App,
    may: May<right::Triage>,
    visitor: Visitor,
    live: Live,
    request: HttpRequest,
    once: Once,
    id: Path<Id>,
    (asked, paging): (Query<Asked>, Paging),
    form: Form<Fields>,
) -> Result<Either<Reply, HttpResponse>, Problem> {
    let (id, me, wall, asked) = (id.into_inner(), may.id(), app.wall(), asked.into_inner());
    let Form(fields) = form;
    let (decision, seen) = (fields.decision()?, fields.seen);
    let digest = BodyDigest::of(serde_json::to_string(&fields).unwrap_or_default().as_bytes());
    let made = decision.clone();
    let work = move |conn: &mut Conn, desk: &Desk| {
        let (row, incident) = decisions::decide(conn, desk, me, wall, id, seen, &made)?;
        let is_over = !cards::STEPS.contains(&incident.step);
        let (version, step) = (incident.version, incident.step);
        Ok(Reply::ok(&Decided { decision: row.id, incident: id, version, step, is_over }))
    };
    let done = once.run(&app, &may, digest, work).await;
    app.take_to_heart().await;
    if is_script(&request) {
        return done.map(Either::Left);
    }
    match done {
        Ok(answer) => {
            let told = answer.value();
            let stays = if told["is_over"] == false { format!("&id={id}") } else { String::new() };
            let back = told["decision"].as_str().unwrap_or_default();
            Ok(Either::Right(shell::done(&asked.address(&format!("{stays}&undo={back}")), "said-decided")))
        }
        // Somebody was faster: what they did, and what was to be decided, side by side.
        Err(problem) if problem.code() == "stale" => {
            let (desk, seen) = (may.desk(&app), seen.unwrap_or_default());
            let events = app.store().read(move |conn| cards::changes(conn, &desk, id, seen)).await?;
            let asked = Asked { id: Some(id), ..asked };
            super::page(&app, &visitor, &live, asked, paging, Some(Stale { events, decision })).await.map(Either::Right)
        }
        Err(problem) => Err(problem),
    }
}

/// Takes a decision back.
#[post("/desk/decisions/{id}/undo")]
async fn undo(
    app: App,
    may: May<right::Triage>,
    request: HttpRequest,
    id: Path<Id>,
    asked: Query<Asked>,
    _form: Form<super::cards::Nothing>,
) -> Result<Either<Reply, HttpResponse>, Problem> {
    let (desk, me, wall, id) = (may.desk(&app), may.id(), app.wall(), id.into_inner());
    let work = move |conn: &mut Conn| -> Result<_, Error> {
        let incident = decisions::undo(conn, &desk, me, wall, id)?;
        // Whoever takes a decision back wants to see the card again.
        holds::open(conn, &desk, me, wall, incident.id)?;
        Ok(incident)
    };
    let incident = app.store().write(work).await?;
    if is_script(&request) {
        let (version, step) = (incident.version, incident.step);
        let told = Decided { decision: id, incident: incident.id, version, step, is_over: false };
        return Ok(Either::Left(Reply::ok(&told)));
    }
    let address = asked.into_inner().address(&format!("&id={}", incident.id));
    Ok(Either::Right(shell::done(&address, "said-undone")))
}

/// Puts a card off.
#[post("/desk/cards/{id}/later")]
async fn later(
    app: App,
    may: May<right::Triage>,
    request: HttpRequest,
    id: Path<Id>,
    asked: Query<Asked>,
    _form: Form<super::cards::Nothing>,
) -> Result<Either<Reply, HttpResponse>, Problem> {
    let (desk, me, wall, id) = (may.desk(&app), may.id(), app.wall(), id.into_inner());
    app.store().write(move |conn| holds::put_off(conn, &desk, me, wall, id)).await?;
    if is_script(&request) {
        return Ok(Either::Left(Reply::nothing()));
    }
    Ok(Either::Right(shell::done(&asked.into_inner().address(""), "said-put-off")))
}

/// What a moderator said in the network.
#[derive(Deserialize)]
struct Said {
    seen: Option<i64>,
    text: String,
    #[serde(default)]
    permalink: String,
}

/// Notes what a moderator said to the author in the network itself: an intermediate answer.
#[post("/desk/cards/{id}/reply")]
async fn reply(
    app: App,
    may: May<right::ReportDelivery>,
    id: Path<Id>,
    asked: Query<Asked>,
    form: Form<Said>,
) -> Result<HttpResponse, Problem> {
    let (desk, id) = (may.desk(&app), id.into_inner());
    let Form(Said { seen, text, permalink }) = form;
    let permalink = Some(permalink.trim().to_owned()).filter(|link| !link.is_empty());
    if permalink.as_deref().is_some_and(|link| !link.starts_with("https://") && !link.starts_with("http://")) {
        return Err(Problem::invalid("/permalink", "must be an address of the web"));
    }
    let outside = Outside { text, at: desk.now, permalink };
    let kind = (AnswerKind::Intermediate, None);
    app.store().write(move |conn| answering::answered_outside(conn, &desk, id, seen, outside, kind)).await?;
    Ok(shell::done(&asked.into_inner().address(&format!("&id={id}")), "said-reply-noted"))
}
