//! Backup and restore: everything comes back, on whichever engine, and nothing is touched by a file that is not whole.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use diesel::prelude::*;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use otklik::app::App;
use otklik::backup::{self, Error, Restored};
use otklik::config::{Config, MasterKey};
use otklik::desk::intake;
use otklik::desk::notices::{self, Alarm};
use otklik::domain::decision::{BatchState, DecisionState};
use otklik::domain::notice::NoticeKind;
use otklik::domain::sla::ClockKind;
use otklik::domain::{Actor, At, BurstState, Doc, Id, Incoming, LikenessState, Role, Scope, text};
use otklik::store::dump::{self, JsonText, Row, Value as Stored};
use otklik::store::incidents::{self, Filter, Order};
use otklik::store::records::{
    ApprovedAnswer, BatchRow, BurstRow, DecisionRow, Hold, JobRow, LikenessKey, LikenessRow, Recomputation,
};
use otklik::store::schema::{
    answers, collections, consents, disclosures, events, files, heard, incidents as incident_rows, jobs, lessons,
    models, paces, pages, postings, recomputations, remarks, saved_filters, staff,
};
use otklik::store::{Engine, Store, StoreError, StoreSize, decisions, holds, sources};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::harness::server::{City, Source, message, organisation};
use crate::harness::{Database, Ground as _, On};

both_engines! {
    everything_comes_back_on_either_engine,
    a_backup_is_one_moment_while_others_write,
    numbers_are_not_given_twice,
    what_is_there_is_wiped_by_force_only,
    a_file_that_is_not_whole_changes_nothing,
    another_schema_and_another_key_are_told,
    a_changed_history_is_told,
    a_backup_that_fails_leaves_nothing_behind,
    every_table_is_carried,
}

const KEY: MasterKey = MasterKey::new([7; 32]);

/// A place for backups that goes with the test.
struct Shelf(tempfile::TempDir);

impl Shelf {
    fn new() -> Shelf {
        Shelf(tempfile::tempdir().expect("a temporary folder"))
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

fn config(engine: Engine) -> Config {
    let mut config = Config::new(KEY);
    config.database.url = engine;
    config.database.connections = 2;
    config
}

fn back_up(database: &Database, to: &Path) -> backup::Summary {
    backup::save(&config(database.engine()), to).unwrap_or_else(|error| panic!("the backup fails: {error}"))
}

fn restore(database: &Database, from: &Path) -> Result<Restored, Error> {
    backup::load(&config(database.engine()), from, false)
}

/// Everything in a database: rows by table, with JSON read, because the engines write it differently.
fn content(database: &Database) -> BTreeMap<&'static str, Vec<Row>> {
    let store = database.store_of(StoreSize { connections: 1, waiting: 16 });
    let read = store.read_now(|conn| -> Result<_, StoreError> {
        let mut all = BTreeMap::new();
        for table in dump::tables() {
            let mut rows: Vec<Row> = Vec::new();
            loop {
                let page = dump::read(conn, &table, rows.last())?;
                if page.is_empty() {
                    break;
                }
                rows.extend(page);
            }
            all.insert(table.name, rows);
        }
        Ok(all)
    });
    let mut all = read.expect("the tables are read");
    for value in all.values_mut().flatten().flatten() {
        if let Stored::Json(Some(JsonText(text))) = value {
            *text = serde_json::from_str::<Value>(text).expect("JSON").to_string();
        }
    }
    // The engines sort texts and identities in ways of their own.
    all.values_mut().for_each(|rows| rows.sort_by_cached_key(|row| format!("{row:?}")));
    all
}

#[track_caller]
fn assert_same(a: &Database, b: &Database) {
    let (a, b) = (content(a), content(b));
    for (table, rows) in &a {
        assert_eq!(rows.len(), b[table].len(), "{table}");
        for (left, right) in rows.iter().zip(&b[table]) {
            assert_eq!(left, right, "{table}");
        }
    }
}

/// The numbers of the incidents in which a text is found.
fn found(store: &Store, query: &str) -> Vec<i64> {
    let filter = Filter { words: text::query_terms(query), personal: true, ..Filter::default() };
    let found = store.read_now(move |conn| -> Result<_, StoreError> {
        Ok(incidents::list(conn, &Scope::All, &filter, Order::Oldest(None), 100)?)
    });
    found.expect("a search").into_iter().map(|incident| incident.number).collect()
}

/// A city in which a bit of everything has happened.
fn lived_in(city: &City) -> Source {
    city.leave_jobs();
    let source = city.source_with(Some("http://127.0.0.1:9/answers"));
    let (moderator, approver) = (city.sign_in(Role::Moderator), city.sign_in_at(Role::Approver, organisation::CITY));
    let executor = city.sign_in_at(Role::Executor, organisation::WORKS);
    let texts = [
        "Сугробы со снегом во дворе",
        "На Портовой яма, «объезд» 🕳",
        "Не горят фонари\nвторую неделю\u{2028}\"темно\"",
        "Нет воды",
    ];
    let mut made = Vec::new();
    for (n, text) in texts.iter().enumerate() {
        let mut told = message(&format!("post-{n}"), text);
        told["attachments"] = json!([{ "kind": "photo", "url": "https://example.org/ё.jpg" }]);
        told["place"] =
            json!({ "street": "Портовая улица", "house": "7/2", "lat": 54.712_345_678_9, "lon": 0.1 + 0.2 });
        made.push(format!("/api/v1/incidents/{}", city.complaint(&source, told)));
    }
    let mut said = message("reply", "Снегопады продолжаются");
    said["form"] = json!("comment");
    said["post"] = json!("post-0");
    said["author"]["id"] = json!("author of post-0");
    let mut edited = message("post-2", "Фонари горят плохо");
    (edited["change"], edited["published_at"]) = (json!("edited"), json!("2025-11-10T06:55:00.123456Z"));
    let deleted = json!({ "external_id": "post-3", "change": "deleted", "account": "lukomorsk",
        "author": { "id": "author of post-3" }, "published_at": "2025-11-10T06:59:00Z" });
    city.push(&source, &[said, edited, deleted]).expect(200);
    // One goes up to the delivery of its answer, which is left to be tried again; an older and a younger one are merged into a third.
    moderator.ask("POST", &format!("{}/assignments", made[1])).once("key-1").json(&json!({})).send().expect(200);
    executor.ask("POST", &format!("{}/work", made[1])).send().expect(200);
    let answer = json!({ "kind": "final", "outcome": "resolved", "text": "Яму засыпали" });
    executor.post(&format!("{}/answers", made[1]), &answer).expect(200);
    executor.ask("POST", &format!("{}/answers/1/submission", made[1])).send().expect(200);
    approver.ask("POST", &format!("{}/answers/1/approval", made[1])).send().expect(200);
    let id = |path: &str| path.rsplit('/').next().expect("an id").to_owned();
    moderator.post(&format!("{}/merge", made[0]), &json!({ "into": id(&made[2]) })).expect(200);
    moderator.post(&format!("{}/merge", made[3]), &json!({ "into": id(&made[2]) })).expect(200);
    warned(city, id(&made[1]).parse().expect("an id"));
    around(city, &source);
    extremes(city);
    source
}

/// What belongs to pages, and the content of files.
fn around(city: &City, source: &Source) {
    let (page, now): (Id, _) = (source.id.parse().expect("an id"), city.now());
    let written = city.app().store().write_now(move |conn| -> Result<(), StoreError> {
        let row = (
            (pages::id.eq(page), pages::network.eq("vk"), pages::organisation.eq(organisation::CITY)),
            (pages::title.eq("Страница"), pages::account.eq("1"), pages::state.eq("registered")),
            (pages::listening.eq("hook"), pages::hook_epoch.eq(0), pages::changed_at.eq(now)),
        );
        diesel::insert_into(pages::table).values(row).execute(conn)?;
        let row = (heard::source_id.eq(page), heard::key.eq("ё"), heard::at.eq(now));
        diesel::insert_into(heard::table).values(row).execute(conn)?;
        let row = (
            consents::source_id.eq(page),
            consents::author_key.eq("1"),
            consents::allowed.eq(true),
            consents::at.eq(now),
        );
        diesel::insert_into(consents::table).values(row).execute(conn)?;
        let row = (
            (collections::source_id.eq(page), collections::post_key.eq("1")),
            (collections::marked_by.eq("край"), collections::marked_at.eq(now)),
        );
        diesel::insert_into(collections::table).values(row).execute(conn)?;
        let row = (
            (remarks::id.eq(Id::new(now)), remarks::source_id.eq(page), remarks::external_id.eq("1")),
            (remarks::account.eq("1"), remarks::form.eq("post"), remarks::post_key.eq("1"), remarks::own.eq(true)),
            (remarks::text.eq("Пост"), remarks::attachments.eq(Doc(json!([]))), remarks::published_at.eq(now)),
        );
        diesel::insert_into(remarks::table).values(row).execute(conn)?;
        let (answer, incident): (Id, Id) = answers::table.select((answers::id, answers::incident_id)).first(conn)?;
        let row = (
            (postings::id.eq(Id::new(now)), postings::answer_id.eq(answer), postings::incident_id.eq(incident)),
            (postings::part.eq(1), postings::parts.eq(1), postings::source_id.eq(page), postings::form.eq("post")),
            (postings::text.eq("Ответ"), postings::state.eq("sent"), postings::maybe_twice.eq(true)),
            (postings::attempts.eq(2), postings::sent_at.eq(now), postings::created_at.eq(now)),
        );
        diesel::insert_into(postings::table).values(row).execute(conn)?;
        let member: Id = staff::table.select(staff::id).first(conn)?;
        let row = (
            (saved_filters::id.eq(Id::new(now)), saved_filters::staff_id.eq(member), saved_filters::name.eq("край")),
            (saved_filters::query.eq("q=%D1%91"), saved_filters::created_at.eq(now)),
        );
        diesel::insert_into(saved_filters::table).values(row).execute(conn)?;
        let row = (
            (disclosures::id.eq(Id::new(now)), disclosures::at.eq(now), disclosures::staff_id.eq(member)),
            (disclosures::kind.eq("incident"), disclosures::incident_id.eq(incident), disclosures::reason.eq("ё")),
        );
        diesel::insert_into(disclosures::table).values(row).execute(conn)?;
        diesel::insert_into(paces::table)
            .values((paces::key.eq("chat:1"), paces::free_at.eq(i64::MAX)))
            .execute(conn)?;
        let row = (
            (lessons::incident_id.eq(incident), lessons::topic.eq("no-water"), lessons::kind.eq("solvable")),
            (lessons::severity.eq(5), lessons::by.eq("край"), lessons::at.eq(now)),
        );
        diesel::insert_into(lessons::table).values(row).execute(conn)?;
        let row = (
            (
                models::version.eq(i64::MAX),
                models::head.eq("topic"),
                models::state.eq("retired"),
                models::trained_at.eq(now),
            ),
            (models::trained_by.eq("край"), models::examples.eq(0), models::lesson.eq(0), models::policy_version.eq(1)),
            (models::figures.eq(Doc(json!({ "n": 0 }))), models::bytes.eq((0..=255).collect::<Vec<u8>>())),
        );
        diesel::insert_into(models::table).values(row).execute(conn)?;
        // Of the four that came with the messages: every byte, nothing at all, many, and none yet.
        let waiting: Vec<Id> = files::table.order(files::id).select(files::id).load(conn)?;
        let large: Vec<u8> = (0..300_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        for (file, content) in waiting.iter().zip([(0..=255).collect(), Vec::new(), large]) {
            assert!(otklik::store::files::keep(conn, *file, "image/png", "hash", &content, now)?);
        }
        Ok(())
    });
    written.expect("what is around is written");
    alike(city);
}

/// What is known of likeness and bursts.
fn alike(city: &City) {
    let now = city.now();
    let written = city.app().store().write_now(move |conn| -> Result<(), StoreError> {
        let file: Id = files::table.select(files::id).first(conn)?;
        otklik::store::likeness::keep_picture(conn, file, i64::MIN)?;
        let ids: Vec<Id> = incident_rows::table.order(incident_rows::number).select(incident_rows::id).load(conn)?;
        let keys = [i64::MIN, -1, i64::MAX].map(|key| LikenessKey { incident_id: ids[0], key, at: now });
        otklik::store::likeness::index(conn, &ids[..1], &keys)?;
        let row = LikenessRow {
            incident_id: ids[0].min(ids[1]),
            other_id: ids[0].max(ids[1]),
            score: 0.1 + 0.2,
            relation: "same_problem".into(),
            reasons: Doc(json!([{ "reason": "same_words", "share": 0.5, "words": ["ё"] }])),
            features: Doc::of(&otklik::domain::likeness::Features::default()),
            learnt: i64::MAX,
            state: LikenessState::Dismissed,
            at: now,
            settled_by: Some("край".into()),
            settled_at: Some(At::NEVER),
        };
        otklik::store::likeness::propose(conn, &row)?;
        let burst = BurstRow {
            id: Id::new(now),
            topic_group: "heat".into(),
            municipality: "harbour".into(),
            topic: None,
            state: BurstState::Over,
            since: now,
            hours: 6,
            expected: f64::MIN_POSITIVE,
            seen: i32::MAX,
            p: 1e-300,
            last_high: now,
            raised_at: now,
            ended_at: Some(now),
            parent_id: Some(ids[1]),
            settled_by: None,
            settled_at: None,
        };
        otklik::store::bursts::raise(conn, &burst)?;
        otklik::store::bursts::add(conn, burst.id, &ids)?;
        otklik::store::bursts::count_hour(conn, now.as_second().div_euclid(3600))?;
        let answer: Id = answers::table.select(answers::id).first(conn)?;
        let approved = ApprovedAnswer { answer_id: answer, incident_id: ids[1], topic: Some("ё".into()), at: now };
        otklik::store::approvals::note(conn, &approved, &[i64::MIN, 0, i64::MAX])?;
        Ok(())
    });
    written.expect("what is alike is written");
    at_desk(city);
}

/// What the moderators' desk keeps.
fn at_desk(city: &City) {
    let now = city.now();
    let written = city.app().store().write_now(move |conn| -> Result<(), StoreError> {
        let incident: Id = incident_rows::table.select(incident_rows::id).first(conn)?;
        let member: Id = staff::table.select(staff::id).first(conn)?;
        let hold = Hold { incident_id: incident, staff_id: member, until: At::NEVER };
        assert!(holds::take(conn, &hold, now)?);
        holds::put_off(conn, member, incident, At::NEVER)?;
        let batch = BatchRow {
            id: Id::new(now),
            staff_id: member,
            filter: "queue=distribution&q=ё".into(),
            decision: Doc(json!({ "action": "dismiss", "reason": "repeat" })),
            state: BatchState::Undoing,
            total: i64::MAX,
            done: 0,
            refused: -1,
            undone: i64::MIN,
            ordered_at: now,
            finished_at: Some(At::NEVER),
        };
        decisions::insert_batch(conn, &batch)?;
        let decision = DecisionRow {
            id: Id::new(now),
            staff_id: member,
            batch_id: Some(batch.id),
            incident_id: incident,
            decision: batch.decision.clone(),
            state: DecisionState::Refused,
            why: Some("ё".into()),
            seen: Some(i64::MAX),
            version: None,
            before: Some(Doc(json!({ "incident": {} }))),
            at: now,
        };
        decisions::insert(conn, &[decision])?;
        Ok(())
    });
    written.expect("what the desk keeps is written");
}

/// Somebody is to hear of a deadline.
fn warned(city: &City, incident: Id) {
    city.hire_with(Role::Controller, organisation::ROOT, "ru", Some("anna@example.org"));
    let alarm = Alarm {
        incident,
        number: 2,
        clock: ClockKind::Resolution,
        cycle: 1,
        step: 1,
        kind: NoticeKind::DeadlineNear,
        due_at: city.now(),
        roles: &[Role::Controller],
        organisation: None,
        calendar: "tiny".to_owned(),
    };
    let desk = city.app().desk(Actor::System);
    let given = city.app().store().write_now(move |conn| notices::give(conn, &desk, &[alarm]));
    given.expect("the alarm is given");
}

/// Values at the ends of their types, where something might be lost.
fn extremes(city: &City) {
    // All but a negative zero, which PostgreSQL's jsonb does not know.
    let odd = json!({ "снег": [0.1, 1e300, null, { "ё": "\u{1f}\n🦊" }], "большое": 9_007_199_254_740_993_i64 });
    let order = Recomputation {
        id: Id::new(city.now()),
        policy_version: 1,
        ordered_by: "край".into(),
        ordered_at: At::EVER,
        reached: i64::MAX,
        looked_at: 0,
        moved: 0,
        finished_at: Some(At::NEVER),
    };
    let row = JobRow {
        id: Id::new(city.now()),
        key: "край".into(),
        kind: "extreme".into(),
        payload: Doc(odd.clone()),
        state: "done".into(),
        run_at: At::NEVER,
        attempts: i32::MIN,
        leased_until: Some("1969-12-31T23:59:59.999999Z".parse().expect("an instant")),
        lease: None,
        last_error: Some(String::new()),
        created_at: "2026-02-28T23:59:59.000001Z".parse().expect("an instant"),
        finished_at: None,
    };
    let null = JobRow { id: Id::new(city.now()), key: "null".into(), payload: Doc(Value::Null), ..row.clone() };
    let written = city.app().store().write_now(move |conn| -> Result<(), StoreError> {
        for row in [row, null] {
            diesel::insert_into(jobs::table).values(row).execute(conn)?;
        }
        diesel::insert_into(recomputations::table).values(order).execute(conn)?;
        let ends = (
            incident_rows::lat.eq(f64::MIN_POSITIVE),
            incident_rows::lon.eq(73.368_212_345_678_91),
            incident_rows::first_answer_work.eq(i64::MAX),
            incident_rows::extra.eq(Doc(odd)),
        );
        diesel::update(incident_rows::table.filter(incident_rows::number.eq(1))).set(ends).execute(conn)?;
        Ok(())
    });
    written.expect("the extremes are written");
}

fn everything_comes_back_on_either_engine(city: City) {
    let (_source, shelf) = (lived_in(&city), Shelf::new());
    let (file, again) = (shelf.file("one.otklik"), shelf.file("two.otklik"));
    let summary = back_up(city.database(), &file);
    assert_eq!(summary.header.city.as_deref(), Some("tiny"));
    assert_eq!(summary.bytes, fs::metadata(&file).expect("the file").len());
    assert_eq!(fs::metadata(&file).expect("the file").permissions().mode() & 0o777, 0o600);
    let empty: Vec<_> = summary.rows.iter().filter(|(_, rows)| **rows == 0).collect();
    assert!(empty.is_empty(), "the test says nothing of {empty:?}");
    let query = ["снег", "сугроб", "яма", "снегопад", "вода", "фонарями"];
    for engine in [On::Sqlite, On::Postgres] {
        let target = Database::on(engine);
        let restored = restore(&target, &file).expect("it is restored");
        assert_eq!(restored.rows, summary.rows);
        assert_eq!((restored.chains.broken, restored.chains.incidents), (0, 4));
        assert_eq!(restored.chains.events, summary.rows["events"]);
        assert!(restored.key_fits);
        assert_same(city.database(), &target);
        let store = target.store();
        for words in query {
            assert_eq!(found(&store, words), found(city.app().store(), words), "{words}");
        }
        assert_eq!(found(&store, "снег").len(), 1);
        // And from there again, so that nothing is lost by degrees.
        back_up(&target, &again);
        let last = Database::on(city.database().on_engine());
        restore(&last, &again).expect("it is restored again");
        assert_same(city.database(), &last);
    }
}

/// Sets the flag when it goes.
struct Stops<'a>(&'a AtomicBool);

impl Drop for Stops<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn a_backup_is_one_moment_while_others_write(city: City) {
    let (source, shelf) = (city.source(), Shelf::new());
    let push = |n: usize, many: usize| {
        let batch: Vec<_> = (0..many).map(|i| message(&format!("{n}-{i}"), "Нет воды, снег не убран")).collect();
        city.push(&source, &batch).expect(200);
    };
    (0..4).for_each(|n| push(n, 100));
    let stop = AtomicBool::new(false);
    let snapshots: Vec<u64> = std::thread::scope(|scope| {
        // The writer must end also when something is not as it should be.
        let _stopped = Stops(&stop);
        scope.spawn(|| {
            let rounds = (100..).take_while(|_| !stop.load(Ordering::Relaxed));
            rounds.for_each(|n| {
                push(n, 5);
                std::thread::sleep(Duration::from_millis(5));
            });
        });
        let taken = (0..3).map(|_| {
            let rows = back_up(city.database(), &shelf.file("now")).rows;
            let target = Database::on(On::Sqlite);
            let restored = restore(&target, &shelf.file("now")).expect("foreign keys hold, so all belongs together");
            // Each incident is there with all of its events, and so is each message.
            assert_eq!((restored.chains.broken, restored.chains.incidents), (0, rows["incidents"]));
            assert_eq!((restored.chains.events, rows["messages"]), (rows["events"], rows["incidents"]));
            rows["incidents"]
        });
        taken.collect()
    });
    assert!(snapshots[0] >= 400 && snapshots.is_sorted_by(|a, b| a < b), "others wrote meanwhile: {snapshots:?}");
}

fn numbers_are_not_given_twice(city: City) {
    let (source, shelf) = (city.source(), Shelf::new());
    for n in 0..3 {
        city.complaint(&source, message(&format!("post-{n}"), "Нет воды"));
    }
    // The last one is gone, but its number was somebody's.
    let gone = city.app().store().write_now(|conn| -> Result<(), StoreError> {
        use otklik::store::schema::{clocks, messages};
        let last: Id =
            incident_rows::table.filter(incident_rows::number.eq(3)).select(incident_rows::id).first(conn)?;
        diesel::delete(clocks::table.filter(clocks::incident_id.eq(last))).execute(conn)?;
        diesel::delete(messages::table.filter(messages::incident_id.eq(last))).execute(conn)?;
        diesel::delete(events::table.filter(events::incident_id.eq(last))).execute(conn)?;
        Ok(())
    });
    gone.expect("what hangs on it is deleted");
    let bare = city.app().store().write_now(|conn| -> Result<(), StoreError> {
        incidents::reindex(conn, 3, String::new())?;
        diesel::sql_query("delete from incident_terms where rowid = 3").execute(conn)?;
        diesel::delete(incident_rows::table.filter(incident_rows::number.eq(3))).execute(conn)?;
        Ok(())
    });
    bare.expect("it is deleted");
    back_up(city.database(), &shelf.file("b"));
    for engine in [On::Sqlite, On::Postgres] {
        let target = Database::on(engine);
        restore(&target, &shelf.file("b")).expect("it is restored");
        let app = App::start(config(target.engine()), Arc::new(|| "2025-11-10T08:00:00Z".parse().expect("an instant")));
        assert_eq!(opened(&app.expect("the service starts"), &source.name), 4);
    }
}

/// The number of a complaint that is taken in now.
fn opened(app: &App, source: &str) -> i64 {
    let incoming: Incoming = serde_json::from_value(message("new", "Сугроб")).expect("a message");
    let (desk, classifier, name) = (app.desk(Actor::System), app.classifier(), source.to_owned());
    let receipts = app.store().write_now(move |conn| -> Result<_, otklik::desk::Error> {
        let source = sources::by_name(conn, &name)?.expect("the source came back");
        let prepared = intake::prepare(&desk.policy, &*classifier, &source, incoming, desk.now);
        intake::receive(conn, &desk, &[Arc::new(prepared)])
    });
    receipts.expect("it is taken in")[0].incident.expect("an incident").1
}

fn what_is_there_is_wiped_by_force_only(city: City) {
    let (_source, shelf) = (lived_in(&city), Shelf::new());
    back_up(city.database(), &shelf.file("b"));
    for engine in [On::Sqlite, On::Postgres] {
        let other = City::on(engine);
        let source = other.source();
        for n in 0..7 {
            other.complaint(&source, message(&format!("other-{n}"), "Наводнение"));
        }
        let before = content(other.database());
        let refused = restore(other.database(), &shelf.file("b")).expect_err("it is not empty");
        assert!(matches!(refused, Error::NotEmpty(_)) && refused.to_string().contains("--force"), "{refused}");
        assert_eq!(content(other.database()), before);
        other.leave_jobs();
        backup::load(&config(other.database().engine()), &shelf.file("b"), true).expect("it is restored");
        assert_same(city.database(), other.database());
        assert_eq!(found(other.app().store(), "наводнение"), [0; 0]);
    }
}

/// Writes a file again with other lines, and a checksum that fits if asked.
fn rewritten(from: &Path, to: &Path, fits: bool, change: impl FnOnce(&mut Vec<String>)) {
    let mut text = String::new();
    GzDecoder::new(fs::File::open(from).expect("the file")).read_to_string(&mut text).expect("gzip");
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    change(&mut lines);
    if fits {
        lines.pop();
        let body: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let sum: String = Sha256::digest(body.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        lines.push(json!({ "end": { "sha256": sum } }).to_string());
    }
    let mut out = GzEncoder::new(fs::File::create(to).expect("a file"), Compression::fast());
    lines.iter().for_each(|line| writeln!(out, "{line}").expect("written"));
    out.finish().expect("written");
}

fn a_file_that_is_not_whole_changes_nothing(city: City) {
    let (_source, shelf) = (lived_in(&city), Shelf::new());
    let (good, bad) = (shelf.file("good"), shelf.file("bad"));
    back_up(city.database(), &good);
    let before = content(city.database());
    let refused = |what: &str| {
        // Even with force: what is there must survive.
        let error = backup::load(&config(city.database().engine()), &bad, true).expect_err(what);
        assert!(matches!(error, Error::Damaged { .. }), "{what}: {error}");
        assert!(error.to_string().contains("nothing was changed"), "{what}: {error}");
    };
    let bytes = fs::read(&good).expect("the file");
    for length in [0, 1, 9, 10, 11, 100, bytes.len() / 2, bytes.len() - 9, bytes.len() - 1] {
        fs::write(&bad, &bytes[..length]).expect("written");
        refused(&format!("cut to {length} bytes of {}", bytes.len()));
    }
    for place in [20, bytes.len() / 3, bytes.len() / 2, bytes.len() - 12, bytes.len() - 6] {
        let mut changed = bytes.clone();
        changed[place] ^= 0x10;
        fs::write(&bad, &changed).expect("written");
        refused(&format!("byte {place} of {} changed", bytes.len()));
    }
    fs::write(&bad, [bytes.as_slice(), b"\n"].concat()).expect("written");
    refused("something behind it");
    fs::write(&bad, b"plain text").expect("written");
    refused("not gzip");
    let at = |lines: &[String], what: &str| lines.iter().position(|line| line.contains(what)).expect("a line");
    type Change = (&'static str, bool, fn(&mut Vec<String>));
    let changes: [Change; 9] = [
        ("a letter in a row", false, |lines| lines[2] = lines[2].replace("tiny", "tony")),
        ("without its end", false, |lines| drop(lines.pop())),
        ("another format", true, |lines| lines[0] = lines[0].replace("\"format\":1", "\"format\":2")),
        ("a row less", true, |lines| drop(lines.remove(2))),
        ("it begins with a row", true, |lines| lines.rotate_left(2)),
        ("a column less", true, |lines| lines[1] = lines[1].replace("[\"note\",\"text\"],", "")),
        ("a wrong value", true, |lines| lines[2] = lines[2].replacen('1', "\"one\"", 1)),
        ("not JSON", true, |lines| lines[2] = format!("{}]", lines[2])),
        ("two beginnings", true, |lines| {
            let first = lines[0].clone();
            lines.insert(1, first);
        }),
    ];
    for (what, fits, change) in changes {
        rewritten(&good, &bad, fits, change);
        refused(what);
    }
    rewritten(&good, &bad, true, |lines| {
        // A whole table is missing, and the totals agree.
        let (from, to) =
            (at(lines, "{\"table\":{\"name\":\"jobs\""), at(lines, "{\"table\":{\"name\":\"idempotency\""));
        lines.drain(from..to);
        let totals = at(lines, "{\"totals\"");
        let mut kept: Value = serde_json::from_str(&lines[totals]).expect("JSON");
        kept["totals"]["rows"].as_object_mut().expect("totals").remove("jobs");
        lines[totals] = kept.to_string();
    });
    refused("a table less");
    assert_eq!(content(city.database()), before);
    rewritten(&good, &bad, true, |_| {});
    backup::load(&config(city.database().engine()), &bad, true).expect("the test's own writing is good");
}

fn another_schema_and_another_key_are_told(city: City) {
    let (_source, shelf) = (lived_in(&city), Shelf::new());
    let (good, other) = (shelf.file("good"), shelf.file("other"));
    back_up(city.database(), &good);
    rewritten(&good, &other, true, |lines| lines[0] = lines[0].replace("\"schema\":\"", "\"schema\":\"19"));
    let target = Database::on(city.database().on_engine());
    let refused = restore(&target, &other).expect_err("another schema");
    assert!(matches!(refused, Error::OtherSchema { .. }), "{refused}");
    let mut config = config(target.engine());
    config.secrets.key = MasterKey::new([8; 32]);
    let restored = backup::load(&config, &good, false).expect("the key is no matter of the rows");
    assert!(!restored.key_fits && restored.to_string().contains("secrets.key"), "{restored}");
}

fn a_changed_history_is_told(city: City) {
    let (_source, shelf) = (lived_in(&city), Shelf::new());
    let changed = city.app().store().write_now(|conn| -> Result<_, StoreError> {
        let first =
            incident_rows::table.filter(incident_rows::number.eq(1)).select(incident_rows::id).first::<Id>(conn)?;
        Ok(diesel::update(events::table.find((first, 1))).set(events::data.eq("{}")).execute(conn)?)
    });
    assert_eq!(changed.expect("somebody meddles"), 1);
    back_up(city.database(), &shelf.file("b"));
    let target = Database::on(city.database().on_engine());
    let restored = restore(&target, &shelf.file("b")).expect("it is restored all the same");
    assert_eq!((restored.chains.broken, restored.chains.told.as_slice()), (1, &[1][..]));
}

fn a_backup_that_fails_leaves_nothing_behind(database: Database) {
    let shelf = Shelf::new();
    let nowhere = shelf.file("missing").join("b");
    assert!(matches!(backup::save(&config(database.engine()), &nowhere), Err(Error::File { .. })));
    fs::create_dir(shelf.file("taken")).expect("a folder");
    assert!(matches!(backup::save(&config(database.engine()), &shelf.file("taken")), Err(Error::File { .. })));
    let none = Engine::Sqlite { path: shelf.file("none.db").display().to_string() };
    assert!(matches!(backup::save(&config(none), &shelf.file("b")), Err(Error::NoDatabase(_))));
    let left: Vec<_> =
        fs::read_dir(shelf.0.path()).expect("the folder").map(|e| e.expect("an entry").file_name()).collect();
    assert_eq!(left, ["taken"]);
    // An empty database is a good one, and a new file takes the place of the old.
    fs::write(shelf.file("b"), "old").expect("written");
    assert_eq!(back_up(&database, &shelf.file("b")).rows["incidents"], 0);
    let target = Database::on(On::Sqlite);
    assert_eq!(restore(&target, &shelf.file("b")).expect("nothing is restored").chains.incidents, 0);
}

fn every_table_is_carried(database: Database) {
    #[derive(QueryableByName)]
    struct Name {
        #[diesel(sql_type = diesel::sql_types::Text)]
        name: String,
    }
    let catalog = match database.on_engine() {
        On::Sqlite => "select name from sqlite_master where type = 'table'",
        On::Postgres => "select table_name::text as name from information_schema.tables where table_schema = 'public'",
    };
    let made_by_others = |name: &str| {
        // The index of words and the parts in which SQLite keeps it, the counters, the migrations.
        name.starts_with("incident_terms") || name == "sqlite_sequence" || name == "__diesel_schema_migrations"
    };
    let store = database.store();
    let names =
        store.read_now(move |conn| -> Result<_, StoreError> { Ok(diesel::sql_query(catalog).load::<Name>(conn)?) });
    let mut there: Vec<String> = names.expect("the catalogue").into_iter().map(|row| row.name).collect();
    there.retain(|name| !made_by_others(name));
    let mut carried: Vec<String> = dump::tables().into_iter().map(|table| table.name.to_owned()).collect();
    there.sort();
    carried.sort();
    assert_eq!(carried, there, "store::dump::tables must name every table");
}
