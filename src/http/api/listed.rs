//! What the lists of a policy's records have in common: the version they are of, and looking for a name.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::domain::Policy;
use crate::domain::refusal::Faults;
use crate::domain::text::fold;
use crate::http::problem::Problem;
use crate::http::reply::Reply;

/// The longest id that a filter takes.
pub(super) const ID_LIMIT: usize = 64;
/// The longest text that a name is looked for by.
pub(super) const SOUGHT_LIMIT: usize = 100;

/// Which version of the policy.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct AsOf {
    /// A version of the policy; without it, the one in force.
    #[param(minimum = 1, example = 7)]
    pub(super) version: Option<i64>,
}

/// The policy in force, or as it stood in a version.
pub(super) async fn at(app: &App, version: Option<i64>) -> Result<Arc<Policy>, Problem> {
    match version {
        None => Ok(app.policy()),
        Some(version) if version < 1 => Err(Problem::invalid("version", "must be 1 or more")),
        Some(version) => Ok(app.policy_at(version).await?),
    }
}

/// Records of one version of the policy: all that fit, in the order of the document.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Listed<T> {
    /// The version that they are part of.
    #[schema(example = 7)]
    policy_version: i64,
    items: Vec<T>,
}

impl<T: Serialize> Listed<T> {
    /// The answer that shows them.
    pub(super) fn reply(policy: &Policy, items: Vec<T>) -> Reply {
        let policy_version = policy.version();
        Reply::ok(&Listed { policy_version, items }).version(policy_version)
    }
}

/// Refuses filters whose texts are empty or too long: each with its name and limit.
pub(super) fn need_lengths(texts: &[(&str, &Option<String>, usize)]) -> Result<(), Problem> {
    let mut faults = Faults::default();
    for (name, text, most) in texts {
        let good = text.as_ref().is_none_or(|text| (1..=*most).contains(&text.chars().count()));
        faults.need(good, name, format!("must have 1 to {most} characters"));
    }
    Ok(faults.settle()?)
}

/// A part of a name that is looked for, whatever the case, and е for ё.
#[derive(Debug)]
pub(super) struct Sought(Option<String>);

impl Sought {
    /// Without a text, everything is found.
    pub(super) fn new(text: Option<&str>) -> Sought {
        Sought(text.map(fold))
    }

    /// Whether one of the names has it.
    pub(super) fn is_in<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> bool {
        self.0.as_ref().is_none_or(|sought| names.into_iter().any(|name| fold(name).contains(sought.as_str())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_by_its_part() {
        let sought = Sought::new(Some("ОЗЕРСК"));
        assert!(sought.is_in(["Пруд", "Озёрский район"]));
        assert!(!sought.is_in(["Пруд"]));
        assert!(Sought::new(None).is_in([]));
    }

    #[test]
    fn filters_have_their_bounds() {
        let text = |text: &str| Some(text.to_owned());
        assert!(need_lengths(&[("q", &text("да"), 2), ("parent", &None, 2)]).is_ok());
        assert_eq!(
            need_lengths(&[("q", &text("нет"), 2)]).unwrap_err().to_string(),
            "invalid: q: must have 1 to 2 characters"
        );
        assert!(need_lengths(&[("q", &text(""), 2)]).is_err());
    }
}
