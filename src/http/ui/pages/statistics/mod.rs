//! Statistics: a period at a glance, broken down, and rated. Each figure opens the list that it counts.

mod figures;

use std::borrow::Cow;

use actix_web::web::ServiceConfig;
use actix_web::{HttpResponse, get};
use jiff::ToSpan as _;
use jiff::civil::Date;
use maud::{Markup, html};
use serde::Deserialize;

use crate::app::App;
use crate::desk::statistics::{self, Ask};
use crate::desk::{Desk, Error};
use crate::domain::statistics::{Breakdown, Cohort, Dimension, Rating, Summary};
use crate::domain::{Kind, Scope};
use crate::http::auth::{May, right};
use crate::http::problem::Problem;
use crate::http::query::{self, Query};
use crate::http::ui::fields::{Field, choice};
use crate::http::ui::shell;
use crate::http::ui::visitor::Visitor;
use crate::http::ui::words::Words;
use crate::store::Conn;

/// The routes of this page.
pub fn routes(config: &mut ServiceConfig) {
    config.service(show);
}

/// The period, what part of the incidents it is about, and by what it is broken down. What is empty is not asked.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Asked {
    #[serde(deserialize_with = "query::filled")]
    from: Option<Date>,
    /// The last day: part of the period.
    #[serde(deserialize_with = "query::filled")]
    until: Option<Date>,
    #[serde(deserialize_with = "query::filled")]
    cohort: Option<Cohort>,
    #[serde(deserialize_with = "query::filled")]
    by: Option<Dimension>,
    #[serde(deserialize_with = "query::filled")]
    organisation: Option<String>,
    #[serde(deserialize_with = "query::filled")]
    group: Option<String>,
    #[serde(deserialize_with = "query::filled")]
    topic: Option<String>,
    #[serde(deserialize_with = "query::filled")]
    network: Option<String>,
    #[serde(deserialize_with = "query::filled")]
    municipality: Option<String>,
    #[serde(deserialize_with = "query::filled")]
    kind: Option<Kind>,
}

impl Asked {
    fn ask(&self) -> Ask {
        Ask {
            from: self.from.map(|day| day.to_string()),
            to: self.until.and_then(|day| day.tomorrow().ok()).map(|day| day.to_string()),
            cohort: self.cohort.unwrap_or(Cohort::Created),
            organisation: self.organisation.clone(),
            executor: None,
            topic: self.topic.clone(),
            group: self.group.clone(),
            network: self.network.clone(),
            municipality: self.municipality.clone(),
            kind: self.kind,
        }
    }

    fn by(&self) -> Dimension {
        self.by.unwrap_or(Dimension::Organisation)
    }
}

/// What is shown.
struct Report {
    summary: Summary,
    /// Day by day, or month by month where that would be too many days.
    course: Breakdown,
    rows: Breakdown,
    rating: Rating,
}

/// The longest period that is drawn day by day.
const DAYS: i64 = 62;

fn report(conn: &mut Conn, desk: &Desk, asked: &Asked) -> Result<Report, Error> {
    let ask = asked.ask();
    let summary = statistics::summary(conn, desk, &ask)?;
    let days = summary.span.to_at.seconds_since(summary.span.from_at) / 86_400;
    let slots = if days <= DAYS { Dimension::Day } else { Dimension::Month };
    let course = statistics::by(conn, desk, &ask, slots)?;
    let rows = if asked.by() == slots { course.clone() } else { statistics::by(conn, desk, &ask, asked.by())? };
    Ok(Report { summary, course, rows, rating: statistics::rating(conn, desk, &ask)? })
}

/// Shows the figures of a period.
#[get("/statistics")]
async fn show(
    app: App,
    may: May<right::ReadStatistics>,
    visitor: Visitor,
    asked: Query<Asked>,
) -> Result<HttpResponse, Problem> {
    let (desk, asked) = (may.desk(&app), asked.into_inner());
    let around = desk.clone();
    let (asked, report) = app
        .store()
        .read(move |conn| -> Result<_, Error> {
            let report = report(conn, &desk, &asked)?;
            Ok((asked, report))
        })
        .await?;
    let words = visitor.words;
    let title = words.say("statistics-title");
    let body = html! {
        main #content .statistics tabindex="-1" {
            h1 { (title) }
            (choices(words, &around, &asked, &report.summary))
            @if report.summary.figures.total.count == 0 { p { (words.say("statistics-nothing")) } }
            (figures::summary(words, &around, &report.summary, asked.ask().cohort))
            (figures::course(words, &report.course))
            (figures::breakdown(words, &report.rows))
            (figures::rating(words, &around, &report.rating))
        }
    };
    Ok(shell::page(&visitor, "/statistics", &title, &body))
}

/// The form that chooses.
fn choices(words: Words, desk: &Desk, asked: &Asked, summary: &Summary) -> Markup {
    let last = summary.span.to.parse::<Date>().ok().and_then(|to| to.yesterday().ok());
    let last = last.map(|day| day.to_string()).unwrap_or_default();
    let narrowed = asked.group.is_some()
        || asked.network.is_some()
        || asked.municipality.is_some()
        || asked.kind.is_some()
        || asked.organisation.is_some()
        || asked.topic.is_some();
    html! {
        nav .presets aria-label=(words.say("statistics-periods")) {
            @for (message, from, until) in presets(desk) {
                a href={ "/statistics?from=" (from) "&until=" (until) "&by=" (asked.by()) } { (words.say(message)) }
            }
        }
        form .choices method="get" action="/statistics" {
            div .row-of {
                (Field::new(words.say("statistics-from"), "from", &summary.span.from).kind("date").draw())
                (Field::new(words.say("statistics-until"), "until", &last).kind("date").draw())
                (choice(&words.say("statistics-cohort"), "cohort", named(words, "cohort", Cohort::ALL.iter().map(|one| one.as_str())), asked.ask().cohort.as_str()))
                (choice(&words.say("statistics-by"), "by", named(words, "dimension", Dimension::ALL.iter().map(|one| one.as_str())), asked.by().as_str()))
            }
            details open[narrowed] {
                summary { (words.say("statistics-narrow")) }
                div .row-of { (narrowing(words, desk, asked)) }
            }
            button { (words.say("fields-show")) }
        }
    }
}

fn narrowing(words: Words, desk: &Desk, asked: &Asked) -> Markup {
    let doc = desk.policy.doc();
    let any = || std::iter::once(("", words.say("fields-any")));
    let own = |id: &str| match desk.actor.scope() {
        Scope::All => true,
        Scope::Subtree(ids) => ids.contains(id),
    };
    let organisations =
        doc.organisations.iter().filter(|one| own(&one.id)).map(|one| (one.id.as_str(), one.title.as_str().into()));
    let groups = doc.groups.iter().map(|one| (one.id.as_str(), one.title.as_str().into()));
    let topics = doc.topics.iter().map(|one| (one.id.as_str(), one.title.as_str().into()));
    let municipalities = doc.municipalities.iter().map(|one| (one.id.as_str(), one.title.as_str().into()));
    let chosen = |value: &'_ Option<String>| value.clone().unwrap_or_default();
    html! {
        (choice(&words.say("dimension-organisation"), "organisation", any().chain(organisations), &chosen(&asked.organisation)))
        (choice(&words.say("dimension-group"), "group", any().chain(groups), &chosen(&asked.group)))
        (choice(&words.say("dimension-topic"), "topic", any().chain(topics), &chosen(&asked.topic)))
        (choice(&words.say("dimension-network"), "network", any().chain(named(words, "network", NETWORKS.iter().copied())), &chosen(&asked.network)))
        (choice(&words.say("dimension-municipality"), "municipality", any().chain(municipalities), &chosen(&asked.municipality)))
        (choice(&words.say("statistics-kind"), "kind", any().chain(named(words, "kind", Kind::ALL.iter().map(|one| one.as_str()))), asked.kind.map_or("", Kind::as_str)))
    }
}

/// The networks that can be chosen.
const NETWORKS: &[&str] = &["vk", "ok", "telegram", "max"];

fn named(
    words: Words,
    list: &'static str,
    values: impl Iterator<Item = &'static str>,
) -> impl Iterator<Item = (&'static str, Cow<'static, str>)> {
    values.map(move |value| (value, words.named(list, value)))
}

/// Periods that are asked for often: the message, the first day and the last.
fn presets(desk: &Desk) -> Vec<(&'static str, Date, Date)> {
    let today = desk.policy.zone().to_datetime(*desk.now).date();
    let month = today.first_of_month();
    let before = month.yesterday().unwrap_or(month);
    vec![
        ("statistics-today", today, today),
        ("statistics-week", today.saturating_sub(6.days()), today),
        ("statistics-month", month, today),
        ("statistics-last-month", before.first_of_month(), before),
        ("statistics-year", today.first_of_year(), today),
    ]
}
