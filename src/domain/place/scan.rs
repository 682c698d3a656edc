//! One pass over the tokens: which streets, houses, settlements and districts stand where.

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
            return Some((name, false));
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

    /// A street without a word for its kind, where the text gives evidence that it is one.
    fn bare(&self, at: usize) -> Option<Name> {
        let token = self.tokens.get(at).filter(|token| !token.is_mark(""))?;
        if token.sort == super::token::Sort::Mark || (token.is_word() && street::is_function(&token.text)) {
            return None;
        }
        let evidence = self.evidence(at);
        if let Some(hit) = self.gazetteer.find(self.tokens, at, None)
            && let Some(known) = self.gazetteer.known(hit.street)
        {
            let name = Name { text: known.name.clone(), known: Some(hit.street), end: hit.end, confidence: 0.0 };
            let is_capital = (at..hit.end).any(|at| self.tokens.get(at).is_some_and(|token| token.is_capital));
            return self.believed(at, name, is_capital, hit.has_number, hit.is_adjective, &evidence);
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
    fn believed(
        &self,
        at: usize,
        name: Name,
        is_capital: bool,
        has_number: bool,
        is_adjective: bool,
        evidence: &Evidence,
    ) -> Option<Name> {
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
        } else if is_adjective && (!evidence.is_placed && !(evidence.is_bound && is_capital) || self.agrees(name.end)) {
            return None;
        } else if is_capital && has_number && !is_single {
            0.65
        } else if is_capital && (evidence.is_placed || (evidence.is_addressed && !is_single)) {
            0.7
        } else if is_capital && evidence.is_bound && (is_adjective || !is_single || self.is_stretch(at)) {
            0.55
        } else if !is_capital
            && evidence.is_placed
            && !is_common
            && (has_number || !is_adjective || self.ends_phrase(name.end))
        {
            0.55
        } else if has_number && !is_single && evidence.is_bound {
            0.5
        } else {
            return None;
        };
        Some(Name { confidence, ..name })
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
                && !street::is_function(&next.text)
                && (next.text.ends_with(['е', 'и', 'у', 'ю']) || next.is_capital)
                && kinds::street(self.tokens, at).is_none()
                && !["ает", "ают", "уют"].iter().any(|end| next.text.ends_with(end))
        })
    }

    /// Whether a phrase ends here, so that nothing follows that an adjective could describe.
    fn ends_phrase(&self, at: usize) -> bool {
        self.tokens.get(at).is_none_or(|next| {
            next.is_first
                || next.sort == super::token::Sort::Mark
                || (next.is_word() && street::is_function(&next.text))
        })
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
                next.sort == super::token::Sort::Mark
                    || next.is_first
                    || street::is_function(&next.text)
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
            && !street::describes(found.base)
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

/// Names of streets that are common words: in small letters they need more evidence.
pub(super) fn is_common(word: &str) -> bool {
    const WORDS: &[&str] = &[
        "мира",
        "победы",
        "труда",
        "свободы",
        "дружбы",
        "культуры",
        "строителей",
        "мая",
        "пионеров",
        "космонавтов",
        "рабочих",
        "металлистов",
        "учителей",
        "ветеранов",
        "молодежи",
        "героев",
        "юности",
        "весны",
        "революции",
        "октября",
        "связи",
        "жизни",
        "науки",
        "красоты",
    ];
    if WORDS.contains(&word) {
        return true;
    }
    adjective(word).is_some_and(|found| {
        const BASES: &[&str] = &[
            "нов",
            "центральн",
            "больш",
            "мал",
            "красн",
            "главн",
            "верхн",
            "нижн",
            "средн",
            "перв",
            "лев",
            "прав",
            "детск",
            "школьн",
            "молодежн",
            "набережн",
            "советск",
            "городск",
            "заводск",
            "садов",
            "полев",
            "лесн",
            "степн",
            "зелен",
            "солнечн",
            "весел",
            "светл",
            "тих",
            "дальн",
            "крайн",
            "летн",
            "зимн",
            "осенн",
            "весенн",
            "южн",
            "северн",
            "западн",
            "восточн",
            "дорожн",
            "свободн",
            "больничн",
            "почтов",
            "народн",
            "сельск",
            "складск",
            "торгов",
            "театральн",
            "спортивн",
            "прямой",
            "прям",
            "кольцев",
            "российск",
            "общественн",
            "рабоч",
            "производственн",
            "нагорн",
            "жилищн",
            "промышленн",
            "военн",
            "бел",
            "черн",
            "родн",
            "дачн",
            "подгорн",
        ];
        BASES.contains(&found.base)
    })
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
