//! Taking over the table of the real system: a file is read row by row, checked against the policy, and stored in batches.
//!
//! A row that cannot be taken is reported with every reason, and the others go on. Rows that were taken before are left as they
//! are, so a file may be imported again after its faults, or the policy's missing names, were mended.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::commands::{self, Failed};
use crate::config::Config;
use crate::desk::exchange::{self, BATCH, Fate};
use crate::desk::progress::{self, ImportRun};
use crate::desk::{self, Desk};
use crate::domain::At;
use crate::store::Store;
use crate::table::{Line, ReadError, Record, Rows};

/// How often a batch is tried when somebody else imports the same rows at the same moment.
const TRIES: usize = 4;

/// What to take over, and how.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The table: .xlsx or .csv, with the headers of the real system.
    pub file: PathBuf,
    /// Read and report, but store nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Write every row that is not taken, with the reason, to this file.
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
}

/// How a table is taken over.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Look everything up, but store nothing.
    pub dry_run: bool,
    /// Show on the terminal how far it is.
    pub progress: bool,
}

/// What became of the rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Rows below a header.
    pub read: u64,
    /// Rows that became incidents; in a dry run, that would.
    pub taken: u64,
    /// Rows that were incidents already, or stood in the file before.
    pub seen: u64,
    /// Rows that were not taken.
    pub refused: Vec<Refused>,
    /// Headers that are not known. Their cells are kept with the incidents.
    pub unknown_columns: BTreeSet<String>,
}

/// A row that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The sheet it stands on; empty in a csv file.
    pub sheet: String,
    /// Its number, as a spreadsheet shows it.
    pub row: u64,
    /// Everything that is wrong with it.
    pub reasons: Vec<String>,
}

/// Why a table was not taken over, or not to its end; what was stored before stays.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The database failed.
    #[error(transparent)]
    Desk(#[from] desk::Error),
}

/// The command: takes the table over, and tells the operator what became of it.
///
/// # Errors
/// [`Failed`].
pub fn run(config: &Config, args: Args) -> Result<(), Failed> {
    let (store, desk) = commands::desk(config)?;
    let options = Options { dry_run: args.dry_run, progress: true };
    let report = import(&store, &desk, &args.file, options).map_err(|error| match error {
        ImportError::Desk(error) => Failed::Desk(error),
        ImportError::Read(error) => Failed::Other(format!("{}: {error}", args.file.display())),
    })?;
    print!("{}", report.told(args.dry_run));
    if let Some(path) = &args.report {
        report.write(path).map_err(|error| Failed::Other(format!("{}: {error}", path.display())))?;
    }
    Ok(())
}

/// Takes a table over. Blocks, so it must not be called on an async worker.
///
/// # Errors
/// [`ImportError`]. Batches that were stored before stay stored.
pub fn import(store: &Store, desk: &Desk, file: &Path, options: Options) -> Result<Report, ImportError> {
    let rows = Rows::open(file)?;
    let mut import = Import {
        store,
        desk,
        dry_run: options.dry_run,
        waiting: Vec::with_capacity(BATCH),
        numbers: BTreeSet::new(),
        report: Report::default(),
        bar: bar(options.progress),
        run: None,
    };
    import.begin(file)?;
    let taken = rows.each(|line| import.line(line)).and_then(|()| import.flush());
    import.end(taken.as_ref().err())?;
    taken?;
    import.bar.finish_and_clear();
    Ok(import.report)
}

/// A table being taken over.
struct Import<'a> {
    store: &'a Store,
    desk: &'a Desk,
    dry_run: bool,
    waiting: Vec<Record>,
    /// In a dry run, the numbers looked up so far: nothing else remembers them.
    numbers: BTreeSet<String>,
    report: Report,
    bar: ProgressBar,
    /// What the pages show of it; a dry run leaves no trace.
    run: Option<ImportRun>,
}

impl Import<'_> {
    fn begin(&mut self, file: &Path) -> Result<(), desk::Error> {
        if !self.dry_run {
            let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let desk = self.desk.clone();
            self.run = Some(self.store.write_now(move |conn| progress::import_begins(conn, &desk, &name))?);
        }
        Ok(())
    }

    fn tell(&mut self) -> Result<(), desk::Error> {
        let Some(run) = &mut self.run else { return Ok(()) };
        (run.told.read, run.told.taken, run.told.seen) = (self.report.read, self.report.taken, self.report.seen);
        run.told.refused = u64::try_from(self.report.refused.len()).unwrap_or(u64::MAX);
        let run = run.clone();
        self.store.write_now(move |conn| progress::import_goes_on(conn, &run, At::now()))
    }

    fn end(&mut self, failed: Option<&ImportError>) -> Result<(), desk::Error> {
        self.tell()?;
        let (Some(run), why) = (self.run.take(), failed.map(ToString::to_string)) else { return Ok(()) };
        self.store.write_now(move |conn| progress::import_ends(conn, &run, At::now(), why.as_deref()))
    }

    fn line(&mut self, line: Line) -> Result<(), ImportError> {
        self.report.read += 1;
        for (header, _) in &line.others {
            if !self.report.unknown_columns.contains(header) {
                self.report.unknown_columns.insert(header.clone());
            }
        }
        match Record::read(&line, &self.desk.policy) {
            Ok(record) => self.waiting.push(record),
            Err(reasons) => self.report.refused.push(Refused { sheet: line.sheet, row: line.row, reasons }),
        }
        if self.waiting.len() == BATCH { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), ImportError> {
        let batch = std::mem::take(&mut self.waiting);
        let numbers: Vec<String> =
            if self.dry_run { batch.iter().map(|r| r.number.clone()).collect() } else { Vec::new() };
        let mut fates = self.store(batch)?;
        for (number, fate) in numbers.into_iter().zip(&mut fates) {
            if !self.numbers.insert(number) {
                *fate = Fate::Seen;
            }
        }
        for fate in fates {
            match fate {
                Fate::Taken => self.report.taken += 1,
                Fate::Seen => self.report.seen += 1,
            }
        }
        self.tell()?;
        self.bar.set_position(self.report.read);
        self.bar.set_message(format!("{} not taken", self.report.refused.len()));
        Ok(())
    }

    /// Stores a batch in one transaction, or only looks its rows up.
    fn store(&self, batch: Vec<Record>) -> Result<Vec<Fate>, desk::Error> {
        if self.dry_run {
            return self.store.read_now(move |conn| exchange::look_up(conn, &batch));
        }
        let batch = std::sync::Arc::new(batch);
        let mut left = TRIES;
        loop {
            left -= 1;
            let (batch, desk) = (std::sync::Arc::clone(&batch), self.desk.clone());
            match self.store.write_now(move |conn| exchange::take(conn, &desk, &batch)) {
                Err(desk::Error::Conflict(_)) if left > 0 => {}
                other => return other,
            }
        }
    }
}

fn bar(wanted: bool) -> ProgressBar {
    if !wanted || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {human_pos} rows, {per_sec}, {elapsed} {msg}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

impl Report {
    /// The report as the operator reads it: the sums, then each reason with how often it occurred and where first.
    pub fn told(&self, dry_run: bool) -> String {
        let would = if dry_run { " (dry run: nothing was stored)" } else { "" };
        let mut told = format!(
            "{} rows read: {} taken, {} seen before, {} not taken{would}\n",
            self.read,
            self.taken,
            self.seen,
            self.refused.len(),
        );
        let mut reasons: BTreeMap<&str, (u64, &Refused)> = BTreeMap::new();
        for refused in &self.refused {
            for reason in &refused.reasons {
                reasons.entry(reason).or_insert((0, refused)).0 += 1;
            }
        }
        let mut reasons: Vec<_> = reasons.into_iter().collect();
        reasons.sort_by_key(|(_, (times, _))| std::cmp::Reverse(*times));
        for (reason, (times, first)) in reasons {
            told.push_str(&format!("  {times} × {reason} (first in {})\n", first.place()));
        }
        if !self.unknown_columns.is_empty() {
            let names: Vec<_> = self.unknown_columns.iter().map(|name| format!("«{name}»")).collect();
            told.push_str(&format!("  kept beside the incidents, since no column of ours: {}\n", names.join(", ")));
        }
        told
    }

    /// Writes every row that was not taken to a csv file: sheet, row, and one line for each reason.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), csv::Error> {
        let mut file = csv::Writer::from_writer(File::create(path)?);
        file.write_record(["sheet", "row", "reason"])?;
        for refused in &self.refused {
            for reason in &refused.reasons {
                file.write_record([&refused.sheet, &refused.row.to_string(), reason])?;
            }
        }
        file.flush()?;
        Ok(())
    }
}

impl Refused {
    fn place(&self) -> String {
        if self.sheet.is_empty() {
            format!("row {}", self.row)
        } else {
            format!("«{}», row {}", self.sheet, self.row)
        }
    }
}

#[cfg(test)]
mod tests;
