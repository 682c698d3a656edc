//! What is asked for, as it stands in an address: put in order, days made instants, what is empty left out.

use jiff::ToSpan as _;
use jiff::civil::{Date, DateTime};

use crate::desk::Desk;
use crate::domain::At;
use crate::http::api::incidents::FilterParameters;
use crate::http::paging::PARAMETERS;
use crate::http::problem::Problem;
use crate::http::ui::visitor::SAID;

/// The parameters that hold lists, which a form sends one by one.
const LISTS: [&str; 2] = ["step", "without"];

/// The spans of time that can be asked for, by what happened in them.
pub const PERIODS: [&str; 7] = ["received", "published", "answered", "closed", "due", "deferred", "decided"];

/// A question in its canonical form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Names and values, each name once.
    pub pairs: Vec<(String, String)>,
    /// Whether it was asked just so.
    pub is_canonical: bool,
}

impl Asked {
    /// Reads what stands after the `?` of an address.
    ///
    /// # Errors
    /// 422 when a day or a moment is none.
    pub fn read(desk: &Desk, query: &str) -> Result<Asked, Problem> {
        let given: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .filter(|(name, _)| name != SAID && !PARAMETERS.contains(&name.as_str()))
            .collect();
        let mut pairs: Vec<(String, String)> = Vec::new();
        for (name, value) in &given {
            let value = value.trim();
            if value.is_empty() || (name == "overdue" && value == "false") || (name == "sort" && value == "newest") {
                continue;
            }
            let value = if is_instant(name) { instant(desk, name, value)? } else { value.to_owned() };
            match pairs.iter_mut().find(|(known, _)| known == name) {
                Some((_, list)) if LISTS.contains(&name.as_str()) => {
                    list.push(',');
                    list.push_str(&value);
                }
                // Refused where parameters are read.
                _ => pairs.push((name.clone(), value)),
            }
        }
        let is_canonical = pairs == given;
        Ok(Asked { pairs, is_canonical })
    }

    /// The value of a parameter.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether a list has a word.
    pub fn has(&self, name: &str, word: &str) -> bool {
        self.value(name).is_some_and(|list| list.split(',').any(|one| one == word))
    }

    /// As it stands after the `?`.
    pub fn query(&self) -> String {
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.pairs).finish()
    }

    /// The address of search that shows it.
    pub fn address(&self) -> String {
        self.address_at("/search")
    }

    /// The address of another page that shows the same.
    pub fn address_at(&self, page: &str) -> String {
        if self.pairs.is_empty() { page.to_owned() } else { format!("{page}?{}", self.query()) }
    }

    /// The same with another value of a parameter.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Asked {
        let mut asked = self.without(name);
        asked.pairs.push((name.to_owned(), value.to_owned()));
        asked
    }

    /// The same without a parameter.
    #[must_use]
    pub fn without(&self, name: &str) -> Asked {
        let mut asked = self.clone();
        asked.pairs.retain(|(known, _)| known != name);
        asked
    }

    /// The same of open incidents only, unless steps or closed ones are asked for: what the map shows.
    #[must_use]
    pub fn with_open(&self) -> Asked {
        let chosen = ["step", "open", "closed_from", "closed_to"].iter().any(|name| self.value(name).is_some());
        if chosen { self.clone() } else { self.with("open", "true") }
    }
}

fn is_instant(name: &str) -> bool {
    let period = name.strip_suffix("_from").or_else(|| name.strip_suffix("_to"));
    period.is_some_and(|period| PERIODS.contains(&period))
}

/// An instant as the API has it: of a day its beginning, or, where it ends a span, that of the day after.
fn instant(desk: &Desk, name: &str, value: &str) -> Result<String, Problem> {
    if value.parse::<At>().is_ok() {
        return Ok(value.to_owned());
    }
    let bad = || Problem::invalid(name, "must be a day such as 2025-12-24, or an instant such as 2025-12-24T14:06:00Z");
    let there: DateTime = match value.parse::<Date>() {
        Ok(day) if name.ends_with("_to") => day.checked_add(1.day()).map_err(|_| bad())?.into(),
        Ok(day) => day.into(),
        Err(_) => value.parse().map_err(|_| bad())?,
    };
    let there = there.to_zoned(desk.policy.zone().clone()).map_err(|_| bad())?;
    Ok(At::new(there.timestamp()).to_string())
}

/// An instant of a span as a field of a form shows it: a day where it is the bound of one, else the minute.
pub fn shown(desk: &Desk, name: &str, value: &str) -> (&'static str, String) {
    let Ok(at) = value.parse::<At>() else { return ("date", String::new()) };
    let there = desk.policy.zone().to_datetime(*at);
    if there.time() != jiff::civil::Time::midnight() {
        return ("datetime-local", there.strftime("%Y-%m-%dT%H:%M").to_string());
    }
    let day = if name.ends_with("_to") { there.date().yesterday().unwrap_or(there.date()) } else { there.date() };
    ("date", day.to_string())
}

/// What a filter names that the policy does not have (any more).
pub fn gone(desk: &Desk, wanted: &FilterParameters) -> Vec<(&'static str, String)> {
    let policy = &desk.policy;
    let named = [
        ("topic", &wanted.topic, wanted.topic.as_deref().is_some_and(|id| policy.topic(id).is_none())),
        ("group", &wanted.group, wanted.group.as_deref().is_some_and(|id| policy.group(id).is_none())),
        (
            "municipality",
            &wanted.municipality,
            wanted.municipality.as_deref().is_some_and(|id| policy.municipality(id).is_none()),
        ),
    ];
    let body = |id: &Option<String>| id.as_deref().is_some_and(|id| policy.organisation(id).is_none());
    let bodies = [
        ("organisation", &wanted.organisation),
        ("responsible", &wanted.responsible),
        ("executor", &wanted.executor),
        ("returned_by", &wanted.returned_by),
    ];
    let bodies = bodies.into_iter().map(|(name, id)| (name, id, body(id)));
    let all = named.into_iter().chain(bodies).filter(|(_, _, is_gone)| *is_gone);
    all.filter_map(|(name, id, _)| Some((name, id.clone()?))).collect()
}
