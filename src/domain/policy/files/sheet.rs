//! One CSV file: its header matched with the columns that are known, its rows read cell by cell.

use std::collections::HashMap;
use std::fmt::Display;
use std::str::FromStr;

use csv::{ReaderBuilder, StringRecord, Trim};

use super::{Fault, Reading};

/// The columns a file may have.
pub(super) struct Columns {
    pub required: &'static [&'static str],
    pub optional: &'static [&'static str],
}

impl Columns {
    fn known(&self) -> impl Iterator<Item = &'static str> {
        self.required.iter().chain(self.optional).copied()
    }
}

/// One line of a file. What is wrong with a cell is noted, and a stand-in returned: the document is not used then anyway.
pub(super) struct Row<'r> {
    file: &'r str,
    pub line: u64,
    header: &'r HashMap<String, usize>,
    record: &'r StringRecord,
    faults: &'r mut Vec<Fault>,
}

impl Reading<'_> {
    /// Shows `take` every row of a file that has as many cells as the header.
    pub(super) fn rows(&mut self, file: &str, content: &str, columns: &Columns, mut take: impl FnMut(&mut Row<'_>)) {
        let mut reader =
            ReaderBuilder::new().comment(Some(b'#')).trim(Trim::All).flexible(true).from_reader(content.as_bytes());
        let Some(header) = self.header(file, content, &mut reader, columns) else { return };
        for record in reader.records() {
            match record {
                Ok(record) if record.len() == header.len() => {
                    let line = line_of_record(content, &record);
                    take(&mut Row { file, line, header: &header, record: &record, faults: &mut self.faults });
                }
                Ok(record) => {
                    let message = format!("{} cells, but the header has {}", record.len(), header.len());
                    self.fault(file, line_of_record(content, &record), message);
                }
                Err(error) => self.fault(file, error.position().map_or(0, csv::Position::line), error.to_string()),
            }
        }
    }

    /// The position of each column; none, and faults, if they are not the known ones.
    fn header(
        &mut self,
        file: &str,
        content: &str,
        reader: &mut csv::Reader<&[u8]>,
        columns: &Columns,
    ) -> Option<HashMap<String, usize>> {
        let faults_before = self.faults.len();
        let names = match reader.headers() {
            Ok(names) => names,
            Err(error) => {
                self.broken(file, 1, error.to_string());
                return None;
            }
        };
        let line = line_of_record(content, names);
        let mut header = HashMap::new();
        for (position, name) in names.iter().enumerate() {
            if !columns.known().any(|known| known == name) {
                let known: Vec<_> = columns.known().collect();
                self.broken(file, line, format!("unknown column \"{name}\"; there are {}", known.join(", ")));
            } else if header.insert(name.to_owned(), position).is_some() {
                self.broken(file, line, format!("the column \"{name}\" is there twice"));
            }
        }
        for missing in columns.required.iter().filter(|name| !header.contains_key(**name)) {
            self.broken(file, line, format!("the column \"{missing}\" is missing"));
        }
        (self.faults.len() == faults_before).then_some(header)
    }
}

/// The line of a record. The reader's own position is that of the comments and empty lines before it, so these are stepped over.
fn line_of_record(content: &str, record: &StringRecord) -> u64 {
    let Some(position) = record.position() else { return 0 };
    let rest = usize::try_from(position.byte()).ok().and_then(|start| content.get(start..)).unwrap_or_default();
    let is_skipped = |line: &&str| line.starts_with('#') || line.trim_end_matches(['\r', '\n']).is_empty();
    position.line() + rest.split_inclusive('\n').take_while(is_skipped).map(|_| 1).sum::<u64>()
}

impl Row<'_> {
    fn cell(&self, column: &str) -> &str {
        self.header.get(column).and_then(|position| self.record.get(*position)).unwrap_or_default()
    }

    fn fault(&mut self, column: &str, message: impl Display) {
        let message = format!("{column}: {message}");
        self.faults.push(Fault { file: self.file.to_owned(), line: self.line, message });
    }

    /// A text that may be empty.
    pub(super) fn text(&self, column: &str) -> String {
        self.cell(column).to_owned()
    }

    /// A text, or none where the cell is empty.
    pub(super) fn optional(&self, column: &str) -> Option<String> {
        Some(self.text(column)).filter(|text| !text.is_empty())
    }

    /// A text that must not be empty.
    pub(super) fn required(&mut self, column: &str) -> String {
        if self.cell(column).is_empty() {
            self.fault(column, "must not be empty");
        }
        self.text(column)
    }

    /// The parts of a text between `|`, without empty ones.
    pub(super) fn list(&self, column: &str) -> Vec<String> {
        self.cell(column).split('|').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    }

    /// A yes or no, written 1 or 0.
    pub(super) fn flag(&mut self, column: &str) -> bool {
        match self.cell(column) {
            "1" => true,
            "0" => false,
            other => {
                let message = format!("write 1 or 0, not \"{other}\"");
                self.fault(column, message);
                false
            }
        }
    }

    /// A value that must be there.
    pub(super) fn parse<T: FromStr<Err: Display>>(&mut self, column: &str, stand_in: T) -> T {
        let text = self.required(column);
        if text.is_empty() { stand_in } else { self.parse_text(column, &text).unwrap_or(stand_in) }
    }

    /// A value, or none where the cell is empty.
    pub(super) fn parse_optional<T: FromStr<Err: Display>>(&mut self, column: &str) -> Option<T> {
        let text = self.optional(column)?;
        self.parse_text(column, &text)
    }

    /// The values between `|`, without empty ones.
    pub(super) fn parse_list<T: FromStr<Err: Display>>(&mut self, column: &str) -> Vec<T> {
        let parts = self.list(column);
        parts.iter().filter_map(|part| self.parse_text(column, part)).collect()
    }

    fn parse_text<T: FromStr<Err: Display>>(&mut self, column: &str, text: &str) -> Option<T> {
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.fault(column, format!("\"{text}\": {error}"));
                None
            }
        }
    }
}
