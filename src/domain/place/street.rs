//! The grammar of street names: after the word for the kind («улице Сумской»), before it («Выгонного переулка») and without it.

mod unknown;

use unknown::unknown;

use super::decline::{Gender, adjective, titled, with_ending};
use super::gazetteer::Gazetteer;
use super::kinds::{self, Found, Kind};
use super::lexicon::{describes, is_common};
use super::token::Token;

/// A street's name found in a text.
#[derive(Debug, Clone)]
pub(super) struct Name {
    pub(super) text: String,
    pub(super) known: Option<usize>,
    pub(super) end: usize,
    pub(super) confidence: f32,
}

/// The name with the word that stays part of it: «Магистральный проезд».
pub(super) fn with_kind(core: &str, kind: Kind) -> String {
    match kind.kept() {
        Some(kept) if core.split(' ').any(|word| word == kept) => core.to_owned(),
        Some(kept) => {
            let first = core.split(' ').next_back().unwrap_or(core).to_lowercase().replace('ё', "е");
            let is_adjective = adjective(&first).is_some_and(|found| found.is_nominative(kind.gender()));
            if is_adjective { format!("{core} {kept}") } else { format!("{kept} {core}") }
        }
        None => core.to_owned(),
    }
}

const ORDINALS: &[&str] = &[
    "я", "й", "у", "ая", "ый", "ой", "ую", "го", "му", "м", "ое", "е", "ей", "ья", "ьей", "ью", "ого", "ому", "ом",
    "ю", "х", "ти", "ий", "тая",
];

pub(super) fn is_ordinal(word: &str) -> bool {
    ORDINALS.contains(&word) && word != "м"
}

/// The token after an ordinal's ending, if the number here has one: «1-я», «2ой».
pub(super) fn ordinal_end(tokens: &[Token], at: usize) -> Option<usize> {
    tokens.get(at).filter(|token| token.is_number())?;
    let next = tokens.get(at + 1)?;
    let ending = if next.is_mark("-–") && next.is_glued { at + 2 } else { at + 1 };
    let word = tokens.get(ending).filter(|token| token.is_word())?;
    (word.is_glued && ORDINALS.contains(&word.text.as_str())).then_some(ending + 1)
}

/// The name after the word for the kind.
pub(super) fn after(tokens: &[Token], said: &Found<Kind>, gazetteer: &Gazetteer) -> Option<Name> {
    let mut at = said.end;
    let mut kind = said.kind;
    let mut said = *said;
    // «улице Набережной»
    let is_embankment = tokens.get(at).is_some_and(|token| token.text.starts_with("набережн"))
        && tokens.get(at + 1).is_none_or(|next| next.is_first || !next.is_capital);
    if is_embankment && kind == Kind::Street {
        return Some(Name { text: "Набережная".to_owned(), known: None, end: at + 1, confidence: 0.8 });
    }
    // «улице проспект Дериглазова», «ул. пр. Мира»
    if let Some(inner) = kinds::street(tokens, at)
        && kind == Kind::Street
        && (inner.is_short || !inner.is_plural)
    {
        kind = inner.kind;
        at = inner.end;
        said = inner;
    }
    let mut is_named = false;
    loop {
        let token = tokens.get(at)?;
        if token.is_mark("«\"'“`„*_:") || (said.is_plural && token.is_mark("-–—")) {
            at += 1;
        } else if matches!(token.text.as_str(), "им" | "имени") {
            is_named = true;
            at += 1 + usize::from(tokens.get(at + 1).is_some_and(|token| token.is_mark(".")));
        } else {
            break;
        }
    }
    if tokens.get(at).is_some_and(|token| token.is_first && !token.is_number() && !said.is_short) {
        return None;
    }
    if let Some(name) = with_later_kind(tokens, at) {
        return Some(known_or(name, tokens, at, gazetteer));
    }
    if let Some(hit) = gazetteer.find(tokens, at, Some(kind))
        && let Some(known) = gazetteer.known(hit.street)
        && !(hit.is_alias && goes_on(tokens, hit.end))
    {
        let is_plain = said.is_short || hit.has_number || tokens.get(at).is_some_and(|token| token.is_capital);
        let is_lone = hit.is_adjective && !is_plain && describes_here(tokens, at);
        if !is_lone {
            let confidence = if hit.is_alias { 0.8 } else { 0.95 };
            return Some(Name { text: known.name.clone(), known: Some(hit.street), end: hit.end, confidence });
        }
    }
    let (text, end) = unknown(tokens, at, kind, &said, is_named)?;
    if let Some(name) = by_initials(tokens, at, end, kind, gazetteer) {
        return Some(name);
    }
    let (text, end) = longer(tokens, text, end);
    Some(Name { text: with_kind(&text, kind), known: None, end, confidence: if said.is_short { 0.8 } else { 0.75 } })
}

/// «К. Маркса»: the surname is known, and so is a name that begins with the letter.
fn by_initials(tokens: &[Token], at: usize, end: usize, kind: Kind, gazetteer: &Gazetteer) -> Option<Name> {
    let (initial, stop) = (tokens.get(at)?, tokens.get(at + 1)?);
    if initial.text.chars().count() != 1 || !stop.is_mark(".") {
        return None;
    }
    let hit = gazetteer.find(tokens, end.checked_sub(1)?, Some(kind)).filter(|hit| hit.is_alias && hit.end == end)?;
    let known = gazetteer.known(hit.street)?;
    let agrees = known.name.to_lowercase().starts_with(initial.text.as_str());
    agrees.then(|| Name { text: known.name.clone(), known: Some(hit.street), end, confidence: 0.85 })
}

/// A name with what only names have after their first word: «Чулкова гора», «Бойцов 9-й Дивизии».
fn longer(tokens: &[Token], text: String, end: usize) -> (String, usize) {
    const NOUNS: &[&str] =
        &["гора", "слобода", "слободка", "роща", "поляна", "бугор", "балка", "лог", "яр", "горка", "заря"];
    const UNITS: &[&str] = &["дивизии", "армии", "бригады", "полка", "пятилетки", "съезда"];
    if text.contains(' ') {
        return (text, end);
    }
    let Some(next) = tokens.get(end).filter(|next| !next.is_first) else { return (text, end) };
    if NOUNS.contains(&next.text.as_str()) {
        return (format!("{text} {}", next.raw), end + 1);
    }
    let after = ordinal_end(tokens, end).unwrap_or(end + 1);
    match tokens.get(after) {
        Some(unit) if next.is_number() && UNITS.contains(&unit.text.as_str()) => {
            (format!("{text} {} {}", ordinal(&next.text, Gender::Masculine), titled(unit.raw)), after + 1)
        }
        _ => (text, end),
    }
}

fn describes_here(tokens: &[Token], at: usize) -> bool {
    tokens.get(at).and_then(|token| adjective(&token.text)).is_some_and(|found| describes(found.base))
}

/// A second capital right after: the name is longer than the surname that is known.
fn goes_on(tokens: &[Token], at: usize) -> bool {
    tokens
        .get(at)
        .is_some_and(|token| token.is_capital && !token.is_first && token.is_word() && token.text.chars().count() > 2)
}

/// «улица Магистральный проезд», «ул. 1-й Суворовский переулок»
fn with_later_kind(tokens: &[Token], at: usize) -> Option<Name> {
    let start = ordinal_end(tokens, at)
        .or_else(|| tokens.get(at).filter(|token| token.is_number()).map(|_| at + 1))
        .unwrap_or(at);
    let word = tokens.get(start)?;
    let kind = kinds::street(tokens, start + 1).filter(|found| !found.is_plural && found.kind != Kind::Street)?;
    let found = adjective(&word.text).filter(|found| found.agrees(kind.kind.gender()))?;
    let mut text = with_ending(word.raw, found.ending, found.nominative(kind.kind.gender()));
    // «улица Нижняя Набережная»: after «улица» it is a name.
    if kind.kind == Kind::Embankment {
        text.push_str(" Набережная");
    }
    if start > at {
        text = format!("{} {text}", ordinal(&tokens.get(at)?.text, kind.kind.gender()));
    }
    Some(Name { text: with_kind(&text, kind.kind), known: None, end: kind.end, confidence: 0.9 })
}

/// The name as the gazetteer has it, if it has it.
fn known_or(mut name: Name, tokens: &[Token], at: usize, gazetteer: &Gazetteer) -> Name {
    let kind = (at..name.end).find_map(|at| kinds::street(tokens, at)).map(|found| found.kind);
    if let Some(hit) = gazetteer.find(tokens, at, kind)
        && hit.end <= name.end
        && let Some(known) = gazetteer.known(hit.street)
        && Some(known.kind) == kind
    {
        name.text.clone_from(&known.name);
        name.known = Some(hit.street);
        name.confidence = 0.95;
    }
    name
}

/// The ordinal as names write it: «1-я», «5-й».
pub(super) fn ordinal(number: &str, gender: Gender) -> String {
    let ending = match gender {
        Gender::Feminine => "я",
        Gender::Masculine => "й",
        Gender::Neuter => "е",
    };
    format!("{number}-{ending}")
}

/// «2-й переулок Фрунзе», «1-я улица Челюскинцев»: the kind stands between the ordinal and the name.
fn between(tokens: &[Token], at: usize, gazetteer: &Gazetteer) -> Option<Name> {
    let number = tokens.get(at).filter(|token| token.is_number())?;
    let said = kinds::street(tokens, ordinal_end(tokens, at)?)?;
    let name = after(tokens, &said, gazetteer)?;
    if name.text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    Some(Name { text: format!("{} {}", ordinal(&number.text, said.kind.gender()), name.text), known: None, ..name })
}

/// The name before the word for the kind: «Ленинградская улица», «7-му Промышленному переулку», «Выгонного пер.». Gives the token
/// after that word.
pub(super) fn before(tokens: &[Token], at: usize, gazetteer: &Gazetteer) -> Option<Name> {
    let token = tokens.get(at)?;
    if token.is_number() && (token.text.len() > 3 || token.text.starts_with('0')) {
        return None;
    }
    if let Some(name) = between(tokens, at, gazetteer) {
        return Some(name);
    }
    let start = match token.is_number() {
        true => ordinal_end(tokens, at).unwrap_or(at + 1),
        false => at,
    };
    let mut last = start;
    let mut said = kinds::street(tokens, last + 1);
    if said.is_none() && tokens.get(start)?.is_capital {
        last += 1;
        said = kinds::street(tokens, last + 1);
    }
    let said = said?;
    if said.is_plural
        || tokens.get(last + 1)?.is_first
        || (said.is_short && matches!(said.kind, Kind::Street | Kind::Avenue))
    {
        return None;
    }
    // «на Сумской улице Ленина» does not happen, but «Прошу отремонтировать ул. Ленина» does.
    let gender = said.kind.gender();
    let mut text = String::new();
    for index in start..=last {
        let word = tokens.get(index).filter(|word| word.is_word())?;
        let found = adjective(&word.text).filter(|found| found.agrees(gender) && found.is_typical())?;
        if describes(found.base) && !(last > start && index < last) {
            return None;
        }
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&with_ending(word.raw, found.ending, found.nominative(gender)));
    }
    if start > at {
        text = format!("{} {text}", ordinal(&token.text, gender));
    }
    let end = said.end;
    let is_capital = tokens.get(start)?.is_capital;
    let is_vague = start == at && !is_capital && is_common(&tokens.get(start)?.text);
    if let Some(hit) = gazetteer.find(tokens, at, Some(said.kind)).filter(|_| !is_vague)
        && hit.end == last + 1
        && let Some(known) = gazetteer.known(hit.street)
    {
        return Some(Name { text: known.name.clone(), known: Some(hit.street), end, confidence: 0.95 });
    }
    let word = tokens.get(start)?;
    let is_local = adjective(&word.text).is_some_and(|found| found.base.ends_with("ск"));
    let has_house = tokens.get(end).is_some_and(Token::is_number) || super::house::cue(tokens, end).is_some();
    if said.kind == Kind::Embankment && tokens.get(last + 1).is_some_and(|noun| noun.is_capital) {
        text.push_str(" Набережная");
    }
    let is_believed = match (start > at, word.is_capital) {
        (is_numbered, true) => is_numbered || has_house || !word.is_first || is_local || !is_common(&word.text),
        (true, false) => is_local || has_house,
        (false, false) => has_house && !is_vague,
    };
    // A capital after «улица» begins the street's real name: «Центральная улица Ленина».
    let is_other = tokens
        .get(end)
        .is_some_and(|next| next.is_capital && !next.is_first && !next.is_number() && next.is_word() && !is_local);
    (is_believed && !is_other).then(|| Name { text: with_kind(&text, said.kind), known: None, end, confidence: 0.8 })
}
