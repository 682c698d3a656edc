//! For tests: a server that gives canned answers and remembers what it was asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;

use super::{Bases, Wire};

/// A request as the server got it.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The method and what stands after the host, such as `GET /me?x=1`.
    pub line: String,
    /// The headers, their names in lower case.
    pub headers: Vec<(String, String)>,
    /// `null` if it was empty.
    pub body: Value,
}

impl Asked {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// A status, further header lines and a body.
pub type Canned = (u16, &'static str, String);

/// Lets `ask` talk to a server that gives these answers in turn; what `ask` found, and what the server was asked.
pub fn with<T>(answers: Vec<Canned>, ask: impl FnOnce(&Wire) -> T) -> (T, Vec<Asked>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let server: JoinHandle<Vec<Asked>> =
        std::thread::spawn(move || answers.iter().map(|a| serve(&listener, a)).collect());
    let bases = Bases { vk: base.clone(), telegram: base.clone(), odnoklassniki: base.clone(), max: base };
    let found = ask(&Wire::new(bases, Duration::from_secs(5), &[]));
    (found, server.join().unwrap())
}

/// One answer 200 for each body.
pub fn fine(bodies: &[&str]) -> Vec<Canned> {
    bodies.iter().map(|body| (200, "", (*body).to_owned())).collect()
}

fn serve(listener: &TcpListener, (status, headers, body): &Canned) -> Asked {
    let (stream, _) = listener.accept().unwrap();
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let mut asked = Vec::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).unwrap();
        let Some((name, value)) = header.trim_end().split_once(':') else { break };
        asked.push((name.to_lowercase(), value.trim().to_owned()));
    }
    let known = |name: &str| asked.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    let mut content = Vec::new();
    if let Some(length) = known("content-length") {
        content.resize(length.parse().unwrap(), 0);
        reader.read_exact(&mut content).unwrap();
    } else if known("transfer-encoding").is_some() {
        content = chunks(&mut reader);
    }
    let length = body.len();
    let answer = format!("HTTP/1.1 {status} x\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}");
    reader.into_inner().write_all(answer.as_bytes()).unwrap();
    Asked {
        line: line.trim_end().trim_end_matches(" HTTP/1.1").to_owned(),
        headers: asked,
        body: serde_json::from_slice(&content).unwrap_or(Value::Null),
    }
}

fn chunks(reader: &mut impl BufRead) -> Vec<u8> {
    let mut content = Vec::new();
    loop {
        let mut size = String::new();
        reader.read_line(&mut size).unwrap();
        let size = usize::from_str_radix(size.trim(), 16).unwrap();
        let mut chunk = vec![0; size + 2];
        reader.read_exact(&mut chunk).unwrap();
        if size == 0 {
            return content;
        }
        content.extend(&chunk[..size]);
    }
}
