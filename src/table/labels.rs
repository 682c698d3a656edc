//! The Russian words that stand for our vocabularies in the table. The first label of a value is the one that is written; all are
//! read, whatever the case and «ё».

use crate::domain::text::fold;
use crate::domain::{CloseReason, Kind, Outcome, Step};

const STEPS: &[(Step, &[&str])] = &[
    (Step::Distribution, &["На распределении", "Распределение", "Создано", "Новый"]),
    (Step::Control, &["У контролёра", "Контроль"]),
    (Step::Assigned, &["Распределено", "Назначено", "Назначение исполнителя"]),
    (Step::InWork, &["В работе", "Подготовка ответа"]),
    (Step::Drafted, &["Ответ подготовлен"]),
    (Step::Approval, &["На согласовании", "Согласование"]),
    (Step::Rework, &["На доработке", "Доработка"]),
    (Step::Approved, &["Согласовано", "Публикация ответа"]),
    (Step::AwaitingAuthor, &["Оценка удовлетворенности"]),
    (Step::Closed, &["Готово", "Завершено", "Закрыто", "Закрыт"]),
];

const KINDS: &[(Kind, &[&str])] = &[
    (Kind::Solvable, &["Решаемый"]),
    (Kind::Unsolvable, &["Не решаемый", "Нерешаемый"]),
    (Kind::Informational, &["Информационный"]),
    (Kind::Gratitude, &["Благодарность"]),
    (Kind::Spam, &["Спам"]),
];

const OUTCOMES: &[(Outcome, &[&str])] = &[
    (Outcome::Resolved, &["Решено"]),
    (Outcome::Explained, &["Разъяснено"]),
    (Outcome::NotResolved, &["Не решено"]),
    (Outcome::Deferred, &["Отложено"]),
];

const REASONS: &[(CloseReason, &[&str])] = &[
    (CloseReason::AuthorSatisfied, &["Автор доволен"]),
    (CloseReason::NoAuthorReply, &["Нет ответа от автора"]),
    (CloseReason::DialoguePointless, &["Дальнейший диалог нецелесообразен"]),
    (CloseReason::SurveyMark, &["Оценка автора"]),
    (CloseReason::Advertisement, &["Реклама"]),
    (CloseReason::Insult, &["Оскорбления"]),
    (CloseReason::FalseInformation, &["Недостоверная информация"]),
    (CloseReason::Unclear, &["Суть неясна"]),
    (CloseReason::Repeat, &["Повтор без новых фактов"]),
    (CloseReason::NoProblem, &["Не проблема"]),
    (CloseReason::Duplicate, &["Дубликат"]),
];

/// A vocabulary with labels.
pub(super) trait Labelled: Copy + PartialEq + 'static {
    const LABELS: &'static [(Self, &'static [&'static str])];

    /// How the value is written.
    fn label(self) -> &'static str {
        Self::LABELS
            .iter()
            .find(|(value, _)| *value == self)
            .and_then(|(_, labels)| labels.first())
            .copied()
            .unwrap_or_default()
    }

    /// The value that is written so.
    fn of_label(label: &str) -> Option<Self> {
        let label = fold(label);
        Self::LABELS.iter().find(|(_, labels)| labels.iter().any(|known| fold(known) == label)).map(|(value, _)| *value)
    }

    /// The labels that are written, to say what may stand in a cell.
    fn known() -> String {
        Self::LABELS.iter().filter_map(|(_, labels)| labels.first()).copied().collect::<Vec<_>>().join(", ")
    }
}

impl Labelled for Step {
    const LABELS: &'static [(Self, &'static [&'static str])] = STEPS;
}
impl Labelled for Kind {
    const LABELS: &'static [(Self, &'static [&'static str])] = KINDS;
}
impl Labelled for Outcome {
    const LABELS: &'static [(Self, &'static [&'static str])] = OUTCOMES;
}
impl Labelled for CloseReason {
    const LABELS: &'static [(Self, &'static [&'static str])] = REASONS;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all_have_one<T: Labelled + std::fmt::Debug>(values: &[T]) {
        for value in values {
            assert_eq!(T::of_label(value.label()), Some(*value), "{value:?}");
        }
    }

    #[test]
    fn every_value_has_a_label_of_its_own() {
        all_have_one(Step::ALL);
        all_have_one(Kind::ALL);
        all_have_one(Outcome::ALL);
        all_have_one(CloseReason::ALL);
        assert_eq!(Step::of_label("оценка УДОВЛЕТВОРЁННОСТИ"), Some(Step::AwaitingAuthor));
        assert_eq!(Kind::of_label("нерешаемый"), Some(Kind::Unsolvable));
        assert_eq!(Outcome::of_label("Забыто"), None);
    }
}
