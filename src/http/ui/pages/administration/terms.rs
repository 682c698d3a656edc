//! The terms: how long each clock may run in which case; changed after seeing what that would move.

use std::borrow::Cow;

use actix_web::web::ServiceConfig;
use actix_web::{HttpResponse, get, post};
use maud::{Markup, html};
use serde::Deserialize;

use super::publish;
use crate::app::App;
use crate::desk::policies;
use crate::domain::policy::{Amendment, Pattern, PatternFault, PolicyDoc, Term};
use crate::domain::sla::{Base, ClockKind, StartPoint};
use crate::domain::words::UnknownWord;
use crate::domain::{Policy, Refusal};
use crate::http::auth::{May, right};
use crate::http::problem::Problem;
use crate::http::query::{self, Query};
use crate::http::ui::fields::{Field, choice, hidden};
use crate::http::ui::form::Form;
use crate::http::ui::shell;
use crate::http::ui::visitor::Visitor;
use crate::http::ui::words::Words;

const PART: &str = "/administration/terms";

/// The routes of this part.
pub fn routes(config: &mut ServiceConfig) {
    config.service(index).service(look).service(store);
}

/// A term as a form holds it.
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
struct Written {
    id: String,
    clock: ClockKind,
    municipality: String,
    group: String,
    topic: String,
    severity: String,
    organisation: String,
    target: String,
    base: Base,
    calendar: String,
    start: String,
    /// Steps, divided by commas.
    pauses: String,
    /// Percents, divided by commas.
    warnings: String,
    note: String,
    /// `try`: what would move; `remove`: the same without the term.
    change: String,
    seen: i64,
    reason: String,
}

impl Default for Written {
    fn default() -> Written {
        let any = || "*".to_owned();
        Written {
            id: String::new(),
            clock: ClockKind::FirstAnswer,
            municipality: any(),
            group: any(),
            topic: any(),
            severity: any(),
            organisation: any(),
            target: String::new(),
            base: Base::Working,
            calendar: String::new(),
            start: String::new(),
            pauses: String::new(),
            warnings: String::new(),
            note: String::new(),
            change: String::new(),
            seen: 0,
            reason: String::new(),
        }
    }
}

impl From<&Term> for Written {
    fn from(term: &Term) -> Written {
        let joined = |all: &mut dyn Iterator<Item = String>| all.collect::<Vec<_>>().join(", ");
        Written {
            id: term.id.clone(),
            clock: term.clock,
            municipality: term.municipality.to_string(),
            group: term.group.to_string(),
            topic: term.topic.to_string(),
            severity: term.severity.to_string(),
            organisation: term.organisation.to_string(),
            target: term.target.clone(),
            base: term.base,
            calendar: term.calendar.clone().unwrap_or_default(),
            start: term.start.map(|start| start.to_string()).unwrap_or_default(),
            pauses: joined(&mut term.pauses.iter().map(ToString::to_string)),
            warnings: joined(&mut term.warnings.iter().map(ToString::to_string)),
            note: term.note.clone(),
            ..Written::default()
        }
    }
}

impl Written {
    fn removes(&self) -> bool {
        self.change == "remove"
    }

    /// What storing it, or taking it away, is as a change of the rules.
    fn amendment(self) -> Result<Amendment, Refusal> {
        let id = self.id.trim().to_owned();
        if self.removes() {
            return Ok(Amendment { drop_terms: vec![id], ..Amendment::default() });
        }
        let pattern = |field: &'static str| move |fault: PatternFault| Refusal::invalid(field, fault.to_string());
        let word = |field: &'static str| move |fault: UnknownWord| Refusal::invalid(field, fault.to_string());
        let warning =
            |text: &str| text.parse().map_err(|_| Refusal::invalid("warnings", "must be percents such as 50, 20"));
        let given = |text: String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let term = Term {
            id,
            clock: self.clock,
            municipality: self.municipality.parse().map_err(pattern("municipality"))?,
            group: Pattern::from(self.group),
            topic: Pattern::from(self.topic),
            severity: self.severity.trim().parse().map_err(pattern("severity"))?,
            organisation: Pattern::from(self.organisation),
            target: self.target.trim().to_owned(),
            base: self.base,
            calendar: given(self.calendar),
            start: given(self.start).map(|text| text.parse()).transpose().map_err(word("start"))?,
            pauses: parts(&self.pauses).map(str::parse).collect::<Result<_, _>>().map_err(word("pauses"))?,
            warnings: parts(&self.warnings).map(warning).collect::<Result<_, _>>()?,
            note: self.note,
        };
        Ok(Amendment { terms: vec![term], ..Amendment::default() })
    }
}

fn parts(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|part| !part.is_empty())
}

/// Which terms to show.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Sought {
    #[serde(deserialize_with = "query::filled")]
    clock: Option<ClockKind>,
}

/// Shows the terms.
#[get("/administration/terms")]
async fn index(app: App, _may: May<right::WritePolicy>, visitor: Visitor, sought: Query<Sought>) -> HttpResponse {
    let (words, policy, clock) = (visitor.words, app.policy(), sought.into_inner().clock);
    let shown = policy.doc().terms.iter().filter(|term| clock.is_none_or(|clock| term.clock == clock));
    let any = std::iter::once(("", words.say("fields-any")));
    let body = html! {
        p .quiet { (words.say("administration-terms-order")) }
        form .choices method="get" action=(PART) {
            div .row-of {
                (choice(&words.say("administration-clock"), "clock", any.chain(named(words, "clock", ClockKind::ALL.iter().map(|one| one.as_str()))), clock.map_or("", ClockKind::as_str)))
                button { (words.say("fields-show")) }
            }
        }
        p { a href={ (PART) "/term" } { (words.say("administration-new-term")) } }
        table {
            thead { tr {
                th scope="col" { (words.say("administration-clock")) }
                th scope="col" { (words.say("administration-target")) }
                th scope="col" { (words.say("administration-case")) }
                th scope="col" { (words.say("administration-calendar")) }
                th scope="col" { (words.say("administration-term")) }
            } }
            tbody { @for term in shown { (row(words, &policy, term)) } }
        }
    };
    super::page(&visitor, PART, &words.say("administration-terms"), &body)
}

fn row(words: Words, policy: &Policy, term: &Term) -> Markup {
    let case = [
        super::municipality(words, policy, &term.municipality),
        super::subject(words, policy, &term.group, &term.topic),
        term.organisation
            .id()
            .map_or_else(|| "*".to_owned(), |id| policy.organisation(id).map_or(id, |one| &one.title).to_owned()),
        term.severity.to_string(),
    ];
    let any = words.say("administration-any");
    let case: Vec<&String> = case.iter().filter(|part| **part != any && *part != "*").collect();
    html! {
        tr {
            td { (words.named("clock", term.clock.as_str())) }
            td { (term.target) " · " (words.named("base", term.base.as_str())) }
            td {
                @if case.is_empty() { (any) }
                @for (nth, part) in case.iter().enumerate() { @if nth > 0 { " · " } (part) }
            }
            td { (term.calendar.as_deref().and_then(|id| policy.calendar(id)).map_or_else(|| words.say("administration-calendar-of-body"), |one| one.title().to_owned().into())) }
            td {
                a href={ (PART) "/term?id=" (term.id) } { (term.id) }
                @if !term.note.is_empty() { br; small .quiet { (term.note) } }
            }
        }
    }
}

fn named(
    words: Words,
    list: &'static str,
    values: impl Iterator<Item = &'static str>,
) -> impl Iterator<Item = (&'static str, Cow<'static, str>)> {
    values.map(move |value| (value, words.named(list, value)))
}

/// Shows one term; when it is tried, also what it would move.
#[get("/administration/terms/term")]
async fn look(
    app: App,
    may: May<right::WritePolicy>,
    visitor: Visitor,
    asked: Query<Written>,
) -> Result<HttpResponse, Problem> {
    let (words, policy, desk, asked) = (visitor.words, app.policy(), may.desk(&app), asked.into_inner());
    let known = policy.doc().terms.iter().find(|term| term.id == asked.id);
    let found = match asked.change.as_str() {
        "" => None,
        _ => Some(publish::what_if(&app, &visitor, asked.clone().amendment()?).await?),
    };
    let shown = match (&found, known) {
        (None, Some(known)) => Written::from(known),
        _ => asked,
    };
    let title = match known {
        Some(known) => words.with("administration-term-called", [("id", known.id.as_str().into())]),
        None => words.say("administration-new-term").into_owned(),
    };
    let body = html! {
        p { a href=(PART) { (words.say("administration-all-terms")) } }
        form method="get" action={ (PART) "/term" } {
            (fields(words, &policy, &shown, known.is_some()))
            @if super::is_of_city(&visitor) {
                div .row-of {
                    button name="change" value="try" { (words.say("administration-try")) }
                    @if known.is_some() { button .second name="change" value="remove" { (words.say("administration-try-without")) } }
                }
            } @else {
                p .quiet { (words.say("administration-root-only")) }
            }
        }
        @if let Some(found) = &found {
            (publish::moved(words, &desk, found))
            form method="post" action=(PART) {
                (shell::proof(&visitor))
                (kept(&shown))
                (super::reason(words, &policy))
                button { @if shown.removes() { (words.say("administration-remove-term")) } @else { (words.say("administration-save-term")) } }
            }
        }
    };
    Ok(super::page(&visitor, PART, &title, &body))
}

fn fields(words: Words, policy: &Policy, term: &Written, is_known: bool) -> Markup {
    let calendars = policy.doc().calendars.iter().map(|one| (one.id.as_str(), Cow::from(one.title.as_str())));
    let own = std::iter::once(("", words.say("administration-calendar-of-body")));
    let starts = std::iter::once(("", words.say("administration-usual")));
    html! {
        @if is_known { (hidden("id", &term.id)) } @else {
            (Field::new(words.say("administration-term-id"), "id", &term.id).needed().most(64).hint(words.say("administration-id-hint")).draw())
        }
        fieldset {
            legend { (words.say("administration-case")) }
            div .pair {
                (choice(&words.say("administration-clock"), "clock", named(words, "clock", ClockKind::ALL.iter().map(|one| one.as_str())), term.clock.as_str()))
                (choice(&words.say("dimension-municipality"), "municipality", super::municipalities(words, policy), &term.municipality))
                (choice(&words.say("dimension-group"), "group", super::any_or(words, super::groups(policy)), &term.group))
                (choice(&words.say("dimension-topic"), "topic", super::any_or(words, super::topics(policy)), &term.topic))
                (choice(&words.say("administration-organisation"), "organisation", super::any_or(words, super::organisations(policy)), &term.organisation))
                (Field::new(words.say("administration-severity"), "severity", &term.severity).most(4).hint(words.say("administration-severity-hint")).draw())
            }
        }
        fieldset {
            legend { (words.say("administration-target")) }
            div .pair {
                (Field::new(words.say("administration-how-long"), "target", &term.target).needed().most(20).hint(words.say("administration-target-hint")).draw())
                (choice(&words.say("administration-base"), "base", named(words, "base", Base::ALL.iter().map(|one| one.as_str())), term.base.as_str()))
                (choice(&words.say("administration-calendar"), "calendar", own.chain(calendars), &term.calendar))
                (choice(&words.say("administration-start"), "start", starts.chain(named(words, "start", StartPoint::ALL.iter().map(|one| one.as_str()))), &term.start))
                (Field::new(words.say("administration-warnings"), "warnings", &term.warnings).most(40).hint(words.say("administration-warnings-hint")).draw())
                (Field::new(words.say("administration-pauses"), "pauses", &term.pauses).hint(words.say("administration-pauses-hint")).draw())
            }
        }
        (Field::new(words.say("administration-remark"), "note", &term.note).most(1000).draw())
    }
}

/// The term as the form that stores it carries it along.
fn kept(term: &Written) -> Markup {
    let all = [
        ("id", term.id.as_str()),
        ("clock", term.clock.as_str()),
        ("municipality", &term.municipality),
        ("group", &term.group),
        ("topic", &term.topic),
        ("severity", &term.severity),
        ("organisation", &term.organisation),
        ("target", &term.target),
        ("base", term.base.as_str()),
        ("calendar", &term.calendar),
        ("start", &term.start),
        ("pauses", &term.pauses),
        ("warnings", &term.warnings),
        ("note", &term.note),
        ("change", &term.change),
    ];
    html! { @for (name, value) in all { (hidden(name, value)) } }
}

/// Stores a term, or takes it away: as the next version of the rules.
#[post("/administration/terms")]
async fn store(
    app: App,
    _may: May<right::WritePolicy>,
    visitor: Visitor,
    form: Form<Written>,
) -> Result<HttpResponse, Problem> {
    let Form(term) = form;
    let (seen, reason) = (term.seen, term.reason.clone());
    let amend = move |doc: &PolicyDoc| {
        if term.removes() { policies::drop_term(doc, term.id.trim()) } else { Ok(term.amendment()?) }
    };
    publish::amend(&app, &visitor, seen, reason, amend).await?;
    Ok(shell::done(PART, "said-rules-saved"))
}
