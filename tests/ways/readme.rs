//! The README and what stands beside the program say what the code does.

use std::collections::BTreeSet;

use otklik::domain::incident::MOVES;
use otklik::domain::{Role, Step};

const README: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md"));
const ALERTS: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/prometheus/alerts.yml"));
const METRICS: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/app/metrics.rs"));

/// The rows between a table's marks, without its head, each as its cells.
fn table(name: &str) -> Vec<Vec<&'static str>> {
    let (_, rest) = README.split_once(&format!("<!-- {name}:")).expect("the table's beginning");
    let (table, _) = rest.split_once(&format!("<!-- end of {name} -->")).expect("the table's end");
    let rows = table.lines().filter(|line| line.starts_with("| ")).skip(1);
    rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

#[test]
fn the_table_of_moves_is_the_state_machine() {
    let steps = |steps: &[Step]| steps.iter().map(|step| step.as_str()).collect::<Vec<_>>().join(", ");
    let expected: Vec<Vec<String>> = MOVES
        .iter()
        .map(|row| {
            let to = if row.to.is_empty() { "(stays)".to_owned() } else { steps(row.to) };
            vec![row.action.to_string(), steps(row.from), to]
        })
        .collect();
    assert_eq!(table("moves"), expected);
}

#[test]
fn the_table_of_roles_is_what_they_may_do() {
    let shown: Vec<(&str, &str)> = table("roles").iter().map(|row| (row[0], row[2])).collect();
    let rights = |role: &Role| role.permissions().iter().map(|right| right.as_str()).collect::<Vec<_>>().join(", ");
    let expected: Vec<(&str, String)> = Role::ALL.iter().map(|role| (role.as_str(), rights(role))).collect();
    let expected: Vec<(&str, &str)> = expected.iter().map(|(role, rights)| (*role, rights.as_str())).collect();
    assert_eq!(shown, expected);
}

#[test]
fn alerts_ask_for_figures_that_there_are() {
    let is_of_name = |c: char| c.is_ascii_lowercase() || c == '_';
    let named: BTreeSet<&str> = ALERTS
        .split(|c: char| !is_of_name(c))
        .filter(|word| word.starts_with("otklik_"))
        .map(|word| word.trim_end_matches("_bucket"))
        .collect();
    assert!(named.len() > 5, "{named:?}");
    for name in named {
        assert!(METRICS.contains(&format!("\"{name}\"")), "no figure is called {name}");
    }
}
