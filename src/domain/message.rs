//! What comes in from a network: one shape, whatever the network.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::refusal::{Faults, Refusal};
use super::values::At;
use super::words::vocabulary;

vocabulary! {
    /// What a message is in its network.
    Form {
        /// A post on a wall or in a channel.
        Post = "post",
        /// A comment under a post.
        Comment = "comment",
        /// A private message.
        Private = "private",
    }
}

vocabulary! {
    /// What happened to a message in its network.
    Change {
        /// It was published.
        New = "new",
        /// Its text was changed.
        Edited = "edited",
        /// It was taken away.
        Deleted = "deleted",
        /// It was put back.
        Restored = "restored",
    }
}

/// A file that came with a message. The file itself stays in the network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Attachment {
    /// `photo`, `video`, `audio`, `document`, `link` or what the network says.
    #[schema(example = "photo", max_length = 40)]
    pub kind: String,
    /// Where the file is.
    #[schema(example = "https://example.org/1.jpg", max_length = 2000)]
    pub url: String,
    /// The file's name, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// Where the trouble is, as far as the source knows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The municipality's name or id, as the policy has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "Омск г.о.", max_length = 200)]
    pub municipality: Option<String>,
    /// Town or village.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settlement: Option<String>,
    /// Street, without the house.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "проспект Мира")]
    pub street: Option<String>,
    /// House, with letter and building.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "14/1")]
    pub house: Option<String>,
    /// Latitude in degrees, WGS 84.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = -90, maximum = 90)]
    pub lat: Option<f64>,
    /// Longitude in degrees, WGS 84.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = -180, maximum = 180)]
    pub lon: Option<f64>,
}

/// The author of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Author {
    /// The author's identity in the network; stable, not shown to anybody.
    #[schema(example = "id1001", min_length = 1, max_length = 200)]
    pub id: String,
    /// The name shown in the network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "Анна К.")]
    pub name: Option<String>,
    /// The profile's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// One message, as a source pushes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Incoming {
    /// The message's identity in its source: the same message has the same one, however often it is sent.
    #[schema(example = "wall-1_42", min_length = 1, max_length = 200)]
    pub external_id: String,
    /// What happened to it.
    #[serde(default = "new")]
    #[schema(default = "new")]
    pub change: Change,
    /// The network: `vk`, `ok`, `telegram`, `max` or another short name. Absent: the source's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "vk", max_length = 40)]
    pub network: Option<String>,
    /// The page, group or channel in which it stands.
    #[serde(default)]
    #[schema(example = "omsk_admin", max_length = 200)]
    pub account: String,
    /// What it is.
    #[serde(default = "post")]
    #[schema(default = "post")]
    pub form: Form,
    /// The post under which it stands. A post's own is its `external_id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "wall-1_40", max_length = 200)]
    pub post: Option<String>,
    /// The comment that it replies to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// The comment right under the post in whose branch it stands, itself included: what keeps talks apart under a post that
    /// collects complaints.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    pub branch: Option<String>,
    /// Its public address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 2000)]
    pub url: Option<String>,
    /// Who wrote it.
    pub author: Author,
    /// What it says: up to 20,000 characters; may be empty if there are attachments or it was deleted.
    #[serde(default)]
    #[schema(example = "На проспекте Мира, 14 третий день нет отопления", max_length = 20000)]
    pub text: String,
    /// Up to 50.
    #[serde(default)]
    pub attachments: Vec<Attachment>,
    /// Where the trouble is, if the source knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// The topic's name or id, if the source knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "Ненадлежащее качество или отключение отопления")]
    pub topic: Option<String>,
    /// The author's mark for the answer, 1 to 5: closes an incident that awaits its author.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 5)]
    pub rating: Option<i32>,
    /// When it was published, or changed if it was.
    pub published_at: At,
}

fn new() -> Change {
    Change::New
}

fn post() -> Form {
    Form::Post
}

impl Incoming {
    /// Checks what the types cannot; `at` is the pointer to this message in the body (`""` or `/3`).
    ///
    /// # Errors
    /// [`Refusal::Invalid`] naming every fault.
    pub fn check(&self, at: &str) -> Result<(), Refusal> {
        let mut faults = Faults::default();
        let p = |field: &str| format!("{at}/{field}");
        faults.length(&self.external_id, 1..=200, &p("external_id"));
        faults.length(&self.account, 0..=200, &p("account"));
        faults.length(&self.author.id, 1..=200, &p("author/id"));
        faults.length(&self.text, 0..=20_000, &p("text"));
        faults.need(self.attachments.len() <= 50, &p("attachments"), "may have at most 50 items");
        for (field, text) in
            [("network", &self.network), ("post", &self.post), ("parent", &self.parent), ("branch", &self.branch)]
        {
            if let Some(text) = text {
                faults.length(text, 1..=200, &p(field));
            }
        }
        let said = !self.text.trim().is_empty() || !self.attachments.is_empty() || self.rating.is_some();
        faults.need(
            said || self.change == Change::Deleted,
            &p("text"),
            "may not be empty unless there are attachments",
        );
        let old = At::new(jiff::Timestamp::constant(946_684_800, 0));
        faults.need(self.published_at >= old, &p("published_at"), "must not lie before the year 2000");
        faults.need(self.rating.is_none_or(|r| (1..=5).contains(&r)), &p("rating"), "must be from 1 to 5");
        if let Some(place) = &self.place {
            faults.need(place.lat.is_none_or(|v| v.abs() <= 90.0), &p("place/lat"), "must be from -90 to 90");
            faults.need(place.lon.is_none_or(|v| v.abs() <= 180.0), &p("place/lon"), "must be from -180 to 180");
        }
        faults.settle()
    }

    /// The thread that the message belongs to: one author's talk under one post, or in private. Messages of one thread
    /// belong to one incident. Under a post that `collects` complaints each branch is a thread of its own.
    pub fn thread(&self, network: &str, collects: bool) -> String {
        let place = match self.form {
            Form::Private => "private",
            Form::Post => self.external_id.as_str(),
            Form::Comment if collects => self.branch.as_deref().unwrap_or(&self.external_id),
            Form::Comment => self.post.as_deref().unwrap_or(&self.external_id),
        };
        // A unit separator cannot be part of an identifier that any network gives out.
        [network, &self.account, place, &self.author.id].join("\u{1f}")
    }
}

/// What is said around residents' messages and is none itself: the page's own posts and replies, what a comment stands under. It lets a
/// moderator see what the resident saw.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Remark {
    pub external_id: String,
    pub account: String,
    pub form: Form,
    /// The post under which it stands; its own identity if it is one.
    pub post: String,
    /// The comment that it replies to.
    pub parent: Option<String>,
    /// Whose word it replies to, if the network says so.
    pub to: Option<String>,
    /// None: the page itself.
    pub author: Option<Author>,
    /// Whether a page of an organisation says it, by hand or through us.
    pub own: bool,
    pub text: String,
    pub attachments: Vec<Attachment>,
    pub url: Option<String>,
    pub published_at: At,
}
