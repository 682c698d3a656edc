//! The patterns that rules are written with. In documents they are texts: `*`, an id, `kind:district`, `>=4`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::doc::MunicipalityKind;

/// One thing by its id, or any: `*`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Pattern {
    #[default]
    Any,
    Is(String),
}

/// A municipality by its id, all of a kind (`kind:district`), or any (`*`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum MunicipalityPattern {
    #[default]
    Any,
    Kind(MunicipalityKind),
    Is(String),
}

/// A severity (`5`), that and worse (`>=4`), or any (`*`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum SeverityPattern {
    #[default]
    Any,
    AtLeast(u8),
    Exactly(u8),
}

/// A text that is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternFault {
    #[error("\"{0}\" is no kind of municipality: write kind:city, kind:district or kind:region")]
    Kind(String),
    #[error("\"{0}\" is no severity: write *, a number such as 5, or >=4")]
    Severity(String),
}

impl Pattern {
    /// The id it names, if it names one.
    pub fn id(&self) -> Option<&str> {
        match self {
            Pattern::Any => None,
            Pattern::Is(id) => Some(id),
        }
    }
}

impl From<String> for Pattern {
    fn from(text: String) -> Self {
        if text == "*" { Pattern::Any } else { Pattern::Is(text) }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id().unwrap_or("*"))
    }
}

impl FromStr for MunicipalityPattern {
    type Err = PatternFault;

    fn from_str(text: &str) -> Result<Self, PatternFault> {
        match text.strip_prefix("kind:") {
            Some(kind) => kind.parse().map(Self::Kind).map_err(|_| PatternFault::Kind(text.to_owned())),
            None if text == "*" => Ok(Self::Any),
            None => Ok(Self::Is(text.to_owned())),
        }
    }
}

impl fmt::Display for MunicipalityPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("*"),
            Self::Kind(kind) => write!(f, "kind:{kind}"),
            Self::Is(id) => f.write_str(id),
        }
    }
}

impl FromStr for SeverityPattern {
    type Err = PatternFault;

    fn from_str(text: &str) -> Result<Self, PatternFault> {
        let number = |digits: &str| digits.trim().parse().map_err(|_| PatternFault::Severity(text.to_owned()));
        match text.strip_prefix(">=") {
            Some(least) => number(least).map(Self::AtLeast),
            None if text == "*" => Ok(Self::Any),
            None => number(text).map(Self::Exactly),
        }
    }
}

impl fmt::Display for SeverityPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("*"),
            Self::AtLeast(least) => write!(f, ">={least}"),
            Self::Exactly(severity) => write!(f, "{severity}"),
        }
    }
}

/// The two directions that serde needs for a pattern that is written as a text.
macro_rules! written_as_text {
    ($($pattern:ty),+) => {
        $(impl TryFrom<String> for $pattern {
            type Error = PatternFault;

            fn try_from(text: String) -> Result<Self, PatternFault> {
                text.parse()
            }
        }

        impl From<$pattern> for String {
            fn from(pattern: $pattern) -> String {
                pattern.to_string()
            }
        })+
    };
}
written_as_text!(MunicipalityPattern, SeverityPattern);

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> String {
        pattern.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_written_as_they_are_read() {
        for text in ["*", "kind:district", "omsk"] {
            assert_eq!(text.parse::<MunicipalityPattern>().unwrap().to_string(), text);
        }
        for text in ["*", ">=4", "5"] {
            assert_eq!(text.parse::<SeverityPattern>().unwrap().to_string(), text);
        }
        assert_eq!(Pattern::from("*".to_owned()), Pattern::Any);
        assert!("kind:village".parse::<MunicipalityPattern>().is_err());
        assert!("> 4".parse::<SeverityPattern>().is_err());
        assert!("bad".parse::<SeverityPattern>().is_err());
    }
}
