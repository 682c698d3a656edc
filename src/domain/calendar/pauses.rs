//! Stretches of time, and those in which a clock stood still.

use std::ops::ControlFlow;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// A half-open interval of instants, `[from, to)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    pub from: Timestamp,
    pub to: Timestamp,
}

impl Span {
    /// How long it is, whatever lies inside.
    pub fn length(self) -> SignedDuration {
        self.to.duration_since(self.from)
    }
}

/// Intervals during which a clock stood still: sorted, disjoint, none empty, whatever they were
/// built from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pauses(Vec<Span>);

impl Pauses {
    /// No pause at all.
    pub const NONE: Pauses = Pauses(Vec::new());

    /// Sorts the spans, drops empty and reversed ones, and joins those that touch or overlap.
    pub fn new(spans: impl IntoIterator<Item = Span>) -> Pauses {
        let mut sorted: Vec<Span> = spans.into_iter().filter(|span| span.from < span.to).collect();
        sorted.sort_unstable();
        sorted.dedup_by(|next, kept| {
            let joins = next.from <= kept.to;
            if joins {
                kept.to = kept.to.max(next.to);
            }
            joins
        });
        Pauses(sorted)
    }

    /// The pauses in order.
    pub fn spans(&self) -> &[Span] {
        &self.0
    }

    /// Whether the clock stood still at `at`.
    pub fn contains(&self, at: Timestamp) -> bool {
        self.after(at).first().is_some_and(|pause| pause.from <= at)
    }

    /// The pieces of `span` outside the pauses, in order.
    pub fn outside(&self, span: Span) -> Vec<Span> {
        let mut pieces = Vec::new();
        let _ = self.cut(span, &mut |piece| {
            pieces.push(piece);
            ControlFlow::<()>::Continue(())
        });
        pieces
    }

    pub(super) fn after(&self, at: Timestamp) -> &[Span] {
        &self.0[self.0.partition_point(|pause| pause.to <= at)..]
    }

    /// Shows `visit` what the pauses leave of `piece`, in order, until it breaks.
    pub(super) fn cut<B>(&self, piece: Span, visit: &mut impl FnMut(Span) -> ControlFlow<B>) -> ControlFlow<B> {
        let mut from = piece.from;
        for &Span { from: to, to: end } in self.after(from) {
            if to >= piece.to {
                break;
            }
            if from < to {
                visit(Span { from, to })?;
            }
            from = end;
        }
        if from < piece.to { visit(Span { from, to: piece.to }) } else { ControlFlow::Continue(()) }
    }
}
