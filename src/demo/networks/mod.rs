//! VK, Odnoklassniki, Telegram and MAX as they are on the wire, made up inside of this process: for the tests, and for the demo,
//! whose residents live in them.
//!
//! One server on a free port of this machine speaks the four APIs under `/vk`, `/ok`, `/telegram` and `/max`; threads of its own
//! push what happens to the webhooks that were registered through those APIs. What a resident or a colleague does, a test or the
//! demo does through [`Networks`]; what a page says through an API is read by [`Networks::said`]. [`Weather`] makes the networks as
//! unreliable as real ones are. Where the true form of something is not known, the code that makes it up says so.

mod delivery;
mod max;
mod odnoklassniki;
mod pictures;
mod server;
mod telegram;
mod telegram_messages;
#[cfg(test)]
mod tests;
mod vk;
mod vk_groups;
mod vk_wall;
mod world;
mod written;

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use crate::domain::At;
use world::{Author, Draft, Kind, Turn, World};

/// A social network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Net {
    /// VKontakte: API 5.199 and Callback API.
    Vk,
    /// Odnoklassniki: the Graph API for messages, the REST API for comments.
    Ok,
    /// Telegram: Bot API.
    Telegram,
    /// MAX: Bot API.
    Max,
}

impl Net {
    /// All of them.
    pub const ALL: [Net; 4] = [Net::Vk, Net::Ok, Net::Telegram, Net::Max];

    /// The name that is also the path under which its API is served.
    pub fn name(self) -> &'static str {
        match self {
            Net::Vk => "vk",
            Net::Ok => "ok",
            Net::Telegram => "telegram",
            Net::Max => "max",
        }
    }

    /// The network of that name.
    pub fn named(name: &str) -> Option<Net> {
        Net::ALL.into_iter().find(|net| net.name() == name)
    }
}

/// An official account with what a client needs to speak for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Where it is.
    pub net: Net,
    /// Its id there: of the group (VK, Odnoklassniki; positive), of the discussion group (Telegram, `-100…`), of the channel (MAX).
    pub account: String,
    /// The access token: of the group, or of the bot.
    pub token: String,
    /// VK: `reader_token`. Odnoklassniki: `application_key`, `application_secret_key`, `rest_token`. Telegram: `channel`, `bot`.
    /// MAX: `bot`.
    pub extra: BTreeMap<String, String>,
}

impl Page {
    /// What an administrator would enter to connect it, by the names that the service has for keys.
    pub fn keys(&self) -> Value {
        let named: &[(&str, &str)] = match self.net {
            Net::Vk => &[("reader_token", "reader_token")],
            Net::Ok => &[
                ("application_key", "application_key"),
                ("application_secret", "application_secret_key"),
                ("session_token", "rest_token"),
            ],
            Net::Telegram => &[("channel", "channel")],
            Net::Max => &[],
        };
        let mut keys = json!({ "token": self.token });
        for (ours, theirs) in named {
            keys[*ours] = json!(self.extra.get(*theirs));
        }
        keys
    }
}

/// Somebody who has an account in one network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The network's id of the person, digits.
    pub id: String,
    /// First and perhaps last name.
    pub name: String,
}

/// Something a page said through its API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Where.
    pub net: Net,
    /// [`Page::account`] of the speaker.
    pub account: String,
    /// The post it stands under, if it is a comment.
    pub post: Option<String>,
    /// The comment or message that it answers.
    pub reply_to: Option<String>,
    /// The person it was written to, if it is private.
    pub to: Option<String>,
    /// The words.
    pub text: String,
    /// Its own key.
    pub key: String,
    /// When, by the networks' clock.
    pub at: At,
    /// VK's `guid` or `random_id`; other networks have nothing of that kind.
    pub idempotency: Option<String>,
}

/// What goes wrong between the networks and their clients: shares are from 0 to 1. The default is that nothing does.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Weather {
    /// The share of events that are delivered once more although they were acknowledged.
    pub duplicates: f64,
    /// The share of events that are held back for [`Options::again`], so that later ones overtake them.
    pub disorder: f64,
    /// The share of API calls that are refused as too many; where the network says so, for a second. VK may and Odnoklassniki does mean
    /// the limit of a longer time.
    pub too_many: f64,
    /// The share of API calls that are refused as too many in one second, by every network.
    pub too_fast: f64,
    /// The share of API calls that do nothing and are answered by 500, or by half of an answer.
    pub broken: f64,
    /// The share of API calls that are carried out, and then the connection is closed without an answer.
    pub lost_replies: f64,
    /// The share of API calls that first wait for `slow_for`.
    pub slow: f64,
    /// How long a slow call waits.
    pub slow_for: Duration,
}

/// What was pushed to webhooks so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Journal {
    /// Requests sent, all in all.
    pub deliveries: u64,
    /// Those of them that brought an event for another time.
    pub repeats: u64,
    /// Those that were not answered in time, or not as the network wants it.
    pub refusals: u64,
}

/// A request that was sent to a webhook: its own headers and its body.
pub type Sent = (Vec<(String, String)>, String);

/// How the networks are run.
#[derive(Clone)]
pub struct Options {
    /// What time it is there.
    pub clock: Arc<dyn Fn() -> At + Send + Sync>,
    /// The same seed makes the same weather.
    pub seed: u64,
    /// How long an answer of a webhook is waited for.
    pub patience: Duration,
    /// How long after a failure an event is delivered again; real networks wait 30 to 60 seconds.
    pub again: Duration,
    /// How far the numbers in ids had come, if there were networks before these for the same clients: see [`Networks::counted`].
    pub counted: i64,
}

impl Default for Options {
    fn default() -> Options {
        let (patience, again) = (Duration::from_secs(5), Duration::from_secs(30));
        Options { clock: Arc::new(At::now), seed: 1, patience, again, counted: 0 }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Options {{ seed: {}, patience: {:?}, again: {:?} }}", self.seed, self.patience, self.again)
    }
}

/// What the threads share.
struct Core {
    world: Mutex<World>,
    /// Told whenever something may have become due.
    news: Condvar,
}

impl Core {
    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something to the world, and lets the events go out.
    fn change<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        let result = change(&mut self.world());
        self.news.notify_all();
        result
    }
}

/// Ends the threads when the last handle is gone.
struct Life {
    core: Arc<Core>,
    server: actix_web::dev::ServerHandle,
}

impl Drop for Life {
    fn drop(&mut self) {
        self.core.change(|world| world.stopping = true);
        // The command is sent at once; nobody has to wait until it is carried out.
        drop(self.server.stop(false));
    }
}

/// The four networks. They keep the last ten thousand things of each page and forget what was before. All clones are one; when the last is dropped, the server stops.
///
/// Keys of posts, comments and messages are unique on a page. A method that is given a page, a person or a key which these networks
/// did not make does nothing.
#[derive(Clone)]
pub struct Networks {
    core: Arc<Core>,
    address: SocketAddr,
    _life: Arc<Life>,
}

impl Networks {
    /// Opens the networks on a free port of this machine.
    ///
    /// # Errors
    /// When no port or thread can be had.
    pub fn open(options: Options) -> io::Result<Networks> {
        let (listener, address) = server::bind()?;
        let world = World::new(&options, format!("http://{address}"));
        let core = Arc::new(Core { world: Mutex::new(world), news: Condvar::new() });
        let server = server::start(listener, Arc::clone(&core))?;
        let life = Arc::new(Life { core: Arc::clone(&core), server });
        delivery::start(&core, options.patience)?;
        Ok(Networks { core, address, _life: life })
    }

    /// Where they are, such as `http://127.0.0.1:40001`.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where the network's API is, such as `http://127.0.0.1:40001/vk`.
    pub fn base(&self, net: Net) -> String {
        format!("http://{}/{}", self.address, net.name())
    }

    /// Founds a group (VK, Odnoklassniki), a channel with its discussion group and a bot that administers both (Telegram), or a
    /// channel with a bot (MAX).
    pub fn page(&self, net: Net, title: &str) -> Page {
        self.core.change(|world| world.found(net, title))
    }

    /// Founds a page with the account that it had in networks before these; its keys are new, and nothing is written there. None if the
    /// account is not one that such networks gave ([`Options::counted`]), or is taken.
    pub fn page_again(&self, net: Net, account: &str, title: &str) -> Option<Page> {
        self.core.change(|world| world.found_again(net, account, title))
    }

    /// How far the numbers in ids have come. Networks that are opened with that as [`Options::counted`] repeat none of them.
    pub fn counted(&self) -> i64 {
        self.core.world().highest()
    }

    /// Somebody gets an account.
    pub fn person(&self, net: Net, name: &str) -> Person {
        self.core.change(|world| world.born(net, name))
    }

    /// The page publishes a post by hand. Odnoklassniki tells nobody; it is seen by polling.
    ///
    /// The key is the id that comments name: on Telegram that of the post's copy in the discussion group.
    pub fn post(&self, page: &Page, text: &str) -> String {
        let (kind, author) = (Kind::Post, Author::Colleague);
        self.write_down(page, Draft { kind, author, text: text.to_owned(), ..Draft::default() })
    }

    /// A person offers a post for the page's wall. Only VK has that.
    pub fn suggest(&self, page: &Page, person: &Person, text: &str) -> Option<String> {
        let draft = Draft { kind: Kind::Suggested, author: by(person), text: text.to_owned(), ..Draft::default() };
        (page.net == Net::Vk).then(|| self.write_down(page, draft))
    }

    /// A person writes on the page's wall (VK), or into the discussion group outside of any post's thread (Telegram).
    pub fn wall_post(&self, page: &Page, person: &Person, text: &str) -> Option<String> {
        let kind = match page.net {
            Net::Vk => Kind::Post,
            Net::Telegram => Kind::Comment,
            Net::Ok | Net::Max => return None,
        };
        Some(self.write_down(page, Draft { kind, author: by(person), text: text.to_owned(), ..Draft::default() }))
    }

    /// A person comments on a post, or answers a comment there. MAX knows no pictures in comments: there they are left out.
    pub fn comment(
        &self,
        page: &Page,
        post: &str,
        person: &Person,
        text: &str,
        reply_to: Option<&str>,
        pictures: usize,
    ) -> String {
        let author = by(person);
        self.write_down(page, Draft { author, pictures, ..Draft::comment(post, text, reply_to) })
    }

    /// A person sends several pictures with one caption as a comment: on Telegram each is a message of its own.
    pub fn album(&self, page: &Page, post: &str, person: &Person, caption: &str, pictures: usize) -> Vec<String> {
        if page.net != Net::Telegram {
            return vec![self.comment(page, post, person, caption, None, pictures)];
        }
        let one = |world: &mut World, at: usize, album: i64| {
            let text = if at == 0 { caption } else { "" };
            let draft =
                Draft { author: by(person), pictures: 1, album: Some(album), ..Draft::comment(post, text, None) };
            world.write_down(page, draft)
        };
        self.core.change(|world| {
            let album = world.number();
            (0..pictures).map(|at| one(world, at, album)).collect()
        })
    }

    /// A person writes to the page in private, which also allows the page to write back.
    pub fn write(&self, page: &Page, person: &Person, text: &str) -> String {
        self.core.change(|world| {
            world.allow(page, person);
            world.write_down(page, Draft { author: by(person), ..Draft::private(&person.id, text) })
        })
    }

    /// An author changes what they wrote. Odnoklassniki tells nobody.
    pub fn edit(&self, page: &Page, key: &str, text: &str) {
        self.core.change(|world| world.alter(page, key, Turn::Edited, Some(text)));
    }

    /// What was written is deleted. Telegram and Odnoklassniki tell nobody.
    pub fn delete(&self, page: &Page, key: &str) {
        self.core.change(|world| world.alter(page, key, Turn::Removed, None));
    }

    /// A deleted comment comes back. Only VK has that.
    pub fn restore(&self, page: &Page, key: &str) {
        if page.net == Net::Vk {
            self.core.change(|world| world.alter(page, key, Turn::Restored, None));
        }
    }

    /// A colleague answers under a post in the page's name without the API.
    pub fn by_hand(&self, page: &Page, post: &str, text: &str, reply_to: Option<&str>) -> String {
        self.write_down(page, Draft { author: Author::Colleague, ..Draft::comment(post, text, reply_to) })
    }

    /// A colleague writes to a person in the page's name without the API. Only VK tells of that, and only there it is done: nobody
    /// but its program can write in a bot's name.
    pub fn by_hand_private(&self, page: &Page, person: &Person, text: &str) -> Option<String> {
        let draft = Draft { author: Author::Colleague, ..Draft::private(&person.id, text) };
        (page.net == Net::Vk).then(|| self.write_down(page, draft))
    }

    /// The person does not want private messages of the page any more.
    pub fn deny(&self, page: &Page, person: &Person) {
        self.core.change(|world| world.deny(page, person));
    }

    /// The bot is made an administrator anew, of which Telegram and MAX tell it.
    pub fn invite(&self, page: &Page) {
        self.core.change(|world| world.invite(page));
    }

    /// What pages said through the APIs, in order: the last ten thousand.
    pub fn said(&self) -> Vec<Said> {
        self.said_after(0).0
    }

    /// As [`said`](Networks::said), but without the first `before` of all that was ever said; with how much that is now.
    pub fn said_after(&self, before: u64) -> (Vec<Said>, u64) {
        let world = self.core.world();
        let known = usize::try_from(before.saturating_sub(world.said_before)).unwrap_or(usize::MAX);
        let all = world.said_before + u64::try_from(world.said.len()).unwrap_or(0);
        (world.said.iter().skip(known).cloned().collect(), all)
    }

    /// Changes the weather; it also changes for what is already on its way.
    pub fn weather(&self, weather: Weather) {
        self.core.change(|world| world.weather = weather);
    }

    /// How many events are still to be delivered: not acknowledged, or to be repeated all the same. On Telegram also those that wait
    /// for a webhook or for `getUpdates`.
    pub fn deliveries_pending(&self) -> usize {
        self.core.world().queue.len()
    }

    /// What was pushed to webhooks so far.
    pub fn journal(&self) -> Journal {
        self.core.world().journal
    }

    /// The last request that was sent to a webhook of the page.
    pub fn last_event(&self, page: &Page) -> Option<Sent> {
        let world = self.core.world();
        world.pages.get(world.at(page)?)?.last_event.clone()
    }

    fn write_down(&self, page: &Page, draft: Draft) -> String {
        self.core.change(|world| world.write_down(page, draft))
    }
}

fn by(person: &Person) -> Author {
    Author::Person(person.id.clone())
}
