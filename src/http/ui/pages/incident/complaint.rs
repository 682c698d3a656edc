//! What the resident said, and the talk around it.

use std::collections::{HashMap, HashSet};

use maud::{Markup, html};

use super::whole::Whole;
use crate::domain::Permission;
use crate::domain::text::PersonalKind;
use crate::domain::thread::{DEEPEST as DEEPEST_CHAIN, Who};
use crate::http::api::incidents::thread::EntryView;
use crate::http::api::incidents::views::MessageView;
use crate::http::ui::parts::{self, talk};
use crate::http::ui::shell;
use crate::http::ui::visitor::Visitor;
use crate::http::ui::words::Words;

/// How far replies to replies are moved in.
const DEEPEST: usize = 3;

/// The complaint as it was published.
pub fn told(visitor: &Visitor, whole: &Whole) -> Markup {
    let (words, view) = (visitor.words, &whole.view);
    let lead = whole.messages.iter().find(|message| message.id == whole.incident.lead_message);
    let author = lead.and_then(|message| message.author_name.as_deref());
    html! {
        section .told aria-labelledby="told" {
            h2 #told { (words.say("incident-told")) }
            p .quiet.row-of {
                span { (words.named("network", &view.network)) }
                span { (author.map_or_else(|| words.say("incident-author-hidden").into_owned(), str::to_owned)) }
                span { (parts::moment(words, &whole.desk, view.published_at)) }
                @if let Some(address) = lead.and_then(|message| message.url.as_deref()) {
                    (talk::elsewhere(address, &words.say("talk-original")))
                }
            }
            (talk::text(words, &view.text))
            @if !view.personal.is_empty() { (personal(visitor, whole, &view.personal)) }
        }
    }
}

/// Which personal data is masked, and how it is opened on record.
fn personal(visitor: &Visitor, whole: &Whole, kinds: &[PersonalKind]) -> Markup {
    let words = visitor.words;
    let named: Vec<_> = kinds.iter().map(|kind| words.named("personal", kind.as_str())).collect();
    let may = whole.desk.actor.may(Permission::ReadPersonalData) && !whole.opened;
    html! {
        p .quiet {
            @if whole.opened { (words.say("incident-opened")) }
            @else { (words.with("incident-masked", [("kinds", named.join(", ").into())])) }
        }
        @if may {
            details .move {
                summary { (words.say("incident-open")) }
                form method="post" action={ (parts::address(whole.incident.id)) "/disclosures" } data-plain {
                    (shell::proof(visitor))
                    label {
                        span { (words.say("incident-open-reason")) }
                        input name="reason" required minlength="1" maxlength="500" autocomplete="off";
                    }
                    p .quiet { (words.say("incident-open-note")) }
                    button { (words.say("incident-open-button")) }
                }
            }
        }
    }
}

/// The talk as residents see it, with what its words said before: what belongs to the incident is seen, the rest is folded.
pub fn thread(words: Words, whole: &Whole) -> Markup {
    let items = &whole.thread.items;
    let (depths, near) = (depths(items), near(items));
    let far = near.iter().filter(|near| !**near).count();
    let listed = |wanted: bool| {
        let all = items.iter().zip(&depths).zip(&near);
        let some = all.filter(move |(_, near)| **near == wanted);
        html! { ol { @for ((entry, depth), _) in some { (said(words, whole, entry, *depth)) } } }
    };
    html! {
        section .thread aria-labelledby="thread" {
            h2 #thread { (words.say("incident-thread")) }
            @if items.is_empty() { p .quiet { (words.say("incident-thread-empty")) } }
            (listed(true))
            @if far > 0 {
                details {
                    summary { (words.with("incident-thread-rest", [("count", far.into())])) }
                    (listed(false))
                }
            }
            @if whole.thread.more { p .quiet { (words.say("incident-thread-more")) } }
        }
    }
}

/// Which words belong to the incident: its own, those that they reply to, and those that reply to them.
fn near(entries: &[EntryView]) -> Vec<bool> {
    let parents: HashMap<&str, Option<&str>> =
        entries.iter().map(|entry| (entry.id.as_str(), entry.parent.as_deref())).collect();
    let above = |id: &str| {
        let next = |id: &&str| parents.get(*id).copied().flatten();
        std::iter::successors(parents.get(id).copied().flatten(), next)
            .take(DEEPEST_CHAIN)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let own: HashSet<&str> = entries.iter().filter(|entry| entry.of_incident).map(|entry| entry.id.as_str()).collect();
    let over: HashSet<String> = own.iter().flat_map(|id| above(id)).collect();
    let is_near = |entry: &EntryView| {
        let id = entry.id.as_str();
        own.contains(id) || over.contains(id) || above(id).iter().any(|parent| own.contains(parent.as_str()))
    };
    entries.iter().map(is_near).collect()
}

/// How deep each word stands below the post.
fn depths(entries: &[EntryView]) -> Vec<usize> {
    let mut known: HashMap<&str, usize> = HashMap::new();
    entries
        .iter()
        .map(|entry| {
            let above = entry.parent.as_deref().and_then(|parent| known.get(parent));
            let depth = above.map_or(usize::from(entry.parent.is_some()), |above| above + 1).min(DEEPEST);
            known.insert(&entry.id, depth);
            depth
        })
        .collect()
}

fn said(words: Words, whole: &Whole, entry: &EntryView, depth: usize) -> Markup {
    let message = entry.message.and_then(|id| whole.messages.iter().find(|message| message.id == id));
    // Opened on record, the incident's own words are shown in full.
    let full = message.filter(|_| whole.opened).map_or(&entry.text, |message| &message.text);
    html! {
        li class={ "depth-" (depth) @if entry.of_incident { " own" } @if entry.who == Who::Page { " page" } } {
            (talk::head(words, &whole.desk, entry))
            (talk::text(words, full))
            (talk::attachments(words, &entry.attachments))
            @if let Some(message) = message { (earlier(words, whole, message)) }
        }
    }
}

/// What a message said before.
fn earlier(words: Words, whole: &Whole, message: &MessageView) -> Markup {
    html! {
        @if !message.earlier.is_empty() {
            details {
                summary { (words.with("incident-earlier", [("count", message.earlier.len().into())])) }
                @for version in &message.earlier {
                    p .quiet { (parts::moment(words, &whole.desk, version.at)) }
                    (talk::text(words, &version.text))
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::At;

    fn entry(id: &str, parent: Option<&str>) -> EntryView {
        EntryView {
            id: id.to_owned(),
            parent: parent.map(str::to_owned),
            who: Who::Resident,
            author: None,
            of_incident: false,
            message: None,
            text: String::new(),
            attachments: Vec::new(),
            url: None,
            published_at: At::EVER,
            edited: false,
            deleted: false,
        }
    }

    #[test]
    fn replies_are_moved_in_but_not_without_end() {
        let talk = [
            entry("post", None),
            entry("a", Some("post")),
            entry("b", Some("a")),
            entry("c", Some("b")),
            entry("d", Some("c")),
            entry("e", Some("elsewhere")),
        ];
        assert_eq!(depths(&talk), [0, 1, 2, 3, 3, 1]);
    }

    #[test]
    fn what_belongs_to_the_incident_is_told_from_the_rest() {
        let own = EntryView { of_incident: true, ..entry("own", Some("above")) };
        let talk = [
            entry("post", None),
            entry("beside", Some("post")),
            entry("above", Some("post")),
            own,
            entry("below", Some("own")),
            entry("beside below", Some("beside")),
        ];
        assert_eq!(near(&talk), [true, false, true, true, true, false]);
        // What goes round in circles ends.
        assert_eq!(near(&[entry("a", Some("b")), entry("b", Some("a"))]), [false, false]);
    }
}
