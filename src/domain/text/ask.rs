//! Whether a text asks its reader for something that does not belong before everybody's eyes: an address, a telephone, a flat.

use super::{fold, words};

/// The beginnings of words that ask.
const ASKING: &[&str] = &[
    "укаж",
    "уточн",
    "напиш",
    "сообщ",
    "пришл",
    "подскаж",
    "направ",
    "назов",
    "отправ",
    "остав",
    "просим",
    "просьб",
    "скаж",
    "поделит",
];

/// The beginnings of words for what should be told in private only.
const PRIVATE: &[&str] = &["адрес", "телефон", "квартир", "контакт", "фамил", "паспорт", "почт", "снилс", "фио"];

/// How many words may stand between asking and what is asked for: «сообщите, пожалуйста, ваш точный адрес».
const REACH: usize = 6;

/// Whether a text asks for personal data: a word that asks and, soon after it, a word for what is asked.
pub fn asks_for_personal(text: &str) -> bool {
    text.split(['.', '!', '?', '\n', ';']).any(|sentence| {
        let folded = fold(sentence);
        let words: Vec<&str> = words(&folded).collect();
        let begins = |word: &str, any: &[&str]| any.iter().any(|stem| word.starts_with(stem));
        let asked = |at: usize| begins(words[at], PRIVATE) && words[at - 1] != "по";
        // «Направили письмо по адресу» tells of an address and asks for none.
        (0..words.len()).any(|at| begins(words[at], ASKING) && (at + 1..words.len()).take(REACH).any(asked))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_asks_is_told_from_what_tells() {
        for asks in [
            "Укажите, пожалуйста, адрес дома.",
            "Здравствуйте! Сообщите нам ваш точный адрес и номер квартиры",
            "Просим направить контактный телефон в личные сообщения",
            "Для заявки назовите фамилию.",
        ] {
            assert!(asks_for_personal(asks), "{asks}");
        }
        for tells in [
            "Бригада выехала по адресу обращения.",
            "Сообщаем, что работы по адресу завершены.",
            "По вашему адресу отопление восстановлено. Напишите, если снова похолодает.",
            "Адрес передан диспетчеру.",
        ] {
            assert!(!asks_for_personal(tells), "{tells}");
        }
    }
}
