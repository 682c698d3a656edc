//! Where one place is: a small drawing of the streets and houses around it, for the pages that tell of one incident.

use actix_web::http::header;
use actix_web::{HttpResponse, get};
use maud::{Markup, html};
use serde::Deserialize;

use super::drawing::{self, Drawing};
use crate::app::App;
use crate::desk::Desk;
use crate::domain::map::{Bounds, Point};
use crate::http::auth::{May, right};
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::ui::visitor::Visitor;
use crate::http::ui::words::Words;

/// How much is shown around a place, in degrees of longitude: about two kilometres of a Russian city.
const WIDTH: f64 = 0.032;

/// How long a browser may keep a drawing, in seconds: the city's streets seldom move.
const KEPT: u32 = 24 * 3600;

/// The drawing of where a place is, and the way to the map.
pub fn whereabouts(words: Words, desk: &Desk, place: Point) -> Markup {
    let at = format!("{:.5},{:.5}", place.lat, place.lon);
    html! {
        a .whereabouts href={ "/map?within=" (around(place)) } {
            img src={ "/map/whereabouts.svg?at=" (at) } alt=(words.with("map-whereabouts", [("place", drawing::near(words, desk, place).into())]))
                loading="lazy" width="300" height="200";
        }
    }
}

fn around(place: Point) -> Bounds {
    drawing::fitted(Bounds::at(place, WIDTH, WIDTH / 4.0))
}

/// Which place.
#[derive(Deserialize)]
struct Which {
    /// Latitude and longitude.
    at: String,
}

impl Which {
    fn place(&self) -> Option<Point> {
        let (lat, lon) = self.at.split_once(',')?;
        let (lat, lon): (f64, f64) = (lat.parse().ok()?, lon.parse().ok()?);
        (lat.abs() <= 90.0 && lon.abs() <= 180.0).then_some(Point { lat, lon })
    }
}

#[get("/map/whereabouts.svg")]
pub(super) async fn image(
    app: App,
    visitor: Visitor,
    _may: May<right::ReadIncidents>,
    which: Query<Which>,
) -> Result<HttpResponse, Problem> {
    let place = which.into_inner().place();
    let place = place.ok_or_else(|| Problem::invalid("at", "must be a latitude and a longitude, as in 54.99,73.37"))?;
    let desk = visitor.caller.desk(&app);
    let outlines = &app.config().map.outlines;
    let drawing = Drawing { words: visitor.words, desk: &desk, shown: around(place), outlines, tiles: None };
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, format!("private, max-age={KEPT}")))
        .content_type("image/svg+xml")
        .body(drawing.alone(place).into_string()))
}
