//! The figures as tables, with charts beside them.

use maud::{Markup, html};

use crate::desk::Desk;
use crate::domain::CloseReason;
use crate::domain::statistics::{Breakdown, Cohort, Dimension, Figure, OnTime, Rated, Rating, Row, Spread, Summary};
use crate::http::ui::chart::{self, Bar, Ink, Series};
use crate::http::ui::parts;
use crate::http::ui::words::Words;

/// How many bars a chart has at most; the table has all rows.
const BARS: usize = 15;

/// A number that opens the list it counts; of none there is no list.
fn figure(one: &Figure) -> Markup {
    html! {
        @if one.count == 0 { "0" } @else { a href={ "/search?" (one.query) } { (parts::number(one.count)) } }
    }
}

/// A share as percent, with one decimal.
fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "—".to_owned(), |share| format!("{:.1} %", share * 100.0).replace('.', ","))
}

fn lasting(words: Words, seconds: Option<i64>) -> String {
    seconds.map_or_else(|| "—".to_owned(), |seconds| parts::span(words, seconds))
}

fn mean(mark: Option<f64>) -> String {
    mark.map_or_else(|| "—".to_owned(), |mark| format!("{mark:.2}").replace('.', ","))
}

fn line(label: &str, value: Markup) -> Markup {
    html! { tr { th scope="row" { (label) } td .figure { (value) } } }
}

/// A period at a glance.
pub fn summary(words: Words, desk: &Desk, summary: &Summary, cohort: Cohort) -> Markup {
    let (figures, say) = (&summary.figures, |message| words.say(message));
    let closed = &figures.closed;
    html! {
        p .quiet {
            (words.named("cohort-about", cohort.as_str())) " "
            (words.with("statistics-made", [("at", parts::said(words, desk, summary.span.made_at).into()), ("zone", summary.span.zone.as_str().into())]))
        }
        div .tables {
            section aria-labelledby="statistics-flow" {
                h2 #statistics-flow { (say("statistics-flow")) }
                table { tbody {
                    (line(&say("statistics-total"), figure(&figures.total)))
                    (line(&say("statistics-merged"), figure(&figures.merged)))
                    (line(&say("statistics-unique"), figure(&figures.unique)))
                    (line(&say("statistics-answered"), figure(&figures.answered)))
                    (line(&say("statistics-still-open"), figure(&figures.still_open)))
                    (line(&say("statistics-open-now"), figure(&summary.now.open)))
                    (line(&say("statistics-overdue-now"), figure(&summary.now.overdue)))
                } }
            }
            section aria-labelledby="statistics-outcomes" {
                h2 #statistics-outcomes { (say("statistics-outcomes")) }
                table { tbody {
                    (line(&say("statistics-closed"), figure(&closed.total)))
                    (line(&say("outcome-resolved"), figure(&closed.resolved)))
                    (line(&say("outcome-explained"), figure(&closed.explained)))
                    (line(&say("outcome-not_resolved"), figure(&closed.not_resolved)))
                    (line(&say("outcome-deferred"), figure(&closed.deferred)))
                    (line(&say("statistics-without-outcome"), figure(&closed.without_outcome)))
                } }
            }
            section aria-labelledby="statistics-time" {
                h2 #statistics-time { (say("statistics-time")) }
                table { tbody {
                    (on_time(words, &figures.on_time))
                    (line(&say("statistics-median-working"), html! { (lasting(words, figures.first_answer.working.median_seconds)) }))
                    (line(&say("statistics-p90-working"), html! { (lasting(words, figures.first_answer.working.p90_seconds)) }))
                    (line(&say("statistics-median-calendar"), html! { (lasting(words, figures.first_answer.calendar.median_seconds)) }))
                } }
            }
            section aria-labelledby="statistics-satisfaction" {
                h2 #statistics-satisfaction { (say("statistics-satisfaction")) }
                table { tbody {
                    (line(&say("statistics-ratings"), figure(&figures.satisfaction.ratings)))
                    (line(&say("statistics-mean-rating"), html! { (mean(figures.satisfaction.mean_rating)) }))
                    (line(&say("statistics-satisfied"), figure(&figures.satisfaction.satisfied)))
                    (line(&say("statistics-silent"), figure(&figures.satisfaction.silent)))
                } }
            }
        }
        (chart::bars(&say("statistics-outcomes"), &[
            bar(say("outcome-resolved").into_owned(), closed.resolved.count, Ink::Good),
            bar(say("outcome-explained").into_owned(), closed.explained.count, Ink::Accent),
            bar(say("outcome-not_resolved").into_owned(), closed.not_resolved.count, Ink::Over),
            bar(say("outcome-deferred").into_owned(), closed.deferred.count, Ink::Near),
            bar(say("statistics-without-outcome").into_owned(), closed.without_outcome.count, Ink::Quiet),
        ]))
        (reasons(words, summary))
    }
}

fn bar(label: String, value: i64, ink: Ink) -> Bar {
    Bar { label, value, ink }
}

fn on_time(words: Words, on_time: &OnTime) -> Markup {
    html! {
        (line(&words.say("statistics-in-time"), html! { (percent(on_time.share)) }))
        (line(&words.say("statistics-met"), figure(&on_time.met)))
        (line(&words.say("statistics-breached"), figure(&on_time.breached)))
        (line(&words.say("statistics-running"), figure(&on_time.running)))
        (line(&words.say("statistics-paused"), figure(&on_time.paused)))
    }
}

/// Why incidents were closed, and what most of them were about.
fn reasons(words: Words, summary: &Summary) -> Markup {
    let reasons = &summary.figures.closed.reasons;
    let said = |reason: Option<CloseReason>| match reason {
        Some(reason) => words.named("close-reason", reason.as_str()),
        None => words.say("statistics-unnamed"),
    };
    html! {
        div .tables {
            @if !reasons.is_empty() {
                section aria-labelledby="statistics-reasons" {
                    h2 #statistics-reasons { (words.say("statistics-reasons")) }
                    table { tbody { @for one in reasons { (line(&said(one.reason), figure(&one.incidents))) } } }
                }
            }
            @if !summary.top_topics.is_empty() {
                section aria-labelledby="statistics-topics" {
                    h2 #statistics-topics { (words.say("statistics-topics")) }
                    table {
                        tbody {
                            @for one in &summary.top_topics {
                                tr {
                                    th scope="row" { (one.title.as_deref().unwrap_or(&one.topic)) }
                                    td .figure { (figure(&one.incidents)) }
                                    td .figure { (percent(one.share)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// How the period went, day by day or month by month.
pub fn course(words: Words, course: &Breakdown) -> Markup {
    let title = match course.dimension {
        Dimension::Month => words.say("statistics-by-month"),
        _ => words.say("statistics-by-day"),
    };
    let labels: Vec<String> = course.rows.iter().map(|row| slot(words, row)).collect();
    let series = |message: &'static str, ink, value: fn(&Row) -> i64| Series {
        label: words.say(message).into_owned(),
        ink,
        values: course.rows.iter().map(value).collect(),
    };
    html! {
        section aria-labelledby="statistics-course" {
            h2 #statistics-course { (title) }
            (chart::columns(&title, &labels, &[
                series("statistics-total", Ink::Accent, |row| row.figures.total.count),
                series("statistics-answered", Ink::Good, |row| row.figures.answered.count),
                series("statistics-breached", Ink::Over, |row| row.figures.on_time.breached.count),
            ]))
        }
    }
}

/// A day or month as people say it.
fn slot(words: Words, row: &Row) -> String {
    let key = row.key.as_deref().unwrap_or_default();
    let mut numbers = key.split('-');
    let (year, month, day) = (numbers.next(), numbers.next(), numbers.next());
    let month = month.map(|month| words.named("month", month.trim_start_matches('0'))).unwrap_or_default();
    match day {
        Some(day) => format!("{} {month}", day.trim_start_matches('0')),
        None => format!("{month} {}", year.unwrap_or_default()),
    }
}

/// What a row is of.
fn name(words: Words, dimension: Dimension, row: &Row) -> String {
    match (&row.title, row.key.as_deref(), dimension) {
        (_, _, Dimension::Day | Dimension::Month) => slot(words, row),
        (Some(title), _, _) => title.clone(),
        (None, Some(key), Dimension::Network) => words.named("network", key).into_owned(),
        (None, Some(key), _) => key.to_owned(),
        (None, None, _) => words.say("statistics-unnamed").into_owned(),
    }
}

/// The period by one dimension.
pub fn breakdown(words: Words, breakdown: &Breakdown) -> Markup {
    let dimension = breakdown.dimension;
    let title = words.with("statistics-breakdown", [("by", words.named("dimension", dimension.as_str()).into())]);
    let is_time = matches!(dimension, Dimension::Day | Dimension::Month);
    let bars: Vec<Bar> = breakdown
        .rows
        .iter()
        .take(if is_time { 0 } else { BARS })
        .map(|row| bar(name(words, dimension, row), row.figures.unique.count, Ink::Accent))
        .collect();
    html! {
        section aria-labelledby="statistics-breakdown" {
            h2 #statistics-breakdown { (title) }
            @if !breakdown.rows.is_empty() {
                (chart::bars(&title, &bars))
                div .scroll tabindex="0" role="group" aria-labelledby="statistics-breakdown" {
                    table .wide {
                        thead { tr {
                            th scope="col" { (words.named("dimension", dimension.as_str())) }
                            @for message in COLUMNS { th .figure scope="col" { (words.say(message)) } }
                            @if !is_time {
                                th .figure scope="col" { (words.say("statistics-open-now")) }
                                th .figure scope="col" { (words.say("statistics-overdue-now")) }
                            }
                        } }
                        tbody { @for row in &breakdown.rows { (breakdown_row(words, dimension, row)) } }
                    }
                }
            }
        }
    }
}

const COLUMNS: [&str; 9] = [
    "statistics-total",
    "statistics-unique",
    "statistics-answered",
    "outcome-resolved",
    "outcome-explained",
    "outcome-not_resolved",
    "statistics-in-time",
    "statistics-breached",
    "statistics-median-working",
];

fn breakdown_row(words: Words, dimension: Dimension, row: &Row) -> Markup {
    let figures = &row.figures;
    html! {
        tr {
            th scope="row" { (name(words, dimension, row)) }
            td .figure { (figure(&figures.total)) }
            td .figure { (figure(&figures.unique)) }
            td .figure { (figure(&figures.answered)) }
            td .figure { (figure(&figures.closed.resolved)) }
            td .figure { (figure(&figures.closed.explained)) }
            td .figure { (figure(&figures.closed.not_resolved)) }
            td .figure { (percent(figures.on_time.share)) }
            td .figure { (figure(&figures.on_time.breached)) }
            td .figure { (lasting(words, figures.first_answer.working.median_seconds)) }
            @if let Some(now) = &row.now {
                td .figure { (figure(&now.open)) }
                td .figure { (figure(&now.overdue)) }
            }
        }
    }
}

/// Who does the work how well.
pub fn rating(words: Words, desk: &Desk, rating: &Rating) -> Markup {
    html! {
        section aria-labelledby="statistics-rating" {
            h2 #statistics-rating { (words.say("statistics-rating")) }
            p .quiet { (words.with("statistics-rating-about", [("least", rating.least.into()), ("count", rating.not_rated.into())])) }
            @if !rating.rows.is_empty() {
                div .scroll tabindex="0" role="group" aria-labelledby="statistics-rating" {
                    table .wide {
                        thead { tr {
                            th .figure scope="col" { (words.say("statistics-place")) }
                            th scope="col" { (words.say("statistics-body")) }
                            @for message in RATED { th .figure scope="col" { (words.say(message)) } }
                        } }
                        tbody { @for row in &rating.rows { (rated(words, desk, row)) } }
                    }
                }
            }
        }
    }
}

const RATED: [&str; 8] = [
    "statistics-unique",
    "statistics-answered",
    "statistics-in-time",
    "statistics-breached",
    "statistics-median-working",
    "statistics-rework",
    "statistics-returned",
    "statistics-mean-rating",
];

fn rated(words: Words, desk: &Desk, row: &Rated) -> Markup {
    let Spread { median_seconds, .. } = row.first_answer;
    html! {
        tr {
            td .figure { (row.place) }
            th scope="row" {
                (row.title.as_deref().or(row.executor.as_deref()).unwrap_or(&row.organisation))
                @if row.executor.is_some() { br; small .quiet { (parts::organisation(desk, &row.organisation)) } }
            }
            td .figure { (figure(&row.incidents)) }
            td .figure { (figure(&row.answered)) }
            td .figure { (percent(row.on_time.share)) }
            td .figure { (figure(&row.on_time.breached)) }
            td .figure { (lasting(words, median_seconds)) }
            td .figure { (figure(&row.rework.incidents)) }
            td .figure { (figure(&row.returned)) }
            td .figure { (mean(row.satisfaction.mean_rating)) }
        }
    }
}
