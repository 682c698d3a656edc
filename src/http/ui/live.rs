//! What changes, told as it happens: server-sent events that say of each incident what it is now.
//!
//! Every process that has listeners asks the database a few times a second what changed, whoever changed it: so all replicas tell the same.
//! An event says what an incident *is*, with its version, and its id is the instant of the change. That makes resuming simple: whatever
//! changed at or after the last id is told again, and whoever knew it already sees so by the version.

use std::collections::HashMap;
use std::future::{Ready, ready};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::rt::time;
use actix_web::web::{Bytes, ServiceConfig};
use actix_web::{FromRequest, HttpRequest, HttpResponse, get};
use futures_util::stream;
use serde_json::json;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use super::pages::desk::queue::{self, Asked, Counts};
use super::visitor::Visitor;
use crate::app::App;
use crate::desk::{Desk, Error, cards, holds};
use crate::domain::{Actor, At, Id, Scope};
use crate::http::auth::{Caller, May, right};
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::store::Conn;
use crate::store::records::Incident;

/// How often the database is asked.
const EVERY: Duration = Duration::from_millis(300);

/// How often the waiting are counted at most.
const COUNTED_EVERY: Duration = Duration::from_secs(2);

/// How often a listener is told that nothing happened, and asked whether they are signed in still.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// A change may come to light after a later one: a transaction is dated when it begins. So far back it is looked for again, in seconds.
const LATE: i64 = 10;

/// The most changes that are told one by one; who missed more, looks at everything again.
const MOST: i64 = 500;

/// What happened within a moment.
#[derive(Default)]
struct Moment {
    changed: Vec<Incident>,
    holders: Option<Vec<(Id, Id, String)>>,
    counts: Option<Counts>,
    at: i64,
    /// More happened than is told.
    is_too_much: bool,
}

/// The listeners of this process. Cheap to clone.
#[derive(Clone)]
pub struct Live(Arc<Inner>);

struct Inner {
    told: broadcast::Sender<Arc<Moment>>,
    is_looking: AtomicBool,
    counted: Mutex<Option<(Instant, Counts)>>,
}

impl Default for Live {
    fn default() -> Live {
        let (told, _) = broadcast::channel(64);
        Live(Arc::new(Inner { told, is_looking: AtomicBool::new(false), counted: Mutex::default() }))
    }
}

impl FromRequest for Live {
    type Error = Problem;
    type Future = Ready<Result<Live, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(request.app_data::<Live>().cloned().ok_or_else(Problem::internal))
    }
}

impl Live {
    /// How many wait for moderators, as known within the last seconds. Whoever sees a part of the city only is counted for alone.
    ///
    /// # Errors
    /// 503 when the database is busy.
    pub async fn counts(&self, app: &App, caller: &Caller) -> Result<Counts, Problem> {
        let desk = caller.desk(app);
        let is_of_all = desk.actor.scope() == Scope::All;
        let known = *self.0.counted.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, counts)) = known.filter(|(when, _)| is_of_all && when.elapsed() < COUNTED_EVERY) {
            return Ok(counts);
        }
        let waiting = app.store().read(move |conn| cards::waiting(conn, &desk)).await?;
        let counts = Counts::of(&waiting);
        if is_of_all {
            *self.0.counted.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), counts));
        }
        Ok(counts)
    }

    /// Looks at what changes as long as somebody listens.
    fn look(&self, app: &App) {
        if self.0.is_looking.swap(true, Ordering::AcqRel) {
            return;
        }
        let (live, app) = (self.clone(), app.clone());
        actix_web::rt::spawn(async move {
            let mut known = Known::default();
            while live.0.told.receiver_count() > 0 && !*app.stopping().borrow() {
                match known.look(&app).await {
                    Ok(Some(moment)) => {
                        if let Some(counts) = moment.counts {
                            *live.0.counted.lock().unwrap_or_else(PoisonError::into_inner) =
                                Some((Instant::now(), counts));
                        }
                        // That nobody listens any more is seen above.
                        let _ = live.0.told.send(Arc::new(moment));
                    }
                    Ok(None) => {}
                    Err(error) => tracing::warn!(%error, "what changes cannot be seen"),
                }
                time::sleep(EVERY).await;
            }
            live.0.is_looking.store(false, Ordering::Release);
            // Somebody may have come in the very moment in which it ended.
            if live.0.told.receiver_count() > 0 && !*app.stopping().borrow() {
                live.look(&app);
            }
        });
    }
}

/// What was told already.
#[derive(Default)]
struct Known {
    at: Option<At>,
    versions: HashMap<Id, (i64, At)>,
    holders: Vec<(Id, Id, String)>,
    counts: Counts,
    counted: Option<Instant>,
    /// Something changed since the waiting were counted.
    is_to_count: bool,
}

impl Known {
    /// What happened since the last look; none if nothing did.
    async fn look(&mut self, app: &App) -> Result<Option<Moment>, Error> {
        let (wall, known) = (app.wall(), self.at);
        let read = move |conn: &mut Conn| -> Result<_, Error> {
            let at = match known {
                Some(at) => at,
                None => cards::last_change(conn)?,
            };
            let changed = cards::changed_since(conn, at.plus_seconds(-LATE), MOST)?;
            Ok((at, changed, holds::all(conn, wall)?))
        };
        let (at, mut changed, holders) = app.store().read(read).await?;
        let is_first = self.at.is_none();
        let is_too_much = i64::try_from(changed.len()).is_ok_and(|count| count >= MOST);
        let last = changed.last().map_or(at, |incident| incident.changed_at).max(at);
        changed
            .retain(|incident| self.versions.get(&incident.id).is_none_or(|(version, _)| *version < incident.version));
        for incident in &changed {
            self.versions.insert(incident.id, (incident.version, incident.changed_at));
        }
        self.at = Some(last);
        let oldest = last.plus_seconds(-2 * LATE);
        self.versions.retain(|_, (_, at)| *at >= oldest);
        self.is_to_count |= !changed.is_empty();
        let counts = self.count(app).await?;
        let holders = (holders != self.holders).then(|| {
            self.holders.clone_from(&holders);
            holders
        });
        if is_first {
            // Whoever listens has just looked for themselves.
            return Ok(Some(Moment { holders, counts, at: last.as_microsecond(), ..Moment::default() }));
        }
        let is_silent = changed.is_empty() && holders.is_none() && counts.is_none();
        let is_too_much = is_too_much && !changed.is_empty();
        Ok((!is_silent).then_some(Moment { changed, holders, counts, at: last.as_microsecond(), is_too_much }))
    }

    async fn count(&mut self, app: &App) -> Result<Option<Counts>, Error> {
        if !self.is_to_count || self.counted.is_some_and(|when| when.elapsed() < COUNTED_EVERY) {
            return Ok(None);
        }
        let desk = app.desk(Actor::System);
        let counts = Counts::of(&app.store().read(move |conn| cards::waiting(conn, &desk)).await?);
        (self.counted, self.is_to_count) = (Some(Instant::now()), false);
        let is_other = counts != self.counts;
        self.counts = counts;
        Ok(is_other.then_some(counts))
    }
}

/// The route.
pub fn routes(config: &mut ServiceConfig) {
    config.service(listen);
}

/// Tells what changes, from the last that was heard on.
#[get("/desk/live")]
async fn listen(
    app: App,
    may: May<right::Triage>,
    visitor: Visitor,
    live: Live,
    request: HttpRequest,
    asked: Query<Listening>,
) -> Result<HttpResponse, Problem> {
    let listening = asked.into_inner();
    let told = live.0.told.subscribe();
    live.look(&app);
    let last = request.headers().get("last-event-id").and_then(|value| value.to_str().ok()?.parse().ok());
    let since = At::of_microsecond(last.or(listening.since).unwrap_or_else(|| app.now().as_microsecond()));
    let listener = Listener { app: app.clone(), visitor, asked: listening.asked() };
    let desk = may.desk(&app);
    let missed = app.store().read(move |conn| cards::changed_since(conn, since.plus_seconds(-LATE), MOST)).await?;
    let is_too_much = i64::try_from(missed.len()).is_ok_and(|count| count >= MOST);
    let at = missed.last().map_or(since, |incident| incident.changed_at).as_microsecond();
    let moment = Moment { changed: missed, at, is_too_much, ..Moment::default() };
    let first = format!("retry: 1000\n\n{}", listener.words(&desk, &moment));
    let state = (listener, told, Some(first));
    let events = stream::unfold(state, |(mut listener, mut told, first)| async move {
        let text = match first {
            Some(first) => first,
            None => listener.next(&mut told).await?,
        };
        Some((Ok::<_, actix_web::Error>(Bytes::from(text)), (listener, told, None)))
    });
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        // Each event goes out at once: what compresses would wait for more.
        .insert_header((header::CONTENT_ENCODING, "identity"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header(("x-accel-buffering", "no"))
        .streaming(events))
}

/// What is listened to: the conditions of the desk, and from when on.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Listening {
    since: Option<i64>,
    #[serde(default)]
    queue: Option<queue::Queue>,
    #[serde(default)]
    topic: String,
    #[serde(default)]
    municipality: String,
    #[serde(default)]
    q: String,
}

impl Listening {
    fn asked(&self) -> Asked {
        let (topic, municipality, q) = (self.topic.clone(), self.municipality.clone(), self.q.clone());
        Asked { queue: self.queue, topic, municipality, q, ..Asked::default() }
    }
}

/// Somebody who listens.
struct Listener {
    app: App,
    visitor: Visitor,
    asked: Asked,
}

impl Listener {
    /// The next words; none when the listener is signed in no more, or the service stops.
    async fn next(&mut self, told: &mut broadcast::Receiver<Arc<Moment>>) -> Option<String> {
        let mut stopping = self.app.stopping();
        loop {
            let heard = tokio::select! {
                heard = told.recv() => heard,
                () = time::sleep(HEARTBEAT) => {
                    let identity = self.app.identity(self.visitor.caller.session()).await.ok().flatten()?;
                    return (identity.id == self.visitor.caller.id()).then(|| "event: alive\ndata: {}\n\n".to_owned());
                }
                _ = stopping.changed() => return None,
            };
            let desk = self.visitor.caller.desk(&self.app);
            match heard {
                Ok(moment) => {
                    let words = self.words(&desk, &moment);
                    if !words.is_empty() {
                        return Some(words);
                    }
                }
                Err(RecvError::Lagged(_)) => return Some("event: reset\ndata: {}\n\n".to_owned()),
                Err(RecvError::Closed) => return None,
            }
        }
    }

    /// A moment as events, as far as this listener sees what changed.
    fn words(&self, desk: &Desk, moment: &Moment) -> String {
        if moment.is_too_much {
            return format!("id: {}\nevent: reset\ndata: {{}}\n\n", moment.at);
        }
        let (scope, words, me) = (desk.actor.scope(), self.visitor.words, self.visitor.caller.id());
        let seen = |incident: &&Incident| scope.holds(incident.organisation.as_deref(), incident.executor.as_deref());
        let changed = moment.changed.iter().filter(seen).map(|incident| {
            let waits = self.fits(desk, incident);
            let row = waits.then(|| queue::row(words, desk, &self.asked, incident, None).into_string());
            json!({
                "id": incident.id, "number": incident.number, "version": incident.version, "due": incident.due_at.as_millisecond(),
                "step": words.named("step", incident.step.as_str()), "row": row,
            })
        });
        let changed: Vec<_> = changed.collect();
        let holders = moment.holders.as_ref().map(|all| {
            let others = all.iter().filter(|(_, member, _)| *member != me);
            others
                .map(|(incident, _, name)| {
                    json!([incident, words.with("desk-held-by", [("name", name.as_str().into())])])
                })
                .collect::<Vec<_>>()
        });
        let counts = moment.counts.filter(|_| scope == Scope::All);
        if changed.is_empty() && holders.is_none() && counts.is_none() {
            return String::new();
        }
        let data = json!({ "changed": changed, "holders": holders, "counts": counts });
        format!("id: {}\nevent: moment\ndata: {data}\n\n", moment.at)
    }

    /// Whether an incident belongs into the list. Words are not looked for: what has them is found when the list is loaded anew.
    fn fits(&self, desk: &Desk, incident: &Incident) -> bool {
        let same = |asked: &str, is: Option<&str>| asked.trim().is_empty() || is == Some(asked.trim());
        self.asked.queue().steps().contains(&incident.step)
            && (self.asked.queue() != queue::Queue::Overdue || incident.due_at < desk.now)
            && same(&self.asked.topic, incident.topic.as_deref())
            && same(&self.asked.municipality, Some(&incident.municipality))
            && self.asked.q.trim().is_empty()
    }
}
