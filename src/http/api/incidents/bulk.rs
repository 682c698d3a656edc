//! One move on many incidents: each succeeds or fails by itself.

use actix_web::http::StatusCode;
use actix_web::post;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::views::IncidentView;
use crate::app::App;
use crate::desk::triage::{self, Correction};
use crate::desk::{self, Desk, Error};
use crate::domain::{CloseReason, Id};
use crate::http::api::responses::{Guarded, Makes, Takes};
use crate::http::auth::{May, right};
use crate::http::json::Json;
use crate::http::once::{Once, OnceHeader};
use crate::http::problem::{Problem, ProblemDocument};
use crate::http::reply::Reply;
use crate::store::Conn;
use crate::store::records::Incident;

/// The most incidents of one request.
const MOST: usize = 500;

/// One incident, and the version that was seen.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Item {
    id: Id,
    /// As in `If-Match`.
    version: Option<i64>,
}

/// What is done to all.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "action", rename_all = "snake_case", deny_unknown_fields)]
enum Bulk {
    /// Make an organisation responsible; absent: whom the rules propose for each.
    Assign { items: Vec<Item>, organisation: Option<String> },
    /// Correct the topic.
    Correct { items: Vec<Item>, topic: String },
    /// Put aside as not a complaint.
    Dismiss { items: Vec<Item>, reason: CloseReason },
    /// Merge into one.
    Merge { items: Vec<Item>, into: Id },
}

/// What became of one.
#[derive(Debug, Serialize, ToSchema)]
pub struct ItemResult {
    id: Id,
    /// The status that the move would have had alone.
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    incident: Option<IncidentView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<ProblemDocument>,
}

/// What became of each, in the order of the request.
#[derive(Debug, Serialize, ToSchema)]
pub struct Results {
    results: Vec<ItemResult>,
}

/// Does one thing to up to 500 incidents. Each succeeds or fails by itself; `results` says which.
#[utoipa::path(
    tag = "incidents",
    params(OnceHeader),
    request_body = Bulk,
    responses((status = 207, description = "What became of each", body = Results), Guarded, Takes, Makes),
)]
#[post("/incidents/bulk")]
pub async fn act(app: App, may: May<right::Triage>, once: Once, body: Json<Bulk>) -> Result<Reply, Problem> {
    let (bulk, digest) = body.split();
    let items = match &bulk {
        Bulk::Assign { items, .. }
        | Bulk::Correct { items, .. }
        | Bulk::Dismiss { items, .. }
        | Bulk::Merge { items, .. } => items,
    };
    if !(1..=MOST).contains(&items.len()) {
        return Err(Problem::invalid("/items", format!("must be 1 to {MOST}")));
    }
    let done = once.run(&app, &may, digest, move |conn, desk| {
        let results = each(conn, desk, &bulk);
        Ok(Reply::several(&Results::of(results)))
    });
    let done = done.await?;
    app.take_to_heart().await;
    Ok(done)
}

fn each(conn: &mut Conn, desk: &Desk, bulk: &Bulk) -> Vec<ItemResult> {
    let mut run = |item: &Item, work: &dyn Fn(&mut Conn) -> Result<Incident, Error>| {
        // A savepoint of its own: a failure undoes this one and no other.
        let done = desk::apart(conn, |conn| work(conn));
        ItemResult::of(item.id, done, desk)
    };
    match bulk {
        Bulk::Assign { items, organisation } => items
            .iter()
            .map(|i| run(i, &|conn| triage::assign(conn, desk, i.id, i.version, organisation.as_deref(), None)))
            .collect(),
        Bulk::Correct { items, topic } => items
            .iter()
            .map(|i| {
                let change = || Correction { topic: Some(topic.clone()), ..Correction::default() };
                run(i, &|conn| triage::correct(conn, desk, i.id, i.version, change()))
            })
            .collect(),
        Bulk::Dismiss { items, reason } => {
            items.iter().map(|i| run(i, &|conn| triage::dismiss(conn, desk, i.id, i.version, *reason, ""))).collect()
        }
        Bulk::Merge { items, into } => {
            items.iter().map(|i| run(i, &|conn| triage::merge(conn, desk, i.id, i.version, *into))).collect()
        }
    }
}

impl ItemResult {
    /// What became of an incident.
    pub fn of(id: Id, done: Result<Incident, Error>, desk: &Desk) -> ItemResult {
        match done {
            Ok(incident) => ItemResult {
                id,
                status: StatusCode::OK.as_u16(),
                incident: Some(IncidentView::of(&incident, desk)),
                problem: None,
            },
            Err(error) => {
                let problem = Problem::from(error).document();
                ItemResult { id, status: problem.status(), incident: None, problem: Some(problem) }
            }
        }
    }
}

impl Results {
    /// What became of each.
    pub fn of(results: Vec<ItemResult>) -> Results {
        Results { results }
    }
}
