//! Looking at incidents: boiling them down, and comparing them with those that the index offers.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::{KEPT_CLOSED, Learnt};
use crate::desk::{Desk, Error};
use crate::domain::likeness::{
    Circumstances, Likeness, MOST_SCORED, NEWEST_PER_KEY, Place, Rarity, Sketch, Weights, keys, likeness as compared,
};
use crate::domain::place::{Mention, mentions};
use crate::domain::{At, Doc, Id, LikenessState, PlaceOrigin, Policy};
use crate::store::records::{Incident, LikenessKey, LikenessRow};
use crate::store::{Conn, incidents, likeness};

/// An incident, and what of it is compared.
#[derive(Debug, Clone)]
pub struct Sketched {
    pub incident: Incident,
    pub sketch: Sketch,
    pub keys: Vec<i64>,
}

impl Sketched {
    pub(super) fn rows(&self) -> impl Iterator<Item = LikenessKey> {
        let (incident_id, at) = (self.incident.id, self.incident.received_at);
        self.keys.iter().map(move |key| LikenessKey { incident_id, key: *key, at })
    }
}

/// Two incidents that are alike, the lower identity first.
#[derive(Debug, Clone)]
pub struct Alike {
    pub pair: (Id, Id),
    pub likeness: Likeness,
}

impl Alike {
    /// The score as it is stored.
    fn score(&self) -> f64 {
        f64::from((self.likeness.score * 10_000.0).round()) / 10_000.0
    }

    pub(super) fn row(&self, at: At, learnt: i64) -> LikenessRow {
        LikenessRow {
            incident_id: self.pair.0,
            other_id: self.pair.1,
            score: self.score(),
            relation: Doc::of(&self.likeness.relation).0.as_str().unwrap_or_default().to_owned(),
            reasons: Doc::of(&self.likeness.reasons),
            features: Doc::of(&self.likeness.features),
            learnt,
            state: LikenessState::Proposed,
            at,
            settled_by: None,
            settled_at: None,
        }
    }
}

/// What comparing gave.
#[derive(Debug, Clone, Default)]
pub struct Compared {
    pub alike: Vec<Alike>,
    /// Pairs that were compared and are not alike.
    pub unlike: Vec<(Id, Id)>,
    /// From how many judgements the weights were learnt.
    pub learnt: i64,
}

impl Compared {
    /// The pairs that are at least so probably one problem, those of one incident after another: so a group grows around one, and does
    /// not fall into several that cannot be joined.
    pub fn from(&self, bound: f64) -> Vec<(Id, Id)> {
        self.alike.iter().filter(|pair| pair.score() >= bound).map(|pair| pair.pair).collect()
    }
}

/// Boils incidents down, in the order of their numbers. Those that are gone are left out.
///
/// # Errors
/// [`Error::Store`].
pub fn sketches(conn: &mut Conn, policy: &Policy, ids: &[Id]) -> Result<Vec<Sketched>, Error> {
    let mut found = incidents::many(conn, ids)?;
    found.sort_by_key(|incident| incident.number);
    let mut pictures: HashMap<Id, Vec<u64>> = HashMap::new();
    for (id, hash) in likeness::pictures_of(conn, ids)? {
        pictures.entry(id).or_default().push(hash.cast_unsigned());
    }
    let rarity = Rarity::default();
    let sketched = found.into_iter().map(|incident| {
        let known = circumstances(policy, &incident, pictures.remove(&incident.id).unwrap_or_default());
        let sketch = Sketch::new(&incident.text, known, &rarity);
        Sketched { keys: keys(&sketch), incident, sketch }
    });
    Ok(sketched.collect())
}

/// The sketch of what was complained about and where, whoever said it and whenever: for comparing what is long over.
pub(in crate::desk) fn content(policy: &Policy, incident: &Incident) -> Sketch {
    let known = Circumstances { author: None, at: None, ..circumstances(policy, incident, Vec::new()) };
    Sketch::new(&incident.text, known, &Rarity::default())
}

fn circumstances(policy: &Policy, incident: &Incident, pictures: Vec<u64>) -> Circumstances {
    Circumstances {
        places: places(policy, incident),
        topic: incident.topic.clone(),
        group: incident.topic_group.clone(),
        municipality: Some(incident.municipality.clone()),
        at: Some(incident.received_at),
        // An author's identity means something in its own network only.
        author: Some(format!("{}:{}", incident.network, incident.author_key)),
        pictures,
    }
}

/// Where the incident is, and what other places of the problem its text names. What people said of the place stands alone.
fn places(policy: &Policy, incident: &Incident) -> Vec<Place> {
    let own = Place {
        locality: incident.settlement.clone(),
        street: incident.street.clone(),
        house: incident.house.clone(),
        crossing: None,
    };
    if incident.place_origin == PlaceOrigin::Staff
        || (incident.place_origin == PlaceOrigin::Message && own.street.is_some())
    {
        return vec![own];
    }
    let found = mentions(&incident.text, policy.gazetteer());
    std::iter::once(own).chain(found.into_iter().filter(Mention::is_of_problem).map(Place::from)).collect()
}

/// Compares incidents with those that share keys with them. Reads only.
///
/// # Errors
/// [`Error::Store`].
pub fn compare(conn: &mut Conn, desk: &Desk, learnt: &Learnt, sketched: &[Sketched]) -> Result<Compared, Error> {
    let (weights, lessons) = learnt.weights(conn)?;
    let open: Vec<&Sketched> = sketched.iter().filter(|one| one.incident.is_open()).collect();
    let met = candidates(conn, &open)?;
    let wanted: HashSet<Id> = met.values().flatten().copied().collect();
    let known: HashMap<Id, &Sketched> = sketched.iter().map(|one| (one.incident.id, one)).collect();
    let mut unknown: Vec<Id> = wanted.into_iter().filter(|id| !known.contains_key(id)).collect();
    unknown.sort_unstable();
    let others = sketches(conn, &desk.policy, &unknown)?;
    let all: HashMap<Id, &Sketched> = others.iter().map(|one| (one.incident.id, one)).chain(known).collect();
    let mut best: BTreeMap<(Id, Id), Likeness> = BTreeMap::new();
    for one in open {
        for other in met.get(&one.incident.id).into_iter().flatten().filter_map(|id| all.get(id)) {
            note(&mut best, one, other, &weights, desk.now);
        }
    }
    let (alike, unlike): (Vec<_>, Vec<_>) =
        best.into_iter().partition(|(_, likeness)| likeness.score >= Likeness::LIKELY);
    Ok(Compared {
        alike: alike.into_iter().map(|(pair, likeness)| Alike { pair, likeness }).collect(),
        unlike: unlike.into_iter().map(|(pair, _)| pair).collect(),
        learnt: lessons,
    })
}

/// Compares one with another, unless that was done or is of no use. One that is merged speaks for what it was merged into.
fn note(best: &mut BTreeMap<(Id, Id), Likeness>, one: &Sketched, other: &Sketched, weights: &Weights, now: At) {
    let long_over = other.incident.closed_at.is_some_and(|at| at < now.plus_seconds(-KEPT_CLOSED));
    let stands_for = other.incident.parent_id.unwrap_or(other.incident.id);
    if stands_for == one.incident.id || long_over {
        return;
    }
    let pair = likeness::in_order(one.incident.id, stands_for);
    if other.incident.parent_id.is_none() && best.contains_key(&pair) {
        return;
    }
    let found = compared(&one.sketch, &other.sketch, weights);
    if best.get(&pair).is_none_or(|known| known.score < found.score) {
        best.insert(pair, found);
    }
}

/// For each incident those worth comparing: the ones that share the most keys, then the newest.
fn candidates(conn: &mut Conn, sketched: &[&Sketched]) -> Result<HashMap<Id, Vec<Id>>, Error> {
    let mut keys: Vec<i64> = sketched.iter().flat_map(|one| one.keys.iter().copied()).collect();
    keys.sort_unstable();
    keys.dedup();
    let most = i64::try_from(NEWEST_PER_KEY).unwrap_or(i64::MAX);
    let mut under: HashMap<i64, Vec<Id>> = HashMap::new();
    for (key, id) in likeness::newest(conn, &keys, most)? {
        under.entry(key).or_default().push(id);
    }
    let of = |one: &&Sketched| {
        let mut shared: HashMap<Id, usize> = HashMap::new();
        for id in one.keys.iter().filter_map(|key| under.get(key)).flatten().filter(|id| **id != one.incident.id) {
            *shared.entry(*id).or_default() += 1;
        }
        let mut shared: Vec<(Id, usize)> = shared.into_iter().collect();
        shared.sort_by(|(a, of_a), (b, of_b)| of_b.cmp(of_a).then(b.cmp(a)));
        (one.incident.id, shared.into_iter().take(MOST_SCORED).map(|(id, _)| id).collect())
    };
    Ok(sketched.iter().map(of).collect())
}

/// The features of a pair as it stands.
pub(super) fn features(one: &Sketched, other: &Sketched) -> Doc {
    Doc::of(&crate::domain::likeness::features(&one.sketch, &other.sketch))
}

/// Weights that several hold at once.
pub(super) type Shared = Arc<Weights>;
