//! From what stands in a text to the places it names: whose house, whose settlement, and what for.

use std::ops::Range;

use super::gazetteer::Gazetteer;
use super::house::House;
use super::scan::{Item, Street, What};
use super::token::Token;
use super::{Mention, Role};

/// How far after a street, in tokens, a house is still taken to be one of it.
const REACH: usize = 40;

/// The places of the items, in text order.
pub(super) fn assemble(tokens: &[Token], items: &[Item], gazetteer: &Gazetteer) -> Vec<Mention> {
    let text = Text { tokens, items, gazetteer };
    let owners = text.owners();
    let roles = text.roles();
    let common = text.common_locality(&roles);
    let mut mentions = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let role = roles.get(index).copied().unwrap_or(Role::At);
        match &item.what {
            What::Street(street) => {
                let locality = text.beside(index).or(common);
                let named = Named { index, street, role, locality };
                text.street(&named, &owners, &mut mentions);
            }
            What::Houses(houses) => {
                let Some(owner) = owners.get(index).filter(|owner| !matches!(owner, Owner::Street(_))) else {
                    continue;
                };
                for house in houses {
                    let mut mention = text.mention(item.tokens.start..house.tokens.end, role, 0.5);
                    mention.house = Some(house.number.clone());
                    let locality = if let Owner::Locality(locality) = owner {
                        Some(*locality)
                    } else {
                        text.before(index).or(common)
                    };
                    if let Some(locality) = locality {
                        text.locate(&mut mention, locality);
                    }
                    mentions.push(mention);
                }
            }
            What::Locality(found) => {
                let is_taken = owners.contains(&Owner::Locality(index))
                    || text.is_beside_street(index)
                    || text.has_houses(index, &owners);
                if !is_taken {
                    let mut mention = text.mention(item.tokens.clone(), role, found.confidence);
                    text.locate(&mut mention, index);
                    mentions.push(mention);
                }
            }
            What::District(found) => {
                let mut mention = text.mention(item.tokens.clone(), role, 0.8);
                mention.municipality.clone_from(&found.municipality);
                mention.okrug.clone_from(&found.okrug);
                mentions.push(mention);
            }
        }
    }
    without_echoes(&mut mentions);
    mentions.sort_by_key(|mention| (mention.span.start, mention.span.end));
    mentions
}

/// Whose the houses of an item are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    Nobody,
    Street(usize),
    Locality(usize),
}

/// What a street is named for, as far as the words before it tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cue {
    None,
    /// «от», «до», «с»: an end of a stretch, or the place itself if no other is named.
    Bound,
    /// «в сторону», «к», a bus route.
    Direction,
}

struct Named<'a> {
    index: usize,
    street: &'a Street,
    role: Role,
    locality: Option<usize>,
}

struct Text<'t> {
    tokens: &'t [Token<'t>],
    items: &'t [Item],
    gazetteer: &'t Gazetteer,
}

impl Text<'_> {
    fn mention(&self, tokens: Range<usize>, role: Role, confidence: f32) -> Mention {
        let start = self.tokens.get(tokens.start).map_or(0, |token| token.start);
        let end = tokens.end.checked_sub(1).and_then(|last| self.tokens.get(last)).map_or(start, |token| token.end);
        Mention {
            locality: None,
            street: None,
            crossing: None,
            house: None,
            okrug: None,
            municipality: None,
            role,
            span: start..end,
            confidence,
            point: None,
        }
    }

    fn locate(&self, mention: &mut Mention, locality: usize) {
        if let Some(Item { what: What::Locality(found), .. }) = self.items.get(locality) {
            mention.locality = Some(found.name.clone());
            mention.municipality =
                found.municipality.clone().or_else(|| self.gazetteer.municipality_of(&found.name).map(str::to_owned));
        }
    }

    fn street(&self, named: &Named, owners: &[Owner], mentions: &mut Vec<Mention>) {
        let Some(item) = self.items.get(named.index) else { return };
        let street = named.street;
        let second = self.second(named.index, street);
        if self.is_second(named.index, street) {
            return;
        }
        let given = self.items.iter().zip(owners).filter(|(_, owner)| **owner == Owner::Street(named.index));
        let given = given.flat_map(|(item, _)| match &item.what {
            What::Houses(houses) => houses.iter().map(|house| (house, item.tokens.start)).collect::<Vec<_>>(),
            _ => Vec::new(),
        });
        let houses: Vec<(&House, usize)> =
            street.houses.iter().map(|house| (house, item.tokens.start)).chain(given).collect();
        for (house, start) in &houses {
            let span = if *start < house.tokens.start { *start..house.tokens.end } else { house.tokens.clone() };
            let mut mention = self.mention(span, named.role, street.confidence);
            mention.house = Some(house.number.clone());
            self.fill(&mut mention, named);
            mentions.push(mention);
        }
        if houses.is_empty() || second.is_some() {
            let end = second.map_or(item.tokens.end, |(_, end)| end);
            let mut mention = self.mention(item.tokens.start..end, named.role, street.confidence);
            mention.crossing = second.map(|(other, _)| other.name.clone());
            self.fill(&mut mention, named);
            mentions.push(mention);
        }
    }

    fn fill(&self, mention: &mut Mention, named: &Named) {
        mention.street = Some(named.street.name.clone());
        if let Some(locality) = named.locality {
            self.locate(mention, locality);
        }
        let is_elsewhere = (mention.locality.is_some() && mention.municipality.as_deref() != self.gazetteer.city())
            || self.other_district();
        let Some(street) = named.street.known.filter(|_| !is_elsewhere) else { return };
        if let Some(known) = self.gazetteer.known(street) {
            mention.okrug.clone_from(&known.okrug);
            let house = mention.house.as_deref().and_then(|house| self.gazetteer.house(street, house));
            if house.is_some() {
                mention.confidence = (mention.confidence + 0.1).min(1.0);
            }
            mention.point = house.or(known.point);
        }
    }

    /// The text names a municipality other than the city.
    fn other_district(&self) -> bool {
        self.items.iter().any(|item| match &item.what {
            What::District(found) => found.municipality.as_deref().is_some_and(|id| Some(id) != self.gazetteer.city()),
            _ => false,
        })
    }

    /// The second street of the crossing that the item begins, and the token after it.
    fn second(&self, index: usize, street: &Street) -> Option<(&Street, usize)> {
        let group = street.crossing?;
        let (head, next) = (self.of_crossing(group, 0)?, self.of_crossing(group, 1)?);
        (head.0 == index).then_some((next.1, next.2))
    }

    fn is_second(&self, index: usize, street: &Street) -> bool {
        let second = street.crossing.and_then(|group| self.of_crossing(group, 1));
        second.is_some_and(|(second, street, _)| second == index && street.houses.is_empty())
    }

    fn of_crossing(&self, group: usize, position: usize) -> Option<(usize, &Street, usize)> {
        let members = self.items.iter().enumerate().filter_map(|(index, item)| match &item.what {
            What::Street(street) if street.crossing == Some(group) => Some((index, street, item.tokens.end)),
            _ => None,
        });
        members.take(position + 1).nth(position)
    }

    /// For each item: if it is houses, whose.
    fn owners(&self) -> Vec<Owner> {
        let mut owners = vec![Owner::Nobody; self.items.len()];
        let mut last_street = None;
        let before: Vec<Option<usize>> = self
            .items
            .iter()
            .enumerate()
            .map(|(index, item)| {
                let before = last_street;
                if matches!(item.what, What::Street(_)) {
                    last_street = Some(index);
                }
                before
            })
            .collect();
        for (index, item) in self.items.iter().enumerate().rev() {
            if !matches!(item.what, What::Houses(_)) {
                continue;
            }
            let ahead = self.ahead(index, &owners);
            let behind = before.get(index).copied().flatten().filter(|street| {
                self.items
                    .get(*street)
                    .is_some_and(|street| item.tokens.start.saturating_sub(street.tokens.end) <= REACH)
            });
            if let Some(owner) = owners.get_mut(index) {
                *owner = ahead.or(behind.map(Owner::Street)).unwrap_or(Owner::Nobody);
            }
        }
        owners
    }

    /// Whose the houses are by what follows: «дом 5 по улице …», «дома 143 деревни …».
    fn ahead(&self, index: usize, owners: &[Owner]) -> Option<Owner> {
        let next = self.items.get(index + 1)?;
        match &next.what {
            What::Street(_) if self.joins(index, index + 1, 2, &["по", "на", ",", "в", ")"]) => {
                Some(Owner::Street(index + 1))
            }
            What::Houses(_)
                if self.joins(index, index + 1, 4, &["до", "и", ",", "от", "около", "у", "возле", "или"]) =>
            {
                owners.get(index + 1).copied().filter(|owner| match owner {
                    Owner::Nobody => false,
                    Owner::Street(other) | Owner::Locality(other) => *other > index,
                })
            }
            What::Locality(_) if self.joins(index, index + 1, 1, &[",", "в"]) => {
                let is_street = matches!(self.items.get(index + 2), Some(Item { what: What::Street(_), .. }));
                if is_street && self.joins(index + 1, index + 2, 2, &[",", "по", "на", "."]) {
                    Some(Owner::Street(index + 2))
                } else {
                    let is_first = !self.items.iter().take(index).any(|item| matches!(item.what, What::Street(_)));
                    is_first.then_some(Owner::Locality(index + 1))
                }
            }
            _ => None,
        }
    }

    /// Whether only a few of the given words stand between two items.
    fn joins(&self, first: usize, second: usize, most: usize, words: &[&str]) -> bool {
        let (Some(first), Some(second)) = (self.items.get(first), self.items.get(second)) else { return false };
        let between = self.tokens.get(first.tokens.end..second.tokens.start).unwrap_or_default();
        between.len() <= most && between.iter().all(|token| words.contains(&token.text.as_str()))
    }

    /// The settlement beside a street: «г. Омск, ул. Мира», «улица Мира города Омска».
    fn beside(&self, street: usize) -> Option<usize> {
        const WORDS: &[&str] = &[",", ".", "по", "на", "в", "адресу", ":", "(", ")", "-", "и"];
        let is_locality = |index: usize| matches!(self.items.get(index), Some(Item { what: What::Locality(_), .. }));
        let before =
            street.checked_sub(1).filter(|before| is_locality(*before) && self.joins(*before, street, 3, WORDS));
        before.or_else(|| {
            Some(street + 1).filter(|after| is_locality(*after) && self.joins(street, *after, 2, &[",", "в", "(", "."]))
        })
    }

    /// The settlement right before a house without a street: «посёлок Подлесный, д. 10».
    fn before(&self, house: usize) -> Option<usize> {
        let is_locality = |index: &usize| matches!(self.items.get(*index), Some(Item { what: What::Locality(_), .. }));
        house.checked_sub(1).filter(is_locality).filter(|before| self.joins(*before, house, 2, &[",", ".", ":"]))
    }

    fn has_houses(&self, locality: usize, owners: &[Owner]) -> bool {
        let is_bare = owners.get(locality + 1) == Some(&Owner::Nobody);
        let is_house = matches!(self.items.get(locality + 1), Some(Item { what: What::Houses(_), .. }));
        is_house && is_bare && self.before(locality + 1).is_some()
    }

    fn is_beside_street(&self, locality: usize) -> bool {
        let near = [locality.checked_sub(1), Some(locality + 1)];
        near.into_iter().flatten().any(|street| {
            matches!(self.items.get(street), Some(Item { what: What::Street(_), .. }))
                && self.beside(street) == Some(locality)
        })
    }

    /// The settlement of the whole text: if it names but one.
    fn common_locality(&self, roles: &[Role]) -> Option<usize> {
        let mut common: Option<(usize, &str)> = None;
        for (index, (item, role)) in self.items.iter().zip(roles).enumerate() {
            if let (What::Locality(found), Role::At) = (&item.what, role) {
                match common {
                    Some((_, name)) if name != found.name => return None,
                    Some(_) => {}
                    None => common = Some((index, &found.name)),
                }
            }
        }
        common.map(|(index, _)| index)
    }

    fn roles(&self) -> Vec<Role> {
        let mut cues: Vec<Cue> = Vec::with_capacity(self.items.len());
        for (index, item) in self.items.iter().enumerate() {
            let cue = match &item.what {
                What::Street(street) if street.is_listed => cues.last().copied().unwrap_or(Cue::None),
                What::Locality(_) if index > 0 && self.joins(index - 1, index, 1, &["и", ","]) => {
                    cues.last().copied().filter(|cue| *cue == Cue::Direction).unwrap_or_else(|| self.cue(item))
                }
                _ => self.cue(item),
            };
            cues.push(cue);
        }
        let name = |index: usize| match self.items.get(index).map(|item| &item.what) {
            Some(What::Street(street)) => Some(street.name.as_str()),
            _ => None,
        };
        let places: Vec<&str> =
            (0..cues.len()).filter(|index| cues.get(*index) == Some(&Cue::None)).filter_map(name).collect();
        let role = |(index, cue): (usize, &Cue)| match cue {
            Cue::None => Role::At,
            Cue::Direction => Role::Reference,
            Cue::Bound => match name(index) {
                Some(own) if places.is_empty() || places.contains(&own) => Role::At,
                Some(_) => Role::Reference,
                None if places.is_empty() => Role::At,
                None => Role::Reference,
            },
        };
        cues.iter().enumerate().map(role).collect()
    }

    /// What the words right before an item say about it.
    fn cue(&self, item: &Item) -> Cue {
        const PASSED: &[&str] = &[
            "дома",
            "дом",
            "на",
            "конца",
            "начала",
            "самого",
            "самой",
            "перекрестка",
            "пересечения",
            "с",
            "улиц",
            "по",
            "д",
            "№",
            "въезда",
            "поворота",
            "выезда",
        ];
        let mut at = item.tokens.start;
        for _ in 0..4 {
            let Some(token) = at.checked_sub(1).and_then(|before| self.tokens.get(before)) else { break };
            at -= 1;
            match token.text.as_str() {
                "сторону" | "направлении" | "направлению" | "направление" | "стороны" | "к" | "ко" =>
                {
                    return Cue::Direction;
                }
                "до" | "от" | "со" => return Cue::Bound,
                // «С улицы …», but «перекрёсток с улицей …».
                "с" if item.tokens.start == at + 1 && self.is_from(at) => return Cue::Bound,
                word if PASSED.contains(&word) => {}
                _ => break,
            }
        }
        if self.is_of_route(item) { Cue::Direction } else { Cue::None }
    }

    /// «С улицы …», but not «перекрёсток с улицей …».
    fn is_from(&self, at: usize) -> bool {
        let is_crossing = at
            .checked_sub(1)
            .and_then(|before| self.tokens.get(before))
            .is_some_and(|before| ["пересечен", "перекрест"].iter().any(|stem| before.text.starts_with(stem)));
        let is_with =
            self.tokens.get(at + 1).is_some_and(|next| ["ей", "ами", "ом"].iter().any(|end| next.text.ends_with(end)));
        !is_crossing && !is_with
    }

    /// «маршрут 263: пос. Северный — Союзная»
    fn is_of_route(&self, item: &Item) -> bool {
        let from = item.tokens.start.saturating_sub(8);
        let before = self.tokens.get(from..item.tokens.start).unwrap_or_default();
        let sentence = before.iter().rposition(|token| token.is_first).unwrap_or(0);
        let has_dash = |at: usize| self.tokens.get(at).is_some_and(|token| token.is_mark("-–—"));
        let is_of_pair = has_dash(item.tokens.end) || item.tokens.start.checked_sub(1).is_some_and(has_dash);
        is_of_pair && before.iter().skip(sentence).any(|token| token.text.starts_with("маршрут"))
    }
}

/// Leaves out a street without a house that the text names with one, or has named before, and houses named twice.
fn without_echoes(mentions: &mut Vec<Mention>) {
    let all = mentions.clone();
    let mut index = 0;
    mentions.retain(|mention| {
        let own = index;
        index += 1;
        let is_bare = mention.house.is_none() && mention.crossing.is_none();
        !all.iter().enumerate().any(|(other, one)| {
            let is_same = one.street == mention.street && one.locality == mention.locality;
            let is_earlier = other < own;
            let names_street = mention.street.is_some() && is_bare;
            other != own
                && ((is_same
                    && one.house == mention.house
                    && one.crossing == mention.crossing
                    && one.municipality == mention.municipality
                    && one.okrug == mention.okrug
                    && is_earlier)
                    || (names_street
                        && one.street == mention.street
                        && (one.house.is_some() || one.crossing.is_some()))
                    || (names_street && one.crossing == mention.street && is_earlier))
        })
    });
}
