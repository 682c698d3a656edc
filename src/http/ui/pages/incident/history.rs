//! The whole history of an incident in words: what, who, when; and whether the chain of events is whole.

use std::borrow::Cow;
use std::collections::HashMap;

use maud::{Markup, html};
use serde_json::Value;

use super::whole::{EVENTS, Whole};
use crate::desk::Desk;
use crate::desk::staff::of_tag;
use crate::domain::{At, Id};
use crate::http::api::incidents::views::EventView;
use crate::http::ui::parts::{self, talk};
use crate::http::ui::words::Words;

/// The history.
pub fn section(words: Words, whole: &Whole) -> Markup {
    let history = &whole.history;
    let last = history.events.last().filter(|_| history.more);
    html! {
        section .history aria-labelledby="history" {
            h2 #history { (words.say("incident-history")) }
            @if history.intact { p .quiet { (words.say("incident-chain-whole")) } }
            @else { p role="alert" { (words.say("incident-chain-broken")) } }
            (list(words, &whole.desk, &whole.names, &history.events))
            @if let Some(last) = last {
                p .pager {
                    a href={ (parts::address(whole.incident.id)) "?after=" (last.n) "#history" } {
                        (words.with("incident-history-more", [("count", EVENTS.into())]))
                    }
                }
            }
        }
    }
}

/// Events in their order.
pub fn list(words: Words, desk: &Desk, names: &HashMap<Id, String>, events: &[EventView]) -> Markup {
    html! {
        ol .events {
            @for event in events {
                li value=(event.n) {
                    (parts::moment(words, desk, event.at)) " "
                    strong { (words.named("event", &event.kind)) }
                    span .quiet { " · " (who(words, names, &event.actor)) }
                    @if !event.intact { strong .failed { " " (words.say("incident-event-changed")) } }
                    (particulars(words, desk, event))
                }
            }
        }
    }
}

/// Who did something: a member of staff by name, all others by what they are.
pub fn who(words: Words, names: &HashMap<Id, String>, tag: &str) -> String {
    let kind = tag.split_once(':').map_or(tag, |(kind, _)| kind);
    let name = of_tag(tag).and_then(|id| names.get(&id));
    name.cloned().unwrap_or_else(|| words.named("actor", kind).into_owned())
}

/// The particulars that are told, in this order; what only programs need is left out.
const TOLD: [&str; 21] = [
    "n",
    "kind",
    "outcome",
    "clock",
    "organisation",
    "executor",
    "from",
    "into",
    "incident",
    "reason",
    "step",
    "returns",
    "topic",
    "municipality",
    "until",
    "due_at",
    "despite",
    "rating",
    "note",
    "text",
    "permalink",
];

fn particulars(words: Words, desk: &Desk, event: &EventView) -> Markup {
    let data = &event.data.0;
    let told: Vec<(Cow<'static, str>, Markup)> = TOLD
        .iter()
        .filter_map(|name| Some((words.named("told", name), value(words, desk, event, name, data.get(*name)?)?)))
        .chain(changes(words, desk, data))
        .collect();
    let why = data.get("why").and_then(Value::as_str);
    html! {
        @if !told.is_empty() || why.is_some() {
            ul .told-of {
                @for (label, said) in told { li { span .quiet { (label) ": " } (said) } }
                @if let Some(why) = why { li { span .quiet { (words.say("incident-why")) ": " } (words.named("merge-why", why)) } }
            }
        }
    }
}

/// One particular in words; none if it has no value.
fn value(words: Words, desk: &Desk, event: &EventView, name: &str, value: &Value) -> Option<Markup> {
    let text = value.as_str().map(str::to_owned).or_else(|| value.as_i64().map(|number| number.to_string()));
    let text = text.filter(|text| !text.is_empty());
    if let ("despite", Some(codes)) = (name, value.as_array()) {
        let named = codes.iter().filter_map(Value::as_str).map(|code| words.named("despite", code));
        return Some(html! { (named.collect::<Vec<_>>().join(", ")) });
    }
    let text = text?;
    Some(match name {
        "kind" => html! { (words.named("answer-kind", &text)) },
        "outcome" | "step" | "clock" => html! { (words.named(name, &text)) },
        "organisation" | "executor" => html! { (parts::organisation(desk, &text)) },
        "topic" => html! { (parts::topic(desk, &text)) },
        "municipality" => html! { (municipality(desk, &text)) },
        "from" | "into" | "incident" => match text.parse::<Id>() {
            Ok(id) => html! { a href=(parts::address(id)) { (words.say("incident-other")) } },
            Err(_) => html! { (parts::organisation(desk, &text)) },
        },
        "until" | "due_at" => html! { (parts::moment(words, desk, text.parse::<At>().ok()?)) },
        "reason" => html! { (reason(words, &event.kind, &text)) },
        "permalink" => talk::elsewhere(&text, &words.say("incident-see-answer")),
        _ => html! { (text) },
    })
}

fn reason<'t>(words: Words, kind: &str, text: &'t str) -> Cow<'t, str> {
    match kind {
        "returned" => words.named("return-reason", text).into_owned().into(),
        "rework_asked" => words.named("rework-reason", text).into_owned().into(),
        "closed" | "dismissed" => words.named("close-reason", text).into_owned().into(),
        _ => text.into(),
    }
}

fn municipality(desk: &Desk, id: &str) -> String {
    desk.policy.municipality(id).map_or_else(|| id.to_owned(), |known| known.title.clone())
}

/// What a correction changed: what it was, and what it is.
fn changes(words: Words, desk: &Desk, data: &Value) -> Vec<(Cow<'static, str>, Markup)> {
    let said = |name: &str, value: &Value| {
        let text = value.as_str().map_or_else(|| value.as_i64().map(|n| n.to_string()), |text| Some(text.to_owned()));
        text.map_or_else(
            || words.say("incident-none").into_owned(),
            |text| match name {
                "topic" => parts::topic(desk, &text),
                "municipality" => municipality(desk, &text),
                "kind" | "severity" => words.named(name, &text).into_owned(),
                _ => text,
            },
        )
    };
    let (Some(before), Some(after)) = (data.get("before"), data.get("after")) else { return Vec::new() };
    let names = ["topic", "kind", "severity", "municipality"].into_iter();
    let changed = names.filter(|name| before[*name] != after[*name]);
    changed
        .map(|name| {
            let label = if name == "kind" { words.say("incident-kind") } else { words.named("told", name) };
            (label, html! { (said(name, &before[name])) " → " strong { (said(name, &after[name])) } })
        })
        .collect()
}
