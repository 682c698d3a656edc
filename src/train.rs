//! `otklik train`: decided texts from a file, learned.
//!
//! A file has a header and the columns `text` and any of `group`, `topic`, `executor`; besides, `cluster` names families of
//! near-duplicates and `municipality` the place. Other columns are left alone, and so are rows without a label.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;

use crate::commands::{self, Failed};
use crate::domain::learn::{Example, Known, Model, Scores, family};
use crate::domain::text::fold;
use crate::table::{Cell, ReadError, Rows};

/// What a text is labelled with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    Group,
    Topic,
    Executor,
}

impl Target {
    pub const ALL: [Target; 3] = [Target::Group, Target::Topic, Target::Executor];

    /// The name of its column.
    pub fn column(self) -> &'static str {
        match self {
            Target::Group => "group",
            Target::Topic => "topic",
            Target::Executor => "executor",
        }
    }
}

/// A decided text, as it stands in a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decided {
    pub text: String,
    pub group: Option<Arc<str>>,
    pub topic: Option<Arc<str>>,
    pub executor: Option<Arc<str>>,
    pub municipality: Option<Arc<str>>,
    /// Equal for near-duplicates.
    pub family: u64,
}

impl Decided {
    pub fn label(&self, target: Target) -> Option<&str> {
        match target {
            Target::Group => self.group.as_deref(),
            Target::Topic => self.topic.as_deref(),
            Target::Executor => self.executor.as_deref(),
        }
    }

    /// What the learner reads: for executors, the place as well.
    pub fn text_for(&self, target: Target) -> Cow<'_, str> {
        match &self.municipality {
            Some(place) if target == Target::Executor => format!("{place}\n{}", self.text).into(),
            _ => (&self.text).into(),
        }
    }
}

/// Reads decided texts.
///
/// # Errors
/// When the file cannot be read, has no such header, or no row with a text.
pub fn read(path: &Path) -> Result<Vec<Decided>, Failed> {
    let told = |message: String| Failed::Other(format!("{}: {message}", path.display()));
    let mut header: Option<HashMap<String, usize>> = None;
    let mut found = Vec::new();
    let mut labels = BTreeSet::new();
    let rows = Rows::open(path).map_err(|error| told(error.to_string()))?;
    let each = rows.each_row(|_, row, cells| -> Result<(), Fault> {
        let Some(header) = &header else {
            header = Some(columns(row, &cells)?);
            return Ok(());
        };
        if cells.iter().all(Cell::is_empty) {
            return Ok(());
        }
        if cells.len() != header.len() {
            let (is, wanted) = (cells.len(), header.len());
            return Err(Fault::Row(row, format!("{is} fields, but the header has {wanted}")));
        }
        let cell = |name: &str| header.get(name).and_then(|at| cells.get(*at)).and_then(Cell::text);
        let Some(text) = cell("text") else { return Ok(()) };
        let mut label = |name: &str| cell(name).map(|label| once(&mut labels, label));
        let cluster = cell("cluster").unwrap_or_else(|| fold(&text));
        found.push(Decided {
            group: label("group"),
            topic: label("topic"),
            executor: label("executor"),
            municipality: label("municipality"),
            family: family(&cluster),
            text,
        });
        Ok(())
    });
    each.map_err(|fault| told(fault.to_string()))?;
    if found.is_empty() {
        return Err(told("no row has a text".to_owned()));
    }
    Ok(found)
}

/// A label, in memory once however many rows have it.
fn once(labels: &mut BTreeSet<Arc<str>>, label: String) -> Arc<str> {
    if let Some(known) = labels.get(&*label) {
        return known.clone();
    }
    let label: Arc<str> = label.into();
    labels.insert(label.clone());
    label
}

/// Why a file of decided texts was not read to its end.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("row {0}: {1}")]
    Row(u64, String),
}

fn columns(row: u64, cells: &[Cell]) -> Result<HashMap<String, usize>, Fault> {
    let mut columns = HashMap::new();
    for (at, cell) in cells.iter().enumerate() {
        // A column without a name is one all the same, and must not stand in for another.
        let name = cell.text().map_or_else(|| format!("\0{at}"), |name| fold(&name));
        if let Some(before) = columns.insert(name.clone(), at) {
            let both = format!("the columns {} and {} have the same name, `{name}`", before + 1, at + 1);
            return Err(Fault::Row(row, both));
        }
    }
    let labelled = Target::ALL.iter().any(|target| columns.contains_key(target.column()));
    if columns.contains_key("text") && labelled {
        Ok(columns)
    } else {
        Err(Fault::Row(row, "no header with `text` and any of `group`, `topic`, `executor`".to_owned()))
    }
}

/// What a city knows of its topics by name.
#[derive(Debug, Clone, Default)]
pub struct Names {
    topics: Vec<Known>,
    /// The title by every folded spelling: the title, its aliases, the id.
    spellings: HashMap<String, Arc<str>>,
    groups: HashMap<String, Arc<str>>,
}

/// The files of Omsk that name topics.
const OMSK: &[(&str, &str)] = &[
    ("groups.csv", include_str!("../deploy/cities/omsk/groups.csv")),
    ("topics.csv", include_str!("../deploy/cities/omsk/topics.csv")),
    ("topic-aliases.csv", include_str!("../deploy/cities/omsk/topic-aliases.csv")),
    ("topic-frequency.csv", include_str!("../deploy/cities/omsk/topic-frequency.csv")),
];

impl Names {
    /// The topics of Omsk, which follow the classifier that all regions use.
    ///
    /// # Errors
    /// When a table of it cannot be read.
    pub fn omsk() -> Result<Self, Failed> {
        let files: Vec<_> = OMSK.iter().map(|(name, content)| ((*name).to_owned(), (*content).to_owned())).collect();
        Self::of(&files)
    }

    /// The topics of a city's directory.
    ///
    /// # Errors
    /// When one of its tables cannot be read.
    pub fn read(directory: &Path) -> Result<Self, Failed> {
        let mut files = Vec::new();
        for (name, _) in OMSK {
            let path = directory.join(name);
            if path.exists() {
                let content = std::fs::read_to_string(&path);
                let content = content.map_err(|error| Failed::Other(format!("{}: {error}", path.display())))?;
                files.push(((*name).to_owned(), content));
            }
        }
        if !files.iter().any(|(name, _)| name == "topics.csv") {
            return Err(Failed::Other(format!("{}: no topics.csv", directory.display())));
        }
        Self::of(&files)
    }

    fn of(files: &[(String, String)]) -> Result<Self, Failed> {
        let table = |name: &str| table(files, name);
        let groups: HashMap<String, String> = pairs(table("groups.csv")?, "id", "title").collect();
        let counts: HashMap<String, String> = pairs(table("topic-frequency.csv")?, "topic", "incidents").collect();
        let mut names = Names::default();
        for (id, title) in &groups {
            let shared: Arc<str> = title.as_str().into();
            names.groups.insert(fold(id), shared.clone());
            names.groups.insert(fold(title), shared);
        }
        let mut titles = HashMap::new();
        for row in table("topics.csv")? {
            let cell = |name: &str| row.get(name).cloned().unwrap_or_default();
            let (id, title, group) = (cell("id"), cell("title"), cell("group"));
            let shared: Arc<str> = title.as_str().into();
            names.spellings.insert(fold(&id), shared.clone());
            names.spellings.insert(fold(&title), shared.clone());
            titles.insert(id.clone(), shared);
            names.topics.push(Known {
                label: title.clone(),
                title,
                keywords: cell("keywords")
                    .split('|')
                    .filter(|keyword| !keyword.is_empty())
                    .map(str::to_owned)
                    .collect(),
                weight: counts.get(&id).and_then(|count| count.parse().ok()).unwrap_or(0.0),
                parent: groups.get(&group).cloned().or(Some(group)),
            });
        }
        for (alias, id) in pairs(table("topic-aliases.csv")?, "alias", "topic") {
            if let Some(title) = titles.get(&id) {
                names.spellings.insert(fold(&alias), title.clone());
            }
        }
        Ok(names)
    }

    /// Whether at least half of the topics in these texts are known.
    pub fn fit(&self, decided: &[Decided]) -> bool {
        let labels: BTreeSet<&str> = decided.iter().filter_map(|one| one.topic.as_deref()).collect();
        let known = labels.iter().filter(|label| self.spellings.contains_key(&fold(label))).count();
        !labels.is_empty() && 2 * known >= labels.len()
    }

    /// Writes topics and groups by their titles.
    pub fn unify(&self, decided: &mut [Decided]) {
        for one in decided {
            let known = |label: &Option<Arc<str>>, names: &HashMap<String, Arc<str>>| {
                label.as_ref().map(|label| names.get(&fold(label)).unwrap_or(label).clone())
            };
            one.topic = known(&one.topic, &self.spellings);
            one.group = known(&one.group, &self.groups);
        }
    }
}

type Row = HashMap<String, String>;

/// A table of a city's directory; empty if it has none of this name.
fn table(files: &[(String, String)], name: &str) -> Result<Vec<Row>, Failed> {
    let Some((_, content)) = files.iter().find(|(file, _)| file == name) else { return Ok(Vec::new()) };
    let content = content.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(content.as_bytes());
    reader.deserialize().collect::<Result<_, _>>().map_err(|error| Failed::Other(format!("{name}: {error}")))
}

fn pairs(rows: Vec<Row>, key: &'static str, value: &'static str) -> impl Iterator<Item = (String, String)> {
    rows.into_iter().filter_map(move |mut row| Some((row.remove(key)?, row.remove(value)?)))
}

/// The models of one city's decisions.
#[derive(Debug, Clone)]
pub struct Trained {
    /// Of topics; it gives the groups as well, where each topic has one.
    pub topic: Option<Model>,
    /// Of groups, where it is at least as good as what the topics give.
    pub group: Option<Model>,
    pub executor: Option<Model>,
}

impl Trained {
    /// Learns all targets that the texts have labels for, with the topics known by name.
    pub fn of(decided: &[&Decided], names: Option<&Names>) -> Self {
        let group_of = groups_of_topics(decided);
        let has = |target: Target| decided.iter().any(|one| one.label(target).is_some());
        let nothing = Vec::new();
        let known = names.map_or(&nothing, |names| &names.topics);
        let model = |target: Target, known: &[Known]| {
            let learned = examples(decided, target, group_of.as_ref());
            (has(target) || !known.is_empty()).then(|| Model::train(&learned, known))
        };
        let topic = if has(Target::Topic) { model(Target::Topic, known) } else { None };
        // A group is what its topics say or what texts of groups say, whichever was right more often. With few examples the topics,
        // known by name, know much more; with many, groups by themselves are a little better.
        let by_topic = topic.as_ref().map(|topic| topic.parents().figures()).filter(|figures| figures.n > 0);
        let group = model(Target::Group, &[]);
        let by_itself = |group: &Model| by_topic.is_none_or(|other| group.held_back().accuracy >= other.accuracy);
        Self { group: group.filter(by_itself), topic, executor: model(Target::Executor, &[]) }
    }

    /// The likeliest labels of a text, with their probabilities.
    pub fn rank(&self, target: Target, decided: &Decided, most: usize) -> Vec<(String, f32)> {
        let text = decided.text_for(target);
        let ranked = match (target, self.model(target)) {
            (_, Some(model)) => model.rank(&text, most),
            (Target::Group, None) => self.topic.as_ref().map_or_else(Vec::new, |topic| topic.rank_parents(&text, most)),
            _ => Vec::new(),
        };
        ranked.into_iter().map(|one| (one.label, one.probability)).collect()
    }

    /// How good its decisions on a target were on texts it had not seen.
    pub fn scores(&self, target: Target) -> Option<&Scores> {
        match (target, self.model(target)) {
            (_, Some(model)) => Some(model.scores()),
            (Target::Group, None) => self.topic.as_ref().map(Model::parents),
            _ => None,
        }
    }

    fn model(&self, target: Target) -> Option<&Model> {
        match target {
            Target::Group => self.group.as_ref(),
            Target::Topic => self.topic.as_ref(),
            Target::Executor => self.executor.as_ref(),
        }
    }
}

fn examples<'d>(
    decided: &[&'d Decided],
    target: Target,
    group_of: Option<&'d BTreeMap<&str, &str>>,
) -> Vec<Example<'d>> {
    let of = |one: &&'d Decided| {
        let label = one.label(target)?;
        let parent = group_of.filter(|_| target == Target::Topic).and_then(|of| of.get(label));
        let parent = parent.map(|parent| Cow::Borrowed(*parent));
        Some(Example { text: one.text_for(target), label: label.into(), parent, family: Some(one.family) })
    };
    decided.iter().filter_map(of).collect()
}

/// The group of each topic, if nearly every text's topic has the group that the text has.
fn groups_of_topics<'d>(decided: &[&'d Decided]) -> Option<BTreeMap<&'d str, &'d str>> {
    let mut counts: BTreeMap<&str, BTreeMap<&'d str, usize>> = BTreeMap::new();
    let mut all = 0;
    for one in decided {
        if let (Some(topic), Some(group)) = (&one.topic, &one.group) {
            *counts.entry(topic).or_default().entry(group).or_default() += 1;
            all += 1;
        }
    }
    let most = |groups: &BTreeMap<&'d str, usize>| {
        groups.iter().max_by_key(|(_, times)| **times).map(|(group, times)| (*group, *times))
    };
    let found: Vec<_> = counts.iter().filter_map(|(topic, groups)| Some((*topic, most(groups)?))).collect();
    let agree: usize = found.iter().map(|(_, (_, times))| times).sum();
    let group_of = found.into_iter().map(|(topic, (group, _))| (topic, group)).collect();
    (all > 0 && agree * 20 >= all * 19).then_some(group_of)
}

/// What to train, and where to.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Decided texts: a .csv or .xlsx with the columns `text` and `group`, `topic` or `executor`.
    pub file: PathBuf,
    /// What to learn.
    #[arg(long, value_enum, default_value = "topic")]
    pub target: Target,
    /// A city's directory, whose topics are known by name; Omsk's if at least half of the file's topics are among them.
    #[arg(long, value_name = "DIR")]
    pub city: Option<PathBuf>,
    /// Write the model to this file.
    #[arg(long, value_name = "MODEL")]
    pub out: Option<PathBuf>,
}

/// Learns one target from a file.
///
/// # Errors
/// When the file cannot be read, or has no label of the target.
pub fn train(file: &Path, target: Target, city: Option<&Path>) -> Result<Model, Failed> {
    let mut decided = read(file)?;
    if !decided.iter().any(|one| one.label(target).is_some()) {
        return Err(Failed::Other(format!("{}: no row has a label in `{}`", file.display(), target.column())));
    }
    let names = names(city, &decided)?;
    if let Some(names) = &names {
        names.unify(&mut decided);
    }
    let known = names.filter(|_| target == Target::Topic).map_or_else(Vec::new, |names| names.topics);
    let decided: Vec<&Decided> = decided.iter().collect();
    let group_of = groups_of_topics(&decided);
    Ok(Model::train(&examples(&decided, target, group_of.as_ref()), &known))
}

/// The names of a city, or Omsk's where they fit.
///
/// # Errors
/// When the city's tables cannot be read.
pub fn names(city: Option<&Path>, decided: &[Decided]) -> Result<Option<Names>, Failed> {
    match city {
        Some(directory) => Names::read(directory).map(Some),
        None => Ok(Some(Names::omsk()?).filter(|names| names.fit(decided))),
    }
}

/// The command: learns, and tells how good it is.
///
/// # Errors
/// [`Failed`].
pub fn run(args: &Args) -> Result<(), commands::Failed> {
    let model = train(&args.file, args.target, args.city.as_deref())?;
    print!("{}", told(&model));
    if let Some(path) = &args.out {
        let bytes = model.to_bytes();
        std::fs::write(path, &bytes).map_err(|error| Failed::Other(format!("{}: {error}", path.display())))?;
        println!("{}: {} bytes", path.display(), bytes.len());
    }
    Ok(())
}

/// The precisions at which the curve is shown.
const SHOWN: [f64; 6] = [0.99, 0.95, 0.9, 0.85, 0.8, 0.7];

/// The held-back figures of a model and its curve.
pub fn told(model: &Model) -> String {
    let of = model.held_back();
    let mut told = format!(
        "{} labels; on {} texts held back: accuracy {:.3}, among the first three {:.3}, macro-F1 {:.3}, weighted-F1 {:.3}\n",
        model.labels().count(),
        of.n,
        of.accuracy,
        of.top3,
        of.macro_f1,
        of.weighted_f1,
    );
    for precision in SHOWN {
        let point =
            model.threshold(precision).and_then(|from| model.curve().iter().find(|one| one.probability <= from));
        let share = match point {
            Some(point) => {
                format!("{:.1} % alone, from a probability of {:.3}", point.coverage * 100.0, point.probability)
            }
            None => "none alone".to_owned(),
        };
        told.push_str(&format!("  at a precision of {precision:.2}: {share}\n"));
    }
    told
}
