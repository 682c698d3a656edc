//! Files that come with messages: which are fetched, and which are taken in.

use super::message::Attachment;
use super::words::vocabulary;

vocabulary! {
    /// How far the content of a file is.
    FileState {
        /// It is to be fetched.
        Waiting = "waiting",
        /// It is here.
        Kept = "kept",
        /// It was looked at, and may not be taken in.
        Refused = "refused",
        /// It could not be had.
        Failed = "failed",
        /// It was here, for as long as it may be.
        Forgotten = "forgotten",
    }
}

/// What networks call things whose address is that of a file.
const FILES: &[&str] = &["photo", "image", "graffiti", "document", "doc", "file", "audio", "audio_message", "voice"];

/// What networks call things whose address is that of a file, or of a page on which it is played.
const MOVING: &[&str] = &["video", "video_note", "animation"];

/// How the address of a file ends that is no page.
const ENDINGS: &[&str] = &[".mp4", ".m4v", ".webm", ".mov", ".gif"];

/// What begins the address of a file in Telegram, which the page's key opens.
const IN_TELEGRAM: &str = "telegram:file/";

/// The longest address that is fetched, in bytes: the index of PostgreSQL takes no longer ones.
const LONGEST: usize = 2000;

/// Whether the content of an attachment is fetched: it is one of a file, and has an address.
pub fn is_fetched(attachment: &Attachment) -> bool {
    let (kind, url) = (attachment.kind.as_str(), attachment.url.as_str());
    if url.len() > LONGEST {
        return false;
    }
    let on_the_web = has_scheme(url, "http:") || has_scheme(url, "https:");
    if url.starts_with(IN_TELEGRAM) {
        FILES.contains(&kind) || MOVING.contains(&kind)
    } else {
        on_the_web && (FILES.contains(&kind) || MOVING.contains(&kind) && is_file(url))
    }
}

fn has_scheme(url: &str, scheme: &str) -> bool {
    url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
}

fn is_file(url: &str) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    ENDINGS.iter().any(|ending| path.ends_with(ending))
}

/// A type of content that is taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MediaType {
    /// Its name, as in `Content-Type`.
    pub name: &'static str,
    /// How the names of such files end, without the dot.
    pub extension: &'static str,
    /// Whether a browser shows it in place; else it is saved.
    pub inline: bool,
}

/// Declares the types that are taken in; everything else is refused.
macro_rules! media_types {
    ($($name:literal . $extension:literal $inline:literal),+ $(,)?) => {
        const MEDIA_TYPES: &[MediaType] = &[$(MediaType { name: $name, extension: $extension, inline: $inline }),+];
    };
}

media_types! {
    "image/jpeg"."jpg" true,
    "image/png"."png" true,
    "image/gif"."gif" true,
    "image/webp"."webp" true,
    "image/heif"."heic" true,
    "video/mp4"."mp4" true,
    "video/webm"."webm" true,
    "video/quicktime"."mov" true,
    "audio/mpeg"."mp3" true,
    "audio/ogg"."ogg" true,
    "audio/mp4"."m4a" true,
    "application/pdf"."pdf" true,
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document"."docx" false,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"."xlsx" false,
    "application/vnd.oasis.opendocument.text"."odt" false,
}

/// Other names of the same types.
const SYNONYMS: &[(&str, &str)] = &[
    ("audio/m4a", "audio/mp4"),
    ("audio/opus", "audio/ogg"),
    ("video/x-m4v", "video/mp4"),
    ("image/heic", "image/heif"),
];

impl MediaType {
    /// The type of this name, if such content is taken in.
    pub fn of(name: &str) -> Option<MediaType> {
        let name = SYNONYMS.iter().find(|(other, _)| *other == name).map_or(name, |(_, same)| same);
        MEDIA_TYPES.iter().find(|media_type| media_type.name == name).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_fetched_and_pages_are_not() {
        let fetched =
            |kind: &str, url: &str| is_fetched(&Attachment { kind: kind.to_owned(), url: url.to_owned(), name: None });
        for (kind, url) in [
            ("photo", "https://example.org/1.jpg"),
            ("photo", "HTTP://example.org/1"),
            ("document", "telegram:file/AgACAgIAAx"),
            ("video", "telegram:file/BAACAgIAAx"),
            ("video", "https://example.org/a/1.MP4?x=1"),
            ("audio_message", "https://example.org/1.ogg"),
        ] {
            assert!(fetched(kind, url), "{kind} {url}");
        }
        for (kind, url) in [
            ("link", "https://example.org/1.jpg"),
            ("link", "telegram:file/AgACAgIAAx"),
            ("video", "https://vk.example/video-1_2"),
            ("video", "https://vk.example/watch?file=1.mp4"),
            ("photo", "ftp://example.org/1.jpg"),
            ("photo", "file:///etc/passwd"),
            ("photo", ""),
            ("photo", "я"),
            ("poll", "https://example.org/1.jpg"),
        ] {
            assert!(!fetched(kind, url), "{kind} {url}");
        }
        assert!(!fetched("photo", &format!("https://example.org/{}", "x".repeat(2000))));
    }

    #[test]
    fn only_what_is_listed_is_taken_in() {
        assert_eq!(MediaType::of("audio/m4a").map(|found| found.name), Some("audio/mp4"));
        assert!(MediaType::of("image/png").is_some_and(|found| found.inline));
        for other in ["text/html", "image/svg+xml", "application/zip", "application/x-executable", ""] {
            assert_eq!(MediaType::of(other), None, "{other}");
        }
        assert!(SYNONYMS.iter().all(|(_, same)| MediaType::of(same).is_some()));
    }
}
