//! The left column: which complaints wait, those with the least time left first.

use maud::{Markup, html};
use serde::Deserialize;

use crate::app::App;
use crate::desk::{Desk, cards};
use crate::domain::words::vocabulary;
use crate::domain::{Id, Step};
use crate::http::api::incidents::FilterParameters;
use crate::http::api::incidents::views::IncidentView;
use crate::http::problem::Problem;
use crate::http::ui::parts;
use crate::http::ui::words::Words;
use crate::store::incidents::Filter;
use crate::store::records::Incident;

vocabulary! {
    /// What waits for moderators.
    Queue {
        /// What nobody is responsible for yet.
        Distribution = "distribution",
        /// What a controller decides.
        Control = "control",
        /// Both, past their deadline.
        Overdue = "overdue",
    }
}

impl Queue {
    /// The steps in it.
    pub fn steps(self) -> Vec<Step> {
        match self {
            Queue::Distribution => vec![Step::Distribution],
            Queue::Control => vec![Step::Control],
            Queue::Overdue => cards::STEPS.to_vec(),
        }
    }
}

/// The most that can be marked one by one.
const MOST_MARKED: usize = 200;

/// Which complaints the desk shows, and which one is open. An empty field is one that nobody filled in.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Asked {
    pub queue: Option<Queue>,
    pub topic: String,
    pub municipality: String,
    pub q: String,
    /// Just these, divided by commas: those that were marked.
    pub ids: String,
    /// The card that was chosen by hand.
    pub id: Option<Id>,
    /// The decision that can be taken back.
    pub undo: Option<Id>,
    /// The template that the reply is begun with.
    pub template: String,
}

impl Asked {
    /// The queue.
    pub fn queue(&self) -> Queue {
        self.queue.unwrap_or(Queue::Distribution)
    }

    /// The conditions.
    ///
    /// # Errors
    /// 422 when the words to look for are none.
    pub fn filter(&self, app: &App) -> Result<Filter, Problem> {
        let some = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let parameters = FilterParameters {
            step: self.queue().steps(),
            overdue: (self.queue() == Queue::Overdue).then_some(true),
            topic: some(&self.topic),
            municipality: some(&self.municipality),
            q: some(&self.q),
            ..FilterParameters::default()
        };
        let only = self.ids.split(',').filter_map(|id| id.parse().ok()).take(MOST_MARKED).collect();
        Ok(Filter { only, ..parameters.filter(app)? })
    }

    /// The conditions as a query string, without what is open.
    pub fn query(&self) -> String {
        let mut pairs = url::form_urlencoded::Serializer::new(String::new());
        pairs.append_pair("queue", self.queue().as_str());
        let fields = [("topic", &self.topic), ("municipality", &self.municipality), ("q", &self.q), ("ids", &self.ids)];
        for (name, value) in fields {
            if !value.trim().is_empty() {
                pairs.append_pair(name, value.trim());
            }
        }
        pairs.finish()
    }

    /// The address of the desk with these conditions, and something more.
    pub fn address(&self, more: &str) -> String {
        format!("/desk?{}{more}", self.query())
    }
}

/// The counts beside the queues' names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counts {
    pub distribution: i64,
    pub control: i64,
    pub overdue: i64,
}

impl Counts {
    /// Of what waits.
    pub fn of(waiting: &[(Step, i64, i64)]) -> Counts {
        let of = |step| waiting.iter().find(|(one, ..)| *one == step).map_or(0, |(_, count, _)| *count);
        let overdue = waiting.iter().map(|(_, _, late)| late).sum();
        Counts { distribution: of(Step::Distribution), control: of(Step::Control), overdue }
    }

    fn at(self, queue: Queue) -> i64 {
        match queue {
            Queue::Distribution => self.distribution,
            Queue::Control => self.control,
            Queue::Overdue => self.overdue,
        }
    }
}

/// The queues, and the conditions within one.
pub fn head(words: Words, desk: &Desk, asked: &Asked, counts: Counts) -> Markup {
    let topics = desk.policy.doc().topics.iter().map(|topic| (topic.id.as_str(), topic.title.clone()));
    let places = desk.policy.doc().municipalities.iter().map(|one| (one.id.as_str(), one.title.clone()));
    let any = |message| std::iter::once(("", words.say(message).into_owned()));
    html! {
        nav .queues aria-label=(words.say("desk-queues")) {
            @for queue in Queue::ALL {
                @let other = Asked { queue: Some(*queue), ..asked.clone() };
                a href=(other.address("")) aria-current=[(asked.queue() == *queue).then_some("true")] data-queue=(queue) {
                    (words.named("desk-queue", queue.as_str())) " "
                    span .count data-count=(queue) { (parts::number(counts.at(*queue))) }
                }
            }
        }
        details .narrowing open[!(asked.topic.is_empty() && asked.municipality.is_empty() && asked.q.is_empty())] {
            summary { (words.say("desk-narrow")) }
            form action="/desk" {
                input type="hidden" name="queue" value=(asked.queue());
                label { span { (words.say("desk-words")) } input #desk-words name="q" value=(asked.q) maxlength="500"; }
                label {
                    span { (words.say("desk-topic")) }
                    select name="topic" { (parts::options(any("desk-any").chain(topics), Some(&asked.topic))) }
                }
                label {
                    span { (words.say("desk-place")) }
                    select name="municipality" { (parts::options(any("desk-any").chain(places), Some(&asked.municipality))) }
                }
                div .row-of {
                    button .small { (words.say("desk-show")) }
                    a href=(format!("/desk/bulk?{}", asked.query())) { (words.say("desk-bulk-link")) }
                }
            }
        }
    }
}

/// One complaint in two lines: network, author's first words, age, district, time left, who holds it.
pub fn row(words: Words, desk: &Desk, asked: &Asked, incident: &Incident, holder: Option<&str>) -> Markup {
    let view = IncidentView::of(incident, desk);
    let age = desk.now.seconds_since(incident.received_at);
    let municipality = desk.policy.municipality(&incident.municipality);
    html! {
        li data-id=(incident.id) data-version=(incident.version) {
            a href=(asked.address(&format!("&id={}", incident.id))) aria-current=[(asked.id == Some(incident.id)).then_some("true")] {
                span .first {
                    span .network { (words.named("network", &incident.network)) }
                    span .said { (parts::beginning(&view.text, 90)) }
                }
                span .second {
                    span .quiet { "№" (incident.number) " · " (parts::about(words, age)) " · " (municipality.map_or(incident.municipality.as_str(), |one| &one.title)) }
                    @if let Some(name) = holder { span .holder { (words.with("desk-held-by", [("name", name.into())])) } }
                    (parts::due(words, desk, incident))
                }
            }
        }
    }
}

/// The list, and where it goes on.
pub fn rows(
    words: Words,
    desk: &Desk,
    asked: &Asked,
    incidents: &[Incident],
    holders: &dyn Fn(Id) -> Option<String>,
    next: Option<&str>,
) -> Markup {
    html! {
        @if incidents.is_empty() {
            p .empty { (words.say("desk-empty")) }
        }
        ol #rows .rows data-query=(asked.query()) {
            @for incident in incidents {
                (row(words, desk, asked, incident, holders(incident.id).as_deref()))
            }
        }
        @if let Some(next) = next {
            p .pager { a rel="next" href=(asked.address(&format!("&cursor={next}"))) { (words.say("desk-more")) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_asked_for_again() {
        let asked = Asked { topic: "snow".to_owned(), q: " снег & лёд ".to_owned(), ..Asked::default() };
        let query = asked.query();
        let again = actix_web::web::Query::<Asked>::from_query(&query).expect("it is read").into_inner();
        assert_eq!(
            (again.queue(), again.topic.as_str(), again.q.as_str()),
            (Queue::Distribution, "snow", "снег & лёд")
        );
    }
}
