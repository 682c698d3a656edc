//! Passwords: Argon2id, with the measures that OWASP recommends. Both ways take tens of milliseconds of one processor and about
//! 19 MiB, so they are done outside of transactions, and few at a time.

use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _, phc};
use argon2::{Algorithm, Argon2, Params, Version};

use super::Error;
use crate::domain::refusal::Faults;
use crate::store::StoreError;

/// The fewest characters of a password.
pub const SHORTEST: usize = 10;
/// The most characters of a password: more would only be work for the hash.
pub const LONGEST: usize = 200;

/// What an unknown login's password is compared with, so that it takes as long as a known one's.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$b3RrbGlrLW5vYm9keS4uLg$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// A password as it is kept.
#[derive(Clone)]
pub struct PasswordHash(pub(super) String);

/// Hashes a new password of the account `login`; `pointer` names the field in faults.
///
/// # Errors
/// [`Refusal::Invalid`](crate::domain::Refusal::Invalid) when it is too short, too long, or the login.
pub fn hash(password: &str, login: &str, pointer: &str) -> Result<PasswordHash, Error> {
    let mut faults = Faults::default();
    let length = password.chars().count();
    faults.need(
        (SHORTEST..=LONGEST).contains(&length),
        pointer,
        format!("must have {SHORTEST} to {LONGEST} characters"),
    );
    faults.need(!password.eq_ignore_ascii_case(login), pointer, "must not be the login");
    faults.settle()?;
    let hash: phc::PasswordHash =
        argon2()?.hash_password(password.as_bytes()).map_err(|e| StoreError::Away(format!("hashing: {e}")))?;
    Ok(PasswordHash(hash.to_string()))
}

/// Whether it is the password; of nobody it never is, and finding that out takes as long.
pub(super) fn matches(password: &str, kept: Option<&str>) -> bool {
    let Ok(hash) = phc::PasswordHash::new(kept.unwrap_or(NOBODY)) else { return false };
    let fits = Argon2::default().verify_password(password.as_bytes(), &hash).is_ok();
    fits && kept.is_some()
}

/// A password that is easy to copy and hard to guess: 74 bits, in three groups.
///
/// # Errors
/// When the system gives no randomness.
pub fn made_up() -> Result<String, getrandom::Error> {
    // Without letters and digits that are mistaken for each other.
    const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
    let mut bytes = [0; 15];
    getrandom::fill(&mut bytes)?;
    let letters: Vec<char> = bytes.iter().map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()])).collect();
    Ok(letters.chunks(5).map(String::from_iter).collect::<Vec<_>>().join("-"))
}

fn argon2() -> Result<Argon2<'static>, Error> {
    let params = Params::new(19_456, 2, 1, None).map_err(|e| StoreError::Away(format!("hashing: {e}")))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_matches_its_own_hash_only() {
        let kept = hash("корова на лугу", "anna", "/password").unwrap().0;
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert!(matches("корова на лугу", Some(&kept)));
        assert!(!matches("корова на лугу!", Some(&kept)));
        assert!(!matches("корова на лугу", None));
    }

    #[test]
    fn nobody_is_hashed_like_anybody() {
        let nobody = phc::PasswordHash::new(NOBODY).unwrap();
        let somebody = hash("0123456789", "anna", "").unwrap().0;
        let somebody = phc::PasswordHash::new(&somebody).unwrap();
        assert_eq!(nobody.params, somebody.params);
        assert_eq!(nobody.salt.map(|s| s.len()), somebody.salt.map(|s| s.len()));
    }

    #[test]
    fn weak_passwords_are_refused() {
        assert!(hash("123456789", "anna", "/password").is_err());
        assert!(hash("anna.petrova", "Anna.Petrova", "/password").is_err());
        assert!(hash(&"x".repeat(201), "anna", "/password").is_err());
    }

    #[test]
    fn made_up_passwords_differ_and_are_long_enough() {
        let passwords: std::collections::HashSet<String> = (0..100).map(|_| made_up().unwrap()).collect();
        assert_eq!(passwords.len(), 100);
        assert!(passwords.iter().all(|one| one.len() == 17 && one.len() >= SHORTEST));
    }
}
