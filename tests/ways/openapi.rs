//! The API's description: what is kept is what the code generates, and it says of each operation what a client has to know.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

/// Where the description is kept.
const FILE: &str = "openapi/openapi.json";

/// What may be asked without a bearer token. A new operation is not public unless it is named here.
const PUBLIC: [&str; 4] = [
    "post /api/v1/session",
    "post /api/v1/session/refresh",
    "post /hooks/webhook/{source}",
    "post /hooks/{network}/{token}",
];

fn description() -> Value {
    serde_json::to_value(otklik::http::api::openapi()).expect("the description serialises")
}

/// Every operation: its method and address, and itself.
fn operations(description: &Value) -> Vec<(String, Value)> {
    let paths = description["paths"].as_object().expect("paths");
    let of_path = |(path, item): (&String, &Value)| {
        let operations = item.as_object().expect("a path").iter();
        operations.map(|(method, operation)| (format!("{method} {path}"), operation.clone())).collect::<Vec<_>>()
    };
    paths.iter().flat_map(of_path).collect()
}

#[test]
fn the_file_is_what_the_code_generates() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let made = otklik::http::api::openapi().to_pretty_json().expect("the description serialises") + "\n";
    let same = kept.lines().zip(made.lines()).take_while(|(kept, made)| kept == made).count();
    let line = |text: &str| text.lines().nth(same).unwrap_or("(its end)").trim().to_owned();
    assert!(
        kept == made,
        "{FILE} is not what the code generates, from line {} on:\n  kept:      {}\n  generated: {}\nWrite it anew with: \
         mkdir -p openapi && cargo run --quiet -- openapi > {FILE}",
        same + 1,
        line(&kept),
        line(&made),
    );
}

#[test]
fn every_operation_has_a_name_of_its_own_and_a_tag() {
    let description = description();
    let mut names = BTreeSet::new();
    for (which, operation) in operations(&description) {
        let name = operation["operationId"].as_str().unwrap_or_default().to_owned();
        assert!(!name.is_empty(), "{which} has no operationId");
        assert!(names.insert(name), "{which} has another one's operationId");
        assert!(operation["tags"].as_array().is_some_and(|tags| !tags.is_empty()), "{which} has no tags");
    }
    assert!(names.len() > 40, "only {} operations were found", names.len());
}

#[test]
fn what_needs_a_token_says_how_it_refuses() {
    let description = description();
    let everywhere = &description["security"];
    let mut public = BTreeSet::new();
    for (which, operation) in operations(&description) {
        let security = operation.get("security").unwrap_or(everywhere).as_array().cloned().unwrap_or_default();
        // An empty requirement beside others makes them optional.
        let guarded = !security.is_empty() && security.iter().all(|one| one.get("bearer").is_some());
        if !guarded {
            public.insert(which);
            continue;
        }
        for status in ["401", "403"] {
            let refusal = &operation["responses"][status]["content"]["application/problem+json"];
            assert!(refusal.is_object(), "{which} does not say how it is refused with {status}");
        }
    }
    assert_eq!(public, BTreeSet::from(PUBLIC.map(str::to_owned)));
}

#[test]
fn every_parameter_of_an_address_is_described() {
    let description = description();
    for (which, operation) in operations(&description) {
        let in_address: BTreeSet<&str> =
            which.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect();
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        let described: Vec<Value> = parameters.into_iter().filter(|parameter| parameter["in"] == "path").collect();
        let described: BTreeSet<&str> = described.iter().filter_map(|parameter| parameter["name"].as_str()).collect();
        assert_eq!(described, in_address, "{which}");
    }
}
