//! The one address of several replicas: connections go to each in turn, and break off where nobody answers.

use std::collections::BTreeMap;
use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

#[derive(Default)]
struct Shared {
    backends: Mutex<(usize, Vec<SocketAddr>)>,
    statuses: Mutex<BTreeMap<String, u32>>,
}

pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl Proxy {
    /// It serves as long as the process lives.
    pub fn open() -> Proxy {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("its address");
        let shared = Arc::new(Shared::default());
        let served = Arc::clone(&shared);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let shared = Arc::clone(&served);
                std::thread::spawn(move || {
                    let status = carry(client, shared.next()).unwrap_or_else(|_| "cut".to_owned());
                    *shared.statuses.lock().expect("no panic").entry(status).or_default() += 1;
                });
            }
        });
        Proxy { address, shared }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where connections go from now on.
    pub fn to(&self, urls: &[&str]) {
        let addresses = urls.iter().map(|url| url.trim_start_matches("http://").parse().expect("an address"));
        self.shared.backends.lock().expect("no panic").1 = addresses.collect();
    }

    /// How many connections were answered how; `cut` if not at all.
    pub fn statuses(&self) -> BTreeMap<String, u32> {
        self.shared.statuses.lock().expect("no panic").clone()
    }
}

impl Shared {
    fn next(&self) -> Option<SocketAddr> {
        let mut backends = self.backends.lock().expect("no panic");
        backends.0 += 1;
        let at = backends.0.checked_rem(backends.1.len())?;
        backends.1.get(at).copied()
    }
}

/// Carries one request and its answer; the answer's status.
fn carry(mut client: TcpStream, backend: Option<SocketAddr>) -> io::Result<String> {
    let backend = TcpStream::connect(backend.ok_or(io::ErrorKind::NotConnected)?)?;
    // Requests come in several pieces, and none must wait until the one before is acknowledged.
    client.set_nodelay(true)?;
    backend.set_nodelay(true)?;
    let (mut up_from, mut up_to, mut down) = (client.try_clone()?, backend.try_clone()?, backend);
    let up = std::thread::spawn(move || {
        let _ = io::copy(&mut up_from, &mut up_to);
        let _ = up_to.shutdown(Shutdown::Write);
    });
    let mut bytes = [0; 4096];
    let mut status = None;
    let passed = loop {
        match down.read(&mut bytes) {
            Ok(0) => break Ok(()),
            Ok(read) => {
                status.get_or_insert_with(|| String::from_utf8_lossy(&bytes[..read]).chars().skip(9).take(3).collect());
                if let Err(error) = client.write_all(&bytes[..read]) {
                    break Err(error);
                }
            }
            Err(error) => break Err(error),
        }
    };
    let _ = client.shutdown(Shutdown::Both);
    let _ = up.join();
    match (status, passed) {
        (Some(status), _) => Ok(status),
        (None, passed) => Err(passed.err().unwrap_or_else(|| io::ErrorKind::UnexpectedEof.into())),
    }
}
