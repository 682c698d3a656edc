//! The map: where incidents are, gathered into clusters, on a drawing of our own; beside it the same as a table.

mod drawing;
mod whereabouts;

use actix_web::http::header::{self, HeaderValue};
use actix_web::web::ServiceConfig;
use actix_web::{HttpRequest, HttpResponse, get};
use maud::{Markup, html};

use super::search::asked::Asked;
use crate::app::App;
use crate::desk::{Desk, incidents};
use crate::domain::Step;
use crate::domain::map::{Bounds, Cluster, Point, clusters};
use crate::http::api::incidents::FilterParameters;
use crate::http::auth::{May, right};
use crate::http::problem::Problem;
use crate::http::query;
use crate::http::ui::visitor::Visitor;
use crate::http::ui::words::Words;
use crate::http::ui::{parts, shell};
use crate::store::incidents::Period;
use drawing::Drawing;

pub use whereabouts::whereabouts;

/// The routes of this page.
pub fn routes(config: &mut ServiceConfig) {
    config.service(map).service(whereabouts::image);
}

/// The most incidents that are gathered: memory and time stay small.
const MOST: i64 = 200_000;
/// The grid by which they are gathered: no more clusters than can be told apart.
const COLUMNS: u32 = 16;
const ROWS: u32 = 11;
/// The most clusters that the table lists.
const LISTED: usize = 100;
/// The smallest part that is shown by itself, in degrees: a few houses.
const SMALLEST: f64 = 0.004;

/// Shows where incidents are: those that are open, unless other steps are asked for. Every filter of search may be given.
#[get("/map")]
async fn map(
    app: App,
    visitor: Visitor,
    _may: May<right::ReadIncidents>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let desk = visitor.caller.desk(&app);
    let asked = Asked::read(&desk, request.query_string())?;
    if !asked.is_canonical {
        let address = asked.address_at("/map");
        return Ok(HttpResponse::SeeOther().insert_header((header::LOCATION, address)).finish());
    }
    let wanted: FilterParameters = query::read(asked.pairs.clone())?;
    let mut filter = wanted.filter(&app)?;
    if filter.steps.is_empty() && filter.open.is_none() && filter.closed == Period::default() {
        filter.open = Some(true);
    }
    let circumstances = desk.clone();
    let points = app.store().read(move |conn| incidents::points(conn, &circumstances, &filter, MOST)).await?;
    let shown = shown(&desk, wanted.within, &points);
    let gathered = clusters(&points, shown, COLUMNS, ROWS);
    let tiles = app.config().map.tiles.as_ref();
    let drawing = Drawing { words: visitor.words, desk: &desk, shown, outlines: &app.config().map.outlines, tiles };
    let mut response = page(&visitor, &desk, &asked, &drawing, &gathered);
    if let Some(tiles) = tiles
        && let Ok(policy) = HeaderValue::try_from(shell::policy_with_images(&tiles.origin))
    {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    Ok(response)
}

/// The part of the map that is shown: the one asked for, or what holds all points, or the city's houses.
fn shown(desk: &Desk, asked: Option<Bounds>, points: &[Point]) -> Bounds {
    let houses = desk.policy.doc().houses.iter().map(|house| Point { lat: house.lat, lon: house.lon });
    let around = asked.or_else(|| Bounds::around(points.iter().copied())).or_else(|| Bounds::around(houses));
    let bounds = around.unwrap_or(Bounds { west: -180.0, south: -85.0, east: 180.0, north: 85.0 });
    drawing::fitted(if asked.is_some() { bounds } else { wider(bounds, 1.1) })
}

/// The same middle, so many times as wide.
fn wider(bounds: Bounds, times: f64) -> Bounds {
    let (width, height) = bounds.size();
    Bounds::at(bounds.middle(), (width * times).max(SMALLEST), (height * times).max(SMALLEST))
}

fn page(visitor: &Visitor, desk: &Desk, asked: &Asked, drawing: &Drawing<'_>, gathered: &[Cluster]) -> HttpResponse {
    let words = visitor.words;
    let title = words.say("map-title");
    let count: usize = gathered.iter().map(|cluster| cluster.count).sum();
    let to = |bounds: Bounds| asked.with("within", &bounds.to_string()).address_at("/map");
    let list =
        |bounds: Bounds| asked.with("within", &wider(bounds, 1.02).to_string()).with_open().address_at("/search");
    let body = html! {
        main #content .map tabindex="-1" {
            h1 { (title) }
            div .columns {
                div .asking { (form(words, desk, asked)) }
                div {
                    p #map-said { (words.with("map-count", [("count", count.into()), ("clusters", gathered.len().into())])) }
                    (ways(words, asked, drawing.shown))
                    (drawing.drawn(gathered, |cluster| if is_small(cluster) { list(cluster.bounds) } else { to(wider(cluster.bounds, 1.3)) }))
                    p .quiet { (words.say("map-ground")) }
                    (table(words, desk, gathered, &to, &list))
                }
            }
        }
    };
    shell::page(visitor, "/map", &title, &body)
}

/// Whether to look closer would show no more.
fn is_small(cluster: &Cluster) -> bool {
    let (width, height) = cluster.bounds.size();
    cluster.count == 1 || (width < SMALLEST && height < SMALLEST)
}

/// The filter: topic, steps, lateness; what else came with the address is carried along.
fn form(words: Words, desk: &Desk, asked: &Asked) -> Markup {
    const OWN: [&str; 4] = ["topic", "group", "step", "overdue"];
    let doc = desk.policy.doc();
    let topics = |group: &str| {
        let of_group = doc.topics.iter().filter(|topic| topic.group == group);
        of_group.map(|topic| (topic.id.as_str(), topic.title.clone())).collect::<Vec<_>>()
    };
    html! {
        form method="get" action="/map" {
            @for (name, value) in asked.pairs.iter().filter(|(name, _)| !OWN.contains(&name.as_str())) {
                input type="hidden" name=(name) value=(value);
            }
            label {
                span { (words.named("field", "group")) }
                select name="group" {
                    option value="" { (words.say("search-any")) }
                    (parts::options(doc.groups.iter().map(|group| (group.id.as_str(), group.title.clone())), asked.value("group")))
                }
            }
            label {
                span { (words.named("field", "topic")) }
                select name="topic" {
                    option value="" { (words.say("search-any")) }
                    @for group in &doc.groups { optgroup label=(group.title) { (parts::options(topics(&group.id), asked.value("topic"))) } }
                }
            }
            fieldset .checks {
                legend { (words.named("field", "step")) }
                @for step in Step::ALL.iter().filter(|step| **step != Step::Closed) {
                    label .check {
                        input type="checkbox" name="step" value=(step) checked[asked.has("step", step.as_str())];
                        " " (words.named("step", step.as_str()))
                    }
                }
            }
            label .check {
                input type="checkbox" name="overdue" value="true" checked[asked.value("overdue") == Some("true")];
                " " (words.say("map-overdue"))
            }
            div .row-of {
                button { (words.say("map-show")) }
                a href="/map" { (words.say("search-anew")) }
            }
        }
    }
}

/// The ways to look elsewhere, as links: closer, farther, to each side, at all.
fn ways(words: Words, asked: &Asked, shown: Bounds) -> Markup {
    let (width, height) = shown.size();
    let middle = shown.middle();
    let at = |lat: f64, lon: f64, times: f64| {
        let middle = Point { lat: middle.lat + lat * height, lon: middle.lon + lon * width };
        let bounds = Bounds::at(middle, width * times, height * times);
        asked.with("within", &bounds.to_string()).address_at("/map")
    };
    let ways = [
        ("map-closer", at(0.0, 0.0, 0.5)),
        ("map-farther", at(0.0, 0.0, 2.0)),
        ("map-west", at(0.0, -0.5, 1.0)),
        ("map-east", at(0.0, 0.5, 1.0)),
        ("map-north", at(0.5, 0.0, 1.0)),
        ("map-south", at(-0.5, 0.0, 1.0)),
        ("map-all", asked.without("within").address_at("/map")),
    ];
    html! {
        nav .ways aria-label=(words.say("map-ways")) {
            @for (message, address) in ways { a .button href=(address) { (words.say(message)) } }
        }
    }
}

/// The clusters as a table: what the drawing shows, for whoever does not see it.
fn table(
    words: Words,
    desk: &Desk,
    gathered: &[Cluster],
    to: &dyn Fn(Bounds) -> String,
    list: &dyn Fn(Bounds) -> String,
) -> Markup {
    html! {
        @if gathered.is_empty() { p .empty { (words.say("map-empty")) } }
        @else {
            table {
                caption .unseen { (words.say("map-title")) }
                thead {
                    tr {
                        th scope="col" { (words.say("map-where")) }
                        th .figure scope="col" { (words.say("map-how-many")) }
                        th scope="col" { (words.say("map-look")) }
                    }
                }
                tbody {
                    @for cluster in gathered.iter().take(LISTED) {
                        tr {
                            td { (drawing::near(words, desk, cluster.middle)) }
                            td .figure { (parts::number(i64::try_from(cluster.count).unwrap_or(i64::MAX))) }
                            td .row-of {
                                a href=(list(cluster.bounds)) { (words.say("map-list")) }
                                @if !is_small(cluster) { a href=(to(wider(cluster.bounds, 1.3))) { (words.say("map-closer")) } }
                            }
                        }
                    }
                }
            }
            @if gathered.len() > LISTED { p .quiet { (words.with("map-more", [("count", (gathered.len() - LISTED).into())])) } }
        }
    }
}
