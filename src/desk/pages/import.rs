//! A table of pages: many registered, changed and connected at once. All rows are taken, or none.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;
use utoipa::ToSchema;

use super::connection::{ConnectOrder, order_connecting};
use super::{LISTENS_AS_CONNECTED, Networks, NewPage, add, check, need_city, open_keys, seal_keys};
use crate::desk::seal::Seal;
use crate::desk::{Desk, Error};
use crate::domain::text::fold;
use crate::domain::{Id, Invalid, Keys, Listening, PageState, Refusal};
use crate::store::records::PageRow;
use crate::store::{Conn, pages};
use crate::table::{self, Cell, Rows};

/// How many rows a table may have.
pub const MOST_ROWS: usize = 5000;

/// How far from the top a header is looked for: some tables begin with a title.
const HEADER_WITHIN: usize = 20;

/// Columns that a table must have.
const NEEDED: [&str; 4] = ["network", "organisation", "title", "account"];

/// The columns in the spellings that they come in, folded; `key.…` stands beside them.
const SPELLINGS: &[(&str, &[&str])] = &[
    ("network", &["network", "сеть", "соцсеть", "социальная сеть"]),
    ("organisation", &["organisation", "organization", "организация", "ведомство", "орган"]),
    ("title", &["title", "название", "наименование", "страница"]),
    ("account", &["account", "id", "идентификатор", "аккаунт", "номер"]),
    ("url", &["url", "адрес", "ссылка"]),
    ("listening", &["listening", "прием", "прием сообщений"]),
    ("key.token", &["token", "токен", "ключ"]),
    ("key.secret", &["secret", "секрет"]),
];

/// What networks are called beside their short names, folded.
const NETWORKS: &[(&str, &[&str])] = &[
    ("vk", &["вк", "вконтакте", "vkontakte"]),
    ("ok", &["ок", "одноклассники", "odnoklassniki"]),
    ("telegram", &["тг", "телеграм", "телеграмм", "tg"]),
    ("max", &["макс"]),
];

/// What the ways of listening are called beside their words, folded.
const WAYS: &[(&str, Listening)] =
    &[("доставка", Listening::Hook), ("хук", Listening::Hook), ("опрос", Listening::Poll)];

/// Why a table cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error(transparent)]
    Table(#[from] table::ReadError),
    #[error("the table has more than {MOST_ROWS} rows")]
    TooLong,
}

/// One row: its texts by column.
#[derive(Debug, Clone, Default)]
struct Entry {
    sheet: String,
    row: u64,
    texts: BTreeMap<String, String>,
}

impl Entry {
    fn text(&self, column: &str) -> Option<&str> {
        self.texts.get(column).map(String::as_str)
    }

    fn keys(&self) -> Keys {
        let named = |(column, text): (&String, &String)| Some((column.strip_prefix("key.")?.to_owned(), text.clone()));
        Keys(self.texts.iter().filter_map(named).collect())
    }
}

/// The rows of a table, read but not looked at.
#[derive(Debug, Clone, Default)]
pub struct Entries {
    rows: Vec<Entry>,
    unknown: BTreeSet<String>,
}

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RowFault {
    /// The sheet it stands on; absent in a csv table.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    pub sheet: String,
    /// Its number, as a spreadsheet shows it.
    #[schema(example = 17)]
    pub row: u64,
    /// The column, by its English name.
    #[schema(example = "organisation")]
    pub column: String,
    /// What is wrong and what it should be.
    pub message: String,
}

/// What became of a table, or would.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Report {
    /// Rows below the header.
    pub rows: usize,
    /// Pages that were not known.
    pub added: usize,
    /// Pages that were known and have changed.
    pub updated: usize,
    /// Pages that are as the table says.
    pub unchanged: usize,
    /// Pages that are ordered to be connected, with the keys that stand in their rows.
    pub connecting: usize,
    /// Everything that is wrong. Then nothing is taken.
    pub faults: Vec<RowFault>,
    /// Headers that are not known; their columns are left out.
    pub unknown_columns: BTreeSet<String>,
}

/// Reads a table: every sheet that has a header.
///
/// # Errors
/// [`ReadError`].
pub fn read(rows: Rows) -> Result<Entries, ReadError> {
    let mut entries = Entries::default();
    let (mut sheet, mut header, mut looked_at) = (None::<String>, None::<Vec<Option<String>>>, 0);
    let mut lacks = NEEDED.to_vec();
    rows.each_row(|name, row, cells| {
        if sheet.as_deref() != Some(name) {
            (sheet, header, looked_at) = (Some(name.to_owned()), None, 0);
        }
        if cells.iter().all(Cell::is_empty) {
            return Ok(());
        }
        let Some(columns) = &header else {
            if looked_at == HEADER_WITHIN {
                return Ok(());
            }
            looked_at += 1;
            let found: Vec<_> = cells.iter().map(|cell| cell.text().and_then(|title| column(&title))).collect();
            let missing: Vec<_> =
                NEEDED.into_iter().filter(|needed| !found.iter().flatten().any(|name| name == needed)).collect();
            if missing.is_empty() {
                let titles = cells.iter().zip(&found).filter(|(_, found)| found.is_none());
                entries.unknown.extend(titles.filter_map(|(cell, _)| cell.text()));
                header = Some(found);
                lacks.clear();
            } else if missing.len() < lacks.len() {
                lacks = missing;
            }
            return Ok(());
        };
        if entries.rows.len() == MOST_ROWS {
            return Err(ReadError::TooLong);
        }
        let texts = columns.iter().zip(&cells).filter_map(|(column, cell)| Some((column.clone()?, cell.text()?)));
        entries.rows.push(Entry { sheet: name.to_owned(), row, texts: texts.collect() });
        Ok(())
    })?;
    if lacks.is_empty() { Ok(entries) } else { Err(no_header(&lacks)) }
}

fn no_header(lacks: &[&'static str]) -> ReadError {
    table::ReadError::NoHeader(lacks.to_vec()).into()
}

/// The column that a header stands for, whatever the case, the spaces and «ё».
fn column(title: &str) -> Option<String> {
    let title = fold(title.trim());
    if let Some(name) = title.strip_prefix("key.").or_else(|| title.strip_prefix("ключ.")) {
        return Some(format!("key.{}", name.trim()));
    }
    let of = |(_, spellings): &&(&str, &[&str])| spellings.contains(&title.as_str());
    SPELLINGS.iter().find(of).map(|(name, _)| (*name).to_owned())
}

fn network(text: &str) -> String {
    let text = fold(text);
    let of = |(_, names): &&(&str, &[&str])| names.contains(&text.as_str());
    NETWORKS.iter().find(of).map_or_else(|| text.clone(), |(name, _)| (*name).to_owned())
}

/// What is to be done about a row.
enum Step {
    Add(NewPage),
    Update(PageRow),
    Leave(Id),
}

/// Takes a table: pages that are not known are registered, those that are known get its title, organisation, address and way of
/// listening, as far as the table says them. Those with keys that they do not have yet are ordered to be connected with them. When
/// `dry`, only tells what would be.
///
/// # Errors
/// [`Refusal::Invalid`] with every fault, unless `dry`: pointers are `/rows/NUMBER/COLUMN`.
pub fn import(
    conn: &mut Conn,
    desk: &Desk,
    seal: &Seal,
    networks: &dyn Networks,
    entries: &Entries,
    dry: bool,
) -> Result<Report, Error> {
    need_city(desk)?;
    let known: HashMap<_, _> =
        pages::all(conn)?.into_iter().map(|page| ((page.network.clone(), page.account.clone()), page)).collect();
    let mut report = Report { rows: entries.rows.len(), unknown_columns: entries.unknown.clone(), ..Report::default() };
    let (mut steps, mut seen) = (Vec::new(), HashMap::new());
    for entry in &entries.rows {
        let page = (network(entry.text("network").unwrap_or_default()), entry.text("account").unwrap_or_default());
        let known = known.get(&(page.0.clone(), page.1.to_owned()));
        let mut faults = Vec::new();
        if let Some(first) = seen.insert((page.0.clone(), page.1), entry.row) {
            faults.push(("account".to_owned(), format!("stands in row {first} already")));
        }
        let step = judge(desk, networks, entry, page.0, known, &mut faults);
        let connect = wants_connecting(seal, entry, known)?;
        let fault = |(column, message)| RowFault { sheet: entry.sheet.clone(), row: entry.row, column, message };
        report.faults.extend(faults.into_iter().map(fault));
        match step {
            Step::Add(_) => report.added += 1,
            Step::Update(_) => report.updated += 1,
            Step::Leave(_) if connect => report.updated += 1,
            Step::Leave(_) => report.unchanged += 1,
        }
        report.connecting += usize::from(connect);
        steps.push((step, connect.then(|| (entry.keys(), entry.text("listening").and_then(way)))));
    }
    if dry {
        return Ok(report);
    }
    if !report.faults.is_empty() {
        return Err(Refusal::Invalid(report.faults.iter().map(pointed).collect()).into());
    }
    for (step, connect) in steps {
        let page = take(conn, desk, networks, step)?;
        if let Some((keys, listening)) = connect {
            let order = ConnectOrder { page, keys: seal_keys(seal, page, &keys)?, listening };
            order_connecting(conn, desk.now, &order)?;
        }
    }
    Ok(report)
}

fn pointed(fault: &RowFault) -> Invalid {
    let sheet = if fault.sheet.is_empty() { String::new() } else { format!("«{}»: ", fault.sheet) };
    Invalid { pointer: format!("/rows/{}/{}", fault.row, fault.column), message: format!("{sheet}{}", fault.message) }
}

/// What a row asks for, with what is wrong with it.
fn judge(
    desk: &Desk,
    networks: &dyn Networks,
    entry: &Entry,
    network: String,
    known: Option<&PageRow>,
    faults: &mut Vec<(String, String)>,
) -> Step {
    let text = |column: &str| entry.text(column).map(str::to_owned);
    let organisation = text("organisation").or_else(|| known.map(|page| page.organisation.clone())).unwrap_or_default();
    let named = desk.policy.organisation_by_name(&organisation).map(|one| one.id.clone());
    let listening = entry.text("listening").map(way);
    if let Some(None) = listening {
        faults.push(("listening".to_owned(), "must be hook or poll".to_owned()));
    }
    let listening = listening.flatten().or_else(|| known.map(|page| page.listening));
    let page = NewPage {
        network,
        organisation: named.unwrap_or(organisation),
        title: text("title").or_else(|| known.map(|page| page.title.clone())).unwrap_or_default(),
        account: text("account").unwrap_or_default(),
        url: text("url").or_else(|| known.and_then(|page| page.url.clone())),
        listening,
    };
    let mut told = |found: Vec<Invalid>| {
        let column = |pointer: &str| pointer.trim_start_matches('/').replace("keys/", "key.");
        faults.extend(found.into_iter().map(|fault| (column(&fault.pointer), fault.message)));
    };
    if let Err(Refusal::Invalid(found)) = check(&desk.policy, networks, &page) {
        told(found);
    }
    let keys = entry.keys();
    if !keys.0.is_empty() && networks.listening(&page.network).is_some() {
        let found = networks.faults(&page.network, &page.account, Some(&keys));
        told(found.into_iter().filter(|fault| fault.pointer.starts_with("/keys")).collect());
    }
    let Some(before) = known else { return Step::Add(page) };
    let listening = page.listening.unwrap_or(before.listening);
    let connected = before.state == PageState::Connected;
    if connected && listening != before.listening && keys.0.is_empty() {
        faults.push(("listening".to_owned(), LISTENS_AS_CONNECTED.to_string()));
    }
    let after = PageRow {
        organisation: page.organisation,
        title: page.title.trim().to_owned(),
        url: page.url,
        listening: if connected { before.listening } else { listening },
        ..before.clone()
    };
    if after == *before { Step::Leave(before.id) } else { Step::Update(PageRow { changed_at: desk.now, ..after }) }
}

fn way(text: &str) -> Option<Listening> {
    let text = fold(text);
    text.parse().ok().or_else(|| WAYS.iter().find(|(name, _)| *name == text).map(|(_, way)| *way))
}

/// Whether a row has keys that its page is not connected with, or another way of listening beside them.
fn wants_connecting(seal: &Seal, entry: &Entry, known: Option<&PageRow>) -> Result<bool, Error> {
    let given = entry.keys();
    if given.0.is_empty() {
        return Ok(false);
    }
    let Some(page) = known.filter(|page| page.state == PageState::Connected) else { return Ok(true) };
    let has = open_keys(seal, page)?;
    let otherwise = entry.text("listening").and_then(way).is_some_and(|way| way != page.listening);
    Ok(otherwise || given.0.iter().any(|(name, key)| has.get(name) != key))
}

/// Does what a row asks for; the page's id.
fn take(conn: &mut Conn, desk: &Desk, networks: &dyn Networks, step: Step) -> Result<Id, Error> {
    match step {
        Step::Add(new) => Ok(add(conn, desk, networks, new)?.id),
        Step::Update(page) => {
            let current = pages::hold(conn, page.id)?.ok_or(Error::NotFound("page"))?;
            let PageRow { id, organisation, title, url, listening, changed_at, .. } = page;
            pages::update(conn, &PageRow { organisation, title, url, listening, changed_at, ..current })?;
            Ok(id)
        }
        Step::Leave(id) => Ok(id),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_and_networks_are_known_by_their_russian_names() {
        for (title, name) in [
            ("Сеть", "network"),
            (" ОРГАНИЗАЦИЯ ", "organisation"),
            ("Название", "title"),
            ("Идентификатор", "account"),
            ("Адрес", "url"),
            ("Приём", "listening"),
            ("Токен", "key.token"),
            ("key.reader_token", "key.reader_token"),
            ("Ключ.secret", "key.secret"),
        ] {
            assert_eq!(column(title).as_deref(), Some(name), "{title}");
        }
        assert_eq!(column("Подписчики"), None);
        assert_eq!((network("ВКонтакте"), network("Telegram"), network("Одноклассники")).0, "vk");
        assert_eq!(
            (network("Telegram").as_str(), network("ОК").as_str(), network("MAX").as_str()),
            ("telegram", "ok", "max")
        );
        assert_eq!((way("Опрос"), way("hook"), way("как-то")), (Some(Listening::Poll), Some(Listening::Hook), None));
    }

    #[test]
    fn every_column_is_spelt_as_folding_leaves_it() {
        let spellings = SPELLINGS.iter().chain(NETWORKS).flat_map(|(_, spellings)| *spellings);
        assert!(spellings.chain(WAYS.iter().map(|(name, _)| name)).all(|spelling| fold(spelling) == **spelling));
    }
}
