use proptest::prelude::*;

use super::*;

fn monday() -> At {
    "2026-01-12T09:00:00+06:00".parse().unwrap()
}

fn minutes(later: i64) -> Option<At> {
    Some(monday().plus_seconds(60 * later))
}

fn sketch(text: &str, known: Circumstances) -> Sketch {
    Sketch::new(text, known, &Rarity::default())
}

fn at(places: &[(&str, Option<&str>)]) -> Circumstances {
    Circumstances {
        places: places.iter().map(|(street, house)| Place::of(street, *house)).collect(),
        ..Circumstances::default()
    }
}

fn score(a: &Sketch, b: &Sketch) -> f32 {
    likeness(a, b, &Weights::default()).score
}

fn meet(a: &Sketch, b: &Sketch) -> bool {
    let keys_of_a = keys(a);
    keys(b).iter().any(|key| keys_of_a.contains(key))
}

const COLD: &str = "Вторые сутки еле тёплые батареи, в комнатах пятнадцать градусов, диспетчер трубку не берёт";
const COLD_TOO: &str = "Когда дадут нормальное отопление? Радиаторы чуть живые, дома спим в свитерах";
const PIT: &str = "Огромная яма прямо перед въездом во двор, второе колесо пробил";
const TEMPLATE: &str =
    "Тротуар не соответствует ГОСТ Р 50597-2017, глубина повреждений более 5 см, прошу устранить за 7 дней";

#[test]
fn a_settlement_is_the_same_with_its_dedication_and_without() {
    let lamp = |locality: &str| {
        let place = Place { locality: Some(locality.to_owned()), ..Place::of("Садовая", None) };
        let known = Circumstances { places: vec![place], ..Circumstances::default() };
        sketch("Сделайте освещение на Садовой, темно", known)
    };
    let alike = |one: &str, other: &str| likeness(&lamp(one), &lamp(other), &Weights::default());
    let same = alike("имени Сергея Лазо", "Сергея Лазо");
    assert!(same.reasons.contains(&Reason::SameStreet) && same.score > Likeness::LIKELY, "{same:?}");
    let other = alike("имени Сергея Лазо", "Дружный");
    assert!(other.reasons.contains(&Reason::Elsewhere), "{other:?}");
}

#[test]
fn the_same_problem_is_told_by_place_and_words() {
    let here: &[(&str, Option<&str>)] = &[("Лесная", Some("12"))];
    for (a, b, places, why) in [
        (COLD, COLD, [here, here], "word for word in one house"),
        (COLD, "У нас 2 сутки батареи еле теплые! Диспетчер не берет трубку", [here, here], "in other words"),
        (
            PIT,
            "Перед въездом во двор огромная яма, пробили колесо",
            [here, &[("Лесная", None)]],
            "one leaves the house out",
        ),
        (
            PIT,
            "Яма перед въездом во двор, пробил колесо",
            [here, &[("лесной", Some("12"))]],
            "another case of the name",
        ),
        (
            "Нет света по всей улице Лесной, темно, фонари не горят",
            "По улице Лесной не горят фонари, полная темнота",
            [&[("Лесная", Some("2"))], &[("Лесная", Some("40"))]],
            "all of the street is meant",
        ),
        (
            "У магазина «Ромашка» третью неделю не вывозят мусор, контейнеры переполнены",
            "Контейнеры возле магазина «Ромашка» переполнены, мусор разлетается",
            [&[], &[]],
            "a name in place of an address",
        ),
    ] {
        let [a, b] = [(a, places[0]), (b, places[1])].map(|(text, places)| sketch(text, at(places)));
        assert!(score(&a, &b) >= Likeness::LIKELY, "{why}: {:?}", likeness(&a, &b, &Weights::default()));
        assert!(meet(&a, &b), "{why}: no key in common");
    }
}

#[test]
fn other_problems_are_kept_apart() {
    let here: &[(&str, Option<&str>)] = &[("Лесная", Some("12"))];
    for (a, b, places, why) in [
        (TEMPLATE, TEMPLATE, [&[][..], &[]], "boilerplate without a place"),
        ("Не вывезен мусор", "Не вывезен мусор", [&[], &[]], "a few words that anybody may write"),
        (COLD, COLD, [here, &[("Лесная", Some("21"))]], "another house"),
        (TEMPLATE, TEMPLATE, [here, &[("Полевая", Some("12"))]], "another street"),
        (COLD, PIT, [here, here], "another problem in the same house"),
        ("На остановке «Заря» разбит павильон", "На остановке «Лётная» разбит павильон", [&[], &[]], "another name"),
        (
            "Прошу включить меня в очередь на субсидию",
            "Прошу включить нашу семью в очередь на субсидию",
            [&[], &[]],
            "each for himself",
        ),
    ] {
        let [a, b] = [(a, places[0]), (b, places[1])].map(|(text, places)| sketch(text, at(places)));
        assert!(score(&a, &b) < Likeness::LIKELY, "{why}: {:?}", likeness(&a, &b, &Weights::default()));
    }
}

/// A change that is made in what is known, by its name.
type Change<'c> = (&'c str, &'c dyn Fn(&mut Circumstances));

#[test]
fn each_sign_moves_the_score_its_way() {
    let here = at(&[("Лесная", Some("12"))]);
    let known = Circumstances {
        topic: Some("heating".into()),
        group: Some("housing".into()),
        municipality: Some("city".into()),
        author: Some("a".into()),
        at: minutes(0),
        pictures: vec![0x1234_5678_9abc_def0],
        ..here.clone()
    };
    let score_with = |change: &dyn Fn(&mut Circumstances)| {
        let mut other = Circumstances { author: None, at: None, pictures: vec![], topic: None, ..known.clone() };
        change(&mut other);
        score(&sketch(COLD, known.clone()), &sketch(COLD_TOO, other))
    };
    let plain = score_with(&|_| {});
    let better: [Change; 5] = [
        ("topic", &|it| it.topic = Some("heating".into())),
        ("author", &|it| it.author = Some("a".into())),
        ("soon", &|it| it.at = minutes(20)),
        ("picture", &|it| it.pictures = vec![0x1234_5678_9abc_def3]),
        ("accident", &|it| (it.author, it.at) = (Some("b".into()), minutes(20))),
    ];
    for (what, change) in better {
        assert!(score_with(change) > plain, "{what}");
    }
    let worse: [Change; 5] = [
        ("group", &|it| it.group = Some("roads".into())),
        ("municipality", &|it| it.municipality = Some("district".into())),
        ("house", &|it| it.places[0].house = Some("14".into())),
        ("street", &|it| it.places[0].street = Some("Полевая".into())),
        ("months apart", &|it| it.at = minutes(60 * 24 * 60)),
    ];
    for (what, change) in worse {
        assert!(score_with(change) < plain, "{what}");
    }
}

#[test]
fn repeating_is_told_from_an_accident() {
    let known = |author: &str, later: i64| Circumstances {
        topic: Some("heating".into()),
        author: Some(author.into()),
        at: minutes(later),
        ..at(&[("Лесная", Some("12"))])
    };
    let relation = |a: Circumstances, b: Circumstances| {
        likeness(&sketch(COLD, a), &sketch(COLD_TOO, b), &Weights::default()).relation
    };
    assert_eq!(relation(known("a", 0), known("a", 30)), Relation::SameAuthorRepeats);
    assert_eq!(relation(known("a", 0), known("b", 30)), Relation::ManyOfOneAccident);
    assert_eq!(relation(known("a", 0), known("b", 60 * 24 * 4)), Relation::SameProblem);
    let elsewhere = Circumstances { places: vec![Place::of("Полевая", Some("1"))], ..known("b", 30) };
    assert_eq!(relation(known("a", 0), elsewhere), Relation::Unrelated);
}

#[test]
fn the_same_street_and_topic_within_hours_is_an_accident() {
    let known = |author: &str, house: &str, later: i64| Circumstances {
        topic: Some("heating".into()),
        author: Some(author.into()),
        at: minutes(later),
        ..at(&[("Лесная", Some(house).filter(|house| !house.is_empty()))])
    };
    let first = sketch(COLD, known("a", "12", 0));
    let soon = likeness(&first, &sketch(COLD_TOO, known("b", "", 40)), &Weights::default());
    assert!(soon.score >= Likeness::LIKELY, "{soon:?}");
    assert!(soon.reasons.contains(&Reason::Accident));
    let late = score(&first, &sketch(COLD_TOO, known("b", "", 60 * 24 * 70)));
    assert!(late < Likeness::LIKELY, "{late}");
}

#[test]
fn the_same_author_elsewhere_does_not_repeat() {
    let known =
        |house: &str| Circumstances {
            author: Some("a".into()), at: minutes(0), ..at(&[("Лесная", Some(house))])
        };
    let (a, b) = (sketch(TEMPLATE, known("2")), sketch(TEMPLATE, known("8")));
    assert!(score(&a, &b) < Likeness::LIKELY);
    assert!(score(&a, &sketch(TEMPLATE, known("2"))) > 0.9);
}

#[test]
fn reasons_say_what_decided() {
    let known = |house: &str| Circumstances { at: minutes(0), ..at(&[("Лесная", Some(house))]) };
    let same = likeness(&sketch(PIT, known("12")), &sketch(PIT, known("12")), &Weights::default());
    assert!(matches!(&same.reasons[0], Reason::SameWords { words, .. } if words.contains(&"колесо".to_owned())));
    assert!(same.reasons.contains(&Reason::SameHouse) && same.reasons.contains(&Reason::MinutesApart { minutes: 0 }));
    let other = likeness(&sketch(PIT, known("12")), &sketch(PIT, known("3")), &Weights::default());
    assert!(other.reasons.contains(&Reason::OtherHouse));
    let nowhere = likeness(&sketch(PIT, at(&[])), &sketch(PIT, at(&[])), &Weights::default());
    assert!(nowhere.reasons.contains(&Reason::Placeless), "{nowhere:?}");
}

#[test]
fn houses_and_crossings_are_compared_as_people_write_them() {
    let place = |house: &str| sketch(PIT, at(&[("Лесная", Some(house))]));
    let sign = |a: &Sketch, b: &Sketch, name: &str| features(a, b).get(name);
    assert_eq!(sign(&place("12А"), &place("12 а"), "same_house"), 1.0);
    assert_eq!(sign(&place("12"), &place("12/1"), "near_house"), 1.0);
    assert_eq!(sign(&place("12а"), &place("12б"), "other_house"), 1.0);
    assert_eq!(sign(&place("1"), &place("12"), "other_house"), 1.0);
    let crossing = |a: &str, b: &str| {
        let place = Place { crossing: Some(b.into()), ..Place::of(a, None) };
        sketch(PIT, Circumstances { places: vec![place], ..Circumstances::default() })
    };
    assert_eq!(sign(&crossing("Лесная", "Полевая"), &crossing("Полевая", "Лесная"), "same_house"), 1.0);
    assert_eq!(sign(&crossing("Лесная", "Полевая"), &crossing("Полевая", "Речная"), "elsewhere"), 1.0);
    assert_eq!(sign(&crossing("Лесная", "Полевая"), &place("12"), "same_street"), 1.0);
}

#[test]
fn numbers_of_norms_and_measures_make_nothing_particular() {
    let particular = |text: &str| features(&sketch(text, at(&[])), &sketch(text, at(&[]))).get("particulars");
    assert_eq!(particular(TEMPLATE), 0.0);
    assert_eq!(particular("Жду 12 дней, 3 человека, 150 руб"), 0.0);
    assert!(particular("Приём 28.05 в 14:30 так и не состоялся") > 0.5);
    assert!(particular("Забор у школы «Росток» упал") > 0.5);
}

#[test]
fn a_city_learns_which_words_are_common() {
    let texts: Vec<String> = (0..2000).map(|n| format!("Просим ямобур на участок {n}, улица Тёплая")).collect();
    let rarity = Rarity::of(texts.iter().map(String::as_str));
    assert!(rarity.weight("ямобур") < 0.5 * Rarity::default().weight("ямобур"));
    assert!(rarity.weight("водолаз") > rarity.weight("ямобур"));
    let kept: Rarity = serde_json::from_str(&serde_json::to_string(&rarity).unwrap()).unwrap();
    assert_eq!(kept, rarity);
}

fn judged(count: usize, same: bool) -> Vec<(Features, bool)> {
    let (a, b) = (sketch(COLD, at(&[("Лесная", Some("12"))])), sketch(COLD, at(&[("Лесная", Some("14"))])));
    vec![(features(&a, &b), same); count]
}

#[test]
fn a_few_odd_merges_turn_nothing_over_and_many_move_it() {
    let apart = judged(1, true)[0].0;
    let mut weights = Weights::default();
    let before = weights.probability(&apart);
    for (features, same) in judged(5, true) {
        weights.correct(&features, same);
    }
    let after = weights.probability(&apart);
    assert!(after > before && after < Likeness::LIKELY, "{before} became {after}");
    for (features, same) in judged(20_000, true) {
        weights.correct(&features, same);
    }
    assert!(weights.get("other_house") <= -1.6, "another house speaks against whatever was merged");
    weights.learn(&judged(5, true));
    assert!(weights.probability(&apart) < Likeness::LIKELY);
    assert!(weights.probability(&apart) > before);
}

#[test]
fn boilerplate_stays_none_whatever_was_merged() {
    let (a, b) = (sketch(TEMPLATE, at(&[])), sketch(TEMPLATE, at(&[])));
    let mut weights = Weights::default();
    weights.learn(&vec![(features(&a, &b), true); 3_000]);
    assert!(likeness(&a, &b, &weights).score < Likeness::LIKELY);
}

#[test]
fn learning_in_batch_does_not_depend_on_the_order() {
    let mut all = judged(20, true);
    all.extend(judged(30, false));
    let (mut one, mut other) = (Weights::default(), Weights::default());
    one.learn(&all);
    all.reverse();
    other.learn(&all);
    for name in FEATURES {
        assert!((one.get(name) - other.get(name)).abs() < 1e-4, "{name}");
    }
}

#[test]
fn weights_are_kept_by_name_and_within_their_bounds() {
    let kept = serde_json::to_value(Weights::default()).unwrap();
    assert_eq!(kept["weights"]["same_house"], 3.2_f32);
    assert_eq!(serde_json::from_value::<Weights>(kept).unwrap(), Weights::default());
    let odd: Weights = serde_json::from_str(r#"{"bias": 900, "weights": {"same_house": -50, "unheard": 3}}"#).unwrap();
    assert_eq!(odd.get("same_house"), 1.6);
    assert_eq!(odd.get("words"), Weights::default().get("words"));
}

#[test]
fn keys_are_stored_and_must_not_change() {
    let known =
        Circumstances { topic: Some("heating".into()), pictures: vec![7], ..at(&[("Лесная", Some("12"))]) };
    let keys = keys(&sketch("Холодные батареи у магазина «Ромашка»", known));
    insta::assert_compact_debug_snapshot!(keys, @"[-6241225087261530472, -5850652107407088262, -3701548427967045026, -3642187622322833812, -3224619093359713687, -12665261792265911, 1573870849939262520, 2961280698908656422, 3478007097398620451, 4335428185599729069, 4512703256905662223, 5539750218479653504, 6083812193389312749, 6901649011434775979, 8166815309574727322, 8329404387560899195]");
}

fn any_sketch() -> impl Strategy<Value = Sketch> {
    let text = prop_oneof![
        "\\PC{0,80}",
        "((Яма|вода|Нет|света|не|вывозят|Мусор|улица|Лесная|дом|12|28\\.05|ГОСТ|«Ромашка»)[ ,.!]){0,25}",
    ];
    let place = (
        prop::option::of("[а-в]"),
        prop::option::of("[а-г]"),
        prop::option::of("[1-3][аб]?"),
        prop::option::of("[а-г]"),
    );
    let place = place.prop_map(|(locality, street, house, crossing)| Place { locality, street, house, crossing });
    let names =
        (prop::option::of("[ab]"), prop::option::of("[ab]"), prop::option::of("[ab]"), prop::option::of("[ab]"));
    let rest = (prop::option::of(-200_000_i64..200_000), prop::collection::vec(any::<u64>(), 0..3));
    (text, prop::collection::vec(place, 0..4), names, rest).prop_map(|(text, places, names, (later, pictures))| {
        let (topic, group, municipality, author) = names;
        let at = later.and_then(minutes);
        sketch(&text, Circumstances { places, topic, group, municipality, at, author, pictures })
    })
}

proptest! {
    #[test]
    fn likeness_is_a_probability_and_has_no_order(a in any_sketch(), b in any_sketch()) {
        let (one, other) = (likeness(&a, &b, &Weights::default()), likeness(&b, &a, &Weights::default()));
        prop_assert!((0.0..=1.0).contains(&one.score));
        prop_assert!((one.score - other.score).abs() < 1e-5);
        prop_assert_eq!(one.relation, other.relation);
    }

    #[test]
    fn nothing_is_more_like_than_itself_in_its_place(
        a in any_sketch(), b in any_sketch(), text in "((яма|мусор|лифт|батарея|Ромашка|забор) ){3,9}",
    ) {
        let here = sketch(&text, at(&[("Лесная", Some("12"))]));
        let own = score(&here, &here);
        prop_assert!(own >= Likeness::LIKELY);
        let stripped = |it: &Sketch| Sketch { known: Circumstances::default(), ..it.clone() };
        prop_assert!(score(&here, &stripped(&a)) <= own + 1e-5);
        prop_assert!(score(&here, &stripped(&b)) <= own + 1e-5);
    }

    #[test]
    fn keys_are_few_stable_and_shared_with_itself(a in any_sketch()) {
        let found = keys(&a);
        prop_assert!(found.len() <= MOST_KEYS);
        prop_assert!(found.is_sorted());
        prop_assert_eq!(&found, &keys(&a));
        let kept: Sketch = serde_json::from_str(&serde_json::to_string(&a).unwrap()).unwrap();
        prop_assert_eq!(found, keys(&kept));
    }

    #[test]
    fn a_word_changed_in_a_long_text_still_meets(n in 0_usize..9) {
        let words = ["Третий", "день", "после", "урагана", "возле", "магазина", "лежит", "поваленный", "тополь"];
        let changed: Vec<&str> = words.iter().enumerate().map(|(at, word)| if at == n { "берёза" } else { *word }).collect();
        prop_assert!(meet(&sketch(&words.join(" "), at(&[])), &sketch(&changed.join(" "), at(&[]))));
    }
}
