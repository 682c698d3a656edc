//! The way from a figure to the list that makes it.

use std::fmt::{self, Write as _};

use super::{Blank, Cohort};
use crate::domain::At;
use crate::domain::sla::{ClockKind, ClockState};

/// The query of a list of incidents: parameters in order, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Link(Vec<(&'static str, String)>);

impl Link {
    /// The same list with one more condition; a parameter that is set already takes the new value.
    #[must_use]
    pub fn with(&self, parameter: &'static str, value: impl fmt::Display) -> Link {
        let mut link = self.clone();
        link.0.retain(|(name, _)| *name != parameter);
        link.0.push((parameter, value.to_string()));
        link
    }

    /// The same list with one more condition, if there is a value for it.
    #[must_use]
    pub fn with_some(&self, parameter: &'static str, value: Option<impl fmt::Display>) -> Link {
        value.map_or_else(|| self.clone(), |value| self.with(parameter, value))
    }

    /// The same list, of those that lack a field, besides others that they may be to lack.
    #[must_use]
    pub fn without(&self, blank: Blank) -> Link {
        let known = self.parameters().find(|(name, _)| *name == "without").map(|(_, value)| value);
        self.with("without", known.map_or_else(|| blank.to_string(), |known| format!("{known},{blank}")))
    }

    fn within(&self, [from_name, to_name]: [&'static str; 2], from: At, to: At) -> Link {
        self.with(from_name, from).with(to_name, to)
    }

    /// The parameters and their values, not encoded.
    pub fn parameters(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_str()))
    }
}

/// As it stands after the `?` of an address.
impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, (name, value)) in self.0.iter().enumerate() {
            if position > 0 {
                f.write_char('&')?;
            }
            write!(f, "{name}=")?;
            for byte in value.bytes() {
                match byte {
                    b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b':' | b',' => {
                        f.write_char(char::from(byte))?;
                    }
                    other => write!(f, "%{other:02X}")?,
                }
            }
        }
        Ok(())
    }
}

/// What the figures of one row are about: a part of the incidents, in one period.
#[derive(Debug, Clone)]
pub struct Slice {
    /// The conditions without the period.
    pub base: Link,
    /// Which incidents belong to the period.
    pub cohort: Cohort,
    /// The period's first instant.
    pub from: At,
    /// The first instant after the period.
    pub to: At,
}

impl Slice {
    /// The slice narrowed by one more condition.
    #[must_use]
    pub fn with(&self, parameter: &'static str, value: impl fmt::Display) -> Slice {
        Slice { base: self.base.with(parameter, value), ..self.clone() }
    }

    /// The slice of those that lack a field.
    #[must_use]
    pub fn without(&self, blank: Blank) -> Slice {
        Slice { base: self.base.without(blank), ..self.clone() }
    }

    /// The same part of the incidents in a shorter period.
    #[must_use]
    pub fn in_slot(&self, from: At, to: At) -> Slice {
        Slice { from, to, ..self.clone() }
    }

    /// The cohort: received in the period, or closed in it.
    pub fn cohort(&self) -> Link {
        match self.cohort {
            Cohort::Created => self.received(),
            Cohort::Closed => self.base.within(["closed_from", "closed_to"], self.from, self.to),
        }
    }

    /// The cohort without merged duplicates.
    pub fn unique(&self) -> Link {
        self.cohort().with("merged", false)
    }

    /// Received in the period, whatever the cohort.
    pub fn received(&self) -> Link {
        self.base.within(["received_from", "received_to"], self.from, self.to)
    }

    /// Those whose first answer was decided in the period to be in time, or late.
    pub fn decided(&self, state: ClockState) -> Link {
        let link = self.base.with("merged", false).with("clock", ClockKind::FirstAnswer).with("clock_state", state);
        link.within(["decided_from", "decided_to"], self.from, self.to)
    }

    /// Those received in the period whose first answer is still owed.
    pub fn owed(&self, state: ClockState) -> Link {
        let link = self.received().with("merged", false).with("answered", false);
        link.with("clock", ClockKind::FirstAnswer).with("clock_state", state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_encoded_and_stand_once() {
        let link = Link::default().with("topic", "снег & лёд").with("open", true).with("topic", "a b");
        assert_eq!(link.to_string(), "open=true&topic=a%20b");
        assert_eq!(Link::default().with("x", "ё&").to_string(), "x=%D1%91%26");
    }

    #[test]
    fn a_slot_replaces_the_period() {
        let at = |text: &str| text.parse::<At>().unwrap();
        let slice = Slice {
            base: Link::default().with("network", "vk"),
            cohort: Cohort::Created,
            from: at("2025-11-30T18:00:00Z"),
            to: at("2025-12-31T18:00:00Z"),
        };
        let day = slice.in_slot(at("2025-12-01T18:00:00Z"), at("2025-12-02T18:00:00Z")).unique();
        assert_eq!(
            day.to_string(),
            "network=vk&received_from=2025-12-01T18:00:00Z&received_to=2025-12-02T18:00:00Z&merged=false"
        );
        assert_eq!(
            slice.without(Blank::Topic).without(Blank::Group).base.to_string(),
            "network=vk&without=topic,group"
        );
    }
}
