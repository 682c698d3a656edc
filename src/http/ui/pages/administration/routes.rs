//! The rules that decide where complaints go: shown, tried on real incidents, and changed one by one.

use actix_web::web::ServiceConfig;
use actix_web::{HttpResponse, get, post};
use maud::{Markup, html};
use serde::Deserialize;

use super::publish;
use crate::app::App;
use crate::desk::routes::{self as rules, RuleSet, Trial};
use crate::desk::{Desk, Error};
use crate::domain::policy::{ExecutorRule, MunicipalityPattern, Pattern, PolicyDoc, Route};
use crate::domain::text::fold;
use crate::domain::words::vocabulary;
use crate::domain::{Policy, Refusal};
use crate::http::api::policies::aside;
use crate::http::auth::{May, right};
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::ui::fields::{Field, choice, hidden};
use crate::http::ui::form::Form;
use crate::http::ui::visitor::Visitor;
use crate::http::ui::words::Words;
use crate::http::ui::{parts, shell};

const PART: &str = "/administration/routes";

/// How many incidents rules are tried on unless said otherwise.
const USUAL: i64 = 1000;

/// The routes of this part.
pub fn routes(config: &mut ServiceConfig) {
    config.service(index).service(look).service(store);
}

vocabulary! {
    /// Which of the two tables a rule stands in.
    Hop {
        /// The city's: to an organisation.
        Route = "route",
        /// An organisation's own: to the part of it that does the work.
        Executor = "executor",
    }
}

impl Hop {
    /// The rules of this table.
    fn rules(self, policy: &Policy) -> Vec<Rule> {
        let doc = policy.doc();
        match self {
            Hop::Route => doc.routes.iter().map(Rule::of_route).collect(),
            Hop::Executor => doc.executors.iter().map(Rule::of_executor).collect(),
        }
    }
}

/// One rule as a form holds it.
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
struct Rule {
    hop: Hop,
    id: String,
    /// Whose rule it is: of the second hop only.
    of: String,
    municipality: String,
    group: String,
    topic: String,
    /// Where it leads.
    target: String,
    note: String,
    /// `remove`: the rule is to go.
    change: String,
    /// How many incidents to try it on; none: it is only shown.
    last: Option<i64>,
    seen: i64,
    reason: String,
}

impl Default for Rule {
    fn default() -> Rule {
        let any = || "*".to_owned();
        Rule {
            hop: Hop::Route,
            id: String::new(),
            of: String::new(),
            municipality: any(),
            group: any(),
            topic: any(),
            target: String::new(),
            note: String::new(),
            change: String::new(),
            last: None,
            seen: 0,
            reason: String::new(),
        }
    }
}

impl Rule {
    fn of_route(one: &Route) -> Rule {
        Rule {
            id: one.id.clone(),
            municipality: one.municipality.to_string(),
            group: one.group.to_string(),
            topic: one.topic.to_string(),
            target: one.organisation.clone(),
            note: one.note.clone(),
            ..Rule::default()
        }
    }

    fn of_executor(one: &ExecutorRule) -> Rule {
        Rule {
            hop: Hop::Executor,
            id: one.id.clone(),
            of: one.organisation.clone(),
            municipality: one.municipality.to_string(),
            group: one.group.to_string(),
            topic: one.topic.to_string(),
            target: one.executor.clone(),
            note: one.note.clone(),
            ..Rule::default()
        }
    }

    /// The rule of this name, if the policy has it.
    fn find(policy: &Policy, hop: Hop, id: &str) -> Option<Rule> {
        hop.rules(policy).into_iter().find(|one| one.id == id)
    }

    fn removes(&self) -> bool {
        self.change == "remove"
    }

    /// The tables with this rule in its place, or without it.
    fn applied(self, doc: &PolicyDoc) -> Result<RuleSet, Error> {
        let municipality: MunicipalityPattern =
            self.municipality.parse().map_err(|fault: crate::domain::policy::PatternFault| {
                Refusal::invalid("municipality", fault.to_string())
            })?;
        let (group, topic) = (Pattern::from(self.group.clone()), Pattern::from(self.topic.clone()));
        let (removes, id) = (self.removes(), self.id.trim().to_owned());
        match self.hop {
            Hop::Route => {
                let rule = Route { id, municipality, group, topic, organisation: self.target, note: self.note };
                let routes = put(&doc.routes, rule, removes, |one| &one.id)?;
                Ok(RuleSet { routes: Some(routes), executors: None })
            }
            Hop::Executor => {
                let (organisation, executor, note) = (self.of, self.target, self.note);
                let rule = ExecutorRule { id, organisation, municipality, group, topic, executor, note };
                let executors = put(&doc.executors, rule, removes, |one| &one.id)?;
                Ok(RuleSet { routes: None, executors: Some(executors) })
            }
        }
    }
}

/// The table with a record in the place of that of its id, or at the end; or without it.
fn put<T: Clone>(table: &[T], record: T, removes: bool, id: impl Fn(&T) -> &String) -> Result<Vec<T>, Error> {
    let mut table = table.to_vec();
    let place = table.iter().position(|one| id(one) == id(&record));
    match (place, removes) {
        (Some(place), false) => table[place] = record,
        (Some(place), true) => drop(table.remove(place)),
        (None, false) => table.push(record),
        (None, true) => return Err(Error::NotFound("rule")),
    }
    Ok(table)
}

/// Which rules to show.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Sought {
    q: String,
}

/// Shows the rules of both hops.
#[get("/administration/routes")]
async fn index(app: App, _may: May<right::WritePolicy>, visitor: Visitor, sought: Query<Sought>) -> HttpResponse {
    let (words, policy, q) = (visitor.words, app.policy(), sought.into_inner().q);
    let table = |hop: Hop, rules: Vec<Rule>| {
        html! {
            @let title = words.named("hop", hop.as_str());
            h2 id=(hop) { (title) }
            p { a href={ (PART) "/rule?hop=" (hop) } { (words.say("administration-new-rule")) } }
            (rows(words, &policy, hop, &rules, &q))
        }
    };
    let body = html! {
        p .quiet { (words.say("administration-routes-order")) }
        form .choices method="get" action=(PART) role="search" {
            div .row-of {
                (Field::new(words.say("administration-name-part"), "q", &q).kind("search").most(100).draw())
                button { (words.say("fields-show")) }
            }
        }
        @for hop in Hop::ALL { (table(*hop, hop.rules(&policy))) }
    };
    super::page(&visitor, PART, &words.say("administration-routes"), &body)
}

fn rows(words: Words, policy: &Policy, hop: Hop, rules: &[Rule], q: &str) -> Markup {
    let wanted = fold(q.trim());
    let said = |rule: &Rule| {
        let place = rule.municipality.parse().unwrap_or_default();
        let place = super::municipality(words, policy, &place);
        let (group, topic) = (Pattern::from(rule.group.clone()), Pattern::from(rule.topic.clone()));
        [place, super::subject(words, policy, &group, &topic), title(policy, &rule.target), title(policy, &rule.of)]
    };
    let shown: Vec<_> = rules
        .iter()
        .map(|rule| (rule, said(rule)))
        .filter(|(rule, said)| {
            wanted.is_empty()
                || said
                    .iter()
                    .chain([&rule.id, &rule.target, &rule.of, &rule.note])
                    .any(|one| fold(one).contains(&wanted))
        })
        .collect();
    html! {
        @if shown.is_empty() {
            p .quiet { (words.say("administration-no-rules")) }
        } @else {
            table {
                thead { tr {
                    @if hop == Hop::Executor { th scope="col" { (words.say("administration-whose-rule")) } }
                    th scope="col" { (words.say("dimension-municipality")) }
                    th scope="col" { (words.say("dimension-topic")) }
                    th scope="col" { (words.say("administration-leads-to")) }
                    th scope="col" { (words.say("administration-rule")) }
                } }
                tbody {
                    @for (rule, [place, subject, target, of]) in shown {
                        tr {
                            @if hop == Hop::Executor { td { (of) } }
                            td { (place) }
                            td { (subject) }
                            td { (target) }
                            td {
                                a href={ (PART) "/rule?hop=" (hop) "&id=" (rule.id) } { (rule.id) }
                                @if !rule.note.is_empty() { br; small .quiet { (rule.note) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn title(policy: &Policy, id: &str) -> String {
    policy.organisation(id).map_or_else(|| id.to_owned(), |one| one.title.clone())
}

/// Shows one rule; with a number of incidents, also what it would send elsewhere.
#[get("/administration/routes/rule")]
async fn look(
    app: App,
    may: May<right::WritePolicy>,
    visitor: Visitor,
    asked: Query<Rule>,
) -> Result<HttpResponse, Problem> {
    let (words, policy, desk, asked) = (visitor.words, app.policy(), may.desk(&app), asked.into_inner());
    let known = Rule::find(&policy, asked.hop, &asked.id);
    let tried = match asked.last {
        Some(last) => Some(trial(&app, &desk, asked.clone(), last).await?),
        None => None,
    };
    let shown = match (&tried, &known) {
        (None, Some(known)) => known.clone(),
        _ => asked,
    };
    let title = match &known {
        Some(known) => words.with("administration-rule-called", [("id", known.id.as_str().into())]),
        None => words.say("administration-new-rule").into_owned(),
    };
    let body = html! {
        p { a href={ (PART) "#" (shown.hop) } { (words.say("administration-all-rules")) } }
        form method="get" action={ (PART) "/rule" } {
            (hidden("hop", shown.hop.as_str()))
            (fields(words, &policy, &shown, known.is_some()))
            (Field::new(words.say("administration-try-on"), "last", &shown.last.unwrap_or(USUAL).to_string()).kind("number").needed().draw())
            div .row-of {
                button { (words.say("administration-dry-run")) }
                @if known.is_some() { button .second name="change" value="remove" { (words.say("administration-dry-run-without")) } }
            }
        }
        @if let Some(trial) = &tried {
            (told(words, &desk, trial))
            (super::for_city(&visitor, html! {
                form method="post" action=(PART) {
                    (shell::proof(&visitor))
                    (kept(&shown))
                    (super::reason(words, &policy))
                    button { @if shown.removes() { (words.say("administration-remove-rule")) } @else { (words.say("administration-save-rule")) } }
                }
            }))
        }
    };
    Ok(super::page(&visitor, PART, &title, &body))
}

async fn trial(app: &App, desk: &Desk, rule: Rule, last: i64) -> Result<Trial, Problem> {
    if !(1..=rules::TRIED_MOST).contains(&last) {
        return Err(Problem::invalid("last", format!("must be from 1 to {}", rules::TRIED_MOST)));
    }
    let asking = desk.clone();
    let incidents = app.store().read(move |conn| rules::newest(conn, &asking, last)).await?;
    let desk = desk.clone();
    aside(move || {
        let set = rule.applied(desk.policy.doc())?;
        rules::dry_run(&desk, set, &incidents)
    })
    .await
}

fn fields(words: Words, policy: &Policy, rule: &Rule, is_known: bool) -> Markup {
    let organisations = || super::organisations(policy).map(|(id, title)| (id, title.into()));
    html! {
        @if is_known { (hidden("id", &rule.id)) } @else {
            (Field::new(words.say("administration-rule-id"), "id", &rule.id).needed().most(64).hint(words.say("administration-id-hint")).draw())
        }
        @if rule.hop == Hop::Executor {
            (choice(&words.say("administration-whose-rule"), "of", organisations(), &rule.of))
        }
        (choice(&words.say("dimension-municipality"), "municipality", super::municipalities(words, policy), &rule.municipality))
        (choice(&words.say("dimension-group"), "group", super::any_or(words, super::groups(policy)), &rule.group))
        (choice(&words.say("dimension-topic"), "topic", super::any_or(words, super::topics(policy)), &rule.topic))
        (choice(&words.say("administration-leads-to"), "target", organisations(), &rule.target))
        (Field::new(words.say("administration-remark"), "note", &rule.note).most(1000).draw())
    }
}

/// The rule as the form that stores it carries it along.
fn kept(rule: &Rule) -> Markup {
    let Rule { hop, id, of, municipality, group, topic, target, note, change, .. } = rule;
    let all = [
        ("hop", hop.as_str()),
        ("id", id),
        ("of", of),
        ("municipality", municipality),
        ("group", group),
        ("topic", topic),
        ("target", target),
        ("note", note),
        ("change", change),
    ];
    html! { @for (name, value) in all { (hidden(name, value)) } }
}

fn told(words: Words, desk: &Desk, trial: &Trial) -> Markup {
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let called = |id: &str| parts::organisation(desk, id);
    html! {
        section .trial aria-labelledby="trial" {
            h2 #trial { (words.say("administration-dry-run-result")) }
            p #looked-at { (words.with("administration-dry-run-told", [("looked", count(trial.looked_at).into()), ("moved", count(trial.moved.len()).into())])) }
            @if !trial.by_pair.is_empty() {
                table {
                    thead { tr {
                        th scope="col" { (words.say("administration-goes-to")) }
                        th scope="col" { (words.say("administration-would-go-to")) }
                        th .figure scope="col" { (words.say("administration-how-many")) }
                    } }
                    tbody { @for pair in &trial.by_pair { tr {
                        td { (called(&pair.from)) } td { (called(&pair.to)) } td .figure { (parts::number(count(pair.count))) }
                    } } }
                }
                details {
                    summary { (words.say("administration-which-incidents")) }
                    table {
                        thead { tr {
                            th scope="col" { (words.say("administration-incident")) }
                            th scope="col" { (words.say("dimension-topic")) }
                            th scope="col" { (words.say("administration-is-with")) }
                            th scope="col" { (words.say("administration-would-go-to")) }
                        } }
                        tbody { @for one in trial.moved.iter().take(200) { tr {
                            td { a href=(parts::address(one.id)) { "№ " (one.number) } }
                            td { (one.topic.as_deref().map(|id| parts::topic(desk, id)).unwrap_or_default()) }
                            td { (one.executor.as_deref().or(one.organisation.as_deref()).map(called).unwrap_or_default()) }
                            td { (called(&one.to)) br; small .quiet { (one.why_after.rule) } }
                        } } }
                    }
                }
            }
        }
    }
}

/// Stores a rule: as the next version of the policy.
#[post("/administration/routes")]
async fn store(
    app: App,
    _may: May<right::WritePolicy>,
    visitor: Visitor,
    form: Form<Rule>,
) -> Result<HttpResponse, Problem> {
    let Form(rule) = form;
    let (seen, reason, hop) = (rule.seen, rule.reason.clone(), rule.hop);
    let change = move |mut doc: PolicyDoc| {
        let RuleSet { routes, executors } = rule.applied(&doc)?;
        doc.routes = routes.unwrap_or(doc.routes);
        doc.executors = executors.unwrap_or(doc.executors);
        Ok(doc)
    };
    publish::publish(&app, &visitor, seen, reason, change).await?;
    Ok(shell::done(&format!("{PART}#{hop}"), "said-rules-saved"))
}
