//! The residents: they write, the source of the demo carries it to the webhook, and they react to what they are answered.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, Sender};
use std::time::Duration;

use serde::Deserialize;

use super::agenda::Agenda;
use super::client::{Client, Missed, Tally};
use super::clock::CityClock;
use super::dice::Dice;
use super::generator::{Act, Generator, Mood};
use super::halt::Halt;
use super::memory::{Known, Memory};
use super::source;
use crate::channels::webhook::{self, OutgoingAnswer};
use crate::domain::message::Incoming;
use crate::domain::{AnswerKind, At, Id, Outcome};

/// How long at most until the residents look at what they were answered.
const GLANCE: Duration = Duration::from_millis(200);

/// How long the source waits before it tries again what was not taken.
const AGAIN: Duration = Duration::from_millis(500);

/// Messages that the source holds back are sent after this many seconds of the city at the latest.
const HELD_SECONDS: i64 = 900;

/// The most messages that are sent together.
const BATCH: usize = 50;

/// The most residents who come between two looks at the clock: whoever asks for more than the machine can do gets what it can.
const CROWD: usize = 500;

/// What authors make of a final answer.
const THANKFUL: f64 = 0.38;
const RESIGNED: f64 = 0.04;
const ARGUING: f64 = 0.14;
/// … and of one that says no.
const ARGUING_AT_NO: f64 = 0.4;

/// How long after an answer its author reads it: the median, in seconds of the city.
const READS_AFTER: f64 = 2.0 * 3600.0;

/// What the webhook says of one message.
#[derive(Deserialize)]
struct MessageResult {
    external_id: String,
    status: String,
    incident: Option<Id>,
}

#[derive(Deserialize)]
struct Received {
    results: Vec<MessageResult>,
}

/// Everybody who lives in the city, and the source that carries their words.
pub struct Residents {
    pub client: Client,
    pub secret: Vec<u8>,
    pub clock: CityClock,
    pub generator: Generator,
    pub replies: Generator,
    pub dice: Dice,
    pub memory: Memory,
    pub tally: Tally,
    /// Answers that were delivered.
    pub answers: Receiver<OutgoingAnswer>,
    /// Incidents that somebody has to look at.
    pub news: Sender<Id>,
    pub halt: Halt,
}

/// What the source has to do.
struct Desk {
    agenda: Agenda<Act>,
    outbox: Vec<Act>,
    /// What first messages are about, until it is known which incidents they open.
    unopened: HashMap<String, Known>,
    deliveries: u64,
}

impl Residents {
    /// Lives until the demo is stopped. Somebody comes at once.
    pub fn live(mut self) {
        let mut desk = Desk { agenda: Agenda::new(), outbox: Vec::new(), unopened: HashMap::new(), deliveries: 0 };
        let mut next = self.clock.now();
        while !self.halt.is_halted() {
            let now = self.clock.now();
            for _ in 0..CROWD {
                if next > now {
                    break;
                }
                self.come(&mut desk, next);
                next = self.generator.next_arrival(next);
            }
            while let Ok(answer) = self.answers.try_recv() {
                self.react(&mut desk, &answer, now);
            }
            desk.outbox.extend(std::iter::from_fn(|| desk.agenda.due(now)));
            let pause = match self.carry(&mut desk, now) {
                Ok(()) => self.clock.until(desk.agenda.next().map_or(next, |at| at.min(next))).min(GLANCE),
                Err(_) => AGAIN,
            };
            self.halt.sleep(pause);
        }
    }

    fn come(&mut self, desk: &mut Desk, at: At) {
        let visit = self.generator.visit(at);
        let known = Known { truth: visit.truth, street: visit.street };
        desk.unopened.insert(visit.first.message.external_id.clone(), known);
        for act in std::iter::once(visit.first).chain(visit.later) {
            desk.agenda.note(act.at, act);
        }
    }

    /// The author reads an answer, and perhaps writes back.
    fn react(&mut self, desk: &mut Desk, answer: &OutgoingAnswer, now: At) {
        if answer.kind != AnswerKind::Final {
            return;
        }
        let (Some(to), Some(mood)) = (self.memory.message(&answer.reply_to), self.mood(answer.outcome)) else { return };
        let seconds = self.dice.takes(READS_AFTER, 1.0).min(48.0 * 3600.0);
        let at = now.plus_seconds(seconds as i64);
        let act = self.replies.reply(&to, mood, at);
        desk.agenda.note(at, act);
    }

    fn mood(&mut self, outcome: Option<Outcome>) -> Option<Mood> {
        let arguing = if outcome == Some(Outcome::NotResolved) { ARGUING_AT_NO } else { ARGUING };
        let luck = self.dice.unit();
        [(Mood::Arguing, arguing), (Mood::Resigned, RESIGNED), (Mood::Thankful, THANKFUL)]
            .into_iter()
            .scan(0.0, |upto, (mood, share)| {
                *upto += share;
                Some((mood, *upto))
            })
            .find_map(|(mood, upto)| (luck < upto).then_some(mood))
    }

    /// Sends what is not held back. What is not taken now stays in the outbox.
    fn carry(&mut self, desk: &mut Desk, now: At) -> Result<(), Missed> {
        let waits = |act: &Act| act.held && act.at.plus_seconds(HELD_SECONDS) > now;
        while !desk.outbox.iter().all(waits) {
            let count = desk.outbox.len().min(BATCH);
            let sent = self.send(desk, count);
            if matches!(sent, Err(Missed::Busy | Missed::Raced | Missed::Halted)) {
                return sent;
            }
            // What was refused outright is counted, and would be refused again.
            desk.outbox.drain(..count);
        }
        Ok(())
    }

    fn send(&mut self, desk: &mut Desk, count: usize) -> Result<(), Missed> {
        let acts = &desk.outbox[..count];
        let body = match acts {
            [one] => serde_json::to_vec(&one.message),
            several => serde_json::to_vec(&several.iter().map(|act| &act.message).collect::<Vec<&Incoming>>()),
        };
        let body = body.map_err(|error| {
            self.tally.count("a message cannot be written".to_owned(), error.to_string());
            Missed::Unexpected
        })?;
        desk.deliveries += 1;
        let delivery = format!("{}_{}_{}", source::NAME, self.clock.now().as_millisecond(), desk.deliveries);
        let received: Received = self.deliver(&delivery, body.clone())?;
        for act in acts {
            self.memory.keep_message(&act.message);
        }
        for result in received.results {
            self.heard(result, &mut desk.unopened);
        }
        if acts.iter().any(|act| act.repeated) {
            self.repeat(&delivery, body);
        }
        Ok(())
    }

    fn deliver<T: serde::de::DeserializeOwned>(&self, id: &str, body: Vec<u8>) -> Result<T, Missed> {
        // Signatures go by the machine's time, however fast the city's runs.
        let seconds = At::now().as_second();
        let signature = webhook::sign(&self.secret, id, seconds, &body);
        let timestamp = seconds.to_string();
        let headers =
            [("webhook-id", id), ("webhook-timestamp", timestamp.as_str()), ("webhook-signature", signature.as_str())];
        self.client.push(&format!("/hooks/webhook/{}", source::NAME), &headers, body)
    }

    /// Sources deliver at least once; the second time nothing may come of it.
    fn repeat(&self, delivery: &str, body: Vec<u8>) {
        let Ok(received) = self.deliver::<Received>(delivery, body) else { return };
        for result in received.results.iter().filter(|result| result.status != "seen") {
            self.tally.count(format!("a repeat was {}", result.status), result.external_id.clone());
        }
    }

    fn heard(&self, result: MessageResult, unopened: &mut HashMap<String, Known>) {
        let known = unopened.remove(&result.external_id);
        let Some(incident) = result.incident else { return };
        if let Some(known) = known {
            self.memory.keep_complaint(incident, known);
        }
        if matches!(result.status.as_str(), "opened" | "reopened") {
            // Once the organisations are gone, nobody needs news.
            let _ = self.news.send(incident);
        }
    }
}
