//! One pass over the tokens: which streets, houses, settlements and districts stand where.

mod bare;

use std::ops::Range;

use super::decline::{Gender, adjective};
use super::gazetteer::Gazetteer;
use super::house::{self, House};
use super::kinds::{self, Case, Found, Kind};
use super::settlement::{self, District, Locality};
use super::skip;
use super::street::{self, Name};
use super::token::{Token, tokens};

/// Something found, with the tokens it takes.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) tokens: Range<usize>,
    pub(super) what: What,
}

#[derive(Debug)]
pub(super) enum What {
    Street(Street),
    Houses(Vec<House>),
    Locality(Locality),
    District(District),
}

/// A street with the houses that stand right after it.
#[derive(Debug)]
pub(super) struct Street {
    pub(super) name: String,
    pub(super) known: Option<usize>,
    pub(super) confidence: f32,
    pub(super) houses: Vec<House>,
    /// The crossing it belongs to.
    pub(super) crossing: Option<usize>,
    /// It follows another in a list, and shares its role.
    pub(super) is_listed: bool,
}

/// How a name without a word for the kind is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expectation {
    None,
    /// The text has come to a name: after «перекрёсток», «/», in a list of streets.
    Certain,
}

pub(super) struct Scan<'t> {
    tokens: &'t [Token<'t>],
    gazetteer: &'t Gazetteer,
    items: Vec<Item>,
    crossings: usize,
}

pub(super) fn scan<'t>(tokens: &'t [Token<'t>], gazetteer: &'t Gazetteer) -> Vec<Item> {
    let mut scan = Scan { tokens, gazetteer, items: Vec::new(), crossings: 0 };
    let mut at = 0;
    while at < tokens.len() {
        at = scan.step(at).max(at + 1);
    }
    scan.items
}

impl<'t> Scan<'t> {
    /// Reads what begins at a token, and says where to go on.
    fn step(&mut self, at: usize) -> usize {
        if let Some(end) = skip::skipped(self.tokens, at, self.gazetteer) {
            return end;
        }
        if let Some(next) = crossing_cue(self.tokens, at) {
            return self.crossing(next).unwrap_or(at + 1);
        }
        if let Some(end) = self.twins(at) {
            return end;
        }
        if let Some((name, is_plural)) = self.typed(at) {
            return self.street(at, name, None, is_plural);
        }
        if let Some(next) = house::cue(self.tokens, at)
            && let Some((houses, end)) = house::list(self.tokens, next, true)
        {
            self.items.push(Item { tokens: at..end, what: What::Houses(houses) });
            return end;
        }
        if let Some(district) = settlement::district(self.tokens, at, self.gazetteer) {
            let end = district.end;
            self.items.push(Item { tokens: at..end, what: What::District(district) });
            return end;
        }
        if let Some(locality) = settlement::after(self.tokens, at, self.gazetteer) {
            return self.locality(at, locality);
        }
        if let Some(name) = self.bare(at) {
            return self.street(at, name, None, false);
        }
        if let Some(locality) = settlement::bare(self.tokens, at, self.gazetteer) {
            return self.locality(at, locality);
        }
        at + 1
    }

    fn locality(&mut self, at: usize, locality: Locality) -> usize {
        let end = locality.end;
        self.items.push(Item { tokens: at..end, what: What::Locality(locality) });
        end
    }

    /// A street with a word for its kind, and whether that word is a plural.
    fn typed(&self, at: usize) -> Option<(Name, bool)> {
        let is_name = self.tokens.get(at).is_some_and(|token| token.is_number() || adjective(&token.text).is_some());
        if is_name && let Some(name) = street::before(self.tokens, at, self.gazetteer) {
            let last = name.end.checked_sub(1).and_then(|last| kinds::street(self.tokens, last));
            let is_vague = last.is_some_and(|found| found.kind == Kind::Quarter);
            return (!is_vague || self.houses_after(name.end).is_some()).then_some((name, false));
        }
        let said = kinds::street(self.tokens, at)?;
        let and_so_on = at.checked_sub(1).and_then(|before| self.tokens.get(before)).is_some_and(|before| {
            matches!(before.text.as_str(), "и" | "т") && self.tokens.get(at).is_some_and(|token| token.text == "пр")
        });
        if and_so_on {
            return None;
        }
        let name = street::after(self.tokens, &said, self.gazetteer)?;
        let is_square = matches!(said.kind, Kind::Square | Kind::Embankment | Kind::Alley | Kind::Quarter);
        let is_sure = !is_square || name.known.is_some() || self.houses_after(name.end).is_some();
        is_sure.then_some((name, said.is_plural))
    }

    /// «улицами 1-я и 2-я Учхозная»: the name stands once for both numbers.
    fn twins(&mut self, at: usize) -> Option<usize> {
        let said = kinds::street(self.tokens, at)?;
        let number = self.tokens.get(said.end).filter(|token| token.is_number())?;
        let after = street::ordinal_end(self.tokens, said.end).unwrap_or(said.end + 1);
        self.tokens.get(after).filter(|token| matches!(token.text.as_str(), "и" | ","))?;
        self.tokens.get(after + 1).filter(|token| token.is_number())?;
        let second = street::after(self.tokens, &Found { end: after + 1, ..said }, self.gazetteer)?;
        let (_, rest) = second.text.split_once(' ')?;
        if rest.starts_with("лет") {
            return None;
        }
        let gender = if rest.ends_with(['я', 'а']) { Gender::Feminine } else { Gender::Masculine };
        let text = format!("{} {rest}", street::ordinal(&number.text, gender));
        let known = self.gazetteer.find(&tokens(&text), 0, Some(said.kind)).map(|hit| hit.street);
        let first = Name { text, known, end: after, confidence: second.confidence };
        self.push(at..after, first, Vec::new(), None, false);
        let end = second.end;
        self.push(after + 1..end, second, Vec::new(), None, true);
        Some(end)
    }

    /// Takes a street, the houses after it and the streets that follow it in a list.
    fn street(&mut self, at: usize, name: Name, crossing: Option<usize>, is_plural: bool) -> usize {
        let mut crossing = crossing;
        let (mut start, mut name, mut is_listed) = (at, name, false);
        loop {
            let (houses, end) = self.houses_after(name.end).unwrap_or((Vec::new(), name.end));
            self.push(start..end, name, houses, crossing, is_listed);
            let Some((next, crosses)) = connector(self.tokens, end, crossing.is_some()) else { return end };
            if crosses && crossing.is_none() && self.name_at(next, Expectation::Certain, false).is_some() {
                self.crossings += 1;
                crossing = Some(self.crossings);
                if let Some(Item { what: What::Street(street), .. }) = self.items.last_mut() {
                    street.crossing = crossing;
                }
            }
            let expectation = if crossing.is_some() || is_plural { Expectation::Certain } else { Expectation::None };
            let Some(following) = self.name_at(next, expectation, true) else { return end };
            (start, name, is_listed) = (next, following, true);
        }
    }

    /// The streets after «перекрёсток», «угол».
    fn crossing(&mut self, at: usize) -> Option<usize> {
        let name = self.name_at(at, Expectation::Certain, false)?;
        let begins = self.items.last().is_some_and(|item| {
            item.tokens.end + 1 == at && matches!(&item.what, What::Street(street) if street.houses.is_empty())
        });
        self.crossings += 1;
        let group = self.crossings;
        // «Ленина угол Маркса»: the first street was taken before the word was reached.
        if begins && let Some(Item { what: What::Street(street), .. }) = self.items.last_mut() {
            street.crossing = Some(group);
        }
        Some(self.street(at, name, Some(group), true))
    }

    /// A street at this token, with or without a word for its kind.
    fn name_at(&self, at: usize, expectation: Expectation, is_listed: bool) -> Option<Name> {
        if let Some((name, _)) = self.typed(at) {
            return Some(name);
        }
        let token = self.tokens.get(at).filter(|token| !token.is_first)?;
        if settlement::followed_by_area(self.tokens, at + 1) {
            return None;
        }
        if let Some(hit) = self.gazetteer.find(self.tokens, at, None)
            && let Some(known) = self.gazetteer.known(hit.street)
            && (token.is_capital || hit.has_number || expectation == Expectation::Certain)
            && !settlement::followed_by_area(self.tokens, hit.end)
        {
            return Some(Name { text: known.name.clone(), known: Some(hit.street), end: hit.end, confidence: 0.8 });
        }
        if expectation == Expectation::None || !(token.is_capital || token.is_number()) {
            return None;
        }
        let is_thing = token.is_word() && skip::is_object(&token.text);
        let said = Found {
            kind: self.listed_kind(is_listed),
            case: if is_listed { Case::Plain } else { Case::Genitive },
            is_short: false,
            is_plural: false,
            end: at,
        };
        if is_thing {
            None
        } else {
            street::after(self.tokens, &said, self.gazetteer).map(|name| Name { confidence: 0.65, ..name })
        }
    }

    /// The kind that a name in a list has: «переулки 9-й Суворовский, 10-й Суворовский».
    fn listed_kind(&self, is_listed: bool) -> Kind {
        let is_lane = is_listed
            && self.items.last().is_some_and(|item| match &item.what {
                What::Street(street) => street.name.ends_with("ий") || street.name.ends_with("ый"),
                _ => false,
            });
        if is_lane { Kind::Lane } else { Kind::Street }
    }

    fn push(&mut self, tokens: Range<usize>, name: Name, houses: Vec<House>, crossing: Option<usize>, is_listed: bool) {
        let Name { text, known, confidence, .. } = name;
        let street = Street { name: text, known, confidence, houses, crossing, is_listed };
        self.items.push(Item { tokens, what: What::Street(street) });
    }

    /// The houses right after a name: «, д. 5», « 5, 7», «с 31 по 39», «(дом 5)».
    fn houses_after(&self, at: usize) -> Option<(Vec<House>, usize)> {
        let mut next = at;
        let mut has_stop = false;
        while next < at + 3 && self.tokens.get(next).is_some_and(|token| token.is_mark(",.-–—(»\"'”")) {
            has_stop |= self.tokens.get(next).is_some_and(|token| token.is_mark(".(—–"));
            next += 1;
        }
        if let Some(number) = house::cue(self.tokens, next) {
            return house::list(self.tokens, number, true);
        }
        let token = self.tokens.get(next)?;
        if token.is_mark("№") {
            return house::list(self.tokens, next + 1, true);
        }
        if token.is_number() {
            let is_apart = has_stop || (token.is_first && next > at);
            return if is_apart { None } else { house::list(self.tokens, next, false) };
        }
        // «с 31 по 39», «от 5 до 15», «от дома 14 до дома 4/7»
        let until = match token.text.as_str() {
            "с" => "по",
            "от" => "до",
            _ => return None,
        };
        let number = |at: usize| house::cue(self.tokens, at).unwrap_or(at);
        let first = house::read(self.tokens, number(next + 1), true)?;
        let end = first.tokens.end;
        self.tokens.get(end).filter(|token| token.text == until || token.text == "до")?;
        let second = house::read(self.tokens, number(end + 1), false)?;
        let end = second.tokens.end;
        Some((vec![first, second], end))
    }
}

/// The token at which the streets of a crossing are expected.
fn crossing_cue(tokens: &[Token], at: usize) -> Option<usize> {
    let token = tokens.get(at).filter(|token| token.is_word())?;
    let is_cue = ["перекрест", "перекресн", "пересечени", "пересечене", "развязк", "кольце"]
        .iter()
        .any(|stem| token.text.starts_with(stem))
        || matches!(token.text.as_str(), "угол" | "углу" | "угла" | "углом");
    if !is_cue {
        return None;
    }
    let mut next = at + 1;
    while tokens
        .get(next)
        .is_some_and(|token| token.is_mark("-–:(") || matches!(token.text.as_str(), "с" | "между" | "двух"))
    {
        next += 1;
    }
    Some(next)
}

/// The token after what joins two streets, and whether it makes a crossing of them.
fn connector(tokens: &[Token], at: usize, is_crossing: bool) -> Option<(usize, bool)> {
    let token = tokens.get(at)?;
    let skip_with = |next: usize| {
        next + usize::from(
            tokens.get(next).is_some_and(|token| is_crossing && matches!(token.text.as_str(), "с" | "и")),
        )
    };
    match token.text.as_str() {
        "/" | "\\" | "угол" => Some((at + 1, true)),
        "," => Some((skip_with(at + 1), false)),
        "и" => Some((skip_with(at + 1), false)),
        "с" | "со" | "-" | "–" | "—" | "х" | "x" if is_crossing => Some((at + 1, false)),
        _ => None,
    }
}
