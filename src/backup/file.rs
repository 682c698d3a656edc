//! The file: lines in gzip, hashed as they are written, and checked before they are used.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, BufWriter, Read as _, Seek as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{Error, row};
use crate::domain::event::hex;
use crate::domain::{At, Id};
use crate::store::dump::{Row, Table};

/// The version of the format.
pub(super) const FORMAT: u32 = 1;

/// The first line: what this is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The version of the format.
    pub format: u32,
    /// The newest migration that the database had.
    pub schema: String,
    /// The version of the program that wrote it.
    pub program: String,
    /// The engine that it was written on.
    pub engine: String,
    /// The city, if a policy was loaded.
    pub city: Option<String>,
    /// The version of the policy in force.
    pub policy: Option<i64>,
    /// When it was begun; what it holds is what was committed then.
    pub made_at: At,
}

/// A line that is no row.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Note {
    Backup(Header),
    /// The rows that follow are of this table.
    Table(TableHead),
    Totals(Totals),
    End {
        sha256: String,
    },
}

/// A table's name, and the names and types of its columns.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct TableHead {
    pub name: String,
    columns: Vec<(String, String)>,
}

impl TableHead {
    pub fn of(table: &Table) -> TableHead {
        let columns =
            table.columns.iter().map(|column| (column.name.to_owned(), column.ty.as_str().to_owned())).collect();
        TableHead { name: table.name.to_owned(), columns }
    }
}

/// How much there was, by table.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Totals {
    pub rows: BTreeMap<String, u64>,
    /// The last number that each counter gave.
    pub counters: BTreeMap<String, i64>,
}

/// A file under a passing name beside its own; gone with this value unless it is kept.
pub(super) struct Part {
    to: PathBuf,
    path: PathBuf,
    file: File,
}

impl Part {
    pub fn create(to: &Path) -> Result<Part, Error> {
        let Some(name) = to.file_name() else {
            return Err(failed(to)(io::ErrorKind::InvalidFilename.into()));
        };
        let path = to.with_file_name(format!(".{}.{}.part", name.to_string_lossy(), Id::new(At::now())));
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).map_err(failed(&path))?;
        Ok(Part { to: to.to_owned(), path, file })
    }

    pub fn writer(&self) -> Result<Writer, Error> {
        let file = self.file.try_clone().map_err(failed(&self.path))?;
        let out = GzEncoder::new(BufWriter::with_capacity(1 << 16, file), Compression::fast());
        Ok(Writer { path: self.path.clone(), out, hash: Sha256::new(), line: Vec::new() })
    }

    /// Gives the file its own name, durably; its size.
    pub fn keep(self) -> Result<u64, Error> {
        let kept = || -> io::Result<u64> {
            self.file.sync_all()?;
            let size = self.file.metadata()?.len();
            fs::rename(&self.path, &self.to)?;
            let folder = self.to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            File::open(folder)?.sync_all()?;
            Ok(size)
        };
        kept().map_err(failed(&self.to))
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // After `keep` there is nothing under this name.
        let _ = fs::remove_file(&self.path);
    }
}

/// Writes lines.
pub(super) struct Writer {
    path: PathBuf,
    out: GzEncoder<BufWriter<File>>,
    hash: Sha256,
    line: Vec<u8>,
}

impl Writer {
    pub fn note(&mut self, note: &Note) -> Result<(), Error> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, note).map_err(|error| failed(&self.path)(error.into()))?;
        self.put()
    }

    pub fn row(&mut self, row: &Row) -> Result<(), Error> {
        self.line.clear();
        row::encode(row, &mut self.line).map_err(|error| failed(&self.path)(error))?;
        self.put()
    }

    fn put(&mut self) -> Result<(), Error> {
        self.line.push(b'\n');
        self.hash.update(&self.line);
        self.out.write_all(&self.line).map_err(failed(&self.path))
    }

    /// Writes the last line, and everything out.
    pub fn finish(mut self) -> Result<(), Error> {
        let sha256 = hex(&self.hash.clone().finalize());
        self.note(&Note::End { sha256 })?;
        let mut file = self.out.finish().map_err(failed(&self.path))?;
        file.flush().map_err(failed(&self.path))
    }
}

/// One line of a file.
pub(super) enum Entry<'a> {
    Note(Note),
    /// The text of a row.
    Row(&'a str),
}

/// A file that is whole.
pub(super) struct Reader {
    lines: Lines,
    header: Header,
}

impl Reader {
    /// Opens a file and reads it to its end, to see that it is a backup in a format known here and that nothing of it is missing or
    /// changed. What [`Reader::next`] gives then begins after the header.
    pub fn open(path: &Path) -> Result<Reader, Error> {
        let mut file = File::open(path).map_err(failed(path))?;
        let mut lines = Lines::of(path, file.try_clone().map_err(failed(path))?);
        lines.header()?;
        lines.check()?;
        file.rewind().map_err(failed(path))?;
        let mut lines = Lines::of(path, file);
        Ok(Reader { header: lines.header()?, lines })
    }

    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The next line; none after the last.
    pub fn next(&mut self) -> Result<Option<Entry<'_>>, Error> {
        if self.lines.read()? { self.lines.entry().map(Some) } else { Ok(None) }
    }

    /// The error of a file that is not what it should be.
    pub fn damaged(&self, why: impl Into<String>) -> Error {
        self.lines.damaged(why)
    }
}

/// Reads the lines of a file, of which nothing is known yet.
struct Lines {
    path: PathBuf,
    text: BufReader<GzDecoder<BufReader<File>>>,
    line: Vec<u8>,
}

impl Lines {
    fn of(path: &Path, file: File) -> Lines {
        let packed = GzDecoder::new(BufReader::with_capacity(1 << 16, file));
        Lines { path: path.to_owned(), text: BufReader::with_capacity(1 << 16, packed), line: Vec::new() }
    }

    fn header(&mut self) -> Result<Header, Error> {
        let found = if self.read()? { serde_json::from_slice(&self.line).ok() } else { None };
        match found {
            Some(Note::Backup(header)) if header.format == FORMAT => Ok(header),
            Some(Note::Backup(header)) => {
                Err(self.damaged(format!("its format is {}, and this program knows {FORMAT}", header.format)))
            }
            _ => Err(self.damaged("it does not begin like one")),
        }
    }

    /// Reads to the end: the counts and the hash must be those that were written.
    fn check(&mut self) -> Result<(), Error> {
        let mut hash = Sha256::new_with_prefix(&self.line);
        let (mut rows, mut table, mut totals) = (BTreeMap::new(), String::new(), None);
        while self.read()? {
            let before = hash.clone();
            hash.update(&self.line);
            match self.entry()? {
                Entry::Row(_) => *rows.entry(table.clone()).or_default() += 1,
                Entry::Note(Note::Table(head)) => {
                    table.clone_from(&head.name);
                    rows.insert(head.name, 0u64);
                }
                Entry::Note(Note::Totals(found)) => totals = Some(found),
                Entry::Note(Note::End { sha256 }) => {
                    if sha256 != hex(&before.finalize()) {
                        return Err(self.damaged("its checksum is wrong"));
                    }
                    if totals.is_none_or(|totals| totals.rows != rows) {
                        return Err(self.damaged("rows are missing"));
                    }
                    return self.check_end();
                }
                Entry::Note(Note::Backup(_)) => return Err(self.damaged("it begins twice")),
            }
        }
        Err(self.damaged("its end is missing"))
    }

    /// Nothing may come after the last line, neither in the compressed part nor behind it.
    fn check_end(&mut self) -> Result<(), Error> {
        let more = self.read()?;
        let behind = self.text.get_mut().get_mut().read(&mut [0]).map_err(failed(&self.path))?;
        if more || behind > 0 { Err(self.damaged("something follows its end")) } else { Ok(()) }
    }

    fn entry(&self) -> Result<Entry<'_>, Error> {
        let text = std::str::from_utf8(&self.line).map_err(|error| self.damaged(error.to_string()))?.trim_end();
        if text.starts_with('[') {
            return Ok(Entry::Row(text));
        }
        serde_json::from_str(text).map(Entry::Note).map_err(|error| self.damaged(error.to_string()))
    }

    fn read(&mut self) -> Result<bool, Error> {
        self.line.clear();
        match self.text.read_until(b'\n', &mut self.line) {
            Ok(length) => Ok(length > 0),
            Err(error) => Err(match error.kind() {
                io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
                    self.damaged(error.to_string())
                }
                _ => failed(&self.path)(error),
            }),
        }
    }

    fn damaged(&self, why: impl Into<String>) -> Error {
        Error::Damaged { path: self.path.clone(), why: why.into() }
    }
}

/// The error of an operation on a file.
fn failed(path: &Path) -> impl FnOnce(io::Error) -> Error {
    move |why| Error::File { path: path.to_owned(), why }
}
