//! A page's keys, and what connecting it to its network leaves behind.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::held;
use crate::desk::seal::Seal;
use crate::desk::{Desk, Error};
use crate::domain::page::{Health, Page};
use crate::domain::{At, Doc, Id, Keys, Listening, PageState};
use crate::store::records::{PageRow, Source};
use crate::store::{Conn, StoreError, collections, jobs, pages};

/// The kind of the jobs that look after a connected page.
pub const CHECK_PAGE: &str = "check_page";
/// The kind of the jobs that connect a page.
pub const CONNECT_PAGE: &str = "connect_page";

/// How long a look at a page's health is good.
const CHECKED_SECONDS: i64 = 3600;

/// The payload of a [`CHECK_PAGE`] job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckOrder {
    pub page: Id,
}

/// The payload of a [`CONNECT_PAGE`] job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectOrder {
    pub page: Id,
    /// What to connect it with, sealed as a page's own keys are.
    pub keys: String,
    /// How it will listen; none: as it does.
    pub listening: Option<Listening>,
}

/// A page with what is needed to take in what its network delivers.
#[derive(Clone)]
pub struct Listened {
    pub row: PageRow,
    pub source: Source,
    /// What the adapter has to know, with the keys opened.
    pub page: Page,
    /// The posts that collect complaints, each with its topic if it is on one.
    pub collections: BTreeMap<String, Option<String>>,
}

/// The page with its keys opened; none if there is none or it has no keys. While it is being connected it may have keys already
/// without being [`PageState::Connected`].
///
/// # Errors
/// [`Error::Store`]; also when the keys do not open.
pub fn listened(conn: &mut Conn, seal: &Seal, id: Id) -> Result<Option<Listened>, Error> {
    let Some((row, source)) = pages::with_source(conn, id)?.filter(|(row, _)| row.keys.is_some()) else {
        return Ok(None);
    };
    let page = Page { id, account: row.account.clone(), keys: open_keys(seal, &row)? };
    let collections = collections::of_page(conn, id)?.into_iter().map(|one| (one.post_key, one.topic)).collect();
    Ok(Some(Listened { row, source, page, collections }))
}

/// A page's keys; none is the same as no keys.
///
/// # Errors
/// [`Error::Store`] when they do not open.
pub fn open_keys(seal: &Seal, page: &PageRow) -> Result<Keys, Error> {
    page.keys.as_deref().map_or_else(|| Ok(Keys::default()), |sealed| open(seal, page.id, sealed))
}

fn open(seal: &Seal, page: Id, sealed: &str) -> Result<Keys, Error> {
    let text = seal.open(&owner(page), sealed).map_err(|error| StoreError::Away(error.to_string()))?;
    serde_json::from_slice(&text).map_err(|error| StoreError::unreadable(error).into())
}

/// A page's keys in the form in which they are stored.
///
/// # Errors
/// [`Error::Store`] when the machine gives no randomness.
pub fn seal_keys(seal: &Seal, page: Id, keys: &Keys) -> Result<String, Error> {
    // Texts by texts always serialise.
    let text = serde_json::to_vec(keys).unwrap_or_default();
    seal.close(&owner(page), &text).map_err(|error| StoreError::Away(error.to_string()).into())
}

impl ConnectOrder {
    /// The keys to connect with.
    ///
    /// # Errors
    /// [`Error::Store`] when they do not open.
    pub fn keys(&self, seal: &Seal) -> Result<Keys, Error> {
        open(seal, self.page, &self.keys)
    }
}

/// What a page's sealed keys belong to.
fn owner(page: Id) -> String {
    format!("page:{page}")
}

/// Whether the seal's key opens what is stored; so it does when nothing is stored.
///
/// # Errors
/// [`Error::Store`].
pub fn key_fits(conn: &mut Conn, seal: &Seal) -> Result<bool, Error> {
    Ok(pages::any_with_keys(conn)?.is_none_or(|page| open_keys(seal, &page).is_ok()))
}

/// The page that the actor wants to connect or disconnect, provided it is still as they saw it.
///
/// # Errors
/// [`Refusal::Forbidden`](crate::domain::Refusal::Forbidden), [`Error::NotFound`], [`Error::Stale`].
pub fn to_connect(conn: &mut Conn, desk: &Desk, id: Id, seen: Option<i64>) -> Result<PageRow, Error> {
    super::need_city(desk)?;
    let page = pages::find(conn, id)?.ok_or(Error::NotFound("page"))?;
    crate::desk::version::need(seen, super::version(&page))?;
    Ok(page)
}

/// Notes the keys with which the network will prove itself while it is being asked to deliver. How the page stands does not change.
///
/// # Errors
/// [`Error::NotFound`].
pub fn prepare(conn: &mut Conn, id: Id, sealed: &str, epoch: i32) -> Result<(), Error> {
    let page = pages::hold(conn, id)?.ok_or(Error::NotFound("page"))?;
    pages::update(conn, &PageRow { keys: Some(sealed.to_owned()), hook_epoch: epoch, ..page })?;
    Ok(())
}

/// Takes back what [`prepare`] noted, unless somebody else noted something since: the network refused.
///
/// # Errors
/// [`Error::Store`].
pub fn restore(conn: &mut Conn, before: &PageRow, sealed: &str) -> Result<(), Error> {
    if let Some(page) = pages::hold(conn, before.id)?.filter(|page| page.keys.as_deref() == Some(sealed)) {
        pages::update(conn, &PageRow { keys: before.keys.clone(), hook_epoch: before.hook_epoch, ..page })?;
    }
    Ok(())
}

/// What connecting a page made.
#[derive(Debug, Clone)]
pub struct Made {
    /// The keys that [`prepare`] noted last, or those before: what the page must still have.
    pub over: Option<String>,
    /// Its keys from now on, sealed.
    pub keys: String,
    pub epoch: i32,
    pub listening: Listening,
    pub health: Health,
}

/// The network delivers, or can be fetched from: the page is connected.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Conflict`] when somebody else connected it at the same moment.
pub fn connected(conn: &mut Conn, desk: &Desk, id: Id, made: Made) -> Result<PageRow, Error> {
    let before = held(conn, desk, id, None)?;
    if before.keys != made.over {
        return Err(Error::Conflict("somebody else connected the page at the same moment; look again"));
    }
    let since = if before.state == PageState::Connected { before.connected_at } else { None };
    let page = PageRow {
        state: PageState::Connected,
        keys: Some(made.keys),
        hook_epoch: made.epoch,
        listening: made.listening,
        url: before.url.clone().or_else(|| made.health.url.clone()),
        subscribers: made.health.subscribers.or(before.subscribers),
        checked_at: Some(desk.now),
        health: Some(Doc::of(&made.health)),
        connected_at: since.or(Some(desk.now)),
        changed_at: desk.now,
        ..before
    };
    pages::update(conn, &page)?;
    Ok(page)
}

/// Forgets a page's keys, also those of orders to connect it, and makes the address of its hook void.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`].
pub fn disconnected(conn: &mut Conn, desk: &Desk, id: Id, seen: Option<i64>) -> Result<PageRow, Error> {
    let before = held(conn, desk, id, seen)?;
    jobs::withdraw(conn, CONNECT_PAGE, &orders_of(id))?;
    if before.keys.is_none() && before.state != PageState::Connected {
        return Ok(before);
    }
    let page = PageRow {
        state: PageState::Disconnected,
        keys: None,
        hook_epoch: before.hook_epoch.saturating_add(1),
        health: None,
        connected_at: None,
        changed_at: desk.now,
        ..before
    };
    pages::update(conn, &page)?;
    Ok(page)
}

/// Notes how a page fares: `checked_at` is when the network told so, none if it could not be asked.
///
/// # Errors
/// [`Error::Store`].
pub fn note_health(conn: &mut Conn, id: Id, health: &Health, checked_at: Option<At>) -> Result<(), Error> {
    Ok(pages::note_health(conn, id, &Doc::of(health), checked_at, health.subscribers)?)
}

/// Orders a look at every connected page that was not looked at within the hour: once an hour each, whoever asks how often.
///
/// # Errors
/// [`Error::Store`].
pub fn order_checks(conn: &mut Conn, now: At) -> Result<usize, Error> {
    let due = pages::unchecked_since(conn, now.plus_seconds(-CHECKED_SECONDS))?;
    let hour = now.as_second().div_euclid(CHECKED_SECONDS);
    for page in &due {
        let payload = Doc::of(&CheckOrder { page: *page });
        jobs::order(conn, &jobs::ready(format!("check:{page}:{hour}"), CHECK_PAGE, payload, now))?;
    }
    Ok(due.len())
}

/// Orders a page to be connected.
pub(super) fn order_connecting(conn: &mut Conn, now: At, order: &ConnectOrder) -> Result<(), Error> {
    let key = format!("{}{}", orders_of(order.page), Id::new(now));
    Ok(jobs::order(conn, &jobs::ready(key, CONNECT_PAGE, Doc::of(order), now))?)
}

/// What the keys of the orders to connect a page begin with.
fn orders_of(page: Id) -> String {
    format!("connect:{page}:")
}
