//! Files of the table, row by row: a million rows need no more memory than one, but for an xlsx file's shared texts.

use std::fs::File;
use std::io::{BufReader, Read, Seek as _};
use std::path::Path;

use calamine::{DataRef, Reader, Xlsx, XlsxError};

use super::cell::Cell;
use super::columns::{Column, Header};

/// How far from the top a header is looked for: some exports begin with a title.
const HEADER_WITHIN: usize = 20;

/// Days between the two epochs that spreadsheets count from.
const DAYS_TO_1904: f64 = 1462.0;

/// One row of a file, its cells by column.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The row's number as a spreadsheet shows it, from 1.
    pub row: u64,
    /// The sheet it stands on; empty in a csv file.
    pub sheet: String,
    /// A cell for each of [`Column::ALL`].
    pub cells: Vec<Cell>,
    /// Cells of columns that are not known, with their headers.
    pub others: Vec<(String, Cell)>,
}

impl Line {
    /// The cell of a column.
    pub fn cell(&self, column: Column) -> &Cell {
        self.cells.get(column.place()).unwrap_or(&Cell::Empty)
    }

    fn of(header: &Header, sheet: &str, row: u64, mut cells: Vec<Cell>) -> Line {
        let mut take = |place: usize| cells.get_mut(place).map(std::mem::take).unwrap_or_default();
        let mut known = vec![Cell::Empty; Column::ALL.len()];
        for (place, column) in header.known() {
            known[column.place()] = take(*place);
        }
        let others = header.unknown().iter().map(|(place, title)| (title.clone(), take(*place))).collect();
        Line { row, sheet: sheet.to_owned(), cells: known, others }
    }
}

/// Why a file cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file cannot be opened or read.
    #[error("the file cannot be read: {0}")]
    Io(#[from] std::io::Error),
    /// Not a workbook, or a broken one.
    #[error("the workbook cannot be read: {0}")]
    Workbook(#[from] XlsxError),
    /// Not a csv file in UTF-8, or a broken one.
    #[error("the csv file cannot be read: {0}")]
    Csv(#[from] csv::Error),
    /// Another kind of file.
    #[error("the file is neither .xlsx nor .csv")]
    Kind,
    /// No row is a header.
    #[error("no header was found; among the first {HEADER_WITHIN} rows none has the columns {}", .0.join(", "))]
    NoHeader(Vec<&'static str>),
}

/// What kind of file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// Values separated by commas, semicolons or tabs, in UTF-8.
    Csv,
    /// A workbook.
    Xlsx,
}

/// A file of the table.
pub enum Rows {
    /// A workbook: each of its sheets that has a header.
    Workbook(Box<Xlsx<BufReader<File>>>),
    /// Values separated by commas, semicolons or tabs.
    Csv(Box<csv::Reader<BufReader<File>>>),
}

impl Rows {
    /// Opens a file; its name says what it is.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn open(path: &Path) -> Result<Rows, ReadError> {
        let extension = path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase);
        let kind = match extension.as_deref() {
            Some("xlsx") => FileKind::Xlsx,
            Some("csv") => FileKind::Csv,
            _ => return Err(ReadError::Kind),
        };
        Rows::of(kind, File::open(path)?)
    }

    /// Reads a file of this kind from its beginning.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn of(kind: FileKind, mut file: File) -> Result<Rows, ReadError> {
        file.rewind()?;
        if kind == FileKind::Xlsx {
            return Ok(Rows::Workbook(Box::new(Xlsx::new(BufReader::new(file))?)));
        }
        let delimiter = delimiter(&mut file)?;
        file.rewind()?;
        let mut reader = csv::ReaderBuilder::new();
        reader.delimiter(delimiter).has_headers(false).flexible(true);
        Ok(Rows::Csv(Box::new(reader.from_reader(BufReader::new(file)))))
    }

    /// Shows `visit` every row as it is, with the name of its sheet and its number as a spreadsheet shows it, in order, until it
    /// breaks off with an error of its own.
    ///
    /// # Errors
    /// [`ReadError`], or what `visit` broke off with.
    pub fn each_row<E: From<ReadError>>(
        self,
        mut visit: impl FnMut(&str, u64, Vec<Cell>) -> Result<(), E>,
    ) -> Result<(), E> {
        match self {
            Rows::Workbook(mut workbook) => workbook
                .sheet_names()
                .iter()
                .try_for_each(|name| each_of_sheet(&mut workbook, name, &mut |row, cells| visit(name, row, cells))),
            Rows::Csv(reader) => each_of_csv(*reader, &mut |row, cells| visit("", row, cells)),
        }
    }

    /// Shows `visit` each row below a header, in order, until it breaks off with an error of its own. Empty rows are left out.
    ///
    /// # Errors
    /// [`ReadError`], or what `visit` broke off with.
    pub fn each<E: From<ReadError>>(self, mut visit: impl FnMut(Line) -> Result<(), E>) -> Result<(), E> {
        match self {
            Rows::Workbook(workbook) => each_of_workbook(*workbook, &mut visit),
            Rows::Csv(reader) => {
                let mut sheet = Sheet::new(String::new());
                each_of_csv(*reader, &mut |row, cells| sheet.take(row, cells, &mut visit))?;
                sheet.end().map_err(E::from)
            }
        }
    }
}

/// A sheet of which the header is looked for, then the rows are read.
struct Sheet {
    name: String,
    header: Option<Header>,
    looked_at: usize,
    /// What the row that came nearest to a header lacks.
    lacks: Vec<&'static str>,
}

impl Sheet {
    fn new(name: String) -> Sheet {
        Sheet { name, header: None, looked_at: 0, lacks: Header::lacks(&[]) }
    }

    fn take<E>(&mut self, row: u64, cells: Vec<Cell>, visit: &mut impl FnMut(Line) -> Result<(), E>) -> Result<(), E> {
        if cells.iter().all(Cell::is_empty) {
            return Ok(());
        }
        match &self.header {
            Some(header) => visit(Line::of(header, &self.name, row, cells)),
            None => {
                self.look_at(&cells);
                Ok(())
            }
        }
    }

    fn look_at(&mut self, cells: &[Cell]) {
        if self.looked_at == HEADER_WITHIN {
            return;
        }
        self.looked_at += 1;
        self.header = Header::read(cells);
        let lacks = Header::lacks(cells);
        if lacks.len() < self.lacks.len() {
            self.lacks = lacks;
        }
    }

    fn end(self) -> Result<(), ReadError> {
        if self.header.is_some() { Ok(()) } else { Err(ReadError::NoHeader(self.lacks)) }
    }
}

fn each_of_workbook<E: From<ReadError>>(
    mut workbook: Xlsx<BufReader<File>>,
    visit: &mut impl FnMut(Line) -> Result<(), E>,
) -> Result<(), E> {
    let (mut found, mut lacks) = (false, Vec::new());
    for name in workbook.sheet_names() {
        let mut sheet = Sheet::new(name.clone());
        each_of_sheet(&mut workbook, &name, &mut |row, cells| sheet.take(row, cells, visit))?;
        match sheet.end() {
            Ok(()) => found = true,
            Err(ReadError::NoHeader(missing)) if lacks.is_empty() || missing.len() < lacks.len() => lacks = missing,
            Err(_) => {}
        }
    }
    if found { Ok(()) } else { Err(ReadError::NoHeader(lacks).into()) }
}

fn each_of_sheet<E: From<ReadError>>(
    workbook: &mut Xlsx<BufReader<File>>,
    name: &str,
    take: &mut impl FnMut(u64, Vec<Cell>) -> Result<(), E>,
) -> Result<(), E> {
    // A sheet may be a chart, which has no cells.
    let Ok(mut cells) = workbook.worksheet_cells_reader(name) else { return Ok(()) };
    let mut row: (u32, Vec<Cell>) = (0, Vec::new());
    while let Some(cell) = cells.next_cell().map_err(|error| E::from(ReadError::Workbook(error)))? {
        let (at, place) = cell.get_position();
        if at != row.0 {
            let whole = std::mem::take(&mut row.1);
            take(u64::from(row.0) + 1, whole)?;
            row.0 = at;
        }
        let place = place as usize;
        if row.1.len() <= place {
            row.1.resize(place + 1, Cell::Empty);
        }
        row.1[place] = of_workbook(cell.get_value());
    }
    take(u64::from(row.0) + 1, row.1)
}

fn of_workbook(value: &DataRef<'_>) -> Cell {
    match value {
        DataRef::Empty | DataRef::Error(_) => Cell::Empty,
        #[allow(clippy::cast_precision_loss, reason = "spreadsheets know no other numbers")]
        DataRef::Int(number) => Cell::Number(*number as f64),
        DataRef::Float(number) => Cell::Number(*number),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => Cell::of_text(text),
        DataRef::SharedString(text) => Cell::of_text(text),
        DataRef::Bool(flag) => Cell::of_flag(*flag),
        DataRef::DateTime(moment) => {
            let shift = if moment.is_datetime() && is_1904(moment) { DAYS_TO_1904 } else { 0.0 };
            Cell::Number(moment.as_f64() + shift)
        }
    }
}

/// Whether the workbook counts days from 1904; the library tells it only by the date it makes of the number.
fn is_1904(moment: &calamine::ExcelDateTime) -> bool {
    let plain = calamine::ExcelDateTime::new(moment.as_f64(), calamine::ExcelDateTimeType::DateTime, false);
    plain.to_ymd_hms_milli() != moment.to_ymd_hms_milli()
}

fn each_of_csv<E: From<ReadError>>(
    mut reader: csv::Reader<BufReader<File>>,
    take: &mut impl FnMut(u64, Vec<Cell>) -> Result<(), E>,
) -> Result<(), E> {
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(|error| E::from(ReadError::Csv(error)))? {
        let row = record.position().map_or(0, csv::Position::record) + 1;
        let cells = record.iter().map(of_csv).collect();
        take(row, cells)?;
    }
    Ok(())
}

/// A csv cell. A byte-order mark before the first one, and the apostrophe with which [`super::CsvRows`] keeps spreadsheets from
/// taking a text for a formula, are no part of the text.
fn of_csv(text: &str) -> Cell {
    let text = text.trim_start_matches('\u{feff}').trim();
    let guarded = text.strip_prefix('\'').filter(|rest| rest.starts_with(super::write::FORMULA));
    Cell::of_text(guarded.unwrap_or(text))
}

/// What separates the values: whichever of the three there is most of in the first lines, outside of quotes.
fn delimiter(file: &mut File) -> Result<u8, ReadError> {
    let mut head = Vec::new();
    file.take(64 * 1024).read_to_end(&mut head)?;
    let (mut commas, mut semicolons, mut tabs, mut quoted) = (0_usize, 0_usize, 0_usize, false);
    for byte in head {
        match byte {
            b'"' => quoted = !quoted,
            b',' if !quoted => commas += 1,
            b';' if !quoted => semicolons += 1,
            b'\t' if !quoted => tabs += 1,
            b'\n' if !quoted && commas + semicolons + tabs > 0 => break,
            _ => {}
        }
    }
    let most = commas.max(semicolons).max(tabs);
    Ok(if most == commas {
        b','
    } else if most == semicolons {
        b';'
    } else {
        b'\t'
    })
}
