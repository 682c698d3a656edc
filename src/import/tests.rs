//! Out and in again: what incidents of any history look like in the table survives a second city.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::desk::exchange::{SOURCE, page};
use crate::desk::{Error, answering, intake, triage};
use crate::domain::classify::WordRules;
use crate::domain::policy::fixture;
use crate::domain::sla::{ClockKind, ClockState};
use crate::domain::{
    Actor, AnswerKind, At, CloseReason, EventKind, Id, Incoming, Outcome, ReworkReason, Role, Scope, Step,
};
use crate::store::incidents::{Filter, Order};
use crate::store::records::Source;
use crate::store::{Conn, Engine, StoreError, StoreSize, incidents, migrate, spine};
use crate::table::{Cell, Column, CsvRows, Workbook};

fn at(text: &str) -> At {
    text.parse().unwrap()
}

/// A city of its own, which vanishes with the folder.
struct City {
    store: Store,
    folder: tempfile::TempDir,
}

impl City {
    fn new() -> City {
        let folder = tempfile::tempdir().unwrap();
        let engine = Engine::Sqlite { path: folder.path().join("city.db").display().to_string() };
        migrate::up(&engine).unwrap();
        City { store: Store::open(engine, StoreSize { connections: 1, waiting: 8 }).unwrap(), folder }
    }

    fn write<T: Send + 'static>(&self, work: impl FnOnce(&mut Conn) -> Result<T, Error> + Send + 'static) -> T {
        self.store.write_now(work).unwrap()
    }

    fn read<T: Send + 'static>(&self, work: impl FnOnce(&mut Conn) -> Result<T, Error> + Send + 'static) -> T {
        self.store.read_now(work).unwrap()
    }

    /// The whole table.
    fn rows(&self) -> Vec<Vec<Cell>> {
        let desk = system();
        self.read(move |conn| {
            let page = page(conn, &desk, &Filter::default(), None)?;
            assert_eq!(page.next, None);
            Ok(page.records.iter().map(|record| record.cells(&desk.policy)).collect())
        })
    }

    fn import(&self, file: &Path) -> Report {
        import(&self.store, &system(), file, Options::default()).unwrap()
    }

    fn write_xlsx(&self) -> std::path::PathBuf {
        let path = self.folder.path().join("table.xlsx");
        let mut workbook = Workbook::new().unwrap();
        for row in self.rows() {
            workbook.row(&row).unwrap();
        }
        workbook.finish(File::create(&path).unwrap()).unwrap();
        path
    }

    fn write_csv(&self) -> std::path::PathBuf {
        let path = self.folder.path().join("table.csv");
        let rows = self.rows();
        let bytes = CsvRows::default().write(rows.iter().map(Vec::as_slice)).unwrap();
        File::create(&path).unwrap().write_all(&bytes).unwrap();
        path
    }
}

fn system() -> Desk {
    desk(Actor::System, "2026-01-15T06:00:00Z")
}

fn desk(actor: Actor, now: &str) -> Desk {
    Desk::new(Arc::new(fixture::policy()), at(now), actor)
}

fn staff(role: Role) -> Actor {
    Actor::Staff { id: Id::new(at("2025-01-01T00:00:00Z")), role, organisation: "region".to_owned(), scope: Scope::All }
}

fn message(external_id: &str, text: &str, topic: Option<&str>) -> Incoming {
    serde_json::from_value(json!({
        "external_id": external_id,
        "network": "vk",
        "account": "-100",
        "author": { "id": format!("id-{external_id}"), "url": format!("https://vk.com/id-{external_id}") },
        "url": format!("https://vk.com/wall-100_{external_id}"),
        "text": text,
        "topic": topic,
        "place": { "municipality": "Прудов", "street": "улица Мира", "house": "14" },
        "published_at": "2025-12-24T14:06:00.250Z",
    }))
    .unwrap()
}

/// Four complaints, each come as far as another: closed after rework, awaiting its author, at work, put aside.
fn live(city: &City) {
    let source = Source {
        id: Id::new(at("2025-12-01T00:00:00Z")),
        name: "test".to_owned(),
        title: "test".to_owned(),
        network: "vk".to_owned(),
        active: true,
        reply_url: None,
        created_by: "system".to_owned(),
        created_at: at("2025-12-01T00:00:00Z"),
    };
    city.write(move |conn| {
        crate::store::sources::insert(conn, &source)?;
        let policy = Arc::new(fixture::policy());
        let classifier = WordRules::new(&policy.doc().topics);
        let batch = [
            message("1", "=Двор не чистят от снега;\nсугробы", Some("snow")),
            message("2", "Яма на дороге", Some("holes")),
            message("3", "Холодно, батареи чуть тёплые", Some("cold")),
            message("4", "Всем привет", None),
        ];
        let now = at("2025-12-24T14:07:00.123456Z");
        let batch = batch.map(|m| Arc::new(intake::prepare(&policy, &classifier, &source, m, now)));
        let taken = intake::receive(conn, &Desk::new(policy, now, Actor::System), &batch)?;
        let ids: Vec<Id> = taken.iter().map(|receipt| receipt.incident.unwrap().0).collect();
        answer(conn, ids[0], true)?;
        answering::close(
            conn,
            &desk(Actor::System, "2025-12-26T05:00:00Z"),
            ids[0],
            None,
            CloseReason::AuthorSatisfied,
            "",
        )?;
        answer(conn, ids[1], false)?;
        answering::take(conn, &desk(Actor::System, "2025-12-25T03:00:00Z"), ids[2], None)?;
        triage::dismiss(
            conn,
            &desk(Actor::System, "2025-12-25T03:00:00Z"),
            ids[3],
            None,
            CloseReason::NoProblem,
            "приветствие",
        )?;
        Ok(())
    });
}

fn answer(conn: &mut Conn, id: Id, reworked: bool) -> Result<(), Error> {
    let executor = desk(staff(Role::Coordinator), "2025-12-25T03:30:00.5Z");
    answering::take(conn, &executor, id, None)?;
    let draft = |text: &str| answering::Draft {
        kind: AnswerKind::Final,
        outcome: Some(Outcome::Explained),
        via: None,
        text: text.to_owned(),
    };
    let mut n = 1;
    if reworked {
        answering::draft(conn, &executor, id, None, draft("Отписка"))?;
        answering::submit(conn, &executor, id, None, n)?;
        let approver = desk(staff(Role::Approver), "2025-12-25T03:35:00Z");
        answering::rework(conn, &approver, id, None, n, ReworkReason::Formal, "назовите срок")?;
        n += 1;
    }
    answering::draft(conn, &executor, id, None, draft("Снег уберут до 26 декабря"))?;
    answering::submit(conn, &executor, id, None, n)?;
    answering::approve(conn, &desk(staff(Role::Approver), "2025-12-25T03:37:00Z"), id, None, n, &[])?;
    answering::delivered(conn, &desk(Actor::System, "2025-12-25T03:40:00.75Z"), id, n, None)?;
    Ok(())
}

#[test]
fn the_table_survives_the_way_out_and_in() {
    let first = City::new();
    live(&first);
    let rows = first.rows();
    assert_eq!(rows.len(), 4);
    for file in [first.write_xlsx(), first.write_csv()] {
        let second = City::new();
        let report = second.import(&file);
        assert_eq!((report.read, report.taken, report.refused.len()), (4, 4, 0), "{:?}", report.refused);
        for (before, after) in rows.iter().zip(second.rows()) {
            for ((column, before), after) in Column::ALL.iter().zip(before).zip(after) {
                assert_eq!(*before, after, "{}", column.header());
            }
        }
    }
}

#[test]
fn a_file_may_be_taken_twice_and_a_dry_run_stores_nothing() {
    let (first, second) = (City::new(), City::new());
    live(&first);
    let file = first.write_xlsx();
    let dry = import(&second.store, &system(), &file, Options { dry_run: true, progress: false }).unwrap();
    assert_eq!((dry.taken, dry.seen), (4, 0));
    assert!(second.rows().is_empty());
    let source = second.read(|conn| Ok(crate::store::sources::by_name(conn, SOURCE)?));
    assert_eq!(source, None);
    let report = second.import(&file);
    assert_eq!((report.taken, report.seen), (4, 0));
    let report = second.import(&file);
    assert_eq!((report.taken, report.seen), (0, 4));
    assert_eq!(second.rows().len(), 4);
    // Where the table comes from, its incidents are known by their identities.
    let report = first.import(&file);
    assert_eq!((report.taken, report.seen), (0, 4));
}

#[test]
fn an_imported_incident_looks_native() {
    let (first, second) = (City::new(), City::new());
    live(&first);
    second.import(&first.write_xlsx());
    second.read(|conn| {
        let list =
            |conn: &mut Conn, filter: Filter| incidents::list(conn, &Scope::All, &filter, Order::Oldest(None), 9);
        let words = crate::domain::text::query_terms("снегом");
        let [closed] = list(conn, Filter { words, ..Filter::default() })?.try_into().unwrap();
        assert_eq!((closed.step, closed.outcome), (Step::Closed, Some(Outcome::Explained)));
        assert_eq!((closed.organisation.as_deref(), closed.executor.as_deref()), (Some("hall"), Some("plough")));
        assert_eq!(
            (closed.topic.as_deref(), closed.network.as_str(), closed.account.as_str()),
            (Some("snow"), "vk", "-100")
        );
        assert_eq!((closed.severity, closed.rounds, closed.author_key.as_str()), (4, 1, "id-1"));
        assert_eq!((closed.due_at, closed.first_answer_at), (At::NEVER, Some(at("2025-12-25T03:40:00Z"))));

        let events = crate::desk::incidents::history(conn, &system(), closed.id, 0, 9)?;
        let [(event, true)] = events.as_slice() else { panic!("{events:?}") };
        assert_eq!((event.kind.as_str(), event.n, &event.hash), (EventKind::Imported.as_str(), 1, &closed.spine));

        let clocks = spine::clocks_of(conn, closed.id)?;
        let state = |kind| clocks.iter().find(|clock| clock.kind == kind).map(|clock| clock.state);
        assert_eq!((state(ClockKind::FirstAnswer), state(ClockKind::AuthorWait)), (Some(ClockState::Met), None));

        let [waiting] =
            list(conn, Filter { steps: vec![Step::AwaitingAuthor], ..Filter::default() })?.try_into().unwrap();
        // 97 hours after the answer, when the wait for the author ends.
        assert_eq!(waiting.due_at, at("2025-12-29T04:40:00Z"));
        let [working] = list(conn, Filter { steps: vec![Step::InWork], ..Filter::default() })?.try_into().unwrap();
        assert!(working.due_at < At::NEVER);
        Ok(())
    });
}

#[test]
fn rows_that_cannot_be_taken_do_not_hold_the_others_up() {
    let city = City::new();
    let path = city.folder.path().join("table.csv");
    std::fs::write(
        &path,
        "Номер инцидента;Дата создания;Текст инцидента;Тема\n1;24.12.2025;Яма;Ямы на дорогах\n2;;Яма;Ямы на дорогах\n\
         3;24.12.2025;Яма;Летающие ямы\n4;25.12.2025;Сугроб;Уборка снега на дороге\n1;24.12.2025;Яма;Ямы на дорогах\n",
    )
    .unwrap();
    let report = city.import(&path);
    assert_eq!((report.read, report.taken, report.seen), (5, 2, 1));
    assert_eq!(report.refused.iter().map(|refused| refused.row).collect::<Vec<_>>(), [3, 4]);
    let told = report.told(false);
    assert!(told.contains("5 rows read: 2 taken, 1 seen before, 2 not taken"), "{told}");
    assert!(told.contains("«Летающие ямы»"), "{told}");
    let list = city.folder.path().join("report.csv");
    report.write(&list).unwrap();
    assert_eq!(std::fs::read_to_string(&list).unwrap().lines().count(), 3);
}

#[test]
fn an_export_needs_the_right_and_masks_without_the_other() {
    let city = City::new();
    live(&city);
    let result = |role| {
        let desk = desk(staff(role), "2026-01-15T06:00:00Z");
        city.store.read_now(move |conn| {
            Ok::<_, StoreError>(page(conn, &desk, &Filter::default(), None).map(|page| page.records))
        })
    };
    assert!(result(Role::Executor).unwrap().is_err());
    let masked = result(Role::Administrator).unwrap().unwrap();
    assert!(masked.iter().all(|record| record.url.is_none() && record.author_url.is_none()));
    let whole = result(Role::Moderator).unwrap().unwrap();
    assert!(whole.iter().all(|record| record.author_url.is_some()));
}
