//! Residents' messages, made up: seeded, in the proportions of a real city. Nothing here waits, sends or looks at a clock.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::tz::TimeZone;

use super::data::DemoData;
use super::dice::Dice;
use super::memory::Known;
use super::places::{Places, Spot};
use super::wording::{self, CORRECTIONS, INITIALS, MORE, NAMES, NOISE};
use crate::domain::message::{Attachment, Author, Change, Form, Incoming};
use crate::domain::{At, Policy};

/// Troubles of which one accident brings many complaints.
const ACCIDENTS: [&str; 5] = ["water-main-break", "no-water", "power-outage", "heating-quality", "gas-outage"];

/// For how long people complain about one accident, in seconds.
const ACCIDENT_LASTS: i64 = 4 * 3600;

const HOUR: f64 = 3600.0;

/// How often what happens, where no table says so.
mod share {
    /// Thanks out of the blue, and talk.
    pub const THANKS: f64 = 0.03;
    pub const NOISE: f64 = 0.03;
    /// A complaint is about the accident that others complained about already.
    pub const SAME_ACCIDENT: f64 = 0.5;
    pub const PHOTO: f64 = 0.22;
    pub const MORE: f64 = 0.1;
    pub const EDIT: f64 = 0.04;
    pub const DELETION: f64 = 0.02;
}

/// What a message truly is about: what a moderator finds by reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Truth {
    /// A complaint about this topic.
    About(String),
    Thanks,
    Noise,
}

/// Something that a resident does: writes, or changes or deletes what was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Act {
    pub at: At,
    /// The identities and the account are made up: in its network it gets others.
    pub message: Incoming,
}

/// A resident comes: the first message, and what the same author does about it later.
#[derive(Debug, Clone, PartialEq)]
pub struct Visit {
    pub known: Known,
    pub first: Act,
    pub later: Vec<Act>,
}

/// What an author makes of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// Says thanks.
    Thankful,
    /// Writes back.
    Arguing,
}

/// An accident that is being complained about.
#[derive(Debug, Clone)]
struct Accident {
    trouble: (String, String),
    spot: Spot,
    until: At,
}

/// Makes visits up.
#[derive(Debug, Clone)]
pub struct Generator {
    dice: Dice,
    data: Arc<DemoData>,
    places: Places,
    /// Group and title by topic.
    topics: HashMap<String, (String, String)>,
    zone: TimeZone,
    per_hour: f64,
    number: i64,
    accidents: Vec<Accident>,
}

impl Generator {
    /// A generator of `per_hour` visits on average. No two that start at different milliseconds make the same identities up.
    pub fn new(policy: &Policy, data: Arc<DemoData>, seed: u64, per_hour: f64, start: At) -> Generator {
        let doc = policy.doc();
        let topics = doc.topics.iter().map(|t| (t.id.clone(), (t.group.clone(), t.title.clone())));
        Generator {
            dice: Dice::new(seed, 1),
            places: Places::new(doc),
            topics: topics.collect(),
            zone: policy.zone().clone(),
            data,
            per_hour,
            number: start.as_millisecond(),
            accidents: Vec::new(),
        }
    }

    /// When the next resident comes after the last one, by the hour of the day.
    pub fn next_arrival(&mut self, after: At) -> At {
        let mut at = after;
        // A share of zero all day long cannot be: the data's shares sum to one.
        for _ in 0..48 {
            let local = self.zone.to_datetime(*at);
            let share = self.data.hours[usize::try_from(local.hour()).unwrap_or(0) % 24];
            let left = HOUR - f64::from(local.minute()) * 60.0 - f64::from(local.second());
            let wait = if share > 0.0 { self.dice.wait(HOUR / (self.per_hour * 24.0 * share)) } else { left };
            if wait < left {
                return moved(at, wait);
            }
            at = moved(at, left);
        }
        at
    }

    /// The resident who comes at this time.
    pub fn visit(&mut self, at: At) -> Visit {
        let luck = self.dice.unit();
        let (truth, municipality, street, mut message) = if luck < share::THANKS {
            (Truth::Thanks, None, None, self.small_talk(at, true))
        } else if luck < share::THANKS + share::NOISE {
            (Truth::Noise, None, None, self.small_talk(at, false))
        } else {
            self.complaint(at)
        };
        if truth != Truth::Noise && self.dice.chance(share::PHOTO) {
            message.attachments = self.photos(&message.external_id);
        }
        let later = if matches!(truth, Truth::About(_)) { self.second_thoughts(&message) } else { Vec::new() };
        Visit { known: Known { truth, municipality, street }, first: Act { at, message }, later }
    }

    /// What the author of `to`, answered, says.
    pub fn reply(&mut self, to: &Incoming, mood: Mood, at: At) -> Act {
        let mut message = self.comment_on(to, at);
        match mood {
            Mood::Thankful => message.text = self.data.thanks.draw(&mut self.dice).clone(),
            Mood::Arguing => message.text = self.data.objections.draw(&mut self.dice).clone(),
        }
        Act { at, message }
    }

    /// A generator for replies, whose throws do not change the visits.
    #[must_use]
    pub fn for_replies(&self, seed: u64) -> Generator {
        // Far above any count of milliseconds: visits and replies never get the same identity.
        Generator { dice: Dice::new(seed, 2), number: self.number + (1 << 50), ..self.clone() }
    }

    fn complaint(&mut self, at: At) -> (Truth, Option<String>, Option<String>, Incoming) {
        let trouble = self.data.troubles.draw(&mut self.dice).clone();
        let spot = self.spot(&trouble, at);
        let (municipality, topic) = trouble;
        let (group, title) = self.topics.get(&topic).cloned().unwrap_or_default();
        let text = match (self.data.templates(&topic, &group), &spot) {
            (Some(templates), Some(spot)) => wording::complaint(templates.draw(&mut self.dice), spot, &mut self.dice),
            // A topic without any words is at least named.
            _ => title,
        };
        let mut message = self.message(at, text);
        message.place = spot.as_ref().map(|spot| spot.place.clone());
        (Truth::About(topic), Some(municipality), spot.map(|spot| spot.street), message)
    }

    /// A place in the trouble's municipality; beside an earlier one if it may be the same accident.
    fn spot(&mut self, trouble: &(String, String), at: At) -> Option<Spot> {
        self.accidents.retain(|accident| accident.until > at);
        let known = self.accidents.iter().find(|accident| accident.trouble == *trouble);
        if let Some(known) = known.filter(|_| self.dice.chance(share::SAME_ACCIDENT)) {
            return Some(known.spot.neighbour(&mut self.dice));
        }
        let spot = self.places.spot(&trouble.0, &mut self.dice)?;
        if ACCIDENTS.contains(&trouble.1.as_str()) {
            self.accidents.retain(|accident| accident.trouble != *trouble);
            let until = at.plus_seconds(ACCIDENT_LASTS);
            self.accidents.push(Accident { trouble: trouble.clone(), spot: spot.clone(), until });
        }
        Some(spot)
    }

    fn small_talk(&mut self, at: At, thanks: bool) -> Incoming {
        let text = match thanks {
            true => self.data.thanks.draw(&mut self.dice).clone(),
            false => self.dice.word(&NOISE).to_owned(),
        };
        self.message(at, text)
    }

    /// A message of somebody new: a post, a comment under somebody else's, or a private one.
    fn message(&mut self, at: At, text: String) -> Incoming {
        let network = self.data.networks.draw(&mut self.dice).clone();
        let account = format!("{network}-{}", self.dice.word(&["gorod", "novosti", "transport", "sosedi"]));
        let external_id = self.identity(&network);
        let form = match self.dice.below(10) {
            0 => Form::Private,
            1..=3 => Form::Post,
            _ => Form::Comment,
        };
        // Everybody comments on the page's post of the day.
        let day = self.zone.to_datetime(*at).date();
        let post = (form == Form::Comment).then(|| format!("{account}-{day}"));
        let author = self.author(&network);
        let url = (form != Form::Private).then(|| format!("https://{network}.example/{account}/{external_id}"));
        Incoming {
            external_id,
            change: Change::New,
            network: Some(network),
            account,
            form,
            post,
            branch: None,
            parent: None,
            url,
            author,
            text,
            attachments: Vec::new(),
            place: None,
            topic: None,
            rating: None,
            published_at: at,
        }
    }

    fn author(&mut self, network: &str) -> Author {
        let number = 100_000 + self.dice.below(8_000_000);
        Author {
            id: format!("id{number}"),
            name: Some(format!("{} {}.", self.dice.word(&NAMES), self.dice.word(&INITIALS))),
            url: Some(format!("https://{network}.example/id{number}")),
        }
    }

    /// A further word of the author of `to` in the same thread.
    fn comment_on(&mut self, to: &Incoming, at: At) -> Incoming {
        let external_id = self.identity(to.network.as_deref().unwrap_or_default());
        let public = to.form != Form::Private;
        Incoming {
            form: if public { Form::Comment } else { Form::Private },
            post: public.then(|| to.post.clone().unwrap_or_else(|| to.external_id.clone())),
            parent: public.then(|| to.external_id.clone()),
            url: to.url.as_ref().map(|url| format!("{url}?reply={external_id}")),
            external_id,
            change: Change::New,
            text: String::new(),
            attachments: Vec::new(),
            place: None,
            topic: None,
            rating: None,
            published_at: at,
            ..to.clone()
        }
    }

    fn second_thoughts(&mut self, message: &Incoming) -> Vec<Act> {
        let mut acts = Vec::new();
        let at = message.published_at;
        if self.dice.chance(share::EDIT) {
            let at = moved(at, 60.0 + self.dice.takes(600.0, 0.8));
            let text = format!("{} {}", message.text, self.dice.word(&CORRECTIONS));
            let edited = Incoming { change: Change::Edited, text, published_at: at, ..message.clone() };
            acts.push(Act { at, message: edited });
        }
        if self.dice.chance(share::MORE) {
            let at = moved(at, 60.0 + self.dice.takes(1800.0, 1.0));
            let mut more = self.comment_on(message, at);
            more.text = self.dice.word(&MORE).to_owned();
            if self.dice.chance(0.5) {
                more.attachments = self.photos(&more.external_id);
            }
            acts.push(Act { at, message: more });
        }
        if self.dice.chance(share::DELETION) {
            let at = moved(at, 600.0 + self.dice.takes(7200.0, 1.0));
            let gone = Incoming { change: Change::Deleted, text: String::new(), published_at: at, ..message.clone() };
            acts.push(Act { at, message: gone });
        }
        acts
    }

    fn photos(&mut self, of: &str) -> Vec<Attachment> {
        let photo = |n| Attachment {
            kind: "photo".to_owned(),
            url: format!("https://photos.example/{of}/{n}.jpg"),
            name: None,
        };
        (1..=1 + self.dice.below(3)).map(photo).collect()
    }

    fn identity(&mut self, network: &str) -> String {
        self.number += 1;
        format!("{network}-{}", self.number)
    }
}

fn moved(at: At, seconds: f64) -> At {
    // Milliseconds, so that two who come in one second still come one after the other.
    let by = jiff::SignedDuration::from_millis((seconds * 1000.0) as i64 + 1);
    At::new(at.saturating_add(by).unwrap_or(*At::NEVER))
}

#[cfg(test)]
mod tests;
