//! Official pages: the accounts in social networks on which residents write. A page is a source of messages of the same identity, and
//! is managed here and not among the [`sources`](super::sources).
//!
//! Pages serve the whole city, so only administrators of its root manage them; others see those of their part of the tree. Networks
//! are asked elsewhere, with no transaction open: here is what is written down before and after.

mod connection;
mod import;
mod polling;

use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use super::seal::Seal;
use super::version::{mark, need};
use super::{Desk, Error, given};
use crate::domain::event::hex;
use crate::domain::refusal::{Faults, Invalid};
use crate::domain::{Id, Keys, Listening, PageState, Permission, Policy, Refusal, Scope};
use crate::store::pages::Filter;
use crate::store::records::{PageRow, Source};
use crate::store::{Conn, pages};

pub use connection::{
    CHECK_PAGE, CONNECT_PAGE, CheckOrder, ConnectOrder, Listened, Made, connected, disconnected, key_fits, listened,
    note_health, open_keys, order_checks, prepare, restore, seal_keys, to_connect,
};
pub use import::{Entries, MOST_ROWS, ReadError, Report, RowFault, import, read};
pub use polling::{POLL, PollOrder, move_on, order_polls};

/// What the names of the sources that are pages begin with.
pub const PREFIX: &str = "page-";

/// What pages have to know of networks.
pub trait Networks {
    /// How a network's events can come in, the usual way first; none if there is no such network.
    fn listening(&self, network: &str) -> Option<&'static [Listening]>;

    /// What is wrong with an account or with what somebody gave to connect it; without keys, with the account alone. Pointers are
    /// `/account` and `/keys/…`.
    fn faults(&self, network: &str, account: &str, keys: Option<&Keys>) -> Vec<Invalid>;
}

/// What a new page is.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPage {
    /// The network, as `GET /networks` names it; cannot be changed.
    #[schema(example = "vk", min_length = 1, max_length = 40)]
    pub network: String,
    /// The id of the organisation whose page it is.
    #[schema(example = "omsk-dgh", min_length = 1, max_length = 64)]
    pub organisation: String,
    /// What people call it.
    #[schema(example = "Департамент городского хозяйства", min_length = 1, max_length = 200)]
    pub title: String,
    /// Its identity in the network: a group's, channel's or chat's number; cannot be changed.
    #[schema(example = "123456", min_length = 1, max_length = 64, pattern = "^[!-~]+$")]
    pub account: String,
    /// Its public address.
    #[serde(default)]
    #[schema(example = "https://vk.com/club123456", max_length = 2000)]
    pub url: Option<String>,
    /// How its events come in; the network's usual way unless said otherwise.
    #[serde(default)]
    pub listening: Option<Listening>,
}

/// What to change of a page; what is absent stays.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PageChange {
    /// The id of the organisation whose page it is.
    #[schema(min_length = 1, max_length = 64)]
    pub organisation: Option<String>,
    /// What people call it.
    #[schema(min_length = 1, max_length = 200)]
    pub title: Option<String>,
    /// Its public address; `null` for none.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 2000)]
    pub url: Option<Option<String>>,
    /// How its events come in. While it is connected, that is changed by connecting it anew.
    pub listening: Option<Listening>,
}

/// Registers a page: it is known from now on, and not connected yet.
///
/// # Errors
/// [`Refusal`]; [`Error::Conflict`] when the account is registered already.
pub fn create(conn: &mut Conn, desk: &Desk, networks: &dyn Networks, new: NewPage) -> Result<PageRow, Error> {
    need_city(desk)?;
    check(&desk.policy, networks, &new)?;
    if pages::by_account(conn, &new.network, &new.account)?.is_some() {
        return Err(Error::Conflict("this account is registered already"));
    }
    add(conn, desk, networks, new)
}

/// Adds a page that was checked.
fn add(conn: &mut Conn, desk: &Desk, networks: &dyn Networks, new: NewPage) -> Result<PageRow, Error> {
    let usual = || networks.listening(&new.network).and_then(|ways| ways.first().copied()).unwrap_or(Listening::Hook);
    let page = PageRow {
        id: Id::new(desk.now),
        listening: new.listening.unwrap_or_else(usual),
        network: new.network,
        organisation: new.organisation,
        title: new.title.trim().to_owned(),
        account: new.account,
        url: new.url,
        state: PageState::Registered,
        hook_epoch: 0,
        keys: None,
        cursor: None,
        subscribers: None,
        last_event_at: None,
        checked_at: None,
        health: None,
        connected_at: None,
        changed_at: desk.now,
    };
    let source = Source {
        id: page.id,
        name: source_name(&page.network, &page.account),
        title: page.title.clone(),
        network: page.network.clone(),
        active: false,
        reply_url: None,
        created_by: desk.actor.tag(),
        created_at: desk.now,
    };
    pages::insert(conn, &source, &page)?;
    Ok(page)
}

/// Pages after a network and account, in that order: those of the filter that the actor may see.
///
/// # Errors
/// [`Refusal::Forbidden`].
pub fn list(
    conn: &mut Conn,
    desk: &Desk,
    filter: Filter,
    after: Option<&(String, String)>,
    limit: i64,
) -> Result<Vec<PageRow>, Error> {
    desk.need(Permission::ViewPages)?;
    Ok(pages::list(conn, &within(desk, filter), after, limit)?)
}

/// How many pages [`list`] has in all.
///
/// # Errors
/// [`Refusal::Forbidden`].
pub fn count(conn: &mut Conn, desk: &Desk, filter: Filter) -> Result<i64, Error> {
    desk.need(Permission::ViewPages)?;
    Ok(pages::count(conn, &within(desk, filter))?)
}

/// The filter, narrowed to what the actor sees.
fn within(desk: &Desk, mut filter: Filter) -> Filter {
    if let Scope::Subtree(ids) = desk.actor.scope() {
        filter.organisations = Some(match filter.organisations {
            Some(asked) => asked.into_iter().filter(|id| ids.contains(id)).collect(),
            None => ids.iter().cloned().collect(),
        });
    }
    filter
}

/// One page that the actor may see.
///
/// # Errors
/// [`Error::NotFound`].
pub fn find(conn: &mut Conn, desk: &Desk, id: Id) -> Result<PageRow, Error> {
    desk.need(Permission::ViewPages)?;
    pages::find(conn, id)?
        .filter(|page| desk.actor.scope().holds(Some(&page.organisation), None))
        .ok_or(Error::NotFound("page"))
}

/// Changes a page, provided it is still as the actor saw it.
///
/// # Errors
/// [`Refusal`], [`Error::NotFound`], [`Error::Stale`]; [`Error::Conflict`] for how a connected page listens.
pub fn change(
    conn: &mut Conn,
    desk: &Desk,
    networks: &dyn Networks,
    id: Id,
    seen: Option<i64>,
    change: PageChange,
) -> Result<PageRow, Error> {
    let before = held(conn, desk, id, seen)?;
    let after = PageRow {
        organisation: change.organisation.unwrap_or_else(|| before.organisation.clone()),
        title: change.title.map_or_else(|| before.title.clone(), |title| title.trim().to_owned()),
        url: change.url.unwrap_or_else(|| before.url.clone()),
        listening: change.listening.unwrap_or(before.listening),
        changed_at: desk.now,
        ..before.clone()
    };
    let whole = NewPage {
        network: after.network.clone(),
        organisation: after.organisation.clone(),
        title: after.title.clone(),
        account: after.account.clone(),
        url: after.url.clone(),
        listening: Some(after.listening),
    };
    check(&desk.policy, networks, &whole)?;
    if after.listening != before.listening && before.state == PageState::Connected {
        return Err(LISTENS_AS_CONNECTED);
    }
    pages::update(conn, &after)?;
    Ok(after)
}

const LISTENS_AS_CONNECTED: Error =
    Error::Conflict("a connected page listens as it was connected: connect it anew, the other way");

/// The page, held until the transaction ends, provided that the actor may change it and it is as they saw it.
fn held(conn: &mut Conn, desk: &Desk, id: Id, seen: Option<i64>) -> Result<PageRow, Error> {
    need_city(desk)?;
    let page = pages::hold(conn, id)?.ok_or(Error::NotFound("page"))?;
    need(seen, version(&page))?;
    Ok(page)
}

/// The version of a page that `If-Match` compares: what people decide about it, and not how it fares.
pub fn version(page: &PageRow) -> i64 {
    let PageRow { organisation, title, url, listening, state, hook_epoch, keys, .. } = page;
    mark(&(organisation, title, url, listening, state, hook_epoch, keys))
}

/// The names of a page's keys.
///
/// # Errors
/// [`Error::Store`] when the keys do not open.
pub fn key_names(seal: &Seal, page: &PageRow) -> Result<Vec<String>, Error> {
    Ok(open_keys(seal, page)?.0.into_keys().collect())
}

/// Goes on only for those who manage pages.
///
/// # Errors
/// [`Refusal::Forbidden`].
pub fn need_city(desk: &Desk) -> Result<(), Error> {
    desk.need(Permission::ManagePages)?;
    if desk.actor.scope() == Scope::All { Ok(()) } else { Err(Refusal::Forbidden(Permission::ManagePages).into()) }
}

fn check(policy: &Policy, networks: &dyn Networks, page: &NewPage) -> Result<(), Refusal> {
    let mut faults = Faults::default();
    let ways = networks.listening(&page.network);
    faults.need(ways.is_some(), "/network", "there is no such network; GET /api/v1/networks lists them");
    faults.need(
        policy.organisation(&page.organisation).is_some(),
        "/organisation",
        "the policy has no such organisation",
    );
    faults.length(&page.title, 1..=200, "/title");
    let plain = (1..=64).contains(&page.account.len()) && page.account.bytes().all(|byte| byte.is_ascii_graphic());
    faults.need(plain, "/account", "must have 1 to 64 visible ASCII characters");
    let good = page.url.as_deref().is_none_or(is_address);
    faults.need(good, "/url", "must be an address with http or https, of at most 2000 characters without spaces");
    if let (Some(ways), Some(way)) = (ways, page.listening) {
        faults.need(ways.contains(&way), "/listening", format!("{} cannot be listened to so", page.network));
    }
    let mut faults = faults.into_vec();
    if ways.is_some() && plain {
        faults.extend(networks.faults(&page.network, &page.account, None));
    }
    if faults.is_empty() { Ok(()) } else { Err(Refusal::Invalid(faults)) }
}

fn is_address(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    rest.is_some_and(|rest| rest.starts_with(char::is_alphanumeric))
        && url.chars().count() <= 2000
        && !url.contains(|c: char| c.is_whitespace() || c.is_control())
}

/// The name of a page's source: what of the account may stand in an address, and where that is not all of it, a part of its hash.
fn source_name(network: &str, account: &str) -> String {
    let safe: String = account.chars().filter(|c| c.is_ascii_lowercase() || c.is_ascii_digit()).take(24).collect();
    if safe == account {
        return format!("{PREFIX}{network}-{account}");
    }
    let hash = hex(&Sha256::digest(account.as_bytes())[..5]);
    format!("{PREFIX}{network}-{}{hash}", if safe.is_empty() { safe } else { format!("{safe}-") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::sources::is_name;

    #[test]
    fn the_names_of_pages_are_names_and_differ() {
        let long = "9".repeat(64);
        let accounts = ["1", "-1", "@1", "club1", "Club1", "C1", "-", "chat:C1", &long, &long[..63]];
        let names: std::collections::BTreeSet<_> = accounts.iter().map(|account| source_name("vk", account)).collect();
        assert_eq!(names.len(), accounts.len());
        assert!(names.iter().all(|name| is_name(name)), "{names:?}");
        assert!(names.contains("page-vk-1") && names.contains("page-vk-club1"));
    }

    #[test]
    fn addresses_are_of_the_web() {
        for good in ["https://vk.com/club1", "http://ok.ru/group/1?a=b", "https://мэрия.рф/"] {
            assert!(is_address(good), "{good}");
        }
        for bad in ["", "vk.com/club1", "https://", "https:///x", "https://vk.com/a b", "javascript:alert(1)"] {
            assert!(!is_address(bad), "{bad}");
        }
    }
}
