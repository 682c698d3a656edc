//! What is counted, and by which definitions: pure, over facts that were read already.
//!
//! Every figure of a report belongs to a *cohort*: the incidents received in the period, or those closed in it. A month's cohort
//! by receipt goes on changing while its incidents are worked on; its cohort by closing does not. Both are wanted, and
//! confusing them is the usual fault of such reports, so a report has one and says which.
//!
//! Three rules hold throughout:
//!
//! - **An incident counts once**, however often it was reopened: with its receipt, its *first* answer and its *last* closing. One that
//!   is open again counts as open.
//! - **A merged duplicate is a complaint received**, and nothing else: it is in `total` and `merged`, not in any figure of answers,
//!   closings or deadlines, which speak of unique matters.
//! - **A deadline is counted when it is decided** ([`OnTime`]), not when the report is made; what still runs is shown apart.
//!
//! Days and months are those of the city's zone ([`Period`]). Each figure carries the query of the list that makes it ([`Link`]).

mod link;
mod period;
mod report;
mod tally;

pub use link::{Link, Slice};
pub use period::{Period, Slot};
pub use report::{
    Breakdown, Closed, Figure, Figures, FirstAnswer, Levels, OnTime, Rated, Rating, Reason, Rework, Row, Satisfaction,
    Span, Spread, Summary, TopTopic,
};
pub use tally::{Fact, Now, Tally, Verdicts};

use super::words::vocabulary;

/// Bodies with fewer incidents in the cohort are not rated: one case makes no share.
pub const LEAST_TO_RATE: i64 = 2;

/// How many topics a summary names.
pub const TOP_TOPICS: usize = 10;

vocabulary! {
    /// Which incidents a report is about.
    Cohort {
        /// Those received in the period, whatever has become of them since.
        Created = "created",
        /// Those closed in the period and closed still, whenever they were received.
        Closed = "closed",
    }
}

vocabulary! {
    /// What a report is broken down by.
    Dimension {
        /// The organisation responsible: the first hop.
        Organisation = "organisation",
        /// Its department: the second hop.
        Executor = "executor",
        /// The topic.
        Topic = "topic",
        /// The topic's group.
        Group = "group",
        /// The network the complaint came from.
        Network = "network",
        /// The municipality the trouble is in.
        Municipality = "municipality",
        /// The day of receipt or of closing, in the city's zone.
        Day = "day",
        /// The month of receipt or of closing, in the city's zone.
        Month = "month",
    }
}

vocabulary! {
    /// A field that an incident may lack: lists take it as `without=…`.
    Blank {
        /// Nobody is responsible.
        Organisation = "organisation",
        /// No department has it.
        Executor = "executor",
        /// No topic.
        Topic = "topic",
        /// No group of topics.
        Group = "group",
        /// No outcome: it is open, or was put aside as not a complaint.
        Outcome = "outcome",
        /// No reason of closing.
        CloseReason = "close_reason",
    }
}

/// The `p`-th part of values in rising order, interpolated between neighbours as spreadsheets (`PERCENTILE`, `MEDIAN`) and
/// SQL's `percentile_cont` do, to the whole second. None of nothing.
pub fn percentile(sorted: &[i64], p: f64) -> Option<i64> {
    let last = sorted.len().checked_sub(1)?;
    #[allow(clippy::cast_precision_loss, reason = "no report has 2^52 rows")]
    let place = last as f64 * p.clamp(0.0, 1.0);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the last index")]
    let below = place.floor() as usize;
    let (low, high) = (sorted[below], sorted[(below + 1).min(last)]);
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "seconds fit")]
    let step = ((high - low) as f64 * place.fract()).round() as i64;
    Some(low + step)
}

/// `part` of `whole`, to four decimals; none of nothing.
pub fn share(part: i64, whole: i64) -> Option<f64> {
    #[allow(clippy::cast_precision_loss, reason = "counts of incidents fit")]
    (whole > 0).then(|| (part as f64 / whole as f64 * 10_000.0).round() / 10_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_a_spreadsheet() {
        assert_eq!(percentile(&[], 0.5), None);
        assert_eq!(percentile(&[7], 0.9), Some(7));
        assert_eq!(percentile(&[10, 20], 0.5), Some(15));
        assert_eq!(percentile(&[10, 20, 90], 0.5), Some(20));
        // PERCENTILE({1..10}; 0,9) = 9,1.
        assert_eq!(percentile(&[10, 20, 30, 40, 50, 60, 70, 80, 90, 100], 0.9), Some(91));
        assert_eq!(percentile(&[0, 100], 1.0), Some(100));
    }

    #[test]
    fn a_share_of_nothing_is_none() {
        assert_eq!(share(0, 0), None);
        assert_eq!(share(1, 3), Some(0.3333));
        assert_eq!(share(3, 3), Some(1.0));
    }
}
