//! What is known of the networks before any of them is asked.

use serde::Serialize;
use utoipa::ToSchema;

use crate::channels::networks::{self, Network};
use crate::desk::pages::Networks;
use crate::domain::page::TextLimit;
use crate::domain::{Form, Invalid, Keys, Listening, Refusal};

/// One of a network's keys.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct KeyAbout {
    #[schema(example = "token")]
    pub name: &'static str,
    /// Whether a page cannot be connected without it.
    pub needed: bool,
    /// What it is and where it is found.
    pub about: &'static str,
}

/// How long one text may be.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LimitAbout {
    #[schema(example = 4096)]
    pub most: usize,
    /// What is counted: `characters`, or `utf16`: units of UTF-16, of which most emoji have two.
    #[schema(example = "characters")]
    pub counted: &'static str,
}

/// The pace that a network bears.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PaceAbout {
    /// Milliseconds between two requests under one token.
    pub token_ms: i64,
    /// Milliseconds between two postings in one chat or thread.
    pub chat_ms: i64,
}

/// What a network is like.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Network)]
pub struct About {
    /// Its short name.
    #[schema(example = "vk")]
    pub name: &'static str,
    /// What a page is connected with.
    pub keys: Vec<KeyAbout>,
    /// How events can come in; the first is the usual way.
    pub listening: Vec<Listening>,
    /// How long a comment may be.
    pub comment_limit: LimitAbout,
    /// How long a private message may be.
    pub private_limit: LimitAbout,
    pub pace: PaceAbout,
    /// How often an answer stands there if the network's reply to it is lost and it is sent again: `exactly once` or `at least once`.
    #[schema(example = "exactly once")]
    pub delivery: &'static str,
    /// Whether a page may answer under the posts of another page.
    pub answers_elsewhere: bool,
}

/// Every network there is.
pub fn about() -> Vec<About> {
    let limit = |limit: TextLimit| LimitAbout {
        most: limit.most(),
        counted: if matches!(limit, TextLimit::Utf16(_)) { "utf16" } else { "characters" },
    };
    let about = |network: &&dyn Network| {
        let traits = network.traits();
        let key = |key: &networks::KeySpec| KeyAbout { name: key.name, needed: key.needed, about: key.about };
        About {
            name: network.name(),
            keys: traits.keys.iter().map(key).collect(),
            listening: traits.listening.to_vec(),
            comment_limit: limit(traits.limit(Form::Comment)),
            private_limit: limit(traits.limit(Form::Private)),
            pace: PaceAbout { token_ms: traits.pace.token, chat_ms: traits.pace.chat },
            delivery: if traits.idempotent { "exactly once" } else { "at least once" },
            answers_elsewhere: traits.answers_elsewhere,
        }
    };
    networks::ALL.iter().map(about).collect()
}

/// The networks, as pages know them.
#[derive(Debug, Clone, Copy)]
pub struct Known;

impl Networks for Known {
    fn listening(&self, network: &str) -> Option<&'static [Listening]> {
        networks::by_name(network).map(|network| network.traits().listening)
    }

    fn faults(&self, network: &str, account: &str, keys: Option<&Keys>) -> Vec<Invalid> {
        let Some(network) = networks::by_name(network) else { return Vec::new() };
        let Some(keys) = keys else {
            let faults = faults(network.check_keys(account, &Keys::default()));
            return faults.into_iter().filter(|fault| fault.pointer == "/account").collect();
        };
        let known = network.traits().keys;
        let missing = known.iter().filter(|key| key.needed && !keys.has(key.name)).map(|key| (key.name, "is needed"));
        let strange = keys.0.keys().filter(|name| !known.iter().any(|key| key.name == **name));
        let strange = strange.map(|name| (name.as_str(), "there is no such key; GET /api/v1/networks lists them"));
        let of_key = |(name, message): (&str, &str)| Invalid {
            pointer: format!("/keys/{}", name.replace('~', "~0").replace('/', "~1")),
            message: message.to_owned(),
        };
        let mut found: Vec<_> = missing.chain(strange).map(of_key).collect();
        for fault in faults(network.check_keys(account, keys)) {
            if !found.iter().any(|known| known.pointer == fault.pointer) {
                found.push(fault);
            }
        }
        found
    }
}

fn faults(checked: Result<(), Refusal>) -> Vec<Invalid> {
    match checked {
        Ok(()) => Vec::new(),
        Err(Refusal::Invalid(faults)) => faults,
        Err(other) => vec![Invalid { pointer: String::new(), message: other.to_string() }],
    }
}
