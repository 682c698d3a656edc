//! A talk as whoever takes part in it sees it: what of it is shown when there is too much.

use std::collections::{HashMap, HashSet};

use super::values::At;
use super::words::vocabulary;

vocabulary! {
    /// Whose word it is.
    Who {
        /// The author of the incident.
        Author = "author",
        /// Somebody else.
        Resident = "resident",
        /// An organisation's page.
        Page = "page",
    }
}

/// How far up a chain of replies is followed: networks nest no deeper, and what goes round in circles must end.
pub const DEEPEST: usize = 64;

/// Where a word stands in a talk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// Its identity.
    pub id: &'a str,
    /// What it replies to or stands under.
    pub parent: Option<&'a str>,
    /// Whether it belongs to the incident.
    pub own: bool,
    pub at: At,
}

/// How much a word matters: the lower the more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Weight {
    Own,
    /// What the incident's words stand under.
    Above,
    /// What else is said in their branch.
    Branch,
    Beside,
}

/// Which of these words under a post are shown if there may be `most`: the incident's own, what they stand under, their branch, then
/// what was said about the same time. In the order in which they are shown: the post first, then by time.
pub fn nearest(all: &[Place<'_>], post: &str, most: usize) -> Vec<usize> {
    let parents: HashMap<&str, &str> = all.iter().filter_map(|place| Some((place.id, place.parent?))).collect();
    let own: HashSet<&str> = all.iter().filter(|place| place.own).map(|place| place.id).collect();
    let above: HashSet<&str> = all.iter().filter(|place| place.own).flat_map(|place| chain(place, &parents)).collect();
    let weight = |place: &Place<'_>| {
        if place.own {
            Weight::Own
        } else if place.id == post || above.contains(place.id) {
            Weight::Above
        } else if chain(place, &parents).iter().any(|id| *id != post && (own.contains(id) || above.contains(id))) {
            Weight::Branch
        } else {
            Weight::Beside
        }
    };
    let mut times: Vec<i64> = all.iter().filter(|place| place.own).map(|place| place.at.as_microsecond()).collect();
    times.sort_unstable();
    let distance = |place: &Place<'_>| {
        let at = place.at.as_microsecond();
        let later = times.partition_point(|own| *own < at);
        let around = [later.checked_sub(1).and_then(|n| times.get(n)), times.get(later)];
        around.into_iter().flatten().map(|own| own.abs_diff(at)).min().unwrap_or(u64::MAX)
    };
    let mut shown: Vec<usize> = (0..all.len()).collect();
    shown.sort_by_cached_key(|n| (weight(&all[*n]), distance(&all[*n]), *n));
    shown.truncate(most);
    shown.sort_by_key(|n| (all[*n].id != post, all[*n].at, all[*n].id));
    shown
}

/// What a word stands under, from the nearest up.
fn chain<'a>(from: &Place<'a>, parents: &HashMap<&'a str, &'a str>) -> Vec<&'a str> {
    std::iter::successors(from.parent, |id| parents.get(id).copied()).take(DEEPEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place<'a>(id: &'a str, parent: Option<&'a str>, own: bool, second: i64) -> Place<'a> {
        Place { id, parent, own, at: At::new(jiff::Timestamp::from_second(second).unwrap()) }
    }

    #[test]
    fn what_matters_to_the_incident_is_shown_first() {
        let all = [
            place("post", None, false, 1000),
            place("far", Some("post"), false, 1),
            place("near", Some("post"), false, 99),
            place("above", Some("post"), false, 50),
            place("own", Some("above"), true, 100),
            place("reply", Some("own"), false, 500),
            place("beside in the branch", Some("above"), false, 400),
            place("loop a", Some("loop b"), false, 101),
            place("loop b", Some("loop a"), false, 90),
        ];
        let shown = |most| nearest(&all, "post", most).into_iter().map(|n| all[n].id).collect::<Vec<_>>();
        assert_eq!(shown(1), ["own"]);
        assert_eq!(shown(3), ["post", "above", "own"]);
        assert_eq!(shown(5), ["post", "above", "own", "beside in the branch", "reply"]);
        assert_eq!(shown(6), ["post", "above", "near", "own", "beside in the branch", "reply"]);
        assert_eq!(shown(100).len(), all.len());
        assert!(!shown(8).contains(&"far"));
    }
}
