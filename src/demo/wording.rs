//! Words for what residents say: templates filled in, and the small talk that has no template.

use super::dice::Dice;
use super::places::Spot;

const WHEN: [&str; 12] = [
    "третий день",
    "второй день",
    "уже неделю",
    "с понедельника",
    "со вчерашнего вечера",
    "вторую неделю",
    "третьи сутки",
    "с прошлой пятницы",
    "с утра",
    "уже месяц",
    "четвёртый день",
    "с выходных",
];

/// As often as not people let the facts speak.
const EMOTION: [&str; 16] = [
    "",
    "",
    "",
    "",
    "",
    "",
    "",
    "",
    "Сколько можно!",
    "Примите меры!",
    "Помогите, пожалуйста.",
    "Это невыносимо!",
    "Кошмар какой-то.",
    "Ждём ответа.",
    "Очень просим помочь.",
    "Безобразие!",
];

/// What is said besides complaints: talk, goods, links.
pub const NOISE: [&str; 10] = [
    "Доброе утро, земляки! Всем хорошего дня ☀️",
    "Продам гараж, недорого, торг. Пишите в личку",
    "А кто знает, где сегодня салют?",
    "Подписывайтесь на наш канал, там все новости первыми https://example.org/kanal",
    "Красивый город, скучаю по нему",
    "Отдам котят в добрые руки, мальчик и девочка",
    "Кредит без справок за пять минут, переходите по ссылке https://example.org/kredit",
    "Кто едет завтра в сторону вокзала, возьмите попутчика",
    "+++",
    "Согласна с предыдущим комментарием",
];

/// What authors add to their complaints later.
pub const MORE: [&str; 8] = [
    "И ещё: заявку подавали два раза, номера так и не дали.",
    "Добавлю фото, чтобы было понятно.",
    "Соседи тоже писали, ответа нет.",
    "Диспетчер говорит «ждите», а сколько ждать, не знает.",
    "Сегодня стало только хуже.",
    "Хоть кто-нибудь это читает?",
    "Уточню: проезд со стороны двора.",
    "Пожилые люди страдают больше всех, обратите внимание.",
];

/// What authors write into their complaints later.
pub const CORRECTIONS: [&str; 4] = [
    "Дополнено: пока без изменений.",
    "UPD: никто не приезжал.",
    "Исправлено: это со стороны двора.",
    "UPD: звонили ещё раз, обещали разобраться.",
];

/// First names for the authors.
pub const NAMES: [&str; 24] = [
    "Анна",
    "Ольга",
    "Елена",
    "Татьяна",
    "Наталья",
    "Марина",
    "Светлана",
    "Ирина",
    "Юлия",
    "Екатерина",
    "Людмила",
    "Гульнара",
    "Сергей",
    "Андрей",
    "Алексей",
    "Дмитрий",
    "Николай",
    "Виктор",
    "Иван",
    "Павел",
    "Марат",
    "Ержан",
    "Александр",
    "Владимир",
];

/// First letters of surnames.
pub const INITIALS: [&str; 16] = ["А", "Б", "В", "Г", "Д", "Е", "З", "К", "Л", "М", "Н", "П", "Р", "С", "Т", "Ш"];

/// A template with its placeholders filled in; one that begins a sentence is capitalised.
pub fn complaint(template: &str, spot: &Spot, dice: &mut Dice) -> String {
    fill(template, |name| {
        Some(match name {
            "street" => spot.street.clone(),
            "house" => spot.house.clone(),
            "place" => spot.within.clone(),
            "when" => dice.word(&WHEN).to_owned(),
            "emotion" => dice.word(&EMOTION).to_owned(),
            _ => return None,
        })
    })
}

/// Replaces each `{name}` by its value. What has no value stays as it stands; what has an empty one leaves no gap.
pub fn fill(template: &str, mut value: impl FnMut(&str) -> Option<String>) -> String {
    let mut text = String::with_capacity(template.len() * 2);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        rest = after;
        let Some((name, behind)) = after.split_once('}') else {
            text.push('{');
            continue;
        };
        match value(name) {
            Some(value) if value.is_empty() => text.truncate(text.trim_end().len()),
            Some(value) if begins_sentence(&text) => text.push_str(&capitalised(&value)),
            Some(value) => text.push_str(&value),
            None => text.extend(["{", name, "}"]),
        }
        rest = behind;
    }
    text.push_str(rest);
    text.truncate(text.trim_end().len());
    text
}

fn begins_sentence(before: &str) -> bool {
    before.is_empty() || (before.ends_with(' ') && before.trim_end().ends_with(['.', '!', '?']))
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(template: &str) -> String {
        fill(template, |name| match name {
            "street" => Some("ул. Мира".to_owned()),
            "place" => Some("в Омске".to_owned()),
            "emotion" => Some(String::new()),
            _ => None,
        })
    }

    #[test]
    fn placeholders_are_filled_and_begin_sentences_with_a_capital() {
        assert_eq!(filled("{place} темно. {street}, {street}"), "В Омске темно. Ул. Мира, ул. Мира");
        assert_eq!(filled("Почему {place}? {place}!"), "Почему в Омске? В Омске!");
    }

    #[test]
    fn an_empty_value_leaves_no_gap() {
        assert_eq!(filled("Темно. {emotion}"), "Темно.");
        assert_eq!(filled("Темно. {emotion} Почему?"), "Темно. Почему?");
    }

    #[test]
    fn what_is_no_placeholder_stays() {
        assert_eq!(filled("{unknown} и { и {street"), "{unknown} и { и {street");
    }
}
