//! The organisations that answer, as the tree they stand in.

use std::collections::HashMap;

use actix_web::{get, put};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::amending::{Change, Reason, in_record};
use super::listed::{AsOf, ID_LIMIT, Listed, SOUGHT_LIMIT, Sought, at, need_lengths};
use super::responses::{Asks, Changes, Finds, Guarded, Takes};
use crate::app::App;
use crate::desk::Error;
use crate::desk::policies::{self, Sound};
use crate::domain::Policy;
use crate::domain::policy::{Amendment, Organisation, OrganisationCalendar, OrganisationKind, PolicyDoc};
use crate::http::auth::{May, right};
use crate::http::etag::IfMatchHeader;
use crate::http::json::{Json, Path};
use crate::http::once::OnceHeader;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::reply::Reply;

/// The routes of this file.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list).service(find).service(change_calendar);
}

/// An organisation, or a part of one.
#[derive(Debug, Serialize, ToSchema)]
struct OrganisationView {
    #[schema(example = "omsk-dgh")]
    id: String,
    kind: OrganisationKind,
    #[schema(example = "Департамент городского хозяйства")]
    title: String,
    /// A short form of the title, or nothing.
    #[schema(example = "ДГХ")]
    short: String,
    /// Other names that it goes by.
    aliases: Vec<String>,
    /// The id of the organisation above; none for the root.
    #[schema(example = "omsk-admin")]
    parent: Option<String>,
    /// The ids of all above it, from the root down.
    path: Vec<String>,
    /// The ids of those directly below it.
    parts: Vec<String>,
    /// The id of the municipality it serves; none when it serves several.
    #[schema(example = "omsk")]
    municipality: Option<String>,
    /// Whether it works in this system. What goes to one that does not is forwarded by hand.
    connected: bool,
    /// The calendar that it works by.
    calendar: CalendarOf,
}

/// The calendar that an organisation works by.
#[derive(Debug, Serialize, ToSchema)]
struct CalendarOf {
    #[schema(example = "five-days")]
    id: String,
    title: String,
    /// The id of the organisation that it is the calendar of: this one, or the nearest above that has one; none when it is the city's.
    of: Option<String>,
}

/// What is told of an organisation but stands elsewhere in the document.
struct Around<'p> {
    policy: &'p Policy,
    parts: HashMap<&'p str, Vec<String>>,
    aliases: HashMap<&'p str, Vec<String>>,
}

impl<'p> Around<'p> {
    fn new(policy: &'p Policy) -> Around<'p> {
        let mut around = Around { policy, parts: HashMap::new(), aliases: HashMap::new() };
        let doc = policy.doc();
        for organisation in &doc.organisations {
            if let Some(parent) = &organisation.parent {
                around.parts.entry(parent).or_default().push(organisation.id.clone());
            }
        }
        for alias in &doc.organisation_aliases {
            around.aliases.entry(&alias.organisation).or_default().push(alias.alias.clone());
        }
        around
    }

    fn names<'a>(&'a self, one: &'a Organisation) -> impl Iterator<Item = &'a str> {
        let aliases = self.aliases.get(one.id.as_str()).into_iter().flatten();
        [&one.id, &one.title, &one.short].into_iter().chain(aliases).map(String::as_str)
    }

    fn view(&self, one: &Organisation) -> OrganisationView {
        let (id, policy) = (one.id.as_str(), self.policy);
        let mut path: Vec<String> = policy.ancestors(id).map(|above| above.id.clone()).collect();
        path.reverse();
        let calendar = policy.calendar_of(id);
        let of = std::iter::once(one).chain(policy.ancestors(id)).find(|one| one.calendar.is_some());
        OrganisationView {
            id: one.id.clone(),
            kind: one.kind,
            title: one.title.clone(),
            short: one.short.clone(),
            aliases: self.aliases.get(id).cloned().unwrap_or_default(),
            parent: one.parent.clone(),
            path,
            parts: self.parts.get(id).cloned().unwrap_or_default(),
            municipality: one.municipality.clone(),
            connected: one.connected,
            calendar: CalendarOf {
                id: calendar.id().to_owned(),
                title: calendar.title().to_owned(),
                of: of.map(|one| one.id.clone()),
            },
        }
    }
}

/// Which organisations.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Only those directly below this one.
    #[param(min_length = 1, max_length = 64, example = "omsk-admin")]
    parent: Option<String>,
    kind: Option<OrganisationKind>,
    /// Only those that work in this system, or only those that do not.
    connected: Option<bool>,
    /// Only those with this text in the id, the title, the short form or another name, whatever the case.
    #[param(min_length = 1, max_length = 100, example = "городского хозяйства")]
    q: Option<String>,
    /// A version of the policy; without it, the one in force.
    #[param(minimum = 1, example = 7)]
    version: Option<i64>,
}

impl Filter {
    fn fits(&self, one: &Organisation) -> bool {
        self.parent.as_ref().is_none_or(|parent| one.parent.as_ref() == Some(parent))
            && self.kind.is_none_or(|kind| one.kind == kind)
            && self.connected.is_none_or(|connected| one.connected == connected)
    }
}

/// List organisations.
///
/// All that fit, in the order of the policy's document.
#[utoipa::path(
    tag = "policy",
    params(Filter),
    responses((status = 200, description = "The organisations", body = Listed<OrganisationView>), Guarded, Finds, Asks),
)]
#[get("/organisations")]
async fn list(app: App, _who: May<right::ReadPolicy>, filter: Query<Filter>) -> Result<Reply, Problem> {
    let filter = filter.into_inner();
    need_lengths(&[("parent", &filter.parent, ID_LIMIT), ("q", &filter.q, SOUGHT_LIMIT)])?;
    let policy = at(&app, filter.version).await?;
    let (around, sought) = (Around::new(&policy), Sought::new(filter.q.as_deref()));
    let fitting = policy.doc().organisations.iter().filter(|one| filter.fits(one) && sought.is_in(around.names(one)));
    Ok(Listed::reply(&policy, fitting.map(|one| around.view(one)).collect()))
}

/// Get one organisation.
#[utoipa::path(
    tag = "policy",
    params(("id" = String, Path, description = "The organisation's id"), AsOf),
    responses((status = 200, description = "The organisation", body = OrganisationView), Guarded, Finds, Asks),
)]
#[get("/organisations/{id}")]
async fn find(app: App, _who: May<right::ReadPolicy>, id: Path<String>, as_of: Query<AsOf>) -> Result<Reply, Problem> {
    let policy = at(&app, as_of.into_inner().version).await?;
    let one = policy.organisation(&id.into_inner()).ok_or_else(|| Problem::not_found("organisation"))?;
    Ok(Reply::ok(&Around::new(&policy).view(one)).version(policy.version()))
}

/// By which calendar to work.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewCalendar {
    /// The calendar's id; null: that of the nearest organisation above that has one, or else the city's.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required = true, example = "omsk")]
    calendar: Option<String>,
}

/// Say by which calendar an organisation works.
///
/// All below it that name none of their own work by it too. What was promised stays: clocks that run keep the calendar they were started
/// by. It becomes part of the next version of the policy. Only an administrator of the city's root may do this.
#[utoipa::path(
    tag = "policy",
    params(("id" = String, Path, description = "The organisation's id"), Reason, OnceHeader, IfMatchHeader),
    request_body = NewCalendar,
    responses(
        (status = 200, description = "The organisation as it is now; the `ETag` is the version of the policy", body = OrganisationView),
        Guarded, Finds, Takes, Changes,
    ),
)]
#[put("/organisations/{id}/calendar")]
async fn change_calendar(
    app: App,
    who: May<right::WritePolicy>,
    id: Path<String>,
    change: Change,
    body: Json<NewCalendar>,
) -> Result<Reply, Problem> {
    let (NewCalendar { calendar }, digest) = body.split();
    let organisation = id.into_inner();
    let changed = organisation.clone();
    let amendment = move |doc: &PolicyDoc| {
        if !doc.organisations.iter().any(|one| one.id == organisation) {
            return Err(Error::NotFound("organisation"));
        }
        let organisation_calendars = vec![OrganisationCalendar { organisation, calendar }];
        Ok(Amendment { organisation_calendars, ..Amendment::default() })
    };
    let show = move |_: &mut _, _: &_, sound: &Sound, loaded: policies::Loaded| {
        let policy = sound.policy();
        let one = policy.organisation(&changed).ok_or(Error::NotFound("organisation"))?;
        Ok(Reply::ok(&Around::new(policy).view(one)).version(loaded.version()))
    };
    change.store(&app, &who, digest, amendment, in_record("/organisation_calendars/0"), show).await
}
