//! The clocks of an incident: what was promised, by when, and whether it was kept.
//!
//! A clock waits for one event. Where it stands is a function of four things and of nothing else: what happened to it (a
//! [`Promise`] and the [`Mark`]s after it), the version of the policy that each promise was made under, the calendars of that
//! version, and now: [`judge`]. There are no running counters. What the database keeps of a clock's state is a cache of that
//! function, so any of it can be computed again and explained.
//!
//! The rules (the cases T01–T50 of the project's deadline study have a test each):
//!
//! - An event at the due time itself is in time; a microsecond later it is late. A broken promise is dated by its due time, never
//!   by the moment somebody noticed. Sweeps only find clocks that nobody touched, so neither their order nor their frequency can
//!   change an outcome.
//! - Events count by their own time, in whatever order they are learned of. Of several the earliest settles the clock.
//! - While a clock stands still it is not overdue, however long that lasts; what had been broken before stays broken. Time lost
//!   to pauses is given back in the base of the promise.
//! - Once broken stays broken: a deferral, another term or a merge afterwards moves the due time that is shown, not the fact.
//! - A deferral is at least until its date; it replaces what merged incidents had bound the clock to before.
//! - A clock that merged incidents bind takes the earliest due time of the group. Their promises go on by their own terms.

use super::words::vocabulary;

mod clock;
mod explain;
mod target;

pub use clock::{Bond, Calendars, Fact, Held, Mark, Promise, Verdict, judge};
pub use explain::{Counted, Explanation, SpecialDay, explain};
pub use target::{Base, Target, TargetFault, due_with};

vocabulary! {
    /// What a clock waits for.
    ClockKind {
        /// The incident gets its organisation («маршрутизация»).
        Routing = "routing",
        /// The first public word of a person to the author, whatever it says («первая реакция»).
        Reaction = "reaction",
        /// The organisation takes the incident, passes it on or gives it back as wrongly routed («принятие или возврат»).
        Acceptance = "acceptance",
        /// The first public answer, be it an intermediate one («ответ»).
        FirstAnswer = "first_answer",
        /// The final answer after an intermediate one («окончательный ответ»).
        FinalAnswer = "final_answer",
        /// The answer to what the author wrote after an answer («ответ на повторное сообщение»).
        NextAnswer = "next_answer",
        /// The final answer, from the beginning («решение»).
        Resolution = "resolution",
        /// The approver decides («согласование»).
        Approval = "approval",
        /// An answer that was sent back is submitted again («доработка»).
        Rework = "rework",
        /// A word from the author after the answer; when it runs out, silence is taken for an end («ожидание автора»).
        AuthorWait = "author_wait",
    }
}

impl ClockKind {
    /// The clocks that every incident has and every policy must have a term for. The others run where a term says so.
    pub const REQUIRED: &'static [ClockKind] = &[ClockKind::Routing, ClockKind::FirstAnswer, ClockKind::Resolution];

    /// The clocks that begin with the incident itself, not with an event of its life: their terms may choose where they start,
    /// and they follow a correction of topic, severity or place.
    pub const AT_REGISTRATION: &'static [ClockKind] =
        &[ClockKind::Routing, ClockKind::Reaction, ClockKind::FirstAnswer, ClockKind::Resolution];

    /// The clocks that a deferral puts off: those that wait for a final answer.
    pub const DEFERRED: &'static [ClockKind] = &[ClockKind::Resolution, ClockKind::FinalAnswer];

    /// The clocks of a promise to the author, which a group of merged incidents shares. The others are about work inside.
    pub const TO_THE_AUTHOR: &'static [ClockKind] = &[
        ClockKind::Reaction,
        ClockKind::FirstAnswer,
        ClockKind::FinalAnswer,
        ClockKind::NextAnswer,
        ClockKind::Resolution,
    ];

    /// The clocks of work inside the house, which an answer past the system makes pointless.
    pub const OF_THE_WORK: &'static [ClockKind] =
        &[ClockKind::Routing, ClockKind::Acceptance, ClockKind::Approval, ClockKind::Rework];

    /// The clocks of an organisation's answer, which a transfer may carry over or restart.
    pub const OF_THE_ORGANISATION: &'static [ClockKind] =
        &[ClockKind::Reaction, ClockKind::FirstAnswer, ClockKind::FinalAnswer, ClockKind::Resolution];
}

vocabulary! {
    /// Where a clock stands.
    ClockState {
        /// It counts.
        Running = "running",
        /// It stands still.
        Paused = "paused",
        /// The event came in time.
        Met = "met",
        /// The due time passed first; whether the event has come since is in `settled_at`.
        Breached = "breached",
        /// Nobody waits any more; a breach before that is still in `breached_at`.
        Cancelled = "cancelled",
    }
}

vocabulary! {
    /// From when a clock that begins with the incident counts.
    StartPoint {
        /// The complaint was received: registration. The usual one.
        Received = "received",
        /// The resident published it, or it was received if the network says a later time.
        Published = "published",
        /// An organisation was made responsible for the first time.
        Assigned = "assigned",
    }
}

vocabulary! {
    /// What another organisation means for clocks that run.
    Transfer {
        /// Nothing: the deadline was fixed at registration.
        Keep = "keep",
        /// The time that has passed counts, the rest is counted by the new organisation's term and calendar.
        Carry = "carry",
        /// The new organisation's term begins anew.
        Restart = "restart",
    }
}

#[cfg(test)]
mod tests;
