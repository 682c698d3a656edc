//! Where the residents of the demo live: municipalities with their streets and houses.

use std::collections::HashMap;

use super::dice::{Dice, Weighted};
use crate::domain::message::Place;
use crate::domain::policy::{Municipality, MunicipalityKind, PolicyDoc, Street};

/// Streets that nearly every town has, for municipalities whose own are not in the policy.
const ANYWHERE: [&str; 16] = [
    "Ленина",
    "Советская",
    "Школьная",
    "Садовая",
    "Молодёжная",
    "Центральная",
    "Новая",
    "Мира",
    "Лесная",
    "Зелёная",
    "Октябрьская",
    "Набережная",
    "Гагарина",
    "Степная",
    "Рабочая",
    "Почтовая",
];

/// How people shorten the kind of a street.
const SHORT_KINDS: [(&str, &str); 8] = [
    ("улица", "ул."),
    ("проспект", "пр."),
    ("переулок", "пер."),
    ("бульвар", "б-р"),
    ("проезд", "пр-д"),
    ("площадь", "пл."),
    ("набережная", "наб."),
    ("микрорайон", "мкр."),
];

/// A street as people name it and as the policy does.
#[derive(Debug, Clone)]
struct Road {
    spoken: String,
    full: String,
    point: Option<(f64, f64)>,
}

/// A municipality with what is needed to complain from it.
#[derive(Debug, Clone)]
struct Ground {
    title: String,
    /// With its preposition: «в Омске», «в Калачинском районе».
    within: String,
    settlement: Option<String>,
    roads: Weighted<Road>,
}

/// All places of the city.
#[derive(Debug, Clone)]
pub struct Places(HashMap<String, Ground>);

/// A place that somebody complains about.
#[derive(Debug, Clone)]
pub struct Spot {
    /// The municipality with its preposition.
    pub within: String,
    /// The street as people name it: «ул. Перова».
    pub street: String,
    pub house: String,
    /// The same, as a source would know it in full.
    pub place: Place,
}

impl Places {
    /// The places of a policy. Its streets are those of the default municipality.
    pub fn new(doc: &PolicyDoc) -> Places {
        let grounds = doc.municipalities.iter().filter_map(|municipality| {
            let own = municipality.id == doc.city.default_municipality;
            let streets = if own { doc.streets.as_slice() } else { &[] };
            Some((municipality.id.clone(), ground(municipality, streets)?))
        });
        Places(grounds.collect())
    }

    /// A place in a municipality; none if there is no such.
    pub fn spot(&self, municipality: &str, dice: &mut Dice) -> Option<Spot> {
        let ground = self.0.get(municipality)?;
        let road = ground.roads.draw(dice);
        let house = house(dice);
        // The middle of the street is known, the house is somewhere near.
        let mut near = |degrees: f64| (degrees + (dice.unit() - 0.5) * 0.006).clamp(-90.0, 180.0);
        let point = road.point.map(|(lat, lon)| (near(lat), near(lon)));
        Some(Spot {
            within: ground.within.clone(),
            street: road.spoken.clone(),
            place: Place {
                municipality: Some(ground.title.clone()),
                settlement: ground.settlement.clone(),
                street: Some(road.full.clone()),
                house: Some(house.clone()),
                lat: point.map(|(lat, _)| rounded(lat)),
                lon: point.map(|(_, lon)| rounded(lon)),
            },
            house,
        })
    }
}

impl Spot {
    /// The same street, another house.
    #[must_use]
    pub fn neighbour(&self, dice: &mut Dice) -> Spot {
        let house = house(dice);
        Spot { place: Place { house: Some(house.clone()), ..self.place.clone() }, house, ..self.clone() }
    }
}

fn ground(municipality: &Municipality, streets: &[Street]) -> Option<Ground> {
    let known: Vec<Road> = streets.iter().filter_map(road).collect();
    let roads = Weighted::even(known).or_else(|| Weighted::even(ANYWHERE.iter().map(|core| anywhere(core))))?;
    Some(Ground {
        title: municipality.title.clone(),
        within: within(municipality),
        settlement: settlement(municipality),
        roads,
    })
}

/// A street that was really seen, with a kind that people shorten: garden plots and garages are left out.
fn road(street: &Street) -> Option<Road> {
    let (_, short) = SHORT_KINDS.iter().find(|(kind, _)| *kind == street.kind)?;
    let (lat, lon) = (street.lat?, street.lon?);
    // Names come from elsewhere, now and then with two spaces in them.
    let core = street.core.split_whitespace().collect::<Vec<_>>().join(" ");
    Some(Road { spoken: format!("{short} {core}"), full: street.name.clone(), point: Some((lat, lon)) })
}

fn anywhere(core: &str) -> Road {
    Road { spoken: format!("ул. {core}"), full: format!("улица {core}"), point: None }
}

/// The main town of a district, which is among its names.
fn settlement(municipality: &Municipality) -> Option<String> {
    let is_town = |alias: &&String| !["район", "округ", "ННР", "."].iter().any(|part| alias.contains(part));
    let towns = municipality.aliases.iter().filter(is_town);
    towns.take(usize::from(municipality.kind == MunicipalityKind::District)).next().cloned()
}

/// The municipality in the case of place. Holds for names made like those of Omsk and its districts.
fn within(municipality: &Municipality) -> String {
    match municipality.kind {
        MunicipalityKind::Region => "в области".to_owned(),
        MunicipalityKind::City => {
            let plain = |name: &&String| name.chars().all(|c| c.is_alphabetic() || c == '-');
            let name = std::iter::once(&municipality.title).chain(&municipality.aliases).find(plain);
            format!("в {}е", name.unwrap_or(&municipality.title))
        }
        MunicipalityKind::District => {
            let words = municipality.title.split(' ').map(|word| {
                let adjective =
                    word.strip_suffix("ий").or_else(|| word.strip_suffix("ый")).or_else(|| word.strip_suffix("ой"));
                adjective.map_or_else(|| format!("{word}е"), |stem| format!("{stem}ом"))
            });
            format!("в {}", words.collect::<Vec<_>>().join(" "))
        }
    }
}

fn house(dice: &mut Dice) -> String {
    let number = 1 + dice.below(120);
    match dice.below(12) {
        0 => format!("{number}{}", dice.word(&["А", "Б", "В"])),
        1 => format!("{number}/{}", 1 + dice.below(4)),
        2 => format!("{number}к{}", 1 + dice.below(3)),
        _ => number.to_string(),
    }
}

/// To about ten metres: nobody knows better.
fn rounded(degrees: f64) -> f64 {
    (degrees * 1e4).round() / 1e4
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::data::{OMSK, tests::policy};

    #[test]
    fn municipalities_are_named_as_people_say_it() {
        let policy = policy(OMSK);
        for (id, expected, town) in [
            ("omsk", "в Омске", None),
            ("kalachinskiy", "в Калачинском районе", Some("Калачинск")),
            ("nizhneomskiy", "в Нижнеомском районе", Some("Нижняя Омка")),
            ("azovskiy-nemetskiy-natsionalnyy", "в Азовском немецком национальном районе", Some("Азово")),
            ("russko-polyanskiy", "в Русско-Полянском районе", Some("Русская Поляна")),
            ("region-other", "в области", None),
        ] {
            let municipality = policy.municipality(id).unwrap();
            assert_eq!(within(municipality), expected);
            assert_eq!(settlement(municipality).as_deref(), town);
        }
    }

    #[test]
    fn every_place_is_known_to_the_policy_by_the_name_it_is_given() {
        let policy = policy(OMSK);
        let (places, mut dice) = (Places::new(policy.doc()), Dice::new(1, 1));
        for municipality in &policy.doc().municipalities {
            let spot = places.spot(&municipality.id, &mut dice).unwrap();
            let named = spot.place.municipality.as_deref().and_then(|name| policy.municipality_by_name(name));
            assert_eq!(named.map(|m| &m.id), Some(&municipality.id));
            assert!(SHORT_KINDS.iter().any(|(_, short)| spot.street.starts_with(short)), "{}", spot.street);
        }
        assert!(places.spot("atlantis", &mut dice).is_none());
    }
}
