//! The grammar of street names: after the word for the kind («улице Сумской»), before it («Выгонного переулка») and without it.

use super::decline::{Adjective, Gender, adjective, is_woman, titled, with_ending};
use super::gazetteer::Gazetteer;
use super::kinds::{self, Case, Found, Kind};
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

/// Given names and ranks whose surname follows in the genitive.
pub(super) fn is_given(word: &str) -> bool {
    const NAMES: &[&str] = &[
        "карла",
        "розы",
        "клары",
        "максима",
        "льва",
        "александра",
        "алексея",
        "ивана",
        "петра",
        "павла",
        "сергея",
        "николая",
        "олега",
        "юрия",
        "андрея",
        "михаила",
        "дмитрия",
        "степана",
        "богдана",
        "лизы",
        "зои",
        "надежды",
        "веры",
        "марии",
        "анны",
        "софьи",
        "маршала",
        "генерала",
        "адмирала",
        "академика",
        "героя",
        "космонавта",
        "летчика",
        "полковника",
        "комиссара",
        "профессора",
        "маршалла",
        "валентины",
        "ольги",
        "елены",
        "екатерины",
        "бориса",
        "василия",
        "виктора",
        "владимира",
        "вячеслава",
        "георгия",
        "григория",
        "евгения",
        "ефима",
        "константина",
        "леонида",
        "федора",
        "ильи",
        "якова",
        "матросова",
        "фридриха",
        "ули",
        "ульяны",
        "лени",
        "зины",
        "володи",
        "саши",
        "вали",
        "инессы",
        "рихарда",
        "эрнста",
        "салавата",
        "мусы",
        "дениса",
        "кузьмы",
        "емельяна",
        "степы",
        "игоря",
        "романа",
        "антона",
        "аркадия",
        "вадима",
        "валерия",
        "геннадия",
        "анатолия",
        "капитана",
        "лейтенанта",
        "сержанта",
        "хирурга",
        "архитектора",
        "художника",
        "поэта",
        "братьев",
        "сестер",
        "князя",
        "святого",
        "маяка",
    ];
    NAMES.contains(&word)
}

/// Adjectives that a second word of the name follows: «Красный Путь», «Верхняя Луговая», «Новая Слободка».
fn leads(base: &str) -> bool {
    const BASES: &[&str] = &[
        "верхн",
        "нижн",
        "нов",
        "стар",
        "больш",
        "мал",
        "красн",
        "средн",
        "дальн",
        "перв",
        "втор",
        "трет",
        "советск",
        "бел",
        "зелен",
        "золот",
        "сел",
        "народн",
        "парижск",
        "казацк",
        "казач",
        "пролетарск",
        "северн",
        "южн",
        "западн",
        "восточн",
        "правобережн",
        "рабоч",
        "нижнеказацк",
        "верхнеказацк",
        "черн",
        "сух",
        "крут",
        "тих",
    ];
    BASES.contains(&base)
}

/// Months in the genitive, and what else follows a number in a name: «8 Марта», «50 лет Октября», «1905 года».
fn follows_number(word: &str) -> bool {
    const WORDS: &[&str] = &[
        "января",
        "февраля",
        "марта",
        "апреля",
        "мая",
        "июня",
        "июля",
        "августа",
        "сентября",
        "октября",
        "ноября",
        "декабря",
        "лет",
        "года",
        "летия",
    ];
    WORDS.contains(&word)
}

/// Words that never begin a name, though they follow «улица».
pub(super) fn is_function(word: &str) -> bool {
    const WORDS: &[&str] = &[
        "и",
        "в",
        "во",
        "на",
        "по",
        "с",
        "со",
        "у",
        "к",
        "ко",
        "о",
        "об",
        "от",
        "до",
        "из",
        "за",
        "под",
        "над",
        "при",
        "для",
        "без",
        "не",
        "ни",
        "нет",
        "а",
        "но",
        "или",
        "же",
        "бы",
        "что",
        "как",
        "где",
        "когда",
        "который",
        "которая",
        "которой",
        "есть",
        "это",
        "эта",
        "этой",
        "эту",
        "так",
        "тоже",
        "также",
        "уже",
        "еще",
        "просто",
        "нашей",
        "наша",
        "нашу",
        "моей",
        "моя",
        "вашей",
        "всей",
        "вся",
        "все",
        "города",
        "город",
        "района",
        "нужно",
        "надо",
        "можно",
        "там",
        "тут",
        "здесь",
        "очень",
        "после",
        "через",
        "между",
        "перед",
        "дом",
        "дома",
        "доме",
        "домов",
        "около",
        "возле",
        "напротив",
        "рядом",
        "вдоль",
        "были",
        "была",
        "был",
        "только",
        "вот",
        "ли",
        "г",
        "область",
        "области",
        "школы",
        "прошу",
        "почему",
        "мы",
        "я",
        "он",
        "она",
        "они",
        "просим",
        "нам",
        "нас",
        "нем",
        "полностью",
        "постоянно",
        "стоит",
        "сейчас",
        "сегодня",
        "вчера",
        "ведь",
        "из-за",
        "либо",
        "даже",
        "если",
        "чтобы",
        "ваш",
        "прям",
        "прямо",
        "одной",
        "другой",
        "каждой",
        "данной",
        "соседней",
        "указанной",
        "любой",
        "сделано",
        "второй",
        "раз",
        "их",
        "его",
        "ее",
        "ответ",
    ];
    WORDS.contains(&word)
}

/// Adjectives that describe a street and do not name it.
pub(super) fn describes(base: &str) -> bool {
    const BASES: &[&str] = &[
        "наш",
        "ваш",
        "данн",
        "указанн",
        "вышеуказанн",
        "кажд",
        "люб",
        "соседн",
        "главн",
        "основн",
        "грязн",
        "темн",
        "узк",
        "широк",
        "пуст",
        "эт",
        "льготн",
        "бесплатн",
        "городск",
        "сельск",
        "внутридворов",
        "дворов",
        "внутриквартальн",
        "придомов",
        "местн",
        "жил",
        "единственн",
        "различн",
        "разн",
        "оживленн",
        "проезж",
        "ближайш",
        "близлежащ",
        "друг",
        "цел",
        "детск",
        "прилегающ",
        "пешеходн",
        "так",
        "как",
        "котор",
        "больш",
        "нормальн",
        "отремонтированн",
        "параллельн",
        "безопасн",
        "свободн",
        "закрыт",
        "остальн",
        "общественн",
        "дорожн",
        "автомобильн",
        "междворов",
        "дальнейш",
        "общегородск",
        "спортивн",
        "игров",
        "контейнерн",
        "весь",
        "сам",
        "ремонтируем",
        "асфальтированн",
        "освещен",
        "нижеуказанн",
        "вс",
        "торгов",
        "промышленн",
    ];
    BASES.contains(&base)
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

/// A name that no gazetteer knows, its nominative restored.
fn unknown(tokens: &[Token], at: usize, kind: Kind, said: &Found<Kind>, is_named: bool) -> Option<(String, usize)> {
    let token = tokens.get(at)?;
    if token.is_number() {
        return numbered(tokens, at, kind, said);
    }
    if !token.is_word() {
        return None;
    }
    if token.text.chars().count() <= 3
        && let Some(found) = initials(tokens, at, kind, said)
    {
        return Some(found);
    }
    if is_function(&token.text) || kinds::settlement(tokens, at).is_some_and(|found| found.end > at + 1) {
        return None;
    }
    let has_house = tokens.get(at + 1).is_some_and(Token::is_number) || super::house::cue(tokens, at + 1).is_some();
    let is_noun = adjective(&token.text).is_none() && token.text.chars().count() > 3;
    if !token.is_capital && !stands_small(token, said) && !(has_house && is_noun) {
        return None;
    }
    words(tokens, at, kind, said, is_named)
}

/// Whether a name in small letters is believed: after an abbreviation most, after the full word only what looks like a name.
fn stands_small(token: &Token, said: &Found<Kind>) -> bool {
    let word = token.text.as_str();
    if word.chars().count() < 4 {
        return false;
    }
    if let Some(found) = adjective(word) {
        if describes(found.base) {
            return false;
        }
        let is_surname = matches!(found.ending, "ого" | "его");
        let is_local = found.base.ends_with("ск") && !found.is_plural();
        return is_local || is_surname && found.base.ends_with("ск") || said.is_short && !found.is_plural();
    }
    let is_genitive =
        ["ова", "ева", "ина", "ына", "цев", "нко", "телей", "еров", "истов"].iter().any(|end| word.ends_with(end));
    is_genitive || (said.is_short && word.ends_with(['а', 'я', 'и', 'ы', 'в', 'о']))
}

/// «7-му Промышленному», «50 лет Октября», «8 Марта», «1 Рабочий».
fn numbered(tokens: &[Token], at: usize, kind: Kind, said: &Found<Kind>) -> Option<(String, usize)> {
    let number = tokens.get(at)?;
    let suffix = ordinal_end(tokens, at);
    let start = suffix.unwrap_or(at + 1);
    let word = tokens.get(start).filter(|word| word.is_word() && !word.is_first)?;
    if follows_number(&word.text) && (suffix.is_none() || word.text != "лет") {
        let mut text =
            format!("{} {}", number.text, if word.text == "лет" { "лет".to_owned() } else { titled(word.raw) });
        let mut end = start + 1;
        if word.text == "лет" || word.text == "летия" {
            let next = tokens.get(end).filter(|next| next.is_word() && !is_function(&next.text))?;
            text = format!("{text} {}", titled(next.raw));
            end += 1;
            if let Some(more) = tokens.get(end).filter(|more| more.is_capital && more.is_word() && !more.is_first)
                && adjective(&next.text).is_some()
            {
                text = format!("{text} {}", titled(more.raw));
                end += 1;
            }
        }
        return Some((text, end));
    }
    let is_believed =
        word.is_capital || suffix.is_some() || adjective(&word.text).is_some_and(|found| found.is_typical());
    if !is_believed || is_function(&word.text) || kinds::street(tokens, start).is_some() {
        return None;
    }
    let (rest, end) = words(tokens, start, kind, said, false)?;
    let gender = if kind.gender() == Gender::Feminine || rest.to_lowercase().ends_with(['я', 'а']) {
        Gender::Feminine
    } else {
        kind.gender()
    };
    Some((format!("{} {rest}", ordinal(&number.text, gender)), end))
}

/// «К. Маркса», «А.М. Ситникова», «Сан.Колос», «Н. Луговая».
fn initials(tokens: &[Token], at: usize, kind: Kind, said: &Found<Kind>) -> Option<(String, usize)> {
    let mut text = String::new();
    let mut next = at;
    while let (Some(short), Some(stop)) = (tokens.get(next), tokens.get(next + 1))
        && short.is_word()
        && (short.is_capital || said.is_short)
        && short.text.chars().count() <= 3
        && stop.is_mark(".")
        && stop.is_glued
        && next < at + 4
    {
        text.push_str(&titled(short.raw));
        text.push('.');
        next += 2;
    }
    let word = tokens.get(next).filter(|word| next > at && word.is_word() && word.text.chars().count() > 2)?;
    if !word.is_capital && !said.is_short {
        return None;
    }
    let side = match text.as_str() {
        "В." | "Верх." => Some("Верхняя"),
        "Н." | "Ниж." => Some("Нижняя"),
        "М." | "Мал." => Some("Малая"),
        "Б." | "Бол." => Some("Большая"),
        _ => None,
    };
    if let (Some(side), Some(found)) = (side, adjective(&word.text))
        && kind.gender() == Gender::Feminine
        && found.agrees(Gender::Feminine)
        && !is_woman(&word.text)
    {
        return Some((
            format!("{side} {}", with_ending(word.raw, found.ending, found.nominative(Gender::Feminine))),
            next + 1,
        ));
    }
    Some((format!("{text}{}{}", if word.is_glued { "" } else { " " }, titled(word.raw)), next + 1))
}

/// The words of a name from its first on.
fn words(tokens: &[Token], at: usize, kind: Kind, said: &Found<Kind>, is_named: bool) -> Option<(String, usize)> {
    let token = tokens.get(at)?;
    let first = adjective(&token.text).filter(|found| !describes(found.base) || token.is_capital);
    let next = tokens.get(at + 1).filter(|next| {
        next.is_word()
            && next.is_capital
            && !next.is_first
            && !next.is_glued
            && next.text.chars().count() > 2
            && kinds::street(tokens, at + 1).is_none()
            && kinds::settlement(tokens, at + 1).is_none()
    });
    if let Some(next) = next.filter(|next| is_given(&token.text) || is_woman(&next.text) && first.is_none()) {
        return Some((format!("{} {}", titled(token.raw), titled(next.raw)), at + 2));
    }
    // «малой Гагарина», «Верхней Луговой», «Евграфов Бугор»
    let leads_on = first.is_some_and(|found| leads(found.base));
    let small = tokens.get(at + 1).filter(|small| {
        let both = first.zip(adjective(&small.text));
        !small.is_first
            && both.is_some_and(|(one, two)| {
                one.agrees(Gender::Feminine) && two.agrees(Gender::Feminine) && two.is_typical()
            })
    });
    if let (Some(found), true) = (first, leads_on)
        && let Some(next) = next.or(small)
    {
        let agrees = |second: &Adjective| {
            [Gender::Feminine, Gender::Masculine].iter().any(|gender| found.agrees(*gender) && second.agrees(*gender))
        };
        let second = adjective(&next.text).filter(|second| agrees(second) && !is_woman(&next.text));
        let is_plural = found.is_plural() || matches!(found.ending, "ого" | "его");
        let gender = if found.agrees(Gender::Feminine) { Gender::Feminine } else { Gender::Masculine };
        let is_fixed = said.kind.gender() == Gender::Feminine
            && matches!(found.ending, "ой" | "ей")
            && second.is_none()
            && (next.text.ends_with(['и', 'ы']));
        return Some(if is_plural || is_fixed {
            (format!("{} {}", titled(token.raw), titled(next.raw)), at + 2)
        } else {
            let one = with_ending(token.raw, found.ending, found.nominative(gender));
            let two = second.map_or_else(
                || noun(next, Case::Other),
                |second| with_ending(next.raw, second.ending, second.nominative(gender)),
            );
            (format!("{one} {two}"), at + 2)
        });
    }
    let is_possessive = token.is_capital
        && first.is_none()
        && kind == Kind::Street
        && next.is_some_and(|next| {
            next.text.ends_with(['р', 'г', 'к', 'ь', 'д', 'т', 'н', 'л']) && adjective(&next.text).is_none()
        });
    if let Some(next) = next.filter(|_| is_possessive && token.text.ends_with(['в', 'н'])) {
        return Some((format!("{} {}", titled(token.raw), titled(next.raw)), at + 2));
    }
    if !is_named
        && !is_woman(&token.text)
        && let Some(found) = first
    {
        if found.agrees(kind.gender()) && !keeps(found.ending, kind, said.case, found.base) {
            return Some((with_ending(token.raw, found.ending, found.nominative(kind.gender())), at + 1));
        }
        // «улиц Деповская и 1 Рабочий»
        if kind == Kind::Street && matches!(found.ending, "ый" | "ий") && !said.is_short && next.is_none() {
            return Some((with_ending(token.raw, found.ending, found.nominative(Gender::Feminine)), at + 1));
        }
    }
    Some((noun(token, if is_named { Case::Plain } else { said.case }), at + 1))
}

/// Whether an adjective in the genitive masculine is a surname: «улица Маяковского», «переулок Маяковского».
fn keeps(ending: &str, kind: Kind, case: Case, base: &str) -> bool {
    matches!(ending, "ого" | "его")
        && (kind.gender() == Gender::Feminine
            || case == Case::Plain
            || (base.ends_with("ск") && case == Case::Genitive && kind == Kind::Avenue))
}

/// A noun as a street's name: genitives stay; «улице Пучковке» is «Пучковка».
fn noun(token: &Token, case: Case) -> String {
    if case == Case::Other {
        for (tail, old, new) in [("ке", "е", "а"), ("вку", "у", "а"), ("це", "е", "а")] {
            if token.text.ends_with(tail) && token.text.chars().count() > 4 {
                return with_ending(token.raw, old, new);
            }
        }
    }
    titled(token.raw)
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
    let is_vague = start == at && !is_capital && super::scan::is_common(&tokens.get(start)?.text);
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
        (is_numbered, true) => {
            is_numbered || has_house || !word.is_first || is_local || !super::scan::is_common(&word.text)
        }
        (true, false) => is_local || has_house,
        (false, false) => has_house && !is_vague,
    };
    // A capital after «улица» begins the street's real name: «Центральная улица Ленина».
    let is_other = tokens
        .get(end)
        .is_some_and(|next| next.is_capital && !next.is_first && !next.is_number() && next.is_word() && !is_local);
    (is_believed && !is_other).then(|| Name { text: with_kind(&text, said.kind), known: None, end, confidence: 0.8 })
}
