//! Asking the social networks on behalf of official pages: connecting them, looking after them, letting go of them.
//!
//! A network is asked on a thread of its own and with no transaction open; what was asked and what came of it is written down by
//! [`desk::pages`](crate::desk::pages) before and after.

mod known;

use std::time::Duration;

use super::{App, hook};
use crate::channels::SendError;
use crate::channels::networks::{self, Bases, Network, Wire};
use crate::config;
use crate::desk::pages::{self, Made, Networks as _};
use crate::desk::{Desk, Error};
use crate::domain::page::{Health, Page};
use crate::domain::{Id, Invalid, Keys, Listening, PageState, Refusal};
use crate::store::StoreError;
use crate::store::records::PageRow;

pub use known::{About, Known, about};

/// After which times a network that was asked to deliver is asked whether it does.
const SETTLING: [Duration; 4] =
    [Duration::from_millis(100), Duration::from_millis(300), Duration::from_millis(600), Duration::from_secs(1)];

/// Why something could not be done about a page.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// It never came to asking the network, or what it said could not be written down.
    #[error(transparent)]
    Desk(#[from] Error),
    /// The network said no, or nothing. Its words hold no key of the page.
    #[error("{0}")]
    Network(SendError),
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Failed {
        Failed::Desk(error.into())
    }
}

/// How to connect a page.
#[derive(Debug, Clone, Default)]
pub struct Connection {
    /// The keys that somebody gave; none: those it has.
    pub keys: Option<Keys>,
    /// How it is to listen; none: as it does.
    pub listening: Option<Listening>,
    /// Whether its hook is to have another address.
    pub new_address: bool,
}

/// What asks the networks, by the settings.
pub(super) fn wire(config: &config::Networks) -> Wire {
    let config::Networks { vk, telegram, odnoklassniki, max, timeout, extra_roots, .. } = config.clone();
    let mut roots = extra_roots;
    if !roots.is_empty() {
        let system = rustls_native_certs::load_native_certs();
        if system.certs.is_empty() {
            tracing::warn!(
                "this machine trusts no certificates: of the networks only those of networks.extra_roots are"
            );
        }
        roots.extend(system.certs.into_iter().map(|certificate| certificate.to_vec()));
    }
    Wire::new(Bases { vk, telegram, odnoklassniki, max }, timeout, &roots)
}

impl App {
    /// The address of a page's hook, as its network has to know it; none if the service is not reached from outside.
    pub fn hook_of(&self, page: &PageRow) -> Option<String> {
        self.hook_at(page, page.hook_epoch)
    }

    fn hook_at(&self, page: &PageRow, epoch: i32) -> Option<String> {
        let public_url = self.config().listen.public_url.as_deref()?;
        Some(hook::address(&self.keys().hooks, public_url, &page.network, page.id, epoch))
    }

    /// Connects a page, or connects it anew: checks the keys, has the network deliver to the page's hook or makes it ready to be
    /// polled, and looks how it fares. Until the network has agreed, the page stays as it was.
    ///
    /// With other keys the address of the hook stays, so nothing is lost while they are replaced; `new_address` has the network let go
    /// of the old one first.
    ///
    /// # Errors
    /// [`Failed`].
    pub async fn connect_page(
        &self,
        desk: Desk,
        id: Id,
        seen: Option<i64>,
        order: Connection,
    ) -> Result<PageRow, Failed> {
        self.ask(move |app| app.connect(&desk, id, seen, order)).await
    }

    /// Forgets a page's keys and has its network deliver no more; with the page, why the network would not let go.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Stale`], [`Refusal::Forbidden`].
    pub async fn disconnect_page(
        &self,
        desk: Desk,
        id: Id,
        seen: Option<i64>,
    ) -> Result<(PageRow, Option<String>), Failed> {
        self.ask(move |app| app.disconnect(&desk, id, seen)).await
    }

    /// Asks a connected page's network how the page fares, and notes it.
    ///
    /// # Errors
    /// [`Failed`]; [`Error::Conflict`] when it is not connected.
    pub async fn check_page(&self, desk: Desk, id: Id) -> Result<PageRow, Failed> {
        self.ask(move |app| app.check(&desk, id).map(|(page, _)| page)).await
    }

    /// As [`App::check_page`]; and where the network delivers no more, it is asked to deliver again.
    ///
    /// # Errors
    /// As [`App::check_page`].
    pub async fn look_after_page(&self, desk: Desk, id: Id) -> Result<(), Failed> {
        self.ask(move |app| app.look_after(&desk, id)).await
    }

    async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&App) -> Result<T, Failed> + Send + 'static,
    ) -> Result<T, Failed> {
        let app = self.clone();
        let done = tokio::task::spawn_blocking(move || work(&app)).await;
        done.unwrap_or_else(|_| Err(StoreError::Away("the thread that asked the network ended".to_owned()).into()))
    }

    fn connect(&self, desk: &Desk, id: Id, seen: Option<i64>, order: Connection) -> Result<PageRow, Failed> {
        let circumstances = desk.clone();
        let before = self.store().read_now(move |conn| pages::to_connect(conn, &circumstances, id, seen))?;
        let network = adapter(&before)?;
        let old = pages::open_keys(self.seal(), &before)?;
        let listening = order.listening.unwrap_or(before.listening);
        check(&before, listening, &old, order.keys.as_ref(), self.config().listen.public_url.is_some())?;
        let moves = listening != before.listening || order.new_address;
        let epoch = before.hook_epoch.saturating_add(i32::from(order.new_address));
        if let Some(hook) =
            self.hook_of(&before).filter(|_| moves && before.listening == Listening::Hook && !old.0.is_empty())
        {
            // Some networks know one address only: letting go of the old one afterwards would let go of the new one.
            let page = Page { id, account: before.account.clone(), keys: old.clone() };
            if let Err(error) = network.disconnect(self.wire(), &page, &hook) {
                tracing::info!(page = %id, why = %scrubbed(error, &old), "the network keeps the old address of a hook");
            }
        }
        let page = Page { id, account: before.account.clone(), keys: order.keys.unwrap_or(old) };
        let hook = if listening == Listening::Hook { self.hook_at(&before, epoch) } else { None };
        let mut noted = None;
        match self.agree(network, &page, hook.as_deref(), epoch, &mut noted) {
            Ok((keys, health)) => {
                let sealed = pages::seal_keys(self.seal(), id, &keys)?;
                let over = noted.or(before.keys);
                let (desk, made) = (desk.clone(), Made { over, keys: sealed, epoch, listening, health });
                let page = self.store().write_now(move |conn| pages::connected(conn, &desk, id, made));
                self.forget_pages();
                Ok(page?)
            }
            Err(failed) => {
                if let Some(noted) = noted {
                    self.store().write_now(move |conn| pages::restore(conn, &before, &noted))?;
                    self.forget_pages();
                }
                Err(failed)
            }
        }
    }

    /// Has the network agree to deliver, and looks how the page fares then. The sealed keys that were noted on the way are left in
    /// `noted`.
    fn agree(
        &self,
        network: &dyn Network,
        page: &Page,
        hook: Option<&str>,
        epoch: i32,
        noted: &mut Option<String>,
    ) -> Result<(Keys, Health), Failed> {
        let id = page.id;
        let mut unstored = None;
        let mut save = |keys: &Keys| -> Result<(), SendError> {
            let stored = pages::seal_keys(self.seal(), id, keys).and_then(|sealed| {
                let kept = sealed.clone();
                self.store().write_now(move |conn| pages::prepare(conn, id, &sealed, epoch))?;
                *noted = Some(kept);
                Ok(())
            });
            self.forget_pages();
            stored.map_err(|error| {
                unstored = Some(error);
                SendError::Retry("the keys could not be stored".to_owned(), None)
            })
        };
        let keys = network.connect(self.wire(), page, hook, &mut save).map_err(|error| match unstored {
            Some(error) => Failed::Desk(error),
            None => Failed::Network(scrubbed(error, &page.keys)),
        })?;
        let page = Page { keys, ..page.clone() };
        let health = match settled(network, self.wire(), &page, hook) {
            Ok(health) if health.token => health,
            Ok(health) => {
                return Err(Failed::Network(SendError::GiveUp(clean(health.problems.join("; "), &page.keys))));
            }
            // It has agreed; how it fares is looked at again within the hour.
            Err(error) => {
                let problems = vec![scrubbed(error, &page.keys).to_string()];
                Health { token: true, problems, ..Health::default() }
            }
        };
        Ok((page.keys.clone(), without_keys(health, &page.keys)))
    }

    fn disconnect(&self, desk: &Desk, id: Id, seen: Option<i64>) -> Result<(PageRow, Option<String>), Failed> {
        let circumstances = desk.clone();
        let before = self.store().read_now(move |conn| pages::to_connect(conn, &circumstances, id, seen))?;
        let keys = pages::open_keys(self.seal(), &before)?;
        let hook = self.hook_of(&before).filter(|_| before.listening == Listening::Hook && !keys.0.is_empty());
        let mut problem = None;
        if let (Some(hook), Ok(network)) = (hook, adapter(&before)) {
            let page = Page { id, account: before.account.clone(), keys };
            let let_go = network.disconnect(self.wire(), &page, &hook);
            problem = let_go.err().map(|error| scrubbed(error, &page.keys).to_string());
        }
        let desk = desk.clone();
        // Whoever changed it meanwhile did not know that it is being let go.
        let page = self.store().write_now(move |conn| pages::disconnected(conn, &desk, id, seen));
        self.forget_pages();
        Ok((page?, problem))
    }

    /// The page after the look, and what its network says of it.
    fn check(&self, desk: &Desk, id: Id) -> Result<(PageRow, Health), Failed> {
        let circumstances = desk.clone();
        let before = self.store().read_now(move |conn| pages::to_connect(conn, &circumstances, id, None))?;
        if before.state != PageState::Connected {
            return Err(Error::Conflict("the page is not connected").into());
        }
        let network = adapter(&before)?;
        let keys = pages::open_keys(self.seal(), &before)?;
        let page = Page { id, account: before.account.clone(), keys };
        let hook = self.hook_of(&before).filter(|_| before.listening == Listening::Hook);
        let health = network.check(self.wire(), &page, hook.as_deref());
        let health = health.map_err(|error| Failed::Network(scrubbed(error, &page.keys)))?;
        let health = without_keys(health, &page.keys);
        Ok((self.note(desk, id, health.clone())?, health))
    }

    fn note(&self, desk: &Desk, id: Id, health: Health) -> Result<PageRow, Failed> {
        let desk = desk.clone();
        let noted = self.store().write_now(move |conn| {
            pages::note_health(conn, id, &health, Some(desk.now))?;
            pages::find(conn, &desk, id)
        });
        Ok(noted?)
    }

    fn look_after(&self, desk: &Desk, id: Id) -> Result<(), Failed> {
        let (_, health) = self.check(desk, id)?;
        if !health.token || health.hook != Some(false) {
            return Ok(());
        }
        let mut after = match self.connect(desk, id, None, Connection::default()) {
            Ok(page) => {
                tracing::info!(page = %id, "the network had stopped delivering and was asked to deliver again");
                let told = page.health.and_then(|health| health.to::<Health>().ok()).unwrap_or_default();
                let mut problems = vec!["the network had stopped delivering; it was asked to deliver again".to_owned()];
                problems.extend(told.problems);
                Health { problems, ..told }
            }
            Err(Failed::Network(error)) => {
                let mut problems = health.problems.clone();
                problems.push(format!("asked to deliver again, the network said: {error}"));
                Health { problems, ..health }
            }
            Err(failed) => return Err(failed),
        };
        after.problems.dedup();
        self.note(desk, id, after).map(drop)
    }
}

/// How a page fares that was just connected. Some networks ask our hook only after they have said yes: they are given a moment.
fn settled(network: &dyn Network, wire: &Wire, page: &Page, hook: Option<&str>) -> Result<Health, SendError> {
    for pause in SETTLING {
        let health = network.check(wire, page, hook)?;
        if !health.token || health.hook != Some(false) {
            return Ok(health);
        }
        std::thread::sleep(pause);
    }
    network.check(wire, page, hook)
}

fn adapter(page: &PageRow) -> Result<&'static dyn Network, Error> {
    networks::by_name(&page.network).ok_or(Error::Conflict("this program does not know the page's network"))
}

/// Whether a page can be asked to be connected so.
fn check(
    page: &PageRow,
    listening: Listening,
    old: &Keys,
    given: Option<&Keys>,
    is_reached: bool,
) -> Result<(), Error> {
    let mut faults = match given {
        Some(keys) => Known.faults(&page.network, &page.account, Some(keys)),
        None if old.0.is_empty() => vec![fault("/keys", "is needed: the page has no keys yet")],
        None => Vec::new(),
    };
    if !Known.listening(&page.network).is_some_and(|ways| ways.contains(&listening)) {
        faults.push(fault("/listening", "the network cannot be listened to so"));
    } else if listening == Listening::Hook && !is_reached {
        faults.push(fault("/listening", "a hook needs an address that networks reach: set listen.public_url, or poll"));
    }
    if faults.is_empty() { Ok(()) } else { Err(Refusal::Invalid(faults).into()) }
}

fn fault(pointer: &str, message: &str) -> Invalid {
    Invalid { pointer: pointer.to_owned(), message: message.to_owned() }
}

/// What went wrong, without the page's keys, whatever the network repeats.
fn scrubbed(error: SendError, keys: &Keys) -> SendError {
    match error {
        SendError::Retry(why, wait) => SendError::Retry(clean(why, keys), wait),
        SendError::Unsure(why) => SendError::Unsure(clean(why, keys)),
        SendError::Barred(why) => SendError::Barred(clean(why, keys)),
        SendError::GiveUp(why) => SendError::GiveUp(clean(why, keys)),
    }
}

fn without_keys(mut health: Health, keys: &Keys) -> Health {
    health.problems = health.problems.into_iter().map(|problem| clean(problem, keys)).collect();
    health
}

fn clean(text: String, keys: &Keys) -> String {
    // What is shorter is no secret, and may be part of any word.
    keys.0.values().filter(|key| key.len() >= 8).fold(text, |text, key| text.replace(key.as_str(), "***"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_network_hold_no_key() {
        let keys = Keys([("token", "vk1.a.secret"), ("server", "1")].map(|(a, b)| (a.to_owned(), b.to_owned())).into());
        let error = scrubbed(SendError::GiveUp("no access 15 for vk1.a.secret".to_owned()), &keys);
        assert_eq!(error, SendError::GiveUp("no access 15 for ***".to_owned()));
    }
}
