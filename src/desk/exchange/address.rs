//! What an address in the web says of a message: its network, the page it stands on, who wrote it.

/// The network of an address that names none of ours.
pub(super) const OTHER: &str = "other";

/// The networks by the hosts of their addresses.
const HOSTS: &[(&str, &str)] = &[
    ("vk.com", "vk"),
    ("vk.ru", "vk"),
    ("vkontakte.ru", "vk"),
    ("ok.ru", "ok"),
    ("odnoklassniki.ru", "ok"),
    ("t.me", "telegram"),
    ("telegram.me", "telegram"),
    ("max.ru", "max"),
];

/// Where a message stands, as far as its address tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// `vk`, `ok`, `telegram`, `max` or [`OTHER`].
    pub network: &'static str,
    /// The page, group or channel; empty if the address does not tell.
    pub account: String,
    /// The post; empty if the address does not tell.
    pub post: String,
    /// Whether it is a comment under the post.
    pub is_comment: bool,
}

/// Reads the address of a post or comment.
pub(super) fn place(url: &str) -> Place {
    let (host, path) = split(url);
    let network = network(host);
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut steps = path.split('/').filter(|step| !step.is_empty());
    let parameter = |wanted: &str| {
        query
            .split(['&', '#'])
            .filter_map(|pair| pair.split_once('='))
            .find(|(name, _)| *name == wanted)
            .map(|(_, value)| value)
    };
    let (account, post) = match network {
        "vk" => {
            let shown = parameter("w").or_else(|| steps.next_back()).unwrap_or_default();
            let shown = shown.split(['?', '%']).next().unwrap_or_default();
            (shown.strip_prefix("wall").and_then(|wall| wall.split('_').next()).unwrap_or_default(), shown)
        }
        "ok" => {
            let ids: Vec<&str> = steps.filter(|step| step.bytes().all(|byte| byte.is_ascii_digit())).collect();
            (ids.first().copied().unwrap_or_default(), ids.get(1).copied().unwrap_or_default())
        }
        "telegram" => {
            let steps: Vec<&str> = steps.filter(|step| !matches!(*step, "s" | "c")).collect();
            (steps.first().copied().unwrap_or_default(), steps.get(1).copied().unwrap_or_default())
        }
        _ => (steps.next().unwrap_or_default(), steps.next().unwrap_or_default()),
    };
    let is_comment = ["reply", "comment", "thread"].into_iter().any(|name| parameter(name).is_some());
    Place { network, account: cut(account), post: cut(post), is_comment }
}

/// The identity of the author of a profile's address: the last step of its path.
pub(super) fn author(url: &str) -> Option<String> {
    let (host, path) = split(url);
    let path = path.split(['?', '#']).next().unwrap_or_default();
    path.split('/').rfind(|step| !step.is_empty()).or((!host.is_empty()).then_some(host)).map(cut)
}

/// As much of an identifier as there is of any network's: it stands in indexes.
fn cut(identifier: &str) -> String {
    identifier.chars().take(200).collect()
}

/// The host without `www.` and the like, and the rest after it.
fn split(url: &str) -> (&str, &str) {
    let url = url.trim();
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split_once('/').unwrap_or((rest, ""))
}

fn network(host: &str) -> &'static str {
    let host = host.to_ascii_lowercase();
    let is_at = |known: &str| host == known || host.strip_suffix(known).is_some_and(|rest| rest.ends_with('.'));
    HOSTS.iter().find(|(known, _)| is_at(known)).map_or(OTHER, |(_, network)| network)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_told_by_addresses() {
        for (url, network, account, post, is_comment) in [
            ("https://vk.com/wall-100_20", "vk", "-100", "wall-100_20", false),
            ("https://m.vk.com/wall-100_20?reply=21&thread=21", "vk", "-100", "wall-100_20", true),
            ("https://vk.com/club?w=wall-7_8", "vk", "-7", "wall-7_8", false),
            ("https://ok.ru/group/500/topic/600", "ok", "500", "600", false),
            ("https://t.me/omsk_test/42?comment=7", "telegram", "omsk_test", "42", true),
            ("https://t.me/s/omsk_test/42", "telegram", "omsk_test", "42", false),
            ("max.ru/omsk/9", "max", "omsk", "9", false),
            ("https://example.org/a/b", OTHER, "a", "b", false),
            ("https://notvk.com/wall-1_2", OTHER, "wall-1_2", "", false),
            ("", OTHER, "", "", false),
        ] {
            let expected = Place { network, account: account.to_owned(), post: post.to_owned(), is_comment };
            assert_eq!(place(url), expected, "{url}");
        }
    }

    #[test]
    fn authors_are_told_by_profiles() {
        assert_eq!(author("https://vk.com/id1001").as_deref(), Some("id1001"));
        assert_eq!(author("https://ok.ru/profile/55/?a=1").as_deref(), Some("55"));
        assert_eq!(author("vk.com").as_deref(), Some("vk.com"));
        assert_eq!(author(" "), None);
    }
}
