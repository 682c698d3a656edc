//! Deadlines: how many due times a processor computes, and how long a sweep of many overdue clocks takes.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use otklik::desk::{Desk, Error, deadlines, intake};
use otklik::domain::calendar::{Calendar, Pauses, Span};
use otklik::domain::classify::WordRules;
use otklik::domain::sla::{Base, Target, due_with};
use otklik::domain::{Actor, At, Incoming, Policy};
use otklik::store::sweep::next_wake;
use otklik::store::{Conn, Store, sources};

use super::ground::{Ground, On};
use super::table;
use super::talk::Talk;

/// Each complaint has four clocks by then: to be taken, for a first word, for an answer and for its end.
const CLOCKS_EACH: u64 = 4;

pub fn run(engines: &[On], sizes: &[u64], slice: Duration) {
    due_times(slice);
    table::head("Sweep", &["engine", "overdue clocks", "seconds", "clocks/s", "time a clock, to the smallest"]);
    for on in engines {
        let mut smallest = None;
        for size in sizes {
            let ground = Ground::new(*on);
            let store = ground.store();
            fill(&ground, &store, size / CLOCKS_EACH);
            ground.bare().run("analyze");
            let (noted, seconds) = sweep(&store, &ground.policy);
            assert_eq!(noted as u64, *size, "each overdue clock is noted once");
            let each = seconds / *size as f64;
            let ratio = each / *smallest.get_or_insert(each);
            table::row(&[
                on.name().to_owned(),
                size.to_string(),
                format!("{seconds:.2}"),
                format!("{:.0}", *size as f64 / seconds),
                format!("{ratio:.2} x"),
            ]);
        }
    }
}

/// Due times a second on one processor, each from another start.
fn due_times(slice: Duration) {
    let (doc, _) =
        otklik::domain::policy::files::read(&super::ground::city()).unwrap_or_else(|faults| panic!("{faults:?}"));
    let policy = Policy::build(1, doc).unwrap_or_else(|faults| panic!("{faults:?}"));
    let (working, always) =
        (policy.calendar("omsk").expect("a calendar"), policy.calendar("always").expect("a calendar"));
    table::head("Due times", &["what", "a second", "time, to 4 h around the clock"]);
    let cases: [(&str, &Calendar, &str, Base, bool); 6] = [
        ("4 h around the clock", always, "4h", Base::Calendar, false),
        ("9 h of working time", working, "9h", Base::Working, false),
        ("9 h of working time, three pauses", working, "9h", Base::Working, true),
        ("56 h of working time", working, "56h", Base::Working, false),
        ("7 working days", working, "7d", Base::Days, false),
        ("30 days, to the next working day", working, "30d", Base::CalendarDaysNext, false),
    ];
    let mut first = None;
    for (what, calendar, target, base, paused) in cases {
        let target = Target::parse(target, base).expect("a target");
        let rate = rate(slice, |n| {
            // Two years of starts, a quarter of an hour and a bit apart.
            let start = jiff::Timestamp::from_second(1_735_689_600 + (n * 907) % 63_000_000).expect("in range");
            let hour = |h: i64| start + jiff::SignedDuration::from_hours(h);
            let spans = [(1, 2), (5, 6), (26, 30)].map(|(from, to)| Span { from: hour(from), to: hour(to) });
            let pauses = if paused { Pauses::new(spans) } else { Pauses::NONE };
            black_box(due_with(start, target, 0, calendar, &pauses).expect("a due time"));
        });
        let ratio = *first.get_or_insert(rate) / rate;
        table::row(&[what.to_owned(), format!("{rate:.0}"), format!("{ratio:.1} x")]);
    }
}

fn rate(slice: Duration, mut work: impl FnMut(i64)) -> f64 {
    let (begun, mut done) = (Instant::now(), 0_i64);
    while begun.elapsed() < slice {
        for _ in 0..256 {
            work(done);
            done += 1;
        }
    }
    done as f64 / begun.elapsed().as_secs_f64()
}

/// Complaints of half a year ago that nobody has touched since.
fn fill(ground: &Ground, store: &Store, complaints: u64) {
    let (talk, rules) = (Talk::new(&ground.policy), WordRules::new(&ground.policy.doc().topics));
    let source = store.read_now(|conn| -> Result<_, Error> { Ok(sources::by_name(conn, super::ground::SOURCE)?) });
    let source = source.expect("it is read").expect("a source");
    let received = At::now().plus_seconds(-180 * 86_400);
    for first in (0..complaints).step_by(500) {
        let prepared: Vec<_> = (first..(first + 500).min(complaints))
            .map(|n| {
                let mut told = talk.complaint(n, received);
                told["topic"] = serde_json::json!("potholes");
                let incoming: Incoming = serde_json::from_value(told).expect("a good complaint");
                Arc::new(intake::prepare(&ground.policy, &rules, &source, incoming, received))
            })
            .collect();
        let desk = Desk::new(Arc::clone(&ground.policy), received, Actor::System);
        store.write_now(move |conn| intake::receive(conn, &desk, &prepared)).expect("complaints are taken in");
    }
}

/// Sweeps until nothing is overdue: breaches noted, seconds.
fn sweep(store: &Store, policy: &Arc<Policy>) -> (usize, f64) {
    let (begun, mut noted) = (Instant::now(), 0);
    loop {
        let desk = Desk::new(Arc::clone(policy), At::now(), Actor::System);
        let swept = store.write_now(move |conn| deadlines::sweep(conn, &desk)).expect("it sweeps");
        noted += swept.missed;
        if !swept.more {
            break;
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    let left = store.read_now(|conn: &mut Conn| Ok::<_, Error>(next_wake(conn)?)).expect("it is read");
    assert!(left.is_none_or(|wake| wake > At::now()), "nothing overdue is left");
    (noted, seconds)
}
