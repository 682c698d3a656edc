//! The middle and the right column: one complaint as it was published with what is around it, and what can be decided about it.

use maud::{Markup, html};

use super::choices;
use super::queue::Asked;
use crate::desk::cards::Card;
use crate::desk::{Desk, Error};
use crate::domain::Step;
use crate::domain::decision::Decision;
use crate::domain::map::Point;
use crate::http::api::incidents::thread::{self, EntryView, ThreadView};
use crate::http::api::incidents::views::IncidentView;
use crate::http::ui::pages::map::whereabouts;
use crate::http::ui::parts::{self, talk};
use crate::http::ui::visitor::Visitor;
use crate::http::ui::words::Words;
use crate::store::records::{EventRow, Incident};

/// How many words above a complaint are seen at once.
const NEAREST: usize = 2;

/// How many characters of what is said around a complaint are seen at once.
const AROUND: usize = 400;

/// Everything that a card is drawn from.
pub struct Drawn<'a> {
    pub visitor: &'a Visitor,
    pub desk: &'a Desk,
    pub asked: &'a Asked,
    pub card: &'a Card,
    /// The card's talk as they may see it: [`talk_of`].
    pub talk: &'a ThreadView,
    /// Who else has it before them.
    pub holder: Option<&'a str>,
    /// Whether the long lists of organisations and topics are drawn too: scripts have them from the page, and a card goes over the wire
    /// with each decision.
    pub has_lists: bool,
    /// What changed since it was seen, and what was to be decided then.
    pub stale: Option<(&'a [EventRow], &'a Decision)>,
}

/// The talk of a card as whoever looks may see it.
///
/// # Errors
/// [`Error::Store`].
pub fn talk_of(card: &Card, desk: &Desk) -> Result<ThreadView, Error> {
    thread::view(card.thread.clone(), card.incident.id, desk)
}

/// The two columns.
pub fn drawn(drawn: &Drawn<'_>) -> Markup {
    let incident = &drawn.card.incident;
    html! {
        div .card data-id=(incident.id) data-version=(incident.version) data-number=(incident.number) data-step=(incident.step) {
            (complaint(drawn))
            (choices::drawn(drawn))
        }
    }
}

fn complaint(drawn: &Drawn<'_>) -> Markup {
    let Drawn { visitor, desk, card, talk, .. } = drawn;
    let (words, incident) = (visitor.words, &card.incident);
    let view = IncidentView::of(incident, desk);
    let lead = talk.items.iter().position(|entry| entry.message == Some(incident.lead_message));
    let (above, below) = talk.items.split_at(lead.unwrap_or(0));
    let (lead, below) = below.split_at(usize::from(lead.is_some()));
    html! {
        article .complaint aria-labelledby="card-title" {
            header {
                h2 #card-title tabindex="-1" { (words.with("desk-card", [("number", incident.number.to_string().into())])) }
                (parts::due(words, desk, incident))
                a href=(parts::address(incident.id)) { (words.say("desk-whole")) }
            }
            @if let Some(holder) = drawn.holder {
                p .held role="note" { (words.with("desk-somebody-has-it", [("name", (*holder).into())])) }
            }
            @if let Some((events, decision)) = drawn.stale {
                (merge_view(drawn, events, decision))
            }
            (above_it(words, desk, above))
            (published(drawn, &view, lead.first()))
            (facts(drawn, &view))
            @if !below.is_empty() {
                section .talk { h3 { (words.say("desk-below")) } (said(words, desk, below)) }
            }
            (others(words, desk, "desk-by-author", &card.by_author))
            (others(words, desk, "desk-merged", &card.merged))
        }
    }
}

/// The complaint as it was published: where, by whom, when, with what.
fn published(drawn: &Drawn<'_>, view: &IncidentView, lead: Option<&EntryView>) -> Markup {
    let Drawn { visitor, desk, card, .. } = drawn;
    let (words, incident) = (visitor.words, &card.incident);
    html! {
        p .meta {
            (words.named("network", &incident.network)) " · " (incident.account)
            @if let Some(name) = lead.and_then(|lead| lead.author.as_deref()) { " · " (name) }
            " · " (parts::moment(words, desk, incident.published_at))
            @if let Some(url) = lead.and_then(|lead| lead.url.as_deref()) { " · " (talk::elsewhere(url, &words.say("talk-original"))) }
        }
        div .lead { (talk::text(words, &view.text)) }
        @if let Some(lead) = lead { (talk::attachments(words, &lead.attachments)) }
    }
}

/// What is known of it.
fn facts(drawn: &Drawn<'_>, view: &IncidentView) -> Markup {
    let Drawn { visitor, desk, card, .. } = drawn;
    let (words, incident) = (visitor.words, &card.incident);
    let topic = incident.topic.as_deref().map(|id| parts::topic(desk, id));
    let point = view.lat.zip(view.lon).map(|(lat, lon)| Point { lat, lon });
    html! {
        div .known {
            dl .facts {
                dt { (words.say("desk-topic")) }
                dd {
                    @if let Some(topic) = topic { (topic) " " span .quiet { "(" (words.named("topic-origin", incident.topic_origin.as_str())) ")" } }
                    @else { span .quiet { (words.say("desk-no-topic")) } }
                }
                dt { (words.say("desk-place")) }
                dd { (parts::place(desk, view)) " " span .quiet { "(" (words.named("place-origin", incident.place_origin.as_str())) ")" } }
                dt { (words.say("desk-kind")) }
                dd { (words.named("kind", incident.kind.as_str())) ", " (words.named("severity", &incident.severity.to_string())) }
                @if incident.step != Step::Distribution {
                    dt { (words.say("desk-step")) }
                    dd { (words.named("step", incident.step.as_str())) }
                }
            }
            @if let Some(point) = point { (whereabouts(words, desk, point)) }
        }
    }
}

/// What it stands under. The complaint itself stays in sight: of much that was said above, what is nearest is seen.
fn above_it(words: Words, desk: &Desk, above: &[EntryView]) -> Markup {
    let (far, near) = above.split_at(above.len().saturating_sub(NEAREST));
    html! {
        @if !above.is_empty() {
            section .talk {
                h3 { (words.say("desk-above")) }
                @if !far.is_empty() {
                    details {
                        summary { (words.with("desk-farther", [("count", far.len().into())])) }
                        (said(words, desk, far))
                    }
                }
                (said(words, desk, near))
            }
        }
    }
}

fn said(words: Words, desk: &Desk, entries: &[EntryView]) -> Markup {
    html! {
        ol {
            @for entry in entries {
                li {
                    (talk::head(words, desk, entry))
                    (talk::folded(words, &entry.text, AROUND))
                    (talk::attachments(words, &entry.attachments))
                }
            }
        }
    }
}

fn others(words: Words, desk: &Desk, title: &'static str, incidents: &[Incident]) -> Markup {
    html! {
        @if !incidents.is_empty() {
            section {
                h3 { (words.say(title)) }
                ul .others {
                    @for other in incidents {
                        li {
                            a href=(parts::address(other.id)) { "№" (other.number) } " "
                            (parts::beginning(&IncidentView::of(other, desk).text, 80)) " "
                            span .quiet { (words.named("step", other.step.as_str())) ", " (parts::moment(words, desk, other.received_at)) }
                        }
                    }
                }
            }
        }
    }
}

/// What changed since somebody saw it, and their decision, to be made again or left.
fn merge_view(drawn: &Drawn<'_>, events: &[EventRow], decision: &Decision) -> Markup {
    let Drawn { visitor, desk, asked, card, .. } = drawn;
    let words = visitor.words;
    html! {
        section .stale role="alert" {
            h3 { (words.say("desk-stale")) }
            ul {
                @for event in events {
                    li { (parts::moment(words, desk, event.at)) ": " (words.named("event", &event.kind)) }
                }
            }
            p { (words.say("desk-yours")) " " strong { (choices::said(words, desk, decision)) } }
            div .row-of {
                (choices::decision_form(visitor, asked, &card.incident, "decide", html! {
                    (choices::fields(decision))
                    button .small { (words.say("desk-apply-anyway")) }
                }))
                a href=(asked.address(&format!("&id={}", card.incident.id))) data-open=(card.incident.id) { (words.say("desk-leave")) }
            }
        }
    }
}
