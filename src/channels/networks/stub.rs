//! For tests: a network that answers what it was told to, in turn, and remembers what it was asked.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::{Bases, Wire};

/// One request.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The method and the path, without the query: `POST /method/wall.get`.
    pub line: String,
    pub query: String,
    /// The headers, their names in lower case.
    headers: Vec<(String, String)>,
    /// The body as it came.
    pub body: String,
}

impl Asked {
    /// The method, the path and the query: `GET /me?x=1`.
    pub fn whole(&self) -> String {
        if self.query.is_empty() { self.line.clone() } else { format!("{}?{}", self.line, self.query) }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON; `null` if it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }
}

/// A status, further header lines and a body.
pub type Answer = (u16, &'static str, String);

/// One answer 200 for each body.
pub fn fine(bodies: &[&str]) -> Vec<Answer> {
    bodies.iter().map(|body| (200, "", (*body).to_owned())).collect()
}

/// Lets `ask` talk to a network that gives these answers; what `ask` found, and what the network was asked.
pub fn with<T>(answers: Vec<Answer>, ask: impl FnOnce(&Wire) -> T) -> (T, Vec<Asked>) {
    let stub = Stub::giving(answers);
    let found = ask(&stub.wire());
    (found, stub.asked())
}

/// A network that answers from a list. What is asked beyond the list gets no answer.
pub struct Stub {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Stub {
    /// Answers with these statuses and bodies. An answer 429 asks for 11 seconds.
    pub fn answering(answers: Vec<(u16, Value)>) -> Stub {
        let wait = |status| if status == 429 { "retry-after: 11\r\n" } else { "" };
        Stub::giving(answers.into_iter().map(|(status, body)| (status, wait(status), body.to_string())).collect())
    }

    fn giving(answers: Vec<Answer>) -> Stub {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stub = Stub { address: listener.local_addr().unwrap(), asked: Arc::default() };
        let asked = stub.asked.clone();
        thread::spawn(move || {
            for answer in answers {
                let Ok((stream, _)) = listener.accept() else { return };
                serve(stream, &answer, &asked);
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

/// What was asked is remembered before it is answered: whoever has the answer can look at it.
fn serve(mut stream: TcpStream, (status, headers, body): &Answer, asked: &Mutex<Vec<Asked>>) {
    asked.lock().unwrap().push(hear(&mut BufReader::new(&stream)));
    let length = body.len();
    let answer = format!("HTTP/1.1 {status} x\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}");
    let _ = stream.write_all(answer.as_bytes());
}

fn hear(reader: &mut impl BufRead) -> Asked {
    let first = line(reader);
    let mut headers = Vec::new();
    while let Some((name, value)) = line(reader).split_once(':') {
        headers.push((name.to_lowercase(), value.trim().to_owned()));
    }
    let target = first.strip_suffix(" HTTP/1.1").unwrap();
    let (line, query) = target.split_once('?').unwrap_or((target, ""));
    let mut asked = Asked { line: line.to_owned(), query: query.to_owned(), headers, body: String::new() };
    let content = match asked.header("content-length") {
        Some(length) => exactly(reader, length.parse().unwrap()),
        None if asked.header("transfer-encoding").is_some() => chunks(reader),
        None => Vec::new(),
    };
    asked.body = String::from_utf8(content).unwrap();
    asked
}

fn line(reader: &mut impl BufRead) -> String {
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}

fn exactly(reader: &mut impl BufRead, length: usize) -> Vec<u8> {
    let mut content = vec![0; length];
    reader.read_exact(&mut content).unwrap();
    content
}

fn chunks(reader: &mut impl BufRead) -> Vec<u8> {
    let mut content = Vec::new();
    loop {
        let size = usize::from_str_radix(&line(reader), 16).unwrap();
        let chunk = exactly(reader, size + 2);
        if size == 0 {
            return content;
        }
        content.extend(&chunk[..size]);
    }
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
