//! Files of the table, row by row: nothing of what was written stays in memory.

use std::io::{Seek, Write};

use rust_xlsxwriter::{ExcelDateTime, Format, FormatAlign, Worksheet, XlsxError};

use super::cell::{Cell, clock};
use super::columns::Column;

/// A sheet holds 1,048,576 rows, the header among them.
const ROWS_A_SHEET: u32 = 1_048_575;

/// The most characters (as UTF-16 counts them) that a spreadsheet's cell holds.
const LONGEST_TEXT: usize = 32_767;

/// With these a spreadsheet would take a csv file's text for a formula, and run it.
pub(super) const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// Why a file cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The workbook cannot be written.
    #[error("the workbook cannot be written: {0}")]
    Workbook(#[from] XlsxError),
    /// The csv file cannot be written.
    #[error("the csv file cannot be written: {0}")]
    Csv(#[from] csv::Error),
    /// The file cannot be written.
    #[error("the file cannot be written: {0}")]
    Io(#[from] std::io::Error),
}

/// A workbook being written: its rows go to a temporary file at once.
pub struct Workbook {
    book: rust_xlsxwriter::Workbook,
    /// The sheet that takes rows; the ones before are full.
    sheet: Option<Worksheet>,
    rows: u32,
    sheets: u32,
    formats: Formats,
    rows_a_sheet: u32,
}

struct Formats {
    header: Format,
    moment: Format,
    duration: Format,
}

impl Workbook {
    /// A workbook without rows.
    ///
    /// # Errors
    /// [`WriteError`] when there is no place for temporary files.
    pub fn new() -> Result<Workbook, WriteError> {
        Workbook::with_sheets_of(ROWS_A_SHEET)
    }

    pub(super) fn with_sheets_of(rows_a_sheet: u32) -> Result<Workbook, WriteError> {
        let formats = Formats {
            header: Format::new().set_bold().set_text_wrap().set_align(FormatAlign::Top),
            moment: Format::new().set_num_format("dd.mm.yyyy hh:mm:ss"),
            duration: Format::new().set_num_format("[h]:mm:ss"),
        };
        let book = rust_xlsxwriter::Workbook::new();
        let mut workbook = Workbook { book, sheet: None, rows: 0, sheets: 0, formats, rows_a_sheet };
        workbook.turn()?;
        Ok(workbook)
    }

    /// Appends a row.
    ///
    /// # Errors
    /// [`WriteError`] when the disk is full.
    pub fn row(&mut self, cells: &[Cell]) -> Result<(), WriteError> {
        if self.rows == self.rows_a_sheet {
            self.turn()?;
        }
        self.rows += 1;
        let Some(sheet) = &mut self.sheet else { return Ok(()) };
        for (place, cell) in (0_u16..).zip(cells) {
            put(sheet, self.rows, place, cell, &self.formats)?;
        }
        Ok(())
    }

    /// Writes the file out.
    ///
    /// # Errors
    /// [`WriteError`].
    pub fn finish(mut self, file: impl Write + Seek + Send) -> Result<(), WriteError> {
        self.close_sheet()?;
        self.book.save_to_writer(file)?;
        Ok(())
    }

    /// Goes on to a new sheet.
    fn turn(&mut self) -> Result<(), WriteError> {
        self.close_sheet()?;
        self.sheets += 1;
        let mut sheet = self.book.new_worksheet_with_constant_memory()?;
        let name = if self.sheets == 1 {
            "Инциденты".to_owned()
        } else {
            format!("Инциденты {}", self.sheets)
        };
        sheet.set_name(name)?;
        sheet.set_freeze_panes(1, 0)?;
        for (place, column) in (0_u16..).zip(Column::ALL) {
            sheet.set_column_width(place, width(*column))?;
            sheet.write_string_with_format(0, place, column.header(), &self.formats.header)?;
        }
        (self.sheet, self.rows) = (Some(sheet), 0);
        Ok(())
    }

    fn close_sheet(&mut self) -> Result<(), WriteError> {
        if let Some(mut sheet) = self.sheet.take() {
            let last = u16::try_from(Column::ALL.len() - 1).unwrap_or(u16::MAX);
            sheet.autofilter(0, 0, self.rows, last)?;
            self.book.push_worksheet(sheet);
        }
        Ok(())
    }
}

fn put(sheet: &mut Worksheet, row: u32, place: u16, cell: &Cell, formats: &Formats) -> Result<(), WriteError> {
    match cell {
        Cell::Empty => {}
        Cell::Text(text) => {
            sheet.write_string(row, place, cut(text))?;
        }
        Cell::Number(number) => {
            sheet.write_number(row, place, *number)?;
        }
        Cell::Moment(moment) => {
            let year = u16::try_from(moment.year()).unwrap_or(1900);
            let [month, day, hour, minute, second] =
                [moment.month(), moment.day(), moment.hour(), moment.minute(), moment.second()].map(i8::unsigned_abs);
            let moment = ExcelDateTime::from_ymd(year, month, day)?.and_hms(hour.into(), minute, second)?;
            sheet.write_datetime_with_format(row, place, moment, &formats.moment)?;
        }
        Cell::Duration(seconds) => {
            #[allow(clippy::cast_precision_loss, reason = "no complaint is 2^52 seconds old")]
            let days = *seconds as f64 / 86_400.0;
            sheet.write_number_with_format(row, place, days, &formats.duration)?;
        }
    }
    Ok(())
}

/// The text as far as a cell can hold it.
fn cut(text: &str) -> &str {
    let mut length = 0;
    let end = text.char_indices().find(|(_, c)| {
        length += c.len_utf16();
        length > LONGEST_TEXT
    });
    end.map_or(text, |(end, _)| &text[..end])
}

/// How wide a column is, in characters.
fn width(column: Column) -> f64 {
    match column {
        Column::Text | Column::FirstAnswerText | Column::Answer1 | Column::Answer2 | Column::Answer3 => 60.0,
        Column::Organisation | Column::Executor | Column::Topic | Column::Group => 36.0,
        Column::House | Column::Kind | Column::Outcome | Column::MessageMedia | Column::AnswerMedia => 14.0,
        _ => 20.0,
    }
}

/// Rows as csv, for a stream: UTF-8 with a byte-order mark, separated by semicolons, as spreadsheets in Russian expect it.
#[derive(Debug, Default)]
pub struct CsvRows {
    begun: bool,
}

impl CsvRows {
    /// The next rows as bytes; the first call begins with the header.
    ///
    /// # Errors
    /// [`WriteError`].
    pub fn write<'r>(&mut self, rows: impl IntoIterator<Item = &'r [Cell]>) -> Result<Vec<u8>, WriteError> {
        let mut bytes = Vec::new();
        let begins = !std::mem::replace(&mut self.begun, true);
        if begins {
            bytes.extend_from_slice("\u{feff}".as_bytes());
        }
        let mut writer = csv::WriterBuilder::new().delimiter(b';').terminator(csv::Terminator::CRLF).from_writer(bytes);
        if begins {
            writer.write_record(Column::ALL.iter().map(|column| column.header()))?;
        }
        for row in rows {
            writer.write_record(row.iter().map(written))?;
        }
        writer.into_inner().map_err(|error| WriteError::Io(error.into_error()))
    }
}

fn written(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        // «-» alone stands for "no" and is no formula.
        Cell::Text(text) if text.starts_with(FORMULA) && text != "-" => format!("'{text}"),
        Cell::Text(text) => text.clone(),
        Cell::Number(number) => number.to_string(),
        Cell::Moment(moment) => moment.strftime("%d.%m.%Y %H:%M:%S").to_string(),
        Cell::Duration(seconds) => clock(*seconds),
    }
}
