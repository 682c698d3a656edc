//! Access tokens: short-lived, signed, and naming a sign-in rather than repeating what is known of its holder.

use std::time::Duration;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use crate::desk::session::Identity;
use crate::domain::{At, Id, Role};

/// Who gives out and takes these tokens.
const ISSUER: &str = "otklik";

/// What an access token says. The holder's role and organisation are for the client's convenience: what counts is what the database
/// says, so that a change holds for tokens given out before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    iss: String,
    /// The member of staff.
    pub sub: Id,
    /// The sign-in.
    pub sid: Id,
    /// The epoch of the account: raising it voids the token.
    pub epoch: i32,
    /// The role when the token was given out.
    pub role: Role,
    /// The organisation when the token was given out.
    pub org: String,
    iat: i64,
    exp: i64,
}

/// Makes the access token of a sign-in; none if signing fails, which only a broken build can bring about.
pub fn issue(key: &[u8; 32], identity: &Identity, family: Id, now: At, lasting: Duration) -> Option<String> {
    let iat = now.as_second();
    let claims = Claims {
        iss: ISSUER.to_owned(),
        sub: identity.id,
        sid: family,
        epoch: identity.epoch,
        role: identity.role,
        org: identity.organisation.clone(),
        iat,
        exp: iat + i64::try_from(lasting.as_secs()).ok()?,
    };
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &EncodingKey::from_secret(key)).ok()
}

/// What a token says, if it is ours and not over. There is no leeway: the clock that gave it out is the one that reads it.
pub fn read(key: &[u8; 32], token: &str, now: At) -> Option<Claims> {
    let mut rules = Validation::new(Algorithm::HS256);
    rules.set_issuer(&[ISSUER]);
    rules.set_required_spec_claims(&["iss", "exp", "sub"]);
    // The instant is an argument, so it is compared here and not by the library.
    rules.validate_exp = false;
    rules.validate_aud = false;
    let claims = jsonwebtoken::decode::<Claims>(token, &DecodingKey::from_secret(key), &rules).ok()?.claims;
    (now.as_second() < claims.exp).then_some(claims)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    const KEY: [u8; 32] = [3; 32];
    const QUARTER: Duration = Duration::from_secs(900);

    fn somebody() -> Identity {
        Identity { id: Id::new(At::now()), role: Role::Approver, organisation: "dgh".to_owned(), epoch: 2 }
    }

    #[test]
    fn a_token_says_whose_it_is_until_it_is_over() {
        let (who, family, now) = (somebody(), Id::new(At::now()), At::now());
        let token = issue(&KEY, &who, family, now, QUARTER).unwrap();
        let claims = read(&KEY, &token, now.plus_seconds(899)).unwrap();
        assert_eq!((claims.sub, claims.sid, claims.epoch), (who.id, family, 2));
        assert_eq!(read(&KEY, &token, now.plus_seconds(900)), None);
        assert_eq!(read(&[4; 32], &token, now), None);
    }

    #[test]
    fn a_changed_or_unsigned_token_says_nothing() {
        let now = At::now();
        let token = issue(&KEY, &somebody(), Id::new(now), now, QUARTER).unwrap();
        let parts: Vec<&str> = token.split('.').collect();
        let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
        for bad in [
            format!("{none}.{}.", parts[1]),
            format!("{none}.{}.{}", parts[1], parts[2]),
            format!("{}.{}.{}", parts[0], URL_SAFE_NO_PAD.encode("{}"), parts[2]),
            format!("{}.{}", parts[0], parts[1]),
            String::new(),
        ] {
            assert_eq!(read(&KEY, &bad, now), None, "{bad}");
        }
    }
}
