//! What there is in the networks: pages, people, what they wrote, and what is on its way to webhooks.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;
use uuid::Uuid;

use super::delivery::Pending;
pub(super) use super::written::{Author, Draft, Entry, Kind, Turn};
use super::{Journal, Net, Options, Page, Person, Said, Sent, Weather, max, odnoklassniki, telegram, vk};
use crate::demo::bounded::Bounded;
use crate::demo::dice::Dice;
use crate::domain::At;

/// How much is kept, of each page and of everything else: these networks may run for days. The oldest is forgotten first.
const KEPT: usize = 10_000;

/// A webhook that was registered.
#[derive(Debug, Clone, Default)]
pub(super) struct Hook {
    pub id: i64,
    pub url: String,
    pub secret: String,
    pub title: String,
    /// Of VK: `wait`, `ok`, `failed` or `unconfigured`.
    pub status: &'static str,
    /// Of VK: what it has to answer when it is asked to confirm itself.
    pub expected: String,
    /// The events that were asked for; None for all that come without asking.
    pub kinds: Option<BTreeSet<String>>,
    pub version: String,
    /// When it was registered, in milliseconds.
    pub since: i64,
}

/// A page as its network knows it.
#[derive(Debug, Clone)]
pub(super) struct Account {
    pub page: Page,
    /// The number in its ids.
    pub id: i64,
    pub title: String,
    pub members: i64,
    entries: VecDeque<Entry>,
    /// How many entries were forgotten before the first of these.
    forgotten: usize,
    /// The place of each entry among all there ever were.
    by_key: HashMap<String, usize>,
    counter: i64,
    pub channel_counter: i64,
    pub hooks: Vec<Hook>,
    /// People who may be written to.
    pub allowed: BTreeSet<String>,
    pub denied: BTreeSet<String>,
    /// What was done under an idempotency key.
    pub done: Bounded<String, i64>,
    /// Of VK: what the next server has to answer when it is asked to confirm itself.
    pub code: String,
    /// Of Telegram: the id of the last update.
    pub updates: i64,
    /// Of Telegram: the call of `getUpdates` that came last.
    pub poller: u64,
    /// Of Telegram: when and why a delivery failed last.
    pub fault: Option<(i64, String)>,
    pub last_event: Option<Sent>,
}

impl Account {
    /// What was written under this key and is still there.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        let at = self.by_key.get(key)?.checked_sub(self.forgotten)?;
        self.entries.get(at).filter(|entry| !entry.gone)
    }

    /// What is still there of this kind, in order.
    pub fn all(&self, kind: Kind) -> impl DoubleEndedIterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| entry.kind == kind && !entry.gone)
    }

    /// The comments that are still there under a post, in order.
    pub fn comments<'a>(&'a self, post: &'a str) -> impl DoubleEndedIterator<Item = &'a Entry> {
        self.all(Kind::Comment).filter(move |entry| entry.post.as_deref() == Some(post))
    }

    fn add(&mut self, entry: Entry) {
        self.by_key.insert(entry.key.clone(), self.forgotten + self.entries.len());
        self.entries.push_back(entry);
        if self.entries.len() > KEPT
            && let Some(oldest) = self.entries.pop_front()
        {
            self.forgotten += 1;
            self.by_key.remove(&oldest.key);
        }
    }

    pub fn may_write_to(&self, person: &str) -> bool {
        self.allowed.contains(person) && !self.denied.contains(person)
    }
}

pub(super) struct World {
    pub clock: Arc<dyn Fn() -> At + Send + Sync>,
    /// The server's address, before the paths of the networks.
    pub origin: String,
    pub again: Duration,
    pub weather: Weather,
    pub dice: Dice,
    pub pages: Vec<Account>,
    /// Names by network and id.
    people: Bounded<(Net, String), String>,
    /// What pages said last …
    pub said: VecDeque<Said>,
    /// … and how much was said before that.
    pub said_before: u64,
    pub queue: Vec<Pending>,
    pub journal: Journal,
    pub stopping: bool,
    /// How far numbers had come before these networks were opened.
    counted: i64,
    counter: i64,
}

impl World {
    pub fn new(options: &Options, origin: String) -> World {
        World {
            clock: Arc::clone(&options.clock),
            origin,
            again: options.again,
            weather: Weather::default(),
            dice: Dice::new(options.seed, 7),
            pages: Vec::new(),
            people: Bounded::new(KEPT),
            said: VecDeque::new(),
            said_before: 0,
            queue: Vec::new(),
            journal: Journal::default(),
            stopping: false,
            counted: options.counted,
            counter: options.counted + 100,
        }
    }

    pub fn now(&self) -> At {
        (self.clock)()
    }

    /// A number that was not given before.
    pub fn number(&mut self) -> i64 {
        self.counter += 1;
        self.counter
    }

    pub fn at(&self, page: &Page) -> Option<usize> {
        self.pages.iter().position(|known| known.page.net == page.net && known.page.account == page.account)
    }

    /// The page of the network that this token speaks for.
    pub fn by_token(&self, net: Net, token: &str) -> Option<usize> {
        self.pages.iter().position(|known| known.page.net == net && known.page.token == token)
    }

    pub fn name(&self, net: Net, person: &str) -> Option<&str> {
        self.people.get(&(net, person.to_owned())).map(String::as_str)
    }

    /// The highest number that was given, by the networks or by a page.
    pub fn highest(&self) -> i64 {
        self.pages.iter().map(|page| page.counter).fold(self.counter, i64::max)
    }

    pub fn found(&mut self, net: Net, title: &str) -> Page {
        let id = self.number();
        self.found_as(net, id, title)
    }

    /// Founds a page with an account that it had before.
    pub fn found_again(&mut self, net: Net, account: &str, title: &str) -> Option<Page> {
        let account = account.parse::<i64>().ok()?;
        let zero = match net {
            Net::Vk => vk::page(0),
            Net::Ok => odnoklassniki::page(0),
            Net::Telegram => telegram::page(0),
            Net::Max => max::page(0),
        };
        let id = (account.abs() - zero.account.parse::<i64>().ok()?.abs()).max(0);
        let taken = self.pages.iter().any(|known| known.page.net == net && known.id == id);
        (id > 0 && id <= self.counted && !taken).then(|| self.found_as(net, id, title))
    }

    fn found_as(&mut self, net: Net, id: i64, title: &str) -> Page {
        let page = match net {
            Net::Vk => vk::page(id),
            Net::Ok => odnoklassniki::page(id),
            Net::Telegram => telegram::page(id),
            Net::Max => max::page(id),
        };
        let updates = 1_000 * self.number();
        self.pages.push(Account {
            page: page.clone(),
            id,
            title: title.to_owned(),
            members: 1_000 + i64::from(self.dice.below(9_000)),
            entries: VecDeque::new(),
            forgotten: 0,
            by_key: HashMap::new(),
            counter: self.counted,
            channel_counter: self.counted,
            hooks: Vec::new(),
            allowed: BTreeSet::new(),
            denied: BTreeSet::new(),
            done: Bounded::new(KEPT),
            code: code(),
            updates,
            poller: 0,
            fault: None,
            last_event: None,
        });
        page
    }

    pub fn born(&mut self, net: Net, name: &str) -> Person {
        // Ids of Odnoklassniki are long; the others' are not.
        let base = if net == Net::Ok { 570_000_000_000 } else { 10_000_000 };
        let person = Person { id: (base + self.number()).to_string(), name: name.to_owned() };
        if let Some((net, forgotten)) = self.people.put((net, person.id.clone()), person.name.clone()) {
            for account in self.pages.iter_mut().filter(|account| account.page.net == net) {
                account.allowed.remove(&forgotten);
                account.denied.remove(&forgotten);
            }
        }
        person
    }

    /// Writes something down on a page of which the test or the demo holds the handle, and tells those who listen.
    pub fn write_down(&mut self, page: &Page, draft: Draft) -> String {
        let Some(at) = self.at(page) else { return String::new() };
        let entry = self.add(at, draft);
        self.tell(at, &entry, Turn::New);
        entry.key
    }

    /// Writes something down that a page says through its API, and tells those who listen.
    pub fn say(&mut self, at: usize, draft: Draft) -> Entry {
        let idempotency = draft.idempotency.clone();
        let entry = self.add(at, draft);
        let page = &self.pages[at].page;
        self.said.push_back(Said {
            net: page.net,
            account: page.account.clone(),
            post: entry.post.clone(),
            reply_to: entry.reply_to.clone(),
            to: entry.peer.clone(),
            text: entry.text.clone(),
            key: entry.key.clone(),
            at: entry.at,
            idempotency,
        });
        if self.said.len() > KEPT && self.said.pop_front().is_some() {
            self.said_before += 1;
        }
        self.tell(at, &entry, Turn::New);
        entry
    }

    fn add(&mut self, at: usize, draft: Draft) -> Entry {
        let now = self.now();
        let pictures = (0..draft.pictures).map(|_| format!("{}.png", self.number())).collect();
        let account = &mut self.pages[at];
        account.counter += 1;
        if draft.kind == Kind::Post {
            account.channel_counter += 1;
        }
        let (net, number) = (account.page.net, account.counter);
        let key = match net {
            Net::Vk | Net::Telegram => number.to_string(),
            Net::Ok => odnoklassniki::key(account.id, number, &draft, now),
            Net::Max => max::key(account.id, number, now),
        };
        let entry = Entry {
            key,
            number,
            channel_number: account.channel_counter,
            kind: draft.kind,
            author: draft.author,
            post: draft.post,
            reply_to: draft.reply_to,
            peer: draft.peer,
            text: draft.text,
            pictures,
            album: draft.album,
            at: now,
            edited: None,
            gone: false,
        };
        account.add(entry.clone());
        entry
    }

    /// Changes, deletes or restores what was written.
    pub fn alter(&mut self, page: &Page, key: &str, turn: Turn, text: Option<&str>) {
        let Some(at) = self.at(page) else { return };
        let now = self.now();
        let account = &mut self.pages[at];
        let place = account.by_key.get(key).and_then(|place| place.checked_sub(account.forgotten));
        let Some(entry) = place.and_then(|place| account.entries.get_mut(place)) else { return };
        if entry.gone != (turn == Turn::Restored) {
            return;
        }
        entry.gone = turn == Turn::Removed;
        if let Some(text) = text {
            entry.text = text.to_owned();
            entry.edited = Some(now);
        }
        let entry = entry.clone();
        self.tell(at, &entry, turn);
    }

    fn tell(&mut self, at: usize, entry: &Entry, turn: Turn) {
        match self.pages[at].page.net {
            Net::Vk => vk::tell(self, at, entry, turn),
            Net::Telegram => telegram::tell(self, at, entry, turn),
            Net::Ok => odnoklassniki::tell(self, at, entry, turn),
            Net::Max => max::tell(self, at, entry, turn),
        }
    }

    pub fn allow(&mut self, page: &Page, person: &Person) {
        let Some(at) = self.at(page) else { return };
        let account = &mut self.pages[at];
        let denied = account.denied.remove(&person.id);
        let first = account.allowed.insert(person.id.clone());
        match page.net {
            Net::Telegram if denied => telegram::tell_membership(self, at, &person.id, true),
            Net::Max if denied || first => max::tell_dialog(self, at, &person.id, "bot_started"),
            _ => {}
        }
    }

    pub fn deny(&mut self, page: &Page, person: &Person) {
        let Some(at) = self.at(page) else { return };
        if !self.pages[at].denied.insert(person.id.clone()) {
            return;
        }
        match page.net {
            Net::Vk => vk::tell_denied(self, at, &person.id),
            Net::Telegram => telegram::tell_membership(self, at, &person.id, false),
            Net::Max => max::tell_dialog(self, at, &person.id, "bot_stopped"),
            Net::Ok => {}
        }
    }

    pub fn invite(&mut self, page: &Page) {
        match (self.at(page), page.net) {
            (Some(at), Net::Telegram) => telegram::tell_invited(self, at),
            (Some(at), Net::Max) => max::tell_invited(self, at),
            _ => {}
        }
    }

    /// Puts an event on its way to a webhook, or to whoever asks for it.
    pub fn send(&mut self, at: usize, hook: Option<i64>, kind: &str, body: Value) {
        let now = Instant::now();
        let held_back = self.dice.chance(self.weather.disorder);
        let due = if held_back { now + self.again } else { now };
        let id = self.number();
        self.queue.push(Pending::new(id, at, hook, kind, body, now, due));
    }

    pub fn picture(&self, file: &str) -> String {
        format!("{}/files/{file}", self.origin)
    }
}

/// Seconds since 1970, as most networks count.
pub(super) fn seconds(at: At) -> i64 {
    at.0.as_second()
}

/// Milliseconds since 1970, as the others do.
pub(super) fn millis(at: At) -> i64 {
    at.0.as_millisecond()
}

/// A secret of some length.
pub(super) fn secret() -> String {
    Uuid::new_v4().simple().to_string()
}

/// What VK wants to be told when it asks a server to confirm itself.
pub(super) fn code() -> String {
    secret()[..8].to_owned()
}

/// First and last name, as networks keep them.
pub(super) fn names(name: &str) -> (&str, Option<&str>) {
    match name.split_once(' ') {
        Some((first, last)) => (first, Some(last)),
        None => (name, None),
    }
}
