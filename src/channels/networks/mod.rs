//! The social networks: one adapter each, behind one trait.
//!
//! A new network is one file beside these with a [`Network`] in it, and one line in [`ALL`].

mod clean;
mod max;
mod odnoklassniki;
#[cfg(test)]
mod stub;
mod telegram;
mod vk;
mod wire;

use std::net::IpAddr;

use super::SendError;
use crate::domain::message::{Attachment, Remark};
use crate::domain::page::{Health, Heard, Keys, Pace, Page, Polled, Posted, Posting, TextLimit};
use crate::domain::{At, Form, Listening, Refusal};

pub use wire::{Bases, Reply, Wire};

/// Every network there is.
pub const ALL: &[&dyn Network] = &[&vk::Vk, &odnoklassniki::Odnoklassniki, &telegram::Telegram, &max::Max];

/// The network of this name.
pub fn by_name(name: &str) -> Option<&'static dyn Network> {
    ALL.iter().copied().find(|network| network.name() == name)
}

/// A request as it came in.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// A header's value by its name in lower case.
    pub header: &'a dyn Fn(&str) -> Option<&'a str>,
    pub body: &'a [u8],
    /// Where it came from.
    pub from: IpAddr,
    /// The networks that Odnoklassniki may send from, as the settings have them; empty: any.
    pub odnoklassniki_from: &'a [ipnet::IpNet],
}

/// Why an event is not from whom it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unverified {
    #[error("the secret is missing or wrong")]
    Secret,
    #[error("the event is of another page")]
    OtherPage,
    #[error("the request does not come from the network's addresses")]
    Address,
}

/// What a request says, and what it is answered once that is durable.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    pub events: Vec<Heard>,
    /// The body of the answer 200.
    pub reply: String,
}

/// One of a network's keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeySpec {
    /// As the API and tables name it.
    pub name: &'static str,
    /// Whether a page cannot be connected without it.
    pub needed: bool,
    /// What it is and where it is found, for whoever has to enter it.
    pub about: &'static str,
}

/// What is known of a network before any page is.
#[derive(Debug, Clone, Copy)]
pub struct Traits {
    /// The keys that somebody has to give. Others an adapter makes itself when it connects.
    pub keys: &'static [KeySpec],
    /// How events can come in; the first is the usual way.
    pub listening: &'static [Listening],
    pub comment_limit: TextLimit,
    pub private_limit: TextLimit,
    pub pace: Pace,
    /// Whether the same posting sent twice is published once.
    pub idempotent: bool,
    /// Whether a page may answer under the posts of another page.
    pub answers_elsewhere: bool,
    /// Whether a poll asks for what is new since the cursor in the background even though hooks come in: comments of Odnoklassniki.
    pub always_polls: bool,
}

impl Traits {
    /// How long a posting of this form may be.
    pub fn limit(&self, form: Form) -> TextLimit {
        if form == Form::Private { self.private_limit } else { self.comment_limit }
    }
}

/// A social network. [`verify`](Network::verify) and [`read`](Network::read) are pure; what talks to the network blocks.
pub trait Network: Send + Sync {
    /// Its short name, as messages, tables and the path of its hook have it.
    fn name(&self) -> &'static str;

    /// What it is like.
    fn traits(&self) -> &'static Traits;

    /// Checks what somebody gave to connect a page with.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with pointers such as `/account` and `/keys/token`.
    fn check_keys(&self, account: &str, keys: &Keys) -> Result<(), Refusal>;

    /// Whether a request is from the network and about this page.
    ///
    /// # Errors
    /// [`Unverified`]; also for a body that cannot be read, where the proof is in the body.
    fn verify(&self, page: &Page, request: &Request<'_>) -> Result<(), Unverified>;

    /// What a verified body says at `now`, the time of changes that the network does not date. What residents' complaints cannot be made
    /// of (likes, joins) is no event and no error: a network that is refused would send it again.
    ///
    /// # Errors
    /// [`Refusal::Malformed`] for what is not the network's format.
    fn read(&self, page: &Page, body: &[u8], now: At) -> Result<Reading, Refusal>;

    /// Makes the network deliver to `hook`, or, where there is none, ready to be polled; the page's keys with those that were made
    /// on the way. `save` is called with keys that must be known before the network will deliver (VK asks for a confirmation within
    /// the call).
    ///
    /// # Errors
    /// [`SendError`].
    fn connect(
        &self,
        wire: &Wire,
        page: &Page,
        hook: Option<&str>,
        save: &mut dyn FnMut(&Keys) -> Result<(), SendError>,
    ) -> Result<Keys, SendError>;

    /// Makes the network deliver no more to `hook`.
    ///
    /// # Errors
    /// [`SendError`].
    fn disconnect(&self, wire: &Wire, page: &Page, hook: &str) -> Result<(), SendError>;

    /// How the page fares. A token that is refused is no error, but a [`Health`] that says so.
    ///
    /// # Errors
    /// [`SendError::Retry`] when the network cannot be asked.
    fn check(&self, wire: &Wire, page: &Page, hook: Option<&str>) -> Result<Health, SendError>;

    /// Publishes.
    ///
    /// # Errors
    /// [`SendError`]: [`Unsure`](SendError::Unsure) when it may have been published all the same.
    fn send(&self, wire: &Wire, page: &Page, posting: &Posting) -> Result<Posted, SendError>;

    /// Fetches what is new since the cursor.
    ///
    /// # Errors
    /// [`SendError`].
    fn poll(&self, wire: &Wire, page: &Page, cursor: Option<&str>, now: At) -> Result<Polled, SendError> {
        let _ = (wire, page, cursor, now);
        Err(SendError::GiveUp(format!("{} is not polled", self.name())))
    }

    /// The post that a comment stands under and the comments above it, as far as the network shows them; none where events bring
    /// them along.
    ///
    /// # Errors
    /// [`SendError`].
    fn surroundings(
        &self,
        wire: &Wire,
        page: &Page,
        post: &str,
        parent: Option<&str>,
    ) -> Result<Vec<Remark>, SendError> {
        let _ = (wire, page, post, parent);
        Ok(Vec::new())
    }

    /// Where the content of an attachment can be fetched now. The address may hold a token: it is used at once and kept nowhere.
    ///
    /// # Errors
    /// [`SendError`].
    fn locate(&self, wire: &Wire, page: &Page, attachment: &Attachment) -> Result<String, SendError> {
        let _ = (wire, page);
        Ok(attachment.url.clone())
    }
}
