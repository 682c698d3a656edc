//! The three values that stand in every record: an identity, an instant, a document.

use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// The identity of a record: a UUID, version 7 where we make it, so that identities sort by age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = Uuid)]
pub struct Id(pub Uuid);

impl Id {
    /// A new identity of version 7, made of `at` and randomness.
    pub fn new(at: At) -> Id {
        let millis = u64::try_from(at.0.as_millisecond()).unwrap_or(0);
        let nanos = u32::try_from(at.0.subsec_nanosecond().max(0)).unwrap_or(0);
        Id(Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, millis / 1000, nanos)))
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Id {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Id, Self::Err> {
        text.parse().map(Id)
    }
}

/// An instant in UTC, kept to the microsecond: the finest that both databases keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, format = DateTime, example = "2025-12-24T14:06:00Z")]
pub struct At(pub Timestamp);

impl At {
    /// Stands for "never" in columns that sort: the last instant both databases and RFC 3339 can say.
    pub const NEVER: At = At(Timestamp::constant(253_370_764_800, 0));

    /// Stands for "from the beginning" where a bound is wanted.
    pub const EVER: At = At(Timestamp::UNIX_EPOCH);

    /// The instant, cut to the microsecond.
    pub fn new(at: Timestamp) -> At {
        At(Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at))
    }

    /// The instant so many microseconds after 1970; "never" if there is none.
    pub fn of_microsecond(microseconds: i64) -> At {
        Timestamp::from_microsecond(microseconds).map_or(At::NEVER, At)
    }

    /// The machine's clock. Called at the edges only.
    pub fn now() -> At {
        At::new(Timestamp::now())
    }

    /// Seconds from `earlier` to this instant; negative if it lies before.
    pub fn seconds_since(self, earlier: At) -> i64 {
        self.0.as_second() - earlier.0.as_second()
    }

    /// Milliseconds from `earlier` to this instant; negative if it lies before.
    pub fn millis_since(self, earlier: At) -> i64 {
        self.0.as_millisecond() - earlier.0.as_millisecond()
    }

    /// This instant moved by whole seconds, held within what can be said.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> At {
        At(self.0.saturating_add(jiff::SignedDuration::from_secs(seconds)).unwrap_or(Self::NEVER.0))
    }
}

impl<'de> Deserialize<'de> for At {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<At, D::Error> {
        Timestamp::deserialize(deserializer).map(At::new)
    }
}

impl Deref for At {
    type Target = Timestamp;

    fn deref(&self) -> &Timestamp {
        &self.0
    }
}

impl From<Timestamp> for At {
    fn from(at: Timestamp) -> At {
        At::new(at)
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for At {
    type Err = jiff::Error;

    fn from_str(text: &str) -> Result<At, Self::Err> {
        text.parse().map(At::new)
    }
}

/// A JSON document.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = Object)]
pub struct Doc(pub serde_json::Value);

impl Doc {
    /// The document of any value that serialises to JSON. What cannot be serialised becomes `null`: our own records always can.
    pub fn of<T: Serialize>(value: &T) -> Doc {
        Doc(serde_json::to_value(value).unwrap_or_default())
    }

    /// The value the document holds.
    ///
    /// # Errors
    /// When the document is not of that shape.
    pub fn to<T: serde::de::DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        T::deserialize(&self.0)
    }
}
