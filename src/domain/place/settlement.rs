//! The grammar of settlements, districts and okrugs.

use super::decline::{Gender, adjective, settlement as nominative, titled};
use super::gazetteer::Gazetteer;
use super::kinds::{self, Settlement};
use super::token::Token;

/// A settlement found in a text.
#[derive(Debug, Clone)]
pub(super) struct Locality {
    pub(super) name: String,
    pub(super) municipality: Option<String>,
    pub(super) end: usize,
    pub(super) confidence: f32,
}

/// A district or an okrug found in a text, by id.
#[derive(Debug, Clone)]
pub(super) struct District {
    pub(super) municipality: Option<String>,
    pub(super) okrug: Option<String>,
    pub(super) end: usize,
}

/// A settlement after the word for what it is: «в деревне Верхняя Медведица», «с. Глебово», «городе Курчатове».
pub(super) fn after(tokens: &[Token], at: usize, gazetteer: &Gazetteer) -> Option<Locality> {
    let said = kinds::settlement(tokens, at)?;
    let mut start = said.end;
    while tokens.get(start).is_some_and(|token| token.is_mark("«\"'“`„")) {
        start += 1;
    }
    if tokens.get(start).is_some_and(|token| matches!(token.text.as_str(), "им" | "имени")) {
        start += 1 + usize::from(tokens.get(start + 1).is_some_and(|token| token.is_mark(".")));
    }
    let number = tokens.get(start).filter(|token| token.is_number());
    if number.is_some() {
        start = super::street::ordinal_end(tokens, start)?;
    }
    if let Some(named) = initial(tokens, start) {
        return Some(named);
    }
    let word = tokens.get(start).filter(|word| word.is_word() && word.text.chars().count() > 2 && !word.is_first)?;
    if kinds::street(tokens, start).is_some() || super::lexicon::is_function(&word.text) {
        return None;
    }
    // An initial is no settlement: «Д. В. Ходеев» has capitals, «с. Глебово» has not.
    let is_shouted = word.text.chars().count() > 3 && !word.raw.chars().any(char::is_lowercase);
    let is_initial =
        said.is_short && !is_shouted && tokens.get(at).is_some_and(|token| token.is_capital && !token.is_first);
    let is_cased = word.is_capital && !is_initial;
    let looks_so = ["ово", "ево", "ино", "ыно", "овка", "евка", "ское"].iter().any(|end| word.text.ends_with(end));
    if !is_cased && !(looks_so && (said.is_short || word.is_capital)) {
        return None;
    }
    if adjective(&word.text).is_some_and(|_| followed_by_area(tokens, start + 1)) {
        return None;
    }
    if number.is_none()
        && let Some((name, municipality, end)) = gazetteer.locality(tokens, start)
    {
        let municipality = Some(municipality.to_owned());
        return Some(Locality { name: name.to_owned(), municipality, end, confidence: 0.95 });
    }
    let gender = said.kind.gender();
    let is_town = said.kind == Settlement::Town;
    let mut name = nominative(word.raw, &word.text, gender, is_town);
    let mut end = start + 1;
    let second = tokens.get(end).filter(|next| {
        (next.is_capital || is_landmark(&next.text))
            && !next.is_first
            && next.is_word()
            && next.text.chars().count() > 2
    });
    let pairs = adjective(&word.text).is_some() || super::lexicon::is_given(&word.text);
    if let Some(second) = second
        && pairs
        && !followed_by_area(tokens, end + 1)
        && kinds::street(tokens, end).is_none()
        && kinds::settlement(tokens, end).is_none()
    {
        let of_pair = adjective(&word.text).map_or_else(
            || titled(word.raw),
            |found| super::decline::with_ending(word.raw, found.ending, found.nominative(pair_gender(&second.text))),
        );
        let is_oblique = adjective(&word.text).is_some_and(|found| matches!(found.ending, "ой" | "ей" | "ую"));
        let other = if is_oblique { nominative(second.raw, &second.text, gender, false) } else { titled(second.raw) };
        let is_plural = adjective(&word.text).is_some_and(|found| found.is_plural());
        name = if is_plural {
            format!("{} {}", titled(word.raw), titled(second.raw))
        } else {
            format!("{of_pair} {other}")
        };
        end += 1;
    }
    if let Some(number) = number {
        let gender = if name.ends_with(['а', 'я']) { Gender::Feminine } else { Gender::Neuter };
        name = format!("{} {name}", super::street::ordinal(&number.text, gender));
    }
    Some(Locality { name, municipality: None, end, confidence: if said.is_short { 0.8 } else { 0.85 } })
}

/// «посёлок М. Жукова»
fn initial(tokens: &[Token], at: usize) -> Option<Locality> {
    let (letter, stop, word) = (tokens.get(at)?, tokens.get(at + 1)?, tokens.get(at + 2)?);
    let is_one = letter.is_word() && letter.is_capital && letter.text.chars().count() == 1 && stop.is_mark(".");
    let is_name =
        word.is_word() && word.is_capital && word.text.ends_with(['а', 'я', 'о', 'й']) && word.text.chars().count() > 3;
    (is_one && is_name).then(|| Locality {
        name: format!("{}. {}", letter.raw, titled(word.raw)),
        municipality: None,
        end: at + 3,
        confidence: 0.7,
    })
}

/// Nouns that end names of two words: «Майская заря».
fn is_landmark(word: &str) -> bool {
    matches!(word, "заря" | "поляна" | "слобода" | "горка" | "роща" | "балка" | "дубрава" | "поле" | "гора")
}

fn pair_gender(second: &str) -> Gender {
    if second.ends_with(['о', 'е']) && !second.ends_with("це") && !second.ends_with("ке") {
        Gender::Neuter
    } else if second.ends_with(['а', 'я', 'у', 'ю', 'е', 'й']) {
        Gender::Feminine
    } else {
        Gender::Masculine
    }
}

/// «Курской области», «Советского района»: the adjective names an area, not a settlement or a street.
pub(super) fn followed_by_area(tokens: &[Token], at: usize) -> bool {
    tokens.get(at).is_some_and(|token| {
        [
            "област",
            "район",
            "округ",
            "обл",
            "р-н",
            "сельсовет",
            "поселени",
            "край",
            "края",
            "сельск",
            "федераци",
            "муниципальн",
        ]
        .iter()
        .any(|stem| token.text.starts_with(stem))
    })
}

/// Prepositions and words after which a name in the right form is a settlement.
fn leads(tokens: &[Token], at: usize) -> bool {
    let Some(before) = at.checked_sub(1).and_then(|before| tokens.get(before)) else { return false };
    // «к Марьяновке и Алексеевке»
    if before.text == "и" {
        let earlier = tokens.get(at.saturating_sub(4)..at).unwrap_or_default();
        return earlier.iter().any(|token| matches!(token.text.as_str(), "в" | "из" | "до" | "к" | "сторону"));
    }
    matches!(
        before.text.as_str(),
        "в" | "во"
            | "из"
            | "до"
            | "под"
            | "к"
            | "через"
            | "от"
            | "районе"
            | "сторону"
            | "города"
            | "городе"
            | "город"
            | "жители"
            | "жителей"
            | "администрации"
            | "администрация"
            | "администрацию"
            | "мэрия"
            | "мэр"
            | "мэру"
            | "поселение"
    )
}

/// A settlement without a word for what it is: one that the region knows, or a name whose form only settlements have.
pub(super) fn bare(tokens: &[Token], at: usize, gazetteer: &Gazetteer) -> Option<Locality> {
    let token = tokens.get(at).filter(|token| token.is_word() && token.is_capital && token.text.chars().count() > 3)?;
    if followed_by_area(tokens, at + 1) {
        return None;
    }
    let leads = leads(tokens, at);
    let describes = adjective(&token.text).is_some()
        && tokens
            .get(at + 1)
            .is_some_and(|next| next.is_word() && !next.is_first && !super::lexicon::is_function(&next.text));
    if let Some((name, municipality, end)) = gazetteer.locality(tokens, at)
        && !followed_by_area(tokens, end)
        && !(describes && end == at + 1)
    {
        let is_certain = name.to_lowercase().ends_with("ск") || end > at + 1;
        let is_adjective = adjective(&token.text).is_some();
        if leads || (is_certain && !token.is_first && !is_adjective) || (is_certain && token.text.ends_with("ск")) {
            let confidence = if leads { 0.8 } else { 0.6 };
            return Some(Locality {
                name: name.to_owned(),
                municipality: Some(municipality.to_owned()),
                end,
                confidence,
            });
        }
    }
    if !leads
        || token.is_first
        || tokens.get(at + 1).is_some_and(|next| next.is_word() && super::skip::is_object(&next.text))
    {
        return None;
    }
    let is_neuter =
        ["ово", "ево", "ино", "ыно"].iter().any(|end| token.text.ends_with(end)) && token.text.chars().count() > 5;
    let is_town = ["ск", "град", "город"].iter().any(|end| {
        ["", "а", "у", "е"].iter().any(|case| token.text.strip_suffix(case).is_some_and(|base| base.ends_with(end)))
    }) && token.text.chars().count() > 4;
    let is_hamlet = ["овка", "евка"].iter().any(|end| {
        let base = end.strip_suffix('а').unwrap_or(end);
        ["е", "и", "у", "ой"].iter().any(|case| token.text.strip_suffix(case).is_some_and(|rest| rest.ends_with(base)))
    });
    if !(is_neuter || is_town || is_hamlet) || is_thing(&token.text) {
        return None;
    }
    let gender = if is_neuter { Gender::Neuter } else { Gender::Feminine };
    let name = nominative(token.raw, &token.text, gender, is_town);
    Some(Locality { name, municipality: None, end: at + 1, confidence: 0.55 })
}

/// Common nouns with the endings of settlements.
fn is_thing(word: &str) -> bool {
    [
        "остановк",
        "парковк",
        "планировк",
        "установк",
        "постановк",
        "маршрутк",
        "упаковк",
        "кино",
        "листовк",
        "страховк",
        "киск",
        "риск",
        "иск",
        "поиск",
        "отпуск",
        "пуск",
        "диск",
        "запуск",
        "выпуск",
        "список",
        "проверк",
        "путевк",
        "забастовк",
    ]
    .iter()
    .any(|thing| word.starts_with(thing))
}

/// A district of the region or an okrug of the city: «Калачинский район», «Советском округе», «САО».
pub(super) fn district(tokens: &[Token], at: usize, gazetteer: &Gazetteer) -> Option<District> {
    let token = tokens.get(at).filter(|token| token.is_word())?;
    if let Some(okrug) = gazetteer.abbreviation(token.raw) {
        // «ОАО "Завод"» is a company.
        let is_company =
            tokens.get(at + 1).is_some_and(|next| next.is_mark("«\"“'`") || (next.is_capital && !next.is_first));
        return (!is_company).then(|| District { municipality: None, okrug: Some(okrug.to_owned()), end: at + 1 });
    }
    let found = adjective(&token.text).filter(|found| found.agrees(Gender::Masculine))?;
    let mut end = at + 1;
    while tokens.get(end).is_some_and(|next| {
        ["муниципальн", "административн", "немецк", "национальн"].iter().any(|stem| next.text.starts_with(stem))
    }) {
        end += 1;
    }
    let noun = tokens.get(end)?;
    let is_okrug = noun.text.starts_with("округ") || noun.text == "ао";
    let is_district =
        noun.text.starts_with("район") || noun.text == "р-н" || noun.text == "р-на" || noun.text == "р-не";
    if !is_okrug && !is_district {
        return None;
    }
    let okrug = gazetteer.okrug(found.base).map(str::to_owned);
    let municipality = gazetteer.district(found.base).map(str::to_owned);
    let (okrug, municipality) =
        if okrug.is_some() && (is_okrug || municipality.is_none()) { (okrug, None) } else { (None, municipality) };
    (okrug.is_some() || municipality.is_some()).then_some(District { municipality, okrug, end: end + 1 })
}
