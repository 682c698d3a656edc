//! The drawing: outlines, houses and clusters in Web Mercator, so that tiles fit under them.

use maud::{Markup, html};

use crate::config::Tiles;
use crate::desk::Desk;
use crate::domain::map::{Bounds, Cluster, Outline, Point, hull};
use crate::http::ui::parts;
use crate::http::ui::words::Words;

/// The size of the drawing in its own units.
const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 640.0;
/// How far from the equator Web Mercator reaches.
const FARTHEST: f64 = 85.0;
/// The most tiles that are put under a drawing.
const MOST_TILES: f64 = 40.0;
/// About how wide a letter of a street's name is drawn, how high its line is, and how many names are.
const LETTER: f64 = 25.0;
const LINE: f64 = 52.0;
const MOST_NAMES: usize = 6;
/// How words of streets' names are shortened on maps.
const SHORT: [(&str, &str); 8] = [
    ("улица", "ул."),
    ("проспект", "пр-т"),
    ("переулок", "пер."),
    ("бульвар", "б-р"),
    ("проезд", "пр-д"),
    ("площадь", "пл."),
    ("набережная", "наб."),
    ("шоссе", "ш."),
];
/// How far a place may be to be named, in degrees.
const NEAR: f64 = 0.02;

/// What a map is drawn of.
pub struct Drawing<'d> {
    pub words: Words,
    pub desk: &'d Desk,
    pub shown: Bounds,
    pub outlines: &'d [Outline],
    pub tiles: Option<&'d Tiles>,
}

/// A latitude as Web Mercator draws it, in units of a degree of longitude.
fn raised(lat: f64) -> f64 {
    let lat = lat.clamp(-FARTHEST, FARTHEST).to_radians();
    (std::f64::consts::FRAC_PI_4 + lat / 2.0).tan().ln().to_degrees()
}

/// The latitude that is drawn so high.
fn lowered(y: f64) -> f64 {
    2.0 * y.to_radians().exp().atan().to_degrees() - 90.0
}

/// The same part of the map, made as wide or as high as the drawing's shape asks for.
pub fn fitted(bounds: Bounds) -> Bounds {
    let (south, north) = (raised(bounds.south), raised(bounds.north));
    let (width, height) = (bounds.size().0, (north - south).max(1e-6));
    if width / height > WIDTH / HEIGHT {
        let (middle, half) = (f64::midpoint(south, north), width * HEIGHT / WIDTH / 2.0);
        Bounds { south: lowered(middle - half), north: lowered(middle + half), ..bounds }
    } else {
        let (middle, half) = (f64::midpoint(bounds.west, bounds.east), height * WIDTH / HEIGHT / 2.0);
        Bounds { west: (middle - half).max(-180.0), east: (middle + half).min(180.0), ..bounds }
    }
}

/// Where a place is, in words: the nearest street that the policy knows, or its municipality's middle.
pub fn near(words: Words, desk: &Desk, at: Point) -> String {
    let doc = desk.policy.doc();
    let streets = doc.streets.iter().filter_map(|street| Some((street.name.as_str(), street.lat?, street.lon?)));
    let towns = doc.municipalities.iter().filter_map(|one| Some((one.title.as_str(), one.lat?, one.lon?)));
    let far = |lat: f64, lon: f64| (lat - at.lat).hypot((lon - at.lon) * at.lat.to_radians().cos());
    let nearest = |places: &mut dyn Iterator<Item = (&str, f64, f64)>| {
        let all = places.map(|(name, lat, lon)| (name.to_owned(), far(lat, lon)));
        all.min_by(|(_, one), (_, other)| one.total_cmp(other))
    };
    let street = nearest(&mut streets.into_iter()).filter(|(_, far)| *far < NEAR);
    match street.or_else(|| nearest(&mut towns.into_iter())) {
        Some((name, _)) => words.with("map-near", [("place", name.into())]),
        None => format!("{:.3}, {:.3}", at.lat, at.lon),
    }
}

impl Drawing<'_> {
    /// The drawing, with what each cluster leads to.
    pub fn drawn(&self, gathered: &[Cluster], to: impl Fn(&Cluster) -> String) -> Markup {
        let most = gathered.iter().map(|cluster| cluster.count).max().unwrap_or(1);
        html! {
            svg .drawing role="group" aria-labelledby="map-said" viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } {
                (self.ground())
                (self.districts())
                (self.houses())
                @for cluster in gathered.iter().rev() {
                    @let count = parts::number(i64::try_from(cluster.count).unwrap_or(i64::MAX));
                    @let radius = radius(cluster.count, most, &count);
                    @let (x, y) = self.beside_others(cluster, radius);
                    a href=(to(cluster)) aria-label=(self.words.with("map-cluster", [("count", cluster.count.into()), ("place", near(self.words, self.desk, cluster.middle).into())])) {
                        circle cx=(round(x)) cy=(round(y)) r=(round(radius)) {}
                        text x=(round(x)) y=(round(y + 4.5)) aria-hidden="true" { (count) }
                    }
                }
            }
        }
    }

    /// Where a cluster is drawn: in its middle, moved as far into its own cell as no other is drawn upon it. A single incident stands where
    /// it is.
    fn beside_others(&self, cluster: &Cluster, radius: f64) -> (f64, f64) {
        let (x, y) = self.at(cluster.middle);
        if cluster.count == 1 {
            return (x, y);
        }
        let Bounds { west, south, east, north } = cluster.cell;
        let (left, bottom) = self.at(Point { lat: south, lon: west });
        let (right, top) = self.at(Point { lat: north, lon: east });
        let within = |value: f64, least: f64, most: f64| {
            if most - least > 2.0 * radius {
                value.clamp(least + radius, most - radius)
            } else {
                f64::midpoint(least, most)
            }
        };
        (within(x, left, right), within(y, top, bottom))
    }

    /// The drawing with one place on it, as a picture that needs no style: its ground and lines are seen in light and dark.
    pub fn alone(&self, place: Point) -> Markup {
        let (x, y) = self.at(place);
        html! {
            svg xmlns="http://www.w3.org/2000/svg" viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } font-family="sans-serif" font-size="42" text-anchor="middle" {
                rect width=(WIDTH) height=(HEIGHT) fill="#eceae4" {}
                (self.districts())
                (self.houses())
                @for (name, x, y) in self.streets() {
                    text x=(round(x)) y=(round(y)) fill="#3d4047" stroke="#eceae4" stroke-width="10" paint-order="stroke" { (name) }
                }
                circle cx=(round(x)) cy=(round(y)) r="24" fill="#b3261e" stroke="#ffffff" stroke-width="6" {}
            }
        }
    }

    /// The names of streets that are shown, and where: those nearest to the middle, none upon another.
    fn streets(&self) -> Vec<(String, f64, f64)> {
        let streets = self.desk.policy.doc().streets.iter().filter_map(|street| {
            let point = Point { lat: street.lat?, lon: street.lon? };
            let (x, y) = self.at(point);
            self.shown.holds(point).then_some((street.name.as_str(), x, y))
        });
        let mut streets: Vec<_> = streets.collect();
        let far = |(_, x, y): &(&str, f64, f64)| (x - WIDTH / 2.0).hypot(y - HEIGHT / 2.0);
        streets.sort_by(|one, other| far(one).total_cmp(&far(other)));
        let half = |name: &str| name.chars().count() as f64 * LETTER / 2.0;
        let mut named: Vec<(String, f64, f64)> = Vec::new();
        for (name, x, y) in streets {
            let name = shortened(name);
            let half_width = half(&name);
            let x = x.clamp(half_width.min(WIDTH / 2.0), (WIDTH - half_width).max(WIDTH / 2.0));
            let y = y.clamp(LINE, HEIGHT - LINE / 2.0);
            let apart = |(other, at, high): &(String, f64, f64)| {
                (high - y).abs() > LINE || (at - x).abs() > half_width + half(other)
            };
            // Nor upon the place itself.
            let beside = (y - HEIGHT / 2.0).abs() > 1.5 * LINE || (x - WIDTH / 2.0).abs() > half_width + LINE;
            if beside && named.iter().all(apart) {
                named.push((name, x, y));
            }
            if named.len() == MOST_NAMES {
                break;
            }
        }
        named
    }

    /// Where a place is in the drawing.
    fn at(&self, point: Point) -> (f64, f64) {
        let (south, north) = (raised(self.shown.south), raised(self.shown.north));
        let x = (point.lon - self.shown.west) / self.shown.size().0 * WIDTH;
        (x, (north - raised(point.lat)) / (north - south) * HEIGHT)
    }

    fn path(&self, ring: &[Point]) -> String {
        let mut path = String::new();
        for (n, point) in ring.iter().enumerate() {
            let (x, y) = self.at(*point);
            path.push_str(&format!("{}{} {}", if n == 0 { "M" } else { "L" }, round(x), round(y)));
        }
        path.push('Z');
        path
    }

    // Presentation attributes are for a drawing that stands alone; on the map's page its style overrides them.

    /// The outlines that were given; else those around what the policy places in each okrug.
    fn districts(&self) -> Markup {
        let own: Vec<Outline>;
        let outlines = if self.outlines.is_empty() {
            own = around_okrugs(self.desk);
            &own
        } else {
            self.outlines
        };
        let seen = |outline: &&Outline| outline.bounds().is_some_and(|bounds| meets(bounds, self.shown));
        html! {
            g .districts .bare[self.tiles.is_some()] aria-hidden="true" {
                @for outline in outlines.iter().filter(seen) {
                    path d=(outline.rings.iter().map(|ring| self.path(ring)).collect::<String>()) fill="none" stroke="#7b7f87" {}
                    @if let Some(bounds) = outline.bounds() {
                        @let (x, y) = self.at(bounds.middle());
                        text x=(round(x)) y=(round(y)) fill="#7b7f87" { (outline.name) }
                    }
                }
            }
        }
    }

    /// The houses that the policy knows, as dots: the shape of the city.
    fn houses(&self) -> Markup {
        let houses = self.desk.policy.doc().houses.iter().map(|house| Point { lat: house.lat, lon: house.lon });
        let mut dots = String::new();
        for point in houses.filter(|point| self.shown.holds(*point)) {
            let (x, y) = self.at(point);
            dots.push_str(&format!("M{} {}h0", round(x), round(y)));
        }
        html! { path .houses d=(dots) fill="none" stroke="#b4ada0" stroke-width="13" stroke-linecap="square" aria-hidden="true" {} }
    }

    /// The tiles under the drawing, if there are any.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "held within the tiles there are")]
    fn ground(&self) -> Markup {
        let Some(tiles) = self.tiles else { return html! {} };
        // Of the size at which a tile of 256 is drawn about as large.
        let zoom = (360.0 / self.shown.size().0 * WIDTH / 256.0).log2().floor().clamp(0.0, 19.0);
        let count = zoom.exp2();
        let size = 360.0 / count;
        let column = |lon: f64| ((lon + 180.0) / size).floor().clamp(0.0, count - 1.0);
        let row = |lat: f64| ((180.0 - raised(lat)) / size).floor().clamp(0.0, count - 1.0);
        let (west, east) = (column(self.shown.west), column(self.shown.east));
        let (north, south) = (row(self.shown.north), row(self.shown.south));
        if (east - west + 1.0) * (south - north + 1.0) > MOST_TILES {
            return html! {};
        }
        let drawn = size / self.shown.size().0 * WIDTH;
        html! {
            g aria-hidden="true" {
                @for x in west as u32..=east as u32 {
                    @for y in north as u32..=south as u32 {
                        @let corner = Point { lon: f64::from(x) * size - 180.0, lat: lowered(180.0 - f64::from(y) * size) };
                        @let (left, top) = self.at(corner);
                        image href=(tiles.of(zoom as u32, x, y)) x=(round(left)) y=(round(top)) width=(round(drawn)) height=(round(drawn)) {}
                    }
                }
            }
        }
    }
}

/// A street's name as maps write it.
fn shortened(name: &str) -> String {
    let short = |word| SHORT.iter().find(|(long, _)| *long == word).map_or(word, |(_, short)| *short);
    name.split(' ').map(short).collect::<Vec<_>>().join(" ")
}

/// To a tenth: finer is not seen.
fn round(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// By the number of incidents, and so that their number, as it is written, has room.
#[allow(clippy::cast_precision_loss, reason = "a radius need not be exact")]
fn radius(count: usize, most: usize, said: &str) -> f64 {
    let by_count = 11.0 + 13.0 * (count as f64 / most.max(1) as f64).sqrt();
    by_count.max(3.6 * said.chars().count() as f64 + 3.0)
}

fn meets(one: Bounds, other: Bounds) -> bool {
    one.west < other.east && other.west < one.east && one.south < other.north && other.south < one.north
}

/// A line around the streets that the policy places in each okrug: it shows where they are, and is no border.
fn around_okrugs(desk: &Desk) -> Vec<Outline> {
    let doc = desk.policy.doc();
    let around = doc.okrugs.iter().map(|okrug| {
        let streets = doc.streets.iter().filter(|street| street.okrug.as_deref() == Some(okrug.id.as_str()));
        let points: Vec<Point> =
            streets.filter_map(|street| Some(Point { lat: street.lat?, lon: street.lon? })).collect();
        Outline { name: okrug.title.clone(), rings: vec![hull(&points)] }
    });
    around.filter(|outline| outline.rings.iter().all(|ring| ring.len() >= 3)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_raised_is_lowered_again() {
        for lat in [-60.0, 0.0, 54.99, 84.0] {
            assert!((lowered(raised(lat)) - lat).abs() < 1e-9);
        }
    }

    #[test]
    fn names_of_streets_are_written_as_on_maps() {
        assert_eq!(shortened("улица Карла Либкнехта"), "ул. Карла Либкнехта");
        assert_eq!(shortened("Зелёный бульвар"), "Зелёный б-р");
        assert_eq!(shortened("Уличная"), "Уличная");
    }

    #[test]
    fn a_part_of_the_map_takes_the_shape_of_the_drawing() {
        for bounds in ["73.2,54.9,73.6,55.1", "70,54,76,58", "73.3,54.9,73.301,55.0"] {
            let bounds: Bounds = bounds.parse().unwrap();
            let fitted = fitted(bounds);
            let shape = fitted.size().0 / (raised(fitted.north) - raised(fitted.south));
            assert!((shape - WIDTH / HEIGHT).abs() < 1e-6, "{shape}");
            assert!(fitted.holds(bounds.middle()) && fitted.size().0 >= bounds.size().0 - 1e-9);
        }
    }
}
