//! The command on files of our own making, from the reading to both kinds of output.

use std::fs;
use std::path::PathBuf;

use super::*;
use crate::train::{self, Target};

/// Texts of three subjects, each said in many ways: a learner cannot fail them.
fn decided(separator: char) -> String {
    let mut file = ["text", "group", "topic", "cluster"].join(&separator.to_string());
    let subjects = [
        ("дороги", "ямы", ["яма на дороге", "разбит асфальт", "выбоина на проезжей части", "дорога в ямах"]),
        ("дороги", "снег", ["не чистят снег", "сугробы у подъезда", "двор завален снегом", "снег не вывозят"]),
        ("жкх", "вода", ["нет горячей воды", "отключили воду", "из крана ржавая вода", "вода еле теплая"]),
    ];
    for number in 0..90 {
        let (group, topic, ways) = subjects[number % 3];
        let (first, second) = (ways[number / 3 % 4], ways[(number / 3 + 1 + number % 2) % 4]);
        let quoted = format!("\"Добрый день, {first}{separator} пишем «\"\"опять\"\"»\n{second}, дом {number}\"");
        file.push_str(&format!("\n{quoted}{separator}{group}{separator}{topic}{separator}{number}"));
    }
    file
}

fn write(directory: &tempfile::TempDir, name: &str, content: &str) -> PathBuf {
    let path = directory.path().join(name);
    fs::write(&path, content).unwrap();
    path
}

#[test]
fn a_file_is_scored_by_itself_and_after_training() {
    let directory = tempfile::tempdir().unwrap();
    let commas = write(&directory, "commas.csv", &decided(','));
    let semicolons = write(&directory, "semicolons.csv", &decided(';'));
    for train in [vec![], vec![semicolons]] {
        let args = Args { files: vec![commas.clone()], train, ..Args::default() };
        let report = evaluate(&args).unwrap();
        let Of::Topics(figures) = &report.files[0].figures else { panic!("{report}") };
        let targets: Vec<_> = figures.targets.iter().map(|one| (one.target, one.figures.n)).collect();
        assert_eq!(targets, [(Target::Group, 90), (Target::Topic, 90)]);
        for one in &figures.targets {
            assert!(one.figures.accuracy > 0.95, "{report}");
            assert!(one.alone[0].coverage > 0.5 && one.alone[0].precision > Some(0.9), "{report}");
        }
    }
}

#[test]
fn both_outputs_say_the_same() {
    let directory = tempfile::tempdir().unwrap();
    let file = write(&directory, "decided.csv", &decided(','));
    let json = directory.path().join("figures.json");
    let args = Args { files: vec![file], json: Some(json.clone()), ..Args::default() };
    run(&args).unwrap();
    let told: serde_json::Value = serde_json::from_slice(&fs::read(&json).unwrap()).unwrap();
    let topic = &told["files"][0]["targets"][1];
    assert_eq!((&topic["target"], &topic["n"], &topic["labels"]), (&"topic".into(), &90.into(), &3.into()));
    for field in ["accuracy", "top3", "macro_f1", "weighted_f1", "ms_p50", "ms_p95"] {
        assert!(topic[field].is_number(), "{field}: {told}");
    }
    let report = evaluate(&Args { json: None, ..args }).unwrap().to_string();
    for part in ["group", "topic", "macro-F1", "cov 95 % (seen)", "5-fold cross-validation"] {
        assert!(report.contains(part), "{part}: {report}");
    }
}

#[test]
fn each_file_has_its_own_lines() {
    let directory = tempfile::tempdir().unwrap();
    let files = vec![
        write(&directory, "places.jsonl", r#"{"text": "Яма на улице Лесной, 5", "addresses": []}"#),
        write(&directory, "pairs.csv", "text_a,text_b,label\nЯма на Лесной 5,На Лесной 5 яма,same\n"),
        write(&directory, "decided.csv", &decided(',')),
    ];
    let report = evaluate(&Args { files: files.clone(), ..Args::default() }).unwrap().to_string();
    for file in files {
        let named = report.lines().filter(|line| *line == file.display().to_string()).count();
        assert_eq!(named, 1, "{report}");
    }
}

#[test]
fn bad_files_are_told_with_the_line() {
    let directory = tempfile::tempdir().unwrap();
    for (name, content, wanted) in [
        ("none.csv", "id,words\n1,2\n", "line 1: neither"),
        ("json.jsonl", "{\"text\": \"a\"}\n", "line 1: no field `addresses`"),
        ("short.csv", "text,topic\nяма,ямы\nснег\n", "row 3: 1 fields, but the header has 2"),
        ("twice.csv", "text,topic,topic\nа,б,в\n", "row 1: the columns 2 and 3"),
        ("empty.csv", "text,topic\n", "no row has a text"),
    ] {
        let path = write(&directory, name, content);
        let told = evaluate(&Args { files: vec![path], ..Args::default() }).unwrap_err().to_string();
        assert!(told.contains(wanted) && told.contains(name), "{told}");
    }
    let missing = Args { files: vec![directory.path().join("missing.csv")], ..Args::default() };
    assert!(evaluate(&missing).is_err());
}

#[test]
fn a_model_is_trained_from_a_file_and_read_again() {
    let directory = tempfile::tempdir().unwrap();
    let (file, out) = (write(&directory, "decided.csv", &decided(',')), directory.path().join("model"));
    let args = train::Args { file, target: Target::Topic, city: None, out: Some(out.clone()) };
    train::run(&args).unwrap();
    let model = crate::domain::learn::Model::from_bytes(&fs::read(&out).unwrap()).unwrap();
    assert_eq!(model.rank("Опять нет горячей воды", 1)[0].label, "вода");
    assert!(train::told(&model).contains("at a precision of 0.95"));
    let executor = train::Args { target: Target::Executor, out: None, ..args };
    assert!(train::run(&executor).unwrap_err().to_string().contains("no row has a label in `executor`"));
}
