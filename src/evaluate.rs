//! `otklik evaluate`: how good triage is on files of decided cases, in figures that can be compared.
//!
//! | A file is | when |
//! |---|---|
//! | decided texts | its header has `text` and any of `group`, `topic`, `executor` |
//! | texts with their places | each line is a JSON object with `addresses` |
//! | pairs of texts | its header has `text_a`, `text_b` and `label` |
//! | texts with their personal data | each line is a JSON object with `personal` |

mod measure;
pub mod pairs;
pub mod personal;
pub mod places;
pub mod topics;

use std::fmt::{self, Write as _};
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::commands::{Failed, policy};
use crate::domain::place::Gazetteer;

/// What to evaluate.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Args {
    /// Decided texts, pairs of texts (tables), texts with their places or personal data (JSON lines); each file is recognised by its
    /// beginning.
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// Learn topics from these decided texts. Without them each file is scored by itself, in five parts, families kept whole.
    #[arg(long, value_name = "FILE")]
    pub train: Vec<PathBuf>,
    /// A city's directory, whose topics are known by name and whose streets by theirs; without it, the streets are Omsk's, and so are the
    /// topics if at least half of those learned are among them.
    #[arg(long, value_name = "DIR")]
    pub city: Option<PathBuf>,
    /// Write the same figures to this file, as JSON.
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
}

/// What kind of cases a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Topics,
    Places,
    Pairs,
    Personal,
}

impl Kind {
    /// What the beginning of a file says it is.
    ///
    /// # Errors
    /// When it cannot be read, or is none of them.
    pub fn of(path: &Path) -> Result<Kind, Failed> {
        let told = |message: String| Failed::Other(format!("{}: {message}", path.display()));
        if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("xlsx")) {
            return Ok(Kind::Topics);
        }
        let file = File::open(path).map_err(|error| told(error.to_string()))?;
        let mut head = Vec::new();
        // The header is looked for in the first line; a line of JSON may be long.
        let read = BufReader::new(file).take(1 << 20).read_until(b'\n', &mut head);
        read.map_err(|error| told(error.to_string()))?;
        let head = String::from_utf8_lossy(&head).trim_start_matches('\u{feff}').to_lowercase();
        if head.trim_start().starts_with('{') {
            let known = [("\"addresses\"", Kind::Places), ("\"personal\"", Kind::Personal)];
            let kind = known.into_iter().find(|(field, _)| head.contains(field)).map(|(_, kind)| kind);
            return kind.ok_or_else(|| told("line 1: no field `addresses` or `personal`".to_owned()));
        }
        let columns: Vec<&str> = head
            .split([',', ';', '\t'])
            .map(|name| name.trim_matches(|c: char| c == '"' || c.is_whitespace()))
            .collect();
        let has = |name: &str| columns.contains(&name);
        if has("text_a") && has("text_b") && has("label") {
            Ok(Kind::Pairs)
        } else if has("text") && ["group", "topic", "executor"].into_iter().any(has) {
            Ok(Kind::Topics)
        } else {
            Err(told(
                "line 1: neither decided texts (`text` and any of `group`, `topic`, `executor`) nor pairs of texts (`text_a`, \
                 `text_b`, `label`) nor places or personal data (JSON with `addresses` or `personal`)"
                    .to_owned(),
            ))
        }
    }
}

/// The figures of one file.
#[derive(Debug, Clone, Serialize)]
pub struct Evaluated {
    pub file: String,
    pub kind: Kind,
    #[serde(flatten)]
    pub figures: Of,
}

/// The figures of a kind of cases.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum Of {
    Topics(topics::Report),
    Places(Box<places::Places>),
    Pairs(pairs::Pairs),
    Personal(personal::Report),
}

/// The figures of all files.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    pub files: Vec<Evaluated>,
    /// The most memory the program held, in bytes, where the system tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peak_memory: Option<u64>,
}

/// Evaluates files.
///
/// # Errors
/// The first file that cannot be read, with the line at fault.
pub fn evaluate(args: &Args) -> Result<Report, Failed> {
    let files: Vec<_> = args.files.iter().map(|path| Ok((path, Kind::of(path)?))).collect::<Result<_, Failed>>()?;
    let mut report = Report { files: Vec::new(), peak_memory: None };
    for (path, kind) in files {
        let figures = match kind {
            Kind::Topics => Of::Topics(topics::evaluate(path, &args.train, args.city.as_deref())?),
            Kind::Places => {
                Of::Places(Box::new(places::evaluate(path, &gazetteer(args.city.as_deref())?).map_err(other)?))
            }
            Kind::Pairs => Of::Pairs(pairs::evaluate(path, &gazetteer(args.city.as_deref())?).map_err(other)?),
            Kind::Personal => Of::Personal(
                personal::evaluate(path).map_err(|error| Failed::Other(format!("{}: {error}", path.display())))?,
            ),
        };
        report.files.push(Evaluated { file: path.display().to_string(), kind, figures });
    }
    report.peak_memory = measure::peak_memory();
    Ok(report)
}

fn other(error: impl fmt::Display) -> Failed {
    Failed::Other(error.to_string())
}

/// The streets and houses of a city's directory, or Omsk's.
fn gazetteer(city: Option<&Path>) -> Result<Gazetteer, Failed> {
    let doc = match city {
        Some(directory) => policy::read(directory)?,
        None => policy::omsk()?,
    };
    Ok(Gazetteer::new(&doc.streets, &doc.houses, &doc.municipalities, &doc.okrugs))
}

/// The command: evaluates, and prints the figures.
///
/// # Errors
/// [`Failed`].
pub fn run(args: &Args) -> Result<(), Failed> {
    let report = evaluate(args)?;
    print!("{report}");
    if let Some(path) = &args.json {
        let json = serde_json::to_vec_pretty(&report).map_err(|error| Failed::Other(error.to_string()))?;
        std::fs::write(path, json).map_err(|error| Failed::Other(format!("{}: {error}", path.display())))?;
    }
    Ok(())
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for one in &self.files {
            writeln!(f, "{}", one.file)?;
            match &one.figures {
                Of::Topics(report) => write!(f, "{report}")?,
                Of::Places(report) => writeln!(f, "{report}")?,
                Of::Pairs(report) => writeln!(f, "{report}")?,
                Of::Personal(report) => write!(f, "{report}")?,
            }
        }
        if let Some(bytes) = self.peak_memory {
            writeln!(f, "peak memory {} MB", bytes >> 20)?;
        }
        f.write_char('\n')
    }
}

#[cfg(test)]
mod tests;
