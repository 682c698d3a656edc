//! Where a complaint is, by its own words: the places that its text names, and the one that the incident is given.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Desk, Error, incidents};
use crate::domain::message::Place;
use crate::domain::place::{Mention, Role, mentions};
use crate::domain::{Id, PlaceOrigin, Policy};
use crate::store::Conn;

/// How sure it must be that the text means a place, for an incident to be given it: what is less sure is shown, and nothing follows from it.
pub const SURE: f32 = 0.7;

/// The most places of a text that its first event tells.
const MOST_TOLD: usize = 10;

/// A place that the text names.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Sighting {
    /// Where in the text it begins, in characters.
    pub from: usize,
    /// Where it ends.
    pub to: usize,
    pub settlement: Option<String>,
    pub street: Option<String>,
    pub house: Option<String>,
    /// At a crossing, the other street.
    pub crossing: Option<String>,
    /// The okrug of the city, by id.
    pub okrug: Option<String>,
    /// The municipality, by id.
    pub municipality: Option<String>,
    /// `at`: the problem is there. `reference`: it is named for orientation only.
    #[schema(example = "at")]
    pub role: &'static str,
    /// How sure it is that the text means this place, 0 to 1.
    pub confidence: f64,
    pub lat: Option<f64>,
    pub lon: Option<f64>,
}

impl Sighting {
    fn of(mention: &Mention, text: &str) -> Sighting {
        let characters = |end: usize| text.get(..end).map_or(0, |before| before.chars().count());
        let m = mention.clone();
        Sighting {
            from: characters(m.span.start),
            to: characters(m.span.end),
            settlement: m.locality,
            street: m.street,
            house: m.house,
            crossing: m.crossing,
            okrug: m.okrug,
            municipality: m.municipality,
            role: match m.role {
                Role::At => "at",
                Role::Reference => "reference",
            },
            confidence: f64::from((m.confidence * 1000.0).round()) / 1000.0,
            lat: m.point.map(|(lat, _)| lat),
            lon: m.point.map(|(_, lon)| lon),
        }
    }
}

/// Where an incident is.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Located {
    pub place: Place,
    /// By id.
    pub municipality: Option<String>,
    pub okrug: Option<String>,
    pub origin: PlaceOrigin,
    /// What the text names, in its order.
    pub sightings: Vec<Sighting>,
}

/// Where a message is: by what came with it, and where it brings no street, by its text. What came with it always wins.
pub(super) fn locate(policy: &Policy, text: &str, brought: Option<&Place>) -> Located {
    let mut place = brought.cloned().unwrap_or_default();
    let named = |value: &Option<String>| value.as_deref().is_some_and(|value| !value.trim().is_empty());
    let is_brought = named(&place.street) || named(&place.settlement) || place.lat.is_some();
    let origin = if is_brought { PlaceOrigin::Message } else { PlaceOrigin::None };
    let mut municipality = place.municipality.as_deref().and_then(|name| policy.municipality_by_name(name));
    let mut located =
        Located { place: Place::default(), municipality: None, okrug: None, origin, sightings: Vec::new() };
    if !named(&place.street) {
        let found = mentions(text, policy.gazetteer());
        located.sightings = found.iter().take(MOST_TOLD).map(|mention| Sighting::of(mention, text)).collect();
        let sure: Vec<&Mention> = found.iter().filter(|one| one.role == Role::At && one.confidence >= SURE).collect();
        let first = sure.iter().find(|one| one.street.is_some()).or_else(|| sure.first());
        if let Some(first) = first {
            located.origin = if is_brought { PlaceOrigin::Message } else { PlaceOrigin::Text };
            located.okrug.clone_from(&first.okrug);
            place.settlement = place.settlement.or_else(|| first.locality.clone());
            place.street.clone_from(&first.street);
            place.house = place.house.or_else(|| first.house.clone());
            if place.lat.is_none() {
                (place.lat, place.lon) = (first.point.map(|(lat, _)| lat), first.point.map(|(_, lon)| lon));
            }
        }
        // The first place need not say which municipality it is in: «Островной район. На Портовой …».
        let of_text = first.into_iter().chain(&sure).find_map(|one| one.municipality.as_deref());
        municipality = municipality.or_else(|| of_text.and_then(|id| policy.municipality(id)));
    }
    located.place = place;
    located.municipality = municipality.map(|known| known.id.clone());
    located
}

/// Every place that the incident's text names now.
///
/// # Errors
/// [`Error::NotFound`].
pub fn of_incident(conn: &mut Conn, desk: &Desk, id: Id) -> Result<Vec<Sighting>, Error> {
    let text = incidents::get(conn, desk, id)?.text;
    Ok(mentions(&text, desk.policy.gazetteer()).iter().map(|mention| Sighting::of(mention, &text)).collect())
}
