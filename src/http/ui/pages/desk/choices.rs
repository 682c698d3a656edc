//! The right column: what can be decided about a complaint, and the deadline that it would set.

use maud::{Markup, html};

use super::card::Drawn;
use super::queue::Asked;
use crate::desk::Desk;
use crate::desk::cards::{Card, Outlook, Suggestion};
use crate::domain::decision::Decision;
use crate::domain::{CloseReason, Id, Kind, LikenessState, Step};
use crate::http::api::incidents::reasons::{ReasonView, relation};
use crate::http::api::incidents::views::IncidentView;
use crate::http::ui::visitor::Visitor;
use crate::http::ui::words::Words;
use crate::http::ui::{form, parts, shell};
use crate::store::records::Incident;

/// The column.
pub fn drawn(drawn: &Drawn<'_>) -> Markup {
    let Drawn { visitor, asked, card, .. } = drawn;
    let (words, incident) = (visitor.words, &card.incident);
    let form = |what: &str, inside: Markup| decision_form(visitor, asked, incident, what, inside);
    let is_to_decide = is_to_decide(card);
    html! {
        section .decision aria-label=(words.say("desk-decision")) {
            @if is_to_decide {
                h3 { (words.say("desk-suggested")) }
                ol .suggestions {
                    @for (n, one) in card.suggestions.iter().enumerate() {
                        li { (suggestion(drawn, n + 1, one)) }
                    }
                }
                (by_hand(drawn))
            } @else {
                p { (words.with("desk-elsewhere", [("step", words.named("step", incident.step.as_str()).into_owned().into())])) }
            }
            (alike(drawn))
            @if is_to_decide {
                (dismissal(drawn))
            }
            (reply(drawn))
            (form("later", html! { button .second .small data-key="KeyL" { (words.say("desk-later")) " " kbd { "L" } } }))
        }
    }
}

fn suggestion(drawn: &Drawn<'_>, n: usize, one: &Suggestion) -> Markup {
    let Drawn { visitor, desk, asked, card, .. } = drawn;
    let words = visitor.words;
    let topic = one.topic.as_ref();
    let decision = Decision::Assign {
        topic: topic.filter(|_| !one.is_present).map(|topic| topic.topic.clone()),
        organisation: None,
    };
    decision_form(
        visitor,
        asked,
        &card.incident,
        "decide",
        html! {
            (fields(&decision))
            button .suggestion data-key=(format!("Digit{n}")) {
                kbd { (n) }
                span .to { (parts::organisation(desk, &one.organisation)) }
                @if let Some(executor) = &one.executor { span .quiet { "→ " (parts::organisation(desk, executor)) } }
                @if let Some(topic) = topic {
                    span .about { (topic.title) @if let Some(p) = topic.probability { " " span .quiet { (format!("{:.0} %", 100.0 * p)) } } }
                }
                span .why { (reason(words, one)) }
                @if let Some(outlook) = &one.outlook { span .outlook { (promised(words, desk, outlook)) } }
            }
        },
    )
}

/// Why this organisation: the rule, and the words that speak for the topic.
fn reason(words: Words, one: &Suggestion) -> String {
    let rule = one.why.first().map(|hop| {
        let matched = format!("{}-{}", hop.matched.municipality, hop.matched.topic);
        words.with(
            "desk-rule",
            [("rule", hop.rule.clone().into()), ("matched", words.named("desk-matched", &matched).into_owned().into())],
        )
    });
    let spoke = one.topic.as_ref().map(|topic| topic.words.join(", ")).filter(|said| !said.is_empty());
    let spoke = spoke.map(|said| words.with("desk-by-words", [("words", said.into())]));
    [rule, spoke].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// The deadline that a decision would set, in words.
pub fn promised(words: Words, desk: &Desk, outlook: &Outlook) -> String {
    let working = parts::span(words, outlook.working);
    let due = parts::said(words, desk, outlook.due_at);
    words.with(
        "desk-outlook",
        [("due", due.into()), ("working", working.into()), ("calendar", outlook.calendar.clone().into())],
    )
}

/// What is chosen from lists: another organisation, another topic, another kind or urgency.
fn by_hand(drawn: &Drawn<'_>) -> Markup {
    let Drawn { visitor, desk, asked, card, .. } = drawn;
    let (words, incident) = (visitor.words, &card.incident);
    let action = |name: &str| html! { input type="hidden" name="action" value=(name); };
    let form = |inside: Markup| decision_form(visitor, asked, incident, "decide", inside);
    let choose = |name: &'static str, chosen: Option<&str>| {
        html! {
            select name=(name) required data-list=(name) data-chosen=[chosen] {
                option value="" { "—" }
                @if drawn.has_lists { (list(desk, name, chosen)) }
            }
        }
    };
    html! {
        details .by-hand data-key="KeyD" {
            summary { (words.say("desk-other-organisation")) " " kbd { "D" } }
            (form(html! {
                (action("assign"))
                label {
                    span { (words.say("desk-organisation")) }
                    (choose("organisation", None))
                }
                p .quiet .outlook-of data-outlook="" { }
                button .small { (words.say("desk-assign")) }
            }))
        }
        details .by-hand data-key="KeyC" {
            summary { (words.say("desk-other-topic")) " " kbd { "C" } }
            (form(html! {
                (action("correct"))
                label {
                    span { (words.say("desk-topic")) }
                    (choose("topic", incident.topic.as_deref()))
                }
                button .small { (words.say("desk-correct")) }
            }))
        }
        details .by-hand data-key="KeyP" {
            summary { (words.say("desk-urgency")) " " kbd { "P" } }
            (form(html! {
                (action("correct"))
                div .row-of role="group" aria-label=(words.say("desk-urgency")) {
                    @for severity in 1..=5 {
                        button .second .small name="severity" value=(severity) aria-pressed=(incident.severity == severity) data-key=(format!("Digit{severity}")) {
                            (words.named("severity", &severity.to_string()))
                        }
                    }
                }
            }))
            (form(html! {
                (action("correct"))
                div .row-of role="group" aria-label=(words.say("desk-kind")) {
                    @for kind in Kind::ALL {
                        button .second .small name="kind" value=(kind) aria-pressed=(incident.kind == *kind) { (words.named("kind", kind.as_str())) }
                    }
                }
            }))
        }
    }
}

/// The choices of a list: every organisation, or every topic.
fn list(desk: &Desk, name: &str, chosen: Option<&str>) -> Markup {
    let doc = desk.policy.doc();
    if name == "organisation" {
        parts::options(doc.organisations.iter().map(|one| (one.id.as_str(), one.title.clone())), chosen)
    } else {
        parts::options(doc.topics.iter().map(|one| (one.id.as_str(), one.title.clone())), chosen)
    }
}

/// The lists for scripts, where no card that has them is shown.
pub fn lists(desk: &Desk) -> Markup {
    html! {
        template data-lists="" {
            @for name in ["organisation", "topic"] {
                select data-list=(name) { option value="" {} (list(desk, name, None)) }
            }
        }
    }
}

/// Whether a card is one that a moderator decides about.
pub fn is_to_decide(card: &Card) -> bool {
    matches!(card.incident.step, Step::Distribution | Step::Control)
}

fn dismissal(drawn: &Drawn<'_>) -> Markup {
    let Drawn { visitor, asked, card, .. } = drawn;
    let words = visitor.words;
    html! {
        details .by-hand data-key="KeyS" {
            summary { (words.say("desk-not-a-complaint")) " " kbd { "S" } }
            (decision_form(visitor, asked, &card.incident, "decide", html! {
                input type="hidden" name="action" value="dismiss";
                ol .keyed {
                    @for (n, reason) in CloseReason::NOT_A_COMPLAINT.iter().enumerate() {
                        li { button .second .small name="reason" value=(reason) data-key=(format!("Digit{}", n + 1)) { kbd { (n + 1) } " " (words.named("close-reason", reason.as_str())) } }
                    }
                }
            }))
        }
    }
}

/// What is probably about the same, with what speaks for it: merged into with one key.
fn alike(drawn: &Drawn<'_>) -> Markup {
    let Drawn { visitor, desk, asked, card, .. } = drawn;
    let (words, incident) = (visitor.words, &card.incident);
    let open = card
        .alike
        .iter()
        .filter(|(row, other)| other.is_open() && row.state == LikenessState::Proposed && incident.is_open());
    let open: Vec<_> = open.collect();
    html! {
        @if !open.is_empty() {
            details .by-hand data-key="KeyM" open {
                summary { (words.with("desk-alike", [("count", open.len().into())])) " " kbd { "M" } }
                ol .keyed {
                    @for (n, (row, other)) in open.iter().enumerate() {
                        li {
                            (decision_form(visitor, asked, incident, "decide", html! {
                                (fields(&Decision::Merge { into: other.id }))
                                p {
                                    a href=(parts::address(other.id)) { "№" (other.number) } " "
                                    (parts::beginning(&IncidentView::of(other, desk).text, 70))
                                }
                                p .quiet {
                                    (format!("{:.0} %", 100.0 * row.score)) " · " (relation(&row.relation, words.language())) " · "
                                    (parts::span(words, incident.received_at.seconds_since(other.received_at).abs())) " · "
                                    @let told = row.reasons.0.as_array().into_iter().flatten().filter_map(|one| ReasonView::of(one, words.language(), true));
                                    (told.filter(|one| one.speaks_for).take(2).map(|one| one.text).collect::<Vec<_>>().join(", "))
                                }
                                button .second .small data-key=(format!("Digit{}", n + 1)) { kbd { (n + 1) } " " (words.say("desk-merge")) }
                            }))
                        }
                    }
                }
            }
        }
    }
}

/// What a moderator said in the network itself, by a template.
fn reply(drawn: &Drawn<'_>) -> Markup {
    let Drawn { visitor, desk, asked, card, .. } = drawn;
    let (words, incident) = (visitor.words, &card.incident);
    let fits = |topic: &Option<String>, group: &Option<String>| {
        (topic.is_none() || *topic == incident.topic) && (group.is_none() || *group == incident.topic_group)
    };
    let templates = desk.policy.doc().templates.iter().filter(|one| fits(&one.topic, &one.group));
    let templates: Vec<_> = templates.collect();
    let chosen = templates.iter().find(|one| one.id == asked.template);
    html! {
        details .by-hand data-key="KeyR" open[chosen.is_some()] {
            summary { (words.say("desk-reply")) " " kbd { "R" } }
            p .quiet { (words.say("desk-reply-how")) }
            @if !templates.is_empty() {
                ul .templates {
                    @for one in &templates {
                        li { a href=(asked.address(&format!("&id={}&template={}", incident.id, one.id))) data-template=(one.text) { (one.title) } }
                    }
                }
            }
            (decision_form(visitor, asked, incident, "reply", html! {
                label { span { (words.say("desk-reply-text")) } textarea name="text" rows="5" required minlength="2" maxlength="9000" { @if let Some(one) = chosen { (one.text) } } }
                label { span { (words.say("desk-reply-link")) } input name="permalink" type="url" maxlength="1000"; }
                button .small { (words.say("desk-reply-note")) }
            }))
        }
    }
}

/// A decision in words.
pub fn said(words: Words, desk: &Desk, decision: &Decision) -> String {
    match decision {
        Decision::Assign { topic, organisation } => {
            let organisation = organisation.as_deref().map(|id| parts::organisation(desk, id));
            let topic = topic.as_deref().map(|id| parts::topic(desk, id));
            let to = organisation.or(topic).unwrap_or_else(|| words.say("desk-by-rules").into_owned());
            format!("{}: {to}", words.named("action", "assign"))
        }
        Decision::Correct { topic, kind, severity } => {
            let topic = topic.as_deref().map(|id| parts::topic(desk, id));
            let kind = kind.map(|kind| words.named("kind", kind.as_str()).into_owned());
            let severity = severity.map(|severity| words.named("severity", &severity.to_string()).into_owned());
            let what: Vec<String> = [topic, kind, severity].into_iter().flatten().collect();
            format!("{}: {}", words.named("action", "correct"), what.join(", "))
        }
        Decision::Dismiss { reason } => {
            format!("{}: {}", words.named("action", "dismiss"), words.named("close-reason", reason.as_str()))
        }
        Decision::Merge { .. } => words.named("action", "merge").into_owned(),
    }
}

/// The hidden fields of a decision.
pub fn fields(decision: &Decision) -> Markup {
    let fields = serde_json::to_value(decision).unwrap_or_default();
    html! {
        @for (name, value) in fields.as_object().into_iter().flatten() {
            @let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            input type="hidden" name=(name) value=(value);
        }
    }
}

/// A form about the card: it carries the version that is seen, and where to go on.
pub fn decision_form(visitor: &Visitor, asked: &Asked, incident: &Incident, what: &str, inside: Markup) -> Markup {
    html! {
        form method="post" action=(format!("/desk/cards/{}/{what}?{}", incident.id, asked.query())) data-decision=(what) {
            (shell::proof(visitor))
            input type="hidden" name="seen" value=(incident.version);
            (inside)
        }
    }
}

/// What was decided just now, as long as it can be taken back.
pub fn undo(visitor: &Visitor, asked: &Asked, decision: Id) -> Markup {
    html! {
        form .undo method="post" action=(format!("/desk/decisions/{decision}/undo?{}", asked.query())) data-undo=(decision) {
            input type="hidden" name=(form::FIELD) value=(visitor.proof.as_str());
            button .second .small data-key="KeyZ" { (visitor.words.say("desk-undo")) " " kbd { "Z" } }
        }
    }
}
