//! What people see of a text, and the files that came with it.

use serde_json::Value;

use super::super::clean;
use crate::domain::message::Attachment;

/// A text as it is shown: `[id1|Анна]`, `[club1:bp-1_2|Город]`, `[https://vk.com/…|статья]` and `@id1 (Анна)` become what they show.
pub fn shown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['[', '@', '*']) {
        let word =
            rest[..at].chars().next_back().or_else(|| out.chars().next_back()).is_some_and(char::is_alphanumeric);
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let found = match rest.as_bytes()[0] {
            b'[' => bracketed(rest),
            // Within a word it is an address of electronic mail.
            _ if word => None,
            _ => called(rest),
        };
        if let Some((name, length)) = found {
            out.push_str(name);
            rest = &rest[length..];
        } else {
            out.push_str(&rest[..1]);
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    clean::text(&out)
}

/// `[target|shown]` at the beginning: what is shown, and how long it all is.
fn bracketed(text: &str) -> Option<(&str, usize)> {
    // Up to the next beginning only: a text full of beginnings must not be searched to its end for each.
    let inside = &text[1..];
    let end = inside.find(['[', ']']).filter(|at| inside.as_bytes()[*at] == b']')?;
    let (target, name) = inside[..end].split_once('|')?;
    let link = ["https://", "http://", "vk.com/", "vk.ru/"].iter().any(|start| target.starts_with(start));
    let whole = target.split_once(":bp").map_or(target, |(person, _)| person);
    ((link || is_page(whole)) && !name.is_empty()).then_some((name, end + 2))
}

/// `@id1 (shown)`, `@name` or `*id1 (shown)` at the beginning.
fn called(text: &str) -> Option<(&str, usize)> {
    let name = &text[1..];
    let length = name.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.')).unwrap_or(name.len());
    let target = &name[..length];
    let after = &name[length..];
    let brackets = after.strip_prefix(' ').unwrap_or(after).strip_prefix('(');
    let closed = |rest: &str| rest.find([')', '(', '@', '*']).filter(|at| rest.as_bytes()[*at] == b')');
    if let Some(inside) = brackets.and_then(|rest| Some(&rest[..closed(rest)?]))
        && !target.is_empty()
        && (text.starts_with('@') || is_page(target))
    {
        let gap = usize::from(after.starts_with(' '));
        return Some((inside, 1 + length + gap + inside.len() + 2));
    }
    (text.starts_with('@') && !target.is_empty()).then_some((target, 1 + length))
}

/// Whether this is `id1`, `club1`, `public1` or `event1`.
fn is_page(target: &str) -> bool {
    let number = ["id", "club", "public", "event"].iter().find_map(|start| target.strip_prefix(start));
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The files and links among VK's attachments. Stickers, polls and what else cannot be looked up by an address are left out.
pub fn attachments(given: &[Value]) -> Vec<Attachment> {
    given.iter().filter_map(attachment).take(50).collect()
}

fn attachment(given: &Value) -> Option<Attachment> {
    let kind = given["type"].as_str()?;
    let it = &given[kind];
    let text = |field: &str| it[field].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let page = |name: &str| Some(format!("https://vk.com/{name}{}_{}", it["owner_id"].as_i64()?, it["id"].as_i64()?));
    let (kind, url, name) = match kind {
        "photo" => ("photo", picture(it), None),
        "video" => ("video", page("video"), text("title")),
        "doc" => ("document", text("url"), text("title")),
        "audio_message" => ("audio", text("link_mp3").or_else(|| text("link_ogg")), None),
        "audio" => ("audio", text("url"), text("title")),
        "link" => ("link", text("url"), text("title")),
        "wall" => ("link", page("wall"), None),
        _ => return None,
    };
    let url = url.filter(|url| url.starts_with("http") && url.chars().count() <= 2000 && !url.contains('\0'))?;
    Some(Attachment {
        kind: kind.to_owned(),
        url,
        name: name.map(|name| clean::text(&name).chars().take(200).collect()),
    })
}

/// A photo's largest picture.
fn picture(photo: &Value) -> Option<String> {
    let sizes = photo["sizes"].as_array().into_iter().flatten();
    let area = |size: &Value| size["width"].as_u64().unwrap_or(0).saturating_mul(size["height"].as_u64().unwrap_or(0));
    let largest = sizes.filter(|size| size["url"].is_string()).max_by_key(|size| area(size));
    let original = photo["orig_photo"]["url"].as_str();
    original.or_else(|| largest?["url"].as_str()).map(str::to_owned)
}
