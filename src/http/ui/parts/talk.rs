//! What people said in a network: texts, files, and links to where it stands.

use maud::{Markup, html};

use super::moment;
use crate::desk::Desk;
use crate::domain::thread::Who;
use crate::http::api::ROOT;
use crate::http::api::incidents::thread::{EntryView, SaidAttachment};
use crate::http::ui::words::Words;

/// From how many characters on a text is folded.
const LONG: usize = 1500;

/// A text as it was written; of a long one the beginning, and the rest folded.
pub fn text(words: Words, text: &str) -> Markup {
    folded(words, text, LONG)
}

/// A text of which so many characters are seen at once.
pub fn folded(words: Words, text: &str, most: usize) -> Markup {
    let Some((near, _)) = text.char_indices().nth(most) else { return html! { div .text { (text) } } };
    let (beginning, rest) = text.split_at(text[..near].rfind(char::is_whitespace).unwrap_or(near));
    html! {
        div .text { (beginning) }
        details .rest {
            summary { (words.with("talk-rest", [("count", rest.split_whitespace().count().into())])) }
            div .text { (rest.trim_start()) }
        }
    }
}

/// Who said it and when, and what became of it.
pub fn head(words: Words, desk: &Desk, entry: &EntryView) -> Markup {
    let who = match (&entry.author, entry.who) {
        (Some(name), _) => name.as_str().into(),
        (None, Who::Author) => words.say("talk-author"),
        (None, Who::Resident) => words.say("talk-resident"),
        (None, Who::Page) => words.say("talk-page"),
    };
    html! {
        p .quiet.row-of {
            strong { (who) }
            span { (moment(words, desk, entry.published_at)) }
            @if entry.edited { span { (words.say("talk-edited")) } }
            @if entry.deleted { span .gone { (words.say("talk-deleted")) } }
            @if let Some(address) = &entry.url { (elsewhere(address, &words.say("talk-original"))) }
        }
    }
}

/// A link to another site, if the address is one that a browser follows to a page: what residents and networks send may be anything.
pub fn elsewhere(address: &str, said: &str) -> Markup {
    let lower = address.get(..8).unwrap_or(address).to_ascii_lowercase();
    let followed = lower.starts_with("https://") || lower.starts_with("http://");
    html! {
        @if followed { a href=(address) rel="noopener noreferrer" target="_blank" { (said) } }
        @else { span { (said) } }
    }
}

/// What came with a word.
pub fn attachments(words: Words, attachments: &[SaidAttachment]) -> Markup {
    html! {
        @if !attachments.is_empty() {
            ul .files {
                @for one in attachments { li { (attachment(words, one)) } }
            }
        }
    }
}

/// A file: a picture that is kept here is shown small, anything else is a link.
fn attachment(words: Words, one: &SaidAttachment) -> Markup {
    let kind = words.named("attachment", &one.kind);
    let name = one.name.as_deref().unwrap_or(&kind);
    // The same address without the API's root is a page's: a browser has a cookie, and no token.
    let kept = one.content.as_deref().and_then(|content| content.strip_prefix(ROOT));
    let picture = matches!(one.kind.as_str(), "photo" | "image" | "graffiti");
    html! {
        @match (kept, &one.url) {
            (Some(kept), _) if picture => a href=(kept) { img src=(kept) alt=(name) loading="lazy" width="160" height="120"; },
            (Some(kept), _) => a href=(kept) { (name) },
            (None, Some(address)) => (elsewhere(address, name)),
            (None, None) => span .quiet { (name) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Language;

    #[test]
    fn only_pages_are_linked() {
        let link = |address| elsewhere(address, "x").into_string();
        assert!(link("https://vk.example/wall-1_1").starts_with("<a href=\"https://vk.example/wall-1_1\""));
        for bad in
            ["javascript:alert(1)", "JAVASCRIPT:alert(1)", " https://x", "data:text/html,x", "//x", "", "https:/я"]
        {
            assert_eq!(link(bad), "<span>x</span>", "{bad}");
        }
    }

    #[test]
    fn a_long_text_is_folded_between_words() {
        let long = "слово ".repeat(2000);
        let drawn = text(Words::of(Language::Russian), &long).into_string();
        assert!(drawn.contains("<details"));
        assert_eq!(drawn.matches("слово").count(), 2000);
        assert!(!text(Words::of(Language::Russian), "<b>коротко</b>").into_string().contains("<b>"));
    }
}
