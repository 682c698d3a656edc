//! The calendars that deadlines are counted by: shown, changed one by one, filled from production calendars, and carried out as
//! iCalendar.

pub(in crate::http) mod days;
pub(in crate::http) mod ical;

use std::collections::HashMap;

use actix_web::http::header;
use actix_web::{HttpResponse, delete, get, post, put};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::amending::{Change, Reason, agree, answer, in_record, need_short, placed};
use super::listed::{AsOf, Listed, at};
use super::policies::aside;
use super::responses::{Asks, Changes, Finds, Guarded, Reads, Takes};
use crate::app::App;
use crate::desk::policies::{self, Loaded, YearsChange};
use crate::domain::calendar::{CalendarSpec, DayRow};
use crate::domain::policy::{Amendment, PolicyDoc};
use crate::domain::{Language, Policy};
use crate::http::auth::{May, right};
use crate::http::etag::{IfMatch, IfMatchHeader, tag};
use crate::http::json::{BodyDigest, Json, Path};
use crate::http::once::{Once, OnceHeader};
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::reply::Reply;
use days::Days;

/// The routes of this file.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list).service(find).service(replace).service(remove).service(fill).service(carry_out);
}

/// A calendar, without its hours and days.
#[derive(Debug, Serialize, ToSchema)]
struct CalendarHead {
    #[schema(example = "omsk")]
    id: String,
    #[schema(example = "Омск, пятидневка")]
    title: String,
    /// IANA time zone.
    #[schema(example = "Asia/Omsk")]
    zone: String,
    /// Whether it is the city's: that of organisations that neither have nor inherit one.
    is_city: bool,
    /// How many organisations work by it.
    organisations: Workers,
    /// How many terms count by it, whatever the organisation.
    #[schema(example = 1)]
    terms: usize,
}

/// How many organisations work by a calendar.
#[derive(Debug, Default, Serialize, ToSchema)]
struct Workers {
    /// Those that name it themselves.
    #[schema(example = 2)]
    own: usize,
    /// Those that have it from an organisation above, or from the city.
    #[schema(example = 41)]
    inherited: usize,
}

fn heads(policy: &Policy) -> Vec<CalendarHead> {
    let doc = policy.doc();
    let mut workers: HashMap<&str, Workers> = HashMap::new();
    for organisation in &doc.organisations {
        let workers = workers.entry(policy.calendar_of(&organisation.id).id()).or_default();
        let count = if organisation.calendar.is_some() { &mut workers.own } else { &mut workers.inherited };
        *count += 1;
    }
    let head = |spec: &CalendarSpec| CalendarHead {
        id: spec.id.clone(),
        title: spec.title.clone(),
        zone: spec.zone.clone(),
        is_city: doc.city.calendar == spec.id,
        organisations: workers.remove(spec.id.as_str()).unwrap_or_default(),
        terms: doc.terms.iter().filter(|term| term.calendar.as_ref() == Some(&spec.id)).count(),
    };
    doc.calendars.iter().map(head).collect()
}

/// List calendars.
///
/// All, in the order of the policy's document, each with how many work by it.
#[utoipa::path(
    tag = "policy",
    params(AsOf),
    responses((status = 200, description = "The calendars", body = Listed<CalendarHead>), Guarded, Finds, Asks),
)]
#[get("/calendars")]
async fn list(app: App, _who: May<right::ReadPolicy>, as_of: Query<AsOf>) -> Result<Reply, Problem> {
    let policy = at(&app, as_of.into_inner().version).await?;
    Ok(Listed::reply(&policy, heads(&policy)))
}

fn spec<'p>(policy: &'p Policy, id: &str) -> Option<&'p CalendarSpec> {
    policy.doc().calendars.iter().find(|one| one.id == id)
}

fn missing() -> Problem {
    Problem::not_found("calendar")
}

/// Get one calendar, with its hours and days.
#[utoipa::path(
    tag = "policy",
    params(("id" = String, Path, description = "The calendar's id"), AsOf),
    responses(
        (status = 200, description = "The calendar; its `ETag` is the version of the policy", body = CalendarSpec),
        Guarded, Finds, Asks,
    ),
)]
#[get("/calendars/{id}")]
async fn find(app: App, _who: May<right::ReadPolicy>, id: Path<String>, as_of: Query<AsOf>) -> Result<Reply, Problem> {
    let policy = at(&app, as_of.into_inner().version).await?;
    let found = spec(&policy, &id.into_inner()).ok_or_else(missing)?;
    Ok(Reply::ok(found).version(policy.version()))
}

/// Put a calendar in its place, or a new one.
///
/// The body is the calendar as `GET` shows it, whole; its `id` may be left out. What contradicts itself is refused, every fault at its
/// place. It becomes part of the next version of the policy; a calendar that says what it said before changes nothing. Only an
/// administrator of the city's root may do this.
#[utoipa::path(
    tag = "policy",
    params(("id" = String, Path, description = "The calendar's id"), Reason, OnceHeader, IfMatchHeader),
    request_body = CalendarSpec,
    responses(
        (status = 200, description = "The calendar as it is now; its `ETag` is the version of the policy", body = CalendarSpec),
        (status = 201, description = "The new calendar", body = CalendarSpec),
        Guarded, Takes, Changes,
    ),
)]
#[put("/calendars/{id}")]
async fn replace(
    app: App,
    who: May<right::WritePolicy>,
    id: Path<String>,
    change: Change,
    body: Json<CalendarSpec>,
) -> Result<Reply, Problem> {
    let (mut calendar, digest) = body.split();
    agree(&mut calendar.id, id.into_inner())?;
    let view = calendar.clone();
    let amendment = move |_: &PolicyDoc| Ok(Amendment { calendars: vec![calendar], ..Amendment::default() });
    let show = move |before: &Policy, loaded: Loaded| {
        let place = format!("{}/calendars/{}", super::ROOT, view.id);
        answer(spec(before, &view.id).is_none(), place, &view, loaded)
    };
    let show = move |_: &mut _, before: &Policy, _: &_, loaded| Ok(show(before, loaded));
    change.store(&app, &who, digest, amendment, in_record("/calendars/0"), show).await
}

/// Delete a calendar.
///
/// One that anything uses stays: the city, an organisation or a term; each is named. Only an administrator of the city's root may do
/// this.
#[utoipa::path(
    tag = "policy",
    params(("id" = String, Path, description = "The calendar's id"), Reason, OnceHeader, IfMatchHeader),
    responses((status = 204, description = "Gone; the `ETag` is the version of the policy"), Guarded, Finds, Reads, Changes),
)]
#[delete("/calendars/{id}")]
async fn remove(app: App, who: May<right::WritePolicy>, id: Path<String>, change: Change) -> Result<Reply, Problem> {
    let id = id.into_inner();
    let amendment = move |doc: &PolicyDoc| policies::drop_calendar(doc, &id);
    let show = |_: &mut _, _: &_, _: &_, loaded: Loaded| Ok(Reply::nothing().version(loaded.version()));
    change.store(&app, &who, BodyDigest::none(), amendment, str::to_owned, show).await
}

/// How to fill a calendar.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Filling {
    /// Check the rows and say what would change, but store nothing.
    dry_run: bool,
    /// Why it changes: the note on the new version of the policy.
    #[param(max_length = 1000, example = "ПП РФ № 1466")]
    note: String,
}

/// What filling a calendar changed, or would change.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct Filled {
    /// The version of the policy that has the rows; of a dry run, the one that it was compared with.
    #[schema(example = 7)]
    policy_version: i64,
    /// Whether nothing was stored, because nothing was to be.
    dry_run: bool,
    #[serde(flatten)]
    change: YearsChange,
}

/// Fill a calendar from a production calendar.
///
/// The rows take the place of all that the calendar has for the years in which they lie; other years stay. Sent as `text/csv`: comma, a
/// header `date,kind,note`, lines that begin with `#` skipped; a date that is both worked and short has two rows. Each line that is wrong
/// is told by its number: `/7`. Or sent as a JSON array of rows, told by their positions. Try it with `dry_run=true` first. Only an
/// administrator of the city's root may do this.
#[utoipa::path(
    tag = "policy",
    params(("id" = String, Path, description = "The calendar's id"), Filling, OnceHeader, IfMatchHeader),
    request_body(content((String = "text/csv"), (Vec<DayRow> = "application/json"))),
    responses(
        (status = 200, description = "What changed; the `ETag` is the version of the policy", body = Filled),
        Guarded, Finds, Takes, Changes,
    ),
)]
#[post("/calendars/{id}/days")]
async fn fill(
    app: App,
    who: May<right::WritePolicy>,
    id: Path<String>,
    filling: Query<Filling>,
    how: (Once, IfMatch),
    body: Days,
) -> Result<Reply, Problem> {
    let (id, Filling { dry_run, note }, (once, seen)) = (id.into_inner(), filling.into_inner(), how);
    let Days { rows, places, digest } = body;
    let place = move |pointer: &str| places.of(pointer);
    if dry_run {
        policies::may_publish(&who.desk(&app))?;
        need_short(&note)?;
        return try_out(&app, id, rows, seen, place).await;
    }
    let (sent, filled) = (rows.clone(), id.clone());
    let amendment = move |doc: &PolicyDoc| Ok(policies::replace_years(doc, &id, rows)?.0);
    let show = move |_: &mut _, before: &Policy, _: &_, loaded: Loaded| {
        let (_, change) = policies::replace_years(before.doc(), &filled, sent)?;
        let policy_version = loaded.version();
        Ok(Reply::ok(&Filled { policy_version, dry_run, change }).version(policy_version))
    };
    Change { once, seen, note }.store(&app, &who, digest, amendment, place, show).await
}

/// Checks everything as filling would, and stores nothing.
async fn try_out(
    app: &App,
    id: String,
    rows: Vec<DayRow>,
    seen: IfMatch,
    place: impl Fn(&str) -> String,
) -> Result<Reply, Problem> {
    let newest = app.store().read(policies::newest).await?.unwrap_or(0);
    crate::desk::version::need(seen.version(), newest)?;
    let base = app.policy_at(newest).await?;
    let work = move || {
        let (amendment, change) = policies::replace_years(base.doc(), &id, rows)?;
        Ok(policies::amend(base.doc(), &amendment).map(|_| change))
    };
    let change = aside(work).await?.map_err(|error| placed(error, place))?;
    Ok(Reply::ok(&Filled { policy_version: newest, dry_run: true, change }).version(newest))
}

/// Which calendar file.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Carried {
    /// The language of the summaries; what the production calendar notes stays as it was loaded.
    #[serde(default = "russian")]
    #[param(inline, default = "ru")]
    language: Language,
    /// A version of the policy; without it, the one in force.
    #[param(minimum = 1, example = 7)]
    version: Option<i64>,
}

fn russian() -> Language {
    Language::Russian
}

/// Get the days that differ from their weekday as iCalendar.
///
/// Days off, working Saturdays and short days, each an event of a whole day that takes nobody's time. A day keeps its `UID` from
/// version to version. The file is for staff who are signed in, as all else; there is no open link to subscribe to.
#[utoipa::path(
    tag = "policy",
    params(("id" = String, Path, description = "The calendar's id"), Carried),
    responses(
        (status = 200, description = "The file", body = String, content_type = "text/calendar"),
        Guarded, Finds, Asks,
    ),
)]
#[get("/calendars/{id}/ical")]
async fn carry_out(
    app: App,
    _who: May<right::ReadPolicy>,
    id: Path<String>,
    carried: Query<Carried>,
) -> Result<HttpResponse, Problem> {
    let (id, Carried { language, version }) = (id.into_inner(), carried.into_inner());
    let policy = at(&app, version).await?;
    let version = policy.version();
    let head = app.store().read(move |conn| policies::head(conn, version)).await?;
    let calendar = policy.calendar(&id).ok_or_else(missing)?;
    let file = ical::write(calendar, &policy.doc().city.id, *head.loaded_at, language);
    Ok(HttpResponse::Ok()
        .content_type(ical::MEDIA_TYPE)
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{id}.ics\"")))
        .insert_header((header::ETAG, tag(version)))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(file))
}
