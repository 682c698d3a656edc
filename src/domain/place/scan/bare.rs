//! Streets without a word for their kind: «Нахимова 61», «на Бородина», and what makes such a name believed.

use std::ops::Range;

use super::{Item, Scan, What};
use crate::domain::place::decline::{Gender, adjective};
use crate::domain::place::kinds::{self, Case, Found, Kind};
use crate::domain::place::lexicon::{describes, is_common, is_function};
use crate::domain::place::street::{self, Name};
use crate::domain::place::token::Sort;
use crate::domain::place::{settlement, skip};

impl Scan<'_> {
    /// A street without a word for its kind, where the text gives evidence that it is one.
    pub(super) fn bare(&self, at: usize) -> Option<Name> {
        let token = self.tokens.get(at).filter(|token| !token.is_mark(""))?;
        if token.sort == Sort::Mark || (token.is_word() && is_function(&token.text)) {
            return None;
        }
        let evidence = self.evidence(at);
        if let Some(hit) = self.gazetteer.find(self.tokens, at, None)
            && let Some(known) = self.gazetteer.known(hit.street)
        {
            let name = Name { text: known.name.clone(), known: Some(hit.street), end: hit.end, confidence: 0.0 };
            let is_capital = (at..hit.end).any(|at| self.tokens.get(at).is_some_and(|token| token.is_capital));
            let found = Seen { is_capital, has_number: hit.has_number, is_adjective: hit.is_adjective };
            return self.believed(at, name, found, &evidence);
        }
        self.guessed(at, &evidence)
    }

    fn evidence(&self, at: usize) -> Evidence {
        let before = at.checked_sub(1).and_then(|before| self.tokens.get(before));
        let word = before.map_or("", |before| before.text.as_str());
        let is_after = |what: fn(&What) -> bool| {
            self.items.last().is_some_and(|item| {
                what(&item.what)
                    && (item.tokens.end == at
                        || (item.tokens.end + 1 == at
                            && before.is_some_and(|before| before.is_mark(",.)") || before.text == "по")))
            })
        };
        let is_first = self.tokens.get(at).is_some_and(|token| token.is_first);
        Evidence {
            is_placed: matches!(word, "на" | "по" | "вдоль" | "На" | "адресу" | "адрес"),
            is_bound: matches!(
                word,
                "от" | "до"
                    | "с"
                    | "со"
                    | "к"
                    | "ко"
                    | "возле"
                    | "около"
                    | "у"
                    | "напротив"
                    | "между"
                    | "через"
                    | "за"
                    | "во"
                    | "в"
            ),
            is_addressed: matches!(
                word,
                "адресу"
                    | "адрес"
                    | "дома"
                    | "доме"
                    | "дом"
                    | "домом"
                    | "дому"
                    | "домов"
                    | "двор"
                    | "дворе"
                    | "двора"
                    | "район"
                    | "районе"
            ) || is_after(|what| matches!(what, What::Locality(_) | What::Houses(_) | What::District(_))),
            starts: is_first || before.is_none_or(|before| before.is_mark(",:(;—–")),
        }
    }

    /// Whether a known name without a word for its kind is a street here.
    fn believed(&self, at: usize, name: Name, found: Seen, evidence: &Evidence) -> Option<Name> {
        let Seen { is_capital, has_number, is_adjective } = found;
        if settlement::followed_by_area(self.tokens, name.end)
            || self.tokens.get(name.end).is_some_and(|next| next.is_word() && skip::is_object(&next.text))
        {
            return None;
        }
        let has_house = self.houses_after(name.end).is_some();
        let is_single = name.end == at + 1;
        let is_common = is_single && !is_capital && self.tokens.get(at).is_some_and(|token| is_common(&token.text));
        let placed = evidence.is_placed || evidence.is_addressed;
        let anywhere = placed || evidence.is_bound || evidence.starts;
        let confidence = if has_house && (if is_common { placed } else { is_capital || anywhere }) {
            if placed || is_capital { 0.85 } else { 0.7 }
        } else if has_house || self.is_person(at, &name) {
            return None;
        } else if has_number && self.tokens.get(name.end - 1).is_some_and(|last| skip::is_mark_of_time(&last.text)) {
            // «до 8 марта» is a date.
            return None;
        } else if !is_capital && is_adjective && !is_common && self.is_direction(at) && self.ends_phrase(name.end) {
            0.4
        } else if is_adjective && (!(evidence.is_placed || (evidence.is_bound && is_capital)) || self.agrees(name.end))
        {
            return None;
        } else if is_capital && has_number && !is_single {
            0.65
        } else if is_capital && (evidence.is_placed || (evidence.is_addressed && !is_single)) {
            0.7
        } else if self.is_weakly_placed(at, &name, found, evidence, is_common) {
            0.55
        } else if has_number && !is_single && evidence.is_bound {
            0.5
        } else {
            return None;
        };
        Some(Name { confidence, ..name })
    }

    /// «до Озёрной», «от Нахимова до Бородина», «на бородина»
    fn is_weakly_placed(&self, at: usize, name: &Name, found: Seen, evidence: &Evidence, is_common: bool) -> bool {
        if found.is_capital {
            return evidence.is_bound && (found.is_adjective || name.end > at + 1 || self.is_stretch(at));
        }
        let stands = found.has_number || !found.is_adjective || self.ends_phrase(name.end);
        evidence.is_placed && !is_common && stands
    }

    /// A given name, initials or another capital beside it: the name of a person.
    fn is_person(&self, at: usize, name: &Name) -> bool {
        let next = self.tokens.get(name.end);
        let initial = next.is_some_and(|next| next.is_word() && next.is_capital && next.text.chars().count() == 1);
        let masked = next.is_some_and(|next| next.is_mark("<"));
        let title = at.checked_sub(1).and_then(|before| self.tokens.get(before)).is_some_and(|before| {
            before.is_word()
                && before.is_capital
                && !before.is_first
                && before.text.chars().count() > 2
                && name.end == at + 1
        });
        initial || masked || title
    }

    /// Whether the next word is a noun that an adjective before it describes.
    fn agrees(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|next| {
            next.is_word()
                && !next.is_first
                && !is_function(&next.text)
                && (next.text.ends_with(['е', 'и', 'у', 'ю']) || next.is_capital)
                && kinds::street(self.tokens, at).is_none()
                && !["ает", "ают", "уют"].iter().any(|end| next.text.ends_with(end))
        })
    }

    /// Whether a phrase ends here, so that nothing follows that an adjective could describe.
    fn ends_phrase(&self, at: usize) -> bool {
        self.tokens
            .get(at)
            .is_none_or(|next| next.is_first || next.sort == Sort::Mark || (next.is_word() && is_function(&next.text)))
    }

    /// «от Нахимова до Бородина»
    fn is_stretch(&self, at: usize) -> bool {
        let has = |range: Range<usize>, words: &[&str]| {
            self.tokens.get(range).unwrap_or_default().iter().any(|token| words.contains(&token.text.as_str()))
        };
        let before =
            at.checked_sub(1).and_then(|before| self.tokens.get(before)).map_or("", |before| before.text.as_str());
        match before {
            "от" | "с" => has(at..(at + 6).min(self.tokens.len()), &["до"]),
            "до" => has(at.saturating_sub(7)..at, &["от", "с"]),
            _ => false,
        }
    }

    fn is_direction(&self, at: usize) -> bool {
        at.checked_sub(1)
            .and_then(|before| self.tokens.get(before))
            .is_some_and(|before| matches!(before.text.as_str(), "к" | "ко" | "до" | "от"))
    }

    /// «на 40 лет РВСН», «50 лет Октября, 5»
    fn anniversary(&self, at: usize, evidence: &Evidence) -> Option<Name> {
        self.tokens.get(at).filter(|token| token.is_number() && token.text.len() == 2)?;
        self.tokens.get(at + 1).filter(|token| token.text == "лет")?;
        self.tokens.get(at + 2).filter(|token| token.is_word() && token.is_capital)?;
        let said = Found { kind: Kind::Street, case: Case::Plain, is_short: true, is_plural: false, end: at };
        let name = street::after(self.tokens, &said, self.gazetteer)?;
        let is_believed =
            evidence.is_placed || evidence.is_bound || evidence.is_addressed || self.houses_after(name.end).is_some();
        is_believed.then_some(Name { confidence: 0.65, ..name })
    }

    /// A name that nobody knows, without a word for its kind: only where a house or a preposition and the form speak for it.
    fn guessed(&self, at: usize, evidence: &Evidence) -> Option<Name> {
        let token = self.tokens.get(at)?;
        let start = if token.is_number() { street::ordinal_end(self.tokens, at).unwrap_or(at + 1) } else { at };
        if let Some(name) = self.anniversary(at, evidence) {
            return Some(name);
        }
        let word = self.tokens.get(start).filter(|word| word.is_word() && word.text.chars().count() > 3)?;
        if (start == at && !word.is_capital)
            || (start > at && word.is_first)
            || skip::is_object(&word.text)
            || skip::is_mark_of_time(&word.text)
        {
            return None;
        }
        let found = adjective(&word.text).filter(|found| found.is_typical() && found.agrees(Gender::Feminine));
        let case = if evidence.is_placed || evidence.is_bound { Case::Other } else { Case::Plain };
        let said = Found { kind: Kind::Street, case, is_short: false, is_plural: false, end: at };
        let name = street::after(self.tokens, &Found { is_short: true, case: Case::Plain, ..said }, self.gazetteer)?;
        if settlement::followed_by_area(self.tokens, name.end) || name.end > start + 3 {
            return None;
        }
        let has_house = self.houses_after(name.end).is_some_and(|(houses, end)| {
            self.tokens.get(end).is_none_or(|next| {
                next.sort == Sort::Mark
                    || next.is_first
                    || is_function(&next.text)
                    || houses.iter().any(|house| !house.number.chars().all(|c| c.is_ascii_digit()))
                    || evidence.is_placed
                    || evidence.is_addressed
            })
        });
        let is_nominative = found.is_some_and(|found| found.is_nominative(Gender::Feminine));
        let is_genitive =
            ["ова", "ева", "ина", "ына", "ского", "цкого", "ого", "цев", "стов", "телей", "ера", "ича", "енко"]
                .iter()
                .any(|end| word.text.ends_with(end));
        let looks_so = is_genitive
            || is_nominative
            || found.is_some()
            || (evidence.is_placed || evidence.is_addressed) && word.text.ends_with(['а', 'я', 'и', 'ы', 'в', 'о']);
        let confidence = if has_house
            && looks_so
            && (evidence.is_placed || evidence.is_addressed || evidence.starts || evidence.is_bound)
        {
            if word.is_first && !(is_genitive || found.is_some()) { return None } else { 0.7 }
        } else if let Some(found) = found
            && evidence.is_placed
            && !is_nominative
            && !has_house
            && !describes(found.base)
            && !self.agrees(name.end)
            && (word.is_capital && (found.base.ends_with("ск") || self.ends_phrase(name.end)))
        {
            0.5
        } else if evidence.is_placed && evidence.is_addressed_by_house(&self.items, at) && looks_so {
            0.65
        } else {
            return None;
        };
        Some(Name { confidence, ..name })
    }
}

/// What speaks for a street that is named without a word for its kind.
#[derive(Debug)]
struct Evidence {
    /// «на», «по», «вдоль».
    is_placed: bool,
    /// «от», «до», «возле».
    is_bound: bool,
    /// An address has begun: «по адресу», «дом 5», «г. Омск».
    is_addressed: bool,
    /// It begins a sentence or a clause.
    starts: bool,
}

impl Evidence {
    /// «дома 11 по Энергетиков»
    fn is_addressed_by_house(&self, items: &[Item], at: usize) -> bool {
        self.is_addressed
            && items.last().is_some_and(|item| item.tokens.end + 1 == at && matches!(item.what, What::Houses(_)))
    }
}

/// How a known name stands in the text.
#[derive(Debug, Clone, Copy)]
struct Seen {
    is_capital: bool,
    has_number: bool,
    /// All of it is one adjective.
    is_adjective: bool,
}
