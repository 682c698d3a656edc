//! Russian declension as far as names of streets and settlements need it: what a word's nominative is.
//!
//! Works on endings, without a dictionary: names are mostly adjectives («Сумской», «Верхней») or genitives that do not change
//! («Ленина»). Short lists hold what endings cannot tell.

/// The gender that a name agrees with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gender {
    Feminine,
    Masculine,
    Neuter,
}

const FEMININE: &[&str] = &["ая", "яя", "ой", "ей", "ую", "юю"];
const MASCULINE: &[&str] = &["ого", "его", "ому", "ему", "ый", "ий", "ой", "ым", "им", "ом", "ем"];
const NEUTER: &[&str] = &["ого", "его", "ому", "ему", "ое", "ее", "ым", "им", "ом", "ем"];
const PLURAL: &[&str] = &["ыми", "ими", "ые", "ие", "ых", "их"];

/// Bases of adjectives with soft endings: «Верхняя», «Дальний».
const SOFT: &[&str] = &[
    "верхн",
    "нижн",
    "средн",
    "дальн",
    "ближн",
    "летн",
    "зимн",
    "весенн",
    "осенн",
    "вечерн",
    "утренн",
    "задн",
    "передн",
    "крайн",
    "син",
    "воротн",
    "соседн",
    "новогодн",
    "поздн",
    "ранн",
    "древн",
    "внутренн",
    "внешн",
    "городн",
];

/// Bases of adjectives with the stress on the ending: «Лесной», not «Лесный».
const STRESSED: &[&str] = &[
    "лесн",
    "лугов",
    "полев",
    "степн",
    "речн",
    "берегов",
    "донск",
    "морск",
    "городск",
    "заводск",
    "садов",
    "больш",
    "глух",
    "сух",
    "крут",
    "цветн",
    "трудов",
    "мостов",
    "круг",
    "бугров",
    "озерн",
    "родников",
];

/// Women's surnames that streets are named after: in «улица Крупской» the name is a genitive, not an adjective in an oblique case.
const WOMEN: &[&str] = &[
    "крупской",
    "космодемьянской",
    "терешковой",
    "чайкиной",
    "шевцовой",
    "громовой",
    "цветаевой",
    "ахматовой",
    "плевицкой",
    "ковалевской",
    "гризодубовой",
    "расковой",
    "коллонтай",
    "савицкой",
    "плехановой",
    "перовской",
    "засулич",
    "землячки",
    "стасовой",
    "фигнер",
    "ермоловой",
    "кошевой",
    "полины",
    "волошиной",
    "зубковой",
];

/// An adjective's base and ending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Adjective<'a> {
    pub(super) base: &'a str,
    pub(super) ending: &'a str,
}

impl Adjective<'_> {
    pub(super) fn agrees(&self, gender: Gender) -> bool {
        endings(gender).contains(&self.ending)
    }

    pub(super) fn is_plural(&self) -> bool {
        PLURAL.contains(&self.ending)
    }

    pub(super) fn is_nominative(&self, gender: Gender) -> bool {
        match gender {
            Gender::Feminine => matches!(self.ending, "ая" | "яя"),
            Gender::Masculine => {
                matches!(self.ending, "ый" | "ий") || (self.ending == "ой" && STRESSED.contains(&self.base))
            }
            Gender::Neuter => matches!(self.ending, "ое" | "ее"),
        }
    }

    /// Whether its base is one that adjectives of names have: «Сум-ск», «Соловьи-н», «Садо-в».
    pub(super) fn is_typical(&self) -> bool {
        const ENDS: &[&str] = &["ск", "цк", "н", "в", "щ", "ч"];
        const OTHERS: &[&str] =
            &["тих", "широк", "больш", "мал", "молод", "тепл", "светл", "золот", "свет", "весел", "перв", "крут"];
        ENDS.iter().any(|end| self.base.ends_with(end)) || OTHERS.contains(&self.base)
    }

    /// The ending of the nominative singular.
    pub(super) fn nominative(&self, gender: Gender) -> &'static str {
        let is_soft = SOFT.contains(&self.base);
        let hushes = self.base.ends_with(['к', 'г', 'х', 'ж', 'ш', 'щ', 'ч']);
        match gender {
            Gender::Feminine if is_soft => "яя",
            Gender::Feminine => "ая",
            Gender::Masculine if is_soft || (hushes && !STRESSED.contains(&self.base)) => "ий",
            Gender::Masculine if STRESSED.contains(&self.base) => "ой",
            Gender::Masculine => "ый",
            Gender::Neuter if is_soft => "ее",
            Gender::Neuter => "ое",
        }
    }
}

fn endings(gender: Gender) -> &'static [&'static str] {
    match gender {
        Gender::Feminine => FEMININE,
        Gender::Masculine => MASCULINE,
        Gender::Neuter => NEUTER,
    }
}

/// A folded word as an adjective, if it has an adjective's ending after a base of three letters or more.
pub(super) fn adjective(word: &str) -> Option<Adjective<'_>> {
    [MASCULINE, FEMININE, NEUTER, PLURAL].into_iter().flatten().find_map(|ending| {
        let base = word.strip_suffix(ending)?;
        let ends_well =
            base.ends_with(|c: char| !matches!(c, 'а' | 'е' | 'и' | 'о' | 'у' | 'ы' | 'э' | 'ю' | 'я' | 'ь'));
        // «Строителей» and the like are nouns: soft endings belong to few adjectives.
        let is_noun = matches!(*ending, "ей" | "юю" | "яя" | "его" | "ему" | "ем" | "ее")
            && !SOFT.contains(&base)
            && !base.ends_with(['ж', 'ш', 'щ', 'ч']);
        (base.chars().count() >= 3 && ends_well && !is_noun).then_some(Adjective { base, ending })
    })
}

/// Bases in -ов and -ев that are adjectives; any other before «-ой» is taken for a surname: «Аристарховой».
const NOT_SURNAMES: &[&str] = &[
    "садов",
    "берегов",
    "лугов",
    "полев",
    "дубов",
    "кленов",
    "тополев",
    "вишнев",
    "липов",
    "сиренев",
    "парков",
    "кольцев",
    "портов",
    "мостов",
    "торгов",
    "трудов",
    "столбов",
    "рябинов",
    "родников",
    "хуторов",
    "боров",
    "соснов",
    "елов",
    "ольхов",
    "тернов",
    "кедров",
    "лавров",
    "грушев",
    "ключев",
    "плодов",
    "медов",
    "песков",
    "строев",
    "делов",
    "ивов",
    "вербов",
    "миндалев",
    "орехов",
    "бобров",
    "лозов",
    "ягодов",
    "цветов",
    "смородинов",
    "малинов",
    "калинов",
    "осинов",
    "березов",
    "хвойнов",
    "прудов",
    "краев",
    "передов",
    "хлебозаводов",
    "газов",
    "дорогов",
    "грибов",
    "маков",
    "конев",
    "боев",
    "звездов",
    "сотников",
    "дачев",
    "станков",
    "заводов",
    "товаров",
    "домов",
    "снов",
    "нов",
    "юлов",
    "кизилов",
    "бирюзов",
    "тутов",
    "яблонев",
    "персиков",
    "абрикосов",
    "жасминов",
    "луков",
    "мохов",
    "бугров",
    "овражков",
    "ветров",
    "гранитов",
    "веков",
    "путев",
    "тупиков",
    "круглов",
    "яров",
    "буков",
    "тисов",
    "рудников",
    "штабов",
    "депов",
    "подлугов",
    "рядов",
    "узлов",
    "базов",
    "складов",
    "долинов",
    "тростников",
    "кирпичев",
    "лимонов",
    "рубежов",
    "ковров",
];

/// Whether the word is a woman's surname in the genitive.
pub(super) fn is_woman(word: &str) -> bool {
    WOMEN.contains(&word)
        || word.strip_suffix("ой").is_some_and(|base| {
            (base.ends_with("ов") || base.ends_with("ев")) && base.chars().count() > 4 && !NOT_SURNAMES.contains(&base)
        })
}

/// The word as it was written with its ending replaced; its first letter a capital.
pub(super) fn with_ending(raw: &str, old: &str, new: &str) -> String {
    let kept = raw.chars().count().saturating_sub(old.chars().count());
    let mut word = titled(raw).chars().take(kept).collect::<String>();
    word.push_str(new);
    word
}

/// The word with a capital first, and small letters after it if all were capitals. Short acronyms stay.
pub(super) fn titled(word: &str) -> String {
    let has_vowel = word.chars().any(|c| "АЕЁИОУЫЭЮЯ".contains(c));
    let all_capital = word.chars().count() > 4 && has_vowel && !word.chars().any(char::is_lowercase);
    let mut chars = word.chars();
    let mut titled: String = chars.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    for c in chars {
        if all_capital { titled.extend(c.to_lowercase()) } else { titled.push(c) }
    }
    titled
}

/// The nominative of a settlement's name of one word, given the gender of the word for what it is: «посёлок Юбилейный», «село
/// Красное». A town's name is that of a masculine noun.
pub(super) fn settlement(raw: &str, folded: &str, gender: Gender, is_town: bool) -> String {
    if let Some(found) = adjective(folded)
        && found.is_typical()
        && found.agrees(gender)
        && !found.is_nominative(gender)
        && !(gender == Gender::Feminine && folded.ends_with("вой"))
    {
        return with_ending(raw, found.ending, found.nominative(gender));
    }
    let town = ["ск", "град", "город", "бург", "поль", "горск"];
    for ending in ["ом", "а", "у", "е"] {
        if folded.strip_suffix(ending).is_some_and(|base| town.iter().any(|end| base.ends_with(end))) {
            return with_ending(raw, ending, "");
        }
    }
    let replaced: &[(&str, &str, &str)] = if is_town {
        &[("ове", "е", ""), ("еве", "е", ""), ("ине", "е", ""), ("вом", "ом", ""), ("ова", "а", ""), ("ева", "а", "")]
    } else {
        &[("ове", "е", "о"), ("еве", "е", "о"), ("ине", "е", "о"), ("ыне", "е", "о")]
    };
    let common = [
        ("ке", "е", "а"),
        ("вки", "и", "а"),
        ("вку", "у", "а"),
        ("вкой", "ой", "а"),
        ("ице", "е", "а"),
        ("ицы", "ы", "а"),
    ];
    for (tail, old, new) in replaced.iter().chain(&common) {
        if folded.ends_with(tail) {
            return with_ending(raw, old, new);
        }
    }
    titled(raw)
}
