use std::collections::{HashMap, HashSet};

use super::*;
use crate::domain::place::Gazetteer;
use crate::domain::policy::doc::AnswerBounds;
use crate::domain::policy::fixture;
use crate::domain::{AnswerKind, Kind, Outcome};

fn gazetteer() -> Gazetteer {
    let doc = fixture::doc();
    Gazetteer::new(&doc.streets, &doc.houses, &doc.municipalities, &doc.okrugs)
}

/// What speaks against a text, as code, severity and piece.
fn against(text: &str, outcome: Outcome) -> Vec<(ConcernCode, Severity, String)> {
    judged(text, outcome, &HashMap::new(), &HashSet::new())
}

fn judged(
    text: &str,
    outcome: Outcome,
    repeated: &HashMap<i64, usize>,
    templates: &HashSet<i64>,
) -> Vec<(ConcernCode, Severity, String)> {
    let case = Case {
        kind: AnswerKind::Final,
        outcome: Some(outcome),
        matter: Kind::Solvable,
        authors: &["Анна Сергеевна Ветрова".to_owned()],
        said: &["Мой телефон 8 913 000-11-22".to_owned()],
        contacts: &["8 (3812) 78-78-78".to_owned()],
        templates,
        repeated,
        bounds: AnswerBounds::default(),
    };
    let found = concerns(&Reading::new(text, &gazetteer()), &case);
    for concern in &found {
        let characters: String = text.chars().skip(concern.from).take(concern.to - concern.from).collect();
        assert!(concern.piece.is_empty() || concern.piece == characters, "{concern:?}");
    }
    found.into_iter().map(|concern| (concern.code, concern.severity, concern.piece)).collect()
}

fn pieces(text: &str, code: ConcernCode) -> Vec<String> {
    against(text, Outcome::Explained)
        .into_iter()
        .filter(|(found, ..)| *found == code)
        .map(|(.., piece)| piece)
        .collect()
}

#[test]
fn a_plain_answer_with_its_facts_is_fine() {
    for text in [
        "Здравствуйте! Яму на улице Мира, 5а засыпали 10 ноября.",
        "Добрый день! По улице Мира, 7 заменим трубу до 28 декабря, воду подадим в 18:00.",
        "Позвоните диспетчеру: 8 (3812) 78-78-78, заявку примут в течение часа.",
    ] {
        assert_eq!(against(text, Outcome::Resolved), [], "{text}");
    }
}

#[test]
fn empty_phrases_are_found_in_any_case_and_ending() {
    assert_eq!(pieces("Вопрос находится на контроле.", ConcernCode::EmptyPhrase), ["находится на контроле"]);
    assert_eq!(
        pieces("Работы 10 ноября проведут В КРАТЧАЙШИЕ СРОКИ и в рамках компетенций.", ConcernCode::EmptyPhrase),
        ["В КРАТЧАЙШИЕ СРОКИ", "в рамках компетенций"]
    );
    assert_eq!(pieces("Контроль качества воды провели 10 ноября.", ConcernCode::EmptyPhrase), [] as [&str; 0]);
}

#[test]
fn an_answer_of_nothing_but_phrases_is_told_from_one_that_says_something() {
    let empty = |text: &str| !pieces(text, ConcernCode::EmptyAnswer).is_empty();
    assert!(empty("Ваше обращение рассмотрено в установленном порядке, меры приняты. Вопрос на контроле."));
    assert!(!empty("Ваше обращение рассмотрено: яму засыпали."));
    assert!(!empty("Ваше обращение рассмотрено, приедем завтра."));
    assert!(!empty("Запишитесь на приём по телефону."));
}

#[test]
fn a_confirmed_fact_wants_a_date() {
    let of = |text: &str, outcome| {
        let mut found = against(text, outcome);
        found.retain(|(code, ..)| *code == ConcernCode::MissingDate);
        found.into_iter().map(|(_, severity, _)| severity).collect::<Vec<_>>()
    };
    assert_eq!(of("Труба старая, её нужно менять.", Outcome::NotResolved), [Severity::Forbidden]);
    assert_eq!(of("Факт подтвердился, яму засыплем.", Outcome::Explained), [Severity::Forbidden]);
    assert_eq!(of("Двор включён в план ремонта.", Outcome::Explained), [Severity::Forbidden]);
    assert_eq!(of("Факт не подтвердился: воду подают.", Outcome::Explained), []);
    assert_eq!(of("Яму засыпали.", Outcome::Resolved), [Severity::Warning]);
    for dated in ["до 28 декабря", "28.12.2026", "в течение трёх дней", "завтра", "до конца недели", "во II квартале"]
    {
        assert_eq!(of(&format!("Факт подтвердился, заменим трубу {dated}."), Outcome::NotResolved), [], "{dated}");
    }
}

#[test]
fn a_third_person_is_neither_the_author_nor_in_office() {
    let named = |text: &str| pieces(text, ConcernCode::ThirdPerson);
    assert_eq!(named("Ваш сосед Пётр Ильич Громов бросает мусор."), ["Пётр Ильич Громов"]);
    assert_eq!(named("Мусор бросает Иван Громов, дворник его видел."), ["Иван Громов"]);
    assert_eq!(named("Анна Сергеевна, яму засыпали 10 ноября."), [] as [&str; 0]);
    assert_eq!(named("Начальник участка Громов Пётр Ильич проверил двор."), [] as [&str; 0]);
    assert_eq!(named("Работу принял П. И. Громов, главный инженер."), [] as [&str; 0]);
    assert_eq!(named("Телефон соседа 8 913 555-66-77."), ["8 913 555-66-77"]);
    assert_eq!(named("Позвоним вам по номеру 8(913)000-11-22."), [] as [&str; 0]);
    assert_eq!(named("На улице Ивана Громова сухо."), [] as [&str; 0]);
}

#[test]
fn a_blank_that_is_left_is_refused() {
    let found = against("Яму засыпем до {date}, {имя}.", Outcome::Resolved);
    assert_eq!(found[0], (ConcernCode::UnfilledBlank, Severity::Refused, "{date}".to_owned()));
}

#[test]
fn sentences_are_the_same_whatever_their_facts() {
    let gazetteer = gazetteer();
    let prints = |text: &str| Reading::new(text, &gazetteer).prints();
    let one = prints("Здравствуйте! Яму у дома по адресу улица Мира, 5а засыпали щебнем 10 ноября.");
    let other = prints("Добрый день! Яму у дома по адресу улица Мира, 7 засыпали щебнем 3 декабря 2026 года.");
    assert_eq!(one.len(), 1);
    assert_eq!(one, other);
    assert_ne!(one, prints("Фонарь у дома по адресу улица Мира, 7 заменили электрики 3 декабря."));
}

#[test]
fn the_same_to_many_counts_unless_it_is_a_template_with_facts() {
    let text = "Работы по вашему адресу закончены подрядчиком 10 ноября.";
    let bare = "Работы по вашему адресу закончены подрядчиком.";
    let gazetteer = gazetteer();
    let prints = Reading::new(text, &gazetteer).prints();
    assert_eq!(prints, Reading::new(bare, &gazetteer).prints());
    let (many, few) =
        (prints.iter().map(|print| (*print, 5)).collect(), prints.iter().map(|print| (*print, 4)).collect());
    let (template, none) = (prints.iter().copied().collect(), HashSet::new());
    let identical = |text: &str, repeated: &HashMap<i64, usize>, templates: &HashSet<i64>| {
        judged(text, Outcome::Resolved, repeated, templates)
            .iter()
            .any(|(code, ..)| *code == ConcernCode::IdenticalToMany)
    };
    assert!(identical(text, &many, &none));
    assert!(!identical(text, &few, &none));
    assert!(!identical(text, &many, &template));
    assert!(identical(bare, &many, &template));
    // Two further sentences of one's own outweigh it.
    let own =
        format!("{text} Щебень привезли со склада на Мира. Бригада вернётся проверить покрытие весной 2027 года.");
    assert!(!identical(&own, &many, &none));
}

#[test]
fn what_belongs_to_another_incident_is_left_blank() {
    let text = "{Здравствуйте|Добрый день}, Анна! По сообщению № 17 на улице Мира, 5а 10 ноября в 18:00 заменили 3 лампы. \
                Мастер Громов Пётр Ильич, 8 913 555-66-77.";
    let facts = facts_in(text, &gazetteer());
    let draft = blanked(text, &facts, 17, &["Анна Ветрова".to_owned()]);
    assert_eq!(
        draft,
        "{Здравствуйте|Добрый день}, {name}! По сообщению № {number} на {place} {date} в {time} заменили {figure} лампы. \
         Мастер {person}, {contact}."
    );
    assert_eq!(crate::domain::wording::check(&draft), Ok(()));
}
