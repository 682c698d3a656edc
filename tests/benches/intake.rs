//! Complaints a second: over signed HTTP, and by the database alone writing the same rows.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use otklik::domain::At;

use super::bare::{Bare, Row, TABLES};
use super::ground::{Ground, On, Serving};
use super::samples::{self, Samples};
use super::table::{self, median};
use super::talk::{Dice, Talk};

/// How the load is shaped.
#[derive(Debug, Clone, Copy)]
struct Shape {
    connections: usize,
    batch: usize,
    /// Of a hundred messages, how many were sent before.
    repeats: u64,
}

const SHAPES: [Shape; 6] = [
    Shape { connections: 1, batch: 1, repeats: 0 },
    Shape { connections: 8, batch: 1, repeats: 0 },
    Shape { connections: 32, batch: 1, repeats: 0 },
    Shape { connections: 32, batch: 1, repeats: 8 },
    Shape { connections: 1, batch: 100, repeats: 0 },
    Shape { connections: 8, batch: 100, repeats: 0 },
];

/// How many batches of the database alone differ.
const DIFFERENT: usize = 10;

/// How often the two take turns.
const ROUNDS: usize = 5;

pub fn run(engines: &[On], slice: Duration) {
    table::head(
        "Intake, complaints a second",
        &["engine", "load", "over HTTP", "database alone", "ratio", "p50 ms", "p99 ms"],
    );
    let mut resident = Vec::new();
    for on in engines {
        let (over, alone) = (Http::new(*on), Alone::new(*on));
        for shape in &SHAPES {
            let mut pairs = Vec::new();
            over.drive(*shape, slice / 2);
            for _ in 0..ROUNDS {
                pairs.push((over.drive(*shape, slice), alone.drive(*shape, slice)));
            }
            let ratio = median(pairs.iter().map(|(http, alone)| http.rate / alone).collect());
            let mut times: Vec<f64> = pairs.iter().flat_map(|(http, _)| http.times.iter().copied()).collect();
            times.sort_by(f64::total_cmp);
            table::row(&[
                on.name().to_owned(),
                shape.name(),
                format!("{:.0}", median(pairs.iter().map(|(http, _)| http.rate).collect())),
                format!("{:.0}", median(pairs.iter().map(|(_, alone)| *alone).collect())),
                format!("{ratio:.2}"),
                format!("{:.1}", table::quantile(&times, 0.5) * 1000.0),
                format!("{:.1}", table::quantile(&times, 0.99) * 1000.0),
            ]);
        }
        resident.push((on.name(), over.serving.resident()));
    }
    for (engine, megabytes) in resident {
        println!("\nResident memory of the service after this load, {engine}: {megabytes} MB");
    }
}

impl Shape {
    fn name(self) -> String {
        let Shape { connections, batch, repeats } = self;
        let kind = if batch == 1 { "single".to_owned() } else { format!("batches of {batch}") };
        let repeats = if repeats == 0 { String::new() } else { format!(", {repeats} % sent again") };
        format!("{connections} × {kind}{repeats}")
    }
}

/// How many complaints both begin with.
const BEFORE: u64 = 1000;

/// Takes a few complaints in and lets the engine look at them: a plan made for empty tables would be kept until it looks by itself, a
/// minute later.
fn settle(ground: &Ground, talk: &Talk) {
    samples::take_in(ground, &ground.store(), talk, 1..1 + BEFORE, At::now());
    if ground.on == On::Postgres {
        ground.bare().run("analyze");
    }
}

/// The service under load.
struct Http {
    ground: Ground,
    serving: Serving,
    talk: Talk,
    next: AtomicU64,
}

struct Driven {
    rate: f64,
    times: Vec<f64>,
}

impl Http {
    fn new(on: On) -> Http {
        let ground = Ground::new(on);
        let talk = Talk::new(&ground.policy);
        settle(&ground, &talk);
        let serving = ground.serve();
        eprintln!("serving {} as process {}", ground.url, serving.id());
        Http { ground, serving, talk, next: AtomicU64::new(BEFORE + 1) }
    }

    /// Sends what was prepared until the time is over; complaints taken in a second.
    fn drive(&self, shape: Shape, slice: Duration) -> Driven {
        // More than twenty thousand complaints a second would leave the clients with nothing to send.
        let most = slice.as_secs_f64() * 20_000.0 + 1000.0;
        let requests = self.prepare(shape, (most / shape.batch as f64) as usize);
        let (place, times) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
        let begun = Instant::now();
        std::thread::scope(|scope| {
            for _ in 0..shape.connections {
                scope.spawn(|| {
                    let (mut client, mut own) = (self.serving.client(), Vec::new());
                    while begun.elapsed() < slice
                        && let Some(request) = requests.get(place.fetch_add(1, Ordering::Relaxed))
                    {
                        let sent = Instant::now();
                        let answer = client.ask(request);
                        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(answer.body));
                        own.push(sent.elapsed().as_secs_f64());
                    }
                    times.lock().expect("no thread panicked").extend(own);
                });
            }
        });
        let took = begun.elapsed().as_secs_f64();
        let times = times.into_inner().expect("no thread panicked");
        Driven { rate: (times.len() * shape.batch) as f64 / took, times }
    }

    fn prepare(&self, shape: Shape, count: usize) -> Vec<Vec<u8>> {
        let (mut dice, now) = (Dice::new(self.next.load(Ordering::Relaxed)), At::now());
        let mut number = || {
            let fresh = self.next.fetch_add(1, Ordering::Relaxed);
            let again = dice.below(100) < shape.repeats && fresh > 1000;
            if again { fresh - 1 - dice.below(500) } else { fresh }
        };
        (0..count)
            .map(|_| {
                let numbers: Vec<u64> = (0..shape.batch).map(|_| number()).collect();
                self.talk.request(&self.ground.secret, &numbers, now)
            })
            .collect()
    }
}

/// The database by itself.
struct Alone {
    ground: Ground,
    samples: Samples,
    next: AtomicU64,
}

impl Alone {
    fn new(on: On) -> Alone {
        let ground = Ground::new(on);
        settle(&ground, &Talk::new(&ground.policy));
        let samples = Samples::read(&mut *ground.bare());
        Alone { ground, samples, next: AtomicU64::new(1) }
    }

    /// Writes the same rows until the time is over: one transaction a complaint or a batch, on as many connections as the clients
    /// have; on SQLite on the one that can write. Only writing is timed: rows are made and statements prepared before.
    fn drive(&self, shape: Shape, slice: Duration) -> f64 {
        let connections = if self.ground.on == On::Sqlite { 1 } else { shape.connections };
        let mut opened: Vec<_> = (0..connections).map(|_| self.ground.bare()).collect();
        for bare in &mut opened {
            for _ in 0..if shape.batch == 1 { 4 } else { DIFFERENT } {
                self.write(&mut **bare, self.rows(shape.batch));
            }
        }
        // More than ten thousand complaints a second would leave the connections with nothing to write.
        let most = (slice.as_secs_f64() * 10_000.0 / shape.batch as f64) as usize;
        let ready = Mutex::new((0..most).map(|_| self.rows(shape.batch)).collect::<Vec<_>>());
        let next = || ready.lock().expect("no thread panicked").pop();
        let done = AtomicU64::new(0);
        let begun = Instant::now();
        std::thread::scope(|scope| {
            for mut bare in opened {
                let (done, next) = (&done, &next);
                scope.spawn(move || {
                    while begun.elapsed() < slice
                        && let Some(rows) = next()
                    {
                        self.write(&mut *bare, rows);
                        done.fetch_add(shape.batch as u64, Ordering::Relaxed);
                    }
                });
            }
        });
        done.load(Ordering::Relaxed) as f64 / begun.elapsed().as_secs_f64()
    }

    /// The rows of fresh complaints, table by table.
    fn rows(&self, complaints: usize) -> Vec<Vec<Row>> {
        let (now, mut tables) = (At::now(), vec![Vec::new(); TABLES.len()]);
        let first = self.next.fetch_add(complaints as u64, Ordering::Relaxed);
        for n in first..first + complaints as u64 {
            // Few different batches, so that few statements are prepared.
            let batch = first as usize / complaints % DIFFERENT;
            let place = if complaints == 1 { n as usize } else { (n - first) as usize + batch * complaints };
            let copy = self.samples.copy(&self.samples.all[place % self.samples.all.len()], &format!("-{n}"), now, 0);
            for (all, rows) in tables.iter_mut().zip(copy.tables) {
                all.extend(rows);
            }
        }
        tables
    }

    fn write(&self, bare: &mut dyn Bare, tables: Vec<Vec<Row>>) {
        bare.run(if self.ground.on == On::Sqlite { "begin immediate" } else { "begin" });
        let mut numbers = Vec::new();
        for (table, mut rows) in tables.into_iter().enumerate() {
            if TABLES[table] == "incident_terms" {
                for (row, number) in rows.iter_mut().zip(&numbers) {
                    row[0] = bare.int(*number);
                }
            }
            if rows.is_empty() {
                continue;
            }
            let given = bare.insert(table, &rows);
            if TABLES[table] == "incidents" {
                numbers = given;
            }
        }
        bare.run("commit");
    }
}
