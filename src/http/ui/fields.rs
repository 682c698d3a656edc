//! Fields of forms, each with its label, and the way to the next page of a list.

use std::borrow::Cow;

use actix_web::HttpRequest;
use maud::{Markup, html};

use super::words::Words;

/// A line of text.
pub struct Field<'f> {
    label: Cow<'f, str>,
    name: &'f str,
    value: &'f str,
    kind: &'static str,
    is_needed: bool,
    most: u32,
    hint: Option<Cow<'f, str>>,
}

impl<'f> Field<'f> {
    /// A line that may be left empty.
    pub fn new(label: impl Into<Cow<'f, str>>, name: &'f str, value: &'f str) -> Field<'f> {
        Field { label: label.into(), name, value, kind: "text", is_needed: false, most: 200, hint: None }
    }

    /// Of another type: `date`, `number`, `password`, `email`, `url`.
    #[must_use]
    pub fn kind(self, kind: &'static str) -> Self {
        Field { kind, ..self }
    }

    /// Must be filled in.
    #[must_use]
    pub fn needed(self) -> Self {
        Field { is_needed: true, ..self }
    }

    /// Takes at most so many characters.
    #[must_use]
    pub fn most(self, most: u32) -> Self {
        Field { most, ..self }
    }

    /// Says below it what is meant.
    #[must_use]
    pub fn hint(self, hint: impl Into<Cow<'f, str>>) -> Self {
        Field { hint: Some(hint.into()), ..self }
    }

    /// The field with its label.
    pub fn draw(self) -> Markup {
        // Passwords of others and keys are not for the browser to remember.
        let completion = match (self.kind, self.name) {
            ("password", "current") => Some("current-password"),
            ("password", _) => Some("new-password"),
            _ => Some("off"),
        };
        let length = (!matches!(self.kind, "date" | "number")).then_some(self.most);
        html! {
            label {
                span { (self.label) }
                input type=(self.kind) name=(self.name) value=(self.value) required[self.is_needed] maxlength=[length] autocomplete=[completion];
                @if let Some(hint) = self.hint { small .quiet { (hint) } }
            }
        }
    }
}

/// A text of several lines.
pub fn area(label: &str, name: &str, value: &str, rows: u32) -> Markup {
    html! {
        label {
            span { (label) }
            // A browser swallows the first line break.
            textarea name=(name) rows=(rows) spellcheck="false" { "\n" (value) }
        }
    }
}

/// A choice among several: values and what they are called.
pub fn choice<'v>(
    label: &str,
    name: &str,
    choices: impl IntoIterator<Item = (&'v str, Cow<'v, str>)>,
    chosen: &str,
) -> Markup {
    html! {
        label {
            span { (label) }
            select name=(name) {
                @for (value, said) in choices {
                    option value=(value) selected[value == chosen] { (said) }
                }
            }
        }
    }
}

/// A box to tick.
pub fn tick(label: &str, name: &str, value: &str, is_ticked: bool) -> Markup {
    html! {
        label .tick {
            input type="checkbox" name=(name) value=(value) checked[is_ticked];
            span { (label) }
        }
    }
}

/// What a form sends along without showing it.
pub fn hidden(name: &str, value: &str) -> Markup {
    html! { input type="hidden" name=(name) value=(value); }
}

/// The way to the next page of a list, if there is one, and back to its beginning.
pub fn pager(words: Words, request: &HttpRequest, next: Option<&str>) -> Markup {
    let mut pairs = url::form_urlencoded::Serializer::new(String::new());
    let mut begun = false;
    for (name, value) in url::form_urlencoded::parse(request.query_string().as_bytes()) {
        match &*name {
            "cursor" => begun = true,
            super::visitor::SAID => {}
            _ => {
                pairs.append_pair(&name, &value);
            }
        }
    }
    let filter = pairs.finish();
    let first = format!("{}?{filter}", request.path());
    let onward = next.map(|cursor| {
        let between = if filter.is_empty() { "" } else { "&" };
        format!("{first}{between}cursor={cursor}")
    });
    html! {
        @if begun || onward.is_some() {
            nav .pager aria-label=(words.say("fields-pages")) {
                @if begun { a href=(first) { (words.say("fields-first")) } }
                @if let Some(onward) = onward { a href=(onward) rel="next" { (words.say("fields-next")) } }
            }
        }
    }
}
