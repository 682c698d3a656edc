//! A light HTTP/1.1 client: one connection, kept alive; requests are bytes made beforehand, so that it costs next to nothing.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// One connection.
pub struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// What a request was answered.
pub struct Answer<'a> {
    pub status: u16,
    pub body: &'a [u8],
}

impl Answer<'_> {
    /// The body as JSON; panics unless the status is one of success.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        assert!(self.status < 300, "{}: {}", self.status, String::from_utf8_lossy(self.body));
        serde_json::from_slice(self.body).expect("the service answers JSON")
    }
}

impl Client {
    pub fn connect(address: SocketAddr) -> Client {
        let stream = TcpStream::connect(address).expect("the service listens");
        stream.set_nodelay(true).expect("a socket's option");
        stream.set_read_timeout(Some(Duration::from_secs(120))).expect("a socket's option");
        Client { stream, buffer: Vec::with_capacity(1 << 16) }
    }

    /// Sends a whole request and waits for the whole answer.
    pub fn ask(&mut self, request: &[u8]) -> Answer<'_> {
        self.stream.write_all(request).expect("the service reads");
        self.buffer.clear();
        let mut chunk = [0; 1 << 14];
        let (mut head, mut whole) = (0, usize::MAX);
        while self.buffer.len() < whole {
            let count = self.stream.read(&mut chunk).expect("the service answers");
            assert!(count > 0, "the service hung up");
            self.buffer.extend_from_slice(&chunk[..count]);
            if head == 0
                && let Some(end) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n")
            {
                head = end + 4;
                whole = head + length(&self.buffer[..head]);
            }
        }
        let status = std::str::from_utf8(&self.buffer[9..12]).ok().and_then(|digits| digits.parse().ok());
        Answer { status: status.expect("a status line"), body: &self.buffer[head..] }
    }
}

fn length(head: &[u8]) -> usize {
    let head = std::str::from_utf8(head).expect("headers are ASCII");
    let line = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    line.unwrap_or_else(|| panic!("an answer without Content-Length:\n{head}"))
}

/// The bytes of a request.
pub fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut bytes =
        format!("{method} {path} HTTP/1.1\r\nhost: bench\r\ncontent-length: {}\r\n", body.len()).into_bytes();
    if !body.is_empty() {
        bytes.extend_from_slice(b"content-type: application/json\r\n");
    }
    for (name, value) in headers {
        bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(body);
    bytes
}
