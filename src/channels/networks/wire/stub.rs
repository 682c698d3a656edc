//! A network for tests: answers what it was told to, in order, and remembers what it was asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::{Bases, Wire};

/// One request.
#[derive(Debug, Clone)]
pub struct Asked {
    /// `POST /path`, without the query.
    pub line: String,
    pub query: String,
    /// The body as it came.
    pub body: String,
}

/// A network that answers from a list. What is asked beyond the list gets no answer.
pub struct Stub {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Stub {
    /// Answers with these statuses and bodies. An answer 429 asks for 11 seconds.
    pub fn answering(answers: Vec<(u16, Value)>) -> Stub {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stub = Stub { address: listener.local_addr().unwrap(), asked: Arc::default() };
        let asked = stub.asked.clone();
        thread::spawn(move || {
            for (status, body) in answers {
                let Ok((mut stream, _)) = listener.accept() else { return };
                asked.lock().unwrap().push(hear(&stream));
                let body = body.to_string();
                let wait = if status == 429 { "retry-after: 11\r\n" } else { "" };
                let head =
                    format!("HTTP/1.1 {status} x\r\n{wait}content-length: {}\r\nconnection: close\r\n\r\n", body.len());
                let _ = stream.write_all((head + &body).as_bytes());
            }
        });
        stub
    }

    /// A way to ask it, whatever the network.
    pub fn wire(&self) -> Wire {
        let base = format!("http://{}", self.address);
        let bases = Bases { vk: base.clone(), telegram: base.clone(), odnoklassniki: base.clone(), max: base };
        Wire::new(bases, Duration::from_secs(10), &[])
    }

    /// What it was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

fn hear(stream: &TcpStream) -> Asked {
    let mut reader = BufReader::new(stream);
    let mut line = || {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    };
    let first = line();
    let mut length = 0;
    loop {
        let header = line().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let target = first.strip_suffix(" HTTP/1.1").unwrap();
    let (line, query) = target.split_once('?').unwrap_or((target, ""));
    Asked { line: line.to_owned(), query: query.to_owned(), body: String::from_utf8(body).unwrap() }
}

/// A field of a form, or of a query.
pub fn field(form: &str, name: &str) -> Option<String> {
    let value = form.split('&').find_map(|pair| pair.split_once('=').filter(|(key, _)| plain(key) == name))?.1;
    Some(plain(value))
}

/// Undoes the encoding of forms.
fn plain(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            other => other,
        });
    }
    String::from_utf8(bytes).unwrap()
}
