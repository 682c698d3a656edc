//! What pages say, in Russian and in English: messages of Project Fluent, which knows the plural forms of both.

use std::borrow::Cow;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use super::parts;
use crate::domain::Language;

/// The messages of every page, by language. A page names its own here, and nowhere else.
const RUSSIAN: &[&str] = &[
    include_str!("vocabulary.ru.ftl"),
    include_str!("parts.ru.ftl"),
    include_str!("shell.ru.ftl"),
    include_str!("pages/incident/ru.ftl"),
    include_str!("pages/map/ru.ftl"),
    include_str!("pages/search/ru.ftl"),
    include_str!("pages/sign_in/ru.ftl"),
    include_str!("pages/desk/ru.ftl"),
    include_str!("pages/work/ru.ftl"),
    include_str!("fields.ru.ftl"),
    include_str!("pages/statistics/ru.ftl"),
    include_str!("pages/administration/ru.ftl"),
    include_str!("pages/official_pages/ru.ftl"),
    include_str!("pages/account/ru.ftl"),
    include_str!("rules.ru.ftl"),
];
const ENGLISH: &[&str] = &[
    include_str!("vocabulary.en.ftl"),
    include_str!("parts.en.ftl"),
    include_str!("shell.en.ftl"),
    include_str!("pages/incident/en.ftl"),
    include_str!("pages/map/en.ftl"),
    include_str!("pages/search/en.ftl"),
    include_str!("pages/sign_in/en.ftl"),
    include_str!("pages/desk/en.ftl"),
    include_str!("pages/work/en.ftl"),
    include_str!("fields.en.ftl"),
    include_str!("pages/statistics/en.ftl"),
    include_str!("pages/administration/en.ftl"),
    include_str!("pages/official_pages/en.ftl"),
    include_str!("pages/account/en.ftl"),
    super::rules::ENGLISH,
];

type Bundle = FluentBundle<FluentResource>;

static BUNDLES: LazyLock<[Bundle; 2]> =
    LazyLock::new(|| [bundle(Language::Russian, RUSSIAN), bundle(Language::English, ENGLISH)]);

fn bundle(language: Language, texts: &[&str]) -> Bundle {
    let language: LanguageIdentifier = language.as_str().parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![language]);
    // Marks around what is filled in would be copied along with it, and both languages run from left to right.
    bundle.set_use_isolating(false);
    bundle.set_formatter(Some(|value, _| whole(value)));
    for text in texts {
        // A test holds every message to be readable and there in both languages, so what is at fault here is left out.
        let resource = FluentResource::try_new((*text).to_owned()).unwrap_or_else(|(readable, _)| readable);
        bundle.add_resource_overriding(resource);
    }
    bundle
}

/// A whole number of five digits or more with its thousands apart; everything else, years among it, as it is written anyway.
fn whole(value: &FluentValue<'_>) -> Option<String> {
    let FluentValue::Number(number) = value else { return None };
    (number.value.fract() == 0.0 && number.value.abs() >= 10_000.0).then(|| {
        #[allow(clippy::cast_possible_truncation, reason = "counts are far smaller")]
        parts::number(number.value as i64)
    })
}

/// The words of one language.
#[derive(Clone, Copy)]
pub struct Words(Language);

impl Words {
    /// Those of a language.
    pub fn of(language: Language) -> Words {
        Words(language)
    }

    /// The language.
    pub fn language(self) -> Language {
        self.0
    }

    /// What a message says; its name, should there be none.
    pub fn say(self, message: &'static str) -> Cow<'static, str> {
        self.filled(message, None)
    }

    /// What a message says with something filled in: a number, by which it takes its plural form, or a text.
    pub fn with<'v>(
        self,
        message: &'static str,
        filled: impl IntoIterator<Item = (&'static str, FluentValue<'v>)>,
    ) -> String {
        let mut args = FluentArgs::new();
        filled.into_iter().for_each(|(name, value)| args.set(name, value));
        self.filled(message, Some(&args)).into_owned()
    }

    /// How a value of a vocabulary is called: the message `list-value`; the value itself, should there be none.
    pub fn named(self, list: &str, value: &str) -> Cow<'static, str> {
        self.found(&format!("{list}-{value}"), None).unwrap_or_else(|| value.to_owned().into())
    }

    /// What a message says whose name came from outside, if there is one.
    pub fn known(self, message: &str) -> Option<Cow<'static, str>> {
        self.found(message, None)
    }

    fn filled(self, message: &'static str, args: Option<&FluentArgs<'_>>) -> Cow<'static, str> {
        self.found(message, args).unwrap_or(message.into())
    }

    /// What a message says with something filled in, if there is one.
    pub(super) fn found(self, message: &str, args: Option<&FluentArgs<'_>>) -> Option<Cow<'static, str>> {
        let [russian, english] = &*BUNDLES;
        let bundle = match self.0 {
            Language::Russian => russian,
            Language::English => english,
        };
        let pattern = bundle.get_message(message)?.value()?;
        Some(bundle.format_pattern(pattern, args, &mut Vec::new()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use fluent_bundle::FluentError;

    use super::*;

    /// The names of the messages in these texts, all of which must be readable.
    fn names(texts: &[&str]) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        for text in texts {
            FluentResource::try_new((*text).to_owned()).unwrap_or_else(|(_, faults)| panic!("{faults:?} in:\n{text}"));
            let heads = text.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()));
            for head in heads {
                let name = head.split_once('=').unwrap_or_else(|| panic!("{head}")).0.trim();
                assert!(names.insert(name.to_owned()), "{name} is there twice");
            }
        }
        names
    }

    #[test]
    fn both_languages_say_the_same_things() {
        assert_eq!(names(RUSSIAN), names(ENGLISH));
        for bundle in &*BUNDLES {
            for name in names(RUSSIAN) {
                let pattern = bundle.get_message(&name).and_then(|message| message.value()).expect("a message");
                let mut faults = Vec::new();
                bundle.format_pattern(pattern, None, &mut faults);
                // Without values what is to be filled in cannot be; anything else is a fault.
                let unknown = |fault: &FluentError| !format!("{fault:?}").contains("Reference(Variable");
                assert!(!faults.iter().any(unknown), "{name}: {faults:?}");
            }
        }
    }

    #[test]
    fn russian_has_three_plural_forms() {
        let say = |n: i64| Words::of(Language::Russian).with("new-items", [("count", n.into())]);
        assert_eq!([1, 3, 12, 21].map(say), ["1 новое", "3 новых", "12 новых", "21 новое"]);
        assert_eq!(say(100_001), "100\u{a0}001 новое");
    }
}
