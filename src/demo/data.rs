//! What the make-believe is made of: the files of one city, compiled into the program so that a demo needs nothing else.

use std::collections::HashMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Failed;
use super::dice::Weighted;
use crate::domain::AnswerKind;

/// The name and contents of each of these files of Omsk.
macro_rules! omsk {
    ($($file:literal),+ $(,)?) => {
        &[$(($file, include_str!(concat!("../../deploy/cities/omsk/", $file)))),+]
    };
}

/// The city of the demo.
pub const OMSK: &[(&str, &str)] = omsk![
    "city.toml",
    "calendars.toml",
    "calendar-ru.csv",
    "groups.csv",
    "topics.csv",
    "topic-aliases.csv",
    "municipalities.csv",
    "okrugs.csv",
    "organisations.csv",
    "organisation-aliases.csv",
    "routes.csv",
    "executors.csv",
    "terms.csv",
    "streets.csv",
    "houses.csv",
    "templates.csv",
    "demo.csv",
    "networks.csv",
    "hours.csv",
    "phrases/templates.csv",
    "phrases/answers.csv",
    "phrases/replies.csv",
];

/// How often what is complained about, where and when, and in which words.
#[derive(Debug, Clone)]
pub struct DemoData {
    /// Municipality and topic.
    pub troubles: Weighted<(String, String)>,
    pub networks: Weighted<String>,
    /// The share of each local hour in the day's messages; 1 in all.
    pub hours: [f64; 24],
    /// Complaints by topic or group.
    templates: HashMap<String, Weighted<String>>,
    /// Answers by group and kind.
    answers: HashMap<(String, AnswerKind), Weighted<String>>,
    pub thanks: Weighted<String>,
    pub objections: Weighted<String>,
}

#[derive(Deserialize)]
struct TroubleRow {
    municipality: String,
    topic: String,
    weight: f64,
}

#[derive(Deserialize)]
struct NetworkRow {
    network: String,
    share: f64,
}

#[derive(Deserialize)]
struct HourRow {
    hour: usize,
    share: f64,
}

#[derive(Deserialize)]
struct TemplateRow {
    topic_or_group: String,
    text: String,
}

#[derive(Deserialize)]
struct AnswerRow {
    group: String,
    kind: AnswerKind,
    text: String,
}

#[derive(Deserialize)]
struct ReplyRow {
    kind: String,
    text: String,
}

impl DemoData {
    /// Reads the demo's part of a city's files.
    ///
    /// # Errors
    /// [`Failed::Data`] naming the file that is missing, cannot be read, or leaves something without any row.
    pub fn read(files: &[(&str, &str)]) -> Result<DemoData, Failed> {
        let troubles = table::<TroubleRow>(files, "demo.csv")?;
        let networks = table::<NetworkRow>(files, "networks.csv")?;
        let (thanks, objections): (Vec<_>, Vec<_>) =
            table::<ReplyRow>(files, "phrases/replies.csv")?.into_iter().partition(|row| row.kind == "thanks");
        let texts = |rows: Vec<ReplyRow>| Weighted::even(rows.into_iter().map(|row| row.text));
        Ok(DemoData {
            troubles: some(
                "demo.csv",
                Weighted::new(troubles.into_iter().map(|r| ((r.municipality, r.topic), r.weight))),
            )?,
            networks: some("networks.csv", Weighted::new(networks.into_iter().map(|r| (r.network, r.share))))?,
            hours: hours(table(files, "hours.csv")?)?,
            templates: grouped(
                table::<TemplateRow>(files, "phrases/templates.csv")?.into_iter().map(|r| (r.topic_or_group, r.text)),
            ),
            answers: grouped(
                table::<AnswerRow>(files, "phrases/answers.csv")?.into_iter().map(|r| ((r.group, r.kind), r.text)),
            ),
            thanks: some("phrases/replies.csv", texts(thanks))?,
            objections: some("phrases/replies.csv", texts(objections))?,
        })
    }

    /// The ways to complain about a topic: its own, else those of its group.
    pub fn templates(&self, topic: &str, group: &str) -> Option<&Weighted<String>> {
        self.templates.get(topic).or_else(|| self.templates.get(group))
    }

    /// The ways to answer in a group.
    pub fn answers(&self, group: &str, kind: AnswerKind) -> Option<&Weighted<String>> {
        self.answers.get(&(group.to_owned(), kind))
    }
}

/// The rows of a file: CSV with a header, `#` at the start of a line for a comment.
fn table<T: DeserializeOwned>(files: &[(&str, &str)], name: &str) -> Result<Vec<T>, Failed> {
    let content = files.iter().find(|(file, _)| *file == name).map(|(_, content)| *content);
    let content = some(name, content)?;
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).trim(csv::Trim::All).from_reader(content.as_bytes());
    reader.deserialize().collect::<Result<_, _>>().map_err(|error| Failed::Data(format!("{name}: {error}")))
}

fn some<T>(file: &str, thing: Option<T>) -> Result<T, Failed> {
    thing.ok_or_else(|| Failed::Data(format!("{file}: is missing or has no usable row")))
}

fn hours(rows: Vec<HourRow>) -> Result<[f64; 24], Failed> {
    let mut hours = [0.0; 24];
    for row in rows {
        let hour = some("hours.csv", hours.get_mut(row.hour))?;
        *hour = row.share.max(0.0);
    }
    let sum: f64 = hours.iter().sum();
    some("hours.csv", (sum > 0.0).then(|| hours.map(|share| share / sum)))
}

fn grouped<K: Eq + std::hash::Hash>(rows: impl Iterator<Item = (K, String)>) -> HashMap<K, Weighted<String>> {
    let mut texts: HashMap<K, Vec<String>> = HashMap::new();
    for (key, text) in rows {
        texts.entry(key).or_default().push(text);
    }
    texts.into_iter().filter_map(|(key, texts)| Some((key, Weighted::even(texts)?))).collect()
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::domain::Policy;
    use crate::domain::policy::files;

    /// The policy among a city's files.
    pub fn policy(files: &[(&str, &str)]) -> Policy {
        let files: Vec<_> = files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        Policy::build(1, files::read(&files).unwrap().0).unwrap()
    }

    #[test]
    fn every_trouble_of_omsk_is_known_to_the_policy_and_can_be_put_into_words_and_answered() {
        let (data, policy) = (DemoData::read(OMSK).unwrap(), policy(OMSK));
        for row in table::<TroubleRow>(OMSK, "demo.csv").unwrap() {
            assert!(policy.municipality(&row.municipality).is_some(), "{}", row.municipality);
            let topic = policy.topic(&row.topic).unwrap_or_else(|| panic!("{}", row.topic));
            assert!(data.templates(&topic.id, &topic.group).is_some(), "{}", topic.id);
            assert!(data.answers(&topic.group, AnswerKind::Final).is_some(), "{}", topic.group);
            assert!(data.answers(&topic.group, AnswerKind::Intermediate).is_some(), "{}", topic.group);
        }
    }

    #[test]
    fn a_missing_or_broken_file_is_named() {
        let without = |name| OMSK.iter().filter(|(file, _)| *file != name).copied().collect::<Vec<_>>();
        assert!(DemoData::read(&without("networks.csv")).unwrap_err().to_string().contains("networks.csv"));
        let mut broken = without("hours.csv");
        broken.push(("hours.csv", "hour,share\n24,1\n"));
        assert!(DemoData::read(&broken).unwrap_err().to_string().contains("hours.csv"));
    }
}
