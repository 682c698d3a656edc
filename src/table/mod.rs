//! The table of the real system («Инцидент Менеджмент»): its 47 columns, what stands in their cells, and files of it.
//!
//! Exports of that system move their columns between versions, so a column is known by its *header* and never by its place
//! ([`Column`]). A row is a [`Record`], in both directions: reading a file makes records of rows, writing one makes rows of
//! records, and what a record says survives the way out and back in.
//!
//! | | |
//! |---|---|
//! | `columns` | the headers, in order, with the spellings they come in |
//! | `cell`    | values: texts, moments, durations, and their quirks |
//! | `labels`  | the Russian words that stand for our vocabularies |
//! | `record`  | a row as facts, and back |
//! | `read`    | files: xlsx and csv, row by row |
//! | `write`   | files: xlsx and csv, row by row |
//!
//! Nothing here knows a database; the policy resolves names.

mod cell;
mod columns;
mod labels;
mod read;
mod record;
mod write;

pub use cell::Cell;
pub use columns::{Column, Header};
pub use read::{FileKind, Line, ReadError, Rows};
pub use record::Record;
pub use write::{CsvRows, Workbook, WriteError};

#[cfg(test)]
mod tests;
