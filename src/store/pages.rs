//! Official pages: each a row beside that of its [`Source`].

use std::collections::HashSet;

use diesel::prelude::*;

use super::conn::Conn;
use super::records::{PageRow, Source};
use super::schema::{jobs, pages, sources};
use crate::domain::{At, Doc, Id, Listening, PageState};

/// Which pages.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// The network's short name.
    pub network: Option<String>,
    /// The ids of their organisations; none: any.
    pub organisations: Option<Vec<String>>,
    /// Their identity in the network.
    pub account: Option<String>,
    pub state: Option<PageState>,
    /// Connected, and nothing was heard of them since then.
    pub silent_since: Option<At>,
}

type Boxed<'a> = pages::BoxedQuery<'a, super::conn::MultiBackend>;

impl Filter {
    fn query(&self) -> Boxed<'_> {
        let mut query = pages::table.into_boxed();
        if let Some(network) = &self.network {
            query = query.filter(pages::network.eq(network));
        }
        if let Some(organisations) = &self.organisations {
            query = query.filter(pages::organisation.eq_any(organisations));
        }
        if let Some(account) = &self.account {
            query = query.filter(pages::account.eq(account));
        }
        if let Some(state) = self.state {
            query = query.filter(pages::state.eq(state));
        }
        if let Some(since) = self.silent_since {
            let never = pages::last_event_at.is_null().and(pages::connected_at.le(since));
            let silent = pages::last_event_at.le(since).assume_not_null().or(never.assume_not_null());
            query = query.filter(pages::state.eq(PageState::Connected)).filter(silent);
        }
        query
    }
}

/// Pages after a network and account, in that order.
pub fn list(
    conn: &mut Conn,
    filter: &Filter,
    after: Option<&(String, String)>,
    limit: i64,
) -> QueryResult<Vec<PageRow>> {
    let mut query = filter.query().order((pages::network.asc(), pages::account.asc())).limit(limit);
    if let Some((network, account)) = after {
        let later = pages::network.eq(network).and(pages::account.gt(account));
        query = query.filter(pages::network.gt(network).or(later));
    }
    query.select(PageRow::as_select()).load(conn)
}

/// How many pages there are.
pub fn count(conn: &mut Conn, filter: &Filter) -> QueryResult<i64> {
    filter.query().count().get_result(conn)
}

/// Every page.
pub fn all(conn: &mut Conn) -> QueryResult<Vec<PageRow>> {
    pages::table.select(PageRow::as_select()).load(conn)
}

/// A page by its id.
pub fn find(conn: &mut Conn, id: Id) -> QueryResult<Option<PageRow>> {
    pages::table.find(id).select(PageRow::as_select()).get_result(conn).optional()
}

/// A page by its id, held until the transaction ends: whoever else wants to change it waits.
pub fn hold(conn: &mut Conn, id: Id) -> QueryResult<Option<PageRow>> {
    if let Conn::Postgres(conn) = conn {
        let held = pages::table.find(id).select(pages::id).for_no_key_update();
        held.get_result::<Id>(conn).optional()?;
    }
    find(conn, id)
}

/// A page by its identity in its network.
pub fn by_account(conn: &mut Conn, network: &str, account: &str) -> QueryResult<Option<PageRow>> {
    pages::table
        .filter(pages::network.eq(network).and(pages::account.eq(account)))
        .select(PageRow::as_select())
        .get_result(conn)
        .optional()
}

/// A page with its source.
pub fn with_source(conn: &mut Conn, id: Id) -> QueryResult<Option<(PageRow, Source)>> {
    pages::table
        .inner_join(sources::table.on(sources::id.eq(pages::id)))
        .filter(pages::id.eq(id))
        .select((PageRow::as_select(), Source::as_select()))
        .get_result(conn)
        .optional()
}

/// Which of these sources are connected pages.
pub fn connected(conn: &mut Conn, sources: &[Id]) -> QueryResult<Vec<Id>> {
    pages::table
        .filter(pages::id.eq_any(sources).and(pages::state.eq(PageState::Connected)))
        .select(pages::id)
        .load(conn)
}

/// The connected page of an organisation in a network; of several the one registered first.
pub fn of_organisation(conn: &mut Conn, network: &str, organisation: &str) -> QueryResult<Option<PageRow>> {
    pages::table
        .filter(pages::network.eq(network).and(pages::organisation.eq(organisation)))
        .filter(pages::state.eq(PageState::Connected))
        .order(pages::id)
        .select(PageRow::as_select())
        .first(conn)
        .optional()
}

/// Any one page that has keys, to try the key on.
pub fn any_with_keys(conn: &mut Conn) -> QueryResult<Option<PageRow>> {
    pages::table.filter(pages::keys.is_not_null()).select(PageRow::as_select()).first(conn).optional()
}

/// Connected pages whose health was last looked at then or before.
pub fn unchecked_since(conn: &mut Conn, then: At) -> QueryResult<Vec<Id>> {
    let stale = pages::checked_at.is_null().or(pages::checked_at.le(then).assume_not_null());
    pages::table.filter(pages::state.eq(PageState::Connected)).filter(stale).select(pages::id).load(conn)
}

/// Adds a page and its source; network and account together are a key.
pub fn insert(conn: &mut Conn, source: &Source, page: &PageRow) -> QueryResult<()> {
    diesel::insert_into(sources::table).values(source).execute(conn)?;
    diesel::insert_into(pages::table).values(page).execute(conn)?;
    Ok(())
}

/// Writes a page that is [held](hold), and the title and state of its source with it.
pub fn update(conn: &mut Conn, page: &PageRow) -> QueryResult<()> {
    diesel::update(pages::table.find(page.id)).set(page).execute(conn)?;
    let source = (sources::title.eq(&page.title), sources::active.eq(page.state == PageState::Connected));
    diesel::update(sources::table.find(page.id)).set(source).execute(conn)?;
    Ok(())
}

/// Notes how a page fares; `checked_at` and `subscribers` stay if they are not known.
pub fn note_health(
    conn: &mut Conn,
    id: Id,
    health: &Doc,
    checked_at: Option<At>,
    subscribers: Option<i64>,
) -> QueryResult<()> {
    let page = pages::table.find(id);
    diesel::update(page).set(pages::health.eq(health)).execute(conn)?;
    if let Some(at) = checked_at {
        diesel::update(page).set(pages::checked_at.eq(at)).execute(conn)?;
    }
    if let Some(subscribers) = subscribers {
        diesel::update(page).set(pages::subscribers.eq(subscribers)).execute(conn)?;
    }
    Ok(())
}

/// Writes down that a page told something.
pub fn touch(conn: &mut Conn, page: Id, now: At) -> QueryResult<()> {
    let earlier = pages::last_event_at.is_null().or(pages::last_event_at.lt(now).assume_not_null());
    diesel::update(pages::table.filter(pages::id.eq(page).and(earlier)))
        .set(pages::last_event_at.eq(now))
        .execute(conn)?;
    Ok(())
}

/// Where the next poll goes on.
pub fn set_cursor(conn: &mut Conn, page: Id, cursor: &str) -> QueryResult<()> {
    diesel::update(pages::table.find(page)).set(pages::cursor.eq(cursor)).execute(conn)?;
    Ok(())
}

/// The connected pages that are polled, or are of these networks, and have no job of this kind yet.
pub fn polled_without_job(conn: &mut Conn, networks: &[&str], kind: &str) -> QueryResult<Vec<Id>> {
    let polled = pages::listening.eq(Listening::Poll).or(pages::network.eq_any(networks));
    let wanted = pages::table.filter(pages::state.eq(PageState::Connected).and(polled)).order(pages::id);
    let wanted: Vec<Id> = wanted.select(pages::id).load(conn)?;
    let keys: Vec<String> = wanted.iter().map(|page| format!("{kind}:{page}")).collect();
    let known: HashSet<String> =
        jobs::table.filter(jobs::key.eq_any(&keys)).select(jobs::key).load(conn)?.into_iter().collect();
    Ok(wanted.into_iter().zip(keys).filter(|(_, key)| !known.contains(key)).map(|(page, _)| page).collect())
}
