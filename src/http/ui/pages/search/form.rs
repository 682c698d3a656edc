//! The form of search: what is asked for most often is seen, the rest is folded.

use maud::{Markup, html};

use super::asked::{Asked, PERIODS, shown};
use crate::desk::Desk;
use crate::domain::sla::{ClockKind, ClockState};
use crate::domain::statistics::Blank;
use crate::domain::{CloseReason, Kind, Outcome, Step, TopicOrigin};
use crate::http::api::incidents::Sort;
use crate::http::ui::parts;
use crate::http::ui::words::Words;

/// What is never folded.
const SEEN: [&str; 7] = ["q", "step", "open", "overdue", "topic", "organisation", "sort"];

/// What has no field: it comes from other pages, and is kept while the rest is changed.
const CARRIED: [&str; 4] = ["source", "same_author_as", "merged_into", "within"];

/// The questions that are answered by yes or no.
const YES_OR_NO: [&str; 8] = ["media", "merged", "rated", "returned", "answered", "reworked", "undelivered", "overdue"];

/// Draws the fields with what is asked for.
struct Fields<'f> {
    words: Words,
    desk: &'f Desk,
    asked: &'f Asked,
}

/// The form.
pub fn drawn(words: Words, desk: &Desk, asked: &Asked) -> Markup {
    let fields = Fields { words, desk, asked };
    let is_open = asked.pairs.iter().any(|(name, _)| !SEEN.contains(&name.as_str()));
    html! {
        form .filter method="get" action="/search#found" role="search" {
            label {
                span { (words.say("search-words")) }
                input type="search" name="q" value=[asked.value("q")] maxlength="500" data-focus;
            }
            (fields.checks("step", "step", Step::ALL.iter().map(|step| step.as_str())))
            (fields.choice("open", html! { (parts::options([("true", words.say("search-open").into_owned()), ("false", words.say("search-closed").into_owned())], asked.value("open"))) }))
            (fields.yes_or_no("overdue"))
            (fields.topic())
            (fields.body("organisation"))
            (fields.sort())
            details open[is_open] {
                summary { (words.say("search-more")) }
                (fields.more())
            }
            @for name in CARRIED {
                @if let Some(value) = asked.value(name) {
                    label .check {
                        input type="checkbox" name=(name) value=(value) checked;
                        " " (words.named("carried", name))
                    }
                }
            }
            div .row-of {
                button { (words.say("search-button")) }
                a href="/search" { (words.say("search-anew")) }
            }
        }
    }
}

impl Fields<'_> {
    fn label(&self, name: &str) -> String {
        self.words.named("field", name).into_owned()
    }

    /// A field in which one value is chosen, or none.
    fn choice(&self, name: &str, options: Markup) -> Markup {
        html! {
            label {
                span { (self.label(name)) }
                select name=(name) {
                    option value="" { (self.words.say("search-any")) }
                    (options)
                }
            }
        }
    }

    fn vocabulary<'v>(&self, name: &str, list: &str, values: impl Iterator<Item = &'v str>) -> Markup {
        let named = values.map(|word| (word, self.words.named(list, word).into_owned()));
        self.choice(name, parts::options(named, self.asked.value(name)))
    }

    /// The order; there always is one.
    fn sort(&self) -> Markup {
        let named = Sort::ALL.iter().map(|sort| (sort.as_str(), self.words.named("sort", sort.as_str()).into_owned()));
        html! {
            label {
                span { (self.label("sort")) }
                select name="sort" { (parts::options(named, self.asked.value("sort"))) }
            }
        }
    }

    fn yes_or_no(&self, name: &str) -> Markup {
        let both =
            [("true", self.words.say("search-yes").into_owned()), ("false", self.words.say("search-no").into_owned())];
        // To be late is a condition; not to be late is none.
        let known = if name == "overdue" { 1 } else { 2 };
        self.choice(name, parts::options(both.into_iter().take(known), self.asked.value(name)))
    }

    /// Words of which any number may be chosen.
    fn checks<'v>(&self, name: &str, list: &str, values: impl Iterator<Item = &'v str>) -> Markup {
        html! {
            fieldset .checks {
                legend { (self.label(name)) }
                @for word in values {
                    label .check {
                        input type="checkbox" name=(name) value=(word) checked[self.asked.has(name, word)];
                        " " (self.words.named(list, word))
                    }
                }
            }
        }
    }

    fn text(&self, name: &str) -> Markup {
        html! {
            label {
                span { (self.label(name)) }
                input name=(name) value=[self.asked.value(name)] maxlength="200" autocomplete="off";
            }
        }
    }

    /// An organisation or department; one that the policy has lost stays chosen.
    fn body(&self, name: &str) -> Markup {
        let all = self.desk.policy.doc().organisations.iter().map(|one| (one.id.as_str(), one.title.clone()));
        self.choice(name, self.with_lost(name, all))
    }

    fn with_lost<'v>(&self, name: &str, all: impl Iterator<Item = (&'v str, String)>) -> Markup {
        let all: Vec<_> = all.collect();
        let lost = self.asked.value(name).filter(|id| all.iter().all(|(known, _)| known != id));
        html! {
            @if let Some(lost) = lost { option value=(lost) selected { (lost) } }
            (parts::options(all, self.asked.value(name)))
        }
    }

    fn topic(&self) -> Markup {
        let (doc, chosen) = (self.desk.policy.doc(), self.asked.value("topic"));
        let lost = chosen.filter(|id| self.desk.policy.topic(id).is_none());
        self.choice("topic", html! {
            @if let Some(lost) = lost { option value=(lost) selected { (lost) } }
            @for group in &doc.groups {
                optgroup label=(group.title) {
                    (parts::options(doc.topics.iter().filter(|topic| topic.group == group.id).map(|topic| (topic.id.as_str(), topic.title.clone())), chosen))
                }
            }
        })
    }

    fn period(&self, period: &str) -> Markup {
        let bound = |end: &str| {
            let name = format!("{period}_{end}");
            let (kind, value) =
                self.asked.value(&name).map_or(("date", String::new()), |at| shown(self.desk, &name, at));
            html! {
                label {
                    span { (self.words.named("bound", end)) }
                    input type=(kind) name=(name) value=(value);
                }
            }
        };
        html! {
            fieldset .period {
                legend { (self.words.named("period", period)) }
                (bound("from")) (bound("to"))
            }
        }
    }

    /// The conditions that are asked for seldom.
    fn more(&self) -> Markup {
        let doc = self.desk.policy.doc();
        let groups = doc.groups.iter().map(|group| (group.id.as_str(), group.title.clone()));
        let municipalities = doc.municipalities.iter().map(|one| (one.id.as_str(), one.title.clone()));
        let networks = ["vk", "odnoklassniki", "telegram", "max"].into_iter();
        let severities = ["1", "2", "3", "4", "5"].into_iter();
        html! {
            (self.choice("group", self.with_lost("group", groups)))
            (self.body("responsible")) (self.body("executor")) (self.body("returned_by"))
            (self.choice("municipality", self.with_lost("municipality", municipalities)))
            (self.text("settlement")) (self.text("street")) (self.text("house"))
            (self.choice("network", self.with_lost("network", networks.map(|word| (word, self.words.named("network", word).into_owned())))))
            (self.text("account"))
            (self.vocabulary("kind", "kind", Kind::ALL.iter().map(|kind| kind.as_str())))
            (self.vocabulary("outcome", "outcome", Outcome::ALL.iter().map(|outcome| outcome.as_str())))
            (self.vocabulary("close_reason", "close-reason", CloseReason::ALL.iter().map(|reason| reason.as_str())))
            (self.vocabulary("topic_origin", "topic-origin", TopicOrigin::ALL.iter().map(|origin| origin.as_str())))
            (self.vocabulary("severity_from", "severity", severities.clone()))
            (self.vocabulary("severity_to", "severity", severities))
            @for name in YES_OR_NO.into_iter().filter(|name| *name != "overdue") { (self.yes_or_no(name)) }
            (self.checks("without", "blank-of", Blank::ALL.iter().map(|blank| blank.as_str())))
            @for period in PERIODS.into_iter().filter(|period| *period != "decided") { (self.period(period)) }
            (self.vocabulary("clock", "clock", ClockKind::ALL.iter().map(|clock| clock.as_str())))
            (self.vocabulary("clock_state", "clock-state", ClockState::ALL.iter().map(|state| state.as_str())))
            (self.period("decided"))
        }
    }
}
