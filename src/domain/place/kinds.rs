//! The words that say what a place is: «улица», «пр-т», «деревня», «мкр».

use super::decline::Gender;
use super::token::Token;

/// What a street is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Street,
    Avenue,
    Lane,
    Passage,
    Tract,
    Highway,
    Boulevard,
    Embankment,
    Square,
    Alley,
    Blind,
    Quarter,
}

impl Kind {
    pub(super) fn gender(self) -> Gender {
        match self {
            Kind::Street | Kind::Embankment | Kind::Square | Kind::Alley => Gender::Feminine,
            Kind::Highway => Gender::Neuter,
            _ => Gender::Masculine,
        }
    }

    /// The word that stays part of the name: people never say «Магистральный» for a passage.
    pub(super) fn kept(self) -> Option<&'static str> {
        match self {
            Kind::Passage => Some("проезд"),
            Kind::Tract => Some("тракт"),
            Kind::Highway => Some("шоссе"),
            _ => None,
        }
    }

    /// By the word as a gazetteer writes it.
    pub(super) fn of(word: &str) -> Option<Self> {
        let found = NOUNS.iter().find(|(kind, stem, _)| word.starts_with(stem) && *kind != Kind::Quarter);
        found.map(|(kind, ..)| *kind).or_else(|| (word == "микрорайон").then_some(Kind::Quarter))
    }
}

/// In which case a word for a kind stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    /// The nominative, or an abbreviation that shows none.
    Plain,
    Genitive,
    Other,
}

/// A word for a kind found in a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found<K> {
    pub(super) kind: K,
    pub(super) case: Case,
    pub(super) is_short: bool,
    pub(super) is_plural: bool,
    /// The token after it and its full stop.
    pub(super) end: usize,
}

type Endings = &'static [(&'static str, Case, bool)];

const MASCULINE: Endings = &[
    ("", Case::Plain, false),
    ("а", Case::Genitive, false),
    ("у", Case::Other, false),
    ("е", Case::Other, false),
    ("ом", Case::Other, false),
    ("ы", Case::Plain, true),
    ("и", Case::Plain, true),
    ("ов", Case::Genitive, true),
    ("ам", Case::Other, true),
    ("ами", Case::Other, true),
    ("ах", Case::Other, true),
];
const FEMININE: Endings = &[
    ("а", Case::Plain, false),
    ("ы", Case::Genitive, false),
    ("е", Case::Other, false),
    ("у", Case::Other, false),
    ("ей", Case::Other, false),
    ("", Case::Genitive, true),
    ("ам", Case::Other, true),
    ("ами", Case::Other, true),
    ("ах", Case::Other, true),
];
const LANE: Endings = &[
    ("ок", Case::Plain, false),
    ("ка", Case::Genitive, false),
    ("ку", Case::Other, false),
    ("ке", Case::Other, false),
    ("ком", Case::Other, false),
    ("ки", Case::Plain, true),
    ("ков", Case::Genitive, true),
    ("кам", Case::Other, true),
    ("ками", Case::Other, true),
    ("ках", Case::Other, true),
];
const EMBANKMENT: Endings = &[("ая", Case::Plain, false), ("ой", Case::Other, false), ("ую", Case::Other, false)];
const SQUARE: Endings = &[("ь", Case::Plain, false), ("и", Case::Genitive, false), ("ью", Case::Other, false)];
const ALLEY: Endings =
    &[("я", Case::Plain, false), ("и", Case::Genitive, false), ("е", Case::Other, false), ("ю", Case::Other, false)];
const SAME: Endings = &[("", Case::Plain, false)];

const NOUNS: &[(Kind, &str, Endings)] = &[
    (Kind::Street, "улиц", FEMININE),
    (Kind::Avenue, "проспект", MASCULINE),
    (Kind::Lane, "переул", LANE),
    (Kind::Passage, "проезд", MASCULINE),
    (Kind::Tract, "тракт", MASCULINE),
    (Kind::Highway, "шоссе", SAME),
    (Kind::Boulevard, "бульвар", MASCULINE),
    (Kind::Embankment, "набережн", EMBANKMENT),
    (Kind::Square, "площад", SQUARE),
    (Kind::Alley, "алле", ALLEY),
    (Kind::Blind, "тупик", MASCULINE),
    (Kind::Quarter, "микрорайон", MASCULINE),
];

const SHORT: &[(&str, Kind)] = &[
    ("ул", Kind::Street),
    ("пр-т", Kind::Avenue),
    ("п-т", Kind::Avenue),
    ("пр-кт", Kind::Avenue),
    ("пр-та", Kind::Avenue),
    ("пр-ту", Kind::Avenue),
    ("пр-те", Kind::Avenue),
    ("пр-кта", Kind::Avenue),
    ("пр-кту", Kind::Avenue),
    ("пр-кте", Kind::Avenue),
    ("пр-ом", Kind::Avenue),
    ("просп", Kind::Avenue),
    ("пр", Kind::Avenue),
    ("пер", Kind::Lane),
    ("пр-д", Kind::Passage),
    ("пр-да", Kind::Passage),
    ("пр-ду", Kind::Passage),
    ("пр-де", Kind::Passage),
    ("пр-зд", Kind::Passage),
    ("ш", Kind::Highway),
    ("б-р", Kind::Boulevard),
    ("бул", Kind::Boulevard),
    ("бульв", Kind::Boulevard),
    ("наб", Kind::Embankment),
    ("пл", Kind::Square),
    ("мкр", Kind::Quarter),
    ("мкрн", Kind::Quarter),
    ("мкр-н", Kind::Quarter),
    ("м-н", Kind::Quarter),
];

fn noun<K: Copy>(word: &str, table: &[(K, &str, Endings)]) -> Option<(K, Case, bool)> {
    table.iter().find_map(|(kind, stem, endings)| {
        let rest = word.strip_prefix(stem)?;
        let (_, case, is_plural) = endings.iter().find(|(ending, ..)| *ending == rest)?;
        Some((*kind, *case, *is_plural))
    })
}

fn after_stop(tokens: &[Token], at: usize) -> usize {
    if tokens.get(at).is_some_and(|token| token.is_mark(".")) { at + 1 } else { at }
}

/// The word for a kind of street that stands here.
pub(super) fn street(tokens: &[Token], at: usize) -> Option<Found<Kind>> {
    let token = tokens.get(at).filter(|token| token.is_word())?;
    if let Some((kind, case, is_plural)) = noun(&token.text, NOUNS) {
        return Some(Found { kind, case, is_short: false, is_plural, end: at + 1 });
    }
    let (_, kind) = SHORT.iter().find(|(short, _)| *short == token.text)?;
    let end = after_stop(tokens, at + 1);
    // One or two letters are an abbreviation only with a full stop («ул» apart): «пр», «ш», «пл».
    let needs_stop = token.text.len() <= 4 && !matches!(token.text.as_str(), "ул");
    (!needs_stop || end > at + 1 || token.text == "пр").then_some(Found {
        kind: *kind,
        case: Case::Plain,
        is_short: true,
        is_plural: false,
        end,
    })
}

/// What a settlement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Settlement {
    Town,
    Village,
    Hamlet,
    Township,
}

impl Settlement {
    pub(super) fn gender(self) -> Gender {
        match self {
            Settlement::Town | Settlement::Township => Gender::Masculine,
            Settlement::Village => Gender::Neuter,
            Settlement::Hamlet => Gender::Feminine,
        }
    }
}

const VILLAGE: Endings = &[
    ("о", Case::Plain, false),
    ("а", Case::Genitive, false),
    ("у", Case::Other, false),
    ("е", Case::Other, false),
    ("ом", Case::Other, false),
];
const HAMLET: Endings = &[
    ("я", Case::Plain, false),
    ("и", Case::Genitive, false),
    ("е", Case::Other, false),
    ("ю", Case::Other, false),
    ("ей", Case::Other, false),
];
const MUNICIPAL: Endings = &[
    ("е", Case::Plain, false),
    ("я", Case::Genitive, false),
    ("ю", Case::Other, false),
    ("и", Case::Other, false),
    ("ем", Case::Other, false),
];
const STANITSA: Endings =
    &[("а", Case::Plain, false), ("ы", Case::Genitive, false), ("е", Case::Other, false), ("у", Case::Other, false)];

const SETTLEMENTS: &[(Settlement, &str, Endings)] = &[
    (Settlement::Town, "город", MASCULINE),
    (Settlement::Village, "сел", VILLAGE),
    (Settlement::Hamlet, "деревн", HAMLET),
    (Settlement::Township, "посел", LANE),
    (Settlement::Village, "поселени", MUNICIPAL),
    (Settlement::Township, "хутор", MASCULINE),
    (Settlement::Hamlet, "станиц", STANITSA),
    (Settlement::Township, "аул", MASCULINE),
    (Settlement::Township, "пгт", SAME),
    (Settlement::Township, "рп", SAME),
];

const SHORT_SETTLEMENTS: &[(&str, Settlement)] = &[
    ("г", Settlement::Town),
    ("гор", Settlement::Town),
    ("с", Settlement::Village),
    ("д", Settlement::Hamlet),
    ("дер", Settlement::Hamlet),
    ("п", Settlement::Township),
    ("пос", Settlement::Township),
    ("х", Settlement::Township),
];

/// The word for a kind of settlement that stands here.
pub(super) fn settlement(tokens: &[Token], at: usize) -> Option<Found<Settlement>> {
    let token = tokens.get(at).filter(|token| token.is_word())?;
    // «2018 г. Отмечались»
    if token.text == "г" && at.checked_sub(1).and_then(|before| tokens.get(before)).is_some_and(Token::is_number) {
        return None;
    }
    // «и т. д.», «а. д. Курск»
    let is_of_phrase = at >= 2
        && tokens.get(at - 1).is_some_and(|before| before.is_mark("./"))
        && tokens.get(at - 2).is_some_and(|before| matches!(before.text.as_str(), "т" | "а" | "ж"));
    if is_of_phrase {
        return None;
    }
    let found = |kind, case, is_short, end| Some(Found { kind, case, is_short, is_plural: false, end });
    if let Some((kind, case, is_plural)) = noun(&token.text, SETTLEMENTS) {
        return if is_plural { None } else { found(kind, case, false, after_stop(tokens, at + 1)) };
    }
    // «р.п. Лузино», «п.г.т. Глушково»
    let stop = |i: usize| tokens.get(i).is_some_and(|token| token.is_mark("."));
    let word = |i: usize, text: &str| tokens.get(i).is_some_and(|token| token.text == text);
    if token.text == "р" && stop(at + 1) && word(at + 2, "п") {
        return found(Settlement::Township, Case::Plain, true, after_stop(tokens, at + 3));
    }
    let (_, kind) = SHORT_SETTLEMENTS.iter().find(|(short, _)| *short == token.text)?;
    let end = after_stop(tokens, at + 1);
    let has_stop = end > at + 1;
    // «с» and «д» alone are a preposition and a house; a single letter «г», «п» before a capital is what it seems.
    (has_stop || !matches!(token.text.as_str(), "с" | "д" | "х")).then_some(())?;
    found(*kind, Case::Plain, true, end)
}
