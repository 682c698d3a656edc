//! `otklik policy`: a city's directory, checked and loaded.

use std::path::Path;

use super::Failed;
use crate::app::open_store;
use crate::config::Config;
use crate::demo::data::OMSK;
use crate::desk::policies::{self, Loaded};
use crate::domain::policy::PolicyDoc;
use crate::domain::policy::files;
use crate::domain::{Actor, At};

/// Checks a city's directory, without any database.
///
/// # Errors
/// [`Failed::Other`] with every fault, a line each.
pub fn check(directory: &Path) -> Result<(), Failed> {
    let doc = read(directory)?;
    println!("{}: sound; {}", directory.display(), summary(&doc));
    Ok(())
}

/// Loads a city's directory as the next version of the policy. Loading the same again changes nothing.
///
/// # Errors
/// [`Failed`]; of a directory that is not sound, with every fault, a line each.
pub fn load(config: &Config, directory: &Path, note: &str) -> Result<(), Failed> {
    let doc = read(directory)?;
    let summary = summary(&doc);
    let sound = policies::check(doc)?;
    let store = open_store(config)?;
    let (note, by) = (note.to_owned(), Actor::System.tag());
    match store.write_now(move |conn| policies::load(conn, &sound, &note, &by, At::now()))? {
        Loaded::Stored(version) => println!("{}: version {version}; {summary}", store.engine()),
        Loaded::Unchanged(version) => println!("{}: unchanged, still version {version}", store.engine()),
    }
    Ok(())
}

/// Reads a city's directory.
///
/// # Errors
/// [`Failed::Other`] with every fault, a line each.
pub fn read(directory: &Path) -> Result<PolicyDoc, Failed> {
    of(&directory.display().to_string(), &contents(directory)?)
}

/// The city that is compiled in.
///
/// # Errors
/// As [`read`].
pub fn omsk() -> Result<PolicyDoc, Failed> {
    let files: Vec<_> = OMSK.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    of("the city that is compiled in", &files)
}

fn of(name: &str, files: &[(String, String)]) -> Result<PolicyDoc, Failed> {
    let (doc, _) = files::read(files).map_err(|faults| {
        let lines: Vec<String> = faults.iter().map(|fault| format!("\n  {fault}")).collect();
        Failed::Other(format!("{name} has {} faults:{}", lines.len(), lines.concat()))
    })?;
    Ok(doc)
}

/// The names and contents of the tables and settings in a directory.
fn contents(directory: &Path) -> Result<Vec<(String, String)>, Failed> {
    let cannot = |path: &Path, error: std::io::Error| Failed::Other(format!("{}: {error}", path.display()));
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(|error| cannot(directory, error))? {
        let path = entry.map_err(|error| cannot(directory, error))?.path();
        let is_table = path.extension().is_some_and(|ending| ending == "csv" || ending == "toml");
        let Some(name) = path.file_name().and_then(|name| name.to_str()).filter(|_| is_table && path.is_file()) else {
            continue;
        };
        let content = std::fs::read_to_string(&path).map_err(|error| cannot(&path, error))?;
        found.push((name.to_owned(), content));
    }
    Ok(found)
}

fn summary(doc: &PolicyDoc) -> String {
    format!(
        "{}: {} topics in {} groups, {} organisations, {} routes, {} terms",
        doc.city.id,
        doc.topics.len(),
        doc.groups.len(),
        doc.organisations.len(),
        doc.routes.len(),
        doc.terms.len(),
    )
}
