//! The single days of a calendar, and whole years of them from a production calendar.

use actix_web::web::ServiceConfig;
use actix_web::{HttpResponse, post};
use jiff::civil::Date;
use maud::{Markup, html};
use serde::Deserialize;

use super::{PART, find, publish};
use crate::app::App;
use crate::desk::deadlines::WhatIf;
use crate::desk::policies::{self, YearsChange};
use crate::desk::{Desk, Error};
use crate::domain::Policy;
use crate::domain::calendar::{CalendarSpec, DayKind, DayRow};
use crate::domain::policy::{Amendment, CalendarDays, PolicyDoc};
use crate::http::api::calendars::days::read;
use crate::http::auth::{May, right};
use crate::http::json::Path;
use crate::http::problem::Problem;
use crate::http::query;
use crate::http::ui::fields::{Field, choice, hidden};
use crate::http::ui::form::Form;
use crate::http::ui::shell;
use crate::http::ui::upload::Upload;
use crate::http::ui::visitor::Visitor;
use crate::http::ui::words::Words;

/// The routes of days.
pub fn routes(config: &mut ServiceConfig) {
    config.service(store).service(fill);
}

/// Which year to show, and a day to try.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Asked {
    #[serde(deserialize_with = "query::filled")]
    year: Option<i16>,
    #[serde(deserialize_with = "query::filled")]
    date: Option<Date>,
    kind: String,
    about: String,
}

impl Asked {
    /// The day that is to be tried.
    pub fn tried(&self) -> Option<Day> {
        let Asked { date, kind, about, .. } = self;
        date.map(|date| Day { date, kind: kind.clone(), about: about.clone() })
    }
}

/// A day and what it is to be: a kind of [`DayKind`], or as its weekday.
#[derive(Debug, Clone)]
pub struct Day {
    date: Date,
    kind: String,
    about: String,
}

/// What the change of one day is as a change of the rules.
pub fn amendment(doc: &PolicyDoc, id: &str, day: &Day) -> Result<Amendment, Error> {
    let spec = find(doc, id)?;
    match day.kind.parse::<DayKind>() {
        Ok(kind) => {
            let row = DayRow { date: day.date, kind, note: day.about.trim().to_owned() };
            let days = vec![CalendarDays { calendar: id.to_owned(), days: vec![row] }];
            Ok(Amendment { days, ..Amendment::default() })
        }
        Err(_) => {
            let mut spec = spec.clone();
            spec.days.retain(|row| row.date != day.date);
            Ok(Amendment { calendars: vec![spec], ..Amendment::default() })
        }
    }
}

/// The days of a year, a form for one of them, and one for a whole production calendar.
pub fn shown(
    visitor: &Visitor,
    policy: &Policy,
    desk: &Desk,
    spec: &CalendarSpec,
    asked: &Asked,
    found: Option<&WhatIf>,
) -> Markup {
    let (words, address) = (visitor.words, format!("{PART}/{}", spec.id));
    let this = policy.zone().to_datetime(*desk.now).year();
    let year = asked.year.or(asked.date.map(Date::year)).unwrap_or(this);
    let mut years: Vec<i16> = spec.days.iter().map(|row| row.date.year()).chain([this]).collect();
    years.sort_unstable();
    years.dedup();
    let mut rows: Vec<&DayRow> = spec.days.iter().filter(|row| row.date.year() == year).collect();
    rows.sort_by_key(|row| row.date);
    html! {
        nav .row-of aria-label=(words.say("administration-years")) {
            @for one in &years { a href={ (address) "?year=" (one) "#days" } aria-current=[(*one == year).then_some("true")] { (one) } }
        }
        @if rows.is_empty() {
            p .quiet { (words.with("administration-no-days", [("year", year.to_string().into())])) }
        } @else {
            table {
                thead { tr {
                    th scope="col" { (words.say("administration-date")) }
                    th scope="col" { (words.say("administration-day-is")) }
                    th scope="col" { (words.say("administration-remark")) }
                } }
                tbody { @for row in rows { tr { td { (row.date) } td { (words.named("day-kind", row.kind.as_str())) } td { (row.note) } } } }
            }
        }
        @if super::super::is_of_city(visitor) {
            (one_day(visitor, policy, desk, &address, asked, found))
            (whole_years(visitor, policy, &address))
        }
    }
}

fn one_day(
    visitor: &Visitor,
    policy: &Policy,
    desk: &Desk,
    address: &str,
    asked: &Asked,
    found: Option<&WhatIf>,
) -> Markup {
    let words = visitor.words;
    let date = asked.date.map(|date| date.to_string()).unwrap_or_default();
    let kinds = DayKind::ALL.iter().map(|kind| (kind.as_str(), words.named("day-kind", kind.as_str())));
    let kinds = kinds.chain([("usual", words.say("day-kind-usual"))]);
    html! {
        h3 { (words.say("administration-one-day")) }
        form method="get" action={ (address) "#what-if" } {
            div .pair {
                (Field::new(words.say("administration-date"), "date", &date).kind("date").needed().draw())
                (choice(&words.say("administration-day-is"), "kind", kinds, &asked.kind))
                (Field::new(words.say("administration-remark"), "about", &asked.about).draw())
            }
            button .second { (words.say("administration-try")) }
        }
        @if let Some(found) = found {
            (publish::moved(words, desk, found))
            form method="post" action={ (address) "/days" } {
                (shell::proof(visitor))
                (hidden("date", &date)) (hidden("kind", &asked.kind)) (hidden("about", &asked.about))
                (super::super::reason(words, policy))
                button { (words.say("fields-save")) }
            }
        }
    }
}

fn whole_years(visitor: &Visitor, policy: &Policy, address: &str) -> Markup {
    let words = visitor.words;
    html! {
        h3 { (words.say("administration-production-calendar")) }
        p .quiet { (words.say("administration-production-calendar-hint")) }
        form method="post" action={ (address) "/import" } enctype="multipart/form-data" {
            (shell::proof(visitor))
            (hidden("seen", &policy.version().to_string()))
            label { span { (words.say("fields-file")) } input type="file" name="file" accept=".csv,text/csv" required; }
            button .second { (words.say("administration-what-changes")) }
        }
    }
}

/// A day to store.
#[derive(Deserialize)]
struct NewDay {
    date: Date,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    about: String,
    seen: i64,
    #[serde(default)]
    reason: String,
}

/// Says what a day is: off, worked, short, or as its weekday.
#[post("/administration/calendars/{id}/days")]
async fn store(
    app: App,
    _may: May<right::WritePolicy>,
    visitor: Visitor,
    id: Path<String>,
    form: Form<NewDay>,
) -> Result<HttpResponse, Problem> {
    let (id, Form(NewDay { date, kind, about, seen, reason })) = (id.into_inner(), form);
    let address = format!("{PART}/{id}?year={}#days", date.year());
    let day = Day { date, kind, about };
    publish::amend(&app, &visitor, seen, reason, move |doc: &PolicyDoc| amendment(doc, &id, &day)).await?;
    Ok(shell::done(&address, "said-rules-saved"))
}

/// Fills years of a calendar from a file: first tells what would change, then, with `save`, changes it.
#[post("/administration/calendars/{id}/import")]
async fn fill(
    app: App,
    _may: May<right::WritePolicy>,
    visitor: Visitor,
    id: Path<String>,
    upload: Upload,
) -> Result<HttpResponse, Problem> {
    let (words, id) = (visitor.words, id.into_inner());
    let address = format!("{PART}/{id}");
    let text = upload.text_or_file("rows")?;
    let seen = upload.number("seen")?.unwrap_or(0);
    let rows: Vec<DayRow> = read(text.as_bytes())?.into_iter().map(|(_, row)| row).collect();
    if upload.text("save") == "yes" {
        let note = upload.text("reason").to_owned();
        publish::amend(&app, &visitor, seen, note, move |doc: &PolicyDoc| {
            Ok(policies::replace_years(doc, &id, rows)?.0)
        })
        .await?;
        return Ok(shell::done(&format!("{address}#days"), "said-rules-saved"));
    }
    let policy = app.policy();
    let (amendment, change) = policies::replace_years(policy.doc(), &id, rows)?;
    let found = publish::what_if(&app, &visitor, amendment).await?;
    let desk = visitor.caller.desk(&app);
    let body = html! {
        p { a href=(address) { (words.say("administration-back")) } }
        (told(words, &change))
        (publish::moved(words, &desk, &found))
        form method="post" action={ (address) "/import" } enctype="multipart/form-data" {
            (shell::proof(&visitor))
            (hidden("save", "yes"))
            (hidden("rows", &text))
            (super::super::reason(words, &policy))
            button { (words.say("fields-save")) }
        }
    };
    Ok(super::super::page(&visitor, PART, &words.say("administration-production-calendar"), &body))
}

fn told(words: Words, change: &YearsChange) -> Markup {
    let years = change.years.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let lists = [("administration-days-added", &change.added), ("administration-days-removed", &change.removed)];
    html! {
        p { (words.with("administration-years-told", [("years", years.into()), ("unchanged", i64::try_from(change.unchanged).unwrap_or(0).into())])) }
        @for (message, rows) in lists {
            @if !rows.is_empty() {
                h2 { (words.say(message)) " (" (rows.len()) ")" }
                ul .plain { @for row in rows { li { (row.date) " · " (words.named("day-kind", row.kind.as_str())) " " (row.note) } } }
            }
        }
    }
}
