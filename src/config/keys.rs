//! Reading settings one key at a time, so that every fault can name its key, and all faults come at once.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;

/// The prefix of environment variables that override keys: `OTKLIK_DATABASE__URL` is `database.url`.
const PREFIX: &str = "OTKLIK_";

/// What is wrong with one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The key, or the variable it came from.
    pub key: String,
    /// What was given; none if it is secret or missing.
    pub value: Option<String>,
    /// What it should be.
    pub expected: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Some(value) => write!(f, "{} = {value}: {}", self.key, self.expected),
            None => write!(f, "{}: {}", self.key, self.expected),
        }
    }
}

/// A value as it was given: a TOML value, or the text of an environment variable.
enum Given {
    File(toml::Value),
    Variable { name: String, text: String },
}

impl Given {
    fn text(&self) -> String {
        match self {
            Given::File(value) => value.to_string(),
            Given::Variable { text, .. } => format!("{text:?}"),
        }
    }
}

/// The keys that were given and have not been asked for yet.
pub(super) struct Keys {
    given: BTreeMap<String, Given>,
    faults: Vec<Fault>,
}

impl Keys {
    /// The keys of a file, overridden by the variables.
    pub(super) fn new(file: toml::Table, variables: impl IntoIterator<Item = (String, String)>) -> Keys {
        let mut given = BTreeMap::new();
        flatten(String::new(), file, &mut given);
        for (name, text) in variables {
            // Only names with a section are settings; scripts may use the prefix for variables of their own.
            if let Some((section, key)) = name.strip_prefix(PREFIX).and_then(|rest| rest.split_once("__")) {
                let key = format!("{}.{}", section.to_lowercase(), key.to_lowercase());
                given.insert(key, Given::Variable { name, text });
            }
        }
        Keys { given, faults: Vec::new() }
    }

    /// A text that `read` understands; `default` if it was not given.
    pub(super) fn text<T>(&mut self, key: &str, default: T, expected: &str, read: impl FnOnce(&str) -> Option<T>) -> T {
        let Some(given) = self.given.remove(key) else { return default };
        let value = match &given {
            Given::File(toml::Value::String(text)) | Given::Variable { text, .. } => read(text),
            Given::File(_) => None,
        };
        value.unwrap_or_else(|| {
            self.fault(key, &given, Some(given.text()), format!("should be {expected}"));
            default
        })
    }

    /// A text whose value is not shown in a fault; none if it was not given or is wrong.
    pub(super) fn hidden<T>(&mut self, key: &str, expected: &str, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let given = self.given.remove(key)?;
        let value = match &given {
            Given::File(toml::Value::String(text)) | Given::Variable { text, .. } => read(text),
            Given::File(_) => None,
        };
        if value.is_none() {
            self.fault(key, &given, None, format!("should be {expected} (what was given is not shown)"));
        }
        value
    }

    /// A whole number in a range.
    pub(super) fn number<T>(&mut self, key: &str, default: T, range: RangeInclusive<T>) -> T
    where
        T: TryFrom<i64> + PartialOrd + fmt::Display,
    {
        let Some(given) = self.given.remove(key) else { return default };
        let number = match &given {
            Given::File(toml::Value::Integer(number)) => Some(*number),
            Given::File(_) => None,
            Given::Variable { text, .. } => text.trim().parse().ok(),
        };
        number.and_then(|n| T::try_from(n).ok()).filter(|n| range.contains(n)).unwrap_or_else(|| {
            let expected = format!("should be a whole number from {} to {}", range.start(), range.end());
            self.fault(key, &given, Some(given.text()), expected);
            default
        })
    }

    /// A list of texts that `read` understands; in a variable they are divided by commas.
    pub(super) fn list<T>(
        &mut self,
        key: &str,
        default: Vec<T>,
        expected: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Vec<T> {
        let Some(given) = self.given.remove(key) else { return default };
        let values: Option<Vec<T>> = match &given {
            Given::File(toml::Value::Array(values)) => values.iter().map(|value| read(value.as_str()?)).collect(),
            Given::File(_) => None,
            Given::Variable { text, .. } => {
                text.split(',').map(str::trim).filter(|text| !text.is_empty()).map(read).collect()
            }
        };
        values.unwrap_or_else(|| {
            self.fault(key, &given, Some(given.text()), format!("should be {expected}"));
            default
        })
    }

    /// Whether a key was given and has not been asked for yet.
    pub(super) fn given(&self, key: &str) -> bool {
        self.given.contains_key(key)
    }

    /// Yes or no.
    pub(super) fn flag(&mut self, key: &str, default: bool) -> bool {
        let Some(given) = self.given.remove(key) else { return default };
        let flag = match &given {
            Given::File(toml::Value::Boolean(flag)) => Some(*flag),
            Given::File(_) => None,
            Given::Variable { text, .. } => text.trim().parse().ok(),
        };
        flag.unwrap_or_else(|| {
            self.fault(key, &given, Some(given.text()), "should be true or false".to_owned());
            default
        })
    }

    /// Notes that a key must be given.
    pub(super) fn missing(&mut self, key: &str, expected: &str) {
        if !self.faults.iter().any(|fault| fault.key.starts_with(key)) {
            self.faults.push(Fault { key: key.to_owned(), value: None, expected: format!("is missing; {expected}") });
        }
    }

    /// All faults, with what was given and never asked for among them.
    pub(super) fn finish(mut self) -> Vec<Fault> {
        for (key, given) in std::mem::take(&mut self.given) {
            // The value of an unknown key may be a misspelt secret: it is not shown.
            self.fault(&key, &given, None, "there is no such key".to_owned());
        }
        self.faults
    }

    fn fault(&mut self, key: &str, given: &Given, value: Option<String>, expected: String) {
        let key = match given {
            Given::File(_) => key.to_owned(),
            Given::Variable { name, .. } => format!("{key} (from {name})"),
        };
        self.faults.push(Fault { key, value, expected });
    }
}

/// Lays tables flat: `[a] b = 1` is `a.b = 1`.
fn flatten(prefix: String, table: toml::Table, into: &mut BTreeMap<String, Given>) {
    for (name, value) in table {
        let key = if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
        match value {
            toml::Value::Table(inner) if !inner.is_empty() => flatten(key, inner, into),
            toml::Value::Table(_) => {}
            value => {
                into.insert(key, Given::File(value));
            }
        }
    }
}
