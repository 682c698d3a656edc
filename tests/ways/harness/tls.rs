//! TLS in front of a plain server, with certificates of the harness's own making.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tempfile::TempDir;

/// How long a side may be silent before the other is looked at.
const LOOK: Duration = Duration::from_millis(5);

/// A terminator: what comes in over TLS goes on in the clear. It serves as long as the process lives.
pub struct Terminator {
    address: SocketAddr,
    talks: Arc<AtomicU32>,
    folder: TempDir,
}

impl Terminator {
    /// Stands in front of a server.
    pub fn before(server: SocketAddr) -> Terminator {
        let folder = tempfile::Builder::new().prefix("otklik-tls-").tempdir().expect("a temporary folder");
        let config = Arc::new(certified(&folder.path().join("roots.pem")));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("its address");
        let talks = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&talks);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (config, counted) = (Arc::clone(&config), Arc::clone(&counted));
                std::thread::spawn(move || carry(stream, server, config, &counted));
            }
        });
        Terminator { address, talks, folder }
    }

    /// Where it is, such as `https://127.0.0.1:40001`.
    pub fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// A file in PEM with the authority that vouches for it.
    pub fn roots(&self) -> PathBuf {
        self.folder.path().join("roots.pem")
    }

    /// How often clients have said something after a whole handshake.
    pub fn talks(&self) -> u32 {
        self.talks.load(Ordering::Relaxed)
    }
}

/// A server's settings with a certificate for this machine; the authority that signed it is written to `roots`.
fn certified(roots: &Path) -> ServerConfig {
    let mut authority = CertificateParams::new(Vec::new()).expect("no names");
    authority.distinguished_name.push(DnType::CommonName, "Made-up authority");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    let root = authority.self_signed(&key).expect("a root");
    std::fs::write(roots, root.pem()).expect("a file");
    let issuer = Issuer::new(authority, key);
    let key = KeyPair::generate().expect("a key");
    let names = vec![Ipv4Addr::LOCALHOST.to_string()];
    let certificate = CertificateParams::new(names).expect("a name").signed_by(&key, &issuer).expect("a certificate");
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions of TLS")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .expect("they fit")
}

/// Carries one connection, both ways in turn, until either side closes it.
fn carry(stream: TcpStream, server: SocketAddr, config: Arc<ServerConfig>, talks: &AtomicU32) {
    let Ok(connection) = ServerConnection::new(config) else { return };
    let mut client = StreamOwned::new(connection, stream);
    while client.conn.is_handshaking() {
        if client.conn.complete_io(&mut client.sock).is_err() {
            return;
        }
    }
    let Ok(mut server) = TcpStream::connect(server) else { return };
    let _ = (client.sock.set_read_timeout(Some(LOOK)), server.set_read_timeout(Some(LOOK)));
    while let Some(said) = pass(&mut client, &mut server) {
        talks.fetch_add(u32::from(said), Ordering::Relaxed);
        if pass(&mut server, &mut client).is_none() {
            break;
        }
    }
    client.conn.send_close_notify();
    let _ = client.conn.complete_io(&mut client.sock);
}

/// Passes on what is there; whether there was something. None: the connection is over.
fn pass(from: &mut impl Read, to: &mut impl Write) -> Option<bool> {
    let mut bytes = [0; 16 << 10];
    match from.read(&mut bytes) {
        Ok(0) => None,
        Ok(read) => to.write_all(&bytes[..read]).and_then(|()| to.flush()).is_ok().then_some(true),
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Some(false),
        Err(_) => None,
    }
}
