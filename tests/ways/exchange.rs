//! The table of the real system over the API, and into another city's database.

use std::path::PathBuf;

use otklik::desk::Desk;
use otklik::domain::{Actor, Role};
use otklik::import::{Options, Report, import};
use otklik::store::Store;
use otklik::store::incidents::Filter;
use otklik::table::{Cell, Column, Line, ReadError, Rows};
use serde_json::json;

use crate::harness::server::{City, message, organisation};
use crate::harness::{Database, Ground, On};

both_engines! {
    a_table_survives_the_way_into_another_city,
    a_table_has_as_many_rows_as_there_are,
    an_export_needs_the_right_and_shows_what_may_be_seen,
}

fn live(city: &City) {
    let source = city.source();
    let coordinator = city.sign_in_at(Role::Coordinator, organisation::CITY);
    for n in 0..4 {
        let mut told = message(&n.to_string(), "=На Портовой яма;\nтретий день");
        told["topic"] = json!((n != 3).then_some("hole-in-road"));
        told["url"] = json!(format!("https://vk.com/wall-100_{n}"));
        told["author"]["url"] = json!(format!("https://vk.com/id{n}"));
        told["author"]["id"] = json!(format!("id{n}"));
        told["place"] = json!({ "street": "Портовая", "house": "5" });
        let path = format!("/api/v1/incidents/{}", city.complaint(&source, told));
        city.advance(std::time::Duration::from_secs(1800));
        if n < 2 {
            coordinator.ask("POST", &format!("{path}/work")).send().expect(200);
            let answer = json!({ "kind": "final", "outcome": "resolved", "text": "Яму засыпали 10 ноября" });
            coordinator.post(&format!("{path}/answers"), &answer).expect(200);
            coordinator.ask("POST", &format!("{path}/answers/1/submission")).send().expect(200);
            city.sign_in(Role::Approver).ask("POST", &format!("{path}/answers/1/approval")).send().expect(200);
            city.advance(std::time::Duration::from_secs(600));
            city.sign_in(Role::Integration).post(&format!("{path}/answers/1/delivery"), &json!({})).expect(200);
        }
    }
    let rated = json!({
        "external_id": "0-mark", "form": "comment", "post": "0", "account": "lukomorsk", "author": { "id": "id0" }, "text": "",
        "rating": 5, "published_at": city.now(),
    });
    city.push(&source, &[rated]).expect(200);
}

/// A file that the city carries out, in a folder of its own.
fn carried_out(city: &City, role: Role, query: &str, extension: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(format!("table.{extension}"));
    let answer = city.sign_in(role).get(&format!("/api/v1/incidents.{extension}{query}")).expect(200);
    let name = format!("attachment; filename=\"incidents-2025-11-10.{extension}\"");
    assert_eq!(answer.header("content-disposition"), Some(name.as_str()));
    std::fs::write(&path, answer.body).expect("a file");
    (folder, path)
}

fn lines(path: &std::path::Path) -> Vec<Line> {
    let mut lines = Vec::new();
    let read = Rows::open(path).and_then(|rows| {
        rows.each(|line| {
            lines.push(line);
            Ok::<_, ReadError>(())
        })
    });
    read.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    lines
}

fn taken(city: &City, store: &Store, path: &std::path::Path) -> Report {
    let desk = Desk::new(city.app().policy(), city.now(), Actor::System);
    import(store, &desk, path, Options::default()).unwrap_or_else(|error| panic!("{error}"))
}

fn rows(city: &City, store: &Store) -> Vec<Vec<Cell>> {
    let desk = city.app().desk(Actor::System);
    let policy = city.app().policy();
    let page = store.read_now(move |conn| otklik::desk::exchange::page(conn, &desk, &Filter::default(), None));
    page.expect("a page").records.iter().map(|record| record.cells(&policy)).collect()
}

/// A second database on the same engine.
struct Two(City, Database);

impl Ground for Two {
    fn on(engine: On) -> Two {
        Two(City::on(engine), Database::on(engine))
    }
}

fn a_table_survives_the_way_into_another_city(Two(city, database): Two) {
    live(&city);
    let store = database.store();
    let before = rows(&city, city.app().store());
    for (extension, fresh) in [("xlsx", 4), ("csv", 0)] {
        let (_folder, path) = carried_out(&city, Role::Moderator, "", extension);
        let report = taken(&city, &store, &path);
        assert_eq!((report.read, report.taken, report.seen), (4, fresh, 4 - fresh), "{:?}", report.refused);
        assert_eq!(taken(&city, city.app().store(), &path).seen, 4, "its own incidents come back to it");
    }
    let after = rows(&city, &store);
    assert_eq!(after.len(), before.len());
    for (before, after) in before.iter().flatten().zip(after.iter().flatten()) {
        assert_eq!(before, after);
    }
    city.leave_jobs();
}

fn a_table_has_as_many_rows_as_there_are(city: City) {
    // More than two pages, so that pages are seen to follow each other.
    let source = city.source();
    let batch: Vec<_> = (0..600).map(|n| message(&n.to_string(), &format!("Яма номер {n}"))).collect();
    city.push(&source, &batch).expect(200);
    for extension in ["xlsx", "csv"] {
        let (_folder, path) = carried_out(&city, Role::Moderator, "", extension);
        let mut numbers: Vec<u64> =
            lines(&path).iter().map(|line| line.cell(Column::Number).text().unwrap().parse().unwrap()).collect();
        assert!(numbers.is_sorted(), "oldest first");
        numbers.dedup();
        assert_eq!(numbers.len(), 600);
        let (_folder, path) = carried_out(&city, Role::Moderator, "?q=599", extension);
        assert_eq!(lines(&path).len(), 1);
    }
}

fn an_export_needs_the_right_and_shows_what_may_be_seen(city: City) {
    live(&city);
    city.leave_jobs();
    let links = |role| {
        let (_folder, path) = carried_out(&city, role, "", "csv");
        lines(&path).iter().filter(|line| !line.cell(Column::AuthorUrl).is_empty()).count()
    };
    assert_eq!(links(Role::Moderator), 4);
    assert_eq!(links(Role::Administrator), 0, "without the right to personal data there are no addresses of people");
    for extension in ["xlsx", "csv"] {
        let path = format!("/api/v1/incidents.{extension}");
        city.sign_in(Role::Executor).get(&path).problem(403, "forbidden");
        city.anybody().get(&path).problem(401, "not_signed_in");
        city.sign_in(Role::Moderator).get(&format!("{path}?organisation=nobody")).problem(422, "invalid");
        let stranger = city.sign_in_at(Role::Coordinator, organisation::ISLAND).get(&path).expect(200);
        assert!(!stranger.text().contains("Яму засыпали"));
    }
    let (_folder, path) = carried_out(&city, Role::Coordinator, "?open=false", "xlsx");
    assert_eq!(lines(&path).len(), 1);
}
