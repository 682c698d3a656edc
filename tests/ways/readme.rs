//! The README says what the code does.

use otklik::domain::incident::MOVES;

#[test]
fn the_table_of_moves_is_the_state_machine() {
    let readme = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md"));
    let (_, rest) = readme.split_once("<!-- moves:").expect("the table's beginning");
    let (table, _) = rest.split_once("<!-- end of moves -->").expect("the table's end");
    let rows: Vec<&str> = table.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    let steps = |steps: &[otklik::domain::Step]| steps.iter().map(|s| s.as_str()).collect::<Vec<_>>().join(", ");
    let expected: Vec<String> = MOVES
        .iter()
        .map(|m| {
            let to = if m.to.is_empty() { "(stays)".to_owned() } else { steps(m.to) };
            format!("| {} | {} | {to} |", m.action, steps(m.from))
        })
        .collect();
    assert_eq!(rows, expected);
}

#[test]
fn the_committed_description_is_the_served_one() {
    let committed = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/openapi/openapi.json"));
    let served = otklik::http::api::openapi().to_pretty_json().expect("JSON");
    assert!(committed.trim_end() == served.trim_end(), "run: cargo run -- openapi > openapi/openapi.json");
}
