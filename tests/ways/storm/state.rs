//! What is in the database in the end, in terms that are the same in every run.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use otklik::domain::event::ROOT;
use otklik::domain::{At, Doc, Id};
use otklik::store::schema::{answers, events, incidents, jobs, messages, paces, postings};
use otklik::store::{Conn, Store, StoreError};

use super::plan::mark;
use crate::harness::crew::Path;

/// A message by what does not depend on when it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub text: String,
    pub deleted: bool,
    pub attachments: usize,
    pub form: String,
    pub network: String,
}

/// An incident by what does not depend on when its messages arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// By their marks.
    pub messages: BTreeMap<String, Message>,
    /// The mark of the one that it goes by.
    pub lead: String,
    pub text: String,
    pub step: String,
    pub topic: Option<String>,
    pub media: bool,
}

#[derive(Debug, Clone, Queryable)]
pub struct Posting {
    pub text: String,
    pub state: String,
    pub maybe_twice: bool,
}

pub struct State {
    /// By the marks of their messages.
    pub incidents: BTreeMap<String, Incident>,
    pub postings: Vec<Posting>,
}

fn read<T: Send + 'static>(store: &Store, work: impl FnOnce(&mut Conn) -> QueryResult<T> + Send + 'static) -> T {
    store.read_now(move |conn| work(conn).map_err(StoreError::from)).expect("the database is read")
}

/// The mark at the end of a text.
fn mark_of(text: &str) -> String {
    text.rsplit(' ').next().unwrap_or_default().to_owned()
}

/// The incidents of these threads.
pub fn incidents_of(store: &Store, threads: &[usize]) -> BTreeMap<usize, Path> {
    let all: Vec<(Option<Id>, String)> =
        read(store, |conn| messages::table.select((messages::incident_id, messages::text)).load(conn));
    let by_mark: BTreeMap<String, Option<Id>> = all.into_iter().map(|(id, text)| (mark_of(&text), id)).collect();
    let found = |thread: &usize| by_mark.get(&mark(*thread, 0)).copied().flatten();
    threads
        .iter()
        .map(|thread| (*thread, Path(found(thread).unwrap_or_else(|| panic!("no incident of thread {thread}")))))
        .collect()
}

/// The answers that are neither delivered nor failed, and the jobs left that look after them, in words.
pub fn unsettled(store: &Store) -> Vec<String> {
    read(store, |conn| {
        let open = answers::table.inner_join(incidents::table).filter(answers::state.ne_all(["delivered", "failed"]));
        let answers: Vec<(String, String, String)> =
            open.select((incidents::network, answers::state, answers::text)).load(conn)?;
        let left = jobs::table.filter(jobs::state.eq_any(["ready", "leased"]));
        let left = left.filter(jobs::kind.eq_any(["deliver", "own_word"]));
        let jobs: Vec<JobRow> = left
            .select((jobs::key, jobs::state, jobs::attempts, jobs::run_at, jobs::leased_until, jobs::last_error))
            .load(conn)?;
        Ok(answers.iter().map(|one| format!("{one:?}")).chain(jobs.iter().map(|one| format!("{one:?}"))).collect())
    })
}

/// Ends what would keep answers waiting for longer than anything but a network's wish and repeated failure does.
pub fn end_pauses(store: &Store) {
    let over = move |conn: &mut Conn| -> Result<(), StoreError> {
        let (now, late) = (At::now(), At::now().plus_seconds(20));
        diesel::delete(paces::table.filter(paces::free_at.gt(late.as_microsecond()))).execute(conn)?;
        let delayed = jobs::table.filter(jobs::kind.eq("deliver").and(jobs::state.eq("ready")));
        diesel::update(delayed.filter(jobs::run_at.gt(late))).set(jobs::run_at.eq(now)).execute(conn)?;
        Ok(())
    };
    store.write_now(over).expect("the pauses end");
}

type JobRow = (String, String, i32, At, Option<At>, Option<String>);
type IncidentRow = (Id, String, String, String, Option<String>, bool, i64, String, Id);
type MessageRow = (Id, Option<Id>, String, Option<At>, Doc, String, String);
type EventRow = (Id, i64, String, String, String);

impl State {
    pub fn of(store: &Store) -> State {
        let rows: Vec<IncidentRow> = read(store, |conn| {
            use incidents as i;
            i::table
                .select((
                    i::id,
                    i::thread_key,
                    i::text,
                    i::step,
                    i::topic,
                    i::media,
                    i::version,
                    i::spine,
                    i::lead_message,
                ))
                .load(conn)
        });
        let said: Vec<MessageRow> = read(store, |conn| {
            use messages as m;
            m::table
                .select((m::id, m::incident_id, m::text, m::deleted_at, m::attachments, m::form, m::network))
                .load(conn)
        });
        let told: Vec<EventRow> = read(store, |conn| {
            let columns = (events::incident_id, events::n, events::prev, events::hash, events::kind);
            events::table.order((events::incident_id, events::n)).select(columns).load(conn)
        });
        let threads: BTreeSet<&String> = rows.iter().map(|row| &row.1).collect();
        assert_eq!(threads.len(), rows.len(), "a thread has several incidents");
        check_chains(&rows, &told);
        let postings = read(store, |conn| {
            use postings as p;
            p::table.select((p::text, p::state, p::maybe_twice)).load(conn)
        });
        State { incidents: incidents(rows, said), postings }
    }
}

fn incidents(rows: Vec<IncidentRow>, said: Vec<MessageRow>) -> BTreeMap<String, Incident> {
    let mut messages: BTreeMap<Id, BTreeMap<String, Message>> = BTreeMap::new();
    let mut marks: BTreeMap<Id, String> = BTreeMap::new();
    for (id, incident, text, deleted_at, attachments, form, network) in said {
        let incident = incident.unwrap_or_else(|| panic!("a message of no incident is left: {text:?} {deleted_at:?}"));
        let mark = mark_of(&text);
        let attachments = attachments.0.as_array().map_or(0, Vec::len);
        let message = Message { text, deleted: deleted_at.is_some(), attachments, form, network };
        let twin = messages.entry(incident).or_default().insert(mark.clone(), message);
        assert_eq!(twin, None, "a message is there twice");
        marks.insert(id, mark);
    }
    let incident = |(id, thread, text, step, topic, media, _, _, lead): IncidentRow| {
        let messages = messages.remove(&id).unwrap_or_else(|| panic!("no messages in the incident of {thread:?}"));
        let lead = marks[&lead].clone();
        let key = messages.keys().next().cloned().unwrap_or_default();
        (key, Incident { messages, lead, text, step, topic, media })
    };
    rows.into_iter().map(incident).collect()
}

/// Every incident has as many events as versions, each chained to the one before.
fn check_chains(rows: &[IncidentRow], told: &[EventRow]) {
    let mut chains: BTreeMap<Id, (i64, &str)> = BTreeMap::new();
    for (incident, n, prev, hash, kind) in told {
        let (last, spine) = chains.get(incident).copied().unwrap_or((0, ROOT));
        assert_eq!((*n, prev.as_str()), (last + 1, spine), "the chain of {incident} is broken at {kind}");
        chains.insert(*incident, (*n, hash));
        assert!(kind != "answered_outside", "an answer of ours was taken for somebody else's in {incident}");
    }
    for (id, _, _, _, _, _, version, spine, _) in rows {
        assert_eq!(chains.get(id), Some(&(*version, spine.as_str())), "{id} was written without its events");
    }
}

/// Panics with what differs.
pub fn compare(clean: &State, storm: &State) {
    let keys: BTreeSet<&String> = clean.incidents.keys().chain(storm.incidents.keys()).collect();
    let differing: Vec<String> = keys
        .into_iter()
        .filter(|key| clean.incidents.get(*key) != storm.incidents.get(*key))
        .map(|key| format!("{key}:\n  clean {:?}\n  storm {:?}", clean.incidents.get(key), storm.incidents.get(key)))
        .collect();
    assert!(
        differing.is_empty(),
        "{} of {} incidents differ, such as\n{}",
        differing.len(),
        clean.incidents.len(),
        differing[..differing.len().min(5)].join("\n")
    );
}
