//! Places in a resident's words: streets with houses, crossings, settlements, districts; each with its position in the text and how
//! sure it is.
//!
//! Written by hand, because no library for Russian addresses exists in Rust, and those elsewhere want morphological dictionaries of
//! tens of megabytes. One pass over the tokens tries a small grammar at each of them: a word for a kind («улице», «д.», «деревня»)
//! and the name beside it, or a name that the [`Gazetteer`] knows and a house or a preposition that speaks for it. What nobody knows
//! is brought to the nominative by its endings. A second pass gives houses and settlements to their streets and tells the place
//! of the problem from what is named for orientation. The work grows with the length of the text, never with the gazetteer.

mod assemble;
mod decline;
mod gazetteer;
mod house;
mod kinds;
mod lexicon;
mod scan;
mod settlement;
mod skip;
mod street;
mod token;

use std::ops::Range;

use serde::Serialize;

pub use gazetteer::{Gazetteer, Point};

/// What a place is named for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The problem is there.
    At,
    /// Only for orientation or as a direction: «в сторону улицы …».
    Reference,
}

/// A place that a text names. Names are in the nominative, as the gazetteer has them where it knows them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Mention {
    /// The settlement.
    pub locality: Option<String>,
    /// The street without «улица» or «проспект»; «проезд», «тракт» and «шоссе» stay: «21-я Амурская», «Магистральный проезд».
    pub street: Option<String>,
    /// The second street of a crossing.
    pub crossing: Option<String>,
    /// The house: «14/1», «97 к2», «13б».
    pub house: Option<String>,
    /// The okrug of the city, by id: as the text names it, or as the gazetteer knows it of the street.
    pub okrug: Option<String>,
    /// The municipality, by id, where the text names it or a settlement that the policy knows.
    pub municipality: Option<String>,
    pub role: Role,
    /// Where in the text, in bytes; both ends on boundaries of characters.
    pub span: Range<usize>,
    /// How sure it is that the text means this place, 0 to 1.
    pub confidence: f32,
    /// The house, or else the middle of the street, where the gazetteer knows it.
    pub point: Option<Point>,
}

/// The places that a text names, in the order of their beginnings. None is invented: every one has its words in the text.
pub fn mentions(text: &str, gazetteer: &Gazetteer) -> Vec<Mention> {
    let tokens = token::tokens(text);
    let items = scan::scan(&tokens, gazetteer);
    assemble::assemble(&tokens, &items, gazetteer)
}

/// A house as [`Mention::house`] writes it, however it was written: «14 Б» and «14б» are one.
pub fn house_key(house: &str) -> String {
    house::normal(house)
}

#[cfg(test)]
mod tests;
