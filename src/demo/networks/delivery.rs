//! How events get to webhooks: one after the other for each page, again and again until they are acknowledged.

use std::io;
use std::sync::{Arc, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use ureq::tls::TlsConfig;

use super::world::{World, seconds};
use super::{Core, Net, vk};

/// How many webhooks are served at a time.
const WORKERS: usize = 4;

/// Nobody waits longer than this for something to become due: it may have been missed.
const AT_MOST: Duration = Duration::from_millis(500);

/// An event on its way.
#[derive(Debug)]
pub(super) struct Pending {
    id: i64,
    pub page: usize,
    /// The webhook it goes to; None where it waits for whichever there is.
    pub hook: Option<i64>,
    pub kind: String,
    pub body: Value,
    made: Instant,
    pub due: Instant,
    /// How often it was sent.
    attempts: u32,
    /// It was acknowledged, and is to be sent all the same.
    taken: bool,
    flying: bool,
}

impl Pending {
    pub fn new(
        id: i64,
        page: usize,
        hook: Option<i64>,
        kind: &str,
        body: Value,
        made: Instant,
        due: Instant,
    ) -> Pending {
        let kind = kind.to_owned();
        Pending { id, page, hook, kind, body, made, due, attempts: 0, taken: false, flying: false }
    }
}

/// One request to a webhook.
struct Shot {
    pending: i64,
    net: Net,
    url: String,
    headers: Vec<(String, String)>,
    body: String,
}

/// What a webhook made of it.
enum Verdict {
    Took,
    /// VK only: the answer to its question.
    Confirmed(String),
    Refused(String),
    /// VK only: it asked for a pause.
    Later(Duration),
    /// VK only: it does not want any more.
    Remove,
}

/// Starts the threads that deliver. They end when the world does.
pub(super) fn start(core: &Arc<Core>, patience: Duration) -> io::Result<()> {
    for _ in 0..WORKERS {
        let core = Arc::clone(core);
        thread::Builder::new().name("networks-delivery".to_owned()).spawn(move || deliver(&core, patience))?;
    }
    Ok(())
}

fn deliver(core: &Core, patience: Duration) {
    // A real network checks certificates; a test's webhook has one of its own making.
    let tls = TlsConfig::builder().disable_verification(true).build();
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(patience))
        .http_status_as_error(false)
        .max_redirects(0)
        .max_idle_connections(0)
        .proxy(None)
        .tls_config(tls)
        .user_agent("made-up networks")
        .build()
        .into();
    while let Some(shot) = wait(core) {
        let verdict = shoot(&agent, &shot);
        core.change(|world| world.settle(&shot, verdict));
    }
}

/// Waits for the next request that may go out; None when all is over.
fn wait(core: &Core) -> Option<Shot> {
    let mut world = core.world();
    loop {
        if world.stopping {
            return None;
        }
        let now = Instant::now();
        match world.next(now) {
            Ok(shot) => return Some(shot),
            Err(due) => {
                let pause = due.map_or(AT_MOST, |due| due.saturating_duration_since(now).min(AT_MOST));
                world = core.news.wait_timeout(world, pause).unwrap_or_else(PoisonError::into_inner).0;
            }
        }
    }
}

fn shoot(agent: &ureq::Agent, shot: &Shot) -> Verdict {
    let mut request = agent.post(&shot.url);
    for (name, value) in &shot.headers {
        request = request.header(name, value);
    }
    let answered = request.send(&shot.body).and_then(|mut response| {
        let later = response.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
        Ok((response.status().as_u16(), later, response.body_mut().read_to_string()?))
    });
    match answered {
        Err(error) => Verdict::Refused(error.to_string()),
        Ok((status, later, text)) => judge(shot.net, status, later, text.trim()),
    }
}

fn judge(net: Net, status: u16, later: Option<u64>, text: &str) -> Verdict {
    let taken = match net {
        Net::Vk => match (status, later, text) {
            (200, _, "ok") => return Verdict::Took,
            (410 | 429 | 503, Some(later), _) => return Verdict::Later(Duration::from_secs(later)),
            (_, _, "remove") => return Verdict::Remove,
            (200, _, other) => return Verdict::Confirmed(other.to_owned()),
            _ => false,
        },
        Net::Telegram => (200..300).contains(&status),
        Net::Ok | Net::Max => status == 200,
    };
    if taken { Verdict::Took } else { Verdict::Refused(format!("Wrong response from the webhook: {status}")) }
}

impl World {
    /// The request that is due now, or when the next one will be. A page's events go out one at a time.
    fn next(&mut self, now: Instant) -> Result<Shot, Option<Instant>> {
        let busy: Vec<usize> = self.queue.iter().filter(|one| one.flying).map(|one| one.page).collect();
        let open = |one: &&Pending| !one.flying && !busy.contains(&one.page) && self.hook_of(one).is_some();
        let Some(first) = self.queue.iter().filter(open).min_by_key(|one| (one.due, one.id)) else { return Err(None) };
        if first.due > now {
            return Err(Some(first.due));
        }
        let shot = self.aim(first).ok_or(None)?;
        self.journal.deliveries += 1;
        if let Some(one) = self.queue.iter_mut().find(|one| one.id == shot.pending) {
            one.flying = true;
            self.journal.repeats += u64::from(one.attempts > 0);
            one.attempts += 1;
            self.pages[one.page].last_event = Some((shot.headers.clone(), shot.body.clone()));
        }
        Ok(shot)
    }

    /// The index of the webhook that an event goes to.
    fn hook_of(&self, pending: &Pending) -> Option<usize> {
        let hooks = &self.pages.get(pending.page)?.hooks;
        hooks.iter().position(|hook| pending.hook.is_none_or(|id| hook.id == id))
    }

    fn aim(&self, pending: &Pending) -> Option<Shot> {
        let page = &self.pages[pending.page];
        let hook = &page.hooks[self.hook_of(pending)?];
        let net = page.page.net;
        let mut headers = vec![("content-type".to_owned(), "application/json;charset=utf-8".to_owned())];
        match net {
            Net::Vk if pending.attempts > 0 => {
                headers.push(("x-retry-counter".to_owned(), pending.attempts.to_string()));
            }
            Net::Telegram if !hook.secret.is_empty() => {
                headers.push(("x-telegram-bot-api-secret-token".to_owned(), hook.secret.clone()));
            }
            Net::Max if !hook.secret.is_empty() => {
                headers.push(("x-max-bot-api-secret".to_owned(), hook.secret.clone()));
            }
            _ => {}
        }
        Some(Shot { pending: pending.id, net, url: hook.url.clone(), headers, body: pending.body.to_string() })
    }

    /// Draws the conclusions of an answer.
    fn settle(&mut self, shot: &Shot, verdict: Verdict) {
        let date = seconds(self.now());
        // It may have been dropped while it was in the air.
        let Some(at) = self.queue.iter().position(|one| one.id == shot.pending) else { return };
        let mut one = self.queue.remove(at);
        one.flying = false;
        if one.kind == vk::CONFIRMATION {
            return self.confirm(&one, &verdict);
        }
        match verdict {
            Verdict::Took => {
                if one.taken || !self.dice.chance(self.weather.duplicates) {
                    return;
                }
                one.taken = true;
                one.due = Instant::now() + self.again;
            }
            Verdict::Remove => return self.drop_hook(one.page, one.hook),
            Verdict::Later(pause) => {
                self.journal.refusals += 1;
                one.due = Instant::now() + pause;
            }
            Verdict::Refused(why) | Verdict::Confirmed(why) => {
                self.journal.refusals += 1;
                self.pages[one.page].fault = Some((date, why));
                one.due = Instant::now() + self.again;
            }
        }
        if one.made.elapsed() < kept(shot.net) {
            self.queue.push(one);
        }
    }

    /// Whether a server of VK is what it should be, is asked once.
    fn confirm(&mut self, asked: &Pending, verdict: &Verdict) {
        let hooks = &mut self.pages[asked.page].hooks;
        let Some(hook) = hooks.iter_mut().find(|hook| Some(hook.id) == asked.hook) else { return };
        let good = matches!(verdict, Verdict::Confirmed(text) if *text == hook.expected);
        hook.status = if good { "ok" } else { "failed" };
        self.journal.refusals += u64::from(!good);
    }

    /// Forgets a webhook with all that was on its way to it.
    pub fn drop_hook(&mut self, page: usize, id: Option<i64>) {
        self.pages[page].hooks.retain(|hook| Some(hook.id) != id);
        self.queue.retain(|one| one.page != page || one.hook != id || id.is_none());
    }
}

/// How long an event is kept that cannot be delivered.
fn kept(net: Net) -> Duration {
    let hours = if net == Net::Telegram { 24 } else { 8 };
    Duration::from_secs(hours * 3_600)
}
