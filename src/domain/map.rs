//! Points on a map: boxes of degrees, and clusters of points that lie close together.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A place by its degrees, WGS 84.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    pub lat: f64,
    pub lon: f64,
}

/// A part of the map, in degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    pub west: f64,
    pub south: f64,
    pub east: f64,
    pub north: f64,
}

/// Why a text is no [`Bounds`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be west,south,east,north in degrees, such as 73.2,54.9,73.6,55.1")]
pub struct NoBounds;

impl Bounds {
    /// The smallest that holds all these points; none without a point.
    pub fn around(points: impl IntoIterator<Item = Point>) -> Option<Bounds> {
        points.into_iter().fold(None, |bounds: Option<Bounds>, point| {
            let (lat, lon) = (point.lat, point.lon);
            Some(bounds.map_or(Bounds { west: lon, south: lat, east: lon, north: lat }, |b| Bounds {
                west: b.west.min(lon),
                south: b.south.min(lat),
                east: b.east.max(lon),
                north: b.north.max(lat),
            }))
        })
    }

    /// Its middle.
    pub fn middle(self) -> Point {
        Point { lat: f64::midpoint(self.south, self.north), lon: f64::midpoint(self.west, self.east) }
    }

    /// How wide and how high it is, in degrees.
    pub fn size(self) -> (f64, f64) {
        (self.east - self.west, self.north - self.south)
    }

    /// A part of the map of this width and height around a point, held within the map.
    pub fn at(middle: Point, width: f64, height: f64) -> Bounds {
        let (width, height) = (width.clamp(1e-4, 360.0), height.clamp(1e-4, 180.0));
        let west = (middle.lon - width / 2.0).clamp(-180.0, 180.0 - width);
        let south = (middle.lat - height / 2.0).clamp(-90.0, 90.0 - height);
        Bounds { west, south, east: west + width, north: south + height }
    }

    /// Whether the point lies in it.
    pub fn holds(self, point: Point) -> bool {
        (self.west..=self.east).contains(&point.lon) && (self.south..=self.north).contains(&point.lat)
    }
}

impl fmt::Display for Bounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.5},{:.5},{:.5},{:.5}", self.west, self.south, self.east, self.north)
    }
}

impl FromStr for Bounds {
    type Err = NoBounds;

    fn from_str(text: &str) -> Result<Bounds, NoBounds> {
        let numbers: Vec<f64> =
            text.split(',').map(|part| part.trim().parse()).collect::<Result<_, _>>().map_err(|_| NoBounds)?;
        let [west, south, east, north] = numbers[..] else { return Err(NoBounds) };
        let held = (-180.0..=180.0).contains(&west) && (-180.0..=180.0).contains(&east);
        let held = held && (-90.0..=90.0).contains(&south) && (-90.0..=90.0).contains(&north);
        if held && west < east && south < north { Ok(Bounds { west, south, east, north }) } else { Err(NoBounds) }
    }
}

impl<'de> Deserialize<'de> for Bounds {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Bounds, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The outline of a district.
#[derive(Debug, Clone, PartialEq)]
pub struct Outline {
    pub name: String,
    /// Each a line that goes round a part of it.
    pub rings: Vec<Vec<Point>>,
}

impl Outline {
    /// The outlines of a GeoJSON file: its polygons, without their holes; none if it is no such file or has no polygon.
    pub fn read(text: &str) -> Option<Vec<Outline>> {
        let whole: Value = serde_json::from_str(text).ok()?;
        let features = whole["features"].as_array()?;
        let outlines: Vec<Outline> = features.iter().map(Outline::of).collect::<Option<_>>()?;
        Some(outlines).filter(|outlines| !outlines.is_empty())
    }

    fn of(feature: &Value) -> Option<Outline> {
        let name = feature["properties"]["name"].as_str()?.to_owned();
        let (kind, parts) = (feature["geometry"]["type"].as_str()?, feature["geometry"]["coordinates"].as_array()?);
        let outer: Vec<&Value> = match kind {
            "Polygon" => parts.first().into_iter().collect(),
            "MultiPolygon" => parts.iter().filter_map(|polygon| polygon.get(0)).collect(),
            _ => return None,
        };
        let rings = outer.into_iter().map(ring).collect::<Option<_>>()?;
        Some(Outline { name, rings })
    }

    /// The middle of what it goes round, where its name stands.
    pub fn bounds(&self) -> Option<Bounds> {
        Bounds::around(self.rings.iter().flatten().copied())
    }
}

fn ring(line: &Value) -> Option<Vec<Point>> {
    let point = |pair: &Value| Some(Point { lon: pair.get(0)?.as_f64()?, lat: pair.get(1)?.as_f64()? });
    let points: Vec<Point> = line.as_array()?.iter().map(point).collect::<Option<_>>()?;
    let held = |point: &Point| point.lat.abs() <= 90.0 && point.lon.abs() <= 180.0;
    (points.len() >= 3 && points.iter().all(held)).then_some(points)
}

/// Points that lie close together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cluster {
    /// The middle of its points.
    pub middle: Point,
    pub count: usize,
    /// The smallest part of the map that holds them all.
    pub bounds: Bounds,
    /// The part of the grid by which they were gathered: no other cluster's.
    pub cell: Bounds,
}

/// The points of a part of the map, gathered by a grid of so many columns and rows; those with the most points first.
pub fn clusters(points: &[Point], bounds: Bounds, columns: u32, rows: u32) -> Vec<Cluster> {
    let (width, height) = bounds.size();
    let mut cells: BTreeMap<(u32, u32), Vec<Point>> = BTreeMap::new();
    for point in points.iter().filter(|point| bounds.holds(**point)) {
        let column = cell(point.lon - bounds.west, width, columns);
        let row = cell(point.lat - bounds.south, height, rows);
        cells.entry((column, row)).or_default().push(*point);
    }
    let (wide, high) = (width / f64::from(columns.max(1)), height / f64::from(rows.max(1)));
    let part = |(column, row): (u32, u32)| {
        let (west, south) = (bounds.west + wide * f64::from(column), bounds.south + high * f64::from(row));
        Bounds { west, south, east: west + wide, north: south + high }
    };
    let mut clusters: Vec<Cluster> = cells.into_iter().filter_map(|(at, points)| cluster(&points, part(at))).collect();
    clusters.sort_by_key(|cluster| Reverse(cluster.count));
    clusters
}

/// Which of so many equal parts of a length an offset lies in.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "held within the parts")]
fn cell(offset: f64, length: f64, parts: u32) -> u32 {
    let part = (offset / length * f64::from(parts)).floor();
    part.clamp(0.0, f64::from(parts.saturating_sub(1))) as u32
}

fn cluster(points: &[Point], cell: Bounds) -> Option<Cluster> {
    let bounds = Bounds::around(points.iter().copied())?;
    let (lat, lon) = points.iter().fold((0.0, 0.0), |(lat, lon), point| (lat + point.lat, lon + point.lon));
    #[allow(clippy::cast_precision_loss, reason = "nobody has so many incidents")]
    let count = points.len() as f64;
    Some(Cluster { middle: Point { lat: lat / count, lon: lon / count }, count: points.len(), bounds, cell })
}

/// The outline around points: the shortest line that goes round all of them. It is no border of anything: it shows where points are.
pub fn hull(points: &[Point]) -> Vec<Point> {
    let mut sorted = points.to_vec();
    sorted.sort_by(|a, b| a.lon.total_cmp(&b.lon).then(a.lat.total_cmp(&b.lat)));
    sorted.dedup();
    if sorted.len() < 3 {
        return sorted;
    }
    let half = |points: &mut dyn Iterator<Item = Point>| {
        let mut line: Vec<Point> = Vec::new();
        for point in points {
            while let [.., before, last] = line[..] {
                if turn(before, last, point) > 0.0 {
                    break;
                }
                line.pop();
            }
            line.push(point);
        }
        line.pop();
        line
    };
    let mut outline = half(&mut sorted.iter().copied());
    outline.append(&mut half(&mut sorted.iter().rev().copied()));
    outline
}

/// Above zero when the way from `a` over `b` to `c` turns left.
fn turn(a: Point, b: Point, c: Point) -> f64 {
    (b.lon - a.lon) * (c.lat - a.lat) - (b.lat - a.lat) * (c.lon - a.lon)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(lon: f64, lat: f64) -> Point {
        Point { lat, lon }
    }

    #[test]
    fn boxes_are_read_as_they_are_written() {
        let bounds: Bounds = "73.2,54.9,73.6,55.1".parse().unwrap();
        assert_eq!(bounds.to_string().parse::<Bounds>().unwrap(), bounds);
        for bad in ["", "1,2,3", "1,2,3,4,5", "3,2,1,4", "1,4,2,3", "-200,0,0,1", "a,b,c,d", "NaN,0,1,1", "0,0,inf,1"] {
            assert_eq!(bad.parse::<Bounds>(), Err(NoBounds), "{bad}");
        }
    }

    #[test]
    fn points_of_a_cell_are_one_cluster() {
        let bounds = Bounds { west: 0.0, south: 0.0, east: 10.0, north: 10.0 };
        let points =
            [point(1.0, 1.0), point(1.5, 1.5), point(9.0, 9.0), point(10.0, 10.0), point(11.0, 1.0), point(5.0, 5.0)];
        let found = clusters(&points, bounds, 5, 5);
        assert_eq!(found.iter().map(|cluster| cluster.count).collect::<Vec<_>>(), [2, 2, 1]);
        assert!(found.iter().any(|cluster| cluster.middle == point(1.25, 1.25)));
        assert!(found.iter().all(|one| one.cell.holds(one.middle) && one.cell.size() == (2.0, 2.0)));
        assert_eq!(found[2].cell, Bounds { west: 4.0, south: 4.0, east: 6.0, north: 6.0 });
        assert_eq!(clusters(&[], bounds, 5, 5), []);
    }

    #[test]
    fn an_outline_goes_round_all_points() {
        let square = [point(0.0, 0.0), point(2.0, 0.0), point(2.0, 2.0), point(0.0, 2.0)];
        let inside = [point(1.0, 1.0), point(0.5, 1.5), point(1.0, 0.0)];
        let outline = hull(&[&square[..], &inside].concat());
        assert_eq!(outline.len(), 4);
        assert!(square.iter().all(|corner| outline.contains(corner)));
        assert_eq!(hull(&[point(1.0, 1.0), point(1.0, 1.0)]), [point(1.0, 1.0)]);
    }

    #[test]
    fn outlines_are_read_from_geojson() {
        let file = |kind: &str, coordinates: &str| {
            format!(
                r#"{{"features":[{{"properties":{{"name":"Остров"}},"geometry":{{"type":"{kind}","coordinates":{coordinates}}}}}]}}"#
            )
        };
        let read = Outline::read(&file("Polygon", "[[[1,2],[3,2],[3,4],[1,2]]]")).unwrap();
        assert_eq!((read[0].name.as_str(), read[0].rings.len()), ("Остров", 1));
        assert_eq!(
            Outline::read(&file("MultiPolygon", "[[[[1,2],[3,2],[3,4]]],[[[5,2],[6,2],[6,4]]]]")).unwrap()[0]
                .rings
                .len(),
            2
        );
        for bad in [
            file("Point", "[1,2]"),
            file("Polygon", "[[[1,2],[3]]]"),
            file("Polygon", "[[[1,200],[3,2],[3,4]]]"),
            "{}".into(),
        ] {
            assert_eq!(Outline::read(&bad), None, "{bad}");
        }
    }

    #[test]
    fn a_part_of_the_map_stays_on_the_map() {
        let bounds = Bounds::at(point(179.9, 89.9), 10.0, 10.0);
        assert!(bounds.east <= 180.0 && bounds.north <= 90.0 && bounds.size() == (10.0, 10.0));
        assert_eq!(Bounds::around([point(1.0, 2.0), point(3.0, 1.0)]).unwrap().middle(), point(2.0, 1.5));
    }
}
