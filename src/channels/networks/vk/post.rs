//! What a comment can stand under, and how that and the comment are named: `wall-1_2` and `wall-1_2_r3`.

/// The kinds of things that can be commented on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Wall,
    Photo,
    Video,
    /// A discussion of the community's board.
    Topic,
    /// A product.
    Market,
}

/// Something that can be commented on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Post {
    pub kind: Kind,
    /// Whose it is; a community is negative.
    pub owner: i64,
    pub id: i64,
}

const KINDS: [(Kind, &str); 5] = [
    (Kind::Wall, "wall"),
    (Kind::Photo, "photo"),
    (Kind::Video, "video"),
    (Kind::Topic, "topic"),
    (Kind::Market, "market"),
];

impl Kind {
    fn name(self) -> &'static str {
        KINDS.iter().find(|(kind, _)| *kind == self).map_or("", |(_, name)| name)
    }
}

impl Post {
    /// Reads `wall-1_2`.
    pub fn parse(key: &str) -> Option<Post> {
        KINDS.iter().find_map(|(kind, name)| {
            let (owner, id) = key.strip_prefix(name)?.split_once('_')?;
            Some(Post { kind: *kind, owner: owner.parse().ok()?, id: id.parse().ok()? })
        })
    }

    /// `wall-1_2`.
    pub fn key(self) -> String {
        format!("{}{}_{}", self.kind.name(), self.owner, self.id)
    }

    /// `wall-1_2_r3`.
    pub fn comment_key(self, comment: i64) -> String {
        format!("{}_r{comment}", self.key())
    }

    /// The number of a comment under this post, by its key.
    pub fn comment(self, key: &str) -> Option<i64> {
        key.strip_prefix(&self.key())?.strip_prefix("_r")?.parse().ok()
    }

    /// The public address.
    pub fn url(self) -> String {
        match self.kind {
            Kind::Market => format!("https://vk.com/product{}_{}", self.owner, self.id),
            _ => format!("https://vk.com/{}", self.key()),
        }
    }

    /// The public address of a comment; `thread` is the one that begins its branch, if it is another.
    pub fn comment_url(self, comment: i64, thread: Option<i64>) -> String {
        let url = self.url();
        match (self.kind, thread.filter(|thread| *thread != comment)) {
            (Kind::Topic, _) => format!("{url}?post={comment}"),
            (_, Some(thread)) => format!("{url}?reply={comment}&thread={thread}"),
            (_, None) => format!("{url}?reply={comment}"),
        }
    }
}

/// The public address of a person or, if negative, a community.
pub fn profile(id: i64) -> String {
    if id < 0 { format!("https://vk.com/club{}", id.unsigned_abs()) } else { format!("https://vk.com/id{id}") }
}
