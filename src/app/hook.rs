//! The token in the address of a page's hook: it names the page and the epoch of the address, signed, so that nobody can guess an
//! address and none has to be stored. Raising the page's epoch makes every address before void.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::Mac as _;
use uuid::Uuid;

use crate::config::keyed_hash;
use crate::domain::Id;

/// How many bytes of the signature a token carries.
const SIGNED: usize = 16;

/// The token of a page's address in an epoch.
pub fn issue(key: &[u8; 32], page: Id, epoch: i32) -> String {
    let said = [page.0.as_bytes().as_slice(), &epoch.to_be_bytes()].concat();
    let mut mac = keyed_hash(key);
    mac.update(&said);
    let signature = mac.finalize().into_bytes();
    URL_SAFE_NO_PAD.encode([&signature[..SIGNED], &said].concat())
}

/// The page and the epoch of a token, if it is ours. Whether that epoch is the page's present one is for the caller to see.
pub fn read(key: &[u8; 32], token: &str) -> Option<(Id, i32)> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let (signature, said) = bytes.split_first_chunk::<SIGNED>()?;
    let mut mac = keyed_hash(key);
    mac.update(said);
    mac.verify_truncated_left(signature).ok()?;
    let (page, epoch) = said.split_first_chunk::<16>()?;
    Some((Id(Uuid::from_bytes(*page)), i32::from_be_bytes(epoch.try_into().ok()?)))
}

/// The address of a page's hook under the service's public one.
pub fn address(key: &[u8; 32], public_url: &str, network: &str, page: Id, epoch: i32) -> String {
    format!("{public_url}/hooks/{network}/{}", issue(key, page, epoch))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::At;

    #[test]
    fn a_token_names_its_page_and_epoch_and_no_other_does() {
        let (key, page) = ([3; 32], Id::new(At::now()));
        let token = issue(&key, page, 7);
        assert_eq!(read(&key, &token), Some((page, 7)));
        assert_eq!(issue(&key, page, 7), token, "an address lasts");
        assert_ne!(issue(&key, page, 8), token);
        assert_eq!(read(&[4; 32], &token), None);
        for at in 0..token.len() {
            let other = if token.as_bytes()[at] == b'A' { "B" } else { "A" };
            let mut changed = token.clone();
            changed.replace_range(at..=at, other);
            assert_ne!(read(&key, &changed), Some((page, 7)), "changed at {at}");
        }
        for bad in ["", "A", &token[..20], "%%%"] {
            assert_eq!(read(&key, bad), None);
        }
        assert!(address(&key, "https://o.example", "vk", page, 7).ends_with(&format!("example/hooks/vk/{token}")));
    }
}
