//! The reports, as they are handed out: every figure with its definition and the list that makes it.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Blank, Cohort, Dimension, Link, Period, Slice, Tally, percentile, share};
use crate::domain::sla::ClockState;
use crate::domain::{At, CloseReason, Outcome};

/// A number of incidents, and the list of just these incidents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Figure {
    /// How many incidents.
    #[schema(example = 412)]
    pub count: i64,
    /// The list: `GET /api/v1/incidents?` and this.
    #[schema(example = "received_from=2025-11-30T18:00:00Z&received_to=2025-12-31T18:00:00Z&merged=false")]
    pub query: String,
}

/// What the figures of a report are about.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Span {
    /// The first day, in the city's zone.
    #[schema(value_type = String, format = Date)]
    pub from: String,
    /// The first day after the period.
    #[schema(value_type = String, format = Date)]
    pub to: String,
    /// The city's zone: days and months begin at its midnights.
    #[schema(example = "Asia/Omsk")]
    pub zone: String,
    /// The first instant of the period.
    pub from_at: At,
    /// The first instant after the period.
    pub to_at: At,
    /// Which incidents make up the cohort.
    pub cohort: Cohort,
    /// When the report was made. A cohort by receipt changes while its incidents are worked on.
    pub made_at: At,
}

/// The figures of one cohort. An incident counts once, however often it was reopened: with its receipt, its first answer and its
/// last closing; one that is open again counts as open.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Figures {
    /// The cohort. By receipt: every incident received in the period. By closing: every incident closed in the period and not open
    /// again. Merged duplicates included.
    pub total: Figure,
    /// Of the cohort, those received in the period. By receipt that is all of them; by closing, those both received and closed in it.
    pub received: Figure,
    /// Of the cohort, those merged into another incident as duplicates. They count in `total`, `received` and here, nowhere else.
    pub merged: Figure,
    /// Of the cohort, those that are no duplicates: the unique complaints. All further figures speak of them.
    pub unique: Figure,
    /// Unique complaints whose first answer, be it an intermediate one, was delivered: in the period or later.
    pub answered: Figure,
    /// Unique complaints that are open now. None in a cohort by closing.
    pub still_open: Figure,
    /// Unique complaints that are closed now, by what came of them.
    pub closed: Closed,
    /// How long the first answers of `answered` took.
    pub first_answer: FirstAnswer,
    /// Whether first answers came in time. Not of the cohort, but of the deadlines of the period: see there.
    pub on_time: OnTime,
    /// What the authors of the unique complaints said. Silence is not consent.
    pub satisfaction: Satisfaction,
}

/// Closed incidents by outcome and by reason. Each of the two breakdowns adds up to `total`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Closed {
    /// Unique complaints of the cohort that are closed now.
    pub total: Figure,
    /// Mended («решено»).
    pub resolved: Figure,
    /// Explained («разъяснено»).
    pub explained: Figure,
    /// Not mended («не решено»): the problem is still there.
    pub not_resolved: Figure,
    /// Put off («отложено»): the problem is still there.
    pub deferred: Figure,
    /// Closed without an outcome: put aside as not a complaint.
    pub without_outcome: Figure,
    /// By the reason of closing, most frequent first; reasons that do not occur are left out.
    pub reasons: Vec<Reason>,
}

/// How many were closed for one reason.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Reason {
    /// The reason; none where an imported table gave none that is known.
    pub reason: Option<CloseReason>,
    /// How many.
    pub incidents: Figure,
}

/// How long first answers took, on two clocks.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct FirstAnswer {
    /// From receipt to the delivery of the first answer, around the clock.
    pub calendar: Spread,
    /// The same in working time: only the hours in which the organisation works, by its calendar of the time.
    pub working: Spread,
}

/// Durations in seconds. Percentiles are interpolated as in spreadsheets (`MEDIAN`, `PERCENTILE`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Spread {
    /// How many durations there are.
    pub n: i64,
    /// Half of the answers came within this.
    pub median_seconds: Option<i64>,
    /// Nine of ten answers came within this.
    pub p90_seconds: Option<i64>,
    /// The arithmetic mean, which a few late answers can raise much.
    pub mean_seconds: Option<i64>,
}

/// First answers and their deadlines, over the deadlines *decided* in the period, whatever the cohort: met when the answer came in
/// time, broken at the due time when it did not. A deadline that was called off in time (merged, put aside) is neither; one that had
/// passed before that is broken. Merged duplicates are left out.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct OnTime {
    /// First answers that came in time, with the answer in the period.
    pub met: Figure,
    /// First answers that did not come in time, with the due time in the period; whether they have come since does not matter.
    pub breached: Figure,
    /// `met / (met + breached)`, 0 to 1; none if nothing was decided.
    #[schema(example = 0.9312)]
    pub share: Option<f64>,
    /// Apart from the share: received in the period, not answered, and the due time is still to come.
    pub running: Figure,
    /// Apart from the share: received in the period, not answered, and the clock stands still.
    pub paused: Figure,
}

/// What authors said of the answers.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Satisfaction {
    /// Unique complaints of the cohort with a mark of their author.
    pub ratings: Figure,
    /// The mean of the marks, 1 to 5; look at their number before you quote it.
    #[schema(example = 3.4)]
    pub mean_rating: Option<f64>,
    /// Closed because the author said to be satisfied.
    pub satisfied: Figure,
    /// Closed because the author did not answer. Never counted as satisfied.
    pub silent: Figure,
}

/// How many there are at this instant, whatever the period.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Levels {
    /// Open incidents.
    pub open: Figure,
    /// Open incidents of which a deadline has passed that is not settled.
    pub overdue: Figure,
}

/// A topic and its part in the unique complaints of the cohort.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TopTopic {
    /// The topic's id.
    pub topic: String,
    /// Its title; none if today's policy does not have it.
    pub title: Option<String>,
    /// Unique complaints on it.
    pub incidents: Figure,
    /// Their share of all unique complaints of the cohort, those without a topic included.
    pub share: Option<f64>,
}

/// A period at a glance.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Summary {
    /// What the figures are about.
    pub span: Span,
    /// The figures.
    pub figures: Figures,
    /// How many there are now.
    pub now: Levels,
    /// The ten most frequent topics.
    pub top_topics: Vec<TopTopic>,
}

/// One row of a breakdown.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Row {
    /// The id of the organisation, topic and so on, or the day or month; none for the incidents that have none.
    #[schema(example = "city-administration")]
    pub key: Option<String>,
    /// Its title; none if there is none or today's policy does not have it.
    pub title: Option<String>,
    /// The figures.
    pub figures: Figures,
    /// How many there are now; not for days and months.
    pub now: Option<Levels>,
}

/// A period by one dimension. The rows add up to the whole.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Breakdown {
    /// What the figures are about.
    pub span: Span,
    /// What the rows are.
    pub dimension: Dimension,
    /// Days and months in order, also those without incidents; anything else by `total`, the greatest first.
    pub rows: Vec<Row>,
}

/// Who does the work how well.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Rating {
    /// What the figures are about.
    pub span: Span,
    /// Bodies with fewer unique complaints in the cohort are not rated.
    #[schema(example = 2)]
    pub least: i64,
    /// How many bodies were not rated for that.
    pub not_rated: i64,
    /// Best first: by the share in time, then by the median of the first answer in working time, then by the number of complaints.
    /// There are no points: weights would be made up.
    pub rows: Vec<Rated>,
}

/// One body of the rating: a department, or an organisation for what it did not pass on.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Rated {
    /// 1 is the best.
    pub place: i64,
    /// The organisation responsible now.
    pub organisation: String,
    /// Its department; none for what the organisation keeps itself.
    pub executor: Option<String>,
    /// The title of the department, or of the organisation; none if today's policy does not have it.
    pub title: Option<String>,
    /// Unique complaints of the cohort that are with it now.
    pub incidents: Figure,
    /// Of these, with a first answer delivered.
    pub answered: Figure,
    /// Timeliness: over the deadlines decided in the period.
    pub on_time: OnTime,
    /// Speed: the first answer in working time.
    pub first_answer: Spread,
    /// Quality: what approvers sent back.
    pub rework: Rework,
    /// Unique complaints of the cohort that this body gave back as wrongly routed, wherever they are now.
    pub returned: Figure,
    /// What the authors said.
    pub satisfaction: Satisfaction,
}

/// Answers that approvers sent back for rework.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Rework {
    /// Answers to the unique complaints of the cohort that were handed to an approver.
    pub submitted: i64,
    /// Of these answers, sent back.
    pub returned: i64,
    /// `returned / submitted`, 0 to 1; none if none was submitted.
    pub share: Option<f64>,
    /// The incidents with at least one answer sent back.
    pub incidents: Figure,
}

impl Figure {
    /// A figure and its list.
    pub fn new(count: i64, list: &Link) -> Figure {
        Figure { count, query: list.to_string() }
    }
}

impl Span {
    /// What a report is about.
    pub fn new(period: &Period, zone: &str, cohort: Cohort, now: At) -> Span {
        let (from_at, to_at) = period.instants();
        let (from, to) = (period.from().to_string(), period.to().to_string());
        Span { from, to, zone: zone.to_owned(), from_at, to_at, cohort, made_at: now }
    }
}

impl Figures {
    /// The figures of a slice that was counted.
    pub fn new(tally: Tally, slice: &Slice) -> Figures {
        let (cohort, unique) = (slice.cohort(), slice.unique());
        let received = match slice.cohort {
            Cohort::Created => cohort.clone(),
            Cohort::Closed => cohort.with("received_from", slice.from).with("received_to", slice.to),
        };
        Figures {
            total: Figure::new(tally.total, &cohort),
            received: Figure::new(tally.received, &received),
            merged: Figure::new(tally.merged, &cohort.with("merged", true)),
            unique: Figure::new(tally.unique(), &unique),
            answered: Figure::new(tally.answered, &unique.with("answered", true)),
            still_open: Figure::new(tally.open, &unique.with("open", true)),
            closed: Closed::new(&tally, &unique),
            on_time: OnTime::new(&tally, slice),
            satisfaction: Satisfaction::new(&tally, &unique),
            first_answer: FirstAnswer { calendar: Spread::of(tally.calendar), working: Spread::of(tally.working) },
        }
    }
}

impl Closed {
    fn new(tally: &Tally, unique: &Link) -> Closed {
        let closed = unique.with("open", false);
        let outcome = |outcome: Outcome| Figure::new(tally.outcome(Some(outcome)), &closed.with("outcome", outcome));
        let mut reasons: Vec<_> = tally.reasons.iter().map(|(reason, count)| (*reason, *count)).collect();
        reasons.sort_by_key(|(reason, count)| (-count, *reason));
        let reason_list = |reason: Option<CloseReason>| match reason {
            Some(reason) => closed.with("close_reason", reason),
            None => closed.without(Blank::CloseReason),
        };
        Closed {
            total: Figure::new(tally.closed, &closed),
            resolved: outcome(Outcome::Resolved),
            explained: outcome(Outcome::Explained),
            not_resolved: outcome(Outcome::NotResolved),
            deferred: outcome(Outcome::Deferred),
            without_outcome: Figure::new(tally.outcome(None), &closed.without(Blank::Outcome)),
            reasons: reasons
                .into_iter()
                .map(|(reason, count)| Reason { reason, incidents: Figure::new(count, &reason_list(reason)) })
                .collect(),
        }
    }
}

impl OnTime {
    /// The deadlines of a slice.
    pub fn new(tally: &Tally, slice: &Slice) -> OnTime {
        let verdicts = tally.verdicts;
        OnTime {
            met: Figure::new(verdicts.met, &slice.decided(ClockState::Met)),
            breached: Figure::new(verdicts.breached, &slice.decided(ClockState::Breached)),
            share: share(verdicts.met, verdicts.decided()),
            running: Figure::new(verdicts.running, &slice.owed(ClockState::Running)),
            paused: Figure::new(verdicts.paused, &slice.owed(ClockState::Paused)),
        }
    }
}

impl Satisfaction {
    /// What the authors of these unique complaints said.
    pub fn new(tally: &Tally, unique: &Link) -> Satisfaction {
        let closed_for =
            |reason| Figure::new(tally.reason(reason), &unique.with("open", false).with("close_reason", reason));
        #[allow(clippy::cast_precision_loss, reason = "counts of incidents fit")]
        let mean = |sum: i64, n: i64| (n > 0).then(|| (sum as f64 / n as f64 * 100.0).round() / 100.0);
        Satisfaction {
            ratings: Figure::new(tally.rated, &unique.with("rated", true)),
            mean_rating: mean(tally.rating_sum, tally.rated),
            satisfied: closed_for(CloseReason::AuthorSatisfied),
            silent: closed_for(CloseReason::NoAuthorReply),
        }
    }
}

impl Spread {
    /// How these durations lie.
    pub fn of(mut seconds: Vec<i64>) -> Spread {
        seconds.sort_unstable();
        let n = i64::try_from(seconds.len()).unwrap_or(i64::MAX);
        Spread {
            n,
            median_seconds: percentile(&seconds, 0.5),
            p90_seconds: percentile(&seconds, 0.9),
            mean_seconds: (n > 0).then(|| seconds.iter().sum::<i64>() / n.max(1)),
        }
    }
}

impl Levels {
    /// How many of a slice there are now.
    pub fn new(now: super::Now, base: &Link) -> Levels {
        let open = base.with("open", true);
        Levels { open: Figure::new(now.open, &open), overdue: Figure::new(now.overdue, &open.with("overdue", true)) }
    }
}
