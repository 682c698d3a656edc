//! What made the due time of each clock of an incident.

use crate::desk::book::Pages;
use crate::desk::clocks::{Kept, versions};
use crate::desk::{Desk, Error, incidents};
use crate::domain::policy::{Term, TermMatched};
use crate::domain::sla::{Explanation, Mark, Verdict, explain};
use crate::domain::{At, Id};
use crate::store::records::ClockRow;
use crate::store::{Conn, spine};

/// A clock with everything that made its due time.
#[derive(Debug, Clone)]
pub struct Explained {
    pub clock: ClockRow,
    /// How closely its term fitted when it was chosen; none of a clock that an older program began.
    pub matched: Option<TermMatched>,
    /// The term as it was written in the version it was promised under; none for the city's own wait for the author.
    pub term: Option<Term>,
    pub verdict: Verdict,
    pub explanation: Explanation,
    /// When to remind, by the shares of the term.
    pub reminders: Vec<(u8, At)>,
    /// What happened to it after it began.
    pub history: Vec<Mark>,
}

/// An incident's clocks, each explained.
///
/// # Errors
/// [`Error::NotFound`].
pub fn explained(conn: &mut Conn, desk: &Desk, id: Id) -> Result<Vec<Explained>, Error> {
    incidents::get(conn, desk, id)?;
    let kept = spine::clocks_of(conn, id)?.into_iter().map(Kept::read).collect::<Result<Vec<_>, _>>()?;
    let pages = desk.book.open(conn, &desk.policy, versions(&kept))?;
    Ok(kept.into_iter().map(|clock| one(clock, &pages, desk.now)).collect())
}

fn one(clock: Kept, pages: &Pages, now: At) -> Explained {
    let verdict = clock.judge(pages, now);
    let term = pages.term(verdict.promise.policy_version, &verdict.promise.term).cloned();
    Explained {
        matched: clock.row.matched.parse().ok(),
        explanation: explain(&verdict, pages),
        reminders: term
            .iter()
            .flat_map(|term| term.warnings.iter().copied().zip(verdict.reminders(&term.warnings, pages)))
            .collect(),
        history: clock.history().to_vec(),
        clock: clock.row,
        term,
        verdict,
    }
}
