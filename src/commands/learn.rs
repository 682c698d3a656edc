//! `otklik train FILE --into-database`: decided texts from a file, learned under the city's own policy and put in use.

use std::path::Path;

use super::Failed;
use crate::config::Config;
use crate::desk::learning::{self, Made};
use crate::domain::advice::{Head, known};
use crate::domain::learn::{Example, Known, Model};
use crate::domain::policy::Policy;
use crate::train::{self, Decided};

/// Who is told to have trained such a model.
const BY: &str = "otklik train";

/// Learns topics from a file and puts the model in use; rows whose topic the policy does not have are left out and counted.
///
/// # Errors
/// [`Failed`]; also when no row has a topic of the policy.
pub fn into_database(config: &Config, file: &Path) -> Result<(), Failed> {
    let (store, desk) = super::desk(config)?;
    let decided = train::read(file)?;
    let rows = decided.len();
    let examples: Vec<Example<'_>> = decided.into_iter().filter_map(|one| example(&desk.policy, one)).collect();
    if examples.is_empty() {
        return Err(Failed::Other(format!("{}: no row has a topic of the city's policy", file.display())));
    }
    let topics: Vec<Known> = desk.policy.doc().topics.iter().map(known).collect();
    let model = Model::train(&examples, &topics);
    println!("{} of {rows} rows have a topic of the policy", examples.len());
    print!("{}", train::told(&model));
    let made = Made {
        head: Head::Topic,
        model,
        examples: examples.len(),
        lesson: 0,
        trained_at: desk.now,
        policy_version: desk.policy.version(),
        against: None,
        worse: None,
    };
    let row = store.write_now(move |conn| learning::adopt(conn, &desk, &made, BY))?;
    println!("{}: version {} is in use", store.engine(), row.version);
    Ok(())
}

/// A row as an example, by the policy's own name of its topic.
fn example(policy: &Policy, decided: Decided) -> Option<Example<'_>> {
    let topic = policy.topic_by_name(decided.topic.as_deref()?)?;
    let (label, parent) = ((&topic.id).into(), Some((&topic.group).into()));
    Some(Example { text: decided.text.into(), label, parent, family: Some(decided.family) })
}
