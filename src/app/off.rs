//! The token in a letter by which its kind is turned off without signing in: it names the member and the kind, signed, and is good
//! for nothing else. It does not end, as letters do not.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::Mac as _;
use uuid::Uuid;

use crate::config::keyed_hash;
use crate::domain::Id;
use crate::domain::notice::NoticeKind;

/// How many bytes of the signature a token carries.
const SIGNED: usize = 16;

/// The token that turns a kind off for a member.
pub fn issue(key: &[u8; 32], member: Id, kind: NoticeKind) -> String {
    let said = [member.0.as_bytes().as_slice(), kind.as_str().as_bytes()].concat();
    let mut mac = keyed_hash(key);
    mac.update(&said);
    let signature = mac.finalize().into_bytes();
    URL_SAFE_NO_PAD.encode([&signature[..SIGNED], &said].concat())
}

/// Whom and what a token is about, if it is ours.
pub fn read(key: &[u8; 32], token: &str) -> Option<(Id, NoticeKind)> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let (signature, said) = bytes.split_first_chunk::<SIGNED>()?;
    let mut mac = keyed_hash(key);
    mac.update(said);
    mac.verify_truncated_left(signature).ok()?;
    let (member, kind) = said.split_first_chunk::<16>()?;
    Some((Id(Uuid::from_bytes(*member)), std::str::from_utf8(kind).ok()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::At;

    #[test]
    fn a_token_says_whom_and_what_it_is_about_and_no_other_does() {
        let (key, member) = ([3; 32], Id::new(At::now()));
        let token = issue(&key, member, NoticeKind::DeadlineNear);
        assert_eq!(read(&key, &token), Some((member, NoticeKind::DeadlineNear)));
        assert_eq!(issue(&key, member, NoticeKind::DeadlineNear), token, "a letter that is tried again has the same");
        assert_ne!(issue(&key, member, NoticeKind::DeadlineMissed), token);
        assert_eq!(read(&[4; 32], &token), None);
        for at in 0..token.len() {
            let other = if token.as_bytes()[at] == b'A' { "B" } else { "A" };
            let mut changed = token.clone();
            changed.replace_range(at..=at, other);
            assert_ne!(read(&key, &changed), Some((member, NoticeKind::DeadlineNear)), "changed at {at}");
        }
        for bad in ["", "A", &token[..20], "%%%"] {
            assert_eq!(read(&key, bad), None);
        }
    }
}
