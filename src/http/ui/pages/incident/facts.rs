//! What is known of an incident: number, step, topic, place, whose it is and why; and those that are about the same.

use maud::{Markup, html};

use super::other;
use super::whole::Whole;
use crate::domain::map::Point;
use crate::domain::{Id, LikenessState, Permission, PlaceOrigin};
use crate::http::api::incidents::likenesses::LikenessView;
use crate::http::ui::pages::map::whereabouts;
use crate::http::ui::visitor::Visitor;
use crate::http::ui::words::Words;
use crate::http::ui::{parts, shell};

/// The head of the page: which incident, where it stands, how much time is left.
pub fn head(words: Words, whole: &Whole, title: &str) -> Markup {
    let incident = &whole.incident;
    html! {
        div .head {
            h1 { (title) }
            p .row-of {
                strong { (words.named("step", incident.step.as_str())) }
                (parts::due(words, &whole.desk, incident))
                @if let Some(topic) = &incident.topic { span { (parts::topic(&whole.desk, topic)) } }
                span { (parts::place(&whole.desk, &whole.view)) }
            }
        }
    }
}

/// The facts.
pub fn section(words: Words, whole: &Whole) -> Markup {
    let (view, desk) = (&whole.view, &whole.desk);
    let none = || words.say("incident-none").into_owned();
    let body = |id: &Option<String>| id.as_deref().map_or_else(none, |id| parts::organisation(desk, id));
    let severity = view.severity.to_string();
    html! {
        section .facts-of aria-labelledby="facts" {
            h2 #facts { (words.say("incident-facts")) }
            dl .facts {
                dt { (words.say("incident-kind")) } dd { (words.named("kind", view.kind.as_str())) }
                dt { (words.say("incident-topic")) }
                dd {
                    (view.topic.as_deref().map_or_else(none, |topic| parts::topic(desk, topic))) " "
                    span .quiet { (words.named("topic-origin", view.topic_origin.as_str())) }
                }
                dt { (words.say("incident-severity")) } dd { (words.named("severity", &severity)) }
                dt { (words.say("incident-place")) }
                dd {
                    (parts::place(desk, view)) " "
                    @if view.place_origin != PlaceOrigin::None { span .quiet { (words.named("place-origin", view.place_origin.as_str())) } }
                }
                @if let Some((lat, lon)) = view.lat.zip(view.lon) {
                    dt { (words.say("incident-map")) }
                    dd { (whereabouts(words, desk, Point { lat, lon })) }
                }
                @if let Some(okrug) = &view.okrug { dt { (words.say("incident-okrug")) } dd { (okrug_title(whole, okrug)) } }
                dt { (words.say("incident-organisation")) } dd { (body(&view.organisation)) }
                dt { (words.say("incident-executor")) } dd { (body(&view.executor)) }
                dt { (words.say("incident-received")) } dd { (parts::moment(words, desk, view.received_at)) }
                @if let Some(outcome) = view.outcome { dt { (words.say("incident-outcome")) } dd { (words.named("outcome", outcome.as_str())) } }
                @if let Some(at) = view.deferred_until { dt { (words.say("incident-deferred")) } dd { (parts::moment(words, desk, at)) } }
                @if let Some(at) = view.closed_at {
                    dt { (words.say("incident-closed")) }
                    dd {
                        (parts::moment(words, desk, at))
                        @if let Some(reason) = view.close_reason { " · " (words.named("close-reason", reason.as_str())) }
                    }
                }
                @if let Some(rating) = view.rating { dt { (words.say("incident-rating")) } dd { (rating) " / 5" } }
                @if let Some(note) = &view.note { dt { (words.say("incident-note")) } dd .text { (note) } }
                dt { (words.say("incident-short")) } dd { code { (view.id) } }
            }
            (why_here(words, whole))
            (stays(words, whole))
        }
    }
}

fn okrug_title<'w>(whole: &'w Whole, id: &'w str) -> &'w str {
    let known = whole.desk.policy.doc().okrugs.iter().find(|okrug| okrug.id == id);
    known.map_or(id, |okrug| &okrug.title)
}

/// The rules that led it to where it is.
fn why_here(words: Words, whole: &Whole) -> Markup {
    html! {
        @if !whole.routes.is_empty() {
            details {
                summary { (words.say("incident-why-here")) }
                ul {
                    @for route in &whole.routes {
                        li {
                            (route.text) " "
                            span .quiet {
                                (words.with("incident-rule", [("rule", route.rule.as_str().into()), ("version", route.policy_version.into())]))
                                ": " (words.named("match-topic", route.matched.topic.as_str()))
                                ", " (words.named("match-municipality", route.matched.municipality.as_str()))
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Who had it when.
fn stays(words: Words, whole: &Whole) -> Markup {
    let desk = &whole.desk;
    html! {
        @if whole.stays.len() > 1 {
            details {
                summary { (words.with("incident-stays", [("count", whole.stays.len().into())])) }
                ol {
                    @for stay in &whole.stays {
                        li {
                            (parts::organisation(desk, &stay.organisation))
                            @if let Some(executor) = &stay.executor { " → " (parts::organisation(desk, executor)) }
                            span .quiet {
                                " " (parts::moment(words, desk, stay.assigned_at))
                                @if let Some(end) = stay.ended_at { " – " (parts::moment(words, desk, end)) }
                                @if let Some(reason) = &stay.end_reason { " · " (words.named("stay-end", reason)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What it is merged into, what is merged into it, and what is probably about the same.
pub fn group(visitor: &Visitor, whole: &Whole) -> Markup {
    let words = visitor.words;
    let proposed: Vec<_> = whole.likenesses.iter().filter(|pair| pair.state == LikenessState::Proposed).collect();
    html! {
        @if whole.survivor.is_some() || !whole.duplicates.is_empty() || !proposed.is_empty() {
            section aria-labelledby="group" {
                h2 #group { (words.say("incident-group")) }
                @if let Some(survivor) = &whole.survivor {
                    p { (words.say("incident-merged-into")) " " (other(survivor.number, survivor.id)) }
                }
                @if !whole.duplicates.is_empty() {
                    p { (words.with("incident-duplicates", [("count", whole.duplicates.len().into())])) }
                    ul .others {
                        @for one in &whole.duplicates {
                            li {
                                (other(one.number, one.id)) " "
                                span .quiet { (words.named("network", &one.network)) ", " (parts::moment(words, &whole.desk, one.received_at)) }
                            }
                        }
                    }
                }
                @if !proposed.is_empty() {
                    h3 { (words.say("incident-alike")) }
                    ul .others { @for pair in proposed { li { (alike(visitor, whole, pair)) } } }
                }
            }
        }
    }
}

fn alike(visitor: &Visitor, whole: &Whole, pair: &LikenessView) -> Markup {
    let words = visitor.words;
    let (incident, percent) = (&whole.incident, format!("{:.0}", 100.0 * pair.score));
    let may = whole.desk.actor.may(Permission::Merge);
    let form = |to: &str, fields: Markup| {
        html! {
            form method="post" action={ (parts::address(incident.id)) "/" (to) } {
                (shell::proof(visitor))
                input type="hidden" name="version" value=(incident.version);
                (fields)
            }
        }
    };
    html! {
        (other(pair.number, pair.other)) " "
        strong { (words.with("incident-likeness", [("percent", percent.as_str().into())])) } " "
        span .quiet { (pair.relation_text) ", " (parts::moment(words, &whole.desk, pair.received_at)) }
        p .quiet { (parts::beginning(&pair.text, 120)) }
        details {
            summary { (words.say("incident-reasons")) }
            ul { @for reason in &pair.reasons { li { (if reason.speaks_for { "+ " } else { "− " }) (reason.text) } } }
        }
        @if may {
            div .row-of {
                (form("merge", html! {
                    input type="hidden" name="into" value=(pair.other);
                    button .small { (words.say("incident-merge-here")) }
                }))
                (form("unlike", html! {
                    input type="hidden" name="other" value=(pair.other);
                    button .small.second { (words.say("incident-unlike")) }
                }))
            }
        }
    }
}

/// The identity of what a form is about.
pub fn address(id: Id, to: &str) -> String {
    format!("{}/{to}", parts::address(id))
}
