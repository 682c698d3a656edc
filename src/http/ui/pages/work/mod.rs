//! The work of one's own organisation: what is to be taken, written, approved, seen through to its delivery.

use actix_web::web::ServiceConfig;
use actix_web::{HttpResponse, get};
use maud::{Markup, html};
use serde::Deserialize;

use crate::app::App;
use crate::desk::{Desk, Error, incidents};
use crate::domain::route::Facts;
use crate::domain::words::vocabulary;
use crate::domain::{Action, Permission, Refusal, Step};
use crate::http::paging::Paging;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::ui::pages::incident::departments;
use crate::http::ui::visitor::Visitor;
use crate::http::ui::words::Words;
use crate::http::ui::{parts, shell};
use crate::store::incidents::{Filter, Order, Period};
use crate::store::records::Incident;

/// The route of this page.
pub fn routes(config: &mut ServiceConfig) {
    config.service(work);
}

vocabulary! {
    /// What waits for somebody of an organisation.
    Queue {
        /// Nobody has begun.
        Take = "take",
        /// Somebody works on it, or has written an answer.
        Work = "work",
        /// The answer waits for an approver.
        Approval = "approval",
        /// The answer was sent back.
        Rework = "rework",
        /// The answer is approved and on its way.
        Delivery = "delivery",
        /// The answer could not be delivered.
        Failed = "failed",
        /// The author may speak.
        Author = "author",
        /// Put off to a date.
        Deferred = "deferred",
    }
}

impl Queue {
    fn steps(self) -> &'static [Step] {
        match self {
            Queue::Take => &[Step::Assigned],
            Queue::Work => &[Step::InWork, Step::Drafted],
            Queue::Approval => &[Step::Approval],
            Queue::Rework => &[Step::Rework],
            Queue::Delivery | Queue::Failed => &[Step::Approved],
            Queue::Author => &[Step::AwaitingAuthor],
            Queue::Deferred => &[Step::Assigned, Step::InWork, Step::Drafted, Step::Rework],
        }
    }

    fn filter(self, desk: &Desk) -> Filter {
        Filter {
            steps: self.steps().to_vec(),
            undelivered: match self {
                Queue::Delivery => Some(false),
                Queue::Failed => Some(true),
                _ => None,
            },
            deferred: Period { from: (self == Queue::Deferred).then_some(desk.now), to: None },
            ..Filter::default()
        }
    }

    /// How many wait in it, where that can be told from how many stand in each step.
    fn count(self, counted: &[(Step, i64)]) -> Option<i64> {
        if matches!(self, Queue::Delivery | Queue::Failed | Queue::Deferred) {
            return None;
        }
        Some(counted.iter().filter(|(step, _)| self.steps().contains(step)).map(|(_, count)| count).sum())
    }

    /// Where somebody begins: an approver with what waits for approval.
    fn first(desk: &Desk) -> Queue {
        if desk.actor.may(Permission::Work) { Queue::Take } else { Queue::Approval }
    }

    fn address(self) -> String {
        format!("/work?queue={self}")
    }
}

/// Which queue is looked at.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Look {
    queue: Option<Queue>,
}

/// Shows a queue of one's own organisation.
#[get("/work")]
async fn work(app: App, visitor: Visitor, look: Query<Look>, paging: Paging) -> Result<HttpResponse, Problem> {
    let desk = visitor.caller.desk(&app);
    if !desk.actor.may(Permission::Work) && !desk.actor.may(Permission::Approve) {
        return Err(Refusal::Forbidden(Permission::Work).into());
    }
    let asked = look.into_inner().queue;
    let queue = asked.unwrap_or_else(|| Queue::first(&desk));
    // A page of a list goes on at the address that the list was asked for at.
    let address = asked.map_or_else(|| "/work".to_owned(), Queue::address);
    let (circumstances, filter) = (desk.clone(), queue.filter(&desk));
    let (order, limit) = (Order::Due(paging.after()?), paging.limit());
    let (counted, found) = app
        .store()
        .read(move |conn| -> Result<_, Error> {
            let counted = incidents::by_step(conn, &circumstances)?;
            Ok((counted, incidents::list(conn, &circumstances, &filter, order, limit)?))
        })
        .await?;
    let page = paging.page(found, None, |incident| serde_json::json!([incident.due_at, incident.number]));
    let words = visitor.words;
    let title = words.say("work-title");
    let body = html! {
        main #content .work tabindex="-1" {
            h1 { (title) }
            (tabs(words, queue, &counted))
            h2 .unseen { (words.named("queue", queue.as_str())) }
            @if page.items.is_empty() {
                p .empty { (words.named("queue-empty", queue.as_str())) }
            } @else {
                ul .rows {
                    @for incident in &page.items { (parts::row(words, &desk, incident, &moves(&visitor, &desk, queue, incident))) }
                }
            }
            (parts::pager(words, &address, page.next.as_deref()))
        }
    };
    Ok(shell::page(&visitor, "/work", &title, &body))
}

/// The queues, with how many wait in them.
fn tabs(words: Words, here: Queue, counted: &[(Step, i64)]) -> Markup {
    html! {
        nav .tabs aria-label=(words.say("work-queues")) {
            @for queue in Queue::ALL {
                a href=(queue.address()) aria-current=[(*queue == here).then_some("true")] {
                    (words.named("queue", queue.as_str()))
                    @if let Some(count) = queue.count(counted) { " " span .count { (parts::number(count)) } }
                }
            }
        }
    }
}

/// What is done from the list with one touch: taking, passing on to the department that the rules name; all else on its own page.
fn moves(visitor: &Visitor, desk: &Desk, queue: Queue, incident: &Incident) -> Markup {
    let words = visitor.words;
    let legal = incident.standing().legal();
    let may = |action, permission| legal.contains(&action) && desk.actor.may(permission);
    let passes = queue == Queue::Take && may(Action::Pass, Permission::Coordinate);
    let next = match queue {
        Queue::Work | Queue::Rework if may(Action::Draft, Permission::Work) => Some("work-write"),
        Queue::Approval if may(Action::Approve, Permission::Approve) => Some("work-approve"),
        _ => None,
    };
    html! {
        @if queue == Queue::Take && may(Action::Take, Permission::Work) {
            (form(visitor, queue, incident, "work", &html! { button .small { (words.named("action", "take")) } }))
        }
        @if passes { (passing(visitor, desk, queue, incident)) }
        @if let Some(message) = next {
            a .button href={ (parts::address(incident.id)) "#answer" } { (words.say(message)) }
        }
    }
}

fn form(visitor: &Visitor, queue: Queue, incident: &Incident, to: &str, fields: &Markup) -> Markup {
    html! {
        form method="post" action={ (parts::address(incident.id)) "/" (to) } {
            (shell::proof(visitor))
            input type="hidden" name="version" value=(incident.version);
            input type="hidden" name="back" value=(queue.address());
            (fields)
        }
    }
}

fn passing(visitor: &Visitor, desk: &Desk, queue: Queue, incident: &Incident) -> Markup {
    let words = visitor.words;
    let Some(organisation) = incident.organisation.as_deref() else { return html! {} };
    let known: Vec<_> = departments(&desk.policy, organisation).collect();
    let facts = Facts {
        municipality: Some(&incident.municipality),
        topic: incident.topic.as_deref(),
        group: incident.topic_group.as_deref(),
    };
    let proposed = desk.policy.executor(organisation, &facts).map(|routed| routed.organisation);
    let proposed = proposed.filter(|one| incident.executor.as_deref() != Some(one.id.as_str()));
    html! {
        @if let Some(one) = proposed {
            (form(visitor, queue, incident, "passes", &html! {
                input type="hidden" name="executor" value=(one.id);
                button .small.second { (words.with("work-pass-to", [("department", one.title.as_str().into())])) }
            }))
        }
        @if !known.is_empty() {
            details .pass {
                summary { (words.named("action", "pass")) }
                (form(visitor, queue, incident, "passes", &html! {
                    label {
                        span { (words.say("work-department")) }
                        select name="executor" { (parts::options(known, incident.executor.as_deref())) }
                    }
                    button .small { (words.named("action", "pass")) }
                }))
            }
        }
    }
}
