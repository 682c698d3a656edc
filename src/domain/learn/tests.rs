use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;

const WAYS: [(&str, &str, [&str; 4]); 4] = [
    ("ямы", "дороги", ["яма на дороге", "разбит асфальт", "выбоина на проезжей части", "дорога в ямах"]),
    ("снег", "дороги", ["не чистят снег", "сугробы у подъезда", "двор завален снегом", "снег не вывозят"]),
    ("вода", "жкх", ["нет горячей воды", "отключили воду", "из крана ржавая вода", "вода еле теплая"]),
    ("свет", "энергетика", ["не горит фонарь", "темно на улице", "нет освещения", "фонари не работают"]),
];

/// Texts of four subjects, each said in many ways.
fn examples(number: usize) -> Vec<Example<'static>> {
    let one = |at: usize| {
        let (label, parent, ways) = WAYS[at % 4];
        let (first, second) = (ways[at / 4 % 4], ways[(at / 4 + 1 + at % 2) % 4]);
        Example {
            text: format!("Добрый день, {first}, {second}, дом {at}").into(),
            label: label.into(),
            parent: Some(parent.into()),
            family: Some(at as u64 / 2),
        }
    };
    (0..number).map(one).collect()
}

fn known(label: &str, title: &str, keywords: &[&str]) -> Known {
    let keywords = keywords.iter().map(|keyword| (*keyword).to_owned()).collect();
    Known { label: label.to_owned(), title: title.to_owned(), keywords, ..Known::default() }
}

fn trained(number: usize) -> Model {
    Model::train(&examples(number), &[])
}

#[test]
fn what_was_decided_is_proposed_with_the_words_that_spoke_for_it() {
    let model = trained(80);
    let ranked = model.rank("Почему опять нет горячей воды?", 3);
    assert_eq!(ranked[0].label, "вода");
    assert!(ranked[0].probability > 0.8, "{ranked:?}");
    assert!(ranked[0].words.contains(&"воды".to_owned()), "{ranked:?}");
    assert_eq!(ranked.len(), 3);
    assert_eq!(model.rank_parents("Сугробы и снег, не чистят", 1)[0].label, "дороги");
}

#[test]
fn probabilities_are_no_more_than_one_together() {
    let model = trained(80);
    for text in ["", "!!!", "яма", "Совсем другое, о чем никто не писал"] {
        let sum: f32 = model.rank(text, 10).iter().map(|one| one.probability).sum();
        assert!((0.5..1.0001).contains(&sum), "{text}: {sum}");
        let parents: f32 = model.rank_parents(text, 10).iter().map(|one| one.probability).sum();
        assert!((0.5..1.0001).contains(&parents), "{text}: {parents}");
    }
}

#[test]
fn figures_are_of_texts_it_had_not_seen() {
    let model = trained(80);
    let figures = model.held_back();
    assert_eq!((figures.n, figures.labels), (80, 4));
    assert!(figures.accuracy > 0.9 && figures.top3 >= figures.accuracy, "{figures:?}");
    assert!(model.threshold(0.9).is_some());
    assert_eq!(model.threshold(1.1), None);
    assert!(model.curve().windows(2).all(|pair| pair[0].coverage < pair[1].coverage));
    assert!((model.curve().last().unwrap().coverage - 1.0).abs() < 1e-6);
}

#[test]
fn the_same_examples_make_the_same_model_on_any_number_of_threads() {
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| trained(60)).to_bytes()
    };
    assert!(on(1) == on(3));
}

#[test]
fn a_correction_counts_at_once() {
    let mut model = trained(80);
    let text = "Яма на дороге, а в ней вода и снег";
    for label in ["вода", "снег", "ливневка", "ямы"] {
        model.correct(text, label);
        assert_eq!(model.rank(text, 1)[0].label, label);
    }
    let before = model.rank("Шум от дискотеки всю ночь", 1);
    model.correct("Шум от дискотеки, не спим всю ночь", "шум");
    let after = model.rank("Шум от дискотеки всю ночь", 1);
    assert_ne!(before[0].label, "шум");
    assert_eq!(after[0].label, "шум");
    assert_eq!(model.rank("Нет горячей воды", 1)[0].label, "вода", "what was learned before stays");
}

#[test]
fn a_topic_without_examples_is_proposed_from_its_name_and_keywords() {
    let dogs = known("dogs", "Бездомные животные", &["бродяч собак", "стая собак"]);
    for model in [Model::train(&examples(80), std::slice::from_ref(&dogs)), {
        let mut model = trained(80);
        model.know(&dogs);
        model
    }] {
        let ranked = model.rank("Стая бродячих собак кидается на детей", 2);
        assert!(ranked.iter().any(|one| one.label == "dogs"), "{ranked:?}");
    }
    let alone = Model::train(&[], &[dogs, known("noise", "Шум ночью", &[])]);
    assert_eq!(alone.rank("Стая собак", 1)[0].label, "dogs");
    assert_eq!(alone.rank("Ночью шум", 1)[0].label, "noise");
    assert!(Model::train(&[], &[]).rank("Стая собак", 3).is_empty());
}

#[test]
fn a_model_is_stored_and_read_as_it_was() {
    let mut model = trained(60);
    model.correct("Шум от дискотеки", "шум");
    model.know(&known("dogs", "Бездомные животные", &["стая собак"]));
    let bytes = model.to_bytes();
    let read = Model::from_bytes(&bytes).unwrap();
    assert!(read.to_bytes() == bytes);
    for text in ["Нет воды", "Шум от дискотеки", "стая собак"] {
        assert_eq!(read.rank(text, 5), model.rank(text, 5));
    }
}

#[test]
fn damaged_bytes_are_refused() {
    let bytes = trained(20).to_bytes();
    assert!(matches!(Model::from_bytes(b""), Err(Damaged::NoModel)));
    assert!(matches!(Model::from_bytes(b"otklearn"), Err(Damaged::Short)));
    assert!(matches!(Model::from_bytes(&bytes[..bytes.len() - 1]), Err(Damaged::Checksum)));
    let mut newer = bytes.clone();
    newer[8] = 9;
    assert!(matches!(Model::from_bytes(&newer), Err(Damaged::Version(9))));
    let mut flipped = bytes;
    flipped[100] ^= 1;
    assert!(matches!(Model::from_bytes(&flipped), Err(Damaged::Checksum)));
}

/// A small model's parts as bytes, without what they begin with.
static BODY: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut model = trained(12);
    model.correct("Шум от дискотеки", "шум");
    model.know(&known("dogs", "Бездомные животные", &["стая собак"]));
    model.to_bytes().split_off(MAGIC.len() + size_of_val(&VERSION) + size_of::<u64>())
});

/// These parts as a whole model, with the right checksum.
fn whole(body: &[u8]) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend(VERSION.to_le_bytes());
    bytes.extend(checksum(body).to_le_bytes());
    bytes.extend(body);
    bytes
}

#[test]
fn lengths_are_not_believed() {
    let mut body = u64::MAX.to_le_bytes().to_vec();
    body.extend([7; 64]);
    assert!(matches!(Model::from_bytes(&whole(&body)), Err(Damaged::Short)));
}

#[test]
fn figures_are_defined_as_everywhere() {
    let one = |right: &str, proposed: &[&str], probability| Decision {
        right: right.to_owned(),
        proposed: proposed.iter().map(|label| (*label).to_owned()).collect(),
        probability,
    };
    let decisions =
        [one("a", &["a", "b"], 0.9), one("a", &["b", "a"], 0.6), one("b", &["b"], 0.8), one("c", &["d", "a"], 0.3)];
    let figures = figures(&decisions);
    assert_eq!((figures.n, figures.labels), (4, 3));
    assert!((figures.accuracy - 0.5).abs() < 1e-6);
    assert!((figures.top3 - 0.75).abs() < 1e-6);
    // F1 of a and b is 2/3 each, of c and d nothing; a counts twice.
    assert!((figures.macro_f1 - 1.0 / 3.0).abs() < 1e-6);
    assert!((figures.weighted_f1 - 0.5).abs() < 1e-6);
    let points = curve(&decisions);
    assert_eq!(points.len(), 4);
    assert!((points[2].precision - 2.0 / 3.0).abs() < 1e-6 && (points[2].coverage - 0.75).abs() < 1e-6);
}

#[test]
fn families_are_in_one_fold() {
    let examples = examples(50);
    let folds = folds(&examples, 5);
    for (one, fold) in examples.iter().zip(&folds) {
        assert!(examples.iter().zip(&folds).all(|(other, same)| one.family != other.family || fold == same));
    }
    assert!((0..5).all(|fold| folds.contains(&fold)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn garbage_is_no_model(garbage in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(Model::from_bytes(&whole(&garbage)).is_err());
        prop_assert!(Model::from_bytes(&garbage).is_err());
    }

    /// What passes for a model although some of it is wrong can be asked all the same.
    #[test]
    fn a_model_that_was_tampered_with_breaks_nothing(places in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..9)) {
        let mut body = BODY.clone();
        for (place, byte) in places {
            *place.get_mut(&mut body) = byte;
        }
        if let Ok(mut model) = Model::from_bytes(&whole(&body)) {
            prop_assert!(model.rank("Нет воды, стая собак", 3).len() <= 3);
            model.rank_parents("Нет воды", 3);
            model.correct("Нет воды", "вода");
            model.to_bytes();
        }
    }
}
