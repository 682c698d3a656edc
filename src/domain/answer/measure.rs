//! Words for what was, is or will be done: an answer with none of them, and no fact, is nothing but phrases.

use super::token::Token;

/// What the words begin with.
#[rustfmt::skip]
const MEASURES: &[&str] = &[
    "отремонт", "ремонт", "почин", "устран", "убран", "убер", "убра", "уборк", "очист", "очищ", "расчист", "вывез", "вывоз",
    "замен", "восстанов", "засып", "задел", "установ", "монтаж", "демонтир", "подключ", "отключ", "осмотр", "обслед", "выезж",
    "выеха", "выезд", "бригад", "предписан", "штраф", "протокол", "проверил", "проверен", "провер", "назнач", "выплат",
    "перерасч", "покрас", "покрыт", "освещ", "светильник", "ламп", "труб", "отогрев", "посып", "песк", "асфальт", "рейс",
    "навигац", "отлов", "стерилиз", "обработ", "спил", "обрез", "график", "направлен", "передан", "обратит", "звон",
    "запис", "телефон", "можно", "нельзя", "положен", "спасибо", "благодар",
];

/// Whether the text says what is done, or what the resident can do.
pub(super) fn is_told(tokens: &[Token]) -> bool {
    let told = |word: &str| MEASURES.iter().any(|measure| word.starts_with(measure));
    tokens.iter().filter_map(Token::word).any(told)
}
