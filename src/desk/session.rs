//! Signing in and out. A sign-in is a family of refresh tokens, each good for one use; one that is used twice was stolen from
//! somebody, so it ends the whole family.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use super::{Error, password};
use crate::domain::event::hex;
use crate::domain::{Actor, At, Id, Policy, Refusal, Role, Scope};
use crate::store::records::{Session, Staff};
use crate::store::{Conn, StoreError, sessions, staff};

/// Who holds a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    pub id: Id,
    pub role: Role,
    pub organisation: String,
    /// Tokens given out under another epoch are void.
    pub epoch: i32,
}

impl Identity {
    /// The actor that this member of staff is under a policy: staff of the root see the whole city, others their organisation
    /// and what is below it, and those of an organisation that the policy does not have see nothing.
    pub fn actor(&self, policy: &Policy) -> Actor {
        let scope = if self.organisation == policy.doc().city.root {
            Scope::All
        } else {
            Scope::Subtree(Arc::new(policy.subtree(&self.organisation).iter().cloned().collect()))
        };
        Actor::Staff { id: self.id, role: self.role, organisation: self.organisation.clone(), scope }
    }

    /// Who a member is.
    pub(super) fn of(member: &Staff) -> Identity {
        Identity { id: member.id, role: member.role, organisation: member.organisation.clone(), epoch: member.epoch }
    }
}

/// Somebody who may be about to sign in.
pub struct Candidate(Option<Staff>);

impl Candidate {
    /// Looks a login up. That there is none shows only later, and in the same way as a wrong password.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn find(conn: &mut Conn, login: &str) -> Result<Candidate, Error> {
        Ok(Candidate(staff::by_login(conn, &login.trim().to_lowercase())?))
    }

    /// The account of somebody who is signed in and proves the password anew.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn myself(conn: &mut Conn, id: Id) -> Result<Candidate, Error> {
        Ok(Candidate(staff::find(conn, id)?))
    }

    /// The login, if there is such an account.
    pub fn login(&self) -> Option<&str> {
        self.0.as_ref().map(|member| member.login.as_str())
    }

    /// Goes on only with the right password of an account that is on. Slow on purpose; needs no database.
    ///
    /// # Errors
    /// [`Refusal::WrongCredentials`].
    pub fn prove(self, password: &str) -> Result<Proven, Error> {
        let fits = password::matches(password, self.0.as_ref().map(|member| member.password_hash.as_str()));
        match self.0 {
            Some(member) if fits && member.active => Ok(Proven(Identity::of(&member))),
            _ => Err(Refusal::WrongCredentials.into()),
        }
    }
}

/// Somebody who knew the password.
pub struct Proven(Identity);

/// A sign-in, open for a while.
#[derive(Clone, PartialEq, Eq)]
pub struct Opened {
    /// Whose it is.
    pub identity: Identity,
    /// All tokens of this sign-in.
    pub family: Id,
    /// The refresh token; kept nowhere but with the client.
    pub refresh: String,
    /// When the refresh token ends.
    pub expires_at: At,
}

/// Opens a session, provided nothing changed since the password was proved.
///
/// # Errors
/// [`Refusal::WrongCredentials`].
pub fn open(conn: &mut Conn, proven: &Proven, now: At, lasting: Duration) -> Result<Opened, Error> {
    let member = staff::find(conn, proven.0.id)?
        .filter(|member| member.active && member.epoch == proven.0.epoch)
        .ok_or(Refusal::WrongCredentials)?;
    give_token(conn, &member, Id::new(now), now, lasting)
}

/// What a refresh token got.
pub enum Refreshed {
    /// The next one.
    Opened(Opened),
    /// The end of its family, because it had been used before.
    Ended(Id),
}

/// Takes a refresh token and gives the next one.
///
/// # Errors
/// [`Refusal::BadToken`] when it is unknown, over or revoked, or its holder's account is off.
pub fn refresh(conn: &mut Conn, token: &str, now: At, lasting: Duration) -> Result<Refreshed, Error> {
    let session = sessions::by_hash(conn, &fingerprint(token))?.ok_or(Refusal::BadToken)?;
    if session.revoked_at.is_some() || session.expires_at <= now {
        return Err(Refusal::BadToken.into());
    }
    // The one compare-and-set decides, so of two that come at once the second is told as reused.
    if !sessions::spend(conn, session.id, now)? {
        sessions::revoke_family(conn, session.family, now)?;
        return Ok(Refreshed::Ended(session.family));
    }
    let member = staff::find(conn, session.staff_id)?.filter(|member| member.active).ok_or(Refusal::BadToken)?;
    give_token(conn, &member, session.family, now, lasting).map(Refreshed::Opened)
}

/// Who holds a family of tokens, as long as it is open and the account is on.
///
/// # Errors
/// [`Error::Store`].
pub fn identity(conn: &mut Conn, family: Id, now: At) -> Result<Option<Identity>, Error> {
    let holder = sessions::holder(conn, family, now)?;
    Ok(holder.filter(|member| member.active).map(|member| Identity::of(&member)))
}

/// Ends one sign-in.
///
/// # Errors
/// [`Error::Store`].
pub fn close(conn: &mut Conn, family: Id, now: At) -> Result<(), Error> {
    sessions::revoke_family(conn, family, now)?;
    Ok(())
}

/// A sign-in that is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    pub family: Id,
    /// When its token was last renewed; at first, when it began.
    pub renewed_at: At,
    pub ends_at: At,
}

impl SignIn {
    /// When it began: its identity is made of the time.
    pub fn began_at(&self) -> At {
        let made = self.family.0.get_timestamp().and_then(|stamp| i64::try_from(stamp.to_unix().0).ok());
        made.map_or(self.renewed_at, |seconds| At::EVER.plus_seconds(seconds))
    }
}

/// The open sign-ins of somebody, the last renewed first.
///
/// # Errors
/// [`Error::Store`].
pub fn open_sign_ins(conn: &mut Conn, id: Id, now: At) -> Result<Vec<SignIn>, Error> {
    let rows = sessions::open(conn, id, now)?;
    Ok(rows.into_iter().map(|(family, renewed_at, ends_at)| SignIn { family, renewed_at, ends_at }).collect())
}

/// Ends every sign-in of somebody but this one; how many tokens that were.
///
/// # Errors
/// [`Error::Store`].
pub fn close_others(conn: &mut Conn, id: Id, family: Id, now: At) -> Result<usize, Error> {
    Ok(sessions::revoke_others(conn, id, family, now)?)
}

/// Ends every sign-in of a member of staff and voids every token given out.
///
/// # Errors
/// [`Error::Conflict`] when the account changed at the same moment.
pub fn close_all(conn: &mut Conn, id: Id, now: At) -> Result<(), Error> {
    let member = staff::find(conn, id)?.ok_or(Error::NotFound("member of staff"))?;
    let next = Staff { epoch: member.epoch + 1, ..member.clone() };
    if !staff::update(conn, &member, &next)? {
        return Err(Error::Conflict("the account changed at the same moment; try again"));
    }
    sessions::revoke_all(conn, id, now)?;
    Ok(())
}

/// Forgets tokens that ended a while ago; how many.
///
/// # Errors
/// [`Error::Store`].
pub fn prune(conn: &mut Conn, now: At) -> Result<usize, Error> {
    const KEPT_SECONDS: i64 = 7 * 86_400;
    Ok(sessions::prune(conn, now.plus_seconds(-KEPT_SECONDS))?)
}

fn give_token(conn: &mut Conn, member: &Staff, family: Id, now: At, lasting: Duration) -> Result<Opened, Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|e| StoreError::Away(format!("no randomness: {e}")))?;
    let refresh = URL_SAFE_NO_PAD.encode(bytes);
    let expires_at = now.plus_seconds(i64::try_from(lasting.as_secs()).unwrap_or(i64::MAX));
    let session = Session {
        id: Id::new(now),
        family,
        staff_id: member.id,
        token_hash: fingerprint(&refresh),
        issued_at: now,
        expires_at,
        used_at: None,
        revoked_at: None,
    };
    sessions::insert(conn, &session)?;
    Ok(Opened { identity: Identity::of(member), family, refresh, expires_at })
}

/// What is kept of a token. It is random and long, so a plain hash cannot be guessed back.
fn fingerprint(token: &str) -> String {
    hex(&Sha256::digest(token.as_bytes()))
}
