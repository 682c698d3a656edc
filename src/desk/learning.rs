//! Learning from what staff decide: lessons are noted with each decision, taken to heart at once, and made into models in the background.
//!
//! A decision is a row of `lessons`, written in its transaction. Every process has its models in memory, reads the lessons that it has not
//! seen, and corrects its copies by them ([`news`]). A training ([`order`], [`record`]) makes examples of all lessons; what it makes is
//! used only if it does not decide worse than what is in use.

mod lessons;
mod news;
mod proposals;
mod training;
mod versions;

pub(super) use lessons::{assigned, corrected, dismissed};
pub use news::{News, Seen, news};
pub use proposals::{Proposals, Proposed, ProposedKind, ProposedUrgency, proposals};
pub use training::{
    CurvePoint, Gathered, HeldBack, LEARN, LearnOrder, Made, Reading, Rival, fail, gather, is_due, note, order,
    order_by_itself, ordered, record, rivals, train, trained_under,
};
pub use versions::{activate, adopt, bytes, find, list};

/// How many lessons before the last one seen are looked for again: on PostgreSQL a number is given out before the commit, so one may come
/// to light late. Far more than are ever written at the same moment.
const WINDOW: i64 = 2_000;

/// How many seconds before a training began a lesson may have been given and still have come to light after it.
const LATE: i64 = 300;
