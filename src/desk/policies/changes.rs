//! What differs between two versions: records added, removed and changed, table by table.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::domain::Doc;
use crate::domain::policy::{PolicyDoc, Table};

/// The tables in the order of a document, each with the field that its records go by.
const TABLES: [(Table, &str); 15] = [
    (Table::City, "id"),
    (Table::Groups, "id"),
    (Table::Topics, "id"),
    (Table::TopicAliases, "alias"),
    (Table::Municipalities, "id"),
    (Table::Okrugs, "id"),
    (Table::Organisations, "id"),
    (Table::OrganisationAliases, "alias"),
    (Table::Routes, "id"),
    (Table::Executors, "id"),
    (Table::Terms, "id"),
    (Table::Calendars, "id"),
    (Table::Streets, "name"),
    (Table::Houses, "street"),
    (Table::Templates, "id"),
];

/// What changed in one table.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TableChanges {
    /// The table's key in the document.
    #[schema(example = "routes")]
    pub table: &'static str,
    /// The records that are new.
    pub added: Vec<Doc>,
    /// The records that are gone.
    pub removed: Vec<Doc>,
    /// The records that say something else now.
    pub changed: Vec<RecordChange>,
}

/// A record that says something else.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RecordChange {
    /// What the record goes by: its id, an alias, or a street's name.
    #[schema(example = "kind-district-roads")]
    pub id: String,
    pub before: Doc,
    pub after: Doc,
}

/// What changed from one document to another, of the tables in which something did. `None` is the empty document, before the first.
/// The order of records says nothing, so it is not compared.
pub fn between(before: Option<&PolicyDoc>, after: Option<&PolicyDoc>) -> Vec<TableChanges> {
    let (mut before, mut after) = (tables(before), tables(after));
    TABLES.iter().filter_map(|(table, name)| compare(table.key(), name, &mut before, &mut after)).collect()
}

/// The typed document's JSON, in which every field is present whatever program stored it.
fn tables(doc: Option<&PolicyDoc>) -> Value {
    doc.map(|doc| Doc::of(doc).0).unwrap_or_default()
}

fn compare(table: &'static str, name: &str, before: &mut Value, after: &mut Value) -> Option<TableChanges> {
    let mut old: HashMap<Key, Value> = records(table, name, before).collect();
    let mut changes = TableChanges { table, added: Vec::new(), removed: Vec::new(), changed: Vec::new() };
    for (key, after) in records(table, name, after) {
        match old.remove(&key) {
            None => changes.added.push(Doc(after)),
            Some(before) if before == after => {}
            Some(before) => {
                changes.changed.push(RecordChange { id: key.0, before: Doc(before), after: Doc(after) });
            }
        }
    }
    let mut removed: Vec<_> = old.into_iter().collect();
    removed.sort_by(|(one, _), (other, _)| one.cmp(other));
    changes.removed = removed.into_iter().map(|(_, record)| Doc(record)).collect();
    let nothing = changes.added.is_empty() && changes.removed.is_empty() && changes.changed.is_empty();
    (!nothing).then_some(changes)
}

/// What a record goes by, and its how-manieth of that name it is: streets may share one, and houses share their street's.
type Key = (String, usize);

fn records(table: &str, name: &str, document: &mut Value) -> impl Iterator<Item = (Key, Value)> {
    let records = match document.get_mut(table).map(Value::take) {
        Some(Value::Array(records)) => records,
        Some(Value::Null) | None => Vec::new(),
        Some(one) => vec![one],
    };
    let mut seen: HashMap<String, usize> = HashMap::new();
    records.into_iter().map(move |record| {
        let name = record.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let times = seen.entry(name.clone()).or_default();
        *times += 1;
        ((name, *times), record)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::policy::{Pattern, fixture};

    #[test]
    fn every_table_of_a_document_is_compared() {
        // Templates are left out of a document that has none.
        let template = serde_json::from_value(json!({ "id": "wait", "title": "Ждём", "text": "Ждём" })).unwrap();
        let full = PolicyDoc { templates: vec![template], ..fixture::doc() };
        let Value::Object(document) = Doc::of(&full).0 else { panic!("a document is an object") };
        let mut known: Vec<_> = TABLES.iter().map(|(table, _)| table.key()).collect();
        known.sort_unstable();
        assert_eq!(document.keys().collect::<Vec<_>>(), known);
    }

    #[test]
    fn a_change_is_found_whatever_the_order() {
        let before = fixture::doc();
        let mut after = before.clone();
        after.routes.reverse();
        assert!(between(Some(&before), Some(&after)).is_empty());
        let gone = after.routes.remove(0);
        after.routes[0].topic = Pattern::Is("holes".to_owned());
        let changed = after.routes[0].id.clone();
        after.organisation_aliases[0].alias = "Ратуша".to_owned();
        let changes = between(Some(&before), Some(&after));
        let tables: Vec<_> = changes.iter().map(|table| table.table).collect();
        assert_eq!(tables, ["organisation_aliases", "routes"]);
        assert_eq!((changes[0].added.len(), changes[0].removed.len()), (1, 1));
        assert_eq!(changes[1].removed, [Doc::of(&gone)]);
        assert_eq!(changes[1].changed.iter().map(|change| &change.id).collect::<Vec<_>>(), [&changed]);
        assert_eq!(changes[1].changed[0].after.0["topic"], "holes");
    }

    #[test]
    fn records_of_one_name_are_told_apart() {
        let mut before = fixture::doc();
        before.streets.push(before.streets[0].clone());
        let mut after = before.clone();
        after.streets[1].bank = "right".to_owned();
        let changes = between(Some(&before), Some(&after));
        assert_eq!((changes.len(), changes[0].changed.len()), (1, 1));
    }

    #[test]
    fn the_first_version_adds_everything() {
        let doc = fixture::doc();
        let changes = between(None, Some(&doc));
        assert_eq!(changes.iter().map(|table| table.added.len()).sum::<usize>(), {
            let places_and_city = doc.streets.len() + doc.houses.len() + 1;
            places_and_city
                + doc.groups.len()
                + doc.topics.len()
                + doc.topic_aliases.len()
                + doc.municipalities.len()
                + doc.okrugs.len()
                + doc.organisations.len()
                + doc.organisation_aliases.len()
                + doc.routes.len()
                + doc.executors.len()
                + doc.terms.len()
                + doc.calendars.len()
        });
    }
}
