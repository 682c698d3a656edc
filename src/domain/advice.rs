//! What is proposed for a message: by what was learned from decisions, and where nothing was learned yet, by the word rules.
//!
//! Three heads learn alike and apart: what a message is about, what it is, how urgent it is.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Kind;
use super::classify::{Classifier, Guess, KindHint, MOST_PROPOSALS, Proposal, WordRules, kind_hint};
use super::learn::{Known, Model, Ranked};
use super::policy::{Policy, PolicyDoc, Topic};
use super::text::{fold, personal_words, words};
use super::words::vocabulary;

vocabulary! {
    /// What a model decides.
    Head {
        /// What a message is about.
        Topic = "topic",
        /// What a message is.
        Kind = "kind",
        /// How urgent it is: the severity, from 1 to 5.
        Urgency = "urgency",
    }
}

vocabulary! {
    /// Whether a model is used.
    ModelState {
        /// It proposes.
        Active = "active",
        /// It did, or could; another one is active.
        Retired = "retired",
        /// It decided worse on texts that it had not seen than the active one.
        Rejected = "rejected",
    }
}

/// The least probability with which something is proposed at all.
const LEAST: f32 = 0.05;

/// How many labels are looked at for those that the policy still has.
const LOOKED_AT: usize = 20;

/// How precise the head for kinds must have been to decide alone that a message is thanks.
const THANKS_PRECISION: f64 = 0.98;

/// A decision of staff on a text. What is `None` was not decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lesson {
    pub text: String,
    pub topic: Option<String>,
    pub kind: Option<Kind>,
    pub severity: Option<i32>,
}

impl Lesson {
    /// The label that it teaches a head; none if it says nothing of that.
    pub fn label(&self, head: Head) -> Option<String> {
        match head {
            Head::Topic => self.topic.clone(),
            Head::Kind => self.kind.map(|kind| kind.as_str().to_owned()),
            Head::Urgency => self.severity.map(|severity| severity.to_string()),
        }
    }
}

/// A model in use. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Trained {
    /// The version that it is stored under.
    pub version: i64,
    pub model: Arc<Model>,
    /// Topics that came after it was trained: it knows them by name only, and how much a name says it learned where all had examples.
    unseen: Arc<BTreeSet<String>>,
}

impl Trained {
    /// A model as it was stored.
    pub fn new(version: i64, model: Model) -> Trained {
        Trained { version, model: Arc::new(model), unseen: Arc::default() }
    }

    /// The same model with these decisions taken to heart.
    fn taught(&self, head: Head, lessons: &[Lesson]) -> Trained {
        let labelled: Vec<_> =
            lessons.iter().filter_map(|lesson| lesson.label(head).map(|label| (lesson, label))).collect();
        if labelled.is_empty() {
            return self.clone();
        }
        let (mut model, mut unseen) = (Model::clone(&self.model), BTreeSet::clone(&self.unseen));
        for (lesson, label) in labelled {
            model.correct(&lesson.text, &label);
            // From now on it has an example, and says so itself.
            unseen.remove(&label);
        }
        Trained { version: self.version, model: Arc::new(model), unseen: Arc::new(unseen) }
    }
}

/// The models in use, by head. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Heads {
    pub topic: Option<Trained>,
    pub kind: Option<Trained>,
    pub urgency: Option<Trained>,
}

impl Heads {
    /// The model of a head.
    pub fn of(&self, head: Head) -> Option<&Trained> {
        match head {
            Head::Topic => self.topic.as_ref(),
            Head::Kind => self.kind.as_ref(),
            Head::Urgency => self.urgency.as_ref(),
        }
    }

    /// Puts a model in use.
    pub fn set(&mut self, head: Head, trained: Trained) {
        let place = match head {
            Head::Topic => &mut self.topic,
            Head::Kind => &mut self.kind,
            Head::Urgency => &mut self.urgency,
        };
        *place = Some(trained);
    }

    /// The same models with these decisions taken to heart, each once copied at most.
    #[must_use]
    pub fn taught(&self, lessons: &[Lesson]) -> Heads {
        let mut heads = self.clone();
        for head in Head::ALL {
            if let Some(trained) = self.of(*head) {
                heads.set(*head, trained.taught(*head, lessons));
            }
        }
        heads
    }

    /// The same models, with these topics known by name.
    #[must_use]
    pub fn knowing(&self, topics: &[Known]) -> Heads {
        let mut heads = self.clone();
        if let Some(trained) = self.topic.as_ref().filter(|_| !topics.is_empty()) {
            let (mut model, mut unseen) = (Model::clone(&trained.model), BTreeSet::clone(&trained.unseen));
            let before: BTreeSet<&str> = trained.model.labels().collect();
            for topic in topics {
                model.know(topic);
                if !before.contains(topic.label.as_str()) {
                    unseen.insert(topic.label.clone());
                }
            }
            heads.topic = Some(Trained { version: trained.version, model: Arc::new(model), unseen: Arc::new(unseen) });
        }
        heads
    }
}

/// A topic as a learner knows it before there are examples.
pub fn known(topic: &Topic) -> Known {
    Known {
        label: topic.id.clone(),
        title: topic.title.clone(),
        keywords: topic.keywords.clone(),
        weight: 0.0,
        parent: Some(topic.group.clone()),
    }
}

/// The topics of a policy that another one does not have, or not with the same names and words.
pub fn changed_topics(before: &PolicyDoc, after: &PolicyDoc) -> Vec<Known> {
    let old: Vec<Known> = before.topics.iter().map(known).collect();
    after.topics.iter().map(known).filter(|topic| !old.contains(topic)).collect()
}

/// Whether two policies name the same topics with the same words, in whatever order.
pub fn same_topics(one: &PolicyDoc, other: &PolicyDoc) -> bool {
    one.topics.len() == other.topics.len() && changed_topics(one, other).is_empty()
}

/// What proposes: the models in use where there are any, else the word rules.
pub struct Adviser {
    policy: Arc<Policy>,
    rules: WordRules,
    heads: Heads,
    /// From which probability a topic is decided alone.
    threshold: Option<f32>,
    /// From which probability thanks are.
    thanks: Option<f32>,
}

impl Adviser {
    /// What proposes under a policy.
    pub fn new(policy: Arc<Policy>, heads: Heads) -> Adviser {
        let rules = WordRules::new(&policy.doc().topics);
        Adviser::with(policy, rules, heads)
    }

    /// The same with other models.
    #[must_use]
    pub fn with_heads(&self, heads: Heads) -> Adviser {
        Adviser::with(Arc::clone(&self.policy), self.rules.clone(), heads)
    }

    fn with(policy: Arc<Policy>, rules: WordRules, heads: Heads) -> Adviser {
        let wanted = policy.doc().city.automatic_precision;
        let topic = heads.topic.as_ref();
        let threshold = wanted.and_then(|precision| topic.and_then(|trained| trained.model.threshold(precision)));
        let thanks = heads.kind.as_ref().and_then(|trained| trained.model.threshold(THANKS_PRECISION));
        Adviser { policy, rules, heads, threshold, thanks }
    }

    /// The models in use.
    pub fn heads(&self) -> &Heads {
        &self.heads
    }

    /// Beside what was learned, a topic that is newer than the model and that the word rules think of first: it leads, without a
    /// probability, so that a person decides.
    fn with_unseen(&self, text: &str, learned: Vec<Proposal>) -> Vec<Proposal> {
        let unseen = self.heads.topic.as_ref().map(|trained| &trained.unseen).filter(|unseen| !unseen.is_empty());
        let Some(unseen) = unseen else { return learned };
        let named = self.rules.propose(text).into_iter().next().filter(|best| unseen.contains(&best.topic));
        let Some(named) = named else { return learned };
        let others: Vec<Proposal> = learned.into_iter().filter(|one| one.topic != named.topic).collect();
        std::iter::once(named).chain(others).take(MOST_PROPOSALS).collect()
    }

    /// The labels of a head that are likely enough and that `read` understands.
    fn likely<T>(
        &self,
        head: Head,
        text: &str,
        most: usize,
        read: impl Fn(&Ranked) -> Option<T>,
    ) -> Option<Vec<(T, Ranked)>> {
        let model = &self.heads.of(head)?.model;
        let take = |ranked: Vec<Ranked>| -> Vec<(T, Ranked)> {
            let likely = ranked.into_iter().filter(|ranked| ranked.probability >= LEAST);
            likely.filter_map(|ranked| read(&ranked).map(|label| (label, ranked))).take(most).collect()
        };
        let ranked = model.rank(text, most);
        let complete = ranked.iter().all(|ranked| ranked.probability < LEAST || read(ranked).is_some());
        // Only where the model knows labels that are gone from the policy.
        let mut likely = if complete { take(ranked) } else { take(model.rank(text, LOOKED_AT)) };
        leave_out_personal(text, likely.iter_mut().map(|(_, ranked)| &mut ranked.words));
        Some(likely)
    }
}

/// Words are told in the open, to those as well who do not see the text: those of personal data are left out.
fn leave_out_personal<'a>(text: &str, told: impl Iterator<Item = &'a mut Vec<String>>) {
    let personal = personal_words(text);
    told.for_each(|words| words.retain(|word| !personal.contains(word)));
}

/// Whether a text has a word at all: of one that has none, nothing can be said.
fn says_something(text: &str) -> bool {
    words(&fold(text)).next().is_some()
}

impl Classifier for Adviser {
    fn propose(&self, text: &str) -> Vec<Proposal> {
        if !says_something(text) {
            return Vec::new();
        }
        let read = |ranked: &Ranked| self.policy.topic(&ranked.label).map(|topic| topic.id.clone());
        match self.likely(Head::Topic, text, MOST_PROPOSALS, read) {
            None => self.rules.propose(text),
            Some(found) => {
                let learned = found.into_iter().map(|(topic, ranked)| Proposal {
                    topic,
                    score: ranked.probability,
                    probability: Some(ranked.probability),
                    words: ranked.words,
                });
                self.with_unseen(text, learned.collect())
            }
        }
    }

    fn is_thanks(&self, text: &str) -> bool {
        let by_rule = || kind_hint(text) == Some(KindHint::Gratitude) && self.rules.propose(text).is_empty();
        let learned = || {
            let best = self.kinds(text).into_iter().next();
            best.is_some_and(|best| {
                best.label == Kind::Gratitude && self.thanks.is_some_and(|least| best.probability >= least)
            })
        };
        by_rule() || learned()
    }

    fn kinds(&self, text: &str) -> Vec<Guess<Kind>> {
        let found = says_something(text)
            .then(|| self.likely(Head::Kind, text, MOST_PROPOSALS, |ranked| ranked.label.parse().ok()))
            .flatten();
        guesses(found)
    }

    fn urgencies(&self, text: &str) -> Vec<Guess<i32>> {
        let found = says_something(text)
            .then(|| self.likely(Head::Urgency, text, MOST_PROPOSALS, |ranked| ranked.label.parse().ok()))
            .flatten();
        guesses(found)
    }

    fn groups(&self, text: &str) -> Vec<Guess<String>> {
        let Some(trained) = self.heads.topic.as_ref().filter(|_| says_something(text)) else { return Vec::new() };
        let mut likely = trained.model.rank_parents(text, MOST_PROPOSALS);
        leave_out_personal(text, likely.iter_mut().map(|ranked| &mut ranked.words));
        let likely = likely.into_iter();
        let known = likely.filter(|ranked| ranked.probability >= LEAST && self.policy.group(&ranked.label).is_some());
        guesses(Some(known.map(|ranked| (ranked.label.clone(), ranked)).collect()))
    }

    fn model(&self) -> Option<i64> {
        self.heads.topic.as_ref().map(|trained| trained.version)
    }

    fn threshold(&self) -> Option<f32> {
        self.threshold
    }
}

fn guesses<T>(found: Option<Vec<(T, Ranked)>>) -> Vec<Guess<T>> {
    let guess = |(label, ranked): (T, Ranked)| Guess { label, probability: ranked.probability, words: ranked.words };
    found.unwrap_or_default().into_iter().map(guess).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::learn::Example;

    #[test]
    fn a_proposal_tells_its_words_but_no_personal_data() {
        let example = |text: &'static str, kind: Kind| Example {
            text: text.into(),
            label: kind.as_str().into(),
            ..Example::default()
        };
        let praised = "Спасибо, Лукина Тамара Петровна лечит чудесно";
        let examples: Vec<Example> = (0..12)
            .flat_map(|_| [example(praised, Kind::Gratitude), example("Во дворе не горит фонарь", Kind::Solvable)])
            .collect();
        let model = Model::train(&examples, &[]);
        let told = model.rank(praised, 1).remove(0).words;
        assert!(told.iter().any(|word| word == "лукина"), "the model itself knows the name: {told:?}");
        let kind = Some(Trained::new(1, model));
        let policy = Arc::new(Policy::build(1, crate::commands::policy::omsk().unwrap()).unwrap());
        let said = Adviser::new(policy, Heads { kind, ..Heads::default() }).kinds(praised).remove(0);
        assert_eq!(said.label, Kind::Gratitude);
        assert!(!said.words.is_empty());
        for name in ["лукина", "тамара", "петровна"] {
            assert!(!said.words.iter().any(|word| word == name), "{:?}", said.words);
        }
    }
}
