//! PostgreSQL by libpq, with binary parameters and results.

use std::collections::HashSet;
use std::ffi::{CStr, CString, c_char, c_int};
use std::ptr;

use pq_sys as ffi;
use pq_sys::ExecStatusType as Status;

use super::{Bare, Row, TABLES, Value, insertion, is_given};

/// The same as the service's own.
const SETTINGS: &str = "set time zone 'UTC'; set jit = off; set client_min_messages = warning;";

pub struct Connection {
    conn: *mut ffi::PGconn,
    columns: Vec<Vec<String>>,
    prepared: HashSet<String>,
}

// SAFETY: libpq allows a connection to be used by any one thread at a time.
unsafe impl Send for Connection {}

struct Answer(*mut ffi::PGresult);

impl Drop for Answer {
    fn drop(&mut self) {
        // SAFETY: a result is cleared once.
        unsafe { ffi::PQclear(self.0) };
    }
}

fn c(text: &str) -> CString {
    CString::new(text).expect("a text without zeros")
}

impl Connection {
    pub fn open(url: &str) -> Connection {
        // SAFETY: the text is a C string.
        let conn = unsafe { ffi::PQconnectdb(c(url).as_ptr()) };
        let mut connection = Connection { conn, columns: Vec::new(), prepared: HashSet::new() };
        connection.run(SETTINGS);
        connection.columns = connection.columns();
        connection
    }

    #[track_caller]
    fn checked(&self, result: *mut ffi::PGresult) -> Answer {
        let answer = Answer(result);
        // SAFETY: the connection lives; its message is a C string until the next call.
        unsafe {
            let status = ffi::PQresultStatus(answer.0);
            if ![Status::PGRES_COMMAND_OK, Status::PGRES_TUPLES_OK, Status::PGRES_COPY_IN].contains(&status) {
                panic!("{}", CStr::from_ptr(ffi::PQerrorMessage(self.conn)).to_string_lossy());
            }
        }
        answer
    }

    fn query(&self, sql: &str) -> Answer {
        // SAFETY: no parameters are given, and the result is asked for in binary.
        let result = unsafe {
            let none = ptr::null();
            ffi::PQexecParams(self.conn, c(sql).as_ptr(), 0, none, ptr::null(), ptr::null(), ptr::null(), 1)
        };
        self.checked(result)
    }
}

impl Answer {
    fn count(&self) -> c_int {
        // SAFETY: the result lives.
        unsafe { ffi::PQntuples(self.0) }
    }

    fn names(&self) -> Vec<String> {
        // SAFETY: names are C strings as long as the result lives.
        unsafe {
            (0..ffi::PQnfields(self.0))
                .map(|n| CStr::from_ptr(ffi::PQfname(self.0, n)).to_string_lossy().into_owned())
                .collect()
        }
    }

    fn value(&self, row: c_int, column: c_int) -> Value {
        // SAFETY: a value is as long as it is told to be.
        unsafe {
            if ffi::PQgetisnull(self.0, row, column) == 1 {
                return Value::Null;
            }
            let length = usize::try_from(ffi::PQgetlength(self.0, row, column)).unwrap_or(0);
            Value::Bytes(std::slice::from_raw_parts(ffi::PQgetvalue(self.0, row, column).cast::<u8>(), length).to_vec())
        }
    }
}

fn bytes(value: &Value) -> Option<&[u8]> {
    match value {
        Value::Bytes(bytes) => Some(bytes),
        Value::Text(text) => Some(text.as_bytes()),
        _ => None,
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // SAFETY: the connection is finished once.
        unsafe { ffi::PQfinish(self.conn) };
    }
}

impl Bare for Connection {
    fn run(&mut self, sql: &str) {
        // SAFETY: the text is a C string.
        let result = unsafe { ffi::PQexec(self.conn, c(sql).as_ptr()) };
        self.checked(result);
    }

    fn columns(&mut self) -> Vec<Vec<String>> {
        let of = |table: usize| {
            let names = self.query(&format!("select * from {} limit 0", TABLES[table])).names();
            names.into_iter().filter(|column| !is_given(table, column)).collect()
        };
        (0..TABLES.len()).map(of).collect()
    }

    fn read(&mut self, sql: &str) -> Vec<Row> {
        let answer = self.query(sql);
        let width = c_int::try_from(answer.names().len()).unwrap_or(0);
        (0..answer.count()).map(|row| (0..width).map(|column| answer.value(row, column)).collect()).collect()
    }

    /// All rows by one statement, prepared once for each number of rows.
    fn insert(&mut self, table: usize, rows: &[Row]) -> Vec<i64> {
        let name = format!("{}{}", TABLES[table], rows.len());
        if !self.prepared.contains(&name) {
            let columns = &self.columns[table];
            let mut marks = (1..=columns.len() * rows.len()).map(|n| format!("${n}"));
            let groups: Vec<String> = rows
                .iter()
                .map(|_| format!("({})", marks.by_ref().take(columns.len()).collect::<Vec<_>>().join(",")))
                .collect();
            let returning = if TABLES[table] == "incidents" { " returning number" } else { "" };
            let sql = format!("{}{}{returning}", insertion(table, columns), groups.join(","));
            // SAFETY: all texts are C strings; types are left to the server.
            let result = unsafe { ffi::PQprepare(self.conn, c(&name).as_ptr(), c(&sql).as_ptr(), 0, ptr::null()) };
            self.checked(result);
            self.prepared.insert(name.clone());
        }
        let values: Vec<Option<&[u8]>> = rows.iter().flatten().map(bytes).collect();
        let pointers: Vec<*const c_char> = values
            .iter()
            .map(|value| {
                value.map_or(ptr::null(), |bytes| if bytes.is_empty() { c"".as_ptr() } else { bytes.as_ptr().cast() })
            })
            .collect();
        let lengths: Vec<c_int> = values.iter().map(|value| value.map_or(0, |bytes| bytes.len() as c_int)).collect();
        let formats = vec![1; values.len()];
        // SAFETY: the arrays are of the told length, and each value of its own.
        let result = unsafe {
            let count = c_int::try_from(values.len()).expect("fewer parameters than 65536");
            ffi::PQexecPrepared(
                self.conn,
                c(&name).as_ptr(),
                count,
                pointers.as_ptr(),
                lengths.as_ptr(),
                formats.as_ptr(),
                1,
            )
        };
        let answer = self.checked(result);
        (0..answer.count())
            .filter_map(|row| match answer.value(row, 0) {
                Value::Bytes(bytes) => bytes.try_into().ok().map(i64::from_be_bytes),
                _ => None,
            })
            .collect()
    }

    /// By `COPY` in its binary form.
    fn pour(&mut self, table: usize, columns: &[&str], rows: &[Row]) {
        let names: Vec<_> = columns.iter().map(|name| format!("\"{name}\"")).collect();
        self.run(&format!("copy {} ({}) from stdin (format binary)", TABLES[table], names.join(", ")));
        let mut data = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0".to_vec();
        for row in rows {
            data.extend_from_slice(&(row.len() as i16).to_be_bytes());
            for value in row {
                match bytes(value) {
                    None => data.extend_from_slice(&(-1i32).to_be_bytes()),
                    Some(bytes) => {
                        data.extend_from_slice(&(bytes.len() as i32).to_be_bytes());
                        data.extend_from_slice(bytes);
                    }
                }
            }
        }
        data.extend_from_slice(&(-1i16).to_be_bytes());
        // SAFETY: the data is as long as told; the copy is ended and its result taken.
        unsafe {
            for part in data.chunks(1 << 20) {
                assert_eq!(ffi::PQputCopyData(self.conn, part.as_ptr().cast(), part.len() as c_int), 1);
            }
            assert_eq!(ffi::PQputCopyEnd(self.conn, ptr::null()), 1);
            let result = ffi::PQgetResult(self.conn);
            self.checked(result);
            assert!(ffi::PQgetResult(self.conn).is_null(), "a copy has one result");
        }
    }

    fn int(&self, value: i64) -> Value {
        Value::Bytes(value.to_be_bytes().to_vec())
    }
}
