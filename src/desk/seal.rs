//! Sealing: what must be read again but not by whoever reads the database.
//!
//! XChaCha20-Poly1305 under a key derived from the installation's own. What a sealed text belongs to is authenticated with it, so a
//! sealed text copied to another record does not open.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};

/// The form of a sealed text, so that another can be told apart one day.
const VERSION: &str = "x1.";
const NONCE: usize = 24;

/// A sealed text that does not open: another key, another owner, or damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("what was sealed does not open: the key is another one, or the record was changed")]
pub struct Unopened;

/// Seals and opens. Cheap to clone.
#[derive(Clone)]
pub struct Seal(XChaCha20Poly1305);

impl Seal {
    /// A seal with a key of its own, used for nothing else.
    pub fn new(key: &[u8; 32]) -> Seal {
        Seal(XChaCha20Poly1305::new(key.into()))
    }

    /// Seals a text for an owner. The same text never looks the same twice.
    ///
    /// # Errors
    /// [`Unopened`] when the machine gives no randomness or the text is longer than the cipher allows.
    pub fn close(&self, owner: &str, plain: &[u8]) -> Result<String, Unopened> {
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).map_err(|_| Unopened)?;
        let payload = Payload { msg: plain, aad: owner.as_bytes() };
        let sealed = self.0.encrypt(&XNonce::from(nonce), payload).map_err(|_| Unopened)?;
        Ok(format!("{VERSION}{}", URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed].concat())))
    }

    /// Opens what was sealed for this owner.
    ///
    /// # Errors
    /// [`Unopened`].
    pub fn open(&self, owner: &str, sealed: &str) -> Result<Vec<u8>, Unopened> {
        let text = sealed.strip_prefix(VERSION).ok_or(Unopened)?;
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| Unopened)?;
        let (nonce, cipher) = bytes.split_first_chunk::<NONCE>().ok_or(Unopened)?;
        let payload = Payload { msg: cipher, aad: owner.as_bytes() };
        self.0.decrypt(&XNonce::from(*nonce), payload).map_err(|_| Unopened)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_for_its_owner_only() {
        let seal = Seal::new(&[1; 32]);
        let sealed = seal.close("source:1", "тайна".as_bytes()).unwrap();
        assert!(sealed.starts_with("x1.") && !sealed.contains("тайна"));
        assert_eq!(seal.open("source:1", &sealed).unwrap(), "тайна".as_bytes());
        assert_eq!(seal.open("source:2", &sealed), Err(Unopened));
        assert_eq!(Seal::new(&[2; 32]).open("source:1", &sealed), Err(Unopened));
    }

    #[test]
    fn damage_shows() {
        let seal = Seal::new(&[1; 32]);
        let sealed = seal.close("a", b"secret").unwrap();
        assert_ne!(sealed, seal.close("a", b"secret").unwrap());
        for bad in ["", "x1.", "x1.AAAA", "x2.AAAA", &sealed[..sealed.len() - 1], &format!("{sealed}A")] {
            assert_eq!(seal.open("a", bad), Err(Unopened), "{bad}");
        }
    }
}
