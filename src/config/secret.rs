//! Values that must not be printed.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// A value that prints as `***`, in logs and in panics alike.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    /// Hides a value.
    pub const fn new(value: T) -> Secret<T> {
        Secret(value)
    }

    /// The value itself, for the one who has to use it.
    pub const fn reveal(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl<T> fmt::Display for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// The installation's one key. Nothing is done with it directly: each use has a key of its own, derived from it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MasterKey(Secret<[u8; 32]>);

impl MasterKey {
    /// A key of given bytes.
    pub const fn new(bytes: [u8; 32]) -> MasterKey {
        MasterKey(Secret::new(bytes))
    }

    /// Reads the 32 bytes from padded base64.
    pub fn from_base64(text: &str) -> Option<MasterKey> {
        let bytes = STANDARD.decode(text.trim()).ok()?;
        bytes.try_into().ok().map(MasterKey::new)
    }

    /// The key for one purpose. Different purposes give independent keys; the same purpose always gives the same.
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        let mut mac = keyed_hash(self.0.reveal());
        mac.update(b"otklik/1/");
        mac.update(purpose.as_bytes());
        mac.finalize().into_bytes().into()
    }
}

/// HMAC-SHA256 under a key, ready for what it is to cover.
pub fn keyed_hash(key: &[u8; 32]) -> Hmac<Sha256> {
    // HMAC fills a short key up to its block with zeros; doing so here leaves no length that could be wrong.
    let mut block = [0; 64];
    block[..32].copy_from_slice(key);
    Hmac::new(&block.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_never_printed() {
        let key = MasterKey::new([7; 32]);
        assert_eq!(format!("{:?} {} {key:?}", Secret::new("tiger"), Secret::new("tiger")), "*** *** MasterKey(***)");
    }

    #[test]
    fn purposes_have_keys_of_their_own() {
        let key = MasterKey::new([7; 32]);
        assert_eq!(key.derive("seal"), key.derive("seal"));
        assert_ne!(key.derive("seal"), key.derive("token"));
        assert_ne!(key.derive("seal"), MasterKey::new([8; 32]).derive("seal"));
    }

    #[test]
    fn a_key_has_exactly_32_bytes() {
        assert!(MasterKey::from_base64(&STANDARD.encode([1; 32])).is_some());
        assert!(MasterKey::from_base64(&STANDARD.encode([1; 31])).is_none());
        assert!(MasterKey::from_base64("not base64").is_none());
    }
}
