//! Where messages come from: sources and the secrets they sign with. A secret is shown once, when it is made, and kept sealed; while
//! it is being replaced, the old one stays good for a while beside the new.
//!
//! Sources serve the whole city, so only administrators of its root manage them. Official pages are sources as well, but are managed
//! in [`pages`](super::pages) and not shown here.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::seal::{Seal, Unopened};
use super::version::{mark, need};
use super::{Desk, Error, given};
use crate::domain::refusal::Faults;
use crate::domain::{At, Id, Permission, Refusal, Scope};
use crate::store::records::{Source, SourceSecret};
use crate::store::{Conn, StoreError, sources};

/// For how many hours the old secret stays good unless said otherwise.
pub const KEEP_HOURS: u32 = 24;
/// For how many hours it may stay good at most.
pub const KEEP_HOURS_MOST: u32 = 168;

/// What a new source is.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSource {
    /// Its name in the webhook's address; cannot be changed.
    #[schema(example = "vk-bridge", min_length = 2, max_length = 64, pattern = "^[a-z0-9][a-z0-9-]*[a-z0-9]$")]
    pub name: String,
    /// What people call it.
    #[schema(example = "Сбор из ВКонтакте", min_length = 1, max_length = 200)]
    pub title: String,
    /// The network of messages that name none: `vk`, `ok`, `telegram`, `max` or another short name.
    #[schema(example = "vk", min_length = 1, max_length = 40, pattern = "^[a-z0-9][a-z0-9_-]*$")]
    pub network: String,
    /// Where answers are pushed, signed; none: they are fetched and reported over the API.
    #[serde(default)]
    #[schema(example = "https://bridge.example.org/answers", max_length = 2000)]
    pub reply_url: Option<String>,
}

/// What to change of a source; what is absent stays.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceChange {
    /// What people call it.
    #[schema(min_length = 1, max_length = 200)]
    pub title: Option<String>,
    /// The network of messages that name none.
    #[schema(min_length = 1, max_length = 40, pattern = "^[a-z0-9][a-z0-9_-]*$")]
    pub network: Option<String>,
    /// Where answers are pushed; `null` to push no more.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 2000)]
    pub reply_url: Option<Option<String>>,
    /// Whether messages are taken.
    pub active: Option<bool>,
}

/// A secret in the only moment in which it is known.
#[derive(Serialize, ToSchema)]
pub struct ShownSecret {
    /// As Standard Webhooks writes it. It is not shown again.
    #[schema(example = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDzCw3yRBDHl4=")]
    pub secret: String,
    /// Until when the one before stays good; none if there was none, or it ended at once.
    pub previous_until: Option<At>,
}

/// A source with what is needed to verify what it sends.
#[derive(Clone)]
pub struct Verifying {
    pub source: Source,
    /// The bytes of each secret with the instant it ends at, the newest first.
    secrets: Vec<(Vec<u8>, Option<At>)>,
}

impl Verifying {
    /// The secrets that are good at an instant, the newest first.
    pub fn secrets(&self, now: At) -> impl Iterator<Item = &[u8]> {
        self.secrets.iter().filter(move |(_, end)| end.is_none_or(|end| end > now)).map(|(bytes, _)| bytes.as_slice())
    }
}

/// Makes a source and its first secret.
///
/// # Errors
/// [`Refusal`]; [`Error::Conflict`] when the name is taken.
pub fn create(conn: &mut Conn, desk: &Desk, seal: &Seal, new: NewSource) -> Result<(Source, ShownSecret), Error> {
    need_city(desk)?;
    check(Some(&new.name), &new.title, &new.network, new.reply_url.as_deref())?;
    if sources::by_name(conn, &new.name)?.is_some() {
        return Err(Error::Conflict("there is a source of this name already"));
    }
    let source = Source {
        id: Id::new(desk.now),
        name: new.name,
        title: new.title.trim().to_owned(),
        network: new.network,
        active: true,
        reply_url: new.reply_url,
        created_by: desk.actor.tag(),
        created_at: desk.now,
    };
    sources::insert(conn, &source)?;
    let secret = add_secret(conn, desk, seal, source.id)?;
    Ok((source, ShownSecret { secret, previous_until: None }))
}

/// Sources after a name, in the order of names.
///
/// # Errors
/// [`Refusal::Forbidden`].
pub fn list(
    conn: &mut Conn,
    desk: &Desk,
    active: Option<bool>,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<Source>, Error> {
    need_city(desk)?;
    Ok(sources::list(conn, active, after, limit)?)
}

/// How many sources there are.
///
/// # Errors
/// [`Refusal::Forbidden`].
pub fn count(conn: &mut Conn, desk: &Desk, active: Option<bool>) -> Result<i64, Error> {
    need_city(desk)?;
    Ok(sources::count(conn, active)?)
}

/// One source.
///
/// # Errors
/// [`Error::NotFound`].
pub fn find(conn: &mut Conn, desk: &Desk, id: Id) -> Result<Source, Error> {
    need_city(desk)?;
    sources::pushing(conn, id)?.ok_or(Error::NotFound("source"))
}

/// Changes a source, provided it is still as the actor saw it.
///
/// # Errors
/// [`Refusal`], [`Error::NotFound`], [`Error::Stale`].
pub fn change(conn: &mut Conn, desk: &Desk, id: Id, seen: Option<i64>, change: SourceChange) -> Result<Source, Error> {
    let before = find(conn, desk, id)?;
    need(seen, version(&before))?;
    let after = Source {
        title: change.title.map_or_else(|| before.title.clone(), |title| title.trim().to_owned()),
        network: change.network.unwrap_or_else(|| before.network.clone()),
        reply_url: change.reply_url.unwrap_or_else(|| before.reply_url.clone()),
        active: change.active.unwrap_or(before.active),
        ..before.clone()
    };
    check(None, &after.title, &after.network, after.reply_url.as_deref())?;
    if !sources::update(conn, &before, &after)? {
        return Err(Error::Conflict("the source changed at the same moment; look again"));
    }
    Ok(after)
}

/// Makes a new secret. The one before stays good for `keep_hours`; older ones end at once, so that at most two are good.
///
/// # Errors
/// [`Refusal`], [`Error::NotFound`], [`Error::Conflict`] when somebody else did so at the same moment.
pub fn rotate(
    conn: &mut Conn,
    desk: &Desk,
    seal: &Seal,
    id: Id,
    keep_hours: u32,
) -> Result<(Source, ShownSecret), Error> {
    let source = find(conn, desk, id)?;
    if keep_hours > KEEP_HOURS_MOST {
        return Err(Refusal::invalid("/keep_hours", format!("must be from 0 to {KEEP_HOURS_MOST}")).into());
    }
    let until = desk.now.plus_seconds(3600 * i64::from(keep_hours));
    // First the one that decides a race, then the sweep: so it sees what those before have left.
    let ended = sources::end_current(conn, id, until)?;
    let ended = ended.ok_or(Error::Conflict("the secret was replaced at the same moment; look again"))?;
    sources::delete_old(conn, id, ended)?;
    let secret = add_secret(conn, desk, seal, id)?;
    Ok((source, ShownSecret { secret, previous_until: (keep_hours > 0).then_some(until) }))
}

/// The source of this name with its secrets opened; none if there is none or it is off.
///
/// # Errors
/// [`Error::Store`]; also when a secret does not open.
pub fn verifying(conn: &mut Conn, seal: &Seal, name: &str, now: At) -> Result<Option<Verifying>, Error> {
    let Some(source) = sources::by_name(conn, name)?.filter(|source| source.active) else { return Ok(None) };
    let secrets = sources::secrets(conn, source.id, now)?
        .into_iter()
        .map(|secret| Ok((open(seal, &secret)?, secret.expires_at)))
        .collect::<Result<_, Unopened>>()
        .map_err(|error| StoreError::Away(error.to_string()))?;
    Ok(Some(Verifying { source, secrets }))
}

/// The bytes of a source's current secret, to sign what is pushed to it; none if there is none.
///
/// # Errors
/// [`Error::Store`]; also when the secret does not open.
pub fn signing_secret(conn: &mut Conn, seal: &Seal, id: Id, now: At) -> Result<Option<Vec<u8>>, Error> {
    let current = sources::secrets(conn, id, now)?.into_iter().find(|secret| secret.expires_at.is_none());
    let opened = current.map(|secret| open(seal, &secret)).transpose();
    opened.map_err(|error| StoreError::Away(error.to_string()).into())
}

/// Whether the seal's key opens what is stored; so it does when nothing is stored.
///
/// # Errors
/// [`Error::Store`].
pub fn key_fits(conn: &mut Conn, seal: &Seal) -> Result<bool, Error> {
    Ok(sources::any_secret(conn)?.is_none_or(|secret| open(seal, &secret).is_ok()))
}

/// Whether a source could have this name.
pub fn is_name(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (2..=64).contains(&text.len()) && text.chars().all(inner) && !text.starts_with('-') && !text.ends_with('-')
}

/// The version of a source that `If-Match` compares.
pub fn version(source: &Source) -> i64 {
    mark(&(&source.title, &source.network, &source.reply_url, source.active))
}

fn need_city(desk: &Desk) -> Result<(), Error> {
    desk.need(Permission::ManageSources)?;
    if desk.actor.scope() == Scope::All { Ok(()) } else { Err(Refusal::Forbidden(Permission::ManageSources).into()) }
}

fn check(name: Option<&str>, title: &str, network: &str, reply_url: Option<&str>) -> Result<(), Refusal> {
    let mut faults = Faults::default();
    faults.need(
        name.is_none_or(is_name),
        "/name",
        "must have 2 to 64 of a-z, 0-9 and -, and neither begin nor end with -",
    );
    faults.need(
        name.is_none_or(|name| !name.starts_with(super::pages::PREFIX)),
        "/name",
        "may not begin with page-: those names are given to official pages",
    );
    faults.length(title, 1..=200, "/title");
    let in_network = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    let good = (1..=40).contains(&network.len())
        && network.chars().all(in_network)
        && network.starts_with(|c: char| c.is_ascii_alphanumeric());
    faults.need(good, "/network", "must have 1 to 40 of a-z, 0-9, - and _, and begin with a letter or digit");
    if let Some(url) = reply_url {
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        let good = rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '['))
            && url.len() <= 2000
            && url.chars().all(|c| c.is_ascii_graphic());
        faults.need(good, "/reply_url", "must be an address with http or https, of at most 2000 ASCII characters");
    }
    faults.settle()
}

fn add_secret(conn: &mut Conn, desk: &Desk, seal: &Seal, source: Id) -> Result<String, Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|e| StoreError::Away(format!("no randomness: {e}")))?;
    let sealed = seal.close(&owner(source), &bytes).map_err(|e| StoreError::Away(e.to_string()))?;
    let secret =
        SourceSecret { id: Id::new(desk.now), source_id: source, sealed, created_at: desk.now, expires_at: None };
    sources::insert_secret(conn, &secret)?;
    Ok(format!("whsec_{}", STANDARD.encode(bytes)))
}

fn open(seal: &Seal, secret: &SourceSecret) -> Result<Vec<u8>, Unopened> {
    seal.open(&owner(secret.source_id), &secret.sealed)
}

/// What a sealed secret belongs to.
fn owner(source: Id) -> String {
    format!("source:{source}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_faults_of_a_source_are_told() {
        let Err(Refusal::Invalid(faults)) = check(Some("VK"), " ", "vk net", Some("ftp://x")) else { panic!() };
        assert_eq!(
            faults.iter().map(|f| f.pointer.as_str()).collect::<Vec<_>>(),
            ["/name", "/title", "/network", "/reply_url"]
        );
        check(Some("vk-1"), "ВК", "vk", Some("http://127.0.0.1:9/x?y=1")).unwrap();
    }

    #[test]
    fn names_are_safe_in_addresses() {
        for good in ["vk", "vk-bridge-2", "0a"] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", "v", "-vk", "vk-", "VK", "вк", "v k", "v/k", &"v".repeat(65)] {
            assert!(!is_name(bad), "{bad}");
        }
    }
}
