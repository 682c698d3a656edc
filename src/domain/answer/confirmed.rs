//! Whether an answer confirms what was complained about, by its words.

use std::ops::Range;
use std::sync::LazyLock;

use super::token::{Token, stems};

/// Words that the complaint was right, and promises of work. Each is compared by stems, word after word.
#[rustfmt::skip]
const CONFIRMING: &[&str] = &[
    "факт подтвердился", "факты подтвердились", "факт подтверждён", "факты подтверждены", "нарушение подтвердилось",
    "нарушения подтвердились", "информация подтвердилась", "сведения подтвердились", "недостатки подтвердились",
    "нарушения выявлены", "нарушение выявлено", "выявлены нарушения", "выявлено нарушение", "неисправность выявлена",
    "будет устранено", "будут устранены", "будет отремонтирована", "будет выполнено", "будут выполнены", "будет убрано",
    "будут убраны", "будет заменено", "будет восстановлено", "будут восстановлены", "будет вывезен", "будет очищена",
    "будут проведены", "будет проведена", "будет установлен", "будут установлены", "будет произведён", "будет засыпана",
    "работы запланированы", "ремонт запланирован", "запланирован ремонт", "запланированы работы", "включён в план",
    "включена в план", "включены в план", "внесён в план", "внесены в план", "работы начнутся", "ремонт начнётся",
    "планируется выполнить", "планируется провести", "планируется отремонтировать", "планируется устранить",
];

/// Promises that one word is.
#[rustfmt::skip]
const PROMISING: &[&str] = &[
    "устраним", "отремонтируем", "починим", "заменим", "уберём", "вывезем", "восстановим", "очистим", "засыпем", "установим",
    "выполним", "почистим", "расчистим", "заделаем", "подключим",
];

static PHRASES: LazyLock<Vec<Vec<String>>> = LazyLock::new(|| CONFIRMING.iter().map(|phrase| stems(phrase)).collect());

/// Where the words stand that confirm, in bytes; the first.
pub(super) fn confirming(tokens: &[Token]) -> Option<Range<usize>> {
    let words: Vec<(&Token, String)> = tokens.iter().filter_map(|token| Some((token, token.stem()?))).collect();
    (0..words.len()).find_map(|at| {
        let denied = at.checked_sub(1).is_some_and(|before| matches!(words[before].0.word(), Some("не" | "если")));
        if denied {
            return None;
        }
        let promise =
            words[at].0.word().is_some_and(|word| PROMISING.iter().any(|known| known.replace('ё', "е") == word));
        if promise {
            return Some(words[at].0.span.clone());
        }
        let fits = |phrase: &&Vec<String>| {
            words.len() - at >= phrase.len() && phrase.iter().zip(&words[at..]).all(|(known, (_, stem))| known == stem)
        };
        let phrase = PHRASES.iter().find(fits)?;
        Some(words[at].0.span.start..words[at + phrase.len() - 1].0.span.end)
    })
}
