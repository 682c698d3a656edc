//! The reasons of likeness in words.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::domain::Language;

/// Why two incidents are held to be alike, or not to be.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReasonView {
    #[schema(example = "same_house")]
    pub code: String,
    /// In the language of whoever asks.
    pub text: String,
    /// Whether it speaks for likeness.
    pub speaks_for: bool,
    /// The words of both texts that it rests on; none without the right to see personal data, and never those of personal data.
    pub words: Vec<String>,
}

impl ReasonView {
    /// A reason as it is stored; none if it is none.
    pub fn of(reason: &Value, language: Language, sees_persons: bool) -> Option<ReasonView> {
        let code = reason["reason"].as_str()?;
        let (speaks_for, russian, english) = said(code)?;
        let mut text = match language {
            Language::Russian => russian,
            Language::English => english,
        }
        .to_owned();
        if let Some(number) = ["minutes", "days"].iter().find_map(|unit| reason[unit].as_i64()) {
            text = text.replace("{}", &number.to_string());
        }
        if let Some(share) = reason["share"].as_f64() {
            text = text.replace("{}", &format!("{:.0}", 100.0 * share));
        }
        let words = reason["words"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let words = words.filter(|_| sees_persons).map(str::to_owned).collect();
        Some(ReasonView { code: code.to_owned(), text, speaks_for, words })
    }
}

/// Whether a reason speaks for likeness, and how it is said.
fn said(code: &str) -> Option<(bool, &'static str, &'static str)> {
    Some(match code {
        "same_house" => (true, "Тот же дом или перекрёсток", "The same house or crossing"),
        "near_house" => (
            true,
            "Тот же дом: корпус или литера указаны не везде",
            "The same house; one leaves the letter or building out",
        ),
        "same_street" => (true, "Та же улица", "The same street"),
        "same_locality" => (true, "Тот же населённый пункт", "The same settlement"),
        "same_words" => (true, "Совпадают слова: {} %", "The same words: {} %"),
        "same_particulars" => (true, "Те же имена, даты или числа", "The same names, dates or numbers"),
        "same_topic" => (true, "Та же тема", "The same topic"),
        "same_subject" => (true, "Речь об одном и том же", "They speak of the same things"),
        "minutes_apart" => (true, "Разница во времени: {} мин", "{} minutes apart"),
        "same_author" => (true, "Тот же автор", "The same author"),
        "same_picture" => (true, "Та же фотография", "The same picture"),
        "accident" => (
            true,
            "Разные жители, одна улица, одно время: похоже на аварию",
            "Different residents, one street, within hours: an accident",
        ),
        "other_house" => (false, "Другой дом на той же улице", "Another house in the same street"),
        "elsewhere" => (false, "Другая улица или населённый пункт", "Another street or settlement"),
        "other_names" => (false, "Названы разные имена", "Other names are named"),
        "placeless" => (
            false,
            "Ничто не говорит, что это одно место: возможно, шаблон",
            "Nothing ties both to one place; it may be a template",
        ),
        "other_subject" => (false, "Речь о разном", "They speak of different things"),
        "other_group" => (false, "Темы из разных групп", "Topics of different groups"),
        "other_municipality" => (false, "Разные муниципалитеты", "Different municipalities"),
        "days_apart" => (false, "Разница во времени: {} дн.", "{} days apart"),
        _ => return None,
    })
}

/// What two incidents are to each other, if they are one problem.
pub fn relation(word: &str, language: Language) -> &'static str {
    let (russian, english) = match word {
        "same_author_repeats" => ("Тот же житель повторяет обращение", "The same resident says it again"),
        "many_of_one_accident" => ("Разные жители об одной аварии", "Different residents about one accident"),
        "same_problem" => ("Об одной и той же проблеме", "About the same problem"),
        _ => ("Не об одном", "Not about the same"),
    };
    match language {
        Language::Russian => russian,
        Language::English => english,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::likeness::Reason;

    #[test]
    fn every_reason_has_its_words() {
        let words = || vec!["батареи".to_owned()];
        let all = [
            Reason::SameHouse,
            Reason::NearHouse,
            Reason::SameStreet,
            Reason::SameLocality,
            Reason::SameWords { share: 0.5, words: words() },
            Reason::SameParticulars { words: words() },
            Reason::SameTopic,
            Reason::SameSubject,
            Reason::MinutesApart { minutes: 7 },
            Reason::SameAuthor,
            Reason::SamePicture,
            Reason::Accident,
            Reason::OtherHouse,
            Reason::Elsewhere,
            Reason::OtherNames,
            Reason::Placeless,
            Reason::OtherSubject,
            Reason::OtherGroup,
            Reason::OtherMunicipality,
            Reason::DaysApart { days: 9 },
        ];
        for reason in all {
            let stored = json!(reason);
            for language in [Language::Russian, Language::English] {
                let view = ReasonView::of(&stored, language, true).unwrap_or_else(|| panic!("{stored} has no words"));
                assert!(!view.text.contains('{'), "{}", view.text);
            }
        }
    }

    #[test]
    fn words_of_residents_are_for_those_who_may_see_them() {
        let stored = json!(Reason::SameWords { share: 0.5, words: vec!["батареи".to_owned()] });
        let words = |sees| ReasonView::of(&stored, Language::Russian, sees).unwrap().words;
        assert_eq!((words(true).len(), words(false).len()), (1, 0));
    }
}
