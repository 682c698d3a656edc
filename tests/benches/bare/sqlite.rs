//! SQLite by its C library.

use std::ffi::{CStr, CString, c_int};
use std::ptr;

use libsqlite3_sys as ffi;

use super::{Bare, Row, TABLES, Value, insertion, is_given};

/// The same as the service's own.
const SETTINGS: &str = "pragma busy_timeout = 5000; pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on;
    pragma temp_store = memory; pragma cache_size = -16000; pragma mmap_size = 268435456; pragma wal_autocheckpoint = 4000;";

pub struct Connection {
    db: *mut ffi::sqlite3,
    inserts: [Option<Statement>; TABLES.len()],
}

// SAFETY: SQLite is compiled thread-safe, and a connection is used by one thread at a time.
unsafe impl Send for Connection {}

struct Statement(*mut ffi::sqlite3_stmt);

impl Drop for Statement {
    fn drop(&mut self) {
        // SAFETY: the statement was prepared and is finalized once.
        unsafe { ffi::sqlite3_finalize(self.0) };
    }
}

impl Connection {
    pub fn open(path: &str) -> Connection {
        let path = CString::new(path).expect("a path without zeros");
        let mut db = ptr::null_mut();
        // SAFETY: both pointers are good for the call.
        let code = unsafe { ffi::sqlite3_open(path.as_ptr(), &mut db) };
        let mut connection = Connection { db, inserts: Default::default() };
        connection.check(code);
        connection.run(SETTINGS);
        connection
    }

    #[track_caller]
    fn check(&self, code: c_int) {
        if ![ffi::SQLITE_OK, ffi::SQLITE_ROW, ffi::SQLITE_DONE].contains(&code) {
            // SAFETY: the message is a C string until the next call.
            panic!("{:?}", unsafe { CStr::from_ptr(ffi::sqlite3_errmsg(self.db)) });
        }
    }

    fn prepare(&self, sql: &str) -> Statement {
        let mut statement = ptr::null_mut();
        let length = c_int::try_from(sql.len()).expect("a short statement");
        // SAFETY: the text is good for the call and its length is told.
        let code =
            unsafe { ffi::sqlite3_prepare_v2(self.db, sql.as_ptr().cast(), length, &mut statement, ptr::null_mut()) };
        self.check(code);
        Statement(statement)
    }

    /// Runs a prepared statement once; the integer that it gives back, if it does.
    fn step(&self, statement: &Statement, row: &[Value]) -> i64 {
        let of = statement.0;
        for (place, value) in (1..).zip(row) {
            // SAFETY: texts and bytes outlive the step, after which they are bound anew or not read.
            let code = unsafe {
                match value {
                    Value::Null => ffi::sqlite3_bind_null(of, place),
                    Value::Int(value) => ffi::sqlite3_bind_int64(of, place, *value),
                    Value::Real(value) => ffi::sqlite3_bind_double(of, place, *value),
                    Value::Text(text) => {
                        ffi::sqlite3_bind_text(of, place, text.as_ptr().cast(), size(text.len()), None)
                    }
                    Value::Bytes(bytes) => {
                        ffi::sqlite3_bind_blob(of, place, bytes.as_ptr().cast(), size(bytes.len()), None)
                    }
                }
            };
            self.check(code);
        }
        // SAFETY: the statement is prepared and bound.
        unsafe {
            self.check(ffi::sqlite3_step(of));
            let number = ffi::sqlite3_column_int64(of, 0);
            self.check(ffi::sqlite3_reset(of));
            number
        }
    }

    fn values(&self, table: usize, columns: &[String]) -> Statement {
        let marks = vec!["?"; columns.len()].join(", ");
        let returning = if TABLES[table] == "incidents" { " returning number" } else { "" };
        self.prepare(&format!("{} ({marks}){returning}", insertion(table, columns)))
    }
}

fn size(length: usize) -> c_int {
    c_int::try_from(length).expect("a value of less than 2 GiB")
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.inserts = Default::default();
        // SAFETY: nothing else of the connection is in use.
        unsafe { ffi::sqlite3_close(self.db) };
    }
}

impl Bare for Connection {
    fn run(&mut self, sql: &str) {
        let sql = CString::new(sql).expect("a statement without zeros");
        // SAFETY: the text is a C string; no callback is given.
        let code = unsafe { ffi::sqlite3_exec(self.db, sql.as_ptr(), None, ptr::null_mut(), ptr::null_mut()) };
        self.check(code);
    }

    fn columns(&mut self) -> Vec<Vec<String>> {
        let of = |table: usize| {
            if TABLES[table] == "incident_terms" {
                return vec!["rowid".to_owned(), "terms".to_owned()];
            }
            let statement = self.prepare(&format!("select * from {}", TABLES[table]));
            // SAFETY: names are C strings as long as the statement lives.
            let name =
                |n| unsafe { CStr::from_ptr(ffi::sqlite3_column_name(statement.0, n)).to_string_lossy().into_owned() };
            let count = unsafe { ffi::sqlite3_column_count(statement.0) };
            (0..count).map(name).filter(|column| !is_given(table, column)).collect()
        };
        (0..TABLES.len()).map(of).collect()
    }

    fn read(&mut self, sql: &str) -> Vec<Row> {
        let statement = self.prepare(sql);
        let of = statement.0;
        let mut rows = Vec::new();
        // SAFETY: columns are read between steps, by their own type and length.
        unsafe {
            let count = ffi::sqlite3_column_count(of);
            loop {
                let code = ffi::sqlite3_step(of);
                self.check(code);
                if code == ffi::SQLITE_DONE {
                    return rows;
                }
                let bytes = |n| {
                    let start = ffi::sqlite3_column_blob(of, n).cast::<u8>();
                    let length = usize::try_from(ffi::sqlite3_column_bytes(of, n)).unwrap_or(0);
                    if length == 0 { Vec::new() } else { std::slice::from_raw_parts(start, length).to_vec() }
                };
                rows.push(
                    (0..count)
                        .map(|n| match ffi::sqlite3_column_type(of, n) {
                            ffi::SQLITE_NULL => Value::Null,
                            ffi::SQLITE_INTEGER => Value::Int(ffi::sqlite3_column_int64(of, n)),
                            ffi::SQLITE_FLOAT => Value::Real(ffi::sqlite3_column_double(of, n)),
                            ffi::SQLITE_TEXT => Value::Text(String::from_utf8_lossy(&bytes(n)).into_owned()),
                            _ => Value::Bytes(bytes(n)),
                        })
                        .collect(),
                );
            }
        }
    }

    fn insert(&mut self, table: usize, rows: &[Row]) -> Vec<i64> {
        if self.inserts[table].is_none() {
            let columns = self.columns().swap_remove(table);
            self.inserts[table] = Some(self.values(table, &columns));
        }
        let Some(statement) = &self.inserts[table] else { return Vec::new() };
        rows.iter().map(|row| self.step(statement, row)).collect()
    }

    fn pour(&mut self, table: usize, columns: &[&str], rows: &[Row]) {
        let columns: Vec<String> = columns.iter().map(|column| (*column).to_owned()).collect();
        let statement = self.values(table, &columns);
        for row in rows {
            self.step(&statement, row);
        }
    }

    fn int(&self, value: i64) -> Value {
        Value::Int(value)
    }
}
