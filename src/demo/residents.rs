//! The residents: they write in the networks, and react to what they are answered there.

use std::collections::HashMap;
use std::time::Duration;

use super::agenda::Agenda;
use super::clock::CityClock;
use super::dice::Dice;
use super::generator::{Act, Generator, Mood};
use super::halt::Halt;
use super::memory::Known;
use super::publishing::Publishing;
use crate::domain::At;

/// How long at most until the residents look at what they were answered.
const GLANCE: Duration = Duration::from_millis(200);

/// The most residents who come between two looks at the clock: whoever asks for more than the machine can do gets what it can.
const CROWD: usize = 500;

/// What authors make of an answer.
const THANKFUL: f64 = 0.38;
const ARGUING: f64 = 0.14;

/// How long after an answer its author reads it: the median, in seconds of the city.
const READS_AFTER: f64 = 2.0 * 3600.0;

/// Everybody who lives in the city.
pub struct Residents {
    pub publishing: Publishing,
    pub clock: CityClock,
    pub generator: Generator,
    pub replies: Generator,
    pub dice: Dice,
    pub halt: Halt,
}

/// What the residents are about to do.
struct Plans {
    agenda: Agenda<Act>,
    /// What first messages are about, until they are written.
    unwritten: HashMap<String, Known>,
}

impl Residents {
    /// Lives until the demo is stopped. Somebody comes at once.
    pub fn live(mut self) {
        let mut plans = Plans { agenda: Agenda::new(), unwritten: HashMap::new() };
        let mut next = self.clock.now();
        while !self.halt.is_halted() {
            let now = self.clock.now();
            self.publishing.post(now);
            for _ in 0..CROWD {
                if next > now {
                    break;
                }
                self.come(&mut plans, next);
                next = self.generator.next_arrival(next);
            }
            self.read(&mut plans, now);
            while let Some(act) = plans.agenda.due(now) {
                match plans.unwritten.remove(&act.message.external_id) {
                    Some(known) => self.publishing.open(&act, known),
                    None => self.publishing.go_on(&act),
                }
            }
            let pause = self.clock.until(plans.agenda.next().map_or(next, |at| at.min(next)));
            self.halt.sleep(pause.min(GLANCE));
        }
    }

    fn come(&mut self, plans: &mut Plans, at: At) {
        let visit = self.generator.visit(at);
        plans.unwritten.insert(visit.first.message.external_id.clone(), visit.known);
        for act in std::iter::once(visit.first).chain(visit.later) {
            plans.agenda.note(act.at, act);
        }
    }

    /// The authors read what they are answered, and perhaps write back.
    fn read(&mut self, plans: &mut Plans, now: At) {
        for to in self.publishing.answers() {
            let Some(mood) = self.mood() else { continue };
            let seconds = self.dice.takes(READS_AFTER, 1.0).min(48.0 * 3600.0);
            let at = now.plus_seconds(seconds as i64);
            plans.agenda.note(at, self.replies.reply(&to, mood, at));
        }
    }

    fn mood(&mut self) -> Option<Mood> {
        match self.dice.unit() {
            luck if luck < ARGUING => Some(Mood::Arguing),
            luck if luck < ARGUING + THANKFUL => Some(Mood::Thankful),
            _ => None,
        }
    }
}
