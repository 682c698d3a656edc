//! Names of persons, known by their patronymics or initials: «Иван Петрович», «Иванова Мария Сергеевна», «М. С. Иванова», «Иванов И.И.»,
//! in any case. A name alone, or a surname alone, is none: streets and shops have them too.

use super::behind::{Behind, begins_with_any};
use super::{Found, PersonalKind, ends, letters, space};

/// Words behind which a name is that of a place.
const PLACES: &[&str] = &[
    "ул",
    "улиц",
    "просп",
    "пр",
    "пркт",
    "пер",
    "переул",
    "площад",
    "пл",
    "бульв",
    "бул",
    "б-р",
    "им",
    "имен",
    "наб",
    "набереж",
    "шоссе",
    "тракт",
    "сквер",
    "парк",
    "памят",
    "бюст",
    "школ",
    "гимнази",
    "лице",
    "сел",
    "деревн",
    "посел",
    "посёл",
    "пос",
    "станиц",
    "остановк",
    "мкр",
    "микрор",
    "дк",
    "театр",
    "музе",
    "библиот",
    "стадион",
    "храм",
    "церк",
    "собор",
    "проезд",
    "аллея",
    "аллеи",
    "аллее",
    "мост",
    "больниц",
    "роддом",
    "хутор",
];

/// Words that look like a surname at the beginning of a sentence and are none.
const NO_SURNAMES: &[&str] = &[
    "господин",
    "гражданин",
    "причин",
    "машин",
    "хозяин",
    "магазин",
    "кирович",
    "один",
    "россиян",
    "полтин",
    "половин",
    "здоров",
    "готов",
    "вновь",
    "уважаем",
    "дорог",
    "товарищ",
    "наш",
    "ваш",
    "участков",
    "управдом",
    "глав",
];

/// What male names are before «-ович» and «-овна», «-евич» and «-евна».
const FATHERS: &[&str] = &[
    "абдул",
    "абрам",
    "август",
    "аверьян",
    "адам",
    "адольф",
    "айдар",
    "айрат",
    "аким",
    "александр",
    "алексе",
    "али",
    "альберт",
    "альфред",
    "амир",
    "анатоль",
    "анвар",
    "андре",
    "антон",
    "арам",
    "аристарх",
    "аркадь",
    "армен",
    "арсен",
    "арсень",
    "артем",
    "артемь",
    "артур",
    "артём",
    "архип",
    "асхат",
    "афанась",
    "ахмед",
    "ахмет",
    "ашот",
    "богдан",
    "болат",
    "борис",
    "булат",
    "вагиф",
    "вадим",
    "валентин",
    "валериан",
    "валерь",
    "вардан",
    "васил",
    "василь",
    "вениамин",
    "викент",
    "викенть",
    "виктор",
    "виль",
    "вильгельм",
    "виталь",
    "владимир",
    "владислав",
    "владлен",
    "всеволод",
    "вячеслав",
    "гаври",
    "гаврил",
    "гагик",
    "гасан",
    "геворг",
    "геннадь",
    "генрих",
    "георги",
    "герасим",
    "герман",
    "гиви",
    "глеб",
    "григорь",
    "гурген",
    "давид",
    "давыд",
    "дамир",
    "даниил",
    "данил",
    "демид",
    "демьян",
    "денис",
    "дмитри",
    "евгень",
    "егор",
    "емельян",
    "ержан",
    "ерлан",
    "ермола",
    "ефим",
    "ефрем",
    "жан",
    "жанат",
    "жумабек",
    "захар",
    "зинов",
    "зиновь",
    "ибрагим",
    "иван",
    "игнат",
    "игнать",
    "игор",
    "измаил",
    "иларион",
    "ильдар",
    "ильдус",
    "ильнур",
    "ильяс",
    "иннокенть",
    "иосиф",
    "ипат",
    "ираклие",
    "исаак",
    "ислам",
    "исмаил",
    "кайрат",
    "камиль",
    "карен",
    "карим",
    "карл",
    "карп",
    "касьян",
    "ким",
    "кирилл",
    "клим",
    "климент",
    "кондрат",
    "кондрать",
    "константин",
    "корне",
    "кузьм",
    "лаврент",
    "лазар",
    "лев",
    "леонид",
    "леонт",
    "леонть",
    "лукьян",
    "льв",
    "магомед",
    "макар",
    "макси",
    "максим",
    "максимилиан",
    "мансур",
    "марат",
    "марк",
    "мартын",
    "матве",
    "махмуд",
    "мефодь",
    "мирон",
    "митрофан",
    "михаил",
    "михайл",
    "моисе",
    "мстислав",
    "мурат",
    "муса",
    "мухтар",
    "назар",
    "наиль",
    "нариман",
    "наум",
    "нестор",
    "никандр",
    "никанор",
    "никола",
    "никон",
    "нурлан",
    "нурсултан",
    "олег",
    "онуфри",
    "осип",
    "оскар",
    "остап",
    "павл",
    "панкрат",
    "парфен",
    "петр",
    "платон",
    "прокоп",
    "прокофь",
    "прохор",
    "пётр",
    "равиль",
    "рамазан",
    "рамиль",
    "рафаил",
    "рафаэль",
    "рафик",
    "рашид",
    "ренат",
    "ринат",
    "роберт",
    "родион",
    "роман",
    "ростислав",
    "рубен",
    "рудольф",
    "руслан",
    "рустам",
    "савель",
    "саид",
    "самвел",
    "самуил",
    "саркис",
    "святослав",
    "севастьян",
    "семен",
    "семён",
    "серафим",
    "серге",
    "серик",
    "сидор",
    "соломон",
    "спартак",
    "спиридон",
    "станислав",
    "степан",
    "султан",
    "тагир",
    "талгат",
    "тарас",
    "тельман",
    "терент",
    "тигран",
    "тимофе",
    "тимур",
    "тихон",
    "трофим",
    "ульян",
    "устин",
    "фадде",
    "фарид",
    "фархад",
    "федор",
    "федот",
    "феликс",
    "феодор",
    "филат",
    "филипп",
    "фрол",
    "фёдор",
    "халил",
    "харитон",
    "хасан",
    "христофор",
    "шамиль",
    "эдвард",
    "эдуард",
    "эмиль",
    "эммануил",
    "эрик",
    "эрнест",
    "эрнст",
    "юли",
    "юри",
    "юрь",
    "яков",
    "яковл",
    "ян",
    "яросла",
    "ярослав",
];

/// Patronymics that are made otherwise, without their endings.
const IRREGULAR: &[&str] = &[
    "ильич",
    "кузьмич",
    "лукич",
    "никитич",
    "фомич",
    "саввич",
    "ильиничн",
    "кузьминичн",
    "лукиничн",
    "никитичн",
    "фоминичн",
    "саввичн",
    "еремеич",
    "яковлич",
];

/// What a patronymic ends in behind its «-ович» or «-овн», in all cases.
const MALE: &[&str] = &["", "а", "у", "ем", "ом", "е", "и", "ей", "ам", "ами", "ах"];
const FEMALE: &[&str] = &["а", "ы", "е", "у", "ой", "ою", ""];

/// First names, without their endings; enough to know one in small letters or at the beginning of a sentence.
const FIRST: &[&str] = &[
    "август",
    "аврор",
    "агат",
    "аглая",
    "агни",
    "аделин",
    "азамат",
    "айгул",
    "айдар",
    "айнур",
    "айрат",
    "алевтин",
    "александр",
    "алексе",
    "ален",
    "алес",
    "алин",
    "алис",
    "алл",
    "алсу",
    "альберт",
    "альбин",
    "альфи",
    "алён",
    "амин",
    "анастаси",
    "анатоли",
    "ангелин",
    "андре",
    "анжел",
    "анжелик",
    "анн",
    "антон",
    "антонин",
    "анфис",
    "арин",
    "аркади",
    "арсени",
    "артем",
    "артур",
    "артём",
    "афанаси",
    "ашот",
    "богдан",
    "борис",
    "вадим",
    "валентин",
    "валери",
    "варвар",
    "васили",
    "василис",
    "вениамин",
    "вер",
    "вероник",
    "викентий",
    "виктор",
    "виктори",
    "виолетт",
    "витали",
    "владимир",
    "владислав",
    "всеволод",
    "вячеслав",
    "гали",
    "галин",
    "геннади",
    "георги",
    "герман",
    "глеб",
    "григори",
    "гульнар",
    "давид",
    "дамир",
    "дан",
    "даниил",
    "данил",
    "дарь",
    "демьян",
    "денис",
    "диан",
    "динар",
    "дмитри",
    "ева",
    "евгени",
    "егор",
    "екатерин",
    "елен",
    "елизавет",
    "ефим",
    "жанн",
    "захар",
    "зинаид",
    "зое",
    "зои",
    "зоя",
    "иван",
    "игнат",
    "игор",
    "иль",
    "ильдар",
    "инг",
    "инесс",
    "инн",
    "иннокенти",
    "иосиф",
    "ир",
    "ирин",
    "искандер",
    "камил",
    "карин",
    "кирилл",
    "клавди",
    "клар",
    "константин",
    "констанци",
    "кристин",
    "ксени",
    "ларис",
    "лариса",
    "лев",
    "леонид",
    "лид",
    "лиди",
    "лили",
    "лин",
    "льв",
    "любов",
    "людмил",
    "макар",
    "максим",
    "марат",
    "маргарит",
    "мари",
    "марин",
    "марк",
    "март",
    "марф",
    "матве",
    "мила",
    "милан",
    "мирон",
    "михаил",
    "мурат",
    "надежд",
    "назар",
    "натали",
    "наталь",
    "никит",
    "никола",
    "нин",
    "нонн",
    "нурлан",
    "оксан",
    "олег",
    "олес",
    "ольг",
    "павел",
    "павл",
    "петр",
    "платон",
    "полин",
    "прохор",
    "пётр",
    "раис",
    "рамил",
    "рашид",
    "ренат",
    "римм",
    "ринат",
    "роберт",
    "роз",
    "роман",
    "ростислав",
    "руслан",
    "рустам",
    "савели",
    "светлан",
    "святослав",
    "семен",
    "семён",
    "серафим",
    "серге",
    "соф",
    "софи",
    "софь",
    "станислав",
    "степан",
    "таис",
    "таиси",
    "тамар",
    "тарас",
    "татьян",
    "тимофе",
    "тимур",
    "тихон",
    "ульян",
    "фаин",
    "фарид",
    "федор",
    "феликс",
    "филипп",
    "фёдор",
    "шамил",
    "эвелин",
    "эдуард",
    "элеонор",
    "эльвир",
    "эльз",
    "эмили",
    "эмм",
    "юли",
    "юр",
    "юри",
    "яков",
    "ян",
    "яна",
    "ярослав",
];

/// What is left of a first name behind what [`FIRST`] has of it.
const FIRST_ENDINGS: &[&str] = &[
    "", "а", "я", "у", "ю", "е", "и", "ы", "й", "ь", "ой", "ей", "ом", "ем", "ою", "ею", "ья", "ью", "ье", "ии", "ию",
    "ия", "ием", "ией", "ов", "ям", "ьи",
];

/// What surnames end in, in all cases.
const SURNAMES: &[&str] = &[
    "ов",
    "ова",
    "ову",
    "овым",
    "ове",
    "овой",
    "овы",
    "овых",
    "ев",
    "ева",
    "еву",
    "евым",
    "еве",
    "евой",
    "евы",
    "евых",
    "ёв",
    "ёва",
    "ёву",
    "ёвым",
    "ёвой",
    "ин",
    "ина",
    "ину",
    "иным",
    "ине",
    "иной",
    "ины",
    "иных",
    "ын",
    "ына",
    "ыну",
    "ыным",
    "ыной",
    "ский",
    "ского",
    "скому",
    "ским",
    "ском",
    "ская",
    "ской",
    "скую",
    "цкий",
    "цкого",
    "цкому",
    "цким",
    "цкая",
    "цкой",
    "цкую",
    "ко",
    "ук",
    "ука",
    "уку",
    "уком",
    "юк",
    "юка",
    "юку",
    "ян",
    "яна",
    "яну",
    "яном",
    "дзе",
    "швили",
    "их",
    "ых",
    "ич",
    "ича",
    "ичу",
    "ман",
    "мана",
    "ману",
    "штейн",
    "берг",
    "аев",
    "аева",
];

/// The most bytes of a word that is looked at.
const LONGEST: usize = 80;

/// A word at a place of the text.
#[derive(Clone)]
struct Word {
    lower: String,
    capital: bool,
    length: usize,
}

impl Word {
    fn at(rest: &str) -> Option<Word> {
        let length = letters(&rest[..rest.floor_char_boundary(LONGEST)]);
        let word = &rest[..length];
        let capital = word.chars().next()?.is_uppercase();
        Some(Word { lower: word.to_lowercase(), capital, length })
    }

    fn is_first_name(&self) -> bool {
        has_stem(&self.lower, FIRST, FIRST_ENDINGS)
    }

    fn is_patronymic(&self, capitalised: bool) -> bool {
        let regular =
            [("ович", MALE), ("евич", MALE), ("овн", FEMALE), ("евн", FEMALE)].into_iter().any(|(mark, endings)| {
                self.lower.rfind(mark).is_some_and(|at| {
                    let ending = &self.lower[at + mark.len()..];
                    // «Львовне» is a name, «уровне» is none.
                    let known = FATHERS.binary_search(&&self.lower[..at]).is_ok();
                    let strange = capitalised && self.capital && at >= 4 && mark.ends_with("ич") && ending.len() <= 4;
                    at > 0
                        && endings.contains(&ending)
                        && !(mark.ends_with('н') && ending.is_empty())
                        && (known || strange)
                })
            });
        let endings = |irregular: &str| if irregular.ends_with('н') { FEMALE } else { MALE };
        regular
            || IRREGULAR.iter().any(|stem| {
                self.lower.strip_prefix(stem).is_some_and(|ending| {
                    endings(stem).contains(&ending) && !(stem.ends_with('н') && ending.is_empty())
                })
            })
    }

    fn is_surname(&self) -> bool {
        self.capital
            && self.lower.chars().count() >= 3
            && SURNAMES.iter().any(|ending| self.lower.ends_with(ending) && self.lower.len() > ending.len() + 2)
            && !begins_with_any(&self.lower, NO_SURNAMES)
    }
}

/// Whether a word is one of the stems, which are sorted, with one of the endings.
fn has_stem(word: &str, stems: &[&str], endings: &[&str]) -> bool {
    endings.iter().filter_map(|ending| word.strip_suffix(ending)).any(|stem| stems.binary_search(&stem).is_ok())
}

/// Whether a text may hold a name written in small letters: it has something of a patronymic. Most have not, and their words need not be
/// looked at one by one.
pub(super) fn may_be_small(text: &str) -> bool {
    ["ович", "евич", "овн", "евн", "ильич", "ьмич", "лукич", "китич", "фомич", "аввич", "ичн", "ковлич", "емеич"]
        .iter()
        .any(|mark| text.contains(mark))
}

/// The name at the start; plain if it is that of a street or a school.
pub(super) fn find(behind: &Behind<'_>, rest: &str) -> Option<Found> {
    let length = length(behind, rest)?;
    // «улица академика Павлова И.П.» has its word further off.
    let of_place = behind.words(2).any(is_of_place);
    Some(if of_place { Found::Plain(length) } else { Found::Personal(PersonalKind::Name, length) })
}

fn is_of_place(word: &str) -> bool {
    // Short ones are whole words: «пр» is a place, «про» and «приказ» are none.
    let lower = word.to_lowercase();
    PLACES.iter().any(|place| if place.chars().count() <= 3 { lower == *place } else { lower.starts_with(place) })
}

fn length(behind: &Behind<'_>, rest: &str) -> Option<usize> {
    let first = Word::at(rest)?;
    if !first.capital && !first.is_first_name() && !first.is_patronymic(false) {
        return None;
    }
    if let Some(initials) = initials(rest) {
        let gap = space(&rest[initials..]);
        let surname = Word::at(&rest[initials + gap..])?;
        let named = surname.capital && surname.lower.chars().count() >= 3;
        let length = initials + gap + surname.length;
        return (named && ends(&rest[length..])).then_some(length);
    }
    if first.is_patronymic(false) {
        return with_surname(rest, first.length);
    }
    let second = next(rest, first.length);
    if let Some((at, second)) = &second {
        let named = first.is_first_name() || first.capital && !behind.begins_sentence();
        if named && second.is_patronymic(true) && (first.capital || second.is_patronymic(false)) {
            return with_surname(rest, at + second.length);
        }
        let surname = first.is_surname() || first.capital && !behind.begins_sentence() && second.is_first_name();
        if surname && let Some((end, third)) = next(rest, at + second.length) {
            let named = second.is_first_name() || second.capital;
            if named && third.is_patronymic(true) {
                let length = end + third.length;
                return ends(&rest[length..]).then_some(length);
            }
        }
    }
    followed_by_initials(&first, rest)
}

/// «Иванов И.И.», unless the initials are those of who comes next.
fn followed_by_initials(first: &Word, rest: &str) -> Option<usize> {
    if !first.capital || first.lower.chars().count() < 3 {
        return None;
    }
    let gap = space(&rest[first.length..]);
    let from = first.length + gap;
    let end = from + initials(&rest[from..]).filter(|_| gap > 0)?;
    let owner =
        Word::at(&rest[end + space(&rest[end..])..]).filter(|next| next.capital && next.lower.chars().count() >= 3);
    (owner.is_none() || first.is_surname() && !owner.is_some_and(|owner| owner.is_surname())).then_some(end)
}

/// A name that ends at `end`, with the surname behind it.
fn with_surname(rest: &str, end: usize) -> Option<usize> {
    if !ends(&rest[end..]) {
        return None;
    }
    let surname = next(rest, end).filter(|(_, word)| word.is_surname() && !word.is_first_name());
    let length = surname.map(|(at, word)| at + word.length).filter(|length| ends(&rest[*length..]));
    Some(length.unwrap_or(end))
}

/// The word behind one space, and where it begins.
fn next(rest: &str, end: usize) -> Option<(usize, Word)> {
    let gap = space(&rest[end..]);
    let word = Word::at(&rest[end + gap..]).filter(|word| gap > 0 && word.length > 0)?;
    Some((end + gap, word))
}

/// «И.И.», «И. И.» at the start; not «Т.к.» and the like.
fn initials(rest: &str) -> Option<usize> {
    let (first, one) = initial(rest)?;
    let gap = space(&rest[one..]);
    let (second, two) = initial(&rest[one + gap..])?;
    let pair: String = [first, second].iter().flat_map(|c| c.to_lowercase()).collect();
    let shortened = ["тк", "те", "тд", "тп", "ио", "го", "рп", "др", "оп", "ад", "жд"].contains(&pair.as_str());
    (!shortened).then_some(one + gap + two)
}

/// A capital letter with its full stop.
fn initial(rest: &str) -> Option<(char, usize)> {
    let letter = rest.chars().next().filter(|c| c.is_uppercase() && super::is_cyrillic(*c))?;
    rest[letter.len_utf8()..].starts_with('.').then_some((letter, letter.len_utf8() + 1))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_lists_are_sorted() {
        assert!(super::FATHERS.is_sorted() && super::FIRST.is_sorted());
    }
}
