//! What the visitor may do with an incident now, as forms: what the state machine allows and the role has the right to.

use maud::{Markup, html};

use super::whole::Whole;
use super::{answers, facts};
use crate::domain::{Action, CloseReason, Kind, Permission, Policy, ReturnReason};
use crate::http::ui::visitor::Visitor;
use crate::http::ui::words::Words;
use crate::http::ui::{parts, shell};

/// Draws the forms of one incident.
pub struct Forms<'w> {
    pub visitor: &'w Visitor,
    pub words: Words,
    pub whole: &'w Whole,
}

impl<'w> Forms<'w> {
    /// For somebody who looks at an incident.
    pub fn of(visitor: &'w Visitor, whole: &'w Whole) -> Forms<'w> {
        Forms { visitor, words: visitor.words, whole }
    }

    /// Whether this may be done now, by this visitor.
    pub fn may(&self, action: Action, permission: Permission) -> bool {
        self.whole.view.legal.contains(&action) && self.whole.desk.actor.may(permission)
    }

    /// A form about the incident as it was seen.
    pub fn form(&self, to: &str, fields: Markup) -> Markup {
        html! {
            form method="post" action=(facts::address(self.whole.incident.id, to)) {
                (shell::proof(self.visitor))
                input type="hidden" name="version" value=(self.whole.incident.version);
                (fields)
            }
        }
    }

    /// A form that is opened by its name first, so that the page stays short.
    pub fn folded(&self, action: &str, to: &str, fields: Markup) -> Markup {
        let name = self.words.named("action", action);
        html! {
            details .move {
                summary { (name) }
                (self.form(to, html! { (fields) button { (name) } }))
            }
        }
    }

    /// Who did something, by the tag that records keep of them.
    pub fn who(&self, tag: &str) -> String {
        super::history::who(self.words, &self.whole.names, tag)
    }
}

/// What may be done, the next step of the usual way first.
pub fn section(visitor: &Visitor, whole: &Whole) -> Markup {
    let forms = Forms::of(visitor, whole);
    let drawn = [
        take(&forms),
        assign(&forms),
        pass(&forms),
        give_back(&forms),
        defer(&forms),
        outside(&forms),
        close(&forms),
        reopen(&forms),
        correct(&forms),
        merge(&forms),
        dismiss(&forms),
    ];
    let drawn: Vec<Markup> = drawn.into_iter().flatten().collect();
    html! {
        @if !drawn.is_empty() {
            section .moves aria-labelledby="moves" {
                h2 #moves { (forms.words.say("incident-moves")) }
                @for form in drawn { (form) }
            }
        }
    }
}

fn take(forms: &Forms<'_>) -> Option<Markup> {
    let may = forms.may(Action::Take, Permission::Work);
    may.then(|| forms.form("work", html! { button { (forms.words.named("action", "take")) } }))
}

/// A field in which a reason is chosen.
fn reasons<'v>(words: Words, list: &str, known: impl IntoIterator<Item = &'v str>) -> Markup {
    let choices = known.into_iter().map(|word| (word, words.named(list, word).into_owned()));
    html! {
        label {
            span { (words.say("incident-reason")) }
            select name="reason" { (parts::options(choices, None)) }
        }
    }
}

fn note(words: Words) -> Markup {
    html! {
        label {
            span { (words.say("incident-why-note")) }
            textarea name="note" rows="2" maxlength="1000" {}
        }
    }
}

fn assign(forms: &Forms<'_>) -> Option<Markup> {
    let (words, whole) = (forms.words, forms.whole);
    let organisations = whole.desk.policy.doc().organisations.iter();
    // The rules propose, a person decides.
    let proposed = whole.routes.first().filter(|_| whole.incident.organisation.is_none());
    let now = whole.incident.organisation.as_deref().or(proposed.map(|route| route.organisation.as_str()));
    let fields = || {
        html! {
            label {
                span { (words.say("incident-organisation")) }
                select name="organisation" {
                    option value="" { (words.say("incident-by-rules")) }
                    (parts::options(organisations.map(|one| (one.id.as_str(), one.title.clone())), now))
                }
            }
        }
    };
    forms.may(Action::Assign, Permission::Triage).then(|| forms.folded("assign", "assignments", fields()))
}

/// The departments that an organisation may pass an incident on to.
pub fn departments<'p>(policy: &'p Policy, organisation: &'p str) -> impl Iterator<Item = (&'p str, String)> {
    let below = policy.subtree(organisation).iter().filter(move |id| id.as_str() != organisation);
    below.filter_map(|id| policy.organisation(id)).map(|one| (one.id.as_str(), one.title.clone()))
}

fn pass(forms: &Forms<'_>) -> Option<Markup> {
    let organisation = forms.whole.incident.organisation.as_deref()?;
    let departments: Vec<_> = departments(&forms.whole.desk.policy, organisation).collect();
    let may = forms.may(Action::Pass, Permission::Coordinate) && !departments.is_empty();
    let now = forms.whole.incident.executor.as_deref();
    may.then(|| {
        forms.folded(
            "pass",
            "passes",
            html! {
                label {
                    span { (forms.words.say("incident-executor")) }
                    select name="executor" required { (parts::options(departments, now)) }
                }
            },
        )
    })
}

fn give_back(forms: &Forms<'_>) -> Option<Markup> {
    let known = ReturnReason::ALL.iter().map(|reason| reason.as_str());
    forms.may(Action::Return, Permission::Coordinate).then(|| {
        let fields = html! { (reasons(forms.words, "return-reason", known)) (note(forms.words)) };
        forms.folded("return", "returns", fields)
    })
}

fn defer(forms: &Forms<'_>) -> Option<Markup> {
    let words = forms.words;
    forms.may(Action::Defer, Permission::Coordinate).then(|| {
        forms.folded(
            "defer",
            "deferrals",
            html! {
                label {
                    span { (words.say("incident-defer-until")) }
                    input type="date" name="until" required;
                }
                label {
                    span { (words.say("incident-why")) }
                    textarea name="reason" rows="2" required minlength="3" maxlength="1000" {}
                }
            },
        )
    })
}

/// An answer that was given in the network itself.
fn outside(forms: &Forms<'_>) -> Option<Markup> {
    let (words, desk) = (forms.words, &forms.whole.desk);
    let now = desk.policy.zone().to_datetime(*desk.now).strftime("%Y-%m-%dT%H:%M").to_string();
    forms.may(Action::AnswerOutside, Permission::ReportDelivery).then(|| {
        forms.folded(
            "answer_outside",
            "outside-answers",
            html! {
                label {
                    span { (words.say("incident-outside-text")) }
                    textarea name="text" rows="4" required minlength="2" maxlength="9000" {}
                }
                div .fields {
                    label {
                        span { (words.say("incident-answer-meant")) }
                        select name="meant" { (answers::choices(words, None)) }
                    }
                    label {
                        span { (words.say("incident-outside-at")) }
                        input type="datetime-local" name="at" value=(now) required;
                    }
                }
                label {
                    span { (words.say("incident-permalink")) }
                    input name="permalink" type="url" maxlength="2000" placeholder="https://";
                }
            },
        )
    })
}

fn close(forms: &Forms<'_>) -> Option<Markup> {
    let known = [CloseReason::AuthorSatisfied, CloseReason::DialoguePointless].map(CloseReason::as_str);
    forms.may(Action::Close, Permission::Close).then(|| {
        let fields = html! { (reasons(forms.words, "close-reason", known)) (note(forms.words)) };
        forms.folded("close", "closures", fields)
    })
}

fn reopen(forms: &Forms<'_>) -> Option<Markup> {
    forms.may(Action::Reopen, Permission::Close).then(|| {
        forms.folded(
            "reopen",
            "reopenings",
            html! {
                label {
                    span { (forms.words.say("incident-why")) }
                    textarea name="reason" rows="2" required minlength="3" maxlength="1000" {}
                }
            },
        )
    })
}

fn dismiss(forms: &Forms<'_>) -> Option<Markup> {
    let known = CloseReason::NOT_A_COMPLAINT.iter().map(|reason| reason.as_str());
    forms.may(Action::Dismiss, Permission::Triage).then(|| {
        let fields = html! { (reasons(forms.words, "close-reason", known)) (note(forms.words)) };
        forms.folded("dismiss", "dismissals", fields)
    })
}

fn merge(forms: &Forms<'_>) -> Option<Markup> {
    let words = forms.words;
    if forms.may(Action::Unmerge, Permission::Merge) {
        return Some(forms.form("unmerge", html! { button .second { (words.named("action", "unmerge")) } }));
    }
    forms.may(Action::Merge, Permission::Merge).then(|| {
        forms.folded(
            "merge",
            "merge",
            html! {
                label {
                    span { (words.say("incident-merge-into")) }
                    input name="into" required maxlength="200" autocomplete="off";
                }
            },
        )
    })
}

/// Corrects what it is about and where; what is not touched stays.
fn correct(forms: &Forms<'_>) -> Option<Markup> {
    forms.may(Action::Correct, Permission::Triage).then(|| forms.folded("correct", "corrections", correction(forms)))
}

fn correction(forms: &Forms<'_>) -> Markup {
    let (words, view) = (forms.words, &forms.whole.view);
    let policy = &forms.whole.desk.policy;
    let severities = ["1", "2", "3", "4", "5"].map(|word| (word, words.named("severity", word).into_owned()));
    let kinds = Kind::ALL.iter().map(|kind| (kind.as_str(), words.named("kind", kind.as_str()).into_owned()));
    let municipalities = policy.doc().municipalities.iter().map(|one| (one.id.as_str(), one.title.clone()));
    html! {
        label { span { (words.say("incident-topic")) } (topics(forms, view.topic.as_deref())) }
        div .fields {
            label { span { (words.say("incident-kind")) } select name="kind" { (parts::options(kinds, Some(view.kind.as_str()))) } }
            label {
                span { (words.say("incident-severity")) }
                select name="severity" { (parts::options(severities, Some(&view.severity.to_string()))) }
            }
        }
        label {
            span { (words.say("incident-municipality")) }
            select name="municipality" { (parts::options(municipalities, Some(&view.municipality))) }
        }
        div .fields {
            label { span { (words.say("incident-settlement")) } input name="settlement" value=[view.settlement.as_deref()] maxlength="200"; }
            label { span { (words.say("incident-street")) } input name="street" value=[view.street.as_deref()] maxlength="200"; }
            label { span { (words.say("incident-house")) } input name="house" value=[view.house.as_deref()] maxlength="200"; }
        }
        label {
            span { (words.say("incident-note")) }
            textarea name="note" rows="2" maxlength="4000" { (view.note.as_deref().unwrap_or_default()) }
        }
    }
}

/// The topics by their groups.
fn topics(forms: &Forms<'_>, chosen: Option<&str>) -> Markup {
    let doc = forms.whole.desk.policy.doc();
    html! {
        select name="topic" {
            @if chosen.is_none() { option value="" { (forms.words.say("incident-none")) } }
            @for group in &doc.groups {
                optgroup label=(group.title) {
                    (parts::options(doc.topics.iter().filter(|topic| topic.group == group.id).map(|topic| (topic.id.as_str(), topic.title.clone())), chosen))
                }
            }
        }
    }
}
