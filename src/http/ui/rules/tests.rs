use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use super::*;
use crate::app::networks::Known;
use crate::channels::networks;
use crate::desk::pages::{Networks as _, ReadError};
use crate::desk::{Error, password};
use crate::domain::map::Bounds;
use crate::domain::policy::doc::PolicyDoc;
use crate::domain::policy::{Amendment, MunicipalityPattern, SeverityPattern, check, files, fixture};
use crate::domain::refusal::Faults;
use crate::domain::sla::{Base, Target};
use crate::domain::statistics::Period;
use crate::domain::{At, CloseReason, Keys, Permission, Refusal, publication, wording};
use crate::http::json::parse;
use crate::http::problem::Problem;
use crate::http::ui::parts;
use crate::table;

fn russian(said: &str) -> Option<String> {
    Words::of(Language::Russian).rule(said).map(Cow::into_owned)
}

#[track_caller]
fn told(said: &str) -> String {
    russian(said).unwrap_or_else(|| panic!("not known in Russian: {said}"))
}

#[test]
fn the_whole_sentence_decides_and_the_exact_one_wins() {
    assert_eq!(told("there is no such incident"), "Такого обращения нет.");
    assert_eq!(told("there is no such comet"), "Такого нет: comet.");
    assert_eq!(told("there is no such key; GET /api/v1/networks lists them"), "такого ключа у этой сети нет");
    assert_eq!(told("there is no topic \"snow\""), "темы «snow» нет");
    for unknown in
        ["", "must have", "must have 3 to 10 characters!", "so must have 3 to 10 characters", "is need", "ой"]
    {
        assert_eq!(russian(unknown), None, "{unknown}");
    }
}

#[test]
fn numbers_take_their_plural_forms() {
    let length = |from: i64, to: i64| told(&format!("must have {from} to {to} characters"));
    assert_eq!(length(3, 1000), "нужно от 3 до 1000 знаков");
    assert_eq!(length(2, 21), "нужно от 2 до 21 знака");
    assert_eq!(length(0, 1000), "не больше 1000 знаков");
    let cells = |count: i64| told(&format!("{count} cells, but the header has 3"));
    assert_eq!(cells(1), "1 ячейка, а столбцов в заголовке — 3");
    assert_eq!(cells(2), "2 ячейки, а столбцов в заголовке — 3");
    assert_eq!(cells(12), "12 ячеек, а столбцов в заголовке — 3");
}

#[test]
fn what_is_filled_in_stays_as_it_was() {
    assert_eq!(told("there is no topic \"0070\""), "темы «0070» нет");
    assert_eq!(told("there is no topic \"+7\""), "темы «+7» нет");
    assert_eq!(told("there is no topic \"\""), "темы «» нет");
    assert_eq!(told("there is no topic \"a \"b\" { $c }\""), "темы «a \"b\" { $c }» нет");
    let evil = "there is no topic \"<b onclick=alert(1)>&\"";
    assert_eq!(told(evil), "темы «<b onclick=alert(1)>&» нет");
    let drawn = parts::rule(Words::of(Language::Russian), evil).into_string();
    assert_eq!(drawn, "темы «&lt;b onclick=alert(1)&gt;&amp;» нет");
    let drawn = parts::rule(Words::of(Language::Russian), "<i>new</i>").into_string();
    assert_eq!(drawn, "<span lang=\"en\">&lt;i&gt;new&lt;/i&gt;</span>");
}

#[test]
fn a_sentence_may_stand_in_another() {
    assert_eq!(told("\"main\": unknown time zone \"Omsk\""), "«main»: часового пояса «Omsk» нет");
    assert_eq!(told("mon: \"9-18\" is not a window: write it as 09:00-13:00"), told_of_monday());
    assert_eq!(told("«Лист 1»: /title: is needed"), "лист «Лист 1»: Название: нужно заполнить");
    assert_eq!(russian("mon: something else"), None);
    // However often it repeats itself, it is told soon that it is none.
    assert_eq!(russian(&"mon: \"x\": ".repeat(20_000)), None);
}

fn told_of_monday() -> String {
    "Понедельник: «9-18» — не промежуток: напишите его как 09:00-13:00".to_owned()
}

#[test]
fn english_is_what_was_said() {
    for said in ["must have 3 to 10 characters", "whatever it is"] {
        assert_eq!(Words::of(Language::English).rule(said).as_deref(), Some(said));
    }
}

#[test]
fn fields_are_named() {
    let russian = |pointer: &str| Words::of(Language::Russian).field(pointer).map(Cow::into_owned);
    assert_eq!(russian("/reason").as_deref(), Some("Причина"));
    assert_eq!(russian("/place/house").as_deref(), Some("Дом"));
    assert_eq!(russian("/despite/0").as_deref(), Some("Несмотря на"));
    assert_eq!(russian("/organisation").as_deref(), Some("Организация"));
    assert_eq!(russian("organisation").as_deref(), Some("Организация и подчинённые"));
    for nothing in ["", "/", "/7", "/keys/token"] {
        assert_eq!(russian(nothing), None, "{nothing}");
    }
    assert_eq!(Words::of(Language::English).field("/reason").as_deref(), Some("Reason"));
}

/// Every sentence, with something filled in, is found as itself, and nothing is left to fill in in either language.
#[test]
fn every_sentence_is_found_as_itself() {
    for sentence in &*SENTENCES {
        let fill = |name: &str| match name {
            "said" => "is needed",
            "field" => "/reason",
            "step" => "closed",
            _ => "7",
        };
        let said: String = sentence.pieces.iter().fold(String::new(), |said, piece| match piece {
            Piece::Said(text) => said + text,
            Piece::Filled(name) => said + fill(name),
        });
        let found = SENTENCES.iter().find(|one| one.filled(&said).is_some()).expect("one is found");
        assert_eq!(found.message, sentence.message, "{said}");
        let told = told(&said);
        assert!(!told.contains("{ $") && !told.contains("{$"), "{told}");
        let neighbours = sentence.pieces.windows(2).filter(|pair| matches!(pair, [Piece::Filled(_), Piece::Filled(_)]));
        assert_eq!(neighbours.count(), 0, "{}: nothing stands between two variables", sentence.message);
    }
}

fn messages(refusal: Refusal) -> Vec<String> {
    match refusal {
        Refusal::Invalid(faults) => faults.into_iter().map(|fault| fault.message).collect(),
        other => vec![other.to_string()],
    }
}

/// What the check of a policy finds once `spoil` is through with it.
fn found(spoil: impl FnOnce(&mut PolicyDoc)) -> Vec<String> {
    let mut doc = fixture::doc();
    spoil(&mut doc);
    check::check(&doc).into_iter().map(|finding| finding.message).collect()
}

/// How often each list says something, so that a test that finds nothing fails.
fn all_known(lists: Vec<(&'static str, Vec<String>)>) {
    let mut unknown = BTreeMap::new();
    for (whose, said) in lists {
        assert!(!said.is_empty(), "{whose} say nothing");
        for said in said {
            match russian(&said) {
                Some(told) => assert_ne!(told, said),
                None => _ = unknown.insert(said, whose),
            }
        }
    }
    assert!(unknown.is_empty(), "{unknown:#?}");
}

#[test]
fn rules_of_the_city_are_known() {
    let text = |text: &str| text.to_owned();
    all_known(vec![
        ("cities", found(|doc| (doc.city.id, doc.city.zone) = ("Пруд".into(), "Omsk".into()))),
        ("roots", found(|doc| doc.city.controller = "nobody".into())),
        ("lives", found(|doc| (doc.city.life.max_rounds, doc.city.life.author_wait) = (0, "59m".into()))),
        ("waits", found(|doc| doc.city.life.author_wait = "soon".into())),
        ("topics", found(|doc| doc.topics[2].severity = 0)),
        ("twins", found(|doc| doc.topics[3].id = "cold".into())),
        ("titles", found(|doc| doc.topics[3].title = "ЯМЫ на дорогах".into())),
        ("aliases", found(|doc| doc.topic_aliases[0].topic = "ghost".into())),
        ("keywords", found(|doc| doc.topics[0].keywords.push("—".into()))),
        ("places", found(|doc| doc.municipalities[1].lat = Some(91.5))),
        ("routes", found(|doc| doc.routes[9].municipality = MunicipalityPattern::Is("pond".into()))),
        ("ways", found(|doc| doc.routes.clear())),
        ("executors", found(|doc| doc.executors[0].executor = "hall".into())),
        ("terms", found(|doc| doc.terms[3].severity = SeverityPattern::Any)),
        ("severities", found(|doc| doc.terms[3].severity = SeverityPattern::Exactly(0))),
        ("targets", found(|doc| doc.terms[2].target = "7h".into())),
        ("all terms", found(|doc| doc.terms.clear())),
        ("warnings", found(|doc| doc.terms[2].warnings = vec![0])),
        ("shares", found(|doc| doc.terms[2].warnings = vec![20, 50])),
        ("short days", found(|doc| doc.calendars[0].short = Some("early".into()))),
        ("windows", found(|doc| doc.calendars[0].week.mon = vec!["9-18".into(), "09:00-09:00".into()])),
        ("overlaps", found(|doc| doc.calendars[0].week.mon = vec!["09:00-18:00".into(), "10:00-11:00".into()])),
        ("weeks", found(|doc| doc.calendars[0].week = Default::default())),
        ("days", {
            let days = fixture::doc().calendars[0].days.clone();
            found(move |doc| doc.calendars[0].days.extend(days))
        }),
        ("okrugs", found(|doc| doc.streets[0].okrug = Some("right".into()))),
        ("streets", found(|doc| doc.houses[0].street = "улица Труда".into())),
        ("houses", found(|doc| doc.houses[0].house = "дом".into())),
        ("amendments", {
            let dropped = Amendment { drop_terms: vec![text("x"), text("x")], ..Amendment::default() };
            let faults = [Amendment::default(), dropped].map(|one| one.apply(&fixture::doc()).unwrap_err());
            faults.into_iter().flatten().map(|fault| fault.message).collect()
        }),
        ("rows of days", {
            let rows = "date,kind\nnever,holiday\n2026-01-01,feast\n2026-01-02\n,holiday\n";
            let heads = ["date,sort\n", "date,date,kind\n"];
            let faults = [rows, heads[0], heads[1]].map(|table| files::read_days(table).unwrap_err());
            faults.into_iter().flatten().map(|fault| fault.message).collect()
        }),
        ("patterns", {
            let kind = "kind:village".parse::<MunicipalityPattern>().unwrap_err().to_string();
            vec![kind, "bad".parse::<SeverityPattern>().unwrap_err().to_string()]
        }),
        ("durations", {
            let bad =
                [("soon", Base::Working), ("5h", Base::CalendarDays), ("5d", Base::Working), ("0h", Base::Working)];
            bad.iter().map(|(text, base)| Target::parse(text, *base).unwrap_err().to_string()).collect()
        }),
    ]);
}

#[test]
fn rules_of_the_work_are_known() {
    let text = |text: &str| text.to_owned();
    let length = |range| {
        let mut faults = Faults::default();
        faults.length("", range, "/reason");
        messages(faults.settle().unwrap_err())
    };
    let moved = Refusal::IllegalMove {
        action: crate::domain::Action::ALL[0],
        step: crate::domain::Step::Closed,
        legal: vec![crate::domain::Action::ALL[1]],
    };
    let now = At::now();
    let period = |from, to| messages(Period::read(Some(from), Some(to), &TimeZone::UTC, now).unwrap_err());
    let keys =
        |keys: &[(&str, &str)]| Keys(keys.iter().map(|(name, key)| ((*name).to_owned(), (*key).to_owned())).collect());
    let given = keys(&[("secret", "?"), ("application_key", "a"), ("channel", "x"), ("strange", "a")]);
    let networks = networks::ALL.iter().flat_map(|one| {
        let faults = Known.faults(one.name(), "«ой»", Some(&given)).into_iter().map(|fault| fault.message);
        faults.chain(one.check_keys("«ой»", &given).map_err(messages).unwrap_err()).collect::<Vec<_>>()
    });
    let published = |text: &str| {
        let mut faults = Faults::default();
        publication::check(&mut faults, text, &[]);
        messages(faults.settle().unwrap_err())
    };
    let wordings = ["{", "}", "{ой}"].map(|text| wording::check(text).unwrap_err().to_string());
    let json = |body: &str| parse::<PolicyDoc>(body.as_bytes()).unwrap_err();
    let sent = |problem: Problem| match problem.faults() {
        [] => vec![problem.detail().to_owned()],
        faults => faults.iter().map(|fault| fault.message.clone()).collect(),
    };
    all_known(vec![
        ("lengths", length(3..=1000)),
        ("refusals", {
            let refusals = [moved, Refusal::OwnAnswer, Refusal::SlowDown(3), Refusal::Forbidden(Permission::Triage)];
            refusals.iter().map(ToString::to_string).collect()
        }),
        ("errors", {
            let stale = Error::Stale { current: 3 };
            let same = diesel::result::DatabaseErrorKind::UniqueViolation;
            let same = diesel::result::Error::DatabaseError(same, Box::new(String::new()));
            let stale_problem = Problem::from(Error::Stale { current: 3 }).detail().to_owned();
            vec![
                stale.to_string(),
                stale_problem,
                Error::from(same).to_string(),
                Error::NotFound("incident").to_string(),
            ]
        }),
        (
            "passwords",
            match password::hash("ivan", "ivan", "/password") {
                Err(Error::Refused(refusal)) => messages(refusal),
                _ => Vec::new(),
            },
        ),
        (
            "periods",
            [period("2025-13", "x"), period("2025-02-01", "2025-01-01"), period("1990-01", "2025-01")].concat(),
        ),
        ("bounds", vec!["x".parse::<Bounds>().unwrap_err().to_string()]),
        ("words", vec!["x".parse::<CloseReason>().unwrap_err().to_string()]),
        ("wordings", wordings.to_vec()),
        ("networks", networks.collect()),
        ("phones", published("Звоните 8 913 123-45-67 или пишите на anna@example.org")),
        ("questions", published("Пришлите ваш номер телефона и адрес")),
        ("tables", vec![ReadError::TooLong.to_string(), ReadError::from(table::ReadError::Kind).to_string()]),
        (
            "documents",
            [sent(json("{")), sent(json("{\"city\": 7}")), sent(json("{\"a\": 1,}")), sent(json("{}"))].concat(),
        ),
        ("statuses", {
            let statuses = [404u16, 405, 408, 413, 415, 400].map(|status| status.try_into().unwrap());
            statuses.map(|status| Problem::of_status(status).detail().to_owned()).to_vec()
        }),
        ("concerns", {
            let codes = crate::domain::answer::ConcernCode::ALL.iter();
            codes.flat_map(|code| [code.to_string(), format!("{code}: \"{}\"", text("ой"))]).collect()
        }),
    ]);
}
