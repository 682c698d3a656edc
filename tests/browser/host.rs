//! Another host, which has pictures.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;

/// A host with a picture of one dot at every path, as long as the tests run; its address.
pub fn picture() -> String {
    const PNG: &[u8] =
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\rIDATx\x9cc\xf8\xcf\xc0\
\xf0\x1f\0\x05\0\x01\xff\xa7\x8a\x89\xdb\0\0\0\0IEND\xaeB`\x82";
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        // A browser opens connections before it knows what for: none is waited for.
        while let Ok((mut stream, _)) = listener.accept() {
            std::thread::spawn(move || {
                let lines = BufReader::new(&stream).lines().map_while(Result::ok);
                lines.take_while(|line| !line.is_empty()).for_each(drop);
                let length = PNG.len();
                let head = format!(
                    "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: image/png\r\ncontent-length: {length}\r\n\r\n"
                );
                let _ = stream.write_all(&[head.as_bytes(), PNG].concat());
            });
        }
    });
    format!("http://{address}")
}
