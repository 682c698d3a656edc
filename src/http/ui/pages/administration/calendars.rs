//! The calendars that deadlines are counted by: their weeks, single days, and production calendars.

mod days;

use actix_web::http::header;
use actix_web::web::ServiceConfig;
use actix_web::{HttpResponse, get, post};
use maud::{Markup, html};
use serde::Deserialize;

use super::publish;
use crate::app::App;
use crate::desk::{Error, policies};
use crate::domain::Policy;
use crate::domain::calendar::CalendarSpec;
use crate::domain::policy::{Amendment, PolicyDoc};
use crate::http::api::calendars::ical;
use crate::http::auth::{May, right};
use crate::http::json::Path;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::ui::fields::{Field, choice};
use crate::http::ui::form::Form;
use crate::http::ui::shell;
use crate::http::ui::visitor::Visitor;
use crate::http::ui::words::Words;

const PART: &str = "/administration/calendars";

/// The routes of this part.
pub fn routes(config: &mut ServiceConfig) {
    config.service(index).service(add).service(look).service(edit).service(remove).service(carry_out);
    days::routes(config);
}

/// Shows the calendars, each with how many work by it.
#[get("/administration/calendars")]
async fn index(app: App, _may: May<right::WritePolicy>, visitor: Visitor) -> HttpResponse {
    let (words, policy) = (visitor.words, app.policy());
    let doc = policy.doc();
    let working = |id: &str| doc.organisations.iter().filter(|one| policy.calendar_of(&one.id).id() == id).count();
    let body = html! {
        table {
            thead { tr {
                th scope="col" { (words.say("administration-calendar")) }
                th scope="col" { (words.say("administration-zone")) }
                th .figure scope="col" { (words.say("administration-works-by-it")) }
                th scope="col" { "ID" }
            } }
            tbody {
                @for one in &doc.calendars {
                    tr {
                        th scope="row" {
                            a href={ (PART) "/" (one.id) } { (one.title) }
                            @if doc.city.calendar == one.id { " " span .quiet { (words.say("administration-of-city")) } }
                        }
                        td { (one.zone) }
                        td .figure { (working(&one.id)) }
                        td { code { (one.id) } }
                    }
                }
            }
        }
        h2 { (words.say("administration-new-calendar")) }
        (super::for_city(&visitor, html! {
            form method="post" action=(PART) {
                (shell::proof(&visitor))
                (Field::new("ID", "id", "").needed().most(64).hint(words.say("administration-id-hint")).draw())
                (Field::new(words.say("administration-name"), "title", "").needed().draw())
                (choice(&words.say("administration-like"), "like", doc.calendars.iter().map(|one| (one.id.as_str(), one.title.as_str().into())), &doc.city.calendar))
                (super::reason(words, &policy))
                button { (words.say("administration-add")) }
            }
        }))
    };
    super::page(&visitor, PART, &words.say("administration-calendars"), &body)
}

/// A calendar that begins as another one is.
#[derive(Deserialize)]
struct NewCalendar {
    id: String,
    title: String,
    like: String,
    seen: i64,
    #[serde(default)]
    reason: String,
}

/// Adds a calendar.
#[post("/administration/calendars")]
async fn add(
    app: App,
    _may: May<right::WritePolicy>,
    visitor: Visitor,
    form: Form<NewCalendar>,
) -> Result<HttpResponse, Problem> {
    let Form(NewCalendar { id, title, like, seen, reason }) = form;
    let id = id.trim().to_owned();
    let address = format!("{PART}/{id}");
    let amend = move |doc: &PolicyDoc| {
        if doc.calendars.iter().any(|one| one.id == id) {
            return Err(Error::Conflict("there is a calendar of this id already"));
        }
        let spec = CalendarSpec { id, title: title.trim().to_owned(), ..find(doc, &like)?.clone() };
        Ok(Amendment { calendars: vec![spec], ..Amendment::default() })
    };
    publish::amend(&app, &visitor, seen, reason, amend).await?;
    Ok(shell::done(&address, "said-rules-saved"))
}

fn find<'d>(doc: &'d PolicyDoc, id: &str) -> Result<&'d CalendarSpec, Error> {
    doc.calendars.iter().find(|one| one.id == id).ok_or(Error::NotFound("calendar"))
}

/// The weekdays by their fields; `extra` are the hours of a day off that is worked.
const WEEK: [&str; 8] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun", "extra"];

fn windows<'s>(spec: &'s CalendarSpec, day: &str) -> &'s [String] {
    let week = &spec.week;
    match day {
        "mon" => &week.mon,
        "tue" => &week.tue,
        "wed" => &week.wed,
        "thu" => &week.thu,
        "fri" => &week.fri,
        "sat" => &week.sat,
        "sun" => &week.sun,
        _ => &week.extra,
    }
}

/// Shows one calendar: its week, its days of a year, and a day that is tried.
#[get("/administration/calendars/{id}")]
async fn look(
    app: App,
    may: May<right::WritePolicy>,
    visitor: Visitor,
    id: Path<String>,
    asked: Query<days::Asked>,
) -> Result<HttpResponse, Problem> {
    let (words, policy, desk, id) = (visitor.words, app.policy(), may.desk(&app), id.into_inner());
    let spec = find(policy.doc(), &id)?;
    let asked = asked.into_inner();
    let found = match asked.tried() {
        Some(day) => Some(publish::what_if(&app, &visitor, days::amendment(policy.doc(), &id, &day)?).await?),
        None => None,
    };
    let body = html! {
        p .row-of {
            a href=(PART) { (words.say("administration-all-calendars")) }
            a href={ (PART) "/" (id) "/ical" } { (words.say("administration-ical")) }
        }
        h2 { (words.say("administration-week")) }
        (super::for_city(&visitor, week(&visitor, &policy, spec)))
        h2 #days { (words.say("administration-days")) }
        (days::shown(&visitor, &policy, &desk, spec, &asked, found.as_ref()))
        @if super::is_of_city(&visitor) {
            h2 { (words.say("administration-remove-calendar")) }
            form method="post" action={ (PART) "/" (id) "/removal" } {
                (shell::proof(&visitor))
                (super::reason(words, &policy))
                button .second { (words.say("fields-delete")) }
            }
        }
    };
    Ok(super::page(&visitor, PART, &spec.title, &body))
}

fn week(visitor: &Visitor, policy: &Policy, spec: &CalendarSpec) -> Markup {
    let words = visitor.words;
    html! {
        form method="post" action={ (PART) "/" (spec.id) } {
            (shell::proof(visitor))
            (Field::new(words.say("administration-name"), "title", &spec.title).needed().draw())
            (Field::new(words.say("administration-zone"), "zone", &spec.zone).needed().most(60).draw())
            fieldset {
                legend { (words.say("administration-hours")) }
                p .quiet { (words.say("administration-hours-hint")) }
                div .week {
                    @for day in WEEK { (hours(words, spec, day)) }
                }
            }
            (Field::new(words.say("administration-short-day"), "short", spec.short.as_deref().unwrap_or_default()).most(10).hint(words.say("administration-short-day-hint")).draw())
            (super::reason(words, policy))
            button { (words.say("fields-save")) }
        }
    }
}

fn hours(words: Words, spec: &CalendarSpec, day: &'static str) -> Markup {
    let value = windows(spec, day).join(", ");
    Field::new(words.named("day", day), day, &value).draw()
}

/// A calendar without its days.
#[derive(Deserialize)]
struct Week {
    title: String,
    zone: String,
    #[serde(default)]
    mon: String,
    #[serde(default)]
    tue: String,
    #[serde(default)]
    wed: String,
    #[serde(default)]
    thu: String,
    #[serde(default)]
    fri: String,
    #[serde(default)]
    sat: String,
    #[serde(default)]
    sun: String,
    #[serde(default)]
    extra: String,
    #[serde(default)]
    short: String,
    seen: i64,
    #[serde(default)]
    reason: String,
}

impl Week {
    /// The calendar with this week, its days as they are.
    fn laid_over(self, spec: &CalendarSpec) -> CalendarSpec {
        let windows = |text: String| -> Vec<String> {
            text.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
        };
        let mut spec = spec.clone();
        spec.title = self.title.trim().to_owned();
        spec.zone = self.zone.trim().to_owned();
        spec.short = Some(self.short.trim().to_owned()).filter(|short| !short.is_empty());
        let week = &mut spec.week;
        (week.mon, week.tue, week.wed, week.thu) =
            (windows(self.mon), windows(self.tue), windows(self.wed), windows(self.thu));
        (week.fri, week.sat, week.sun, week.extra) =
            (windows(self.fri), windows(self.sat), windows(self.sun), windows(self.extra));
        spec
    }
}

/// Changes a calendar's week.
#[post("/administration/calendars/{id}")]
async fn edit(
    app: App,
    _may: May<right::WritePolicy>,
    visitor: Visitor,
    id: Path<String>,
    form: Form<Week>,
) -> Result<HttpResponse, Problem> {
    let (id, Form(week)) = (id.into_inner(), form);
    let (address, seen, reason) = (format!("{PART}/{id}"), week.seen, week.reason.clone());
    let amend = move |doc: &PolicyDoc| {
        Ok(Amendment { calendars: vec![week.laid_over(find(doc, &id)?)], ..Amendment::default() })
    };
    publish::amend(&app, &visitor, seen, reason, amend).await?;
    Ok(shell::done(&address, "said-rules-saved"))
}

/// What is to go.
#[derive(Deserialize)]
struct Removal {
    seen: i64,
    #[serde(default)]
    reason: String,
}

/// Takes a calendar away that nothing uses.
#[post("/administration/calendars/{id}/removal")]
async fn remove(
    app: App,
    _may: May<right::WritePolicy>,
    visitor: Visitor,
    id: Path<String>,
    form: Form<Removal>,
) -> Result<HttpResponse, Problem> {
    let (id, Form(Removal { seen, reason })) = (id.into_inner(), form);
    publish::amend(&app, &visitor, seen, reason, move |doc: &PolicyDoc| policies::drop_calendar(doc, &id)).await?;
    Ok(shell::done(PART, "said-rules-saved"))
}

/// Gives the days that differ from their weekday as iCalendar.
#[get("/administration/calendars/{id}/ical")]
async fn carry_out(
    app: App,
    _may: May<right::WritePolicy>,
    visitor: Visitor,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let (id, policy) = (id.into_inner(), app.policy());
    let version = policy.version();
    let head = app.store().read(move |conn| policies::head(conn, version)).await?;
    let calendar = policy.calendar(&id).ok_or_else(|| Problem::not_found("calendar"))?;
    let file = ical::write(calendar, &policy.doc().city.id, *head.loaded_at, visitor.words.language());
    Ok(HttpResponse::Ok()
        .content_type(ical::MEDIA_TYPE)
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{id}.ics\"")))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(file))
}
