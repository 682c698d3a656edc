//! An incident's clocks: what was promised, what made each due time, and what a decision would make of it.

use actix_web::{get, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::history::All;
use crate::app::App;
use crate::desk::deadlines::{self, Explained, Preview};
use crate::desk::triage::{self, Correction};
use crate::desk::{Desk, Error, answering};
use crate::domain::message::Place;
use crate::domain::policy::TermMatched;
use crate::domain::sla::{Base, ClockKind, ClockState, Explanation, StartPoint};
use crate::domain::{At, Doc, Id, Kind, ReturnReason, Step};
use crate::http::api::responses::{Finds, Guarded, Makes, Takes};
use crate::http::auth::{May, right};
use crate::http::json::{Json, Path};
use crate::http::problem::Problem;
use crate::http::reply::Reply;
use crate::store::Conn;

/// The routes of clocks.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list).service(preview);
}

/// A clock: what was promised, by when, whether it was kept, and why it is so.
#[derive(Debug, Serialize, ToSchema)]
struct ClockView {
    kind: ClockKind,
    /// 1, 2, …: a reopened incident runs a new clock of the same kind.
    cycle: i32,
    state: ClockState,
    started_at: At,
    /// The last instant that is in time. While it stands still: what it was when that began.
    due_at: Option<At>,
    /// When what it waited for came, or it was called off.
    settled_at: Option<At>,
    /// When the promise was broken: the due time.
    breached_at: Option<At>,
    /// Who was responsible when it was decided; while it runs, when it started.
    organisation: Option<String>,
    /// The term of the policy that set it.
    #[schema(example = "answer-urgent")]
    term: String,
    /// How long was promised.
    #[schema(example = "9h")]
    target: String,
    base: Base,
    /// The calendar it is counted by.
    calendar: String,
    /// The version of the policy whose term and calendar these are.
    policy_version: i64,
    /// Why that term: how closely it fitted the incident. Of all that fit, the closest applies.
    matched: Option<TermMatched>,
    /// From when the term counts; none where an event of its own begins the clock.
    start: Option<StartPoint>,
    /// The steps in which it stands still.
    pauses_in: Vec<Step>,
    /// When it stood still; without an end, it still does.
    pauses: Vec<PauseView>,
    /// Until when it was put off.
    deferred_to: Option<At>,
    /// The merged incident whose promise is the earliest of the group; none if it is its own.
    bound_by: Option<Id>,
    /// When those whose work it is are reminded.
    reminders: Vec<ReminderView>,
    /// What happened to it after it began, each with the number of the event in the incident's history.
    history: Vec<Doc>,
    /// The sum that gives the due time, before a deferral.
    explanation: Explanation,
}

/// A time in which a clock stood still.
#[derive(Debug, Serialize, ToSchema)]
struct PauseView {
    from: At,
    to: Option<At>,
    /// Why, in a word: the step.
    #[schema(example = "approval")]
    why: String,
}

/// A reminder.
#[derive(Debug, Serialize, ToSchema)]
struct ReminderView {
    /// The share of the time that is left then, in percent.
    #[schema(example = 25)]
    share: u8,
    at: At,
}

impl From<Explained> for ClockView {
    fn from(explained: Explained) -> ClockView {
        let Explained { clock, matched, term, verdict, explanation, reminders, history } = explained;
        let over = verdict.pauses.iter().map(|(span, why)| (At::new(span.from), Some(At::new(span.to)), why));
        let present = verdict.paused.iter().map(|(since, why)| (*since, None, why));
        ClockView {
            kind: clock.kind,
            cycle: clock.cycle,
            state: verdict.state,
            started_at: verdict.promise.started_at,
            due_at: Some(verdict.due_at).filter(|at| *at != At::NEVER),
            settled_at: verdict.settled_at,
            breached_at: verdict.breached_at,
            organisation: clock.organisation,
            target: verdict.promise.target.to_string(),
            base: verdict.promise.target.base(),
            term: verdict.promise.term,
            calendar: verdict.promise.calendar,
            policy_version: verdict.promise.policy_version,
            matched,
            start: ClockKind::AT_REGISTRATION
                .contains(&clock.kind)
                .then(|| term.as_ref().and_then(|term| term.start).unwrap_or(StartPoint::Received)),
            pauses: over.chain(present).map(|(from, to, why)| PauseView { from, to, why: why.clone() }).collect(),
            pauses_in: term.map(|term| term.pauses).unwrap_or_default(),
            deferred_to: verdict.deferred_to,
            bound_by: verdict.bound_by,
            reminders: reminders.into_iter().map(|(share, at)| ReminderView { share, at }).collect(),
            history: history.iter().map(Doc::of).collect(),
            explanation,
        }
    }
}

/// Shows the incident's clocks: what was promised, by which term and why that one, whether it was kept, and every window, pause, day off
/// and event that made the due time.
#[utoipa::path(
    tag = "deadlines",
    params(("id" = Id, Path, description = "The incident's id")),
    responses((status = 200, description = "The clocks", body = All<ClockView>), Guarded, Finds),
)]
#[get("/incidents/{id}/clocks")]
async fn list(app: App, may: May<right::ReadIncidents>, id: Path<Id>) -> Result<Reply, Problem> {
    let (desk, id) = (may.desk(&app), id.into_inner());
    let found = app.store().read(move |conn| deadlines::explained(conn, &desk, id)).await?;
    Ok(All::reply(found, ClockView::from))
}

/// A decision to look at before it is made. Each takes what the move of its name takes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "action", rename_all = "snake_case", deny_unknown_fields)]
enum Decision {
    /// Correct what it is about and where.
    Correct { topic: Option<String>, kind: Option<Kind>, severity: Option<i32>, place: Option<Place> },
    /// Make an organisation responsible; absent: the one that the rules propose.
    Assign { organisation: Option<String>, executor: Option<String> },
    /// Pass on to a department.
    Pass { executor: String },
    /// Give back as wrongly routed.
    Return {
        reason: ReturnReason,
        #[serde(default)]
        note: String,
    },
    /// Begin to work.
    Take {},
    /// Hand an answer to the approver.
    Submit { n: i32 },
    /// Put the final answer off to a date.
    Defer { until: At, reason: String },
    /// Merge into another incident.
    Merge { into: Id },
    /// Part again.
    Unmerge {},
    /// Open again.
    Reopen { reason: String },
}

impl Decision {
    fn make(self, conn: &mut Conn, desk: &Desk, id: Id) -> Result<(), Error> {
        let seen = None;
        match self {
            Decision::Correct { topic, kind, severity, place } => {
                let change = Correction { topic, kind, severity, place, note: None };
                triage::correct(conn, desk, id, seen, change).map(drop)
            }
            Decision::Assign { organisation, executor } => {
                triage::assign(conn, desk, id, seen, organisation.as_deref(), executor.as_deref()).map(drop)
            }
            Decision::Pass { executor } => triage::pass(conn, desk, id, seen, &executor).map(drop),
            Decision::Return { reason, note } => triage::give_back(conn, desk, id, seen, reason, &note).map(drop),
            Decision::Take {} => answering::take(conn, desk, id, seen).map(drop),
            Decision::Submit { n } => answering::submit(conn, desk, id, seen, n).map(drop),
            Decision::Defer { until, reason } => answering::defer(conn, desk, id, seen, until, &reason).map(drop),
            Decision::Merge { into } => triage::merge(conn, desk, id, seen, into).map(drop),
            Decision::Unmerge {} => triage::unmerge(conn, desk, id, seen).map(drop),
            Decision::Reopen { reason } => answering::reopen(conn, desk, id, seen, &reason).map(drop),
        }
    }
}

/// Shows what a decision would make of the incident's deadlines. Nothing is stored.
///
/// The decision is made and undone, so it needs the same right, is refused for the same reasons, and what it shows is what saving it
/// gives.
#[utoipa::path(
    tag = "deadlines",
    params(("id" = Id, Path, description = "The incident's id")),
    request_body = Decision,
    responses((status = 200, description = "The deadlines as they would be", body = Preview), Guarded, Finds, Takes, Makes),
)]
#[post("/incidents/{id}/previews")]
async fn preview(
    app: App,
    may: May<right::ReadIncidents>,
    id: Path<Id>,
    body: Json<Decision>,
) -> Result<Reply, Problem> {
    let (desk, id, decision) = (may.desk(&app), id.into_inner(), body.into_inner());
    let work = move |conn: &mut Conn| deadlines::preview(conn, &desk, id, |conn| decision.make(conn, &desk, id));
    Ok(Reply::ok(&app.store().write(work).await?))
}
