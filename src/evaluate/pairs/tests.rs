use std::fs;

use super::*;

fn measured(table: &str) -> Result<Pairs, CannotMeasure> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("pairs.csv");
    fs::write(&path, table).unwrap();
    evaluate(&path, &Rarity::default(), &Weights::default())
}

#[test]
fn a_table_is_read_by_its_columns_names() {
    let pairs = measured(
        "\u{feff}label,note,text_b,text_a\r\n\
         same,,\"На Лесной, 5 не горит фонарь\r\nу «Ромашки»\",\"Не горит фонарь на Лесной, 5\"\r\n\
         Template,x,Нет люка,Нет люка\r\n\
         different,x,На Лесной 7 яма,На Лесной 7 нет воды\r\n\
         unclear,x,Яма,Яма во дворе\r\n",
    )
    .unwrap();
    assert_eq!((pairs.same, pairs.different, pairs.template, pairs.unclear), (1, 1, 1, 1));
    assert_eq!((pairs.precision, pairs.recall, pairs.f1), (Some(1.0), Some(1.0), Some(1.0)));
    assert_eq!((pairs.average_precision, pairs.found_by_keys), (Some(1.0), Some(1.0)));
    let printed = pairs.to_string();
    assert!(printed.contains("1 same, 1 different, 1 template, 1 unclear"), "{printed}");
    assert!(serde_json::to_value(&pairs).unwrap()["f1"] == 1.0);
}

#[test]
fn what_is_wrong_with_a_table_is_said() {
    for (table, said) in [
        ("text_a,text_b\nа,б\n", "has no column «label»"),
        ("label,text_b\nsame,б\n", "has no column «text_a»"),
        ("label,text_a,text_b\nsame,а,б\nalike,а,б\n", "record 2: the label «alike»"),
        ("label,text_a,text_b\n", "holds no pairs"),
        ("label,text_a,text_b\nsame,а\n", "cannot read"),
    ] {
        let fault = measured(table).unwrap_err().to_string();
        assert!(fault.contains(said), "{fault}");
    }
    let none = evaluate(Path::new("no-such-file.csv"), &Rarity::default(), &Weights::default()).unwrap_err();
    assert!(matches!(none, CannotMeasure::Read { .. }));
}

fn judged(pairs: &[(Label, f32)]) -> Vec<Judged> {
    pairs.iter().map(|(label, score)| Judged { label: *label, score: *score, meets: *score > 0.3 }).collect()
}

#[test]
fn figures_are_those_of_the_textbook() {
    use Label::{Different, Same, Template, Unclear};
    let pairs = Pairs::of(
        &judged(&[(Same, 0.9), (Different, 0.8), (Same, 0.7), (Unclear, 0.99), (Template, 0.4), (Same, 0.2)]),
        1.0,
    );
    let is = |figure: Option<f64>, wanted: f64| assert!((figure.unwrap() - wanted).abs() < 1e-9, "{figure:?}");
    is(pairs.precision, 2.0 / 3.0);
    is(pairs.recall, 2.0 / 3.0);
    is(pairs.f1, 2.0 / 3.0);
    is(pairs.average_precision, (1.0 + 2.0 / 3.0 + 3.0 / 5.0) / 3.0);
    is(pairs.found_by_keys, 2.0 / 3.0);
}

#[test]
fn what_cannot_be_said_is_not() {
    let none = Pairs::of(&judged(&[(Label::Different, 0.1)]), 1.0);
    assert_eq!((none.precision, none.recall, none.f1, none.average_precision), (None, None, None, None));
    assert!(none.to_string().contains("F1               -"));
}

#[test]
fn the_order_of_pairs_with_one_score_does_not_matter() {
    use Label::{Different, Same};
    let mut pairs = judged(&[(Same, 0.5), (Different, 0.5), (Different, 0.5)]);
    let before = average_precision(&pairs);
    pairs.reverse();
    assert_eq!(average_precision(&pairs), before);
    assert!((before.unwrap() - 1.0 / 3.0).abs() < 1e-9);
}
