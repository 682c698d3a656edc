//! Addresses of mail, and links to the profiles of persons.

/// The longest part before the "@"; RFC 5321 allows 64, and a bound keeps the scan linear.
const LOCAL_PART: usize = 64;
/// The longest address that is looked at.
const ADDRESS: usize = 256;

pub(super) fn email_length(rest: &str) -> Option<usize> {
    let is_local = |b: &u8| b.is_ascii_alphanumeric() || b"._%+-".contains(b);
    let local = rest.bytes().take(LOCAL_PART + 1).take_while(is_local).count();
    let domain = rest.get(local..)?.strip_prefix('@')?;
    let is_domain = |c: &char| c.is_alphanumeric() || matches!(c, '.' | '-');
    let reach: usize = domain.chars().take(ADDRESS).take_while(is_domain).map(char::len_utf8).sum();
    // A full stop after the address ends the sentence, and digits behind it are another's.
    let mut domain = &domain[..reach];
    while let Some((name, top)) = domain.rsplit_once('.') {
        let letters = super::letters(top);
        if local > 0 && !name.is_empty() && top[..letters].chars().count() >= 2 {
            return Some(local + 1 + name.len() + 1 + letters);
        }
        domain = name;
    }
    None
}

/// Where profiles of persons are, and what follows the slash there: digits, or any name.
const PROFILES: &[(&str, &[&str], bool)] = &[
    // Whatever has a person's number in it: the profile, its wall and pictures. Groups have a minus before theirs.
    ("vk.com/", VK, false),
    ("vk.ru/", VK, false),
    ("vkontakte.ru/", VK, false),
    ("ok.ru/", &["profile/"], false),
    ("odnoklassniki.ru/", &["profile/"], false),
    ("facebook.com/", &["profile.php?id="], false),
    ("wa.me/", &[""], false),
    ("api.whatsapp.com/", &["send?phone="], false),
    ("t.me/", &[""], true),
    ("telegram.me/", &[""], true),
    ("instagram.com/", &[""], true),
];

const VK: &[&str] = &["id", "wall", "photo", "video", "album", "write", "im?sel=", "gim"];

/// What stands behind the slash of Telegram and is no person.
const NOT_PERSONS: &[&str] = &["s", "c", "joinchat", "share", "addstickers", "iv", "p", "reel", "explore"];

/// The length of a link to a person's profile: «https://vk.com/id1», «ok.ru/profile/5», «t.me/name», but no group's and no channel's post.
pub(super) fn profile_length(rest: &str) -> Option<usize> {
    let bare = ["https://", "http://"].iter().fold(rest, |rest, scheme| strip(rest, scheme));
    let bare = ["www.", "m."].iter().fold(bare, |bare, host| strip(bare, host));
    let (paths, named, path) = PROFILES.iter().find_map(|(host, paths, named)| {
        let head = bare.get(..host.len())?;
        head.eq_ignore_ascii_case(host).then(|| (*paths, *named, &bare[host.len()..]))
    })?;
    let is_person = |who: &str| {
        if named { is_name(who) } else { who.trim_start_matches('+').starts_with(|c: char| c.is_ascii_digit()) }
    };
    let lead = paths.iter().find(|lead| strip_prefix(path, lead).is_some_and(is_person))?;
    let is_of_address = |c: &char| c.is_ascii_alphanumeric() || "_./?=&%+-#".contains(*c);
    let who = &path[lead.len()..];
    let reach: usize = who.chars().take(ADDRESS).take_while(is_of_address).map(char::len_utf8).sum();
    // What ends the sentence is not of the address.
    let reach = who[..reach].trim_end_matches(['.', '?', '-']).len();
    Some(rest.len() - who.len() + reach)
}

/// Whether a name of Telegram's or Instagram's kind is all that stands behind the slash: «name», not «name/123», which is a channel's
/// post, and no robot.
fn is_name(path: &str) -> bool {
    let length = path.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
    let (name, after) = path.split_at(length);
    let post = after.strip_prefix('/').is_some_and(|post| post.starts_with(|c: char| c.is_ascii_digit() || c == '<'));
    length >= 3 && !post && !NOT_PERSONS.contains(&name) && !name.to_ascii_lowercase().ends_with("bot")
}

fn strip<'t>(text: &'t str, lead: &str) -> &'t str {
    strip_prefix(text, lead).unwrap_or(text)
}

fn strip_prefix<'t>(text: &'t str, lead: &str) -> Option<&'t str> {
    text.get(..lead.len()).filter(|head| head.eq_ignore_ascii_case(lead)).map(|_| &text[lead.len()..])
}

/// «[id1|Имя]», as VK writes whom a comment replies to; not «[club1|…]».
pub(super) fn mention_length(rest: &str) -> Option<usize> {
    let id = rest.strip_prefix("[id")?;
    let digits = super::digits(id);
    let named = id.get(digits..)?.strip_prefix('|')?;
    let name: usize =
        named.chars().take(100).take_while(|c| !matches!(c, ']' | '\n' | '[' | '<')).map(char::len_utf8).sum();
    let closed = digits > 0 && named[name..].starts_with(']');
    let length = rest.len() - named.len() + name + 1;
    closed.then_some(length)
}
