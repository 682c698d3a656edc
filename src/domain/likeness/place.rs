//! Where two complaints are, against each other.

use serde::{Deserialize, Serialize};

use crate::domain::place::Mention;
use crate::domain::text::{fold, stem, words};

/// A place as it is compared. Names may come in any spelling that folding and stemming level; names of the city's gazetteer are best.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// The settlement; none where it is the city itself.
    pub locality: Option<String>,
    /// The street, without «улица».
    pub street: Option<String>,
    /// The house with its letter and corpus; of a crossing, none.
    pub house: Option<String>,
    /// At a crossing, the other street.
    pub crossing: Option<String>,
}

impl From<Mention> for Place {
    fn from(Mention { locality, street, house, crossing, .. }: Mention) -> Self {
        Self { locality, street, house, crossing }
    }
}

impl Place {
    /// A house in a street; without a house, the whole street or somewhere in it.
    pub fn of(street: &str, house: Option<&str>) -> Self {
        Self { street: Some(street.to_owned()), house: house.map(str::to_owned), ..Self::default() }
    }

    fn is_empty(&self) -> bool {
        self.locality.is_none() && self.street.is_none() && self.crossing.is_none()
    }

    /// Stems of the names, and the house without spaces; the two streets of a crossing in one order.
    fn normalised(&self) -> Self {
        let name = |name: &Option<String>| name.as_deref().map(stems).filter(|name| !name.is_empty());
        let (mut street, mut crossing) = (name(&self.street), name(&self.crossing));
        if crossing.is_some() && (street.is_none() || street > crossing) {
            std::mem::swap(&mut street, &mut crossing);
        }
        let house = self.house.as_deref().map(|house| fold(house).replace([' ', '.', '-'], ""));
        Self { locality: name(&self.locality), street, house: house.filter(|house| !house.is_empty()), crossing }
    }

    fn streets(&self) -> impl Iterator<Item = &str> {
        [&self.street, &self.crossing].into_iter().filter_map(Option::as_deref)
    }
}

/// The places in the form in which they are compared, each once. A street is left out where a house in it is named too.
pub(super) fn settled(places: &[Place]) -> Vec<Place> {
    let mut settled: Vec<Place> = places.iter().map(Place::normalised).filter(|place| !place.is_empty()).collect();
    settled.sort();
    settled.dedup();
    let housed: Vec<_> =
        settled.iter().filter(|place| place.house.is_some()).map(|place| place.street.clone()).collect();
    settled.retain(|place| place.house.is_some() || place.crossing.is_some() || !housed.contains(&place.street));
    settled
}

/// The stems of a name. «Посёлок имени Карла Либкнехта» is called by the name alone as often as not.
fn stems(name: &str) -> String {
    let folded = fold(name);
    let told = words(&folded).filter(|word| !matches!(*word, "имени" | "им"));
    told.map(|word| stem(word).into_owned()).collect::<Vec<_>>().join(" ")
}

/// How the places of two complaints lie to each other, what decides more coming later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Nearness {
    /// At least one of them names no place to compare.
    Unknown,
    /// The same settlement, and no streets to compare.
    SameLocality,
    /// Another settlement or another street.
    Elsewhere,
    /// The same street, other houses.
    OtherHouse,
    /// The same street, and no house to compare, or all of the street is meant.
    SameStreet,
    /// The same house in another corpus or letter, of which one is not told.
    NearHouse,
    /// The same house, or the same crossing.
    SameHouse,
}

/// How two complaints lie to each other; `whole` says that one of them is about all of its street.
pub(super) fn nearness(one: &[Place], other: &[Place], whole: bool) -> Nearness {
    let pairs = one.iter().flat_map(|a| other.iter().map(move |b| (a, b)));
    pairs.map(|(a, b)| of_pair(a, b, whole)).max().unwrap_or(Nearness::Unknown)
}

fn of_pair(a: &Place, b: &Place, whole: bool) -> Nearness {
    if differ(a.locality.as_ref(), b.locality.as_ref()) {
        return Nearness::Elsewhere;
    }
    let crossing = a.crossing.is_some() && b.crossing.is_some();
    if crossing && a.street == b.street && a.crossing == b.crossing {
        return Nearness::SameHouse;
    }
    if a.street.is_none() || b.street.is_none() {
        let same = a.locality.is_some() && a.locality == b.locality;
        return if same { Nearness::SameLocality } else { Nearness::Unknown };
    }
    if crossing || !a.streets().any(|street| b.streets().any(|other| street == other)) {
        return Nearness::Elsewhere;
    }
    match (&a.house, &b.house) {
        (Some(a), Some(b)) if a == b => Nearness::SameHouse,
        (Some(_), Some(_)) if whole => Nearness::SameStreet,
        (Some(a), Some(b)) if near(a, b) => Nearness::NearHouse,
        (Some(_), Some(_)) => Nearness::OtherHouse,
        _ => Nearness::SameStreet,
    }
}

fn differ<T: PartialEq>(a: Option<&T>, b: Option<&T>) -> bool {
    matches!((a, b), (Some(a), Some(b)) if a != b)
}

/// «12» and «12/1», but neither «12а» and «12б» nor «1» and «12».
fn near(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    long.strip_prefix(short).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
}
