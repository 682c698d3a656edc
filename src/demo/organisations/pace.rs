//! How long people take: in working hours of their organisation, usually little, now and then much too much.

use super::Incident;
use crate::demo::dice::Dice;
use crate::domain::calendar::Pauses;
use crate::domain::{At, Policy, Step};

const MINUTE: f64 = 60.0;

/// How often somebody on duty does it at any hour.
const ON_DUTY: f64 = 0.1;

/// How often work lies on a desk until somebody misses it, and for how many minutes then, as a median.
const FORGOTTEN: f64 = 0.05;
const FORGOTTEN_MINUTES: f64 = 16.0 * 60.0;

/// How long, as a median in minutes, until a final answer follows an intermediate one.
const AFTER_INTERMEDIATE_MINUTES: f64 = 10.0 * 60.0;

/// After how many minutes of plain time one looks whether an answer was delivered.
const DELIVERED_MINUTES: f64 = 20.0;

/// When somebody looks at the incident next; never, if nobody has to.
pub(super) fn next_look(incident: &Incident, policy: &Policy, dice: &mut Dice, now: At) -> Option<At> {
    if incident.step == Step::Approved {
        return Some(later(now, DELIVERED_MINUTES * MINUTE));
    }
    if let Some(until) = incident.deferred_until.filter(|until| *until > now) {
        return Some(until);
    }
    let seconds = takes(incident, dice)? * MINUTE;
    if dice.chance(ON_DUTY) {
        return Some(later(now, seconds));
    }
    let root = &policy.doc().city.root;
    let calendar = policy.calendar_of(incident.organisation.as_deref().unwrap_or(root));
    // Without a working hour within three years nobody ever comes.
    calendar.due(*now, seconds as i64, &Pauses::NONE).ok().map(At::new)
}

/// How many minutes of work the next move takes.
fn takes(incident: &Incident, dice: &mut Dice) -> Option<f64> {
    let (median, spread) = match incident.step {
        Step::Distribution => (9.0, 0.7),
        Step::Control => (60.0, 0.8),
        Step::Assigned => (16.0, 0.8),
        Step::InWork if incident.first_answer_at.is_some() && incident.rounds == 0 => (AFTER_INTERMEDIATE_MINUTES, 0.5),
        Step::InWork if dice.chance(FORGOTTEN) => (FORGOTTEN_MINUTES, 0.4),
        Step::InWork => (30.0, 0.9),
        Step::Drafted => (5.0, 0.5),
        Step::Approval => (12.0, 0.8),
        Step::Rework => (20.0, 0.7),
        Step::Approved | Step::AwaitingAuthor | Step::Closed => return None,
    };
    Some(dice.takes(median, spread))
}

fn later(now: At, seconds: f64) -> At {
    now.plus_seconds(seconds as i64)
}
