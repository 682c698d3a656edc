//! Personal data found against personal data marked: a file of JSON lines `{"text": …, "personal": [{"label": …, "piece": …}]}`, where the
//! label is the word of a [`PersonalKind`] or what stands in a masked text.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::domain::text::{PersonalKind, personal_in};

/// Why a file cannot be measured.
#[derive(Debug, thiserror::Error)]
pub enum CannotMeasure {
    /// It cannot be read.
    #[error("the file cannot be read: {0}")]
    Io(#[from] std::io::Error),
    /// A line is not of the layout.
    #[error("line {0}: {1}")]
    Line(usize, serde_json::Error),
    /// A label is none of ours.
    #[error("line {0}: no kind of personal data is called \"{1}\"")]
    Label(usize, String),
}

#[derive(Deserialize)]
struct Sample {
    text: String,
    personal: Vec<Marked>,
}

#[derive(Deserialize)]
struct Marked {
    label: String,
    piece: String,
}

/// How well one kind is found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Score {
    /// Marked, and found with just these words under this label.
    pub right: usize,
    /// Found, and not marked so.
    pub invented: usize,
    /// Marked, and not found so.
    pub missed: usize,
    /// Marked, and not hidden whole: found under no label. This is what leaks.
    pub leaked: usize,
}

impl Score {
    /// The share of what was found that is right; none if nothing was found.
    pub fn precision(&self) -> Option<f64> {
        share(self.right, self.right + self.invented)
    }

    /// The share of what is marked that was found; none if nothing is marked.
    pub fn recall(&self) -> Option<f64> {
        share(self.right, self.right + self.missed)
    }

    fn add(&mut self, other: Score) {
        self.right += other.right;
        self.invented += other.invented;
        self.missed += other.missed;
        self.leaked += other.leaked;
    }
}

#[allow(clippy::cast_precision_loss, reason = "counts of texts are small")]
fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// What was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    pub texts: usize,
    /// By the word of the kind.
    pub kinds: BTreeMap<PersonalKind, Score>,
    pub all: Score,
    /// Milliseconds a text.
    pub ms: f64,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "personal data: {} texts, {:.3} ms a text", self.texts, self.ms)?;
        writeln!(
            f,
            "{:<11} {:>9} {:>6} {:>6} {:>8} {:>6} {:>6}",
            "kind", "precision", "recall", "right", "invented", "missed", "leaked"
        )?;
        let rows = self.kinds.iter().map(|(kind, score)| (kind.as_str(), score)).chain([("all", &self.all)]);
        for (name, score) in rows {
            let share = |share: Option<f64>| share.map_or_else(|| "-".to_owned(), |share| format!("{share:.3}"));
            let Score { right, invented, missed, leaked } = score;
            let (precision, recall) = (share(score.precision()), share(score.recall()));
            writeln!(f, "{name:<11} {precision:>9} {recall:>6} {right:>6} {invented:>8} {missed:>6} {leaked:>6}")?;
        }
        Ok(())
    }
}

/// Measures a file.
///
/// # Errors
/// When it cannot be read, or a line is not of the layout.
pub fn evaluate(path: &Path) -> Result<Report, CannotMeasure> {
    measure(BufReader::new(File::open(path)?))
}

fn measure(lines: impl BufRead) -> Result<Report, CannotMeasure> {
    let mut report = Report { texts: 0, kinds: BTreeMap::new(), all: Score::default(), ms: 0.0 };
    let mut took = Duration::ZERO;
    for (n, line) in lines.lines().enumerate() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let sample: Sample = serde_json::from_str(&line).map_err(|error| CannotMeasure::Line(n + 1, error))?;
        let mut marked = Vec::with_capacity(sample.personal.len());
        for Marked { label, piece } in sample.personal {
            let kind = kind(&label).ok_or_else(|| CannotMeasure::Label(n + 1, label.clone()))?;
            marked.push((kind, piece));
        }
        took += one(&sample.text, marked, &mut report);
        report.texts += 1;
    }
    for score in report.kinds.values() {
        report.all.add(*score);
    }
    report.ms = share(1, report.texts).unwrap_or_default() * took.as_secs_f64() * 1000.0;
    Ok(report)
}

fn kind(label: &str) -> Option<PersonalKind> {
    PersonalKind::ALL.iter().copied().find(|kind| kind.as_str() == label || kind.label() == label)
}

/// Adds one text to the report; how long finding took.
fn one(text: &str, mut marked: Vec<(PersonalKind, String)>, report: &mut Report) -> Duration {
    let begun = Instant::now();
    let found = personal_in(text);
    let took = begun.elapsed();
    for personal in &found {
        let score = report.kinds.entry(personal.kind).or_default();
        match marked.iter().position(|(kind, piece)| *kind == personal.kind && piece == personal.piece) {
            Some(at) => {
                marked.swap_remove(at);
                score.right += 1;
            }
            None => score.invented += 1,
        }
    }
    for (kind, piece) in marked {
        let score = report.kinds.entry(kind).or_default();
        score.missed += 1;
        if !found.iter().any(|personal| personal.piece.contains(&piece)) {
            score.leaked += 1;
        }
    }
    took
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Templates: what is marked stands between the bars, behind its label.
    const TEMPLATES: &[&str] = &[
        "Нет воды третий день, звоните {phone}",
        "На Портовой, {house}, {flat} течёт потолок, тел. {phone}",
        "Машина {plate} стоит на газоне у дома {house}",
        "Водитель автобуса, гос. номер {plate}, нагрубил",
        "Меня зовут {name}, прошу помочь",
        "Обращалась к мастеру {name}, ответа нет с {date}",
        "Паспорт {passport}, СНИЛС {snils}",
        "Мама {birth} г.р., живёт на улице Ивана Алексеевича Бунина, {house}",
        "Пишите на {email} или {link}",
        "Маршрут {house} не ходит с {date}, ждём по 40 минут",
        "С 100 км трассы до {house} км ямы, стоимость 12 500 руб.",
        "Карта {card}, сняли деньги {date}",
        "дата рождения: {birth}, {flat}",
        "Улица Богдана Хмельницкого, {house}, подъезд 2, 5 этаж",
    ];

    /// A plain generator, so that the set is the same everywhere.
    struct Dice(u64);

    impl Dice {
        fn below(&mut self, limit: u64) -> u64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) % limit
        }

        fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
            let limit = u64::try_from(all.len()).unwrap();
            all[usize::try_from(self.below(limit)).unwrap()]
        }

        fn digits(&mut self, count: usize) -> String {
            (0..count).map(|_| char::from(b'0' + u8::try_from(self.below(10)).unwrap())).collect()
        }
    }

    fn phone(dice: &mut Dice) -> String {
        let d = |dice: &mut Dice, n| dice.digits(n);
        let (a, b, c, e) = (d(dice, 2), d(dice, 3), d(dice, 2), d(dice, 2));
        match dice.below(7) {
            0 => format!("+7 (9{a}) {b}-{c}-{e}"),
            1 => format!("89{a}{b}{c}{e}"),
            2 => format!("8-9{a}-{b}-{c}-{e}"),
            3 => format!("+79{a}{b}{c}{e}"),
            4 => format!("8 9{a} {b} {c} {e}"),
            5 => format!("8.9{a}.{b}.{c}.{e}"),
            _ => format!("9{a} {b}-{c}-{e}"),
        }
    }

    fn plate(dice: &mut Dice) -> String {
        let letters = ["А", "В", "Е", "К", "М", "Н", "О", "Р", "С", "Т", "У", "Х", "A", "B", "E", "K", "M", "H"];
        let (x, y, z) = (dice.of(&letters), dice.of(&letters), dice.of(&letters));
        let (number, region) = (100 + dice.below(899), dice.of(&["55", "155", "77", "777", "46"]));
        match dice.below(5) {
            0 => format!("{x}{number}{y}{z}{region}"),
            1 => format!("{x} {number} {y}{z} {region}"),
            2 => format!("{x}{number}{y}{z}{region}rus"),
            3 => format!("{x}{number}{y}{z}{region}").to_lowercase(),
            _ => format!("{x}{number}{y}{z}"),
        }
    }

    fn name(dice: &mut Dice) -> String {
        let (first, father, last) = [
            ("Мария", "Сергеевна", "Иванова"),
            ("Марии", "Сергеевне", "Ивановой"),
            ("Пётр", "Ильич", "Сидоренко"),
            ("Айгуль", "Рашидовна", "Каримова"),
            ("Ольгу", "Львовну", "Белкину"),
        ][usize::try_from(dice.below(5)).unwrap()];
        let (f, p) = (first.chars().next().unwrap(), father.chars().next().unwrap());
        match dice.below(6) {
            0 => format!("{first} {father}"),
            1 => format!("{last} {first} {father}"),
            2 => format!("{first} {father} {last}"),
            3 => format!("{last} {f}.{p}."),
            4 => format!("{f}. {p}. {last}"),
            _ => format!("{f}.{p}. {last}"),
        }
    }

    fn snils(dice: &mut Dice) -> String {
        let number = dice.digits(9);
        let sum: u32 = (1..=9).rev().zip(number.bytes()).map(|(weight, digit)| weight * u32::from(digit - b'0')).sum();
        format!("{}-{}-{} {:02}", &number[..3], &number[3..6], &number[6..], sum % 101 % 100)
    }

    /// A template with its places filled, and what is personal in it.
    fn sample(dice: &mut Dice) -> (String, Vec<serde_json::Value>) {
        let mut text = dice.of(TEMPLATES).to_owned();
        let mut personal = Vec::new();
        while let Some(at) = text.find('{') {
            let end = at + text[at..].find('}').unwrap();
            let place = text[at + 1..end].to_owned();
            let (label, piece) = match place.as_str() {
                "phone" => ("phone", phone(dice)),
                "plate" => ("plate", plate(dice)),
                "name" => ("name", name(dice)),
                "flat" => ("flat", format!("{}{}", dice.of(&["кв. ", "кв.", "квартира "]), 1 + dice.below(300))),
                "passport" => ("passport", format!("{} {}", dice.of(&["5204", "52 04"]), dice.digits(6))),
                "snils" => ("snils", snils(dice)),
                "birth" => ("birth_date", format!("{}", 1930 + dice.below(90))),
                "email" => ("email", format!("user{}@mail.example", dice.below(100))),
                "link" => (
                    "link",
                    format!("{}{}", dice.of(&["vk.com/id", "https://ok.ru/profile/"]), 10_000 + dice.below(90_000)),
                ),
                "card" => {
                    ("number", format!("{} {} {} {}", dice.digits(4), dice.digits(4), dice.digits(4), dice.digits(4)))
                }
                "date" => ("", format!("{:02}.{:02}.2025", 1 + dice.below(28), 1 + dice.below(12))),
                _ => ("", format!("{}", 1 + dice.below(200))),
            };
            text.replace_range(at..=end, &piece);
            if !label.is_empty() {
                personal.push(json!({ "label": label, "piece": piece }));
            }
        }
        (text, personal)
    }

    #[test]
    fn what_templates_plant_is_found_and_nothing_else() {
        let mut dice = Dice(7);
        let lines: Vec<String> = (0..3000)
            .map(|_| {
                let (text, personal) = sample(&mut dice);
                json!({ "text": text, "personal": personal }).to_string()
            })
            .collect();
        let report = measure(lines.join("\n").as_bytes()).unwrap();
        println!("{report}");
        assert_eq!((report.texts, report.kinds.len()), (3000, PersonalKind::ALL.len()));
        for (kind, score) in &report.kinds {
            assert!(score.precision() >= Some(0.97) && score.recall() >= Some(0.97), "{kind}:\n{report}");
            assert!(score.leaked * 50 <= score.right, "{kind}:\n{report}");
        }
    }

    #[test]
    fn what_cannot_be_measured_is_named() {
        let said = |lines: &str| measure(lines.as_bytes()).unwrap_err().to_string();
        assert!(said("{}").starts_with("line 1: missing field"));
        let label = r#"{"text":"","personal":[{"label":"x","piece":"y"}]}"#;
        assert_eq!(said(label), "line 1: no kind of personal data is called \"x\"");
        let score =
            measure(r#"{"text":"кв. 5","personal":[{"label":"<квартира>","piece":"кв. 6"}]}"#.as_bytes()).unwrap().all;
        assert_eq!(score, Score { right: 0, invented: 1, missed: 1, leaked: 1 });
    }
}
