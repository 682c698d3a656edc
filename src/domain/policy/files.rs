//! A city's directory read into a policy document. The caller reads the files; here are only their names and contents.
//!
//! Tables are CSV: comma, a header, `#` at the start of a line for a comment, columns in any order. Settings are TOML. What a
//! directory holds besides (demo data, phrases, notes) is left alone. Reading goes on after a fault, so that one run lists them all:
//! what cannot be read, line by line, and then everything that [`check`] finds. A line that cannot be read is not checked as well,
//! and a directory with a missing file or a broken header is not checked at all: the rest would be noise.

mod settings;
mod sheet;
mod tables;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::check::{Finding, Table, check};
use super::doc::PolicyDoc;
use crate::domain::calendar::DayRow;

/// Something wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    pub file: String,
    /// Counted from one; zero when it is about the file as a whole.
    pub line: u64,
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, message } = self;
        if *line == 0 { write!(f, "{file}: {message}") } else { write!(f, "{file}:{line}: {message}") }
    }
}

/// Where the records of a document came from.
#[derive(Debug, Clone, Default)]
pub struct Origins {
    /// By table, record and field; a record's own line is under the empty field.
    places: BTreeMap<(Table, Option<usize>, String), (String, u64)>,
}

impl Origins {
    /// The finding as a fault of the file that its record came from.
    pub fn fault(&self, finding: &Finding) -> Fault {
        let at = |field: &str| self.places.get(&(finding.table, finding.index, field.to_owned()));
        let (file, line) =
            at(&finding.field).or_else(|| at("")).map_or((finding.table.file(), 0), |(file, line)| (file, *line));
        Fault { file: file.to_owned(), line, message: finding.message.clone() }
    }

    fn note(&mut self, table: Table, index: Option<usize>, field: impl Into<String>, file: &str, line: u64) {
        self.places.insert((table, index, field.into()), (file.to_owned(), line));
    }
}

/// Reads and checks a city's directory, given as names (relative to it) and contents.
///
/// # Errors
/// Every fault of the directory, sorted by file and line. A TOML file shows only its first syntax error at a time.
pub fn read(files: &[(String, String)]) -> Result<(PolicyDoc, Origins), Vec<Fault>> {
    let mut reading = Reading { files, faults: Vec::new(), origins: Origins::default(), is_whole: true };
    let doc = reading.document();
    let Reading { mut faults, origins, is_whole, .. } = reading;
    if let Some(doc) = doc.as_ref().filter(|_| is_whole) {
        let unreadable: BTreeSet<_> = faults.iter().map(|fault| (fault.file.clone(), fault.line)).collect();
        let found = check(doc).into_iter().map(|finding| origins.fault(&finding));
        faults.extend(found.filter(|fault| !unreadable.contains(&(fault.file.clone(), fault.line))));
    }
    faults.sort();
    match doc {
        Some(doc) if faults.is_empty() => Ok((doc, origins)),
        _ => Err(faults),
    }
}

/// Reads the file of a production calendar by itself: its rows, each with its line.
///
/// # Errors
/// Every line that cannot be read; the name of the file is left empty.
pub fn read_days(content: &str) -> Result<Vec<(u64, DayRow)>, Vec<Fault>> {
    let mut reading = Reading { files: &[], faults: Vec::new(), origins: Origins::default(), is_whole: true };
    let rows = reading.day_rows("", content.strip_prefix('\u{feff}').unwrap_or(content));
    if reading.faults.is_empty() { Ok(rows) } else { Err(reading.faults) }
}

/// A directory being read.
struct Reading<'a> {
    files: &'a [(String, String)],
    faults: Vec<Fault>,
    origins: Origins,
    /// Every file that must be there was, with the columns it must have.
    is_whole: bool,
}

impl<'a> Reading<'a> {
    /// None if the settings cannot be read; tables that cannot are empty.
    fn document(&mut self) -> Option<PolicyDoc> {
        let city = self.city();
        let calendars = self.calendars();
        let doc = PolicyDoc {
            city: city?,
            groups: self.table(&tables::GROUPS),
            topics: self.table(&tables::TOPICS),
            topic_aliases: self.table(&tables::TOPIC_ALIASES),
            municipalities: self.table(&tables::MUNICIPALITIES),
            okrugs: self.table(&tables::OKRUGS),
            organisations: self.table(&tables::ORGANISATIONS),
            organisation_aliases: self.table(&tables::ORGANISATION_ALIASES),
            routes: self.table(&tables::ROUTES),
            executors: self.table(&tables::EXECUTORS),
            terms: self.table(&tables::TERMS),
            calendars: calendars?,
            streets: self.table(&tables::STREETS),
            houses: self.table(&tables::HOUSES),
            templates: self.table(&tables::TEMPLATES),
        };
        Some(doc)
    }

    fn content(&self, file: &str) -> Option<&'a str> {
        let (_, content) = self.files.iter().find(|(name, _)| name == file)?;
        Some(content.strip_prefix('\u{feff}').unwrap_or(content))
    }

    /// The content of a file that must be there.
    fn required(&mut self, file: &str) -> Option<&'a str> {
        let content = self.content(file);
        if content.is_none() {
            self.broken(file, 0, "the file is missing");
        }
        content
    }

    fn fault(&mut self, file: &str, line: u64, message: impl Into<String>) {
        self.faults.push(Fault { file: file.to_owned(), line, message: message.into() });
    }

    /// A fault that leaves a table without its rows, so that checking the rest would only repeat it.
    fn broken(&mut self, file: &str, line: u64, message: impl Into<String>) {
        self.is_whole = false;
        self.fault(file, line, message);
    }
}

/// The line, counted from one, in which a byte of the text stands.
fn line_of(text: &str, byte: usize) -> u64 {
    let before = text.as_bytes().get(..byte).unwrap_or(text.as_bytes());
    1 + before.iter().map(|b| u64::from(*b == b'\n')).sum::<u64>()
}

#[cfg(test)]
mod tests;
