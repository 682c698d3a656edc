//! What speaks against an answer, in words.

use serde::Serialize;
use utoipa::ToSchema;

use super::views::shown;
use crate::desk::Desk;
use crate::domain::Language;
use crate::domain::answer::{Concern, ConcernCode, Severity};

/// Something that speaks against an answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConcernView {
    pub code: ConcernCode,
    pub severity: Severity,
    /// What it is about in the answer.
    #[schema(example = "/text")]
    pub pointer: &'static str,
    /// Where in the text it begins, in characters.
    pub from: usize,
    /// Where it ends.
    pub to: usize,
    /// The words; empty if it is about the whole. Personal data is masked without the right to see it.
    pub piece: String,
    /// Of `identical_to_many`: to how many other incidents that sentence was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub others: Option<usize>,
    /// What is wrong, in the language of whoever asks.
    pub message: &'static str,
}

impl ConcernView {
    /// As the actor may see it.
    pub fn of(concern: Concern, desk: &Desk, language: Language) -> ConcernView {
        let (russian, english) = said(&concern);
        ConcernView {
            code: concern.code,
            severity: concern.severity,
            pointer: "/text",
            from: concern.from,
            to: concern.to,
            piece: shown(&concern.piece, desk),
            others: concern.others,
            message: match language {
                Language::Russian => russian,
                Language::English => english,
            },
        }
    }
}

fn said(concern: &Concern) -> (&'static str, &'static str) {
    match (concern.code, concern.severity) {
        (ConcernCode::EmptyAnswer, _) => (
            "Одни общие слова: ни даты, ни места, ни того, что сделано или можно сделать",
            "Nothing but phrases: no date, no place, nothing that is or can be done",
        ),
        (ConcernCode::EmptyPhrase, _) => ("Эта фраза ничего не сообщает", "This phrase says nothing"),
        (ConcernCode::IdenticalToMany, _) => {
            ("Так же ответили на многие другие сообщения", "Many other incidents were answered in these words")
        }
        (ConcernCode::MissingDate, Severity::Warning) => {
            ("Проблема решена, но не сказано когда", "The problem is solved, but it is not said when")
        }
        (ConcernCode::MissingDate, _) => (
            "Факт подтверждён, но срок не назван: напишите дату или «в течение … дней»",
            "The fact is confirmed, but neither a date nor a term is named",
        ),
        (ConcernCode::ThirdPerson, _) => (
            "Имя или данные постороннего человека: назовите должность или уберите",
            "Somebody else's name or data: name the office, or leave it out",
        ),
        (ConcernCode::UnfilledBlank, _) => ("Пропуск не заполнен", "The blank is not filled"),
    }
}
